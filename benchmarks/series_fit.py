"""The joint fit of a temperature series beside lmfit: ``python -m benchmarks.series_fit``.

Seven spectra of 71 points; the widths of the random effects held, so that both minimise the
same sum of squares from the same start inside the same bounds. lmfit gets the residuals
alone, and once more with the exact Jacobian (dense, without the problem's structure). Times
are of the processor.
"""

from __future__ import annotations

import time

import lmfit
import numpy as np

from benchmarks import Row
from benchmarks.study_series import TEMPERATURES_C, draw_series
from nasicon.transport.fit_mixed import Task, minimise
from nasicon.transport.fit_rivals import bootstrap
from nasicon.transport.fit_series import find_starts, fit_spectra, stack
from nasicon.transport.model_series import series_model

ROUNDS, SEED = 5, 227574
MODEL = series_model().prior(lag=(0.08, 0.03))


def compare(seed: int = SEED) -> dict[str, float]:
    """CPU seconds and sums of squares of one series, each way in turn."""
    data, _ = draw_series(MODEL, TEMPERATURES_C[7], np.random.default_rng(seed))
    fit = fit_spectra(data, MODEL)
    task, known = Task(MODEL, fit.series), fit.minimum
    start = find_starts(Task(MODEL, stack(data)), {})
    problem = task.problem(known.strength, known.noise2)
    parameters = lmfit.Parameters()
    for i, (value, low, high) in enumerate(zip(start, task.lower, task.upper, strict=True)):
        inside = np.clip(value, low + 1e-6, high - 1e-6)
        parameters.add(f"p{i}", value=inside, min=low, max=high)

    def evaluate(p: lmfit.Parameters) -> tuple[np.ndarray, np.ndarray]:
        residual, jacobian = problem.internal(np.array([list(p.valuesdict().values())]))
        return residual[0], jacobian[0]

    def slopes(p: lmfit.Parameters) -> np.ndarray:
        return evaluate(p)[1]

    def residuals(p: lmfit.Parameters) -> np.ndarray:
        return evaluate(p)[0]

    ways = {
        "ours": lambda: minimise(task, start, like=known, held=True).total,
        "lmfit": lambda: lmfit.minimize(residuals, parameters).chisqr,
        "exact": lambda: lmfit.minimize(residuals, parameters, Dfun=slopes).chisqr,
        "widths": lambda: minimise(task, start).total,
        "whole": lambda: fit_spectra(data, MODEL).result.chi2,
    }
    found = {"parameters": float(start.size)}
    for name, way in ways.items():
        clock = time.process_time()
        found[f"{name}_chi2"] = way()
        found[f"{name}_s"] = time.process_time() - clock
    return found


def bootstrap_seconds(replicates: int = 1000) -> float:
    """CPU time of a parametric bootstrap."""
    data, _ = draw_series(MODEL, TEMPERATURES_C[7], np.random.default_rng(SEED))
    fit = fit_spectra(data, MODEL)
    clock = time.process_time()
    bootstrap(fit, replicates=replicates)
    return time.process_time() - clock


def measure() -> list[Row]:
    """Rows of the benchmark table."""
    runs = [compare(SEED + i) for i in range(ROUNDS)]
    m = {key: float(np.median([run[key] for run in runs])) for key in runs[0]}
    worst = max(run["ours_chi2"] / run["lmfit_chi2"] - 1 for run in runs)
    ratio = float(np.median([run["lmfit_s"] / run["ours_s"] for run in runs]))
    exact = float(np.median([run["exact_s"] / run["ours_s"] for run in runs]))
    return [
        Row(
            f"impedance: joint fit, 7 spectra x 71 points, {m['parameters']:.0f} parameters",
            f"{1e3 * m['ours_s']:.1f} ms",
            "≤ 15 ms",
        ),
        Row("the same with the widths of the scatter", f"{1e3 * m['widths_s']:.1f} ms"),
        Row("the same with starts, noise and intervals", f"{1e3 * m['whole_s']:.0f} ms"),
        Row("the same problem by lmfit", f"{1e3 * m['lmfit_s']:.0f} ms, {ratio:.0f} x", "≥ 25 x"),
        Row(
            "the same by lmfit, exact Jacobian",
            f"{1e3 * m['exact_s']:.0f} ms, {exact:.0f} x",
        ),
        Row("chi2 above lmfit's, worst of the rounds", f"{100 * worst:.2g} %", "≤ 0"),
        Row("bootstrap, 1000 replicates", f"{bootstrap_seconds():.1f} s", "≤ 10 s"),
    ]


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
