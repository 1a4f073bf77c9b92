"""Positions, widths and strengths against textbook numbers and an independent program."""

import numpy as np
import pytest

from compendium import reference
from nasicon.composition.model_density import cell_volume
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_lines import add_lines, add_lines_portable


def test_bragg_on_a_cubic_cell():
    """a = 5.43 A: d(111) = a/sqrt(3), and 2 d sin(theta) = lambda."""
    d = model.d_spacing([(1, 1, 1)], (5.43,) * 3 + (90.0,) * 3)
    assert d[0] == pytest.approx(5.43 / np.sqrt(3))
    angle = model.bragg_two_theta(d, 1.54)[0]
    assert 2 * d[0] * np.sin(np.radians(angle / 2)) == pytest.approx(1.54)
    assert model.d_from_two_theta(angle, 1.54) == pytest.approx(d[0])


def test_cells_of_low_symmetry():
    cell = (5.1505, 5.2116, 5.3173, 90.0, 99.23, 90.0)
    volume = 5.1505 * 5.2116 * 5.3173 * np.sin(np.radians(99.23))
    assert cell_volume(*cell) == pytest.approx(volume)
    a, c, beta = 5.1505, 5.3173, np.radians(99.23)
    d = np.sin(beta) / np.sqrt(1 / a**2 + 1 / c**2 - 2 * np.cos(beta) / (a * c))  # 101
    assert model.d_spacing([(1, 0, 1)], cell)[0] == pytest.approx(d)


def test_density_of_corundum():
    assert reference.phase("Al2O3 corundum").density == pytest.approx(3.98, abs=0.01)


def test_scherrer_and_back():
    width = model.scherrer_width_deg(42.7, 25.15, model.CU_KALPHA1)
    assert width == pytest.approx(0.191, abs=5e-4)  # 0.9 * 1.5406 / (427 cos 12.575)
    assert model.scherrer_size_nm(width, 25.15, model.CU_KALPHA1) == pytest.approx(42.7)


def test_voigt_width_inverts_olivero_longbothum():
    lorentz, gauss = 0.07, 0.06
    observed = 0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + gauss**2)
    assert model.specimen_width_deg(observed, gauss, "voigt") == pytest.approx(lorentz)
    assert np.isnan(model.specimen_width_deg(0.05, 0.06, "gaussian"))
    with pytest.raises(ValueError, match="gaussian, lorentzian or voigt"):
        model.specimen_width_deg(0.1, 0.05, "cauchy")


def test_pseudo_voigt_stands_for_a_voigt():
    from scipy.special import voigt_profile

    gauss, lorentz, x = 0.08, 0.05, np.linspace(-1, 1, 401)
    width, eta = model.thompson_cox_hastings([gauss], [lorentz])
    pattern, none, reach = np.zeros(x.size), np.zeros((4, 1, 1)), np.full(1, 9.0)
    jacobian = np.zeros((x.size, 1))
    add_lines(x, np.zeros(1), np.ones(1), width, eta, reach, pattern, none, jacobian)
    true = voigt_profile(x, gauss * model.FWHM_TO_SIGMA, lorentz / 2)
    assert np.abs(pattern - true).max() < 0.015 * true.max()


def test_march_dollase_keeps_the_sphere_average():
    mu = np.linspace(0, 1, 20001)
    for march in (0.6, 1.0, 1.7):
        mean = np.trapezoid(model.march_dollase(mu**2, march), mu)
        assert mean == pytest.approx(1.0, abs=1e-4)


