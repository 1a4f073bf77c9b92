"""Every benchmark as one table: ``python -m benchmarks.run`` writes docs/speed.md and README."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable

from benchmarks import (
    Row,
    cycling_files,
    diffraction_fit,
    eis_fit,
    esm_map,
    file_reading,
    nmr_fit,
    pipeline,
    series_fit,
    sliders,
    xps_fit,
)
from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically

# each has measure() -> rows
MODULES = (cycling_files, diffraction_fit, eis_fit, esm_map, file_reading, nmr_fit)
MODULES += (pipeline, series_fit, sliders, xps_fit)


PAGE, README = "docs/speed.md", "README.md"
BEGIN, END = "<!-- bench -->", "<!-- end of bench -->"


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | result | target |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def quoted(text: str, table: str) -> str:
    """Text with another table between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{README} has no lines {BEGIN} and {END} for the table; put them back")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> None:
    """Measure, print, write the page and the first row of each module into README."""
    begun, told = time.perf_counter(), {}
    for module in MODULES:
        started = time.perf_counter()
        told[module] = module.measure()
        name = module.__name__.rpartition(".")[2]
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    where = f"Medians; ratios within one run. {where}, {os.cpu_count()} processors"
    table = markdown(row for rows in told.values() for row in rows)
    print(table)
    root = repository_root()
    page = f"# How fast it is\n\nWritten by `make bench`. {where}.\n\n{table}\n"
    write_atomically(root / PAGE, page)
    readme = (root / README).read_text(encoding="utf-8")
    write_atomically(root / README, quoted(readme, markdown(rows[0] for rows in told.values())))
    print(f"{time.perf_counter() - begun:.0f} s; written to {PAGE} and {README}")


if __name__ == "__main__":
    main()
