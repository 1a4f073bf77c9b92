"""Figures of impedance spectra: Nyquist plots, windows, recovery, relaxation times."""

import re
from collections.abc import Iterable, Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nasicon.core import style
from nasicon.core.interval import Input
from nasicon.core.interval import quantity as quantity_of
from nasicon.eis.fit_circuits import predict
from nasicon.eis.fit_pellets import PelletAnalysis

BAND = "grey band: 5–95 % over what the paper does not state"
PRINTED_TOTAL = {"color": style.PRINTED, "lw": 1.0, "ls": "--"}
UNITS = ((1e6, "MΩ"), (1e3, "kΩ"), (1.0, "Ω"), (1e-3, "mΩ"))


def nyquist(workups: Mapping[str, PelletAnalysis], *, evidence: str) -> Figure:
    """Draw Nyquist plots on equal scales with fit, decades and residuals, one panel each.

    Parameters
    ----------
    workups : mapping of str to PelletAnalysis
    evidence : str
        ``simulated`` or ``measured``.
    """
    figure, panels = style.over_strips(len(workups), height=3.4, strip=1 / 3)
    for (top, below), (name, workup) in zip(panels, workups.items(), strict=True):
        scale, unit = _scale(workup.total_ohm[0])
        _spectrum(top, workup, evidence, scale, style.UNDOPED)
        _frame(top, workup.total_ohm[0] / scale, unit)
        _residual_panel(below, workup)
        top.set_title(name)
    style.legend_above(figure, panels[0][0])
    style.badge(figure, evidence)
    for (top, _), workup in zip(panels, workups.values(), strict=True):
        _mark_decades(top, workup.data, _scale(workup.total_ohm[0])[0])
    return figure


def _band_note(bands: pd.DataFrame | None, names: Iterable[str]) -> str:
    """Words on the band, where one of these samples has any that is wider than a line."""
    if bands is None:
        return ""
    part = bands[bands["sample"].isin(list(names))]
    wide = part["minus_z_imag_p95_ohm"] - part["minus_z_imag_p05_ohm"]
    return BAND if (wide > 0.02 * part["z_real_ohm"].max()).any() else ""


def pair(
    workups: Mapping[str, PelletAnalysis],
    *,
    evidence: str,
    letter: str,
    printed_ohm: Mapping[str, float],
    bands: pd.DataFrame | None = None,
) -> Figure:
    """Draw two spectra on one common scale, the smaller again beside it, residuals below.

    Parameters
    ----------
    workups : mapping of str to PelletAnalysis
    printed_ohm : mapping of str to float
        Total resistance that the printed conductivity gives for this geometry.
    bands : DataFrame, optional
        5-95 % of the spectrum over the declared ranges of what is not printed.
    """
    small = min(workups, key=lambda name: workups[name].total_ohm[0])
    panels = {f"({letter}) {' and '.join(workups)}": [*workups], f"{small}, enlarged": [small]}
    sizes = {"height": 3.9, "height_ratios": [2.6, 1], "width_ratios": [1.7, 1]}
    return _compared(workups, panels, ["ab", "rr"], evidence, printed_ohm, bands, **sizes)


def samples(
    workups: Mapping[str, PelletAnalysis], *, evidence: str, printed_ohm: Mapping[str, float]
) -> Figure:
    """Draw four spectra on one common scale, (a), and each on its own, (b) to (e)."""
    panels = {"(a) on one scale": [*workups]}
    panels |= {f"({letter}) {name}": [name] for letter, name in zip("bcde", workups, strict=True)}
    return _compared(workups, panels, ["abc", "rde"], evidence, printed_ohm, None, height=4.4)


