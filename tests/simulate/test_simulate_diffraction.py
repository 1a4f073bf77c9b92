"""Simulated patterns: printed numbers in, instrument-like files out, truth apart."""

from dataclasses import replace

import numpy as np
import pytest

from compendium import published
from compendium.ledger.build import verdicts
from compendium.simulate import assumptions
from compendium.simulate import diffraction as simulate
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.read_files import read_pattern

NOMINAL = assumptions.nominal(simulate.ASSUMPTIONS)
SAMPLES = {s.name: s for s in simulate.SAMPLES}


def test_ten_samples_of_the_papers():
    assert set(SAMPLES) == set(published.facts().tables["samples"]["sample"])


def test_glass_share_is_what_crystallinity_leaves():
    made = simulate.recipe(SAMPLES["GC-LATBP"], NOMINAL)
    assert made.glass_share == pytest.approx(0.11)
    assert simulate.recipe(SAMPLES["G-LATP"], NOMINAL).glass_share == 1.0


def test_aluminium_is_conserved():
    """Al in AlPO4 and in the crystals is the nominal 0.3 per formula unit."""
    made = simulate.recipe(SAMPLES["GC-LATP"], NOMINAL, alpo4=3.0)
    share = 0.03 * 0.95  # of the sample: 3 % of the crystals, which are 95 % of it
    in_alpo4 = share / 121.95 * 383.37 / (1 - share)
    assert made.x_al + in_alpo4 == pytest.approx(0.3, abs=1e-5)


@pytest.mark.parametrize("key", ["gclatp", "gclatbp"])
def test_alpo4_of_the_sample_is_that_of_the_ledger(key):
    """Height ratio to weight by the strongest lines, times the crystalline share."""
    sample = next(s for s in simulate.SAMPLES if s.key == key)
    made = simulate.recipe(sample, NOMINAL)
    of_sample = 100 * made.weights["AlPO4 cristobalite"] * (1 - made.glass_share)
    row = verdicts(published.facts())["check", f"A-alpo4-rir-{key}"]
    assert of_sample == pytest.approx(row.computed)


@pytest.mark.parametrize("size_nm", [30.0, 60.0, 200.0])
def test_a_pattern_has_the_printed_ratio_of_heights(size_nm):
    """15 % of strongest lines, measured on the pattern itself, with nothing beside the crystals."""
    assumed = NOMINAL | {"size_nm": size_nm, "background_share": 0.0, "strain_percent": 0.0}
    made = simulate.recipe(SAMPLES["GC-LATP"], assumed, glass=0.0)
    heights = []
    for phase in ("AlPO4 cristobalite", "LATP x0.3"):
        alone = replace(made, weights={phase: made.weights[phase]})
        _x, counts = simulate.expected(alone, assumed | {"peak_counts": 1.0})
        whole = simulate.expected(made, assumed)[1]
        x = simulate.expected(made, assumed)[0]
        heights.append(whole[np.abs(x - x[np.argmax(counts)]) < 0.05].max())
    tails = np.median(whole)  # of all other lines
    assert (heights[0] - tails) / (heights[1] - tails) == pytest.approx(0.15, abs=0.02)


def test_null_models_leave_the_phase_out():
    assert "GeO2" not in simulate.recipe(SAMPLES["LAGP"], NOMINAL, geo2=0.0).weights
    assert "AlPO4 cristobalite" not in simulate.recipe(SAMPLES["GC-LATP"], NOMINAL, alpo4=0).weights


def test_strongest_line_is_at_113_with_its_displacement_and_height():
    made = simulate.recipe(SAMPLES["C-LATP"], NOMINAL)
    x, y = simulate.expected(made, NOMINAL)
    d = model.d_spacing([(1, 1, 3)], made.cells["LATP x0.3"])
    line = model.displaced(model.bragg_two_theta(d, model.CU_KALPHA1), NOMINAL["displacement_deg"])
    assert x[np.argmax(y)] == pytest.approx(line[0], abs=0.03)
    assert 1.0 < y.max() / NOMINAL["peak_counts"] < 1.1


def test_smaller_crystals_give_wider_lines():
    heights = []
    for size in (30.0, 100.0):
        made = simulate.recipe(SAMPLES["C-LATP"], NOMINAL | {"size_nm": size})
        _x, y = simulate.expected(made, NOMINAL, grid=(23.0, 26.0, 0.02))
        heights.append((y > (y.max() + y.min()) / 2).sum())
    assert heights[0] > heights[1]


def test_files_read_back_and_say_simulated(tmp_path):
    x, counts = np.arange(10, 12, 0.02), np.full(100, 7.0)
    path = tmp_path / "p.xy"
    simulate.write_pattern(path, "C-LATP", x, counts)
    table = read_pattern(path)
    assert "SIMULATED" in path.read_text()
    assert table.attrs["wavelength_angstrom"] == pytest.approx(1.540593)
    np.testing.assert_allclose(table["two_theta_deg"], x, atol=1e-6)


def test_same_seed_same_counts():
    one, two = (simulate.record(np.full(50, 900.0), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
