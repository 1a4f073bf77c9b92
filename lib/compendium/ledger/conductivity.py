"""Formulas on conductivities at one temperature: ratios, series sums, films, arcs, synergy."""

import math
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from compendium.published import data_folder
from nasicon.core.constants import BOLTZMANN_EV_PER_K, kelvin
from nasicon.eis.model_circuits import Circuit
from nasicon.grains.model_grains import required_grain_nm
from nasicon.transport import model_conduction as conduction

SERIES_SAMPLES = ("GC-LATP", "GC-LATBP", "C-LATP", "C-LATBP")
FILM_NM = {"GC-LATP": 2.0, "GC-LATBP": 3.5, "C-LATP": 1.0, "C-LATBP": 1.0}


def value(x: float) -> float:
    """The number x, as printed."""
    return x


def ratio(top: float, bottom: float) -> float:
    """Ratio top / bottom."""
    return top / bottom


def difference(a: float, b: float) -> float:
    """Difference a - b."""
    return a - b


def total(a: float, b: float) -> float:
    """Sum a + b."""
    return a + b


def negative(x: float) -> float:
    """-x."""
    return -x


def stated_twice(here: float, there: float) -> dict[str, float]:
    """The number x as one place states it; factor: over what another states."""
    return {"computed": here, "factor": here / there}


def two_ratios(first: float, other: float, second: float, quoted: float) -> dict[str, float]:
    """Ratio second / quoted; first: another ratio beside it."""
    return {"computed": second / quoted, "first": first / other}


def liquid_ratio(sigma: float, liquid: float) -> float:
    """sigma_liquid / sigma."""
    return liquid / sigma


def gain_of_gains(a1: float, a0: float, b1: float, b0: float) -> dict[str, float]:
    """(a1 / a0) / (b1 / b0)."""
    return {"computed": a1 / a0 / (b1 / b0), "first": a1 / a0, "second": b1 / b0}


def series_conductivity(bulk: float, boundary: float) -> float:
    """Series sum sigma = 1 / (1/sigma_bulk + 1/sigma_gb), from R = R1 + R2 at one d/S."""
    return float(conduction.series_conductivity(bulk, boundary))


def remainder_conductivity(whole: float, part: float) -> float:
    """Remainder sigma = 1 / (1/sigma_total - 1/sigma_part); infinite where nothing is left."""
    left = 1 / whole - 1 / part
    return 1 / left if left > 0 else math.inf


def series_mismatch(*numbers: float) -> dict[str, float]:
    """100 (sigma_total / sigma_series - 1) of four samples; both signs: the lesser of the sizes."""
    off = [
        100 * (t / series_conductivity(b, gb) - 1)
        for t, b, gb in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    ]
    worst = max(off, key=abs)
    named = dict(zip(SERIES_SAMPLES, off, strict=True))
    return {"computed": worst, "judged": min(max(off), -min(off))} | named


def boundary_share_percent(b0: float, g0: float, b1: float, g1: float) -> float:
    """Shapley share of the boundary in ln(sigma_total,1 / sigma_total,0), two factors in series."""
    start, end = series_conductivity(b0, g0), series_conductivity(b1, g1)
    first = math.log(series_conductivity(b0, g1) / start)
    last = math.log(end / series_conductivity(b1, g0))
    whole = math.log(end / start)
    return 50 * (first + last) / whole if whole else math.nan


def porosity_factor(
    dense: float, porous: float, high: float, low: float, exponent: float
) -> dict[str, float]:
    """(RD1/RD2)^m (Bruggeman); judged: its share of ln(sigma1/sigma2), in per cent."""
    factor = float(conduction.bruggeman_ratio(dense, porous, exponent))
    observed = math.log(high / low)
    return {
        "computed": factor,
        "judged": 100 * math.log(factor) / observed if observed else math.nan,
        "observed": high / low,
        "needed": observed / math.log(dense / porous) if dense != porous else math.nan,
    }


def density_for_gain(new: float, old: float, exponent: float) -> float:
    """RD2/RD1 = (sigma2/sigma1)^(1/m) (Bruggeman, inverted)."""
    return (new / old) ** (1 / exponent)


