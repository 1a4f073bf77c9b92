"""Strain microscopy: which checks decide which claim."""

from __future__ import annotations

from compendium.ledger.decision import by

DECISIONS = {
    "A-esm-higher": by("A-esm-d-amp"),
    "A-esm-nonuni": by("A-esm-cv"),
    "A-q-barrier": by("A-q-barrier"),
    "A-esm-tau": by("A-tau", numbers=False),
    "A-esm-faster": by("A-tau", numbers=False),
    "A-hl-esm": by(
        "A-esm-bulk",
        "A-esm-length",
        note="A statement about the method, on which two numbers bear; the more doubtful one:",
        numbers=False,
    ),
}

DEFINITIONS = {
    "A-q-inverse": "The definition of Q (2 pi times stored over dissipated energy a cycle), used "
    "as such; it counts every loss, not only the ions'.",
}
