"""Cell tests: reading and summarising a file, and a whole simulated rate figure.

``python -m benchmarks.cycling_files``. The file is made here: a year of cycles at one record a
minute, in Arbin's columns.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import Row
from nasicon.cycling.fit_cycles import per_cycle
from nasicon.cycling.fit_fades import fade
from nasicon.cycling.model_cells import QuasiSteadyCell
from nasicon.cycling.read_files import read_cycling

RECORDS = 500_000


def long_test(records: int = RECORDS) -> pd.DataFrame:
    """Cycles of 1000 records in Arbin's columns."""
    share = np.linspace(0, 1, 500)
    n = records // 1000
    cycle = np.repeat(np.arange(1, n + 1), 1000)
    sign = np.tile(np.repeat([1, -1], 500), n)
    passed = np.tile(np.concatenate([share, share]), n) * (1 - 1e-4 * cycle) * 1e-3
    return pd.DataFrame(
        {
            "Test_Time(s)": 60.0 * np.arange(cycle.size),
            "Step_Index": 2 * cycle + (sign < 0),
            "Cycle_Index": cycle,
            "Current(A)": 1e-4 * sign,
            "Voltage(V)": np.tile(np.concatenate([3 + share, 4 - share]), n),
            "Charge_Capacity(Ah)": np.where(sign > 0, passed, 1e-3 * (1 - 1e-4 * cycle)),
            "Discharge_Capacity(Ah)": np.where(sign < 0, passed, 0.0),
        }
    )


def seconds(call, repeats: int = 3) -> float:
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def rate_figure() -> str:
    """Time of the simulated rate tests of three cells, or why it was not measured."""
    try:
        import pybamm  # noqa: F401
    except ImportError:
        return "skipped: needs the extra 'simulate'"
    from compendium.simulate import assumptions, cycling

    cells = cycling.designs(assumptions.nominal(cycling.ASSUMPTIONS))
    begun = time.perf_counter()
    for design in cells.values():
        cycling.rate_test(design, cycling.c_rates())
    return f"{time.perf_counter() - begun:.2g} s"


def measure(records: int = RECORDS) -> list[Row]:
    """Return the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        long_test(records).to_csv(path, index=False)
        table = read_cycling(path)
        reading = seconds(lambda: read_cycling(path))
    cycles = per_cycle(table, "full")
    summary = seconds(lambda: per_cycle(table, "full"))
    fitting = seconds(lambda: fade(cycles["cycle"], cycles["down_capacity_ah"]))
    loading, interface = np.geomspace(0.5, 10, 60), np.geomspace(3, 500, 50)[:, None]
    cell = QuasiSteadyCell(interface, loading)
    design = seconds(lambda: cell.capacity_mah_per_g(8.5e-4 * loading))
    return [
        Row(f"cell test of {len(table)} records: reading", f"{reading:.2g} s"),
        Row("its cycles: capacity, efficiency, energy", f"{summary:.2g} s"),
        Row(f"fade of its {len(cycles)} cycles", f"{1e3 * fitting:.2g} ms"),
        Row("design map of 3000 cells (a slider's redraw: 10)", f"{1e3 * design:.2g} ms", "< 200"),
        Row("simulated rate tests, 3 cells, 5 rates, two cycles each", rate_figure(), "< 60 s"),
    ]


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
