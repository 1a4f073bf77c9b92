"""Paper B: what four total conductivities, one pellet each, can and cannot show."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import spearmanr

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.transport import model_conduction

ONE_PELLET = "one pellet each, pellets scatter by a factor (experimental_intervals.csv)"
DIAMETER_MM = 10.0  # assumed; not stated in paper B
PERMITTIVITY = Quantity(15.0, 10.0, 30.0)
BULK_S_PER_CM = (3.5e-4, 1e-3)  # assumed range of the bulk conductivity of LAGP
KEYS = ("p", "b", "bi", "bbi")


@dataclass(frozen=True)
class Ratio:
    """Two of the four totals and what their ratio says."""

    top: str
    bottom: str
    reading: str


RATIOS = {
    "B-ratio-b-p": Ratio("b", "p", "B2O3 raises the conductivity, as stated."),
    "B-ratio-bi-p": Ratio("bi", "p", "Bi2O3 raises the conductivity, as stated."),
    "B-ratio-bbi-p": Ratio(
        "bbi",
        "p",
        "both together raise it most; if the bulk is unchanged, most of the pristine resistance "
        "was not bulk, as the paper says.",
    ),
    "B-ratio-bbi-b": Ratio(
        "bbi", "b", "the combination is the better of these two pellets, as stated."
    ),
    "B-ratio-bbi-bi": Ratio(
        "bbi", "bi", "the combination is the better of these two pellets, as stated."
    ),
}


@check(*RATIOS)
def conductivity_ratio(case: Case) -> Outcome:
    """Ratio of two total conductivities, stated as 'higher'."""
    entry = RATIOS[case.id]
    ids = f"B-sigma-{entry.top}", f"B-sigma-{entry.bottom}"
    computed = corners(_divide, *map(case, ids))
    scatter = corners(_divide, *map(case.pellet, ids))
    status = case.judge(computed, scatter, case.wording("higher"))
    reading = entry.reading if status == "agrees" else "not higher within rounding."
    if scatter.lo < 1:
        reading += " The scatter of single pellets reaches one; a few pellets each would settle it."
    return Outcome(
        status,
        f"Ratio {sig(computed.value)} ({span(scatter, 2)} with pellet scatter): {reading}",
        computed,
        scatter,
        "higher",
        assumptions=ONE_PELLET,
    )


def _divide(a: float, b: float) -> float:
    return a / b


@check("B-2p9")
def grain_growth(case: Case) -> Outcome:
    """D needed if sigma ~ D (brick layer, bulk resistance neglected)."""
    low, high = case("B-sem-p-lo").number, case("B-sem-p-hi").number
    pristine = Quantity((low + high) / 2, low, high)

    def needed(new: float, old: float, grain: float) -> float:
        return grain * new / old

    computed = corners(needed, case("B-sigma-b"), case("B-sigma-p"), pristine)
    scatter = corners(needed, case.pellet("B-sigma-b"), case.pellet("B-sigma-p"), pristine)
    seen = case("B-sem-b")
    fits = computed.hi >= seen.number
    return Outcome(
        "agrees" if fits else "hypothesis",
        f"Fewer boundaries alone would need grains of {span(computed)} nm; most are seen to be "
        f"above {seen.printed} nm: grain growth "
        + ("can" if fits else "alone cannot")
        + " account for the gain. The pristine bulk resistance, neglected here, would raise the "
        "need; separate bulk and boundary resistances would test it.",
        computed,
        scatter,
        f"most above {seen.printed}",
        assumptions="brick layer, equal boundaries, bulk resistance neglected",
    )


@check("B-additive-R")
def additive_resistances(case: Case) -> Outcome:
    """Share of the pristine resistivity removed by B2O3 plus that removed by Bi2O3."""
    ids = "B-sigma-p", "B-sigma-b", "B-sigma-bi"

    def removed(p: float, b: float, bi: float) -> float:
        return 100 * ((1 - p / b) + (1 - p / bi))

    computed = corners(removed, *map(case, ids))
    scatter = corners(removed, *map(case.pellet, ids))
    single = [100 * (1 - case("B-sigma-p").number / case(i).number) for i in ids[1:]]
    above = computed.lo > 100
    return Outcome(
        "hypothesis",
        f"B2O3 alone removes {single[0]:.0f} % of the pristine resistivity, Bi2O3 alone "
        f"{single[1]:.0f} %, together {computed.value:.0f} % ({span(scatter)} with pellet "
        "scatter): "
        + (
            "more than all of it, so the two would act on the same boundary resistance rather "
            "than on two separate ones; "
            if above
            else "two separate resistances are possible; "
        )
        + "the scatter of single pellets leaves both open, and bulk and boundary resistances of "
        "all four would decide.",
        computed,
        scatter,
        assumptions=f"{ONE_PELLET}; resistivities add (series)",
    )


@check("B-synergy")
def synergy(case: Case) -> Outcome:
    """Bliss independence sigma_B sigma_Bi/sigma_0, and additive gains."""
    ids = "B-sigma-p", "B-sigma-b", "B-sigma-bi"

    def bliss(p: float, b: float, bi: float) -> float:
        return b * bi / p

    def additive(p: float, b: float, bi: float) -> float:
        return b + bi - p

    computed = corners(bliss, *map(case, ids))
    scatter = corners(bliss, *map(case.pellet, ids))
    plain = corners(additive, *map(case, ids))
    series = [
        _independent_boundaries(*(case(i).number for i in ids), bulk) for bulk in BULK_S_PER_CM
    ]
    both = case("B-sigma-bbi")
    return Outcome(
        "hypothesis",
        f"The combination is the best of the four, but {both.printed} S/cm is not above what two "
        f"independent effects would give: {sig(plain.value)} ({span(plain)}) if gains add, "
        f"{sig(computed.value)} if they multiply, {sig(series[0], 2)} to {sig(series[1], 2)} for "
        f"boundary effects beside a bulk of {sig(BULK_S_PER_CM[0], 2)} to "
        f"{sig(BULK_S_PER_CM[1], 2)} S/cm. Synergy in the strict sense is neither shown nor "
        "excluded by one pellet each; replicate pellets with separated arcs would decide.",
        computed,
        scatter,
        both.number,
        assumptions=f"{ONE_PELLET}; bulk conductivity unknown",
    )


@claim_value("B-abs-syn", uses=("B-sigma-p", "B-sigma-b", "B-sigma-bi", "B-sigma-bbi"))
def synergetic(case: Case) -> Outcome:
    """Printed combination over the additive expectation sigma_B + sigma_Bi - sigma_0."""
    ids = "B-sigma-bbi", "B-sigma-b", "B-sigma-bi", "B-sigma-p"

    def over_additive(both: float, b: float, bi: float, p: float) -> float:
        return both / (b + bi - p)

    computed = corners(over_additive, *map(case, ids))
    scatter = corners(over_additive, *map(case.pellet, ids))
    status = case.judge(computed, scatter, case.wording("higher"))
    return Outcome(
        status,
        f"Both additives together give the best pellet, but {sig(computed.value)} times "
        f"({span(scatter, 2)} with pellet scatter) what plainly added gains would give: a combined "
        "benefit, yes; more than the sum of two is not shown by one pellet each.",
        computed,
        scatter,
        "higher",
        unit="1 (over added gains)",
        assumptions=f"{ONE_PELLET}; synergy read as more than added gains",
    )


def _independent_boundaries(p: float, b: float, bi: float, bulk: float) -> float:
    """Total if each additive scales the boundary resistivity by its own factor, bulk in series."""
    left = [1 / sigma - 1 / bulk for sigma in (p, b, bi)]
    return 1 / (1 / bulk + left[1] * left[2] / left[0])


@check("B-conc")
def conclusion(case: Case) -> Outcome:
    """Concluding value against the one in the results."""
    stated, measured = case("B-conc-sigma"), case("B-sigma-bbi")
    computed = quantity(measured)
    return Outcome(
        case.judge(computed, computed, stated),
        "The same value in results and conclusions.",
        computed,
        computed,
        stated.number,
    )


@check("B-fbulk-p", "B-fbulk-bbi")
def bulk_arc(case: Case) -> Outcome:
    """Lower bound of the bulk apex: sigma_bulk >= sigma_total (twice that for the pristine)."""
    sigma = case(f"B-sigma-{case.key}")
    least = 2.0 if case.key == "p" else 1.0  # boundaries dominate the pristine pellet
    limit = case("B-eis-fhi").number

    def apex_mhz(s: float, permittivity: float) -> float:
        return float(model_conduction.relaxation_frequency_hz(least * s, permittivity)) / 1e6

    computed = corners(apex_mhz, sigma, PERMITTIVITY.value)
    wide = corners(apex_mhz, case.widen(sigma, "pellet geometry"), PERMITTIVITY)
    outside = wide.lo > limit
    return Outcome(
        "hypothesis",
        f"The bulk arc peaks above {sig(computed.value)} MHz (above {sig(wide.lo, 2)} at the least "
        "favourable permittivity and geometry), "
        + ("beyond" if outside else "possibly beyond")
        + f" the window's end at {limit:g} MHz: any split into bulk and boundary would rest on an "
        "intercept; a spectrum at low temperature would decide.",
        computed,
        wide,
        f"window ends at {limit:g}",
    )


@check("B-R-p", "B-R-bbi")
def pellet_resistance(case: Case) -> Outcome:
    """R = d/(S sigma) of a 10 mm x 1 mm pellet."""
    sigma, thickness = case(f"B-sigma-{case.key}"), case("B-eis-d").number

    def ohm(s: float) -> float:
        return float(model_conduction.resistance(s, thickness, DIAMETER_MM))

    computed = corners(ohm, sigma)
    return Outcome(
        "agrees",
        f"{computed.value:.0f} Ohm: easily measured, a few Ohm of leads would not matter. The "
        "diameter is not stated; 10 mm is assumed.",
        computed,
        case.widen(computed, "pellet geometry"),
    )


@check("B-gb-number")
def boundary_number(case: Case) -> Outcome:
    """Boundaries across the pellet, d/D."""
    thickness_nm = 1e6 * case("B-eis-d").number
    low, high = case("B-sem-p-lo").number, case("B-sem-p-hi").number
    pristine = corners(lambda grain: thickness_nm / grain, Quantity((low + high) / 2, low, high))
    grown = thickness_nm / case("B-sem-b").number
    return Outcome(
        "agrees",
        f"About {pristine.value:.0f} boundaries ({pristine.lo:.0f} to {pristine.hi:.0f}) in series "
        f"across the pristine pellet, fewer than {grown:.0f} with B2O3: more than "
        f"{sig(pristine.value / grown, 2)} times fewer, of the size of the gain in conductivity.",
        pristine,
    )


def _needed_density_ratio(case: Case) -> tuple[Quantity, Quantity]:
    """Invert (RD2/RD1)^1.5 = sigma ratio, with rounding and with pellet scatter."""
    ids = "B-sigma-bi", "B-sigma-p"

    def needed(new: float, old: float) -> float:
        return (new / old) ** (1 / 1.5)

    return corners(needed, *map(case, ids)), corners(needed, *map(case.pellet, ids))


@check("B-why-bi")
def densification(case: Case) -> Outcome:
    """Density ratio that porosity alone would need."""
    computed, scatter = _needed_density_ratio(case)
    return Outcome(
        "hypothesis",
        f"Less porosity alone would need a density ratio of {sig(computed.value)} "
        f"({span(scatter)} with pellet scatter), not a slightly higher density: better contact "
        "at the boundaries, where the bismuth is seen, would explain the gain. Boundary "
        "resistance and capacitance of both pellets, with the densities, would decide.",
        computed,
        scatter,
        assumptions=f"Bruggeman exponent 1.5; {ONE_PELLET}",
    )


@claim_value("B-why-bi", uses=("B-sigma-bi", "B-sigma-p"), basis="S")
def densification_claimed(case: Case) -> Outcome:
    """Density ratio that porosity alone would need against a 'slightly higher' density."""
    computed, scatter = _needed_density_ratio(case)
    status = case.judge(computed, scatter, case.wording("slightly higher"), may_contradict=False)
    return Outcome(
        status,
        f"If densification means less porosity, a density ratio of {sig(computed.value)} would be "
        "needed where a slightly higher density is reported. If it means better bonded "
        "boundaries, the numbers allow it; boundary resistances and densities would tell.",
        computed,
        scatter,
        "slightly higher",
        unit="density ratio needed",
        assumptions=f"Bruggeman exponent 1.5; {ONE_PELLET}",
    )


@check("B-eis-lin")
def linear_range(case: Case) -> Outcome:
    """Excitation per boundary against kT/e."""
    millivolt, thickness_nm = case("B-eis-amp").number, 1e6 * case("B-eis-d").number
    computed = corners(lambda grain: 1e3 * millivolt * grain / thickness_nm, case("B-sem-p-lo"))
    thermal = 1e6 * BOLTZMANN_EV_PER_K * float(kelvin(25))
    return Outcome(
        "agrees",
        f"{sig(computed.value, 2)} uV per boundary against a thermal voltage of "
        f"{thermal / 1e3:.1f} mV: linear, also at the electrodes.",
        computed,
        stated=f"linear well below {thermal:.0f}",
    )


@check("B-size-order")
def size_order(case: Case) -> Outcome:
    """Order of crystallite sizes (p = Bi < BBi < B, partly in words) against conductivities."""
    sizes = (1.5, 4.0, 1.5, 3.0)  # ranks of p, B, Bi, BBi as the paper orders them
    sigmas = [case(f"B-sigma-{key}").number for key in KEYS]
    rho = float(spearmanr(sizes, sigmas).statistic)
    return Outcome(
        "agrees",
        f"Size and conductivity are not ordered alike (rank correlation {rho:.2f}, four samples): "
        "the combination conducts best with crystallites smaller than those of B2O3-LAGP. The "
        "paper says so itself when it names a second cause.",
        Quantity(rho, rho, rho),
    )
