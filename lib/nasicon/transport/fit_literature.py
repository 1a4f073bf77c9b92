"""Where values stand among published ones, and the Meyer-Neldel relation among those.

Entries of one paper share sample, apparatus and habit: intervals are
bootstrapped over papers, not over entries.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin

REPLICATES = 1000
FEWEST_GROUPS = 3
LOG_ERROR = np.log(1.3)  # of a published ln(sigma)


@dataclass(frozen=True)
class Percentile:
    """Share of published values below one, in per cent, with a 95 % interval."""

    value: float
    low: float
    high: float
    entries: int
    papers: int


def percentile(
    values: ArrayLike,
    papers: ArrayLike,
    x: float,
    *,
    factor: float = 1.0,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> Percentile:
    """Rank of a value among published ones.

    Parameters
    ----------
    values, papers : array, shape (n,)
        Positive values, and the paper that each comes from.
    x : float
        The value to place.
    factor : float
        How far `x` itself scatters, times or divided by; log-uniform.

    Raises
    ------
    ValueError
        No values, values that are not positive, or fewer than three papers.
    """
    values, papers = np.asarray(values, dtype=float), np.asarray(papers)
    if values.size == 0 or np.any(~np.isfinite(values)) or np.any(values <= 0):
        raise ValueError("published values must be positive numbers, and at least one")
    if not (x > 0 and factor >= 1):
        raise ValueError(f"x must be > 0 and factor >= 1, got {x} and {factor}")
    rng = np.random.default_rng(seed)
    shares = np.array(
        [
            np.mean(values[rows] < x * factor ** rng.uniform(-1, 1))
            for rows in _resampled(papers, rng, replicates)
        ]
    )
    low, high = np.quantile(shares, [0.025, 0.975])
    share = float(np.mean(values < x))
    return Percentile(
        100 * share, 100 * float(low), 100 * float(high), values.size, np.unique(papers).size
    )


@dataclass(frozen=True)
class MeyerNeldel:
    """ln(sigma) = intercept + slope Ea with scatter, and what it means for the prefactor.

    ln(sigma0) = ln(sigma00) + Ea/E_MN with 1/E_MN = slope + 1/kT and the same
    intercept. Where sigma does not depend on Ea the slope is zero and E_MN is kT
    of the temperature at which sigma was taken: no compensation, only arithmetic.
    """

    intercept: float
    slope_per_ev: float
    scatter: float
    energy_mev: float
    slope_interval: tuple[float, float]
    energy_interval_mev: tuple[float, float]
    entries: int
    papers: int

    @property
    def isokinetic_k(self) -> float:
        """Temperature at which all members would conduct alike, E_MN/k."""
        return self.energy_mev / 1e3 / BOLTZMANN_EV_PER_K

    def ln_sigma(self, energy_ev: ArrayLike) -> NDArray:
        """Line at the temperature of the fit."""
        return self.intercept + self.slope_per_ev * np.asarray(energy_ev, dtype=float)

    def deviation(self, energy_ev: float, sigma_s_per_cm: float) -> float:
        """How far a point lies above the line, in units of the scatter."""
        return float((np.log(sigma_s_per_cm) - self.ln_sigma(energy_ev)) / self.scatter)


def meyer_neldel(
    energy_ev: ArrayLike,
    sigma_s_per_cm: ArrayLike,
    papers: ArrayLike,
    *,
    energy_error_ev: float = 0.02,
    temperature_c: float = 25.0,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> MeyerNeldel:
    """Fit the relation in the two quantities whose errors are independent, sigma and Ea.

    ln(sigma0) is computed from Ea, so that its error is that of Ea over kT: a
    plain fit of ln(sigma0) against Ea finds a relation in pure noise. Here
    ln(sigma) is fitted against Ea, whose errors are independent, by the
    bivariate estimator with intrinsic scatter of Akritas and Bershady
    (Astrophys. J. 470 (1996) 706, doi 10.1086/177901), and transformed. The same estimator applied
    to ln(sigma0) with its correlated errors gives the same line exactly.

    Parameters
    ----------
    energy_ev, sigma_s_per_cm, papers : array, shape (n,)
    energy_error_ev : float
        Standard error of Ea; that of ln(sigma) is `LOG_ERROR`.
    temperature_c : float
        Of the conductivities.
    """
    x, y = np.asarray(energy_ev, dtype=float), np.log(np.asarray(sigma_s_per_cm, dtype=float))
    papers = np.asarray(papers)
    if x.size < 4 or x.size != y.size or not np.all(np.isfinite([x, y])):
        raise ValueError(
            f"at least four pairs of finite Ea and sigma > 0 are needed, got {x.size} and {y.size}"
        )
    rng = np.random.default_rng(seed)
    intercept, slope, scatter = _errors_in_both(x, y, energy_error_ev)
    slopes = [
        _errors_in_both(x[rows], y[rows], energy_error_ev)[1]
        for rows in _resampled(papers, rng, replicates)
        if np.var(x[rows]) > 2 * energy_error_ev**2  # a sample of one energy has no slope
    ]
    low, high = np.quantile(slopes, [0.025, 0.975])
    per_kt = float(1 / (BOLTZMANN_EV_PER_K * kelvin(temperature_c)))

    def energy(slope: float) -> float:
        inverse = slope + per_kt
        return 1e3 / inverse if inverse > 0 else float("inf")

    return MeyerNeldel(
        intercept=intercept,
        slope_per_ev=slope,
        scatter=scatter,
        energy_mev=energy(slope),
        slope_interval=(float(low), float(high)),
        energy_interval_mev=(energy(float(high)), energy(float(low))),
        entries=x.size,
        papers=np.unique(papers).size,
    )


def _errors_in_both(x: NDArray, y: NDArray, x_error: float) -> tuple[float, float, float]:
    """Intercept, slope and intrinsic scatter; the variance of x is freed of its error."""
    spread = np.var(x) - x_error**2
    if spread <= 0:
        raise ValueError(
            f"the energies spread by {np.std(x):.3g} eV, no more than their error of "
            f"{x_error:g} eV: they determine no slope"
        )
    slope = float(np.mean((x - x.mean()) * (y - y.mean())) / spread)
    intercept = float(y.mean() - slope * x.mean())
    variance = np.var(y - intercept - slope * x) - LOG_ERROR**2 - (slope * x_error) ** 2
    return intercept, slope, float(np.sqrt(max(variance, 0.0)))


def _resampled(papers: NDArray, rng: np.random.Generator, replicates: int) -> Iterator[NDArray]:
    """Row indices of bootstrap samples of whole papers."""
    names = np.unique(papers)
    if names.size < FEWEST_GROUPS:
        raise ValueError(
            f"an interval over papers needs at least {FEWEST_GROUPS} of them, got {names.size}"
        )
    rows = [np.flatnonzero(papers == name) for name in names]
    for picks in rng.integers(0, names.size, (replicates, names.size)):
        yield np.concatenate([rows[i] for i in picks])


def neutral_rows(table: pd.DataFrame, charges: ArrayLike) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a table of compositions into neutral ones and those whose formula cannot be right."""
    neutral = np.abs(np.asarray(charges, dtype=float)) < 0.05
    return table[neutral].reset_index(drop=True), table[~neutral].reset_index(drop=True)
