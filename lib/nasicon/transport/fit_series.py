"""One joint fit of a temperature series: shared physics, scatter as a random effect, rivals.

Every spectrum has a few parameters of its own, all spectra share the rest, so the normal
matrix is an arrow: the own blocks are eliminated first (Schur complement), and a step costs
as much as the spectra have points. The widths of the random effects and of the noise are
those of restricted maximum likelihood (Patterson and Thompson, Biometrika 58 (1971) 545);
intervals use Student's t with Satterthwaite's degrees of freedom (Giesbrecht and Burns,
Biometrics 41 (1985) 477). The page is ``docs/methods/transport.md``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from nasicon.core.constants import kelvin
from nasicon.core.result import LN10, Evaluate, FitResult, Problem, fit_result
from nasicon.transport.model_series import (
    Grid,
    SeriesModel,
    evaluate,
    log_resistance,
    series_model,
    temperature_terms,
)

FEWEST = 4  # temperatures: two for a line, one for leads, one for the scatter
FIRST_SCATTER = 0.03  # where the search for a width begins, in ln R
FLOOR = 1e-10  # variance of a random effect that is called none
TOLERANCE = 1e-6  # cosine between residual and Jacobian at the minimum
SAME_WIDTH = 1e-3  # relative change of a variance at convergence
STRANGER = np.log(4.0)  # off the line of the others by more than this factor: another sample
STRUCTURE = 0.5  # share of the residuals that neighbouring frequencies have in common
POOL_DECADES = 0.4  # residuals closer than this share a noise level
GRID = (0.08, 15.0, 15)  # widths integrated over, relative to a typical one
RIDGE = 1e-12  # relative; keeps the matrix of a redundant model invertible


@dataclass(frozen=True)
class Series:
    """Spectra side by side, padded where one is shorter (weight 0)."""

    label: tuple[str, ...]
    temperature_c: NDArray
    frequency_hz: NDArray
    z: NDArray
    weight: NDArray

    @classmethod
    def of(cls, spectra: pd.DataFrame | Mapping[float, pd.DataFrame]) -> Series:
        """Check and stack spectra; see :func:`fit_spectra`."""
        tables = _tables(spectra)
        size = max(len(t) for _, t in tables)
        f = np.ones((len(tables), size))
        z = np.ones((len(tables), size), dtype=complex)
        weight = np.zeros((len(tables), size))
        labels: list[str] = []
        for i, (celsius, table) in enumerate(tables):
            name = f"{celsius:g}C"
            labels.append(name if name not in labels else f"{name}#{i + 1}")
            n = len(table)
            f[i, :n] = table["frequency_hz"]
            z[i, :n] = table["z_real_ohm"].to_numpy() + 1j * table["z_imag_ohm"].to_numpy()
            f[i, n:], z[i, n:] = f[i, n - 1], z[i, n - 1]
            given = table.get("relative_stderr", 1.0)
            weight[i, :n] = 1 / (given * np.abs(z[i, :n]))
        return cls(tuple(labels), np.array([t for t, _ in tables]), f, z, weight)

    def without(self, index: int) -> Series:
        """The series without one spectrum."""
        keep = np.arange(len(self.label)) != index
        parts = (self.temperature_c, self.frequency_hz, self.z, self.weight)
        labels = tuple(n for n, k in zip(self.label, keep, strict=True) if k)
        return Series(labels, *(part[keep] for part in parts))


def _tables(spectra: pd.DataFrame | Mapping[float, pd.DataFrame]) -> list[tuple[float, object]]:
    need = ["frequency_hz", "z_real_ohm", "z_imag_ohm"]
    if isinstance(spectra, pd.DataFrame):
        if missing := [c for c in ("temperature_c", *need) if c not in spectra]:
            raise ValueError(f"the series lacks {', '.join(missing)}; it has {list(spectra)}")
        key = ["temperature_c", *(["spectrum"] if "spectrum" in spectra else [])]
        tables = [(float(k[0]), t) for k, t in spectra.groupby(key, sort=True)]
    else:
        tables = sorted(((float(t), s) for t, s in spectra.items()), key=lambda item: item[0])
    distinct = sorted({t for t, _ in tables})
    if len(distinct) < FEWEST:
        raise ValueError(
            f"spectra at {len(distinct)} temperature(s) ({', '.join(f'{t:g}' for t in distinct)} "
            f"degC): bulk_ea_ev, lead_ohm and the scatter need {FEWEST} or more; "
            "fit single spectra instead"
        )
    for celsius, table in tables:
        if missing := [c for c in need if c not in table]:
            raise ValueError(f"the spectrum at {celsius:g} degC lacks {', '.join(missing)}")
        columns = need + (["relative_stderr"] if "relative_stderr" in table else [])
        numbers = table[columns].to_numpy(dtype=float)
        if not np.isfinite(celsius) or celsius <= -273.15:
            raise ValueError(f"temperature_c must be above -273.15 and finite, got {celsius}")
        if len(table) < 8:
            raise ValueError(f"the spectrum at {celsius:g} degC has {len(table)} points, 8 needed")
        if not np.isfinite(numbers).all():
            raise ValueError(f"the spectrum at {celsius:g} degC has empty or non-finite cells")
        if not (numbers[:, 0] > 0).all() or not np.hypot(numbers[:, 1], numbers[:, 2]).min() > 0:
            raise ValueError(
                f"the spectrum at {celsius:g} degC has a frequency or |Z| of 0 or less"
            )
        if numbers.shape[1] > 3 and not (numbers[:, 3] > 0).all():
            raise ValueError(f"the spectrum at {celsius:g} degC has a relative_stderr of 0 or less")
    return tables


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
        """Sort the parameters by role; leads stay within twice the smallest impedance."""
        if model.terms["lead_ohm"].role != "fixed":
            most = 2.0 * float(np.abs(series.z).min())
            lead = replace(
                model.terms["lead_ohm"],
                lower=max(model.terms["lead_ohm"].lower, -most),
                upper=most,
                resolution=most / 4,
            )
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

    def linearise(self, u: NDArray) -> tuple[NDArray, NDArray]:
        """Weighted residuals (K, 2n) and slopes (K, active, 2n), Re and Im in turn."""
        z, slopes = evaluate(self.model, self.values(u), self.grid, [*self.shared, *self.local])
        residual = ((z - self.series.z) * self.series.weight).view(float)
        slopes *= self.series.weight[:, None]
        return residual, slopes.view(float)


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
    damping, growth, converged = 1e-4, 2.0, False
    for iteration in range(most + 1):
        system = System(task, point, variance, noise2)
        moved = 0.0 if held else np.inf
        if not held and system.worst < 1e-2:
            variance, noise2, moved = _widths(system, reml)
            system = System(task, point, variance, noise2)
        converged = moved < SAME_WIDTH and system.worst < TOLERANCE
        if converged or iteration == most:
            break
        while damping < 1e12:
            step = np.clip(system.arrow(damping).solve(-system.gradient), -1.0, 1.0)
            trial = Point.of(task, np.clip(point.u + step, task.lower, task.upper))
            gain = system.total - system.objective(trial)
            if gain >= 0:
                break
            damping, growth = damping * growth, growth * 2
        else:  # rounding ends the descent
            converged = moved < SAME_WIDTH and system.worst < 100 * TOLERANCE
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
        given = Effects(system).at(now[None], reml)
        pull = (system.point.u - task.centre)[:, pick] / now
        trace = np.einsum("akak->a", given.p[0])
        score = 0.5 * ((pull**2).sum(axis=0) - trace)
        used = float((trace * now).sum())
        step = np.linalg.lstsq(given.information[0], score, rcond=1e-12)[0]
        new[pick] = np.clip(now + step, np.maximum(now / 30, FLOOR), np.maximum(now * 30, 1e-6))
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
    deviance : ndarray, shape (B,)
        -2 ln of the restricted likelihood, but for a constant.
    p : ndarray, shape (B, q, K, q, K)
        Z'PZ = D^-1 - D^-1 G D^-1, D the effects' variance, G their covariance given the data
        (Searle, Casella and McCulloch, Variance Components, 1992, chapter 6).
    information : ndarray, shape (B, q, q)
        Expected information of the restricted likelihood in the variances.
    """

    mean: NDArray
    variance: NDArray
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
        deviance += np.linalg.slogdet(inner)[1].sum(axis=1) + np.linalg.slogdet(schur)[1]
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


