"""The figures say what they show."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from compendium import reference
from nasicon.diffraction import draw_patterns as draw
from nasicon.diffraction.fit_patterns import fit_pattern
from nasicon.diffraction.fit_phases import lines_of
from nasicon.diffraction.model_pattern import Options


@pytest.fixture(scope="module")
def fitted():
    x = np.arange(30.0, 50.0, 0.05)
    y = (
        100
        + 4000 * np.exp(-(((x - 37.25) / 0.1) ** 2))
        + 6000 * np.exp(-(((x - 43.28) / 0.1) ** 2))
    )
    table = pd.DataFrame({"two_theta_deg": x, "intensity": np.round(y)})
    table.attrs = {"intensity_unit": "counts"}
    return fit_pattern(table, [reference.phase("NiO")], Options(1.5406, background=2))


def texts(figure):
    return " ".join(t.get_text() for t in figure.findobj(mpl.text.Text))


@pytest.mark.parametrize("evidence", ["simulated", "measured"])
def test_patterns_say_their_evidence_and_phases(fitted, evidence):
    figure = draw.patterns({"one": fitted, "two": fitted, "three": fitted}, evidence=evidence)
    shown = texts(figure)
    assert "NiO" in shown
    assert ("not the authors' data" in shown) == (evidence == "simulated")
    assert sum(ax.get_visible() for ax in figure.axes) == 6


def test_candidates_name_what_is_lacking():
    lines = {n: lines_of(reference.phase(n), 1.5406) for n in ("Li2O", "GeO2")}
    figure = draw.candidates(lines, [20.5], excluded={"Li2O": "33.6 (100 %)"}, main="GeO2")
    shown = texts(figure)
    assert "lacks 33.6" in shown
    assert "main phase" in shown
    assert "derived" in shown


def test_recovery_tables_are_drawn_with_both_hypotheses():
    table = pd.DataFrame(
        {
            "sample": "LAGP",
            "hypothesis": ["with", "without"] * 4,
            "quantity": "GeO2 / wt%",
            "truth": np.linspace(0, 2, 8),
            "estimate": np.linspace(0.1, 2, 8),
            "stderr": 0.1,
        }
    )
    figure = draw.recovery(table, ["GeO2 / wt%"])
    labels = [t.get_text().split("\n")[0] for t in figure.axes[0].get_xticklabels()]
    assert labels == ["with", "without"]
    bars = [s for c in figure.axes[0].collections for s in c.get_segments()]
    assert min(y for bar in bars for _, y in bar) == 0.0  # 0.1 - 1.96 * 0.1 is no share
