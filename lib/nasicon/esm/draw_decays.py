"""Figures of relaxation: curves with fits, time constants, what a record can resolve."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.core.result import FitResult
from nasicon.esm.fit_decays import predict

COLOURS = {"GC-LATBP": style.DOPED, "GC-LATP": style.UNDOPED}
POINTS = 90  # shown of a curve, evenly over the logarithm of time; the fit uses all
FRAME = {"frameon": True, "edgecolor": "none", "framealpha": 0.9}
REGION_STYLE = {"high": ("o", "-"), "low": ("s", "--")}


def spectra(table: pd.DataFrame, *, evidence: str) -> Figure:
    """Mean amplitude against frequency of high- and low-response points (Fig. 6a, b).

    ``table``: columns sample, region, frequency_hz, amplitude, spread, fit.
    """
    samples = list(dict.fromkeys(table["sample"]))
    figure, axes = style.subplots(1, len(samples), height=2.6, sharey=True, squeeze=False)
    for ax, letter, sample in zip(axes[0], "ab", samples, strict=False):
        for region, rows in table[table["sample"] == sample].groupby("region", sort=False):
            marker, line = REGION_STYLE[region]
            f = rows["frequency_hz"] / 1e3
            points = style.points(evidence) | {"marker": marker}
            ax.errorbar(
                f, rows["amplitude"], rows["spread"], ecolor=style.SHADE, elinewidth=1.5, **points
            )
            ax.plot(
                f,
                rows["fit"],
                line,
                color=COLOURS.get(sample, style.THIRD),
                label=f"{region} response",
            )
        ax.set_title(f"{letter}  {sample}")
        ax.set_xlabel("frequency (kHz)")
        ax.legend(loc="upper right")
    axes[0, 0].set_ylabel("amplitude (pm)")
    axes[0, 0].set_ylim(top=1.25 * axes[0, 0].get_ylim()[1])
    style.badge(figure, evidence, "mean of 7 points, bars: their spread")
    return figure


def curves(
    tables: Mapping[str, pd.DataFrame],
    results: Mapping[str, FitResult],
    *,
    evidence: str,
    model: str = "exponential",
) -> Figure:
    """Mean of the points of each file with its fit, one panel a file."""
    count = len(tables)
    columns = min(count, 4)
    rows = -(-count // columns)
    figure, axes = style.subplots(
        rows, columns, height=2.3 * rows + 0.3, squeeze=False, sharex=True, sharey=True
    )
    for ax in axes.ravel()[count:]:
        ax.set_visible(False)
    for ax, (name, table) in zip(axes.ravel(), tables.items(), strict=False):
        t = table.index.to_numpy()
        fine = np.geomspace(t[t > 0].min(), t.max(), 300)
        result = results[name]
        kept = np.unique(
            np.searchsorted(t, np.geomspace(fine[0], fine[-1], POINTS)).clip(0, t.size - 1)
        )
        shown = table.mean(axis=1).to_numpy()[kept]
        ax.plot(t[kept], shown, **(style.points(evidence) | {"markersize": 2.8}))
        colour = next((c for key, c in COLOURS.items() if name.startswith(key)), style.THIRD)
        ax.plot(fine, predict(result, fine, model), color=colour, lw=1.6)
        ax.set_title(name)
        ax.set_xscale("log")
        style.decades(ax.xaxis)
        ax.set_xlabel("time (s)")
        i = result.index("tau")
        known = result.identifiable[i]
        text = f"τ = {result.values[i]:.3g} s" if known else "τ not identifiable"
        ax.text(0.97, 0.95, text, transform=ax.transAxes, ha="right", va="top", fontsize=7)
        if evidence == "simulated":
            ax.text(
                0.03,
                0.03,
                "simulated, equal τ,\nnot the authors' data",
                fontsize=6,
                style="italic",
                transform=ax.transAxes,
            )
    for ax in axes[:, 0]:
        ax.set_ylabel("amplitude (pm)")
    style.badge(figure, evidence, "mean of the points of a region, every so many shown")
    return figure


def time_constants(table: pd.DataFrame, *, evidence: str, p: Mapping[str, float]) -> Figure:
    """Time constant of every point with its 95 % interval, region by region (Fig. 6e, f)."""
    regions = list(dict.fromkeys(table["region"]))
    figure, axes = style.subplots(1, len(regions), height=2.5, sharey=True, squeeze=False)
    for ax, letter, region in zip(axes[0], "ef", regions, strict=False):
        rows = table[table["region"] == region]
        samples = list(dict.fromkeys(rows["sample"]))
        for i, sample in enumerate(samples):
            one = rows[rows["sample"] == sample]
            x = i + np.linspace(-0.25, 0.25, len(one))
            error = [one["tau_s"] - one["tau_low_s"], one["tau_high_s"] - one["tau_s"]]
            ax.errorbar(
                x,
                one["tau_s"],
                error,
                fmt="o",
                ms=4,
                mfc="white",
                lw=0.9,
                mec=style.DATA if evidence == "simulated" else style.INK,
                ecolor=COLOURS.get(sample, style.THIRD),
            )
            ax.plot(
                [i - 0.33, i + 0.33],
                [one["tau_s"].median()] * 2,
                lw=2,
                color=COLOURS.get(sample, style.THIRD),
            )
        ax.set_xticks(range(len(samples)), samples)
        ax.set_title(f"{letter}  {region} response")
        if region in p:
            ax.text(
                0.97,
                0.96,
                f"exact rank-sum p = {p[region]:.2g}",
                ha="right",
                va="top",
                transform=ax.transAxes,
                fontsize=7,
            )
        ax.set_xlim(-0.6, len(samples) - 0.4)
    low, top = float(table["tau_low_s"].min()), float(table["tau_high_s"].max())
    if top > 10 * low > 0:
        axes[0, 0].set_yscale("log")
        axes[0, 0].set_ylim(top=3.2 * top)
        style.decades(axes[0, 0].yaxis)
    else:
        axes[0, 0].set_ylim(0, 1.3 * top)
    axes[0, 0].set_ylabel("time constant τ (s)")
    note = "drawn with one τ for both samples; lines: medians" if evidence == "simulated" else ""
    style.badge(figure, evidence, note)
    return figure


def resolution(tau: pd.DataFrame, power: pd.DataFrame, step_s: float, record_s: float) -> Figure:
    """Which time constants a record resolves, and which ratios 7 against 7 points show."""
    figure, (left, right) = style.subplots(1, 2, height=2.8)
    left.fill_between(
        tau["tau_s"],
        tau["estimate_low_s"],
        tau["estimate_high_s"],
        color=style.FOURTH,
        alpha=0.5,
        lw=0,
        label="95 % of the fits",
    )
    left.plot(tau["tau_s"], tau["estimate_s"], color=style.UNDOPED, label="median")
    left.plot(tau["tau_s"], tau["tau_s"], color=style.INK, lw=0.7, ls=":", label="truth")
    for limit, text in ((step_s, "sampling step"), (record_s, "record")):
        left.axvline(limit, color=style.DATA, lw=0.8, ls="--")
        left.text(
            limit,
            1.01,
            text,
            fontsize=6.5,
            ha="center",
            va="bottom",
            transform=left.get_xaxis_transform(),
        )
    left.set(
        xscale="log", yscale="log", xlabel="true τ (s)", ylabel="fitted τ (s)", ylim=(1e-4, 1e4)
    )
    style.decades(left.xaxis)
    style.decades(left.yaxis, 2)
    left.legend(loc="upper right", **FRAME)
    styles = {
        (10.0, 0.5): ("o-", style.DOPED),
        (25.0, 0.5): ("o-", style.UNDOPED),
        (40.0, 0.5): ("o-", style.THIRD),
        (25.0, 0.03): ("s--", style.UNDOPED),
        (25.0, 3.0): ("^:", style.UNDOPED),
    }
    for case, (line, colour) in styles.items():
        rows = power[(power["point_scatter_percent"] == case[0]) & (power["tau_s"] == case[1])]
        right.plot(
            rows["ratio"],
            100 * rows["share_significant"],
            line,
            color=colour,
            mfc="white",
            label=f"scatter {case[0]:g} %, τ {case[1]:g} s",
        )
    right.axhline(5, color=style.INK, lw=0.6, ls=":")
    right.set(
        xlabel="true ratio of time constants",
        ylabel="experiments with p < 0.05 (%)",
        ylim=(-4, 119),
    )
    right.legend(loc="lower right", **FRAME)
    style.badge(figure, "simulated", "exact rank-sum test, 7 points a sample")
    return figure
