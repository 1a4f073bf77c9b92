"""A whole temperature series of impedance spectra as one equation, with exact derivatives.

The derivation stands in ``docs/methods/transport.md``. Spectrum i at the plate's
temperature T_i, s = j omega, f = omega/2 pi:

    Z_i = [P + R_lead + s L] (1 + g f/10 MHz) exp(j phi f/10 MHz)
    P   = sum_a R_ai/(1 + (s R_ai C_a)^alpha_a)^gamma_a + 1/(Q_i s^n_i)
    ln R_ai = ln R_a + Ea_a x + bend_a x^2/2 [+ ln(T/T_ref): sigma T form] + scatter_ai
    x = 1/(k T) - 1/(k T_ref),  T = T_amb + (1 - lag)(T_i - T_amb) + offset

An arc shares its capacitance, not the coefficient of a constant phase element, which
moves with R and would invent lead resistance.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.core.result import LN10
from nasicon.transport.model_conduction import Convention

ANALYSER_HZ = 1e7  # where phase and gain errors are stated
TYPICAL_F = {"bulk": 1e-11, "boundary": 3e-9}  # Irvine, Sinclair and West, Adv. Mater. 2 (1990) 132
ENERGIES_EV = np.linspace(0.0, 1.5, 151)


@dataclass(frozen=True)
class Term:
    """One parameter of the series.

    Attributes
    ----------
    unit : str
    value : float
        Held (``fixed``), or where the fit starts.
    lower, upper : float
    positive : bool
        Fitted as log10.
    role : {"fixed", "shared", "free", "random"}
        One value for all spectra (held, or fitted), one for each, or one for each drawn
        from a normal distribution about ``value`` whose width is estimated.
    prior : (value, standard deviation), optional
        Normal; the deviation of a positive parameter is in decades.
    resolution : float
        A standard error above this leaves no digits (decades, or the unit).
    """

    unit: str
    value: float
    lower: float
    upper: float
    positive: bool = False
    role: str = "fixed"
    prior: tuple[float, float] | None = None
    resolution: float = 0.25


def _arc(name: str, capacitance_f: float) -> dict[str, Term]:
    seen = name != "bulk"  # a conductor's own arc lies above most windows: held ideal
    shape = "shared" if seen else "fixed"
    prior = None if seen else (capacitance_f, 0.3)
    return {
        f"{name}_ohm": Term("ohm", 1e3, 1e-6, 1e15, True, "shared"),
        f"{name}_ea_ev": Term("eV", 0.3, -0.5, 3.0, False, "shared"),
        f"{name}_bend_ev2": Term("eV2", 0.0, -0.5, 0.5, resolution=0.05),
        f"{name}_f": Term("F", capacitance_f, 1e-14, 1e-3, True, "shared", prior),
        f"{name}_alpha": Term("", 0.9 if seen else 1.0, 0.3, 1.0, False, shape),
        f"{name}_gamma": Term("", 1.0, 0.3, 1.5, False, shape),
        f"{name}_scatter": Term("", 0.0, -3.0, 3.0, False, "random"),
    }


@dataclass(frozen=True)
class SeriesModel:
    """Arcs in falling apex frequency, the form of the Arrhenius law, and every parameter's role."""

    arcs: tuple[str, ...]
    terms: Mapping[str, Term]
    form: Convention = "sigma"
    reference_c: float = 25.0
    ambient_c: float = 25.0

    def names(self, *roles: str) -> list[str]:
        """Parameters of these roles, in order."""
        return [name for name, term in self.terms.items() if term.role in roles]

    def fix(self, **values: float) -> SeriesModel:
        """Hold parameters at the values given: ``model.fix(lead_ohm=0.0)``."""
        return self._with("fixed", (), values)

    def share(self, *names: str, **starts: float) -> SeriesModel:
        """One fitted value for all spectra, without a prior, with a start where one is given."""
        return self._with("shared", names, starts)

    def free(self, *names: str, **starts: float) -> SeriesModel:
        """One fitted value for each spectrum."""
        return self._with("free", names, starts)

    def random(self, *names: str, **starts: float) -> SeriesModel:
        """One value for each spectrum, scattered normally with a width that is estimated."""
        return self._with("random", names, starts)

    def prior(self, **priors: tuple[float, float]) -> SeriesModel:
        """Fit parameters under a normal prior: value, standard deviation (decades if positive)."""
        for name, (_, spread) in priors.items():
            if not spread > 0:
                raise ValueError(f"the prior of {name} needs a deviation > 0, got {spread}")
        model = self._with("shared", (), {name: value for name, (value, _) in priors.items()})
        terms = {k: replace(t, prior=priors.get(k, t.prior)) for k, t in model.terms.items()}
        return replace(model, terms=terms)

    def _with(self, role: str, names: Sequence[str], values: Mapping[str, float]) -> SeriesModel:
        terms = dict(self.terms)
        for name in (*names, *values):
            if name not in terms:
                near = difflib.get_close_matches(name, terms, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(
                    f"the series has no parameter {name!r}{hint} It has: {', '.join(terms)}"
                )
            value = float(values.get(name, terms[name].value))
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value}")
            terms[name] = replace(terms[name], role=role, value=value, prior=None)
        return replace(self, terms=terms)


