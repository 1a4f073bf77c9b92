"""What a frequency window can hold: Cramer-Rao against Monte Carlo, and a skewed arc's pull."""

import numpy as np
import pytest

from nasicon.eis import fit_circuits, fit_identifiability
from nasicon.eis.model_circuits import Circuit

CIRCUIT = "L0-R1-(R2||CPE2)-CPE3"
VALUES = [2e-6, 60, 1000, 2e-8, 0.9, 5e-6, 0.85]
TWO = "(R1||CPE1)-(R2||CPE2)-CPE3"
F = np.geomspace(1e7, 1, 71)


def test_cramer_rao_of_one_resistor_by_hand():
    # n points, Re and Im each 1 %: only Re informs, so 1 %/sqrt(n)
    bound = fit_identifiability.cramer_rao("R1", np.array([50.0]), np.geomspace(1, 10, 25), 0.01)
    assert bound["stderr_percent"][0] == pytest.approx(0.2)
    assert bound["unit"][0] == "ohm"
    assert bound["identifiable"][0]


def test_cramer_rao_is_the_scatter_of_a_monte_carlo():
    draws, noise = 400, 0.005
    clean = Circuit.parse(CIRCUIT).impedance(VALUES, 2 * np.pi * F)
    random = np.random.default_rng(1).normal(size=(draws, 2, F.size)) * noise * np.abs(clean)
    values, _, converged = fit_circuits.fit_ensemble(
        F, clean + random[:, 0] + 1j * random[:, 1], CIRCUIT
    )
    assert converged.all()
    bound = fit_identifiability.cramer_rao(CIRCUIT, np.array(VALUES), F, noise)
    positive = np.array([p.positive for p in Circuit.parse(CIRCUIT).parameters])
    scatter = 100 * np.where(positive, np.log(values).std(axis=0), values.std(axis=0))
    # a standard deviation from 400 draws is good to 3.5 %; four of those
    np.testing.assert_allclose(scatter, bound["stderr_percent"], rtol=0.14)


def test_errors_grow_in_proportion_to_the_noise():
    values = np.array([60, 1e-11, 1, 1e3, 2e-8, 0.9, 5e-6, 0.85])
    one, ten = (fit_identifiability.cramer_rao(TWO, values, F, s) for s in (0.001, 0.01))
    np.testing.assert_allclose(ten["stderr_percent"], 10 * one["stderr_percent"])


def test_a_bulk_arc_beyond_the_window_cannot_be_identified():
    """Apex at 265 MHz: its capacitance and exponent are lost, in 1 GHz they are not."""
    values = np.array([60, 1e-11, 1.0, 1000, 2e-8, 0.9, 5e-6, 0.85])
    narrow = fit_identifiability.cramer_rao(TWO, values, F, 0.03).set_index("parameter")[
        "identifiable"
    ]
    wide = fit_identifiability.cramer_rao(TWO, values, np.geomspace(1e9, 1, 91), 0.03)
    assert not narrow["CPE1_Q"]
    assert not narrow["CPE1_n"]
    assert narrow["R2"]
    assert wide["identifiable"].all()


def test_an_unresolvable_pair_has_no_finite_error():
    bound = fit_identifiability.cramer_rao(
        "R1-R2-(R3||C3)", np.array([10.0, 20.0, 100.0, 1e-9]), F, 0.01
    )
    assert not bound["identifiable"][:2].any()
    assert (bound["stderr_percent"][:2] > 1e6).all()
    assert bound["identifiable"][2:].all()


@pytest.mark.parametrize("noise", [0.0, -0.01, float("nan")])
def test_cramer_rao_needs_noise(noise):
    with pytest.raises(ValueError, match="relative_noise must be > 0, got"):
        fit_identifiability.cramer_rao("R1", np.array([50.0]), F, noise)


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
    one = fit_identifiability.skew_sensitivity(data, CIRCUIT, "(R2||CPE2)", gammas=(1.0, 0.9))
    other = fit_identifiability.skew_sensitivity(
        data, "L0-R1-p(R2,CPE2)-CPE3", "R2 | CPE2", gammas=(1.0, 0.9)
    )
    np.testing.assert_allclose(other["value_ohm"], one["value_ohm"], rtol=1e-9)


@pytest.mark.parametrize("arc", ["(R3||CPE3)", "R1", "CPE3", "(R2||C2)"])
def test_an_arc_that_is_not_in_the_circuit(spectrum, arc):
    with pytest.raises(ValueError, match=r"has no arc '.*'; its arcs: \(R2\|\|CPE2\)"):
        fit_identifiability.skew_sensitivity(spectrum(CIRCUIT, VALUES), CIRCUIT, arc)


def test_the_scan_begins_with_the_symmetric_arc(spectrum):
    with pytest.raises(ValueError, match=r"gammas must begin with 1, .* got \[0.9, 0.8\]"):
        fit_identifiability.skew_sensitivity(
            spectrum(CIRCUIT, VALUES), CIRCUIT, "(R2||CPE2)", gammas=(0.9, 0.8)
        )
