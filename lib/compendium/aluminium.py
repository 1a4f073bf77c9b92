"""How much AlPO4 the LATP batches could hold at most, from their nominal compositions."""

from __future__ import annotations

from nasicon.composition.model_formulas import molar_mass, parse

#: Batches of the glass-ceramics as published (data/published/samples.csv).
FORMULAS = {"gclatp": "Li1.3Al0.3Ti1.7(PO4)3", "gclatbp": "Li1.3Al0.2B0.1Ti1.7(PO4)3"}


def all_aluminium_percent(key: str) -> float:
    """Weight percent of AlPO4 if every Al atom were in it (phosphate taken from the batch)."""
    aluminium = parse(FORMULAS[key])["Al"]
    return 100 * aluminium * molar_mass("AlPO4") / molar_mass(FORMULAS[key])
