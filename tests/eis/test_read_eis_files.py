"""Real instrument files by others: numbers typed by hand from the files, and two oracles."""

import json
import re

import numpy as np
import pytest
from impedance import preprocessing

from nasicon.core.text import ReaderError
from nasicon.eis.read_files import one_sweep, read_eis
from nasicon.transport.read_temperature import temperature_from_name

IPY = "eis/impedance-py/"
# file: format, points per sweep, row with the highest frequency, row with the lowest
# (frequency, Z', Z'' with capacitive negative), as they stand in the file
FILES = {
    IPY + "Circuit1_EIS_1.z": ("ZPlot", [48], (50000, 29.036, 0.63662), (1, 75.803, -0.16244)),
    IPY + "Circuit1_EIS_2.z": ("ZPlot", [48], (50000, 29.001, 0.59920), (1, 75.820, -0.17374)),
    IPY + "Circuit2_EIS_1.z": ("ZPlot", [56], (300000, 147.77, -11.335), (1, 654.19, 0.64271)),
    IPY + "Circuit2_EIS_2.z": ("ZPlot", [56], (300000, 147.68, -11.662), (1, 652.44, -2.1180)),
    IPY + "exampleDataZPlot.z": (
        "ZPlot",
        [21],
        (300000, 147.77, -11.335),
        (3000, 613.68, -137.13),
    ),
    IPY + "exampleDataZPlot_noComments.z": (
        "ZPlot",
        [31],
        (300000, 642.62, -85.821),
        (300, 1305.3, -195.01),
    ),
    IPY + "exampleData.csv": (
        "delimited text",
        [66],
        (10000, 1.577148266048593317e-02, 1.015747456493823649e-02),
        (3.1623e-03, 4.949989776405060160e-02, -2.043869854441892481e-02),
    ),
    IPY + "exampleDataAutolab.txt": (
        "Autolab Z60W",
        [41],
        (10000, 0.013785863964281, 0.007191946305823),
        (0.1, 0.0345697771923854, -0.00390292888845954),
    ),
    IPY + "exampleDataBioLogic.mpt": (
        "BioLogic mpt",
        [43],
        (1000.3201, 65.470886, -0.38998979),
        (0.016895540, 110.97003, -2.3458567),
    ),
    IPY + "exampleDataCHInstruments.txt": (
        "CH Instruments",
        [73],
        (99610, 98.91, -2.748),
        (0.1, 5685, -15860),
    ),
    IPY + "exampleDataGamry.DTA": (
        "Gamry DTA",
        [72],
        (200015.6, 825.8584, -1367.239),
        (0.0158898, 17007.49, -6635.557),
    ),
    IPY + "exampleDataGamryABORT.DTA": (
        "Gamry DTA",
        [72],
        (200015.6, 825.8584, -1367.239),
        (0.0158898, 17007.49, -6635.557),
    ),
    IPY + "exampleDataParstat.txt": (
        "Parstat",
        [31],
        (10000, -0.00049816280376104, 0.0175143479976367),
        (10, 0.0270946491457229, -0.00399791080333837),
    ),
    IPY + "exampleDataPowersuite.txt": (
        "PowerSuite",
        [30],
        (2000000, -470.54113, -1397.7358),
        (0.1, 423929.46, -49014.063),
    ),
    IPY + "exampleDataVersaStudio.par": (
        "VersaStudio par",
        [61],
        (100000, 55.31571, 4.575431),
        (0.02154435, 1516.313, -122.8279),
    ),
    "eis/pyeis/ex1.mpt": (
        "BioLogic mpt",
        [59, 59],
        (200019.48, 428.90558, -372.31183),
        (0.010005763, 66802.320, -33712.059),
    ),
    "eis/pyeis/ex2.mpt": (
        "BioLogic mpt",
        [59, 59],
        (200019.48, 424.92365, -375.77924),
        (0.010005763, 62483.348, -31125.246),
    ),
}
SERIES = {
    140: (42, (1e6, 2.21423e04, -5.43115e04), (3.00000e-02, 3.27266e06, -1.40853e06)),
    150: (42, (1e6, 2.26968e04, -4.63730e04), (3.00000e-02, 2.03344e06, -1.05180e06)),
    160: (42, (1e6, 2.11122e04, -3.95568e04), (3.00000e-02, 1.32853e06, -7.93978e05)),
    170: (41, (1e6, 2.07915e04, -3.33040e04), (4.57730e-02, 8.02011e05, -4.61894e05)),
    180: (41, (1e6, 1.96241e04, -2.76066e04), (4.57730e-02, 5.47582e05, -3.44520e05)),
    190: (41, (1e6, 1.76938e04, -2.26127e04), (4.57730e-02, 3.81677e05, -2.56512e05)),
    200: (40, (1e6, 1.58596e04, -1.83471e04), (6.98380e-02, 2.35592e05, -1.37609e05)),
}
FILES |= {
    f"eis/s04147/s04147-{t}deg.txt": ("NEISYS/Novocontrol text", [n], first, last)
    for t, (n, first, last) in SERIES.items()
}
ORACLE = {  # file: reader of impedance.py (None: plain csv)
    IPY + "Circuit1_EIS_1.z": "zplot",
    IPY + "Circuit2_EIS_2.z": "zplot",
    IPY + "exampleDataZPlot.z": "zplot",
    IPY + "exampleDataZPlot_noComments.z": "zplot",
    IPY + "exampleData.csv": None,
    IPY + "exampleDataBioLogic.mpt": "biologic",
    IPY + "exampleDataCHInstruments.txt": "chinstruments",
    IPY + "exampleDataGamry.DTA": "gamry",
    IPY + "exampleDataGamryABORT.DTA": "gamry",
    IPY + "exampleDataParstat.txt": "parstat",
    IPY + "exampleDataPowersuite.txt": "powersuite",
    IPY + "exampleDataVersaStudio.par": "versastudio",
    "eis/pyeis/ex1.mpt": "biologic",
    "eis/pyeis/ex2.mpt": "biologic",
}


