"""``nasicon``: what a chemist types, what comes out, what one sentence says where nothing can."""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium import cli
from compendium.paths import repository_root
from compendium.routing import TECHNIQUES, route

ROOT = repository_root()
SIMULATED = ROOT / "data" / "simulated"
SPECTRUM = SIMULATED / "eis" / "spectra" / "gc-latp_025c.txt"
PELLET = ("--thickness-mm", "1", "--diameter-mm", "10")


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = cli.main(map(str, arguments))
    out, err = capsys.readouterr()
    lines = [line for line in err.splitlines() if line.startswith("nasicon:")]
    return code, out, "\n".join(lines)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty folder, which is also the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def findings(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "findings.csv", keep_default_na=False)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_technique_has_an_example_that_says_simulated(technique, tmp_path, capsys):
    code, out, err = run(capsys, "measure", technique, "--out", tmp_path / "out")
    assert code == 0, err
    table = findings(tmp_path / "out")
    assert set(table["evidence"]) == {"simulated"}
    assert len(table) > 0
    assert out.strip().endswith("report.html")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("data:image/svg+xml") >= 1
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"parameters.csv", "provenance.json", "notebook.ipynb"} <= names
    assert {"curves.csv", "curves.npz"} & names
    assert not re.search(r"LATP paper|LAGP paper|Fig\. \d", page)


