"""The ledger as a whole: complete, allowed, reproducible, and tied to its inputs."""

import math
import subprocess
import sys

import pandas as pd
import pytest

from compendium import published
from compendium.ledger import COLUMNS, build, depends_on_intervals
from compendium.ledger.__main__ import README_MARKS, main, write_csv
from compendium.ledger.build import check_rows, dependants, is_input, verdicts
from compendium.ledger.stories import counts, readme_table, stories
from compendium.ledger.verdict import FINDING_STATUSES, STATUSES

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
        ("claim", published.facts().tables["claims"]["id"]),
        ("check", published.facts().tables["checks"]["check_id"]),
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
    assert len(findings) > 90
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
    printed = published.facts().tables["claims"].set_index("id")
    assert claims.to_dict() == printed["load_bearing"].to_dict()


def test_conditions_are_inputs(ledger):
    claims = ledger[ledger["row_type"] == "claim"].set_index("id")["status"]
    conditions = published.facts().tables["claims"].query("kind == 'condition'")["id"]
    assert set(claims[conditions]) == {"input"}
    rows = published.facts().tables["claims"].to_dict("records")
    assert set(claims.index[claims == "input"]) == {r["id"] for r in rows if is_input(r)}


def test_conditions_show_what_a_check_says_about_them(ledger):
    readings = ledger[ledger["row_type"] == "claim"].set_index("id")["reading"]
    for claim, check in (("A-esm-vac", "A-esm-volt"), ("A-xrd-lambda", "A-lambda")):
        assert f"{check} speaks about it (differs)" in readings[claim]
    assert readings["A-bib-received"] == "A stated condition, used as such."


def test_untested_rows_say_what_would_test_them(ledger):
    untested = ledger[ledger["status"] == "not testable"]
    assert untested["reading"].str.contains("Would settle it: ").all()
    assert untested["computed"].isna().all()


def test_hypotheses_name_the_deciding_measurement(ledger):
    rows = ledger[ledger["status"] == "hypothesis"]
    assert rows["reading"].str.contains("Would settle it: ", regex=False).all()
    assert rows["would_settle"].str.len().min() > 5


def test_what_decides_is_said_and_no_conclusion_hangs_on_words_alone(ledger):
    heavy = ledger[(ledger["load_bearing"] == "yes") & ~ledger["status"].isin(["not testable"])]
    assert set(heavy["decided_how"]) == {"computed"}
    by_hand = ledger[ledger["decided_how"] == "by hand"]
    assert set(by_hand["status"]) <= {"not testable", "differs"}


def test_tautologies_do_not_agree(ledger):
    claims = ledger[ledger["row_type"] == "claim"].set_index("id")["status"]
    for claim in ("A-cryst-gclatp", "A-dens-clatp", "A-raman-tio4", "A-sigma-glatp", "B-xrd-noimp"):
        assert claims[claim] == "not testable", claim


def test_intervals_are_ordered(ledger):
    known = ledger.dropna(subset=["computed"])
    assert (known["lo"] <= known["computed"]).all()
    assert (known["computed"] <= known["hi"]).all()
    wide = known.dropna(subset=["exp_lo"])
    assert (wide["exp_lo"] <= wide["lo"] * (1 + 1e-12)).all()
    assert (wide["exp_hi"] >= wide["hi"] * (1 - 1e-12)).all()


@pytest.mark.parametrize("claim_id", ["A-sigma-gb-clatp", "B-sigma-bi", "A-Ea-b-gclatbp"])
def test_a_changed_digit_moves_only_its_dependants(claim_id):
    facts = published.facts()
    table = facts.tables["claims"].copy()
    row = table["id"] == claim_id
    old = table.loc[row, "value"].item()
    table.loc[row, "value"] = {"6.96e-5": "5.96e-5", "2.2e-4": "2.6e-4", "0.13": "0.15"}[old]
    changed = facts.with_table("claims", table)
    published.validate(changed)
    before = verdicts(facts)
    moved = {key for key, v in verdicts(changed).items() if str(v) != str(before[key])}
    assert moved <= dependants(facts, [claim_id])
    # what computes with it moves
    computes = {i for i, row in check_rows(facts).items() if claim_id in row.tokens}
    assert {("check", i) for i in computes if "ratio" in i or "series-" in i} <= moved
    assert any(kind == "check" for kind, _ in moved)


def test_a_repaired_total_agrees():
    facts = published.facts()
    table = facts.tables["claims"].copy()
    table.loc[table["id"] == "A-sigma-clatbp", "value"] = "3.40e-5"
    fixed = verdicts(facts.with_table("claims", table))
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
    table = facts.tables["experimental_intervals"].copy()
    table.loc[table["interval"] == "second fit of C-LATBP", ["low", "high"]] = "0.06"
    wide = facts.with_table("experimental_intervals", table)
    assert verdicts(wide)["check", "A-series-clatbp"].status == "differs"


