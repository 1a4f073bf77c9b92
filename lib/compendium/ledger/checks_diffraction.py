"""Paper A: AlPO4 from peak heights, crystallinity, wavelength."""

from __future__ import annotations

import numpy as np

from compendium import reference
from compendium.aluminium import all_aluminium_percent, alpo4_percent
from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, quantity, sig, span

TABULATED_KALPHA1_NM = 0.15405929  # Hoelzer et al., Phys. Rev. A 56 (1997) 4554


@check("A-alpo4-max-gclatp", "A-alpo4-max-gclatbp")
def aluminium_bound(case: Case) -> Outcome:
    """w_max = n_Al M(AlPO4)/M(formula): all of the Al in AlPO4."""
    stated = case(f"A-xrd-alpo4-{case.key}")
    bound = all_aluminium_percent(case.key)
    computed = Quantity(bound, bound, bound)
    above = stated.interval[0] > bound
    return Outcome(
        "differs" if above else "agrees",
        f"With all of the Al in AlPO4 and none in the crystals there can be {sig(bound)} wt%; "
        f"{stated.printed} % is printed. Read as weight percent it is more than the batch "
        "holds, so the number is best read as a ratio of peak heights, which is what the "
        "paper says it compared; Al from a crucible, which is not named, would raise the bound.",
        computed,
        None,
        stated.number,
        "wt% (upper bound)",
    )


@check("A-alpo4-rir-gclatp", "A-alpo4-rir-gclatbp")
def alpo4_from_heights(case: Case) -> Outcome:
    """w_a/w_l = (I_a/I_l)/(K_a/K_l), times the crystalline share of the sample."""
    stated, crystalline = (case(f"A-{n}-{case.key}") for n in ("xrd-alpo4", "cryst"))
    ratios = [
        reference.intensity_ratio(f"AlPO4 {polymorph}", "LATP x0.3")
        for polymorph in ("cristobalite", "berlinite")
    ]

    values = [
        corners(alpo4_percent, stated, crystalline, k, float(of_sum))
        for k in ratios
        for of_sum in (False, True)
    ]
    computed = Quantity(values[0].value, min(v.lo for v in values), max(v.hi for v in values))
    scatter = case.widen(computed, "reference intensity ratio")
    bound = all_aluminium_percent(case.key)
    return Outcome(
        "hypothesis",
        f"A ratio of strongest peaks of {stated.printed} % means {span(computed, 2)} wt% of "
        f"AlPO4, depending on the polymorph (neither is named) and on what the ratio is taken "
        f"to; that is {100 * computed.lo / bound:.0f} to {100 * computed.hi / bound:.0f} % of "
        f"the Al there is ({sig(bound)} wt%), and would leave the crystals poor in Al. Lattice "
        "parameters, or an internal standard, would decide.",
        computed,
        scatter,
        stated.number,
        "wt% of sample",
    )


@claim_value("A-xrd-alpo4-same", uses=("A-xrd-alpo4-gclatp", "A-xrd-alpo4-gclatbp"))
def alpo4_same(case: Case) -> Outcome:
    """Ratio of the two printed peak-height shares; intensity ratios cancel in it."""
    doped, undoped = case("A-xrd-alpo4-gclatbp"), case("A-xrd-alpo4-gclatp")
    computed = corners(lambda a, b: a / b, doped, undoped)
    shares = [
        c.number / all_aluminium_percent(key)
        for c, key in ((undoped, "gclatp"), (doped, "gclatbp"))
    ]
    return Outcome(
        "agrees",
        f"{doped.printed} and {undoped.printed} % have a ratio of {span(computed, 2)}, in which "
        "the intensity ratios of the phases cancel. The boron-doped batch holds a third less Al, "
        f"so the same AlPO4 takes {shares[1] / shares[0]:.1f} times as large a part of it.",
        computed,
        case.widen(computed, "reference intensity ratio"),
        unit="1",
    )


