"""Figures of NMR spectra: fitted sites, mixtures, what centres allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.nmr import model_mixing
from nasicon.nmr.fit_lines import NmrFit
from nasicon.nmr.fit_mixtures import Mixture

PRINTED_AT = {"color": style.PRINTED, "lw": 1.0, "ls": "--"}
SITE_COLOURS = (style.UNDOPED, style.DOPED, style.THIRD, style.FOURTH)


def _shift_axis(ax: Axes, nucleus: str, window: tuple[float, float]) -> None:
    ax.set_xlim(window[1], window[0])  # high shift at the left
    ax.set_xlabel(f"δ({nucleus}) (ppm)")
    ax.set_yticks([])


def _points(ax: Axes, x: np.ndarray, y: np.ndarray, evidence: str, **other: object) -> None:
    every = max(1, len(x) // 400)
    look = style.points(evidence) | {"markersize": 2.2, "markeredgewidth": 0.6}
    ax.plot(x[::every], y[::every], **{**look, "label": evidence, "zorder": 2, **other})


def _residual(ax: Axes, x: np.ndarray, residual: np.ndarray, tick_percent: int) -> None:
    """Residual in per cent of the highest point."""
    ax.plot(x, 100 * residual, color=style.INK, lw=0.5)
    ax.axhline(0, color=style.INK, lw=0.4)
    reach = 1.75 * tick_percent
    ax.set(yticks=[-tick_percent, 0, tick_percent], ylim=(-reach, reach))


def _finish(figure: Figure, panels: list[tuple[Axes, Axes]], evidence: str) -> Figure:
    panels[0][0].set_ylabel("intensity (arb. units)")
    panels[0][1].set_ylabel("residual (%)")
    figure.align_ylabels()
    style.legend_above(figure, panels[0][0])
    return style.badge(figure, evidence)


def sites(
    fits: Mapping[str, NmrFit],
    *,
    evidence: str,
    printed_ppm: Mapping[str, Sequence[float]] | None = None,
    nucleus: str = "¹¹B",
    window: tuple[float, float] = (-20.0, 30.0),
    letters: str = "",
) -> Figure:
    """Draw spectra with fitted sites, printed centres and residuals, one panel each.

    Parameters
    ----------
    fits : mapping of str to NmrFit
    evidence : str
        ``simulated`` or ``measured``.
    printed_ppm : mapping of str to positions, optional
        Centres printed in the paper.
    """
    figure, panels = style.over_strips(len(fits), len(fits), height=2.9, sharex="col")
    for (top, below), letter, (name, fit) in zip_longest(panels, letters, fits.items()):
        scale = float(np.max(fit.intensity))
        base = fit.baseline()
        _points(top, fit.ppm, fit.intensity / scale, evidence)
        total = base.copy()
        for colour, site in zip(SITE_COLOURS, fit.sites, strict=False):
            line = fit.component(site.name)
            total = total + line
            ends = base / scale, (base + line) / scale
            look = {"color": colour, "alpha": 0.3, "lw": 0, "label": site.name}
            top.fill_between(fit.ppm, *ends, **look)
        top.plot(fit.ppm, total / scale, color=style.INK, lw=0.9, label="fit", zorder=3)
        for centre in (printed_ppm or {}).get(name, ()):
            top.axvline(centre, zorder=1, label="printed centre", **PRINTED_AT)
        top.set_title(f"({letter}) {name}" if letter else name)
        _shift_axis(below, nucleus, window)
        _residual(below, fit.ppm, (fit.intensity - total) / scale, 5)
        top.set_yticks([])
    return _finish(figure, panels, evidence)


def mixtures(
    found: Mapping[str, Mixture],
    *,
    evidence: str,
    nucleus: str = "¹¹B",
    window: tuple[float, float] = (-20.0, 30.0),
    letter: str = "",
) -> Figure:
    """Draw each spectrum with its weighted references and the residual."""
    figure, panels = style.over_strips(len(found), len(found), height=2.9, sharex="col")
    for (top, below), (name, mixture) in zip(panels, found.items(), strict=True):
        scale = float(np.max(mixture.intensity))
        _points(top, mixture.x, mixture.intensity / scale, evidence)
        colours = (style.DOPED, style.UNDOPED, style.THIRD)
        for colour, part, label in zip(colours, mixture.parts, mixture.names, strict=False):
            top.plot(mixture.x, part / scale, color=colour, lw=1.1, label=label)
        rest = mixture.model - np.sum(mixture.parts, axis=0)
        top.plot(mixture.x, rest / scale, color=style.ORANGE, lw=0.9, label="background")
        top.plot(mixture.x, mixture.model / scale, color=style.INK, lw=0.9, label="sum")
        row = mixture.table().iloc[-1]
        share = f"{100 * row['share']:.0f} % ({100 * row['ci_low']:.0f}–{100 * row['ci_high']:.0f})"
        title = f"{name}: {mixture.names[-1]} {share}"
        top.set_title(f"({letter}) {title}" if letter else title)
        top.set_yticks([])
        _shift_axis(below, nucleus, window)
        _residual(below, mixture.x, (mixture.intensity - mixture.model) / scale, 10)
    return _finish(figure, panels, evidence)


def allowed_shares(lines: Mapping[str, model_mixing.Line], printed_share: float) -> Figure:
    """Ceramic shares that the printed centres allow, against the errors they may have."""
    figure, axes = style.subplots(1, 3, height=2.7, sharey=True)
    errors, shares = np.linspace(0, 0.8, 161), np.linspace(-0.1, 0.6, 351)
    triples, colours = list(lines.values()), {False: SITE_COLOURS, True: SITE_COLOURS[2:]}
    cases = (
        ("each line on its own", [False, False]),
        ("both lines, picked wrong", [True, False]),
        ("both lines, axis wrong too", [True, True]),
    )
    for ax, (title, (joint, axis_too)) in zip(axes, cases, strict=True):
        groups = {"both lines": triples} if joint else {n: [t] for n, t in lines.items()}
        for colour, (name, chosen) in zip(colours[joint], groups.items(), strict=False):
            wrong = [{"picking": e, "referencing": e if axis_too else 0.0} for e in errors]
            ok = np.array([model_mixing.feasible(shares, chosen, **e) for e in wrong], float)
            look = {"levels": [0.5, 1.5], "colors": [colour], "alpha": 0.35}
            ax.contourf(errors, 100 * shares, ok.T, **look)
            ax.fill_between([], [], color=colour, alpha=0.35, label=name)
        ax.axhline(100 * printed_share, label="printed share", **PRINTED_AT)
        ax.axhspan(-10, 0, color=style.SHADE, lw=0, zorder=0)
        for strict in (0.2, 0.3):
            ax.axvline(strict, color=style.INK, lw=0.5, ls=":")
        ax.set(xlabel="largest error of a centre (ppm)", title=title, xlim=(0, 0.8), ylim=(-10, 60))
        ax.title.set_fontsize(7.5)
    axes[0].set_ylabel("ceramic share (%)")
    style.legend_above(figure, *axes)
    return style.badge(figure, "derived", "dotted: 0.2 and 0.3 ppm; grey: no mixture")


def share_recovery(table: pd.DataFrame, printed_share: float) -> Figure:
    """Estimated ceramic shares of the recovery study, by hypothesis and method."""
    names = list(dict.fromkeys(table["hypothesis"]))
    figure, axes = style.subplots(1, len(names), height=2.6)
    bins = np.linspace(0, 60, 31)
    for ax, name in zip(axes, names, strict=True):
        part = table[table["hypothesis"] == name]
        for colour, (method, group) in zip(SITE_COLOURS, part.groupby("method"), strict=False):
            look = {"alpha": 0.45, "histtype": "stepfilled", "color": colour, "label": method}
            ax.hist(np.clip(100 * group["estimate"], 0, 60), bins=bins, **look)
        truth = part["truth"].iloc[0]
        if np.isfinite(truth):
            ax.axvline(100 * truth, color=style.INK, lw=1.2, label="truth")
        ax.axvline(100 * printed_share, label="printed share", **PRINTED_AT)
        ax.set(xlabel="ceramic share found (%)", title=name)
    axes[0].set_ylabel("simulated data sets")
    style.legend_above(figure, *axes)
    return style.badge(figure, "simulated")


def width_recovery(
    fits: Mapping[str, NmrFit], table: pd.DataFrame, *, evidence: str, window: tuple[float, float]
) -> Figure:
    """31P lines on top of one another, and what ratio of widths such pairs would give."""
    figure, (left, right) = style.subplots(1, 2, height=2.6)
    looks = zip((style.UNDOPED, style.DOPED), "os", (0.0, 0.25), fits.items(), strict=False)
    for colour, marker, lift, (name, fit) in looks:
        scale = float(np.max(fit.intensity))
        _points(left, fit.ppm, fit.intensity / scale + lift, evidence, marker=marker, label=name)
        total = fit.baseline() + sum(fit.component(s.name) for s in fit.sites)
        left.plot(fit.ppm, total / scale + lift, color=colour, label=f"{name}, fit")
    _shift_axis(left, "³¹P", window)
    left.set(ylabel="intensity (arb. units)", title="the two glass-ceramics")
    left.legend(loc="upper left", fontsize=6)
    bins, colours = np.linspace(0.9, 2.0, 23), (style.THIRD, style.DOPED)
    for colour, (name, group) in zip(colours, table.groupby("hypothesis"), strict=False):
        right.hist(group["estimate"], bins=bins, color=colour, alpha=0.5, label=name)
    right.set(xlabel="width with boron / width without", ylabel="simulated pairs")
    right.set_title("with and without an effect")
    right.legend(loc="upper right", fontsize=6.5)
    return style.badge(figure, evidence)
