"""Paper A, Figs. 2b and S10: prefactors, compensation, the two-process model, a lead resistance.

The paper fits sigma = sigma0 exp(-Ea/kT) over 25 to 120 degC; its single
temperatures are not printed. Where a straight line has to be fitted, six
temperatures of that range stand for them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.core.interval import Quantity, corners, sig, span
from nasicon.transport import model_conduction

GLASS_CERAMICS = ("gclatp", "gclatbp")
TEMPERATURES_C = np.array([25.0, 40.0, 60.0, 80.0, 100.0, 120.0])
ROOM_C = 25.0
THERMAL_EV = BOLTZMANN_EV_PER_K * float(kelvin(ROOM_C))
SIX = (
    "room temperature is 25 degC; six temperatures from 25 to 120 degC stand for the unprinted ones"
)

# Paper A's reference 22 (Breuer 2015, abstract of doi 10.1039/c5ta06379e): 0.26 to 0.29 eV from
# ln(sigma T) below ambient, which is 0.23 to 0.26 eV from ln(sigma).
LITERATURE_BULK_EV = Quantity(0.245, 0.23, 0.26)
# Carriers of LATP, x = 0.3: 1.3 Li in each of Z = 6 formula units of the R-3c cell,
# a = 8.50 and c = 20.82 Angstrom.
LI_PER_CM3 = 6 * 1.3 / (8.50**2 * 20.82 * math.sin(math.radians(60)) * 1e-24)
JUMP_CM = 3.4e-8
PLACES = (("sigma", "total"), ("sigma-b", "bulk"))


def _prefactors(case: Case, convention: str) -> dict[str, Quantity]:
    """Prefactor of every (place, sample), with rounding."""
    shift = 0.0 if convention == "sigma" else model_conduction.convention_shift_ev(25, 120)

    def value(sigma: float, energy: float) -> float:
        return float(model_conduction.prefactor(sigma, energy + shift, ROOM_C, convention))

    return {
        f"{place} {case.name(key)}": corners(
            value, case(f"A-{name}-{key}"), case(f"A-{name.replace('sigma', 'Ea')}-{key}")
        )
        for name, place in PLACES
        for key in GLASS_CERAMICS
    }


@check("A-prefactor-sigma", "A-prefactor-sigmaT")
def prefactors(case: Case) -> Outcome:
    """sigma0 = sigma exp(Ea/kT), or A = sigma T exp(Ea'/kT) with Ea' = Ea + shift."""
    convention = "sigma" if case.id.endswith("sigma") else "sigma_T"
    found = _prefactors(case, convention)
    values = ", ".join(f"{name} {sig(q.value)} ({span(q, 2)})" for name, q in found.items())
    drop = found["total GC-LATP"].value / found["total GC-LATBP"].value
    shift = model_conduction.convention_shift_ev(25, 120)
    slopes = math.exp(2 * 0.02 / THERMAL_EV)
    how = "" if convention == "sigma" else f", every Ea {shift:.3f} eV higher than printed"
    return Outcome(
        "hypothesis",
        f"Prefactors in {case.facts.check(case.id)['unit']}{how}: {values}. The total one falls "
        f"by a factor {sig(drop, 2)} with boron: fewer or slower hops, a series resistance, or "
        f"slopes that scatter (0.02 eV in each is worth a factor {sig(slopes, 2)}); conductivities "
        "at each temperature would decide.",
        found["total GC-LATP"],
        assumptions="room temperature is 25 degC",
    )


@check("A-Ea-vs-sigma")
def energy_against_gain(case: Case) -> Outcome:
    """exp(dEa/kT) against the observed gain of the total conductivity."""

    def predicted(high: float, low: float) -> float:
        return math.exp((high - low) / THERMAL_EV)

    energies = case("A-Ea-gclatp"), case("A-Ea-gclatbp")
    computed = corners(predicted, *energies)
    scatter = corners(predicted, *(case.widen(e, "activation energy") for e in energies))
    gain = case("A-sigma-gclatbp").number / case("A-sigma-gclatp").number
    covered = scatter.within(0, math.inf) and scatter.lo <= gain <= scatter.hi
    return Outcome(
        "hypothesis",
        f"At equal prefactor the lower activation energy alone would raise the conductivity "
        f"{sig(computed.value, 2)}-fold ({span(computed, 2)}), the printed gain is {sig(gain)}: "
        "either the prefactor falls too (compensation), or a constant series resistance lowers "
        "the smaller slope, or the slopes scatter"
        + (" (0.02 eV each covers it)" if covered else "")
        + "; conductivities at each temperature would decide.",
        computed,
        scatter,
        gain,
    )


@check("A-meyer-neldel")
def meyer_neldel(case: Case) -> Outcome:
    """E_MN = dEa / d ln sigma0, T_iso = E_MN/kB, from two samples."""

    def slope(s1: float, s2: float, e1: float, e2: float) -> float:
        logs = math.log(s1 / s2) + (e1 - e2) / THERMAL_EV
        return 1e3 * (e1 - e2) / logs

    computed = corners(
        slope,
        case("A-sigma-gclatp"),
        case("A-sigma-gclatbp"),
        case("A-Ea-gclatp"),
        case("A-Ea-gclatbp"),
    )
    kelvins = computed.value / 1e3 / BOLTZMANN_EV_PER_K
    return Outcome(
        "hypothesis",
        f"Two samples give {sig(computed.value, 2)} meV ({span(computed, 2)}), an isokinetic "
        f"temperature of about {kelvins:.0f} K; two points always lie on a line, so a "
        "compensation rule needs more compositions.",
        computed,
        assumptions="room temperature is 25 degC",
    )


@check("A-120-GC-LATP", "A-120-GC-LATBP")
def at_120(case: Case) -> Outcome:
    """sigma(120) = sigma(25) exp[Ea/kB (1/T25 - 1/T120)], total and bulk."""
    key = case.id.removeprefix("A-120-").replace("-", "").lower()
    top = case("A-arr-Thi").number

    def at_top(sigma: float, energy: float) -> float:
        return float(model_conduction.arrhenius(top, sigma, energy))

    total = corners(at_top, case(f"A-sigma-{key}"), case(f"A-Ea-{key}"))
    bulk = corners(at_top, case(f"A-sigma-b-{key}"), case(f"A-Ea-b-{key}"))
    scatter = corners(
        at_top, case(f"A-sigma-{key}"), case.widen(case(f"A-Ea-{key}"), "activation energy")
    )
    fine = total.lo < bulk.hi
    return Outcome(
        "agrees" if fine else "hypothesis",
        f"At {top:g} degC the total would be {sig(total.value)} and the bulk {sig(bulk.value)} "
        "S/cm: "
        + (
            "the total stays below the bulk, as resistances in series require."
            if fine
            else "the total exceeds the bulk, which points at the bulk activation energy."
        ),
        total,
        scatter,
    )


def series_energy(bulk: float, e_bulk: float, boundary: float, e_boundary: float) -> float:
    """Apparent Ea (eV) of bulk and boundary in series, straight line over the six temperatures."""
    sigma = model_conduction.series_conductivity(
        model_conduction.arrhenius(TEMPERATURES_C, bulk, e_bulk),
        model_conduction.arrhenius(TEMPERATURES_C, boundary, e_boundary),
    )
    return model_conduction.apparent_activation_energy_ev(TEMPERATURES_C, sigma)


@check("A-Eagb-gclatp", "A-Eagb-gclatbp")
def boundary_energy(case: Case) -> Outcome:
    """Boundary Ea that makes bulk and boundary in series give the printed total Ea."""
    bulk, boundary, e_bulk, e_total = (
        case(f"A-{name}-{case.key}") for name in ("sigma-b", "sigma-gb", "Ea-b", "Ea")
    )

    def solve(b: float, gb: float, eb: float, et: float) -> float:
        # 0.5 eV: far above, a vanishing boundary would flatten the line again
        return brentq(lambda e: series_energy(b, eb, gb, e) - et, 0.0, 0.5)

    computed = corners(solve, bulk, boundary, e_bulk, e_total)
    wide = [case.widen(e, "activation energy") for e in (e_bulk, e_total)]
    scatter = corners(solve, bulk, boundary, *wide)
    return Outcome(
        "agrees",
        f"A boundary activation energy of {computed.value:.3f} eV ({span(computed)}) beside the "
        f"bulk's {e_bulk.printed} gives the printed total of {e_total.printed} eV: the two-process "
        "model has a sensible solution. That is a weak test, since the boundary value is free.",
        computed,
        scatter,
        assumptions=SIX,
    )


@check("A-attempt")
def attempt_frequency(case: Case) -> Outcome:
    """nu0 from sigma T = (n q^2 a^2 nu0 / 6 kB) exp(-Ea'/kT)."""
    found = {
        name: Quantity(*(float(_attempt_hz(x)) for x in (q.value, q.lo, q.hi)))
        for name, q in _prefactors(case, "sigma_T").items()
    }
    bulk = found["bulk GC-LATBP"]
    values = ", ".join(f"{name} {sig(q.value, 2)}" for name, q in found.items())
    missing = THERMAL_EV * math.log(1e12 / bulk.value)
    return Outcome(
        "hypothesis",
        f"Implied attempt frequencies in Hz: {values}. The low one of the doped bulk would become "
        f"an ordinary 1e12 Hz if its activation energy were {missing:.2f} eV higher, in the same "
        "direction as a series resistance in the bulk values; spectra below ambient would decide.",
        bulk,
        Quantity(bulk.value, *_attempt_scatter(case)),
    )


def _attempt_hz(prefactor_s_k_per_cm: float) -> float:
    return float(model_conduction.attempt_frequency_hz(prefactor_s_k_per_cm, LI_PER_CM3, JUMP_CM))


def _attempt_scatter(case: Case) -> tuple[float, float]:
    shift = model_conduction.convention_shift_ev(25, 120)
    q = corners(
        lambda s, e: _attempt_hz(
            float(model_conduction.prefactor(s, e + shift, ROOM_C, "sigma_T"))
        ),
        case.widen(case("A-sigma-b-gclatbp"), "pellet geometry"),
        case.widen(case("A-Ea-b-gclatbp"), "activation energy"),
    )
    return q.lo, q.hi


@check("A-Eb-lit")
def bulk_energy_literature(case: Case) -> Outcome:
    """Bulk activation energies against the paper's reference 22, both in sigma form."""
    energies = [case(f"A-Ea-b-{key}") for key in GLASS_CERAMICS]
    scatter = case.widen(LITERATURE_BULK_EV, "activation energy")
    statuses = {case.judge(LITERATURE_BULK_EV, scatter, e, may_contradict=False) for e in energies}
    status = "agrees" if statuses == {"agrees"} else "differs"
    gap = [LITERATURE_BULK_EV.lo - e.number for e in energies]
    return Outcome(
        status,
        f"{energies[0].printed} and {energies[1].printed} eV lie {gap[0]:.2f} and {gap[1]:.2f} eV "
        f"below the range of the cited reference ({span(LITERATURE_BULK_EV)} eV in the same "
        "convention). That work measured other samples below ambient, so this questions the values "
        "without refuting them; a series resistance in R1 would lower both, and spectra below "
        "ambient, where the bulk arc is in the window, would settle it.",
        LITERATURE_BULK_EV,
        scatter,
        "; ".join(e.printed for e in energies),
        evidence="literature",
        assumptions="same bulk process in both works; 0.03 eV between ln(sigma T) and ln(sigma)",
    )


@check("A-Eb-similar")
def bulk_energies_similar(case: Case) -> Outcome:
    """Difference of the bulk activation energies, and exp(dEa/kT) at equal prefactor."""
    energies = case("A-Ea-b-gclatp"), case("A-Ea-b-gclatbp")
    allowed = case.wording("similar activation energy")
    difference = corners(lambda a, b: a - b, *energies)

    def predicted(a: float, b: float) -> float:
        return math.exp((a - b) / THERMAL_EV)

    computed = corners(predicted, *energies)
    scatter = corners(predicted, *(case.widen(e, "activation energy") for e in energies))
    observed = case("A-sigma-b-gclatbp").number / case("A-sigma-b-gclatp").number
    similar = allowed.lo <= difference.value <= allowed.hi
    return Outcome(
        "agrees" if similar else "hypothesis",
        f"They differ by {difference.value:.2f} eV, "
        + ("within" if similar else "beyond")
        + f" what two slopes scatter. At equal prefactor it would still mean a factor "
        f"{sig(computed.value, 2)} in bulk conductivity against the printed {sig(observed)}.",
        computed,
        scatter,
        f"ratio {sig(observed)} printed",
    )


def apparent_bulk_energy(apparent_ohm: float, true_ev: float, lead_ohm: float) -> float:
    """Slope (eV) of R_b(T) + R_L, where R_b + R_L at room temperature is what was printed."""
    return model_conduction.apparent_activation_energy_ev(
        TEMPERATURES_C, 1 / _with_lead(TEMPERATURES_C, apparent_ohm, true_ev, lead_ohm)
    )


def _with_lead(t_c: NDArray, apparent_ohm: float, true_ev: float, lead_ohm: float) -> NDArray:
    bulk = apparent_ohm - lead_ohm
    return lead_ohm + bulk / model_conduction.arrhenius(t_c, 1.0, true_ev)


def lead_resistance(apparent_ohm: float, true_ev: float, printed_ev: float) -> float:
    """R_L (ohm) that lowers the slope of the bulk from true_ev to printed_ev."""
    return brentq(
        lambda r: apparent_bulk_energy(apparent_ohm, true_ev, r) - printed_ev,
        0.0,
        0.999 * apparent_ohm,
    )


@check("A-lead-R")
def lead_hypothesis(case: Case) -> Outcome:
    """One temperature-independent R_L behind both low bulk activation energies."""
    diameter = case("A-die-d").number
    ranges, local, r1 = [], [], []
    for key in GLASS_CERAMICS:
        ohm = float(model_conduction.resistance(case(f"A-sigma-b-{key}").number, 1.0, diameter))
        energy = case(f"A-Ea-b-{key}")
        r1.append(ohm)
        ranges.append(
            corners(lambda true, e, r=ohm: lead_resistance(r, true, e), LITERATURE_BULK_EV, energy)
        )
        at = lead_resistance(ohm, LITERATURE_BULK_EV.value, energy.number)
        local.append([_local_ev(t, ohm, LITERATURE_BULK_EV.value, at) for t in (25.0, 120.0)])
    lo, hi = max(r.lo for r in ranges), min(r.hi for r in ranges)
    if lo > hi:
        return Outcome(
            "hypothesis",
            f"No single series resistance explains both: {span(ranges[0])} and "
            f"{span(ranges[1])} Ohm would be needed; separate ones could, and a measured short "
            "circuit of the cell would decide.",
            ranges[0],
        )
    total = [_total_without_lead(case, key, diameter, (lo + hi) / 2) for key in GLASS_CERAMICS]
    return Outcome(
        "hypothesis",
        f"{sig(lo, 2)} to {sig(hi, 2)} Ohm of leads and contacts in both R1 (out of "
        f"{r1[0]:.0f} and {r1[1]:.0f} Ohm for a 10 mm pellet; much for cables alone) would bring "
        "both bulk activation energies to the literature range and raise the total ones to "
        f"{total[0]:.2f} and {total[1]:.2f} eV. It would bend the bulk plots: local slopes from "
        f"{local[0][0]:.2f} and {local[1][0]:.2f} eV at 25 degC down to "
        f"{local[0][1]:.2f} and {local[1][1]:.2f} eV at 120 degC. Points in Fig. S10 on straight "
        "lines, or a measured short circuit well below this, refute it.",
        Quantity((lo + hi) / 2, lo, hi),
        assumptions=f"10 mm diameter, 1.0 mm thick; R_L independent of temperature; {SIX}",
    )


def _local_ev(t_c: float, apparent_ohm: float, true_ev: float, lead_ohm: float) -> float:
    """Local slope: the bulk's share of R_b + R_L at this temperature, times its Ea."""
    whole = float(_with_lead(np.array(t_c), apparent_ohm, true_ev, lead_ohm))
    return true_ev * (whole - lead_ohm) / whole


def _total_without_lead(case: Case, key: str, diameter: float, lead_ohm: float) -> float:
    sigma, energy = case(f"A-sigma-{key}").number, case(f"A-Ea-{key}").number
    ohm = model_conduction.resistance(
        model_conduction.arrhenius(TEMPERATURES_C, sigma, energy), 1.0, diameter
    )
    return model_conduction.apparent_activation_energy_ev(TEMPERATURES_C, 1 / (ohm - lead_ohm))
