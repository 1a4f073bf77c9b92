"""NMR readers: real Bruker data, files written by other programs, text, hostile input."""

import json
import re

import numpy as np
import pytest

from nasicon.core.text import ReaderError
from nasicon.nmr.fit_lines import Site, fit_sites
from nasicon.nmr.read_files import read_nmr
from nasicon.nmr.read_formats import bruker, nucleus_name


def lorentzian(ppm, centre, width=0.5):
    return 1 / (1 + ((ppm - centre) / (width / 2)) ** 2)


def top(table):
    return table["shift_ppm"][table["intensity"].idxmax()]


@pytest.fixture
def barium(external):
    for name in ("acqus", "fid", "pdata/1/1i", "pdata/1/1r", "pdata/1/procs"):
        external(f"nmr/ba2p2o7_zg/{name}")
    return external("nmr/ba2p2o7_zg/acqus").parent


@pytest.mark.parametrize("part", ["", "pdata/1/1r", "pdata/1/procs", "pdata/1"])
def test_processed_bruker_names_its_contradictions(barium, part):
    table = read_nmr(barium / part)
    assert table.attrs["format"] == "Bruker 1r"
    assert table.attrs["source"] == "ba2p2o7_zg"
    assert table.attrs["nucleus"] == "31P"
    assert table.attrs["larmor_mhz"] == pytest.approx(162.165852)
    notes = " ".join(table.attrs["notes"])
    assert "SF = 100.372 MHz in procs is that of another nucleus than 31P" in notes
    assert "stated spinning speed of 4.2 kHz contradicts the sidebands" in notes
    assert len(table) == 16384
    assert (np.diff(table["shift_ppm"]) < 0).all()
    # first point: (SFO1 - BF1 + SW/2) / BF1, by hand from acqus
    assert table["shift_ppm"][0] == pytest.approx((-3348.214 + 62500) / 162.165852, abs=1e-3)
    assert top(table) == pytest.approx(-21.92, abs=0.05)
    assert table.attrs["sideband_hz"] == pytest.approx(12466, rel=0.01)


def test_bruker_signal_gives_the_spectrum_topspin_made(barium):
    spectrum, signal = read_nmr(barium / "pdata/1/1r"), read_nmr(barium / "fid")
    assert signal.attrs["format"] == "Bruker fid"
    assert any("its phase left as it is" in note for note in signal.attrs["notes"])
    grid = np.linspace(-40, 0, 800)
    curves = [
        np.interp(grid, t["shift_ppm"][::-1], t["intensity"][::-1]) for t in (spectrum, signal)
    ]
    curves = [np.convolve(c, np.ones(9) / 9, mode="same") for c in curves]
    assert np.corrcoef(curves)[0, 1] > 0.98
    # broadened on request
    broad = read_nmr(barium / "fid", line_broadening_hz=200.0)
    assert broad["intensity"].max() == pytest.approx(1.0, abs=0.2)
    assert broad.attrs["line_broadening_hz"] == 200.0


def test_a_bruker_file_without_its_parameters(barium, tmp_path):
    (tmp_path / "1r").write_bytes((barium / "pdata/1/1r").read_bytes())
    with pytest.raises(ReaderError, match="stands alone"):
        read_nmr(tmp_path / "1r")
    with pytest.raises(ReaderError, match="neither acqus"):
        read_nmr(tmp_path)


@pytest.mark.parametrize("damage", ["short", "no SW"])
def test_damaged_bruker(barium, tmp_path, damage):
    place = tmp_path / "x" / "pdata" / "1"
    place.mkdir(parents=True)
    acqus = (barium / "acqus").read_text()
    procs = (barium / "pdata/1/procs").read_text()
    data = (barium / "pdata/1/1r").read_bytes()
    (tmp_path / "x" / "acqus").write_text(acqus)
    (place / "procs").write_text(
        procs.replace("##$SW_p= 125000", "") if damage == "no SW" else procs
    )
    (place / "1r").write_bytes(data[:400] if damage == "short" else data)
    with pytest.raises(ReaderError, match="SI = 16384" if damage == "short" else "SW_p is missing"):
        read_nmr(place / "1r")