def find_starts(task: Task, given: Mapping[str, float]) -> NDArray:
    """Start values from the data: internal coordinates (K, active).

    With exponents and time constants on a grid a spectrum is linear in all that remains
    (:func:`scipy.optimize.nnls`); what is found goes to the arc with the nearest
    capacitance, which is what stays the same along the series.
    """
    model, series, k = task.model, task.series, task.spectra
    found = [_decompose(model, series, i) for i in range(k)]
    guess: dict[str, NDArray] = {}
    fallback = np.array([row["intercept"] for row in found])
    _, x = temperature_terms(
        model, {n: np.full((k, 1), t.value) for n, t in model.terms.items()}, task.grid.plate_k
    )
    x = x[:, 0]
    for arc in model.arcs:
        r = np.array([row[arc][0] for row in found])
        if arc == model.arcs[0]:  # unseen, it hides in the intercept; seen, leads are the rest
            guess["lead_ohm"] = np.median(np.where(np.isfinite(r), fallback, 0.0))
            r = np.where(np.isfinite(r), r, fallback)
        seen = np.isfinite(r) & (r > 0)
        if seen.sum() < 2:
            raise ValueError(
                f"{arc}_ohm: an arc near {model.terms[f'{arc}_f'].value:.1g} F shows in "
                f"{seen.sum()} of {k} spectra: leave {arc} out of the model, state its "
                "capacitance, or give starts"
            )
        line = stats.theilslopes(np.log(r[seen]), x[seen])
        guess[f"{arc}_ohm"] = np.log10(np.exp(line.intercept))
        guess[f"{arc}_ea_ev"] = np.clip(line.slope, -0.4, 2.9)
        off = np.where(seen, np.log(np.where(seen, r, 1.0)) - line.intercept - line.slope * x, 0)
        guess[f"{arc}_scatter"] = np.clip(off, -1.0, 1.0)
        c = np.array([row[arc][1] for row in found])
        if np.isfinite(c).any() and model.terms[f"{arc}_f"].prior is None:
            guess[f"{arc}_f"] = np.log10(np.nanmedian(c))
    guess["inductance_h"] = np.log10(max(np.median([row["inductance"] for row in found]), 1e-8))
    guess["electrode_q"] = np.log10([row["electrode"][0] for row in found])
    guess["electrode_n"] = np.array([row["electrode"][1] for row in found])
    for name, value in given.items():
        guess[name] = np.log10(value) if model.terms[name].positive else value
    u = np.tile(task.start, (k, 1))
    for column, name in enumerate((*task.shared, *task.local)):
        if name in given or (name in guess and model.terms[name].prior is None):
            u[:, column] = guess[name] if column >= task.split else np.mean(guess[name])
    return np.clip(u, task.lower, task.upper)


