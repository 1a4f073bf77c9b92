"""Figures of powder patterns: fits, candidate phases, sizes, standard curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import style
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_composition import StandardCurve
from nasicon.diffraction.fit_patterns import PatternFit

PHASE_COLOURS = (style.UNDOPED, style.DOPED, style.THIRD, style.FOURTH, style.ORANGE, "#000000")
HATCHED = {"color": "white", "ec": style.PRINTED, "hatch": "////"}
HOLLOW = {"fmt": "o", "ms": 3.5, "mfc": "white", "elinewidth": 0.7}
FORM_STYLE = {"uncorrected": ":", "gaussian": "-", "lorentzian": "--", "voigt": "-."}


def patterns(fits: Mapping[str, PatternFit], *, evidence: str, columns: int = 2) -> Figure:
    """Draw patterns with their fits on a square-root scale, line positions and residuals.

    Parameters
    ----------
    fits : mapping of str to PatternFit
        One panel each.
    evidence : str
        ``simulated`` or ``measured``.
    """
    figure, panels = style.over_strips(len(fits), columns, height=2.7, sharex="col")
    names = list(dict.fromkeys(p.name for f in fits.values() for p in f.pattern.phases))
    colour = dict(zip(names, PHASE_COLOURS * 3, strict=False))
    for (ax, below), (name, fitted) in zip(panels, fits.items(), strict=True):
        _pattern_panel(ax, fitted, colour, evidence, name)
        residual = (fitted.observed - fitted.calculated) / fitted.sigma
        below.plot(fitted.two_theta, residual, color=style.DATA, lw=0.4)
        below.axhline(0, color=style.INK, lw=0.5)
        limit = max(4.0, float(np.percentile(np.abs(residual), 99.5)) * 1.2)
        copper = fitted.pattern.options.wavelength > 1.5
        below.set(
            ylim=(-limit, limit), ylabel="Δ/σ", xlabel="2θ (°), Cu Kα" if copper else "2θ (°)"
        )
        below.tick_params(labelbottom=True)
    for name in names:
        panels[0][0].plot([], [], "|", ms=6, mew=1, color=colour[name], label=name)
    style.legend_above(figure, panels[0][0], handlelength=1.2)
    return style.badge(figure, evidence)


def _pattern_panel(
    ax, fitted: PatternFit, colour: Mapping[str, str], evidence: str, name: str
) -> None:
    x = fitted.two_theta
    thin = {"markersize": 1.3, "markerfacecolor": "white", "markeredgewidth": 0.35}
    look = style.points(evidence) | thin
    ax.plot(x, np.sqrt(fitted.observed), **look, label=evidence, markevery=max(1, x.size // 900))
    ax.plot(x, np.sqrt(np.maximum(fitted.calculated, 0)), color=style.UNDOPED, lw=0.8, label="fit")
    under = fitted.parts["background"] + fitted.parts["hump"]
    ax.plot(x, np.sqrt(np.maximum(under, 0)), color=style.ORANGE, lw=0.9, label="background, hump")
    low, high = np.sqrt(np.percentile(fitted.observed, 0.2)), np.sqrt(fitted.observed.max())
    step = 0.055 * (high - low)
    for k, phase in enumerate(fitted.pattern.phases):
        spacing = model.d_spacing(phase.hkl, fitted.pattern.cell(phase, fitted.result.values))
        angle = model.bragg_two_theta(spacing, fitted.pattern.options.wavelength)
        angle = model.displaced(angle, fitted.displacement_deg)
        strong = phase.multiplicity * phase.f_squared
        keep = (angle > x[0]) & (angle < x[-1]) & (strong > 0.01 * strong.max())
        at = np.full(keep.sum(), low - (1.2 + k) * step)
        ax.plot(angle[keep], at, "|", ms=4, mew=0.7, color=colour[phase.name])
    ax.set_ylim(low - (2.0 + len(fitted.pattern.phases)) * step, high + 3.5 * step)
    if evidence == "measured":
        name += f"\n$R_\\mathrm{{wp}}$ {fitted.r_weighted_percent:.1f} %"
    ax.set(xlim=(x[0], x[-1]), ylabel="√counts", title=name)


def stacked(
    fits: Mapping[str, PatternFit],
    *,
    evidence: str,
    letters: Sequence[str],
    zoom: tuple[float, float],
    lines: Mapping[str, pd.DataFrame],
    magnify: float = 1.0,
    note: str = "",
) -> Figure:
    """Draw patterns one above the other on a linear scale, and a window of them enlarged.

    Parameters
    ----------
    fits : mapping of str to PatternFit
        From the lowest to the highest.
    letters : sequence of str
        Of the two panels; one letter names the first only.
    zoom : (low, high)
        Window in degrees; its intensity is ``magnify`` times enlarged.
    lines : mapping of phase to DataFrame
        ``two_theta_deg, relative_percent``: the lines marked in the window.
    """
    height = 0.75 * len(fits) + 1.5
    figure, (whole, part) = style.subplots(1, 2, height=height, width_ratios=[1.6, 1.0])
    grey = style.DATA if evidence == "simulated" else style.INK
    look = {"color": grey, "lw": 1.6, "alpha": 0.6}
    for i, (name, fitted) in enumerate(fits.items()):
        x, top = fitted.two_theta, float(fitted.observed.max())
        inside = (x >= zoom[0]) & (x <= zoom[1])
        base = float(np.percentile(fitted.observed, 2)) / top
        for ax, scale, chosen in ((whole, 1.0, slice(None)), (part, magnify, inside)):
            data = scale * (fitted.observed[chosen] / top - base)
            ax.plot(x[chosen], np.minimum(data, 1.05) + 1.15 * i, **look)
            model = scale * (fitted.calculated[chosen] / top - base)
            ax.plot(x[chosen], np.minimum(model, 1.05) + 1.15 * i, color=style.UNDOPED, lw=0.5)
        whole.text(x[-1], 1.15 * i + 0.42, name, ha="right", fontsize=7.5, weight="bold")
    height = 1.15 * len(fits) + 0.05
    for (name, table), colour in zip(lines.items(), PHASE_COLOURS[1:], strict=False):
        keep = table["relative_percent"] > 15
        for ax, (low, high) in ((whole, whole.get_xlim()), (part, zoom)):
            at = table.loc[keep & table["two_theta_deg"].between(low, high), "two_theta_deg"]
            ax.plot(at, np.full(len(at), height), "v", ms=4, color=colour, label=name)
            if ax is part:
                ax.vlines(at, -0.15, height, color=colour, lw=0.6, ls=":")
    whole.axvspan(*zoom, color=style.SHADE, lw=0, zorder=0)
    part.set_xlim(zoom)
    names = ["whole pattern", "shaded window" + (f", × {magnify:g}" if magnify > 1 else "")]
    for ax, mark, title in zip((whole, part), [*letters, ""], names, strict=False):
        style.letter(ax, mark, title) if mark else ax.set_title(title)
        ax.set(ylim=(-0.15, height + 0.2), yticks=[], xlabel="2θ (°), Cu Kα")
    whole.set_ylabel("intensity (arb. units)")
    style.legend_above(figure, part)
    return style.badge(figure, evidence, "blue: fit" + (f"; {note}" if note else ""))


def sizes(
    printed_nm: Mapping[str, float],
    words: Mapping[str, tuple[float, float]],
    corrected_nm: Mapping[str, tuple[float, float]],
    *,
    letter: str,
) -> Figure:
    """Draw crystallite sizes as bars: two printed, two in words, and what corrections make.

    Parameters
    ----------
    printed_nm : mapping of sample to size
    words : mapping of sample to (low, high)
        What a text's words allow.
    corrected_nm : mapping of sample to (low, high)
        With an instrument's width taken off in the usual ways.
    """
    figure, ax = style.subplots(1, 1, height=2.8, width=style.COLUMN_INCH)
    samples = [*printed_nm, *words]
    order = sorted(samples, key=list(corrected_nm | words | printed_nm).index)
    for i, name in enumerate(order):
        if name in printed_nm:
            ax.bar(i, printed_nm[name], 0.6, color=style.PRINTED, alpha=0.75, label="printed")
        else:
            low, high = words[name]
            ax.bar(i, high - low, 0.6, bottom=low, label="in words", **HATCHED)
        if name in corrected_nm:
            look = {"color": style.UNDOPED, "lw": 3, "label": "instrument of 0.05–0.10° taken off"}
            ax.plot((i + 0.38, i + 0.38), corrected_nm[name], **look)
    ax.set_xticks(range(len(order)), [n.replace("-LAGP", "-\nLAGP", 1) for n in order])
    ax.set_ylabel("crystallite size (nm)")
    style.letter(ax, letter, "Scherrer sizes")
    style.legend_above(figure, ax, fontsize=6.5)
    return style.badge(figure, "derived", "K = 0.9, line at 25.15°")


def density_bounds(
    words: Mapping[str, float | None], apparent_percent: float, *, letter: str
) -> Figure:
    """Draw what "slightly higher" relative densities may mean, as ranges over the pristine one.

    Parameters
    ----------
    words : mapping of sample to float or None
        Points above the pristine pellet that the words and a pore filling allow at most;
        None where no words are said.
    apparent_percent : float
        Gain that a heavy additive makes against the theory of the pure phase.
    """
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=2.8)
    for i, most in enumerate(words.values()):
        if most:
            ax.bar(i, most, 0.6, label="what words and filling allow", **HATCHED)
        else:
            said = "not stated" if most is None else "reference"
            ax.text(i, 0.03, said, fontsize=6.5, ha="center", va="bottom")
    ax.axhline(apparent_percent, color=style.UNDOPED, ls="--", label="heavy additive, wrong theory")
    ax.axhline(0, color=style.INK, lw=0.6)
    ax.set_xticks(range(len(words)), [n.replace("-LAGP", "-\nLAGP", 1) for n in words])
    ax.set(ylabel="relative density\n− pristine (points)", ylim=(-0.3, None))
    ax.set_xlim(-0.6, len(words) - 0.4)
    style.letter(ax, letter, "relative density, no values printed")
    style.legend_above(figure, ax)
    return style.badge(figure, "derived", "Bi₂O₃ fills 0.77 vol% at most")


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
            ends = (position - tolerance_deg, position + tolerance_deg)
            ax.axvspan(*ends, color=style.PRINTED, alpha=0.18, lw=0)
            ax.axvline(position, color=style.PRINTED, lw=0.7)
        out = excluded.get(name, "")
        ink = style.INK if name == main else style.DATA if out else style.UNDOPED
        says = "main phase" if name == main else f"lacks {out}" if out else "remains"
        ax.vlines(inside["two_theta_deg"], 0, inside["relative_percent"], color=ink, lw=1.8)
        ax.set(xlim=(low, high), ylim=(0, 125), yticks=[])
        beside = {"transform": ax.transAxes, "va": "center"}
        ax.text(1.01, 0.62, name, fontsize=7.5, color=ink, fontweight="bold", **beside)
        ax.text(1.01, 0.22, says, fontsize=6, color=style.INK, **beside)
    axes[0, 0].set_title("Calculated lines (bars) and printed positions (vermilion, ±0.15°)")
    axes[-1, 0].set_xlabel("2θ (°), Cu Kα1")
    return style.badge(figure, "derived", "bar heights relative to each phase's strongest line")


def recovery(table: pd.DataFrame, quantities: Sequence[str]) -> Figure:
    """Draw estimates beside their truths under the rival hypotheses, one point a pattern.

    Intervals of weight shares end at 0 and 100 %.
    """
    figure, axes = style.subplots(1, len(quantities), height=2.5, squeeze=False)
    for ax, quantity in zip(axes[0], quantities, strict=True):
        chosen = table[table["quantity"] == quantity]
        groups = list(chosen.groupby("hypothesis", sort=False))
        looks = zip(groups, (style.UNDOPED, style.THIRD), strict=False)
        for i, ((_, rows), colour) in enumerate(looks):
            place, found = i + np.linspace(-0.3, 0.3, len(rows)), rows["estimate"].to_numpy()
            ends = found + 1.96 * np.outer((-1, 1), rows["stderr"])
            ends = np.clip(ends, 0, 100) if quantity.endswith("wt%") else ends
            ax.errorbar(place, found, np.abs(ends - found), color=colour, **HOLLOW)
            look = {"ms": 6, "mew": 1.6, "color": style.INK, "label": "truth"}
            ax.plot(place, rows["truth"], "_", **look)
        ax.set_xticks(range(len(groups)), [name for name, _ in groups])
        ax.set_xlim(-0.6, len(groups) - 0.4)
        name, _, unit = quantity.partition(" / ")
        ax.set_ylabel(f"found ({unit.replace('angstrom', 'Å')})")
        name = name.replace("host a", "a of the host").replace(", ", ",\n")
        ax.set_title(f"{chosen['sample'].iloc[0]}: {name}")
    style.legend_above(figure, axes[0, 0])
    return style.badge(figure, "simulated", "bars: 95 %, 0.02° of misalignment included")


def size_recovery(table: pd.DataFrame) -> Figure:
    """Draw recovered over true size for the three ways to take off the instrument."""
    import seaborn as sns

    figure, ax = style.subplots(1, 1, height=2.8, width=style.COLUMN_INCH)
    forms = ("uncorrected", "gaussian", "voigt", "lorentzian")
    colours = dict(zip(forms, (style.DATA, style.UNDOPED, style.DOPED, style.THIRD), strict=True))
    look = {"hue": "form", "hue_order": forms, "palette": colours, "whis": (5, 95), "gap": 0.2}
    look |= {"showfliers": False, "legend": False, "linewidth": 0.7, "boxprops": {"alpha": 0.7}}
    table = table.assign(ratio=table["estimate_nm"] / table["truth_nm"])
    sns.boxplot(table, x="truth_nm", y="ratio", ax=ax, **look)
    sizes = np.unique(table["truth_nm"])
    ax.set_xticks(range(sizes.size), [f"{size:g}" for size in sizes])
    for form, colour in colours.items():
        label = form if form == "uncorrected" else form.capitalize()
        ax.plot([], [], "s", color=colour, label=label)
    ax.axhline(1, color=style.INK, lw=0.7)
    ax.set(xlabel="true size (nm)", ylabel="recovered / true size (5–95 %)", ylim=(0.5, 1.75))
    ax.legend(ncols=2, loc="upper right")
    return style.badge(figure, "simulated")


def standard_curve(
    table: pd.DataFrame, curve: StandardCurve, printed: Mapping[str, float]
) -> Figure:
    """Draw a standard curve with its prediction band, and the specimens read from it.

    ``table``: ``set`` (standard, specimen), ``sample, truth_percent, hump_percent,
    estimate_percent, ci_low, ci_high``.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.9, width_ratios=[1, 1.25])
    standards = table[table["set"] == "standard"]
    pair = standards["truth_percent"], standards["hump_percent"]
    left.plot(*pair, **style.points("simulated"), label="mixtures")
    x = np.linspace(45.0, 101.0, 80)
    line, half = curve.intercept + curve.slope * x, curve.prediction(x)
    left.plot(x, line, color=style.UNDOPED, label="line", zorder=1)
    look = {"color": style.FOURTH, "alpha": 0.5, "lw": 0, "label": "95 % of a new one"}
    left.fill_between(x, line - half, line + half, **look)
    left.set(xlabel="crystallinity of the mixture (%)", ylabel="hump (% of scattered area)")
    style.letter(left, "b", "standard curve")
    specimens = table[table["set"] == "specimen"]
    for i, name in enumerate(printed):
        rows = specimens[specimens["sample"] == name]
        place, value = i + np.linspace(-0.22, 0.22, len(rows)), rows["estimate_percent"]
        ends, label = [value - rows["ci_low"], rows["ci_high"] - value], "read from the curve"
        right.hlines(
            printed[name], i - 0.32, i + 0.32, color=style.PRINTED, label="printed, put in"
        )
        right.errorbar(place, value, ends, color=style.UNDOPED, label=label, **HOLLOW)
    right.axhline(100, color=style.INK, lw=0.5)
    right.set_xticks(range(len(printed)), printed)
    right.set(ylabel="crystallinity (%)", title="specimens with other humps, backgrounds")
    low = min(specimens["ci_low"].min(), *printed.values())
    right.set_ylim(low - 2, 103)
    style.legend_above(figure, left, right)
    return style.badge(figure, "simulated", "bars: 95 % by inverse prediction")


