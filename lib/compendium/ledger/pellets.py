"""Formulas on composition, density, preparation and grains."""

import math

from nasicon.composition import model_density, model_formulas
from nasicon.core.constants import GAS_J_PER_MOL_K
from nasicon.grains import model_grains
from nasicon.transport.model_conduction import bruggeman_ratio

FORMULA_UNITS = 6.0  # R-3c, hexagonal setting
CELLS = {  # a and c of Li1.3Al0.3Ti1.7(PO4)3, angstrom: data/reference/cells.csv, and range
    "computed": (8.5004, 20.8156),
    "computed.lo": (8.505, 20.85),
    "computed.hi": (8.495, 20.80),
}
BORON_OXIDE_TORR = ((1324.0, 0.1), (1489.0, 1.0))  # degC, Torr: chemister.ru, boron oxide
PASCAL_PER_TORR = 133.322


def formula_charge(formula: str) -> float:
    """Sum n_i z_i with the usual valences; below 5e-4 it is rounding of the formula's digits."""
    charge = model_formulas.charge(formula)
    return 0.0 if abs(charge) < 5e-4 else charge


def lagp_charge(x: float) -> float:
    """Sum n_i z_i of Li1+xAlxGe2-x(PO4)3."""
    charge = model_formulas.charge(model_formulas.nasicon(x, "Al", "Ge"))
    return 0.0 if abs(charge) < 5e-4 else charge


def valence_difference(first: str, second: str) -> float:
    """z(first) - z(second), the usual valences."""
    return float(model_formulas.VALENCES[first] - model_formulas.VALENCES[second])


def relative_density(rho: float, theory: float) -> float:
    """100 rho/rho_theory."""
    return float(model_density.relative_density(rho, theory))


def one_theory(*numbers: float) -> dict[str, float]:
    """Mean of rho/RD of four pellets; judged: its largest distance from the printed density."""
    *pairs, theory = numbers
    each = [100 * rho / rd for rho, rd in zip(pairs[::2], pairs[1::2], strict=True)]
    mean = sum(each) / len(each)
    return {"computed": mean, "judged": max((e - theory for e in each), key=abs)}


def cell_density(formula: str) -> dict[str, float]:
    """Z M/(N_A a^2 c sin 60 deg), Z = 6, over the published cells of the undoped formula."""
    mass = model_formulas.molar_mass(formula)
    volumes = {n: model_density.hexagonal_volume(a, c) for n, (a, c) in CELLS.items()}
    density = model_density.theoretical_density
    return {n: float(density(mass, FORMULA_UNITS, volume)) for n, volume in volumes.items()}


def all_aluminium_percent(formula: str) -> float:
    """w_max = n_Al M(AlPO4)/M(formula): all of the aluminium in AlPO4."""
    share = model_formulas.parse(formula)["Al"]
    return 100 * share * model_formulas.molar_mass("AlPO4") / model_formulas.molar_mass(formula)


def mixture_density_percent(
    rho: float,
    crystalline: float,
    alpo4_share: float,
    rho_alpo4: float,
    rho_glass: float,
    rho_crystal: float,
    formula: str,
) -> float:
    """100 rho sum(w_i/rho_i); alpo4_share: of the most that the aluminium allows."""
    alpo4 = alpo4_share * all_aluminium_percent(formula)
    weights = [max(crystalline - alpo4, 1e-6), alpo4, max(100 - crystalline, 1e-6)]
    theory = model_density.mixture_density(weights, [rho_crystal, rho_alpo4, rho_glass])
    return float(model_density.relative_density(rho, theory))


def density_range(*values: float) -> dict[str, float]:
    """Range max - min of relative densities; judged: (max/min)^1.5, their effect (Bruggeman)."""
    top, bottom = max(values), min(values)
    effect = float(bruggeman_ratio(top, bottom, 1.5))
    return {
        "computed": top - bottom,
        "judged": effect,
        "effect": 100 * (effect - 1),
        "pores": (100 - bottom) / max(100 - top, 0.1),
    }


def amorphous_ratio(doped: float, undoped: float) -> dict[str, float]:
    """(100 - c_doped)/(100 - c_undoped); below half a point the undoped share is its rounding."""
    return {
        "computed": max(100 - doped, 0.0) / max(100 - undoped, 0.5),
        "doped": 100 - doped,
        "undoped": 100 - undoped,
    }


def lithium_line(
    line_ev: float, softest_ev: float, formula: str, oxide_error: float
) -> dict[str, float]:
    """Energy of Li K-alpha; judged: over the softest line; remainder: error of Li by difference."""
    shares = model_formulas.oxide_mass_fractions(formula)
    lithia = shares.pop("Li2O")
    error = 100 * math.hypot(*(oxide_error / 100 * share for share in shares.values())) / lithia
    return {"computed": line_ev, "judged": line_ev / softest_ev, "remainder": error}


def press_force_kn(megapascal: float, diameter: float) -> float:
    """F = p pi d^2/4."""
    return megapascal * math.pi * diameter**2 / 4 / 1e3


def cooling_hours(top: float, rate: float) -> float:
    """(T - 25 degC)/rate."""
    return (top - 25) / rate / 60


