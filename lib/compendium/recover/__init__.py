"""Recovery studies: what an analysis makes of simulated measurements whose truth is known.

One module per technique, each run by its own stage: ``python -m compendium.recover.eis``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from tqdm import tqdm

from compendium.simulate.assumptions import Assumption, draws
from compendium.simulate.writing import STYLE, command

Study = Callable[..., pd.DataFrame]
Rows = Iterator[Mapping[str, object] | tuple]
Case = TypeVar("Case")


def tabled(columns: str = "") -> Callable[[Callable[..., Rows]], Study]:
    """Make a study of a function that yields the rows of its table: as mappings, or in order."""

    def study(rows: Callable[..., Rows]) -> Study:
        names = columns.split() or None
        return wraps(rows)(lambda *given, **more: pd.DataFrame(rows(*given, **more), columns=names))

    return study


def trials(
    declared: Iterable[Assumption], rng: np.random.Generator, total: int, cases: Iterable[Case]
) -> Iterator[tuple[Case, int, dict[str, float]]]:
    """Each case with `total` draws of the assumptions of its own: case, number, what is assumed."""
    for case in cases:
        sets = draws(declared, rng, total)
        for draw, assumed in enumerate(tqdm(sets, desc=str(case), unit="draw")):
            yield case, draw, assumed


def write_studies(studies: Mapping[str, Study], seed: int, out_dir: Path) -> None:
    """Write one table per study, each from its own stream of random numbers."""
    out_dir.mkdir(parents=True, exist_ok=True)
    for offset, (name, study) in enumerate(studies.items()):
        study(np.random.default_rng(seed + offset)).to_csv(out_dir / f"{name}.csv", **STYLE)


def command_line(technique: str, studies: Mapping[str, Study], seed: int) -> None:
    """Run the studies of a technique from its command line."""
    command(
        f"recover.{technique}",
        f"{technique}_recovery",
        lambda folder: write_studies(studies, seed, folder),
    )
