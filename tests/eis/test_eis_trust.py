"""Spectra that were answered wrongly: too few arcs, nested circuits, electrodes, noise."""

import numpy as np
import pandas as pd
import pytest

from nasicon import eis, transport
from nasicon.eis import fit_circuits
from nasicon.eis.analysis import branches
from nasicon.eis.fit_pellets import analyse
from nasicon.eis.model_circuits import Circuit

GEOMETRY = {"thickness_mm": 1.0, "diameter_mm": 10.0}
TWO = "(R1||CPE1)-(R2||CPE2)-CPE3"
TWO_VALUES = [300, 2e-10, 0.95, 3000, 3e-8, 0.88, 2e-6, 0.8]


def misfits(analysis):
    table = analysis.conductivities(**GEOMETRY)
    return table["flag"].str.contains("misfit")


@pytest.mark.parametrize("circuit", ["R1-CPE1", "(R1||CPE1)", "R1-(R2||CPE2)"])
def test_too_few_arcs_are_flagged_in_every_conductivity(spectrum, circuit):
    assert misfits(analyse(spectrum(TWO, TWO_VALUES, noise=0.003), circuit)).all()


@pytest.mark.parametrize("weighting", ["modulus", "kk"])
def test_the_right_circuit_is_not_flagged(spectrum, weighting):
    found = analyse(spectrum(TWO, TWO_VALUES, noise=0.003), TWO, weighting=weighting)
    assert 0.7 < found.result.misfit_ratio < 1.6
    assert not misfits(found).any()


def test_misfit_does_not_depend_on_the_order_of_the_rows(spectrum):
    data = spectrum(TWO, TWO_VALUES, noise=0.003).sample(frac=1, random_state=2)
    assert not fit_circuits.fit_circuit(data, TWO).misfit
    assert fit_circuits.fit_circuit(data, "(R1||CPE1)-CPE3").misfit


@pytest.mark.parametrize(
    ("circuit", "truth"),
    [
        (
            "L0-R1-(R2||CPE0)-((Wo1-R0)||C0)",
            [8e-7, 0.027, 0.036, 0.69, 0.734, 1.083, 711, 0.0035, 0.056],
        ),
        ("R1-((R2-W2)||CPE2)", [20, 150, 40, 2e-5, 0.9]),
        ("R1-((R2-(R3||C3))||C2)", [10, 200, 500, 1e-3, 1e-6]),
    ],
)
def test_nested_circuits_end_in_the_global_minimum(circuit, truth):
    f = np.geomspace(5e3, 5e-4, 128)
    z = Circuit.parse(circuit).impedance(np.array(truth), 2 * np.pi * f)
    rng = np.random.default_rng(1)
    z = z * (1 + 1e-3 * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))
    data = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    result = fit_circuits.fit_circuit(data, circuit)
    known = ~np.isin(result.names, ["L0"])  # below what this window can show
    np.testing.assert_allclose(result.values[known], np.array(truth)[known], rtol=0.05)
    assert not result.misfit
    assert result.starts_tried > 10


def test_an_arc_with_the_capacitance_of_an_electrode_is_no_sample_without_a_flag(spectrum):
    f = np.geomspace(1e5, 0.1, 61)
    z = 1 / (1 / 50 + 2j * np.pi * f * 20e-6)
    rng = np.random.default_rng(3)
    z = z * (1 + 0.005 * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))
    data = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    found = analyse(data)
    assert found.electrode_only
    table = found.conductivities(**GEOMETRY).set_index("quantity")
    assert table["value"]["total conductivity"] == pytest.approx(2.546e-3, rel=0.02)
    assert "implausible" in table["flag"]["total conductivity"]


def test_noise_is_refused():
    f, rng = np.geomspace(1e5, 0.1, 61), np.random.default_rng(0)
    data = pd.DataFrame(
        {
            "frequency_hz": f,
            "z_real_ohm": 1000 * rng.normal(size=f.size),
            "z_imag_ohm": 1000 * rng.normal(size=f.size),
        }
    )
    with pytest.raises(ValueError, match=r"scatter by \d+ % .*noise, no spectrum"):
        analyse(data)


def test_less_than_vacuum_between_the_electrodes_is_no_sample():
    """3 pF where 0.3 mm of vacuum under 20 mm have 9.3 pF: a stray capacitance."""
    f = np.geomspace(1e6, 1, 61)
    z = 2e10 / (1 + 2j * np.pi * f * 2e10 * 3e-12)
    rng = np.random.default_rng(3)
    z *= 1 + 0.002 * (rng.normal(size=61) + 1j * rng.normal(size=61))
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    pellet = transport.Pellet(thickness_mm=0.3, diameter_mm=20.0)
    found = eis.analyse(table, pellet).findings.table()
    assert found["flag"].str.contains("implausible").all()
    assert found["note"].str.contains("below the vacuum").all()
    thicker = transport.Pellet(thickness_mm=0.3, diameter_mm=5.0)  # eps_r 5.4
    assert not eis.analyse(table, thicker).findings.table()["flag"].str.contains("impl").any()


@pytest.mark.parametrize(
    ("ohm", "per_q", "henry", "told"),
    [(12.0, 0.0, 1e-6, True), (12.0, 1e4, 1e-6, False), (900.0, 0.0, 0.0, True)],
)
def test_a_resistor_is_no_pellet(ohm, per_q, henry, told):
    """Leads and a bridge; beside it a pellet whose bulk is above the window, and its electrode."""
    f = np.geomspace(5e5, 10, 41)
    w = 2 * np.pi * f
    z = ohm + 1j * w * henry + per_q / (1j * w) ** 0.85
    rng = np.random.default_rng(9)
    z *= 1 + 0.003 * (rng.normal(size=41) + 1j * rng.normal(size=41))
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    found = eis.analyse(table, transport.Pellet(thickness_mm=1.0, diameter_mm=10.0))
    rows = found.findings.table()
    assert rows["flag"].str.contains("implausible").all() == told
    assert rows["note"].str.contains("a short or a dummy").all() == told


