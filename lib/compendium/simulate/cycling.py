"""Simulated cell tests of Li | LAGP | NCM622 and simulated sweeps.

``python -m compendium.simulate.cycling`` writes to ``data/simulated/cycling/``:

``rate/``, ``cycles/``
    One file per cell, as a cell tester would export it (Arbin's columns).
``lsv/``
    Linear sweeps of a blocking cell, with and without a reaction (EC-Lab's text columns).
``cases.csv``
    Every charge and discharge that was asked of the solver: how it ended, its capacity, energy
    and losses, and how well charge and energy are conserved.
``assumptions.csv``
    Everything the paper does not print, with nominal value, range and reason.
``truth/``
    What went into each file. No analysis reads it.
"""

import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from compendium import published
from compendium.simulate import assumptions, cycling_lsv, writing
from compendium.simulate.cycling_cell import Cell, CellDesign, HalfCycle, closest_at_ends
from nasicon.cycling.model_cells import separator_asr_ohm_cm2

log = logging.getLogger(__name__)

SEED = 622170
SEPARATORS = {"LAGP": "p", "B2O3-Bi2O3-LAGP": "bbi"}
LIQUID = "liquid reference"
CYCLES_PER_RATE = 2
RATE_RECORDS, AGEING_RECORDS = 40, 12  # of a half-cycle: so many by charge, as many at its ends

ASSUMPTIONS = assumptions.declared("cycling")


def designs(assumed: Mapping[str, float], electrode: str = "liquid") -> dict[str, CellDesign]:
    """The two ceramic cells and the liquid reference from prints and assumptions."""
    given = {f.name: assumed[f.name] for f in fields(CellDesign) if f.name in assumed}
    printed = {"temperature_c": "B-asb-T", "lower_v": "B-asb-vlo", "upper_v": "B-asb-vhi"}
    given |= {name: published.claim(claim).number for name, claim in printed.items()}
    cells = {}
    for name, key in SEPARATORS.items():
        sigma, mm = published.claim(f"B-sigma-{key}").number, assumed["thickness_mm"]
        asr = separator_asr_ohm_cm2(sigma, mm, given["temperature_c"], assumed["activation_ev"])
        own = {"separator_ohm_cm2": float(asr), "electrode": electrode}
        cells[name] = CellDesign(name, **given, **own)
    wetted = {"interface_ohm_cm2": assumed["liquid_interface_ohm_cm2"], "wetted_separator": True}
    cells[LIQUID] = CellDesign(LIQUID, 0.0, **given | wetted)
    return cells


def c_rates() -> list[float]:
    """The five printed C-rates."""
    return [published.claim(f"B-crate-{name}").number for name in ("02", "05", "1", "3", "5")]


def one_c_ma_per_g() -> float:
    """Printed definition of 1C."""
    return published.claim("B-onec").number


def rate_test(
    design: CellDesign, rates: list[float], cycles: int = CYCLES_PER_RATE
) -> list[tuple[float, int, HalfCycle]]:
    """Charge and discharge at each rate in turn: (rate, cycle, half-cycle), charge first.

    A case that fails is in the list with its reason; the cell goes on from where it was.
    """
    cell = Cell(design)
    done = []
    for rate in rates:
        current = design.current_a(rate, one_c_ma_per_g())
        for _ in range(cycles):
            number = len(done) // 2 + 1
            for sign in (1, -1):
                half = cell.half_cycle(sign * current)
                done.append((rate, number, half))
                cell.rest()
    return done


def ageing_test(
    design: CellDesign, assumed: Mapping[str, float], cycles: int, rng: np.random.Generator
) -> list[tuple[float, int, HalfCycle]]:
    """Cycles at the printed rate while interfaces grow and material is lost.

    What is lost is taken out by scaling: the rest carries the whole current, its capacity
    counts for less. A parasitic current oxidises the electrolyte at the positive electrode
    and so adds to every charge and takes from every discharge.
    """
    cell = Cell(design)
    rate = published.claim("B-cyc-c").number
    outer = design.current_a(rate, one_c_ma_per_g())
    parasitic = assumed["parasitic_ua_per_cm2"] * 1e-6 * design.area_cm2
    kelvins = drift(rng, cycles, assumed["temperature_sd_k"], assumed["temperature_correlation"])
    done = []
    for number in range(1, cycles + 1):
        lost = assumed["active_loss_percent_per_cycle"] / 100 * (number - 1)
        grown = design.interface_ohm_cm2 + assumed["growth_ohm_cm2_per_cycle"] * (number - 1)
        # both resistances follow the oven: Ea/(k T^2) per kelvin
        # k to the digits that the committed draws were made with
        slope = assumed["activation_ev"] / (8.617e-5 * (design.temperature_c + 273.15) ** 2)
        ohm = (design.separator_ohm_cm2 + grown) / design.area_cm2
        ohm *= np.exp(-slope * kelvins[number - 1])
        for sign in (1, -1):
            inner = (outer - sign * parasitic) / (1 - lost)
            half = cell.half_cycle(sign * inner, series_ohm=ohm * outer / inner)
            if half.status == "solved":
                half.records["current_a"] = sign * outer
                half.records["capacity_ah"] *= outer / inner
                half.summary["capacity_ah"] *= outer / inner
            done.append((rate, number, half))
            cell.rest()
    return done


