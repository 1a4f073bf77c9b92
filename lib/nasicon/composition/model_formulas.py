"""Chemical formulas: parsing, molar masses, charges, oxides.

Atomic masses are those of the ``periodictable`` package (conventional IUPAC
values); nothing else is tabulated here but the usual valences.
"""

import difflib
import math
import re
from collections.abc import Mapping
from functools import cache

Composition = dict[str, float]

_BY_VALENCE = {
    1: "H Li Na K",
    2: "Mg Zn Ca",
    3: "B Al Ga In Sc Y La Bi",
    4: "Si Ge Sn Ti Zr Hf",
    5: "P V Nb Ta",
    -2: "O",
    -1: "F Cl",
}
#: The valences that these elements have in oxides and phosphates.
VALENCES = {e: valence for valence, elements in _BY_VALENCE.items() for e in elements.split()}

_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉·•∙⋅*[]{}", "0123456789.....()()")
# "C03", "H20", "P205": no formula counts so
_ZERO = re.compile(r"(?<![\d.])0\d+(?![\d.])|H20$|(?<![\d.])\d0\d(?![\d.])")
_TOKEN = re.compile(r"([A-Z][a-z]*)|(\()|(\))|(\d+\.?\d*|\.\d+)")
# A point before whole water molecules separates a hydrate; any other point is a decimal.
_HYDRATE = re.compile(r"\.(\d*)(H2O)$")


class FormulaError(ValueError):
    """A formula that cannot be read; says which part, and what is expected."""


def parse(formula: str) -> Composition:
    """Count the atoms of a formula, e.g. ``Li1.3Al0.3Ti1.7(PO4)3``.

    Understood are brackets of every kind, decimal and Unicode subscript
    numbers, and whole water of hydration after a point (``Al(NO3)3.9H2O``).

    Parameters
    ----------
    formula : str

    Returns
    -------
    dict of str to float
        Atoms per formula unit, in the order of first appearance.

    Raises
    ------
    FormulaError
        An unknown or misspelt element (near ones are named), unbalanced
        brackets, a variable where a number is needed, or an empty formula.
    """
    text = re.sub(r"\s", "", str(formula)).translate(_PLAIN)
    if not text:
        raise FormulaError("the formula is empty; write for example LiTi2(PO4)3")
    if hydrate := _HYDRATE.search(text):
        head, water = text[: hydrate.start()], int(hydrate.group(1) or 1)
        return combine([(parse(head), 1.0), (parse("H2O"), water)])
    if slip := _ZERO.search(text):
        raise FormulaError(f"{formula!r}: {slip[0]!r} holds a zero for the letter O?")
    stack: list[Composition] = [{}]
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise FormulaError(_unreadable(formula, text, position))
        symbol, opening, closing, _ = token.groups()
        position = token.end()
        if opening:
            stack.append({})
            continue
        if closing and len(stack) == 1:
            raise FormulaError(f"{formula!r} closes a bracket that was not opened")
        if not (symbol or closing):
            raise FormulaError(f"{formula!r}: the number {token.group()!r} follows no element")
        count, position = _count(text, position)
        group = stack.pop() if closing else {_element(symbol, formula): 1.0}
        for element, number in group.items():
            stack[-1][element] = stack[-1].get(element, 0.0) + count * number
    if len(stack) > 1:
        raise FormulaError(f"{formula!r} opens a bracket that is not closed")
    if not any(stack[0].values()):
        raise FormulaError(f"{formula!r} holds no atoms")
    return stack[0]


def _count(text: str, position: int) -> tuple[float, int]:
    number = re.compile(r"\d+\.?\d*|\.\d+").match(text, position)
    return (float(number.group()), number.end()) if number else (1.0, position)


def _unreadable(formula: str, text: str, position: int) -> str:
    rest = text[position:]
    if re.match(r"[+\-−–]", rest):
        return f"{formula!r}: put a number for the variable at {rest[:4]!r}, for example Li1.3"
    if rest[0].islower():
        return f"{formula!r}: element symbols begin with a capital letter, got {rest[:3]!r}"
    return f"{formula!r}: {rest[0]!r} is no part of a formula"


@cache
def _masses() -> dict[str, float]:
    import periodictable

    return {e.symbol: e.mass for e in periodictable.elements if e.symbol != "n"}


def _element(symbol: str, formula: str = "") -> str:
    if symbol in _masses():
        return symbol
    where = f"{formula!r}: " if formula else ""
    if symbol.endswith("x") and (symbol[:-1] in _masses() or not symbol[:-1]):
        raise FormulaError(f"{where}put a number for the variable in {symbol!r}")
    near = difflib.get_close_matches(symbol, _masses(), n=3, cutoff=0.5)
    near += [symbol[:k] for k in (2, 1) if symbol[:k] in _masses() and symbol[:k] not in near]
    hint = f"; did you mean {', '.join(near[:3])}?" if near else ""
    raise FormulaError(f"{where}no element {symbol!r}{hint}")


