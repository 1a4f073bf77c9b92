"""Simulated measurements: printed numbers in, instrument-like files out, truth apart."""

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


TEN = "GC-LATP GC-LATBP C-LATP C-LATBP G-LATP G-LATBP LAGP B2O3-LAGP Bi2O3-LAGP B2O3-Bi2O3-LAGP"


def samples(names: str = TEN) -> tuple[Sample, ...]:
    """Samples by their names, separated by blanks; all ten without."""
    rows = [published.facts().row("sample", name) for name in names.split()]
    return tuple(Sample(r["sample"], r["key"], r["paper"], r["kind"]) for r in rows)
