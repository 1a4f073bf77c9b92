"""Which checks decide which claim: the tables of all techniques together."""

from __future__ import annotations

from types import ModuleType

from compendium.ledger import (
    decisions_cycling,
    decisions_diffraction,
    decisions_esm,
    decisions_impedance,
    decisions_nmr,
    decisions_pellet,
    decisions_spectroscopy,
)
from compendium.ledger.decision import Decision

CONDITION = "A stated condition, used as such."
TECHNIQUES = (
    decisions_cycling,
    decisions_diffraction,
    decisions_esm,
    decisions_impedance,
    decisions_nmr,
    decisions_pellet,
    decisions_spectroscopy,
)


def _merged(modules: tuple[ModuleType, ...], name: str) -> dict:
    """Union of one table of every module; a claim decided twice is an error."""
    merged: dict = {}
    for module in modules:
        table = getattr(module, name, {})
        if twice := sorted(merged.keys() & table.keys()):
            raise ValueError(f"{module.__name__}.{name}: {', '.join(twice)} stand in another table")
        merged.update(table)
    return merged


DECISIONS: dict[str, Decision] = _merged(TECHNIQUES, "DECISIONS")
DEFINITIONS: dict[str, str] = _merged(TECHNIQUES, "DEFINITIONS")
