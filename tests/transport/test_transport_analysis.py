"""Conductivities, Arrhenius fits and their nuisances; oracles: polyfit and a published report."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nasicon.core.constants import BOLTZMANN_EV_PER_K
from nasicon.core.vocabulary import blocks
from nasicon.transport import analysis as transport_report
from nasicon.transport import fit_temperature
from nasicon.transport import model_conduction as model

K = BOLTZMANN_EV_PER_K
T_C = np.array([25.0, 40.0, 60.0, 80.0, 100.0, 120.0])
REPORT = {  # the authors' own table of the s04147 series at 413, 423, ... 473 K, S/cm
    "bulk": [2.857e-6, 3.721e-6, 5.256e-6, 7.453e-6, 1.049e-5, 1.523e-5, 1.860e-5],
    "grain boundary": [2.076e-7, 3.666e-7, 6.261e-7, 1.050e-6, 1.719e-6, 2.737e-6, 4.397e-6],
    "total": [1.936e-7, 3.338e-7, 5.594e-7, 9.201e-7, 1.477e-6, 2.320e-6, 3.556e-6],
}
REPORT_C = np.arange(413.0, 474.0, 10.0) - 273.15


# --- one conductivity ------------------------------------------------------------------------


def test_errors_by_hand():
    sigma = fit_temperature.conductivity(
        100.0,
        1.0,
        thickness_mm=1.0,
        diameter_mm=10.0,
        thickness_error_mm=0.02,
    )
    assert sigma.value == pytest.approx(1.273240e-3)
    relative = sigma.stderr / sigma.value  # sqrt(1 + 4) = 2.236068
    assert relative == pytest.approx(0.02236068, rel=1e-5)
    low, high = sigma.interval
    assert low * high == pytest.approx(sigma.value**2)
    assert high / sigma.value == pytest.approx(np.exp(1.96 * 0.02236068), rel=1e-5)


def test_a_die_that_shrank_by_12_percent_is_worth_29_percent():
    die, sintered = (
        fit_temperature.conductivity(100.0, 0.0, thickness_mm=1.0, diameter_mm=d).value
        for d in (10.0, 8.8)
    )
    assert sintered / die == pytest.approx(1.2913, abs=1e-4)


GOOD = {"thickness_mm": 1.0, "diameter_mm": 10.0}


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((0.0, 1.0), GOOD, "resistance_ohm must be > 0 and finite, got 0"),
        ((float("nan"), 1.0), GOOD, "resistance_ohm must be > 0 and finite, got nan"),
        ((1.0, float("nan")), GOOD, "stderr_ohm must be >= 0 and finite, got nan"),
        ((1.0, -1.0), GOOD, "stderr_ohm must be >= 0 and finite, got -1"),
        ((1.0, 0.1), GOOD | {"thickness_mm": -1.0}, "thickness_mm must be > 0 and finite, got -1"),
        ((1.0, 0.1), GOOD | {"diameter_mm": 0.0}, "diameter_mm must be > 0 and finite, got 0"),
        ((1.0, 0.1), GOOD | {"diameter_mm": None}, "diameter_mm is missing"),
        ((1.0, 0.1), GOOD | {"thickness_error_mm": -0.1}, "thickness_error_mm must be >= 0"),
    ],
)
def test_bad_conductivity_input_is_named(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        fit_temperature.conductivity(*arguments, **keywords)


def test_missing_geometry_is_python_s_own_error():
    with pytest.raises(TypeError, match="thickness_mm"):
        fit_temperature.conductivity(1.0, 0.1, diameter_mm=10.0)


# --- Arrhenius -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "ln_sigma_t", "ln_sigma"),
    [("bulk", 0.5869, 0.549), ("grain boundary", 0.8919, 0.854), ("total", 0.8555, 0.817)],
)
def test_published_activation_energies(part, ln_sigma_t, ln_sigma):
    """From the printed conductivities: Ea as printed, in ln(sigma T) and in ln(sigma)."""
    product = fit_temperature.fit_arrhenius(REPORT_C, REPORT[part], convention="sigma_T")
    plain = fit_temperature.fit_arrhenius(REPORT_C, REPORT[part])
    assert product["activation_energy_ev"] == pytest.approx(ln_sigma_t, abs=1e-3)
    assert plain["activation_energy_ev"] == pytest.approx(ln_sigma, abs=1.5e-3)
    assert product.units == ("S K cm-1", "eV")
    assert plain.units == ("S cm-1", "eV")


@pytest.mark.parametrize(
    ("part", "prefactor"), [("bulk", 16090), ("grain boundary", 6537463), ("total", 2198387)]
)
def test_published_prefactors(part, prefactor):
    # 1e-3 eV of rounding in Ea is 2.6 % of the prefactor at 443 K
    result = fit_temperature.fit_arrhenius(REPORT_C, REPORT[part], convention="sigma_T")
    assert result["prefactor"] == pytest.approx(prefactor, rel=0.03)


def noisy(seed=0, scatter=0.03, energy=0.27):
    clean = model.arrhenius(T_C, 1.12e-4, energy)
    return clean * np.exp(np.random.default_rng(seed).normal(0, scatter, T_C.size))


@pytest.mark.parametrize("convention", ["sigma", "sigma_T"])
def test_line_and_covariance_are_those_of_linear_regression(convention):
    sigma = noisy()
    t = T_C + 273.15
    y = np.log(sigma * (t if convention == "sigma_T" else 1))
    x = 1 / (K * t)
    (slope, intercept), covariance = np.polyfit(x, y, 1, cov=True)
    result = fit_temperature.fit_arrhenius(T_C, sigma, convention=convention)
    assert result["activation_energy_ev"] == pytest.approx(-slope, rel=1e-7)
    assert np.log(result["prefactor"]) == pytest.approx(intercept, rel=1e-7)
    # the textbook formula: s2/Sxx, s2 (1/n + mean2/Sxx), and -s2 mean/Sxx between them
    residual = y - intercept - slope * x
    s2 = residual @ residual / (x.size - 2)
    sxx = ((x - x.mean()) ** 2).sum()
    by_hand = s2 * np.array(
        [[1 / x.size + x.mean() ** 2 / sxx, x.mean() / sxx], [x.mean() / sxx, 1 / sxx]]
    )
    in_logs = result.covariance * np.outer([np.log(10), 1], [np.log(10), 1])
    np.testing.assert_allclose(in_logs, by_hand, rtol=1e-6)
    assert in_logs[1, 1] == pytest.approx(covariance[0, 0], rel=1e-6)
    assert result.correlated.all()  # prefactor and Ea are nearly one number


def test_the_conventions_differ_by_the_shift():
    plain, product = (
        fit_temperature.fit_arrhenius(T_C, noisy(), convention=c)["activation_energy_ev"]
        for c in ("sigma", "sigma_T")
    )
    assert product - plain == pytest.approx(0.0294, abs=5e-4)


def test_stated_errors_weigh_the_points():
    sigma = noisy()
    relative = np.array([0.01, 0.01, 0.01, 0.01, 0.01, 10.0])  # the last one counts for nothing
    weighted = fit_temperature.fit_arrhenius(T_C, sigma, relative)["activation_energy_ev"]
    five = fit_temperature.fit_arrhenius(T_C[:5], sigma[:5])["activation_energy_ev"]
    assert weighted == pytest.approx(five, abs=1e-5)


def test_stated_errors_are_a_floor_and_scatter_can_only_widen_them():
    exact = model.arrhenius(T_C, 1.12e-4, 0.27)
    x = 1 / (K * (T_C + 273.15))
    floor = 0.03 / np.sqrt(((x - x.mean()) ** 2).sum())
    clean = fit_temperature.fit_arrhenius(T_C, exact, 0.03)
    wild = fit_temperature.fit_arrhenius(T_C, noisy(scatter=0.3), 0.03)
    assert clean.stderr[1] == pytest.approx(floor, rel=1e-4)
    assert wild.stderr[1] > 2 * floor


def test_an_error_of_temperature_enters_through_the_slope():
    sigma, t = model.arrhenius(T_C, 1.12e-4, 0.27), T_C + 273.15
    x = 1 / (K * t)
    each = 0.27 * 1.0 / (K * t**2)  # d ln sigma for 1 K
    mean = np.average(x, weights=each**-2)
    expected = 1 / np.sqrt((((x - mean) / each) ** 2).sum())
    result = fit_temperature.fit_arrhenius(T_C, sigma, temperature_error_k=1.0)
    assert result.stderr[1] == pytest.approx(expected, rel=1e-3)
    assert result["activation_energy_ev"] == pytest.approx(0.27, abs=1e-9)


def test_order_of_the_temperatures_does_not_matter():
    order = [3, 0, 5, 1, 4, 2]
    one = fit_temperature.fit_arrhenius(T_C, noisy())
    other = fit_temperature.fit_arrhenius(T_C[order], noisy()[order])
    np.testing.assert_allclose(other.values, one.values, rtol=1e-9)


BAD = [
    ((T_C, noisy()[:5]), {}, "6 temperatures for 5 values: give one each"),
    ((T_C[:2], noisy()[:2]), {}, "2 temperatures are too few, at least 3 are needed"),
    (([25, 25, 40], [1, 2, 3]), {}, "2 different temperatures"),
    (([25, 40, 60], [1, -2, 3]), {}, "must be > 0 and finite, got .* -2"),
    (([25, 40, 60], [1, np.nan, 3]), {}, "must be > 0 and finite, got .*nan"),
    (([25, np.nan, 60], [1, 2, 3]), {}, "temperatures must be finite, got .*nan"),
    (([-300, 40, 60], [1, 2, 3]), {}, "temperature_c must be above -273.15, got -300"),
    (([25, 40, 60], [1, 2, 3], 0.0), {}, "relative_stderr must be > 0 and finite"),
    (([25, 40, 60], [1, 2, 3], [0.1, np.nan, 0.1]), {}, "relative_stderr must be > 0 and finite"),
    (([25, 40, 60], [1, 2, 3], [0.1, 0.1]), {}, "2 relative_stderr for 3 values"),
    (
        ([25, 40, 60], [1, 2, 3]),
        {"convention": "ln sigma T"},
        'convention must be "sigma" or "sigma_T", got \'ln sigma T\'',
    ),
]


@pytest.mark.parametrize(("arguments", "keywords", "message"), BAD, ids=[b[2] for b in BAD])
def test_bad_series_are_refused_with_the_reason(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        fit_temperature.fit_arrhenius(*arguments, **keywords)


# --- more than one straight line ---------------------------------------------------------------


def test_local_energies_of_one_process_are_all_its_own():
    middle, slope = fit_temperature.local_slopes(T_C, model.arrhenius(T_C, 1e-4, 0.3))
    np.testing.assert_allclose(slope, np.full(5, 0.3))
    # 2/(1/298.15 + 1/313.15) - 273.15
    assert middle[0] == pytest.approx(32.316, abs=1e-3)


def test_local_slopes_go_from_cold_to_hot_whatever_the_order():
    sigma = model.arrhenius(T_C, 1e-4, 0.3)
    middle, slope = fit_temperature.local_slopes(T_C[::-1], sigma[::-1])
    assert (np.diff(middle) > 0).all()
    np.testing.assert_allclose(slope, 0.3)


def resistances(*parts, series=0.0, t=T_C):
    return series + sum(r / model.arrhenius(t, 1.0, ea) for r, ea in parts)


def test_curvature_is_zero_for_one_process_and_its_p_value_is_uniform():
    value, error, _ = fit_temperature.curvature(T_C, model.arrhenius(T_C, 1e-4, 0.3), 0.01)
    assert abs(value) < 1e-9 < error
    small = [fit_temperature.curvature(T_C, noisy(seed), 0.03)[2] < 0.05 for seed in range(400)]
    assert 6 < sum(small) < 36  # binomial(400, 0.05): 20, +- 3.2 standard deviations


@pytest.mark.parametrize(
    ("sigma", "sign"),
    [
        (1 / resistances((100, 0.3), series=5.0), -1),  # leads take over when hot: concave
        (1 / resistances((100, 0.2), (100, 0.5)), -1),  # two in series: the steeper one when cold
        (1 / resistances((100, 0.2)) + 1 / resistances((100, 0.5)), 1),  # side by side: convex
    ],
)
def test_sign_of_the_curvature(sigma, sign):
    value, error, p = fit_temperature.curvature(T_C, sigma, 0.001)
    assert np.sign(value) == sign
    assert abs(value) > 5 * error
    assert p < 1e-6


def test_curvature_without_stated_errors_uses_the_scatter():
    coefficients, covariance = np.polyfit(1 / (K * (T_C + 273.15)), np.log(noisy()), 2, cov=True)
    value, error, p = fit_temperature.curvature(T_C, noisy())
    assert value == pytest.approx(coefficients[0], rel=1e-6)
    assert error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-6)
    # six points, three coefficients: Student's t with 3 degrees of freedom
    assert p == pytest.approx(2 * stats.t.sf(abs(value) / error, 3), rel=1e-6)
    with pytest.raises(ValueError, match="3 temperatures are too few, at least 4"):
        fit_temperature.curvature(T_C[:3], noisy()[:3])


def rows_of_energies(t_c, sigma):
    table = pd.DataFrame({"quantity": "total conductivity", "temperature_c": t_c, "value": sigma})
    found = transport_report.analyse(table).findings.table()
    return found[found["unit"] == "eV"]


def test_a_line_that_bends_says_how_much():
    """Vogel-Fulcher-Tammann: sigma = A exp(-B/(T - T0)), local Ea = k B (T/(T - T0))^2."""
    t_c = np.arange(10.0, 90.0, 10.0)
    t, k, b, t0 = t_c + 273.15, 8.617333e-5, 1200.0, 165.0
    rows = rows_of_energies(t_c, 5.0 * np.exp(-b / (t - t0)))
    assert rows["flag"].eq("systematic").all()
    ends = k * b * (t[[0, -1]] / (t[[0, -1]] - t0)) ** 2
    told = [float(x) for x in re.findall(r"([\d.]+) eV", rows["note"].iloc[0])]
    assert told == pytest.approx(ends, rel=0.1)  # a parabola for a steeper curve
    assert ends[0] - ends[1] > 0.1


def test_straight_lines_are_hardly_ever_called_bent():
    rng = np.random.default_rng(7)
    t_c = np.linspace(0.0, 100.0, 7)
    x = 1 / (8.617333e-5 * (t_c + 273.15))
    clean = np.exp(-0.4 * x)
    bent = [
        fit_temperature.bend(t_c, clean * np.exp(0.02 * rng.normal(size=7)))[0] > 0
        for _ in range(1000)
    ]
    assert np.mean(bent) <= 0.02


@pytest.mark.parametrize(
    ("factor", "shape", "told"),
    [
        (1.0, "straight", ""),
        (1.25, "straight", "between 60 and 80 degC the points step by a factor of 1.25"),
        (1.01, "straight", ""),  # less than a geometry is known to
        (1.0, "lead", ""),  # bends, and does not step
    ],
)
def test_two_pellets_in_one_series_are_told(factor, shape, told):
    celsius = np.array([0.0, 20, 40, 60, 80, 100, 120, 140])
    sigma = model.arrhenius(celsius, 1e-4, 0.4) * np.where(celsius > 70, factor, 1.0)
    if shape == "lead":
        sigma = 1 / (1 / sigma + 50)
    sigma = sigma * np.exp(2e-3 * np.random.default_rng(3).normal(size=8))
    said = fit_temperature.step(celsius, sigma)
    assert said.startswith(told)
    assert bool(said) == bool(told)
    table = pd.DataFrame({"temperature_c": celsius, "value": sigma})
    rows = transport_report.analyse(table.assign(quantity="total conductivity")).findings.table()
    assert rows["flag"].str.contains("misfit").all() == bool(told)


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        ({}, ""),
        ({0: 10.0}, "the point at 0 degC stands at"),  # cold end, ten times too high
        ({3: 0.5}, "the point at 60 degC stands at 0.5"),
        ({6: 1.2}, ""),  # what an arc at the window's end does
        ({2: 4.0, 5: 0.25}, "falls to 49 % from 40 to 60"),  # two exchanged: 1.95/4
    ],
)
def test_a_row_of_a_table_that_cannot_be_is_told(factors, told):
    celsius = np.arange(0.0, 160.0, 20.0)
    sigma = model.arrhenius(celsius, 1e-4, 0.3)
    sigma *= np.exp(0.02 * np.random.default_rng(5).normal(size=8))
    for row, factor in factors.items():
        sigma[row] *= factor
    table = pd.DataFrame({"temperature_c": celsius, "value": sigma})
    rows = transport_report.analyse(table.assign(quantity="total conductivity")).findings.table()
    assert rows["flag"].map(blocks).eq(bool(told)).all()
    assert rows["note"].str.contains(told, regex=False).all()


def test_a_step_is_hardly_ever_seen_in_a_straight_line():
    rng = np.random.default_rng(11)
    clean = model.arrhenius(REPORT_C, 1e-4, 0.4)
    false = [
        fit_temperature.step(REPORT_C, clean * np.exp(0.1 * rng.normal(size=7))) for _ in range(300)
    ]
    assert sum(map(bool, false)) <= 9  # 1 % expected


HOT = np.array([30.0, 45, 60, 75, 90, 105])


def conducting(celsius, ea=0.36, at_25=4e-5, seed=6):
    t, rng = np.asarray(celsius) + 273.15, np.random.default_rng(seed)
    scatter = np.exp(0.015 * rng.normal(size=t.size))
    return at_25 * np.exp(-ea / 8.617e-5 * (1 / t - 1 / 298.15)) * scatter


def energies(**columns):
    celsius = columns.pop("celsius")
    parts = [
        pd.DataFrame({"quantity": f"{name} conductivity", "temperature_c": celsius, "value": v})
        for name, v in columns.items()
    ]
    rows = transport_report.analyse(pd.concat(parts, ignore_index=True)).findings.table()
    return rows[rows["unit"] == "eV"]


TWICE = np.concatenate([HOT, HOT[-2::-1]])


@pytest.mark.parametrize(
    ("celsius", "sigma", "flag", "words"),
    [
        (HOT, conducting(HOT, ea=0.0), "implausible", "outside 0.04 to 2.5 eV"),  # heater off
        (TWICE, conducting(TWICE) * np.repeat([1, 1.9], [6, 5]), "misfit", "falls to"),
        (TWICE, conducting(TWICE), "", ""),
        (HOT, conducting(HOT, ea=0.07), "", ""),
    ],
)
def test_series_that_cannot_be_and_series_that_can(celsius, sigma, flag, words):
    rows = energies(celsius=celsius, total=sigma)
    assert rows["flag"].str.contains(flag or "misfit|implausible").all() == bool(flag)
    assert rows["note"].str.contains(words, regex=False).all()


def test_a_total_above_its_part_is_told():
    bulk, boundary = conducting(HOT, 0.3, 2e-4), conducting(HOT, 0.4, 4e-5)
    right, exchanged = 1 / (1 / bulk + 1 / boundary), bulk + boundary
    for value, told in ((right, False), (exchanged, True)):
        rows = energies(celsius=HOT, bulk=bulk, **{"grain boundary": boundary}, total=value)
        assert rows["note"].str.contains("resistances add").all() == told
        assert rows["flag"].str.contains("implausible").all() == told


@pytest.mark.parametrize(
    ("note", "slope_flagged"),
    [("0.7 % of abs(Z): by up to 10 times that", True), ("the header says area 1 cm2", False)],
)
def test_what_moves_each_conductivity_moves_the_slope_and_a_geometry_does_not(note, slope_flagged):
    t = np.array([20.0, 40.0, 60.0, 80.0, 100.0])
    value = np.exp(-0.35 / (BOLTZMANN_EV_PER_K * (t + 273.15))) * [1.0, 1.01, 0.99, 1.01, 1.0]
    known = {"quantity": "total conductivity", "flag": "systematic", "note": note}
    sigma = pd.DataFrame({"temperature_c": t, "value": value, **known})
    rows = transport_report.analyse(sigma).findings.table()
    flagged = rows["flag"].str.contains("systematic")
    assert flagged[rows["unit"] == "eV"].eq(slope_flagged).all()
    assert flagged[rows["unit"] != "eV"].all()
    assert rows.loc[flagged, "note"].eq(note).all()
