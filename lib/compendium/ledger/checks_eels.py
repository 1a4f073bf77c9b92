"""Paper A, Fig. 4: energy losses of boron in a phosphate, and boundaries in projection.

Edges: data/reference/eels_edges.csv. Films and the current through them: checks_boundary.
"""

from __future__ import annotations

import re

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, sig, span
from nasicon.eels.model_boundary import boron_per_nm3, largest_grain_nm, projected_widening_nm

P_L1_ELEMENT_EV, B_K_ELEMENT_EV = 189.0, 188.0
P_L1_OXIDISED_EV = (190.5, 195.5)
B_K_OXIDISED_EV = (193.5, 199.6)
CELL_FORMULA_NM3 = 0.217  # R-3c cell of LATP, a 0.850 and c 2.08 nm, six formulas
GLASSES_G_PER_CM3 = {"B2O3": 1.83, "BPO4": 2.8}
FOIL_NM, TILT_DEG = (20.0, 50.0), (1.0, 3.0)
EELS_LIMIT_PERCENT = 1.0  # practical limit quoted in the abstract named in the reading


def atoms(formula: str) -> dict[str, float]:
    """Atoms per formula of a text such as ``Li1.3Al0.2B0.1Ti1.7(PO4)3``."""
    found: dict[str, float] = {}
    flat = re.sub(
        r"\(([^()]*)\)([\d.]*)",
        lambda m: "".join(
            f"{e}{float(n or 1) * float(m[2] or 1):g}"
            for e, n in re.findall(r"([A-Z][a-z]?)([\d.]*)", m[1])
        ),
        formula,
    )
    for element, count in re.findall(r"([A-Z][a-z]?)([\d.]*)", flat):
        found[element] = found.get(element, 0.0) + float(count or 1)
    return found


@check("A-eels-overlap")
def edge_energies(case: Case) -> Outcome:
    """Edge energies of the elements and of their oxides against the printed one."""
    printed = case("A-eels-bk")
    low, high = case("A-eels-lo").number, case("A-eels-hi").number
    line = Quantity(P_L1_ELEMENT_EV, P_L1_ELEMENT_EV, P_L1_ELEMENT_EV)
    return Outcome(
        "hypothesis",
        f"No: the tables give P L1 at {P_L1_ELEMENT_EV:g} and B K at {B_K_ELEMENT_EV:g} eV for the "
        f"elements, and {atoms(str(case('A-comp-latbp').value))['P']:g} P stand against 0.1 B. "
        f"Oxidised, both move up, boron to {B_K_OXIDISED_EV[0]:g}-{B_K_OXIDISED_EV[1]:g} eV and "
        f"P L1 to {P_L1_OXIDISED_EV[0]:g}-{P_L1_OXIDISED_EV[1]:g} eV, so that the printed "
        f"{printed.printed} eV is where neither begins: a label from an edge table, or an energy "
        f"axis that is off. P L2,3 and C K of the same {low:g}-{high:g} eV spectrum would tell, "
        "and a boron-free sample would show what phosphorus alone gives.",
        line,
        None,
        printed.number,
        assumptions="tables of Elam et al. for elements; oxidised values as in "
        "eels_edges.csv, of which BO3 near 194 eV and P L2,3 near 136 eV are not verified",
    )


@check("A-eels-atpct")
def boron_content(case: Case) -> Outcome:
    """0.1 of 18.3 atoms; and in the glass, its share of B over its share of the volume."""
    formula = atoms(str(case("A-comp-latbp").value))
    mean = 100 * formula["B"] / sum(formula.values())
    value = Quantity(mean, mean, mean)
    glass = corners(
        lambda share, crystals: mean * (share / 100) / (1 - crystals / 100),
        case("A-nmr-glass-frac"),
        case.widen(case("A-cryst-gclatbp"), "crystallinity"),
    )
    return Outcome(
        "hypothesis",
        f"The mean boron content is {sig(mean, 2)} at%, below the {EELS_LIMIT_PERCENT:g} % that is "
        "quoted as the practical limit of EELS (Wittry, in the abstract on detection limits by "
        "EELS and EDS); a glass that holds three quarters of it would have "
        f"{sig(glass.value, 2)} at% ({span(glass, 2)}), above it. A map could therefore show the "
        "glass but not the crystals; spectra of both places with their counts would decide.",
        value,
        value,
        assumptions="nominal composition; crystallinity as volume share",
    )


