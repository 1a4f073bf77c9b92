"""Figures of strain-microscopy maps: maps with histograms, spectra of a pixel, what R^2 hides."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nasicon.core import style
from nasicon.esm.fit_maps import usable
from nasicon.esm.model_oscillator import oscillator

COLOURS = (style.DOPED, style.UNDOPED, style.THIRD, style.FOURTH)
LOOKS = (style.UNDOPED, style.THIRD)
LABELS = {
    "amplitude": "amplitude A ({})",
    "quality": "quality factor Q",
    "resonance_hz": "resonance f₀ (kHz)",
    "r_squared": "R²",
    "phase_rad": "phase (rad)",
}
HYPOTHESIS_LABELS = {
    "printed": "as printed",
    "no difference": "no difference",
    "electrostatic": "background only",
    "crosstalk": "Q only",
}


def maps(
    fits: Mapping[str, xr.Dataset],
    layer: str,
    *,
    evidence: str,
    printed: Mapping[str, tuple[float, float]] | None = None,
    letters: str = "abc",
    extent_um: float | None = None,
) -> Figure:
    """One map per sample on a common scale, then their histograms.

    Parameters
    ----------
    fits : mapping of str to Dataset
        Results of :func:`nasicon.esm.fit_maps.fit_map`.
    layer : str
    evidence : str
    printed : mapping of str to (mean, sd), optional
        Printed mean and spread.
    letters : str
        One per panel.
    extent_um : float, optional
        Edge of the maps; without it the axes count pixels.
    """
    shown = {name: _values(fit, layer) for name, fit in fits.items()}
    label = _label(fits, layer)
    everything = np.concatenate([v[np.isfinite(v)] for v in shown.values()])
    low, high = np.percentile(everything, [1, 99])
    widths = {"width_ratios": [*([1.0] * len(shown)), 1.15]}
    figure, axes = style.subplots(1, len(shown) + 1, height=2.9, gridspec_kw=widths)
    for ax, letter, (name, values) in zip(axes, letters, shown.items(), strict=False):
        image = style.image(ax, values, extent_um, vmin=low, vmax=high)
        style.letter(ax, letter, name)
    look = {"orientation": "horizontal", "shrink": 0.7, "aspect": 35, "pad": 0.02}
    bar = figure.colorbar(image, ax=axes[:-1], label=label, **look)
    bar.locator = MaxNLocator(5)
    bar.update_ticks()
    _histograms(axes[-1], shown, label, printed or {})
    style.letter(axes[-1], letters[len(shown)], "histograms")
    return style.badge(figure, evidence, _assumed(extent_um))


def _label(fits: Mapping[str, xr.Dataset], layer: str) -> str:
    unit = next(iter(fits.values()))["amplitude"].attrs.get("units") or "a.u."
    return LABELS[layer].format(unit)


def _assumed(extent_um: float | None) -> str:
    return f"scale assumed: {extent_um:g} × {extent_um:g} µm" if extent_um else ""


def _histograms(
    ax: Axes, shown: Mapping[str, np.ndarray], label: str, printed: Mapping[str, tuple]
) -> None:
    import seaborn as sns

    everything = np.concatenate([v[np.isfinite(v)] for v in shown.values()])
    edges = np.linspace(*np.percentile(everything, [0.1, 99.9]), 41)
    top = 0.0
    for colour, (name, values) in zip(COLOURS, shown.items(), strict=False):
        good = values[np.isfinite(values)]
        look = {"element": "step", "stat": "density", "alpha": 0.35, "color": colour, "lw": 1.0}
        named = f"{name}: {good.mean():.3g} ± {good.std():.2g}"
        sns.histplot(x=good, bins=edges, label=named, ax=ax, **look)
        top = max(top, np.histogram(good, edges, density=True)[0].max())
        if name in printed:
            mean, sd = printed[name]
            at = top * (1.12 + 0.1 * list(shown).index(name))
            look = {"fmt": "D", "ms": 4, "color": style.PRINTED, "mfc": colour, "capsize": 2}
            ax.errorbar(mean, at, xerr=sd, label=f"printed: {mean:.2f} ± {sd:.2f}", **look)
    ax.set(ylim=(0, top * 2.4), xlabel=label, ylabel="density (arb. units)", yticks=[])
    ax.legend(loc="upper left", handlelength=1.2, fontsize=6)


def single_maps(
    fits: Mapping[str, xr.Dataset],
    layers: Sequence[str],
    *,
    evidence: str,
    extent_um: float | None = None,
) -> Figure:
    """Maps of several layers, one row a sample, each column on its own scale."""
    height = 2.6 * len(fits) + 0.3
    figure, axes = style.subplots(len(fits), len(layers), height=height, squeeze=False)
    for column, layer in enumerate(layers):
        shown = {name: _values(fit, layer) for name, fit in fits.items()}
        everything = np.concatenate([v[np.isfinite(v)] for v in shown.values()])
        low, high = np.percentile(everything, [1, 99])
        for ax, (name, values) in zip(axes[:, column], shown.items(), strict=True):
            image = style.image(ax, values, extent_um, vmin=low, vmax=high)
            ax.set_title(name)
            figure.colorbar(image, ax=ax, shrink=0.85, label=_label(fits, layer))
    return style.badge(figure, evidence, _assumed(extent_um))


def frequency_maps(
    cubes: Mapping[str, xr.DataArray], frequencies_hz: Sequence[float], *, evidence: str
) -> Figure:
    """Strips of amplitude maps at some of the measured frequencies (Figs S11 and S12)."""
    rows, columns = len(cubes), len(frequencies_hz)
    figure, axes = style.subplots(rows, columns, height=1.05 * rows + 1.0, squeeze=False)
    top = max(float(np.nanpercentile(np.abs(c), 99.5)) for c in cubes.values())
    for row, (name, cube) in zip(axes, cubes.items(), strict=True):
        for ax, f in zip(row, frequencies_hz, strict=True):
            one = np.abs(cube.sel(frequency=f, method="nearest"))
            image = ax.imshow(one, cmap=style.MAP, vmin=0, vmax=top, origin="lower")
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(name)
    for ax, f in zip(axes[0], frequencies_hz, strict=True):
        ax.set_title(f"{f / 1e3:.0f} kHz", fontsize=7)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", aspect=60, pad=0.03)
    bar.set_label(f"amplitude ({next(iter(cubes.values())).attrs.get('units') or 'a.u.'})")
    return style.badge(figure, evidence, tiles=True)


def pixel(
    cube: xr.DataArray, fit: xr.Dataset, y: int, x: int, *, evidence: str, name: str = ""
) -> Figure:
    """Spectrum of one pixel with its fit: amplitude, phase (if any) and residual."""
    data, one = cube.isel(y=y, x=x).to_numpy(), fit.isel(y=y, x=x)
    is_complex = np.iscomplexobj(data)
    f = cube["frequency"].to_numpy()
    fine = np.linspace(f[0], f[-1], 400)
    values = [float(one[k]) for k in ("amplitude", "resonance_hz", "quality")]
    known = bool(np.isfinite(values).all())
    phase = float(one["phase_rad"]) if is_complex and known else 0.0
    values = values if known else [0.0, f[0], 1.0]  # a pixel without a fit: no response
    model, smooth = oscillator(f, *values, phase), oscillator(fine, *values, phase)
    unit = cube.attrs.get("units") or "a.u."
    heights = [2.2, 1.2, 1.0] if is_complex else [2.2, 1.0]
    height = 1.4 * len(heights) + 0.8
    options = {"width": style.COLUMN_INCH, "sharex": True, "height_ratios": heights}
    figure, axes = style.subplots(len(heights), 1, height=height, **options)
    axes[0].plot(f / 1e3, np.abs(data), **style.points(evidence), label=evidence)
    axes[0].plot(fine / 1e3, np.abs(smooth), color=style.UNDOPED, label="oscillator")
    axes[0].set_ylabel(f"amplitude ({unit})")
    axes[0].legend(loc="upper right")
    title = f"{name} pixel x = {x}, y = {y}".strip()
    if known:
        title += (
            f"\nA {values[0]:.3g} ± {float(one['amplitude_stderr']):.1g} {unit}, "
            f"f₀ {values[1] / 1e3:.2f} ± {float(one['resonance_hz_stderr']) / 1e3:.1g} kHz,\n"
            f"Q {values[2]:.3g} ± {float(one['quality_stderr']):.1g}, "
            f"R² {float(one['r_squared']):.4f}"
        )
    axes[0].set_title(title, fontsize=7)
    if is_complex:
        turn = np.exp(-1j * phase)
        axes[1].plot(f / 1e3, np.degrees(np.angle(data * turn)), **style.points(evidence))
        axes[1].plot(fine / 1e3, np.degrees(np.angle(smooth * turn)), color=style.UNDOPED)
        axes[1].set_ylabel("phase to\ndrive (deg)")
        left = data - model
        axes[-1].plot(f / 1e3, left.real, color=style.UNDOPED, lw=0.9, label="real")
        axes[-1].plot(f / 1e3, left.imag, color=style.THIRD, lw=0.9, ls="--", label="imag")
        axes[-1].legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 0.95), borderaxespad=0)
    else:
        axes[-1].plot(f / 1e3, data - np.abs(model), color=style.UNDOPED, lw=0.9)
    axes[-1].axhline(0, color=style.INK, lw=0.5)
    axes[-1].set(xlabel="frequency (kHz)", ylabel=f"residual\n({unit})")
    return style.badge(figure, evidence)


def bias(table: pd.DataFrame) -> Figure:
    """R^2 of a fit beside the bias of amplitude and quality factor."""
    figure, axes = style.subplots(1, 2, height=2.7, sharex=True)
    for ax, quantity in zip(axes, ("amplitude", "quality"), strict=True):
        kinds = table.groupby("data", sort=False)
        for colour, marker, (kind, rows) in zip(LOOKS, "os", kinds, strict=True):
            look = {"ms": 3.2, "mfc": "white", "mec": colour, "mew": 0.9, "label": kind}
            ax.plot(1 - rows["r_squared"], rows[f"{quantity}_bias_percent"], marker, **look)
        style.logarithmic(ax, "x")
        ax.axhline(0, color=style.INK, lw=0.6)
        ax.set_xlabel("1 − R² (median of the map)")
        ax.set_ylabel(f"bias of {'A' if quantity == 'amplitude' else 'Q'} (%)")
    style.legend_above(figure, axes[1])
    return style.badge(
        figure, "simulated", "noise 0.25 to 5 pm, background 0 to 8 pm at four phases"
    )


def hypotheses(table: pd.DataFrame, printed_ratio: Mapping[str, float]) -> Figure:
    """What pairs of maps would show as printed and under three rivals."""
    figure, axes = style.subplots(1, 4, height=2.75, sharey=True)
    names = list(HYPOTHESIS_LABELS)
    columns = (
        ("amplitude_ratio", "ratio of A", "amplitude"),
        ("fixed_frequency_ratio", "ratio of |H|, 307 kHz", "amplitude"),
        ("quality_ratio", "ratio of Q", "quality"),
    )
    for ax, (column, label, kind) in zip(axes, columns, strict=False):
        look = {"order": names, "size": 1.8, "color": style.UNDOPED, "alpha": 0.6, "jitter": 0.25}
        style.strip(table, x=column, y="hypothesis", ax=ax, **look)
        ax.axvline(1, color=style.INK, lw=0.6, ls=":")
        ax.axvline(printed_ratio[kind], color=style.PRINTED, lw=1.0, ls="--")
        ax.set(xlabel=label, ylabel="")
        ax.xaxis.set_major_locator(MaxNLocator(4))
    for how, marker, text in (
        ("amplitude_p_all_pixels", "s", "all pixels"),
        ("amplitude_p", "o", "effective pixels"),
    ):
        share = [100 * (table.loc[table["hypothesis"] == n, how] < 0.05).mean() for n in names]
        face = "white" if marker == "s" else style.UNDOPED
        look = {"ms": 5, "mec": style.UNDOPED, "mfc": face, "label": text}
        axes[3].plot(share, range(len(names)), marker, **look)
    axes[3].axvline(5, color=style.INK, lw=0.6, ls=":")
    axes[3].set(xlabel="p < 0.05 for A (%)", xlim=(-6, 106))
    axes[0].set_yticks(range(len(names)), [HYPOTHESIS_LABELS[n] for n in names])
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    style.legend_above(figure, axes[3])
    return style.badge(figure, "simulated", "one point a pair of maps; dashed: printed ratio")


def _values(fit: xr.Dataset, layer: str) -> np.ndarray:
    values = fit[layer].where(usable(fit)).to_numpy()
    return values / 1e3 if layer.endswith("_hz") else values
