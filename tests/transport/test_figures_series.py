"""Figures of the joint fit say what they show."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import study_series as study
from compendium.paths import repository_root
from nasicon import transport
from nasicon.transport import draw_series


def words(figure):
    """All text of a figure."""
    figure.canvas.draw()
    return " ".join(t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text")))


def test_spectra_and_residuals():
    model = transport.series_model()
    data, _ = study.draw_series(model, study.TEMPERATURES_C[6], np.random.default_rng(1))
    fit = transport.fit_spectra(data, model)
    figure = transport.draw_joint(fit, evidence="simulated", title="pellet")
    text = words(figure)
    for said in ("25 °C", "120 °C", "one model for all"):
        assert said.lower() in text.lower()
    left, *residuals = figure.axes
    assert len(left.lines) == 3 * 6  # points, curve and the legend's entry
    assert (
        max(np.abs(line.get_ydata()).max() for ax in residuals for line in ax.lines) < 5
    )  # 0.5 % of noise


def test_allowed_truths_meet_the_printed_value_without_leads():
    leads = np.linspace(0, 5, 6)
    truths = {"pellet": {0.0: transport.allowed_truths([25, 120], 60.0, 0.16, leads)}}
    figure = draw_series.allowed(truths, leads, {"pellet": 0.16}, usual_ev=(0.23, 0.26))
    curve = figure.axes[0].lines[0].get_ydata()
    assert curve[0] == pytest.approx(0.16)
    assert (np.diff(curve) > 0).all()
    assert "printed, apparent" in words(figure)


def test_committed_map_of_power_reads_as_a_simulated_study():
    path = repository_root() / "data" / "reference" / "lead_power.csv"
    assert path.read_text(encoding="utf-8").startswith("# Simulated study, no measurement")
    table = pd.read_csv(path, comment="#")
    parts = table[["right_percent", "undecided_percent", "wrong_percent"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(100, abs=0.2)
    cells = table.groupby(
        ["window_mhz", "lowest_c", "temperature_error_k", "sample", "truth"]
    ).size()
    assert (cells == 1).all()
    assert len(cells) in (36, 72)  # temperatures to 1 K, and to 0.2 K
    figure = draw_series.power(table, temperature_error_k=1.0)
    text = words(figure)
    assert "GC-LATBP, truth: 9 Ω of leads" in text
    assert "simulated" in text
