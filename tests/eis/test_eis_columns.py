"""Column names and units of impedance tables."""

import math

import numpy as np
import pytest

from nasicon.eis.read_columns import ColumnError, find_columns, names_something

SPELLINGS = [
    ("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", True),
    ("Freq.[Hz]", "Zs'[ohm]", "Zs''[ohm]", False),
    ("Frequency (Hz)", "Z' (Ω)", "-Z'' (Ω)", True),
    ("Frequency (Hz)", "Zre (ohms)", "Zim (ohms)", False),
    ("Freq/Hz", "Z'/ohm", 'Z"/ohm', False),
    ("Freq(Hz)", "Z'(a)", "Z''(b)", False),
    ("Freq", "Zreal", "Zimag", False),
    ("Frequency", "Zre", "Zimg", False),
    ("Frequency(Hz)", "Z Real", "Z Imag", False),
    ("frequency_hz", "z_real_ohm", "z_imag_ohm", False),
    ("f [Hz]", "Re Z [Ohm]", "−Im Z [Ohm]", True),
    ("f / Hz", "Z′ / Ω", "–Z″ / Ω", True),
    ("Frequenz / Hz", "ReZ", "ImZ", False),
    ("freq", "Real", "Imaginary", False),
    ("Frequency in Hz", "Z' in Ohm", "Z'' in Ohm", False),
    ("f", "Impedance (Re)", "Impedance (Im)", False),
]


@pytest.mark.parametrize(("f", "re", "im", "negated"), SPELLINGS)
def test_spellings(f, re, im, negated):
    columns = find_columns(["time/s", im, f, re, "I Range"])
    assert (columns.frequency.index, columns.first.index, columns.second.index) == (2, 3, 1)
    assert columns.negated is negated


@pytest.mark.parametrize(
    ("names", "factors"),
    [
        (["f/kHz", "Z'/kOhm", "Z''/kOhm"], (1e3, 1e3, 1e3)),
        (["f (MHz)", "Z' (MΩ)", "Z'' (mΩ)"], (1e6, 1e6, 1e-3)),
        (["f (mHz)", "Z' (mohm)", "Z'' (GOhm)"], (1e-3, 1e-3, 1e9)),
        (["f_khz", "z_real_kohm", "z_imag_kohm"], (1e3, 1e3, 1e3)),
    ],
)
def test_prefixes(names, factors):
    assert tuple(column.factor for column in find_columns(names).numeric) == factors


def test_units_in_the_row_below_count_where_the_name_has_none():
    columns = find_columns(["f", "Z'", "Z''", "T"], ["kHz", "[ohm]", "(kohm)", "K"])
    assert [c.factor for c in columns.numeric] == [1e3, 1.0, 1e3]
    assert not columns.unit_is_assumed
    assert find_columns(["f", "Z'", "Z''"]).unit_is_assumed


def test_modulus_and_phase():
    values = {0: np.array([10.0]), 1: np.array([2.0]), 2: np.array([-60.0])}
    f, re, im = find_columns(["freq/kHz", "|Z|/Ohm", "Phase(Z)/deg"]).convert(values)
    np.testing.assert_allclose((f[0], re[0], im[0]), (10000, 1.0, -math.sqrt(3)), rtol=1e-15)
    in_radian = {**values, 2: np.array([-math.pi / 3])}
    _, re, im = find_columns(["f/Hz", "Z/ohm", "theta/rad"]).convert(in_radian)
    np.testing.assert_allclose((re[0], im[0]), (1.0, -math.sqrt(3)), rtol=1e-12)
    assert find_columns(["f/Hz", "|Z|", "-Phase (°)"]).negated


def test_real_and_imaginary_go_before_modulus_and_phase():
    columns = find_columns(["Freq/Hz", "Z'/ohm", 'Z"/ohm', "Z/ohm", "Phase/deg"])
    assert (columns.first.index, columns.second.index) == (1, 2)


