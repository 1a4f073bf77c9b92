"""Spectra of pellets to a report: nothing lost by name, temperatures, branches, windows, flags."""

import json

import numpy as np
import pandas as pd
import pytest

from nasicon import eis, transport
from nasicon.core.atomic import WriteError
from nasicon.core.files import labels
from nasicon.eis.analysis import branches
from nasicon.eis.model_circuits import Circuit

PELLET = transport.Pellet(thickness_mm=1.0, diameter_mm=10.0)
FACTOR = 0.1 / (np.pi * 0.25)  # d/S in cm-1
TWO_ARCS = "R1-(R2||CPE2)-CPE3"
K_EV = 8.617333262e-5


def spectrum(bulk: float, boundary: float, noise: float = 2e-3, seed: int = 1) -> pd.DataFrame:
    f = np.geomspace(1e7, 1.0, 71)
    z = Circuit.parse(TWO_ARCS).impedance([bulk, boundary, 3e-8, 0.88, 2e-6, 0.8], 2 * np.pi * f)
    rng = np.random.default_rng(seed)
    z = z + noise * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    return pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})


def at(celsius: float, scale: float = 1.0, seed: int = 1) -> pd.DataFrame:
    """A pellet whose bulk has 0.30 and whose boundary has 0.40 eV, of ln(sigma T)."""
    t, t0 = celsius + 273.15, 298.15
    boltzmann = {e: t / t0 * np.exp(e / K_EV * (1 / t - 1 / t0)) for e in (0.30, 0.40)}
    return spectrum(100 * boltzmann[0.30] * scale, 1000 * boltzmann[0.40] * scale, seed=seed)


def energies(report) -> pd.DataFrame:
    table = report.findings.table()
    rows = table[table["method"].str.startswith("ln(sigma T)") & (table["unit"] == "eV")]
    return rows.set_index("quantity")


def test_two_arcs_of_one_kind_are_two_numbers():
    f = np.geomspace(1e5, 1e-2, 71)
    two = "(R1||CPE1)-(R2||CPE2)"  # both of electrodes: above 0.1 uF
    z = Circuit.parse(two).impedance([100, 1e-5, 0.95, 1000, 1e-3, 0.95], 2 * np.pi * f)
    noise = np.random.default_rng(1).normal(size=(f.size, 2)) @ [1, 1j]
    z = z * (1 + 1e-3 * noise)
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    found = eis.analyse(table, PELLET, circuit=two).table().set_index("quantity")["value"]
    kinds = found.filter(like="conductivity").drop("total conductivity")
    assert kinds.tolist() == pytest.approx([FACTOR / 100, FACTOR / 1000], rel=0.05)


def test_two_files_of_one_name_are_two_samples(tmp_path):
    for folder, boundary in (("a", 300.0), ("b", 3000.0)):
        (tmp_path / folder).mkdir()
        spectrum(40, boundary).to_csv(tmp_path / folder / "pellet.csv", index=False)
    files = [tmp_path / "a" / "pellet.csv", tmp_path / "b" / "pellet.csv"]
    tables = dict(zip(labels(files), map(eis.read, files), strict=True))
    table = eis.analyse(tables, PELLET).findings.table()
    total = table[table["quantity"] == "total conductivity"].set_index("sample")["value"]
    assert total["a/pellet"] == pytest.approx(FACTOR / 340, rel=0.02)
    assert total["b/pellet"] == pytest.approx(FACTOR / 3040, rel=0.02)


def test_every_sweep_of_a_file_is_analysed():
    both = pd.concat([spectrum(40, 300).assign(sweep=1), spectrum(40, 3000).assign(sweep=2)])
    both.attrs = {"source": "two.csv", "format": "made", "notes": []}
    samples = set(eis.analyse(both, PELLET).findings.table()["sample"])
    assert samples == {"two, sweep 1", "two, sweep 2"}


def test_the_same_temperature_twice_is_two_points():
    celsius = [20.0, 40.0, 40.0, 60.0, 80.0]
    tables = {f"P{i}": at(t, 0.5 if i == 2 else 1.0, i) for i, t in enumerate(celsius)}
    report = eis.analyse_series(tables, celsius, PELLET)
    assert report.checks["series"].loc["total conductivity", "used"] == 5
    # one of five points is twice as conductive: no line of four would have such an error
    assert energies(report).loc["grain boundary activation energy", "stderr"] > 0.03


def test_heating_and_cooling_are_compared_and_both_used():
    names = ["P_20C_heat", "P_40C_heat", "P_60C_heat", "P_40C_cool", "P_20C_cool"]
    celsius = [20.0, 40.0, 60.0, 40.0, 20.0]
    tables = {
        n: at(t, 1 / 1.4 if "cool" in n else 1.0) for n, t in zip(names, celsius, strict=True)
    }
    report = eis.analyse_series(tables, celsius, PELLET)
    found = energies(report)["value"]
    assert 0.262 < found["bulk activation energy"] < 0.276
    assert 0.360 < found["grain boundary activation energy"] < 0.376
    assert found["grain boundary, heating activation energy"] == pytest.approx(0.40, abs=0.01)
    table = report.findings.table().set_index("quantity")
    ratio = table.loc["total conductivity, cooling over heating"]
    assert ratio["value"] == pytest.approx(1.4, rel=0.02)
    assert ratio["interval"] == "range"


