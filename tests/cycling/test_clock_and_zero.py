"""A current channel that is off zero, a clock that jumps, and pauses and steps that are right."""

import numpy as np
import pandas as pd
import pytest

from nasicon import cycling

GIVEN = {"active_mass_mg": 2.0, "electrode_area_cm2": 0.5, "cell_kind": "half-positive"}
AMPS = 1e-4


def half(sign, rng, every=40.0, plateau=0.0):
    """Times, voltages and currents of 3 h, sloping but for a flat part in the middle."""
    time = np.arange(0, 10800, every)
    share = time / time[-1]
    flat = np.clip(share, 0, 0.5 - plateau / 2) + np.clip(share - 0.5 - plateau / 2, 0, 1)
    volts = 3.5 + sign * (0.6 * (flat / flat[-1] - 0.5) + 0.04)
    return time, volts + 1e-4 * rng.normal(size=time.size), np.full(time.size, sign * AMPS)


def cell(off=0.0, cycles=6, **shape):
    """Cycles of charge, rest, discharge and rest."""
    rng, parts, clock, step = np.random.default_rng(3), [], 0.0, 0
    for cycle in range(1, cycles + 1):
        for sign in (1, -1):
            time, volts, amps = half(sign, rng, **shape)
            rest = np.arange(40.0, 1240.0, 40.0)
            relaxed = volts[-1] - sign * 0.08 * (1 - np.exp(-rest / 200))
            for t, v, i in ((time, volts, amps), (time[-1] + rest, relaxed, 0 * rest)):
                step += 1
                columns = {"time_s": clock + t, "voltage_v": v, "current_a": i + off}
                parts.append(pd.DataFrame(columns | {"cycle": cycle, "step": step, "sign": sign}))
            clock += time[-1] + rest[-1] + 1
    return pd.concat(parts, ignore_index=True)


def found(table, tmp_path):
    path = tmp_path / "cell.csv"
    table.drop(columns="sign").to_csv(path, index=False)
    report = cycling.analyse(cycling.read(path), **GIVEN)
    for draw in report.figures.values():
        draw()
    return report.findings.table()


@pytest.mark.parametrize(("off", "flag"), [(6e-6, "impl"), (-4e-6, "impl"), (1e-6, "syst")])
def test_a_channel_off_zero(off, flag, tmp_path):
    table = found(cell(off), tmp_path)
    capacities = table[table["quantity"].str.contains("capacity at")]
    assert capacities["flag"].str.contains(flag).all()
    assert capacities["note"].str.contains(rf"\{1e3 * off:+.3g} mA in .* off zero").all()


def jump(table, cycle, sign=-1, seconds=3600.0):
    at = table.index[(table["cycle"] == cycle) & (table["sign"] == sign)][100]
    return table.assign(time_s=table["time_s"] + seconds * (table.index > at))


def test_a_jump_of_the_clock_in_an_earlier_cycle(tmp_path):
    table = found(jump(cell(), 3, seconds=1800.0), tmp_path).set_index("quantity")
    assert table["note"].str.contains("1840 s in cycle 3 without a record").all()
    last = table["method"].str.startswith("cycle 6")
    assert (table["flag"][last] == "").all()
    assert table["flag"][~last].str.contains("implausible").all()
    assert {"coulombic efficiency of cycle 3", "median coulombic efficiency"} <= set(table.index)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_jump_of_the_clock_in_the_cycle_reported(sign, tmp_path):
    assert found(jump(cell(), 6, sign), tmp_path)["flag"].str.contains("implausible").all()


def by_voltage(table):
    """Only records that are 8 mV beyond the one before, as a tester triggers them."""
    kept, last = [], np.inf
    for at, (volts, amps) in enumerate(table[["voltage_v", "current_a"]].to_numpy()):
        if abs(volts - last) > 8e-3 or amps == 0:
            kept.append(at)
            last = volts
    return table.iloc[sorted({0, *kept, len(table) - 1})]


def lost(table):
    middle = (table["cycle"] == 3) & (table.groupby("step").cumcount().between(80, 160))
    return table[~middle]


RIGHT = {
    "rests of zero": cell(),
    "rests that show noise": cell().assign(
        current_a=lambda t: t["current_a"] + 5e-7 * np.random.default_rng(1).normal(size=len(t))
    ),
    "lost records": lost(cell()),
    "lost on a flat part": lost(cell(plateau=0.5)),
    "records by voltage": by_voltage(cell(every=5.0, plateau=0.6, cycles=5)),
    "rests without a record": cell().query("current_a != 0"),
    "trickle at the end": cell().assign(
        current_a=lambda t: t["current_a"].where(t["current_a"] != 0, 8e-6 * t["sign"]),
        voltage_v=lambda t: t["voltage_v"] + 0.1 * t["sign"] * (t["current_a"] == 0),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_pauses_are_not_doubted(name, tmp_path):
    table = found(RIGHT[name], tmp_path)
    assert not table["note"].fillna("").str.contains("off zero|the clock").any()
    assert not table["flag"].str.contains("implausible").any()


def test_a_sweep_of_nova(tmp_path):
    volts = np.linspace(2.0, 5.0, 301)
    amps = 3e-7 + 2e-5 * np.clip(volts - 4.5, 0, None)
    table = pd.DataFrame(
        {
            "Potential applied (V)": volts,
            "Time (s)": 30 + 10 * (volts - 2.0) / 0.01,
            "WE(1).Current (A)": amps,
            "Scan": 1,
            "WE(1).Potential (V)": volts + 0.02,
            "Index": np.arange(volts.size) + 1,
        }
    )
    for name, first in (("nova.txt", volts[0] + 0.02), ("set.txt", volts[0])):
        table.to_csv(tmp_path / name, sep=";", index=False)
        read = cycling.read(tmp_path / name, current_sign="positive_raises_voltage")
        assert read["voltage_v"][0] == pytest.approx(first)
        assert read["current_a"].to_numpy() == pytest.approx(amps)
        table = table.drop(columns="WE(1).Potential (V)", errors="ignore")
