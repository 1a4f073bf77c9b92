"""Cell testers' formats into one table: the same test written in every layout reads the same."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from nasicon.core.text import ReaderError
from nasicon.cycling.read_files import read_cycling

CURRENT_A, STEP_S, POINTS = 1e-3, 360.0, 11  # 1 mAh per half-cycle
HALF_AH = CURRENT_A * STEP_S * (POINTS - 1) / 3600


def a_test(cycles=2, rest=True):
    """Charge 3.0 -> 4.0 V, rest, discharge, by hand: 1 mA, ten steps of 360 s each way."""
    rows, t, step = [], 0.0, 0
    for cycle in range(1, cycles + 1):
        for sign in (1, -1):
            step += 1
            for k in range(POINTS):
                v = 3.0 + 0.1 * k if sign > 0 else 4.0 - 0.1 * k
                passed = CURRENT_A * STEP_S * k / 3600
                rows.append((t, cycle, step, sign * CURRENT_A, v, passed))
                t += STEP_S if k < POINTS - 1 else 0.0
            if rest:
                step += 1
                for _ in range(2):
                    t += 60.0
                    rows.append((t, cycle, step, 0.0, v - 0.02 * sign, passed))
            t += 1.0
    return pd.DataFrame(rows, columns=["t", "cycle", "step", "i", "v", "q"])


def plain(frame, **names):
    return frame.rename(columns=names).to_csv(index=False)


def arbin(frame):
    up = (frame["i"] > 0) | ((frame["i"] == 0) & (frame["step"] % 4 == 2))
    table = pd.DataFrame(
        {
            "Data_Point": np.arange(len(frame)) + 1,
            "Test_Time(s)": frame["t"],
            "Step_Index": frame["step"],
            "Cycle_Index": frame["cycle"],
            "Current(A)": frame["i"],
            "Voltage(V)": frame["v"],
            "Charge_Capacity(Ah)": np.where(up, frame["q"], HALF_AH),
            "Discharge_Capacity(Ah)": np.where(up, 0.0, frame["q"]),
        }
    )
    return table.to_csv(index=False)


def neware(frame):
    def clock(t):
        return f"{int(t // 3600):02d}:{int(t % 3600 // 60):02d}:{t % 60:06.3f}"

    kinds = {1: "CC Chg", -1: "CC DChg", 0: "Rest"}
    table = pd.DataFrame(
        {
            "DataPoint": np.arange(len(frame)) + 1,
            "Cycle Index": frame["cycle"],
            "Step Index": frame["step"],
            "Step Type": [kinds[int(np.sign(i))] for i in frame["i"]],
            "Total Time": frame["t"].map(clock),
            "Current(mA)": 1e3 * frame["i"],
            "Voltage(V)": frame["v"],
            "Capacity(mAh)": 1e3 * frame["q"],
        }
    )
    return table.to_csv(index=False)


def maccor(frame):
    def days(t):
        hours, minutes = int(t % 86400 // 3600), int(t % 3600 // 60)
        return f"  {int(t // 86400)}d {hours:02d}:{minutes:02d}:{t % 60:05.2f}"

    lines = [
        "Today''s Date\t03/28/2022 12:50:27 PM",
        "",
        "Date of Test:\t08/23/2021 6:04:18 PM",
        "",
    ]
    lines.append("Rec#\tCyc#\tStep\tTestTime\tStepTime\tmAmp-hr\tmWatt-hr\tmAmps\tVolts\tState\tES")
    marks = {1: "C", -1: "D", 0: "R"}
    for n, r in enumerate(frame.itertuples(), start=1):
        # Maccor writes the magnitude of the current; the state says which way
        lines.append(
            f"{n}\t{r.cycle}\t{r.step}\t{days(r.t)}\t  0d 00:00:00.00\t{1e3 * r.q}\t0.0\t"
            f"{1e3 * abs(r.i)}\t{r.v}\t{marks[int(np.sign(r.i))]}\t1"
        )
    return "\n".join(lines) + "\n"


def biologic(frame, decimal="."):
    head = ["EC-Lab ASCII FILE", "Nb header lines : 4", "Galvanostatic Cycling"]
    head.append("Ns\ttime/s\tEwe/V\t<I>/mA\tcycle number\t(Q-Qo)/mA.h")
    direction = np.sign(frame["i"]).replace(0, np.nan).ffill()
    moved = np.concatenate([[0], np.diff(frame["q"])])
    moved = np.where(moved < 0, 0, moved) * direction
    signed = 1e3 * np.cumsum(moved)
    rows = [
        f"{r.step}\t{r.t}\t{r.v}\t{1e3 * r.i}\t{r.cycle}.0\t{s}"
        for r, s in zip(frame.itertuples(), signed, strict=True)
    ]
    return "\n".join([*head, *(row.replace(".", decimal) for row in rows)]) + "\n"


LAYOUTS = {
    "plain": lambda f: plain(f, t="time_s", i="current_a", v="voltage_v", q="capacity_ah"),
    "plain mA": lambda f: plain(
        f.assign(i=1e3 * f["i"], q=1e3 * f["q"], t=f["t"] / 3600),
        t="time_h",
        i="current/mA",
        v="Voltage [V]",
        q="capacity (mAh)",
    ),
    "BDF csv": lambda f: plain(
        f,
        t="Test Time / s",
        i="Current / A",
        v="Voltage / V",
        cycle="Cycle Count / 1",
        step="Step Count / 1",
        q="Step Net Capacity / Ah",
    ),
    "BDF machine": lambda f: plain(
        f, t="test_time_second", i="current_ampere", v="voltage_volt", cycle="cycle_count"
    ),
    "Arbin csv": arbin,
    "Neware csv": neware,
    "Maccor text": maccor,
    "BioLogic mpt": biologic,
    "BioLogic comma": lambda f: biologic(f, ","),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_reads_the_same(layout, tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(LAYOUTS[layout](a_test()), encoding="utf-8")
    table = read_cycling(path)
    assert list(table.columns) == [
        "cycle",
        "step",
        "half_cycle",
        "time_s",
        "current_a",
        "voltage_v",
        "capacity_ah",
    ]
    ends = table.groupby("half_cycle")["capacity_ah"].max()
    assert ends.index.tolist() == [1, 2, 3, 4]
    counted = table.attrs["capacity_from"] == "instrument"
    # integrated: the second between two half-cycles counts too
    np.testing.assert_allclose(ends, HALF_AH, rtol=1e-6 if counted else 1e-3)
    assert table.groupby("half_cycle")["cycle"].first().tolist() == [1, 1, 2, 2]
    assert sorted(set(np.sign(table["current_a"]))) == [-1, 0, 1]
    assert table["current_a"].max() == pytest.approx(CURRENT_A)
    assert table["time_s"].iloc[-1] == pytest.approx(a_test()["t"].iloc[-1], abs=0.01)


def test_the_format_is_named_from_the_content(tmp_path):
    for layout in ("BDF csv", "Arbin csv", "Neware csv", "Maccor text", "BioLogic mpt"):
        path = tmp_path / "x.dat"
        path.write_text(LAYOUTS[layout](a_test()), encoding="utf-8")
        assert read_cycling(path).attrs["format"] == layout


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_encodings(encoding, tmp_path):
    path = tmp_path / "cell.txt"
    path.write_bytes(maccor(a_test()).encode(encoding))
    assert read_cycling(path)["half_cycle"].max() == 4


def test_without_a_counter_the_current_is_integrated(tmp_path):
    path = tmp_path / "cell.csv"
    frame = a_test()[["t", "i", "v"]]
    path.write_text(plain(frame, t="time_s", i="current_a", v="voltage_v"))
    table = read_cycling(path)
    assert table.attrs["capacity_from"] == "integrated current"
    np.testing.assert_allclose(table.groupby("half_cycle")["capacity_ah"].max(), HALF_AH, rtol=1e-3)
    assert any("two half-cycles make a cycle" in note for note in table.attrs["notes"])


def test_a_flipped_current_is_turned_and_said(tmp_path):
    frame = a_test()
    frame["i"] *= -1
    path = tmp_path / "cell.csv"
    path.write_text(plain(frame, t="time_s", i="current_a", v="voltage_v"))
    table = read_cycling(path)
    assert any("sign was turned" in note for note in table.attrs["notes"])
    first = table[table["half_cycle"] == 1]
    assert first["current_a"].iloc[0] > 0  # the voltage rises there
    kept = read_cycling(path, current_sign="positive_raises_voltage")
    assert kept[kept["half_cycle"] == 1]["current_a"].iloc[0] < 0


def test_duplicated_records_are_dropped_and_said(tmp_path):
    frame = a_test()
    frame = pd.concat([frame.iloc[:5], frame.iloc[4:5], frame.iloc[4:]], ignore_index=True)
    path = tmp_path / "cell.csv"
    path.write_text(plain(frame, t="time_s", i="current_a", v="voltage_v"))
    table = read_cycling(path)
    assert len(table) == len(a_test())
    assert any("2 records that repeat" in note for note in table.attrs["notes"])


def test_a_clock_that_was_set_back_goes_on(tmp_path):
    frame = a_test()
    second = frame["cycle"] == 2
    frame.loc[second, "t"] -= frame.loc[second, "t"].iloc[0]
    path = tmp_path / "cell.csv"
    path.write_text(plain(frame, t="time_s", i="current_a", v="voltage_v"))
    table = read_cycling(path)
    assert (np.diff(table["time_s"]) >= 0).all()
    assert any("clock was set back 1 times" in note for note in table.attrs["notes"])
    np.testing.assert_allclose(table.groupby("half_cycle")["capacity_ah"].max(), HALF_AH, rtol=1e-3)


def test_a_tiny_fall_of_a_counter_is_not_a_reset(tmp_path):
    """A real Arbin file lets its counter fall by 60 nAh of 5 mAh between two records."""
    frame = a_test(cycles=1, rest=False)
    frame.loc[6:10, "q"] -= 1e-9
    path = tmp_path / "cell.csv"
    path.write_text(plain(frame, t="time_s", i="current_a", v="voltage_v", q="capacity_ah"))
    ends = read_cycling(path).groupby("half_cycle")["capacity_ah"].max()
    np.testing.assert_allclose(ends, HALF_AH, rtol=1e-4)


def test_a_code_in_the_place_of_a_state_takes_no_sign_away(tmp_path):
    """EC-Lab numbers its modes: a charge alone, or an anodic sweep, has one sign of current."""
    path, names = tmp_path / "charge.mpt", "mode\ttime/s\tEwe/V\t<I>/mA"
    rows = [f"{1 + (k > 8)}\t{60 * k}\t{min(3.2 + 0.1 * k, 4.0)}\t0.5" for k in range(12)]
    path.write_text("\n".join(["EC-Lab ASCII FILE", "Nb header lines : 3", names, *rows]))
    table = read_cycling(path)
    assert table["current_a"].tolist() == [5e-4] * 12


def test_two_discharges_under_two_cycle_numbers_stay_apart(tmp_path):
    frame = a_test(rest=False)
    frame = frame[~((frame["cycle"] == 2) & (frame["i"] > 0))]
    path = tmp_path / "cell.csv"
    path.write_text(plain(frame, t="time_s", i="current_a", v="voltage_v"))
    table = read_cycling(path)
    assert table.groupby("half_cycle")["cycle"].first().tolist() == [1, 1, 2]


def cellpy_raw(frame):
    return pd.DataFrame(
        {
            "test_time": frame["t"],
            "cycle_num": frame["cycle"],
            "step_num": frame["step"],
            "current": frame["i"],
            "potential": frame["v"],
        }
    )


def test_cellpy_archive_reads_and_keeps_its_hands_off_mass(tmp_path):
    fastparquet = pytest.importorskip("fastparquet")
    fastparquet.write(str(tmp_path / "raw.parquet"), cellpy_raw(a_test()))
    units = {"current": "A", "voltage": "V", "charge": "Ah", "time": "sec"}
    meta = {"raw_units": units, "cell": {"mass": 15.4}}
    path = tmp_path / "x.cellpy"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "raw.parquet", "raw.parquet")
        archive.writestr("meta.json", json.dumps(meta))
    table = read_cycling(path)
    assert table.attrs["format"] == "cellpy archive"
    assert table["half_cycle"].max() == 4
    assert any("give active_mass_mg" in note for note in table.attrs["notes"])
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "raw.parquet", "raw.parquet")
        archive.writestr("meta.json", json.dumps({"raw_units": units | {"current": "mol/s"}}))
    with pytest.raises(ReaderError, match="states 'mol/s' as unit of current"):
        read_cycling(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "raw.parquet", "raw.parquet")
        archive.writestr("meta.json", json.dumps({"raw_units": {"current": "A"}}))
    with pytest.raises(ReaderError, match="states None as unit of time, None as unit of voltage"):
        read_cycling(path)


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.cellpy"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("raw.parquet", b"\0" * 30_000_000)
    with pytest.raises(ReaderError, match=r"would unpack .* refused"):
        read_cycling(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("hello\nworld\n", "no table of a cell test"),
        ("time_s,voltage_v,current_a\n", "no rows below"),
        ("time_s,voltage_v,current_a\n0,3,1\n", "needs at least 3"),
        ("time_s,voltage_v,current_a\n0,3,0\n1,3,0\n2,3,0\n", "no current flows"),
        ("time_s,voltage_v,current_a\n0,3,1\n1,nan,1\n2,3,1\n", "'nan' where a finite number"),
        ("time_s,voltage_v,current_a\n0,3,1\n1,,1\n2,3,1\n", "holds nothing where"),
        ("time_s,voltage_v,temperature\n0,3,1\n1,3,1\n", "no current column"),
        ("time_s,potential,current_x\n0,3,1\n1,3,1\n", "no current column"),
        ("time/s,voltage/kV,current/A\n0,3,1\n1,3,1\n2,3,1\n", "unit 'kV'"),
        ("time_s,voltage_v,current_a\n0:00:0x,3,1\n1:00:00,3,1\n2,3,1\n", "is no time"),
    ],
)
def test_what_cannot_be_read_says_why(text, message, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ReaderError, match=message):
        read_cycling(path)


def test_other_archives_and_binaries_are_named(tmp_path):
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(ReaderError, match="is a damaged workbook"):
        read_cycling(path)
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ReaderError, match="damaged zip"):
        read_cycling(path)
    path.write_bytes(b"BIO-LOGIC MODULAR FILE\x1a" + b"\0" * 40)
    with pytest.raises(ReaderError, match=r"export \.mpt text"):
        read_cycling(path)
    with pytest.raises(ReaderError, match="no such file"):
        read_cycling(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="current_sign must be one of"):
        read_cycling(path, current_sign="up")


@pytest.mark.parametrize(("module", "remedy"), [("galvani", r"nasicon\[mpr\]")])
def test_a_missing_optional_package_is_named(module, remedy, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    path = tmp_path / "x.mpr"
    path.write_bytes(b"BIO-LOGIC MODULAR FILE\x1a")
    with pytest.raises(ReaderError, match=remedy):
        read_cycling(path)


@pytest.mark.parametrize("name", ["Channel", "Channel_ID", "chan no"])
@pytest.mark.parametrize("written", ["{}", "3-{}"])
@pytest.mark.parametrize(("channels", "one"), [("7777", True), ("7878", False), ("7788", False)])
def test_records_of_several_channels_are_no_cell(name, written, channels, one, tmp_path):
    path = tmp_path / "export.csv"
    rows = [f"{written.format(c)},{60 * i},0.001,{3.5 + i / 100}\n" for i, c in enumerate(channels)]
    path.write_text(f"{name},Test_Time(s),Current(A),Voltage(V)\n" + "".join(rows))
    if one:
        assert len(read_cycling(path)) == 4
        return
    both = ", ".join(map(written.format, "78"))
    with pytest.raises(ReaderError, match=rf"2 channels \({both}\).* the column '{name}'"):
        read_cycling(path)


@pytest.mark.parametrize("head", ["step", "Schritt", "Step type"])
def test_steps_in_words_are_numbered_by_change(tmp_path, head):
    frame = a_test()
    words = np.where(frame["i"] > 0, "CC Laden", np.where(frame["i"] < 0, "CC Entladen", "Pause"))
    text = frame.assign(step=words).rename(
        columns={
            "t": "time_s",
            "i": "current_a",
            "v": "voltage_v",
            "q": "capacity_ah",
            "step": head,
        }
    )
    (tmp_path / "a.csv").write_text(text.to_csv(index=False))
    found = read_cycling(tmp_path / "a.csv")
    assert found.groupby("half_cycle")["capacity_ah"].max().iloc[-1] == pytest.approx(HALF_AH)
    if head != "Step type":
        assert found["step"].tolist() == frame["step"].tolist()


@pytest.mark.parametrize("rate", ["Scan Rate (V/s) = 5e-4", "Scan rate: 0.5 mV/s", ""])
def test_a_sweep_takes_its_times_from_the_scan_rate(tmp_path, rate):
    volt = np.arange(1.0, 4.0, 0.002)
    rows = "\n".join(f"{v:.3f}, {1e-7 + 1e-6 * v:.3e}" for v in volt)
    head = f"Mar. 3, 2021   09:12:44\nCyclic Linear Sweep\nInit E (V) = 1\n{rate}\n\n"
    (tmp_path / "a.txt").write_text(f"{head}Potential/V, Current/A\n\n{rows}\n")
    if not rate:
        with pytest.raises(ReaderError, match=r"line 6: no time column among 'Potential/V'"):
            read_cycling(tmp_path / "a.txt")
        return
    table = read_cycling(tmp_path / "a.txt", current_sign="positive_raises_voltage")
    assert table["time_s"].iloc[-1] == pytest.approx((volt[-1] - volt[0]) / 5e-4)
    assert "header's 0.5 mV/s" in " ".join(table.attrs["notes"])
