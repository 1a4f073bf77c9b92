"""The benchmark's file is a cell test, and the study counts what it says."""

import sys

import numpy as np
import pytest

from compendium.paths import repository_root
from nasicon.cycling.fit_cycles import per_cycle
from nasicon.cycling.read_files import read_cycling

sys.path.insert(0, str(repository_root()))  # the benchmarks are no part of the library

from benchmarks import cycling_files, study_cycling


def test_the_long_file_is_a_fading_cell(tmp_path):
    cycling_files.long_test(5000).to_csv(tmp_path / "long.csv", index=False)
    cycles = per_cycle(read_cycling(tmp_path / "long.csv"), "full")
    assert cycles["complete"].all()
    expected = 1e-3 * (1 - 1e-4 * np.arange(1, 6))
    np.testing.assert_allclose(cycles["down_capacity_ah"], expected, rtol=1e-6)


def test_coverage_is_a_share_of_the_draws():
    row = study_cycling.model_coverage(30, 0.0, 40, seed=1)
    assert row["draws"] == 40
    assert 80 <= row["coverage_percent"] <= 100
    assert row["binomial_error_percent"] == pytest.approx(
        np.sqrt(row["coverage_percent"] * (100 - row["coverage_percent"]) / 40), abs=1e-9
    )
