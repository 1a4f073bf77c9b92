"""Figures of energy loss and of boundaries in projection."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nasicon.core import style

MAP_UNITS = {"intensity": "counts", "above background": "counts", "edge fit": "boron (nm⁻²)"}
CASE_COLOURS = (style.UNDOPED, style.DOPED, style.THIRD, style.FOURTH)


def losses(
    curves: Mapping[str, tuple[NDArray, NDArray]], marks: Mapping[str, float], *, evidence: str
) -> Figure:
    """Draw spectra, each to its own highest point, with the onsets that a fit holds."""
    figure, ax = style.subplots(1, 1, height=2.9, width=style.COLUMN_INCH)
    for name, (energy, counts) in curves.items():
        ax.plot(energy, counts / np.max(counts), lw=0.8, label=name)
    for (name, onset), dashes in zip(marks.items(), (":", "--", "-."), strict=False):
        ax.axvline(onset, color=style.INK, lw=0.6, ls=dashes, label=f"{name}, {onset:g} eV")
    ax.set(xlabel="energy loss (eV)", ylabel="counts over the highest")
    style.legend_above(figure, ax)
    style.badge(figure, evidence)
    return figure


def spectra(
    curves: Mapping[str, tuple[NDArray, NDArray]],
    edges: pd.DataFrame,
    *,
    evidence: str,
    printed_ev: float | None,
    reference: str = "",
) -> Figure:
    """Whole spectra, and the region of P L1 and B K relative to the first of them.

    Parameters
    ----------
    curves : mapping of str to (energy_ev, counts)
    edges : DataFrame
        ``edge, elemental_ev, oxidised_low_ev, oxidised_high_ev`` (data/reference/eels_edges.csv).
    printed_ev : float or None
        Printed position of the feature.
    reference : str
        Name of the curve the others are divided by; by default the first.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.0, width_ratios=[1.0, 1.25])
    names = list(curves)
    base = curves[reference or names[0]]
    for k, (name, colour) in enumerate(zip(names, CASE_COLOURS, strict=False)):
        energy, counts = curves[name]
        left.plot(energy, counts * 2.5**-k, color=colour, lw=1.0, label=name)
        inside = (energy > 178) & (energy < 222)
        if len(names) > 1 and counts is not base[1] and np.array_equal(energy, base[0]):
            ratio = 100 * (counts / base[1] - 1)
            right.plot(energy[inside], ratio[inside], ".", ms=2.5, color=colour, alpha=0.7)
            width = max(round(2.0 / (energy[1] - energy[0])), 1)
            smooth = np.convolve(ratio, np.ones(width) / width, mode="same")
            right.plot(energy[inside], smooth[inside], color=colour, lw=1.2)
        elif len(names) == 1:
            slope = np.polyfit(np.log(energy[inside]), np.log(np.maximum(counts[inside], 1)), 1)
            line = np.exp(np.polyval(slope, np.log(energy[inside])))
            above = 100 * (counts[inside] / line - 1)
            right.plot(energy[inside], above, ".-", ms=2.5, lw=0.7, color=colour)
    right.axhline(0, color=style.INK, lw=0.5)
    left.set(xlabel="energy loss (eV)", ylabel="counts per channel, shifted")
    left.set_title("(e) P L₂,₃, P L₁, B K, C K")
    style.logarithmic(left, "y")
    style.legend_above(figure, left)
    low, high = right.get_ylim()
    right.set_ylim(low, high + 0.75 * (high - low))
    rows = edges[edges["edge"].str.contains("P L1|B K")].reset_index(drop=True)
    span = right.get_ylim()[1] - high
    for i, row in rows.iterrows():
        y = high + span * (0.12 + 0.17 * i)
        ends = row["oxidised_low_ev"], row["oxidised_high_ev"]
        right.hlines(y, *ends, lw=5, color=style.INK, alpha=0.35)
        right.plot(row["elemental_ev"], y, "|", ms=7, color=style.INK, zorder=5)
        label = row["edge"].replace("L1", "L₁").replace("BO4", "BO₄").replace("BO3", "BO₃")
        right.text(row["oxidised_high_ev"] + 1, y, label, fontsize=6, va="center")
    if printed_ev is not None:
        for ax in (left, right):
            ax.axvline(printed_ev, color=style.PRINTED, lw=1.0, label="printed")
        words, look = f"printed {printed_ev:g} eV", {"fontsize": 6, "color": style.PRINTED}
        at = (printed_ev - 0.5, high + 0.96 * span)
        right.text(*at, words, rotation=90, ha="right", va="top", **look)
    what = f"difference to {reference or names[0]} (%)" if len(names) > 1 else "above a line (%)"
    right.set(xlabel="energy loss (eV)", ylabel=what, xlim=(178, 222))
    right.set_title("bars: oxidised; ticks: element")
    style.badge(figure, evidence)
    return figure


