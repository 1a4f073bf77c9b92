"""What simulated measurements add to a reading: what could be resolved, never a status.

``recoveries.csv`` names the recovery table of a claim's number and what dominates its error.
A width is told only where 200 draws stand behind it, and a mean or spread that was put in
never comes back: only the distance of estimate and truth is told, or how far a slope spreads
over what the paper does not state.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from compendium.published import Facts
from nasicon.core.interval import sig

LEAST_DRAWS = 200


def recovery_remarks(data_dir: Path | str, facts: Facts) -> dict[str, str]:
    """One remark per claim that has a recovery table of enough draws.

    Raises
    ------
    ValueError
        A recovery table without the named columns.
    """
    found = {}
    for row in facts.tables["recoveries"].to_dict("records"):
        path = Path(data_dir) / row["file"]
        if not row["claim"] or not path.is_file():
            continue
        errors = recovery_errors(pd.read_csv(path), row)
        if len(errors) >= LEAST_DRAWS:
            found[row["claim"]] = _remark(row, errors)
    return found


def recovery_errors(table: pd.DataFrame, row: dict[str, str]) -> np.ndarray:
    """Estimate against truth of the chosen draws: relative, absolute, or about their median."""
    columns = [row["estimate"], *filter(None, [row["truth"]])]
    for condition in filter(None, row["where"].split(";")):
        column, _, value = condition.partition("=")
        columns.append(column)
        if column in table:
            table = table[table[column].astype(str) == value]
    if missing := sorted(set(columns) - set(table.columns)):
        raise ValueError(f"{row['file']}: columns {missing} are missing; recoveries.csv names them")
    estimate = table[row["estimate"]].to_numpy(float)
    truth = table[row["truth"]].to_numpy(float) if row["truth"] else np.nanmedian(estimate)
    errors = estimate / truth - 1 if row["kind"] == "relative" else estimate - truth
    return float(row["scale"]) * errors[np.isfinite(errors)]


def _remark(row: dict[str, str], errors: np.ndarray) -> str:
    low, high = np.quantile(errors, [0.025, 0.975]) * (100 if row["unit"] == "%" else 1)
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    told = (
        f"the slope spreads by {_signed(low)} to {_signed(high)}{unit}"
        if row["kind"] == "spread"
        else f"such a measurement is off by {_signed(low)} to {_signed(high)}{unit}"
    )
    return f"In simulation ({len(errors)} draws) {told}; what dominates: {row['dominates']}."


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{sig(abs(value), 2)}"
