"""Sheets of Excel (``.xlsx``) and OpenDocument (``.ods``) workbooks as lines of text.

A sheet becomes tab-separated lines, so that every text reader understands a workbook too. Cells
that were computed come as their last value; nothing is evaluated and no macro is looked at.
"""

import io
import itertools
from collections.abc import Callable, Iterable
from datetime import date, time
from typing import TypeVar
from xml.etree import ElementTree

from nasicon.core.archive import Archive, local
from nasicon.core.tables import Lines
from nasicon.core.text import ReaderError, foreign_parser, in_file, is_number

MOST_CELLS = 5_000_000  # of a workbook
MOST_COLUMNS = 1000
KINDS = ("Excel workbook", "OpenDocument workbook")
T = TypeVar("T")
Cell = object  # str, int, float, bool, date or None


def is_workbook(archive: Archive) -> bool:
    """Whether a zip archive is an Excel or an OpenDocument workbook."""
    return "xl/workbook.xml" in archive.names or {"content.xml", "mimetype"} <= {*archive.names}


def kind(raw: bytes) -> str:
    """What a workbook is called: OpenDocument begins with its media type, not compressed."""
    return KINDS[b"opendocument.spreadsheet" in raw[:120]]


def sheets(raw: bytes) -> dict[str, list[list[Cell]]]:
    """Rows of every sheet by its name; empty sheets are left out.

    Raises
    ------
    ReaderError
        No workbook, a damaged one, or more cells than `MOST_CELLS`.
    """
    archive = Archive(raw)
    if not is_workbook(archive):
        listed = ", ".join(archive.names[:5])
        raise ReaderError(
            f"is no Excel or OpenDocument workbook but a zip archive of {listed}; unpack it"
        )
    with foreign_parser("is a damaged workbook", "save it again"):
        rows = _rows(raw, archive)
        found: dict[str, list[list[Cell]]] = {}
        cells = 0
        for name, row in rows:
            cells += len(row) + 1
            if cells > MOST_CELLS:
                raise ReaderError(f"has more than {MOST_CELLS} cells; export as text")
            found.setdefault(name, []).append(row)
    return {name: rows for name, rows in found.items() if any(map(any, rows))}


def first_lines(raw: bytes, rows: int = 300) -> list[str]:
    """First rows of a workbook as lines, its first sheets before others.

    Raises
    ------
    ReaderError
        No workbook, or a damaged one.
    """
    archive = Archive(raw)
    with foreign_parser("is no workbook, or a damaged one", "save it again"):
        first = itertools.islice(_rows(raw, archive), rows)
        return text_lines([row for _, row in first])


def text_lines(rows: list[list[Cell]]) -> list[str]:
    """A sheet as tab-separated lines with decimal points; the last one is empty."""
    return ["\t".join(map(_text, row)) for row in rows] + [""]


def largest_table(
    raw: bytes, parse: Callable[[Lines], T], size: Callable[[T], int]
) -> tuple[T, list[str]]:
    """The longest table that ``parse`` finds in a sheet, and notes on the others.

    Sheets with the same first row hold one table that outgrew a sheet, where its first column
    counts on: they are joined.

    Raises
    ------
    ReaderError
        No sheet holds such a table; it says why for each.
    """
    joined: dict[str, tuple[list[str], list[str]]] = {}
    for name, rows in sheets(raw).items():
        lines = text_lines(rows)
        key = lines[0]
        if key in joined and not _goes_on(joined[key][1], lines):
            key = name
        names, before = joined.setdefault(key, ([], []))
        before[-1:] = lines[1:] if names else lines
        names.append(name)
    found: list[tuple[str, T]] = []
    refused: list[str] = []
    for names, lines in joined.values():
        title = " and ".join(map(repr, names))
        try:
            with in_file(f"sheet {title}"):
                found.append((title, parse(Lines(lines))))
        except ReaderError as error:
            refused.append(str(error))
    if not found:
        reasons = "; ".join(refused) or "it has no sheet with anything in it"
        raise ReaderError(f"no sheet of the workbook can be read: {reasons}")
    title, best = max(found, key=lambda item: size(item[1]))
    others = [name for name, _ in found if name != title]
    notes = [f"read from sheet {title}"] if len(joined) > 1 or len(title.split("'")) > 3 else []
    if others:
        notes.append(f"further tables, not read, in sheet {', '.join(others)}: save each as a file")
    return best, notes


def _goes_on(before: list[str], after: list[str]) -> bool:
    """Whether the numbers of a sheet's first column go on where those of another one end."""
    first, last = (
        [float(cell) for line in lines if is_number(cell := line.split("\t")[0])]
        for lines in (after, before[-2:])
    )
    return bool(first and last) and first[0] > last[-1]


def _rows(raw: bytes, archive: Archive) -> Iterable[tuple[str, list[Cell]]]:
    """Rows of all sheets, each with the name of its sheet."""
    return _xlsx(raw, archive) if "xl/workbook.xml" in archive.names else _ods(archive)


def _xlsx(raw: bytes, archive: Archive) -> Iterable[tuple[str, list[Cell]]]:
    import openpyxl

    for name in archive.names:  # openpyxl would expand entities
        if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(name):
            raise ReaderError(f"{name} declares a document type; refused")
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says about its size is not believed
        for row in sheet.iter_rows(values_only=True):
            yield sheet.title, list(row)


def _ods(archive: Archive) -> Iterable[tuple[str, list[Cell]]]:
    """Cells and rows may state that they are repeated, which empty ones do a million times."""
    root = archive.xml("content.xml")
    for table in (e for e in root.iter() if local(e) == "table"):
        name, empty = _attribute(table, "name", ""), 0
        for row in (e for e in table.iter() if local(e) == "table-row"):
            cells: list[Cell] = []
            for cell in row:
                times = min(int(_attribute(cell, "number-columns-repeated", "1")), MOST_COLUMNS)
                cells += [_ods_value(cell)] * times
            while cells and cells[-1] is None:
                cells.pop()
            times = int(_attribute(row, "number-rows-repeated", "1"))
            if not cells:
                empty += min(times, MOST_COLUMNS)
                continue
            yield from ((name, []) for _ in range(empty))
            yield from ((name, cells) for _ in range(times))
            empty = 0


def _ods_value(cell: ElementTree.Element) -> Cell:
    if number := _attribute(cell, "value", ""):
        return float(number)
    text = "\n".join("".join(part.itertext()) for part in cell if local(part) == "p")
    return text or None


def _attribute(element: ElementTree.Element, name: str, default: str) -> str:
    """Value of an attribute by its local name."""
    return next((v for k, v in element.attrib.items() if k.rsplit("}", 1)[-1] == name), default)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return " ".join(str(cell).split())
