"""Stated errors of an ensemble against its scatter, and a skewed arc's pull."""

import numpy as np
import pytest

from nasicon.eis import fit_circuits, fit_identifiability
from nasicon.eis.model_circuits import Circuit

CIRCUIT = "L0-R1-(R2||CPE2)-CPE3"
VALUES = [2e-6, 60, 1000, 2e-8, 0.9, 5e-6, 0.85]
F = np.geomspace(1e7, 1, 71)


def test_stated_errors_of_an_ensemble_are_its_scatter():
    draws, noise = 400, 0.005
    clean = Circuit.parse(CIRCUIT).impedance(VALUES, 2 * np.pi * F)
    random = np.random.default_rng(1).normal(size=(draws, 2, F.size)) * noise * np.abs(clean)
    values, stated, converged = fit_circuits.fit_ensemble(
        F, clean + random[:, 0] + 1j * random[:, 1], CIRCUIT
    )
    assert converged.all()
    positive = np.array([p.positive for p in Circuit.parse(CIRCUIT).parameters])
    scatter = np.where(positive, np.log(values).std(axis=0), values.std(axis=0))
    # a standard deviation from 400 draws is good to 3.5 %; four of those
    np.testing.assert_allclose(scatter, stated.mean(axis=0), rtol=0.14)


# --- skewed arcs -----------------------------------------------------------------------------


def test_no_shift_at_gamma_1(spectrum):
    table = fit_identifiability.skew_sensitivity(spectrum(CIRCUIT, VALUES), CIRCUIT, "(R2||CPE2)")
    assert table["gamma"].tolist() == [1.0, 0.95, 0.9, 0.85, 0.8]
    assert table["shift_percent"][0] == 0
    plain = fit_circuits.fit_circuit(spectrum(CIRCUIT, VALUES), CIRCUIT)["R1"]
    assert table["value_ohm"][0] == pytest.approx(plain, rel=1e-3)
    assert table["rms_percent"].is_monotonic_increasing  # a symmetric arc fits best


def test_a_planted_skew_is_found_and_its_pull_undone(spectrum):
    """gamma 0.85 in the data: the symmetric fit reads R1 2-3 % high, the right one 60 ohm."""
    data = spectrum("L0-R1-HN2-CPE3", [2e-7, 60, 1000, 2e-5, 0.9, 0.85, 5e-6, 0.85], noise=0.002)
    table = fit_identifiability.skew_sensitivity(data, CIRCUIT, "(R2||CPE2)").set_index("gamma")
    assert table["rms_percent"].idxmin() == 0.85
    assert table["value_ohm"][1.0] == pytest.approx(61.5, abs=0.5)
    assert table["value_ohm"][0.85] == pytest.approx(60.0, abs=0.5)
    assert (np.diff(table["shift_percent"]) < 0).all()  # more skew, lower intercept


def test_the_arc_may_be_written_in_any_spelling(spectrum):
    data = spectrum(CIRCUIT, VALUES)
    one = fit_identifiability.skew_sensitivity(data, CIRCUIT, "(R2||CPE2)")
    other = fit_identifiability.skew_sensitivity(data, "L0+R1+(R2|CPE2)+CPE3", "R2 | CPE2")
    np.testing.assert_allclose(other["value_ohm"], one["value_ohm"], rtol=1e-9)


@pytest.mark.parametrize("arc", ["(R3||CPE3)", "R1", "CPE3", "(R2||C2)"])
def test_an_arc_that_is_not_in_the_circuit(spectrum, arc):
    with pytest.raises(ValueError, match=r"has no arc '.*'; its arcs: \(R2\|\|CPE2\)"):
        fit_identifiability.skew_sensitivity(spectrum(CIRCUIT, VALUES), CIRCUIT, arc)
