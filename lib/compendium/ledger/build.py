"""Assemble the ledger: one row per claim and per check."""

import math
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from compendium import published
from compendium.ledger import words
from compendium.ledger.engine import Outcome, Row, evaluate
from compendium.ledger.remarks import recovery_remarks
from compendium.ledger.settle import parse
from compendium.ledger.verdict import SEVERITY, Verdict
from compendium.published import Claim, Facts
from compendium.scatter import Scatter
from nasicon.core.interval import deviation_percent

COLUMNS = [*(field.name for field in fields(Verdict)), "depends_on_interval"]
CONDITION = "A stated condition, used as such."
DEFINITION = "input: "  # starts the note of a claim that is a definition, not a condition
#: Columns of a row that the ledger copies, and those that a claim takes from its check.
COPIED = ("issue", "question", "evidence", "unit", "basis", "would_settle", "criterion")
OF_CHECK = ("question", "evidence", "basis", "assumptions", "decided_how", "function")
Key = tuple[str, str]
Verdicts = dict[Key, Verdict]


def build(data_dir: Path | str | None = None, facts: Facts | None = None) -> pd.DataFrame:
    """Judge every claim and every check.

    Parameters
    ----------
    data_dir : path, optional
        Folder ``data/simulated``, whose recovery tables add to a reading what a measurement
        could resolve; they never change a status.
    facts : Facts, optional
        The tables to judge; the repository's own if not given.

    Returns
    -------
    pandas.DataFrame
        Columns ``COLUMNS``, sorted by ``row_type`` and ``id``; 298 claims and 179
        checks for the repository's tables. Numbers are floats, missing ones nan.

    Raises
    ------
    ValueError
        An unknown formula, a missing sentence, a row that cannot be judged; named by its id.
    """
    facts = facts or published.facts()
    words.check_sentences(facts, [*check_rows(facts).values(), *claim_rows(facts).values()])
    remarks = recovery_remarks(data_dir, facts) if data_dir is not None else {}
    rows, found = [], verdicts(facts)
    for (kind, row_id), verdict in found.items():
        row = asdict(verdict)
        if verdict.criterion:
            parse(row_id, verdict.criterion, facts)
        if kind == "claim" and (remark := remarks.get(row_id)):
            row["reading"] = f"{verdict.reading} {remark}"
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    moved = set(map(tuple, depends_on_intervals(facts)[["row_type", "id"]].to_numpy()))
    table["depends_on_interval"] = ["yes" if key in moved else "no" for key in found]
    return table


def check_rows(facts: Facts) -> dict[str, Row]:
    """Rows of the checks by id."""
    return {r["check_id"]: Row(r, facts) for r in facts.rows("check")}


def claim_rows(facts: Facts) -> dict[str, Row]:
    """Rows of claims that follow from other printed values, by claim."""
    return {r["check_id"]: Row(r, facts, of_claim=True) for r in facts.rows("computed claim")}


def verdicts(facts: Facts, mode: str = "usual") -> Verdicts:
    """All verdicts by row type and id, sorted; ``mode`` chooses the experimental intervals."""
    keys = [("check", i) for i in facts.tables["checks"]["check_id"]]
    keys += [("claim", i) for i in facts.tables["claims"]["id"]]
    return rejudge(facts, keys, {}, mode)


def rejudge(facts: Facts, keys: Iterable[Key], known: Verdicts, mode: str = "usual") -> Verdicts:
    """Judge the named rows again, and take the others as known.

    Returns
    -------
    dict
        All of ``known`` with the named rows replaced; sorted.
    """
    scatter, found = Scatter(facts, mode), dict(known)
    checks, computed = check_rows(facts), claim_rows(facts)
    wanted = set(keys)
    for kind, row_id in wanted:
        if kind == "check":
            found[kind, row_id] = _check(checks[row_id], scatter)
    doubts = _doubts(checks, found)
    for kind, row_id in wanted:
        if kind == "claim":
            claim = facts.claim(row_id)
            found[kind, row_id] = (
                _computed(claim, computed[row_id], scatter)
                if row_id in computed
                else _decided(claim, facts, found, doubts)
            )
    return dict(sorted(found.items()))


def dependants(facts: Facts, claims: Iterable[str]) -> set[Key]:
    """Every row that depends on one of the claims: checks, claims, and what these decide."""
    changed = set(claims)
    checks = {i: row for i, row in check_rows(facts).items() if changed & set(row.claims)}
    found = {("check", i) for i in checks}
    found |= {("claim", i) for i in changed}
    found |= {("claim", i) for i, row in claim_rows(facts).items() if changed & set(row.claims)}
    inputs = {c for row in checks.values() for c in row.claims}
    for row in facts.rows("claim"):
        if set(row["decided_by"].split()) & set(checks) or (is_input(row) and row["id"] in inputs):
            found.add(("claim", row["id"]))
    return found


