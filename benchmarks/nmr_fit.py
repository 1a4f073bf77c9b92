"""Speed of the NMR fits: line shapes spent, time of a fit, of a redraw, of a bootstrap."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import Row
from nasicon.core.fitting import fit
from nasicon.nmr import fit_lines
from nasicon.nmr.fit_mixtures import fit_mixture

LARMOR_MHZ = 192.39
PPM = np.arange(-40.0, 40.0, 0.1)
SITES = (
    fit_lines.Site("BO3", (4.0, 20.0)),
    fit_lines.Site("BO4", (-10.0, 3.0), cq_mhz=0.4, eta=0.0),
)
#: Parameters of a ceramic-like and a glass-like spectrum.
CERAMIC = {"bo3": (16.0, 1.0), "bo4": (-2.2, 1.2)}
GLASS = {"bo3": (12.0, 2.5), "bo4": (-4.7, 2.5)}
SEED = 7


def clean(kind: dict[str, tuple[float, float]], moved: float = 0.0) -> NDArray:
    """Noise-free spectrum of unit area: 30 % BO3, 70 % BO4, on an axis moved by some ppm."""
    (d3, w3), (d4, w4) = kind["bo3"], kind["bo4"]
    bo3 = fit_lines.line_shape(
        PPM, delta=d3 + moved, fwhm=w3, area=0.3, cq=2.6, eta=0.3, larmor_mhz=LARMOR_MHZ
    )
    return bo3 + fit_lines.line_shape(
        PPM, delta=d4 + moved, fwhm=w4, area=0.7, cq=0.4, larmor_mhz=LARMOR_MHZ
    )


def table(y: NDArray, rng: np.random.Generator, signal_to_noise: float = 80.0) -> pd.DataFrame:
    """Return the spectrum with white noise, as the library takes it."""
    noisy = y + rng.normal(0, y.max() / signal_to_noise, y.size)
    return pd.DataFrame({"shift_ppm": PPM, "intensity": noisy})


def line_shapes(data: pd.DataFrame) -> tuple[int, int]:
    """Line shapes that a fit spends with exact derivatives, and with forward differences."""
    spent: list[int] = []
    original = fit_lines._Transform.signals

    def counted(
        self: fit_lines._Transform, delta: NDArray, *rest: NDArray, **options: bool
    ) -> NDArray:
        spent.append(len(delta))
        return original(self, delta, *rest, **options)

    fit_lines._Transform.signals = counted
    try:
        problem = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR_MHZ, spin=1.5).result.problem
        exact = sum(spent)
        spent.clear()
        x, y = fit_lines.spectrum(data)
        transform = fit_lines._Transform(x, LARMOR_MHZ, 0.0, 1.5)
        starts = fit_lines._starts(problem, x, y, SITES, transform)
        exact -= sum(spent)  # placed before the first step
        spent.clear()

        def numeric(values: NDArray) -> tuple[NDArray, NDArray]:
            residuals = problem.evaluate(values)[0]
            jacobian = np.empty((*residuals.shape, values.shape[1]))
            for i in range(values.shape[1]):
                h = 1e-6 * np.maximum(np.abs(values[:, i]), 1e-2)
                moved = values.copy()
                moved[:, i] += h
                jacobian[..., i] = (problem.evaluate(moved)[0] - residuals) / h[:, None]
            return residuals, jacobian

        fit(replace(problem, evaluate=numeric), starts)
        return exact, sum(spent)
    finally:
        fit_lines._Transform.signals = original


def median_seconds(action: object, repeats: int) -> float:
    """Median wall time of a call."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def measure(repeats: int = 7) -> list[Row]:
    """Return the rows of the table."""
    rng = np.random.default_rng(SEED)
    data = table(clean(CERAMIC), rng)
    exact, numeric = line_shapes(data)  # also builds the table of line shapes
    one = median_seconds(
        lambda: fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR_MHZ, spin=1.5), repeats
    )
    redraw = median_seconds(lambda: clean(CERAMIC), repeats)
    target = table(0.25 * clean(CERAMIC) + 0.75 * clean(GLASS), rng)
    references = {"glass": table(clean(GLASS), rng), "ceramic": table(clean(CERAMIC), rng)}
    draws = median_seconds(
        lambda: fit_mixture(target, references, shift_limit=1.0, replicates=1000), repeats
    )
    return [
        Row("NMR: quadrupolar fit of one spectrum, 10 parameters", f"{one:.2g} s", "< 30 s"),
        Row("line shapes spent; with forward differences", f"{exact}; {numeric}", "10 × fewer"),
        Row("one spectrum of two sites redrawn", f"{1e3 * redraw:.2g} ms", "< 200 ms"),
        Row("linear combination with 1000 bootstrap draws", f"{draws:.2g} s", "< 5 s"),
    ]


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
