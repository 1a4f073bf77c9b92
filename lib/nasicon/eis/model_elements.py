"""Circuit elements: parameters with units, impedance, exact derivatives (s = j omega)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Evaluated = tuple[NDArray, tuple[NDArray, ...]]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an element: name suffix, unit, hard bounds, positive (fitted as log10)."""

    suffix: str
    unit: str
    lower: float = 0.0
    upper: float = np.inf
    positive: bool = True


@dataclass(frozen=True)
class ElementKind:
    """An element: its parameters and ``evaluate(s, *values) -> (Z, (dZ/dvalue, ...))``.

    What does not depend on frequency may come with a last axis of length 1.
    """

    parameters: tuple[Parameter, ...]
    evaluate: Callable[..., Evaluated]


def _resistor(s: NDArray, r: NDArray) -> Evaluated:
    return r, (np.ones(1),)


def _inductor(s: NDArray, inductance: NDArray) -> Evaluated:
    return s * inductance, (s,)


def _capacitor(s: NDArray, c: NDArray) -> Evaluated:
    z = 1 / (s * c)
    return z, (-z / c,)


def _cpe(s: NDArray, q: NDArray, n: NDArray) -> Evaluated:
    """Constant phase element, Z = 1/(Q (j omega)^n)."""
    log_omega = np.log(s.imag)
    z = np.exp(-n * log_omega) * (np.exp(-0.5j * np.pi * n) / q)
    return z, (z * (-1 / q), z * -(log_omega + 0.5j * np.pi))


def _warburg(s: NDArray, sigma: NDArray) -> Evaluated:
    """Semi-infinite diffusion."""
    unit = np.sqrt(2 / s)  # (1 - j)/sqrt(omega)
    return sigma * unit, (unit,)


def _finite_warburg(end: Callable, s: NDArray, r: NDArray, tau: NDArray) -> Evaluated:
    """Diffusion over a finite length; ``end`` is tanh (transmissive) or coth (blocking)."""
    root = np.sqrt(s * tau)
    value = end(root)
    shape = value / root
    slope = (1 - value**2 - shape) / (2 * tau)  # d(shape)/d(tau)
    return r * shape, (shape, r * slope)


def _coth(x: NDArray) -> NDArray:
    return 1 / np.tanh(x)


def _havriliak_negami(
    s: NDArray, r: NDArray, tau: NDArray, alpha: NDArray, gamma: NDArray
) -> Evaluated:
    """Skewed arc, R/(1 + (j omega tau)^alpha)^gamma."""
    log_x = np.log(s * tau)
    x = np.exp(alpha * log_x)
    base = 1 + x
    z = r * base**-gamma
    common = -gamma * z * x / base  # dz / d ln x
    return z, (z / r, common * alpha / tau, common * log_x, -z * np.log(base))


_FINITE = (Parameter("_R", "ohm"), Parameter("_tau", "s"))
_EXPONENT = {"unit": "", "lower": 0.2, "upper": 1.0, "positive": False}

ELEMENTS: dict[str, ElementKind] = {
    "R": ElementKind((Parameter("", "ohm"),), _resistor),
    "C": ElementKind((Parameter("", "F"),), _capacitor),
    "L": ElementKind((Parameter("", "H"),), _inductor),
    "CPE": ElementKind((Parameter("_Q", "S s^n"), Parameter("_n", **_EXPONENT)), _cpe),
    "W": ElementKind((Parameter("", "ohm s^-0.5"),), _warburg),
    "Ws": ElementKind(_FINITE, partial(_finite_warburg, np.tanh)),
    "Wo": ElementKind(_FINITE, partial(_finite_warburg, _coth)),
    "HN": ElementKind(
        (*_FINITE, Parameter("_alpha", **_EXPONENT), Parameter("_gamma", **_EXPONENT)),
        _havriliak_negami,
    ),
}
ALIASES = {"Q": "CPE"}
