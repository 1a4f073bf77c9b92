"""What an impedance window of 1 Hz to 10 MHz can resolve: arcs, spikes, leads, identifiability."""

from __future__ import annotations

import math

import numpy as np

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, sig, span
from nasicon.eis.model_circuits import Circuit
from nasicon.transport import model_conduction

PERMITTIVITY = 15.0  # of the NASICON crystals; every verdict is tried over 10 to 100
PERMITTIVITY_RANGE = (10.0, 100.0)
GLASS_PERMITTIVITY = Quantity(12.0, 8.0, 20.0)
DOUBLE_LAYER_F = Quantity(1e-6, 1e-7, 1e-5)
INDUCTANCE_H = Quantity(0.5e-6, 0.1e-6, 1e-6)
FILM_NM = {"gclatp": 2.0, "gclatbp": 3.5, "clatp": 1.0, "clatbp": 1.0}
GRAIN_UM = Quantity(1.0, 0.5, 5.0)
GRAIN_PERMITTIVITY = Quantity(PERMITTIVITY, 10.0, 30.0)
SERIES_SAMPLES = tuple(FILM_NM)
WOULD_DECIDE = "a spectrum into the GHz range, or one at low temperature, would decide"


def _bulk_apex_mhz(sigma: float, permittivity: float = PERMITTIVITY) -> float:
    return float(model_conduction.relaxation_frequency_hz(sigma, permittivity)) / 1e6


def threshold_permittivity(sigma: float, window_mhz: float) -> float:
    """Permittivity above which the bulk apex would lie inside the window."""
    return PERMITTIVITY * _bulk_apex_mhz(sigma) / window_mhz


def _bulk_window(case: Case, sigma: Quantity, widened: Quantity, where: str) -> Outcome:
    limit = case("A-eis-fhi").number
    computed, scatter = corners(_bulk_apex_mhz, sigma), corners(_bulk_apex_mhz, widened)
    ends = [_bulk_apex_mhz(sigma.value, e) for e in reversed(PERMITTIVITY_RANGE)]
    threshold = threshold_permittivity(sigma.value, limit)
    outside = threshold > PERMITTIVITY_RANGE[1]
    reading = (
        f"The bulk arc would peak at {sig(computed.value)} MHz{where} ({sig(ends[0], 2)} to "
        f"{sig(ends[1])} for permittivities of 100 to 10; at 10 MHz only above {threshold:.0f}): "
    )
    reading += (
        "beyond the window, so R1 is a high-frequency intercept that carries leads and any "
        f"skew of the boundary arc, and CPE1 is not determined; {WOULD_DECIDE}."
        if outside
        else f"whether it is resolved depends on the permittivity; {WOULD_DECIDE}."
    )
    return Outcome("hypothesis", reading, computed, scatter, f"window ends at {limit:g}")


@check(*(f"A-fbulk-{key}" for key in SERIES_SAMPLES))
def bulk_arc(case: Case) -> Outcome:
    """Bulk apex sigma_b/(2 pi eps0 eps_r) against the upper end of the window."""
    sigma = case(f"A-sigma-b-{case.key}")
    q = Quantity(sigma.number, *sigma.interval)
    return _bulk_window(case, q, case.widen(q, "pellet geometry"), "")


@check("A-fbulk120-gclatp", "A-fbulk120-gclatbp")
def bulk_arc_at_120(case: Case) -> Outcome:
    """Bulk apex at the upper end of the Arrhenius series."""
    top = case("A-arr-Thi").number

    def hot(sigma: float, energy: float) -> float:
        return float(model_conduction.arrhenius(top, sigma, energy))

    sigma, energy = case(f"A-sigma-b-{case.key}"), case(f"A-Ea-b-{case.key}")
    wide = corners(
        hot, case.widen(sigma, "pellet geometry"), case.widen(energy, "activation energy")
    )
    return _bulk_window(case, corners(hot, sigma, energy), wide, f" at {top:g} degC")


