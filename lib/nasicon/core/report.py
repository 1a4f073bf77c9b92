"""What an analysis hands over, for every technique in one way: numbers, tables, curves, figures.

A `Report` is made by a room's ``analyse``. ``.table()`` are its numbers, ``.plot()`` its
figures, ``.write("mine")`` puts into a folder what a paper's draft needs.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

import nasicon
from nasicon.core.atomic import WriteError, writing
from nasicon.core.findings import Findings
from nasicon.core.result import FitResult
from nasicon.core.vocabulary import blocks, implausible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")
Row = Mapping[str, object]
PARAMETERS = ("file", "name", "value", "stderr", "ci_low", "ci_high", "unit", "flag")
SHOWN = ("sample", "quantity", "value", "ci_low", "ci_high", "unit", "method", "flag", "note")
UNSAID = {"unit": "1", "flag": ""}
RECORD = "provenance.json"
# Text stays text: it can be edited and searched; no dates and no random ids.
STYLE = {"svg.hashsalt": "nasicon", "svg.fonttype": "none", "pdf.fonttype": 42}
DPI = 200
UNFINISHED = "its steps ran out: compare fit and data; fit fewer parameters or a narrower range"
LONGEST = 60  # rows of a table on the page
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body{{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;font-size:13px;margin:.6rem 0}}
td,th{{border-bottom:1px solid #ddd;padding:.2rem .7rem;text-align:left;vertical-align:top}}
td.n{{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}}
img{{max-width:100%;display:block}}
h2{{margin-top:2.2rem;border-top:2px solid #222}} .wide{{overflow-x:auto}} .bad td{{color:#a33b00}}
</style></head><body><h1>{title}</h1>
{body}
</body></html>
"""


@dataclass(frozen=True)
class Report:
    """Numbers, tables, curves and figures of one analysis.

    Attributes
    ----------
    title : str
    findings : Findings
        The numbers, with their intervals and flags.
    read : DataFrame
        One row for each thing analysed: what it is, how many points, the reader's notes.
    parameters : DataFrame
        Every fitted parameter, columns `PARAMETERS`.
    curves : DataFrame or mapping of str to ndarray
        Measured, fitted, components: written as ``curves.csv``, arrays (maps) as ``curves.npz``.
    figures : mapping of str to function
        Drawn when they are asked for.
    checks : mapping of str to DataFrame
        What was tested in the data.
    tables : mapping of str to DataFrame
        Further tables that a paper prints (peaks, cycles): a CSV file each.
    assumed : sequence of str
        What is assumed, and what the numbers cannot say: a sentence each.
    details : mapping
        The room's own results, by label.
    """

    title: str
    findings: Findings
    read: pd.DataFrame
    parameters: pd.DataFrame
    curves: pd.DataFrame | Mapping[str, np.ndarray]
    figures: Mapping[str, Callable[[], Figure]]
    assumed: Sequence[str] = ()
    checks: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """The numbers, columns that are empty throughout left out."""
        table = self.findings.table()[list(SHOWN)]
        full = [c for c in table if not (table[c].isna() | (table[c].astype(str) == "")).all()]
        return table[full]

    def plot(self, name: str = "") -> Figure:
        """One of the figures; without a name the first."""
        if name and name not in self.figures:
            raise KeyError(f"no figure {name!r}; there are {', '.join(self.figures)}")
        return self.figures[name or next(iter(self.figures))]()

    def files(self) -> dict[str, bytes]:
        """Everything that is written, by file name, but for the report and its record."""
        made = {
            "findings.csv": self.findings.text().encode(),
            "parameters.csv": csv_text(self.parameters).encode(),
        }
        made |= {f"{name}.csv": csv_text(table).encode() for name, table in self.tables.items()}
        if isinstance(self.curves, pd.DataFrame):
            made["curves.csv"] = csv_text(self.curves).encode()
        else:
            buffer = io.BytesIO()
            np.savez_compressed(buffer, **self.curves)
            made["curves.npz"] = buffer.getvalue()
        for stem, draw in self.figures.items():
            made |= pictures(draw(), stem)
        return made

    def write(self, folder: str | Path, record: Mapping[str, object] | None = None) -> Path:
        """Write tables, curves, figures, ``report.html`` and ``provenance.json``.

        Parameters
        ----------
        folder : str or Path
            Made where it is missing. Files of an earlier report there are replaced; what
            this did not write is never touched.
        record : mapping, optional
            What the report was made from, for ``provenance.json``.

        Raises
        ------
        WriteError
            A file of another origin stands where one is to be written, or nothing can be
            written there; nothing was changed then.
        """
        made = self.files()
        made["report.html"] = page(self.title, [section(self, made)], record).encode()
        return deliver(made, folder, record)


