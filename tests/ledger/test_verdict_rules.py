"""Interval arithmetic and the rules that judge."""

import math

import pytest

from compendium import published
from compendium.ledger.verdict import Standing, Verdict, judge
from compendium.scatter import Scatter
from nasicon.core.interval import Quantity, corners, sig


def test_corners_of_a_quotient():
    # by hand: 2 [1, 3] over 4 [2, 8]: 0.5, lowest 1/8, highest 3/2
    q = corners(lambda a, b: a / b, Quantity(2, 1, 3), Quantity(4, 2, 8))
    assert (q.value, q.lo, q.hi) == (0.5, 0.125, 1.5)


def test_corners_take_claims_and_plain_numbers():
    q = corners(lambda a, b: a * b, published.claim("A-sigma-gclatp"), 10.0)
    assert (q.lo, q.value, q.hi) == pytest.approx((1.115e-3, 1.12e-3, 1.125e-3))


def standing(**changes):
    return Standing(
        **({"finding": False, "weighty": True, "capped": False, "open_": True} | changes)
    )


@pytest.mark.parametrize(
    ("stated", "changes", "status"),
    [
        (1.05, {}, "agrees"),  # inside rounding
        (1.10, {}, "agrees"),  # touching
        (1.15, {}, "differs"),  # outside rounding, inside the experimental interval
        (1.50, {}, "contradicts"),  # outside both
        (1.50, {"weighty": False}, "differs"),  # carries no conclusion
        (1.50, {"capped": True}, "hypothesis"),  # an assumption could carry the difference
        (1.15, {"capped": True}, "differs"),
    ],
)
def test_claims(stated, changes, status):
    computed, wide = Quantity(1.0, 0.9, 1.1), Quantity(1.0, 0.7, 1.3)
    found = judge(computed, wide, Quantity(stated, stated, stated), standing(**changes))
    assert found == status
    assert found in standing(**changes).reachable()


@pytest.mark.parametrize(
    ("low", "changes", "status"),
    [
        (0.6, {}, "established"),  # holds over the whole wide interval
        (0.8, {}, "hypothesis"),  # holds at the value, not over all of it
        (0.6, {"capped": True}, "hypothesis"),  # an assumption without a range
        (1.2, {}, "agrees"),  # does not hold: the printed numbers stand
    ],
)
def test_findings(low, changes, status):
    computed, wide = Quantity(1.0, 0.9, 1.1), Quantity(1.0, 0.7, 1.3)
    found = judge(computed, wide, Quantity(low, low, 9.0), standing(finding=True, **changes))
    assert found == status
    assert found in standing(finding=True, **changes).reachable()


def test_scatter_modes():
    facts = published.facts()
    q = Quantity(2.0, 1.9, 2.1)
    usual = Scatter(facts).widen(q, "pellet to pellet")
    assert (usual.lo, usual.hi) == pytest.approx((1.9 / 1.3, 2.1 * 1.3))
    assert Scatter(facts, "none").widen(q, "pellet to pellet") == q
    energy = Scatter(facts).widen(Quantity(0.2, 0.2, 0.2), "activation energy")
    assert (energy.lo, energy.hi) == pytest.approx((0.18, 0.22))
    geometry = Scatter(facts, "strict").widen(Quantity(1.0, 1.0, 1.0), "pellet geometry")
    assert (geometry.lo, geometry.hi) == pytest.approx((0.9, 1.1))
    with pytest.raises(ValueError, match="mode must be one of"):
        Scatter(facts, "wild")


def _verdict(**changes):
    row = {
        "row_type": "check",
        "id": "X-1",
        "paper": "A",
        "item": "",
        "sample": "",
        "issue": "",
        "question": "",
        "subject": "",
        "status": "agrees",
        "claim_or_finding": "claim",
        "load_bearing": "yes",
        "evidence": "derived",
        "computed": math.nan,
        "lo": math.nan,
        "hi": math.nan,
        "exp_lo": math.nan,
        "exp_hi": math.nan,
        "stated": "",
        "unit": "",
        "deviation_percent": math.nan,
        "basis": "P",
        "assumptions": "",
        "decided_by": "",
        "reading": "A sentence.",
        "would_settle": "a measurement",
        "criterion": "",
        "decided_how": "computed",
        "notebook": "audit",
        "function": "",
    }
    return Verdict(**(row | changes))


def test_a_valid_verdict():
    assert _verdict().status == "agrees"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "inconsistent"}, "status must be one of"),
        ({"evidence": "guessed"}, "evidence must be one of"),
        ({"reading": " "}, "needs a reading"),
        ({"claim_or_finding": "finding", "status": "contradicts"}, "finding"),
        ({"claim_or_finding": "finding", "status": "differs"}, "finding"),
        ({"evidence": "simulated"}, "evidence must be one of"),
        ({"evidence": "literature", "status": "contradicts"}, "only question"),
        ({"basis": "S", "status": "contradicts"}, "only question"),
        ({"status": "hypothesis", "would_settle": ""}, "what would settle it"),
        ({"decided_how": "by hand"}, "words alone"),
        ({"row_type": "claim", "status": "established"}, "only a check"),
    ],
)
def test_forbidden_verdicts(changes, message):
    with pytest.raises(ValueError, match=message):
        _verdict(**changes)


@pytest.mark.parametrize(
    ("value", "text"),
    [(9.1964, "9.20"), (1.1505e-4, "1.15e-4"), (14.84, "14.8"), (1137.2, "1140"), (0.0, "0")],
)
def test_numbers_in_sentences(value, text):
    assert sig(value) == text
