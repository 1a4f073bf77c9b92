"""Whether a model fits: residuals against an independent noise, and structure in them.

A reduced chi-squared that was used to scale the errors says nothing about the model. What
does: a noise known from elsewhere (counting statistics, repeated points, differences of
neighbours, a Kramers-Kronig test), and residuals that neighbours share.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FALSE_ALARMS = 1e-3  # of each of the two tests on a right model
EXCESS = 1.25  # residual over noise below which a significant misfit does no harm
SHARED = 0.3  # lag-one correlation below which structure is too weak to move a number
DETECTED = 30.0  # drop of chi2 below which a component is not there
BUMP = 6.0  # standard errors of a sum of neighbours that noise does not reach
NOISE_TIMES, NOISE_CHANGES = 1.5, 5.0  # of a noise that changes along a record; standard errors
SATURATED_RUN, SATURATED_POINTS = 4, 6  # equal highest points, in a row and anywhere
MANY = 20.0  # counts: beside more of them one of 10^7 points is a zero that was counted
SMOOTH = 0.6  # share of the noise that counts of neighbours have in common after smoothing only
GROWTH = (1.4, 6.0)  # of differences when doubled: noise 1, a running mean 2, a curve 16
FULL = tuple(2**bits - 1 for bits in (12, 14, 16, 18, 20))  # of a converter
ROUNDED = 1e-3  # of the scatter of a line, by which its mean is zero
FEWEST = 12  # residuals below which neither test is made
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Misfit:
    """What the residuals of a fit say about its model.

    Attributes
    ----------
    found : bool
    ratio : float
        Standard deviation of the residuals over the noise; nan where no noise is known.
    correlation : float
        Lag-one correlation of the residuals in the order of the data.
    reason : str
        One clause with both sizes; empty where nothing was found.
    """

    found: bool
    ratio: float
    correlation: float
    reason: str = ""


def noise_from_differences(values: ArrayLike) -> float:
    """Standard deviation of white noise from second differences, robust against lines.

    d_i = y_i - (y_(i-1) + y_(i+1))/2 has 3/2 of the variance of the noise (von Neumann's
    idea at second order: Gasser, Sroka and Jennen-Steinmetz, Biometrika 73 (1986) 625);
    its median absolute value does not feel the few points where a line bends. Noise that
    is correlated from point to point comes out too small.

    Parameters
    ----------
    values : array_like, shape (n,)
        Evenly spaced data, n >= 5.
    """
    y = np.asarray(values, dtype=float)
    if y.ndim != 1 or y.size < 5:
        raise ValueError(f"values must be one row of at least 5 numbers, got shape {y.shape}")
    d = y[1:-1] - (y[:-2] + y[2:]) / 2
    return float(MAD_TO_SIGMA * np.median(np.abs(d)) / np.sqrt(1.5))


def scatter(values: ArrayLike, spacing: int) -> tuple[float, float]:
    """Standard deviation of noise that neighbours may share, and their correlation.

    Second differences over ``spacing`` points do not feel a correlation that has died by
    then (zero filling, smoothing) nor structure much wider; first differences of neighbours
    give the correlation: their variance is 2 (1 - rho) of that of the noise.

    Parameters
    ----------
    values : array_like, shape (n,)
        Evenly spaced; best the residuals of a fit or a piece without lines.
    spacing : int
        In points; n must be more than twice as large.
    """
    y = np.asarray(values, dtype=float)
    if spacing < 1 or y.size <= 2 * spacing + 4:
        raise ValueError(f"{y.size} values are too few for a spacing of {spacing} points")
    d = y[spacing:-spacing] - (y[: -2 * spacing] + y[2 * spacing :]) / 2
    noise = float(MAD_TO_SIGMA * np.median(np.abs(d - np.median(d))) / np.sqrt(1.5))
    if not noise > 0:
        return 0.0, 0.0
    near = MAD_TO_SIGMA * np.median(np.abs(np.diff(y)))
    return noise, float(np.clip(1 - (near / noise) ** 2 / 2, 0.0, 0.98))


def noise_step(values: ArrayLike, axis: ArrayLike, unit: str) -> str:
    """Say from where along a record its noise is another; empty where it is one.

    By the logarithms of second differences, which lines hardly feel, of evenly spaced residuals
    (n,) along an axis (n,); either side has an eighth of the record at least.
    """
    y = np.asarray(values, dtype=float)
    log = np.abs(y[1:-1] - (y[:-2] + y[2:]) / 2)
    log = np.log(np.maximum(log, max(1e-3 * float(np.median(log)), 1e-300)))
    first = np.arange(log.size // 8, log.size - log.size // 8)
    if first.size < 2 * FEWEST:
        return ""
    before = np.cumsum(log)[first - 1] / first
    change = (log.sum() - first * before) / (log.size - first) - before
    # ln|d| of a normal has a deviation of 1.11; two neighbours share it
    chance = 1.11 * np.sqrt(2 / first + 2 / (log.size - first))
    at = int(np.argmax(np.abs(change) / chance))
    if abs(change[at]) < max(np.log(NOISE_TIMES), NOISE_CHANGES * chance[at]):
        return ""
    return (
        f"the noise is {np.exp(change[at]):.2g} times as large above {axis[first[at] + 1]:.4g} "
        f"{unit} as below: two measurements joined? Fit either by itself"
    )


def saturation(values: ArrayLike) -> str:
    """Say that a record was cut off at its highest value; empty where it was not.

    Several neighbours that share it, or still more points anywhere where the next lower value
    stands hardly once: noise makes neither.

    Parameters
    ----------
    values : array_like, shape (n,)
        As recorded; of a signal about zero the absolute values of one channel.
    """
    y = np.asarray(values, dtype=float)
    highest = np.nanmax(y)
    top = np.flatnonzero(y == highest)
    runs = np.split(top, np.flatnonzero(np.diff(top) > 1) + 1)
    lower = y[y < highest]
    if not lower.size:
        return ""
    many = top.size >= SATURATED_POINTS and np.count_nonzero(lower == lower.max()) == 1
    many |= highest in FULL
    if max(map(len, runs)) < SATURATED_RUN and not many:
        return ""
    return (
        f"{top.size} points at the highest value, {highest:g}: a saturated detector or receiver; "
        "measure again with less signal"
    )


def flattened(image: ArrayLike) -> bool:
    """Whether every line (row) of an image has a mean or median of zero: its own was taken off."""
    y = np.asarray(image, dtype=float)
    allowed = ROUNDED * y.std(axis=1)
    found = [np.abs(of(y, axis=1)) < allowed for of in (np.mean, np.median)]
    return len(y) >= SATURATED_RUN and bool(np.all(found, axis=1).any())


def zeroed(counts: ArrayLike) -> str:
    """Say that zeros were put into counts: beside so many, Poisson's law makes none."""
    y = np.asarray(counts, dtype=float)
    around = np.maximum(np.append(y[1:], 0), np.insert(y[:-1], 0, 0))
    if (count := np.count_nonzero((y == 0) & (around > MANY))) < SATURATED_RUN:
        return ""
    return (
        f"{count} zeros beside many counts: a background was subtracted, or a detector dropped out"
    )


