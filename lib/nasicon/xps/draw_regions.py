"""Figures of photoemission: fitted regions, the B 1s window, bismuth, X-ray counting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasicon.core import statistics, style
from nasicon.xps.fit_boron import B_1S_EV, P_2S_EV
from nasicon.xps.fit_regions import XpsFit
from nasicon.xps.model_lines import boron_share, phosphate_spacing_ev, single_peak, voigt

PEAKS = (style.DOPED, style.THIRD, style.FOURTH, style.ORANGE, "#000000")


def regions(
    fits: Mapping[str, XpsFit],
    *,
    evidence: str,
    printed_ev: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Draw fitted regions: counts, model, background, peaks, and the residuals below.

    Parameters
    ----------
    fits : mapping of str to XpsFit
        One panel each.
    evidence : str
        ``simulated`` or ``measured``.
    printed_ev : mapping of str to sequence of float, optional
        Printed binding energies of a panel.
    """
    figure, panels = style.over_strips(len(fits), height=2.9)
    for (top, below), (name, fit) in zip(panels, fits.items(), strict=True):
        _region(top, below, fit, evidence, (printed_ev or {}).get(name, ()))
        top.set_title(name)
    return style.badge(figure, evidence)


def _region(top: Axes, below: Axes, fit: XpsFit, evidence: str, printed: Sequence[float]) -> None:
    table = fit.curves()
    x = table["binding_energy_ev"]
    scale, look = 1e3, style.points(evidence) | {"markersize": 2.4}
    top.plot(x, table["intensity"] / scale, **look, label=evidence)
    top.plot(x, table["background"] / scale, color=style.INK, lw=0.8, ls="--", label="background")
    for peak, colour in zip(fit.region.peaks, PEAKS, strict=False):
        y = (table[peak.name] + table["background"]) / scale
        top.fill_between(x, table["background"] / scale, y, color=colour, alpha=0.35, lw=0)
        top.plot(x, y, color=colour, lw=1.0, label=peak.name)
    top.plot(x, table["model"] / scale, color=style.UNDOPED, lw=1.3, label="fit", zorder=4)
    for i, energy in enumerate(printed):
        top.axvline(energy, color=style.PRINTED, lw=1.0, ls=":", label=None if i else "printed")
    top.set(xlim=(x.max(), x.min()), xticklabels=[], ylabel="intensity (10³)")
    low, high = top.get_ylim()
    rows = -(-len(top.get_legend_handles_labels()[1]) // 3)
    top.set_ylim(low, high + (0.05 + 0.12 * rows) * (high - low))  # room for the legend
    top.legend(loc="upper left", fontsize=6, handlelength=1.4, ncols=3, **style.FRAME)
    residual = (table["intensity"] - table["model"]) / fit.region.sigma
    below.plot(x, residual, ".", ms=2, color=style.UNDOPED)
    below.axhline(0, color=style.INK, lw=0.4)
    reach = max(4.0, float(np.abs(residual).quantile(0.995)) * 1.1)
    below.set(xlim=(x.max(), x.min()), ylim=(-reach, reach))
    below.set(xlabel="binding energy (eV)", ylabel="resid. (σ)")


def boron_window(
    pairs: Mapping[str, tuple[XpsFit, XpsFit]], *, evidence: str, printed_ev: float, letter: str
) -> Figure:
    """The B 1s window of rival compositions: one line above, two lines below, each a column."""
    figure, axes = style.subplots(2, len(pairs), height=3.9, sharex=True, squeeze=False)
    for column, (name, fits) in enumerate(pairs.items()):
        for ax, fit, what in zip(axes[:, column], fits, ("one line", "two lines"), strict=True):
            table = fit.curves()
            x, base = table["binding_energy_ev"], table["background"] / 1e3
            points = style.points(evidence) | {"markersize": 2.2}
            ax.plot(x, table["intensity"] / 1e3, **points, label=evidence)
            for peak, colour in zip(fit.region.peaks, PEAKS, strict=False):
                y = table[peak.name] / 1e3 + base
                ax.fill_between(x, base, y, color=colour, alpha=0.35, lw=0, label=peak.name)
            ax.plot(x, table["model"] / 1e3, color=style.UNDOPED, lw=1.2, label="fit")
            ax.axvline(printed_ev, color=style.PRINTED, lw=1.0, ls=":", label="printed")
            ax.set(xlim=(x.max(), x.min()), ylabel="intensity (10³)" if column == 0 else "")
            chi = f"χ² {fit.result.reduced_chi2:.1f}"
            style.letter(ax, letter, f"{name}, {what}: {chi}")
    for ax in axes[1]:
        ax.set_xlabel("binding energy (eV)")
    style.legend_above(figure, *axes[:, 0])
    return style.badge(figure, evidence)


def boron_positions(
    table: pd.DataFrame,
    *,
    printed_ev: float,
    factor_ratio: float,
    added_ratio: float,
) -> Figure:
    """Where the one line of the B 1s window would appear, and its distance from P 2p.

    ``table`` is ``boron.csv`` of the recovery.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.9)
    ratios = np.geomspace(0.02, 30, 200)
    share = boron_share(ratios, factor_ratio)
    none, added, some = (table[table["hypothesis"] == h] for h in ("none", "as added", "any"))
    for ax, column in ((left, "one_line_ev"), (right, "spacing_ev")):
        low, high = none[column].quantile([0.025, 0.975])
        ax.axhspan(low, high, color=style.SHADE, lw=0, label="no boron at all, 95 %")
        look = style.points("simulated") | {"markersize": 3, "label": "simulated"}
        ax.plot(some["boron_per_phosphorus"], some[column], **look)
        ends, look = added[column].quantile([0.025, 0.975]), {"color": style.DOPED, "lw": 4}
        ax.vlines(added_ratio, *ends, label="all added boron, 95 %", **look)
        ax.set(xlabel="B per P in the analysed layer", xlim=(0.03, 30))
        style.logarithmic(ax, "x")
    middle = single_peak(P_2S_EV, B_1S_EV, share)
    left.plot(ratios, middle, color=style.UNDOPED, lw=1.0, label="centre of gravity")
    left.axhline(printed_ev, color=style.PRINTED, lw=1.1, label=f"printed {printed_ev:g} eV")
    left.axhspan(printed_ev - 0.3, printed_ev + 0.3, color=style.PRINTED, alpha=0.12, lw=0)
    left.set(ylabel="energy of the one line (eV)", ylim=(189.4, 194.2))
    left.set_title("(f) position, needs the charge reference")
    expected = float(phosphate_spacing_ev())
    right.axhline(expected, color=style.INK, lw=0.9, ls=":", label="P 2s − P 2p, phosphates")
    right.set(ylabel="line − P 2p (eV)", title="(f) spacing, free of it", ylim=(56.4, 60.6))
    style.legend_above(figure, left, right, fontsize=6.5)
    return style.badge(figure, "simulated", "one line fitted to P 2s + B 1s")


def window_curve(
    boron_per_phosphorus: float = 0.2,
    charge_ev: float = 0.0,
    boron_ev: float = B_1S_EV,
    *,
    printed_ev: float,
    factor_ratio: float,
) -> Figure:
    """P 2s and B 1s of a phosphate and their sum, for a slider."""
    figure, ax = style.plain()
    energy = np.linspace(187, 197, 251)
    phosphorus = voigt(energy, P_2S_EV + charge_ev, 1.2, 1.2)
    boron = boron_per_phosphorus / factor_ratio * voigt(energy, boron_ev + charge_ev, 1.2, 0.2)
    ax.fill_between(energy, phosphorus, color=style.DOPED, alpha=0.35, lw=0, label="P 2s")
    ax.fill_between(energy, boron, color=style.THIRD, alpha=0.45, lw=0, label="B 1s")
    ax.plot(energy, phosphorus + boron, color=style.UNDOPED, label="sum")
    ax.axvline(printed_ev, color=style.PRINTED, ls=":", label="printed")
    ax.set(xlim=(197, 187), xlabel="binding energy (eV)", ylabel="intensity (P 2s area = 1)")
    ax.legend(fontsize=6)
    return figure


def boron_recovery(table: pd.DataFrame) -> Figure:
    """Share of boron that two lines give back, against the truth, by hypothesis."""
    figure, (left, right) = style.subplots(1, 2, height=2.7)
    part = table[table["hypothesis"] == "any"]
    error = np.hypot(part["stderr"], part["systematic"])
    look = {"fmt": "o", "ms": 2.8, "lw": 0.5, "markerfacecolor": "white", "color": style.UNDOPED}
    left.errorbar(part["true_share"], part["share"], error, label="any share", **look)
    style.identity(left, 0, 1)
    left.set(xlabel="true share of B 1s in the window", ylabel="share from two lines")
    left.set_title("truth against estimate")
    order = ["none", "as added"]
    both = table[table["hypothesis"].isin(order)]
    look = {"order": order, "size": 2.2, "alpha": 0.6, "jitter": 0.3, "color": style.UNDOPED}
    style.strip(both, x="hypothesis", y="share", ax=right, **look)
    truth = both.groupby("hypothesis")["true_share"].first()
    at = np.arange(2)
    right.hlines(truth[order], at - 0.35, at + 0.35, color=style.INK, lw=1.6, label="truth")
    right.set(xlabel="boron", ylabel="share from two lines", title="none beside all of it")
    style.legend_above(figure, left, right)
    return style.badge(figure, "simulated", "bars: fit and ± 0.3 eV of the P 2s − P 2p spacing")


def bismuth(printed: Mapping[str, float], references: pd.DataFrame) -> Figure:
    """Printed Bi 4f7/2 energies and their distance beside compounds that were looked up."""
    figure, (left, right) = style.subplots(1, 2, height=1.9, width_ratios=[1.4, 1.0])
    known = (references["line"] == "Bi 4f7/2") & (references["verified"] == "yes")
    rows = references[known].reset_index(drop=True)
    metal = float(rows.loc[rows["compound"] == "Bi metal", "energy_ev"].iloc[0])
    labels = []
    for y, row in rows.iterrows():
        marker = {"marker": "o", "ms": 4.5, "color": style.INK}
        left.plot(row["energy_ev"], y, **marker)
        right.plot(row["energy_ev"] - metal, y, **marker)
        labels.append(row["compound"])
    for name, energy in printed.items():
        left.axvline(energy, color=style.PRINTED, lw=1.0)
        left.axvspan(energy - 0.3, energy + 0.3, color=style.PRINTED, alpha=0.12, lw=0)
        at, look = (energy, len(rows) - 0.45), {"fontsize": 6, "color": style.PRINTED}
        left.annotate(f" {name}", at, va="bottom", **look)
    shift = max(printed.values()) - min(printed.values())
    right.axvspan(shift - 0.1, shift + 0.1, color=style.PRINTED, alpha=0.25, lw=0)
    right.axvline(shift, color=style.PRINTED, lw=1.0)
    for ax in (left, right):
        ax.set_yticks(range(len(labels)), labels)
        ax.set_ylim(-0.6, len(rows) - 0.1)
    right.set_yticklabels([])
    left.set(xlabel="Bi 4f7/2 (eV)", xlim=(156, 161.2))
    right.set(xlabel="Bi 4f7/2 above the metal (eV)", xlim=(-0.3, 3.9))
    style.letter(left, "e", "energies")
    right.set_title("distances")
    return style.badge(figure, "literature", "vermilion: printed, ± 0.3 eV and rounding")


def xray_counting(ratios: Mapping[str, float]) -> Figure:
    """Counts under the B K line that a three-sigma detection needs.

    ``ratios``: label and B K counts over everything else under the line.
    """
    figure, ax = style.subplots(1, 1, height=2.7, width=style.COLUMN_INCH)
    x = np.geomspace(1e-3, 2, 300)
    for error, colour in zip((0.0, 0.01, 0.05, 0.2), style.CYCLE, strict=False):
        need = statistics.counts_needed(x, relative_error=error)
        label = f"overlap known to {100 * error:g} %" if error else "overlap known exactly"
        ax.plot(x, np.where(np.isfinite(need), need, np.nan), color=colour, label=label)
        if error:
            ax.axvline(3 * error, color=colour, lw=0.7, ls=":")
    for label, ratio in ratios.items():
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        look = {"fontsize": 6, "rotation": 90, "ha": "right", "va": "top", "bbox": box}
        ax.annotate(label, (0.93 * ratio, 2e7), **look)
        ax.axvline(ratio, color=style.INK, lw=0.8)
    ax.set(ylim=(8, 3e7), xlim=(2e-3, 2), ylabel="counts under the line for 3σ")
    ax.set_xlabel("B K counts over all other counts under the line")
    style.logarithmic(ax, "x")
    style.logarithmic(ax, "y", 2)
    style.legend_above(figure, ax, ncols=2)
    return style.badge(figure, "derived")