def assemble(
    title: str,
    notebook: str,
    rows: Mapping[str, Iterable[Row]],
    curves: Mapping[str, pd.DataFrame | np.ndarray],
    *,
    evidence: str,
    doubt: str = "",
    parameters: Iterable[tuple[str, FitResult | Iterable[Row]]] = (),
    **rest: object,
) -> Report:
    """Put what a room found, by label, together as its report.

    Parameters
    ----------
    title, notebook : str
    rows : mapping of str to iterable of mapping
        Numbers of each sample, as `number` makes them and `add_rows` takes them.
    curves : mapping of str to DataFrame or ndarray
        Tables of each label, or arrays by the name that they are to have.
    evidence : str
    doubt : str
        What was given and cannot be: every number is flagged for it.
    parameters : iterable of (label, FitResult or rows)
    **rest
        Of `Report`: what was read, figures, checks, tables, assumptions, details.
    """
    findings, axes = Findings(notebook), getattr(rest.get("read"), "attrs", {}).get("axis", {})
    for sample, numbers in rows.items():
        numbers = [_off_axis({"doubt": doubt, **row}, axes.get(sample, "")) for row in numbers]
        add_rows(findings, numbers, sample=sample, evidence=evidence)
    tabular = all(isinstance(curve, pd.DataFrame) for curve in curves.values())
    return Report(
        title=title,
        findings=findings,
        parameters=parameter_table(parameters),
        curves=below(curves) if tabular else curves,
        **rest,
    )


def _off_axis(row: Row, said: str) -> Row:
    """A number with what is `said` against its axis; a share has none."""
    told = "; ".join(filter(None, (str(row["doubt"]), said)))
    return row if row["unit"] in ("1", "%", "wt%") else {**row, "doubt": told}


def titled(words: str, many: str, labels: Collection[str]) -> str:
    """Title that names up to three samples, for more of them what they are."""
    return f"{words} of {', '.join(labels)}" if len(labels) < 4 else many


def number(quantity: str, value: float | None, unit: str, method: str, **more: object) -> Row:
    """One number as a row; ``stderr, ci_low, ci_high, flag, note, interval`` where known."""
    return {"quantity": quantity, "value": value, "unit": unit, "method": method, **more}


def normal(value: float, stderr: float) -> Row:
    """Standard error and 95 % interval of a number with a normal error, for `number`."""
    half = 1.96 * stderr
    return {"stderr": stderr, "ci_low": value - half, "ci_high": value + half}


def checked(found: Mapping[str, T], checks: Mapping[str, Callable[[T], object]]) -> pd.DataFrame:
    """What is asked of each thing found: a row a label, a column a question."""
    return pd.DataFrame({w: {n: ask(f) for n, f in found.items()} for w, ask in checks.items()})


def converged(fit: object) -> str:
    """Whether the fit behind ``fit.result`` came to its end, in a word."""
    return "yes" if fit.result.converged else "no"


def parameter_table(fitted: Iterable[tuple[str, FitResult | Iterable[Row]]]) -> pd.DataFrame:
    """Rows of ``parameters.csv``: every parameter of a fit, or rows that may lack some columns."""
    tables = []
    for label, found in fitted:
        if isinstance(found, FitResult):
            table = found.table().rename(columns={"parameter": "name"})
        else:
            named = [{**UNSAID, "name": row.get("quantity"), **row} for row in found]
            table = pd.DataFrame(named, columns=list(PARAMETERS))
        tables.append(table.assign(file=label)[list(PARAMETERS)])
    return joined(tables)


