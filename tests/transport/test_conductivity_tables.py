"""Tables of temperatures and conductivities."""

import numpy as np
import pandas as pd
import pytest

from nasicon import transport
from nasicon.core.text import ReaderError

GERMAN = "T/K;Leitfähigkeit / S/m\n298,15;1,5E-2\n308,15;2,5E-2\n318,15;4E-2\n"
INVERSE = (
    "# thesis\n1000/T (K^-1)\tσ_bulk (S cm⁻¹)\tσ_gb (mS·cm-1)\n3.2\t2e-3\t0.2\n3.1\t4e-3\t0.5\n"
)


def written(tmp_path, text):
    path = tmp_path / "table.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_units_and_names_of_columns(tmp_path):
    german = transport.read(written(tmp_path, GERMAN))
    assert german["temperature_c"].tolist() == pytest.approx([25, 35, 45])
    assert german["value"].tolist() == pytest.approx([1.5e-4, 2.5e-4, 4e-4])
    both = transport.read(written(tmp_path, INVERSE)).set_index("quantity")
    assert both.loc["bulk conductivity", "temperature_c"].iloc[0] == pytest.approx(39.35)
    assert both.loc["bulk conductivity", "value"].tolist() == [2e-3, 4e-3]
    assert both.loc["grain boundary conductivity", "value"].tolist() == [2e-4, 5e-4]


def test_temperatures_twice_are_compared_and_the_first_is_taken(tmp_path):
    text = "T (°C);T (K);1000/T (1/K);sigma (S/cm)\n25;298.4;3.35;1e-4\n60;333;3.0;2e-4\n"
    assert transport.read(written(tmp_path, text))["temperature_c"].tolist() == [25, 60]


def test_parts_are_told_in_other_languages(tmp_path):
    text = "Temperatur (°C);Korngrenzenleitfähigkeit (S/cm);Kornleitfähigkeit (mS/cm)\n25;1e-4;2\n"
    found = transport.read(written(tmp_path, text)).set_index("quantity")["value"]
    assert found["grain boundary conductivity"] == pytest.approx(1e-4)
    assert found["bulk conductivity"] == pytest.approx(2e-3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("T;sigma (S/cm)\n25;1e-4\n", "no unit of its temperature"),
        ("T (K);sigma\n300;1e-4\n", "no unit of conductivity"),
        ("T (K);sigma (ohm)\n300;1e-4\n", "expected a unit of conductivity"),
        ("T (K);log sigma (S/cm)\n300;-4\n", "names no temperature and conductivity"),
        ("freq (Hz);T (K);sigma (S/cm)\n1;300;1e-4\n", "names no temperature and conductivity"),
        ("T (K);sigma (S/cm)\n", "no row"),
        ("T (K);1000/T (1/K);sigma (S/cm)\n298;3.36;1\n320;3.73;1\n", "line 3: .* 46.85 and -5"),
        ("T (°C);T (K);sigma (S/cm)\n25;262.15;1e-4\n", "say 25 and -11 °C in one row"),
    ],
)
def test_what_is_no_such_table_says_why(text, said, tmp_path):
    with pytest.raises(ReaderError, match=said):
        transport.read(written(tmp_path, text))


def test_spectra_are_no_such_table(tmp_path):
    assert transport.listed([written(tmp_path, "freq (Hz);Z' (ohm);Z'' (ohm)\n1;2;3\n")]) is None
    (tmp_path / "b.mpr").write_bytes(b"BIO-LOGIC\0\1\2" * 50)
    assert transport.listed([tmp_path / "b.mpr"]) is None
    assert len(transport.listed([written(tmp_path, GERMAN)])) == 3


def test_a_table_becomes_an_activation_energy(tmp_path):
    celsius = np.arange(20.0, 90.0, 10)
    sigma = 1e3 * transport.arrhenius(celsius, 2e-4, 0.31)
    rows = "\n".join(f"{t:g},{s:.6e}" for t, s in zip(celsius, sigma, strict=True))
    table = transport.read(written(tmp_path, f"Temperature (°C),conductivity (mS/cm)\n{rows}\n"))
    found = transport.analyse(table).findings.table().set_index(["quantity", "method"])
    energy = found.loc[("total activation energy", "ln sigma against 1/T"), "value"]
    assert energy == pytest.approx(0.31, abs=1e-4)


