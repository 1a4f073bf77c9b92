"""Sweeps: capacitance, onset and limits of currents that are known."""

import numpy as np
import pandas as pd
import pytest

from nasicon import cycling
from nasicon.cycling import fit_sweeps

AREA = 0.5
BASE = (2.2, 3.5)


def sweep(rate=0.01, farad=1e-5, onset=None, tafel=0.1, noise=2e-8, leak=0.0, seed=0):
    """i = C v + g V + 1 uA/cm2 10^((V - onset)/tafel), per cm2, plus white noise."""
    v = np.arange(2.0, 7.0, 0.01)
    i = farad * rate + leak * (v - 2.0)
    if onset is not None:
        i = i + np.minimum(1e-6 * 10 ** ((v - onset) / tafel), 1e-3)
    i = i + np.random.default_rng(seed).normal(0, noise, v.size)
    return pd.DataFrame({"time_s": (v - 2.0) / rate, "voltage_v": v, "current_a": AREA * i})


def test_the_capacitive_current_is_found_and_removed():
    found = fit_sweeps.remove_capacitive(sweep(leak=2e-9), AREA, BASE)
    assert found.scan_v_per_s == pytest.approx(0.01, rel=1e-9)
    # the leak adds its own current at the middle of the baseline
    truth = 1e-5 + 2e-9 * (2.85 - 2.0) / 0.01
    assert found.capacitance_f_per_cm2 == pytest.approx(truth, abs=4 * found.capacitance_stderr)
    assert abs(np.mean(found.faradaic_a_per_cm2)) < 3 * found.error_a_per_cm2.max()
    assert found.noise_a_per_cm2 == pytest.approx(2e-8, rel=0.2)
    assert not fit_sweeps.onset(found).found


@pytest.mark.parametrize("truth", [4.2, 4.8, 5.5])
def test_an_onset_at_a_threshold(truth):
    found = fit_sweeps.onset(fit_sweeps.remove_capacitive(sweep(onset=truth), AREA, BASE), 1e-6)
    assert found.found
    assert found.voltage_v == pytest.approx(truth, abs=0.03)
    assert found.low_v <= found.voltage_v <= found.high_v
    # twice the threshold lies log10(2) of a Tafel slope higher
    assert found.high_v - found.voltage_v == pytest.approx(0.1 * np.log10(2), abs=0.02)
    ten = fit_sweeps.onset(fit_sweeps.remove_capacitive(sweep(onset=truth), AREA, BASE), 1e-5)
    assert ten.voltage_v - found.voltage_v == pytest.approx(0.1, abs=0.02)


def test_false_onsets_are_rare():
    """The limit is five standard deviations and five points in a row."""
    hits = sum(
        fit_sweeps.onset(fit_sweeps.remove_capacitive(sweep(seed=s), AREA, BASE)).found
        for s in range(200)
    )
    assert hits <= 2


def test_the_limit_grows_away_from_the_baseline_and_with_the_noise():
    quiet = fit_sweeps.remove_capacitive(sweep(), AREA, BASE)
    loud = fit_sweeps.remove_capacitive(sweep(noise=2e-7), AREA, BASE)
    assert quiet.detection_limit()[-1] > quiet.detection_limit()[60]
    ratio = loud.detection_limit()[-1] / quiet.detection_limit()[-1]
    assert ratio == pytest.approx(10, rel=0.05)
    assert loud.charge_limit_c_per_cm2() == pytest.approx(
        10 * quiet.charge_limit_c_per_cm2(), rel=0.05
    )


def test_units_scale():
    one = fit_sweeps.remove_capacitive(sweep(), AREA, BASE)
    double = fit_sweeps.remove_capacitive(sweep(), 2 * AREA, BASE)
    assert double.capacitance_f_per_cm2 == pytest.approx(one.capacitance_f_per_cm2 / 2)
    np.testing.assert_allclose(double.detection_limit(), one.detection_limit() / 2)


