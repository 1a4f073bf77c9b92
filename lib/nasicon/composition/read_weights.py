"""A plain table of weighed precursors."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasicon.core.text import (
    COMMENT_MARKS,
    DELIMITERS,
    ReaderError,
    parse_number,
    read_lines,
    split_row,
)

REQUIRED = ("formula", "mass_g")
OPTIONAL = ("name", "mass_error_g", "purity_percent")
MOST_ROWS = 200


def read_masses(path: str | Path) -> pd.DataFrame:
    """Read precursor masses.

    A text table (comma, semicolon or tab) with a header. ``formula`` and
    ``mass_g`` are required; ``name``, ``mass_error_g`` (half-width; else half
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
        (0, 100], or a formula that occurs twice.
    """
    path = Path(path)
    source = path.name
    numbered = [
        (i, line)
        for i, line in enumerate(read_lines(path), start=1)
        if line.strip() and not line.lstrip().startswith(COMMENT_MARKS)
    ]
    if not numbered:
        raise ReaderError.at(source, "holds remarks only; a header and rows are expected")
    first, header = numbered[0]
    delimiter = next((d for d in DELIMITERS[:3] if d in header), ",")
    names = [cell.lower() for cell in split_row(header, delimiter)]
    if missing := [name for name in REQUIRED if name not in names]:
        raise ReaderError.at(
            source,
            f"has no column {' and '.join(missing)} among {', '.join(names)}; the first line must "
            f"name {', '.join(REQUIRED)} and may name {', '.join(OPTIONAL)}",
            first,
        )
    if len(numbered) - 1 > MOST_ROWS:
        raise ReaderError.at(source, f"has {len(numbered) - 1} rows; at most {MOST_ROWS} are read")
    decimal = "," if delimiter != "," else "."
    rows = [_row(names, split_row(line, delimiter), source, i, decimal) for i, line in numbered[1:]]
    if not rows:
        raise ReaderError.at(source, "has a header and no rows", first)
    table = pd.DataFrame(rows)
    if twice := sorted(table.loc[table["formula"].duplicated(), "formula"]):
        raise ReaderError.at(source, f"lists {', '.join(twice)} twice; add the masses up")
    table.attrs = {"source": source, "notes": []}
    return table


def _row(
    names: list[str], cells: list[str], source: str, line: int, decimal: str
) -> dict[str, object]:
    if len(cells) > len(names):
        raise ReaderError.at(source, f"has {len(cells)} cells, the header {len(names)}", line)
    given = dict(zip(names, cells, strict=False))
    formula = given.get("formula", "")
    if not formula:
        raise ReaderError.at(source, "has no formula", line)

    def number(name: str) -> float:
        mark = "," if "," in given[name] and decimal == "," else "."
        try:
            value = parse_number(given[name], mark)
        except ValueError as error:
            raise ReaderError.at(source, f"{name}: {error}", line) from None
        if value <= 0:
            raise ReaderError.at(source, f"{name} must be > 0, got {given[name]}", line)
        return value

    if not given.get("mass_g"):
        raise ReaderError.at(source, f"has no mass for {formula}", line)
    mass = number("mass_g")
    error = number("mass_error_g") if given.get("mass_error_g") else _half_digit(given["mass_g"])
    purity = number("purity_percent") if given.get("purity_percent") else 100.0
    if purity > 100:
        raise ReaderError.at(source, f"purity_percent must not exceed 100, got {purity:g}", line)
    if error >= mass:
        raise ReaderError.at(source, f"mass_error_g {error:g} is not below the mass {mass:g}", line)
    return {
        "name": given.get("name") or formula,
        "formula": formula,
        "mass_g": mass,
        "mass_error_g": error,
        "purity_percent": purity,
    }


def _half_digit(cell: str) -> float:
    """Half of the last digit as written: ``0.6636`` -> 0.00005, ``27`` -> 0.5."""
    mantissa, _, exponent = cell.strip().lower().replace(",", ".").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)
