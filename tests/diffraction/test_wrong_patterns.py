"""Patterns that no number may come from without a word, and controls that stay unflagged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium import reference
from nasicon import diffraction
from nasicon.core.vocabulary import blocks
from nasicon.diffraction.analysis import _calculable
from nasicon.diffraction.fit_patterns import _sizes, weight_fractions, without_microabsorption
from nasicon.diffraction.fit_rivals import with_other_lines
from nasicon.diffraction.model_pattern import PatternModel, key
from nasicon.diffraction.model_powder import particle_contrast

CASES = Path(__file__).parents[1] / "cases" / "05_xrd"
CU = (1.540593, 1.544427, 0.5)
LATP = ("LATP x0.3", "AlPO4 cristobalite")


def fitted(name, phases=LATP, low=10.0, high=90.0, wavelengths=CU, **options):
    table = diffraction.select(diffraction.read(CASES / name), low, high)
    candidates = [reference.phase(p) for p in phases]
    return diffraction.fit(table, candidates, diffraction.Options(*wavelengths, **options))


def test_a_plain_pattern_stays_unflagged():
    shares = weight_fractions(fitted("plain_latp.xy")).set_index("phase")
    assert shares.loc["LATP x0.3", "weight_percent"] > 99
    assert not blocks(shares.loc["LATP x0.3", "flag"])
    absent = shares.loc["AlPO4 cristobalite"]
    assert absent["ci_low"] == 0
    assert 0 < absent["ci_high"] < 5


def test_doubled_lines_are_a_misfit_that_says_its_size():
    found = fitted("doubled.xy")
    shares = weight_fractions(found)
    assert shares["flag"].str.contains("misfit").all()
    assert "% of the lines' signal is left" in shares["note"][0]
    assert "misfit" in diffraction.cells(found)["flag"].iloc[0]


def test_noise_alone_has_no_weight_fractions():
    shares = weight_fractions(fitted("flat_noise.xy"))
    assert (shares["flag"] == "not_identifiable").all()
    assert shares["weight_percent"].isna().all()


def test_microabsorption_is_told_and_corrected_with_a_given_size():
    found = fitted("bi2o3_nio_5um.xy", ("Bi2O3", "NiO"), 20, 70)
    plain = weight_fractions(found).set_index("phase")
    assert plain["flag"].str.contains("systematic").all()
    assert "particles of 1 um" in plain.loc["Bi2O3", "note"]
    corrected = weight_fractions(found, particle_um=5.0).set_index("phase")
    assert corrected.loc["Bi2O3", "weight_percent"] == pytest.approx(50, abs=2)
    assert not corrected["flag"].str.contains("systematic").any()
    with pytest.raises(ValueError, match="no correction holds: grind finer than"):
        weight_fractions(found, particle_um=40.0)
    with pytest.raises(ValueError, match="particle_um must be > 0 and finite, got -1"):
        weight_fractions(found, particle_um=-1)


def test_the_particle_factor_of_a_sphere():
    """Against a sum over chords of the sphere, and Brindley's limit of a thin particle."""
    chords = np.linspace(0, 5e-4, 20001)  # cm
    weight = chords**2
    for contrast in (-1500.0, -716.0, 5.0, 988.0):
        expected = np.average(np.exp(-contrast * chords), weights=weight)
        assert particle_contrast(contrast, 5.0) == pytest.approx(expected, rel=1e-4)
    assert particle_contrast(0.0, 5.0) == 1.0


def test_equal_absorption_needs_no_correction():
    phases = [reference.phase("NiO"), reference.phase("NiO")]
    share = np.array([0.3, 0.7])
    np.testing.assert_allclose(without_microabsorption(share, phases, 10.0), share)


def test_a_wavelength_in_nm_is_named():
    with pytest.raises(ValueError, match=r"wavelength.*0\.1541 angstrom.*in nm\?"):
        fitted("plain_latp.xy", wavelengths=(0.1540593, 0.1544427, 0.5))


