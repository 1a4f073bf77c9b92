"""Quantities that the papers do not print, declared with a range and a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Assumption:
    """A quantity the papers do not print: nominal value and the range that ensembles draw from."""

    name: str
    nominal: float
    low: float
    high: float
    unit: str
    reason: str
    logarithmic: bool = False

    def draw(self, rng: np.random.Generator, size: int) -> NDArray:
        """Uniform (or log-uniform) draws over the range, shape (size,)."""
        if self.logarithmic:
            return np.exp(rng.uniform(np.log(self.low), np.log(self.high), size))
        return rng.uniform(self.low, self.high, size)


def nominal(assumptions: Iterable[Assumption]) -> dict[str, float]:
    """Every assumption at its nominal value."""
    return {a.name: a.nominal for a in assumptions}


def draws(
    assumptions: Iterable[Assumption], rng: np.random.Generator, size: int
) -> list[dict[str, float]]:
    """``size`` sets of assumptions over their ranges."""
    columns = {a.name: a.draw(rng, size) for a in assumptions}
    return [{name: float(column[i]) for name, column in columns.items()} for i in range(size)]


def write(assumptions: Iterable[Assumption], out_dir: Path) -> None:
    """Write ``assumptions.csv``: name, nominal value, range, unit and reason."""
    columns = ["name", "nominal", "low", "high", "unit", "reason"]
    pd.DataFrame([vars(a) for a in assumptions])[columns].to_csv(
        out_dir / "assumptions.csv", index=False, float_format="%.6g", lineterminator="\n"
    )
