"""The map fit: recovery, errors, other programs, symmetries, hostile input."""

import os

import lmfit
import numpy as np
import pytest
import xarray as xr

from nasicon.esm import fit_maps
from nasicon.esm.model_oscillator import cramer_rao, oscillator

F = np.linspace(270e3, 340e3, 60)
NAMES = ("amplitude", "resonance_hz", "quality", "phase_rad")
TRUE = (3.9, 307e3, 25.0, 0.4)


def draw(rng, count=400):
    values = (
        rng.normal(3.9, 0.6, count),
        rng.normal(307e3, 5e3, count).clip(285e3, 328e3),
        rng.normal(25, 4, count).clip(10),
        rng.uniform(-3, 3, count),
    )
    return values, oscillator(F, *(v[:, None] for v in values))


def noisy(rng, clean, sigma):
    return clean + sigma * (rng.normal(size=clean.shape) + 1j * rng.normal(size=clean.shape))


def kinds(clean):
    return {"complex": clean, "amplitude": np.abs(clean)}


def same(a, b):
    return all(np.array_equal(a[k], b[k], equal_nan=True) for k in a.data_vars)


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
def test_exact_data_give_exact_values(kind):
    values, clean = draw(np.random.default_rng(0))
    fit = fit_maps.fit_map(kinds(clean)[kind], F)
    assert fit.attrs["pixels_converged"] == 400
    for name, true in zip(NAMES[: 3 + (kind == "complex")], values, strict=False):
        np.testing.assert_allclose(fit[name], true, rtol=1e-7)
    assert float(fit["r_squared"].min()) > 1 - 1e-12


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
@pytest.mark.parametrize("snr", [10.0, 30.0])
def test_spread_is_at_the_bound_and_errors_tell_it(kind, snr):
    rng = np.random.default_rng(1)
    sigma = TRUE[0] * TRUE[2] / snr
    clean = np.tile(oscillator(F, *TRUE), (4000, 1))
    data = noisy(rng, clean, sigma)
    if kind == "amplitude":
        data = np.abs(clean) + sigma * rng.normal(size=clean.shape)
    fit = fit_maps.fit_map(data, F)
    bound = cramer_rao(F, TRUE, sigma, complex_data=kind == "complex")
    for name, true, least in zip(NAMES, TRUE, bound, strict=False):
        spread = float(fit[name].std())
        # 4000 draws know a spread to 1.1 %
        assert 0.96 * least < spread < 1.06 * least, name
        inside = np.abs(fit[name] - true) < 1.98 * fit[f"{name}_stderr"]
        assert 0.935 < float(inside.mean()) < 0.965, name
    assert float(fit["noise"].mean()) == pytest.approx(sigma, rel=0.02)


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
def test_lmfit_finds_the_same_values_and_errors(kind):
    rng = np.random.default_rng(2)
    values, clean = draw(rng, 12)
    data = noisy(rng, clean, 12.0)
    if kind == "amplitude":
        data = np.abs(data)
    fit = fit_maps.fit_map(data, F)
    for i, y in enumerate(data):
        names = NAMES[: 3 + (kind == "complex")]
        start = lmfit.Parameters()
        for name, true in zip(names, values, strict=False):
            start.add(name, value=true[i])

        def residual(p, y=y):
            response = oscillator(F, *p.valuesdict().values())
            if kind == "amplitude":
                return np.abs(response) - y
            return np.concatenate([(response - y).real, (response - y).imag])

        theirs = lmfit.minimize(residual, start, xtol=1e-12, ftol=1e-14)
        for name in names:
            error = theirs.params[name].stderr
            distance = fit[name].values[i] - theirs.params[name].value
            # a phase may differ by a whole turn
            distance = distance if name != "phase_rad" else np.angle(np.exp(1j * distance))
            assert abs(distance) < 2e-3 * error, name
            assert fit[f"{name}_stderr"].values[i] == pytest.approx(error, rel=2e-3), name


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
def test_it_moves_from_the_start_and_beats_it(kind):
    rng = np.random.default_rng(3)
    data = kinds(noisy(rng, draw(rng)[1], 10.0))[kind]
    fit, start = fit_maps.fit_map(data, F), fit_maps.fit_map(data, F, max_iterations=0)
    assert bool(fit["moved_from_guess"].all())
    assert not bool(start["moved_from_guess"].any())
    assert start.attrs["pixels_not_converged"] == 400
    assert bool((fit["r_squared"] > start["r_squared"]).all())


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
def test_order_threads_and_shape_change_nothing(kind):
    rng = np.random.default_rng(4)
    cube = kinds(noisy(rng, draw(rng, 3000)[1], 15.0))[kind].reshape(50, 60, 60)
    fit = fit_maps.fit_map(cube, F, threads=1)
    assert same(fit, fit_maps.fit_map(cube, F, threads=3))
    assert same(fit, fit_maps.fit_map(cube[..., ::-1], F[::-1]))
    shuffled = rng.permutation(60)
    assert same(fit, fit_maps.fit_map(cube[..., shuffled], F[shuffled]))
    assert same(fit.isel(y=7), fit_maps.fit_map(cube[7], F))
    assert same(fit.isel(y=7, x=3), fit_maps.fit_map(cube[7, 3], F))
    fortran = np.asfortranarray(cube)
    assert same(fit, fit_maps.fit_map(fortran, F))


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
@pytest.mark.parametrize("scale", [1e-12, 1e9, 1e-60])
def test_units_only_rescale(kind, scale):
    rng = np.random.default_rng(5)
    data = kinds(noisy(rng, draw(rng)[1], 15.0))[kind]
    fit, other = fit_maps.fit_map(data, F), fit_maps.fit_map(scale * data, F / 1e3)
    np.testing.assert_allclose(other["amplitude"], scale * fit["amplitude"], rtol=1e-5)
    np.testing.assert_allclose(
        other["amplitude_stderr"], scale * fit["amplitude_stderr"], rtol=1e-4
    )
    np.testing.assert_allclose(other["resonance_hz"], fit["resonance_hz"] / 1e3, rtol=1e-6)
    np.testing.assert_allclose(other["quality"], fit["quality"], rtol=1e-5)


