"""Weighed batches to compositions, as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from nasicon.composition import draw_batches as draw
from nasicon.composition import fit_batches, model_formulas
from nasicon.composition.fit_batches import Batch
from nasicon.core import report
from nasicon.core.report import Report, Row

ASSUMED = (
    "A composition as weighed: what the furnace leaves of it (lithium above all) is not in it.",
    "Masses are uniform within their rounding, purities between the stated value and 100 %; an "
    "impurity holds none of the elements.",
    "By Archimedes: every open pore is soaked, half of the balance's last digit is its error, and "
    "the densities of liquid and crystal are exact.",
)
# Each number twice: method, columns of a batch's table, what its interval is
WIDTHS = (
    ("rounding", "value", "rounding_low", "rounding_high", {"interval": "rounding"}),
    ("rounding and purity", "median", "low", "high", {"interval": "range"}),
)


def analyse(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    normalise_to: str = "P",
    normalise_atoms: float = 3.0,
    target: str = "",
    chelating_acid: str = "C6H8O7",
    chelating_acid_g: float = 0.0,
    weighings_g: Sequence[str] = (),
    liquid_g_cm3: float = 0.0,
    crystal_g_cm3: float = 0.0,
    seed: int = 1,
    evidence: str = "measured",
) -> Report:
    """Composition of one weighed batch or several, density of a weighed pellet.

    Parameters
    ----------
    tables : DataFrame or mapping of str to DataFrame
        Of `nasicon.composition.read`: ``formula``, ``mass_g`` and what else is known; an empty
        mapping where only a pellet was weighed.
    normalise_to, normalise_atoms
        Element and its atoms per formula unit.
    target : str
        Formula that was meant; empty: the nearest Li(1+x)M(x)M'(2-x)(PO4)3.
    weighings_g, liquid_g_cm3, crystal_g_cm3
        Of a pellet: as of `nasicon.composition.pellet_densities`.
    """
    given = {} if len(weighings_g) and not len(tables) else report.mapping_of(tables)
    batches = {
        label: fit_batches.from_masses(
            table, element=normalise_to, atoms=normalise_atoms, seed=seed
        )
        for label, table in given.items()
    }
    rows = {label: _rows(batch) for label, batch in batches.items()}
    for label in rows if chelating_acid_g else ():
        ratio = fit_batches.ratio_to_metals(given[label], chelating_acid, chelating_acid_g)
        method = f"masses, {chelating_acid}"
        rows[label].append(report.number("chelating acid per metal ion", ratio, "1", method))
    read = pd.DataFrame({"weighed in g": list(weighings_g)})
    if given:
        read = report.what_was_read(given).assign(formula=[b.formula for b in batches.values()])
    if len(weighings_g):
        label = next(iter(given)) if len(given) == 1 else "pellet"
        found = fit_batches.pellet_densities(weighings_g, liquid_g_cm3, crystal_g_cm3)
        rows[label] = rows.get(label, []) + found.to_dict("records")
    return report.assemble(
        report.titled("Composition", "Compositions", list(batches) or ["a pellet"]),
        "measure_composition",
        rows,
        {label: batch.moles for label, batch in batches.items()},
        evidence=evidence,
        parameters=rows.items(),
        read=read,
        figures={
            f"batch_{report.file_stem(n)}": partial(
                draw.batch, b.elements, b.lithium_excess, _meant(b, target), evidence=evidence
            )
            for n, b in batches.items()
        },
        assumed=ASSUMED,
        details=batches,
    )


def _meant(batch: Batch, target: str) -> dict[str, float]:
    if target:
        return model_formulas.parse(target)
    if not {"Li", "P"} <= set(batch.elements.index):
        return batch.elements["value"].to_dict()
    trivalent = [e for e in batch.elements.index if e in fit_batches.TRIVALENT]
    meant = {e: round(float(n), 1) for e, n in batch.elements["value"].items() if e != "Li"}
    meant["Li"] = 1 + sum(meant[e] for e in trivalent)
    return meant


def _rows(batch: Batch) -> list[Row]:
    numbers = [(f"{e} per formula unit", row, "1") for e, row in batch.elements.iterrows()]
    if batch.lithium_excess is not None:
        numbers.append(("lithium excess over 1 + x", batch.lithium_excess, "%"))
    return [
        report.number(
            quantity,
            row[value],
            unit,
            f"masses, {method}",
            ci_low=row[low],
            ci_high=row[high],
            **said,
        )
        for quantity, row, unit in numbers
        for method, value, low, high, said in WIDTHS
    ]
