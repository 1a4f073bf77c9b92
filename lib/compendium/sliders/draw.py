"""A spectrum with its fit, drawn plainly: it must appear within 200 ms of a slider's move."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasicon.core import style

COLOURS = (style.DOPED, style.THIRD, style.FOURTH)


def spectrum(
    x: NDArray,
    data: NDArray,
    fitted: NDArray,
    parts: Mapping[str, NDArray],
    *,
    xlabel: str,
    title: str,
    ylabel: str = "Intensity",
    fit_label: str = "fit",
    marks: Mapping[str, float] | None = None,
    falling: bool = False,
) -> Figure:
    """Draw a spectrum with its fit and the fit's parts; ``marks`` are positions in x."""
    figure, ax = style.plain()
    ax.plot(x, data, ".", color=style.DATA, ms=2.5, label="simulated")
    ax.plot(x, fitted, color=style.UNDOPED, lw=1.4, label=fit_label)
    for (name, part), colour in zip(parts.items(), COLOURS, strict=False):
        ax.plot(x, part, "--", color=colour, lw=1.0, label=name)
    for (name, at), line in zip((marks or {}).items(), (":", "-."), strict=False):
        ax.axvline(at, color=style.INK, ls=line, lw=0.9, label=name)
    ax.set_xlim(*((x.max(), x.min()) if falling else (x.min(), x.max())))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title, fontsize=7.5)
    ax.legend(loc="upper right", fontsize=6)
    return figure
