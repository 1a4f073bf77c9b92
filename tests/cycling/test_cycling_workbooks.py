"""Workbooks, Neware's .nda, zipped files and the Battery Data Format of cell tests."""

import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from nasicon.core.text import ReaderError
from nasicon.cycling import write_bdf
from nasicon.cycling.fit_cycles import half_cycle_table
from nasicon.cycling.read_files import read_cycling

MAH = [1.500, 1.485, 1.485, 1.470]  # charge, discharge, charge, discharge
HOURS = 8.0


def cycler_rows():
    """Records of two cycles: time (h), step, cycle, current (mA), voltage (V), capacity (mAh)."""
    start = 0.0
    for half, full in enumerate(MAH):
        sign = 1 if half % 2 == 0 else -1
        for share in np.linspace(0, 1, 60):
            voltage = 3.2 + share if sign > 0 else 4.2 - share
            yield (
                start + HOURS * share,
                half + 1,
                half // 2 + 1,
                sign * full / HOURS,
                voltage,
                (full * share),
            )
        start += HOURS + 1e-3


def save(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def arbin(path):
    head = ["Data_Point", "Test_Time(s)", "Step_Index", "Cycle_Index", "Current(A)", "Voltage(V)"]
    head += ["Charge_Capacity(Ah)", "Discharge_Capacity(Ah)"]
    rows, done = [head], [0.0, 0.0]
    for i, (hours, step, cycle, current, voltage, capacity) in enumerate(cycler_rows()):
        way = 0 if current > 0 else 1
        total = list(done)
        total[way] += capacity * 1e-3
        if capacity == MAH[step - 1]:
            done = total
        rows.append([i + 1, 3600 * hours, step, cycle, current * 1e-3, voltage, *total])
    info = [["TEST REPORT"], ["Channel", "Schedule_File_Name"], [1, "made up"]]
    return save(path, {"Global_Info": info, "Channel_1_1": rows})


def neware(path):
    head = ["DataPoint", "Cycle Index", "Step Index", "Step Type", "Total Time(h)", "Current(mA)"]
    rows = [[*head, "Voltage(V)", "Capacity(mAh)"]]
    for i, (hours, step, cycle, current, voltage, capacity) in enumerate(cycler_rows()):
        kind = "CC Chg" if current > 0 else "CC DChg"
        rows.append([i + 1, cycle, step, kind, hours, current, voltage, capacity])
    cycles = [["Cycle Index", "Chg. Cap.(mAh)", "DChg. Cap.(mAh)"], [1, *MAH[:2]], [2, *MAH[2:]]]
    return save(path, {"cycle": cycles, "record": rows})


@pytest.mark.parametrize(("write", "sheet"), [(arbin, "Channel_1_1"), (neware, "record")])
def test_the_sheet_of_records_is_found(tmp_path, write, sheet):
    table = read_cycling(write(tmp_path / "test.xlsx"))
    capacity = table[table["half_cycle"] > 0].groupby("half_cycle")["capacity_ah"].max()
    np.testing.assert_allclose(1e3 * capacity, MAH, rtol=5e-3)
    assert f"read from sheet {sheet!r}" in table.attrs["notes"]
    assert table["time_s"].iloc[-1] == pytest.approx(3600 * (4 * HOURS + 3e-3))


def test_a_landt_workbook_by_others(external):
    path = external("cycling/cellpy_custom_data.xlsx")
    table = read_cycling(path)
    capacity = 1e3 * table[table["half_cycle"] > 0].groupby("half_cycle")["capacity_ah"].max()
    cycles = pd.read_excel(path, sheet_name="Cycle-Tab")  # the tester's own sums
    np.testing.assert_allclose(capacity.iloc[::2], cycles["CapD/mAh"], rtol=1e-4)
    np.testing.assert_allclose(capacity.iloc[1::2], cycles["CapC/mAh"].dropna(), rtol=1e-4)
    told = (1e3 * cycles["CapD/mAh"] / cycles["SpeCapD/mAh/g"]).median()
    assert table.attrs["mass_by_capacity_mg"] == pytest.approx(told, rel=1e-4)


def test_neware_nda_in_a_zip(external):
    fastnda = pytest.importorskip("fastnda")
    path = external("cycling/neware_v23.nda.zip")
    table = read_cycling(path)
    assert table.attrs["format"] == "Neware nda"
    assert "read from nda_v23.nda" in table.attrs["notes"][0]
    with zipfile.ZipFile(path) as archive:
        unpacked = archive.read("nda_v23.nda")
    assert unpacked.startswith(b"NEWARE")
    assert len(table) == 2706 == fastnda_records(fastnda, unpacked)


def fastnda_records(fastnda, raw):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.nda").write_bytes(raw)
        return len(fastnda.read(Path(folder) / "x.nda"))


def test_a_name_does_not_matter_and_rests_are_no_test(external, tmp_path):
    pytest.importorskip("fastnda")
    path = tmp_path / "renamed.dat"
    path.write_bytes(external("cycling/LIR_commercial_5cyc.ndax").read_bytes())
    assert len(read_cycling(path)) == 7257
    with pytest.raises(ReaderError, match="no current flows in any record"):
        read_cycling(external("cycling/neware_filetype14.ndax"))


def test_no_records_are_refused(external, tmp_path, monkeypatch):
    fastnda = pytest.importorskip("fastnda")
    empty = fastnda.read(external("cycling/LIR_commercial_5cyc.ndax")).head(0)
    monkeypatch.setattr(fastnda, "read", lambda path: empty)
    with pytest.raises(ReaderError, match="holds no record"):
        read_cycling(external("cycling/LIR_commercial_5cyc.ndax"))


def test_an_archive_in_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("a.csv", "time_s,voltage_v,current_a\n")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "test.dat")
    with pytest.raises(ReaderError, match="archive in an archive"):
        read_cycling(tmp_path / "outer.zip")


