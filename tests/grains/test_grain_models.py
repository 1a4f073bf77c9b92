"""Equations of grains against geometry and Monte Carlo done here."""

import numpy as np
import pytest

from nasicon.grains import model_grains as model


def test_required_size_inverts_the_brick_layer():
    boundary = model.boundary_resistance_ohm_cm2(700, 5e-4, 8.4e-5)
    size = model.required_grain_nm(700, 8.4e-5, 2.4e-4, 5e-4)
    assert model.brick_layer_conductivity(size, 5e-4, boundary) == pytest.approx(2.4e-4)
    # without bulk resistance sizes are as conductivities: 700 * 24/8.4
    assert model.required_grain_nm(700, 8.4e-5, 2.4e-4) == pytest.approx(2000)
    assert model.required_grain_nm(700, 8.4e-5, 6e-4, 5e-4) == np.inf
    with pytest.raises(ValueError, match="must not exceed"):
        model.required_grain_nm(700, 8.4e-5, 2e-4, 5e-5)


def test_counts_and_films():
    np.testing.assert_allclose(model.boundaries_per_mm([700, 1600]), [1428.57, 625], rtol=1e-5)
    assert model.film_thickness_nm(0.0077, 700) == pytest.approx(1.797, rel=1e-3)
    for bad in (0, -1, np.nan):
        with pytest.raises(ValueError, match="grain_nm must be > 0"):
            model.boundaries_per_mm(bad)


def test_constriction_of_small_spots():
    # a = 0.01 D: resistance of the spot 1/(2 sigma a) = 50/(sigma D), the cube 1/(sigma D)
    assert model.constriction_factor(np.pi * 1e-4) == pytest.approx(1 / 51)
    assert np.all(np.diff(model.constriction_factor([0.01, 0.1, 0.3])) > 0)
    with pytest.raises(ValueError, match="contact_fraction"):
        model.constriction_factor(0)


def test_counting_has_the_power_it_promises():
    ratio, width = 1.6, 0.5
    n = int(np.ceil(model.grains_to_tell(ratio, width)))
    rng = np.random.default_rng(7)
    one = rng.normal(0, width, (4000, n)).mean(axis=1)
    two = rng.normal(np.log(ratio), width, (4000, n)).mean(axis=1)
    told = np.abs(two - one) > 1.959964 * width * np.sqrt(2 / n)
    assert 0.93 < told.mean() < 0.975
    with pytest.raises(ValueError, match="must differ from 1"):
        model.grains_to_tell(1.0, 0.5)


def test_rhombohedron_of_a_cube_is_a_cube():
    # a cube in hexagonal setting, c/a = sqrt(6): its {012} faces are the cube's own
    edge = 4.0
    a, c = edge * np.sqrt(2), edge * np.sqrt(3)
    cosine_metric = model.rhombohedron_angle_deg(a, 2 * c)
    assert cosine_metric == pytest.approx(90.0)


def test_section_of_a_cube_by_counting_points():
    rng = np.random.default_rng(2)
    normal = np.abs(rng.normal(size=(6, 3))) + 0.05
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    offset = normal.sum(axis=1) * rng.uniform(0.05, 0.95, 6)
    points = rng.uniform(size=(400_000, 3))
    for n, t, area in zip(normal, offset, model.cube_section_area(normal, offset), strict=True):
        thin = 0.03  # the volume of a slab about the plane, over its thickness
        inside = np.abs(points @ n - t) < thin / 2
        assert inside.mean() / thin == pytest.approx(area, abs=0.04)
    # straight across the middle the section is the face itself
    across = np.array([[1.0, 1e-5, 1e-5]])
    assert model.cube_section_area(across, np.array([0.5])) == pytest.approx(1, rel=1e-3)
