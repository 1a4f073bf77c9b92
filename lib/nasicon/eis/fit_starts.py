"""Start values and bounds of a circuit, found from the spectrum itself.

Once the time constant and exponent of every arc are fixed, a circuit of
blocks in series is linear in all that remains (series resistance, inductance,
arc resistances, 1/Q of the electrode). So arcs are placed on a coarse grid of
apex frequencies and exponents, the rest follows by linear least squares, and
the best placements become the starts of the fit (variable projection: Golub
and Pereyra, Inverse Problems 19 (2003) R1).
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from nasicon.eis.model_circuits import Circuit, CircuitSyntaxError, Element, arc_of

__all__ = ["Circuit", "CircuitSyntaxError", "bounds", "starts"]

APEXES = 18  # grid points of the apex frequency, from half a decade outside the window
ARC_EXPONENTS = (0.85,)
ELECTRODE_EXPONENTS = (0.95, 0.85, 0.75, 0.65, 0.55)
BOUND_DECADES = 4.0  # positive parameters stay this close to the data-driven guess


def starts(
    circuit: Circuit, omega: NDArray, z: NDArray, sigma: NDArray, count: int = 24
) -> NDArray:
    """Data-driven starts, best first, shape (count, p).

    Parameters
    ----------
    circuit : Circuit
    omega : ndarray, shape (n,)
        Angular frequency in rad/s.
    z : ndarray of complex, shape (n,)
        Impedance in ohm.
    sigma : ndarray, shape (n,)
        Standard deviation of Re and Im (relative weights suffice).
    count : int
        How many starts.
    """
    options = [_options(block, omega, z) for block in circuit.blocks]
    arcs = [i for i, block in enumerate(circuit.blocks) if _has_apex(block)]
    columns = [column for block in options for column in block]
    design = np.array([np.concatenate([c[0].real / sigma, c[0].imag / sigma]) for c in columns])
    data = np.concatenate([z.real / sigma, z.imag / sigma])
    gram, projection = design @ design.T, design @ data
    first = np.cumsum([0, *(len(block) for block in options)])[:-1]
    picks = _combinations(options, arcs)
    coefficients, chi2 = _nonnegative(gram, projection, first + picks, float(data @ data))
    placed = np.where(coefficients > 0, picks, -1)[:, arcs]  # an arc of no size has no place
    order = _distinct(np.argsort(chi2, kind="stable"), placed, count)
    return np.array(
        [
            np.concatenate(
                [options[b][picks[row, b]][1](coefficients[row, b]) for b in range(len(options))]
            )
            for row in order
        ]
    )


def bounds(circuit: Circuit, guesses: NDArray) -> tuple[NDArray, NDArray]:
    """Box round the starts: some decades for positive parameters, the element's own for others."""
    positive = np.array([p.positive for p in circuit.parameters])
    hard_lower = np.array([p.lower for p in circuit.parameters])
    hard_upper = np.array([p.upper for p in circuit.parameters])
    reach = 10.0**BOUND_DECADES
    lower = np.where(positive, guesses.min(axis=0) / reach, hard_lower)
    upper = np.where(positive, guesses.max(axis=0) * reach, hard_upper)
    return lower, upper


def _has_apex(block: object) -> bool:
    return arc_of(block) is not None or getattr(block, "kind", "") in ("HN", "Ws", "Wo")


def _options(block: object, omega: NDArray, z: NDArray) -> list:
    """Unit columns of a block and, for each, the values that a coefficient stands for."""
    s = 1j * omega
    largest = float(np.abs(z).max())
    tiny = 1e-4 * largest
    apexes = np.geomspace(omega.max() * 3.2, omega.min() / 3.2, APEXES)
    pair = arc_of(block)
    if pair:
        return [_arc_option(pair, s, 1 / w, n, tiny) for w in apexes for n in _exponents(pair[1])]
    kind = getattr(block, "kind", None)
    if kind == "R":
        return [(np.ones_like(s), lambda a: [max(a, 1e-4 * np.abs(z).min())])]
    if kind == "L":
        floor = 1e-3 * np.abs(z[np.argmax(omega)]) / omega.max()
        return [(s, lambda a: [max(a, floor)])]
    if kind == "C":
        return [(1 / s, lambda a: [1 / max(a, tiny * omega.min())])]
    if kind == "W":
        return [(np.sqrt(2 / s), lambda a: [max(a, tiny)])]
    if kind == "CPE":
        return [
            (s**-n, lambda a, n=n: [1 / max(a, tiny * omega.min() ** n), n])
            for n in ELECTRODE_EXPONENTS
        ]
    if kind == "HN":
        return [
            (1 / (1 + (s / w) ** n), lambda a, w=w, n=n: [max(a, tiny), 1 / w, n, 0.9])
            for w in apexes
            for n in ARC_EXPONENTS
        ]
    if kind in ("Ws", "Wo"):
        return [_diffusion_option(kind, s, w, tiny) for w in apexes]
    return _nested_options(block, s, apexes, largest)


