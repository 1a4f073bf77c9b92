"""Raman readers: real files, cosmic rays, saturation, hostile input."""

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.raman.read_files import cosmic_rays, read_raman

X = np.arange(100.0, 1200.0, 1.0)


def lines():
    y = 300 + 4000 / (1 + ((X - 1005) / 5) ** 2) + 900 / (1 + ((X - 430) / 7) ** 2)
    return y + np.random.default_rng(1).normal(0, 8, X.size)


def write(path, y, head="Raman shift (cm-1)\tcounts"):
    rows = (f"{a:.2f}\t{b:.2f}" for a, b in zip(X, y, strict=True))
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("name", "kind", "laser", "points", "strongest"),
    [
        ("ICV_BW532_PST02_iRPlus532_Z050_100_2500msx5.txt", "BWSpec", 532.07, 762, 1002),
        ("ICV_BW532_S0N02_iRPlus532_Z050_100_40000ms.txt", "BWSpec", 532.07, 762, 522),
        ("ICV_BW532_sCAL02_iRPlus532_Z050_100_20000ms.txt", "BWSpec", 532.07, 762, 1087),
        ("TOP_Ho633_Pol_HLR633_Z010_100_15sx5.txt", "two-column text", None, 6034, None),
        ("TOP_Ho633_Si_HLR633_Z010_100_40sx5.txt", "two-column text", None, 6034, 519),
        ("vSiO2_ROD1000661.rod", "ROD", 514, 2019, 441),
    ],
)
def test_real_files(external, name, kind, laser, points, strongest):
    table = read_raman(external(f"raman/{name}"))
    assert table.attrs["format"] == kind
    assert table.attrs["laser_nm"] == laser
    assert len(table) == points
    assert (np.diff(table["raman_shift_cm1"]) > 0).all()
    inside = table[table["raman_shift_cm1"].between(200, 1500)]
    if strongest:
        found = inside["raman_shift_cm1"][inside["intensity"].idxmax()]
        assert found == pytest.approx(strongest, abs=3)
    assert not table["cosmic_ray"].any()


def test_spikes_are_flagged_and_lines_are_not(tmp_path):
    y = lines()
    clean = read_raman(write(tmp_path / "a.txt", y))
    assert not clean["cosmic_ray"].any()
    y[[200, 500, 501]] += [3000, 2000, 2500]
    table = read_raman(write(tmp_path / "b.txt", y))
    assert table.index[table["cosmic_ray"]].tolist() == [200, 500, 501]
    assert "3 points look like cosmic rays (near 300, 600, 601 cm-1)" in table.attrs["notes"][0]
    assert table["intensity"][200] == pytest.approx(y[200], abs=0.01)  # left as recorded


def test_spikes_of_any_scale():
    y = lines()
    y[300] += 3000
    for factor in (1e-6, 1.0, 1e6):
        assert np.flatnonzero(cosmic_rays(factor * y)).tolist() == [300]


def test_saturation_is_noted(tmp_path):
    table = read_raman(write(tmp_path / "a.txt", np.minimum(lines(), 2000)))
    assert any("saturated" in note for note in table.attrs["notes"])


def test_header_and_decimal_commas(tmp_path):
    rows = "\n".join(f"{a:.1f};{b:.2f}".replace(".", ",") for a, b in zip(X, lines(), strict=True))
    (tmp_path / "a.txt").write_text("# laser 785 nm\n# Raman shift;counts\n" + rows)
    table = read_raman(tmp_path / "a.txt")
    assert table.attrs["laser_nm"] == 785
    assert table.attrs["notes"] == []
    assert table["raman_shift_cm1"][3] == 103


def test_descending_axis_is_turned(tmp_path):
    rows = "\n".join(f"{a:.1f}\t{b:.3f}" for a, b in zip(X[::-1], X[::-1], strict=True))
    (tmp_path / "a.txt").write_text("#Wave\t#Intensity\n" + rows)
    table = read_raman(tmp_path / "a.txt")
    assert table["raman_shift_cm1"].tolist() == X.tolist()
    assert table["intensity"].tolist() == X.tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("nothing here", "no two columns"),
        ("Wavelength (nm)\tcounts\n" + "540\t1\n541\t2\n" * 20, "is a wavelength"),
        ("shift\tcounts\n" + "\n".join(f"{i}\t1\t2" for i in range(50)), "3 columns"),
        ("shift\tcounts\n" + "100\t5\n" * 40, "occurs twice"),
        ("shift\tcounts\n1\t2\n2\t3\n", "needs at least 16"),
        ("shift\tcounts\n" + "1\t2\n2\t3\nstop\n4\t5\n", "no data row"),
        ("File Version;BWSpec4.11_1\nDate;x\n", "no row of column names"),
        ("File Version;BWSpec4.11_1\nPixel;Wavelength;\n0;1;\n", "no column 'Raman Shift'"),
        (
            f"File Version;BWSpec4.11_1\nPixel;Raman Shift;Raw data #1{';x' * 10_000}\n0;1;2\n",
            "20029 characters of column names, at most 20000",
        ),
        ("loop_\n_raman_spectrum.raman_shift\n_raman_spectrum.intensity\n", "incomplete"),
    ],
)
def test_hostile_text(tmp_path, text, message):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ReaderError, match=message):
        read_raman(tmp_path / "a.txt")
