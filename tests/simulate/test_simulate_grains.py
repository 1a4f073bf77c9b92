"""Simulated sections: geometry, the declared assumptions, and the same seed twice."""

import sys

import numpy as np
import pandas as pd
import pytest

from compendium.simulate import grains as simulate
from compendium.simulate import writing
from compendium.simulate.assumptions import nominal


def test_sections_of_equal_cubes_have_the_mean_area_of_theory():
    """Mean section area of a convex body is volume over mean breadth: 1/1.5 for a unit cube."""
    exact = {"log_width": 0.0, "reading_error": 0.0, "resolution_nm": 0.0}
    rng = np.random.default_rng(1)
    diameters = simulate.section_diameters(1.0, 40_000, exact, rng)
    assert np.mean(np.pi / 4 * diameters**2) == pytest.approx(2 / 3, rel=0.01)
    # no section is larger than the diagonal rectangle, 1 x sqrt(2)
    assert np.pi / 4 * diameters.max() ** 2 <= np.sqrt(2) + 1e-9


def test_large_crystals_are_cut_more_often():
    assumed = {"log_width": 0.5, "reading_error": 0.0, "resolution_nm": 0.0}
    equal = {**assumed, "log_width": 0.0}
    rng = np.random.default_rng(2)
    broad = np.log(simulate.section_diameters(700, 30_000, assumed, rng)).mean()
    narrow = np.log(simulate.section_diameters(700, 30_000, equal, rng)).mean()
    assert broad - narrow == pytest.approx(0.5**2, abs=0.02)


def test_resolution_and_seed():
    assumed = {**nominal(simulate.ASSUMPTIONS), "resolution_nm": 200.0}
    one, two = (
        simulate.section_diameters(700, 500, assumed, np.random.default_rng(7)) for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)
    assert one.size == 500
    assert one.min() > 200


def test_command_writes_the_assumptions(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["grains", "--out-dir", str(tmp_path / "grains")])
    writing.command("simulate.grains", "grains", simulate.main)
    table = pd.read_csv(tmp_path / "grains/assumptions.csv")
    assert list(table["name"]) == [a.name for a in simulate.ASSUMPTIONS]
    assert (table["low"] < table["high"]).all()
    assert table["reason"].str.len().min() > 10
