"""Least squares of an arrow: parameters that spectra share, and each one's own few.

A spectrum's own block is eliminated first (Schur complement), so a step costs what the
spectra have points. The widths of the random effects and of the noise are those of
restricted maximum likelihood (Patterson and Thompson, Biometrika 58 (1971) 545). The page
is ``docs/methods/transport.md``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from nasicon.core.result import LN10, Evaluate
from nasicon.transport.model_series import Grid, Series, SeriesModel, evaluate

FIRST_SCATTER = 0.03  # where the search for a width begins, in ln R
FLOOR = 1e-10  # variance of a random effect that is called none
TOLERANCE = 1e-6  # cosine between residual and Jacobian at the minimum
LONGEST_DECADES = 1.0  # no step moves a positive parameter by more
LONGEST_SHARE = 0.3  # nor any other by more than this share of its box
SAME_WIDTH = 1e-3  # change of a width at convergence, in its standard errors
GRID = (0.08, 15.0, 15)  # widths integrated over, relative to a typical one
BENT = 0.2  # departure of a rise from the parabola's that asks for a profile
NEGATIVE = 0.3  # how far below zero leads may be fitted, of the smallest impedance
RIDGE = 1e-12  # relative; keeps the matrix of a redundant model invertible


@dataclass(frozen=True)
class Task:
    """A model meeting a series: which parameter stands where, and what pulls on it."""

    model: SeriesModel
    series: Series
    grid: Grid
    shared: list[str]
    local: list[str]

    @classmethod
    def of(cls, model: SeriesModel, series: Series) -> Task:
        """Sort the parameters by role; leads stay near the smallest impedance.

        A little below zero is allowed, so that an interval near zero is one of the usual kind.
        """
        lead = model.terms["lead_ohm"]
        if lead.role != "fixed":
            least = float(np.abs(series.z).min())
            lower = max(lead.lower, -NEGATIVE * least)
            lead = replace(lead, lower=lower, upper=2 * least, resolution=least / 2)
            model = replace(model, terms={**model.terms, "lead_ohm": lead})
        grid = Grid.of(series.frequency_hz, series.temperature_c)
        return cls(model, series, grid, model.names("shared"), model.names("free", "random"))

    def __post_init__(self) -> None:
        order = {name: i for i, name in enumerate(self.model.terms)}
        terms = list(self.model.terms.values())
        active = [self.model.terms[n] for n in (*self.shared, *self.local)]
        split = len(self.shared)

        def scaled(values: list[float]) -> NDArray:
            return np.array(
                [np.log10(v) if t.positive else v for v, t in zip(values, active, strict=True)]
            )

        vars(self).update(
            at=np.array([order[n] for n in (*self.shared, *self.local)], dtype=int),
            split=split,
            constant=np.array([t.value for t in terms]),
            positive=np.array([t.positive for t in active], dtype=bool),
            start=scaled([t.value for t in active]),
            lower=scaled([t.lower for t in active]),
            upper=scaled([t.upper for t in active]),
            centre=scaled([t.prior[0] if t.prior else t.value for t in active]),
            precision=np.array([t.prior[1] ** -2 if t.prior else 0.0 for t in active]),
            random=np.array([t.role == "random" for t in active], dtype=bool),
            size=2 * int(np.count_nonzero(self.series.weight)),
        )

    @property
    def spectra(self) -> int:
        """How many spectra."""
        return len(self.series.label)

    def values(self, u: NDArray) -> NDArray:
        """Every parameter of every spectrum, (K, P), from internal coordinates (K, active)."""
        out = np.tile(self.constant, (len(u), 1))
        out[:, self.at] = np.where(self.positive, 10.0 ** np.where(self.positive, u, 0.0), u)
        return out

    def leverage(self, found: Minimum) -> NDArray:
        """How much of each datum's own noise the fit follows, (K, 2n)."""
        slopes = self.linearise(found.u)[1]
        top, side, inner = found.system.arrow().covariance()
        top = np.broadcast_to(top, (self.spectra, *top.shape))
        whole = np.concatenate(
            [
                np.concatenate([top, side], axis=2),
                np.concatenate([side.transpose(0, 2, 1), inner], axis=2),
            ],
            axis=1,
        )
        return (slopes * (whole @ slopes)).sum(axis=1)

    def linearise(self, u: NDArray) -> tuple[NDArray, NDArray]:
        """Weighted residuals (K, 2n) and slopes (K, active, 2n), Re and Im in turn."""
        z, slopes = evaluate(self.model, self.values(u), self.grid, [*self.shared, *self.local])
        residual = ((z - self.series.z) * self.series.weight).view(float)
        slopes *= self.series.weight[:, None]
        return residual, slopes.view(float)

    def bounded(self, column: int, lower: float, upper: float) -> Task:
        """The same task with other bounds of one parameter (internal coordinates)."""
        other = copy.copy(self)
        bounds = {"lower": self.lower.copy(), "upper": self.upper.copy()}
        bounds["lower"][column], bounds["upper"][column] = lower, upper
        vars(other).update(bounds)
        return other