def implied_reference(measured: float, low: float, high: float) -> dict[str, float]:
    """Middle sigma / sqrt(r1 r2), from sigma / r2 to sigma / r1."""
    middle = measured / math.sqrt(low * high)
    return {"computed": middle, "computed.lo": measured / high, "computed.hi": measured / low}


@cache
def _literature(name: str) -> pd.DataFrame:
    path = data_folder().parent / "reference" / f"{name}.csv"
    return pd.read_csv(path, comment="#")


def obelix_family(family: str, low: float, high: float) -> dict[str, float]:
    """Median of a family of NASICONs in OBELiX, with two quantiles."""
    rows = _literature("obelix_nasicon").query("family == @family")
    ends = rows["sigma_s_per_cm"].quantile([low, 0.5, high])
    names = ("computed.lo", "computed", "computed.hi")
    return dict(zip(names, map(float, ends), strict=True)) | {
        "entries": float(len(rows)),
        "papers": float(rows["doi"].nunique()),
    }


def obelix_best(families: str) -> dict[str, float]:
    """Highest values of families in OBELiX: median of them, from the upper quartiles up."""
    rows = _literature("obelix_families")
    rows = rows[rows["family"].isin(families.split("+"))]
    return {
        "computed": float(rows["highest"].median()),
        "computed.lo": float(rows["upper_quartile"].min()),
        "computed.hi": float(rows["highest"].max()),
    }


def obelix_upper_half(family: str) -> dict[str, float]:
    """Upper quartile of a family in OBELiX, from the median to the highest."""
    row = _literature("obelix_families").query("family == @family").iloc[0]
    names = {"computed": "upper_quartile", "computed.lo": "median", "computed.hi": "highest"}
    return {name: float(row[column]) for name, column in names.items()}


def bulk_apex_mhz(sigma: float, permittivity: float) -> float:
    """Apex f = sigma / (2 pi eps0 eps_r)."""
    return float(conduction.relaxation_frequency_hz(sigma, permittivity)) / 1e6


def bulk_apex_hot_mhz(sigma: float, energy: float, celsius: float, permittivity: float) -> float:
    """f(T) = f(25) exp[Ea/kB (1/T25 - 1/T)]."""
    return bulk_apex_mhz(float(conduction.arrhenius(celsius, sigma, energy)), permittivity)


def boundary_apex_khz(sigma: float, *rest: float) -> float:
    """Apex f = sigma_gb (delta/D) / (2 pi eps0 eps_r); several film thicknesses are averaged."""
    *films, grain, permittivity = rest
    film = sum(films) / len(films)
    return float(conduction.brick_layer_apex_hz(sigma, film, grain, permittivity)) / 1e3


def glass_arc(sigma: float, millimetre: float, diameter: float, eps: float) -> dict[str, float]:
    """R = d/(S sigma), in megaohm; judged: f = sigma/(2 pi eps0 eps_r), in hertz."""
    ohm = float(conduction.resistance(sigma, millimetre, diameter))
    return {"computed": ohm / 1e6, "judged": 1e6 * bulk_apex_mhz(sigma, eps)}


def electrode_spike_hz(sigma: float, diameter: float, farad: float) -> dict[str, float]:
    """Spike f = 1/(2 pi R C_dl), R of a 1 mm pellet; foot: per cent of R at 1 Hz."""
    ohm = float(conduction.resistance(sigma, 1.0, diameter))
    spike = 1 / (2 * math.pi * ohm * farad)
    return {"computed": spike, "foot": 100 * spike}


def lead_reactance(
    megahertz: float, microhenry: float, sigma: float, mm: float
) -> dict[str, float]:
    """|Z| = 2 pi f L; judged: its share of R1 = d/(S sigma_b), in per cent."""
    ohm = 2 * math.pi * megahertz * microhenry
    r1 = float(conduction.resistance(sigma, 1.0, mm))
    return {"computed": ohm, "judged": 100 * ohm / r1, "r1": r1}


