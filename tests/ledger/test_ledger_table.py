"""The ledger as a whole: complete, allowed, reproducible, and tied to its inputs."""

import dataclasses
import math
import subprocess
import sys

import pandas as pd
import pytest

from compendium import published
from compendium.ledger import COLUMNS, build, depends_on_intervals
from compendium.ledger.__main__ import main, write_csv
from compendium.ledger.build import verdicts
from compendium.ledger.claims import DECISIONS, DEFINITIONS
from compendium.ledger.registry import CHECKS, CLAIM_VALUES, case, check
from compendium.ledger.techniques import technique
from compendium.ledger.verdict import FINDING_STATUSES, STATUSES
from compendium.scatter import Scatter

NOTEBOOKS = set(
    str.split(
        "latp_fig1_xrd latp_fig2_nyquist latp_fig2_arrhenius latp_fig3_nmr latp_fig3_raman "
        "latp_fig4_boundaries latp_fig5_esm latp_fig6_relaxation latp_figS2_microstructure "
        "validation lagp_fig1_synthesis lagp_fig2_xrd lagp_fig3_grains lagp_fig4_chemistry "
        "lagp_fig5_nyquist lagp_fig6_cells lagp_figS4_lsv audit literature index"
    )
)


@pytest.fixture(scope="module")
def ledger():
    return build()


def test_every_id_exactly_once(ledger):
    for row_type, ids in (
        ("claim", published.claims()["id"]),
        ("check", published.checks()["check_id"]),
    ):
        assert sorted(ledger.loc[ledger["row_type"] == row_type, "id"]) == sorted(ids)


def test_columns_statuses_readings(ledger):
    assert list(ledger.columns) == COLUMNS
    assert set(ledger["status"]) == set(STATUSES)
    assert ledger["reading"].str.len().min() > 20
    assert set(ledger["notebook"]) <= NOTEBOOKS
    assert not ledger["reading"].str.contains(r"\bnan\b|\binf\b").any()


def test_findings_are_never_inconsistent(ledger):
    findings = ledger[ledger["claim_or_finding"] == "finding"]
    assert len(findings) == 74
    assert set(findings["status"]) <= set(FINDING_STATUSES)


def test_contradictions_rest_on_load_bearing_printed_digits(ledger):
    hard = ledger[ledger["status"] == "contradicts"]
    assert len(hard) > 0
    plain_facts = {"B-li2o", "B-xrd-li2o"}  # where a phase has its lines, whoever claims what
    assert set(hard.loc[~hard["id"].isin(plain_facts), "load_bearing"]) == {"yes"}
    assert set(hard["basis"]) <= {"P", "T"}
    assert not ((hard["lo"] <= hard["stated"]) & (hard["stated"] <= hard["hi"])).any()


def test_load_bearing_is_that_of_the_table(ledger):
    claims = ledger[ledger["row_type"] == "claim"].set_index("id")["load_bearing"]
    assert claims.to_dict() == published.claims().set_index("id")["load_bearing"].to_dict()


def test_conditions_are_inputs(ledger):
    claims = ledger[ledger["row_type"] == "claim"].set_index("id")["status"]
    conditions = published.claims().query("kind == 'condition'")["id"]
    assert set(claims[conditions]) == {"input"}
    assert set(claims.index[claims == "input"]) == {*conditions, *DEFINITIONS}


def test_untested_rows_say_what_would_test_them(ledger):
    untested = ledger[ledger["status"] == "not testable"]
    assert untested["reading"].str.contains("would").all()
    assert untested["computed"].isna().all()


def test_hypotheses_name_the_deciding_measurement(ledger):
    readings = ledger.loc[ledger["status"] == "hypothesis", "reading"]
    words = "would decide|would tell|could tell|refute|needs more|could be named"
    assert readings.str.contains(words).all(), list(readings[~readings.str.contains(words)])


