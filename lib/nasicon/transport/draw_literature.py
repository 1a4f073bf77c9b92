"""Figures that set values among published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.transport.fit_literature import MeyerNeldel
from nasicon.transport.model_conduction import prefactor


def standing(
    groups: Mapping[str, pd.DataFrame],
    values: Mapping[str, Mapping[str, float]],
    *,
    evidence: str = "literature",
) -> Figure:
    """Draw published conductivities of each family as dots, the printed ones as marks.

    Parameters
    ----------
    groups : mapping of family to DataFrame
        ``sigma_s_per_cm, doi``; one shade per paper.
    values : mapping of family to mapping of sample to S cm-1
    """
    figure, axes = style.subplots(
        len(groups), 1, height=2.0 * len(groups) + 0.4, sharex=True, squeeze=False
    )
    for ax, (family, rows) in zip(axes[:, 0], groups.items(), strict=True):
        papers = list(dict.fromkeys(rows["doi"]))
        depth = np.array([papers.index(doi) for doi in rows["doi"]])
        ax.plot(rows["sigma_s_per_cm"], -depth, "o", ms=3.2, color=style.DATA, mew=0, alpha=0.7)
        low, middle, high = rows["sigma_s_per_cm"].quantile([0.25, 0.5, 0.75])
        ax.axvspan(low, high, color=style.SHADE, zorder=0)
        ax.axvline(middle, color=style.DATA, lw=0.8)
        step, ends = 0.16 * len(papers), [0.0] * 4
        for name, sigma in sorted(values[family].items(), key=lambda item: item[1]):
            room = 0.03 + 0.05 * len(name)  # decades that a name takes
            level = next((k for k, end in enumerate(ends) if sigma > end), 3)
            ends[level] = sigma * 10 ** (2 * room)
            at = 1.0 + step * level
            ax.plot([sigma, sigma], [-len(papers), at], color=style.PRINTED, lw=0.8)
            ax.text(sigma, at, name, color=style.PRINTED, fontsize=6.5, ha="center", va="bottom")
        ax.set_ylim(-len(papers), 1.0 + 4.4 * step)
        ax.set_yticks([])
        ax.set_ylabel("papers (one row each)")
        ax.set_title(f"{family}: {len(rows)} values, {len(papers)} papers")
        ax.set_xscale("log")
    style.decades(axes[-1, 0].xaxis)
    axes[-1, 0].set_xlabel("conductivity at room temperature (S cm⁻¹)")
    style.badge(
        figure, evidence, "OBELiX, CC BY 4.0; grey: middle half, median; vermilion: printed"
    )
    return figure


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
        left.plot(grid, sigma, color=colour, ls=ls, label=f"{label}: E_MN {fit.energy_mev:.0f} meV")
        right.plot(grid, prefactor(sigma, grid), color=colour, ls=ls)
    null = np.exp(np.log(rows["sigma_s_per_cm"]).mean())
    right.plot(
        grid,
        prefactor(null, grid),
        ":",
        color=style.DATA,
        lw=1.2,
        label="σ unrelated to Ea (E_MN = kT)",
    )
    offsets = ((4, -3), (4, 1), (1, 4), (-7, -2))
    for i, (_, energy, sigma) in enumerate(printed):
        for ax, value in ((left, sigma), (right, prefactor(sigma, energy))):
            ax.plot(energy, value, "d", color=style.PRINTED, ms=5)
            ax.annotate(
                str(i + 1),
                (energy, value),
                offsets[i % 4],
                textcoords="offset points",
                fontsize=6.5,
                color=style.PRINTED,
            )
    key = "\n".join(f"{i} {label}" for i, (label, _, _) in enumerate(printed, start=1))
    right.text(
        0.98,
        0.03,
        key,
        transform=right.transAxes,
        ha="right",
        va="bottom",
        fontsize=6.5,
        color=style.PRINTED,
    )
    for ax in (left, right):
        ax.set_yscale("log")
        style.decades(ax.yaxis, every=2)
        ax.set_xlabel("activation energy (eV)")
        ax.set_xlim(0.0, 0.7)
    left.set_ylabel("σ at room temperature (S cm⁻¹)")
    right.set_ylabel("prefactor σ₀ (S cm⁻¹)")
    left.set_title("what is measured")
    right.set_title("Meyer-Neldel plot")
    left.legend(loc="lower left", fontsize=6)
    right.legend(loc="upper left", fontsize=6.5)
    style.badge(figure, evidence, "Laskowski et al. 2023; vermilion: LATP paper, printed")
    return figure