def test_reference_intensity_ratio_is_strongest_line_per_mass():
    """ZnO against corundum, from |F|^2, cell and density alone."""
    lines = {}
    for name in ("ZnO", "Al2O3 corundum"):
        phase = reference.phase(name)
        angle = model.bragg_two_theta(phase.d_spacing, model.CU_KALPHA1)
        line = phase.multiplicity * phase.f_squared * model.lorentz_polarisation(angle)
        mass_in_cell, cells_squared = phase.cell_mass, phase.volume
        lines[name] = line.max() / (mass_in_cell * cells_squared)
    ratio = lines["ZnO"] / lines["Al2O3 corundum"]
    assert reference.phase("ZnO").rir == pytest.approx(ratio, rel=2e-3)
    assert reference.phase("Al2O3 corundum").rir == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["LTP", "GeO2", "ZrO2", "In2O3", "TiO2 rutile"])
def test_positions_and_intensities_against_pymatgen(name):
    """Independent program: positions within 0.02 deg, strong lines within 12 %.

    pymatgen has other scattering factors and no dispersion, hence the margin.
    """
    xrd = pytest.importorskip("pymatgen.analysis.diffraction.xrd")
    import pandas as pd
    from pymatgen.core import Structure

    folder = reference.data_reference() / "structures"
    index = pd.read_csv(folder / "index.csv", comment="#").set_index("phase")
    structure = Structure.from_file(folder / index.loc[name, "file"])
    other = xrd.XRDCalculator(model.CU_KALPHA1).get_pattern(structure, two_theta_range=(10, 90))
    ours = reference.reflections(name)
    x, y = ours["two_theta_deg"].to_numpy(), ours["relative_intensity"].to_numpy()
    strong = other.y > 10
    assert all(np.abs(x - a).min() < 0.02 for a in other.x[strong])
    ours_here, theirs_here = (  # lines that coincide are summed on both sides
        np.array([h[np.abs(p - a) < 0.05].sum() for a in other.x[strong]])
        for p, h in ((x, y), (other.x, other.y))
    )
    scaled = ours_here * theirs_here.max() / ours_here.max()
    np.testing.assert_allclose(scaled, theirs_here, rtol=0.12, atol=1.5)


def test_an_unknown_phase_suggests_near_ones():
    with pytest.raises(KeyError, match="AlPO4 cristobalite"):
        reference.phase("AlPO4 cristobalit")


def test_compiled_and_portable_lines_are_the_same():
    pytest.importorskip("numba")
    rng = np.random.default_rng(4)
    x, m, p = np.linspace(10, 60, 900), 40, 5
    lines = (
        rng.uniform(5, 65, m),
        rng.uniform(1, 9, m),
        rng.uniform(0.05, 0.4, m),
        rng.uniform(0, 1, m),
        rng.uniform(0.5, 6, m),
    )
    slopes = rng.normal(size=(4, m, p)) * (rng.uniform(size=(4, 1, p)) > 0.4)
    made = []
    for function in (add_lines, add_lines_portable):
        pattern, jacobian = np.zeros(x.size), np.zeros((x.size, p))
        function(x, *lines, pattern, slopes, jacobian)
        made.append((pattern, jacobian))
    assert add_lines is not add_lines_portable
    np.testing.assert_allclose(made[0][0], made[1][0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(made[0][1], made[1][1], rtol=1e-10, atol=1e-10)


def test_coarse_heavy_grains_hide_themselves():
    """A 50/50 mixture of NiO and Bi2O3 reads 47, 35, 22, 8 wt% of Bi2O3 at 1, 5, 10, 20 um."""
    density, absorbs = np.array([6.80, 9.37]), np.array([40.7, 211.4])
    volume = 0.5 / density
    linear = density * absorbs
    excess = linear - (volume * linear).sum() / volume.sum()
    for diameter, expected in {1: 47, 5: 35, 10: 22, 20: 8}.items():
        parts = model.particle_contrast(excess, diameter)
        assert 100 * parts[1] / parts.sum() == pytest.approx(expected, abs=0.6)
    assert model.particle_contrast(0.0, 5.0) == 1
    near = model.particle_contrast([19.9, 20.1], 10.0)  # across the switch to the series
    assert near[0] == pytest.approx(near[1], rel=5e-4)
    with pytest.raises(ValueError, match="diameter_um"):
        model.particle_contrast(1.0, 0.0)
