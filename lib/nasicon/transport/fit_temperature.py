"""From resistances to conductivities and activation energies, with all that is uncertain.

Equations stand in :mod:`nasicon.transport.model_conduction`; here they meet data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nasicon.core import fitting
from nasicon.core.constants import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K, kelvin
from nasicon.core.result import IDENTIFIABLE_DECADES, FitResult, Problem
from nasicon.transport import model_conduction as model

REFERENCE_C = 25.0
CHANCE = 0.01  # that a straight line is called bent
FEWEST_FOR_BEND = 5  # temperatures: two more than a parabola takes


@dataclass(frozen=True)
class Conductivity:
    """A conductivity in S cm-1 with its budget: relative standard errors by source, in percent."""

    value: float
    stderr: float
    budget_percent: Mapping[str, float]

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval, symmetric in the logarithm."""
        width = 1.96 * self.stderr / self.value
        factor = math.exp(width) if width < 700 else math.inf
        return self.value / factor, self.value * factor


def conductivity(
    resistance_ohm: float,
    stderr_ohm: float,
    *,
    thickness_mm: float,
    diameter_mm: float,
    thickness_error_mm: float = 0.0,
    diameter_error_mm: float = 0.0,
    systematic_percent: float = 0.0,
) -> Conductivity:
    """Apparent conductivity d/(S R) with every declared source of error, added in quadrature.

    Parameters
    ----------
    resistance_ohm, stderr_ohm : float
        From the fit.
    thickness_mm, diameter_mm : float
        Of the electrode's area as measured after sintering; a pressing die's
        diameter overstates it (12 % shrinkage: 29 % in sigma).
    thickness_error_mm, diameter_error_mm : float
        Standard errors.
    systematic_percent : float
        Any further relative standard error, for example a skewed arc's pull on an intercept.
    """
    if not (math.isfinite(resistance_ohm) and resistance_ohm > 0):
        raise ValueError(f"resistance_ohm must be > 0 and finite, got {resistance_ohm}")
    value = float(model.conductivity(resistance_ohm, thickness_mm, diameter_mm))
    for name, error in {
        "stderr_ohm": stderr_ohm,
        "thickness_error_mm": thickness_error_mm,
        "diameter_error_mm": diameter_error_mm,
        "systematic_percent": systematic_percent,
    }.items():
        if not (math.isfinite(error) and error >= 0):
            raise ValueError(f"{name} must be >= 0 and finite, got {error}")
    budget = {
        "fit": 100 * stderr_ohm / resistance_ohm,
        "thickness": 100 * thickness_error_mm / thickness_mm,
        "diameter": 200 * diameter_error_mm / diameter_mm,
        "model": systematic_percent,
    }
    total = math.sqrt(sum(share**2 for share in budget.values()))
    return Conductivity(value, value * total / 100, budget)


def fit_arrhenius(
    temperature_c: ArrayLike,
    sigma_s_per_cm: ArrayLike,
    relative_stderr: ArrayLike | None = None,
    *,
    convention: model.Convention = "sigma",
    temperature_error_k: float = 0.0,
) -> FitResult:
    """Activation energy and prefactor, with covariance, in one of the two conventions.

    Without a stated error the scatter sets the interval, with Student's t of n - 2. With one
    the interval is what it implies (a normal quantile: it is not estimated from the data),
    or, where the scatter is larger (Birge ratio above 1), what the scatter says.

    Parameters
    ----------
    temperature_c, sigma_s_per_cm : array_like, shape (n,)
        Three or more temperatures.
    relative_stderr : array_like, shape (n,), optional
        Relative standard error of sigma; without it all points weigh the same and
        the scatter sets the errors.
    convention : {"sigma", "sigma_T"}
        ln(sigma) or ln(sigma T) against 1/T.
    temperature_error_k : float
        Standard error of each temperature, carried into ln(sigma) by Ea/(k T^2); none
        unless given. It belongs to data whose temperatures really carry it: then the
        interval holds the truth as often as it says. Beside points that scatter less, it
        holds it more often, because what is stated is never left out.

    Returns
    -------
    FitResult
        Parameters ``prefactor`` (S cm-1 or S K cm-1) and ``activation_energy_ev``.
    """
    if convention not in ("sigma", "sigma_T"):
        raise ValueError(f'convention must be "sigma" or "sigma_T", got {convention!r}')
    t, sigma, weight = _checked(temperature_c, sigma_s_per_cm, relative_stderr)
    product = convention == "sigma_T"
    y = np.log(sigma * (t if product else 1.0))
    x = 1 / (BOLTZMANN_EV_PER_K * t)

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        prefactor, energy = values[..., 0, None], values[..., 1, None]
        residual = (np.log(prefactor) - energy * x - y) / weight
        slopes = np.stack([1 / prefactor + 0 * x, -x + 0 * prefactor], axis=-1)
        return residual, slopes / weight[:, None]

    energy = (y[0] - y[-1]) / (x[-1] - x[0])
    stated = relative_stderr is not None or temperature_error_k > 0
    if temperature_error_k > 0:
        from_t = abs(energy) * temperature_error_k * x / t
        weight = np.hypot(weight if relative_stderr is not None else 0.0, from_t)
    start = np.array([math.exp(y[0] + energy * x[0]), energy])
    problem = Problem(
        ("prefactor", "activation_energy_ev"),
        ("S K cm-1" if product else "S cm-1", "eV"),
        np.array([start[0] * 1e-6, energy - 1]),
        np.array([start[0] * 1e6, energy + 1]),
        np.array([True, False]),
        evaluate,
    )
    result = fitting.fit(problem, start, absolute_sigma=stated)
    if stated and result.reduced_chi2 > 1:
        return fitting.fit(problem, start)
    return result


