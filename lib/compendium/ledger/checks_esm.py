"""Paper A, Figs 5 and 6: strain-microscopy amplitude, quality factor and relaxation."""

from __future__ import annotations

import math

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.core.statistics import cohens_d, normal_overlap, rank_sum_floor, welch
from nasicon.esm.model_oscillator import CLAMPED_PINNED

KT_J = 1.380649e-23 * 298.15
CHARGE_C = 1.602176634e-19
# 1.3 Li a formula unit, six of them in the hexagonal cell of LATP x = 0.3 (1.303 nm3, from
# data/reference/phases.csv); the interval goes down to one Li a formula unit. Not printed.
LITHIUM_PER_CM3 = Quantity(6.0e21, 4.6e21, 6.2e21)
TIP_NM = 25.0


def _four(case: Case, quantity_name: str) -> tuple:
    """Mean and spread of GC-LATBP, then of GC-LATP."""
    return tuple(
        case(f"A-{quantity_name}{part}-{key}")
        for key in ("gclatbp", "gclatp")
        for part in ("", "-sd")
    )


def _fewest(m1: float, s1: float, m2: float, s2: float) -> int:
    """Smallest number of independent values a map with which Welch's test gives p < 0.05."""
    return next(n for n in range(2, 10_000) if welch(m1, s1, n, m2, s2, n).p < 0.05)


def _difference(case: Case, name: str, phrase: str) -> tuple[str, Quantity, str]:
    """Status of ``higher``, Cohen's d and the sentence that both quantities share."""
    four = _four(case, name)
    numbers = [claim.number for claim in four]
    ratio = corners(lambda a, b: a / b, four[0], four[2])
    status = case.judge(ratio, ratio, case.wording(phrase))
    overlap = corners(normal_overlap, *four)
    text = (
        f"Ratio of the means {sig(ratio.value, 4)}, Cohen's d {{d}}, overlap of two normal "
        f"distributions {100 * overlap.value:.0f} %; with {_fewest(*numbers)} or more independent "
        "values a map Welch's test would call the maps different."
    )
    d = corners(cohens_d, *four)
    return status, d, text.format(d=sig(d.value))


@check("A-esm-d-amp")
def amplitude_difference(case: Case) -> Outcome:
    """Cohen: d = (m1 - m2) / sqrt((s1^2 + s2^2) / 2), overlap of normal densities, Welch's t."""
    status, d, text = _difference(case, "esm-amp", "substantially higher")
    return Outcome(
        status,
        f"{text} One map of one specimen each: what specimens and tips scatter is not stated, "
        "and both maps must have been driven alike (see A-esm-volt).",
        d,
        assumptions="the printed +- is the spread of the map",
    )


@check("A-esm-d-q")
def quality_difference(case: Case) -> Outcome:
    """Cohen: d = (m1 - m2) / sqrt((s1^2 + s2^2) / 2), overlap of normal densities, Welch's t."""
    status, d, text = _difference(case, "q", "higher")
    return Outcome(
        status,
        f"{text} More than half of the two distributions is shared, so a pixel's Q does not tell "
        "the samples apart, and tip wear between two maps could shift Q as much.",
        d,
        assumptions="the printed +- is the spread of the map",
    )


@check("A-esm-bulk")
def amplitude_against_conductivity(case: Case) -> Outcome:
    """Ratio of amplitudes beside the ratios of bulk and total conductivity."""

    def ratio(name: str) -> Quantity:
        return corners(lambda a, b: a / b, case(f"A-{name}-gclatbp"), case(f"A-{name}-gclatp"))

    amplitude, bulk, total = (ratio(name) for name in ("esm-amp", "sigma-b", "sigma"))
    return Outcome(
        "hypothesis",
        f"The amplitudes stand as {span(amplitude, 4)}, the bulk conductivities as "
        f"{span(bulk, 4)}, the totals as {span(total)}: if the amplitude follows a conductivity, "
        "it is that of the grains and not of the boundaries that boron is said to change. The "
        "same ratio would come from a drive of 3 V on one sample and 2 V on the other, both of "
        "which the paper names, or by chance. Maps resolved across boundaries at stated, equal "
        "drive would decide.",
        amplitude,
    )


@check("A-esm-cv")
def nonuniformity(case: Case) -> Outcome:
    """Ratio of coefficients of variation, (s1/m1) / (s2/m2), and of the spreads themselves."""
    m1, s1, m2, s2 = _four(case, "esm-amp")
    relative = corners(lambda a, b, c, d: (b / a) / (d / c), m1, s1, m2, s2)
    absolute = corners(lambda a, b: a / b, s1, s2)
    return Outcome(
        "hypothesis",
        f"The spread is {sig(absolute.value)} times as large in pm, but {sig(relative.value)} "
        f"times ({span(relative)}) relative to the mean: {100 * s1.number / m1.number:.1f} against "
        f"{100 * s2.number / m2.number:.1f} %. Much stronger in the first sense, not much "
        "(below 1.25) in the second, and the share of the fit's noise is not stated. The maps "
        "with the standard error of each pixel would decide.",
        relative,
        stated=case("A-esm-nonuni").value,
    )