class Arrow:
    """Arrow-shaped normal matrix of shared and own parameters, ready to be solved."""

    def __init__(self, normal: NDArray, split: int, shared: NDArray, local: NDArray) -> None:
        k, own = normal.shape[0], normal.shape[1] - split
        self.corner = normal[:, :split, :split].sum(axis=0) + np.diag(shared)
        self.cross = normal[:, :split, split:]
        blocks = normal[:, split:, split:] + local[:, None, :] * np.eye(own)
        self.own = blocks
        self.inverse = np.linalg.inv(blocks) if own else np.empty((k, 0, 0))
        self.slide = self.inverse @ self.cross.transpose(0, 2, 1)  # (K, own, shared)
        self.schur = self.corner - (self.cross @ self.slide).sum(axis=0)
        self.schur += RIDGE * np.diag(np.diag(self.corner))  # a redundant parameter: no digits

    def solve(self, right: NDArray) -> NDArray:
        """Solution for a right side (K, active) whose shared part stands in every row."""
        split = len(self.corner)
        half = (self.inverse @ right[:, split:, None])[..., 0]
        rest = right[0, :split] - (self.cross @ half[..., None]).sum(axis=(0, 2))
        top = np.linalg.solve(self.schur, rest)
        return np.hstack([np.tile(top, (len(half), 1)), half - self.slide @ top])

    def covariance(self) -> tuple[NDArray, NDArray, NDArray]:
        """Inverse: shared (s, s), shared with own (K, s, own), own of each spectrum."""
        top = np.linalg.inv(self.schur)
        side = -top @ self.slide.transpose(0, 2, 1)
        return top, side, self.inverse - self.slide @ side


@dataclass(frozen=True)
class Point:
    """A model linearised at ``u`` (K, active): residual sum, normal matrices and gradients."""

    u: NDArray
    rss: float
    normal: NDArray
    gradient: NDArray

    @classmethod
    def of(cls, task: Task, u: NDArray) -> Point:
        """Evaluate at internal coordinates inside the bounds."""
        residual, slopes = task.linearise(u)
        gradient = (slopes @ residual[..., None])[..., 0]
        return cls(u, float((residual**2).sum()), slopes @ slopes.transpose(0, 2, 1), gradient)


class System:
    """Normal equations at a point for given widths: pulls added, blocked parameters held.

    ``variance`` (active,) is that of each random effect (others ignored), ``noise2`` that of
    the noise in units of the weights.
    """

    def __init__(self, task: Task, point: Point, variance: NDArray, noise2: float) -> None:
        split = task.split
        self.task, self.point, self.variance, self.noise2 = task, point, variance, noise2
        self.strength = noise2 * np.where(task.random, 1 / variance, task.precision)
        pull = self.strength * (point.u - task.centre)
        gradient = point.gradient + pull
        gradient[:, :split] = point.gradient[:, :split].sum(axis=0) + pull[0, :split]
        low = (point.u <= task.lower) & (gradient >= 0)
        self.blocked = low | ((point.u >= task.upper) & (gradient <= 0))
        self.gradient = np.where(self.blocked, 0.0, gradient)
        self.normal = point.normal
        if self.blocked.any():
            on = ~self.blocked
            self.normal = point.normal * (on[:, :, None] & on[:, None, :])
        diagonal = np.einsum("kii->ki", point.normal)
        self.scale = diagonal + self.strength
        self.scale[:, :split] = diagonal[:, :split].sum(axis=0) + self.strength[:split]
        self.total = self.objective(point)
        size = np.sqrt(np.maximum(self.scale * self.total, 1e-300))
        self.worst = float((np.abs(self.gradient) / size).max())

    def objective(self, point: Point) -> float:
        """Residual sum and pulls, for these widths."""
        squared, split = self.strength * (point.u - self.task.centre) ** 2, self.task.split
        return float(point.rss + squared[0, :split].sum() + squared[:, split:].sum())

    def foretold(self, step: NDArray, damping: float) -> float:
        """What a damped step should gain if the model were linear."""
        parts = step * (damping * self.scale * step - self.gradient)
        split = self.task.split
        return float(parts[0, :split].sum() + parts[:, split:].sum())

    def arrow(self, damping: float = 0.0) -> Arrow:
        """The matrix, its diagonal raised by a share ``damping``."""
        extra = self.strength + damping * self.scale + self.blocked
        split = self.task.split
        return Arrow(self.normal, split, extra[0, :split], extra[:, split:])


