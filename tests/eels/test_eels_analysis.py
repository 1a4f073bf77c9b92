"""Energy-loss analysis: backgrounds, onsets, edge fits, maps, detection limits."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nasicon import eels
from nasicon.core.vocabulary import blocks, implausible
from nasicon.eels import fit_losses
from nasicon.eels.model_edges import Beam, Edge, misplaced, power_law

BEAM = Beam(60e3, 0.0249)
ENERGY = np.arange(155.0, 240.0, 0.5)
ALL = (ENERGY[0], ENERGY[-1])
BORON = Edge("B K", 196.5, 1.40, 2.14, 2.0, 198.5, 6.0, 3.0)
PHOSPHORUS = Edge("P L1", 193.4, 0.348, 1.35, 3.0)
DOSE = 1e9


def clean(boron=100.0, phosphorus=300.0, scale=1.0, energy=ENERGY):
    """Counts of areal densities per nm2 on the model's own background."""
    names, matrix = fit_losses.design_matrix(energy, [BORON, PHOSPHORUS], BEAM, DOSE)
    assert names[:2] == ("B K", "P L1")
    return scale * matrix @ np.array([boron, phosphorus, 3e4, 2e4])


def test_noise_free_recovery_to_rounding():
    fit = fit_losses.fit_edges(ENERGY, clean(), [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    assert fit.value("B K") == pytest.approx(100.0, rel=1e-6)
    assert fit.value("P L1") == pytest.approx(300.0, rel=1e-6)
    np.testing.assert_allclose(fit.model(), clean(), rtol=1e-9)


def test_coverage_over_a_whole_map():
    counts = np.random.default_rng(3).poisson(clean(), (40, 25, ENERGY.size))
    fit = fit_losses.fit_edges(ENERGY, counts, [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    assert fit.value("B K").shape == (40, 25)
    for name, truth in (("B K", 100.0), ("P L1", 300.0)):
        inside = np.abs(fit.value(name) - truth) < 1.96 * fit.error(name)
        assert 0.93 <= inside.mean() <= 0.97
        pull = (fit.value(name) - truth) / fit.error(name)
        assert abs(pull.mean()) < 0.1
        assert pull.std() == pytest.approx(1.0, abs=0.08)
    assert np.mean(fit.reduced_chi2) == pytest.approx(1.0, abs=0.02)


def test_without_boron_three_sigma_is_rare():
    counts = np.random.default_rng(4).poisson(clean(boron=0.0), (30, 30, ENERGY.size))
    fit = fit_losses.fit_edges(ENERGY, counts, [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    assert (fit.significance("B K") > 3).mean() < 0.01
    assert (fit.value("B K") < 0).any()


def test_leaving_out_phosphorus_makes_boron_of_it():
    counts = clean(boron=0.0, phosphorus=1500.0)
    both = fit_losses.fit_edges(ENERGY, counts, [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    alone = fit_losses.fit_edges(ENERGY, counts, [BORON], BEAM, electrons=DOSE)
    assert both.value("B K") == pytest.approx(0.0, abs=1e-3)
    assert alone.significance("B K") > 5


def test_reversed_axis_and_rescaled_counts():
    counts = np.random.default_rng(5).poisson(clean())
    fit = fit_losses.fit_edges(ENERGY, counts, [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    back = fit_losses.fit_edges(
        ENERGY[::-1], counts[::-1], [BORON, PHOSPHORUS], BEAM, electrons=DOSE
    )
    np.testing.assert_allclose(back.values, fit.values, rtol=1e-9)
    thrice = fit_losses.fit_edges(ENERGY, counts, [BORON, PHOSPHORUS], BEAM, electrons=3 * DOSE)
    assert thrice.value("B K") == pytest.approx(fit.value("B K") / 3)


def test_the_detection_limit_is_three_of_the_fit_s_errors():
    expected = clean(boron=0.0)
    limit = fit_losses.detection_limit(
        ENERGY, expected, [BORON, PHOSPHORUS], BEAM, "B K", electrons=DOSE, window_ev=ALL
    )
    fit = fit_losses.fit_edges(ENERGY, expected, [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    assert limit == pytest.approx(3 * fit.error("B K"), rel=1e-6)
    known = {"electrons": DOSE, "window_ev": ALL}
    alone = fit_losses.detection_limit(ENERGY, expected, [BORON], BEAM, "B K", **known)
    assert alone < limit  # what is not fitted costs nothing, and is not known either


def test_the_detection_limit_falls_with_the_root_of_the_dose():
    expected = clean(boron=0.0)
    limits = [
        fit_losses.detection_limit(
            ENERGY,
            k * expected,
            [BORON, PHOSPHORUS],
            BEAM,
            "B K",
            electrons=k * DOSE,
            window_ev=ALL,
        )
        for k in (1, 100)
    ]
    assert limits[0] / limits[1] == pytest.approx(10.0)


def test_power_law():
    energy = np.arange(510.0, 530.0, 0.1)
    truth = power_law(energy, 3000.0, 3.2, 520.0)
    counts = np.random.default_rng(6).poisson(truth)
    result = fit_losses.fit_background(energy, counts, (510.0, 529.0))
    assert result.ci_low[1] < 3.2 < result.ci_high[1]
    assert result.moved_from_guess
    curve = fit_losses.background_curve(result, energy, (510.0, 529.0), energy)
    np.testing.assert_allclose(curve, truth, rtol=0.01)
    log = fit_losses.fit_background(energy, truth, (510.0, 529.0), weights="log")
    assert log["exponent"] == pytest.approx(3.2, rel=1e-4)


def test_power_law_coverage():
    energy = np.arange(100.0, 130.0, 0.5)
    truth = power_law(energy, 2000.0, 3.0, 115.0)
    rng = np.random.default_rng(7)
    fits = [
        fit_losses.fit_background(energy, rng.poisson(truth), (100.0, 130.0)) for _ in range(60)
    ]
    inside = np.mean([f.ci_low[1] <= 3.0 <= f.ci_high[1] for f in fits])
    assert inside >= 0.86


def test_onset_of_a_broadened_step():
    energy = np.arange(500.0, 560.0, 0.1)
    signal = BORON.cross_section_mb * Edge("O K", 532.0, 1.0, 2.0, 2.0).photo_mb(energy)
    inflection, maximum = fit_losses.onset(energy, signal, (520.0, 545.0))
    assert inflection == pytest.approx(532.0, abs=0.15)
    assert 532.0 < maximum < 536.0


def test_window_map_removes_its_own_background():
    energy = np.arange(120.0, 240.0, 1.0)
    flat = power_law(energy, 1e5, 3.0, 150.0) * np.array([1.0, 2.0])[:, None]
    signal = fit_losses.window_signal(energy, flat[None], (160.0, 184.0), (186.0, 206.0))
    np.testing.assert_allclose(signal, 0.0, atol=1e-3)
    step = flat + 50.0 * (energy > 190)
    added = fit_losses.window_signal(energy, step[None], (160.0, 184.0), (186.0, 206.0))
    np.testing.assert_allclose(added, 50.0 * 16, rtol=1e-6)


def test_recalibration():
    energy = np.array([350.0, 453.0, 523.0])
    moved = fit_losses.recalibrated(energy, (453.0, 523.0), (457.0, 531.0))
    np.testing.assert_allclose(moved[1:], [457.0, 531.0])
    with pytest.raises(ValueError, match="two different features"):
        fit_losses.recalibrated(energy, (453.0, 453.0), (457.0, 531.0))


@pytest.mark.parametrize(
    ("counts", "edges", "options", "found"),
    [
        (clean(), [BORON], {"electrons": 0.0}, "electrons must be > 0"),
        (clean() - 1e6, [BORON], {"electrons": DOSE}, "negative counts"),
        (clean()[:-1], [BORON], {"electrons": DOSE}, "last axis"),
        (clean() * np.nan, [BORON], {"electrons": DOSE}, "finite"),
        (clean(), [BORON, BORON], {"electrons": DOSE}, "cannot be told apart"),
        (clean(), [Edge("C K", 285.0, 0.9, 2.1)], {"electrons": DOSE}, "above the data"),
        (clean(), [BORON], {"electrons": DOSE, "window_ev": (300, 400)}, "0 channels"),
    ],
)
def test_hostile_input(counts, edges, options, found):
    with pytest.raises(ValueError, match=found):
        fit_losses.fit_edges(ENERGY, counts, edges, BEAM, **options)


def test_background_needs_channels_and_positive_counts():
    with pytest.raises(ValueError, match="3 channels"):
        fit_losses.fit_background(ENERGY, clean(), (160.0, 161.0))
    with pytest.raises(ValueError, match="dark level"):
        fit_losses.fit_background(ENERGY, clean() - 1e5, (160.0, 180.0))
    with pytest.raises(ValueError, match="weights"):
        fit_losses.fit_background(ENERGY, clean(), (160.0, 180.0), weights="none")
    with pytest.raises(ValueError, match="do not lie"):
        fit_losses.window_signal(ENERGY, clean(), (10.0, 20.0), (30.0, 40.0))


def test_unknown_edges_are_named():
    fit = fit_losses.fit_edges(ENERGY, clean(), [BORON], BEAM, electrons=DOSE)
    with pytest.raises(KeyError, match="B K"):
        fit.value("N K")
    assert fit_losses.edge_table(fit)["edge"].tolist() == ["B K"]


def test_misfit_is_rare_on_right_models_and_found_on_wrong_ones():
    rng = np.random.default_rng(12)
    right = rng.poisson(clean(), (30, 30, ENERGY.size))
    fit = fit_losses.fit_edges(ENERGY, right, [BORON, PHOSPHORUS], BEAM, electrons=DOSE)
    assert fit.misfit.mean() <= 0.01
    wrong = rng.poisson(clean(boron=1500.0), (10, 10, ENERGY.size))
    alone = fit_losses.fit_edges(ENERGY, wrong, [PHOSPHORUS], BEAM, electrons=DOSE)
    assert alone.misfit.mean() >= 0.95


def test_no_density_below_zero_stands_without_a_word():
    rng = np.random.default_rng(14)
    edges, limits = [BORON, PHOSPHORUS], []
    for _ in range(300):  # nothing but phosphorus: limits that hold, and no misfit
        fit = fit_losses.fit_edges(
            ENERGY, rng.poisson(clean(boron=0.0)), edges, BEAM, electrons=DOSE
        )
        limits.append(fit_losses.edge_table(fit).set_index("edge").loc["B K"])
    limits = pd.DataFrame(limits)
    assert (limits["atoms_per_nm2"] >= 0).all()
    assert (limits.loc[limits["atoms_per_nm2"] == 0, "flag"] == "at_bound").all()
    assert (limits["ci_low"] <= 0).mean() > 0.93
    # a bump that no edge has, above both onsets, pushes the boron down, far beyond noise
    bump = 3e4 * np.exp(-(((ENERGY - 215) / 4) ** 2))
    wrong = fit_losses.fit_edges(ENERGY, clean(boron=0.0) + bump, edges, BEAM, electrons=DOSE)
    table = fit_losses.edge_table(wrong).set_index("edge")
    assert table["flag"].str.contains("misfit").all()
    assert table.loc["B K", "stderr"] > 2 * float(wrong.error("B K"))
    below = table.loc["B K", "atoms_per_nm2"]
    assert below < 0
    assert "a foil" in implausible("B K atoms per area", below, "nm-2")


AXIS = np.arange(150.0, 245.0, 0.5)
FALLING = 1e6 * (AXIS / 150) ** -3
NOTHING = {
    "noise": np.random.default_rng(0).poisson(100.0, AXIS.size),
    "constant": np.full(AXIS.size, 100.0),
    "saturated": np.minimum(FALLING, 4e5),
    "a line of another physics": FALLING + 1e5 * np.exp(-(((AXIS - 200) / 0.7) ** 2)),
}
REFUSED = {
    "zero": (0 * AXIS, "must be > 0"),
    "negative": (-FALLING, "negative counts"),
    "not a number": (np.where(AXIS == 200, np.nan, FALLING), "must be finite"),
}


def spectrum(counts):
    axis = {"energy_loss_ev": AXIS}
    attrs = {"source": "mine.msa", "format": "", "notes": []}
    return xr.DataArray(np.asarray(counts, float), axis, "energy_loss_ev", attrs=attrs)


@pytest.mark.parametrize("kind", NOTHING)
def test_no_density_from_what_is_no_spectrum(kind):
    beam = {"electrons": 1e9, "beam_kv": 60, "collection_mrad": 24.9}
    found = eels.analyse(spectrum(NOTHING[kind]), **beam).findings.table()
    assert found["flag"].map(blocks).all()


@pytest.mark.parametrize("kind", ["noise", "constant", "saturated"])
def test_no_onset_where_there_is_no_edge(kind):
    windows = {"background_ev": (155, 180), "onset_ev": (185, 205)}
    found = eels.analyse_edge(spectrum(NOTHING[kind]), **windows).findings.table()
    assert found["flag"].str.contains("not_identifiable").all()
    edge = 2e5 * (AXIS > 192) * (AXIS / 192) ** -3 * (1 + np.exp(-(((AXIS - 195) / 2) ** 2)))
    right = eels.analyse_edge(spectrum(FALLING + edge), **windows).findings.table()
    assert (right["flag"] == "").all()


def test_windows_that_overlap_and_a_background_that_rises_are_told():
    with pytest.raises(ValueError, match=r"window 155 to 190 eV reaches into .* 185 to 205 eV"):
        eels.analyse_edge(spectrum(FALLING), background_ev=(155, 190), onset_ev=(185, 205))
    edge = 2e5 * (AXIS > 192) * (AXIS / 192) ** -3 * (1 + np.exp(-(((AXIS - 195) / 2) ** 2)))
    rising = spectrum(1e5 * (AXIS / 150) ** 2 + edge)
    found = eels.analyse_edge(rising, background_ev=(155, 180), onset_ev=(185, 205))
    table = found.findings.table()
    assert table["flag"].str.contains("implausible").all()
    assert table["note"].str.contains("background exponent").all()


@pytest.mark.parametrize("shift", [0.0, 0.5, -3.0, 6.0])
def test_a_zero_loss_beside_the_edge_tells_of_the_axis(shift):
    loss = np.arange(-30.0, 320.0, 0.5)
    clean = np.where(loss > 40, 1e5 * (np.maximum(loss, 1) / 150) ** -3, 3e4)
    clean += 2e4 * (loss > 192) * (np.maximum(loss, 1) / 192) ** -3
    clean += 1e4 * np.exp(-(((loss - 196) / 2) ** 2))
    clean += np.minimum(1e8 * np.exp(-((loss / 0.8) ** 2)), 3e7)  # the detector full, at zero
    counts = np.random.default_rng(8).poisson(clean)
    attrs = {"source": "mine.msa", "format": "", "notes": []}
    given = xr.DataArray(
        counts * 1.0, {"energy_loss_ev": loss + shift}, "energy_loss_ev", attrs=attrs
    )
    edge = {"background_ev": (150, 185), "onset_ev": (186, 210)}
    boron = {"electrons": 1e9, "beam_kv": 60, "collection_mrad": 24.9}
    found = eels.analyse_edge(given, **edge).findings.table()
    both = [found, eels.analyse(given, **boron).findings.table()]
    for table in both:
        assert table["flag"].str.contains("implausible").all() == (abs(shift) > 1)
    assert found["flag"].map(blocks).any() == (abs(shift) > 1)
    right = eels.analyse_edge(given, **edge, energy_offset_ev=-shift).findings.table()
    assert (right["flag"] == "").all()
    begins = right.set_index("quantity")["value"]["onset of the edge"]
    assert begins == pytest.approx(192, abs=1)


def test_a_peak_in_the_gap_is_no_zero_loss():
    loss = np.arange(2.0, 320.0, 0.5)
    counts = 1e5 * (loss / 150) ** -3 * (loss > 40) + 2e5 * np.exp(-(((loss - 26) / 6) ** 2))
    counts += 5e4 * np.exp(-(((loss - 6.5) / 1.5) ** 2)) + 2e4 * (loss > 192) * (192 / loss) ** 3
    counts += 1e4 * np.exp(-(((loss - 196) / 2) ** 2))
    given = xr.DataArray(counts, {"energy_loss_ev": loss}, "energy_loss_ev", attrs={"notes": []})
    found = eels.analyse_edge(given, background_ev=(150, 185), onset_ev=(186, 210))
    assert (found.findings.table()["flag"] == "").all()


def test_a_clipped_spectrum_says_so():
    edge = 2e5 * (AXIS > 192) * (AXIS / 192) ** -3 * (1 + np.exp(-(((AXIS - 195) / 2) ** 2)))
    clipped = spectrum(np.minimum(FALLING + edge, 9e5))
    found = eels.analyse_edge(clipped, background_ev=(160, 180), onset_ev=(185, 205))
    assert found.findings.table()["note"].str.contains("saturated").all()


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_named(kind):
    counts, message = REFUSED[kind]
    with pytest.raises(ValueError, match=message):
        eels.analyse(spectrum(counts), electrons=1e9, beam_kv=60, collection_mrad=24.9)


FINE = np.arange(150.0, 245.0, 0.25)
GIVEN = {"electrons": DOSE, "beam_kv": 60.0, "collection_mrad": 24.9}


def boron_spectrum(kind):
    """Counts of 2000 B and 3000 P per nm2, spoilt in one way, and what is told of the beam."""
    rng, told, stated = np.random.default_rng(6), dict(GIVEN), {"beam_kv": 60.0}
    mean = clean(2000.0, 3000.0, energy=FINE)
    counts = rng.poisson(mean) * 1.0
    if kind == "scaled":
        counts = counts / 30
    elif kind == "gain":
        counts = counts * 12
    elif kind == "smoothed":
        counts = np.convolve(np.pad(counts, 3, "edge"), np.ones(7) / 7, "valid")
    elif kind == "joined":
        counts = rng.poisson(mean * np.where(FINE < 190, 1.0, 3.0)) * 1.0
    elif kind == "rates":  # the second half counted a hundredth of the time
        counts = np.where(FINE < 200, counts, rng.poisson(mean / 100) * 100.0)
    elif kind == "X-ray":
        counts[np.argmin(np.abs(FINE - 207))] *= 3
    elif kind == "moved":
        counts = rng.poisson(np.interp(FINE + 2.5, FINE, mean)) * 1.0
    elif kind == "dose":
        told["electrons"] = counts.sum() / 2
    elif kind == "header":
        stated = {"beam_kv": 300.0}
    elif kind == "volts":
        told["beam_kv"], stated = 6e4, {}
    array = xr.DataArray(counts, {"energy_loss_ev": FINE}, "energy_loss_ev")
    return array.assign_attrs(notes=[], source="mine.msa", **stated), told


@pytest.mark.parametrize(
    ("kind", "flag", "cause"),
    [
        ("right", "", ""),
        ("scaled", "systematic", "scaled, averaged or smoothed"),
        ("gain", "misfit", "scaled, averaged or smoothed"),
        ("smoothed", "systematic", "scaled, averaged or smoothed"),
        ("joined", "misfit", "jump between two channels at 190"),
        ("rates", "misfit", "two measurements joined"),
        ("X-ray", "misfit", "jump between two channels at 207"),
        ("moved", "misfit", "axis moved by 2.5 eV"),
        ("header", "implausible", "states beam_kv 300, 60 was given"),
        ("dose", "implausible", "incident ones of the exposure"),
        ("volts", "implausible", "is it in V?"),
    ],
)
def test_densities_that_the_counts_or_the_header_contradict(kind, flag, cause):
    array, told = boron_spectrum(kind)
    found = eels.analyse(array, **told).findings.table()
    assert found["flag"].str.contains(flag).all()
    assert found["note"].str.contains(cause, regex=False).all()
    if not flag:
        assert (found["flag"] == "").all()


@pytest.mark.parametrize("exponent", [2.6, 3.3])
def test_a_background_of_any_exponent_fits_many_electrons(exponent):
    matrix = fit_losses.design_matrix(FINE, [BORON, PHOSPHORUS], BEAM, 300 * DOSE)[1]
    mean = matrix[:, :2] @ [500.0, 900.0] + 4e7 * (FINE / 150) ** -exponent
    counts = np.random.default_rng(9).poisson(mean) * 1.0
    array = xr.DataArray(counts, {"energy_loss_ev": FINE}, "energy_loss_ev", attrs={"notes": []})
    found = eels.analyse(array, **(GIVEN | {"electrons": 300 * DOSE})).findings.table()
    assert (found["flag"] == "").all()
    assert found["value"].to_numpy() == pytest.approx([500, 900], rel=0.02)


@pytest.mark.parametrize(
    ("kind", "flag", "cause"),
    [
        ("right", "", ""),
        ("step", "misfit", "jump between two channels at 715"),
        ("X-ray", "misfit", "jump between two channels at 719"),
        ("two rises", "", ""),
    ],
)
def test_an_onset_is_the_first_of_two_and_no_leap(kind, flag, cause):
    loss, rng = np.arange(660.0, 760.0, 0.2), np.random.default_rng(2)
    rise = 1 / (1 + np.exp(-(loss - 708) / 0.5))
    second = 1 / (1 + np.exp(-(loss - 721) / 0.5))
    mean = 4e4 * (loss / 660) ** -3 * (1 + 0.3 * rise * (1 + np.exp(-(((loss - 710) / 3) ** 2))))
    if kind == "two rises":
        mean = 4e4 * (loss / 660) ** -3 * (1 + 0.3 * rise + 0.32 * second)
    counts = rng.poisson(mean) * np.where((kind == "step") & (loss > 715), 1.5, 1.0)
    counts[(kind == "X-ray") & (np.abs(loss - 719) < 0.3)] += 3e4
    array = xr.DataArray(counts, {"energy_loss_ev": loss}, "energy_loss_ev", attrs={"notes": []})
    windows = {"background_ev": (670, 700), "onset_ev": (703, 730)}
    found = eels.analyse_edge(array, **windows).findings.table().set_index("quantity")
    row = found.loc["onset of the edge"]
    assert row["flag"] == flag
    assert cause in row["note"]
    assert cause or row["value"] == pytest.approx(708, abs=1)


@pytest.mark.parametrize(
    ("title", "onset", "told"),
    [
        ("TiO2 anatase, Ti L2,3", 458.0, ""),
        ("Al2O3 film: O K", 532.9, ""),
        ("La2O3, M4,5", 860.0, "La at 832 eV"),  # a tenth of the energies too many
        ("Li7La3Zr2O12 O-K", 559.0, "O at 532 eV"),
        ("LLZO_Zr_M45", 216.0, ""),  # only an edge is named: another one may be meant
        ("cathode, F K", 653.0, "F at 685 eV"),
        ("sample SP2 of B4, 25C, 300kV", 900.0, ""),
        ("CeO2, O K", 600.0, ""),  # an element without a place here: nothing is known
    ],
)
def test_an_onset_is_one_of_what_the_title_names(title, onset, told):
    assert (told in misplaced(title, onset)) if told else misplaced(title, onset) == ""


def test_a_wrong_dispersion_shows_in_what_the_title_names():
    energy = np.arange(470.0, 620.0, 0.25)
    for scale, flag in ((1.0, ""), (1.25, "implausible")):
        rise = 0.5 * (1 + np.tanh((energy - 532) / 0.8)) * np.exp(-np.maximum(energy - 532, 0) / 20)
        counts = np.random.default_rng(5).poisson(4e4 * (energy / 470) ** -3 + 3e4 * rise)
        axis = 470 + scale * (energy - 470)
        array = xr.DataArray(counts, {"energy_loss_ev": axis}, ["energy_loss_ev"])
        array.attrs |= {"title": "Al2O3 O K", "notes": []}
        low, high = (470 + scale * (e - 470) for e in (526.0, 545.0))
        found = eels.analyse_edge(array, background_ev=(480.0, low), onset_ev=(low, high))
        row = found.findings.table().set_index("quantity").loc["onset of the edge"]
        assert row["flag"] == flag
