"""Rates of the studies as CSV in benchmarks/trust, from which docs/trust.md is made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "trust"
COLUMNS = ["technique", "what", "value_percent", "draws", "seed"]


def rows(found: Iterable[tuple]) -> pd.DataFrame:
    """Return the table of one study: technique, what, value in per cent, draws, seed."""
    return pd.DataFrame(found, columns=COLUMNS)


def write(name: str, table: pd.DataFrame) -> None:
    """Replace the CSV of one study; small trials (below 100 draws) are not kept."""
    if table["draws"].min() >= 100:
        FOLDER.mkdir(exist_ok=True)
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.4g", lineterminator="\n")
