"""Densities, composition, grains and literature: which checks decide which claim."""

from __future__ import annotations

from compendium.ledger.decision import by

_FITS = "A measured value without a second one; it fits its relative density."
_FORMULA = "Arithmetic holds; the theoretical density is that of one pure phase."

DECISIONS = {
    "A-dens-gclatp": by("A-reldens-gclatp", note=_FITS, numbers=False),
    "A-dens-gclatbp": by("A-reldens-gclatbp", note=_FITS, numbers=False),
    "A-dens-clatp": by("A-reldens-clatp", note=_FITS, numbers=False),
    "A-dens-clatbp": by("A-reldens-clatbp", note=_FITS, numbers=False),
    "A-reldens-gclatp": by(
        "A-reldens-gclatp", "A-reldens-joint", "A-rho-mix-gclatp", note=_FORMULA, numbers=False
    ),
    "A-reldens-gclatbp": by(
        "A-reldens-gclatbp",
        "A-reldens-joint",
        "A-rho-mix-gclatbp",
        "A-rho-latbp",
        note=_FORMULA,
        numbers=False,
    ),
    "A-reldens-clatp": by("A-reldens-clatp", "A-reldens-joint", "A-rho-latp"),
    "A-reldens-clatbp": by(
        "A-reldens-clatbp", "A-reldens-joint", "A-rho-latbp", note=_FORMULA, numbers=False
    ),
    "A-reldens-similar": by("A-rd-similar"),
    "A-xrf-li": by("A-xrf-li"),
    "A-int-aliovalent": by("A-aliovalent"),
    "B-abs-b2o3": by(
        "B-grain-ratio",
        note="Larger crystals with B2O3, as stated; that B2O3 is the cause rests on one pellet.",
        numbers=False,
    ),
    "B-int-ge": by("B-ge"),
}
