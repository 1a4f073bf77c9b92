"""Dual-frequency maps come out the same whichever way the instrument counts its phase."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nasicon import esm
from nasicon.esm import fit_dart
from nasicon.esm.model_oscillator import oscillator

CASES = Path(__file__).parents[1] / "cases" / "01_dart"


@pytest.mark.parametrize("name", ["as_written", "offset", "negated", "negated_offset"])
def test_either_sign_and_any_offset(name):
    found = esm.invert_dart(esm.read_dart(CASES / f"{name}.npz"))
    assert found.attrs["pixels_invalid"] == 0
    assert float(found["resonance_hz"].mean()) == pytest.approx(366.0e3, abs=100)
    assert float(found["quality"].mean()) == pytest.approx(56, abs=1)
    assert found.attrs["phase_sign"] == (-1 if "negated" in name else 1)


def test_empty_pixels_are_counted():
    found = esm.invert_dart(esm.read_dart(CASES / "mostly_invalid.npz"))
    assert (found.attrs["pixels"], found.attrs["pixels_invalid"]) == (64, 52)


def readings(noise, seed=3, size=24, quality=80.0):
    """Both readings of a map in the reader's names, noise in units of the height at resonance."""
    rng, layers = np.random.default_rng(seed), {}
    resonance = rng.normal(500e3, 200.0, (size, size))
    for i, frequency in ((1, 496e3), (2, 504e3)):
        h = oscillator(np.full((size, size), frequency), 1.0, resonance, quality, 0.2)
        h = h + noise * quality * (rng.normal(size=h.shape) + 1j * rng.normal(size=h.shape))
        layers[f"amplitude{i}"] = (("y", "x"), np.abs(h))
        layers[f"phase{i}_rad"] = (("y", "x"), np.angle(h))
        layers[f"frequency{i}_hz"] = (("y", "x"), np.full(h.shape, frequency))
    return xr.Dataset(layers)


@pytest.mark.parametrize(
    ("noise", "flag"), [(0.005, ""), (0.08, "systematic"), (5.0, "not_identifiable")]
)
def test_noise_shows_in_what_neighbouring_pixels_differ_by(noise, flag):
    found = esm.analyse({"map": readings(noise)}).findings.table()
    mean = found[found["quantity"] == "quality factor, mean"].iloc[0]
    assert mean["flag"] == flag
    if not flag:
        assert mean["value"] == pytest.approx(80, rel=0.02)


def test_phases_in_degrees_are_named():
    channels = readings(0.001)
    channels["phase1_rad"] = np.degrees(channels["phase1_rad"])
    channels["phase2_rad"] = np.degrees(channels["phase2_rad"])
    with pytest.raises(ValueError, match=r"phase1_rad reaches .*: in degrees"):
        esm.invert_dart(channels)


@pytest.mark.parametrize("of", [np.mean, np.median])
@pytest.mark.parametrize("which", ["phase1_rad", "amplitude2", ""])
def test_a_channel_that_was_flattened_line_by_line(which, of):
    channels = readings(0.005)
    if which:
        lines = channels[which].to_numpy().astype(np.float32)
        channels[which] = (("y", "x"), (lines - of(lines, axis=1, keepdims=True)).astype(float))
    told = fit_dart.taken_off(channels)
    assert (f"every line of {which} " in told) if which else told == ""
    if which == "phase1_rad":
        found = esm.analyse({"map": channels}).findings.table()
        assert found["flag"].str.contains("implausible").all()
