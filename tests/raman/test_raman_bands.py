"""Raman bands: recovery, coverage, axis, units, detection limit, real lines, hostile input."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from nasicon import raman
from nasicon.raman import fit_bands
from nasicon.raman import model_bands as shapes

X = np.arange(100.0, 1500.0, 1.0)


def clean(ratio=0.7):
    tio6 = 1000 * shapes.gaussian(X, 604, 75)
    return tio6 + 1000 * ratio * shapes.gaussian(X, 746, 65) + 40 - 0.01 * X


def table(y, noise=0.0, seed=0):
    y = y + np.random.default_rng(seed).normal(0, noise, X.size) if noise else y
    return pd.DataFrame({"raman_shift_cm1": X, "intensity": y})


def test_recovers_what_went_in_and_agrees_with_another_fitter():
    fit = fit_bands.fit_bands(table(clean()))
    assert fit.result["TiO6_centre"] == pytest.approx(604, abs=0.01)
    assert fit.result["TiO4_fwhm"] == pytest.approx(65, abs=0.05)
    assert fit.ratio()[0] == pytest.approx(0.7, rel=1e-3)
    assert fit.result.converged
    assert fit.result.moved_from_guess

    noisy = table(clean(), noise=0.2)
    inside = (X >= 520) & (X <= 860)

    def model(x, a, c, w, b, d, v, o, s):
        return a * shapes.gaussian(x, c, w) + b * shapes.gaussian(x, d, v) + o + s * x

    theirs = curve_fit(
        model, X[inside], noisy["intensity"][inside], p0=(900, 600, 70, 600, 750, 70, 40, 0)
    )[0]
    assert fit_bands.fit_bands(noisy).ratio()[0] == pytest.approx(theirs[3] / theirs[0], rel=1e-4)


def test_interval_of_the_ratio_covers_the_truth():
    hits = 0
    for seed in range(100):
        _, low, high = fit_bands.fit_bands(table(clean(), noise=0.2, seed=seed)).ratio()
        hits += low <= 0.7 <= high
    assert 89 <= hits <= 100  # 95 +- 2.2


def test_reversed_axis_and_scale_do_not_matter():
    data = table(clean(), noise=0.2)
    one = fit_bands.fit_bands(data)
    turned = fit_bands.fit_bands(data.iloc[::-1].assign(intensity=lambda d: 1e-5 * d["intensity"]))
    assert turned.ratio() == pytest.approx(one.ratio(), rel=1e-5)
    assert turned.result["TiO6_area"] == pytest.approx(1e-5 * one.result["TiO6_area"], rel=1e-5)


def test_cosmic_rays_are_left_out():
    data = table(clean(), noise=0.2)
    data["cosmic_ray"] = False
    data.loc[[600, 601], "intensity"] += 1000
    spoiled = fit_bands.fit_bands(data).ratio()[0]
    data.loc[[600, 601], "cosmic_ray"] = True
    fit = fit_bands.fit_bands(data)
    assert not {*fit.x} & {*data.loc[[600, 601], "raman_shift_cm1"]}
    assert fit.ratio()[0] == pytest.approx(0.7, abs=0.05)
    assert abs(spoiled - 0.7) > 0.1


def test_share_and_limit():
    glass = fit_bands.fit_bands(table(clean(), noise=0.05))
    bands = clean() - (40 - 0.01 * X)
    found = [
        fit_bands.glass_share(table(0.07 * bands + 30 + 0.02 * X, noise=0.2, seed=s), glass)
        for s in range(60)
    ]
    shares = np.array([f.share for f in found])
    assert shares.mean() == pytest.approx(0.07, abs=0.005)
    assert shares.std() == pytest.approx(np.mean([f.stderr for f in found]), rel=0.35)
    blanks = [
        fit_bands.glass_share(table(30 + 0.02 * X, noise=0.2, seed=100 + s), glass)
        for s in range(60)
    ]
    assert sum(b.share > 1.645 * b.stderr for b in blanks) <= 9
    assert np.mean([b.limit for b in blanks]) == pytest.approx(3.29 * shares.std(), rel=0.35)


def test_baseline_follows_the_ground_not_the_lines():
    line = 5 * np.exp(-(((X - 800) / 6) ** 2))
    ground = 2 + 1e-3 * X
    found = fit_bands.baseline(table(ground + line, noise=0.01))
    assert np.abs(found - ground)[20:-20].max() < 0.1


@pytest.mark.parametrize(
    ("name", "reference", "off", "within"),
    [
        ("ICV_BW532_PST02_iRPlus532_Z050_100_2500msx5.txt", 1001.4, 0.0, 1.0),
        ("ICV_BW532_PST02_iRPlus532_Z050_100_2500msx5.txt", 620.9, 0.0, 1.0),
        ("ICV_BW532_PST02_iRPlus532_Z050_100_2500msx5.txt", 1602.3, 0.0, 1.0),
        ("ICV_BW532_sCAL02_iRPlus532_Z050_100_20000ms.txt", 1086.0, 0.0, 1.0),
        ("ICV_BW532_sCAL02_iRPlus532_Z050_100_20000ms.txt", 712.0, 0.2, 1.2),
        ("ICV_BW532_S0N02_iRPlus532_Z050_100_40000ms.txt", 520.5, 1.8, 0.4),
        ("TOP_Ho633_Pol_HLR633_Z010_100_15sx5.txt", 620.9, -2.0, 0.3),
        ("TOP_Ho633_Pol_HLR633_Z010_100_15sx5.txt", 1001.4, -2.5, 0.3),
        ("TOP_Ho633_Si_HLR633_Z010_100_40sx5.txt", 520.5, -1.74, 0.2),
        ("vSiO2_ROD1000661.rod", 604.0, -1.0, 1.5),
    ],
)
def test_reference_lines_on_real_instruments(external, name, reference, off, within):
    from nasicon.raman.read_files import read_raman

    line = fit_bands.line_position(read_raman(external(f"raman/{name}")), reference)
    assert line["line_centre"] - reference == pytest.approx(off, abs=within)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.iloc[:0], "0 points"),
        (lambda t: t.assign(intensity=np.nan), "must be finite"),
        (lambda t: t.assign(intensity=3.0), "constant"),
        (lambda t: t[t["raman_shift_cm1"] > 700], "not inside the spectrum"),
        (lambda t: t.drop(columns="intensity"), "no column 'intensity'"),
        (lambda t: t.iloc[::25], "at least 30"),
    ],
)
def test_hostile_tables(change, message):
    with pytest.raises(ValueError, match=message):
        fit_bands.fit_bands(change(table(clean())))


def test_hostile_options():
    with pytest.raises(ValueError, match="degree must be"):
        fit_bands.fit_bands(table(clean()), degree=9)
    with pytest.raises(ValueError, match="window must be"):
        fit_bands.fit_bands(table(clean()), window=(800.0, 700.0))
    with pytest.raises(ValueError, match="at least 7"):
        fit_bands.line_position(table(clean()), 5000.0)


@pytest.mark.parametrize(("height", "fwhm"), [(1500.0, 16.0), (6000.0, 9.0), (20000.0, 5.0)])
def test_line_intervals_hold_the_truth_on_a_slope(height, fwhm):
    x = np.arange(200.0, 900.0, 1.1)
    clean = 3000 + 16 * (x - 200) + height * np.exp(-4 * np.log(2) * ((x - 611.3) / fwhm) ** 2)
    held = []
    for seed in range(80):
        counts = np.random.default_rng(seed).poisson(clean) * 1.0
        found = raman.lines(pd.DataFrame({"raman_shift_cm1": x, "intensity": counts}))
        line = found.loc[found["height"].idxmax()]
        held.append(line["ci_low"] <= 611.3 <= line["ci_high"])
    assert 0.88 <= np.mean(held) <= 1.0
