"""How a claim is decided by checks."""

from __future__ import annotations

from dataclasses import dataclass

# From weak to strong: a claim takes the strongest doubt that any of its checks raises.
SEVERITY = ("not testable", "agrees", "hypothesis", "differs", "contradicts")


@dataclass(frozen=True)
class Decision:
    """The checks that decide a claim.

    Attributes
    ----------
    checks : tuple of str
        The claim takes the verdict of the check that raises the strongest doubt.
    note : str
        A sentence put before that check's reading.
    numbers : bool
        Whether the check's computed value may stand beside the claim's own number.
    """

    checks: tuple[str, ...]
    note: str = ""
    numbers: bool = True


def by(*checks: str, note: str = "", numbers: bool = True) -> Decision:
    """Shorthand of the tables: the checks by name."""
    return Decision(checks, note, numbers)
