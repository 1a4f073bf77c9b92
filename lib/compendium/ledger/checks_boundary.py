"""Paper A, Fig. 4 with Table 1: whether a glass film at the boundaries carries the current.

Brick layer: cubic grains of edge D, films of thickness delta at every boundary;
sigma_gb,apparent = sigma_film D/delta, volume fraction of film 3 delta/D.
"""

from __future__ import annotations

from scipy.stats import spearmanr

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.transport.model_conduction import brick_layer_film_fraction, coated_sphere_conductivity

LARGEST_GRAIN_UM = 5.0
SERIES_SAMPLES = ("gclatp", "gclatbp", "clatp", "clatbp")
WOULD_DECIDE = "Grain size and film thickness on one specimen, with its boundary arc, would decide."


def _film_nm(case: Case, key: str) -> Quantity:
    """Film thickness from the micrographs; a printed range keeps its ends as they are."""
    if key == "gclatp":
        return quantity(case("A-tem-gclatp"))
    low, high = case("A-tem-gclatbp-lo").number, case("A-tem-gclatbp-hi").number
    return Quantity((low + high) / 2, low, high)


def _glass_fraction(case: Case, key: str) -> Quantity:
    crystallinity = case(f"A-cryst-{key}")
    return corners(lambda c: 1 - c / 100, crystallinity)


def _wide_fraction(case: Case, key: str) -> Quantity:
    q = case.widen(case(f"A-cryst-{key}"), "crystallinity")
    return Quantity(1 - q.value / 100, max(1e-3, 1 - q.hi / 100), 1 - q.lo / 100)


def _glass(case: Case) -> str:
    """Claim id of the parent glass of a glass-ceramic: gclatp -> A-sigma-glatp."""
    return f"A-sigma-g{case.key.removeprefix('gc')}"


@check("A-film-R-gclatp", "A-film-R-gclatbp")
def grain_for_parent_glass(case: Case) -> Outcome:
    """D = delta sigma_gb/sigma_glass."""
    film, glass = _film_nm(case, case.key), case(_glass(case))

    def grain_um(delta: float, boundary: float, parent: float) -> float:
        return delta * boundary / parent / 1e3

    boundary = case(f"A-sigma-gb-{case.key}")
    computed = corners(grain_um, film, boundary, glass)
    scatter = corners(grain_um, film, case.pellet(boundary.id), case.pellet(glass.id))
    factor = boundary.number * film.value / (1e3 * LARGEST_GRAIN_UM) / glass.number
    return Outcome(
        "hypothesis",
        f"Films of {film.value:g} nm with the conductivity of the parent glass would need grains "
        f"of {sig(computed.value)} um ({span(scatter, 2)}); with grains up to "
        f"{LARGEST_GRAIN_UM:g} um the films conduct at least {sig(factor, 2)} times better than "
        f"that glass, or the current has paths beside them. {WOULD_DECIDE}",
        computed,
        scatter,
    )


@check("A-film-V-gclatp", "A-film-V-gclatbp")
def grain_for_all_glass(case: Case) -> Outcome:
    """D = 3 delta/phi: films hold all the glass."""
    film, fraction = _film_nm(case, case.key), _glass_fraction(case, case.key)

    def grain_nm(delta: float, phi: float) -> float:
        return 3 * delta / phi

    computed = corners(grain_nm, film, fraction)
    scatter = corners(grain_nm, film, _wide_fraction(case, case.key))
    share = 100 * float(brick_layer_film_fraction(film.value, 1.0)) / fraction.value
    return Outcome(
        "hypothesis",
        f"Films of {film.value:g} nm hold all the amorphous phase only for grains of "
        f"{sig(computed.value, 2)} nm ({span(scatter, 2)}); at 1 um they hold {sig(share, 2)} % "
        "of it, so most of the glass would sit in pockets. Micrographs with a grain-size "
        "distribution would decide.",
        computed,
        scatter,
    )


