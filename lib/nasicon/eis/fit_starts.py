"""Start values and bounds of a circuit, found from the spectrum itself.

Once the time constant and exponent of every arc are fixed, a circuit of
blocks in series is linear in all that remains (series resistance, inductance,
arc resistances, 1/Q of the electrode). So arcs are placed on a coarse grid of
apex frequencies and exponents, the rest follows by linear least squares, and
the best placements become the starts of the fit (:mod:`nasicon.core.starts`). A
nested block is linear in its size only: its inner sizes and times are spread evenly over
all that the window can show.
"""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from nasicon.core.starts import place
from nasicon.eis.model_circuits import Circuit, Element, arc_of

APEXES = 18  # grid points of the apex frequency, from half a decade outside the window
ARC_EXPONENTS = (0.85,)
ELECTRODE_EXPONENTS = (0.95, 0.85, 0.75, 0.65, 0.55)
NESTED = 512  # placements of what is inside a nested block
INNER_DECADES = (-2.5, 2.0)  # sizes of its other resistances beside its first
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
    columns = [[np.concatenate([c.real, c.imag]) for c, _ in block] for block in options]
    weight = np.tile(1 / sigma, 2)
    data = np.concatenate([z.real, z.imag]) * weight
    blocks = [np.array(block) * weight for block in columns]
    found = place(blocks, data, lambda picks: _in_falling_order(picks, options, arcs))
    moving = [i for i, block in enumerate(options) if len(block) >= APEXES]
    return np.array(
        [
            np.concatenate(
                [
                    block[found.picks[row, b]][1](found.coefficients[row, b])
                    for b, block in enumerate(options)
                ]
            )
            for row in found.distinct(count, moving)
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


def is_linear(block: object) -> bool:
    """Whether a block is linear in all that its placement does not fix."""
    return isinstance(block, Element) or arc_of(block) is not None


def _has_apex(block: object) -> bool:
    return arc_of(block) is not None or getattr(block, "kind", "") in ("HN", "Ws", "Wo")


def _options(block: object, omega: NDArray, z: NDArray) -> list:
    """Unit columns of a block and, for each, the values that a coefficient stands for."""
    local = Circuit.parse(str(block))
    kinds = [element.kind for element in local.elements]
    tiny = {  # of its impedance: no start is zero
        "R": 1e-4 * np.abs(z).min(),
        "L": 1e-3 * np.abs(z[np.argmax(omega)]),
    }.get(getattr(block, "kind", ""), 1e-4 * np.abs(z).max())
    power = np.array([p for kind in kinds for p in _LEAVES[kind][1]])
    linear = is_linear(block)
    points = _grid(block, kinds, omega) if linear else _spread(kinds, omega)
    leaves = [[_LEAVES[kind][2](*own) for kind, own in zip(kinds, p, strict=True)] for p in points]
    values = np.array([np.concatenate(one) for one in leaves])
    shapes = local.impedance(values, omega)
    units = np.ones(len(values)) if linear else np.abs(shapes).max(axis=1)
    return [
        (shape / unit, _scaled(own, power, unit, tiny))
        for shape, own, unit in zip(shapes, values, units, strict=True)
    ]


def _grid(block: object, kinds: list[str], omega: NDArray) -> list:
    """Size, frequency and exponent of the leaves of a block that is linear in the rest.

    Of one without an apex the frequency is the end of the window where its impedance is largest.
    """
    frequencies, exponents = _apexes(omega), ARC_EXPONENTS
    if not _has_apex(block):
        known = {"L": omega.max(), "W": 2.0}  # at 2 rad/s a Warburg impedance is its coefficient
        frequencies = [known.get(kinds[0], omega.min())]
        exponents = ELECTRODE_EXPONENTS
    if not {*kinds} & {"CPE", "HN"}:
        exponents = (1.0,)
    return [[(1.0, w, n)] * len(kinds) for w in frequencies for n in exponents]


def _spread(kinds: list[str], omega: NDArray) -> Iterator[list]:
    """The same of the leaves of a nested block, spread evenly over many decades.

    It is linear in its size only: resistive elements take sizes relative to the first of them,
    reactive ones the frequency at which their impedance equals it, in Halton's sequence.
    """
    places = [(i, what) for i, kind in enumerate(kinds) for what in _LEAVES[kind][0]]
    unit_size = next((place_ for place_ in places if place_[1] == "size"), None)
    places = [place_ for place_ in places if place_ != unit_size]
    edges = np.log(_apexes(omega)[[-1, 0]])
    for point in qmc.Halton(len(places), scramble=False).random(NESTED + 1)[1:]:
        u, leaves = dict(zip(places, point, strict=True)), []
        for i in range(len(kinds)):
            size = 10 ** np.interp(u[i, "size"], [0, 1], INNER_DECADES) if (i, "size") in u else 1.0
            w = math.exp(np.interp(u[i, "w"], [0, 1], edges)) if (i, "w") in u else 1.0
            leaves.append((size, w, float(np.interp(u.get((i, "n"), 0.5), [0, 1], [0.55, 1.0]))))
        yield leaves


def _apexes(omega: NDArray) -> NDArray:
    return np.geomspace(omega.max() * 3.2, omega.min() / 3.2, APEXES)


def _scaled(values: NDArray, power: NDArray, unit: float, tiny: float) -> Callable:
    """Values of a block whose impedance reaches a coefficient."""
    return lambda a: list(values * (max(a, tiny) / unit) ** power)


#: By kind of a leaf: what it is placed by in a nested block, how its values follow its size, and
#: they themselves from a resistance, a frequency and an exponent.
_LEAVES = {
    "R": (("size",), (1,), lambda r, w, n: [r]),
    "C": (("w",), (-1,), lambda r, w, n: [1 / (r * w)]),
    "L": (("w",), (1,), lambda r, w, n: [r / w]),
    "CPE": (("w", "n"), (-1, 0), lambda r, w, n: [w**-n / r, n]),
    "W": (("w",), (1,), lambda r, w, n: [r * math.sqrt(w / 2)]),
    "Ws": (("size", "w"), (1, 0), lambda r, w, n: [r, 1 / w]),
    "Wo": (("size", "w"), (1, 0), lambda r, w, n: [r, 1 / w]),
    "HN": (("size", "w"), (1, 0, 0, 0), lambda r, w, n: [r, 1 / w, n, 0.9]),
}


def _in_falling_order(picks: NDArray, options: list, arcs: list[int]) -> NDArray:
    """Whether arcs of one kind have falling apex frequencies."""
    kept = np.ones(len(picks), dtype=bool)
    for one, two in itertools.pairwise(arcs):
        if len(options[one]) == len(options[two]):
            per_apex = len(options[one]) // APEXES
            kept &= picks[:, one] // per_apex < picks[:, two] // per_apex
    return kept
