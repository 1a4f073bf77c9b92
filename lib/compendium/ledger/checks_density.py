"""Paper A, Sec. 2 and 4: pellet densities, nominal compositions, preparation."""

from __future__ import annotations

import math

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.composition import model_density, model_formulas
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.transport.model_conduction import bruggeman_ratio

SAMPLES = ("gclatp", "gclatbp", "clatp", "clatbp")
FORMULA_UNITS = 6.0  # R-3c, hexagonal setting
CELL_A = Quantity(8.5004, 8.495, 8.505)  # angstrom; Li1.3Al0.3Ti1.7(PO4)3, cells.csv and range
CELL_C = Quantity(20.8156, 20.80, 20.85)
BERLINITE = 2.624  # g cm-3, from the cells in data/reference/cells.csv
CRISTOBALITE = 2.295
ALPO4_DENSITY = Quantity(2.45, CRISTOBALITE, BERLINITE)
GLASS_DENSITY = Quantity(2.75, 2.6, 2.9)  # assumed
LEAST_ALPO4_PERCENT = 6.0  # weight; what intensity ratios of the printed 14 and 15 % may mean
TITANIUM_END = 2.953  # g cm-3, LiTi2(PO4)3: what is left when the aluminium is in AlPO4
GREEN_DENSITY = Quantity(0.6, 0.5, 0.7)  # assumed, of a cold-pressed powder
BRUGGEMAN = 1.5
LITHIUM_K_EV = Quantity(54.0, 49.4, 55.0)  # K alpha as in checks.csv; low end: K-L1 of xraydb
BORON_K_EV = 183.3  # xraydb (Elam): about the softest line of a laboratory spectrometer
XRF_ERROR = 0.01  # relative, of each oxide; optimistic
NEUTRAL = 5e-4  # elementary charges; a formula is printed to 0.1


@check("A-neutral-LATP", "A-neutral-LATBP")
def neutral(case: Case) -> Outcome:
    """Sum of n_i z_i of the nominal formula."""
    formula = case(f"A-comp-{case.key}").printed
    total = model_formulas.charge(formula)
    total = 0.0 if abs(total) < NEUTRAL else total
    computed = Quantity(total, total, total)
    return Outcome(
        case.judge(computed, computed, 0.0, may_contradict=True),
        f"{formula}: the usual valences sum to {total:g}; "
        + ("charge neutral" if total == 0 else "not charge neutral")
        + ", whatever share of it the crystals take up.",
        computed,
        computed,
        0.0,
    )


def _relative(value: float, theory: float) -> float:
    return float(model_density.relative_density(value, theory))


@check(*(f"A-reldens-{key}" for key in SAMPLES))
def relative_density(case: Case) -> Outcome:
    """100 rho/rho_theory, all three numbers printed."""
    stated = case(f"A-reldens-{case.key}")
    computed = corners(_relative, case(f"A-dens-{case.key}"), case("A-dens-theory"))
    status = case.judge(computed, computed, stated)
    return Outcome(
        status,
        f"Density over theoretical density is {span(computed)} %, printed {stated.printed} %: "
        + (
            "the three numbers belong together."
            if status == "agrees"
            else "rounding does not bridge the gap."
        ),
        computed,
        computed,
        stated.number,
    )


@check("A-reldens-joint")
def one_theoretical_density(case: Case) -> Outcome:
    """Intersection of the four intervals rho/RD with the printed theoretical density."""

    def implied(value: float, relative: float) -> float:
        return 100 * value / relative

    each = [corners(implied, case(f"A-dens-{k}"), case(f"A-reldens-{k}")) for k in SAMPLES]
    theory = quantity(case("A-dens-theory"))
    low = max(theory.lo, *(q.lo for q in each))
    high = min(theory.hi, *(q.hi for q in each))
    if low > high:
        worst = max(each, key=lambda q: abs(q.value - theory.value))
        return Outcome(
            "differs",
            "No single theoretical density fits all four pairs of density and relative density; "
            f"the farthest gives {span(worst, 4)} g/cm3.",
            worst,
            stated=theory.value,
        )
    common = Quantity((low + high) / 2, low, high)
    return Outcome(
        "agrees",
        f"All four pairs are compatible with one theoretical density of {span(common, 4)} g/cm3: "
        "it was used for doped and undoped, glass-ceramic and ceramic pellets alike.",
        common,
        common,
        theory.value,
    )


def _cell_density(formula: str) -> Quantity:
    mass = model_formulas.molar_mass(formula)

    def rho(a: float, c: float) -> float:
        return model_density.theoretical_density(
            mass, FORMULA_UNITS, model_density.hexagonal_volume(a, c)
        )

    return corners(rho, CELL_A, CELL_C)


