"""Sliders: they redraw, they refuse nonsense, and they stay away where results are written."""

import pytest

from nasicon.figures import explore as draw
from nasicon.workflow import explore
from nasicon.workflow.explore import Slider


@pytest.fixture
def shown(monkeypatch):
    boxes = []
    monkeypatch.setattr("IPython.display.display", boxes.append)
    return boxes


PELLET = {
    "bulk_ohm": Slider(10, 200, 60, "R bulk"),
    "boundary_ohm": Slider(50, 5000, 1000, "R boundary", logarithmic=True),
    "boundary_nf": Slider(0.5, 20, 5, "C boundary", logarithmic=True),
    "exponent": Slider(0.7, 1.0, 0.9, "CPE exponent"),
    "lead_ohm": Slider(0, 20, 0.5, "R leads"),
}


def test_moving_a_slider_redraws(shown):
    explore.explore(draw.nyquist_by_hand, "", **PELLET)
    *controls, message, image = shown[0].children
    before = image.value
    assert bytes(before).startswith(b"\x89PNG")
    controls[1].value = 300.0
    assert image.value != before
    assert message.value == ""


def test_a_refused_value_says_why_and_keeps_the_picture(shown):
    def picky(x):
        if x > 1:
            raise ValueError(f"x must be <= 1, got {x:g}")
        return draw.plain()[0]

    explore.explore(picky, "", x=Slider(0, 2, 0.5, "x"))
    control, message, image = shown[0].children
    before = image.value
    control.value = 1.5
    assert message.value == "x must be <= 1, got 1.5"
    assert image.value == before


def test_nothing_where_results_are_written(shown, tmp_path):
    explore.explore(draw.nyquist_by_hand, str(tmp_path), **PELLET)
    assert shown == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((1, 0, 0.5, "R"), "low <= start <= high"), ((0, 1, 0.5, "R", True), "must be > 0")],
)
def test_ranges_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        Slider(*arguments)


def test_the_drawn_total_is_the_sum():
    figure = draw.nyquist_by_hand(60.0, 1000.0, 5.0, 0.9, 0.5)
    seen = figure.axes[0].lines[1]
    valley = seen.get_xdata()[seen.get_ydata().argsort()]
    assert 0.9 * 1060 < max(valley[:20]) < 1.3 * 1060


def test_leads_lower_the_apparent_energy():
    def slope(lead):
        figure = draw.arrhenius_by_hand(40.0, 0.25, 80.0, 0.3, lead)
        return float(figure.axes[0].lines[1].get_label().split(":")[1].split()[0])

    assert slope(0.0) == pytest.approx(0.25, abs=0.001)
    assert slope(9.0) < 0.22