@dataclass(frozen=True)
class Minimum:
    """Where a search ended, with the normal equations there."""

    system: System
    converged: bool
    iterations: int

    @property
    def u(self) -> NDArray:
        """Internal coordinates, shape (K, active)."""
        return self.system.point.u

    @property
    def deviance(self) -> float:
        """-2 ln of the marginal likelihood, the random effects integrated out (Laplace)."""
        task, point, s = self.system.task, self.system.point, self.system
        pick = np.flatnonzero(task.random)
        value = task.size * np.log(s.noise2) + s.total / s.noise2
        if pick.size:
            inner = point.normal[:, pick[:, None], pick] / s.noise2
            inner = inner + np.diag(1 / s.variance[pick])
            value += np.linalg.slogdet(inner)[1].sum()
            value += task.spectra * np.log(s.variance[pick]).sum()
        return float(value)


def minimise(
    task: Task,
    u: NDArray,
    *,
    variance: NDArray | None = None,
    noise2: float | None = None,
    reml: bool = True,
    held: bool = False,
    most: int = 200,
    tolerance: float = TOLERANCE,
) -> Minimum:
    """Levenberg-Marquardt on the arrow; near the minimum each step also moves the widths.

    Parameters
    ----------
    u : ndarray, shape (K, active)
        Start, internal coordinates; the shared part is that of the first row.
    variance, noise2 : optional
        Widths to begin with.
    reml : bool
        Widths by restricted likelihood; otherwise by the marginal likelihood, which
        compares models.
    held : bool
        Leave the widths as given.
    """
    u = np.clip(u, task.lower, task.upper)
    u[:, : task.split] = u[0, : task.split]
    point = Point.of(task, u)
    if variance is None:
        variance = np.where(task.random, FIRST_SCATTER**2, 1.0)
    if noise2 is None:
        noise2 = max(point.rss / task.size, 1e-30)
    longest = np.where(task.positive, LONGEST_DECADES, LONGEST_SHARE * (task.upper - task.lower))
    damping, growth, converged = 1e-4, 2.0, False
    for iteration in range(most + 1):
        system = System(task, point, variance, noise2)
        moved = 0.0 if held else np.inf
        if not held and system.worst < 1e-2:
            variance, noise2, moved = _widths(system, reml)
            system = System(task, point, variance, noise2)
        converged = moved < SAME_WIDTH and system.worst < tolerance
        if converged or iteration == most:
            break
        while damping < 1e12:
            step = np.clip(system.arrow(damping).solve(-system.gradient), -longest, longest)
            trial = Point.of(task, np.clip(point.u + step, task.lower, task.upper))
            gain = system.total - system.objective(trial)
            if gain >= 0:
                break
            damping, growth = damping * growth, growth * 2
        else:  # rounding ends the descent
            converged = moved < SAME_WIDTH and system.worst < 100 * tolerance
            break
        ratio = gain / max(system.foretold(step, damping), 1e-300)
        damping = max(damping * (0.1 if ratio > 0.75 else 1.0 if ratio > 0.5 else 30.0), 1e-12)
        point, growth = trial, 2.0
    return Minimum(system, converged, iteration)


