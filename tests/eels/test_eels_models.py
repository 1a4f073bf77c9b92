"""Cross-sections of core losses, films in projection, counting."""

import numpy as np
import pytest

from nasicon.core import statistics
from nasicon.eels import model_boundary, model_edges


def test_relativistic_beam():
    beam = model_edges.Beam(100e3, 0.01)
    assert beam.kinetic_ev == pytest.approx(76.8e3, rel=2e-3)  # m0 v^2/2 at 100 kV, v = 0.548 c
    assert beam.characteristic_angle(284.0) == pytest.approx(1.55e-3, rel=0.01)


def test_boron_cross_section_has_the_right_size():
    # Bethe: the whole K shell at 100 kV from the inverse velocity; within 10 mrad and 100 eV a part
    energy = np.arange(188.0, 288.0, 0.25)
    sigma = model_edges.Edge("B K", 188.0, 1.4, 2.14, 0.5).per_ev_cm2(
        energy, model_edges.Beam(100e3, 0.01)
    )
    assert 5e-21 < np.trapezoid(sigma, energy) < 3e-20


def test_oscillator_strength_sum_of_the_k_shell():
    # photoabsorption integrates to 109.76 Mb eV per electron, less what falls below the edge
    energy = np.geomspace(188.0, 1e5, 4000)
    total = np.trapezoid(model_edges.Edge("B K", 188.0, 1.4, 2.14, 0.1).photo_mb(energy), energy)
    assert 1.3 < total / model_edges.MB_EV_PER_OSCILLATOR < 2.6


def test_photoabsorption_of_the_reference_table_closes_with_the_tables():
    xraydb = pytest.importorskip("xraydb")
    import pandas as pd

    from compendium.paths import repository_root

    path = repository_root() / "data/reference/eels_edges.csv"
    table = pd.read_csv(path, comment="#").set_index("edge")
    atom_cm2 = 10.81 / 6.02214076e23
    energy = np.array([190.0, 220.0, 300.0])
    below = xraydb.mu_elam("B", np.array([170.0, 187.0]), kind="photo") * atom_cm2 * 1e18
    slope = np.log(below[1] / below[0]) / np.log(187 / 170)
    rest = below[1] * (energy / 187) ** slope
    tables = xraydb.mu_elam("B", energy, kind="photo") * atom_cm2 * 1e18 - rest
    row = table.loc["B K (BO4)"]
    ours = row["cross_section_mb"] * (energy / row["elemental_ev"]) ** -row["decay"]
    np.testing.assert_allclose(ours, tables, rtol=0.05)
    assert xraydb.xray_edge("P", "L1").energy == table.loc["P L1", "elemental_ev"]


def test_plural_scattering_moves_counts_up_and_keeps_the_start():
    energy = np.arange(100.0, 400.0, 0.5)
    single = np.where(energy > 150, 1.0, 0.0)
    thick = model_edges.plural(energy, single, 0.5)
    before = energy < 150
    assert not thick[before].any()
    assert thick[energy == 152][0] == pytest.approx(1.0, abs=0.02)
    assert thick[energy == 350][0] == pytest.approx(np.exp(0.5), rel=0.05)


def test_projected_film_keeps_its_material():
    x = np.linspace(-20, 20, 8001)
    for tilt in (0.0, 1.0, 5.0, 20.0):
        share = model_boundary.projected_profile(x, 2.0, 35.0, tilt)
        expected = 2.0 / np.cos(np.radians(tilt))
        assert np.trapezoid(share, x) == pytest.approx(
            expected, abs=6e-3
        )  # one grid step at a jump


@pytest.mark.parametrize(("foil", "tilt"), [(20.0, 1.0), (35.0, 2.0), (50.0, 5.0)])
def test_apparent_thickness_is_read_off_the_profile(foil, tilt):
    x = np.linspace(-8, 8, 160001)
    read = np.ptp(x[model_boundary.projected_profile(x, 2.0, foil, tilt) > 0])
    assert model_boundary.apparent_thickness_nm(2.0, foil, tilt) == pytest.approx(read, abs=1e-3)


def test_widening_by_hand():
    assert model_boundary.projected_widening_nm(50.0, 3.0) == pytest.approx(2.62, abs=0.005)


def test_boron_balance_by_hand():
    # B2O3: 2 x 1.83 x 0.6022/69.62 mol per cm3 = 31.7 B per nm3
    assert model_boundary.boron_per_nm3("B2O3", 1.83) == pytest.approx(31.66, abs=0.01)
    grain = model_boundary.largest_grain_nm(3.5, 0.75, 0.1, 0.217, 31.66)
    assert grain == pytest.approx(3 * 3.5 * 31.66 * 0.217 / 0.075, rel=1e-9)


def test_counts_needed_reach_exactly_k_sigma():
    need = statistics.counts_needed(0.1, relative_error=0.02)
    signal, noise = 0.1 * need, np.sqrt(1.1 * need + (0.02 * need) ** 2)
    assert signal / noise == pytest.approx(3.0)
    assert np.isinf(statistics.counts_needed(0.05, relative_error=0.02))


@pytest.mark.parametrize(
    "call",
    [
        lambda: model_edges.Beam(60.0, 24.9),
        lambda: model_boundary.projected_profile(0.0, 0.0, 35.0, 1.0),
        lambda: statistics.counts_needed(0.0),
        lambda: statistics.generated_xrays(2, 2e4, 0.1, 1.5e4),
    ],
)
def test_impossible_values(call):
    with pytest.raises(ValueError, match=r"need|must"):
        call()
