"""Maps that no number may come from without a word, and controls that stay unflagged."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter

from nasicon import esm
from nasicon.core.vocabulary import blocks
from nasicon.esm import fit_statistics as statistics
from nasicon.esm.fit_decays import fit_relaxation
from nasicon.esm.fit_maps import map_flags
from nasicon.esm.fit_rectified import rician_mean
from nasicon.esm.model_oscillator import oscillator

CASES = Path(__file__).parents[1] / "cases" / "08_esm"


def means(name):
    fit = esm.fit(esm.read(CASES / f"{name}.npz"), rectified=True)
    good = esm.usable(fit)
    return fit, *(float(fit[k].where(good).mean()) for k in ("amplitude", "quality"))


def test_the_complex_control_is_right_and_unflagged():
    fit, amplitude, quality = means("complex_snr20")
    assert (amplitude, quality) == (pytest.approx(2.0, rel=0.02), pytest.approx(60, rel=0.02))
    assert map_flags(fit) == ((), "")


def test_rectified_noise_is_taken_off():
    fit, amplitude, quality = means("amplitude_snr8")
    assert (amplitude, quality) == (pytest.approx(2.0, rel=0.02), pytest.approx(60, rel=0.02))
    assert map_flags(fit)[0] == ()


@pytest.mark.parametrize(("name", "high"), [("amplitude_snr8", 13), ("amplitude_snr3", 180)])
def test_without_the_correction_the_excess_is_flagged_with_its_size(name, high):
    fit = esm.fit(esm.read(CASES / f"{name}.npz"))
    flags, note = map_flags(fit)
    told = float(note.split("some ")[1].split(" %")[0])
    assert flags == ("systematic",)
    assert high / 3 < told < 3 * high


def test_amplitudes_near_the_noise_are_flagged_with_a_size():
    flags, note = map_flags(means("amplitude_snr3")[0])
    assert flags == ("systematic",)
    assert "% high" in note


def test_noise_alone_is_no_map():
    flags, note = map_flags(means("no_resonance")[0])
    assert blocks(flags)
    assert "no resonance" in note


def test_amplitudes_of_noise_alone_are_no_map():
    rng = np.random.default_rng(3)
    noise = np.abs(rng.normal(size=(10, 10, 60)) + 1j * rng.normal(size=(10, 10, 60)))
    assert blocks(map_flags(esm.fit(noise, np.linspace(300e3, 350e3, 60)))[0])


def test_two_resonances_are_a_misfit():
    f = np.linspace(300e3, 350e3, 60)
    one, two = (f0**2 / (f0**2 - f**2 + 1j * f * f0 / 60) for f0 in (318e3, 333e3))
    rng = np.random.default_rng(4)
    cube = one + 0.9 * two + 0.5 * (rng.normal(size=(8, 8, 60)) + 1j * rng.normal(size=(8, 8, 60)))
    assert "misfit" in map_flags(esm.fit(cube, f))[0]


def test_rician_mean_against_a_sum_of_draws():
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(2, 400_000)) * 1.5
    for response in (0.0, 1.0, 6.0):
        drawn = np.hypot(response + noise[0], noise[1]).mean()
        assert rician_mean(np.array(response), 1.5) == pytest.approx(drawn, rel=3e-3)


BAND = np.linspace(280e3, 340e3, 50)


def given(kind):
    """Maps of 12 x 12 pixels that hold no resonance, or not enough of one."""
    rng, shape = np.random.default_rng(0), (12, 12, BAND.size)
    noise = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    right = oscillator(BAND, 2.0, 310e3, 40.0, 0.3) + 0.2 * noise
    lost = right.copy()
    lost[:10] = np.nan
    return {
        "right": right,
        "noise": noise,
        "amplitudes of noise": np.abs(noise),
        "constant": np.ones(shape) + 0j,
        "zero": np.zeros(shape),
        "saturated": np.minimum(np.abs(right), 20.0),
        "negative": -np.abs(right),
        "most pixels lost": lost,
        "drift": np.cumsum(noise, axis=-1),
    }[kind]


def analysed(kind):
    axis = {"frequency": BAND}
    attrs = {"source": "mine.npz", "format": "", "notes": []}
    cube = xr.DataArray(given(kind), axis, ("y", "x", "frequency"), attrs=attrs)
    return esm.analyse(cube).findings.table()


@pytest.mark.parametrize(
    "kind",
    [
        "noise",
        "amplitudes of noise",
        "constant",
        "zero",
        "saturated",
        "most pixels lost",
        "drift",
    ],
)
def test_no_mean_from_what_is_no_resonance(kind):
    assert analysed(kind)["flag"].map(blocks).all()


def test_negative_amplitudes_hold_no_resonance():
    with pytest.raises(ValueError, match="no resonance between"):
        analysed("negative")


def test_a_band_without_the_resonance_is_named_and_noise_draws_nothing():
    rng, shape = np.random.default_rng(2), (12, 12, BAND.size)
    response = oscillator(BAND, 2.0, 380e3, 40.0, 0.3)
    noise = 0.02 * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
    cube = xr.DataArray(response + noise, {"frequency": BAND}, ("y", "x", "frequency"))
    with pytest.raises(ValueError, match="map: no resonance between 280 and 340 kHz"):
        esm.analyse({"map": cube})
    assert esm.analyse({"map": 0 * cube}).figures == {}


@pytest.mark.parametrize(
    ("lines", "factor", "told"),
    [
        (slice(0, 0), 1.0, ""),
        (slice(20, None), 1.6, "from column 21 of 40 on the map stands at 1."),
        (slice(0, 7), 1.6, "from column 8 of 40 on the map stands at 0.6"),
        (slice(20, 21), 3.0, ""),  # one bad line
    ],
)
def test_a_map_of_two_tips_is_told(lines, factor, told):
    rng = np.random.default_rng(4)
    layer = np.exp(0.3 * gaussian_filter(rng.normal(size=(30, 40)), 2.0) / 0.14)
    layer[:, lines] *= factor
    said = statistics.stepped(layer * np.exp(0.1 * rng.normal(size=layer.shape)))
    assert said.startswith(told)
    assert bool(said) == bool(told)


def test_a_map_of_grains_has_no_step():
    """Plates with straight edges, tilted against the scan lines, and smooth fields."""
    rng, (y, x) = np.random.default_rng(6), np.mgrid[:48, :48]
    for _ in range(200):
        edge = y > 24 + rng.uniform(0.15, 1.0) * (x - rng.uniform(0, 48))
        smooth = gaussian_filter(rng.normal(size=y.shape), rng.uniform(1, 10))
        layer = np.exp(edge * rng.normal(0, 0.7) + 0.3 * smooth / smooth.std())
        assert statistics.stepped(layer * np.exp(0.05 * rng.normal(size=layer.shape))) == ""


def test_a_right_map_has_no_flag():
    assert (analysed("right")["flag"] == "").all()


def test_a_clipped_decay_is_a_misfit():
    t = np.arange(1, 181) * 0.02
    signal = 8 + 3 * np.exp(-t / 0.4) + 0.1 * np.random.default_rng(1).normal(size=t.size)
    assert not fit_relaxation(t, signal).misfit
    clipped = fit_relaxation(t, np.minimum(signal, 9.0))
    assert "saturated" in clipped.misfit_reason


def test_peaks_that_the_detector_cuts_off_are_a_misfit():
    rng, frequency = np.random.default_rng(8), np.linspace(300e3, 350e3, 60)
    resonance = rng.normal(325e3, 500.0, (12, 12, 1))
    size = np.abs(oscillator(frequency, 2.0, resonance, 60.0, 0.0)) + rng.normal(0, 3, (12, 12, 60))
    for most, cut in ((np.inf, False), (70.0, True)):
        cube = xr.DataArray(
            np.minimum(size, most), dims=("y", "x", "frequency"), coords={"frequency": frequency}
        )
        found = esm.analyse({"map": cube}).findings.table()
        assert found["flag"].str.contains("misfit").eq(cut).all()
        assert found["note"].str.contains("cut off at one height").eq(cut).all()


@pytest.mark.parametrize(("change", "told"), [(np.asarray, False), (np.conj, True)])
def test_a_phase_that_runs_the_other_way_is_turned_and_told(change, told):
    cube = xr.DataArray(change(given("right")), {"frequency": BAND}, ("y", "x", "frequency"))
    cube.attrs = {"source": "mine.npz", "format": "", "notes": []}
    found = esm.analyse(cube).findings.table().set_index("quantity")
    assert found.loc["quality factor, mean", "value"] == pytest.approx(40, rel=0.02)
    assert (found["flag"] == ("systematic" if told else "")).all()
    assert found["note"].str.contains("the other way round").all() == told


@pytest.mark.parametrize(
    ("kind", "told"), [("right", ""), ("glitch", "leaps by"), ("range", "neighbours share")]
)
def test_a_decay_with_a_leap_is_a_misfit(kind, told):
    t, rng = 0.02 * np.arange(1, 301), np.random.default_rng(5)
    y = 40 * np.exp(-t / 1.2) + 5 + rng.normal(0, 0.5, t.size)
    y = np.where((kind == "glitch") & (np.abs(t - 2) < 0.03), y + 15, y)
    y = np.where((kind == "range") & (t > 1.5), 1.4 * y, y)
    found = esm.analyse_relaxation(pd.DataFrame({"p": y}, index=t)).findings.table().iloc[0]
    assert found["flag"] == ("misfit" if told else "")
    assert told in found["note"]
