"""Sliders of strain microscopy."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from compendium.sliders import SEED, draw, value_text
from compendium.sliders.explore import Slider, movable
from nasicon.esm import fit_decays, fit_maps
from nasicon.esm.model_oscillator import exponential, oscillator

QUANTITIES = ("amplitude", "resonance_hz", "quality")


def pixel(cube: xr.DataArray, fit: xr.Dataset, y: int, x: int) -> Figure:
    """Amplitude of one pixel of a map with its fit."""
    data, one = np.abs(cube.isel(y=y, x=x).to_numpy()), fit.isel(y=y, x=x)
    values = [float(one[name]) for name in QUANTITIES]
    if not np.isfinite(values).all():
        raise ValueError(f"the pixel x = {x}, y = {y} has no fit")
    errors = [float(one[f"{name}_stderr"]) for name in QUANTITIES]
    unit = cube.attrs.get("units") or "a.u."
    title = (
        f"fit gives A {values[0]:.2f} ± {errors[0]:.2f} {unit}, f₀ {values[1] / 1e3:.2f} ± "
        f"{errors[1] / 1e3:.2f} kHz,\nQ {values[2]:.1f} ± {errors[2]:.1f}; R² "
        f"{float(one['r_squared']):.4f}"
    )
    f = cube["frequency"].to_numpy()
    look = {"xlabel": "frequency (kHz)", "ylabel": f"amplitude ({unit})", "title": title}
    curve = np.abs(oscillator(f, *values, 0.0))
    return draw.spectrum(f / 1e3, data, curve, {}, **look)


@movable(
    quality=Slider(5, 100, 28, "quality factor"),
    signal_to_noise=Slider(1, 1000, 20, "signal to noise", logarithmic=True),
)
def resonance(quality: float, signal_to_noise: float) -> Figure:
    """Contact resonance of a driven damped oscillator (3.9 pm, 307 kHz) and its fit."""
    rng, height = np.random.default_rng(SEED), 3.9
    f = np.linspace(270e3, 340e3, 60)
    scatter = height * quality / signal_to_noise * rng.normal(size=(2, f.size))
    data = oscillator(f, height, 307e3, quality, 0.4) + scatter[0] + 1j * scatter[1]
    known = {"coords": {"frequency": f}, "attrs": {"units": "pm"}}
    cube = xr.DataArray(data[None, None], dims=("y", "x", "frequency"), **known)
    return pixel(cube, fit_maps.fit_map(cube), 0, 0)


@movable(
    tau_s=Slider(1e-3, 10, 0.5, "τ (s)", logarithmic=True),
    noise_pm=Slider(0.05, 1, 0.3, "noise (pm)"),
)
def decay(tau_s: float, noise_pm: float) -> Figure:
    """Relaxation record of 5 s in steps of 10 ms, and its exponential fit."""
    rng = np.random.default_rng(SEED)
    t = np.arange(1, 501) * 0.01
    data = exponential(t, 4.0, tau_s, 2.6) + noise_pm * rng.normal(size=t.size)
    fitted = fit_decays.fit_relaxation(t, data)
    title = f"true τ {tau_s:.3g} s; fit gives {value_text(fitted, 'tau', 's')}"
    curve = fit_decays.predict(fitted, t, "exponential")
    look = {"xlabel": "time (s)", "ylabel": "amplitude (pm)", "title": title}
    return draw.spectrum(t, data, curve, {}, **look)
