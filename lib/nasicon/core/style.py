"""One look for all figures: journal column widths, colours safe for colour-blind readers."""

import math
import re
import textwrap
from collections.abc import Iterable
from functools import partial

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike, NDArray

# A figure is one of these wide when printed, so that its text has the size that is written here.
COLUMN_INCH = 8.6 / 2.54
PAGE_INCH = 17.4 / 2.54
SMALLEST = 6.0  # points: no text is smaller

# Okabe and Ito's palette; the printed values have vermilion to themselves.
PRINTED = "#D55E00"
UNDOPED = "#0072B2"
DOPED = "#009E73"
THIRD = "#CC79A7"
FOURTH = "#56B4E9"
DATA = "#7F7F7F"
INK = "#222222"
SHADE = "#E8E8E8"
ORANGE = "#E69F00"
CYCLE = (UNDOPED, DOPED, THIRD, FOURTH, ORANGE, "#000000")
MAP = "cividis"  # even in lightness, and read the same by colour-blind eyes

#: Of a legend on a line that it must not be struck by.
FRAME = {"frameon": True, "edgecolor": "none", "framealpha": 0.9}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ELEMENT = r"(?:Li|Al|Ti|Ge|Bi|Na|Ni|Si|Mg|Mn|Zn|La|Zr|Ca|Cl|Fe|In|Sr|P|O|B|N|H|C|F|S|V|Y)"
_PART = rf"(?:{_ELEMENT}\d*(?:\.\d+)?|\((?:{_ELEMENT}\d*)+\)\d*)"
FORMULA = re.compile(rf"(?<![A-Za-z0-9]){_PART}{{2,}}(?![A-Za-z0-9(])")

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


def mosaic(
    layout: list[list[str]], *, height: float, **options: object
) -> tuple[Figure, dict[str, Axes]]:
    """Make panels of a page's width by the names in their layout; height in inch."""
    use()
    return plt.subplot_mosaic(layout, figsize=(PAGE_INCH, height), **options)


def formula(text: str) -> str:
    """Write the numbers of chemical formulas as subscripts: ``AlPO4`` as ``AlPO₄``."""
    return FORMULA.sub(lambda m: m[0].translate(SUBSCRIPTS), text)


def strip(table: pd.DataFrame, **options: object) -> None:
    """Draw seaborn's strip plot with the same jitter every time (it has no seed of its own)."""
    import seaborn as sns

    state = np.random.get_state()  # noqa: NPY002  seaborn draws from the global generator
    np.random.seed(0)  # noqa: NPY002
    try:
        sns.stripplot(table, **options)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def badge(figure: Figure, evidence: str, note: str = "", *, tiles: bool = False) -> Figure:
    """Say under a figure what kind of evidence it shows; called last, it returns the figure.

    Every panel of a simulated figure says so in its title row, formulas get their
    subscripts and no text stays below `SMALLEST` points. ``tiles`` makes one panel of all.
    """
    if evidence not in BADGES:
        raise ValueError(f"evidence must be one of {', '.join(BADGES)}; got {evidence!r}")
    text = f"Evidence: {BADGES[evidence]}" + (f". {note[0].upper()}{note[1:]}" if note else "")
    _caption(figure, text)
    figure.evidence = evidence
    polish(figure)
    if evidence == "simulated" and tiles:  # many small pictures are one panel
        look = {"fontsize": SMALLEST, "color": INK, "style": "italic"}
        figure.suptitle(BADGES[evidence], ha="right", x=0.99, **look)
    elif evidence == "simulated":
        stamp(figure, panels(figure))
    return figure


def credit(figure: Figure, owners: str) -> None:
    """Say under a measured figure by whom; call it after `badge`."""
    words = figure.get_supxlabel().replace("\n", " ")
    _caption(figure, words.replace(BADGES["measured"], f"measured by {owners}", 1))


def _caption(figure: Figure, text: str) -> None:
    wide = int(figure.get_figwidth() * 72 / 3.75)  # a letter of 6.5 points
    look = {"fontsize": 6.5, "color": INK, "style": "italic"}
    figure.supxlabel(textwrap.fill(text, wide), x=0.01, ha="left", **look)