def add_rows(findings: Findings, rows: Iterable[Row], *, doubt: str = "", **common: object) -> None:
    """Add numbers that stand in a table.

    A number that is no number becomes ``not_identifiable``, whose digits are not written; one
    that cannot be, or rests on something given that cannot be (`doubt`, a row's own before
    the common one), ``implausible``.
    """
    for row in rows:
        row = {**common, **row}
        value = row.pop("value")
        lost = value is None or not np.isfinite(value)
        flags = str(row.pop("flag", "") or "").split(";") + ["not_identifiable"] * lost
        if "not_converged" in flags:
            row["note"] = "; ".join(filter(None, (row.get("note", ""), UNFINISHED)))
        doubtful = row.pop("doubt", doubt)
        why = doubtful or ("" if lost else implausible(row["quantity"], float(value), row["unit"]))
        if why:
            flags.append("implausible")  # a flag that stands twice is written once
            row["note"] = "; ".join(filter(None, (row.get("note", ""), why)))
        findings.add(value=None if lost else float(value), flag=flags, **row)


def doubts(**given: tuple[float, str]) -> str:
    """What of the quantities given cannot be, with the likely slip; empty where all can.

    >>> doubts(thickness=(900.0, "mm"))
    'thickness 900 mm is outside 0.005 to 50 mm (a pellet or a film): is it in µm?'
    """
    said = [implausible(name.replace("_", " "), *given[name]) for name in given]
    return "; ".join(filter(None, said))


def joined(tables: Iterable[pd.DataFrame], columns: Sequence[str] = PARAMETERS) -> pd.DataFrame:
    """One table below the other, empty ones left out."""
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=list(columns))


def below(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One table below the other, the label of each in its first column ``file``."""
    table = joined((part.assign(file=label) for label, part in tables.items()), ["file"])
    return table[["file", *table.columns.drop("file")]]


def what_was_read(tables: Mapping[str, object]) -> pd.DataFrame:
    """One row for each table or array of a reader: format, points, notes."""
    rows = [
        {
            "label": label,
            "file": table.attrs.get("source", ""),
            "format": table.attrs.get("format", ""),
            "points": " × ".join(map(str, table.sizes.values()))
            if hasattr(table, "sizes")
            else len(table),
            "notes": "; ".join(table.attrs.get("notes", ())),
        }
        for label, table in tables.items()
    ]
    read = pd.DataFrame(rows).set_index("label")
    read.attrs["axis"] = {label: table.attrs.get("axis", "") for label, table in tables.items()}
    return read


def mapping_of(data: object) -> dict[str, object]:
    """`data` as it is where it is a mapping; one table under its file's name otherwise."""
    if isinstance(data, Mapping):
        if not data:
            raise ValueError("nothing to analyse: the mapping of labels to tables is empty")
        return dict(data)
    source = Path(str(getattr(data, "attrs", {}).get("source", ""))).stem
    return {source or "sample": data}


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV, full digits, the same on every machine."""
    return table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def pictures(figure: Figure, stem: str) -> dict[str, bytes]:
    """A figure as SVG with text as text, PDF and PNG; the figure is closed."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    made = {}
    dates = {"svg": "Date", "pdf": "CreationDate", "png": "Software"}
    with mpl.rc_context(STYLE):
        for kind, stamp in dates.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, dpi=DPI, metadata={stamp: None})
            made[f"{stem}.{kind}"] = buffer.getvalue()
    plt.close(figure)
    return made


