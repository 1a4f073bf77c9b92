"""Interval arithmetic and the rules that judge."""

import math

import pytest

from compendium import published
from compendium.ledger.verdict import Verdict, judge
from compendium.scatter import Scatter
from nasicon.core.interval import Quantity, corners, sig


def test_corners_of_a_quotient():
    # by hand: 2 [1, 3] over 4 [2, 8]: 0.5, lowest 1/8, highest 3/2
    q = corners(lambda a, b: a / b, Quantity(2, 1, 3), Quantity(4, 2, 8))
    assert (q.value, q.lo, q.hi) == (0.5, 0.125, 1.5)


def test_corners_take_claims_and_plain_numbers():
    q = corners(lambda a, b: a * b, published.claim("A-sigma-gclatp"), 10.0)
    assert (q.lo, q.value, q.hi) == pytest.approx((1.115e-3, 1.12e-3, 1.125e-3))


@pytest.mark.parametrize(
    ("stated", "may", "status"),
    [
        (1.05, True, "agrees"),  # inside rounding
        (1.10, True, "agrees"),  # touching
        (1.15, True, "differs"),  # outside rounding, inside the experimental interval
        (1.50, True, "contradicts"),  # outside both
        (1.50, False, "differs"),  # carries no conclusion, or an assumption could explain it
    ],
)
def test_rules(stated, may, status):
    computed, experimental = Quantity(1.0, 0.9, 1.1), Quantity(1.0, 0.7, 1.3)
    point = Quantity(stated, stated, stated)
    assert judge(computed, experimental, point, may_contradict=may) == status


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
        ({"evidence": "simulated"}, "simulated evidence"),
        ({"evidence": "literature", "status": "contradicts"}, "only question"),
        ({"basis": "S", "status": "contradicts"}, "only question"),
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
