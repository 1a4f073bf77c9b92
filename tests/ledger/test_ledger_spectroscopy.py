"""Checks of photoemission, energy loss and boundaries against arithmetic done by hand."""

import math

import pytest

from compendium import published
from compendium.ledger.build import verdicts


@pytest.fixture(scope="module")
def ledger():
    return verdicts(published.facts())


@pytest.mark.parametrize(
    ("check_id", "value", "status"),
    [
        ("B-c1s", 0.3, "differs"),
        ("B-bi4f", 3.0, "hypothesis"),
        # 3 x 1.18/(0.6056 x 0.486), 0.6056 = 0.05 x 421.6 x 2/69.62
        ("B-b1s", 3 * 1.18 / (0.05 * 421.6 * 2 / 69.62 * 0.486), "hypothesis"),
        ("B-eds-b", 183.0, "established"),
        ("A-eels-overlap", 189.0, "hypothesis"),
        ("A-eels-atpct", 100 * 0.1 / 18.3, "hypothesis"),
        ("A-stem-angles", 100 * (24.9 / 35) ** 2, "agrees"),
        ("A-hrtem-tilt", 35 * math.tan(math.radians(2)), "agrees"),
        # 3 x 3.5 nm x capacity/(0.75 x 0.1/0.217): 2 x 1.83 x 602.2/69.62 per nm3
        ("A-film-B", 10.5 * (2 * 1.83 * 602.214 / 69.62) / (0.75 * 0.1 / 0.217), "agrees"),
    ],
)
def test_numbers(ledger, check_id, value, status):
    v = ledger["check", check_id]
    assert v.computed == pytest.approx(value, rel=2e-3)
    assert v.status == status


def test_rounding_of_the_bismuth_shift(ledger):
    v = ledger["check", "B-bi4f"]
    assert (v.lo, v.hi) == pytest.approx((2.9, 3.1))
    assert "from memory" in v.reading  # the unverified reference says so


def test_aluminium_contrast(ledger):
    assert ledger["claim", "A-stem-eds"].computed == pytest.approx((1 / 6) / (0.2 / 18.3))


@pytest.mark.parametrize(
    ("claim_id", "status"),
    [
        ("A-eels-bk", "hypothesis"),
        ("A-eels-map", "hypothesis"),
        ("A-abs-b-inhom", "hypothesis"),
        ("A-tem-gclatp", "not testable"),
        ("A-tem-c", "not testable"),
        ("B-xps-b", "hypothesis"),
        ("B-xps-bi", "hypothesis"),
        ("B-xps-full", "hypothesis"),
        ("B-xps-pge", "not testable"),
        ("B-xps-c1s", "input"),
        ("B-eds-bi", "not testable"),
    ],
)
def test_claims(ledger, claim_id, status):
    assert ledger["claim", claim_id].status == status


def test_every_doubt_says_what_would_decide(ledger):
    mine = {"latp_fig4_boundaries", "lagp_fig4_chemistry"}
    rows = [v for v in ledger.values() if v.notebook in mine]
    assert len(rows) > 35
    for v in rows:
        if v.status in ("hypothesis", "not testable"):
            assert "Would settle it: " in v.reading, v.id


def test_every_check_of_these_notebooks_is_answered(ledger):
    mine = {"latp_fig4_boundaries", "lagp_fig4_chemistry"}
    open_checks = [
        v.id
        for v in ledger.values()
        if v.row_type == "check" and v.notebook in mine and not v.decided_by
    ]
    assert open_checks == []
