"""Fit of quadrupolar and simple lines to a magic-angle-spinning spectrum.

The line shape is built in the time domain (a powder signal from a table, a Gaussian
distribution of shifts, a known Lorentzian) and taken to the data's own axis by a Fourier
sum, so that any grid and either direction of the axis give the same answer. Every
derivative is exact and costs no further line shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.optimize import linear_sum_assignment

from nasicon.core.fitting import fit, profile_interval
from nasicon.core.quality import DETECTED, noise_step, saturation, scatter, undetected
from nasicon.core.result import LN10, FitResult, Problem
from nasicon.core.spectra import of_table
from nasicon.core.starts import Placements, place
from nasicon.core.statistics import correlation_factor
from nasicon.nmr import model_lines

FEWEST_POINTS = 30
NARROWEST_PPM, WIDEST_PPM = 0.3, 15.0
LARGEST_CQ_MHZ = 4.0  # of spin 3/2; what broadens as much for others
LARGEST_HELD_MHZ = 30.0
SMALLEST_ETA = 0.01  # below it the derivative by eta^2 is taken at it
START_CQ_MHZ = (1.5, 1.9, 2.2, 2.5, 2.8, 3.1)  # of spin 3/2
START_ETA = (0.0, 0.35, 0.65, 0.95)
START_FWHM_PPM = (1.4,)  # of quadrupolar lines
START_PLAIN_PPM = (0.7, 1.5, 3.0, 6.0)
MOST_POSITIONS = 36
PLACED_AT_ONCE, PLACED_BESIDE = 4_000, 900  # combinations; of some sites beside one more
STARTS = (6,)  # with one quadrupolar line
STARTS_OF_SEVERAL = (12, 36, 100)  # more of them as long as the residuals are above the noise
ENOUGH = 1.1  # residual over noise at which no further starts are tried
DISPERSIVE = 0.75  # of what is left above the noise, that names the cause
POSITIVE = 0.05  # of the highest point: a spectrum that begins there has no baseline about zero
STRAIGHT = 0.1  # of eta^2: wider, or near 1, the interval is the likelihood's profile
PROFILE_POINTS = 11  # to either side
SIGNAL = 0.02  # of the highest point of the model: where lines are
NOISE_SPACING = 10  # points over which zero-filled noise has lost its memory
NOISE_WIDTHS = (8, 16, 32)  # points, over which a line that is left out is looked for
# nodes and weights of a normal distribution of couplings, and its widest relative deviation
SPREAD_NODES, SPREAD_WEIGHTS = np.polynomial.hermite_e.hermegauss(11)
SPREAD_WEIGHTS = SPREAD_WEIGHTS / SPREAD_WEIGHTS.sum()
NARROWEST_SPREAD, WIDEST_SPREAD = 1e-3, 0.25
RESOLUTION = {"delta": 2.0, "cq": 0.5, "eta2": 0.3}  # a larger standard error leaves no digits


def spectrum(table: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """Axis and intensity in ascending order of the axis, checked.

    Raises
    ------
    ValueError
        Missing columns, too few points, values that are not finite, a repeated position.
    """
    ppm, intensity = of_table(table, ("shift_ppm", "intensity"), FEWEST_POINTS, "ppm")
    if not np.ptp(intensity):
        raise ValueError("the intensity is constant; there is no line in it")
    noise = scatter(intensity, NOISE_SPACING)[0] if len(ppm) > 3 * NOISE_SPACING else 0.0
    up, down = np.max(intensity - np.median(intensity)), np.ptp(intensity)
    down -= up
    if down > max(2 * up, 8 * noise):
        raise ValueError(
            f"the lines point down ({down:.3g} below the median, {up:.3g} above): phase the "
            "spectrum, or turn its sign"
        )
    return ppm, intensity


def spin_of(table: pd.DataFrame, sites: Sequence[Site], spin: float | None = None) -> float:
    """Spin for quadrupolar lines: the given one, or that of the nucleus the table names.

    Raises
    ------
    ValueError
        A quadrupolar site and a nucleus that is not known or has no central transition, or a
        spin that is not the nucleus's.
    """
    nucleus = table.attrs.get("nucleus")
    stated = model_lines.SPIN.get(nucleus)
    known = stated if spin is None else spin
    if spin is not None and stated is not None and spin != stated:
        raise ValueError(f"spin {spin:g} was given, but {nucleus} has spin {stated:g}")
    if all(site.cq_mhz == 0 for site in sites):
        return 1.5  # not used
    if known is None:
        raise ValueError(
            f"the spin of {nucleus or 'the nucleus, which the file does not name,'} is not known, "
            "and it scales every coupling: give spin, for example 1.5 for 11B or 2.5 for 17O"
        )
    if known < 1.5 or (2 * known) % 2 != 1:
        raise ValueError(
            f"{nucleus or 'the nucleus'} has spin {known:g} and no central transition: give its "
            "sites cq=0 (in Python cq_mhz=0) for plain lines"
        )
    return float(known)


def frequency(table: pd.DataFrame, larmor_mhz: float | None = None) -> float:
    """Resonance frequency, MHz: the given one, or that of the file.

    Raises
    ------
    ValueError
        Neither states one, or one that no common magnet gives the nucleus (1H between 50 and
        1300 MHz).
    """
    stated = table.attrs.get("larmor_mhz")
    if not larmor_mhz and not stated:
        raise ValueError(
            "the file states no spectrometer frequency, which scales every quadrupolar shift: "
            "give larmor_mhz, for example 192.39"
        )
    found, nucleus = float(larmor_mhz or stated), table.attrs.get("nucleus")
    if not found > 0:
        raise ValueError(f"larmor_mhz must be > 0, got {found:g}")
    if nucleus in model_lines.XI_PERCENT:
        proton = model_lines.proton_frequency_mhz(nucleus, found)
        if not 50 <= proton <= 1300:
            asked = ": is it in Hz?" if 50 <= proton / 1e6 <= 1300 else ""
            raise ValueError(f"{found:g} MHz is not a frequency of {nucleus} in any magnet{asked}")
    return found


@dataclass(frozen=True)
class Site:
    """One resonance.

    Attributes
    ----------
    name : str
    window_ppm : (float, float)
        Where its maximum is looked for.
    cq_mhz, eta : float or None
        Quadrupolar coupling and asymmetry held at a value; None: fitted. A coupling of 0 is
        a plain Gaussian.
    """

    name: str
    window_ppm: tuple[float, float]
    cq_mhz: float | None = None
    eta: float | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"name must be letters, digits and _, got {self.name!r}")
        if self.window_ppm[0] >= self.window_ppm[1]:
            raise ValueError(f"{self.name}: window_ppm must be (low, high), got {self.window_ppm}")
        if self.cq_mhz is not None and not 0 <= self.cq_mhz <= LARGEST_HELD_MHZ:
            raise ValueError(
                f"{self.name}: cq_mhz must be in 0 to {LARGEST_HELD_MHZ:g}, got {self.cq_mhz:g}"
            )
        if self.eta is not None and not 0 <= self.eta <= 1:
            raise ValueError(f"{self.name}: eta must be in 0 to 1, got {self.eta:g}")


@dataclass(frozen=True)
class NmrFit:
    """Fitted sites of one spectrum.

    Attributes
    ----------
    result : FitResult
        Parameters ``<site>_delta`` (isotropic shift, ppm), ``fwhm`` (of the Gaussian, ppm),
        ``area`` (intensity times ppm), and where fitted ``cq`` (MHz) and ``eta2``, the square
        of eta: a spectrum depends on eta evenly, so that eta itself has no slope at 0;
        ``lorentz`` (Hz, of all lines, or of each) where fitted; ``spread``, the relative
        standard deviation of all fitted couplings, where fitted; ``offset`` and ``slope`` of
        the baseline, in units of the highest point.
    correlation : float
        Factor by which correlated noise widened the covariance (1: white noise).
    """

    sites: tuple[Site, ...]
    result: FitResult
    larmor_mhz: float
    lorentz_hz: float
    ppm: NDArray
    intensity: NDArray
    correlation: float
    spin: float = 1.5

    def parameter(self, site: str, quantity: str) -> float:
        """Fitted or held value of one quantity of a site."""
        if quantity == "eta" and f"{site}_eta2" in self.result.names:
            return float(np.sqrt(self.result[f"{site}_eta2"]))
        name = f"{site}_{quantity}"
        if name in self.result.names:
            return self.result[name]
        if quantity == "lorentz":
            return self.lorentz_hz
        held = {s.name: {"cq": s.cq_mhz, "eta": s.eta or 0.0} for s in self.sites}
        return float(held[site][quantity])

    def spread(self, site: str) -> float:
        """Relative standard deviation of a site's coupling: 0 where it is held or has none."""
        free = f"{site}_cq" in self.result.names and "spread" in self.result.names
        return self.result["spread"] if free else 0.0

    def interval(self, site: str, quantity: str) -> tuple[float, float]:
        """95 % interval of one fitted quantity; nan where a bound holds it."""
        eta = quantity == "eta"
        i = self.result.index(f"{site}_eta2" if eta else f"{site}_{quantity}")
        ends = np.array([self.result.ci_low[i], self.result.ci_high[i]])
        ends = np.sqrt(np.clip(ends, 0, 1)) if eta else ends
        return float(ends[0]), float(ends[1])

    def component(self, site: str, ppm: NDArray | None = None, turned: complex = 1.0) -> NDArray:
        """Line shape of one site on the data's axis, or on another; `line_shape`'s ``turned``."""
        q = {k: self.parameter(site, k) for k in ("delta", "fwhm", "area", "cq", "eta")}
        return line_shape(
            self.ppm if ppm is None else ppm,
            larmor_mhz=self.larmor_mhz,
            lorentz_hz=self.parameter(site, "lorentz"),
            spin=self.spin,
            spread=self.spread(site),
            turned=turned,
            **q,
        )

    def baseline(self) -> NDArray:
        """Fitted straight line under the spectrum."""
        line = self.result["offset"] + self.result["slope"] * _scaled(self.ppm)
        return line * np.max(np.abs(self.intensity))

    def positions(self) -> pd.DataFrame:
        """Isotropic shift, centre of gravity and maximum of each site, ppm."""
        rows = []
        for site in self.sites:
            delta = self.parameter(site.name, "delta")
            q = (self.parameter(site.name, "cq"), self.parameter(site.name, "eta"))
            gravity = delta + float(
                model_lines.second_order_shift_ppm(*q, self.larmor_mhz, self.spin)
            )
            fine = np.linspace(delta - 40, delta + 20, 6001)
            top = fine[np.argmax(self.component(site.name, fine))]
            rows.append((site.name, delta, gravity, top))
        columns = ["site", "isotropic_ppm", "gravity_ppm", "maximum_ppm"]
        return pd.DataFrame(rows, columns=columns)

    def shares(self) -> pd.DataFrame:
        """Share of each site in the total area, with standard error, 95 % interval and flags."""
        areas = np.array([self.parameter(s.name, "area") for s in self.sites])
        index = [self.result.index(f"{s.name}_area") for s in self.sites]
        share = areas / areas.sum()
        # d share_i / d log10(area_j)
        jacobian = LN10 * (np.diag(share) - np.outer(share, share))
        held = self.result.at_bound[index]  # on its lower bound: it has no error
        known = np.where(np.outer(~held, ~held), self.result.covariance[np.ix_(index, index)], 0)
        error = np.sqrt(np.diag(jacobian @ known @ jacobian.T))
        # a site that is not detected is the highest bump of the noise: a limit, no lower end
        unseen, most = held | ~self.result.identifiable[index], self.result.ci_high[index]
        low = np.where(unseen, 0.0, np.maximum(share - 1.96 * error, 0.0))
        high = np.where(unseen, most / (areas.sum() - areas + most), share + 1.96 * error)
        frame = {"site": [s.name for s in self.sites], "share": share}
        frame["stderr"] = np.where(held, np.nan, error)
        frame |= {"ci_low": low, "ci_high": np.minimum(high, 1.0)}
        frame["flag"] = [";".join(self.result.flags(f"{s.name}_area")) for s in self.sites]
        return pd.DataFrame(frame)