@check("A-q-barrier")
def dissipation_against_barrier(case: Case) -> Outcome:
    """Dissipation ratio Q0/QB beside the ratio of activation energies."""
    dissipation = corners(lambda a, b: a / b, case("A-q-gclatp"), case("A-q-gclatbp"))
    energies = [
        case.widen(case(f"A-Ea-{key}"), "activation energy") for key in ("gclatbp", "gclatp")
    ]
    barrier = corners(lambda a, b: a / b, *energies)
    return Outcome(
        "hypothesis",
        f"1/Q falls to {sig(dissipation.value)}, the activation energy to {sig(barrier.value)} "
        f"({span(barrier)}): the same direction, not the same size. Q at contact resonance "
        "counts all losses (lever, air, contact, adhesion); Q against temperature, or on an "
        "ion-free reference, would tell whether ions make the difference.",
        dissipation,
        stated=case("A-q-barrier").value,
    )


@check("A-esm-volt")
def drive(case: Case) -> Outcome:
    """Drive voltages and modes that Section 2 and Section 4 state."""
    here, there = case("A-esm-vac"), case("A-esm-dart-vac")
    ratio = here.number / there.number
    return Outcome(
        "differs",
        f"Fig. 5 states {here.printed} V and sequential excitation, the experimental section "
        f"{there.printed} V and dual-frequency tracking for the mappings. The response is "
        f"proportional to the drive, so which applies matters by a factor {ratio:.1f}, which "
        "happens to be the ratio of the two samples' printed amplitudes. The instrument's file "
        "headers would settle it.",
        quantity(here.number),
        stated=there.number,
    )


@check("A-esm-dc")
def bias(case: Case) -> Outcome:
    """The bias before relaxation as two places state it."""
    here, there = case("A-esm-dc"), case("A-esm-dc2")
    same = here.number == abs(there.number)
    return Outcome(
        "agrees" if same else "differs",
        f"{here.printed} V, called negative, and {there.printed} V for {case('A-esm-dct').printed} "
        f"s: {'the same' if same else 'not the same'}.",
        quantity(-here.number),
        stated=there.number,
    )


@check("A-esm-length")
def distances(case: Case) -> Outcome:
    """D = sigma kT / (n q^2), L = sqrt(D / (pi f)) at f = 4.39 f0, tau = a^2 / D."""
    frequency = CLAMPED_PINNED * case("A-afm-f0").number * 1e3

    def diffusivity(sigma: float, density: float) -> float:  # cm2 s-1
        return sigma * KT_J / (density * CHARGE_C**2)

    def length_nm(sigma: float, density: float) -> float:
        return 1e7 * math.sqrt(diffusivity(sigma, density) / (math.pi * frequency))

    sigma = case("A-sigma-b-gclatbp")
    d = diffusivity(sigma.number, LITHIUM_PER_CM3.value)
    moved_nm = length_nm(sigma.number, LITHIUM_PER_CM3.value)
    relaxes_ms = 1e3 * (TIP_NM * 1e-7) ** 2 / d
    pulse_um = 1e4 * math.sqrt(d * case("A-esm-dct").number)
    return Outcome(
        "hypothesis",
        f"With D of {sig(d, 2)} cm2/s ions would move {sig(moved_nm, 2)} nm in a "
        f"cycle at {frequency / 1e3:.0f} kHz, a zone of {TIP_NM:g} nm would relax in "
        f"{sig(relaxes_ms, 2)} ms, and a 5 s pulse would reach {sig(pulse_um, 2)} um. A relaxation "
        "that lasts for seconds would then be something else than diffusion in a tip-sized zone "
        "(surface charge, interfacial reactions, boundaries); its dependence on the pulse's "
        "length and on temperature would tell.",
        corners(length_nm, sigma, LITHIUM_PER_CM3.value),
        corners(length_nm, case.pellet(sigma.id), LITHIUM_PER_CM3),
        assumptions="6e21 Li per cm3 (all Li mobile), D from the bulk conductivity, tip radius "
        "25 nm, contact resonance 4.39 f0",
    )


@check("A-esm-n")
def rank_sum(case: Case) -> Outcome:
    """2 / C(14, 7): p of the exact rank-sum test where 7 points all exceed the other 7."""
    n = int(case("A-esm-npts").number)
    return Outcome(
        "hypothesis",
        f"Complete separation of {n} against {n} points gives p = {sig(rank_sum_floor(n, n))}, so "
        "few points can show a difference if they are independent (neighbouring pixels of "
        "one region may not be). The fourteen values would tell whether they do.",
        quantity(rank_sum_floor(n, n)),
        assumptions="independent points",
    )


@check("A-tau")
def time_constants(case: Case) -> Outcome:
    """No time constant is printed, so there is nothing to compute."""
    return Outcome(
        "not testable",
        "No time constant is printed in the text, only bars in a figure. The relaxation curves, "
        "point by point, with time constants, errors and rival models (stretched, diffusive) "
        "would test it; latp_fig6_relaxation shows which ratios 7 points would reveal.",
        evidence="printed",
        stated=case("A-esm-tau").value,
    )