def polish(figure: Figure) -> None:
    """Subscripts in every text, and none below `SMALLEST` points."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks = axis.get_major_formatter()
            if isinstance(ticks, ticker.FixedFormatter):
                ticks.seq = [formula(str(label)) for label in ticks.seq]
            elif isinstance(getattr(ticks, "func", None), partial):  # of set_xticks(at, labels)
                labels = ticks.func.args[0]
                labels.update({at: formula(str(label)) for at, label in labels.items()})
    for text in figure.findobj(Text):
        text.set_text(formula(text.get_text()))
        if text.get_fontsize() < SMALLEST:
            text.set_fontsize(SMALLEST)


def panels(figure: Figure) -> list[Axes]:
    """Axes that a reader takes for a panel: no colour bar, twin, or strip of residuals."""
    found: list[Axes] = []
    for axes in figure.axes:
        spec = axes.get_subplotspec()
        if spec is None or hasattr(axes, "_colorbar") or not axes.get_visible():
            continue
        heights = spec.get_gridspec().get_height_ratios()
        strip = heights and heights[spec.rowspan.start] < 0.65 * max(heights)
        if not strip and all(spec != other.get_subplotspec() for other in found):
            found.append(axes)
    return found


def stamp(figure: Figure, shown: Iterable[Axes], evidence: str = "simulated") -> None:
    """Say in the title row of each panel, at its right, that its data are not the authors'.

    Where one title has no room beside its stamp, all of the figure stand above theirs.
    """
    figure.draw_without_rendering()
    look = {"fontsize": SMALLEST, "color": INK, "fontstyle": "italic", "fontweight": "normal"}
    points, words = 72 / figure.dpi, BADGES[evidence]
    above, titles = 0, []
    for axes in shown:
        width = axes.get_window_extent().width * points
        wide = int(width / 3.3)
        broken = words if len(words) <= wide else words.replace(", ", ",\n")
        broken = broken if max(map(len, broken.split("\n"))) <= wide else textwrap.fill(words, 20)
        said = axes.set_title(broken, loc="right", linespacing=1.0, **look)
        title = axes._left_title if axes.get_title(loc="left") else axes.title
        taken = sum(text.get_window_extent().width for text in (title, said)) * points
        titles.append(title)
        lines = broken.count("\n") + 1
        above = max(above, lines if title.get_text() and taken + 8 > width else 0)
    for title in titles:
        if title.get_text() and above:
            title.set_text(title.get_text() + "\n" * above)


def logarithmic(axes: Axes, which: str = "xy", every: int = 1, *, at: Iterable[float] = ()) -> None:
    """Make axes of a panel logarithmic, labelled in plain text; call it after plotting.

    Parameters
    ----------
    which : str
        ``x``, ``y`` or both.
    every : int
        Decades from one label to the next.
    at : iterable of float
        The only labels, where decades would be too few.
    """
    for name in which:
        axis = getattr(axes, f"{name}axis")
        axes.set(**{f"{name}scale": "log"})
        if at:
            axis.set_ticks(list(at), [f"{value:g}" for value in at])
            axis.set_minor_locator(ticker.NullLocator())
        else:
            decades(axis, every)


def decades(axis: Axis, every: int = 1) -> None:
    """Label a logarithmic axis in plain text: 0.01 … 1000 as numbers, else 10⁻⁵ … 10⁷.

    Call it after plotting: an axis of less than two decades also gets 2 and 5.
    """
    low, high = sorted(axis.get_view_interval())
    narrow = high < 100 * low
    axis.set_major_locator(
        ticker.LogLocator(base=10, numticks=99, subs=(1, 2, 5) if narrow else (1,))
    )

    plain_numbers = low >= 0.9e-3 and high <= 1.1e4

    def label(value: float, _: int) -> str:
        if plain_numbers:
            return f"{value:g}"
        exponent = math.floor(math.log10(value) + 1e-9)
        mantissa = round(value / 10.0**exponent)
        if mantissa == 1 and exponent % every:
            return ""
        power = "10" + str(exponent).translate(SUPERSCRIPTS)
        return power if mantissa == 1 else f"{mantissa}×{power}"

    axis.set_major_formatter(ticker.FuncFormatter(label))
    axis.set_minor_locator(ticker.NullLocator())


def points(evidence: str) -> dict[str, object]:
    """Marker style of data: simulated points hollow grey, measured ones solid."""
    hollow = {"marker": "o", "linestyle": "none", "markerfacecolor": "white"}
    if evidence == "measured":
        return {"marker": "o", "linestyle": "none", "color": INK, "markersize": 3}
    return {**hollow, "markeredgecolor": DATA, "markeredgewidth": 0.8}


def frequency_label(hz: float) -> str:
    """Write 1e6 as ``1 MHz``, three digits."""
    return ticker.EngFormatter("Hz")(float(f"{hz:.3g}"))


def letter(axes: Axes, mark: str, title: str = "") -> None:
    """Title a panel with the paper's letter: ``(a) GC-LATP``."""
    axes.set_title(f"({mark}) {title}".rstrip())


def identity(axes: Axes, low: float, high: float, label: str = "truth = estimate") -> None:
    """Draw y = x at every scale: a line through two points bends on a logarithmic axis."""
    axes.axline((low, low), (high, high), color=INK, lw=0.8, zorder=1, label=label)