def _arc_option(
    pair: tuple[Element, Element], s: NDArray, tau: float, n: float, tiny: float
) -> tuple:
    """A unit arc 1/(1 + (s tau)^n); Q = tau^n/R (or C = tau/R), in the order of the string."""

    def values(a: float) -> list[float]:
        r = max(a, tiny)
        capacitive = [tau / r] if pair[1].kind == "C" else [tau**n / r, n]
        return [r, *capacitive] if pair[0].start < pair[1].start else [*capacitive, r]

    return 1 / (1 + (s * tau) ** n), values


def _exponents(capacitive: Element) -> tuple[float, ...]:
    return (1.0,) if capacitive.kind == "C" else ARC_EXPONENTS


def _diffusion_option(kind: str, s: NDArray, w: float, tiny: float) -> tuple:
    root = np.sqrt(s / w)
    shape = np.tanh(root) / root if kind == "Ws" else 1 / (np.tanh(root) * root)
    return shape, lambda a: [max(a, tiny), 1 / w]


def _nested_options(block: object, s: NDArray, apexes: NDArray, largest: float) -> list:
    """A block that is not linear in one number: try plausible values at each apex frequency.

    Every resistive element takes the span of the data, every reactive one the
    value whose impedance equals it at the apex.
    """
    elements = _leaves(block)
    local = Circuit.parse(str(block))
    options = []
    for w in apexes:
        values = [v for e in elements for v in _plausible(e.kind, largest, w)]
        shape = local.impedance(np.array(values), s.imag) / largest
        options.append((shape, lambda a, values=values: values))
    return options


def _plausible(kind: str, r: float, w: float) -> list[float]:
    return {
        "R": [r],
        "C": [1 / (r * w)],
        "L": [r / w],
        "CPE": [w**-0.85 / r, 0.85],
        "W": [r * math.sqrt(w / 2)],
        "Ws": [r, 1 / w],
        "Wo": [r, 1 / w],
        "HN": [r, 1 / w, 0.9, 0.9],
    }[kind]


def _leaves(block: object) -> list[Element]:
    if isinstance(block, Element):
        return [block]
    return [leaf for child in block.children for leaf in _leaves(child)]


def _combinations(options: list, arcs: list[int]) -> NDArray:
    """Every choice of one option a block; arcs of one kind in falling apex frequency only."""
    sizes = tuple(len(block) for block in options)
    picks = np.indices(sizes).reshape(len(sizes), -1).T
    for one, two in itertools.pairwise(arcs):
        if len(options[one]) == len(options[two]):
            per_apex = len(options[one]) // APEXES
            picks = picks[picks[:, one] // per_apex < picks[:, two] // per_apex]
    return picks


def _nonnegative(
    gram: NDArray, projection: NDArray, columns: NDArray, total: float
) -> tuple[NDArray, NDArray]:
    """Least squares on many column subsets at once; negative coefficients are dropped in turn."""
    rows, width = columns.shape
    x = np.zeros((rows, width))
    chi2 = np.full(rows, total)
    active = np.ones((rows, width), dtype=bool)
    todo = np.arange(rows)
    for _ in range(width):
        picked, on = columns[todo], active[todo]
        g = gram[picked[:, :, None], picked[:, None, :]] * (on[:, :, None] & on[:, None, :])
        diagonal = g[:, range(width), range(width)]
        g[:, range(width), range(width)] = np.where(on, diagonal * (1 + 1e-10), 1.0)
        b = np.where(on, projection[picked], 0.0)
        x[todo] = solution = np.linalg.solve(g, b[..., None])[..., 0]
        chi2[todo] = total - np.einsum("rw,rw->r", solution, b)
        share = solution * b  # the part of the data that a column explains
        negative = (solution < 0).any(axis=1)
        if not negative.any():
            break
        todo = todo[negative]
        lost = np.where(solution < 0, np.abs(share), -1.0)[negative].argmax(axis=1)
        active[todo, lost] = False
    return np.maximum(x, 0.0), chi2


def _distinct(order: NDArray, keys: NDArray, count: int) -> list[int]:
    """The first ``count`` rows of the order whose arc placements differ from each other."""
    seen: set[tuple[int, ...]] = set()
    chosen = []
    for row in order:
        key = tuple(keys[row])
        if key not in seen:
            seen.add(key)
            chosen.append(int(row))
        if len(chosen) == count:
            break
    return chosen
