"""Peaks and background fitted together: recovery, coverage, invariance, hostile input."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nasicon.xps.fit_regions import Peak, Region, fit_region, parameter
from nasicon.xps.model_lines import PseudoVoigt, Tougaard, voigt

ENERGY = np.linspace(128.0, 142.0, 141)
PEAKS = (
    Peak("main", (131.0, 135.0), (0.8, 3.0), splitting_ev=0.87, ratio=0.5),
    Peak("second", (135.5, 138.5), (0.8, 3.0)),
)
TRUTH = np.array([500.0, 0.03, 133.4, 1.4, 9000.0, 136.8, 1.7, 2500.0])


def region(peaks=PEAKS, background="shirley"):
    ones = np.ones(ENERGY.size)
    loss = Tougaard().background(ENERGY, ones) if background == "tougaard" else None
    return Region(ENERGY, ones, ones, peaks, background, loss, False)


def spectrum(truth=TRUTH, seed=0, poisson=True):
    clean = region().model(truth[None])[0][0]
    counts = np.random.default_rng(seed).poisson(clean) if poisson else clean
    return pd.DataFrame({"binding_energy_ev": ENERGY, "intensity_counts": counts.astype(float)})


def test_noise_free_recovery_to_rounding():
    result = fit_region(spectrum(poisson=False), PEAKS).result
    np.testing.assert_allclose(result.values, TRUTH, rtol=1e-4)
    assert result.moved_from_guess
    assert result.converged


@pytest.mark.parametrize("background", ["shirley", "tougaard", "linear"])
@pytest.mark.parametrize("mixing", [None, 0.4])
def test_jacobian(background, mixing):
    peaks = PEAKS if mixing is None else tuple(replace(peak, shape=None) for peak in PEAKS)
    model = region(peaks, background)
    values = TRUTH.copy() if mixing is None else np.insert(TRUTH, 2, mixing)
    values = np.delete(values, 1) if background == "linear" else values
    if background == "tougaard":
        values[1] = 1e5  # eV2, so that a step in it shows
    exact = model.model(values[None])[1][0]
    for i, value in enumerate(values):
        step = 1e-6 * max(abs(value), 1.0)
        ends = np.array([values, values])
        ends[:, i] += [step, -step]
        high, low = model.model(ends)[0]
        scale = np.abs(exact[:, i]).max()
        np.testing.assert_allclose((high - low) / (2 * step), exact[:, i], atol=1e-5 * scale)


@pytest.mark.parametrize(("gauss", "lorentz"), [(1.3, 0.2), (0.9, 0.5), (1.1, 1e-6)])
def test_the_lorentzian_share_is_fitted_where_a_line_has_none_of_its_own(gauss, lorentz):
    """Voigt lines, which no pseudo-Voigt of a held share fits."""
    energy = np.arange(526.0, 540.0, 0.1)
    clean = 0.6 * voigt(energy, 531.2, gauss, lorentz) + 0.4 * voigt(energy, 533.0, gauss, lorentz)
    clean = 4000 + 20000 * clean + 1500 * np.cumsum(clean) / clean.sum()
    counts = np.random.default_rng(3).poisson(clean).astype(float)
    table = pd.DataFrame({"binding_energy_ev": energy, "intensity_counts": counts})
    peaks = [
        Peak("A", (530.5, 532.0), (0.8, 2.5), None),
        Peak("B", (532.3, 533.7), (0.8, 2.5), None),
    ]
    found = fit_region(table, peaks)
    assert not found.result.misfit
    assert found.share("A")[0] == pytest.approx(0.6, abs=0.02)
    assert found.position_ev("B") == pytest.approx(533.0, abs=0.04)


def test_many_counts_of_a_voigt_line_are_no_misfit():
    """A sum of Gaussian and Lorentzian is 10 standard errors off there, and flagged."""
    energy, off = np.arange(155.0, 170.0, 0.05), []
    line = voigt(energy, 162.0, 1.2, 0.3)
    table = pd.DataFrame({"binding_energy_ev": energy})
    for seed in range(10):
        counts = np.random.default_rng(seed).poisson(1.5e5 * line + 2e4).astype(float)
        peaks = [Peak("line", (160, 164), (0.8, 2.5), None)]
        found = fit_region(table.assign(intensity_counts=counts), peaks, background="linear")
        assert not found.result.misfit
        i = found.result.index("line_area")
        off.append((found.result.values[i] - 1.5e5) / found.result.stderr[i])
    assert np.abs(off).max() < 3.3


@pytest.mark.parametrize("unsteady", [0.0, 0.01])
def test_what_a_source_scatters_beside_counting_is_in_the_errors(unsteady):
    """At 10^5 counts 1 %: with counting errors alone 0.78 of the widths' intervals hold."""
    truth = TRUTH * np.where(np.isin(np.arange(8), [0, 4, 7]), 10, 1)
    clean, rng, inside = region().model(truth[None])[0][0], np.random.default_rng(8), []
    for _ in range(30):
        counts = rng.poisson(clean * (1 + unsteady * rng.normal(size=clean.size)))
        table = {"binding_energy_ev": ENERGY, "intensity_counts": counts.astype(float)}
        result = fit_region(pd.DataFrame(table), PEAKS).result
        assert not result.misfit
        inside.append((result.ci_low <= truth) & (truth <= result.ci_high))
    assert np.mean(inside) > 0.92  # 240 intervals


