"""The house as a picture, drawn from the real imports, and the rules that a test holds it to.

``python -m tools.architecture`` writes ``docs/architecture.svg``: a dot where a part
of the compendium or a room of the library (row) imports another (column), larger for more modules.
"""

import io
from collections import Counter
from pathlib import Path

from compendium.notebook import SVG_STYLE
from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically
from tools.dependencies import PACKAGES, files_of, imported_names, source_of

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
    where, *inside = path.relative_to(root).parts
    if where != "lib":
        return where, where
    package, first = inside[0], inside[1].removesuffix(".py")
    if package == "compendium" and len(inside) == 2 and first != "__init__":
        first = "facts" if first in FACTS else "runs"
    return package, first


def imports(path: Path, root: Path) -> set[str]:
    """Dotted names of the two packages, and of tools, that a module or a notebook imports."""
    base = root / "lib" if path.is_relative_to(root / "lib") else root
    names = set(imported_names(*source_of(path, base)))
    return {name for name in names if name.split(".")[0] in ("nasicon", "compendium", "tools")}


def asked(path: Path, root: Path) -> set[tuple[str, str]]:
    """Package and room or part of all that a module or a notebook imports of the packages."""
    files = {file for name in imports(path, root) for file in files_of(name, root / "lib")}
    return {part_of(file, root) for file in files} - {(name, "__init__") for name in PACKAGES}


def imports_between_parts(root: Path) -> Counter:
    """How many modules (or notebooks) of one part import another: ``{(from, to): count}``."""
    count: Counter = Counter()
    for pattern in ("lib/**/*.py", "tools/*.py", "notebooks/*.ipynb"):
        for path in root.glob(pattern):
            own = part_of(path, root)[1]
            others = {part for _, part in asked(path, root)} - {own}
            count.update((own, other) for other in others if own != "__init__")
    return count


def listed(count: Counter) -> str:
    """The counts as one line, kept inside the picture so that it can be checked."""
    return "; ".join(f"{start} to {end} {n}" for (start, end), n in sorted(count.items()))


def draw(count: Counter) -> str:
    """SVG text of the picture, the same for the same imports: rows import columns."""
    import matplotlib as mpl

    from nasicon.core import style

    rows = ["notebooks", "tools", "recover", "simulate", "sliders", "runs", "ledger", "facts"]
    rows += [*ROOMS, "core"]
    columns = [name for name in rows if name not in ("notebooks", "tools")]
    figure, ax = style.subplots(1, 1, height=4.6)
    for (start, end), n in sorted(count.items()):
        if start in rows and end in columns:
            colour = style.PRINTED if start in ROOMS and end in ROOMS else style.UNDOPED
            size = 2.0 + 1.1 * min(n, 25) ** 0.5
            ax.plot(columns.index(end), rows.index(start), "o", ms=size, color=colour)
    told = [f"{name}: {WHAT[name]}" if name in WHAT else name for name in rows]
    ax.set_yticks(range(len(rows)), told, fontsize=7)
    ax.set_xticks(range(len(columns)), columns, rotation=90, fontsize=7)
    ax.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6))
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(color=style.SHADE, lw=0.6)
    ax.set_axisbelow(True)
    for at in (7.5, 18.5):  # compendium above the rooms, the rooms above core
        ax.axhline(at, color=style.INK, lw=0.8)
        ax.axvline(at - 2, color=style.INK, lw=0.8)
    buffer, metadata = io.StringIO(), {"Date": None, "Creator": None, "Description": listed(count)}
    with mpl.rc_context(SVG_STYLE):
        figure.savefig(buffer, format="svg", metadata=metadata)
    style.plt.close(figure)
    return buffer.getvalue()


def main() -> None:
    """Write the picture."""
    root = repository_root()
    write_atomically(root / "docs/architecture.svg", draw(imports_between_parts(root)))


if __name__ == "__main__":
    main()
