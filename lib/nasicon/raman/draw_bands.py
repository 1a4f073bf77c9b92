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


def lines(
    tables: Mapping[str, pd.DataFrame], found: Mapping[str, pd.DataFrame], *, evidence: str
) -> Figure:
    """Draw whole spectra over each other, shifted, each with its strongest lines named."""
    height = 1.6 + 0.9 * len(tables)
    figure, ax = style.subplots(1, 1, height=height)
    for i, (name, table) in enumerate(tables.items()):
        ordered = table.sort_values("raman_shift_cm1")
        x, y = (ordered[c].to_numpy(float) for c in ("raman_shift_cm1", "intensity"))
        low, high = np.percentile(y, [1, 99.9])
        at = len(tables) - 1 - i
        scaled = at + 0.8 * (y - low) / (high - low)
        ax.plot(x, scaled, lw=0.7)
        ax.text(0.995, at + 0.12, name, transform=ax.get_yaxis_transform(), ha="right", fontsize=7)
        above = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center", "fontsize": 6}
        for position in found[name].nlargest(8, "height")["position_cm1"]:
            top = min(np.interp(position, x, scaled), at + 0.82)
            ax.annotate(f"{position:.0f}", (position, top), **above)
    ax.set(xlabel="Raman shift (cm⁻¹)", ylabel="intensity, each to its own scale", yticks=[])
    ax.set_ylim(-0.1, len(tables) + 0.05)
    return style.badge(figure, evidence)


