"""The standard work-up: totals with correlations, conductivities, flags and bad geometry."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nasicon.eis import fit_circuits
from nasicon.eis.fit_pellets import analyse

TWO = "(R1||CPE1)-(R2||CPE2)-CPE3"
VALUES = [1e4, 1e-10, 0.95, 3e4, 2e-8, 0.9, 5e-6, 0.85]


def test_from_spectrum_to_conductivities(spectrum):
    workup = analyse(spectrum(TWO, VALUES))
    assert workup.circuit == TWO
    assert len(workup.ranking) == len(fit_circuits.CANDIDATES)
    assert workup.kk.passed
    table = workup.conductivities(thickness_mm=2.1, diameter_mm=8.0).set_index("quantity")
    # d/S = 0.21/0.502655 = 0.417782 per cm
    assert table["value"]["bulk conductivity"] == pytest.approx(4.17782e-5, rel=5e-3)
    assert table["value"]["grain boundary conductivity"] == pytest.approx(1.39261e-5, rel=5e-3)
    assert table["value"]["total conductivity"] == pytest.approx(1.04446e-5, rel=5e-3)
    assert (table["unit"] == "S cm-1").all()
    assert table["method"].str.startswith(TWO).all()
    assert (table["flag"] == "").all()
    arcs = table.iloc[:3]
    assert ((arcs["ci_low"] < arcs["value"]) & (arcs["value"] < arcs["ci_high"])).all()


def test_specific_boundary_conductivity_needs_both_capacitances(spectrum):
    geometry = {"thickness_mm": 1.0, "diameter_mm": 10.0}
    circuit = "(R1||C1)-(R2||C2)-CPE3"
    data = spectrum(circuit, [1e4, 1e-11, 3e4, 5e-9, 5e-6, 0.85])
    table = analyse(data, circuit).conductivities(**geometry).set_index("quantity")
    # 0.127324/3e4 * 1e-11/5e-9
    assert table["value"]["specific grain boundary conductivity"] == pytest.approx(
        8.4883e-9, rel=0.01
    )
    data = spectrum(circuit, [100, 1e-11, 3e4, 5e-9, 5e-6, 0.85])  # the bulk peaks at 160 MHz
    row = analyse(data, circuit).conductivities(**geometry).iloc[-1]
    assert row["quantity"] == "specific grain boundary conductivity"
    assert "not_identifiable" in row["flag"]
    circuit = "R1-(R2||C2)-CPE3"
    data = spectrum(circuit, [100, 3e4, 5e-9, 5e-6, 0.85])
    quantities = analyse(data, circuit).conductivities(**geometry)["quantity"]
    assert "specific grain boundary conductivity" not in set(quantities)


def test_error_of_the_total_knows_the_correlation(spectrum):
    data = spectrum(TWO, VALUES)
    workup = analyse(data, TWO)
    total, error = workup.total_ohm
    assert total == pytest.approx(4e4, rel=5e-3)
    draws = fit_circuits.bootstrap(workup.result, data, TWO, replicates=1000)
    assert error == pytest.approx((draws["R1"] + draws["R2"]).std(), rel=0.11)


def test_errors_of_thickness_enter_in_quadrature(spectrum):
    workup = analyse(spectrum(TWO, VALUES), TWO)
    sharp = workup.conductivities(thickness_mm=1.0, diameter_mm=10.0)[:3]
    blunt = workup.conductivities(thickness_mm=1.0, diameter_mm=10.0, thickness_error_mm=0.1)[:3]
    added = np.sqrt(
        (blunt["stderr"] / blunt["value"]).astype(float) ** 2
        - (sharp["stderr"] / sharp["value"]).astype(float) ** 2
    )
    np.testing.assert_allclose(added, 0.1, rtol=1e-6)


def test_electrode_arcs_are_not_the_sample(spectrum):
    circuit = "(R1||CPE1)-(R2||CPE2)"
    data = spectrum(circuit, [1e4, 1e-10, 0.95, 3e4, 2e-6, 0.9])
    workup = analyse(data, circuit)
    assert workup.arcs["label"].tolist() == ["bulk", "electrode"]
    assert workup.total_ohm[0] == pytest.approx(1e4, rel=0.01)


def test_a_kramers_kronig_failure_is_on_every_number(spectrum):
    data = spectrum(TWO, VALUES)
    broken = data.assign(z_imag_ohm=data.z_imag_ohm.where(data.frequency_hz > 1e3, 0.0))
    workup = analyse(broken, TWO)
    assert not workup.kk.passed
    table = workup.conductivities(thickness_mm=1.0, diameter_mm=10.0)
    assert table["flag"].str.contains("kk_fail").all()


def test_a_resistance_held_by_its_bound_has_no_error_and_neither_has_the_sum(spectrum):
    data = spectrum("(R1||CPE1)-CPE3", [1e4, 1e-9, 0.9, 5e-6, 0.85], noise=0)
    workup = analyse(data, "(R1||CPE1)-(R2||CPE2)")
    assert "at_bound" in workup.result.flags("R2")
    assert workup.arcs["label"].tolist() == ["bulk", "electrode"]
    # the same arcs with the second one taken for the sample's
    labelled = workup.arcs.assign(label=["bulk", "grain boundary"])
    table = replace(workup, arcs=labelled).conductivities(thickness_mm=1.0, diameter_mm=10.0)
    table = table.set_index("quantity")
    for quantity in ("grain boundary conductivity", "total conductivity"):
        assert table["stderr"][quantity] is None
        assert table["ci_low"][quantity] is None
        assert "at_bound" in table["flag"][quantity]
    assert table["stderr"]["bulk conductivity"] is not None


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        ({"thickness_mm": 0.0, "diameter_mm": 10.0}, "thickness_mm must be > 0 and finite, got 0"),
        ({"thickness_mm": 1.0, "diameter_mm": -8.0}, "diameter_mm must be > 0 and finite, got -8"),
        ({"thickness_mm": 1.0, "diameter_mm": None}, "diameter_mm is missing"),
        ({"thickness_mm": None, "diameter_mm": 10.0}, "thickness_mm is missing"),
    ],
)
def test_bad_geometry_is_named(spectrum, geometry, message):
    with pytest.raises(ValueError, match=message):
        analyse(spectrum(TWO, VALUES), TWO).conductivities(**geometry)


def test_too_few_points_for_the_circuit(spectrum):
    few = spectrum(TWO, VALUES, f=np.geomspace(1e6, 10, 5))
    big = "-".join(f"(R{i}||CPE{i})" for i in range(4))
    with pytest.raises(ValueError, match=r"5 points are too few for \(R0"):
        analyse(few, big)


def test_the_elements_are_those_of_the_circuit():
    """R, Q and n as fitted: 1 kohm beside Q 1e-8 and n 0.9."""
    f = np.geomspace(1e6, 1, 61)
    omega = 2j * np.pi * f
    z = 100 + 1e3 / (1 + 1e3 * 1e-8 * omega**0.9) + 1 / (1e-6 * omega**0.8)
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    elements = analyse(table, "R1-(R2||CPE2)-CPE3").elements().iloc[-1]
    assert elements["R (Ω)"] == pytest.approx(1e3, rel=1e-3)
    assert elements["Q (S sⁿ)"] == pytest.approx(1e-8, rel=1e-2)
    assert elements["n"] == pytest.approx(0.9, abs=1e-3)
