"""The published facts: values as printed, and corrupted tables that name their row."""

import re

import pint
import pytest

from compendium import published
from compendium.published import PublishedError


def _with_claim(claim_id, **changes):
    """Copy of the facts with one claim's columns changed."""
    facts = published.facts()
    table = facts.tables["claims"].copy()
    for column, value in changes.items():
        table.loc[table["id"] == claim_id, column] = value
    return facts.with_table("claims", table)


def test_claim_as_printed():
    claim = published.claim("A-sigma-gclatp")
    assert claim.number == claim.value == 1.12e-4
    assert claim.half_width == 5e-7
    assert claim.interval == pytest.approx((1.115e-4, 1.125e-4))
    assert (claim.unit, claim.kind, claim.load_bearing) == ("S cm-1", "fitted", True)
    assert claim.sample == "GC-LATP"


def test_a_trailing_zero_survives():
    claim = published.claim("A-esm-amp-gclatbp")
    assert claim.printed == "3.90"


def test_exact_condition_has_zero_width():
    claim = published.claim("A-esm-npts")
    assert claim.interval == (7.0, 7.0)


def test_words_are_not_numbers():
    claim = published.claim("A-hl-gb")
    assert isinstance(claim.value, str)
    with pytest.raises(PublishedError, match=r"A-hl-gb.*prints words"):
        _ = claim.number


def test_unknown_id_suggests_near_ones():
    with pytest.raises(KeyError, match="A-sigma-gclatp"):
        published.claim("A-sigma-gclat")


def test_table_sizes():
    tables = published.facts().tables
    assert len(tables["claims"]) == 298
    assert len(tables["checks"]) == 179
    assert list(tables["samples"]["sample"]) == [
        "GC-LATP",
        "GC-LATBP",
        "G-LATP",
        "G-LATBP",
        "C-LATP",
        "C-LATBP",
        "LAGP",
        "B2O3-LAGP",
        "Bi2O3-LAGP",
        "B2O3-Bi2O3-LAGP",
    ]


def test_intervals_are_numbers():
    def numbers(name):
        row = published.facts().interval(name)
        return [float(row[column]) for column in ("low", "high", "strict")]

    assert numbers("pellet to pellet")[1] == 1.3
    assert numbers("pellet geometry")[:2] == [0.10, 0.15]
    assert numbers("activation energy")[1] == 0.02
    assert numbers("nmr centre")[2] == 0.2


# Printed units that pint would misread or not know; the others are only rewritten.
AS_PINT = {
    "1": "dimensionless",
    "%": "percent",
    "wt%": "percent",
    "C": "1/hour",  # C-rate; pint's C is the coulomb
    "degC min-1": "delta_degC/minute",  # a rate has no offset
    "V vs Li/Li+": "volt",
}


def parsed(unit):
    powers = (re.sub(r"(?<=[A-Za-z])(-?\d+)$", r"**\1", part) for part in unit.split())
    return pint.UnitRegistry().parse_units(AS_PINT.get(unit, " * ".join(powers)))


def test_the_known_units_are_those_that_are_printed_and_pint_parses_each():
    known = set(published.columns()["claims"]["unit"].split("|")) - set(published.TEXT_UNITS)
    assert known == set(published.facts().tables["claims"]["unit"]) - set(published.TEXT_UNITS)
    for unit in known:
        parsed(unit)


def test_conductivity_unit_has_the_right_dimension():
    assert (1 * parsed("S cm-1")).to("1/(ohm*m)").magnitude == pytest.approx(100)


@pytest.mark.parametrize(
    ("claim_id", "changes", "message"),
    [
        ("A-sigma-gclatp", {"value": "1.12e-4 approx"}, "A-sigma-gclatp.*not a number"),
        ("A-sigma-gclatp", {"value": "1.120e-4"}, "A-sigma-gclatp.*decimals is '2'.*prints 3"),
        ("A-sigma-gclatp", {"sigfigs": "4"}, "A-sigma-gclatp.*sigfigs is '4'.*prints 3"),
        ("A-sigma-gclatp", {"rounding_half_width": "5e-6"}, "A-sigma-gclatp.*rounds within"),
        ("A-sigma-gclatp", {"rounding_half_width": ""}, "A-sigma-gclatp.*is '', but.*rounds"),
        ("A-sigma-gclatp", {"rounding_half_width": "0"}, "A-sigma-gclatp.*exact condition"),
        ("A-sigma-gclatp", {"unit": "Siemms cm-1"}, "A-sigma-gclatp.*unit must be one of.*S cm-1"),
        ("A-sigma-gclatp", {"unit": "S cm--1"}, "A-sigma-gclatp.*unit must be one of.*S cm-1"),
        ("A-sigma-gclatp", {"kind": "guessed"}, "A-sigma-gclatp.*kind must be one of"),
        ("A-sigma-gclatp", {"load_bearing": "maybe"}, "A-sigma-gclatp.*load_bearing"),
        ("A-sigma-gclatp", {"paper": "B"}, "A-sigma-gclatp.*start with its paper"),
        ("A-hl-gb", {"rounding_half_width": "1"}, "A-hl-gb.*words"),
        ("A-bib-received", {"value": "7 October"}, "A-bib-received.*date"),
    ],
)
def test_corrupted_claims_name_the_row(claim_id, changes, message):
    with pytest.raises(PublishedError, match=message):
        published.validate(_with_claim(claim_id, **changes))


def test_check_with_unknown_input_is_named():
    facts = published.facts()
    table = facts.tables["checks"].copy()
    table.loc[table["check_id"] == "A-ratio-gc", "inputs"] = "A-sigma-nothing"
    with pytest.raises(PublishedError, match=r"A-ratio-gc.*A-sigma-nothing"):
        published.validate(facts.with_table("checks", table))


@pytest.mark.parametrize(("kind", "high"), [("factor", "0.9"), ("absolute", "-1"), ("twice", "1")])
def test_senseless_interval_is_named(kind, high):
    facts = published.facts()
    table = facts.tables["experimental_intervals"].copy()
    table.loc[0, ["kind", "low", "high", "strict"]] = [kind, high, high, high]
    with pytest.raises(PublishedError, match="pellet geometry"):
        published.validate(facts.with_table("experimental_intervals", table))


@pytest.fixture
def folder(tmp_path):
    for path in published.data_folder().glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_folder_loads(folder):
    assert published.load(folder).claim("B-sigma-p").number == 8.4e-5


def test_duplicate_id_is_named(folder):
    path = folder / "claims.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[5]]) + "\n", encoding="utf-8")
    with pytest.raises(PublishedError, match=r"claims\.csv.*A-hl-gb.*more than once"):
        published.load(folder)


def test_missing_column_and_file_are_named(folder):
    path = folder / "samples.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("undoped", "reference", 1))
    with pytest.raises(PublishedError, match=r"samples\.csv.*undoped"):
        published.load(folder)
    path.unlink()
    with pytest.raises(PublishedError, match=r"samples\.csv is missing"):
        published.load(folder)


def test_every_sample_points_at_a_claim_and_a_known_reference():
    table = published.facts().tables["samples"]
    for row in table.to_dict("records"):
        assert published.claim(row["composition_claim"]).kind == "condition"
        assert row["undoped"] in {"", *table["sample"]}
