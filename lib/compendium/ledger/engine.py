"""The engine: a row of the checks, its inputs and its formula become numbers and a status.

Rounding is a bound: the formula is evaluated at the corners of what rounds to the printed
digits. Ranges of our own assumptions are bounds as well. Experimental widths are spreads:
those of independent measurements combine in quadrature (in the logarithm where every value
is positive), one that several inputs share moves them together and enters once.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from compendium.ledger import arrhenius, boron, cells, conductivity, diffraction, esm, pellets
from compendium.ledger.verdict import Standing, judge
from compendium.published import Facts
from compendium.scatter import Scatter
from nasicon.core.interval import Quantity, quantity

FORMULA_MODULES = (arrhenius, boron, cells, conductivity, diffraction, esm, pellets)
Formula = Callable[..., float | Mapping[str, float]]
FORMULAS: dict[str, Formula] = {
    name: function
    for module in FORMULA_MODULES
    for name, function in vars(module).items()
    if callable(function)
    and getattr(function, "__module__", "") == module.__name__
    and not name.startswith("_")
}
FULL_CORNERS = 6  # inputs up to which every corner is tried


@dataclass(frozen=True)
class Outcome:
    """Numbers and status of one row. ``named`` holds every output of the formula by name."""

    status: str
    computed: Quantity | None
    wide: Quantity | None
    stated: Quantity | None
    named: dict[str, Quantity]
    wide_named: dict[str, Quantity]


@dataclass(frozen=True)
class Row:
    """One row of ``checks.csv`` or ``computed_claims.csv`` with the facts it may use.

    Its formula returns a number or named numbers: the first is the computed value, ``judged``
    (if there) is what the status is taken from; ``x.lo`` and ``x.hi`` are a range of ``x``
    that comes out of a table.
    """

    table: Mapping[str, str]
    facts: Facts
    of_claim: bool = False  # a claim that follows from other printed values

    @property
    def id(self) -> str:
        """Name of the row."""
        return self.table["check_id"]

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """What the formula is given: ids (``!id`` an exact setting), assumptions, constants."""
        return tuple(self.table["inputs"].split())

    @cached_property
    def widths(self) -> tuple[str, ...]:
        """Names of the experimental widths that enter."""
        return tuple(filter(None, (w.strip() for w in self.table["widths"].split(";"))))

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """Claims that the row depends on: inputs, what it is held against, what it is about."""
        limits = [i.lstrip("!") for i in self.table["stated"].split("..")]
        used = [t.lstrip("!") for t in self.tokens]
        named = dict.fromkeys([*used, *limits, *self.table["about"].split()])
        return tuple(name for name in named if self.facts.is_claim(name))

    @cached_property
    def assumed(self) -> tuple[str, ...]:
        """Names of the ranged assumptions among the inputs."""
        return tuple(t for t in self.tokens if self.facts.is_assumed(t))

    @property
    def formula(self) -> Formula | None:
        """The function named in the column ``formula``; an error that names the row if unknown."""
        name = self.table["formula"]
        if name and name not in FORMULAS:
            raise ValueError(f"{self.id}: formula {name!r} is no function of the ledger's modules")
        return FORMULAS.get(name)

    @property
    def load_bearing(self) -> bool:
        """Whether a conclusion rests on the claim itself, or on one of a check's claims."""
        if self.of_claim:
            return self.facts.claim(self.id).load_bearing
        return any(self.facts.claim(i).load_bearing for i in self.claims)

    @property
    def standing(self) -> Standing:
        """What statuses the row can reach."""
        table = self.table
        return Standing(
            finding=table["claim_or_finding"] == "finding",
            weighty=self.load_bearing or table["rule"] == "fact",
            capped=bool(table["assumptions"])
            or any(self.facts.assumed(name)["sourced"] == "no" for name in self.assumed)
            or (table["basis"] == "S" and table["claim_or_finding"] == "claim")
            or table["evidence"] == "literature",
            open_=bool(self.widths or self.assumed),
        )

    def arguments(self) -> list[Quantity | str]:
        """Inputs with their rounding; assumptions at their value; text as it is."""
        return [self._argument(token) for token in self.tokens]

    def _argument(self, token: str) -> Quantity | str:
        if token.startswith("="):
            return _constant(token[1:])
        if token.startswith("!"):
            return quantity(self.facts.claim(token[1:]).number)
        if self.facts.is_assumed(token):
            return quantity(float(self.facts.assumed(token)["value"]))
        claim = self.facts.claim(token)
        return claim.value if isinstance(claim.value, str) else quantity(claim)

    def stated(self) -> Quantity | None:
        """What the value is held against: a claim, a phrase, a number or a window ``a..b``."""
        text = self.table["stated"]
        if not text:
            return None
        if text.startswith("wording:"):
            low, high = self.facts.wording(text.removeprefix("wording:"))
            return Quantity(low, low, high)
        ends = [self._limit(part) for part in text.split("..")]
        return Quantity(ends[0].value, ends[0].lo, ends[-1].hi)

    def _limit(self, text: str) -> Quantity:
        if text.startswith("!"):
            return quantity(self.facts.claim(text[1:]).number)
        if self.facts.is_claim(text):
            return quantity(self.facts.claim(text))
        if self.facts.is_assumed(text):
            return Quantity(*self.facts.assumed_range(text))
        try:
            return quantity(float(text))
        except ValueError as error:
            raise ValueError(
                f"{self.id}: stated {text!r} is neither a number, a claim, nor an assumption"
            ) from error


