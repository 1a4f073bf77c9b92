"""Impedance and transport: which checks decide which claim, as one readable table."""

from __future__ import annotations

from compendium.ledger.decision import by

_PLAUSIBLE = "Plausible, though no second number is printed for it."
_ONE_NUMBER = "The only number printed for this sample, so nothing contradicts or confirms it."

DECISIONS = {
    # Paper A: gains and losses of conductivity
    "A-abs-gc-decade": by("A-ratio-gc"),
    "A-gc-decade": by("A-ratio-gc"),
    "A-gc-total-decade": by("A-ratio-gc"),
    "A-conc-decade": by("A-ratio-gc"),
    "A-conc-sigma": by("A-conc"),
    "A-gc-gb-decade": by("A-ratio-gb"),
    "A-gc-bulk-same": by("A-ratio-bulk-gc"),
    "A-abs-gb-not-bulk": by(
        "A-ratio-gb",
        "A-ratio-bulk-gc",
        "A-shapley",
        note="The gain is made at the boundaries, as stated; 'little effect on the bulk' is the "
        "half that the printed values do not bear out.",
    ),
    "A-abs-c-reduce": by("A-ratio-c"),
    "A-c-opposite": by("A-ratio-c"),
    "A-abs-c-gb": by("A-c-gbR"),
    "A-c-both-down": by("A-ratio-bulk-c", "A-ratio-gb-c"),
    "A-g-similar": by("A-ratio-g"),
    "A-gc-vs-c": by("A-ratio-gcb-cb", "A-ratio-gc-c"),
    "A-int-b-enh": by("A-ratio-gc", "A-ratio-g", "A-ratio-c"),
    # Paper A: values
    "A-sigma-glatp": by("A-glassrange-glatp", "A-glassR-glatp", note=_PLAUSIBLE, numbers=False),
    "A-sigma-glatbp": by("A-glassrange-glatbp", "A-glassR-glatbp", note=_PLAUSIBLE, numbers=False),
    "A-eis-rtot": by(
        "A-series-gclatp",
        "A-series-gclatbp",
        "A-series-clatp",
        "A-series-clatbp",
        note="Printed totals against printed parts of four samples; the strongest case:",
    ),
    "A-Ea-gclatp": by("A-Eagb-gclatp", "A-120-GC-LATP", note=_PLAUSIBLE),
    "A-Ea-gclatbp": by(
        "A-Eagb-gclatbp",
        "A-120-GC-LATBP",
        "A-lead-R",
        note="Plausible beside the bulk value, but the lower resistance leaves it open to a series "
        "resistance:",
    ),
    "A-Ea-b-gclatp": by("A-Eb-lit", "A-lead-R"),
    "A-Ea-b-gclatbp": by("A-Eb-lit", "A-lead-R"),
    "A-Ea-b-similar": by("A-Eb-similar"),
    # Paper A: spectra and circuit
    "A-eis-shape": by("A-fgb-gclatp", "A-fgb-gclatbp", "A-glassspike-glatp", "A-glassspike-glatbp"),
    "A-ec": by("A-fbulk-gclatp", "A-fbulk-gclatbp", "A-fbulk-clatp", "A-fbulk-clatbp"),
    "A-tabS1": by("A-tabS1"),
    # Paper A: the cause
    "A-hl-gb": by(
        "A-shapley",
        "A-film-R-gclatbp",
        "A-HS-gclatbp",
        note="That the boundaries make the gain follows from Table 1; that glass makes it does "
        "not follow from conductivities.",
    ),
    "A-glass-critical": by("A-amorph-logic", "A-HS-gclatp"),
    # Paper A: quoted literature
    "A-int-ref12-sigma": by("A-ref12", numbers=False),
    "A-int-ref12-ratio-lo": by("A-ref12", numbers=False),
    "A-int-ref12-ratio-hi": by("A-ref12", numbers=False),
    "A-int-ref13-sigma": by("A-ref12", numbers=False),
    "A-int-glass-lo": by("A-glassrange-glatp", numbers=False),
    "A-int-glass-hi": by("A-glassrange-glatp", numbers=False),
    # Paper B
    "B-sigma-p": by("B-table1", note=_ONE_NUMBER),
    "B-sigma-b": by("B-table1", note=_ONE_NUMBER),
    "B-sigma-bi": by("B-table1", note=_ONE_NUMBER),
    "B-sigma-bbi": by("B-conc"),
    "B-conc-sigma": by("B-conc"),
    "B-tab1": by("B-table1"),
    "B-ec": by("B-table1"),
    "B-gb-dom": by("B-ratio-bbi-p"),
    "B-why-b": by("B-2p9"),
    "B-why-bbi": by("B-additive-R", "B-synergy"),
}

# Definitions that are not of the kind "condition" and are used as they stand.
DEFINITIONS = {
    "A-arr-form": "A convention, used as such; results are given in ln(sigma) and ln(sigma T).",
    "B-rho-sum": "Resistances in series: the model that the resistance bookkeeping uses.",
}
