"""What can be told from counts: detection limits and the counts a detection needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

K_95 = 1.645


def detection_limit_counts(
    background_counts: ArrayLike, *, relative_error: float = 0.0, k: float = K_95
) -> NDArray:
    """Net counts that are detected with 5 % of false alarms and 5 % of misses.

    L. A. Currie, Limits for qualitative detection and quantitative determination, 1968:
    k^2 + 2 k sqrt(variance of the blank); the blank is known to ``relative_error`` of itself
    (an overlapping line taken from elsewhere).
    """
    background = np.asarray(background_counts, dtype=float)
    if np.any(background < 0) or relative_error < 0:
        raise ValueError("background_counts and relative_error must be >= 0")
    return k**2 + 2 * k * np.sqrt(background + (relative_error * background) ** 2)


def counts_needed(ratio: ArrayLike, *, relative_error: float = 0.0, k: float = 3.0) -> NDArray:
    """Background counts at which a line of ``ratio`` times the background reaches k sigma.

    ratio B = k sqrt(B (1 + ratio) + (f B)^2); infinite where ratio <= k f: no counting time
    helps against an overlap that is not known well enough.
    """
    ratio = np.asarray(ratio, dtype=float)
    if np.any(ratio <= 0):
        raise ValueError("ratio must be > 0")
    room = ratio**2 - (k * relative_error) ** 2
    return np.where(room > 0, k**2 * (1 + ratio) / np.where(room > 0, room, 1.0), np.inf)


def generated_xrays(
    electrons: float, edge_ev: float, fluorescence_yield: float, beam_ev: float
) -> float:
    """X-rays generated per atom in relative units: n w ln(E0/Ec)/(E0 Ec), Bethe's form."""
    if not 0 < edge_ev < beam_ev:
        raise ValueError(f"edge_ev must lie between 0 and the beam's {beam_ev:g}, got {edge_ev:g}")
    return electrons * fluorescence_yield * np.log(beam_ev / edge_ev) / (beam_ev * edge_ev)
