"""Relaxation under drifting noise, and delays of any spacing."""

from pathlib import Path

import numpy as np
import pytest

from nasicon import esm
from nasicon.esm.fit_decays import fit_relaxation, flags

CASES = Path(__file__).parents[1] / "cases" / "08_esm"


def covered(table, tau):
    results = [fit_relaxation(table.index, table[name]) for name in table]
    inside = [r.ci_low[1] <= tau <= r.ci_high[1] for r in results]
    return sum(inside), results


def test_drifting_noise_is_in_the_interval():
    count, results = covered(esm.read_relaxation(CASES / "relaxation_ar.txt"), 0.5)
    assert count >= 36
    assert not any(r.misfit for r in results)


@pytest.mark.parametrize("share", [0.0, 0.6, 0.9])
def test_intervals_cover_under_noise_of_any_memory(share):
    rng, t, hits, alarms = np.random.default_rng(11), np.arange(1, 181) * 0.02, 0, 0
    for _ in range(120):
        white = rng.normal(size=t.size + 200)
        noise = np.empty_like(white)
        noise[0] = white[0]
        for i in range(1, white.size):
            noise[i] = share * noise[i - 1] + white[i]
        noise *= np.sqrt(1 - share**2) * 0.25
        result = fit_relaxation(t, 8 + 3 * np.exp(-t / 0.4) + noise[200:])
        hits += result.ci_low[1] <= 0.4 <= result.ci_high[1]
        alarms += result.misfit
    assert hits / 120 >= 0.90
    assert alarms <= 3


def test_a_wrong_model_on_uneven_delays_is_a_misfit():
    t = np.geomspace(1e-3, 10, 120)
    rng = np.random.default_rng(2)
    signal = 5 + 2 * np.exp(-t / 0.01) + 2 * np.exp(-t / 1.0) + rng.normal(size=t.size) * 0.02
    assert "misfit" in fit_relaxation(t, signal).flags("tau")


@pytest.mark.parametrize(
    ("shape", "flagged"),
    [
        (lambda t: np.exp(-((t / 0.3) ** 0.6)), True),
        (lambda t: 0.5 * np.exp(-t / 0.08) + 0.5 * np.exp(-t / 1.0), True),
        (lambda t: np.exp(-t / 0.3), False),
    ],
)
def test_a_wrong_model_on_even_delays_is_no_noise_with_memory(shape, flagged):
    t, rng = np.arange(1, 161) * 0.025, np.random.default_rng(4)
    for _ in range(10):
        result = fit_relaxation(t, 2 + 6 * shape(t) + rng.normal(0, 0.05, t.size))
        assert result.misfit == flagged
        assert ("stretched decay" in result.misfit_reason) == flagged


def test_delays_even_in_the_logarithm_see_a_short_decay():
    table = esm.read_relaxation(CASES / "relaxation_log.txt")
    result = fit_relaxation(table.index, table.iloc[:, 0])
    assert result["tau"] == pytest.approx(0.0080, rel=0.03)
    assert flags(result, table.index) == ""
    fast = esm.read_relaxation(CASES / "relaxation_log_too_fast.txt")
    assert "outside_window" in flags(fit_relaxation(fast.index, fast.iloc[:, 0]), fast.index)


def test_the_order_of_the_points_does_not_matter():
    table = esm.read_relaxation(CASES / "relaxation_ar.txt")
    turned = table.iloc[::-1]
    one = fit_relaxation(table.index, table["p0"])
    two = fit_relaxation(turned.index, turned["p0"])
    np.testing.assert_allclose(two.values, one.values, rtol=1e-9)
