"""Settling a row with a measurement: the criterion's arithmetic, and every wrong use."""

import numpy as np
import pandas as pd
import pytest

from compendium import published
from compendium.ledger import build
from compendium.ledger.__main__ import main, write_csv
from compendium.ledger.settle import SettleError, parse, settle, with_margin
from compendium.recover.settle import Ends, trial
from nasicon.core.interval import Quantity

FACTS = published.facts()


@pytest.fixture(scope="module")
def ledger_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("ledger") / "committed.csv"
    write_csv(build(), path)
    return path


@pytest.fixture(scope="module")
def ledger(ledger_file):
    return pd.read_csv(ledger_file, dtype=str, keep_default_na=False)


def findings(folder, **changes):
    row = {
        "sample": "pellet 7",
        "quantity": "total conductivity",
        "value": "3.4e-5",
        "ci_low": "3.38e-5",
        "ci_high": "3.42e-5",
        "unit": "S cm-1",
        "evidence": "measured",
        "flag": "",
    }
    path = folder / "findings.csv"
    pd.DataFrame([row | changes]).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("eis: bulk conductivity > 2e-3 S cm-1", 2e-3, np.inf, "S cm-1"),
        ("nmr: ceramic share of 11B within 10..40 %", 10, 40, "%"),
        ("esm: rank-sum p of time constants < 0.05", -np.inf, 0.05, "1"),
        ("eis: total conductivity within factor 2 of A-sigma-clatbp", 1.615e-5, 6.46e-5, "S cm-1"),
    ],
)
def test_criteria_are_read(text, low, high, unit):
    criterion = parse("X", text, FACTS)
    assert (criterion.low, criterion.high, criterion.unit) == (pytest.approx(low), high, unit)


@pytest.mark.parametrize(
    "text",
    [
        "bulk conductivity > 2e-3",  # no technique
        "guess: bulk conductivity > 2e-3 S cm-1",
        "eis: bulk conductivity ~ 2e-3 S cm-1",
        "eis: bulk conductivity within 3..2 S cm-1",
        "eis: bulk conductivity within factor 2 of A-nothing",
    ],
)
def test_a_criterion_that_does_not_parse_names_its_row(text):
    with pytest.raises(SettleError, match=r"^X-1: criterion"):
        parse("X-1", text, FACTS)


def test_margins_add_in_quadrature():
    wide = with_margin(Quantity(1.0, 0.97, 1.03), "relative", 0.04)
    assert (wide.lo, wide.hi) == pytest.approx((0.95, 1.05))  # 3-4-5
    assert with_margin(Quantity(1.0, 0.97, 1.03), "absolute", 0.0) == Quantity(1.0, 0.97, 1.03)


def test_thirty_open_rows_carry_a_criterion(ledger):
    rows = ledger[ledger["criterion"] != ""]
    open_ = rows[rows["status"].isin(["hypothesis", "not testable"])]
    assert len(open_) >= 30


def test_every_open_row_says_what_would_settle_it(ledger):
    open_ = ledger[ledger["status"].isin(["hypothesis", "not testable"])]
    assert (open_["would_settle"].str.len() > 5).all()


@pytest.mark.parametrize(
    ("value", "status", "words"),
    [
        ("3.23e-5", "agrees", "is met"),
        ("6.0e-5", "contradicts", "is not met"),
    ],
)
def test_a_claim_is_settled(tmp_path, ledger, value, status, words):
    number = float(value)
    path = findings(tmp_path, value=value, ci_low=number * 0.999, ci_high=number * 1.001)
    settled, text = settle(ledger, "A-sigma-clatbp", "C-LATBP", path, FACTS)
    row = settled[(settled["id"] == "A-sigma-clatbp")].iloc[0]
    assert (row["status"], row["evidence"]) == (status, "measured")
    assert words in text
    assert "It speaks for that pellet" in row["reading"]
    assert "sha256" in row["decided_by"]
    assert (settled != ledger).any(axis=1).sum() == 1
    assert ledger.loc[ledger["id"] == "A-sigma-clatbp", "evidence"].item() == "derived"


def test_an_interval_on_both_sides_decides_nothing(tmp_path, ledger):
    limit = 3.23e-5 * 1.45
    path = findings(tmp_path, value=limit, ci_low=limit * 0.99, ci_high=limit * 1.01)
    settled, text = settle(ledger, "A-sigma-clatbp", "C-LATBP", path, FACTS)
    assert settled is ledger
    assert "not decided" in text


