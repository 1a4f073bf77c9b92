"""The steps of a segmentation, by hand and against scikit-image."""

import numpy as np
import pytest
from scipy import ndimage
from test_grain_sizes import picture, voronoi

from nasicon.grains import fit_outlines
from nasicon.grains.fit_sizes import measure_grains, segment


def test_a_threshold_between_two_heaps():
    values = np.r_[np.linspace(0, 0.2, 70), np.linspace(0.8, 1, 30)]
    assert 0.15 < fit_outlines.threshold(values) < 0.8


def test_a_ridge_is_dark_and_as_wide_as_asked_for():
    rows = np.arange(61)[:, None] - 30.0
    valley = 1 - np.exp(-(rows**2) / (2 * 2.0**2)) * np.ones((1, 50))
    found = fit_outlines.ridges(valley, 2.0)
    assert np.all(found.argmax(axis=0) == 30)
    # the second derivative of a Gaussian of width sqrt(2² + 2²), at its middle
    assert found[30, 25] == pytest.approx(2.0**2 * 2 / 8**1.5, rel=1e-3)
    assert found[30].max() > 5 * fit_outlines.ridges(1 - valley, 2.0)[30].max()


def test_hills_join_where_the_pass_is_high():
    profile = np.array([0, 3, 6, 3, 5, 8, 5, 1, 4.9, 1])
    surface = np.tile(profile, (4, 1)) + np.array([[0], [0.1], [0], [0]])
    assert fit_outlines.hills(surface, 2.0)[1].tolist() == [1] * 4 + [2] * 4 + [3] * 2
    assert fit_outlines.hills(surface, 3.05)[1].tolist() == [1] * 8 + [2] * 2
    assert fit_outlines.hills(surface, 9.0).max() == 1


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize(("grains", "noise", "seed"), [(300, 0.1, 9), (300, 0.2, 3), (800, 0.1, 2)])
def test_scikit_image_finds_the_same_grains(grains, noise, seed, bright):
    filters = pytest.importorskip("skimage.filters")
    from skimage import measure, metrics, morphology, segmentation

    image = picture(voronoi(grains, seed, 512), noise)
    image = -image if bright else image
    sato = filters.sato(image, sigmas=[2.0], black_ridges=not bright, mode="reflect")
    ridges = fit_outlines.ridges(-image if bright else image, 2.0)
    np.testing.assert_allclose(ridges, sato, atol=1e-3 * sato.max())
    level = filters.threshold_otsu(sato)
    assert fit_outlines.threshold(sato) == pytest.approx(level, rel=1e-9)
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(sato <= level), 1.0)
    markers = measure.label(morphology.h_maxima(distance, 2.5))
    theirs = segmentation.watershed(-distance, markers)
    ours = segment(image, boundaries="bright" if bright else "dark")
    assert ours.max() == pytest.approx(theirs.max(), rel=0.01)
    error, _, _ = metrics.adapted_rand_error(theirs, ours)
    assert error < 0.01  # of the pairs of pixels
    sizes = [measure_grains(labels, 1.0).table(replicates=10)["value"] for labels in (ours, theirs)]
    np.testing.assert_allclose(*sizes, rtol=0.02)
    boundaries = segmentation.find_boundaries(ours, mode="inner")
    np.testing.assert_array_equal(fit_outlines.outline(ours), boundaries)
