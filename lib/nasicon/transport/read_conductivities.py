"""A plain table of temperatures and conductivities, as papers and theses list them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.arithmetic import broken
from nasicon.core.columns import Column, Words, plain_name
from nasicon.core.constants import ZERO_CELSIUS_K
from nasicon.core.tables import Lines, Table, find_header, named_table
from nasicon.core.text import ReaderError, names_its_file, read_bytes
from nasicon.transport.read_geometry import DIFFERS, factor_of, geometry_from_header
from nasicon.transport.read_temperature import DISAGREE_K

_PART = r"(total|tot|bulk|grainboundary|grainboundaries|gb|ionic|ion|dc)*"
WORDS = Words(
    {
        "temperature": ("temperature", r"t|temp(eratur(e)?)?"),
        "inverse": ("", r"(1000|10\^?3|1e3)/t"),
        "sigma": ("conductivity", rf"{_PART}(sigma|σ|conductivity){_PART}"),
        "resistance": ("resistance", r"r(tot(al)?)?|(total)?resistance"),
    }
)
_BY_HAND = 200  # rows
_KINDS = {r"bulk": "bulk", r"g\W?b|boundar": "grain boundary"}


@names_its_file
def read_conductivities(path: str | Path) -> pd.DataFrame:
    """Read temperatures and conductivities for `nasicon.transport.analyse`.

    Text with names and units of the columns: ``T (°C)`` or ``T (K)``, or ``1000/T`` alone, and
    one or several of ``sigma (S/cm)``, ``bulk conductivity (mS cm-1)``, ``sigma_gb (S/m)``.

    Returns
    -------
    DataFrame
        ``quantity, temperature_c, value`` (S cm-1), one row a number; ``attrs``: ``source``,
        ``format``, ``notes``, ``doubt``: that resistances and geometry beside them say otherwise,
        ``uneven``: not by one factor.
    """
    lines = Lines.read(read_bytes(path))
    head = find_header(lines, _named)
    if head is None:
        raise ReaderError("names no temperature and conductivity; expected T (°C), sigma (S/cm)")
    table = named_table(lines, head, lambda names, *_: bool(WORDS.roles(names)))
    if table is None:
        raise ReaderError("has no row below its column names; export it again", head + 1)
    named = WORDS.columns(table.names, table.units)
    columns = {c.index: c for c in named if c.role != "resistance"}
    values = dict(zip(columns, table.numbers(list(columns)).T, strict=True))
    found = {c.role: i for i, c in columns.items()}
    if "sigma" not in found or not found.keys() & {"temperature", "inverse"}:
        raise ReaderError("its rows do not have all the columns that it names", head + 1)
    celsius, *more = (
        _celsius(c, values[i]) for i, c in columns.items() if c.role in ("temperature", "inverse")
    )
    for other in more:
        row = int(np.argmax(np.abs(other - celsius)))
        if abs(other[row] - celsius[row]) > DISAGREE_K:
            raise ReaderError(
                f"its columns of temperatures say {celsius[row]:.4g} and {other[row]:.4g} °C in "
                "one row: compute them again, or remove one",
                int(table.line[row]),
            )
    parts = []
    for i, column in columns.items():
        if column.role == "sigma":
            if not column.factor > 0:
                known = column.problem or "has no unit of conductivity: S/cm, mS/cm or S/m"
                raise ReaderError(f"column {column.name!r} {known}")
            name = next(
                (k for p, k in _KINDS.items() if re.search(p, plain_name(column.name), re.I)),
                "total",
            )
            one = {"quantity": f"{name} conductivity", "temperature_c": celsius}
            parts.append(pd.DataFrame({**one, "value": column.factor * values[i]}))
    result = pd.concat(parts, ignore_index=True)
    result.attrs = {"source": Path(path).name, "format": "delimited text", "notes": table.notes}
    total = result.loc[result["quantity"] == "total conductivity", "value"].to_numpy()
    ohm = next((c for c in named if c.role == "resistance" and c.factor > 0), None)
    if ohm is not None and len(total) == len(celsius):
        with suppress(ReaderError):  # a resistance that is missing
            per_cm = ohm.factor * table.numbers([ohm.index])[:, 0] * total
            result.attrs |= _doubt(per_cm, _geometry(table, lines.head(head)))
    if len(table) <= _BY_HAND and not result.attrs.get("doubt"):
        cells = {name: table.texts(i) for i, name in enumerate(table.names)}
        doubt = broken(cells, [f"line {line}" for line in table.line])
        result.attrs |= {"doubt": doubt, "uneven": bool(doubt)}
    if again := int(result.duplicated().sum()):
        result.attrs["notes"].append(f"rows that repeat an earlier one exactly, left out: {again}")
    return result.drop_duplicates(ignore_index=True)


def _celsius(column: Column, values: NDArray) -> NDArray:
    """Temperatures of a column of T or of 1000/T."""
    if column.role == "inverse":
        if not (values > 0).all():
            raise ReaderError("1000/T must be > 0; correct or remove the row")
        return 1000 / values - ZERO_CELSIUS_K
    if not column.unit:
        raise ReaderError("states no unit of its temperature; name the column T (°C) or T (K)")
    return values - (ZERO_CELSIUS_K if column.unit.upper().endswith("K") else 0.0)


def _geometry(table: Table, above: Sequence[str]) -> NDArray:
    """Thickness over area of each row (1/cm), from its own cells or the lines above."""
    header = geometry_from_header(above)
    names = [re.sub(r"^A\b", "area", re.sub(r"^L\b", "thickness", name)) for name in table.names]
    cells = (map(": ".join, zip(names, row, strict=True)) for row in table.rows)
    return np.array([factor_of(header | geometry_from_header([*own])) for own in cells])


def _doubt(per_cm: NDArray, geometry: NDArray) -> dict[str, object]:
    """Say that conductivity times resistance is no constant, or not thickness over area."""
    known = np.isfinite(geometry).all()
    usual = geometry if known else np.full_like(per_cm, np.nanmedian(per_cm))
    ratio = per_cm / usual
    if not (off := np.abs(ratio - 1) > DIFFERS).any():
        return {}
    beside = f"L/A is {np.median(usual):.4g}" if known else "it is one number for one pellet"
    doubt = (
        f"conductivity times resistance is {per_cm[off].min():.4g} to {per_cm[off].max():.4g} /cm "
        f"in {off.sum()} of {off.size} rows, {beside}: compute it again"
    )
    return {"doubt": doubt, "uneven": bool(ratio.max() > (1 + DIFFERS) * ratio.min())}


def _named(names: Sequence[str]) -> bool:
    """Whether a row names both; beside a frequency they are a spectrum's."""
    roles = WORDS.roles(names)
    both = "sigma" in roles and {"temperature", "inverse"} & set(roles)
    return bool(both) and not any("freq" in n.lower() for n in names)


def listed(files: Sequence[str | Path]) -> pd.DataFrame | None:
    """Table of conductivities in the only file; None where there are spectra."""
    if len(files) != 1:
        return None
    try:
        head = find_header(Lines.read(read_bytes(files[0])), _named)
    except ReaderError:  # no text
        return None
    return None if head is None else read_conductivities(files[0])
