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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from nasicon.core.errors import ReaderError
from nasicon.core.languages import code_page

T = TypeVar("T")
DELIMITERS = ("\t", ";", ",", " ")  # " " stands for any run of blanks
COMMENT_MARKS = ("#", "%", "!", "~", "*")

# no two ways to match one text, so that a long run of digits takes one pass
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f]")  # what no instrument text holds
_CHINESE = re.compile(rb"[\xb0-\xf7][\xa1-\xfe](?:[\xa1-\xf7][\xa1-\xfe])+")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the next
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Files that people try first, by their first bytes: what they are and what to do instead.
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as text (CSV)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "save the sheet as text (CSV)"),
    (b"\x1f\x8b", "a packed file (gzip)", "unpack it"),
    (b"7z\xbc\xaf", "a packed file (7-Zip)", "unpack it"),
    (b"Rar!", "a packed file (RAR)", "unpack it"),
    (b"%PDF", "a PDF document", "export the data of the instrument as text"),
)
_LONGEST_ROW = 100_000
LARGEST_FILE = 500_000_000  # bytes that are read into memory; maps are opened, not read
LARGEST_NUMBER = 1e30  # makers write 9.9E37 and the like for a reading that failed


@contextmanager
def in_file(source: str) -> Iterator[None]:
    """Add the file's name to a `ReaderError` raised inside that has none."""
    try:
        yield
    except ReaderError as error:
        error.source = error.source or source
        raise


def names_its_file(read: Callable[..., T]) -> Callable[..., T]:
    """Let a reader of a path, or of several, name the file in its errors; one comes as `Path`."""

    @wraps(read)
    def named(path: str | Path | Sequence[str | Path], *args: object, **options: object) -> T:
        given = Path(path) if isinstance(path, str | Path) else path
        with in_file(given.name if isinstance(given, Path) else f"{len(given)} files"):
            return read(given, *args, **options)

    return named


@contextmanager
def foreign_parser(
    what: str, remedy: str = "export it from the instrument again"
) -> Iterator[None]:
    """Turn whatever another library's parser raises on a damaged file into a `ReaderError`.

    Parsers of binary formats fail in as many ways as files can be damaged, so every
    exception of theirs means the same: this is not a whole file of that format. ``what``
    says so behind the file's name, ``remedy`` what to do.
    """
    try:
        yield
    except ReaderError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ReaderError(f"{what} ({reason}); {remedy}") from error


def optional_package(name: str, extra: str, what: str, instead: str) -> ModuleType:
    """Import a module that only one kind of file needs.

    Raises
    ------
    ReaderError
        It is not installed: says which extra brings it, and what to do ``instead``.
    """
    package = name.split(".")[0]
    try:
        import_module(package)
        return import_module(name)
    except ImportError:
        raise ReaderError(
            f"{what} needs the optional package {package}: pip install 'nasicon[{extra}]' "
            f"(or {instead})"
        ) from None


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
    if raw.isspace():
        raise ReaderError.at(path.name, "is empty; export the measurement again")
    return raw


def decode(raw: bytes, source: str = "") -> str:
    """Text of a file from its bytes, without byte-order marks and stray zero bytes.

    A byte-order mark decides; without one UTF-16 shows by its zero bytes, then UTF-8 is tried.
    What is not UTF-8 is the code page that makes known words of it, GB18030 where Chinese
    characters stand side by side, else Windows-1252.
    Bytes that this page does not define become the replacement character: they occur in
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
            raw = raw[len(mark) :] if encoding != "utf-8" else raw.replace(b"\0", b"")
            return _strict(raw, encoding, source).replace("\ufeff", "")
    if b"\0" in raw:
        even, odd = raw[::2].count(0), raw[1::2].count(0)
        if raw.count(0) <= len(raw) / 100 and not _CONTROL.search(raw):
            raw = raw.replace(b"\0", b"")
        elif min(even, odd) > 0 or max(even, odd) < 0.4 * len(raw) / 2:
            raise ReaderError.at(
                source, "is binary and of no known kind; export the measurement as text"
            )
        else:
            return _strict(raw, "utf-16-be" if even else "utf-16-le", source)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = _legacy(raw)
    return text if text.isascii() else text.replace("\ufeff", "")


def _legacy(raw: bytes) -> str:
    """Text of a code page: in Windows-1252 letters with accents hardly stand side by side."""
    if page := code_page(raw[:_LONGEST_ROW]) or "gb18030" * bool(_CHINESE.search(raw)):
        with suppress(UnicodeDecodeError):
            return raw.decode(page)
    return raw.decode("cp1252", errors="replace")


def split_lines(text: str) -> list[str]:
    r"""Lines of a text; ``CR CR LF`` is one line end.

    The last item is "" where the text ends with a line end, so that a text
    that stops in the middle of a line can be told from a complete one.
    """
    if "\r" not in (text := text.replace("\r\n", "\n")):
        return text.split("\n")
    *whole, last = text.split("\n")
    lines = [line for part in whole for line in part.rstrip("\r").split("\r")]
    return lines + last.split("\r")


def split_row(line: str, delimiter: str) -> list[str]:
    """Cells of a row without surrounding blanks and quotes.

    Empty cells at the end are dropped: many instruments close a row with a delimiter.
    """
    if len(line) > _LONGEST_ROW:  # not a table row, and more than csv takes in a cell
        return [line]
    if delimiter == " ":
        cells = _unquoted(line).split()
    else:
        cells = line.split(delimiter)
        if '"' in line:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether `parse_number` takes the cell."""
    return NUMBER.fullmatch(_plain(cell, decimal)) is not None


def parse_number(cell: str, decimal: str = ".") -> float:
    """Finite number of a cell, strictly.

    Unlike `float` it takes a decimal comma (where `decimal` is ",") and a
    typographic minus, and it refuses "nan", "inf", underscores and thousands separators.

    Raises
    ------
    ReaderError
        The cell is anything else than one finite number.
    """
    plain = _plain(cell, decimal)
    if not NUMBER.fullmatch(plain):
        raise ReaderError(f"{cell!r} is not a finite number")
    value = float(plain)
    if abs(value) >= LARGEST_NUMBER:
        raise ReaderError(f"{cell!r} is too large for a number: no reading")
    return value


def half_digit(cell: str) -> float:
    """Half of the last digit as written: ``0.6636`` -> 0.00005, ``27`` -> 0.5."""
    mantissa, _, exponent = cell.strip().lower().replace(",", ".").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


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