@check("A-fgb-gclatp", "A-fgb-gclatbp")
def boundary_arc(case: Case) -> Outcome:
    """Boundary apex sigma_gb (delta/D)/(2 pi eps0 eps_r) against the window."""
    films = [case(i) for i in case.inputs if i.startswith("A-tem-")]
    film = Quantity(
        float(np.mean([f.number for f in films])),
        min(f.interval[0] for f in films),
        max(f.interval[1] for f in films),
    )
    sigma = case(f"A-sigma-gb-{case.key}")

    def apex_khz(s: float, delta: float, grain: float, permittivity: float) -> float:
        return float(model_conduction.brick_layer_apex_hz(s, delta, grain, permittivity)) / 1e3

    computed = corners(apex_khz, sigma, film.value, GRAIN_UM.value, PERMITTIVITY)
    wide = corners(apex_khz, sigma, film, GRAIN_UM, GRAIN_PERMITTIVITY)
    low, high = case("A-eis-flo").number / 1e3, case("A-eis-fhi").number * 1e3
    inside = wide.within(low, high)
    return Outcome(
        "agrees" if inside else "hypothesis",
        f"The boundary arc would peak at {sig(computed.value, 2)} kHz ({span(wide, 2)} over the "
        "assumed grain sizes, films and permittivities), "
        + ("well inside" if inside else "not safely inside")
        + " the window: the semicircle that is seen is the boundary's.",
        computed,
        wide,
    )


@check("A-glassR-glatp", "A-glassR-glatbp")
def glass_resistance(case: Case) -> Outcome:
    """R = d/(S sigma) of a glass pellet and the frequency of its arc."""
    sigma, diameter = case(f"A-sigma-{case.key}"), case("A-die-d").number
    thin, thick = case("A-eis-d-lo"), case("A-eis-d-hi")

    def megaohm(s: float, thickness: float) -> float:
        return float(model_conduction.resistance(s, thickness, diameter)) / 1e6

    thickness = Quantity(1.0, thin.interval[0], thick.interval[1])
    computed = corners(megaohm, sigma, thickness)
    apex = corners(
        lambda s, e: float(model_conduction.relaxation_frequency_hz(s, e)) / 1e3,
        sigma,
        GLASS_PERMITTIVITY,
    )
    inside = apex.lo * 1e3 > case("A-eis-flo").number
    return Outcome(
        "agrees" if inside else "hypothesis",
        f"{sig(computed.value)} MOhm with an arc at {sig(apex.value, 2)} kHz ({span(apex, 2)}): "
        "high, but an ordinary measurement inside the window; a small resistance of the fixture "
        "or of a humid surface would matter.",
        computed,
        case.widen(computed, "pellet geometry"),
    )


@check("A-glassspike-glatp", "A-glassspike-glatbp", also=("A-die-d",))
def glass_spike(case: Case) -> Outcome:
    """f_spike = 1/(2 pi R C_dl); share of |Z_dl| in R at the lowest frequency."""
    lowest = case("A-eis-flo").number
    sigma, diameter = case(f"A-sigma-{case.key}"), case("A-die-d").number

    def spike_hz(s: float, c: float) -> float:
        return 1 / (2 * math.pi * float(model_conduction.resistance(s, 1.0, diameter)) * c)

    computed = corners(spike_hz, sigma, DOUBLE_LAYER_F)
    share = Quantity(*(100 * f / lowest for f in (computed.value, computed.lo, computed.hi)))
    return Outcome(
        "hypothesis",
        f"A blocking electrode of 1 uF would rise above the arc only below "
        f"{sig(computed.value, 2)} Hz ({span(computed, 2)} for 10 to 0.1 uF); at {lowest:g} Hz it "
        f"adds {sig(share.value, 2)} % ({span(share, 2)}) of the glass resistance, a short foot "
        "rather than a spike. The spike described for all spectra may be that foot, or the "
        "sentence means the crystallised samples; a sweep to 1 mHz would decide.",
        computed,
        stated=f"window starts at {lowest:g}",
    )


@check("A-leads")
def leads(case: Case) -> Outcome:
    """|Z_L| = 2 pi f L at the upper end of the window, beside R1 = d/(S sigma_b)."""
    top = case("A-eis-fhi").number * 1e6

    def ohm(henry: float) -> float:
        return 2 * math.pi * top * henry

    computed = corners(ohm, INDUCTANCE_H)
    r1 = float(
        model_conduction.resistance(case("A-sigma-b-gclatbp").number, 1.0, case("A-die-d").number)
    )
    return Outcome(
        "hypothesis",
        f"0.5 uH of cable is {sig(computed.value)} Ohm at 10 MHz ({span(computed, 2)} for 0.1 to "
        f"1 uH) beside R1 = {sig(r1)} Ohm of GC-LATBP: without an inductor in the circuit, or an "
        "open/short correction, R1 absorbs part of it; a measured short circuit would decide.",
        computed,
        stated=f"R1 is {sig(r1)}",
    )


