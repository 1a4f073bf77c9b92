"""Figures of photoemission: fitted regions, the B 1s window, bismuth, X-ray counting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasicon.core import statistics, style
from nasicon.xps.fit_regions import XpsFit
from nasicon.xps.model_lines import boron_share, phosphate_spacing_ev, single_peak, voigt

PEAKS = (style.DOPED, style.THIRD, style.FOURTH, style.ORANGE, "#000000")
SUBSCRIPTS = str.maketrans("234", "₂₃₄")
HYPOTHESES = {"none": style.UNDOPED, "as added": style.DOPED, "any": style.DATA}


def regions(
    fits: Mapping[str, XpsFit],
    *,
    evidence: str,
    printed_ev: Mapping[str, Sequence[float]] | None = None,
    columns: int = 2,
    note: str = "",
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
    columns = min(columns, len(fits))
    rows = -(-len(fits) // columns)
    width = style.PAGE_INCH if columns > 1 else style.COLUMN_INCH
    figure, axes = style.subplots(
        2 * rows,
        columns,
        height=2.9 * rows + 0.3,
        width=width,
        squeeze=False,
        gridspec_kw={"height_ratios": [3.2, 1.0] * rows},
    )
    for index, (name, fit) in enumerate(fits.items()):
        row, column = divmod(index, columns)
        top, below = axes[2 * row, column], axes[2 * row + 1, column]
        _region(top, below, fit, evidence, (printed_ev or {}).get(name, ()))
        top.set_title(name)
    for blank in range(len(fits), rows * columns):
        row, column = divmod(blank, columns)
        axes[2 * row, column].set_visible(False)
        axes[2 * row + 1, column].set_visible(False)
    style.badge(figure, evidence, note)
    return figure


def _region(top: Axes, below: Axes, fit: XpsFit, evidence: str, printed: Sequence[float]) -> None:
    table = fit.curves()
    x = table["binding_energy_ev"]
    scale = 1e3
    top.plot(
        x,
        table["intensity"] / scale,
        **{**style.points(evidence), "markersize": 2.4},
        label=evidence,
    )
    top.plot(x, table["background"] / scale, color=style.INK, lw=0.8, ls="--", label="background")
    for peak, colour in zip(fit.region.peaks, PEAKS, strict=False):
        y = (table[peak.name] + table["background"]) / scale
        top.fill_between(x, table["background"] / scale, y, color=colour, alpha=0.35, lw=0)
        top.plot(x, y, color=colour, lw=1.0, label=peak.name)
    top.plot(x, table["model"] / scale, color=style.UNDOPED, lw=1.3, label="fit", zorder=4)
    for i, energy in enumerate(printed):
        top.axvline(energy, color=style.PRINTED, lw=1.0, ls=":", label=None if i else "printed")
    top.set_xlim(x.max(), x.min())
    low, high = top.get_ylim()
    top.set_ylim(low, high + 0.28 * (high - low))
    free = "upper right" if evidence == "simulated" else "upper left"  # the stamp is at the left
    top.legend(loc=free, fontsize=6, handlelength=1.4)
    top.set_ylabel("intensity (10³)")
    top.set_xticklabels([])
    residual = (table["intensity"] - table["model"]) / fit.region.sigma
    below.plot(x, residual, ".", ms=2, color=style.UNDOPED)
    below.axhline(0, color=style.INK, lw=0.4)
    reach = max(4.0, float(np.abs(residual).quantile(0.995)) * 1.1)
    below.set(
        xlim=(x.max(), x.min()),
        ylim=(-reach, reach),
        xlabel="binding energy (eV)",
        ylabel="resid. (σ)",
    )


def boron_positions(
    table: pd.DataFrame,
    *,
    printed_ev: float,
    factor_ratio: float,
    added_ratio: float,
    phosphorus_ev: float = 191.0,
    boron_ev: float = 192.8,
) -> Figure:
    """Where the one line of the B 1s window would appear, and its distance from P 2p.

    ``table`` is ``boron.csv`` of the recovery.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.9)
    ratios = np.geomspace(0.02, 30, 200)
    share = boron_share(ratios, factor_ratio)
    none = table[table["hypothesis"] == "none"]
    some = table[table["hypothesis"] != "none"]
    for ax, column in ((left, "one_line_ev"), (right, "spacing_ev")):
        low, high = none[column].quantile([0.025, 0.975])
        ax.axhspan(low, high, color=style.SHADE, lw=0, label="no boron at all, 95 %")
        ax.plot(
            some["boron_per_phosphorus"],
            some[column],
            **{**style.points("simulated"), "markersize": 3},
            label="simulated",
        )
        ax.axvline(added_ratio, color=style.DOPED, lw=0.9, ls="--", label="all added boron")
        ax.set_xscale("log")
        ax.set_xlabel("B per P in the analysed layer")
        ax.set_xlim(0.03, 30)
    left.plot(
        ratios,
        single_peak(phosphorus_ev, boron_ev, share),
        color=style.UNDOPED,
        lw=1.0,
        label="centre of gravity",
    )
    left.axhline(printed_ev, color=style.PRINTED, lw=1.1, label=f"printed {printed_ev:g} eV")
    left.axhspan(printed_ev - 0.3, printed_ev + 0.3, color=style.PRINTED, alpha=0.12, lw=0)
    left.set(
        ylabel="energy of the one line (eV)",
        title="(f) position: needs the charge reference",
        ylim=(189.4, 196.0),
    )
    expected = float(phosphate_spacing_ev())
    right.axhline(expected, color=style.INK, lw=0.9, ls=":", label="P 2s − P 2p, phosphates")
    right.set(ylabel="line − P 2p (eV)", title="(f) spacing: free of it", ylim=(56.4, 62.2))
    for ax in (left, right):
        style.decades(ax.xaxis)
        ax.legend(loc="upper right", fontsize=6)
    style.badge(figure, "simulated", "one line fitted to P 2s + B 1s")
    return figure


