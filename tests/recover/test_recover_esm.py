"""Small recovery studies of strain microscopy: nulls are null, biases have their sign."""

import numpy as np
import pytest
from scipy import stats

from compendium.recover import esm as recover
from nasicon.core.statistics import rank_sum_floor


@pytest.fixture(scope="module")
def pairs():
    return recover.recover_maps(np.random.default_rng(1), total=8)


def test_hypotheses_are_what_they_say(pairs):
    medians = pairs.groupby("hypothesis").median(numeric_only=True)
    assert medians.loc["printed", "amplitude_ratio"] == pytest.approx(1.5, rel=0.12)
    for null in ("no difference", "electrostatic", "crosstalk"):
        assert medians.loc[null, "amplitude_ratio"] == pytest.approx(1.0, abs=0.12), null
    assert medians.loc["crosstalk", "quality_ratio"] == pytest.approx(1.217, rel=0.12)
    assert medians.loc["no difference", "quality_ratio"] == pytest.approx(1.0, abs=0.12)
    assert (pairs["share_usable"] > 0.99).all()


def test_all_pixels_are_too_many(pairs):
    null = pairs[pairs["hypothesis"] == "no difference"]
    assert (null["amplitude_p_all_pixels"] < 0.05).mean() > (null["amplitude_p"] < 0.05).mean()
    assert (null["effective_pixels"] < 300).all()  # of 2304


def test_r_squared_stays_high_while_the_bias_grows():
    table = recover.recover_bias(np.random.default_rng(2), pixels=12)
    without = table[(table["background_pm"] == 0) & (table["noise_pm"] == 0.25)]
    assert without["amplitude_bias_percent"].abs().max() < 1
    blind = table[
        (table["background_pm"] == 4) & (table["noise_pm"] == 1) & (table["data"] == "complex")
    ]
    assert (blind["r_squared"] > 0.97).all()
    assert blind["amplitude_bias_percent"].abs().max() > 8


def test_dart_without_background_has_no_bias():
    table = recover.recover_dart(np.random.default_rng(3), pixels=24)
    clean = table[(table["background_pm"] == 0) & (table["noise_pm"] == 0.25)]
    assert clean["bias_percent"].abs().max() < 0.5
    assert table[table["background_pm"] == 4]["bias_percent"].abs().min() > 2


def test_time_constants_inside_the_record_come_back():
    table = recover.recover_tau(np.random.default_rng(4), total=30).set_index("tau_s")
    inside = table[(table.index > 0.03) & (table.index < 2)]
    np.testing.assert_allclose(inside["estimate_s"], inside.index, rtol=0.08)
    assert (inside["share_identifiable"] > 0.95).all()
    assert (table.loc[[1e-3, 10.0], "share_identifiable"] < 0.2).all()


def test_no_ratio_is_seldom_seen_and_a_large_one_often():
    table = recover.recover_power(np.random.default_rng(5), total=12)
    usual = table[(table["point_scatter_percent"] == 25) & (table["tau_s"] == 0.5)]
    share = usual.set_index("ratio")["share_significant"]
    assert share[1.0] <= 0.25
    assert share[3.0] >= 0.9
    exact = stats.mannwhitneyu(range(7), range(10, 17), method="exact").pvalue
    assert rank_sum_floor(7, 7) == pytest.approx(exact)


def test_an_exponential_misnames_other_forms():
    table = recover.recover_forms(np.random.default_rng(6), total=5)
    factor = table["tau_exponential_s"] / table["true_tau_s"]
    medians = factor.groupby(table["form"]).median()
    assert medians["exponential"] == pytest.approx(1.0, abs=0.1)
    assert medians["stretched"] > 1.2
    assert medians["diffusion"] > 1.2