@check("A-rho-latp", "A-rho-latbp", also=("A-comp-latbp",))
def theoretical(case: Case) -> Outcome:
    """X-ray density Z M/(N_A a2 c sin 60 deg), Z = 6."""
    doped = case.id == "A-rho-latbp"
    formula = case("A-comp-latbp" if doped else "A-comp-latp").printed
    stated = case("A-dens-theory")
    computed = _cell_density(formula)
    status = case.judge(computed, computed, stated, may_contradict=False)
    off = 100 * (stated.number / computed.value - 1)
    tail = (
        "right for the undoped formula within the published cells."
        if status == "agrees"
        else f"{off:+.1f} % off if boron replaced aluminium in an unchanged cell, which lowers "
        f"every relative density of the doped samples by {abs(off):.1f} % of itself; a boron-"
        "contracted cell could undo it, and lattice parameters would tell."
    )
    return Outcome(
        status,
        f"{formula}: {sig(computed.value, 4)} g/cm3 ({span(computed, 4)}) from molar mass and "
        f"cell; the printed {stated.printed} is {tail}",
        computed,
        computed,
        stated.number,
    )


@check("A-rho-mix-gclatp", "A-rho-mix-gclatbp", also=("A-comp-latp", "A-comp-latbp"))
def mixture(case: Case) -> Outcome:
    """Relative density against the pore-free mixture of crystal, AlPO4 and glass."""
    rho, stated = case(f"A-dens-{case.key}"), case(f"A-reldens-{case.key}")
    phosphate = case(f"A-xrd-alpo4-{case.key}")
    formula = case(f"A-comp-{case.key.removeprefix('gc')}").printed
    bound = 100 * model_formulas.parse(formula)["Al"] * model_formulas.molar_mass("AlPO4")
    bound /= model_formulas.molar_mass(formula)
    weight = Quantity(bound, LEAST_ALPO4_PERCENT, phosphate.interval[1])
    crystalline = case(f"A-cryst-{case.key}")
    nominal = _cell_density(formula)
    crystal = Quantity(nominal.value, nominal.lo, max(nominal.hi, TITANIUM_END))

    def against_mixture(
        value: float,
        alpo4: float,
        cryst: float,
        rho_alpo4: float,
        rho_glass: float,
        rho_crystal: float,
    ) -> float:
        weights = [cryst - alpo4, alpo4, 100 - cryst]
        return _relative(
            value, model_density.mixture_density(weights, [rho_crystal, rho_alpo4, rho_glass])
        )

    computed = corners(
        against_mixture, rho, weight, crystalline, ALPO4_DENSITY, GLASS_DENSITY, crystal
    )
    wide = corners(
        against_mixture,
        rho,
        weight,
        case.widen(crystalline, "crystallinity"),
        ALPO4_DENSITY,
        GLASS_DENSITY,
        crystal,
    )
    status = case.judge(computed, wide, stated, may_contradict=False)
    return Outcome(
        status,
        f"With the AlPO4 ({LEAST_ALPO4_PERCENT:g} wt% to the stated {phosphate.printed}; all "
        f"aluminium would make {bound:.1f}) and the glass that the paper finds, the pore-free "
        f"mixture is lighter than the crystal, and the pellet has {sig(computed.value)} % of its "
        f"density ({span(computed)}), not {stated.printed} %: porosity is overstated by up to "
        f"{computed.hi - stated.number:.1f} points. Phase fractions with an internal standard, or "
        "helium pycnometry of the powder, would settle it; no conclusion depends on it.",
        computed,
        wide,
        stated.number,
    )


@check("A-rd-similar")
def similar_densities(case: Case) -> Outcome:
    """Largest minus smallest relative density, and what it does to a conductivity."""
    values = [case(f"A-reldens-{key}") for key in SAMPLES]
    top = max(values, key=lambda claim: claim.number)
    bottom = min(values, key=lambda claim: claim.number)
    computed = corners(lambda a, b: a - b, top, bottom)
    effect = corners(lambda a, b: float(bruggeman_ratio(a, b, BRUGGEMAN)), top, bottom)
    status = case.judge(effect, effect, case.wording("not much"))
    porosity = (100 - bottom.number) / (100 - top.number)
    return Outcome(
        status,
        f"They differ by {computed.value:.1f} points, which would change a conductivity by "
        f"{100 * (effect.value - 1):.0f} % (Bruggeman): "
        + ("similar" if status == "agrees" else "not similar")
        + " beside the differences in conductivity of up to thirtyfold, although the pore volume "
        f"itself differs by a factor of {porosity:.2f}.",
        computed,
        computed,
        "quite similar",
        assumptions="Bruggeman exponent 1.5 for the effect of pores",
    )


