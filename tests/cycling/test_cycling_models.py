"""The open-circuit curve, the quasi-steady cell and Faraday's law against independent values."""

import numpy as np
import pytest
from scipy.optimize import brentq

from nasicon.cycling import model_cells
from nasicon.cycling.model_cells import QuasiSteadyCell, nmc622_lithium, nmc622_ocv


def test_the_curve_is_the_one_of_pybamms_parameter_set():
    pybamm_set = pytest.importorskip("pybamm").ParameterValues("MSMR_Example")
    for j in range(4):
        assert (
            model_cells.NMC622_U0_V[j]
            == pybamm_set[f"Positive electrode host site standard potential ({j}) [V]"]
        )
        assert (
            model_cells.NMC622_SHARE[j]
            == pybamm_set[f"Positive electrode host site occupancy fraction ({j})"]
        )
        assert (
            model_cells.NMC622_OMEGA[j]
            == pybamm_set[f"Positive electrode host site ideality factor ({j})"]
        )


def test_curve_and_inverse():
    voltage = np.linspace(2.6, 4.5, 200)
    np.testing.assert_allclose(nmc622_ocv(nmc622_lithium(voltage)), voltage, atol=1e-4)
    assert (np.diff(nmc622_lithium(voltage)) < 0).all()
    # in the middle of a gallery that stands alone half of it is filled
    assert nmc622_lithium(10.0) < 1e-9
    assert nmc622_lithium(0.0) == pytest.approx(1.0, abs=1e-9)


def test_theoretical_capacity_with_the_weights_of_periodictable():
    formula = pytest.importorskip("periodictable").formula("LiNi0.6Co0.2Mn0.2O2")
    assert model_cells.specific_capacity_mah_per_g(formula.mass) == pytest.approx(276.5, abs=0.1)
    # lithium metal, a textbook value
    assert model_cells.specific_capacity_mah_per_g(6.94) == pytest.approx(3861, abs=2)


def test_separator_and_current():
    # 1 mm, 8.4e-5 S/cm, 0.35 eV, 65 degC
    by_hand = 0.1 / (8.4e-5 * np.exp(0.35 / 8.617333e-5 * (1 / 298.15 - 1 / 338.15)))
    assert model_cells.separator_asr_ohm_cm2(8.4e-5, 1.0, 65.0, 0.35) == pytest.approx(
        by_hand, rel=1e-6
    )
    assert model_cells.areal_current_a_per_cm2(5, 2.0, 170.0) == pytest.approx(1.7e-3)


def test_at_no_current_the_cell_gives_its_open_circuit_capacity():
    cell = QuasiSteadyCell(300.0, 2.0, open_circuit_mah_per_g=165.0)
    assert cell.capacity_mah_per_g(1e-9) == pytest.approx(165.0, rel=1e-4)
    assert cell.voltage(0.5, 0.0) == pytest.approx(nmc622_ocv(0.5))


def test_an_ohmic_cell_loses_what_the_drop_takes():
    """With nothing but a resistance the ends of charge are on the open-circuit curve."""
    cell = QuasiSteadyCell(
        200.0, 2.0, diffusion_s=1e-9, exchange_a_per_cm2=1e9, pore_ohm_cm2_per_mg=0.0
    )
    i = 1e-3
    low, high = (
        brentq(lambda u, x=x: float(nmc622_lithium(u)) - x, 2.0, 5.0)
        for x in (nmc622_lithium(2.5 + 0.2), nmc622_lithium(4.2 - 0.2))
    )
    expected = cell.site_mah_per_g * float(nmc622_lithium(low) - nmc622_lithium(high))
    assert cell.capacity_mah_per_g(i) == pytest.approx(expected, rel=1e-3)


def test_the_resistance_limit_is_where_the_share_is_left():
    loading = np.array([0.5, 1.0, 2.0, 40.0])
    current = model_cells.areal_current_a_per_cm2(5, loading, 170.0)
    limit = QuasiSteadyCell(0.0, loading).resistance_limit_ohm_cm2(current, 0.8)
    assert np.isnan(limit[-1])
    cell = QuasiSteadyCell(limit[:3], loading[:3])
    left = cell.capacity_mah_per_g(current[:3]) / cell.open_circuit_mah_per_g
    np.testing.assert_allclose(left, 0.8, rtol=1e-3)
    with pytest.raises(ValueError, match="share must be"):
        QuasiSteadyCell(0.0, 1.0).resistance_limit_ohm_cm2(1e-3, 1.5)


def test_layer():
    # 96485 C decompose a mole: one cm3/mol over one cm2 is 1e7 nm
    assert model_cells.layer_nm(96485.33212, 1, 1.0) == pytest.approx(1e7)