def label_points(
    axes: Axes, marks: Iterable[tuple[float, float, str]], avoid: ArrayLike, size: float = 6.5
) -> list[tuple[float, float, str]]:
    """Name points where the name hides no data, no other name and no frame.

    A name is read as that of the nearest point, so it stands nearer to its own than to others.

    Parameters
    ----------
    marks : iterable of (x, y, text)
        In data coordinates.
    avoid : array_like, shape (n, 2)
        What is drawn in the axes, in data coordinates.

    Returns
    -------
    list of (x, y, text)
        Those for which there was room.
    """
    axes.figure.draw_without_rendering()
    point, marks = axes.figure.dpi / 72, list(marks)
    drawn = axes.transData.transform(np.asarray(avoid, dtype=float))
    points = axes.transData.transform([(x, y) for x, y, _ in marks])
    frame, taken, named = axes.get_window_extent().padded(-1.5 * point), [], []

    def free(box: Bbox, middle: NDArray, own: NDArray) -> bool:
        inside = frame.contains(*box.min) and frame.contains(*box.max)
        wide = box.padded(1.5 * point)  # a point is not only its middle
        struck = np.any(np.all((drawn > wide.min) & (drawn < wide.max), axis=1))
        nearest = np.hypot(*(points - middle).T).min() > np.hypot(*(own - middle)) - 1e-6
        return inside and nearest and not struck and not any(box.overlaps(b) for b in taken)

    for mark, at in zip(marks, points, strict=True):
        wide, high = 0.62 * size * len(mark[2]) * point, 1.15 * size * point
        ways = [(r, a) for r in (7, 12, 18) for a in np.radians(np.arange(90, 450, 30))]
        for reach, angle in ways:
            way = np.array([np.cos(angle), np.sin(angle)])
            middle = at + way * (reach * point + [wide / 2, high / 2] * np.abs(way))
            box = Bbox.from_bounds(*(middle - [wide / 2, high / 2]), wide, high)
            if free(box, middle, at):
                taken.append(box)
                named.append(mark)
                look = {"fontsize": size, "color": INK, "ha": "center", "va": "center", "zorder": 5}
                axes.text(*axes.transData.inverted().transform(middle), mark[2], **look)
                break
    return named


def legend_above(figure: Figure, *panels: Axes, ncols: int = 0, **look: object) -> None:
    """One legend for all panels, above them, each label once, in as many rows as it takes."""
    once: dict[str, object] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            once.setdefault(label, handle)
    wide = sum(3.9 * len(label) + 34 for label in once) / (72 * figure.get_figwidth())
    look = {"handlelength": 1.4, "columnspacing": 1.0, "loc": "outside upper right"} | look
    columns = ncols or max(1, -(-len(once) // max(1, math.ceil(wide))))
    figure.legend(once.values(), once.keys(), ncols=columns, **look)


def over_strips(
    count: int, columns: int = 2, *, height: float, strip: float = 0.3, **options: object
) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """Make panels in rows of `columns`, each over a strip for its residuals.

    ``height`` (inch) is that of a row, ``strip`` the strip's over the panel's.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    options |= {"gridspec_kw": {"height_ratios": [1.0, strip] * rows}, "squeeze": False}
    width = PAGE_INCH if columns > 1 else COLUMN_INCH
    figure, axes = subplots(2 * rows, columns, height=height * rows + 0.3, width=width, **options)
    pairs = [pair for row in axes.reshape(rows, 2, columns) for pair in row.T]
    for blank in pairs[count:]:
        for panel in blank:
            panel.set_visible(False)
    return figure, [(top, below) for top, below in pairs[:count]]


def image(
    axes: Axes, values: ArrayLike, edge: float | None = None, unit: str = "µm", **look: object
) -> AxesImage:
    """Draw a square map; axes in `unit` up to `edge`, or in pixels, named where they are outer."""
    ends = {} if edge is None else {"extent": (0, edge, 0, edge)}
    unit = "px" if edge is None else unit
    first = axes.get_subplotspec().is_first_col()
    axes.set(xlabel=f"x ({unit})", ylabel=f"y ({unit})" if first else "")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticker.MaxNLocator(4))
    return axes.imshow(values, **{"cmap": MAP, "origin": "lower"} | ends | look)


def name_line(axes: Axes, text: str, *, y: float, right: bool = False, **look: object) -> None:
    """Name a level on the line itself, on white, so that no curve strikes the name."""
    look = {"fontsize": 6.5, "color": PRINTED, "va": "center", "zorder": 5} | look
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    at, side = (0.985, "right") if right else (0.015, "left")
    axes.text(at, y, text, ha=side, bbox=box, transform=axes.get_yaxis_transform(), **look)


def plain() -> tuple[Figure, Axes]:
    """Figure with fixed margins for the screen, quicker than a layout that is solved."""
    use()
    figure, ax = plt.subplots(figsize=(1.35 * COLUMN_INCH, 2.9), layout="none")
    figure.subplots_adjust(left=0.17, right=0.97, bottom=0.18, top=0.82)
    return figure, ax