def as_composition(formula: str | Mapping[str, float]) -> Composition:
    """Parse a formula; a composition that is one already is checked and copied."""
    if isinstance(formula, str):
        return parse(formula)
    return {_element(symbol): float(count) for symbol, count in formula.items()}


def combine(parts: list[tuple[Mapping[str, float], float]]) -> Composition:
    """Sum compositions, each multiplied by its amount."""
    total: Composition = {}
    for composition, amount in parts:
        for element, count in composition.items():
            total[element] = total.get(element, 0.0) + amount * count
    return total


def atomic_mass(element: str) -> float:
    """Molar mass of an element in g/mol."""
    return _masses()[_element(element)]


def molar_mass(formula: str | Mapping[str, float]) -> float:
    """Molar mass of a formula unit in g/mol."""
    return sum(count * atomic_mass(e) for e, count in as_composition(formula).items())


def charge(
    formula: str | Mapping[str, float], valences: Mapping[str, float] | None = None
) -> float:
    """Sum of the valences in elementary charges; zero for a neutral formula.

    Raises
    ------
    FormulaError
        An element whose valence is neither usual (``VALENCES``) nor given.
    """
    known = {**VALENCES, **(valences or {})}
    composition = as_composition(formula)
    if missing := [e for e in composition if e not in known]:
        raise FormulaError(
            f"no usual valence for {', '.join(missing)}: give it, e.g. valences={{'Fe': 3}}"
        )
    return sum(count * known[e] for e, count in composition.items())


def oxide(element: str) -> str:
    """Oxide of an element at its usual valence: ``Li`` -> ``Li2O``, ``P`` -> ``P2O5``."""
    valence = VALENCES.get(_element(element), 0)
    if valence <= 0:
        raise FormulaError(f"no oxide of {element!r} is known here; known are those of VALENCES")
    atoms, oxygens = (2, valence) if valence % 2 else (1, valence // 2)
    return f"{element}{atoms if atoms > 1 else ''}O{oxygens if oxygens > 1 else ''}"


def oxide_mass_fractions(formula: str | Mapping[str, float]) -> Composition:
    """Mass fraction of every oxide that the cations make, summing to one.

    This is how an X-ray fluorescence report is written. Oxygen is not measured
    but follows from the cations and their valences.
    """
    cations = {e: n for e, n in as_composition(formula).items() if VALENCES.get(e, 1) > 0}
    masses = {}
    for element, count in cations.items():
        name = oxide(element)
        masses[name] = count / parse(name)[element] * molar_mass(name)
    total = sum(masses.values())
    return {name: mass / total for name, mass in masses.items()}


def nasicon(x: float, trivalent: str = "Al", tetravalent: str = "Ti") -> Composition:
    """Li(1+x) M(x) M'(2-x) (PO4)3, charge neutral for every x."""
    if not 0 <= x <= 2:
        raise ValueError(f"x must lie between 0 and 2, got {x:g}")
    counts = {"Li": 1 + x, _element(trivalent): x, _element(tetravalent): 2 - x, "P": 3, "O": 12}
    return {e: float(n) for e, n in counts.items() if n > 0}


def additive_per_formula(
    weight_percent: float,
    additive: str,
    element: str,
    host: str | Mapping[str, float],
    *,
    of_total: bool = False,
) -> float:
    """Atoms of an element that an additive brings per formula unit of its host.

    ``of_total``: the percentage counts host and additive together, otherwise
    grams per 100 g of host.
    """
    if not (0 <= weight_percent < 100 and math.isfinite(weight_percent)):
        raise ValueError(f"weight_percent must lie between 0 and 100, got {weight_percent:g}")
    host_grams = 100 - weight_percent if of_total else 100.0
    atoms = parse(additive).get(_element(element), 0.0)
    if not atoms:
        raise FormulaError(f"{additive!r} holds no {element}")
    return atoms * weight_percent / molar_mass(additive) / (host_grams / molar_mass(host))


def formula_text(composition: Mapping[str, float], digits: int = 3) -> str:
    """Write a composition, e.g. ``Li1.540Al0.400Ge1.600P3``; whole numbers stay whole."""
    parts = []
    for element, count in composition.items():
        near = round(count)
        whole = abs(count - near) < 0.5 * 10**-digits
        parts.append(
            element + ("" if whole and near == 1 else f"{near}" if whole else f"{count:.{digits}f}")
        )
    return "".join(parts)
