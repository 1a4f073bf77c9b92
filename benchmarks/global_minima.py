"""How often fits of hard random problems end in the global minimum, beside lmfit with one start.

``python -m benchmarks.global_minima [draws [part of a kind]]``. Found: a chi2 no higher than that
of a fit started at the truth, within 1e-6. lmfit starts where a user would: in the middle of
the ranges. What comes out is kept in benchmarks/trust.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import trust
from nasicon.core import fitting
from nasicon.core.result import FitResult, minimizer_of
from nasicon.eis import fit_circuits
from nasicon.eis.model_circuits import Circuit
from nasicon.nmr import fit_lines
from nasicon.raman import fit_bands
from nasicon.raman.model_bands import gaussian
from nasicon.xps.fit_regions import Peak, Region, fit_region
from nasicon.xps.model_lines import AsymmetricLorentzian, PseudoVoigt

DRAWS, SEED = 500, 20261128
FOUND = 1e-6  # relative excess of chi2 that counts as the same minimum
FREQUENCY_HZ = np.geomspace(1e6, 0.1, 71)
OMEGA = 2 * np.pi * FREQUENCY_HZ
NOISE = 0.003

Draw = tuple[Callable[[], FitResult], NDArray, NDArray]  # our fit, the truth, a user's guess


def near_arcs(rng: np.random.Generator) -> Draw:
    """Two arcs whose apex frequencies lie a factor of 3 to 10 apart, intercept, electrode."""
    r = np.exp(rng.uniform(np.log(300), np.log(3000), 2))
    n = rng.uniform(0.8, 1.0, 2)
    apex = np.exp(rng.uniform(np.log(1e3), np.log(1e5)))
    apexes = np.array([apex, apex / rng.uniform(3, 10)])
    q = (2 * np.pi * apexes) ** -n / r
    truth = [rng.uniform(5, 50), r[0], q[0], n[0], r[1], q[1], n[1]]
    truth += [10 ** rng.uniform(-5.3, -4.5), rng.uniform(0.7, 0.95)]
    middle = [20, 1e3, 2e-8, 0.9, 1e3, 1e-7, 0.9, 1e-5, 0.85]
    return _circuit("R0-(R1||CPE1)-(R2||CPE2)-CPE3", truth, middle, rng)


def nested(rng: np.random.Generator) -> Draw:
    """A Randles circuit with finite-space diffusion behind an arc."""
    r1, r2, r0 = 10.0, *(10 * 10 ** rng.uniform(-0.5, 0.5, 2))
    n = rng.uniform(0.75, 1.0)
    arc, randles = 10 ** rng.uniform(3, 5), 10 ** rng.uniform(1, 2.5)
    rw = r0 * 10 ** rng.uniform(0, 1.3)
    truth = [r1, r2, (2 * np.pi * arc) ** -n / r2, n, r0, rw, 10 ** rng.uniform(-1, 0.5)]
    truth += [1 / (2 * np.pi * randles * r0)]
    middle = [10, 10, 1e-6, 0.85, 10, 30, 1, 1e-4]
    return _circuit("R1-(R2||CPE2)-((R3-Wo3)||C3)", truth, middle, rng)


def _circuit(text: str, truth: list, middle: list, rng: np.random.Generator) -> Draw:
    circuit, truth = Circuit.parse(text), np.array(truth)
    z = circuit.impedance(truth, OMEGA)
    z = z * (1 + NOISE * (rng.normal(size=z.size) + 1j * rng.normal(size=z.size)))
    data = pd.DataFrame({"frequency_hz": FREQUENCY_HZ, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    return lambda: fit_circuits.fit_circuit(data, circuit), truth, np.array(middle, dtype=float)


PPM = np.arange(-40.0, 60.0, 0.1)


def near_sites(rng: np.random.Generator) -> Draw:
    """Two quadrupolar lines half a width apart to one and a half, in one window."""
    cq, eta = rng.uniform(2.0, 3.2, 2), rng.uniform(0, 0.9, 2)
    width, area = rng.uniform(0.8, 2.0, 2), rng.uniform(0.4, 1.0, 2)
    extent = 25e3 / 192.39**2 * cq.mean() ** 2 * 1.2  # ppm over which such a line spreads
    delta = 16 + np.array([0, -rng.uniform(0.5, 1.5) * extent / 2])
    y = sum(
        fit_lines.line_shape(PPM, delta=d, fwhm=w, area=a, cq=c, eta=e, larmor_mhz=192.39)
        for d, w, a, c, e in zip(delta, width, area, cq, eta, strict=True)
    )
    data = _spectrum(PPM, y, 200, rng, "shift_ppm")
    sites = tuple(fit_lines.Site(name, (-15.0, 22.0)) for name in "AB")
    truth = [
        v
        for d, w, a, c, e in zip(delta, width, area, cq, eta, strict=True)
        for v in (d, w, a, c, e**2)
    ]
    middle = [v for d in (12.0, 8.0) for v in (d, 1.3, area.mean(), 2.6, 0.25)]
    return (
        lambda: fit_lines.fit_sites(data, sites, larmor_mhz=192.39, spin=1.5).result,
        np.array([*truth, 0, 0]),
        np.array([*middle, 0, 0]),
    )


def near_lines(rng: np.random.Generator) -> Draw:
    """Two plain lines half a width apart (as of 31P)."""
    width, area = rng.uniform(2.0, 5.0, 2), rng.uniform(0.4, 1.0, 2)
    delta = rng.uniform(-5, 5) + np.array([0, -rng.uniform(0.5, 1.0) * width.mean()])
    y = sum(a * gaussian(PPM, d, w) for d, w, a in zip(delta, width, area, strict=True))
    data = _spectrum(PPM, y, 200, rng, "shift_ppm")
    sites = tuple(fit_lines.Site(name, (-15.0, 10.0), cq_mhz=0.0) for name in "AB")
    truth = [v for row in zip(delta, width, area, strict=True) for v in row]
    middle = [1.0, 3.0, 0.7, -3.0, 3.0, 0.7]
    return (
        lambda: fit_lines.fit_sites(data, sites, larmor_mhz=192.39).result,
        np.array([*truth, 0, 0]),
        np.array([*middle, 0, 0]),
    )


def near_bands(rng: np.random.Generator) -> Draw:
    """Two Raman bands half a width to one width apart over a straight baseline."""
    x = np.arange(450.0, 950.0)
    width, area = rng.uniform(50, 110, 2), 1000 * rng.uniform(0.4, 1.0, 2)
    centre = rng.uniform(640, 700) + np.array([0, rng.uniform(0.5, 1.0) * width.mean()])
    y = sum(a * gaussian(x, c, w) for c, w, a in zip(centre, width, area, strict=True)) + 40
    data = _spectrum(x, y, 200, rng, "raman_shift_cm1")
    bands = tuple(fit_bands.Band(n, c, 80.0) for n, c in (("A", 640.0), ("B", 740.0)))
    truth = [v for row in zip(centre, width, area, strict=True) for v in row]
    middle = [640, 80, 700, 740, 80, 700]
    fit = lambda: fit_bands.fit_bands(data, bands, window=(480.0, 920.0)).result  # noqa: E731
    return fit, np.array([*truth, 0, 0]), np.array([*middle, 0, 0], dtype=float)


def near_doublets(rng: np.random.Generator) -> Draw:
    """Two Bi 4f doublets 0.7 to 1.5 widths apart, one with an asymmetric tail, over a Shirley."""
    energy = np.arange(153.0, 171.0, 0.05)
    tail = AsymmetricLorentzian(rng.uniform(0.7, 1.1), rng.uniform(1.2, 2.0))
    width, area = rng.uniform(0.9, 1.8, 2), 1e4 * rng.uniform(0.4, 1.0, 2)
    position = rng.uniform(156.5, 157.5) + np.array([0, rng.uniform(0.7, 1.5) * width.mean()])
    bismuth = {"splitting_ev": 5.31, "ratio": 0.75}
    peaks = (
        Peak("metal", (154.5, 161.0), (0.5, 3.0), tail, **bismuth),
        Peak("oxide", (154.5, 161.0), (0.5, 3.0), PseudoVoigt(0.3), **bismuth),
    )
    ones = np.ones(energy.size)
    model = Region(energy, ones, ones, peaks, "shirley", None, False)
    lines = [v for row in zip(position, width, area, strict=True) for v in row]
    truth = np.array([500.0, 0.03, *lines])
    counts = rng.poisson(model.model(truth[None])[0][0]) * 1.0
    data = pd.DataFrame({"binding_energy_ev": energy, "intensity_counts": counts})
    middle = [500.0, 0.02, 157.0, 1.3, 7e3, 158.5, 1.3, 7e3]
    return lambda: fit_region(data, peaks).result, truth, np.array(middle)


def _spectrum(x: NDArray, y: NDArray, ratio: float, rng: np.random.Generator, axis: str):
    noisy = y + rng.normal(0, y.max() / ratio, y.size)
    return pd.DataFrame({axis: x, "intensity": noisy})


KINDS = {
    ("impedance", "two arcs a factor 3 to 10 apart"): near_arcs,
    ("impedance", "nested circuit with finite-space Warburg"): nested,
    ("NMR", "two quadrupolar sites 0.5 to 1.5 widths apart"): near_sites,
    ("NMR", "two plain lines 0.5 to 1 width apart"): near_lines,
    ("Raman", "two bands 0.5 to 1 width apart"): near_bands,
    ("photoemission", "two doublets 0.7 to 1.5 widths apart, one with a tail"): near_doublets,
}


def found(draw: Draw) -> tuple[bool, bool]:
    """Whether our fit and lmfit with one start reach what a fit from the truth reaches."""
    fit, truth, middle = draw
    result = fit()
    problem = result.problem
    inside = np.clip([truth, middle], problem.lower, problem.upper)
    best = min(
        fitting.levenberg_marquardt(problem, inside[:1], max_iterations=1000).chi2[0], result.chi2
    )
    held = np.zeros(truth.size, dtype=bool)
    other = minimizer_of(problem, problem.to_internal(inside[1]), held, scaled=True)
    theirs = float((np.asarray(other.leastsq().residual) ** 2).sum())
    return result.chi2 <= best * (1 + FOUND), theirs <= best * (1 + FOUND)


def rates(draws: int = DRAWS, part: str = "", seed: int = SEED) -> pd.DataFrame:
    """Rows of the trust table for the kinds whose name has ``part`` in it, kept kind by kind."""
    rows = []
    for (technique, what), make in KINDS.items():
        if part not in what:
            continue
        rng = np.random.default_rng(seed)
        outcome = np.array([found(make(rng)) for _ in tqdm(range(draws), desc=what, unit="fit")])
        for name, rate in zip(("", ", lmfit with one start"), outcome.mean(axis=0), strict=True):
            rows.append((technique, f"global minimum, {what}{name}", 100 * rate, draws, seed))
        trust.write("global_minima", trust.rows(rows), keep=True)
    return trust.rows(rows)


if __name__ == "__main__":
    given = sys.argv[1:]
    table = rates(int(given[0]) if given else DRAWS, *given[1:2])
    print(table.to_string(index=False))
