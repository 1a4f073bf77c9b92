"""How much AlPO4 the LATP batches could hold at most, from their nominal compositions."""

from __future__ import annotations

# Standard atomic weights, abridged (IUPAC 2021)
MASS = {
    "H": 1.008,
    "Li": 6.94,
    "B": 10.81,
    "N": 14.007,
    "O": 15.999,
    "Al": 26.982,
    "P": 30.974,
    "Ti": 47.867,
    "Ge": 72.630,
}
M_ALPO4 = MASS["Al"] + MASS["P"] + 4 * MASS["O"]
ALUMINIUM = {"gclatp": 0.3, "gclatbp": 0.2}  # per formula unit, of the nominal compositions
BORON = {"gclatp": 0.0, "gclatbp": 0.1}


def formula_mass(key: str) -> float:
    """Mass of Li1.3 Al(0.3-b) B(b) Ti1.7 (PO4)3."""
    return (
        1.3 * MASS["Li"]
        + ALUMINIUM[key] * MASS["Al"]
        + BORON[key] * MASS["B"]
        + 1.7 * MASS["Ti"]
        + 3 * MASS["P"]
        + 12 * MASS["O"]
    )


def all_aluminium_percent(key: str) -> float:
    """Weight percent of AlPO4 if every Al atom were in it (phosphate taken from the batch)."""
    return 100 * ALUMINIUM[key] * M_ALPO4 / formula_mass(key)


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