def test_false_alarms_on_a_right_model_are_rare():
    """Counting noise on the fitted model itself: no misfit in 40 draws."""
    found = fitted("plain_latp.xy", low=20, high=50)
    table = diffraction.select(diffraction.read(CASES / "plain_latp.xy"), 20, 50)
    rng, alarms = np.random.default_rng(5), 0
    candidates = [reference.phase(p) for p in LATP]
    for _ in range(40):
        counts = rng.poisson(found.calculated).astype(float)
        again = diffraction.fit(
            table.assign(intensity=counts), candidates, diffraction.Options(*CU)
        )
        alarms += again.result.misfit
    assert alarms == 0


def test_an_absent_phase_that_fits_itself_to_noise_blocks_no_other():
    table = diffraction.select(diffraction.read(CASES / "third_column_sigma.xy"), 10, 60)
    table.attrs |= {"wavelength_angstrom": CU[0], "wavelength_2_angstrom": CU[1]}
    phases = [reference.phase(p) for p in LATP]
    rows = diffraction.analyse(table, phases).findings.table().set_index("quantity")
    found = rows.loc["weight fraction of LATP x0.3"]
    assert found["value"] == pytest.approx(100, abs=1)
    assert not blocks(found["flag"])


def test_a_weight_near_zero_has_an_upper_limit_that_holds():
    """Of 0.25 wt% at these counts the fit's own error held 11 of 12 from below, or less."""
    model, table = fitted("plain_latp.xy", low=20, high=50), None
    rng, highest = np.random.default_rng(11), []
    names = [p.name for p in model.pattern.phases]
    values = model.result.values.copy()
    scale = [model.result.index(f"scale_{key(name)}") for name in names]
    small = int(np.argmin(values[scale]))
    values[scale[small]] = 0.0025 * np.delete(values[scale], small).sum()
    counts = model.pattern(values)[0]
    table = diffraction.select(diffraction.read(CASES / "plain_latp.xy"), 20, 50)
    for _ in range(12):
        drawn = table.assign(intensity=rng.poisson(counts).astype(float))
        again = diffraction.fit(drawn, model.pattern.phases, diffraction.Options(*CU))
        row = weight_fractions(again).set_index("phase").loc[names[small]]
        assert row["ci_low"] <= row["weight_percent"] <= row["ci_high"]
        highest.append(row["ci_high"])
    assert np.mean(np.array(highest) > 0.2494) > 0.9
    assert np.median(highest) < 5


@pytest.mark.parametrize(
    ("third", "used"), [(lambda y: np.sqrt(y), True), (lambda y: 1 / np.sqrt(y), False)]
)
def test_weights_are_no_standard_deviations(tmp_path, third, used):
    table = diffraction.read(CASES / "third_column_sigma.xy")
    y = np.maximum(table["intensity"].to_numpy(), 1.0)
    columns = np.column_stack([table["two_theta_deg"], y, third(y)])
    np.savetxt(tmp_path / "three.xy", columns)
    found = diffraction.read(tmp_path / "three.xy")
    assert ("sigma" in found) == used
    assert ("falls where the intensities rise" in str(found.attrs["notes"])) != used


X = np.arange(15.0, 55.0, 0.04)
PAIR = ("LAGP x0.5", "AlPO4 cristobalite")


def made(*, options=None, shift=None, seed=3, phases=None, **changed):
    """A pattern of LAGP and AlPO4, 11 wt%, drawn from the model with something changed."""
    options = options or diffraction.Options(*CU)
    phases = phases or [reference.phase(name) for name in PAIR]
    model = PatternModel(X if shift is None else X - shift, phases, options)
    values = dict.fromkeys(model.names, 0.0)
    for phase in phases:
        values |= {f"{n}_{key(phase.name)}": v for n, v in phase.free_cell().items()}
        values |= {f"size_{key(phase.name)}": 40.0, f"scale_{key(phase.name)}": 150.0}
    values |= {"scale_LAGP_x0_5": 1200.0, "gauss": 0.06, "background_0": 150.0} | changed
    counts = model(np.array([values[name] for name in model.names]))[0]
    drawn = np.random.default_rng(seed).poisson(counts).astype(float)
    table = pd.DataFrame({"two_theta_deg": X, "intensity": drawn})
    table.attrs = {
        "wavelength_angstrom": CU[0],
        "wavelength_2_angstrom": CU[1],
        "ratio_2_to_1": CU[2],
        "intensity_unit": "counts",
        "notes": [],
    }
    return table


