"""Whether a criterion settles its row rightly: simulated truths on both sides of its limits.

For every row whose quantity has a recovery ensemble, truths are drawn around the limits of its
criterion; an estimate is the truth with an error of the ensemble, its interval far narrower
than that error, as statistical intervals are. The margin of ``recoveries.csv`` has to guard.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from compendium import published
from compendium.ledger.build import verdicts
from compendium.ledger.remarks import recovery_errors
from compendium.ledger.settle import Criterion, margin, parse, with_margin
from compendium.published import Facts
from compendium.recover import command_line
from nasicon.core.interval import Quantity

DRAWS = 400
OWN_SHARE = 0.2  # of the ensemble's 95 % error: what an interval of one fit covers
RESOLVABLE = 2.0  # margins from a limit: an effect that such a measurement can resolve


def rates(rng: np.random.Generator, data_dir: Path = Path("data/simulated")) -> pd.DataFrame:
    """How often each criterion decides, and rightly.

    Returns
    -------
    pandas.DataFrame
        ``row_type, id, criterion, draws, decided_percent, right_percent`` (of the decided)
        and ``decided_of_resolvable_percent``; one row per ledger row whose quantity has an
        ensemble.
    """
    facts = published.facts()
    rows = []
    for (kind, row_id), verdict in verdicts(facts).items():
        if not verdict.criterion:
            continue
        criterion = parse(row_id, verdict.criterion, facts)
        errors = ensemble(facts, criterion.quantity, row_id, data_dir)
        if len(errors):
            found = trial(rng, criterion, margin(facts, criterion.quantity, row_id), errors)
            rows.append({"row_type": kind, "id": row_id, "criterion": criterion.text} | found)
    return pd.DataFrame(rows)


def ensemble(facts: Facts, quantity: str, row_id: str, data_dir: Path) -> np.ndarray:
    """Errors in the recovery tables of a quantity (the row's own, if any): as its margin."""
    table = facts.recovery_table[facts.recovery_table["quantity"] == quantity]
    if (own := table["claim"] == row_id).any():
        table = table[own]
    paths = [(Path(data_dir) / row["file"], row) for row in table.to_dict("records")]
    found = [recovery_errors(pd.read_csv(p), row) for p, row in paths if p.is_file()]
    return np.concatenate(found) if found else np.array([])


def trial(
    rng: np.random.Generator, criterion: Criterion, allowed: tuple[str, float], errors: np.ndarray
) -> dict[str, float]:
    """Decide simulated findings of known truth by one criterion."""
    kind, size = allowed
    ends = np.array([e for e in (criterion.low, criterion.high) if np.isfinite(e)])
    limits = rng.choice(ends, DRAWS)
    away = rng.uniform(-6, 6, DRAWS) * size
    truths = limits * np.exp(away) if kind == "relative" else limits + away
    drawn = rng.choice(errors, DRAWS)
    estimates = truths * (1 + drawn) if kind == "relative" else truths + drawn
    decided, right, resolvable, decided_resolvable = 0, 0, 0, 0
    for truth, estimate in zip(truths, estimates, strict=True):
        half = OWN_SHARE * size * (abs(estimate) if kind == "relative" else 1.0)
        measured = Quantity(float(estimate), float(estimate - half), float(estimate + half))
        met = criterion.decide(with_margin(measured, kind, size))
        gap = np.abs(np.log(truth / ends)) if kind == "relative" else np.abs(truth - ends)
        clear = bool(gap.min() > RESOLVABLE * size)
        resolvable += clear
        decided += met is not None
        decided_resolvable += clear and met is not None
        right += met is not None and met == (criterion.low <= truth <= criterion.high)
    return {
        "draws": DRAWS,
        "decided_percent": 100 * decided / DRAWS,
        "right_percent": 100 * right / decided if decided else np.nan,
        "decided_of_resolvable_percent": (
            100 * decided_resolvable / resolvable if resolvable else np.nan
        ),
    }


if __name__ == "__main__":
    command_line("settle", {"rates": rates}, seed=20191211)
