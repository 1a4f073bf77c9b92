"""A comparison of two runs as one HTML page: what moved, and changed figures side by side."""

import base64
import html
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from nasicon.core.atomic import write_atomically
from nasicon.core.report import page, table_html

PAIR = "display:grid;grid-template-columns:1fr 1fr;gap:1rem"


def write_page(
    path: Path,
    before: Path,
    after: Path,
    summary: str,
    groups: Iterable[tuple[str, list[str]]],
    figures: Iterable[str],
) -> None:
    """Write one page that needs nothing beside it.

    Parameters
    ----------
    path : Path
        The page; its folder is made.
    before, after : Path
        The two folders; figures are embedded, so that they may go afterwards.
    summary : str
        The sum in one sentence.
    groups : iterable of (title, items)
        ``moved``, ``missing`` and ``new`` with a line each.
    figures : iterable of str
        Names of the figures whose bytes differ, relative to both folders.
    """
    parts = [f"<p>{html.escape(summary)}</p>"]
    for title, items in groups:
        if items:
            parts.append(f"<h2>{title} ({len(items)})</h2>")
            parts.append(table_html(pd.DataFrame({title: items})))
    for figure in figures:
        name = html.escape(figure)
        parts.append(f'<h2>{name}</h2><div style="{PAIR}">')
        for side, folder in (("before", before), ("after", after)):
            data = base64.b64encode((folder / figure).read_bytes()).decode()
            image = f'<img alt="{name}, {side}" src="data:image/svg+xml;base64,{data}">'
            parts.append(f"<figure>{image}<figcaption>{side}</figcaption></figure>")
        parts.append("</div>")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page("Two runs compared", parts))
