"""Relaxation fits: recovery, coverage, other programs, windows, hostile input."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from nasicon.esm import fit_decays as relaxation
from nasicon.esm import model_oscillator

T = np.arange(1, 501) * 0.01


def curve(rng, tau=0.5, noise=0.3, form="exponential"):
    shape = {
        "exponential": lambda: model_oscillator.exponential(T, 4.0, tau, 2.6),
        "stretched": lambda: model_oscillator.stretched(T, 4.0, tau, 0.6, 2.6),
        "diffusion": lambda: model_oscillator.diffusion(T, 4.0, tau, 2.6),
    }[form]()
    return shape + noise * rng.normal(size=T.size)


@pytest.mark.parametrize("form", ["exponential", "stretched", "diffusion"])
@pytest.mark.parametrize("sign", [1, -1])
def test_exact_curves_give_exact_values(form, sign):
    y = sign * curve(np.random.default_rng(0), noise=0.0, form=form)
    result = relaxation.fit_relaxation(T, y, form)
    assert result.converged
    assert result.moved_from_guess
    assert result["tau"] == pytest.approx(0.5, rel=1e-4)
    assert result["amplitude"] == pytest.approx(4.0 * sign, rel=1e-4)
    assert result["offset"] == pytest.approx(2.6 * sign, rel=1e-4)
    np.testing.assert_allclose(relaxation.predict(result, T, form), y, atol=1e-4)


def test_scipy_finds_the_same():
    y = curve(np.random.default_rng(1))
    ours = relaxation.fit_relaxation(T, y)
    theirs, covariance = curve_fit(model_oscillator.exponential, T, y, [4, 0.5, 2.6], xtol=1e-12)
    assert ours["tau"] == pytest.approx(theirs[1], rel=1e-4)
    assert ours.stderr[1] == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-3)


@pytest.mark.parametrize("tau", [0.05, 0.5, 2.0])
def test_intervals_cover_the_truth(tau):
    rng = np.random.default_rng(2)
    curves = np.array([curve(rng, tau) for _ in range(400)])
    found = relaxation.fit_many(T, curves)
    inside = np.abs(np.log10(found["tau_s"] / tau)) < 1.965 * found["tau_decades"]
    assert 0.92 < inside.mean() < 0.98
    assert found["converged"].mean() > 0.99
    assert not found["outside_window"].any()
    one = relaxation.fit_relaxation(T, curves[0])
    assert found["tau_s"][0] == pytest.approx(one["tau"], rel=1e-4)


def test_order_and_units_of_time_do_not_matter():
    y = curve(np.random.default_rng(3))
    forward = relaxation.fit_relaxation(T, y)
    back = relaxation.fit_relaxation(T[::-1], y[::-1])
    assert back["tau"] == pytest.approx(forward["tau"], rel=1e-6)
    milli = relaxation.fit_relaxation(1e3 * T, 1e-12 * y)
    assert milli["tau"] == pytest.approx(1e3 * forward["tau"], rel=1e-4)
    assert milli["amplitude"] == pytest.approx(1e-12 * forward["amplitude"], rel=1e-4)


@pytest.mark.parametrize("tau", [0.002, 40.0])
def test_what_the_record_cannot_hold_is_flagged(tau):
    result = relaxation.fit_relaxation(T, curve(np.random.default_rng(4), tau))
    assert "outside_window" in relaxation.flags(result, T) or not result.identifiable[1]


@pytest.mark.parametrize("form", ["exponential", "stretched", "diffusion"])
def test_the_true_form_ranks_first_where_the_noise_is_low(form):
    y = curve(np.random.default_rng(5), noise=0.05, form=form)
    table, results = relaxation.compare_models(T, y)
    assert table.index[0] == form
    assert table["delta_bic"].iloc[0] == 0
    assert table["rms"].iloc[0] == pytest.approx(0.05, rel=0.1)
    assert set(results) == set(relaxation.MODELS)


def test_gaps_are_left_out():
    y = curve(np.random.default_rng(6))
    y[100:120] = np.nan
    result = relaxation.fit_relaxation(T, y)
    assert result.residuals.size == 480
    assert result["tau"] == pytest.approx(0.5, rel=0.15)


@pytest.mark.parametrize(
    ("t", "y", "model", "words"),
    [
        (T, np.ones(500), "exponential", "nothing relaxes"),
        (T[:3], np.ones(3), "exponential", "cannot determine"),
        (T, np.full(500, np.nan), "exponential", "cannot determine"),
        (np.ones(500), np.arange(500.0), "exponential", "different times"),
        (T - 1, np.arange(500.0), "exponential", ">= 0"),
        (T, np.ones(400), "exponential", "one length"),
        (T, np.arange(500.0), "biexponential", "must be one of"),
    ],
)
def test_bad_input_is_named(t, y, model, words):
    with pytest.raises(ValueError, match=words):
        relaxation.fit_relaxation(t, y, model)
