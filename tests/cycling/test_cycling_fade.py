"""Fade: recovery, coverage with and without correlated scatter, and hostile input."""

import numpy as np
import pytest

from nasicon.cycling.fit_fades import fade, jump

CYCLES = np.arange(1, 51)


def capacities(rng, loss=0.1, scatter=0.3, correlation=0.0, law="linear"):
    noise = rng.normal(0, 1, CYCLES.size)
    for i in range(1, noise.size):
        noise[i] = correlation * noise[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
    g = CYCLES - 1 if law == "linear" else np.sqrt(CYCLES - 1)
    return 150 * (1 - loss / 100 * g) + scatter * noise


@pytest.mark.parametrize("law", ["linear", "root"])
def test_exact_data_give_the_truth(law):
    loss = 0.1 if law == "linear" else 1.0
    found = fade(CYCLES, capacities(np.random.default_rng(0), loss, 1e-9, law=law), law)
    assert found.result["first_capacity"] == pytest.approx(150, rel=1e-9)
    assert found.result["fade_per_cycle"] == pytest.approx(loss, rel=1e-7)
    assert found.result.moved_from_guess
    expected = 100 - loss * (49 if law == "linear" else 7)
    assert found.retention_percent(50)[0] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("correlation", "lowest"), [(0.0, 0.90), (0.6, 0.85)])
def test_intervals_hold_the_truth(correlation, lowest):
    """A fixed-seed subset; `make study` has the long one. Plain least squares would reach
    68 % at a correlation of 0.6."""
    rng = np.random.default_rng(622)
    inside = 0
    for _ in range(150):
        result = fade(CYCLES, capacities(rng, correlation=correlation)).result
        i = result.index("fade_per_cycle")
        inside += result.ci_low[i] <= 0.1 <= result.ci_high[i]
    assert lowest <= inside / 150 <= 0.99


def test_a_correlation_is_seen_and_widens_the_interval():
    rng = np.random.default_rng(3)
    one = fade(CYCLES, capacities(rng, correlation=0.8))
    assert one.correlation > 0.3
    assert fade(CYCLES[:8], capacities(rng)[:8]).correlation == 0.0  # too few to tell


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_a_jump_that_stays_is_told_and_scatter_is_not(correlation):
    rng = np.random.default_rng(31)
    for draw in range(200):
        smooth = capacities(rng, scatter=rng.uniform(0.01, 3), correlation=correlation)
        assert jump(CYCLES, smooth) == ""
        fallen = capacities(rng, correlation=correlation) * np.where(CYCLES < 30, 1.0, 0.93)
        assert " at cycle 30" in jump(CYCLES, fallen), draw
    one = capacities(rng)
    one[20] *= 0.8  # a single bad cycle
    assert jump(CYCLES, one) == ""


def test_units_do_not_matter():
    q = capacities(np.random.default_rng(5))
    one, scaled = fade(CYCLES, q).result, fade(CYCLES, q * 1e-6).result
    assert scaled["fade_per_cycle"] == pytest.approx(one["fade_per_cycle"], rel=1e-6)
    assert scaled.stderr[1] == pytest.approx(one.stderr[1], rel=1e-5)
    assert scaled["first_capacity"] == pytest.approx(1e-6 * one["first_capacity"], rel=1e-9)


def test_against_a_plain_regression():
    """An independent route: the slope of statsmodels-like least squares, by numpy's polyfit."""
    q = capacities(np.random.default_rng(11), correlation=0.0)
    found = fade(CYCLES, q)
    if found.correlation == 0.0:
        slope, start = np.polyfit(CYCLES - 1, q, 1)
        assert found.result["fade_per_cycle"] == pytest.approx(-100 * slope / start, rel=1e-6)


@pytest.mark.parametrize(
    ("cycle", "capacity", "law", "message"),
    [
        ([1, 2, 3], [1, 1, 1], "linear", "at least 5"),
        ([1, 2, 3, 4, 5], [1, 1, np.nan, 1, 1], "linear", "finite"),
        ([1, 2, 3, 4, 5], [1, 1, -1, 1, 1], "linear", "> 0"),
        ([1, 2, 2, 4, 5], [1, 1, 1, 1, 1], "linear", "must rise"),
        ([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], "cubic", "law must be"),
    ],
)
def test_hostile_input(cycle, capacity, law, message):
    with pytest.raises(ValueError, match=message):
        fade(cycle, capacity, law)
