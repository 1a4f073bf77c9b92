"""Figures of cell tests: profiles, rates, cycles, losses, and what a design allows."""

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from nasicon.core import style
from nasicon.cycling.fit_fades import Fade

COLOURS = {"LAGP": style.UNDOPED, "B2O3-Bi2O3-LAGP": style.DOPED, "liquid reference": style.THIRD}
MARKERS = ("o", "s", "^", "D", "v")
#: losses in the order of the stack: column of the cases, label, colour
LOSSES = (
    ("loss_separator_percent", "separator", style.UNDOPED),
    ("loss_interfaces_percent", "interfaces", style.ORANGE),
    ("loss_particle_diffusion_percent", "diffusion in particles", style.FOURTH),
    ("loss_charge_transfer_percent", "charge transfer", style.DOPED),
    ("rest", "lithium, salt, electronic", style.DATA),
)


def colour(name: str, position: int = 0) -> str:
    """Colour of a cell; the compendium's own have theirs, others take the cycle in turn."""
    return COLOURS.get(name, style.CYCLE[position % len(style.CYCLE)])


def profiles(
    tests: Mapping[str, pd.DataFrame],
    chosen: Mapping[str, Mapping[float, int]],
    scale: float,
    unit: str,
    *,
    evidence: str,
    window: tuple[float, float] | None = None,
    legend: str = "C-rate",
) -> Figure:
    """Draw voltage against capacity, one panel a cell, one colour a rate.

    Parameters
    ----------
    tests : mapping of str to DataFrame
        Tables of `read_cycling`.
    chosen : mapping of str to (rate -> cycle)
        What is drawn of each cell.
    scale : float
        From Ah to the axis' unit.
    window : (low, high), optional
        Cut-off voltages, drawn as limits.
    """
    figure, axes = style.subplots(1, len(tests), height=2.9, sharey=True, squeeze=False)
    rates = sorted({rate for picks in chosen.values() for rate in picks})
    spread = mpl.colormaps[style.MAP](np.linspace(0.0, 0.9, max(len(rates), 2)))
    shades = dict(zip(rates, spread, strict=False))
    for ax, (name, table) in zip(axes[0], tests.items(), strict=True):
        for rate, cycle in chosen[name].items():
            part = table[(table["cycle"] == cycle) & (table["half_cycle"] > 0)]
            driven = part["current_a"].abs() > 1e-3 * table["current_a"].abs().max()
            for _, half in part[driven].groupby("half_cycle"):
                if len(half) < 2:
                    continue
                dashes = "-" if half["current_a"].median() > 0 else (0, (4, 1.2))
                look = {"color": shades[rate], "ls": dashes, "lw": 1.1}
                ax.plot(scale * half["capacity_ah"], half["voltage_v"], **look)
        for level in window or ():
            ax.axhline(level, color=style.PRINTED, lw=0.8, ls=":")
        _name_stubs(ax, chosen[name], table, scale, unit)
        ax.set(xlabel=f"capacity ({unit})", title=name)
        ax.set_xlim(left=0)
    axes[0][0].set_ylabel("voltage (V)")
    for rate in rates:
        axes[0][0].plot([], [], color=shades[rate], label=f"{rate:g}")
    style.legend_above(figure, axes[0][0], title=legend, title_fontsize=7)
    words = "full lines: voltage driven up, dashed: down"
    limits = "cut-off voltages" if evidence == "measured" else "printed window"
    return style.badge(figure, evidence, words + (f"; dotted: {limits}" if window else ""))


def _name_stubs(
    ax: Axes, picks: Mapping[float, int], table: pd.DataFrame, scale: float, unit: str
) -> None:
    """Name the curves that end at once: they are no marks on the axis."""
    widest = scale * float(table["capacity_ah"].max())
    for rate, cycle in picks.items():
        part = table[table["cycle"] == cycle]
        reach = scale * float(part["capacity_ah"].max())
        if reach < 0.12 * widest:
            ends = (reach, float(part["voltage_v"].median()))
            look = {"xytext": (12, 0), "textcoords": "offset points", "fontsize": 6.5}
            ax.annotate(f"{rate:g} C: {reach:.1f} {unit}", ends, va="center", **look)


