"""Formulas on cells and sweeps: ohmic drops, currents, times, capacities."""

from nasicon.composition.model_formulas import molar_mass
from nasicon.cycling import model_cells


def ohmic_drop_v(
    sigma: float,
    energy: float,
    celsius: float,
    mm: float,
    c_rate: float,
    one_c: float,
    loading: float,
    low_v: float,
    high_v: float,
) -> dict[str, float]:
    """Drop dU = i d/sigma(T), i = C x 1C x loading; judged: per cent of the voltage window."""
    current = float(model_cells.areal_current_a_per_cm2(c_rate, loading, one_c))
    drop = current * float(model_cells.separator_asr_ohm_cm2(sigma, mm, celsius, energy))
    return {"computed": drop, "judged": 100 * drop / (high_v - low_v), "window": high_v - low_v}


def drops_apart_mv(
    p: float,
    both: float,
    energy: float,
    celsius: float,
    mm: float,
    c_rate: float,
    one_c: float,
    loading: float,
) -> float:
    """1e3 i (d/sigma_p - d/sigma_BBi) at the cells' temperature."""
    current = float(model_cells.areal_current_a_per_cm2(c_rate, loading, one_c))
    ohm = [float(model_cells.separator_asr_ohm_cm2(s, mm, celsius, energy)) for s in (p, both)]
    return 1e3 * current * (ohm[0] - ohm[1])


def lithium_current(c_rate: float, one_c: float, loading: float) -> float:
    """C x 1C x loading, in mA cm-2."""
    return 1e3 * float(model_cells.areal_current_a_per_cm2(c_rate, loading, one_c))


def specific_currents(one_c: float, *rates: float) -> dict[str, float]:
    """C x 1C, in mA/g: the highest, and all."""
    found = {f"r{i}": rate * one_c for i, rate in enumerate(rates)}
    return {"computed": max(found.values())} | found


def theoretical_capacity(formula: str, one_c: float) -> dict[str, float]:
    """F/(3.6 M); share: what an hour of 1C takes of it, in per cent."""
    theory = float(model_cells.specific_capacity_mah_per_g(molar_mass(formula)))
    return {"computed": theory, "judged": 100 * one_c / theory}


def cycling_hours(cycles: float, c_rate: float) -> float:
    """Hours of n cycles, n 2/C."""
    return cycles * 2 / c_rate


def sweep_seconds(low: float, high: float, millivolt_per_s: float) -> float:
    """(U2 - U1)/v."""
    return (high - low) / (millivolt_per_s / 1e3)
