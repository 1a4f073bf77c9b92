"""Strangers' text files: what is in them comes out, or the error says what to do, and it helps."""

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.cycling.read_files import read_cycling
from nasicon.diffraction.read_files import read_pattern
from nasicon.eis.read_files import read_eis
from nasicon.raman.read_files import read_raman
from nasicon.xps.read_files import read_xps

X = np.round(np.arange(20, 32, 0.02), 2)
Y = np.round(200 + 9000 * np.exp(-(((X - 24.5) / 0.06) ** 2)))
PATTERN = [f"{x:.2f} {y:.0f}" for x, y in zip(X, Y, strict=True)]
ATTENUATOR = np.where(abs(X - 24.5) < 0.2, 7.5, 1.0)
RAS = [
    "*RAS_DATA_START",
    "*RAS_HEADER_START",
    '*HW_XG_WAVE_LENGTH_ALPHA1 "1.540593"',
    '*HW_XG_WAVE_LENGTH_ALPHA2 "1.544414"',
    '*MEAS_SCAN_AXIS_X "{axis}"',
    '*MEAS_SCAN_UNIT_Y "counts"',
    "*RAS_INT_START",
]


def put(path, lines, encoding="utf-8"):
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def ras(axis="2-Theta/Theta", factor=ATTENUATOR):
    rows = zip(X, Y / factor, factor, strict=True)
    table = [f"{x:.4f} {y:.4f} {c:.4f}" for x, y, c in rows]
    return [line.replace("{axis}", axis) for line in RAS] + table + ["*RAS_INT_END"]


@pytest.mark.parametrize(
    "lines",
    [
        [f"{len(X)}", *PATTERN],
        ["pellet 900C  Original Data", f" {len(X)} ", *PATTERN],
        ["2 theta scan of pellet 7", "start step stop", "20 0.02 32", *PATTERN],
        [row.replace(".", ",") for row in PATTERN],
        [*PATTERN, "", "measured by the night shift"],
        ras(),
        ras(axis="TwoThetaOmega"),
        ras(factor=np.ones(len(X))),
        [*ras(), *(line.replace("20.", "40.") for line in ras())],
        ["_FILEVERSION=2", "_WL1=1.540593", "_WL2=1.544414", "_2THETACOUNTS", *PATTERN],
        [
            *("_FILEVERSION=2", "_WL1=0.1540593", "_WL_UNIT='nm'"),
            *("_START=20.0", "_STEPSIZE=0.02", "_COUNTS"),
            *(" ".join(f"{y:.0f}" for y in Y[i : i + 8]) for i in range(0, 600, 8)),
        ],
    ],
)
def test_patterns(lines, tmp_path):
    table = read_pattern(put(tmp_path / "a.xy", lines))
    np.testing.assert_allclose(table["two_theta_deg"], X, atol=1e-9)
    np.testing.assert_allclose(table["intensity"], Y, atol=1e-3)
    if lines[0][0] in "*_":
        assert table.attrs["wavelength_angstrom"] == pytest.approx(1.540593)


def test_the_attenuator_of_a_ras_is_no_sigma(tmp_path):
    table = read_pattern(put(tmp_path / "a.ras", ras()))
    # 7.5 times the root of 9200 / 7.5 counts
    assert table["sigma"].max() == pytest.approx(262.679, abs=0.01)
    assert "sigma" not in read_pattern(put(tmp_path / "b.ras", ras(factor=np.ones(len(X)))))
    two = read_pattern(put(tmp_path / "c.ras", [*ras(), *ras()]))
    assert "2 scans in the file" in two.attrs["notes"][0]
    with pytest.raises(ReaderError, match="scan of 'Omega'"):
        read_pattern(put(tmp_path / "d.ras", ras(axis="Omega")))


def test_a_third_column_that_is_a_curve_is_no_sigma(tmp_path):
    curve = [f"{row} {0.98 * y:.1f}" for row, y in zip(PATTERN, Y, strict=True)]
    table = read_pattern(put(tmp_path / "a.xy", curve))
    assert "sigma" not in table
    assert "no standard deviation" in table.attrs["notes"][0]


