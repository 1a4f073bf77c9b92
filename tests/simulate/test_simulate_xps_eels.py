"""Simulated photoemission and energy loss: what is in the files, and what is not nested."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from compendium.simulate import assumptions, eels, xps
from nasicon.eels.read_files import read_eels
from nasicon.xps.model_lines import phosphate_spacing_ev
from nasicon.xps.read_files import one_region, read_xps

NOMINAL = assumptions.nominal(xps.ASSUMPTIONS)
LOSSES = assumptions.nominal(eels.ASSUMPTIONS)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("simulated")
    xps.main(root / "xps")
    eels.main(root / "eels")
    return root


def digest(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_two_runs_are_the_same_bytes(folders, tmp_path):
    xps.main(tmp_path / "xps")
    eels.main(tmp_path / "eels")
    for name in ("xps", "eels"):
        assert digest(folders / name) == digest(tmp_path / name)


def test_the_assumed_spacing_is_that_of_the_published_rule():
    assert float(phosphate_spacing_ev(153.0)) == pytest.approx(NOMINAL["spacing_ev"], abs=0.01)


def test_files_are_small_and_say_what_they_are(folders):
    size = sum(p.stat().st_size for p in folders.rglob("*") if p.is_file())
    assert size < 1_000_000
    for path in (folders / "xps/spectra").glob("*.vms"):
        assert "SIMULATED" in path.read_text(encoding="utf-8")[:400]
    for path in [*(folders / "eels").rglob("*.msa"), *(folders / "eels").rglob("*.npz")]:
        assert read_eels(path).attrs["title"].startswith("SIMULATED")


def test_regions_come_back_through_the_reader(folders):
    table = read_xps(folders / "xps/spectra/b2o3-bi2o3-lagp_no-boron.vms")
    assert list(dict.fromkeys(table["region"])) == list(xps.REGIONS)
    window = one_region(table, "B 1s")
    np.testing.assert_allclose(window["binding_energy_ev"], xps.energies_ev("B 1s"), atol=1e-3)


def test_added_boron_by_hand():
    # 5 g of B2O3 on 100 g: 2 x 5/69.62 mol B on 3 x 100/421.6 mol P
    assert xps.added_boron_per_phosphorus() == pytest.approx((10 / 69.62) / (300 / 421.6), rel=1e-3)
    assert xps.bismuth_shift_ev() == pytest.approx(3.0)


def test_boron_adds_its_area_by_scofield():
    ratio = 0.5
    with_boron, without = (
        xps.expected_counts("B 1s", {**NOMINAL, "loss_ev2": 0.0}, r) for r in (ratio, 0.0)
    )
    area = (with_boron - without).sum() * xps.STEP_EV
    assert area == pytest.approx(NOMINAL["p2s_area"] * ratio * 0.486 / 1.18, rel=0.03)


def test_the_background_rises_towards_high_binding_energy():
    counts = xps.expected_counts("P 2p", NOMINAL, 0.0)
    assert counts[-5:].mean() > 1.02 * counts[:5].mean()


def test_the_charge_shift_moves_everything_alike():
    # bismuth and carbon as well: one shift for the whole sample
    for region in xps.REGIONS:
        still, moved = (
            xps.expected_counts(region, {**NOMINAL, "charge_ev": c}, 0.2) for c in (0.0, 0.3)
        )
        peak = np.argmax(still)
        assert np.argmax(moved) == pytest.approx(peak + 3, abs=1)


def test_phosphorus_edges_follow_the_spacing():
    low, high = eels.phosphorus_edges(LOSSES)
    assert high.onset_ev - low.onset_ev == pytest.approx(57.4)
    assert high.onset_ev > 190


def test_boron_densities_by_hand():
    assert eels.boron_per_nm3() == pytest.approx(0.1 / 0.217)
    assert eels.glass_boron_per_nm3() == pytest.approx(0.1 / 0.217 * 0.75 / 0.11)


def test_the_background_is_no_power_law():
    energy = eels.axis(eels.SPECTRUM_EV)
    counts = eels.expected_counts(energy, {**LOSSES, "curvature": 0.3}, dose=1e8)
    slopes = [
        np.polyfit(np.log(energy[part]), np.log(counts[part]), 1)[0]
        for part in (energy < 125, (energy > 160) & (energy < 185))
    ]
    assert abs(slopes[0] - slopes[1]) > 0.2


def test_boron_appears_where_its_chemistry_puts_it():
    energy = eels.axis(eels.SPECTRUM_EV)
    plain = eels.expected_counts(energy, LOSSES, dose=1e8)
    for kind, peak in (("BO3", 194.0), ("BO4", 198.5)):
        extra = (
            eels.expected_counts(energy, LOSSES, dose=1e8, boron_per_nm3=3.0, coordination=kind)
            - plain
        )
        assert np.abs(extra[energy < 188]).max() < 1e-3 * extra.max()
        assert energy[np.argmax(extra[energy < 210])] == pytest.approx(peak, abs=1.5)


@pytest.mark.parametrize("kind", ["thickness", "boron"])
def test_maps_hold_strips(kind):
    counts, field = eels.spectrum_image(kind, LOSSES, np.random.default_rng(0))
    assert counts.shape == (32, 32, 121)
    assert np.ptp(field) > 0
    total = counts.sum(axis=-1)
    if kind == "thickness":
        assert np.corrcoef(total.ravel(), field.ravel())[0, 1] > 0.95
        assert field.max() / field.min() == pytest.approx(1.5, abs=0.02)
    else:
        assert set(np.unique(field)) == {0.0, eels.glass_boron_per_nm3()}


def test_every_assumption_has_a_range_and_a_reason(folders):
    for name in ("xps", "eels"):
        table = pd.read_csv(folders / name / "assumptions.csv")
        assert (table["low"] <= table["nominal"]).all()
        assert (table["nominal"] <= table["high"]).all()
        assert table["reason"].str.len().min() > 5
