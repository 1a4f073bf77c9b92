"""Equivalent-circuit fits of impedance spectra: one spectrum, a choice of circuits, a series."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core import fitting
from nasicon.eis import fit_starts
from nasicon.eis.fit_consistency import arrays, kramers_kronig_arrays
from nasicon.eis.model_circuits import Circuit

NO_SPECTRUM = 0.3  # relative scatter above which nothing can be fitted
ROUGH = 0.05  # relative scatter from which on weights come from the fitted curve
REWEIGHTED = 2  # times: the third moves nothing
ENOUGH = 20  # degrees of freedom to say so
PROBES = 3  # spectra of an ensemble
ROUNDING = 2e-4  # relative: below it files round and the test's own curve ends
TOLERATED = 0.01  # of abs(Z), beyond the noise: what analysers promise
Weighting = Literal["modulus", "unit", "kk"]

#: Circuits that :func:`choose_circuit` compares, from one intercept to two resolved arcs.
CANDIDATES = (
    "R1-CPE3",
    "(R1||CPE1)",
    "(R1||CPE1)-CPE3",
    "R1-(R2||CPE2)-CPE3",
    "L0-R1-(R2||CPE2)-CPE3",
    "(R1||CPE1)-(R2||CPE2)-CPE3",
)

#: Further ones for a spectrum that those leave a misfit or a bound: leads, an interface.
RICHER = (
    "L0-R1-CPE3",
    "L0-(R1||CPE1)-CPE3",
    "L0-(R1||CPE1)-(R2||CPE2)-CPE3",
    "L0-R1-(R2||CPE2)-(R3||CPE3)-CPE4",
    "(R1||CPE1)-(R2||CPE2)-(R3||CPE3)-CPE4",
)


def standard_deviations(omega: NDArray, z: NDArray, weighting: Weighting = "modulus") -> NDArray:
    """Standard deviation of Re and Im that a weighting scheme assumes, shape (n,).

    ``modulus``: proportional to abs(Z), right for a constant relative error;
    ``unit``: constant; ``kk``: the local scatter about a Kramers-Kronig
    consistent curve (:func:`nasicon.eis.fit_consistency.kramers_kronig`), smoothed over
    nine points.
    """
    if weighting == "modulus":
        return np.abs(z)
    if weighting == "unit":
        return np.full(z.size, np.abs(z).mean())
    if weighting == "kk":
        return np.abs(z) * np.maximum(kramers_kronig_arrays(omega, z).noise, 1e-6)
    raise ValueError(f'weighting must be "modulus", "unit" or "kk", got {weighting!r}')


def problem(
    circuit: Circuit, omega: NDArray, z: NDArray, sigma: NDArray, lower: NDArray, upper: NDArray
) -> fitting.Problem:
    """Weighted, stacked real and imaginary residuals; ``z`` may be (n,) or (k, n) replicates."""
    weight, n = 1 / sigma, omega.size

    def stacked(parts: NDArray, weight: NDArray) -> NDArray:
        both = np.empty((*parts.shape[:-1], 2 * n))
        np.multiply(parts.real, weight, out=both[..., :n])
        np.multiply(parts.imag, weight, out=both[..., n:])
        return both

    def evaluate(values: NDArray) -> tuple[NDArray, NDArray]:
        model, slopes = circuit.evaluate(values, omega)
        rows = stacked(slopes.swapaxes(-1, -2), weight[..., None, :])
        return stacked(model - z, weight), rows.swapaxes(-1, -2)

    positive = np.array([p.positive for p in circuit.parameters])
    return fitting.Problem(circuit.names, circuit.units, lower, upper, positive, evaluate)


def fit_circuit(
    spectrum: pd.DataFrame,
    circuit: str | Circuit,
    *,
    weighting: Weighting = "modulus",
    starts: NDArray | None = None,
) -> fitting.FitResult:
    """Complex non-linear least-squares fit of an equivalent circuit.

    Parameters
    ----------
    spectrum : DataFrame
        ``frequency_hz, z_real_ohm, z_imag_ohm``.
    circuit : str or Circuit
        See :mod:`nasicon.eis.model_circuits` for the grammar.
    weighting : {"modulus", "unit", "kk"}
    starts : ndarray, shape (k, p), optional
        Starts to use instead of the data-driven ones, for example neighbours' fits.

    Returns
    -------
    FitResult
        Arcs come in falling apex frequency. ``misfit``: the residuals are above the scatter
        about a Kramers-Kronig consistent curve, or neighbours share them; below ``TOLERATED``
        of abs(Z) only ``misfit_reason`` says so.

    Raises
    ------
    ValueError
        Points that scatter by more than ``NO_SPECTRUM`` of abs(Z) about any such curve.
    """
    circuit = Circuit.parse(circuit)
    omega, z = arrays(spectrum)
    kk = kramers_kronig_arrays(omega, z)
    scatter = float(np.median(kk.noise))
    if scatter > NO_SPECTRUM and kk.freedom >= ENOUGH:
        raise ValueError(
            f"the points scatter by {100 * scatter:.0f} % of abs(Z) about any curve that a linear "
            "system can give: this is noise, no spectrum; check the contacts and the columns"
        )
    sigma = standard_deviations(omega, z, weighting)
    noisy = weighting == "modulus" and scatter > ROUGH
    nested = any(not fit_starts.is_linear(block) for block in circuit.blocks)
    if starts is None:
        starts = fit_starts.starts(circuit, omega, z, sigma, 48 if nested else 24)
    lower, upper = fit_starts.bounds(circuit, np.atleast_2d(starts))
    steps = (20, 60) if nested else (6, 8)
    result = fitting.fit(problem(circuit, omega, z, sigma, lower, upper), starts, steps=steps)
    for _ in range(REWEIGHTED if noisy else 0):  # noisy moduli favour the low readings
        sigma = np.abs(circuit.evaluate(result.values[None], omega)[0][0])
        again = fitting.fit(problem(circuit, omega, z, sigma, lower, upper), [result.values])
        result = replace(again, guess=result.guess, starts_tried=result.starts_tried)
    result = result.permuted(_by_apex(circuit, result.values))
    variance = np.square(kk.noise * np.abs(z) / sigma)
    noise, few = float(np.sqrt(variance.mean())), variance.mean() ** 2 / np.mean(variance**2)
    order = np.argsort(omega, kind="stable")
    result = result.judged(
        max(noise, ROUNDING),
        noise_freedom=kk.freedom * few,  # a few large points may make up all of it
        order=np.concatenate([order, order + omega.size]),
        series=2,
    )
    square = np.mean((result.residuals * np.tile(sigma / np.abs(z), 2)) ** 2)
    off = math.sqrt(max(square - np.mean(kk.noise**2), result.quality.correlation * square, 0.0))
    if not (result.misfit and kk.passed and off < TOLERATED):
        return result
    why = f"{result.misfit_reason}, {100 * off:.2g} % of abs(Z): resistances by up to 10 times that"
    return replace(result, quality=replace(result.quality, found=False, reason=why))


def _by_apex(circuit: Circuit, values: NDArray) -> NDArray:
    """Order of the parameters that puts like arcs in falling apex frequency.

    Exchanging two (R||CPE) arcs leaves the impedance as it is, so a fit may end with
    either; the circuit's string then reads from high to low frequency.
    """
    order = np.arange(values.size)
    for kind in ("CPE", "C"):
        like = [pair for pair in circuit.arcs if pair[1].kind == kind]
        places = [[e.start + i for e in pair for i in range(len(e.names))] for pair in like]
        # R, Q, n or R, C: (R Q)^(1/n) is the time constant
        tau = [
            (values[p[0]] * values[p[1]]) ** (1 / (values[p[2]] if len(p) == 3 else 1.0))
            for p in places
        ]
        for target, source in zip(places, np.argsort(tau, kind="stable"), strict=True):
            order[target] = places[source]
    return order


def fit_ensemble(
    frequency_hz: NDArray, z: NDArray, circuit: str | Circuit
) -> tuple[NDArray, NDArray, NDArray]:
    """Fit many spectra on one frequency grid as a batch, modulus weights.

    `PROBES` spectra, spread over the ensemble, are searched globally; every spectrum is
    then refined from each of those minima and the best kept.

    Parameters
    ----------
    frequency_hz : ndarray, shape (n,)
    z : ndarray of complex, shape (k, n)
    circuit : str or Circuit

    Returns
    -------
    values, relative_stderr : ndarray, shape (k, p)
        The error of positive parameters relative to the value, of exponents absolute.
    converged : ndarray of bool, shape (k,)
    """
    circuit = Circuit.parse(circuit)
    omega = 2 * np.pi * frequency_hz
    probed = z[np.unique(np.linspace(0, len(z) - 1, PROBES).astype(int))]
    columns = [{"z_real_ohm": row.real, "z_imag_ohm": row.imag} for row in probed]
    spectra = [pd.DataFrame({"frequency_hz": frequency_hz, **pair}) for pair in columns]
    starts = np.array([fit_circuit(spectrum, circuit).values for spectrum in spectra])
    lower, upper = fit_starts.bounds(circuit, starts)
    task = problem(circuit, omega, z, np.abs(z), lower, upper)
    runs = [
        fitting.levenberg_marquardt(task, np.tile(start, (len(z), 1)), max_iterations=80)
        for start in starts
    ]
    best = np.argmin([run.chi2 for run in runs], axis=0)
    rows = np.arange(len(z))
    values = np.array([run.values for run in runs])[best, rows]
    converged = np.array([run.converged for run in runs])[best, rows]
    values = np.array([row[_by_apex(circuit, row)] for row in values])
    spread = fitting.standard_errors(task, values)
    return values, spread * np.where(task.positive, np.log(10), 1.0), converged


def predict(result: fitting.FitResult, circuit: str | Circuit, frequency_hz: NDArray) -> NDArray:
    """Complex impedance of a fit at any frequencies."""
    circuit = Circuit.parse(circuit)
    return circuit.impedance(result.values, 2 * np.pi * np.asarray(frequency_hz))


def choose_circuit(
    spectrum: pd.DataFrame,
    candidates: Sequence[str] = CANDIDATES,
    *,
    weighting: Weighting = "modulus",
) -> pd.DataFrame:
    """Fit every candidate and rank by the Bayesian information criterion (Schwarz 1978).

    Returns a table ``circuit, parameters, rms_percent, bic, delta_bic, result``, best
    first. A candidate with more parameters than the data allow is left out.
    The criterion knows nothing of systematic errors: a difference below about
    10 does not decide.
    """
    omega, _ = arrays(spectrum)
    rows = []
    for text in candidates:
        size = len(Circuit.parse(text).names)
        if 2 * omega.size <= size:
            continue
        result = fit_circuit(spectrum, text, weighting=weighting)
        rms = 100 * math.sqrt(result.chi2 / result.residuals.size)
        rows.append((text, size, rms, result.bic, result))
    table = pd.DataFrame(rows, columns=["circuit", "parameters", "rms_percent", "bic", "result"])
    table = table.sort_values("bic", kind="stable", ignore_index=True)
    table.insert(4, "delta_bic", table["bic"] - table["bic"].min())
    return table


def bootstrap(
    result: fitting.FitResult,
    spectrum: pd.DataFrame,
    circuit: str | Circuit,
    *,
    replicates: int = 1000,
    seed: int = 0,
    weighting: Weighting = "modulus",
) -> pd.DataFrame:
    """Parametric bootstrap: refit spectra drawn from the fitted model, shape (replicates, p).

    All replicates are refined as one batch from the fitted values. Noise is
    normal on Re and Im with the weights' shape and the fit's own size.
    """
    circuit = Circuit.parse(circuit)
    omega, z = arrays(spectrum)
    sigma = standard_deviations(omega, z, weighting)
    model = circuit.impedance(result.values, omega)
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(replicates, 2, omega.size)) * sigma * math.sqrt(result.reduced_chi2)
    drawn = model + noise[:, 0] + 1j * noise[:, 1]
    task = problem(circuit, omega, drawn, sigma, result.lower, result.upper)
    minima = fitting.levenberg_marquardt(
        task, np.tile(result.values, (replicates, 1)), max_iterations=60
    )
    return pd.DataFrame(minima.values, columns=list(result.names))


def fit_series(
    spectra: dict[float, pd.DataFrame], circuit: str | Circuit, *, weighting: Weighting = "modulus"
) -> dict[float, fitting.FitResult]:
    """Fit a temperature series as one: every spectrum is also started from its neighbours' fits.

    ``spectra`` maps temperature (degrees Celsius) to spectrum. Each is fitted alone, then
    again with the neighbours' values as further starts, and the lower minimum kept,
    so that one arc stays in one place of the circuit along the series.
    """
    circuit = Circuit.parse(circuit)
    temperatures = sorted(spectra)
    first = {t: fit_circuit(spectra[t], circuit, weighting=weighting) for t in temperatures}
    linked = dict(first)
    for i, t in enumerate(temperatures if len(temperatures) > 1 else ()):
        beside = temperatures[max(i - 1, 0) : i] + temperatures[i + 1 : i + 2]
        starts = np.array([first[n].values for n in beside])
        again = fit_circuit(spectra[t], circuit, weighting=weighting, starts=starts)
        # at one minimum the last digit of chi2 does not decide, but which of them arrived there
        same = abs(again.chi2 - first[t].chi2) <= fitting.SAME * first[t].chi2
        linked[t] = min(first[t], again, key=lambda r: (same and not r.converged, r.chi2))
    return linked
