"""Simulated maps and curves: what the paper prints, noise as declared, the same bytes twice."""

import numpy as np
import pandas as pd
import pytest

from compendium.simulate import assumptions
from compendium.simulate import esm as simulate
from nasicon.esm.read_files import read_esm
from nasicon.esm.read_igor import read_dart
from nasicon.esm.read_text import read_relaxation

NOMINAL = assumptions.nominal(simulate.ASSUMPTIONS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("esm")
    simulate.main(out)
    return out


def test_files_are_small_and_read_by_the_readers(folder):
    assert sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) < 3e6
    cube = read_esm(folder / "gc-latbp.npz")
    assert cube.shape == (96, 96, 40)
    assert np.iscomplexobj(cube)
    assert cube.attrs["title"].startswith("SIMULATED")
    assert cube.attrs["units"] == "pm"
    assert read_dart(folder / "gc-latp_dart.npz")["amplitude1"].shape == (96, 96)
    curves = read_relaxation(folder / "gc-latp_low.txt")
    assert curves.shape == (500, 7)
    assert curves.attrs["title"].startswith("SIMULATED")


def test_the_same_bytes_twice(folder, tmp_path):
    simulate.main(tmp_path)
    for file in folder.rglob("*.*"):
        assert (tmp_path / file.relative_to(folder)).read_bytes() == file.read_bytes(), file.name


def test_printed_means_and_spreads_went_in():
    rng = np.random.default_rng(0)
    for key, (a, sd, q, q_sd) in {
        "gclatbp": (3.90, 0.64, 28.32, 5.20),
        "gclatp": (2.60, 0.35, 23.27, 3.69),
    }.items():
        maps = [simulate.surface(simulate.printed(key), NOMINAL, rng) for _ in range(20)]
        for name, mean, spread in (("amplitude_pm", a, sd), ("quality", q, q_sd)):
            # one map holds about fifty independent values: twenty of them know a mean to 3 %
            assert np.mean([m[name].mean() for m in maps]) == pytest.approx(mean, abs=0.11 * spread)
            whole = np.std(np.concatenate([m[name].ravel() for m in maps]))
            assert whole == pytest.approx(spread, rel=0.1)


def test_a_field_has_the_declared_correlation():
    rng = np.random.default_rng(1)
    fields = [simulate.field(rng, (96, 96), 8.0) for _ in range(40)]
    assert np.var(fields) == pytest.approx(1.0, rel=0.08)
    at_8 = np.mean([np.mean(f[:, 8:] * f[:, :-8]) for f in fields])
    assert at_8 == pytest.approx(np.exp(-1), abs=0.05)


def test_without_difference_means_none():
    pair = tuple(simulate.printed(key) for key in ("gclatbp", "gclatp"))
    same = [simulate.without_difference(s, pair) for s in pair]
    assert same[0].amplitude_pm == same[1].amplitude_pm == pytest.approx(3.25)
    assert same[0].quality != same[1].quality


def test_noise_is_as_declared():
    rng = np.random.default_rng(2)
    maps = simulate.surface(simulate.printed("gclatp"), NOMINAL, rng, 32)
    quiet = NOMINAL | {"noise_pm": 0.0}
    f = simulate.FREQUENCIES_HZ
    difference = simulate.response(maps, NOMINAL, f, rng) - simulate.response(maps, quiet, f, rng)
    assert difference.real.std() == pytest.approx(NOMINAL["noise_pm"], rel=0.02)
    assert difference.imag.std() == pytest.approx(NOMINAL["noise_pm"], rel=0.02)


def test_the_signal_is_not_the_fitted_model():
    rng = np.random.default_rng(3)
    from nasicon.esm import fit_maps

    exact = NOMINAL | {"noise_pm": 1e-6}
    maps = simulate.surface(simulate.printed("gclatp"), exact, rng, 8)
    fit = fit_maps.fit_map(
        simulate.response(maps, exact, simulate.FREQUENCIES_HZ, rng), simulate.FREQUENCIES_HZ
    )
    assert float(fit["noise"].min()) > 0.05  # a residual of much more than the noise is left


def test_both_samples_relax_with_one_time_constant_by_default(folder):
    truth = pd.read_csv(folder / "truth" / "truth.csv")
    taus = truth[truth["quantity"].str.startswith("tau_s")]
    medians = taus.groupby(taus["file"].str.split("_").str[0])["mean"].median()
    assert np.exp(np.abs(np.diff(np.log(medians)))).item() < 1.3


def test_a_noise_too_small_for_the_digitiser_is_named(tmp_path):
    with pytest.raises(ValueError, match="16 bit"):
        simulate.write_cube(tmp_path / "a.npz", "", np.full((2, 2, 40), 100.0 + 0j), 1e-4)