def evaluate(row: Row, scatter: Scatter) -> Outcome:
    """Compute one row and judge it.

    Raises
    ------
    ValueError
        An unknown formula, a formula that does not take the row's inputs, or a row
        without anything to be held against; the message starts with the row's id.
    """
    function = row.formula
    if function is None:
        return Outcome("not testable", None, None, row.stated(), {}, {})
    arguments = row.arguments()
    named = _corners(row, function, arguments)
    first = next(iter(named))
    key = "judged" if "judged" in named else first
    stated = row.stated()
    if stated is None:
        raise ValueError(f"{row.id}: a formula needs something to be held against (stated)")
    if any(math.isnan(x) for x in (named[key].value, named[key].lo, named[key].hi)):
        return Outcome("not testable", None, None, stated, named, {})
    ranged = [
        Quantity(*row.facts.assumed_range(token)) if token in row.assumed else argument
        for token, argument in zip(row.tokens, arguments, strict=True)
    ]
    bounds = _corners(row, function, ranged) if row.assumed else named
    spreads = _spreads(row, function, arguments, scatter)
    wide = {name: _widened(bounds[name], [s[name] for s in spreads]) for name in named}
    if extra := _stated_width(row, scatter):
        wide[key] = _widened(bounds[key], [*(s[key] for s in spreads), extra])
    status = judge(named[key], wide[key], stated, row.standing)
    return Outcome(status, named[first], wide[first], stated, named, wide)


def _call(row: Row, function: Formula, values: Iterable[float | str]) -> dict[str, float]:
    try:
        return _result(function, tuple(values))
    except TypeError as error:
        raise ValueError(
            f"{row.id}: {row.table['formula']} does not take its inputs: {error}"
        ) from error


@lru_cache(maxsize=200_000)
def _result(function: Formula, values: tuple[float | str, ...]) -> dict[str, float]:
    """Outputs of a formula by name; formulas are pure, so each point is computed once."""
    result = function(*values)
    if isinstance(result, Mapping):
        return {name: float(x) for name, x in result.items()}
    return {"computed": float(result)}


def _corners(row: Row, function: Formula, arguments: list[Quantity | str]) -> dict[str, Quantity]:
    """Outputs over the corners of their inputs; a range ``x.lo, x.hi`` is joined to its ``x``."""
    found = _over_corners(row, function, arguments)
    for name in [n for n in found if n.endswith(".lo")]:
        stem = name.removesuffix(".lo")
        ends = found.pop(name), found.pop(f"{stem}.hi")
        found[stem] = _hull(found[stem].value, [ends[0].lo, ends[1].hi])
    return found