def _decompose(model: SeriesModel, series: Series, i: int) -> dict[str, object]:
    """Arcs (resistance, capacitance), intercept, inductance and electrode of one spectrum."""
    on = series.weight[i] > 0
    omega, weight = 2 * np.pi * series.frequency_hz[i, on], series.weight[i, on]
    tau = np.logspace(
        -np.log10(omega.max()) - 0.5,
        -np.log10(omega.min()),
        int(5 * np.log10(omega.max() / omega.min())) + 4,
    )
    powers = np.array([0.95, 0.85, 0.75, 0.6, 0.45])
    s = 1j * omega[:, None]
    middle = np.sqrt(omega.max() * omega.min())
    arcs = 1 / (1 + (s * tau) ** 0.9)
    columns = np.hstack([np.ones_like(s), s / omega.max(), (s / middle) ** -powers, arcs])
    columns = columns * weight[:, None]
    size = np.linalg.norm(columns, axis=0)
    data = series.z[i, on] * weight
    x, _ = optimize.nnls(
        np.vstack([columns.real, columns.imag]) / size, np.concatenate([data.real, data.imag])
    )
    x = x / size
    rest = x[2 : 2 + powers.size]
    best = int(np.argmax(rest))
    electrode = (middle ** -powers[best] / rest[best], powers[best]) if rest[best] > 0 else None
    if electrode is None:  # none to be seen: what the lowest frequency leaves room for
        last = int(np.argmin(omega))
        electrode = (omega[last] ** -0.85 / max(0.1 * abs(series.z[i, on][last]), 1e-9), 0.85)
    row: dict[str, object] = {
        "intercept": x[0],
        "inductance": x[1] / omega.max(),
        "electrode": electrode,
    }
    sums = {arc: [0.0, 0.0, 0.0] for arc in model.arcs}
    strength = x[2 + powers.size :]
    groups = np.split(np.arange(tau.size), np.flatnonzero(np.diff(strength > 0)) + 1)
    for group in groups:
        r = strength[group].sum()
        if r <= 0:
            continue
        log_c = (strength[group] * np.log10(tau[group])).sum() / r - np.log10(r)
        away = {arc: abs(log_c - np.log10(model.terms[f"{arc}_f"].value)) for arc in model.arcs}
        arc = min(away, key=away.get)
        if away[arc] < 2.5:
            total = sums[arc]
            if r > total[2]:
                total[1], total[2] = 10**log_c, r
            total[0] += r
    for arc, (r, c, _) in sums.items():
        row[arc] = (r, c) if r > 0 else (np.nan, np.nan)
    return row


