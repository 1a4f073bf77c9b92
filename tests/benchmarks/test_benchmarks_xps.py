"""The photoemission benchmark and study measure what they say."""

import sys

import numpy as np
import pytest

from compendium.paths import repository_root

sys.path.insert(0, str(repository_root()))  # the benchmarks are no part of the library

from benchmarks import study_xps, xps_fit


def test_drawn_counts_are_poisson_round_the_model():
    rng = np.random.default_rng(0)
    clean = xps_fit.region().model(xps_fit.TRUTH[None])[0][0]
    counts = np.array([xps_fit.draw(rng)["intensity_counts"] for _ in range(300)])
    np.testing.assert_allclose(counts.mean(axis=0), clean, rtol=0.02)
    np.testing.assert_allclose(counts.var(axis=0).mean(), clean.mean(), rtol=0.05)


def test_plain_lmfit_minimises_the_same_sum():
    _, excess = xps_fit.plain_lmfit(xps_fit.draw(np.random.default_rng(1)))
    assert excess > -1e-6  # ours is not above the other's minimum


def test_coverage_counts_intervals():
    table = study_xps.model_coverage("P 2p region", 15, 0)
    assert table["parameter"].tolist() == [row[0] for row in xps_fit.region().fitted]
    assert table["coverage_percent"].between(60, 100).all()
    assert (table["bias_in_stderr"].abs() < 1.2).all()


def test_rows_say_what_they_are():
    rows = xps_fit.measure(repeats=1)
    assert len(rows) == 4
    assert all(str(row[1]) for row in rows)
    assert rows[0][1].endswith("ms")
    assert pytest.approx(xps_fit.WINDOW_TRUTH[6] - xps_fit.WINDOW_TRUTH[3]) == 1.8
