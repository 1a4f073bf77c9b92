"""Compare two sets of results and say what moved.

``python -m compendium.compare BEFORE AFTER`` compares two folders,
``--committed`` the working tree with the last commit. Exit code 1 means that a
number moved, or a row or a file is missing or new; figures whose bytes differ
are counted. Whether every byte is the same, ``git diff`` says.
"""

import argparse
import base64
import csv
import html
import io
import math
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from compendium.paths import files_below, repository_root
from nasicon.core import findings
from nasicon.core.atomic import write_atomically
from nasicon.core.report import page as whole_page
from nasicon.core.report import table_html

FOLDERS = ("results", "data/simulated")
KEYS = {findings.FILE_NAME: findings.KEY, "ledger.csv": ("row_type", "id")}
STDERR_FRACTION = 0.1
RELATIVE = 1.1e-5  # one unit of the sixth digit: a difference of 1e-14 can turn it over
PERCENT = 100 * RELATIVE  # absolute, for a deviation in percent, which may be near zero
SHOWN = 20
TABLES = {".csv"}
FIGURES = {".svg"}
PAIR = "display:grid;grid-template-columns:1fr 1fr;gap:1rem"


class CompareError(RuntimeError):
    """There is nothing to compare with."""


@dataclass
class Report:
    """What a comparison found."""

    agree: int = 0
    moved: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    figures_same: int = 0
    figures_differ: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """No number moved and nothing is missing or new."""
        return not (self.moved or self.missing or self.new)

    @property
    def groups(self) -> tuple[tuple[str, list[str]], ...]:
        """What moved, is missing or is new, by name."""
        return ("moved", self.moved), ("missing", self.missing), ("new", self.new)

    @property
    def summary(self) -> str:
        """The sum in one sentence."""
        figures = self.figures_same + len(self.figures_differ)
        return (
            f"{self.agree} numbers agree, {len(self.moved)} moved, {len(self.missing)} missing, "
            f"{len(self.new)} new; {self.figures_same} of {figures} SVG figures are the same bytes"
        )

    def lines(self, where: str) -> Iterator[str]:
        """Yield the report, short, its sum in the last line."""
        for name, items in (*self.groups, ("figure differs", self.figures_differ)):
            yield from (f"{name:15} {item}" for item in items[:SHOWN])
            if len(items) > SHOWN:
                yield f"{name:15} ... and {len(items) - SHOWN} more"
        yield f"{self.summary}; look at {where}"


def compare(
    before: Path, after: Path, folders: Iterable[str] = (".",), page: Path | None = None
) -> Report:
    """Compare every table and figure of two folders.

    Rows of ``findings.csv`` and ``ledger.csv`` are matched by their keys, those
    of other tables by their position. A number agrees within a tenth of its
    standard error (or of half its interval), else within one unit of its sixth digit; a
    text must be the same.

    Parameters
    ----------
    before, after : Path
        Two folders of the same layout.
    folders : iterable of str
        Folders, or files, to compare in each of them; by default everything.
    page : Path, optional
        Also write what moved, and the changed figures side by side, to this HTML file.

    Raises
    ------
    CompareError
        If one of them holds no table or figure at all.
    """
    report = Report()
    folders = tuple(folders)
    old, new = _compared(before, folders), _compared(after, folders)
    for folder, files in ((before, old), (after, new)):
        if not files:
            raise CompareError(f"{folder} holds no results to compare")
    report.missing += [f"file {name}" for name in sorted(old.keys() - new.keys())]
    report.new += [f"file {name}" for name in sorted(new.keys() - old.keys())]
    for name in sorted(old.keys() & new.keys()):
        if old[name].suffix not in FIGURES:
            _compare_tables(name, _rows(old[name]), _rows(new[name]), report)
        elif old[name].read_bytes() == new[name].read_bytes():
            report.figures_same += 1
        else:
            report.figures_differ.append(name)
    if page is not None:
        write_page(page, before, after, report)
    return report


def write_page(path: Path, before: Path, after: Path, report: Report) -> None:
    """Write what moved, and changed figures in pairs, as a page that needs nothing beside it."""
    parts = [f"<p>{html.escape(report.summary)}</p>"]
    for title, items in report.groups:
        if items:
            parts.append(f"<h2>{title} ({len(items)})</h2>")
            parts.append(table_html(pd.DataFrame({title: items})))
    for figure in report.figures_differ:
        name = html.escape(figure)
        parts.append(f'<h2>{name}</h2><div style="{PAIR}">')
        for side, folder in (("before", before), ("after", after)):
            data = base64.b64encode((folder / figure).read_bytes()).decode()
            image = f'<img alt="{name}, {side}" src="data:image/svg+xml;base64,{data}">'
            parts.append(f"<figure>{image}<figcaption>{side}</figcaption></figure>")
        parts.append("</div>")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, whole_page("Two runs compared", parts))


