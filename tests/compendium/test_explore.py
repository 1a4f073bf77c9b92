"""Sliders: they redraw, they refuse nonsense, and they stay away where results are written."""

import io
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from compendium import notebook
from compendium.sliders import eis, explore
from compendium.sliders.explore import Choice, Pictures, Slider
from nasicon.core import style
from nasicon.esm import draw_maps as draw_esm


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
    "noise_percent": Slider(0.01, 3, 0.3, "noise", logarithmic=True),
}


def test_moving_a_slider_redraws(shown):
    explore.explore(eis.nyquist, "", **PELLET)
    column, image = shown[0].children
    *controls, message = column.children
    before = image.value
    assert bytes(before).startswith(b"\x89PNG")
    controls[1].value = 300.0
    assert image.value != before
    assert message.value == ""


def test_a_refused_value_says_why_and_keeps_the_picture(shown):
    def picky(x):
        if x > 1:
            raise ValueError(f"x must be <= 1, got {x:g}")
        return style.plain()[0]

    explore.explore(picky, "", x=Slider(0, 2, 0.5, "x"))
    column, image = shown[0].children
    control, message = column.children
    before = image.value
    control.value = 1.5
    assert message.value == "x must be <= 1, got 1.5"
    assert image.value == before


def test_nothing_where_results_are_written(shown, tmp_path):
    explore.explore(eis.nyquist, str(tmp_path), **PELLET)
    assert shown == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((1, 0, 0.5, "R"), "low <= start <= high"), ((0, 1, 0.5, "R", True), "must be > 0")],
)
def test_ranges_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        Slider(*arguments)


def test_whole_numbers_and_choices(shown):
    seen = []

    def record(pixel, name):
        seen.append((pixel, name))
        return style.plain()[0]

    controls = {"pixel": Slider(0, 0, 0, "x", whole=True), "name": Choice(["a", "b"], "map")}
    explore.explore(record, "", **controls)
    shown[0].children[0].children[1].value = "b"
    assert seen == [(0, "a"), (0, "b")]


def test_pictures_keep_the_layout_of_the_first():
    def panels(label):
        figure, axes = draw_esm.style.subplots(2, 1, height=2.0)
        axes[0].set_ylabel(label)
        return figure

    fresh, kept = Pictures(panels), Pictures(panels)
    kept(label="y")
    kept(label="y")
    one, two = (np.asarray(Image.open(io.BytesIO(draw(label="y")))) for draw in (kept, fresh))
    assert plt.get_fignums() == []
    np.testing.assert_array_equal(one, two)


NOTEBOOKS = [*sorted(Path("notebooks").glob("la[gt]p_*.ipynb")), Path("notebooks/literature.ipynb")]


@pytest.mark.parametrize(
    "path",
    [p for p in NOTEBOOKS if p.stem not in ("audit", "index", "validation")],
    ids=lambda p: p.stem,
)
def test_every_figure_notebook_has_something_to_move(path):
    cells = ["".join(c["source"]) for c in json.loads(path.read_text())["cells"]]
    assert any("paper.explore(" in source for source in cells), "no slider cell"
    assert any("## Move it yourself" in source for source in cells)


def test_nothing_is_shown_to_move_where_results_are_written(tmp_path):
    def draw(moved):
        raise AssertionError("nobody is there to move anything")

    notebook.figure("latp_fig2_nyquist", str(tmp_path)).explore(draw, moved=Slider(0, 1, 0, "x"))


def test_a_moved_nyquist_plot_has_one_scale():
    figure = eis.nyquist(60.0, 1000.0, 5.0, 0.9, 0.5, 0.3)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    box, x, y = ax.get_window_extent(), np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())
    assert box.width / x == pytest.approx(box.height / y, rel=1e-3)
    plt.close(figure)


def test_leads_lower_the_apparent_energy():
    def slope(lead):
        figure = eis.arrhenius(40.0, 0.25, 80.0, 0.3, lead)
        return float(figure.axes[0].lines[1].get_label().split(":")[1].split()[0])

    assert slope(0.0) == pytest.approx(0.25, abs=0.001)
    assert slope(9.0) < 0.22