def test_angular_frequency():
    columns = find_columns(["ω (rad/s)", "Z'", "Z''"])
    f, _, _ = columns.convert({i: np.array([2 * math.pi]) for i in range(3)})
    assert f[0] == 1.0
    assert find_columns(["frequency (rad/s)", "Z'", "Z''"]).frequency.role == "omega"


def test_columns_that_number_sweeps():
    columns = find_columns(["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "cycle number"])
    assert [column.index for column in columns.labels] == [3]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["Re(Z)/Ohm", "-Im(Z)/Ohm", "t/s"], "no frequency column among the columns 'Re"),
        (["freq/Hz", "Re(Z)/Ohm", "t/s"], "no imaginary column"),
        (["freq/Hz", "Ewe/V", "t/s"], "no modulus column"),
        (["freq/Hz", "|Z|/Ohm", "t/s"], "no phase column"),
        (["freq/Hz", "f/kHz", "Z'", "Z''"], "both look like the frequency"),
        (["freq/Hz", "Z'", "Zreal", "Z''"], "both look like the real"),
        (["f/mhz", "Z'", "Z''"], "milli or mega"),
        (["F/MHZ", "Z'", "Z''"], "milli or mega"),
        (["f/Hz", "Z'/MOHM", "Z''/MOHM"], "milli or mega"),
        (["f/Hz", "Z' (ohm cm2)", "Z'' (ohm cm2)"], "impedance per area"),
        (["f/Hz", "Z' (Ω·cm²)", "Z'' (Ω·cm²)"], "impedance per area"),
        (["f/ohm", "Z'", "Z''"], "expected a unit of frequency"),
        (["f/Hz", "|Z|", "phase"], "phase/deg or phase/rad"),
    ],
)
def test_refused_names(names, message):
    with pytest.raises(ColumnError, match=message):
        find_columns(names)


def test_a_column_per_area_beside_one_in_ohm_does_not_matter():
    names = ["f/Hz", "Z' (ohm)", "Z'' (ohm)", "Z' (ohm cm2)", "Z'' (ohm cm2)"]
    assert find_columns(names).first.index == 1


@pytest.mark.parametrize(
    ("name", "slip", "message"),
    [
        ("|Z|/Ohm", {1: 0.1, 2: 0.1}, r"contradict '\|Z\|/Ohm' of the same rows by 900 %"),
        ("Zmod (kOhm)", {}, r"contradict 'Zmod \(kOhm\)' .* by 99900 %"),  # ohm by its numbers
        ("Phase(Z)/deg", {2: -3.0}, r"contradict 'Phase\(Z\)/deg' of the same rows by"),
        ("|Ewe|/V", {1: 1.4, 2: 1.4}, r"contradict '\|Ewe\|/V over \|I\|/mA' .* by 29 %"),
    ],
)
def test_columns_of_one_row_that_contradict_each_other_are_refused(name, slip, message):
    names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", name, "|I|/mA"]
    z = np.array([3 - 4j, 30 - 40j, 600 - 80j])
    said = {"|": np.abs(z), "Z": np.abs(z), "P": np.angle(z, deg=True)}[name[0]]
    if name[1] == "E":
        said = np.abs(z) * 0.002  # V, by a current of 2 mA
    values = {0: np.array([1e3, 1e2, 1e1]), 1: z.real, 2: -z.imag, 3: said, 4: np.full(3, 2.0)}
    columns = find_columns(names)
    if name[1] != "m":
        columns.convert({k: v * (1 + 1e-3) for k, v in values.items()})  # rounded
        columns.convert({k: values[k] for k in range(3)})  # where they hold no numbers
    with pytest.raises(ColumnError, match=message):
        columns.convert({k: v * slip.get(k, 1.0) for k, v in values.items()})


def test_prose_is_no_header():
    assert names_something(["freq/Hz", "foo", "-Im(Z)"])
    assert not names_something(["High", "Frequency(Hz)", "=", "2e+6"])
