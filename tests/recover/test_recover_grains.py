"""The recovery study of size counts: the null, the power, and the bias as it is."""

import numpy as np
import pytest

from compendium.recover import grains as recover


@pytest.fixture(scope="module")
def table():
    return recover.recover_detection(np.random.default_rng(1), total=60)


def test_every_case_once(table):
    keys = table[["ratio", "log_width", "count"]]
    assert not keys.duplicated().any()
    assert len(table) == 4 * len(recover.WIDTHS) * len(recover.COUNTS)
    assert table["ratio"].max() == pytest.approx(1600 / 700, abs=1e-3)


def test_equal_sizes_are_told_apart_by_mistake_only(table):
    null = table[table["ratio"] == 1.0]
    assert 0.02 < null["told_apart"].mean() < 0.08


def test_power_grows_with_the_count_and_the_ratio(table):
    rows = table[table["log_width"] == 0.5].set_index(["ratio", "count"])["told_apart"]
    large = table["ratio"].max()
    assert rows[large, 100] > 0.97
    assert rows[large, 5] < 0.6
    assert rows[1.1, 100] < 0.4  # a tenth cannot be seen in a hundred sections
    assert rows[large, 20] > rows[1.3, 20] > rows[1.0, 20]


def test_lost_small_sections_shrink_the_ratio_a_little(table):
    rows = table[(table["count"] == 1000) & (table["ratio"] > 2)]
    assert (rows["estimate"] / rows["ratio"]).between(0.93, 1.0).all()
