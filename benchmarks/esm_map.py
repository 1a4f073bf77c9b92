"""Oscillator fits of whole maps: speed, memory and accuracy beside lmfit and scipy.

``python -m benchmarks.esm_map`` measures, in one run:

- pixels a second of :func:`nasicon.esm.fit_maps.fit_map` on 256 x 256 pixels and 60
  frequencies, to convergence and with standard errors, complex and amplitude-only, best of
  several rounds (other work on the machine only ever slows a round down);
- the same pixel by pixel with lmfit (numerical derivatives, its default) and with scipy's
  ``curve_fit`` with the exact Jacobian, both from the same start as ours, single-threaded as
  they are; their rates come from a sample of pixels, in turn with ours;
- what a bare pass over the memory takes, the peak of the memory, growth from 64^2 to 1024^2;
- the spread of the estimates against the Cramer-Rao bound, and how ours ends where scipy ends.

S/N is the oscillator's height at resonance over the standard deviation of the noise of the
real and of the imaginary part. Speed is measured at S/N 10, quality factors of 25 +- 4.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import lmfit
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import curve_fit
from tqdm import tqdm

from benchmarks import Row
from nasicon.esm import fit_maps
from nasicon.esm.model_oscillator import cramer_rao, oscillator, oscillator_jacobian

FREQUENCY_HZ = np.linspace(270e3, 340e3, 60)
NAMES = ("amplitude", "resonance_hz", "quality", "phase_rad")
TYPICAL = (3.9, 307e3, 25.0, 0.4)
SPEED_SNR = 10.0
SEED = 20191128
PEAK = """
from benchmarks import esm_map
from nasicon.esm import fit_maps
cube = esm_map.cheap_cube({side}, {complex})
fit_maps.fit_map(cube[:2, :2], esm_map.FREQUENCY_HZ)
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
def high():
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(l for l in lines if l.startswith("VmHWM")).split()[1])
before = high()
fit = fit_maps.fit_map(cube, esm_map.FREQUENCY_HZ)
print((cube.nbytes + high() - before) / cube.nbytes)
"""


def truth(side: int, rng: np.random.Generator) -> list[NDArray]:
    """Amplitude, resonance, quality factor and phase of a map, shape (side, side) each."""
    shape = (side, side)
    return [
        rng.normal(3.9, 0.6, shape).clip(1),
        rng.normal(307e3, 5e3, shape).clip(285e3, 328e3),
        rng.normal(25, 4, shape).clip(10),
        rng.uniform(-3, 3, shape),
    ]


def cube(side: int, snr: float, *, complex_data: bool = True, seed: int = SEED) -> NDArray:
    """Noisy map, single precision, shape (side, side, 60)."""
    rng = np.random.default_rng(seed)
    values = [v[..., None] for v in truth(side, rng)]
    clean = oscillator(FREQUENCY_HZ, *values)
    noise = values[0] * values[2] / snr
    if complex_data:
        drawn = rng.normal(size=clean.shape) + 1j * rng.normal(size=clean.shape)
        return (clean + noise * drawn).astype(np.complex64)
    return (np.abs(clean) + noise * rng.normal(size=clean.shape)).astype(np.float32)


def cheap_cube(side: int, complex_data: bool = True) -> NDArray:
    """Large map made of copies of a small one."""
    small = cube(32, SPEED_SNR, complex_data=complex_data)
    return np.tile(small, (side // 32, side // 32, 1))


Clock = Callable[[], float]


def best_seconds(
    work: Callable[[], object], rounds: int, clock: Clock = time.perf_counter
) -> float:
    """Fastest of several runs."""
    times = []
    for _ in range(rounds):
        begun = clock()
        work()
        times.append(clock() - begun)
    return min(times)


def stacked(f: NDArray, *values: float) -> NDArray:
    """Real and imaginary part, or for three values the amplitude."""
    response = oscillator(f, *values)
    return np.abs(response) if len(values) == 3 else np.concatenate([response.real, response.imag])


def stacked_jacobian(f: NDArray, *values: float) -> NDArray:
    """Derivatives of :func:`stacked`."""
    phase = values[3] if len(values) == 4 else 0.0
    jacobian = oscillator_jacobian(f, *values[:3], phase)
    if len(values) == 4:
        return np.vstack([jacobian.real, jacobian.imag])
    response = oscillator(f, *values)
    return ((np.conj(response)[:, None] * jacobian[:, :3]) / np.abs(response)[:, None]).real


def by_scipy(y: NDArray, start: NDArray) -> NDArray:
    """Fit one pixel with curve_fit, exact Jacobian, Levenberg-Marquardt."""
    data = np.concatenate([y.real, y.imag]) if np.iscomplexobj(y) else y
    found, _ = curve_fit(
        stacked, FREQUENCY_HZ, data.astype(float), start, jac=stacked_jacobian, method="lm"
    )
    return found


def by_lmfit(y: NDArray, start: NDArray) -> NDArray:
    """Fit one pixel with lmfit as it comes."""
    data = np.concatenate([y.real, y.imag]) if np.iscomplexobj(y) else y
    parameters = lmfit.Parameters()
    for name, value in zip(NAMES, start, strict=False):
        parameters.add(name, value=value)

    def residual(current: lmfit.Parameters) -> NDArray:
        return stacked(FREQUENCY_HZ, *current.valuesdict().values()) - data

    outcome = lmfit.minimize(residual, parameters)
    return np.array(list(outcome.params.valuesdict().values()))


def starts(data: NDArray) -> NDArray:
    """Return the algebraic starts, shape (pixels, 4 or 3)."""
    fit = fit_maps.fit_map(data, FREQUENCY_HZ, max_iterations=0)
    names = NAMES if np.iscomplexobj(data) else NAMES[:3]
    return np.stack([fit[n].to_numpy().ravel() for n in names], axis=-1)


def rates(complex_data: bool, *, side: int = 256, rounds: int = 60, sample: int = 150) -> dict:
    """Pixels a second of ours and the peers, in turn; and of a bare pass over the memory."""
    data = cube(side, SPEED_SNR, complex_data=complex_data)
    flat, guess = data.reshape(-1, data.shape[-1]), starts(data)
    fit_maps.fit_map(data[:4, :4], FREQUENCY_HZ)  # compiled, or loaded from the cache
    picks = np.random.default_rng(SEED).choice(flat.shape[0], 3 * sample, replace=False)
    ours, processor, memory, scipy_s, lmfit_s = [], [], [], [], []
    for i in range(3):
        part = picks[i * sample : (i + 1) * sample]
        ours.append(best_seconds(lambda: fit_maps.fit_map(data, FREQUENCY_HZ), rounds // 3))
        processor.append(
            best_seconds(
                lambda: fit_maps.fit_map(data, FREQUENCY_HZ), rounds // 3, time.process_time
            )
        )
        memory.append(best_seconds(lambda: float(np.abs(data.view(np.float32)).sum()), 3))
        scipy_s.append(
            best_seconds(lambda part=part: [by_scipy(flat[k], guess[k]) for k in part], 1)
        )
        few = part[: sample // 5]
        lmfit_s.append(best_seconds(lambda few=few: [by_lmfit(flat[k], guess[k]) for k in few], 1))
    return {
        "ours": side**2 / min(ours),
        "processor": side**2 / min(processor),  # a processor's own time, whatever else runs
        "memory pass": side**2 / min(memory),
        "scipy": sample / min(scipy_s),
        "lmfit": (sample // 5) / min(lmfit_s),
    }


def growth(
    rounds: int = 15, sides: tuple[int, ...] = (64, 128, 256, 512, 1024)
) -> dict[int, float]:
    """Time a pixel over that of the 256 x 256 map."""
    seconds = {}
    for side in tqdm(sides, desc="growth", unit="map"):
        data = cheap_cube(side)
        few = max(rounds, rounds * 256 // side)
        seconds[side] = (
            best_seconds(lambda d=data: fit_maps.fit_map(d, FREQUENCY_HZ), few) / side**2
        )
    return {side: s / seconds[256] for side, s in seconds.items()}


def peak_memory(complex_data: bool = True, side: int = 512) -> float:
    """Peak of a process while it fits, cube included, over the size of the cube.

    Linux alone tells the peak of a part of a run; elsewhere the answer is nan.
    """
    if not Path("/proc/self/clear_refs").exists():
        return np.nan
    code = PEAK.format(side=side, complex=complex_data)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    return float(done.stdout)


def spread(
    snr: float, *, complex_data: bool = True, draws: int = 20_000, seed: int = SEED
) -> NDArray:
    """Standard deviation of the estimates over the Cramer-Rao bound, per parameter."""
    return _spread(_typical(snr, draws, complex_data, seed), snr, complex_data)


def _typical(snr: float, draws: int, complex_data: bool, seed: int) -> NDArray:
    """Many noisy spectra of one oscillator."""
    rng = np.random.default_rng(seed)
    clean = oscillator(FREQUENCY_HZ, *TYPICAL)
    sigma = TYPICAL[0] * TYPICAL[2] / snr
    shape = (draws, FREQUENCY_HZ.size)
    if complex_data:
        return clean + sigma * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
    return np.abs(clean) + sigma * rng.normal(size=shape)


def _spread(data: NDArray, snr: float, complex_data: bool) -> NDArray:
    names = NAMES if complex_data else NAMES[:3]
    fit = fit_maps.fit_map(data, FREQUENCY_HZ)
    sigma = TYPICAL[0] * TYPICAL[2] / snr
    bound = cramer_rao(FREQUENCY_HZ, TYPICAL, sigma, complex_data=complex_data)
    return np.array([fit[n].std().item() for n in names]) / bound


def beside_scipy(snr: float, pixels: int = 400, *, complex_data: bool = True) -> dict[str, float]:
    """Share of pixels in which ours ends as low as scipy, or lower, and the reverse.

    scipy starts from the truth, which no user has.
    """
    side = int(np.ceil(np.sqrt(pixels)))
    data = cube(side, snr, complex_data=complex_data)
    true = np.stack([v.ravel() for v in truth(side, np.random.default_rng(SEED))], axis=-1)
    fit = fit_maps.fit_map(data, FREQUENCY_HZ)
    names = NAMES if complex_data else NAMES[:3]
    ours = np.stack([fit[n].to_numpy().ravel() for n in names], axis=-1)
    flat = data.reshape(-1, data.shape[-1])
    lower, higher, failed = 0, 0, 0
    for y, mine, start in zip(flat, ours, true, strict=True):
        try:
            theirs = by_scipy(y, start[: len(names)])
        except RuntimeError:
            failed += 1
            continue
        sums = [_sum_of_squares(y, v) for v in (mine, theirs)]
        lower += sums[0] < sums[1] * (1 - 1e-6)
        higher += sums[0] > sums[1] * (1 + 1e-6)
    total = len(flat)
    return {"as low": 1 - higher / total, "lower": lower / total, "scipy failed": failed / total}


def _sum_of_squares(y: NDArray, values: NDArray) -> float:
    data = np.concatenate([y.real, y.imag]) if np.iscomplexobj(y) else y
    return float(((stacked(FREQUENCY_HZ, *values) - data) ** 2).sum())


def converged(snr: float, *, complex_data: bool = True, side: int = 256) -> float:
    """Share of the pixels of a map that converge, inside all bounds, with digits."""
    fit: xr.Dataset = fit_maps.fit_map(cube(side, snr, complex_data=complex_data), FREQUENCY_HZ)
    return float(fit_maps.usable(fit).mean())


def measure() -> list[Row]:
    """Return the rows of the table."""
    rows = []
    for complex_data, kind, target in ((True, "complex", 1.0), (False, "amplitude only", 0.5)):
        rate = rates(complex_data)
        rows += [
            Row(
                f"strain-microscopy map 256² × 60, {kind}, converged, with errors",
                f"{rate['ours'] / 1e6:.2f} M pixels/s on {fit_maps.available_processors()} CPUs "
                f"({rate['processor'] / 1e6:.2f} M a processor second)",
                f"≥ {target:g} M pixels/s",
            ),
            Row(
                "the same by lmfit, pixel by pixel",
                f"{rate['lmfit']:.0f} pixels/s, ours {rate['ours'] / rate['lmfit']:.0f} ×",
                "ours ≥ 4000 ×",
            ),
            Row(
                "the same by scipy curve_fit, exact Jacobian",
                f"{rate['scipy']:.0f} pixels/s, ours {rate['ours'] / rate['scipy']:.0f} ×",
                "ours ≥ 500 ×",
            ),
            Row(
                "a bare pass over the memory, share of our time",
                f"{100 * rate['ours'] / rate['memory pass']:.1f} %",
            ),
            Row(f"peak memory, {kind}", f"{peak_memory(complex_data):.2f} × the cube", "≤ 2.5 ×"),
        ]
    relative = growth()
    rows.append(
        Row(
            "time a pixel from 64² to 1024², relative to 256²",
            f"{min(relative.values()):.2f} to {max(relative.values()):.2f}",
            "0.8 to 1.2",
        )
    )
    for snr in (5.0, 10.0, 20.0, 50.0):
        aim = "≤ 1.1" if snr >= 10 else ""
        rows.append(
            Row(
                f"spread over the Cramér-Rao bound at S/N {snr:g}, complex / amplitude only",
                f"{spread(snr).max():.3f} / {spread(snr, complex_data=False).max():.3f}",
                aim,
            )
        )
        rows.append(
            Row(
                f"pixels converged at S/N {snr:g}, complex / amplitude only",
                f"{100 * converged(snr):.2f} / {100 * converged(snr, complex_data=False):.2f} %",
                "≥ 99.9 %" if snr >= 10 else "",
            )
        )
    low, poor = beside_scipy(5.0), beside_scipy(5.0, complex_data=False)
    rows.append(
        Row(
            "minimum as low as scipy's from the truth, S/N 5, complex / amplitude only",
            f"{100 * low['as low']:.1f} / {100 * poor['as low']:.1f} %",
            "≥ 99 %",
        )
    )
    return rows


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
