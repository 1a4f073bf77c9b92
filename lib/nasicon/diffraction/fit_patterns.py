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

from nasicon.core.constants import positive
from nasicon.core.fitting import levenberg_marquardt
from nasicon.core.quality import Misfit, lag_one, saturation, smoothed, zeroed
from nasicon.core.result import AT_BOUND, FitResult, Problem, fit_result
from nasicon.core.statistics import correlation_factor
from nasicon.core.vocabulary import as_flags
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_starts import carry, counting_sigma, defaults, start_values
from nasicon.diffraction.model_pattern import (
    ANGLE_TOLERANCE_DEG,
    CELL_TOLERANCE,
    SIZE_NM,
    Options,
    PatternModel,
    key,
)
from nasicon.diffraction.model_powder import Phase, particle_contrast

HUMP_CENTRE_DEG, HUMP_WIDTH_DEG = (15.0, 35.0), (4.0, 15.0)
FEWEST_PER_PARAMETER = 5
SIZE_RESOLUTION = 0.25  # decades: a size less certain than a factor of 1.8 has no digits
ORTHOGONAL = 1e-4  # the cut tails of the lines make the sum of squares rough below this
SIGNIFICANT = 5.0  # standard errors of all scales together that make a pattern
WEAK = 10.0  # standard errors of a scale below which its upper end is the profile's
BROADEST_NM = 5.0  # lines wider than 1.6 deg: a fit makes a hump of a phase with a wrong cell
CLOSER = 1.6  # growth of the steps along a profile
PRESENT, CONTRAST = 0.005, 2.0  # shares, and ratio of absorptions, that microabsorption needs
POINTS = 5.0  # wt%: what microabsorption may move a weight by without a word, if no more than that
LEAST_UM, MOST_UM = 1.0, 20.0  # what a ground powder may be
COARSEST, ITERATIONS = 1.0, 40  # mu D: Brindley's very coarse powders are above
UNEXPLAINED = 0.15  # share of the lines' signal beyond the noise that no model may leave
SMOOTHED_OVER, QUIET = 16, 0.25  # points; the share of a pattern with the least of lines
ROUND = 8  # trial steps between two looks at the gain
# a round that lowers chi-squared by less than this many reduced chi-squared ends the pass:
# no parameter moves by more than the square root of it in standard errors
FIRST_GAIN, LAST_GAIN = 50.0, 1e-3
ENOUGH = 0.1  # the gain of the last round below which the end counts as a minimum


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
        w, left = 1 / self.sigma**2, self.observed - self.calculated
        return float(100 * np.sqrt(np.sum(w * left**2) / np.sum(w * self.observed**2)))

    @property
    def displacement_deg(self) -> float:
        """Refined displacement; positions move by D cos(theta)."""
        return self.result["displacement"]


def select(table: pd.DataFrame, low: float = 0.0, high: float = 180.0) -> pd.DataFrame:
    """Part of a pattern between two angles, with its attributes.

    Raises
    ------
    ValueError
        Nothing, or almost nothing, lies between them, or an intensity is no number.
    """
    chosen = table[table["two_theta_deg"].between(low, high)].reset_index(drop=True)
    if len(chosen) < 20:
        x = table["two_theta_deg"]
        raise ValueError(
            f"{len(chosen)} points between {low:g} and {high:g} deg; the pattern runs from "
            f"{x.min():g} to {x.max():g} deg"
        )
    if lost := int((~np.isfinite(chosen["intensity"])).sum()):
        raise ValueError(f"{lost} intensities are no numbers; leave those points out of the file")
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
    if weak:
        options = replace(options, held_cells=options.held_cells.union(weak))
        held = PatternModel(x, phases, options)
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
    fitted = _judged(result, pattern, y, sigma)
    counted = table.attrs.get("intensity_unit") == "counts"
    doubt = zeroed(y) if counted else ""
    if counted or not fitted.result.misfit:
        lines = fitted.calculated - fitted.parts["background"]
        quiet = result.residuals[lines <= np.quantile(lines, QUIET)]
        doubt = doubt or smoothed(quiet, SMOOTHED_OVER, counted)
    return replace(fitted, result=fitted.result.doubted(doubt))


