"""Verdicts: the one rule that judges a computed number, and the row that it ends in.

The order of judgement: what the printed digits allow (rounding), then what repeated
experiments scatter and what our own assumptions leave open. Only what survives all of it
contradicts a claim or establishes a finding.
"""

import math
from dataclasses import dataclass

from nasicon.core.interval import Quantity

STATUSES = (
    "agrees",
    "differs",
    "contradicts",
    "established",
    "hypothesis",
    "not testable",
    "input",
)
# From weak to strong: a claim takes the strongest doubt that one of its checks raises.
SEVERITY = ("not testable", "agrees", "established", "hypothesis", "differs", "contradicts")
EVIDENCE = ("printed", "derived", "literature", "measured")
FINDING_STATUSES = ("agrees", "established", "hypothesis", "not testable")


@dataclass(frozen=True)
class Standing:
    """What a row is, before any number: this decides which statuses it can reach.

    Attributes
    ----------
    finding : bool
        Something that nobody claimed: the row asks whether it follows from the numbers.
    weighty : bool
        A conclusion of the paper rests on an input, or the row tests a plain fact.
    capped : bool
        An assumption without a range, one whose range has no source that was looked up, or a
        value of the literature could carry the difference: the row can question, and neither
        contradict nor establish.
    open_ : bool
        Experimental widths or ranges of assumptions enter.
    """

    finding: bool
    weighty: bool
    capped: bool
    open_: bool

    def reachable(self) -> tuple[str, ...]:
        """Return the statuses that some value of the inputs could lead to."""
        if self.finding:
            return ("agrees", "hypothesis") if self.capped else FINDING_STATUSES[:3]
        outside = ("hypothesis" if self.capped else "contradicts",) if self.weighty else ()
        near = ("differs",) if self.open_ or not self.weighty else ()
        return ("agrees", *near, *outside)


def judge(computed: Quantity, wide: Quantity, stated: Quantity, standing: Standing) -> str:
    """Judge a computed value; every status of a number comes from here.

    Parameters
    ----------
    computed : Quantity
        The value with its rounding interval.
    wide : Quantity
        The same with experimental scatter and the ranges of assumptions.
    stated : Quantity
        For a claim, what the paper says; for a finding, the values for which it holds.
    standing : Standing

    Returns
    -------
    str
        A claim ``agrees`` where rounding reaches what is stated. Outside, it ``differs``
        where the wide interval still reaches it or no conclusion rests on it; else it
        ``contradicts``, or where an assumption could carry the difference it is a
        ``hypothesis`` that one does. A finding is ``established`` if it holds over the whole
        wide interval, a ``hypothesis`` if it holds at the computed value, and where it does
        not hold there the printed numbers stand (``agrees``). A finding says more, or less: at
        its limit itself it does not hold.
    """
    if standing.finding:
        if not _between(stated, computed.value, computed.value):
            return "agrees"
        return (
            "hypothesis"
            if standing.capped or not _between(stated, wide.lo, wide.hi)
            else ("established")
        )
    if computed.overlaps(stated):
        return "agrees"
    if not standing.weighty or wide.overlaps(stated):
        return "differs"
    return "hypothesis" if standing.capped else "contradicts"


def _between(limits: Quantity, low: float, high: float) -> bool:
    """Whether low and high lie inside limits, an end without bound included."""
    above = limits.lo < low or limits.lo == -math.inf
    return above and (high < limits.hi or limits.hi == math.inf)


@dataclass(frozen=True)
class Verdict:
    """One row of the ledger. ``lo, hi`` is rounding, ``exp_lo, exp_hi`` experimental."""

    row_type: str
    id: str
    paper: str
    item: str
    sample: str
    issue: str
    subject: str
    question: str
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
    would_settle: str
    criterion: str
    decided_how: str
    notebook: str
    function: str  # dotted name of the formula; empty where nothing was computed

    def __post_init__(self) -> None:
        _allowed(self, "row_type", ("claim", "check"))
        _allowed(self, "status", STATUSES)
        _allowed(self, "evidence", EVIDENCE)
        _allowed(self, "decided_how", ("", "computed", "by hand"))
        if not self.reading.strip():
            raise ValueError(f"{self.id}: a verdict needs a reading")
        if self.claim_or_finding == "finding" and self.status not in FINDING_STATUSES:
            raise ValueError(
                f"{self.id}: a finding is something nobody claimed and can only be "
                f"{', '.join(FINDING_STATUSES)}, got {self.status!r}"
            )
        if self.status == "established" and self.row_type == "claim":
            raise ValueError(f"{self.id}: only a check can be established")
        if self.status == "contradicts" and ("S" in self.basis or self.evidence == "literature"):
            raise ValueError(
                f"{self.id}: an added assumption or a literature value can only question"
            )
        judged = self.status in ("agrees", "differs", "contradicts", "hypothesis")
        if judged and self.load_bearing == "yes" and self.decided_how == "by hand":
            raise ValueError(f"{self.id}: a conclusion rests on it, so words alone do not decide")
        if self.status in ("hypothesis", "not testable") and not self.would_settle:
            raise ValueError(f"{self.id}: {self.status} needs what would settle it (would_settle)")


def _allowed(row: Verdict, column: str, allowed: tuple[str, ...]) -> None:
    if getattr(row, column) not in allowed:
        raise ValueError(
            f"{row.id}: {column} must be one of {', '.join(allowed)}, got {getattr(row, column)!r}"
        )
