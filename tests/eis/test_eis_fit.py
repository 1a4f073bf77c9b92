"""Fits of impedance spectra: recovery, invariance, weights, flags, other programs, bad input."""

from types import SimpleNamespace

import numpy as np
import pytest
from impedance.models.circuits import CustomCircuit
from scipy import optimize, stats

from nasicon.eis import fit_arcs, fit_circuits, fit_starts
from nasicon.eis.fit_consistency import arrays
from nasicon.eis.model_circuits import Circuit
from nasicon.eis.model_pellet import noise_level

TWO = "(R1||CPE1)-(R2||CPE2)-CPE3"
TWO_VALUES = [1e4, 1e-10, 0.95, 3e4, 2e-8, 0.9, 5e-6, 0.85]
ONE = "(R1||CPE1)-CPE3"
ONE_VALUES = [1e4, 1e-9, 0.9, 5e-6, 0.85]
INTERCEPT = "L0-R1-(R2||CPE2)-CPE3"
INTERCEPT_VALUES = [2e-7, 60, 1000, 2e-8, 0.9, 5e-6, 0.85]

KNOWN = {
    TWO: TWO_VALUES,
    ONE: ONE_VALUES,
    INTERCEPT: INTERCEPT_VALUES,
    "R1-(R2||CPE2)-CPE3": [500, 2e3, 3e-9, 0.9, 5e-6, 0.85],
    "R1-CPE3": [100, 5e-6, 0.83],
    "(R1||CPE1)": [1e5, 1e-10, 0.9],
    "L0-(CPE1||R1)-(C2||R2)": [1e-6, 1e-9, 0.9, 300, 1e-6, 400],
    "R1-(R2||C2)-W3": [50, 1e4, 1e-9, 2e4],
    "R1-(R2||C2)-Wo3": [50, 1e3, 1e-9, 4e3, 0.3],
    "R1-(R2||C2)-Ws3": [50, 1e3, 1e-9, 4e3, 0.03],
    "R1-((R2-W2)||C2)": [50, 1e3, 2e4, 1e-8],
}


@pytest.mark.parametrize("circuit", KNOWN)
def test_known_parameters_come_back(spectrum, circuit):
    truth = np.array(KNOWN[circuit])
    result = fit_circuits.fit_circuit(spectrum(circuit, truth, noise=1e-5), circuit)
    assert result.converged
    assert result.moved_from_guess
    np.testing.assert_allclose(result.values, truth, rtol=0.02)
    assert 100 * np.sqrt(result.reduced_chi2) == pytest.approx(1e-3, rel=0.25)


def test_the_start_given_as_the_answer_did_not_move(spectrum):
    data = spectrum(TWO, TWO_VALUES)
    best = fit_circuits.fit_circuit(data, TWO)
    omega, z = arrays(data)
    task = fit_circuits.problem(Circuit.parse(TWO), omega, z, np.abs(z), best.lower, best.upper)
    assert not fit_circuits.fitting.fit(task, best.values).moved_from_guess


def test_starts_are_within_reach_and_inside_the_bounds(spectrum):
    data = spectrum(TWO, TWO_VALUES)
    circuit, (omega, z) = Circuit.parse(TWO), arrays(data)
    starts = fit_starts.starts(circuit, omega, z, np.abs(z))
    lower, upper = fit_starts.bounds(circuit, starts)
    assert starts.shape == (24, 8)
    assert ((starts >= lower) & (starts <= upper)).all()
    ratio = np.abs(np.log10(starts[0] / np.array(TWO_VALUES)))
    assert ratio[[0, 3]].max() < 0.3  # the better of them holds the resistances within 2x


# --- the same answer however it is written ---------------------------------------------------


def test_order_of_the_rows_does_not_matter(spectrum):
    data = spectrum(TWO, TWO_VALUES)
    shuffled = data.sample(frac=1, random_state=1)
    for weighting in ("modulus", "unit", "kk"):
        one = fit_circuits.fit_circuit(data, TWO, weighting=weighting)
        for other in (data[::-1].reset_index(drop=True), shuffled):
            again = fit_circuits.fit_circuit(other, TWO, weighting=weighting)
            np.testing.assert_allclose(again.values, one.values, rtol=1e-6)
            np.testing.assert_allclose(again.stderr, one.stderr, rtol=1e-5)