def refit(fitted: PatternFit, options: Options) -> PatternFit:
    """Fit the same pattern again with other options, from where the first fit ended.

    Surface factors and textures that are new begin where they do nothing.
    """
    old = fitted.pattern
    pattern = PatternModel(fitted.two_theta, old.phases, options)
    start = defaults(pattern, 40.0, 0.10)
    for i, name in enumerate(pattern.names):
        if name in old.names:
            start[i] = fitted.result[name]
    y, sigma = fitted.observed, fitted.sigma
    result = _solve(pattern, y, sigma, start, 8, LAST_GAIN)
    return _judged(result, pattern, y, sigma)


def _judged(result: FitResult, pattern: PatternModel, y: NDArray, sigma: NDArray) -> PatternFit:
    """Judge a pattern by the share of its lines that the model leaves unexplained.

    Line profiles, texture and surfaces are never known to the last count: a good pattern
    shows residuals above counting statistics in every laboratory. What moves a weight
    fraction is how much of the lines' signal they are:
    ``u = sqrt((sum (r/sigma)^2 - freedom) / sum ((y - background)/sigma)^2)``. Below
    ``UNEXPLAINED`` they go into the errors, which grow by the root of the sum of the
    residuals' correlation (Berar and Lelann, J. Appl. Cryst. 24 (1991) 1, in the form of
    an effective number of points); above it the model is another one.
    """
    calculated, _, parts = pattern(result.values)
    r = result.residuals
    over = max(float(r @ r) - result.degrees_of_freedom, 0.0)
    signal = float((((y - parts["background"]) / sigma) ** 2).sum())
    share = np.sqrt(over / signal) if signal > 0 else np.inf
    correlation = lag_one(r)
    ratio = float(np.sqrt(result.reduced_chi2))
    lines = signal > 2 * r.size  # below, there is nothing that could be left unexplained
    found = bool(lines and share > UNEXPLAINED)
    reason = (
        f"{100 * share:.0f} % of the lines' signal is left, {ratio:.2g} times the counting noise"
    )
    quality = Misfit(found, ratio, correlation, reason if found else "")
    wider = np.full(len(pattern.names), _memory(result))
    result = replace(_widened(result, wider), noise=1.0, quality=quality).doubted(saturation(y))
    result = _aligned(result, pattern)
    found = PatternFit(result, pattern, pattern.x, y, sigma, calculated, parts)
    scales = np.array([pattern.index(f"scale_{key(p.name)}") for p in pattern.phases])
    if (held := result.at_bound[scales]).any():  # a one-sided limit
        error = np.sqrt(np.diag(_scale_covariance(found, scales)))[held]
        result.ci_low[scales[held]] = result.values[scales[held]]
        result.ci_high[scales[held]] = result.values[scales[held]] + 1.645 * error
    return found


def _memory(result: FitResult) -> float:
    """Factor of the variances for residuals above the noise that neighbours share."""
    return correlation_factor(result.residuals) if result.reduced_chi2 > 1.1**2 else 1.0


def _widened(result: FitResult, variances: NDArray) -> FitResult:
    """A fit whose variances are so many times larger, correlations as they are."""
    wider = np.sqrt(variances)
    return replace(
        result,
        stderr=result.stderr * wider,
        ci_low=result.values - (result.values - result.ci_low) * wider,
        ci_high=result.values + (result.ci_high - result.values) * wider,
        covariance=result.covariance * np.outer(wider, wider),
    )


def _aligned(result: FitResult, pattern: PatternModel) -> FitResult:
    """Let every parameter carry what an aligned instrument may still be off by."""
    free = np.flatnonzero(~result.at_bound & np.isfinite(np.diag(result.covariance)))
    added = _misalignment(_jacobian(result), pattern, free)
    variances, covariance = np.ones(len(pattern.names)), result.covariance.copy()
    variances[free] += (added**2).sum(axis=1) / np.diag(covariance)[free]
    covariance[np.ix_(free, free)] += added @ added.T
    return replace(_widened(result, variances), covariance=covariance)


def _jacobian(result: FitResult) -> NDArray:
    """Of the weighted residuals at the minimum, internal coordinates."""
    return result.problem.internal(result.problem.to_internal(result.values)[None])[1][0]


