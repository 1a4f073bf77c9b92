"""Other makers' words, languages, units, signs and clocks: read right, or refused with a remedy.

Each case is a kind; what is expected is the truth that the file was made of.
"""

import gzip
import time
import zipfile

import numpy as np
import openpyxl
import pytest

from compendium.paths import repository_root
from compendium.routing import route
from nasicon import cycling, diffraction, eels, eis, esm, nmr, raman, xps
from nasicon.core.columns import is_unit
from nasicon.core.files import header_lines
from nasicon.core.text import ReaderError
from nasicon.transport.read_temperature import temperature_from_header, temperature_from_name

F = np.logspace(6, 0, 43)
W = 2 * np.pi * F
Z = 300 + 1 / (1 / 2000 + 2e-9j * W) + 1 / (1e-6j * W)
Y = 1 / Z
SIZE, ANGLE = abs(Z), np.degrees(np.angle(Z))
CP, CS, LOSS = Y.imag / W, -1 / (W * Z.imag), -Z.real / Z.imag


def written(path, header, columns, mark=".", encoding="utf-8"):
    delimiter = ";" if mark == "," else "\t"
    rows = (
        delimiter.join(f"{x:.9g}".replace(".", mark) for x in row)
        for row in zip(*columns, strict=True)
    )
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


IMPEDANCE = {
    "Freq (Hz)\tZ (kΩ)\tθ (°)": (SIZE / 1e3, ANGLE),
    "Frequency [Hz]\t|Z| [Ω]\tPhase [mrad]": (SIZE, 1e3 * np.radians(ANGLE)),
    "FREQ(HZ)\tG(uS)\tB(uS)": (1e6 * Y.real, 1e6 * Y.imag),
    "FREQ(Hz)\tCp(nF)\tD": (1e9 * CP, LOSS),
    "FREQ(Hz)\tCs(nF)\tQ": (1e9 * CS, 1 / LOSS),
    "FREQ(Hz)\tLs(H)\tQ": (Z.imag / W, 1 / LOSS),
    "f/Hz\tCp/F\ttan δ": (CP, LOSS),
    "Frequency(Hz)\tZ (Ohm)-data\tPhase (deg)-data": (SIZE, ANGLE),  # Keysight
    "f/Hz\tZ'/Ω\t‑Z''/Ω": (Z.real, -Z.imag),  # a hyphen that does not break
    "f/Hz\tZ'/Ω\t(-)Z''/Ω": (Z.real, -Z.imag),
    "V_th\tf/Hz\tZ'/Ω\tZ''/Ω": (F, Z.real, Z.imag),  # "th" is no unit of terahenry
    "Impedance vs frequency and phase\n43\nf/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm": (Z.real, -Z.imag),
}


@pytest.mark.parametrize("header", IMPEDANCE)
def test_impedance_in_other_words(header, tmp_path):
    table = eis.read(written(tmp_path / "a.txt", header, (F, *IMPEDANCE[header])))
    np.testing.assert_allclose(table["z_real_ohm"], Z.real, rtol=1e-6)
    np.testing.assert_allclose(table["z_imag_ohm"], Z.imag, rtol=1e-6)


@pytest.mark.parametrize(
    ("header", "encoding", "columns"),
    [
        ("周波数(Hz);インピーダンス(Ω);位相(°)", "cp932", (F, SIZE, ANGLE)),
        ("频率(Hz);实部(Ω);虚部(Ω)", "gb18030", (F, Z.real, Z.imag)),
        ("頻率(Hz);實部(Ω);虛部(Ω)", "big5", (F, Z.real, Z.imag)),
        ("Frequenz [Hz];Realteil [Ohm];Imaginärteil [Ohm]", "cp1252", (F, Z.real, Z.imag)),
        ("Frequenz [Hz];Betrag [Ohm];Phase [°]", "cp1252", (F, SIZE, ANGLE)),
        ("주파수(Hz);실수부(Ω);허수부(Ω)", "utf-8", (F, Z.real, Z.imag)),
        ("주파수(Hz);실수부(ohm);허수부(ohm)", "cp949", (F, Z.real, Z.imag)),
        ("주파수(Hz);임피던스(Ω);위상(°)", "utf-8", (F, SIZE, ANGLE)),
        ("Частота, Гц;Z', кОм;Z'', кОм", "utf-8", (F, Z.real / 1e3, Z.imag / 1e3)),
        ("Частота, Гц;Действительная часть, Ом;Мнимая часть, Ом", "cp1251", (F, Z.real, Z.imag)),
        ("周波数[Hz];Z実部[Ω];Z虚部[Ω]", "utf-8", (F, Z.real, Z.imag)),
        ("Fréquence (Hz);Module de Z (Ohm);Phase (°)", "cp1252", (F, SIZE, ANGLE)),
        ("Frecuencia (Hz);Parte real (Ω);Parte imaginaria (Ω)", "utf-8", (F, Z.real, Z.imag)),
    ],
)
def test_impedance_in_other_languages(header, encoding, columns, tmp_path):
    table = eis.read(written(tmp_path / "a.csv", header, columns, ",", encoding))
    np.testing.assert_allclose(table["z_real_ohm"], Z.real, rtol=1e-6)
    np.testing.assert_allclose(table["z_imag_ohm"], Z.imag, rtol=1e-6)