def largest_difference(*numbers: float) -> float:
    """Largest |a - b| over pairs."""
    return max(abs(a - b) for a, b in zip(numbers[::2], numbers[1::2], strict=True))


SALTS = {"Li": "LiNO3", "Al": "Al(NO3)3(H2O)9", "Ge": "Ge(OC2H5)4", "P": "NH4H2PO4"}


def _moles(element: str, grams: float, purity: float = 100.0) -> float:
    return grams * purity / 100 / model_formulas.molar_mass(SALTS[element])


def aluminium_content(
    al: float, ge: float, li: float, p: float, pure_al: float, pure_p: float
) -> dict[str, float]:
    """Content x = 3 n_Al/n_P; also Li and Ge per three P, and Al + Ge."""
    unit = _moles("P", p, pure_p) / 3
    x, germanium = _moles("Al", al, pure_al) / unit, _moles("Ge", ge) / unit
    lithium = _moles("Li", li) / unit
    return {"computed": x, "lithium": lithium, "germanium": germanium, "sites": x + germanium}


def lithium_excess_percent(
    li: float, al: float, p: float, pure_li: float, pure_al: float, pure_p: float
) -> float:
    """100 [n_Li/(n_P/3 + n_Al) - 1]."""
    unit = _moles("P", p, pure_p) / 3
    return 100 * (_moles("Li", li, pure_li) / (unit + _moles("Al", al, pure_al)) - 1)


def acid_per_metal(
    acid: float, li: float, ge: float, al: float, glycol_ml: float
) -> dict[str, float]:
    """n(citric acid)/n(Li + Al + Ge); glycol: ethylene glycol per acid (1.11 g/ml)."""
    metals = _moles("Li", li) + _moles("Ge", ge) + _moles("Al", al)
    moles = acid / model_formulas.molar_mass("C6H8O7")
    glycol = glycol_ml * 1.11 / model_formulas.molar_mass("C2H6O2")
    hydrate = acid / model_formulas.molar_mass("C6H8O7(H2O)")
    return {"computed": moles / metals, "hydrate": hydrate / metals, "glycol": glycol / moles}


def atoms_per_formula(percent: float, oxide: str, element: str, x: float) -> dict[str, float]:
    """2 w/M(oxide) over 100/M(LAGP); of_sum: if the percentage is of oxide and LAGP together."""
    host = model_formulas.nasicon(x, "Al", "Ge")
    plain = model_formulas.additive_per_formula(percent, oxide, element, host)
    of_sum = model_formulas.additive_per_formula(percent, oxide, element, host, of_total=True)
    return {"computed": plain, "of_sum": of_sum}


def evaporated_percent(
    celsius: float, hours: float, percent: float, millimetre: float, diameter: float, rho: float
) -> dict[str, float]:
    """Loss p sqrt(M/(2 pi R T)) t S over the B2O3 of the pellet: free evaporation into vacuum.

    Hertz and Knudsen with an evaporation coefficient of one, the highest loss there can be; the
    vapour pressure extrapolated in 1/T from 1324 and 1489 degC.
    """
    (t1, p1), (t2, p2) = BORON_OXIDE_TORR
    kelvin = celsius + 273.15
    slope = math.log(p2 / p1) / (1 / (t1 + 273.15) - 1 / (t2 + 273.15))
    pascal = PASCAL_PER_TORR * p1 * math.exp(slope * (1 / (t1 + 273.15) - 1 / kelvin))
    molar = model_formulas.molar_mass("B2O3") * 1e-3
    rate = pascal * math.sqrt(molar / (2 * math.pi * GAS_J_PER_MOL_K * kelvin))  # kg m-2 s-1
    area = math.pi * diameter * (diameter / 2 + millimetre) * 1e-6  # m2
    volume = math.pi * diameter**2 / 4 * millimetre * 1e-3  # cm3
    held = volume * rho * 1e-3 * percent / (100 + percent)  # kg
    return {"computed": 100 * rate * area * hours * 3600 / held, "pascal": pascal}


def crystals_over_length(
    low: float, high: float, length: float, seen: float, grown: float
) -> dict[str, float]:
    """D_SEM/L_XRD of pristine LAGP; grown: the same with B2O3."""
    return {
        "computed": (low + high) / 2 / length,
        "computed.lo": low / length,
        "computed.hi": high / length,
        "grown": seen / grown,
    }


def growth(
    length: float, old_length: float, seen: float, low: float, high: float
) -> dict[str, float]:
    """L_B/L_0 from line widths; judged: the smaller of it and the growth in micrographs."""
    by_lines, by_image = length / old_length, seen / ((low + high) / 2)
    return {
        "computed": by_lines,
        "judged": min(by_lines, by_image),
        "image": by_image,
        "image.lo": seen / high,
        "image.hi": seen / low,
    }


def above_melting_k(celsius: float, melting: float) -> float:
    """T - T_melt."""
    return celsius - melting


def rhombohedron_deg(a: float, c: float) -> float:
    """Angle between the faces of a {012} rhombohedron of the cell."""
    return float(model_grains.rhombohedron_angle_deg(a, c))