def test_bruker_signal_is_the_one_nmrglue_reads(barium):
    import nmrglue

    dic, data = nmrglue.bruker.read(str(barium), read_pulseprogram=False)
    expected = nmrglue.bruker.remove_digital_filter(dic, data)
    np.testing.assert_allclose(bruker(barium / "fid").intensity, expected, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize(
    ("entry", "damaged", "message"),
    [
        ("TD= 7168", "TD= 71680", "fid holds 3584 complex points, acqus says TD/2 = 35840"),
        ("TD= 7168", "TD= 7e20", "copy both again"),
        ("AQ_mod= 1", "AQ_mod= 0", "AQ_mod = 0 .* expected 1 or 3"),
        ("GRPDLY= 67.98", "GRPDLY= 67980", "GRPDLY = .* exceeds half its 3584 points"),
        ("GRPDLY= 67.9820404052734", "GRPDLY= -1", None),
        ("DTYPA= 0", "DTYPA= 2", "fid holds 1792 complex points"),
    ],
)
def test_damaged_parameters_of_a_bruker_signal(barium, tmp_path, entry, damaged, message):
    acqus = (barium / "acqus").read_text()
    assert entry in acqus
    (tmp_path / "acqus").write_text(acqus.replace(entry, damaged))
    (tmp_path / "fid").write_bytes((barium / "fid").read_bytes())
    if message is None:  # the delay then follows from DSPFVS: none from 14 on, and 2 points go
        assert len(bruker(tmp_path / "fid").intensity) == 3584 - 2
        return
    with pytest.raises(ReaderError, match=message):
        read_nmr(tmp_path / "fid")


def test_agilent_signal_written_by_nmrglue(tmp_path):
    nmrglue = pytest.importorskip("nmrglue")
    n, width, sfrq, reffrq = 2048, 20000.0, 192.390, 192.3895
    offset = 12.0 * reffrq - (sfrq - reffrq) * 1e6  # Hz from the carrier of a line at 12 ppm
    t = np.arange(n) / width
    # Agilent's receiver turns the other way round: higher shift, negative frequency
    signal = np.exp(-2j * np.pi * offset * t - np.pi * 60 * t).astype("complex64")
    folder = tmp_path / "b11.fid"
    udic = {
        "ndim": 1,
        0: {
            "size": n,
            "complex": True,
            "encoding": "direct",
            "sw": width,
            "obs": sfrq,
            "car": 0.0,
            "label": "B11",
            "time": True,
            "freq": False,
        },
    }
    dic = nmrglue.varian.create_dic(udic)
    values = {
        "sw": width,
        "sfrq": sfrq,
        "reffrq": reffrq,
        "np": 2 * n,
        "tn": "B11",
        "srate": 15000.0,
    }
    template = {
        "name": "",
        "subtype": "1",
        "basictype": "1",
        "maxvalue": "1",
        "minvalue": "0",
        "stepsize": "0",
        "Ggroup": "2",
        "Dgroup": "1",
        "protection": "0",
        "active": "1",
        "intptr": "64",
        "enumerable": "0",
    }
    procpar = {}
    for name, value in values.items():
        kind = "2" if isinstance(value, str) else "1"
        procpar[name] = template | {"name": name, "basictype": kind, "values": [str(value)]}
    dic["procpar"] = procpar
    nmrglue.varian.write(str(folder), dic, signal, overwrite=True)
    for path in (folder, folder / "fid"):
        table = read_nmr(path)
        assert table.attrs["format"] == "Agilent fid"
        assert table.attrs["nucleus"] == "11B"
        assert table.attrs["spin_rate_hz"] == 15000
        assert top(table) == pytest.approx(12.0, abs=0.06)


def jcamp(units="PPM", first=40.0, last=-40.0, frequency="192.39", points=400):
    ppm = np.linspace(40, -40, points)
    y = np.round(1e4 * lorentzian(ppm, 12.0)).astype(int)
    head = [
        "##TITLE= test",
        "##JCAMP-DX= 5.01",
        "##DATA TYPE= NMR SPECTRUM",
        "##.OBSERVE NUCLEUS= ^11B",
        f"##XUNITS= {units}",
        "##YUNITS= ARBITRARY UNITS",
        f"##FIRSTX= {first}",
        f"##LASTX= {last}",
        "##XFACTOR= 1",
        "##YFACTOR= 1",
        f"##NPOINTS= {points}",
    ]
    head += [f"##.OBSERVE FREQUENCY= {frequency}"] if frequency else []
    rows = [f"{ppm[i]:.3f} " + " ".join(map(str, y[i : i + 10])) for i in range(0, points, 10)]
    return "\n".join([*head, "##XYDATA= (X++(Y..Y))", *rows, "##END=", ""])


@pytest.mark.parametrize("units", ["PPM", "HZ"])
def test_jcamp_in_ppm_and_hertz(tmp_path, units):
    factor = 192.39 if units == "HZ" else 1.0
    (tmp_path / "a.dx").write_text(jcamp(units, 40 * factor, -40 * factor))
    table = read_nmr(tmp_path / "a.dx")
    assert top(table) == pytest.approx(12.0, abs=0.21)
    assert (table.attrs["nucleus"], table.attrs["larmor_mhz"]) == ("11B", 192.39)


def test_jcamp_in_hertz_without_a_frequency_is_refused(tmp_path):
    (tmp_path / "a.dx").write_text(jcamp("HZ", frequency=""))
    with pytest.raises(ReaderError, match=r"no \.OBSERVE FREQUENCY"):
        read_nmr(tmp_path / "a.dx")
    (tmp_path / "b.dx").write_text(jcamp("SECONDS"))
    with pytest.raises(ReaderError, match="time signal"):
        read_nmr(tmp_path / "b.dx")


def test_csdm_written_by_csdmpy(tmp_path):
    csdmpy = pytest.importorskip("csdmpy")
    n = 512
    axis = csdmpy.LinearDimension(
        count=n,
        increment="30 Hz",
        coordinates_offset=f"{-15 * n} Hz",
        origin_offset="192.39 MHz",
        label="11B",
    )
    ppm = (np.arange(n) - n // 2) * 30 / 192.39
    y = csdmpy.as_dependent_variable(lorentzian(ppm, 12.0, 2.0))
    data = csdmpy.CSDM(dimensions=[axis], dependent_variables=[y])
    data.save(str(tmp_path / "a.csdf"))
    table = read_nmr(tmp_path / "a.csdf")
    assert table.attrs["format"] == "CSDM"
    assert top(table) == pytest.approx(12.0, abs=0.16)
    assert table.attrs["larmor_mhz"] == pytest.approx(192.39)


def test_csdm_never_looks_elsewhere(tmp_path):
    model = {
        "csdm": {
            "version": "1.0",
            "dimensions": [],
            "dependent_variables": [
                {"type": "external", "components_url": "http://127.0.0.1/secret"}
            ],
        }
    }
    (tmp_path / "a.csdfe").write_text(json.dumps(model))
    with pytest.raises(ReaderError, match="keeps its data in another file"):
        read_nmr(tmp_path / "a.csdfe")


@pytest.mark.parametrize(
    "text",
    [
        "# nucleus: 11B\n# spectrometer frequency: 192.39 MHz\nshift (ppm)\tintensity\n{tab}",
        "delta / ppm; I\n{semicolon}",
        "ppm,intensity\n{comma}",
    ],
)
def test_two_columns(tmp_path, text):
    ppm = np.linspace(-40, 40, 200)
    y = lorentzian(ppm, 12.0, 3.0)
    rows = list(zip(ppm, y, strict=True))
    shapes = {
        "tab": "\n".join(f"{a:.4f}\t{b:.6f}" for a, b in rows),
        "semicolon": "\n".join(f"{a:.4f};{b:.6f}".replace(".", ",") for a, b in rows),
        "comma": "\n".join(f"{a:.4f},{b:.6f}" for a, b in rows),
    }
    (tmp_path / "a.txt").write_text(text.format(**shapes))
    table = read_nmr(tmp_path / "a.txt")
    assert top(table) == pytest.approx(12.0, abs=0.3)
    if "192.39" in text:
        assert (table.attrs["nucleus"], table.attrs["larmor_mhz"]) == ("11B", 192.39)
    else:
        assert "no spectrometer frequency" in " ".join(table.attrs["notes"])
        assert read_nmr(tmp_path / "a.txt", larmor_mhz=128.4).attrs["larmor_mhz"] == 128.4


def test_topspin_text(tmp_path):
    y = lorentzian(np.linspace(40, -40, 200), 12.0, 3.0)
    head = "# Data set\n# LEFT = 40.0 ppm. RIGHT = -40.0 ppm.\n# SIZE = 200\n"
    (tmp_path / "a.txt").write_text(head + "\n".join(f"{v:.6f}" for v in y))
    assert top(read_nmr(tmp_path / "a.txt")) == pytest.approx(12.0, abs=0.3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("hello\nworld", "no table of numbers"),
        ("frequency (Hz)\tI\n" + "\n".join(f"{i * 100}\t{i}" for i in range(50)), "axis is in Hz"),
        ("x\tI\n" + "\n".join(f"{i * 100}\t{i}" for i in range(50)), "names no unit"),
        ("ppm\tI\n1\t2\n2\tnan\n3\t4", "no data|no table"),
        ("ppm\tI\n" + "1\t2\n" * 40, "occurs twice"),
        ("ppm\tI\n1\t2\n2\t3\n4\t5", "needs at least 16"),
        ("{not json", "no CSDM file"),
        ('{"csdm": 5}', "no CSDM file"),
        ("##TITLE= x\n##END=\n", "JCAMP-DX|no spectrum"),
    ],
)
def test_hostile_text(tmp_path, text, message):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ReaderError, match=message):
        read_nmr(tmp_path / "a.txt")


