"""Figures of grains and boundaries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from nasicon.core import style
from nasicon.grains import model_grains as model
from nasicon.grains.fit_outlines import outline
from nasicon.grains.fit_sizes import GrainSizes

COLOURS = (style.DOPED, style.THIRD, style.UNDOPED, style.FOURTH)


def boundaries(
    sizes: Mapping[str, tuple[float, float]], contacts: ArrayLike, *, evidence: str
) -> Figure:
    """Draw boundaries per millimetre against grain size, and the constriction of contacts.

    ``sizes``: sample to (low, high) in nm; an infinite high end is an open range.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.5)
    d = np.geomspace(20, 6000, 200)
    left.plot(d, model.boundaries_per_mm(d), color=style.INK)
    for (name, (low, high)), colour in zip(sizes.items(), COLOURS, strict=False):
        end = min(high, d[-1])
        left.axvspan(low, max(end, low * 1.03), color=colour, alpha=0.35, lw=0, label=name)
    left.set_xscale("log")
    left.set_yscale("log")
    style.decades(left.xaxis)
    style.decades(left.yaxis)
    left.set_xlabel("grain size (nm)")
    left.set_ylabel("boundaries per mm")
    left.set_title("boundaries in series")
    fractions = np.asarray(contacts, dtype=float)
    right.plot(
        100 * fractions,
        model.constriction_factor(fractions),
        color=style.UNDOPED,
        label="one round contact a face",
    )
    right.plot(100 * fractions, fractions, "--", color=style.DATA, label="area alone")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    right.minorticks_off()
    style.decades(right.yaxis)
    right.set_xlabel("contact area (% of the face)")
    right.set_ylabel("conductivity / full contact")
    right.set_title("constriction, whatever the grain size")
    pairs = zip(left.get_legend_handles_labels(), right.get_legend_handles_labels(), strict=True)
    style.legend_above(figure, *(a + b for a, b in pairs))
    style.badge(figure, evidence)
    return figure


def required_size(
    bulk: ArrayLike,
    needed: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    seen: Mapping[str, tuple[float, float]],
    *,
    evidence: str,
) -> Figure:
    """Draw the grain size that growth alone would need, one panel a sample.

    ``needed``: sample to (low, nominal, high) in nm over `bulk`; ``seen``: printed sizes.
    """
    figure, axes = style.subplots(1, len(needed), height=2.7, sharey=True, squeeze=False)
    for ax, (name, (low, middle, high)) in zip(axes[0], needed.items(), strict=True):
        ax.plot(bulk, middle, color=style.UNDOPED, label="needed")
        for end in (low, high):
            ax.plot(bulk, end, color=style.UNDOPED, lw=0.7, ls=":")
        for (label, (a, b)), dashes in zip(seen.items(), ("-", "--"), strict=False):
            for at in {a, b} - {np.inf}:
                ax.axhline(at, color=style.PRINTED, lw=1.0, ls=dashes, label=label)
        ax.set(xscale="log", yscale="log", ylim=(400, 5e4), title=name)
        style.decades(ax.xaxis)
        style.decades(ax.yaxis)
        ax.set_xlabel("σ inside the grains (S cm⁻¹)")
    axes[0, 0].set_ylabel("grain size needed (nm)")
    style.legend_above(figure, *axes[0, 0].get_legend_handles_labels())
    style.badge(figure, evidence, "dotted: pristine 600–800 nm, rounding, pellets × / ÷ 1.3")
    return figure


