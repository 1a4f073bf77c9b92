"""VAMAS text (ISO 14976) with regular or irregular abscissa, block by block.

The layout of a block depends on the experiment mode, the scan mode and the
technique; what is in a file is decided by its header alone, so a wrong count
anywhere shifts everything after it. Each field is therefore read by name, and
an error says which one was expected at which line.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import ReaderError
from nasicon.xps.read_text import COUNTS, RATE, Region, scale_of

IDENTIFIER = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
NOT_GIVEN = 1e37  # the standard's number for an unknown quantity
LONGEST = 10_000_000  # ordinates of one block; more is a shifted file, not a spectrum

_MAPS = ("MAP", "MAPDP")
_LINES = ("MAPSV", "MAPSVDP", "SEM")
_DEPTH = ("MAPDP", "MAPSVDP", "SDP", "SDPSV")
_SPECTRA = ("", " energy spec")
_ION_TECHNIQUES = ("ISS", *(f"{t}{end}" for t in ("FABMS", "SIMS", "SNMS") for end in _SPECTRA))
_ELECTRON_TECHNIQUES = ("AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF")
_MODES = (*_MAPS, *_LINES, "NORM", "SDP", "SDPSV", "NOEXP")
_SCANS = ("REGULAR", "IRREGULAR", "MAPPING")
_TRANSMISSION = re.compile(r"transm", re.IGNORECASE)


class _Cursor:
    """The lines of a file, one after the other, with the place for an error."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at = lines, 0

    def error(self, message: str) -> ReaderError:
        return ReaderError(message, self.at)

    def text(self, what: str) -> str:
        if self.at >= len(self.lines):
            raise self.error(f"the file ends where {what} should follow; export it again")
        self.at += 1
        return self.lines[self.at - 1].strip()

    def number(self, what: str) -> float:
        cell = self.text(what)
        try:
            return float(cell)
        except ValueError:
            raise self.error(f"{what} should be a number, got {cell!r}") from None

    def count(self, what: str, most: int = 100_000) -> int:
        value = self.number(what)
        if value != int(value) or not 0 <= value <= most:
            raise self.error(f"{what} should be a whole number from 0 to {most}, got {value:g}")
        return int(value)

    def skip(self, count: int, what: str) -> None:
        for _ in range(count):
            self.text(what)


def is_vamas(lines: list[str]) -> bool:
    """Whether a text begins as the standard says."""
    return bool(lines) and lines[0].strip().startswith("VAMAS Surface Chemical Analysis")


def parse_vamas(lines: list[str]) -> list[Region]:
    """Read every block of a VAMAS text; numbers the file does not give are nan.

    Raises
    ------
    ReaderError
        A field is not what the standard has at its place, with the line; a block is of another
        technique, or there is none.
    """
    cursor = _Cursor(lines)
    if cursor.text("the identifier") != IDENTIFIER:
        raise cursor.error(f"is not VAMAS: the first line should be {IDENTIFIER!r}")
    cursor.skip(4, "institution, instrument, operator, experiment")
    cursor.skip(cursor.count("the number of comment lines"), "a comment line")
    mode, scan = cursor.text("the experiment mode"), cursor.text("the scan mode")
    if mode not in _MODES or scan not in _SCANS:
        raise cursor.error(
            f"experiment mode {mode!r} and scan mode {scan!r}; expected one of "
            f"{', '.join(_MODES)} and of {', '.join(_SCANS)}"
        )
    if scan == "MAPPING":
        raise cursor.error("scan mode MAPPING (an image, no spectra); export its spectra")
    if mode in (*_MAPS, "NORM", "SDP"):
        cursor.skip(1, "the number of spectral regions")
    if mode in _MAPS:
        cursor.skip(3, "positions of a map")
    variables = cursor.count("the number of experimental variables")
    cursor.skip(2 * variables, "label and unit of an experimental variable")
    if cursor.number("the inclusion or exclusion list") != 0:
        raise cursor.error(
            "leaves out block lines by an inclusion list, which this reader does not follow; "
            "export it again with every line in every block (CasaXPS does)"
        )
    cursor.skip(cursor.count("the number of manually entered items"), "a manually entered item")
    future, future_block = (cursor.count("a number of future entries") for _ in range(2))
    cursor.skip(future, "a future entry")
    blocks = cursor.count("the number of blocks")
    if not blocks:
        raise ReaderError("is VAMAS without a single block; nothing was measured")
    return [_block(cursor, mode, scan, variables, future_block) for _ in range(blocks)]


