"""Capacity, efficiency, energy and polarisation per cycle; rate capability; dQ/dV.

Tables come from :func:`nasicon.cycling.read`: a positive current raises the voltage. What
that is called depends on the cell, so every function that needs it asks for its kind.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.constants import positive
from nasicon.core.fitting import fit
from nasicon.core.result import FitResult, Problem
from nasicon.core.vocabulary import implausible

#: kind of cell: what its coulombic efficiency divides (positive current = "up")
CELL_KINDS = {
    "full": ("down", "up"),
    "half-positive": ("down", "up"),  # a positive electrode against lithium
    "half-negative": ("up", "down"),  # a negative electrode: delithiation over lithiation
}
ABOVE_100 = 100.5  # per cent; what an efficiency may exceed 100 by error of the current
WINDOW_TOLERANCE_V = 0.01
INTERRUPTED_SHARE = 0.1  # of the window's width that an end may fall short of its cut-off
REST_SHARE = 1e-3  # as in the reader: what is below this share of the largest current is a rest
MEDIAN_EXCESS = 0.05  # per cent above 100 by which the median of a good cell may stray
SAME_CURRENT = 0.05  # relative difference of currents that count as one
STEPPED_SHARE = 0.02  # charge at other currents that makes a half-cycle a stepped one
CUT_OFF_V = 0.005  # this close to its end voltage the current may tail off
HALF_EMPTY = 3.0  # times the nominal capacity that no electrode holds
OVERCHARGED, RETURNED = 1.5, 0.5  # times the nominal capacity, and the share of it that comes back
ONE_SIDED = 2.5  # a cycle whose two capacities differ by more began or ended half-way
OWN_AGREES = 0.02  # relative: rounding of a mass


def per_cycle(
    table: pd.DataFrame, cell_kind: str, *, window: tuple[float, float] | None = None
) -> pd.DataFrame:
    """Summarise every cycle.

    Parameters
    ----------
    table : DataFrame
        Of `read_cycling`.
    cell_kind : str
        "full", "half-positive" or "half-negative": decides which half-cycle the efficiency
        divides by.
    window : (low, high), optional
        Cut-off voltages in V; from the data (the extremes that two half-cycles reach) if not given.

    Returns
    -------
    DataFrame
        One row a cycle: ``cycle``, ``up_capacity_ah`` and ``down_capacity_ah`` (charge passed
        while the voltage is driven up or down), ``up_energy_wh``, ``down_energy_wh``,
        ``up_voltage_v``, ``down_voltage_v`` (charge-averaged), ``up_current_a``,
        ``down_current_a`` (largest, > 0), ``coulombic_efficiency_percent``,
        ``energy_efficiency_percent``, ``polarisation_v`` (difference of the two mean voltages),
        ``complete`` (bool), ``flags`` (";"-list of "interrupted", "efficiency above 100 %",
        "outside the window", "stepped current": its capacity was not drawn at one current).

    Raises
    ------
    ValueError
        `cell_kind` is unknown, the window is upside down, or the table lacks columns.
    """
    if cell_kind not in CELL_KINDS:
        raise ValueError(
            f"cell_kind must be one of {', '.join(CELL_KINDS)}; got {cell_kind!r}. It decides "
            "which half-cycle the efficiency divides by, so it is not assumed"
        )
    if window and window[0] >= window[1]:
        raise ValueError(f"lower_v must be below upper_v, got {window[0]} and {window[1]} V")
    halves = half_cycle_table(table)
    if halves.empty:
        raise ValueError("the table holds no half-cycle with current; is it a rest only?")
    lower, upper = window or (
        float(halves.loc[halves["direction"] == d, "end_v"].median()) for d in (-1, 1)
    )
    rows = []
    for cycle, group in halves.groupby("cycle"):
        sides = {
            side: group[group["direction"] == sign] for side, sign in (("up", 1), ("down", -1))
        }
        row = {"cycle": int(cycle)}
        for side, part in sides.items():
            charge = float(part["capacity_ah"].sum())
            energy = float(part["energy_wh"].sum())
            row[f"{side}_capacity_ah"] = charge
            row[f"{side}_energy_wh"] = energy
            row[f"{side}_voltage_v"] = energy / charge if charge > 0 else np.nan
            row[f"{side}_current_a"] = float(part["current_a"].max()) if len(part) else np.nan
        over, under = CELL_KINDS[cell_kind]
        row["coulombic_efficiency_percent"] = _percent(
            row[f"{over}_capacity_ah"], row[f"{under}_capacity_ah"]
        )
        row["energy_efficiency_percent"] = _percent(row["down_energy_wh"], row["up_energy_wh"])
        row["polarisation_v"] = row["up_voltage_v"] - row["down_voltage_v"]
        row["complete"] = _complete(sides, lower, upper)
        row["flags"] = ";".join(_flags(row, group, window))
        rows.append(row)
    return pd.DataFrame(rows)


def kind_warning(cycles: pd.DataFrame, cell_kind: str) -> str:
    """Question the declared kind where most efficiencies exceed 100 %; empty if all is well."""
    efficiency = cycles.loc[cycles["complete"], "coulombic_efficiency_percent"].dropna()
    if efficiency.empty or efficiency.median() <= 100 + MEDIAN_EXCESS:
        return ""
    return (
        f"the efficiency exceeds 100 % in {int((efficiency > 100).sum())} of {len(efficiency)} "
        f"complete cycles (median {efficiency.median():.2f} %) of a cell declared {cell_kind!r}: "
        "is it another kind, a half-cell of a negative electrode for example, or is one current "
        "range off?"
    )


def half_cycle_table(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise every half-cycle: cycle, direction, capacity, energy, end voltages, current, time.

    Energy by trapezoids over the charge, so charge and energy of the parts add to the whole.
    """
    wanted = ["cycle", "half_cycle", "time_s", "current_a", "voltage_v", "capacity_ah"]
    if missing := [name for name in wanted if name not in table.columns]:
        raise ValueError(f"the table lacks {', '.join(missing)}; read it with read_cycling")
    flowing = table[table["half_cycle"] > 0]
    largest = table["current_a"].abs().max()
    rows = []
    for number, part in flowing.groupby("half_cycle"):
        charge = part["capacity_ah"].to_numpy()
        voltage = part["voltage_v"].to_numpy()
        current = part["current_a"].to_numpy()
        driven = np.abs(current) > REST_SHARE * largest
        if not driven.any():
            continue
        rows.append(
            {
                "half_cycle": int(number),
                "cycle": int(part["cycle"].to_numpy()[driven][0]),
                "direction": int(np.sign(current[driven][0])),
                "capacity_ah": float(charge[-1]),
                "energy_wh": float(np.trapezoid(voltage, charge)),
                # constant-voltage parts tail off: the current that was asked for is the largest
                "current_a": float(np.quantile(np.abs(current[driven]), 0.98)),
                "steady": _steady(charge[driven], voltage[driven], np.abs(current[driven])),
                "length_s": float(np.ptp(part["time_s"].to_numpy()[driven])),
                "start_v": float(voltage[driven][0]),
                "end_v": float(voltage[driven][-1]),
                "lowest_v": float(voltage[driven].min()),
                "highest_v": float(voltage[driven].max()),
            }
        )
    return pd.DataFrame(rows)


