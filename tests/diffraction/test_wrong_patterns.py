"""Patterns that no number may come from without a word, and controls that stay unflagged."""

from pathlib import Path

import numpy as np
import pytest

from compendium import reference
from nasicon import diffraction
from nasicon.core.vocabulary import blocks
from nasicon.diffraction.fit_patterns import weight_fractions, without_microabsorption
from nasicon.diffraction.model_powder import particle_contrast

CASES = Path(__file__).parents[1] / "cases" / "05_xrd"
CU = (1.540593, 1.544427, 0.5)
LATP = ("LATP x0.3", "AlPO4 cristobalite")


def fitted(name, phases=LATP, low=10.0, high=90.0, wavelengths=CU, **options):
    table = diffraction.select(diffraction.read(CASES / name), low, high)
    candidates = [reference.phase(p) for p in phases]
    return diffraction.fit(table, candidates, diffraction.Options(*wavelengths, **options))


def test_a_plain_pattern_stays_unflagged():
    shares = weight_fractions(fitted("plain_latp.xy")).set_index("phase")
    assert shares.loc["LATP x0.3", "weight_percent"] > 99
    assert not blocks(shares.loc["LATP x0.3", "flag"])
    absent = shares.loc["AlPO4 cristobalite"]
    assert absent["ci_low"] == 0
    assert 0 < absent["ci_high"] < 5


def test_doubled_lines_are_a_misfit_that_says_its_size():
    found = fitted("doubled.xy")
    shares = weight_fractions(found)
    assert shares["flag"].str.contains("misfit").all()
    assert "% of the lines' signal is left" in shares["note"][0]
    assert "misfit" in diffraction.cells(found)["flag"].iloc[0]


def test_noise_alone_has_no_weight_fractions():
    shares = weight_fractions(fitted("flat_noise.xy"))
    assert (shares["flag"] == "not_identifiable").all()
    assert shares["weight_percent"].isna().all()


def test_microabsorption_is_told_and_corrected_with_a_given_size():
    found = fitted("bi2o3_nio_5um.xy", ("Bi2O3", "NiO"), 20, 70)
    plain = weight_fractions(found).set_index("phase")
    assert plain["flag"].str.contains("systematic").all()
    assert "particles of 1 um" in plain.loc["Bi2O3", "note"]
    corrected = weight_fractions(found, particle_um=5.0).set_index("phase")
    assert corrected.loc["Bi2O3", "weight_percent"] == pytest.approx(50, abs=2)
    assert not corrected["flag"].str.contains("systematic").any()
    with pytest.raises(ValueError, match="no correction holds: grind finer than"):
        weight_fractions(found, particle_um=40.0)
    with pytest.raises(ValueError, match="particle_um must be > 0, got -1"):
        weight_fractions(found, particle_um=-1)


def test_the_particle_factor_of_a_sphere():
    """Against a sum over chords of the sphere, and Brindley's limit of a thin particle."""
    chords = np.linspace(0, 5e-4, 20001)  # cm
    weight = chords**2
    for contrast in (-1500.0, -716.0, 5.0, 988.0):
        expected = np.average(np.exp(-contrast * chords), weights=weight)
        assert particle_contrast(contrast, 5.0) == pytest.approx(expected, rel=1e-4)
    assert particle_contrast(0.0, 5.0) == 1.0


def test_equal_absorption_needs_no_correction():
    phases = [reference.phase("NiO"), reference.phase("NiO")]
    share = np.array([0.3, 0.7])
    np.testing.assert_allclose(without_microabsorption(share, phases, 10.0), share)


def test_a_wavelength_in_nm_is_named():
    with pytest.raises(ValueError, match=r"wavelength.*0\.1541 angstrom.*in nm\?"):
        fitted("plain_latp.xy", wavelengths=(0.1540593, 0.1544427, 0.5))


def test_false_alarms_on_a_right_model_are_rare():
    """Counting noise on the fitted model itself: no misfit in 40 draws."""
    found = fitted("plain_latp.xy", low=20, high=50)
    table = diffraction.select(diffraction.read(CASES / "plain_latp.xy"), 20, 50)
    rng, alarms = np.random.default_rng(5), 0
    candidates = [reference.phase(p) for p in LATP]
    for _ in range(40):
        counts = rng.poisson(found.calculated).astype(float)
        again = diffraction.fit(
            table.assign(intensity=counts), candidates, diffraction.Options(*CU)
        )
        alarms += again.result.misfit
    assert alarms == 0
