"""Single peaks: where they are, how wide, and what size and strain the widths mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import signal, stats

from nasicon.core.fitting import fit
from nasicon.core.result import FitResult, Problem
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_starts import baseline, counting_sigma
from nasicon.diffraction.model_lines import add_lines

SIGNIFICANCE = 5.0  # height over noise of a peak that counts
GROUP_DEG = 0.8  # peaks closer than this are fitted together
MARGIN_DEG = 0.8
FORMS = ("gaussian", "lorentzian", "voigt")


@dataclass(frozen=True)
class Peaks:
    """Fitted peaks: ``table`` (one row each) and the fits of the groups they were fitted in."""

    table: pd.DataFrame
    fits: tuple[FitResult, ...]


def find_peaks(table: pd.DataFrame) -> pd.DataFrame:
    """Peaks that stand out of the noise, strongest first.

    Returns
    -------
    pandas.DataFrame
        ``two_theta_deg, height, relative_percent, significance``.
    """
    x, y = (table[c].to_numpy(float) for c in ("two_theta_deg", "intensity"))
    step = float(np.median(np.diff(x)))
    net = y - baseline(x, y)
    window = max(5, int(0.12 / step) | 1)
    smooth = signal.savgol_filter(net, window, 2)
    noise = counting_sigma(table) / np.sqrt(window / 2.3)  # what the smoothing leaves
    least, apart = SIGNIFICANCE * noise, max(1, int(0.12 / step))
    index, _ = signal.find_peaks(smooth, height=least, prominence=least, distance=apart)
    found = pd.DataFrame(
        {
            "two_theta_deg": x[index],
            "height": smooth[index],
            "relative_percent": 100 * smooth[index] / max(smooth[index].max(initial=0), 1e-12),
            "significance": smooth[index] / noise[index],
        }
    )
    return found.sort_values("height", ascending=False, ignore_index=True)


def fit_peaks(
    table: pd.DataFrame,
    positions: ArrayLike,
    *,
    wavelength: float,
    wavelength_2: float = float("nan"),
    ratio: float = 0.0,
) -> Peaks:
    """Fit pseudo-Voigt peaks with a straight background, each with its K-alpha2 companion.

    Parameters
    ----------
    positions : array_like, shape (m,)
        Where K-alpha1 peaks are thought to be.

    Returns
    -------
    Peaks
        ``table``: ``two_theta_deg, area, fwhm_deg, eta`` with ``_stderr`` columns,
        ``integral_breadth_deg`` and ``flag``.

    Raises
    ------
    ValueError
        A position lies outside the pattern, or its window holds too few points.
    """
    x = table["two_theta_deg"].to_numpy(float)
    positions = np.sort(np.atleast_1d(np.asarray(positions, dtype=float)))
    outside = positions[(positions < x[0] + 0.2) | (positions > x[-1] - 0.2)]
    if outside.size:
        raise ValueError(
            f"no peak can be fitted at {', '.join(f'{p:g}' for p in outside)} deg: the pattern "
            f"runs from {x[0]:g} to {x[-1]:g} deg"
        )
    groups = np.split(positions, np.flatnonzero(np.diff(positions) > GROUP_DEG) + 1)
    found = [_fit_group(table, group, wavelength, wavelength_2, ratio) for group in groups]
    tables, fits = zip(*found, strict=True)
    return Peaks(pd.concat(tables, ignore_index=True), fits)


def _fit_group(
    table: pd.DataFrame, group: NDArray, wavelength: float, second: float, ratio: float
) -> tuple[pd.DataFrame, FitResult]:
    inside = table["two_theta_deg"].between(group[0] - MARGIN_DEG, group[-1] + MARGIN_DEG)
    x = table.loc[inside, "two_theta_deg"].to_numpy(float)
    y = table.loc[inside, "intensity"].to_numpy(float)
    sigma = counting_sigma(table)[inside.to_numpy()]
    m, step = group.size, float(np.median(np.diff(x))) if x.size > 1 else np.inf
    if x.size < 4 * m + 6:
        raise ValueError(
            f"{x.size} points round {group[0]:g} deg cannot determine {m} peak(s); measure in "
            "smaller steps or ask for fewer peaks"
        )
    lines = {wavelength: 1.0} | ({second: ratio} if ratio > 0 and np.isfinite(second) else {})
    mean, everywhere = x.mean(), np.full(m, 100.0)
    names = [f"{n}_{i}" for i in range(m) for n in ("area", "centre", "width", "eta")]
    names += ["level", "slope"]

    def pattern(values: NDArray) -> tuple[NDArray, NDArray]:
        total, jacobian = np.zeros(x.size), np.zeros((x.size, len(values)))
        area, centre, width, eta = values[: 4 * m].reshape(m, 4).T
        for line, strength in lines.items():
            share = strength / sum(lines.values())
            place, by = _companion(centre, line, wavelength)
            slots = np.eye(len(values))[: 4 * m].reshape(m, 4, -1).swapaxes(0, 1).copy()
            slots[0] *= share
            slots[1] *= by[:, None]
            add_lines(x, place, area * share, width, eta, everywhere, total, slots, jacobian)
        jacobian[:, -2:] = np.column_stack([np.ones(x.size), x - mean])
        return total + jacobian[:, -2:] @ values[-2:], jacobian

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        pairs = [pattern(row) for row in values]
        return (
            np.array([(c - y) / sigma for c, _ in pairs]),
            np.array([j / sigma[:, None] for _, j in pairs]),
        )

    span, floor = float(np.ptp(y)) + 1e-9, float(np.percentile(y, 10))
    low, high, starts = [], [], []
    for centre in group:
        height = max(float(y[np.argmin(np.abs(x - centre))]) - floor, 0.02 * span)
        low += [0.0, centre - 0.35, 1.5 * step, 0.0]
        high += [5 * span, centre + 0.35, 2.0, 1.0]
        starts += [height * 0.2, centre, 0.15, 0.5]
    scale = abs(y).max() + span
    low += [-2 * scale, -2 * scale]
    high += [2 * scale, 2 * scale]
    starts += [floor, 0.0]
    positive = np.array([n.startswith("width") for n in names])
    resolution = np.where(positive, 0.25, np.inf)
    units = tuple("1" if n.startswith("eta") else "deg" for n in names)
    problem = Problem(
        tuple(names), units, np.array(low), np.array(high), positive, evaluate, resolution
    )
    wide = np.array(starts)
    wide[2 : 4 * m : 4] = 0.4
    result = fit(problem, np.array([starts, wide]))
    area, centre, width, eta = result.values[: 4 * m].reshape(m, 4).T
    area_error, centre_error, width_error, _ = result.stderr[: 4 * m].reshape(m, 4).T
    # integral breadth over width of a pseudo-Voigt
    shape = 1 / (eta * 2 / np.pi + (1 - eta) * 2 * np.sqrt(np.log(2) / np.pi))
    columns = {
        "two_theta_deg": centre,
        "two_theta_stderr": centre_error,
        "area": area,
        "area_stderr": area_error,
        "fwhm_deg": width,
        "fwhm_stderr": width_error,
        "eta": eta,
        "integral_breadth_deg": shape * width,
        "flag": [";".join(result.flags(f"width_{i}")) for i in range(m)],
    }
    return pd.DataFrame(columns), result


def _companion(centre: NDArray, line: float, wavelength: float) -> tuple[NDArray, NDArray]:
    """Position of another wavelength's line, and its derivative by the first one's."""
    theta = np.radians(centre) / 2
    sine = np.clip(np.sin(theta) * line / wavelength, -0.999999, 0.999999)
    other = np.arcsin(sine)
    return 2 * np.degrees(other), line / wavelength * np.cos(theta) / np.cos(other)


def scherrer_table(
    peaks: pd.DataFrame, *, wavelength: float, instrument_deg: float = 0.0, shape: float = 0.9
) -> pd.DataFrame:
    """Sizes of single peaks without and with the instrument's width taken off, in three forms.

    Returns
    -------
    pandas.DataFrame
        ``two_theta_deg, fwhm_deg, uncorrected_nm`` and ``gaussian_nm, lorentzian_nm,
        voigt_nm`` with the statistical standard error of the uncorrected size. nan
        where the peak is not wider than the instrument: then only a lower limit exists.
    """
    if instrument_deg < 0:
        raise ValueError(f"instrument_deg must be >= 0, got {instrument_deg:g}")
    at, width = (peaks[c].to_numpy(float) for c in ("two_theta_deg", "fwhm_deg"))
    size = model.scherrer_size_nm(width, at, wavelength, shape)
    columns = {"two_theta_deg": at, "fwhm_deg": width, "uncorrected_nm": size}
    if "fwhm_stderr" in peaks:
        columns["stderr_nm"] = size * peaks["fwhm_stderr"].to_numpy(float) / width
    for form in FORMS:
        rest = model.specimen_width_deg(width, instrument_deg, form)
        columns[f"{form}_nm"] = model.scherrer_size_nm(rest, at, wavelength, shape)
    return pd.DataFrame(columns)


def williamson_hall(
    two_theta: Sequence[float],
    width_deg: Sequence[float],
    *,
    wavelength: float,
    shape: float = 0.9,
) -> pd.DataFrame:
    """Size and strain from the course of the widths: b cos t = K l/L + 4 e sin t.

    Williamson and Hall, Acta Metall. 1 (1953) 22; widths already freed of the instrument's.

    Returns
    -------
    pandas.DataFrame
        Rows ``size`` (nm; nan where the intercept is not positive) and ``strain`` (%).

    Raises
    ------
    ValueError
        Fewer than three widths.
    """
    angle, width = np.asarray(two_theta, float), np.radians(np.asarray(width_deg, float))
    keep = np.isfinite(width)
    if keep.sum() < 3:
        raise ValueError(f"{int(keep.sum())} widths; a Williamson-Hall line needs at least three")
    theta = np.radians(angle[keep]) / 2
    line = stats.linregress(4 * np.sin(theta), width[keep] * np.cos(theta))
    value, spread = (line.intercept, line.slope), (line.intercept_stderr, line.stderr)
    t = stats.t.ppf(0.975, keep.sum() - 2)
    size = shape * wavelength / 10 / value[0] if value[0] > 0 else np.nan
    low, high = value[0] + t * spread[0], value[0] - t * spread[0]
    ends = [shape * wavelength / 10 / w if w > 0 else np.inf for w in (low, high)]
    return pd.DataFrame(
        {
            "quantity": ["size", "strain"],
            "value": [size, 100 * value[1]],
            "stderr": [size * spread[0] / value[0] if size > 0 else np.nan, 100 * spread[1]],
            "ci_low": [ends[0], 100 * (value[1] - t * spread[1])],
            "ci_high": [ends[1], 100 * (value[1] + t * spread[1])],
            "unit": ["nm", "%"],
        }
    )
