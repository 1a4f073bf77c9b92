"""Crystallinity by a standard curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class StandardCurve:
    """A straight line through mixtures of known crystallinity.

    Attributes
    ----------
    slope, intercept : float
        measure = intercept + slope * crystallinity (in percent).
    scatter : float
        Standard deviation of the measures about the line.
    count, mean, spread : int, float, float
        Mixtures it rests on, their mean crystallinity and its sum of squares about that.
    """

    slope: float
    intercept: float
    scatter: float
    count: int
    mean: float
    spread: float

    def read(self, measure: float) -> tuple[float, float, float]:
        """Crystallinity in percent of a specimen with this measure, and its 95 % interval.

        Inverse prediction: the scatter of the specimen's own measure
        and the line's uncertainty both count (Draper and Smith, Applied Regression
        Analysis, 3rd ed., section 3.2). It is not limited to 0-100 %: a value beyond
        says that the calibration does not hold there.
        """
        x = (measure - self.intercept) / self.slope
        half = float(self.prediction(x) / abs(self.slope))
        return float(x), float(x - half), float(x + half)

    def prediction(self, crystallinity: ArrayLike) -> np.ndarray:
        """Half-width of the 95 % band in which the measure of a new mixture falls."""
        x = np.asarray(crystallinity, dtype=float)
        variance = 1 + 1 / self.count + (x - self.mean) ** 2 / self.spread
        return stats.t.ppf(0.975, self.count - 2) * self.scatter * np.sqrt(variance)


def standard_curve(crystallinity_percent: ArrayLike, measure: ArrayLike) -> StandardCurve:
    """Calibrate a measure (hump area share, peak area ...) with mixtures of known share.

    Raises
    ------
    ValueError
        Fewer than three mixtures, all alike, or a measure that does not change.
    """
    x, y = (np.asarray(v, dtype=float) for v in (crystallinity_percent, measure))
    if x.size < 3 or x.size != y.size or np.ptp(x) == 0:
        raise ValueError(
            f"a standard curve needs at least three different mixtures, got {x.size} shares "
            f"and {y.size} measures"
        )
    if (x < 0).any() or (x > 100).any():
        raise ValueError("crystallinity_percent must lie in 0 to 100")
    fit = stats.linregress(x, y)
    if fit.slope == 0 or not np.isfinite(fit.slope):
        raise ValueError("the measure does not change with crystallinity: no calibration")
    residual = y - fit.intercept - fit.slope * x
    scatter = float(np.sqrt(residual @ residual / (x.size - 2)))
    spread = float(np.sum((x - x.mean()) ** 2))
    return StandardCurve(
        float(fit.slope), float(fit.intercept), scatter, x.size, float(x.mean()), spread
    )
