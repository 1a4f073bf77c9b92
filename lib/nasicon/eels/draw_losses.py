"""Figures of energy loss and of boundaries in projection."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nasicon.core import style

MAP_UNITS = {
    "intensity": "counts (% of the mean)",
    "above background": "counts",
    "edge fit": "boron (nm⁻²)",
}
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
    return style.badge(figure, evidence)


def spectra(
    curves: Mapping[str, tuple[NDArray, NDArray]], edges: pd.DataFrame, printed_ev: float
) -> Figure:
    """Whole spectra, and the region of P L1 and B K relative to the first of them.

    Parameters
    ----------
    curves : mapping of str to (energy_ev, counts)
        On one energy axis.
    edges : DataFrame
        ``edge, elemental_ev, oxidised_low_ev, oxidised_high_ev`` (data/reference/eels_edges.csv).
    printed_ev : float
        Printed position of the feature.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.0, width_ratios=[1.0, 1.25])
    first, base = next((name, counts) for name, (_, counts) in curves.items())
    for k, (name, (energy, counts)) in enumerate(curves.items()):
        look = {"color": CASE_COLOURS[k], "lw": 1.2}
        left.plot(energy, counts * 2.5**-k, label=name, **look)
        if name != first:
            inside, ratio = (energy > 178) & (energy < 222), 100 * (counts / base - 1)
            right.plot(energy[inside], ratio[inside], ".", ms=2.5, alpha=0.7, **look)
            width = max(round(2.0 / (energy[1] - energy[0])), 1)
            smooth = np.convolve(ratio, np.ones(width) / width, mode="same")
            right.plot(energy[inside], smooth[inside], **look)
    right.axhline(0, color=style.INK, lw=0.5)
    left.set(xlabel="energy loss (eV)", ylabel="counts per channel, shifted")
    left.set_title("(e) whole spectra")
    style.logarithmic(left, "y")
    for edge, onset in edges.set_index("edge")["oxidised_low_ev"].items():
        if edge in ("P L2_3", "C K"):  # the others are in the right panel
            look = {"fontsize": 6, "ha": "center", "va": "top"}
            name = edge.replace("2_3", "₂,₃")
            left.text(onset, 0.98, name, transform=left.get_xaxis_transform(), **look)
    style.legend_above(figure, left)
    low, high = right.get_ylim()
    span = 0.75 * (high - low)
    rows = edges[edges["edge"].str.contains("P L1|B K")].reset_index(drop=True)
    for i, row in rows.iterrows():
        y = high + span * (0.12 + 0.17 * i)
        ends = row["oxidised_low_ev"], row["oxidised_high_ev"]
        right.hlines(y, *ends, lw=5, color=style.INK, alpha=0.35)
        right.plot(row["elemental_ev"], y, "|", ms=7, color=style.INK, zorder=5)
        label = row["edge"].replace("L1", "L₁")
        right.text(row["oxidised_high_ev"] + 1, y, label, fontsize=6, va="center")
    for ax in (left, right):
        ax.axvline(printed_ev, color=style.PRINTED, lw=1.0)
    look = {"fontsize": 6, "color": style.PRINTED, "rotation": 90, "ha": "right", "va": "top"}
    right.text(printed_ev - 0.5, high + 0.96 * span, f"printed {printed_ev:g} eV", **look)
    right.set(xlabel="energy loss (eV)", xlim=(178, 222), ylim=(low, high + span))
    right.set(ylabel=f"difference to {first} (%)", title="bars: oxidised; ticks: element")
    return style.badge(figure, "simulated")


def boron_recovery(table: pd.DataFrame, names: Mapping[str, float]) -> Figure:
    """Boron density that an edge fit gives, by hypothesis and model; and its significance.

    ``names``: hypothesis and its true density, in order.
    """
    import seaborn as sns

    figure, (left, right) = style.subplots(1, 2, height=2.7, sharex=True)
    colours = dict(zip(table["model"].unique(), (style.DOPED, style.UNDOPED), strict=True))
    look = {"hue": "model", "palette": colours, "order": [*names], "width": 0.6, "legend": False}
    look |= {"whis": (2.5, 97.5), "showfliers": False, "linewidth": 0.8, "gap": 0.2}
    look["boxprops"] = {"alpha": 0.7}
    for ax, column in ((left, "estimate_per_nm3"), (right, "significance")):
        sns.boxplot(table, x="hypothesis", y=column, ax=ax, **look)
        ax.set_xticks(range(len(names)), [n.replace(", ", "\n") for n in names])
        ax.axhline(0, color=style.INK, lw=0.4)
    at = np.arange(len(names))
    left.hlines([*names.values()], at - 0.4, at + 0.4, color=style.INK, lw=1.0, label="truth")
    for model, colour in colours.items():
        left.plot([], [], "s", color=colour, label=model)
    left.set(xlabel="", ylabel="boron (nm⁻³)", title="boron found")
    style.legend_above(figure, left)
    right.axhline(3, color=style.INK, lw=0.7, ls=":")
    right.set(xlabel="", ylabel="estimate over its own error", title="significance it would claim")
    return style.badge(figure, "simulated", "boxes 50 %, whiskers 95 % of 200 spectra")


def maps(images: Mapping[str, Mapping[str, NDArray]], extent_nm: float, *, evidence: str) -> Figure:
    """Three kinds of map of each specimen: intensity, above background, edge fit.

    ``images``: specimen, then kind and array. Specimens share a scale in each kind but the
    intensity, which an instrument stretches to each map's own range.
    """
    rows = len(images)
    kinds = list(next(iter(images.values())))
    figure, axes = style.subplots(rows, len(kinds), height=2.7 * rows + 0.35, squeeze=False)
    for row, (specimen, arrays) in zip(axes, images.items(), strict=True):
        for ax, kind in zip(row, kinds, strict=True):
            own = kind == "intensity"
            values = 100 * arrays[kind] / np.mean(arrays[kind]) if own else arrays[kind]
            shared = values if own else [other[kind] for other in images.values()]
            low, high = np.percentile(shared, [2, 98])
            image = style.image(ax, values, extent_nm, "nm", vmin=low, vmax=high)
            bar = figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.75)
            bar.set_label(MAP_UNITS.get(kind, kind))
            bar.locator = MaxNLocator(4)
            ax.set_title(f"{specimen}\n{kind}", fontsize=7)
    said = "one scale in each column but the first" if rows > 1 else ""
    return style.badge(figure, evidence, said, tiles=True)


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
    return style.badge(figure, "simulated")


def detection(
    curves: Mapping[str, tuple[NDArray, NDArray]],
    levels: Mapping[str, float],
    floor_at_percent: float,
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
    ax.axhline(floor_at_percent, color=style.INK, lw=0.9, ls=":")
    words = {"y": floor_at_percent, "color": style.INK, "fontsize": 6, "va": "top"}
    style.name_line(ax, "false alarms, 5 %", **words)
    ax.set(xlabel="electrons per spectrum", ylabel="boron for 3σ (at%)")
    style.logarithmic(ax)
    ax.legend(loc="lower left", fontsize=6)
    return style.badge(figure, "simulated")
