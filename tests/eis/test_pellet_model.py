"""The physical pellet: limits, its circuit where it is one, and the declared noise."""

import numpy as np
import pytest
from impedance.models.circuits.elements import circuit_elements as oracle

from nasicon.eis.model_pellet import Pellet, noise_level

F = np.geomspace(1e7, 1, 29)


def test_bulk_capacitance_is_geometric():
    # 15 * 8.8542e-14 F/cm * 0.785398 cm2 / 0.1 cm
    assert Pellet(100.0).bulk_f == pytest.approx(10.431e-12, rel=1e-4)
    assert Pellet(100.0, thickness_mm=2.0).bulk_f == pytest.approx(5.2155e-12, rel=1e-4)


def test_direct_current_sees_every_resistance():
    pellet = Pellet(60.0, 1000.0, boundary_gamma=0.8, lead_ohm=0.5, electrode_q=1e12)
    assert pellet.impedance([1e-6])[0] == pytest.approx(1060.5, rel=1e-9)


def test_high_frequency_leaves_leads_and_inductance():
    z = Pellet(60.0, 1000.0, lead_ohm=0.5, inductance_h=2e-7).impedance([1e14])[0]
    assert z.real == pytest.approx(0.5, rel=1e-3)
    assert z.imag == pytest.approx(2 * np.pi * 1e14 * 2e-7)


def test_stray_capacitance_shorts_the_sample_but_not_the_leads():
    z = Pellet(1e6, 1e6, boundary_f=1e-3, lead_ohm=2.0, stray_f=3e-12).impedance([1e9])[0]
    total = 3e-12 + Pellet(1.0).bulk_f  # the boundary is a short at 1 GHz
    assert z == pytest.approx(2.0 + 1 / (2j * np.pi * 1e9 * total), rel=1e-4)


def test_symmetric_arcs_are_the_circuit_of_impedance_py():
    pellet = Pellet(
        60.0, 1000.0, boundary_f=5e-9, boundary_alpha=0.9, lead_ohm=0.5, inductance_h=2e-7
    )
    q = (1000.0 * 5e-9) ** 0.9 / 1000.0
    arc = 1 / (1 / oracle["R"]([1000.0], F) + 1 / oracle["CPE"]([q, 0.9], F))
    bulk = 1 / (1 / oracle["R"]([60.0], F) + 1 / oracle["C"]([pellet.bulk_f], F))
    rest = oracle["CPE"]([5e-6, 0.85], F) + oracle["R"]([0.5], F) + oracle["L"]([2e-7], F)
    np.testing.assert_allclose(pellet.impedance(F), arc + bulk + rest, rtol=1e-12)


def test_a_glass_has_no_boundary():
    both = Pellet(1e5).impedance(F), Pellet(1e5, 0.0, boundary_f=1e-6).impedance(F)
    np.testing.assert_array_equal(*both)


def test_skew_keeps_the_ends_and_changes_the_arc():
    even, skew = (Pellet(60.0, 1000.0, boundary_gamma=g, electrode_q=1e12) for g in (1, 0.8))
    assert skew.impedance([1e-3])[0] == pytest.approx(even.impedance([1e-3])[0], rel=1e-6)
    apex = 1 / (2 * np.pi * 1000.0 * 1e-9)
    assert abs(skew.impedance([apex])[0] - even.impedance([apex])[0]) > 50


def test_systematic_errors_grow_with_frequency():
    clean = Pellet(60.0, 1000.0).impedance(F)
    turned = Pellet(60.0, 1000.0, phase_error_deg=3.0, gain_error_percent=2.0).impedance(F)
    ratio = turned / clean
    assert np.degrees(np.angle(ratio[0])) == pytest.approx(3.0)
    assert abs(ratio[0]) == pytest.approx(1.02)
    one_mhz = np.argmin(np.abs(F - 1e6))
    assert np.degrees(np.angle(ratio[one_mhz])) == pytest.approx(0.3, rel=1e-6)
    np.testing.assert_allclose(ratio[-1], 1.0, atol=1e-7)


def test_noise_level_at_the_declared_points():
    level = noise_level(np.array([1.0, 1e5, 1e6, 1e7, 1e8]))
    np.testing.assert_allclose(level, [0.002, 0.002, 0.01, 0.03, 0.03])
    assert noise_level(np.array([10**6.5]))[0] == pytest.approx(np.sqrt(0.01 * 0.03))
