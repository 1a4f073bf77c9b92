"""Figures that set values among published ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.transport.fit_literature import MeyerNeldel
from nasicon.transport.model_conduction import prefactor


def standing(
    groups: Mapping[str, pd.DataFrame], values: Mapping[str, Mapping[str, float]]
) -> Figure:
    """Draw published conductivities of each family as dots, the printed ones as marks.

    Parameters
    ----------
    groups : mapping of family to DataFrame
        ``sigma_s_per_cm, doi``; one shade per paper.
    values : mapping of family to mapping of sample to S cm-1
    """
    options = {"height": 1.6 * len(groups) + 0.5, "sharex": True, "squeeze": False}
    figure, axes = style.subplots(len(groups), 1, **options)
    for ax, (family, rows) in zip(axes[:, 0], groups.items(), strict=True):
        papers = list(dict.fromkeys(rows["doi"]))
        depth = np.array([papers.index(doi) for doi in rows["doi"]])
        ax.plot(rows["sigma_s_per_cm"], -depth, "o", ms=3.2, color=style.DATA, mew=0, alpha=0.7)
        low, middle, high = rows["sigma_s_per_cm"].quantile([0.25, 0.5, 0.75])
        ax.axvspan(low, high, color=style.SHADE, zorder=0)
        ax.axvline(middle, color=style.DATA, lw=0.8)
        step, marked = 0.16 * len(papers), sorted(values[family].items(), key=lambda v: -v[1])
        for level, (name, sigma) in enumerate(marked):  # no stem crosses a name on its left
            at = 1.0 + step * level
            look = {"color": style.PRINTED, "fontsize": 6.5, "ha": "left", "va": "center"}
            ax.vlines(sigma, -len(papers), at, color=style.PRINTED, lw=0.8)
            white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
            ax.text(1.04 * sigma, at, name, bbox=white, **look)
        ax.set(ylim=(-len(papers), 1.0 + 4.4 * step), yticks=[], ylabel="papers (one row each)")
        ax.set_title(f"{family}: {len(rows)} values, {len(papers)} papers")
        style.logarithmic(ax, "x")
    axes[-1, 0].set_xlabel("conductivity at room temperature (S cm⁻¹)")
    words = "OBELiX, CC BY 4.0; grey: middle half, median; vermilion: printed"
    return style.badge(figure, "literature", words)


def meyer_neldel(
    rows: pd.DataFrame,
    fits: Mapping[str, MeyerNeldel],
    printed: Sequence[tuple[str, float, float]],
    *,
    evidence: str = "literature",
) -> Figure:
    """Draw ln sigma and ln sigma0 against Ea.

    Parameters
    ----------
    rows : DataFrame
        ``family, activation_energy_ev, sigma_s_per_cm``.
    fits : mapping of label to MeyerNeldel
    printed : sequence of (label, Ea in eV, sigma in S cm-1)
    """
    figure, (left, right) = style.subplots(1, 2, height=3.1)
    grid = np.linspace(0.1, 0.68, 50)
    families = list(dict.fromkeys(rows["family"]))
    for family, marker in zip(families, "osD^vP", strict=False):
        part = rows[rows["family"] == family]
        energy, sigma = part["activation_energy_ev"], part["sigma_s_per_cm"]
        look = {"marker": marker, "ls": "none", "ms": 4, "mfc": "none", "mew": 0.9}
        left.plot(energy, sigma, label=family, **look)
        right.plot(energy, prefactor(sigma, energy), **look)
    for (label, fit), colour in zip(fits.items(), (style.INK, style.DATA), strict=False):
        sigma = np.exp(fit.ln_sigma(grid))
        ls = "-" if colour == style.INK else "--"
        energy = rf"$E_\mathrm{{MN}}$ {fit.energy_mev:.0f} meV"
        left.plot(grid, sigma, color=colour, ls=ls, label=f"{label}: {energy}")
        right.plot(grid, prefactor(sigma, grid), color=colour, ls=ls)
    null = prefactor(np.exp(np.log(rows["sigma_s_per_cm"]).mean()), grid)
    label = r"σ unrelated to Ea ($E_\mathrm{MN}$ = kT)"
    right.plot(grid, null, ":", color=style.DATA, lw=1.2, label=label)
    offsets = ((5, -3), (5, -4), (-8, -3), (-8, -2))
    look = {"textcoords": "offset points", "fontsize": 6.5, "color": style.PRINTED}
    for i, (_, energy, sigma) in enumerate(printed):
        for ax, value in ((left, sigma), (right, prefactor(sigma, energy))):
            ax.plot(energy, value, "d", color=style.PRINTED, ms=5)
            ax.annotate(str(i + 1), (energy, value), offsets[i % 4], **look)
    key = "\n".join(f"{i} {label}" for i, (label, _, _) in enumerate(printed, start=1))
    place = {"transform": right.transAxes, "ha": "right", "va": "bottom"}
    right.text(0.98, 0.03, key, fontsize=6.5, color=style.PRINTED, **place)
    for ax in (left, right):
        style.logarithmic(ax, "y", 2)
        ax.set(xlabel="activation energy (eV)", xlim=(0.0, 0.7))
    left.set(ylabel="σ at room temperature (S cm⁻¹)", title="what is measured")
    right.set(ylabel="prefactor σ₀ (S cm⁻¹)", title="Meyer-Neldel plot")
    left.legend(loc="lower left", fontsize=6)
    right.legend(loc="upper left", fontsize=6.5)
    return style.badge(figure, evidence, "Laskowski et al. 2023; vermilion: LATP paper, printed")