def half_range_percent(low: float, high: float) -> float:
    """100 (d_max - d_min) / (d_max + d_min)."""
    return 100 * (high - low) / (high + low)


def intercept_leverage(*numbers: float) -> dict[str, float]:
    """R_total/R1 = 1 + sigma_b/sigma_gb of four samples."""
    found = [1 + b / gb for b, gb in zip(numbers[::2], numbers[1::2], strict=True)]
    named = dict(zip(SERIES_SAMPLES, found, strict=True))
    return {"computed": found[0], "judged": max(found)} | named


def intercept_error_percent(*numbers: float) -> dict[str, float]:
    """Cramer-Rao bound of R1 in L-R1-(R2||CPE2)-CPE3, 1 Hz to 10 MHz, 71 points, 1 % noise."""
    pairs = zip(SERIES_SAMPLES, numbers[::2], numbers[1::2], strict=True)
    found = {name: _cramer_rao_percent(b, gb, FILM_NM[name]) for name, b, gb in pairs}
    return {"computed": found["GC-LATP"], "judged": max(found.values())} | found


def _cramer_rao_percent(bulk: float, boundary: float, film_nm: float) -> float:
    """Relative noise of equal size on both parts; C_gb of 1 um grains, Brug's relation for CPE2."""
    circuit = Circuit.parse("L0-R1-(R2||CPE2)-CPE3")
    r1, r2 = (float(conduction.resistance(s)) for s in (bulk, boundary))
    capacitance, n = conduction.brick_layer_capacitance_f(film_nm, 1.0), 0.9
    q2 = capacitance**n * r2 ** (n - 1)  # C = (Q R^(1-n))^(1/n)
    values = np.array([0.2e-6, r1, r2, q2, n, 5e-6, 0.85])
    z, slopes = circuit.evaluate(values, 2 * np.pi * np.logspace(0, 7, 71))
    scaled = slopes * values / np.abs(z)[:, None] / 0.01
    fisher = (scaled.conj().T @ scaled).real
    return 100 * float(np.sqrt(np.linalg.inv(fisher)[1, 1]))


def film_grain_um(boundary: float, glass: float, *films: float) -> dict[str, float]:
    """D = delta sigma_gb/sigma_glass; factor: how much better than that glass at 5 um grains."""
    grain = sum(films) / len(films) * boundary / glass / 1e3
    return {"computed": grain, "factor": grain / 5.0}


def film_holds_glass_nm(crystalline: float, *films: float) -> dict[str, float]:
    """D = 3 delta/phi: films hold all the amorphous phase; share: per cent of it at 1 um grains."""
    share = _amorphous(crystalline)
    film = sum(films) / len(films)
    return {"computed": 3 * film / share, "share": 100 * 3 * film / 1e3 / share}


def film_bound(boundary: float, crystalline: float, glass: float) -> dict[str, float]:
    """sigma_film <= sigma_gb phi_glass/3; share: per cent of phase that may sit in the films."""
    most = boundary * _amorphous(crystalline) / 3
    return {
        "computed": most,
        "judged": glass / most,
        "share": 100 * glass / most,
        "times": most / glass,
    }


def coated_total(glass: float, crystalline: float, printed: float) -> dict[str, float]:
    """Total sigma = sigma_g (1 + 3 phi_c/phi_g), coated spheres; judged: printed total over it."""
    share = _amorphous(crystalline)
    coated = float(conduction.coated_sphere_conductivity(glass, share))
    return {"computed": coated, "judged": printed / coated}


def film_gain(
    new: float, old: float, thin: float, thick_lo: float, thick_hi: float, g1: float, g0: float
) -> dict[str, float]:
    """(sigma_gb delta)_B/(sigma_gb delta)_0 at equal grain size; judged: over the glass's gain."""
    gain = new * (thick_lo + thick_hi) / 2 / (old * thin)
    return {"computed": gain, "judged": gain / (g1 / g0), "glass": g1 / g0}


def _amorphous(crystalline_percent: float) -> float:
    """Amorphous share, not below the 0.1 % that no pattern shows."""
    return max(1e-3, 1 - crystalline_percent / 100)