def test_a_contradicting_frequency_is_an_error(tmp_path):
    (tmp_path / "a.dx").write_text(jcamp())
    with pytest.raises(ReaderError, match=r"states 192\.39 MHz, but larmor_mhz = 128"):
        read_nmr(tmp_path / "a.dx", larmor_mhz=128.4)
    with pytest.raises(ValueError, match="larmor_mhz must be > 0"):
        read_nmr(tmp_path / "a.dx", larmor_mhz=-1.0)


def test_pickles_and_archives_are_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(ReaderError, match="zip archive"):
        read_nmr(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(ReaderError, match="binary"):
        read_nmr(tmp_path / "b.txt")


@pytest.mark.parametrize(
    ("text", "name"),
    [("^11B", "11B"), ("B11", "11B"), ("<31P>", "31P"), ("27Al", "27Al"), ("off", ""), ("", "")],
)
def test_nucleus_names(text, name):
    assert nucleus_name(text) == name


def copied(barium, place, acqus=("", ""), procs=("", "")):
    """A copy of the experiment with one entry of each parameter file replaced."""
    (place / "pdata/1").mkdir(parents=True)
    (place / "acqus").write_text((barium / "acqus").read_text().replace(*acqus))
    (place / "fid").write_bytes((barium / "fid").read_bytes())
    (place / "pdata/1/procs").write_text((barium / "pdata/1/procs").read_text().replace(*procs))
    (place / "pdata/1/1r").write_bytes((barium / "pdata/1/1r").read_bytes())
    return place


def test_a_signal_without_dtypa(barium, tmp_path):
    place = copied(barium, tmp_path / "x", acqus=("##$DTYPA= 0\n", ""))
    expected = bruker(barium / "fid").intensity
    np.testing.assert_array_equal(bruker(place / "fid").intensity, expected)


def test_a_signal_without_digital_filter(barium, tmp_path):
    acqus = (barium / "acqus").read_text()
    for entry, off in (("DSPFVS= 20", "DSPFVS= 0"), ("GRPDLY= 67.9820404052734", "GRPDLY= -1")):
        assert entry in acqus
        acqus = acqus.replace(entry, off)
    place = copied(barium, tmp_path / "x")
    (place / "acqus").write_text(acqus)
    found = bruker(place / "fid")
    assert "no digital filter" in found.notes[0]
    pairs = np.frombuffer((barium / "fid").read_bytes(), "<i4")[:7168].reshape(-1, 2)
    np.testing.assert_array_equal(found.intensity, pairs[:, 0] + 1j * pairs[:, 1])


def test_a_strip_of_a_spectrum(barium, tmp_path):
    whole = read_nmr(barium / "pdata/1/1r")
    procs = (barium / "pdata/1/procs").read_text()
    place = copied(barium, tmp_path / "x")
    strip = procs.replace("##$STSI= 16384", "##$STSI= 4096").replace("##$STSR= 0", "##$STSR= 6000")
    (place / "pdata/1/procs").write_text(strip)
    data = (barium / "pdata/1/1r").read_bytes()
    (place / "pdata/1/1r").write_bytes(data[4 * 6000 : 4 * (6000 + 4096)])
    found = read_nmr(place / "pdata/1/1r")
    np.testing.assert_array_equal(found["intensity"], whole["intensity"][6000:10096])
    np.testing.assert_allclose(found["shift_ppm"], whole["shift_ppm"][6000:10096], atol=1e-6)
    assert any("points 6000 to 10096 of 16384" in note for note in found.attrs["notes"])
    (place / "pdata/1/1r").write_bytes(data[:4000])
    with pytest.raises(ReaderError, match="1000 points, procs says SI = 16384 and STSI = 4096"):
        read_nmr(place / "pdata/1/1r")


def zipped(path, barium, *homes):
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("remarks.txt", "made for a test")
        for home in homes:
            for name in ("acqus", "fid", "pdata/1/procs", "pdata/1/1r"):
                archive.writestr(home + name, (barium / name).read_bytes())
    return path


@pytest.mark.parametrize("home", ["", "sample/3/", "../../evil/", "a\\b\\"])
def test_a_zipped_experiment(barium, tmp_path, home):
    path = zipped(tmp_path / "exp.zip", barium, home)
    if ".." in home:
        with pytest.raises(ReaderError, match="members that leave its folder"):
            read_nmr(path)
        return
    found = read_nmr(path)
    assert found.attrs["source"] == "exp.zip"
    np.testing.assert_array_equal(found["intensity"], read_nmr(barium)["intensity"])


def test_archives_of_several_or_no_experiments(barium, tmp_path):
    with pytest.raises(ReaderError, match="2 experiments"):
        read_nmr(zipped(tmp_path / "two.zip", barium, "1/", "2/"))
    with pytest.raises(ReaderError, match="no experiment"):
        read_nmr(zipped(tmp_path / "none.zip", barium))


def test_jcamp_repeats_are_bounded(tmp_path):
    path = tmp_path / "a.dx"
    text = jcamp()
    head = text[: text.index("(Y..Y))") + 8]
    path.write_text(head + "40 1S999999999\n##END=\n")
    with pytest.raises(ReaderError, match="repeat counts stand for more than 4000000 points"):
        read_nmr(path)
    head = re.sub("(?<=##NPOINTS= )[0-9]+", "199", head)
    path.write_text(head + "40 A0S99\n##END=\n")
    assert len(read_nmr(path)) == 199


@pytest.mark.parametrize(
    "text",
    [
        "##TITLE=x\n##.OBSERVE NUCLEUS=11" + " " * 250_000 + "b\n",
        "##TITLE=x\n##XYDATA=(X++(Y..Y))\n1" + " " * 250_000 + "x\n##END=\n",
        "##TITLE=x\n##XYDATA=(X++(Y..Y))\n1" + "," * 250_000 + "x\n##END=\n",
        "# spin " + "a" * 250_000 + "\nshift_ppm\tintensity\n1 2\n2 3\n3 4\n",
        "# " + "line broadening " * 16_000 + "\nshift_ppm\tintensity\n1 2\n2 3\n3 4\n",
        "# " + "spectrometer " * 20_000 + "\nshift_ppm\tintensity\n1 2\n2 3\n3 4\n",
        "LEFT = 1 ppm " * 20_000 + "\n" + "1\n" * 20,
    ],
)
def test_long_headers_take_no_time(tmp_path, text):
    import time

    path = tmp_path / "a.dx"
    path.write_text(text)
    start = time.perf_counter()
    with pytest.raises(ReaderError):
        read_nmr(path)
    assert time.perf_counter() - start < 2


WIDTH_HZ, MHZ, POINTS = 40000.0, 161.9755, 2048


def overloaded(folder, degrees=0.0, most=np.inf, seed=1):
    """A Bruker signal of two lines of mixed shape at -8 and -14 ppm, no digital filter."""
    t = np.arange(POINTS) / WIDTH_HZ
    lines = [(-8.0, 2.0, 0.5), (-14.0, 9.0, 0.5)]  # ppm, width, share
    signal = sum(
        share * np.exp(2j * np.pi * at * MHZ * t - 1.2 * w * MHZ * t - (1.2 * w * MHZ * t) ** 2)
        for at, w, share in lines
    )
    noise = np.random.default_rng(seed).normal(size=(2, POINTS)) * 60
    signal = 60000 * signal * np.exp(-1j * np.radians(degrees)) + noise[0] + 1j * noise[1]
    pairs = np.clip(np.column_stack([signal.real, signal.imag]), -most, most)
    folder.mkdir()
    np.round(pairs).astype("<i4").tofile(folder / "fid")
    entries = {"AQ_mod": 1, "BYTORDA": 0, "DTYPA": 0, "DECIM": 1, "DSPFVS": 0, "GRPDLY": 0}
    entries |= {"NUC1": "<31P>", "BF1": MHZ, "SFO1": MHZ, "SW_h": WIDTH_HZ, "TD": 2 * POINTS}
    head = "##TITLE= Parameter file\n##JCAMPDX= 5.0\n"
    text = head + "".join(f"##${name}= {value}\n" for name, value in entries.items()) + "##END="
    (folder / "acqus").write_text(text)
    return folder


@pytest.mark.parametrize("seed", range(3))
def test_a_signal_that_needs_no_phase_gets_none(tmp_path, seed):
    table = read_nmr(overloaded(tmp_path / "7", seed=seed))
    assert any("its phase left as it is" in note for note in table.attrs["notes"])
    turned = read_nmr(overloaded(tmp_path / "8", degrees=60.0, seed=seed))
    assert any("phased by entropy" in note for note in turned.attrs["notes"])
    off = table["intensity"] - turned["intensity"]
    assert np.abs(off).max() < 0.12  # of the highest: some degrees are left


def test_an_overloaded_receiver_is_a_misfit(tmp_path):
    sites = (Site("narrow", (-10.0, -6.0), cq_mhz=0), Site("broad", (-18.0, -10.0), cq_mhz=0))
    whole = read_nmr(overloaded(tmp_path / "9"))
    assert whole.attrs["clipped"] == ""
    table = read_nmr(overloaded(tmp_path / "10", most=32767))
    assert "saturated detector or receiver" in table.attrs["clipped"]
    assert table.attrs["clipped"] in table.attrs["notes"]
    found = fit_sites(table[table["shift_ppm"].between(-60, 40)], sites)
    assert found.result.misfit_reason == table.attrs["clipped"]
