"""Residuals are judged against a noise from elsewhere, and neighbours against chance."""

import numpy as np
import pytest

from nasicon.core.quality import (
    FALSE_ALARMS,
    judge_residuals,
    lag_one,
    noise_from_differences,
    saturation,
    scatter,
    undetected,
)

RNG = np.random.default_rng


def draws(count, size, seed=0):
    return RNG(seed).normal(size=(count, size))


@pytest.mark.parametrize("size", [20, 71, 600])
def test_false_alarms_on_a_right_model_are_rare(size):
    found = [judge_residuals(r, 3, noise=1.0).found for r in draws(2000, size)]
    assert np.mean(found) <= 10 * FALSE_ALARMS


@pytest.mark.parametrize("counts", [5, 30, 300])
def test_false_alarms_where_the_counts_themselves_are_the_weights(counts):
    x = np.linspace(-5, 5, 200)
    lines = np.column_stack([np.ones_like(x), np.exp(-(x**2) / 2), np.exp(-2 * (x - 2.5) ** 2)])
    expected = lines @ np.array([counts, 10 * counts, 3 * counts])

    def found(y, sigma, noise):
        amplitudes = np.linalg.lstsq(lines / sigma[:, None], y / sigma)[0]
        residuals = (y - lines @ amplitudes) / sigma
        given = noise or noise_from_differences(residuals)
        freedom = np.inf if noise else x.size / 2
        return judge_residuals(residuals, 3, noise=given, noise_freedom=freedom).found

    counted = RNG(1).poisson(expected, size=(500, x.size)).astype(float)
    assert np.mean([found(y, np.sqrt(np.maximum(y, 1)), 1.0) for y in counted]) <= 0.02
    assert np.mean([found(y, np.sqrt(expected), None) for y in counted]) <= 0.02
    relative = expected * (1 + 0.02 * draws(500, x.size))
    assert np.mean([found(y, 0.02 * y, 1.0) for y in relative]) <= 0.02


@pytest.mark.parametrize("excess", [1.5, 3.0])
def test_a_residual_above_the_noise_is_found(excess):
    found = [judge_residuals(excess * r, 3, noise=1.0) for r in draws(300, 80)]
    assert np.mean([m.found for m in found]) >= 0.95
    assert "times the noise" in next(m.reason for m in found if m.found)


def test_structure_is_found_where_the_noise_is_unknown():
    x = np.linspace(0, 6 * np.pi, 120)
    found = [judge_residuals(np.sin(x) + 0.7 * r, 3).found for r in draws(300, 120)]
    assert np.mean(found) >= 0.95


def test_the_noise_may_be_correlated_itself():
    white = draws(200, 400)
    smooth = (white[:, 1:] + white[:, :-1]) / np.sqrt(2)  # lag-one correlation 1/2
    assert np.mean([judge_residuals(r, 3).found for r in smooth]) > 0.9
    told = [judge_residuals(r, 3, own_correlation=0.5).found for r in smooth]
    assert np.mean(told) <= 0.01


def test_rows_of_a_complex_fit_are_judged_apart():
    up = np.concatenate([np.full(50, 1.0), np.full(50, -1.0)]) + draws(1, 100)[0]
    assert lag_one(up, series=2) < lag_one(up)


def test_few_points_say_nothing():
    assert not judge_residuals(np.full(6, 9.0), 2, noise=1.0).found


def test_a_poorly_known_noise_judges_mildly():
    r = 2.0 * draws(1, 40)[0]
    assert judge_residuals(r, 2, noise=1.0).found
    assert not judge_residuals(r, 2, noise=1.0, noise_freedom=4).found


def test_noise_from_differences_does_not_feel_lines():
    x = np.linspace(-50, 50, 2000)
    lines = sum(1000 / (1 + ((x - c) / 0.8) ** 2) for c in (-20.0, 0.0, 13.0))
    estimates = [noise_from_differences(lines + 5 * r) for r in draws(30, 2000)]
    assert np.mean(estimates) == pytest.approx(5, rel=0.06)
    with pytest.raises(ValueError, match="at least 5"):
        noise_from_differences([1, 2, 3])


@pytest.mark.parametrize("kernel", [[1.0], [1.0, 1.0, 1.0, 1.0]])
def test_scatter_sees_through_correlation_and_slow_structure(kernel):
    rng = np.random.default_rng(3)
    white = rng.normal(size=4000)
    noise = np.convolve(white, np.array(kernel) / np.linalg.norm(kernel), mode="same")
    slow = 5 * np.sin(np.arange(4000) / 300)
    found, correlation = scatter(noise + slow, 10)
    assert found == pytest.approx(1.0, rel=0.06)
    assert correlation == pytest.approx(1 - 1 / len(kernel), abs=0.12)


def test_a_line_that_is_left_out_is_seen_as_a_sum_of_neighbours():
    rng = np.random.default_rng(1)
    r = rng.normal(size=800)
    left_out = 2.5 * np.exp(-(((np.arange(800) - 400) / 8) ** 2))
    assert not judge_residuals(r, 5, noise=1.0, widths=(8, 16, 32)).found
    found = judge_residuals(r + left_out, 5, noise=1.0, widths=(8, 16, 32))
    assert found.found
    assert "neighbours together" in found.reason
    assert not judge_residuals(r + left_out, 5, noise=1.0).found


def test_a_component_of_no_size_is_undetected():
    x = np.linspace(-5, 5, 300)
    parts = np.array([np.exp(-((x + 2) ** 2)), np.exp(-((x - 2) ** 2))])
    data = parts[0] + np.random.default_rng(0).normal(0, 0.1, x.size)
    base = np.ones((x.size, 1))
    assert undetected(parts, base, data, 0.01).tolist() == [False, True]


def test_many_small_bumps_are_found_together_and_not_invented():
    noise = draws(300, 400, seed=5)
    x = np.arange(400)
    wrong = 0.7 * np.sin(2 * np.pi * x / 40)  # no sum of neighbours alone reaches far enough
    widths = (8, 16)
    found = [judge_residuals(r + wrong, 5, noise=1.0, widths=widths) for r in noise]
    assert np.mean([m.found for m in found]) >= 0.95
    right = [judge_residuals(r, 5, noise=1.0, widths=widths).found for r in noise]
    assert np.mean(right) <= 0.02


@pytest.mark.parametrize("counts", [2, 50, 1e4])
def test_no_counts_look_saturated_that_are_not(counts):
    peak = counts * (1 + 20 * np.exp(-(np.linspace(-30, 30, 1000) ** 2) / 2))
    for expected in (peak, np.full(1000, counts)):
        drawn = RNG(3).poisson(expected, (300, 1000))
        assert sum(bool(saturation(y)) for y in drawn) <= 1
    assert saturation(np.full(9, 3.0)) == ""


def test_a_record_that_ends_at_one_value_is_saturated():
    x = np.arange(1000)
    tops = sum(np.exp(-(((x - at) / 2) ** 2)) for at in (100, 300, 500, 700))
    drawn = RNG(4).poisson(1e4 * tops + 100)
    assert saturation(drawn) == ""
    assert "highest value, 7000" in saturation(np.minimum(drawn, 7000))  # three a peak
    wide = RNG(5).poisson(1e4 * np.exp(-(((x - 400) / 20) ** 2)) + 100)
    assert "saturated" in saturation(np.minimum(wide, 9000))
