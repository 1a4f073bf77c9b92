"""The fitting engine: recovery, coverage, flags, intervals and hostile input."""

import numpy as np
import pytest
from scipy import optimize, stats

from nasicon.core import fitting
from nasicon.core.result import Problem

X = np.linspace(0.1, 6.0, 30)
TRUE = np.array([5.0, 0.8, 1.5])  # amplitude, rate, background


def make(names, evaluate, lower, upper, positive, resolution=None):
    return Problem(
        tuple(names),
        ("",) * len(names),
        np.array(lower, float),
        np.array(upper, float),
        np.array(positive),
        evaluate,
        resolution,
    )


def decay(y, sigma=0.1, lower=(1e-2, 1e-2, -10.0), upper=(1e3, 1e2, 10.0)):
    """y = A exp(-k x) + b; y may be (m,) or (k, m)."""

    def evaluate(values):
        a, k, b = (values[..., i, None] for i in range(3))
        e = np.exp(-k * X)
        slopes = np.stack([e, -a * X * e, np.ones_like(a * e)], axis=-1)
        return (a * e + b - y) / sigma, slopes / sigma

    return make("Akb", evaluate, lower, upper, [True, True, False])


def noisy(seed, sigma=0.1):
    clean = TRUE[0] * np.exp(-TRUE[1] * X) + TRUE[2]
    return clean + np.random.default_rng(seed).normal(0, sigma, X.size)


def line(y, x, sigma=1.0):
    def evaluate(values):
        a, b = values[..., 0, None], values[..., 1, None]
        slopes = np.stack([np.ones_like(a * x), x + 0 * a], axis=-1)
        return (a + b * x - y) / sigma, slopes / sigma

    return make("ab", evaluate, [-1e6, -1e6], [1e6, 1e6], [False, False])


START = [[1.0, 0.1, 0.0], [20.0, 3.0, 0.0]]


def test_known_parameters_come_back_exactly_without_noise():
    result = fitting.fit(decay(noisy(0, sigma=0.0)), START)
    np.testing.assert_allclose(result.values, TRUE, rtol=1e-7)
    assert result.converged
    assert result.moved_from_guess
    assert [result.flags(name) for name in result.names] == [()] * 3


def test_every_start_ends_in_the_same_minimum():
    assert fitting.fit(decay(noisy(0)), START).starts_agreeing == 1.0


def test_a_start_that_is_the_answer_is_said_not_to_have_moved():
    assert not fitting.fit(decay(noisy(0, sigma=0.0)), [TRUE]).moved_from_guess
    best = fitting.fit(decay(noisy(0)), START)
    again = fitting.fit(decay(noisy(0)), [best.values])
    assert not again.moved_from_guess
    np.testing.assert_allclose(again.values, best.values, rtol=1e-6)


def test_the_fit_is_never_worse_than_its_start():
    problem = decay(noisy(3))
    result = fitting.fit(problem, START)
    started = problem.evaluate(np.array(START))[0]
    assert result.chi2 < (started**2).sum(axis=1).min()


def test_scipy_finds_the_same_minimum_and_covariance():
    y = noisy(4)
    result = fitting.fit(decay(y), START)
    values, covariance = optimize.curve_fit(
        lambda x, a, k, b: a * np.exp(-k * x) + b, X, y, p0=[4, 1, 1], xtol=1e-12
    )
    np.testing.assert_allclose(result.values, values, rtol=1e-6)
    np.testing.assert_allclose(result.stderr, np.sqrt(np.diag(covariance)), rtol=1e-4)
    assert result.reduced_chi2 == pytest.approx(result.chi2 / 27)


def test_stated_errors_are_taken_as_they_are():
    y = noisy(5, sigma=0.3)  # three times what is stated
    scaled = fitting.fit(decay(y), START)
    stated = fitting.fit(decay(y), START, absolute_sigma=True)
    np.testing.assert_allclose(
        scaled.stderr / stated.stderr, np.sqrt(scaled.reduced_chi2), rtol=1e-6
    )
    assert scaled.reduced_chi2 > 5