def smoothed(residuals: ArrayLike, spacing: int, counted: bool = True) -> str:
    """Say that neighbours share their noise, and (`counted`) that it is less than counting's.

    ``residuals`` in units of counting noise, best where no lines are; ``spacing`` in points,
    longer than a smoothing reaches, as in `scatter`.
    """
    r = np.asarray(residuals, dtype=float)
    shared = scatter(r, spacing)[1] if r.size > 6 * spacing else 0.0
    if shared < SMOOTH or (counted and r @ r > r.size):
        return ""
    return f"neighbours share {shared:.0%} of the noise: smoothed, interpolated or calculated?"


def smoothed_over(values: ArrayLike, quiet: NDArray) -> int:
    """Points (8 to 64) over which noise was smoothed; 0 where it was not.

    Second differences over 1, 2, 4, 8 points are alike in white noise and grow with the distance
    up to the length of a smoothing; structure makes them grow as its fourth power, two or three
    interpolated points stop early. First differences of a running mean repeat, turned, after its
    length. ``quiet`` (n,): where there is least of lines.
    """
    y, inside = np.asarray(values, dtype=float), quiet[8:-8]
    if np.count_nonzero(inside) < 8 * FEWEST:
        return 0
    apart = (y[8:-8] - (y[8 - k : -8 - k] + y[8 + k : y.size - 8 + k]) / 2 for k in (1, 2, 4, 8))
    size = np.array([np.median(np.abs(d[inside])) ** 2 for d in apart])
    if not all(GROWTH[0] * a < b < GROWTH[1] * a for a, b in itertools.pairwise(size)):
        return 0
    step = np.where(quiet[1:], np.diff(y), 0.0)
    step = step.clip(*np.quantile(step[quiet[1:]], (0.02, 0.98)))
    return 8 + int(np.argmin([step[k:] @ step[:-k] for k in range(8, 65)]))