@pytest.mark.parametrize(
    ("header", "columns", "message"),
    [
        ("f/Hz\t|Z|/Ohm\tPhase/rad", (SIZE, ANGLE), "name it phase/deg"),
        ("f/Hz\t|Z|/Ohm\tPhase/deg", (SIZE, np.radians(ANGLE)), "name it phase/rad"),
        ("f/Hz\tG(MS)\tB(MS)", (Y.real, Y.imag), "'MS': milli or mega"),
        ("f (Hz)\tZ' (k)\tZ'' (k)", (Z.real / 1e3, Z.imag / 1e3), "'k'; .* known are ohm, kohm"),
        ("Hz\tkohm\tkohm", (Z.real / 1e3, Z.imag / 1e3), "no frequency column"),
        ("f/Hz\tRe(Z)/Ohm\tIm(Z)/Ohm", (SIZE, 0 * F), "imaginary part is 0 in all 43 rows"),
        ("f/Hz\t|Z|/Ohm\tPhase/deg", (np.where(F < 2, 9.9e37, SIZE), ANGLE), "remove the row"),
    ],
)
def test_impedance_that_would_come_out_wrong(header, columns, message, tmp_path):
    with pytest.raises(ReaderError, match=message):
        eis.read(written(tmp_path / "a.txt", header, (F, *columns)))


def test_no_prefix_of_a_unit_breaks_a_name():
    assert is_unit("GHZ")
    assert is_unit("ghz")
    assert not is_unit("x")


def test_fahrenheit_is_no_celsius(tmp_path):
    columns = (F, Z.real, Z.imag, 0 * F + 77)
    table = eis.read(written(tmp_path / "a.txt", "f/Hz\tZ'/Ω\tZ''/Ω\tTemp/°F", columns))
    assert "header" not in table.attrs


@pytest.mark.parametrize(
    ("name", "celsius"),
    [
        *[(f"P_{sign}20C", -20) for sign in ("minus_", "minus ", "minus-", "neg_", "negative_")],
        *[(f"P_{sign}20C", -20) for sign in "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"],
        *[(f"P_{word}_20C", None) for word in ("m", "below", "under", "sub")],
        *[
            ("P_- 20C", None),
            ("P_零下20C", None),
            ("T-20C", None),
            ("P_20C_minus", None),
            ("P_20 deg F", None),
        ],
        *[("P-140deg", 140), ("P\u221220C", -20), ("T=\u201320C", -20), ("P_+20C", 20)],
    ],
)
def test_minus_in_a_name(name, celsius):
    assert temperature_from_name(f"{name}.txt") == celsius


@pytest.mark.parametrize(
    ("line", "celsius"),
    [
        ("Temperature: \u201320 °C", -20),
        ("Temperature: minus 20 °C", -20),
        ("Température : 25 °C", 25),
        ("Sintering temperature: 900 °C", None),
        ("Temperature limit: 80 °C", None),
        ("Temperature step 5 K", None),
    ],
)
def test_temperature_in_a_header(line, celsius):
    assert temperature_from_header([line]) == celsius


