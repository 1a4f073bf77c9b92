"""Dual-frequency maps come out the same whichever way the instrument counts its phase."""

from pathlib import Path

import pytest

from nasicon import esm

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
