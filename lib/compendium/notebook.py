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
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import provenance
from compendium.findings import Findings
from compendium.inputs import input_files, number_list, require, text_list
from compendium.paths import repository_root
from compendium.svg import DPI, compact, thin_out
from nasicon.core.atomic import write_atomically

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from pandas.io.formats.style import Styler

__all__ = [
    "Findings",
    "Notebook",
    "figure",
    "input_files",
    "number_list",
    "read_table",
    "repository_root",
    "require",
    "save_figure",
    "text_list",
]

SCREEN_DPI = 130  # of the picture in the notebook
FORMATS = ("svg", "pdf", "png")
PRINT_DPI = 600  # of a PNG that is asked for

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
    import pandas as pd

    path = repository_root() / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is not in the repository: run make update to have it made")
    provenance.note_inputs([path])
    return pd.read_csv(path, **options)


def save_figure(
    fig: Figure, out_dir: str | Path, stem: str, formats: Sequence[str] = ("svg",)
) -> None:
    """Write ``<stem>.svg``, the same bytes for the same figure, and show it as PNG.

    The file carries what it was made from (inputs by SHA-256, parameters, version).
    With an empty `out_dir` nothing is written. The figure is closed.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    out_dir : str or Path
        Folder to write to, made where it is missing; empty writes nothing.
    stem : str
        The paper's panel, for example ``fig2a_simulated``: letters, digits,
        ``_`` and ``-``.
    formats : sequence of str
        Of ``svg``, ``pdf``, ``png``. With more than one the text of SVG and PDF stays
        text, to be edited; the compendium's own SVGs look the same everywhere instead.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", stem):
        raise ValueError(f"stem must be letters, digits, _ and - only, got {stem!r}")
    if unknown := set(formats) - set(FORMATS):
        raise ValueError(f"formats must be of {', '.join(FORMATS)}; got {', '.join(unknown)}")
    import matplotlib.pyplot as plt

    thin_out(fig)
    for kind in formats if str(out_dir) else ():
        folder = Path(out_dir)
        folder.mkdir(parents=True, exist_ok=True)
        data = _file(fig, kind, editable=len(formats) > 1)
        write_atomically(folder / f"{stem}.{kind}", data)
    _display(fig, stem)
    plt.close(fig)


def _file(fig: Figure, kind: str, *, editable: bool) -> str | bytes:
    import matplotlib as mpl

    look = SVG_STYLE | ({"svg.fonttype": "none", "pdf.fonttype": 42} if editable else {})
    if kind == "svg":
        buffer = io.StringIO()
        with mpl.rc_context(look):
            fig.savefig(buffer, format="svg", dpi=DPI, metadata=provenance.svg_metadata())
        return compact(buffer.getvalue())
    data = io.BytesIO()
    empty = {"pdf": {"Creator": None, "Producer": None, "CreationDate": None}}.get(
        kind, {"Software": None}
    )
    with mpl.rc_context(look):
        fig.savefig(data, format=kind, dpi=PRINT_DPI, metadata=empty)
    return data.getvalue()


def _display(fig: Figure, stem: str) -> None:
    """Show a PNG of few colours: a third of the bytes, and shown where no script may run."""
    from IPython import get_ipython

    if get_ipython() is None:
        return
    from IPython.display import Image, display
    from PIL import Image as Pixels

    data, small = io.BytesIO(), io.BytesIO()
    fig.savefig(data, format="png", dpi=SCREEN_DPI, metadata={"Software": None})
    few = Pixels.open(data).convert("RGB").quantize(192, dither=Pixels.Dither.NONE)
    few.save(small, "png", optimize=True)
    width = int(fig.get_figwidth() * 110)
    display(Image(small.getvalue(), format="png", width=width, alt=stem.replace("_", " ")))


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
        from compendium import published

        self.findings, self.out_dir = Findings(notebook_id), out_dir
        samples = published.samples()
        self.keys: dict[str, str] = dict(zip(samples["sample"], samples["key"], strict=True))
        self.names = {name.lower(): name for name in self.keys}

    def read(
        self, reader: Callable[..., object], pattern: str, names: Sequence[str], **options: object
    ) -> dict[str, object]:
        """Read the compendium's file of each sample; ``{}`` is its name in small letters."""
        files = input_files("", *(pattern.format(name.lower()) for name in names))
        return {n: reader(file, **options) for n, file in zip(names, files, strict=True)}

    def printed(self, pattern: str, names: Sequence[str]) -> dict[str, float]:
        """Printed number of each sample; ``{}`` is its key, as in ``A-sigma-{}``."""
        from compendium import published

        return {n: published.claim(pattern.format(self.keys[n])).number for n in names}

    def show(
        self, fig: Figure, stem: str, says: str = "", *made_by: Callable, rows: str = ""
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
        """
        save_figure(fig, self.out_dir, stem)
        up = "../../" if self.out_dir else "../"
        links = [_link(function, up) for function in made_by]
        if rows:
            ids = rows.replace(" ", ", ")
            links.append(f"ledger: [{ids}]({up}results/audit/notebook.ipynb)")
        self.say(" ".join(part for part in (says, " · ".join(links)) if part))

    def say(self, text: str) -> None:
        """Show a sentence made from numbers."""
        from IPython import get_ipython
        from IPython.display import Markdown, display

        if text and get_ipython() is not None:
            display(Markdown(text))

    def add(self, rows: pd.DataFrame | Mapping | Sequence[Mapping], **common: object) -> None:
        """Add rows to the findings; ``ci_low`` and ``ci_high`` become the interval.

        NaN is no number: an end that is open, or a value that cannot be had.
        """
        import pandas as pd

        if isinstance(rows, pd.DataFrame):
            rows = rows.to_dict("records")
        for row in [rows] if isinstance(rows, Mapping) else rows:
            known = {n: None if v is None or v != v else v for n, v in row.items()}
            low, high = known.pop("ci_low", None), known.pop("ci_high", None)
            if low is not None or high is not None:
                known["ci"] = (low, high)
            self.findings.add(**{**common, **known})

    def ensemble(
        self,
        table: pd.DataFrame,
        by: Sequence[str],
        column: str,
        row: Callable[..., Mapping[str, object]],
        **common: object,
    ) -> pd.DataFrame:
        """Add median and 2.5–97.5 % of a simulated ensemble, group by group.

        Parameters
        ----------
        table : DataFrame
        by : sequence of str
            Columns that make the groups.
        column : str
            What is summed up.
        row : callable
            Takes a group's keys, returns its ``sample``, ``quantity``, ``method`` ...
        **common
            The same for all rows.
        """
        import pandas as pd

        found = {}
        for keys, values in table.groupby(list(by), sort=False)[column]:
            low, middle, high = values.quantile([0.025, 0.5, 0.975])
            found[keys] = {"value": middle, "ci_low": low, "ci_high": high}
            self.add({**found[keys], **row(*keys)}, **{"evidence": "simulated", **common})
        return pd.DataFrame.from_dict(found, orient="index")

    def table(self, rows: pd.DataFrame | Mapping, digits: int = 3, missing: str = "–") -> Styler:
        """Lay a table out as a paper does: few digits, no NaN, formulas with subscripts."""
        import pandas as pd

        from nasicon.core.style import formula

        frame = pd.DataFrame(rows).rename(columns=_plain(formula), index=_plain(formula))

        def cell(value: object) -> str:
            if value is None or value is pd.NA or value != value:
                return missing
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return formula(str(value))
            return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"

        return frame.style.format(cell)

    def end(self, *quantities: str) -> None:
        """Write the findings; show those of `quantities` (parts of their names), or how many."""
        self.findings.write(self.out_dir)
        found = self.findings.table()
        self.say(f"{len(found)} findings, in `findings.csv`.")


def figure(notebook_id: str, out_dir: str = "") -> Notebook:
    """Open the books of a notebook; see `Notebook`."""
    import pandas as pd

    pd.options.display.float_format = "{:.4g}".format
    return Notebook(notebook_id, out_dir)


def _plain(change: Callable[[str], str]) -> Callable[[object], object]:
    return lambda label: change(label) if isinstance(label, str) else label


def _link(function: Callable, up: str) -> str:
    """Markdown link to the lines of a function, whose docstring has equation and source."""
    path = Path(inspect.getsourcefile(function)).resolve()
    where = os.path.relpath(path, repository_root())
    room = function.__module__.removeprefix("nasicon.")
    return f"[`{room}.{function.__name__}`]({up}{Path(where).as_posix()})"