def _widths(system: System, reml: bool) -> tuple[NDArray, float, float]:
    """One scoring step of the widths; the last is how far they moved, in standard errors."""
    task, split = system.task, system.task.split
    pick = np.flatnonzero(task.random)
    new, moved, used = system.variance.copy(), 0.0, 0.0
    if pick.size:
        now = new[pick]
        effects = Effects(system)
        given = effects.at(now[None], reml)
        trace = np.einsum("akak->a", given.p[0])
        score = 0.5 * (((given.effects[0] / now) ** 2).sum(axis=0) - trace)
        used = float((trace * now).sum())
        step = np.linalg.lstsq(given.information[0], score, rcond=1e-12)[0]
        tried = now + step * np.array([[1.0], [0.3], [0.1], [0.0]])  # scoring may overshoot
        tried = np.clip(tried, np.maximum(now / 30, FLOOR), np.maximum(now * 30, 1e-6))
        new[pick] = tried[np.argmin(effects.at(tried, reml).deviance)]
        moved = float((np.abs(new[pick] - now) * np.sqrt(np.diag(given.information[0]))).max())
    if reml:  # every parameter costs what the data, and not its prior, say about it
        top, _, inner = system.arrow().covariance()
        spent = system.strength[split:] * np.einsum("kii->ki", inner)
        used = (~system.blocked[0, :split]).sum() + (~system.blocked[:, split:]).sum()
        used = used - (system.strength[:split] * np.diag(top)).sum() - spent.sum()
    noise2 = max(system.point.rss / (task.size - used), 1e-30)
    return new, noise2, max(moved, abs(np.log(noise2 / system.noise2)))


@dataclass(frozen=True)
class Given:
    """What the linearised problem says for B sets of variances of the random effects.

    Attributes
    ----------
    mean, variance : ndarray, shape (B, shared)
        Of the shared parameters, internal coordinates.
    effects : ndarray, shape (B, K, q)
    deviance : ndarray, shape (B,)
        -2 ln of the (restricted) likelihood, but for a constant.
    p : ndarray, shape (B, q, K, q, K)
        Z'PZ = D^-1 - D^-1 G D^-1, D the effects' variance, G their covariance given the data
        (Searle, Casella and McCulloch, Variance Components, 1992, chapter 6).
    information : ndarray, shape (B, q, q)
        Expected information of the restricted likelihood in the variances.
    """

    mean: NDArray
    variance: NDArray
    effects: NDArray
    deviance: NDArray
    p: NDArray
    information: NDArray


class Effects:
    """The linearised problem with each spectrum's free parameters eliminated."""

    def __init__(self, system: System) -> None:
        task, split = system.task, system.task.split
        random = np.flatnonzero(task.random)
        free = np.setdiff1d(np.arange(split, len(task.at)), random)
        rest = np.append(np.arange(split), random)
        extra = (system.strength + system.blocked)[:, free, None] * np.eye(free.size)
        block = system.normal[:, free[:, None], free] + extra
        cross = system.normal[:, rest[:, None], free]
        weight = np.linalg.solve(block, cross.transpose(0, 2, 1)).transpose(0, 2, 1)
        self.system, self.random = system, random
        self.normal = system.normal[:, rest[:, None], rest] - weight @ cross.transpose(0, 2, 1)
        gradient = np.where(system.blocked, 0.0, system.point.gradient)
        self.gradient = gradient[:, rest] - (weight @ system.gradient[:, free, None])[..., 0]

    def at(self, variances: NDArray, reml: bool = True) -> Given:
        """For variances of shape (B, q)."""
        system, task, split = self.system, self.system.task, self.system.task.split
        k, q, size = task.spectra, self.random.size, len(variances)
        strength = system.noise2 / variances
        off = (system.point.u - task.centre)[:, self.random]
        inner = self.normal[:, split:, split:] + (strength[:, :, None] * np.eye(q))[:, None]
        inverse = np.linalg.inv(inner)  # (B, K, q, q)
        pull = self.gradient[:, split:] + strength[:, None] * off
        slide = inverse @ self.normal[:, split:, :split]
        held = (system.strength + system.blocked[0])[:split]
        corner = self.normal[:, :split, :split].sum(axis=0)
        corner = corner + np.diag(held + RIDGE * system.scale[0, :split])
        schur = corner - (self.normal[:, :split, split:] @ slide).sum(axis=1)
        right = self.gradient[:, :split].sum(axis=0)
        right = right + (system.strength * (system.point.u - task.centre))[0, :split]
        right = np.where(system.blocked[0, :split], 0.0, right)
        right = right - (slide.swapaxes(2, 3) @ pull[..., None])[..., 0].sum(axis=1)
        top = np.linalg.inv(schur)
        step = (top @ right[..., None])[..., 0]
        lowest = (strength[:, None] * off**2).sum(axis=(1, 2))
        lowest = lowest - np.einsum("bkq,bkqr,bkr->b", pull, inverse, pull)
        lowest = lowest - (step * right).sum(axis=1)
        deviance = lowest / system.noise2 + k * np.log(variances).sum(axis=1)
        deviance += np.linalg.slogdet(inner)[1].sum(axis=1)
        if reml:
            deviance += np.linalg.slogdet(schur)[1]
        slid = (slide @ step[:, None, :, None])[..., 0]
        joint = np.zeros((size, k, q, k, q))
        if reml:
            flat = slide.reshape(size, k * q, split)
            joint += (flat @ top @ flat.swapaxes(1, 2)).reshape(joint.shape)
        joint[:, np.arange(k), :, np.arange(k)] += inverse.swapaxes(0, 1)
        joint = system.noise2 * joint.transpose(0, 2, 1, 4, 3)
        weight = 1 / variances
        p = -joint * weight[:, :, None, None, None] * weight[:, None, None, :, None]
        p[:, np.arange(q), :, np.arange(q)] += (weight.T[..., None, None]) * np.eye(k)
        return Given(
            mean=system.point.u[0, :split] - step,
            variance=system.noise2 * np.einsum("bii->bi", top),
            effects=off - (inverse @ pull[..., None])[..., 0] + slid,
            deviance=deviance,
            p=p,
            information=0.5 * np.einsum("Bakcl,Bakcl->Bac", p, p),
        )


