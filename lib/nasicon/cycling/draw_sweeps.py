"""Figures of linear sweeps: the current, what is left of it, and what would go unnoticed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nasicon.core import style
from nasicon.cycling.fit_sweeps import Onset, Sweep

MARKERS = ("o", "s", "^", "D")


def sweeps(
    found: Mapping[str, Sweep],
    onsets: Mapping[str, Onset],
    *,
    evidence: str,
    window: tuple[float, float] | None = None,
) -> Figure:
    """Draw current density with its baseline, and the remainder with its detection limit."""
    figure, (left, right) = style.subplots(1, 2, height=2.9)
    for i, (name, sweep) in enumerate(found.items()):
        shade = style.CYCLE[i % len(style.CYCLE)]
        look = {**style.points(evidence), "markersize": 2.2, "marker": MARKERS[i % 4]}
        if evidence != "measured":
            look |= {"markeredgecolor": shade, "markeredgewidth": 0.5}
        v, current = sweep.voltage_v, 1e6 * sweep.current_a_per_cm2
        faradaic, every = 1e6 * sweep.faradaic_a_per_cm2, max(len(sweep.voltage_v) // 160, 1)
        left.plot(v[::every], current[::every], **look, label=name)
        left.plot(v, current - faradaic, color=shade, lw=0.9)
        right.plot(v, 1e6 * sweep.detection_limit(), color=shade, lw=1.0, ls="--")
        right.plot(v[::every], np.where(faradaic > 0, faradaic, np.nan)[::every], **look)
        onset = onsets[name]
        if onset.found:
            right.axvspan(onset.low_v, onset.high_v, color=shade, alpha=0.25, lw=0)
    lows = [sweep.baseline_v for sweep in found.values()]
    left.axvspan(min(v[0] for v in lows), max(v[1] for v in lows), color=style.SHADE, zorder=0)
    scale = max(
        np.quantile(np.abs(s.current_a_per_cm2[s.voltage_v < s.baseline_v[1]]), 0.99)
        for s in found.values()
    )
    left.set(ylim=(-1.5e6 * scale, 8e6 * scale), ylabel="current density (µA cm⁻²)")
    left.set_title("current and baseline")
    left.legend(loc="upper right", fontsize=6.5)
    right.set(ylim=(1e-3, 1e4), ylabel="less the baseline (µA cm⁻²)", title="what is left")
    style.logarithmic(right, "y")
    for ax in (left, right):
        ax.set_xlabel("potential (V vs Li/Li⁺)")
        if window:
            ax.set_xlim(window)
    words = "shaded: taken as free of reactions; dashed: detection limit; bars: onset"
    return style.badge(figure, evidence, words)


def scan_rates(splits: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the part of the current that scales with the scan rate and the part that does not."""
    figure, (left, right) = style.subplots(1, 2, height=2.6)
    for i, (name, table) in enumerate(splits.items()):
        shade = style.CYCLE[i % len(style.CYCLE)]
        for ax, column, error, most in (
            (left, "capacitance_f_per_cm2", "capacitance_half_width", 40),
            (right, "steady_a_per_cm2", "steady_half_width", 5),
        ):
            half = 1e6 * table[error]
            middle = (1e6 * table[column]).where(half < most)
            ax.plot(table["voltage_v"], middle, color=shade, lw=1.0, label=name)
            for edge in (middle - half, middle + half):
                ax.plot(table["voltage_v"], edge, color=shade, lw=0.6, ls=":")
    left.set(ylim=(0, 40), ylabel="scales with the rate (µF cm⁻²)", title="capacitive part")
    right.set(ylim=(-0.5, 5), ylabel="does not scale (µA cm⁻²)", title="faradaic part")
    for ax in (left, right):
        ax.set_xlabel("potential (V vs Li/Li⁺)")
    right.legend(loc="upper right", fontsize=6.5)
    return style.badge(figure, "simulated", "dotted: 95 %; cut where that is wider than the axis")


def recovery(table: pd.DataFrame, thickness_nm: np.ndarray) -> Figure:
    """Draw recovered onsets against the truth, and the layer that would go unnoticed.

    ``table``: of the recovery stage; ``thickness_nm``: layer per draw without a reaction.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.6)
    rows = table[table["reaction"]]
    for column, label, marker, shade in (
        ("onset_1ua_v", "at 1 µA cm⁻²", "o", style.UNDOPED),
        ("onset_v", "at the detection limit", "^", style.THIRD),
    ):
        look = {"ms": 2.6, "mfc": "none", "mew": 0.6, "color": shade, "label": label}
        left.plot(rows["true_v_at_1ua"], rows[column], marker, **look)
    style.identity(left, 4.0, 6.2)
    left.set(xlabel="true potential of 1 µA cm⁻² (V)", ylabel="onset found (V)")
    left.set_title("with a reaction")
    left.legend(loc="lower right", fontsize=6.5)
    right.hist(np.log10(thickness_nm), bins=20, color="white", ec=style.DATA, lw=0.8)
    right.set_xticks([-1, 0, 1], ["0.1", "1", "10"])
    right.set_xlabel("layer that would go unnoticed on flat metal (nm)")
    right.set(ylabel="draws", title="without a reaction")
    right.yaxis.set_major_locator(MaxNLocator(integer=True))
    return style.badge(figure, "simulated")