def test_a_series_that_turns_round_has_two_branches():
    assert branches("abcd", [20, 40, 60, 40]) == ["heating", "heating", "heating", "cooling"]
    assert branches("abc", [60, 40, 20]) == ["", "", ""]


@pytest.mark.parametrize("names", [["P_-20C", "P_0C", "P_20C"], ["P_m20C", "P_0C", "P_20C"]])
def test_below_zero_from_names(names):
    celsius = transport.temperatures([f"{name}.txt" for name in names])
    assert celsius == [-20.0, 0.0, 20.0]
    report = eis.analyse_series(
        {n: at(t) for n, t in zip(names, celsius, strict=True)}, celsius, PELLET
    )
    assert energies(report)["value"]["bulk activation energy"] == pytest.approx(0.30, abs=0.01)


def test_a_file_without_a_temperature_says_how_to_state_it():
    with pytest.raises(ValueError, match=r'P_a.txt.*temperatures_c "20;40;60"'):
        transport.temperatures(["P_a.txt", "P_b.txt"])
    with pytest.raises(ValueError, match="2 values for 3 files"):
        transport.temperatures(["a", "b", "c"], [20.0, 40.0])
    with pytest.raises(ValueError, match="in kelvin"):
        transport.temperatures(["P_20C.txt"], [293.15])


def test_a_window_leaves_out_what_is_broken():
    table = spectrum(40, 960)
    broken = table.copy()
    low = broken["frequency_hz"] < 10
    broken.loc[low, "z_real_ohm"] *= 1 + 0.3 * np.random.default_rng(2).normal(size=low.sum())
    report = eis.analyse(broken, PELLET, fmin_hz=10.0, fmax_hz=1e7)
    total = report.findings.table().set_index("quantity").loc["total conductivity"]
    assert total["value"] == pytest.approx(FACTOR / 1000, rel=0.03)
    assert "kk_fail" not in total["flag"]
    with pytest.raises(ValueError, match="fmin_hz"):
        eis.analyse(table, PELLET, fmin_hz=100.0, fmax_hz=10.0)


def test_a_thickness_in_micrometres_is_flagged_with_the_slip():
    table = eis.analyse(spectrum(40, 300), transport.Pellet(900.0, 10.0)).findings.table()
    assert table["flag"].str.contains("implausible").all()
    assert table["note"].str.contains("µm").all()


def test_falling_conductivity_is_flagged():
    celsius = [20.0, 40.0, 60.0, 80.0]
    tables = {str(t): at(t0) for t, t0 in zip(celsius, reversed(celsius), strict=True)}
    found = energies(eis.analyse_series(tables, celsius, PELLET))
    assert found.loc["total activation energy", "value"] < 0
    assert "implausible" in found.loc["total activation energy", "flag"]


def test_a_good_pellet_is_not_flagged():
    table = eis.analyse(spectrum(40, 300), PELLET).findings.table().set_index("quantity")
    assert table.loc["total conductivity", "flag"] == ""


def test_what_is_written(tmp_path):
    report = eis.analyse({"=1+1": spectrum(40, 300)}, PELLET)
    page = report.write(tmp_path / "mine")
    names = {path.name for path in page.parent.iterdir()}
    pictures = {f"nyquist.{kind}" for kind in ("svg", "pdf", "png")}
    tables = {"findings.csv", "parameters.csv", "curves.csv", "provenance.json", "report.html"}
    assert names == pictures | tables
    assert "<text" in (page.parent / "nyquist.svg").read_text()  # text as text
    text = page.read_text()
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    parameters = pd.read_csv(page.parent / "parameters.csv")
    assert list(parameters) == [
        "file",
        "name",
        "value",
        "stderr",
        "ci_low",
        "ci_high",
        "unit",
        "flag",
    ]
    curves = pd.read_csv(page.parent / "curves.csv")
    relative = (curves["fit_real_ohm"] / curves["z_real_ohm"] - 1).abs()
    assert relative.median() < 0.01


def test_only_what_a_report_wrote_is_replaced(tmp_path):
    report = eis.analyse(spectrum(40, 300), PELLET)
    (tmp_path / "thesis.txt").write_text("all of it")
    report.write(tmp_path)
    report.write(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "all of it"
    (tmp_path / "findings.csv").write_text("edited by hand")
    with pytest.raises(WriteError, match=r"findings.csv.*another folder"):
        report.write(tmp_path)
    assert (tmp_path / "findings.csv").read_text() == "edited by hand"


def test_a_stranger_s_file_of_the_same_name_is_kept(tmp_path):
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(WriteError, match=r"report.html"):
        eis.analyse(spectrum(40, 300), PELLET).write(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"report.html"}


def test_the_record_names_what_was_written(tmp_path):
    eis.analyse(spectrum(40, 300), PELLET).write(tmp_path, {"sample": "x"})
    record = json.loads((tmp_path / "provenance.json").read_text())
    assert record["sample"] == "x"
    assert set(record["files"]) == {p.name for p in tmp_path.iterdir()} - {"provenance.json"}
