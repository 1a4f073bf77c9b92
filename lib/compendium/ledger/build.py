"""Assemble the ledger: one row per claim and per check."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from compendium import published
from compendium.ledger import (  # noqa: F401  (importing them registers their checks)
    checks_arrhenius,
    checks_boundary,
    checks_cells,
    checks_conductivity,
    checks_density,
    checks_diffraction,
    checks_diffraction_lagp,
    checks_eels,
    checks_esm,
    checks_grains,
    checks_lagp,
    checks_literature,
    checks_nmr,
    checks_raman,
    checks_series,
    checks_synthesis,
    checks_window,
    checks_xps,
)
from compendium.ledger.claims import CONDITION, DECISIONS, DEFINITIONS
from compendium.ledger.decision import SEVERITY, Decision
from compendium.ledger.registry import CHECKS, CLAIM_VALUES, case, load_bearing
from compendium.ledger.remarks import simulated_remarks
from compendium.ledger.techniques import technique, untested_check, untested_claim
from compendium.ledger.verdict import Outcome, Verdict, numbers_of
from compendium.published import Claim, Facts
from compendium.scatter import Scatter

COLUMNS = [*(field.name for field in fields(Verdict)), "depends_on_interval"]


def build(results_dir: Path | str | None = None, facts: Facts | None = None) -> pd.DataFrame:
    """Judge every claim and every check.

    Parameters
    ----------
    results_dir : path, optional
        Folder whose ``*/findings.csv`` may add what a simulated measurement could
        resolve to the readings; they never change a status.
    facts : Facts, optional
        The tables to judge; the repository's own if not given.

    Returns
    -------
    pandas.DataFrame
        Columns ``COLUMNS``, sorted by ``row_type`` and ``id``; 298 claims and 179
        checks for the repository's tables. Numbers are floats, missing ones nan.
    """
    facts = facts or published.facts()
    remarks = simulated_remarks(results_dir, facts) if results_dir is not None else {}
    rows = []
    for verdict in verdicts(facts):
        row = asdict(verdict)
        if remark := remarks.get(verdict.id):
            row["reading"] = f"{verdict.reading} {remark}"
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    moved = set(map(tuple, depends_on_intervals(facts)[["row_type", "id"]].to_numpy()))
    keys = zip(table["row_type"], table["id"], strict=True)
    table["depends_on_interval"] = ["yes" if key in moved else "no" for key in keys]
    return table


def verdicts(facts: Facts, mode: str = "usual") -> list[Verdict]:
    """All verdicts, sorted by row type and id; ``mode`` chooses the experimental intervals."""
    scatter = Scatter(facts, mode)
    checks = {
        row["check_id"]: check_verdict(facts, row, scatter) for row in _rows(facts.check_table)
    }
    claims = [
        claim_verdict(facts, facts.claim(row["id"]), checks, scatter)
        for row in _rows(facts.claim_table)
    ]
    return sorted([*claims, *checks.values()], key=lambda v: (v.row_type, v.id))


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
    table = pd.DataFrame(
        {
            "row_type": [v.row_type for v in modes["usual"]],
            "id": [v.id for v in modes["usual"]],
            **{mode: [v.status for v in found] for mode, found in modes.items()},
        }
    )
    changed = (table["usual"] != table["strict"]) | (table["usual"] != table["none"])
    return table[changed].reset_index(drop=True)


def _rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return table.to_dict("records")


def check_verdict(facts: Facts, row: dict[str, str], scatter: Scatter) -> Verdict:
    """Judge one row of the checks."""
    check_id = row["check_id"]
    if check_id in CHECKS:
        outcome = CHECKS[check_id].function(case("check", check_id, facts, scatter))
    else:
        reading = untested_check(check_id, row["basis"])
        outcome = Outcome("not testable", reading, evidence="printed")
    return Verdict(
        row_type="check",
        id=check_id,
        paper=row["paper"],
        item=row["item"],
        sample=_sample(facts, row["question"]),
        subject=row["question"],
        status=outcome.status,
        claim_or_finding=row["claim_or_finding"],
        load_bearing="yes" if load_bearing(facts, tuple(row["inputs"].split())) else "no",
        evidence=outcome.evidence,
        **numbers_of(outcome),
        unit=outcome.unit or row["unit"],
        basis=row["basis"],
        assumptions=outcome.assumptions or row["assumptions"],
        decided_by=check_id if check_id in CHECKS else "",
        reading=outcome.reading,
        notebook=technique(check_id).notebook,
        function=CHECKS[check_id].name if check_id in CHECKS else "",
    )


def _sample(facts: Facts, question: str) -> str:
    """Sample that a question starts with, as in ``GC-LATP: does ...``; empty if none."""
    name = question.split(":")[0].replace("pristine", "LAGP")
    return name if name in set(facts.sample_table["sample"]) else ""


def claim_verdict(
    facts: Facts, claim: Claim, checks: dict[str, Verdict], scatter: Scatter
) -> Verdict:
    """Judge one claim, given the verdicts of all checks."""
    if claim.id in CLAIM_VALUES:
        outcome = CLAIM_VALUES[claim.id].function(case("claim", claim.id, facts, scatter))
        return _claim_row(
            claim,
            outcome.status,
            outcome.reading,
            evidence=outcome.evidence,
            numbers=numbers_of(outcome) | {"unit": outcome.unit or claim.unit},
            basis=CLAIM_VALUES[claim.id].basis,
            assumptions=outcome.assumptions or "",
            decided_by=f"computed from {' '.join(CLAIM_VALUES[claim.id].also)}",
            function=CLAIM_VALUES[claim.id].name,
        )
    if claim.id in DECISIONS:
        return _decided(claim, DECISIONS[claim.id], checks)
    if claim.kind == "condition" or claim.id in DEFINITIONS:
        return _claim_row(claim, "input", DEFINITIONS.get(claim.id, CONDITION))
    return _claim_row(claim, "not testable", untested_claim(claim.id))


def _decided(claim: Claim, decision: Decision, checks: dict[str, Verdict]) -> Verdict:
    """Take the verdict of the check that raises the strongest doubt; the first one of equals."""
    found = [checks[check_id] for check_id in decision.checks]
    deciding = max(found, key=lambda v: (SEVERITY.index(v.status), -found.index(v)))
    parts = [decision.note, deciding.reading]
    if len(found) > 1:
        parts.append(f"Checks: {', '.join(f'{v.id} {v.status}' for v in found)}.")
    return _claim_row(
        claim,
        deciding.status,
        " ".join(filter(None, parts)),
        evidence=deciding.evidence,
        numbers=_numbers_beside(claim, deciding) if decision.numbers else None,
        basis=deciding.basis,
        assumptions=deciding.assumptions,
        decided_by=" ".join(decision.checks),
        function=deciding.function,
    )


def _numbers_beside(claim: Claim, check: Verdict) -> dict[str, float | str] | None:
    """A check's numbers, where they are of the same kind as the claim's own."""
    columns = ("computed", "lo", "hi", "exp_lo", "exp_hi")
    numbers = {c: getattr(check, c) for c in columns}
    if isinstance(claim.value, str):
        more = ("stated", "unit", "deviation_percent")
        return numbers | {c: getattr(check, c) for c in more}
    if claim.unit != check.unit or math.isnan(check.computed):
        return None
    off = 100 * (claim.number / check.computed - 1)
    return numbers | {"stated": claim.number, "unit": claim.unit, "deviation_percent": off}


def _claim_row(
    claim: Claim,
    status: str,
    reading: str,
    *,
    evidence: str = "printed",
    numbers: dict[str, float | str] | None = None,
    basis: str = "",
    assumptions: str = "",
    decided_by: str = "",
    function: str = "",
) -> Verdict:
    if numbers is None:
        numbers = numbers_of(Outcome(status, reading, stated=claim.value)) | {"unit": claim.unit}
    return Verdict(
        row_type="claim",
        id=claim.id,
        paper=claim.paper,
        item=claim.item,
        sample=claim.sample,
        subject=claim.quantity,
        status=status,
        claim_or_finding="claim",
        load_bearing="yes" if claim.load_bearing else "no",
        evidence=evidence,
        **numbers,
        basis=basis,
        assumptions=assumptions,
        decided_by=decided_by,
        reading=reading,
        notebook=technique(claim.id).notebook,
        function=function,
    )