def _misalignment(jacobian: NDArray, pattern: PatternModel, free: NDArray) -> NDArray:
    """What three shifts of the lines, one standard error each, do to the free parameters.

    A line may lie off by a zero error, by axial divergence (as cot 2theta) and by transparency
    (as sin 2theta), each by ``options.alignment_deg`` at one standard error, beside the
    displacement that is refined (Klug and Alexander, X-Ray Diffraction Procedures, 2nd ed.,
    chapter 5). What each does to a parameter is linear: the least-squares image of its column,
    shape (free, 3), internal coordinates. A cell follows a shift; a weak phase takes up what
    the shifted lines of a strong one leave.
    """
    theta = np.radians(pattern.x) / 2
    moved = jacobian[:, pattern.index("displacement")] / np.cos(theta)
    shifts = np.column_stack([moved, moved / np.tan(2 * theta), moved * np.sin(2 * theta)])
    norm = np.linalg.norm(jacobian[:, free], axis=0)
    norm = np.where(norm > 0, norm, 1.0)
    images = np.linalg.lstsq(jacobian[:, free] / norm, shifts, rcond=1e-10)[0]
    return pattern.options.alignment_deg * images / norm[:, None]


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
            calculated, by, _ = pattern(row)
            residuals[k] = (calculated - y) / sigma
            jacobian[k] = by / sigma[:, None]
        return residuals, jacobian

    resolution = np.array(
        [SIZE_RESOLUTION if name.startswith("size") else np.inf for name in pattern.names]
    )
    problem = Problem(
        pattern.names, pattern.units, lower, upper, pattern.positive, evaluate, resolution
    )
    begin, steps = np.clip(start, lower, upper), {"max_iterations": ROUND, "tolerance": ORTHOGONAL}
    minimum, gained = levenberg_marquardt(problem, begin, **steps), np.inf
    for _ in range(rounds):
        if minimum.converged[0] or gained < gain:
            break
        before = minimum.chi2[0]
        minimum = levenberg_marquardt(problem, minimum.values[0], **steps)
        gained = (before - minimum.chi2[0]) * max(y.size - start.size, 1) / before
    # the size of an absent phase drifts on
    converged = bool(minimum.converged[0]) or gained < max(gain, ENOUGH)
    guess = begin if guess is None else guess
    return _with_covariance(problem, guess, minimum.values[0], converged)


def _with_covariance(
    problem: Problem, guess: NDArray, values: NDArray, converged: bool
) -> FitResult:
    """Covariance from the exact Jacobian; parameters that a bound holds are left out of it."""
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
    return fit_result(problem, guess, u, covariance, residuals, at_bound, converged, 1.0)


def _bounds(pattern: PatternModel, y: NDArray, start: NDArray) -> tuple[NDArray, NDArray]:
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
    stems = [name if name in box else name.split("_")[0] for name in pattern.names]
    lower, upper = np.array([box.get(stem, (-np.inf, np.inf)) for stem in stems]).T
    for phase in pattern.phases:
        for name, value in phase.free_cell().items():
            full = f"{name}_{key(phase.name)}"
            if full in pattern.names:
                width = CELL_TOLERANCE * value if len(name) == 1 else ANGLE_TOLERANCE_DEG
                i = pattern.index(full)
                lower[i], upper[i] = value - width, value + width
    return lower, upper


