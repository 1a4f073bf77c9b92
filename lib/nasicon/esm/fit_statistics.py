"""Statistics of maps: neighbouring pixels are alike, so a map holds few independent values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasicon.core.quality import MAD_TO_SIGMA
from nasicon.core.statistics import Welch, cohens_d, welch

LARGEST_LAG = 0.5  # share of the map's shorter side up to which correlations are looked at
MOST_BINS = 200
# A step between scan lines: lines; in ln(value); times the usual; share of pixels that go with
# it; share of it that the map keeps.
FEWEST_STEPS, LEAST_STEP, UNUSUAL, ONE_WAY, HELD = 8, 0.15, 8.0, 0.9, 0.5


@dataclass(frozen=True)
class MapStatistics:
    """Mean and spread of a map, with the number of values that really are independent.

    Attributes
    ----------
    mean, sd : float
        Of the used pixels; the spread includes the noise of the fit.
    pixels : int
    effective_pixels : float
        Independent values that would give the mean the same error.
    stderr : float
        Of the mean, ``sd / sqrt(effective_pixels)``.
    """

    mean: float
    sd: float
    pixels: int
    effective_pixels: float
    stderr: float


@dataclass(frozen=True)
class Comparison:
    """Two maps: effect size, counted overlap, Welch with effective and all pixels."""

    d: float
    overlap_counted: float
    ratio: float
    cv_ratio: float
    welch: Welch
    welch_all_pixels: Welch


def radial_correlation(layer: ArrayLike, mask: ArrayLike | None = None) -> tuple[NDArray, NDArray]:
    """Autocorrelation of a map against distance, over the pixels of the mask.

    Parameters
    ----------
    layer : array, shape (y, x)
    mask : array of bool, shape (y, x), optional
        Pixels to use; finite ones if not given.

    Returns
    -------
    distance_px, correlation : ndarray
        Whole-pixel bins from 0 (where it is 1) to half the shorter side.
    """
    z, used = _used(layer, mask)
    pairs, products, distance = _lags(z, used)
    limit = max(int(LARGEST_LAG * min(used.shape)), 1)
    bins = np.rint(distance).astype(int)
    inside = bins <= limit
    count = np.bincount(bins[inside], pairs[inside], limit + 1)
    total = np.bincount(bins[inside], products[inside], limit + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.arange(limit + 1), np.nan_to_num(total / count / z[used].var())


def effective_pixels(layer: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Number of independent values in a map.

    ``n^2 / sum over pairs of rho(distance)``: what a mean's variance is with
    correlated values, with the sample's own correlation as Clifford, Richardson and
    Hemon use it (Biometrics 45 (1989) 123). The correlation counts up to its first
    zero; beyond it is noise, and its sum over all pairs would vanish identically.
    """
    z, used = _used(layer, mask)
    n = int(used.sum())
    if n < 2 or np.ptp(z[used]) == 0:
        return float(n)
    distance, rho = radial_correlation(layer, mask)
    below = np.flatnonzero(rho <= 0)
    rho = rho.copy()
    rho[below[0] if below.size else len(rho) :] = 0.0
    pairs, _, apart = _lags(z, used)
    weight = np.interp(apart, distance, rho, right=0.0)
    return float(np.clip(n**2 / np.sum(pairs * weight), 1.0, n))


def describe(layer: ArrayLike, mask: ArrayLike | None = None) -> MapStatistics:
    """Mean, spread and effective number of pixels of a map.

    Raises
    ------
    ValueError
        Fewer than two usable pixels.
    """
    z, used = _used(layer, mask)
    n = int(used.sum())
    if n < 2:
        raise ValueError(f"{n} usable pixels; a spread needs at least two")
    values = z[used]
    sd = float(np.std(values, ddof=1))
    effective = effective_pixels(layer, mask)
    return MapStatistics(float(values.mean()), sd, n, effective, sd / np.sqrt(effective))