BINDING = np.round(np.arange(185, 200, 0.1), 2)
TIMES = 60.0 * np.arange(240)
SIGN = np.where(np.arange(240) // 40 % 2, -1, 1)
UP = np.arange(240) % 40 / 39
VOLTS = 3 + np.where(SIGN > 0, UP, 1 - UP)
STATES = {"CC_C CC_D": 1, "Laden Entladen": 1, "恒流充電 恒流放電": 1, "up down": 0}


def cell(path, header="time/s\tvoltage/V\tcurrent/mA", times=TIMES, current=SIGN, extra=()):
    return cycling.read(written(path, header, (times, VOLTS, current, *extra)))


def capacities(table):
    found = table.groupby("half_cycle")["capacity_ah"].max()
    return found[found.index > 0].to_numpy()


@pytest.mark.parametrize(
    "header",
    [
        "Zeit/s\tSpannung/V\tStrom/mA",
        "Temps (s)\tTension (V)\tCourant (mA)",
        "時間/s\t電圧/V\t電流/mA",
        "経過時間(秒)\t電圧(V)\t電流(mA)",
        "시간(s)\t전압(V)\t전류(mA)",
        "Время, с\tНапряжение, В\tТок, мА",
        "Tiempo (s)\tPotencial (V)\tIntensidad (mA)",
        "Tempo (s)\tTensione (V)\tCorrente (mA)",
    ],
)
def test_cells_in_other_languages(header, tmp_path):
    np.testing.assert_allclose(capacities(cell(tmp_path / "a.txt", header)), 6.5e-4, rtol=0.03)


@pytest.mark.parametrize("words", STATES)
def test_states_give_an_unsigned_current_its_sign(words, tmp_path):
    charge, discharge = words.split(" ")
    rows = zip(TIMES, VOLTS, np.where(SIGN > 0, charge, discharge), strict=True)
    text = "".join(f"{t}\t{v}\t1\t{state}\n" for t, v, state in rows)
    (tmp_path / "a.txt").write_text("time/s\tvoltage/V\tcurrent/mA\tstate\n" + text)
    if STATES[words]:
        np.testing.assert_allclose(capacities(cycling.read(tmp_path / "a.txt")), 6.5e-4, rtol=0.03)
    else:
        with pytest.raises(ReaderError, match="state 'up' says neither charge, discharge"):
            cycling.read(tmp_path / "a.txt")


def test_a_current_without_sign_unit_or_order_is_refused(tmp_path):
    with pytest.raises(ReaderError, match="export a signed current"):
        cell(tmp_path / "a.txt", current=abs(SIGN))
    table = cell(tmp_path / "a.txt", "time/s\tvoltage/V\tcurrent")
    assert "current state no unit: s, V, A and Ah are assumed" in table.attrs["notes"]
    with pytest.raises(ReaderError, match="sort the rows by their time"):
        cell(tmp_path / "a.txt", times=TIMES[::-1])


@pytest.mark.parametrize(
    ("rows", "time"), [(slice(50, 53), 0.0), (slice(50, 51), 1e7), (slice(50, 54), 1e9)]
)
def test_a_clock_that_is_wrong_for_some_records(rows, time, tmp_path):
    times = TIMES.copy()
    times[rows] = time
    table = cell(tmp_path / "a.txt", times=times)
    assert f"{rows.stop - rows.start} records had a time" in table.attrs["notes"][-2]
    np.testing.assert_allclose(capacities(table), 6.5e-4, rtol=0.1)


def test_a_clock_set_back_is_no_stray(tmp_path):
    table = cell(tmp_path / "a.txt", times=TIMES % 2400)
    assert any("set back 5 times" in note for note in table.attrs["notes"])
    np.testing.assert_allclose(capacities(table), 6.5e-4, rtol=0.03)
    table = cell(tmp_path / "a.txt", times=TIMES % 180)  # steps of three records
    assert any("set back 79 times" in note for note in table.attrs["notes"])
    assert not any("records had a time" in note for note in table.attrs["notes"])
    assert table["time_s"].iloc[-1] == 80 * 120


@pytest.mark.parametrize(
    "header",
    [
        "시간(s)\t전압(V)\t전류(mA)\t사이클\t충전용량(mAh)\t방전용량(mAh)",
        "Temps (s)\tTension (V)\tCourant (mA)\tCycle\tCapacité de charge (mAh)"
        "\tCapacité de décharge (mAh)",
        "Zeit/s\tSpannung/V\tStrom/mA\tZyklus\tLadekapazität/mAh\tEntladekapazität/mAh",
        "Время, с\tНапряжение, В\tТок, мА\tЦикл\tЁмкость заряда, мА·ч\tЁмкость разряда, мА·ч",
    ],
)
def test_capacities_in_other_languages(header, tmp_path):
    charge = np.arange(240) % 40 / 60
    pair = np.where(SIGN > 0, charge, 0), np.where(SIGN < 0, charge, 0)
    table = cell(tmp_path / "a.txt", header, extra=(np.arange(240) // 80 + 1, *pair))
    assert table.attrs["capacity_from"] == "instrument"
    np.testing.assert_allclose(capacities(table), 6.5e-4, rtol=1e-6)


def test_capacities_per_gram_against_a_coarse_current(tmp_path):
    mass, charge = 4.5, 1.17 * (np.arange(240) % 40) / 60  # mg; mAh of a current that is 1.17 mA
    header = "time/s\tvoltage/V\tcurrent/mA\tcycle\tcapacity/mAh g-1"
    cycle, volts = np.arange(240) // 80 + 1, VOLTS + np.arange(240) * 1e-5
    columns = (TIMES, volts, SIGN, cycle, 1e3 * charge / mass)
    table = cycling.read(written(tmp_path / "a.txt", header, columns))
    by_capacity = table.attrs["mass_by_capacity_mg"]  # a record more or less at a turn is 2.5 %
    assert by_capacity == pytest.approx(mass / 1.17, rel=0.03)
    for given, flagged in ((mass, True), (by_capacity, False)):
        found = cycling.analyse(
            table, active_mass_mg=given, electrode_area_cm2=1, cell_kind="half-positive"
        ).table()
        row = found[found["quantity"].str.startswith("discharge")].iloc[0]
        assert ("systematic" in row.get("flag", "")) == flagged
    header = header.replace("mAh g-1", "").replace("capacity/", "specific capacity")
    table = cycling.read(written(tmp_path / "a.txt", header, columns))
    assert table.attrs["capacity_from"] == "integrated current"  # per gram, whatever it states


def test_a_running_total_counts_back_on_discharge(tmp_path):
    total = np.cumsum(np.r_[0, 60 * SIGN[1:]]) / 3600e3
    header = "~Time[s]\tLine\tU[V]\tI[mA]\tAh[Ah]"  # Basytec
    columns = (TIMES, np.arange(240) // 40, VOLTS, SIGN, total)
    table = cycling.read(written(tmp_path / "a.txt", header, columns))
    np.testing.assert_allclose(capacities(table), 6.5e-4, rtol=0.03)


def test_phases_and_frequencies_of_maps(tmp_path):
    f = np.linspace(300, 350, 12)
    z = 1 / (1 - (f / 325) ** 2 + 1j * f / 325 / 60)
    angle = np.degrees(np.angle(z))
    zero, path = 0 * f, tmp_path / "a.txt"
    header = "x\ty\tfrequency_{}\tamplitude\tphase_{}"
    right = esm.read(written(path, header.format("khz", "deg"), (zero, zero, f, abs(z), angle)))
    np.testing.assert_allclose(right.to_numpy()[0, 0], z, rtol=1e-6)
    notes = {}
    for unit, phase in (("hz", angle), ("khz", np.radians(angle))):
        columns = (zero, zero, f, abs(z), phase)
        notes[unit] = " ".join(esm.read(written(path, header.format(unit, "deg"), columns)).notes)
    assert "in kHz?" in notes["hz"]
    assert "is it in radians?" in notes["khz"]
    with pytest.raises(ReaderError, match="name it phase_deg"):
        esm.read(written(path, header.format("khz", "rad"), (zero, zero, f, abs(z), angle)))


def test_files_are_placed_by_the_names_in_them(tmp_path):
    written(tmp_path / "a.csv", "Bindungsenergie (eV)\tI", (BINDING, BINDING))
    written(tmp_path / "b.csv", "周波数(Hz)\tZ'(Ω)\tZ''(Ω)", (F, Z.real, Z.imag), encoding="cp932")
    written(tmp_path / "c.csv", "Zeit/s\tSpannung/V\tStrom/mA", (TIMES, VOLTS, SIGN))
    found = [route(tmp_path / name).technique for name in ("a.csv", "b.csv", "c.csv")]
    assert found == ["xps", "eis", "cycling"]
    dart = repository_root() / "data/simulated/esm/gc-latp_dart.npz"
    assert route(dart).technique == "esm"
    written(tmp_path / "d.csv", "time/s\tvoltage/V\tI/mA cm-2", (TIMES, VOLTS, SIGN))
    assert not route(tmp_path / "d.csv").technique
    written(tmp_path / "e.csv", "time/s\tbias/V\tdeflection/nm", (TIMES, SIGN, VOLTS))
    assert route(tmp_path / "e.csv").technique == "esm"


def test_a_sweep_of_one_sign_is_no_charge(tmp_path):
    path = written(tmp_path / "a.txt", "time/s\tvoltage/V\tcurrent/mA", (TIMES, VOLTS, 9**VOLTS))
    assert len(cycling.read(path)) == 240


def test_settings_above_the_numbers_are_no_names(tmp_path):
    for line in ("Time: 12:30", "StepTime 0.5", "Energy 40kV", "Data log", "# EDS off"):
        table = diffraction.read(written(tmp_path / "a.xy", line, (X, COUNTS)))
        assert table["intensity"].max() == 9200
    sigma = np.sqrt(COUNTS)
    table = diffraction.read(written(tmp_path / "a.xye", "The LATP sample", (X, COUNTS, sigma)))
    assert "sigma" in table
    for line in ("Pixels 1024", "Laser 532nm"):
        written(tmp_path / "a.txt", line, (X, COUNTS))
        assert len(raman.read(tmp_path / "a.txt")) == len(X)


def test_holes_and_slipped_units_are_noted(tmp_path):
    table = cell(tmp_path / "a.txt", times=TIMES + 86400 * (np.arange(240) > 60))
    assert any("1 gaps of up to 86460 s" in note for note in table.attrs["notes"])
    header = "time/s\tvoltage/V\tcurrent/mA\tcycle\tcapacity/Ah"
    cycle = np.arange(240) // 80 + 1
    table = cell(tmp_path / "a.txt", header, extra=(cycle, 0.65 * UP))
    assert any("979 times its current over time" in note for note in table.attrs["notes"])


X = np.round(np.arange(10, 70, 0.05), 3)
COUNTS = np.round(200 + 9000 * np.exp(-(((X - 24.5) / 0.06) ** 2)))
Q = 4 * np.pi / 1.5406 * np.sin(np.radians(X / 2))


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("No.\t2theta\tcounts", (np.arange(1, 1201), X, COUNTS)),
        ("2theta\tLATP\tLAGP", (X, COUNTS, COUNTS / 10)),
        ("2theta\tobs\tcalc\tbkg", (X, COUNTS, COUNTS, 0 * COUNTS)),
        ("2theta\tcps", (X, COUNTS)),
        ("# rad.: Cu, batch Q (2021)\n2theta\tcounts", (X, COUNTS)),
        ("q (nm^-1)\tcounts", (10 * Q, COUNTS)),
        ("d/Å\tcounts", (2 * np.pi / Q, COUNTS)),
        ("d-spacing/nm\tcounts", (0.2 * np.pi / Q, COUNTS)),
        ("№\tИнтенсивность\t2Тета, град", (np.arange(1, 1201), COUNTS, X)),
        ("2θ(度)\t強度(カウント)", (X, COUNTS)),
        ("2Theta\tIntensity\ndeg\tcounts", (X, COUNTS)),
    ],
)
def test_patterns_by_the_names_of_their_columns(header, columns, tmp_path):
    path = written(tmp_path / "a.xy", header, columns)
    table = diffraction.read(path, wavelength_angstrom=1.5406)
    top = table.loc[table["intensity"].idxmax()]
    assert top["two_theta_deg"] == pytest.approx(24.5, abs=0.01)
    assert top["intensity"] == 9200
    assert "sigma" not in table
    assert (table.attrs["intensity_unit"] == "counts") == ("cps" not in header)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Energy (keV)\tcounts", "first column is 'Energy"),
        ("channel\tcounts", "first column is 'channel'"),
        ("2theta\tlog10(I)", "export counts"),
        ("theta/deg\tcounts", "else double it"),
    ],
)
def test_patterns_that_would_come_out_wrong(header, message, tmp_path):
    with pytest.raises(ReaderError, match=message):
        diffraction.read(written(tmp_path / "a.xy", header, (X / 2, COUNTS)))


