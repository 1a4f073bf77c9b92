"""How soon a figure follows its slider: ``python -m benchmarks.sliders``.

Every figure notebook runs to its end in a kernel, where each slider cell is timed at its
start and with every control moved to a quarter and to three quarters of its range.
"""

from __future__ import annotations

import json

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
    ids = sorted(p.stem for p in folder.glob("*.ipynb"))
    ids = [i for i in ids if i not in ("audit", "index", "validation")]
    rows = []
    for notebook_id in tqdm(ids, desc="sliders", unit="notebook"):
        for cell in times_ms(notebook_id):
            result = f"{np.median(cell):.0f} ms, slowest {max(cell):.0f} ms of {len(cell)}"
            rows.append(Row(f"slider of `{notebook_id}`", result, f"< {TARGET_MS} ms"))
    return rows


def main() -> None:
    """Measure and print."""
    for row in measure():
        print(" | ".join(row))


if __name__ == "__main__":
    main()
