"""Loss of capacity over cycles, with errors that allow for slow drifts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nasicon.core.fitting import fit
from nasicon.core.quality import MAD_TO_SIGMA
from nasicon.core.result import FitResult, Problem
from nasicon.core.statistics import whitened

CHANCE_SIGMA = 0.5  # a correlation of neighbours below so many standard errors counts as none
FEWEST_FOR_CORRELATION = 12  # cycles; fewer cannot show a correlation
LEAST_JUMP, UNUSUAL, NEAR = 0.03, 8.0, 3  # in ln(capacity); times the usual; cycles beside it


@dataclass(frozen=True)
class Fade:
    """Loss of capacity over cycles.

    Attributes
    ----------
    result : FitResult
        ``first_capacity`` and ``fade_per_cycle`` in % of it (per root of a cycle for "root").
    correlation : float
        Between the scatter of neighbouring cycles, as estimated; the errors allow for it.
    law : str
    """

    result: FitResult
    correlation: float
    law: str

    def retention_percent(self, cycle: float) -> tuple[float, float, float]:
        """Capacity left in a cycle, in % of the first: value and 95 % interval."""
        g = cycle - 1 if self.law == "linear" else np.sqrt(cycle - 1)
        i = self.result.index("fade_per_cycle")
        ends = (self.result.values[i], self.result.ci_high[i], self.result.ci_low[i])
        return tuple(float(100 - f * g) for f in ends)


def fade(cycle: ArrayLike, capacity: ArrayLike, law: str = "linear") -> Fade:
    """Fit the fade of a capacity over cycles.

    Q(n) = Q_1 (1 - f g(n)) with g = n - 1 or sqrt(n - 1). Capacities of neighbouring cycles
    share temperature and contact, so their scatter is correlated; generalised least squares
    with a first-order correlation estimated from the residuals (the Prais-Winsten transform), and
    the t quantile of the effective number of cycles, n (1 - rho)/(1 + rho).

    Parameters
    ----------
    cycle, capacity : array_like, shape (n,)
        At least 5 complete cycles.
    law : str
        "linear" or "root".

    Raises
    ------
    ValueError
        Fewer than 5 cycles, an unknown law, or values that are not finite and rising.
    """
    if law not in ("linear", "root"):
        raise ValueError(f"law must be 'linear' or 'root', got {law!r}")
    n, q = np.asarray(cycle, dtype=float), np.asarray(capacity, dtype=float)
    if n.shape != q.shape or n.size < 5:
        raise ValueError(f"fade needs at least 5 cycles of equal length, got {n.size} and {q.size}")
    if not (np.isfinite(n).all() and np.isfinite(q).all() and (q > 0).all()):
        raise ValueError("cycles and capacities must be finite, capacities > 0")
    if (np.diff(n) <= 0).any():
        raise ValueError("cycle numbers must rise; sort the table by cycle")
    g = n - n[0] if law == "linear" else np.sqrt(n - n[0])
    design = np.column_stack([np.ones_like(g), -g / 100])
    rho, scaled = 0.0, q / q[0]
    for _ in range(4):
        b = np.linalg.lstsq(whitened(design, rho), whitened(scaled, rho), rcond=None)[0]
        rho = _correlation(scaled - design @ b)

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        first, f = values[:, 0, None] / q[0], values[:, 1, None]
        left = 1 - f * g / 100
        residual = whitened((first * left - scaled).T, rho).T
        slopes = np.stack([left / q[0], -first * g / 100], axis=-1)
        return residual, np.stack([whitened(j, rho) for j in slopes])

    steep = abs(b[1] / b[0]) + 1.0
    problem = Problem(
        names=("first_capacity", "fade_per_cycle"),
        units=("as given", "%"),
        lower=np.array([0.2 * q.min(), -20 * steep]),
        upper=np.array([5 * q.max(), 20 * steep]),
        positive=np.array([False, False]),
        evaluate=evaluate,
        resolution=np.array([0.2 * q[0], 10 * steep]),
    )
    result = fit(problem, [[0.95 * b[0] * q[0], 0.5 * b[1] / b[0] + 0.01]])
    effective = max(n.size * (1 - rho) / (1 + rho) - 2, 2.0)  # points that are independent
    wider = stats.t.ppf(0.975, effective) / stats.t.ppf(0.975, n.size - 2)
    ends = {
        "ci_low": result.values - wider * (result.values - result.ci_low),
        "ci_high": result.values + wider * (result.ci_high - result.values),
    }
    return Fade(replace(result, **ends) if rho else result, rho, law)


def jump(cycle: ArrayLike, capacity: ArrayLike) -> str:
    """Say where a capacity jumps from one cycle to the next, and stays; empty where it does not.

    ``UNUSUAL`` times the usual change of a cycle, and by ``LEAST_JUMP``: no law of fade does it.
    """
    n, q = np.asarray(cycle), np.log(np.asarray(capacity, dtype=float))
    if n.size < FEWEST_FOR_CORRELATION:
        return ""
    change = np.diff(q)
    change -= np.median(change)  # a fast fade is no jump
    inner = change[NEAR - 1 : len(change) - NEAR + 1]
    at = NEAR + int(np.argmax(np.abs(inner)))  # the first cycle at the new level
    size, usual = change[at - 1], MAD_TO_SIGMA * np.median(np.abs(change))
    held = np.median(q[at : at + NEAR]) - np.median(q[at - NEAR : at])
    if abs(size) < max(LEAST_JUMP, UNUSUAL * usual) or held / size < 0.5:
        return ""
    return (
        f"the capacity jumps by {100 * np.expm1(size):+.1f} % at cycle {n[at]:g}: another "
        "temperature, pressure or cell? The fade is that of neither part"
    )


def _correlation(residual: NDArray) -> float:
    """Lag-one correlation of residuals of a straight line, 0 where it may be chance.

    A fitted line takes about (2 + 4 rho)/n from it; `make study` shows what that is worth.
    """
    n = residual.size
    if n < FEWEST_FOR_CORRELATION:
        return 0.0
    power = float(residual @ residual)
    if power == 0:
        return 0.0
    raw = float(residual[1:] @ residual[:-1]) / power
    if raw < CHANCE_SIGMA / np.sqrt(n) - 2 / n:
        return 0.0
    return float(np.clip((raw + 2 / n) / (1 - 4 / n), 0.0, 0.95))
