"""Rates of the studies as CSV in benchmarks/trust, from which docs/trust.md is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

FOLDER = Path(__file__).parent / "trust"
COLUMNS = ["technique", "what", "value_percent", "draws", "seed"]


def rows(found: Iterable[tuple]) -> pd.DataFrame:
    """Return the table of one study: technique, what, value in per cent, draws, seed."""
    return pd.DataFrame(found, columns=COLUMNS)


def judged(
    technique: str,
    what: str,
    draw: Callable[[np.random.Generator], tuple[float, float, bool]],
    draws: int,
    seed: int,
) -> tuple:
    """How often a model is flagged as a misfit, with the bias and the residual it leaves.

    ``draw`` returns the deviation of a number in its standard errors, the residual over the
    noise, and whether the number is flagged. Fits that are refused count as flagged.
    """
    rng, found = np.random.default_rng(seed), []
    for _ in tqdm(range(draws), desc=what, unit="fit"):
        try:
            found.append(draw(rng))
        except ValueError:
            found.append((np.nan, np.nan, True))
    deviation, ratio, flagged = np.array(found, dtype=float).T
    note = (
        f"{what} (off by {np.nanmedian(np.abs(deviation)):.2g} standard errors, residual "
        f"{np.nanmedian(ratio):.3g} times the noise)"
    )
    return (technique, note, 100 * flagged.mean(), draws, seed)


def write(name: str, table: pd.DataFrame) -> None:
    """Replace the CSV of one study; small trials (below 100 draws) are not kept."""
    if table["draws"].min() >= 100:
        FOLDER.mkdir(exist_ok=True)
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.4g", lineterminator="\n")
