"""Linear sweep voltammetry: what is left when the capacitive current is removed.

A blocking electrode draws C dV/dt from the first volt on, so a current is no sign of a
reaction. Three answers are given: an onset with its uncertainty where a reaction rises out of
the capacitive part; the smallest current that would have been noticed where none does; and,
from several scan rates, the current that does not scale with the rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.ndimage import median_filter

from nasicon.core.constants import positive
from nasicon.core.quality import noise_from_differences
from nasicon.core.vocabulary import implausible

SIGMAS = 5.0  # a reaction must rise by so many standard deviations of the baseline
RUN = 5  # and stay there for so many points
FEWEST = 12
LEAK = 0.5  # share of the baseline above which a capacitance is none
STRAIGHT = 0.02  # of the voltages, that a sweep may stray from a straight line of time
RATE_AGREES = 0.05  # relative: steps of a staircase, and a nominal rate
JUMP = 0.7  # of a rise over some records, that a reaction does not make within one
BENT = 0.5  # of the capacitive current, by which a baseline may stray from its straight line
STEP_V = 0.05  # bins in which scan rates are compared
NEIGHBOURS = 11  # bins that share their scatter when scan rates are compared


@dataclass(frozen=True)
class Sweep:
    """A sweep with its capacitive part removed.

    Attributes
    ----------
    voltage_v, current_a_per_cm2, faradaic_a_per_cm2 : ndarray, shape (n,)
    scan_v_per_s : float
        Measured from the data.
    capacitance_f_per_cm2, capacitance_stderr : float
        Of the baseline, at its middle; "capacitance" only as far as the baseline is capacitive.
    slope_s_per_cm2, slope_stderr : float
        Of the baseline: a leak, as far as it is none of the capacitance.
    noise_a_per_cm2 : float
        Scatter about the baseline.
    baseline_v : tuple of float
        Voltages that the baseline was fitted between.
    error_a_per_cm2 : ndarray, shape (n,)
        Standard error of the extrapolated baseline.
    step_a_per_cm2 : float
        Between neighbouring currents that the instrument told apart; 0 below the noise.
    """

    voltage_v: NDArray
    current_a_per_cm2: NDArray
    faradaic_a_per_cm2: NDArray
    error_a_per_cm2: NDArray
    scan_v_per_s: float
    capacitance_f_per_cm2: float
    capacitance_stderr: float
    slope_s_per_cm2: float
    slope_stderr: float
    noise_a_per_cm2: float
    baseline_v: tuple[float, float]
    step_a_per_cm2: float = 0.0

    def detection_limit(self) -> NDArray:
        """Smallest reaction current that would stand out, at every voltage (A cm-2)."""
        least = SIGMAS * np.hypot(self.noise_a_per_cm2 / np.sqrt(RUN), self.error_a_per_cm2)
        return np.maximum(least, self.step_a_per_cm2)

    def coarse(self, current_a_per_cm2: float) -> str:
        """Say that the current was recorded in steps larger than this; empty if not."""
        if current_a_per_cm2 >= self.step_a_per_cm2:
            return ""
        return (
            f"the current is recorded in steps of {1e6 * self.step_a_per_cm2:.3g} uA cm-2: "
            "measure again in a smaller range"
        )

    def leak(self) -> str:
        """Say that a resistance across the cell carries the baseline; empty where it does not."""
        inside = (self.voltage_v >= self.baseline_v[0]) & (self.voltage_v <= self.baseline_v[1])
        whole = self.capacitance_f_per_cm2 * self.scan_v_per_s
        share = self.slope_s_per_cm2 * self.voltage_v[inside].mean() / whole
        if not LEAK < share < 1 / LEAK:
            return ""
        return (
            f"{100 * min(share, 1.0):.0f} % of the baseline is proportional to the voltage: a leak "
            f"of {1 / self.slope_s_per_cm2:.3g} ohm cm2, no capacitance"
        )

    def decay(self, threshold_a_per_cm2: float) -> str:
        """Say that the baseline falls too much to look for a current above it; empty if not.

        A capacitance is level and a leak rises with the voltage. What falls was still flowing
        when the sweep began, and a line through it, drawn to the sweep's end, lies too low.
        """
        fall = -self.slope_s_per_cm2 * (self.voltage_v[-1] - self.baseline_v[0])
        if fall <= threshold_a_per_cm2 or -self.slope_s_per_cm2 < SIGMAS * self.slope_stderr:
            return ""
        return (
            f"the baseline falls while the voltage rises, by {1e6 * fall:.3g} uA cm-2 up to the "
            "sweep's end: the cell had not come to rest; wait longer, or begin the baseline later"
        )

    def bend(self) -> str:
        """Say that the baseline is no straight line by more than its noise; empty where it is."""
        low, high = self.baseline_v
        inside = (self.voltage_v >= low) & (self.voltage_v <= high)
        noise, off = noise_from_differences(self.faradaic_a_per_cm2[inside]), self.noise_a_per_cm2
        current = abs(self.capacitance_f_per_cm2 * self.scan_v_per_s)
        if off <= max(BENT * current, SIGMAS * noise, self.step_a_per_cm2):
            return ""
        return (
            f"the baseline strays from a straight line by {1e6 * off:.3g} uA cm-2, and its noise "
            f"is {1e6 * noise:.2g}: a reaction, or a disturbance? Give another baseline_v"
        )

    def impossible(self, stated_v_per_s: float | None = None) -> str:
        """Say why current or time cannot be as read; ``stated_v_per_s``: by the file's header."""
        if stated_v_per_s and abs(self.scan_v_per_s / stated_v_per_s - 1) > RATE_AGREES:
            return (
                f"the voltage rises by {self.scan_v_per_s:.4g} V s-1, and the file's header states "
                f"{stated_v_per_s:.4g}: is the time in another unit?"
            )
        sure = abs(self.capacitance_f_per_cm2) > 1.96 * self.capacitance_stderr
        return implausible("capacitance", 1e6 * self.capacitance_f_per_cm2 * sure, "uF cm-2")

    def charge_limit_c_per_cm2(self) -> float:
        """Charge that a reaction below the detection limit could pass above the baseline."""
        above = self.voltage_v > self.baseline_v[1]
        seconds = self.voltage_v[above] / self.scan_v_per_s
        return float(np.trapezoid(self.detection_limit()[above], seconds))


