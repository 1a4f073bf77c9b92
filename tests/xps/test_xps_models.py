"""Line shapes, backgrounds and reference relations of photoemission."""

import numpy as np
import pytest
from scipy.integrate import quad

from nasicon.xps import model_lines

SHAPES = [
    model_lines.PseudoVoigt(0.0),
    model_lines.PseudoVoigt(1.0),
    model_lines.PseudoVoigt(0.3),
    model_lines.AsymmetricLorentzian(0.7, 10.0, 0.6, 10.0),
    model_lines.AsymmetricLorentzian(3.0, 3.0, 0.05),
]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_unit_area_width_slope_and_integral(shape):
    u = np.linspace(-0.7, 0.7, 1401)
    r = shape.reduced(u)
    above = u[r.density >= shape.reduced(0.0).density / 2]
    assert np.ptp(above) == pytest.approx(1.0, abs=0.004)
    area = quad(lambda x: float(shape.reduced(x).density), -400, 400, points=(-1, 0, 1), limit=400)
    assert area[0] == pytest.approx(1.0, abs=2e-3)
    np.testing.assert_allclose(np.gradient(r.integral, u)[1:-1], r.density[1:-1], rtol=1e-3)
    reach = np.abs(r.slope).max()
    np.testing.assert_allclose(np.gradient(r.density, u)[2:-2], r.slope[2:-2], atol=2e-3 * reach)


def test_the_integral_rises_towards_high_binding_energy():
    low, high = model_lines.PseudoVoigt(0.3).reduced([-5.0, 5.0]).integral
    assert low < 0.05
    assert high > 0.95


def test_asymmetry_is_on_the_side_of_high_binding_energy():
    r = model_lines.AsymmetricLorentzian(0.7, 10.0, 0.3, 8.0).reduced([-2.0, 2.0])
    assert r.density[1] > 10 * r.density[0]


def test_the_unblurred_apex_and_width_of_an_asymmetric_line():
    # of (1 + 4 v^2)^-alpha, ^-beta the half widths are sqrt(2^(1/p) - 1)/2 each
    sharp = model_lines.AsymmetricLorentzian(2.0, 4.0, 0.02, 12.0)
    width = sum(np.sqrt(2 ** (1 / p) - 1) / 2 for p in (2.0, 4.0))
    assert sharp.width_before_blur == pytest.approx(1 / width, rel=0.03)
    assert sharp.apex_before_blur == pytest.approx(0.0, abs=0.03)


def test_shares_of_height_become_shares_of_area():
    shape = model_lines.PseudoVoigt.from_height(0.3)
    height = shape.reduced(0.0).density
    assert shape.eta * model_lines.lorentzian(0.0).density / height == pytest.approx(0.3)


def test_a_voigt_profile_has_gaussian_and_lorentzian_limits():
    energy = np.linspace(-3, 3, 61)
    np.testing.assert_allclose(
        model_lines.voigt(energy, 0.0, 1.4, 1e-9),
        model_lines.gaussian(energy / 1.4).density / 1.4,
        rtol=1e-4,
    )
    np.testing.assert_allclose(
        model_lines.voigt(energy, 0.0, 1e-9, 1.4),
        model_lines.lorentzian(energy / 1.4).density / 1.4,
        rtol=1e-6,
    )


def test_tougaard_background_of_a_spike():
    energy = np.arange(0.0, 60.0, 0.1)
    spike = np.zeros_like(energy)
    spike[100] = 10.0  # area 1 at 10 eV
    universal = model_lines.Tougaard(1643.0).background(energy, spike)
    assert not universal[:101].any()  # losses appear at higher binding energy only
    peak = energy[np.argmax(universal)] - 10.0
    assert peak == pytest.approx(np.sqrt(1643 / 3), abs=0.1)  # maximum of T/(C + T^2)^2
    gap = model_lines.Tougaard(551.0, 436.0, 3.0).background(energy, spike)
    assert not gap[:130].any()
    assert gap[200] == pytest.approx(10 / ((551 - 100) ** 2 + 436 * 100), rel=1e-6)


def test_phosphate_spacing():
    assert model_lines.phosphate_spacing_ev(153.0) == pytest.approx(375.54 - 320.77 + 0.017 * 153)


def test_single_peak_and_share():
    assert model_lines.boron_share(3 / 3, 2.0) == pytest.approx(1 / 3)
    assert model_lines.single_peak(191.0, 193.0, 0.25) == pytest.approx(191.5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: model_lines.PseudoVoigt(1.2),
        lambda: model_lines.AsymmetricLorentzian(-1.0, 2.0),
        lambda: model_lines.AsymmetricLorentzian(1.0, 2.0, blur=0.0),
    ],
)
def test_wrong_shapes(make):
    with pytest.raises(ValueError, match="must"):
        make()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.98])
def test_a_voigt_profile_of_unit_width_is_that_of_scipy(share):
    u, step = np.linspace(-4, 4, 1601)[None], 1e-5
    found, by_share = model_lines.voigt_of(u, np.array([[share]]))
    width = 0.5346 * share + np.sqrt(0.2166 * share**2 + (1 - share) ** 2)
    right = model_lines.voigt(u, 0.0, (1 - share) / width, max(share / width, 1e-12))
    np.testing.assert_allclose(found.density, right, atol=3e-5 * right.max())
    np.testing.assert_allclose(
        np.gradient(found.integral[0], u[0])[1:-1], right[0][1:-1], atol=1e-3
    )
    above = u[found.density >= right.max() / 2]
    assert np.ptp(above) == pytest.approx(1.0, abs=0.011)  # two steps
    more, less = (model_lines.voigt_of(u, np.array([[share + s]]))[0] for s in (step, -step))
    for name in ("density", "integral"):
        slope = (getattr(more, name) - getattr(less, name)) / (2 * step)
        np.testing.assert_allclose(getattr(by_share, name), slope, atol=1e-6)
