"""Core-loss spectra: background, onset, edges fitted together, maps and detection limits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from nasicon.core.fitting import fit
from nasicon.core.quality import EXCESS, FALSE_ALARMS, noise_from_differences
from nasicon.core.result import FitResult, Problem
from nasicon.eels.model_edges import Beam, Edge, power_law

EXPONENTS = (2.0, 4.0)  # of the linear background
FEWEST_CHANNELS = 8
WINDOW_EV = (155.0, 240.0)  # of the fit of P L1 and B K, background included
BEFORE_EV, SIGNAL_EV = (160.0, 184.0), (186.0, 206.0)  # of the usual elemental map of boron
SMOOTH_EV, SIGMAS = 0.8, 3.0  # before an onset is sought; of a detection limit
NEGATIVE = 3.0  # standard errors by which noise puts a density below zero


def fit_background(
    energy_ev: ArrayLike,
    counts: ArrayLike,
    window_ev: tuple[float, float],
    *,
    weights: str = "counting",
) -> FitResult:
    """Power law A (E/E_mid)^-r in a window before an edge.

    Parameters
    ----------
    energy_ev, counts : array_like, shape (n,)
    window_ev : (low, high)
    weights : {"counting", "log"}
        Root of the counts, or constant relative error (a straight line in log-log).

    Returns
    -------
    FitResult
        ``amplitude`` (at the middle of the window) and ``exponent``.

    Raises
    ------
    ValueError
        Too few channels in the window, or counts that are not above zero there.
    """
    if weights not in ("counting", "log"):
        raise ValueError(f'weights must be "counting" or "log", got {weights!r}')
    energy, y = _spectrum(energy_ev, counts)
    inside = _inside(energy, window_ev)
    x, y = energy[inside], y[inside]
    if (y <= 0).any():
        raise ValueError("counts in the background window must be > 0: the dark level is too high")
    middle = float(x.mean())
    sigma = np.sqrt(y) if weights == "counting" else y
    sigma = sigma / sigma.mean() * np.std(np.diff(y)) if np.ptp(y) else sigma

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        amplitude, exponent = values[:, :1], values[:, 1:]
        model = power_law(x, amplitude, exponent, middle)
        jacobian = np.stack([model / amplitude, -model * np.log(x / middle)], axis=-1)
        return (model - y) / sigma, jacobian / sigma[:, None]

    slope, level = np.polyfit(np.log(x / middle), np.log(y), 1)
    problem = Problem(
        ("amplitude", "exponent"),
        ("counts", "1"),
        np.array([y.min() / 100, -20.0]),
        np.array([y.max() * 100, 20.0]),
        np.array([True, False]),
        evaluate,
        np.array([0.25, 2.0]),
    )
    return fit(problem, [[np.exp(level), np.clip(-slope, -19, 19)], [y.mean(), 3.0]])


def background_curve(
    result: FitResult, energy_ev: ArrayLike, window_ev: tuple[float, float], grid_ev: ArrayLike
) -> NDArray:
    """Power law of `fit_background` on the whole axis.

    ``grid_ev`` is the axis of the fit; the middle of its window is the reference energy.
    """
    grid = np.asarray(grid_ev, dtype=float)
    inside = grid[(grid >= window_ev[0]) & (grid <= window_ev[1])]
    return power_law(energy_ev, result["amplitude"], result["exponent"], float(inside.mean()))


def onset(
    energy_ev: ArrayLike, signal: ArrayLike, search_ev: tuple[float, float]
) -> tuple[float, float]:
    """Steepest rise (inflection) and highest point of an edge after smoothing.

    Returns ``inflection_ev, maximum_ev`` inside the search range.
    """
    energy, y = _spectrum(energy_ev, signal)
    step = float(np.median(np.diff(energy)))
    smooth = gaussian_filter1d(y, SMOOTH_EV / step)
    inside = np.flatnonzero((energy >= search_ev[0]) & (energy <= search_ev[1]))
    if inside.size < 5:
        raise ValueError(f"fewer than 5 channels in {search_ev[0]:g}-{search_ev[1]:g} eV")
    rise = np.gradient(smooth, energy)
    return (
        float(energy[inside[np.argmax(rise[inside])]]),
        float(energy[inside[np.argmax(smooth[inside])]]),
    )


def first_onset(energy_ev: NDArray, signal: NDArray, search_ev: tuple[float, float]) -> float:
    """First place in the range that is at least half as steep as any, and clear of the noise."""
    step, noise = float(np.median(np.diff(energy_ev))), noise_from_differences(signal)
    rise = np.gradient(gaussian_filter1d(signal, SMOOTH_EV / step), energy_ev)
    rise[(energy_ev < search_ev[0]) | (energy_ev > search_ev[1])] = -np.inf
    # white noise under the derivative of a Gaussian
    noise *= np.sqrt(step / (4 * np.sqrt(np.pi))) / SMOOTH_EV**1.5
    steep = max(rise.max() / 2, 2 * SIGMAS * noise)
    return float(energy_ev[[*find_peaks(rise, height=steep)[0], np.argmax(rise)][0]])


@dataclass(frozen=True)
class EdgeFit:
    """Linear fit of edges and background: areal densities with errors.

    Attributes
    ----------
    names : tuple of str
        Edges, then background terms.
    values, stderr : ndarray, shape (..., p)
        Edges in atoms per nm2 (for the given number of incident electrons), background terms
        in counts at the reference energy.
    reduced_chi2 : ndarray, shape (...)
    """

    names: tuple[str, ...]
    values: NDArray
    stderr: NDArray
    reduced_chi2: NDArray
    design: NDArray

    def value(self, name: str) -> NDArray:
        """Areal density of an edge, one number or a map."""
        return self.values[..., self._at(name)]

    def error(self, name: str) -> NDArray:
        """Its standard error."""
        return self.stderr[..., self._at(name)]

    def significance(self, name: str) -> NDArray:
        """Value over standard error; may be negative."""
        return self.value(name) / self.error(name)

    @property
    def misfit(self) -> NDArray:
        """Whether the residuals exceed counting statistics, one bool or a map.

        Counts must be electrons: a detector's gain or smoothing changes their scatter.
        """
        freedom = max(self.design.shape[0] - len(self.names), 1)
        chance = stats.chi2.sf(freedom * self.reduced_chi2, freedom)
        return (self.reduced_chi2 > EXCESS**2) & (chance < FALSE_ALARMS)

    def model(self) -> NDArray:
        """Fitted counts."""
        return self.values @ self.design.T

    def _at(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"no edge {name!r}; the fit has {', '.join(self.names)}")
        return self.names.index(name)


def design_matrix(
    energy_ev: NDArray,
    edges: Sequence[Edge],
    beam: Beam,
    electrons: float,
    exponents: Sequence[float] = EXPONENTS,
) -> tuple[tuple[str, ...], NDArray]:
    """Counts per atom/nm2 of every edge, and background power laws of fixed exponents.

    A sum of fixed power laws stands for a free exponent (the linear combination of power laws
    of P. Cueva et al., Data processing for atomic resolution EELS): the fit is linear
    and one matrix serves a whole map.
    """
    step = float(np.median(np.diff(energy_ev)))
    columns = [electrons * 1e14 * step * edge.per_ev_cm2(energy_ev, beam) for edge in edges]
    reference = float(energy_ev.mean())
    columns += [power_law(energy_ev, 1.0, r, reference) for r in exponents]
    names = (*(edge.name for edge in edges), *(f"background r={r:g}" for r in exponents))
    return names, np.column_stack(columns)


def fit_edges(
    energy_ev: ArrayLike,
    counts: ArrayLike,
    edges: Sequence[Edge],
    beam: Beam,
    *,
    electrons: float,
    window_ev: tuple[float, float] | None = None,
    exponents: Sequence[float] = EXPONENTS,
) -> EdgeFit:
    """Areal densities of all edges in a spectrum, or in every pixel of a map, at once.

    Parameters
    ----------
    energy_ev : array_like, shape (n,)
    counts : array_like, shape (n,) or (rows, columns, n)
    edges : sequence of Edge
        Shapes and energies are held: they come from references or from assumptions.
    beam : Beam
    electrons : float
        Incident electrons per spectrum; scales the areal densities.
    window_ev : (low, high), optional
    exponents : (low, high)
        Of the background's two power laws.

    Raises
    ------
    ValueError
        Data and model cannot determine the edges (an edge outside the window, two edges of one
        shape), negative counts, or ``electrons`` not above zero.
    """
    if not electrons > 0:
        raise ValueError(f"electrons must be > 0, got {electrons}: the dose scales the densities")
    energy, y = _spectrum(energy_ev, counts)
    if window_ev is not None:
        inside = _inside(energy, window_ev)
        energy, y = energy[inside], y[..., inside]
    if (y < 0).any():
        raise ValueError(f"{int((y < 0).sum())} negative counts: give counts as recorded")
    for edge in edges:
        if not edge.onset_ev < energy[-1]:
            raise ValueError(
                f"{edge.name} begins at {edge.onset_ev:g} eV, above the data, which end at "
                f"{energy[-1]:g} eV"
            )
    names, matrix = design_matrix(energy, edges, beam, electrons, exponents)
    scale = np.linalg.norm(matrix, axis=0)
    if np.linalg.cond(matrix / scale) > 1e10:
        raise ValueError(f"the shapes of {', '.join(names)} cannot be told apart in this window")
    flat = y.reshape(-1, energy.size)
    mean = np.maximum(flat, 1.0)
    for _ in range(2):  # weights from the model of the step before: counts bias low otherwise
        weights = 1 / mean
        normal = np.einsum("kn,ni,nj->kij", weights, matrix / scale, matrix / scale)
        right = np.einsum("kn,ni,kn->ki", weights, matrix / scale, flat)
        covariance = np.linalg.inv(normal)
        solution = np.einsum("kij,kj->ki", covariance, right)
        mean = np.maximum(solution @ (matrix / scale).T, 1.0)
    residual = (flat - solution @ (matrix / scale).T) ** 2 / mean
    chi2 = residual.sum(axis=1) / max(energy.size - len(names), 1)
    shape = y.shape[:-1]
    covariance = covariance / (scale[:, None] * scale)
    return EdgeFit(
        names,
        (solution / scale).reshape(*shape, -1),
        np.sqrt(np.einsum("kii->ki", covariance)).reshape(*shape, -1),
        chi2.reshape(shape),
        matrix,
    )


def window_signal(
    energy_ev: ArrayLike,
    counts: ArrayLike,
    background_ev: tuple[float, float],
    signal_ev: tuple[float, float],
) -> NDArray:
    """Counts in a window above a power law fitted before it: the usual elemental map.

    The power law is a straight line in log-log, in every pixel.
    """
    energy, y = _spectrum(energy_ev, counts)
    before = (energy >= background_ev[0]) & (energy <= background_ev[1])
    window = (energy >= signal_ev[0]) & (energy <= signal_ev[1])
    if before.sum() < 3 or window.sum() < 1:
        raise ValueError(
            f"windows {background_ev} and {signal_ev} eV do not lie in "
            f"{energy[0]:g}-{energy[-1]:g} eV"
        )
    flat = np.maximum(y.reshape(-1, energy.size), 0.5)
    x = np.log(energy / energy[before].mean())
    slope, level = np.polyfit(x[before], np.log(flat[:, before]).T, 1)
    background = np.exp(level[:, None] + slope[:, None] * x[window])
    return (flat[:, window] - background).sum(axis=1).reshape(y.shape[:-1])


def three_maps(
    energy_ev: ArrayLike,
    counts: ArrayLike,
    edges: Sequence[Edge],
    beam: Beam,
    *,
    electrons: float,
    name: str = "B K",
    background_ev: tuple[float, float] = BEFORE_EV,
    signal_ev: tuple[float, float] = SIGNAL_EV,
    window_ev: tuple[float, float] = WINDOW_EV,
) -> dict[str, NDArray]:
    """Three ways to map an element: intensity of a window, above a background, edge fit.

    The windows of another element than boron are to be given.
    """
    energy, y = _spectrum(energy_ev, counts)
    inside = (energy >= signal_ev[0]) & (energy <= signal_ev[1])
    fit_ = fit_edges(energy, y, edges, beam, electrons=electrons, window_ev=window_ev)
    return {
        "intensity": y[..., inside].sum(axis=-1),
        "above background": window_signal(energy, y, background_ev, signal_ev),
        "edge fit": fit_.value(name),
    }


def detection_limit(
    energy_ev: NDArray,
    expected_counts: NDArray,
    edges: Sequence[Edge],
    beam: Beam,
    name: str,
    *,
    electrons: float,
    window_ev: tuple[float, float],
) -> float:
    """Areal density of an edge that would stand three standard errors high, atoms per nm2.

    From the Fisher information of the expected counts (without that edge), so what every other
    edge and the background leave undetermined is in it.
    """
    inside = _inside(energy_ev, window_ev)
    names, matrix = design_matrix(energy_ev[inside], edges, beam, electrons)
    weighted = matrix / np.sqrt(np.maximum(expected_counts[inside], 1.0))[:, None]
    scale = np.linalg.norm(weighted, axis=0)
    covariance = np.linalg.inv((weighted / scale).T @ (weighted / scale))
    at = names.index(name)
    return float(SIGMAS * np.sqrt(covariance[at, at]) / scale[at])


def recalibrated(
    energy_ev: ArrayLike, found_ev: tuple[float, float], known_ev: tuple[float, float]
) -> NDArray:
    """Energy axis moved and stretched so that two features stand where they are known to be."""
    if found_ev[0] == found_ev[1] or known_ev[0] == known_ev[1]:
        raise ValueError(f"two different features are needed, got {found_ev} and {known_ev}")
    slope = (known_ev[1] - known_ev[0]) / (found_ev[1] - found_ev[0])
    return known_ev[0] + slope * (np.asarray(energy_ev, dtype=float) - found_ev[0])


def edge_table(fit_: EdgeFit) -> pd.DataFrame:
    """Edges of one spectrum: ``edge, atoms_per_nm2, stderr, ci_low, ci_high, flag, note``.

    Where residuals exceed counting statistics, errors grow by the root of the reduced chi2. An
    interval that would reach below zero is an upper limit (95 %), and so is a density below
    zero by no more than noise; one that is further below stays as it is, for what it is.
    """
    rows = []
    chi2, misfit = float(fit_.reduced_chi2), bool(fit_.misfit)
    note = f"residuals {np.sqrt(chi2):.3g} times counting statistics" if misfit else ""
    for name in (n for n in fit_.names if not n.startswith("background")):
        value, error = float(fit_.value(name)), float(fit_.error(name))
        error *= np.sqrt(chi2) if misfit else 1.0
        flag = "misfit" if misfit else ""
        if value < 0 and not misfit and value > -NEGATIVE * error:
            value, flag = 0.0, "at_bound"
        low, high = value - 1.96 * error, value + 1.96 * error
        if 0 <= value < 1.96 * error:
            low, high = 0.0, value + 1.645 * error
        rows.append((name, value, error, low, high, flag, note))
    columns = ["edge", "atoms_per_nm2", "stderr", "ci_low", "ci_high", "flag", "note"]
    return pd.DataFrame(rows, columns=columns)


def _inside(energy: NDArray, window_ev: tuple[float, float]) -> NDArray:
    """Channels of a window, if they are enough for a fit."""
    inside = (energy >= window_ev[0]) & (energy <= window_ev[1])
    if inside.sum() < FEWEST_CHANNELS:
        raise ValueError(
            f"{int(inside.sum())} channels in {window_ev[0]:g}-{window_ev[1]:g} eV; the data span "
            f"{energy[0]:g}-{energy[-1]:g} eV and a fit needs {FEWEST_CHANNELS}"
        )
    return inside


def _spectrum(energy_ev: ArrayLike, counts: ArrayLike) -> tuple[NDArray, NDArray]:
    """Ascending energies and counts, checked; energies may come in either direction."""
    energy, y = np.asarray(energy_ev, dtype=float), np.asarray(counts, dtype=float)
    if energy.ndim != 1 or y.shape[-1:] != energy.shape:
        raise ValueError(
            f"{energy.size} energies for spectra of {y.shape[-1] if y.ndim else 0} channels: "
            "energy must be the last axis"
        )
    if not (np.isfinite(energy).all() and np.isfinite(y).all()):
        raise ValueError("energies and counts must be finite")
    order = np.argsort(energy)
    if np.any(np.diff(energy[order]) <= 0):
        raise ValueError("an energy loss occurs twice")
    return energy[order], y[..., order]
