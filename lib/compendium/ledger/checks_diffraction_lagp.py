"""Paper B: the line at 20.5 degrees, AlPO4, Scherrer widths, what Bi2O3 does to densities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compendium import reference
from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.composition.model_formulas import atomic_mass
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.diffraction import model_powder as model

MASS = {e: atomic_mass(e) for e in ("H", "Li", "N", "O", "Al", "P", "Ge")}
LI2O_EDGES = (4.6114, 4.619)  # angstrom: the cell held in data/reference, and the check's own
CRISTOBALITE = {  # pseudo-tetragonal cell a 5.01, c 7.00 of the check, and the tabulated one
    "check": (5.01, 5.01, 7.00, 90.0, 90.0, 90.0),
    "data/reference": (7.0985 / np.sqrt(2), 7.0985 / np.sqrt(2), 7.006, 90.0, 90.0, 90.0),
}
CRISTOBALITE_LINES = ((1, 0, 1), (1, 1, 1), (2, 0, 0))  # nearest to 21.8, 28.2 and 35.9 deg
READING_DEG = 0.1  # positions printed to 0.1 deg, specimen displaced by as much
SHAPE = (0.89, 0.90, 0.94)  # Scherrer constant
LAGP_113_DEG = 25.15
RHO_BI2O3, RHO_LAGP = 8.9, 3.45  # g/cm3, of the checks


@check("B-li2o")
def li2o_line(case: Case) -> Outcome:
    """First reflection of antifluorite Li2O, 111."""
    stated = case("B-xrd-li2o")
    angles = [
        float(model.bragg_two_theta(edge / np.sqrt(3), model.CU_KALPHA1)) for edge in LI2O_EDGES
    ]
    computed = Quantity(angles[0], min(angles), max(angles))
    moved = Quantity(angles[0], min(angles) - 0.3, max(angles) + 0.3)  # specimen displacement
    status = case.judge(computed, moved, stated, may_contradict=True)
    others = {n: _near(n, stated.number) for n in ("GeO2", "AlPO4 tridymite", "AlPO4 berlinite")}
    text = ", ".join(
        f"{n} {angle:.2f} ({height:.0f} % of its strongest)"
        for n, (angle, height) in others.items()
    )
    return Outcome(
        status,
        f"The first line of Li2O is at {angles[0]:.1f} deg (Cu K-alpha), 13 deg away, and no "
        f"displacement moves it so far: the line at {stated.printed} deg is not Li2O's. Lines "
        f"that do lie near it: {text}. GeO2 would need 25.96 deg too, next to the main phase's "
        "own lines at 25.1 and 25.9; tridymite-type AlPO4 21.7, seen, and 23.3; berlinite 26.4. "
        "The pattern to the noise would tell which.",
        computed,
        moved,
        stated.number,
    )


def _near(name: str, position: float) -> tuple[float, float]:
    lines = reference.reflections(name)
    row = lines.loc[(lines["two_theta_deg"] - position).abs().idxmin()]
    return float(row["two_theta_deg"]), float(row["relative_intensity"])


@check("B-li2o-amount", also=("B-m-al", "B-m-p"))
def li2o_amount(case: Case) -> Outcome:
    """All Li beyond 1 + x as Li2O; I/I_LAGP = (w_a/w_l) K_a/K_l."""
    hydrogen, nitrogen, oxygen = (MASS[e] for e in "HNO")
    salts = {
        "B-m-lino3": MASS["Li"] + nitrogen + 3 * oxygen,
        "B-m-al": MASS["Al"] + 3 * (nitrogen + 3 * oxygen) + 9 * (2 * hydrogen + oxygen),
        "B-m-p": nitrogen + 6 * hydrogen + MASS["P"] + 4 * oxygen,
    }

    def weight(lithium: float, aluminium: float, phosphorus: float) -> float:
        n_li, n_al, n_p = (
            m / salts[i] for m, i in zip((lithium, aluminium, phosphorus), salts, strict=True)
        )
        unit = n_p / 3
        x = n_al / unit
        excess = max(n_li / unit - 1 - x, 0.0)
        mass = (
            (1 + x) * MASS["Li"]
            + x * MASS["Al"]
            + (2 - x) * MASS["Ge"]
            + 3 * MASS["P"]
            + 12 * oxygen
        )
        return 100 * excess / 2 * (2 * MASS["Li"] + oxygen) / mass

    computed = corners(weight, *map(case, salts))
    rir = reference.phases()["rir"]
    ratio = computed.value * rir["Li2O"] / rir["LAGP x0.5"]
    return Outcome(
        "differs",
        f"If all of the excess Li were Li2O it would be {sig(computed.value, 2)} wt%, with a line "
        f"of {ratio:.2f} % of the main phase's strongest, at 33.6 deg: at or below what a routine "
        f"pattern shows, and not at {case('B-xrd-li2o').printed} deg. "
        "Some of the Li is also expected to evaporate.",
        computed,
        None,
        unit="wt% Li2O at most",
    )


@check("B-alpo4")
def cristobalite_lines(case: Case) -> Outcome:
    """2theta of low-cristobalite type AlPO4 against the three printed positions."""
    stated = [case(f"B-xrd-alpo4-{i}") for i in (1, 2, 3)]
    table = {
        name: model.bragg_two_theta(model.d_spacing(CRISTOBALITE_LINES, cell), model.CU_KALPHA1)
        for name, cell in CRISTOBALITE.items()
    }
    best = table["check"]
    off = [s.number - angle for s, angle in zip(stated, best, strict=True)]
    largest = max(off, key=abs)
    span_of = np.array(list(table.values()))
    fits = all(
        span_of[:, i].min() - READING_DEG <= s.interval[1]
        and s.interval[0] <= span_of[:, i].max() + READING_DEG
        for i, s in enumerate(stated)
    )
    printed = ", ".join(s.printed for s in stated)
    return Outcome(
        "agrees" if fits else "differs",
        f"Low-cristobalite type: calculated {', '.join(f'{a:.2f}' for a in best)} deg, printed "
        f"{printed}; the largest difference is {largest:+.2f} deg. Not berlinite, whose strongest "
        "line is at 26.4 deg. A line near 31.1 deg, as strong as the second, should be there too.",
        Quantity(float(best[0]), float(span_of[:, 0].min()), float(span_of[:, 0].max())),
        None,
        stated[0].number,
    )


@check("B-noimp")
def no_impurities(case: Case) -> Outcome:
    """Wording against wording."""
    case("B-xrd-noimp")
    return Outcome(
        "agrees",
        "Read as 'no lines beyond those of the pristine sample' the two statements are consistent: "
        "AlPO4 and the line at 20.5 deg are in all four. It does not mean free of impurities, the "
        "line at 20.5 deg is not explained by the phase it is given to, and 5 wt% of glassy "
        "B2O3 would show no lines at all.",
        evidence="printed",
    )


@dataclass(frozen=True)
class Widths:
    """Width of a Scherrer size at LAGP 113 over the constants in use."""

    size: Quantity

    def __call__(self) -> Quantity:
        """Width in degrees with the interval of rounding and Scherrer constant."""
        low, middle, high = SHAPE
        values = [
            float(model.scherrer_width_deg(s, LAGP_113_DEG, model.CU_KALPHA1, k))
            for s in (self.size.lo, self.size.hi)
            for k in (low, high)
        ]
        centre = float(
            model.scherrer_width_deg(self.size.value, LAGP_113_DEG, model.CU_KALPHA1, middle)
        )
        return Quantity(centre, min(values), max(values))


@check("B-scherrer-p", "B-scherrer-b")
def scherrer_width(case: Case) -> Outcome:
    """Beta = K lambda/(L cos theta) at LAGP 113."""
    stated = case(f"B-size-{case.key}")
    width = Widths(quantity(stated))()
    observed = width.value + 0.055
    sizes = [
        float(
            model.scherrer_size_nm(
                model.specimen_width_deg(width.value, b, form), LAGP_113_DEG, model.CU_KALPHA1
            )
        )
        for b in (0.05, 0.10)
        for form in ("gaussian", "lorentzian")
    ]
    return Outcome(
        "hypothesis",
        f"{stated.printed} nm means a width of {span(width)} deg at 25.15 deg. If that is "
        f"the width as measured, an instrument of 0.05 to 0.10 deg puts the size between "
        f"{min(sizes):.0f} and {max(sizes):.0f} nm; if the instrument was taken off, the line was "
        f"some {observed:.2f} deg wide. A line-profile standard would tell which; strain is a "
        "third unknown.",
        width,
        None,
    )


@check("B-scherrer-diff")
def scherrer_difference(case: Case) -> Outcome:
    """Difference of the two implied widths."""
    sizes = [case("B-size-p"), case("B-size-b")]
    computed = corners(
        lambda a, b: float(
            model.scherrer_width_deg(a, LAGP_113_DEG, model.CU_KALPHA1)
            - model.scherrer_width_deg(b, LAGP_113_DEG, model.CU_KALPHA1)
        ),
        *sizes,
    )
    return Outcome(
        "hypothesis",
        f"The growth from {sizes[0].printed} to {sizes[1].printed} nm is a line narrower by "
        f"{sig(computed.value, 2)} deg, three steps of 0.02 deg: measurable, if the instrument's "
        "width and the strain are the same for both. Widths of several lines of each sample, "
        "with a standard, would decide; and a Scherrer size is no grain size.",
        computed,
        None,
    )


@check("B-bi-volume")
def bismuth_volume(case: Case) -> Outcome:
    """Volume of 2 wt% Bi2O3 (added to 100 of LAGP) at full density."""
    computed = corners(
        lambda w: 100 * (w / RHO_BI2O3) / (100 / RHO_LAGP + w / RHO_BI2O3), case("B-c-bi2o3")
    )
    return Outcome(
        "hypothesis",
        f"{case('B-c-bi2o3').printed} wt% of Bi2O3 fills {span(computed, 2)} vol%: as a filler "
        "it closes less than one per cent of pores, so a clearly larger gain in density would "
        "have to come from liquid-phase sintering. Densities before and after, and micrographs, "
        "would tell.",
        computed,
        None,
    )


@check("B-bi-density")
def bismuth_density(case: Case) -> Outcome:
    """Gain in relative density from using the density of LAGP for a pellet with Bi2O3."""
    computed = corners(
        lambda w: 100 * ((100 + w) / (100 / RHO_LAGP + w / RHO_BI2O3) / RHO_LAGP - 1),
        case("B-c-bi2o3"),
    )
    return Outcome(
        "hypothesis",
        f"If the theoretical density of pure LAGP was used throughout, the Bi2O3 pellets look "
        f"{sig(computed.value, 2)} % denser at equal porosity. 'Slightly higher' could be just "
        "that; "
        "the density used, and the values of Fig. 2d, would decide.",
        computed,
        None,
    )


@check("B-rd-values")
def relative_densities(case: Case) -> Outcome:
    """The values are in the figure only."""
    case("B-rd")
    return Outcome(
        "not testable",
        "The relative densities stand only in Fig. 2d. The numbers with the theoretical density "
        "used, and replicate Archimedes weighings (+-0.5 points each is usual), would test it.",
        evidence="printed",
    )
