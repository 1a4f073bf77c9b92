"""The recovery study in a few draws: columns, null models, sizes that follow the truth."""

import numpy as np

from compendium.recover import diffraction as recover


def test_weights_follow_the_truth_and_the_null_gets_little(monkeypatch):
    monkeypatch.setattr(recover, "HYPOTHESES", {"GC-LATP": recover.HYPOTHESES["GC-LATP"]})
    table = recover.recover_weights(np.random.default_rng(5), 2)
    alpo4 = table[table["quantity"] == "AlPO4 cristobalite / wt%"]
    printed = alpo4[alpo4["hypothesis"] == "printed"]
    null = alpo4[alpo4["hypothesis"] == "no AlPO4"]
    assert (abs(printed["estimate"] - printed["truth"]) < 1.0).all()
    assert (null["truth"] == 0).all()
    assert (null["estimate"] < 2.5).all()


def test_sizes_by_every_form():
    table = recover.recover_sizes(np.random.default_rng(5), 4)
    assert set(table["form"]) == {"uncorrected", "gaussian", "lorentzian", "voigt"}
    voigt = table[table["form"] == "voigt"]
    assert (abs(voigt["estimate_nm"] / voigt["truth_nm"] - 1) < 0.25).all()