def line_shape(
    ppm: NDArray,
    *,
    delta: float,
    fwhm: float,
    area: float,
    cq: float = 0.0,
    eta: float = 0.0,
    larmor_mhz: float,
    lorentz_hz: float = 0.0,
    spin: float = 1.5,
    spread: float = 0.0,
    turned: complex = 1.0,
) -> NDArray:
    """Intensity of one site on an axis in either direction; area is intensity times ppm.

    ``turned`` is the phase: 1j gives the dispersive part.
    """
    transform = _Transform(np.asarray(ppm, float), larmor_mhz, lorentz_hz, spin)
    values = np.array([[delta]]), np.array([[fwhm]]), np.array([[cq]]), np.array([[eta]])
    wide = np.array([[spread]]) if spread else None
    signals = transform.signals(*values, spread=wide)[:, :1]
    return area * transform.spectrum(turned * signals)[0, 0]


def fit_sites(
    table: pd.DataFrame,
    sites: Sequence[Site],
    *,
    larmor_mhz: float | None = None,
    lorentz_hz: float | None = 0.0,
    spin: float | None = None,
    free: Sequence[str] = (),
) -> NmrFit:
    """Fit sites and a straight baseline to a spectrum.

    Sites are placed against each other over their windows before the fit. ``misfit``: the
    residuals are above the scatter where there are no lines, or neighbours share them. A
    site without which the sum of squares is hardly larger is ``not_identifiable``.

    Parameters
    ----------
    table : DataFrame
        ``shift_ppm`` and ``intensity``, in any order.
    sites : sequence of Site
    larmor_mhz : float, optional
        Resonance frequency of the nucleus; taken from ``table.attrs`` if not given.
    lorentz_hz : float or None
        Known Lorentzian width, as that of an exponential apodisation; None: one for all
        sites is fitted.
    spin : float, optional
        Of the nucleus, for quadrupolar sites; taken from ``table.attrs["nucleus"]``.
    free : sequence of {"spread", "widths"}
        Fitted too: a normal distribution of the couplings, of one relative width; a Lorentzian
        width for each site where ``lorentz_hz`` is None.

    Raises
    ------
    ValueError
        Too few points, no frequency, a window without data, an unknown spin, lines that point
        down, noise only.
    """
    ppm, intensity = spectrum(table)
    larmor_mhz = frequency(table, larmor_mhz)
    sites, spin = tuple(sites), spin_of(table, sites, spin)
    transform = _Transform(ppm, larmor_mhz, lorentz_hz or 0.0, spin)
    more = () if lorentz_hz is not None else ("widths",) if "widths" in free else ("lorentz",)
    more = (*more, *["spread"] * ("spread" in free))
    problem = _problem(ppm, intensity, sites, transform, more)
    result = _best(problem, _starts(problem, ppm, intensity, sites, transform), _several(sites))
    result = _assigned(result, sites, transform)
    factor = correlation_factor(result.residuals)
    lorentz_hz = result["lorentz"] if "lorentz" in more else lorentz_hz or 0.0
    result = _widened(result, factor)
    found = NmrFit(sites, result, larmor_mhz, lorentz_hz, ppm, intensity, factor, spin)
    judged = _judged(found).doubted(table.attrs.get("clipped", ""))
    return replace(found, result=_profiled(judged, factor))


