"""Equations of transport against numbers worked out by hand, CODATA and printed values."""

import numpy as np
import pytest
from scipy import constants

from nasicon.core.constants import (
    AVOGADRO_PER_MOL,
    BOLTZMANN_EV_PER_K,
    ELEMENTARY_CHARGE_C,
    VACUUM_PERMITTIVITY_F_PER_CM,
    kelvin,
)
from nasicon.transport import model_conduction as model


def test_constants_are_codata():
    assert pytest.approx(constants.k / constants.e, rel=1e-9) == BOLTZMANN_EV_PER_K
    assert constants.e == ELEMENTARY_CHARGE_C
    assert constants.N_A == AVOGADRO_PER_MOL
    assert pytest.approx(constants.epsilon_0 / 100, rel=1e-8) == VACUUM_PERMITTIVITY_F_PER_CM


def test_geometry_by_hand():
    assert model.disc_area_cm2(10.0) == pytest.approx(0.7853982)
    assert model.geometric_factor_per_cm(1.0, 10.0) == pytest.approx(0.1273240)
    assert model.conductivity(100.0, 1.0, 10.0) == pytest.approx(1.273240e-3)
    # 0.1273240/2.02e-3, the bulk of a pellet 1 mm by 10 mm
    assert model.resistance(2.02e-3) == pytest.approx(63.0317, rel=1e-5)
    ohms = np.array([10.0, 20.0])
    np.testing.assert_allclose(model.resistance(model.conductivity(ohms, 2.1, 8), 2.1, 8), ohms)


@pytest.mark.parametrize(
    ("ohm", "printed"),
    # R and sigma as the authors of the s04147 series print them (0.21 cm by 0.80 cm)
    [(1.462e5, 2.857e-6), (2.012e6, 2.076e-7), (7.949e4, 5.256e-6), (9.502e4, 4.397e-6)],
)
def test_conductivity_against_printed_pairs(ohm, printed):
    assert model.conductivity(ohm, 2.1, 8.0) == pytest.approx(printed, rel=5e-4)


def test_series_of_bulk_and_boundary():
    # 1/(1/2.02e-3 + 1/1.22e-4) = 1/(495.0495 + 8196.7213)
    assert model.series_conductivity(2.02e-3, 1.22e-4) == pytest.approx(1.150514e-4, rel=1e-6)
    assert model.series_conductivity(3.0) == 3.0


def test_arrhenius_by_hand():
    # 0.27 eV/k (1/298.15 - 1/393.15) = 2.53940, e^2.53940 = 12.6721
    assert model.arrhenius(120.0, 1.12e-4, 0.27) == pytest.approx(1.41927e-3, rel=1e-4)
    assert model.arrhenius(120.0, 1.03e-3, 0.17) == pytest.approx(5.0957e-3, rel=1e-4)
    assert model.arrhenius(25.0, 1.12e-4, 0.27) == pytest.approx(1.12e-4)
    ratio = model.arrhenius(120.0, 1.0, 0.27, convention="sigma_T") / model.arrhenius(
        120.0, 1.0, 0.27
    )
    assert ratio == pytest.approx(298.15 / 393.15)


def test_prefactor_by_hand_and_against_arrhenius():
    # 0.27/(8.617333e-5 * 298.15) = 10.50884; e^10.50884 = 36638
    assert model.prefactor(1.12e-4, 0.27) == pytest.approx(4.1034, rel=1e-4)
    assert model.prefactor(1.12e-4, 0.27, convention="sigma_T") == pytest.approx(
        4.1034 * 298.15, rel=1e-4
    )
    # the two glass-ceramics as printed: ratio 5.3
    assert model.prefactor(1.12e-4, 0.27) / model.prefactor(1.03e-3, 0.17) == pytest.approx(
        5.33, abs=0.01
    )
    for convention in ("sigma", "sigma_T"):
        sigma = model.arrhenius(80.0, 1e-4, 0.3, convention=convention)
        a = model.prefactor(sigma, 0.3, 80.0, convention)
        assert a == pytest.approx(float(model.prefactor(1e-4, 0.3, 25.0, convention)))


