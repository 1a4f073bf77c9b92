"""Figures of relaxation: curves with fits, time constants, what a record can resolve."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.core.result import FitResult
from nasicon.esm.fit_decays import predict
from nasicon.esm.model_oscillator import oscillator

COLOURS = {"GC-LATBP": style.DOPED, "GC-LATP": style.UNDOPED}
POINTS = 90  # shown of a curve, evenly over the logarithm of time; the fit uses all


def spectra(table: pd.DataFrame, *, evidence: str) -> Figure:
    """Mean amplitude against frequency of both samples, high and low response (Fig. 6a, b).

    ``table``: ``sample, region, frequency_hz, mean, spread`` (pm), and the fitted
    ``amplitude, resonance_hz, quality``.
    """
    figure, axes = style.subplots(1, 2, height=2.6)
    parts = table.groupby("region", sort=False)
    for ax, letter, (region, part) in zip(axes, "ab", parts, strict=False):
        for sample, rows in part.groupby("sample", sort=False):
            f, colour = rows["frequency_hz"] / 1e3, COLOURS.get(sample, style.THIRD)
            low, high = rows["mean"] - rows["spread"], rows["mean"] + rows["spread"]
            ax.fill_between(f, low, high, color=colour, alpha=0.15, lw=0)
            ax.plot(f, rows["mean"], **style.points(evidence))
            fine = np.linspace(f.min(), f.max(), 200)
            curve = oscillator(1e3 * fine, *rows[["amplitude", "resonance_hz", "quality"]].iloc[0])
            ax.plot(fine, np.abs(curve), color=colour, label=sample)
        ax.set(xlabel="frequency (kHz)", ylabel="amplitude (pm)")
        style.letter(ax, letter, f"{region} response")
    style.legend_above(figure, axes[0])
    return style.badge(
        figure, evidence, "7 points, each about its own resonance; bands: their spread"
    )


def _decay(
    ax: Axes, table: pd.DataFrame, result: FitResult, evidence: str, model: str, name: str
) -> None:
    """Draw the mean of some points and its fit."""
    t = table.index.to_numpy()
    fine = np.geomspace(t[t > 0].min(), t.max(), 300)
    kept = np.searchsorted(t, np.geomspace(fine[0], fine[-1], POINTS)).clip(0, t.size - 1)
    shown = table.mean(axis=1).iloc[np.unique(kept)]
    ax.plot(shown.index, shown, **(style.points(evidence) | {"markersize": 2.8}))
    colour = next((c for key, c in COLOURS.items() if name.startswith(key)), style.THIRD)
    label = f"{name}: {_tau(result)}"
    ax.plot(fine, predict(result, fine, model), color=colour, label=label)


def _tau(result: FitResult) -> str:
    """Time constant in words."""
    i = result.index("tau")
    return f"τ = {result.values[i]:.3g} s" if result.identifiable[i] else "τ not identifiable"


def curves(
    tables: Mapping[str, pd.DataFrame],
    results: Mapping[str, FitResult],
    *,
    evidence: str,
    model: str = "exponential",
    panels: Mapping[str, Sequence[str]] | None = None,
) -> Figure:
    """Mean of the points of each file with its fit.

    ``panels``: title and the files in it; by default one panel a file.
    """
    panels = panels or {f"{name}\n{_tau(results[name])}": [name] for name in tables}
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    options = {"height": 2.4 * rows + 0.3, "squeeze": False, "sharex": True, "sharey": True}
    figure, axes = style.subplots(rows, columns, **options)
    for ax in axes.ravel()[len(panels) :]:
        ax.set_visible(False)
    for ax, (title, names) in zip(axes.ravel(), panels.items(), strict=False):
        for name in names:
            _decay(ax, tables[name], results[name], evidence, model, name)
        ax.set(title=title, xlabel="time (s)")
        style.logarithmic(ax, "x")
        if len(names) > 1:
            ax.legend(loc="upper right", fontsize=6.5)
            ax.margins(y=0.15)
    unit = next(iter(results.values())).units[0]
    for ax in axes[:, 0]:
        ax.set_ylabel(f"amplitude ({unit})")
    return style.badge(figure, evidence, "mean of the points of a region, every so many shown")


def time_constants(table: pd.DataFrame, *, evidence: str, p: Mapping[str, float]) -> Figure:
    """Time constant of every point with its 95 % interval, region by region (Fig. 6e, f).

    Parameters
    ----------
    table : DataFrame
        ``sample, region, value, ci_low, ci_high`` (s); a column ``case`` makes rows of
        panels, to set a claim beside its null.
    p : mapping of ``region`` (or ``case, region``) to the p value that is written there
    """
    table = table if "case" in table else table.assign(case="")
    cases, names = (list(dict.fromkeys(table[column])) for column in ("case", "region"))
    rows, columns = len(cases), len(names)
    height = 2.3 * rows + 0.3
    figure, axes = style.subplots(rows, columns, height=height, squeeze=False, sharey=True)
    for (i, case), (j, region) in itertools.product(enumerate(cases), enumerate(names)):
        ax = axes[i, j]
        part = table[(table["case"] == case) & (table["region"] == region)]
        samples = list(dict.fromkeys(part["sample"]))
        for k, sample in enumerate(samples):
            one, colour = part[part["sample"] == sample], COLOURS.get(sample, style.THIRD)
            error = [one["value"] - one["ci_low"], one["ci_high"] - one["value"]]
            edge = style.DATA if evidence == "simulated" else style.INK
            look = {"fmt": "o", "ms": 4, "mfc": "white", "lw": 0.9, "mec": edge, "ecolor": colour}
            ax.errorbar(k + np.linspace(-0.25, 0.25, len(one)), one["value"], error, **look)
            ax.plot([k - 0.33, k + 0.33], [one["value"].median()] * 2, lw=2, color=colour)
        ax.set_xticks(range(len(samples)), samples)
        ax.set_xlim(-0.6, len(samples) - 0.4)
        value = p.get(f"{case}, {region}", p.get(region))
        words = f": p = {value:.2g}" if value is not None else ""
        style.letter(ax, "ef"[j % 2], f"{region} response" + (f", {case}" if case else "") + words)
        ax.set_ylabel("time constant τ (s)" if j == 0 else "")
    low, top = float(table["ci_low"].min()), float(table["ci_high"].max())
    if top > 10 * low > 0:
        style.logarithmic(axes[0, 0], "y")
    else:
        axes[0, 0].set_ylim(0, 1.1 * top)
    return style.badge(figure, evidence, "lines: medians; p: exact rank-sum test")


def resolution(tau: pd.DataFrame, power: pd.DataFrame, step_s: float, record_s: float) -> Figure:
    """Which time constants a record resolves, and which ratios 7 against 7 points show."""
    figure, (left, right) = style.subplots(1, 2, height=2.8)
    ends = tau["estimate_low_s"], tau["estimate_high_s"]
    look = {"color": style.FOURTH, "alpha": 0.5, "lw": 0, "label": "95 % of the fits"}
    left.fill_between(tau["tau_s"], *ends, **look)
    left.plot(tau["tau_s"], tau["estimate_s"], color=style.UNDOPED, label="median")
    left.plot(tau["tau_s"], tau["tau_s"], color=style.INK, lw=0.7, ls=":", label="truth")
    for limit, text in ((step_s, "sampling step"), (record_s, "record")):
        left.axvline(limit, color=style.DATA, lw=0.8, ls="--")
        where = {"transform": left.get_xaxis_transform(), "fontsize": 6.5, "rotation": 90}
        left.text(limit, 0.98, text, ha="right", va="top", **where)
    left.set(xlabel="true τ (s)", ylabel="fitted τ (s)", ylim=(1e-4, 1e4), title="one record")
    style.logarithmic(left, "x")
    style.logarithmic(left, "y", 2)
    left.legend(loc="lower right", **style.FRAME)
    styles = {
        (10.0, 0.5): ("o-", style.DOPED),
        (25.0, 0.5): ("o-", style.UNDOPED),
        (40.0, 0.5): ("o-", style.THIRD),
        (25.0, 0.03): ("s--", style.UNDOPED),
        (25.0, 3.0): ("^:", style.UNDOPED),
    }
    for case, (line, colour) in styles.items():
        rows = power[(power["point_scatter_percent"] == case[0]) & (power["tau_s"] == case[1])]
        look = {"color": colour, "mfc": "white", "label": f"scatter {case[0]:g} %, τ {case[1]:g} s"}
        right.plot(rows["ratio"], 100 * rows["share_significant"], line, **look)
    right.axhline(5, color=style.INK, lw=0.6, ls=":")
    right.set(xlabel="true ratio of time constants", ylim=(-4, 104), title="7 against 7 points")
    right.set_ylabel("experiments with p < 0.05 (%)")
    right.legend(loc="center right", **style.FRAME)
    return style.badge(figure, "simulated", "exact rank-sum test, 7 points a sample")