def test_scan_rates_separate_charging_from_reaction():
    rates = (0.001, 0.01, 0.05)
    tables = {r: sweep(rate=r, onset=5.0, seed=int(1e4 * r)) for r in rates}
    found = {r: fit_sweeps.remove_capacitive(table, AREA, BASE) for r, table in tables.items()}
    table = fit_sweeps.separate_by_scan_rate(found)
    low = table[table["voltage_v"] < 4.0]
    assert low["capacitance_f_per_cm2"].mean() == pytest.approx(1e-5, rel=0.05)
    inside = np.abs(low["steady_a_per_cm2"]) < low["steady_half_width"]
    assert inside.mean() > 0.8
    at = table.iloc[(table["voltage_v"] - 5.2).abs().argmin()]
    # the mean over a bin of 50 mV: sinh(x)/x of its middle, x = ln(10) * 25 mV/100 mV
    truth = 1e-6 * 10 ** ((at["voltage_v"] - 5.0) / 0.1) * np.sinh(0.5756) / 0.5756
    # half a point of the sweep is 5 mV, or 12 % of a current that rises by a decade in 100 mV
    assert at["steady_a_per_cm2"] == pytest.approx(truth, rel=0.15)
    with pytest.raises(ValueError, match="at least 3"):
        fit_sweeps.separate_by_scan_rate({0.01: found[0.01]})


def test_hostile_input():
    table = sweep()
    with pytest.raises(ValueError, match="electrode_area_cm2 must be > 0"):
        fit_sweeps.remove_capacitive(table, 0.0, BASE)
    with pytest.raises(ValueError, match="one rising sweep"):
        fit_sweeps.remove_capacitive(table.iloc[::-1], AREA, BASE)
    with pytest.raises(ValueError, match="one rising sweep"):
        fit_sweeps.remove_capacitive(table.iloc[:4], AREA, BASE)
    with pytest.raises(ValueError, match="holds 0 points"):
        fit_sweeps.remove_capacitive(table, AREA, (8.0, 9.0))
    with pytest.raises(ValueError, match="finite"):
        fit_sweeps.remove_capacitive(table.assign(current_a=np.nan), AREA, BASE)
    with pytest.raises(ValueError, match="threshold"):
        fit_sweeps.onset(fit_sweeps.remove_capacitive(table, AREA, BASE), -1.0)


@pytest.mark.parametrize(("leak_ohm", "told"), [(0.0, ""), (47e3, "a leak of")])
def test_a_leak_is_no_capacitance(leak_ohm, told):
    t = np.linspace(0, 240, 1200)
    v = 2.4 + 0.01 * t
    i = 5e-5 * 0.01 + (v / leak_ohm if leak_ohm else 0.0)
    i += 2e-8 * np.random.default_rng(2).normal(size=t.size)
    one = pd.DataFrame({"time_s": t, "voltage_v": v, "current_a": i})
    found = cycling.analyse_sweeps(one, electrode_area_cm2=1.0, baseline_v=(2.5, 3.8))
    rows = found.findings.table().set_index("quantity")
    assert told in rows.loc["capacitance of the baseline", "note"]
    assert (rows.loc["capacitance of the baseline", "flag"] == "implausible") == bool(told)


@pytest.mark.parametrize(("rest_ua", "told"), [(0.0, False), (0.05, False), (6.0, True)])
def test_a_current_that_still_decays_is_no_baseline(rest_ua, told):
    """An exponential of 60 s under a sweep of 10 mV/s, and an onset at 4.8 V beside it."""
    table = sweep(onset=4.8)
    table["current_a"] += AREA * 1e-6 * rest_ua * np.exp(-table["time_s"] / 60)
    found = cycling.analyse_sweeps(table, electrode_area_cm2=AREA, baseline_v=BASE)
    rows = found.findings.table().query("quantity == 'onset of a reaction'").set_index("method")
    assert ("had not come to rest" in rows.loc["1 uA cm-2", "note"]) == told
    off = abs(rows.loc["1 uA cm-2", "value"] - 4.8)
    assert (off > 0.1) == told
    assert (rows.loc["1 uA cm-2", "flag"] == "misfit") == told


@pytest.mark.parametrize(("step_ua", "lost"), [(0.05, ()), (4.0, ("1 ",)), (30.0, ("1 ", "10"))])
def test_an_onset_below_the_steps_of_the_current_is_not_identifiable(step_ua, lost):
    table = sweep(onset=4.6, farad=2e-5, noise=1e-8)
    step = 1e-6 * step_ua * AREA
    table["current_a"] = step * np.round(table["current_a"] / step)
    table.attrs = {"source": "lsv.csv", "format": "text", "notes": []}
    found = cycling.analyse_sweeps(table, electrode_area_cm2=AREA, baseline_v=BASE)
    rows = found.findings.table()
    onsets = rows[rows["quantity"] == "onset of a reaction"].set_index("method")
    for method, row in onsets.iterrows():
        assert ("not_identifiable" in row["flag"]) == method.startswith(lost)
        assert not method.startswith(lost) or f"steps of {step_ua:g} uA cm-2" in row["note"]
    limit = rows.set_index("quantity").loc["detection limit of a reaction", "value"]
    assert limit >= min(step_ua, 1)