def test_coverage_and_bias():
    inside, pulls = [], []
    for seed in range(60):
        result = fit_region(spectrum(seed=seed), PEAKS).result
        inside.append((result.ci_low <= TRUTH) & (result.ci_high >= TRUTH))
        pulls.append((result.values - TRUTH) / result.stderr)
    coverage = np.mean(inside, axis=0)
    assert (coverage >= 0.86).all(), coverage  # 95 % less three binomial errors
    assert (np.abs(np.median(pulls, axis=0)) < 0.5).all()
    assert np.std(pulls, axis=0) == pytest.approx(1.0, abs=0.35)


def test_the_background_goes_down_towards_low_binding_energy():
    curves = fit_region(spectrum(), PEAKS).curves()
    background = curves["background"].to_numpy()
    assert curves["binding_energy_ev"].is_monotonic_increasing
    assert background[-1] > background[0] + 200
    assert (np.diff(background) > -1e-9).all()


def test_a_mirrored_background_fits_worse():
    table = spectrum()
    right = fit_region(table, PEAKS).result.chi2
    mirrored = table.assign(binding_energy_ev=270.0 - table["binding_energy_ev"])
    peaks = (
        Peak("main", (133.2, 138.0), (0.8, 3.0), splitting_ev=0.87, ratio=2.0),
        Peak("second", (131.5, 134.5), (0.8, 3.0)),
    )
    result = fit_region(mirrored, peaks).result
    assert result["shirley"] < 0  # only a negative step can follow it
    assert right < 1.5 * result.degrees_of_freedom


def test_reversed_axis_and_rescaled_intensities():
    table = spectrum()
    fit = fit_region(table, PEAKS)
    backwards = fit_region(table[::-1], PEAKS)
    np.testing.assert_allclose(backwards.result.values, fit.result.values, rtol=1e-9)
    scaled = fit_region(table.assign(intensity_counts=7 * table["intensity_counts"]), PEAKS)
    assert scaled.total_area("main") == pytest.approx(7 * fit.total_area("main"), rel=1e-5)
    assert scaled.position_ev("main") == pytest.approx(fit.position_ev("main"), abs=1e-5)
    i = fit.result.index("main_position")
    assert scaled.result.stderr[i] == pytest.approx(fit.result.stderr[i], rel=1e-3)