def weight_fractions(fitted: PatternFit, particle_um: float | None = None) -> pd.DataFrame:
    """Weight fractions of the crystalline phases, which sum to 1, with their covariance.

    Parameters
    ----------
    fitted : PatternFit
    particle_um : float, optional
        Diameter of the *particles* (not of the crystallites: a Scherrer size says nothing
        about them). With it the fractions are corrected for microabsorption.

    Returns
    -------
    pandas.DataFrame
        ``phase, weight_percent, stderr_percent, ci_low, ci_high, flag, note``. Amorphous
        matter and phases that are not among the candidates are not in the sum: without
        an internal standard no pattern says how much of them there is. A phase whose
        scale ends at zero has an upper limit (95 %). Without digits (``not_identifiable``)
        where the lines of all phases together are no more than noise.

    Raises
    ------
    ValueError
        Particles so large that no correction holds.
    """
    pattern, result = fitted.pattern, fitted.result
    rows = np.array([pattern.index(f"scale_{key(p.name)}") for p in pattern.phases])
    scale = result.values[rows]
    total = scale.sum()
    covariance = _scale_covariance(fitted, rows)
    found = total > 0 and total >= SIGNIFICANT * np.sqrt(covariance.sum())
    share = scale / (total if found else np.nan)
    by = (np.eye(rows.size) - share[:, None]) / (total if found else np.nan)
    stderr = 100 * np.sqrt(np.einsum("ij,jk,ik->i", by, covariance, by))
    flags = [list(result.flags(result.names[i])) for i in rows]
    notes = [result.misfit_reason if result.misfit else ""] * rows.size
    if not found:
        flags = [["not_identifiable"]] * rows.size
    percent = 100 * share
    absorption = np.array([p.linear_absorption for p in pattern.phases])
    if particle_um is not None:
        percent = 100 * without_microabsorption(share, pattern.phases, particle_um)
        half = 100 * without_microabsorption(share, pattern.phases, particle_um / 2)
        depth = absorption[share > PRESENT].max(initial=0.0) * particle_um * 1e-4
        for i in np.flatnonzero((np.abs(half - percent) > POINTS) & (depth > COARSEST)):
            flags[i] = [*flags[i], "systematic"]
            moved = (
                f"microabsorption: {half[i]:.1f} wt% for half of particle_um, {100 * share[i]:.1f} "
            )
            moved += f"uncorrected; mu D = {depth:.2g}, above 1, is too coarse for a correction"
            notes[i] = "; ".join(filter(None, (notes[i], moved)))
    elif np.isfinite(share).all() and np.isfinite(absorption).all():
        present = share > PRESENT
        contrast = absorption[present].max() / absorption[present].min()
        ends = 100 * np.array(
            [
                without_microabsorption(share, pattern.phases, size)
                for size in _sizes(share, pattern.phases)
            ]
        )
        most = np.abs(ends - percent).max(axis=0)
        for i in np.flatnonzero((most > 1.96 * stderr) & ((contrast > CONTRAST) | (most > POINTS))):
            flags[i] = [*flags[i], "systematic"]
            moved = (
                f"microabsorption: {ends[:, i].min():.1f} to {ends[:, i].max():.1f} wt% for "
                f"particles of {LEAST_UM:g} um and more; give particle_um"
            )
            notes[i] = "; ".join(filter(None, (notes[i], moved)))
    low, high = _share_interval(percent, stderr)
    for i in np.flatnonzero(scale < WEAK * np.sqrt(np.diag(covariance)) if found else ()):
        most = scale.copy()
        most[i] = _largest_scale(fitted, rows[i], float(np.sqrt(covariance[i, i])))
        end = most / most.sum()
        if particle_um is not None:
            end = without_microabsorption(end, pattern.phases, particle_um)
        high[i] = max(high[i], 100 * end[i])
    return pd.DataFrame(
        {
            "phase": [p.name for p in pattern.phases],
            "weight_percent": percent,
            "stderr_percent": stderr,
            "ci_low": low,
            "ci_high": high,
            "flag": [";".join(as_flags(found)) for found in flags],
            "note": notes,
        }
    )


def _share_interval(percent: NDArray, stderr: NDArray) -> tuple[NDArray, NDArray]:
    """95 % intervals of shares, cut off at 0 and 100 %.

    The end that is left stays where a two-sided interval has it: one-sided limits beside
    two-sided intervals cover less where a share lies between (Feldman and Cousins, Phys. Rev. D
    57 (1998) 3873).
    """
    return np.clip(percent - 1.96 * stderr, 0, 100), np.clip(percent + 1.96 * stderr, 0, 100)


def _largest_scale(fitted: PatternFit, i: int, step: float) -> float:
    """Upper 95 % end of a small scale by the likelihood's profile, all else refitted.

    The size of what is hardly there follows the noise, and the error at that size says little:
    a needle of noise gives it a small one. Sizes too broad for a phase are left out.
    """
    result, begin = fitted.result, fitted.result.values
    lower = result.problem.lower.copy()
    sizes = [name.startswith("size") for name in result.names]
    lower[sizes] = np.minimum(BROADEST_NM, result.problem.upper[sizes])
    problem, scale, rise = replace(result.problem, lower=lower), begin[i], 0.0
    unit = result.reduced_chi2 * _memory(result)
    while True:
        held = problem.fixed_at(result.names[i], np.array([scale + step]))
        end = levenberg_marquardt(held, begin, max_iterations=ROUND, tolerance=ORTHOGONAL)
        before, rise = rise, float(np.sqrt(max(end.chi2[0] - result.chi2, 0.0) / unit))
        if rise > 1.96:  # the root of the rise is straight where the model is linear
            return scale + step * (1.96 - before) / (rise - before)
        scale, step, begin = scale + step, CLOSER * step, end.values[0]