def notes_of(table):
    return " | ".join(table.attrs["notes"])


@pytest.mark.parametrize("name", FILES)
def test_counts_and_end_points_are_those_in_the_file(name, external):
    table = read_eis(external(name))
    file_format, counts, first, last = FILES[name]
    assert list(table.columns) == ["sweep", "frequency_hz", "z_real_ohm", "z_imag_ohm"]
    assert table.attrs["format"] == file_format
    assert table.attrs["source"] == name.rsplit("/", 1)[1]
    assert table.groupby("sweep").size().tolist() == counts
    assert tuple(table.iloc[0, 1:]) == first
    assert tuple(table.iloc[-1, 1:]) == last
    assert "turned" not in notes_of(table)
    assert "do not tell" not in notes_of(table)
    for sweep in table["sweep"].unique():
        assert (np.diff(one_sweep(table, sweep)["frequency_hz"]) < 0).all()


@pytest.mark.parametrize("name", ORACLE)
def test_same_numbers_as_impedance_py(name, external):
    path = external(name)
    f, z = preprocessing.readFile(str(path), ORACLE[name])
    table = read_eis(path)
    # impedance.py keeps the file's order and does not tell sweeps apart
    sweeps = np.repeat(np.arange(len(f) // len(table) + 1), len(f))[: len(f)]
    if "pyeis" in name:
        sweeps = np.repeat([0, 1], 59)
    order = np.lexsort((-f, sweeps))
    np.testing.assert_array_equal(table["frequency_hz"], f[order])
    np.testing.assert_array_equal(table["z_real_ohm"], z[order].real)
    np.testing.assert_array_equal(table["z_imag_ohm"], z[order].imag)


def test_cycles_of_an_mpt_are_sweeps(external):
    table = read_eis(external("eis/pyeis/ex1.mpt"))
    second = one_sweep(table, 2)
    assert tuple(second.iloc[0]) == (200019.48, 418.34854, -383.73511)
    assert tuple(one_sweep(table).iloc[-1]) == (0.010005763, 61969.063, -23548.105)
    assert second.attrs["source"] == "ex1.mpt"


def test_aborted_gamry_sweep_is_read_and_says_so(external):
    notes = notes_of(read_eis(external(IPY + "exampleDataGamryABORT.DTA")))
    assert re.search("aborted.*72 points", notes)
    assert "aborted" not in notes_of(read_eis(external(IPY + "exampleDataGamry.DTA")))


def test_mpt_without_frequencies_is_refused_with_the_rows_it_concerns(external):
    with pytest.raises(ReaderError, match="line 61: no frequency column") as caught:
        read_eis(external(IPY + "exampleDataBioLogic_MissingFreq.mpt"))
    assert "43 rows" in str(caught.value)  # lines 62-104


def test_direct_current_rows_are_counted(external):
    notes = notes_of(read_eis(external(IPY + "exampleDataParstat.txt")))
    assert "781 rows with frequency 0" in notes  # 813 lines: header, 781, and 31 from line 783 on


def test_shortened_zplot_says_how_many_points_were_announced(external):
    notes = notes_of(read_eis(external(IPY + "exampleDataZPlot.z")))
    assert "announces 56 points and the file holds 21" in notes


def test_negative_real_parts_are_kept_and_noted(external):
    notes = notes_of(read_eis(external(IPY + "exampleDataPowersuite.txt")))
    assert "negative real part: 2" in notes


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("eis/s04147/Arrhenius_Analysis_Report.txt", "report"),
        ("eis/s04147/Batch_EISfit_Report.txt", "report"),
        ("eis/zahner/BasicIntroduction_fit_results_fit_result.json", "JSON"),
    ],
)
def test_reports_are_not_spectra(name, reason, external):
    with pytest.raises(ReaderError, match=f"is .*{reason}.*, not a spectrum"):
        read_eis(external(name))


