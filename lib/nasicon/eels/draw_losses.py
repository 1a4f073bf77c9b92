"""Figures of energy loss and of boundaries in projection."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasicon.core import style

MAP_UNITS = {"intensity": "counts", "above background": "counts", "edge fit": "boron (nm⁻²)"}
CASE_COLOURS = (style.UNDOPED, style.DOPED, style.THIRD, style.FOURTH)


def losses(
    curves: Mapping[str, tuple[NDArray, NDArray]], marks: Mapping[str, float], *, evidence: str
) -> Figure:
    """Draw spectra, each to its own highest point, with the onsets that a fit holds."""
    figure, ax = style.subplots(1, 1, height=2.9, width=style.COLUMN_INCH * 1.4)
    for (name, (energy, counts)), colour in zip(
        curves.items(), style.CYCLE * (1 + len(curves) // len(style.CYCLE)), strict=False
    ):
        ax.plot(energy, counts / np.max(counts), lw=0.8, color=colour, label=name)
    for i, (name, onset) in enumerate(marks.items()):
        ax.axvline(onset, color=style.INK, lw=0.6, ls=":")
        ax.annotate(
            name,
            (onset, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, -8 - 9 * i),
            textcoords="offset points",
            fontsize=6.5,
        )
    ax.set(xlabel="energy loss (eV)", ylabel="counts over the highest")
    ax.legend(loc="best")
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
    figure, (left, right) = style.subplots(
        1, 2, height=3.0, gridspec_kw={"width_ratios": [1.0, 1.25]}
    )
    names = list(curves)
    base = curves[reference or names[0]]
    for k, (name, colour) in enumerate(zip(names, CASE_COLOURS, strict=False)):
        energy, counts = curves[name]
        left.semilogy(energy, counts * 2.5**-k, color=colour, lw=1.0, label=name)
        if len(names) > 1 and np.array_equal(energy, base[0]):
            inside = (energy > 178) & (energy < 222)
            ratio = 100 * (counts / base[1] - 1)
            right.plot(energy[inside], ratio[inside], ".", ms=2.5, color=colour, alpha=0.7)
            width = max(round(2.0 / (energy[1] - energy[0])), 1)
            smooth = np.convolve(ratio, np.ones(width) / width, mode="same")
            right.plot(energy[inside], smooth[inside], color=colour, lw=1.2)
        elif len(names) == 1:
            inside = (energy > 178) & (energy < 222)
            slope = np.polyfit(np.log(energy[inside]), np.log(np.maximum(counts[inside], 1)), 1)
            line = np.exp(np.polyval(slope, np.log(energy[inside])))
            right.plot(
                energy[inside],
                100 * (counts[inside] / line - 1),
                ".-",
                ms=2.5,
                lw=0.7,
                color=colour,
            )
    left.set(
        xlabel="energy loss (eV)",
        ylabel="counts per channel, shifted",
        title="(e) P L₂,₃, P L₁, B K, C K",
    )
    style.decades(left.yaxis)
    style.legend_above(figure, *left.get_legend_handles_labels())
    low, high = right.get_ylim()
    right.set_ylim(low, high + 0.75 * (high - low))
    rows = edges[edges["edge"].str.contains("P L1|B K")].reset_index(drop=True)
    span = right.get_ylim()[1] - high
    for i, row in rows.iterrows():
        y = high + span * (0.12 + 0.17 * i)
        right.plot(
            [row["oxidised_low_ev"], row["oxidised_high_ev"]],
            [y, y],
            lw=5,
            color=style.INK,
            alpha=0.35,
            solid_capstyle="butt",
        )
        right.plot(row["elemental_ev"], y, "|", ms=7, color=style.INK)
        label = row["edge"].replace("L1", "L₁").replace("BO4", "BO₄").replace("BO3", "BO₃")
        right.text(row["oxidised_high_ev"] + 1, y, label, fontsize=6, va="center")
    if printed_ev is not None:
        for ax in (left, right):
            ax.axvline(printed_ev, color=style.PRINTED, lw=1.0, label="printed")
        right.text(
            printed_ev - 0.5,
            high + span,
            f"printed {printed_ev:g} eV",
            rotation=90,
            fontsize=6,
            color=style.PRINTED,
            ha="right",
            va="top",
        )
    what = f"difference to {reference or names[0]} (%)" if len(names) > 1 else "above a line (%)"
    right.set(
        xlabel="energy loss (eV)",
        ylabel=what,
        xlim=(178, 222),
        title="bars: oxidised; ticks: element",
    )
    style.badge(figure, evidence)
    return figure


def boron_recovery(table: pd.DataFrame, names: Mapping[str, float]) -> Figure:
    """Boron density that an edge fit gives, by hypothesis and model; and its significance.

    ``names``: hypothesis and its true density, in order.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.7)
    models = list(dict.fromkeys(table["model"]))
    for j, (model, colour) in enumerate(zip(models, (style.DOPED, style.UNDOPED), strict=False)):
        for i, (name, truth) in enumerate(names.items()):
            part = table[(table["model"] == model) & (table["hypothesis"] == name)]
            x = i + 0.28 * (j - 0.5)
            for ax, column in ((left, "estimate_per_nm3"), (right, "significance")):
                q = part[column].quantile([0.025, 0.25, 0.5, 0.75, 0.975]).to_numpy()
                ax.plot([x, x], [q[0], q[4]], color=colour, lw=0.9)
                ax.plot(
                    [x, x],
                    [q[1], q[3]],
                    color=colour,
                    lw=4,
                    solid_capstyle="butt",
                    label=model if i == 0 else None,
                )
                ax.plot(x, q[2], "o", ms=3.2, color="white", markeredgecolor=colour)
            if j == 0:
                left.plot(
                    [i - 0.35, i + 0.35],
                    [truth, truth],
                    color=style.INK,
                    lw=1.0,
                    label="truth" if i == 0 else None,
                )
    for ax in (left, right):
        ax.set_xticks(range(len(names)), [n.replace(", ", "\n") for n in names])
        ax.axhline(0, color=style.INK, lw=0.4)
    left.set(ylabel="boron (nm⁻³)", title="boron found")
    style.legend_above(figure, *left.get_legend_handles_labels())
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
            image = ax.imshow(
                values,
                cmap=style.MAP,
                vmin=low,
                vmax=high,
                origin="lower",
                extent=(0, extent_nm, 0, extent_nm),
            )
            bar = figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.75)
            bar.ax.tick_params(labelsize=6)
            bar.set_label(MAP_UNITS.get(kind, kind), fontsize=6.5)
            ax.set_title(f"{specimen}\n{kind}", fontsize=7)
            ax.set_xlabel("x (nm)", fontsize=7)
            ax.set_ylabel("y (nm)" if kind == kinds[0] else "", fontsize=7)
            ax.tick_params(labelsize=6)
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
            ax.semilogx(
                rows["pixel_dose"],
                rows["correlation"],
                "o",
                ms=3.2,
                color="white",
                markeredgecolor=colour,
                label=kind,
            )
        ax.axhline(0, color=style.INK, lw=0.4)
        ax.set(xlabel="electrons per pixel", title=title, ylim=(-0.75, 1.1))
        style.decades(ax.xaxis)
    axes[0].set_ylabel("correlation with the strips")
    style.legend_above(figure, *axes[1].get_legend_handles_labels())
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
        ax.loglog(dose, percent, color=colour, label=label)
    for label, level in levels.items():
        ax.axhline(level, color=style.PRINTED, lw=0.9, ls="--")
        ax.text(
            ax.get_xlim()[1] * 0.9, level * 1.08, label, fontsize=6, color=style.PRINTED, ha="right"
        )
    if floor_at_percent is not None:
        ax.axhline(floor_at_percent, color=style.INK, lw=0.9, ls=":")
        ax.text(
            ax.get_xlim()[0] * 1.15,
            floor_at_percent * 0.92,
            "false alarms, 5 %",
            fontsize=6,
            va="top",
        )
    ax.set(xlabel="electrons per spectrum", ylabel="boron for 3σ (at%)")
    style.decades(ax.xaxis)
    style.decades(ax.yaxis)
    ax.legend(loc="lower left", fontsize=6)
    style.badge(figure, "simulated")
    return figure