def without_microabsorption(share: NDArray, phases: Sequence[Phase], particle_um: float) -> NDArray:
    """Correct weight shares for microabsorption, Brindley's way.

    A particle that absorbs more than the mean of the powder scatters less than its mass:
    w_i ~ s_i / tau_i (:func:`nasicon.diffraction.model_powder.particle_contrast`), where
    the mean itself follows from the corrected shares.

    Parameters
    ----------
    share : ndarray, shape (n,)
        Weight shares as the scales give them.
    phases : sequence of Phase
        With their mass absorption at Cu K-alpha.
    particle_um : float
        Diameter of the particles, the same for all phases.

    Raises
    ------
    ValueError
        An unknown absorption, or |contrast| D above 1: then a reflection comes from the
        skin of the particles and no correction holds; grind finer.
    """
    unknown = [p.name for p in phases if not np.isfinite(p.linear_absorption)]
    if unknown:
        raise ValueError(f"no mass absorption is tabulated for {', '.join(unknown)}")
    positive(particle_um=particle_um)
    found, worst = _corrected(share, phases, particle_um)
    if worst > COARSEST:
        raise ValueError(
            f"particles of {particle_um:g} um differ from the mean absorption by {worst:.2g} over "
            f"their diameter; above {COARSEST:g} no correction holds: grind finer than "
            f"{particle_um * COARSEST / worst:.2g} um"
        )
    return found


def _corrected(
    share: NDArray, phases: Sequence[Phase], particle_um: float
) -> tuple[NDArray, float]:
    """Corrected shares, and the largest |contrast| times diameter of a phase that is there."""
    density = np.array([p.density for p in phases])
    absorption = np.array([p.linear_absorption for p in phases])
    found = share
    for _ in range(ITERATIONS):
        volume = found / density
        contrast = absorption - (volume @ absorption) / volume.sum()
        found = share / particle_contrast(contrast, particle_um)
        found = found / found.sum()
    return found, float(np.abs(contrast[share > 0]).max()) * particle_um * 1e-4


def _sizes(share: NDArray, phases: Sequence[Phase]) -> NDArray:
    """Ends of the range of particle sizes for which a correction holds, within 1 to 20 um."""
    sizes = np.geomspace(LEAST_UM, MOST_UM, 12)
    worst = np.array([_corrected(share, phases, size)[1] for size in sizes])
    held = sizes[np.logical_and.accumulate(worst <= COARSEST)]
    return held[[0, -1]] if held.size else np.array([LEAST_UM / 10])


def _scale_covariance(fitted: PatternFit, rows: NDArray) -> NDArray:
    """Covariance of the scales, those that end at zero included as if they were free."""
    result = fitted.result
    if not result.at_bound[rows].any():
        return np.nan_to_num(result.covariance[np.ix_(rows, rows)])
    jacobian = _jacobian(result)
    free = np.union1d(np.flatnonzero(~result.at_bound), rows)
    norm = np.linalg.norm(jacobian[:, free], axis=0)
    norm = np.where(norm > 0, norm, 1.0)
    inverse = np.linalg.pinv((jacobian[:, free] / norm).T @ (jacobian[:, free] / norm), rcond=1e-12)
    place = np.searchsorted(free, rows)
    covariance = (inverse / np.outer(norm, norm))[np.ix_(place, place)]
    added = _misalignment(jacobian, fitted.pattern, free)[place]
    return covariance * result.reduced_chi2 * _memory(result) + added @ added.T


def cells(fitted: PatternFit) -> pd.DataFrame:
    """Refined cell parameters: ``phase, parameter, value, stderr, unit, flag``."""
    return _parameters(fitted, model.CELL_NAMES)


def sizes(fitted: PatternFit) -> pd.DataFrame:
    """Apparent crystallite sizes and strains, 95 % interval included.

    Only as good as the instrument's width: with ``gauss_deg`` refined, whatever
    width is Lorentzian counts as size.
    """
    return _parameters(fitted, ("size", "strain", "march"))


def _parameters(fitted: PatternFit, stems: tuple[str, ...]) -> pd.DataFrame:
    table = fitted.result.table()
    found = {row["parameter"]: row for row in table.to_dict("records")}
    rows = [
        {**found[name], "phase": phase.name, "parameter": stem}
        for phase in fitted.pattern.phases
        for stem in stems
        if (name := f"{stem}_{key(phase.name)}") in found
    ]
    return pd.DataFrame(rows, columns=["phase", *table.columns])


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