def test_every_file_of_the_collection_is_known_to_these_tests(external):
    root = external(IPY + "exampleData.csv").parents[1]
    refused = {"Arrhenius_Analysis_Report.txt", "Batch_EISfit_Report.txt"}
    refused |= {"BasicIntroduction_fit_results_fit_result.json"}
    refused |= {"exampleDataBioLogic_MissingFreq.mpt"}
    zahner = {"BasicIntroduction_rc-data.ism", "EditImpedanceData_li-ion-battery.ism"}
    waiting = {  # registered; their readers are to come
        *(f"data.{kind}" for kind in ("P00", "dfr", "idf", "ids", "ods", "pssession", "xlsx")),
        *("data-comma.csv", "PEIS-0.mpr"),
        *(f"PEIS_LPSCl_IonBlocking_-25C{end}.txt" for end in ("", "_RelaxIS")),
    }
    known = {name.rsplit("/", 1)[1] for name in FILES} | refused | zahner | waiting
    # a cache may hold a part of the collection only
    assert {path.name for path in root.rglob("*") if path.is_file()} <= known


def test_series_temperatures_come_from_the_names():
    names = [name for name in FILES if "s04147" in name]
    assert [temperature_from_name(name) for name in names] == list(SERIES)


@pytest.mark.parametrize("name", [*FILES, "eis/zahner/EditImpedanceData_li-ion-battery.ism"])
def test_turned_sign_is_detected_on_every_real_spectrum(name, external, tmp_path):
    table = read_eis(external(name))
    right = one_sweep(table, int(table["sweep"].max()))
    turned = right.assign(z_imag_ohm=-right["z_imag_ohm"])
    path = tmp_path / "turned.csv"
    turned.to_csv(path, index=False)
    again = read_eis(path)
    assert "the sign was turned" in notes_of(again)
    np.testing.assert_array_equal(again["z_imag_ohm"], right["z_imag_ohm"])