def test_intervals_are_ordered(ledger):
    known = ledger.dropna(subset=["computed"])
    assert (known["lo"] <= known["computed"]).all()
    assert (known["computed"] <= known["hi"]).all()
    wide = known.dropna(subset=["exp_lo"])
    assert (wide["exp_lo"] <= wide["lo"] * (1 + 1e-12)).all()
    assert (wide["exp_hi"] >= wide["hi"] * (1 - 1e-12)).all()


def test_decisions_name_known_rows():
    claims, checks = set(published.claims()["id"]), set(published.checks()["check_id"])
    assert set(DECISIONS) | set(DEFINITIONS) | set(CLAIM_VALUES) <= claims
    assert {c for d in DECISIONS.values() for c in d.checks} <= set(CHECKS) <= checks
    assert not set(DECISIONS) & set(CLAIM_VALUES)


@pytest.mark.parametrize("claim_id", ["A-sigma-gb-clatp", "B-sigma-bi", "A-Ea-b-gclatbp"])
def test_a_changed_digit_moves_only_its_dependants(claim_id):
    facts = published.facts()
    table = facts.claim_table.copy()
    row = table["id"] == claim_id
    old = table.loc[row, "value"].item()
    table.loc[row, "value"] = {"6.96e-5": "5.96e-5", "2.2e-4": "2.6e-4", "0.13": "0.15"}[old]
    changed = dataclasses.replace(facts, claim_table=table)
    published.validate(changed)
    before = {(v.row_type, v.id): v for v in verdicts(facts)}
    moved = {
        (v.row_type, v.id) for v in verdicts(changed) if str(v) != str(before[v.row_type, v.id])
    }
    scatter = Scatter(facts)
    uses = {i for i in CHECKS if claim_id in case("check", i, facts, scatter).inputs}
    expected = {("check", i) for i in uses}
    expected |= {("claim", i) for i, d in DECISIONS.items() if uses & set(d.checks)}
    expected |= {
        ("claim", i)
        for i in CLAIM_VALUES
        if claim_id in case("claim", i, facts, scatter).inputs or i == claim_id
    }
    expected.add(("claim", claim_id))
    assert moved <= expected
    assert any(kind == "check" for kind, _ in moved)
    # rows that only list the claim as context need not move, those that compute with it do
    assert {("check", i) for i in uses if "ratio" in i or "series-" in i} <= moved


def test_a_repaired_total_agrees():
    facts = published.facts()
    table = facts.claim_table.copy()
    table.loc[table["id"] == "A-sigma-clatbp", "value"] = "3.40e-5"
    fixed = {(v.row_type, v.id): v for v in verdicts(dataclasses.replace(facts, claim_table=table))}
    assert fixed["check", "A-series-clatbp"].status == "agrees"
    assert fixed["claim", "A-eis-rtot"].status == "differs"


def test_depends_on_intervals(ledger):
    table = depends_on_intervals().set_index(["row_type", "id"])
    row = table.loc["check", "A-series-gclatp"]
    assert (row["usual"], row["strict"], row["none"]) == ("differs", "contradicts", "contradicts")
    assert ("check", "A-series-clatbp") not in table.index
    marked = ledger[ledger["depends_on_interval"] == "yes"]
    assert set(zip(marked["row_type"], marked["id"], strict=True)) == set(table.index)


def test_a_wider_interval_changes_the_verdict():
    facts = published.facts()
    table = facts.interval_table.copy()
    table.loc[table["interval"] == "one spectrum evaluated twice", ["low", "high"]] = "0.06"
    wide = dataclasses.replace(facts, interval_table=table)
    found = {v.id: v for v in verdicts(wide) if v.row_type == "check"}
    assert found["A-series-clatbp"].status == "differs"


def test_undeclared_input_is_refused():
    facts = published.facts()
    with pytest.raises(LookupError, match=r"A-ratio-gc asks for A-Ea-gclatp"):
        case("check", "A-ratio-gc", facts, Scatter(facts))("A-Ea-gclatp")


def test_a_check_is_answered_once():
    with pytest.raises(ValueError, match="already answered"):
        check("A-ratio-gc")(lambda case: None)


