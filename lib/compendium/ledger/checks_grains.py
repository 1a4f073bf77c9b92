"""Paper B, Fig. 2c and 3: crystal sizes, their ratio, and the melting of the additives."""

from __future__ import annotations

import math

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, sig, span
from nasicon.grains import model_grains

BISMUTH_OXIDE_MELTS_C = 817.0  # alpha/delta Bi2O3, handbook value
BORON_OXIDE_MELTS_C = 450.0
FURNACE_ERROR_K = 10.0  # assumed, thermocouple and gradient
CELL = (8.25565, 20.6319)  # Li1.4Al0.4Ge1.6(PO4)3, angstrom, data/reference/cells.csv
LOG_WIDTH = 0.5  # assumed standard deviation of ln(size)


def _pristine(case: Case) -> Quantity:
    low, high = case("B-sem-p-lo").number, case("B-sem-p-hi").number
    return Quantity((low + high) / 2, low, high)


def _divide(a: float, b: float) -> float:
    return a / b


@check("B-grain-size")
def crystals_against_crystallites(case: Case) -> Outcome:
    """Size in the micrograph over the Scherrer length."""
    pristine = corners(_divide, _pristine(case), case("B-size-p"))
    grown = corners(_divide, case("B-sem-b"), case("B-size-b"))
    return Outcome(
        "hypothesis",
        f"The crystals seen are {sig(pristine.value, 2)} times ({span(pristine, 2)}) the Scherrer "
        f"length in pristine LAGP and more than {sig(grown.value, 2)} times with B2O3. The line "
        "width then measures mosaic blocks, strain or the instrument, not the grain size that "
        "sets the number of boundaries; a pattern of a line-width standard and a Williamson-Hall "
        "plot would decide.",
        pristine,
        pristine,
    )


@check("B-grain-ratio")
def growth(case: Case) -> Outcome:
    """Growth factor with B2O3, from line widths and from micrographs."""
    by_lines = corners(_divide, case("B-size-b"), case("B-size-p"))
    seen = case("B-sem-b").number
    by_image = corners(lambda old: seen / old, _pristine(case))
    least = by_lines if by_lines.value < by_image.value else by_image
    status = case.judge(least, least, case.wording("higher"))
    return Outcome(
        status,
        f"Growth by a factor of {sig(by_lines.value)} in line widths ({span(by_lines)}) and of "
        f"more than {sig(by_image.value, 2)} in micrographs ({span(by_image, 2)}): "
        + ("both say growth, " if status == "agrees" else "they do not both say growth, ")
        + "the factors differ because they measure different lengths. Neither comes with the "
        "number of crystals counted.",
        by_lines,
        by_lines,
        "grows",
    )


@check("B-bi-melt", also=("B-sint2-t",))
def molten(case: Case) -> Outcome:
    """Sintering temperature minus the melting points."""
    hottest = case("B-sint2-T")
    computed = corners(lambda t: t - BISMUTH_OXIDE_MELTS_C, hottest)
    wide = Quantity(computed.value, computed.lo - FURNACE_ERROR_K, computed.hi + FURNACE_ERROR_K)
    melts = wide.lo > 0
    return Outcome(
        "agrees" if melts else "hypothesis",
        f"Pure Bi2O3 melts at {BISMUTH_OXIDE_MELTS_C:.0f} degC, {computed.value:.0f} K below the "
        f"sintering temperature ({span(wide, 2)} K with the furnace), B2O3 at "
        f"{BORON_OXIDE_MELTS_C:.0f} degC: "
        + ("both are liquid for the whole " if melts else "Bi2O3 may not be liquid in the ")
        + f"{case('B-sint2-t').number:g} h.",
        computed,
        wide,
        unit="K above the melting point",
    )


@claim_value("B-bi-glass", uses=("B-sint2-T", "B-c-bi2o3"), basis="T")
def bismuth_glass(case: Case) -> Outcome:
    """Melted: yes; a glass: not shown by missing reflections alone."""
    above = corners(lambda t: t - BISMUTH_OXIDE_MELTS_C, case("B-sint2-T"))
    return Outcome(
        "hypothesis",
        f"That it melted follows from the temperature ({above.value:.0f} K above the melting "
        f"point). That it froze to a glass would explain missing reflections, but so would "
        f"{case('B-c-bi2o3').printed} wt% spread as thin films, or a reaction with the phosphate; "
        "electron diffraction of the films, or Raman spectra against crystalline Bi2O3 and BiPO4, "
        "would decide.",
        above,
        unit="K above the melting point",
        assumptions="melting point of pure Bi2O3",
    )


@claim_value("B-sem-shape", uses=("B-comp",), basis="S")
def cubes(case: Case) -> Outcome:
    """Angle between the faces of a {012} rhombohedron of the LAGP cell."""
    _ = case("B-comp")
    angle = model_grains.rhombohedron_angle_deg(*CELL)
    computed = Quantity(angle, angle, angle)
    return Outcome(
        "agrees",
        f"A rhombohedron of {{012}} faces of the LAGP cell has interfacial angles of "
        f"{angle:.1f} degrees, nearly a cube: cube-like crystals are what this structure would "
        "grow. That the additives change nothing in the shape cannot be tested without images.",
        computed,
        stated="cube-like",
        unit="deg",
        assumptions="faces are {012}",
    )


def _must_count(ratio: float) -> str:
    count = math.ceil(model_grains.grains_to_tell(ratio, LOG_WIDTH))
    return (
        f"telling sizes that differ by a factor of {ratio:g} takes about {count} crystals "
        f"a sample if whole crystals are seen, several times more in sections (log-normal, width "
        f"{LOG_WIDTH:g}; both errors 5 %)"
    )


UNCOUNTED = {
    "B-sem-p-lo": ("how many crystals were measured is not stated", 2.0),
    "B-sem-p-hi": ("how many crystals were measured is not stated", 2.0),
    "B-sem-b": ("what share 'most' is, and of how many crystals, is not stated", 2.0),
    "B-sem-bi": ("no size is printed for this sample", 1.1),
    "B-sem-bbi": ("no size is printed for this sample", 1.1),
    "A-sem-gc": ("no size is printed, and the images are not at hand", 1.1),
    "A-sem-c": ("no size is printed, and the images are not at hand", 1.1),
}


def _uncounted(case: Case) -> Outcome:
    reason, ratio = UNCOUNTED[case.id]
    return Outcome(
        "not testable",
        f"Not tested here: {reason}; micrographs with a scale and a counted size distribution "
        f"would test it, and {_must_count(ratio)}.",
        stated=case(case.id).value,
        evidence="printed",
    )


for _claim in UNCOUNTED:
    claim_value(_claim, uses=(_claim,))(_uncounted)
