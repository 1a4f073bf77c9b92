"""Temperature and geometry that a file states, above its numbers or beside them."""

import numpy as np
import openpyxl
import pytest

from nasicon import eis, transport

F = np.logspace(5, 1, 12)
Z = 300 + 1 / (1e-4 + 2j * np.pi * F * 1e-8)
ABOVE = ["Sample: pellet 7", "Temperature: 60 °C", "Thickness = 1.25 mm"]


def rows(*more):
    return [[f, z.real, z.imag, *more] for f, z in zip(F, Z, strict=True)]


def text(path, above, names, table):
    lines = [*above, "\t".join(names), *("\t".join(f"{x:.9g}" for x in row) for row in table)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def book(path, above, names, table):
    made = openpyxl.Workbook()
    for row in (*([line] for line in above), names, *table):
        made.active.append(row)
    made.save(path)
    return path


@pytest.mark.parametrize("write", [text, book])
def test_words_above_the_table(write, tmp_path):
    path = write(tmp_path / "pellet.xlsx", ABOVE, ["f/Hz", "Z'/Ohm", "Z''/Ohm"], rows())
    table = eis.read(path)
    assert table.attrs["header"] == {"temperature_c": 60.0, "thickness_mm": 1.25}
    assert transport.temperatures([path], tables=[table]) == [60.0]


@pytest.mark.parametrize(("name", "value"), [("Temperature[°C]", 85.0), ("Temp (K)", 358.15)])
@pytest.mark.parametrize("write", [text, book])
def test_a_column_of_temperatures(write, name, value, tmp_path):
    names = ["f/Hz", "Z'/Ohm", "Z''/Ohm", name]
    table = eis.read(write(tmp_path / "a.xlsx", [], names, rows(value)))
    assert table.attrs["header"] == {"temperature_c": 85.0}
    np.testing.assert_allclose(table["z_real_ohm"], Z.real, rtol=1e-8)


def test_a_column_that_runs_or_says_no_unit_states_no_temperature(tmp_path):
    ramp = [[*row, 20.0 + i] for i, row in enumerate(rows())]
    names = ["f/Hz", "Z'/Ohm", "Z''/Ohm"]
    for above in ([*names, "Temperature[°C]"], [*names, "Temp"]):
        table = eis.read(text(tmp_path / "a.txt", [], above, ramp))
        assert "temperature_c" not in table.attrs.get("header", {})


def test_name_and_column_that_contradict_each_other_are_asked_about(tmp_path):
    names = ["f/Hz", "Z'/Ohm", "Z''/Ohm", "Temperature[°C]"]
    path = text(tmp_path / "LATP_140C.txt", [], names, rows(25.0))
    with pytest.raises(ValueError, match=r"the name says 140 °C, the header 25 °C; .*-p temp"):
        transport.temperatures([path], tables=[eis.read(path)])
    assert transport.temperatures([path], [140.0], [eis.read(path)]) == [140.0]  # the remedy
