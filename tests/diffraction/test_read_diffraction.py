"""Powder patterns: every format reads, every bad file says why not."""

import struct
import zipfile

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.diffraction.read_files import read_pattern, wavelength_of

X = np.arange(10, 40, 0.1)
Y = np.round(100 + 900 * np.exp(-((X - 25) ** 2)))


def write(path, x=X, y=Y, head="", row="{} {}"):
    lines = [row.format(f"{a:.3f}", f"{b:.0f}") for a, b in zip(x, y, strict=True)]
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows_only(x, y):
    return "\n".join(f"{a:.3f},{b:.0f}" for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize(
    ("name", "points", "first", "last", "wavelength", "second"),
    [
        ("CG20396_jdb12-1.xrdml", 7181, 5.00836, 124.99527, 1.540598, 1.544426),
        ("XRD-918-16_10.xrdml", 5027, 4.00673, 69.99916, 1.540598, 1.544426),
        ("m54313_om2th_10.xrdml", 1800, 26.025, 79.995, 1.540598, np.nan),
        ("TiO2.raw", 1647, 10.0, 70.0415, 1.5406, 1.54439),
        ("TiOF.brml", 2469, 9.998839, 60.012776, 1.5406, 1.54439),
        ("TwoTheta_scan_powder.rasx", 2726, 10.0, 119.0, 1.540593, 1.544414),
        ("JO_KL_16_ZF_3_60deg_0.02step_12degpermin_001.rasx", 2851, 3.0, 60.0, 1.540593, 1.544414),
        ("example_bmb.xye", 575, 0.5, 1.0731, 0.414581, np.nan),
        ("example_ocx.xy", 1876, 5.0, 80.0, np.nan, np.nan),
    ],
)
def test_instrument_files_by_others(external, name, points, first, last, wavelength, second):
    table = read_pattern(external(f"xrd/instrument-formats/{name}"))
    angle = table["two_theta_deg"]
    assert len(table) == points
    assert (angle.iloc[0], angle.iloc[-1]) == pytest.approx((first, last), abs=6e-3)
    found = (table.attrs["wavelength_angstrom"], table.attrs["wavelength_2_angstrom"])
    assert found == pytest.approx((wavelength, second), nan_ok=True)


def test_the_strongest_line_of_a_rutile_file_is_110(external):
    """27.45 deg: d = 3.247 of rutile 110 (d of the structure file beside the pattern)."""
    table = read_pattern(external("xrd/instrument-formats/TiO2.raw"))
    assert table.loc[table["intensity"].idxmax(), "two_theta_deg"] == pytest.approx(27.45, abs=0.05)


@pytest.mark.parametrize(
    ("head", "row"),
    [("", "{} {}"), ("2theta;counts\n", "{};{}"), ("# comment\n", "{}\t{}"), ("a,b\n", "{},{}")],
)
def test_delimited_text(tmp_path, head, row):
    table = read_pattern(write(tmp_path / "p.csv", head=head, row=row))
    np.testing.assert_allclose(table["two_theta_deg"], X, atol=1e-3)
    np.testing.assert_array_equal(table["intensity"], Y)
    assert table.attrs["intensity_unit"] == "counts"


def test_decimal_comma_and_utf16(tmp_path):
    text = "\n".join(f"{a:.3f};{b:.0f}".replace(".", ",") for a, b in zip(X, Y, strict=True))
    path = tmp_path / "p.xy"
    path.write_bytes(text.encode("utf-16"))
    np.testing.assert_allclose(read_pattern(path)["two_theta_deg"], X, atol=1e-3)


def test_third_column_is_the_standard_deviation(tmp_path):
    path = tmp_path / "p.xye"
    path.write_text(
        "\n".join(f"{a:.2f} {b:.1f} {c:.2f}" for a, b, c in zip(X, Y, Y**0.5, strict=True))
    )
    np.testing.assert_allclose(read_pattern(path)["sigma"], Y**0.5, atol=0.01)


def test_falling_angles_are_turned_and_noted(tmp_path):
    table = read_pattern(write(tmp_path / "p.xy", X[::-1], Y[::-1]))
    np.testing.assert_array_equal(table["intensity"], Y)
    assert any("turned" in note for note in table.attrs["notes"])


def test_wavelength_in_the_head_and_none_assumed(tmp_path):
    path = write(tmp_path / "p.xy", head="# wavelength = 0.15406 nm\n")
    assert wavelength_of(read_pattern(path)) == pytest.approx(1.5406)
    without = read_pattern(write(tmp_path / "q.xy"))
    with pytest.raises(ReaderError, match="states no wavelength"):
        wavelength_of(without)
    assert wavelength_of(read_pattern(tmp_path / "q.xy", wavelength_angstrom=0.7)) == 0.7


def test_axes_that_are_not_degrees(tmp_path):
    radians = write(tmp_path / "r.xy", np.radians(X))
    with pytest.raises(ReaderError, match="radians, Q or a short scan"):
        read_pattern(radians)
    named = write(tmp_path / "n.xy", np.radians(X), head="two_theta_rad counts\n")
    table = read_pattern(named)
    np.testing.assert_allclose(table["two_theta_deg"], X, atol=0.05)
    q = 4 * np.pi / 1.5406 * np.sin(np.radians(X) / 2)
    path = write(tmp_path / "q.xy", q, head="Q (1/A) counts\n")
    with pytest.raises(ReaderError, match="needs a wavelength"):
        read_pattern(path)
    table = read_pattern(path, wavelength_angstrom=1.5406)
    np.testing.assert_allclose(table["two_theta_deg"], X, atol=0.02)
    d = 1.5406 / 2 / np.sin(np.radians(X) / 2)
    path = write(tmp_path / "d.xy", d[::-1], Y[::-1], head="d_angstrom counts\n")
    back = read_pattern(path, wavelength_angstrom=1.5406)
    assert back["two_theta_deg"].iloc[0] == pytest.approx(X[0], abs=0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("only words\nand more\n", "no rows of two or three numbers"),
        (rows_only(X[:5], Y[:5]), "needs at least 20"),
        (rows_only(np.r_[X, X], np.r_[Y, Y]), "goes back"),
        (rows_only(np.r_[X[:50], X[49:]], np.r_[Y[:50], Y[49:]]), "occurs twice"),
        (rows_only(X, Y - 500), "negative intensities"),
        (rows_only(X + 200, Y), "possible is up to 180"),
        (rows_only(X, Y) + "\n41.0,abc", "not a finite number"),
        (rows_only(X, Y) + "\n41.0,nan", "not a finite number"),
        ("<a>not xrdml</a>", "not an xrdml"),
        ("<xrdMeasurements><scan", "breaks off or is damaged"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><xrdMeasurements/>', "refused"),
        ("<xrdMeasurements><scan scanAxis='Omega'/></xrdMeasurements>", "scan of 'Omega'"),
        ("<xrdMeasurements><scan scanAxis='Gonio'/></xrdMeasurements>", "holds no counts"),
    ],
)
def test_bad_files_say_why(tmp_path, text, message):
    path = tmp_path / "bad.xy"
    path.write_text(text)
    with pytest.raises(ReaderError, match=message) as caught:
        read_pattern(path)
    assert "bad.xy" in str(caught.value)


@pytest.mark.parametrize("kind", ["automatic", "fixed"])
def test_an_xrdml_says_that_its_slit_opens(tmp_path, kind):
    slit = f'<divergenceSlit xsi:type="{kind}DivergenceSlitType"/>'
    ends = "<startPosition>20</startPosition><endPosition>60</endPosition>"
    counts = " ".join(map(str, range(50, 90)))
    (tmp_path / "p.xrdml").write_text(
        '<xrdMeasurements xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<incidentBeamPath>{slit}</incidentBeamPath><scan scanAxis='2Theta-Omega'><dataPoints>"
        f'<positions axis="2Theta">{ends}</positions><counts>{counts}</counts>'
        "</dataPoints></scan></xrdMeasurements>"
    )
    attrs = read_pattern(tmp_path / "p.xrdml").attrs
    assert attrs["automatic_slit"] is (kind == "automatic")
    assert any("sin(theta)" in note for note in attrs["notes"]) is (kind == "automatic")


def test_raw4_layout_and_truncation(tmp_path):
    head = b"RAW4.00".ljust(61, b"\0")
    segment = struct.pack("<II", 10, 36).ljust(36, b"\0")
    start = struct.pack("<II", 0, 30).ljust(32, b"\0") + b"Locked Coupled".ljust(40, b"\0")
    start += struct.pack("<2d", 10.0, 0.1) + struct.pack("<If", 30, 2.0)
    start = start.ljust(136, b"\0") + struct.pack("<2I", 4, 0)
    raw = head + segment + start.ljust(160, b"\0") + np.arange(30, dtype="<f4").tobytes()
    path = tmp_path / "a.raw"
    path.write_bytes(raw)
    table = read_pattern(path)
    np.testing.assert_array_equal(table["intensity"], np.arange(30))
    assert table["two_theta_deg"].iloc[-1] == pytest.approx(12.9)
    path.write_bytes(raw[:-8])
    with pytest.raises(ReaderError, match="30 counts are declared, 28 left"):
        read_pattern(path)
    path.write_bytes(b"RAW2.00" + raw[7:])
    with pytest.raises(ReaderError, match=r"Bruker RAW of version 'RAW2.*export it as \.xy"):
        read_pattern(path)


def test_archives_that_are_bombs_or_strangers(tmp_path):
    path = tmp_path / "a.rasx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data0/Profile0.txt", b"0" * 40_000_000)
    with pytest.raises(ReaderError, match="would unpack"):
        read_pattern(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(ReaderError, match="no known scan"):
        read_pattern(path)


def test_wrong_arguments(tmp_path):
    path = write(tmp_path / "p.xy")
    with pytest.raises(ValueError, match="1 nm is 10 angstrom"):
        read_pattern(path, wavelength_angstrom=15.4)