def test_impedance_in_milliohm_gives_resistances_in_milliohm(spectrum):
    data = spectrum(INTERCEPT, INTERCEPT_VALUES)
    milli = data.assign(z_real_ohm=data.z_real_ohm * 1e3, z_imag_ohm=data.z_imag_ohm * 1e3)
    one, other = (fit_circuits.fit_circuit(d, INTERCEPT) for d in (data, milli))
    scale = np.array([1e3, 1e3, 1e3, 1e-3, 1, 1e-3, 1])  # L R R Q n Q n
    np.testing.assert_allclose(other.values, one.values * scale, rtol=1e-6)
    np.testing.assert_allclose(other.stderr, one.stderr * scale, rtol=1e-4)


def test_frequency_in_kilohertz_scales_the_reactive_parameters_only(spectrum):
    data = spectrum(INTERCEPT, INTERCEPT_VALUES)
    kilo = data.assign(frequency_hz=data.frequency_hz / 1e3)
    one, other = (fit_circuits.fit_circuit(d, INTERCEPT) for d in (data, kilo))
    scale = np.array([1e3, 1, 1, 1e3 ** one["CPE2_n"], 1, 1e3 ** one["CPE3_n"], 1])
    np.testing.assert_allclose(other.values, one.values * scale, rtol=1e-6)


def test_arcs_come_in_falling_apex_frequency_however_the_starts_lie(spectrum):
    data = spectrum(TWO, TWO_VALUES)
    swapped = np.array([3e4, 2e-8, 0.9, 1e4, 1e-10, 0.95, 5e-6, 0.85])
    for start in (TWO_VALUES, swapped):
        result = fit_circuits.fit_circuit(data, TWO, starts=np.array([start]))
        assert result["R1"] == pytest.approx(1e4, rel=0.01)
        assert result["R2"] == pytest.approx(3e4, rel=0.01)
        assert result["R1"] == pytest.approx(result.table()["value"][0])


# --- other programs ------------------------------------------------------------------------


