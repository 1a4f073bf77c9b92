"""Whole-pattern fit of calculated phases to a powder pattern.

Scales, specimen displacement, cells, widths, background and, if asked, an
amorphous hump are refined together with weights from counting statistics, so
that the covariance of the weight fractions includes all of them. Start values
come from the data: a baseline, and a search over displacements with
non-negative scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.fitting import Minima, levenberg_marquardt
from nasicon.core.result import AT_BOUND, FitResult, Problem, fit_result
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_starts import baseline, carry, counting_sigma, start_values
from nasicon.diffraction.model_pattern import (
    ANGLE_TOLERANCE_DEG,
    CELL_TOLERANCE,
    SIZE_NM,
    Options,
    PatternModel,
    key,
)
from nasicon.diffraction.model_powder import Phase

__all__ = [
    "PatternFit",
    "baseline",
    "cells",
    "counting_sigma",
    "fit_pattern",
    "hump_share_percent",
    "select",
    "sizes",
    "weight_fractions",
]

HUMP_CENTRE_DEG, HUMP_WIDTH_DEG = (15.0, 35.0), (4.0, 15.0)
FEWEST_PER_PARAMETER = 5
SIZE_RESOLUTION = 0.25  # decades: a size less certain than a factor of 1.8 has no digits
ORTHOGONAL = 1e-4  # the cut tails of the lines make the sum of squares rough below this
ROUND = 8  # trial steps between two looks at the gain
# a round that lowers chi-squared by less than this many reduced chi-squared ends the pass:
# no parameter moves by more than the square root of it in standard errors
FIRST_GAIN, LAST_GAIN = 50.0, 1e-3


@dataclass(frozen=True)
class PatternFit:
    """A fitted pattern.

    Attributes
    ----------
    result : FitResult
    pattern : PatternModel
    two_theta, observed, sigma, calculated : ndarray, shape (n,)
    parts : dict of str to ndarray
        Background, hump and one curve per phase.
    """

    result: FitResult
    pattern: PatternModel
    two_theta: NDArray
    observed: NDArray
    sigma: NDArray
    calculated: NDArray
    parts: dict[str, NDArray]

    @property
    def r_weighted_percent(self) -> float:
        """R_wp in percent, background included."""
        w = 1 / self.sigma**2
        return float(
            100
            * np.sqrt(
                np.sum(w * (self.observed - self.calculated) ** 2) / np.sum(w * self.observed**2)
            )
        )

    @property
    def displacement_deg(self) -> float:
        """Refined displacement; positions move by D cos(theta)."""
        return self.result["displacement"]


def select(table: pd.DataFrame, low: float = 0.0, high: float = 180.0) -> pd.DataFrame:
    """Part of a pattern between two angles, with its attributes.

    Raises
    ------
    ValueError
        Nothing, or almost nothing, lies between them.
    """
    chosen = table[table["two_theta_deg"].between(low, high)].reset_index(drop=True)
    if len(chosen) < 20:
        x = table["two_theta_deg"]
        raise ValueError(
            f"{len(chosen)} points between {low:g} and {high:g} deg; the pattern runs from "
            f"{x.min():g} to {x.max():g} deg"
        )
    return chosen


def fit_pattern(
    table: pd.DataFrame,
    phases: Sequence[Phase],
    options: Options,
    *,
    displacement_deg: float | None = None,
) -> PatternFit:
    """Fit calculated phases to a pattern.

    Parameters
    ----------
    table : DataFrame
        ``two_theta_deg``, ``intensity`` and, if known, ``sigma``.
    phases : sequence of Phase
        Candidates. One that is not there gets a scale of zero, flagged ``at_bound``.
    options : Options
    displacement_deg : float, optional
        Where to start; by default a search over +-0.6 deg.

    Raises
    ------
    ValueError
        Too few points for the parameters, no reflection of a candidate within the
        pattern, or values that are not finite.
    """
    x = table["two_theta_deg"].to_numpy(float)
    y = table["intensity"].to_numpy(float)
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or (np.diff(x) <= 0).any():
        raise ValueError("angles must rise and all values be finite; read the file by read_pattern")
    sigma = counting_sigma(table)
    pattern = PatternModel(x, phases, options)
    for phase, rows in zip(pattern.phases, pattern.reachable, strict=True):
        if rows.size == 0:
            raise ValueError(
                f"{phase.name} has no reflection between {x[0]:g} and {x[-1]:g} deg; "
                "widen the range or leave the phase out"
            )
    if x.size < FEWEST_PER_PARAMETER * len(pattern.names):
        raise ValueError(
            f"{x.size} points cannot determine {len(pattern.names)} parameters well; at least "
            f"{FEWEST_PER_PARAMETER} points each are needed"
        )
    start, weak = start_values(pattern, x, y, sigma, displacement_deg)
    if weak and options.refine_cell:
        held = PatternModel(x, phases, options, fixed_cells=weak)
        start = carry(start, pattern, held)
        pattern = held
    result = _solve(pattern, y, sigma, start, 2, FIRST_GAIN)
    calculated = pattern(result.values)[0]
    if "sigma" not in table:  # weights from the model: those of the data favour low counts
        factor = np.median(sigma**2 / np.maximum(y, 1e-12))
        if table.attrs.get("intensity_unit") == "counts":
            factor = 1.0
        sigma = np.sqrt(factor * np.maximum(calculated, np.min(sigma) ** 2 / factor))
        result = _solve(pattern, y, sigma, result.values, 8, LAST_GAIN, guess=start)
    calculated, _, parts = pattern(result.values, parts=True)
    return PatternFit(result, pattern, x, y, sigma, calculated, parts)


def _solve(
    pattern: PatternModel,
    y: NDArray,
    sigma: NDArray,
    start: NDArray,
    rounds: int,
    gain: float,
    guess: NDArray | None = None,
) -> FitResult:
    lower, upper = _bounds(pattern, y, start)

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        residuals = np.empty((len(values), y.size))
        jacobian = np.empty((len(values), y.size, len(pattern.names)))
        for k, row in enumerate(values):
            calculated, by = pattern(row)
            residuals[k] = (calculated - y) / sigma
            jacobian[k] = by / sigma[:, None]
        return residuals, jacobian

    resolution = np.full(len(pattern.names), np.inf)
    for i, name in enumerate(pattern.names):
        if name.startswith("size"):
            resolution[i] = SIZE_RESOLUTION
    problem = Problem(
        pattern.names, pattern.units, lower, upper, pattern.positive, evaluate, resolution
    )
    begin = np.clip(start, lower, upper)
    minimum = levenberg_marquardt(problem, begin, max_iterations=ROUND, tolerance=ORTHOGONAL)
    for _ in range(rounds):
        if minimum.converged[0]:
            break
        before = minimum.chi2[0]
        minimum = levenberg_marquardt(
            problem, minimum.values[0], max_iterations=ROUND, tolerance=ORTHOGONAL
        )
        if before - minimum.chi2[0] < gain * before / max(y.size - start.size, 1):
            minimum = replace(minimum, converged=np.array([True]))
    return _with_covariance(problem, begin if guess is None else guess, minimum)


def _with_covariance(problem: Problem, guess: NDArray, minimum: Minima) -> FitResult:
    """Covariance from the exact Jacobian; parameters that a bound holds are left out of it."""
    values = minimum.values[0]
    u = problem.to_internal(values)
    lower, upper = problem.to_internal(problem.lower), problem.to_internal(problem.upper)
    residuals, jacobian = (part[0] for part in problem.internal(u[None]))
    gradient = residuals @ jacobian
    scale = np.linalg.norm(jacobian, axis=0)
    # the distance to a bound, in units that the data resolve
    near = 1e-3 / np.where(scale > 0, scale, np.inf) + AT_BOUND * problem.positive
    at_bound = ((u - lower <= near) & (gradient >= 0)) | ((upper - u <= near) & (gradient <= 0))
    free = np.flatnonzero(~at_bound & (scale > 0))
    singular, basis = np.linalg.svd(jacobian[:, free] / scale[free], full_matrices=False)[1:]
    with np.errstate(divide="ignore"):
        inverse = np.where(singular > 1e-10 * singular[0], 1 / singular, np.inf)
    half = basis.T * inverse / scale[free][:, None]
    freedom = max(residuals.size - free.size, 1)
    covariance = np.full((u.size, u.size), np.nan)
    covariance[np.ix_(free, free)] = half @ half.T * (residuals @ residuals) / freedom
    return fit_result(
        problem, guess, u, covariance, residuals, at_bound, bool(minimum.converged[0]), 1.0
    )


def _bounds(pattern: PatternModel, y: NDArray, start: NDArray) -> tuple[NDArray, NDArray]:
    lower, upper = np.full(start.size, -np.inf), np.full(start.size, np.inf)
    span = float(np.ptp(y)) + 1.0
    most = max(float(np.max(start[[n.startswith("scale") for n in pattern.names]])), 1e-6 * span)
    box = {
        "displacement": (-1.5, 1.5),
        "gauss": (0.005, 1.0),
        "size": SIZE_NM,
        "strain": (0.0, 3.0),
        "roughness": (0.0, 0.3),
        "march": (0.2, 5.0),
        "scale": (0.0, 30 * most),
        "hump_area": (0.0, 20 * span),
        "hump_centre": HUMP_CENTRE_DEG,
        "hump_width": HUMP_WIDTH_DEG,
        "background": (-20 * span - abs(y).max(), 20 * span + abs(y).max()),
    }
    for i, name in enumerate(pattern.names):
        stem = name if name in box else name.split("_")[0]
        if stem in box:
            lower[i], upper[i] = box[stem]
    for phase in pattern.phases:
        for name, value in phase.free_cell().items():
            full = f"{name}_{key(phase.name)}"
            if full in pattern.names:
                width = CELL_TOLERANCE * value if len(name) == 1 else ANGLE_TOLERANCE_DEG
                i = pattern.index(full)
                lower[i], upper[i] = value - width, value + width
    return lower, upper


def weight_fractions(fitted: PatternFit) -> pd.DataFrame:
    """Weight fractions of the crystalline phases, which sum to 1, with their covariance.

    Returns
    -------
    pandas.DataFrame
        ``phase, weight_percent, stderr_percent, ci_low, ci_high, flag``. Amorphous
        matter and phases that are not among the candidates are not in the sum: without
        an internal standard no pattern says how much of them there is.
    """
    pattern, result = fitted.pattern, fitted.result
    rows = np.array([pattern.index(f"scale_{key(p.name)}") for p in pattern.phases])
    scale = result.values[rows]
    total = scale.sum()
    if not total > 0:
        raise ValueError("no candidate phase is in the pattern: every scale is zero")
    share = scale / total
    by = (np.eye(rows.size) - share[:, None]) / total
    covariance = np.nan_to_num(result.covariance[np.ix_(rows, rows)])
    stderr = 100 * np.sqrt(np.einsum("ij,jk,ik->i", by, covariance, by))
    percent = 100 * share
    return pd.DataFrame(
        {
            "phase": [p.name for p in pattern.phases],
            "weight_percent": percent,
            "stderr_percent": stderr,
            "ci_low": percent - 1.96 * stderr,
            "ci_high": percent + 1.96 * stderr,
            "flag": [";".join(result.flags(result.names[i])) for i in rows],
        }
    )


def cells(fitted: PatternFit) -> pd.DataFrame:
    """Refined cell parameters: ``phase, parameter, value, stderr, unit, flag``."""
    return _parameters(fitted, tuple(model.CELL_NAMES), "parameter")


def sizes(fitted: PatternFit) -> pd.DataFrame:
    """Apparent crystallite sizes and strains, 95 % interval included.

    Only as good as the instrument's width: with ``gauss_deg`` refined, whatever
    width is Lorentzian counts as size.
    """
    return _parameters(fitted, ("size", "strain", "march"), "parameter")


def _parameters(fitted: PatternFit, stems: tuple[str, ...], column: str) -> pd.DataFrame:
    table = fitted.result.table().set_index("parameter")
    rows = []
    for phase in fitted.pattern.phases:
        for stem in stems:
            name = f"{stem}_{key(phase.name)}"
            if name in table.index:
                rows.append({"phase": phase.name, column: stem, **table.loc[name].to_dict()})
    columns = ["phase", column, "value", "stderr", "ci_low", "ci_high", "unit", "flag"]
    return pd.DataFrame(rows, columns=columns)


def hump_share_percent(fitted: PatternFit) -> tuple[float, float | None, str]:
    """Area of the hump over all scattered area above the background, its error and flags.

    An area share, no weight fraction: glass and crystal scatter differently into the
    measured range, and only a calibration or an internal standard relates the two.
    """
    if "hump_area" not in fitted.result.names:
        raise ValueError("the fit has no hump; set hump=True in the options")
    x = fitted.two_theta
    area = fitted.result["hump_area"]
    crystal = sum(float(np.trapezoid(fitted.parts[p.name], x)) for p in fitted.pattern.phases)
    error = float(fitted.result.stderr[fitted.result.index("hump_area")])
    total = area + crystal
    spread = 100 * error * crystal / total**2 if np.isfinite(error) else None
    return 100 * area / total, spread, ";".join(fitted.result.flags("hump_area"))
