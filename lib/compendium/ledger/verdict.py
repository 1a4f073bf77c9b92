"""Verdicts: interval arithmetic over printed digits, and the rules that judge.

The order of judgement: what the printed digits allow (rounding), then what a
repeated experiment scatters, then whether an added assumption could carry the
difference. Only what survives all three contradicts a claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nasicon.core.interval import Quantity, deviation_percent

STATUSES = ("agrees", "differs", "contradicts", "hypothesis", "not testable", "input")
EVIDENCE = ("printed", "derived", "literature", "simulated", "measured")
FINDING_STATUSES = ("agrees", "hypothesis", "not testable")


def judge(
    computed: Quantity, experimental: Quantity, stated: Quantity, *, may_contradict: bool
) -> str:
    """Judge a computed value against a stated one.

    Parameters
    ----------
    computed, experimental : Quantity
        The value with its rounding and with its experimental interval.
    stated : Quantity
        What the paper says, with its own rounding, or the numbers a phrase stands for.
    may_contradict : bool
        True only for a load-bearing claim or a plain fact, tested on printed
        digits without an added assumption that could carry the difference.
    """
    if computed.overlaps(stated):
        return "agrees"
    if experimental.overlaps(stated) or not may_contradict:
        return "differs"
    return "contradicts"


@dataclass(frozen=True)
class Outcome:
    """What a check says: a status, one plain sentence and the numbers behind it."""

    status: str
    reading: str
    computed: Quantity | None = None
    experimental: Quantity | None = None
    stated: float | str = ""
    unit: str | None = None
    evidence: str = "derived"
    assumptions: str | None = None


@dataclass(frozen=True)
class Verdict:
    """One row of the ledger. ``lo, hi`` is rounding, ``exp_lo, exp_hi`` experimental."""

    row_type: str
    id: str
    paper: str
    item: str
    sample: str
    subject: str
    status: str
    claim_or_finding: str
    load_bearing: str
    evidence: str
    computed: float
    lo: float
    hi: float
    exp_lo: float
    exp_hi: float
    stated: float | str
    unit: str
    deviation_percent: float
    basis: str
    assumptions: str
    decided_by: str
    reading: str
    notebook: str
    function: str  # dotted name of what computed it; empty where nothing was

    def __post_init__(self) -> None:
        _allowed(self, "row_type", ("claim", "check"))
        _allowed(self, "status", STATUSES)
        _allowed(self, "evidence", EVIDENCE)
        if not self.reading.strip():
            raise ValueError(f"{self.id}: a verdict needs a reading")
        if self.claim_or_finding == "finding" and self.status not in FINDING_STATUSES:
            raise ValueError(
                f"{self.id}: a finding is something nobody claimed and can only be "
                f"{', '.join(FINDING_STATUSES)}, got {self.status!r}"
            )
        if self.evidence == "simulated" and self.status in ("agrees", "contradicts"):
            raise ValueError(f"{self.id}: simulated evidence may neither confirm nor contradict")
        if self.status == "contradicts" and ("S" in self.basis or self.evidence == "literature"):
            raise ValueError(
                f"{self.id}: an added assumption or a literature value can only question"
            )


def numbers_of(outcome: Outcome) -> dict[str, float | str]:
    """Fill the numeric columns of a ledger row."""
    computed, experimental = outcome.computed, outcome.experimental
    return {
        "computed": computed.value if computed else math.nan,
        "lo": computed.lo if computed else math.nan,
        "hi": computed.hi if computed else math.nan,
        "exp_lo": experimental.lo if experimental else math.nan,
        "exp_hi": experimental.hi if experimental else math.nan,
        "stated": outcome.stated,
        "deviation_percent": deviation_percent(outcome.stated, computed),
    }


def _allowed(row: Verdict, column: str, allowed: tuple[str, ...]) -> None:
    if getattr(row, column) not in allowed:
        raise ValueError(
            f"{row.id}: {column} must be one of {', '.join(allowed)}, got {getattr(row, column)!r}"
        )