def intervals(system: System) -> tuple[NDArray, NDArray]:
    """95 % intervals of the shared parameters, the widths of the effects integrated out.

    The variances carry Jeffreys' prior of the restricted likelihood, the root of the
    information's determinant: for one variance and a straight line that gives Student's t
    with K - 2 degrees of freedom exactly, and it does not break down where the scatter is
    lost in the noise (Box and Tiao, Bayesian Inference in Statistical Analysis, 1973,
    chapters 2 and 5).
    """
    task, effects = system.task, Effects(system)
    pick, split = effects.random, system.task.split
    heavy = stats.t.ppf(0.975, task.size - split - task.spectra * (len(task.at) - split))
    if not pick.size:
        given = effects.at(np.empty((1, 0)))
        half = heavy * np.sqrt(given.variance[0])
        return given.mean[0] - half, given.mean[0] + half
    known = np.einsum("kii->ki", np.linalg.inv(effects.normal[:, split:, split:]))
    scale = np.sqrt(system.noise2 * np.median(known, axis=0) + system.variance[pick])
    axes = [one * np.geomspace(*GRID) for one in scale]
    widths = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, pick.size)
    given = effects.at(widths**2)
    log_weight = -0.5 * given.deviance + 0.5 * np.linalg.slogdet(given.information)[1]
    log_weight += 2 * np.log(widths).sum(axis=1)  # d variance = 2 width^2 d ln width
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    spread = np.sqrt(given.variance)
    centre = weight @ given.mean
    reach = np.sqrt(weight @ (given.variance + (given.mean - centre) ** 2))
    ends = []
    for share in (0.025, 0.975):
        low, high = centre - 40 * reach, centre + 40 * reach
        for _ in range(40):  # bisection of the mixture's distribution
            middle = (low + high) / 2
            below = weight @ special.ndtr((middle - given.mean) / spread) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        ends.append((low + high) / 2)
    return ends[0], ends[1]


def dense_covariance(system: System) -> NDArray:
    """Covariance of the shared, then each spectrum's own parameters; nan where a bound holds."""
    arrow, k = system.arrow(), system.task.spectra
    top, side, _ = arrow.covariance()
    s, own = len(top), arrow.own.shape[1]
    slide = arrow.slide.reshape(k * own, s)
    inner = (slide @ top @ slide.T).reshape(k, own, k, own)
    inner[np.arange(k), :, np.arange(k)] += arrow.inverse
    across = side.transpose(1, 0, 2).reshape(s, k * own)
    whole = np.block([[top, across], [across.T, inner.reshape(k * own, k * own)]])
    held = np.concatenate([system.blocked[0, :s], system.blocked[:, s:].ravel()])
    whole[held] = whole[:, held] = np.nan
    return system.noise2 * whole