@pytest.mark.parametrize(
    "name", ["cycling/cellpy_custom_data.xlsx", "cycling/Landt.bdf.csv", "made up"]
)
def test_bdf_reads_back(name, external, tmp_path):
    table = read_cycling(external(name) if "/" in name else arbin(tmp_path / "a.xlsx"))
    write_bdf(table, tmp_path / "test.bdf.csv")
    head, *lines = (tmp_path / "test.bdf.csv").read_text(encoding="utf-8").splitlines()
    assert head == (
        "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step Count / 1,"
        "Charging Capacity / Ah,Discharging Capacity / Ah"
    )
    assert len(lines) == len(table)
    again = read_cycling(tmp_path / "test.bdf.csv")
    assert again.attrs["format"] == "BDF csv"
    for column in ("cycle", "half_cycle"):
        assert again[column].tolist() == table[column].tolist()
    for column in ("time_s", "voltage_v", "current_a", "capacity_ah"):
        np.testing.assert_allclose(
            again[column] - again[column].iloc[0],
            table[column] - table[column].iloc[0],
            rtol=1e-6,
            atol=1e-8 * table[column].abs().max(),
        )
    written = pd.read_csv(tmp_path / "test.bdf.csv")
    halves = half_cycle_table(table)
    for way, column in ((1, "Charging Capacity / Ah"), (-1, "Discharging Capacity / Ah")):
        assert (np.diff(written[column]) >= 0).all()  # never set back
        total = halves.loc[halves["direction"] == way, "capacity_ah"].sum()
        assert written[column].iloc[-1] == pytest.approx(total, rel=1e-6)
    assert (np.diff(written["Step Count / 1"]) >= 0).all()


def test_bdf_of_something_else(tmp_path):
    with pytest.raises(ValueError, match="no column voltage_v, current_a"):
        write_bdf(pd.DataFrame({"time_s": [0.0]}), tmp_path / "x.bdf.csv")