def distributions(
    printed: Mapping[str, tuple[float, float]], log_width: float, samples: int, *, seed: int = 1
) -> Figure:
    """Draw size distributions that printed ranges and words allow, whole crystals and sections.

    Parameters
    ----------
    printed : mapping of sample to (low, high)
        Range of the medians in nm; an equal pair is a limit.
    log_width : float
        Assumed width of ln(size).
    samples : int
        Sections drawn of each.
    """
    figure, axes = style.subplots(1, len(printed), height=2.6, sharey=True)
    rng, bins = np.random.default_rng(seed), np.geomspace(80, 1e4, 40)
    for ax, letter, (name, (low, high)) in zip(axes, "abcd", printed.items(), strict=True):
        whole = np.sqrt(low * high) * np.exp(log_width * rng.normal(size=samples))
        # a plane meets a crystal in proportion to its size, at a random height
        met = rng.choice(whole, samples, p=whole / whole.sum())
        cut = met * np.sqrt(1 - rng.uniform(size=samples) ** 2)
        look = {"bins": bins, "histtype": "stepfilled", "alpha": 0.45}
        ax.hist(whole, color=style.UNDOPED, label="whole", **look)
        ax.hist(cut, color=style.THIRD, label="sections", **look)
        for end in {low, high}:
            ax.axvline(end, color=style.PRINTED, lw=1.0, label="printed")
        ax.set(xscale="log", xlabel="size (nm)", xlim=(80, 1e4))
        style.decades(ax.xaxis)
        style.letter(ax, letter, name.replace("-LAGP", "-\nLAGP", 1))
    axes[0].set_ylabel("crystals (number)")
    style.legend_above(figure, *axes[0].get_legend_handles_labels())
    style.badge(figure, "simulated", f"log-normal, width {log_width:g}, both assumed")
    return figure


def element_maps(
    panels: Mapping[str, NDArray], edge_um: float, limits: Mapping[str, str]
) -> Figure:
    """Draw model maps side by side, lettered by their keys; ``limits``: a line under each."""
    figure, axes = style.subplots(1, len(panels), height=2.9)
    for ax, (name, counts) in zip(axes, panels.items(), strict=True):
        image = ax.imshow(counts, cmap=style.MAP, extent=(0, edge_um, 0, edge_um), origin="lower")
        ax.set(xlabel="x (µm)", ylabel="y (µm)" if ax is axes[0] else "")
        ax.set_title(f"{name}\n{limits[name]}", fontsize=7)
        figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.8, label="counts")
    style.badge(figure, "simulated", "two-phase models, no micrographs")
    return figure


def detection(widths: ArrayLike, ratios: Mapping[str, float], *, evidence: str) -> Figure:
    """Draw the smallest size ratio that a number of counted grains tells apart."""
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=2.6)
    counts = np.geomspace(3, 3000, 120)
    for width, colour in zip(np.atleast_1d(widths), COLOURS, strict=False):
        ax.plot(
            counts,
            model.detectable_ratio(counts, width),
            color=colour,
            label=f"width of ln(size) {width:g}",
        )
    for name, ratio in ratios.items():
        ax.axhline(ratio, color=style.PRINTED, ls="--", lw=0.9)
        ax.text(
            0.02,
            ratio,
            name,
            color=style.PRINTED,
            fontsize=6.5,
            ha="left",
            va="bottom",
            transform=ax.get_yaxis_transform(),
        )
    ax.set_xscale("log")
    style.decades(ax.xaxis)
    ax.set_ylim(1, 3)
    ax.set_xlabel("crystals counted, each sample")
    ax.set_ylabel("smallest ratio told apart")
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.6), fontsize=6)
    style.badge(figure, evidence, "log-normal sizes, both errors 5 %")
    return figure


def told_apart(table: pd.DataFrame) -> Figure:
    """Draw how often two simulated samples are told apart, against the sections counted.

    ``table``: ``ratio, log_width, count, told_apart``; a ratio of one is the null.
    """
    widths = list(dict.fromkeys(table["log_width"]))
    figure, axes = style.subplots(1, len(widths), height=2.5, sharey=True, squeeze=False)
    for ax, width in zip(axes[0], widths, strict=True):
        rows = table[table["log_width"] == width]
        looks = zip((style.DATA, *COLOURS), ("o", "s", "^", "D", "v"), strict=True)
        for (ratio, line), (colour, marker) in zip(rows.groupby("ratio"), looks, strict=False):
            label = "equal sizes" if ratio == 1 else f"ratio {ratio:.2g}"
            ax.plot(
                line["count"],
                100 * line["told_apart"],
                color=colour,
                marker=marker,
                mfc="white",
                label=label,
            )
        ax.axhline(95, color=style.INK, ls=":", lw=0.7)
        ax.set_xscale("log")
        style.decades(ax.xaxis)
        ax.set_ylim(-3, 103)
        ax.set_yticks([0, 25, 50, 75, 95])
        ax.set_title(f"width of ln(size) {width:g}")
        ax.set_xlabel("sections counted, each sample")
    axes[0][0].set_ylabel("told apart (% of pairs)")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    style.badge(figure, "simulated")
    return figure


