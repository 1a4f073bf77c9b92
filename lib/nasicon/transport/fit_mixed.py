"""Least squares with shared parameters, each spectrum's own, and random effects.

The widths of the random effects and of the noise are those of restricted maximum likelihood
(Patterson and Thompson, Biometrika 58 (1971) 545); the page is ``docs/methods/transport.md``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from nasicon.core.result import Problem
from nasicon.transport.model_series import Series, SeriesModel, evaluate

FIRST_SCATTER = 0.03  # where the search for a width begins, in ln R
FLOOR = 1e-10  # variance of a random effect that is called none
TOLERANCE = 1e-6  # cosine between residual and Jacobian at the minimum
LONGEST_DECADES = 1.0  # no step moves a positive parameter by more
LONGEST_SHARE = 0.3  # nor any other by more than this share of its box
SAME_WIDTH = 1e-3  # change of a width at convergence, in its standard errors
GRID = (0.08, 15.0, 15)  # widths integrated over, relative to a typical one
NEGATIVE = 0.3  # how far below zero leads may be fitted, of the smallest impedance
RIDGE = 1e-12  # relative; keeps the matrix of a redundant model invertible


class Task:
    """A model meeting a series: P parameters in a row, the shared ones first.

    Attributes
    ----------
    shared, local : list of str
        One value for all spectra; one for each (free or random).
    names : tuple of str, length P
        The shared, then each spectrum's own as ``name[25C]``.
    index : ndarray, shape (K, shared + local)
        Where the parameters of each spectrum stand in the row.
    random : ndarray, shape (q, K)
        Where the random effects stand.
    places : list of int; held : ndarray, shape (K, terms)
        Where shared and local parameters stand among the model's terms; the terms' values.
    start, lower, upper, centre, precision : ndarray, shape (P,)
        Internal coordinates; the last two are the priors'.
    """

    def __init__(self, model: SeriesModel, series: Series) -> None:
        lead = model.terms["lead_ohm"]
        if lead.role != "fixed":  # a little below zero, so that an interval near zero is usual
            least = float(np.abs(series.z).min())
            low = max(lead.lower, -NEGATIVE * least)
            lead = replace(lead, lower=low, upper=2 * least, resolution=least / 2)
            model = replace(model, terms={**model.terms, "lead_ohm": lead})
        self.model, self.series, k = model, series, len(series.label)
        self.shared, self.local = model.names("shared"), model.names("free", "random")
        self.split, own = len(self.shared), len(self.local)
        order = list(model.terms)
        self.places = [order.index(name) for name in (*self.shared, *self.local)]
        self.held = np.tile([term.value for term in model.terms.values()], (k, 1))
        places = self.split + np.arange(k * own).reshape(k, own)
        self.index = np.hstack([np.tile(np.arange(self.split), (k, 1)), places])
        own_names = (f"{name}[{label}]" for label in series.label for name in self.local)
        self.names = (*self.shared, *own_names)
        effects = [self.local.index(name) for name in model.names("random")]
        self.random = places[:, effects].T
        self.terms = [model.terms[n] for n in (*self.shared, *(self.local * k))]
        self.positive = np.array([t.positive for t in self.terms], dtype=bool)
        self.start = self.internal([t.value for t in self.terms])
        self.lower = self.internal([t.lower for t in self.terms])
        self.upper = self.internal([t.upper for t in self.terms])
        self.centre = self.internal([t.prior[0] if t.prior else t.value for t in self.terms])
        self.precision = np.array([t.prior[1] ** -2 if t.prior else 0.0 for t in self.terms])
        self.size = 2 * int(np.count_nonzero(series.weight))

    def internal(self, values: list[float]) -> NDArray:
        """log10 of the positive parameters."""
        pairs = zip(values, self.positive, strict=True)
        return np.array([np.log10(v) if positive else v for v, positive in pairs])

    def outer(self, u: NDArray) -> NDArray:
        """Inverse of :meth:`internal`; without digits an end may be infinite."""
        with np.errstate(over="ignore"):
            return np.where(self.positive, 10.0 ** np.where(self.positive, u, 0.0), u)

    def values(self, u: NDArray) -> NDArray:
        """Every parameter of every spectrum, in the model's order."""
        out = self.held.copy()
        out[:, self.places] = self.outer(u)[self.index]
        return out

    def impedance(self, u: NDArray) -> NDArray:
        """Complex impedance (K, n)."""
        return evaluate(self.model, self.values(u), *self.series.grid)[0]

    def linearise(self, u: NDArray) -> tuple[NDArray, NDArray]:
        """Weighted residuals (K, 2n) and slopes (K, active, 2n), Re and Im in turn."""
        active = [*self.shared, *self.local]
        z, slopes = evaluate(self.model, self.values(u), *self.series.grid, active)
        residual = ((z - self.series.z) * self.series.weight).view(float)
        slopes *= self.series.weight[:, None]
        return residual, slopes.view(float)

    def bounded(self, column: int, lower: float, upper: float) -> Task:
        """The same task with other bounds of one parameter (internal coordinates)."""
        other = copy.copy(self)
        other.lower, other.upper = self.lower.copy(), self.upper.copy()
        other.lower[column], other.upper[column] = lower, upper
        return other

    def problem(self, strength: NDArray, noise2: float) -> Problem:
        """The same sum of squares without its structure, for other programs to judge."""
        pulled, k = np.flatnonzero(strength), len(self.index)
        on, root = np.repeat(self.series.weight > 0, 2, axis=1), np.sqrt(strength[pulled])

        def evaluate_all(values: NDArray) -> tuple[NDArray, NDArray]:
            found = []
            for row in values:
                residual, slopes = self.linearise(u := self.internal(row))
                jacobian = np.zeros((*residual.shape, u.size))
                jacobian[np.arange(k)[:, None], :, self.index] = slopes
                pull = root * (u - self.centre)[pulled]
                rows = np.eye(u.size)[pulled] * root[:, None]
                found.append(
                    (
                        np.append(residual[on] / np.sqrt(noise2), pull),
                        np.vstack([jacobian[on] / np.sqrt(noise2), rows]),
                    )
                )
            residuals, jacobians = (np.array(part) for part in zip(*found, strict=True))
            slope = np.where(self.positive, values * np.log(10), 1.0)
            return residuals, jacobians / slope[:, None]

        return Problem(
            self.names,
            tuple(t.unit for t in self.terms),
            self.outer(self.lower),
            self.outer(self.upper),
            self.positive,
            evaluate_all,
            np.array([t.resolution for t in self.terms]),
        )