def undetected(parts: NDArray, base: NDArray, data: NDArray, variance: float) -> NDArray:
    """Which components are not there: without them the sum of squares is hardly larger.

    The others and the baseline are refitted linearly; a drop below ``DETECTED`` variances is
    what a search over the whole axis finds in noise.

    Parameters
    ----------
    parts : ndarray, shape (k, m)
        Fitted components.
    base : ndarray, shape (m, b)
        What is fitted freely under them.
    data : ndarray, shape (m,)
    variance : float
        Of a datum, times the factor by which correlation lengthens its memory.

    Returns
    -------
    ndarray of bool, shape (k,)
    """

    def remaining(columns: NDArray) -> float:
        left = data - columns @ np.linalg.lstsq(columns, data, rcond=None)[0]
        return float(left @ left)

    whole = np.column_stack([parts.T, base])
    all_of_it = remaining(whole)
    return np.array(
        [
            remaining(np.delete(whole, i, axis=1)) - all_of_it < DETECTED * variance
            for i in range(len(parts))
        ]
    )


def judge_residuals(
    residuals: ArrayLike,
    parameters: int,
    *,
    noise: float | None = None,
    noise_freedom: float = np.inf,
    own_correlation: float = 0.0,
    series: int = 1,
    widths: Sequence[int] = (),
) -> Misfit:
    """Judge the residuals of a fit.

    Parameters
    ----------
    residuals : array_like, shape (m,)
        Weighted, in the order of the data.
    parameters : int
        Fitted ones.
    noise : float, optional
        Standard deviation that the residuals should have; None where nothing tells.
    noise_freedom : float
        Degrees of freedom of that estimate; infinite where it is known.
    own_correlation : float
        Lag-one correlation that the noise itself has (zero filling, smoothing).
    series : int
        Number of stacked rows of equal length in `residuals` (2 for real and imaginary
        parts): neighbours are looked for within each.
    widths : sequence of int
        In points: sums of so many neighbours are looked at too, each for a line that the model
        leaves out and all together for a shape that is wrong; none where an instrument's small
        systematic errors are to be let pass.

    Returns
    -------
    Misfit
        Found where the residuals exceed the noise by an F test at ``FALSE_ALARMS`` and by
        ``EXCESS``, where a sum of neighbours exceeds its own standard error ``BUMP`` times or
        all sums theirs by the same test, or where neighbours share more of them than ``SHARED``
        and than white noise would at ``FALSE_ALARMS`` (the fit itself makes residuals alternate
        a little, which only hides structure).
    """
    r = np.asarray(residuals, dtype=float)
    r = r[np.isfinite(r)] if series == 1 else r
    freedom = r.size - parameters
    if r.size < FEWEST or freedom < 4:
        return Misfit(False, np.nan, np.nan)
    spread, own = float(np.sqrt(r @ r / freedom)), max(own_correlation, 0.0)
    correlation = lag_one(r, series)
    ratio = spread / noise if noise else np.nan

    def reasons() -> Iterator[str]:
        if noise and ratio > EXCESS and _chance(ratio, freedom, noise_freedom) < FALSE_ALARMS:
            yield f"residuals {ratio:.3g} times the noise ({noise:.3g})"
        for width in (w for w in widths if noise and 2 * w < r.size):
            sums = np.convolve(r, np.ones(width), mode="valid")
            scale = noise * np.sqrt(width * ((1 + own) / (1 - own)))
            bump = float(np.abs(sums).max()) / scale
            if bump > max(BUMP, stats.t.isf(FALSE_ALARMS / r.size, noise_freedom)):
                yield f"{width} neighbours together are {bump:.3g} standard errors off"
            blocks = sums[::width] / scale
            broad = float(np.sqrt(np.mean(blocks**2)))
            if broad > EXCESS and _chance(broad, blocks.size, noise_freedom) < FALSE_ALARMS:
                yield f"sums of {width} neighbours are {broad:.3g} times those of the noise"
        # a few large residuals may make up all of the sum: fewer than there are points
        count = min(r.size, 3 * float(r @ r) ** 2 / max(float((r**4).sum()), 1e-300))
        unsure = (1 - own) * np.sqrt(2 / noise_freedom) if own else 0.0  # of the estimate itself
        limit = own + stats.norm.isf(FALSE_ALARMS) * np.hypot(1 / np.sqrt(max(count, 1.0)), unsure)
        if correlation > max(SHARED, limit):
            share, chance = 100 * correlation, 100 * limit
            yield f"neighbouring residuals share {share:.0f} % (chance: {chance:.0f} %)"

    reason = next(reasons(), "")
    return Misfit(bool(reason), ratio, correlation, reason)


def _chance(ratio: float, freedom: float, noise_freedom: float) -> float:
    """Probability of such a ratio where the model is right."""
    if np.isinf(noise_freedom):
        return float(stats.chi2.sf(freedom * ratio**2, freedom))
    return float(stats.f.sf(ratio**2, freedom, noise_freedom))


def lag_one(residuals: NDArray, series: int = 1) -> float:
    """Lag-one correlation of residuals, within each of ``series`` stacked rows."""
    rows = residuals.reshape(series, -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    total = float((rows**2).sum())
    return float((rows[:, 1:] * rows[:, :-1]).sum() / total) if total > 0 else 0.0
