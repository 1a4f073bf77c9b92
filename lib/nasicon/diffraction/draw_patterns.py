"""Figures of powder patterns: fits, candidate phases, sizes, standard curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_patterns import PatternFit

PHASE_COLOURS = (style.UNDOPED, style.DOPED, style.THIRD, style.FOURTH, style.ORANGE, "#000000")
FORM_STYLE = {"uncorrected": ":", "gaussian": "-", "lorentzian": "--", "voigt": "-."}


def patterns(
    fits: Mapping[str, PatternFit], *, evidence: str, columns: int = 2, note: str = ""
) -> Figure:
    """Draw patterns with their fits on a square-root scale, line positions and residuals.

    Parameters
    ----------
    fits : mapping of str to PatternFit
        One panel each.
    evidence : str
        ``simulated`` or ``measured``.
    """
    columns = min(columns, len(fits))
    rows = -(-len(fits) // columns)
    figure, axes = style.subplots(
        2 * rows,
        columns,
        height=2.7 * rows + 0.35,
        sharex="col",
        squeeze=False,
        gridspec_kw={"height_ratios": [3.2, 0.9] * rows},
    )
    names = list(dict.fromkeys(p.name for f in fits.values() for p in f.pattern.phases))
    colour = dict(zip(names, PHASE_COLOURS * 3, strict=False))
    for index, (name, fitted) in enumerate(fits.items()):
        row, column = divmod(index, columns)
        _pattern_panel(axes[2 * row, column], fitted, colour, evidence, name)
        below = axes[2 * row + 1, column]
        residual = (fitted.observed - fitted.calculated) / fitted.sigma
        below.plot(fitted.two_theta, residual, color=style.DATA, lw=0.4)
        below.axhline(0, color=style.INK, lw=0.5)
        limit = max(4.0, float(np.percentile(np.abs(residual), 99.5)) * 1.2)
        below.set_ylim(-limit, limit)
        below.set_ylabel("Δ/σ")
        if row == rows - 1 or index + columns >= len(fits):
            below.set_xlabel(
                "2θ (°), Cu Kα" if fitted.pattern.options.wavelength > 1.5 else "2θ (°)"
            )
            below.tick_params(labelbottom=True)
    for blank in range(len(fits), rows * columns):
        row, column = divmod(blank, columns)
        axes[2 * row, column].set_visible(False)
        axes[2 * row + 1, column].set_visible(False)
    handles = [
        *axes[0, 0].get_legend_handles_labels()[0],
        *(axes[0, 0].plot([], [], "|", ms=6, mew=1, color=colour[n], label=n)[0] for n in names),
    ]
    figure.legend(
        handles=handles,
        loc="outside upper right",
        ncols=min(5, len(handles)),
        handlelength=1.2,
        columnspacing=1.0,
    )
    style.badge(figure, evidence, note)
    return figure


def _pattern_panel(
    ax, fitted: PatternFit, colour: Mapping[str, str], evidence: str, name: str
) -> None:
    x = fitted.two_theta
    grey = style.DATA if evidence == "simulated" else style.INK
    ax.plot(
        x,
        np.sqrt(fitted.observed),
        "o",
        ms=1.3,
        mfc="white",
        mec=grey,
        mew=0.35,
        label="data",
        rasterized=False,
        markevery=max(1, x.size // 900),
    )
    ax.plot(x, np.sqrt(np.maximum(fitted.calculated, 0)), color=style.UNDOPED, lw=0.8, label="fit")
    under = fitted.parts["background"] + fitted.parts["hump"]
    ax.plot(x, np.sqrt(np.maximum(under, 0)), color=style.ORANGE, lw=0.9, label="background, hump")
    low, high = np.sqrt(np.percentile(fitted.observed, 0.2)), np.sqrt(fitted.observed.max())
    step = 0.055 * (high - low)
    for k, phase in enumerate(fitted.pattern.phases):
        o = fitted.pattern.options
        angle = model.displaced(
            model.bragg_two_theta(
                model.d_spacing(phase.hkl, fitted.pattern.cell(phase, fitted.result.values)),
                o.wavelength,
            ),
            fitted.displacement_deg,
        )
        strong = phase.multiplicity * phase.f_squared
        keep = (angle > x[0]) & (angle < x[-1]) & (strong > 0.01 * strong.max())
        ax.plot(
            angle[keep],
            np.full(keep.sum(), low - (1.2 + k) * step),
            "|",
            ms=4,
            mew=0.7,
            color=colour[phase.name],
        )
    ax.set_ylim(low - (2.0 + len(fitted.pattern.phases)) * step, high + 3.5 * step)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylabel("√counts")
    ax.set_title(name)
    if evidence == "measured":
        ax.text(
            0.98,
            0.95,
            f"R_wp {fitted.r_weighted_percent:.1f} %",
            fontsize=6.5,
            ha="right",
            va="top",
            transform=ax.transAxes,
        )


def candidates(
    lines: Mapping[str, pd.DataFrame],
    positions: Sequence[float],
    *,
    excluded: Mapping[str, str],
    main: str = "",
    low: float = 18.0,
    high: float = 38.0,
    tolerance_deg: float = 0.15,
) -> Figure:
    """Draw the calculated lines of candidate phases under printed positions.

    Parameters
    ----------
    lines : mapping of str to DataFrame
        ``two_theta_deg, relative_percent`` of each candidate.
    positions : sequence of float
        Printed 2theta.
    excluded : mapping of str to str
        What each candidate would also need and lacks; empty for one that remains.
    main : str
        The main phase, whose lines are not among the positions by design.
    """
    figure, axes = style.subplots(
        len(lines), 1, height=0.52 * len(lines) + 0.75, sharex=True, squeeze=False
    )
    for ax, (name, table) in zip(axes[:, 0], lines.items(), strict=True):
        inside = table[table["two_theta_deg"].between(low, high)]
        for position in positions:
            ax.axvspan(
                position - tolerance_deg,
                position + tolerance_deg,
                color=style.PRINTED,
                alpha=0.18,
                lw=0,
            )
            ax.axvline(position, color=style.PRINTED, lw=0.7)
        out = excluded.get(name, "")
        ink = style.INK if name == main else style.DATA if out else style.UNDOPED
        says = "main phase" if name == main else f"lacks {out}" if out else "remains"
        ax.vlines(inside["two_theta_deg"], 0, inside["relative_percent"], color=ink, lw=1.8)
        ax.set(xlim=(low, high), ylim=(0, 125), yticks=[])
        ax.text(
            1.01,
            0.62,
            name,
            transform=ax.transAxes,
            fontsize=7.5,
            va="center",
            color=ink,
            fontweight="bold",
        )
        ax.text(1.01, 0.22, says, transform=ax.transAxes, fontsize=6, va="center", color=style.INK)
    axes[0, 0].set_title("Calculated lines (bars) and printed positions (vermilion, ±0.15°)")
    axes[-1, 0].set_xlabel("2θ (°), Cu Kα1")
    style.badge(figure, "derived", "bar heights relative to each phase's strongest line")
    return figure


def recovery(table: pd.DataFrame, quantities: Sequence[str]) -> Figure:
    """Draw truth against estimate under the rival hypotheses."""
    figure, axes = style.subplots(1, len(quantities), height=2.7, squeeze=False)
    for ax, quantity in zip(axes[0], quantities, strict=True):
        chosen = table[table["quantity"] == quantity]
        for (hypothesis, rows), colour in zip(
            chosen.groupby("hypothesis"), (style.UNDOPED, style.THIRD), strict=False
        ):
            ax.errorbar(
                rows["truth"],
                rows["estimate"],
                1.96 * rows["stderr"],
                fmt="o",
                ms=3.5,
                mfc="white",
                color=colour,
                elinewidth=0.7,
                label=hypothesis,
            )
        ends = np.array([chosen["truth"].min(), chosen["truth"].max()])
        margin = 0.08 * float(np.ptp(ends)) or 0.5
        ends = ends + np.array([-margin, margin])
        ax.plot(ends, ends, color=style.INK, lw=0.7)
        name, _, unit = quantity.partition(" / ")
        ax.set(xlabel=f"truth ({unit})", ylabel=f"estimate ({unit})")
        ax.set_title(f"{chosen['sample'].iloc[0]}: {name}", fontsize=7.5)
        ax.legend(loc="lower right")
    style.badge(figure, "simulated", "bars: 95 % of the fit's own error; line: estimate = truth")
    return figure


def size_against_instrument(
    printed_nm: Mapping[str, float], two_theta: float, wavelength: float
) -> Figure:
    """Draw what a printed Scherrer size becomes once an instrument's width is taken off."""
    figure, ax = style.subplots(1, 1, height=3.0, width=style.COLUMN_INCH)
    instrument = np.linspace(0.0, 0.12, 121)
    for (name, size), colour in zip(printed_nm.items(), (style.UNDOPED, style.DOPED), strict=False):
        observed = float(model.scherrer_width_deg(size, two_theta, wavelength))
        for form in ("gaussian", "voigt", "lorentzian"):
            rest = model.specimen_width_deg(observed, instrument, form)
            true = model.scherrer_size_nm(rest, two_theta, wavelength)
            ax.plot(
                instrument, true, FORM_STYLE[form], color=colour, lw=1.1, label=f"{name}, {form}"
            )
        ax.plot(0, size, "D", color=style.PRINTED, ms=4.5, clip_on=False, zorder=5)
    ax.axvspan(0.05, 0.10, color=style.SHADE, zorder=0)
    ax.text(0.075, 21.5, "usual instruments", fontsize=6, ha="center", va="bottom")
    ax.set(
        yscale="log",
        ylim=(20, 1000),
        xlim=(0, 0.12),
        xlabel="instrument width (°)",
        ylabel="crystallite size (nm)",
    )
    ax.set_yticks([20, 50, 100, 200, 500, 1000], ["20", "50", "100", "200", "500", "1000"])
    ax.minorticks_off()
    ax.legend(fontsize=6, loc="upper left")
    style.badge(figure, "derived", "diamonds: printed, if not corrected")
    return figure