@dataclass(frozen=True)
class Point:
    """A model linearised at ``u`` (P,): residual sum, gradient (P,) and normal matrix (P, P)."""

    u: NDArray
    rss: float
    gradient: NDArray
    normal: NDArray

    @classmethod
    def of(cls, task: Task, u: NDArray) -> Point:
        """Each spectrum gives a block of the shared parameters and its own: an arrow."""
        residual, slopes = task.linearise(u)
        part = (slopes @ residual[..., None])[..., 0]
        block = slopes @ slopes.transpose(0, 2, 1)
        s, own = task.split, task.index[:, task.split :]
        gradient, normal = np.zeros(u.size), np.zeros((u.size, u.size))
        gradient[:s], gradient[own] = part[:, :s].sum(axis=0), part[:, s:]
        normal[:s, :s] = block[:, :s, :s].sum(axis=0)
        normal[:s, own] = block[:, :s, s:].transpose(1, 0, 2)
        normal[s:, :s] = normal[:s, s:].T
        normal[own[:, :, None], own[:, None, :]] = block[:, s:, s:]
        return cls(u, float((residual**2).sum()), gradient, normal)


class State:
    """A point with widths: what is minimised, its gradient and curvature.

    ``variance`` (q,) is that of each random effect, ``noise2`` that of the noise in units of
    the weights. The objective is RSS/noise2 plus the pulls of priors and random effects.
    """

    def __init__(self, task: Task, point: Point, variance: NDArray, noise2: float) -> None:
        self.task, self.point, self.variance, self.noise2 = task, point, variance, noise2
        self.converged = False
        u = self.u = point.u
        self.strength = task.precision.copy()
        self.strength[task.random] = 1 / variance[:, None]
        self.total = self.objective(point)
        self.gradient = point.gradient / noise2 + self.strength * (u - task.centre)
        low = (u <= task.lower) & (self.gradient >= 0)
        self.blocked = low | ((u >= task.upper) & (self.gradient <= 0))
        self.gradient[self.blocked] = 0.0
        self.scale = np.diag(point.normal) / noise2 + self.strength
        norm = np.sqrt(np.maximum(self.scale * self.total, 1e-300))
        self.worst = float((np.abs(self.gradient) / norm).max())

    def objective(self, point: Point) -> float:
        """Residual sum and pulls, for these widths."""
        pull = self.strength * (point.u - self.task.centre) ** 2
        return float(point.rss / self.noise2 + pull.sum())

    def curvature(self, strength: NDArray | None = None, damping: float = 0.0) -> NDArray:
        """Half the second derivatives, blocked parameters held, the diagonal raised."""
        strength = self.strength if strength is None else strength
        matrix = self.point.normal / self.noise2
        np.fill_diagonal(matrix, np.diag(matrix) + strength + (damping + RIDGE) * self.scale)
        matrix[self.blocked] = matrix[:, self.blocked] = 0.0
        matrix[self.blocked, self.blocked] = 1.0
        return matrix

    def covariance(self) -> NDArray:
        """Of all parameters, internal coordinates; nan where a bound holds one."""
        matrix = np.linalg.inv(self.curvature())
        matrix[self.blocked] = matrix[:, self.blocked] = np.nan
        return matrix

    def deviance(self) -> float:
        """-2 ln of the marginal likelihood: what is each spectrum's own is integrated out."""
        own = self.curvature()[self.task.split :, self.task.split :]
        value = self.task.size * np.log(self.noise2) + self.total + np.linalg.slogdet(own)[1]
        return float(value + self.task.random.shape[1] * np.log(self.variance).sum())


