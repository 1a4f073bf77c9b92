"""Figures of a joint fit: the spectra with their one model, what leads allow, what would decide."""

from __future__ import annotations

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
    figure, (left, right) = style.subplots(1, 2, height=3.0, width_ratios=[1.5, 1.0])
    colours = style.plt.get_cmap(style.MAP)(np.linspace(0.05, 0.85, len(series.label)))
    for i, colour in enumerate(colours):
        on = series.weight[i] > 0
        f, z, curve = series.frequency_hz[i, on], series.z[i, on], curves[i, on]
        look = style.points(evidence) | {"markersize": 2.6, "color": colour}
        left.plot(f, -z.imag, **look | {"markeredgecolor": colour})
        left.plot(f, -curve.imag, color=colour, lw=1.0, marker=None)
        left.plot([], [], color=colour, label=f"{series.temperature_c[i]:g} °C")
        off = 100 * (z - curve) / np.abs(z)
        right.plot(f, off.real, color=colour, lw=0.8, marker=None)
        right.plot(f, off.imag, color=colour, lw=0.8, ls=":", marker=None)
    left.set(xlabel="frequency (Hz)", ylabel="−Im Z (Ω)", title=title)
    right.set(xlabel="frequency (Hz)", ylabel="data − model (% of |Z|)")
    right.axhline(0, color=style.INK, lw=0.4)
    right.set_title("Re (full), Im (dotted)")
    figure.legend(loc="outside right upper")
    style.logarithmic(left, "xy", 2)
    style.logarithmic(right, "x", 2)
    style.badge(figure, evidence, note)
    return figure


def joint_spectra(fit: SeriesFit, *, evidence: str, title: str = "") -> Figure:
    """Draw a joint fit with each spectrum's scatter in it."""
    curves = fit.fitted()
    return spectra(fit.series, curves, evidence=evidence, title=title, note="one model for all")


def power(table: pd.DataFrame, *, sample: str, temperature_error_k: float) -> Figure:
    """Draw how often the right rival is chosen, against window and lowest temperature.

    ``table``: ``window_mhz, lowest_c, temperature_error_k, bulk_line, sample, truth,
    right_percent, median_width_ohm``.
    """
    rows = table.query("sample == @sample and temperature_error_k == @temperature_error_k")
    titles = {"none": "truth: no leads", "leads": "truth: 9 Ω of leads"}
    lines = [line for line in ("straight", "free") if (rows["bulk_line"] == line).any()]
    options = {"squeeze": False, "sharex": True, "sharey": True}
    figure, axes = style.subplots(len(lines), 2, height=0.6 + 1.8 * len(lines), **options)
    for line, row in zip(lines, axes, strict=True):
        for (truth, title), ax in zip(titles.items(), row, strict=True):
            part = rows[(rows["bulk_line"] == line) & (rows["truth"] == truth)]
            grid = part.pivot_table("right_percent", "lowest_c", "window_mhz")
            width = part.pivot_table("median_width_ohm", "lowest_c", "window_mhz")
            ax.imshow(grid, cmap="cividis", vmin=0, vmax=100, aspect="auto", origin="lower")
            for i, j in np.ndindex(grid.shape):
                share, ohm = grid.iloc[i, j], width.iloc[i, j]
                look = {"fontsize": 7, "color": "white" if share < 55 else style.INK}
                words = f"{share:.0f} %\n± {ohm / 2:.2g} Ω"
                ax.text(j, i, words, ha="center", va="center", **look)
            ax.set_xticks(range(grid.shape[1]), [f"{w:g}" for w in grid.columns])
            ax.set_yticks(range(grid.shape[0]), [f"{t:g}" for t in grid.index])
            bulk = "straight" if line == "straight" else "may bend"
            ax.set_title(f"{title}; bulk line {bulk}")
    for ax in axes[-1]:
        ax.set_xlabel("window up to (MHz)")
    for ax in axes[:, 0]:
        ax.set_ylabel("lowest temperature (°C)")
    error = f"{temperature_error_k:g} K"
    words = f"{sample}, temperatures to {error}: right rival chosen, ± half the interval"
    style.badge(figure, "simulated", words)
    return figure


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
    style.badge(figure, "derived", "every point gives the printed R1 and the printed slope")
    return figure