def rival(table: pd.DataFrame, fitted: NmrFit) -> NmrFit | None:
    """Fit the same plain lines with a Lorentzian width, or one for each, that the data ask for.

    Shares move long before a wrong shape stands out of the noise. None where nothing is asked
    for, or a line is quadrupolar.
    """
    if any(site.cq_mhz != 0 for site in fitted.sites):
        return None
    known = {"larmor_mhz": fitted.larmor_mhz, "lorentz_hz": None}
    for free in ((), ("widths",))[: len(fitted.sites)]:
        other = fit_sites(table, fitted.sites, **known, free=free)
        if gain(other, fitted) > DETECTED:
            return other
    return None


def gain(better: NmrFit, worse: NmrFit) -> float:
    """Fall of chi2 from one fit to another, in variances of correlated noise."""
    unit = better.result.reduced_chi2 * better.correlation
    return float((worse.result.chi2 - better.result.chi2) / unit)


def _best(problem: Problem, starts: NDArray, several: bool) -> FitResult:
    """Fit from the first starts, and from more while the residuals are above the noise."""
    found, first = [], 0
    for last in STARTS_OF_SEVERAL if several else STARTS:
        result = fit(problem, starts[first:last], steps=(10, 30) if several else (6, 8))
        found.append(replace(result, starts_tried=min(last, len(starts))))
        best = min(found, key=lambda result: result.chi2)
        noise = scatter(best.residuals, min(NOISE_SPACING, len(best.residuals) // 4))[0]
        first = last
        if best.reduced_chi2 <= (ENOUGH * noise) ** 2 or first >= len(starts):
            break
    return replace(best, starts_tried=found[-1].starts_tried)


def _assigned(result: FitResult, sites: tuple[Site, ...], transform: _Transform) -> FitResult:
    """Like lines given to the sites in whose windows they lie, next to the middle of these."""
    order = np.arange(len(result.names))
    for kind in {(site.cq_mhz, site.eta) for site in sites}:
        group = [site for site in sites if (site.cq_mhz, site.eta) == kind]
        names = [[n for n in result.names if n.rpartition("_")[0] == s.name] for s in group]
        middle = np.array([_middle(result, site, transform) for site in group])
        low, high = np.array([site.window_ppm for site in group])[..., None].swapaxes(0, 1)
        outside = np.maximum(np.maximum(low - middle, middle - high), 0)
        cost = np.abs(middle - (low + high) / 2) + 1e3 * outside - 1e-6 * np.eye(len(group))
        for target, source in zip(*linear_sum_assignment(cost), strict=True):
            for one, other in zip(names[target], names[source], strict=True):
                order[result.index(one)] = result.index(other)
    return result.permuted(order)


def _middle(result: FitResult, site: Site, transform: _Transform) -> float:
    """Place between the horns of a fitted line, ppm."""
    found = dict(zip(result.names, result.values, strict=True))
    cq = found.get(f"{site.name}_cq", site.cq_mhz)
    eta = np.sqrt(found.get(f"{site.name}_eta2", (site.eta or 0.0) ** 2))
    shift = model_lines.second_order_shift_ppm(cq, eta, transform.hz, transform.spin)
    return float(found[f"{site.name}_delta"] + shift / 2)


def _judged(found: NmrFit) -> FitResult:
    """Residuals judged under the lines and everywhere; sites that are not there marked.

    Raises
    ------
    ValueError
        No site is there.
    """
    result, scale = found.result, float(np.max(np.abs(found.intensity)))
    parts = np.array([found.component(site.name) for site in found.sites]) / scale
    signal = np.abs(parts.sum(axis=0))
    lines = signal > SIGNAL * signal.max()
    quiet = result.residuals[~lines] if (~lines).sum() > 6 * NOISE_SPACING else result.residuals
    noise, own = scatter(quiet, min(NOISE_SPACING, len(quiet) // 4))
    memory = (1 + own) / (1 - own)
    known = {"noise_freedom": len(quiet) / (3 * memory), "own_correlation": own}
    known["widths"] = NOISE_WIDTHS
    judged = [result.judged(noise, order=order, **known) for order in (np.flatnonzero(lines), None)]
    judged = judged[0] if judged[0].misfit else judged[1]
    if judged.misfit and (cause := _cause(found, noise)):
        judged = judged.doubted(f"{judged.misfit_reason}; {cause}")
    base = np.column_stack([np.ones_like(found.ppm), _scaled(found.ppm)])
    data, identifiable = found.intensity / scale, result.identifiable.copy()
    variance = result.chi2 / max(result.degrees_of_freedom, 1) * found.correlation
    if judged.misfit:  # what a wrong model leaves hides no line
        variance = min(variance, noise**2 * memory)
    absent = undetected(parts, base, data, variance)
    for site in np.array(found.sites)[absent]:
        identifiable &= [not name.startswith(f"{site.name}_") for name in result.names]
    if absent.all():
        raise ValueError(
            "no line stands out of the noise where "
            f"{', '.join(site.name for site in found.sites)} is looked for: check the windows "
            "and the referencing, or measure longer"
        )
    return replace(judged, identifiable=identifiable)


def _cause(found: NmrFit, noise: float) -> str:
    """What a misfit comes from, where its residuals show it; empty where they do not."""
    result, scale = found.result, float(np.max(np.abs(found.intensity)))
    left, jacobian = (part[0] for part in result.problem.evaluate(result.values[None]))
    if clipped := saturation(found.intensity):
        return clipped
    if 0 <= found.intensity.min() < POSITIVE * scale:
        return "no intensity is below zero: a magnitude, or cut off there; transform it again"
    above, worst = result.chi2 - left.size * noise**2, int(np.argmax(np.abs(left)))
    if left[worst] ** 2 > above / 2:
        return f"it is one point, at {found.ppm[worst]:.4g} ppm: leave it out"
    lines = sum(found.component(site.name, turned=1j) for site in found.sites) / scale
    columns = np.column_stack([lines, _scaled(found.ppm) * lines, jacobian])
    size = np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    parts = np.linalg.lstsq(columns / size, left, rcond=1e-9)[0]
    dispersive = result.chi2 - float(np.square(left - columns / size @ parts).sum())
    if dispersive > DISPERSIVE * above:
        angle = np.degrees(np.arctan(abs(parts[0]) / size[0]))
        return f"it is the dispersive part of the lines, {angle:.0f} degrees: phase the spectrum"
    return noise_step(left, found.ppm, "ppm")


def _scaled(ppm: NDArray) -> NDArray:
    """-1 to 1 over the axis."""
    return 2 * (ppm - ppm.mean()) / np.ptp(ppm)


class _Transform:
    """Time grid and Fourier transform for one axis.

    An even axis goes through a fast transform whose bins are the axis's own points; any
    other through a sum.
    """

    def __init__(self, ppm: NDArray, larmor_mhz: float, lorentz_hz: float, spin: float) -> None:
        self.hz, self.spin = larmor_mhz, spin  # Hz of one ppm
        self.coupling = model_lines.coupling_factor(spin)
        self.lorentz_hz = lorentz_hz
        centre = ppm.size // 2
        self.middle = float(ppm[centre])
        reach = np.ptp(ppm) + 60.0  # alias-free for lines that reach out of the window
        step = np.ptp(ppm) / (ppm.size - 1)
        even = np.abs(ppm - np.linspace(ppm[0], ppm[-1], ppm.size)).max() < 0.01 * step
        self.size = next_fast_len(int(np.ceil(reach / step))) if even else 0
        self.bins = (np.arange(ppm.size) - centre) * (1 if ppm[-1] > ppm[0] else -1)
        interval = 1 / (self.size * step * self.hz) if even else 1 / (reach * self.hz)
        slowest = 0.5 * self.hz  # a line this wide has decayed to 1e-5 at the end
        end = 2 * np.sqrt(np.log(2) * np.log(1e5)) / (np.pi * slowest)
        self.t = np.arange(0.0, end, interval)[: self.size or None]
        self.weight = np.full(self.t.size, 2.0 * interval * self.hz)
        self.weight[0] /= 2
        if not even:
            turn = 2 * np.pi * np.outer(self.t, (ppm - self.middle) * self.hz)
            self.basis = np.concatenate([np.cos(turn), np.sin(turn)])

    def signals(
        self,
        delta: NDArray,
        fwhm: NDArray,
        cq: NDArray,
        eta: NDArray,
        *,
        by_coupling: bool = True,
        lorentz: NDArray | None = None,
        spread: NDArray | None = None,
    ) -> NDArray:
        """Signal, its derivatives by delta, fwhm, and where wanted cq and eta, lorentz, spread.

        Quantities have shape (k, 1); the result (k, 3 to 7, times).
        """
        t, hz = self.t, self.hz
        if not by_coupling:  # held: one line shape for all
            cq, eta = cq[:1], eta[:1]
        if np.any(cq):
            phase = 2 * np.pi * t * np.square(cq) * self.coupling / hz * 1e6
            if spread is None:
                value, by_phase, by_eta = model_lines.interpolated_signal(phase, eta[:, 0])
            else:
                value, by_phase, by_eta, by_spread = _distributed(phase, eta[:, 0], spread)
        else:
            value = by_phase = by_eta = np.ones((len(cq), t.size), dtype=complex)
        carrier = np.exp(2j * np.pi * (delta - self.middle) * hz * t)
        width = self.lorentz_hz if lorentz is None else lorentz
        carrier = carrier * model_lines.broadening(t, fwhm * hz, width)
        by_fwhm = -2 * fwhm * np.square(np.pi * hz * t / (2 * np.sqrt(np.log(2)))) * value
        parts = [value, 2j * np.pi * hz * t * value, by_fwhm]
        if by_coupling:
            parts += [by_phase * 4 * np.pi * t * cq * self.coupling / hz * 1e6, by_eta]
        if lorentz is not None:
            parts.append(-np.pi * t * value)
        if spread is not None:
            parts.append(by_spread)
        return np.stack([part * carrier for part in parts], axis=1)

    def spectrum(self, signals: NDArray) -> NDArray:
        """Real spectra of signals, shape (..., points)."""
        weighted = signals * self.weight
        if self.size:
            return np.fft.fft(weighted, self.size)[..., self.bins].real
        return np.concatenate([weighted.real, weighted.imag], axis=-1) @ self.basis


def _distributed(phase: NDArray, eta: NDArray, spread: NDArray) -> list[NDArray]:
    """Powder signal of normally distributed couplings; derivatives by phase, eta and spread."""
    sums = [0.0] * 4
    for node, weight in zip(SPREAD_NODES, SPREAD_WEIGHTS, strict=True):
        times = 1 + spread * node
        value, slope, by_eta = model_lines.interpolated_signal(phase * times**2, eta)
        parts = (value, slope * times**2, by_eta, slope * phase * 2 * times * node)
        sums = [total + weight * part for total, part in zip(sums, parts, strict=True)]
    return sums


def _layout(sites: tuple[Site, ...], more: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Site and quantity of every parameter, in order."""
    found = []
    for site in sites:
        found += [(site.name, "delta"), (site.name, "fwhm"), (site.name, "area")]
        found += [(site.name, "cq")] if site.cq_mhz is None else []
        found += [(site.name, "eta2")] if site.eta is None and site.cq_mhz != 0 else []
        found += [(site.name, "lorentz")] if "widths" in more else []
    found += [("", name) for name in more if name != "widths"]
    return [*found, ("", "offset"), ("", "slope")]


def _problem(
    ppm: NDArray,
    intensity: NDArray,
    sites: tuple[Site, ...],
    transform: _Transform,
    more: tuple[str, ...],
) -> Problem:
    layout, baseline = _layout(sites, more), np.array([np.ones_like(ppm), _scaled(ppm)])
    column = {key: i for i, key in enumerate(layout)}
    scale = float(np.max(np.abs(intensity)))  # residuals and baseline are in units of it
    intensity, area = intensity / scale, float(np.ptp(ppm)) * scale
    bounds = {
        "delta": (ppm.min() - 5, ppm.max() + 25),
        "fwhm": (NARROWEST_PPM, WIDEST_PPM),
        "area": (1e-5 * area, 10 * area),
        "cq": tuple(np.array([0.2, LARGEST_CQ_MHZ]) / np.sqrt(transform.coupling)),
        "lorentz": (0.0, WIDEST_PPM * transform.hz),
        "spread": (NARROWEST_SPREAD, WIDEST_SPREAD),
        "eta2": (0.0, 1.0),
        "offset": (-2.0, 2.0),
        "slope": (-2.0, 2.0),
    }
    units = {"delta": "ppm", "fwhm": "ppm", "cq": "MHz", "area": "intensity ppm"}
    units["lorentz"] = "Hz"

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        jacobian = np.zeros((len(values), ppm.size, len(layout)))
        model = values[:, -2:] @ baseline
        jacobian[..., -2:] = baseline.T
        for site in sites:
            held = {"cq": site.cq_mhz or 0.0, "eta": site.eta or 0.0, "eta2": 0.0}

            def of(q: str, name: str = site.name, held: dict = held) -> NDArray:
                i = column.get((name, q))
                return np.full((len(values), 1), held[q]) if i is None else values[:, [i]]

            squared = (site.name, "eta2") in column
            eta = np.sqrt(np.maximum(of("eta2"), SMALLEST_ETA**2)) if squared else of("eta")
            quantities = (of("delta"), of("fwhm"), of("cq"), eta)
            free = site.cq_mhz is None or squared
            tail = {"lorentz": column.get((site.name, "lorentz"), column.get(("", "lorentz")))}
            tail["spread"] = column.get(("", "spread")) if site.cq_mhz is None else None
            tail = {q: i for q, i in tail.items() if i is not None}
            also = {q: values[:, [i]] for q, i in tail.items()}
            shapes = transform.spectrum(transform.signals(*quantities, by_coupling=free, **also))
            shapes /= scale
            model = model + of("area") * shapes[:, 0]
            jacobian[..., column[site.name, "area"]] = shapes[:, 0]
            if squared:  # the derivative by eta^2
                shapes[:, 4] /= 2 * eta
            for j, q in enumerate(("delta", "fwhm", "cq", "eta2"), start=1):
                if (site.name, q) in column:
                    jacobian[..., column[site.name, q]] = of("area") * shapes[:, j]
            for j, i in enumerate(tail.values(), start=-len(tail)):
                jacobian[..., i] += of("area") * shapes[:, j]
        return model - intensity, jacobian

    quantities = [q for _, q in layout]
    positive = np.array([q in ("fwhm", "area") for q in quantities])
    resolution = [RESOLUTION.get(q, 0.25 if q in ("fwhm", "area") else np.inf) for q in quantities]
    lower, upper = np.array([bounds[q] for q in quantities], dtype=float).T
    return Problem(
        names=tuple(f"{name}_{q}".lstrip("_") for name, q in layout),
        units=tuple(units.get(q, "1") for q in quantities),
        lower=lower,
        upper=upper,
        positive=positive,
        evaluate=evaluate,
        resolution=np.array(resolution),
    )


def _starts(
    problem: Problem,
    ppm: NDArray,
    intensity: NDArray,
    sites: tuple[Site, ...],
    transform: _Transform,
) -> NDArray:
    """Sites placed against each other: positions over each window, couplings, widths."""
    scale = float(np.max(np.abs(intensity)))
    base = np.linalg.qr(np.column_stack([np.ones_like(ppm), _scaled(ppm)]))[0]
    grids = [_grid(site, ppm, transform) for site in sites]
    shapes = [_shapes(grid, transform) / scale for grid in grids]
    flat = [shape - (shape @ base) @ base.T for shape in shapes]
    data = intensity / scale
    found = place(flat, data - base @ (base.T @ data), most=PLACED_AT_ONCE, rows=PLACED_BESIDE)
    line = np.column_stack([np.ones_like(ppm), _scaled(ppm)])
    starts = []
    count = (STARTS_OF_SEVERAL if _several(sites) else STARTS)[-1]
    for row in _distinct(found, sites, grids)[:count]:
        values, model = {("", "lorentz"): 0.2 * transform.hz, ("", "spread"): 0.03}, 0.0
        for b, site in enumerate(sites):
            delta, fwhm, cq, eta = grids[b][found.picks[row, b]]
            area = found.coefficients[row, b]
            model = model + area * shapes[b][found.picks[row, b]]
            quantities = {"delta": delta, "fwhm": fwhm, "cq": cq, "eta2": eta**2, "area": area}
            quantities["lorentz"] = 0.2 * transform.hz
            values |= {(site.name, q): v for q, v in quantities.items()}
        offset, slope = np.linalg.lstsq(line, data - model, rcond=None)[0]
        values |= {("", "offset"): offset, ("", "slope"): slope}
        layout = [name.rpartition("_")[::2] for name in problem.names]
        floor = np.where([q == "area" for _, q in layout], 10 * problem.lower, problem.lower)
        starts.append(np.clip([values[key] for key in layout], floor, problem.upper))
    return np.array(starts)


def _distinct(found: Placements, sites: tuple[Site, ...], grids: list[NDArray]) -> NDArray:
    """Rows of placements, best first: of each set of couplings only the best positions.

    Like sites may change places; one of no size has no place.
    """
    labels, delta = found.picks.copy(), np.empty(found.picks.shape)
    for b, (site, grid) in enumerate(zip(sites, grids, strict=True)):
        delta[:, b] = grid[found.picks[:, b], 0]
        if site.cq_mhz is None:
            labels[:, b] = np.unique(grid[:, 2:], axis=0, return_inverse=True)[1][labels[:, b]]
    labels[found.coefficients <= 0] = -1
    like = [(site.window_ppm, site.cq_mhz, site.eta) for site in sites]
    for kind in set(like):
        group = [b for b, other in enumerate(like) if other == kind]
        order = np.argsort(delta[:, group], axis=1)
        labels[:, group] = np.take_along_axis(labels[:, group], order, axis=1)
    return np.sort(np.unique(labels, axis=0, return_index=True)[1])


def _several(sites: tuple[Site, ...]) -> bool:
    """Whether more than one quadrupolar line is free to take another's place."""
    return sum(site.cq_mhz is None for site in sites) > 1


def _grid(site: Site, ppm: NDArray, transform: _Transform) -> NDArray:
    """Isotropic shift, FWHM, C_Q, eta of every placement of a site, shape (k, 4)."""
    low, high = site.window_ppm
    inside = ppm[(ppm >= low) & (ppm <= high)]
    if not inside.size:
        raise ValueError(
            f"{site.name}: no data between {low:g} and {high:g} ppm; "
            f"the spectrum covers {ppm.min():g} to {ppm.max():g}"
        )
    root = np.sqrt(transform.coupling)
    couplings = [(cq / root, eta) for cq in START_CQ_MHZ for eta in START_ETA]
    if site.cq_mhz is not None:
        couplings = [(site.cq_mhz, eta) for eta in START_ETA] if site.cq_mhz else [(0.0, 0.0)]
    if site.eta is not None:
        couplings = sorted({(cq, site.eta) for cq, _ in couplings})
    widths = START_FWHM_PPM if site.cq_mhz is None else START_PLAIN_PPM
    count = int(np.clip(np.ptp(inside), 4, MOST_POSITIONS))
    rows = []
    for cq, eta in couplings:
        # a position is that of the line's middle: its horns are to either side
        shift = float(model_lines.second_order_shift_ppm(cq, eta, transform.hz, transform.spin))
        for top in np.linspace(inside.min(), inside.max(), count):
            rows += [(top - shift / 2, width, cq, eta) for width in widths]
    return np.array(rows)


def _shapes(grid: NDArray, transform: _Transform) -> NDArray:
    """Line shapes of unit area, shape (k, points)."""
    kinds, which = np.unique(grid[:, 1:], axis=0, return_inverse=True)
    middle = np.full((len(kinds), 1), transform.middle)
    signals = transform.signals(middle, *(kinds[:, [i]] for i in range(3)))[:, 0]
    away = (grid[:, [0]] - transform.middle) * transform.hz
    return transform.spectrum(signals[which.ravel()] * np.exp(2j * np.pi * away * transform.t))


def _profiled(result: FitResult, factor: float) -> FitResult:
    """Wide intervals of eta^2 by the likelihood's profile.

    No line is straight in it near 0, nor near 1, where a larger eta is a smaller one with the
    axes renamed. An interval ends on the bound where the profile does not close before it.
    """
    low, high, identifiable = result.ci_low.copy(), result.ci_high.copy(), result.identifiable
    for name in (n for n in result.names if n.endswith("_eta2")):
        i, area = result.index(name), result.index(name.replace("_eta2", "_area"))
        bent = low[i] < (1 - STRAIGHT) * result.values[i] or 2 * high[i] - low[i] > 1
        if not (bent and identifiable[area]):
            continue
        covariance, identifiable = result.covariance.copy(), identifiable.copy()
        for _ in range(2):  # the first grid is that of the wide interval
            covariance[i, i] = ((high[i] - low[i]) / 4) ** 2
            spread = replace(
                result, covariance=covariance, reduced_chi2=result.reduced_chi2 * factor
            )
            low[i], high[i] = profile_interval(spread, name, points=PROFILE_POINTS)
        identifiable[i] |= high[i] - low[i] < 2 * RESOLUTION["eta2"]
    return replace(result, ci_low=low, ci_high=high, identifiable=identifiable)


def _widened(result: FitResult, factor: float) -> FitResult:
    """Covariance and intervals multiplied for correlated noise."""
    if factor == 1.0:
        return result
    problem, root = result.problem, np.sqrt(factor)
    u = problem.to_internal(result.values)
    low, high = problem.to_internal(result.ci_low), problem.to_internal(result.ci_high)
    with np.errstate(over="ignore"):  # without digits an interval may end at infinity
        ends = [problem.to_values(u + (end - u) * root) for end in (low, high)]
    low, high = (
        np.where(problem.positive, end, np.clip(end, result.lower, result.upper)) for end in ends
    )
    return replace(
        result,
        covariance=result.covariance * factor,
        stderr=result.stderr * root,
        ci_low=low,
        ci_high=high,
    )