def drift(rng: np.random.Generator, n: int, sd: float, correlation: float) -> np.ndarray:
    """First-order correlated scatter, shape (n,)."""
    noise = rng.normal(0, sd, n)
    for i in range(1, n):
        noise[i] = correlation * noise[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
    return noise


def as_recorded(
    done: list[tuple[float, int, HalfCycle]],
    assumed: Mapping[str, float],
    records: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Records at a tester's pace, with its noise and gain, in the columns of Arbin's export."""
    gain = 1 + assumed["current_gain_percent"] / 100
    clock, parts = 0.0, []
    counters = {1: 0.0, -1: 0.0}
    for step, (_, number, half) in enumerate(done, start=1):
        frame = half.records
        if frame.empty:
            continue
        part = _logged(frame, records)
        sign = int(np.sign(part["current_a"].iloc[0]))
        inner = part["time_s"].to_numpy() - part["time_s"].iloc[0]
        if step % 2 == 1:
            counters = {1: 0.0, -1: 0.0}
        passed = gain * part["capacity_ah"].to_numpy()
        columns = {
            "Test_Time(s)": clock + inner,
            "Step_Time(s)": inner,
            "Step_Index": step,
            "Cycle_Index": number,
            "Current(A)": gain * part["current_a"].to_numpy(),
            "Voltage(V)": part["voltage_v"].to_numpy()
            + rng.normal(0, assumed["voltage_noise_v"], len(part)),
            "Charge_Capacity(Ah)": passed if sign > 0 else counters[1],
            "Discharge_Capacity(Ah)": passed if sign < 0 else counters[-1],
        }
        counters[sign] = float(passed[-1])
        clock += float(inner[-1]) + 600.0
        parts.append(pd.DataFrame(columns))
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "Data_Point", np.arange(1, len(table) + 1))
    return table


def _logged(half: pd.DataFrame, records: int) -> pd.DataFrame:
    """What a tester logs: at even steps of charge, and closer where a half-cycle starts and ends.

    Steps of voltage would put a record elsewhere where the voltage hardly changes.
    """
    even = np.linspace(0, 1, records)
    shares = np.union1d(even, closest_at_ends(np.pi * even))
    time = half["time_s"]
    when = np.unique(np.interp(shares, (0, 1), time.iloc[[0, -1]]))
    return pd.DataFrame({name: np.interp(when, time, values) for name, values in half.items()})


def write_test(path: Path, title: str, table: pd.DataFrame) -> None:
    """Write a test as text; the first line says that it is simulated."""
    body = table.to_csv(index=False, float_format="%.7g", lineterminator="\n")
    writing.write_lines(path, [f"# SIMULATED {title}", body.rstrip("\n")])


def case_rows(test: str, name: str, done: list[tuple[float, int, HalfCycle]]) -> list[dict]:
    """One row a half-cycle: what was asked, how it ended, and its books."""
    rows = []
    for i, (rate, number, half) in enumerate(done):
        side = "charge" if i % 2 == 0 else "discharge"
        row = {"test": test, "cell": name, "c_rate": rate, "cycle": number, "direction": side}
        rows.append({**row, "status": half.status, **half.summary})
    return rows


def slug(name: str) -> str:
    """File-name stem of a cell."""
    return name.lower().replace(" ", "-")


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    assumed = assumptions.nominal(ASSUMPTIONS)
    cells, rows, truth = designs(assumed), [], []
    for name, design in tqdm(cells.items(), desc="rate tests", unit="cell"):
        done = rate_test(design, c_rates())
        rows += case_rows("rate", name, done)
        table = as_recorded(done, assumed, RATE_RECORDS, rng)
        write_test(out_dir / "rate" / f"{slug(name)}.csv", f"{name}, rate test", table)
        truth.append({**vars(design), "series_ohm_cm2": design.series_ohm * design.area_cm2})
    count = int(published.claim("B-cyc-n").number)
    for name in tqdm(SEPARATORS, desc=f"{count} cycles", unit="cell"):
        done = ageing_test(cells[name], assumed, count, rng)
        rows += case_rows("cycles", name, done)
        table = as_recorded(done, assumed, AGEING_RECORDS, rng)
        write_test(out_dir / "cycles" / f"{slug(name)}.csv", f"{name}, {count} cycles", table)
    cases = pd.DataFrame(rows)
    cases.to_csv(out_dir / "cases.csv", **writing.STYLE)
    for row in cases[cases["status"] != "solved"].to_dict("records"):
        log.warning("%(cell)s, %(c_rate)g C, cycle %(cycle)d, %(direction)s: %(status)s", row)
    writing.write_truth(truth, out_dir, name="cells.csv")
    cycling_lsv.write(out_dir, rng)
    assumptions.write((*ASSUMPTIONS, *cycling_lsv.ASSUMPTIONS), out_dir)


if __name__ == "__main__":
    writing.command("simulate.cycling", "cycling", main)
