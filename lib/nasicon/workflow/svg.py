"""SVG as matplotlib writes it, in half the bytes: results are committed, twice with their notebook.

Geometry is rounded to a hundredth of a point, markers of one look take their style from
their group, and series of many markers become pixels. What is seen is the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GEOMETRY = re.compile(r'( (?:d|x|y)=")([^"]*)(")')
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
_USE = r'<use xlink:href="{}" x="[^"]*" y="[^"]*" style="{}"/>\n'
_FIRST = _USE.format('(?P<id>[^"]+)', '(?P<style>[^"]*)')
_LIKE = _USE.format("(?P=id)", "(?P=style)")
MARKERS = re.compile(rf"(?P<indent>[ \t]*){_FIRST}(?:[ \t]*{_LIKE})+")
MANY = 600  # markers beyond which a line's are drawn as pixels
DPI = 220  # of these pixels


def thin_out(figure: Figure) -> None:
    """Have the markers of long series drawn as pixels; lines and text stay vectors."""
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_marker() not in (None, "", " ", "None") and len(line.get_xdata()) > MANY:
                line.set_rasterized(True)
        for collection in axes.collections:
            if len(collection.get_offsets()) > MANY:
                collection.set_rasterized(True)


def compact(text: str) -> str:
    """Return the same picture with fewer characters.

    Parameters
    ----------
    text : str
        An SVG document of matplotlib.
    """
    return MARKERS.sub(_grouped, GEOMETRY.sub(_rounded, text))


def _rounded(match: re.Match) -> str:
    numbers = NUMBER.sub(lambda n: _short(float(n[0])), match[2])
    return f"{match[1]}{' '.join(numbers.split())}{match[3]}"


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _grouped(match: re.Match) -> str:
    """Markers in a row that look alike: the style once, on the group."""
    style = f' style="{match["style"]}"'
    inside = "\n".join(line.strip() for line in match[0].replace(style, "").splitlines())
    return f"{match['indent']}<g{style}>\n{inside}\n{match['indent']}</g>\n"
