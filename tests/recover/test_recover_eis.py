"""Small recovery studies: truth and estimate stand side by side and no effect means none."""

import numpy as np
import pytest

from compendium.recover import eis as recover
from compendium.simulate.eis import SAMPLES


@pytest.fixture(scope="module")
def spectra():
    return recover.recover_spectra(np.random.default_rng(1), total=4)


def test_every_sample_and_circuit_is_there(spectra):
    assert set(spectra["sample"]) == {sample.name for sample in SAMPLES}
    glass = spectra[spectra["sample"] == "G-LATP"]
    assert set(glass["circuit"]) == {"glass"}
    assert set(spectra[spectra["sample"] == "GC-LATP"]["circuit"]) == {
        "intercept",
        "two arcs",
        "published",
    }


def test_totals_come_back_within_some_per_cent(spectra):
    rows = spectra[(spectra["quantity"] == "total") & (spectra["circuit"] == "intercept")]
    rows = rows[rows["sample"].str.startswith("GC-")]
    ratio = rows["estimate_ohm"] / rows["truth_ohm"]
    assert ((ratio > 0.93) & (ratio < 1.1)).all()


def test_glass_resistance_is_recovered_within_a_per_cent(spectra):
    rows = spectra[spectra["circuit"] == "glass"]
    assert np.abs(rows["estimate_ohm"] / rows["truth_ohm"] - 1).max() < 0.01


def test_no_effect_has_a_ratio_near_one_and_printed_has_not():
    gains = recover.recover_gains(np.random.default_rng(2), total=40)
    median = gains.groupby(["doped", "hypothesis"])["gain_total"].median()
    # two pellets, a factor 1.3 each: the median of 40 ratios scatters by about 7 %
    assert median["GC-LATBP", "no effect"] == pytest.approx(1.0, rel=0.3)
    assert median["GC-LATBP", "printed"] == pytest.approx(1.03e-3 / 1.12e-4, rel=0.3)


def test_lead_resistance_bends_the_bulk_line_downwards():
    slopes = recover.recover_arrhenius(np.random.default_rng(3), total=6)
    latp = slopes[slopes["sample"] == "GC-LATP"].groupby("hypothesis")
    bend = latp["curvature_bulk_ev2"].median()
    assert bend["lead resistance"] < -0.002 < bend["printed"]