def test_unknown_technique_is_an_error():
    with pytest.raises(LookupError, match=r"techniques\.py"):
        technique("Z-nothing")


def _findings(folder, **changes):
    row = {
        "notebook": "latp_fig2_nyquist",
        "claim_id": "A-sigma-b-gclatp",
        "sample": "GC-LATP",
        "quantity": "bulk conductivity",
        "value": 1.9e-3,
        "stderr": 1e-5,
        "ci_low": 1.88e-3,
        "ci_high": 1.92e-3,
        "unit": "S cm-1",
        "evidence": "simulated",
        "method": "fit",
        "flag": "outside_window",
    }
    (folder / "latp_fig2_nyquist").mkdir(exist_ok=True)
    path = folder / "latp_fig2_nyquist/findings.csv"
    pd.DataFrame([row | changes]).to_csv(path, index=False)
    return path


def test_simulated_findings_add_a_remark_and_never_a_status(tmp_path, ledger):
    _findings(tmp_path)
    keys = ["row_type", "id"]
    found = build(tmp_path).set_index(keys)
    plain = ledger.set_index(keys)
    assert (found["status"] == plain["status"]).all()
    key = ("claim", "A-sigma-b-gclatp")
    assert found.loc[key, "reading"].startswith(plain.loc[key, "reading"])
    assert "outside the measured window" in found.loc[key, "reading"]
    assert "+-1.1 %" in found.loc[key, "reading"]  # half of 4e-5 over 1.9e-3
    assert (found["reading"] != plain["reading"]).sum() == 1


def test_unresolved_and_other_evidence(tmp_path):
    _findings(tmp_path, flag="not_identifiable", value=math.nan)
    found = build(tmp_path).set_index(["row_type", "id"])
    assert "could not resolve it" in found.loc[("claim", "A-sigma-b-gclatp"), "reading"]
    _findings(tmp_path, evidence="measured")
    found = build(tmp_path).set_index(["row_type", "id"])
    assert "simulation" not in found.loc[("claim", "A-sigma-b-gclatp"), "reading"].lower()


def test_bad_findings_are_named(tmp_path):
    _findings(tmp_path, claim_id="A-nothing")
    with pytest.raises(ValueError, match=r"findings\.csv.*A-nothing"):
        build(tmp_path)
    _findings(tmp_path, flag="odd")
    with pytest.raises(ValueError, match="odd"):
        build(tmp_path)
    path = _findings(tmp_path)
    path.write_text("notebook,value\nx,1\n")
    with pytest.raises(ValueError, match="claim_id"):
        build(tmp_path)


def test_written_ledger_is_stable(tmp_path, ledger):
    first, second = tmp_path / "a/ledger.csv", tmp_path / "b.csv"
    write_csv(ledger, first)
    write_csv(build().sample(frac=1, random_state=1), second)
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text(encoding="utf-8")
    assert "\r" not in text
    assert "0.000115051," in text
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["ledger.csv"]


def test_command_line(tmp_path, capsys):
    out = tmp_path / "ledger.csv"
    nothing = str(tmp_path / "nothing")
    assert main(["build", "--out", str(out), "--results", nothing]) == 0
    assert len(pd.read_csv(out)) == 477
    assert main(["list", "--status", "contradicts", "--results", nothing]) == 0
    assert "A-series-clatbp" in capsys.readouterr().out
    assert main(["why", "A-series-clatbp", "--results", nothing]) == 0
    text = capsys.readouterr().out
    assert "A-sigma-gb-clatbp" in text
    assert "3.48e-5 +- 5e-08" in text
    assert main(["show", "A-nothing", "--results", nothing]) == 1
    assert "A-nothing" in capsys.readouterr().err


def test_ledger_needs_neither_analysis_nor_simulation():
    code = (
        "import sys, compendium.ledger; "
        "print([m for m in sys.modules if m.startswith(('compendium.simulate', 'compendium.run',"
        " 'compendium.notebook', 'nasicon.core.style', 'matplotlib', 'lmfit'))])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert found.strip() == "[]"