def predict(result: FitResult, temperature_c: ArrayLike) -> NDArray:
    """Conductivity (S cm-1) of a line of ``fit_arrhenius`` in the form ln sigma."""
    t = kelvin(temperature_c)
    return result["prefactor"] * np.exp(-result["activation_energy_ev"] / (BOLTZMANN_EV_PER_K * t))


def fit_processes(
    temperature_c: ArrayLike,
    resistance_ohm: ArrayLike,
    relative_stderr: ArrayLike | None = None,
    *,
    processes: int = 1,
    series_resistance_ohm: tuple[float, float] | None = None,
    temperature_offset_k: tuple[float, float] | None = None,
) -> FitResult:
    """Activated resistances in series, with a fixed series resistance and a thermometer error.

    R(T) = sum_i R_i exp[Ea_i/k (1/T' - 1/298.15 K)] + R_series, T' = T + offset *
    (T - T_low)/(T_high - T_low): a sample that lags its heater by more the hotter it is.

    Parameters
    ----------
    temperature_c, resistance_ohm : array_like, shape (n,)
    relative_stderr : array_like, shape (n,), optional
    processes : {1, 2}
    series_resistance_ohm, temperature_offset_k : (mean, standard deviation), optional
        Nuisance with this normal prior; left out when None.

    Returns
    -------
    FitResult
        ``R1_25C, Ea1_ev[, R2_25C, Ea2_ev][, R_series][, offset_k]``; with one
        total resistance per temperature two processes are seldom
        identifiable, and the flags say so.
    """
    if processes not in (1, 2):
        raise ValueError(f"processes must be 1 or 2, got {processes}")
    t, r, weight = _checked(temperature_c, resistance_ohm, relative_stderr)
    lag = (t - t.min()) / (t.max() - t.min())
    reference = ZERO_CELSIUS_K + REFERENCE_C
    k = BOLTZMANN_EV_PER_K
    names, units, positive = [], [], []
    for i in range(1, processes + 1):
        names += [f"R{i}_25C", f"Ea{i}_ev"]
        units += ["ohm", "eV"]
        positive += [True, False]
    priors = {}
    for name, unit, prior in (
        ("R_series", "ohm", series_resistance_ohm),
        ("offset_k", "K", temperature_offset_k),
    ):
        if prior is not None:
            if not prior[1] > 0:
                raise ValueError(f"{name} needs a standard deviation > 0, got {prior}")
            if relative_stderr is None:
                raise ValueError(
                    f"the prior of {name} needs relative_stderr: without it nothing says how "
                    "much the prior weighs against the data"
                )
            names.append(name)
            units.append(unit)
            positive.append(False)
            priors[names.index(name)] = prior

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        column = {name: values[..., i, None] for i, name in enumerate(names)}
        warm = t + column.get("offset_k", 0.0) * lag
        inverse = (1 / warm - 1 / reference) / k
        total = column.get("R_series", 0.0) + 0 * inverse
        slopes = {}
        for i in range(1, processes + 1):
            energy = column[f"Ea{i}_ev"]
            boltzmann = np.exp(energy * inverse)
            part = column[f"R{i}_25C"] * boltzmann
            total = total + part
            slopes[f"R{i}_25C"], slopes[f"Ea{i}_ev"] = boltzmann, part * inverse
            slopes["offset_k"] = slopes.get("offset_k", 0.0) - part * energy * lag / (k * warm**2)
        slopes["R_series"] = np.ones_like(total)
        jacobian = np.stack([slopes[name] / (total * weight) for name in names], axis=-1)
        residual = (np.log(total) - np.log(r)) / weight
        for index, (mean, spread) in priors.items():
            pull = (values[..., index] - mean) / spread
            residual = np.concatenate([residual, pull[..., None]], axis=-1)
            row = np.zeros((*values.shape[:-1], 1, len(names)))
            row[..., index] = 1 / spread
            jacobian = np.concatenate([jacobian, row], axis=-2)
        return residual, jacobian

    energy = k * math.log(r[0] / r[-1]) / (1 / t[0] - 1 / t[-1])
    at_25 = r[0] * math.exp(-energy / k * (1 / t[0] - 1 / reference))
    first = [at_25, energy] if processes == 1 else [0.5 * at_25, energy - 0.1, 0.5 * at_25, energy]
    second = first if processes == 1 else [0.1 * at_25, 0.5 * energy, 0.9 * at_25, energy + 0.02]
    tail = [mean for mean, _ in priors.values()]
    starts = np.array([first + tail, second + tail])
    reach = [10 * spread for _, spread in priors.values()]
    lower = np.array(
        [at_25 * 1e-4, -0.5] * processes + [m - w for m, w in zip(tail, reach, strict=True)]
    )
    upper = np.array(
        [at_25 * 1e2, 3.0] * processes + [m + w for m, w in zip(tail, reach, strict=True)]
    )
    if "R_series" in names:
        i = names.index("R_series")
        lower[i], upper[i] = max(0.0, lower[i]), min(upper[i], 0.98 * r.min())
        if not lower[i] < upper[i]:
            raise ValueError(
                f"a series resistance of {series_resistance_ohm[0]:g} +- "
                f"{series_resistance_ohm[1]:g} ohm leaves nothing of the smallest "
                f"resistance, {r.min():g} ohm"
            )
        starts[:, i] = min(starts[0, i], 0.5 * r.min())
    limits = {"R_series": 0.5 * r.min(), "offset_k": 0.5 * np.ptp(t)}
    resolution = np.array([limits.get(name, IDENTIFIABLE_DECADES) for name in names])
    problem = Problem(
        tuple(names), tuple(units), lower, upper, np.array(positive), evaluate, resolution
    )
    return fitting.fit(problem, starts, absolute_sigma=relative_stderr is not None)


