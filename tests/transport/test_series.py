"""The joint fit of a temperature series: derivatives, recovery, coverage, hostile input."""

from dataclasses import replace

import lmfit
import numpy as np
import pandas as pd
import pytest

from benchmarks import study_series as study
from nasicon import transport
from nasicon.transport.fit_rivals import compare_boundaries
from nasicon.transport.fit_series import stack
from nasicon.transport.model_series import evaluate

T7 = study.TEMPERATURES_C[7]


def drawn(seed=0, model=None, **truth):
    model = model or transport.series_model()
    return study.draw_series(model, T7, np.random.default_rng(seed), **truth)


@pytest.fixture(scope="module")
def fitted():
    data, truth = drawn(3)
    return data, truth, transport.fit_spectra(data)


@pytest.mark.parametrize("form", ["sigma", "sigma_T"])
def test_derivatives_are_those_of_the_equation(form):
    model = transport.series_model(form=form)
    names, values = list(model.terms), {n: t.value for n, t in model.terms.items()}
    values |= study.TRUTH | {"bulk_alpha": 0.95, "bulk_gamma": 0.9, "bulk_bend_ev2": 0.01}
    values |= {"lag": 0.1, "offset_k": 2.0, "phase_error_deg": 1.0, "gain_error_percent": 1.0}
    rows = np.tile([values[n] for n in names], (3, 1))
    grid = np.tile(np.geomspace(1e7, 1, 30), (3, 1)), [-20.0, 25.0, 90.0]
    _, slopes = evaluate(model, rows, *grid, names)
    for i, name in enumerate(names):
        step = 1e-5
        ends = []
        for side in (step, -step):
            moved = rows.copy()
            positive = model.terms[name].positive
            moved[:, i] = moved[:, i] * 10**side if positive else moved[:, i] + side
            ends.append(evaluate(model, moved, *grid)[0])
        slope = (ends[0] - ends[1]) / (2 * step)
        assert np.abs(slope - slopes[:, i]).max() < 2e-5 * np.abs(slope).max(), name


