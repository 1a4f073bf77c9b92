"""Paper A, Fig. 3a-c: what the printed 11B centres say, alone and as a mixture."""

from __future__ import annotations

import numpy as np

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, quantity, sig, span
from nasicon.nmr import model_lines, model_mixing

_CENTRES = tuple(f"A-nmr-{line}-{key}" for line in ("bo3", "bo4") for key in ("gc", "g", "c"))
BORATE_CQ_MHZ, BORATE_ETA = (2.4, 2.6, 2.8), (0.0, 0.2, 0.5)
ALPO4_G, LATBP_G = 121.95, 382.4  # g/mol: AlPO4; Li1.3Al0.2B0.1Ti1.7(PO4)3, standard weights
CARRIER_PPM = 100.0  # transmitters need not sit on the reference
CENTRE = "nmr centre"


def _line(case: Case) -> tuple[str, str, str]:
    """Ids of one line in GC, G and C."""
    line = "bo4" if "bo4" in case.id else "bo3"
    return f"A-nmr-{line}-gc", f"A-nmr-{line}-g", f"A-nmr-{line}-c"


@check(*(f"A-nmrrange-{line}-{key}" for line in ("bo3", "bo4") for key in ("c", "g", "gc")))
def centre_in_range(case: Case) -> Outcome:
    """Lo <= delta <= hi with the paper's own range."""
    _, line, key = case.id.rsplit("-", 2)
    centre, low, high = (case(f"A-nmr-{line}-{end}") for end in (key, "lo", "hi"))
    window = Quantity(low.number, low.interval[0], high.interval[1])
    computed, experimental = quantity(centre), case.widen(centre, CENTRE)
    status = case.judge(computed, experimental, window)
    name = line.upper()
    if status == "agrees":
        text = f"The {name} centre of {centre.printed} ppm lies in the stated range."
    else:
        off = max(window.lo - computed.hi, computed.lo - window.hi)
        text = (
            f"The {name} centre of {centre.printed} ppm lies {off:.1f} ppm outside the range of "
            f"{low.printed} to {high.printed} ppm that the paper gives for {name}, more than "
            "rounding of the range or referencing would bridge. Two remarks of one paragraph "
            "disagree; the assignment of the line to planar boron is what needs support, from "
            "its quadrupolar shape or from a spectrum at a second field."
        )
    text_range = f"{low.printed} to {high.printed} ppm"
    return Outcome(status, text, computed, experimental, text_range, "ppm")


@check("A-nmrlc-bo3", "A-nmrlc-bo4")
def mixture_weight(case: Case) -> Outcome:
    """Weight w = (d_GC - d_G)/(d_C - d_G), which a mixture keeps between 0 and 1."""
    claims = [case(i) for i in _line(case)]
    computed = corners(model_mixing.centroid_weight, *claims)
    wide = corners(model_mixing.centroid_weight, *(case.widen(c, CENTRE) for c in claims))
    status = case.judge(computed, wide, Quantity(0.5, 0.0, 1.0))
    name = "BO4" if "bo4" in case.id else "BO3"
    if status == "agrees":
        text = (
            f"The {name} centre of GC-LATBP lies between those of glass and ceramic, at a "
            f"ceramic weight of {sig(computed.value, 3)}; with every centre good to its "
            f"experimental interval, {sig(wide.lo, 2)} to {sig(wide.hi, 2)}."
        )
    else:
        gc, g = claims[0].number, claims[1].number
        text = (
            f"The {name} centre of GC-LATBP lies outside the interval between glass and ceramic "
            f"(by {abs(gc - g):.3f} ppm, beyond the glass), where neither the centroid nor the "
            f"maximum of a sum of the two can be: weight {sig(computed.value, 2)}. An error of "
            "0.13 ppm in each centre would repair it, so it speaks against the printed digits "
            "rather than against a mixture, and a glass left over with another composition than "
            "the parent would do the same."
        )
    return Outcome(status, text, computed, wide, "0 to 1")


