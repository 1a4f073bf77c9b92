"""Peaks and background of a photoemission region, fitted together.

The Shirley background is the running integral of the *fitted* peaks times one
parameter, so it is recomputed with them at every step (A. Herrera-Gomez,
The active background method in XPS data peak-fitting, CINVESTAV report, 2012); a
Tougaard background has a fitted scale. Doublets have a fixed splitting and area ratio. Binding
energies carry the uncertainty of the charge reference, their differences do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.signal import savgol_filter
from scipy.stats import qmc

from nasicon.core.fitting import fit, profile_interval
from nasicon.core.quality import noise_from_differences, saturation, smoothed, zeroed
from nasicon.core.result import FitResult, Problem
from nasicon.core.spectra import of_table
from nasicon.xps.model_lines import PseudoVoigt, Tougaard
from nasicon.xps.model_region import Peak, Region, parameter

__all__ = ["Peak", "Region", "XpsFit", "fit_region", "parameter"]

BACKGROUNDS = ("shirley", "tougaard", "linear")
FEWEST_POINTS = 8
TRIALS, STARTS = 64, 12
PROFILE_POINTS, REACH = 9, 6.0  # to either side, over so many standard errors of an area
NOISE_WIDTHS = (5, 10, 20)  # points, over which a shape that is wrong is looked for
PRESENT, WEAK = 5.0, 10.0  # standard errors of its area that make a peak; that make it strong
REWEIGHTED = 4  # times
CLEAR = 6.0  # three standard errors of a mean of squared differences, which share noise
MOST_LORENTZIAN = 0.98  # of the sum of both widths: a line has some Gaussian
CUT = 0.2  # of the lines' height, at an end of the window: above, shares leave their intervals
SLIGHT = 0.03  # share of the lines' signal, at 1.5 eV a shift of less than 0.05 eV
SMOOTHED_OVER = 12  # points
LARGEST_STEP = 1.0  # 1/eV, of the Shirley background per unit of peak area


@dataclass(frozen=True)
class XpsFit:
    """Fit of a region: the result, and what is needed to draw and to quote it.

    ``absent`` names the peaks whose area is no more than the highest bump of noise, ``weak``
    these and those little above it: the interval of their area is the likelihood's profile.
    ``slight``: a misfit of so little of the lines' signal that no position moves.
    """

    result: FitResult
    region: Region
    absent: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    slight: bool = False

    def curves(self) -> pd.DataFrame:
        """Data, model, background and every peak (doublets as one) on the energy axis."""
        values = self.result.values[None]
        model = self.region.model(values)[0][0]
        bare = replace(self.region, background="linear")  # there the slope by an area is the peak
        kept = values[:, [row[2] != "step" for row in self.region.fitted]]
        slopes = bare.model(kept)[1][0]
        parts = {
            row[3].name: kept[0, i] * slopes[:, i]
            for i, row in enumerate(bare.fitted)
            if row[2] == "area"
        }
        return pd.DataFrame(
            {
                "binding_energy_ev": self.region.energy_ev,
                "intensity": self.region.intensity,
                "model": model,
                "background": model - sum(parts.values()),
                **parts,
            }
        )

    def position_ev(self, name: str) -> float:
        """Fitted or held position of a peak."""
        return self._value(name, 1)

    def fwhm_ev(self, name: str) -> float:
        """Fitted, shared or held width of a peak."""
        return self._value(name, 3)

    def total_area(self, name: str) -> float:
        """Area of a peak, both lines of a doublet."""
        peak = next(p for p in self.region.peaks if p.name == name)
        return self.result[parameter(name, "area")] * (1 + peak.ratio)

    def _value(self, name: str, column: int) -> float:
        for line in self.region.lines(self.result.values[None]):
            if line[0].name == name:
                return float(line[column][0, 0])
        known = ", ".join(p.name for p in self.region.peaks)
        raise KeyError(f"no peak {name!r}; the fit has {known}")

    def referenced(self, shift_ev: float = 0.0, reference_error_ev: float = 0.3) -> pd.DataFrame:
        """Binding energies on a charge reference, with its uncertainty added in quadrature.

        Returns ``peak, position_ev, fit_stderr_ev, stderr_ev, ci_low_ev, ci_high_ev``.
        """
        if reference_error_ev < 0:
            raise ValueError(f"reference_error_ev must be >= 0, got {reference_error_ev}")
        rows = []
        for peak in self.region.peaks:
            name = parameter(peak.offset_from or peak.name, "position")
            held = name not in self.result.names
            error = 0.0 if held else float(self.result.stderr[self.result.index(name)])
            both = float(np.hypot(error, reference_error_ev))
            value = self.position_ev(peak.name) + shift_ev
            half = 1.96 * both
            rows.append((peak.name, value, error, both, value - half, value + half))
        columns = ["peak", "position_ev", "fit_stderr_ev", "stderr_ev", "ci_low_ev", "ci_high_ev"]
        return pd.DataFrame(rows, columns=columns)

    def difference(self, upper: str, lower: str) -> tuple[float, float]:
        """Distance of two peaks of this region and its standard error: no charge reference in it.

        Both positions must be fitted; their covariance is used.
        """
        i, j = (self.result.index(parameter(name, "position")) for name in (upper, lower))
        c = self.result.covariance
        return (
            float(self.result.values[i] - self.result.values[j]),
            float(np.sqrt(max(c[i, i] + c[j, j] - 2 * c[i, j], 0.0))),
        )

    def share(self, name: str) -> tuple[float, float]:
        """Share of a peak in the summed area, and its standard error (delta method)."""
        names = [peak.name for peak in self.region.peaks]
        index = [self.result.index(parameter(n, "area")) for n in names]
        factor, at = np.array([1 + p.ratio for p in self.region.peaks]), names.index(name)
        areas = factor * self.result.values[index]
        total = areas.sum()
        gradient = -areas[at] / total**2 * factor
        gradient[at] += factor[at] / total
        c = self.result.covariance[np.ix_(index, index)]
        return float(areas[at] / total), float(np.sqrt(gradient @ np.nan_to_num(c) @ gradient))

    def share_interval(self, name: str) -> tuple[float, float]:
        """95 % interval of a peak's share; of one that is absent an upper limit."""
        value, stderr = self.share(name)
        if name not in self.weak:
            # a weak peak's share is missing here as far as its limit lies above its value
            room = sum(self.share_interval(n)[1] - self.share(n)[0] for n in self.weak)
            return value - max(1.96 * stderr, room), min(value + 1.96 * stderr, 1.0)
        i = self.result.index(parameter(name, "area"))
        peak = next(p for p in self.region.peaks if p.name == name)
        ends = (1 + peak.ratio) * np.array([self.result.ci_low[i], self.result.ci_high[i]])
        rest = sum(self.total_area(p.name) for p in self.region.peaks if p.name != name)
        low, high = ends / (rest + ends) if rest else (0.0, 1.0)
        return float(low), float(high)