def test_known_parameters_come_back(fitted):
    _, truth, fit = fitted
    assert fit.result.converged
    assert fit.result.moved_from_guess
    table = fit.table().set_index("parameter")
    for name in fit.task.shared:
        row = table.loc[name]
        assert abs(row["value"] - truth[name]) < 4 * row["stderr"], name
    assert table.loc["lead_ohm", "stderr"] < 2
    assert 0.005 < fit.scatter["bulk_scatter"] < 0.06  # 0.02 went in, with seven spectra
    assert fit.minimum.noise2 == pytest.approx(1.0, abs=0.1)  # weights found from the residuals
    assert "outside_window" in table.loc["bulk_ohm", "flag"]
    assert any("lag is held at 0" in note for note in fit.notes)


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Fixed seed; the full study is ``python -m benchmarks.study series``."""
    table = study.model_coverage(6, 40, seed=11)
    assert table["converged_percent"].min() == 100
    assert table["coverage_percent"].min() >= 82.5  # 33 of 40: p = 0.003 at 95 %
    assert 92 <= table["coverage_percent"].mean() <= 98


def test_order_of_points_and_spectra_does_not_matter(fitted):
    data, _, fit = fitted
    turned = {t: data[t].iloc[::-1] for t in reversed(list(data))}
    again = transport.fit_spectra(turned)
    assert again.result.values == pytest.approx(fit.result.values, rel=1e-4, abs=1e-4)
    assert again.result.ci_high == pytest.approx(fit.result.ci_high, rel=1e-3, abs=1e-3)


def test_other_units_of_impedance_give_the_same_energies(fitted):
    data, _, fit = fitted
    scaled = {
        t: s.assign(z_real_ohm=s["z_real_ohm"] * 1e3, z_imag_ohm=s["z_imag_ohm"] * 1e3)
        for t, s in data.items()
    }
    model = transport.series_model({"bulk": 1e-14, "boundary": 3e-12})
    model = model.prior(inductance_h=(3e-4, 0.5))
    terms = {
        k: replace(t, lower=t.lower / 1e3) if k.endswith("_f") else t
        for k, t in model.terms.items()
    }
    again = transport.fit_spectra(scaled, replace(model, terms=terms)).result
    for name, factor in {"bulk_ea_ev": 1, "boundary_alpha": 1, "lead_ohm": 1e3}.items():
        assert again[name] == pytest.approx(factor * fit.result[name], rel=2e-3), name


def test_lmfit_finds_no_lower_sum_of_squares(fitted):
    """An independent minimiser on the same residuals, from the same start, without our slopes."""
    _, _, fit = fitted
    problem = fit.result.problem
    parameters = lmfit.Parameters()
    start, end = (problem.to_internal(v) for v in (fit.result.guess, fit.result.values))
    for i, value in enumerate(0.2 * start + 0.8 * end):
        parameters.add(f"p{i}", value=value)
    outcome = lmfit.minimize(
        lambda p: problem.evaluate(problem.to_values([list(p.valuesdict().values())]))[0][0],
        parameters,
    )
    assert fit.result.chi2 <= outcome.chisqr * (1 + 1e-6)
    k = fit.result.index("boundary_ea_ev")
    assert outcome.params[f"p{k}"].value == pytest.approx(end[k], abs=1e-3)


def test_leads_below_zero_become_an_upper_limit():
    data, _ = drawn(5, lead_ohm=0.0)
    fit = transport.fit_spectra(data)
    i = fit.result.index("lead_ohm")
    assert fit.result.ci_low[i] == 0
    assert 0.2 < fit.result.ci_high[i] < 8
    negative = [s for s in range(8) if _raw_lead(s) < 0]
    assert negative, "no draw of the eight has its best leads below zero"
    fit = transport.fit_spectra(drawn(negative[0], lead_ohm=0.0)[0])
    assert "at_bound" in fit.table().set_index("parameter").loc["lead_ohm", "flag"]
    assert fit.result["lead_ohm"] == 0


def _raw_lead(seed):
    from nasicon.transport.fit_mixed import Task, minimise
    from nasicon.transport.fit_series import find_starts

    task = Task(transport.series_model(), stack(drawn(seed, lead_ohm=0.0)[0]))
    return minimise(task, find_starts(task, {})).u[task.shared.index("lead_ohm")]


def test_rivals_are_told_apart_and_a_true_null_is_left_alone():
    model = transport.series_model()
    none = model.fix(lead_ohm=0.0)
    found = transport.compare(drawn(1, lead_ohm=9.0)[0], none, model, replicates=19)
    assert found.p == pytest.approx(0.05)  # above all nineteen
    assert found.alternative.result["lead_ohm"] == pytest.approx(9.0, abs=3)
    same = transport.compare(drawn(1, lead_ohm=0.0)[0], none, model, replicates=19)
    assert same.p > 0.05
    with pytest.raises(ValueError, match="must add to the null"):
        transport.compare(drawn(1)[0], model, none)


def test_bootstrap_spreads_as_the_covariance_says(fitted):
    _, _, fit = fitted
    table = transport.bootstrap(fit, replicates=60, seed=2)
    assert table["converged"].mean() > 0.95
    i = fit.result.index("boundary_alpha")
    assert table["boundary_alpha"].std() == pytest.approx(fit.result.stderr[i], rel=0.4)


def test_two_samples_compare_through_their_boundary():
    thin, _ = drawn(2, boundary_f=8e-9)
    thick, _ = drawn(4, boundary_f=4e-9)
    table = compare_boundaries(transport.fit_spectra(thin), transport.fit_spectra(thick))
    row = table.set_index("quantity").loc["film over grain size"]
    assert row["ratio"] == pytest.approx(0.5, rel=0.02)
    assert row["ci_low"] < 0.5 < row["ci_high"]
    assert "permittivity" in row["assumes"]


def test_a_spectrum_is_foretold_from_the_others(fitted):
    data, _, _ = fitted
    left_out = float(T7[3])
    fit = transport.fit_spectra({t: s for t, s in data.items() if t != left_out})
    f = data[left_out]["frequency_hz"].to_numpy()
    z = data[left_out]["z_real_ohm"].to_numpy() + 1j * data[left_out]["z_imag_ohm"].to_numpy()
    off = np.abs(fit.impedance([left_out], f)[0] / z - 1)
    assert np.median(off) < 0.12  # scatter of 2 to 3 % in R and 12 % in Q went in


def test_apparent_slope_allows_these_truths():
    t = [25.0, 120.0]
    assert transport.allowed_truths(t, 60.0, 0.2, [0.0])[0] == pytest.approx(0.2)
    # by hand: 1/k (1/298.15 - 1/393.15) = 9.40497 per eV, so 60 ohm at 25 degC and 0.15 eV are
    # 60 exp(-1.410746) = 14.6377 ohm at 120 degC; without 9 ohm of leads 51 and 5.6377:
    # ln(51/5.6377)/9.40497 = 0.234169 eV
    truth = transport.allowed_truths(t, 60.0, 0.15, [9.0])[0]
    assert truth == pytest.approx(0.234169, abs=2e-5)
    assert np.isnan(transport.allowed_truths(t, 60.0, 0.2, [10.0])[0])  # leads exceed R(120)
    lagging = transport.allowed_truths(t, 60.0, 0.2, [0.0], lag=0.1)[0]
    assert 0.21 < lagging < 0.23
    with pytest.raises(ValueError, match="lead_ohm must lie in"):
        transport.allowed_truths(t, 60.0, 0.2, [60.0])


def test_too_few_temperatures_are_refused():
    data, _ = drawn()
    two = dict(list(data.items())[:2])
    with pytest.raises(ValueError, match=r"2 temperature.*bulk_ea_ev, lead_ohm"):
        transport.fit_spectra(two)
    same = pd.concat(
        [s.assign(temperature_c=25.0, spectrum=i) for i, s in enumerate(data.values())]
    )
    with pytest.raises(ValueError, match=r"1 temperature\(s\) \(25 degC\)"):
        transport.fit_spectra(same)


def test_another_samples_spectrum_is_refused_by_name():
    data, _ = drawn(1)
    data[T7[2]] = data[T7[2]].assign(
        z_real_ohm=10 * data[T7[2]]["z_real_ohm"], z_imag_ohm=10 * data[T7[2]]["z_imag_ohm"]
    )
    with pytest.raises(ValueError, match=rf"_ohm.* the spectrum {T7[2]:g}C.* another sample"):
        transport.fit_spectra(data)


def test_a_window_without_the_arc_is_named():
    data, _ = drawn(1)
    cut = data | {T7[0]: data[T7[0]].query("frequency_hz < 3000")}
    fit = transport.fit_spectra(cut)
    assert any(
        note.startswith("boundary_ohm: the apex lies outside the window in 25C")
        for note in fit.notes
    )


def test_a_redundant_parameter_is_named():
    data, _ = drawn(1)
    model = transport.series_model().free("bulk_ohm").fix(bulk_scatter=0.0)
    fit = transport.fit_spectra(data, model)
    assert "not_identifiable" in fit.result.flags("bulk_ea_ev")
    assert any("not determined" in n and "bulk_ea_ev" in n for n in fit.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.drop(columns="z_imag_ohm"), "at 25 degC lacks z_imag_ohm"),
        (lambda s: s.assign(z_real_ohm=np.nan), "at 25 degC has empty or non-finite"),
        (lambda s: s.iloc[:3], "at 25 degC has 3 points"),
        (lambda s: s.assign(frequency_hz=0.0), r"a frequency, .* of 0 or less"),
        (lambda s: s.assign(relative_stderr=0.0), "relative_stderr of 0"),
    ],
)
def test_a_bad_spectrum_is_refused_by_temperature(change, message):
    data, _ = drawn()
    data[25.0] = change(data[25.0])
    with pytest.raises(ValueError, match=message):
        transport.fit_spectra(data)


def test_unknown_names_and_values_are_refused():
    model = transport.series_model()
    with pytest.raises(ValueError, match="did you mean 'lead_ohm'"):
        model.fix(leads_ohm=0.0)
    with pytest.raises(ValueError, match="must be finite"):
        model.fix(lead_ohm=np.nan)
    with pytest.raises(ValueError, match="deviation > 0"):
        model.prior(lag=(0.1, 0.0))
    with pytest.raises(ValueError, match="sigma_T"):
        transport.series_model(form="ln")
    with pytest.raises(ValueError, match="not among the shared"):
        transport.fit_spectra(drawn()[0], starts={"bulk_ea": 0.2})


def test_pellet_of_others_is_described_but_flagged(external):
    """Seven temperatures of s04147: the total is the authors', the split of the arcs is not."""
    from nasicon import eis

    data = {
        float(t): eis.one_sweep(eis.read(external(f"eis/s04147/s04147-{t}deg.txt")))
        for t in range(140, 210, 10)
    }
    model = transport.series_model(
        {"bulk": 1e-12, "boundary": 1e-10}, leads=False, form="sigma_T", reference_c=170.0
    )
    model = model.share("bulk_f", "bulk_alpha").fix(
        phase_error_deg=0.0, gain_error_percent=0.0, inductance_h=1e-7
    )
    fit = transport.fit_spectra(data, model)
    assert fit.result.converged
    total = fit.resistances().groupby("temperature_c")["resistance_ohm"].sum()
    assert total[140.0] == pytest.approx(1.462e5 + 2.012e6, rel=0.03)
    assert total[200.0] == pytest.approx(2.246e4 + 9.502e4, rel=0.03)
    assert "misfit" in fit.table()["flag"].iloc[0]


def test_joint_and_chained_energies_are_held_against_each_other(fitted):
    _, _, fit = fitted
    value = fit.result["boundary_ea_ev"]
    rows = [
        ("bulk activation energy", "ln sigma against 1/T", 0.1, 0.09, 0.11),
        ("grain boundary activation energy", "ln sigma against 1/T", value, value, value),
        ("grain boundary activation energy", "ln(sigma T) against 1/T", 9.0, 9.0, 9.0),
    ]
    chained = pd.DataFrame(rows, columns=["quantity", "method", "value", "ci_low", "ci_high"])
    bulk, boundary = transport.disagreements(fit, chained)
    assert "they disagree" in bulk
    assert "they agree" in boundary


def test_a_misfit_names_what_is_not_shared():
    """A boundary exponent that rises by 0.06 over the series, as in s04147."""
    data = {t: drawn(6, boundary_alpha=0.84 + 0.01 * i)[0][t] for i, t in enumerate(T7)}
    fit = transport.fit_spectra(data)
    assert "misfit" in fit.result.flags("boundary_ea_ev")
    shares = transport.released(fit)
    assert max(shares, key=shares.get) == "boundary_alpha"
    assert any("boundary_alpha" in note and "correlated" in note for note in fit.notes)
