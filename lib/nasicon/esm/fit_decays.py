"""Relaxation after a bias pulse: three models, their comparison, and many curves at once.

A time constant shorter than the sampling step or longer than the record is an
extrapolation, whatever its error says: it carries the flag ``outside_window``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import erfcx

from nasicon.core.fitting import fit, levenberg_marquardt, standard_errors
from nasicon.core.quality import BUMP, FALSE_ALARMS, MAD_TO_SIGMA, lag_one, saturation
from nasicon.core.result import FitResult, Problem, fit_result
from nasicon.core.statistics import whitened

STARTS = 25  # time constants on the grid of starts
BETA_STARTS = (0.5, 0.8, 1.0)
BETA_BOUNDS = (0.1, 2.0)
CORRELATIONS = np.linspace(0, 0.99, 100)  # of neighbouring points
GLS_ROUNDS, GLS_STEPS, LONGEST_STEP = 4, 6, 0.3  # the last in decades
REACH = 30.0  # how far beyond step and record a time constant is sought
Shape = Callable[[NDArray, NDArray], tuple[NDArray, NDArray]]


def _stretched(x: NDArray, beta: NDArray) -> tuple[NDArray, NDArray]:
    power = x**beta  # beta = 1 is the exponential
    s = np.exp(-power)
    return s, beta * power * s  # ds/dln(tau)


def _diffusion(x: NDArray, _: NDArray) -> tuple[NDArray, NDArray]:
    s = erfcx(np.sqrt(x))
    return s, np.sqrt(x / np.pi) - x * s  # from erfcx'(z) = 2 z erfcx(z) - 2/sqrt(pi)


@dataclass(frozen=True)
class Model:
    """A relaxation ``amplitude s(t / tau) + offset``; ``stretch`` if it has an exponent."""

    shape: Shape
    stretch: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters in order."""
        return ("amplitude", "tau", *["beta"] * self.stretch, "offset")


MODELS = {
    "exponential": Model(_stretched),
    "stretched": Model(_stretched, stretch=True),
    "diffusion": Model(_diffusion),
}


def fit_relaxation(
    time_s: ArrayLike, signal: ArrayLike, model: str = "exponential", *, unit: str = "pm"
) -> FitResult:
    """Fit one relaxation curve.

    Parameters
    ----------
    time_s : array, shape (n,)
        Since the end of the pulse, >= 0, in any order.
    signal : array, shape (n,)
        nan where nothing was measured.
    model : str
        ``exponential`` (the LATP paper's), ``stretched`` or ``diffusion``.
    unit : str
        Of the signal.

    Raises
    ------
    ValueError
        Unknown model, too few points, times that are negative or not finite, a constant signal.
    """
    chosen = _model(model)
    t, y = _clean(time_s, signal, len(chosen.names))
    order = np.argsort(t, kind="stable")
    t, y = t[order], y[order]
    result = fit(_problem(chosen, t, y[None], unit), _starts(chosen, t, y[None])[0])
    if clipped := saturation(y):
        return result.doubted(clipped)
    chance = stats.norm.isf(1e-3) / np.sqrt(t.size)
    if lag_one(result.residuals) < chance:
        return result.judged()
    steps = np.diff(t)
    if np.ptp(steps) > 0.01 * np.median(steps):  # no even grid: correlated noise and a wrong
        return result.judged()  # model cannot be told apart
    found, likelihood, _ = _correlated(result)
    if chosen.stretch or found.misfit:
        return found
    wider = MODELS["stretched"]
    other, reached, freedom = _correlated(
        fit(_problem(wider, t, y[None], unit), _starts(wider, t, y[None])[0])
    )
    if 2 * (reached - likelihood) < stats.f.isf(FALSE_ALARMS, 1, freedom):
        return found
    reason = f"neighbours share residuals that a stretched decay (beta {other['beta']:.2g}) has not"
    return found.doubted(reason)


def _correlated(result: FitResult) -> tuple[FitResult, float, float]:
    """The same model where the noise is shared by neighbours (drift, a filter): AR(1).

    Returns it with its log-likelihood up to a constant and its effective degrees of freedom.

    The correlation of neighbours is the restricted maximum likelihood given the model's
    Jacobian (Harville, J. Am. Stat. Assoc. 72 (1977) 320), which least squares on the
    residuals would underestimate; parameters and errors are those of generalised least
    squares, with the t quantile of the effective number of points, n (1 - r)/(1 + r).
    """
    problem, u, rho = result.problem, result.problem.to_internal(result.values), 0.0
    for _ in range(GLS_ROUNDS):
        residuals, jacobian = (part[0] for part in problem.internal(u[None]))
        rho = max(CORRELATIONS, key=lambda r: _restricted(residuals, jacobian, r))
        for _ in range(GLS_STEPS):
            residuals, jacobian = (part[0] for part in problem.internal(u[None]))
            step = np.linalg.lstsq(whitened(jacobian, rho), whitened(residuals, rho), rcond=None)
            u = u - np.clip(step[0], -LONGEST_STEP, LONGEST_STEP)
    residuals, jacobian = (whitened(part[0], rho) for part in problem.internal(u[None]))
    n, p = jacobian.shape
    covariance = np.linalg.pinv(jacobian.T @ jacobian) * (residuals @ residuals) / (n - p)
    search = (result.at_bound, result.converged, result.starts_agreeing)  # as it ended
    found = fit_result(problem, result.guess, u, covariance, residuals, *search)
    effective = max(n * (1 - rho) / (1 + rho) - p, 2.0)
    half = stats.t.ppf(0.975, effective) * np.sqrt(np.diag(covariance))
    ends = {"ci_low": problem.to_values(u - half), "ci_high": problem.to_values(u + half)}
    likelihood = 0.5 * np.log(1 - rho**2) - n / 2 * np.log(residuals @ residuals)
    return replace(found, **ends).judged(), float(likelihood), effective


