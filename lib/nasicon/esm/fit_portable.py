"""The map fit without a compiler: the common engine on a batch of pixels.

Same model, bounds, outputs and verdicts as :mod:`nasicon.esm.fit_kernel`, another
algorithm (four parameters at once instead of two with the numerator eliminated), so the
two also check each other. It is some fifty times slower.
"""

import numpy as np
from numpy.typing import NDArray

from nasicon.core.fitting import levenberg_marquardt
from nasicon.core.result import Problem
from nasicon.esm import fit_rows as row
from nasicon.esm.model_oscillator import cramer_rao

REACH = 1e6  # bound of the numerator in units of the data


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
    guess = _start(y, is_complex, x, box)
    problem = _problem(y, is_complex, x, box)
    minima = levenberg_marquardt(problem, guess, max_iterations=max_iterations, tolerance=1e-9)
    values, converged = minima.values, minima.converged & (max_iterations > 0)
    part = np.full((row.ROWS, used.size), np.nan)
    _fill(part, x, values, y, is_complex, unit)
    a, b, a0, b0 = values[:, -2], values[:, -1], guess[:, -2], guess[:, -1]
    part[row.MOVED] = np.abs(np.sqrt(a / a0) - 1) * np.sqrt(a) / b + np.abs(b / b0 - 1)
    out[:, used] = part
    status[used] = _status(part, values, x, box, converged)
    iterations[used] = minima.iterations


def _response(values: NDArray, is_complex: bool, x: NDArray) -> tuple[NDArray, NDArray]:
    """Model (k, n) and derivatives (k, n, p) by real and imaginary numerator, a and b."""
    a, b = values[:, -2, None], values[:, -1, None]
    if is_complex:
        c = (values[:, 0] + 1j * values[:, 1])[:, None]
        g = 1 / (a - x**2 + 1j * x * b)
        return c * g, np.stack([g, 1j * g, -c * g**2, -1j * x * c * g**2], axis=-1)
    c, u = values[:, :1], a - x**2
    w = 1 / (u**2 + x**2 * b**2)
    g = np.sqrt(w)
    return c * g, np.stack([g, -c * u * w * g, -c * b * x**2 * w * g], axis=-1)


def _problem(y: NDArray, is_complex: bool, x: NDArray, box: tuple[float, ...]) -> Problem:
    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        model, slopes = _response(values, is_complex, x)
        misfit = model - y
        if not is_complex:
            return misfit, slopes
        return (
            np.concatenate([misfit.real, misfit.imag], axis=1),
            np.concatenate([slopes.real, slopes.imag], axis=1),
        )

    heads = ("numerator_real", "numerator_imag") if is_complex else ("numerator",)
    free = [REACH] * len(heads)
    low = [-REACH] * len(heads) if is_complex else [0.0]
    return Problem(
        names=(*heads, "f0_squared", "f0_over_q"),
        units=("1",) * (len(heads) + 2),
        lower=np.array([*low, box[0], box[2]]),
        upper=np.array([*free, box[1], box[3]]),
        positive=np.array([*[False] * (len(heads) + 1), True]),
        evaluate=evaluate,
    )


def _start(y: NDArray, is_complex: bool, x: NDArray, box: tuple[float, ...]) -> NDArray:
    """Highest point, and the width of a Lorentzian of the same area, pixel by pixel."""
    power = np.abs(y) ** 2
    top = power.argmax(axis=1)
    a = x[top] ** 2
    b = 2 / np.pi * np.trapezoid(power, x, axis=1) / power.max(axis=1)
    a, b = np.clip(a, box[0], box[1]), np.clip(b, box[2], box[3])
    g = 1 / (a[:, None] - x**2 + 1j * x * b[:, None])
    g = g if is_complex else np.abs(g)
    c = (np.conj(g) * y).sum(axis=1) / (np.abs(g) ** 2).sum(axis=1)
    return np.column_stack([c.real, c.imag, a, b] if is_complex else [c, a, b])


def _fill(
    part: NDArray, x: NDArray, values: NDArray, y: NDArray, is_complex: bool, unit: NDArray
) -> None:
    """Parameters, their errors from the information in the data, and the measures of fit."""
    misfit = _response(values, is_complex, x)[0] - y
    rss = (np.abs(misfit) ** 2).sum(axis=1)
    noise = np.sqrt(rss / (y.shape[1] * (1 + is_complex) - values.shape[1]))
    a, b = values[:, -2], values[:, -1]
    c = values[:, 0] + 1j * values[:, 1] if is_complex else values[:, 0]
    found = np.array([np.abs(c) / a, np.sqrt(a), np.sqrt(a) / b, np.angle(c)])
    pixels = zip(found.T, noise, strict=True)
    errors = np.array([cramer_rao(x, tuple(v), s, complex_data=is_complex) for v, s in pixels]).T
    part[: len(errors)], part[row.SE_AMPLITUDE :][: len(errors)] = found[: len(errors)], errors
    part[[row.AMPLITUDE, row.SE_AMPLITUDE]] *= unit
    scatter = (np.abs(y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    part[row.R_SQUARED] = 1 - rss / scatter
    part[row.NOISE] = unit * noise
    lag = (misfit[:, 1:] * np.conj(misfit[:, :-1])).real.sum(axis=1)
    part[row.CORRELATION] = np.divide(lag, rss, out=np.zeros_like(rss), where=rss > 0)


def _status(
    part: NDArray, values: NDArray, x: NDArray, box: tuple[float, ...], converged: NDArray
) -> NDArray:
    """Worst news first: not converged, at a bound, outside the band, without digits."""
    a, b = values[:, -2], values[:, -1]
    bound = (a <= box[0]) | (a >= box[1]) | (b <= box[2]) | (b >= box[3])
    outside = (a < x[0] ** 2) | (a > x[-1] ** 2)
    certain = part[row.SE_QUALITY] / part[row.QUALITY] < row.UNCERTAIN
    return np.select(
        [~converged, bound, outside, certain],
        [row.NOT_CONVERGED, row.AT_BOUND, row.OUTSIDE_WINDOW, row.CONVERGED],
        row.NOT_IDENTIFIABLE,
    )
