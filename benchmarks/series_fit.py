"""The joint fit of a temperature series beside lmfit: ``python -m benchmarks.series_fit``.

Seven spectra of 71 points; the widths of the random effects held, so that both minimise the
same sum of squares from the same start inside the same bounds. lmfit gets the residuals
alone, and once more with the exact Jacobian (dense, without the problem's structure).
"""

from __future__ import annotations

import time

import lmfit
import numpy as np

from benchmarks import Row
from benchmarks.study_series import TEMPERATURES_C, draw_series
from nasicon.transport.fit_arrow import Task, dense_problem, minimise
from nasicon.transport.fit_rivals import bootstrap
from nasicon.transport.fit_series import find_starts, fit_spectra, stack
from nasicon.transport.model_series import series_model

ROUNDS, SEED = 5, 227574


def compare(seed: int = SEED) -> dict[str, float]:
    """Seconds and sums of squares of one series, each way in turn."""
    model = series_model().prior(lag=(0.08, 0.03))
    data, _ = draw_series(model, TEMPERATURES_C[7], np.random.default_rng(seed))
    fit = fit_spectra(data, model)
    task = Task.of(model, fit.series)
    system = fit.minimum.system
    start = find_starts(Task.of(model, stack(data)), {})
    widths = {"variance": system.variance, "noise2": system.noise2}
    problem, split = dense_problem(task, system.variance, system.noise2), task.split
    flat = np.concatenate([start[0, :split], start[:, split:].ravel()])
    own = [np.tile(side[split:], task.spectra) for side in (task.lower, task.upper)]
    low, high = (
        np.append(s[:split], o) for s, o in zip((task.lower, task.upper), own, strict=True)
    )
    positive = np.append(task.positive[:split], np.tile(task.positive[split:], task.spectra))
    parameters = lmfit.Parameters()
    for i, value in enumerate(flat):
        inside = np.clip(value, low[i] + 1e-6, high[i] - 1e-6)
        parameters.add(f"p{i}", value=inside, min=low[i], max=high[i])

    def evaluate(p: lmfit.Parameters) -> tuple[np.ndarray, np.ndarray]:
        u = np.array(list(p.valuesdict().values()))
        values = np.where(positive, 10.0 ** np.where(positive, u, 0.0), u)
        residual, slopes = problem(values[None])
        return residual[0], slopes[0] * np.where(positive, values * np.log(10), 1.0)

    found = {"parameters": float(flat.size)}
    clock = time.perf_counter()
    ours = minimise(task, start, held=True, **widths)
    found["ours_s"] = time.perf_counter() - clock
    found["ours_chi2"] = ours.system.total / system.noise2
    clock = time.perf_counter()
    plain = lmfit.minimize(lambda p: evaluate(p)[0], parameters)
    found["lmfit_s"], found["lmfit_chi2"] = time.perf_counter() - clock, plain.chisqr
    clock = time.perf_counter()
    exact = lmfit.minimize(lambda p: evaluate(p)[0], parameters, Dfun=lambda p: evaluate(p)[1])
    found["lmfit_jacobian_s"], found["lmfit_jacobian_chi2"] = (
        time.perf_counter() - clock,
        exact.chisqr,
    )
    clock = time.perf_counter()
    minimise(task, start)
    found["widths_s"] = time.perf_counter() - clock
    clock = time.perf_counter()
    fit_spectra(data, model)
    found["whole_s"] = time.perf_counter() - clock
    return found


def bootstrap_seconds(replicates: int = 1000) -> float:
    """Time of a parametric bootstrap."""
    model = series_model().prior(lag=(0.08, 0.03))
    data, _ = draw_series(model, TEMPERATURES_C[7], np.random.default_rng(SEED))
    fit = fit_spectra(data, model)
    clock = time.perf_counter()
    bootstrap(fit, replicates=replicates)
    return time.perf_counter() - clock


def measure() -> list[Row]:
    """Rows of the benchmark table."""
    runs = [compare(SEED + i) for i in range(ROUNDS)]
    m = {key: float(np.median([run[key] for run in runs])) for key in runs[0]}
    worst = max(run["ours_chi2"] / run["lmfit_chi2"] - 1 for run in runs)
    ratio = float(np.median([run["lmfit_s"] / run["ours_s"] for run in runs]))
    exact = float(np.median([run["lmfit_jacobian_s"] / run["ours_s"] for run in runs]))
    return [
        Row(
            f"joint fit, 7 spectra x 71 points, {m['parameters']:.0f} parameters",
            f"{1e3 * m['ours_s']:.1f} ms",
            "≤ 15 ms",
        ),
        Row("the same with the widths of the scatter", f"{1e3 * m['widths_s']:.1f} ms"),
        Row("the same with starts, noise and intervals", f"{1e3 * m['whole_s']:.0f} ms"),
        Row("the same problem by lmfit", f"{1e3 * m['lmfit_s']:.0f} ms, {ratio:.0f} x", "≥ 25 x"),
        Row(
            "the same by lmfit, exact Jacobian",
            f"{1e3 * m['lmfit_jacobian_s']:.0f} ms, {exact:.0f} x",
        ),
        Row("chi2 above lmfit's, worst of the rounds", f"{100 * worst:.2g} %", "≤ 0"),
        Row("bootstrap, 1000 replicates", f"{bootstrap_seconds():.1f} s", "≤ 10 s"),
    ]


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
