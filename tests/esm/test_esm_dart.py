"""Two complex readings give back the oscillator, and say when they cannot."""

import numpy as np
import pytest
import xarray as xr

from nasicon.esm.fit_dart import invert_dart
from nasicon.esm.model_oscillator import oscillator


def channels(rng, noise, shape=(30, 30), values=(3.9, 307e3, 28.0, 0.4), offset=2e3):
    centre = values[1] + offset
    layers = {}
    for i, f in ((1, centre - 5e3), (2, centre + 5e3)):
        h = oscillator(f, *values) + noise * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
        h = np.broadcast_to(h, shape)
        layers |= {
            f"amplitude{i}": (("y", "x"), np.abs(h)),
            f"phase{i}_rad": (("y", "x"), np.angle(h)),
            f"frequency{i}_hz": (("y", "x"), np.full(shape, f)),
        }
    return xr.Dataset(layers)


@pytest.mark.parametrize("phase", [0.4, 3.0, -3.1])  # a wrapped phase must not matter
@pytest.mark.parametrize("offset", [-6e3, 0.0, 6e3])
def test_exact_readings_give_exact_values(phase, offset):
    found = invert_dart(
        channels(np.random.default_rng(0), 0.0, (2, 2), (3.9, 307e3, 28.0, phase), offset)
    )
    assert float(found["amplitude"][0, 0]) == pytest.approx(3.9, rel=1e-9)
    assert float(found["resonance_hz"][0, 0]) == pytest.approx(307e3, rel=1e-9)
    assert float(found["quality"][0, 0]) == pytest.approx(28.0, rel=1e-9)
    assert float(found["phase_rad"][0, 0]) == pytest.approx(phase, abs=1e-9)


def test_impossible_readings_are_invalid():
    given = channels(np.random.default_rng(2), 0.0, (2, 3))
    given["amplitude1"][0, 0] = np.nan
    given["frequency2_hz"][0, 1] = given["frequency1_hz"][0, 1]
    swapped = given["phase1_rad"].values[1, 0]
    given["phase1_rad"][1, 0], given["phase2_rad"][1, 0] = given["phase2_rad"].values[1, 0], swapped
    found = invert_dart(given)
    assert found.attrs["pixels_invalid"] == 3
    assert np.isnan(found["quality"].values[[0, 0, 1], [0, 1, 0]]).all()


def test_a_missing_channel_is_named():
    with pytest.raises(ValueError, match="phase2_rad"):
        invert_dart(channels(np.random.default_rng(3), 0.0).drop_vars("phase2_rad"))