def size_recovery(table: pd.DataFrame) -> Figure:
    """Draw recovered over true size for the three ways to take off the instrument."""
    figure, ax = style.subplots(1, 1, height=2.8, width=style.COLUMN_INCH)
    forms = ("uncorrected", "gaussian", "voigt", "lorentzian")
    colours = (style.DATA, style.UNDOPED, style.DOPED, style.THIRD)
    for k, (form, colour) in enumerate(zip(forms, colours, strict=True)):
        rows = table[table["form"] == form]
        groups = (rows["estimate_nm"] / rows["truth_nm"]).groupby(rows["truth_nm"])
        low, middle, high = (groups.quantile(q) for q in (0.05, 0.5, 0.95))
        place = np.arange(len(middle)) + 0.16 * (k - 1.5)
        ax.errorbar(
            place,
            middle,
            [middle - low, high - middle],
            fmt="o",
            ms=4,
            mfc="white",
            color=colour,
            elinewidth=0.9,
            capsize=2,
            label=form,
        )
    ax.axhline(1, color=style.INK, lw=0.7)
    ax.set_xticks(range(len(middle)), [f"{v:g}" for v in middle.index])
    ax.set(xlabel="true size (nm)", ylabel="recovered / true size (5–95 %)", ylim=(0.5, 1.75))
    ax.legend(ncols=2, loc="upper right")
    style.badge(figure, "simulated")
    return figure