def fit_region(
    table: pd.DataFrame,
    peaks: Sequence[Peak],
    *,
    background: str = "shirley",
    tougaard: Tougaard | None = None,
    slope: bool = False,
    window_ev: tuple[float, float] | None = None,
) -> XpsFit:
    """Fit peaks and background of a region together, from starts found in the data.

    Standard deviations go with the root of the (smoothed) intensity.

    Parameters
    ----------
    table : DataFrame
        ``binding_energy_ev`` and one ``intensity_*`` column, in any order of energy.
    peaks : sequence of Peak
    background : {"shirley", "tougaard", "linear"}
        All stand on a constant; ``slope`` adds a straight line.
    tougaard : Tougaard, optional
        Loss function for ``"tougaard"``.
    window_ev : (low, high), optional
        Part of the region that is fitted.

    Raises
    ------
    ValueError
        Unknown names, data that cannot be used (NaN, negative counts, a repeated energy), or a
        peak whose range lies outside the window.
    """
    energy, intensity = _data(table, window_ev)
    if background not in BACKGROUNDS:
        raise ValueError(f"background must be one of {', '.join(BACKGROUNDS)}; got {background!r}")
    _check_peaks(peaks, energy)
    loss = None
    if background == "tougaard":
        signal = intensity - np.median(intensity[: max(3, len(energy) // 50)])
        loss = (tougaard or Tougaard()).background(energy, signal)
    sigma = _sigma(intensity)
    region = Region(energy, intensity, sigma, tuple(peaks), background, loss, slope)
    problem = _problem(region)
    result = fit(problem, _starts(region))
    if (wider := _with_unsteady(result, region)) is not None:
        region = replace(region, sigma=wider)
        problem, tried = _problem(region), result.starts_tried
        result = replace(fit(problem, [result.values]), starts_tried=tried)
    absent, weak = (_below(result, region, least) for least in (PRESENT, WEAK))
    ends = _profiled(result, weak)
    told = [parameter(name, kind) for name in absent for kind in ("position", "fwhm")]
    held = [result.index(name) for name in told if name in result.names]
    if held:  # nothing tells them
        lower, upper = problem.lower.copy(), problem.upper.copy()
        lower[held] = upper[held] = result.values[held]
        problem = replace(problem, lower=lower, upper=upper)
        result = fit(problem, [result.values])
        identifiable = result.identifiable.copy()
        identifiable[held] = False
        result = replace(result, identifiable=identifiable)
    low, high = result.ci_low.copy(), result.ci_high.copy()
    for name, (below, above) in ends.items():
        i = result.index(parameter(name, "area"))
        low[i], high[i] = 0.0 if name in absent else below, above
    result = replace(result, ci_low=low, ci_high=high)
    noise = noise_from_differences(result.residuals)
    judged = result.judged(noise, noise_freedom=len(energy) / 3, widths=NOISE_WIDTHS)
    found = XpsFit(judged, region, absent, weak)
    curves = found.curves()
    lines = (intensity - curves["background"].to_numpy()) / region.sigma
    over = max(judged.chi2 - judged.degrees_of_freedom * noise**2, 0.0)
    said = [saturation(intensity), _cut(curves)]
    if "intensity_counts" in table:
        counting = judged.residuals * region.sigma / sigma
        said += [zeroed(intensity), smoothed(counting, SMOOTHED_OVER)]
    doubted = judged.doubted(next(filter(None, said), ""))
    slight = not any(said) and over < SLIGHT**2 * float(lines @ lines)
    return replace(found, result=doubted, slight=judged.misfit and slight)


def _cut(curves: pd.DataFrame) -> str:
    """Say that the window ends on a line, where nothing tells the background."""
    lines = (curves["model"] - curves["background"]).abs()
    end = lines.iloc[[0, -1]].idxmax()
    share, at = lines[end] / max(lines.max(), 1e-300), curves["binding_energy_ev"][end]
    if share < CUT:
        return ""
    return f"the window ends at {at:g} eV, on a line at {share:.0%} of its height: record it wider"


def _below(result: FitResult, region: Region, least: float) -> tuple[str, ...]:
    """Peaks whose area is less than so many of its standard errors, and may not be negative."""
    peaks = [peak.name for peak in region.peaks if not peak.signed]
    index = {name: result.index(parameter(name, "area")) for name in peaks}
    error = np.nan_to_num(result.stderr)
    return tuple(
        n for n, i in index.items() if result.at_bound[i] or result.values[i] < least * error[i]
    )


def _profiled(result: FitResult, weak: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Intervals of weak areas by the likelihood's profile: place and width go along with them."""
    ends = {}
    for name in weak:
        i = result.index(parameter(name, "area"))
        error = (result.ci_high[i] - result.ci_low[i]) / 4  # one on its bound has a limit only
        covariance, problem = result.covariance.copy(), result.problem
        covariance[i, i] = error**2
        near = replace(problem, lower=problem.lower.copy(), upper=problem.upper.copy())
        near.lower[i] = max(result.values[i] - REACH * error, problem.lower[i])
        near.upper[i] = min(result.values[i] + REACH * error, problem.upper[i])
        spread = replace(result, covariance=covariance, problem=near)
        ends[name] = profile_interval(spread, result.names[i], points=PROFILE_POINTS)
    return ends


def _data(table: pd.DataFrame, window_ev: tuple[float, float] | None) -> tuple[NDArray, NDArray]:
    counts = next((c for c in table if c.startswith("intensity")), "intensity_*")
    energy, intensity = of_table(table, ("binding_energy_ev", counts), FEWEST_POINTS, "eV")
    if window_ev is not None:
        inside = (energy >= window_ev[0]) & (energy <= window_ev[1])
        energy, intensity = energy[inside], intensity[inside]
    if len(energy) < FEWEST_POINTS:
        raise ValueError(
            f"{len(energy)} points in the window; a region needs at least {FEWEST_POINTS}"
        )
    return energy, intensity


def _check_peaks(peaks: Sequence[Peak], energy: NDArray) -> None:
    names = [peak.name for peak in peaks]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"peaks must have different names, and there must be one; got {names}")
    for peak in peaks:
        low, high = peak.position_ev
        if not peak.offset_from and not (energy[0] <= low and high <= energy[-1]):
            raise ValueError(
                f"{peak.name}: positions {low:g}-{high:g} eV are not inside the data, "
                f"{energy[0]:g}-{energy[-1]:g} eV binding energy"
            )
        for other in filter(None, (peak.offset_from, peak.width_of)):
            if other not in names or other == peak.name:
                raise ValueError(f"{peak.name}: tied to {other!r}, which is no other peak")


def _sigma(intensity: NDArray) -> NDArray:
    if (intensity < 0).any():
        raise ValueError(
            f"{int((intensity < 0).sum())} negative intensities are no counts: give the spectrum "
            "before anything was subtracted"
        )
    smooth = savgol_filter(intensity, min(11, intensity.size - 1 + intensity.size % 2), 2)
    return np.sqrt(np.maximum(smooth, max(1.0, 1e-3 * intensity.max())))


def _with_unsteady(result: FitResult, region: Region) -> NDArray | None:
    """Errors with what scatters in proportion to the signal, where counts show it.

    Source and detector are never as steady as counting is at 10^5 counts. Differences of
    neighbouring residuals tell the noise without the model; what is above counting is the
    signal's. None where that is no more than chance, or the data are no counts.
    """
    y, r = region.intensity, result.residuals
    if (y != np.round(y)).any() or np.gcd.reduce(y.astype(np.int64)) > 1:
        return None
    squares = np.square(r[1:-1] - (r[:-2] + r[2:]) / 2) / 1.5
    x = np.square(y / region.sigma + r)
    expected = np.ones(squares.size)
    for _ in range(REWEIGHTED):
        by = x[1:-1] / expected
        share = by @ ((squares - 1) / expected) / (by @ by)
        expected = 1 + max(share, 0.0) * x[1:-1]
    return region.sigma * np.sqrt(1 + share * x) if share > CLEAR / np.sqrt(by @ by) else None


def _problem(region: Region) -> Problem:
    energy, y = region.energy_ev, region.intensity
    size = float(np.ptp(y)) or 1.0
    whole = size * float(np.ptp(energy))
    boxes = []
    steps = {"shirley": (-LARGEST_STEP, LARGEST_STEP), "tougaard": (-1e4, 1e5)}
    for _, _, kind, peak in region.fitted:
        box = {
            "base": (y.min() - 2 * size, y.max() + size, size),
            "slope": (-whole, whole, size),
            "step": (*steps.get(region.background, (0, 1)), np.inf),
            "position": (*(peak.position_ev if peak else (0, 0)), 0.5),
            "fwhm": (*(peak.fwhm_ev if peak else (0, 0)), 1.0),
            "mixing": (0.0, MOST_LORENTZIAN, np.inf),
            "area": (-whole if peak and peak.signed else 0.0, whole, 0.25 * whole),
        }[kind]
        boxes.append(box)
    lower, upper, resolution = np.array(boxes, dtype=float).T
    names, units = list(zip(*region.fitted, strict=True))[:2]
    linear = np.zeros(len(boxes), bool)
    return Problem(names, units, lower, upper, linear, region.evaluate, resolution)


def _starts(region: Region) -> NDArray:
    """Positions and widths spread evenly over their ranges; the best of those fitted linearly.

    Areas and background follow by non-negative least squares, as in `nasicon.core.starts`,
    where no background hangs on the peaks.
    """
    energy, y = region.energy_ev, region.intensity
    line = np.interp(energy, energy[[0, -1]], [np.median(y[:5]), np.median(y[-5:])])
    above = y - line
    rise = max(float(np.median(y[-5:]) - np.median(y[:5])), 0.0)
    guess_step = min(rise / max(np.trapezoid(above, energy), 1e-9 + rise), LARGEST_STEP / 2)
    kinds = [row[2] for row in region.fitted]
    placed = [c for c, kind in enumerate(kinds) if kind in ("position", "fwhm")]
    trials = np.zeros((TRIALS if placed else 1, len(kinds)))
    trials[:, [c for c, kind in enumerate(kinds) if kind == "mixing"]] = PseudoVoigt.eta
    spread = qmc.Halton(max(len(placed), 1), scramble=False).random(len(trials) + 1)[1:]
    for share, c in zip(spread.T, placed, strict=False):
        _, _, kind, peak = region.fitted[c]
        low, high = peak.position_ev if kind == "position" else peak.fwhm_ev
        trials[:, c] = low + (high - low) * share
        if kind == "position":  # the first has them at their maxima
            inside = (energy >= low) & (energy <= high)
            trials[0, c] = energy[inside][np.argmax(above[inside])] if inside.any() else low
    if region.background == "shirley":
        trials = np.repeat(trials, 2, axis=0)
        trials[1::2, kinds.index("step")] = guess_step
    linear = [c for c, k in enumerate(kinds) if k in ("base", "slope", "area")]
    if region.background == "tougaard":
        linear.append(kinds.index("step"))
    signs = [c for c in linear if kinds[c] == "slope"]
    left = np.empty(len(trials))
    for i, (values, columns) in enumerate(zip(trials, region.model(trials)[1], strict=True)):
        matrix = np.column_stack([columns[:, linear], -columns[:, signs]])
        weights, left[i] = nnls(matrix / region.sigma[:, None], y / region.sigma)
        values[linear] = weights[: len(linear)]
        values[signs] -= weights[len(linear) :]
    best = np.argsort(left, kind="stable")
    return trials[np.r_[0, best[best > 0]][:STARTS]]
