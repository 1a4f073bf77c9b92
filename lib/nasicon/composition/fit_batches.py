"""From weighed masses, densities and oxide contents to what they say, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.composition import model_density, model_formulas
from nasicon.core.interval import Quantity, corners
from nasicon.core.text import half_digit, parse_number

DRAWS = 20_000
TRIVALENT = ("Al", "B", "Ga", "In", "Sc", "Y", "Bi", "La")
IGNORED = ("H", "C", "N", "O")  # leave with the water, the nitrate and the organics
ANIONS = {*IGNORED, "F", "P", "S", "Cl", "Br", "I"}
ASSAY, ASSAY_ERROR = 98.0, 0.005  # per cent: a label's "at least" from here on; of an assay below
DENSER = 1.005  # relative: error of a crystal's density


@dataclass(frozen=True)
class Batch:
    """Composition of a weighed batch.

    Attributes
    ----------
    moles : DataFrame
        ``name, formula, mass_g, millimole`` per precursor, of the purity taken.
    elements : DataFrame
        Index element; ``value`` per formula unit of the purities taken, 95 % ranges
        ``rounding_low``, ``rounding_high`` and, with purities, ``median``, ``low``, ``high``.
    lithium_excess : Series or None
        The same columns, in per cent over 1 + x; None without lithium and phosphorus.
    excess_draws : array or None
        Monte Carlo draws of the excess, with purities.
    assays : str
        Which purities were taken as assays.
    """

    moles: pd.DataFrame
    elements: pd.DataFrame
    lithium_excess: pd.Series | None
    excess_draws: NDArray | None
    assays: str = ""

    @property
    def formula(self) -> str:
        """Composition as printed, e.g. ``Li1.540Al0.400Ge1.600P3``."""
        return model_formulas.formula_text(self.elements["value"].to_dict())

    @property
    def nearest(self) -> dict[str, float]:
        """What was meant: the nearest formula with one decimal and 1 + x lithium."""
        weighed = self.elements["value"].to_dict()
        if not {"Li", "P"} <= set(weighed):
            return weighed
        meant = {e: round(float(n), 1) for e, n in weighed.items() if e != "Li"}
        return meant | {"Li": 1 + sum(meant[e] for e in meant if e in TRIVALENT)}


def from_masses(
    table: pd.DataFrame,
    *,
    element: str = "P",
    atoms: float = 3.0,
    draws: int = DRAWS,
    seed: int = 1,
) -> Batch:
    """Composition of a batch from its weighed precursors.

    Masses are uniform over their rounding, purities uniform between the stated
    minimum and 100 %; one below ``ASSAY`` that is not called a minimum (a solution, an alkoxide)
    is an assay, the value itself. The impurity is taken to hold none of the elements.

    Parameters
    ----------
    table : DataFrame
        ``name, formula, mass_g, mass_error_g, purity_percent`` as `readers.read_masses` gives;
        ``taken_percent`` is what the value, beside the range, is computed with (else the assay,
        or 100).
    element, atoms
        What the formula is normalised to.

    Raises
    ------
    ValueError
        A formula that cannot be read, or nothing that holds `element`.
    """
    parsed = [model_formulas.parse(formula) for formula in table["formula"]]
    for formula, atoms_of in zip(table["formula"], parsed, strict=True):
        if len(atoms_of) > 1 and ANIONS.isdisjoint(atoms_of):
            raise ValueError(f"{formula} holds no anion: a letter in the wrong case (Co for CO)?")
    kept = list(dict.fromkeys(e for p in parsed for e in p if e not in IGNORED))
    if element not in kept:
        raise ValueError(
            f"no precursor holds {element}, to which the formula is normalised; "
            f"there are {', '.join(kept) or 'none but H, C, N, O'}"
        )
    masses = table["mass_g"].to_numpy(dtype=float)
    errors = table["mass_error_g"].to_numpy(dtype=float)
    least = table["purity_percent"].to_numpy(dtype=float) / 100
    molar = np.array([model_formulas.molar_mass(p) for p in parsed])
    atoms_per = np.array([[p.get(e, 0.0) for e in kept] for p in parsed])

    def per_formula(grams: NDArray, purity: NDArray) -> NDArray:
        counts = (grams * purity / molar) @ atoms_per
        return atoms * counts / counts[..., [kept.index(element)]]

    rng = np.random.default_rng(seed)
    grams = masses + errors * rng.uniform(-1, 1, (draws, masses.size))
    share = rng.uniform(0, 1, (draws, masses.size))
    purity = least + (1 - least) * share
    taken = taken_share(table)
    assay = (taken < ASSAY / 100) & (taken == least)
    purity = np.where(assay, np.minimum(least + ASSAY_ERROR * (2 * share - 1), 1), purity)
    nominal = per_formula(masses, taken)
    rounded, impure = per_formula(grams, taken), per_formula(grams, purity)
    elements = pd.DataFrame(
        _summary(nominal, rounded, impure), index=pd.Index(kept, name="element")
    )
    moles = table[["name", "formula", "mass_g"]].assign(millimole=1e3 * masses * taken / molar)
    stated = table.loc[assay, ["formula", "purity_percent"]].to_numpy()
    assays = ", ".join(f"{formula} {percent:g} %" for formula, percent in stated)
    if "Li" not in kept or "P" not in kept:
        return Batch(moles, elements, None, None, assays)
    excess = [_lithium_excess(kept, counts) for counts in (nominal, rounded, impure)]
    return Batch(moles, elements, pd.Series(_summary(*excess), dtype=float), excess[-1], assays)


def taken_share(table: pd.DataFrame) -> NDArray:
    """Purity that the value is computed with: as stated, 1 where that is a minimum only."""
    stated = table["purity_percent"].astype(float)
    return table.get("taken_percent", stated.where(stated < ASSAY, 100.0)).to_numpy(float) / 100


def _summary(nominal: NDArray, rounded: NDArray, impure: NDArray) -> dict[str, NDArray]:
    ends = np.quantile(rounded, [0.025, 0.975], axis=0)
    # impure precursors do not scatter about the pure composition: they have their own middle
    impure_ends = np.quantile(impure, [0.5, 0.025, 0.975], axis=0)
    names = ("value", "rounding_low", "rounding_high", "median", "low", "high")
    return dict(zip(names, (nominal, *ends, *impure_ends), strict=True))


def _lithium_excess(kept: list[str], counts: NDArray) -> NDArray:
    """Lithium over P/3 + trivalent ions, per cent: what Li(1+x)M(x)M'(2-x)(PO4)3 would hold."""
    trivalent = [kept.index(e) for e in kept if e in TRIVALENT]
    needed = counts[..., kept.index("P")] / 3 + counts[..., trivalent].sum(axis=-1)
    return 100 * (counts[..., kept.index("Li")] / needed - 1)


