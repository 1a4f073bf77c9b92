"""Figures of compositions and densities."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from nasicon.composition.fit_batches import Batch
from nasicon.composition.model_density import mixture_density, relative_density
from nasicon.core import style


def batch(weighed: Batch, target: Mapping[str, float], *, evidence: str) -> Figure:
    """Draw a weighed composition as deviation from a target formula, and the lithium excess.

    Parameters
    ----------
    weighed : Batch
    target : mapping
        Atoms per formula unit that the deviations refer to; elements not in it are left out.
    """
    figure, (left, right) = style.subplots(
        1, 2, height=2.5, gridspec_kw={"width_ratios": [1.25, 1]}
    )
    shown = weighed.elements.loc[[e for e in weighed.elements.index if e in target]]
    y = np.arange(len(shown))[::-1]
    aims = np.array([target[e] for e in shown.index])
    percent = {c: 100 * (shown[c].to_numpy() / aims - 1) for c in shown.columns}
    left.hlines(y, percent["low"], percent["high"], color=style.FOURTH, lw=9, alpha=0.6)
    left.plot(percent["value"], y, "|", color=style.INK, ms=11, mew=1.3)
    left.axvline(0, color=style.INK, lw=0.6)
    left.set_yticks(y, [f"{e} ({aim:g})" for e, aim in zip(shown.index, aims, strict=True)])
    left.set(ylim=(-0.6, len(shown) - 0.4), title="per formula unit")
    left.set_xlabel("weighed − nominal (% of the nominal amount)")
    if weighed.lithium_excess is None:
        right.set_axis_off()
    else:
        _excess(right, weighed.lithium_excess, weighed.excess_draws)
    widest = np.max(percent["rounding_high"] - percent["rounding_low"])
    note = f"ticks: pure, as weighed, rounding below {np.ceil(100 * widest) / 100:g} %"
    return style.badge(figure, evidence, f"{note}; bars: stated purities")


def _excess(ax: Axes, excess: pd.Series, draws: ArrayLike) -> None:
    density, edges = np.histogram(draws, bins=60, density=True)
    ax.stairs(density, edges, fill=True, color=style.FOURTH, alpha=0.6)  # one patch, not sixty
    for end in (excess["low"], excess["high"]):
        ax.axvline(end, color=style.INK, lw=0.8, ls=":", label="95 % range")
    ax.axvline(excess["value"], color=style.INK, lw=1.3, label="pure, as weighed")
    ax.margins(y=0.1)
    ax.set(yticks=[], xlabel="lithium above 1 + x (%)", ylabel="probability density")
    ax.set_title(f"lithium excess {excess['value']:.2f} %")
    style.legend_above(ax.figure, ax)


def relative_densities(
    table: pd.DataFrame, draws: Mapping[str, ArrayLike], *, evidence: str
) -> Figure:
    """Draw relative densities: printed, recomputed, and against the mixture of phases.

    Parameters
    ----------
    table : DataFrame
        Index sample; ``printed, low, high`` (recomputed from density and theory, %).
    draws : mapping of sample to array
        Relative densities against the pore-free mixture.
    """
    figure, ax = style.subplots(1, 1, width=style.PAGE_INCH, height=0.5 * len(table) + 1.1)
    y = np.arange(len(table))[::-1].astype(float)
    for at, name in zip(y, table.index, strict=True):
        if name in draws:
            body = ax.violinplot(
                draws[name], [at], orientation="horizontal", widths=0.75, showextrema=False
            )["bodies"][0]
            body.set(facecolor=style.FOURTH, alpha=0.55)
            low, middle, high = np.quantile(draws[name], [0.025, 0.5, 0.975])
            ax.plot([low, high], [at, at], color=style.UNDOPED, lw=1.6)
            ax.plot(middle, at, "o", color=style.UNDOPED, ms=4)
    ax.hlines(y - 0.17, table["low"], table["high"], color=style.INK, lw=4)
    ax.plot(table["printed"], y - 0.17, "d", color=style.PRINTED, ms=5)
    ax.plot([], [], "d", color=style.PRINTED, label="printed")
    ax.plot([], [], color=style.INK, lw=4, label="printed density / 2.94 g cm⁻³")
    ax.plot([], [], "o-", color=style.UNDOPED, ms=4, label="against crystal + AlPO₄ + glass (95 %)")
    ax.set_yticks(y, table.index)
    ax.set(ylim=(-0.6, len(table) - 0.4), xlabel="relative density (%)")
    style.legend_above(figure, ax)
    return style.badge(figure, evidence)


def lithium_error(
    errors_percent: ArrayLike, lithium_percent: Mapping[str, ArrayLike], *, evidence: str
) -> Figure:
    """Draw the error of lithium by difference against that of every other oxide."""
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=2.4)
    looks = zip(style.CYCLE, ("-", "--", ":"), strict=False)
    for (label, values), (colour, dash) in zip(lithium_percent.items(), looks, strict=False):
        ax.plot(errors_percent, values, dash, color=colour, label=label)
    ax.axhspan(0, 10, color=style.SHADE, zorder=0)
    style.name_line(ax, "a loss of a tenth", y=10, right=True, color=style.INK, va="bottom")
    style.logarithmic(ax, "x", at=(0.1, 0.3, 1, 3))
    style.logarithmic(ax, "y", at=(1, 3, 10, 30))
    ax.set_xlabel("standard error of each other oxide (% of itself)")
    ax.set_ylabel("standard error of Li (% of itself)")
    ax.legend(loc="upper left")
    return style.badge(figure, evidence)


def sections(porosity_percent: Mapping[str, float], pore_um: float, *, seed: int = 1) -> Figure:
    """Model sections of pellets with round pores, and how well a section tells a porosity.

    No micrographs: discs of one diameter at random places (a Boolean model, whose area
    fraction is the porosity; Chiu et al., Stochastic Geometry, 3rd ed., chapter 3).
    """
    names, edge = list(porosity_percent), 30.0 * pore_um
    figure, axes = style.subplots(1, len(names) + 1, height=2.7)
    y, x = np.mgrid[0:edge:180j, 0:edge:180j]
    for k, (ax, name) in enumerate(zip(axes, names, strict=False)):
        rng = np.random.default_rng(seed + k)
        share = porosity_percent[name] / 100
        number = rng.poisson(-np.log(1 - share) * (edge + pore_um) ** 2 / (np.pi * pore_um**2 / 4))
        image = np.zeros(x.shape, bool)
        for a, b in rng.uniform(-pore_um / 2, edge + pore_um / 2, (number, 2)):
            image |= (x - a) ** 2 + (y - b) ** 2 < pore_um**2 / 4
        style.image(ax, ~image, edge, cmap="gray", vmin=-0.3, vmax=1.2)
        ax.set_title(f"{name}\nmodel, {porosity_percent[name]:g} % pores")
    pores = np.geomspace(10, 3000, 50)
    for name, colour in zip(names, (style.UNDOPED, style.DOPED), strict=False):
        error = 1.96 * porosity_percent[name] / np.sqrt(pores)  # counting of pores
        axes[-1].plot(pores, error, color=colour, label=name)
    gap = float(np.ptp(list(porosity_percent.values())))
    axes[-1].axhline(gap, color=style.PRINTED, ls="--", label=f"difference, {gap:.1f}")
    axes[-1].set(xlabel="number of pores", ylabel="± 95 % (points)")
    style.logarithmic(axes[-1])
    axes[-1].set_title("porosity from\na section")
    axes[-1].legend(loc="upper right", fontsize=6)
    return style.badge(figure, "simulated", "models, no micrographs; pore size assumed")


def route(steps: Sequence[tuple[str, str]], *, evidence: str, note: str = "") -> Figure:
    """Draw a preparation as boxes in a row, wrapped; ``steps``: what happens, and with what."""
    columns = 4
    rows = -(-len(steps) // columns)
    figure, ax = style.subplots(1, 1, height=0.85 * rows + 0.3)
    box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": style.INK, "lw": 0.9}
    before = None
    for i, (what, with_what) in enumerate(steps):
        row, column = divmod(i, columns)
        at = (column if row % 2 == 0 else columns - 1 - column, -row)  # as an ox ploughs
        words = f"{what}\n{with_what}" if with_what else what
        look = {"ha": "center", "va": "center", "fontsize": 6.5, "linespacing": 1.3}
        step = ax.annotate(words, at, bbox=box, **look)
        if before is not None:
            ends = {"patchA": before.get_bbox_patch(), "patchB": step.get_bbox_patch()}
            arrow = {"arrowstyle": "-|>", "color": style.INK, "shrinkA": 2, "shrinkB": 2}
            ax.annotate("", at, before.xy, arrowprops=arrow | ends)
        before = step
    ax.set(xlim=(-0.55, columns - 0.45), ylim=(-rows + 0.5, 0.5))
    ax.axis("off")
    return style.badge(figure, evidence, note)


def mixture(
    weight_percent: Mapping[str, float],
    densities: Mapping[str, float],
    pellets: Mapping[str, float],
) -> Figure:
    """Draw the relative densities of pellets against one mixture of phases.

    Parameters
    ----------
    weight_percent, densities : mapping of phase to weight per cent and to g cm-3
    pellets : mapping of sample to density in g cm-3
    """
    names = list(weight_percent)
    theory = mixture_density([weight_percent[n] for n in names], [densities[n] for n in names])
    relative = [float(relative_density(rho, theory)) for rho in pellets.values()]
    figure, ax = style.plain()
    y = np.arange(len(pellets))[::-1]
    ax.barh(y, relative, color=style.FOURTH, height=0.6)
    for at, value in zip(y, relative, strict=True):
        ax.text(value - 0.3, at, f"{value:.1f}", ha="right", va="center", fontsize=7)
    ax.set_yticks(y, list(pellets))
    ax.set_xlim(80, 100)
    ax.set_xlabel("relative density (%)")
    share = ", ".join(f"{weight_percent[n]:.3g} % {n}" for n in names)
    ax.set_title(f"pore-free {theory:.3f} g cm⁻³:\n{share}", fontsize=7.5)
    return figure