def _over_corners(
    row: Row, function: Formula, arguments: list[Quantity | str]
) -> dict[str, Quantity]:
    """Every output at the printed values and over the corners of the intervals.

    Exact where the formula is monotone in each input. Above six inputs that have a width,
    the corners are those in which each input stands where it alone raises or lowers an output.
    """
    centre = [a.value if isinstance(a, Quantity) else a for a in arguments]
    value = _call(row, function, centre)
    free = [i for i, a in enumerate(arguments) if isinstance(a, Quantity) and a.lo < a.hi]

    def at(ends: Mapping[int, float]) -> dict[str, float]:
        return _call(row, function, [ends.get(i, c) for i, c in enumerate(centre)])

    if len(free) <= FULL_CORNERS:
        ends = [(arguments[i].lo, arguments[i].hi) for i in free]
        points = [at(dict(zip(free, point, strict=True))) for point in itertools.product(*ends)]
        return {n: _hull(v, [p[n] for p in points]) for n, v in value.items()}
    alone = {i: (at({i: arguments[i].lo}), at({i: arguments[i].hi})) for i in free}
    found: dict[str, Quantity] = {}
    for name, middle in value.items():
        rising = {i: low[name] <= high[name] for i, (low, high) in alone.items()}
        top = {i: arguments[i].hi if up else arguments[i].lo for i, up in rising.items()}
        bottom = {i: arguments[i].lo if up else arguments[i].hi for i, up in rising.items()}
        found[name] = _hull(middle, [at(bottom)[name], at(top)[name]])
    return found


def _hull(value: float, points: list[float]) -> Quantity:
    if any(math.isnan(x) for x in (value, *points)):
        return Quantity(math.nan, math.nan, math.nan)
    return Quantity(value, min([value, *points]), max([value, *points]))


Spread = tuple[float, float, float]  # the value, and with the width taken down and up


def _spreads(
    row: Row, function: Formula, arguments: list[Quantity | str], scatter: Scatter
) -> list[dict[str, Spread]]:
    """One entry per independent width: every output with that width taken down and up."""
    centre = [a.value if isinstance(a, Quantity) else a for a in arguments]
    middle = {
        n: v for n, v in _call(row, function, centre).items() if not n.endswith((".lo", ".hi"))
    }
    found = []
    for width in row.widths:
        applies = [i for i, t in enumerate(row.tokens) if scatter.applies(width, t)]
        if not applies and scatter.applies(width, row.table["stated"]):
            continue  # the stated number's own width, added where it is compared
        if not applies:
            ends = {n: scatter.ends(v, width) for n, v in middle.items()}
            first = next(iter(middle))
            found.append({n: (v, *(ends[n] if n == first else (v, v))) for n, v in middle.items()})
            continue
        for group in [applies] if scatter.shared(width) else [[i] for i in applies]:
            sides = []
            for side in (0, 1):
                moved = list(centre)
                for i in group:
                    moved[i] = scatter.ends(centre[i], width)[side]
                sides.append(_call(row, function, moved))
            found.append({n: (middle[n], sides[0][n], sides[1][n]) for n in middle})
    return found


def _stated_width(row: Row, scatter: Scatter) -> Spread | None:
    """Scatter of the stated number itself, where a width of the row speaks of it."""
    token = row.table["stated"]
    for width in row.widths:
        if row.facts.is_claim(token) and scatter.applies(width, token):
            value = row.facts.claim(token).number
            return (value, *scatter.ends(value, width))
    return None


def _widened(bound: Quantity, spreads: list[Spread]) -> Quantity:
    """Add independent spreads in quadrature to a bound; in logarithms where all are positive."""
    if not spreads:
        return bound
    numbers = [x for spread in spreads for x in spread] + [bound.lo]
    if any(math.isnan(x) for x in numbers):
        return bound
    logarithmic = min(numbers) > 0 and math.isfinite(max(numbers)) and math.isfinite(bound.hi)
    scale: Callable[[float], float] = math.log if logarithmic else float
    up, down = 0.0, 0.0
    for value, *ends in spreads:
        steps = [0.0 if end == value else scale(end) - scale(value) for end in ends]
        up += max(0.0, *steps) ** 2
        down += min(0.0, *steps) ** 2
    up, down = math.sqrt(up), math.sqrt(down)
    if logarithmic:
        return Quantity(bound.value, bound.lo * math.exp(-down), bound.hi * math.exp(up))
    return Quantity(bound.value, bound.lo - down, bound.hi + up)


def _constant(text: str) -> Quantity | str:
    try:
        return quantity(float(text))
    except ValueError:
        return text