F = np.logspace(6.8, 1, 60)
Z = 300 + 1 / (1 / 1e4 + 2j * np.pi * F * 1e-10) + 1 / (2j * np.pi * F * 1e-6)
SIZE, ANGLE, YS, W = abs(Z), np.degrees(np.angle(Z)), 1 / Z, 2 * np.pi * F
LCR = {
    "F[Hz]\t\tZ[Ohm]\t\tTheta\t\tTemperature[°C]": (SIZE, ANGLE),
    "F[Hz]\t\t|Z|[kOhm]\t\tTheta[deg]": (SIZE / 1e3, ANGLE),
    "Frequency (Hz)\tImpedance Magnitude (Ohms)\tImpedance Phase Degrees (')": (SIZE, ANGLE),
    "Frequency (Hz)\tR (Ohm)\tX (Ohm)": (Z.real, Z.imag),
    "FREQ[Hz]\tZ[ohm]\tPHASE[deg]": (SIZE, ANGLE),
    "Frequency(Hz)\tG(mS)\tB(mS)": (1e3 * YS.real, 1e3 * YS.imag),
    "f/Hz\tRs/Ohm\tCs/nF": (Z.real, -1e9 / (W * Z.imag)),
    "f/Hz\tRp/kOhm\tCp/pF": (1e-3 / YS.real, 1e12 * YS.imag / W),
    "f/Hz\tCp/F\tD": (YS.imag / W, YS.real / YS.imag),
    "Data: Frequency\tData: Z'\tData: Z''": (Z.real, Z.imag),
}


@pytest.mark.parametrize("header", LCR)
@pytest.mark.parametrize("mark", ".,")
def test_impedance_analysers(header, mark, tmp_path):
    rows = zip(F, *LCR[header], strict=True)
    lines = ["\t".join(f"{x:.8e}" for x in row).replace(".", mark) for row in rows]
    head = ["Time: 10:00; Date: 01.01.2020", "Sample Thickness [mm]: 0,000", "", header]
    table = read_eis(put(tmp_path / "lcr.txt", [*head, *lines], "cp1252"))
    np.testing.assert_allclose(table["z_real_ohm"], Z.real, rtol=1e-5)
    np.testing.assert_allclose(table["z_imag_ohm"], Z.imag, rtol=1e-5)
    assert ("degrees" in str(table.attrs["notes"])) == ("Theta\t" in header)


def test_the_phase_of_an_admittance(tmp_path):
    rows = [f"{f:.6e},{abs(y):.8e},{np.angle(y):.8e}" for f, y in zip(F, YS, strict=True)]
    table = read_eis(put(tmp_path / "y.csv", ["Freq (Hz),|Y| (S),Phase(Y) (rad)", *rows]))
    np.testing.assert_allclose(table["z_imag_ohm"], Z.imag, rtol=1e-5)


def test_a_phase_that_could_be_either_is_asked_for_and_the_remedy_helps(tmp_path):
    rows = [f"{f:.6e},{s:.8e},{np.radians(a):.8e}" for f, s, a in zip(F, SIZE, ANGLE, strict=True)]
    with pytest.raises(ReaderError, match=r"line 1: .*name it phase/deg or phase/rad"):
        read_eis(put(tmp_path / "a.csv", ["f/Hz,|Z|/Ohm,phase", *rows]))
    table = read_eis(put(tmp_path / "b.csv", ["f/Hz,|Z|/Ohm,phase/rad", *rows]))
    np.testing.assert_allclose(table["z_imag_ohm"], Z.imag, rtol=1e-5)


def test_an_mpt_whose_header_has_more_names_than_the_rows(tmp_path):
    head = ["EC-Lab ASCII FILE", "Nb header lines : 3", "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tEce/V"]
    rows = [f"{f:.6e}\t{z.real:.6e}\t{-z.imag:.6e}" for f, z in zip(F, Z, strict=True)]
    table = read_eis(put(tmp_path / "a.mpt", [*head, *rows]))
    assert "no row has: Ece/V" in table.attrs["notes"][0]
    np.testing.assert_allclose(table["z_real_ohm"], Z.real, rtol=1e-5)


BE = np.round(np.arange(185, 200, 0.1), 2)
COUNTS = np.round(500 + 3000 * np.exp(-(((BE - 193.2) / 0.8) ** 2)))


def specs(region, kind, shift=0.0):
    energy = BE + shift if kind == "binding" else 1486.61 - BE - shift
    head = [f"# values in {kind} energy", f"# Region:            {region}"]
    head += ["# Excitation Energy: 1486.61", "# ColumnLabels: energy counts/s"]
    return head + [f"{e:.2f} {c:.1f}" for e, c in zip(energy, COUNTS, strict=True)] + [""]