def test_impedance_py_and_scipy_find_the_same_minimum(spectrum):
    """Circuit equations of impedance.py, minimiser and covariance of scipy, from the truth."""
    data = spectrum(TWO, TWO_VALUES, seed=2)
    ours = fit_circuits.fit_circuit(data, TWO)
    f, (_, z) = data.frequency_hz.to_numpy(), arrays(data)
    theirs = CustomCircuit("p(R1,CPE1)-p(R2,CPE2)-CPE3", initial_guess=TWO_VALUES)

    def residuals(logs):
        theirs.parameters_ = np.exp(logs)
        relative = (theirs.predict(f) - z) / np.abs(z)
        return np.concatenate([relative.real, relative.imag])

    tight = {"ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-14, "x_scale": "jac", "jac": "3-point"}
    oracle = optimize.least_squares(residuals, np.log(TWO_VALUES), **tight)
    assert ours.chi2 == pytest.approx(2 * oracle.cost, rel=1e-9)
    assert (np.abs(np.exp(oracle.x) - ours.values) < 1e-3 * ours.stderr).all()
    covariance = np.linalg.inv(oracle.jac.T @ oracle.jac) * ours.chi2 / (2 * z.size - 8)
    spread = np.sqrt(np.diag(covariance)) * np.exp(oracle.x)
    np.testing.assert_allclose(spread, ours.stderr, rtol=1e-3)


def test_impedance_py_alone_ends_beside_ours_and_not_below(spectrum):
    """Its bounded fit of values near zero stops short, so it is held to the sum of squares."""
    data = spectrum(TWO, TWO_VALUES, seed=2)
    ours = fit_circuits.fit_circuit(data, TWO)
    f, (_, z) = data.frequency_hz.to_numpy(), arrays(data)
    theirs = CustomCircuit("p(R1,CPE1)-p(R2,CPE2)-CPE3", initial_guess=TWO_VALUES)
    theirs.fit(f, z, weight_by_modulus=True, x_scale="jac")
    excess = (np.abs((theirs.predict(f) - z) / z) ** 2).sum() / ours.chi2 - 1
    assert -1e-9 < excess < 2e-3
    assert (np.abs(theirs.parameters_ - ours.values) < 0.5 * ours.stderr)[[0, 3]].all()


# --- errors that can be believed -------------------------------------------------------------


def test_95_percent_intervals_cover_the_truth(spectrum):
    draws = 150
    hits = np.zeros(len(INTERCEPT_VALUES))
    for seed in range(draws):
        result = fit_circuits.fit_circuit(
            spectrum(INTERCEPT, INTERCEPT_VALUES, seed=seed), INTERCEPT
        )
        hits += (result.ci_low <= INTERCEPT_VALUES) & (result.ci_high >= INTERCEPT_VALUES)
    low, high = stats.binom.interval(0.999, draws, 0.95)
    assert ((low <= hits) & (hits <= high)).all(), hits


def test_bootstrap_spread_is_the_covariance(spectrum):
    data = spectrum(TWO, TWO_VALUES)
    result = fit_circuits.fit_circuit(data, TWO)
    table = fit_circuits.bootstrap(result, data, TWO, replicates=1000, seed=3)
    assert table.shape == (1000, 8)
    assert list(table.columns) == list(result.names)
    internal = result.problem.to_internal(table.to_numpy())
    expected = np.sqrt(np.diag(result.covariance))
    # a standard deviation from 1000 draws is good to 2.2 %; five of those
    np.testing.assert_allclose(internal.std(axis=0, ddof=1), expected, rtol=0.11)
    centre = result.problem.to_internal(result.values)
    assert (np.abs(internal.mean(axis=0) - centre) < 0.25 * expected).all()
    correlation = np.corrcoef(internal.T)[1, 2]
    stated = result.covariance[1, 2] / (expected[1] * expected[2])
    assert correlation == pytest.approx(stated, abs=0.02)


def test_bootstrap_repeats_by_seed(spectrum):
    data = spectrum(ONE, ONE_VALUES)
    result = fit_circuits.fit_circuit(data, ONE)
    tables = [fit_circuits.bootstrap(result, data, ONE, replicates=20, seed=s) for s in (1, 1, 2)]
    assert tables[0].equals(tables[1])
    assert not tables[0].equals(tables[2])


def test_an_ensemble_is_each_spectrum_alone(spectrum):
    data = [spectrum(INTERCEPT, INTERCEPT_VALUES, seed=s) for s in range(6)]
    f = data[0].frequency_hz.to_numpy()
    z = np.array([(d.z_real_ohm + 1j * d.z_imag_ohm).to_numpy() for d in data])
    values, relative, converged = fit_circuits.fit_ensemble(f, z, INTERCEPT)
    assert converged.all()
    for row, error, one in zip(values, relative, data, strict=True):
        single = fit_circuits.fit_circuit(one, INTERCEPT)
        np.testing.assert_allclose(row, single.values, rtol=1e-4)
        scale = np.where(single.problem.positive, single.values, 1.0)
        np.testing.assert_allclose(error * scale, single.stderr, rtol=1e-2)


# --- weights -------------------------------------------------------------------------------


def test_kk_weights_are_the_noise_and_sharpen_the_intercept(spectrum):
    """0.2 % up to 100 kHz, 3 % at 10 MHz: constant relative weights are wrong here."""
    truth = np.array(INTERCEPT_VALUES)
    errors = {"modulus": [], "kk": []}
    reduced = []
    for seed in range(30):
        f = np.geomspace(1e7, 1, 71)
        data = spectrum(INTERCEPT, truth, noise=noise_level(f), seed=seed)
        for weighting, kept in errors.items():
            result = fit_circuits.fit_circuit(data, INTERCEPT, weighting=weighting)
            kept.append(np.log(result.values / truth))
        reduced.append(result.reduced_chi2)
        omega, z = arrays(data)
        ratio = fit_circuits.standard_deviations(omega, z, "kk") / (np.abs(z) * noise_level(f))
        assert 0.7 < np.exp(np.log(ratio).mean()) < 1.4
    rms = {w: np.sqrt(np.mean(np.square(e), axis=0)) for w, e in errors.items()}
    assert rms["kk"][1] < 0.9 * rms["modulus"][1]  # R1
    assert rms["kk"][2] < 0.9 * rms["modulus"][2]  # R2
    assert np.mean(reduced) == pytest.approx(1.0, abs=0.15)


def test_weightings_by_their_definition(spectrum):
    omega, z = arrays(spectrum(ONE, ONE_VALUES))
    np.testing.assert_array_equal(fit_circuits.standard_deviations(omega, z, "modulus"), np.abs(z))
    assert np.ptp(fit_circuits.standard_deviations(omega, z, "unit")) == 0
    with pytest.raises(ValueError, match='must be "modulus", "unit" or "kk", got \'proportional\''):
        fit_circuits.standard_deviations(omega, z, "proportional")


# --- what the data do not hold -----------------------------------------------------------------


def test_one_arc_given_to_a_two_arc_circuit_is_flagged(spectrum):
    for seed in range(40):
        data = spectrum(ONE, ONE_VALUES, seed=seed)
        result = fit_circuits.fit_circuit(data, TWO)
        table = fit_arcs.arc_table(result, TWO, data)
        grave = table["flag"].str.contains("not_identifiable|at_bound|not_converged")
        assert grave.any(), table
        for row in table[~grave].itertuples():  # what is not flagged is the true arc
            assert abs(row.value_ohm - 1e4) < 4 * row.stderr_ohm


def test_noise_free_one_arc_is_flagged_too(spectrum):
    result = fit_circuits.fit_circuit(spectrum(ONE, ONE_VALUES, noise=0), TWO)
    assert {"not_identifiable", "at_bound", "not_converged"} & {
        flag for name in ("R1", "R2") for flag in result.flags(name)
    }


def test_a_bulk_arc_beyond_the_window_is_not_identifiable(spectrum):
    """Apex at 250 MHz, window to 10 MHz: its capacitance is nobody's to know."""
    values = [60, 1e-11, 1.0, 1000, 2e-8, 0.9, 5e-6, 0.85]
    result = fit_circuits.fit_circuit(spectrum(TWO, values, noise=0.01), TWO)
    assert {"not_identifiable", "at_bound"} & set(result.flags("CPE1_Q") + result.flags("CPE1_n"))


@pytest.mark.parametrize("circuit", [c for c in KNOWN if c in fit_circuits.CANDIDATES])
def test_the_generating_circuit_is_chosen(spectrum, circuit):
    for seed in range(3):
        values = INTERCEPT_VALUES if circuit == INTERCEPT else KNOWN[circuit]
        if circuit == INTERCEPT:  # an inductance that 0.5 % noise shows
            values = [1e-6, *values[1:]]
        ranking = fit_circuits.choose_circuit(spectrum(circuit, values, seed=seed))
        assert ranking["circuit"][0] == circuit
        assert ranking["delta_bic"][0] == 0
        assert ranking["bic"].is_monotonic_increasing
        assert ranking["rms_percent"][0] == pytest.approx(0.5, rel=0.2)
        assert len(ranking) == len(fit_circuits.CANDIDATES)


def test_candidates_with_more_parameters_than_data_are_left_out(spectrum):
    few = spectrum(ONE, ONE_VALUES, f=np.geomspace(1e6, 10, 3 + 2))
    assert fit_circuits.choose_circuit(few)["parameters"].max() == 8
    assert fit_circuits.choose_circuit(few, ["-".join(f"(R{i}||C{i})" for i in range(6))]).empty


def test_prediction_of_a_fit_is_its_circuit(spectrum):
    data = spectrum(ONE, ONE_VALUES, noise=0)
    result = fit_circuits.fit_circuit(data, ONE)
    _, z = arrays(data)
    np.testing.assert_allclose(fit_circuits.predict(result, ONE, data.frequency_hz), z, rtol=1e-5)


# --- bad input -------------------------------------------------------------------------------


def change(column, row, value):
    def apply(table):
        table.loc[row, column] = value
        return table

    return apply


BAD = [
    (change("frequency_hz", 3, -5.0), r"frequency_hz must be > 0, got -5"),
    (change("frequency_hz", 3, 0.0), r"frequency_hz must be > 0, got 0"),
    (change("frequency_hz", 3, 1e7), r"frequency 1e\+07 Hz stands 2 times: average the repeats"),
    (change("frequency_hz", 3, np.nan), r"row 3 of the spectrum is not finite: remove it"),
    (change("z_real_ohm", 7, np.nan), r"row 7 of the spectrum is not finite"),
    (change("z_imag_ohm", 0, np.inf), r"row 0 of the spectrum is not finite"),
    (lambda t: t[:4], r"the spectrum has 4 points, at least 5 are needed"),
    (lambda t: t[:0], r"the spectrum has 0 points"),
    (lambda t: t.drop(columns="z_imag_ohm"), r"lacks \['z_imag_ohm'\]; its columns are"),
    (lambda t: t.rename(columns={"frequency_hz": "f"}), r"lacks \['frequency_hz'\]"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_spectra_are_refused_with_the_reason(spectrum, spoil, message):
    data = spoil(spectrum(ONE, ONE_VALUES))
    with pytest.raises(ValueError, match=message):
        fit_circuits.fit_circuit(data, ONE)


def test_fewer_points_than_parameters(spectrum):
    few = spectrum(ONE, ONE_VALUES, f=np.geomspace(1e6, 10, 5))
    with pytest.raises(ValueError, match="10 data cannot determine 12 parameters"):
        fit_circuits.fit_circuit(few, "-".join(f"(R{i}||CPE{i})" for i in range(4)))


def test_a_point_of_zero_impedance_is_refused(spectrum):
    data = spectrum(ONE, ONE_VALUES)
    data.loc[5, ["z_real_ohm", "z_imag_ohm"]] = 0.0
    with pytest.raises(ValueError, match="row 5 of the spectrum has zero impedance"):
        fit_circuits.fit_circuit(data, ONE)


def test_the_fit_leaves_its_input_alone(spectrum):
    data = spectrum(ONE, ONE_VALUES)
    before = data.copy()
    fit_circuits.fit_circuit(data, ONE)
    assert data.equals(before)


# --- temperature series ------------------------------------------------------------------------


def test_neighbours_help_a_series_and_never_hurt(spectrum):
    values = np.array(TWO_VALUES)
    series = {}
    for seed, t in enumerate((25.0, 50.0, 75.0)):
        scale = 0.3**seed
        series[t] = spectrum(TWO, values * [scale, 1, 1, scale, 1, 1, 1, 1], seed=seed)
    linked = fit_circuits.fit_series(series, TWO)
    assert list(linked) == [25.0, 50.0, 75.0]
    for t, data in series.items():
        assert linked[t].chi2 <= fit_circuits.fit_circuit(data, TWO).chi2 * (1 + 1e-9)


@pytest.mark.parametrize(("chi2", "kept"), [(1 - 1e-7, "own"), (0.5, "neighbour's")])
def test_at_one_minimum_the_start_that_arrived_there_counts(spectrum, monkeypatch, chi2, kept):
    """Along a valley that nothing closes the last digit of chi2 is where the steps ran out."""

    def fit(_, circuit, *, weighting, starts=None):
        own = starts is None
        name, end = ("own", 1.0) if own else ("neighbour's", chi2)
        return SimpleNamespace(name=name, values=[1.0], chi2=end, converged=own)

    monkeypatch.setattr(fit_circuits, "fit_circuit", fit)
    linked = fit_circuits.fit_series(dict.fromkeys((25.0, 50.0), spectrum(ONE, ONE_VALUES)), ONE)
    assert {result.name for result in linked.values()} == {kept}


def test_a_series_of_one_is_one_fit(spectrum):
    data = spectrum(ONE, ONE_VALUES)
    linked = fit_circuits.fit_series({25.0: data}, ONE)
    np.testing.assert_allclose(linked[25.0].values, fit_circuits.fit_circuit(data, ONE).values)
