"""A comparison of two runs as one HTML page: what moved, and changed figures side by side."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from pathlib import Path

from nasicon.core.atomic import write_atomically

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td { padding: .15rem .8rem .15rem 0; vertical-align: top }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start }
.pair img { width: 100%; border: 1px solid #ccc; background: white }
code { background: #f3f3f3; padding: 0 .2rem }
"""


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
    parts = [f"<h1>Two runs compared</h1><p>{html.escape(summary)}</p>"]
    for title, items in groups:
        if items:
            rows = "".join(f"<tr><td><code>{html.escape(item)}</code></td></tr>" for item in items)
            parts.append(f"<h2>{html.escape(title)} ({len(items)})</h2><table>{rows}</table>")
    for name in figures:
        pair = "".join(
            f'<figure><img alt="{html.escape(name)}, {side}" src="{_embedded(folder / name)}">'
            f"<figcaption>{side}</figcaption></figure>"
            for side, folder in (("before", before), ("after", after))
        )
        parts.append(f'<h2>{html.escape(name)}</h2><div class="pair">{pair}</div>')
    head = f'<meta charset="utf-8"><title>Two runs compared</title><style>{STYLE}</style>'
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'
    write_atomically(path, text + "\n")


def _embedded(path: Path) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode()}"
