"""Formulas on spectra: 11B NMR, Raman windows, energy loss, photoemission, X-ray lines."""

import math

from scipy.optimize import minimize_scalar

from compendium import reference
from nasicon.composition import model_formulas
from nasicon.eels.model_boundary import boron_per_nm3, largest_grain_nm, projected_widening_nm
from nasicon.nmr import model_lines, model_mixing
from nasicon.xps.model_lines import phosphate_spacing_ev

CELL_FORMULA_NM3 = 0.217  # R-3c cell of LATP, a 0.850 and c 2.08 nm, six formulas
FACTORS = reference.sensitivity_factors()


def centroid_weight(mixture: float, glass: float, ceramic: float) -> dict[str, float]:
    """Weight w = (d_GC - d_G)/(d_C - d_G)."""
    if glass == ceramic:
        return {"computed": math.nan, "beyond": math.nan}
    weight = float(model_mixing.centroid_weight(mixture, glass, ceramic))
    beyond = abs(ceramic - glass) * max(-weight, weight - 1, 0.0)
    return {"computed": weight, "beyond": beyond}


def mixed_centre_ppm(
    glass: float, ceramic: float, percent: float, printed: float
) -> dict[str, float]:
    """Centre d = p d_G + (1 - p) d_C; off: printed minus it; repair: error that bridges it."""
    centre = (percent * glass + (100 - percent) * ceramic) / 100
    lines = [(printed, glass, ceramic)]
    repair = model_mixing.smallest_error(1 - percent / 100, lines)
    return {"computed": centre, "off": printed - centre, "repair": repair}


def joint_share_percent(*centres: float) -> float:
    """Ceramic share w >= 0 of least chi2 = sum_lines r^2/(1 + (1-w)^2 + w^2), common to both lines.

    r = d_GC - (1-w) d_G - w d_C; equal errors of the six centres: the profile likelihood of w.
    """
    lines = [centres[:3], centres[3:]]

    def chi2(w: float) -> float:
        left = sum((gc - (1 - w) * g - w * c) ** 2 for gc, g, c in lines)
        return left / (1 + (1 - w) ** 2 + w**2)

    found = minimize_scalar(chi2, bounds=(-1.0, 2.0), method="bounded", options={"xatol": 1e-10})
    return 100 * max(float(found.x), 0.0)


def closeness(*centres: float) -> dict[str, float]:
    """|d_GC - d_G|/|d_GC - d_C|, the less close of both lines; each line's two distances."""
    named, ratios = {}, []
    for line, (gc, g, c) in (("BO3", centres[:3]), ("BO4", centres[3:])):
        near, far = abs(gc - g), abs(gc - c)
        ratios.append(near / far if far else math.inf)
        named |= {f"{line} glass": near, f"{line} ceramic": far}
    return {"computed": max(ratios)} | named


def isotropic_shift_ppm(
    ceramic: float, glass: float, both: float, megahertz: float, cq: float, eta: float
) -> dict[str, float]:
    """d_iso = d_cg + (1/40)(P_Q/nu_L)^2 1e6, I = 3/2, ceramic; judged: that of the glass."""
    shift = -float(model_lines.second_order_shift_ppm(cq, eta, megahertz))
    return {
        "computed": ceramic + shift,
        "judged": glass + shift,
        "glass": glass + shift,
        "both": both + shift,
    }


def last_digit_hz(digit_ppm: float, megahertz: float, width_ppm: float) -> dict[str, float]:
    """Last digit times nu_L; judged: over the error of a centre."""
    return {
        "computed": digit_ppm * megahertz,
        "judged": digit_ppm / width_ppm,
        "error": width_ppm * megahertz,
    }


def field_difference_ppm(phosphorus: float, boron: float) -> dict[str, float]:
    """1e6 [nu(31P)/Xi(31P) / (nu(11B)/Xi(11B)) - 1]."""
    proton = model_lines.proton_frequency_mhz
    return {
        "computed": 1e6 * (proton("31P", phosphorus) / proton("11B", boron) - 1),
        "proton": proton("31P", phosphorus),
        "tesla": float(model_lines.field_t("11B", boron)),
    }


def sideband_ppm(kilohertz: float, megahertz: float, low: float, high: float) -> dict[str, float]:
    """nu_MAS/nu_L; judged: over the width of the assigned range."""
    apart = 1e3 * kilohertz / megahertz
    return {"computed": apart, "judged": apart / (high - low), "window": high - low}


def rotor_speed(millimetre: float, kilohertz: float) -> float:
    """Surface speed pi d nu."""
    return math.pi * millimetre * kilohertz


def boron_enrichment(boron_percent: float, crystalline: float) -> dict[str, float]:
    """(b/(1-b)) (c/(1-c)): boron per amount of glass over that of crystal; mean: over the mean."""
    glass = max(100 - crystalline, 0.1)
    left = max(100 - boron_percent, 0.1)
    return {"computed": boron_percent / left * crystalline / glass, "mean": boron_percent / glass}


