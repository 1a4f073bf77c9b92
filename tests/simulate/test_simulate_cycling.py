"""The porous-electrode cell: its books, its failures, and that it is not tuned or nested."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pybamm")

from compendium import published
from compendium.compare import RELATIVE
from compendium.simulate import assumptions, cycling, cycling_lsv
from compendium.simulate.cycling_cell import Cell, CellDesign
from nasicon.cycling.read_files import read_cycling

ASSUMED = assumptions.nominal(cycling.ASSUMPTIONS)


@pytest.fixture(scope="module")
def done():
    design = cycling.designs(ASSUMED)["LAGP"]
    return cycling.rate_test(design, [0.5, 5.0], cycles=1)


def test_only_prints_enter_beside_the_assumptions():
    cells = cycling.designs(ASSUMED)
    assert list(cells) == ["LAGP", "B2O3-Bi2O3-LAGP", "liquid reference"]
    ratio = cells["LAGP"].separator_ohm_cm2 / cells["B2O3-Bi2O3-LAGP"].separator_ohm_cm2
    printed = published.claim("B-sigma-bbi").number / published.claim("B-sigma-p").number
    assert ratio == pytest.approx(printed, rel=1e-9)
    assert cells["LAGP"].interface_ohm_cm2 == cells["B2O3-Bi2O3-LAGP"].interface_ohm_cm2
    assert cells["LAGP"].upper_v == 4.2
    for a in cycling.ASSUMPTIONS + cycling_lsv.ASSUMPTIONS:
        assert a.low <= a.nominal <= a.high, a.name
        assert a.reason


def test_charge_and_energy_are_conserved(done):
    for _, _, half in done:
        if half.status == "solved":
            assert abs(half.summary["charge_residual_percent"]) < 1e-4
            assert abs(half.summary["energy_residual_percent"]) < 1e-4


def test_a_charge_that_cannot_begin_is_reported_and_the_others_stand(done):
    rows = pd.DataFrame(cycling.case_rows("rate", "LAGP", done))
    assert rows["status"].tolist()[:2] == ["solved", "solved"]
    assert rows["status"].iloc[2] == "cut off at once"
    assert rows["capacity_ah"].iloc[2] == 0
    assert rows["status"].iloc[3] == "solved"  # the discharge after it


def test_a_solver_failure_is_reported_with_its_reason(monkeypatch):
    cell = Cell(cycling.designs(ASSUMED)["B2O3-Bi2O3-LAGP"])
    solve = cell._step

    def fail_at_high_current(current, *rest):
        if abs(current) > 1e-3:
            raise cell._pybamm.SolverError("IDA_CONV_FAIL: too many failures")
        return solve(current, *rest)

    monkeypatch.setattr(cell, "_step", fail_at_high_current)
    good = cell.half_cycle(3e-4)
    bad = cell.half_cycle(2e-3)
    after = cell.half_cycle(-3e-4)
    assert (good.status, after.status) == ("solved", "solved")
    assert bad.status.startswith("solver failed: IDA_CONV_FAIL")
    assert after.summary["capacity_ah"] > 0


def test_more_resistance_costs_capacity_and_temperature_scales_kinetics():
    base = cycling.designs(ASSUMED)["B2O3-Bi2O3-LAGP"]
    capacity = {}
    for name, changed in {
        "base": {},
        "resistive": {"separator_ohm_cm2": 238.0},
        "slow": {"kinetics_kj_per_mol": 0.0},
        "single ion": {"electrode": "single ion", "single_ion_s_per_cm": 1e-5},
    }.items():
        cell = Cell(CellDesign(**{**vars(base), **changed}))
        current = base.current_a(3.0, 170.0)
        cell.half_cycle(current)
        capacity[name] = cell.half_cycle(-current).summary["capacity_ah"]
    assert capacity["resistive"] < 0.9 * capacity["base"]
    assert capacity["slow"] < 0.98 * capacity["base"]
    assert capacity["single ion"] < 0.99 * capacity["base"]


def test_what_is_written_reads_back(done, tmp_path):
    design = cycling.designs(ASSUMED)["LAGP"]
    table = cycling.as_recorded(done, ASSUMED, 40, np.random.default_rng(0))
    path = tmp_path / "lagp.csv"
    cycling.write_test(path, "LAGP, rate test", table)
    assert path.read_text().startswith("# SIMULATED LAGP")
    read = read_cycling(path)
    ends = read.groupby("half_cycle")["capacity_ah"].max()
    gain = 1 + ASSUMED["current_gain_percent"] / 100
    expected = [half.summary["capacity_ah"] * gain for _, _, half in done]
    np.testing.assert_allclose(ends, expected, rtol=1e-5, atol=1e-12)
    assert read["current_a"].iloc[1] == pytest.approx(gain * design.current_a(0.5, 170.0), rel=1e-5)


def test_another_machines_steps_do_not_move_the_record(done):
    """A particle 1e-9 larger makes the solver step elsewhere, as another libc does."""
    design = cycling.designs(ASSUMED)["LAGP"]
    nearly = replace(design, radius_um=design.radius_um * (1 + 1e-9))
    again = cycling.rate_test(nearly, [0.5, 5.0], cycles=1)
    tables = [cycling.as_recorded(d, ASSUMED, 40, np.random.default_rng(0)) for d in (done, again)]
    pd.testing.assert_frame_equal(*tables, rtol=RELATIVE, atol=0)


def test_wrong_designs_are_refused():
    with pytest.raises(ValueError, match="electrode must be"):
        CellDesign("x", 1.0, 1.0, electrode="dry")
    with pytest.raises(ValueError, match="loading_mg_per_cm2 must be > 0"):
        CellDesign("x", 1.0, 1.0, loading_mg_per_cm2=0.0)


def test_a_sweep_satisfies_its_own_equation():
    """The reaction's current solves i = a exp(-iR/s) before its layer chokes it."""
    assumed = assumptions.nominal(cycling_lsv.ASSUMPTIONS) | {"lsv_choking_nm": 1e13}
    voltage = np.linspace(4.0, 7.0, 50)
    current = cycling_lsv._reaction(assumed, voltage, voltage * 100, 294.0)
    slope = assumed["lsv_tafel_v"] / np.log(10)
    drop = voltage - assumed["lsv_onset_v"] - 294.0 * current
    np.testing.assert_allclose(current, 1e-6 * np.exp(drop / slope), rtol=1e-6)
    silent = cycling_lsv.sweep(assumed, 0.01, False, np.random.default_rng(0))
    assert silent["current_a"].abs().max() < 1e-6