def rates(
    tables: Mapping[str, pd.DataFrame],
    column: str,
    unit: str,
    *,
    evidence: str,
    draws: pd.DataFrame | None = None,
    losses: pd.DataFrame | None = None,
    rate_label: str = "C-rate",
) -> Figure:
    """Draw capacity against C-rate, with the band that the assumptions leave open.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Of `rate_table`.
    draws : DataFrame, optional
        ``cell, c_rate, mah_per_g``: 5-95 % becomes a band.
    losses : DataFrame, optional
        Cases with the losses of each discharge: a second panel says where the voltage goes.
    """
    ratios = [1.0] if losses is None else [1.0, 1.25]
    width = style.COLUMN_INCH if losses is None else style.PAGE_INCH
    options = {"width": width, "squeeze": False, "width_ratios": ratios}
    figure, axes = style.subplots(1, len(ratios), height=3.1, **options)
    ax = axes[0][0]
    for i, (name, table) in enumerate(tables.items()):
        shade = colour(name, i)
        if draws is not None and name in set(draws["cell"]):
            bands = draws[draws["cell"] == name].groupby("c_rate")["mah_per_g"]
            for edge in (bands.quantile(0.05), bands.quantile(0.95)):
                ax.plot(edge.index, edge, color=shade, lw=0.9, ls=":")
        look = {**style.points(evidence), "marker": MARKERS[i % len(MARKERS)]}
        if evidence != "measured":
            look["markeredgecolor"] = shade
        ax.plot(table["c_rate"], table[column], color=shade, lw=0.8)
        ax.plot(table["c_rate"], table[column], **look, label=name)
    ax.set(xlabel=rate_label, ylabel=f"discharge capacity ({unit})", ylim=(0, None))
    if losses is not None:
        _losses(axes[0][1], losses, list(tables))
    style.legend_above(figure, *axes[0], fontsize=6.5)
    note = "dotted: 5 to 95 % of draws over all assumptions" if draws is not None else ""
    return style.badge(figure, evidence, note)


def _losses(ax: Axes, cases: pd.DataFrame, cells: Sequence[str]) -> None:
    """Stacked mean voltage losses of the discharges, grouped by rate, one bar a cell."""
    rows = cases[(cases["direction"] == "discharge") & (cases["capacity_ah"] > 0)]
    last = rows.groupby(["cell", "c_rate"]).last().reset_index()
    columns = [name for name in last if name.startswith("loss_")]
    open_v = last["open_circuit_wh"] / last["capacity_ah"]
    volts = last[columns].abs().mul(open_v / 100, axis=0)
    named = [name for name, *_ in LOSSES if name in columns]
    volts["rest"] = volts[[c for c in columns if c not in named]].sum(axis=1)
    rates = sorted(last["c_rate"].unique())
    width = 0.8 / len(cells)
    for j, cell in enumerate(cells):
        rows = last.index[last["cell"] == cell]
        x = np.array([rates.index(last.loc[i, "c_rate"]) for i in rows]) + (j - 1) * width
        base = np.zeros(len(rows))
        for name, label, shade in LOSSES:
            height = volts.loc[rows, name].to_numpy()
            ax.bar(x, height, width * 0.92, bottom=base, color=shade, lw=0, label=label)
            base += height
        short = {"LAGP": "P", "B2O3-Bi2O3-LAGP": "B"}.get(cell, "L")
        for xi, top in zip(x, base, strict=True):
            ax.text(xi, top + 0.01, short, ha="center", va="bottom", fontsize=6)
    ax.set_xticks(range(len(rates)), [f"{r:g}" for r in rates])
    ax.set_xlabel("C-rate (P: LAGP, B: with B₂O₃ and Bi₂O₃, L: liquid)")
    ax.set_ylabel("mean voltage lost on discharge (V)")
    ax.margins(y=0.12)


