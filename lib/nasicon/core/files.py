"""What several files are called, and what stands above a table: for reports, not for readers."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from nasicon.core.text import ReaderError, decode, split_lines

HEAD_BYTES, HEAD_LINES = 60_000, 300
ROW_BEGIN = 200  # characters that tell a row: a line of digits would take for ever
_ROW = re.compile(r"[\s;,]*[-+]?\d+[.,]?\d*(?:[eE][-+]?\d+)?[\s;,]+[-+]?[\d.,]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]+")


def labels(files: Sequence[Path]) -> list[str]:
    """One label a file: its stem where that is the only one, else as much as tells them apart.

    Signals and spectra of NMR are all called alike: their experiment's folder names them.

    First the ending is added, then folders from the nearest on. A spreadsheet must not take a
    label for a formula, so what begins with ``= + - @`` is set behind an apostrophe.

    Examples
    --------
    >>> labels([Path("a/pellet.csv"), Path("b/pellet.csv"), Path("c.csv")])
    ['a/pellet', 'b/pellet', 'c']
    >>> labels([Path("scan.xy"), Path("scan.xrdml")])
    ['scan.xy', 'scan.xrdml']
    >>> labels([Path("glass/pdata/1/1r"), Path("crystal/fid")])
    ['glass', 'crystal']
    """
    files = [Path(file).absolute() for file in files]
    levels = [[_stem(file) for file in files], [file.name for file in files]]
    most = max((len(file.parts) for file in files), default=0)
    for depth in range(1, most):
        above = ["/".join(file.parts[-1 - depth : -1]).lstrip("/") for file in files]
        for end in ("stem", "name"):
            levels.append(
                [f"{a}/{getattr(file, end)}" for a, file in zip(above, files, strict=True)]
            )
    chosen: dict[int, str] = {}
    for names in levels:
        seen = Counter(names)
        for i, name in enumerate(names):
            if i not in chosen and seen[name] == 1 and name not in chosen.values():
                chosen[i] = name
    return [_plain(chosen.get(i, f"{file.name} ({i + 1})")) for i, file in enumerate(files)]


def _stem(file: Path) -> str:
    if file.name not in ("1r", "fid"):
        return file.stem
    folder = file.parents[2] if file.parent.parent.name == "pdata" else file.parent
    return folder.name.removesuffix(".fid")


def _plain(name: str) -> str:
    name = _UNSEEN.sub(" ", name)
    return f"'{name}" if name[:1] in "=+-@" else name


def parts(label: str, keys: Sequence[object], word: str) -> list[str]:
    """Labels of the parts of one file (sheets, regions, sweeps); of a single part the file's own.

    >>> parts("pellet", [1, 2], "sweep")
    ['pellet, sweep 1', 'pellet, sweep 2']
    """
    return [label] if len(keys) == 1 else [f"{label}, {word} {key}".rstrip() for key in keys]


def header_lines(path: str | Path) -> list[str]:
    """Lines at the head of a text file that are no rows of numbers; none of a binary one.

    Quantities that stand there (temperature, geometry) are shown and compared, never taken
    in silence.
    """
    path = Path(path)
    if not path.is_file():
        return []
    with path.open("rb") as file:
        raw = file.read(HEAD_BYTES)
    if raw.count(b"\0") % 2:  # half a character of UTF-16
        raw = raw[:-1]
    try:
        lines = split_lines(decode(raw, path.name))
    except ReaderError:
        return []
    lines = [line.strip() for line in lines[:HEAD_LINES] if line.strip()]
    return [line for line in lines if not _ROW.match(line[:ROW_BEGIN])]