def _restricted(residuals: NDArray, jacobian: NDArray, rho: float) -> float:
    """Restricted log-likelihood of a correlation, up to a constant."""
    q, r = np.linalg.qr(whitened(jacobian, rho))
    left = whitened(residuals, rho)
    left = left - q @ (q.T @ left)
    n, p = jacobian.shape
    return float(
        0.5 * np.log(1 - rho**2)
        - np.log(np.abs(np.diag(r))).sum()
        - (n - p) / 2 * np.log(left @ left)
    )


def fit_many(time_s: ArrayLike, signals: ArrayLike, model: str = "exponential") -> pd.DataFrame:
    """Fit many curves on one time axis together.

    Returns
    -------
    pandas.DataFrame
        One row per curve: ``tau_s``, ``tau_decades`` (standard error of log10 tau),
        ``amplitude``, ``offset``, ``converged``, ``outside_window``.
    """
    chosen = _model(model)
    t = np.asarray(time_s, dtype=float)
    y = np.atleast_2d(np.asarray(signals, dtype=float))
    _clean(t, y[0], len(chosen.names))
    if not np.isfinite(y).all():
        raise ValueError("fit_many takes complete curves; fit one with gaps by fit_relaxation")
    starts = _starts(chosen, t, y)
    problem = _problem(chosen, t, y, "")
    best = levenberg_marquardt(problem, starts[:, 0], max_iterations=40)
    spread = standard_errors(problem, best.values)
    names = list(chosen.names)
    tau = best.values[:, names.index("tau")]
    return pd.DataFrame(
        {
            "tau_s": tau,
            "tau_decades": spread[:, names.index("tau")],
            "amplitude": best.values[:, 0],
            "offset": best.values[:, -1],
            "converged": best.converged,
            "outside_window": outside_window(tau, t),
        }
    )


def outside_window(tau_s: ArrayLike, time_s: ArrayLike) -> NDArray:
    """Whether a time constant lies before the first delay or above the record's length.

    Before the first delay (or, where that is zero, the second), or within the finest step,
    nothing of the decay is seen, however the delays are spaced.
    """
    t = np.unique(np.asarray(time_s, dtype=float))
    tau = np.asarray(tau_s)
    return (tau < max(t[t > 0][0], np.diff(t).min())) | (tau > t[-1] - t[0])


def jump(result: FitResult, time_s: ArrayLike) -> str:
    """Say where one step of a curve is one that its noise does not make; empty else."""
    left = np.abs(result.residuals - np.median(result.residuals))
    at, scatter = int(np.argmax(left)), MAD_TO_SIGMA * float(np.median(left))
    if not 0 < BUMP * scatter < left[at]:
        return ""
    place, times = np.asarray(time_s)[at], left[at] / scatter
    return (
        f"a point leaps by {times:.2g} times the scatter at {place:.4g} s: a glitch, or another "
        "range? Leave it out, or fit either part by itself"
    )


def flags(result: FitResult, time_s: ArrayLike) -> str:
    """Flags of the time constant, ``;``-separated, ``outside_window`` included."""
    own = [*result.flags("tau"), *["misfit"] * bool(jump(result, time_s))]
    if bool(outside_window(result["tau"], time_s)):
        own.append("outside_window")
    return ";".join(own)


def compare_models(
    time_s: ArrayLike, signal: ArrayLike, *, unit: str = "pm"
) -> tuple[pd.DataFrame, dict[str, FitResult]]:
    """Every model on one curve, ranked by the Bayesian information criterion.

    Returns
    -------
    table : DataFrame
        ``tau_s``, ``tau_low_s``, ``tau_high_s`` (95 %), ``rms``, ``bic``, ``delta_bic``,
        ``flag``, by model, best first. A difference below about 6 decides nothing.
    results : dict of str to FitResult
    """
    results = {name: fit_relaxation(time_s, signal, name, unit=unit) for name in MODELS}
    rows = {}
    for name, result in results.items():
        i = result.index("tau")
        left = np.asarray(signal, dtype=float) - predict(result, time_s, name)
        rows[name] = {
            "tau_s": result.values[i],
            "tau_low_s": result.ci_low[i],
            "tau_high_s": result.ci_high[i],
            "rms": float(np.sqrt(np.nanmean(left**2))),
            "bic": result.bic,
            "flag": flags(result, time_s),
        }
    table = pd.DataFrame(rows).T.infer_objects().sort_values("bic")
    table.insert(5, "delta_bic", table["bic"] - table["bic"].min())
    table.index.name = "model"
    return table, results


