"""Peaks, sizes, identification, standard curve and aluminium balance."""

import numpy as np
import pandas as pd
import pytest

from compendium import reference
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_composition import standard_curve
from nasicon.diffraction.fit_patterns import fit_pattern
from nasicon.diffraction.fit_phases import identify, lines_of, unexplained_peaks
from nasicon.diffraction.fit_starts import baseline
from nasicon.diffraction.fit_widths import find_peaks, fit_peaks, scherrer_table, williamson_hall
from nasicon.diffraction.model_pattern import Options
from nasicon.diffraction.read_files import read_pattern

CU = {"wavelength": model.CU_KALPHA1, "wavelength_2": model.CU_KALPHA2, "ratio": 0.5}


def doublet(x, centre, area, width):
    """Gaussian doublet, written without the library's kernel."""
    sine = np.sin(np.radians(centre / 2)) * model.CU_KALPHA2 / model.CU_KALPHA1
    second = 2 * np.degrees(np.arcsin(sine))
    sigma = width / 2.354820045
    return sum(
        area * share / (sigma * np.sqrt(2 * np.pi)) * np.exp(-0.5 * ((x - c) / sigma) ** 2)
        for c, share in ((centre, 2 / 3), (second, 1 / 3))
    )


def pattern(*peaks, level=50.0, seed=None):
    x = np.arange(20, 50, 0.02)
    y = np.full(x.size, level) + sum(doublet(x, *peak) for peak in peaks)
    if seed is not None:
        y = np.random.default_rng(seed).poisson(y)
    table = pd.DataFrame({"two_theta_deg": x, "intensity": y.astype(float)})
    table.attrs = {"intensity_unit": "counts"}
    return table


def test_peaks_come_back_with_their_companion():
    table = pattern((25.1, 400.0, 0.15), (40.2, 200.0, 0.22), seed=1)
    fitted = fit_peaks(table, [25.0, 40.3], **CU)
    np.testing.assert_allclose(fitted.table["two_theta_deg"], [25.1, 40.2], atol=0.01)
    np.testing.assert_allclose(fitted.table["fwhm_deg"], [0.15, 0.22], rtol=0.06)
    np.testing.assert_allclose(fitted.table["area"], [400, 200], rtol=0.08)
    assert all(result.converged and result.moved_from_guess for result in fitted.fits)


def test_two_close_peaks_are_told_apart():
    fitted = fit_peaks(
        pattern((25.1, 400.0, 0.15), (25.5, 150.0, 0.15), seed=2), [25.1, 25.5], **CU
    )
    np.testing.assert_allclose(fitted.table["area"], [400, 150], rtol=0.12)


def test_peaks_asked_for_outside_or_in_too_few_points():
    table = pattern((25.1, 400.0, 0.15))
    with pytest.raises(ValueError, match="runs from 20"):
        fit_peaks(table, [80.0], **CU)
    with pytest.raises(ValueError, match="cannot determine"):
        fit_peaks(table.iloc[::20], [25.1], **CU)


def test_search_finds_what_stands_out_and_no_noise():
    found = find_peaks(pattern((25.1, 400.0, 0.15), (40.2, 40.0, 0.2), seed=3))
    assert found["two_theta_deg"].iloc[0] == pytest.approx(25.1, abs=0.05)
    assert any(abs(found["two_theta_deg"] - 40.2) < 0.08)
    assert len(find_peaks(pattern(level=200.0, seed=4))) == 0


def test_baseline_runs_under_the_peaks():
    table = pattern((25.1, 400.0, 0.15), seed=5)
    under = baseline(table["two_theta_deg"].to_numpy(), table["intensity"].to_numpy())
    assert np.abs(under - 50).max() < 15


def test_scherrer_forms_bracket_the_voigt_one():
    peaks = pd.DataFrame({"two_theta_deg": [25.15], "fwhm_deg": [0.191]})
    row = scherrer_table(peaks, wavelength=model.CU_KALPHA1, instrument_deg=0.06).iloc[0]
    assert row["uncorrected_nm"] == pytest.approx(42.6, abs=0.2)
    assert row["uncorrected_nm"] < row["gaussian_nm"] < row["voigt_nm"] < row["lorentzian_nm"]
    narrow = scherrer_table(peaks, wavelength=1.54, instrument_deg=0.3).iloc[0]
    assert np.isnan(narrow["gaussian_nm"])
    with pytest.raises(ValueError, match="instrument_deg must be >= 0"):
        scherrer_table(peaks, wavelength=1.54, instrument_deg=-0.1)


