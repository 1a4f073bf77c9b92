"""Cell tests to capacities, efficiencies, rates and fade; sweeps to onsets; as a report."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from nasicon.core import report
from nasicon.core.quality import saturation
from nasicon.core.report import Report, Row
from nasicon.core.result import FitResult
from nasicon.cycling import draw_cells as draw
from nasicon.cycling import draw_sweeps, fit_cycles, fit_doubts, fit_sweeps
from nasicon.cycling.fit_fades import Fade, fade, jump

FEWEST_FOR_FADE = 5
LONGEST_CURVE = 400  # records of a half-cycle that curves.csv keeps
STEP_V = 0.02  # of dQ/dV
ZERO_SHARE = 0.02  # of the test current off zero, above which the numbers are none
UNIT = "mAh g⁻¹"
ASSUMED = (
    "Mass, area and the kind of the cell are as stated: they scale every capacity and decide what "
    "an efficiency divides by.",
    "A capacity has no interval: the error of current and mass is not in the file.",
    "A resistance from the polarisation counts separator, interfaces and what of the electrode is "
    "ohmic within a half-cycle: an upper bound of the first two.",
)
SWEEP_ASSUMED = (
    "Between the baseline's ends nothing reacts: that is your statement, and no result.",
    "An onset depends on its threshold by tenths of a volt; a sweep on flat metal tests hundreds "
    "of times less surface than a composite electrode has, for a thousandth of the time.",
)


def analyse(
    tests: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    active_mass_mg: float,
    electrode_area_cm2: float,
    cell_kind: str,
    one_c_ma_per_g: float = 0.0,
    lower_v: float = 0.0,
    upper_v: float = 0.0,
    fade_law: str = "linear",
    evidence: str = "measured",
) -> Report:
    """Every cycle of one cell test or several, its rates, resistance and fade.

    Parameters
    ----------
    tests : DataFrame or mapping of str to DataFrame
        Of `nasicon.cycling.read`.
    active_mass_mg, electrode_area_cm2 : float
    cell_kind : {"full", "half-positive", "half-negative"}
    one_c_ma_per_g : float
        Your definition of 1C; 0 labels rates in mA/g.
    lower_v, upper_v : float
        Cut-off voltages; 0 and 0 take them from the data.
    """
    tables = report.mapping_of(tests)
    window = (lower_v, upper_v) if upper_v else None
    cycles = {
        label: fit_cycles.specific(
            fit_cycles.per_cycle(table, cell_kind, window=window),
            active_mass_mg=active_mass_mg,
            electrode_area_cm2=electrode_area_cm2,
        )
        for label, table in tables.items()
    }
    one_c_a = (one_c_ma_per_g or 1.0) * active_mass_mg * 1e-6
    rates = {
        label: fit_cycles.rate_table(table, one_c_a, side=_side(table))
        for label, table in cycles.items()
    }
    unit = "C" if one_c_ma_per_g else "mA g-1"
    alike = {label: fit_cycles.at_one_current(table) for label, table in cycles.items()}
    fades = {
        label: fade(table["cycle"], table["down_mah_per_g"], fade_law)
        for label, table in alike.items()
        if len(table) >= FEWEST_FOR_FADE
    }
    rows, parameters, checks = {}, [], {}
    mass, area = (active_mass_mg, "mg"), (electrode_area_cm2, "cm2")
    sizes = {"active_mass_mg": active_mass_mg, "electrode_area_cm2": electrode_area_cm2}
    more = {"loading": (active_mass_mg / electrode_area_cm2, "mg cm-2"), "cut_off": (upper_v, "V")}
    doubt = report.doubts(active_mass=mass, electrode_area=area, **more)
    for label, table in rates.items():
        share, zero = fit_doubts.off_zero(tables[label])
        off = [fit_cycles.against_own(tables[label], active_mass_mg), zero * (share < ZERO_SHARE)]
        off.append(fit_doubts.against_header(tables[label], **sizes))
        own = "; ".join(filter(None, (*off, fit_doubts.coarse_clock(tables[label]))))
        rows[label] = _capacities(table, unit, one_c_ma_per_g, own)
        remarks = [fit_cycles.kind_warning(cycles[label], cell_kind)]
        try:
            line = fit_cycles.resistance(table)
        except ValueError as error:
            remarks.append(f"no resistance: {error}")
        else:
            rows[label].append(_resistance(line, electrode_area_cm2))
            parameters.append((f"{label}, polarisation", line))
        if label in fades:
            rows[label] += _fade(fades[label], alike[label], fade_law)
            parameters.append((f"{label}, fade", fades[label].result))
        strange = [doubt, *(check(tables[label]) for check in fit_doubts.OF_RECORDS)]
        strange += [fit_doubts.miscalled(cycles[label], cell_kind), zero * (share >= ZERO_SHARE)]
        strange.append(fit_doubts.slip(tables[label], cycles[label], one_c_ma_per_g))
        why, jumps = "; ".join(filter(None, strange)), fit_doubts.jumped(tables[label])
        rows[label] = _doubted(rows[label], cycles[label], why, *jumps)
        checks[label] = {
            "cycles": len(cycles[label]),
            "complete": int(cycles[label]["complete"].sum()),
            "capacity from": tables[label].attrs.get("capacity_from", ""),
            "remark": "; ".join(filter(None, remarks)),
        }
    scale, label = 1e6 / active_mass_mg, "C-rate" if one_c_ma_per_g else "mA g⁻¹"
    chosen = {n: dict(zip(t["c_rate"], t["cycle"], strict=True)) for n, t in rates.items()}
    numbers = {name: alike[name]["cycle"] for name in fades}
    curves = {n: found for n, t in tables.items() if (found := _dqdv(t, rates[n]))}
    told, down = {"evidence": evidence}, ("down_mah_per_g", UNIT)
    figures = {
        "profiles": partial(
            draw.profiles, tables, chosen, scale, UNIT, legend=label, window=window, **told
        )
    }
    if any(len(table) > 1 for table in rates.values()):
        figures["rates"] = partial(draw.rates, rates, *down, rate_label=label, **told)
    if any(len(table) > 2 for table in cycles.values()):
        figures["cycles"] = partial(draw.cycles, cycles, fades, numbers, *down, **told)
    if curves:
        figures["dqdv"] = partial(draw.incremental, curves, scale, UNIT, **told)
    return report.assemble(
        report.titled("Cell tests", "Cell tests", tables),
        "measure_cycling",
        rows,
        {label: _curve(table, scale) for label, table in tables.items()},
        evidence=evidence,
        parameters=parameters,
        read=report.what_was_read(tables),
        figures=figures,
        checks={"tests": pd.DataFrame.from_dict(checks, orient="index")},
        tables={"rates": report.below(rates), "cycles": report.below(cycles)},
        assumed=(
            *ASSUMED,
            f"Active mass {active_mass_mg:g} mg, area {electrode_area_cm2:g} cm2, {cell_kind}.",
        ),
        details=cycles,
    )


def _side(cycles: pd.DataFrame) -> str:
    """The half-cycle that is reported: the discharge, where there is one."""
    return "down" if cycles["down_current_a"].notna().any() else "up"


def _capacities(rates: pd.DataFrame, unit: str, one_c: float, own: str) -> list[Row]:
    rows = []
    discharged = rates["down_current_a"].notna().any()  # then the rate is that of the discharge
    charge = "charge capacity before discharge" if discharged else "charge capacity"
    for row in rates.to_dict("records"):
        at = f"{row['c_rate']:g} {unit}"
        flag = ";".join(["outside_window"] * bool(row["flags"]) + ["systematic"] * bool(own))
        note = "; ".join(filter(None, (row["flags"], own)))
        which = "the last complete one" if row["complete"] else "not complete"
        one = {"flag": flag, "note": note, "method": f"cycle {row['cycle']:.0f}, {which}"}
        numbers = {
            "discharge capacity": ("down_mah_per_g", "mAh g-1"),
            charge: ("up_mah_per_g", "mAh g-1"),
            "areal discharge capacity": ("down_mah_per_cm2", "mAh cm-2"),
        }
        if row["complete"]:
            numbers["coulombic efficiency"] = ("coulombic_efficiency_percent", "%")
        for quantity, (column, its_unit) in numbers.items():
            if (value := row[column]) > 0:  # a half-cycle that is missing has none
                gram = row["up_mah_per_g" if quantity == charge else "down_mah_per_g"]
                slip = its_unit != "%" and fit_cycles.implausible_capacity(gram, one_c)
                slip = slip or fit_cycles.soft_short(
                    row["up_mah_per_g"], row["down_mah_per_g"], one_c
                )
                told = {"flag": f"{flag};implausible", "note": slip} if slip else {}
                rows.append(report.number(f"{quantity} at {at}", value, its_unit, **one | told))
    return rows


def _doubted(
    rows: list[Row], cycles: pd.DataFrame, why: str, which: set[int], text: str
) -> list[Row]:
    """Doubt all rows, and those that rest on cycles with a jump of the clock; others note it."""
    odd = cycles[cycles["cycle"].isin(which)]
    cycles.loc[odd.index, "flags"] = (odd["flags"] + ";jump of the clock").str.lstrip(";")
    for n, value in odd.set_index("cycle")["coulombic_efficiency_percent"].items():
        rows.append(report.number(f"coulombic efficiency of cycle {n}", value, "%", f"cycle {n}"))
    for row in rows:
        of, number = row["method"].split(",")[0].rpartition(" ")[::2]
        right = of == "cycle" and int(number) not in which
        row["note"] = "; ".join(filter(None, (row.get("note"), text * right)))
        row["doubt"] = "; ".join(filter(None, (why, text * (not right))))
    return rows


def _resistance(line: FitResult, area_cm2: float) -> Row:
    row = line.table().set_index("parameter").loc["resistance"]
    scaled = {k: float(row[k]) * area_cm2 for k in ("value", "stderr", "ci_low", "ci_high")}
    words = {"quantity": "area-specific resistance", "unit": "ohm cm2", "flag": row["flag"]}
    return {**scaled, **words, "method": "polarisation against current"}


def _fade(found: Fade, table: pd.DataFrame, law: str) -> list[Row]:
    last = float(np.ptp(table["cycle"]) + 1)
    kept, low, high = found.retention_percent(last)
    jumped = jump(table["cycle"], table["down_mah_per_g"])
    flag = ";".join([*found.result.flags("fade_per_cycle"), *["misfit"] * bool(jumped)])
    efficiency = table["coulombic_efficiency_percent"]
    middle, stderr = efficiency.median(), efficiency.std() / np.sqrt(len(efficiency))
    ends = {"ci_low": low, "ci_high": high, "flag": flag, "note": jumped}
    told = {"stderr": stderr, "flag": "outside_window" if middle > 100.05 else ""}
    counted = f"{len(efficiency)} complete cycles"
    return [
        report.number(f"capacity left over {last:g} cycles", kept, "%", f"{law} fade", **ends),
        report.number("median coulombic efficiency", middle, "%", counted, **told),
    ]


def _dqdv(table: pd.DataFrame, rates: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Charge and discharge at the lowest rate; None where one of them is missing."""
    part = table[(table["cycle"] == rates["cycle"].iloc[0]) & (table["half_cycle"] > 0)]
    halves = [half for _, half in part.groupby("half_cycle") if len(half) >= 3]
    last = {float(np.sign(half["current_a"].median())): half for half in halves}
    if not {1.0, -1.0} <= set(last):
        return None
    charge, discharge = (fit_cycles.incremental_capacity(last[d], STEP_V) for d in (1.0, -1.0))
    return charge, discharge


