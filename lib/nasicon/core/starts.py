"""Where a fit starts: what a model is not linear in is placed on a grid, the rest follows.

A model that is a sum of blocks (arcs, sites, bands) with some linear coefficient each is
fitted linearly for every combination of placed blocks, with coefficients that are not
negative, and the best combinations become the starts (variable projection: Golub and
Pereyra, Inverse Problems 19 (2003) R1). Blocks are so placed against each other, not each
for itself at the highest point of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALL = 2_000_000  # combinations that are listed before some are ruled out
MOST = 40_000  # that are fitted at once; more are built up block by block


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
    most : int
        With more combinations the blocks are added one by one, the best partial
        combinations kept, and each block then placed anew beside the others.
    """
    sizes = [len(block) for block in blocks]
    columns = np.concatenate(blocks)
    gram, projection, total = columns @ columns.T, columns @ data, float(data @ data)
    first = np.cumsum([0, *sizes])[:-1]
    everywhere = list(range(len(sizes)))

    def solved(picks: NDArray, where: list[int]) -> tuple[NDArray, NDArray]:
        return nonnegative(gram, projection, first[where] + picks, total)

    picks = None
    if np.prod([float(size) for size in sizes]) <= ALL:
        picks = np.indices(sizes).reshape(len(sizes), -1).T
        picks = picks[allowed(picks)] if allowed else picks
    if picks is None or len(picks) > most:
        picks = np.zeros((1, 0), dtype=int)
        for b in everywhere:
            picks = _crossed(picks, sizes[b])
            chi2 = solved(picks, everywhere[: b + 1])[1]
            picks = picks[np.argsort(chi2, kind="stable")[: most // max(sizes)]]
        for b in everywhere:
            rest = np.unique(np.delete(picks[: most // max(sizes)], b, axis=1), axis=0)
            picks = np.insert(_crossed(rest, sizes[b]), b, 0, axis=1)
            picks[:, b], picks = picks[:, -1], picks[:, :-1]
            picks = picks[np.argsort(solved(picks, everywhere)[1], kind="stable")]
    coefficients, chi2 = solved(picks, everywhere)
    order = np.argsort(chi2, kind="stable")
    return Placements(picks[order], coefficients[order], chi2[order])


def _crossed(picks: NDArray, size: int) -> NDArray:
    """Every row with every option of one more block."""
    return np.column_stack([np.repeat(picks, size, axis=0), np.tile(np.arange(size), len(picks))])


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
