"""Figures of a joint fit: the spectra with their one model, what leads allow, what would decide."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasicon.core import style
from nasicon.transport.fit_series import Series, SeriesFit


def spectra(
    series: Series, curves: NDArray, *, evidence: str, title: str = "", note: str = ""
) -> Figure:
    """Draw measured and modelled spectra of a series, and what is left.

    Parameters
    ----------
    series : Series
    curves : ndarray of complex, shape (K, n)
        The model at the measured frequencies: fitted, or foretold from the other spectra.
    """
    figure, axes = style.mosaic([["z", "re"], ["z", "im"]], height=3.4, width_ratios=[1.4, 1])
    left = axes["z"]
    colours = style.plt.get_cmap(style.MAP)(np.linspace(0.05, 0.85, len(series.label)))
    for i, colour in enumerate(colours):
        on = series.weight[i] > 0
        f, z, curve = series.frequency_hz[i, on], series.z[i, on], curves[i, on]
        look = style.points(evidence) | {"markersize": 2.6, "color": colour}
        left.plot(f, -z.imag, **look | {"markeredgecolor": colour})
        left.plot(f, -curve.imag, color=colour, lw=1.0, marker=None)
        left.plot([], [], color=colour, label=f"{series.temperature_c[i]:g} °C")
        off = 100 * (z - curve) / np.abs(z)
        for name, part in (("re", off.real), ("im", off.imag)):
            axes[name].plot(f, part, color=colour, lw=0.8, marker=None)
    left.set(xlabel="frequency (Hz)", ylabel="−Im Z (Ω)", title=title)
    axes["im"].set_xlabel("frequency (Hz)")
    for name, part in (("re", "Re"), ("im", "Im")):
        axes[name].axhline(0, color=style.INK, lw=0.4)
        axes[name].set_ylabel(f"Δ {part} (% of |Z|)")
        style.logarithmic(axes[name], "x", 2)
    axes["re"].set_title("data − model")
    figure.legend(loc="outside right upper")
    style.logarithmic(left, "xy", 2)
    return style.badge(figure, evidence, note)


def joint_spectra(fit: SeriesFit, *, evidence: str, title: str = "") -> Figure:
    """Draw a joint fit with each spectrum's scatter in it."""
    curves = fit.fitted()
    return spectra(fit.series, curves, evidence=evidence, title=title, note="one model for all")


def power(table: pd.DataFrame, *, temperature_error_k: float) -> Figure:
    """Draw how often the right rival is chosen, against window and lowest temperature.

    ``table``: ``window_mhz, lowest_c, temperature_error_k, sample, truth, right_percent,
    median_width_ohm``.
    """
    rows = table[table["temperature_error_k"] == temperature_error_k]
    titles, samples = {"none": "no leads", "leads": "9 Ω of leads"}, rows["sample"].unique()
    figure, axes = style.subplots(
        len(samples), 2, height=0.6 + 1.8 * len(samples), squeeze=False, sharex=True, sharey=True
    )
    for sample, row in zip(samples, axes, strict=True):
        for (truth, title), ax in zip(titles.items(), row, strict=True):
            part = rows[(rows["sample"] == sample) & (rows["truth"] == truth)]
            grid = part.pivot_table("right_percent", "lowest_c", "window_mhz")
            width = part.pivot_table("median_width_ohm", "lowest_c", "window_mhz")
            ax.imshow(grid, cmap="cividis", vmin=50, vmax=100, aspect="auto", origin="lower")
            for i, j in np.ndindex(grid.shape):
                share, ohm = grid.iloc[i, j], width.iloc[i, j]
                colour = "white" if share < 75 else style.INK
                look = {"ha": "center", "va": "center", "fontsize": 7, "color": colour}
                ax.text(j, i, f"{share:.0f} %\n± {ohm / 2:.2g} Ω", **look)
            ax.set_xticks(range(grid.shape[1]), [f"{w:g}" for w in grid.columns])
            ax.set_yticks(range(grid.shape[0]), [f"{t:g}".replace("-", "−") for t in grid.index])
            ax.set_title(f"{sample}, truth: {title}")
    for ax in axes[-1]:
        ax.set_xlabel("window up to (MHz)")
    for ax in axes[:, 0]:
        ax.set_ylabel("lowest temperature (°C)")
    error = f"temperatures to {temperature_error_k:g} K"
    return style.badge(figure, "simulated", f"{error}: right rival chosen, ± half the interval")


def allowed(
    truths: Mapping[str, Mapping[float, NDArray]],
    lead_ohm: NDArray,
    printed_ev: Mapping[str, float],
    *,
    usual_ev: tuple[float, float],
) -> Figure:
    """Draw the bulk activation energies behind a printed slope, for leads and lag.

    ``truths``: for each sample and lag the true energies (eV) at ``lead_ohm``.
    """
    figure, axes = style.subplots(1, len(truths), height=2.7, sharey=True, squeeze=False)
    for ax, (name, curves) in zip(axes[0], truths.items(), strict=True):
        for (lag, energies), colour in zip(curves.items(), style.CYCLE, strict=False):
            ax.plot(lead_ohm, energies, color=colour, marker=None, label=f"lag {100 * lag:g} %")
        look = {"color": style.PRINTED, "ls": "--", "lw": 1.1, "label": "printed, apparent"}
        ax.axhline(printed_ev[name], **look)
        ax.axhspan(*usual_ev, color=style.SHADE, zorder=0, label="literature")
        ax.set(xlabel="leads within the intercept (Ω)", title=name)
    axes[0][0].set_ylabel("true bulk Ea (eV)")
    axes[0][0].legend(loc="upper left")
    return style.badge(figure, "derived", "every point gives the printed R1 and the printed slope")
