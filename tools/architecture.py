"""The house as a picture, drawn from the real imports, and the rules that a test holds it to.

``python -m tools.architecture [--check]`` writes ``docs/architecture.svg``: a box for each
room of the library and each part of the compendium, an arrow for what imports across them.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from compendium.notebook import SVG_STYLE
from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically
from tools.dependencies import imported_names, notebook_source

#: Rooms of the library and the rooms that physics lets them ask; all stand on ``core``.
ROOMS: dict[str, set[str]] = {
    "eis": {"transport"},  # a resistance becomes a conductivity through the pellet's geometry
    "transport": set(),
    "cycling": {"transport"},  # the separator's resistance is activated
    "diffraction": {"composition"},  # a formula has a mass
    "nmr": set(),
    "raman": set(),
    "xps": set(),
    "eels": {"composition"},  # so has a film of glass
    "esm": set(),
    "composition": set(),
    "grains": set(),
}
#: Inside a room: the floors that a floor may import, besides itself and ``core``.
FLOORS: dict[str, set[str]] = {
    "read": set(),
    "model": set(),
    "fit": {"model"},
    "draw": {"fit", "model"},
    "analysis": {"read", "model", "fit", "draw"},  # the room's whole way, as a report
}
#: Parts of the compendium: the others that each may import. ``files`` are its single modules.
PARTS: dict[str, set[str]] = {
    "facts": set(),
    "simulate": {"facts"},
    "recover": {"facts", "simulate", "ledger"},  # the ledger's criteria, tried on known truths
    "sliders": {"facts"},
    "ledger": {"facts"},
    # ``nasicon ledger`` is the ledger's own program; a notebook's book shows its sliders
    "runs": {"facts", "ledger", "sliders"},
}
FACTS = ("published", "reference", "scatter", "aluminium")
WHAT = {
    "notebooks": "one per figure",
    "tools": "maintainers' programs",
    "facts": "what the papers print",
    "simulate": "facts to instrument files",
    "recover": "truth and estimate",
    "sliders": "move it yourself",
    "ledger": "facts to verdicts",
    "runs": "runner, findings, compare",
    "core": "text, fits, intervals, statistics, style",
}


def part_of(path: Path, root: Path) -> tuple[str, str]:
    """Return the package (or ``notebooks``, ``tools``) and the room or part of a file."""
    parts = path.relative_to(root).parts
    if parts[0] != "lib":
        return parts[0], parts[0]
    inside = parts[2:]
    first = inside[0].removesuffix(".py")
    if parts[1] == "nasicon":
        return "nasicon", first
    if len(inside) > 1:
        return "compendium", first
    return "compendium", "facts" if first in FACTS else "runs" if first != "__init__" else first


def imports(path: Path, root: Path) -> set[str]:
    """Dotted names of the two packages, and of tools, that a module or a notebook imports."""
    if path.suffix == ".ipynb":
        source, package = notebook_source(path), ""
    else:
        source = path.read_text(encoding="utf-8")
        base = root / "lib" if path.is_relative_to(root / "lib") else root
        package = ".".join(path.parent.relative_to(base).parts)
    names = set(imported_names(source, package))
    return {name for name in names if name.split(".")[0] in ("nasicon", "compendium", "tools")}


def reached(name: str, root: Path) -> tuple[str, str] | None:
    """Return package and room or part behind an imported name; None for a bare package."""
    package, *rest = name.split(".")
    if package == "tools":
        return "tools", "tools"
    if not rest:
        return None
    first = root / "lib" / package / rest[0]
    if first.is_dir():
        return package, rest[0]
    if first.with_suffix(".py").is_file():
        return part_of(first.with_suffix(".py"), root)
    return None


def modules(root: Path) -> list[Path]:
    """Every module and notebook that the picture speaks of."""
    return [
        *sorted((root / "lib").rglob("*.py")),
        *sorted((root / "tools").glob("*.py")),
        *sorted((root / "notebooks").glob("*.ipynb")),
    ]


def imports_between_parts(root: Path) -> Counter:
    """How many modules (or notebooks) of one part import another: ``{(from, to): count}``."""
    count: Counter = Counter()
    for path in modules(root):
        own = part_of(path, root)[1]
        others = {found[1] for name in imports(path, root) if (found := reached(name, root))}
        count.update((own, other) for other in others - {own, "__init__"} if own != "__init__")
    return count


def listed(count: Counter) -> str:
    """The counts as one line, kept inside the picture so that it can be checked."""
    return "; ".join(f"{start} to {end} {n}" for (start, end), n in sorted(count.items()))


def draw(count: Counter) -> str:
    """SVG text of the picture, the same for the same imports."""
    import matplotlib as mpl
    from matplotlib.patches import FancyBboxPatch

    from nasicon.core import style

    figure, ax = style.subplots(1, 1, height=4.3)
    above = ("facts", "runs", "simulate", "recover", "sliders", "ledger", "notebooks", "tools")
    below = (*ROOMS, "facts", "runs", "ledger", "simulate")
    x = {name: float(i) for i, name in enumerate(below)}
    y = {name: 2.5 + 0.62 * i for i, name in enumerate(above)}

    def box(left: float, right: float, at: float, name: str, what: str) -> None:
        shape = FancyBboxPatch(
            (left, at - 0.22),
            right - left,
            0.44,
            boxstyle="round,pad=0.02",
            fc="white",
            ec=style.INK,
            lw=0.8,
            zorder=2,
        )
        ax.add_patch(shape)
        middle = (left + right) / 2
        ax.text(
            middle,
            at + (0.08 if what else 0),
            name,
            ha="center",
            va="center",
            fontsize=7,
            weight="bold",
            zorder=3,
        )
        ax.text(middle, at - 0.1, what, ha="center", va="center", fontsize=6, zorder=3)

    box(-0.45, 14.45, 0.0, "core", WHAT["core"])
    for name, at in x.items():
        weight, edge = ("bold", style.INK) if name in ROOMS else ("normal", "none")
        look = {
            "fontsize": 7,
            "rotation": 90,
            "weight": weight,
            "bbox": {"fc": "white", "ec": edge},
        }
        ax.text(at, 1.1, name, ha="center", va="center", **look)
        ax.plot((at, at), (1.75, y["tools"] + 0.3), color=style.SHADE, lw=0.6, zorder=0)
    for name in above:
        box(-3.6, -0.6, y[name], name, WHAT[name])
        ax.plot((-0.5, 14.5), (y[name], y[name]), color=style.SHADE, lw=0.6, zorder=0)
    for (start, end), n in sorted(count.items()):
        size = 2.0 + 1.1 * min(n, 25) ** 0.5
        if start in above and end in x:
            ax.plot(x[end], y[start], "o", ms=size, color=style.UNDOPED, zorder=3)
        elif start in ROOMS and end in ROOMS:
            arrow = {"arrowstyle": "-|>", "lw": 1.0, "color": style.PRINTED, "shrinkA": 0}
            arrow["connectionstyle"] = f"arc3,rad={0.6 if x[start] > x[end] else -0.6}"
            ax.annotate("", (x[end], 1.68), (x[start], 1.68), arrowprops=arrow)
    ax.text(
        -3.6,
        2.0,
        "compendium, its notebooks and tools\nimport (●, larger: more modules)",
        fontsize=6.5,
        va="center",
    )
    ax.set(xlim=(-3.75, 14.6), ylim=(-0.35, y["tools"] + 0.35))
    ax.axis("off")
    buffer, metadata = io.StringIO(), {"Date": None, "Creator": None, "Description": listed(count)}
    with mpl.rc_context(SVG_STYLE):
        figure.savefig(buffer, format="svg", metadata=metadata)
    style.plt.close(figure)
    return buffer.getvalue()


def main(arguments: Iterable[str] | None = None) -> int:
    """Write the picture, or with ``--check`` say whether it is current."""
    parser = argparse.ArgumentParser(prog="tools.architecture", description=__doc__)
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
