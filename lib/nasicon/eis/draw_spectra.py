"""Figures of impedance spectra: Nyquist plots, windows, recovery, relaxation times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nasicon.core import style
from nasicon.eis.fit_pellets import PelletAnalysis
from nasicon.eis.model_circuits import Circuit

UNITS = ((1e6, "MΩ"), (1e3, "kΩ"), (1.0, "Ω"), (1e-3, "mΩ"))


def nyquist(
    workups: Mapping[str, PelletAnalysis],
    *,
    evidence: str,
    printed_ohm: Mapping[str, float] | None = None,
    bands: pd.DataFrame | None = None,
    columns: int = 2,
) -> Figure:
    """Draw Nyquist plots on equal scales with fit, decades, printed total and residuals.

    Parameters
    ----------
    workups : mapping of str to PelletAnalysis
        One panel each.
    evidence : str
        ``simulated`` or ``measured``.
    printed_ohm : mapping of str to float, optional
        Total resistance that the printed conductivity gives for this geometry.
    bands : DataFrame, optional
        5-95 % of the spectrum over the declared ranges of what is not printed.
    columns : int
        Panels a row.
    """
    columns = min(columns, len(workups))
    rows = -(-len(workups) // columns)
    figure, axes = style.subplots(
        2 * rows,
        columns,
        height=3.4 * rows + 0.3,
        width=style.PAGE_INCH if columns > 1 else style.COLUMN_INCH,
        squeeze=False,
        gridspec_kw={"height_ratios": [3.0, 1.0] * rows},
    )
    for index, (name, workup) in enumerate(workups.items()):
        row, column = divmod(index, columns)
        top, below = axes[2 * row, column], axes[2 * row + 1, column]
        band = None if bands is None else bands[bands["sample"] == name]
        _nyquist_panel(top, workup, evidence, (printed_ohm or {}).get(name), band)
        _residual_panel(below, workup)
        top.set_title(name)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), handlelength=1.6)
    for blank in range(len(workups), rows * columns):
        row, column = divmod(blank, columns)
        axes[2 * row, column].set_visible(False)
        axes[2 * row + 1, column].set_visible(False)
    note = "grey band: 5-95 % over what the paper does not state" if bands is not None else ""
    style.badge(figure, evidence, note)
    return figure


def _nyquist_panel(
    ax: Axes,
    workup: PelletAnalysis,
    evidence: str,
    printed_ohm: float | None,
    band: pd.DataFrame | None,
) -> None:
    data = workup.data
    re, im = data["z_real_ohm"].to_numpy(), -data["z_imag_ohm"].to_numpy()
    total = workup.total_ohm[0]
    scale, unit = next((s, u) for s, u in UNITS if total >= s or s == UNITS[-1][0])
    if band is not None and len(band):
        x = band["z_real_ohm"] / scale
        low, high = (band[f"minus_z_imag_{p}_ohm"] / scale for p in ("p05", "p95"))
        ax.fill_between(x, low, high, color=style.SHADE, lw=0, zorder=0)
    ax.plot(re / scale, im / scale, **style.points(evidence), label=evidence, zorder=2)
    f = np.geomspace(data["frequency_hz"].min(), data["frequency_hz"].max() * 10, 300)
    z = Circuit.parse(workup.circuit).impedance(workup.result.values, 2 * np.pi * f)
    inside = f <= data["frequency_hz"].max()
    ax.plot(
        z.real[inside] / scale, -z.imag[inside] / scale, color=style.UNDOPED, label="fit", zorder=3
    )
    ax.plot(
        z.real[~inside] / scale,
        -z.imag[~inside] / scale,
        color=style.UNDOPED,
        lw=0.8,
        ls=":",
        label="fit above the window",
        zorder=3,
    )
    if printed_ohm is not None:
        ax.axvline(printed_ohm / scale, color=style.PRINTED, lw=1.0, ls="--", label="printed total")
    right = 1.3 * max(total, printed_ohm or 0.0) / scale
    ax.set_xlim(-0.1 * right, right)
    ax.set_ylim(-0.1 * right, 0.505 * right)
    ax.set_box_aspect(0.55)  # the spans have the same ratio: equal scales
    ax.axhline(0, color=style.INK, lw=0.4)
    _mark_decades(
        ax,
        data["frequency_hz"].to_numpy(),
        re / scale,
        im / scale,
        centre=0.5 * (max(re.min(), 0.0) + total) / scale,
    )
    ax.set_xlabel(f"Re Z ({unit})")
    ax.set_ylabel(f"−Im Z ({unit})")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_locator(MaxNLocator(4))


def _mark_decades(
    ax: Axes, frequency_hz: np.ndarray, x: np.ndarray, y: np.ndarray, centre: float
) -> None:
    """Fill the point nearest each whole decade; name its frequency outside the arc, kept apart."""
    (left, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    placed: list[tuple[float, float]] = []
    low, high = np.log10(frequency_hz.min()), np.log10(frequency_hz.max())
    for decade in np.arange(np.ceil(low - 1e-6), np.floor(high + 1e-6) + 1):
        i = int(np.argmin(np.abs(np.log10(frequency_hz) - decade)))
        if not (left < x[i] < 0.88 * right and y[i] < 0.9 * top):
            continue
        ax.plot(x[i], y[i], "o", ms=4.2, color=style.INK, zorder=4)
        if any(np.hypot(x[i] - a, y[i] - b) < 0.11 * right for a, b in placed):
            continue
        placed.append((x[i], y[i]))
        outward = np.array([x[i] - centre, max(y[i], 0.06 * right)])
        outward = outward / np.linalg.norm(outward)
        ax.annotate(
            style.frequency_label(10.0**decade),
            (x[i], y[i]),
            xytext=8 * outward,
            textcoords="offset points",
            fontsize=6.5,
            color=style.INK,
            zorder=5,
            ha="left" if outward[0] > 0 else "right",
            va="center",
        )


def _residual_panel(ax: Axes, workup: PelletAnalysis) -> None:
    data = workup.data
    z = data["z_real_ohm"].to_numpy() + 1j * data["z_imag_ohm"].to_numpy()
    f = data["frequency_hz"].to_numpy()
    fit = Circuit.parse(workup.circuit).impedance(workup.result.values, 2 * np.pi * f)
    residual = 100 * (z - fit) / np.abs(z)
    ax.semilogx(f, residual.real, "o", ms=2.4, color=style.UNDOPED, label="Re")
    ax.semilogx(f, residual.imag, "s", ms=2.4, mfc="white", color=style.THIRD, label="Im")
    ax.axhline(0, color=style.INK, lw=0.4)
    reach = max(1.0, 1.15 * float(np.abs(residual.view(float)).max()))
    ax.set_ylim(-reach, reach)
    style.decades(ax.xaxis, every=2)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel("Δ (%)")
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.96),
        ncols=2,
        handletextpad=0.1,
        columnspacing=0.8,
        borderaxespad=0.0,
    )


def window(
    apexes: pd.DataFrame, low_hz: float, high_hz: float, *, evidence: str = "derived"
) -> Figure:
    """Draw where each arc's apex lies against the instrument's window.

    ``apexes``: one row per bar, ``sample, arc, low_hz, nominal_hz, high_hz``.
    """
    samples = list(dict.fromkeys(apexes["sample"]))
    figure, ax = style.subplots(1, 1, width=style.PAGE_INCH, height=0.34 * len(samples) + 1.25)
    ax.axvspan(low_hz, high_hz, color=style.SHADE, zorder=0)
    colours = {"bulk": style.UNDOPED, "grain boundary": style.DOPED}
    for row in apexes.itertuples():
        y = len(samples) - 1 - samples.index(row.sample)
        offset = 0.14 if row.arc == "bulk" else -0.14
        ax.plot(
            [row.low_hz, row.high_hz],
            [y + offset] * 2,
            lw=4,
            alpha=0.45,
            color=colours[row.arc],
            solid_capstyle="butt",
        )
        ax.plot(row.nominal_hz, y + offset, "|", ms=8, mew=1.6, color=colours[row.arc])
    for arc, colour in colours.items():
        if (apexes["arc"] == arc).any():
            ax.plot([], [], lw=4, alpha=0.45, color=colour, label=f"apex of the {arc} arc")
    ax.set_xscale("log")
    style.decades(ax.xaxis)
    ax.set_yticks(range(len(samples)), samples[::-1])
    ax.set_ylim(-0.6, len(samples) - 0.4)
    ax.set_xlabel("frequency (Hz)")
    ax.text(
        np.sqrt(low_hz * high_hz),
        len(samples) - 0.55,
        "instrument window",
        ha="center",
        va="top",
        fontsize=7,
        color=style.INK,
    )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
    style.badge(figure, evidence, "bars: declared ranges of permittivity and grain size")
    return figure


def recovery(table: pd.DataFrame, samples: Sequence[str], quantities: Sequence[str]) -> Figure:
    """Draw estimate over truth for each circuit: what the window can give back.

    ``table``: ``sample, circuit, quantity, truth_ohm, estimate_ohm``; a bar
    is 5-95 % of the draws, a tick their median.
    """
    circuits = [c for c in dict.fromkeys(table["circuit"]) if c != "glass"]
    colours = dict(zip(circuits, (style.UNDOPED, style.DOPED, style.THIRD), strict=False))
    figure, axes = style.subplots(
        1, len(quantities), height=0.42 * len(samples) + 1.1, sharey=True, squeeze=False
    )
    for ax, quantity in zip(axes[0], quantities, strict=True):
        for i, sample in enumerate(reversed(samples)):
            for j, circuit in enumerate(circuits):
                rows = table[
                    (table["sample"] == sample)
                    & (table["quantity"] == quantity)
                    & (table["circuit"] == circuit)
                ]
                if rows.empty:
                    continue
                ratio = 100 * (rows["estimate_ohm"] / rows["truth_ohm"] - 1)
                low, middle, high = np.percentile(ratio, [5, 50, 95])
                y = i + 0.22 * (1 - j)
                ax.plot(
                    [low, high],
                    [y, y],
                    lw=3.5,
                    alpha=0.5,
                    color=colours[circuit],
                    solid_capstyle="butt",
                )
                ax.plot(middle, y, "|", ms=6, mew=1.5, color=colours[circuit])
        ax.axvline(0, color=style.INK, lw=0.6)
        ax.set_xscale("symlog", linthresh=5)
        ax.set_xlim(-100, 200)
        ax.set_xticks([-50, -5, 0, 5, 50], ["−50", "−5", "0", "5", "50"])
        ax.minorticks_off()
        ax.set_title(f"{quantity} resistance")
        ax.set_xlabel("estimate − truth (%)")
        ax.set_yticks(range(len(samples)), list(reversed(samples)))
    for circuit in circuits:
        axes[0][-1].plot([], [], lw=3.5, alpha=0.5, color=colours[circuit], label=circuit)
    figure.legend(loc="outside upper right", ncols=len(circuits), title=None)
    style.badge(figure, "simulated", "truth known; bars 5-95 % of the draws")
    return figure


def gains(table: pd.DataFrame, printed: Mapping[str, float]) -> Figure:
    """Draw the ratio doped/undoped that one pellet each would give, with and without an effect."""
    pairs = list(printed)
    figure, axes = style.subplots(1, len(pairs), height=2.2, sharey=True, squeeze=False)
    bins = np.geomspace(0.1, 40, 45)
    looks = {
        "no effect": (style.DATA, "no effect of boron"),
        "printed": (style.UNDOPED, "as printed"),
    }
    for ax, doped in zip(axes[0], pairs, strict=True):
        for hypothesis, (colour, label) in looks.items():
            rows = table[(table["doped"] == doped) & (table["hypothesis"] == hypothesis)]
            counts, _ = np.histogram(rows["gain_total"], bins)
            ax.stairs(counts, bins, fill=True, color=colour, alpha=0.55, label=label)
        ax.axvline(printed[doped], color=style.PRINTED, ls="--", lw=1.1, label="printed ratio")
        ax.set_xscale("log")
        ax.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
        ax.minorticks_off()
        ax.set_title(f"{doped} / {doped.replace('BP', 'P')}")
        ax.set_xlabel("ratio of total conductivities")
    axes[0][0].set_ylabel("draws")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    style.badge(figure, "simulated", "one pellet each, ×/÷ 1.3 from pellet to pellet")
    return figure


def relaxation_times(scan: pd.DataFrame, name: str, *, evidence: str) -> Figure:
    """Draw the distribution of relaxation times at several strengths of smoothing."""
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=2.5)
    shades = np.linspace(0.25, 1.0, len(scan))
    for shade, row in zip(shades, scan.itertuples(), strict=True):
        frequency = 1 / (2 * np.pi * row.result.tau_s)
        label = f"λ {row.regularisation:.0e}, rms {100 * row.residual_rms:.2f} %"
        ax.semilogx(
            frequency, row.result.gamma_ohm, color=style.UNDOPED, alpha=shade, lw=1.0, label=label
        )
    tops = [np.interp(r.peaks["tau_s"], r.tau_s, r.gamma_ohm) for r in scan["result"]]
    highest = max((top.max() for top in tops if top.size), default=0.0)
    if highest > 0:  # what is left of the electrode at the low end would dwarf the arcs
        ax.set_ylim(-0.05 * highest, 1.3 * highest)
    style.decades(ax.xaxis, every=2)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel("γ (Ω per unit ln τ)")
    ax.set_title(name)
    ax.legend(loc="best", fontsize=6)
    style.badge(figure, evidence)
    return figure


def paired(table: pd.DataFrame, *, quantity: str, evidence: str) -> Figure:
    """Draw computed values against printed ones in per cent, one line a row.

    ``table``: ``label, printed, printed_low, printed_high, computed, low, high``.
    """
    figure, ax = style.subplots(1, 1, width=style.PAGE_INCH, height=0.3 * len(table) + 1.0)
    y = np.arange(len(table))[::-1]

    def percent(column: str) -> pd.Series:
        return 100 * (table[column] / table["printed"] - 1)

    ax.hlines(
        y,
        percent("printed_low"),
        percent("printed_high"),
        color=style.PRINTED,
        lw=9,
        alpha=0.3,
        label="printed, rounding interval",
    )
    ax.hlines(
        y,
        percent("low"),
        percent("high"),
        color=style.UNDOPED,
        lw=4,
        alpha=0.6,
        label="computed, rounding interval",
    )
    ax.plot(percent("computed"), y, "|", ms=9, mew=1.6, color=style.UNDOPED)
    ax.axvline(0, color=style.PRINTED, lw=0.8, ls="--")
    ax.set_yticks(y, table["label"])
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel(f"{quantity}: computed − printed (% of the printed value)")
    figure.legend(loc="outside upper center", ncols=2)
    style.badge(figure, evidence)
    return figure