def test_single_precision_agrees_with_double():
    rng = np.random.default_rng(6)
    data = noisy(rng, draw(rng)[1], 15.0)
    a, b = fit_maps.fit_map(data, F), fit_maps.fit_map(data.astype(np.complex64), F)
    for name in NAMES:
        assert float((np.abs(a[name] - b[name]) / a[f"{name}_stderr"]).max()) < 5e-3


def test_integers_and_foreign_byte_order_are_taken():
    values, clean = draw(np.random.default_rng(7), 5)
    counts = np.rint(100 * np.abs(clean)).astype(">i4")
    fit = fit_maps.fit_map(counts, F)
    np.testing.assert_allclose(fit["quality"], values[2], rtol=1e-2)
    np.testing.assert_allclose(
        fit_maps.fit_map(clean.astype(">c16"), F)["quality"], values[2], rtol=1e-7
    )


def test_dead_and_missing_pixels_are_counted():
    _, clean = draw(np.random.default_rng(8), 12)
    cube = clean.reshape(3, 4, 60).copy()
    cube[0, 1, 17] = np.nan
    cube[1, 1, 3] = np.inf
    cube[2, 2] = 0
    fit = fit_maps.fit_map(cube, F)
    assert (fit.attrs["pixels_masked"], fit.attrs["pixels_dead"]) == (2, 1)
    assert fit.attrs["pixels_converged"] == 9
    assert np.isnan(fit["amplitude"].values[[0, 1, 2], [1, 1, 2]]).all()
    assert "2 masked, 1 dead" in fit_maps.report(fit)


def test_a_cube_of_zeros_is_dead_throughout():
    fit = fit_maps.fit_map(np.zeros((4, 4, 60)), F)
    assert fit.attrs["pixels_dead"] == 16
    assert not bool(fit_maps.usable(fit).any())


def test_a_spectrum_without_shape_is_dead():
    flat = np.stack([np.full(60, 2.5), np.full(60, 1e-12), np.abs(oscillator(F, *TRUE))])
    fit = fit_maps.fit_map(flat, F)
    assert [fit_maps.STATUS[s] for s in fit["status"].values] == ["dead", "dead", "converged"]
    assert fit_maps.fit_map(flat * (1 + 1j), F).attrs["pixels_dead"] == 2


@pytest.mark.parametrize("kind", ["complex", "amplitude"])
def test_a_resonance_outside_the_band_is_flagged(kind):
    rng = np.random.default_rng(9)
    clean = np.tile(oscillator(F, 3.9, 352e3, 25.0, 0.2), (50, 1))
    fit = fit_maps.fit_map(kinds(noisy(rng, clean, 0.3))[kind], F)
    assert fit.attrs["pixels_outside_window"] > 45
    far = fit_maps.fit_map(
        kinds(noisy(rng, np.tile(oscillator(F, 3.9, 700e3, 25.0), (50, 1)), 0.3))[kind], F
    )
    assert not bool(fit_maps.usable(far).any())


