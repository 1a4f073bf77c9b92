"""Which verdicts change when one of our own assumptions is varied: computed, not guessed.

Three tables hold what we assume when judging: how far repeated experiments scatter
(``experimental_intervals.csv``), which numbers a phrase stands for (``wording.csv``) and
values that the papers do not print (``assumed.csv``). Each row is varied alone and the rows
that use it are judged again.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from compendium import published
from compendium.ledger.build import (
    Key,
    Verdicts,
    check_rows,
    claim_rows,
    dependants,
    rejudge,
    verdicts,
)
from compendium.published import Claim, Facts

SCALES = {"none": 0.0, "half": 0.5, "double": 2.0}  # of an experimental interval
STRETCH = {"narrower": -0.2, "wider": 0.25}  # of both ends of what a phrase stands for
NATURAL_ENDS = (0.0, 100.0, math.inf)
#: How far an input is moved when the ledger's robustness is shown, by unit.
DOMAINS = {
    "S cm-1": ("factor", 30.0),
    "eV": ("points", 0.12),
    "%": ("points", 25.0),
    "wt%": ("factor", 3.0),
    "ppm": ("points", 6.0),
    "nm": ("factor", 3.0),
    "deg": ("points", 15.0),
    "degC": ("points", 60.0),
} | dict.fromkeys(
    str.split(
        "1;mm;g;ml;g cm-3;pm;Hz;mHz;MHz;kHz;V;mV;mV s-1;s;h;C;mA g-1;MPa;mrad;cm-1;degC min-1;"
        "V vs Li/Li+",
        ";",
    ),
    ("factor", 1.5),
)


@dataclass(frozen=True)
class Moved(Facts):
    """Facts in which some claims hold other numbers, with the width of their last digit."""

    moved: dict[str, float] = field(default_factory=dict)

    def claim(self, claim_id: str) -> Claim:
        """One claim, with its moved number where it has one."""
        found = super().claim(claim_id)
        if claim_id not in self.moved:
            return found
        value = self.moved[claim_id]
        return replace(found, value=value, printed=f"{value:g}")


def with_claims(facts: Facts, values: dict[str, float]) -> Moved:
    """The facts with other numbers for some claims; the tables behind them are shared."""
    moved = Moved(facts.tables, values)
    moved.__dict__["_rows"] = facts._rows
    return moved


def domain(claim: Claim) -> tuple[float, float]:
    """Values that such a number could reasonably have had: where a moved input is tried.

    Raises
    ------
    ValueError
        A unit without a domain.
    """
    if claim.unit not in DOMAINS:
        raise ValueError(f"{claim.id}: no domain for the unit {claim.unit!r}; add one")
    kind, size = DOMAINS[claim.unit]
    if claim.unit == "eV" and claim.number > 1:  # a core level or an edge, not a slope
        size = 3.0
    if kind == "factor":
        return claim.number / size, claim.number * size
    low, high = claim.number - size, claim.number + size
    if claim.unit == "%":
        return max(low, 1.0), min(high, 99.5)
    return (max(low, 0.01), high) if claim.unit == "eV" else (low, high)


def numeric_inputs(facts: Facts) -> list[str]:
    """Claims with a number that a formula takes or a row is held against."""
    rows = [*check_rows(facts).values(), *claim_rows(facts).values()]
    named = {t.lstrip("!") for row in rows for t in (*row.tokens, *row.table["stated"].split(".."))}
    claims = sorted(name for name in named if facts.is_claim(name))
    return [c for c in claims if not isinstance(facts.claim(c).value, str)]


def moved_rows(facts: Facts, base: Verdicts, claim_id: str, value: float) -> Verdicts:
    """Judge again what depends on one claim if it held another value."""
    moved = with_claims(facts, {claim_id: value})
    keys = dependants(facts, [claim_id])
    again = rejudge(moved, keys, base)
    return {key: again[key] for key in keys}


def assumptions_used(facts: Facts | None = None) -> dict[Key, frozenset[str]]:
    """Intervals, phrases and assumed values that each row rests on, by (row type, id)."""
    facts = facts or published.facts()
    found = {}
    for kind, rows in (("check", check_rows(facts)), ("claim", claim_rows(facts))):
        for row_id, row in rows.items():
            phrase = row.table["stated"]
            phrases = (phrase.removeprefix("wording:"),) if phrase.startswith("wording:") else ()
            found[kind, row_id] = frozenset((*row.widths, *row.assumed, *phrases))
    return found


def sensitivity() -> pd.DataFrame:
    """Vary every assumption alone and judge again what rests on it.

    Returns
    -------
    pandas.DataFrame
        ``assumption, change, row_type, id, status, becomes``: one row per verdict
        that changes, sorted. Experimental intervals are set to none, half and double, the
        ends of a phrase moved by a fifth inwards and a quarter outwards, assumed values set
        to either end of their range.
    """
    facts = published.facts()
    base, used = verdicts(facts), assumptions_used(facts)
    rows = []
    for name, change, varied in _variations(facts):
        touched = {key for key, names in used.items() if name in names}
        checks = {row_id for kind, row_id in touched if kind == "check"}
        for row in facts.tables["claims"].to_dict("records"):
            if checks & set(row["decided_by"].split()):
                touched.add(("claim", row["id"]))
        again = rejudge(varied, touched, base)
        rows += [
            (name, change, *key, base[key].status, again[key].status)
            for key in sorted(touched)
            if again[key].status != base[key].status
        ]
    columns = ["assumption", "change", "row_type", "id", "status", "becomes"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:4], ignore_index=True)


def _variations(facts: Facts) -> Iterator[tuple[str, str, Facts]]:
    for name in facts.tables["experimental_intervals"]["interval"]:
        for change, scale in SCALES.items():
            yield (
                name,
                change,
                facts.with_table("experimental_intervals", _scaled(facts, name, scale)),
            )
    for phrase in facts.tables["wording"]["wording"]:
        for change, share in STRETCH.items():
            yield phrase, change, facts.with_table("wording", _stretched(facts, phrase, share))
    for row in facts.tables["assumed"].to_dict("records"):
        for end in ("low", "high"):
            if row[end] != row["value"]:
                table = facts.tables["assumed"].copy()
                table.loc[table["name"] == row["name"], ["value", "low", "high"]] = row[end]
                yield row["name"], end, facts.with_table("assumed", table)


def _scaled(facts: Facts, name: str, scale: float) -> pd.DataFrame:
    """The intervals with one of them scaled; a factor is scaled in its logarithm."""
    table, row = facts.tables["experimental_intervals"].copy(), facts.interval(name)
    for column in ("low", "high", "strict"):
        width = float(row[column])
        new = width**scale if row["kind"] == "factor" else width * scale
        table.loc[table["interval"] == name, column] = repr(new)
    return table


def _stretched(facts: Facts, phrase: str, share: float) -> pd.DataFrame:
    """The phrases with the ends of one moved apart (or together) by a share of each.

    Natural ends stay: nothing, everything (100 %) and infinity.
    """
    table, (low, high) = facts.tables["wording"].copy(), facts.wording(phrase)
    ends = (
        end if end in NATURAL_ENDS else end + sign * share * abs(end)
        for end, sign in ((low, -1), (high, 1))
    )
    # sorted: a narrow phrase must not turn inside out
    table.loc[table["wording"] == phrase, ["low", "high"]] = [repr(end) for end in sorted(ends)]
    return table