def rank_correlation(*numbers: float) -> float:
    """Spearman rank correlation of the first half of the numbers with the second."""
    half = len(numbers) // 2
    return float(spearmanr(numbers[:half], numbers[half:]).statistic)


def amorphous_order(*numbers: float) -> float:
    """Spearman rank correlation of 100 - crystallinity with sigma_gb, four samples."""
    return rank_correlation(*(100 - c for c in numbers[:4]), *numbers[4:])


def glass_specimen_factor(packing: float, exponent: float) -> float:
    """(relative density)^-m: how much a pressed powder understates the solid (Bruggeman)."""
    return packing**-exponent


def grain_for_gain_nm(
    new: float, old: float, low: float, high: float, bulk: float
) -> dict[str, float]:
    """D = D0 (1/sigma_0 - 1/sigma_b)/(1/sigma - 1/sigma_b); plain: D0 sigma/sigma_0, no bulk."""
    grain = (low + high) / 2
    plain = grain * new / old
    if bulk <= max(new, old):
        return {"computed": math.inf, "plain": plain}
    return {"computed": float(required_grain_nm(grain, old, new, bulk)), "plain": plain}


def removed_percent(p: float, b: float, bi: float) -> dict[str, float]:
    """100 [(1 - sigma_0/sigma_B) + (1 - sigma_0/sigma_Bi)], of the pristine resistivity."""
    parts = {"b": 100 * (1 - p / b), "bi": 100 * (1 - p / bi)}
    return {"computed": sum(parts.values())} | parts


def bliss_expectation(p: float, b: float, bi: float, both: float, bulk: float) -> dict[str, float]:
    """sigma_B sigma_Bi/sigma_0; judged: printed pair over the least of the null models."""
    added, multiplied = b + bi - p, b * bi / p
    left = [1 / sigma - 1 / bulk for sigma in (p, b, bi)]
    series = 1 / (1 / bulk + left[1] * left[2] / left[0]) if min(left) > 0 else math.nan
    least = min(x for x in (added, multiplied, series) if x == x and x > 0)
    return {"computed": multiplied, "judged": both / least, "added": added, "series": series}


def over_added(p: float, b: float, bi: float, both: float) -> float:
    """sigma_BBi / (sigma_B + sigma_Bi - sigma_0)."""
    return both / (b + bi - p)


def pellet_ohm(sigma: float, millimetre: float, diameter: float) -> float:
    """R = d/(S sigma)."""
    return float(conduction.resistance(sigma, millimetre, diameter))


def boundary_share_least(total_sigma: float, bulk: float) -> float:
    """100 (1 - sigma_total/sigma_bulk): the boundaries' share of the resistance."""
    return 100 * (1 - total_sigma / bulk)


def boundary_number(low_nm: float, high_nm: float, grown_nm: float, mm: float) -> dict[str, float]:
    """d/D; judged: how many times fewer with the larger grains."""
    count = 1e6 * mm / ((low_nm + high_nm) / 2)
    return {
        "computed": count,
        "computed.lo": 1e6 * mm / high_nm,
        "computed.hi": 1e6 * mm / low_nm,
        "judged": count / (1e6 * mm / grown_nm),
        "grown": 1e6 * mm / grown_nm,
    }


def excitation_uv(millivolt: float, millimetre: float, grain_nm: float) -> dict[str, float]:
    """U D/d, microvolt per boundary; judged: over the thermal voltage kT/e."""
    per_boundary = 1e3 * millivolt * grain_nm / (1e6 * millimetre)
    thermal = 1e6 * BOLTZMANN_EV_PER_K * float(kelvin(25))
    return {"computed": per_boundary, "judged": per_boundary / thermal, "thermal": thermal / 1e3}


def size_order(p_nm: float, b_nm: float, *sigmas: float) -> float:
    """Spearman rank correlation of the sizes (p = Bi < BBi < B, partly words) with sigma."""
    middle = (p_nm + b_nm) / 2
    return rank_correlation(p_nm, b_nm, p_nm, middle, *sigmas)