def bands(
    tables: Mapping[str, pd.DataFrame],
    fits: Mapping[str, BandFit],
    *,
    evidence: str,
    printed_cm1: tuple[float, ...] = (),
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
    figure, panels = style.over_strips(len(tables), len(tables), height=3.5, strip=1.0)
    for (top, below), (name, table) in zip(panels, tables.items(), strict=True):
        x, y = table["raman_shift_cm1"].to_numpy(), table["intensity"].to_numpy()
        shown = min(400.0, fits[name].x[0]), max(1200.0, fits[name].x[-1])
        inside = (x >= shown[0]) & (x <= shown[1])
        top.plot(x[inside], y[inside] / y[inside].max(), color=style.DATA, lw=0.9)
        top.axvspan(fits[name].x[0], fits[name].x[-1], color=style.SHADE, lw=0, zorder=0)
        top.set(title=f"({letter}) {name}" if letter else name, xlim=shown, yticks=[])
        _window(below, fits[name], evidence, printed_cm1)
        below.set_title(_ratio(fits[name]), fontweight="normal", fontsize=7.5)
        for ax in (top, below):
            ax.set_xlabel("Raman shift (cm⁻¹)")
    for ax, label in zip(panels[0], ("intensity (arb. units)", "bands (arb. units)"), strict=True):
        ax.set_ylabel(label, labelpad=9)
    style.legend_above(figure, panels[0][1])
    return style.badge(figure, evidence)


def _ratio(fit: BandFit) -> str:
    """Area ratio of the second band to the first, in words; nothing of a single band."""
    if len(fit.bands) < 2:
        return ""
    if {"not_identifiable", "at_bound"} & set(fit.flags()):
        return "no area ratio"
    first, second = (band.name for band in fit.bands[:2])
    value, low, high = fit.ratio(second, first)
    doubt = ", misfit" if "misfit" in fit.flags() else ""
    return f"{second}/{first} {value:.2f} ({low:.2f} to {high:.2f}){doubt}"


def _window(ax: Axes, fit: BandFit, evidence: str, printed: tuple[float, ...]) -> None:
    left = fit.intensity - fit.baseline
    scale = float(np.max(np.abs(left))) or 1.0
    every = max(1, len(fit.x) // 150)
    look = style.points(evidence) | {"markersize": 2.4, "markeredgewidth": 0.6}
    ax.plot(fit.x[::every], left[::every] / scale, **look, label=evidence)
    total = np.zeros_like(fit.x)
    for band in fit.bands:
        shape, colour = fit.component(band.name), BAND_COLOURS.get(band.name, style.THIRD)
        total = total + shape
        look = {"color": colour, "alpha": 0.35, "lw": 0, "label": band.name}
        ax.fill_between(fit.x, 0, shape / scale, **look)
    ax.plot(fit.x, total / scale, color=style.INK, lw=0.9, label="fit")
    for position in printed:
        ax.axvline(position, color=style.PRINTED, lw=1.0, ls="--", label="printed position")
    ax.set(xlim=(fit.x[0], fit.x[-1]), yticks=[])


def ratio_recovery(table: pd.DataFrame) -> Figure:
    """Change of the area ratio with boron: truth against estimate, with and without effect."""
    kinds = list(dict.fromkeys(table["kind"]))
    names = {"G": "glasses", "GC": "glass-ceramics"}
    figure, axes = style.subplots(1, len(kinds), height=2.8, sharey=True)
    for ax, kind in zip(axes, kinds, strict=True):
        part = table[table["kind"] == kind]
        groups = part.groupby("hypothesis")
        for colour, (name, group) in zip((style.THIRD, style.DOPED), groups, strict=False):
            spread = group["truth"] * (1 + 0.012 * np.sin(np.arange(len(group)) * 2.4))
            look = {"ms": 2.4, "color": colour, "mew": 0, "alpha": 0.6, "label": name}
            ax.plot(spread, group["estimate"].clip(0.02, 50), "o", **look)
        style.identity(ax, 0.35, 1.1)
        ax.axhline(1, color=style.INK, lw=0.4, ls=":")
        style.logarithmic(ax, "x", at=(0.4, 0.6, 0.8, 1))
        style.logarithmic(ax, "y", at=(0.2, 0.5, 1, 2, 5))
        ax.set(title=names.get(kind, kind), xlabel="true change of TiO₄/TiO₆ with boron")
        ax.set_ylim(0.1, 7)
    axes[0].set_ylabel("change found")
    style.legend_above(figure, axes[0])
    return style.badge(figure, "simulated")


def share_recovery(table: pd.DataFrame, amorphous: tuple[float, float, float]) -> Figure:
    """Glass share found in a ceramic against its truth, and the detection limits.

    ``amorphous``: printed share of C-LATBP from diffraction with its interval.
    """
    import seaborn as sns

    figure, (left, right) = style.subplots(1, 2, height=2.7)
    shares = sorted(table["truth"].unique())
    pair = {"x": 100 * table["truth"], "y": 100 * table["estimate"], "width": 0.5}
    look = {"color": "white", "linecolor": style.UNDOPED, "showfliers": False}
    sns.boxplot(**pair, ax=left, whis=(2.5, 97.5), **look)
    percent, at = [100 * share for share in shares], range(len(shares))
    left.plot(at, percent, "_", ms=16, mew=1.6, color=style.INK, label="truth")
    left.set_xticks(at, [f"{share:g}" for share in percent])
    left.set(xlabel="true glass share (%)", ylabel="share found (%)", title="truth and estimate")
    error = np.abs(table["estimate"] - table["truth"])
    for values, label, colour in (
        (table["limit"], "statistical limit, 3.29 s.e.", style.UNDOPED),
        (error, "actual error", style.THIRD),
    ):
        level = np.linspace(0, 100, len(values))
        right.plot(np.sort(100 * values), level, color=colour, label=label)
    label = "amorphous, C-LATBP, printed"
    right.axvline(100 * amorphous[0], color=style.PRINTED, lw=1, ls="--", label=label)
    right.axvspan(*(100 * v for v in amorphous[1:]), color=style.PRINTED, alpha=0.12, lw=0)
    right.set(xlabel="glass share (%)", ylabel="spectra at or below (%)", xlim=(0, 15))
    right.set_title("what a spectrum can tell")
    style.legend_above(figure, left, right)
    return style.badge(figure, "simulated")


def calibration(table: pd.DataFrame) -> Figure:
    """Measured minus reference position of lines that calibrate a Raman axis, by instrument."""
    figure, ax = style.subplots(1, 1, height=2.6, width=style.COLUMN_INCH)
    for name, part in table.groupby("instrument"):
        pair, error = (part["reference_cm1"], part["difference_cm1"]), 1.96 * part["stderr_cm1"]
        ax.errorbar(*pair, yerr=error, fmt="o", label=name, capsize=2)
    ax.axhspan(-1, 1, color=style.SHADE, lw=0, zorder=0)
    ax.axhline(0, color=style.INK, lw=0.5)
    ax.set(xlabel="reference position (cm⁻¹)", ylabel="measured − reference (cm⁻¹)")
    ax.legend(loc="best")
    return style.badge(figure, "measured")
