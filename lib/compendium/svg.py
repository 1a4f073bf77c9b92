"""SVG as matplotlib writes it, in half the bytes: results are committed, twice with their notebook.

Geometry is rounded to a hundredth of a point, straight lines go by steps, markers of one
look take their style from their group, and series of many markers become pixels. What is
seen is the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GEOMETRY = re.compile(r'( (d|x|y)=")([^"]*)(")')
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
STRAIGHT = frozenset("MLz")  # commands of a path of straight lines
GLYPH = re.compile(
    r'(<use xlink:href="#DejaVuSans[^"]*") transform="translate\((-?[\d.]+)(?: 0)?\)"/>'
)
INDENT = re.compile(r"(?m)^[ \t]*(?:<!--.*?-->\n[ \t]*)*")
_USE = r'<use xlink:href="{}" x="[^"]*" y="[^"]*" style="{}"/>\n'
_FIRST = _USE.format('(?P<id>[^"]+)', '(?P<style>[^"]*)')
_LIKE = _USE.format("(?P=id)", "(?P=style)")
MARKERS = re.compile(rf"{_FIRST}(?:{_LIKE})+")
BREAK = re.compile(r"\n(?=<(?:use|path|rect|defs|/))")  # one line per group, not per mark
MANY = 600  # markers beyond which a line's are drawn as pixels
LONG = 2000  # points beyond which a line is: it is noise, or smooth at any resolution
DPI = 220  # of these pixels


def thin_out(figure: Figure) -> None:
    """Have long series drawn as pixels; everything else stays vectors."""
    for axes in figure.axes:
        for line in axes.lines:
            marked = line.get_marker() not in (None, "", " ", "None")
            if len(line.get_xdata()) > (MANY if marked else LONG):
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
    text = GEOMETRY.sub(_rounded, INDENT.sub("", text))
    text = GLYPH.sub(_placed, text).replace("DejaVuSans-", "D-")
    return BREAK.sub("", MARKERS.sub(_grouped, text))


def _rounded(match: re.Match) -> str:
    numbers = " ".join(NUMBER.sub(lambda n: _short(float(n[0])), match[3]).split())
    return f"{match[1]}{_relative(numbers) if match[2] == 'd' else numbers}{match[4]}"


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _relative(path: str) -> str:
    """A path of straight lines by its steps, which are shorter than its places.

    Steps are differences of the rounded places, so nothing adds up.
    """
    tokens = path.split()
    if tokens[:1] != ["M"] or not {t for t in tokens if t.isalpha()} <= STRAIGHT:
        return path
    parts, at, command = [], (0.0, 0.0), ""
    steps = iter(tokens)
    for token in steps:
        if token == "z":
            parts.append(token)
            command = token
            continue
        x, y = float(next(steps)), float(next(steps))
        if token == "M":
            parts.append(f"M {_short(x)} {_short(y)}")
        else:
            step = f"{_step(x - at[0])} {_step(y - at[1])}"
            parts.append(step if command == "L" else f"l {step}")
        at, command = (x, y), token
    return " ".join(parts)


def _step(value: float) -> str:
    return _short(value).replace("0.", ".", 1) if abs(value) < 1 else _short(value)


def _placed(match: re.Match) -> str:
    """A letter's place, in hundredths of the font size, as an attribute."""
    return f'{match[1]} x="{_short(round(float(match[2]), 1))}"/>'


def _grouped(match: re.Match) -> str:
    """Markers in a row that look alike: the style once, on the group."""
    style = f' style="{match["style"]}"'
    return f"<g{style}>\n{match[0].replace(style, '')}</g>\n"
