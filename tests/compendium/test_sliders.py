"""What stands behind the sliders gives back what went in, and says where it cannot."""

import re

import numpy as np
import pytest

from compendium.sliders import cycling, diffraction, eis, esm, nmr, raman


def title(figure):
    return figure.axes[0].get_title(loc="left").replace("\n", " ")


def value(pattern, figure):
    """Value and standard error behind a word of the title."""
    number = r"(-?[\d.]+)"
    found = re.search(f"{pattern} {number} ± {number}", title(figure))
    assert found, title(figure)
    return float(found[1]), float(found[2])


def near(found, truth, sigmas=4.0):
    return abs(found[0] - truth) < sigmas * found[1]


PELLET = {
    "bulk_ohm": 63,
    "boundary_ohm": 1044,
    "boundary_nf": 5.2,
    "exponent": 0.9,
    "lead_ohm": 0.5,
    "noise_percent": 0.3,
}


def test_pellet():
    figure = eis.nyquist(**PELLET)
    assert near(value("fit's arc", figure), 1044)
    intercept, _ = value("intercept", figure)
    assert intercept == pytest.approx(63.5, abs=2)
    seen = figure.axes[0].lines[1]
    assert seen.get_xdata().min() > 50  # the bulk arc is not in the window
    more, _ = value("intercept", eis.nyquist(**{**PELLET, "lead_ohm": 20.5}))
    assert more == pytest.approx(intercept + 20, abs=1)  # bulk and leads look alike


def test_quadrupolar_line():
    line = {"delta_ppm": 17, "eta": 0.2, "larmor_mhz": 128.4, "noise_percent": 2}
    figure = nmr.quadrupolar_line(cq_mhz=2.6, **line)
    assert near(value(r"δ\(iso\)", figure), 17)
    assert near(value("C_Q", figure), 2.6)
    top = float(re.search(r"maximum at ([-\d.]+)", title(figure))[1])
    assert top < 14
    narrow = title(nmr.quadrupolar_line(cq_mhz=0.2, **line))
    assert float(re.search(r"maximum at ([-\d.]+)", narrow)[1]) == pytest.approx(17, abs=0.3)


def test_bands_are_lost_where_nothing_was_counted():
    many = title(raman.titania_bands(1.5, 0.5, 1e4))
    low, high = (float(v) for v in re.search(r": ([\d.]+) to ([\d.]+)", many).groups())
    assert low < 1.5 < high
    assert high - low < 0.1
    few = title(raman.titania_bands(0.05, 0.5, 10))
    interval = re.search(r": ([\d.]+) to ([\d.]+)", few)
    assert "cannot tell" in few or float(interval[2]) - float(interval[1]) > 0.5


def test_a_wide_instrument_hides_the_size():
    narrow, wide = (title(diffraction.scherrer(200, b, 1e4)) for b in (0.02, 0.2))
    sizes = [float(re.search(r"°: (\d+) nm uncorrected", t)[1]) for t in (narrow, wide)]
    assert sizes[0] > 150
    assert sizes[1] < 60


def test_second_phase():
    figure = diffraction.second_phase(7, 60, 1e4)
    assert near(value("gives", figure), 7)
    assert "0.0" in title(diffraction.second_phase(0, 60, 1e4)).split("±")[0]
    assert {text.get_text() for text in figure.axes[0].get_legend().get_texts()} >= {"AlPO₄"}


def test_resonance_and_decay():
    figure = esm.resonance(28, 50)
    assert near(value("A", figure), 3.9)
    assert near(value("Q", figure), 28)
    assert near(value("gives", esm.decay(0.5, 0.3)), 0.5)
    assert "identifiable" in title(esm.decay(1e-3, 0.3))


def test_an_onset_follows_the_noise():
    quiet, loud = (title(cycling.sweep(4.3, noise, 10, 10)).split("; ")[1] for noise in (0.01, 1.0))
    onsets = [float(re.search(r"from ([\d.]+) V", t)[1]) for t in (quiet, loud)]
    assert 4.3 < onsets[0] < onsets[1]
    assert "nothing seen" in title(cycling.sweep(5.4, 10, 10, 10))


def test_only_the_moved_thing_changes():
    one, two = (eis.nyquist(**PELLET).axes[0].lines[1].get_ydata() for _ in range(2))
    np.testing.assert_array_equal(one, two)


FIGURES = {
    eis.nyquist: (
        PELLET,
        {**PELLET, "bulk_ohm": 400, "boundary_ohm": 5000, "noise_percent": 3},
    ),
    nmr.quadrupolar_line: (
        {"delta_ppm": 17, "cq_mhz": 2.6, "eta": 0.2, "larmor_mhz": 192, "noise_percent": 2},
        {"delta_ppm": 0, "cq_mhz": 4.0, "eta": 1.0, "larmor_mhz": 96, "noise_percent": 20},
    ),
    raman.titania_bands: (
        {"tio4_per_tio6": 1.5, "slope": 0.5, "counts": 1000},
        {"tio4_per_tio6": 0.05, "slope": -3, "counts": 10},
    ),
    diffraction.scherrer: (
        {"size_nm": 42.7, "instrument_deg": 0.06, "counts": 5000},
        {"size_nm": 500, "instrument_deg": 0.2, "counts": 50},
    ),
    diffraction.second_phase: (
        {"alpo4_percent": 7, "size_nm": 60, "counts": 1e4},
        {"alpo4_percent": 0, "size_nm": 10, "counts": 100},
    ),
    esm.resonance: (
        {"quality": 28, "signal_to_noise": 20},
        {"quality": 100, "signal_to_noise": 2},
    ),
    esm.decay: ({"tau_s": 0.5, "noise_pm": 0.3}, {"tau_s": 10, "noise_pm": 1}),
    cycling.sweep: (
        {
            "onset_v": 4.5,
            "noise_ua_per_cm2": 0.03,
            "scan_mv_per_s": 10,
            "capacitance_uf_per_cm2": 10,
        },
        {
            "onset_v": 5.4,
            "noise_ua_per_cm2": 10,
            "scan_mv_per_s": 100,
            "capacitance_uf_per_cm2": 1000,
        },
    ),
}


@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("extreme", [0, 1])
def test_all_words_fit_into_the_figure(draw, extreme):
    figure = draw(**FIGURES[draw][extreme])
    figure.canvas.draw()
    frame = figure.bbox
    ax = figure.axes[0]
    for text in (ax._left_title, ax.xaxis.label, ax.yaxis.label):
        box = text.get_window_extent()
        assert frame.x0 <= box.x0, text.get_text()
        assert box.x1 <= frame.x1, text.get_text()
        assert box.y1 <= frame.y1, text.get_text()
