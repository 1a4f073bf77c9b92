"""Every figure at print size, and what is wrong with its looks.

``python -m tools.figures [NOTEBOOK ...]`` runs the notebooks in this process, checks every
figure that they draw, and lays them out at print size in ``.cache/figures/index.html``.
``python -m tools.figures --register`` writes ``docs/figures.md`` from ``docs/figures.csv``.
"""

import argparse
import contextlib
import html
import io
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from unittest import mock

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from compendium import measuring
from compendium import notebook as nb
from compendium.paths import repository_root
from nasicon.core import style
from nasicon.core.atomic import write_atomically
from nasicon.core.report import Report
from tools.dependencies import notebook_source
from tools.report import PAPERS

PALETTE = {
    to_hex(c) for c in (*style.CYCLE, style.PRINTED, style.DATA, style.INK, style.SHADE, "white")
}
#: Words of an axis that needs no unit: it counts, or it is a pure number.
PURE = re.compile(
    r"R²|Q$|^boron$|B per P|ratio|change|width with|order|factor|C-rate|cycle|draws|pairs|spectra|"
    r"density|share|intensity|counts|number|significance|correlation|over|sections|boundaries in|"
    r"crystals|data sets|boundaries per mm|electrons|/σ|conductivity /|grains|rows|papers|index|"
    r"residual|level",
    re.IGNORECASE,
)
DOTS_PER_INCH = 200  # of the contact sheet
SHEET = """\
<!doctype html><meta charset=utf-8><title>figures</title>
<style>figure{display:inline-block;margin:4mm;vertical-align:top}</style>"""


def figures_of(notebook: Path) -> Iterator[tuple[str, Figure]]:
    """Run a notebook in this process; yield what it hands to ``save_figure``, still open."""
    caught: list[tuple[str, Figure]] = []

    def catch(fig: Figure, out_dir: object, stem: str, formats: object = ()) -> None:
        caught.append((stem, fig))

    def catch_all(report: Report) -> None:
        made = ((stem, draw()) for stem, draw in report.figures.items())
        caught.extend((f"{stem}_{fig.evidence}", fig) for stem, fig in made)

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(nb, "save_figure", catch),
        mock.patch.object(measuring, "show", catch_all),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        source = notebook_source(notebook)
        source = re.sub(r"(?m)^out_dir: str = .*$", f"out_dir: str = {folder!r}", source)
        exec(compile(source, notebook.name, "exec"), {"display": lambda *_: None})
    yield from caught


def problems(stem: str, figure: Figure) -> list[str]:
    """What an art editor would send back, in words."""
    texts: list[Text] = []  # those that are drawn, without ticks outside their axis
    with mock.patch.object(Text, "draw", lambda text, renderer: texts.append(text)):
        figure.canvas.draw()
    shown = [text for text in texts if text.get_visible() and text.get_text().strip()]
    found = [*_sizes(figure), *_texts(figure, shown), *_struck(figure), *_axes(figure)]
    evidence = stem.rsplit("_", 1)[-1]
    if evidence not in style.BADGES:
        found.append(f"name does not end in its evidence level: {stem}")
    elif getattr(figure, "evidence", None) != evidence:
        found.append(f"badge says {getattr(figure, 'evidence', None)}, name says {evidence}")
    words = style.BADGES["simulated"]
    if evidence == "simulated" and figure.get_suptitle() != words:  # else one for all its tiles
        for axes in style.panels(figure):
            if " ".join(axes.get_title(loc="right").split()) != words:
                found.append(f"no stamp on panel {axes.get_title(loc='left')!r}")
    return found


def _sizes(figure: Figure) -> Iterator[str]:
    width = 2.54 * figure.get_figwidth()
    if not any(np.isclose(width, w) for w in (8.6, 17.4)):
        yield f"{width:.1f} cm wide, not 8.6 or 17.4"
    if figure.get_figheight() * 2.54 > 23:
        yield f"{figure.get_figheight() * 2.54:.0f} cm high"


def _texts(figure: Figure, shown: Iterable[Text]) -> Iterator[str]:
    frame = figure.bbox
    boxes = []
    for text in shown:
        if text.get_fontsize() < style.SMALLEST - 1e-6:
            yield f"{text.get_fontsize():.1f} pt: {text.get_text()!r}"
        box = Text.get_window_extent(text)  # an annotation's own counts its arrow
        if box.width < 1 or box.height < 1:
            continue
        inside = frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1
        if not (inside and frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1):
            yield f"outside the figure: {text.get_text()!r}"
        if text.get_rotation() % 90 == 0:
            blank = len(text.get_text()) - len(text.get_text().rstrip("\n"))
            lines = text.get_text().count("\n") + 1
            box = Bbox.from_extents(box.x0, box.y0 + blank * box.height / lines, box.x1, box.y1)
            boxes.append((text.get_text().strip(), box.padded(-1.2)))
    for (one, a), (two, b) in combinations(boxes, 2):
        if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1:
            yield f"{one!r} lies over {two!r}"