@check("A-nmr7525-bo3", "A-nmr7525-bo4", also=("A-nmr-cer-frac",))
def centre_from_split(case: Case) -> Outcome:
    """Centre d = 0.75 d_G + 0.25 d_C against the printed centre of GC-LATBP."""
    gc, g, c = (case(i) for i in _line(case))
    glass, ceramic = case("A-nmr-glass-frac"), case("A-nmr-cer-frac")

    def weighted(a: float, b: float, percent: float) -> float:
        return (percent * a + (100 - percent) * b) / 100

    computed = corners(weighted, g, c, glass)
    wide = corners(weighted, case.widen(g, CENTRE), case.widen(c, CENTRE), glass)
    stated = case.widen(gc, CENTRE)
    name = "BO4" if "bo4" in case.id else "BO3"
    off = gc.number - computed.value
    repaired = model_mixing.smallest_error(
        ceramic.number / 100, [(gc.number, g.number, c.number)], common=False
    )
    status = "agrees" if computed.overlaps(quantity(gc)) else "differs"
    within = "it is" if wide.overlaps(stated) else "it is not"
    text = (
        f"{glass.printed} % glass and {ceramic.printed} % ceramic put the {name} centroid at "
        f"{computed.value:.2f} ppm, {gc.printed} is printed ({off:+.2f} ppm). Errors of "
        f"{repaired:.2f} ppm in each centre would bridge it, and {within} within the experimental "
        "interval of all three together. A maximum moves less than a centroid, and other "
        "proportions of BO3 and BO4 in the two end members change the weights: the fitted "
        "spectra would tell."
    )
    return Outcome(status, text, computed, wide, gc.number, "ppm")


@check("A-nmr-joint")
def joint_share(case: Case) -> Outcome:
    """Weighted mean of w(BO3) and w(BO4), by propagation of 0.3 ppm per centre."""
    weights, variances = [], []
    error = case.widen(0.0, CENTRE).hi
    for line in ("bo3", "bo4"):
        gc, g, c = (case(f"A-nmr-{line}-{key}").number for key in ("gc", "g", "c"))
        w = model_mixing.centroid_weight(gc, g, c)
        weights.append(w)
        variances.append(error**2 * (1 + (1 - w) ** 2 + w**2) / (c - g) ** 2)
    if error > 0:
        inverse = 1 / np.array(variances)
    else:  # no error: the weights of equal errors
        inverse = np.array(
            [
                (case(f"A-nmr-{n}-c").number - case(f"A-nmr-{n}-g").number) ** 2
                for n in ("bo3", "bo4")
            ]
        )
    share = float(100 * (inverse @ weights) / inverse.sum())
    spread = 100 / np.sqrt(inverse.sum()) if error > 0 else 0.0
    stated = case("A-nmr-cer-frac")
    computed = Quantity(share, share, share)
    wide = Quantity(share, share - 1.96 * spread, share + 1.96 * spread)
    status = case.judge(computed, wide, stated, may_contradict=False)
    return Outcome(
        status,
        f"Both lines together support {share:.0f} +- {spread:.0f} % ceramic (one standard error), "
        f"{stated.printed} % is printed: {abs(stated.number - share) / max(spread, 1e-9):.1f} "
        "standard errors apart. The fit of the whole spectrum, which is not printed, has more "
        "to go by than the centres."
        if spread
        else f"Both lines together give {share:.0f} % ceramic, {stated.printed} % is printed.",
        computed,
        wide,
        stated.number,
        "% ceramic",
    )


@check("A-nmr-sum")
def fractions_close(case: Case) -> Outcome:
    """75 + 25."""
    computed = corners(lambda a, b: a + b, case("A-nmr-glass-frac"), case("A-nmr-cer-frac"))
    status = case.judge(computed, computed, 100.0)
    return Outcome(
        status,
        "The two fractions add up to 100 %, so no third contribution (background, a line of "
        "neither) was allowed for.",
        computed,
        computed,
        100.0,
    )


