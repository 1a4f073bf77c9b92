"""What every notebook imports: its inputs, its figures, and one object that keeps the books.

>>> from compendium import notebook as nb
>>> paper = nb.figure("latp_fig2_nyquist", out_dir)
>>> paper.show(draw.nyquist(fits), "fig2a_simulated", "The arc gives ...", draw.nyquist)
>>> paper.end()
"""

from __future__ import annotations

import inspect
import io
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compendium import provenance, published
from compendium.inputs import input_files, number_list, require, text_list
from compendium.paths import repository_root
from compendium.published import claim
from compendium.sliders.explore import Choice, Slider
from compendium.svg import DPI, compact, thin_out
from nasicon.core import findings
from nasicon.core.atomic import write_atomically
from nasicon.core.interval import Quantity, corners
from nasicon.core.report import normal

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas.io.formats.style import Styler

    from nasicon.core.report import Report


__all__ = [
    "Choice",
    "Findings",
    "Notebook",
    "Slider",
    "claim",
    "corners",
    "figure",
    "input_files",
    "number_list",
    "read_table",
    "repository_root",
    "require",
    "save_figure",
    "text_list",
    "within",
]

SCREEN_DPI = 130  # of the picture in the notebook
FOUND = ("sample", "quantity", "printed", "value", "ci_low", "ci_high", "unit", "flag", "note")

#: Findings that leave the record of their inputs and parameters beside them.
Findings = partial(findings.Findings, record=provenance.write)

# Without these an SVG carries random ids, today's date and the version of matplotlib.
SVG_STYLE = {
    "svg.hashsalt": "nasicon",
    "svg.fonttype": "path",
    "path.simplify_threshold": 0.4,  # of a pixel: invisible, and half the bytes of a long line
}


def read_table(name: str, **options: object) -> pd.DataFrame:
    """Read a table of the repository and note it as an input of this notebook.

    Parameters
    ----------
    name : str
        Path relative to the repository root, for example ``results/ledger.csv``.
    **options
        For :func:`pandas.read_csv`.
    """
    path = repository_root() / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is not in the repository: run make update to have it made")
    provenance.note_inputs([path])
    return pd.read_csv(path, **options)


