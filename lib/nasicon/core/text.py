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
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DELIMITERS = ("\t", ";", ",", " ")  # " " stands for any run of blanks
COMMENT_MARKS = ("#", "%", "!")

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
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
LARGEST_FILE = 500_000_000  # bytes that are read into memory; maps are opened, not read
LONGEST_QUOTE = 200  # characters of what was found, in a message
_LONG_WORD = re.compile(rf"'[^']{{{LONGEST_QUOTE},}}'|\S{{{LONGEST_QUOTE},}}")


class ReaderError(ValueError):
    """A file that cannot be read; says where, what was found, and what to do.

    What was found is shortened to `LONGEST_QUOTE` characters: a damaged line may hold megabytes.
    """

    def __init__(self, message: str) -> None:
        short = _LONG_WORD.sub(lambda found: found[0][: LONGEST_QUOTE - 3] + "...", message)
        if len(short) > 6 * LONGEST_QUOTE:  # the remedy stands at the end
            short = f"{short[: 3 * LONGEST_QUOTE]} ... {short[-2 * LONGEST_QUOTE :]}"
        super().__init__(short)

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


def check_file(path: str | Path, largest: float = LARGEST_FILE) -> Path:
    """Path of a regular file that is not empty and not larger than ``largest`` bytes.

    Nothing is opened: a pipe or a device would wait for ever, a sparse file fill the memory.

    Raises
    ------
    ReaderError
        Nothing is there, or it is no such file.
    """
    path = Path(path)
    try:
        found = path.stat()
    except FileNotFoundError:
        raise ReaderError.at(
            str(path), f"no such file (looked in {Path.cwd()}); check the path"
        ) from None
    except (OSError, ValueError) as error:
        raise ReaderError.at(str(path), f"cannot be opened: {error}; check the path") from error
    if stat.S_ISDIR(found.st_mode):
        raise ReaderError.at(str(path), "is a directory; give the path of one instrument file")
    if not stat.S_ISREG(found.st_mode):
        raise ReaderError.at(
            str(path), "is a pipe, a socket or a device; save its content to a file and give that"
        )
    if found.st_size > largest:
        raise ReaderError.at(
            path.name,
            f"has {found.st_size} bytes, more than the {largest:.0f} that are read at once; "
            "export one measurement a file",
        )
    if not found.st_size:
        raise ReaderError.at(path.name, "is empty; export the measurement again")
    return path


def read_bytes(path: str | Path, largest: float = LARGEST_FILE) -> bytes:
    """Content of a file, as bytes.

    Raises
    ------
    ReaderError
        As `check_file` does, or it cannot be opened, or it holds nothing but blanks.
    """
    path = check_file(path, largest)
    try:
        raw = path.read_bytes()
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
    *whole, last = text.split("\n")
    lines = [line for part in whole for line in part.rstrip("\r").split("\r")]
    return lines + last.split("\r")


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
