"""NMR and Raman checks against arithmetic done by hand from the printed digits."""

import pytest

from compendium import published
from compendium.ledger.build import verdicts


@pytest.fixture(scope="module")
def ledger():
    return {(v.row_type, v.id): v for v in verdicts(published.facts())}


@pytest.mark.parametrize(
    ("check_id", "value", "status"),
    [
        ("A-nmrlc-bo3", (8.609 - 7.811) / (12.806 - 7.811), "agrees"),
        ("A-nmrlc-bo4", (-5.015 + 4.751) / (-2.278 + 4.751), "differs"),
        ("A-nmr7525-bo3", 0.75 * 7.811 + 0.25 * 12.806, "differs"),
        ("A-nmr7525-bo4", 0.75 * -4.751 + 0.25 * -2.278, "differs"),
        ("A-nmr-sum", 100.0, "agrees"),
        ("A-nmr-digits", 0.19239, "differs"),
        ("A-mas-ssb", 15e3 / 192.39, "agrees"),
        ("A-mas-speed", 3.14159265 * 4e-3 * 15e3, "agrees"),
        ("A-larmor", 1e6 * (242.76 / 40.480742 / (192.39 / 32.083974) - 1), "agrees"),
        ("A-b-enrich", (75 / 11) / (25 / 89), "hypothesis"),
        ("A-crystal-x", 0.2 + 0.25 * 0.1, "hypothesis"),
        ("A-nmr-closer", 0.798 / 4.197, "agrees"),
        ("A-nmrrange-bo3-c", 12.806, "agrees"),
        ("A-nmrrange-bo3-g", 7.811, "differs"),
        ("A-nmrrange-bo3-gc", 8.609, "differs"),
        ("A-nmrrange-bo4-gc", -5.015, "agrees"),
        ("A-pure-ceramic", 7.0, "differs"),
    ],
)
def test_checks_by_hand(ledger, check_id, value, status):
    v = ledger["check", check_id]
    assert v.computed == pytest.approx(value, rel=1e-6)
    assert v.status == status


def test_joint_share_by_hand(ledger):
    # variances of w for 0.3 ppm a centre: 0.09 (1 + (1-w)^2 + w^2) / (d_C - d_G)^2
    w3, w4 = 0.798 / 4.995, -0.264 / 2.473
    v3 = 0.09 * (1 + (1 - w3) ** 2 + w3**2) / 4.995**2
    v4 = 0.09 * (1 + (1 - w4) ** 2 + w4**2) / 2.473**2
    share = 100 * (w3 / v3 + w4 / v4) / (1 / v3 + 1 / v4)
    error = 100 * (1 / v3 + 1 / v4) ** -0.5
    v = ledger["check", "A-nmr-joint"]
    assert v.computed == pytest.approx(share)
    assert (v.exp_lo, v.exp_hi) == pytest.approx((share - 1.96 * error, share + 1.96 * error))
    assert "12 +- 7 %" in v.reading
    assert v.status == "differs"


def test_isotropic_shifts_by_hand(ledger):
    shift = 1e6 / 40 * (2.6 / 192.39) ** 2 * (1 + 0.2**2 / 3)
    v = ledger["check", "A-nmr-qis"]
    assert (v.lo, v.hi) == pytest.approx((7.811 + shift, 12.806 + shift))
    assert "17.4, 12.4 and 13.2 ppm" in v.reading
    assert v.status == "hypothesis"


def test_claims_follow_their_checks(ledger):
    expected = {
        "A-nmr-lc": "differs",
        "A-nmr-close-glass": "agrees",
        "A-nmr-glass-frac": "differs",
        "A-nmr-cer-frac": "differs",
        "A-abs-b-glass": "agrees",
        "A-raman-c-none": "differs",
        "A-raman-trend": "not testable",
        "A-nmr-31p": "not testable",
    }
    assert {i: ledger["claim", i].status for i in expected} == expected
    for i in ("A-raman-trend", "A-nmr-31p"):
        assert "would test it" in ledger["claim", i].reading
        assert "impedance" not in ledger["claim", i].reading


def test_every_check_of_these_notebooks_is_made(ledger):
    undone = [
        v.id
        for v in ledger.values()
        if v.row_type == "check"
        and v.notebook in ("latp_fig3_nmr", "latp_fig3_raman")
        and not v.decided_by
    ]
    assert undone == []


def test_no_mixture_without_an_error(ledger):
    # with no experimental interval the centre of BO4 contradicts the load-bearing mixture
    strict = {v.id: v.status for v in verdicts(published.facts(), "none") if v.row_type == "check"}
    assert strict["A-nmrlc-bo4"] == "contradicts"
    assert strict["A-nmrlc-bo3"] == "agrees"