def minimise(
    task: Task,
    u: NDArray,
    *,
    like: State | None = None,
    reml: bool = True,
    held: bool = False,
    most: int = 200,
    tolerance: float = TOLERANCE,
) -> State:
    """Levenberg-Marquardt; near the minimum each step also moves the widths.

    Parameters
    ----------
    u : ndarray, shape (P,)
        Start, internal coordinates.
    like : State, optional
        Widths to begin with.
    reml : bool
        Widths by restricted likelihood; otherwise by the marginal likelihood, which
        compares models.
    held : bool
        Leave the widths as given.
    """
    point = Point.of(task, np.clip(u, task.lower, task.upper))
    variance = np.full(len(task.random), FIRST_SCATTER**2) if like is None else like.variance
    noise2 = max(point.rss / task.size, 1e-30) if like is None else like.noise2
    longest = np.where(task.positive, LONGEST_DECADES, LONGEST_SHARE * (task.upper - task.lower))
    damping, growth = 1e-4, 2.0
    for iteration in range(most + 1):
        now, moved = State(task, point, variance, noise2), 0.0 if held else np.inf
        if not held and now.worst < 1e-2:
            variance, noise2, moved = _widths(now, reml)
            now = State(task, point, variance, noise2)
        now.converged = moved < SAME_WIDTH and now.worst < tolerance
        if now.converged or iteration == most:
            break
        while damping < 1e12:
            step = np.linalg.solve(now.curvature(damping=damping), -now.gradient)
            step = np.clip(step, -longest, longest)
            trial = Point.of(task, np.clip(point.u + step, task.lower, task.upper))
            gain = now.total - now.objective(trial)
            if gain >= 0:
                break
            damping, growth = damping * growth, growth * 2
        else:  # rounding ends the descent
            now.converged = moved < SAME_WIDTH and now.worst < 100 * tolerance
            break
        foretold = float((step * (damping * now.scale * step - now.gradient)).sum())
        ratio = gain / max(foretold, 1e-300)
        damping = max(damping * (0.1 if ratio > 0.75 else 1.0 if ratio > 0.5 else 30.0), 1e-12)
        point, growth = trial, 2.0
    return now


