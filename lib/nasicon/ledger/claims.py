"""Which checks decide which claim, as one readable table."""

from __future__ import annotations

from dataclasses import dataclass

# From weak to strong: a claim takes the strongest doubt that any of its checks raises.
SEVERITY = ("not testable", "agrees", "hypothesis", "differs", "contradicts")


@dataclass(frozen=True)
class Decision:
    """The checks that decide a claim.

    Attributes
    ----------
    checks : tuple of str
        The claim takes the verdict of the check that raises the strongest doubt.
    note : str
        A sentence put before that check's reading.
    numbers : bool
        Whether the check's computed value may stand beside the claim's own number.
    """

    checks: tuple[str, ...]
    note: str = ""
    numbers: bool = True


def _by(*checks: str, note: str = "", numbers: bool = True) -> Decision:
    return Decision(checks, note, numbers)


_PLAUSIBLE = "Plausible, though no second number is printed for it."
_ONE_NUMBER = "The only number printed for this sample, so nothing contradicts or confirms it."

DECISIONS = {
    # Paper A: gains and losses of conductivity
    "A-abs-gc-decade": _by("A-ratio-gc"),
    "A-gc-decade": _by("A-ratio-gc"),
    "A-gc-total-decade": _by("A-ratio-gc"),
    "A-conc-decade": _by("A-ratio-gc"),
    "A-conc-sigma": _by("A-conc"),
    "A-gc-gb-decade": _by("A-ratio-gb"),
    "A-gc-bulk-same": _by("A-ratio-bulk-gc"),
    "A-abs-gb-not-bulk": _by(
        "A-ratio-gb",
        "A-ratio-bulk-gc",
        "A-shapley",
        note="The gain is made at the boundaries, as stated; 'little effect on the bulk' is the "
        "half that the printed values do not bear out.",
    ),
    "A-abs-c-reduce": _by("A-ratio-c"),
    "A-c-opposite": _by("A-ratio-c"),
    "A-abs-c-gb": _by("A-c-gbR"),
    "A-c-both-down": _by("A-ratio-bulk-c", "A-ratio-gb-c"),
    "A-g-similar": _by("A-ratio-g"),
    "A-gc-vs-c": _by("A-ratio-gcb-cb", "A-ratio-gc-c"),
    "A-int-b-enh": _by("A-ratio-gc", "A-ratio-g", "A-ratio-c"),
    # Paper A: values
    "A-sigma-glatp": _by("A-glassrange-glatp", "A-glassR-glatp", note=_PLAUSIBLE, numbers=False),
    "A-sigma-glatbp": _by("A-glassrange-glatbp", "A-glassR-glatbp", note=_PLAUSIBLE, numbers=False),
    "A-eis-rtot": _by(
        "A-series-gclatp",
        "A-series-gclatbp",
        "A-series-clatp",
        "A-series-clatbp",
        note="Printed totals against printed parts of four samples; the strongest case:",
    ),
    "A-Ea-gclatp": _by("A-Eagb-gclatp", "A-120-GC-LATP", note=_PLAUSIBLE),
    "A-Ea-gclatbp": _by(
        "A-Eagb-gclatbp",
        "A-120-GC-LATBP",
        "A-lead-R",
        note="Plausible beside the bulk value, but the lower resistance leaves it open to a series "
        "resistance:",
    ),
    "A-Ea-b-gclatp": _by("A-Eb-lit", "A-lead-R"),
    "A-Ea-b-gclatbp": _by("A-Eb-lit", "A-lead-R"),
    "A-Ea-b-similar": _by("A-Eb-similar"),
    # Paper A: spectra and circuit
    "A-eis-shape": _by(
        "A-fgb-gclatp", "A-fgb-gclatbp", "A-glassspike-glatp", "A-glassspike-glatbp"
    ),
    "A-ec": _by("A-fbulk-gclatp", "A-fbulk-gclatbp", "A-fbulk-clatp", "A-fbulk-clatbp"),
    "A-tabS1": _by("A-tabS1"),
    # Paper A: the cause
    "A-hl-gb": _by(
        "A-shapley",
        "A-film-R-gclatbp",
        "A-HS-gclatbp",
        note="That the boundaries make the gain follows from Table 1; that glass makes it does "
        "not follow from conductivities.",
    ),
    "A-glass-critical": _by("A-amorph-logic", "A-HS-gclatp"),
    # Paper A: quoted literature
    "A-int-ref12-sigma": _by("A-ref12", numbers=False),
    "A-int-ref12-ratio-lo": _by("A-ref12", numbers=False),
    "A-int-ref12-ratio-hi": _by("A-ref12", numbers=False),
    "A-int-ref13-sigma": _by("A-ref12", numbers=False),
    "A-int-glass-lo": _by("A-glassrange-glatp", numbers=False),
    "A-int-glass-hi": _by("A-glassrange-glatp", numbers=False),
    # Paper B
    "B-sigma-p": _by("B-table1", note=_ONE_NUMBER),
    "B-sigma-b": _by("B-table1", note=_ONE_NUMBER),
    "B-sigma-bi": _by("B-table1", note=_ONE_NUMBER),
    "B-sigma-bbi": _by("B-conc"),
    "B-conc-sigma": _by("B-conc"),
    "B-tab1": _by("B-table1"),
    "B-ec": _by("B-table1"),
    "B-gb-dom": _by("B-ratio-bbi-p"),
    "B-why-b": _by("B-2p9"),
    "B-why-bbi": _by("B-additive-R", "B-synergy"),
    "B-conc-predom": _by("B-02C", "B-5C-p", "B-5C-bbi"),
    "B-rate-fade": _by("B-5C-bbi"),
}

# Definitions that are not of the kind "condition" and are used as they stand.
DEFINITIONS = {
    "A-arr-form": "A convention, used as such; results are given in ln(sigma) and ln(sigma T).",
    "B-rho-sum": "Resistances in series: the model that the resistance bookkeeping uses.",
}
CONDITION = "A stated condition, used as such."
