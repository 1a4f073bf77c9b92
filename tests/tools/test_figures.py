"""Every figure of both papers: in the register, drawn by its notebook, fit to print."""

import csv
import json
import re
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest

from compendium.paths import repository_root
from nasicon.core import style
from tools import figures

ROOT = repository_root()
with (ROOT / "docs/figures.csv").open(encoding="utf-8", newline="") as file:
    REGISTER = list(csv.DictReader(file))
NOTEBOOKS = [name for name in figures.with_figures(ROOT) if name != "validation"]
PANELS = {"A": {1: 2, 2: 4, 3: 6, 4: 6, 5: 6, 6: 6}, "B": {2: 4, 3: 7, 4: 6, 5: 5, 6: 3}}
OTHERS = {
    "A": ["Table 1", *(f"Fig. S{n}" for n in range(1, 14)), "Table S1", "Table S2"],
    "B": ["Fig. 1", "Table 1", *(f"Fig. S{n}" for n in range(1, 6))],
}
ITEMS = {  # what the two texts name
    paper: [
        *(f"Fig. {n}{'abcdefg'[k]}" for n, c in counts.items() for k in range(c)),
        *OTHERS[paper],
    ]
    for paper, counts in PANELS.items()
}


@cache
def drawn(notebook):
    """Problems of each figure of a notebook, by its name."""
    found = {}
    for stem, figure in figures.figures_of(ROOT / "notebooks" / f"{notebook}.ipynb"):
        found[stem] = figures.problems(stem, figure)
    plt.close("all")
    return found


def test_the_register_lists_every_item_once():
    assert len(ITEMS["A"]) + len(ITEMS["B"]) == 78
    for paper, items in ITEMS.items():
        assert sorted(r["item"] for r in REGISTER if r["paper"] == paper) == sorted(items)


def wanted(notebook):
    """Panels that the register promises of a notebook."""
    rows = [row["panels"] for row in REGISTER if row["notebook"] == notebook]
    return set(" ".join(rows).split()) - {"table"}


def test_every_item_has_its_panel_in_a_notebook_that_is_drawn():
    for row in REGISTER:
        assert row["panels"], row["item"]
        assert row["notebook"] in NOTEBOOKS, row["item"]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_figures_are_all_there_and_fit_to_print(notebook):
    found = drawn(notebook)
    assert wanted(notebook) <= set(found)
    assert not {stem: wrong for stem, wrong in found.items() if wrong}


def test_figures_of_measurements_by_others_are_fit_to_print(external):
    external("eis/s04147/s04147-140deg.txt")
    test_figures_are_all_there_and_fit_to_print("validation")


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_figure_is_shown_in_the_cell_that_draws_it(path):
    # left open it would be shown twice: at the end of its cell, and where it is handed over
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        handed = len(re.findall(r"(?:paper\.show|nb\.save_figure)\(fig,", source))
        assert len(re.findall(r"(?m)^\s*fig(?:, \w+)? = ", source)) == handed, source


def test_the_page_is_that_of_the_register():
    page = (ROOT / "docs/figures.md").read_text(encoding="utf-8")
    assert page == figures.register(ROOT)


def plain(**options):
    figure, ax = style.subplots(1, 1, height=2.0, width=style.COLUMN_INCH)
    ax.plot([1, 2], [1, 2], **options)
    ax.set(xlabel="time (s)", ylabel="voltage (V)")
    return figure, ax


def words(figure, stem="x_derived"):
    found = " ".join(figures.problems(stem, figure))
    plt.close(figure)
    return found


def test_a_good_figure_passes():
    figure, _ = plain(color=style.UNDOPED)
    style.badge(figure, "derived")
    assert words(figure) == ""


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f, ax: ax.set_xlabel("time"), "no unit"),
        (lambda f, ax: ax.text(1.0, 1.0, "far", transform=f.transFigure), "outside"),
        (lambda f, ax: [ax.text(1.5, 1.5, t) for t in ("one", "two")], "lies over"),
        (lambda f, ax: ax.text(1.5, 1.5, "small", fontsize=4), "4.0 pt"),
        (lambda f, ax: ax.plot([1, 2], [2, 1], color="red"), "palette"),
        (lambda f, ax: ax.text(1.4, 1.5, "on the line", va="center"), "is struck"),
        (lambda f, ax: ax.legend(["label"], loc="upper right"), "is struck"),
        (lambda f, ax: f.set_figwidth(4.0), "cm wide"),
        (lambda f, ax: ax.set(xlabel="Re Z (Ω)", ylim=(0, 9)), "different scale"),
    ],
)
def test_each_fault_is_found(spoil, says):
    figure, ax = plain(color=style.UNDOPED)
    style.badge(figure, "derived")
    spoil(figure, ax)
    assert says in words(figure)


def test_a_panel_without_its_stamp_is_found():
    figure, ax = plain(color=style.UNDOPED)
    style.badge(figure, "simulated")
    assert words(figure, "x_simulated") == ""
    figure, ax = plain(color=style.UNDOPED)
    style.badge(figure, "simulated")
    ax.set_title("", loc="right")
    assert "no stamp" in words(figure, "x_simulated")


def test_a_name_is_read_as_that_of_its_own_point():
    figure, ax = plain(color=style.UNDOPED)
    crowd = [(1.0 + 0.01 * i, 1.0, f"point {i}") for i in range(6)]
    style.label_points(ax, crowd, np.array([point[:2] for point in crowd]))
    at = ax.transData.transform([point[:2] for point in crowd])
    figure.draw_without_rendering()
    for text in ax.texts:
        middle = np.mean(text.get_window_extent().get_points(), axis=0)
        nearest = int(np.argmin(np.hypot(*(at - middle).T)))
        assert text.get_text() == f"point {nearest}"
    plt.close(figure)


def test_truth_equals_estimate_at_every_scale():
    figure, ax = plain(color=style.UNDOPED)
    style.identity(ax, 0.5, 5.0)
    ax.set(xscale="log", yscale="log", xlim=(0.1, 10), ylim=(0.1, 10))
    figure.canvas.draw()
    path = ax.lines[-1].get_transform().transform_path(ax.lines[-1].get_path()).vertices
    points = ax.transData.inverted().transform(path)
    np.testing.assert_allclose(points[:, 0], points[:, 1], rtol=1e-6)
    plt.close(figure)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AlPO4", "AlPO₄"),
        ("B2O3-Bi2O3-LAGP", "B₂O₃-Bi₂O₃-LAGP"),
        ("LiTi2(PO4)3", "LiTi₂(PO₄)₃"),
        ("CPE2, R1", "CPE2, R1"),
        ("P L1", "P L1"),
        ("Fig. S9", "Fig. S9"),
        ("NCM622", "NCM622"),
    ],
)
def test_formulas_have_subscripts(text, shown):
    assert style.formula(text) == shown
