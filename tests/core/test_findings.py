import csv
import math

import pytest

from nasicon.core.findings import Findings

CONTRACT = (
    "notebook,claim_id,sample,quantity,value,stderr,ci_low,ci_high,unit,evidence,method,flag,"
    "interval,note"
)
ROW = {
    "sample": "GC-LATP",
    "quantity": "bulk conductivity",
    "value": 1.23456789e-3,
    "unit": "S cm-1",
    "evidence": "simulated",
    "method": "fit",
}


def written(findings: Findings, folder) -> list[dict]:
    text = findings.write(folder).read_bytes().decode()
    assert text.splitlines()[0] == CONTRACT
    assert "\r" not in text
    return list(csv.DictReader(text.splitlines()))


def test_rows_are_sorted_and_have_six_digits(toy):
    findings = Findings("toy")
    findings.add(**ROW | {"sample": "Z"}, stderr=1.2e-9, ci_low=0.0012, flag=["correlated"])
    findings.add(**ROW, claim_id="A-1", flag="outside_window;at_bound")
    findings.add(**ROW | {"value": 12345678})
    rows = written(findings, toy / "new" / "folder")
    assert [(r["claim_id"], r["sample"]) for r in rows] == [
        ("", "GC-LATP"),
        ("", "Z"),
        ("A-1", "GC-LATP"),
    ]
    assert rows[0]["value"] == "1.23457e+07"
    assert (rows[1]["stderr"], rows[1]["ci_low"], rows[1]["ci_high"]) == ("1.2e-09", "0.0012", "")
    assert rows[2]["flag"] == "at_bound;outside_window"
    assert rows[2]["value"] == "0.00123457"


def test_not_identifiable_leaves_no_digits(toy):
    findings = Findings("toy")
    findings.add(**ROW, stderr=1.0, ci_low=0, ci_high=1, flag="not_identifiable")
    (row,) = written(findings, toy)
    assert [row[name] for name in ("value", "stderr", "ci_low", "ci_high")] == [""] * 4
    assert math.isnan(findings.table()["value"].iloc[0])


def test_table_has_the_columns_and_numbers(toy):
    findings = Findings("toy")
    assert ",".join(findings.table().columns) == CONTRACT
    findings.add(**ROW)
    assert findings.table()["value"].iloc[0] == 0.00123457


def test_empty_out_dir_writes_nothing(toy):
    before = sorted(toy.iterdir())
    findings = Findings("toy")
    findings.add(**ROW)
    assert findings.write("") is None
    assert sorted(toy.iterdir()) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"evidence": "computed"}, "evidence must be one of printed.*got 'computed'"),
        ({"flag": "bad"}, "flag must be of at_bound.*got 'bad'"),
        ({"value": math.nan}, "value of 'bulk conductivity' must be finite, got nan"),
        ({"value": None}, "where there is none, flag it as not_identifiable"),
        ({"stderr": -1.0}, "stderr must be >= 0"),
        ({"ci_low": 2.0, "ci_high": 1.0}, "ci_low must not exceed"),
        ({"unit": ""}, "unit must be a text"),
        ({"sample": None}, "sample must be a text"),
        ({"ci_low": 0, "interval": "guess"}, "interval must be one of confidence"),
        ({"flag": "systematic"}, "say in `note` how large"),
    ],
)
def test_bad_rows_are_errors(change, message):
    with pytest.raises(ValueError, match=message):
        Findings("toy").add(**ROW | change)


def test_second_row_with_the_same_names_is_an_error():
    findings = Findings("toy")
    findings.add(**ROW)
    with pytest.raises(ValueError, match="there already"):
        findings.add(**ROW | {"value": 2.0})


def test_the_interval_says_what_it_is(toy):
    findings = Findings("toy")
    findings.add(**ROW, ci_low=0.001, ci_high=0.002)
    findings.add(**ROW | {"sample": "B"}, ci_low=0.001, ci_high=0.002, interval="rounding")
    findings.add(**ROW | {"sample": "C"}, interval="ensemble")
    assert [row["interval"] for row in written(findings, toy)] == ["rounding", "", "confidence"]


def test_what_is_not_finite_is_no_error_and_an_open_end(toy):
    findings = Findings("toy")
    findings.add(**ROW | {"stderr": math.nan, "flag": "at_bound"}, ci_low=0.001, ci_high=math.inf)
    row = written(findings, toy)[0]
    assert [row[name] for name in ("stderr", "ci_low", "ci_high")] == ["", "0.001", ""]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-x", "@sum"])
def test_a_spreadsheet_runs_nothing(toy, text):
    findings = Findings("toy")
    findings.add(**ROW | {"sample": text, "value": -1.5})
    (row,) = written(findings, toy)
    assert row["sample"] == f"'{text}"
    assert row["value"] == "-1.5"


def test_the_record_is_left_beside(toy):
    seen = []
    findings = Findings("toy", record=seen.append)
    findings.add(**ROW)
    findings.write(toy / "mine")
    assert seen == [toy / "mine"]