def test_the_series_of_s04147(external, tmp_path, capsys, monkeypatch):
    first = external("eis/s04147/s04147-140deg.txt")
    for t in range(150, 210, 10):
        external(f"eis/s04147/s04147-{t}deg.txt")
    monkeypatch.chdir(tmp_path)
    code, _, err = run(
        capsys,
        "measure",
        "transport",
        first.parent / "s04147-*deg.txt",
        "--thickness-mm",
        "2,1",
        "--diameter-mm",
        "8",
        "--sample",
        "s04147",
        "--out",
        "mine",
    )
    assert code == 0, err
    table = findings(tmp_path / "mine")
    table = table[table["method"].str.startswith("ln(sigma T)") & (table["unit"] == "eV")]
    energy = table.set_index("quantity")["value"].astype(float)
    # the authors' own fits of these files: ln(sigma T) against 1/T
    for label, value in (("bulk", 0.587), ("grain boundary", 0.892), ("total", 0.855)):
        assert energy[f"{label} activation energy"] == pytest.approx(value, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("measure", "eis", SPECTRUM), "thickness_mm must be > 0.*--thickness-mm 1.02"),
        (("measure", "eis", SPECTRUM, "--thicknes-mm", "1"), "did you mean --thickness-mm"),
        (("measure", "eis", SPECTRUM, *PELLET, "--weighting", "modulos"), "modulos"),
        (("measure", "eis", "nothing.txt", *PELLET), "nothing.txt"),
        (("measure", "eis", "folder", *PELLET), "is a directory; give the path of one"),
        (("measure", "eis", "empty.txt", *PELLET), "is empty"),
        (("measure", "eis", "garbage.bin", *PELLET), "garbage.bin"),
        (("measure", "eis", "pipe", *PELLET), "is a pipe.*save its content"),
        (("measure", "nmr", SPECTRUM), "gc-latp_025c"),
        (("measure", "raman", SPECTRUM, "--bands", "600"), "band '600'"),
        (("measure", "eis", SPECTRUM, *PELLET, "--fmin-hz", "1,000"), "fmin_hz must be float"),
        (("measure", "esr", SPECTRUM), "neither a technique nor a file.*did you mean es"),
        (("measure", "diffraction", "bad.cif"), "bad.cif"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_is_one_sentence_and_nothing_written(
    arguments, message, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("empty.txt").touch()
    Path("garbage.bin").write_bytes(bytes(range(256)) * 40)
    Path("bad.cif").write_text("data_x\n_cell_length_a 4\n")
    os.mkfifo("pipe")
    before = sorted(Path().rglob("*"))
    code, _, err = run(capsys, *arguments, "--out", "out")
    assert code == 1
    assert re.search(message, err)
    assert len(err.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before


def test_results_of_this_repository_are_out_of_reach(capsys):
    code, _, err = run(capsys, "measure", "eis", SPECTRUM, *PELLET, "--out", ROOT / "results" / "x")
    assert code == 1
    assert "lies in results/, which" in err
    assert not (ROOT / "results" / "x").exists()


def test_an_experiment_s_folder_stands_for_its_spectrum(tmp_path):
    from compendium.cli import found_files
    from compendium.inputs import input_files

    inner = tmp_path / "7" / "pdata" / "1"
    inner.mkdir(parents=True)
    (inner / "1r").write_bytes(b"0" * 64)
    for name in (tmp_path / "7", inner, tmp_path / "[0-9]"):
        assert found_files([str(name)]) == [inner / "1r"] == input_files(str(name))


def test_a_beam_that_the_file_states_is_not_missing(capsys):
    from compendium import cli
    from compendium.paths import repository_root

    file = repository_root() / "data" / "simulated" / "eels" / "spectra" / "latbp_glass_bo4.msa"
    assert cli.main(["read", str(file)]) == 0
    out = capsys.readouterr().out
    assert "beam_kv 60" in out
    assert out.endswith("missing  electrons\n")


def test_reading_says_what_it_is_and_what_is_missing(tmp_path, capsys):
    file = tmp_path / "mine.txt"
    shutil.copy(SPECTRUM, file)
    code, out, _ = run(capsys, "read", file)
    assert code == 0
    assert "eis" in out
    assert re.search(r"missing +thickness_mm, diameter_mm", out)


def test_a_header_s_geometry_is_shown_and_not_taken(tmp_path, capsys):
    file = tmp_path / "mine.csv"
    f = np.geomspace(1e6, 1, 31)
    z = 100 + 1000 / (1 + 2j * np.pi * f * 1e-6)
    rows = "".join(f"{a:g},{b.real:g},{b.imag:g}\n" for a, b in zip(f, z, strict=True))
    head = "# Sample thickness [mm]: 1.02\n# Electrode surface area: 0.001 cm2\n"
    file.write_text(f"{head}freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n{rows}")
    code, out, _ = run(capsys, "read", file)
    assert code == 0
    assert "thickness_mm 1.02" in out
    assert "area" not in out  # a maker's placeholder
    code, _, err = run(capsys, "measure", "eis", file, "--out", tmp_path / "out")
    assert code == 1
    assert "thickness_mm" in err


def test_a_cell_test_as_battery_data_format(tmp_path, capsys):
    shutil.copy(SIMULATED / "cycling" / "rate" / "lagp.csv", tmp_path / "cell.csv")
    code, _, err = run(capsys, "read", tmp_path / "cell.csv", "--to", "bdf")
    assert code == 0, err
    from nasicon import cycling

    labels = (tmp_path / "cell.bdf.csv").read_text().splitlines()[0]
    assert labels.startswith(
        "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step Count / 1,"
    )
    again, once = (cycling.read(tmp_path / n) for n in ("cell.bdf.csv", "cell.csv"))
    np.testing.assert_allclose(again["voltage_v"], once["voltage_v"], rtol=1e-6)
    code, _, err = run(capsys, "read", tmp_path / "cell.csv", "--to", "bdf")
    assert code == 1
    assert "is there already" in err


ROUTES = {
    "eis/s04147/s04147-140deg.txt": "eis",
    "eis/impedance-py/exampleDataGamry.DTA": "eis",
    "eis/pyeis/ex1.mpt": "eis",
    "cycling/rate_test_halfcell.cellpy": "cycling",
    "xrd/instrument-formats/TiO2.raw": "diffraction",
    "xrd/pure-phases/MnO.xy": "diffraction",
    "raman/ICV_BW532_PST02_iRPlus532_Z050_100_2500msx5.txt": "raman",
    "xps/FeO_Fe2p_irregular.vms": "xps",
    "eels/YAG_O_K.msa": "eels",
    "nmr/ba2p2o7_zg/pdata/1/1r": "nmr",
}


@pytest.mark.parametrize("name", ROUTES)
def test_a_file_is_known_by_its_content(name, external):
    assert route(external(name)).technique == ROUTES[name]


def test_columns_that_say_nothing_are_not_guessed(tmp_path):
    file = tmp_path / "data.txt"
    rows = "".join(f"{x:.2f} {100 + x % 7:.1f}\n" for x in np.arange(20, 80, 0.05))
    file.write_text(rows)
    found = route(file)
    assert found.technique == ""
    assert "name the technique" in found.reason


def test_a_folder_asks_once_for_all_that_is_missing_and_then_measures(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for celsius in ("025", "060", "100"):
        shutil.copy(SIMULATED / "eis" / "spectra" / f"gc-latp_{celsius}c.txt", mixed)
    shutil.copy(ROOT / "data" / "examples" / "masses.csv", mixed)
    shutil.copy(SIMULATED / "cycling" / "rate" / "lagp.csv", mixed)
    (mixed / "notes.txt").write_text("bought milk")
    code, template, err = run(capsys, "measure", "mixed", "--out", "mine")
    assert code == 1
    for name in ("thickness_mm", "diameter_mm", "active_mass_mg", "cell_kind"):
        assert name in err
        assert f"  {name}:" in template
    assert not Path("mine").exists()
    filled = "sample: GC\ncycling: skip\neis: {thickness_mm: 1.0, diameter_mm: 10}\n"
    Path("sample.yaml").write_text(filled)
    code, out, err = run(capsys, "measure", "mixed", "--sample", "sample.yaml", "--out", "mine")
    assert code == 0, err
    assert out.strip() == "mine/report.html"
    page = Path("mine/report.html").read_text()
    for words in ("Not measured", "notes.txt", "left out as asked"):
        assert words in page
    assert {p.name for p in Path("mine").iterdir() if p.is_dir()} == {"transport", "composition"}
    table = findings(Path("mine"))
    assert {"total activation energy", "Al per formula unit"} <= set(table["quantity"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files: {masses: {target: LiTi2P3O12}}", "no file masses to measure"),
        ("composition: {seed: 1}\ncomposition: {seed: 2}", "'composition' stands 2 times"),
        ("composition:\n  seed: 1\n  seed: 2", "'seed' stands 2 times"),
    ],
)
def test_a_sample_that_would_be_read_otherwise(text, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mixed").mkdir()
    shutil.copy(ROOT / "data" / "examples" / "masses.csv", "mixed")
    Path("sample.yaml").write_text(text)
    code, _, err = run(capsys, "measure", "mixed", "--sample", "sample.yaml", "--out", "mine")
    assert code == 1
    assert message in err
    assert not Path("mine").exists()


def test_help_can_be_read(capsys):
    assert run(capsys, "--help")[0] == 0
    with pytest.raises(SystemExit) as end:
        cli.main(["measure", "eis", "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "pellet thickness; needed with a file" in text