@dataclass(frozen=True)
class Onset:
    """Where a reaction rises out of the capacitive current; nan and found=False where none does.

    `low_v`, `high_v` bracket it: the onset with the detection threshold halved and doubled.
    An onset depends on that threshold, so it is a property of the measurement too.
    `doubt` says that nothing begins there.
    """

    found: bool
    voltage_v: float
    low_v: float
    high_v: float
    doubt: str = ""


def remove_capacitive(
    table: pd.DataFrame, electrode_area_cm2: float, baseline_v: tuple[float, float]
) -> Sweep:
    """Fit a straight baseline where nothing reacts and subtract it.

    The baseline i = C v + g (V - V_mid) allows for a capacitance and a leak. Its error grows
    away from the range it was fitted in and is part of every limit.

    Parameters
    ----------
    table : DataFrame
        ``time_s``, ``voltage_v``, ``current_a``, one rising sweep.
    electrode_area_cm2 : float
    baseline_v : (low, high)
        Range taken to be free of reactions: the user's statement, not a result.

    Raises
    ------
    ValueError
        No area, a sweep that does not rise, or too few points in the range.
    """
    positive(electrode_area_cm2=electrode_area_cm2)
    v = table["voltage_v"].to_numpy(dtype=float)
    t = table["time_s"].to_numpy(dtype=float)
    i = table["current_a"].to_numpy(dtype=float) / electrode_area_cm2
    if not all(np.isfinite(a).all() for a in (v, t, i)):
        raise ValueError("time, voltage and current must be finite: remove the other records")
    if v.size < FEWEST or v[-1] - v[0] < 0.9 * np.ptp(v):
        raise ValueError(
            f"expected one rising sweep of at least {FEWEST} points, got {v.size} from "
            f"{v[0]:g} to {v[-1]:g} V: cut the table to one sweep"
        )
    scan, start = np.polyfit(t, v, 1)
    off = float(np.abs(v - start - scan * t).max())
    if off > STRAIGHT * np.ptp(v):
        raise ValueError(
            f"the voltage strays from a straight line of time by {off:.3g} V: a rest, a hold, "
            "another sweep or scan rate is in the table; cut it to one sweep"
        )
    levels = np.unique(i)
    step = float(np.diff(levels).min()) if levels.size > 1 else 0.0
    low, high = baseline_v
    inside = (v >= low) & (v <= high)
    if low >= high or inside.sum() < FEWEST:
        raise ValueError(
            f"baseline_v {low:g} to {high:g} V holds {int(inside.sum())} points; give a range of "
            f"at least {FEWEST} within {v.min():g} to {v.max():g} V"
        )
    middle = v[inside].mean()
    design = np.column_stack([np.ones_like(v), v - middle])
    coefficients, *_ = np.linalg.lstsq(design[inside], i[inside], rcond=None)
    residual = i[inside] - design[inside] @ coefficients
    noise = float(np.sqrt(residual @ residual / (inside.sum() - 2)))
    # neighbouring residuals that hang together leave fewer independent points
    lag = float(residual[1:] @ residual[:-1] / max(residual @ residual, 1e-300))
    inflate = (1 + max(lag, 0.0)) / (1 - min(max(lag, 0.0), 0.95))
    normal = np.linalg.inv(design[inside].T @ design[inside]) * noise**2 * inflate
    error = np.sqrt(np.einsum("ni,ij,nj->n", design, normal, design))
    return Sweep(
        voltage_v=v,
        current_a_per_cm2=i,
        faradaic_a_per_cm2=i - design @ coefficients,
        error_a_per_cm2=error,
        scan_v_per_s=float(scan),
        capacitance_f_per_cm2=float(coefficients[0] / scan),
        capacitance_stderr=float(np.sqrt(normal[0, 0]) / scan),
        slope_s_per_cm2=float(coefficients[1]),
        slope_stderr=float(np.sqrt(normal[1, 1])),
        noise_a_per_cm2=noise,
        baseline_v=(float(low), float(high)),
        step_a_per_cm2=step if step > noise else 0.0,
    )