def boron_recovery(table: pd.DataFrame, names: Mapping[str, float]) -> Figure:
    """Boron density that an edge fit gives, by hypothesis and model; and its significance.

    ``names``: hypothesis and its true density, in order.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.7, sharex=True)
    models = list(dict.fromkeys(table["model"]))
    for j, (model, colour) in enumerate(zip(models, (style.DOPED, style.UNDOPED), strict=False)):
        for i, (name, truth) in enumerate(names.items()):
            part = table[(table["model"] == model) & (table["hypothesis"] == name)]
            x = i + 0.28 * (j - 0.5)
            for ax, column in ((left, "estimate_per_nm3"), (right, "significance")):
                q = part[column].quantile([0.025, 0.25, 0.5, 0.75, 0.975]).to_numpy()
                ax.vlines(x, q[0], q[4], color=colour, lw=0.9)
                ax.vlines(x, q[1], q[3], color=colour, lw=4, label=model)
                ax.plot(x, q[2], "o", ms=3.2, color="white", markeredgecolor=colour)
            left.hlines(truth, i - 0.35, i + 0.35, color=style.INK, lw=1.0, label="truth")
    for ax in (left, right):
        ax.set_xticks(range(len(names)), [n.replace(", ", "\n") for n in names])
        ax.axhline(0, color=style.INK, lw=0.4)
    left.set(ylabel="boron (nm⁻³)", title="boron found")
    style.legend_above(figure, left)
    right.axhline(3, color=style.INK, lw=0.7, ls=":")
    right.set(ylabel="estimate over its own error", title="significance it would claim")
    style.badge(figure, "simulated", "bars 50 %, lines 95 % of 200 spectra")
    return figure


def maps(images: Mapping[str, Mapping[str, NDArray]], extent_nm: float, *, evidence: str) -> Figure:
    """Three kinds of map of each specimen: intensity, above background, edge fit.

    ``images``: specimen, then kind and array; the first array of a specimen may be the field
    that is behind it, called ``truth``.
    """
    rows = len(images)
    kinds = list(next(iter(images.values())))
    figure, axes = style.subplots(rows, len(kinds), height=2.7 * rows + 0.35, squeeze=False)
    for row, (specimen, arrays) in zip(axes, images.items(), strict=True):
        for ax, kind in zip(row, kinds, strict=True):
            values = arrays[kind]
            low, high = np.percentile(values, [2, 98])
            look = {"cmap": style.MAP, "vmin": low, "vmax": high, "origin": "lower"}
            image = ax.imshow(values, extent=(0, extent_nm, 0, extent_nm), **look)
            bar = figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.75)
            bar.set_label(MAP_UNITS.get(kind, kind))
            bar.locator = MaxNLocator(4)
            ax.set_title(f"{specimen}\n{kind}", fontsize=7)
            ax.set(xlabel="x (nm)", ylabel="y (nm)" if kind == kinds[0] else "")
    style.badge(figure, evidence, tiles=True)
    return figure


def map_correlations(table: pd.DataFrame) -> Figure:
    """How far each kind of map follows what is behind it."""
    figure, axes = style.subplots(1, 2, height=2.3, sharey=True)
    titles = {"thickness": "no boron, thickness in strips", "boron": "boron in strips, even foil"}
    colours = (style.UNDOPED, style.DOPED, style.THIRD)
    for ax, (specimen, title) in zip(axes, titles.items(), strict=True):
        part = table[table["specimen"] == specimen]
        for (kind, rows), colour in zip(part.groupby("map", sort=False), colours, strict=False):
            look = {"ms": 3.2, "color": "white", "markeredgecolor": colour, "label": kind}
            ax.plot(rows["pixel_dose"], rows["correlation"], "o", **look)
        ax.axhline(0, color=style.INK, lw=0.4)
        ax.set(xlabel="electrons per pixel", title=title, ylim=(-0.75, 1.1))
        style.logarithmic(ax, "x")
    axes[0].set_ylabel("correlation with the strips")
    style.legend_above(figure, axes[1])
    style.badge(figure, "simulated")
    return figure


def detection(
    curves: Mapping[str, tuple[NDArray, NDArray]],
    levels: Mapping[str, float],
    floor_at_percent: float | None = None,
) -> Figure:
    """Smallest boron content that counting alone would show, against the dose.

    ``curves``: label and (electrons, at%); ``levels``: label and at% for comparison.
    """
    figure, ax = style.subplots(1, 1, height=2.8, width=style.COLUMN_INCH)
    for (label, (dose, percent)), colour in zip(curves.items(), CASE_COLOURS, strict=False):
        ax.plot(dose, percent, color=colour, label=label)
    for label, level in levels.items():
        ax.axhline(level, color=style.PRINTED, lw=0.9, ls="--")
        style.name_line(ax, label, y=level, right="glass" in label, fontsize=6)
    if floor_at_percent is not None:
        ax.axhline(floor_at_percent, color=style.INK, lw=0.9, ls=":")
        words = {"y": floor_at_percent, "color": style.INK, "fontsize": 6, "va": "top"}
        style.name_line(ax, "false alarms, 5 %", **words)
    ax.set(xlabel="electrons per spectrum", ylabel="boron for 3σ (at%)")
    style.logarithmic(ax)
    ax.legend(loc="lower left", fontsize=6)
    style.badge(figure, "simulated")
    return figure
