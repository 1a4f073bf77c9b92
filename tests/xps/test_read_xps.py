"""Photoemission files: formats, energies, what is refused."""

import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from compendium.simulate.xps import write_vamas
from nasicon.core.text import ReaderError
from nasicon.xps.read_files import one_region, read_xps

ENERGY = np.round(np.arange(186.0, 198.05, 0.1), 6)
COUNTS = np.round(1000 + 4000 * np.exp(-((ENERGY - 191) ** 2)))


def text(path, header, energy=ENERGY, counts=COUNTS, delimiter=","):
    rows = [f"{e:.6g}{delimiter}{c:.6g}" for e, c in zip(energy, counts, strict=True)]
    path.write_text("\n".join([header, *rows] if header else rows))
    return path


@pytest.fixture
def vamas(tmp_path):
    table = pd.DataFrame({"binding_energy_ev": ENERGY, "intensity_counts": COUNTS})
    write_vamas(tmp_path / "two.vms", "test", {"B 1s": table, "P 2p": table})
    return tmp_path / "two.vms"


def test_vamas_gives_back_what_was_written(vamas):
    table = one_region(read_xps(vamas), "B 1s")
    np.testing.assert_allclose(table["binding_energy_ev"], ENERGY, atol=1e-4)
    np.testing.assert_array_equal(table["intensity_counts"], COUNTS)
    assert table.attrs["photon_energy_ev"] == pytest.approx(1486.6)


def test_the_name_of_a_vamas_file_does_not_matter(vamas, tmp_path):
    (tmp_path / "a.txt").write_bytes(vamas.read_bytes())
    pd.testing.assert_frame_equal(read_xps(tmp_path / "a.txt"), read_xps(vamas))


@pytest.mark.parametrize("keep", [10, 40, 120])
def test_a_vamas_file_that_is_cut_off(vamas, tmp_path, keep):
    (tmp_path / "cut.vms").write_text("\n".join(vamas.read_text().splitlines()[:keep]))
    with pytest.raises(ReaderError, match=r"cut\.vms.*(ends|announces)"):
        read_xps(tmp_path / "cut.vms")


def test_a_vamas_field_out_of_place_is_named_with_its_line(vamas, tmp_path):
    lines = vamas.read_text().splitlines()
    lines.insert(25, "a stray line")
    (tmp_path / "bad.vms").write_text("\n".join(lines))
    with pytest.raises(ReaderError, match=r"bad\.vms, line \d+: .*number.*got"):
        read_xps(tmp_path / "bad.vms")


def test_vamas_with_an_exclusion_list_is_refused_not_misread(vamas, tmp_path):
    lines = vamas.read_text().splitlines()
    at = lines.index("Exp Variable") + 2
    lines[at] = "-3"
    (tmp_path / "list.vms").write_text("\n".join(lines))
    with pytest.raises(ReaderError, match="inclusion list"):
        read_xps(tmp_path / "list.vms")


def test_order_of_the_energies_does_not_matter(tmp_path):
    up = read_xps(text(tmp_path / "up.csv", "binding energy (eV),counts"))
    down = read_xps(text(tmp_path / "down.csv", "BE/eV,counts", ENERGY[::-1], COUNTS[::-1]))
    np.testing.assert_array_equal(up["binding_energy_ev"], down["binding_energy_ev"])
    np.testing.assert_array_equal(up["intensity_counts"], down["intensity_counts"])


def test_unlabelled_energies_are_asked_for(tmp_path):
    path = text(tmp_path / "bare.csv", "")
    with pytest.raises(ReaderError, match='give energy="binding" or energy="kinetic"'):
        read_xps(path)
    assert read_xps(path, energy="binding")["binding_energy_ev"].iloc[0] == 186.0


def test_kinetic_energies_need_the_photon_energy(tmp_path):
    path = text(tmp_path / "ke.csv", "Kinetic Energy (eV),counts", 1486.6 - ENERGY)
    with pytest.raises(ReaderError, match="give photon_energy_ev"):
        read_xps(path)
    table = read_xps(path, photon_energy_ev=1486.6)
    np.testing.assert_allclose(table["binding_energy_ev"], ENERGY, atol=1e-6)
    np.testing.assert_array_equal(table["intensity_counts"], COUNTS)
    assert "kinetic energy" in table.attrs["notes"][0]


