"""Where a fit starts: what a model is not linear in is placed on a grid, the rest follows.

A model that is a sum of blocks (arcs, sites, bands) with some linear coefficient each is
fitted linearly for every combination of placed blocks, with coefficients that are not
negative, and the best combinations become the starts (variable projection: Golub and
Pereyra, Inverse Problems 19 (2003) R1). Blocks are so placed against each other, not each
for itself at the highest point of the data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALL = 2_000_000  # combinations that are listed before some are ruled out
MOST = 40_000  # that are fitted at once; more are built up block by block
EXACT = 4_000  # of a step of these that are fitted, chosen by what a further block alone gains


@dataclass(frozen=True)
class Placements:
    """Combinations of placed blocks, best first.

    Attributes
    ----------
    picks : ndarray of int, shape (k, blocks)
        Which option of each block.
    coefficients : ndarray, shape (k, blocks)
    chi2 : ndarray, shape (k,)
    """

    picks: NDArray
    coefficients: NDArray
    chi2: NDArray

    def distinct(self, count: int, blocks: Sequence[int]) -> NDArray:
        """First ``count`` rows that differ in where ``blocks`` lie; one of no size has no place."""
        if not blocks:
            return np.zeros(1, dtype=int)
        placed = np.where(self.coefficients > 0, self.picks, -1)[:, list(blocks)]
        first = np.sort(np.unique(placed, axis=0, return_index=True)[1])
        return first[:count]


def place(
    blocks: Sequence[NDArray],
    data: NDArray,
    allowed: Callable[[NDArray], NDArray] | None = None,
    most: int = MOST,
    rows: int | None = None,
) -> Placements:
    """Fit every combination of one option a block, coefficients >= 0.

    Parameters
    ----------
    blocks : sequence of ndarray, shape (options, m)
        Weighted columns; what is fitted freely (a baseline) is projected out before.
    data : ndarray, shape (m,)
        Weighted likewise.
    allowed : callable, optional
        ``picks (k, blocks) -> bool (k,)``: leaves out what only exchanges like blocks.
    most, rows : int
        With more than ``most`` combinations the blocks are added one by one, the ``rows`` best
        partial combinations kept, and each block then placed anew beside the others.
    """
    sizes = [len(block) for block in blocks]
    columns = np.concatenate(blocks)
    gram, projection, total = columns @ columns.T, columns @ data, float(data @ data)
    first = np.cumsum([0, *sizes])[:-1]
    everywhere = list(range(len(sizes)))

    def solved(picks: NDArray, where: list[int]) -> tuple[NDArray, NDArray]:
        return nonnegative(gram, projection, first[where] + picks, total)

    def joined(picks: NDArray, where: list[int], b: int) -> NDArray:
        """Best combinations of some blocks with every option of one more, best first."""
        held, options = first[where] + picks, np.arange(sizes[b])
        coefficients, chi2 = solved(picks, where)
        on = coefficients > 0
        square = gram[held[:, :, None], held[:, None, :]] * (on[:, :, None] & on[:, None, :])
        square = square + np.eye(len(where)) * np.where(on, 1e-10 * total, 1.0)[:, None, :]
        cross = gram[held[:, :, None], first[b] + options] * on[:, :, None]
        along = np.linalg.solve(square, cross)
        left = projection[first[b] + options] - np.einsum(
            "rw,rwo->ro", projection[held] * on, along
        )
        own = gram[first[b] + options, first[b] + options]
        free = np.maximum(own - np.einsum("rwo,rwo->ro", cross, along), 1e-9 * own)
        reached = (chi2[:, None] - np.maximum(left, 0) ** 2 / free).ravel()
        best = np.argpartition(reached, min(EXACT, reached.size) - 1)[:EXACT]
        crossed = np.column_stack([picks[best // sizes[b]], best % sizes[b]])
        return crossed[np.argsort(solved(crossed, [*where, b])[1], kind="stable")]

    picks = None
    if np.prod([float(size) for size in sizes]) <= ALL:
        picks = np.indices(sizes).reshape(len(sizes), -1).T
        picks = picks[allowed(picks)] if allowed else picks
    if picks is None or len(picks) > most:
        rows = rows or most // max(sizes)
        picks = np.zeros((1, 0), dtype=int)
        for b in everywhere:
            picks = joined(picks[:rows], everywhere[:b], b)
        for b in everywhere:
            others = np.delete(everywhere, b)
            rest = np.unique(np.delete(picks[:rows], b, axis=1), axis=0)
            picks = joined(rest, list(others), b)[:, np.argsort([*others, b])]
    coefficients, chi2 = solved(picks, everywhere)
    order = np.argsort(chi2, kind="stable")
    return Placements(picks[order], coefficients[order], chi2[order])


def nonnegative(
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
