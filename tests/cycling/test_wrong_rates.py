"""Rates, steps and capacities that a rate test is misread by."""

from pathlib import Path

import pytest

from nasicon import cycling
from nasicon.cycling.fit_cycles import implausible_capacity, per_cycle, rate_table, specific

CASES = Path(__file__).parents[1] / "cases" / "09_cells"


def cycles(name, mass_mg=10.0):
    table = cycling.read(CASES / name)
    return specific(per_cycle(table, "half-positive"), active_mass_mg=mass_mg)


def test_the_rate_is_that_of_the_reported_half_cycle():
    rates = rate_table(cycles("slow_charge_fast_discharge.csv"), one_c_a=1.6e-3)
    assert (1.6e2 * rates["c_rate"]).tolist() == pytest.approx([16, 80, 160], rel=0.02)
    assert rates["down_mah_per_g"].tolist() == pytest.approx([159, 129, 100], abs=0.7)
    assert (rates["up_current_a"] / rates["up_current_a"][0]).tolist() == pytest.approx([1, 1, 1])


def test_a_stepped_discharge_is_flagged():
    found = cycles("stepped_current.csv")
    assert found["flags"].str.contains("stepped current").all()
    assert found["down_mah_per_g"].iloc[0] == pytest.approx(140, rel=0.005)


def test_a_constant_voltage_tail_is_no_step():
    table = cycling.read(CASES / "slow_charge_fast_discharge.csv")
    assert not per_cycle(table, "half-positive")["flags"].str.contains("stepped").any()


def test_a_test_of_one_direction_says_so():
    found = cycles("charge_only.csv")
    assert found["up_mah_per_g"].iloc[0] == pytest.approx(150, rel=0.005)
    assert rate_table(found, 1e-3, side="up")["up_mah_per_g"][0] == pytest.approx(150, rel=0.005)
    with pytest.raises(ValueError, match="one direction only"):
        rate_table(found, 1e-3)


def test_a_mass_in_grams_is_told():
    heavy = cycles("charge_only.csv", mass_mg=0.01)["up_mah_per_g"].iloc[0]
    assert "mass in g?" in implausible_capacity(heavy)
    assert "nominal 160" in implausible_capacity(700, 160)
    assert implausible_capacity(158, 160) == ""
