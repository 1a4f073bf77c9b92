"""How far repeated experiments scatter: the experimental intervals of the published facts."""

import re
from dataclasses import dataclass

from compendium.published import Facts
from nasicon.core.interval import Input, Quantity, quantity

MODES = ("usual", "strict", "none")  # which experimental intervals are used


@dataclass(frozen=True)
class Scatter:
    """The experimental intervals, in the usual, the strict or the zero case."""

    facts: Facts
    mode: str = "usual"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, got {self.mode!r}")

    def applies(self, interval: str, claim_id: str) -> bool:
        """Whether an interval is one of this claim's value."""
        return bool(re.fullmatch(self.facts.interval(interval)["applies"], claim_id))

    def shared(self, interval: str) -> bool:
        """Whether one error moves every value that it applies to (a common reference)."""
        return self.facts.interval(interval)["shared"] == "yes"

    def ends(self, value: float, interval: str) -> tuple[float, float]:
        """Return a value with the interval taken down and up."""
        wide = self.widen(value, interval)
        return wide.lo, wide.hi

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
