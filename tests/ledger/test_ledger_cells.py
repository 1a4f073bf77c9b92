"""Cells of the LAGP paper: the numbers, by hand from the printed digits."""

import numpy as np
import pytest

from compendium.ledger.build import build


@pytest.fixture(scope="module")
def rows():
    return build().query("row_type == 'check' or ~id.duplicated(keep=False)").set_index("id")


@pytest.mark.parametrize(
    ("row", "computed", "status"),
    [
        ("B-li-current", 5 * 170 * 5e-3, "hypothesis"),  # mA cm-2 at 5 mg cm-2
        ("B-crates", 850.0, "agrees"),
        ("B-1C", 96485.33212 / 3.6 / 96.9303, "agrees"),
        ("B-cyc", 500.0, "agrees"),
        ("B-lsv", 500.0, "agrees"),
        ("B-lsv-T", 65.0, "differs"),
        ("B-liq-comp", 9.1e-3 / 8.4e-5, "agrees"),
    ],
)
def test_numbers(rows, row, computed, status):
    assert rows.loc[row, "computed"] == pytest.approx(computed, rel=1e-4)
    assert rows.loc[row, "status"] == status


def test_drops_at_5c_by_hand(rows):
    hot = np.exp(0.35 / 8.617333e-5 * (1 / 298.15 - 1 / 338.15))
    for row, sigma in (("B-5C-p", 8.4e-5), ("B-5C-bbi", 3.4e-4)):
        assert rows.loc[row, "computed"] == pytest.approx(4.25e-3 * 0.1 / (sigma * hot), rel=1e-4)


def test_no_claim_on_the_cells_is_confirmed_or_contradicted(rows):
    """Capacities are not printed: the claims stay hypotheses, whatever a simulation shows."""
    for claim in ("B-rate-p", "B-rate-bbi", "B-rate-fade", "B-cyc-p", "B-cyc-bbi", "B-conc-predom"):
        assert rows.loc[claim, "status"] == "hypothesis"
        assert "Would settle it: " in rows.loc[claim, "reading"]
    for row in ("B-capacities", "B-lsv-noreact"):
        assert rows.loc[row, "status"] == "not testable"