def window_curve(
    boron_per_phosphorus: float = 0.2,
    charge_ev: float = 0.0,
    boron_ev: float = 192.8,
    printed_ev: float = 191.8,
    factor_ratio: float = 1.18 / 0.486,
) -> Figure:
    """P 2s and B 1s of a phosphate and their sum, for a slider."""
    # half the time of a drawing is its layout
    figure, ax = style.subplots(1, 1, height=2.3, width=style.COLUMN_INCH, layout="none")
    energy = np.linspace(187, 197, 251)
    phosphorus = voigt(energy, 191.0 + charge_ev, 1.2, 1.2)
    boron = boron_per_phosphorus / factor_ratio * voigt(energy, boron_ev + charge_ev, 1.2, 0.2)
    ax.fill_between(energy, phosphorus, color=style.DOPED, alpha=0.35, lw=0, label="P 2s")
    ax.fill_between(energy, boron, color=style.THIRD, alpha=0.45, lw=0, label="B 1s")
    ax.plot(energy, phosphorus + boron, color=style.UNDOPED, label="sum")
    ax.axvline(printed_ev, color=style.PRINTED, ls=":", label="printed")
    ax.set(xlim=(197, 187), xlabel="binding energy (eV)", ylabel="intensity (P 2s area = 1)")
    ax.legend(fontsize=6)
    figure.subplots_adjust(left=0.16, right=0.97, bottom=0.2, top=0.9)
    return figure


def boron_recovery(table: pd.DataFrame) -> Figure:
    """Share of boron that two lines give back, against the truth, by hypothesis."""
    figure, (left, right) = style.subplots(1, 2, height=2.7)
    for name, colour in HYPOTHESES.items():
        part = table[table["hypothesis"] == name]
        left.errorbar(
            part["true_share"],
            part["share"],
            yerr=np.hypot(part["stderr"], part["systematic"]),
            fmt="o",
            ms=2.8,
            color=colour,
            lw=0.5,
            markerfacecolor="white",
            label=name,
        )
    left.plot([0, 1], [0, 1], color=style.INK, lw=0.7)
    left.set(
        xlabel="true share of B 1s in the window",
        ylabel="share from two lines",
        xlim=(-0.06, 1.02),
        ylim=(-0.25, 1.15),
        title="Truth against estimate",
    )
    left.legend(title="boron", loc="upper left", bbox_to_anchor=(0.0, 0.86), title_fontsize=6)
    bins = np.linspace(-0.15, 0.35, 21)
    for name in ("none", "as added"):
        part = table[table["hypothesis"] == name]
        right.hist(part["share"], bins, histtype="stepfilled", alpha=0.35, color=HYPOTHESES[name])
        right.hist(part["share"], bins, histtype="step", color=HYPOTHESES[name], label=name)
    added = float(table.loc[table["hypothesis"] == "as added", "true_share"].iloc[0])
    right.axvline(added, color=style.DOPED, lw=0.9, ls="--")
    right.axvline(0, color=style.UNDOPED, lw=0.9, ls="--")
    right.set(xlabel="share from two lines", ylabel="spectra", title="None against all of it")
    right.set_ylim(0, 1.3 * right.get_ylim()[1])
    right.legend(title="boron", title_fontsize=6)
    style.badge(figure, "simulated", "bars: fit and ± 0.3 eV of the P 2s − P 2p spacing")
    return figure


