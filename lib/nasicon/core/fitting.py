"""One least-squares engine for every technique.

Many starts (or many replicates, or the points of a likelihood profile) are
refined together by a batched Levenberg-Marquardt with exact Jacobians; the
winner goes through lmfit, which gives the covariance. Positive parameters are
fitted as log10, because they span decades and a linear step in them does not.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nasicon.core.result import AT_BOUND, LN10, FitResult, Problem, fit_result, minimizer_of

STALL = 1e-4  # orthogonality that counts when rounding stops the descent
SAME = 1e-3  # relative difference of chi2 up to which two end points are one minimum
FIRST_DAMPING = 1e-4  # relative to the diagonal of the normal matrix
LONGEST_DECADES = 0.7  # no step moves a positive parameter by more
LONGEST_SHARE = 0.2  # nor any other by more than this share of its box
PROFILE_TOLERANCE = 1e-4  # a chi2 too high by 1e-8 of itself moves no end of a profile


@dataclass(frozen=True)
class Minima:
    """End points of a batch: values (k, p), chi2 (k,), converged (k,), iterations spent."""

    values: NDArray
    chi2: NDArray
    converged: NDArray
    iterations: int


def levenberg_marquardt(
    problem: Problem, starts: ArrayLike, *, max_iterations: int = 100, tolerance: float = 1e-7
) -> Minima:
    """Minimise the sum of squares from every start at once, inside the bounds.

    Marquardt's damping of the diagonal, steered by how well the quadratic model
    foretold the gain (Madsen, Nielsen and Tingleff, Methods for Non-Linear Least
    Squares Problems, 2nd ed., 2004, section 3.2); no step is longer than the model
    can be trusted. A parameter whose bound blocks the descent is held for that
    step. A start has converged when its residual is orthogonal to every free column
    of the Jacobian within ``tolerance`` (More, Garbow and Hillstrom, MINPACK-1,
    ANL-80-74: the gtol test).

    Parameters
    ----------
    problem : Problem
    starts : array_like, shape (k, p)
        In the parameters' units.
    max_iterations : int
        At most this many trial steps.
    tolerance : float
        Largest cosine between residual and Jacobian columns at convergence.
    """
    lower, upper = problem.to_internal(problem.lower), problem.to_internal(problem.upper)
    u = np.clip(problem.to_internal(np.atleast_2d(starts)), lower, upper)
    k, p = u.shape
    longest = np.where(problem.positive, LONGEST_DECADES, LONGEST_SHARE * (upper - lower))
    residual, jacobian = problem.internal(u)
    chi2 = np.einsum("km,km->k", residual, residual)
    damping, growth = np.full(k, FIRST_DAMPING), np.full(k, 2.0)
    converged = np.zeros(k, dtype=bool)
    diagonal = np.arange(p)
    for iteration in range(max_iterations + 1):
        transposed = jacobian.swapaxes(1, 2)
        gradient = (transposed @ residual[..., None])[..., 0]
        normal = transposed @ jacobian
        scale = normal[:, diagonal, diagonal]
        blocked = ((u <= lower) & (gradient >= 0)) | ((u >= upper) & (gradient <= 0))
        gradient[blocked] = 0.0
        norm = np.sqrt(scale * chi2[:, None])
        worst = (np.abs(gradient) / np.where(norm > 0, norm, 1.0)).max(axis=1)
        converged |= (worst < tolerance) | (chi2 < 1e-24)
        stalled = damping > 1e10  # no step lowers the sum any further
        if (converged | stalled).all() or iteration == max_iterations:
            break
        free = ~blocked
        normal *= free[:, :, None] & free[:, None, :]
        floor = 1e-14 * scale.max(axis=1, keepdims=True) + 1e-300
        damped = normal.copy()
        damped[:, diagonal, diagonal] = np.where(
            blocked, 1.0, scale * (1 + damping[:, None]) + floor
        )
        step = -np.linalg.solve(damped, gradient[..., None])[..., 0]
        trial = np.clip(u + np.clip(step, -longest, longest), lower, upper)
        new_residual, new_jacobian = problem.internal(trial)
        new_chi2 = np.einsum("km,km->k", new_residual, new_residual)
        better = (new_chi2 < chi2) & ~converged
        moved = trial - u
        foretold = -(moved * (2 * gradient + (normal @ moved[..., None])[..., 0])).sum(axis=1)
        ratio = (chi2 - new_chi2) / np.where(foretold > 0, foretold, np.inf)
        ease = np.clip(1 - (2 * ratio.clip(0, 1) - 1) ** 3, 1 / 3, 2.0)
        damping = np.clip(damping * np.where(better, ease, growth), 1e-15, 1e20)
        growth = np.where(better, 2.0, np.minimum(growth * 2, 1e10))
        u[better], residual[better] = trial[better], new_residual[better]
        jacobian[better], chi2[better] = new_jacobian[better], new_chi2[better]
    return Minima(problem.to_values(u), chi2, converged | (worst < STALL), iteration)


def standard_errors(problem: Problem, values: NDArray) -> NDArray:
    """Standard errors at the minima of a batch, internal coordinates, shape (k, p).

    Inverse normal matrix times the reduced chi2 of each replicate; ``inf`` where singular.
    """
    residual, jacobian = problem.internal(problem.to_internal(values))
    freedom = residual.shape[-1] - values.shape[-1]
    reduced = np.einsum("km,km->k", residual, residual) / freedom
    norm = np.linalg.norm(jacobian, axis=1)
    norm = np.where(norm > 0, norm, 1.0)
    singular, basis = np.linalg.svd(jacobian / norm[:, None, :], full_matrices=False)[1:]
    with np.errstate(divide="ignore"):
        inverse = np.where(singular > 1e-12 * singular[:, :1], 1 / singular, np.inf)
    spread = np.sqrt(np.einsum("krp,kr->kp", basis**2, inverse**2)) / norm
    return spread * np.sqrt(reduced)[:, None]


def fit(
    problem: Problem,
    starts: ArrayLike,
    *,
    absolute_sigma: bool = False,
    steps: tuple[int, int] = (6, 8),
) -> FitResult:
    """Best of many starts, with covariance from lmfit.

    All starts are refined for a few steps, the best few for some more, the winner
    to convergence and by ``lmfit`` (MINPACK, exact Jacobian). A parameter that ends on a
    bound has no standard error; its interval reaches from the bound to the one-sided 95 %
    limit of a Student distribution cut off at the bound.

    Parameters
    ----------
    problem : Problem
    starts : array_like, shape (k, p)
        Data-driven guesses in the parameters' units.
    absolute_sigma : bool
        The weights are true standard deviations: do not rescale the
        covariance by the reduced chi-squared.
    steps : (int, int)
        Of all starts, and of the best few.

    Raises
    ------
    ValueError
        Fewer data than parameters, a non-finite start, or residuals that are not finite.
    """
    starts = np.atleast_2d(np.asarray(starts, dtype=float))
    if not np.isfinite(starts).all():
        raise ValueError(f"start values must be finite, got {starts[~np.isfinite(starts)][:3]}")
    residuals = problem.evaluate(starts[:1])[0]
    if not np.isfinite(residuals).all():
        raise ValueError("the data or weights give residuals that are not finite: check for NaN")
    if residuals.shape[-1] <= len(problem.names):
        raise ValueError(
            f"{residuals.shape[-1]} data cannot determine {len(problem.names)} parameters "
            f"({', '.join(problem.names)}): measure more points or fit fewer parameters"
        )
    rough = levenberg_marquardt(problem, starts, max_iterations=steps[0])
    kept = _distinct_minima(rough, 6)
    fine = levenberg_marquardt(problem, rough.values[kept], max_iterations=steps[1])
    best = int(np.argmin(fine.chi2))
    agreeing = float(np.mean(fine.chi2 <= fine.chi2[best] * (1 + SAME)))
    last = levenberg_marquardt(problem, fine.values[best], max_iterations=1000)
    found = _polish(problem, starts[kept[best]], last, agreeing, absolute_sigma)
    return replace(found, starts_tried=len(starts))


def _distinct_minima(minima: Minima, count: int) -> NDArray:
    """Rows with the lowest chi2, those equal within 0.1 % counted once."""
    order = np.argsort(minima.chi2, kind="stable")
    chi2 = minima.chi2[order]
    new = np.diff(chi2, prepend=-1.0) > SAME * chi2
    return order[new][:count]


def _polish(
    problem: Problem, guess: NDArray, last: Minima, agreeing: float, absolute_sigma: bool
) -> FitResult:
    """Final refinement and covariance by lmfit; parameters that sit on a bound are held there."""
    lower, upper = problem.to_internal(problem.lower), problem.to_internal(problem.upper)
    u = np.clip(problem.to_internal(last.values[0]), lower, upper)
    residuals, jacobian = (part[0] for part in problem.internal(u[None]))
    gradient = residuals @ jacobian  # a bound holds only what pushes against it
    at_lower = (u - lower < AT_BOUND) & (gradient >= 0)
    at_upper = (upper - u < AT_BOUND) & (gradient <= 0)
    at_bound = at_lower | at_upper
    u = np.where(at_lower, lower, np.where(at_upper, upper, u))
    free = np.flatnonzero(~at_bound)
    outcome = minimizer_of(problem, u, at_bound, not absolute_sigma).leastsq()
    u_best = np.array([parameter.value for parameter in outcome.params.values()])
    inside = np.all(u_best >= lower - AT_BOUND) and np.all(u_best <= upper + AT_BOUND)
    if not inside:  # lmfit left the box: the bounded minimum stands
        u_best = u
    p = len(problem.names)
    covariance = np.full((p, p), np.nan)
    if inside and getattr(outcome, "covar", None) is not None:
        covariance[np.ix_(free, free)] = outcome.covar
    residuals, jacobian = (part[0] for part in problem.internal(u_best[None]))
    slope = np.abs(residuals @ jacobian[:, free])
    step = slope / np.maximum(np.sum(jacobian[:, free] ** 2, axis=0), 1e-300)
    # what a step inside the box can gain: nothing where a parameter has no effect
    gain = slope * np.minimum(step, (upper - lower)[free])
    flat = bool((gain <= STALL**2 * (residuals @ residuals)).all())
    converged = bool(last.converged[0] or flat) and inside and bool(outcome.success)
    search = (at_bound, converged, agreeing)
    result = fit_result(problem, guess, u_best, covariance, residuals, *search, not absolute_sigma)
    return _limited(result, jacobian) if at_bound.any() else result


def _limited(result: FitResult, jacobian: NDArray) -> FitResult:
    """Intervals of the parameters on a bound: from it to a one-sided 95 % limit.

    With the others refitted the sum of squares is 2 g d + s d^2 at a distance d from the
    bound, a normal likelihood whose maximum lies beyond it; what lies beyond is cut off and
    5 % of the rest left out (as for a mass near zero: Particle Data Group, Statistics). A
    positive parameter on its lower bound is taken in its own unit: its logarithm has no
    slope there.
    """
    problem, low, high = result.problem, result.ci_low.copy(), result.ci_high.copy()
    free = np.flatnonzero(~result.at_bound)
    for i in np.flatnonzero(result.at_bound):
        at_upper = result.values[i] - result.lower[i] > result.upper[i] - result.values[i]
        linear = problem.positive[i] and not at_upper
        column = jacobian[:, i] / (result.values[i] * LN10 if linear else 1.0)
        column = -column if at_upper else column
        others = jacobian[:, free]
        rest = column - others @ np.linalg.lstsq(others, column, rcond=1e-10)[0]
        scale = np.sqrt(result.reduced_chi2) if result.scaled else 1.0
        spread = scale / max(float(np.linalg.norm(rest)), 1e-300)
        beyond = float(column @ result.residuals) / scale**2 * spread  # standard errors
        student = stats.t(max(result.degrees_of_freedom, 1)) if result.scaled else stats.norm
        reach = spread * (student.isf(0.05 * student.sf(beyond)) - beyond)
        low[i], high[i] = result.lower[i], result.upper[i]
        if linear:
            high[i] = min(result.values[i] + reach, high[i])
        else:
            u = problem.to_internal(result.values)
            u[i] += -reach if at_upper else reach
            end = float(np.clip(problem.to_values(u)[i], low[i], high[i]))
            low[i], high[i] = (end, high[i]) if at_upper else (low[i], end)
    return replace(result, ci_low=low, ci_high=high)


def profile_interval(
    result: FitResult, name: str, *, confidence: float = 0.95, points: int = 25
) -> tuple[float, float]:
    """Likelihood-profile interval of one parameter, where the covariance is not to be trusted.

    The parameter is held on a grid, all others are refitted (one batch), and
    the interval is where chi2 rises by the F quantile times the reduced chi2
    (Bates and Watts, Nonlinear Regression Analysis, 1988, section 6.1). An end that
    does not close inside the bounds is returned as the bound.
    """
    problem, index = result.problem, result.index(name)
    lower = problem.to_internal(problem.lower)[index]
    upper = problem.to_internal(problem.upper)[index]
    centre = problem.to_internal(result.values)[index]
    spread = np.sqrt(result.covariance[index, index])
    ends = []
    # the root of the rise is straight where the model is linear
    limit = np.sqrt(stats.f.ppf(confidence, 1, result.degrees_of_freedom))
    for bound in (lower, upper):
        grid = centre + np.sign(bound - centre) * _outwards(abs(bound - centre), spread, points)
        rise = np.empty(0)
        for part in np.split(grid, [points // 2 + 1]):  # far out only where it has not closed
            values = 10.0**part if problem.positive[index] else part
            starts = np.tile(result.values, (len(part), 1))
            held = problem.fixed_at(name, values)
            minima = levenberg_marquardt(held, starts, tolerance=PROFILE_TOLERANCE)
            risen = np.maximum(minima.chi2 - result.chi2, 0.0) / result.reduced_chi2
            rise = np.append(rise, np.sqrt(risen) - limit)
            if (rise > 0).any():
                break
        ends.append(_crossing(grid, rise, bound))
    low, high = (10.0**end if problem.positive[index] else end for end in ends)
    return float(low), float(high)


def _outwards(distance: float, spread: float, points: int) -> NDArray:
    """Steps from 0 to a bound: even up to six standard errors, then growing."""
    near = 6 * spread
    if not 0 < near < distance:
        return np.linspace(0, distance, points)
    half = points // 2 + 1
    return np.append(np.linspace(0, near, half), np.geomspace(near, distance, half)[1:])


def _crossing(outwards: NDArray, rise: NDArray, bound: float) -> float:
    """First sign change of ``rise`` going outwards from the centre, by linear interpolation."""
    above = np.flatnonzero(rise > 0)
    if above.size == 0:
        return bound
    i = above[0]
    if i == 0:
        return float(outwards[0])
    share = -rise[i - 1] / (rise[i] - rise[i - 1])
    return float(outwards[i - 1] + share * (outwards[i] - outwards[i - 1]))