def series_model(
    arcs: Mapping[str, float] | None = None,
    *,
    form: Convention = "sigma",
    leads: bool = True,
    reference_c: float = 25.0,
    ambient_c: float = 25.0,
) -> SeriesModel:
    """The usual model: arcs with scatter, blocking electrode, leads, analyser.

    Parameters
    ----------
    arcs : mapping of name to capacitance in F, optional
        In falling apex frequency, with the capacitance to be expected (within a decade or
        two). By default bulk (10 pF) and boundary (3 nF). An arc called ``bulk`` is ideal with
        its capacitance under a prior of a factor of two, until it is shared by name.
    form : {"sigma", "sigma_T"}
        Which of sigma and sigma T is activated.
    leads : bool
        Lead resistance fitted, or held at zero. Inductance is fitted in either case.
    reference_c, ambient_c : float
        Temperature of the resistances, and of the room that a lag is counted from.

    Notes
    -----
    The lag is held at zero and to first order only rescales every activation energy by
    1 - lag: give it a value or a prior. Phase and gain of the analyser at 10 MHz have a prior
    of zero with deviations of 2 degrees and 2 %, the inductance one of 0.3 uH (0.3 m of
    leads) with a deviation of half a decade.
    """
    arcs = TYPICAL_F if arcs is None else arcs
    if form not in ("sigma", "sigma_T"):
        raise ValueError(f'form must be "sigma" or "sigma_T", got {form!r}')
    if not arcs or any(not c > 0 for c in arcs.values()):
        raise ValueError(f"give one or more arcs with a capacitance > 0 F each, got {dict(arcs)}")
    terms: dict[str, Term] = {}
    for name, capacitance in arcs.items():
        terms |= _arc(name, capacitance)
    lead = "shared" if leads else "fixed"
    terms |= {
        "lead_ohm": Term("ohm", 0.0, -np.inf, np.inf, False, lead),
        "inductance_h": Term("H", 3e-7, 1e-10, 1e-3, True, "shared", (3e-7, 0.5)),
        "electrode_q": Term("S s^n", 1e-6, 1e-13, 1e2, True, "free"),
        "electrode_n": Term("", 0.85, 0.2, 1.0, False, "free"),
        "phase_error_deg": Term("deg", 0.0, -20.0, 20.0, False, "shared", (0.0, 2.0), 3.0),
        "gain_error_percent": Term("%", 0.0, -20.0, 20.0, False, "shared", (0.0, 2.0), 3.0),
        "lag": Term("", 0.0, -0.5, 0.9),
        "offset_k": Term("K", 0.0, -30.0, 30.0, resolution=10.0),
    }
    return SeriesModel(tuple(arcs), terms, form, reference_c, ambient_c)


