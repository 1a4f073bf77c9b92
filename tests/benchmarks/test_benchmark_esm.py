"""The map benchmark measures what it says."""

import sys

import numpy as np
import pytest

from compendium.paths import repository_root

sys.path.insert(0, str(repository_root()))  # the benchmarks are no part of the library

from benchmarks import esm_map, study_esm


def test_the_noise_is_the_stated_share_of_the_peak():
    rng = np.random.default_rng(esm_map.SEED)
    a, f0, q, phase = (v[..., None] for v in esm_map.truth(24, rng))
    clean = esm_map.oscillator(esm_map.FREQUENCY_HZ, a, f0, q, phase)
    difference = (esm_map.cube(24, 10.0) - clean) / (a * q)
    assert difference.real.std() == pytest.approx(0.1, rel=0.02)
    assert difference.imag.std() == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("complex_data", [True, False])
def test_the_peers_find_the_same_minimum(complex_data):
    data = esm_map.cube(3, 20.0, complex_data=complex_data)
    start = esm_map.starts(data)
    fit = esm_map.fit_maps.fit_map(data, esm_map.FREQUENCY_HZ)
    for y, guess, q in zip(data.reshape(9, -1), start, fit["quality"].values.ravel(), strict=True):
        assert esm_map.by_scipy(y, guess)[2] == pytest.approx(q, rel=1e-3)
        assert esm_map.by_lmfit(y, guess)[2] == pytest.approx(q, rel=1e-3)


def test_rates_are_pixels_a_second():
    found = esm_map.rates(True, side=16, rounds=3, sample=5)
    assert found["ours"] > 20 * found["scipy"] > 0
    assert found["memory pass"] > found["ours"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_is_measured_from_outside():
    assert 1.0 <= esm_map.peak_memory(True, side=128) < 2.5


@pytest.mark.parametrize("complex_data", [True, False])
def test_spread_convergence_and_minima(complex_data):
    assert esm_map.spread(10.0, complex_data=complex_data, draws=3000).max() < 1.1
    assert esm_map.converged(10.0, complex_data=complex_data, side=64) >= 0.999
    low = esm_map.beside_scipy(5.0, 50, complex_data=complex_data)
    assert low["as low"] >= 0.98


def test_coverage_counts_intervals():
    table = study_esm.model_coverage(20.0, True, 1000, 0)
    assert table["parameter"].tolist() == list(esm_map.NAMES)
    assert table["coverage_percent"].between(93, 97).all()
    assert 92 < study_esm.relaxation_coverage(0.5, 400, 0)["coverage_percent"] < 98