def cycles(
    tables: Mapping[str, pd.DataFrame],
    fades: Mapping[str, Fade],
    fitted: Mapping[str, ArrayLike],
    column: str,
    unit: str,
    *,
    evidence: str,
) -> Figure:
    """Draw capacity and coulombic efficiency against cycle number, with the fitted fade.

    ``fitted`` holds the numbers of the cycles that each fade was fitted to.
    """
    options = {"width": style.COLUMN_INCH, "sharex": True, "height_ratios": [2, 1]}
    figure, (top, low) = style.subplots(2, 1, height=3.6, **options)
    for i, (name, table) in enumerate(tables.items()):
        shade = colour(name, i)
        look = {**style.points(evidence), "marker": MARKERS[i % len(MARKERS)]}
        if evidence != "measured":  # equal values stay visible
            look |= {"markersize": max(4.4 - 1.7 * i, 1.8), "markeredgecolor": shade}
        good, label = table[table["complete"]], name
        if name in fades:
            fade, numbers = fades[name], fitted[name]
            span = float(np.ptp(numbers) + 1)
            kept, lower, upper = fade.retention_percent(span)
            label = f"{name}: {kept:.2f} % left ({lower:.2f} to {upper:.2f})"
            n = np.linspace(1, span, 80)
            left = np.array([fade.retention_percent(v)[0] for v in n]) / 100
            line = fade.result["first_capacity"] * left
            top.plot(n - 1 + np.min(numbers), line, color=shade, lw=1.0, zorder=1)
        top.plot(good["cycle"], good[column], **look, label=label)
        broken = table[~table["complete"]]
        top.plot(broken["cycle"], broken[column], "x", color=shade, ms=3)
        low.plot(good["cycle"], good["coulombic_efficiency_percent"], **look)
    top.set_ylabel(f"capacity ({unit})")
    low.set(xlabel="cycle", ylabel="efficiency (%)")
    low.xaxis.set_major_locator(MaxNLocator(integer=True))
    low.axhline(100, color=style.INK, lw=0.5)
    top.margins(y=0.1)
    low.set_ylim(min(98.0, low.get_ylim()[0]), max(100.2, low.get_ylim()[1]))
    style.legend_above(figure, top, ncols=1, fontsize=6.5)
    return style.badge(figure, evidence)


def incremental(
    curves: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]],
    scale: float,
    unit: str,
    *,
    evidence: str,
) -> Figure:
    """Draw dQ/dV of a charge (up) and a discharge (down, negative) of every cell."""
    figure, ax = style.subplots(1, 1, height=2.6, width=style.COLUMN_INCH)
    for i, (name, (up, down)) in enumerate(curves.items()):
        shade = colour(name, i)
        ax.plot(up["voltage_v"], scale * up["dq_dv_ah_per_v"], color=shade, lw=1.0, label=name)
        ax.plot(down["voltage_v"], -scale * down["dq_dv_ah_per_v"], color=shade, lw=1.0)
    ax.axhline(0, color=style.INK, lw=0.5)
    halves = [half for pair in curves.values() for half in pair]
    most = max(half["dq_dv_ah_per_v"].abs().max() for half in halves)
    seen = pd.concat(h.loc[h["dq_dv_ah_per_v"].abs() > 0.03 * most, "voltage_v"] for h in halves)
    ax.set_xlim(seen.min() - 0.05, seen.max() + 0.05)
    ax.set(xlabel="voltage (V)", ylabel=f"dQ/dV ({unit} V⁻¹)")
    style.legend_above(figure, ax)
    return style.badge(figure, evidence)


def rate_curves(rates: NDArray, capacities: Mapping[str, NDArray]) -> Figure:
    """Draw capacities (mAh/g) of modelled cells against the rate, plainly, for a slider."""
    figure, ax = style.plain()
    for i, (name, values) in enumerate(capacities.items()):
        ax.plot(rates, values, MARKERS[i % len(MARKERS)] + "-", color=colour(name, i), label=name)
    style.logarithmic(ax, "x", at=rates)
    ax.set(ylim=(0, 200), xlabel="C-rate", ylabel="capacity (mAh g⁻¹)", title="model: ohmic cell")
    ax.legend(loc="lower left")
    return figure


