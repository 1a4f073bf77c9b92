"""A spectrum as a non-negative sum of reference spectra, with what that is worth.

Non-negative least squares over few references is solved exactly by trying every subset of
them, for all bootstrap draws at once. A common shift of the axis (referencing error) is
scanned, because it is the error that a sum of references cannot absorb. References are
measured too: their noise would pull the weights towards zero and leave a false remainder at
every peak, so its share is taken out of the normal matrix (W. A. Fuller, Measurement Error
Models, 1987, chapter 2).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from nasicon.core.statistics import correlation_factor

MOST_REFERENCES = 4
SHIFT_NODES = 41
ENDS = 0.08  # share of the points at each end that set a reference's own baseline


@dataclass(frozen=True)
class Mixture:
    """Non-negative combination of references.

    Attributes
    ----------
    names : tuple of str
    weights : ndarray, shape (k,)
        Areas of each reference in the spectrum, intensity times axis unit.
    shift : float
        Common shift of the references that fits best, axis unit; 0 where not asked for.
    x, intensity, model, parts : ndarray
        Ascending axis, data, fit, and each weighted reference (k, m).
    draws : DataFrame
        Bootstrap shares of each reference, and ``shift``.
    part_noise : ndarray, shape (k,)
        Standard deviation of the noise in each weighted reference.
    correlation : float
        Of the residuals, as `correlation_factor`.
    chi2 : float
        Sum of squared residuals.
    notes : tuple of str
    """

    names: tuple[str, ...]
    weights: NDArray
    shift: float
    x: NDArray
    intensity: NDArray
    model: NDArray
    parts: NDArray
    part_noise: NDArray
    draws: pd.DataFrame
    correlation: float
    chi2: float
    notes: tuple[str, ...]

    @property
    def shares(self) -> NDArray:
        """Share of each reference in the total area, shape (k,)."""
        return _shares(self.weights)

    def table(self) -> pd.DataFrame:
        """Share of each reference with standard error and 95 % interval of the bootstrap."""
        drawn = self.draws[list(self.names)]
        low, high = drawn.quantile([0.025, 0.975]).to_numpy()
        return pd.DataFrame(
            {
                "reference": self.names,
                "share": self.shares,
                "stderr": drawn.std().to_numpy(),
                "ci_low": low,
                "ci_high": high,
            }
        )


def fit_mixture(
    target: pd.DataFrame,
    references: Mapping[str, pd.DataFrame],
    *,
    axis: str = "shift_ppm",
    shift_limit: float = 0.0,
    replicates: int = 1000,
    seed: int = 1,
) -> Mixture:
    """Fit a spectrum by a non-negative sum of references and a straight baseline.

    Parameters
    ----------
    target, references
        Tables with ``axis`` and ``intensity``; grids may differ (references are interpolated).
    shift_limit : float
        Largest common shift of the references, axis unit; 0 holds the axis.
    replicates : int
        Draws of the bootstrap: residuals are resampled in blocks as long as their correlation,
        and each reference's area varies within its own noise.

    Raises
    ------
    ValueError
        No, too many or equal references, one that does not cover the target, one whose area
        is not positive, a baseline only.
    """
    if not 1 <= len(references) <= MOST_REFERENCES:
        raise ValueError(f"give 1 to {MOST_REFERENCES} references, got {len(references)}")
    if shift_limit < 0:
        raise ValueError(f"shift_limit must be >= 0, got {shift_limit:g}")
    x, y = _ordered(target, axis, "the spectrum")
    notes: list[str] = []
    curves, noises, area_errors = zip(
        *(_reference(name, t, axis, x, shift_limit, notes) for name, t in references.items()),
        strict=True,
    )
    rng = np.random.default_rng(seed)
    scale = float(np.ptp(y))
    if not scale > 0:
        raise ValueError("the spectrum is constant; there is nothing to fit")
    shifts = np.linspace(-shift_limit, shift_limit, SHIFT_NODES) if shift_limit else np.zeros(1)
    solver = _Solver(x, curves, np.array(noises), shifts)
    weights, shift, chi2 = solver.solve(y[:, None] / scale)
    parts = np.array([w * c(x - shift[0]) for w, c in zip(weights[:, 0], curves, strict=True)])
    line = _line(x, y / scale - parts.sum(axis=0))
    model = parts.sum(axis=0) + line
    residual = y / scale - model
    factor = correlation_factor(residual)
    block = max(1, round(2 * factor)) if factor > 1 else 1
    drawn = model[:, None] + _resampled(residual, replicates, block, rng)
    many, moved, _ = solver.solve(drawn)
    many = many * (1 + np.array(area_errors)[:, None] * rng.normal(size=many.shape))
    draws = pd.DataFrame(_shares(many).T, columns=list(references)).assign(shift=moved)
    return Mixture(
        tuple(references),
        weights[:, 0] * scale,
        float(shift[0]),
        x,
        y,
        model * scale,
        parts * scale,
        weights[:, 0] * noises * scale,
        draws,
        factor,
        float(chi2[0]) * scale**2,
        tuple(notes),
    )


@dataclass(frozen=True)
class ThirdSite:
    """Search for a line that the references do not hold.

    Attributes
    ----------
    position, area, share : float
        Of the best additional Gaussian; share of the total area.
    gain : float
        Relative drop of the sum of squares.
    p_value : float
        Share of noise-only spectra in which the same search gains as much or more.
    scan : DataFrame
        ``position``, ``gain`` over the axis.
    """

    position: float
    area: float
    share: float
    gain: float
    p_value: float
    scan: pd.DataFrame


def third_site(mixture: Mixture, *, fwhm: float, replicates: int = 300, seed: int = 2) -> ThirdSite:
    """Look for one more Gaussian line anywhere on the axis, and weigh what is found.

    The references' weights and the baseline are refitted with it (weights may change, so a
    gain is not what the old weights left over). The p value counts the whole search: noise
    with the residuals' own spread and correlation goes through the same scan.
    """
    x, y = mixture.x, mixture.intensity
    used = mixture.weights > 0
    base = np.column_stack([mixture.parts[used].T, np.ones_like(x), x - x.mean()])
    noise = np.r_[mixture.part_noise[used], 0, 0]
    gram = base.T @ base - np.diag(x.size * noise**2)

    def left(of: NDArray) -> NDArray:
        """Return what the references and the baseline do not explain."""
        return of - base @ np.linalg.solve(gram, base.T @ of)

    margin = fwhm / 2
    positions = np.linspace(x[0] + margin, x[-1] - margin, max(20, int(np.ptp(x) / fwhm * 3)))
    raw = np.exp(-4 * np.log(2) * ((x[:, None] - positions) / fwhm) ** 2)
    lines, residual = left(raw), left(y)
    # raw, not lines, meets the residual: lines and residual share the references' noise
    along, squared = raw.T @ residual, np.maximum((raw * lines).sum(axis=0), 1e-300)
    found = np.maximum(along, 0) ** 2 / squared / (residual @ residual)
    best = int(np.argmax(found))
    block = max(1, round(2 * mixture.correlation)) if mixture.correlation > 1 else 1
    drawn = _white_like(residual, replicates, block, np.random.default_rng(seed))
    unit = lines / np.linalg.norm(lines, axis=0)
    null = (np.maximum(unit.T @ drawn, 0) ** 2 / (drawn**2).sum(axis=0)).max(axis=0)
    height = max(0.0, float(along[best] / squared[best]))
    area = height * fwhm * np.sqrt(np.pi / (4 * np.log(2)))
    return ThirdSite(
        float(positions[best]),
        float(area),
        float(area / (area + mixture.weights.sum())),
        float(found[best]),
        float((1 + (null >= found[best]).sum()) / (1 + replicates)),
        pd.DataFrame({"position": positions, "gain": found}),
    )


class _Solver:
    """Non-negative least squares over subsets, for many spectra and shifts at once."""

    def __init__(
        self, x: NDArray, curves: tuple[CubicSpline, ...], noises: NDArray, shifts: NDArray
    ) -> None:
        self.baseline = np.linalg.qr(np.column_stack([np.ones_like(x), x - x.mean()]))[0]
        self.shifts = shifts
        designs = np.array([[curve(x - s) for curve in curves] for s in shifts]).swapaxes(1, 2)
        self.designs = designs - self.baseline @ (self.baseline.T @ designs)
        self.grams = self.designs.swapaxes(1, 2) @ self.designs
        self.grams -= np.diag(x.size * noises**2)
        k = len(curves)
        self.subsets = [s for n in range(1, k + 1) for s in itertools.combinations(range(k), n)]

    def solve(self, y: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """Weights (k, d), shift (d,) and sum of squares (d,) of spectra ``y`` (m, d)."""
        y = y - self.baseline @ (self.baseline.T @ y)
        total = (y**2).sum(axis=0)
        (s, m, k), d = self.designs.shape, y.shape[1]
        products = (self.designs.swapaxes(1, 2).reshape(s * k, m) @ y).reshape(s, k, d)
        gains, weights = np.zeros((s, d)), np.zeros((s, k, d))
        for subset in self.subsets:
            rows = np.ix_(range(s), subset)
            right = products[rows]
            found = np.linalg.solve(self.grams[:, subset][:, :, subset], right)
            gain = np.where((found >= 0).all(axis=1), (found * right).sum(axis=1), -np.inf)
            better = gain > gains
            gains = np.where(better, gain, gains)
            full = np.zeros((s, k, d))
            full[rows] = found
            weights = np.where(better[:, None], full, weights)
        best = np.argmax(gains, axis=0)
        each = np.arange(d)
        if s == 1:
            return weights[0], np.zeros(d), total - gains[0]
        inner = np.clip(best, 1, s - 2)
        low, mid, high = (gains[inner + j, each] for j in (-1, 0, 1))
        bend = low - 2 * mid + high
        offset = np.where(bend < 0, 0.5 * (low - high) / np.where(bend < 0, bend, 1), 0.0)
        offset = np.where(best == inner, np.clip(offset, -1, 1), best - inner)
        side = np.where(offset >= 0, 1, -1)
        near, far = weights[inner, :, each], weights[inner + side, :, each]
        mixed = near + np.abs(offset)[:, None] * (far - near)
        step = self.shifts[1] - self.shifts[0]
        top = mid - 0.25 * (low - high) * offset
        return mixed.T, self.shifts[inner] + offset * step, total - np.maximum(top, mid)


def _ordered(table: pd.DataFrame, axis: str, what: str) -> tuple[NDArray, NDArray]:
    for column in (axis, "intensity"):
        if column not in table:
            raise ValueError(f"{what} has no column {column!r}, only {', '.join(map(str, table))}")
    ordered = table.sort_values(axis, kind="stable")
    x, y = (ordered[c].to_numpy(dtype=float) for c in (axis, "intensity"))
    if len(x) < 30 or not np.isfinite([x, y]).all() or (np.diff(x) == 0).any():
        raise ValueError(f"{what}: needs at least 30 finite points at different positions")
    return x, y


def _reference(
    name: str, table: pd.DataFrame, axis: str, x: NDArray, shift_limit: float, notes: list[str]
) -> tuple[CubicSpline, float, float]:
    """Interpolate a reference of unit area; its noise, and the relative error of its area."""
    rx, ry = _ordered(table, axis, f"reference {name!r}")
    step = float(np.median(np.diff(rx)))
    if rx[0] > x[0] + step or rx[-1] < x[-1] - step:
        raise ValueError(
            f"reference {name!r} covers {rx[0]:g} to {rx[-1]:g}, the spectrum {x[0]:g} to "
            f"{x[-1]:g}: cut the spectrum to the common range"
        )
    if len(rx) != len(x) or not np.allclose(rx, x, atol=1e-3 * step):
        notes.append(f"reference {name!r} stands on another grid and was interpolated")
    n = max(5, int(ENDS * len(rx)))
    ends = np.r_[0:n, len(rx) - n : len(rx)]
    line = np.polynomial.Polynomial.fit(rx[ends], ry[ends], 1)
    flat = ry - line(rx)
    area = float(np.trapezoid(flat, rx))
    noise = float(np.std(flat[ends], ddof=2))
    # of the sum less the baseline, which rests on the ends alone
    error = noise * step * np.sqrt((len(rx) - len(ends)) * len(rx) / len(ends))
    if not area > 3 * error:
        raise ValueError(f"reference {name!r}: its area is not above its noise; is it inverted?")
    pad = shift_limit + 2 * step  # beyond the ends it is zero
    px = np.r_[rx[0] - pad - step, rx[0] - pad, rx, rx[-1] + pad, rx[-1] + pad + step]
    return CubicSpline(px, np.r_[0, 0, flat, 0, 0] / area), noise / area, error / area


def _shares(weights: NDArray) -> NDArray:
    total = weights.sum(axis=0)
    return weights / np.where(total > 0, total, 1.0)


def _line(x: NDArray, y: NDArray) -> NDArray:
    return np.polynomial.Polynomial.fit(x, y, 1)(x)


def _resampled(residual: NDArray, count: int, block: int, rng: np.random.Generator) -> NDArray:
    """Residuals resampled in circular blocks, shape (m, count)."""
    m = residual.size
    centred = (residual - residual.mean()) * np.sqrt(m / max(m - 4, 1))
    starts = rng.integers(0, m, (-(-m // block), count))
    index = (starts[:, None, :] + np.arange(block)[:, None]) % m
    return centred[index.reshape(-1, count)[:m]]


def _white_like(residual: NDArray, count: int, block: int, rng: np.random.Generator) -> NDArray:
    """Noise with the residuals' spread, averaged over ``block`` neighbours, shape (m, count)."""
    noise = rng.normal(size=(residual.size, count))
    if block > 1:
        kernel = np.ones(block) / np.sqrt(block)
        noise = np.apply_along_axis(lambda v: np.convolve(v, kernel, mode="same"), 0, noise)
    return noise * residual.std()