def save_figure(fig: Figure, out_dir: str | Path, stem: str) -> None:
    """Write ``<stem>.svg``, the same bytes for the same figure, and show it as PNG.

    The file carries what it was made from (inputs by SHA-256, parameters, version) and looks
    the same everywhere. With an empty `out_dir` nothing is written. The figure is closed.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    out_dir : str or Path
        Folder to write to, made where it is missing; empty writes nothing.
    stem : str
        The paper's panel, for example ``fig2a_simulated``: letters, digits,
        ``_`` and ``-``.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", stem):
        raise ValueError(f"stem must be letters, digits, _ and - only, got {stem!r}")
    import matplotlib as mpl

    provenance.refuse_committed(out_dir)
    thin_out(fig)
    if str(out_dir):
        Path(out_dir).mkdir(parents=True, exist_ok=True)
        buffer = io.StringIO()
        with mpl.rc_context(SVG_STYLE):
            fig.savefig(buffer, format="svg", dpi=DPI, metadata=provenance.svg_metadata())
        write_atomically(Path(out_dir) / f"{stem}.svg", compact(buffer.getvalue()))
    _display(fig, stem)
    mpl.pyplot.close(fig)


def _display(fig: Figure, stem: str) -> None:
    """Show a PNG, which is shown where no script may run."""
    from IPython import get_ipython

    if get_ipython() is None:
        return
    from IPython.display import Image, display

    width = int(fig.get_figwidth() * 110)
    display(Image(few_colours(fig), format="png", width=width, alt=stem.replace("_", " ")))


def few_colours(fig: Figure) -> bytes:
    """PNG of 256 colours, a third of the bytes; a rare colour, as of one verdict, stays itself."""
    from PIL import Image

    data, small = io.BytesIO(), io.BytesIO()
    fig.savefig(data, format="png", dpi=SCREEN_DPI, metadata={"Software": None})
    how = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}
    Image.open(data).convert("RGB").quantize(256, **how).save(small, "png", optimize=True)
    return small.getvalue()


class Notebook:
    """The books of one notebook: its findings, what it shows, where that comes from.

    Parameters
    ----------
    notebook_id : str
        The notebook's file name without ``.ipynb``.
    out_dir : str
        Folder for figures and findings; empty shows only.
    """

    def __init__(self, notebook_id: str, out_dir: str = "") -> None:
        provenance.refuse_committed(out_dir)
        self.findings, self.out_dir = Findings(notebook_id), out_dir
        samples = published.facts().tables["samples"]
        self.keys: dict[str, str] = dict(zip(samples["sample"], samples["key"], strict=True))
        self.names = {name.lower(): name for name in self.keys}

    def read(
        self, reader: Callable[..., object], pattern: str, names: Sequence[str], **options: object
    ) -> dict[str, object]:
        """Read the compendium's file of each sample.

        ``{}`` is its name as file names have it: ``glass, high dose`` is ``glass_high-dose``.
        """
        parts = (name.lower().replace(", ", "_").replace(" ", "-") for name in names)
        files = input_files("", *(pattern.format(part) for part in parts))
        return {n: reader(file, **options) for n, file in zip(names, files, strict=True)}

    def printed(self, pattern: str, names: Sequence[str]) -> dict[str, float]:
        """Printed number of each sample; ``{}`` is its key, as in ``A-sigma-{}``."""
        return {n: claim(pattern.format(self.keys[n])).number for n in names}

    def show(
        self,
        fig: Figure,
        stem: str,
        says: str = "",
        *made_by: Callable,
        rows: str = "",
        by: str = "",
    ) -> None:
        """Write and show a figure, the finding under it, and where both come from.

        Parameters
        ----------
        fig : Figure
        stem : str
            File name, ending in the evidence level.
        says : str
            The finding, one sentence with its numbers.
        *made_by : callable
            Functions behind the figure; their docstrings hold equation and source.
        rows : str
            Ids of ledger rows, separated by spaces.
        by : str
            Who measured it, said under the figure.
        """
        from nasicon.core.style import credit, formula

        if by:
            credit(fig, by)
        save_figure(fig, self.out_dir, stem)
        up = "../../" if self.out_dir else "../"
        links = [_link(function, up) for function in made_by]
        if rows:
            tables = published.facts().tables
            known = {*tables["claims"]["id"], *tables["checks"]["check_id"]}
            if unknown := set(rows.split()) - known:
                raise ValueError(f"{stem}: no such row of the ledger: {', '.join(unknown)}")
            ids = rows.replace(" ", ", ")
            links.append(f"ledger: [{ids}]({up}results/audit/notebook.ipynb)")
        self.say(" ".join(part for part in (formula(says), " · ".join(links)) if part))

    def say(self, text: str) -> None:
        """Show a sentence made from numbers."""
        from IPython import get_ipython
        from IPython.display import Markdown, display

        if text and get_ipython() is not None:
            display(Markdown(text))

    def add(self, numbers: object, *words: str, **more: object) -> None:
        """Add one finding; what `numbers` is says what its interval is.

        Parameters
        ----------
        numbers : float, (low, value, high), Quantity, mapping or array
            A bare number; a number with a range; one with what rounding leaves open; a
            mapping with ``value``, ``stderr``, ``ci_low`` ... of 95 % confidence; or draws
            of an ensemble, of which median and 2.5–97.5 % are kept.
        *words : str
            Sample, quantity, unit, method, and the evidence if it is not simulated; or one
            text of these with ``|`` between them.
        **more
            ``claim_id``, ``flag`` ...
        """
        parts = [word.strip() for word in words[0].split("|")] if len(words) == 1 else words
        names = ("sample", "quantity", "unit", "method", "evidence")[: len(parts)]
        known = {"evidence": "simulated"} | dict(zip(names, parts, strict=True))
        self.rows([_numbers(numbers) | known | more])

    def rows(self, rows: pd.DataFrame | Sequence[Mapping], **common: object) -> None:
        """Add a table of findings: its columns by their names, what else it holds is left out.

        NaN is no number.
        """
        columns = inspect.signature(findings.Findings.add).parameters
        for row in rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows:
            known = {n: None if v is None or v != v else v for n, v in row.items() if n in columns}
            self.findings.add(**{**common, **known})

    def together(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """One table of the tables of several samples, with a column ``sample``."""
        return pd.concat(tables, names=["sample"]).reset_index("sample").reset_index(drop=True)

    def against(self, rows: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
        """Add the columns ``claim_id`` and ``printed`` to rows of findings.

        Parameters
        ----------
        rows : DataFrame
            With ``sample`` and ``quantity``.
        ids : mapping of quantity, or of ``quantity | method``, to claim id
            ``{}`` stands for the sample's key; an id that does not exist claims nothing.
        """
        claims = {i: claim(i) for i in published.facts().tables["claims"]["id"]}
        by = rows["quantity"] + " | " + rows.get("method", "")
        wanted = [ids.get(q, ids.get(m, "")) for q, m in zip(rows["quantity"], by, strict=True)]
        keys = [self.keys.get(sample, "") for sample in rows["sample"]]
        named = [i.format(key) for i, key in zip(wanted, keys, strict=True)]
        found = [i if i in claims else "" for i in named]
        stated = [claims[i].value if i else None for i in found]
        return rows.assign(claim_id=found, printed=stated)

    def take(
        self, report: Report, ids: Mapping[str, str] | None = None, part: str = ""
    ) -> pd.DataFrame:
        """Add the numbers of a room's report whose quantity holds `part`; ids as of `against`."""
        table = report.findings.table()
        rows = self.against(table[table["quantity"].str.contains(part, regex=False)], ids or {})
        self.rows(rows)
        return rows

    def derive(
        self, function: Callable[..., float], ids: Sequence[object], *words: str, **more: object
    ) -> Quantity:
        """Add what follows from printed numbers, at the corners of their rounding intervals.

        ``ids`` are claim ids, or quantities with an interval of their own; ``words`` are
        sample, quantity, unit and method.
        """
        found = corners(function, *(claim(i) if isinstance(i, str) else i for i in ids))
        self.add(found, *words, evidence="derived", **more)
        return found

    def ensemble(
        self, table: pd.DataFrame, by: str, column: str, words: str, **more: object
    ) -> pd.DataFrame:
        """Add median and 2.5–97.5 % of a simulated ensemble, group by group.

        Parameters
        ----------
        table : DataFrame
        by : str
            Columns that make the groups, separated by spaces.
        column : str
            What is summed up.
        words : str
            ``sample | quantity | unit | method``, each with ``{0}`` ... for the group's keys.

        Returns
        -------
        DataFrame
            ``ci_low, value, ci_high`` of each group.
        """
        found = {}
        for keys, values in table.groupby(by.split(), sort=False)[column]:
            found[keys] = _numbers(values)
            self.add(found[keys], *(w.strip().format(*keys) for w in words.split("|")), **more)
        return pd.DataFrame.from_dict(found, orient="index")

    def table(
        self, rows: pd.DataFrame | Mapping, columns: str = "", caption: str = "", digits: int = 3
    ) -> Styler:
        """Lay a table out as a paper does: few digits, no NaN, formulas with subscripts.

        ``columns`` picks some of the columns, by their names with spaces between; of findings
        it is those of `FOUND` that hold anything.
        """
        from nasicon.core.style import formula

        frame = pd.DataFrame(rows)
        picked = columns.split()
        if not picked and "evidence" in frame:
            picked = [c for c in FOUND if c in frame and frame[c].replace("", None).notna().any()]
        frame = frame[picked] if picked else frame
        frame = frame.rename(columns=_plain(formula), index=_plain(formula))

        def cell(value: object) -> str:
            if value is None or value is pd.NA or value != value:
                return "–"
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return formula(str(value))
            return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"

        named = not pd.api.types.is_numeric_dtype(frame.index.dtype)
        frame = frame if frame.index.is_unique else frame.reset_index(drop=not named)
        styler = frame.style.format(cell).set_caption(caption)
        return styler if named and frame.index.is_unique else styler.hide(axis="index")

    def explore(self, draw: Callable[..., Figure], **controls: object) -> None:
        """Show sliders and the figure they move; not where results are being written."""
        from compendium.sliders import explore

        explore.explore(draw, self.out_dir, **controls)

    def end(self) -> None:
        """Write the findings, and say how many there are."""
        self.findings.write(self.out_dir)
        self.say(f"{len(self.findings.table())} findings, in `findings.csv`.")


