"""Weighed batches to compositions, as a report."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from nasicon.composition import draw_batches as draw
from nasicon.composition import fit_batches, model_formulas
from nasicon.composition.fit_batches import Batch
from nasicon.core import report
from nasicon.core.report import Report, Row
from nasicon.core.vocabulary import implausible

UNBALANCED = 0.03  # of the cations' charge: lithium weighed in 20 % excess makes 0.01
MEANT = 0.04  # relative: impure precursors and a balance stay within
MOLAR = 0.005  # relative: more than the molar masses of two tables differ
ALKALI, VOLATILE = ("Li", "Na", "K"), 0.3  # weighed in excess for what the furnace takes
ASSUMED = (
    "A composition as weighed: what the furnace leaves of it (lithium above all) is not in it.",
    "The first value of each takes purities as stated (100 % where a minimum is stated); its "
    "interval is the masses' rounding alone.",
    "The second lets purities lie anywhere between the stated value and 100 %; one below 98 % that "
    "is no minimum is an assay, good to 0.5 %. An impurity holds none of the elements.",
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
    meant = model_formulas.parse(target) if target else {}
    normalise_atoms = meant.get(normalise_to, normalise_atoms)
    given = {} if len(weighings_g) and not len(tables) else report.mapping_of(tables)
    batches = {
        label: fit_batches.from_masses(
            table, element=normalise_to, atoms=normalise_atoms, seed=seed
        )
        for label, table in given.items()
    }
    rows = {
        label: _rows(batch, target, normalise_to, _contradiction(given[label]))
        for label, batch in batches.items()
    }
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
                draw.batch, b, meant or b.nearest, evidence=evidence
            )
            for n, b in batches.items()
        },
        assumed=ASSUMED,
        details=batches,
    )


def _contradiction(table: pd.DataFrame) -> str:
    """Why what the sheet says twice does not agree; empty where it does."""
    for formula, stated in zip(table["formula"], table.get("molar_mass_g", ()), strict=False):
        own = model_formulas.molar_mass(formula)
        if abs(stated / own - 1) > MOLAR:
            water = (stated - own) / model_formulas.molar_mass("H2O")
            whole = water > 0 and abs(water - round(water)) < MOLAR * stated / 18
            asked = f"{water:.0f} H2O lacking in the formula?" if whole else "another compound?"
            return f"{formula} has {own:.2f} g/mol where the sheet says {stated:g}: {asked}"
    return table.attrs.get("doubt", "")


def _unbalanced(batch: Batch, target: str, element: str) -> str:
    """Why the weighed cations cannot make the target, or a phosphate; empty where they can."""
    meant = model_formulas.parse(target) if target else {"P": 1.0, "O": 4.0}
    weighed = batch.elements["value"].to_dict()
    if target:  # an additive is no part of it
        weighed = {e: n for e, n in weighed.items() if e in meant}
    element = element if target else "P"
    if not (weighed.get(element) and meant.get(element)):
        return ""
    anions = {e: n for e, n in meant.items() if e not in weighed and e in fit_batches.IGNORED}
    try:
        cations = model_formulas.charge(weighed)
        needed = -model_formulas.charge(anions) * weighed[element] / meant[element]
    except model_formulas.FormulaError:  # valences that nobody knows say nothing
        return ""
    if needed <= 0 or abs(cations / needed - 1) <= UNBALANCED:
        return ""
    return (
        f"the weighed cations carry {cations:.3g} charges where {needed:.3g} are needed for "
        f"{weighed[element]:g} {element}: a precursor short, hydrated or in excess?"
    )


def _off(batch: Batch, target: str) -> dict[str, str]:
    """Which elements are weighed otherwise than the target, or two metals to 3 P, has them."""
    weighed = batch.elements["value"].to_dict()
    if target:
        meant = model_formulas.parse(target)
    else:
        ions = {e: n for e, n in weighed.items() if model_formulas.VALENCES.get(e) in (3, 4)}
        scale = 2 * weighed.get("P", 0.0) / 3 / sum(ions.values()) if ions else 0.0
        meant = {e: scale * n for e, n in ions.items() if scale and "Li" in weighed}
    goal = "is meant" if target else "fill the sites"
    most = {e: VOLATILE if e in ALKALI else MEANT for e in meant}
    return {
        e: f"{n:.4g} {e} where {meant[e]:.4g} {goal}: another hydrate, formula or mass?"
        for e, n in weighed.items()
        if e in meant and not -MEANT <= n / meant[e] - 1 <= most[e]
    }


def _rows(batch: Batch, target: str, normalise_to: str, doubt: str) -> list[Row]:
    numbers = [(f"{e} per formula unit", row, "1") for e, row in batch.elements.iterrows()]
    if batch.lithium_excess is not None:
        numbers.append(("lithium excess over 1 + x", batch.lithium_excess, "%"))
    one = any(implausible(name, float(row["value"]), unit) for name, row, unit in numbers)
    doubt = doubt or ("" if one else _unbalanced(batch, target, normalise_to))
    off = {} if one or doubt else _off(batch, target)
    return [
        report.number(
            quantity,
            row[value],
            unit,
            f"masses, {method}",
            ci_low=row[low],
            ci_high=row[high],
            doubt=doubt,
            flag="systematic" * bool(off),
            note="; ".join(off.values()) or (batch.assays and f"taken as assays: {batch.assays}"),
            **said,
        )
        for quantity, row, unit in numbers
        for method, value, low, high, said in WIDTHS
    ]