@dataclass(frozen=True)
class Series:
    """Spectra side by side, padded where one is shorter (weight 0)."""

    label: tuple[str, ...]
    temperature_c: NDArray
    frequency_hz: NDArray
    z: NDArray
    weight: NDArray

    @property
    def grid(self) -> tuple[NDArray, NDArray]:
        """Frequencies and temperatures."""
        return self.frequency_hz, self.temperature_c


def warmth(
    model: SeriesModel, v: Mapping[str, NDArray], temperature_c: ArrayLike
) -> tuple[NDArray, NDArray]:
    """Temperature of the sample in K and x = 1/kT - 1/kT_ref, shape (K, 1), of the plate's (K,)."""
    ambient = kelvin(model.ambient_c)
    plate = kelvin(temperature_c)[:, None]
    warm = ambient + (1 - v["lag"]) * (plate - ambient) + v["offset_k"]
    return warm, (1 / warm - 1 / kelvin(model.reference_c)) / BOLTZMANN_EV_PER_K


def log_resistance(
    model: SeriesModel, v: Mapping[str, NDArray], arc: str, warm: NDArray, x: NDArray
) -> NDArray:
    """Logarithm of the resistance of an arc at the sample's temperature, (K, 1)."""
    log_r = np.log(v[f"{arc}_ohm"]) + (v[f"{arc}_ea_ev"] + v[f"{arc}_bend_ev2"] * x / 2) * x
    if model.form == "sigma_T":
        log_r = log_r + np.log(warm / kelvin(model.reference_c))
    return log_r + v[f"{arc}_scatter"]


def columns(model: SeriesModel, values: NDArray) -> dict[str, NDArray]:
    """Every parameter by name, (K, 1), from values (K, P) in the model's order."""
    return {name: values[:, i, None] for i, name in enumerate(model.terms)}


def evaluate(
    model: SeriesModel,
    values: NDArray,
    frequency_hz: NDArray,
    temperature_c: ArrayLike,
    active: Sequence[str] = (),
) -> tuple[NDArray, NDArray]:
    """Impedance and its derivatives.

    Parameters
    ----------
    values : ndarray, shape (K, P)
        Every parameter of every spectrum, in the model's units and order.
    frequency_hz : ndarray, shape (K, n)
    temperature_c : array_like, shape (K,)
        Of the plate.
    active : sequence of str
        Parameters to differentiate with respect to.

    Returns
    -------
    z : ndarray of complex, shape (K, n)
    slopes : ndarray of complex, shape (K, len(active), n)
        With respect to log10 of positive parameters, the others as they are.
    """
    v, place = columns(model, values), {name: i for i, name in enumerate(active)}
    slopes = np.empty((len(values), len(place), frequency_hz.shape[1]), dtype=complex)

    def put(name: str, slope: NDArray) -> None:
        if name in place:
            slopes[:, place[name]] = slope

    s = 2j * np.pi * frequency_hz
    log_s = np.log(s.imag) + 0.5j * np.pi
    warm, x = warmth(model, v, temperature_c)
    share = frequency_hz / ANALYSER_HZ
    gain = 1 + v["gain_error_percent"] / 100 * share
    analyser = gain * np.exp(1j * np.radians(v["phase_error_deg"]) * share)
    n = v["electrode_n"]
    electrode = analyser * np.exp(-n * log_s) / v["electrode_q"]
    recorded = electrode + analyser * (v["lead_ohm"] + s * v["inductance_h"])
    per_kelvin = 0.0  # dZ/dT
    for arc in model.arcs:
        alpha, gamma = v[f"{arc}_alpha"], v[f"{arc}_gamma"]
        log_r = log_resistance(model, v, arc, warm, x)
        log_t = log_s + (log_r + np.log(v[f"{arc}_f"]))
        power = np.exp(alpha * log_t)
        log_base = np.log(1 + power)
        z = analyser * np.exp(log_r - gamma * log_base)
        recorded = recorded + z
        if not place:
            continue
        by_power = -gamma * z * (power / (1 + power))  # dz / d ln (s R C)^alpha
        by_c = alpha * by_power
        by_r = z + by_c  # dz / d ln R
        put(f"{arc}_ohm", by_r * LN10)
        put(f"{arc}_ea_ev", by_r * x)
        put(f"{arc}_bend_ev2", by_r * (x**2 / 2))
        put(f"{arc}_scatter", by_r)
        put(f"{arc}_f", by_c * LN10)
        put(f"{arc}_alpha", by_power * log_t)
        put(f"{arc}_gamma", -z * log_base)
        slope = -(v[f"{arc}_ea_ev"] + v[f"{arc}_bend_ev2"] * x) / (BOLTZMANN_EV_PER_K * warm**2)
        per_kelvin = per_kelvin + by_r * (slope + (1 / warm if model.form == "sigma_T" else 0.0))
    if place:
        put("electrode_q", -LN10 * electrode)
        put("electrode_n", -electrode * log_s)
        put("lag", -per_kelvin * (kelvin(temperature_c)[:, None] - kelvin(model.ambient_c)))
        put("offset_k", per_kelvin)
        put("lead_ohm", analyser)
        put("inductance_h", analyser * s * v["inductance_h"] * LN10)
        put("phase_error_deg", recorded * (1j * np.pi / 180 * share))
        put("gain_error_percent", recorded / gain * (share / 100))
    return recorded, slopes


