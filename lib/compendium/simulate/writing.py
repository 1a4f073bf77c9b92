"""What every stage does around its own work: command line, text files, whole folders."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from nasicon.core.atomic import WriteError, replaced_folder

STYLE = {"index": False, "float_format": "%.6g", "lineterminator": "\n"}


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file as UTF-8 with LF line ends; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_truth(
    rows: Sequence[Mapping[str, object]], out_dir: Path, name: str = "truth.csv"
) -> None:
    """Write what went in, in a folder of its own: no analysis may read it."""
    (out_dir / "truth").mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(out_dir / "truth" / name, **STYLE)


def command(stage: str, folder: str, make: Callable[[Path], None]) -> None:
    """Run a stage from its command line; its folder is replaced as a whole or not at all.

    ``stage`` is the module's name in the compendium, ``folder`` its default in ``data/simulated``.
    """
    parser = argparse.ArgumentParser(prog=f"python -m compendium.{stage}")
    default = Path("data/simulated") / folder
    parser.add_argument("--out-dir", type=Path, default=default, help=f"default: {default}")
    out_dir = parser.parse_args().out_dir
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        with replaced_folder(out_dir) as work:
            make(work)
    except WriteError as error:
        sys.exit(str(error))