def predict(result: FitResult, time_s: ArrayLike, model: str) -> NDArray:
    """Fitted curve at other times."""
    chosen = _model(model)
    x = np.asarray(time_s, dtype=float) / result["tau"]
    beta = np.asarray(result["beta"]) if chosen.stretch else np.asarray(1.0)
    return result["amplitude"] * chosen.shape(x, beta)[0] + result["offset"]


def _model(name: str) -> Model:
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    return MODELS[name]


def _clean(time_s: ArrayLike, signal: ArrayLike, parameters: int) -> tuple[NDArray, NDArray]:
    t, y = np.asarray(time_s, dtype=float), np.asarray(signal, dtype=float)
    if t.shape != y.shape or t.ndim != 1:
        raise ValueError(f"time_s and signal must be of one length, got {t.shape} and {y.shape}")
    if not np.isfinite(t).all() or (t < 0).any():
        raise ValueError("time_s must be finite and >= 0, counted from the end of the pulse")
    kept = np.isfinite(y)
    if kept.sum() <= parameters:
        raise ValueError(f"{kept.sum()} points cannot determine {parameters} parameters")
    t, y = t[kept], y[kept]
    if np.unique(t).size <= parameters:
        raise ValueError(
            f"{np.unique(t).size} different times cannot determine {parameters} parameters"
        )
    if np.ptp(y) == 0:
        raise ValueError(f"the signal is {y[0]:g} throughout; nothing relaxes")
    return t, y


def _limits(t: NDArray) -> tuple[float, float]:
    ordered = np.unique(t)
    return float(np.median(np.diff(ordered))) / REACH, float(np.ptp(ordered)) * REACH


def _starts(model: Model, t: NDArray, y: NDArray) -> NDArray:
    """Best few time constants of a grid, amplitude and offset by linear least squares.

    Returns shape (curves, kept, parameters), best first.
    """
    low, high = _limits(t)
    grid = np.geomspace(low * 3, high / 3, STARTS)
    betas = BETA_STARTS if model.stretch else (1.0,)
    candidates, sums = [], []
    for beta in betas:
        for tau in grid:
            s = model.shape(t / tau, np.asarray(beta))[0]
            ds, dy = s - s.mean(), y - y.mean(axis=1, keepdims=True)
            amplitude = dy @ ds / max(ds @ ds, 1e-300)
            offset = y.mean(axis=1) - amplitude * s.mean()
            sums.append(((y - amplitude[:, None] * s - offset[:, None]) ** 2).sum(axis=1))
            column = np.full(len(y), tau)
            parts = [amplitude, column, offset]
            if model.stretch:
                parts.insert(2, np.full(len(y), beta))
            candidates.append(np.column_stack(parts))
    order = np.argsort(np.array(sums), axis=0, kind="stable")[:6]
    return np.stack(candidates)[order, np.arange(len(y))].swapaxes(0, 1)


def _problem(model: Model, t: NDArray, y: NDArray, unit: str) -> Problem:
    """Least squares of one curve, or of as many as there are rows (each with its own values)."""
    low, high = _limits(t)
    span = float(np.max(np.ptp(y, axis=1)))
    names = model.names
    free = (-np.inf, np.inf)  # linear parameters need no box, and have any unit
    bounds = {"amplitude": free, "tau": (low, high), "beta": BETA_BOUNDS, "offset": free}
    scale = span / np.sqrt(12)  # any constant: the errors are rescaled by the residual

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        amplitude, tau, offset = values[:, :1], values[:, 1:2], values[:, -1:]
        beta = values[:, 2:3] if model.stretch else np.ones_like(tau)
        x = t / tau
        s, slope = model.shape(x, beta)
        jacobian = np.empty((*s.shape, len(names)))
        jacobian[..., 0], jacobian[..., 1], jacobian[..., -1] = s, amplitude * slope / tau, 1.0
        if model.stretch:
            with np.errstate(divide="ignore", invalid="ignore"):
                log = np.where(x > 0, np.log(x), 0.0)
            jacobian[..., 2] = -amplitude * s * x**beta * log
        data = y if len(y) == len(values) else y[:1]
        return (amplitude * s + offset - data) / scale, jacobian / scale

    return Problem(
        names=names,
        units=tuple({"tau": "s", "beta": "1"}.get(name, unit) for name in names),
        lower=np.array([bounds[n][0] for n in names]),
        upper=np.array([bounds[n][1] for n in names]),
        positive=np.array([n == "tau" for n in names]),
        evaluate=evaluate,
        resolution=np.array([{"tau": 0.25, "beta": 0.2}.get(n, span) for n in names]),
    )