def standard_curve(
    table: pd.DataFrame, line: tuple[float, float], printed: Mapping[str, float]
) -> Figure:
    """Draw a standard curve of hump shares, the specimens read from it, and printed values."""
    figure, axes = style.subplots(
        1, 2, height=2.9, width=style.PAGE_INCH, gridspec_kw={"width_ratios": [1, 1.25]}
    )
    standards = table[table["set"] == "standard"]
    axes[0].plot(
        standards["truth_percent"],
        standards["hump_percent"],
        **style.points("simulated"),
        label="mixtures",
    )
    x = np.array([45.0, 100.0])
    axes[0].plot(x, line[0] + line[1] * x, color=style.UNDOPED, label="line")
    axes[0].set(
        xlabel="crystallinity of the mixture (%)",
        ylabel="hump (% of scattered area)",
        ylim=(-3, 72),
    )
    axes[0].legend(loc="upper right")
    axes[0].set_title("Standard curve")
    specimens = table[table["set"] == "specimen"]
    names = list(dict.fromkeys(specimens["sample"]))
    for i, name in enumerate(names):
        rows = specimens[specimens["sample"] == name]
        place = i + np.linspace(-0.22, 0.22, len(rows))
        axes[1].errorbar(
            place,
            rows["estimate_percent"],
            [rows["estimate_percent"] - rows["ci_low"], rows["ci_high"] - rows["estimate_percent"]],
            fmt="o",
            mfc="white",
            ms=3.5,
            color=style.UNDOPED,
            elinewidth=0.7,
            label="read from the curve" if i == 0 else None,
        )
        axes[1].plot(
            [i - 0.32, i + 0.32],
            [printed[name]] * 2,
            color=style.PRINTED,
            lw=1.6,
            label="printed, put in" if i == 0 else None,
        )
    axes[1].axhline(100, color=style.INK, lw=0.5)
    axes[1].set_xticks(range(len(names)), names)
    axes[1].set_ylabel("crystallinity (%)")
    axes[1].set_title("Specimens with other humps and backgrounds")
    axes[1].legend(loc="lower left")
    style.badge(figure, "simulated", "bars: 95 % by inverse prediction")
    return figure


