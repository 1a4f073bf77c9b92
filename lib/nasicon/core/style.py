"""One look for all figures: journal column widths, colours safe for colour-blind readers."""

from __future__ import annotations

import math

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

COLUMN_INCH = 3.46  # 88 mm
PAGE_INCH = 7.09  # 180 mm

# Okabe and Ito's palette; the printed values have vermilion to themselves.
PRINTED = "#D55E00"
UNDOPED = "#0072B2"
DOPED = "#009E73"
THIRD = "#CC79A7"
FOURTH = "#56B4E9"
DATA = "#7F7F7F"
INK = "#222222"
SHADE = "#E8E8E8"
CYCLE = (UNDOPED, DOPED, THIRD, FOURTH, "#E69F00", "#000000")

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

BADGES = {
    "printed": "printed in the paper",
    "derived": "derived from printed numbers",
    "literature": "measured by others, literature",
    "simulated": "simulated from printed values, not the authors' data",
    "measured": "measured",
}


def use() -> None:
    """Set the look for the figures that follow."""
    import seaborn as sns  # a sixth of a second that only drawing needs

    sns.set_theme(
        context="paper",
        style="ticks",
        rc={
            "figure.constrained_layout.use": True,
            "figure.dpi": 110,
            "font.family": "DejaVu Sans",
            "font.size": 8,
            "axes.labelsize": 8,
            "axes.titlesize": 8.5,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "legend.fontsize": 7,
            "legend.frameon": False,
            "xtick.labelsize": 7,
            "ytick.labelsize": 7,
            "axes.linewidth": 0.7,
            "xtick.major.width": 0.7,
            "ytick.major.width": 0.7,
            "lines.linewidth": 1.3,
            "lines.markersize": 3.6,
            "axes.prop_cycle": mpl.cycler(color=CYCLE),
            "svg.hashsalt": "nasicon",
        },
    )


def subplots(
    rows: int, columns: int, *, height: float, width: float = PAGE_INCH, **options: object
) -> tuple[Figure, object]:
    """Make figure and axes in the compendium's look; sizes in inch."""
    use()
    return plt.subplots(rows, columns, figsize=(width, height), **options)


def badge(figure: Figure, evidence: str, note: str = "") -> None:
    """Say under the figure what kind of evidence it shows."""
    if evidence not in BADGES:
        raise ValueError(f"evidence must be one of {', '.join(BADGES)}; got {evidence!r}")
    text = f"Evidence: {BADGES[evidence]}" + (f". {note}" if note else "")
    figure.supxlabel(text, fontsize=7, color=INK, style="italic", x=0.01, ha="left")


def decades(axis: Axis, every: int = 1) -> None:
    """Label a logarithmic axis 10⁰, 10¹ ... in plain text (mathtext is slow to set).

    Call it after plotting: an axis of less than two decades also gets 2 and 5.
    """
    low, high = sorted(axis.get_view_interval())
    narrow = high < 100 * low
    axis.set_major_locator(LogLocator(base=10, numticks=99, subs=(1, 2, 5) if narrow else (1,)))

    def label(value: float, _: int) -> str:
        exponent = math.floor(math.log10(value) + 1e-9)
        mantissa = round(value / 10.0**exponent)
        if mantissa == 1 and exponent % every:
            return ""
        power = "10" + str(exponent).translate(SUPERSCRIPTS)
        return power if mantissa == 1 else f"{mantissa}×{power}"

    axis.set_major_formatter(FuncFormatter(label))
    axis.set_minor_locator(NullLocator())


def stamp(axes: Axes, evidence: str) -> None:
    """Say inside a panel that its data are not the authors'."""
    if evidence == "simulated":
        axes.text(
            0.02,
            0.975,
            "simulated from printed values,\nnot the authors' data",
            fontsize=6,
            color=INK,
            style="italic",
            ha="left",
            va="top",
            transform=axes.transAxes,
            zorder=6,
            bbox={"fc": "white", "ec": "none", "pad": 0.8, "alpha": 0.85},
        )


def points(evidence: str) -> dict[str, object]:
    """Marker style of data: simulated points hollow grey, measured ones solid."""
    hollow = {"marker": "o", "linestyle": "none", "markerfacecolor": "white"}
    if evidence == "measured":
        return {"marker": "o", "linestyle": "none", "color": INK, "markersize": 3}
    return {**hollow, "markeredgecolor": DATA, "markeredgewidth": 0.8}


def frequency_label(hz: float) -> str:
    """Write 1e6 as ``1 MHz``."""
    for scale, unit in ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"), (1e-3, "mHz")):
        if hz >= 0.999 * scale:
            return f"{hz / scale:.3g} {unit}"
    return f"{hz:.3g} Hz"


def plain(columns: int = 1, height: float = 2.9) -> tuple[Figure, list[Axes]]:
    """Figure with fixed margins, quicker than a layout that is solved."""
    use()
    width = COLUMN_INCH * (1.35 if columns == 1 else 2.0)
    figure, axes = plt.subplots(1, columns, figsize=(width, height), layout="none", squeeze=False)
    figure.subplots_adjust(
        left=0.17 if columns == 1 else 0.1, right=0.97, bottom=0.18, top=0.82, wspace=0.35
    )
    return figure, list(axes[0])
