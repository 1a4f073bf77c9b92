"""Broad glass bands over a baseline, their ratio, and how little glass could be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from nasicon.core.fitting import fit
from nasicon.core.quality import saturation, scatter, undetected
from nasicon.core.result import LN10, FitResult, Problem
from nasicon.core.spectra import of_table
from nasicon.core.starts import place
from nasicon.core.statistics import correlation_factor
from nasicon.raman import model_bands

# Between the minima beside the bands, with a straight baseline: in a wider window, or with a
# curved baseline, the tails of the phosphate bands pull the ratio (seen on simulated spectra).
BAND_WINDOW_CM1 = (520.0, 860.0)
SHARE_WINDOW_CM1, SHARE_DEGREE = (500.0, 900.0), 3
CENTRES, WIDTHS, START_FWHM_CM1 = 7, 3, (45.0, 110.0)  # where bands are placed
STARTS = 8
FEWEST_POINTS = 30
SMOOTHNESS = 1e5  # of the arPLS baseline, at a step of 1 cm-1


@dataclass(frozen=True)
class Band:
    """A broad band: name, start position and how far it may move, range of its width (cm-1)."""

    name: str
    centre: float
    reach: float = 25.0
    fwhm: tuple[float, float] = (30.0, 140.0)


TIO6, TIO4 = Band("TiO6", 600.0), Band("TiO4", 750.0)


@dataclass(frozen=True)
class BandFit:
    """Bands over a polynomial baseline, fitted together in one window.

    Attributes
    ----------
    result : FitResult
        ``<band>_centre``, ``<band>_fwhm`` (cm-1), ``<band>_area``; ``b0`` ... the baseline in
        units of the highest point.
    x, intensity, baseline : ndarray
        The window.
    correlation : float
        Of the residuals; intervals are widened by its root.
    """

    bands: tuple[Band, ...]
    result: FitResult
    x: NDArray
    intensity: NDArray
    baseline: NDArray
    correlation: float

    def component(self, band: str, x: NDArray | None = None) -> NDArray:
        """One band without the baseline."""
        r = self.result
        shape = model_bands.gaussian(
            self.x if x is None else x, r[f"{band}_centre"], r[f"{band}_fwhm"]
        )
        return r[f"{band}_area"] * shape

    def ratio(self, above: str = "TiO4", below: str = "TiO6") -> tuple[float, float, float]:
        """Area ratio of two bands with its 95 % interval (symmetric in the logarithm)."""
        r = self.result
        i, j = r.index(f"{above}_area"), r.index(f"{below}_area")
        c = r.covariance
        spread = np.sqrt((c[i, i] + c[j, j] - 2 * c[i, j]) * self.correlation) * LN10
        value = float(r.values[i] / r.values[j])
        return value, float(value * np.exp(-1.96 * spread)), float(value * np.exp(1.96 * spread))

    def flags(self) -> tuple[str, ...]:
        """Flags of the fitted areas together."""
        found = [f for band in self.bands for f in self.result.flags(f"{band.name}_area")]
        return tuple(dict.fromkeys(found))


def spectrum(table: pd.DataFrame, window: tuple[float, float]) -> tuple[NDArray, NDArray]:
    """Ascending axis and intensity in a window, cosmic rays left out.

    Raises
    ------
    ValueError
        Missing columns, a window that the spectrum does not cover, too few or non-finite points.
    """
    table = table if "cosmic_ray" in table else table.assign(cosmic_ray=False)
    names = ("raman_shift_cm1", "intensity", "cosmic_ray")
    x, y, spike = of_table(table, names, FEWEST_POINTS, "cm-1")
    low, high = window
    if not low < high:
        raise ValueError(f"window must be (low, high), got {window}")
    step = float(np.median(np.diff(x)))
    if x[0] > low + 2 * step or x[-1] < high - 2 * step:
        raise ValueError(
            f"the window {low:g} to {high:g} cm-1 is not inside the spectrum "
            f"({x[0]:g} to {x[-1]:g})"
        )
    kept = (x >= low) & (x <= high) & (spike == 0)
    if kept.sum() < FEWEST_POINTS:
        raise ValueError(
            f"{int(kept.sum())} points between {low:g} and {high:g}; at least {FEWEST_POINTS}"
        )
    return x[kept], y[kept]


def baseline(table: pd.DataFrame) -> NDArray:
    """Baseline of a whole spectrum by asymmetrically reweighted smoothing (arPLS), table's order.

    S.-J. Baek et al., Analyst 140 (2015) 250, as in pybaselines. For display and for lines;
    a broad band of the baseline's own width needs a joint fit instead (`fit_bands`).
    """
    from pybaselines import Baseline

    x = table["raman_shift_cm1"].to_numpy(dtype=float)
    step = float(np.median(np.abs(np.diff(x))))
    fitter = Baseline(x_data=x, check_finite=True)
    return fitter.arpls(table["intensity"].to_numpy(dtype=float), lam=SMOOTHNESS / step**4)[0]


def fit_bands(
    table: pd.DataFrame,
    bands: Sequence[Band] = (TIO6, TIO4),
    *,
    window: tuple[float, float] = BAND_WINDOW_CM1,
    degree: int = 1,
) -> BandFit:
    """Fit Gaussian bands and a polynomial baseline together.

    The baseline is part of the fit, so that its uncertainty is in the bands' intervals.
    ``misfit``: the residuals are above their own scatter or neighbours share them, or the
    detector was saturated; ``not_identifiable``: a band without which the fit is as good.

    Parameters
    ----------
    table : DataFrame
        ``raman_shift_cm1``, ``intensity`` and, where known, ``cosmic_ray``.
    bands : sequence of Band
    window : (float, float)
        cm-1; free of sharp lines.
    degree : int
        Of the baseline.
    """
    if not 0 <= degree <= 5:
        raise ValueError(f"degree must be 0 to 5, got {degree}")
    x, y = spectrum(table, window)
    scale = float(np.ptp(y))
    if not scale > 0:
        raise ValueError("the intensity is constant; there is no band in it")
    powers = _powers(x, window, degree)
    problem = _problem(x, y / scale, tuple(bands), powers, scale)
    starts = _starts(problem, x, y / scale, tuple(bands), powers, scale)
    result = fit(problem, starts, steps=(6, 12))
    result = _judged(result, x, y, float(min(result[f"{b.name}_fwhm"] for b in bands)))
    line = powers @ result.values[3 * len(bands) :] * scale
    factor = correlation_factor(result.residuals)
    found = BandFit(tuple(bands), result, x, y, line, factor)
    parts = np.array([found.component(band.name) for band in bands]) / scale
    absent = undetected(parts, powers, y / scale, result.reduced_chi2 * factor)
    there = result.identifiable & ~np.append(np.repeat(absent, 3), [False] * (degree + 1))
    return replace(found, result=replace(result, identifiable=there))


def _problem(
    x: NDArray, y: NDArray, bands: tuple[Band, ...], powers: NDArray, scale: float
) -> Problem:
    names = [f"{b.name}_{q}" for b in bands for q in ("centre", "fwhm", "area")]
    names += [f"b{i}" for i in range(powers.shape[1])]
    lower = [v for b in bands for v in (b.centre - b.reach, b.fwhm[0], 1e-4 * scale)]
    upper = [v for b in bands for v in (b.centre + b.reach, b.fwhm[1], 1e4 * scale)]
    rest = powers.shape[1]
    floor = 10.0 + float(np.abs(y).max())

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        jacobian = np.empty((len(values), x.size, len(names)))
        jacobian[..., 3 * len(bands) :] = powers
        model = values[:, 3 * len(bands) :] @ powers.T
        for i in range(len(bands)):
            centre, fwhm, area = (values[:, [3 * i + j]] for j in range(3))
            value, by_centre, by_fwhm = model_bands.gaussian_derivatives(x, centre, fwhm)
            model = model + area / scale * value
            jacobian[..., 3 * i] = area / scale * by_centre
            jacobian[..., 3 * i + 1] = area / scale * by_fwhm
            jacobian[..., 3 * i + 2] = value / scale
        return model - y, jacobian

    return Problem(
        names=tuple(names),
        units=("cm-1", "cm-1", "intensity cm-1") * len(bands) + ("1",) * rest,
        lower=np.array(lower + [-floor] * rest),
        upper=np.array(upper + [floor] * rest),
        positive=np.array([False, True, True] * len(bands) + [False] * rest),
        evaluate=evaluate,
        resolution=np.array([20.0, 0.25, 0.25] * len(bands) + [np.inf] * rest),
    )


def _starts(
    problem: Problem, x: NDArray, y: NDArray, bands: tuple[Band, ...], powers: NDArray, scale: float
) -> NDArray:
    """Centres and widths on a grid, placed against each other; areas and baseline follow."""
    free = np.linalg.qr(powers)[0]
    grids, blocks = [], []
    for b in bands:
        centres = b.centre + b.reach * np.linspace(-0.8, 0.8, CENTRES)
        widths = np.geomspace(*np.clip(START_FWHM_CM1, *b.fwhm), WIDTHS)
        grid = np.array([(c, w) for c in centres for w in widths])
        shapes = model_bands.gaussian(x, grid[:, :1], grid[:, 1:])
        grids.append(grid)
        blocks.append(shapes - (shapes @ free) @ free.T)
    found = place(blocks, y - free @ (free.T @ y))
    starts = []
    for row in found.distinct(STARTS, range(len(bands))):
        picked = [grid[i] for grid, i in zip(grids, found.picks[row], strict=True)]
        areas = found.coefficients[row]
        model = sum(a * model_bands.gaussian(x, *p) for a, p in zip(areas, picked, strict=True))
        line = np.linalg.lstsq(powers, y - model, rcond=None)[0]
        values = [v for p, a in zip(picked, areas, strict=True) for v in (*p, max(a, 0.01) * scale)]
        starts.append(np.clip([*values, *line], problem.lower, problem.upper))
    return np.array(starts)


def _judged(result: FitResult, x: NDArray, y: NDArray, narrowest: float) -> FitResult:
    """Residuals against their own scatter at distances that no band follows.

    Saturated points are no measured intensities: with some in the window no area is one.
    """
    spacing = int(np.clip(0.15 * narrowest / np.median(np.diff(x)), 1, len(x) // 6))
    noise, correlation = scatter(result.residuals, spacing)
    return result.judged(
        noise,
        noise_freedom=len(x) / 3,
        own_correlation=correlation,
        widths=(spacing, 2 * spacing, 4 * spacing),
    ).doubted(saturation(y))


@dataclass(frozen=True)
class GlassShare:
    """Glass in a mostly crystalline sample, relative to a pure glass at equal settings."""

    share: float
    stderr: float

    @property
    def limit(self) -> float:
        """Smallest share found with 95 % probability while 5 % of blanks are taken for it.

        L. A. Currie, Anal. Chem. 40 (1968) 586.
        """
        return 3.29 * self.stderr

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval; it may reach below zero."""
        return self.share - 1.96 * self.stderr, self.share + 1.96 * self.stderr


