"""Simulated spectra: instrument-like, reproducible, where the paper prints them."""

import numpy as np
import pandas as pd
import pytest

from compendium.simulate import assumptions
from compendium.simulate import nmr as simulate_nmr
from compendium.simulate import raman as simulate_raman
from nasicon.nmr.read_files import read_nmr
from nasicon.raman.read_files import read_raman


@pytest.fixture(scope="module")
def nmr_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nmr")
    simulate_nmr.main(folder)
    return folder


def test_maxima_lie_at_the_printed_centres():
    assumed = assumptions.nominal(simulate_nmr.ASSUMPTIONS)
    ppm = simulate_nmr.axis()
    for key, bo3, bo4 in (("c", 12.806, -2.278), ("g", 7.811, -4.751), ("gc", 8.609, -5.015)):
        spectrum, _ = simulate_nmr.clean(key, assumed)
        assert ppm[spectrum.argmax()] == pytest.approx(bo4, abs=0.1)
        region = ppm > 3
        assert ppm[region][spectrum[region].argmax()] == pytest.approx(bo3, abs=0.25)
        assert spectrum.sum() * (ppm[1] - ppm[0]) == pytest.approx(1.0, abs=1e-3)


def test_files_are_read_back_and_say_what_they_are(nmr_dir):
    files = sorted((nmr_dir / "spectra").glob("*.dx"))
    assert len(files) == 6
    for path in files:
        table = read_nmr(path)
        assert table.attrs["title"].startswith("SIMULATED")
        assert table.attrs["nucleus"] == ("31P" if "31p" in path.name else "11B")
        assert table.attrs["line_broadening_hz"] == 100.0
        assert len(table) == simulate_nmr.POINTS
    truth = pd.read_csv(nmr_dir / "truth" / "truth.csv")
    assert set(truth["file"]) == {path.name for path in files}
    assert (pd.read_csv(nmr_dir / "assumptions.csv")["reason"].str.len() > 5).all()


def test_nmr_files_are_the_same_every_time(nmr_dir, tmp_path):
    simulate_nmr.main(tmp_path)
    for path in nmr_dir.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / path.relative_to(nmr_dir)).read_bytes()


def test_noise_has_the_stated_size_and_passes_the_apodisation():
    assumed = assumptions.nominal(simulate_nmr.ASSUMPTIONS)
    spectrum, _ = simulate_nmr.clean("g", assumed)
    rng = np.random.default_rng(1)
    noise = simulate_nmr.record(spectrum, assumed, rng, background=False) - spectrum
    assert noise.std() == pytest.approx(spectrum.max() / 50, rel=0.02)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] > 0.5


def test_raman_files(tmp_path):
    simulate_raman.main(tmp_path)
    tables = {p.stem: read_raman(p) for p in (tmp_path / "spectra").glob("*.txt")}
    assert len(tables) == 6
    for name, table in tables.items():
        assert table.attrs["laser_nm"] == 532
        assert table["raman_shift_cm1"].iloc[[0, -1]].tolist() == [100, 1500], name
        assert not table["cosmic_ray"].any()
        assert "SIMULATED" in (tmp_path / "spectra" / f"{name}.txt").read_text()[:40]


def test_glass_shares_are_the_printed_amorphous_ones():
    expected = {"C-LATP": 0.0, "C-LATBP": 0.07, "GC-LATP": 0.05, "GC-LATBP": 0.11, "G-LATP": 1.0}
    assert {n: simulate_raman.amorphous_share(n) for n in expected} == pytest.approx(expected)


def test_without_an_effect_of_boron_both_glasses_are_alike():
    assumed = assumptions.nominal(simulate_raman.ASSUMPTIONS) | {"boron_factor": 1.0}
    assert np.array_equal(simulate_raman.glass(assumed, True), simulate_raman.glass(assumed, False))
