"""Mixtures: recovery, coverage, shift, third line, axis, grids, hostile input."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from nasicon.nmr.fit_mixtures import fit_mixture, third_site

X = np.arange(-40.0, 40.0, 0.1)


def peak(centre, fwhm, area):
    return area * np.exp(-4 * np.log(2) * ((X - centre) / fwhm) ** 2) / fwhm


GLASS = peak(8.0, 6.0, 30) + peak(-4.7, 2.5, 70)
CERAMIC = peak(13.0, 5.0, 30) + peak(-2.3, 1.5, 70)


def table(y, rng=None, signal_to_noise=50.0):
    if rng is not None:
        y = y + rng.normal(0, y.max() / signal_to_noise, X.size)
    return pd.DataFrame({"shift_ppm": X, "intensity": y})


def mixed(share, rng, **options):
    target = (1 - share) * GLASS + share * CERAMIC
    references = {"glass": table(GLASS, rng), "ceramic": table(CERAMIC, rng)}
    return fit_mixture(table(target, rng), references, **options)


def test_clean_mixture_is_recovered_exactly():
    target = 0.75 * GLASS + 0.25 * CERAMIC
    references = {"glass": table(3 * GLASS), "ceramic": table(0.5 * CERAMIC)}
    found = fit_mixture(table(target), references, replicates=20)
    assert found.shares == pytest.approx([0.75, 0.25], abs=1e-4)
    # an independent solver of the same normal equations
    design = np.column_stack([GLASS, CERAMIC, np.ones_like(X), -np.ones_like(X)])
    theirs = nnls(design, target)[0][:2]
    assert found.weights / found.weights.sum() == pytest.approx(theirs / theirs.sum(), abs=1e-4)


def test_weights_are_never_negative():
    rng = np.random.default_rng(4)
    outside = table(1.3 * GLASS - 0.3 * CERAMIC, rng)
    found = fit_mixture(outside, {"glass": table(GLASS), "ceramic": table(CERAMIC)}, replicates=50)
    assert found.weights[1] == 0
    assert (found.draws[["glass", "ceramic"]] >= 0).all().all()


def test_intervals_cover_the_truth_with_noisy_references():
    rng, hits, estimates = np.random.default_rng(11), 0, []
    for i in range(120):
        row = mixed(0.25, rng, replicates=300, seed=i).table().iloc[1]
        hits += row["ci_low"] <= 0.25 <= row["ci_high"]
        estimates.append(row["share"])
    assert 107 <= hits <= 119  # 114 +- 2.4; the study has 1000
    assert np.mean(estimates) == pytest.approx(0.25, abs=0.004)


def test_common_shift_is_found_and_held_axis_is_biased():
    rng = np.random.default_rng(5)
    target = 0.75 * np.interp(X - 0.4, X, GLASS) + 0.25 * np.interp(X - 0.4, X, CERAMIC)
    references = {"glass": table(GLASS, rng), "ceramic": table(CERAMIC, rng)}
    data = table(target, rng)
    free = fit_mixture(data, references, shift_limit=1.0, replicates=100)
    held = fit_mixture(data, references, replicates=100)
    assert free.shift == pytest.approx(0.4, abs=0.05)
    assert free.shares[1] == pytest.approx(0.25, abs=0.05)
    assert abs(held.shares[1] - 0.25) > 2 * abs(free.shares[1] - 0.25)


def test_third_line_is_found_and_not_invented():
    rng = np.random.default_rng(6)
    false = sum(
        third_site(mixed(0.25, rng, replicates=10), fwhm=3, replicates=100).p_value < 0.05
        for _ in range(40)
    )
    assert false <= 7
    references = {"glass": table(GLASS, rng), "ceramic": table(CERAMIC, rng)}
    target = table(0.75 * GLASS + 0.25 * CERAMIC + peak(1.5, 3.0, 8), rng)
    found = third_site(fit_mixture(target, references, replicates=10), fwhm=3.0)
    assert found.p_value < 0.01
    assert found.position == pytest.approx(1.5, abs=1.5)
    assert found.share == pytest.approx(0.07, abs=0.03)


def test_reversed_axis_and_scale_do_not_matter():
    rng = np.random.default_rng(7)
    tables = [table(y, rng) for y in (0.6 * GLASS + 0.4 * CERAMIC, GLASS, CERAMIC)]
    one = fit_mixture(tables[0], {"g": tables[1], "c": tables[2]}, replicates=50)
    turned = [t.iloc[::-1].assign(intensity=lambda d: 1e6 * d["intensity"]) for t in tables]
    other = fit_mixture(turned[0], {"g": turned[1], "c": turned[2]}, replicates=50)
    assert other.shares == pytest.approx(one.shares, rel=1e-9)
    assert other.table()["ci_low"].to_numpy() == pytest.approx(one.table()["ci_low"], rel=1e-6)


def test_other_grids_are_interpolated_with_a_note():
    fine = np.arange(-45, 45, 0.037)
    glass = pd.DataFrame({"shift_ppm": fine, "intensity": np.interp(fine, X, GLASS)})
    data = table(0.5 * GLASS + 0.5 * CERAMIC)
    found = fit_mixture(data, {"glass": glass, "ceramic": table(CERAMIC)}, replicates=10)
    assert found.shares[0] == pytest.approx(0.5, abs=0.01)
    assert found.notes == ("reference 'glass' stands on another grid and was interpolated",)


def test_thousand_draws_take_less_than_five_seconds():
    rng = np.random.default_rng(8)
    begun = time.process_time()
    mixed(0.25, rng, shift_limit=1.0, replicates=1000)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ({}, "give 1 to 4 references"),
        ({"a": table(GLASS).iloc[300:]}, "cut the spectrum to the common range"),
        ({"a": table(-GLASS)}, "reference .a.: the lines point down"),
        ({"a": table(GLASS * np.nan)}, "must be finite"),
        ({"a": table(GLASS).drop(columns="intensity")}, "no column 'intensity'"),
    ],
)
def test_hostile_references(references, message):
    with pytest.raises(ValueError, match=message):
        fit_mixture(table(GLASS), references)


def test_hostile_options():
    with pytest.raises(ValueError, match="shift_limit must be"):
        fit_mixture(table(GLASS), {"a": table(GLASS)}, shift_limit=-1)
    with pytest.raises(ValueError, match="constant"):
        fit_mixture(table(0 * GLASS), {"a": table(GLASS)})


def test_a_line_that_no_reference_has_is_a_misfit_and_a_shift_at_its_limit_is_flagged():
    rng = np.random.default_rng(9)
    references = {"glass": table(GLASS, rng), "ceramic": table(CERAMIC, rng)}
    assert mixed(0.25, rng, replicates=10).flags == ()
    other = table(0.75 * GLASS + 0.25 * CERAMIC + peak(1.5, 3.0, 8), rng)
    assert fit_mixture(other, references, replicates=10).flags == ("misfit",)
    moved = table(np.interp(X - 2.0, X, 0.75 * GLASS + 0.25 * CERAMIC), rng)
    assert "at_bound" in fit_mixture(moved, references, shift_limit=1.0, replicates=10).flags


def test_a_shift_is_as_sure_as_it_says():
    """References move between the points of their grid: no shift may be more likely for that."""
    rng, off = np.random.default_rng(10), []
    for i in range(60):
        found = mixed(0.25, rng, shift_limit=1.0, replicates=100, seed=i)
        off.append(found.shift / found.draws["shift"].std())
    assert 0.7 < np.std(off) < 1.3