def _steady(charge: NDArray, voltage: NDArray, current: NDArray) -> bool:
    """Whether the charge passed at one current, but for a tail at the cut-off voltage."""
    passed = np.abs(np.diff(charge))
    total = passed.sum()
    if not total > 0:
        return True
    label = np.quantile(current, 0.98)
    other = np.abs(current[1:] / label - 1) > SAME_CURRENT if label > 0 else np.zeros(passed.size)
    tail = np.abs(voltage[1:] - voltage[-1]) < CUT_OFF_V
    return bool(passed[other & ~tail].sum() <= STEPPED_SHARE * total)


def soft_short(up_mah_per_g: float, down_mah_per_g: float, nominal_mah_per_g: float) -> str:
    """Say why a charge is not stored in the electrode; empty where it may be.

    Parameters
    ----------
    up_mah_per_g, down_mah_per_g : float
        Of one cycle: while the voltage rises, and while it falls.
    nominal_mah_per_g : float
        0 where unknown: then nothing is said.
    """
    over = up_mah_per_g / nominal_mah_per_g if nominal_mah_per_g else 0.0
    if over <= OVERCHARGED or not 0 < down_mah_per_g < RETURNED * up_mah_per_g:
        return ""
    return (
        f"the charge is {over:.2g} times the nominal {nominal_mah_per_g:g} mAh g-1 and "
        f"{100 * down_mah_per_g / up_mah_per_g:.0f} % comes back: a soft short or another "
        "reaction, not storage"
    )