@pytest.mark.parametrize(
    ("line", "angstrom"),
    [
        ("# Wellenlänge: 0,15406 nm", 1.5406),
        ("# Wavelength (pm): 154.06", 1.5406),
        ("# wavelength [nm] = 0.0709", 0.709),
        ("K-Alpha1 wavelength,1.5405980", 1.540598),  # PANalytical csv
    ],
)
def test_wavelengths(line, angstrom, tmp_path):
    table = diffraction.read(written(tmp_path / "a.xy", f"{line}\n2theta\tcounts", (X, COUNTS)))
    assert table.attrs["wavelength_angstrom"] == pytest.approx(angstrom)


def test_rigaku_asc(tmp_path):
    rows = [",".join(f"{v:g}" for v in COUNTS[i : i + 4]) for i in range(0, len(COUNTS), 4)]
    head = "*TYPE = Raw\n*SCAN_AXIS = 2theta/theta\n*YUNIT = counts\n*START = 10.0\n*STEP = 0.05\n"
    text = f"{head}*COUNT = 1199\n" + "\n".join(rows).rpartition(",")[0] + "\n*END\n*EOF\n"
    (tmp_path / "a.asc").write_text(text)
    table = diffraction.read(tmp_path / "a.asc")
    np.testing.assert_allclose(table["two_theta_deg"], X[:-1])
    np.testing.assert_array_equal(table["intensity"], COUNTS[:-1])
    (tmp_path / "a.asc").write_text(text.replace("1199", "1200"))
    with pytest.raises(ReaderError, match="COUNT 1200 and holds 1199"):
        diffraction.read(tmp_path / "a.asc")