def test_text_of_xps_programs(tmp_path):
    table = read_xps(put(tmp_path / "a.xy", specs("B 1s", "binding")))
    assert table["binding_energy_ev"].tolist() == BE.tolist()
    two = [*specs("B 1s", "kinetic"), *specs("P 2p", "kinetic", -60)]
    table = read_xps(put(tmp_path / "b.xy", two))
    tops = table.loc[table.groupby("region")["intensity_counts_per_s"].idxmax()]
    assert dict(zip(tops["region"], tops["binding_energy_ev"], strict=True)) == {
        "B 1s": pytest.approx(193.2),
        "P 2p": pytest.approx(133.2),
    }


@pytest.mark.parametrize("options", [{}, {"energy": "binding"}, {"energy": "kinetic"}])
def test_the_columns_of_casaxps(tmp_path, options):
    head = ["Cycle 0:B1s:", "B1s/3\tCharacteristic Energy eV\t1486.69", "K.E.\tCounts\tB.E.\tCPS"]
    rows = zip(1486.69 - BE, COUNTS, BE, COUNTS / 60, strict=True)
    lines = [*head, *(f"{k:.2f}\t{c:.1f}\t{b:.2f}\t{r:.3f}" for k, c, b, r in rows)]
    table = read_xps(put(tmp_path / "a.txt", lines), **options)
    np.testing.assert_allclose(table["binding_energy_ev"], BE, atol=1e-6)
    np.testing.assert_array_equal(table["intensity_counts"], COUNTS)
    assert set(table["region"]) == {"B1s"}


def cell(times, stray=()):
    """Charge and discharge at 1 mA, 60 s a record: 1.000 and 0.980 mAh."""
    volts = [*(3.2 + np.arange(61) / 60), *(4.1 - np.arange(1, 61) / 60)]
    amps = [1e-3] * 61 + [-1e-3] * 60
    times = [0.0 if i in stray else t for i, t in enumerate(times)]
    return list(zip(times, volts, amps, strict=True))


TIMES = [*(60.0 * np.arange(61)), *(3600 + 58.8 * np.arange(1, 61))]
CELLS = {
    "basytec": (
        ["~Testfile: x", "~Time[h]\tDataSet\tt-Step[h]\tCommand\tU[V]\tI[A]"],
        lambda t, v, i: f"{t / 3600:.6f}\t1\t0\tCharge\t{v:.4f}\t{i:.6f}",
        "utf-8",
    ),
    "chinese": (
        ["测试时间/s\t电压/V\t电流/mA"],
        lambda t, v, i: f"{t:.1f}\t{v:.4f}\t{1e3 * i:.4f}",
        "gb18030",
    ),
    "chinese with steps": (
        ["循环号,工步类型,时间(h),总时间(h),电流(mA),电压(V)"],
        lambda t, v, i: f"1,x,{t % 600 / 3600:.6f},{t / 3600:.6f},{1e3 * i:.4f},{v:.4f}",
        "gb18030",
    ),
    "two times": (
        ["Time,Total Time,Voltage,Current"],
        lambda t, v, i: f"{t % 600:.1f},{t:.1f},{v:.4f},{i:.6f}",
        "utf-16",
    ),
    "blanks": (
        ["# a cell", "time_s voltage_v current_a"],
        lambda t, v, i: f"  {t:.1f}   {v:.4f}  {i:.6f}",
        "cp1252",
    ),
}


@pytest.mark.parametrize("kind", CELLS)
def test_cell_testers(kind, tmp_path):
    head, row, encoding = CELLS[kind]
    lines = [*head, *(row(*record) for record in cell(TIMES))]
    table = read_cycling(put(tmp_path / "cell.txt", lines, encoding))
    ends = 1e3 * table.groupby("half_cycle")["capacity_ah"].max()
    np.testing.assert_allclose(ends, [1.0, 0.98], atol=2e-3)


def test_a_last_row_that_a_copy_cut_off_is_left_out_and_said(tmp_path):
    lines = ["time_s,voltage_v,current_a,remark"]
    lines += [f"{t},{v},{i},ok" for t, v, i in cell(TIMES)]
    whole = read_cycling(put(tmp_path / "a.csv", [*lines[:-1], lines[-1].removesuffix(",ok")]))
    cut = read_cycling(put(tmp_path / "b.csv", [*lines[:-1], lines[-1].rsplit(",", 2)[0]]))
    assert len(whole) == 121
    assert len(cut) == 120
    assert "the file breaks off in line 122" in str(cut.attrs["notes"])
    with pytest.raises(ReaderError, match="line 50: column 'current_a' holds nothing where"):
        read_cycling(put(tmp_path / "c.csv", [*lines[:49], "2880,3.9", *lines[50:]]))


