"""Figures of conductivity against temperature."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from nasicon.core import style
from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.core.result import FitResult
from nasicon.transport.model_conduction import arrhenius

MARKERS = ("o", "s", "^", "D", "v", "P")


def arrhenius_plot(
    series: Mapping[str, pd.DataFrame],
    fits: Mapping[str, FitResult],
    *,
    evidence: str,
    printed: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
    note: str = "",
) -> Figure:
    """Draw log10 sigma against 1000/T with lines, and the local slopes beside them.

    Parameters
    ----------
    series : mapping of str to DataFrame
        ``temperature_c, sigma_s_per_cm, relative_stderr, ea_local_c, ea_local_ev``
        (the last two one row shorter, padded with nan).
    fits : mapping of str to FitResult
        Of ln sigma against 1/T.
    printed : mapping of str to (sigma at 25 degC, Ea in eV), optional
        Drawn dashed in the colour of printed values.
    title, note : str
        Over the plot, and beside the evidence level.
    """
    figure, (ax, local) = style.subplots(1, 2, height=2.9, width_ratios=[1.5, 1.0])
    looks = zip(style.CYCLE, MARKERS, ((0, (5, 2)), (0, (1, 1.2)), "-."), strict=False)
    for (name, table), (colour, marker, dashes) in zip(series.items(), looks, strict=False):
        t = table["temperature_c"].to_numpy()
        x = 1000 / kelvin(t)
        look = {"marker": marker, "markeredgecolor": colour, "color": colour, "ecolor": colour}
        sigma, scatter = table["sigma_s_per_cm"], table["relative_stderr"].fillna(0)
        look = style.points(evidence) | look | {"capsize": 1.5, "elinewidth": 0.7}
        ax.errorbar(x, sigma, yerr=sigma * scatter, **look)
        grid, fit = np.linspace(x.min(), x.max(), 50), fits[name]
        energy = fit["activation_energy_ev"]
        line = fit["prefactor"] * np.exp(-energy * grid / (1000 * BOLTZMANN_EV_PER_K))
        error = fit.stderr[fit.index("activation_energy_ev")]
        ax.plot(grid, line, color=colour, label=f"{name}: {energy:.3f} ± {error:.3f} eV")
        if printed and name in printed:
            look, (at_25, energy) = {"color": style.PRINTED, "ls": dashes}, printed[name]
            label = f"printed, {name}: {energy:g} eV"
            ax.plot(x, arrhenius(t, at_25, energy), zorder=4, label=label, **look)
            local.axhline(energy, lw=1.2, **look)
        face = "white" if evidence != "measured" else colour
        look = {"marker": marker, "ms": 4, "color": colour, "mfc": face, "lw": 0.8}
        local.plot(table["ea_local_c"], table["ea_local_ev"], **look)
    style.logarithmic(ax, "y")
    ax.set(xlabel="1000/T (K⁻¹)", ylabel="σ (S cm⁻¹)", title=title)
    style.legend_above(figure, ax, ncols=2)
    local.set(xlabel="temperature (°C)", ylabel="local Ea, ln σ form (eV)")
    local.set_title("slope between neighbours")
    style.badge(figure, evidence, note)
    return figure


def correlation(
    fits: Mapping[str, FitResult],
    *,
    evidence: str,
    printed: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """Draw 95 % ellipses of (log10 prefactor, Ea): a straight line fixes their combination."""
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=2.6)
    for (name, fit), colour in zip(fits.items(), style.CYCLE, strict=False):
        centre = np.array([np.log10(fit["prefactor"]), fit["activation_energy_ev"]])
        values, vectors = np.linalg.eigh(fit.covariance)
        size = 2 * np.sqrt(5.991 * np.maximum(values, 0))
        angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
        look = {"angle": angle, "fc": colour, "alpha": 0.25, "ec": colour}
        ax.add_patch(Ellipse(centre, size[1], size[0], **look))
        ax.plot(*centre, "+", color=colour, ms=6, label=name)
        if printed and name in printed:
            sigma, energy = printed[name]
            prefactor = sigma * np.exp(energy / (BOLTZMANN_EV_PER_K * kelvin(25.0)))
            look = {"color": style.PRINTED, "ms": 4.5, "label": "from printed σ and Ea"}
            ax.plot(np.log10(prefactor), energy, "d", **look)
    ax.margins(0.1)
    ax.autoscale_view()
    ax.set(xlabel="log₁₀(σ₀ / S cm⁻¹)", ylabel="Ea (eV)")
    style.legend_above(figure, ax)
    style.badge(figure, evidence)
    return figure


def hypotheses(table: pd.DataFrame, printed_ev: Mapping[str, float]) -> Figure:
    """Draw what a series would show under rival hypotheses: bulk slope against its curvature.

    ``table``: ``sample, hypothesis, ea_bulk_ev, curvature_bulk_ev2``; outlines hold half and
    nine tenths of the simulated series.
    """
    import seaborn as sns

    samples, names = list(printed_ev), list(dict.fromkeys(table["hypothesis"]))
    colours = dict(zip(names, (style.UNDOPED, style.THIRD, style.DATA), strict=False))
    figure, axes = style.subplots(1, len(samples), height=2.9, sharey=True, squeeze=False)
    for ax, sample in zip(axes[0], samples, strict=True):
        for name, colour in colours.items():
            rows = table[(table["sample"] == sample) & (table["hypothesis"] == name)]
            rows = rows.query("0 <= ea_bulk_ev <= 0.3 and abs(curvature_bulk_ev2) < 0.03")
            x, y = rows["ea_bulk_ev"], 1e3 * rows["curvature_bulk_ev2"]
            sns.kdeplot(x=x, y=y, levels=[0.1, 0.5], color=colour, linewidths=1.1, ax=ax)
            ax.plot(x, y, ".", ms=1.5, color=colour, alpha=0.35)
            ax.plot([], [], color=colour, label=name)
        ax.axvline(printed_ev[sample], color=style.PRINTED, ls="--", lw=1.1, label="printed Ea")
        ax.axhline(0, color=style.INK, lw=0.4)
        ax.set(xlim=(0.05, 0.25), title=sample, xlabel="apparent bulk Ea, 25–120 °C (eV)")
        ax.xaxis.set_major_locator(MaxNLocator(4))
    axes[0][0].set(ylim=(-16, 16), ylabel="curvature of ln σ (10⁻³ eV²)")
    style.legend_above(figure, axes[0][0])
    style.badge(figure, "simulated", "outlines: half and nine tenths of 250 series each")
    return figure
