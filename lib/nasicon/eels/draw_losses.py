"""Figures of energy loss and of boundaries in projection."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasicon.core import style
from nasicon.eels import model_boundary

CASE_COLOURS = (style.UNDOPED, style.DOPED, style.THIRD, style.FOURTH)


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
    for name, colour in zip(names, CASE_COLOURS, strict=False):
        energy, counts = curves[name]
        left.semilogy(energy, counts, color=colour, lw=1.0, label=name)
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
        xlabel="energy loss (eV)", ylabel="counts per channel", title="(e) P L₂,₃, P L₁, B K, C K"
    )
    left.set_ylim(None, left.get_ylim()[1] * 4)
    style.decades(left.yaxis)
    left.legend(loc="upper right", fontsize=6)
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
        title="bars: oxidised, ticks: element",
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
    left.set(ylabel="boron (nm⁻³)", title="Boron found", ylim=(-2.6, 8.5))
    left.legend(loc="upper right", fontsize=6)
    right.axhline(3, color=style.INK, lw=0.7, ls=":")
    right.set(
        ylabel="estimate over its own error", title="Significance it would claim", ylim=(-12, 52)
    )
    style.badge(figure, "simulated", "bars 50 %, lines 95 % of 200 spectra")
    return figure


def maps(images: Mapping[str, Mapping[str, NDArray]], extent_nm: float, *, evidence: str) -> Figure:
    """Three kinds of map of each specimen: intensity, above background, edge fit.

    ``images``: specimen, then kind and array; the first array of a specimen may be the field
    that is behind it, called ``truth``.
    """
    rows = len(images)
    kinds = list(next(iter(images.values())))
    figure, axes = style.subplots(
        rows, len(kinds), height=1.95 * rows + 0.35, squeeze=False, width=style.PAGE_INCH
    )
    for row, (specimen, arrays) in zip(axes, images.items(), strict=True):
        for ax, kind in zip(row, kinds, strict=True):
            values = arrays[kind]
            low, high = np.percentile(values, [2, 98])
            image = ax.imshow(
                values,
                cmap="cividis",
                vmin=low,
                vmax=high,
                origin="lower",
                extent=(0, extent_nm, 0, extent_nm),
            )
            bar = figure.colorbar(image, ax=ax, shrink=0.85, pad=0.02)
            bar.ax.tick_params(labelsize=6)
            ax.set_title(f"{specimen}: {kind}", fontsize=6.5)
            ax.set_xlabel("x (nm)", fontsize=7)
            ax.set_ylabel("y (nm)", fontsize=7)
            ax.tick_params(labelsize=6)
    style.badge(figure, evidence)
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
        ax.set(xlabel="electrons per pixel", title=title, ylim=(-0.75, 1.5))
        style.decades(ax.xaxis)
    axes[0].set_ylabel("correlation with the strips")
    axes[1].legend(title="map", fontsize=6, title_fontsize=6, loc="lower right")
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


def projection(
    films_nm: Mapping[str, float], foil_nm: float, tilts_deg: tuple[float, ...]
) -> Figure:
    """Amorphous share along the beam for two films and several tilts; apparent widths."""
    figure, (left, right) = style.subplots(1, 2, height=2.6)
    x = np.linspace(-4, 4, 401)
    for (name, film), colour in zip(films_nm.items(), (style.UNDOPED, style.DOPED), strict=False):
        for tilt, dash in zip(tilts_deg, ("-", "--", ":", "-."), strict=False):
            share = model_boundary.projected_profile(x, film, foil_nm, tilt)
            left.plot(x, share, color=colour, ls=dash, lw=1.1, label=f"{name}, {tilt:g}°")
        tilt = np.linspace(0, 5, 101)
        for foil, alpha in ((20.0, 0.35), (foil_nm, 0.65), (50.0, 1.0)):
            width = model_boundary.apparent_thickness_nm(film, foil, tilt)
            right.plot(
                tilt, width, color=colour, alpha=alpha, lw=1.1, label=f"{name}, foil {foil:g} nm"
            )
    right.axhspan(3, 4, color=style.PRINTED, alpha=0.15, lw=0)
    right.axhline(2, color=style.PRINTED, lw=0.9, ls="--")
    left.set(
        xlabel="distance from the boundary (nm)",
        ylabel="amorphous share along the beam",
        title=f"(a–c) profile, {foil_nm:g} nm foil",
        ylim=(-0.03, 1.75),
    )
    right.set(
        xlabel="tilt of the boundary (°)",
        ylabel="apparent thickness (nm)",
        title="printed: 2 nm (line), 3–4 nm (band)",
        ylim=(0, 9),
        xlim=(0, 5),
    )
    left.legend(fontsize=6, ncols=2, loc="upper center")
    right.legend(fontsize=6, ncols=2, loc="upper left")
    style.badge(figure, "derived")
    return figure


def tilted(film_nm: float = 2.0, foil_nm: float = 35.0, tilt_deg: float = 2.0) -> Figure:
    """One projected film, for a slider."""
    # half the time of a drawing is its layout
    figure, ax = style.subplots(1, 1, height=2.1, width=style.COLUMN_INCH, layout="none")
    x = np.linspace(-5, 5, 401)
    ax.plot(x, model_boundary.projected_profile(x, film_nm, foil_nm, tilt_deg), color=style.UNDOPED)
    width = float(model_boundary.apparent_thickness_nm(film_nm, foil_nm, tilt_deg))
    ax.set(
        xlabel="distance from the boundary (nm)",
        ylabel="amorphous share",
        ylim=(-0.03, 1.1),
        title=f"looks {width:.1f} nm thick",
    )
    figure.subplots_adjust(left=0.16, right=0.97, bottom=0.2, top=0.9)
    return figure


def bounds(table: pd.DataFrame) -> Figure:
    """Film conductivity that grain size would need, against the bound and the parent glass.

    ``table``: ``sample, grain_um, film_s_per_cm, bound_s_per_cm, glass_s_per_cm``.
    """
    figure, axes = style.subplots(1, 2, height=2.5, sharey=True)
    for ax, (name, part) in zip(axes, table.groupby("sample", sort=False), strict=True):
        ax.loglog(
            part["grain_um"], part["film_s_per_cm"], color=style.UNDOPED, label="film, brick layer"
        )
        ax.axhline(
            part["bound_s_per_cm"].iloc[0],
            color=style.DOPED,
            ls="--",
            label="bound: films hold all glass",
        )
        ax.axhline(
            part["glass_s_per_cm"].iloc[0], color=style.PRINTED, label="parent glass, printed"
        )
        ax.set(xlabel="grain size (µm)", title=name)
        style.decades(ax.xaxis)
        style.decades(ax.yaxis)
    axes[0].set_ylabel("conductivity (S cm⁻¹)")
    axes[0].set_ylim(axes[0].get_ylim()[0] / 6, None)
    axes[1].legend(fontsize=6, loc="lower left")
    style.badge(figure, "derived")
    return figure
