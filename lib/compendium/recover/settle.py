"""Whether a criterion settles its row rightly, on simulated truths that did not set its margin.

The margin that `recoveries.csv` grants a quantity was copied from its recovery ensemble, whose
assumptions are uniform over their declared ranges. Here every study is run again with
assumptions that crowd at the ends of their ranges (arcsine law): the strongest skew, the
longest leads, the widest lines. Estimates err as in that second set, around truths on both
sides of a criterion's limits; their own intervals are far narrower, as statistical ones are.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium import published
from compendium.ledger.build import verdicts
from compendium.ledger.remarks import recovery_errors
from compendium.ledger.settle import Criterion, margin, parse, with_margin
from compendium.published import Facts
from compendium.recover import command_line, cycling, diffraction, eis, nmr, raman, xps
from nasicon.core.interval import Quantity

STUDIES = {
    m.__name__.rpartition(".")[2]: m.STUDIES for m in (cycling, diffraction, eis, nmr, raman, xps)
}
TRIALS = 400
TRUTHS = 12  # simulated specimens behind the errors of a quantity
OWN_SHARE = 0.2  # of the margin: what an interval of one fit covers
SKIPPED = ("cycling_recovery/checks.csv",)  # porous-electrode cells: a minute each
RESOLVABLE = 2.0  # margins from a limit: an effect that such a measurement can resolve


class Ends(np.random.Generator):
    """Random numbers of which the uniform ones crowd at the ends of their range."""

    def uniform(
        self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: int | None = None
    ) -> NDArray | float:
        """Draws by the arcsine law over [low, high]."""
        return low + (np.asarray(high) - low) * self.beta(0.5, 0.5, size)


def rates(rng: np.random.Generator, total: int = TRUTHS) -> pd.DataFrame:
    """How often each criterion decides, and rightly.

    Returns
    -------
    pandas.DataFrame
        ``row_type, id, criterion, draws, can_be_met`` (no: its window is narrower than the
        margin, so that such a measurement can only speak against it), ``decided_percent,
        right_percent`` (of the decided) and ``decided_of_resolvable_percent``; one row per
        ledger row whose quantity has an ensemble.
    """
    facts = published.facts()
    second = second_set(facts, rng, total)
    rows = []
    for (kind, row_id), verdict in verdicts(facts).items():
        if not verdict.criterion:
            continue
        criterion = parse(row_id, verdict.criterion, facts)
        errors = ensemble(facts, criterion.quantity, row_id, second)
        if len(errors):
            found = trial(rng, criterion, margin(facts, criterion.quantity, row_id), errors)
            rows.append({"row_type": kind, "id": row_id, "criterion": criterion.text} | found)
    return pd.DataFrame(rows)


def second_set(facts: Facts, rng: np.random.Generator, total: int) -> dict[str, pd.DataFrame]:
    """Every recovery study that `recoveries.csv` names, again with truths at the ends."""
    found = {}
    for offset, file in enumerate(sorted(set(facts.tables["recoveries"]["file"]) - set(SKIPPED))):
        technique, _, name = file.partition("_recovery/")
        ends = Ends(np.random.PCG64([offset, *rng.integers(0, 2**31, 2)]))
        found[file] = STUDIES[technique][name.removesuffix(".csv")](ends, total)
    return found


def ensemble(facts: Facts, quantity: str, row_id: str, second: dict[str, pd.DataFrame]) -> NDArray:
    """Errors of a quantity in the second set (of the row's own study, if any): as its margin."""
    table = facts.tables["recoveries"][facts.tables["recoveries"]["quantity"] == quantity]
    if (own := table["claim"] == row_id).any():
        table = table[own]
    rows = [row for row in table.to_dict("records") if row["file"] in second]
    return np.concatenate([[], *(recovery_errors(second[row["file"]], row) for row in rows)])


def trial(
    rng: np.random.Generator, criterion: Criterion, allowed: tuple[str, float], errors: np.ndarray
) -> dict[str, float]:
    """Decide simulated findings of known truth by one criterion."""
    kind, size = allowed
    ends = np.array([e for e in (criterion.low, criterion.high) if np.isfinite(e)])
    limits = rng.choice(ends, TRIALS)
    away = rng.uniform(-6, 6, TRIALS) * size
    truths = limits * np.exp(away) if kind == "relative" else limits + away
    drawn = rng.choice(errors, TRIALS)
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
    middle = float(np.sqrt(ends.prod()) if kind == "relative" else ends.mean())
    best = with_margin(Quantity(middle, middle, middle), kind, size)
    return {
        "draws": TRIALS,
        "can_be_met": "yes" if len(ends) == 1 or criterion.decide(best) else "no",
        "decided_percent": 100 * decided / TRIALS,
        "right_percent": 100 * right / decided if decided else np.nan,
        "decided_of_resolvable_percent": (
            100 * decided_resolvable / resolvable if resolvable else np.nan
        ),
    }


if __name__ == "__main__":
    command_line("settle", {"rates": rates}, seed=20191211)