@claim_value("A-minor-diff", uses=("A-cryst-gclatp", "A-cryst-gclatbp"))
def minor_differences(case: Case) -> Outcome:
    """Ratio of the amorphous shares of the two glass-ceramics."""
    ids = "A-cryst-gclatbp", "A-cryst-gclatp"

    def ratio(doped: float, undoped: float) -> float:
        return (100 - doped) / max(100 - undoped, 0.5)

    computed = corners(ratio, *map(case, ids))
    wide = corners(ratio, *(case.widen(case(i), "crystallinity") for i in ids))
    status = case.judge(computed, wide, case.wording("not much"))
    return Outcome(
        status,
        "For porosity it holds (A-rd-similar). For crystallinity the amorphous share of the "
        f"glass-ceramic rises from {100 - case(ids[1]).number:g} to "
        f"{100 - case(ids[0]).number:g} %, "
        f"a factor of {sig(computed.value, 2)} ({span(computed, 2)}; {span(wide, 2)} with the "
        "scatter of a standard curve), which is not minor where that phase is held to be critical. "
        "Crystallinity by an internal standard on replicate pellets would settle it.",
        computed,
        wide,
        "only minor differences",
        unit="1 (amorphous shares)",
    )


@check("A-xrf-li", also=("A-comp-latp",))
def lithium_by_fluorescence(case: Case) -> Outcome:
    """Li K alpha at 54 eV; and what lithium by difference would be worth."""
    shares = model_formulas.oxide_mass_fractions(case("A-comp-latp").printed)
    lithia = shares.pop("Li2O")
    by_difference = 100 * math.hypot(*(XRF_ERROR * share for share in shares.values())) / lithia
    return Outcome(
        "hypothesis",
        f"Lithium emits at {LITHIUM_K_EV.value:.0f} eV, below the softest line of such "
        f"spectrometers (boron, {BORON_K_EV:.0f} eV) and absorbed in the first fraction of a "
        "micrometre, so fluorescence cannot see it. As the remainder of the other oxides, each "
        f"known to 1 %, it would carry an error of {by_difference:.0f} % of itself, and none of "
        "it is left where the report is normalised to 100 %. A loss is plausible at 1500 degC; "
        "ICP-OES or flame photometry would decide.",
        LITHIUM_K_EV,
        stated="lithium loss suggested by XRF",
        assumptions=f"oxides known to {100 * XRF_ERROR:g} % each",
    )


@check("A-press")
def press_force(case: Case) -> Outcome:
    """F = p pi d2/4."""
    computed = corners(
        lambda megapascal, mm: megapascal * math.pi * mm**2 / 4 / 1e3,
        case("A-press-p"),
        case("A-die-d"),
    )
    return Outcome(
        "agrees",
        f"{sig(computed.value)} kN, what an ordinary laboratory press gives.",
        computed,
    )


@check("A-cool")
def cooling_time(case: Case) -> Outcome:
    """(T - 25 degC)/rate."""
    computed = corners(lambda top, rate: (top - 25) / rate / 60, case("A-cryst-T"), case("A-cool"))
    return Outcome(
        "agrees",
        f"{sig(computed.value)} h to room temperature if the rate is held to the end, longer than "
        "the two hours at temperature: the cooling belongs to the heat treatment.",
        computed,
    )


@check("A-same-anneal")
def same_anneal(case: Case) -> Outcome:
    """Last heat treatment and pressure of glass-ceramics minus those of ceramics."""
    pairs = (("A-cryst-T", "A-cer-T2"), ("A-cryst-t", "A-cer-t2"), ("A-press-p", "A-cer-p"))
    differences = [case(a).number - case(b).number for a, b in pairs]
    computed = Quantity(differences[0], differences[0], differences[0])
    treatment = (
        f"{case('A-cryst-T').number:g} degC for {case('A-cryst-t').number:g} h after pressing at "
        f"{case('A-press-p').number:g} MPa"
    )
    if any(differences):
        return Outcome(
            "differs", f"The last steps differ; glass-ceramics saw {treatment}.", computed
        )
    return Outcome(
        "agrees",
        f"Both kinds saw {treatment} last; what differs is the powder, a milled glass against a "
        "calcined mixture.",
        computed,
    )


@check("A-glass-pellet", also=("A-mill-t", "A-press-p"))
def glass_specimen(case: Case) -> Outcome:
    """How much a cold-pressed powder understates the glass, (relative density)^-1.5."""
    computed = corners(lambda packed: packed**-BRUGGEMAN, GREEN_DENSITY)
    return Outcome(
        "hypothesis",
        f"Prepared '{case('A-glass-prep').printed}': then the specimen of Fig. 2c would be milled "
        f"glass pressed at {case('A-press-p').number:g} MPa and never sintered. Its pores alone "
        f"would hide a factor of {sig(computed.value, 2)} ({span(computed, 2)}), point contacts "
        "more, so that the glass itself conducts better than printed; a quenched and annealed "
        "monolith would decide.",
        computed,
        unit="1 (glass over specimen)",
        assumptions="cold-pressed powder of 50 to 70 % relative density, Bruggeman exponent 1.5",
    )
