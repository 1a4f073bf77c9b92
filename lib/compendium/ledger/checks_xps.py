"""Paper B, Fig. 3f and 4: what the printed energies of boron and bismuth can show.

Tabulated values: data/reference/xps_binding_energies.csv and scofield_al.csv; X-ray lines
from the tables of Elam, Ravel and Sieber.
"""

from __future__ import annotations

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, sig, span
from nasicon.xps.model_lines import phosphate_spacing_ev

SCOFIELD = {"P 2s": 1.18, "B 1s": 0.486}
B2O3_G_PER_MOL = 69.62
LAGP_G_PER_MOL = Quantity(421.6, 416.9, 426.3)  # x = 0.4, from 0.5 to 0.3; x is not printed
P2P_PHOSPHATE_EV = (133.0, 134.0)  # reference table
BORATE_EV = 192.8  # middle of 192 and 193.5 in the reference table
C1S_USUAL_EV = 284.8
BI2O3_ABOVE_BI_EV = 2.0  # 159.0 - 157.0, Thermo Fisher learning center
BIPO4_ABOVE_BI_EV = (2.8, 3.2)  # from memory, not verified
B_KA_EV, P_LB3_EV, EDS_WIDTH_EV = 183.3, 183.0, 60.0
SPACING_DECIDES = (
    "The distance from P 2p in the same spectrum, free of the charge reference, would decide: "
    "57.4 eV is phosphorus, 59 eV and more is boron."
)


@check("B-c1s")
def carbon_reference(case: Case) -> Outcome:
    """284.8 eV less the printed reference."""
    computed = corners(lambda e: C1S_USUAL_EV - e, case("B-xps-c1s"))
    scatter = case.widen(computed, "binding energy")
    return Outcome(
        case.judge(computed, scatter, 0.0, may_contradict=False),
        f"On the commoner reference of {C1S_USUAL_EV:g} eV every printed energy would stand "
        f"{sig(computed.value, 2)} eV higher; both are conventions, and the charge reference of "
        "an insulator is uncertain by as much. Differences within one measurement are free of it.",
        computed,
        scatter,
        0.0,
    )


@check("B-b1s")
def phosphorus_in_the_boron_window(case: Case) -> Outcome:
    """Area of P 2s over that of B 1s, three P per formula, all of the added boron."""

    def ratio(percent: float, mass: float) -> float:
        boron = percent / 100 * mass * 2 / B2O3_G_PER_MOL
        return 3 * SCOFIELD["P 2s"] / (boron * SCOFIELD["B 1s"])

    computed = corners(ratio, case("B-c-b2o3"), LAGP_G_PER_MOL)
    spacing = float(phosphate_spacing_ev())
    low, high = (e + spacing for e in P2P_PHOSPHATE_EV)
    reach = case.widen(Quantity((low + high) / 2, low, high), "binding energy")
    printed = case("B-xps-b")
    share = (printed.number - reach.value) / (BORATE_EV - reach.value)
    boron = share / (1 - share) * SCOFIELD["P 2s"] / SCOFIELD["B 1s"]
    return Outcome(
        "hypothesis",
        f"P 2s is {sig(computed.value, 2)} times as strong as B 1s in the same window even if all "
        "of the added boron is in the analysed layer. Phosphates have P 2s at "
        f"{sig(low, 4)} to {sig(high, 4)} eV ({span(reach, 4)} with the charge reference), borates "
        f"B 1s at 192 to 193.5 eV. The printed {printed.printed} eV lies between: P 2s of a sample "
        f"charged a little more, or a layer with about {sig(boron, 1)} B per P, many times what "
        f"was added. A single peak there does not by itself show B-O bonds. {SPACING_DECIDES}",
        computed,
        computed,
        evidence="derived",
        assumptions="x = 0.3 to 0.5 for LAGP; composition of the layer as of the pellet; "
        f"B 1s of a borate at {BORATE_EV:g} eV",
    )


@check("B-bi4f")
def bismuth_shift(case: Case) -> Outcome:
    """Bi 4f7/2 oxidised less metal, in one spectrum."""
    computed = corners(lambda ox, metal: ox - metal, case("B-xps-bi"), case("B-xps-bi0"))
    fits = Quantity(computed.value, computed.lo - 0.1, computed.hi + 0.1)
    low, high = BIPO4_ABOVE_BI_EV
    return Outcome(
        "hypothesis",
        f"The two printed lines are {sig(computed.value, 2)} eV apart ({span(computed, 2)} with "
        f"rounding), whatever the charge reference; Bi2O3 stands {BI2O3_ABOVE_BI_EV:g} eV above "
        "the metal in the reference table. The extra eV would fit bismuth bound in a phosphate "
        f"({low:g} to {high:g} eV, from memory) or a metal that charges differently; Bi2O3 and "
        "BiPO4 measured on the same instrument would decide. Bi3+ is also reduced by X-rays, so "
        "the metal may come from the measurement.",
        computed,
        fits,
        BI2O3_ABOVE_BI_EV,
        assumptions="reference values on other charge references; BiPO4 not verified",
    )


@check("B-eds-b")
def boron_line_under_phosphorus(case: Case) -> Outcome:
    """P L-beta3 beside B K-alpha."""
    line = Quantity(P_LB3_EV, P_LB3_EV, P_LB3_EV)
    return Outcome(
        "hypothesis",
        f"P L-beta3 ({P_LB3_EV:g} eV) and B K-alpha ({B_KA_EV:g} eV) are one line for a detector "
        f"with a resolution of {EDS_WIDTH_EV:g} eV and more, and phosphorus is in every crystal: "
        f"a weak 'B' signal ({case('B-eds-b').value}) is what a boron-free crystal gives too. "
        "The same map of boron-free LAGP, or wavelength-dispersive spectra, would decide.",
        line,
        line,
        B_KA_EV,
        assumptions="tables of Elam, Ravel and Sieber for the elements",
    )


@check("B-boron-fate")
def fate_of_boron(case: Case) -> Outcome:
    """Statements side by side."""
    return Outcome(
        "differs",
        f"B2O3 is called '{case('B-b-volatile').value}', both additives "
        f"'{case('B-xps-full').value}', and boron is located in '{case('B-tem-b').value}' with "
        f"a '{case('B-eds-b').value}' signal. Volatile and fully utilised exclude each other "
        "unless a part of it; in the crystals and a modifier between them need two places. A "
        "boron assay of the sintered pellet (ICP) and 11B NMR would settle how much stays and "
        "where.",
    )
