"""Binary patterns by others: Bruker RAW1.01, and STOE, which states what it holds."""

import struct

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.diffraction.read_files import read_pattern
from nasicon.diffraction.read_formats import coupled


def test_bruker_raw1(external):
    path = external("xrd/raw1/Cu3Au-1.raw")
    table = read_pattern(path)
    assert table.attrs["format"] == "Bruker RAW1.01"
    assert table.attrs["title"] == "Cu3Au-1"
    assert len(table) == 3901 == (path.stat().st_size - 712 - 304) // 4
    np.testing.assert_allclose(table["two_theta_deg"].iloc[[0, -1]], [22.0, 100.0])
    assert table.attrs["wavelength_angstrom"] == pytest.approx(1.5406)
    assert table.attrs["wavelength_2_angstrom"] == pytest.approx(1.54439)
    assert table.attrs["counting_time_s"] == pytest.approx(0.5)
    assert (table["intensity"] == table["intensity"].round()).all()
    # 111 of Cu3Au: a = 3.75 angstrom gives d = 2.165 and 41.7 degrees
    top = table.loc[table["intensity"].idxmax(), "two_theta_deg"]
    assert top == pytest.approx(2 * np.degrees(np.arcsin(1.5406 / 2 / (3.75 / 3**0.5))), abs=0.3)


def test_stoe(external):
    table = read_pattern(external("xrd/raw1/stoe.raw"))
    assert table.attrs["format"] == "STOE RAW_1.06"
    assert len(table) == 5404
    np.testing.assert_allclose(table["two_theta_deg"].iloc[[0, 1, -1]], [10.0, 10.015, 91.045])
    assert table["intensity"].min() == 1129
    assert table["intensity"].max() == 5824
    assert table.attrs["wavelength_angstrom"] == pytest.approx(1.20793)


@pytest.mark.parametrize(
    ("name", "at", "layout", "value", "message"),
    [
        ("Cu3Au-1.raw", 712 + 4, "<I", 99999, "99999 counts are declared, 3901 left"),
        ("Cu3Au-1.raw", 712 + 196, "<I", 3, "scan of 'rocking curve'"),
        ("Cu3Au-1.raw", 712 + 252, "<I", 8, "3901 steps of 8 bytes"),
        ("Cu3Au-1.raw", 712 + 176, "<d", 0.0, "in steps of 0 deg"),
        ("stoe.raw", 0x800 + 0x22, "<H", 5000, "states 5000 points"),
        ("stoe.raw", 0xA00 + 400, "<i", 99999, "counts from 1129 to 5824, and holds .* to 99999"),
        ("stoe.raw", 0x1DA, "<H", 60, "has 48 blocks, 60 of them data"),
        ("stoe.raw", 4, "<4s", b"1.07", "STOE RAW of version 'RAW_1.07'.*export it as .xy"),
    ],
)
def test_damage(name, at, layout, value, message, external, tmp_path):
    raw = bytearray(external(f"xrd/raw1/{name}").read_bytes())
    struct.pack_into(layout, raw, at, value)
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(ReaderError, match=message):
        read_pattern(path)


@pytest.mark.parametrize("name", ["Cu3Au-1.raw", "stoe.raw"])
@pytest.mark.parametrize("length", [20, 330, 700, 900, 3000])
def test_cut_off(name, length, external, tmp_path):
    path = tmp_path / name
    path.write_bytes(external(f"xrd/raw1/{name}").read_bytes()[:length])
    with pytest.raises(ReaderError, match=r"breaks off|blocks"):
        read_pattern(path)


@pytest.mark.parametrize(
    "name",
    [
        *("TwoThetaOmega", "2Theta-Omega", "Omega/2Theta", "Theta/2-Theta", "2Theta/Theta"),
        *("\u03b8-2\u03b8", "Gonio", "Locked Coupled", "Unlocked Coupled", "TwoTheta", ""),
        "Coupled TwoTheta/Theta",
    ],
)
def test_names_of_a_powder_scan(name):
    coupled(name, "x")


@pytest.mark.parametrize("name", ["Omega", "Phi", "Chi", "Rocking Curve", "PSD fixed", "Theta"])
def test_names_of_other_scans(name):
    with pytest.raises(ReaderError, match=f"is a scan of '{name}', not of 2theta"):
        coupled(name, "x")
