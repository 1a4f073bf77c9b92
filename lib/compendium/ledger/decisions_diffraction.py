"""Diffraction: which checks decide which claim."""

from __future__ import annotations

from compendium.ledger.decision import by

_AS_PRINTED = "One number of one pattern, so nothing printed contradicts it."

DECISIONS = {
    "A-xrd-alpo4": by("A-xrd-polymorph", numbers=False),
    "A-xrd-alpo4-gclatp": by("A-alpo4-max-gclatp", "A-alpo4-rir-gclatp", numbers=False),
    "A-xrd-alpo4-gclatbp": by("A-alpo4-max-gclatbp", "A-alpo4-rir-gclatbp", numbers=False),
    "A-cryst-gclatp": by("A-glassfrac-gclatp", note=_AS_PRINTED, numbers=False),
    "A-cryst-gclatbp": by("A-glassfrac-gclatbp", note=_AS_PRINTED, numbers=False),
    "A-cryst-clatp": by("A-cryst-trend", note=_AS_PRINTED, numbers=False),
    "A-cryst-clatbp": by("A-cryst-trend", note=_AS_PRINTED, numbers=False),
    "A-cryst-down": by("A-cryst-trend"),
    "A-glass-frac": by("A-glassfrac-gclatp", "A-glassfrac-gclatbp"),
    "B-xrd-alpo4-1": by("B-alpo4"),
    "B-xrd-alpo4-2": by("B-alpo4", numbers=False),
    "B-xrd-alpo4-3": by("B-alpo4", numbers=False),
    "B-xrd-li2o": by(
        "B-li2o",
        "B-li2o-amount",
        note="That there is a line is not in doubt; that it is Li2O's is.",
    ),
    "B-xrd-noimp": by("B-noimp"),
    "B-size-p": by("B-scherrer-p", numbers=False),
    "B-size-b": by("B-scherrer-b", "B-scherrer-diff", numbers=False),
    "B-size-bi": by("B-scherrer-diff", note="No value is printed.", numbers=False),
    "B-size-bbi": by("B-scherrer-diff", note="No value is printed.", numbers=False),
    "B-rd": by("B-bi-density", "B-rd-values", numbers=False),
    "B-abs-bi2o3": by("B-bi-volume", "B-bi-density", numbers=False),
}

DEFINITIONS = {
    "B-methods-size": "Named methods, used as such: Scherrer sizes are given here with and without "
    "the instrument's width.",
}