@pytest.mark.parametrize(
    ("row_id", "sample", "changes", "message"),
    [
        ("A-nothing", "C-LATBP", {}, "no such row"),
        ("A-bib-received", "C-LATBP", {}, "no criterion"),
        ("A-sigma-clatbp", "my pellet", {}, "no sample of the papers"),
        ("A-sigma-clatbp", "GC-LATP", {}, "speaks about C-LATBP"),
        ("A-sigma-clatbp", "C-LATBP", {"sample": "C-LATP"}, "findings are of C-LATP"),
        ("A-sigma-clatbp", "C-LATBP", {"evidence": "simulated"}, "only 'measured'"),
        ("A-sigma-clatbp", "C-LATBP", {"flag": "correlated;misfit"}, "misfit"),
        ("A-sigma-clatbp", "C-LATBP", {"unit": "mS cm-1"}, "mS cm-1"),
        ("A-sigma-clatbp", "C-LATBP", {"quantity": "bulk conductivity"}, "only bulk"),
        ("A-sigma-clatbp", "C-LATBP", {"ci_low": ""}, "no interval"),
    ],
)
def test_a_wrong_use_names_the_row_and_writes_nothing(
    tmp_path, capsys, ledger_file, row_id, sample, changes, message
):
    path, out = findings(tmp_path, **changes), tmp_path / "mine.csv"
    command = ["settle", row_id, "--as", sample, "--findings", str(path), "--out", str(out)]
    assert main([*command, "--ledger", str(ledger_file)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert row_id in error
    assert not out.exists()


def test_the_committed_ledger_is_not_written(tmp_path, capsys, ledger_file):
    path = findings(tmp_path)
    command = ["settle", "A-sigma-clatbp", "--as", "C-LATBP", "--findings", str(path)]
    assert main([*command, "--ledger", str(ledger_file), "--out", "results/ledger.csv"]) == 1
    assert "choose another --out" in capsys.readouterr().err


def test_a_ledger_of_ones_own_is_written(tmp_path, capsys, ledger_file):
    path, out = findings(tmp_path, value="3.2e-5", ci_low="3.19e-5", ci_high="3.21e-5"), tmp_path
    command = ["settle", "A-sigma-clatbp", "--as", "C-LATBP", "--findings", str(path)]
    assert main([*command, "--ledger", str(ledger_file), "--out", str(out / "mine.csv")]) == 0
    assert "hypothesis -> agrees" in capsys.readouterr().out
    assert len(pd.read_csv(out / "mine.csv")) == 477


def test_margins_are_those_of_the_first_set_and_the_second_is_another():
    ends = Ends(np.random.PCG64(1)).uniform(2.0, 4.0, 4000)
    assert ends.min() >= 2.0
    assert ends.max() <= 4.0
    # arcsine law: a third within the outer 1/16 on either side, where a uniform law has 1/8
    outer = (np.abs(ends - 3.0) > 15 / 16).mean()
    assert outer == pytest.approx(2 * np.arcsin(np.sqrt(1 / 32)) * 2 / np.pi, abs=0.03)


def test_a_criterion_is_tried_on_both_sides_of_its_limits():
    criterion = parse("X", "eis: bulk conductivity within 1..2 S cm-1", FACTS)
    errors = np.random.default_rng(3).normal(0, 0.05, 60)
    found = trial(np.random.default_rng(4), criterion, ("relative", 0.1), errors)
    assert found["right_percent"] > 97  # errors of half the margin
    assert found["decided_of_resolvable_percent"] > 90
    assert found["can_be_met"] == "yes"
    wrong = trial(np.random.default_rng(4), criterion, ("relative", 0.01), errors)
    assert wrong["right_percent"] < 90  # a margin that is too small shows
    narrow = parse("X", "eis: bulk conductivity within 1..1.1 S cm-1", FACTS)
    assert trial(np.random.default_rng(4), narrow, ("relative", 0.2), errors)["can_be_met"] == "no"


def test_simulated_truths_are_settled_rightly():
    """The committed table of the stage: a second set of truths, which set no margin."""
    table = pd.read_csv(published.data_folder().parent / "simulated/settle_recovery/rates.csv")
    assert len(table) >= 30
    assert (table["right_percent"] >= 95).mean() > 0.9
    assert (table["decided_of_resolvable_percent"] >= 50).mean() > 0.9
