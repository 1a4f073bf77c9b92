"""Statistics of maps against fields whose correlation is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from nasicon.esm import fit_statistics as statistics


def field(rng, length, side=96):
    """Unit normal field with correlation exp(-(d/length)^2)."""
    pad = 4 * length
    white = rng.normal(size=(side + 2 * pad, side + 2 * pad))
    return gaussian_filter(white, length / 2)[pad:-pad, pad:-pad] * np.sqrt(np.pi) * length


@pytest.mark.parametrize("length", [4, 8])
def test_effective_pixels_foretell_the_scatter_of_means(length):
    rng = np.random.default_rng(0)
    fields = [field(rng, length) for _ in range(120)]
    expected = 1 / np.var([f.mean() for f in fields])  # known to 13 %
    found = np.median([statistics.effective_pixels(f) for f in fields])
    assert 0.65 * expected < found < 1.5 * expected
    distance, rho = np.median([statistics.radial_correlation(f) for f in fields[:20]], axis=0)
    assert np.interp(-1 / np.e, -rho, distance) == pytest.approx(length, rel=0.15)


def test_independent_pixels_all_count():
    noise = np.random.default_rng(1).normal(size=(64, 64))
    assert statistics.effective_pixels(noise) > 0.8 * noise.size


def test_a_mask_leaves_pixels_out():
    rng = np.random.default_rng(2)
    z = field(rng, 4)
    mask = np.ones(z.shape, dtype=bool)
    mask[:, :48] = False
    spoiled = np.where(mask, z, 1e6)
    half = statistics.describe(spoiled, mask)
    assert half.mean == pytest.approx(z[:, 48:].mean())
    assert half.pixels == 96 * 48
    # half the map, about half the independent values
    shares = [
        statistics.effective_pixels(z, mask) / statistics.effective_pixels(z)
        for z in (field(rng, 4) for _ in range(20))
    ]
    assert 0.4 < np.median(shares) < 0.65


def test_all_pixels_call_equal_maps_different_and_effective_ones_do_not():
    rng = np.random.default_rng(4)
    pairs = [statistics.compare(5 + field(rng, 8), 5 + field(rng, 8)) for _ in range(60)]
    naive = np.mean([c.welch_all_pixels.p < 0.05 for c in pairs])
    honest = np.mean([c.welch.p < 0.05 for c in pairs])
    assert naive > 0.6
    assert honest < 0.17  # 5 % and its binomial scatter


def test_a_comparison_finds_what_was_put_in():
    rng = np.random.default_rng(5)
    a = 3.90 + 0.64 * rng.normal(size=(96, 96))
    b = 2.60 + 0.35 * rng.normal(size=(80, 70))
    c = statistics.compare(a, b)
    assert c.d == pytest.approx(2.520, abs=0.06)
    assert c.overlap_counted == pytest.approx(0.1786, abs=0.025)
    assert c.ratio == pytest.approx(1.5, rel=0.01)
    assert c.cv_ratio == pytest.approx(1.219, rel=0.04)


def test_counted_overlap_of_equal_and_of_distant_sets():
    rng = np.random.default_rng(6)
    x = rng.normal(size=5000)
    assert statistics.counted_overlap(x, x) == pytest.approx(1.0)
    assert statistics.counted_overlap(x, x + 100) == 0.0
    assert statistics.counted_overlap(np.ones(5), np.ones(5)) == 1.0


@pytest.mark.parametrize(
    ("layer", "mask", "words"),
    [
        (np.ones(5), None, "a map is"),
        (np.ones((4, 4)), np.ones((3, 4), dtype=bool), "mask has shape"),
        (np.full((4, 4), np.nan), None, "0 usable pixels"),
    ],
)
def test_bad_maps_are_named(layer, mask, words):
    with pytest.raises(ValueError, match=words):
        statistics.describe(layer, mask)


def test_a_constant_map_has_no_spread():
    assert statistics.describe(np.full((8, 8), 3.0)).sd == 0.0
