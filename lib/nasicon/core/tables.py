"""Tables of numbers in text: where they begin and end, their dialect, and their numbers.

A table is found by the names of its columns (`named_table`) or, where a format has none that
matter, by its numbers (`numeric_tables`). Whatever stands above, whichever mark the decimals
have, and however the cells are set apart, its numbers come out the same; a row of another
length or a cell that is no number is an error with its line, never a guess.

Large tables go through the C parser of pandas. It sees only whole blocks of rows, and what it
gives counts only where it found one row a line and a finite number in each wanted cell; else
the rows are read here, one by one, for the sake of the message.
"""

from __future__ import annotations

import io
import itertools
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.columns import is_unit, plain_name
from nasicon.core.text import (
    COMMENT_MARKS,
    DELIMITERS,
    LARGEST_NUMBER,
    NUMBER,
    ReaderError,
    decimal_mark,
    decode,
    is_number,
    parse_number,
    split_lines,
    split_row,
)

_LONGEST_HEADER = 20_000  # characters
_HEADER_SEARCH = 1000  # a header lies within so many lines
_TOP = 200_000  # characters that are split first
_FAST = 200  # rows from which the C parser is worth its start
_UNEVEN = 20  # times the mean: a row of a table is not longer
_SAMPLE = 12  # rows that decide a dialect
_TITLE = 10  # lines from a title made of column words to the names of the columns
_THOUSANDS = re.compile(r"[0-9]{1,3}|[1-9][0-9]{0,2}[.,][0-9]{3}")
_JUMP = 100.0  # of neighbours that differ less than tenfold once the thousands are mended
_STARTS = re.compile(r'\s*"?[-+\u2212]?[.,]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?"?(?:\s|[;,]|$)')
_REMARK = re.compile(rf"\s*(?:[{''.join(COMMENT_MARKS)}]|//|;\s*[^\W\d])")
_NO_VALUE = re.compile(r"[-+]?(nan|inf|n/?a|null|none|-*)", re.IGNORECASE)
NOT_MEASURED = re.compile(
    r"^(no|nr|n|#|index|points?)\.?$|back|bkg|\bbgd?\b|baseline|fit|envelope|calc|resid|err", re.I
)
_MEASURED = re.compile(r"count|cts|cps|intens|signal|electrons|obs", re.IGNORECASE)
_REFUSED = "column {name!r}: {cell!r} is not a finite number; correct or remove the row"


class Lines:
    """Lines of a text, decoded and split only as far as they are asked for."""

    def __init__(self, text: str | bytes | list[str]) -> None:
        self._raw = text if isinstance(text, bytes) else b""
        if isinstance(text, list):
            self.all = self._top = text
        elif isinstance(text, str):
            self.text = "\n".join(split_lines(text)) if "\r" in text else text

    @classmethod
    def read(cls, raw: bytes) -> Lines:
        """Lines of a file; plain ASCII stays as it is, because a large copy costs more than it."""
        plain = raw.isascii() and b"\0" not in raw and not raw.startswith((b"PK", b"%PDF"))
        windows = b"\r" in raw and raw.count(b"\r") != raw.count(b"\r\n")
        return cls(raw if plain and not windows else decode(raw))

    @cached_property
    def text(self) -> str:
        """All of it, with one kind of line end."""
        if "all" in vars(self):
            return "\n".join(self.all)
        return self._raw.decode("ascii").replace("\r\n", "\n")

    @cached_property
    def all(self) -> list[str]:
        """Every line; the last is "" where the text ends with a line end."""
        return self.text.split("\n")

    @cached_property
    def _top(self) -> list[str]:
        """Whole lines at the beginning."""
        if len(self._raw or self.text) <= _TOP:
            return self.all
        top = self._raw[:_TOP].decode("ascii") if self._raw else self.text[:_TOP]
        return top.replace("\r\n", "\n").split("\n")[:-1]

    def head(self, count: int = _HEADER_SEARCH, start: int = 0) -> list[str]:
        """Some lines from ``start`` on, the whole text being split only where it must."""
        known = self._top if start + count <= len(self._top) else self.all
        return known[start : start + count]

    def stream(self, first: int, stop: int | None) -> tuple[io.BytesIO, int, float]:
        """Bytes from line ``first`` (0-based) to ``stop``, their lines, longest over mean line."""
        raw, start = self._raw, 0
        if stop is not None or not raw:
            raw = "\n".join(self.all[first:stop]).encode() if first or stop else self.text.encode()
            first = 0
        for _ in range(first):
            start = raw.find(b"\n", start) + 1
        end = len(raw)
        while end > start and raw[end - 1 : end].isspace():
            end -= 1
        stream = io.BytesIO(raw)
        stream.seek(start)
        content = np.frombuffer(raw, np.uint8, end - start, start)
        ends = np.flatnonzero(content == ord("\n"))
        lengths = np.diff(ends, prepend=-1, append=content.size)
        return stream, lengths.size, float(lengths.max() / lengths.mean())


