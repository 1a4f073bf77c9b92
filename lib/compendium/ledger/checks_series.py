"""Paper A, Table 1 against Fig. 2: whether the total is the series sum of its parts.

R = R1 + R2 of one spectrum: thickness and area cancel, so what is left between
printed total and printed parts is rounding, a second fit, or a slip.
"""

from __future__ import annotations

import math

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, deviation_percent, quantity, span
from nasicon.transport.model_conduction import series_conductivity

SERIES_SAMPLES = ("gclatp", "gclatbp", "clatp", "clatbp")
_TABLE_1 = ("A-sigma-{key}", "A-sigma-b-{key}", "A-sigma-gb-{key}")


def _series(bulk: float, boundary: float) -> float:
    return float(series_conductivity(bulk, boundary))


@check(*(f"A-series-{key}" for key in SERIES_SAMPLES))
def series_sum(case: Case) -> Outcome:
    """sigma_total = (1/sigma_bulk + 1/sigma_gb)^-1, from R = R1 + R2 at one d/S."""
    stated = case(f"A-sigma-{case.key}")
    computed = corners(_series, case(f"A-sigma-b-{case.key}"), case(f"A-sigma-gb-{case.key}"))
    scatter = case.widen(computed, "one spectrum evaluated twice")
    status = case.judge(computed, scatter, stated)
    off = deviation_percent(stated.number, computed)
    cause = {
        "agrees": "The printed total is the sum of the printed parts within rounding.",
        "differs": (
            "Small enough for two fits of one spectrum; the fit table or the spectrum would "
            "settle it, and no conclusion depends on it."
        ),
        "contradicts": (
            "Rounding and a second fit do not bridge it: total and parts come from different "
            "thicknesses, temperatures or fits, or a digit slipped; the fit table would settle "
            "it, and no conclusion depends on its size."
        ),
    }[status]
    return Outcome(
        status,
        f"Bulk and boundary in series give {span(computed)} S/cm, the printed total is "
        f"{stated.printed} ({off:+.1f} %); geometry cancels within one spectrum. {cause}",
        computed,
        scatter,
        stated.number,
        assumptions="same spectrum, same d and S (as the paper defines R)",
    )


@check("A-series-sign", also=tuple(f"A-sigma-{p}-{k}" for k in SERIES_SAMPLES for p in ("b", "gb")))
def series_sign(case: Case) -> Outcome:
    """deviation_i = sigma_total,stated / sigma_series - 1 for four samples."""
    deviations = [
        corners(
            lambda total, bulk, boundary: 100 * (total / _series(bulk, boundary) - 1),
            case(f"A-sigma-{key}"),
            case(f"A-sigma-b-{key}"),
            case(f"A-sigma-gb-{key}"),
        )
        for key in SERIES_SAMPLES
    ]
    values = ", ".join(f"{d.value:+.1f}" for d in deviations)
    mixed = any(d.lo > 0 for d in deviations) and any(d.hi < 0 for d in deviations)
    text = (
        "Both signs occur beyond rounding, so one extra series resistance or one wrong geometry "
        "factor cannot explain all four; separate causes (thickness, a temperature difference of "
        "1 to 2 K, separate fits) could, and the fit table would tell."
        if mixed
        else "All have one sign, so one common cause is possible; the fit table would tell."
    )
    worst = max(deviations, key=lambda d: abs(d.value))
    return Outcome(
        "hypothesis",
        f"The printed totals deviate from the series sums by {values} %. {text}",
        worst,
    )


@claim_value(*(f"A-sigma-{key}" for key in SERIES_SAMPLES), uses=_TABLE_1)
def total_from_parts(case: Case) -> Outcome:
    """Total conductivity implied by the printed bulk and boundary values."""
    return _one_of_three(case, f"A-sigma-{case.key}", +1)


@claim_value(*(f"A-sigma-b-{key}" for key in SERIES_SAMPLES), uses=_TABLE_1)
def bulk_from_rest(case: Case) -> Outcome:
    """Bulk conductivity implied by the printed total and boundary values."""
    return _one_of_three(case, f"A-sigma-b-{case.key}", -1)


@claim_value(*(f"A-sigma-gb-{key}" for key in SERIES_SAMPLES), uses=_TABLE_1)
def boundary_from_rest(case: Case) -> Outcome:
    """Boundary conductivity implied by the printed total and bulk values."""
    return _one_of_three(case, f"A-sigma-gb-{case.key}", -1)


def _one_of_three(case: Case, target: str, sign: int) -> Outcome:
    """Compute what two of total, bulk and boundary leave for the third.

    In resistivities, because the remainder total - part may reach zero: its
    conductivity is then unbounded (``inf``).
    """
    stated = case(target)
    total = case(f"A-sigma-{case.key}")
    parts = [case(f"A-sigma-b-{case.key}"), case(f"A-sigma-gb-{case.key}")]
    others = [c for c in (total, *parts) if c.id != target]

    def resistivity(first: float, second: float) -> float:
        return 1 / first + sign / second

    computed = corners(resistivity, *others)
    doubled = [case.widen(c, "one spectrum evaluated twice") if c is total else c for c in others]
    if target == total.id:
        scatter = case.widen(_conductivity(computed), "one spectrum evaluated twice")
    else:
        scatter = _conductivity(corners(resistivity, *doubled))
    computed = _conductivity(computed)
    status = case.judge(computed, scatter, stated, may_contradict=False)
    reading = (
        f"The other two printed values leave {span(computed)} S/cm for it, {stated.printed} is "
        "printed. "
    )
    if status == "differs":
        reading += "The three are not from one fit, and the digits do not say which one is off"
        covered = scatter.overlaps(quantity(stated))
        reading += "; a second fit of the spectrum would cover it. " if covered else ". "
    if target == parts[0].id:
        reading += (
            "As a small remainder of the total it depends strongly on small errors, and its arc "
            "lies beyond the measured frequencies: an intercept, not a resolved semicircle."
        )
    return Outcome(status, reading.strip(), computed, scatter, stated.number, stated.unit)


def _conductivity(resistivity: Quantity) -> Quantity:
    def invert(r: float) -> float:
        return 1 / r if r > 0 else math.inf

    return Quantity(invert(resistivity.value), invert(resistivity.hi), invert(resistivity.lo))
