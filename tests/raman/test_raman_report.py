"""Raman spectra to a report: two files of one name, sharp lines, windows that are not measured."""

import numpy as np
import pandas as pd
import pytest

from nasicon import raman
from nasicon.core.files import labels


def bands(ratio: float, sharp: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """TiO6 at 610 and TiO4 at 750 cm-1 with this ratio of areas, over 300 counts."""
    x = np.arange(450.0, 900.0, 1.0)

    def gauss(centre, fwhm):
        return np.exp(-4 * np.log(2) * ((x - centre) / fwhm) ** 2)

    y = 300 + 500 * (gauss(610, 80) + ratio * gauss(750, 80)) + sharp * gauss(700, 6)
    return pd.DataFrame({"raman_shift_cm1": x, "intensity": np.random.default_rng(seed).poisson(y)})


def ratios(report) -> pd.DataFrame:
    table = report.findings.table()
    return table[table["quantity"] == "area ratio TiO4/TiO6"].set_index("sample")


def test_two_files_of_one_name_are_two_samples(tmp_path):
    files = [tmp_path / folder / "spec.txt" for folder in ("a", "b")]
    for file, ratio in zip(files, (0.64, 1.93), strict=True):
        file.parent.mkdir()
        table = bands(ratio).rename(columns={"raman_shift_cm1": "Raman shift cm-1"})
        table.to_csv(file, sep="\t", index=False)
    tables = dict(zip(labels(files), map(raman.read, files), strict=True))
    found = ratios(raman.analyse(tables))
    assert found.loc["a/spec", "value"] == pytest.approx(0.64, rel=0.1)
    assert found.loc["b/spec", "value"] == pytest.approx(1.93, rel=0.1)
    assert set(found["flag"]) <= {"", "correlated"}


def test_a_sharp_line_in_the_window_blocks_the_ratio_and_says_why():
    row = ratios(raman.analyse(bands(1.0, sharp=2000.0))).iloc[0]
    assert "misfit" in row["flag"]
    assert "sharper than any band" in row["note"]


def test_without_the_window_only_lines_are_listed():
    table = bands(1.0)
    report = raman.analyse(table[table["raman_shift_cm1"] > 640].reset_index(drop=True))
    assert ratios(report).empty
    assert "no bands" in report.checks["spectra"]["remark"].iloc[0]


@pytest.mark.parametrize("named", [["A 610", "B 750"], ["A 610"]])
def test_bands_of_any_name_are_drawn(named):
    report = raman.analyse(bands(1.0), raman.bands_from_text(named))
    titles = [ax.get_title("left") for ax in report.plot("bands").axes]
    assert any(title.startswith("B/A ") for title in titles) == (len(named) == 2)


def test_a_spectrum_without_lines_is_drawn():
    noise = np.random.default_rng(1).poisson(300, 450)
    table = pd.DataFrame({"raman_shift_cm1": np.arange(450.0, 900.0), "intensity": noise})
    report = raman.analyse(table, ())
    assert report.table().empty
    assert report.plot("lines").axes


@pytest.mark.parametrize("item", ["600", "TiO6", "TiO6 x"])
def test_a_band_is_a_name_and_a_centre(item):
    with pytest.raises(ValueError, match="band"):
        raman.bands_from_text([item])


@pytest.mark.parametrize(
    ("sample", "glass", "said"),
    [
        ("Integration Time [ms]: 500", "Integration Time [s]: 0.5", ""),
        ("Integration Time [ms]: 500", "Integration Time [ms]: 2000", "0.5 of the sample, 2 of"),
        ("Laser power (mW)\t4.0", "Laser power (mW)\t12", "laser_power 4 of the sample, 12"),
        ("Accumulations=5", "no word of it", ""),
        ("Exposure: 1 s\nUnit: counts/s", "Exposure: 9 s\nUnit: counts/s", ""),
    ],
)
def test_a_share_compares_spectra_of_equal_settings(tmp_path, sample, glass, said):
    tables = {}
    for name, head in (("sample", sample), ("glass", glass)):
        file = tmp_path / f"{name}.txt"
        rows = bands(1.0).to_csv(sep="\t", index=False, header=False)
        file.write_text(f"{head}\nRaman shift (cm-1)\tcounts\n{rows}")
        tables[name] = raman.read(file)
    chosen = raman.bands_from_text(["Ti-O, six 610", "4-fold 750"])  # a name is free
    report = raman.analyse({"s": tables["sample"]}, chosen, glass=tables["glass"])
    found = report.findings.table().set_index("quantity").loc["glass share"]
    assert ("implausible" in found["flag"]) == bool(said)
    assert said in found["note"]