def glass_share(
    table: pd.DataFrame,
    glass: BandFit,
    window: tuple[float, float] = SHARE_WINDOW_CM1,
    degree: int = SHARE_DEGREE,
) -> GlassShare:
    """Share of a glass in a sample from its bands, positions and widths held.

    Linear: the glass's fitted bands as one template, and a polynomial. It assumes that both
    spectra were taken with equal settings from equal volumes, and says nothing of crystal
    lines inside the window.
    """
    x, y = spectrum(table, window)
    template = sum(glass.component(b.name, x) for b in glass.bands)
    if not template.any():
        raise ValueError("the glass has no band in the window")
    design = np.column_stack([template, _powers(x, window, degree)])
    inverse = np.linalg.pinv(design)
    found = inverse @ y
    residual = y - design @ found
    variance = residual @ residual / (x.size - found.size) * correlation_factor(residual)
    return GlassShare(float(found[0]), float(np.sqrt(variance) * np.linalg.norm(inverse[0])))


def _powers(x: NDArray, window: tuple[float, float], degree: int) -> NDArray:
    """Powers of the place in the window, from -1 to 1, shape (n, degree + 1)."""
    return np.vander(2 * (x - window[0]) / (window[1] - window[0]) - 1, degree + 1, increasing=True)


def line_position(table: pd.DataFrame, near: float, *, reach: float = 12.0) -> FitResult:
    """Position of a sharp line: a Gaussian on a constant, fitted to its upper half.

    The upper half has little of neighbours and shoulders, and there a Lorentzian and a
    Gaussian have the same position.

    Parameters
    ----------
    table : DataFrame
    near : float
        Where the highest point is looked for, cm-1.
    reach : float
        At most so far to either side, cm-1.
    """
    x, y = _near(table, near, reach)
    step = float(np.median(np.diff(x)))
    top = float(x[np.argmax(uniform_filter1d(y, max(1, int(reach / step / 4))))])
    x, y = _near(table, top, reach)
    step = float(np.median(np.diff(x)))
    smooth = uniform_filter1d(y, max(1, int(reach / step / 4)))  # one point ends no half
    upper = (smooth >= (smooth.min() + smooth.max()) / 2) | (np.abs(x - top) <= 3.01 * step)
    left = np.flatnonzero(~upper & (x < top))
    right = np.flatnonzero(~upper & (x > top))
    kept = slice(left[-1] + 1 if left.size else 0, right[0] if right.size else len(x))
    x, y = x[kept], y[kept]
    scale = float(np.ptp(y)) or 1.0
    band = (Band("line", top, reach, (1.5 * step, 4 * reach)),)
    problem = _problem(x, y / scale, band, np.ones((x.size, 1)), scale)
    rows = [
        [top, width, scale * width, float(y.min() / scale)]
        for width in (3 * step, reach / 2, reach)
    ]
    return fit(problem, np.clip(rows, problem.lower, problem.upper))


def _near(table: pd.DataFrame, centre: float, reach: float) -> tuple[NDArray, NDArray]:
    ordered = table.sort_values("raman_shift_cm1", kind="stable")
    x = ordered["raman_shift_cm1"].to_numpy(dtype=float)
    inside = np.abs(x - centre) <= reach
    if inside.sum() < 7:
        raise ValueError(
            f"{int(inside.sum())} points within {reach:g} cm-1 of {centre:g}; at least 7 are "
            "needed: widen reach, or the line is outside the spectrum"
        )
    return x[inside], ordered["intensity"].to_numpy(dtype=float)[inside]