def test_charge_reference_is_in_energies_and_not_in_differences():
    fit = fit_region(spectrum(), PEAKS)
    table = fit.referenced(0.3, 0.4).set_index("peak")
    assert table.loc["main", "position_ev"] == pytest.approx(fit.position_ev("main") + 0.3)
    expected = np.hypot(fit.result.stderr[fit.result.index("main_position")], 0.4)
    assert table.loc["main", "stderr_ev"] == pytest.approx(expected)
    value, error = fit.difference("second", "main")
    assert value == pytest.approx(136.8 - 133.4, abs=0.05)
    assert error < 0.05


def test_ties_between_peaks():
    tied = (
        PEAKS[0],
        Peak(
            "second", (100.0, 100.0), (1.0, 2.0), offset_from="main", offset_ev=3.4, width_of="main"
        ),
    )
    fit = fit_region(spectrum(), tied)
    assert fit.position_ev("second") == pytest.approx(fit.position_ev("main") + 3.4)
    assert fit.fwhm_ev("second") == fit.fwhm_ev("main")
    assert "second_position" not in fit.result.names
    share, error = fit.share("second")
    assert share == pytest.approx(2500 / (2500 + 13500), abs=0.03)
    assert 0 < error < 0.02


def test_a_signed_area_can_be_negative_and_is_unbiased():
    truth = TRUTH.copy()
    truth[-1] = 0.0
    signed = (PEAKS[0], Peak("second", (136.8, 136.8), (1.7, 1.7), signed=True))
    areas = np.array(
        [fit_region(spectrum(truth, seed), signed).result["second_area"] for seed in range(25)]
    )
    assert (areas < 0).any()
    assert abs(areas.mean()) < 3 * areas.std() / 5


def test_names_become_identifiers():
    assert parameter("P 2p3/2", "area") == "P_2p3_2_area"
    assert parameter("2p3/2", "area").isidentifier()


def change(**columns):
    return spectrum().assign(**columns)


@pytest.mark.parametrize(
    ("table", "peaks", "options", "found"),
    [
        (change(intensity_counts=np.nan), PEAKS, {}, "finite"),
        (change(binding_energy_ev=130.0), PEAKS, {}, "occurs twice"),
        (spectrum().rename(columns={"intensity_counts": "y"}), PEAKS, {}, "intensity_"),
        (spectrum()[:5], PEAKS, {}, "at least 8"),
        (change(intensity_counts=spectrum()["intensity_counts"] - 900), PEAKS, {}, "no counts"),
        (change(binding_energy_ev=1486.6 - ENERGY), PEAKS, {}, "not inside the data"),
        (spectrum(), (PEAKS[0], PEAKS[0]), {}, "different names"),
        (spectrum(), (), {}, "there must be one"),
        (spectrum(), PEAKS, {"background": "spline"}, "must be one of"),
        (spectrum(), (Peak("a", (130, 131), width_of="b"),), {}, "no other peak"),
    ],
)
def test_hostile_input(table, peaks, options, found):
    with pytest.raises(ValueError, match=found):
        fit_region(table, peaks, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"position_ev": (135.0, 130.0)},
        {"position_ev": (130.0, 131.0), "fwhm_ev": (0.0, 1.0)},
        {"position_ev": (130.0, 131.0), "splitting_ev": 1.0},
        {"position_ev": (130.0, 131.0), "ratio": -0.5},
    ],
)
def test_impossible_peaks(options):
    with pytest.raises(ValueError, match="a:"):
        Peak("a", **options)


def test_unknown_peak_names_the_known_ones():
    with pytest.raises(KeyError, match="main, second"):
        fit_region(spectrum(), PEAKS).position_ev("third")


def test_a_height_share_shape_fits_its_own_data():
    shape = PseudoVoigt.from_height(0.3)
    peaks = (Peak("main", (131.0, 135.0), (0.8, 3.0), shape),)
    truth = np.array([500.0, 0.03, 133.4, 1.4, 9000.0])
    clean = region(peaks).model(truth[None])[0][0]
    table = pd.DataFrame({"binding_energy_ev": ENERGY, "intensity_counts": clean})
    np.testing.assert_allclose(fit_region(table, peaks).result.values, truth, rtol=1e-4)
