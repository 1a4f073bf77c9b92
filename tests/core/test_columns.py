"""Units of columns: those of another dimension than the column's are refused."""

import numpy as np
import pytest

from nasicon.core.arithmetic import broken
from nasicon.core.columns import ColumnError, is_unit
from nasicon.cycling.read_columns import WORDS as OF_CELLS
from nasicon.eis.read_columns import WORDS, find_columns


@pytest.mark.parametrize(
    "unit", ["Ohm m", "kΩ·cm", "Ohm*cm", "ohm-cm", "ohm/cm", "Ω/sq", "MOhm cm^2", "V A", "Ohm.cm"]
)
@pytest.mark.parametrize("name", ["Z' ({})", "Re(Z) / {}", "Zreal [{}]", "Z' in {}"])
def test_a_unit_of_another_dimension_is_no_unit_left_out(name, unit):
    assert WORDS.interpret(name.format(unit)).problem


@pytest.mark.parametrize("below", ["", "Ohm cm"])
def test_the_remedy_is_named(below):
    names = ["f (Hz)", *(f"{z} (Ohm cm)" if not below else z for z in ("Z'", "Z''"))]
    with pytest.raises(ColumnError, match="'Ohm cm'; expected a unit of resistance, convert it"):
        find_columns(names, ["", below, below])


@pytest.mark.parametrize("name", ["Z' (cell 1)", "Z' (a.u.)", "Z' (Ohm)", "Z' (cell A)"])
def test_what_is_no_such_unit_stands_as_before(name):
    assert not WORDS.interpret(name).problem


def test_a_current_density_is_no_current():
    assert "unit of current" in OF_CELLS.interpret("Current (mA/cm2)").problem
    assert OF_CELLS.interpret("Specific capacity (mAh g-1)").factor == 1
    assert not any(map(is_unit, ("a.u.", "cell 1", "m", "vs. Li")))


@pytest.mark.parametrize("sign", ["+", "x"])
@pytest.mark.parametrize("comma", [False, True])
def test_the_row_that_breaks_a_relation_is_named(sign, comma):
    rng = np.random.default_rng(5)
    a, b = rng.uniform(1, 9, (2, 7)).round(3)
    c = a + b if sign == "+" else a * b * 1e3
    for wrong in (-1, 4):
        cells = [[f"{v:.3f}".replace("." if comma else "#", ",") for v in row] for row in (a, b, c)]
        if wrong >= 0:
            cells[2][wrong] = cells[2][0]
        said = broken(dict(zip("abc", cells, strict=True)), list("pqrstuv"))
        assert (f"{sign} 'b' in 6 rows, and in that of t" in said) == (wrong >= 0)
        assert bool(said) == (wrong >= 0)


def test_noise_zeros_and_constants_are_no_relation():
    rng = np.random.default_rng(6)
    for _ in range(300):  # columns that go with each other, of three digits
        base = np.sort(rng.uniform(1, 9, 6)) * rng.normal(1, 0.03, (4, 6))
        scaled = zip("abcd", base * rng.uniform(1, 5, (4, 1)), strict=True)
        table = {name: [f"{v:.2f}" for v in values] for name, values in scaled}
        table["d"][2] = "77"
        assert not broken(table, list("123456"))
    same = ["3.52", "4.61", "5.73", "8.01"]
    assert not broken({"a": same, "b": ["0", "0", "0", "2"], "c": same}, list("1234"))
    assert not broken({"a": same, "b": ["1.000"] * 3 + ["1.100"], "c": same}, list("1234"))
