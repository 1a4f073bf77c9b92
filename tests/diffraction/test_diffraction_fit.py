"""The whole-pattern fit: recovery, coverage, invariances, real mixtures, hostile input."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from compendium import reference
from nasicon.diffraction import fit_patterns as xrd
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_starts import defaults
from nasicon.diffraction.model_pattern import Options, PatternModel, key
from nasicon.diffraction.read_files import read_pattern

X = np.arange(15.0, 55.0, 0.03)
OPTIONS = Options(model.CU_KALPHA1, model.CU_KALPHA2, model.CU_RATIO, background=3, gauss_deg=0.07)
TRUTH = {
    "displacement": 0.11,
    "scale_TiO2_rutile": 900.0,
    "scale_NiO": 400.0,
    "size_TiO2_rutile": 45.0,
    "size_NiO": 28.0,
    "a_NiO": 4.183,
}


def phases(*names):
    return [reference.phase(name) for name in names or ("TiO2 rutile", "NiO")]


def expected(options=OPTIONS, names=(), **changes):
    pattern = PatternModel(X, phases(*names), options)
    values = defaults(pattern, 40.0, 0.07)
    truth = {"background_0": 150.0, "background_1": -20.0} | TRUTH | changes
    for name, value in truth.items():
        if name in pattern.names:
            values[pattern.index(name)] = value
    return pattern, values, pattern(values)[0]


def as_table(counts, x=X):
    table = pd.DataFrame({"two_theta_deg": x, "intensity": counts})
    table.attrs = {"intensity_unit": "counts"}
    return table


def weights(fitted):
    return xrd.weight_fractions(fitted).set_index("phase")["weight_percent"]


def test_jacobian_is_exact():
    options = replace(
        OPTIONS,
        hump=True,
        gauss_deg=None,
        refine_strain=True,
        refine_roughness=True,
        textured={"TiO2 rutile": (0, 0, 1)},
    )
    pattern, values, _ = expected(options, strain_NiO=0.1, roughness=0.05, hump_area=900.0)
    values[pattern.index("march_TiO2_rutile")] = 0.9
    exact = pattern(values)[1]
    for j, name in enumerate(pattern.names):
        step = 1e-6 * max(abs(values[j]), 1e-2)
        up, down = values.copy(), values.copy()
        up[j] += step
        down[j] -= step
        numeric = (pattern(up)[0] - pattern(down)[0]) / (2 * step)
        scale = np.abs(exact[:, j]).max()
        middle = np.abs(numeric - exact[:, j]) < 1e-3 * scale
        assert middle.mean() > 0.97, name  # a cut tail moves at a few points


def test_an_automatic_slit_lights_one_length_at_every_angle():
    """Each line by the sine of its theta: rutile 110 at 27.4 and 211 at 54.3 deg of 2theta."""
    fixed, opens = (
        pattern(values)[2]["TiO2 rutile"]
        for pattern, values, _ in (
            expected(replace(OPTIONS, automatic_slit=slit), ("TiO2 rutile",))
            for slit in (False, True)
        )
    )
    tops = [abs(X - centre) < 0.05 for centre in (27.43, 54.31)]
    heights = [opens[top].sum() / fixed[top].sum() for top in tops]
    assert heights == pytest.approx([0.2371, 0.4564], rel=2e-3)  # sin 13.715, sin 27.155 deg


def test_noiseless_pattern_gives_the_truth_back_and_leaves_the_guess():
    _, _, counts = expected()
    fitted = xrd.fit_pattern(as_table(counts), phases(), OPTIONS)
    for name, value in TRUTH.items():
        assert fitted.result[name] == pytest.approx(value, rel=2e-3, abs=1e-4), name
    assert fitted.result.moved_from_guess
    assert fitted.result.converged
    assert weights(fitted)["TiO2 rutile"] == pytest.approx(100 * 900 / 1300, abs=0.05)


def test_positions_after_displacement():
    """Calculated positions lie within 0.02 deg of the true ones, displaced by 0.3 deg."""
    _, _, counts = expected(displacement=-0.3)
    counts = np.random.default_rng(1).poisson(counts)
    fitted = xrd.fit_pattern(as_table(counts), phases(), OPTIONS)
    cell = fitted.pattern.cell(phases()[1], fitted.result.values)
    hkl = phases()[1].hkl
    ours = model.displaced(
        model.bragg_two_theta(model.d_spacing(hkl, cell), model.CU_KALPHA1),
        fitted.displacement_deg,
    )
    truth = model.displaced(
        model.bragg_two_theta(model.d_spacing(hkl, (4.183,) * 3 + (90.0,) * 3), model.CU_KALPHA1),
        -0.3,
    )
    assert np.nanmax(np.abs(ours - truth)) < 0.02


def test_intervals_cover_the_truth():
    """A subset with fixed seed; the full study is benchmarks/study_diffraction.py."""
    _, _, counts = expected()
    rng = np.random.default_rng(20)
    inside = []
    for _ in range(30):
        fitted = xrd.fit_pattern(
            as_table(rng.poisson(counts)), phases(), OPTIONS, displacement_deg=0.1
        )
        share = xrd.weight_fractions(fitted).set_index("phase").loc["NiO"]
        inside.append(share["ci_low"] < 100 * 400 / 1300 < share["ci_high"])
        i = fitted.result.index("size_NiO")
        inside.append(fitted.result.ci_low[i] < 28.0 < fitted.result.ci_high[i])
    assert 0.86 <= np.mean(inside) <= 1.0


def test_an_absent_phase_gets_nothing():
    _, _, counts = expected()
    table = as_table(np.random.default_rng(2).poisson(counts))
    fitted = xrd.fit_pattern(table, phases("TiO2 rutile", "NiO", "GeO2"), OPTIONS)
    share = xrd.weight_fractions(fitted).set_index("phase")
    assert share.loc["GeO2", "weight_percent"] < 0.2


def test_scaled_counts_per_second_keep_weights_and_errors():
    _, _, counts = expected()
    noisy = np.random.default_rng(3).poisson(counts).astype(float)
    one = xrd.weight_fractions(xrd.fit_pattern(as_table(noisy), phases(), OPTIONS))
    scaled = as_table(noisy / 12.5)
    scaled.attrs = {"intensity_unit": "unknown"}
    two = xrd.weight_fractions(xrd.fit_pattern(scaled, phases(), OPTIONS))
    np.testing.assert_allclose(two["weight_percent"], one["weight_percent"], atol=0.1)
    np.testing.assert_allclose(two["stderr_percent"], one["stderr_percent"], rtol=0.15)


def test_order_of_phases_does_not_matter():
    _, _, counts = expected()
    table = as_table(np.random.default_rng(4).poisson(counts))
    one = weights(xrd.fit_pattern(table, phases("TiO2 rutile", "NiO"), OPTIONS))
    two = weights(xrd.fit_pattern(table, phases("NiO", "TiO2 rutile"), OPTIONS))
    assert one["NiO"] == pytest.approx(two["NiO"], abs=0.01)


@pytest.mark.parametrize("pattern", ["In2O3_0p5002-MnCO3*", "TiO2_0p4009-ZnO*"])
def test_weighed_mixtures(external, pattern):
    """Masses in the file names, within 10 percentage points; all 13 stand in `validation`."""
    names = {
        "In2O3_0p5002-MnCO3*": "In2O3_0p5002-MnCO3_0p5000--8min.xrdml",
        "TiO2_0p4009-ZnO*": "TiO2_0p4009-ZnO_0p6010--8min.xrdml",
    }
    path = external(f"xrd/dara-mixtures/{names[pattern]}")
    masses = {
        f: float(m.replace("p", ".")) for f, m in re.findall(r"([\w()]+?)_(\dp\d+)", path.name)
    }
    table = xrd.select(read_pattern(path), 20, 70)
    a = table.attrs
    options = Options(
        a["wavelength_angstrom"],
        a["wavelength_2_angstrom"],
        a["ratio_2_to_1"],
        refine_roughness=True,
    )
    chosen = [n for f in masses for n in (("TiO2 anatase", "TiO2 rutile") if f == "TiO2" else (f,))]
    share = weights(xrd.fit_pattern(table, phases(*chosen), options))
    share = share.groupby(share.index.str.split().str[0]).sum()
    for formula, mass in masses.items():
        assert share[formula] == pytest.approx(100 * mass / sum(masses.values()), abs=10)


def test_hostile_input():
    _, _, counts = expected()
    table = as_table(counts)
    with pytest.raises(ValueError, match="at least one candidate"):
        xrd.fit_pattern(table, [], OPTIONS)
    with pytest.raises(ValueError, match="phases must differ"):
        xrd.fit_pattern(table, phases("NiO", "NiO"), OPTIONS)
    with pytest.raises(ValueError, match="points each are needed"):
        xrd.fit_pattern(table.iloc[::40], phases(), OPTIONS)
    with pytest.raises(ValueError, match="has no reflection"):
        xrd.fit_pattern(table[table["two_theta_deg"] < 26], phases("NiO"), OPTIONS)
    with pytest.raises(ValueError, match="must rise"):
        xrd.fit_pattern(table[::-1], phases(), OPTIONS)
    with pytest.raises(ValueError, match="be finite"):
        xrd.fit_pattern(table.assign(intensity=np.nan), phases(), OPTIONS)
    with pytest.raises(ValueError, match="no candidates"):
        PatternModel(X, phases(), replace(OPTIONS, textured={"ZnO": (0, 0, 1)}))
    with pytest.raises(ValueError, match="runs from"):
        xrd.select(table, 80, 90)
    with pytest.raises(ValueError, match="hump=True"):
        xrd.hump_share_percent(xrd.fit_pattern(table, phases(), OPTIONS))
    assert key("LATP x0.3") == "LATP_x0_3"
