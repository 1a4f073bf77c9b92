"""Equivalent circuits: a grammar, the elements with their units, impedance and exact Jacobian.

Grammar (labels are an element's symbol and an optional number, each used once)::

    circuit  = series
    series   = group { ("-" | "+") group }
    parallel = group { ("||" | "|") group }
    group    = label | "(" series ")" | "(" parallel ")"

``L0-R1-(R2||CPE2)-CPE3`` is an inductor, a resistor, an arc and a blocking
electrode in series. ``-`` and ``||`` may not be mixed without brackets, so a
string has one reading only. Values are arrays in the order of
:attr:`Circuit.names`; a leading batch axis evaluates many sets at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from operator import add
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasicon.eis.model_elements import ALIASES, ELEMENTS, Parameter


class CircuitSyntaxError(ValueError):
    """A circuit string that cannot be read; the message points at the place."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        self.position = position
        super().__init__(f"{problem}, at position {position + 1}:\n  {text}\n  {' ' * position}^")


@dataclass(frozen=True)
class Element:
    """A leaf of the circuit: its label, kind, and where its values start in the value vector."""

    label: str
    kind: str
    start: int = 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameter names, for example ``("CPE2_Q", "CPE2_n")``."""
        return tuple(self.label + p.suffix for p in ELEMENTS[self.kind].parameters)

    def evaluate(self, s: NDArray, values: NDArray) -> tuple[NDArray, list[tuple[int, NDArray]]]:
        """Impedance and the list of (value index, derivative)."""
        kind = ELEMENTS[self.kind]
        own = range(self.start, self.start + len(kind.parameters))
        z, slopes = kind.evaluate(s, *(values[..., i, None] for i in own))
        return z, list(zip(own, slopes, strict=True))

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Series:
    """Blocks in series: impedances add."""

    children: tuple[Node, ...]

    def evaluate(self, s: NDArray, values: NDArray) -> tuple[NDArray, list[tuple[int, NDArray]]]:
        """Impedance and derivatives of the sum."""
        parts = [child.evaluate(s, values) for child in self.children]
        z = reduce(add, (z for z, _ in parts))
        return z, [slope for _, slopes in parts for slope in slopes]

    def __str__(self) -> str:
        return "-".join(f"({c})" if isinstance(c, Parallel) else str(c) for c in self.children)


@dataclass(frozen=True)
class Parallel:
    """Blocks in parallel: admittances add."""

    children: tuple[Node, ...]

    def evaluate(self, s: NDArray, values: NDArray) -> tuple[NDArray, list[tuple[int, NDArray]]]:
        """Impedance and derivatives; dZ/dp = (Z/Z_i)^2 dZ_i/dp."""
        parts = [child.evaluate(s, values) for child in self.children]
        admittances = [1 / z for z, _ in parts]
        z = 1 / reduce(add, admittances)
        derivatives = []
        for admittance, (_, slopes) in zip(admittances, parts, strict=True):
            gain = (z * admittance) ** 2
            derivatives += [(index, gain * slope) for index, slope in slopes]
        return z, derivatives

    def __str__(self) -> str:
        return "||".join(f"({c})" if isinstance(c, Series) else str(c) for c in self.children)


Node = Element | Series | Parallel


@dataclass(frozen=True)
class Circuit:
    """A parsed circuit. Build it with :meth:`parse`.

    Attributes
    ----------
    tree : Node
        The circuit as nested series and parallel blocks.
    elements : tuple of Element
        Leaves in the order of the string.
    """

    tree: Node
    elements: tuple[Element, ...]

    @staticmethod
    @lru_cache(maxsize=256)
    def parse(text: str | Circuit) -> Circuit:
        """Read a circuit string; a circuit is returned as it is.

        Raises
        ------
        CircuitSyntaxError
            With the position, for an unknown element, a repeated label, a
            missing bracket or ``-`` and ``||`` mixed without brackets.
        """
        if isinstance(text, Circuit):
            return text
        parser = _Parser(text)
        return Circuit(parser.expression(closing=""), tuple(parser.elements))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameter names in the order of the value vector."""
        return tuple(name for element in self.elements for name in element.names)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameter definitions in the order of the value vector."""
        return tuple(p for e in self.elements for p in ELEMENTS[e.kind].parameters)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Unit of each parameter."""
        return tuple(p.unit for p in self.parameters)

    @cached_property
    def blocks(self) -> tuple[Node, ...]:
        """The blocks that the circuit puts in series."""
        return self.tree.children if isinstance(self.tree, Series) else (self.tree,)

    @cached_property
    def arcs(self) -> tuple[tuple[Element, Element], ...]:
        """The (R, CPE or C) pairs in parallel, in the order of the string."""
        return tuple(pair for block in self.blocks if (pair := arc_of(block)))

    def impedance(self, values: ArrayLike, omega: ArrayLike) -> NDArray:
        """Complex impedance in ohm, shape (..., n), of values (..., p) at omega (n,) in rad/s."""
        return self.evaluate(values, omega)[0]

    def evaluate(self, values: ArrayLike, omega: ArrayLike) -> tuple[NDArray, NDArray]:
        """Impedance (..., n) and Jacobian (..., n, p) in one pass."""
        values = np.asarray(values, dtype=float)
        if values.shape[-1:] != (len(self.names),):
            raise ValueError(
                f"circuit {self} needs {len(self.names)} values ({', '.join(self.names)}), "
                f"got an array of shape {values.shape}"
            )
        s = 1j * np.asarray(omega, dtype=float)
        z, slopes = self.tree.evaluate(s, values)
        rows = np.empty((*values.shape, s.size), dtype=complex)  # one contiguous row a parameter
        for index, slope in slopes:
            rows[..., index, :] = slope
        return z + np.zeros(s.size, dtype=complex), rows.swapaxes(-1, -2)

    def __str__(self) -> str:
        return str(self.tree)


