"""EMSA text: both ways to write numbers, both kinds of data, what is refused."""

import sys

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.eels.read_files import read_eels

ENERGY = 150 + 0.5 * np.arange(200)
COUNTS = np.round(1e6 * (ENERGY / 150) ** -3)
HEAD = {
    "FORMAT": "EMSA/MAS Spectral Data File",
    "TITLE": "B K",
    "NPOINTS": "200",
    "XUNITS": "eV",
    "YUNITS": "counts",
    "DATATYPE": "Y",
    "XPERCHAN": "0.5",
    "OFFSET": "150",
    "SIGNALTYPE": "ELS",
    "SPECTRUM": "Spectral Data Starts Here",
}
Y = [f"{c:.0f}," for c in COUNTS]
XY = [f"{e:.1f}, {c:.2f}" for e, c in zip(ENERGY, COUNTS, strict=True)]
COMMAS = [row.replace(", ", "; ").replace(".", ",") for row in XY]
GERMAN = {"DATATYPE": "XY", "XPERCHAN": "0,5", "OFFSET": "150,0"}


@pytest.fixture
def msa(tmp_path):
    def write(rows=Y, end="#ENDOFDATA :\n", **changes):
        head = [f"#{key} : {value}" for key, value in (HEAD | changes).items() if value is not None]
        (tmp_path / "a.msa").write_text("\n".join([*head, *rows, end]), encoding="utf-8")
        return tmp_path / "a.msa"

    return write


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        (Y, {}),
        (Y, {"XUNITS": "Energy Loss (eV)"}),  # as ISO 22029:2022 writes it
        (Y, {"XUNITS": "keV", "OFFSET": "0.150", "XPERCHAN": "0.0005"}),
        (Y, {"NPOINTS": "200.", "OFFSET": "150 eV"}),
        (Y, {"NPOINTS": None, "SIGNALTYPE": None}),
        ([" ".join(Y[k : k + 5]) for k in range(0, 200, 5)], {"NCOLUMNS": "5"}),
        ([f"{c:.2e}" for c in COUNTS], {}),
        (XY, {"DATATYPE": "XY"}),
        ([", ".join(XY[k : k + 2]) for k in range(0, 200, 2)], {"DATATYPE": "XY", "NCOLUMNS": "2"}),
        (XY, {"DATATYPE": "XY", "OFFSET": None, "XPERCHAN": None}),
        (COMMAS, GERMAN),
        ([row.replace("; ", "\t") for row in COMMAS], GERMAN | {"OFFSET": "150"}),
        ([row.replace(";", "") for row in COMMAS], GERMAN),
        (COMMAS, GERMAN | {"XPERCHAN": None, "OFFSET": None}),
    ],
)
def test_every_way_to_write_the_same_spectrum(msa, rows, changes):
    array = read_eels(msa(rows, **changes))
    np.testing.assert_allclose(array["energy_loss_ev"], ENERGY, rtol=1e-12)
    np.testing.assert_allclose(array, COUNTS, rtol=5e-3 if "e+" in rows[0] else 1e-12)
    assert array.attrs["title"] == "B K"
    assert array.attrs["notes"] == []


def test_a_column_that_is_no_even_axis_is_taken(msa):
    bent = ENERGY + 1e-4 * (ENERGY - 150) ** 2
    rows = [f"{e:.3f}, {c:.0f}" for e, c in zip(bent, COUNTS, strict=True)]
    array = read_eels(msa(rows, DATATYPE="XY"))
    np.testing.assert_allclose(array["energy_loss_ev"], bent, atol=1e-3)
    assert "the column is taken" in array.attrs["notes"][0]


@pytest.mark.parametrize(
    ("rows", "changes", "found"),
    [
        (Y, {"SIGNALTYPE": "EDS"}, "SIGNALTYPE EDS is no energy loss"),
        (Y, {"XUNITS": "nm"}, "XUNITS nm.*not calibrated"),
        (Y, {"XUNITS": None}, "not calibrated"),
        (Y, {"OFFSET": None}, "no OFFSET.*not calibrated"),
        (Y, {"XPERCHAN": "0"}, "not calibrated"),
        (Y, {"OFFSET": "1e29"}, "occurs twice"),
        (Y, {"OFFSET": "start"}, "OFFSET: 'start' is not a finite number"),
        (Y[:-1], {}, "NPOINTS 200, but 199 points"),
        ([*Y, Y[-1]], {}, "NPOINTS 200, but 201 points"),
        ([], {"NPOINTS": "0"}, "0 points"),
        ([*Y[:-1], "nan"], {}, "line 210: 'nan' is not a finite number"),
        (["150.0, 1,000.0", *XY[1:]], {"DATATYPE": "XY"}, "line 11: DATATYPE XY"),
        (COMMAS, {}, "400 points"),
    ],
)
def test_what_is_no_whole_energy_loss_spectrum_is_refused(msa, rows, changes, found):
    with pytest.raises(ReaderError, match=found):
        read_eels(msa(rows, **changes))


def test_without_an_end_and_a_count_it_may_be_cut_off(msa):
    assert read_eels(msa(end="")).size == 200
    with pytest.raises(ReaderError, match="cut off"):
        read_eels(msa(end="", NPOINTS=None))


def test_an_axis_that_was_never_set_is_named(msa):
    assert "never set?" in read_eels(msa(OFFSET="0", XPERCHAN="1")).attrs["notes"][0]


def test_the_example_of_the_standard(external):
    array = read_eels(external("eels/ISO_22029_2022_scientific.msa"))
    assert array["energy_loss_ev"].to_numpy()[[0, -1]].tolist() == [520.13, 580.5]
    assert array.to_numpy()[[0, 7, -1]].tolist() == [4066, 7809, 4217]


def test_it_reads_what_rosettasciio_reads(external):
    rosetta = pytest.importorskip("rsciio.msa")
    path = external("eels/YAG_O_K.msa")
    (signal,) = rosetta.file_reader(str(path))
    array, axis = read_eels(path), signal["axes"][0]
    np.testing.assert_array_equal(array, signal["data"])
    energies = axis["offset"] + axis["scale"] * np.arange(axis["size"])
    np.testing.assert_array_equal(array["energy_loss_ev"], energies)
    assert array.attrs["title"] == signal["metadata"]["General"]["title"]


def test_gatan_files_need_an_extra_that_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rsciio.digitalmicrograph", None)
    (tmp_path / "a.dm3").write_bytes(b"\0\0\0\x03" + bytes(60))
    with pytest.raises(ReaderError, match=r"nasicon\[dm\]"):
        read_eels(tmp_path / "a.dm3")
