"""Grain sizes from a micrograph: segmentation, mean linear intercept, diameters, intervals.

Two sizes are given because they answer different questions. The mean linear
intercept (ASTM E112) counts boundaries along lines: it is what a current meets,
and edges of the image do not bias it. Equivalent-circle diameters give a
distribution; grains cut by the edge are left out and the others weighted for
it, because a large grain is cut more often. Both are sizes in the section,
not of the bodies: random lines through cubes have a mean intercept of 2/3 of the edge (Cauchy).

A segmentation is a choice. It works for polished or thermally etched sections
with dark (or bright) boundaries; on a fracture surface it follows relief, and
the outlines must be looked at before any number is used.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage, stats

from nasicon.core.constants import positive
from nasicon.grains import fit_outlines

BOUNDARIES = ("dark", "bright")
FEWEST_GRAINS = 30  # below, no digits are given for a distribution
FEWEST_FIELDS = 4
SMALLEST_INTERCEPT_PIXELS = 5.0  # finer structures are not resolved
FIELD_INTERCEPTS = 4.0  # side of a field in mean intercepts, so that fields are independent
LINE_PIXELS = 2  # distance of test lines
FLAT = 1e-12  # of the brightness: what rounding leaves of a ridge where there is none


@dataclass(frozen=True)
class GrainSizes:
    """Grain sizes of one label image.

    Attributes
    ----------
    labels : array of int, shape (rows, columns)
        One number per grain; 0 is left out (pores, data bars).
    nm_per_pixel : float
    intercepts : DataFrame
        One row per field: ``length_nm``, ``crossings``.
    grains : DataFrame
        One row per whole grain: ``diameter_nm``, ``weight`` (inverse chance of lying whole
        inside the frame).
    mean_intercept_nm, mean_intercept_stderr : float
    direction_ratio : float
        Mean intercept along rows over that along columns; away from one the texture is
        elongated or the pixels are not square.
    flags : tuple of str
        ``not_identifiable`` (too few fields or grains), ``outside_window`` (grains not
        resolved by the pixels).
    """

    labels: NDArray
    nm_per_pixel: float
    intercepts: pd.DataFrame
    grains: pd.DataFrame
    mean_intercept_nm: float
    mean_intercept_stderr: float
    direction_ratio: float
    flags: tuple[str, ...]

    def table(self, *, replicates: int = 1000, seed: int = 1) -> pd.DataFrame:
        """``quantity, value, stderr, ci_low, ci_high, unit, flag``, one row per number.

        The interval of the intercept is Student's over fields; those of the
        diameters are bootstrapped over grains.
        """
        fields = len(self.intercepts)
        t = stats.t.ppf(0.975, max(fields - 1, 1))
        half = t * self.mean_intercept_stderr
        mean, error = self.mean_intercept_nm, self.mean_intercept_stderr
        rows = [("mean linear intercept", mean, error, mean - half, mean + half, "nm")]
        if len(self.grains) >= FEWEST_GRAINS:
            rng = np.random.default_rng(seed)
            logs = np.log(self.grains["diameter_nm"].to_numpy())
            weights = self.grains["weight"].to_numpy()
            picks = rng.integers(0, logs.size, (replicates, logs.size))
            means, widths = _moments(logs[picks], weights[picks])
            mean, width = _moments(logs[None], weights[None])
            for name, value, drawn, unit in (
                ("median equivalent-circle diameter", np.exp(mean[0]), np.exp(means), "nm"),
                ("width of ln(diameter)", width[0], widths, "1"),
            ):
                low, high = np.quantile(drawn, [0.025, 0.975])
                rows.append((name, value, drawn.std(ddof=1), low, high, unit))
        columns = ["quantity", "value", "stderr", "ci_low", "ci_high", "unit"]
        return pd.DataFrame(rows, columns=columns).assign(flag=";".join(self.flags))


def segment(
    image: NDArray, *, boundaries: str = "dark", boundary_pixels: float = 2.0, merge: float = 2.5
) -> NDArray:
    """Label the grains of a grey image.

    Ridges as thin as the boundaries are enhanced (Sato's filter), thresholded
    (Otsu), and the watershed of the distance to them grows one grain from each
    of its maxima.

    Parameters
    ----------
    image : array, shape (rows, columns)
        Brightness, 0 to 1.
    boundaries : {"dark", "bright"}
        How boundaries look.
    boundary_pixels : float
        Half-width of a boundary, the scale of the ridge filter.
    merge : float
        Maxima of the distance that stand out by less than this many pixels are one grain.

    Returns
    -------
    array of int, shape (rows, columns)
        Labels from 1.
    """
    if boundaries not in BOUNDARIES:
        raise ValueError(f"boundaries must be one of {', '.join(BOUNDARIES)}, got {boundaries!r}")
    image = np.asarray(image, dtype=float)
    if image.ndim != 2 or not np.all(np.isfinite(image)):
        raise ValueError(f"image must be a plane of finite numbers, got shape {image.shape}")
    positive(boundary_pixels=boundary_pixels, merge=merge)
    ridges = fit_outlines.ridges(image if boundaries == "dark" else -image, boundary_pixels)
    if np.ptp(ridges) <= FLAT * np.abs(image).max():
        raise ValueError("no boundary was found: the image holds no ridge of that width")
    walls = ridges > fit_outlines.threshold(ridges)
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(~walls), 1.0)
    return fit_outlines.hills(distance, merge)


def network_contrast(image: NDArray, labels: NDArray, seed: int = 1, **settings: object) -> float:
    """How much more outlines differ from grains than those found in noise of equal spectrum.

    A segmentation finds grains in any image. Its own copy with random phases (J. Theiler et
    al., Physica D 58 (1992) 77) holds none and the same graininess: about 1 where the image
    has no network of boundaries.

    Parameters
    ----------
    image, labels : array, shape (rows, columns)
        Brightness, and what `segment` made of it with ``settings``.
    seed : int
    **settings
        Of `segment`.
    """
    noise = np.random.default_rng(seed).normal(size=image.shape)
    phases = np.exp(1j * np.angle(np.fft.rfft2(noise)))
    copy = np.fft.irfft2(np.abs(np.fft.rfft2(image - image.mean())) * phases, image.shape)
    own, chance = (
        abs(plane[edge].mean() - plane[~edge].mean())
        for plane, edge in (
            (image, fit_outlines.outline(labels)),
            (copy, fit_outlines.outline(segment(copy, **settings))),
        )
    )
    return float(own / chance)


def measure_grains(labels: NDArray, nm_per_pixel: float) -> GrainSizes:
    """Measure a label image.

    Parameters
    ----------
    labels : array of int, shape (rows, columns)
        Grains from 1; pixels labelled 0 do not count.
    nm_per_pixel : float
        Scale; must be given.

    Raises
    ------
    ValueError
        No scale, or fewer than two grains.
    """
    positive(nm_per_pixel=nm_per_pixel)
    labels = np.asarray(labels)
    if labels.ndim != 2 or np.unique(labels[labels > 0]).size < 2:
        raise ValueError("the label image holds fewer than two grains; nothing can be measured")
    along_rows = _crossings(labels, axis=1)
    along_columns = _crossings(labels, axis=0)
    length = along_rows[0].sum() + along_columns[0].sum()
    count = along_rows[1].sum() + along_columns[1].sum()
    mean_pixels = length / count
    fields = _fields(along_rows, along_columns, mean_pixels)
    mean, stderr = _ratio(fields["length"].to_numpy(), fields["crossings"].to_numpy())
    grains = _whole_grains(labels, nm_per_pixel)
    flags = []
    if len(fields) < FEWEST_FIELDS or len(grains) < FEWEST_GRAINS:
        flags.append("not_identifiable")
    if mean_pixels < SMALLEST_INTERCEPT_PIXELS:
        flags.append("outside_window")
    directions = (along_rows, along_columns)
    by_direction = [lengths.sum() / max(hits.sum(), 1) for lengths, hits in directions]
    return GrainSizes(
        labels=labels,
        nm_per_pixel=float(nm_per_pixel),
        intercepts=pd.DataFrame(
            {"length_nm": fields["length"] * nm_per_pixel, "crossings": fields["crossings"]}
        ),
        grains=grains,
        mean_intercept_nm=mean * nm_per_pixel,
        mean_intercept_stderr=stderr * nm_per_pixel,
        direction_ratio=by_direction[0] / by_direction[1],
        flags=tuple(flags),
    )


@dataclass(frozen=True)
class SizeRatio:
    """Ratio of two typical sizes with a 95 % interval, and the p value of no difference."""

    value: float
    low: float
    high: float
    p_value: float

    @property
    def told_apart(self) -> bool:
        """Whether the interval leaves out one."""
        return not self.low <= 1 <= self.high


def compare_sizes(new_nm: NDArray, old_nm: NDArray) -> SizeRatio:
    """Compare two sets of counted sizes by Welch's test on their logarithms.

    Raises
    ------
    ValueError
        Fewer than two sizes in a set, sizes that are not positive, or no spread at all.
    """
    logs = []
    for name, sizes in (("new_nm", new_nm), ("old_nm", old_nm)):
        values = np.asarray(sizes, dtype=float)
        if values.size < 2 or not np.all(np.isfinite(values)) or np.any(values <= 0):
            raise ValueError(f"{name} must hold two or more positive sizes, got {values.size}")
        logs.append(np.log(values))
    if all(np.ptp(values) == 0 for values in logs):
        raise ValueError("the sizes do not scatter, so that nothing can be tested")
    found = stats.ttest_ind(*logs, equal_var=False)
    interval = found.confidence_interval(0.95)
    return SizeRatio(
        value=float(np.exp(logs[0].mean() - logs[1].mean())),
        low=float(np.exp(interval.low)),
        high=float(np.exp(interval.high)),
        p_value=float(found.pvalue),
    )


def _crossings(labels: NDArray, axis: int) -> tuple[NDArray, NDArray]:
    """Test-line length and boundary crossings per pixel step, along one axis.

    Only every ``LINE_PIXELS``-th line is used; steps that touch label 0 count
    neither as length nor as a crossing.
    """
    lines = np.moveaxis(labels, axis, -1)[::LINE_PIXELS]
    before, after = lines[:, :-1], lines[:, 1:]
    inside = (before > 0) & (after > 0)
    crossed = inside & (before != after)
    return np.moveaxis(inside, -1, axis).astype(float), np.moveaxis(crossed, -1, axis).astype(float)


def _fields(
    rows: tuple[NDArray, NDArray], columns: tuple[NDArray, NDArray], mean: float
) -> pd.DataFrame:
    """Sum both directions over square fields of several mean intercepts."""
    side = FIELD_INTERCEPTS * mean
    shape = (rows[0].shape[0] * LINE_PIXELS, rows[0].shape[1])
    parts = [max(1, int(extent // side)) for extent in shape]
    sums = []
    for part in (*rows, *columns):
        bands = np.array_split(part, parts[0], axis=0)
        blocks = [block for band in bands for block in np.array_split(band, parts[1], axis=1)]
        sums.append(np.array([block.sum() for block in blocks]))
    table = pd.DataFrame({"length": sums[0] + sums[2], "crossings": sums[1] + sums[3]})
    return table[table["length"] > 0].reset_index(drop=True)


def _ratio(length: NDArray, crossings: NDArray) -> tuple[float, float]:
    """Total length over total crossings, with the jackknife's standard error over fields."""
    n = length.size
    mean = length.sum() / crossings.sum()
    if n < 2:
        return float(mean), float("inf")
    left = (length.sum() - length) / np.maximum(crossings.sum() - crossings, 1)
    return float(mean), float(np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum()))


def _whole_grains(labels: NDArray, nm_per_pixel: float) -> pd.DataFrame:
    """Grains that the edge does not cut, each weighted by the inverse chance of that.

    A grain whose box is w x h lies whole inside a W x H frame with the chance
    (W - w)(H - h)/(W H), its position being uniform.
    """
    rows, columns = labels.shape
    sizes = np.bincount(labels.ravel())
    found = []
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        (top, bottom), (left, right) = ((part.start, part.stop) for part in box)
        if top == 0 or left == 0 or bottom == rows or right == columns:
            continue
        chance = (rows - (bottom - top)) * (columns - (right - left)) / (rows * columns)
        diameter = 2 * np.sqrt(sizes[label] / np.pi) * nm_per_pixel
        found.append((diameter, 1 / chance))
    return pd.DataFrame(found, columns=["diameter_nm", "weight"])


def _moments(logs: NDArray, weights: NDArray) -> tuple[NDArray, NDArray]:
    """Weighted mean and standard deviation along the last axis."""
    total = weights.sum(axis=-1)
    mean = (weights * logs).sum(axis=-1) / total
    return mean, np.sqrt((weights * (logs - mean[:, None]) ** 2).sum(axis=-1) / total)
