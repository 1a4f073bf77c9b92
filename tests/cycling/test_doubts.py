"""Slips of a whole cell test or sweep that its own records give away, and files that are right."""

import numpy as np
import pandas as pd
import pytest

from nasicon import cycling
from nasicon.core.text import ReaderError

GIVEN = {"active_mass_mg": 8.0, "electrode_area_cm2": 1.0, "cell_kind": "half-positive"}
MAH = 1.2  # 150 mAh/g


def cell(
    rates=(0.2, 0.5, 1.0), low=2.9, high=4.2, lag=0.03, rest=900.0, records=50, cycles=2, hold=0
):
    """Charge and discharge on an S-shaped curve, resting between; ``hold`` records of a CV."""
    rng, rows, clock, step = np.random.default_rng(11), [], 0.0, 0
    for cycle, rate in enumerate(np.repeat(rates, cycles), start=1):
        for sign in (1, -1):
            share = np.linspace(0, 1, records)
            curve = (
                0.5
                + 0.22 * np.arctanh(1.96 * (share - 0.5)) / np.arctanh(0.98)
                + 0.28 * (2 * share - 1)
            )
            volts = (low if sign > 0 else high) + sign * (high - low) * curve
            volts += sign * lag * rate + 2e-4 * rng.normal(size=records)
            hours, step = (1 - 0.1 * rate) / rate, step + 1
            amps = sign * 1e-3 * MAH * rate * (1 + 1e-4 * rng.normal(size=records))
            rows += [
                (clock + 3600 * hours * s, step, cycle, i, v)
                for s, i, v in zip(share, amps, volts, strict=True)
            ]
            clock += 3600 * hours
            for k in range(hold if sign > 0 else 0):
                clock += 120
                rows.append((clock, step, cycle, amps[-1] * 0.9 ** (k + 1), high + lag * rate))
            for k in range(1, 6):
                step += k == 1
                rows.append((clock + rest * k / 5, step, cycle, 0.0, volts[-1] - sign * 0.02 * k))
            clock += rest
    return pd.DataFrame(rows, columns=["time_s", "step", "cycle", "current_a", "voltage_v"])


def found(table, tmp_path, head="", **options):
    path = tmp_path / "cell.csv"
    path.write_text(head + table.to_csv(index=False))
    return cycling.analyse(cycling.read(path), **GIVEN | options).findings.table()


def with_counter(table, factor=1.0):
    passed = (table["current_a"] * table["time_s"].diff().fillna(0)).groupby(table["step"])
    return table.assign(**{"capacity (Ah)": factor * passed.cumsum().abs() / 3600})


def clipped(table):
    return table.assign(voltage_v=table["voltage_v"].clip(upper=3.8))


def shorted(table):
    fell = (table["current_a"] > 0) & (np.arange(len(table)) % 13 == 5)
    return table.assign(voltage_v=table["voltage_v"] - 0.15 * fell)


def minutes(table):
    return table.assign(time_s=table["time_s"] / 60)


WRONG = {
    "energy": (lambda t: with_counter(t, 3.7), {}, "3.7 times its current over time"),
    "clipped": (clipped, {}, "stands at its end"),
    "a soft short": (shorted, {}, "soft short or a loose contact"),
    "minutes": (minutes, {"one_c_ma_per_g": 160.0}, "time in minutes"),
    "another mass": (
        lambda t: t,
        {"one_c_ma_per_g": 160.0, "active_mass_mg": 120.0},
        "mass of more",
    ),
    "no anode": (lambda t: t, {"cell_kind": "half-negative"}, "not those of cell_kind 'half-neg"),
    "an anode": (lambda t: t.assign(voltage_v=t["voltage_v"] / 10), {}, "not those of cell_kind"),
    "a symmetric cell": (lambda t: t.assign(voltage_v=t["voltage_v"] - 3.55), {}, "symmetric cell"),
    "mm2": (lambda t: t, {"electrode_area_cm2": 300.0}, "the area in mm2"),
    "mV": (lambda t: t, {"lower_v": 2900.0, "upper_v": 4200.0}, "is it in mV"),
}


