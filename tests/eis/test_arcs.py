"""Arcs of a fit: apex, effective capacitance, label, window, and the order along a series."""

import numpy as np
import pandas as pd
import pytest

from nasicon.eis import fit_arcs, fit_circuits
from nasicon.eis.fit_pellets import analyse_series
from nasicon.transport import model_conduction

TWO = "(R1||CPE1)-(R2||CPE2)-CPE3"
LOW = np.geomspace(1e7, 0.1, 81)


def table_of(data, circuit):
    return fit_arcs.arc_table(fit_circuits.fit_circuit(data, circuit), circuit, data)


def labels(data, circuit):
    table = table_of(data, circuit)
    return dict(zip(table["label"], table["resistance"], strict=True))


def test_apex_and_capacitance_of_an_ideal_arc(spectrum):
    row = table_of(spectrum("(R1||C1)-CPE3", [1e4, 1e-11, 5e-6, 0.85]), "(R1||C1)-CPE3").iloc[0]
    assert row.apex_hz == pytest.approx(1.59155e6, rel=0.01)  # 1/(2 pi 1e4 1e-11)
    assert row.c_eff_f == pytest.approx(1e-11, rel=0.01)
    assert row.in_window
    assert row.flag == ""


def test_effective_capacitance_by_hand(spectrum):
    # (Q R^(1-n))^(1/n) with Q 1e-9, R 1e4, n 0.9: (1e-9 * 10^0.4)^(1/0.9) = 10^(-8.6/0.9)
    row = table_of(spectrum("(R1||CPE1)", [1e4, 1e-9, 0.9], 1e-4), "(R1||CPE1)").iloc[0]
    assert row.c_eff_f == pytest.approx(10 ** (-8.6 / 0.9), rel=0.01)
    assert row.apex_hz == pytest.approx(1 / (2 * np.pi * 1e4 * 10 ** (-8.6 / 0.9)), rel=0.01)


def test_apex_of_a_skewed_arc_is_where_the_loss_is_largest(spectrum):
    f = np.geomspace(1e5, 10, 4001)
    clean = spectrum("HN1", [1000.0, 1e-4, 0.9, 0.6], 0, f=f)
    row = table_of(spectrum("HN1", [1000.0, 1e-4, 0.9, 0.6], 1e-4), "HN1").iloc[0]
    assert row.apex_hz == pytest.approx(f[clean.z_imag_ohm.argmin()], rel=0.01)


def test_picofarad_nanofarad_microfarad(spectrum):
    circuit = "(R1||CPE1)-(R2||CPE2)-(R3||CPE3)"
    data = spectrum(circuit, [1e5, 2e-11, 0.98, 1e5, 5e-9, 0.95, 1e5, 3e-6, 0.9], f=LOW)
    assert labels(data, circuit) == {"bulk": "R1", "grain boundary": "R2", "electrode": "R3"}


def test_capacitance_comes_before_the_time_constant(spectrum):
    """A boundary arc that relaxes faster than the bulk is still the boundary."""
    data = spectrum("(R1||C1)-(R2||C2)", [5e3, 1e-10, 1e6, 1e-11], noise=1e-3)
    result = fit_circuits.fit_circuit(data, "(R1||C1)-(R2||C2)")
    assert result["R1"] == pytest.approx(5e3, rel=0.05)  # the circuit reads by frequency
    assert labels(data, "(R1||C1)-(R2||C2)") == {"bulk": "R2", "grain boundary": "R1"}


def test_an_intercept_is_bulk_outside_the_window(spectrum):
    circuit = "L0-R1-(R2||CPE2)-CPE3"
    table = table_of(spectrum(circuit, [2e-7, 60, 1000, 2e-8, 0.9, 5e-6, 0.85]), circuit)
    assert table["label"].tolist() == ["bulk", "grain boundary"]
    assert table["flag"].tolist() == ["outside_window", ""]
    assert np.isnan(table["c_eff_f"][0])


