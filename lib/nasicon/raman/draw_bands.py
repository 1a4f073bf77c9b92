"""Figures of Raman spectra: bands over a baseline, ratios, detection limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.raman.fit_bands import BandFit

BAND_COLOURS = {"TiO6": style.UNDOPED, "TiO4": style.DOPED}
LABELS = {"TiO6": "TiO₆", "TiO4": "TiO₄"}


def lines(
    tables: Mapping[str, pd.DataFrame], found: Mapping[str, pd.DataFrame], *, evidence: str
) -> Figure:
    """Draw whole spectra over each other, shifted, each with its strongest lines named."""
    height = 1.6 + 0.9 * len(tables)
    figure, ax = style.subplots(1, 1, height=height, width=style.PAGE_INCH * 0.8)
    for i, (name, table) in enumerate(tables.items()):
        ordered = table.sort_values("raman_shift_cm1")
        y = ordered["intensity"].to_numpy(float)
        low, high = np.percentile(y, [1, 99.9])
        shade = style.CYCLE[i % len(style.CYCLE)]
        at = len(tables) - 1 - i
        ax.plot(
            ordered["raman_shift_cm1"], at + 0.8 * (y - low) / (high - low), lw=0.7, color=shade
        )
        ax.text(0.995, at + 0.12, name, transform=ax.get_yaxis_transform(), ha="right", fontsize=7)
        for row in found[name].nlargest(8, "height").itertuples():
            top = np.interp(row.position_cm1, ordered["raman_shift_cm1"], y)
            ax.annotate(
                f"{row.position_cm1:.0f}",
                (row.position_cm1, at + 0.8 * min((top - low) / (high - low), 1.02)),
                xytext=(0, 2),
                textcoords="offset points",
                fontsize=6,
                ha="center",
            )
    ax.set(xlabel="Raman shift (cm⁻¹)", ylabel="intensity, each to its own scale", yticks=[])
    ax.set_ylim(-0.1, len(tables) + 0.05)
    style.badge(figure, evidence)
    return figure


def bands(
    tables: Mapping[str, pd.DataFrame],
    fits: Mapping[str, BandFit],
    *,
    evidence: str,
    printed_cm1: tuple[float, ...] = (),
    shown_cm1: tuple[float, float] = (400.0, 1200.0),
    letter: str = "",
) -> Figure:
    """Spectra over the shown range, and the fitted window enlarged, two columns a sample pair.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``raman_shift_cm1``, ``intensity``.
    fits : mapping of str to BandFit
    printed_cm1 : tuple of float
        Printed band positions.
    """
    figure, axes = style.subplots(
        2,
        len(tables),
        height=3.7,
        squeeze=False,
        width=style.PAGE_INCH if len(tables) > 1 else style.COLUMN_INCH,
    )
    for column, (name, table) in enumerate(tables.items()):
        top, below = axes[0, column], axes[1, column]
        x, y = table["raman_shift_cm1"].to_numpy(), table["intensity"].to_numpy()
        inside = (x >= shown_cm1[0]) & (x <= shown_cm1[1])
        top.plot(x[inside], y[inside] / y[inside].max(), color=style.DATA, lw=0.9)
        top.axvspan(fits[name].x[0], fits[name].x[-1], color=style.SHADE, lw=0, zorder=0)
        top.set(title=f"({letter}) {name}" if letter else name, xlim=shown_cm1, yticks=[])
        _window(below, fits[name], evidence, printed_cm1)
        value, low, high = fits[name].ratio()
        poor = "not_identifiable" in fits[name].flags() or "at_bound" in fits[name].flags()
        text = "no area ratio" if poor else f"TiO₄/TiO₆ {value:.2f} ({low:.2f} to {high:.2f})"
        below.set_title(text, fontweight="normal", fontsize=7.5)
        for ax in (top, below):
            ax.set_xlabel("Raman shift (cm⁻¹)")
    axes[0, 0].set_ylabel("intensity (arb. units)", labelpad=9)
    axes[1, 0].set_ylabel("bands (arb. units)", labelpad=9)
    handles, labels = axes[1, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), handlelength=1.4)
    style.badge(figure, evidence)
    return figure


def _window(ax: Axes, fit: BandFit, evidence: str, printed: tuple[float, ...]) -> None:
    left = fit.intensity - fit.baseline
    scale = float(np.max(np.abs(left))) or 1.0
    every = max(1, len(fit.x) // 150)
    look = style.points(evidence) | {"markersize": 2.4, "markeredgewidth": 0.6}
    ax.plot(fit.x[::every], left[::every] / scale, **look, label=evidence)
    total = np.zeros_like(fit.x)
    for band in fit.bands:
        shape = fit.component(band.name)
        total = total + shape
        ax.fill_between(
            fit.x,
            0,
            shape / scale,
            color=BAND_COLOURS.get(band.name, style.THIRD),
            alpha=0.35,
            lw=0,
            label=LABELS.get(band.name, band.name),
        )
    ax.plot(fit.x, total / scale, color=style.INK, lw=0.9, label="fit")
    for i, position in enumerate(printed):
        ax.axvline(
            position,
            color=style.PRINTED,
            lw=1.0,
            ls="--",
            label="printed position" if i == 0 else None,
        )
    ax.set(xlim=(fit.x[0], fit.x[-1]), yticks=[])


def ratio_recovery(table: pd.DataFrame) -> Figure:
    """Change of the area ratio with boron: truth against estimate, with and without effect."""
    kinds = list(dict.fromkeys(table["kind"]))
    names = {"G": "glasses", "GC": "glass-ceramics"}
    figure, axes = style.subplots(1, len(kinds), height=2.8, sharey=True)
    for ax, kind in zip(axes, kinds, strict=True):
        part = table[table["kind"] == kind]
        for colour, (name, group) in zip(
            (style.THIRD, style.DOPED), part.groupby("hypothesis"), strict=False
        ):
            spread = group["truth"] * (1 + 0.012 * np.sin(np.arange(len(group)) * 2.4))
            ax.plot(
                spread,
                group["estimate"].clip(0.02, 50),
                "o",
                ms=2.4,
                color=colour,
                mew=0,
                alpha=0.6,
                label=name,
            )
        style.identity(ax, 0.35, 1.1)
        ax.axhline(1, color=style.INK, lw=0.4, ls=":")
        ax.set(xscale="log", yscale="log")
        ax.set_xticks([0.4, 0.6, 0.8, 1.0], ["0.4", "0.6", "0.8", "1"])
        ax.set(title=names.get(kind, kind), xlabel="true change of TiO₄/TiO₆ with boron")
        ax.set_yticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
        ax.minorticks_off()
        ax.set_ylim(0.15, 7)
    axes[0].set_ylabel("change found")
    axes[0].legend(loc="lower right", fontsize=6.5)
    style.badge(figure, "simulated")
    return figure


def share_recovery(table: pd.DataFrame, amorphous: tuple[float, float, float]) -> Figure:
    """Glass share found in a ceramic against its truth, and the detection limits.

    ``amorphous``: printed share of C-LATBP from diffraction with its interval.
    """
    import seaborn as sns

    figure, (left, right) = style.subplots(1, 2, height=2.7)
    shares = sorted(table["truth"].unique())
    look = {"x": 100 * table["truth"], "y": 100 * table["estimate"]}
    sns.boxplot(
        **look,
        ax=left,
        whis=(2.5, 97.5),
        showfliers=False,
        width=0.5,
        color="white",
        linecolor=style.UNDOPED,
    )
    left.plot(
        range(len(shares)),
        [100 * t for t in shares],
        "_",
        ms=16,
        mew=1.6,
        color=style.INK,
        label="truth",
    )
    left.set_xticks(range(len(shares)), [f"{100 * t:g}" for t in shares])
    left.set(xlabel="true glass share (%)", ylabel="share found (%)")
    left.legend(loc="upper left")
    limits = np.sort(100 * table["limit"])
    right.plot(
        limits,
        np.linspace(0, 100, len(limits)),
        color=style.UNDOPED,
        label="statistical limit, 3.29 s.e.",
    )
    error = np.sort(100 * np.abs(table["estimate"] - table["truth"]))
    right.plot(error, np.linspace(0, 100, len(error)), color=style.THIRD, label="actual error")
    right.axvline(
        100 * amorphous[0], color=style.PRINTED, lw=1, ls="--", label="amorphous, C-LATBP, printed"
    )
    right.axvspan(*(100 * v for v in amorphous[1:]), color=style.PRINTED, alpha=0.12, lw=0)
    right.set(xlabel="glass share (%)", ylabel="spectra at or below (%)", xlim=(0, 15))
    right.legend(loc="center right", fontsize=6.5)
    style.badge(figure, "simulated")
    return figure


def calibration(table: pd.DataFrame) -> Figure:
    """Measured minus reference position of lines that calibrate a Raman axis, by instrument."""
    figure, ax = style.subplots(1, 1, height=2.6, width=style.COLUMN_INCH)
    for colour, (name, part) in zip(style.CYCLE, table.groupby("instrument"), strict=False):
        ax.errorbar(
            part["reference_cm1"],
            part["difference_cm1"],
            yerr=1.96 * part["stderr_cm1"],
            fmt="o",
            color=colour,
            label=name,
            capsize=2,
        )
    ax.axhspan(-1, 1, color=style.SHADE, lw=0, zorder=0)
    ax.axhline(0, color=style.INK, lw=0.5)
    ax.set(xlabel="reference position (cm⁻¹)", ylabel="measured − reference (cm⁻¹)")
    ax.legend(loc="best")
    style.badge(figure, "measured")
    return figure
