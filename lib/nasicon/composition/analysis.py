"""Weighed batches to compositions, as a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from nasicon.composition import draw_batches as draw
from nasicon.composition import fit_batches, model_formulas
from nasicon.composition.fit_batches import Batch
from nasicon.core import report
from nasicon.core.findings import Findings
from nasicon.core.report import Report

ASSUMED = (
    "A composition as weighed: what the furnace leaves of it (lithium above all) is not in it.",
    "Masses are uniform within their rounding, purities between the stated value and 100 %; an "
    "impurity holds none of the elements.",
    "By Archimedes: every open pore is soaked, half of the balance's last digit is its error, and "
    "the densities of liquid and crystal are exact.",
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
    notebook: str = "measure_composition",
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
    findings, parameters = Findings(notebook), []
    for label, batch in batches.items():
        rows = _rows(batch)
        if chelating_acid_g:
            value = fit_batches.ratio_to_metals(given[label], chelating_acid, chelating_acid_g)
            words = {
                "quantity": "chelating acid per metal ion",
                "method": f"masses, {chelating_acid}",
            }
            rows.append({**words, "value": value, "unit": "1"})
        parameters.append(report.rows_of(label, ({"name": r["quantity"], **r} for r in rows)))
        report.add_rows(findings, rows, sample=label, evidence=evidence)
    if len(weighings_g):
        label = next(iter(given)) if len(given) == 1 else "pellet"
        found = fit_batches.pellet_densities(weighings_g, liquid_g_cm3, crystal_g_cm3)
        report.add_rows(findings, found.to_dict("records"), sample=label, evidence=evidence)
        named = found.rename(columns={"quantity": "name"}).to_dict("records")
        parameters.append(report.rows_of(label, named))
    moles = report.joined((b.moles.assign(file=n) for n, b in batches.items()), ["file"])
    return Report(
        title="Composition of " + ", ".join(batches) if 0 < len(batches) < 4 else "Compositions",
        findings=findings,
        read=report.what_was_read(given).assign(formula=[b.formula for b in batches.values()])
        if given
        else pd.DataFrame({"weighed in g": list(weighings_g)}, ["dry", "suspended", "soaked"]),
        parameters=report.joined(parameters),
        curves=moles[["file", *moles.columns.drop("file")]],
        figures={
            f"batch_{report.file_stem(n)}": _figure(b, _meant(b, target), evidence)
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


def _figure(batch: Batch, meant: Mapping[str, float], evidence: str) -> Callable[[], Figure]:
    return lambda: draw.batch(batch.elements, batch.lithium_excess, meant, evidence=evidence)


def _rows(batch: Batch) -> list[dict[str, object]]:
    numbers = [(f"{e} per formula unit", row, "1") for e, row in batch.elements.iterrows()]
    if batch.lithium_excess is not None:
        numbers.append(("lithium excess over 1 + x", batch.lithium_excess, "%"))
    rows = []
    for quantity, row, unit in numbers:
        for method, value, low, high in (
            ("rounding", "value", "rounding_low", "rounding_high"),
            ("rounding and purity", "median", "low", "high"),
        ):
            rows.append(
                {
                    "quantity": quantity,
                    "value": row[value],
                    "ci_low": row[low],
                    "ci_high": row[high],
                    "unit": unit,
                    "method": f"masses, {method}",
                    "interval": "rounding" if method == "rounding" else "range",
                }
            )
    return rows