def test_a_lone_arc_of_some_nanofarad_is_no_bulk(spectrum):
    big = spectrum("(R1||CPE1)-CPE3", [1e4, 1e-8, 0.95, 5e-5, 0.85], f=LOW)
    assert labels(big, "(R1||CPE1)-CPE3") == {"grain boundary": "R1"}
    small = spectrum("(R1||CPE1)-CPE3", [1e7, 1.5e-11, 0.98, 5e-6, 0.85], f=LOW)
    assert labels(small, "(R1||CPE1)-CPE3") == {"bulk": "R1"}


def test_apex_below_the_window_is_flagged(spectrum):
    data = spectrum("(R1||C1)-(R2||C2)", [1e5, 1e-10, 1e7, 1e-6], f=np.geomspace(1e6, 1, 61))
    table = table_of(data, "(R1||C1)-(R2||C2)")  # 1/(2 pi 10 s) = 16 mHz
    assert table["label"].tolist() == ["bulk", "electrode"]
    assert "outside_window" in table["flag"][1]


def test_a_circuit_without_resistors_has_nothing_to_label(spectrum):
    data = spectrum("L0-CPE1", [1e-5, 1e-7, 0.9])
    with pytest.raises(ValueError, match="L0-CPE1 has no resistor or arc in series"):
        table_of(data, "L0-CPE1")


# --- a temperature series, time constants crossing three decades ---------------------------------


@pytest.fixture(scope="module")
def series(spectrum):
    """25-150 degC, bulk 0.5 eV and boundary 0.8 eV: both apexes wander far."""
    spectra, truth = {}, {}
    for seed, t in enumerate(np.arange(25.0, 151.0, 25.0)):
        bulk = float(model_conduction.resistance(model_conduction.arrhenius(t, 1e-6, 0.5)))
        boundary = float(model_conduction.resistance(model_conduction.arrhenius(t, 1e-8, 0.8)))
        values = [bulk, 3e-11, 0.95, boundary, 2e-9, 0.9, 1e-6, 0.85]
        spectra[t] = spectrum(TWO, values, 0.003, seed, LOW)
        truth[t] = (bulk, boundary)
    return spectra, truth


def test_labels_hold_along_a_temperature_series(series):
    spectra, truth = series
    workups = analyse_series(spectra, TWO)
    apexes = []
    for t, workup in workups.items():
        table = workup.arcs.set_index("label")
        for label, expected in zip(("bulk", "grain boundary"), truth[t], strict=True):
            row = table.loc[label]
            assert abs(row.value_ohm - expected) < 4 * row.stderr_ohm + 1e-3 * expected
        apexes.append(table["apex_hz"])
    # one label's apex passes where the other's was: frequency could not have told them apart
    assert apexes[-1]["grain boundary"] > apexes[0]["bulk"]
    for label in ("bulk", "grain boundary"):
        assert (np.diff([apex[label] for apex in apexes]) > 0).all()


def test_a_series_without_a_circuit_gets_the_common_best_one(series):
    spectra, _ = series
    some = {t: spectra[t] for t in (25.0, 75.0)}
    assert {workup.circuit for workup in analyse_series(some).values()} == {TWO}


def test_an_ideal_capacitor_does_not_flag_its_resistance():
    """Data of R||C fitted with R||CPE: the exponent ends at 1, and the resistance is known."""
    f = np.geomspace(1e6, 1, 61)
    z = 50 + 1e4 / (1 + 2j * np.pi * f * 1e4 * 1e-10)
    rng = np.random.default_rng(1)
    for _ in range(5):
        noisy = z * (1 + 0.002 * (rng.normal(size=61) + 1j * rng.normal(size=61)))
        table = pd.DataFrame(
            {"frequency_hz": f, "z_real_ohm": noisy.real, "z_imag_ohm": noisy.imag}
        )
        result = fit_circuits.fit_circuit(table, "R0-(R1||CPE1)")
        arc = fit_arcs.arc_table(result, "R0-(R1||CPE1)", table).set_index("resistance").loc["R1"]
        assert "at_bound" not in arc["flag"]
        assert abs(arc["value_ohm"] - 1e4) < 4 * arc["stderr_ohm"]
