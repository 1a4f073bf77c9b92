"""Line-shape equations against an independent program and against arithmetic."""

import numpy as np
import pytest

from nasicon.nmr import model_lines

LARMOR = 192.39


def ours(ppm, cq, eta, fwhm, delta=10.0):
    t = np.arange(800) / (200 * LARMOR)
    phase = (2 * np.pi * cq**2 / LARMOR * 1e6 * t)[None]
    signal = model_lines.interpolated_signal(phase, np.array([eta]))[0][0]
    signal = (
        signal * np.exp(2j * np.pi * delta * LARMOR * t) * model_lines.broadening(t, fwhm * LARMOR)
    )
    signal[0] /= 2
    turn = np.exp(-2j * np.pi * np.outer(ppm, t) * LARMOR)
    return 2 * (turn @ signal).real * t[1] * LARMOR


@pytest.mark.parametrize(
    ("cq", "eta", "speed_hz", "tolerance"),
    [(2.6, 0.2, 15e3, 0.004), (3.2, 0.7, 15e3, 0.006), (2.6, 0.2, 1e9, 0.003)],
)
def test_line_shape_equals_mrsimulator(cq, eta, speed_hz, tolerance):
    mrsimulator = pytest.importorskip("mrsimulator")
    from mrsimulator.method import SpectralDimension
    from mrsimulator.method.lib import BlochDecayCTSpectrum

    count = 4096
    method = BlochDecayCTSpectrum(
        channels=["11B"],
        magnetic_flux_density=model_lines.field_t("11B", LARMOR),
        rotor_frequency=speed_hz,
        spectral_dimensions=[SpectralDimension(count=count, spectral_width=120 * LARMOR)],
    )
    site = mrsimulator.Site(
        isotope="11B", isotropic_chemical_shift=10.0, quadrupolar={"Cq": cq * 1e6, "eta": eta}
    )
    run = mrsimulator.Simulator(
        spin_systems=[mrsimulator.SpinSystem(sites=[site])], methods=[method]
    )
    run.config.integration_density = 100
    run.run()
    data = run.methods[0].simulation.real
    ppm = np.asarray(data.x[0].coordinates.to("ppm").value)
    theirs = np.asarray(data.y[0].components[0])
    theirs = theirs / theirs.sum() / abs(ppm[1] - ppm[0])
    blur = np.exp(-4 * np.log(2) * (ppm - ppm[count // 2]) ** 2)
    blur = np.fft.fft(np.fft.ifftshift(blur / blur.sum()))
    theirs = np.fft.ifft(np.fft.fft(theirs) * blur).real
    mine = ours(ppm, cq, eta, 1.0)
    inside = np.abs(ppm) < 40
    assert np.abs(mine - theirs)[inside].max() < tolerance * theirs.max()
    assert ppm[inside][mine[inside].argmax()] == ppm[inside][theirs[inside].argmax()]


def test_centre_of_gravity_is_the_powder_average():
    cos_beta, cos_2alpha, weights = model_lines.powder()
    for eta in (0.0, 0.3, 1.0):
        average = weights @ model_lines.reduced_shift(cos_beta, cos_2alpha, eta)
        by_formula = model_lines.second_order_shift_ppm(2.6, eta, LARMOR)
        assert average * (2.6 / LARMOR) ** 2 * 1e6 == pytest.approx(by_formula, rel=1e-12)


def test_second_order_shift_by_hand():
    # (1/40) (2.6/192.39)^2 1e6 (1 + 0.04/3) = 4.565868 * 1.0133333
    assert model_lines.second_order_shift_ppm(2.6, 0.2, 192.39) == pytest.approx(-4.6267, abs=1e-4)
    # spin 5/2: 3/40 * 8 / 100 = 6e-3
    assert model_lines.second_order_shift_ppm(1.0, 0.0, 1000.0, spin=2.5) == pytest.approx(-6e-3)


def test_interpolation_is_close_to_the_quadrature():
    rng = np.random.default_rng(3)
    phase = np.sort(rng.uniform(0, 2000, 200))
    cos_beta, cos_2alpha, weights = model_lines.powder()
    for eta in (0.0, 0.137, 0.71, 1.0):
        shift = model_lines.reduced_shift(cos_beta, cos_2alpha, eta)
        exact = np.exp(1j * phase[:, None] * shift) @ weights
        close = model_lines.interpolated_signal(phase[None], np.array([eta]))[0][0]
        assert np.abs(close - exact).max() < 1e-3


def test_derivatives_of_the_signal_are_exact():
    phase, eta, h = np.linspace(0, 1500, 101)[None], np.array([0.43]), 1e-5
    _, by_phase, by_eta = model_lines.interpolated_signal(phase, eta)

    def value(p, e):
        return model_lines.interpolated_signal(p, e)[0]

    numeric = (value(phase + h, eta) - value(phase - h, eta)) / (2 * h)
    assert np.allclose(by_phase[:, 1:], numeric[:, 1:], atol=1e-6)
    numeric = (value(phase, eta + h) - value(phase, eta - h)) / (2 * h)
    assert np.allclose(by_eta, numeric, atol=1e-4)


def test_one_magnet_for_both_nuclei():
    assert model_lines.proton_frequency_mhz("31P", 242.76) == pytest.approx(599.693, abs=1e-3)
    assert model_lines.field_t("11B", 192.39) == pytest.approx(14.084, abs=1e-3)
    with pytest.raises(ValueError, match="nucleus must be one of"):
        model_lines.field_t("12C", 100.0)
