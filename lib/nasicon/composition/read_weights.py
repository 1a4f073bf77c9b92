"""A plain table of weighed precursors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasicon.core.arithmetic import broken
from nasicon.core.columns import Column, Words
from nasicon.core.tables import Lines, find_header, header_splits, is_comment, named_table
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
_LEAST = re.compile(r"\s*(≥|>=?|(?<![a-z])(min(imum)?|least)(?![a-z])\.?)\s*", re.IGNORECASE)
WORDS = Words(
    {
        "formula": ("", r"(chemical)?formula"),
        "mass_g": ("mass", r"(weighed|actual)?(mass|weight|amount)(weighed|actual)?|m"),
        "name": ("", r"(chemical)?name"),
        "compound": (
            "",
            r"compound|precursor|reagent|reactant|substance|chemical|salt|(starting|raw)?material",
        ),
        "mass_error_g": ("mass", r"mass(error|uncertainty)"),
        "molar_mass_g": ("molar mass", r"(molar|molecular|formula)(mass|weight)|mw|fw|mr"),
        "purity_percent": ("", r"(min(imum)?|least)?(purity|assay)(,?min(imum)?)?(percent|%)?"),
    }
)


@names_its_file
def read_masses(path: str | Path) -> pd.DataFrame:
    """Read precursor masses.

    A text table (comma, semicolon, tab) with a header. ``formula`` (or ``reagent``) and ``mass_g``
    (or ``Mass (mg)``) are required; ``name``, ``mass_error_g`` (half-width; else half of the last
    printed digit), ``purity_percent`` (else 100; ``>=99`` is the least) and a molar mass may
    follow. Lines that begin with ``#`` are remarks.

    Returns
    -------
    pandas.DataFrame
        ``name, formula, mass_g, mass_error_g, purity_percent`` (``taken_percent``: 100 where that
        is the least); ``attrs``: ``source``, ``notes``, ``doubt`` (the sheet contradicts itself).

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
    first = find_header(lines, lambda names: _named(names).keys() >= {*REQUIRED}, first) or first
    names = max(header_splits(top[first])[:4], key=len, default=[])
    if missing := [name for name in REQUIRED if name not in _named(names)]:
        raise ReaderError(
            f"has no column {' and '.join(missing)} among {', '.join(names)}; a line must "
            f"name {', '.join(REQUIRED)} and may name {', '.join(OPTIONAL)}",
            first + 1,
        )
    found = named_table(lines, first, lambda found, *_: len(found) == len(names), ragged=True)
    if found is None:
        raise ReaderError("has a header and no rows", first + 1)
    columns = _named(found.names, found.units)
    if len(found.rows) > MOST_ROWS:
        raise ReaderError(f"has {len(found.rows)} rows; at most {MOST_ROWS} are read")
    comma = "" if found.delimiter == "," else ","
    rows = [
        _row({role: cells[c.index] for role, c in columns.items()}, int(line), comma)
        for line, cells in zip(found.line, found.rows, strict=True)
    ]
    table = pd.DataFrame(rows)
    if purity := columns.get("purity_percent"):
        stated = (f"{purity.name} {cell}" for cell in found.texts(purity.index))
        least = [_LEAST.search(words) is not None for words in stated]
        table["taken_percent"] = table["purity_percent"].mask(least, 100.0)
    for role in ("mass_g", "mass_error_g"):
        table[role] *= columns.get(role, columns["mass_g"]).scale
    if unused := {*names} - {c.name for c in columns.values()}:
        found.notes.append(f"columns not used: {', '.join(sorted(unused))}")
    if twice := sorted(table.loc[table["formula"].duplicated(), "formula"]):
        raise ReaderError(f"lists {', '.join(twice)} twice; add the masses up")
    cells = {name: found.texts(i) for i, name in enumerate(found.names)}
    doubt = broken(cells, list(table["formula"]))
    table.attrs = {"source": Path(path).name, "notes": list(found.notes), "doubt": doubt}
    return table


def _named(names: Sequence[str], units: Sequence[str] = ()) -> dict[str, Column]:
    """Usable columns by role; reagents are the formulas where no others are."""
    found: dict[str, Column] = {}
    for column in WORDS.columns(names, units):
        before = found.get(column.role)
        if before and before.unit and column.unit and not column.problem:
            both = f"{before.name!r} and {column.name!r}"
            raise ReaderError(f"columns {both} both look like {column.role}; remove one")
        if not column.problem and not (before and before.unit):
            found[column.role] = column
    compound = found.pop("compound", found.get("name"))
    if compound is not None:
        found.setdefault("name" if "formula" in found else "formula", compound)
    return found


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
    given["purity_percent"] = _LEAST.sub("", given.get("purity_percent", "")).removesuffix("%")
    purity = number("purity_percent") if given["purity_percent"] else 100.0
    molar = {"molar_mass_g": number("molar_mass_g")} if given.get("molar_mass_g") else {}
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
        **molar,
    }
