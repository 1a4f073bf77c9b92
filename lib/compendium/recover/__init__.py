"""Recovery studies: what an analysis makes of simulated measurements whose truth is known.

One module per technique, each run by its own stage: ``python -m compendium.recover.eis``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from nasicon.core.atomic import WriteError, replaced_folder

Study = Callable[[np.random.Generator], pd.DataFrame]


def write_studies(studies: Mapping[str, Study], seed: int, out_dir: Path) -> None:
    """Write one table per study, each from its own stream of random numbers."""
    out_dir.mkdir(parents=True, exist_ok=True)
    for offset, (name, study) in enumerate(studies.items()):
        table = study(np.random.default_rng(seed + offset))
        table.to_csv(out_dir / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")


def command_line(technique: str, studies: Mapping[str, Study], seed: int) -> None:
    """Run the studies of a technique from its command line."""
    parser = argparse.ArgumentParser(prog=f"python -m compendium.recover.{technique}")
    folder = Path("data/simulated") / f"{technique}_recovery"
    parser.add_argument("--out-dir", type=Path, default=folder)
    out_dir = parser.parse_args().out_dir
    try:
        with replaced_folder(out_dir) as work:
            write_studies(studies, seed, work)
    except WriteError as error:
        sys.exit(str(error))