@pytest.mark.parametrize("slip", WRONG)
def test_slips_are_told(slip, tmp_path):
    change, options, words = WRONG[slip]
    table = found(change(cell()), tmp_path, **options)
    assert table["flag"].str.contains("implausible").all()
    assert table["note"].str.contains(words).all()


RIGHT = {
    "as it is": (cell(), {}),
    "a counter": (with_counter(cell()), {"one_c_ma_per_g": 160.0}),
    "sparse": (cell(records=9), {}),
    "noisy": (cell().assign(voltage_v=lambda t: t["voltage_v"] + 8e-3 * np.sin(9.7 * t.index)), {}),
    "a hold": (cell(hold=20), {}),
    "a large lag and little capacity": (cell((1.0,), lag=0.4), {"one_c_ma_per_g": 2000.0}),
    "an anode": (cell(low=0.02, high=1.2), {"cell_kind": "half-negative"}),
    "nucleation": (
        cell().assign(
            voltage_v=lambda t: (
                t["voltage_v"]
                + 0.4 * np.sign(t["current_a"]) * np.exp(-t.groupby("step").cumcount() / 3)
            )
        ),
        {},
    ),
    "a commercial cell": (
        cell().assign(current_a=lambda t: 2e3 * t["current_a"]),
        {"active_mass_mg": 16e3, "electrode_area_cm2": 1500.0},
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_files_are_not_doubted(name, tmp_path):
    table, options = RIGHT[name]
    assert (found(table, tmp_path, **options)["flag"] == "").all()


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("Mass of active material : 3.20 mg\n\n", "states 3.2"),
        ("Active mass (g): 0.0032\n\n", "states 3.2"),
        ("Electrode surface area : 0.126 cm²\n\n", "states 0.126"),
        ("Mass of active material : 0.001 mg\nElectrode surface area : 1.000 cm2\n\n", ""),
        ("Active mass: 8.0 mg\n\n", ""),
    ],
)
def test_a_header_that_states_another_size(head, words, tmp_path):
    table = found(cell(), tmp_path, head)
    capacities = table[table["quantity"].str.contains("capacity at")]
    assert capacities["flag"].eq("systematic" if words else "").all()
    assert capacities["note"].str.contains(words).all()


def test_a_clock_of_minutes_is_coarse(tmp_path):
    table = cell(rates=(0.5, 5.0))
    clock = [f"{int(t // 3600)}:{int(t % 3600 // 60):02d}" for t in table["time_s"]]
    told = found(table.assign(**{"time_s": clock}), tmp_path)
    assert told["note"].str.contains("times in steps of 60 s").any()


@pytest.mark.parametrize("name", ["Time", "Date", "absolute time", "t (s)"])
def test_times_of_the_calendar_and_short_names(name, tmp_path):
    table = cell(rates=(0.5,))
    stamps = pd.Timestamp("2024-02-28 23:10") + pd.to_timedelta(table["time_s"], unit="s")
    times = table["time_s"] if name == "t (s)" else stamps.dt.strftime("%Y-%m-%d %H:%M:%S.%f")
    other = table.assign(time_s=times).rename(columns={"time_s": name})
    assert found(other, tmp_path)["value"].tolist() == pytest.approx(
        found(table, tmp_path)["value"].tolist(), rel=1e-6
    )


def test_cycles_are_counted_on_and_paired(tmp_path):
    table, halves = cell(), cell()
    start = halves["step"].diff().fillna(1) * (halves["current_a"] != 0)
    halves["cycle"] = (start > 0).cumsum()
    later = table.assign(time_s=table["time_s"] + table["time_s"].iloc[-1] + 60)
    once = found(table, tmp_path)["value"]
    assert found(halves, tmp_path)["value"].tolist() == pytest.approx(once.tolist())
    twice = found(pd.concat([table, later]), tmp_path).set_index("quantity")["value"]
    assert twice["discharge capacity at 150 mA g-1"] == pytest.approx(135, rel=1e-3)


def test_rests_without_a_record_add_no_charge(tmp_path):
    table = cell(rest=5400.0)
    bare = found(table[table["current_a"] != 0], tmp_path)["value"]
    assert bare.tolist() == pytest.approx(found(table, tmp_path)["value"].tolist(), rel=2e-3)