def test_95_percent_intervals_cover_the_truth():
    draws = 300
    hits = np.zeros(3)
    for seed in range(draws):
        result = fitting.fit(decay(noisy(seed)), START)
        hits += (result.ci_low <= TRUE) & (result.ci_high >= TRUE)
    low, high = stats.binom.interval(0.999, draws, 0.95)
    assert ((low <= hits) & (hits <= high)).all(), hits


def test_batch_standard_errors_are_those_of_the_single_fit():
    single = fitting.fit(decay(noisy(6)), START)
    batch = fitting.levenberg_marquardt(decay(noisy(6)), START)
    spread = fitting.standard_errors(decay(noisy(6)), batch.values)
    expected = np.sqrt(np.diag(single.covariance))
    np.testing.assert_allclose(spread, np.tile(expected, (2, 1)), rtol=1e-4)


def test_a_batch_of_replicates_is_each_one_alone():
    y = np.array([noisy(seed) for seed in range(5)])
    together = fitting.levenberg_marquardt(decay(y), np.tile(TRUE, (5, 1)))
    assert together.converged.all()
    for row, data in zip(together.values, y, strict=True):
        np.testing.assert_allclose(row, fitting.fit(decay(data), START).values, rtol=1e-5)


# --- flags ---------------------------------------------------------------------------------


def test_a_parameter_pushed_against_its_bound_is_flagged_and_has_no_error():
    result = fitting.fit(decay(noisy(0), upper=(1e3, 0.5, 10.0)), [[1.0, 0.1, 0.0]])
    assert result["k"] == pytest.approx(0.5)
    assert result.at_bound.tolist() == [False, True, False]
    assert "at_bound" in result.flags("k")
    assert np.isnan(result.stderr[1])
    assert np.isfinite(result.stderr[[0, 2]]).all()


def test_a_bound_does_not_hold_what_would_rather_leave_it():
    """A start on the bound of a valley is a start like any other."""
    best = fitting.fit(decay(noisy(0)), START)
    problem = decay(noisy(0), lower=(1e-2, 0.1, -10.0))
    result = fitting.fit(problem, [[1e-2, 0.1, 0.0]])
    assert not result.at_bound.any()
    np.testing.assert_allclose(result.values, best.values, rtol=1e-6)


def test_two_factors_of_one_product_are_not_identifiable():
    y = 6 * X + np.random.default_rng(0).normal(0, 0.1, X.size)

    def evaluate(values):
        a, b = values[..., 0, None], values[..., 1, None]
        return a * b * X - y, np.stack([b * X, a * X], axis=-1)

    problem = make("ab", evaluate, [1e-3, 1e-3], [1e3, 1e3], [True, True])
    result = fitting.fit(problem, [[1.0, 1.0]])
    assert result["a"] * result["b"] == pytest.approx(6.0, rel=0.01)
    assert not result.identifiable.any()
    assert "not_identifiable" in result.flags("a")


@pytest.mark.parametrize(("scatter", "identifiable"), [(0.05, True), (10.0, False)])
def test_scatter_decides_what_is_identifiable(scatter, identifiable):
    result = fitting.fit(decay(noisy(1, sigma=scatter)), [TRUE])
    assert ("not_identifiable" not in result.flags("k")) == identifiable


def test_a_technique_may_state_its_own_resolution():
    x = np.arange(5.0)
    y = 1 + 2 * x + np.array([0.5, -0.5, 0.5, -0.5, 0.5])
    coarse, fine = (
        make("ab", line(y, x).evaluate, [-9, -9], [9, 9], [False, False], np.full(2, limit))
        for limit in (10.0, 1e-6)
    )
    assert fitting.fit(coarse, [[0, 0]]).identifiable.all()
    assert not fitting.fit(fine, [[0, 0]]).identifiable.any()


def test_intercept_far_from_the_data_is_correlated_with_the_slope():
    rng = np.random.default_rng(0)
    near, far = np.linspace(-1, 1, 20), np.linspace(99, 101, 20)
    noise = rng.normal(size=20)
    assert not fitting.fit(line(1 + 2 * near + noise, near), [[0, 0]]).correlated.any()
    result = fitting.fit(line(1 + 2 * far + noise, far), [[0, 0]])
    assert result.correlated.all()
    assert "correlated" in result.flags("a")