def _compared(top: Path, folders: tuple[str, ...]) -> dict[str, Path]:
    return {
        path.relative_to(top).as_posix(): path
        for folder in folders
        for path in files_below(top / folder)
        if path.suffix in TABLES | FIGURES
    }


def _rows(path: Path) -> dict[tuple[str, ...], dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    named = [dict(zip(header, row, strict=False)) for row in rows]
    key = KEYS.get(path.name)
    if key is None:
        return {(f"row {number}",): row for number, row in enumerate(named, start=1)}
    return {tuple(row[name] for name in key): row for row in named}


def _compare_tables(name: str, old: Mapping, new: Mapping, report: Report) -> None:
    report.missing += [f"{name}: {_label(key)}" for key in old if key not in new]
    report.new += [f"{name}: {_label(key)}" for key in new if key not in old]
    for key in (key for key in old if key in new):
        for column, value in old[key].items():
            now = new[key].get(column)
            if now is None or not _agrees(column, value, now, old[key]):
                report.moved.append(f"{name}: {_label(key)}: {column} {value!r} -> {now!r}")
            elif _number(value) is not None:
                report.agree += 1


def _label(key: tuple[str, ...]) -> str:
    return ", ".join(part for part in key if part)


def _agrees(column: str, old: str, new: str, row: Mapping[str, str]) -> bool:
    if old == new:
        return True
    before, after = _number(old), _number(new)
    if before is None or after is None:
        return False
    allowed = max(
        RELATIVE * abs(before),
        PERCENT if column.endswith("_percent") else 0.0,
        STDERR_FRACTION * (_number(row.get("stderr")) or 0.0),
        STDERR_FRACTION * _half_width(row),
    )
    return abs(after - before) <= allowed


def _half_width(row: Mapping[str, str]) -> float:
    low, high = _number(row.get("lo")), _number(row.get("hi"))
    return (high - low) / 2 if low is not None and high is not None else 0.0


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _compare_with_commit(without_git: Path | None, page: Path | None) -> Report:
    """The working tree with its last commit; without .git with a copy, where one is named.

    Raises
    ------
    CompareError
        There is neither, or the commit has no results.
    """
    root = repository_root()
    if (root / ".git").exists():
        with tempfile.TemporaryDirectory() as temporary:
            command = ["git", "-C", str(root), "archive", "--format=zip", "HEAD"]
            archive = subprocess.run(command, capture_output=True, check=False)
            if archive.returncode:
                raise CompareError(f"git has no commit to compare with: {archive.stderr.decode()}")
            zipfile.ZipFile(io.BytesIO(archive.stdout)).extractall(temporary)
            return compare(Path(temporary), root, FOLDERS, page)
    if without_git is None:
        raise CompareError(
            f"{root} has no .git, so there is no commit to compare with; "
            "compare two folders, or work in a clone"
        )
    return compare(without_git, root, FOLDERS, page)


def main(arguments: Iterable[str] | None = None) -> int:
    """Compare, print the report, return 1 where something moved."""
    parser = argparse.ArgumentParser(prog="compendium.compare", description=__doc__)
    parser.add_argument("before", nargs="?", type=Path)
    parser.add_argument("after", nargs="?", type=Path)
    parser.add_argument("--committed", action="store_true", help="working tree and last commit")
    parser.add_argument(
        "--without-git", type=Path, metavar="COPY", help="compare with this where there is no .git"
    )
    parser.add_argument(
        "--html", type=Path, metavar="PAGE", help="also write a page with changed figures in pairs"
    )
    options = parser.parse_args(arguments)
    try:
        if options.committed:
            report = _compare_with_commit(options.without_git, options.html)
            where = "results/ledger.csv and results/<notebook>/notebook.ipynb"
        elif options.before is None or options.after is None:
            raise CompareError("give two folders, or --committed")
        else:
            report = compare(options.before, options.after, page=options.html)
            where = str(options.after)
    except CompareError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in report.lines(where):
        sys.stdout.write(line + "\n")
    return 0 if report.same else 1


if __name__ == "__main__":
    sys.exit(main())
