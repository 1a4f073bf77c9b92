"""Flags and plausible ranges mean the same everywhere."""

import csv
import doctest
from pathlib import Path

import pytest

from nasicon.core import vocabulary
from nasicon.core.vocabulary import QUANTITIES, as_flags, blocks, implausible


def test_the_example_runs():
    assert doctest.testmod(vocabulary).attempted == 2
    assert doctest.testmod(vocabulary).failed == 0


def test_flags_are_split_as_the_design_says():
    assert set(vocabulary.BLOCKING) == {
        *("misfit", "implausible", "not_identifiable", "not_converged", "kk_fail", "at_bound")
    }
    assert set(vocabulary.FLAGS) - set(vocabulary.BLOCKING) == {
        "outside_window",
        "systematic",
        "correlated",
    }
    assert as_flags("outside_window;at_bound;") == ("at_bound", "outside_window")
    assert blocks("correlated;misfit")
    assert not blocks(["correlated", "outside_window"])
    with pytest.raises(ValueError, match="got 'odd'"):
        as_flags("odd")


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "slip"),
    [
        ("thickness", 900.0, "mm", "in µm?"),
        ("thickness", 0.001, "mm", "in m?"),
        ("active mass", 0.012, "mg", "in g?"),
        ("wavelength", 0.15406, "angstrom", "in nm?"),
        ("wavelength", 154.06, "angstrom", "in pm?"),
        ("total conductivity", 1.5, "S cm-1", "µm?"),
        ("bulk activation energy", -0.35, "eV", ""),
        ("discharge capacity at 1 C", 1.5e5, "mAh g-1", "mass in g?"),
        ("relative density", 108.0, "%", ""),
        ("bulk resistance", -3.0, "ohm", ""),
        ("onset of a reaction", 4300.0, "V", "in mV?"),
        ("theoretical density", 2920.0, "g cm-3", ""),
        ("27Al C_Q", -1.0, "MHz", ""),
    ],
)
def test_what_cannot_be_is_told_with_its_slip(quantity, value, unit, slip):
    text = implausible(quantity, value, unit)
    assert f"{value:.4g} {unit}" in text
    assert slip in text
    assert "is outside" in text


@pytest.mark.parametrize(
    ("quantity", "value", "unit"),
    [
        ("thickness", 1.02, "mm"),
        ("grain boundary activation energy", 0.892, "eV"),
        ("bulk conductivity", 3e-9, "S cm-1"),
        ("wavelength", 0.7093, "angstrom"),
        ("discharge capacity", 3580.0, "mAh g-1"),
        ("quantity nobody knows", 1e9, "1"),
        ("quality factor, spread", 0.4, "1"),
        ("quality factor, p, effective pixels", 7e-8, "1"),
        ("error of isotropic shift", 0.1, "ppm"),
        ("apparent gain in relative density", 1.2, "%"),
        ("total conductivity", 0.27, "S cm-1"),
        ("thickness", 900.0, "µm"),
    ],
)
def test_what_can_be_passes(quantity, value, unit):
    assert implausible(quantity, value, unit) == ""


def test_kelvin_given_as_celsius():
    assert "kelvin" in vocabulary.implausible_temperatures([293.15, 313.15, 333.15])
    assert vocabulary.implausible_temperatures([20, 40, 60]) == ""
    for kelvin in ([298, 313, 328], [298.2, 303.2, 308.2], [273, 283, 293]):
        assert "kelvin" in vocabulary.implausible_temperatures(kelvin)
    for furnace in ([300, 350, 400], [290, 300, 310], [302, 351, 399], [298, 323]):
        assert vocabulary.implausible_temperatures(furnace) == ""
    assert "-300" in vocabulary.implausible_temperatures([-300.0])


def test_no_committed_number_is_called_implausible():
    root = Path(__file__).parents[2] / "results"
    rows = [r for f in root.glob("*/findings.csv") for r in csv.DictReader(f.open())]
    given = [(r["quantity"], float(r["value"]), r["unit"]) for r in rows if r["value"]]
    assert len(given) > 300
    assert [text for number in given if (text := implausible(*number))] == []


def test_every_range_has_its_reason():
    for name, quantity in QUANTITIES.items():
        assert quantity.low < quantity.high, name
        assert len(quantity.reason) > 3, name
