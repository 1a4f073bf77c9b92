"""Where a whole-pattern fit starts: baseline, weights, displacement, scales, hump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pybaselines import Baseline
from scipy.optimize import nnls

from nasicon.diffraction.model_pattern import PatternModel, key

DISPLACEMENTS_DEG = np.arange(-0.6, 0.601, 0.04)
WEAK = 3.0  # signal to noise of the strongest line below which a cell is not refined
SMOOTHNESS = 1e6  # of the baseline, at steps of 0.02 deg
HUMP_STARTS_DEG = (20.0, 23.0, 26.0)


def counting_sigma(table: pd.DataFrame) -> NDArray:
    """Standard deviations: the file's own, or Poisson.

    Where the intensities are no counts, the variance is taken as proportional to
    the intensity, with the factor from second differences (median, so that peaks do
    not count): counts per second and scaled patterns keep their right weights.
    """
    if "sigma" in table:
        return table["sigma"].to_numpy(float)
    y = table["intensity"].to_numpy(float)
    smooth = np.convolve(np.pad(y, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    floor = max(float(np.percentile(smooth, 1)), 1e-3 * float(smooth.max()), 1e-12)
    level = np.maximum(smooth, floor)
    if table.attrs.get("intensity_unit") == "counts":
        factor = 1.0
        level = np.maximum(level, 1.0)
    else:
        second = y[2:] - 2 * y[1:-1] + y[:-2]
        ratio = second**2 / (6 * level[1:-1])
        factor = float(np.median(ratio)) / 0.4549  # median of chi-squared with one degree
        factor = factor if factor > 0 else 1e-4 * floor
    return np.sqrt(factor * level)


def baseline(two_theta: NDArray, intensity: NDArray) -> NDArray:
    """Baseline under the peaks (arPLS, Baek et al., Analyst 140 (2015) 250; pybaselines)."""
    step = float(np.median(np.diff(two_theta)))
    lam = SMOOTHNESS * (0.02 / step) ** 4
    return Baseline(two_theta).arpls(intensity, lam=lam)[0]


def defaults(pattern: PatternModel, size_nm: float, gauss: float) -> NDArray:
    """Parameters before any data: tabulated cells, one size and width, nothing scaled."""
    known = {"gauss": gauss, "size": size_nm, "march": 1.0, "hump_centre": 24.0, "hump_width": 8.0}
    values = np.array([known.get(n, known.get(n.split("_")[0], 0.0)) for n in pattern.names])
    for phase in pattern.phases:
        for name, value in phase.free_cell().items():
            if f"{name}_{key(phase.name)}" in pattern.names:
                values[pattern.index(f"{name}_{key(phase.name)}")] = value
    return values


def start_values(
    pattern: PatternModel, x: NDArray, y: NDArray, sigma: NDArray, displacement: float | None
) -> tuple[NDArray, list[str]]:
    """Start values, and the phases too weak for their cell to be refined.

    The phases, broadened to 0.35 deg so that cells a little off still overlap, are
    scaled to the net pattern by non-negative least squares at every displacement.
    """
    under = baseline(x, y)
    net = y - under
    every = max(1, int(0.06 / np.median(np.diff(x))))
    plain = {"hump": False, "gauss_deg": 0.3, "textured": {}}
    every_cell = frozenset(phase.name for phase in pattern.phases)
    coarse = replace(pattern.options, held_cells=every_cell, **plain)
    rough = PatternModel(x[::every], pattern.phases, coarse)
    values = defaults(rough, 60.0, 0.3)
    scales = [rough.index(f"scale_{key(phase.name)}") for phase in rough.phases]
    target = np.convolve(net, np.ones(every) / every, mode="same")[::every]
    weight = 1 / sigma[::every]
    best = (np.inf, 0.0, np.zeros(len(scales)))
    for trial in DISPLACEMENTS_DEG if displacement is None else [displacement]:
        values[rough.index("displacement")] = trial
        columns = rough(values)[1][:, scales]
        amount, misfit = nnls(columns * weight[:, None], target * weight)
        if misfit < best[0]:
            best = (misfit, float(trial), amount)
    start = defaults(pattern, 40.0, 0.10)
    start[pattern.index("displacement")] = best[1]
    weak = []
    for phase, amount, column in zip(pattern.phases, best[2], columns.T, strict=True):
        floor = 1e-4 * max(float(best[2].max()), 1e-12)
        start[pattern.index(f"scale_{key(phase.name)}")] = max(float(amount), floor)
        if amount * column.max() < WEAK * np.median(sigma):
            weak.append(phase.name)
    first = len(pattern.names) - pattern.basis.shape[1]
    start[first:] = np.linalg.lstsq(pattern.basis / sigma[:, None], under / sigma, rcond=None)[0]
    if pattern.options.hump:
        start = with_hump(pattern, start, under / sigma, sigma)
    return start, weak


def with_hump(pattern: PatternModel, start: NDArray, under: NDArray, sigma: NDArray) -> NDArray:
    """Split the baseline into background and hump: the best of several places and widths."""
    best = np.inf
    found = start.copy()
    first, i = len(start) - pattern.basis.shape[1], pattern.index("hump_area")
    for centre in HUMP_STARTS_DEG:
        for width in (6.0, 9.0):
            values = start.copy()
            values[i : i + 3] = 1.0, centre, width
            hump = pattern.hump(values)[0] / sigma
            design = np.column_stack([pattern.basis / sigma[:, None], hump])
            solution, *_ = np.linalg.lstsq(design, under, rcond=None)
            misfit = float(np.sum((design @ solution - under) ** 2))
            if misfit < best and solution[-1] > 0:
                best = misfit
                values[first:], values[i] = solution[:-1], solution[-1]
                found = values
    return found


def carry(values: NDArray, source: PatternModel, target: PatternModel) -> NDArray:
    """Parameters of one model in the order of another that has fewer."""
    return np.array([values[source.index(name)] for name in target.names])