def alpo4_balance(table: pd.DataFrame) -> Figure:
    """Draw weight shares of AlPO4 that a height ratio can mean against all Al there is.

    ``table``: ``sample, reading, low, value, high`` (wt%) and ``bound``.
    """
    figure, ax = style.subplots(1, 1, height=2.6, width=style.PAGE_INCH)
    labels = []
    for i, row in enumerate(table.to_dict("records")):
        colour = style.PRINTED if row["reading"].startswith("printed") else style.UNDOPED
        ends = [[row["value"] - row["low"]], [row["high"] - row["value"]]]
        ax.errorbar(row["value"], -i, xerr=ends, fmt="o", ms=4, color=colour, capsize=2)
        look = {"color": style.INK, "lw": 2.2, "label": None if i else "all Al of the batch"}
        ax.vlines(row["bound"], -i - 0.42, -i + 0.42, **look)
        labels.append(f"{row['sample']}, {row['reading']}")
    ax.set_yticks(-np.arange(len(labels)), labels)
    ax.set(xlabel="AlPO₄ (wt% of the sample)", xlim=(0, None))
    ax.legend(loc="lower right")
    return style.badge(figure, "derived", "bars: rounding and ±30 % of the intensity ratio")


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
        look = {"ms": 5, "mec": "white", "mew": 0.4, "color": PHASE_COLOURS[k % 6], "label": name}
        ax.plot(rows["weighed_percent"], rows["fitted_percent"], markers[k % 9], **look)
    ax.set(xlim=(0, 90), ylim=(0, 90), xlabel="weighed (wt%)", ylabel="fitted (wt%)")
    ax.legend(ncols=2, loc="upper left", handletextpad=0.3, columnspacing=0.8)
    return style.badge(figure, "measured")


def particle_band(
    diameter_um: np.ndarray, reads_percent: np.ndarray, *, weighed: float, fitted: float
) -> Figure:
    """Draw what a weighed share of a heavy absorber would read, against its particles' size."""
    figure, ax = style.subplots(1, 1, height=2.6, width=style.COLUMN_INCH)
    ax.plot(diameter_um, reads_percent, color=style.UNDOPED, label="model: Brindley's factors")
    ax.axhline(weighed, color=style.INK, lw=0.8, label="weighed")
    ax.axhline(fitted, color=style.DOPED, lw=1.1, ls="--", label="fitted")
    ax.set(xlabel="particle size (µm)", ylabel="Bi₂O₃ read (wt%)")
    style.logarithmic(ax, "x", at=(1, 2, 5, 10, 20))
    ax.legend(loc="lower left")
    return style.badge(figure, "measured")
