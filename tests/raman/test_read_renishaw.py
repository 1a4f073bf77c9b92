"""Renishaw .wdf by others: axis, laser, one spectrum of several, damage."""

import struct

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.raman.read_files import read_raman

pytest.importorskip("wdf")
LASER_NM = 325.0


def test_one_spectrum(external):
    table = read_raman(external("raman/renishaw_spectrum.wdf"))
    assert table.attrs["format"] == "Renishaw wdf"
    assert table.attrs["title"] == "Single scan measurement 7"
    assert table.attrs["laser_nm"] == pytest.approx(LASER_NM, abs=1e-3)
    assert len(table) == 36
    # the file's first and last wavelength and their intensities, from its blocks XLST and DATA
    raw = external("raman/renishaw_spectrum.wdf").read_bytes()
    nm = np.frombuffer(raw, "<f4", 36, raw.index(b"XLST") + 24)
    counts = np.frombuffer(raw, "<f4", 36, raw.index(b"DATA") + 16)
    np.testing.assert_allclose(table["raman_shift_cm1"], 1e7 / LASER_NM - 1e7 / nm[::-1], atol=0.1)
    np.testing.assert_allclose(table["intensity"], counts[::-1])
    assert "laser of 325.000 nm" in table.attrs["notes"][0]


def test_a_line_of_spectra(external):
    path = external("raman/renishaw_linescan.wdf")
    first, last = read_raman(path), read_raman(path, spectrum=5)
    assert len(first) == len(last) == 40
    assert not np.allclose(first["intensity"], last["intensity"])
    assert any("spectrum 5 of 5" in note for note in last.attrs["notes"])
    with pytest.raises(ReaderError, match="holds 5 spectra, asked for number 6"):
        read_raman(path, spectrum=6)


def test_text_holds_one_spectrum(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("shift_cm-1 intensity\n" + "".join(f"{i} {i * i}\n" for i in range(30)))
    with pytest.raises(ReaderError, match="holds one spectrum, asked for number 2"):
        read_raman(path, spectrum=2)


def test_damage(external, tmp_path):
    raw = bytearray(external("raman/renishaw_spectrum.wdf").read_bytes())
    path = tmp_path / "x.wdf"
    path.write_bytes(raw[:5000])
    with pytest.raises(ReaderError, match="damaged or cut off"):
        read_raman(path)
    at = raw.index(b"YLST")
    struct.pack_into("<Q", raw, at + 8, 0)  # a block without a length: an endless loop
    path.write_bytes(raw)
    with pytest.raises(ReaderError, match="states 0 bytes"):
        read_raman(path)
    raw = bytearray(external("raman/renishaw_spectrum.wdf").read_bytes())
    struct.pack_into("<I", raw, raw.index(b"XLST") + 20, 4)  # electron volts
    path.write_bytes(raw)
    with pytest.raises(ReaderError, match="axis in ElectronVolt"):
        read_raman(path)