def _struck(figure: Figure) -> Iterator[str]:
    """Words inside a panel that a line or a point of it runs through."""
    for axes in figure.axes:
        legend = axes.get_legend()
        words = [text for text in axes.texts if text.get_bbox_patch() is None]
        lines = [line for line in axes.lines if line.get_visible()]
        if legend and not legend.get_frame_on():
            words += legend.get_texts()
        elif legend:
            frame = legend.get_window_extent()
            if any(_crosses(line, frame) for line in axes.lines if len(line.get_xdata()) > 2):
                yield "a legend lies over data"
        for text in words:
            box = Text.get_window_extent(text).padded(-1.2)
            if text.get_text().strip() and any(_crosses(line, box) for line in lines):
                yield f"{text.get_text()!r} is struck"


def _crosses(line: Line2D, box: Bbox) -> bool:
    """Whether a line runs through a box; of markers alone, whether one lies in it."""
    path = line.get_transform().transform_path(line.get_path())
    if line.get_linestyle() == "None":
        return box.count_contains(path.vertices) > 0
    return path.intersects_bbox(box, filled=False)


def _axes(figure: Figure) -> Iterator[str]:
    for axes in figure.axes:
        if not axes.get_visible() or not axes.axison:
            continue
        for label, ticks in (
            (axes.get_xlabel(), axes.get_xticklabels()),
            (axes.get_ylabel(), axes.get_yticklabels()),
        ):
            words = label and not re.search(r"\(.+\)", label) and not PURE.search(label)
            if words and any(t.get_text() and t.get_visible() for t in ticks):
                yield f"no unit on axis {label!r}"
            if re.search(r" / [^ ]+$", label) and "ratio" not in label and "full" not in label:
                yield f"unit after a stroke: {label!r}"
        if axes.get_xlabel().startswith("Re Z"):
            box = axes.get_window_extent()
            x, y = (np.ptp(v) for v in (axes.get_xlim(), axes.get_ylim()))
            if not np.isclose(box.width / x, box.height / y, rtol=0.02):
                yield "Nyquist axes of different scale"
        shades = {to_hex(c) for c in mpl.colormaps[style.MAP](np.linspace(0, 1, 256))}
        for line in axes.lines:
            colour, grey = to_hex(line.get_color()), np.ptp(to_rgb(line.get_color())) < 8 / 255
            if colour not in PALETTE | shades and not grey and len(line.get_xdata()):
                yield f"colour {colour} is not of the palette"


def register(root: Path) -> str:
    """``docs/figures.md``: every item of both papers, its panel, evidence and notebook."""
    table = pd.read_csv(root / "docs/figures.csv", dtype=str, keep_default_na=False)
    lines = [
        "# Every figure and table of both papers",
        "",
        "Written by `python -m tools.figures --register` from `docs/figures.csv`. What a text at "
        "hand does not state is said, not guessed; panels are drawn from printed numbers and "
        "declared assumptions, none from the authors' data.",
    ]
    for paper, own in table.groupby("paper"):
        lines += ["", f"## {PAPERS[paper]}: {len(own)} items", ""]
        lines += ["| item | the paper shows | axes, samples | not stated | panel here | evidence |"]
        lines += ["|---|---|---|---|---|---|"]
        for row in own.itertuples():
            page, stems = f"../results/{row.notebook}", row.panels.split()
            links = [f"[{s}]({page}/{s}.svg)" if s != "table" else s for s in stems]
            panels = f"{', '.join(links)} in [{row.notebook}]({page}/notebook.ipynb)"
            kinds = {s.rsplit("_", 1)[-1] for s in stems} - {"table"}
            levels = ", ".join(sorted(kinds)) or "printed beside simulated"
            cells = (row.item, row.shows, row.axes, row.not_stated, panels, levels)
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: Iterable[str] | None = None) -> int:
    """Check and lay out the figures of some or all notebooks."""
    parser = argparse.ArgumentParser(prog="tools.figures", description=__doc__)
    parser.add_argument("notebooks", nargs="*", help="ids, by default all")
    parser.add_argument("--register", action="store_true", help="write docs/figures.md")
    options = parser.parse_args(arguments)
    root = repository_root()
    if options.register:
        write_atomically(root / "docs/figures.md", register(root))
        return 0
    mpl.use("Agg")
    folder = root / ".cache/figures"
    folder.mkdir(parents=True, exist_ok=True)
    parts, wrong = [SHEET], 0
    for name in options.notebooks or with_figures(root):
        for stem, fig in figures_of(root / "notebooks" / f"{name}.ipynb"):
            found = problems(stem, fig)
            wrong += len(found)
            sys.stdout.writelines(f"{name} {stem}: {text}\n" for text in found)
            fig.savefig(folder / f"{name}__{stem}.png", dpi=DOTS_PER_INCH)
            parts.append(
                f'<figure><img style="width:{fig.get_figwidth():.2f}in" src="{name}__{stem}.png">'
                f"<figcaption>{name}: {stem} <b>{html.escape('; '.join(found))}</b></figcaption>"
                "</figure>"
            )
            mpl.pyplot.close(fig)
    write_atomically(folder / "index.html", "\n".join(parts))
    sys.stdout.write(f"{len(parts) - 1} figures, {wrong} findings -> .cache/figures/index.html\n")
    return 1 if wrong else 0


def with_figures(root: Path) -> list[str]:
    """Notebooks that show figures: all but the index."""
    return sorted({path.stem for path in (root / "notebooks").glob("*.ipynb")} - {"index"})


if __name__ == "__main__":
    sys.exit(main())
