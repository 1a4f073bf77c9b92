"""Quadrupolar fits: recovery, coverage, axis, units, independent program, hostile input."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nasicon.core.fitting import fit
from nasicon.nmr import fit_lines
from nasicon.nmr.fit_shifts import implied_shifts

LARMOR = 192.39
X = np.arange(-40.0, 40.0, 0.1)
TRUTH = {
    "BO3_delta": 15.0,
    "BO3_fwhm": 1.5,
    "BO3_area": 30.0,
    "BO3_cq": 2.6,
    "BO3_eta2": 0.09,
    "BO4_delta": -2.2,
    "BO4_fwhm": 2.0,
    "BO4_area": 70.0,
}
SITES = (
    fit_lines.Site("BO3", (4.0, 20.0)),
    fit_lines.Site("BO4", (-10.0, 3.0), cq_mhz=0.4, eta=0.0),
)


def clean():
    bo3 = fit_lines.line_shape(X, delta=15.0, fwhm=1.5, area=30, cq=2.6, eta=0.3, larmor_mhz=LARMOR)
    return bo3 + fit_lines.line_shape(X, delta=-2.2, fwhm=2.0, area=70, cq=0.4, larmor_mhz=LARMOR)


def table(seed=1, signal_to_noise=80.0):
    y = clean()
    noise = np.random.default_rng(seed).normal(0, y.max() / signal_to_noise, X.size)
    return pd.DataFrame({"shift_ppm": X, "intensity": y + noise})


@pytest.fixture(scope="module")
def fitted():
    return fit_lines.fit_sites(table(), SITES, larmor_mhz=LARMOR, spin=1.5)


def test_recovers_what_went_in(fitted):
    for name, truth in TRUTH.items():
        i = fitted.result.index(name)
        assert abs(fitted.result.values[i] - truth) < 4 * fitted.result.stderr[i], name
    assert fitted.result.converged
    assert fitted.result.moved_from_guess
    share = fitted.shares().set_index("site")["share"]
    assert share["BO3"] == pytest.approx(0.3, abs=0.02)
    positions = fitted.positions().set_index("site").loc["BO3"]
    assert positions["gravity_ppm"] < positions["maximum_ppm"] < positions["isotropic_ppm"]


def test_noise_free_spectrum_gives_the_truth_back():
    data = pd.DataFrame({"shift_ppm": X, "intensity": clean()})
    fit = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR, spin=1.5)
    for name, truth in TRUTH.items():
        assert fit.result[name] == pytest.approx(truth, rel=2e-3), name


@pytest.mark.parametrize("spin", [1.5, 2.5])
@pytest.mark.parametrize("more", [("lorentz",), ("spread",), ("lorentz", "spread"), ("widths",)])
def test_the_jacobian_is_exact(spin, more):
    transform = fit_lines._Transform(X, LARMOR, 0.0, spin)
    problem = fit_lines._problem(X, clean(), SITES, transform, more)
    known = {"BO3": [14.0, 1.4, 25.0, 2.4, 0.2], "BO4": [-2.0, 2.2, 60.0]}
    tail = {"lorentz": 50.0, "spread": 0.05}
    if more == ("widths",):
        known, tail = {"BO3": [*known["BO3"], 50.0], "BO4": [*known["BO4"], 80.0]}, {}
    values = np.array(
        [*known["BO3"], *known["BO4"], *[tail[n] for n in more if n in tail], 0.01, 0.02]
    )
    jacobian = problem.evaluate(values[None])[1][0]
    for i, name in enumerate(problem.names):
        h = 1e-5 * max(abs(values[i]), 0.1)
        up, down = values.copy(), values.copy()
        up[i] += h
        down[i] -= h
        ends = problem.evaluate(np.array([up, down]))[0]
        numeric = (ends[0] - ends[1]) / (2 * h)
        assert np.abs(numeric - jacobian[:, i]).max() < 1e-4 * np.abs(numeric).max(), name


def test_line_shapes_saved_against_finite_differences(monkeypatch):
    calls = []
    original = fit_lines._Transform.signals

    def counted(self, delta, *rest, **options):
        calls.append(len(delta))
        return original(self, delta, *rest, **options)

    monkeypatch.setattr(fit_lines._Transform, "signals", counted)
    monkeypatch.setattr(fit_lines, "_profiled", lambda result, _: result)  # comes after the fit
    data = table()
    exact_fit = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR, spin=1.5)
    exact = sum(calls)
    exact_problem = exact_fit.result.problem
    x, y = fit_lines.spectrum(data)
    calls.clear()
    transform = fit_lines._Transform(x, LARMOR, 0.0, 1.5)
    starts = fit_lines._starts(exact_problem, x, y, SITES, transform)
    exact -= sum(calls)  # placed before the first step

    def numeric(values):
        residuals = exact_problem.evaluate(values)[0]
        jacobian = np.empty((*residuals.shape, values.shape[1]))
        for i in range(values.shape[1]):
            h = 1e-6 * np.maximum(np.abs(values[:, i]), 1e-2)
            moved = values.copy()
            moved[:, i] += h
            jacobian[..., i] = (exact_problem.evaluate(moved)[0] - residuals) / h[:, None]
        return residuals, jacobian

    calls.clear()
    other = fit(replace(exact_problem, evaluate=numeric), starts)
    assert other.chi2 == pytest.approx(exact_fit.result.chi2, rel=1e-6)
    # eleven spectra a step instead of one
    assert sum(calls) > 9 * exact


def test_reversed_axis_gives_the_same_answer(fitted):
    again = fit_lines.fit_sites(
        table().iloc[::-1].reset_index(drop=True), SITES, larmor_mhz=LARMOR, spin=1.5
    )
    assert again.result.values == pytest.approx(fitted.result.values, rel=1e-9)
    there = fit_lines.line_shape(X, delta=9, fwhm=1, area=1, cq=2.5, eta=0.4, larmor_mhz=LARMOR)
    back = fit_lines.line_shape(
        X[::-1], delta=9, fwhm=1, area=1, cq=2.5, eta=0.4, larmor_mhz=LARMOR
    )
    assert back[::-1] == pytest.approx(there, abs=1e-9)


def test_rescaled_intensity_rescales_the_areas_only(fitted):
    data = table()
    data["intensity"] *= 1e-7
    again = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR, spin=1.5)
    assert again.result["BO3_area"] == pytest.approx(1e-7 * fitted.result["BO3_area"], rel=1e-5)
    assert again.result["BO3_cq"] == pytest.approx(fitted.result["BO3_cq"], rel=1e-5)


def test_uneven_axis_gives_the_same_line():
    uneven = X.copy()
    uneven[5] += 0.03
    quantities = {"delta": 9, "fwhm": 1, "area": 1, "cq": 2.5, "eta": 0.4, "larmor_mhz": LARMOR}
    even, other = (fit_lines.line_shape(x, **quantities) for x in (X, uneven))
    assert np.abs(even - other)[6:].max() < 1e-5 * even.max()


def test_intervals_cover_the_truth():
    inside, total = np.zeros(len(TRUTH)), 40
    for seed in range(total):
        result = fit_lines.fit_sites(table(100 + seed), SITES, larmor_mhz=LARMOR, spin=1.5).result
        index = [result.index(name) for name in TRUTH]
        truth = np.array(list(TRUTH.values()))
        inside += (result.ci_low[index] <= truth) & (truth <= result.ci_high[index])
    # 95 % of 40 is 38; below 33 has a chance of 0.3 % each
    assert (inside >= 33).all(), dict(zip(TRUTH, inside, strict=True))


def test_correlated_noise_widens_the_intervals(fitted):
    y = clean()
    noise = np.random.default_rng(2).normal(0, y.max() / 80, X.size)
    smooth = np.convolve(noise, np.ones(5) / np.sqrt(5), mode="same")
    data = pd.DataFrame({"shift_ppm": X, "intensity": y + smooth})
    fit = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR, spin=1.5)
    assert 3 < fit.correlation < 7
    i = fit.result.index("BO4_delta")
    assert fit.result.stderr[i] > 1.5 * fitted.result.stderr[i]


def test_eta_at_zero_converges_and_is_flagged_at_its_bound():
    y = fit_lines.line_shape(X, delta=15, fwhm=2, area=1, cq=2.2, eta=0.0, larmor_mhz=LARMOR)
    y = y + np.random.default_rng(8).normal(0, y.max() / 60, X.size)
    data = pd.DataFrame({"shift_ppm": X, "intensity": y})
    found = fit_lines.fit_sites(data, SITES[:1], larmor_mhz=LARMOR, spin=1.5)
    assert found.result.converged
    assert found.parameter("BO3", "eta") < 0.4


def test_frequency_and_nucleus_are_asked_for():
    data = table()
    with pytest.raises(ValueError, match="no spectrometer frequency"):
        fit_lines.fit_sites(data, SITES)
    data.attrs = {"nucleus": "11B", "larmor_mhz": 600.0}
    with pytest.raises(ValueError, match="600 MHz is not a frequency of 11B"):
        fit_lines.fit_sites(data, SITES)
    with pytest.raises(ValueError, match="is it in Hz"):
        fit_lines.fit_sites(data, SITES, larmor_mhz=192.39e6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="intensity"), "no column 'intensity'"),
        (lambda t: t.iloc[:10], "at least 30"),
        (lambda t: t.assign(intensity=np.nan), "must be finite"),
        (lambda t: t.assign(intensity=1.0), "constant"),
        (lambda t: t.assign(shift_ppm=t["shift_ppm"].round(0)), "occurs twice"),
        (lambda t: t[t["shift_ppm"] > 20], "no data between"),
    ],
)
def test_hostile_tables(change, message):
    with pytest.raises(ValueError, match=message):
        fit_lines.fit_sites(change(table()), SITES, larmor_mhz=LARMOR, spin=1.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cq_mhz": -1.0}, "cq_mhz must be"),
        ({"eta": 1.2}, "eta must be"),
        ({"window_ppm": (5.0, 4.0)}, "window_ppm must be"),
        ({"name": "BO 3"}, "name must be"),
    ],
)
def test_hostile_sites(options, message):
    with pytest.raises(ValueError, match=message):
        fit_lines.Site(**({"name": "BO3", "window_ppm": (4.0, 20.0)} | options))


def test_negative_frequency():
    with pytest.raises(ValueError, match="larmor_mhz must be > 0"):
        fit_lines.fit_sites(table(), SITES, larmor_mhz=-1.0)


@pytest.mark.parametrize("part", ["pdata/1/1r", "fid"])
def test_two_phosphate_sites_of_a_real_sample(external, part):
    for name in ("acqus", "fid", "pdata/1/1r", "pdata/1/procs"):
        file = external(f"nmr/ba2p2o7_zg/{name}")
    from nasicon.nmr.read_files import read_nmr

    folder = file.parents[2]
    data = read_nmr(folder / part)
    data = data[data["shift_ppm"].between(-30, -10)]
    pair = (
        fit_lines.Site("P1", (-20.4, -17.0), cq_mhz=0.0),
        fit_lines.Site("P2", (-23.5, -20.4), cq_mhz=0.0),
    )
    result = fit_lines.fit_sites(data, pair).result
    assert result["P1_delta"] - result["P2_delta"] == pytest.approx(3.03, abs=0.06)
    assert result["P1_delta"] == pytest.approx(-18.9, abs=0.1)  # not its mirror image


def test_what_a_position_implies():
    table = implied_shifts({"C": 12.806}, 192.39).set_index("reading")
    # C_Q 2.6 MHz, eta 0.2: 4.627 ppm below the isotropic shift, by hand
    assert table.loc["centre of gravity", "middle"] == pytest.approx(12.806 + 4.627, abs=1e-3)
    assert (table["low"] <= table["middle"]).all()
    assert (table["middle"] <= table["high"]).all()
    # the maximum of a broadened line lies above its centre of gravity
    assert table.loc["maximum, FWHM 1 ppm", "middle"] < table.loc["centre of gravity", "middle"]
