"""How much AlPO4 the LATP batches could hold at most, from their nominal compositions."""

from nasicon.composition.model_formulas import molar_mass, parse

#: Batches as published (data/published/samples.csv); x of LAGP is not, 0.4 is assumed.
FORMULAS = {
    "LATP": "Li1.3Al0.3Ti1.7(PO4)3",
    "LATBP": "Li1.3Al0.2B0.1Ti1.7(PO4)3",
    "LAGP": "Li1.4Al0.4Ge1.6(PO4)3",
}


def all_aluminium_percent(host: str) -> float:
    """Weight percent of AlPO4 if every Al atom were in it (phosphate taken from the batch)."""
    formula = FORMULAS[host]
    return 100 * parse(formula)["Al"] * molar_mass("AlPO4") / molar_mass(formula)


def alpo4_percent(height: float, crystalline: float, ratio: float, of_sum: float = 0.0) -> float:
    """Weight percent of AlPO4 in the sample that a ratio of strongest lines means.

    w_a/w_l = (I_a/I_l)/(K_a/K_l) among the crystals, times their share of the sample
    (reference intensity ratios: Hubbard and Snyder, Powder Diffr. 3 (1988) 74).

    Parameters
    ----------
    height : float
        Ratio of the heights in percent.
    crystalline : float
        Crystalline share of the sample: percent makes percent, 1 the share among crystals.
    ratio : float
        K_a/K_l, as `compendium.reference.intensity_ratio` gives it.
    of_sum : float
        1 where the height is taken to the sum of both lines, 0 where to the host's.
    """
    share = height / 100
    share = share / (1 - share) if of_sum else share
    mass = share / ratio
    crystals = crystalline / 100 if crystalline > 1 else crystalline
    return 100 * crystals * mass / (1 + mass)
