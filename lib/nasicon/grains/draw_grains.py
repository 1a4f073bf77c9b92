"""Figures of grains and boundaries."""

from collections.abc import Mapping, Sequence

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
    style.logarithmic(left)
    left.set(xlabel="grain size (nm)", ylabel="boundaries per mm", title="boundaries in series")
    percent, factor = 100 * np.asarray(contacts, dtype=float), model.constriction_factor(contacts)
    right.plot(percent, factor, color=style.UNDOPED, label="one round contact a face")
    right.plot(percent, percent / 100, "--", color=style.DATA, label="area alone")
    style.logarithmic(right, "x", at=(1, 3, 10, 30))
    style.logarithmic(right, "y")
    right.set(xlabel="contact area (% of the face)", ylabel="conductivity /\nfull contact")
    right.set_title("constriction, whatever the grain size")
    style.legend_above(figure, left, right)
    return style.badge(figure, evidence)


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
        ax.set(ylim=(400, 5e4), title=name, xlabel="σ inside the grains (S cm⁻¹)")
        style.logarithmic(ax)
    axes[0, 0].set_ylabel("grain size needed (nm)")
    style.legend_above(figure, axes[0, 0])
    return style.badge(figure, evidence, "dotted: pristine 600–800 nm, rounding, pellets × / ÷ 1.3")


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
        ax.hist(whole, bins, histtype="stepfilled", color=style.FOURTH, alpha=0.5, label="whole")
        ax.hist(cut, bins, histtype="step", color=style.INK, lw=0.9, label="sections")
        for end in sorted({low, high}):
            ax.axvline(end, color=style.PRINTED, lw=1.0, label="printed")
        ax.set(xlabel="size (nm)", xlim=(80, 1e4))
        style.logarithmic(ax, "x", at=(100, 1000))
        ax.set_title(f"({letter}) {name}", fontsize=7)
    axes[0].set_ylabel("crystals (number)")
    style.legend_above(figure, axes[0])
    words = f"log-normal, width {log_width:g}, both assumed"
    return style.badge(figure, "simulated", words)


def element_maps(panels: Mapping[str, NDArray], edge_um: float, same: Sequence[str] = ()) -> Figure:
    """Draw model maps side by side; panels named in ``same`` share one scale of counts."""
    figure, axes = style.subplots(1, len(panels), height=2.9)
    most = max((panels[name].max() for name in same), default=None)
    for ax, (name, counts) in zip(axes, panels.items(), strict=True):
        look = {"vmin": 0, "vmax": most} if name in same else {}
        image = style.image(ax, counts, edge_um, **look)
        ax.set_title(name, fontsize=7)
        figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.8, label="counts")
    return style.badge(figure, "simulated", "two-phase models, no micrographs")


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
            look = {"color": colour, "marker": marker, "mfc": "white", "label": label}
            ax.plot(line["count"], 100 * line["told_apart"], **look)
        ax.axhline(95, color=style.INK, ls=":", lw=0.7)
        style.logarithmic(ax, "x")
        ax.set(ylim=(-3, 103), yticks=[0, 25, 50, 75, 95], title=f"width of ln(size) {width:g}")
        ax.set_xlabel("sections counted, each sample")
    axes[0][0].set_ylabel("told apart (% of pairs)")
    style.legend_above(figure, axes[0][0])
    return style.badge(figure, "simulated")


def outlines(
    image: NDArray, sizes: GrainSizes, *, title: str = "", evidence: str = "measured"
) -> Figure:
    """Draw the outlines found on a micrograph, and the distribution of diameters."""
    figure, (left, right) = style.subplots(1, 2, height=3.0, width_ratios=[1.2, 1])
    scale = sizes.nm_per_pixel / 1e3
    extent = (0, image.shape[1] * scale, image.shape[0] * scale, 0)
    pixels = {"extent": extent, "interpolation": "nearest"}
    left.imshow(image, cmap="gray", **pixels)
    edge = np.ma.masked_equal(outline(sizes.labels), 0)
    left.imshow(edge, cmap="autumn", vmin=0, vmax=2, alpha=0.9, **pixels)
    left.set(xlabel="x (µm)", ylabel="y (µm)", title=title)
    diameters, weight = sizes.grains["diameter_nm"], sizes.grains["weight"]
    bins = np.histogram_bin_edges(diameters, "auto") if len(diameters) else 1
    right.hist(diameters, bins, weights=weight, color=style.FOURTH, edgecolor="white", lw=0.4)
    right.axvline(sizes.mean_intercept_nm, color=style.UNDOPED, label="mean intercept")
    right.set(xlabel="equivalent-circle diameter (nm)", ylabel="grains, weighted for the frame")
    right.set_title(f"{len(diameters)} whole grains")
    style.legend_above(figure, right)
    return style.badge(figure, evidence, "look at the outlines before you use a number")


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
    figure, ax = style.plain()
    ax.plot(d, model.brick_layer_conductivity(d, bulk_s_per_cm, boundary), color=style.UNDOPED)
    ax.axhline(bulk_s_per_cm, color=style.DATA, ls=":", lw=1, label="inside the grains")
    for i, (name, sigma) in enumerate(printed.items()):
        ax.axhline(sigma, color=style.PRINTED, ls="--", lw=0.7)
        style.name_line(ax, name, y=sigma, right=i % 2 == 1)
    ax.plot(grain_nm, total, "o", color=style.INK, ms=6)
    style.logarithmic(ax)
    ax.set(xlabel="grain size (nm)", ylabel="total conductivity (S cm⁻¹)")
    crossed = f"{model.boundaries_per_mm(grain_nm):.0f} boundaries per mm"
    ax.set_title(f"{grain_nm:.0f} nm: {crossed}, {total:.1e} S cm⁻¹", fontsize=7.5)
    ax.legend(loc="lower right")
    return figure
