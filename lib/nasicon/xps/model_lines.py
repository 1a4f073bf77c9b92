"""Line shapes and backgrounds of photoemission spectra, on a binding-energy axis.

Every peak is area-normalised and comes with its running integral towards *high*
binding energy, because the Shirley background of a peak is that integral: electrons
that lost energy appear at higher binding energy, so the background is high there
and goes down towards low binding energy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import AAA, CubicSpline
from scipy.special import erf, voigt_profile, wofz

from nasicon.core.constants import positive
from nasicon.core.voigt import voigt_width

LN2 = np.log(2.0)
SQRT_PI = np.sqrt(np.pi)


@dataclass(frozen=True)
class Reduced:
    """A shape of unit area and unit width at u = (E - position)/fwhm.

    ``density`` f(u), ``slope`` f'(u) and ``integral`` of f from -infinity to u.
    """

    density: NDArray
    slope: NDArray
    integral: NDArray


def gaussian(u: ArrayLike) -> Reduced:
    """Gaussian of unit area and unit full width at half maximum."""
    u = np.asarray(u, dtype=float)
    scale = 2 * np.sqrt(LN2)
    density = scale / SQRT_PI * np.exp(-4 * LN2 * u**2)
    return Reduced(density, -8 * LN2 * u * density, 0.5 * (1 + erf(scale * u)))


def lorentzian(u: ArrayLike) -> Reduced:
    """Lorentzian of unit area and unit full width at half maximum."""
    u = np.asarray(u, dtype=float)
    density = 2 / np.pi / (1 + 4 * u**2)
    return Reduced(density, -4 * np.pi * u * density**2, 0.5 + np.arctan(2 * u) / np.pi)


def mixed(gauss: Reduced, lorentz: Reduced, eta: ArrayLike) -> Reduced:
    """Sum of two shapes, ``eta`` the share of the second in the area."""
    pairs = ((getattr(gauss, n), getattr(lorentz, n)) for n in ("density", "slope", "integral"))
    return Reduced(*((1 - eta) * g + eta * lo for g, lo in pairs))


@cache
def _faddeeva() -> tuple[NDArray, NDArray]:
    """Poles and residues that stand for Faddeeva's w(z) in the upper half plane, to 1e-6.

    Fitted on the real axis, where the error is largest (Y. Nakatsukasa, O. Sete, L. N.
    Trefethen, SIAM J. Sci. Comput. 40 (2018) A1494).
    """
    x = np.tan(np.linspace(-1.5, 1.5, 81))
    found = AAA(x, wofz(x), rtol=1e-6)
    return found.poles(), found.residues()


def voigt_of(u: ArrayLike, share: ArrayLike) -> tuple[Reduced, Reduced]:
    """Voigt profile of unit area and unit full width, and its derivatives by ``share``.

    As a sum of poles it has a closed integral.

    Parameters
    ----------
    u : array_like, shape (k, m)
    share : array_like, shape (k, 1)
        Lorentzian width over the sum of both, below 1.
    """
    u, share = np.asarray(u, dtype=float), np.asarray(share, dtype=float)
    width, by_lorentz, by_gauss = voigt_width(share, 1 - share)  # of the whole
    growth = (by_lorentz - by_gauss) / width + 1 / (1 - share)
    scale = 2 * np.sqrt(LN2) * width / (1 - share)
    y, by_y = np.sqrt(LN2) * share / (1 - share), np.sqrt(LN2) / (1 - share) ** 2
    poles, residues = _faddeeva()
    away = (scale * u + 1j * y)[..., None] - poles
    value, squared = (residues / away).sum(-1), (residues / away**2).sum(-1)
    height = scale / SQRT_PI
    density, slope = height * value.real, -height * scale * squared.real
    integral = 1 + (residues * np.log(away)).sum(-1).real / SQRT_PI
    by_density = growth * (density + u * slope) + by_y * height * squared.imag
    by_integral = growth * u * density - by_y * value.imag / SQRT_PI
    return Reduced(density, slope, integral), Reduced(by_density, np.nan * u, by_integral)


@dataclass(frozen=True)
class PseudoVoigt:
    """Sum of a Gaussian and a Lorentzian of one width, in shares of *area*.

    ``from_height`` turns the shares of height, which CasaXPS calls SGL(100 m), into
    shares of area (the Lorentzian of the same height has more area).
    """

    eta: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.eta <= 1:
            raise ValueError(f"eta must lie in [0, 1], got {self.eta}")

    @classmethod
    def from_height(cls, mixing: float) -> PseudoVoigt:
        """Share of area of the Lorentzian from its share of the height."""
        gauss, lorentz = (1 - mixing) / gaussian(0).density, mixing / lorentzian(0).density
        return cls(float(lorentz / (gauss + lorentz)))

    def reduced(self, u: ArrayLike) -> Reduced:
        """Evaluate the shape."""
        return mixed(gaussian(u), lorentzian(u), self.eta)


@dataclass(frozen=True)
class AsymmetricLorentzian:
    """Lorentzian raised to one power on each side, blurred by a Gaussian.

    f(u) ~ (1 + 4 u^2)^-alpha on the side of high binding energy and ^-beta on the
    other (the form that CasaXPS calls LA), cut off at ``reach`` widths because
    alpha <= 0.5 has no finite area, convolved with a Gaussian of ``blur`` widths.
    The unit of u is the full width at half maximum of the *result*, its origin the
    highest point; ``apex_before_blur`` and ``width_before_blur`` (in that unit) give the
    position and the width parameter of the curve before it was blurred.
    """

    alpha: float
    beta: float
    blur: float = 0.3
    reach: float = 12.0
    apex_before_blur: float = field(init=False, repr=False, compare=False)
    width_before_blur: float = field(init=False, repr=False, compare=False)
    _curves: tuple = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        positive(alpha=self.alpha, beta=self.beta, blur=self.blur, reach=self.reach)
        step = 0.01
        v = np.arange(-self.reach, self.reach + step / 2, step)
        raw = (1 + 4 * v**2) ** -np.where(v >= 0, self.alpha, self.beta)
        taper = np.clip((self.reach - np.abs(v)) / (0.25 * self.reach), 0, 1)
        reach = min(2 * self.blur, 0.99 * self.reach)
        half = round(reach / step)
        kernel = gaussian(np.arange(-half, half + 1) * step / self.blur)
        density = np.convolve(raw * taper, kernel.density / kernel.density.sum(), mode="same")
        curve = CubicSpline(v, density)
        fine = np.linspace(v[0], v[-1], 20 * v.size)
        values = curve(fine)
        upper_half = fine[values >= values.max() / 2]
        width = upper_half[-1] - upper_half[0]
        top = fine[np.argmax(values)]
        u = (v - top) / width
        spline = CubicSpline(u, density)
        area = float(spline.integrate(u[0], u[-1]))
        curves = (CubicSpline(u, density / area),)
        curves += (curves[0].derivative(), curves[0].antiderivative())
        object.__setattr__(self, "_curves", (u[0], u[-1], *curves))
        object.__setattr__(self, "apex_before_blur", float(-top / width))
        object.__setattr__(self, "width_before_blur", float(1 / width))

    def reduced(self, u: ArrayLike) -> Reduced:
        """Evaluate the shape from its splines; slope and integral are those of the density."""
        low, high, density, slope, integral = self._curves
        u = np.asarray(u, dtype=float)
        inside = (u > low) & (u < high)
        kept = np.clip(u, low, high)
        return Reduced(
            np.where(inside, density(kept), 0.0),
            np.where(inside, slope(kept), 0.0),
            integral(kept),
        )


Shape = PseudoVoigt | AsymmetricLorentzian


def voigt(energy_ev: ArrayLike, position_ev: float, gauss_ev: float, lorentz_ev: float) -> NDArray:
    """Voigt profile of unit area: Gaussian and Lorentzian full widths in eV.

    What a core level really is to first order (natural width, instrument).
    """
    sigma = gauss_ev / (2 * np.sqrt(2 * LN2))
    return voigt_profile(np.asarray(energy_ev) - position_ev, sigma, lorentz_ev / 2)


@dataclass(frozen=True)
class Tougaard:
    """Loss cross-section K(T) = B T / ((C - T^2)^2 + D T^2) for T above a gap.

    The three-parameter form of S. Tougaard, Surf. Interface Anal. 25 (1997) 137,
    as cited in the documentation of lmfitxps; with ``d`` None the two-parameter
    universal form B T / (C + T^2)^2 (there with C = 1643 eV2). ``c_ev2`` and
    ``d_ev2`` are kept, B is fitted.
    """

    c_ev2: float = 1643.0
    d_ev2: float | None = None
    gap_ev: float = 0.0

    def cross_section(self, loss_ev: ArrayLike) -> NDArray:
        """K(T)/B in 1/eV3."""
        t = np.asarray(loss_ev, dtype=float)
        if self.d_ev2 is None:
            k = t / (self.c_ev2 + t**2) ** 2
        else:
            k = t / ((self.c_ev2 - t**2) ** 2 + self.d_ev2 * t**2)
        return np.where(t > self.gap_ev, k, 0.0)

    def background(self, energy_ev: NDArray, signal: NDArray) -> NDArray:
        """Integral of K(E - E') J(E') over lower binding energies E', for B = 1 eV2.

        ``energy_ev`` ascending binding energies, shape (n,); trapezoid rule.
        """
        weights = np.gradient(energy_ev)
        return self.cross_section(energy_ev[:, None] - energy_ev[None, :]) @ (weights * signal)


# Regressions of V. V. Atuchin, V. G. Kesler, N. V. Pervukhina, Surf. Rev. Lett. 15
# (2008) 391 (abstract), over inorganic phosphate crystals; L(P-O) in pm:
# O 1s - P 2p = 375.54 + 0.146 L, O 1s - P 2s = 320.77 + 0.129 L.
ATUCHIN_P2P = (375.54, 0.146)
ATUCHIN_P2S = (320.77, 0.129)


def phosphate_spacing_ev(bond_pm: ArrayLike = 153.0) -> NDArray:
    """P 2s - P 2p of a phosphate, free of the charge reference: 57.4 eV at 153 pm."""
    bond = np.asarray(bond_pm, dtype=float)
    return (ATUCHIN_P2P[0] - ATUCHIN_P2S[0]) + (ATUCHIN_P2P[1] - ATUCHIN_P2S[1]) * bond


def single_peak(phosphorus_ev: ArrayLike, boron_ev: ArrayLike, boron_share: ArrayLike) -> NDArray:
    """Centre of gravity of two unresolved lines, the boron line having ``boron_share`` of area."""
    share = np.asarray(boron_share, dtype=float)
    return (1 - share) * np.asarray(phosphorus_ev) + share * np.asarray(boron_ev)


def boron_share(boron_per_phosphorus: ArrayLike, factor_ratio: float) -> NDArray:
    """Share of B 1s in the area of B 1s + P 2s.

    ``factor_ratio``: cross-section of P 2s over that of B 1s (about 2.4).
    """
    b = np.asarray(boron_per_phosphorus, dtype=float)
    return b / (b + factor_ratio)
