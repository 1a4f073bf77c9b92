"""Which phases a list of positions could be, which it cannot be, and what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nasicon.core.constants import positive
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_patterns import PatternFit
from nasicon.diffraction.model_powder import Phase

STRONG_PERCENT = 50.0  # a line this strong must be seen where any line of the phase is
WEAKEST_PERCENT = 5.0  # lines weaker than this are not asked for
CU_KBETA = 1.39225  # angstrom, as PANalytical files state it


@dataclass(frozen=True)
class Identification:
    """Ranked candidates, one row each, and what of them meets a position.

    ``ranking``: ``phase, matched, strongest_matched_percent, missing (text: strong lines that
    should be there and are not), share_explained_percent (of the calculated intensity in the
    range), excluded, mean_offset_deg``.
    ``matches``: one row per position and candidate line within the tolerance.
    """

    ranking: pd.DataFrame
    matches: pd.DataFrame


def lines_of(
    phase: Phase,
    wavelength: float,
    *,
    low: float = 5.0,
    high: float = 120.0,
    weakest_percent: float = WEAKEST_PERCENT,
) -> pd.DataFrame:
    """Lines of a phase: ``two_theta_deg, relative_percent, hkl``, overlapping ones merged."""
    angle = model.bragg_two_theta(phase.d_spacing, wavelength)
    keep = np.isfinite(angle)
    angle, hkl = angle[keep], phase.hkl[keep]
    strength = phase.multiplicity[keep] * phase.f_squared[keep] * model.lorentz_polarisation(angle)
    order = np.argsort(angle)
    rows: list[dict[str, object]] = []
    for i in order:
        if rows and angle[i] - rows[-1]["two_theta_deg"] < 0.03:
            rows[-1]["relative_percent"] += strength[i]
            continue
        label = " ".join(str(n) for n in hkl[i])
        rows.append({"two_theta_deg": angle[i], "relative_percent": strength[i], "hkl": label})
    table = pd.DataFrame(rows)
    table["relative_percent"] *= 100 / table["relative_percent"].max()
    inside = table["two_theta_deg"].between(low, high)
    return table[inside & (table["relative_percent"] >= weakest_percent)].reset_index(drop=True)


def identify(
    positions: ArrayLike,
    candidates: Sequence[Phase],
    *,
    wavelength: float,
    tolerance_deg: float = 0.1,
    low: float = 10.0,
    high: float = 60.0,
) -> Identification:
    """Rank candidate phases for a list of positions.

    A candidate is *excluded* if it explains nothing, or if one of its strong lines (at
    least ``STRONG_PERCENT`` of its strongest) lies in the range and is not among the
    positions: a list that names only some of the peaks excludes more than the pattern
    would, so the list should be complete down to the noise.

    Parameters
    ----------
    positions : array_like
        2theta in degrees, displacement already taken off.
    tolerance_deg : float
        Half-width of the window in which a line counts as matched.

    Raises
    ------
    ValueError
        No positions, a position that is not a 2theta in degrees, or no candidates.
    """
    seen = np.sort(np.atleast_1d(np.asarray(positions, dtype=float)))
    if seen.size == 0 or not candidates:
        raise ValueError("identify needs at least one position and one candidate")
    if not np.isfinite(seen).all() or seen.min() <= 0 or seen.max() >= 180:
        raise ValueError(f"positions must be 2theta in degrees (0 to 180), got {seen}")
    positive(tolerance_deg=tolerance_deg)
    rows, matches = [], []
    for phase in candidates:
        lines = lines_of(phase, wavelength, low=low, high=high)
        row, found = _compare(phase.name, lines, seen, tolerance_deg)
        rows.append(row)
        matches.append(found)
    ranking = pd.DataFrame(rows).sort_values(
        ["excluded", "matched", "share_explained_percent"],
        ascending=[True, False, False],
        ignore_index=True,
    )
    return Identification(ranking, pd.concat(matches, ignore_index=True))


def _compare(
    name: str, lines: pd.DataFrame, seen: np.ndarray, tolerance: float
) -> tuple[dict[str, object], pd.DataFrame]:
    angle, weight = (lines[c].to_numpy(float) for c in ("two_theta_deg", "relative_percent"))
    distance = np.abs(angle[:, None] - seen[None, :])
    hit = distance.min(axis=1) <= tolerance
    which = seen[distance.argmin(axis=1)]
    missing = lines[~hit & (weight >= STRONG_PERCENT)]
    at = zip(missing["two_theta_deg"], missing["relative_percent"], strict=True)
    found = lines[hit].rename(columns={"two_theta_deg": "line_deg"})
    found = found.assign(phase=name, position_deg=which[hit])
    row = {
        "phase": name,
        "matched": int(np.unique(which[hit]).size),
        "strongest_matched_percent": float(weight[hit].max(initial=0.0)),
        "missing": ", ".join(f"{a:.2f} ({w:.0f} %)" for a, w in at),
        "share_explained_percent": float(100 * weight[hit].sum() / max(weight.sum(), 1e-300)),
        "excluded": bool(not hit.any() or len(missing) > 0),
        "mean_offset_deg": float((which - angle)[hit].mean()) if hit.any() else np.nan,
    }
    return row, found


def unexplained_peaks(
    fitted: PatternFit, peaks: pd.DataFrame, *, tolerance_deg: float = 0.15
) -> pd.DataFrame:
    """Peaks that lie near no line of any fitted phase, K-alpha2 included.

    A column ``remark`` names those that a residue of K-beta would explain.

    Refined cells and displacement are used, and every tabulated line however weak; phases
    that the fit found absent explain nothing.

    Parameters
    ----------
    peaks : DataFrame
        Of `nasicon.diffraction.fit_widths.find_peaks`.
    """
    o, places = fitted.pattern.options, [np.array([-np.inf])]
    for phase in fitted.pattern.phases:
        if fitted.parts[phase.name].max() <= 2 * np.median(fitted.sigma):
            continue
        d = model.d_spacing(phase.hkl, fitted.pattern.cell(phase, fitted.result.values))
        for wavelength in (o.wavelength, o.wavelength_2):
            if np.isfinite(wavelength):
                angle = model.bragg_two_theta(d, wavelength)
                places.append(model.displaced(angle[np.isfinite(angle)], fitted.displacement_deg))
    lines = np.concatenate(places)
    distance = np.abs(peaks["two_theta_deg"].to_numpy()[:, None] - lines[None, :])
    left = peaks[distance.min(axis=1) > tolerance_deg].reset_index(drop=True)
    return left.assign(remark=[_kbeta(at, peaks, o.wavelength) for at in left["two_theta_deg"]])


def with_peaks_left(fitted: PatternFit, left: pd.DataFrame) -> PatternFit:
    """The fit as a misfit where it leaves a peak that a phase of its own would have.

    Only peaks of `WEAKEST_PERCENT` of the strongest and more count, and none that a residue
    of K-beta would explain.

    Parameters
    ----------
    left : DataFrame
        Of `unexplained_peaks`.
    """
    strong = left[(left["relative_percent"] >= WEAKEST_PERCENT) & (left["remark"] == "")]
    if fitted.result.misfit or strong.empty:
        return fitted
    highest = strong.loc[strong["relative_percent"].idxmax()]
    reason = (
        f"{len(strong)} peaks belong to no phase of the fit, the strongest at "
        f"{highest['two_theta_deg']:.2f} deg with {highest['relative_percent']:.0f} %"
    )
    quality = replace(fitted.result.quality, found=True, reason=reason)
    return replace(fitted, result=replace(fitted.result, quality=quality))


def _kbeta(at: float, peaks: pd.DataFrame, wavelength: float) -> str:
    """Say where a peak would be the Cu K-beta reflection of a much stronger one."""
    if abs(wavelength - model.CU_KALPHA1) > 2e-3:
        return ""
    d = model.d_from_two_theta(at, CU_KBETA)
    alpha = float(model.bragg_two_theta(d, wavelength))
    near = (peaks["two_theta_deg"] - alpha).abs() < 0.1
    parents = peaks[near & (peaks["height"] > 20 * peaks["height"].min())]
    return f"K-beta of the peak at {alpha:.2f} deg?" if len(parents) else ""
