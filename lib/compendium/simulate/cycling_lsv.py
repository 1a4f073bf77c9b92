"""Simulated linear sweeps of Li | LAGP | blocking metal.

More than the straight baseline that the analysis fits: the double layer charges through the
electrolyte's resistance and has a slow, constant-phase-like tail; the leak is ohmic; a
reaction, where there is one, is activated (Tafel) and chokes on the layer that it makes.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import lambertw

from compendium import published
from compendium.simulate import assumptions, writing

SCAN_FACTORS = (0.1, 1.0, 5.0)  # of the printed rate; the paper has one
STEP_V = 0.01

ASSUMPTIONS = assumptions.declared("cycling_lsv")
CHARGE_PER_NM = 8.0e-5  # C cm-2 nm-1: one electron per formula unit, V_m about 120 cm3 mol-1


def sweep(
    assumed: Mapping[str, float], scan_v_per_s: float, reaction: bool, rng: np.random.Generator
) -> pd.DataFrame:
    """One sweep over the printed range: ``time_s, voltage_v, current_a``."""
    low, high = (published.claim(f"B-lsv-{end}").number for end in ("lo", "hi"))
    voltage = np.arange(low, high + STEP_V / 2, STEP_V)
    time = (voltage - low) / scan_v_per_s
    resistance = 0.1 / published.claim("B-sigma-bbi").number  # ohm cm2 of 1 mm
    double_layer = assumed["lsv_capacitance_uf_per_cm2"] * 1e-6
    slow = assumed["lsv_tail"]
    charging = 1 - np.exp(-time / max(resistance * double_layer, 1e-9))
    charging = (1 - slow) * charging + slow * (time / time[-1]) ** 0.5
    current = double_layer * scan_v_per_s * charging
    current = current + assumed["lsv_leak_ns_per_cm2"] * 1e-9 * (voltage - low)
    if reaction:
        current = current + _reaction(assumed, voltage, time, resistance)
    area = assumed["lsv_area_cm2"]
    noise = rng.normal(0, assumed["lsv_noise_ua"] * 1e-6, voltage.size)
    return pd.DataFrame({"time_s": time, "voltage_v": voltage, "current_a": area * current + noise})


def _reaction(
    assumed: Mapping[str, float], voltage: NDArray, time: NDArray, resistance: float
) -> NDArray:
    """Tafel current that chokes on its own layer, with the drop in the electrolyte, A cm-2.

    i = a exp(-i R/s) has the solution (s/R) W(a R/s) with Lambert's W.
    """
    slope = assumed["lsv_tafel_v"] / np.log(10)
    limit = assumed["lsv_choking_nm"] * CHARGE_PER_NM
    dt = np.diff(time, prepend=time[0])
    free = 1e-6 * np.exp((voltage - assumed["lsv_onset_v"]) / slope)
    current, passed = np.zeros_like(voltage), 0.0
    for i, unhindered in enumerate(free / (slope / resistance)):
        left = 1 + passed / limit
        current[i] = slope / resistance * lambertw(unhindered / left).real
        passed += current[i] * dt[i]
    return current


def write_sweep(path: Path, title: str, table: pd.DataFrame) -> None:
    """Write a sweep in the layout of EC-Lab's text export."""
    head = ["EC-Lab ASCII FILE", "Nb header lines : 6", "", f"SIMULATED {title}"]
    head += ["Linear Sweep Voltammetry", "time/s\tEwe/V\t<I>/mA"]
    points = table.itertuples(index=False, name=None)
    rows = [f"{t:.3f}\t{v:.5f}\t{1e3 * i:.6e}" for t, v, i in points]
    writing.write_lines(path, [*head, *rows])


def write(out_dir: Path, rng: np.random.Generator) -> None:
    """Write the sweeps of a blocking cell without and with a reaction at three scan rates."""
    assumed = assumptions.nominal(ASSUMPTIONS)
    printed = published.claim("B-lsv-rate").number / 1e3
    truth = []
    for kind, reaction in (("blocking", False), ("reaction", True)):
        for factor in SCAN_FACTORS:
            rate = factor * printed
            name = f"{kind}_{1e3 * rate:g}mv.mpt"
            table = sweep(assumed, rate, reaction, rng)
            write_sweep(out_dir / "lsv" / name, f"Li | LAGP | metal, {1e3 * rate:g} mV/s", table)
            truth.append({"file": name, "reaction": reaction, "scan_v_per_s": rate, **assumed})
    writing.write_truth(truth, out_dir, name="lsv.csv")