def local_activation_energy(temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike) -> pd.DataFrame:
    """Slope between neighbouring temperatures, both conventions: where a straight line bends.

    Columns ``temperature_c`` (midpoint in 1/T), ``ea_sigma_ev``, ``ea_sigma_t_ev``.
    """
    t, sigma, _ = _checked(temperature_c, sigma_s_per_cm, None, minimum=2)
    t, index, count = np.unique(t, return_inverse=True, return_counts=True)
    sigma = np.exp(np.bincount(index, np.log(sigma)) / count)  # repeats: their mean
    x = 1 / (BOLTZMANN_EV_PER_K * t)
    middle = 2 / (1 / t[1:] + 1 / t[:-1]) - ZERO_CELSIUS_K
    return pd.DataFrame(
        {
            "temperature_c": middle,
            "ea_sigma_ev": -np.diff(np.log(sigma)) / np.diff(x),
            "ea_sigma_t_ev": -np.diff(np.log(sigma * t)) / np.diff(x),
        }
    )


def series_table(
    temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike, relative_stderr: ArrayLike
) -> pd.DataFrame:
    """A temperature series in order, with the slope from each temperature to the next.

    Columns ``temperature_c, sigma_s_per_cm, relative_stderr, ea_local_c, ea_local_ev``
    (ln sigma form; the last row has no next one: nan).
    """
    table = pd.DataFrame(
        {
            "temperature_c": np.asarray(temperature_c, dtype=float),
            "sigma_s_per_cm": np.asarray(sigma_s_per_cm, dtype=float),
            "relative_stderr": np.asarray(relative_stderr, dtype=float),
        }
    ).sort_values("temperature_c", ignore_index=True)
    local = local_activation_energy(table["temperature_c"], table["sigma_s_per_cm"])
    return table.assign(ea_local_c=local["temperature_c"], ea_local_ev=local["ea_sigma_ev"])