def _block(cursor: _Cursor, mode: str, scan: str, variables: int, future: int) -> Region:
    name = cursor.text("the block identifier")
    cursor.skip(8, "sample, date and time")
    cursor.skip(cursor.count("the number of block comment lines"), "comment")
    technique = cursor.text("the technique")
    if mode in _MAPS:
        cursor.skip(2, "coordinates")
    cursor.skip(variables, "the value of an experimental variable")
    cursor.skip(1, "the analysis source")
    if mode in _DEPTH or technique in _ION_TECHNIQUES:
        cursor.skip(3, "the sputtering ion")
    energy = _known(cursor.number("the analysis source's energy"))
    cursor.skip(3, "strength and width of the source")
    if mode in (*_MAPS, *_LINES):
        cursor.skip(2, "the field of view")
    if mode in _LINES:
        cursor.skip(6, "coordinates of line scans")
    cursor.skip(2, "angles of the source")
    cursor.skip(2, "analyser mode and pass energy")
    if technique == "AES diff":
        cursor.skip(1, "the differential width")
    cursor.skip(7, "magnification, work function, bias, width and angles of the analyser")
    species, transition = cursor.text("the species"), cursor.text("the transition")
    cursor.skip(1, "the charge of the detected particle")
    regular = None
    if scan == "REGULAR":
        named = cursor.text("the abscissa's label"), cursor.text("the abscissa's unit")
        start, step = (cursor.number(f"the abscissa's {which}") for which in ("start", "step"))
        regular = (*named, start, step)
    labels = [
        (cursor.text("label of a variable"), cursor.text("unit of a variable"))
        for _ in range(cursor.count("the number of corresponding variables", 1000))
    ]
    counting = cursor.text("the signal mode")
    dwell, scans = cursor.number("the collection time"), cursor.number("the number of scans")
    cursor.skip(1, "the time correction")
    if technique in _ELECTRON_TECHNIQUES and mode in _DEPTH:
        cursor.skip(7, "the sputtering source")
    cursor.skip(3, "tilt and rotation of the sample")
    cursor.skip(3 * cursor.count("the number of additional parameters"), "an additional parameter")
    cursor.skip(future, "a future block entry")
    x, columns = _ordinates(cursor, labels, regular)
    name = name or f"{species} {transition}"
    if technique not in ("XPS", "UPS"):
        raise ReaderError(f"block {name!r} is {technique}, not XPS; export the XPS blocks alone")
    transmission = next((k for k in columns if _TRANSMISSION.search(k[0])), None)
    signal = next((k for k in columns if k != transmission), None)
    if signal is None:
        raise ReaderError(f"block {name!r} has no signal beside the transmission")
    counts = "pulse counting" in counting.lower() or COUNTS.search(signal[0])
    return Region(
        name,
        x,
        scale_of((regular or labels[0])[0]),
        columns[signal],
        "counts_per_s" if RATE.search(" ".join(signal)) else "counts" if counts else "au",
        columns.get(transmission),
        energy,
        _known(dwell) * _known(scans),
    )


def _ordinates(
    cursor: _Cursor, labels: list[tuple[str, str]], regular: tuple[str, str, float, float] | None
) -> tuple[NDArray, dict[tuple[str, str], NDArray]]:
    """Numbers of a block: variables in turn, point by point."""
    total = cursor.count("the number of ordinate values", LONGEST)
    width = len(labels)
    if width == 0 or total == 0 or total % width:
        raise cursor.error(
            f"{total} ordinates of {width} variables; a block needs whole points of at least one"
        )
    if total > len(cursor.lines) - cursor.at:
        raise cursor.error(f"announces {total} ordinates but ends before; export it again")
    cursor.skip(2 * width, "the extreme values of a variable")
    values = np.array([cursor.number("an ordinate") for _ in range(total)]).reshape(-1, width)
    if regular is not None:
        start, step = regular[2:]
        if step == 0:
            raise cursor.error("the abscissa's step is 0")
        x = start + step * np.arange(len(values))
        return x, {label: values[:, i] for i, label in enumerate(labels)}
    if width < 2:
        raise cursor.error("an irregular scan needs two variables: the abscissa and a signal")
    return values[:, 0], {label: values[:, i] for i, label in enumerate(labels) if i}


def _known(value: float) -> float:
    return np.nan if abs(value) >= NOT_GIVEN * 0.999 else value