def workbook(path, above, header, columns):
    book = openpyxl.Workbook()
    for row in (
        *above,
        header,
        *zip(*(np.asarray(c, float).tolist() for c in columns), strict=True),
    ):
        book.active.append(row)
    book.save(path)
    return path


def test_patterns_and_raman_spectra_in_workbooks(tmp_path):
    path, above = tmp_path / "a.xlsx", [["Sample", "LATP"], ["Wavelength (Å)", "1.5406"], []]
    workbook(path, above, ["2Theta (deg)", "Counts"], (X, COUNTS))
    assert route(path).technique == "diffraction"
    table = diffraction.read(path)
    assert table.attrs["wavelength_angstrom"] == 1.5406
    np.testing.assert_array_equal(table["intensity"], COUNTS)
    shift = np.arange(100, 1300, 2.0)
    workbook(path, [["Laser 532 nm"]], ["라만 시프트 (cm-1)", "강도"], (shift, shift))
    assert route(path).technique == "raman"
    assert raman.read(path).attrs["laser_nm"] == 532
    workbook(path, [], ["time/s", "voltage/V", "current/mA"], (TIMES, VOLTS, SIGN))
    assert route(path).technique == "cycling"
    workbook(path, [], ["a", "b"], (X, COUNTS))
    assert "do not say what they are" in route(path).reason