@check("A-film-bound-gclatp", "A-film-bound-gclatbp")
def film_bound(case: Case) -> Outcome:
    """Bound sigma_film = sigma_gb phi_film/3 <= sigma_gb phi_glass/3."""
    boundary, glass = case(f"A-sigma-gb-{case.key}"), case(_glass(case))
    fraction = _glass_fraction(case, case.key)

    def bound(sigma: float, phi: float) -> float:
        return sigma * phi / 3

    computed = corners(bound, boundary, fraction)
    scatter = corners(bound, case.pellet(boundary.id), _wide_fraction(case, case.key))
    share = 100 * glass.number / computed.value
    return Outcome(
        "hypothesis",
        f"Whatever grain size and thickness, films conduct at most {sig(computed.value)} S/cm; "
        f"the parent glass ({glass.printed}) fits below that only if no more than "
        f"{sig(share, 2)} % of the amorphous phase sits in the films. If all of it does, the "
        f"films conduct {sig(100 / share, 2)} times better than the parent glass. "
        f"{WOULD_DECIDE}",
        computed,
        scatter,
        f"parent glass {glass.printed}",
    )


@check("A-HS-gclatp", "A-HS-gclatbp")
def coated_grains(case: Case) -> Outcome:
    """Coated spheres, sigma = sigma_g (1 + 3 phi_c/phi_g), with the measured glass."""
    glass, fraction = case(_glass(case)), _glass_fraction(case, case.key)
    total = case(f"A-sigma-{case.key}")

    def coated(sigma: float, phi: float) -> float:
        return float(coated_sphere_conductivity(sigma, phi))

    computed = corners(coated, glass, fraction)
    scatter = corners(coated, case.pellet(glass.id), _wide_fraction(case, case.key))
    return Outcome(
        "hypothesis",
        f"If the glass of Fig. 2c coated every crystal, the total would be {sig(computed.value)} "
        f"S/cm, {sig(total.number / computed.value, 2)} times below the printed {total.printed}: "
        "the residual glass conducts better than the parent glass, or it does not coat every "
        "crystal. Local conductivity or tomography of the glass would decide.",
        computed,
        scatter,
        total.number,
    )


@check("A-film-gain")
def film_gain(case: Case) -> Outcome:
    """(sigma_gb delta) doped over undoped, at equal grain size."""

    def gain(new: float, thick: float, old: float, thin: float) -> float:
        return new * thick / (old * thin)

    boundary = [f"A-sigma-gb-{key}" for key in ("gclatbp", "gclatp")]
    films = [_film_nm(case, key) for key in ("gclatbp", "gclatp")]
    computed = corners(gain, case(boundary[0]), films[0], case(boundary[1]), films[1])
    scatter = corners(gain, case.pellet(boundary[0]), films[0], case.pellet(boundary[1]), films[1])
    glass = case("A-sigma-glatbp").number / case("A-sigma-glatp").number
    return Outcome(
        "hypothesis",
        f"Per nanometre of film the boundaries gain a factor {sig(computed.value)} "
        f"({span(computed, 2)}), the glass itself {sig(glass)}: a better glass is part of it, and "
        "better contact, fewer blocking boundaries or larger grains could be the rest; grain "
        "sizes and boundary capacitances of both samples would decide.",
        computed,
        scatter,
        glass,
    )


@check("A-amorph-logic")
def amount_of_glass(case: Case) -> Outcome:
    """Spearman rank correlation of amorphous share and boundary conductivity, four samples."""
    amorphous = [100 - case(f"A-cryst-{key}").number for key in SERIES_SAMPLES]
    boundary = [case(f"A-sigma-gb-{key}").number for key in SERIES_SAMPLES]
    rho = float(spearmanr(amorphous, boundary).statistic)
    return Outcome(
        "hypothesis",
        f"The amorphous share ({', '.join(f'{a:g}' for a in amorphous)} %) orders the boundary "
        f"conductivities only loosely (rank correlation {rho:.1f}, four samples): the doped "
        "ceramic has more of it than the undoped glass-ceramic and conducts less. What the phase "
        "is and where it sits would matter, as the paper argues; a series with graded glass "
        "content would decide.",
        Quantity(rho, rho, rho),
    )