@dataclass
class Table:
    """A table in a text; numbers and cells are read when they are asked for.

    Attributes
    ----------
    names, units : list of str
        As the header and a row of units below it have them (found by its numbers: in English,
        with their units); empty where there is none.
    header_line : int
        Line of the header (1-based), 0 where there is none.
    above : list of str
        Lines above the first row, from the end of a table before it.
    width : int
        Cells of a row.
    """

    lines: Lines
    names: list[str]
    units: list[str]
    header_line: int
    first: int
    stop: int | None
    delimiter: str
    width: int
    start: int = 0
    ragged: bool = False
    wanted: list[int] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def above(self) -> list[str]:  # noqa: D102  (an attribute, see above)
        return self.lines.head(self.first - self.start, self.start)

    @property
    def head(self) -> str:
        """Beginning of what stands above, for a search."""
        return "\n".join(line[:_LONGEST_HEADER] for line in self.above[:_HEADER_SEARCH])

    @cached_property
    def numbered(self) -> list[tuple[int, str]]:
        """Line numbers and texts of the rows, without blanks, remarks and what follows them."""
        stop = len(self.lines.all) if self.stop is None else self.stop
        rows = [
            (index + 1, line)
            for index, line in enumerate(self.lines.all[self.first : stop], start=self.first)
            if line.strip() and not is_comment(line)
        ]
        if rows and _STARTS.match(rows[0][1]):
            last = len(rows)
            while last > 1 and self._is_trailer(rows[last - 1][1]):
                last -= 1
            if last < len(rows):
                self.notes.append(
                    f"{len(rows) - last} lines below the numbers were left out, from line "
                    f"{rows[last][0]} ({rows[last][1].strip()[:60]!r})"
                )
            del rows[last:]
        if self.ragged and len(rows) > 1 and self.stop is None:
            last, before = (len(split_row(line, self.delimiter)) for _, line in rows[:-3:-1])
            needed = max(self.wanted or range(self.width))
            if last < before and last <= needed:  # copied while the test ran
                self.notes.append(f"the file breaks off in line {rows[-1][0]}, which was left out")
                del rows[-1]
        return rows

    @cached_property
    def rows(self) -> list[list[str]]:
        """Cells of every row, each of `width` cells.

        Raises
        ------
        ReaderError
            A row has more cells than the others, or fewer where that is not said to happen.
        """
        table = [split_row(line, self.delimiter) for _, line in self.numbered]
        for (line, _), cells in zip(self.numbered, table, strict=True):
            if len(cells) > self.width or (len(cells) < self.width and not self.ragged):
                raise ReaderError(
                    f"{len(cells)} cells where the table has {self.width} columns; "
                    "the row is cut off or damaged: export again, or remove the row",
                    line,
                )
            cells += [""] * (self.width - len(cells))
        return table

    @cached_property
    def line(self) -> NDArray[np.int64]:
        """Line of each row (1-based), shape (n,)."""
        if self._fast is not None:
            return np.arange(self.first + 1, self.first + 1 + len(self._fast))
        return np.array([line for line, _ in self.numbered], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.line)

    def pair(self, axis: str) -> tuple[int, int]:
        """Positions of an axis, a pattern of whose names is given, and of what was measured.

        Counters of points, backgrounds and fits are neither; without names the first two.
        """
        names = [*self.names, *[""] * self.width][: self.width]
        x = next((i for i, name in enumerate(names) if re.search(axis, name, re.IGNORECASE)), 0)
        others = [i for i in range(self.width) if i != x and not NOT_MEASURED.search(names[i])]
        likely = [i for i in others if _MEASURED.search(names[i])] + [i for i in others if i > x]
        return x, (likely or others or [x + 1])[0]

    def texts(self, column: int) -> list[str]:
        """Cells of a column as they stand."""
        if self._fast is not None and self._fast[column].dtype.kind not in "iuf":
            return [cell.strip() for cell in self._fast[column].tolist()]
        return [cells[column] for cells in self.rows]

    def numbers(
        self, columns: Sequence[int], refused: str = _REFUSED, missing: str | None = None
    ) -> NDArray[np.float64]:
        """Numbers of some columns, shape (n, columns).

        Parameters
        ----------
        columns
            Their positions.
        refused
            Message for a cell that is no number, with ``name``, ``cell`` and ``found``.
        missing
            Word that stands for a number that is not there; it becomes nan.

        Raises
        ------
        ReaderError
            A cell is not a finite number, or decimal commas and points occur side by side.
        """
        if self._fast is not None:
            found = [self._fast[column] for column in columns]
            if all(values.dtype.kind in "iuf" for values in found):
                block = np.array([values.to_numpy(float) for values in found]).T
                if (np.abs(block) < LARGEST_NUMBER).all():
                    self._refuse_thousands(block, columns)
                    return block
        rows = self.rows
        if (block := _plain_numbers([row[k] for row in rows for k in columns])) is not None:
            block = block.reshape(len(rows), len(columns))
            self._refuse_thousands(block, columns)
            return block
        try:
            cells = (row[column] for row in rows for column in columns)
            mark = decimal_mark([cell for cell in cells if is_numeric(cell)])
        except ValueError as error:
            raise ReaderError(str(error)) from None
        values = np.empty((len(rows), len(columns)))
        for i, row in enumerate(rows):
            for k, column in enumerate(columns):
                cell = row[column]
                if cell.lower() == missing:
                    values[i, k] = np.nan
                    continue
                try:
                    values[i, k] = parse_number(cell, mark)
                except ValueError:
                    name = self.names[column] if column < len(self.names) else f"{column + 1}"
                    message = refused.format(
                        name=name, cell=cell, found=repr(cell) if cell else "nothing"
                    )
                    raise ReaderError(message, int(self.numbered[i][0])) from None
        return values

    def _refuse_thousands(self, block: NDArray, columns: Sequence[int]) -> None:
        """Refuse a column that jumps from 991 to 1.041 and back: its mark parts thousands."""
        for values, column in zip(block.T, columns, strict=True):
            least = values[values % 1 > 0].min(initial=1000)
            if not (len(values) and values.min() >= 0 and 1 < least <= values.max() < 1000):
                continue
            jump = np.abs(np.diff(np.log(values + 0.1))) > np.log(_JUMP)
            if not jump.any() or not all(map(_THOUSANDS.fullmatch, cells := self.texts(column))):
                continue
            turns = np.flatnonzero(np.diff([len(cell) > 4 for cell in cells]))
            if len(turns) and jump[turns].mean() > 0.5:
                pair = " beside ".join(cells[turns[0] :][:2])
                told = f"{pair}: a mark for thousands? export without thousands separators"
                raise ReaderError(told, int(self.line[turns[0]]))

    def _is_trailer(self, line: str) -> bool:
        cells = split_row(line, self.delimiter)
        return (
            not _STARTS.match(line)
            and (len(cells) != self.width or not any(map(_NO_VALUE.fullmatch, cells)))
            and not any(map(is_numeric, cells[:2]))
        )

    @cached_property
    def _fast(self) -> pd.DataFrame | None:
        """Wanted columns through the C parser; None where it does not see one row a line."""
        first = self.lines.head(1, self.first)[0]
        stream, count, unevenness = self.lines.stream(self.first, self.stop)
        if count < _FAST or len(split_row(first, self.delimiter)) != self.width:
            return None
        if unevenness > _UNEVEN:
            return None  # pandas would fill every row below an endless one to its length
        wanted = self.wanted or range(self.width)
        cells = split_row(first, self.delimiter)
        comma = any("," in cells[i] and is_number(cells[i], ",") for i in wanted)
        # a row may close with a delimiter; a column of nothing then follows
        fields = self.width + (self.delimiter != " " and first.rstrip(" ").endswith(self.delimiter))
        sample = {"sep": r"\s+"} if self.delimiter == " " else {"sep": self.delimiter}
        try:
            with warnings.catch_warnings(action="error"):
                frame = pd.read_csv(
                    stream,
                    header=None,
                    names=range(fields),
                    index_col=False,
                    decimal="," if comma else ".",
                    na_filter=False,
                    **sample,
                )
        except (ValueError, TypeError, OverflowError, Warning):
            return None
        if frame[0].dtype.kind not in "iuf" and any(map(is_comment, frame[0].astype(str))):
            return None
        last = frame[self.width - 1]
        short = last.dtype.kind not in "iufb" and (
            last.iloc[-1] == "" if self.ragged else (last == "").any()
        )
        over = fields > self.width and (frame[self.width].astype(str) != "").any()
        return None if len(frame) != count or short or over else frame