def rows_of(table, **settings):
    phases = [reference.phase(name) for name in PAIR]
    found = diffraction.analyse(table, phases, **settings).findings.table()
    return found.set_index("quantity").replace("", np.nan)


def test_a_right_pattern_of_two_phases_has_no_flag():
    rows = rows_of(made())
    assert rows["flag"].isna().all()
    share = rows.loc["weight fraction of AlPO4 cristobalite"]
    assert float(share["ci_low"]) < 100 * 150 / 1350 < float(share["ci_high"])


def test_a_surface_and_a_texture_that_move_weights_are_told_with_their_size():
    rough = diffraction.Options(*CU, refine_roughness=True, textured={"LAGP x0.5": (0, 0, 1)})
    table = made(options=rough, roughness=0.12, march_LAGP_x0_5=0.9)
    plain = rows_of(table).loc["weight fraction of AlPO4 cristobalite"]
    assert "systematic" in plain["flag"]
    assert "with a surface factor (an automatic divergence slit" in plain["note"]
    assert "and a texture of LAGP x0.5 about 0 0 1" in plain["note"]
    assert abs(float(plain["value"]) - 100 * 150 / 1350) > 0.5
    mended = rows_of(table, surface=True, textured=diffraction.axes(["LAGP x0.5 0 0 1"]))
    mended = mended.loc["weight fraction of AlPO4 cristobalite"]
    assert float(mended["ci_low"]) < 100 * 150 / 1350 < float(mended["ci_high"])
    assert mended["flag"] == "systematic"  # the form of a refined texture is a model's
    assert "with no texture" in mended["note"]


def test_lines_of_an_automatic_slit_gain_the_sine_and_data_converted_since_are_told():
    opens = diffraction.Options(*CU, automatic_slit=True)
    opened, plain = made(options=opens), made()
    opened.attrs["automatic_slit"] = plain.attrs["automatic_slit"] = True
    share = rows_of(opened).loc["weight fraction of AlPO4 cristobalite"]
    assert float(share["ci_low"]) < 100 * 150 / 1350 < float(share["ci_high"])
    assert "automatic divergence slit" in share["method"]
    assert share.isna()["flag"]
    share = rows_of(plain).loc["weight fraction of AlPO4 cristobalite"]
    assert share["flag"] == "misfit;systematic"
    assert "wt% with a fixed slit" in share["note"]


def test_a_cell_carries_what_an_aligned_instrument_may_be_off_by():
    theta = np.radians(X) / 2
    shift = 0.01 - 0.025 / np.tan(2 * theta)  # zero error and axial divergence
    table, true = made(shift=shift), reference.phase("LAGP x0.5").cell[0]
    row = rows_of(table).loc["a of LAGP x0.5"]
    assert float(row["ci_low"]) < true < float(row["ci_high"])
    bare = rows_of(table, alignment_deg=0.0).loc["a of LAGP x0.5"]
    assert not float(bare["ci_low"]) < true < float(bare["ci_high"])
    assert float(bare["value"]) == float(row["value"])


def test_a_weak_phase_carries_what_shifted_lines_of_a_strong_one_leave():
    theta, many = np.radians(X) / 2, {"scale_LAGP_x0_5": 1.2e6, "scale_AlPO4_cristobalite": 2.4e4}
    many |= {"background_0": 1.5e5}  # so many counts that the scatter is small
    weight = {
        axial: rows_of(made(shift=axial / np.tan(2 * theta), **many))
        for axial in (-0.02, 0.0, 0.02)
    }
    weight = {k: rows.loc["weight fraction of AlPO4 cristobalite"] for k, rows in weight.items()}
    moved = abs(float(weight[0.02]["value"]) - float(weight[-0.02]["value"])) / 2
    assert moved > 0.03  # wt%, of 2; counting alone would state 0.007
    assert 0.8 * moved < float(weight[0.0]["stderr"]) < 1.5 * moved


