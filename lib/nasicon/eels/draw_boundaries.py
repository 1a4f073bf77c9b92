"""Figures of boundaries: fringe models, projected films, thickness statistics, element maps."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasicon.core import style
from nasicon.eels import model_boundary


def fringes(films_nm: Mapping[str, float], foil_nm: float, tilt_deg: float) -> Figure:
    """Fringe models of boundaries with films of these thicknesses, and their local order."""
    figure, axes = style.subplots(2, len(films_nm), height=3.5, height_ratios=[1.7, 1.0])
    for (top, below), letter, (name, film) in zip(axes.T, "abc", films_nm.items(), strict=False):
        image = model_boundary.fringe_model(film, foil_nm, tilt_deg)
        half = 0.015 * image.shape[1]
        extent = (-half, half, -half / 2, half / 2)
        top.imshow(image, cmap="gray", extent=extent, interpolation="nearest", vmin=0.4, vmax=1.6)
        words = f"{film:g} nm of film" if film else "no film"
        style.letter(top, letter, f"{name}\nmodel, {words}")
        top.set(xticks=[], yticks=[])
        x = np.linspace(-half, half, image.shape[1])
        below.plot(x, model_boundary.local_order(image), color=style.UNDOPED, label="local order")
        share = model_boundary.projected_profile(x, max(film, 1e-3), foil_nm, tilt_deg)
        below.plot(x, share * (film > 0), "--", color=style.DOPED, label="amorphous share")
        below.axvspan(-film / 2, film / 2, color=style.SHADE, lw=0, zorder=0)
        below.set(xlabel="across the boundary (nm)", ylim=(-0.05, 1.25), xlim=(-half, half))
    axes[1, 0].set_ylabel("share, order (1)")
    style.legend_above(figure, axes[1, 0])
    words = f"models, no micrographs: foil {foil_nm:g} nm, {tilt_deg:g}° off edge"
    return style.badge(figure, "simulated", words)


def thickness_statistics(
    films_nm: Mapping[str, float], tilts_deg: NDArray, foils_nm: NDArray, counts: Sequence[int]
) -> Figure:
    """Apparent thickness over tilt and foil, and the error of a mean of some boundaries."""
    figure, (left, right) = style.subplots(1, 2, height=2.6)
    rng = np.random.default_rng(1)
    for (name, film), colour in zip(films_nm.items(), (style.UNDOPED, style.DOPED), strict=False):
        seen = model_boundary.apparent_thickness_nm(film, foils_nm, tilts_deg)
        look = {"histtype": "stepfilled", "alpha": 0.4, "color": colour, "label": name}
        left.hist(seen, 40, density=True, **look)
        left.axvline(film, color=colour, lw=1.0, ls="--")
        means = [rng.choice(seen, (2000, n)).mean(axis=1) for n in counts]
        low, middle, high = np.transpose([np.quantile(m, (0.025, 0.5, 0.975)) for m in means])
        right.fill_between(counts, low, high, color=colour, alpha=0.35, lw=0, label=name)
        right.plot(counts, middle, color=colour, lw=1.0)
    left.set(xlabel="apparent thickness (nm)", ylabel="density (nm⁻¹)", title="one boundary")
    left.legend()
    right.set(xscale="log", xlabel="boundaries in the mean", ylabel="mean thickness (nm)")
    right.set_xticks(list(counts), [f"{n}" for n in counts])
    right.minorticks_off()
    right.set_title("mean of several, 95 %")
    return style.badge(figure, "simulated", "tilt 0–3°, foil 20–50 nm; dashed: the film itself")


def element_maps(cases: Mapping[str, Mapping[str, NDArray]], extent_nm: float) -> Figure:
    """Maps of elements, one row a case, each element on one scale; ``cases``: case to maps."""
    kinds = list(next(iter(cases.values())))
    figure, axes = style.subplots(
        len(cases), len(kinds), height=1.95 * len(cases) + 0.4, squeeze=False
    )
    for column, kind in enumerate(kinds):
        everything = np.concatenate([maps[kind].ravel() for maps in cases.values()])
        low, high = np.quantile(everything, [0.01, 0.995])
        for ax, (name, maps) in zip(axes[:, column], cases.items(), strict=True):
            image = style.image(ax, maps[kind], extent_nm, "nm", vmin=low, vmax=high)
            ax.set_title(f"{name}\n{kind}", fontsize=7)
        figure.colorbar(image, ax=axes[:, column], shrink=0.6, label="counts")
    return style.badge(figure, "simulated", "two-phase models, no micrographs", tiles=True)


def projection(
    films_nm: Mapping[str, float], foil_nm: float, tilts_deg: tuple[float, ...]
) -> Figure:
    """Amorphous share along the beam for two films and several tilts; apparent widths."""
    figure, (left, right) = style.subplots(1, 2, height=3.0)
    x = np.linspace(-4, 4, 401)
    for (name, film), colour in zip(films_nm.items(), (style.UNDOPED, style.DOPED), strict=False):
        for tilt, dash in zip(tilts_deg, ("-", "--", ":", "-."), strict=False):
            share = model_boundary.projected_profile(x, film, foil_nm, tilt)
            left.plot(x, share, color=colour, ls=dash, lw=1.1, label=f"{name}, {tilt:g}°")
        tilt = np.linspace(0, 5, 101)
        for foil, dash in ((20.0, ":"), (foil_nm, "--"), (50.0, "-")):
            width = model_boundary.apparent_thickness_nm(film, foil, tilt)
            right.plot(tilt, width, color=colour, ls=dash, lw=1.1, label=f"{name}, {foil:g} nm")
    right.axhspan(3, 4, color=style.PRINTED, alpha=0.15, lw=0)
    right.axhline(2, color=style.PRINTED, lw=0.9, ls="--")
    left.set(xlabel="distance from the boundary (nm)", ylabel="amorphous share along the beam")
    left.set(title=f"(a–c) profile, {foil_nm:g} nm foil", ylim=(-0.03, 1.45), yticks=[0, 0.5, 1])
    right.set(xlabel="tilt of the boundary (°)", ylabel="apparent thickness (nm)", ylim=(0, 10))
    right.set(title="widths: film and foil", xlim=(0, 5))
    left.legend(fontsize=6, ncols=2, loc="upper center")
    right.legend(fontsize=6, ncols=2, loc="upper left")
    return style.badge(figure, "derived", "vermilion: printed, 2 nm (line) and 3–4 nm (band)")


def tilted(film_nm: float = 2.0, foil_nm: float = 35.0, tilt_deg: float = 2.0) -> Figure:
    """One projected film, for a slider."""
    figure, ax = style.plain()
    x = np.linspace(-5, 5, 401)
    ax.plot(x, model_boundary.projected_profile(x, film_nm, foil_nm, tilt_deg), color=style.UNDOPED)
    width = float(model_boundary.apparent_thickness_nm(film_nm, foil_nm, tilt_deg))
    ax.set(xlabel="distance from the boundary (nm)", ylabel="amorphous share", ylim=(-0.03, 1.1))
    ax.set_title(f"looks {width:.1f} nm thick")
    return figure


def bounds(table: pd.DataFrame) -> Figure:
    """Film conductivity that grain size would need, against the bound and the parent glass.

    ``table``: ``sample, grain_um, film_s_per_cm, bound_s_per_cm, glass_s_per_cm``.
    """
    figure, axes = style.subplots(1, 2, height=2.6, sharey=True)
    for ax, (name, part) in zip(axes, table.groupby("sample", sort=False), strict=True):
        ax.plot(part["grain_um"], part["film_s_per_cm"], color=style.UNDOPED, label="film needed")
        first = part.iloc[0]
        look = {"color": style.DOPED, "ls": "--", "label": "bound: films hold all glass"}
        ax.axhline(first["bound_s_per_cm"], **look)
        ax.axhline(first["glass_s_per_cm"], color=style.PRINTED, label="parent glass, printed")
        ax.set(xlabel="grain size (µm)", title=name)
        style.logarithmic(ax)
    axes[0].set_ylabel("conductivity (S cm⁻¹)")
    style.legend_above(figure, axes[0])
    return style.badge(figure, "derived")
