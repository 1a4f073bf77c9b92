"""The map fit without numba: another algorithm, the same minima, errors and verdicts."""

import sys

import numpy as np
import pytest

from nasicon import esm
from nasicon.esm import fit_maps, fit_pixels

FREQUENCY_HZ = np.linspace(270e3, 340e3, 40)
LAYERS = (
    "amplitude",
    "resonance_hz",
    "quality",
    "amplitude_stderr",
    "resonance_hz_stderr",
    "quality_stderr",
    "r_squared",
    "noise",
    "residual_correlation",
)


def cube(noise=1.0, seed=0, side=12):
    rng = np.random.default_rng(seed)
    f0 = 307e3 + rng.normal(0, 4e3, (side, side, 1))
    quality = 25 + rng.normal(0, 3, (side, side, 1))
    f = FREQUENCY_HZ
    clean = 3.0 * np.exp(0.4j) * f0**2 / (f0**2 - f**2 + 1j * f * f0 / quality)
    return clean + noise * (rng.normal(size=clean.shape) + 1j * rng.normal(size=clean.shape))


@pytest.fixture
def portable(monkeypatch):
    """As if numba were not installed."""
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "nasicon.esm.fit_kernel", raising=False)
    monkeypatch.delitem(vars(esm), "fit_kernel", raising=False)
    fit_pixels._kernel.cache_clear()
    yield
    fit_pixels._kernel.cache_clear()


@pytest.mark.parametrize(
    "data",
    [cube(), np.abs(cube()), cube(noise=1e-6)],
    ids=["complex", "amplitude only", "almost no noise"],
)
def test_both_kernels_find_the_same(data, monkeypatch, portable):
    slow = fit_maps.fit_map(data, FREQUENCY_HZ)
    monkeypatch.undo()
    fit_pixels._kernel.cache_clear()
    quick = fit_maps.fit_map(data, FREQUENCY_HZ)
    np.testing.assert_array_equal(slow["status"], quick["status"])
    layers = LAYERS + (("phase_rad", "phase_rad_stderr") if np.iscomplexobj(data) else ())
    for layer in layers:
        np.testing.assert_allclose(slow[layer], quick[layer], rtol=2e-5, atol=2e-6, err_msg=layer)


def test_it_leaves_its_start(portable):
    assert fit_maps.fit_map(cube(), FREQUENCY_HZ)["moved_from_guess"].all()


def test_damaged_pixels_have_the_same_verdicts(monkeypatch, portable):
    data = cube(side=4)
    data[0, 0] = np.nan
    data[0, 1] = 0
    data[0, 2] = 2.0 - 1.0j
    slow = fit_maps.fit_map(data, FREQUENCY_HZ)
    monkeypatch.undo()
    fit_pixels._kernel.cache_clear()
    quick = fit_maps.fit_map(data, FREQUENCY_HZ)
    np.testing.assert_array_equal(slow["status"], quick["status"])
    assert slow.attrs["pixels_masked"] == 1
    assert slow.attrs["pixels_dead"] == 2


def test_it_says_how_to_be_fast(portable, caplog):
    fit_maps.fit_map(cube(side=2), FREQUENCY_HZ)
    assert "nasicon[fast]" in caplog.text
