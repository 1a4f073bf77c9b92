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


def write(name: str, table: pd.DataFrame, *, keep: bool = False) -> None:
    """Keep the rows of one study as CSV; with ``keep`` beside those of other things there."""
    if table["draws"].min() < 100:  # a trial
        return
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.csv"
    if keep and path.is_file():
        there = pd.read_csv(path)
        table = pd.concat([there[~_plain(there).isin(_plain(table))], table])
    table.to_csv(path, index=False, float_format="%.4g", lineterminator="\n")


def one_by_one(name: str, found: Iterable[tuple]) -> pd.DataFrame:
    """Print and keep each row as soon as it is known: a long study may be stopped."""
    kept = []
    for row in found:
        kept.append(row)
        print(*row, sep=" | ", flush=True)
        write(name, rows([row]), keep=True)
    return rows(kept)


def _plain(table: pd.DataFrame) -> pd.Series:
    """What was studied, without what came out beside the rate."""
    return table["what"].str.rsplit(" (", n=1).str[0]
