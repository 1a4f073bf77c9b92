"""Photoemission, X-ray maps, energy loss and micrographs: which checks decide which claim."""

from __future__ import annotations

from compendium.ledger.decision import by

_PICTURE = "The claim rests on pictures; what the numbers say about them:"

DECISIONS = {
    # Paper A: boundaries
    "A-tem-gclatp": by("A-hrtem-tilt", numbers=False),
    "A-tem-gclatbp-lo": by("A-hrtem-tilt", numbers=False),
    "A-tem-gclatbp-hi": by("A-hrtem-tilt", numbers=False),
    # Paper A: boron
    "A-eels-bk": by("A-eels-overlap", "A-eels-atpct", numbers=False),
    "A-eels-map": by("A-eels-overlap", "A-eels-atpct", note=_PICTURE, numbers=False),
    "A-abs-b-inhom": by(
        "A-eels-overlap",
        "A-eels-atpct",
        "A-film-B",
        note="The NMR of Fig. 3c supports an uneven distribution on its own; the map does not yet:",
        numbers=False,
    ),
    # Paper B
    "B-xps-bi": by("B-bi4f", numbers=False),
    "B-xps-bi0": by("B-bi4f", numbers=False),
    "B-xps-b": by("B-b1s", numbers=False),
    "B-xps-full": by("B-boron-fate", "B-b1s", numbers=False),
    "B-eds-b": by("B-eds-b", numbers=False),
    "B-tem-b": by("B-eds-b", note=_PICTURE, numbers=False),
}