def test_a_stray_time_of_zero_is_no_clock_set_back(tmp_path):
    lines = ["time_s,voltage_v,current_a"]
    lines += [f"{t},{v},{i}" for t, v, i in cell(TIMES, stray=(40, 61, 90))]
    table = read_cycling(put(tmp_path / "cell.csv", lines))
    ends = 1e3 * table.groupby("half_cycle")["capacity_ah"].max()
    np.testing.assert_allclose(ends, [1.0, 0.98], atol=2e-3)
    assert "3 records had a time (such as 0 s)" in str(table.attrs["notes"])


SHIFT = np.round(np.arange(100, 1300, 2.0), 1)
LIGHT = np.round(400 + 5000 / (1 + ((SHIFT - 620) / 4) ** 2), 3)
PLAIN = [f"{x:.1f}\t{y:.3f}" for x, y in zip(SHIFT, LIGHT, strict=True)]
BWTEK = ["laser_wavelength;785,00", "Pixel;Raman Shift;Raw data #1;Dark Subtracted #1;"]
BWTEK += [
    f"{i};{x:.2f};{y + 90:.3f};{y:.3f};".replace(".", ",")
    for i, (x, y) in enumerate(zip(SHIFT, LIGHT, strict=True))
]


@pytest.mark.parametrize(
    "raw",
    [
        "\n".join(["File Version;BWRam4.11_11", *BWTEK]).encode(),
        "\n".join(["Something else", *BWTEK]).encode("utf-16"),
        "\n".join(["TITLE\tx", "XYDATA", *PLAIN, "", "[Comments]", "Resolution\t3.2"]).encode(),
        "\n".join([*PLAIN, "# END OF SCAN", "Temperature of detector: -60 C"]).encode(),
        "\n".join(PLAIN).encode().replace(b"700.0", b"700\0.0"),
        "\n".join(PLAIN).replace("\t", " ").replace(".", ",").encode(),
    ],
)
def test_raman_text(raw, tmp_path):
    (tmp_path / "a.txt").write_bytes(raw)
    table = read_raman(tmp_path / "a.txt")
    np.testing.assert_allclose(table["raman_shift_cm1"], SHIFT)
    np.testing.assert_allclose(table["intensity"], LIGHT)


@pytest.mark.parametrize("name", ["eis/hybrid-drt/PEIS_LPSCl_IonBlocking_-25C"])
def test_one_spectrum_from_two_programs(external, name):
    ours = read_eis(external(f"{name}.txt"))
    relaxis = read_eis(external(f"{name}_RelaxIS.txt"))
    for column in ("frequency_hz", "z_real_ohm", "z_imag_ohm"):
        np.testing.assert_allclose(ours[column], relaxis[column], rtol=1e-6)


def test_eco_chemie_text_holds_what_is_beside_it(external):
    printed = read_eis(external("eis/pyimpspec/data.P00"))
    exact = read_eis(external("eis/pyimpspec/data-comma.csv"))
    np.testing.assert_allclose(printed["z_real_ohm"], exact["z_real_ohm"], rtol=5e-3)
    np.testing.assert_allclose(printed["z_imag_ohm"], exact["z_imag_ohm"], rtol=5e-3)
    assert printed.attrs["format"] == "Eco Chemie P00"


@pytest.mark.parametrize(
    ("name", "regions", "region", "top"),
    [
        ("MgFe2O4_small.xy", 2, "Fe2p", 712.0),
        ("casa_vms_txt_export.txt", 4, "Ni:Ni2p", 852.7),
        ("casa_lineshapes_cols.txt", 1, "FeO:Fe2p", 710.1),
    ],
)
def test_xps_text_by_others(external, name, regions, region, top):
    table = read_xps(external(f"xps/formats/{name}"))
    assert table["region"].nunique() == regions
    chosen = table[table["region"] == region]
    intensity = chosen[chosen.columns[2]]
    assert chosen.loc[intensity.idxmax(), "binding_energy_ev"] == pytest.approx(top, abs=0.06)


def test_the_wavelengths_of_a_real_uxd(external):
    table = read_pattern(external("xrd/raw1/BT86_.UXD"))
    assert table.attrs["wavelength_angstrom"] == 1.5406
    assert table.attrs["wavelength_2_angstrom"] == 1.54439
    assert table.attrs["counting_time_s"] == 0.5
    assert len(table) == 2374
