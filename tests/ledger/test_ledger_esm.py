"""Strain-microscopy rows of the ledger against numbers worked out by hand."""

import math

import pytest

from compendium import published, reference
from compendium.ledger.build import build


@pytest.fixture(scope="module")
def rows():
    table = build()
    return table.set_index(["row_type", "id"])


def test_effect_sizes(rows):
    # (3.90 - 2.60) / sqrt((0.64^2 + 0.35^2) / 2) and (28.32 - 23.27) / sqrt((5.20^2 + 3.69^2) / 2)
    amplitude, quality = rows.loc[("check", "A-esm-d-amp")], rows.loc[("check", "A-esm-d-q")]
    assert amplitude["computed"] == pytest.approx(1.30 / math.sqrt(0.26605), rel=1e-6)
    assert quality["computed"] == pytest.approx(5.05 / math.sqrt(20.32805), rel=1e-6)
    assert "two normal distributions share 18 %" in amplitude["reading"]
    assert "55 %" in quality["reading"]
    assert rows.loc[("claim", "A-esm-higher"), "status"] == "agrees"


def test_the_amplitude_stands_as_the_bulk_and_as_the_drives(rows):
    row = rows.loc[("check", "A-esm-bulk")]
    assert row["status"] == "hypothesis"
    assert row["computed"] == pytest.approx(1.5)
    assert row["lo"] == pytest.approx(3.895 / 2.605)
    assert "the bulk conductivities as 1.50, the totals as 9.20" in row["reading"]
    assert "3 V on one sample and 2 V on the other" in row["reading"]


def test_nonuniformity_has_two_readings(rows):
    row = rows.loc[("check", "A-esm-cv")]
    assert row["computed"] == pytest.approx((0.64 / 3.90) / (0.35 / 2.60))
    assert row["status"] == "hypothesis"
    assert rows.loc[("claim", "A-esm-nonuni"), "status"] == "hypothesis"


def test_dissipation_and_barrier(rows):
    row = rows.loc[("check", "A-q-barrier")]
    assert row["computed"] == pytest.approx(23.27 / 28.32)
    assert row["status"] == "hypothesis"


def test_drive_voltages_differ_and_the_bias_agrees(rows):
    assert rows.loc[("check", "A-esm-volt"), "status"] == "differs"
    assert rows.loc[("check", "A-esm-dc"), "status"] == "agrees"


def test_ions_move_nanometres(rows):
    row = rows.loc[("check", "A-esm-length")]
    d = 3.04e-3 * 1.380649e-23 * 298.15 / (6e21 * 1.602176634e-19**2)
    assert row["computed"] == pytest.approx(1e7 * math.sqrt(d / (math.pi * 4.39 * 70e3)), rel=1e-6)
    assert row["status"] == "hypothesis"
    assert "0.077 ms" in row["reading"]
    assert row["exp_lo"] < row["lo"] < row["hi"] < row["exp_hi"]


def test_the_assumed_lithium_is_that_of_the_cell():
    cell_cm3 = 1e-24 * reference.phase("LATP x0.3").volume
    value, low, _ = published.facts().assumed_range("lithium_per_cm3")
    assert pytest.approx(6 * 1.3 / cell_cm3, rel=0.01) == value
    assert pytest.approx(6 / cell_cm3, rel=0.01) == low


def test_seven_points_have_a_floor(rows):
    assert rows.loc[("check", "A-esm-n"), "computed"] == pytest.approx(2 / 3432)


def test_what_is_not_printed_is_not_judged(rows):
    for claim in ("A-esm-tau", "A-esm-faster", "A-esm-r2", "A-esm-fit", "A-q-gclatp"):
        row = rows.loc[("claim", claim)]
        assert row["status"] == "not testable", claim
        assert "Would settle it: " in row["reading"], claim