@check("A-nmr-closer")
def closer_to_glass(case: Case) -> Outcome:
    """|d_GC - d_G| against |d_GC - d_C| for both lines."""
    ratios = []
    for line in ("bo3", "bo4"):
        gc, g, c = (case(f"A-nmr-{line}-{key}") for key in ("gc", "g", "c"))
        ratios.append((abs(gc.number - g.number), abs(gc.number - c.number)))
    worst = max(near / far for near, far in ratios)
    computed = Quantity(worst, min(near / far for near, far in ratios), worst)
    error = case.widen(0.0, CENTRE).hi
    wide = Quantity(worst, 0.0, max((near + 2 * error) / (far - 2 * error) for near, far in ratios))
    status = case.judge(computed, wide, case.wording("decreases significantly"))
    (n3, f3), (n4, f4) = ratios
    return Outcome(
        status,
        f"BO3 lies {n3:.2f} ppm from the glass and {f3:.2f} from the ceramic, BO4 {n4:.2f} and "
        f"{f4:.2f} ppm: much closer to the glass, as stated, whatever the referencing.",
        computed,
        wide,
        "much closer to the glass",
        "distance to glass over distance to ceramic",
    )


@check("A-nmr-qis")
def isotropic_shift(case: Case) -> Outcome:
    """Shift delta_iso = delta_cg + (1/40)(P_Q/nu_L)^2 1e6 with C_Q 2.6 MHz, eta 0.2."""
    hertz = case("A-nmr-11b-nu").number
    shift = -float(model_lines.second_order_shift_ppm(BORATE_CQ_MHZ[1], BORATE_ETA[1], hertz))
    low = -float(model_lines.second_order_shift_ppm(BORATE_CQ_MHZ[0], BORATE_ETA[0], hertz))
    high = -float(model_lines.second_order_shift_ppm(BORATE_CQ_MHZ[2], BORATE_ETA[2], hertz))
    c, g, gc = (case(f"A-nmr-bo3-{key}").number for key in ("c", "g", "gc"))
    computed = Quantity(c + shift, g + shift, c + shift)
    error = case.widen(0.0, CENTRE).hi
    wide = Quantity(c + shift, g + low - error, c + high + error)
    return Outcome(
        "hypothesis",
        f"Read as centres of gravity, the BO3 centres of C, G and GC correspond to isotropic "
        f"shifts of {c + shift:.1f}, {g + shift:.1f} and {gc + shift:.1f} ppm (C_Q of "
        f"{BORATE_CQ_MHZ[0]:g} to {BORATE_CQ_MHZ[2]:g} MHz moves them by {low - shift:+.1f} to "
        f"{high - shift:+.1f} ppm). That of the ceramic is usual for planar boron, those of glass "
        "and glass-ceramic are low for it: the line near 8 ppm may be one edge of a quadrupolar "
        "line, or not BO3. A fit of the line shape, or a second field, would decide.",
        computed,
        wide,
    )


@check("A-nmr-digits")
def printed_digits(case: Case) -> Outcome:
    """0.001 ppm in hertz at the printed frequency."""
    hertz = case("A-nmr-11b-nu")
    computed = corners(lambda mhz: 1e-3 * mhz, hertz)
    referencing = 1e3 * case.widen(0.0, CENTRE).hi * computed.value
    return Outcome(
        "differs",
        f"The last digit of the printed centres is {computed.value:.2f} Hz, while referencing is "
        f"good to about {referencing:.0f} Hz and the lines are hundreds of hertz wide: two of the "
        "three decimals carry no information. No conclusion hangs on them.",
        computed,
        stated="0.001 ppm",
        unit="Hz",
    )


@check("A-larmor")
def one_magnet(case: Case) -> Outcome:
    """Compare nu(1H) = nu_X/Xi_X of 31P and 11B, and the two fields against each other."""
    phosphorus, boron = case("A-nmr-31p-nu"), case("A-nmr-11b-nu")

    def difference(p: float, b: float) -> float:
        ratio = model_lines.proton_frequency_mhz("31P", p) / model_lines.proton_frequency_mhz(
            "11B", b
        )
        return 1e6 * (ratio - 1)

    computed = corners(difference, phosphorus, boron)
    offset = Quantity(0.0, -CARRIER_PPM, CARRIER_PPM)
    status = case.judge(computed, computed, offset, may_contradict=True)
    proton = model_lines.proton_frequency_mhz("31P", phosphorus.number)
    return Outcome(
        status,
        f"31P and 11B imply fields {sig(computed.value, 2)} ppm apart ({span(computed, 2)} with "
        f"rounding), no more than transmitters set tens of ppm off their references do: one "
        f"magnet, 1H at {proton:.2f} MHz, {model_lines.field_t('11B', boron.number):.2f} T, "
        "as the 600 MHz class says.",
        computed,
        computed,
        0.0,
        assumptions=f"the transmitters' offsets add up to {CARRIER_PPM:g} ppm at most",
    )


