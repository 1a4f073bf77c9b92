"""Tabulated constants: read once, and what follows from them by hand."""

import pytest

from compendium import reference
from compendium.aluminium import all_aluminium_percent


def test_factors_are_those_of_the_table():
    factors = reference.sensitivity_factors()
    assert factors["P 2s"] == 1.18
    assert factors["P 2s"] / factors["B 1s"] == pytest.approx(2.428, abs=1e-3)


@pytest.mark.parametrize(
    ("host", "aluminium", "formula"), [("LATP", 0.3, 383.400), ("LATBP", 0.2, 381.783)]
)
def test_all_aluminium_as_phosphate_by_hand(host, aluminium, formula):
    percent = 100 * aluminium * (26.98154 + 30.97376 + 4 * 15.999) / formula
    assert all_aluminium_percent(host) == pytest.approx(percent, rel=1e-5)
