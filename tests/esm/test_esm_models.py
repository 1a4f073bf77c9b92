"""The oscillator, the relaxation forms and the comparison of two groups against other sources."""

import numpy as np
import pytest
from scipy import integrate, stats

from nasicon.core import statistics as groups
from nasicon.esm import model_oscillator


def test_limits_of_the_oscillator():
    assert model_oscillator.oscillator(1e-3, 3.0, 300e3, 25, 0.4) == pytest.approx(
        3 * np.exp(0.4j), rel=1e-9
    )
    # at resonance A Q, a quarter of a turn behind the drive
    assert model_oscillator.oscillator(300e3, 3.0, 300e3, 25, 0.4) == pytest.approx(
        75 * np.exp(1j * (0.4 - np.pi / 2))
    )
    assert abs(model_oscillator.oscillator(3e9, 3.0, 300e3, 25)) == pytest.approx(3e-8, rel=1e-6)


def test_the_modulus_is_the_published_form():
    f, a, f0, q = np.linspace(270e3, 340e3, 9), 2.6, 307e3, 23.3
    expected = a * f0**2 / np.sqrt((f0**2 - f**2) ** 2 + (f0 * f / q) ** 2)
    np.testing.assert_allclose(
        np.abs(model_oscillator.oscillator(f, a, f0, q, 1.0)), expected, rtol=1e-12
    )


def test_derivatives_are_those_of_finite_differences():
    f, values = np.linspace(270e3, 340e3, 31), np.array([3.9, 307e3, 28.0, 0.7])
    exact = model_oscillator.oscillator_jacobian(f, *values)
    for i in range(4):
        step = 1e-6 * values[i]
        up, down = values.copy(), values.copy()
        up[i] += step
        down[i] -= step
        numeric = (model_oscillator.oscillator(f, *up) - model_oscillator.oscillator(f, *down)) / (
            2 * step
        )
        np.testing.assert_allclose(
            exact[:, i], numeric, rtol=1e-5, atol=1e-7 * np.abs(numeric).max()
        )


def test_the_bound_falls_with_noise_and_more_data():
    f = np.linspace(270e3, 340e3, 40)
    once = model_oscillator.cramer_rao(f, (3.9, 307e3, 28.0, 0.7), 1.0)
    np.testing.assert_allclose(
        model_oscillator.cramer_rao(f, (3.9, 307e3, 28.0, 0.7), 2.0), 2 * once, rtol=1e-9
    )
    four = model_oscillator.cramer_rao(np.tile(f, 4), (3.9, 307e3, 28.0, 0.7), 1.0)
    np.testing.assert_allclose(four, once / 2, rtol=1e-9)
    amplitude = model_oscillator.cramer_rao(f, (3.9, 307e3, 28.0, 0.7), 1.0, complex_data=False)
    assert (amplitude > once[:3]).all()  # phase is information


@pytest.mark.parametrize("s", [0.3, 1.0, 4.0])
def test_diffusion_has_the_transform_of_a_draining_layer(s):
    tau = 0.5
    value, _ = integrate.quad(
        lambda t: np.exp(-s * t) * model_oscillator.diffusion(t, 1.0, tau, 0.0), 0, np.inf
    )
    assert value == pytest.approx(1 / (s + np.sqrt(s / tau)), rel=1e-6)


def test_a_stretched_decay_with_exponent_one_is_exponential():
    t = np.linspace(0, 3, 7)
    np.testing.assert_allclose(
        model_oscillator.stretched(t, 4, 0.6, 1.0, 2), model_oscillator.exponential(t, 4, 0.6, 2)
    )


@pytest.mark.parametrize(
    "pair", [(3.90, 0.64, 2.60, 0.35), (28.32, 5.20, 23.27, 3.69), (1, 1, 1, 3), (2, 1, 5, 1)]
)
def test_overlap_is_the_integral_of_the_smaller_density(pair):
    m1, s1, m2, s2 = pair
    x = np.linspace(min(m1 - 9 * s1, m2 - 9 * s2), max(m1 + 9 * s1, m2 + 9 * s2), 200_001)
    smaller = np.minimum(stats.norm.pdf(x, m1, s1), stats.norm.pdf(x, m2, s2))
    assert groups.normal_overlap(*pair) == pytest.approx(np.trapezoid(smaller, x), abs=1e-6)


def test_equal_distributions_overlap_wholly():
    assert groups.normal_overlap(3, 0.5, 3, 0.5) == 1.0


def test_welch_takes_counts_that_are_not_whole():
    ours = groups.welch(3.90, 0.64, 12.5, 3.60, 0.35, 9.25)
    v1, v2 = 0.64**2 / 12.5, 0.35**2 / 9.25
    freedom = (v1 + v2) ** 2 / (v1**2 / 11.5 + v2**2 / 8.25)
    t = 0.3 / np.sqrt(v1 + v2)
    assert (ours.t, ours.p) == pytest.approx((t, 2 * stats.t.sf(t, freedom)), rel=1e-9)
    with pytest.raises(ValueError, match="more than one observation"):
        groups.welch(1, 1, 1, 2, 1, 5)


def test_the_floor_of_the_rank_sum_test():
    exact = stats.mannwhitneyu(range(7), range(20, 27), method="exact").pvalue
    assert groups.rank_sum_floor(7, 7) == pytest.approx(exact, rel=1e-12)
    assert groups.rank_sum_floor(7, 7) == pytest.approx(5.8275e-4, rel=1e-4)


def test_residuals_of_a_fit_to_the_last_bit_have_no_memory():
    assert groups.correlation_factor(np.zeros(50)) == 1.0
