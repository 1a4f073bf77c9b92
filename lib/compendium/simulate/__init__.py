"""Simulated measurements: printed numbers in, instrument-like files out, truth apart."""

from __future__ import annotations

from dataclasses import dataclass

from compendium import published


@dataclass(frozen=True)
class Sample:
    """A sample of the papers: its name there, the key in ids of claims, paper and kind."""

    name: str
    key: str
    paper: str
    kind: str

    @property
    def stem(self) -> str:
        """File-name stem, for example ``gc-latbp``."""
        return self.name.lower()


def samples(names: str) -> tuple[Sample, ...]:
    """Samples by their names, separated by blanks."""
    rows = [published.facts().row("sample", name) for name in names.split()]
    return tuple(Sample(r["sample"], r["key"], r["paper"], r["kind"]) for r in rows)
