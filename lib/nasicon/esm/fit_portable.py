"""The map fit without a compiler: the common engine on a batch of pixels.

Same model, bounds, outputs and verdicts as :mod:`nasicon.esm.fit_kernel`, another
algorithm (all parameters at once instead of two with the numerator eliminated), so the
two also check each other. It is some fifty times slower.
"""

import numpy as np
from numpy.typing import NDArray

from nasicon.core.fitting import levenberg_marquardt, standard_errors
from nasicon.core.result import LN10, Problem
from nasicon.esm import fit_rows as row
from nasicon.esm.model_oscillator import oscillator, oscillator_jacobian

REACH = 1e9  # bound of the amplitude in units of the data, either way
TURNS = 10.0  # of the phase


def fit_block(
    data: NDArray,
    is_complex: bool,
    x: NDArray,
    box: tuple[float, float, float, float],
    max_iterations: int,
    out: NDArray,
    status: NDArray,
    iterations: NDArray,
) -> None:
    """Fit every row of ``data``; arguments as in the compiled kernel.

    ``iterations`` holds those of the whole batch.
    """
    y = data[..., 0] + 1j * data[..., 1] if is_complex else data[..., 0].astype(float)
    out[:] = np.nan
    iterations[:] = 0
    total = (np.abs(y) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore"):
        varied = total - np.abs(y.sum(axis=1)) ** 2 / x.size > row.FLAT * total
    status[:] = np.where(np.isfinite(total), row.DEAD, row.MASKED)
    used = np.flatnonzero(varied & np.isfinite(total))
    if not used.size:
        return
    unit = np.sqrt(total[used] / x.size)
    y = y[used] / unit[:, None]
    problem = _problem(y, is_complex, x, box)
    guess = np.clip(_start(y, x, problem), problem.lower, problem.upper)
    minima = levenberg_marquardt(problem, guess, max_iterations=max_iterations, tolerance=1e-9)
    values, p = minima.values, len(problem.names)
    part = np.full((row.ROWS, used.size), np.nan)
    part[:p] = values.T
    errors = standard_errors(problem, values) * np.where(problem.positive, values * LN10, 1.0)
    part[row.SE_AMPLITUDE :][:p] = errors.T
    part[[row.AMPLITUDE, row.SE_AMPLITUDE]] *= unit
    part[row.PHASE] = np.angle(np.exp(1j * part[row.PHASE]))
    residual = problem.evaluate(values)[0]
    rss = (residual**2).sum(axis=1)
    scatter = (np.abs(y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    part[row.R_SQUARED] = 1 - rss / scatter
    part[row.NOISE] = unit * np.sqrt(rss / (residual.shape[1] - p))
    rows = residual.reshape(used.size, -1, x.size)  # real and imaginary parts
    lag = (rows[..., 1:] * rows[..., :-1]).sum(axis=(1, 2))
    part[row.CORRELATION] = np.divide(lag, rss, out=np.zeros_like(rss), where=rss > 0)
    (_, f0, quality), (_, f0_then, quality_then) = values.T[:3], guess.T[:3]
    width = (f0 / quality) / (f0_then / quality_then)
    part[row.MOVED] = np.abs(f0 / f0_then - 1) * quality + np.abs(width - 1)
    out[:, used] = part
    at_bound = (values[:, 1:3] <= problem.lower[1:3]) | (values[:, 1:3] >= problem.upper[1:3])
    status[used] = np.select(  # worst news first
        [
            ~minima.converged | (max_iterations == 0),
            at_bound.any(axis=1),
            (f0 < x[0]) | (f0 > x[-1]),
            errors[:, 2] / quality < row.UNCERTAIN,
        ],
        [row.NOT_CONVERGED, row.AT_BOUND, row.OUTSIDE_WINDOW, row.CONVERGED],
        row.NOT_IDENTIFIABLE,
    )
    iterations[used] = minima.iterations


def _problem(y: NDArray, is_complex: bool, x: NDArray, box: tuple[float, ...]) -> Problem:
    """Amplitude, resonance and quality factor of every row, and the phase of complex ones."""
    names = ("amplitude", "resonance", "quality", *["phase"] * is_complex)

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        columns = [values[:, i, None] for i in range(len(names))]
        columns += [np.zeros_like(columns[0])] * (not is_complex)
        response, slopes = oscillator(x, *columns), oscillator_jacobian(x, *columns)
        if is_complex:
            misfit = response - y
            return (
                np.concatenate([misfit.real, misfit.imag], axis=1),
                np.concatenate([slopes.real, slopes.imag], axis=1),
            )
        size = np.abs(response)
        return size - y, (response.conj()[..., None] * slopes[..., :3]).real / size[..., None]

    lower = np.array([1 / REACH, np.sqrt(box[0]), 1 / box[3], -TURNS])
    upper = np.array([REACH, np.sqrt(box[1]), 1 / box[2], TURNS])
    p = len(names)
    positive = np.array([True, False, True, False])
    return Problem(names, ("1",) * p, lower[:p], upper[:p], positive[:p], evaluate)


def _start(y: NDArray, x: NDArray, problem: Problem) -> NDArray:
    """Highest point, and the width of a Lorentzian of the same area, pixel by pixel."""
    power = np.abs(y) ** 2
    f0 = x[power.argmax(axis=1)]
    width = 2 / np.pi * np.trapezoid(power, x, axis=1) / power.max(axis=1)
    quality = np.clip(f0 / width, problem.lower[2], problem.upper[2])
    g = oscillator(x, 1.0, f0[:, None], quality[:, None])
    g = g if np.iscomplexobj(y) else np.abs(g)
    c = (g.conj() * y).sum(axis=1) / (np.abs(g) ** 2).sum(axis=1)
    return np.column_stack([np.abs(c), f0, quality, np.angle(c)])[:, : len(problem.names)]