@check("A-thick")
def thickness_range(case: Case) -> Outcome:
    """(d_max - d_min)/(d_max + d_min) of the stated thickness range."""

    def half_range(low: float, high: float) -> float:
        return 100 * (high - low) / (high + low)

    computed = corners(half_range, case("A-eis-d-lo"), case("A-eis-d-hi"))
    return Outcome(
        "agrees",
        f"One common thickness instead of each pellet's own would put +-{sig(computed.value, 2)} % "
        "on a conductivity: less than the scatter between pellets, but of the size of the "
        "mismatch between Table 1 and Fig. 2, and a possible cause of it.",
        computed,
    )


@check("A-R1-leverage")
def leverage(case: Case) -> Outcome:
    """R_total/R1 = 1 + sigma_b/sigma_gb."""
    found = {
        key: corners(lambda b, gb: 1 + b / gb, case(f"A-sigma-b-{key}"), case(f"A-sigma-gb-{key}"))
        for key in SERIES_SAMPLES
    }
    values = ", ".join(f"{case.name(k)} {sig(q.value, 2)}" for k, q in found.items())
    return Outcome(
        "hypothesis",
        f"Where the arcs are not resolved, 1 % of the total resistance moves R1 by (in %): "
        f"{values}. Differences between the bulk conductivities of these samples may be no more "
        f"than that; {WOULD_DECIDE}.",
        found["gclatp"],
    )


def bulk_standard_error_percent(
    bulk: float, boundary: float, film_nm: float, noise: float = 0.01
) -> float:
    """Cramér-Rao bound of R1 in L-R1-(R2||CPE2)-CPE3 over 1 Hz to 10 MHz, 71 points.

    Relative noise of equal size on both parts, so modulus weighting is exact;
    C_gb from the brick-layer model at 1 um grains, Brug's relation for CPE2.
    """
    circuit = Circuit.parse("L0-R1-(R2||CPE2)-CPE3")
    r1, r2 = (float(model_conduction.resistance(s)) for s in (bulk, boundary))
    capacitance, n = model_conduction.brick_layer_capacitance_f(film_nm, GRAIN_UM.value), 0.9
    q2 = capacitance**n * r2 ** (n - 1)  # C = (Q R^(1-n))^(1/n)
    values = np.array([0.2e-6, r1, r2, q2, n, 5e-6, 0.85])
    z, slopes = circuit.evaluate(values, 2 * np.pi * np.logspace(0, 7, 71))
    scaled = slopes * values / np.abs(z)[:, None] / noise
    fisher = (scaled.conj().T @ scaled).real
    return 100 * float(np.sqrt(np.linalg.inv(fisher)[1, 1]))


@check("A-R1-ident")
def identifiability(case: Case) -> Outcome:
    """Statistical error of R1, were the circuit exactly true."""
    found = {
        key: corners(
            lambda b, gb, film=FILM_NM[key]: bulk_standard_error_percent(b, gb, film),
            case(f"A-sigma-b-{key}"),
            case(f"A-sigma-gb-{key}"),
        )
        for key in SERIES_SAMPLES
    }
    values = ", ".join(f"{case.name(k)} {sig(q.value, 2)}" for k, q in found.items())
    fine = max(q.hi for q in found.values()) < 10
    return Outcome(
        "agrees" if fine else "hypothesis",
        f"With 1 % noise and the right circuit, R1 has a standard error of (in %): {values}. The "
        "intercept is statistically "
        + ("sharp" if fine else "not sharp")
        + "; what limits it is the model (leads, inductance, a skewed boundary arc), which no "
        "residual shows.",
        found["gclatp"],
    )


@check("A-inst", "B-inst")
def instrument(case: Case) -> Outcome:
    """Stated frequency range against the instrument's data sheet, which is not at hand."""
    paper = case.id[0]
    low, high = case(f"{paper}-eis-flo"), case(f"{paper}-eis-fhi")
    return Outcome(
        "not testable",
        f"{low.printed} {low.unit} to {high.printed} {high.unit} is plausible for the named "
        "instrument, but its range is remembered, not looked up (unverified); the manufacturer's "
        "data sheet would settle it.",
        evidence="printed",
    )


@check("A-tabS1", "B-table1")
def tables_not_at_hand(case: Case) -> Outcome:
    """Fit tables that are not printed in the text at hand."""
    what = {
        "A-tabS1": "Resistances and CPE values are in the supplement, which is not at hand; with "
        "them the effective capacitances would tell whether R1 and R2 are bulk and boundary.",
        "B-table1": "Only total conductivities are printed; the fitted bulk and boundary "
        "resistances, or the spectra, would test the assignment.",
    }[case.id]
    return Outcome("not testable", what, evidence="printed")