@check("A-stem-angles")
def collected_disc(case: Case) -> Outcome:
    """(beta/alpha)^2 of the unscattered disc."""
    computed = corners(
        lambda beta, alpha: 100 * (beta / alpha) ** 2, case("A-stem-beta"), case("A-stem-alpha")
    )
    return Outcome(
        "agrees",
        f"The spectrometer collects {sig(computed.value, 3)} % of the bright-field disc: the "
        "stated angles are possible and usual for atomic resolution, and cross-sections for "
        "quantities need a correction for convergence.",
        computed,
        computed,
    )


@check("A-hrtem-tilt")
def tilted_boundary(case: Case) -> Outcome:
    """Widening t tan(theta), foil 20-50 nm, tilt 1-3 degrees."""
    low = float(projected_widening_nm(FOIL_NM[0], TILT_DEG[0]))
    high = float(projected_widening_nm(FOIL_NM[1], TILT_DEG[1]))
    middle = float(projected_widening_nm(35.0, 2.0))
    computed = Quantity(middle, low, high)
    films = [case(f"A-tem-{key}").number for key in ("gclatp", "gclatbp-lo", "gclatbp-hi")]
    gap = (films[1] + films[2]) / 2 - films[0]
    return Outcome(
        "hypothesis",
        f"A tilt of {TILT_DEG[0]:g} to {TILT_DEG[1]:g} degrees in a foil of {FOIL_NM[0]:g} to "
        f"{FOIL_NM[1]:g} nm widens a projected film by {span(computed, 2)} nm; the printed films "
        f"differ by {sig(gap, 2)} nm. One micrograph each cannot exclude it; the thickness of many "
        "boundaries set edge-on, or a tilt series, would decide.",
        computed,
        computed,
        gap,
    )


@check("A-film-B")
def boron_in_films(case: Case) -> Outcome:
    """D = 3 delta/(B needed/B capacity)."""
    low, high = case("A-tem-gclatbp-lo").number, case("A-tem-gclatbp-hi").number
    film = Quantity((low + high) / 2, low, high)
    boron = atoms(str(case("A-comp-latbp").value))["B"]
    grains = {
        glass: corners(
            lambda d, share, g=glass, rho=density: largest_grain_nm(
                d, share / 100, boron, CELL_FORMULA_NM3, boron_per_nm3(g, rho)
            ),
            film,
            case("A-nmr-glass-frac"),
        )
        for glass, density in GLASSES_G_PER_CM3.items()
    }
    oxide, phosphate = grains["B2O3"], grains["BPO4"]
    return Outcome(
        "hypothesis",
        f"Films of {film.value:g} nm hold {case('A-nmr-glass-frac').printed} % of the boron only "
        f"for grains of at most {sig(oxide.value, 2)} nm ({span(oxide, 2)}) if they are pure B2O3 "
        f"glass, {sig(phosphate.value, 2)} nm ({span(phosphate, 2)}) if they are BPO4; with larger "
        "grains most of it would sit in pockets. Micrographs with grain sizes, and boron counted "
        "in films and pockets, would decide.",
        oxide,
        Quantity(oxide.value, phosphate.lo, oxide.hi),
    )


@claim_value("A-stem-eds", uses=("A-xrd-alpo4-gclatbp", "A-comp-latbp"), basis="S")
def aluminium_contrast(case: Case) -> Outcome:
    """Aluminium content of AlPO4 over that of the NASICON phase."""
    formula = atoms(str(case("A-comp-latbp").value))
    ratio = (1 / 6) / (formula["Al"] / sum(formula.values()))
    value = Quantity(ratio, ratio, ratio)
    return Outcome(
        "hypothesis",
        f"AlPO4 ({case('A-xrd-alpo4-gclatbp').printed} % in Fig. 1a) has {sig(ratio, 2)} times the "
        "aluminium of the NASICON phase: a map that resolves grains would show it, so a "
        "homogeneous map means that the field missed it, the scale is too coarse, or there is "
        "less of it than diffraction says. The Al map with its counts and scale would decide.",
        value,
        value,
        "homogeneous",
        unit="1",
        assumptions="nominal composition of the NASICON phase",
    )