def test_a_fit_that_cannot_descend_is_not_converged():
    good = decay(noisy(0))

    def uphill(values):  # the derivatives are wrong, so no step lowers the sum
        residuals, jacobian = good.evaluate(values)
        return residuals, -jacobian

    result = fitting.fit(make("Akb", uphill, good.lower, good.upper, good.positive), START)
    assert not result.converged
    assert "not_converged" in result.flags("A")


def test_a_valley_without_a_floor_stays_inside_the_box():
    """1 - exp(-b x) of saturated data falls for ever with growing b: no overflow, a flag."""
    x = np.array([1.0, 2, 3, 4])

    def evaluate(values):
        b = values[..., 0, None]
        return 1 - np.exp(-b * x) - 1.05, (x * np.exp(-b * x))[..., None]

    result = fitting.fit(make("b", evaluate, [1e-3], [1e3], [True]), [[1.0]])
    assert 1e-3 <= result["b"] <= 1e3
    assert set(result.flags("b")) & {"at_bound", "not_identifiable", "not_converged"}


# --- intervals -----------------------------------------------------------------------------


def test_profile_of_a_linear_problem_is_the_covariance_interval():
    rng = np.random.default_rng(2)
    x = np.linspace(-1, 3, 12)
    result = fitting.fit(line(1 + 2 * x + rng.normal(0, 0.3, 12), x), [[0, 0]])
    for i, name in enumerate("ab"):
        low, high = fitting.profile_interval(result, name)
        assert low == pytest.approx(result.ci_low[i], abs=1e-4 * result.stderr[i])
        assert high == pytest.approx(result.ci_high[i], abs=1e-4 * result.stderr[i])


def test_profile_of_a_strongly_nonlinear_problem_is_where_chi2_rises():
    """One parameter, so brentq on the sum of squares is the oracle; the covariance is far off."""
    x = np.array([0.01, 1.0, 2.0, 3.0])
    y = 1 - np.exp(-2 * x) + np.array([0.01, 0.03, -0.02, 0.05])

    def evaluate(values):
        b = values[..., 0, None]
        return (1 - np.exp(-b * x) - y) / 0.05, (x * np.exp(-b * x) / 0.05)[..., None]

    result = fitting.fit(make("b", evaluate, [1e-3], [1e4], [True]), [[1.0]])
    rise = stats.f.ppf(0.95, 1, 3) * result.reduced_chi2

    def excess(b):
        return float((evaluate(np.array([b]))[0] ** 2).sum()) - result.chi2 - rise

    low, high = fitting.profile_interval(result, "b")
    assert low == pytest.approx(optimize.brentq(excess, 0.1, result["b"]), rel=0.01)
    assert high == pytest.approx(optimize.brentq(excess, result["b"], 1e3), rel=0.02)
    assert high > 1.4 * result.ci_high[0]
    assert low > 1.05 * result.ci_low[0]


def test_profile_that_never_closes_ends_at_the_bound():
    x = np.array([1.0, 2, 3, 4])  # saturated: any large rate does
    y = 1 - np.exp(-2 * x) + np.array([0.03, -0.02, 0.05, -0.04])

    def evaluate(values):
        b = values[..., 0, None]
        return (1 - np.exp(-b * x) - y) / 0.05, (x * np.exp(-b * x) / 0.05)[..., None]

    result = fitting.fit(make("b", evaluate, [1e-3], [1e4], [True]), [[1.0]])
    low, high = fitting.profile_interval(result, "b")
    assert 1 < low < result["b"]
    assert high == pytest.approx(1e4)


def test_profile_widens_with_confidence():
    result = fitting.fit(decay(noisy(0)), START)
    intervals = [fitting.profile_interval(result, "k", confidence=c) for c in (0.68, 0.95, 0.99)]
    widths = [high - low for low, high in intervals]
    assert widths == sorted(widths)
    assert all(low < result["k"] < high for low, high in intervals)


# --- the result and bad input --------------------------------------------------------------


