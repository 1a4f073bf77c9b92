"""Densities against tabulated minerals and arithmetic by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.paths import repository_root
from nasicon.composition import model_density as model
from nasicon.composition import model_formulas


def test_cells_give_tabulated_densities():
    cells = pd.read_csv(repository_root() / "data/reference/cells.csv", comment="#")
    cells = cells.set_index("phase")
    handbook = {  # g cm-3, densities as minerals or handbook values
        "AlPO4 berlinite": 2.62,
        "TiO2 anatase": 3.89,
        "TiO2 rutile": 4.25,
        "GeO2 quartz type": 4.28,
        "Li2O": 2.01,
    }
    for phase, expected in handbook.items():
        row = cells.loc[phase]
        volume = model.cell_volume(
            *row[["a_angstrom", "b_angstrom", "c_angstrom", "alpha_deg", "beta_deg", "gamma_deg"]]
        )
        rho = model.theoretical_density(
            model_formulas.molar_mass(row["formula"]), row["formula_units"], volume
        )
        assert rho == pytest.approx(expected, rel=0.01), phase
        assert isinstance(row["source"], str)


def test_cell_volume_by_hand():
    assert model.cell_volume(2.0) == pytest.approx(8.0)
    assert model.hexagonal_volume(8.5, 20.8) == pytest.approx(8.5**2 * 20.8 * math.sqrt(3) / 2)
    assert model.cell_volume(3, 4, 5, beta=113) == pytest.approx(60 * math.sin(math.radians(113)))
    # a rhombohedron of 60 degrees is a quarter of the cube of edge a sqrt(2)
    assert model.cell_volume(1.0, alpha=60, beta=60, gamma=60) == pytest.approx(2**1.5 / 4)
    with pytest.raises(ValueError, match="close no unit cell"):
        model.cell_volume(1, 1, 1, 30, 30, 120)
    with pytest.raises(ValueError, match="a must be > 0"):
        model.cell_volume(0)


def test_mixture_by_hand():
    # 80 g of 4 g/cm3 (20 cm3) and 20 g of 2 g/cm3 (10 cm3): 100 g in 30 cm3
    assert model.mixture_density([80, 20], [4, 2]) == pytest.approx(100 / 30)
    np.testing.assert_allclose(model.volume_fractions([80, 20], [4, 2]), [2 / 3, 1 / 3])
    assert model.mixture_density([0.8, 0.2], [4, 2]) == pytest.approx(100 / 30)


@pytest.mark.parametrize(
    ("weights", "densities", "message"),
    [
        ([], [], "one density per weight"),
        ([1, 2], [1], "one density per weight"),
        ([1, -1], [1, 1], "must not be negative"),
        ([0, 0], [1, 1], "nor all zero"),
        ([1, math.nan], [1, 1], "must not be negative"),
        ([1, 1], [1, 0], "densities must be > 0"),
    ],
)
def test_bad_mixtures(weights, densities, message):
    with pytest.raises(ValueError, match=message):
        model.mixture_density(weights, densities)


def test_archimedes_recovers_a_body_of_known_volumes():
    # 10 cm3 of solid at 2.93, 1.2 cm3 of open and 0.5 cm3 of closed pores, in ethanol
    solid, open_pores, closed, liquid = 10.0, 1.2, 0.5, 0.789
    dry = solid * 2.93
    suspended = dry - (solid + closed) * liquid
    soaked = dry + open_pores * liquid
    found = model.archimedes(dry, suspended, soaked, liquid)
    outer = solid + open_pores + closed
    assert found.bulk_density == pytest.approx(dry / outer)
    assert found.apparent_density == pytest.approx(dry / (solid + closed))
    assert found.open_porosity == pytest.approx(100 * open_pores / outer)


@pytest.mark.parametrize("masses", [(1.0, 1.2, 1.3), (1.0, 0.6, 0.9)])
def test_archimedes_with_weighings_mixed_up(masses):
    with pytest.raises(ValueError, match="suspended < dry <= soaked"):
        model.archimedes(*masses, 1.0)


def test_relative_density_is_not_clipped():
    assert model.relative_density(3.0, 2.94) == pytest.approx(102.0408, rel=1e-5)
