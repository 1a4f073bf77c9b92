"""Distribution of relaxation times of two ZARCs whose peaks and areas are known."""

import numpy as np
import pytest

from nasicon.eis.fit_drt import regularisation_scan, relaxation_times

F = np.geomspace(1e6, 1, 61)
TAU = (1e-5, 1e-2)
AREAS = (1000.0, 3000.0)
CIRCUIT = "R0-(R1||CPE1)-(R2||CPE2)"
VALUES = [50.0, 1000.0, 1e-5**0.9 / 1000, 0.9, 3000.0, 1e-2**0.85 / 3000, 0.85]


@pytest.fixture
def zarcs(spectrum):
    return spectrum(CIRCUIT, VALUES, noise=0.005, f=F)


@pytest.mark.parametrize("strength", [1e-3, 1e-2, 1e-1])
def test_two_arcs_are_two_peaks_with_their_areas(zarcs, strength):
    """From where the residual meets the 0.5 % noise up to four times that."""
    result = relaxation_times(zarcs, strength)
    peaks = result.peaks
    big = peaks[peaks["area_ohm"] > 0.05 * peaks["area_ohm"].sum()]  # the rest is the noise's
    assert len(big) == 2
    np.testing.assert_allclose(big["tau_s"], TAU, rtol=0.26)  # one step of the grid
    np.testing.assert_allclose(big["area_ohm"], AREAS, rtol=0.06)
    np.testing.assert_allclose(big["apex_hz"], 1 / (2 * np.pi * big["tau_s"]))


@pytest.mark.parametrize("strength", [1e-4, 1e-3, 1e-2])
def test_resistances_are_preserved(spectrum, strength):
    clean = spectrum(CIRCUIT, VALUES, noise=0, f=F)
    result = relaxation_times(clean, strength)
    total = result.gamma_ohm.sum() * np.log(result.tau_s[1] / result.tau_s[0])
    assert total == pytest.approx(sum(AREAS), rel=0.02)
    assert 0.95 * total < result.peaks["area_ohm"].sum() <= total  # tails are no peaks
    assert result.r_infinity_ohm == pytest.approx(50.0, rel=0.03)
    assert (result.gamma_ohm >= 0).all()


def test_smoothing_costs_residual_and_peaks(zarcs):
    scan = regularisation_scan(zarcs)
    assert scan["regularisation"].is_monotonic_increasing
    assert scan["residual_rms"].is_monotonic_increasing
    assert scan["peaks"].iloc[0] > scan["peaks"].iloc[-1] == 2
    # the least smooth follows the noise, 0.5 %; the smoothest is far above it
    assert scan["residual_rms"].iloc[0] == pytest.approx(0.005, rel=0.25)
    assert scan["residual_rms"].iloc[-1] > 0.05
    for row in scan.itertuples():
        assert row.result.regularisation == row.regularisation


def test_a_single_rc_is_one_narrow_peak(spectrum):
    data = spectrum("R0-(R1||C1)", [50.0, 1000.0, 1e-7], noise=0, f=F)
    peaks = relaxation_times(data, 1e-4).peaks
    top = peaks.loc[peaks["area_ohm"].idxmax()]
    assert top["tau_s"] == pytest.approx(1e-4, rel=0.26)
    assert top["area_ohm"] == pytest.approx(1000.0, rel=0.03)


def test_leads_and_blocking_electrode_are_no_arcs(spectrum):
    data = spectrum("L0-R0-(R1||C1)-C2", [1e-6, 50.0, 1000.0, 1e-7, 1e-4], noise=0, f=F)
    peaks = relaxation_times(data, 1e-3).peaks
    assert peaks["area_ohm"].max() == pytest.approx(1000.0, rel=0.05)
    assert peaks["area_ohm"].sum() < 1100


def test_units_scale_and_order_does_not_matter(zarcs):
    one = relaxation_times(zarcs)
    milli = zarcs.assign(z_real_ohm=zarcs.z_real_ohm * 1e3, z_imag_ohm=zarcs.z_imag_ohm * 1e3)
    turned = relaxation_times(zarcs[::-1].reset_index(drop=True))
    kilo = relaxation_times(zarcs.assign(frequency_hz=zarcs.frequency_hz / 1e3))
    tolerance = {"rtol": 1e-3, "atol": 1e-3 * one.gamma_ohm.max()}
    np.testing.assert_allclose(relaxation_times(milli).gamma_ohm / 1e3, one.gamma_ohm, **tolerance)
    np.testing.assert_allclose(turned.gamma_ohm, one.gamma_ohm, **tolerance)
    np.testing.assert_allclose(kilo.gamma_ohm, one.gamma_ohm, **tolerance)
    np.testing.assert_allclose(kilo.tau_s, one.tau_s * 1e3)


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan")])
def test_no_regularisation_is_refused(zarcs, strength):
    with pytest.raises(ValueError, match="regularisation must be > 0 and finite, got"):
        relaxation_times(zarcs, strength)


def test_bad_spectra_are_refused(zarcs):
    with pytest.raises(ValueError, match="lacks"):
        relaxation_times(zarcs.drop(columns="z_real_ohm"))