def _compared(
    workups: Mapping[str, PelletAnalysis],
    panels: Mapping[str, Sequence[str]],
    layout: Sequence[str],
    evidence: str,
    printed_ohm: Mapping[str, float],
    bands: pd.DataFrame | None,
    **sizes: object,
) -> Figure:
    """Panels with some spectra each (by title), named a, b ... in the layout; r: residuals."""
    figure, axes = style.mosaic([list(row) for row in layout], **sizes)
    shown = {title: axes[mark] for mark, title in zip("abcdefg", panels, strict=False)}
    colours, scales = dict(zip(workups, style.CYCLE, strict=False)), {}
    for title, ax in shown.items():
        totals = [max(workups[name].total_ohm[0], printed_ohm[name]) for name in panels[title]]
        scale, unit = scales[title] = _scale(max(totals))
        for name in panels[title]:
            band = None if bands is None else bands[bands["sample"] == name]
            _spectrum(ax, workups[name], evidence, scale, colours[name], band, name)
            ax.axvline(printed_ohm[name] / scale, label="printed total", **PRINTED_TOTAL)
        _frame(ax, max(totals) / scale, unit)
        ax.set_title(title)
    for name, workup in workups.items():
        f, z = workup.data["frequency_hz"], _z(workup.data)
        residual = 100 * np.abs(z - predict(workup.result, workup.circuit, f)) / np.abs(z)
        axes["r"].plot(f, residual, "o-", ms=2.4, lw=0.6, color=colours[name])
    style.logarithmic(axes["r"], "x", 2)
    axes["r"].set(xlabel="frequency (Hz)", ylabel="|Δ| / |Z| (%)", ylim=(0, None))
    style.legend_above(figure, axes["a"])
    style.badge(figure, evidence, _band_note(bands, workups))
    for title, ax in shown.items():
        name = max(panels[title], key=lambda name: workups[name].total_ohm[0])
        _mark_decades(ax, workups[name].data, scales[title][0])
    return figure


def _scale(ohm: float) -> tuple[float, str]:
    return next((s, u) for s, u in UNITS if ohm >= s or s == UNITS[-1][0])


def _z(data: pd.DataFrame) -> NDArray:
    return data["z_real_ohm"].to_numpy() + 1j * data["z_imag_ohm"].to_numpy()


def _spectrum(
    ax: Axes,
    workup: PelletAnalysis,
    evidence: str,
    scale: float,
    colour: str,
    band: pd.DataFrame | None = None,
    label: str = "",
) -> None:
    """Points, fit, fit above the window (dotted), band of the declared ranges."""
    if band is not None and len(band):
        low, high = (band[f"minus_z_imag_{p}_ohm"] / scale for p in ("p05", "p95"))
        ax.fill_between(band["z_real_ohm"] / scale, low, high, color=style.SHADE, lw=0, zorder=0)
    z = _z(workup.data) / scale
    ax.plot(z.real, -z.imag, **style.points(evidence), label=evidence, zorder=2)
    top = workup.data["frequency_hz"].max()
    for f, look in (
        (np.geomspace(workup.data["frequency_hz"].min(), top, 300), {"label": label or "fit"}),
        (np.geomspace(top, 30 * top, 100), {"lw": 0.8, "ls": ":", "label": "above the window"}),
    ):
        z = predict(workup.result, workup.circuit, f) / scale
        ax.plot(z.real, -z.imag, color=colour, zorder=3, **look)


def _frame(ax: Axes, total: float, unit: str) -> None:
    """Equal scales: the spans of both axes have the ratio of the box."""
    right = 1.3 * total
    ax.set(xlim=(-0.1 * right, right), ylim=(-0.1 * right, 0.505 * right))
    ax.set_box_aspect(0.55)
    ax.axhline(0, color=style.INK, lw=0.4)
    ax.set(xlabel=f"Re Z ({unit})", ylabel=f"−Im Z ({unit})")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_locator(MaxNLocator(4))