def stepped(layer: ArrayLike, mask: ArrayLike | None = None) -> str:
    """Say from which scan line on a map of positive values stands at another height.

    A grain's edge does not run along the whole of a line and nowhere else: nearly all pixels of
    one line step one way from the line before, far more than lines usually do, and the map
    stays there. Both axes are looked at, for a file seldom says which is the slow one.
    """
    z, used = _used(layer, mask)
    z = np.log(z, where=used & (z > 0), out=np.full(z.shape, np.nan))
    for name, lines in (("row", z), ("column", z.T)):
        steps = np.diff(lines, axis=0)
        steps[np.isfinite(steps).mean(axis=1) <= 0.5] = 0.0
        if len(steps) < FEWEST_STEPS:
            continue
        jump = np.nanmedian(steps, axis=1)
        at = int(np.argmax(np.abs(jump)))
        least = max(LEAST_STEP, UNUSUAL * MAD_TO_SIGMA * np.median(np.abs(jump)))
        along = steps[at][np.isfinite(steps[at])] * np.sign(jump[at])
        if abs(jump[at]) < least or np.mean(along > 0) < ONE_WAY:
            continue
        before, after = (np.nanmedian(part) for part in (lines[: at + 1], lines[at + 1 :]))
        if (after - before) / jump[at] > HELD:
            return (
                f"from {name} {at + 2} of {len(lines)} on the map stands at "
                f"{np.exp(jump[at]):.2g} times its height, all along: a changed tip or contact? "
                "Measure either part by itself"
            )
    return ""


def compare(
    first: ArrayLike,
    second: ArrayLike,
    mask1: ArrayLike | None = None,
    mask2: ArrayLike | None = None,
) -> Comparison:
    """Compare two maps; the two need not have one size."""
    a, b = describe(first, mask1), describe(second, mask2)
    values = [
        np.asarray(m, dtype=float)[_used(m, k)[1]] for m, k in ((first, mask1), (second, mask2))
    ]
    return Comparison(
        d=cohens_d(a.mean, a.sd, b.mean, b.sd),
        overlap_counted=counted_overlap(*values),
        ratio=a.mean / b.mean,
        cv_ratio=(a.sd / a.mean) / (b.sd / b.mean),
        welch=welch(a.mean, a.sd, a.effective_pixels, b.mean, b.sd, b.effective_pixels),
        welch_all_pixels=welch(a.mean, a.sd, a.pixels, b.mean, b.sd, b.pixels),
    )


def counted_overlap(first: ArrayLike, second: ArrayLike) -> float:
    """Shared area of two histograms with common bins (width by Freedman and Diaconis)."""
    a, b = np.ravel(first), np.ravel(second)
    both = np.concatenate([a, b])
    quartiles = [np.subtract(*np.percentile(v, [75, 25])) / v.size ** (1 / 3) for v in (a, b)]
    width = 2 * min(quartiles)
    span = np.ptp(both)
    if span == 0:
        return 1.0
    bins = int(np.clip(np.ceil(span / width) if width > 0 else MOST_BINS, 1, MOST_BINS))
    edges = np.linspace(both.min(), both.max(), bins + 1)
    shares = [np.histogram(v, edges)[0] / v.size for v in (a, b)]
    return float(np.minimum(*shares).sum())


def _used(layer: ArrayLike, mask: ArrayLike | None) -> tuple[NDArray, NDArray]:
    z = np.asarray(layer, dtype=float)
    if z.ndim != 2:
        raise ValueError(f"a map is (y, x), got shape {z.shape}")
    used = np.isfinite(z)
    if mask is not None:
        mask = np.asarray(mask, dtype=bool)
        if mask.shape != z.shape:
            raise ValueError(f"the mask has shape {mask.shape}, the map {z.shape}")
        used &= mask
    return z, used


def _lags(z: NDArray, used: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Pairs, sums of products and length of every lag, by padded Fourier transforms."""
    shape = [2 * n for n in used.shape]
    residual = np.where(used, z - z[used].mean(), 0.0)

    def correlate(a: NDArray) -> NDArray:
        transform = np.fft.rfft2(a, shape)
        return np.fft.irfft2(np.abs(transform) ** 2, shape)

    dy, dx = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
    pairs = np.rint(correlate(used.astype(float)))
    return pairs, correlate(residual), np.hypot(dy[:, None], dx)


def about_resonance(
    frequency_hz: NDArray, amplitude: NDArray, resonance_hz: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Mean of several points' spectra, each shifted to the mean of their resonances.

    A mean at fixed frequencies flattens the peak by the scatter of the resonances.

    Parameters
    ----------
    frequency_hz : ndarray, shape (m,)
    amplitude : ndarray, shape (n, m)
    resonance_hz : ndarray, shape (n,)

    Returns
    -------
    frequency_hz, mean, spread : ndarray, shape (k,)
        Over the frequencies that every shifted spectrum covers.
    """
    shift = resonance_hz - resonance_hz.mean()
    inside = (frequency_hz >= frequency_hz[0] - shift.min()) & (
        frequency_hz <= frequency_hz[-1] - shift.max()
    )
    f = frequency_hz[inside]
    moved = [np.interp(f + d, frequency_hz, a) for d, a in zip(shift, amplitude, strict=True)]
    return f, np.mean(moved, axis=0), np.std(moved, axis=0, ddof=1)
