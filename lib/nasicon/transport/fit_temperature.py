"""From resistances to conductivities and activation energies, with all that is uncertain.

Equations stand in :mod:`nasicon.transport.model_conduction`; here they meet data.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nasicon.core import fitting
from nasicon.core.constants import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K, kelvin, positive
from nasicon.core.result import FitResult, Problem
from nasicon.transport import model_conduction as model

CHANCE = 0.01  # that a straight line is called bent
FEWEST_FOR_STEP, LEAST_STEP = 6, 0.05  # temperatures; in ln(sigma), an error of geometry
LEAST_SLIP = math.log(1.5)  # of one point: a slip, not the scatter of an arc near the window's end
SAME_K = 3.0  # temperatures nearer than this are one
FALLS = 0.9  # a conductivity that heating lowers below this share of itself is not activated
FEWEST_FOR_BEND = 5  # temperatures: two more than a parabola takes


@dataclass(frozen=True)
class Conductivity:
    """A conductivity in S cm-1 with its standard error."""

    value: float
    stderr: float

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
) -> Conductivity:
    """Apparent conductivity d/(S R), errors of fit and thickness added in quadrature.

    Parameters
    ----------
    resistance_ohm, stderr_ohm : float
        From the fit.
    thickness_mm, diameter_mm : float
        Of the electrode's area as measured after sintering; a pressing die's
        diameter overstates it (12 % shrinkage: 29 % in sigma).
    thickness_error_mm : float
        Standard error.
    """
    positive(resistance_ohm=resistance_ohm)
    value = float(model.conductivity(resistance_ohm, thickness_mm, diameter_mm))
    for name, error in (("stderr_ohm", stderr_ohm), ("thickness_error_mm", thickness_error_mm)):
        if not (math.isfinite(error) and error >= 0):
            raise ValueError(f"{name} must be >= 0 and finite, got {error}")
    share = math.hypot(stderr_ohm / resistance_ohm, thickness_error_mm / thickness_mm)
    return Conductivity(value, value * share)


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
    product = not model.is_sigma(convention)
    t, sigma, weight = _checked(temperature_c, sigma_s_per_cm, relative_stderr)
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


def local_slopes(temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike) -> tuple[NDArray, NDArray]:
    """Slope (eV, ln sigma) from each temperature to the next, repeats averaged, and where.

    Returns
    -------
    middle_c, energy_ev : ndarray
        The first is the midpoint in 1/T.
    """
    t, sigma, _ = _checked(temperature_c, sigma_s_per_cm, None, minimum=2)
    t, index, count = np.unique(t, return_inverse=True, return_counts=True)
    ln_sigma = np.bincount(index, np.log(sigma)) / count
    middle = 2 / (1 / t[1:] + 1 / t[:-1]) - ZERO_CELSIUS_K
    return middle, -np.diff(ln_sigma) / np.diff(1 / (BOLTZMANN_EV_PER_K * t))


def curvature(
    temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike, relative_stderr: ArrayLike | None = None
) -> tuple[float, float, float]:
    """Quadratic term of ln(sigma) in 1/kT about its mean: value (eV2), standard error, p.

    Zero for one activated process; negative (concave) where a
    temperature-independent resistance takes over at high temperature.
    """
    series = _checked(temperature_c, sigma_s_per_cm, relative_stderr, minimum=4)
    (value, *_), error, p = _parabola(*series, relative_stderr is None)
    return value, error, p


def bend(
    temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike, temperature_error_k: float = 0.0
) -> tuple[float, str]:
    """How far the slope at the ends of a series is from its mean (eV), and that in words.

    A straight line through data that bend has the slope of their middle. The slopes at the
    ends are those of a parabola. Zero, and no words, where its quadratic term
    (:func:`curvature`) would be found by chance in more than one of ``1 / CHANCE`` straight
    lines, or moves the slope by less than the choice between sigma and sigma T does.
    """
    t, sigma, weight = _checked(temperature_c, sigma_s_per_cm, None)
    if np.unique(t).size < FEWEST_FOR_BEND:
        return 0.0, ""
    x = 1 / (BOLTZMANN_EV_PER_K * t)
    if temperature_error_k > 0:
        weight = np.abs(np.polyfit(x, np.log(sigma), 1)[0]) * temperature_error_k * x / t
    (value, middle, _), _, p = _parabola(t, sigma, weight, not temperature_error_k > 0)
    half = abs(value) * np.ptp(x)
    if p > CHANCE or half < BOLTZMANN_EV_PER_K * np.ptp(t) / 2:
        return 0.0, ""
    cold, hot = (-middle - 2 * value * (end - x.mean()) for end in (x.max(), x.min()))
    words = f"{cold:.3g} eV at the cold end, {hot:.3g} eV at the hot one (ln sigma, p = {p:.1g})"
    return float(half), f"the line bends: {words}"


def step(temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike) -> str:
    """Say that a point is off the line, or the series two parallel lines, and where.

    One slope and an offset, of one temperature alone or of all from one on (two to either
    side), against one line: an F test at ``CHANCE`` over all places, and a sum of squares below
    half of that of the parabola of :func:`bend`. Empty where there is none.
    """
    t, sigma, _ = _checked(temperature_c, sigma_s_per_cm, None)
    points = np.unique(t)
    if points.size < FEWEST_FOR_STEP:
        return ""
    y, x = np.log(sigma), 1 / (BOLTZMANN_EV_PER_K * t)
    line = np.column_stack([np.ones_like(x), x - x.mean()])

    def fitted(column: NDArray) -> tuple[float, NDArray]:
        design = np.column_stack([line, column])
        found = np.linalg.lstsq(design, y, rcond=None)[0]
        return float(np.sum((y - design @ found) ** 2)), found

    whole, bent = fitted(line[:, :0])[0], fitted(line[:, 1] ** 2)[0]
    for alone, places, least in ((True, points, LEAST_SLIP), (False, points[2:-1], LEAST_STEP)):
        offsets = ((fitted(t == at if alone else t >= at), at) for at in places)
        (left, found), place = min(offsets, key=lambda one: one[0][0])
        chance = stats.f.sf((whole / max(left, 1e-300) - 1) * (t.size - 3), 1, t.size - 3)
        chance *= places.size
        if chance > CHANCE or left > bent / 2 or abs(found[2]) < least:
            continue
        at, factor, ea = f"{place - ZERO_CELSIUS_K:.4g}", math.exp(found[2]), -found[1]
        if alone:
            return (
                f"the point at {at} degC stands at {factor:.3g} times the line of the others "
                f"(p = {chance:.1g}): a slip of digits, or another temperature? The others have "
                f"{ea:.3g} eV (ln sigma)"
            )
        before = points[points < place][-1]
        return (
            f"between {before - ZERO_CELSIUS_K:.4g} and {at} degC the points step by a factor of "
            f"{factor:.3g} (p = {chance:.1g}): two pellets, a new contact or a transition? Either "
            f"side has {ea:.3g} eV (ln sigma)"
        )
    return ""


def falls(temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike) -> list[tuple[int, int, str]]:
    """Positions of the colder and the hotter point where a conductivity falls, and the words.

    Two points of one temperature that are further apart than `LEAST_SLIP` are such a pair too.
    """
    t, sigma = np.asarray(temperature_c, dtype=float), np.asarray(sigma_s_per_cm, dtype=float)
    found = []
    for cold, hot in pairwise(np.argsort(t, kind="stable")):
        ratio, same = sigma[hot] / sigma[cold], t[hot] - t[cold] <= SAME_K
        ratio = min(ratio, 1 / ratio) if same else ratio
        if ratio <= (math.exp(-LEAST_SLIP) if same else FALLS):
            why = (
                f"the conductivity falls to {100 * ratio:.0f} % from {t[cold]:g} to {t[hot]:g} °C: "
                "temperatures exchanged or not reached, a slip of digits, a contact lost, or "
                "another sample?"
            )
            found.append((int(cold), int(hot), why))
    return found


def _parabola(
    t: NDArray, sigma: NDArray, weight: NDArray, scaled: bool
) -> tuple[list[float], float, float]:
    """ln(sigma) over 1/kT about its mean: coefficients, error of the first (scaled), its p."""
    x = 1 / (BOLTZMANN_EV_PER_K * t)
    coefficients, covariance = np.polyfit(
        x - x.mean(), np.log(sigma), 2, w=1 / weight, cov=True if scaled else "unscaled"
    )
    error = math.sqrt(covariance[0, 0])
    z = abs(coefficients[0]) / error
    p = 2 * (stats.t.sf(z, t.size - 3) if scaled else stats.norm.sf(z))
    return coefficients.tolist(), error, float(p)


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
    positive(conductivity=q)
    weight = np.ones_like(q) if relative_stderr is None else np.asarray(relative_stderr, float)
    if weight.size not in (1, q.size):
        raise ValueError(
            f"{weight.size} relative_stderr for {q.size} values: give one, or one each"
        )
    weight = np.broadcast_to(weight, q.shape)
    positive(relative_stderr=weight)
    order = np.argsort(t)
    return t[order], q[order], weight[order]