def overlay(
    workups: Mapping[str, PelletAnalysis],
    temperature_c: Mapping[str, float] | None = None,
    *,
    evidence: str,
) -> Figure:
    """Draw many spectra over each other: Nyquist plot and loss against frequency, with fits.

    Parameters
    ----------
    temperature_c : mapping of str to float, optional
        Is the colour then; without it each spectrum has a colour of its own.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.3)
    values = list((temperature_c or dict(zip(workups, range(len(workups)), strict=True))).values())
    norm = plt.Normalize(min(values), max(values) if len(set(values)) > 1 else min(values) + 1)
    colours = plt.colormaps[style.MAP]
    largest = max(workup.total_ohm[0] for workup in workups.values())
    scale, unit = _scale(largest)
    for value, (name, workup) in zip(values, workups.items(), strict=True):
        colour = colours(0.9 * norm(value))
        data = workup.data
        f = np.geomspace(data["frequency_hz"].min(), data["frequency_hz"].max(), 200)
        z = predict(workup.result, workup.circuit, f)
        look = style.points(evidence) | {"markersize": 2.2}
        look |= {"color": colour, "markeredgecolor": colour}
        x, loss = data["z_real_ohm"], -data["z_imag_ohm"]
        left.plot(x / scale, loss / scale, **look, label=name)
        left.plot(z.real / scale, -z.imag / scale, color=colour, lw=0.9)
        right.plot(data["frequency_hz"], loss.where(loss > 0), **look)
        right.plot(f, np.where(z.imag < 0, -z.imag, np.nan), color=colour, lw=0.9)
    reach = 1.2 * largest / scale
    left.set(xlim=(-0.03 * reach, reach), ylim=(-0.03 * reach, 0.75 * reach))
    left.set_aspect("equal")
    left.set(xlabel=f"Re Z ({unit})", ylabel=f"−Im Z ({unit})")
    right.set(xlabel="frequency (Hz)", ylabel="−Im Z (Ω)")
    style.logarithmic(right, "x", 2)
    style.logarithmic(right, "y")
    if temperature_c:
        shades = plt.cm.ScalarMappable(norm, ListedColormap(colours(np.linspace(0, 0.9, 256))))
        figure.colorbar(shades, ax=right, label="temperature (°C)")
    elif len(workups) <= 12:
        left.legend(loc="upper left")
    return style.badge(figure, evidence, "lines: fits")


def _mark_decades(ax: Axes, data: pd.DataFrame, scale: float) -> None:
    """Fill the point nearest each whole decade and name its frequency where there is room."""
    f, z = data["frequency_hz"].to_numpy(), _z(data) / scale
    (_, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    marks: list[tuple[float, float, str]] = []
    low, high = np.log10(f.min()), np.log10(f.max())
    for decade in np.arange(np.ceil(low - 1e-6), np.floor(high + 1e-6) + 1):
        i = int(np.argmin(np.abs(np.log10(f) - decade)))
        x, y = z[i].real, -z[i].imag
        if not (ax.get_xlim()[0] < x < right and ax.get_ylim()[0] < y < top):
            continue
        if any(np.hypot(x - a, y - b) < 0.06 * right for a, b, _ in marks):
            continue
        marks.append((x, y, style.frequency_label(10.0**decade)))
    drawn = [line.get_xydata() for line in ax.lines if len(line.get_xdata()) > 2]
    fine = np.linspace(0, 1, 150)
    x, y = (low + fine * (high - low) for low, high in (ax.get_xlim(), ax.get_ylim()))
    drawn.append(np.column_stack([x, 0 * x]))
    for line in ax.lines:
        if line.get_linestyle() == "--":  # the printed total, from bottom to top
            drawn.append(np.column_stack([np.full(y.size, line.get_xdata()[0]), y]))
    for x, y, _ in style.label_points(ax, marks, np.vstack(drawn)):
        ax.plot(x, y, "o", ms=4.2, color=style.INK, zorder=4)


def _residual_panel(ax: Axes, workup: PelletAnalysis) -> None:
    data = workup.data
    z, f = _z(data), data["frequency_hz"].to_numpy()
    residual = 100 * (z - predict(workup.result, workup.circuit, f)) / np.abs(z)
    ax.plot(f, residual.real, "o", ms=2.4, color=style.UNDOPED, label="Re")
    ax.plot(f, residual.imag, "s", ms=2.4, mfc="white", color=style.THIRD, label="Im")
    ax.axhline(0, color=style.INK, lw=0.4)
    reach = max(1.0, 1.15 * float(np.abs(residual.view(float)).max()))
    style.logarithmic(ax, "x", 2)
    ax.set(xlabel="frequency (Hz)", ylabel="Δ (%)", ylim=(-reach, reach))
    above = {"loc": "lower right", "bbox_to_anchor": (1.0, 0.96), "borderaxespad": 0.0}
    ax.legend(ncols=2, handletextpad=0.1, columnspacing=0.8, **above)


def window(apexes: pd.DataFrame, low_hz: float, high_hz: float) -> Figure:
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
        look = {"color": colours[row.arc], "alpha": 0.45, "label": f"apex of the {row.arc} arc"}
        ax.hlines(y + offset, row.low_hz, row.high_hz, lw=4, **look)
        ax.plot(row.nominal_hz, y + offset, "|", ms=8, mew=1.6, color=colours[row.arc])
    style.logarithmic(ax, "x")
    ax.set_yticks(range(len(samples)), samples[::-1])
    ax.set(ylim=(-0.6, len(samples) - 0.4), xlabel="frequency (Hz)")
    middle, words = (np.sqrt(low_hz * high_hz), len(samples) - 0.55), "instrument window"
    ax.text(*middle, words, ha="center", va="top", fontsize=7)
    style.legend_above(figure, ax)
    return style.badge(figure, "derived", "bars: declared ranges of permittivity and grain size")


def recovery(table: pd.DataFrame, samples: Sequence[str], quantities: Sequence[str]) -> Figure:
    """Draw estimate over truth for each circuit: what the window can give back.

    ``table``: ``sample, circuit, quantity, truth_ohm, estimate_ohm``.
    """
    import seaborn as sns

    table = table[table["circuit"] != "glass"]
    table = table.assign(bias=100 * (table["estimate_ohm"] / table["truth_ohm"] - 1))
    options = {"height": 0.42 * len(samples) + 1.1, "sharey": True}
    figure, axes = style.subplots(1, len(quantities), **options)
    colours = dict(zip(table["circuit"].unique(), style.CYCLE, strict=False))
    look = {"order": samples, "hue": "circuit", "palette": colours, "whis": (5, 95), "gap": 0.2}
    look |= {"showfliers": False, "legend": False, "linewidth": 0.7, "boxprops": {"alpha": 0.7}}
    for ax, quantity in zip(axes, quantities, strict=True):
        sns.boxplot(table[table["quantity"] == quantity], x="bias", y="sample", ax=ax, **look)
        ax.axvline(0, color=style.INK, lw=0.6)
        ax.set_xscale("symlog", linthresh=5)
        ax.set(title=f"{quantity} resistance", xlabel="estimate − truth (%)", ylabel="")
        ax.set_xticks([-50, -5, 0, 5, 50], ["−50", "−5", "0", "5", "50"])
        ax.set_yticks(range(len(samples)), samples)
        ax.minorticks_off()
    for circuit, colour in colours.items():
        axes[0].plot([], [], "s", color=colour, label=f"circuit: {circuit}")
    style.legend_above(figure, axes[0])
    return style.badge(
        figure, "simulated", "boxes: half of the draws, whiskers: 5–95 %; linear within ±5 %"
    )


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
        style.logarithmic(ax, "x", at=(0.1, 1, 10))
        ax.set(title=f"{doped} over {doped.replace('BP', 'P')}")
        ax.set_xlabel("ratio of total conductivities")
    axes[0][0].set_ylabel("draws")
    style.legend_above(figure, axes[0][0])
    return style.badge(figure, "simulated", "one pellet each, ×/÷ 1.3 from pellet to pellet")


def relaxation_times(scan: pd.DataFrame, name: str, *, evidence: str) -> Figure:
    """Draw the distribution of relaxation times, one row for each strength of smoothing.

    In colour: the largest strength whose residual is within a tenth of the smallest.
    """
    count = len(scan)
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=0.42 * count + 0.9)
    good = scan[scan["residual_rms"] <= 1.1 * scan["residual_rms"].min()]
    chosen = good["regularisation"].max()
    tops = [np.interp(r.peaks["tau_s"], r.tau_s, r.gamma_ohm) for r in scan["result"]]
    highest = max((top.max() for top in tops if top.size), default=0.0) or 1.0
    labels = []
    for level, row in enumerate(scan.itertuples()):
        frequency, y = 1 / (2 * np.pi * row.result.tau_s), row.result.gamma_ohm / highest
        # what is left of the electrode at the low end would dwarf the arcs
        y, fill = level + np.where(y > 1.1, np.nan, y), row.regularisation == chosen
        colour = style.UNDOPED if fill else style.DATA
        ax.fill_between(frequency, level, y, color=colour, alpha=0.35 if fill else 0.15, lw=0)
        ax.plot(frequency, y, color=colour, lw=1.3 if fill else 0.8)
        power = str(round(np.log10(row.regularisation))).translate(style.SUPERSCRIPTS)
        labels.append(f"10{power}, {100 * row.residual_rms:.2f} %")
    style.logarithmic(ax, "x", 2)
    ax.set_yticks(range(count), labels)
    ax.set(xlabel="frequency (Hz)", ylabel="smoothing λ, rms residual (%)", title=name)
    return style.badge(
        figure,
        evidence,
        "blue: most smoothing that still fits; all rows on one scale, cut at the electrode",
    )


def paired(rows: Mapping[str, tuple[Input, Input]], *, what: str, evidence: str) -> Figure:
    """Draw printed against computed values in per cent of the computed one, one line a row.

    The sign is the ledger's: printed above computed is positive.
    ``rows``: label to the printed and the computed value, each with its interval.
    """
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=0.3 * len(rows) + 1.1)
    y = np.arange(len(rows))[::-1]
    pairs = [[quantity_of(one) for one in pair] for pair in rows.values()]
    ends = np.array([[(one.lo, one.value, one.hi) for one in pair] for pair in pairs])
    stated, made = np.moveaxis(ends, 0, -1)
    printed, own = 100 * (stated / made[1] - 1), 100 * (made[1] / made[[2, 0]] - 1)
    ax.hlines(y, *own, color=style.UNDOPED, lw=9, alpha=0.35, label="computed, rounding")
    ax.hlines(y, printed[0], printed[2], color=style.PRINTED, lw=3, label="printed, rounding")
    ax.plot(printed[1], y, "|", ms=9, mew=1.6, color=style.PRINTED)
    ax.axvline(0, color=style.UNDOPED, lw=0.8, ls="--")
    ax.set_yticks(y, list(rows))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel(f"{what}:\nprinted − computed (% of computed)")
    style.legend_above(figure, ax)
    return style.badge(figure, evidence)


def circuit(text: str, *, evidence: str, letter: str = "", note: str = "") -> Figure:
    """Draw a circuit such as ``(R1||CPE1)-(R2||CPE2)-(R3||CPE3)-W``: blocks in series.

    A branch of a block may hold elements in series, ``(R3-W3||CPE3)``.
    """
    blocks = re.findall(r"\(([^)]*)\)|([A-Za-z]+\d*)", text)
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=1.5)
    x = 0.0
    for parallel, single in blocks:
        branches = (parallel or single).split("||")
        span = 1.3 * max(len(b.split("-")) for b in branches)
        for k, branch in enumerate(branches):
            y = 0.0 if len(branches) == 1 else 0.55 - 1.1 * k
            ax.plot((x + 0.15, x + 0.15), (0, y), color=style.INK, lw=0.9)
            ax.plot((x + span + 0.15, x + span + 0.15), (0, y), color=style.INK, lw=0.9)
            ax.plot((x + 0.15, x + span + 0.15), (y, y), color=style.INK, lw=0.9, zorder=1)
            names = branch.split("-")
            for i, name in enumerate(names):
                middle = x + 0.15 + span * (i + 0.5) / len(names)
                _element(ax, middle, y, name)
        ax.plot((x, x + 0.15), (0, 0), color=style.INK, lw=0.9)
        x += span + 0.3
        ax.plot((x - 0.15, x), (0, 0), color=style.INK, lw=0.9)
    ax.plot((0, x), (0, 0), "o", ms=3.5, mfc="white", mec=style.INK)
    ax.set(xlim=(-0.2, x + 0.2), ylim=(-1.15, 1.2), aspect="equal")
    ax.axis("off")
    if letter:
        style.letter(ax, letter, "equivalent circuit")
    return style.badge(figure, evidence, note)


def _element(ax: Axes, x: float, y: float, name: str) -> None:
    """Symbol of one element on a line: box (R), bent plates (CPE), W in a box, coils (L)."""
    kind = name.rstrip("0123456789")
    label = kind + name[len(kind) :].translate(style.SUBSCRIPTS)
    if kind == "CPE":
        ax.plot((x - 0.1, x + 0.1), (y, y), color="white", lw=3, zorder=2)
        for side in (-0.08, 0.08):
            bent = (x + side - 0.08, x + side, x + side - 0.08)
            ax.plot(bent, (y + 0.2, y, y - 0.2), color=style.INK, lw=1.1, zorder=3)
    else:
        box = {"fc": "white", "ec": style.INK, "lw": 1.0, "zorder": 2}
        ax.add_patch(mpl.patches.Rectangle((x - 0.32, y - 0.12), 0.64, 0.24, **box))
    ax.text(x, y + 0.22, label, ha="center", va="bottom", fontsize=7)


def screening(
    levels: tuple[float, float], places: pd.DataFrame, *, loss_percent: float, note: str
) -> Figure:
    """Draw what a screening looks for, and where parabolas through such screenings find it.

    Parameters
    ----------
    levels : (low, high)
        Contents in wt%; the optimum as claimed is their middle.
    places : DataFrame
        ``case, count, low, high``: 95 % of the optima found (wt%) with so many levels.
    loss_percent : float
        What half the way from the optimum to the ends costs.
    """
    figure, (left, right) = style.subplots(1, 2, height=2.7)
    x = np.linspace(*levels, 100)
    middle, half = np.mean(levels), np.ptp(levels) / 2
    curves = {
        "as claimed: an optimum": (1 - loss_percent / 100) ** (4 * ((x - middle) / half) ** 2)
    }
    curves["no optimum"] = np.ones_like(x)
    counts = sorted(places["count"].unique())
    for k, (case, y) in enumerate(curves.items()):
        colour, rows = (style.UNDOPED, style.THIRD)[k], places[places["case"] == case]
        left.plot(x, y, color=colour, label=case)
        at = np.array([counts.index(count) for count in rows["count"]]) + 0.2 * (k - 0.5)
        right.vlines(at, rows["low"], rows["high"], color=colour, lw=4)
    right.axhline(middle, color=style.INK, lw=0.8)
    right.set_xticks(range(len(counts)), counts)
    left.set(xlabel="content (wt%)", ylabel="σ over that at the optimum (ratio)", ylim=(0, 1.1))
    right.set(xlabel="levels, one pellet each (number)", ylabel="optimum found (wt%)")
    left.set_title("the question")
    right.set_title("where a parabola has its top, 95 %")
    style.legend_above(figure, left)
    return style.badge(figure, "simulated", note)