@dataclass(frozen=True)
class SeriesFit:
    """One model of a whole series.

    Attributes
    ----------
    model : SeriesModel
    series : Series
    result : FitResult
        Every parameter: the shared ones, then each spectrum's own as ``name[25C]``. The
        residuals end with the pulls of the priors and of the scatter.
    scatter : mapping of name to float
        Standard deviation of each random effect.
    noise : float
        Standard deviation of a datum in units of its weight.
    structure : float
        Correlation of neighbouring residuals: the share that is no noise.
    notes : tuple of str
        What a reader must know, naming spectrum and parameter.
    """

    model: SeriesModel
    series: Series
    result: FitResult
    scatter: Mapping[str, float]
    noise: float
    structure: float
    notes: tuple[str, ...]
    task: Task
    minimum: Minimum

    def table(self) -> pd.DataFrame:
        """The shared parameters and the widths; a lead resistance below zero is an upper limit."""
        table = self.result.table().iloc[: self.task.split].copy()
        flags = table["flag"].str.split(";")
        arcs = self.resistances().groupby("arc")["in_window"].any()
        for i, name in enumerate(table["parameter"]):
            more = {"misfit": self.structure > STRUCTURE}
            arc = name.partition("_")[0]
            more["outside_window"] = arc in arcs.index and not arcs[arc]
            more["at_bound"] = name == "lead_ohm" and table.loc[i, "value"] < 0
            kept = dict.fromkeys([*filter(None, flags[i]), *(f for f, on in more.items() if on)])
            table.loc[i, "flag"] = ";".join(kept)
        lead = table["parameter"] == "lead_ohm"
        table.loc[lead, ["value", "ci_low", "ci_high"]] = table.loc[
            lead, ["value", "ci_low", "ci_high"]
        ].clip(lower=0.0)
        widths = pd.DataFrame(
            {
                "parameter": [f"{n} (deviation)" for n in self.scatter],
                "value": self.scatter.values(),
            }
        )
        return pd.concat([table, widths], ignore_index=True)

    def resistances(self) -> pd.DataFrame:
        """Each arc at each temperature: with its scatter and on its line, in the window or not."""
        values = self.task.values(self.minimum.u)
        v = {name: values[:, i, None] for i, name in enumerate(self.model.terms)}
        warm, x = temperature_terms(self.model, v, self.task.grid.plate_k)
        on = np.where(self.series.weight > 0, self.series.frequency_hz, np.nan)
        low, high = np.nanmin(on, axis=1), np.nanmax(on, axis=1)
        rows = []
        for arc in self.model.arcs:
            ohm = np.exp(log_resistance(self.model, v, arc, warm, x))[:, 0]
            apex = 1 / (2 * np.pi * ohm * v[f"{arc}_f"][:, 0])
            rows.append(
                pd.DataFrame(
                    {
                        "spectrum": self.series.label,
                        "temperature_c": self.series.temperature_c,
                        "arc": arc,
                        "resistance_ohm": ohm,
                        "line_ohm": ohm / np.exp(v[f"{arc}_scatter"][:, 0]),
                        "apex_hz": apex,
                        "in_window": (apex >= low) & (apex <= high),
                    }
                )
            )
        return pd.concat(rows, ignore_index=True)

    def impedance(self, temperature_c: ArrayLike, frequency_hz: ArrayLike) -> NDArray:
        """Complex impedance (K, n) foretold for any temperatures, without scatter.

        What each spectrum has of its own is interpolated between the temperatures measured.
        """
        t = np.atleast_1d(np.asarray(temperature_c, dtype=float))
        order = np.argsort(self.series.temperature_c, kind="stable")
        u = np.tile(self.minimum.u[0], (t.size, 1))
        for column in range(self.task.split, u.shape[1]):
            own = self.minimum.u[order, column]
            u[:, column] = np.interp(t, self.series.temperature_c[order], own)
        u[:, self.task.random] = self.task.centre[self.task.random]
        f = np.broadcast_to(frequency_hz, (t.size, np.shape(frequency_hz)[-1]))
        return evaluate(self.model, self.task.values(u), Grid.of(f, t))[0]