figure = Notebook  # paper = nb.figure("latp_fig1_xrd", out_dir)


def within(value: float, stderr: float) -> dict[str, float]:
    """A number with its 95 % interval."""
    return {"value": value, **normal(value, stderr)}


def _numbers(given: object) -> dict[str, float]:
    """Value and interval of what a finding can be made of."""
    if isinstance(given, Mapping):
        return dict(given)
    if hasattr(given, "to_dict") and hasattr(given, "index") and "value" in given.index:
        return given.to_dict()  # a row of a table
    if isinstance(given, Quantity):
        ends = (given.lo, given.value, given.hi)
        return _numbers(ends) | {"interval": "rounding"}
    if isinstance(given, tuple):
        numbers = dict(zip(("ci_low", "value", "ci_high"), given, strict=True))
        return numbers | {"interval": "range"}
    if np.ndim(given):
        ends = np.nanquantile(np.asarray(given, dtype=float), [0.025, 0.5, 0.975])
        return _numbers(tuple(ends.tolist())) | {"interval": "ensemble"}
    return {"value": given}


def _plain(change: Callable[[str], str]) -> Callable[[object], object]:
    return lambda label: change(label) if isinstance(label, str) else label


def _link(function: Callable, up: str) -> str:
    """Markdown link to the lines of a function, whose docstring has equation and source."""
    path = Path(inspect.getsourcefile(function)).resolve()
    where = os.path.relpath(path, repository_root())
    room = function.__module__.removeprefix("nasicon.")
    return f"[`{room}.{function.__name__}`]({up}{Path(where).as_posix()})"