@check("A-glassfrac-gclatp", "A-glassfrac-gclatbp")
def glass_fraction(case: Case) -> Outcome:
    """100 - crystallinity, against 'only about 10 % or less'."""
    crystalline, stated = case(f"A-cryst-{case.key}"), case("A-glass-frac")
    computed = corners(lambda c: 100 - c, crystalline)
    scatter = case.widen(computed, "crystallinity")
    fits = scatter.lo <= stated.interval[1]
    edge = " Strictly it is above 10, within what a standard curve scatters."
    return Outcome(
        "agrees" if fits else "hypothesis",
        f"100 - {crystalline.printed} leaves {sig(computed.value, 2)} % "
        f"({span(scatter, 2)} with +-3 points)."
        + (edge if computed.lo > stated.number else "")
        + " It is a share of scattered intensity read from a calibration, no volume fraction; "
        "what is not crystalline need not be the boundary's glass.",
        computed,
        scatter,
        stated.number,
    )


@check("A-cryst-trend")
def crystallinity_trend(case: Case) -> Outcome:
    """Differences of crystallinity without and with boron, glass-ceramic and ceramic."""
    pairs = {k: (case(f"A-cryst-{k}latp"), case(f"A-cryst-{k}latbp")) for k in ("gc", "c")}
    drops = {k: corners(lambda a, b: a - b, *pair) for k, pair in pairs.items()}
    scatters = [
        corners(lambda a, b: a - b, *(case.widen(c, "crystallinity") for c in pair))
        for pair in pairs.values()
    ]
    falls = all(drop.lo > 0 for drop in drops.values())
    scatter = Quantity(drops["gc"].value, min(s.lo for s in scatters), max(s.hi for s in scatters))
    touching = " Its lower end touches zero: each difference alone is just not resolved." * (
        scatter.lo <= 0
    )
    return Outcome(
        "agrees" if falls else "differs",
        f"It falls by {sig(drops['gc'].value, 2)} points in the glass-ceramic and by "
        f"{sig(drops['c'].value, 2)} in the ceramic, in both as stated; with +-3 points for each "
        f"value the differences are {span(scatter, 2)} points.{touching}",
        drops["gc"],
        scatter,
    )


@check("A-lambda")
def wavelength(case: Case) -> Outcome:
    """Printed Cu K-alpha1 wavelength against the tabulated one."""
    stated = case("A-xrd-lambda")
    computed = quantity(TABULATED_KALPHA1_NM)
    status = case.judge(computed, computed, stated, may_contradict=False)
    shift = 2 * np.degrees(np.tan(np.radians(24.5) / 2)) * (stated.number / computed.value - 1)
    return Outcome(
        status,
        f"Tabulated is {TABULATED_KALPHA1_NM:.7f} nm, which rounds to 0.15406; 0.15405 is the "
        f"same digits cut off. It moves a line at 24.5 deg by {abs(shift):.4f} deg: of no "
        "consequence.",
        computed,
        None,
        stated.number,
    )


@check("A-xrd-polymorph")
def polymorph(case: Case) -> Outcome:
    """Strongest lines of the AlPO4 polymorphs, Cu K-alpha1."""
    case("A-xrd-alpo4")
    lines = {
        name: _strongest(f"AlPO4 {name}") for name in ("cristobalite", "berlinite", "tridymite")
    }
    text = ", ".join(f"{name} {angle:.2f}" for name, angle in lines.items())
    values = list(lines.values())
    return Outcome(
        "hypothesis",
        f"The strongest line would be at (deg): {text}. Which one was compared is not said; their "
        "intensity ratios to LATP differ by up to 1.7, and the share with them. The position of "
        "the line in Fig. 1a would decide.",
        Quantity(lines["cristobalite"], min(values), max(values)),
    )


def _strongest(name: str) -> float:
    lines = reference.reflections(name)
    return float(lines.loc[lines["relative_intensity"].idxmax(), "two_theta_deg"])
