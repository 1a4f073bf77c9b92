"""Every benchmark as one Markdown table: ``python -m benchmarks.run [--out FILE]``."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterable
from pathlib import Path

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

# each has measure() -> rows
MODULES = (cycling_files, diffraction_fit, eis_fit, esm_map, file_reading, nmr_fit)
MODULES += (pipeline, series_fit, sliders, xps_fit)


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | result | target |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def main() -> None:
    """Measure, print, and write where a file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    out = parser.parse_args().out
    text = markdown([row for module in MODULES for row in module.measure()])
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    text = f"{text}\n\nMedians; ratios within one run. {where}."
    print(text)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