@pytest.mark.parametrize(
    ("above", "factor", "told"),
    [
        ("", np.array([1, 1.2, 1.4, 1.7]), "in 4 of 4 rows, it is one number"),
        ("", 1.0, ""),
        ("", 0.25, ""),  # nothing to hold it against
        ("L = 0.98 mm, d = 8.1 mm\n", 1.0, ""),
        (
            "L = 0.98 mm, d = 8.1 mm\n",
            0.25,
            r"is 0.04\d+ to 0.04\d+ /cm in 4 of 4 rows, L/A is 0.1902",
        ),
        ("thickness: 0.98 mm\ndiameter (mm): 8.1\n", 10.0, "L/A is 0.1902"),
        ("thickness: 0.98 mm\n", np.array([1, 1, 1, 10.0]), "in 1 of 4 rows, it is one number"),
    ],
)
def test_resistances_beside_conductivities_are_held_against_them(above, factor, told, tmp_path):
    celsius, ohm = np.array([20, 40, 60, 80]), np.array([4000.0, 1900, 1010, 580])
    sigma = factor * 0.1902 / ohm  # L/A = 0.098 / (pi 0.81^2 / 4)
    rows = "\n".join(f"{t}\t{r:.0f}\t{s:.3e}" for t, r, s in zip(celsius, ohm, sigma, strict=True))
    text = f"{above}T (°C)\tR (ohm)\tsigma (S/cm)\n{rows}\n"
    found = transport.analyse(transport.read(written(tmp_path, text))).findings.table()
    slopes = found["quantity"].str.contains("energy")
    of_slopes = told if np.ptp(factor) else ""  # one factor moves prefactors only
    for wrong, part in ((of_slopes, found[slopes]), (told, found[~slopes])):
        assert part["flag"].str.contains("implausible").all() == bool(wrong)
        assert not wrong or part["note"].str.contains(wrong).all()


@pytest.mark.parametrize("factor", [1.0, 0.1, 100.0])
@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        ("L (mm),A (cm2)", "1.36,0.512"),
        ("Dicke (cm),Fläche (mm²)", "0.136,51.2"),
        ("diameter (mm),thickness (mm)", "8.074,1.36"),
    ],
)
def test_the_geometry_of_each_row_is_held_against_its_numbers(heads, cells, factor, tmp_path):
    rows = [
        f"{t},{r},{cells},{factor * 0.136 / 0.512 / r:.3e}"
        for t, r in ((30, 8120), (45, 4210), (60, 2330), (75, 1360))
    ]
    text = "\n".join([f"T (°C),R (Ohm),{heads},sigma (S/cm)", *rows])
    found = transport.analyse(transport.read(written(tmp_path, text))).findings.table()
    slopes = found["quantity"].str.contains("energy")
    assert found["flag"][~slopes].str.contains("implausible").all() == (factor != 1)
    assert not found["flag"][slopes].str.contains("implausible").any()


def test_a_sum_of_resistances_that_one_row_breaks_is_told(tmp_path):
    rows = ["20,1520,4210,5730,1.0e-5", "40,701,1630,2331,2.5e-5", "60,352,704,1056,5.4e-5"]
    for last, told in (("80,190,331,521,1.1e-4", False), ("80,190,331,690,1.1e-4", True)):
        text = "\n".join(["T (°C),R1 (Ohm),R2 (Ohm),R1 + R2 (Ohm),sigma (S/cm)", *rows, last])
        found = transport.analyse(transport.read(written(tmp_path, text))).findings.table()
        words = "that of line 5 it is 690 where they make 521"
        assert found["note"].str.contains(words).all() == told


def test_a_resistance_that_is_missing_costs_no_conductivity(tmp_path):
    text = "T (°C);R (ohm);sigma (S/cm)\n20;4000;5e-5\n40;;1e-4\n60;-;2e-4\n"
    assert transport.read(written(tmp_path, text))["value"].tolist() == [5e-5, 1e-4, 2e-4]


def test_rows_that_stand_twice_count_once(tmp_path):
    rows = ["30,1.1e-5", "50,2.6e-5", "70,5.2e-5", "90,9.9e-5"]
    tables = []
    for name, body in (("once", rows), ("thrice", rows * 3)):
        (tmp_path / f"{name}.csv").write_text("\n".join(["T (°C),sigma (S/cm)", *body]))
        tables.append(transport.read(tmp_path / f"{name}.csv"))
    pd.testing.assert_frame_equal(*tables)
    assert "repeat an earlier one exactly, left out: 8" in tables[1].attrs["notes"][-1]
