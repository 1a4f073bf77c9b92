"""Simulated strain-microscopy maps and relaxation curves of the two glass-ceramics.

``python -m compendium.simulate.esm`` writes to ``data/simulated/esm/``:

``gc-latp.npz``, ``gc-latbp.npz``
    Sequential-excitation maps, 96 x 96 pixels and 40 frequencies, real and imaginary
    part as the integers of a digitiser.
``gc-latp_dart.npz``, ``gc-latbp_dart.npz``
    The same surfaces seen at two frequencies.
``gc-latp_low.txt`` and three more
    Relaxation of seven points of a high- and a low-response region, equal time constants.
``assumptions.csv``
    What the paper does not print, with range and reason.
``truth/truth.csv``
    What went in. No analysis reads it.

The signal is not the fitted oscillator alone: an electrostatic background that does not
resonate, a gain that slopes over the band, a resonance that drifts while the map is
scanned, noise of the photodetector and steps of the digitiser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from compendium import published
from compendium.simulate import assumptions, writing
from nasicon.esm import model_oscillator as model

SEED = 20191128
PIXELS = 96
FREQUENCIES_HZ = np.linspace(270e3, 340e3, 40)
DART_HALF_WIDTH_HZ = 5e3
STEPS_PER_NOISE = 6.0  # digitiser
CURVES = 7
RECORD_S, STEP_S = 5.0, 0.01
MAPS = ("amplitude_pm", "resonance_hz", "quality", "phase_rad")  # of the model, in its order

ASSUMPTIONS = assumptions.declared("esm")


@dataclass(frozen=True)
class Sample:
    """Printed mean and spread of amplitude (pm) and quality factor of a sample."""

    name: str
    amplitude_pm: float
    amplitude_sd_pm: float
    quality: float
    quality_sd: float

    @property
    def stem(self) -> str:
        """File-name stem."""
        return self.name.lower()


def printed(key: str) -> Sample:
    """Build a sample from its printed numbers; ``key`` is ``gclatp`` or ``gclatbp``."""
    values = (
        published.claim(f"A-{q}-{key}").number for q in ("esm-amp", "esm-amp-sd", "q", "q-sd")
    )
    return Sample({"gclatp": "GC-LATP", "gclatbp": "GC-LATBP"}[key], *values)


def without_difference(sample: Sample, others: tuple[Sample, ...]) -> Sample:
    """Give a sample the mean amplitude and spread of all: no electrochemical difference."""
    means = np.mean([(o.amplitude_pm, o.amplitude_sd_pm) for o in others], axis=0)
    return replace(sample, amplitude_pm=float(means[0]), amplitude_sd_pm=float(means[1]))


def field(rng: np.random.Generator, shape: tuple[int, int], length_px: float) -> NDArray:
    """Normal random field, mean 0 and spread 1, correlation exp(-(d / length)^2).

    White noise smoothed by a Gaussian of ``length / 2`` has that correlation.
    """
    pad = int(np.ceil(2 * length_px))
    white = rng.normal(size=tuple(n + 2 * pad for n in shape))
    smooth = gaussian_filter(white, length_px / 2, mode="wrap")[pad:-pad, pad:-pad]
    return smooth * np.sqrt(np.pi) * length_px


def surface(
    sample: Sample, assumed: Mapping[str, float], rng: np.random.Generator, pixels: int = PIXELS
) -> dict[str, NDArray]:
    """True maps of a sample: amplitude_pm, resonance_hz, quality, phase_rad, (pixels, pixels) each.

    Amplitude, quality factor and resonance are drawn independently.
    """
    shape, length = (pixels, pixels), assumed["correlation_px"]
    drift = assumed["drift_hz"] * np.linspace(-0.5, 0.5, pixels)[:, None]

    def positive(mean: float, sd: float) -> NDArray:
        return np.maximum(mean + sd * field(rng, shape, length), 0.1 * mean)

    return {
        "amplitude_pm": positive(sample.amplitude_pm, sample.amplitude_sd_pm),
        "quality": positive(sample.quality, sample.quality_sd),
        "resonance_hz": assumed["resonance_hz"]
        + drift
        + assumed["resonance_sd_hz"] * field(rng, shape, length),
        "phase_rad": np.full(shape, assumed["phase_rad"]),
    }


def response(
    maps: Mapping[str, NDArray],
    assumed: Mapping[str, float],
    frequency_hz: NDArray,
    rng: np.random.Generator,
) -> NDArray:
    """Complex signal in pm, shape (y, x, n): oscillator, background, gain, noise."""
    signal = model.oscillator(frequency_hz, *(maps[name][..., None] for name in MAPS))
    signal = signal + _background(assumed)
    centre = 0.5 * (FREQUENCIES_HZ[0] + FREQUENCIES_HZ[-1])
    slope = assumed["gain_slope_percent"] / 100 / np.ptp(FREQUENCIES_HZ)
    return _detected(signal * (1 + slope * (frequency_hz - centre)), assumed, rng)


def _background(assumed: Mapping[str, float]) -> complex:
    turned = assumed["phase_rad"] + assumed["background_phase_rad"]
    return assumed["background_pm"] * np.exp(1j * turned)


def _detected(signal: NDArray, assumed: Mapping[str, float], rng: np.random.Generator) -> NDArray:
    noise = rng.normal(size=(2, *signal.shape)) * assumed["noise_pm"]
    return signal + noise[0] + 1j * noise[1]


def dart(
    maps: Mapping[str, NDArray], assumed: Mapping[str, float], rng: np.random.Generator
) -> dict[str, NDArray]:
    """Channels of a dual-frequency map whose centre follows the resonance within 500 Hz."""
    centre = maps["resonance_hz"] + 500 * rng.normal(size=maps["resonance_hz"].shape)
    channels = {}
    for i, side in ((1, -1), (2, 1)):
        f = centre + side * DART_HALF_WIDTH_HZ
        signal = model.oscillator(f, *(maps[name] for name in MAPS)) + _background(assumed)
        one = _detected(signal, assumed, rng)
        channels |= {f"amplitude{i}": np.abs(one), f"phase{i}_rad": np.angle(one)}
        channels[f"frequency{i}_hz"] = f
    return channels


def relaxation(
    offset_pm: float,
    tau_s: float,
    assumed: Mapping[str, float],
    rng: np.random.Generator,
    curves: int = CURVES,
    form: str = "exponential",
) -> tuple[NDArray, NDArray, NDArray]:
    """Relaxation of several points: times (n,), signals (curves, n) in pm, true tau (curves,).

    Time constants and amplitudes scatter from point to point (log-normal).
    """
    t = np.arange(1, round(RECORD_S / STEP_S) + 1) * STEP_S
    scatter = np.log(1 + assumed["point_scatter_percent"] / 100)
    taus = tau_s * np.exp(scatter * rng.normal(size=curves))
    amplitudes = assumed["relaxing_pm"] * np.exp(scatter * rng.normal(size=curves))
    decay, exponent = getattr(model, form), [0.6] * (form == "stretched")
    pairs = zip(amplitudes, taus, strict=True)
    signal = np.array([a * decay(t, 1.0, tau, *exponent, 0.0) + offset_pm for a, tau in pairs])
    return t, signal + assumed["relaxation_noise_pm"] * rng.normal(size=signal.shape), taus


def write_cube(path: Path, title: str, cube: NDArray, noise_pm: float) -> None:
    """Write a map as integers in steps of a fraction of the noise."""
    step = noise_pm / STEPS_PER_NOISE
    parts = {name: np.rint(getattr(cube, name) / step) for name in ("real", "imag")}
    largest = max(np.abs(part).max() for part in parts.values())
    if largest > np.iinfo(np.int16).max:
        raise ValueError(f"{largest:g} steps exceed 16 bit; noise_pm = {noise_pm:g} is too small")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        **{k: v.astype(np.int16) for k, v in parts.items()},
        scale=np.float64(step),
        frequency_hz=FREQUENCIES_HZ,
        units=np.array("pm"),
        title=np.array(title),
    )


def write_relaxation(path: Path, title: str, t: NDArray, curves: NDArray) -> None:
    """Write curves as tab-separated text, one column a point."""
    header = "\t".join(["time_s", *(f"point{i}_pm" for i in range(1, len(curves) + 1))])
    points = zip(t, curves.T, strict=True)
    rows = ["\t".join([f"{x:.2f}", *(f"{v:.3f}" for v in values)]) for x, values in points]
    writing.write_lines(path, [f"# {title}", header, *rows])


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    assumed = assumptions.nominal(ASSUMPTIONS)
    truth = []
    for key in ("gclatp", "gclatbp"):
        sample = printed(key)
        maps = surface(sample, assumed, rng)
        title = f"SIMULATED {sample.name}, sequential excitation at 3 V, not the authors' data"
        cube = response(maps, assumed, FREQUENCIES_HZ, rng)
        write_cube(out_dir / f"{sample.stem}.npz", title, cube, assumed["noise_pm"])
        narrow = {
            k: v.astype(np.float32 if "frequency" in k else np.float16)
            for k, v in dart(maps, assumed, rng).items()
        }
        np.savez_compressed(out_dir / f"{sample.stem}_dart.npz", **narrow)
        truth += [(f"{sample.stem}.npz", k, v.mean(), v.std()) for k, v in maps.items()]
        for region, offset in (("high", 1.0), ("low", -1.0)):
            level = sample.amplitude_pm + offset * sample.amplitude_sd_pm
            t, curves, taus = relaxation(level, assumed["tau_s"], assumed, rng)
            name = f"{sample.stem}_{region}.txt"
            title = f"SIMULATED {sample.name}, {region}-response region, after -10 V for 5 s"
            write_relaxation(out_dir / name, title, t, curves)
            truth += [
                (name, f"tau_s of point {i}", tau, 0.0) for i, tau in enumerate(taus, start=1)
            ]
    columns = ("file", "quantity", "mean", "sd")
    writing.write_truth([dict(zip(columns, row, strict=True)) for row in truth], out_dir)
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.esm", "esm", main)
