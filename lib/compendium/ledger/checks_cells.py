"""Paper B, Fig. 6 and S3 to S5: cells and sweeps, as far as the printed numbers go."""

from __future__ import annotations

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.cycling import model_cells
from nasicon.transport import model_conduction

# Standard atomic weights (IUPAC 2021, abridged) of LiNi0.6Co0.2Mn0.2O2.
NCM622_G_PER_MOL = 6.94 + 0.6 * 58.693 + 0.2 * 58.933 + 0.2 * 54.938 + 2 * 15.999
# 1 mol/L LiPF6 in EC:EMC 3:7 (by weight) at 25 degC: 9.1 mS/cm from Landesfeind and Gasteiger,
# J. Electrochem. Soc. 166 (2019) A3079, 9.5 from Nyman et al., Electrochim. Acta 53 (2008) 6356,
# both as PyBaMM's parameter sets transcribe them.
LIQUID_S_PER_CM = Quantity(9.1e-3, 9.1e-3, 9.5e-3)
LI_LOADINGS_MG_CM2 = (2.0, 5.0)  # assumed, as the check says
SILENT_A_CM2 = 1e-7  # assumed: the capacitive current of 10 uF/cm2 at the printed rate
LAGP_CM3_PER_MOL = 120.0  # 417.8 g/mol over 3.56 g/cm3, rounded; assumed
LOADING_MG_CM2 = 5.0  # assumed, not stated
CELL_EA_EV = Quantity(0.35, 0.30, 0.40)  # assumed, for 25 to 65 degC


def _drop_volt(case: Case, sigma: float, energy: float, c_rate: float) -> float:
    """Ohmic drop i d/sigma of the separator; 1C is 170 mA/g times the loading."""
    current = c_rate * case("B-onec").number * LOADING_MG_CM2 * 1e-6  # A cm-2
    hot = float(model_conduction.arrhenius(case("B-asb-T").number, sigma, energy))
    return current * case("B-eis-d").number / 10 / hot


@check("B-5C-p", "B-5C-bbi")
def drop_at_5c(case: Case) -> Outcome:
    """Ohmic drop of a 1 mm separator at 5 C and the cell temperature."""
    sigma = case(f"B-sigma-{case.key}")
    rate = case("B-crate-5").number
    computed = corners(lambda s, e: _drop_volt(case, s, e, rate), sigma, CELL_EA_EV.value)
    wide = corners(lambda s, e: _drop_volt(case, s, e, rate), case.pellet(sigma.id), CELL_EA_EV)
    window = case("B-asb-vhi").number - case("B-asb-vlo").number
    return Outcome(
        "hypothesis",
        f"Such a separator drops {sig(computed.value, 2)} V ({span(wide, 2)}) at "
        f"{LOADING_MG_CM2:g} mg/cm2, out of a window of {window:.1f} V: proportional to loading "
        "and thickness, neither of which is stated for the cells; with both, and a cell impedance, "
        "the share of the separator in the lost capacity could be named.",
        computed,
        wide,
    )


@check("B-02C", also=("B-asb-T", "B-eis-d"))
def drop_at_02c(case: Case) -> Outcome:
    """Difference of the ohmic drops of the two separators at 0.2 C."""
    rate = case("B-cyc-c").number
    ids = "B-sigma-p", "B-sigma-bbi"

    def difference(p: float, both: float, energy: float) -> float:
        return 1e3 * (_drop_volt(case, p, energy, rate) - _drop_volt(case, both, energy, rate))

    computed = corners(difference, *map(case, ids), CELL_EA_EV.value)
    wide = corners(difference, *map(case.pellet, ids), CELL_EA_EV)
    return Outcome(
        "hypothesis",
        f"The separators differ by {sig(computed.value, 2)} mV ({span(wide, 2)}) at 0.2 C and "
        f"{LOADING_MG_CM2:g} mg/cm2, too little to explain different fading; the interfaces may "
        "count more than the separator, and impedance of the cells over cycling would decide.",
        computed,
        wide,
    )


@check("B-li-current")
def current_on_lithium(case: Case) -> Outcome:
    """Current density on the lithium at the highest rate, C x 1C x loading."""
    one_c, rate = case("B-onec").number, case("B-crate-5").number
    low, high = (
        1e3 * float(model_cells.areal_current_a_per_cm2(rate, loading, one_c))
        for loading in LI_LOADINGS_MG_CM2
    )
    return Outcome(
        "hypothesis",
        f"{sig(low)} to {sig(high)} mA/cm2 at {LI_LOADINGS_MG_CM2[0]:g} to "
        f"{LI_LOADINGS_MG_CM2[1]:g} mg/cm2 ({sig(high / LI_LOADINGS_MG_CM2[1], 2)} per mg/cm2): "
        "whether lithium plates evenly through a ceramic at such currents is not shown; the "
        "loading, and stripping and plating of Li | LAGP | Li at 65 degC, would decide.",
        Quantity(high, high, high),
        Quantity(high, low, high),
    )


