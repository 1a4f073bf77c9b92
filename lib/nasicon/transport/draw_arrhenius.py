"""Figures of conductivity against temperature."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from nasicon.core import style
from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.core.result import FitResult
from nasicon.transport.fit_temperature import local_slopes
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
        ``temperature_c, value`` (S cm-1) and ``stderr``.
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
        table = table.sort_values("temperature_c", kind="stable").astype({"stderr": float})
        t, sigma = (table[c].to_numpy(float) for c in ("temperature_c", "value"))
        x = 1000 / kelvin(t)
        look = {"marker": marker, "markeredgecolor": colour, "color": colour, "ecolor": colour}
        look = style.points(evidence) | look | {"capsize": 1.5, "elinewidth": 0.7}
        ax.errorbar(x, sigma, yerr=table["stderr"].fillna(0), **look)
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
        local.plot(*local_slopes(t, sigma), **look)
    style.logarithmic(ax, "y")
    ax.set(xlabel="1000/T (K⁻¹)", ylabel="σ (S cm⁻¹)", title=title)
    style.legend_above(figure, ax, ncols=2)
    local.set(xlabel="temperature (°C)", ylabel="local Ea, ln σ form (eV)")
    local.set_title("slope between neighbours")
    return style.badge(figure, evidence, note)


def correlation(
    fits: Mapping[str, FitResult],
    *,
    evidence: str,
    printed: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """Draw 95 % ellipses of (log10 prefactor, Ea): a straight line fixes their combination."""
    figure, axes = style.subplots(1, len(fits), height=2.5, squeeze=False)
    for ax, (name, fit) in zip(axes[0], fits.items(), strict=True):
        centre = np.array([np.log10(fit["prefactor"]), fit["activation_energy_ev"]])
        values, vectors = np.linalg.eigh(fit.covariance)
        size = 2 * np.sqrt(5.991 * np.maximum(values, 0))
        angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
        look = {"angle": angle, "fc": style.FOURTH, "alpha": 0.5, "ec": style.UNDOPED}
        ax.add_patch(Ellipse(centre, size[1], size[0], **look))
        ax.plot(*centre, "+", color=style.INK, ms=6, label="fit and its 95 %")
        if printed and name in printed:
            sigma, energy = printed[name]
            prefactor = sigma * np.exp(energy / (BOLTZMANN_EV_PER_K * kelvin(25.0)))
            look = {"color": style.PRINTED, "ms": 4.5, "label": "from printed σ and Ea"}
            ax.plot(np.log10(prefactor), energy, "d", **look)
        ax.margins(0.1)
        ax.autoscale_view()
        ax.set(xlabel="log₁₀(σ₀ / S cm⁻¹)", title=name)
        ax.xaxis.set_major_locator(MaxNLocator(4))
    axes[0, 0].set_ylabel("Ea (eV)")
    style.legend_above(figure, axes[0, 0])
    return style.badge(figure, evidence)


def hypotheses(table: pd.DataFrame, printed_ev: Mapping[str, float]) -> Figure:
    """Draw what a series would show under rival hypotheses: bulk slope, and its curvature.

    ``table``: ``sample, hypothesis, ea_bulk_ev, curvature_bulk_ev2``; boxes hold half of the
    simulated series, whiskers 95 %.
    """
    import seaborn as sns

    options = {"height": 1.5 * len(printed_ev) + 0.9, "squeeze": False}
    figure, axes = style.subplots(len(printed_ev), 2, sharex="col", sharey=True, **options)
    table = table.assign(bend=1e3 * table["curvature_bulk_ev2"])
    limits = {"ea_bulk_ev": (0.05, 0.3), "bend": (-20, 20)}
    look = {"y": "hypothesis", "whis": (2.5, 97.5), "showfliers": False, "width": 0.6}
    look |= {"color": style.FOURTH, "linecolor": style.INK, "linewidth": 0.8}
    for row, (sample, energy) in zip(axes, printed_ev.items(), strict=True):
        part = table[table["sample"] == sample]
        for ax, (column, (low, high)) in zip(row, limits.items(), strict=True):
            sns.boxplot(part, x=column, ax=ax, **look)
            ax.set(xlabel="", ylabel="", title=sample, xlim=(low, high), ylim=(2.5, -0.8))
            beyond = part.groupby("hypothesis", sort=False)[column].agg(
                lambda x, low=low, high=high: 100 * (~x.between(low, high)).mean()
            )
            for y, share in enumerate(beyond):
                if share >= 1:
                    where = {"ha": "right", "va": "center", "fontsize": 6, "color": style.INK}
                    ax.text(high, y - 0.52, f"{share:.0f} % beyond the axis ", **where)
        row[0].axvline(energy, color=style.PRINTED, ls="--", lw=1.1, label="printed Ea")
        row[1].axvline(0, color=style.INK, ls=":", lw=0.8, label="straight")
    axes[-1, 0].set_xlabel("apparent bulk Ea, 25–120 °C (eV)")
    axes[-1, 1].set_xlabel("curvature of ln σ (10⁻³ eV²)")
    style.legend_above(figure, *axes[0])
    return style.badge(
        figure, "simulated", "250 series a box; boxes hold half of them, whiskers 95 %"
    )