def test_an_unsigned_current_of_several_rates_is_refused(tmp_path):
    table = cell()
    with pytest.raises(ReaderError, match="export a signed current"):
        found(table.assign(current_a=table["current_a"].abs()), tmp_path)


def test_an_impedance_measurement_is_no_cell_test(tmp_path):
    rows = "".join(f"{k},{10.0 ** (6 - k)},50,-{k},3.1,0.001\n" for k in range(6))
    path = tmp_path / "peis.csv"
    path.write_text("time/s,freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,Ewe/V,I/mA\n" + rows)
    with pytest.raises(ReaderError, match="measure it as eis"):
        cycling.read(path)


def sweep(rate=2e-3, onset=4.6, sign=1.0, unit=1.0, stop=5.6):
    """A double layer of 15 uF/cm2, and 1 uA/cm2 at the onset, a decade in 80 mV."""
    volts = np.arange(2.8, stop, 2e-3)
    amps = 15e-6 * rate * (1 + 0.03 * np.cos(4 * volts)) + 1e-6 * 10 ** ((volts - onset) / 0.08)
    amps += 1.5e-8 * np.random.default_rng(4).normal(size=volts.size)
    columns = {"time_s": (volts - 2.8) / rate, "voltage_v": volts, "current_a": sign * unit * amps}
    return pd.DataFrame(columns)


def swept(table, baseline=(2.9, 3.9), **stated):
    table.attrs = {"source": "lsv.csv", "notes": [], "metadata": stated}
    report = cycling.analyse_sweeps(table, electrode_area_cm2=1.0, baseline_v=baseline)
    return report.findings.table()


@pytest.mark.parametrize(
    ("table", "given", "words"),
    [
        (sweep(), {}, ""),
        (sweep(), {"scan_v_per_s": 2e-3}, ""),
        (sweep(), {"scan_v_per_s": 1e-4}, "the time in another unit"),
        (sweep(unit=1e6, stop=4.4), {}, "current in µA"),
        (sweep(sign=-1, stop=4.2), {}, "outside 0 to 1e"),
        (sweep(), {"baseline": (2.9, 5.2)}, "strays from a straight line"),
    ],
)
def test_sweeps_that_cannot_be(table, given, words):
    rows = swept(table, **given).set_index("quantity")
    capacitance = rows.loc["capacitance of the baseline"]
    assert ("implausible" in capacitance["flag"]) == bool(words)
    assert words in capacitance["note"]
    if "baseline" in given:
        assert (rows.loc["onset of a reaction", "flag"] == "misfit").all()


@pytest.mark.parametrize("kind", ["rest", "second sweep", "other rate"])
def test_one_sweep_at_one_rate(kind):
    table, other = sweep(), sweep()
    if kind == "rest":
        other["voltage_v"], other["current_a"] = table["voltage_v"].iloc[0], 0.0
        other, table = table, other
    elif kind == "other rate":
        table, other = table.iloc[:600], other.iloc[600:].assign(time_s=lambda t: t["time_s"] / 8)
    other = other.assign(time_s=other["time_s"] - other["time_s"].iloc[0] + 1)
    joined = pd.concat([table, other.assign(time_s=other["time_s"] + table["time_s"].iloc[-1])])
    with pytest.raises(ValueError, match="another sweep or scan rate"):
        swept(joined)


@pytest.mark.parametrize(
    ("size", "every", "told"), [(3e-6, 1, True), (0.0, 1, False), (0.0, 12, False)]
)
def test_a_jump_of_the_current_is_no_onset(size, every, told):
    table = sweep().iloc[::every]
    table["current_a"] += size * (table["voltage_v"] > 4.2)
    rows = swept(table).set_index(["quantity", "method"])
    onset = rows.loc[("onset of a reaction", "1 uA cm-2")]
    assert (onset["flag"] == "misfit") == told
    assert ("another range" in onset["note"]) == told


def test_a_clipped_current_is_named():
    table = sweep()
    table["current_a"] = table["current_a"].clip(upper=4e-7)
    rows = swept(table).set_index(["quantity", "method"])
    assert "saturated" in rows.loc[("onset of a reaction", "1 uA cm-2"), "note"]
