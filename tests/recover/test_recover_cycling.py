"""Small recovery studies: truth and estimate side by side, and the null hypothesis as one."""

import numpy as np
import pytest

from compendium.recover import cycling as recover
from compendium.simulate import cycling as simulate


def test_rates_under_both_hypotheses():
    table = recover.recover_rates(np.random.default_rng(1), total=30)
    pairs = table.pivot_table(
        index=["hypothesis", "c_rate", "draw"], columns="cell", values="mah_per_g"
    )
    gap = (pairs["B2O3-Bi2O3-LAGP"] - pairs["LAGP"]).dropna()
    assert (gap["conductivities differ"] >= -1e-6).all()
    null = gap["interfaces differ"].xs(1.0, level="c_rate")
    assert (null > 0).any()
    assert (null < 0).any()


def test_fade_comes_back_and_conductivity_alone_fades_nothing():
    table = recover.recover_fade(np.random.default_rng(2), total=6)
    alone = table[table["hypothesis"] == "conductivity alone"]
    np.testing.assert_allclose(alone["true_retention_percent"], 100, atol=1e-6)
    np.testing.assert_allclose(alone["retention_percent"], 100, atol=0.2)
    bias = table["retention_percent"] - table["true_retention_percent"]
    assert bias.abs().max() < 0.5
    assert table["efficiency_percent"].between(90, 100).all()


def test_onsets_with_and_without_a_reaction():
    table = recover.recover_onsets(np.random.default_rng(3), total=25)
    assert table[~table["reaction"]]["found"].mean() < 0.1
    reacting = table[table["reaction"]]
    assert reacting["found"].all()
    assert (reacting["onset_1ua_v"] - reacting["true_v_at_1ua"]).abs().median() < 0.03


def test_quasi_steady_and_porous_electrode_agree_where_they_should():
    pytest.importorskip("pybamm")
    design = simulate.designs(recover.assumptions.nominal(simulate.ASSUMPTIONS))["B2O3-Bi2O3-LAGP"]
    done = simulate.rate_test(design, [1.0])
    porous = 1e6 * done[-1][2].summary["capacity_ah"] / design.active_mass_mg
    current = design.current_a(1.0, simulate.one_c_ma_per_g()) / design.area_cm2
    assert recover.quasi_steady(design).capacity_mah_per_g(current) == pytest.approx(
        porous, rel=5e-3
    )