def onset(sweep: Sweep, threshold_a_per_cm2: float | None = None) -> Onset:
    """First voltage above the baseline from which the reaction current stays above a threshold.

    Without a threshold the detection limit itself is used; the two common fixed thresholds
    (1 and 10 uA cm-2) give other onsets for the same sweep, and the caller may show all.
    """
    level = sweep.detection_limit()
    if threshold_a_per_cm2 is not None:
        positive(threshold_a_per_cm2=threshold_a_per_cm2)
        level = np.full_like(level, threshold_a_per_cm2)
    low, value, high = (_first_above(sweep, factor * level) for factor in (0.5, 1.0, 2.0))
    if np.isnan(value):
        return Onset(False, np.nan, np.nan, np.nan)
    high = high if np.isfinite(high) else float(sweep.voltage_v[-1])
    doubt, at = "", int(np.argmax(sweep.voltage_v >= value))
    if at - np.argmax(sweep.voltage_v > sweep.baseline_v[1]) < RUN:
        doubt = "the current is above it where the baseline ends: the reaction began before"
    current = sweep.faradaic_a_per_cm2
    rise = current[at : at + 3 * RUN].mean() - current[max(at - 3 * RUN, 0) : at - RUN].mean()
    jump = np.diff(current[at - RUN : at + RUN]).max()
    if jump > max(JUMP * rise, 2 * SIGMAS * sweep.noise_a_per_cm2):
        doubt = "the current jumps there from one record to the next: another range of the current?"
    return Onset(True, value, float(np.fmin(low, value)), max(high, value), doubt)


def separate_by_scan_rate(sweeps: Mapping[float, Sweep]) -> pd.DataFrame:
    """Split the current into a part proportional to the scan rate and one that does not scale.

    At each voltage i(v) = C v + i_F, a straight line over the rates. Right for a reaction that
    is slow beside the sweep; a diffusion-limited one scales with the root of the rate and
    lands in both.

    Parameters
    ----------
    sweeps : mapping
        At least 3 scan rates in V s-1 and their sweeps.

    Returns
    -------
    DataFrame
        ``voltage_v``, ``capacitance_f_per_cm2``, ``steady_a_per_cm2`` and their 95 % half-widths.
    """
    rates = np.array(sorted(sweeps))
    if rates.size < 3:
        raise ValueError(f"{rates.size} scan rates; the split needs at least 3")
    low = max(s.voltage_v.min() for s in sweeps.values())
    high = min(s.voltage_v.max() for s in sweeps.values())
    grid = np.arange(low + STEP_V / 2, high, STEP_V)
    currents = np.array([_binned(sweeps[r], grid) for r in rates])
    design = np.column_stack([rates, np.ones_like(rates)])
    coefficients = np.linalg.lstsq(design, currents, rcond=None)[0]
    residual = currents - design @ coefficients
    freedom = rates.size - 2
    # from so few rates the scatter of one bin is poorly known: the neighbours lend theirs
    variance = median_filter((residual**2).sum(axis=0) / freedom, NEIGHBOURS, mode="nearest")
    variance /= stats.chi2.median(freedom) / freedom
    spread = np.sqrt(np.diag(np.linalg.inv(design.T @ design)))[:, None]
    half = stats.t.ppf(0.975, freedom * NEIGHBOURS / 2) * spread * np.sqrt(variance)
    return pd.DataFrame(
        {
            "voltage_v": grid,
            "capacitance_f_per_cm2": coefficients[0],
            "capacitance_half_width": half[0],
            "steady_a_per_cm2": coefficients[1],
            "steady_half_width": half[1],
        }
    )


def _binned(sweep: Sweep, grid: NDArray) -> NDArray:
    index = np.round((sweep.voltage_v - grid[0]) / STEP_V).astype(int)
    inside = (index >= 0) & (index < grid.size)
    total = np.bincount(index[inside], sweep.current_a_per_cm2[inside], grid.size)
    count = np.bincount(index[inside], minlength=grid.size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _first_above(sweep: Sweep, level: NDArray) -> float:
    """Voltage at which a running mean of the reaction current first stays above a level."""
    kernel = np.ones(RUN) / RUN
    smooth = np.convolve(sweep.faradaic_a_per_cm2, kernel, mode="same")
    above = (smooth > level) & (sweep.voltage_v > sweep.baseline_v[1])
    runs = np.convolve(above.astype(int), np.ones(RUN, dtype=int), mode="valid") == RUN
    first = np.flatnonzero(runs)
    return float(sweep.voltage_v[first[0]]) if first.size else np.nan