def spectrum(centre, x):
    return 100 + 5000 * np.exp(-(((x - centre) / 4) ** 2))


def test_raman_axes_and_lasers(tmp_path):
    shift = np.arange(100, 1300, 2.0)
    path, y = tmp_path / "a.txt", spectrum(620, shift)
    for header, laser in {
        "#Laser power=50 mW\n#Laser=532 nm\nRaman shift/cm-1\tI": 532,
        "Laser 532,1 nm": 532.1,
        "Laser 100 mW\nRaman shift/cm-1\tI": None,
    }.items():
        table = raman.read(written(path, header, (shift, y)))
        assert table.attrs["laser_nm"] == laser
        assert table.loc[table["intensity"].idxmax(), "raman_shift_cm1"] == 620
    table = raman.read(written(path, "No\tRaman shift\tI", (np.arange(600), shift, y)))
    assert table.loc[table["intensity"].idxmax(), "raman_shift_cm1"] == 620
    for name in (
        "Волновое число, см-1",
        "Nombre d'onde (cm-1)",
        "Número de onda (cm-1)",
        "波数/cm-1",
    ):
        table = raman.read(written(path, f"№\t{name}\tI", (np.arange(600), shift, y)))
        assert table.loc[table["intensity"].idxmax(), "raman_shift_cm1"] == 620
    other = "Energy (meV)", "Raman shift (THz)", "pixel", "absolute wavenumber/cm-1"
    for header in (*other, "Длина волны, нм"):
        with pytest.raises(ReaderError, match=r"another unit|absolute"):
            raman.read(written(path, f"{header}\tI", (shift, y)))


