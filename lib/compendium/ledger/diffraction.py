"""Formulas on powder patterns: line positions, intensity ratios, widths, crystallinity."""

import math

import numpy as np

from compendium import reference
from compendium.aluminium import alpo4_percent
from compendium.ledger.pellets import SALTS, all_aluminium_percent
from nasicon.composition import model_formulas
from nasicon.diffraction import model_powder as model

CRISTOBALITE = {  # pseudo-tetragonal cell a 5.01, c 7.00 and that of data/reference, angstrom
    "computed": (5.01, 5.01, 7.00, 90.0, 90.0, 90.0),
    "reference": (7.0985 / np.sqrt(2), 7.0985 / np.sqrt(2), 7.006, 90.0, 90.0, 90.0),
}
CRISTOBALITE_LINES = ((1, 0, 1), (1, 1, 1), (2, 0, 0))  # nearest to 21.8, 28.2 and 35.9 deg
LAGP_113_DEG = 25.15
POLYMORPHS = ("cristobalite", "berlinite")


def alpo4_from_heights(height: float, crystalline: float, formula: str) -> dict[str, float]:
    """w_a/w_l = (I_a/I_l)/(K_a/K_l), times the crystalline share of the sample.

    From cristobalite to berlinite, the ratio of I_a to I_l or to their sum; judged: the share
    of the batch's aluminium at the lowest.
    """
    found = [
        alpo4_percent(min(height, 99.9), crystalline, k, of_sum)
        for k in (reference.intensity_ratio(f"AlPO4 {p}", "LATP x0.3") for p in POLYMORPHS)
        for of_sum in (0, 1)
    ]
    bound = all_aluminium_percent(formula)
    return {
        "computed": found[0],
        "computed.lo": min(found),
        "computed.hi": max(found),
        "judged": 100 * min(found) / bound,
        "most": 100 * max(found) / bound,
        "bound": bound,
    }


def shares_alike(doped: float, undoped: float, with_b: str, without: str) -> dict[str, float]:
    """I_doped/I_undoped, in which intensity ratios cancel; part: of the aluminium that there is."""
    part = (doped / all_aluminium_percent(with_b)) / (undoped / all_aluminium_percent(without))
    return {"computed": doped / undoped, "part": part}


def not_crystalline_percent(crystalline: float) -> float:
    """100 - crystallinity."""
    return 100 - crystalline


def crystallinity_drop(gc0: float, gc1: float, c0: float, c1: float) -> dict[str, float]:
    """c_0 - c_B of the glass-ceramic; judged: the smaller of the two drops."""
    return {"computed": gc0 - gc1, "judged": min(gc0 - gc1, c0 - c1), "ceramic": c0 - c1}


def wavelength_shift(tabulated: float, printed: float) -> dict[str, float]:
    """lambda; shift: 2 tan(theta) dlambda/lambda at 24.5 deg, in degrees."""
    shift = 2 * np.degrees(math.tan(math.radians(24.5) / 2)) * (printed / tabulated - 1)
    return {"computed": tabulated, "shift": abs(shift)}


def _strongest(name: str) -> float:
    lines = reference.reflections(name)
    return float(lines.loc[lines["relative_intensity"].idxmax(), "two_theta_deg"])


def alpo4_strongest_deg() -> dict[str, float]:
    """Strongest line of three AlPO4 polymorphs; judged: ratio of their intensity ratios."""
    names = ("cristobalite", "berlinite", "tridymite")
    found = {name: _strongest(f"AlPO4 {name}") for name in names}
    rir = reference.phases()["rir"]
    known = [float(rir[f"AlPO4 {name}"]) for name in names[:2]]
    return {
        "computed": found["cristobalite"],
        "computed.lo": min(found.values()),
        "computed.hi": max(found.values()),
        "judged": max(known) / min(known),
    } | found