def implausible_capacity(mah_per_g: float, nominal_mah_per_g: float) -> str:
    """Say why a specific capacity cannot be; an empty text where it can.

    Parameters
    ----------
    mah_per_g : float
    nominal_mah_per_g : float
        Of the active material, 0 where unknown; ``HALF_EMPTY`` times as much is a slip.
    """
    if text := implausible("discharge capacity", mah_per_g, "mAh g-1"):
        return text
    if nominal_mah_per_g and mah_per_g > HALF_EMPTY * nominal_mah_per_g:
        return (
            f"{mah_per_g:.4g} mAh g-1 is more than {HALF_EMPTY:g} times the nominal "
            f"{nominal_mah_per_g:g}: is active_mass_mg right?"
        )
    return ""


def against_own(table: pd.DataFrame, active_mass_mg: float) -> str:
    """How far capacities are from those per gram that the file holds; "" where they agree."""
    mass = table.attrs.get("mass_by_capacity_mg")
    if mass is None or abs(mass / active_mass_mg - 1) < OWN_AGREES:
        return ""
    return (
        f"{mass / active_mass_mg:.3g} times the file's own capacities per gram, which go with "
        f"{mass:.4g} mg: the instrument was told another mass than {active_mass_mg:g} mg, or its "
        "current is too coarse to integrate"
    )


def specific(
    cycles: pd.DataFrame, *, active_mass_mg: float, electrode_area_cm2: float
) -> pd.DataFrame:
    """Add capacities per gram and per area.

    Raises
    ------
    ValueError
        One of the two is not a positive number.
    """
    result = cycles.copy()
    for name, value, column, factor in (
        ("active_mass_mg", active_mass_mg, "mah_per_g", 1e6),
        ("electrode_area_cm2", electrode_area_cm2, "mah_per_cm2", 1e3),
    ):
        positive(**{name: value})
        for side in ("up", "down"):
            result[f"{side}_{column}"] = factor * cycles[f"{side}_capacity_ah"] / value
    return result


def at_one_current(cycles: pd.DataFrame) -> pd.DataFrame:
    """Complete cycles at the current that most of them have (within 5 %), in order.

    Only these make a series whose loss is fade: a rate test loses capacity by its rates.
    """
    good = cycles[cycles["complete"]]
    if good.empty:
        return good
    current = good["down_current_a"].to_numpy(dtype=float)
    alike = np.abs(current[:, None] / current - 1) < SAME_CURRENT
    return good[alike[alike.sum(axis=1).argmax()]]


def rate_table(cycles: pd.DataFrame, one_c_a: float, side: str = "down") -> pd.DataFrame:
    """Rate capability: the last complete cycle at each C-rate, in order of appearance.

    The rate is that of the half-cycle whose capacity is reported: most protocols charge
    slowly and vary the discharge.

    Parameters
    ----------
    cycles : DataFrame
        Of `per_cycle`.
    one_c_a : float
        Current of 1C in A.
    side : str
        The half-cycle that is reported, "down" (discharge) or "up".

    Returns
    -------
    DataFrame
        ``c_rate`` (two digits: cycles that share them are one rate), ``cycle``, ``count``, then
        the columns of that cycle and ``retention_percent`` of that capacity, relative to the
        lowest rate.
    """
    positive(one_c_a=one_c_a)
    if side not in ("up", "down"):
        raise ValueError(f'side must be "up" or "down", got {side!r}')
    rates = cycles[f"{side}_current_a"].dropna() / one_c_a
    if rates.empty:
        raise ValueError(
            f"no half-cycle drives the voltage {side}: the test holds one direction only"
        )
    cycles = cycles.loc[rates.index]
    labelled = cycles.assign(c_rate=[float(f"{r:.2g}") for r in rates])
    rows = []
    for rate, group in labelled.groupby("c_rate"):
        usable = group[group["complete"]]
        chosen = (usable if len(usable) else group).iloc[-1]
        rows.append({"c_rate": rate, "count": len(group), **chosen.drop("c_rate").to_dict()})
    result = pd.DataFrame(rows).sort_values("c_rate", ignore_index=True)
    reported = result[f"{side}_capacity_ah"]
    result["retention_percent"] = 100 * reported / reported[0]
    return result