def ratio_to_metals(table: pd.DataFrame, additive: str, grams: float) -> float:
    """Moles of an additive (a chelating acid) per mole of metal ions, phosphorus not counted."""
    metals = 0.0
    for row in table.assign(taken=taken_share(table)).to_dict("records"):
        parsed = model_formulas.parse(row["formula"])
        ions = sum(n for e, n in parsed.items() if e not in (*IGNORED, "P"))
        metals += ions * row["mass_g"] * row["taken"] / model_formulas.molar_mass(parsed)
    if metals <= 0:
        raise ValueError("no precursor holds a metal ion")
    return grams / model_formulas.molar_mass(additive) / metals


def relative_density_draws(
    density_g_cm3: Quantity,
    phases: Mapping[str, tuple[Quantity, Quantity]],
    *,
    draws: int = DRAWS,
    seed: int = 1,
) -> NDArray:
    """Relative densities of a pellet against the pore-free mixture of its phases.

    Parameters
    ----------
    density_g_cm3 : Quantity
        Of the pellet; anywhere between its ends, like all others.
    phases : mapping of str to (weight per cent, density in g cm-3)
        The first is the balance: its percentage is 100 less the others, whatever is given.

    Returns
    -------
    array, shape (draws,)
        In per cent.

    Raises
    ------
    ValueError
        The other phases can exceed 100 %.
    """
    rng = np.random.default_rng(seed)
    names = list(phases)
    weights, densities = (
        np.array([rng.uniform(phases[name][i].lo, phases[name][i].hi, draws) for name in names])
        for i in (0, 1)
    )
    others = weights[1:].sum(axis=0)
    if np.any(others > 100):
        raise ValueError(f"phases beside {names[0]} can add up to {others.max():.0f} %")
    weights[0] = 100 - others
    mixture = 100 / (weights / densities).sum(axis=0)
    pellet = rng.uniform(density_g_cm3.lo, density_g_cm3.hi, draws)
    return model_density.relative_density(pellet, mixture)