def test_a_phase_left_out_and_a_wrong_cell_are_flagged():
    third = reference.phase("TiO2 rutile")
    table = made(phases=[*(reference.phase(n) for n in PAIR), third], scale_TiO2_rutile=150.0)
    rows = rows_of(table)
    assert rows["flag"].str.contains("misfit").all()
    lagp, alpo4 = (reference.phase(name) for name in PAIR)
    for share in (1.03, 1.05):
        other = replace(alpo4, cell=(*(share * v for v in alpo4.cell[:3]), *alpo4.cell[3:]))
        rows = rows_of(made(phases=[lagp, other]))
        flags = rows.loc[rows.index.str.startswith("weight fraction"), "flag"]
        assert flags.map(blocks).all(), share


def test_the_band_of_particle_sizes_ends_where_the_correction_does():
    phases = [reference.phase("Bi2O3"), reference.phase("NiO")]
    share = np.array([0.4, 0.6])
    low, high = _sizes(share, phases)
    assert low == 1.0
    without_microabsorption(share, phases, high)
    with pytest.raises(ValueError, match="no correction holds"):
        without_microabsorption(share, phases, 1.5 * high)


@pytest.mark.parametrize("text", ["V2O5", "V2O5 0 0", "V2O5 0 0 0", "V2O5 a b c", "0 0 1"])
def test_an_axis_that_is_none(text):
    with pytest.raises(ValueError, match='as in "V2O5 0 0 1"'):
        diffraction.axes([text])


def bad(kind):
    """Patterns that hold nothing to analyse."""
    rng, table = np.random.default_rng(4), made()
    y = table["intensity"].to_numpy()
    return table.assign(
        intensity={
            "noise": rng.poisson(100.0, y.size).astype(float),
            "constant": np.full(y.size, 100.0),
            "zero": np.zeros(y.size),
            "saturated": np.minimum(y, np.percentile(y, 97)),
            "negative": -y,
            "nan": np.where(np.arange(y.size) == 7, np.nan, y),
        }[kind]
    )


def test_many_counts_converge_and_a_cut_peak_is_named():
    strong = {"scale_LAGP_x0_5": 120000.0, "scale_AlPO4_cristobalite": 15000.0}
    table = made(**strong, background_0=3000.0)
    assert rows_of(table)["flag"].isna().all()
    top = 0.6 * table["intensity"].max()
    rows = rows_of(table.assign(intensity=table["intensity"].clip(upper=np.round(top))))
    rows = rows[rows.index.str.startswith("weight fraction")]
    assert rows["flag"].str.contains("misfit").all()
    assert rows["note"].str.contains("a saturated detector").all()


@pytest.mark.parametrize("kind", ["noise", "constant", "zero", "saturated", "negative", "nan"])
def test_bad_patterns_give_no_weights_without_a_word(kind):
    if kind == "nan":
        with pytest.raises(ValueError, match="1 intensities are no numbers"):
            rows_of(bad(kind))
        return
    rows = rows_of(bad(kind))
    flags = rows.loc[rows.index.str.startswith("weight fraction"), "flag"].fillna("")
    assert flags.map(blocks).all()


def test_two_points_are_no_pattern():
    with pytest.raises(ValueError, match="2 points"):
        rows_of(made().iloc[:2])


def smooth(y, points):
    return np.convolve(np.pad(y, points // 2, "edge"), np.ones(points) / points, "valid")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda y: np.round(smooth(y, 9)), "neighbours share"),
        (
            lambda y: np.interp(np.arange(y.size), np.arange(0, y.size, 4), y[::4]),
            "neighbours share",
        ),
        (lambda y: np.where(np.arange(y.size) % 61, y, 0.0), "zeros beside many counts"),
        (lambda y: np.maximum(y - 155, 0), "zeros beside many counts"),
        (lambda y: np.round(y / 4), ""),
        (lambda y: y + 0.0, ""),
    ],
)
@pytest.mark.parametrize("unit", ["counts", "unknown"])
def test_counts_that_are_not_as_measured(change, told, unit):
    table = made(seed=12)
    table["intensity"] = change(table["intensity"].to_numpy())
    table.attrs["intensity_unit"] = unit
    if unit == "unknown" and "zeros" in told:
        return  # what has no unit may have zeros
    row = rows_of(table).loc["weight fraction of LAGP x0.5"].fillna("")
    assert ("misfit" in row["flag"]) == bool(told)
    assert told in row["note"]


