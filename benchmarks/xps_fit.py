"""Photoemission and energy-loss fits: time, against a plain lmfit of the same model.

``python -m benchmarks.xps_fit`` measures on a P 2p region of 141 points with one doublet and a
second line: all of :func:`nasicon.xps.fit_regions.fit_region`, starts included, against lmfit from
one start without derivatives on the same residuals; and the edge fit of a 32 x 32 map.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import lmfit
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import Row
from nasicon.eels import fit_losses
from nasicon.eels.model_edges import Beam, Edge, power_law
from nasicon.xps.fit_boron import boron_window
from nasicon.xps.fit_regions import Peak, Region, fit_region
from nasicon.xps.model_lines import PseudoVoigt

ENERGY_EV = np.linspace(128.0, 142.0, 141)
PEAKS = (
    Peak("main", (131.0, 135.0), (0.8, 3.0), splitting_ev=0.87, ratio=0.5),
    Peak("second", (135.5, 138.5), (0.8, 3.0)),
)
TRUTH = np.array([500.0, 0.03, 133.4, 1.4, 9000.0, 136.8, 1.7, 2500.0])
WINDOW_EV = np.linspace(186.0, 198.0, 121)
WINDOW_PEAKS = (
    Peak("P 2s", (189.5, 191.8), (1.0, 5.0), PseudoVoigt(0.5)),
    Peak("B 1s", (191.8, 194.5), (0.8, 3.0)),
)
WINDOW_TRUTH = np.array([2000.0, 0.0, 0.01, 190.96, 2.0, 28000.0, 192.76, 1.4, 2000.0])
EDGES = (
    Edge("B K", 196.5, 1.40, 2.14, 2.0, 198.5, 6.0, 3.0),
    Edge("P L1", 193.4, 0.348, 1.35, 3.0),
)
SEED = 1918


def region(
    energy_ev: NDArray = ENERGY_EV, peaks: tuple[Peak, ...] = PEAKS, slope: bool = False
) -> Region:
    """The model that spectra are drawn from."""
    ones = np.ones(energy_ev.size)
    return Region(energy_ev, ones, ones, peaks, "shirley", None, slope)


def draw(
    rng: np.random.Generator, model: Region | None = None, truth: NDArray = TRUTH
) -> pd.DataFrame:
    """Poisson counts of a model."""
    model = model or region()
    counts = rng.poisson(model.model(truth[None])[0][0])
    return pd.DataFrame(
        {"binding_energy_ev": model.energy_ev, "intensity_counts": counts.astype(float)}
    )


def plain_lmfit(table: pd.DataFrame) -> NDArray:
    """The same residuals by lmfit from one start, differences for derivatives."""
    fitted = fit_region(table, PEAKS)  # only for its weights and names
    problem = fitted.result.problem
    parameters = lmfit.Parameters()
    start = TRUTH * np.array([1.3, 0.5, 1.001, 1.4, 0.5, 0.999, 0.8, 2.0])
    for name, value, low, high in zip(
        problem.names, start, problem.lower, problem.upper, strict=True
    ):
        parameters.add(name, value=value, min=low, max=high)

    def residual(p: lmfit.Parameters) -> NDArray:
        return problem.evaluate(np.array([[p[n].value for n in problem.names]]))[0][0]

    begin = time.perf_counter()
    outcome = lmfit.minimize(residual, parameters)
    spent = time.perf_counter() - begin
    return np.array([spent, outcome.chisqr / fitted.result.chi2 - 1])


def map_counts(rng: np.random.Generator, size: int = 32) -> tuple[NDArray, NDArray]:
    """Spectrum image of a power law, 85 channels."""
    energy = np.arange(155.0, 240.0, 1.0)
    return energy, rng.poisson(power_law(energy, 2000.0, 3.0, 195.0), (size, size, energy.size))


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Median time of a call."""
    spent = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        spent.append(time.perf_counter() - begin)
    return float(np.median(spent))


def measure(repeats: int = 15) -> list[Row]:
    """Rows of the benchmark table."""
    rng = np.random.default_rng(SEED)
    tables = [draw(rng) for _ in range(repeats)]
    ours = seconds(lambda: fit_region(tables[0], PEAKS), repeats)
    plain = np.median([plain_lmfit(table) for table in tables], axis=0)
    window = draw(rng, region(WINDOW_EV, WINDOW_PEAKS, slope=True), WINDOW_TRUTH)
    both = seconds(lambda: boron_window(tables[0], window), 3)
    energy, counts = map_counts(rng)
    beam = Beam(60e3, 0.0249)
    spectra = seconds(lambda: fit_losses.fit_edges(energy, counts, EDGES, beam, electrons=1e8), 3)
    return [
        Row("XPS fit, 8 parameters, active Shirley, all starts", f"{1e3 * ours:.0f} ms"),
        Row("the same, plain lmfit, one start, no derivatives", f"{plain[0] / ours:.1f} times"),
        Row("B 1s window, five fits", f"{1e3 * both:.0f} ms", "< 200 ms when interactive"),
        Row("EELS edge fit of 32 x 32 spectra", f"{1e3 * spectra:.0f} ms", "< 200 ms"),
    ]


if __name__ == "__main__":
    for row in measure():
        print(*row, sep=" | ")