def design_map(
    maps: Mapping[str, NDArray],
    loading: NDArray,
    interface: NDArray,
    limits: Mapping[str, Mapping[float, NDArray]],
    *,
    threshold: float,
) -> Figure:
    """Draw what loading, interface and a separator of 1 mm at 65 degC make 5 C possible.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (interfaces, loadings)
        Capacity at the rate in % of that at no current, per separator.
    loading, interface : ndarray
        mg cm-2 and ohm cm2.
    limits : mapping of str to (interface -> thickness in mm per loading)
        Thickest separator with which the threshold is met; nan where none is.
    """
    count = len(maps)
    figure, axes = style.subplots(1, count + 1, height=2.75, width_ratios=[1] * count + [1.1])
    levels = [0, 5, 20, 40, 60, 80, 90, 100]
    for ax, (name, values) in zip(axes, maps.items(), strict=False):
        filled = ax.contourf(loading, interface, values, levels=levels, cmap=style.MAP)
        ax.contour(loading, interface, values, levels=[threshold], colors="white", linewidths=1.3)
        style.logarithmic(ax)
        ax.set_xlabel("loading (mg cm⁻²)")
        ax.set_title(f"{name}\n1 mm, 65 °C", fontsize=7.5)
    axes[0].set_ylabel("interface resistance (Ω cm²)")
    bar = figure.colorbar(filled, ax=axes[:count], shrink=0.9, aspect=30, pad=0.02)
    bar.set_label("capacity left at 5 C (%)", fontsize=7)
    last = axes[count]
    for name, curves in limits.items():
        for (value, thickness), dash in zip(curves.items(), ("-", "--", ":"), strict=False):
            look = {"color": colour(name), "ls": dash, "lw": 1.2}
            last.plot(loading, thickness, label=f"{name}, {value:g} Ω cm²", **look)
    last.axhline(1.0, color=style.PRINTED, lw=1.0)
    style.name_line(last, "1 mm", y=1.0, right=True)
    last.set(ylim=(0.01, 10), xlabel="loading (mg cm⁻²)")
    style.logarithmic(last)
    last.set_ylabel(f"thickest separator,\n{threshold:g} % left (mm)")
    style.legend_above(figure, last, ncols=count, fontsize=6)
    words = "conductivities printed, all else assumed; equal currents up and down"
    return style.badge(figure, "derived", f"{words}; white: {threshold:g} % left")