def _plain_numbers(cells: list[str]) -> NDArray[np.float64] | None:
    """Numbers of cells that all are finite and have one decimal mark; None where they are not."""
    joined = "\n".join(cells)
    if "," in joined:
        if "." in joined:
            return None
        cells = re.sub(r",(?=[0-9])", ".", joined).split("\n")
    if not all(map(NUMBER.fullmatch, cells)):
        return None
    values = np.array(cells, dtype=float)
    return values if (np.abs(values) < LARGEST_NUMBER).all() else None


def _is_value(cell: str) -> bool:
    """Whether a cell above a table is (or waits for) the value of a setting, not a name."""
    return is_numeric(cell) or cell.endswith((":", "="))


def _begins_a_row(line: str) -> bool:
    """Whether a line begins with a number and is no count that stands alone."""
    return _STARTS.match(line) is not None and not line.strip().isdecimal()


def _is_setting(row: str, width: int) -> bool:
    """Whether a row below the names is none: a count of points, or ``KEY=value``."""
    return "=" in row.replace(">=", "") or (width > 1 and row.strip().isdecimal())


def is_comment(line: str) -> bool:
    """Whether a line is a remark, not a row."""
    return _REMARK.match(line) is not None


def header_splits(header: str) -> list[list[str]]:
    """Names of a header, split in every way that occurs.

    Tab, semicolon and comma come first (tabs that are repeated separate once, too), then two
    or more blanks, then single blanks (those before a bracket or round a slash belong to a
    name).
    """
    if len(header) > _LONGEST_HEADER:
        return []
    text = header.strip(" ").lstrip("".join(COMMENT_MARKS))
    quoted = text.strip()
    if quoted.count('"') == 2 and quoted[0] == quoted[-1] == '"':
        quoted = quoted[1:-1].strip()
    tight = re.sub(r"\s+([\[(/]?)", lambda blank: blank[1] or " ", quoted).replace("/ ", "/")
    splits = [split_row(text, delimiter) for delimiter in DELIMITERS[:3]]
    splits.insert(1, [name for name in splits[0] if name])
    splits += [re.split(r"\s{2,}", quoted), tight.split()]
    return [names for i, names in enumerate(splits) if names and names not in splits[:i]]


