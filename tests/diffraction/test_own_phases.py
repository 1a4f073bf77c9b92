"""A reader's own CIF: structure factors, what is refused, and a pattern refined with it."""

import numpy as np
import pandas as pd
import pytest

from compendium import own_phases, reference
from nasicon import diffraction
from nasicon.core.text import ReaderError
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_pattern import Options, PatternModel, key
from nasicon.diffraction.read_cif import read_cif

# Rutile SnO2, P4_2/mnm. Cell and coordinate from memory, not verified: they are the truth of the
# patterns made here, and no reference.
CELL = (4.7374, 4.7374, 3.1864)
RUTILE = """\
data_rutile
_cell_length_a 4.7374
_cell_length_b 4.7374
_cell_length_c 3.1864
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 42/m n m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Sn1 Sn 0 0 0 {tin}
{more}O1 O 0.307 0.307 0 1
"""


@pytest.fixture
def cif(tmp_path):
    path = tmp_path / "SnO2.cif"
    path.write_text(RUTILE.format(tin="1", more=""))
    return path


def test_the_shipped_tables_come_from_the_same_function():
    for name in ("LATP x0.3", "Bi2O3", "TiO2 rutile", "AlPO4 cristobalite"):
        index = pd.read_csv(reference.data_reference() / "structures" / "index.csv", comment="#")
        file = index.set_index("phase").loc[name, "file"]
        own = own_phases.own_phase(reference.data_reference() / "structures" / file)
        shipped = reference.phase(name)
        np.testing.assert_array_equal(own.hkl, shipped.hkl)
        np.testing.assert_array_equal(own.multiplicity, shipped.multiplicity)
        np.testing.assert_allclose(own.f_squared, shipped.f_squared, rtol=1e-5)
        assert own.density == pytest.approx(shipped.density, rel=1e-5)
        assert own.mass_absorption == pytest.approx(shipped.mass_absorption, rel=1e-5)


def test_density_and_formula_of_rutile(cif):
    phase = own_phases.own_phase(cif)
    # two formula units of 150.71 u in 71.51 A3
    assert phase.density == pytest.approx(
        1.66053907 * 2 * 150.71 / (CELL[0] ** 2 * CELL[2]), rel=1e-3
    )
    assert phase.system == "tetragonal"
    assert phase.name == "SnO2"


def test_mixed_and_partial_occupancy_is_the_normal_case(tmp_path):
    path = tmp_path / "mixed.cif"
    path.write_text(RUTILE.format(tin="0.85", more="Ti1 Ti 0 0 0 0.15\n"))
    structure = read_cif(path)
    share = structure.atoms.groupby("element")["occupancy"].sum()
    assert share.to_dict() == pytest.approx({"O": 4.0, "Sn": 1.7, "Ti": 0.3})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RUTILE.format(tin="1", more="Ti1 Ti 0 0 0 0.2\n"), "sum to 1.2"),
        (RUTILE.format(tin="1", more="").replace("_symmetry_space", "_no_space"), "no symmetry"),
        (RUTILE.format(tin="1", more="").replace("_cell_length_a", "_x"), "no unit cell"),
        ("data_x\n_cell_length_a 4\n", "no atoms"),
        ("not a cif", "no CIF"),
        ("", "empty"),
    ],
    ids=["occupancy", "symmetry", "cell", "atoms", "garbage", "empty"],
)
def test_what_cannot_be_meant_is_refused(tmp_path, text, message):
    path = tmp_path / "bad.cif"
    path.write_text(text)
    with pytest.raises(ReaderError, match=message):
        own_phases.own_phase(path)


def pattern_of(phase, top=2e4, seed=1) -> pd.DataFrame:
    x = np.arange(20.0, 90.0, 0.02)
    made = PatternModel(x, [phase], Options(model.CU_KALPHA1, background=1, gauss_deg=0.06))
    values = np.zeros(len(made.names))
    name = key(phase.name)
    given = {"background_0": 100.0, f"scale_{name}": 1.0, f"size_{name}": 80.0}
    given |= {f"{n}_{name}": v for n, v in phase.free_cell().items()}
    for n, value in given.items():
        values[made.index(n)] = value
    shape = made(values)[0] - 100.0
    y = np.random.default_rng(seed).poisson(100 + top * shape / shape.max()).astype(float)
    table = pd.DataFrame({"two_theta_deg": x, "intensity": y})
    attrs = {"wavelength_angstrom": model.CU_KALPHA1, "wavelength_2_angstrom": np.nan}
    table.attrs = {"source": "made.xy", "format": "made", "notes": [], "ratio_2_to_1": 0.0}
    table.attrs |= {**attrs, "intensity_unit": "counts"}
    return table


def test_an_own_phase_is_found_among_the_shipped_ones_and_refined_to_its_cell(cif, tmp_path):
    table = pattern_of(own_phases.own_phase(cif))
    other = tmp_path / "start.cif"  # the refinement begins beside the truth
    text = RUTILE.format(tin="1", more="").replace("4.7374", "4.745").replace("3.1864", "3.181")
    other.write_text(text)
    own = own_phases.own_phase(other)
    report = diffraction.analyse(table, candidates=[*reference.all_phases(), own])
    assert next(iter(report.details.values())).pattern.phases[0].name == "start"
    found = report.findings.table().set_index("quantity")["value"]
    assert found["a of start"] == pytest.approx(CELL[0], rel=1e-4)
    assert found["c of start"] == pytest.approx(CELL[2], rel=1e-4)
    names = set(report.parameters["name"])
    assert {"R_wp", "volume_start", "density_start", "size_start"} <= names


def test_two_patterns_of_one_name_are_two_samples(cif):
    tin, titania = own_phases.own_phase(cif), reference.phase("TiO2 rutile")
    tables = {"a/scan": pattern_of(tin), "b/scan": pattern_of(titania)}
    table = diffraction.analyse(tables, [tin, titania]).findings.table()
    weight = table[table["quantity"] == "weight fraction of SnO2"].set_index("sample")["value"]
    assert weight["a/scan"] == pytest.approx(100, abs=1.5)  # ci_high is 100
    assert weight["b/scan"] == pytest.approx(0, abs=1)