def _curve(table: pd.DataFrame, scale: float) -> pd.DataFrame:
    halves = table[table["half_cycle"] > 0].groupby("half_cycle")
    thin = pd.concat(half.iloc[:: max(1, len(half) // LONGEST_CURVE)] for _, half in halves)
    columns = ["cycle", "half_cycle", "time_s", "voltage_v", "current_a"]
    return thin[columns].assign(mah_per_g=scale * thin["capacity_ah"])


def analyse_sweeps(
    tests: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    electrode_area_cm2: float,
    baseline_v: tuple[float, float],
    evidence: str = "measured",
) -> Report:
    """Linear sweeps: the capacitive part taken off, onsets of a reaction, what goes unnoticed.

    Parameters
    ----------
    tests : DataFrame or mapping of str to DataFrame
        Of `nasicon.cycling.read` with ``current_sign="positive_raises_voltage"``.
    baseline_v : (low, high)
        Where nothing reacts.
    """
    tables = report.mapping_of(tests)
    found = {
        label: fit_sweeps.remove_capacitive(table, electrode_area_cm2, baseline_v)
        for label, table in tables.items()
    }
    onsets = {label: fit_sweeps.onset(sweep) for label, sweep in found.items()}
    stated = {n: t.attrs.get("metadata", {}).get("scan_v_per_s") for n, t in tables.items()}
    rows = {label: _sweep(sweep, stated[label]) for label, sweep in found.items()}
    curves = {
        label: pd.DataFrame(
            {
                "voltage_v": sweep.voltage_v,
                "current_a_per_cm2": sweep.current_a_per_cm2,
                "baseline_a_per_cm2": sweep.current_a_per_cm2 - sweep.faradaic_a_per_cm2,
                "detection_limit_a_per_cm2": sweep.detection_limit(),
            }
        )
        for label, sweep in found.items()
    }
    return report.assemble(
        report.titled("Sweeps", "Sweeps", tables),
        "measure_cycling",
        rows,
        curves,
        evidence=evidence,
        parameters=rows.items(),
        read=report.what_was_read(tables),
        figures={"sweeps": partial(draw_sweeps.sweeps, found, onsets, evidence=evidence)},
        assumed=(*SWEEP_ASSUMED, f"Baseline {baseline_v[0]:g} to {baseline_v[1]:g} V."),
        details=found,
    )


def _sweep(sweep: fit_sweeps.Sweep, stated_v_per_s: float | None) -> list[Row]:
    c, half = 1e6 * sweep.capacitance_f_per_cm2, 1.96e6 * sweep.capacitance_stderr
    straight = {"method": "straight baseline"}
    least = float(np.median(sweep.detection_limit()))
    current, odd = abs(1e-6 * c * sweep.scan_v_per_s), sweep.impossible(stated_v_per_s)
    clipped = "" if sweep.step_a_per_cm2 else saturation(sweep.current_a_per_cm2)
    bent = sweep.bend()
    if coarse := sweep.coarse(current):
        ends = {"flag": "not_identifiable", "note": coarse}
    else:
        why = odd or sweep.leak() or sweep.decay(current * fit_sweeps.LEAK) or bent
        ends = {"ci_low": c - half, "ci_high": c + half, "doubt": why}
        ends |= {"flag": "not_identifiable"} if abs(c) < half else {}
    rows = [
        report.number("scan rate", 1e3 * sweep.scan_v_per_s, "mV s-1", **straight),
        report.number("capacitance of the baseline", c, "uF cm-2", **straight, **ends),
        report.number("detection limit of a reaction", 1e6 * least, "uA cm-2", **straight)
        | ({"doubt": bent} if bent else {}),
    ]
    for method, threshold in (("detection limit", None), ("1 uA cm-2", 1e-6), ("10 uA cm-2", 1e-5)):
        at = fit_sweeps.onset(sweep, threshold)
        known = {"value": at.voltage_v, "ci_low": at.low_v, "ci_high": at.high_v}
        coarse = sweep.coarse(threshold) if threshold else ""
        none = {"value": None, "flag": "not_identifiable", "note": coarse or clipped}
        told = known if at.found and not coarse else none
        if doubt := sweep.decay(threshold or least) or at.doubt:
            told |= {"flag": "misfit", "note": doubt}
        rows.append(report.number("onset of a reaction", unit="V", method=method, **told))
    return [{**row, "doubt": odd} for row in rows] if odd else rows