def test_williamson_hall_separates_size_and_strain():
    angle = np.array([20.0, 30.0, 45.0, 60.0, 80.0])
    width = model.scherrer_width_deg(40.0, angle, 1.54) + model.strain_width_deg(0.12, angle)
    table = williamson_hall(angle, width, wavelength=1.54).set_index("quantity")
    assert table.loc["size", "value"] == pytest.approx(40.0, rel=1e-3)
    assert table.loc["strain", "value"] == pytest.approx(0.12, rel=1e-3)
    with pytest.raises(ValueError, match="at least three"):
        williamson_hall(angle[:2], width[:2], wavelength=1.54)


def test_identification_ranks_rutile_first_on_a_real_file(external):
    table = read_pattern(external("xrd/instrument-formats/TiO2.raw"))
    everything = [reference.phase(n) for n in reference.phases().index]
    found = identify(
        find_peaks(table)["two_theta_deg"],
        everything,
        wavelength=1.5406,
        high=70,
        tolerance_deg=0.15,
    )
    assert found.ranking.loc[0, "phase"] == "TiO2 rutile"
    assert found.ranking.loc[0, "share_explained_percent"] > 99
    assert found.ranking.set_index("phase").loc["TiO2 anatase", "excluded"]


def test_li2o_is_excluded_at_20_5_and_says_what_is_missing():
    chosen = [reference.phase(n) for n in ("Li2O", "GeO2", "AlPO4 cristobalite")]
    found = identify(
        [20.5, 21.8, 28.2, 35.9, 77.0], chosen, wavelength=1.5406, tolerance_deg=0.15, high=80
    )
    ranking = found.ranking.set_index("phase")
    assert ranking.loc["Li2O", "excluded"]
    assert "33.6" in ranking.loc["Li2O", "missing"]
    assert not ranking.loc["AlPO4 cristobalite", "excluded"]
    kept = found.matches[found.matches["phase"].map(~ranking["excluded"])]
    assert not {20.5, 77.0} & set(kept["position_deg"])


@pytest.mark.parametrize(
    ("positions", "changes", "message"),
    [
        ([], {}, "at least one position"),
        ([200.0], {}, "0 to 180"),
        ([np.nan], {}, "0 to 180"),
        ([20.0], {"tolerance_deg": 0.0}, "tolerance_deg must be > 0"),
    ],
)
def test_identification_refuses_nonsense(positions, changes, message):
    with pytest.raises(ValueError, match=message):
        identify(positions, [reference.phase("NiO")], wavelength=1.54, **changes)


def test_lines_scale_with_the_wavelength():
    long, short = (lines_of(reference.phase("NiO"), w) for w in (1.54, 0.7))
    assert short["two_theta_deg"].iloc[0] < long["two_theta_deg"].iloc[0]


def test_standard_curve_reads_back_and_widens_outside():
    share = np.array([0, 25, 50, 75, 100.0])
    measure = 60 - 0.5 * share + np.array([0.4, -0.6, 0.3, 0.5, -0.6])
    curve = standard_curve(share, measure)
    value, low, high = curve.read(60 - 0.5 * 60)
    assert low < 60 < high
    assert value == pytest.approx(60, abs=2)
    far = curve.read(60 - 0.5 * 160)
    assert far[2] - far[1] > high - low
    with pytest.raises(ValueError, match="at least three"):
        standard_curve([0, 100], [1, 2])
    with pytest.raises(ValueError, match="0 to 100"):
        standard_curve([0, 50, 120], [1, 2, 3])


def test_what_no_candidate_explains_is_listed_and_k_beta_named(external):
    table = read_pattern(external("xrd/instrument-formats/TiO2.raw"))
    a = table.attrs
    options = Options(a["wavelength_angstrom"], a["wavelength_2_angstrom"], a["ratio_2_to_1"])
    peaks = find_peaks(table)
    rutile = fit_pattern(table, [reference.phase("TiO2 rutile")], options)
    left = unexplained_peaks(rutile, peaks)
    assert left["two_theta_deg"].iloc[0] == pytest.approx(24.77, abs=0.05)
    assert "K-beta of the peak at 27.4" in left["remark"].iloc[0]
    wrong = fit_pattern(table, [reference.phase("ZnO")], options)
    assert abs(unexplained_peaks(wrong, peaks)["two_theta_deg"] - 27.45).min() < 0.05