def fit_spectra(
    spectra: pd.DataFrame | Mapping[float, pd.DataFrame],
    model: SeriesModel | None = None,
    *,
    starts: Mapping[str, float] | None = None,
) -> SeriesFit:
    """Fit all spectra of a temperature series with one model.

    Parameters
    ----------
    spectra : DataFrame, or mapping of plate temperature in degC to DataFrame
        ``temperature_c`` (one table), ``frequency_hz, z_real_ohm, z_imag_ohm``, and where
        known ``relative_stderr`` (of Re and Im, relative to abs(Z)). Without it the noise is
        found from the residuals: one level for each frequency, shared by all spectra. A
        column ``spectrum`` tells apart spectra at one temperature.
    model : SeriesModel, optional
        By default :func:`nasicon.transport.model_series.series_model`.
    starts : mapping of name to float, optional
        Shared parameters to begin with, for example from fits of single spectra; what is
        not named is found from the data.

    Raises
    ------
    ValueError
        Fewer than four temperatures, tables that are no spectra, an arc that the spectra do
        not show, or a spectrum whose resistance is another sample's.
    """
    series = Series.of(spectra)
    task = Task.of(model or series_model(), series)
    u = find_starts(task, starts or {})
    found = minimise(task, u)
    given = isinstance(spectra, pd.DataFrame) and "relative_stderr" in spectra
    if not given and not isinstance(spectra, pd.DataFrame):
        given = all("relative_stderr" in table for table in spectra.values())
    if not given:
        task = Task.of(task.model, pooled(task, found))
        found = minimise(task, found.u, variance=found.system.variance)
    return assemble(task, found, u)


