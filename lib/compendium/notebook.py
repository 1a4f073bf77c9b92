"""What every notebook imports.

>>> from compendium.notebook import Findings, input_files, require, save_figure
"""

from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import provenance
from compendium.inputs import input_files, number_list, require, text_list
from compendium.paths import repository_root
from compendium.svg import DPI, compact, thin_out
from nasicon.core import findings
from nasicon.core.atomic import write_atomically

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "Findings",
    "input_files",
    "number_list",
    "read_table",
    "repository_root",
    "require",
    "save_figure",
    "text_list",
]

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
    import pandas as pd

    path = repository_root() / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is not in the repository: run make update to have it made")
    provenance.note_inputs([path])
    return pd.read_csv(path, **options)


def save_figure(fig: Figure, out_dir: str | Path, stem: str) -> None:
    """Write ``<stem>.svg``, the same bytes for the same figure, and show that file.

    The file carries what it was made from (inputs by SHA-256, parameters, version).

    With an empty `out_dir` nothing is written and the notebook shows the figure
    itself. A written figure is drawn once only: the file is what the notebook shows.

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
    if not str(out_dir):
        return
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from IPython import get_ipython
    from IPython.display import SVG, display

    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    thin_out(fig)
    buffer = io.StringIO()
    with mpl.rc_context(SVG_STYLE):
        fig.savefig(buffer, format="svg", dpi=DPI, metadata=provenance.svg_metadata())
    write_atomically(folder / f"{stem}.svg", compact(buffer.getvalue()))
    plt.close(fig)
    if get_ipython() is not None:
        display(SVG(filename=folder / f"{stem}.svg"))