@check("B-crates")
def specific_currents(case: Case) -> Outcome:
    """Currents per mass of the five rates, C x 170 mA/g."""
    one_c = case("B-onec").number
    names = ("B-crate-02", "B-crate-05", "B-crate-1", "B-crate-3", "B-crate-5")
    currents = [case(name).number * one_c for name in names]
    listed = ", ".join(f"{current:g}" for current in currents)
    return Outcome(
        "agrees",
        f"The five rates are {listed} mA per gram of NCM622; per area they need the loading, which "
        "is not stated.",
        quantity(currents[-1]),
        assumptions="highest rate in the numbers",
    )


@check("B-1C")
def theoretical_capacity(case: Case) -> Outcome:
    """Theoretical capacity of NCM622, F/(3.6 M), beside the definition of 1C."""
    theory = model_cells.specific_capacity_mah_per_g(NCM622_G_PER_MOL)
    one_c = case("B-onec")
    share = 100 * one_c.number / theory
    return Outcome(
        "agrees" if one_c.number < theory else "contradicts",
        f"All lithium would be {sig(theory, 4)} mAh/g; an hour of 1C = {one_c.printed} takes "
        f"{sig(share, 2)} % of it, a usable share below 4.2 V. The unit is printed as that of a "
        "capacity; as a current it is mA/g.",
        quantity(theory),
        stated=one_c.number,
    )


@check("B-cyc")
def duration_of_cycling(case: Case) -> Outcome:
    """Nominal time of the cycles, n x 2/C."""
    hours = case("B-cyc-n").number * 2 / case("B-cyc-c").number
    return Outcome(
        "agrees",
        f"{hours:g} h at most, three weeks: a capacity below 170 mAh/g shortens it. The cell "
        "spends them at 65 degC in contact with lithium.",
        quantity(hours),
    )


@check("B-lsv")
def duration_of_sweep(case: Case) -> Outcome:
    """Time of the sweep, range over rate."""
    low, high, rate = (case(f"B-lsv-{name}").number for name in ("lo", "hi", "rate"))
    seconds = (high - low) / (rate / 1e3)
    return Outcome(
        "agrees",
        f"{seconds:g} s from {low:g} to {high:g} V at {rate:g} mV/s: a slow reaction has minutes "
        "to show itself, the cycle test has 500 h.",
        quantity(seconds),
    )


@check("B-lsv-T")
def temperatures(case: Case) -> Outcome:
    """Temperature of the sweep against that of the cells."""
    sweep, cells = case("B-eis-T"), case("B-asb-T")
    apart = cells.number - sweep.number
    return Outcome(
        "differs",
        f"The sweep was taken at {sweep.printed} degC, the cells ran at {cells.printed} degC, "
        f"{apart:g} K warmer, where a reaction is faster: the sweep does not speak for the cells; "
        "one at 65 degC would.",
        quantity(cells),
        stated=sweep.number,
    )


@check("B-capacities")
def capacities(case: Case) -> Outcome:
    """Capacities, retention and efficiencies of Fig. 6."""
    return Outcome(
        "not testable",
        "No capacity, retention or efficiency is printed, nor loading, area and thickness of the "
        "cells: the data of Fig. 6 and these three would allow every claim on the cells to be "
        "checked.",
        evidence="printed",
    )


@claim_value("B-liq-comp", uses=("B-sigma-p",), basis="T")
def lower_than_liquid(case: Case) -> Outcome:
    """Conductivity of pristine LAGP against published ones of the same liquid at 25 degC."""
    ratio = corners(lambda s, liquid: liquid / s, case("B-sigma-p"), LIQUID_S_PER_CM)
    wide = corners(lambda s, liquid: liquid / s, case.pellet("B-sigma-p"), LIQUID_S_PER_CM)
    return Outcome(
        "agrees" if ratio.lo > 1 else "differs",
        f"The liquid conducts {sig(ratio.value)} times better ({span(ratio)}), before the pores "
        "and the transference number of a wetted separator take their share; and its separator is "
        "some forty times thinner than 1 mm.",
        ratio,
        wide,
        unit="1",
        evidence="literature",
        assumptions="published conductivities of 1 mol/L LiPF6 in EC:EMC 3:7, 25 degC",
    )


@claim_value("B-lsv-noreact", uses=("B-lsv-rate", "B-lsv-lo", "B-lsv-hi"), basis="S")
def unnoticed_layer(case: Case) -> Outcome:
    """Electrolyte that decomposes during the sweep at an unnoticed current, i t V_m/(n F)."""
    low, high, rate = (case(f"B-lsv-{name}").number for name in ("lo", "hi", "rate"))
    charge = SILENT_A_CM2 * (high - low) / (rate / 1e3)
    layer = float(model_cells.layer_nm(charge, 1, LAGP_CM3_PER_MOL))
    return Outcome(
        "not testable",
        f"Without a current axis, an area and a detection limit there is nothing to test. A "
        f"current as small as the capacitive one (0.1 uA/cm2) would decompose {sig(layer, 2)} nm "
        "in the sweep; flat metal at 25 degC says little about carbon and NCM622 at 65 degC. "
        "Sweeps at several rates on a composite electrode, with a blank, would decide.",
        evidence="printed",
        assumptions="10 uF/cm2, one electron per formula unit, 120 cm3/mol",
    )