def curvature(
    temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike, relative_stderr: ArrayLike | None = None
) -> tuple[float, float, float]:
    """Quadratic term of ln(sigma) in 1/kT about its mean: value (eV2), standard error, p.

    Zero for one activated process; negative (concave) where a
    temperature-independent resistance takes over at high temperature.
    """
    t, sigma, weight = _checked(temperature_c, sigma_s_per_cm, relative_stderr, minimum=4)
    x = 1 / (BOLTZMANN_EV_PER_K * t)
    scaled = relative_stderr is None
    coefficients, covariance = np.polyfit(
        x - x.mean(), np.log(sigma), 2, w=1 / weight, cov=True if scaled else "unscaled"
    )
    error = math.sqrt(covariance[0, 0])
    z = abs(coefficients[0]) / error
    p = 2 * (stats.t.sf(z, t.size - 3) if scaled else stats.norm.sf(z))
    return float(coefficients[0]), error, float(p)


def bend(
    temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike, temperature_error_k: float = 0.0
) -> tuple[float, str]:
    """How far the slope at the ends of a series is from its mean (eV), and that in words.

    A straight line through data that bend has the slope of their middle. The slopes at the
    ends are those of a parabola. Zero, and no words, where its quadratic term
    (:func:`curvature`) would be found by chance in more than one of ``1 / CHANCE`` straight
    lines, or moves the slope by less than the choice between sigma and sigma T does.
    """
    t, sigma, _ = _checked(temperature_c, sigma_s_per_cm, None)
    if np.unique(t).size < FEWEST_FOR_BEND:
        return 0.0, ""
    x = 1 / (BOLTZMANN_EV_PER_K * t)
    slope = np.polyfit(x, np.log(sigma), 1)[0]
    known = np.abs(slope) * temperature_error_k * x / t if temperature_error_k > 0 else None
    value, _, p = curvature(t - ZERO_CELSIUS_K, sigma, known)
    half = abs(value) * np.ptp(x)
    if p > CHANCE or half < BOLTZMANN_EV_PER_K * np.ptp(t) / 2:
        return 0.0, ""
    middle = -np.polyfit(x - x.mean(), np.log(sigma), 2)[1]
    cold, hot = (middle - 2 * value * (end - x.mean()) for end in (x.max(), x.min()))
    words = f"{cold:.3g} eV at the cold end, {hot:.3g} eV at the hot one (ln sigma, p = {p:.1g})"
    return float(half), f"the line bends: {words}"


def _checked(
    temperature_c: ArrayLike,
    quantity: ArrayLike,
    relative_stderr: ArrayLike | None,
    minimum: int = 3,
) -> tuple[NDArray, NDArray, NDArray]:
    """Kelvin, quantity and relative errors, sorted by temperature."""
    t, q = kelvin(temperature_c), np.asarray(quantity, dtype=float)
    if t.shape != q.shape:
        raise ValueError(f"{t.size} temperatures for {q.size} values: give one each")
    if not np.isfinite(t).all():
        raise ValueError(f"temperatures must be finite, got {t - ZERO_CELSIUS_K} degC")
    if t.size < minimum:
        raise ValueError(f"{t.size} temperatures are too few, at least {minimum} are needed")
    if np.unique(t).size < minimum:
        raise ValueError(
            f"{np.unique(t).size} different temperatures are too few, at least {minimum} are "
            f"needed; got {sorted(t - ZERO_CELSIUS_K)} degC"
        )
    if not (np.isfinite(q) & (q > 0)).all():
        raise ValueError(f"conductivities and resistances must be > 0 and finite, got {q}")
    weight = np.ones_like(q) if relative_stderr is None else np.asarray(relative_stderr, float)
    if weight.size not in (1, q.size):
        raise ValueError(
            f"{weight.size} relative_stderr for {q.size} values: give one, or one each"
        )
    weight = np.broadcast_to(weight, q.shape)
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise ValueError(f"relative_stderr must be > 0 and finite, got {weight}")
    order = np.argsort(t)
    return t[order], q[order], weight[order]