@pytest.mark.parametrize(
    ("lines", "given", "said"),
    [
        (CU, (CU[0], np.nan, 0.0), "wavelength_2_angstrom = 1.54443"),
        ((CU[0], np.nan, 0.0), CU, "was it stripped"),
        (CU, CU, ""),
    ],
)
def test_a_misfit_names_k_alpha_2(lines, given, said):
    many = {"scale_LAGP_x0_5": 12000.0, "scale_AlPO4_cristobalite": 1500.0, "gauss": 0.03}
    sizes = {"size_LAGP_x0_5": 300.0, "size_AlPO4_cristobalite": 300.0}
    table = made(options=diffraction.Options(*lines), **many, **sizes)
    names = ("wavelength_angstrom", "wavelength_2_angstrom", "ratio_2_to_1")
    table.attrs |= dict(zip(names, given, strict=True))
    row = rows_of(table).loc["weight fraction of LAGP x0.5"].fillna("")
    assert ("misfit" in row["flag"]) == bool(said)
    assert said in row["note"]


def test_a_scale_on_its_bound_has_a_limit():
    phases = [reference.phase(name) for name in PAIR]
    tables = (made(scale_AlPO4_cristobalite=0.0, seed=seed) for seed in range(20))
    fits = (diffraction.fit(table, phases, diffraction.Options(*CU)).result for table in tables)
    found = next(f for f in fits if f.at_bound[f.index("scale_AlPO4_cristobalite")])
    i = found.index("scale_AlPO4_cristobalite")
    assert found.ci_low[i] == found.values[i] == 0
    assert 0 < found.ci_high[i] < 0.05 * found["scale_LAGP_x0_5"]


@pytest.mark.parametrize(("given", "second"), [(1.5406, True), (1.5418, False), (1.78897, False)])
def test_a_wavelength_given_leaves_the_file_s_k_alpha_2(tmp_path, given, second):
    head = (
        "_FILEVERSION=2\n_WL1=1.540598\n_WL2=1.544390\n_DRIVE='COUPLED'\n_START=20\n_STEPSIZE=0.1\n"
    )
    (tmp_path / "a.uxd").write_text(head + "_COUNTS\n" + "\n".join("100 120 90" for _ in range(20)))
    table = diffraction.read(tmp_path / "a.uxd", wavelength_angstrom=given)
    assert table.attrs["wavelength_angstrom"] == given
    assert np.isfinite(table.attrs["wavelength_2_angstrom"]) == second


@pytest.mark.parametrize(("stretch", "told"), [(1.0, False), (1.003, False), (1.011, True)])
def test_a_cell_far_from_its_table(stretch, told):
    phases = [reference.phase(name) for name in PAIR]
    changed = [replace(p, cell=(*(stretch * v for v in p.cell[:3]), *p.cell[3:])) for p in phases]
    row = rows_of(made(phases=changed)).loc["a of LAGP x0.5"].fillna("")
    assert row["flag"] == ("systematic" if told else "")
    assert ("+1.1" in row["note"]) == told


@pytest.mark.parametrize("lines", [CU, (CU[0], np.nan, 0.0)])
def test_k_alpha_2_that_is_not_in_the_data_is_no_misfit_by_its_size(lines):
    row = (
        rows_of(made(options=diffraction.Options(*lines), seed=5)).loc["a of LAGP x0.5"].fillna("")
    )
    assert row["flag"] == ("" if lines == CU else "misfit")


