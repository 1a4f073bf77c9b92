"""Verdicts: interval arithmetic over printed digits, and the rules that judge.

The order of judgement: what the printed digits allow (rounding), then what a
repeated experiment scatters, then whether an added assumption could carry the
difference. Only what survives all three contradicts a claim.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from nasicon.published import Claim, Facts

STATUSES = ("agrees", "differs", "contradicts", "hypothesis", "not testable", "input")
EVIDENCE = ("printed", "derived", "literature", "simulated", "measured")
FINDING_STATUSES = ("agrees", "hypothesis", "not testable")
MODES = ("usual", "strict", "none")  # which experimental intervals are used


@dataclass(frozen=True)
class Quantity:
    """A value and the interval it may lie in, ``lo <= value <= hi``."""

    value: float
    lo: float
    hi: float

    def __post_init__(self) -> None:
        if self.lo > self.hi:
            raise ValueError(f"lo must not exceed hi, got {self.lo:g} > {self.hi:g}")

    def overlaps(self, other: Quantity) -> bool:
        """Whether the two closed intervals share a point."""
        return self.lo <= other.hi and other.lo <= self.hi

    def within(self, lo: float, hi: float) -> bool:
        """Whether the whole interval lies in [lo, hi]."""
        return lo <= self.lo and self.hi <= hi


Input = Claim | Quantity | float


def quantity(value: Input) -> Quantity:
    """Turn a claim (with its rounding interval) or a plain number into a Quantity."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, Claim):
        return Quantity(value.number, *value.interval)
    return Quantity(float(value), float(value), float(value))


def corners(function: Callable[..., float], *inputs: Input) -> Quantity:
    """Evaluate a function at the printed values and at all corners of their intervals.

    Exact where the function is monotone in each input over its interval, which
    holds for every formula used here (sums, products, ratios, exponentials).
    """
    quantities = [quantity(x) for x in inputs]
    ends = [sorted({q.lo, q.hi}) for q in quantities]
    values = [float(function(*point)) for point in itertools.product(*ends)]
    centre = float(function(*(q.value for q in quantities)))
    return Quantity(centre, min(*values, centre), max(*values, centre))


@dataclass(frozen=True)
class Scatter:
    """The experimental intervals, in the usual, the strict or the zero case."""

    facts: Facts
    mode: str = "usual"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, got {self.mode!r}")

    def widen(self, value: Input, interval: str) -> Quantity:
        """Add an experimental interval, by its name, to a rounding interval."""
        q, row = quantity(value), self.facts.interval(interval)
        kind, nothing = row["kind"], 1.0 if row["kind"] == "factor" else 0.0
        by = {"usual": float(row["high"]), "strict": float(row["strict"]), "none": nothing}
        width = by[self.mode]
        if kind == "factor":
            return Quantity(q.value, q.lo / width, q.hi * width)
        if kind == "absolute":
            return Quantity(q.value, q.lo - width, q.hi + width)
        return Quantity(q.value, q.lo - abs(q.lo) * width, q.hi + abs(q.hi) * width)


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


def deviation_percent(stated: float | str, computed: Quantity | None) -> float:
    """100 (stated/computed - 1), nan where there is no number to compare."""
    if isinstance(stated, str) or computed is None or computed.value == 0:
        return math.nan
    return 100 * (stated / computed.value - 1)


def sig(value: float, digits: int = 3) -> str:
    """Write a number for a sentence, in significant digits: ``9.20``, ``1.15e-4``."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    rounded = float(f"{value:.{digits}g}")
    if 1e-2 <= abs(rounded) < 1e5:
        decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
        return f"{rounded:.{max(decimals, 0)}f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def span(q: Quantity, digits: int = 3) -> str:
    """Write an interval for a sentence: ``1.14 to 1.16``."""
    return f"{sig(q.lo, digits)} to {sig(q.hi, digits)}"


def _allowed(row: Verdict, column: str, allowed: tuple[str, ...]) -> None:
    if getattr(row, column) not in allowed:
        raise ValueError(
            f"{row.id}: {column} must be one of {', '.join(allowed)}, got {getattr(row, column)!r}"
        )