def test_the_conventions_differ_by_29_mev_from_25_to_120_degc():
    # k ln(393.15/298.15)/(1/298.15 - 1/393.15)
    assert model.convention_shift_ev(25, 120) == pytest.approx(0.0294, abs=5e-5)
    assert model.convention_shift_ev(140, 200) == pytest.approx(0.0381, abs=5e-5)
    t = np.array([25.0, 120.0])
    sigma = model.arrhenius(t, 1e-4, 0.30, convention="sigma_T")
    assert 0.30 - model.apparent_activation_energy_ev(t, sigma) == pytest.approx(0.0294, abs=5e-5)


def test_apparent_activation_energy_of_one_process_is_its_own():
    t = [25, 40, 60, 80, 100, 120]
    energy = model.apparent_activation_energy_ev(t, model.arrhenius(t, 1e-4, 0.27))
    assert energy == pytest.approx(0.27, abs=1e-12)


@pytest.mark.parametrize(("sigma", "mhz"), [(3.04e-3, 364), (2.02e-3, 242), (1.41e-3, 169)])
def test_bulk_apexes_lie_far_above_10_mhz(sigma, mhz):
    assert model.relaxation_frequency_hz(sigma, 15.0) == pytest.approx(mhz * 1e6, rel=3e-3)


def test_brick_layer_by_hand():
    # 1.22e-4 * 2 nm/1000 nm = 2.44e-7 S/cm; /(2 pi 8.8542e-14 15) = 29.240 kHz
    assert model.brick_layer_apex_hz(1.22e-4, 2.0, 1.0, 15.0) == pytest.approx(29240, rel=1e-4)
    # geometric 10.431 pF times 700/2 and 1700/2
    assert model.brick_layer_capacitance_f(2.0, 0.7) == pytest.approx(3.651e-9, rel=1e-3)
    assert model.brick_layer_capacitance_f(2.0, 1.7) == pytest.approx(8.866e-9, rel=1e-3)
    assert model.specific_boundary_conductivity(1.22e-4, 1e-11, 5e-9) == pytest.approx(2.44e-7)


def test_the_apex_of_the_boundary_arc_is_its_own_rc():
    """sigma_specific/(2 pi eps) must be 1/(2 pi R C) with the brick layer's R and C."""
    r = float(model.resistance(1.22e-4))
    c = model.brick_layer_capacitance_f(2.0, 1.0)
    assert model.brick_layer_apex_hz(1.22e-4, 2.0, 1.0, 15.0) == pytest.approx(
        1 / (2 * np.pi * r * c)
    )


def test_mixtures_and_jumps_by_hand():
    assert model.bruggeman_ratio(0.90, 0.80) == pytest.approx(1.193243, rel=1e-6)  # 1.125^1.5
    assert model.coated_sphere_conductivity(1e-6, 0.01) == pytest.approx(298e-6)
    # n q^2 a^2/(6 k) with n 1e22 cm-3, a 3e-8 cm: 2.31029e-31/8.283894e-23 = 2.78889e-9
    assert model.attempt_frequency_hz(1e4, 1e22, 3e-8) == pytest.approx(3.58566e12, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kelvin(-300.0), "temperature_c must be above -273.15, got -300"),
        (lambda: kelvin([25.0, -273.15]), "temperature_c must be above -273.15"),
        (lambda: model.disc_area_cm2(0.0), "diameter_mm must be > 0 and finite, got 0.0"),
        (lambda: model.disc_area_cm2(float("nan")), "diameter_mm must be > 0 and finite, got nan"),
        (lambda: model.disc_area_cm2(float("inf")), "diameter_mm must be > 0 and finite, got inf"),
        (lambda: model.conductivity(1.0, -1.0, 10.0), "thickness_mm must be > 0 .*got -1.0"),
        (lambda: model.conductivity(1.0, None, 10.0), "thickness_mm is missing"),
        (lambda: model.conductivity(1.0, 1.0, None), "diameter_mm is missing"),
        (lambda: model.brick_layer_capacitance_f(0.0, 1.0), "film_nm must be > 0"),
        (lambda: model.attempt_frequency_hz(1.0, 0.0, 1.0), "carriers_per_cm3 must be > 0"),
        (
            lambda: model.arrhenius(25.0, 1.0, 0.3, convention="ln sigma"),
            'convention must be "sigma" or "sigma_T", got \'ln sigma\'',
        ),
        (lambda: model.prefactor(1.0, 0.3, convention="T"), 'convention must be "sigma"'),
    ],
)
def test_bad_quantities_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