def test_less_than_vacuum_is_seen_in_a_temperature_series_too():
    f = np.geomspace(1e6, 1, 61)
    tables = {}
    for celsius in (25, 60, 100):
        ohm = 2e10 * np.exp(0.3 / 8.617e-5 * (1 / (273.15 + celsius) - 1 / 298.15))
        z = ohm / (1 + 2j * np.pi * f * ohm * 3e-12)
        columns = {"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag}
        tables[f"{celsius}C"] = pd.DataFrame(columns)
    pellet = transport.Pellet(thickness_mm=0.3, diameter_mm=20.0)
    found = eis.analyse_series(tables, (25, 60, 100), pellet).findings.table()
    at = found[found["quantity"].str.contains("°C")]
    assert len(at)
    assert at["flag"].str.contains("implausible").all()


def test_a_bulk_of_no_known_permittivity_is_another_geometry():
    """13 pF in 1.2 mm under 12 mm is 16; a thickness in cm makes it 1.6, a diameter 1600."""
    f = np.geomspace(1e7, 10, 61)
    rng = np.random.default_rng(5)
    noise = 1 + 0.002 * (rng.normal(size=61) + 1j * rng.normal(size=61))
    z = (5e4 / (1 + 2j * np.pi * f * 5e4 * 13.4e-12) + 1 / (2j * np.pi * f * 1e-6) ** 0.8) * noise
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    for thickness, diameter, asked in (
        (1.2, 12, ""),
        (0.12, 12, "thickness in cm"),
        (1.2, 1.2, "diameter in cm"),
    ):
        pellet = transport.Pellet(thickness_mm=thickness, diameter_mm=diameter)
        found = eis.analyse(table, pellet)
        flags = found.findings.table()
        assert flags["flag"].str.contains("implausible").all() == bool(asked)
        assert flags["note"].str.contains(asked).all()
        assert "relative permittivity of R1" in set(found.parameters["name"])


def series(ohm_by_celsius):
    f, rng = np.geomspace(1e6, 10, 51), np.random.default_rng(8)
    tables = {}
    for name, ohm in ohm_by_celsius:
        z = ohm / (1 + 2j * np.pi * f * ohm * 30e-12) + 1 / (2j * np.pi * f * 1e-6) ** 0.8
        z *= 1 + 0.002 * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
        columns = {"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag}
        tables[name] = pd.DataFrame(columns)
    return tables


def ohm(celsius):
    return 1e5 * np.exp(0.45 / 8.617e-5 * (1 / (273.15 + celsius) - 1 / 298.15))


def test_a_copy_under_another_temperature_is_refused():
    tables = series([(f"{t}C", ohm(t)) for t in (25, 40, 60, 80)])
    tables["80C"] = tables["60C"].copy()
    pellet = transport.Pellet(thickness_mm=1.0, diameter_mm=10.0)
    with pytest.raises(ValueError, match=r"60C \(60 °C\) and 80C \(80 °C\) .* one is a copy"):
        eis.analyse_series(tables, (25, 40, 60, 80), pellet)
    assert eis.analyse_series(
        tables, (25, 40, 60, 60), pellet
    )  # the same one twice is seen as such


def test_a_conductivity_that_falls_on_heating_is_flagged():
    tables = series([("25C", ohm(25)), ("40C", ohm(40)), ("60C", ohm(80)), ("80C", ohm(60))])
    pellet = transport.Pellet(thickness_mm=1.0, diameter_mm=10.0)
    found = eis.analyse_series(tables, (25, 40, 60, 80), pellet).findings.table()
    flagged = found["flag"].str.contains("implausible")
    assert flagged[found["quantity"].str.contains("activation|at 60|at 80")].all()
    assert not flagged[found["quantity"].str.contains("at 25|at 40")].any()


def test_names_that_sort_a_cold_one_last_make_no_cooling():
    celsius = (0, 20, 40, 60, -20)
    tables = series([(f"P{t}", ohm(t)) for t in celsius])
    pellet = transport.Pellet(thickness_mm=1.0, diameter_mm=10.0)
    found = eis.analyse_series(tables, celsius, pellet)
    assert not found.findings.table()["quantity"].str.contains("heating|cooling").any()
    assert branches(["a", "b", "c", "d", "e"], (0, 20, 40, 20, 0)) == [
        *["heating"] * 3,
        *["cooling"] * 2,
    ]


def test_noise_does_not_pull_a_resistance_down():
    """Weights by noisy moduli favour the low readings: at 20 % by more than the interval."""
    frequency, ratio, inside = np.geomspace(1e5, 0.1, 61), [], 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=frequency.size) + 1j * rng.normal(size=frequency.size)
        z = 1000 * (1 + 0.2 * noise)
        found = fit_circuits.fit_circuit(
            pd.DataFrame({"frequency_hz": frequency, "z_real_ohm": z.real, "z_imag_ohm": z.imag}),
            "R1",
        )
        ratio.append(found["R1"] / 1000)
        inside += found.ci_low[0] <= 1000 <= found.ci_high[0]
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.01)  # their mean is known to 0.3 %
    assert inside >= 36