def is_input(row: dict[str, str]) -> bool:
    """Whether a claim is a stated condition or a definition."""
    return row["kind"] == "condition" or row["note"].startswith(DEFINITION)


def depends_on_intervals(facts: Facts | None = None) -> pd.DataFrame:
    """Rows whose status changes with the experimental intervals.

    Returns
    -------
    pandas.DataFrame
        ``row_type, id`` and the status with the ``usual``, the ``strict`` and
        ``none`` of the intervals; only rows where the three are not equal.
    """
    facts = facts or published.facts()
    modes = {mode: verdicts(facts, mode) for mode in ("usual", "strict", "none")}
    table = pd.DataFrame(list(modes["usual"]), columns=["row_type", "id"])
    for mode, found in modes.items():
        table[mode] = [verdict.status for verdict in found.values()]
    changed = (table["usual"] != table["strict"]) | (table["usual"] != table["none"])
    return table[changed].reset_index(drop=True)


def _spoken(row: Row, scatter: Scatter) -> tuple[Outcome, str, str]:
    """Outcome of a row, its status and its sentence."""
    outcome = evaluate(row, scatter)
    status = outcome.status
    if row.formula is None:
        status = row.table["rule"].removeprefix("by hand: ")
    elif outcome.computed is None:
        return outcome, status, words.NO_SOLUTION
    return outcome, status, words.fill(row, outcome, words.sentence(row.facts, row.id, status))


def _numbers(row: Row, outcome: Outcome) -> dict[str, float | str]:
    """Numeric columns of a ledger row."""
    q, wide, number = outcome.computed, outcome.wide, words.stated_number(row)
    if q is None:
        return _no_numbers(number if number != "" else words.stated_text(row))
    claimed = row.table["claim_or_finding"] == "claim" and number != ""
    return {
        "computed": q.value,
        "lo": q.lo,
        "hi": q.hi,
        "exp_lo": wide.lo if row.standing.open_ else math.nan,
        "exp_hi": wide.hi if row.standing.open_ else math.nan,
        "stated": number if number != "" else words.stated_text(row),
        "deviation_percent": deviation_percent(number, q) if claimed else math.nan,
    }


def _no_numbers(stated: float | str) -> dict[str, float | str]:
    columns = ("computed", "lo", "hi", "exp_lo", "exp_hi", "deviation_percent")
    return {"stated": stated} | dict.fromkeys(columns, math.nan)


def _assumptions(row: Row) -> str:
    """Every assumption of a row in words: its own text, ranges of inputs, widths."""
    parts = [row.table["assumptions"]]
    for name in row.assumed:
        a = row.facts.assumed(name)
        ends = a["value"] if a["low"] == a["high"] else f"{a['value']} ({a['low']} to {a['high']})"
        unit = "" if a["unit"] == "1" else f" {a['unit']}"
        parts.append(f"{name.replace('_', ' ')} {ends}{unit}")
    parts += [f"scatter: {width}" for width in row.widths]
    return "; ".join(filter(None, parts))


def _from_row(row: Row, scatter: Scatter) -> dict[str, object]:
    """Columns that a row of checks and a computed claim fill alike."""
    outcome, status, text = _spoken(row, scatter)
    table, function = row.table, row.formula
    settles = table["would_settle"] if status in ("hypothesis", "not testable") else ""
    return {
        **{column: table[column] for column in COPIED},
        **_numbers(row, outcome),
        "status": status,
        "load_bearing": "yes" if row.load_bearing else "no",
        "assumptions": _assumptions(row),
        "reading": f"{text} Would settle it: {settles}." if settles else text,
        "decided_how": "computed" if function and outcome.computed else "by hand",
        "function": f"{function.__module__}.{function.__qualname__}" if function else "",
    }


def _check(row: Row, scatter: Scatter) -> Verdict:
    question = row.table["question"]
    return Verdict(
        row_type="check",
        id=row.id,
        sample=_sample(row.facts, question),
        subject=question,
        decided_by=row.id,
        **{name: row.table[name] for name in ("paper", "item", "claim_or_finding", "notebook")},
        **_from_row(row, scatter),
    )


def _sample(facts: Facts, question: str) -> str:
    """Sample that a question starts with, as in ``GC-LATP: does ...``; empty if none."""
    name = question.split(":")[0]
    return name if name in set(facts.tables["samples"]["sample"]) else ""


