"""How soon a figure follows its slider: ``python -m benchmarks.sliders``.

Every figure notebook runs to its end in a kernel, where each slider cell is timed at its
start and with every control moved to a quarter and to three quarters of its range.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
from nbclient import NotebookClient
from tqdm import tqdm

from benchmarks import Row
from compendium.paths import repository_root

TARGET_MS = 200
TIMED = """
from compendium.sliders import explore as sliders

def explore(draw, skipped="", /, **controls):
    import json, time  # here: the notebook may use these names
    from compendium.sliders import explore as sliders

    controls = sliders.controls_of(draw, **controls)
    widgets = {name: control.widget() for name, control in controls.items()}
    start = {name: widget.value for name, widget in widgets.items()}
    moves = [start, start]  # the first one is not counted: tables, compiled loops, layout
    for name, widget in widgets.items():
        if hasattr(widget, "min"):
            ends = (0.75 * widget.min + 0.25 * widget.max, 0.25 * widget.min + 0.75 * widget.max)
            ends = [10**e for e in ends] if "Log" in type(widget).__name__ else ends
            ends = [round(e) for e in ends] if "Int" in type(widget).__name__ else ends
        else:
            ends = widget.options
        moves += [{**start, name: end} for end in ends]
    times, pictures = [], sliders.Pictures(draw)
    for values in moves:
        begun = time.process_time()
        try:
            pictures(**values)
        except ValueError as error:  # as in the notebook: the message instead of a figure
            print("refused:", error)
        times.append(1e3 * (time.process_time() - begun))
    print("SLIDER", json.dumps(times[1:]))

sliders.explore = explore
"""


def times_ms(notebook_id: str) -> list[list[float]]:
    """Milliseconds of the processor for each redrawing, one list per slider cell."""
    root = repository_root()
    notebook = nbformat.read(root / "notebooks" / f"{notebook_id}.ipynb", as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(TIMED))
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(root)}})
    client.execute()
    text = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    return [
        json.loads(line.removeprefix("SLIDER "))
        for line in text.splitlines()
        if line.startswith("SLIDER ")
    ]


def measure() -> list[Row]:
    """Return the rows of the table."""
    folder = repository_root() / "notebooks"
    ids = sorted(p.stem for p in folder.glob("l*.ipynb"))  # latp_*, lagp_* and literature
    with ThreadPoolExecutor(2) as pool:  # each has a kernel of its own, timed by its processor
        found = list(tqdm(pool.map(times_ms, ids), "sliders", len(ids), unit="notebook"))
    cells = {
        (i, k): cell for i, timed in zip(ids, found, strict=True) for k, cell in enumerate(timed)
    }
    medians = {name: float(np.median(cell)) for name, cell in cells.items()}
    last, *_ = sorted(medians, key=medians.get, reverse=True)
    worst = max(cells, key=lambda name: max(cells[name]))
    return [
        Row(
            f"moved slider to redrawn fit, median of {len(cells)} cells",
            f"{np.median(list(medians.values())):.0f} ms",
            f"< {TARGET_MS} ms",
        ),
        Row(f"the slowest cell, `{last[0]}`", f"{medians[last]:.0f} ms", f"< {TARGET_MS} ms"),
        Row(f"the slowest move, `{worst[0]}`", f"{max(cells[worst]):.0f} ms"),
    ]


def main() -> None:
    """Measure and print."""
    for row in measure():
        print(" | ".join(row))


if __name__ == "__main__":
    main()