def pellet_densities(
    weighings_g: Sequence[str], liquid_g_cm3: float, crystal_g_cm3: float
) -> pd.DataFrame:
    """Density, relative density and porosities of a pellet by Archimedes.

    Parameters
    ----------
    weighings_g : (dry, suspended, soaked)
        Masses as the balance showed them: half of the last digit is their error.
    liquid_g_cm3 : float
        Density of the liquid at its temperature.
    crystal_g_cm3 : float
        Of the pore-free body.

    Returns
    -------
    DataFrame
        ``quantity, value, ci_low, ci_high, unit, method, interval``.

    Raises
    ------
    ValueError
        Not three numbers, or masses out of order (`model_density.archimedes`).
    """
    if len(weighings_g) != 3:
        raise ValueError(f"weighings_g must be dry;suspended;soaked, got {len(weighings_g)}")
    if not crystal_g_cm3 > 0:
        raise ValueError(f"crystal_g_cm3 must be > 0, got {crystal_g_cm3:g}")
    given = [(parse_number(text), half_digit(text)) for text in weighings_g]
    masses = [Quantity(value, value - half, value + half) for value, half in given]
    rows = []
    for quantity, of, unit in (
        ("density", lambda a: a.bulk_density, "g cm-3"),
        ("apparent density", lambda a: a.apparent_density, "g cm-3"),
        ("open porosity", lambda a: a.open_porosity, "%"),
        ("relative density", lambda a: 100 * a.bulk_density / crystal_g_cm3, "%"),
        ("porosity", lambda a: 100 - 100 * a.bulk_density / crystal_g_cm3, "%"),
    ):
        found = corners(lambda *m, of=of: of(model_density.archimedes(*m, liquid_g_cm3)), *masses)
        rows.append((quantity, found.value, found.lo, found.hi, unit))
    columns = ["quantity", "value", "ci_low", "ci_high", "unit"]
    apparent = rows[1][2]  # its lower end
    doubt = (
        f"solid and closed pores weigh {apparent:.4g} g cm-3, and the crystal {crystal_g_cm3:g}: "
        "a wet surface, a bubble, the liquid's density?"
    )
    table = pd.DataFrame(rows, columns=columns).assign(method="Archimedes", interval="rounding")
    return table.assign(doubt=doubt * (apparent > DENSER * crystal_g_cm3))


def lithium_by_difference(
    formula: str, relative_error: float, *, draws: int = DRAWS, seed: int = 1
) -> pd.Series:
    """Lithium as 100 % less the other oxides, each with an independent relative error.

    Returns
    -------
    pandas.Series
        ``li2o_percent`` true weight share, ``value`` lithium per formula unit,
        ``low``, ``high`` its 95 % range, ``relative_stderr``. Only for a report that is
        not normalised to 100 %: in one that is, nothing of the lithium is left.
    """
    shares = model_formulas.oxide_mass_fractions(formula)
    if "Li2O" not in shares:
        raise ValueError(f"{formula!r} holds no lithium")
    if not 0 < relative_error < 1:
        raise ValueError(f"relative_error must lie between 0 and 1, got {relative_error}")
    lithium = model_formulas.parse(formula)["Li"]
    others = np.array([share for name, share in shares.items() if name != "Li2O"])
    rng = np.random.default_rng(seed)
    measured = others * (1 + relative_error * rng.normal(size=(draws, others.size)))
    found = (1 - measured.sum(axis=1)) / shares["Li2O"] * lithium
    low, high = np.quantile(found, [0.025, 0.975])
    return pd.Series(
        {
            "li2o_percent": 100 * shares["Li2O"],
            "value": lithium,
            "low": low,
            "high": high,
            "relative_stderr": found.std(ddof=1) / lithium,
        }
    )