def bismuth(printed: Mapping[str, float], references: pd.DataFrame) -> Figure:
    """Printed Bi 4f7/2 energies and their distance beside reference compounds."""
    figure, (left, right) = style.subplots(
        1, 2, height=2.3, gridspec_kw={"width_ratios": [1.4, 1.0]}
    )
    rows = references[references["line"] == "Bi 4f7/2"].reset_index(drop=True)
    metal = float(rows.loc[rows["compound"] == "Bi metal", "energy_ev"].iloc[0])
    labels = []
    for y, row in rows.iterrows():
        sure = row["verified"] == "yes"
        marker = {"marker": "o", "ms": 4.5, "color": style.INK}
        if not sure:
            marker |= {"markerfacecolor": "white"}
        left.plot(row["energy_ev"], y, **marker)
        right.plot(row["energy_ev"] - metal, y, **marker)
        labels.append(row["compound"].translate(SUBSCRIPTS) + ("" if sure else " *"))
    for name, energy in printed.items():
        left.axvline(energy, color=style.PRINTED, lw=1.0)
        left.axvspan(energy - 0.3, energy + 0.3, color=style.PRINTED, alpha=0.12, lw=0)
        left.annotate(
            f" {name}", (energy, len(rows) - 0.45), fontsize=6, color=style.PRINTED, va="bottom"
        )
    shift = max(printed.values()) - min(printed.values())
    right.axvspan(shift - 0.1, shift + 0.1, color=style.PRINTED, alpha=0.25, lw=0)
    right.axvline(shift, color=style.PRINTED, lw=1.0)
    for ax in (left, right):
        ax.set_yticks(range(len(labels)), labels)
        ax.set_ylim(-0.6, len(rows) - 0.1)
    right.set_yticklabels([])
    left.set(xlabel="Bi 4f7/2 (eV)", xlim=(156, 161.2))
    right.set(xlabel="Bi 4f7/2 above the metal (eV)", xlim=(-0.3, 3.9))
    style.badge(figure, "derived", "* from memory, not verified; band: printed ± 0.3 eV, rounding")
    return figure


def xray_counting(ratios: Mapping[str, float]) -> Figure:
    """Counts under the B K line that a three-sigma detection needs.

    ``ratios``: label and B K counts over everything else under the line.
    """
    figure, ax = style.subplots(1, 1, height=2.7, width=style.COLUMN_INCH)
    x = np.geomspace(1e-3, 2, 300)
    for error, colour in (
        (0.0, style.UNDOPED),
        (0.01, style.DOPED),
        (0.05, style.THIRD),
        (0.2, style.FOURTH),
    ):
        need = statistics.counts_needed(x, relative_error=error)
        ax.plot(
            x,
            np.where(np.isfinite(need), need, np.nan),
            color=colour,
            label=f"overlap known to {100 * error:g} %" if error else "overlap known exactly",
        )
        if error:
            ax.axvline(3 * error, color=colour, lw=0.7, ls=":")
    for label, ratio in ratios.items():
        ax.annotate(label, (ratio, 3e5), fontsize=6, rotation=90, ha="right", va="bottom")
        ax.axvline(ratio, color=style.INK, lw=0.8)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="B K counts over all other counts under the line",
        ylabel="counts under the line for 3σ",
        ylim=(8, 3e7),
        xlim=(1e-3, 2),
    )
    style.decades(ax.xaxis)
    style.decades(ax.yaxis, 2)
    ax.legend(loc="lower left", fontsize=6)
    style.badge(figure, "derived")
    return figure