def trivalent_left(
    formula: str, ceramic_percent: float, alpo4_share: float, bulk: float, bulk0: float
) -> dict[str, float]:
    """Content x = n_Al (1 - share in AlPO4) + n_B x ceramic share."""
    atoms = model_formulas.parse(formula)
    aluminium = atoms["Al"]
    most = 100 * aluminium * model_formulas.molar_mass("AlPO4")
    return {
        "computed": aluminium * (1 - alpo4_share) + ceramic_percent / 100 * atoms.get("B", 0.0),
        "ratio": bulk / bulk0,
        "most": most / model_formulas.molar_mass(formula),
    }


def window_room(
    band1: float,
    band2: float,
    q_lo: float,
    q_hi: float,
    s_lo: float,
    s_hi: float,
    r_lo: float,
    r_hi: float,
) -> float:
    """Least distance by which bands and the three windows lie inside one another."""
    bands = min(min(band1, band2) - q_lo, q_hi - max(band1, band2))
    nested = min(q_lo - s_lo, s_hi - q_hi, s_lo - r_lo, r_hi - s_hi)
    return min(bands, nested)


def edge_distance_ev(
    phosphorus: float, printed: float, borate: float, phosphate: float, formula: str
) -> dict[str, float]:
    """P L1 of the element; judged: how far below the nearest oxidised edge the printed one lies."""
    atoms = model_formulas.parse(formula)
    return {
        "computed": phosphorus,
        "judged": min(borate, phosphate) - printed,
        "per_boron": atoms["P"] / atoms["B"] if atoms.get("B") else math.inf,
    }


def boron_at_percent(formula: str, boron_percent: float, crystalline: float) -> dict[str, float]:
    """100 n_B/sum n_i; glass: if it holds its share of the boron in its share of the volume."""
    atoms = model_formulas.parse(formula)
    mean = 100 * atoms.get("B", 0.0) / sum(atoms.values())
    glass = max(1 - crystalline / 100, 1e-3)
    return {"computed": mean, "glass": mean * boron_percent / 100 / glass}


def collected_percent(beta: float, alpha: float) -> float:
    """100 (beta/alpha)^2 of the unscattered disc."""
    return 100 * (beta / alpha) ** 2


def projected_widening(
    thin: float, thick_lo: float, thick_hi: float, foil: float, tilt: float
) -> dict[str, float]:
    """Widening t tan(theta); judged: over the printed difference of the films."""
    wider = float(projected_widening_nm(foil, tilt))
    gap = (thick_lo + thick_hi) / 2 - thin
    return {"computed": wider, "judged": gap - wider, "gap": gap}


def film_holds_boron_nm(percent: float, low: float, high: float, formula: str) -> dict[str, float]:
    """D = 3 delta/(B needed/B capacity), films of B2O3 glass; phosphate: of BPO4."""
    boron = model_formulas.parse(formula).get("B", 0.0)
    film = (low + high) / 2
    oxide, phosphate = (
        float(
            largest_grain_nm(
                film, percent / 100, boron, CELL_FORMULA_NM3, boron_per_nm3(glass, rho)
            )
        )
        if boron and percent
        else math.inf
        for glass, rho in (("B2O3", 1.83), ("BPO4", 2.8))
    )
    return {"computed": oxide, "phosphate": phosphate}


def aluminium_contrast(formula: str) -> float:
    """(1/6)/(n_Al/sum n_i): aluminium of AlPO4 over that of the NASICON phase."""
    atoms = model_formulas.parse(formula)
    return (1 / 6) / (atoms["Al"] / sum(atoms.values()))


def phosphorus_over_boron(
    percent: float, molar_mass: float, printed: float, p2p: float, borate: float
) -> dict[str, float]:
    """3 s(P 2s)/(n_B s(B 1s)); judged: printed energy minus the highest P 2s; needed: B per P."""
    boron = percent / 100 * molar_mass * 2 / model_formulas.molar_mass("B2O3")
    ratio = 3 * FACTORS["P 2s"] / (boron * FACTORS["B 1s"]) if boron else math.inf
    p2s = p2p + float(phosphate_spacing_ev())
    share = min(max((printed - p2s) / (borate - p2s), 0.0), 0.99)
    return {
        "computed": ratio,
        "judged": borate - printed,
        "p2s": p2s,
        "needed": share / (1 - share) * FACTORS["P 2s"] / FACTORS["B 1s"],
    }


def beyond_reference(oxidised: float, metal: float, reference: float) -> dict[str, float]:
    """E_ox - E_metal; judged: beyond that distance in a reference table."""
    return {"computed": oxidised - metal, "judged": oxidised - metal - reference}


def lines_apart_ev(first: float, second: float, resolution: float) -> dict[str, float]:
    """E1; judged: |E1 - E2| over the detector's resolution."""
    return {"computed": first, "judged": abs(first - second) / resolution}
