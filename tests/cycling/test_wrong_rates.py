"""Rates, steps and capacities that a rate test is misread by."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasicon import cycling
from nasicon.cycling import fit_cycles, fit_doubts
from nasicon.cycling.fit_cycles import implausible_capacity, per_cycle, rate_table, specific

CASES = Path(__file__).parents[1] / "cases" / "09_cells"


def cycles(name, mass_mg=10.0):
    table = cycling.read(CASES / name)
    return specific(
        per_cycle(table, "half-positive"), active_mass_mg=mass_mg, electrode_area_cm2=1.0
    )


def test_the_rate_is_that_of_the_reported_half_cycle():
    rates = rate_table(cycles("slow_charge_fast_discharge.csv"), one_c_a=1.6e-3)
    assert (1.6e2 * rates["c_rate"]).tolist() == pytest.approx([16, 80, 160], rel=0.02)
    assert rates["down_mah_per_g"].tolist() == pytest.approx([159, 129, 100], abs=0.7)
    assert (rates["up_current_a"] / rates["up_current_a"][0]).tolist() == pytest.approx([1, 1, 1])


def test_a_stepped_discharge_is_flagged():
    found = cycles("stepped_current.csv")
    assert found["flags"].str.contains("stepped current").all()
    assert found["down_mah_per_g"].iloc[0] == pytest.approx(140, rel=0.005)


def test_a_constant_voltage_tail_is_no_step():
    table = cycling.read(CASES / "slow_charge_fast_discharge.csv")
    assert not per_cycle(table, "half-positive")["flags"].str.contains("stepped").any()


def test_a_test_of_one_direction_says_so():
    found = cycles("charge_only.csv")
    assert found["up_mah_per_g"].iloc[0] == pytest.approx(150, rel=0.005)
    assert rate_table(found, 1e-3, side="up")["up_mah_per_g"][0] == pytest.approx(150, rel=0.005)
    with pytest.raises(ValueError, match="one direction only"):
        rate_table(found, 1e-3)


def test_a_mass_in_grams_is_told():
    heavy = cycles("charge_only.csv", mass_mg=0.01)["up_mah_per_g"].iloc[0]
    assert "mass in g?" in implausible_capacity(heavy, 0.0)
    assert "nominal 160" in implausible_capacity(700, 160)
    assert implausible_capacity(158, 160) == ""


def test_a_block_that_was_copied_is_no_second_life(tmp_path):
    rng = np.random.default_rng(5)

    def cycles(first, count):
        parts = []
        for cycle in range(first, first + count):
            for sign in (1, -1):
                q = np.linspace(0, 1.2 - 0.01 * cycle, 60)
                v = 3.6 + sign * (0.4 * q / q[-1] - 0.2) + 1e-4 * rng.normal(size=60)
                parts.append((cycle, sign, q, v))
        return parts

    def table(parts):
        frames, start = [], 0.0
        for cycle, sign, q, v in parts:
            hours = start + q / 0.12
            start = hours[-1] + 0.01
            frames.append(
                pd.DataFrame(
                    {
                        "time_s": 3600 * hours,
                        "current_a": sign * 1.2e-4,
                        "voltage_v": v,
                        "cycle": cycle,
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    real = cycles(1, 8)
    copied = real[:8] + [(c + 4, s, q, v) for c, s, q, v in real[:8]]
    told = {"active_mass_mg": 8.0, "electrode_area_cm2": 1.0, "cell_kind": "half-positive"}
    flags = {}
    for name, parts in (("real", real), ("copied", copied)):
        path = tmp_path / f"{name}.csv"
        table(parts).to_csv(path, index=False)
        flags[name] = cycling.analyse(cycling.read(path), **told).findings.table()["flag"]
    assert not flags["real"].str.contains("implausible").any()
    assert flags["copied"].str.contains("implausible").all()


def test_capacities_come_from_the_column_where_states_part_the_steps():
    """The current has two digits there, the capacity five."""
    table = cycling.read(CASES / "capacity_coarse_current.csv")
    assert table.attrs["capacity_from"] == "instrument"
    found = cycles("capacity_coarse_current.csv")
    both = found[["up_mah_per_g", "down_mah_per_g"]].to_numpy().ravel()
    assert both == pytest.approx([150, 148.5, 148.5, 147, 147, 145.5], rel=2e-3)


def made(seconds=3600.0, volts=1.0, fading=0.01):
    """Three cycles of one profile, 1.2 mAh at first, fading: each takes a little less time."""
    clock, rows = 0.0, []
    for cycle in range(1, 4):
        for sign, start, stop in ((1, 3.0, 4.3), (-1, 4.2, 2.8)):
            length = (1 - fading * (cycle - 1)) * 5 * seconds
            for share in np.linspace(0, 1, 41):
                voltage = volts * round(start + (stop - start) * share, 4)
                rows.append((clock + share * length, voltage, sign * 2.4e-4, cycle))
            clock += length + 60
    return pd.DataFrame(
        rows, columns=["test_time_second", "voltage_volt", "current_ampere", "cycle_count"]
    )


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({}, ""),
        ({"fading": 0.0}, "copied twice"),
        ({"seconds": 1.0}, "time in hours"),
        ({"volts": 1e3}, "in mV"),
    ],
)
def test_what_a_whole_test_cannot_be(tmp_path, what, told):
    made(**what).to_csv(tmp_path / "made.csv", index=False)
    given = {"active_mass_mg": 8.0, "electrode_area_cm2": 1.0, "cell_kind": "half-positive"}
    found = cycling.analyse(cycling.read(tmp_path / "made.csv"), **given).findings.table()
    assert found["flag"].str.contains("implausible").eq(bool(told)).all()
    assert found["note"].str.contains(told).all()


@pytest.mark.parametrize("timed", [True, False])
def test_half_cycles_that_the_clock_ends_are_told(timed):
    """A cell whose resistance grows by 10 mV a cycle: cut at 2 h, or at 2.8 V."""
    rows, clock = [], 0.0
    for cycle in range(1, 9):
        for half, sign in enumerate((1, -1), 2 * cycle - 1):
            share = np.linspace(0, 1 if timed else 1 - 0.02 * cycle, 30)
            level = 0.01 * cycle if timed else 0.01
            volts = 3.5 + sign * (0.7 * np.linspace(-1, 1, 30) + level)
            rows += [
                (clock + 7200 * x, v, sign * 1e-3, 2e-3 * x, half, cycle)
                for x, v in zip(share, volts, strict=True)
            ]
            clock += 9000
    names = ["time_s", "voltage_v", "current_a", "capacity_ah", "half_cycle", "cycle"]
    why = fit_doubts.timed(pd.DataFrame(rows, columns=names))
    assert ("8 half-cycles end after 7200 s, at 2.72 to 2.79 V" in why) == timed
    assert bool(why) == timed


@pytest.mark.parametrize(("charged", "returned", "told"), [(392, 118, True), (300, 280, False)])
def test_a_soft_short_is_told_from_storage(charged, returned, told):
    why = fit_cycles.soft_short(charged, returned, 170)
    assert ("soft short" in why) == told
    assert fit_cycles.soft_short(charged, returned, 0) == ""


@pytest.mark.parametrize(
    ("wrong", "told"), [((), ""), ((3, 4), "cycles 3 to 4"), ((6,), "is 0.01")]
)
def test_a_current_logged_in_another_range_is_told(wrong, told, tmp_path):
    """An own counter of capacity beside a current that is a hundredth, or 100 times, in some."""
    lines, time = ["cycle,time (s),voltage (V),current (A),capacity (Ah)"], 0.0
    for cycle in range(1, 7):
        factor = (100 if cycle == 6 else 0.01) if cycle in wrong else 1
        for sign in (1, -1):
            for k in range(12):
                volts = 3.3 + sign * (0.05 * k - 0.2)
                current = sign * 1e-3 * factor
                lines.append(f"{cycle},{time + 300 * k},{volts:.4f},{current},{1e-3 * k / 12:.6f}")
            time += 300 * 11 + 1800  # a rest that left no record
    path = tmp_path / "ranges.csv"
    path.write_text("\n".join(lines))
    found = fit_doubts.misranged(cycling.read(path))
    assert told in found
    assert bool(found) == bool(told)
