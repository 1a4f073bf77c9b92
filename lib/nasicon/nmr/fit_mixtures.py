"""A spectrum as a non-negative sum of reference spectra, with what that is worth.

References are measured too. Their noise would pull the weights towards zero, so its share is
taken out of the normal matrix (W. A. Fuller, Measurement Error Models, 1987, chapter 2). All
is done on the Fourier coefficients below the frequency at which the references drown in their
noise: what is left out is the same for the spectrum and its references, so nothing is
distorted; a common shift of the axis (referencing error: the error that a sum of references
cannot absorb) is an exact phase, where interpolation would smooth the noise of some shifts and
not of others; and references drawn anew cost the bootstrap little. Non-negative least squares
over few references is solved exactly by trying every subset of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import signal
from scipy.interpolate import CubicSpline

from nasicon.core.quality import Misfit, judge_residuals, scatter
from nasicon.core.statistics import correlation_factor
from nasicon.nmr.fit_lines import NOISE_SPACING, NOISE_WIDTHS, spectrum

MOST_REFERENCES = 4
NODES = 8  # trial shifts per period of the highest frequency that is kept
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
    quality : Misfit
        Of the residuals, against their own scatter over distances that no line follows.
    shift_limit : float
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
    quality: Misfit
    shift_limit: float
    notes: tuple[str, ...]

    @property
    def shares(self) -> NDArray:
        """Share of each reference in the total area, shape (k,)."""
        return _shares(self.weights)

    @property
    def flags(self) -> tuple[str, ...]:
        """``misfit``, and ``at_bound`` where the shift stopped at its limit."""
        stopped = 0 < 0.999 * self.shift_limit < abs(self.shift)
        return ("at_bound",) * stopped + ("misfit",) * self.quality.found

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
    shift_limit: float = 0.0,
    replicates: int = 1000,
    seed: int = 1,
) -> Mixture:
    """Fit a spectrum by a non-negative sum of references and a straight baseline.

    Parameters
    ----------
    target, references
        Tables with ``shift_ppm`` and ``intensity``; grids may differ (what does not stand on
        the even one of the target is interpolated).
    shift_limit : float
        Largest common shift of the references, ppm; 0 holds the axis.
    replicates : int
        Draws of the bootstrap: of the spectrum as of each reference and its area, anew.

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
    measured, y = spectrum(target)
    x, notes = np.linspace(measured[0], measured[-1], measured.size), []
    if np.abs(measured - x).max() > 0.01 * (x[1] - x[0]):
        notes.append("the spectrum stands on an uneven grid and was interpolated")
        y = CubicSpline(measured, y)(x)
    curves, noises, area_errors = (
        np.array(rows)
        for rows in zip(
            *(_reference(name, t, x, notes) for name, t in references.items()), strict=True
        )
    )
    scale = float(np.ptp(y))
    data = _Coefficients(x, curves, noises)
    known, seen = data.of(curves), data.of(y / scale)
    weights, shift = (found[..., 0] for found in data.solve(known[..., None], seen, shift_limit))
    parts = weights[:, None] * data.moved(curves, float(shift))
    model = parts.sum(axis=0)
    model = model + np.polynomial.Polynomial.fit(x, y / scale - model, 1)(x)
    residual = y / scale - model
    rng = np.random.default_rng(seed)
    left = data.of(residual)
    variance = left @ left / max(left.size - len(curves) - 3, 1)
    own = np.sqrt(max(variance - float(np.square(weights * noises).sum()), 0.0))
    drawn = data.of(model)[:, None] + own * rng.normal(size=(left.size, replicates))
    anew = known[..., None] + noises[:, None, None] * rng.normal(size=(*known.shape, replicates))
    many, moved = data.solve(anew, drawn, shift_limit)
    many = many * (1 + area_errors[:, None] * rng.normal(size=many.shape))
    draws = pd.DataFrame(_shares(many).T, columns=list(references)).assign(shift=moved)
    noise, memory = scatter(residual, min(NOISE_SPACING, x.size // 4))
    quality = judge_residuals(
        residual,
        len(curves) + 3,
        noise=noise,
        noise_freedom=x.size * (1 - memory) / (1 + memory) / 3,
        own_correlation=memory,
        widths=NOISE_WIDTHS,
    )
    for table in (target, *references.values()):
        if clipped := table.attrs.get("clipped"):
            quality = replace(quality, found=True, reason=clipped)
    return Mixture(
        tuple(references),
        weights * scale,
        float(shift),
        x,
        y,
        model * scale,
        parts * scale,
        weights * noises * scale,
        draws,
        correlation_factor(residual),
        quality,
        shift_limit,
        tuple(notes),
    )


@dataclass(frozen=True)
class ThirdSite:
    """Search for a line that the references do not hold.

    Attributes
    ----------
    position, share : float
        Of the best additional Gaussian; share of the total area.
    gain : float
        Relative drop of the sum of squares.
    p_value : float
        Share of noise-only spectra in which the same search gains as much or more.
    """

    position: float
    share: float
    gain: float
    p_value: float


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
    drawn = np.random.default_rng(seed).normal(size=(residual.size, replicates))
    drawn = signal.fftconvolve(drawn, np.ones((block, 1)), mode="same", axes=0)
    unit = lines / np.linalg.norm(lines, axis=0)
    null = (np.maximum(unit.T @ drawn, 0) ** 2 / (drawn**2).sum(axis=0)).max(axis=0)
    height = max(0.0, float(along[best] / squared[best]))
    area = height * fwhm * np.sqrt(np.pi / (4 * np.log(2)))
    return ThirdSite(
        float(positions[best]),
        float(area / (area + mixture.weights.sum())),
        float(found[best]),
        float((1 + (null >= found[best]).sum()) / (1 + replicates)),
    )


class _Coefficients:
    """Fourier coefficients of an axis below the frequency at which the references end.

    As real numbers, cosines and sines, scaled so that sums of squares are those of the points.
    """

    def __init__(self, x: NDArray, curves: NDArray, noises: NDArray) -> None:
        self.size = x.size
        self.frequency = np.fft.rfftfreq(x.size, x[1] - x[0])
        floor = np.maximum(noises, 1e-6 * np.abs(curves).max(axis=1))[:, None]
        power = np.abs(np.fft.rfft(curves / floor, norm="ortho")) ** 2
        # where the sum of what exceeds twice the noise is largest, the signal ends
        self.kept = max(4, 1 + int(np.argmax(np.cumsum(power - 2, axis=1), axis=1).max()))
        self.turns = 2j * np.pi * self.frequency[: self.kept]
        line = np.linalg.qr(np.column_stack([np.ones(x.size), x - x.mean()]))[0]
        self.line = np.linalg.qr(self.of(line.T).T)[0]
        self.noise = self.line.shape[0] * np.diag(np.square(noises))

    def of(self, points: NDArray) -> NDArray:
        """Coefficients of rows of points, shape (..., 2 kept)."""
        found = np.fft.rfft(points, norm="ortho")[..., : self.kept] * np.sqrt(2)
        found[..., 0] /= np.sqrt(2)
        return np.concatenate([found.real, found.imag], axis=-1)

    def moved(self, points: NDArray, shift: float) -> NDArray:
        """Rows of points moved along the axis."""
        turned = np.fft.rfft(points) * np.exp(-2j * np.pi * self.frequency * shift)
        return np.fft.irfft(turned, self.size)

    def _complex(self, rows: NDArray) -> NDArray:
        return rows[: self.kept] + 1j * rows[self.kept :]

    def solve(self, known: NDArray, seen: NDArray, limit: float) -> tuple[NDArray, NDArray]:
        """Weights (k, d) and shifts (d,).

        Parameters
        ----------
        known : ndarray, shape (k, coefficients, d)
            References.
        seen : ndarray, shape (coefficients, d) or (coefficients,)
        """
        seen = seen.reshape(len(seen), -1)
        highest = float(self.frequency[self.kept - 1])
        count = 2 * int(np.ceil(NODES * limit * highest)) + 3
        shifts = np.linspace(-limit, limit, count) if limit else np.zeros(1)
        along = self.line.T @ seen
        flat = seen - self.line @ along
        # sum over frequencies of conj(reference turned by the shift) times what it meets
        meets = [np.conj(self._complex(ref)) * self._complex(flat) for ref in known]
        lines = [
            np.conj(self._complex(ref))[:, None] * self._complex(self.line)[..., None]
            for ref in known
        ]
        gram = np.einsum("kmd,lmd->dkl", known, known) - self.noise

        def at(turn: NDArray, rule: str) -> tuple[NDArray, NDArray]:
            """Gain (s, d) and weights (s, d, k) at shifts."""
            right = np.array([np.einsum(rule, turn, m).real for m in meets])
            rule = rule.replace("jd->", "jqd->q")
            base = np.array([np.einsum(rule, turn, m).real for m in lines])
            matrix = gram - np.einsum("kqsd,lqsd->sdkl", base, base)
            return _nonnegative(matrix, right.transpose(1, 2, 0))

        gain, weights = at(np.exp(np.outer(shifts, self.turns)), "sj,jd->sd")
        best = np.argmax(gain, axis=0)
        if not limit:
            return weights[0].T, np.zeros(gain.shape[1])
        inner = np.clip(best, 1, count - 2)
        low, mid, high = (gain[inner + j, np.arange(best.size)] for j in (-1, 0, 1))
        bend = low - 2 * mid + high
        offset = np.where(bend < 0, 0.5 * (low - high) / np.where(bend < 0, bend, 1), 0.0)
        offset = np.where(best == inner, np.clip(offset, -1, 1), best - inner)
        found = np.clip(shifts[inner] + offset * (shifts[1] - shifts[0]), -limit, limit)
        weights = at(np.exp(np.outer(self.turns, found))[None], "sjd,jd->sd")[1]
        return weights[0].T, found


def _nonnegative(matrix: NDArray, right: NDArray) -> tuple[NDArray, NDArray]:
    """Gain (...) and weights (..., k) of the best subset whose weights are all positive."""
    gain, weights = np.zeros(right.shape[:-1]), np.zeros(right.shape)
    every = range(right.shape[-1])
    for subset in (list(s) for n in every for s in itertools.combinations(every, n + 1)):
        chosen = right[..., subset]
        found = np.linalg.solve(matrix[..., subset, :][..., subset], chosen[..., None])[..., 0]
        gained = np.where((found >= 0).all(axis=-1), (found * chosen).sum(axis=-1), -np.inf)
        better = gained > gain
        full = np.zeros(right.shape)
        full[..., subset] = found
        weights = np.where(better[..., None], full, weights)
        gain = np.where(better, gained, gain)
    return gain, weights


def _reference(
    name: str, table: pd.DataFrame, x: NDArray, notes: list[str]
) -> tuple[NDArray, float, float]:
    """Reference of unit area on the axis; its noise, and the relative error of its area.

    The noise is that at low frequencies: where neighbours share it, it is more than it looks.
    """
    try:
        rx, ry = spectrum(table)
    except ValueError as error:
        raise ValueError(f"reference {name!r}: {error}") from None
    step = float(np.median(np.diff(rx)))
    if rx[0] > x[0] + step or rx[-1] < x[-1] - step:
        raise ValueError(
            f"reference {name!r} covers {rx[0]:g} to {rx[-1]:g}, the spectrum {x[0]:g} to "
            f"{x[-1]:g}: cut the spectrum to the common range"
        )
    n = max(5, int(ENDS * len(rx)))
    ends = np.r_[0:n, len(rx) - n : len(rx)]
    line = np.polynomial.Polynomial.fit(rx[ends], ry[ends], 1)
    flat = ry - line(rx)
    area = float(np.trapezoid(flat, rx))
    noise = float(np.std(flat[ends], ddof=2) * np.sqrt(correlation_factor(flat[ends])))
    # of the sum less the baseline, which rests on the ends alone
    error = noise * step * np.sqrt((len(rx) - len(ends)) * len(rx) / len(ends))
    if not area > error:  # what it is off by goes into the shares
        raise ValueError(f"reference {name!r}: its area is not above its noise; is it inverted?")
    if len(rx) != len(x) or not np.allclose(rx, x, atol=1e-3 * step):
        notes.append(f"reference {name!r} stands on another grid and was interpolated")
        inside = (x >= rx[0]) & (x <= rx[-1])
        flat = np.where(inside, CubicSpline(rx, flat)(x), 0.0)
        noise *= np.sqrt(step / (x[1] - x[0]))  # as many points fewer or more share it
    return flat / area, noise / area, error / area


def _shares(weights: NDArray) -> NDArray:
    total = weights.sum(axis=0)
    return weights / np.where(total > 0, total, 1.0)