@check("A-mas-ssb")
def sidebands_outside(case: Case) -> Outcome:
    """Compare nu_MAS/nu_L against the width of the window."""
    spinning, hertz = case("A-nmr-mas"), case("A-nmr-11b-nu")
    computed = corners(lambda khz, mhz: 1e3 * khz / mhz, spinning, hertz)
    window = case("A-nmr-bo3-hi").number - case("A-nmr-bo4-lo").number
    status = "agrees" if computed.lo > window else "differs"
    return Outcome(
        status,
        f"Sidebands lie {span(computed, 3)} ppm from their line, the assigned range is "
        f"{window:.0f} ppm wide: none of a line inside the range falls back into it.",
        computed,
        computed,
        f"> {window:.0f}",
    )


@check("A-mas-speed")
def rotor_speed(case: Case) -> Outcome:
    """Surface speed pi d nu of the rotor, against the speed of sound in the drive gas."""
    computed = corners(
        lambda mm, khz: np.pi * mm * khz, case("A-nmr-probe"), case("A-nmr-mas")
    )  # mm kHz = m/s
    status = "agrees" if computed.hi < 343.0 else "differs"
    return Outcome(
        status,
        f"The surface runs at {computed.value:.0f} m/s, a little over half the speed of sound in "
        "air at 20 degC (343 m/s), which is the physical limit: 15 kHz is fast for a 4 mm rotor "
        "and possible.",
        computed,
        computed,
        "< 343",
    )


@check("A-b-enrich")
def boron_in_glass(case: Case) -> Outcome:
    """(0.75/0.11)/(0.25/0.89): boron per amount of glass over boron per amount of crystal."""
    glass, crystalline = case("A-nmr-glass-frac"), case("A-cryst-gclatbp")

    def enrichment(boron: float, crystals: float) -> float:
        return boron / (100 - boron) * crystals / (100 - crystals)

    computed = corners(enrichment, glass, crystalline)
    wide = corners(enrichment, glass, case.widen(crystalline, "crystallinity"))
    mean = corners(
        lambda boron, crystals: boron / (100 - crystals),
        glass,
        case.widen(crystalline, "crystallinity"),
    )
    return Outcome(
        "hypothesis",
        f"75 % of the boron in 11 % glass would be {computed.value:.0f} times as much per amount "
        f"of glass as of crystal ({span(wide, 2)} with the crystallinity's interval), "
        f"{mean.value:.1f} times the mean ({span(mean, 2)}). That holds if the 75/25 split and "
        "the crystallinity hold and glass and crystal are weighed alike; so enriched a glass is "
        "not the parent G-LATBP whose spectrum the split was made with, so a split "
        "made with a glass of that composition would decide.",
        computed,
        wide,
        evidence="derived",
    )


@check("A-crystal-x")
def trivalent_in_crystals(case: Case) -> Outcome:
    """Content x = 0.2 + 0.25 x 0.1, minus the aluminium that sits in AlPO4."""
    ceramic, alpo4 = case("A-nmr-cer-frac"), case("A-xrd-alpo4-gclatbp")
    computed = corners(lambda share: 0.2 + share / 100 * 0.1, ceramic)
    most = 100 * 0.2 * ALPO4_G / (0.2 * ALPO4_G + LATBP_G)
    ratio = corners(lambda b, a: b / a, case("A-sigma-b-gclatbp"), case("A-sigma-b-gclatp"))
    wide = Quantity(computed.value, computed.lo - 0.2, computed.hi)
    return Outcome(
        "hypothesis",
        f"A quarter of the boron and all aluminium leave at most x = {computed.value:.3f} in the "
        f"crystals, against 0.3 without boron; aluminium in AlPO4 comes off that, down to "
        f"{wide.lo:.3f} (the batch has aluminium for {most:.0f} wt% AlPO4 only, so the printed "
        f"{alpo4.printed} % is no weight share). Less x usually means less bulk conductivity, "
        f"while the printed bulk value is {sig(ratio.value, 2)} times that without boron: either "
        "boron acts otherwise, or bulk and boundary are not separated. Cell parameters, "
        "or 27Al NMR, would decide.",
        computed,
        wide,
    )
