"""NMR and Raman: which checks decide which claim."""

from __future__ import annotations

from compendium.ledger.decision import by

_RANGE = "Centre against the range that the paper gives for such boron:"
_CENTRE = "A mixture of glass and ceramic would have its centre between theirs:"
_SPLIT = "The split against the printed centres; the strongest doubt:"

DECISIONS = {
    "A-nmr-bo3-c": by("A-nmrrange-bo3-c", note=_RANGE),
    "A-nmr-bo4-c": by("A-nmrrange-bo4-c", note=_RANGE),
    "A-nmr-bo3-g": by("A-nmrrange-bo3-g", note=_RANGE),
    "A-nmr-bo4-g": by("A-nmrrange-bo4-g", note=_RANGE),
    "A-nmr-bo3-gc": by("A-nmrrange-bo3-gc", "A-nmrlc-bo3", numbers=False),
    "A-nmr-bo4-gc": by("A-nmrrange-bo4-gc", "A-nmrlc-bo4", numbers=False),
    "A-nmr-close-glass": by("A-nmr-closer"),
    "A-nmr-lc": by("A-nmrlc-bo3", "A-nmrlc-bo4", note=_CENTRE),
    "A-nmr-glass-frac": by(
        "A-nmr-sum", "A-nmr7525-bo3", "A-nmr7525-bo4", "A-nmr-joint", note=_SPLIT, numbers=False
    ),
    "A-nmr-cer-frac": by(
        "A-nmr-sum", "A-nmr7525-bo3", "A-nmr7525-bo4", "A-nmr-joint", note=_SPLIT, numbers=False
    ),
    "A-abs-b-glass": by(
        "A-nmr-closer",
        note="Every reading of the printed centres puts most of the boron in the glass (75 % "
        "printed, more from the centres); Raman sees titanium, not boron.",
        numbers=False,
    ),
    "A-raman-tio4": by("A-raman-win", numbers=False),
    "A-raman-tio6": by("A-raman-win", numbers=False),
    "A-raman-c-none": by("A-pure-ceramic"),
}
