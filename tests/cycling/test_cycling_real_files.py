"""Real cell tests by others, against the capacities that their owners state (registry.csv)."""

import numpy as np
import pytest

from nasicon.cycling.fit_cycles import half_cycle_table, kind_warning, per_cycle, rate_table
from nasicon.cycling.read_files import read_cycling

WITHIN = 5e-3  # promised; measured: the last digit that is stated
LNMO_MAH = [2.350, -1.790, 1.882, -1.850, 1.870, -1.846]
LIR_MAH = [38.302, 37.992, 37.934, 37.962, 38.024]
RATE_MAH = {
    1: 5.708,
    2: 5.459,
    3: 5.450,
    9: 5.423,
    10: 5.432,
    11: 5.425,
    12: 5.323,
    13: 5.307,
    14: 5.299,
    15: 4.671,
    16: 4.691,
    17: 4.650,
    18: 5.401,
    19: 5.407,
    20: 5.403,
}


def test_biologic_mpr(external):
    pytest.importorskip("galvani")
    halves = half_cycle_table(read_cycling(external("cycling/LNMO_SiGr_formation.mpr")))
    signed = 1e3 * halves["direction"] * halves["capacity_ah"]
    np.testing.assert_allclose(signed, LNMO_MAH, rtol=WITHIN)
    np.testing.assert_allclose(halves["current_a"], 1.2065e-3, rtol=2e-3)


def test_neware_ndax(external):
    pytest.importorskip("fastnda")
    cycles = per_cycle(read_cycling(external("cycling/LIR_commercial_5cyc.ndax")), "full")
    np.testing.assert_allclose(1e3 * cycles["down_capacity_ah"], LIR_MAH, rtol=WITHIN)
    # the test starts in the middle of a charge
    assert cycles["complete"].tolist() == [False, True, True, True, True]


@pytest.fixture(scope="module")
def rate_test(external):
    pytest.importorskip("fastparquet")
    return read_cycling(external("cycling/rate_test_halfcell.cellpy"))


def test_cellpy_rate_test(rate_test):
    cycles = per_cycle(rate_test, "half-negative").set_index("cycle")
    for cycle, stated in RATE_MAH.items():
        assert 1e3 * cycles.loc[cycle, "down_capacity_ah"] == pytest.approx(stated, rel=WITHIN)
    # cellpy's own summary of cycle 1: charge over discharge
    assert cycles.loc[1, "coulombic_efficiency_percent"] == pytest.approx(94.513735, rel=1e-5)


def test_the_five_rates_of_the_rate_test_are_told_apart(rate_test):
    rates = rate_table(per_cycle(rate_test, "half-negative"), 5.39e-3)
    np.testing.assert_allclose(rates["c_rate"], [0.1, 0.33, 0.5, 1.0, 2.0], rtol=0.02)


def test_declared_as_full_it_is_questioned(rate_test):
    assert "20 of 20" in kind_warning(per_cycle(rate_test, "full"), "full")
    assert kind_warning(per_cycle(rate_test, "half-negative"), "half-negative") == ""


def test_integrating_the_current_agrees_with_the_counter(rate_test):
    """Two independent ways to the same charge."""
    from nasicon.cycling.read_records import integrated

    charge, _ = integrated(
        rate_test["time_s"].to_numpy(),
        rate_test["current_a"].to_numpy(),
        rate_test["step"].to_numpy(),
    )
    halves = half_cycle_table(rate_test)
    last = rate_test.groupby("half_cycle").tail(1).index
    passed = np.abs(np.diff(charge[last], prepend=0.0))[1:]
    np.testing.assert_allclose(passed[:40], halves["capacity_ah"][:40], rtol=WITHIN)