class TestZahner:
    """The fit that comes with the data gives an oracle; end points are Zahner's own import."""

    def test_rc_network_has_the_fitted_impedance_at_both_ends(self, external):
        fit = json.loads(
            external("eis/zahner/BasicIntroduction_fit_results_fit_result.json").read_text()
        )
        r, c = fit["model"]["R0"]["R"]["value"], fit["model"]["C0"]["C"]["value"]
        worst = fit["overall"]["impedance_error_max"] / 100
        table = one_sweep(read_eis(external("eis/zahner/BasicIntroduction_rc-data.ism")))
        ends = table.iloc[[0, -1]]
        assert ends["frequency_hz"].tolist() == [100000, 0.2]
        omega = 2 * np.pi * ends["frequency_hz"].to_numpy()
        expected = np.abs(r / (1 + 1j * omega * r * c))
        measured = np.hypot(ends["z_real_ohm"], ends["z_imag_ohm"])
        np.testing.assert_allclose(measured, expected, rtol=worst)
        assert (ends["z_imag_ohm"] < 0).all()

    # Printed by zahner-analysis 26.42.0 (IsmImport.getFrequencyArray, getComplexImpedanceArray)
    @pytest.mark.parametrize(
        ("name", "count", "first", "last"),
        [
            (
                "BasicIntroduction_rc-data.ism",
                55,
                (100000.0, 165.60710138014684, -10868.178381324426),
                (0.2, 99513834.0720253, -1933631.4253542447),
            ),
            (
                "EditImpedanceData_li-ion-battery.ism",
                128,
                (5000.0, 0.02742234921417069, 0.023854695126454096),
                (0.0005, 0.41654751569177, -0.5358501948035614),
            ),
        ],
    )
    def test_same_numbers_as_the_makers_import(self, name, count, first, last, external):
        table = one_sweep(read_eis(external("eis/zahner/" + name)))
        assert len(table) == count
        np.testing.assert_allclose(table.iloc[0], first, rtol=1e-14)
        np.testing.assert_allclose(table.iloc[-1], last, rtol=1e-14)

    def test_points_on_the_way_to_the_first_extreme_are_left_out(self, external):
        table = read_eis(external("eis/zahner/BasicIntroduction_rc-data.ism"))
        assert "20 of 75 points left out" in notes_of(table)

    def test_cut_file_names_what_is_missing(self, external, tmp_path):
        raw = external("eis/zahner/BasicIntroduction_rc-data.ism").read_bytes()
        path = tmp_path / "cut.ism"
        path.write_bytes(raw[:1000])
        # 12 bytes of header and 3 x 75 numbers of 8 bytes
        with pytest.raises(ReaderError, match="75 points, which take 1812 bytes, and has 1000"):
            read_eis(path)

    def test_content_decides_not_the_suffix(self, external, tmp_path):
        raw = external("eis/zahner/BasicIntroduction_rc-data.ism").read_bytes()
        path = tmp_path / "renamed.dat"
        path.write_bytes(raw)
        assert len(read_eis(path)) == 55


@pytest.mark.parametrize("name", [n for n in FILES if not n.endswith("csv")])
def test_format_is_found_without_the_suffix(name, external, tmp_path):
    path = tmp_path / "renamed.dat"
    path.write_bytes(external(name).read_bytes())
    assert read_eis(path).attrs["format"] == FILES[name][0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_in_its_last_row_never_gives_a_wrong_number(name, external, tmp_path):
    """Cut after each byte of the last data row: an error, or only points of the whole file."""
    whole = external(name)
    points = set(map(tuple, read_eis(whole).iloc[:, 1:].itertuples(index=False)))
    raw = whole.read_bytes()
    if b"</Segment" in raw:
        raw = raw[: raw.index(b"</Segment")]
    if b"EXPERIMENTABORTED" in raw:
        raw = raw[: raw.index(b"EXPERIMENTABORTED")]
    raw = raw.rstrip()
    start = max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1
    path = tmp_path / whole.name
    noted = 0
    for end in range(start + 1, len(raw)):
        path.write_bytes(raw[:end])
        try:
            table = read_eis(path)
        except ReaderError:
            continue
        strange = set(map(tuple, table.iloc[:, 1:].itertuples(index=False))) - points
        if strange:
            # a last column of numbers of any length: the best that can be had is a note
            assert "may be cut" in notes_of(table)
            noted += 1
    assert noted <= 8
