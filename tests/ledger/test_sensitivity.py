"""Varying one assumption at a time: what is used, what changes, and that nothing else does."""

import pytest

from compendium import published
from compendium.ledger import assumptions_used, sensitivity
from compendium.ledger.__main__ import main
from compendium.ledger.build import verdicts

KEY = ["row_type", "id"]


@pytest.fixture(scope="module")
def table():
    return sensitivity()


def test_used_assumptions_are_traced():
    used = assumptions_used()
    assert used["check", "A-series-clatbp"] == {"second fit of C-LATBP"}
    assert "not much" in used["check", "A-ratio-bulk-gc"]


def test_every_change_is_real(table):
    statuses = {key: v.status for key, v in verdicts(published.facts()).items()}
    assert len(table) > 5
    for row in table.itertuples():
        assert statuses[row.row_type, row.id] == row.status != row.becomes


def test_a_change_is_what_a_full_run_gives(table):
    facts = published.facts()
    intervals = facts.tables["experimental_intervals"].copy()
    name = "second fit of GC-LATP"
    intervals.loc[intervals["interval"] == name, ["low", "high", "strict"]] = "0.0"
    varied = facts.with_table("experimental_intervals", intervals)
    before = {key: v.status for key, v in verdicts(facts).items()}
    moved = {key: v.status for key, v in verdicts(varied).items() if v.status != before[key]}
    rows = table[(table["assumption"] == name) & (table["change"] == "none")]
    assert dict(zip(zip(rows["row_type"], rows["id"]), rows["becomes"], strict=True)) == moved  # noqa: B905
    assert moved


def test_rows_of_one_paper_and_status_are_listed(capsys):
    assert main(["list", "--status", "contradicts", "--paper", "A", "--data", "nowhere"]) == 0
    text = capsys.readouterr().out
    assert "A-series-clatbp" in text
    assert "A-eis-rtot" in text
    assert "B-" not in text
