"""Every input moved over its domain: status and sentence go together, and only dependants move."""

import re

import pytest

from compendium import published
from compendium.ledger import words
from compendium.ledger.build import check_rows, claim_rows, verdicts
from compendium.ledger.engine import Row
from compendium.ledger.sensitivity import domain, moved_rows, numeric_inputs, with_claims

FACTS = published.facts()
STEPS = (0.0, 0.35, 1.0)


@pytest.fixture(scope="module")
def base():
    return verdicts(FACTS)


def as_pattern(template):
    """A sentence as a regular expression: anything may stand where a number is put."""
    parts = re.split(r"\{[^{}]+\}", template)
    return ".*".join(map(re.escape, parts))


def _says_its_status(key, verdict):
    if verdict.reading.startswith(words.NO_SOLUTION):
        return
    template = words.sentence(FACTS, key[1], verdict.status)
    assert re.match(as_pattern(template), verdict.reading), (key, verdict.status, verdict.reading)


def test_moved_inputs_move_status_and_sentence_together(base):
    own = {("check", i) for i in check_rows(FACTS)} | {("claim", i) for i in claim_rows(FACTS)}
    turned = set()
    for claim_id in numeric_inputs(FACTS):
        low, high = domain(FACTS.claim(claim_id))
        for step in STEPS:
            for key, verdict in moved_rows(
                FACTS, base, claim_id, low + step * (high - low)
            ).items():
                if key not in own:
                    continue
                _says_its_status(key, verdict)
                if verdict.status != base[key].status:
                    turned.add(key)
                    assert verdict.reading != base[key].reading, (claim_id, key)
    # a verdict that nothing turns would be a constant
    stuck = {key for key in own if has_formula(key) and key not in turned}
    assert len(stuck) < len(own) / 3


def has_formula(key):
    rows = check_rows(FACTS) if key[0] == "check" else claim_rows(FACTS)
    return isinstance(rows[key[1]], Row) and rows[key[1]].formula is not None


@pytest.mark.parametrize(
    "claim_id", ["A-sigma-b-gclatbp", "A-cryst-gclatbp", "A-nmr-bo3-gc", "B-sigma-p", "B-size-b"]
)
def test_exactly_the_dependants_move(base, claim_id):
    low, high = domain(FACTS.claim(claim_id))
    value = low + 0.8 * (high - low)
    whole = verdicts(with_claims(FACTS, {claim_id: value}))
    part = moved_rows(FACTS, base, claim_id, value)
    assert {key: whole[key] for key in part} == {
        key: str_equal(part[key], whole[key]) for key in part
    }
    untouched = set(whole) - set(part)
    assert all(str(whole[key]) == str(base[key]) for key in untouched)


def str_equal(found, expected):
    """The expected row where both read alike (nan is not equal to itself)."""
    return expected if str(found) == str(expected) else found


def test_the_cases_that_a_referee_tried(base):
    # two concluding values that are not one
    row = moved_rows(FACTS, base, "B-conc-sigma", 5e-4)["check", "B-conc"]
    assert row.status == "contradicts"
    assert "in the results, " in row.reading
    # one close line is not enough
    row = moved_rows(FACTS, base, "A-nmr-bo3-gc", 12.807)["check", "A-nmr-closer"]
    assert row.status != "agrees"
    assert row.reading.startswith(("No", "Not"))
    # a glass 5000 times more resistive is not inside the range quoted
    row = moved_rows(FACTS, base, "A-sigma-glatbp", 1.2e-11)["check", "A-glassrange-glatbp"]
    assert row.status == "agrees"
    assert row.reading.startswith("No")