def arc_of(block: Node) -> tuple[Element, Element] | None:
    """The (R, CPE or C) pair if the block is one resistor parallel to one capacitive element."""
    if not isinstance(block, Parallel) or len(block.children) != 2:
        return None
    by_kind = {getattr(child, "kind", ""): child for child in block.children}
    resistor, capacitive = by_kind.get("R"), by_kind.get("CPE", by_kind.get("C"))
    return (resistor, capacitive) if resistor and capacitive else None


_TOKEN = re.compile(r"[A-Za-z]+\d*|\|\||[|‖+\-()]|(?P<wrong>\S)")
_OPERATORS = {"+": "-", "|": "||", "‖": "||"}


class _Parser:
    """Recursive descent over (token, position) pairs."""

    def __init__(self, text: str) -> None:
        self.text, self.elements, self.size, self.next = text, [], 0, 0
        self.tokens: list[tuple[str, int]] = []
        for match in _TOKEN.finditer(text):
            if match["wrong"]:
                self.fail(match.start(), f"unexpected character {match[0]!r}")
            self.tokens.append((_OPERATORS.get(match[0], match[0]), match.start()))
        self.tokens.append(("", len(text)))

    def fail(self, place: int, problem: str) -> NoReturn:
        raise CircuitSyntaxError(self.text, place, problem)

    def take(self) -> tuple[str, int]:
        self.next += 1
        return self.tokens[self.next - 1]

    def expression(self, closing: str) -> Node:
        """Groups joined by one operator, up to (not including) the closing token."""
        nodes, operator = [self.group()], ""
        while True:
            token, place = self.tokens[self.next]
            if token == closing:
                break
            if token not in ("-", "||"):
                expected = f"expected '-', '||' or {_shown(closing)}"
                self.fail(place, f"{expected}, found {_shown(token)}")
            if operator and token != operator:
                self.fail(place, "'-' and '||' are mixed: put brackets round one of them")
            operator = token
            self.take()
            nodes.append(self.group())
        return _joined(Series if operator == "-" else Parallel, nodes)

    def group(self) -> Node:
        token, place = self.take()
        if token == "(":
            node = self.expression(closing=")")
            self.take()
            return node
        if not token[:1].isalpha():
            self.fail(place, f"expected an element or '(', found {_shown(token)}")
        return self.element(token, place)

    def element(self, label: str, place: int) -> Element:
        symbol = label.rstrip("0123456789")
        kind = ALIASES.get(symbol, symbol)
        if kind not in ELEMENTS:
            known = ", ".join([*ELEMENTS, *ALIASES])
            told = f"the known ones are {known}; R1||C1 is the two in parallel"
            self.fail(place, f"unknown element {label!r}; {told}")
        if any(label == other.label for other in self.elements):
            self.fail(place, f"the label {label!r} is used twice")
        element = Element(label, kind, self.size)
        self.size += len(ELEMENTS[kind].parameters)
        self.elements.append(element)
        return element


def _shown(token: str) -> str:
    return repr(token) if token else "the end"


def _joined(kind: type, nodes: list[Node]) -> Node:
    """One block of several, (A-B)-C as A-B-C; one alone stays as it is."""
    if len(nodes) == 1:
        return nodes[0]
    parts = [node.children if isinstance(node, kind) else (node,) for node in nodes]
    return kind(tuple(child for part in parts for child in part))