def _recoveries(folder, draws):
    (folder / "raman_recovery").mkdir(exist_ok=True)
    errors = [(-1) ** i * 0.01 for i in range(draws)]
    table = pd.DataFrame({"truth": 0.05, "estimate": [0.05 + e for e in errors]})
    table.to_csv(folder / "raman_recovery/shares.csv", index=False)


def test_recoveries_add_a_remark_and_never_a_status(tmp_path, ledger):
    _recoveries(tmp_path, 200)
    found = build(tmp_path).set_index(["row_type", "id"])
    plain = ledger.set_index(["row_type", "id"])
    assert (found["status"] == plain["status"]).all()
    key = ("claim", "A-raman-c-none")
    assert found.loc[key, "reading"].startswith(plain.loc[key, "reading"])
    assert "200 draws" in found.loc[key, "reading"]
    assert "-1.0 to +1.0 points; what dominates: " in found.loc[key, "reading"]
    assert (found["reading"] != plain["reading"]).sum() == 1


def test_few_draws_make_no_remark(tmp_path, ledger):
    _recoveries(tmp_path, 199)
    assert (build(tmp_path)["reading"].to_numpy() == ledger["reading"].to_numpy()).all()


def test_a_recovery_table_without_its_columns_is_named(tmp_path):
    (tmp_path / "raman_recovery").mkdir()
    (tmp_path / "raman_recovery/shares.csv").write_text("draw\n1\n")
    with pytest.raises(ValueError, match=r"shares\.csv: columns \['estimate', 'truth'\]"):
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
    assert main(["build", "--out", str(out), "--data", nothing]) == 0
    assert len(pd.read_csv(out)) == 477
    assert main(["list", "--status", "contradicts", "--data", nothing]) == 0
    assert "A-series-clatbp" in capsys.readouterr().out
    assert main(["why", "A-series-clatbp", "--data", nothing]) == 0
    text = capsys.readouterr().out
    assert "A-sigma-gb-clatbp" in text
    assert "3.48e-5 +- 5e-08" in text
    assert main(["why", "A-nothing", "--data", nothing]) == 1
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


def test_the_readme_holds_the_ledgers_table(ledger):
    text = (published.data_folder().parents[1] / "README.md").read_text(encoding="utf-8")
    start, end = (text.index(mark) for mark in README_MARKS)
    printed = text[start + len(README_MARKS[0]) : end].strip()
    assert printed == readme_table(ledger)


def test_every_row_belongs_to_an_issue_and_counts_are_honest(ledger):
    told = stories(ledger)
    assert 15 <= len(told) <= 24
    assert sum(len(story.rows) for story in told) == len(ledger)
    weights = [story.weight for story in told]
    assert weights == sorted(weights, reverse=True)
    found = counts(ledger)
    parts = ("conditions", "not testable", "hypotheses", "judged")
    assert found["claims"] == sum(found[part] for part in parts) == 298
    assert found["independent decisions by computation"] < found["judged"]


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "message"),
    [
        ("checks", "formula", "A-press", "magic", "A-press: formula 'magic'"),
        ("checks", "stated", "A-press", "somewhere", "A-press: stated 'somewhere'"),
        ("checks", "criterion", "A-press", "heavier", "A-press: criterion 'heavier'"),
        ("checks", "inputs", "A-press", "A-press-p", "A-press: press_force_kn does not take"),
        ("readings", "status", "A-press", "differs", "A-press: agrees"),
        ("claims", "unit", "A-press-p", "", "claim 'A-press-p': the number 200 has no unit"),
        ("computed_claims", "inputs", "B-int-lagp", "B-int-lagp", "'B-int-lagp' is computed from"),
    ],
)
def test_a_bad_row_stops_the_build_by_name_and_nothing_is_written(
    tmp_path, monkeypatch, capsys, table, column, row, value, message
):
    facts = published.facts()
    changed = facts.tables[table].copy()
    chosen = changed.iloc[:, 0] == row
    if table == "readings":
        chosen &= changed["status"] == "agrees"
    changed.loc[chosen, column] = value
    bad = facts.with_table(table, changed)

    def read():  # as from its files
        published.validate(bad)
        return bad

    monkeypatch.setattr(published, "facts", read)
    assert main(["build", "--data", "nowhere", "--out", str(tmp_path / "ledger.csv")]) == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_shared_widths_cancel_and_independent_ones_do_not():
    row = verdicts(published.facts())["check", "B-bi4f"]  # two lines on one charge reference
    assert (row.exp_lo, row.exp_hi) == (row.lo, row.hi)
    facts = published.facts()
    table = facts.tables["experimental_intervals"].copy()
    table.loc[table["interval"] == "binding energy", "shared"] = "no"
    row = verdicts(facts.with_table("experimental_intervals", table))["check", "B-bi4f"]
    # 0.3 eV twice, in quadrature in the logarithm of 3 eV: 2.7/3 and 3.3/3 each
    assert row.exp_hi == pytest.approx(row.hi * math.exp(math.log(1.1) * math.sqrt(2)), rel=1e-3)
