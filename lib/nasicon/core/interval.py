"""Interval arithmetic over printed digits: a number, and where rounding lets it lie."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@runtime_checkable
class Printed(Protocol):
    """A printed number with the interval that its digits stand for."""

    @property
    def number(self) -> float:
        """The value as printed."""

    @property
    def interval(self) -> tuple[float, float]:
        """What rounds to the printed digits."""


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


Input = Printed | Quantity | float


def quantity(value: Input) -> Quantity:
    """Turn a printed number (with its rounding interval) or a plain one into a Quantity."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, Printed):
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