def li2o_first_line_deg(edge: float, position: float) -> dict[str, float]:
    """2theta of Li2O 111, antifluorite; the nearest lines of three other phases."""
    near = {}
    for key, name in (("GeO2", "GeO2"), ("trid", "AlPO4 tridymite"), ("berl", "AlPO4 berlinite")):
        lines = reference.reflections(name)
        row = lines.loc[(lines["two_theta_deg"] - position).abs().idxmin()]
        near[key] = float(row["two_theta_deg"])
        near[f"{key}_height"] = float(row["relative_intensity"])
    first = float(model.bragg_two_theta(edge / math.sqrt(3), model.CU_KALPHA1))
    return {"computed": first, "away": first - position} | near


def li2o_at_most_percent(lithium: float, aluminium: float, phosphorus: float) -> dict[str, float]:
    """All Li beyond 1 + x as Li2O; judged: its line over LAGP's strongest, in per cent."""
    mass = model_formulas.molar_mass
    n_li, n_al, n_p = (
        grams / mass(SALTS[e])
        for e, grams in zip(("Li", "Al", "P"), (lithium, aluminium, phosphorus), strict=True)
    )
    x = n_al / (n_p / 3)
    excess = max(n_li / (n_p / 3) - 1 - x, 0.0)
    percent = (
        100 * excess / 2 * mass("Li2O") / mass(model_formulas.nasicon(min(x, 2.0), "Al", "Ge"))
    )
    rir = reference.phases()["rir"]
    return {"computed": percent, "judged": float(percent * rir["Li2O"] / rir["LAGP x0.5"])}


def cristobalite_lines_deg(first: float, second: float, third: float) -> dict[str, float]:
    """2theta of low-cristobalite AlPO4; judged: largest distance of a printed line from one."""
    table = {
        name: model.bragg_two_theta(model.d_spacing(CRISTOBALITE_LINES, cell), model.CU_KALPHA1)
        for name, cell in CRISTOBALITE.items()
    }
    off = [
        min((stated - float(angles[i]) for angles in table.values()), key=abs)
        for i, stated in enumerate((first, second, third))
    ]
    best = [float(a) for a in table["computed"]]
    return {"computed": best[0], "judged": max(off, key=abs), "second": best[1], "third": best[2]}


def scherrer_width_deg(size: float, shape: float) -> dict[str, float]:
    """Width beta = K lambda/(L cos theta) at LAGP 113; sizes if 0.05 or 0.1 deg is instrument."""
    width = float(model.scherrer_width_deg(size, LAGP_113_DEG, model.CU_KALPHA1, shape))
    sizes = [
        float(
            model.scherrer_size_nm(
                model.specimen_width_deg(width, instrument, form), LAGP_113_DEG, model.CU_KALPHA1
            )
        )
        if width > instrument
        else math.inf
        for instrument in (0.05, 0.10)
        for form in ("gaussian", "lorentzian")
    ]
    most = max(sizes)
    return {
        "computed": width,
        "judged": most / size,
        "least": min(sizes),
        "most": most if math.isfinite(most) else 10 * size,
        "observed": width + 0.055,
    }


def scherrer_difference_deg(small: float, large: float, shape: float) -> float:
    """beta(L1) - beta(L2) at LAGP 113."""
    widths = (
        float(model.scherrer_width_deg(s, LAGP_113_DEG, model.CU_KALPHA1, shape))
        for s in (small, large)
    )
    return next(widths) - next(widths)


def oxide_volume_percent(percent: float, rho_oxide: float, rho_host: float) -> float:
    """100 (w/rho_oxide)/(100/rho_host + w/rho_oxide)."""
    oxide = percent / rho_oxide
    return 100 * oxide / (100 / rho_host + oxide)


def apparent_density_gain_percent(percent: float, rho_oxide: float, rho_host: float) -> float:
    """100 [(100 + w)/(100/rho_host + w/rho_oxide)/rho_host - 1]."""
    mixed = (100 + percent) / (100 / rho_host + percent / rho_oxide)
    return 100 * (mixed / rho_host - 1)
