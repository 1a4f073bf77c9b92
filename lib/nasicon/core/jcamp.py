"""JCAMP-DX: settings, abscissa and ordinate of one spectrum, in any of its forms.

Packed ordinates (``XYDATA``, ``NTUPLES``) go through nmrglue; points in pairs
(``XYPOINTS=(XY..XY)``) are read here.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import (
    NUMBER,
    ReaderError,
    foreign_parser,
    is_number,
    parse_number,
    split_lines,
)

MOST_REPEATS = 4_000_000  # points that repeat counts may stand for
_DUPLICATES = dict(zip("STUVWXYZs", "123456789", strict=True))  # first digit of a count
_BLOCK = re.compile(r"^##(?:XYDATA|XYPOINTS|DATA ?TABLE)=(.*)$", re.M | re.I)


def parse_jcamp(text: str) -> tuple[dict[str, str], NDArray, NDArray]:
    """Settings by their labels, abscissa in the file's unit, ordinate; both of shape (n,).

    Raises
    ------
    ReaderError
        The text holds no spectrum, its axis is unknown, or points of it are missing.
    """
    text = _bounded(text)
    values = {
        re.sub(r"[\s/_-]", "", name).upper(): value.split("$$")[0].strip()
        for name, value in reversed(re.findall(r"^##([^=\n]{1,80})=(.*)$", text, re.M))
    }
    first = _BLOCK.search(text)
    if first is not None and first[1].strip().upper().startswith("(XY..XY)"):
        x, y = _points(text[first.end() :], values)
    else:
        packed, x, y = _packed(text)
        values = packed | {"DATATYPE": values.get("DATATYPE", "")}
    announced = values.get("NPOINTS", "")
    if is_number(announced) and float(announced) != y.size:
        raise ReaderError(
            f"announces {float(announced):g} points and holds {y.size}: cut off or damaged, its "
            "axis is unknown; export it again"
        )
    return values, x, y


def _packed(text: str) -> tuple[dict[str, str], NDArray, NDArray]:
    """Settings of the first block of packed ordinates, abscissae between its ends, ordinates."""
    import nmrglue

    with (
        foreign_parser("is no readable JCAMP-DX"),
        warnings.catch_warnings(action="ignore"),
        tempfile.TemporaryDirectory() as folder,
    ):
        plain = re.sub(r"(?im)^(##DATA ?TYPE=).*RAMAN.*$", r"\1NMR SPECTRUM", text)  # all it knows
        (copy := Path(folder) / "spectrum.dx").write_text(plain, encoding="utf-8")
        dic, data = nmrglue.jcampdx.read(str(copy))
    values = {name: entry[0] for name, entry in dic.items() if isinstance(entry, list) and entry}
    if data is None or (isinstance(data, list) and len(data) != 2):
        raise ReaderError(
            "holds no spectrum as XYDATA, XYPOINTS or NTUPLES (peak tables are not read); export "
            "it in one of these forms, or as text with a column of ppm or cm-1"
        )
    y = np.asarray(data[0] if isinstance(data, list) else data, dtype=float)
    ends = [values.get(name, "") for name in ("FIRSTX", "LASTX")]
    if not all(ends):
        ends = [values.get(name, "").split(",")[0] for name in ("FIRST", "LAST")]
    if not all(map(is_number, ends)):
        raise ReaderError(f"states FIRSTX {ends[0]!r} and LASTX {ends[1]!r}, expected two numbers")
    return values, np.linspace(*map(parse_number, ends), y.size), y


def unit_of(values: dict[str, str]) -> str:
    """Unit of the abscissa, in capitals."""
    return values.get("XUNITS", values.get("UNITS", "")).split(",")[0].strip().upper()


def _points(block: str, values: dict[str, str]) -> tuple[NDArray, NDArray]:
    """Abscissae and ordinates that stand in pairs, times their factors."""
    lines = [line.split("$$")[0] for line in block.split("\n##")[0].split("\n")]
    cells = re.split(r"[\s,;]+", " ".join(lines).strip())
    if len(cells) % 2 or not all(map(NUMBER.fullmatch, cells)):
        odd = next((cell for cell in cells if not NUMBER.fullmatch(cell)), "an odd count")
        raise ReaderError(f"its points are not pairs of numbers ({odd!r}); export it again")
    factors = [float(values.get(name, "1") or 1) for name in ("XFACTOR", "YFACTOR")]
    pairs = np.array(cells, dtype=float).reshape(-1, 2) * factors
    return pairs[:, 0], pairs[:, 1]


def _bounded(text: str) -> str:
    """Text whose packed data stand for a bounded number of points, without runs of blanks.

    A number such as S999999999 repeats the one before it a thousand million times, and nmrglue
    tries a run of blanks from each of its characters on.
    """
    text = re.sub(r"[ \t\f\v\r]+", " ", "\n".join(split_lines(text)))
    text = re.sub(r",{20,}", ",", text)
    total = 0
    for line in text.split("\n"):
        data = line.split("$$")[0]
        if data.startswith("##"):
            continue
        for mark, digits in re.findall(r"([S-Zs])(\d*)", data):
            total += int(_DUPLICATES[mark] + digits[:9])
        if total > MOST_REPEATS:
            raise ReaderError(
                f"its repeat counts stand for more than {MOST_REPEATS} points (the last is in "
                f"{data[:60]!r}): damaged, or no spectrum; export it again",
            )
    return text
