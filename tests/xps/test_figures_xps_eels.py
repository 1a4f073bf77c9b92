"""Figures of photoemission and energy loss: axes, units, evidence."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nasicon.eels import draw_boundaries, model_boundary
from nasicon.eels import draw_losses as draw_eels
from nasicon.xps import draw_regions as draw
from nasicon.xps.fit_regions import Peak, fit_region
from nasicon.xps.model_lines import voigt


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fit():
    energy = np.linspace(128, 140, 121)
    counts = 500 + 8000 * voigt(energy, 133.5, 1.2, 0.3)
    table = pd.DataFrame({"binding_energy_ev": energy, "intensity_counts": counts})
    return fit_region(table, [Peak("P 2p", (131, 136))])


def words(figure):
    found = [t.get_text() for t in figure.findobj(plt.Text)]
    return " ".join(" ".join(found).split())


def test_binding_energy_runs_from_high_to_low(fit):
    figure = draw.regions({"P 2p": fit}, evidence="simulated", printed_ev={"P 2p": [133.4]})
    for ax in figure.axes[:2]:
        left, right = ax.get_xlim()
        assert left > right
    assert "binding energy (eV)" in words(figure)
    assert "not the authors' data" in words(figure)


def test_measured_regions_carry_no_stamp(fit):
    figure = draw.regions({"a": fit, "b": fit, "c": fit}, evidence="measured")
    assert "simulated" not in words(figure)
    assert "Evidence: measured" in words(figure)


def boron_table():
    rng = np.random.default_rng(0)
    rows = []
    for name, ratio in (("none", 0.0), ("as added", 0.2), ("any", 3.0)):
        rows += [
            {
                "hypothesis": name,
                "boron_per_phosphorus": ratio,
                "one_line_ev": 191 + rng.normal(),
                "spacing_ev": 57.4,
                "true_share": ratio / (ratio + 2.4),
                "share": 0.1,
                "stderr": 0.01,
                "systematic": 0.02,
            }
            for _ in range(5)
        ]
    return pd.DataFrame(rows)


def test_boron_figures():
    figure = draw.boron_positions(
        boron_table(), printed_ev=191.8, factor_ratio=2.43, added_ratio=0.2
    )
    assert "printed 191.8 eV" in words(figure)
    assert "B per P" in words(figure)
    assert "true share" in words(draw.boron_recovery(boron_table()))


def test_only_references_that_were_looked_up_are_drawn():
    references = pd.DataFrame(
        {
            "line": ["Bi 4f7/2"] * 3,
            "compound": ["Bi metal", "Bi2O3", "BiPO4 (low)"],
            "energy_ev": [157.0, 159.0, 159.8],
            "verified": ["yes", "yes", "no"],
        }
    )
    figure = draw.bismuth({"metal": 156.8, "oxide": 159.8}, references)
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels == ["Bi metal", "Bi₂O₃"]
    assert "measured by others" in words(figure)


def test_counting_axis_units():
    assert "3σ" in words(draw.xray_counting({"all": 0.8}))


def test_loss_figures():
    energy = np.arange(100.0, 350.0, 0.5)
    counts = 1e5 * (energy / 100) ** -3
    edges = pd.DataFrame(
        {
            "edge": ["P L1", "B K (BO4)"],
            "elemental_ev": [189, 188],
            "oxidised_low_ev": [190, 197],
            "oxidised_high_ev": [195, 199],
        }
    )
    curves = {"a": (energy, counts), "b": (energy, 1.01 * counts)}
    both = draw_eels.spectra(curves, edges, 188.0)
    assert "energy loss (eV)" in words(both)
    assert "printed 188 eV" in words(both)


def test_maps_and_projections():
    images = {"s": {"intensity": np.arange(16.0).reshape(4, 4), "fit": np.ones((4, 4))}}
    figure = draw_eels.maps(images, 2.0, evidence="simulated")
    assert len(figure.axes) == 4  # two maps with their colour bars
    images["t"] = {kind: 9 * image for kind, image in images["s"].items()}
    drawn = [
        ax.images[0].get_clim() for ax in draw_eels.maps(images, 2.0, evidence="simulated").axes[:4]
    ]
    assert drawn[1] == drawn[3], "what is compared has one scale"
    assert drawn[0] == pytest.approx(drawn[2]), "intensities are each to their own mean"
    assert "x (nm)" in words(figure)
    assert "tilt" in words(draw_boundaries.projection({"2 nm": 2.0}, 35.0, (0.0, 2.0)))
    curves = {"m": (np.geomspace(1e6, 1e9, 5), np.geomspace(10, 0.1, 5))}
    assert "at%" in words(draw_eels.detection(curves, {"mean": 0.55}, 2.0))


@pytest.mark.filterwarnings("error")
def test_slider_figures():
    window = draw.window_curve(2.0, 0.3, printed_ev=191.8, factor_ratio=2.43)
    film = draw_boundaries.tilted(2.0, 35.0, 2.0)
    assert "printed" in words(window)
    assert "looks 3.2 nm thick" in words(film)  # 2/cos(2) + 35 tan(2) = 2.00 + 1.22


def test_fringe_models_keep_the_order_outside_the_film():
    order = {
        film: model_boundary.local_order(model_boundary.fringe_model(film, 35.0, 0.0))
        for film in (0.0, 3.5)
    }
    middle, edge = slice(155, 165), slice(20, 60)
    assert order[3.5][middle].mean() < 0.3
    assert order[0.0][middle].mean() > 0.6
    for profile in order.values():
        assert abs(profile[edge].mean() - 1) < 0.1
