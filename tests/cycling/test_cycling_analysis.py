"""Capacities, efficiencies, rates, resistance and dQ/dV of tests whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from nasicon.cycling import fit_cycles
from nasicon.cycling.fit_cycles import per_cycle
from nasicon.cycling.read_records import Records, tidy


def cell_test(
    currents, ohm=10.0, capacity_ah=1e-3, efficiency=1.0, points=41, lower=3.0, upper=4.0
):
    """Straight open-circuit line from 3 to 4 V with an ohmic drop; stops at its ends of charge."""
    rows, t = [], 0.0
    for n, i in enumerate(currents):
        share = np.linspace(0, 1, points)
        for sign in (1, -1):
            charge = capacity_ah * (efficiency if sign < 0 else 1.0)
            v = 3.0 + share if sign > 0 else 4.0 - share
            seconds = 3600 * charge / i * share
            rows += [
                (t + s, n + 1, 2 * n + (sign < 0), sign * i, vi + sign * i * ohm)
                for s, vi in zip(seconds, v, strict=True)
            ]
            t = rows[-1][0]
    t, cycle, step, i, v = (np.array(c) for c in zip(*rows, strict=True))
    return tidy(Records("made", t, v, i, cycle, step), "made", "auto")


def test_capacity_energy_and_polarisation_of_a_straight_line():
    table = per_cycle(cell_test([1e-3]), "full").iloc[0]
    assert table["up_capacity_ah"] == pytest.approx(1e-3, rel=1e-9)
    assert table["up_voltage_v"] == pytest.approx(3.51, abs=1e-9)
    assert table["down_voltage_v"] == pytest.approx(3.49, abs=1e-9)
    assert table["polarisation_v"] == pytest.approx(0.02, abs=1e-9)
    assert table["energy_efficiency_percent"] == pytest.approx(100 * 3.49 / 3.51)
    assert table["complete"]


@pytest.mark.parametrize(
    ("kind", "expected"), [("full", 98.0), ("half-positive", 98.0), ("half-negative", 100 / 0.98)]
)
def test_the_kind_decides_what_the_efficiency_divides_by(kind, expected):
    table = per_cycle(cell_test([1e-3] * 3, efficiency=0.98), kind)
    np.testing.assert_allclose(table["coulombic_efficiency_percent"], expected, rtol=1e-9)


def test_a_half_cell_declared_as_full_is_questioned():
    """Lithiation takes more than delithiation gives: 102 % if it passes for a full cell."""
    table = cell_test([1e-3] * 4, efficiency=1 / 0.98)
    wrong = per_cycle(table, "full")
    assert (wrong["flags"] == "efficiency above 100 %").all()
    assert "4 of 4" in fit_cycles.kind_warning(wrong, "full")
    right = per_cycle(table, "half-negative")
    assert (right["flags"] == "").all()
    assert fit_cycles.kind_warning(right, "half-negative") == ""


def test_no_kind_no_mass_and_no_area_are_assumed():
    table = cell_test([1e-3])
    with pytest.raises(ValueError, match=r"cell_kind must be one of .* not assumed"):
        per_cycle(table, "")
    cycles = per_cycle(table, "full")
    with pytest.raises(TypeError, match="electrode_area_cm2"):
        fit_cycles.specific(cycles, active_mass_mg=1.0)
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="active_mass_mg must be > 0"):
            fit_cycles.specific(cycles, active_mass_mg=bad, electrode_area_cm2=1.0)
    both = fit_cycles.specific(cycles, active_mass_mg=5.0, electrode_area_cm2=0.5)
    assert both["down_mah_per_g"].iloc[0] == pytest.approx(200.0)
    assert both["down_mah_per_cm2"].iloc[0] == pytest.approx(2.0)


def test_an_interrupted_cycle_is_flagged_and_left_out_of_the_rates():
    table = cell_test([1e-3] * 4)
    cut = table[(table["cycle"] != 3) | (table["current_a"] > 0) | (table["voltage_v"] > 3.6)]
    cycles = per_cycle(cut, "full")
    assert cycles["complete"].tolist() == [True, True, False, True]
    assert cycles["flags"].tolist() == ["", "", "interrupted", ""]
    half = table[(table["cycle"] != 4) | (table["current_a"] > 0)]
    assert not per_cycle(half, "full")["complete"].iloc[3]
    assert fit_cycles.rate_table(per_cycle(half, "full"), 1e-3)["cycle"].tolist() == [3]


def test_a_voltage_outside_the_window_is_flagged_where_one_is_given():
    table = cell_test([1e-3] * 2)
    assert (per_cycle(table, "full", window=(2.95, 4.05))["flags"] == "").all()
    narrow = per_cycle(table, "full", window=(3.0, 3.9))
    assert narrow["flags"].str.contains("outside the window").all()
    with pytest.raises(ValueError, match="must be below"):
        per_cycle(table, "full", window=(4.2, 2.5))


def test_rates_give_back_the_resistance():
    table = cell_test([2e-4, 5e-4, 1e-3, 3e-3, 5e-3], ohm=12.5)
    rates = fit_cycles.rate_table(per_cycle(table, "full", window=(2.9, 4.1)), 1e-3)
    assert rates["c_rate"].tolist() == [0.2, 0.5, 1.0, 3.0, 5.0]
    result = fit_cycles.resistance(rates)
    assert result["resistance"] == pytest.approx(12.5, rel=1e-6)
    assert result["offset"] == pytest.approx(0.0, abs=1e-6)
    assert result.moved_from_guess
    with pytest.raises(ValueError, match="at least 3"):
        fit_cycles.resistance(rates.iloc[:2])


def test_resistance_follows_the_units_and_not_the_order():
    rates = fit_cycles.rate_table(per_cycle(cell_test([2e-4, 1e-3, 5e-3, 3e-3]), "full"), 1e-3)
    rng = np.random.default_rng(4)
    rates["polarisation_v"] += rng.normal(0, 1e-4, len(rates))
    one = fit_cycles.resistance(rates)
    reverse = fit_cycles.resistance(rates.iloc[::-1])
    np.testing.assert_allclose(one.values, reverse.values, rtol=1e-6)
    micro = rates.assign(
        up_current_a=1e3 * rates["up_current_a"], down_current_a=1e3 * rates["down_current_a"]
    )
    scaled = fit_cycles.resistance(micro)
    assert scaled["resistance"] == pytest.approx(one["resistance"] / 1e3, rel=1e-6)
    assert scaled.stderr[0] == pytest.approx(one.stderr[0] / 1e3, rel=1e-6)


def test_dq_dv_keeps_the_charge_and_finds_the_plateau():
    q = np.linspace(0, 1e-3, 400)
    v = 3.0 + 0.8 * (q / 1e-3) ** 3  # flat at 3.0 V
    rng = np.random.default_rng(0)
    for noise in (0.0, 1e-3):
        part = pd.DataFrame({"voltage_v": v + rng.normal(0, noise, q.size), "capacity_ah": q})
        curve = fit_cycles.incremental_capacity(part, 0.02)
        total = curve["dq_dv_ah_per_v"].sum() * 0.02
        assert total == pytest.approx(1e-3, rel=1e-9)
    assert curve["voltage_v"].iloc[curve["dq_dv_ah_per_v"].argmax()] < 3.03
    back = fit_cycles.incremental_capacity(
        pd.DataFrame({"voltage_v": v[::-1], "capacity_ah": q}), 0.02
    )
    assert back["dq_dv_ah_per_v"].sum() * 0.02 == pytest.approx(1e-3, rel=1e-9)
    with pytest.raises(ValueError, match="step_v"):
        fit_cycles.incremental_capacity(part, 0.0)
    with pytest.raises(ValueError, match="2 records"):
        fit_cycles.incremental_capacity(part.iloc[:2], 0.02)


def test_tables_of_the_wrong_kind_are_named():
    with pytest.raises(ValueError, match="lacks cycle"):
        per_cycle(pd.DataFrame({"voltage_v": [1.0]}), "full")
    rest = cell_test([1e-3]).assign(half_cycle=0)
    with pytest.raises(ValueError, match="no half-cycle with current"):
        per_cycle(rest, "full")
    with pytest.raises(ValueError, match="one_c_a must be > 0"):
        fit_cycles.rate_table(per_cycle(cell_test([1e-3]), "full"), 0.0)


def test_the_longest_series_at_one_current_is_found():
    """Three rates; the fade of a rate test must not mix them."""
    cycles = per_cycle(cell_test([2e-4, 2e-4, 1e-3, 1e-3, 1e-3, 5e-3, 2.02e-4, 2e-4]), "full")
    assert fit_cycles.at_one_current(cycles)["cycle"].tolist() == [1, 2, 7, 8]
    none = cycles.assign(complete=False)
    assert fit_cycles.at_one_current(none).empty
