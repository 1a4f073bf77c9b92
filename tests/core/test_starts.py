"""Placements of starts: the best combination of blocks, also with too many to try them all."""

import numpy as np

from nasicon.core.starts import place

X = np.linspace(-10, 10, 200)
CENTRES = np.linspace(-8, 8, 33)
SHAPES = np.exp(-((X - CENTRES[:, None]) ** 2))


def falling(picks):
    return (np.diff(picks, axis=1) > 0).all(axis=1)


def test_two_overlapping_lines_are_placed_against_each_other():
    data = 3 * SHAPES[12] + 2 * SHAPES[14]
    found = place([SHAPES, SHAPES], data, falling)
    assert found.picks[0].tolist() == [12, 14]
    np.testing.assert_allclose(found.coefficients[0], [3, 2], rtol=1e-6)
    assert (np.diff(found.chi2) >= 0).all()


def test_block_by_block_finds_what_all_combinations_find():
    data = 3 * SHAPES[3] + 2 * SHAPES[12] + SHAPES[15] + 2 * SHAPES[30]
    found = place([SHAPES] * 4, data, most=3000)
    assert sorted(found.picks[0].tolist()) == [3, 12, 15, 30]
    assert found.chi2[0] < 1e-6 * (data @ data)


def test_coefficients_are_not_negative_and_a_block_of_no_size_has_no_place():
    found = place([SHAPES, SHAPES], SHAPES[5] - SHAPES[20])
    assert (found.coefficients >= 0).all()
    rows = found.distinct(5, [0, 1])
    placed = np.where(found.coefficients > 0, found.picks, -1)[rows]
    assert len(np.unique(placed, axis=0)) == 5