def test_kinetic_energies_taken_for_binding_are_noticed(vamas):
    with pytest.raises(ReaderError, match="exceed the photon energy"):
        read_xps(vamas, energy="binding", photon_energy_ev=1000.0)


def test_decimal_commas(tmp_path):
    rows = [f"{e:.2f};{c:.1f}".replace(".", ",") for e, c in zip(ENERGY, COUNTS, strict=True)]
    (tmp_path / "de.txt").write_text("\n".join(["BE (eV);CPS", *rows]))
    table = read_xps(tmp_path / "de.txt")
    np.testing.assert_allclose(table["intensity_counts_per_s"], COUNTS)


def test_a_saturated_detector_is_named(tmp_path):
    notes = read_xps(text(tmp_path / "whole.csv", "BE,counts")).attrs["notes"]
    assert not any("saturated" in note for note in notes)
    path = text(tmp_path / "top.csv", "BE,counts", counts=np.minimum(COUNTS, 3000))
    assert any("saturated" in note for note in read_xps(path).attrs["notes"])


def test_negative_counts_are_named(tmp_path):
    path = text(tmp_path / "neg.csv", "BE,counts", counts=COUNTS - 1500)
    assert any("negative" in note for note in read_xps(path).attrs["notes"])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "empty"),
        ("BE,counts\n1,2\n2,3\n", "no table"),
        ("BE,counts\n" + "1,2\n" * 20, "occurs twice"),
        ("BE,counts\n" + "\n".join(f"{i},{i}" for i in range(9)) + "\n9,nan\n10,4", "nan"),
        ("hello world\n" * 30, "no table"),
    ],
)
def test_hostile_text(tmp_path, content, found):
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(ReaderError, match=found):
        read_xps(tmp_path / "bad.csv")


def workbook(path, header=("Binding Energy (E)", "Raw Data")):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "B1s"
    sheet.append(header)
    for e, c in zip(ENERGY, COUNTS, strict=True):
        sheet.append((float(e), float(c)))
    book.create_sheet("Results").append(("nothing", "here"))
    book.save(path)
    return path


def test_workbooks(tmp_path):
    table = read_xps(workbook(tmp_path / "a.xlsx"))
    np.testing.assert_allclose(table["intensity_au"], COUNTS)
    assert "Results" in table.attrs["notes"][0]
    with pytest.raises(ReaderError, match="no sheet has"):
        read_xps(workbook(tmp_path / "b.xlsx", ("x", "y")))


def test_zip_bombs_and_other_archives_are_refused(tmp_path):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 60_000_000)
    (tmp_path / "bomb.xlsx").write_bytes(raw.getvalue())
    with pytest.raises(ReaderError, match="zip bomb"):
        read_xps(tmp_path / "bomb.xlsx")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "1 2")
    with pytest.raises(ReaderError, match="no Excel or OpenDocument workbook"):
        read_xps(tmp_path / "a.zip")
    (tmp_path / "half.xlsx").write_bytes(raw.getvalue()[:200])
    with pytest.raises(ReaderError, match="damaged"):
        read_xps(tmp_path / "half.xlsx")


def test_regions_are_asked_for_by_name(vamas):
    table = read_xps(vamas)
    with pytest.raises(ReaderError, match="B 1s, P 2p: choose"):
        one_region(table)
    with pytest.raises(ReaderError, match="no region 'O 1s'"):
        one_region(table, "O 1s")


@pytest.mark.parametrize(
    "options", [{"energy": "total"}, {"photon_energy_ev": 0.0}, {"photon_energy_ev": np.nan}]
)
def test_wrong_options(tmp_path, options):
    with pytest.raises(ValueError, match="must be"):
        read_xps(text(tmp_path / "a.csv", "BE,counts"), **options)


