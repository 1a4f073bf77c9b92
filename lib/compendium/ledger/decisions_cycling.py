"""Cells of the LAGP paper: which checks decide which claim, as one readable table."""

from __future__ import annotations

from compendium.ledger.decision import by

_NO_CAPACITY = "No capacity is printed."

DECISIONS = {
    "B-rate-p": by("B-5C-p", note=_NO_CAPACITY),
    "B-rate-bbi": by(
        "B-5C-bbi",
        "B-5C-p",
        note=f"{_NO_CAPACITY} The drops of the two separators differ by a factor of four, the "
        "ratio of the conductivities: the order of the cells follows, its size does not.",
    ),
    "B-rate-fade": by("B-5C-bbi"),
    "B-cyc-p": by(
        "B-02C",
        note=f"{_NO_CAPACITY} A constant resistance costs capacity once, not in every cycle.",
    ),
    "B-cyc-bbi": by(
        "B-02C",
        note=f"{_NO_CAPACITY} A separator's conductivity has no part in a coulombic efficiency.",
    ),
    "B-conc-predom": by("B-02C", "B-5C-p", "B-5C-bbi"),
}