def resistance(rates: pd.DataFrame) -> FitResult:
    """Resistance of the cell from the polarisation at several currents.

    Half the difference of the mean voltages is current x resistance plus what does not grow
    with the current; a straight line gives both. It counts everything that is ohmic within
    the time of a half-cycle, particle diffusion included, so it is an upper bound of
    separator and interfaces. Rates whose capacity has shrunk below a third of that at the lowest
    are left out: their mean voltages compare different parts of the curve.

    Returns
    -------
    FitResult
        ``resistance`` (ohm) and ``offset`` (V).
    """
    kept = rates[(rates["retention_percent"] > 100 / 3) & rates["polarisation_v"].notna()]
    current = kept[["up_current_a", "down_current_a"]].mean(axis=1).to_numpy(dtype=float)
    half = kept["polarisation_v"].to_numpy(dtype=float) / 2
    if len(np.unique(current)) < 3:
        raise ValueError(
            f"{len(np.unique(current))} usable rates; a line with an error needs at least 3"
        )
    design = np.column_stack([current, np.ones_like(current)])
    line = np.linalg.lstsq(design, half, rcond=None)[0]
    scale = np.array([max(abs(line[0]), 1e-6), max(np.ptp(half), 1e-6)])

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        return values @ design.T - half, np.tile(design, (len(values), 1, 1))

    problem = Problem(
        names=("resistance", "offset"),
        units=("ohm", "V"),
        lower=line - 20 * scale,
        upper=line + 20 * scale,
        positive=np.zeros(2, dtype=bool),
        evaluate=evaluate,
        resolution=scale,
    )
    return fit(problem, [line + 0.2 * scale])


def incremental_capacity(part: pd.DataFrame, step_v: float) -> pd.DataFrame:
    """dQ/dV of one half-cycle on an even grid of voltages.

    The charge of every pair of records is spread evenly over the voltages it passes; the
    integral of the result is the charge of the half-cycle exactly, noise or not, and a record
    that steps back takes no second share.

    Parameters
    ----------
    part : DataFrame
        Records of one half-cycle: ``voltage_v``, ``capacity_ah``.
    step_v : float
        Width of a bin.

    Returns
    -------
    DataFrame
        ``voltage_v`` (centre of the bin), ``dq_dv_ah_per_v``.
    """
    positive(step_v=step_v)
    voltage = part["voltage_v"].to_numpy(dtype=float)
    charge = part["capacity_ah"].to_numpy(dtype=float)
    if voltage.size < 3:
        raise ValueError(f"a half-cycle of {voltage.size} records has no dQ/dV")
    low = np.floor(voltage.min() / step_v) * step_v
    edges = low + step_v * np.arange(int(np.ceil((voltage.max() - low) / step_v)) + 1)
    a = np.minimum(voltage[1:], voltage[:-1])
    b = np.maximum(voltage[1:], voltage[:-1])
    dq = np.diff(charge)
    width = np.maximum(b - a, 1e-9)
    # share of each step below each edge, then the difference between edges
    below = np.clip((edges[:, None] - a) / width, 0, 1)
    per_bin = np.diff(below @ dq)
    centres = (edges[1:] + edges[:-1]) / 2
    return pd.DataFrame({"voltage_v": centres, "dq_dv_ah_per_v": per_bin / step_v})


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole > 0 and part > 0 else np.nan


def _complete(sides: dict[str, pd.DataFrame], lower: float, upper: float) -> bool:
    """Both half-cycles there, of like capacity, and both ended at their cut-off."""
    up, down = sides["up"], sides["down"]
    if len(up) != 1 or len(down) != 1:
        return False
    charges = sorted([up["capacity_ah"].iloc[0], down["capacity_ah"].iloc[0]])
    if charges[1] > ONE_SIDED * charges[0]:
        return False
    slack = INTERRUPTED_SHARE * (upper - lower)
    return bool(up["end_v"].iloc[0] > upper - slack and down["end_v"].iloc[0] < lower + slack)


def _flags(row: dict, group: pd.DataFrame, window: tuple[float, float] | None) -> list[str]:
    flags = []
    if not row["complete"]:
        flags.append("interrupted")
    elif row["coulombic_efficiency_percent"] > ABOVE_100:
        flags.append("efficiency above 100 %")
    if not group["steady"].all():
        flags.append("stepped current")
    if window is not None and (
        group["highest_v"].max() > window[1] + WINDOW_TOLERANCE_V
        or group["lowest_v"].min() < window[0] - WINDOW_TOLERANCE_V
    ):
        flags.append("outside the window")
    return flags
