"""Figures of strain microscopy show what they are given and say what they are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nasicon.esm import draw_decays as draw_relaxation
from nasicon.esm import draw_maps as draw
from nasicon.esm import fit_decays, fit_maps
from nasicon.esm.model_oscillator import exponential, oscillator

F = np.linspace(270e3, 340e3, 40)
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def make_cube(amplitude, complex_data=True):
    shape = (12, 10, 1)
    clean = oscillator(F, amplitude, RNG.normal(307e3, 3e3, shape), RNG.normal(25, 2, shape), 0.3)
    data = clean + RNG.normal(size=clean.shape) + 1j * RNG.normal(size=clean.shape)
    return xr.DataArray(
        data if complex_data else np.abs(data),
        dims=("y", "x", "frequency"),
        coords={"frequency": F},
        attrs={"units": "pm"},
    )


@pytest.fixture(scope="module")
def cubes():
    return {"GC-LATBP": make_cube(3.9), "GC-LATP": make_cube(2.6)}


@pytest.fixture(scope="module")
def fits(cubes):
    return {name: fit_maps.fit_map(cube) for name, cube in cubes.items()}


def texts(figure):
    return " ".join(t.get_text() for t in figure.findobj(plt.Text))


def test_maps_share_one_scale_and_say_what_they_are(fits):
    figure = draw.maps(fits, "amplitude", evidence="simulated", printed={"GC-LATP": (2.6, 0.35)})
    images = [image for ax in figure.axes for image in ax.get_images()]
    assert len(images) == 2
    assert images[0].get_clim() == images[1].get_clim()
    np.testing.assert_allclose(images[0].get_array(), fits["GC-LATBP"]["amplitude"])
    words = " ".join(texts(figure).split())
    assert "amplitude A (pm)" in words
    assert words.count("not the authors' data") == 4  # two maps, the histograms, the badge
    assert "printed: 2.60 ± 0.35" in words


def test_a_measured_map_is_not_called_simulated(fits):
    words = texts(draw.maps({"mine": fits["GC-LATP"]}, "quality", evidence="measured"))
    assert "simulated" not in words
    assert "measured" in words


def test_unusable_pixels_are_blank(cubes):
    cube = cubes["GC-LATP"].copy(deep=True)
    cube[2, 3] = 0
    figure = draw.maps({"a": fit_maps.fit_map(cube)}, "amplitude", evidence="measured")
    assert np.isnan(np.asarray(figure.axes[0].get_images()[0].get_array(), dtype=float)[2, 3])


@pytest.mark.parametrize("complex_data", [True, False])
def test_a_pixel_shows_data_fit_and_residual(complex_data):
    cube = make_cube(3.9, complex_data)
    fit = fit_maps.fit_map(cube)
    figure = draw.pixel(cube, fit, 4, 7, evidence="measured", name="mine")
    assert len(figure.axes) == (3 if complex_data else 2)
    shown = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(shown, np.abs(cube.to_numpy()[4, 7]))
    assert "x = 7, y = 4" in texts(figure)


def test_a_dead_pixel_can_be_drawn(cubes):
    cube = cubes["GC-LATP"].copy(deep=True)
    cube[0, 0] = 0
    draw.pixel(cube, fit_maps.fit_map(cube), 0, 0, evidence="measured").canvas.draw()


def test_frequency_maps_take_the_nearest(cubes):
    figure = draw.frequency_maps(cubes, [280e3, 307e3], evidence="simulated")
    images = [image for ax in figure.axes for image in ax.get_images()]
    k = int(np.argmin(np.abs(F - 307e3)))
    np.testing.assert_allclose(images[1].get_array(), np.abs(cubes["GC-LATBP"].to_numpy()[..., k]))


def test_layers_have_their_units(fits):
    words = texts(draw.single_maps(fits, ("r_squared", "resonance_hz"), evidence="simulated"))
    assert "resonance f₀ (kHz)" in words


def test_relaxation_figures():
    t = np.arange(1, 301) * 0.01
    curves = [exponential(t, 4, 0.5, 2) + 0.2 * RNG.normal(size=t.size) for _ in range(7)]
    table = pd.DataFrame(np.transpose(curves), index=pd.Index(t, name="time_s"))
    result = fit_decays.fit_relaxation(t, table.mean(axis=1))
    figure = draw_relaxation.curves(
        {"GC-LATP, low": table}, {"GC-LATP, low": result}, evidence="simulated"
    )
    assert f"τ = {result['tau']:.3g} s" in texts(figure)
    tau = np.array([1.0, 2.0, 3.0] * 2)
    points = pd.DataFrame({"sample": list("AAABBB"), "region": "all", "value": tau})
    points = points.assign(ci_low=tau - 0.1, ci_high=tau + 0.1)
    words = texts(draw_relaxation.time_constants(points, evidence="measured", p={"all": 0.7}))
    assert "p = 0.7" in words
    assert "not the authors'" not in words
