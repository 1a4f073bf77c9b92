"""The recovery studies of photoemission and energy loss on a few draws."""

import numpy as np
import pytest

from compendium.recover import eels, xps


@pytest.fixture(scope="module")
def boron():
    return xps.recover_boron(np.random.default_rng(1), 4)


def test_hypotheses_and_truth(boron):
    assert set(boron["hypothesis"]) == {"none", "as added", "any"}
    none = boron[boron["hypothesis"] == "none"]
    assert not none["true_share"].any()
    added = boron[boron["hypothesis"] == "as added"]["true_share"]
    assert added.nunique() == 1
    assert added.iloc[0] == pytest.approx(0.2019 / (0.2019 + 1.18 / 0.486), rel=0.01)


def test_spacing_is_free_of_the_charge_and_the_position_is_not(boron):
    part = boron[boron["hypothesis"] == "none"]
    off = part["spacing_ev"] - part["true_p2s_spacing_ev"]
    assert np.abs(off).max() < 0.12
    assert np.isfinite(boron[["share", "stderr", "systematic"]]).all().all()


def test_bismuth_shift():
    table = xps.recover_bismuth(np.random.default_rng(2), 4)
    found = table.dropna(subset=["shift_ev"])
    assert len(found) >= 2
    assert found["stderr_ev"].notna().all()
    assert (np.abs(found["shift_ev"] - 3.0) < 4 * found["stderr_ev"]).all()
    assert table["metal_share"].to_numpy() == pytest.approx(
        table["true_metal_share"].to_numpy(), abs=0.1
    )


def test_losses():
    table = eels.recover_spectra(np.random.default_rng(3), 3)
    assert len(table) == 4 * 3 * 2
    glass = table[table["hypothesis"] == "glass, BO4"]
    assert (glass["truth_per_nm3"] > 3).all()
    assert (glass["estimate_per_nm3"] > 0.5).all()


def test_an_intensity_map_follows_thickness():
    table = eels.recover_maps(np.random.default_rng(4), 2)
    rows = table[(table["specimen"] == "thickness") & (table["map"] == "intensity")]
    assert (rows["correlation"] > 0.95).all()