def test_nmr_columns_by_name(tmp_path):
    ppm = np.linspace(200, -200, 801)
    y, path = spectrum(17.5, ppm), tmp_path / "a.txt"
    for header, columns in {
        "index\tppm\tintensity": (np.arange(801), ppm, y),
        "frequency_hz\tshift_ppm\tintensity": (192.4 * ppm, ppm, y),
        "intensity\tppm": (y, ppm),
    }.items():
        table = nmr.read(written(path, header, columns))
        assert table.loc[table["intensity"].idxmax(), "shift_ppm"] == 17.5
    with pytest.raises(ReaderError, match="axis is in MHz"):
        nmr.read(written(path, "frequency/MHz\tintensity", (192 + ppm / 1e4, y)))
    head = "# nucleus: 11B\n# spectrometer: 600 MHz (1H)\nppm\tintensity"
    assert nmr.read(written(path, head, (ppm, y))).attrs["larmor_mhz"] is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NPOINTS=40", "NPOINTS=80", "announces 80 points and holds 40"),
        ("FIRSTX=39", "FIRSTX=39,5", "states FIRSTX '39,5'"),
        ("FIRSTX=39", f"FIRSTX={'9' * 400}", r"'9+\.\.\. is too large for a number"),
        ("XYDATA=(X++(Y..Y))", "PEAK TABLE=(XY..XY)", "as text with a column of ppm"),
    ],
)
def test_jcamp_whose_axis_would_be_wrong(old, new, message, tmp_path):
    rows = "".join(f"{x} " + " ".join(["5"] * 9 + ["90"]) + "\n" for x in (39, 29, 19, 9))
    text = (
        "##TITLE=x\n##JCAMP-DX=5.00\n##DATA TYPE=NMR SPECTRUM\n##XUNITS=PPM\n##YUNITS=A\n"
        "##FIRSTX=39\n##LASTX=0\n##XFACTOR=1\n##YFACTOR=1\n##NPOINTS=40\n"
        f"##XYDATA=(X++(Y..Y))\n{rows}##END=\n"
    )
    path = tmp_path / "a.dx"
    path.write_text(text)
    assert nmr.read(path)["shift_ppm"].iloc[0] == 39
    path.write_text(text.replace(old, new))
    with pytest.raises(ReaderError, match=message):
        nmr.read(path)


@pytest.mark.parametrize("between", [", ", " ", ";"])
def test_jcamp_in_points(between, tmp_path):
    ppm = np.linspace(60, -60, 481)
    head = "##TITLE=x\n##JCAMP-DX=5.00\n##DATA TYPE={}\n##X-UNITS={}\n##XFACTOR=0.5\n##YFACTOR=2\n"
    pairs = [f"{2 * x:g}{between}{y:g}" for x, y in zip(ppm, spectrum(17.5, ppm), strict=True)]
    body = "##NPOINTS=481\n##XYPOINTS=(XY..XY)\n" + "\n".join(pairs)
    path = tmp_path / "a.dx"
    path.write_text(head.format("NMR SPECTRUM", "PPM") + body + "\n##END=\n")
    table = nmr.read(path)
    top = table.loc[table["intensity"].idxmax()]
    assert top["shift_ppm"] == 17.5
    assert top["intensity"] == pytest.approx(2 * 5100)
    path.write_text(head.format("NMR SPECTRUM", "PPM") + body.rpartition("\n")[0] + "\n##END=\n")
    with pytest.raises(ReaderError, match="announces 481 points and holds 480"):
        nmr.read(path)