def allowed_truths(
    temperature_c: ArrayLike,
    apparent_ohm: float,
    apparent_ea_ev: float,
    lead_ohm: ArrayLike,
    lag: float = 0.0,
    *,
    ambient_c: float = 25.0,
) -> NDArray:
    """True activation energies behind an apparent one that carries leads and a lag.

    The intercept R(T) + R_lead, plotted as ln(1/R) against 1/T of the plate, has the
    apparent slope over these temperatures and the apparent value at ``ambient_c``.

    Parameters
    ----------
    temperature_c : array_like, shape (n,)
    apparent_ohm, apparent_ea_ev : float
        What was read off.
    lead_ohm : array_like, shape (m,)
        Assumed lead resistances, below ``apparent_ohm``.
    lag : float
        Share of the plate's rise above the room that the sample lacks.

    Returns
    -------
    ndarray, shape (m,)
        The lowest that does it, in the sigma form (eV); nan where none below 1.5 eV does.
    """
    plate = kelvin(temperature_c)
    if plate.size < 2 or not 0 <= lag < 1:
        raise ValueError(f"give two or more temperatures and a lag in [0, 1), got {plate}, {lag}")
    ambient = kelvin(ambient_c)
    x = (1 / (ambient + (1 - lag) * (plate - ambient)) - 1 / ambient) / BOLTZMANN_EV_PER_K
    read = 1 / (BOLTZMANN_EV_PER_K * plate)
    truths = []
    for lead in np.atleast_1d(np.asarray(lead_ohm, dtype=float)):
        if not 0 <= lead < apparent_ohm:
            raise ValueError(f"lead_ohm must lie in [0, {apparent_ohm:g}), got {lead}")

        def excess(energy: float, lead: float = lead) -> float:
            total = np.log((apparent_ohm - lead) * np.exp(energy * x) + lead)
            return float(np.polyfit(read, total, 1)[0]) - apparent_ea_ev

        # beyond some energy leads are all that is left when hot, and the slope falls again
        crossed = np.flatnonzero([excess(energy) >= 0 for energy in ENERGIES_EV])
        if crossed.size and crossed[0] > 0:
            first = crossed[0]
            truths.append(brentq(excess, ENERGIES_EV[first - 1], ENERGIES_EV[first]))
        else:
            truths.append(np.nan)
    return np.array(truths)
