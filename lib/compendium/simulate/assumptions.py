"""Quantities that the papers do not print, declared with a range and a reason.

They stand in ``data/assumptions``, a table for each kind of measurement; ``logarithmic`` says
that draws are uniform in the logarithm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.published import data_folder


@dataclass(frozen=True)
class Assumption:
    """A quantity the papers do not print: nominal value and the range that ensembles draw from."""

    name: str
    nominal: float
    low: float
    high: float
    unit: str
    logarithmic: bool
    reason: str

    def draw(self, rng: np.random.Generator, size: int) -> NDArray:
        """Uniform (or log-uniform) draws over the range, shape (size,)."""
        if self.logarithmic:
            return np.exp(rng.uniform(np.log(self.low), np.log(self.high), size))
        return rng.uniform(self.low, self.high, size)


def declared(kind: str) -> tuple[Assumption, ...]:
    """The assumptions of a kind of measurement, in the order of its table.

    Raises
    ------
    ValueError
        A nominal value outside its range, or a logarithmic range that reaches zero.
    """
    table = pd.read_csv(data_folder().parent / "assumptions" / f"{kind}.csv", dtype=str)
    found = []
    for name, *numbers, unit, logarithmic, reason in table.itertuples(index=False):
        nominal, low, high = map(float, numbers)  # pandas itself would round the last bit
        if not low <= nominal <= high or (logarithmic == "yes" and low <= 0):
            raise ValueError(f"{kind}.csv, {name}: {low:g} to {high:g} is no range of {nominal:g}")
        found.append(Assumption(name, nominal, low, high, unit, logarithmic == "yes", reason))
    return tuple(found)


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