def pooled(task: Task, found: Minimum) -> Series:
    """The series with weights from its residuals: neighbours in frequency share a noise level."""
    series, on = task.series, task.series.weight > 0
    z, _ = evaluate(task.model, task.values(found.u), task.grid)
    squared = (np.abs((z - series.z) / series.z) ** 2 / 2)[on]
    logs = np.log10(series.frequency_hz[on])
    order = np.argsort(logs, kind="stable")
    sums = np.append(0.0, np.cumsum(squared[order]))
    first = np.searchsorted(logs[order], logs - POOL_DECADES / 2, "left")
    last = np.searchsorted(logs[order], logs + POOL_DECADES / 2, "right")
    level = np.sqrt((sums[last] - sums[first]) / (last - first))
    weight = np.zeros_like(series.weight)
    weight[on] = 1 / (np.maximum(level, 1e-3 * level.max() + 1e-12) * np.abs(series.z[on]))
    return replace(series, weight=weight)


def assemble(task: Task, found: Minimum, start: NDArray) -> SeriesFit:
    """Covariance, intervals and notes of a minimum."""
    system, split, k = found.system, task.split, task.spectra
    covariance = dense_covariance(system)
    names = [*task.shared, *(f"{n}[{label}]" for label in task.series.label for n in task.local)]
    terms = [task.model.terms[n] for n in (*task.shared, *(task.local * k))]
    flat = np.concatenate([found.u[0, :split], found.u[:, split:].ravel()])
    blocked = np.concatenate([system.blocked[0, :split], system.blocked[:, split:].ravel()])
    problem = Problem(
        tuple(names),
        tuple(t.unit for t in terms),
        np.array([t.lower for t in terms]),
        np.array([t.upper for t in terms]),
        np.array([t.positive for t in terms]),
        dense_problem(task, system.variance, system.noise2),
        np.array([t.resolution for t in terms]),
    )
    residuals = problem.evaluate(problem.to_values(flat)[None])[0][0]
    guess = problem.to_values(np.concatenate([start[0, :split], start[:, split:].ravel()]))
    base = fit_result(problem, guess, flat, covariance, residuals, blocked, found.converged, 1.0)
    low, high = problem.to_internal(base.ci_low), problem.to_internal(base.ci_high)
    low[:split], high[:split] = intervals(system)
    with np.errstate(invalid="ignore"):
        quantile = (high - low)[:split] / 2 / np.sqrt(np.diag(covariance)[:split])
    for i in range(split):  # near a bound the covariance does not know where to stop
        if blocked[i] or low[i] < task.lower[i] or high[i] > task.upper[i]:
            known = quantile[i] if np.isfinite(quantile[i]) else stats.norm.ppf(0.975)
            low[i], high[i] = profile(task, found, i, float(known))
    result = replace(base, ci_low=problem.to_values(low), ci_high=problem.to_values(high))
    widths = {
        n: float(np.sqrt(v) * (v > FLOOR))
        for n, v, r in zip((*task.shared, *task.local), system.variance, task.random, strict=True)
        if r
    }
    fit = SeriesFit(
        task.model, task.series, result, widths, float(np.sqrt(system.noise2)),
        _structure(task, found), (), task, found,
    )  # fmt: skip
    _refuse_strangers(fit)
    return replace(fit, notes=_notes(fit))


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