class Profiles:
    """Likelihood profiles of the shared parameters, the widths as they are.

    ``quantile`` (shared,) is how many standard errors an interval should reach: its ends are
    where residuals and pulls have risen by its square (Bates and Watts, Nonlinear Regression
    Analysis, 1988, section 6.1).
    """

    def __init__(self, task: Task, found: Minimum, quantile: NDArray, covariance: NDArray) -> None:
        self.task, self.found, self.quantile = task, found, quantile
        split, k = task.split, task.spectra
        self.lines = []  # where all others are best, in the linear model, a standard error on
        for i in range(split):
            column = np.nan_to_num(covariance[i])
            own = column[split:].reshape(k, -1)
            line = np.hstack([np.tile(column[:split], (k, 1)), own])
            self.lines.append(line / np.sqrt(column[i]) if column[i] > 0 else 0 * line)

    def _rise(self, u: NDArray) -> float:
        """Root of the rise at one point, nothing refitted."""
        system, task, split = self.found.system, self.task, self.task.split
        z, _ = evaluate(task.model, task.values(u), task.grid)
        rss = float((np.abs((z - task.series.z) * task.series.weight) ** 2).sum())
        pull = system.strength * (u - task.centre) ** 2
        total = rss + pull[0, :split].sum() + pull[:, split:].sum()
        return float(np.sqrt(max(total - system.total, 0.0) / system.noise2))

    def bent(self, i: int) -> bool:
        """Whether the sum of squares is no parabola at the ends of a parameter's interval."""
        if not self.lines[i].any():
            return False
        reach, rise = self.quantile[i], []
        for side in (-reach, reach):
            u = self.found.u + side * self.lines[i]
            rise.append(self._rise(np.clip(u, self.task.lower, self.task.upper)))
        return bool(max(abs(r / reach - 1) for r in rise) > BENT)

    def end(self, i: int, first: float) -> float:
        """One end of the interval of a parameter, searched from ``first``; or the bound."""
        system, line = self.found.system, self.lines[i]
        centre = self.found.u[0, i]
        low, high = self.task.lower[i], self.task.upper[i]
        step = 1 / line[0, i] if line[0, i] > 0 else 0.0

        def rise(value: float) -> float:
            start = self.found.u + (value - centre) * step * line
            again = minimise(
                self.task.bounded(i, value, value),
                start,
                variance=system.variance,
                noise2=system.noise2,
                held=True,
                tolerance=1e-4,
            )
            return float(np.sqrt(max(again.system.total - system.total, 0) / system.noise2))

        if first == centre:
            return centre
        reach = self.quantile[i]
        inner, below, value = centre, 0.0, float(np.clip(first, low, high))
        for _ in range(12):  # the root of the rise is nearly straight: the secant converges
            found = rise(value)
            if abs(found - reach) < 0.01 * reach or (found < reach and value in (low, high)):
                break
            slope = (found - below) / (value - inner)
            if abs(slope * (value - centre)) < 1e-3 * reach:  # flat: no end before the bound
                value = low if value < centre else high
                continue
            inner, below = (value, found) if found < reach else (inner, below)
            value = float(np.clip(inner + (reach - below) / slope, low, high))
        return value


def dense_problem(task: Task, variance: NDArray, noise2: float) -> Evaluate:
    """The same sum of squares without its structure: values (k, p) to residuals and Jacobian."""
    split, k, own = task.split, task.spectra, len(task.at) - task.split
    strength = np.sqrt(np.where(task.random, 1 / variance, task.precision))
    strength = np.concatenate([strength[:split], np.tile(strength[split:], k)])
    centre = np.concatenate([task.centre[:split], np.tile(task.centre[split:], k)])
    positive = np.concatenate([task.positive[:split], np.tile(task.positive[split:], k)])
    pulled, on = np.flatnonzero(strength), np.repeat(task.series.weight > 0, 2, axis=1)

    def evaluate_all(values: NDArray) -> tuple[NDArray, NDArray]:
        residuals, jacobians = [], []
        for row in np.where(positive, np.log10(np.where(positive, values, 1.0)), values):
            u = np.hstack([np.tile(row[:split], (k, 1)), row[split:].reshape(k, own)])
            residual, slopes = task.linearise(u)
            jacobian = np.zeros((k, residual.shape[1], row.size))
            jacobian[:, :, :split] = slopes[:, :split].transpose(0, 2, 1)
            for i in range(k):
                jacobian[i, :, split + i * own : split + (i + 1) * own] = slopes[i, split:].T
            pull = np.diag(strength)[pulled]
            residuals.append(
                np.concatenate([residual[on] / np.sqrt(noise2), (pull @ (row - centre))])
            )
            jacobians.append(np.vstack([jacobian[on] / np.sqrt(noise2), pull]))
        slope = np.where(positive, values * LN10, 1.0)[:, None, :]
        return np.array(residuals), np.array(jacobians) / slope

    return evaluate_all
