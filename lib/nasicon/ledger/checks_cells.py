"""Paper B, Fig. 6: the ohmic drop of the separator, from the conductivities alone."""

from __future__ import annotations

from nasicon.ledger.registry import Case, check
from nasicon.ledger.verdict import Outcome, Quantity, corners, sig, span
from nasicon.models import transport

LOADING_MG_CM2 = 5.0  # assumed, not stated
CELL_EA_EV = Quantity(0.35, 0.30, 0.40)  # assumed, for 25 to 65 degC


def _drop_volt(case: Case, sigma: float, energy: float, c_rate: float) -> float:
    """Ohmic drop i d/sigma of the separator; 1C is 170 mA/g times the loading."""
    current = c_rate * case("B-onec").number * LOADING_MG_CM2 * 1e-6  # A cm-2
    hot = float(transport.arrhenius(case("B-asb-T").number, sigma, energy))
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
        f"{sig(computed.value, 2)} V ({span(wide, 2)}) at {LOADING_MG_CM2:g} mg/cm2 out of a "
        f"window of {window:.1f} V: proportional to loading and separator thickness, neither of "
        "which is stated for the cells; with both, and a cell impedance, the share of the "
        "separator in the lost capacity could be named.",
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
