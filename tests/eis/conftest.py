"""Synthetic spectra for the tests of the analysis."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from nasicon.eis.model_circuits import Circuit

F71 = np.geomspace(1e7, 1, 71)


def table(frequency_hz: NDArray, z: NDArray) -> pd.DataFrame:
    return pd.DataFrame({"frequency_hz": frequency_hz, "z_real_ohm": z.real, "z_imag_ohm": z.imag})


@pytest.fixture(scope="session")
def as_table() -> Callable[..., pd.DataFrame]:
    return table


@pytest.fixture(scope="session")
def spectrum() -> Callable[..., pd.DataFrame]:
    """``spectrum(circuit, values, noise=0.005, seed=0, f=...)``: noise relative to abs(Z)."""

    def draw(circuit, values, noise=0.005, seed=0, f=F71):
        z = Circuit.parse(circuit).impedance(values, 2 * np.pi * f)
        random = np.random.default_rng(seed).normal(size=(2, f.size)) * noise * np.abs(z)
        return table(f, z + random[0] + 1j * random[1])

    return draw
