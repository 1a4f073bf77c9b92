"""Equivalent-circuit fits: time and reliability beside impedance.py and plain lmfit.

``python -m benchmarks.eis_fit`` measures, on spectra of 71 points from 10 MHz to 1 Hz:

- the time of a whole :func:`nasicon.analysis.eis.fit_circuit`, starts included;
- how often the global minimum is reached on random spectra;
- the time of a parametric bootstrap of 1000 replicates.

The others fit the same weighted sum of squares (modulus weights) from the start that a
user has who knows such pellets but not this one: the middle of every range. For each of
them that is one start, as their interface asks for; ours finds its starts in the data.
Plain lmfit has raw parameters, bounds, and no derivatives; its model is our impedance.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import lmfit
import numpy as np
import pandas as pd
from impedance.models.circuits import CustomCircuit
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import Row
from nasicon.analysis import eis, fitting
from nasicon.models.circuits import Circuit

CIRCUIT = Circuit.parse("L0-R0-(R1||CPE1)-(R2||CPE2)-CPE3")
IMPEDANCE_PY = "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"
FREQUENCY_HZ = np.geomspace(1e7, 1, 71)
OMEGA = 2 * np.pi * FREQUENCY_HZ
NOISE = 0.005  # of abs(Z), on Re and on Im
SAME = 1e-4  # a relative excess of chi2 below this is the same minimum
SEED = 20191211

#: Ranges of the random spectra; an apex frequency stands for the arc's CPE coefficient.
RANGES = {
    "L0": (2e-8, 2e-6),
    "R0": (0.3, 30.0),
    "R1": (1e2, 1e4),
    "apex1_hz": (1e5, 1e7),
    "CPE1_n": (0.75, 1.0),
    "R2": (1e2, 1e4),
    "apex2_hz": (1e2, 1e4),
    "CPE2_n": (0.75, 1.0),
    "CPE3_Q": (5e-7, 5e-5),
    "CPE3_n": (0.6, 0.95),
}

Fit = Callable[[NDArray], NDArray]  # spectrum -> values, nan where the fit gave up


def values_of(quantities: dict[str, float]) -> NDArray:
    """Circuit values from resistances, apex frequencies and exponents, shape (10,)."""
    q = quantities
    coefficients = {
        f"CPE{i}_Q": (2 * np.pi * q[f"apex{i}_hz"]) ** -q[f"CPE{i}_n"] / q[f"R{i}"] for i in (1, 2)
    }
    known = {**q, **coefficients}
    return np.array([known[name] for name in CIRCUIT.names])


def draw(rng: np.random.Generator) -> NDArray:
    """Random values: log-uniform over the ranges, exponents uniform, shape (10,)."""
    return values_of(
        {
            name: rng.uniform(low, high)
            if name.endswith("_n")
            else float(np.exp(rng.uniform(np.log(low), np.log(high))))
            for name, (low, high) in RANGES.items()
        }
    )


def middle() -> NDArray:
    """Return the middle of every range, the start of those that ask for one, shape (10,)."""
    return values_of(
        {
            name: (low + high) / 2 if name.endswith("_n") else float(np.sqrt(low * high))
            for name, (low, high) in RANGES.items()
        }
    )


def spectrum(values: NDArray, rng: np.random.Generator) -> NDArray:
    """Impedance with noise, shape (71,)."""
    z = CIRCUIT.impedance(values, OMEGA)
    noise = NOISE * np.abs(z)
    return z + noise * (rng.normal(size=z.size) + 1j * rng.normal(size=z.size))


def table(z: NDArray) -> pd.DataFrame:
    """Return the spectrum as the library takes it."""
    return pd.DataFrame({"frequency_hz": FREQUENCY_HZ, "z_real_ohm": z.real, "z_imag_ohm": z.imag})


def chi2(values: NDArray, z: NDArray) -> float:
    """Weighted sum of squares, infinite where there are no values."""
    if not np.isfinite(values).all():
        return np.inf
    return float((np.abs((CIRCUIT.impedance(values, OMEGA) - z) / z) ** 2).sum())


def ours(z: NDArray) -> NDArray:
    """Fit with this library, every start included."""
    return eis.fit_circuit(table(z), CIRCUIT).values


def impedance_py(z: NDArray, **options: object) -> NDArray:
    """impedance.py from the middle of the ranges; nan where it gives up."""
    circuit = CustomCircuit(IMPEDANCE_PY, initial_guess=list(middle()))
    try:
        circuit.fit(FREQUENCY_HZ, z, weight_by_modulus=True, **options)
    except RuntimeError:  # the limit of evaluations
        return np.full(middle().size, np.nan)
    return np.asarray(circuit.parameters_)


def impedance_py_scaled(z: NDArray) -> NDArray:
    """impedance.py with the scaling of its solver that finds the way."""
    return impedance_py(z, x_scale="jac")


def plain_lmfit(z: NDArray) -> NDArray:
    """Lmfit with the raw parameters in their bounds, from the middle of the ranges."""
    parameters = lmfit.Parameters()
    for name, p, value in zip(CIRCUIT.names, CIRCUIT.parameters, middle(), strict=True):
        parameters.add(name, value=value, min=p.lower, max=p.upper)

    def residual(current: lmfit.Parameters) -> NDArray:
        values = np.array(list(current.valuesdict().values()))
        difference = (CIRCUIT.impedance(values, OMEGA) - z) / np.abs(z)
        return np.concatenate([difference.real, difference.imag])

    outcome = lmfit.minimize(residual, parameters)
    return np.array(list(outcome.params.valuesdict().values()))


def best_known(truth: NDArray, z: NDArray, rng: np.random.Generator, starts: int = 60) -> float:
    """Lowest chi2 from the truth and from random draws of the distribution."""
    begin = np.array([truth, *(draw(rng) for _ in range(starts))])
    positive = np.array([p.positive for p in CIRCUIT.parameters])
    hard = np.array([(p.lower, p.upper) for p in CIRCUIT.parameters]).T
    lower = np.where(positive, begin.min(axis=0) / 1e4, hard[0])
    upper = np.where(positive, begin.max(axis=0) * 1e4, hard[1])
    task = eis.problem(CIRCUIT, OMEGA, z, np.abs(z), lower, upper)
    rough = fitting.levenberg_marquardt(task, begin, max_iterations=25)
    kept = np.union1d(0, np.argsort(rough.chi2)[:6])
    fine = fitting.levenberg_marquardt(task, rough.values[kept], max_iterations=150)
    return float(fine.chi2.min())


def reached(found: float, best: float) -> bool:
    """Whether a fit is at the best minimum known."""
    return found <= best * (1 + SAME)


@dataclass(frozen=True)
class Race:
    """Seconds and success of each contestant, spectrum by spectrum, shape (n,); nan: not run."""

    seconds: dict[str, NDArray]
    success: dict[str, NDArray]


CONTESTANTS: dict[str, Fit] = {
    "ours": ours,
    "impedance.py": impedance_py,
    "lmfit": plain_lmfit,
    "impedance.py jac": impedance_py_scaled,
}


def race(total: int, compared: int, scaled: int, *, seed: int = SEED) -> Race:
    """Fit ``total`` random spectra, the contestants in turn on each.

    The first ``compared`` also by impedance.py and lmfit, the first ``scaled`` also by
    impedance.py with ``x_scale="jac"``, which takes seconds.
    """
    limit = {"ours": total, "impedance.py": compared, "lmfit": compared, "impedance.py jac": scaled}
    rng, search = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    seconds = {name: np.full(total, np.nan) for name in CONTESTANTS}
    success = {name: np.full(total, np.nan) for name in CONTESTANTS}
    for fit in CONTESTANTS.values():
        if fit is not impedance_py_scaled:
            fit(spectrum(middle(), rng))  # what the first call loads is not counted
    for i in tqdm(range(total), desc="fits", unit="spectrum"):
        truth = draw(rng)
        z = spectrum(truth, rng)
        found = {}
        for name, fit in CONTESTANTS.items():
            if i < limit[name]:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # the others' covariance and overflows
                    begun = time.perf_counter()
                    values = fit(z)
                    seconds[name][i] = time.perf_counter() - begun
                found[name] = chi2(values, z)
        best = min(best_known(truth, z, search), *found.values())
        for name, value in found.items():
            success[name][i] = reached(value, best)
    return Race(seconds, success)


def bootstrap_seconds(repeats: int = 3) -> float:
    """Median time of 1000 bootstrap replicates of one spectrum."""
    data = table(spectrum(middle(), np.random.default_rng(SEED)))
    result = eis.fit_circuit(data, CIRCUIT)
    times = []
    for _ in tqdm(range(repeats), desc="bootstrap", unit="run"):
        begun = time.perf_counter()
        eis.bootstrap(result, data, CIRCUIT, replicates=1000)
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def measure(total: int = 500, compared: int = 60, scaled: int = 3) -> list[Row]:
    """Return the rows of the table."""
    outcome = race(total, compared, scaled)

    def duration(name: str) -> str:
        return f"{1e3 * np.nanmedian(outcome.seconds[name]):.3g} ms"

    def ratio(name: str) -> str:
        return f"{np.nanmedian(outcome.seconds[name] / outcome.seconds['ours']):.3g}"

    def rate(name: str) -> str:
        known = outcome.success[name][np.isfinite(outcome.success[name])]
        return f"{100 * known.mean():.1f} % of {known.size}"

    return [
        Row("fit of 71 points, 10 parameters, all starts", duration("ours")),
        Row("impedance.py, default", f"{duration('impedance.py')}, ratio {ratio('impedance.py')}",
            "ratio ≥ 5"),
        Row('impedance.py, `x_scale="jac"`',
            f"{duration('impedance.py jac')}, ratio {ratio('impedance.py jac')}", "ratio ≥ 200"),
        Row("lmfit, raw parameters", f"{duration('lmfit')}, ratio {ratio('lmfit')}"),
        Row("global minimum reached", rate("ours"), "≥ 99.5 %"),
        Row("by impedance.py, default", rate("impedance.py")),
        Row('by impedance.py, `x_scale="jac"`', rate("impedance.py jac")),
        Row("by lmfit, raw parameters", rate("lmfit")),
        Row("bootstrap, 1000 replicates", f"{bootstrap_seconds():.2g} s", "< 10 s"),
    ]  # fmt: skip


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