def test_table_and_lookup():
    result = fitting.fit(decay(noisy(0)), START)
    table = result.table()
    assert list(table.columns) == [
        "parameter",
        "value",
        "stderr",
        "ci_low",
        "ci_high",
        "unit",
        "flag",
    ]
    assert table["value"].tolist() == result.values.tolist()
    # symmetric in log10 for a positive parameter, in the value for the other
    assert result.ci_low[0] * result.ci_high[0] == pytest.approx(result["A"] ** 2)
    assert result.ci_low[2] + result.ci_high[2] == pytest.approx(2 * result["b"])
    with pytest.raises(KeyError, match="no parameter 'c'; the fit has A, k, b"):
        result["c"]


def test_a_result_is_frozen():
    result = fitting.fit(decay(noisy(0)), START)
    with pytest.raises(AttributeError):
        result.chi2 = 0.0


def test_fewer_data_than_parameters():
    x = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match=r"2 data cannot determine 2 parameters \(a, b\): measure"):
        fitting.fit(line(x, x), [[0.0, 0.0]])


def test_nan_in_the_data_or_the_start():
    y = noisy(0)
    y[3] = np.nan
    with pytest.raises(ValueError, match="not finite: check for NaN"):
        fitting.fit(decay(y), START)
    with pytest.raises(ValueError, match=r"start values must be finite, got \[nan\]"):
        fitting.fit(decay(noisy(0)), [[1.0, np.nan, 0.0]])


def test_minima_respect_the_bounds():
    problem = decay(noisy(0), lower=(1e-2, 1.0, 0.0), upper=(4.0, 1e2, 1.0))
    values = fitting.levenberg_marquardt(problem, START).values
    assert (values >= problem.lower * (1 - 1e-12)).all()
    assert (values <= problem.upper * (1 + 1e-12)).all()


# --- limits at a bound -----------------------------------------------------------------------


def bounded(y, x):
    """Slope that cannot be negative."""
    return make("ab", line(y, x).evaluate, [-9, 0.0], [9, 9], [False, False])


def test_a_parameter_on_its_bound_gets_a_one_sided_limit():
    x = np.linspace(-1, 1, 40)
    hits, held, draws = {0.0: 0, 0.15: 0, 0.4: 0}, 0, 400
    for slope in hits:
        rng = np.random.default_rng(5)
        for _ in range(draws):
            result = fitting.fit(bounded(1 + slope * x + rng.normal(0, 0.6, x.size), x), [[1, 0.1]])
            hits[slope] += result.ci_low[1] <= slope <= result.ci_high[1]
            if result.at_bound[1]:
                held += 1
                assert result.ci_low[1] == 0.0
                assert 0 < result.ci_high[1] < 1.0
    assert held > 200
    assert min(hits.values()) >= 0.93 * draws, hits


def test_the_limit_is_that_of_a_normal_distribution_cut_off_at_the_bound():
    """With known errors: 5 % of what of the normal distribution lies inside are left out."""
    x = np.linspace(-1, 1, 40)
    y = 1 - 0.2 * x
    result = fitting.fit(bounded(y, x), [[1, 0.1]], absolute_sigma=True)
    error = 1 / np.linalg.norm(x)
    expected = stats.truncnorm(0.2 / error, np.inf, loc=-0.2, scale=error).ppf(0.95)
    assert result.ci_high[1] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("effect", [0.0, 1e-16, 1e-13])
def test_a_parameter_without_effect_does_not_keep_the_others_from_converging(effect):
    inner = decay(noisy(3))

    def evaluate(values):
        residuals, slopes = inner.evaluate(values[..., :3])
        return (
            residuals + effect * values[..., 3:] * np.sin(X),
            np.concatenate(
                [slopes, np.broadcast_to(effect * np.sin(X)[:, None], (*residuals.shape, 1))],
                axis=-1,
            ),
        )

    wide = make("Akbd", evaluate, [*inner.lower, -1], [*inner.upper, 1], [True, True, False, False])
    result, alone = fitting.fit(wide, [[*s, 0.1] for s in START]), fitting.fit(inner, START)
    assert result.converged
    np.testing.assert_allclose(result.values[:3], alone.values, rtol=1e-5)
    assert not result.identifiable[3]