class Effects:
    """The linearised problem as one of the random effects alone, all others eliminated.

    Their posterior has the curvature M + 1/variance and the centre G t, G its inverse; the
    rest follows them linearly. With ``reml`` off the shared parameters are no part of the
    integral (their best values are taken).
    """

    def __init__(self, state: State, reml: bool = True) -> None:
        task, r = state.task, state.task.random.ravel()
        rest = np.setdiff1d(np.arange(state.u.size), r)
        a = state.curvature(task.precision)
        self.state, self.known = state, np.linalg.inv(a[np.ix_(rest, rest)])
        self.slide = self.known @ a[np.ix_(rest, r)]
        self.m = a[np.ix_(r, r)] - a[np.ix_(r, rest)] @ self.slide
        pulls = state.point.gradient / state.noise2 + task.precision * (state.u - task.centre)
        pulls[state.blocked] = 0.0
        self.rest_step = self.known @ pulls[rest]
        self.away = (state.u - task.centre)[r]
        self.t = self.m @ self.away - pulls[r] + self.slide.T @ pulls[rest]
        self.typical = np.maximum(np.diag(self.m), 1e-6 * np.diag(a)[r]) ** -1.0
        self.integral = self.m
        if not reml:
            free = rest[rest >= task.split]
            across = a[np.ix_(r, free)]
            inner = np.linalg.solve(a[np.ix_(free, free)], across.T)
            self.integral = a[np.ix_(r, r)] - across @ inner

    def at(self, variances: NDArray) -> Given:
        """For variances of shape (B, q)."""
        q, k = self.state.task.random.shape
        d = 1 / np.repeat(variances, k, axis=1)
        eye = np.eye(q * k)
        g = np.linalg.inv(self.m + d[:, :, None] * eye)
        h, inverse = self.integral + d[:, :, None] * eye, g
        if self.integral is not self.m:
            inverse = np.linalg.inv(h)
        effects = g @ self.t
        p = d[:, :, None] * (eye - inverse * d[:, None, :])
        blocks = p.reshape(-1, q, k, q, k)
        return Given(
            g,
            effects,
            k * np.log(variances).sum(axis=1) + np.linalg.slogdet(h)[1] - effects @ self.t,
            0.5 * np.einsum("bakcl,bakcl->bac", blocks, blocks),
            0.5 * (effects**2 * d**2 - np.einsum("bii->bi", p)).reshape(-1, q, k).sum(axis=2),
        )


@dataclass(frozen=True)
class Given:
    """What the linearised problem says for B sets of variances of the random effects.

    Attributes
    ----------
    spread : ndarray, shape (B, qK, qK)
        Covariance of the effects given the data.
    effects : ndarray, shape (B, qK)
    deviance : ndarray, shape (B,)
        -2 ln of the likelihood, but for a constant.
    information, score : ndarray, shape (B, q, q) and (B, q)
        Of the variances (Searle, Casella and McCulloch, Variance Components, 1992, chapter 6).
    """

    spread: NDArray
    effects: NDArray
    deviance: NDArray
    information: NDArray
    score: NDArray


def _widths(state: State, reml: bool) -> tuple[NDArray, float, float]:
    """One scoring step of the widths; the last is how far they moved, in standard errors."""
    task, now, moved = state.task, state.variance, 0.0
    new = now
    if now.size:
        effects = Effects(state, reml)
        given = effects.at(now[None])
        step = np.linalg.lstsq(given.information[0], given.score[0], rcond=1e-12)[0]
        tried = now + step * np.array([[1.0], [0.3], [0.1], [0.0]])  # scoring may overshoot
        tried = np.clip(tried, np.maximum(now / 30, FLOOR), np.maximum(now * 30, 1e-6))
        new = tried[np.argmin(effects.at(tried).deviance)]
        moved = float((np.abs(new - now) * np.sqrt(np.diag(given.information[0]))).max())
    first = 0 if reml else task.split  # a parameter costs what the data, not its prior, say of it
    spread = np.diag(np.linalg.inv(state.curvature()[first:, first:]))
    used = (~state.blocked[first:]).sum() - (state.strength[first:] * spread).sum()
    noise2 = max(state.point.rss / (task.size - used), 1e-30)
    return new, noise2, max(moved, abs(np.log(noise2 / state.noise2)))


