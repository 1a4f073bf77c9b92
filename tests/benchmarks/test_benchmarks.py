"""The benchmarks measure what they say."""

import importlib
import sys

import numpy as np
import pytest

from compendium.paths import repository_root

sys.path.insert(0, str(repository_root()))  # the benchmarks are no part of the library

from benchmarks import Row, eis_fit, pipeline, run, scale, study, study_eis


def test_random_values_stay_in_the_ranges():
    rng = np.random.default_rng(0)
    drawn = np.array([eis_fit.draw(rng) for _ in range(500)])
    columns = dict(zip(eis_fit.CIRCUIT.names, drawn.T, strict=True))
    for i in (1, 2):
        tau = (columns[f"R{i}"] * columns[f"CPE{i}_Q"]) ** (1 / columns[f"CPE{i}_n"])
        columns[f"apex{i}_hz"] = 1 / (2 * np.pi * tau)
    for name, (low, high) in eis_fit.RANGES.items():
        x = columns[name]
        assert low * (1 - 1e-9) <= x.min()
        assert x.max() <= high * (1 + 1e-9)
        if not name.endswith("_n"):  # log-uniform over two decades
            assert high / low == pytest.approx(100)
            assert np.mean(np.log10(x / low)) == pytest.approx(1, abs=0.1)


def test_the_middle_is_inside_the_window():
    values = dict(zip(eis_fit.CIRCUIT.names, eis_fit.middle(), strict=True))
    assert values["R1"] == pytest.approx(1000)
    tau = (values["R1"] * values["CPE1_Q"]) ** (1 / values["CPE1_n"])
    assert 1 / (2 * np.pi * tau) == pytest.approx(1e6)


def test_the_noise_is_half_a_percent():
    rng = np.random.default_rng(0)
    clean = eis_fit.CIRCUIT.impedance(eis_fit.middle(), eis_fit.OMEGA)
    ratio = np.array([eis_fit.spectrum(eis_fit.middle(), rng) / clean - 1 for _ in range(200)])
    assert ratio.real.std() == pytest.approx(0.005, rel=0.03)
    assert ratio.imag.std() == pytest.approx(0.005, rel=0.03)


def test_impedance_py_has_the_same_circuit():
    model = eis_fit.CustomCircuit(eis_fit.IMPEDANCE_PY, initial_guess=list(eis_fit.middle()))
    np.testing.assert_allclose(
        model.predict(eis_fit.FREQUENCY_HZ, use_initial=True),
        eis_fit.CIRCUIT.impedance(eis_fit.middle(), eis_fit.OMEGA),
        rtol=1e-10,
    )


def test_success_is_the_best_minimum_known():
    assert eis_fit.reached(1.00005, 1.0)
    assert not eis_fit.reached(1.0002, 1.0)
    assert not eis_fit.reached(np.inf, 1.0)
    assert eis_fit.chi2(np.full(10, np.nan), np.ones(71)) == np.inf


def test_three_random_spectra():
    hits = eis_fit.success(3, 1)
    assert hits["ours"].tolist() == [True, True, True]
    assert hits["lmfit"].size == hits["impedance.py"].size == 1


def test_times_are_medians_relative_to_ours():
    table = eis_fit.times({"ours": 3, "impedance.py": 1})
    assert table.loc["ours", "ratio"] == 1
    assert table.loc["ours", "excess"] < 1e-6
    assert (table["seconds"] > 0).all()


def test_coverage_counts_intervals():
    text, truth = next(iter(study_eis.MODELS.items()))
    table = study_eis.model_coverage(text, truth, 20, 0)
    assert table["parameter"].tolist() == list(truth)
    assert table["coverage_percent"].between(60, 100).all()
    assert (table["bias_in_stderr"].abs() < 1).all()


def test_the_table_is_markdown():
    text = run.markdown([Row("a", "1 s", "< 2 s"), Row("b", "2")])
    assert text.splitlines()[2:] == ["| a | 1 s | < 2 s |", "| b | 2 |  |"]


def test_a_notebook_that_is_not_there_is_said_to_be_skipped(monkeypatch):
    monkeypatch.setattr(pipeline, "NOTEBOOK", "no_such_notebook")
    assert pipeline.notebook() == "skipped: there is no notebook no_such_notebook"


def test_nothing_is_reproduced_where_something_is_out_of_date(monkeypatch):
    monkeypatch.setattr(pipeline, "up_to_date", lambda: False)
    monkeypatch.setattr(pipeline, "run", lambda command: pytest.fail("it ran"))
    assert pipeline.repro().startswith("skipped")


def test_every_study_is_found_and_can_run():
    assert "eis" in study.techniques()
    for name in study.techniques():
        assert callable(importlib.import_module(f"benchmarks.study_{name}").study)


@pytest.mark.parametrize("case", ["pixels", "files"])
def test_growth_is_measured_in_seconds_and_megabytes(case, tmp_path):
    seconds, megabytes = scale.measured(case, 1000 if case == "pixels" else 3, tmp_path)
    assert 0 < seconds < 60
    assert 0 <= megabytes < 1000


def test_readme_takes_the_table_between_its_marks():
    old = f"before\n{run.BEGIN}\nold\n{run.END}\nafter"
    assert run.quoted(old, "new") == f"before\n{run.BEGIN}\nnew\n{run.END}\nafter"
    with pytest.raises(ValueError, match="put them back"):
        run.quoted("no marks", "new")