def named_table(
    lines: Lines,
    head: int,
    fits: Callable[[list[str], list[str], list[str]], bool],
    *,
    header: str | None = None,
    first: int | None = None,
    stop: int | None = None,
    ragged: bool = False,
    spare: bool = False,
) -> Table | None:
    """The table below a header of known names; None where no row follows.

    Parameters
    ----------
    lines
        All lines of the file.
    head
        Index of the header's line.
    fits
        Whether names, units and the cells of the first row go together.
    header, first, stop
        Text of the header, index of the first line below and of the first line that is no
        longer the table's, where they are not what ``head`` says.
    ragged
        Rows may end early.
    spare
        The header may end with names that have no cells.

    Raises
    ------
    ReaderError
        No way to split header and first row gives both the same length, or no header is as long.
    """
    header = lines.head(1, head)[0] if header is None else header
    first = head + 1 if first is None else first
    count = _HEADER_SEARCH if stop is None else stop - first
    below = enumerate(lines.head(count, first), start=first)
    numbered = ((i, line) for i, line in below if line.strip() and not is_comment(line))
    rows = list(itertools.islice(numbered, _SAMPLE))
    if not rows:
        return None
    splits = header_splits(header)
    splits = [names for names in splits if len(names) > 1] or splits
    if not splits:
        raise ReaderError(
            f"{len(header)} characters of column names, at most {_LONGEST_HEADER} are read; "
            "the file is damaged, export it again",
            head + 1,
        )
    found: list[tuple[bool, int, int, int, Table]] = []
    for names in splits:
        for delimiter in DELIMITERS:
            units = split_row(rows[0][1], delimiter)
            skip = int(not any(map(is_numeric, units)) and any(map(is_unit, units)))
            units = units * skip
            while skip < len(rows) and _is_setting(rows[skip][1], len(names)):
                skip += 1
            if len(rows) <= skip:
                continue
            place, text = rows[skip]
            cells = split_row(text, delimiter)
            count = len(cells)
            early = (ragged or spare) and count < len(names) and delimiter in text
            if delimiter != " ":  # a name with blanks in it is not two
                early &= len(names) <= header.count(delimiter) + 1
            if count != len(names) and not early:
                continue
            width = count if spare and count > 2 else len(names)
            table = Table(lines, names[:width], units, head + 1, place, stop, delimiter, width)
            table.ragged = ragged
            if width < len(names):
                left = ", ".join(names[width:])
                table.notes.append(f"names at the end of the header that no row has: {left}")
            rank = (-count, -header.count(delimiter)) if early else (0, 0)
            texts = sum(not is_numeric(cell) for cell in cells)  # "0 1,5 2,5": blanks, no commas
            found.append((early, *rank, texts, table))
    found.sort(key=lambda item: item[:-1])
    for *_, table in found:
        cells = split_row(lines.head(1, table.first)[0], table.delimiter)
        if fits(table.names, table.units, cells + [""] * (table.width - len(cells))):
            return table
    for shorter, *_, table in found:
        if ragged or not shorter:
            return table
    line, text = rows[0]
    count = max(len(split_row(text, delimiter)) for delimiter in DELIMITERS)
    names = next((names for names in splits if fits(names, [], [])), splits[0])
    raise ReaderError(
        f"{count} cells for the {len(names)} column names of line {head + 1}; "
        "the file is cut off or edited, export it again",
        line + 1,
    )


