"""What a figure must say and show; the pixels are looked at by people."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from compendium.ledger import draw
from nasicon.core import style
from nasicon.core.interval import Quantity
from nasicon.eis import draw_spectra, fit_drt
from nasicon.eis.fit_pellets import analyse
from nasicon.eis.model_circuits import Circuit
from nasicon.transport import draw_arrhenius
from nasicon.transport.fit_temperature import fit_arrhenius

CIRCUIT = "R1-(R2||CPE2)-CPE3"


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def spectrum() -> pd.DataFrame:
    f = np.geomspace(1e6, 1.0, 40)
    z = Circuit.parse(CIRCUIT).impedance([100.0, 1900.0, 1e-8, 0.9, 5e-6, 0.85], 2 * np.pi * f)
    z = z * (1 + 1e-3 * np.random.default_rng(2).normal(size=f.size))
    return pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})


@pytest.fixture(scope="module")
def workup(spectrum):
    return analyse(spectrum, CIRCUIT)


def texts(figure) -> str:
    found = [t.get_text() for ax in figure.axes for t in ax.texts]
    supxlabel = figure._supxlabel.get_text() if figure._supxlabel else ""
    return " ".join([*found, supxlabel])


def test_simulated_panel_says_so_and_points_are_hollow(workup):
    figure = draw_spectra.pair(
        {"X": workup}, evidence="simulated", printed_ohm={"X": 2000.0}, letter="a"
    )
    top = figure.axes[0]
    assert top.get_title(loc="right") == style.BADGES["simulated"]  # in the title row, once
    assert not any("authors" in t.get_text() for t in top.texts)
    assert "simulated from printed values" in texts(figure)
    data = next(line for line in top.lines if line.get_label() == "simulated")
    assert data.get_markerfacecolor() == "white"
    printed = next(line for line in top.lines if line.get_label() == "printed total")
    assert printed.get_color() == style.PRINTED
    assert list(printed.get_xdata()) == [2.0, 2.0]  # 2000 ohm drawn in kOhm


def test_measured_panel_is_solid_and_unstamped(workup):
    figure = draw_spectra.nyquist({"mine": workup}, evidence="measured")
    assert "authors" not in texts(figure)
    data = next(line for line in figure.axes[0].lines if line.get_label() == "measured")
    assert data.get_markerfacecolor() == style.INK


def test_nyquist_axes_have_equal_scales(workup):
    figure = draw_spectra.nyquist({"X": workup}, evidence="simulated")
    figure.draw_without_rendering()
    ax = figure.axes[0]
    box = ax.get_window_extent()
    per_x = box.width / np.ptp(ax.get_xlim())
    per_y = box.height / np.ptp(ax.get_ylim())
    assert per_x == pytest.approx(per_y, rel=1e-3)


def test_decades_are_marked_by_name(workup):
    figure = draw_spectra.nyquist({"X": workup}, evidence="simulated")
    labels = {t.get_text() for t in figure.axes[0].texts}
    assert {"100 kHz", "1 kHz"} <= labels


def test_unknown_evidence_is_refused(workup):
    with pytest.raises(ValueError, match="evidence must be one of"):
        draw_spectra.nyquist({"X": workup}, evidence="proven")


@pytest.mark.parametrize(
    ("hz", "label"), [(1e6, "1 MHz"), (2.5e4, "25 kHz"), (1.0, "1 Hz"), (0.1, "100 mHz")]
)
def test_frequency_labels(hz, label):
    assert style.frequency_label(hz) == label


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.0, 1e4, ["1", "10", "100", "1000", "10000"]),
        (0.1, 0.8, ["0.1", "0.2", "0.5"]),
        (1.0, 1e6, ["10⁰", "10¹", "10²", "10³", "10⁴", "10⁵", "10⁶"]),
        (1e-6, 8e-6, ["10⁻⁶", "2×10⁻⁶", "5×10⁻⁶"]),
    ],
)
def test_logarithmic_axes_are_labelled_in_plain_text(low, high, expected):
    figure, ax = style.subplots(1, 1, height=2)
    ax.loglog([low, high], [1, 10])
    ax.set_xlim(low, high)
    style.decades(ax.xaxis)
    figure.draw_without_rendering()
    shown = [t.get_text() for t in ax.get_xticklabels() if low <= t.get_position()[0] <= high]
    assert shown == expected


def test_relaxation_times_draws_one_line_a_strength(spectrum):
    scan = fit_drt.regularisation_scan(spectrum)
    figure = draw_spectra.relaxation_times(scan, "X", evidence="simulated")
    assert len(figure.axes[0].lines) == len(scan)


def test_window_shades_the_instrument_range():
    apexes = pd.DataFrame(
        [("A", "bulk", 1e8, 2e8, 3e8), ("A", "grain boundary", 1e4, 2e4, 3e4)],
        columns=["sample", "arc", "low_hz", "nominal_hz", "high_hz"],
    )
    figure = draw_spectra.window(apexes, 1.0, 1e7)
    shade = figure.axes[0].patches[0].get_extents()
    low, high = figure.axes[0].transData.inverted().transform(shade.get_points())[:, 0]
    assert (low, high) == pytest.approx((1.0, 1e7))
    assert "derived from printed numbers" in texts(figure)


def test_paired_has_the_sign_of_the_ledger():
    """Printed above computed is positive, in per cent of the computed value."""
    row = {"a": (Quantity(2.2, 2.1, 2.3), Quantity(2.0, 1.9, 2.1))}
    ax = draw_spectra.paired(row, what="q", evidence="derived").axes[0]
    tick = next(line for line in ax.lines if line.get_marker() == "|")
    assert tick.get_xdata()[0] == pytest.approx(10.0)


def test_arrhenius_line_is_the_fit():
    t = np.array([25.0, 60.0, 100.0])
    sigma = 1e-4 * np.exp(-0.3 / 8.617333262e-5 * (1 / (t + 273.15) - 1 / 298.15))
    fit = fit_arrhenius(t, sigma)
    table = pd.DataFrame({"temperature_c": t, "value": sigma, "stderr": 0.03 * sigma})
    figure = draw_arrhenius.arrhenius_plot(
        {"X": table}, {"X": fit}, evidence="simulated", printed={"X": (1e-4, 0.3)}
    )
    line = next(item for item in figure.axes[0].lines if str(item.get_label()).startswith("X:"))
    assert line.get_ydata()[-1] == pytest.approx(1e-4, rel=1e-6)
    assert "0.300" in line.get_label()
    colours = {item.get_color() for item in figure.axes[0].lines}
    assert style.PRINTED in colours


def test_a_band_thinner_than_a_line_is_not_named(workup):
    z = workup.data["z_real_ohm"]
    band = pd.DataFrame({"sample": "X", "z_real_ohm": z})
    for width, named in ((0.0, False), (0.2, True)):
        band["minus_z_imag_p05_ohm"], band["minus_z_imag_p95_ohm"] = 0.0, width * z.max()
        look = {"evidence": "simulated", "printed_ohm": {"X": 2000.0}, "letter": "a"}
        figure = draw_spectra.pair({"X": workup}, bands=band, **look)
        assert ("Grey band" in figure.get_supxlabel()) == named


def test_deviations_have_the_ledgers_sign():
    numbers = {"computed": 2.0, "lo": 1.95, "hi": 2.05, "exp_lo": 1.9, "exp_hi": 2.1}
    row = {"id": "A-x", "question": "Is it?", "status": "differs", "stated": 1.9, **numbers}
    ax = draw.deviations(pd.DataFrame([row]), ["A-x"]).axes[0]
    (mark,) = (line for line in ax.lines if line.get_label() == "differs")
    assert mark.get_xdata()[0] == pytest.approx(-5.0)  # printed below computed is negative
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Is it?"]


def test_statuses_counts_rows():
    table = pd.DataFrame(
        {
            "row_type": ["claim"] * 3,
            "paper": ["A", "A", "B"],
            "status": ["agrees", "agrees", "input"],
        }
    )
    bars = draw.statuses(table).axes[0].patches
    assert sum(bar.get_width() for bar in bars) == 3