def _claim(claim: Claim, facts: Facts, **columns: object) -> Verdict:
    row = facts.row("claim", claim.id)
    own = {name: row[name] for name in ("id", "paper", "item", "sample", "notebook")}
    own |= {"row_type": "claim", "subject": claim.quantity, "claim_or_finding": "claim"}
    filled = {
        **{name: row[name] for name in ("issue", "would_settle", "unit")},
        **dict.fromkeys(("basis", "assumptions", "decided_by", "decided_how", "function"), ""),
        "question": ", ".join(filter(None, (claim.quantity, claim.sample))),
        "evidence": "printed",
    } | columns
    filled["criterion"] = row["criterion"] or filled.get("criterion", "")
    filled["load_bearing"] = row["load_bearing"]
    return Verdict(**own, **filled)


def _computed(claim: Claim, row: Row, scatter: Scatter) -> Verdict:
    used = " ".join(t for t in row.tokens if row.facts.is_claim(t)) or row.table["formula"]
    columns = _from_row(row, scatter)
    columns["unit"] = columns["unit"] or claim.unit
    return _claim(claim, row.facts, decided_by=f"computed from {used}", **columns)


def _decided(claim: Claim, facts: Facts, known: Verdicts, doubts: dict[str, Verdict]) -> Verdict:
    """Take the verdict of the check that raises the strongest doubt; else input or not testable."""
    row = facts.row("claim", claim.id)
    plain = _no_numbers(claim.value)
    if is_input(row):
        text = row["note"].removeprefix(DEFINITION) if row["kind"] != "condition" else CONDITION
        if claim.id in doubts:
            doubt = doubts[claim.id]
            text += f" {doubt.id} speaks about it ({doubt.status}): {doubt.reading}"
        return _claim(claim, facts, status="input", reading=text, **plain)
    names = row["decided_by"].split()
    if not names:
        text = f"Not tested here. {row['note']} Would settle it: {row['would_settle']}."
        return _claim(claim, facts, status="not testable", reading=text, **plain)
    found = [known["check", name] for name in names]
    if claim.load_bearing:  # words alone do not decide what a conclusion rests on
        found = [v for v in found if v.decided_how == "computed"] or found
    deciding = max(found, key=lambda v: (SEVERITY.index(v.status), -found.index(v)))
    if (deciding.claim_or_finding, deciding.status) == ("finding", "agrees"):
        settles = row["would_settle"] or deciding.would_settle  # a doubt less confirms nothing
        text = f"Not tested here. {row['note']} {deciding.question} {deciding.reading}"
        text = f"{' '.join(text.split())} Would settle it: {settles}."
        given = {"decided_by": " ".join(names), "would_settle": settles}
        return _claim(claim, facts, status="not testable", reading=text, **given, **plain)
    parts = [row["note"], deciding.reading]
    if len(names) > 1:
        statuses = (f"{name} {known['check', name].status}" for name in names)
        parts.append(f"Checks: {', '.join(statuses)}.")
    settles = row["would_settle"] or deciding.would_settle
    if deciding.status == "established":
        parts.append(f"Would settle it: {settles}.")
    return _claim(
        claim,
        facts,
        # that something is established beside it makes a claim one reading among others
        status="hypothesis" if deciding.status == "established" else deciding.status,
        reading=" ".join(filter(None, parts)),
        decided_by=" ".join(names),
        would_settle=settles,
        **_numbers_beside(claim, deciding),
        **{name: getattr(deciding, name) for name in OF_CHECK},
    )


def _doubts(checks: dict[str, Row], known: Verdicts) -> dict[str, Verdict]:
    """Strongest check that speaks about each claim and raises a doubt or a finding."""
    found: dict[str, Verdict] = {}
    for check_id, row in checks.items():
        verdict = known.get(("check", check_id))
        if verdict is None or SEVERITY.index(verdict.status) < SEVERITY.index("established"):
            continue
        for claim_id in row.claims:
            held = found.get(claim_id)
            if held is None or SEVERITY.index(held.status) < SEVERITY.index(verdict.status):
                found[claim_id] = verdict
    return found


def _numbers_beside(claim: Claim, check: Verdict) -> dict[str, float | str]:
    """A check's numbers, where they are of the same kind as the claim's own."""
    numbers = {c: getattr(check, c) for c in ("computed", "lo", "hi", "exp_lo", "exp_hi")}
    if isinstance(claim.value, str):
        more = ("stated", "unit", "deviation_percent")
        return numbers | {c: getattr(check, c) for c in more}
    same = check.stated == claim.number and check.unit == claim.unit
    if not same or math.isnan(check.computed):
        return _no_numbers(claim.value)
    off = 100 * (claim.number / check.computed - 1) if check.computed else math.nan
    return numbers | {"stated": claim.number, "deviation_percent": off}
