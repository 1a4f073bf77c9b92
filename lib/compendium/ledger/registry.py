"""Which function answers which check, and the case that it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compendium.ledger.verdict import Outcome, judge
from compendium.published import Claim, Facts
from compendium.scatter import Scatter
from nasicon.core.interval import Input, Quantity, quantity


@dataclass(frozen=True)
class Case:
    """One check with the facts it may use.

    Asking for a claim that the check does not list is an error: the column
    ``inputs`` (plus what the decorator adds) is what a verdict depends on.
    """

    id: str
    inputs: tuple[str, ...]
    facts: Facts
    scatter: Scatter

    @property
    def key(self) -> str:
        """Short name of the sample, the last part of the id (``gclatp``, ``bbi``)."""
        return self.id.rsplit("-", 1)[-1].lower()

    def __call__(self, claim_id: str) -> Claim:
        """Look up one of the inputs."""
        if claim_id not in self.inputs:
            raise LookupError(
                f"{self.id} asks for {claim_id}, which is not among its inputs "
                f"({', '.join(self.inputs)}); name it there or in the decorator's also="
            )
        return self.facts.claim(claim_id)

    def name(self, key: str | None = None) -> str:
        """Full name of a sample from its key, e.g. ``gclatp`` -> ``GC-LATP``."""
        table = self.facts.sample_table
        return table.loc[table["key"] == (key or self.key), "sample"].item()

    def widen(self, value: Input, interval: str) -> Quantity:
        """Add an experimental interval to a value."""
        return self.scatter.widen(value, interval)

    def pellet(self, claim_id: str) -> Quantity:
        """Widen a conductivity measured on one pellet by the scatter between pellets."""
        return self.widen(self(claim_id), "pellet to pellet")

    def wording(self, phrase: str) -> Quantity:
        """Interval that a phrase of the paper stands for."""
        lo, hi = self.facts.wording(phrase)
        return Quantity(lo, lo, hi)

    def judge(
        self,
        computed: Quantity,
        experimental: Quantity,
        stated: Input,
        *,
        may_contradict: bool | None = None,
    ) -> str:
        """Judge; by default only load-bearing inputs may be contradicted."""
        if may_contradict is None:
            may_contradict = load_bearing(self.facts, self.inputs)
        return judge(computed, experimental, quantity(stated), may_contradict=may_contradict)


CheckFunction = Callable[[Case], Outcome]


@dataclass(frozen=True)
class Entry:
    """A registered function with the claims it uses beyond the listed inputs."""

    function: CheckFunction
    also: tuple[str, ...] = ()
    basis: str = "P"  # of a computed claim; a check has its own in checks.csv

    @property
    def name(self) -> str:
        """Dotted name of the function, where its equation and source stand."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


CHECKS: dict[str, Entry] = {}
CLAIM_VALUES: dict[str, Entry] = {}  # claims whose value follows from other printed values


def check(*ids: str, also: tuple[str, ...] = ()) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function for one check or for a family of checks (one per sample)."""
    return _register(CHECKS, ids, also)


def claim_value(
    *ids: str, uses: tuple[str, ...], basis: str = "P"
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function that computes a claim from others; ``{key}`` is the sample's key."""
    return _register(CLAIM_VALUES, ids, uses, basis)


def load_bearing(facts: Facts, claim_ids: tuple[str, ...]) -> bool:
    """Whether a conclusion of the paper rests on any of the claims."""
    return any(facts.claim(i).load_bearing for i in claim_ids)


def case(kind: str, row_id: str, facts: Facts, scatter: Scatter) -> Case:
    """Build the case of a registered check or claim."""
    entry = (CHECKS if kind == "check" else CLAIM_VALUES)[row_id]
    listed = facts.check(row_id)["inputs"].split() if kind == "check" else []
    return Case(row_id, (*listed, *entry.also), facts, scatter)


def _register(
    registry: dict[str, Entry], ids: tuple[str, ...], also: tuple[str, ...], basis: str = "P"
) -> Callable[[CheckFunction], CheckFunction]:
    def add(function: CheckFunction) -> CheckFunction:
        for row_id in ids:
            if row_id in registry:
                raise ValueError(f"{row_id} is already answered by {registry[row_id].function}")
            key = row_id.rsplit("-", 1)[-1].lower()
            uses = tuple(a.format(key=key) for a in also)
            registry[row_id] = Entry(function, uses, basis)
        return function

    return add
