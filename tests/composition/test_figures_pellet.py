"""What the figures of compositions, grains and literature must say and show."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nasicon.composition import draw_batches
from nasicon.composition.fit_batches import Batch
from nasicon.core import style
from nasicon.grains import draw_grains
from nasicon.grains.fit_sizes import measure_grains
from nasicon.transport import draw_literature
from nasicon.transport.fit_literature import meyer_neldel


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def words(figure) -> str:
    found = [t.get_text() for ax in figure.axes for t in (*ax.texts, ax.title)]
    found += [figure._supxlabel.get_text()]
    return " ".join(found)


def test_batch_shows_deviations_and_leaves_out_what_was_not_meant():
    columns = ["value", "median", "rounding_low", "rounding_high", "low", "high"]
    elements = pd.DataFrame([[1.54] * 6, [3.0] * 6, [0.1] * 6], ["Li", "P", "Na"], columns)
    excess = pd.Series(dict.fromkeys(columns, 10.0))
    batch = Batch(elements, elements, excess, np.linspace(9, 11, 100))
    figure = draw_batches.batch(batch, {"Li": 1.4, "P": 3.0}, evidence="derived")
    left, right = figure.axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["Li (1.4)", "P (3)"]
    np.testing.assert_allclose(left.lines[0].get_xdata(), [10.0, 0.0], atol=1e-9)
    assert "10.00" in right.get_title(loc="left")
    assert "derived from printed numbers" in words(figure)
    batch = Batch(elements, elements, None, None)
    bare = draw_batches.batch(batch, {"P": 3.0}, evidence="measured")
    assert not bare.axes[1].axison


def test_printed_values_keep_their_colour():
    table = pd.DataFrame({"printed": [87.5], "low": [87.1], "high": [87.7]}, index=["GC-LATP"])
    figure = draw_batches.relative_densities(
        table, {"GC-LATP": np.linspace(88, 91, 50)}, evidence="derived"
    )
    marks = [line for line in figure.axes[0].lines if line.get_color() == style.PRINTED]
    assert list(marks[0].get_xdata()) == [87.5]


def test_simulated_detection_says_so_in_every_panel():
    table = pd.DataFrame(
        [(r, w, c, 0.05 * c / 10 * r) for r in (1.0, 2.0) for w in (0.2, 0.5) for c in (10, 100)],
        columns=["ratio", "log_width", "count", "told_apart"],
    )
    figure = draw_grains.told_apart(table)
    assert len(figure.axes) == 2
    for ax in figure.axes:
        assert "not the authors' data" in " ".join(ax.get_title(loc="right").split())
        curves = [
            line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() != "None"
        ]
        assert all(line.get_markerfacecolor() == "white" for line in curves)
    assert "equal sizes" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_open_ranges_are_drawn():
    sizes = {"seen": (600.0, 800.0), "above": (1600.0, np.inf)}
    assert len(draw_grains.boundaries(sizes, [0.01, 0.1], evidence="derived").axes) == 2
    needed = {"X": tuple(np.array([a, a]) for a in (1e3, 2e3, np.inf))}
    draw_grains.required_size([1e-4, 1e-3], needed, sizes, evidence="derived").canvas.draw()


def test_outlines_have_the_readers_scale():
    rows, columns = np.mgrid[:100, :120]
    labels = rows // 10 * 12 + columns // 10 + 1
    sizes = measure_grains(labels, 50.0)
    figure = draw_grains.outlines(np.zeros(labels.shape), sizes, title="mine")
    left = figure.axes[0]
    assert left.get_xlim() == pytest.approx((0, 120 * 0.05))
    assert left.get_xlabel() == "x (µm)"
    assert "Look at the outlines" in words(figure)


def test_literature_figures_say_what_they_are():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "family": ["LATP"] * 12 + ["LAGP"] * 12,
            "sigma_s_per_cm": 10 ** rng.uniform(-6, -3, 24),
            "activation_energy_ev": rng.uniform(0.2, 0.5, 24),
            "doi": [f"10.1/{i % 6}" for i in range(24)],
        }
    )
    groups = {name: rows[rows["family"] == name] for name in ("LATP", "LAGP")}
    figure = draw_literature.standing(
        groups, {"LATP": {"GC": 1e-4}, "LAGP": {"p": 1e-4, "b": 2e-4}}
    )
    assert "measured by others" in words(figure)
    assert "12 values, 6 papers" in figure.axes[0].get_title(loc="left")
    heights = {t.get_text(): t.get_position()[1] for t in figure.axes[1].texts}
    assert heights["p"] > heights["b"], "a stem on the right must not cross a name on its left"
    fit = meyer_neldel(
        rows["activation_energy_ev"], rows["sigma_s_per_cm"], rows["doi"], replicates=2
    )
    figure = draw_literature.meyer_neldel(rows, {"all": fit}, [("mine", 0.2, 1e-3)])
    assert "1 mine" in words(figure)
    printed = [x for ax in figure.axes for x in ax.lines if x.get_color() == style.PRINTED]
    assert len(printed) == 2