@pytest.mark.parametrize(
    ("name", "kind", "points", "low", "high", "regions"),
    [
        ("FeO_Fe2p_irregular.vms", "VAMAS", 1121, 694.0, 750.0, 1),
        ("survey_regular.vms", "VAMAS", 1351, 0.0, 1350.0, 1),
        ("PET_C1s.csv", "delimited text", 401, 279.3008, 299.3008, 1),
        ("STO_Sr3d_Ti2p.xlsx", "Excel workbook", 824, 126.08, 545.08, 4),
    ],
)
def test_real_files(external, name, kind, points, low, high, regions):
    table = read_xps(external(f"xps/{name}"))
    assert table.attrs["format"] == kind
    assert len(table) == points
    assert table["region"].nunique() == regions
    assert table["binding_energy_ev"].min() == pytest.approx(low, abs=1e-3)
    assert table["binding_energy_ev"].max() == pytest.approx(high, abs=1e-3)


def test_transmission_is_kept_apart_from_the_counts(external):
    table = read_xps(external("xps/FeO_Fe2p_irregular.vms"))
    first = table.iloc[-1]  # lowest kinetic energy: the file's first point
    assert first["binding_energy_ev"] == pytest.approx(750.0)
    assert first["intensity_counts"] == pytest.approx(12516.9)
    assert first["transmission"] == pytest.approx(2.77354)
    regular = read_xps(external("xps/survey_regular.vms")).iloc[-1]
    assert (regular["intensity_counts"], regular["transmission"]) == (1559.87, 78.8103)


def test_the_vamas_package_reads_the_same_regular_file(external):
    vamas_package = pytest.importorskip("vamas")
    path = external("xps/survey_regular.vms")
    block = vamas_package.Vamas(path).blocks[0]
    theirs = np.array(block.corresponding_variables[0].y_values)
    ours = read_xps(path)["intensity_counts"].to_numpy()[::-1]
    np.testing.assert_allclose(ours, theirs)


def test_scienta_text_by_others(external):
    table = read_xps(external("xps/formats/Ag_0001.txt"))
    assert table.attrs["format"] == "Scienta text"
    assert table.attrs["photon_energy_ev"] == 520
    assert set(table["region"]) == {"Ag3d"}
    assert len(table) == 361  # as the file states
    x, y = table["binding_energy_ev"].to_numpy(), table["intensity_au"].to_numpy()
    np.testing.assert_allclose(x[[0, -1]], [364, 382])
    # the file's own scale puts 3d5/2 1.6 eV above silver's 368.3 eV; the splitting is silver's
    low, high = (x[inside][y[inside].argmax()] for inside in ((x < 372), (x > 372)))
    assert low == pytest.approx(369.9, abs=0.01)
    assert high - low == pytest.approx(6.0, abs=0.1)


def test_scienta_text_of_a_map_or_cut_off(external, tmp_path):
    text = external("xps/formats/Ag_0001.txt").read_text()
    path = tmp_path / "a.txt"
    path.write_text(text.replace("Number of Slices=1", "Number of Slices=9"))
    with pytest.raises(ReaderError, match="map of 9 slices"):
        read_xps(path)
    path.write_text(text[: len(text) // 2 + 5000])
    with pytest.raises(ReaderError, match=r"states 361 points and holds|among the numbers|map of"):
        read_xps(path)


def test_a_sheet_with_several_regions(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["to be measured again"])
    sheet.append(["C1s scan", None, None, "O1s scan"])
    sheet.append(["Binding Energy (E)", None, "Counts / s"] * 2)
    sheet.append(["eV", None, None, "eV"])
    for i in range(30):
        sheet.append([290 - 0.1 * i, None, 100 + i, 535 - 0.1 * i, None, 200 + i])
    book.save(tmp_path / "a.xlsx")
    table = read_xps(tmp_path / "a.xlsx")
    found = table.groupby("region").agg(["min", "max"])
    np.testing.assert_allclose(found.loc["C1s scan"], [287.1, 290, 100, 129])
    np.testing.assert_allclose(found.loc["O1s scan"], [532.1, 535, 200, 229])
    assert "intensity_counts_per_s" in table