def find_header(lines: Lines, is_header: Callable[[list[str]], bool], start: int = 0) -> int | None:
    """Index of the first line that, split in some way, is a header; None without one.

    Of several such lines above the first row the last counts: a title may be made of its words.
    """
    found = None
    for index, line in enumerate(lines.head(start=start), start=start):
        if found is not None and (index > found + _TITLE or _begins_a_row(line)):
            break
        if line.strip() and any(is_header(names) for names in header_splits(line)):
            found = index
    return found


def numeric_tables(lines: Lines) -> list[Table]:
    """Tables found by their numbers: runs of lines that begin with one, set apart by text.

    Lines at the head of a run that do not go with the others (a count of points, a title that
    begins with a number) belong to what stands above.

    Raises
    ------
    ReaderError
        The first row holds a word for a missing number.
    """
    runs: list[list[int]] = []
    joined = False
    for index, line in enumerate(lines.all):
        if _STARTS.match(line):
            if not joined:
                runs.append([])
            runs[-1].append(index)
            joined = True
        elif line.strip():
            joined = False
    tables, end = [], 0
    for run in runs:
        delimiter, width = _dialect([lines.all[i] for i in run])
        head = 0
        while head < len(run) - 1 and not _fits(lines.all[run[head]], delimiter, width):
            cells = split_row(lines.all[run[head]], delimiter)
            odd = [cell for cell in cells if not is_numeric(cell)]
            if len(cells) == width and len(odd) < width and all(map(_NO_VALUE.fullmatch, odd)):
                raise ReaderError(
                    f"{odd[0]!r} is not a finite number; correct or remove the row", run[head] + 1
                )
            head += 1
        first = run[head]
        above = (i for i in range(first - 1, end - 1, -1) if lines.all[i].strip())
        place = next((i for i in above if not lines.all[i].strip().isdecimal()), -1)
        names = _names_in(lines, place, width)
        if len(names) > 1 and is_unit(names[0]) and (above := _names_in(lines, place - 1, width)):
            names = [f"{name} ({unit})" for name, unit in zip(above, names, strict=True)]
        place, start = place + 1 if names else 0, end
        end = run[-1] + 1
        tables.append(Table(lines, names, [], place, first, end, delimiter, width, start))
    return tables