def section(report: Report, files: Mapping[str, bytes]) -> str:
    """One analysis as part of a page, its figures inside."""
    parts = ["<h3>What was read</h3>", table_html(report.read.reset_index())]
    parts += ["<h3>Checks of the data</h3>"] if report.checks else []
    parts += [table_html(table.reset_index()) for table in report.checks.values() if len(table)]
    for stem in report.figures:
        picture = base64.b64encode(files[f"{stem}.svg"]).decode()
        parts.append(f'<img alt="{html.escape(stem)}" src="data:image/svg+xml;base64,{picture}">')
    parts += ["<h3>Results</h3>", table_html(report.table())]
    for name, table in report.tables.items():
        if len(table):
            shown = table.head(LONGEST)
            more = f" (the first {LONGEST} of {len(table)})" if len(table) > LONGEST else ""
            words = html.escape(name.replace("_", " ").capitalize() + more)
            parts += [f"<h3>{words}</h3>", table_html(shown)]
    if len(report.parameters):
        parts += ["<h3>Fitted parameters</h3>", table_html(report.parameters)]
    if report.assumed:
        items = "".join(f"<li>{html.escape(text)}</li>" for text in report.assumed)
        parts += ["<h3>What is assumed, what the numbers cannot say</h3>", f"<ul>{items}</ul>"]
    return "\n".join(parts)


def page(title: str, sections: Iterable[str], record: Mapping[str, object] | None = None) -> str:
    """A whole HTML page that needs no network."""
    body = list(sections)
    if record:
        text = json.dumps(record, indent=2, ensure_ascii=False)
        body += ["<h2>Made from</h2>", f"<pre>{html.escape(text)}</pre>"]
    return _PAGE.format(title=html.escape(title), body="\n".join(body))


def table_html(table: pd.DataFrame) -> str:
    """A table with 3 digits; what there is none of stays blank."""
    names = [c for c in table if not all(_cell(value) == "" for value in table[c])]
    head = "".join(f"<th>{html.escape(str(name).replace('_', ' '))}</th>" for name in names)
    rows = []
    for row in table[names].to_dict("records"):
        cells = "".join(
            f'<td class="n">{_cell(v)}</td>'
            if isinstance(v, (int, float, np.number))
            else f"<td>{html.escape(_cell(v))}</td>"
            for v in row.values()
        )
        rows.append(f"<tr{' class=bad' if blocks(str(row.get('flag') or '')) else ''}>{cells}</tr>")
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _cell(value: object) -> str:
    if value is None or (isinstance(value, (float, np.floating)) and not np.isfinite(value)):
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.3g}"
    return str(value)


def file_stem(label: str) -> str:
    """A label as part of a file name: letters, digits, ``_`` and ``-``."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", label).strip("_")[:80] or "sample"


def deliver(
    made: Mapping[str, bytes], folder: str | Path, record: Mapping[str, object] | None = None
) -> Path:
    """Put finished files into a folder; only those that an earlier report wrote are replaced.

    Returns
    -------
    Path
        Of ``report.html``.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise WriteError(f"{folder} is a file: give a folder to write to")
    earlier = _earlier(folder)
    for name in made:
        path = folder / name
        if path.exists() and earlier.get(name) != digest(path.read_bytes()):
            raise WriteError(
                f"{path} is there already and no report wrote it as it stands: give another "
                "folder, or move it away"
            )
    everything = {
        **(record or {"library": f"nasicon {nasicon.__version__}"}),
        "files": {name: digest(content) for name, content in sorted(made.items())},
    }
    text = json.dumps(everything, indent=2, ensure_ascii=False) + "\n"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        parts = {}
        try:
            for name, content in {**made, RECORD: text.encode()}.items():
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                part = path.with_name(f".{path.name}.part")
                parts[part] = path
                part.write_bytes(content)
            for part, path in parts.items():
                part.replace(path)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        for name, known in earlier.items():  # of the earlier report, as it wrote it
            path = folder / name
            if name not in made and path.is_file() and digest(path.read_bytes()) == known:
                path.unlink()
    return folder / "report.html"


def _earlier(folder: Path) -> dict[str, str]:
    """Files that an earlier report left in a folder, with their SHA-256."""
    record = folder / RECORD
    if not record.is_file():
        return {}
    try:
        files = json.loads(record.read_text(encoding="utf-8"))["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise WriteError(
            f"{record} is no record of a report: give another folder, or move it away"
        ) from error
    inside = [name for name in files if not Path(name).is_absolute() and ".." not in name]
    return {name: files[name] for name in inside}


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(content).hexdigest()