def intervals(state: State) -> tuple[NDArray, NDArray]:
    """95 % intervals of the shared parameters, the widths of the effects integrated out.

    The variances carry Jeffreys' prior of the restricted likelihood, the root of the
    information's determinant: for one variance and a straight line that gives Student's t
    with K - 2 degrees of freedom exactly, and it does not break down where the scatter is
    lost in the noise (Box and Tiao, Bayesian Inference in Statistical Analysis, 1973,
    chapters 2 and 5). Beside a prior of a parameter that prior trusts small widths too much:
    a few spectra that happen to lie on a line overrule what is known, and 92 % of intervals
    hold the truth. What owes half its variance to a parameter under a prior has the widths
    themselves equally likely, one degree of freedom less.
    """
    task, effects, s = state.task, Effects(state), state.task.split
    if not state.variance.size:
        half = stats.t.ppf(0.975, task.size - state.u.size) * np.sqrt(np.diag(effects.known)[:s])
        return state.u[:s] - half, state.u[:s] + half
    q, k = task.random.shape
    scale = np.sqrt(np.median(effects.typical.reshape(q, k), axis=1) + state.variance)
    axes = [one * np.geomspace(*GRID) for one in scale]
    widths = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, q)
    given = effects.at(widths**2)
    log_weight = -0.5 * given.deviance + 0.5 * np.linalg.slogdet(given.information)[1]
    log_weight += 2 * np.log(widths).sum(axis=1)  # d variance = 2 width^2 d ln width
    logs = log_weight[:, None] + _owed(state) * np.log(widths).sum(axis=1)[:, None]
    weight = np.exp(logs - logs.max(axis=0))
    weight /= weight.sum(axis=0)
    slide = effects.slide[:s]
    mean = state.u[:s] - effects.rest_step[:s] - (given.effects - effects.away) @ slide.T
    variance = np.diag(effects.known)[:s] + ((slide @ given.spread) * slide).sum(axis=2)
    spread, centre = np.sqrt(variance), (weight * mean).sum(axis=0)
    reach = np.sqrt((weight * (variance + (mean - centre) ** 2)).sum(axis=0))
    ends = []
    for share in (0.025, 0.975):
        low, high = centre - 40 * reach, centre + 40 * reach
        for _ in range(40):  # bisection of the mixture's distribution
            middle = (low + high) / 2
            below = (weight * special.ndtr((middle - mean) / spread)).sum(axis=0) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        ends.append((low + high) / 2)
    return ends[0], ends[1]


def _owed(state: State) -> NDArray:
    """Shared parameters that owe half their variance to one under a prior, shape (shared,)."""
    s = state.task.split
    spread = np.nan_to_num(state.covariance())[:s, :s]
    size = np.maximum(np.diag(spread), 1e-300)
    owed = spread**2 > 0.5 * size[:, None] * size
    return owed[:, state.task.precision[:s] > 0].any(axis=1)


def profile_end(state: State, column: int, first: float, reach: float) -> float:
    """One end of the likelihood profile of a shared parameter, the widths as they are.

    Where the objective, all others refitted, has risen by ``reach`` squared (Bates and Watts,
    Nonlinear Regression Analysis, 1988, section 6.1), searched from ``first``; or the bound.
    """
    task, centre = state.task, state.u[column]
    slope = np.linalg.inv(state.curvature())[column]
    line = slope / slope[column]  # where the others are best, in the linear model
    low, high = task.lower[column], task.upper[column]

    def rise(value: float) -> float:
        held, start = task.bounded(column, value, value), state.u + (value - centre) * line
        again = minimise(held, start, like=state, held=True, tolerance=1e-4)
        return float(np.sqrt(max(again.total - state.total, 0.0)))

    inner, below, value = centre, 0.0, float(np.clip(first, low, high))
    for _ in range(12):  # the root of the rise is nearly straight: the secant converges
        if value == centre:
            break
        found = rise(value)
        if found < reach and value in (low, high):
            break
        slope = (found - below) / (value - inner)
        if abs(slope * (value - centre)) < 1e-3 * reach:  # flat: no end before the bound
            value = low if value < centre else high
            continue
        inner, below = (value, found) if found < reach else (inner, below)
        value = float(np.clip(inner + (reach - below) / slope, low, high))
        if abs(found - reach) < 0.1 * reach:  # the secant's error goes as the square
            break
    return value
