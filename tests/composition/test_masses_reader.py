"""Tables of weighed precursors."""

import pytest

from nasicon.composition.read_weights import read_masses
from nasicon.core.text import ReaderError

GOOD = "formula,mass_g,purity_percent\nLiNO3,0.6636,99\nNH4H2PO4,2.1568,98\n"


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "masses.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_reads_with_half_of_the_last_digit_as_error(tmp_path):
    table = read_masses(write(tmp_path, GOOD))
    assert list(table["mass_g"]) == [0.6636, 2.1568]
    assert list(table["mass_error_g"]) == pytest.approx([5e-5, 5e-5])
    assert list(table["purity_percent"]) == [99, 98]
    assert list(table["name"]) == ["LiNO3", "NH4H2PO4"]


def test_semicolons_commas_remarks_bom_and_own_errors(tmp_path):
    text = "# weighed on Monday\nname;formula;mass_g;mass_error_g\nnitrate;LiNO3;0,66;0,02\n"
    table = read_masses(write(tmp_path, text, "utf-8-sig"))
    assert table.loc[0].to_dict() == {
        "name": "nitrate",
        "formula": "LiNO3",
        "mass_g": 0.66,
        "mass_error_g": 0.02,
        "purity_percent": 100.0,
    }


@pytest.mark.parametrize(
    "text",
    [
        "formula,mass_mg,purity_percent,supplier\nLiNO3,663.6,99,A\nNH4H2PO4,2156.8,98,B\n",
        "Precursor;m / g;Purity (%)\nLiNO3;0,6636;99\nNH4H2PO4;2,1568;98\n",
        "Formel;Masse [g];Reinheit\nLiNO3;0,6636;99\nNH4H2PO4;2,1568;98\n",
        "化学式,质量(g),纯度(%)\nLiNO3,0.6636,99\nNH4H2PO4,2.1568,98\n",
        "Compound\tMass [g]\tpurity\nLiNO3\t0.6636\t99\nNH4H2PO4\t2.1568\t98\n",
        "Substanz;Summenformel;Masse (g);Reinheit\nA;LiNO3;0,6636;99\nB;NH4H2PO4;2,1568;98\n",
        "batch 7;2 g\nno.;Edukt;Reinheit;Einwaage (mg)\n1;LiNO3;99;663,6\n2;NH4H2PO4;98;2156,8\n",
        "Reagent,M (g/mol),Weight (g),Assay (%)\nLiNO3,68.95,.6636,≥99\nNH4H2PO4,,2.1568,>98\n",
        "Réactif,Masse molaire,Masse,Pureté\n,,mg,%\nLiNO3,,663.6,99\nNH4H2PO4,,2156.8,98\n",
    ],
)
def test_columns_by_their_names_and_units(text, tmp_path):
    table, plain = read_masses(write(tmp_path, text)), read_masses(write(tmp_path, GOOD))
    for column in ("formula", "mass_g", "mass_error_g", "purity_percent"):
        assert list(table[column]) == pytest.approx(list(plain[column])), column
    unused = "supplier" if "supplier" in text else "no." if "no." in text else ""
    assert table.attrs["notes"] == [f"columns not used: {unused}"] * bool(unused)


def test_a_least_purity_is_told_from_a_stated_one(tmp_path):
    for cells, taken in ((">=99,>= 98", [100, 100]), ("min. 99,98.0", [100, 98])):
        one, other = cells.split(",")
        text = f"formula,purity_percent,mass_g\nLiNO3,{one},1.2\nH3PO4,{other},3.4\n"
        table = read_masses(write(tmp_path, text))
        assert list(table["taken_percent"]) == taken
        assert list(table["purity_percent"]) == [99, 98]
    text = "formula,Purity min. (%),mass_g\nLiNO3,99,1.2\n"
    assert read_masses(write(tmp_path, text))["taken_percent"].tolist() == [100]


def test_digits_as_written_count(tmp_path):
    table = read_masses(write(tmp_path, "formula,mass_g\nLiNO3,27\nGeO2,1.20e1\n"))
    assert list(table["mass_error_g"]) == pytest.approx([0.5, 0.05])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# only a remark\n", "remarks only"),
        ("a,b\n1,2\n", "line 1: has no column formula and mass_g"),
        ("formula,mass_g\n", "header and no rows"),
        ("formula,mass_g\nLiNO3,\n", "line 2: has no mass for LiNO3"),
        ("formula,mass_g\n,1\n", "line 2: has no formula"),
        ("formula,mass_g,a\xa0b\nxy\u2003zw\n", "line 2: has no formula"),
        ("formula,mass_g\nLiNO3,-1.0\n", "must be > 0"),
        ("formula,mass_g\nLiNO3,nan\n", "not a finite number"),
        ("formula,mass_g\nLiNO3,1 g\n", "not a finite number"),
        ("formula,mass_g\nLiNO3,1.0,7\n", "3 cells for the 2 column names"),
        ("formula,mass_g\nLiNO3,1.0\nLiNO3,2.0\n", "LiNO3 twice"),
        ("formula,mass (g),weight (mg)\nLiNO3,1.0,2.0\n", "both look like mass_g"),
        ("formula,mass_g,purity_percent\nLiNO3,1.0,101\n", "must be 1 to 100, got 101"),
        ("formula,mass_g,purity_percent\nLiNO3,1.0,0.985\n", "a fraction.* Write 98.5"),
        ("formula,mass_g,purity_percent\nLiNO3,1.0,1\n", "a fraction.* Write 100"),
        ("formula,mass_g,mass_error_g\nLiNO3,1.0,2\n", "not below the mass"),
        ("formula,mass_g\n" + "LiNO3,1\n" * 201, "at most 200"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    with pytest.raises(ReaderError, match=message):
        read_masses(write(tmp_path, text))
