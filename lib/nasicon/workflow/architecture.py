"""The layers of the library as a picture, drawn from the real imports.

``python -m nasicon.workflow.architecture [--check]`` writes ``docs/architecture.svg``:
an arrow is an import between parts, its width the number of modules that make it.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nasicon.atomic import write_atomically
from nasicon.workflow.dependencies import imported_names, notebook_source
from nasicon.workflow.notebook import SVG_STYLE
from nasicon.workflow.paths import repository_root

#: Where each part stands, (column, row), and what it does.
PARTS = {
    "notebooks": (1.5, 5, "one per figure"),
    "workflow": (1.5, 4, "runs, records, compares"),
    "figures": (0, 3, "result -> figure"),
    "ledger": (3, 3, "facts -> verdicts"),
    "analysis": (0.6, 2, "table -> fit result"),
    "simulate": (2.3, 2, "facts -> instrument file"),
    "readers": (-0.5, 1, "instrument file -> table"),
    "models": (1.1, 1, "equations"),
    "published": (3, 1, "what the papers print"),
}


def imports_between_parts(root: Path) -> Counter:
    """How many modules (or notebooks) of one part import another: ``{(from, to): count}``."""
    library, count = root / "lib" / "nasicon", Counter()
    for path in [*library.rglob("*.py"), *(root / "notebooks").glob("*.ipynb")]:
        if path.suffix == ".ipynb":
            part, source, package = "notebooks", notebook_source(path), ""
        else:
            inside = path.relative_to(library)
            part = inside.parts[0].removesuffix(".py")
            source = path.read_text(encoding="utf-8")
            package = ".".join(("nasicon", *inside.parent.parts))
        names = (name.split(".") for name in imported_names(source, package))
        reached = {n[1] for n in names if n[0] == "nasicon" and len(n) > 1}
        for other in reached & PARTS.keys() - {part}:
            count[part, other] += 1
    return Counter({pair: n for pair, n in count.items() if pair[0] in PARTS})


def listed(count: Counter) -> str:
    """The counts as one line, kept inside the picture so that it can be checked."""
    return "; ".join(f"{start} to {end} {n}" for (start, end), n in sorted(count.items()))


def draw(count: Counter) -> str:
    """SVG text of the picture, the same for the same imports."""
    import matplotlib as mpl
    from matplotlib.patches import FancyArrowPatch

    from nasicon.figures import style

    figure, ax = style.subplots(1, 1, height=4.6)
    for (start, end), n in sorted(count.items()):
        (x0, y0, _), (x1, y1, _) = PARTS[start], PARTS[end]
        ax.add_patch(
            FancyArrowPatch(
                (x0, y0), (x1, y1), arrowstyle="-|>", mutation_scale=9, shrinkA=20, shrinkB=22,
                connectionstyle="arc3,rad=0.08", lw=0.6 + min(n, 24) / 9, color=style.UNDOPED,
                alpha=0.55, zorder=1,
            )
        )  # fmt: skip
    for name, (x, y, what) in PARTS.items():
        ax.text(x, y, f"{name}\n", ha="center", va="center", fontsize=9, weight="bold", zorder=3)
        ax.text(x, y - 0.13, what, ha="center", va="center", fontsize=7, zorder=3)
        box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": style.INK, "lw": 0.8}
        ax.text(x, y, " " * 42 + "\n\n", ha="center", va="center", fontsize=7, zorder=2, bbox=box)
    ax.set_xlim(-1.3, 3.9)
    ax.set_ylim(0.5, 5.5)
    ax.axis("off")
    buffer, metadata = io.StringIO(), {"Date": None, "Creator": None, "Description": listed(count)}
    with mpl.rc_context(SVG_STYLE):
        figure.savefig(buffer, format="svg", metadata=metadata)
    style.plt.close(figure)
    return buffer.getvalue()


def main(arguments: Iterable[str] | None = None) -> int:
    """Write the picture, or with ``--check`` say whether it is current."""
    parser = argparse.ArgumentParser(prog="nasicon.workflow.architecture", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if needed")
    options = parser.parse_args(arguments)
    path = repository_root() / "docs" / "architecture.svg"
    count = imports_between_parts(repository_root())
    if not options.check:
        write_atomically(path, draw(count))
    elif not path.is_file() or listed(count) not in path.read_text(encoding="utf-8"):
        sys.stderr.write("docs/architecture.svg is not that of the imports: run make format\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