def test_two_resonances_show_in_the_residual():
    rng = np.random.default_rng(10)
    one = np.tile(oscillator(F, 3.9, 295e3, 40.0, 0.2), (100, 1))
    two = one + oscillator(F, 3.0, 322e3, 40.0, 0.2)
    assert fit_maps.fit_map(noisy(rng, one, 3.0), F).attrs["pixels_structured_residual"] == 0
    fit = fit_maps.fit_map(noisy(rng, two, 3.0), F)
    assert fit.attrs["pixels_structured_residual"] == 100
    assert "more than one resonance" in fit_maps.report(fit)


def test_noise_alone_has_no_digits():
    rng = np.random.default_rng(11)
    fit = fit_maps.fit_map(noisy(rng, np.zeros((500, 60)), 1.0), F)
    assert float(fit_maps.usable(fit).mean()) < 0.35
    assert float(fit["r_squared"].median()) < 0.3


def test_every_pixel_converges_on_a_poor_but_usual_map():
    rng = np.random.default_rng(12)
    values, clean = draw(rng, 5000)
    sigma = (values[0] * values[2] / 10)[:, None]
    for data in (noisy(rng, clean, sigma), np.abs(clean) + sigma * rng.normal(size=clean.shape)):
        assert float(fit_maps.usable(fit_maps.fit_map(data, F)).mean()) >= 0.999


def test_labels_come_through():
    cube = xr.DataArray(
        np.tile(oscillator(F, *TRUE), (2, 3, 1)),
        dims=("y", "x", "frequency"),
        coords={"frequency": F, "x": [0.0, 1e-8, 2e-8]},
        attrs={"units": "pm"},
    )
    fit = fit_maps.fit_map(cube.transpose("frequency", "y", "x"))
    assert fit["amplitude"].dims == ("y", "x")
    assert fit["amplitude"].attrs["units"] == "pm"
    assert fit["x"].values[1] == 1e-8
    assert fit["status"].attrs["flag_meanings"].split()[6] == "dead"
    assert "phase_rad" not in fit_maps.fit_map(np.abs(cube))


@pytest.mark.parametrize(
    ("cube", "axis", "words"),
    [
        (np.ones((3, 3, 60)), None, "no frequency axis"),
        (np.ones((3, 3, 59)), F, "59 points"),
        (np.ones((3, 3, 4)), F[:4], "cannot determine"),
        (np.ones((3, 60)), np.where(np.arange(60) == 3, np.nan, F), "finite and > 0"),
        (np.ones((3, 60)), F - 300e3, "finite and > 0"),
        (np.ones((3, 60)), np.repeat(F[::2], 2), "more than once"),
        (np.full((3, 60), "a"), F, "real or complex"),
        (np.ones((2, 2, 2, 60)), F, "shape"),
        (np.ones((3, 3, 60), dtype=object), F, "real or complex"),
    ],
)
def test_bad_input_is_named(cube, axis, words):
    with pytest.raises(ValueError, match=words):
        fit_maps.fit_map(cube, axis)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="quality_bounds"):
        fit_maps.fit_map(np.ones((3, 60)), F, quality_bounds=(5, 2))
    with pytest.raises(ValueError, match="max_iterations"):
        fit_maps.fit_map(np.ones((3, 60)), F, max_iterations=-1)
    with pytest.raises(ValueError, match="'frequency'"):
        fit_maps.fit_map(xr.DataArray(np.ones((3, 60)), dims=("a", "b")), F)


def test_a_bound_on_quality_is_reported():
    clean = np.tile(oscillator(F, 3.9, 307e3, 25.0, 0.2), (10, 1))
    fit = fit_maps.fit_map(clean, F, quality_bounds=(1, 15))
    assert fit.attrs["pixels_at_bound"] == 10


def test_a_measured_map_of_others(external):
    """Rows 0-19 of a band-excitation map; owners' resonances 326.3 +- 2.4 kHz."""
    cube = np.load(external("spm/bepfm_32x32x102.npy"), allow_pickle=False)[:20]
    axis = np.linspace(298e3, 348e3, 102)
    fit, start = fit_maps.fit_map(cube, axis), fit_maps.fit_map(cube, axis, max_iterations=0)
    assert fit.attrs["pixels_converged"] == 640
    assert float(fit["r_squared"].median()) >= 0.97
    assert abs(float(fit["resonance_hz"].mean()) - 326e3) < 3e3
    assert float(fit["resonance_hz"].std()) < 3e3
    assert bool((fit["r_squared"] > start["r_squared"]).all())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking with threads, on purpose
def test_a_forked_process_has_its_own_threads():
    cube = np.tile(oscillator(F, *TRUE), (50, 50, 1))
    fit_maps.fit_map(cube, F, threads=2)
    child = os.fork()
    if child == 0:
        ok = fit_maps.fit_map(cube, F, threads=2).attrs["pixels_converged"] == 2500
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
