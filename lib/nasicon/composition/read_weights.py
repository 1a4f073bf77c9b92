"""A plain table of weighed precursors."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasicon.core.columns import Words
from nasicon.core.tables import Lines, header_splits, is_comment, named_table
from nasicon.core.text import (
    ReaderError,
    decode,
    half_digit,
    names_its_file,
    parse_number,
    read_bytes,
)

REQUIRED = ("formula", "mass_g")
OPTIONAL = ("name", "mass_error_g", "purity_percent")
MOST_ROWS = 200
WORDS = Words(
    {
        "formula": ("", r"formula|compound|precursor"),
        "mass_g": ("mass", r"mass|weight|m"),
        "name": ("", r"name"),
        "mass_error_g": ("mass", r"mass(error|uncertainty)"),
        "purity_percent": ("", r"purity(percent|%)?"),
    }
)


@names_its_file
def read_masses(path: str | Path) -> pd.DataFrame:
    """Read precursor masses.

    A text table (comma, semicolon or tab) with a header. ``formula`` and ``mass_g`` (or
    ``Mass (mg)``) are required; ``name``, ``mass_error_g`` (half-width; else half
    of the last printed digit) and ``purity_percent`` (the least; else 100) may
    follow. Lines that begin with ``#`` are remarks.

    Returns
    -------
    pandas.DataFrame
        ``name, formula, mass_g, mass_error_g, purity_percent``; ``attrs``:
        ``source``, ``notes``.

    Raises
    ------
    ReaderError
        No such table, a cell that is not a positive number, a purity outside
        (1, 100], or a formula that occurs twice.
    """
    lines = Lines(decode(read_bytes(path)))
    top = lines.head()
    first = next((i for i, line in enumerate(top) if line.strip() and not is_comment(line)), None)
    if first is None:
        raise ReaderError("holds remarks only; a header and rows are expected")
    names = max(header_splits(top[first])[:4], key=len, default=[])
    known = {c.role for c in WORDS.columns(names) if not c.problem}
    if missing := [name for name in REQUIRED if name not in known]:
        raise ReaderError(
            f"has no column {' and '.join(missing)} among {', '.join(names)}; the first line must "
            f"name {', '.join(REQUIRED)} and may name {', '.join(OPTIONAL)}",
            first + 1,
        )
    found = named_table(lines, first, lambda found, *_: len(found) == len(names), ragged=True)
    if found is None:
        raise ReaderError("has a header and no rows", first + 1)
    columns = {c.role: c for c in WORDS.columns(found.names)}
    if len(found.rows) > MOST_ROWS:
        raise ReaderError(f"has {len(found.rows)} rows; at most {MOST_ROWS} are read")
    comma = "" if found.delimiter == "," else ","
    rows = [
        _row({role: cells[c.index] for role, c in columns.items()}, int(line), comma)
        for line, cells in zip(found.line, found.rows, strict=True)
    ]
    table = pd.DataFrame(rows)
    for role in ("mass_g", "mass_error_g"):
        table[role] *= columns.get(role, columns["mass_g"]).scale
    if unused := {*names} - {c.name for c in columns.values()}:
        found.notes.append(f"columns not used: {', '.join(sorted(unused))}")
    if twice := sorted(table.loc[table["formula"].duplicated(), "formula"]):
        raise ReaderError(f"lists {', '.join(twice)} twice; add the masses up")
    table.attrs = {"source": Path(path).name, "notes": list(found.notes)}
    return table


def _row(given: dict[str, str], line: int, comma: str) -> dict[str, object]:
    formula = given.get("formula", "")
    if not formula:
        raise ReaderError("has no formula", line)

    def number(name: str) -> float:
        mark = "," if comma and comma in given[name] else "."
        try:
            value = parse_number(given[name], mark)
        except ValueError as error:
            raise ReaderError(f"{name}: {error}", line) from None
        if value <= 0:
            raise ReaderError(f"{name} must be > 0, got {given[name]}", line)
        return value

    if not given.get("mass_g"):
        raise ReaderError(f"has no mass for {formula}", line)
    mass = number("mass_g")
    error = number("mass_error_g") if given.get("mass_error_g") else half_digit(given["mass_g"])
    purity = number("purity_percent") if given.get("purity_percent") else 100.0
    if purity <= 1:
        raise ReaderError(f"purity_percent {purity:g}: a fraction? Write {100 * purity:g}", line)
    if purity > 100:
        raise ReaderError(f"purity_percent must be 1 to 100, got {purity:g}", line)
    if error >= mass:
        raise ReaderError(f"mass_error_g {error:g} is not below the mass {mass:g}", line)
    return {
        "name": given.get("name") or formula,
        "formula": formula,
        "mass_g": mass,
        "mass_error_g": error,
        "purity_percent": purity,
    }
