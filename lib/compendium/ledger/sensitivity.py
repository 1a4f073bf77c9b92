"""Which verdicts change when one of our own assumptions is varied: computed, not guessed.

Two tables hold what we assume when judging: how far repeated experiments scatter
(``experimental_intervals.csv``) and which numbers a phrase stands for
(``wording.csv``). Each row is varied alone and the rows that use it are judged again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace

import pandas as pd

from compendium import published
from compendium.ledger.build import check_verdict, claim_verdict, verdicts
from compendium.ledger.claims import DECISIONS
from compendium.ledger.registry import CHECKS, CLAIM_VALUES, case
from compendium.ledger.verdict import Verdict
from compendium.published import Facts
from compendium.scatter import Scatter

SCALES = {"none": 0.0, "half": 0.5, "double": 2.0}  # of an experimental interval
STRETCH = {"narrower": -0.2, "wider": 0.25}  # of both ends of what a phrase stands for
NO_SOLUTION = "no solution"
NATURAL_ENDS = (0.0, 100.0, math.inf)
Key = tuple[str, str]


@dataclass(frozen=True)
class _Traced(Facts):
    """Facts that remember which intervals and phrases were asked for."""

    asked: set[str] = field(default_factory=set)

    def interval(self, name: str) -> dict[str, str]:
        self.asked.add(name)
        return super().interval(name)

    def wording(self, phrase: str) -> tuple[float, float]:
        self.asked.add(phrase)
        return super().wording(phrase)


def assumptions_used(facts: Facts | None = None) -> dict[Key, frozenset[str]]:
    """Intervals and phrases that each computed check or claim rests on, by (row type, id)."""
    facts = facts or published.facts()
    tables = {f.name: getattr(facts, f.name) for f in fields(Facts)}
    used = {}
    for kind, registry in (("check", CHECKS), ("claim", CLAIM_VALUES)):
        for row_id, entry in registry.items():
            traced = _Traced(**tables)
            entry.function(case(kind, row_id, traced, Scatter(traced)))
            used[kind, row_id] = frozenset(traced.asked)
    return used


def sensitivity(facts: Facts | None = None) -> pd.DataFrame:
    """Vary every assumption alone and judge again what rests on it.

    Returns
    -------
    pandas.DataFrame
        ``assumption, change, row_type, id, status, becomes``: one row per verdict
        that changes, sorted. Experimental intervals are set to none, half and double;
        the ends of a phrase are moved by a fifth inwards and a quarter outwards.
        ``becomes`` is a status, or ``no solution`` where the formula has none any more.
    """
    facts = facts or published.facts()
    base = {(v.row_type, v.id): v for v in verdicts(facts)}
    used = assumptions_used(facts)
    rows = []
    for name, change, varied in _variations(facts):
        touched = {key for key, names in used.items() if name in names}
        for key, status in _again(varied, touched, base):
            if status != base[key].status:
                rows.append((name, change, *key, base[key].status, status))
    columns = ["assumption", "change", "row_type", "id", "status", "becomes"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:4], ignore_index=True)


def _again(facts: Facts, touched: set[Key], base: dict[Key, Verdict]) -> Iterator[tuple[Key, str]]:
    """Judge the touched rows, and the claims that touched checks decide."""
    scatter = Scatter(facts)
    checks = {i: v for (kind, i), v in base.items() if kind == "check"}
    for kind, row_id in sorted(touched):
        if kind == "check":
            try:
                checks[row_id] = check_verdict(facts, facts.check(row_id), scatter)
            except ValueError:  # the formula has no solution so far out
                yield (kind, row_id), NO_SOLUTION
            else:
                yield (kind, row_id), checks[row_id].status
    names = {row_id for kind, row_id in touched if kind == "check"}
    decided = {i for i, decision in DECISIONS.items() if names & set(decision.checks)}
    for claim_id in sorted(decided | {i for kind, i in touched if kind == "claim"}):
        verdict = claim_verdict(facts, facts.claim(claim_id), checks, scatter)
        yield ("claim", claim_id), verdict.status


def _variations(facts: Facts) -> Iterator[tuple[str, str, Facts]]:
    for name in facts.interval_table["interval"]:
        for change, scale in SCALES.items():
            yield name, change, replace(facts, interval_table=_scaled(facts, name, scale))
    for phrase in facts.wording_table["wording"]:
        for change, share in STRETCH.items():
            yield phrase, change, replace(facts, wording_table=_stretched(facts, phrase, share))


def _scaled(facts: Facts, name: str, scale: float) -> pd.DataFrame:
    """The intervals with one of them scaled; a factor is scaled in its logarithm."""
    table, row = facts.interval_table.copy(), facts.interval(name)
    for column in ("low", "high", "strict"):
        width = float(row[column])
        new = width**scale if row["kind"] == "factor" else width * scale
        table.loc[table["interval"] == name, column] = repr(new)
    return table


def _stretched(facts: Facts, phrase: str, share: float) -> pd.DataFrame:
    """The phrases with the ends of one moved apart (or together) by a share of each.

    Natural ends stay: nothing, everything (100 %) and infinity.
    """
    table, (low, high) = facts.wording_table.copy(), facts.wording(phrase)
    ends = (
        end if end in NATURAL_ENDS else end + sign * share * abs(end)
        for end, sign in ((low, -1), (high, 1))
    )
    # sorted: a narrow phrase must not turn inside out
    table.loc[table["wording"] == phrase, ["low", "high"]] = [repr(end) for end in sorted(ends)]
    return table