def test_jcamp_of_raman_spectra(tmp_path):
    shift, path = np.arange(100, 1300, 2.0), tmp_path / "a.jdx"
    y = np.round(spectrum(620, shift))
    rows = [f"{shift[i]:g} " + " ".join(f"{v:g}" for v in y[i : i + 10]) for i in range(0, 600, 10)]
    head = "##TITLE=x\n##JCAMP-DX=4.24\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##FIRSTX=100\n"
    tail = "##LASTX=1298\n##NPOINTS=600\n##YFACTOR=0.1\n##XYDATA=(X++(Y..Y))\n"
    path.write_text(head + tail + "\n".join(rows) + "\n##END=\n")
    assert route(path).technique == "raman"
    table = raman.read(path)
    assert table["raman_shift_cm1"].iloc[[0, 260, -1]].tolist() == [100, 620, 1298]
    np.testing.assert_allclose(table["intensity"], 0.1 * y)
    path.write_text(path.read_text().replace("RAMAN", "INFRARED"))
    with pytest.raises(ReaderError, match=r"expected RAMAN SPECTRUM|holds no spectrum"):
        raman.read(path)


def test_energies_by_their_names_and_units(tmp_path):
    binding, y = BINDING, spectrum(193, BINDING)
    for header, columns in {
        "Binding energy (eV)\tBe 1s": (binding, y),  # beryllium is no energy
        "Bindungsenergie (keV)\tI": (binding / 1e3, y),
        "결합 에너지 (eV)\t세기": (binding, y),
        "Энергия связи, эВ\tИнтенсивность, имп./с": (binding, y),
        "結合エネルギー(eV)\t強度": (binding, y),
        "Énergie de liaison (eV)\tIntensité (coups/s)": (binding, y),
        "Energía de enlace (eV)\tCuentas": (binding, y),
        "Binding Energy (E)\tCounts / s\neV\tCounts / s": (binding, y),  # Avantage
        "Binding energy\tBackground\tIntensity": (binding, 9 * y, y),
    }.items():
        table = xps.read(written(tmp_path / "a.txt", header, columns))
        top = table.loc[table.filter(like="intensity").iloc[:, 0].idxmax()]
        assert top["binding_energy_ev"] == pytest.approx(193, abs=1e-9)
        assert table.filter(like="intensity").to_numpy().max() == pytest.approx(5100)
    for header, columns in {
        "Energy loss (keV)\tcounts": (binding / 1e3, y),
        "Energy loss (eV)\tbackground\tcounts": (binding, 9 * y, y),
    }.items():
        array = eels.read(written(tmp_path / "b.txt", header, columns))
        assert float(array.idxmax()) == pytest.approx(193)
        assert float(array.max()) == pytest.approx(5100)
    with pytest.raises(ReaderError, match="names X-rays"):
        eels.read(written(tmp_path / "b.txt", "Energy (keV)\tX-ray counts", (binding, y)))


def test_the_head_of_a_file_of_digits_takes_no_time(tmp_path):
    (tmp_path / "a.txt").write_text("9" * 60_000)
    begun = time.process_time()
    header_lines(tmp_path / "a.txt")
    assert time.process_time() - begun < 1


def test_archives_say_what_to_do(tmp_path):
    rows = "".join(f"{t}\t{v}\t{i}\n" for t, v, i in zip(TIMES, VOLTS, SIGN, strict=True))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._a.txt", b"\0\5\26\7")
        archive.writestr("a.txt", "time/s\tvoltage/V\tcurrent/mA\n" + rows)
    assert len(cycling.read(path)) == 240
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"1 2\n" * 20))
    with pytest.raises(ReaderError, match=r"packed file \(gzip\), not instrument text; unpack it"):
        eis.read(tmp_path / "a.gz")


def test_two_cells_of_a_workbook_are_not_joined(tmp_path):
    book = openpyxl.Workbook()
    for name in ("Sheet", "Channel_2"):
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        sheet.append(["Test_Time(s)", "Voltage(V)", "Current(mA)"])
        for row in zip(TIMES, VOLTS, SIGN, strict=True):
            sheet.append([float(x) for x in row])
    book.save(tmp_path / "a.xlsx")
    table = cycling.read(tmp_path / "a.xlsx")
    assert len(table) == 240
    assert any("not read, in sheet 'Channel_2'" in note for note in table.attrs["notes"])


def test_a_rigaku_scan_of_one_column_is_refused(tmp_path):
    (tmp_path / "a.ras").write_text("*RAS_DATA_START\n" + "1\n" * 50)
    with pytest.raises(ReaderError, match="rows of two or three numbers"):
        diffraction.read(tmp_path / "a.ras")