def hypotheses(
    draws: pd.DataFrame, fade: pd.DataFrame, checks: pd.DataFrame, rates: tuple[float, float]
) -> Figure:
    """Draw what conductivity alone, and interfaces alone, would make of the two cells.

    Parameters
    ----------
    draws, fade, checks : DataFrame
        Tables of the recovery stage.
    rates : (slow, fast)
        C-rates of the two upper panels.
    """
    import seaborn as sns

    figure, ((one, two), (three, four)) = style.subplots(2, 2, height=5.2)
    looks = {"conductivities differ": style.UNDOPED, "interfaces differ": style.THIRD}
    for ax, rate in ((one, rates[0]), (two, rates[1])):
        rows = draws[draws["c_rate"] == rate]
        table = rows.pivot_table(index=["hypothesis", "draw"], columns="cell", values="mah_per_g")
        gap = (table["B2O3-Bi2O3-LAGP"] - table["LAGP"]).dropna().rename("gap").reset_index()
        options = {"palette": looks, "inner": "quart", "cut": 0, "density_norm": "width"}
        options |= {"hue": "hypothesis", "legend": False, "linewidth": 0.6, "alpha": 0.6}
        sns.violinplot(gap, x="gap", y="hypothesis", ax=ax, **options)
        ax.axvline(0, color=style.INK, lw=0.5)
        ax.set(xlabel=f"modified − pristine at {rate:g} C (mAh g⁻¹)", ylabel="")
        ax.set_yticks(range(len(looks)), [name.replace(" ", "\n", 1) for name in looks])
        ax.set_title(f"difference at {rate:g} C")
    colours = {cell: colour(cell) for cell in ("LAGP", "B2O3-Bi2O3-LAGP")}
    names = list(dict.fromkeys(fade["hypothesis"]))
    options = {"palette": colours, "dodge": True, "size": 2.2, "alpha": 0.7}
    style.strip(fade, x="hypothesis", y="retention_percent", hue="cell", ax=three, **options)
    three.set_xticks(range(len(names)), [textwrap.fill(name, 14) for name in names], fontsize=6)
    three.set(ylabel="left after 50 cycles (%)", xlabel="", title="fade at 0.2 C")
    three.set_ylim(top=105)
    three.legend(loc="upper right", ncols=2, fontsize=6.5)
    for electrode, marker, shade in (("liquid", "o", style.DATA), ("single ion", "^", style.INK)):
        rows = checks[checks["electrode"] == electrode]
        look = {"ms": 3, "mfc": "none", "mew": 0.7, "color": shade}
        pair = rows["mah_per_g"], rows["quasi_steady_mah_per_g"]
        four.plot(*pair, marker, label=f"{electrode} electrode", **look)
    style.identity(four, 0, 180, "equal")
    four.set(xlabel="porous-electrode cell (mAh g⁻¹)", ylabel="quasi-steady cell (mAh g⁻¹)")
    four.set_title("the two cell models")
    four.legend(loc="lower right", fontsize=6.5)
    return style.badge(figure, "simulated")


def claimed_cycles(cases: Mapping[str, Mapping[str, tuple[NDArray, NDArray]]]) -> Figure:
    """Draw capacity and efficiency of both cells, one column a case (a claim, its null).

    ``cases``: case to cell to (capacity in mAh/g, coulombic efficiency in %) of every cycle.
    """
    figure, axes = style.subplots(2, len(cases), height=3.6, sharex=True, sharey="row")
    for column, (case, cells) in zip(axes.T, cases.items(), strict=True):
        for name, (capacity, efficiency) in cells.items():
            cycle = np.arange(1, len(capacity) + 1)
            for ax, values in zip(column, (capacity, efficiency), strict=True):
                look = {"marker": "o", "ms": 2.5, "mfc": "white", "lw": 0.6, "color": colour(name)}
                ax.plot(cycle, values, label=name, **look)
        style.letter(column[0], "c", case)
        column[1].set_xlabel("cycle (number)")
    axes[0, 0].set(ylabel="capacity (mAh g⁻¹)", ylim=(0, 190))
    axes[1, 0].set(ylabel="efficiency (%)", ylim=(98, 100.2))
    style.legend_above(figure, axes[0, 0])
    return style.badge(figure, "simulated", "stated growth of resistance and loss of lithium")


def stack(layers: Sequence[tuple[str, str, float]], *, evidence: str, note: str = "") -> Figure:
    """Draw a cell as its layers; ``layers``: name, words, relative thickness."""
    figure, ax = style.subplots(1, 1, width=style.COLUMN_INCH, height=1.6)
    shades = (style.DATA, style.FOURTH, style.ORANGE, style.SHADE)
    left = 0.0
    for (name, words, width), shade in zip(layers, shades, strict=False):
        look = {"fc": shade, "ec": style.INK, "lw": 0.8, "alpha": 0.6}
        ax.add_patch(mpl.patches.Rectangle((left, 0), width, 1, **look))
        ax.text(left + width / 2, 0.5, name, ha="center", va="center", fontsize=7.5, weight="bold")
        ax.text(left + width / 2, -0.12, words, ha="center", va="top", fontsize=6.5)
        left += width
    ax.set(xlim=(-0.1, left + 0.1), ylim=(-0.35, 1.1))
    ax.axis("off")
    return style.badge(figure, evidence, note)
