"""Noise that is correlated from point to point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def correlation_factor(residuals: NDArray) -> float:
    """1 + 2 sum of the residuals' autocorrelation up to the first lag that is not significant.

    The covariance of a line much broader than the correlation grows by this factor when
    the noise is correlated from point to point (zero filling, apodisation).
    """
    r = residuals - residuals.mean()
    total, limit = float(r @ r), 2 / np.sqrt(r.size)
    factor = 1.0
    for lag in range(1, r.size // 4):
        rho = float(r[:-lag] @ r[lag:]) / total
        if rho < limit:
            break
        factor += 2 * rho
    return factor
