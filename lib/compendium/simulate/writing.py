"""What every simulating stage does around its own work: command line, truth, whole folders."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from nasicon.core.atomic import WriteError, replaced_folder

STYLE = {"index": False, "float_format": "%.6g", "lineterminator": "\n"}


def write_truth(
    rows: Sequence[Mapping[str, object]], out_dir: Path, name: str = "truth.csv"
) -> None:
    """Write what went in, in a folder of its own: no analysis may read it."""
    (out_dir / "truth").mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(out_dir / "truth" / name, **STYLE)


def command(technique: str, make: Callable[[Path], None]) -> None:
    """Run a stage from its command line; its folder is replaced as a whole or not at all."""
    parser = argparse.ArgumentParser(prog=f"python -m compendium.simulate.{technique}")
    folder = Path("data/simulated") / technique
    parser.add_argument("--out-dir", type=Path, default=folder, help=f"default: {folder}")
    out_dir = parser.parse_args().out_dir
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        with replaced_folder(out_dir) as work:
            make(work)
    except WriteError as error:
        sys.exit(str(error))