def profile(task: Task, found: Minimum, column: int, quantile: float) -> tuple[float, float]:
    """Interval of a shared parameter, internal coordinates, all others refitted.

    Its ends are where residuals and pulls have risen by ``quantile`` squared, the widths as
    they are (Bates and Watts, Nonlinear Regression Analysis, 1988, section 6.1); or the bound.
    """
    system, centre = found.system, found.u[0, column]
    held = copy.copy(task)

    def rise(value: float) -> float:
        vars(held)["lower"], vars(held)["upper"] = task.lower.copy(), task.upper.copy()
        held.lower[column] = held.upper[column] = value
        again = minimise(
            held, found.u.copy(), variance=system.variance, noise2=system.noise2, held=True
        )
        return np.sqrt(max(again.system.total - system.total, 0) / system.noise2) - quantile

    ends = []
    for bound in (task.lower[column], task.upper[column]):
        reach = quantile * np.sqrt(system.noise2 / system.scale[0, column])
        end = centre
        while end != bound:
            last, end = end, centre + np.sign(bound - centre) * min(reach, abs(bound - centre))
            if rise(end) > 0:
                end = optimize.brentq(rise, last, end, xtol=1e-4 * abs(end - centre))
                break
            reach *= 2
        ends.append(float(end))
    return ends[0], ends[1]


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


def _structure(task: Task, found: Minimum) -> float:
    """Correlation of residuals that are neighbours in frequency."""
    residual = task.linearise(found.u)[0].view(complex)
    shared = total = 0.0
    for row, f, weight in zip(residual, task.series.frequency_hz, task.series.weight, strict=True):
        r = row[weight > 0][np.argsort(f[weight > 0], kind="stable")]
        shared += float((r[1:] * r[:-1].conj()).real.sum())
        total += float((np.abs(r) ** 2).sum())
    return shared / total if total > 0 else 0.0


def _refuse_strangers(fit: SeriesFit) -> None:
    """A spectrum whose resistance is far off the line of the others is not of this sample."""
    celsius = kelvin(fit.series.temperature_c)
    for arc, rows in fit.resistances().groupby("arc", sort=False):
        logs = np.log(rows["resistance_ohm"].to_numpy())
        line = stats.theilslopes(logs, 1 / celsius)
        off = np.abs(logs - line.intercept - line.slope / celsius)
        worst = int(np.argmax(off))
        if off[worst] > max(STRANGER, 4 * np.median(off)):
            raise ValueError(
                f"{arc}_ohm of the spectrum {fit.series.label[worst]} is "
                f"{np.exp(off[worst]):.2g} times off the Arrhenius line of the others: another "
                "sample, geometry or unit? Leave it out or correct it"
            )


def _notes(fit: SeriesFit) -> tuple[str, ...]:
    notes, terms, result = [], fit.model.terms, fit.result
    lag = terms["lag"]
    if lag.role == "fixed":
        notes.append(
            f"lag is held at {lag.value:g}: to first order a lag only rescales the activation "
            "energies, true = apparent/(1 - lag), and no fit can tell the two apart"
        )
    elif lag.prior and result.stderr[result.index("lag")] < 0.5 * lag.prior[1]:
        notes.append(
            "lag is known better than its prior says: that comes from the curvature of Arrhenius "
            "lines that the model takes as straight and free of scatter"
        )
    first = fit.model.arcs[0]
    if terms["lead_ohm"].role != "fixed" and terms[f"{first}_bend_ev2"].role == "fixed":
        notes.append(
            f"lead_ohm: where the {first} arc lies above the window, leads are what bends its "
            f"Arrhenius line; share {first}_bend_ev2 to allow it a bend of its own"
        )
    table = fit.resistances()
    for arc, rows in table[~table["in_window"]].groupby("arc", sort=False):
        where = "every spectrum" if len(rows) == fit.task.spectra else ", ".join(rows["spectrum"])
        notes.append(f"{arc}_ohm: the apex lies outside the window in {where}")
    lost = [n for n, known in zip(result.names, result.identifiable, strict=True) if not known]
    lost = [n for n in lost if not result.at_bound[result.index(n)]]
    if lost:
        notes.append(f"not determined by these spectra: {', '.join(lost)}; fix or state a prior")
    if fit.structure > STRUCTURE:
        notes.append(
            f"neighbouring residuals are correlated by {fit.structure:.2f}: the model misses "
            "something, and its intervals are too narrow"
        )
    return tuple(notes)