def outlines(
    image: NDArray, sizes: GrainSizes, *, title: str = "", evidence: str = "measured"
) -> Figure:
    """Draw the outlines found on a micrograph, and the distribution of diameters."""
    figure, (left, right) = style.subplots(1, 2, height=3.0, gridspec_kw={"width_ratios": [1.2, 1]})
    scale = sizes.nm_per_pixel / 1e3
    extent = (0, image.shape[1] * scale, image.shape[0] * scale, 0)
    left.imshow(image, cmap="gray", extent=extent, interpolation="nearest")
    edge = np.ma.masked_equal(outline(sizes.labels), 0)
    left.imshow(
        edge, cmap="autumn", vmin=0, vmax=2, extent=extent, alpha=0.9, interpolation="nearest"
    )
    left.set_xlabel("µm")
    left.set_ylabel("µm")
    left.set_title(title)
    diameters = sizes.grains["diameter_nm"]
    bins = np.histogram_bin_edges(diameters, "auto") if len(diameters) else 1
    right.hist(
        diameters,
        weights=sizes.grains["weight"],
        bins=bins,
        color=style.FOURTH,
        edgecolor="white",
        lw=0.4,
    )
    right.axvline(sizes.mean_intercept_nm, color=style.UNDOPED, label="mean intercept")
    right.set_xlabel("equivalent-circle diameter (nm)")
    right.set_ylabel("grains, weighted for the frame")
    right.set_title(f"{len(diameters)} whole grains")
    right.legend()
    style.badge(figure, evidence, "look at the outlines before you use a number")
    return figure


def brick_layer(
    grain_nm: float,
    bulk_s_per_cm: float,
    reference: tuple[float, float],
    printed: Mapping[str, float],
) -> Figure:
    """Draw total conductivity against grain size for one boundary resistance, and one grain size.

    Parameters
    ----------
    grain_nm : float
        Where the mark stands.
    bulk_s_per_cm : float
        Conductivity inside the grains.
    reference : (grain size in nm, total in S cm-1)
        Fixes the resistance of a boundary.
    printed : mapping of sample to total conductivity
    """
    boundary = model.boundary_resistance_ohm_cm2(reference[0], bulk_s_per_cm, reference[1])
    d = np.geomspace(50, 2e4, 120)
    total = float(model.brick_layer_conductivity(grain_nm, bulk_s_per_cm, boundary))
    figure, (ax,) = style.plain()
    ax.plot(d, model.brick_layer_conductivity(d, bulk_s_per_cm, boundary), color=style.UNDOPED)
    ax.axhline(bulk_s_per_cm, color=style.DATA, ls=":", lw=1, label="inside the grains")
    for i, (name, sigma) in enumerate(printed.items()):
        ax.axhline(sigma, color=style.PRINTED, ls="--", lw=0.7)
        ax.text(
            0.015 + 0.16 * (i % 3),
            sigma,
            name,
            color=style.PRINTED,
            fontsize=6.5,
            va="bottom",
            transform=ax.get_yaxis_transform(),
        )
    ax.plot(grain_nm, total, "o", color=style.INK, ms=6)
    ax.set_xscale("log")
    ax.set_yscale("log")
    style.decades(ax.xaxis)
    style.decades(ax.yaxis)
    ax.set_xlabel("grain size (nm)")
    ax.set_ylabel("total conductivity (S cm⁻¹)")
    ax.set_title(
        f"{grain_nm:.0f} nm: {model.boundaries_per_mm(grain_nm):.0f} boundaries per mm, "
        f"{total:.1e} S cm⁻¹",
        fontsize=7.5,
    )
    ax.legend(loc="lower right")
    return figure