def _names_in(lines: Lines, place: int, width: int) -> list[str]:
    """Names, in English, that a line holds for a table of this width; none where it holds none."""
    splits = header_splits(lines.all[place]) if place >= 0 else []
    names = next((n for n in splits if len(n) == width and not any(map(_is_value, n))), [])
    return [*map(plain_name, names)]


def numeric_table(lines: Lines, wanted: str = "columns of numbers", fewest: int = 1) -> Table:
    """The one table of a file, found by its numbers; remarks may stand between its rows.

    Raises
    ------
    ReaderError
        There is no row of numbers, or text that is no remark stands between the rows.
    """
    tables = [table for table in numeric_tables(lines) if table.width >= fewest]
    if not tables:
        raise ReaderError(f"has no {wanted}")
    size = [table.stop - table.first for table in tables]
    main = int(np.argmax(size))
    table = tables[main]
    if main:  # shorter runs above are settings; of equal length they would be data
        before = tables[main - 1]
        between = _text_between(lines, before.stop, table.first)
        if before.width == table.width and between is not None and size[main - 1] > 2:
            _refuse(lines, between)
        if before.width == table.width and between is None:
            first = next(t for t in tables if t.width == table.width)
            table.first, table.header_line, table.names = (
                first.first,
                first.header_line,
                first.names,
            )
        table.start = 0
    for after in tables[main + 1 :]:
        if after.width == table.width:
            between = _text_between(lines, table.stop, after.first)
            if between is not None:
                _refuse(lines, between)
            table.stop = after.stop
    left = [i for i in range(table.stop, len(lines.all)) if lines.all[i].strip()]
    left = [i for i in left if not is_comment(lines.all[i])]
    if left:
        table.notes.append(
            f"{len(left)} lines below the numbers were left out, from line {left[0] + 1} "
            f"({lines.all[left[0]].strip()[:60]!r})"
        )
    return table


def _text_between(lines: Lines, start: int, stop: int) -> int | None:
    """Index of the first line of text that is no remark."""
    between = range(start, stop)
    return next((i for i in between if lines.all[i].strip() and not is_comment(lines.all[i])), None)


def _refuse(lines: Lines, index: int) -> None:
    raise ReaderError(f"{lines.all[index][:60]!r} is no data row; remove it", index + 1)


def _dialect(rows: list[str]) -> tuple[str, int]:
    """Delimiter and number of cells that most of a sample of rows have."""
    step = max(1, len(rows) // _SAMPLE)
    sample = rows[len(rows) % step :: step] if len(rows) > _SAMPLE else rows
    best, votes = (" ", 1), 0
    for delimiter in DELIMITERS:
        widths = [len(split_row(row, delimiter)) for row in sample if _fits(row, delimiter)]
        for width in set(widths) - {1}:
            if widths.count(width) > votes:
                best, votes = (delimiter, width), widths.count(width)
    return best


def _fits(row: str, delimiter: str, width: int | None = None) -> bool:
    """Whether the first cells of a row (at most two) are numbers, and it has ``width`` cells."""
    cells = split_row(row, delimiter)
    return all(map(is_numeric, cells[:2])) and width in (None, len(cells))


def is_numeric(cell: str) -> bool:
    """Whether a cell is a finite number, with a decimal point or comma."""
    return is_number(cell) or is_number(cell, ",")
