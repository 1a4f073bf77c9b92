"""Decoding of instrument text and strict numbers, shared by the readers.

Instruments write text in many ways: with or without a byte-order mark, in
UTF-8, UTF-16 or a Windows code page, with decimal commas, and with line ends
``LF``, ``CR LF``, ``CR`` or even ``CR CR LF``. These helpers take care of that
and of nothing else.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DELIMITERS = ("\t", ";", ",", " ")  # " " stands for any run of blanks
COMMENT_MARKS = ("#", "%", "!")

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LINE_END = re.compile(r"\r*\n|\r")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Files that people try first, by their first bytes: what they are and what to do instead.
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as text (CSV)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "save the sheet as text (CSV)"),
    (b"%PDF", "a PDF document", "export the data of the instrument as text"),
)
_LONGEST_ROW = 100_000


class ReaderError(ValueError):
    """A file that cannot be read; says where, what was found, and what to do."""

    @classmethod
    def at(cls, source: str, message: str, line: int | None = None, unit: str = "line"):
        """Error that begins with the file's name and, where known, the line (1-based)."""
        where = source if line is None else f"{source}, {unit} {line}"
        return cls(f"{where}: {message}")


@contextmanager
def foreign_parser(
    source: str, what: str, remedy: str = "export it from the instrument again"
) -> Iterator[None]:
    """Turn whatever another library's parser raises on a damaged file into a `ReaderError`.

    Parsers of binary formats fail in as many ways as files can be damaged, so every
    exception of theirs means the same: this is not a whole file of that format. ``what``
    says so after the file's name, ``remedy`` what to do.
    """
    try:
        yield
    except ReaderError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ReaderError.at(source, f"{what} ({reason}); {remedy}") from error


def read_bytes(path: str | Path) -> bytes:
    """Content of a file, as bytes.

    Raises
    ------
    ReaderError
        Nothing is there, it is a directory, it cannot be opened, or it is empty.
    """
    path = Path(path)
    if path.is_dir():
        raise ReaderError.at(str(path), "is a directory; give the path of one instrument file")
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ReaderError.at(
            str(path), f"no such file (looked in {Path.cwd()}); check the path"
        ) from None
    except OSError as error:
        raise ReaderError.at(str(path), f"cannot be opened: {error.strerror}") from error
    if not raw.strip():
        raise ReaderError.at(path.name, "is empty; export the measurement again")
    return raw


def decode(raw: bytes, source: str) -> str:
    """Text of a file from its bytes.

    A byte-order mark decides; without one UTF-16 shows by its zero bytes, then
    UTF-8 is tried, and what is not UTF-8 is taken as Windows-1252. Bytes that
    this page does not define become the replacement character: they occur in
    remarks, and a number that holds one is refused later.

    Raises
    ------
    ReaderError
        The bytes are not text, or UTF-16 text that is cut in a character.
    """
    for magic, what, remedy in _FOREIGN:
        if raw.startswith(magic):
            raise ReaderError.at(source, f"is {what}, not instrument text; {remedy}")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _strict(raw[len(mark) :], encoding, source)
    if b"\0" in raw:
        even, odd = raw[::2].count(0), raw[1::2].count(0)
        if min(even, odd) > 0 or max(even, odd) < 0.4 * len(raw) / 2:
            raise ReaderError.at(
                source, "is binary and of no known kind; export the measurement as text"
            )
        return _strict(raw, "utf-16-be" if even else "utf-16-le", source)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def split_lines(text: str) -> list[str]:
    r"""Lines of a text; ``CR CR LF`` is one line end.

    The last item is "" where the text ends with a line end, so that a text
    that stops in the middle of a line can be told from a complete one.
    """
    return _LINE_END.split(text)


def read_lines(path: str | Path) -> list[str]:
    """Lines of a text file: `read_bytes`, `decode` and `split_lines` in one."""
    return split_lines(decode(read_bytes(path), Path(path).name))


def split_row(line: str, delimiter: str) -> list[str]:
    """Cells of a row without surrounding blanks and quotes.

    Empty cells at the end are dropped: many instruments close a row with a delimiter.
    """
    if len(line) > _LONGEST_ROW:  # not a table row, and more than csv takes in a cell
        return [line]
    if delimiter == " ":
        cells = _unquoted(line).split()
    else:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def loose_cells(line: str) -> list[str]:
    """Cells of a row of plain columns whose delimiter is not known, empty ones left out.

    Tabs and semicolons always separate; a comma does where it stands alone between two
    numbers with points or none; blanks otherwise.
    """
    for delimiter in ("\t", ";"):
        if delimiter in line:
            return [cell for cell in split_row(line, delimiter) if cell]
    if re.fullmatch(r"\s*[-+.\dEe]+\s*,\s*[-+.\dEe]+\s*", line):
        return split_row(line, ",")
    return [cell for cell in re.split(r",?\s+", line.strip()) if cell]


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether `parse_number` takes the cell."""
    return _NUMBER.fullmatch(_plain(cell, decimal)) is not None


def parse_number(cell: str, decimal: str = ".") -> float:
    """Finite number of a cell, strictly.

    Unlike `float` it takes a decimal comma (where `decimal` is ",") and a
    typographic minus, and it refuses "nan", "inf", underscores and thousands separators.

    Raises
    ------
    ValueError
        The cell is anything else than one finite number.
    """
    plain = _plain(cell, decimal)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{cell!r} is not a finite number")
    value = float(plain)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{cell!r} is too large for a number")
    return value


def decimal_mark(cells: list[str]) -> str:
    """Decimal mark, "." or ",", of cells that hold one number each.

    Raises
    ------
    ValueError
        Both occur: then one of them is a thousands separator and "1,000" has two readings.
    """
    comma = next((cell for cell in cells if "," in cell), None)
    point = next((cell for cell in cells if "." in cell), None)
    if comma is not None and point is not None:
        raise ValueError(
            f"numbers with a comma ({comma!r}) and with a point ({point!r}); "
            "expected one decimal mark: export without thousands separators"
        )
    return "." if comma is None else ","


def _plain(cell: str, decimal: str) -> str:
    plain = cell.strip().replace("\u2212", "-")
    if decimal == ",":
        plain = "not a number" if "." in plain else re.sub(r",(?=\d)", ".", plain)
    return plain


def _strict(raw: bytes, encoding: str, source: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReaderError.at(
            source,
            f"is marked as {encoding.upper()} but byte {error.start} does not fit; "
            "the file is cut off or damaged, export it again",
        ) from error


def _unquoted(line: str) -> str:
    line = line.strip()
    return line[1:-1] if len(line) > 1 and line[0] == line[-1] == '"' else line
