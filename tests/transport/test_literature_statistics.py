"""Percentiles and the Meyer-Neldel fit on populations made here."""

import numpy as np
import pandas as pd
import pytest

from compendium.paths import repository_root
from nasicon.transport import fit_literature as analysis

KT = 8.617333262e-5 * 298.15


def population(seed, entries=60, papers=15, energy_mev=60.0, scatter=0.5, error=0.02):
    """Compounds with a true Meyer-Neldel energy, measured with errors."""
    rng = np.random.default_rng(seed)
    energy = rng.uniform(0.2, 0.6, entries)
    ln_sigma = 2.0 + energy * (1e3 / energy_mev - 1 / KT) + scatter * rng.normal(size=entries)
    measured = energy + error * rng.normal(size=entries)
    sigma = np.exp(ln_sigma + np.log(1.3) * rng.normal(size=entries))
    return measured, sigma, rng.integers(0, papers, entries)


def test_recovers_the_energy_and_its_intervals_cover():
    inside, energies = 0, []
    for seed in range(60):
        fit = analysis.meyer_neldel(*population(seed), replicates=200, seed=seed)
        inside += fit.energy_interval_mev[0] < 60 < fit.energy_interval_mev[1]
        energies.append(fit.energy_mev)
    assert np.median(energies) == pytest.approx(60, rel=0.03)
    assert inside >= 51  # bootstrap over 15 papers is a little short of 95 %


def test_errors_of_ea_do_not_flatten_the_slope():
    """With an error of a third of the spread plain least squares is off by a tenth."""
    slopes, plain = [], []
    for seed in range(40):
        x, sigma, papers = population(seed, entries=300, error=0.04)
        fit = analysis.meyer_neldel(x, sigma, papers, energy_error_ev=0.04, replicates=2)
        slopes.append(fit.slope_per_ev)
        plain.append(np.polyfit(x, np.log(sigma), 1)[0])
    true = 1e3 / 60 - 1 / KT
    assert np.mean(slopes) == pytest.approx(true, rel=0.03)
    assert abs(np.mean(plain)) < 0.92 * abs(true)


def test_unrelated_numbers_give_kt_and_no_more():
    """ln sigma0 against Ea of unrelated numbers is a line of energy kT: an artefact."""
    rng = np.random.default_rng(5)
    energy, sigma = rng.uniform(0.2, 0.6, 4000), np.exp(rng.normal(-8, 1, 4000))
    fit = analysis.meyer_neldel(energy, sigma, np.arange(4000) % 50, replicates=100)
    assert fit.energy_mev == pytest.approx(1e3 * KT, rel=0.02)
    assert fit.slope_interval[0] < 0 < fit.slope_interval[1]


def test_transforming_is_exact():
    """The same estimator on ln sigma0, with its correlated errors, gives the same energy."""
    x, sigma, papers = population(3)
    y0 = np.log(sigma) + x / KT
    spread = np.var(x) - 0.02**2
    slope0 = (np.mean((x - x.mean()) * (y0 - y0.mean())) - 0.02**2 / KT) / spread
    fit = analysis.meyer_neldel(x, sigma, papers, replicates=2)
    assert fit.energy_mev == pytest.approx(1e3 / slope0, rel=1e-6)
    assert fit.isokinetic_k == pytest.approx(fit.energy_mev / 1e3 / 8.617333262e-5)


def test_percentile_of_known_ranks():
    values, papers = np.arange(1.0, 101.0), np.random.default_rng(1).integers(0, 10, 100)
    found = analysis.percentile(values, papers, 30.5)
    assert found.value == 30
    assert found.low < 30 < found.high
    assert (found.entries, found.papers) == (100, 10)
    wide = analysis.percentile(values, papers, 30.5, factor=2.0)
    assert wide.high - wide.low > found.high - found.low
    assert analysis.percentile(values, papers, 1e9).value == 100


def test_papers_not_entries_count():
    """Ten copies of each paper's value must not narrow the interval."""
    rng = np.random.default_rng(8)
    one = rng.lognormal(size=12)
    single = analysis.percentile(one, np.arange(12), 1.0)
    copied = analysis.percentile(np.repeat(one, 10), np.repeat(np.arange(12), 10), 1.0)
    assert copied.high - copied.low == pytest.approx(single.high - single.low, abs=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: analysis.percentile([], [], 1.0), "positive numbers"),
        (lambda: analysis.percentile([1, -1, 2], [1, 2, 3], 1.0), "positive numbers"),
        (lambda: analysis.percentile([1, 2, 3], [1, 2, 3], 0.0), "x must be > 0"),
        (lambda: analysis.percentile([1, 2, 3], [1, 2, 3], 1.0, factor=0.5), "factor >= 1"),
        (lambda: analysis.percentile([1, 2, 3], [1, 1, 2], 1.0), "at least 3"),
        (lambda: analysis.meyer_neldel([0.3], [1e-4], [1]), "at least four"),
        (lambda: analysis.meyer_neldel([0.3] * 5, [1e-4] * 5, range(5)), "determine no slope"),
        (lambda: analysis.meyer_neldel([0.3, np.nan, 0.4, 0.5], [1e-4] * 4, range(4)), "finite"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_reference_rows_are_the_registered_table(external):
    """Every OBELiX row kept here has the same numbers in the registered file."""
    path = external("conductivity/obelix_all.csv")
    whole = pd.read_csv(path).set_index("ID")
    kept = pd.read_csv(repository_root() / "data/reference/obelix_nasicon.csv", comment="#")
    for row in kept.to_dict("records"):
        entry = whole.loc[row["obelix_id"]]
        assert float(entry["Ionic conductivity (S cm-1)"]) == row["sigma_s_per_cm"]
        assert entry["DOI"].lower() == row["doi"]
        assert entry["Reduced Composition"].replace(" ", "") == row["composition"]


def test_family_table_is_the_registered_tables_summary(external):
    whole = pd.read_csv(external("conductivity/obelix_all.csv"))
    sigma = whole["Ionic conductivity (S cm-1)"].astype(str).str.lstrip("<").astype(float)
    path = repository_root() / "data/reference/obelix_families.csv"
    families = pd.read_csv(path, comment="#").set_index("family")
    for family, row in families.iterrows():
        values = sigma[whole["Family"] == family]
        expected = [len(values), *values.quantile([0.25, 0.5, 0.75]), values.max()]
        np.testing.assert_allclose(row.to_numpy(dtype=float), expected, rtol=1e-3)
