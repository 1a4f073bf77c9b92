"""Figures of NMR and Raman: evidence on the panel, printed colour, axis direction."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nasicon.core import style
from nasicon.nmr import draw_spectra as draw
from nasicon.nmr import fit_lines
from nasicon.nmr.fit_mixtures import fit_mixture
from nasicon.raman import draw_bands as draw_raman
from nasicon.raman import fit_bands

X = np.arange(-40.0, 40.0, 0.2)
LINES = {"BO3": (8.609, 7.811, 12.806), "BO4": (-5.015, -4.751, -2.278)}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def spectrum(centre, seed):
    y = fit_lines.line_shape(X, delta=centre, fwhm=2, area=10, larmor_mhz=192.39)
    noise = np.random.default_rng(seed).normal(0, 0.05, X.size)
    return pd.DataFrame({"shift_ppm": X, "intensity": y + noise})


def texts(figure):
    return " ".join(t.get_text() for t in figure.findobj(plt.Text))


def test_sites_panel_says_what_it_is():
    fit = fit_lines.fit_sites(
        spectrum(-4, 1), (fit_lines.Site("BO4", (-10, 3), cq_mhz=0.0),), larmor_mhz=192.39
    )
    figure = draw.sites({"G-LATBP": fit}, evidence="simulated", printed_ppm={"G-LATBP": [-4.751]})
    assert "not the authors' data" in texts(figure)
    top, below = figure.axes
    assert below.get_xlim() == (30.0, -20.0)  # high shift at the left
    dashed = [line for line in top.lines if line.get_color() == style.PRINTED]
    assert [line.get_xdata()[0] for line in dashed] == [-4.751]
    measured = draw.sites({"mine": fit}, evidence="measured")
    assert "authors" not in texts(measured)
    assert "Evidence: measured" in texts(measured)


def test_mixture_names_the_share():
    target, glass, ceramic = spectrum(-4, 2), spectrum(-4.2, 3), spectrum(6, 4)
    found = fit_mixture(target, {"glass": glass, "ceramic": ceramic}, replicates=20)
    figure = draw.mixtures({"mine": found}, evidence="measured")
    assert f"ceramic {100 * found.shares[1]:.0f} %" in texts(figure)


def test_derived_figures_are_drawn_from_the_centres():
    assert "derived from printed numbers" in texts(draw.allowed_shares(LINES, 0.25))


def test_raman_panel_gives_the_ratio_or_none():
    x = np.arange(100.0, 1500.0)
    rng = np.random.default_rng(5)
    bands = 500 * np.exp(-(((x - 600) / 40) ** 2)) + 300 * np.exp(-(((x - 750) / 40) ** 2))
    tables = {
        "G-LATP": pd.DataFrame(
            {"raman_shift_cm1": x, "intensity": bands + rng.normal(0, 1, x.size)}
        ),
        "C-LATP": pd.DataFrame({"raman_shift_cm1": x, "intensity": 50 + rng.normal(0, 1, x.size)}),
    }
    fits = {name: fit_bands.fit_bands(table) for name, table in tables.items()}
    figure = draw_raman.bands(tables, fits, evidence="simulated", printed_cm1=(600.0, 750.0))
    assert "TiO₄/TiO₆ 0.60" in texts(figure)
    assert "no area ratio" in texts(figure)
    assert "not the authors' data" in texts(figure)
