"""Formulas on temperature series: prefactors, compensation, two processes, a lead resistance.

The LATP paper fits sigma = sigma0 exp(-Ea/kT) over 25 to 120 degC; its single temperatures
are not printed. Where a line has to be fitted, six temperatures of that range stand for them.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.transport import model_conduction as conduction

TEMPERATURES_C = np.array([25.0, 40.0, 60.0, 80.0, 100.0, 120.0])
ROOM_C = 25.0
THERMAL_EV = BOLTZMANN_EV_PER_K * float(kelvin(ROOM_C))
SHIFT_EV = conduction.convention_shift_ev(25, 120)  # of ln(sigma T) over ln(sigma)
PLACES = ("total GC-LATP", "total GC-LATBP", "bulk GC-LATP", "bulk GC-LATBP")


def prefactors(*numbers: float) -> dict[str, float]:
    """sigma0 = sigma exp(Ea/kT); judged: total of GC-LATP over that of GC-LATBP."""
    return _prefactors("sigma", numbers, 0.0)


def prefactors_sigma_t(*numbers: float) -> dict[str, float]:
    """A = sigma T exp(Ea'/kT), Ea' = Ea + kB ln(T2/T1)/(1/T1 - 1/T2)."""
    return _prefactors("sigma_T", numbers, SHIFT_EV)


def _prefactors(convention: str, numbers: tuple[float, ...], shift: float) -> dict[str, float]:
    pairs = zip(PLACES, numbers[::2], numbers[1::2], strict=True)
    found = {
        name: float(conduction.prefactor(sigma, energy + shift, ROOM_C, convention))
        for name, sigma, energy in pairs
    }
    first, second = found[PLACES[0]], found[PLACES[1]]
    return {"computed": first, "judged": first / second} | found


def gain_from_energies(high: float, low: float, new: float, old: float) -> dict[str, float]:
    """exp(dEa/kT) at equal prefactor; judged: over the printed gain."""
    predicted = math.exp((high - low) / THERMAL_EV)
    return {"computed": predicted, "judged": predicted / (new / old), "gain": new / old}


def meyer_neldel_mev(s1: float, s2: float, e1: float, e2: float) -> dict[str, float]:
    """E_MN = dEa / d ln sigma0, T_iso = E_MN/kB, from two samples."""
    logs = math.log(s1 / s2) + (e1 - e2) / THERMAL_EV
    energy = (e1 - e2) / logs if logs else math.nan
    return {"computed": 1e3 * energy, "kelvin": energy / BOLTZMANN_EV_PER_K}


def total_when_hot(
    sigma: float, energy: float, bulk: float, e_bulk: float, celsius: float
) -> dict[str, float]:
    """sigma(T) = sigma(25) exp[Ea/kB (1/T25 - 1/T)]; judged: total over bulk."""
    hot = float(conduction.arrhenius(celsius, sigma, energy))
    hot_bulk = float(conduction.arrhenius(celsius, bulk, e_bulk))
    return {"computed": hot, "judged": hot / hot_bulk, "bulk": hot_bulk}


def boundary_energy_ev(bulk: float, boundary: float, e_bulk: float, e_total: float) -> float:
    """Ea_gb for which the slope of ln(R_b + R_gb) against 1/kT over 25-120 degC is Ea_total."""

    def missing(energy: float) -> float:
        sigma = conduction.series_conductivity(
            conduction.arrhenius(TEMPERATURES_C, bulk, e_bulk),
            conduction.arrhenius(TEMPERATURES_C, boundary, energy),
        )
        return conduction.apparent_activation_energy_ev(TEMPERATURES_C, sigma) - e_total

    # 0.5 eV: far above, a vanishing boundary would flatten the line again
    return _root(missing, 0.0, 0.5)


def _root(function: object, low: float, high: float) -> float:
    """A root, nan where there is none."""
    if not function(low) * function(high) <= 0:
        return math.nan
    return float(brentq(function, low, high))


def attempt_hz(
    sigma: float, energy: float, carriers_per_cm3: float, jump_nm: float
) -> dict[str, float]:
    """nu0 from sigma T = (n q^2 a^2 nu0/6 kB) exp(-Ea'/kT); missing: eV up to 1e12 Hz."""
    prefactor = float(conduction.prefactor(sigma, energy + SHIFT_EV, ROOM_C, "sigma_T"))
    hertz = float(conduction.attempt_frequency_hz(prefactor, carriers_per_cm3, jump_nm * 1e-7))
    return {"computed": hertz, "missing": THERMAL_EV * math.log(1e12 / hertz)}


def below_literature_ev(first: float, second: float, literature: float) -> dict[str, float]:
    """E_literature; judged: how far the nearer printed energy lies below it."""
    return {
        "computed": literature,
        "judged": literature - max(first, second),
        "first": literature - first,
        "second": literature - second,
    }


def energies_apart(a: float, b: float, new: float, old: float) -> dict[str, float]:
    """exp(dEa/kT); judged: dEa, in eV."""
    return {"computed": math.exp((a - b) / THERMAL_EV), "judged": a - b, "printed": new / old}


def lead_ohm(literature: float, diameter: float, *numbers: float) -> dict[str, float]:
    """R_L with which R_b(T; Ea_literature) + R_L has the printed slope; judged: ratio of the two.

    ``numbers``: bulk sigma, bulk Ea, total sigma and total Ea of GC-LATP, then of GC-LATBP.
    """
    found, named = [], {}
    for name, start in (("GC-LATP", 0), ("GC-LATBP", 4)):
        sigma, energy, whole_sigma, whole_energy = numbers[start : start + 4]
        ohm = float(conduction.resistance(sigma, 1.0, diameter))
        lead = _lead(ohm, literature, energy)
        found.append(lead)
        named[f"R1 {name}"] = ohm
        for celsius in (25.0, 120.0):
            whole = float(_with_lead(np.array(celsius), ohm, literature, lead))
            named[f"{name} {celsius:.0f}"] = literature * (whole - lead) / whole
        sigmas = conduction.arrhenius(TEMPERATURES_C, whole_sigma, whole_energy)
        left = conduction.resistance(sigmas, 1.0, diameter) - lead
        named[f"total {name}"] = (
            conduction.apparent_activation_energy_ev(TEMPERATURES_C, 1 / left)
            if np.min(left) > 0
            else math.nan
        )
    judged = found[0] / found[1] if found[1] > 0 else math.nan
    first = {"computed": sum(found) / 2, "judged": judged}
    return first | {"first": found[0], "second": found[1]} | named


def _lead(apparent_ohm: float, true_ev: float, printed_ev: float) -> float:
    def missing(ohm: float) -> float:
        series = _with_lead(TEMPERATURES_C, apparent_ohm, true_ev, ohm)
        slope = conduction.apparent_activation_energy_ev(TEMPERATURES_C, 1 / series)
        return slope - printed_ev

    return _root(missing, 0.0, 0.999 * apparent_ohm)


def _with_lead(t_c: NDArray, apparent_ohm: float, true_ev: float, ohm: float) -> NDArray:
    """R_b(T) + R_L, of which the sum at room temperature is what was printed."""
    return ohm + (apparent_ohm - ohm) / conduction.arrhenius(t_c, 1.0, true_ev)
