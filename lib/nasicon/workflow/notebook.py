"""What every notebook imports.

>>> from nasicon.workflow.notebook import Findings, input_files, require, save_figure
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nasicon.workflow.findings import Findings
from nasicon.workflow.inputs import input_files, number_list, require, text_list
from nasicon.workflow.paths import repository_root

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Findings",
    "input_files",
    "number_list",
    "repository_root",
    "require",
    "save_figure",
    "text_list",
]

PNG_DPI = 200
# Without these an SVG carries random ids, today's date and the version of matplotlib.
SVG_STYLE = {"svg.hashsalt": "nasicon", "svg.fonttype": "path"}
METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def save_figure(fig: Figure, out_dir: str | Path, stem: str) -> list[Path]:
    """Write ``<stem>.svg`` and ``<stem>.png``, the same bytes for the same figure.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    out_dir : str or Path
        Folder to write to, made where it is missing; empty writes nothing.
    stem : str
        The paper's panel, for example ``fig2a_simulated``: letters, digits,
        ``_`` and ``-``.

    Returns
    -------
    list of Path
        The two files; empty where nothing was written.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", stem):
        raise ValueError(f"stem must be letters, digits, _ and - only, got {stem!r}")
    if not str(out_dir):
        return []
    import matplotlib as mpl

    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context(SVG_STYLE):
        for kind, metadata in METADATA.items():
            path = folder / f"{stem}.{kind}"
            part = folder / f".{stem}.part"
            fig.savefig(part, format=kind, dpi=PNG_DPI, metadata=metadata)
            os.replace(part, path)
            paths.append(path)
    return paths
