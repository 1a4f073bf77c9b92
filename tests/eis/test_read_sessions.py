"""Files of potentiostats' own programs and workbooks: one spectrum by others in every format."""

import json
import zipfile

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.eis.read_files import read_eis

COLUMNS = ["frequency_hz", "z_real_ohm", "z_imag_ohm"]
#: Half of the last digit that the format prints, relative to the smallest number so printed.
DIGITS = {
    "P00": 0.5e-3,
    "dfr": 1e-12,
    "idf": 0.5e-5,
    "ids": 0.5e-5,
    "ods": 1e-12,
    "pssession": 1e-12,
    "xlsx": 1e-12,
}


@pytest.fixture(scope="module")
def reference(external):
    table = read_eis(external("eis/pyimpspec/data-comma.csv"))
    assert len(table) == 29
    assert complex(*table[COLUMNS[1:]].iloc[0]) == pytest.approx(109.00918219 - 26.55567988j)
    return table[COLUMNS].to_numpy()


@pytest.mark.parametrize("ending", DIGITS)
def test_one_spectrum_in_every_format(reference, external, ending):
    table = read_eis(external(f"eis/pyimpspec/data.{ending}"))
    first = table[table["sweep"] == 1][COLUMNS].to_numpy()
    np.testing.assert_allclose(first, reference, rtol=DIGITS[ending])
    assert table["sweep"].max() == (2 if ending == "ids" else 1)


def test_what_the_files_say_besides(external):
    ivium = read_eis(external("eis/pyimpspec/data.idf"))
    assert ivium.attrs["header"] == {"area_cm2": 1.0, "title": "Test"}
    assert "area 1 cm2" in ivium.attrs["notes"][0]
    palmsens = read_eis(external("eis/pyimpspec/data.pssession"))
    assert "'Fixed at 51 freqs' holds other numbers" in palmsens.attrs["notes"][0]
    book = read_eis(external("eis/pyimpspec/data.xlsx"))
    assert book.attrs["format"] == "Excel workbook"
    assert "read from sheet 'header-variant-1'" in book.attrs["notes"]
    assert "header-variant-2" in book.attrs["notes"][-1]
    assert read_eis(external("eis/pyimpspec/data.ods")).attrs["format"] == "OpenDocument workbook"


def test_biologic_impedance_in_binary(external):
    pytest.importorskip("galvani")
    table = read_eis(external("eis/biologic/PEIS-0.mpr"))
    assert table.attrs["format"] == "BioLogic mpr"
    assert len(table) == 60
    assert table["frequency_hz"].iloc[0] == pytest.approx(10001.0)
    assert table["z_imag_ohm"].iloc[0] < 0
    assert (table["z_real_ohm"] > 0).all()


def test_ivium_without_impedance_or_cut_off(tmp_path, external):
    raw = external("eis/pyimpspec/data.idf").read_bytes()
    path = tmp_path / "x.idf"
    path.write_bytes(raw.replace(b"Method=Impedance", b"Method=Transient"))
    with pytest.raises(ReaderError, match=r"without impedance \(method Transient\)"):
        read_eis(path)
    path.write_bytes(raw[: raw.index(b"3.66400E+02")])
    with pytest.raises(ReaderError, match="table of 29 rows and 3 columns is damaged"):
        read_eis(path)


def test_palmsens_without_impedance_or_cut_off(tmp_path, external):
    text = external("eis/pyimpspec/data.pssession").read_text(encoding="utf-16")
    path = tmp_path / "x.pssession"
    path.write_text(text[: len(text) // 2], encoding="utf-16")
    with pytest.raises(ReaderError, match=r"no whole PalmSens session.*save it again"):
        read_eis(path)
    session = json.loads(text.rstrip("\0\ufeff"))
    arrays = session["Measurements"][0]["DataSet"]["Values"]
    session["Measurements"][0]["DataSet"]["Values"] = arrays[:3]
    path.write_text(json.dumps(session), encoding="utf-8")
    with pytest.raises(ReaderError, match="session without impedance"):
        read_eis(path)
    path.write_text('{"Type":"PalmSens.X","Measurements":' + "[" * 100_000, encoding="utf-8")
    with pytest.raises(ReaderError, match="no whole PalmSens session"):
        read_eis(path)


def test_eco_chemie_cut_off(tmp_path, external):
    lines = external("eis/pyimpspec/data.dfr").read_text().splitlines()
    path = tmp_path / "x.dfr"
    path.write_text("\n".join(lines[:100]))
    with pytest.raises(ReaderError, match="announces 29 points of 9 numbers and holds 97"):
        read_eis(path)


def test_an_archive_of_something_else(tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("spectrum.txt", "1 2 3")
    with pytest.raises(ReaderError, match=r"no Excel or OpenDocument workbook .* spectrum\.txt"):
        read_eis(path)