@pytest.mark.parametrize(
    ("remark", "stripped"),
    [
        ("K-Alpha2 removed in HighScore", True),
        ("Jade: strip Ka2, ratio 0.5", True),
        ("Kα2-Abtrennung nach Rachinger", True),
        ("kα₂ subtracted", True),
        ("K-alpha2 not stripped", False),
        ("Strip Kalpha2 = 0", False),
        ("K-Alpha2 wavelength 1.54439, background subtracted", False),
    ],
)
def test_a_header_that_says_k_alpha_2_was_stripped(tmp_path, remark, stripped):
    counts = made(options=diffraction.Options(CU[0], np.nan, 0.0))["intensity"].to_numpy()
    head = (
        f"_FILEVERSION=2\n_SAMPLE='{remark}'\n_WL1=1.540593\n_WL2=1.544427\n_DRIVE='COUPLED'\n"
        f"_START={X[0]}\n_STEPSIZE=0.04\n_COUNTS\n"
    )
    (tmp_path / "a.uxd").write_text(head + "\n".join(f"{v:.0f}" for v in counts))
    table = diffraction.read(tmp_path / "a.uxd")
    assert np.isnan(table.attrs["wavelength_2_angstrom"]) == stripped
    if stripped:
        assert rows_of(table).loc["a of LAGP x0.5"].fillna("")["flag"] == ""
        given = rows_of(table, wavelength_2_angstrom=CU[1]).loc["a of LAGP x0.5"]
        assert "implausible" in given["flag"]
        assert "leave out wavelength_2_angstrom" in given["note"]


@pytest.mark.parametrize(("wavelength", "end"), [(1.5406, 99.7), (0.7093, 41.2), (1.78897, 125.1)])
def test_a_pattern_ends_where_its_calculated_reflections_do(wavelength, end):
    table = pd.DataFrame({"two_theta_deg": np.arange(10.0, 140.0, 0.1), "intensity": 9.0})
    table.attrs = {"wavelength_angstrom": wavelength, "notes": []}
    kept = _calculable(table)
    assert kept["two_theta_deg"].max() == pytest.approx(end, abs=0.2)
    assert "reflections end at 1 angstrom" in kept.attrs["notes"][0]
    assert not table.attrs["notes"]
    assert len(_calculable(kept)) == len(kept)


@pytest.mark.parametrize("name", ["esd_cps", "sigma (cps)", "Std. dev.", "error", "ESD"])
def test_a_standard_deviation_by_any_name(tmp_path, name):
    rows = "\n".join(f"{20 + 0.1 * i:.1f}\t{100 + i % 9}\t{5 + i % 3}" for i in range(60))
    (tmp_path / "a.xye").write_text(f"# 2theta_deg\tcps\t{name}\n{rows}")
    table = diffraction.read(tmp_path / "a.xye", wavelength_angstrom=1.5406)
    assert table["sigma"].iloc[1] == 6


@pytest.mark.parametrize(
    ("head", "size_um", "flag", "said"),
    [
        ("D50: 4,5 µm", 5.0, "", ""),
        ("mean particle size 1.2 um", 5.0, "implausible", "particle_um = 5 was given"),
        ("ground", 9.0, "systematic", "is too coarse for a correction"),
    ],
)
def test_a_particle_size_that_is_too_large(tmp_path, head, size_um, flag, said):
    path = tmp_path / "mixed.xy"
    path.write_text(f"# {head}\n{(CASES / 'bi2o3_nio_5um.xy').read_text()}", encoding="utf-8")
    table = diffraction.select(diffraction.read(path, wavelength_angstrom=CU[0]), 20, 70)
    phases = [reference.phase(p) for p in ("Bi2O3", "NiO")]
    options = {"wavelength_2_angstrom": CU[1], "particle_um": size_um}
    found = diffraction.analyse(table, phases, **options).findings.table()
    found = found[found["quantity"].str.startswith("weight fraction")]
    assert found["flag"].str.contains(flag).all()
    assert found["flag"].map(blocks).all() == (flag == "implausible")
    for words in ("particle_um = 5 was given", "is too coarse for a correction"):
        assert found["note"].str.contains(words).all() == (words == said)


def test_lines_that_are_fitted_to_the_last_bit_say_nothing_of_the_doublet():
    report = diffraction.analyse(made(), [reference.phase(name) for name in PAIR])
    fitted = next(iter(report.details.values()))
    assert fitted.pattern.options.ratio > 0
    exact = replace(fitted.result, residuals=0 * fitted.result.residuals, chi2=0.0)
    assert with_other_lines(replace(fitted, result=exact)).result is exact
