"""Recovery studies on few draws: columns, truths, and what a null must not show."""

import numpy as np
import pytest

from compendium.recover import nmr, raman


@pytest.fixture(scope="module")
def shares():
    return nmr.recover_shares(np.random.default_rng(1), 12)


def test_shares_come_back_near_their_truth(shares):
    assert len(shares) == 3 * 12 * 2
    free = shares[(shares["method"] == "shift free") & (shares["hypothesis"] == "75/25 mixture")]
    assert free["truth"].unique().tolist() == [0.25]
    assert free["estimate"].median() == pytest.approx(0.25, abs=0.06)
    alone = shares[shares["hypothesis"] == "glass alone"]
    assert alone["estimate"].median() < 0.05
    assert alone["truth"].unique().tolist() == [0.0]
    printed = shares[shares["hypothesis"] == "printed centres"]
    assert printed["truth"].isna().all()


def test_every_axis_has_an_error_of_its_own(shares):
    free = shares[shares["method"] == "shift free"]
    assert free["shift_ppm"].std() > 0.05
    assert (shares.loc[shares["method"] == "axis held", "shift_ppm"] == 0).all()


def test_widths_tell_a_difference_from_none():
    table = nmr.recover_widths(np.random.default_rng(2), 8)
    null = table[table["hypothesis"] == "no effect"]
    assert (null["truth"] == 1).all()
    assert null["estimate"].to_numpy() == pytest.approx(1.0, abs=0.15)
    wider = table[table["hypothesis"] == "wider"]
    assert np.corrcoef(wider["truth"], wider["estimate"])[0, 1] > 0.9


def test_sites_are_recovered():
    table = nmr.recover_sites(np.random.default_rng(3), 3)
    assert set(table["quantity"]) == {"isotropic shift", "C_Q", "eta", "BO3 share"}
    assert table["converged"].all()
    share = table[table["quantity"] == "BO3 share"]
    assert (share["estimate"] - share["truth"]).abs().median() < 0.05


def test_ratios_and_shares_of_raman():
    rng = np.random.default_rng(4)
    ratios = raman.recover_ratios(rng, 10)
    null = ratios[(ratios["kind"] == "G") & (ratios["hypothesis"] == "no effect")]
    assert (null["truth"] == 1).all()
    assert null["estimate"].median() == pytest.approx(1.0, abs=0.05)
    shares = raman.recover_shares(rng, 10)
    medians = shares.groupby("truth")["estimate"].median()
    assert medians.is_monotonic_increasing
    assert medians[0.0] == pytest.approx(0.0, abs=0.015)