def alpo4_balance(table: pd.DataFrame) -> Figure:
    """Draw weight shares of AlPO4 that a height ratio can mean against all Al there is.

    ``table``: ``sample, reading, low, value, high`` (wt%) and ``bound``.
    """
    figure, ax = style.subplots(1, 1, height=2.9, width=style.PAGE_INCH)
    labels = []
    for i, row in enumerate(table.to_dict("records")):
        colour = style.PRINTED if row["reading"].startswith("printed") else style.UNDOPED
        ax.errorbar(
            row["value"],
            -i,
            xerr=[[row["value"] - row["low"]], [row["high"] - row["value"]]],
            fmt="o",
            ms=4,
            color=colour,
            elinewidth=1.3,
            capsize=2,
        )
        ax.plot(
            [row["bound"]] * 2,
            [-i - 0.42, -i + 0.42],
            color=style.INK,
            lw=2.2,
            label="all Al of the batch" if i == 0 else None,
        )
        labels.append(f"{row['sample']}, {row['reading']}")
    ax.set_yticks(-np.arange(len(labels)), labels)
    ax.set_xlabel("AlPO4 (wt% of the sample)")
    ax.set_xlim(left=0)
    ax.legend(loc="lower right")
    style.badge(figure, "derived", "bars: rounding and ±30 % of the intensity ratio")
    return figure


def mixtures(table: pd.DataFrame) -> Figure:
    """Draw fitted against weighed weight percent, one marker per phase.

    ``table``: ``mixture, phase, weighed_percent, fitted_percent``.
    """
    figure, ax = style.subplots(1, 1, height=3.5, width=style.COLUMN_INCH)
    ends = np.array([0.0, 100.0])
    ax.fill_between(ends, ends - 10, ends + 10, color=style.SHADE, lw=0, label="±10 points")
    ax.plot(ends, ends, color=style.INK, lw=0.7)
    names = sorted(set(table["phase"]))
    markers = "osD^v<>Ph"
    for k, name in enumerate(names):
        rows = table[table["phase"] == name]
        ax.plot(
            rows["weighed_percent"],
            rows["fitted_percent"],
            markers[k % len(markers)],
            ms=5,
            mec="white",
            mew=0.4,
            color=PHASE_COLOURS[k % 6],
            label=name,
        )
    ax.set(xlim=(0, 90), ylim=(0, 90), xlabel="weighed (wt%)", ylabel="fitted (wt%)")
    ax.legend(ncols=2, loc="upper left", handletextpad=0.3, columnspacing=0.8)
    style.badge(figure, "measured")
    return figure
