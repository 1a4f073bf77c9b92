"""What the figures of cells and sweeps must say; the pixels are looked at by people."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nasicon.core import style
from nasicon.cycling import draw_cells, fit_sweeps
from nasicon.cycling import draw_sweeps as draw_lsv
from nasicon.cycling.fit_cycles import per_cycle, rate_table, specific
from nasicon.cycling.fit_fades import fade
from nasicon.cycling.read_records import Records, tidy


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def test_table():
    rows, t = [], 0.0
    for n, i in enumerate([2e-4, 5e-4, 1e-3, 1e-3, 1e-3, 1e-3]):
        for sign in (1, -1):
            for share in np.linspace(0, 1, 21):
                v = (3 + share if sign > 0 else 4 - share) + sign * i * 10
                rows.append((t + 3.6 * (1 - 0.002 * n) / i * share, n + 1, 2 * n, sign * i, v))
            t = rows[-1][0]
    t, cycle, step, i, v = (np.array(c) for c in zip(*rows, strict=True))
    return tidy(Records("made", t, v, i, cycle, step), "made", "auto")


def texts(figure) -> str:
    found = [t.get_text() for ax in figure.axes for t in ax.texts]
    return " ".join([*found, figure._supxlabel.get_text() if figure._supxlabel else ""])


@pytest.mark.parametrize("evidence", ["simulated", "measured"])
def test_profiles_rates_and_cycles_say_what_they_are(test_table, evidence):
    cycles = specific(per_cycle(test_table, "full"), active_mass_mg=5.0, electrode_area_cm2=1.0)
    rates = rate_table(cycles, 1e-3)
    chosen = {"mine": dict(zip(rates["c_rate"], rates["cycle"], strict=True))}
    figures = [
        draw_cells.profiles({"mine": test_table}, chosen, 1e6 / 5, "mAh g⁻¹", evidence=evidence),
        draw_cells.rates({"mine": rates}, "down_mah_per_g", "mAh g⁻¹", evidence=evidence),
        draw_cells.cycles(
            {"mine": cycles},
            {"mine": fade(cycles["cycle"], cycles["down_mah_per_g"])},
            {"mine": cycles["cycle"]},
            "down_mah_per_g",
            "mAh g⁻¹",
            evidence=evidence,
        ),
    ]
    for figure in figures:
        assert ("not the authors' data" in texts(figure)) == (evidence == "simulated")
        assert style.BADGES[evidence] in texts(figure)
        assert all(ax.get_xlabel() or ax.get_ylabel() for ax in figure.axes)
    # charge and discharge of three rates, and nothing is drawn twice
    lines = [line for line in figures[0].axes[0].lines if len(line.get_xdata()) > 2]
    assert len(lines) == 6


def test_bands_of_draws_are_drawn(test_table):
    cycles = specific(per_cycle(test_table, "full"), active_mass_mg=5.0, electrode_area_cm2=1.0)
    draws = pd.DataFrame(
        {
            "cell": "LAGP",
            "c_rate": np.repeat([0.2, 1.0], 50),
            "mah_per_g": np.linspace(100, 150, 100),
        }
    )
    rates = {"LAGP": rate_table(cycles, 1e-3)}
    figure = draw_cells.rates(rates, "down_mah_per_g", "mAh g⁻¹", evidence="simulated", draws=draws)
    dotted = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert len(dotted) == 2
    assert "5 to 95 %" in texts(figure)


def test_the_design_map_is_derived_and_shows_the_printed_thickness():
    loading, interface = np.geomspace(0.5, 10, 5), np.geomspace(3, 500, 4)
    maps = {"LAGP": np.linspace(0, 100, 20).reshape(4, 5)}
    limits = {"LAGP": {10.0: np.array([3, 1, 0.3, 0.1, np.nan])}}
    figure = draw_cells.design_map(maps, loading, interface, limits, threshold=80)
    assert "derived from printed numbers" in texts(figure)
    assert any(line.get_color() == style.PRINTED for line in figure.axes[1].lines)


def test_sweeps_and_their_recovery():
    v = np.arange(2.0, 7.0, 0.01)
    i = 1e-7 + np.minimum(1e-6 * 10 ** ((v - 5) / 0.1), 1e-3)
    i = i + np.random.default_rng(0).normal(0, 1e-8, v.size)
    table = pd.DataFrame({"time_s": 100 * (v - 2), "voltage_v": v, "current_a": i})
    sweep = fit_sweeps.remove_capacitive(table, 1.0, (2.2, 3.5))
    figure = draw_lsv.sweeps({"a": sweep}, {"a": fit_sweeps.onset(sweep)}, evidence="simulated")
    for ax in figure.axes:
        assert "not the authors' data" in " ".join(ax.get_title(loc="right").split())
    assert figure.axes[1].get_yscale() == "log"
    recovered = pd.DataFrame(
        {
            "reaction": [True, False],
            "true_v_at_1ua": [5.0, np.nan],
            "onset_1ua_v": [5.01, np.nan],
            "onset_v": [4.9, np.nan],
        }
    )
    figure = draw_lsv.recovery(recovered, np.array([0.5, 3.0]))
    assert "simulated" in texts(figure)
