"""Figures of strain-microscopy maps: maps with histograms, spectra of a pixel, what R^2 hides."""

from __future__ import annotations

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
MAP = "cividis"  # even in lightness, and read the same by colour-blind eyes
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
    """
    shown = {name: _values(fit, layer) for name, fit in fits.items()}
    label = LABELS[layer].format(
        next(iter(fits.values()))["amplitude"].attrs.get("units") or "a.u."
    )
    everything = np.concatenate([v[np.isfinite(v)] for v in shown.values()])
    low, high = np.percentile(everything, [1, 99])
    widths = {"width_ratios": [*([1.0] * len(shown)), 1.15]}
    figure, axes = style.subplots(1, len(shown) + 1, height=2.65, gridspec_kw=widths)
    for ax, letter, (name, values) in zip(axes, letters, shown.items(), strict=False):
        image = ax.imshow(
            values, cmap=MAP, vmin=low, vmax=high, origin="lower", interpolation="nearest"
        )
        ax.set_title(f"{letter}  {name}")
        ax.set_xlabel("x (px)")
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.yaxis.set_major_locator(MaxNLocator(4))
    axes[0].set_ylabel("y (px)")
    bar = figure.colorbar(
        image, ax=axes[:-1], orientation="horizontal", shrink=0.7, aspect=35, pad=0.02
    )
    bar.set_label(label)
    bar.locator = MaxNLocator(5)
    bar.update_ticks()
    _histograms(axes[-1], shown, label, evidence, printed or {})
    axes[-1].set_title(f"{letters[len(shown)]}  histograms")
    style.badge(figure, evidence)
    return figure


def _histograms(
    ax: Axes,
    shown: Mapping[str, np.ndarray],
    label: str,
    evidence: str,
    printed: Mapping[str, tuple[float, float]],
) -> None:
    everything = np.concatenate([v[np.isfinite(v)] for v in shown.values()])
    edges = np.linspace(*np.percentile(everything, [0.1, 99.9]), 41)
    top = 0.0
    for colour, (name, values) in zip(COLOURS, shown.items(), strict=False):
        count, _, _ = ax.hist(
            values[np.isfinite(values)], edges, density=True, alpha=0.35, color=colour, label=name
        )
        ax.stairs(count, edges, color=colour, lw=1.0)
        top = max(top, count.max())
    marks = [(name, *printed[name]) for name in shown if name in printed]
    for i, (_, mean, sd) in enumerate(marks):
        height = top * (1.1 + 0.1 * i)
        ax.errorbar(
            mean,
            height,
            xerr=sd,
            fmt="D",
            ms=3.2,
            color=style.PRINTED,
            capsize=2,
            lw=1,
            label="printed mean ± spread" if i == 0 else None,
        )
    ax.set_ylim(0, top * 2.05)
    ax.set_xlabel(label)
    ax.set_ylabel("density")
    ax.set_yticks([])
    ax.legend(loc="upper right", handlelength=1.2)


def _stamp_map(ax: Axes, size: float = 5.0) -> None:
    """Say inside a map that it is simulated, small enough to leave it visible."""
    words = "simulated from printed values,\nnot the authors' data"
    text = ax.text(
        0.5,
        0.02,
        words,
        fontsize=size,
        style="italic",
        ha="center",
        va="bottom",
        transform=ax.transAxes,
        color=style.INK,
        linespacing=1.0,
        bbox={"fc": "white", "ec": "none", "pad": 0.6, "alpha": 0.85},
    )
    text.set_in_layout(False)


def single_maps(fits: Mapping[str, xr.Dataset], layers: Sequence[str], *, evidence: str) -> Figure:
    """Maps of several layers, one row a sample, each column on its own scale."""
    figure, axes = style.subplots(
        len(fits), len(layers), height=2.2 * len(fits) + 0.3, squeeze=False
    )
    for column, layer in enumerate(layers):
        shown = {name: _values(fit, layer) for name, fit in fits.items()}
        everything = np.concatenate([v[np.isfinite(v)] for v in shown.values()])
        low, high = np.percentile(everything, [1, 99])
        unit = next(iter(fits.values()))["amplitude"].attrs.get("units") or "a.u."
        for row, (name, values) in enumerate(shown.items()):
            ax = axes[row, column]
            image = ax.imshow(values, cmap=MAP, vmin=low, vmax=high, origin="lower")
            ax.set_title(name)
            ax.set_xlabel("x (px)")
            ax.set_ylabel("y (px)")
            ax.xaxis.set_major_locator(MaxNLocator(4))
            ax.yaxis.set_major_locator(MaxNLocator(4))
            bar = figure.colorbar(image, ax=ax, shrink=0.85)
            bar.set_label(LABELS[layer].format(unit))
    style.badge(figure, evidence)
    return figure


def frequency_maps(
    cubes: Mapping[str, xr.DataArray], frequencies_hz: Sequence[float], *, evidence: str
) -> Figure:
    """Amplitude maps at some of the measured frequencies (Figs S11 and S12)."""
    figure, axes = style.subplots(
        len(cubes), len(frequencies_hz), height=2.0 * len(cubes) + 0.2, squeeze=False
    )
    top = max(float(np.nanpercentile(np.abs(c), 99.5)) for c in cubes.values())
    for row, (name, cube) in enumerate(cubes.items()):
        for column, f in enumerate(frequencies_hz):
            ax, one = axes[row, column], cube.sel(frequency=f, method="nearest")
            image = ax.imshow(np.abs(one), cmap=MAP, vmin=0, vmax=top, origin="lower")
            ax.set_title(f"{float(one['frequency']) / 1e3:.0f} kHz" if row == 0 else "")
            ax.set_ylabel(name if column == 0 else "")
            ax.set_xticks([])
            ax.set_yticks([])
    bar = figure.colorbar(image, ax=axes, shrink=0.7, aspect=30)
    bar.set_label(f"amplitude ({next(iter(cubes.values())).attrs.get('units') or 'a.u.'})")
    style.badge(figure, evidence)
    return figure


def pixel(
    cube: xr.DataArray,
    fit: xr.Dataset,
    y: int,
    x: int,
    *,
    evidence: str,
    name: str = "",
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
    figure, axes = style.subplots(
        len(heights),
        1,
        height=1.5 * len(heights) + 0.6,
        width=style.COLUMN_INCH,
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": heights},
    )
    axes = axes[:, 0]
    axes[0].plot(f / 1e3, np.abs(data), **style.points(evidence), label=evidence)
    axes[0].plot(fine / 1e3, np.abs(smooth), color=style.UNDOPED, label="oscillator")
    axes[0].set_ylabel(f"amplitude ({unit})")
    axes[0].legend(loc="upper right")
    if known:
        text = (
            f"A = {values[0]:.3g} ± {float(one['amplitude_stderr']):.1g} {unit}\n"
            f"f₀ = {values[1] / 1e3:.2f} ± {float(one['resonance_hz_stderr']) / 1e3:.1g} kHz\n"
            f"Q = {values[2]:.3g} ± {float(one['quality_stderr']):.1g}\n"
            f"R² = {float(one['r_squared']):.4f}"
        )
        axes[0].text(0.02, 0.72, text, transform=axes[0].transAxes, va="top", fontsize=6.5)
    axes[0].set_title(f"{name} pixel x = {x}, y = {y}".strip())
    _phase_and_residual(axes[1:], f, fine, data, model, smooth, phase, unit, evidence)
    axes[-1].set_xlabel("frequency (kHz)")
    style.badge(figure, evidence)
    return figure


def _phase_and_residual(
    axes: Sequence[Axes],
    f: np.ndarray,
    fine: np.ndarray,
    data: np.ndarray,
    model: np.ndarray,
    smooth: np.ndarray,
    phase: float,
    unit: str,
    evidence: str,
) -> None:
    if np.iscomplexobj(data):
        turn = np.exp(-1j * phase)
        axes[0].plot(f / 1e3, np.degrees(np.angle(data * turn)), **style.points(evidence))
        axes[0].plot(fine / 1e3, np.degrees(np.angle(smooth * turn)), color=style.UNDOPED)
        axes[0].set_ylabel("phase to\ndrive (deg)")
        left = data - model
        axes[-1].plot(f / 1e3, left.real, color=style.UNDOPED, lw=0.9, label="real")
        axes[-1].plot(f / 1e3, left.imag, color=style.THIRD, lw=0.9, ls="--", label="imag")
        axes[-1].legend(ncols=2, loc="upper right")
    else:
        axes[-1].plot(f / 1e3, data - np.abs(model), color=style.UNDOPED, lw=0.9)
    axes[-1].axhline(0, color=style.INK, lw=0.5)
    axes[-1].set_ylabel(f"residual\n({unit})")


def bias(table: pd.DataFrame) -> Figure:
    """R^2 of a fit beside the bias of amplitude and quality factor."""
    figure, axes = style.subplots(1, 2, height=2.7, sharex=True)
    for ax, quantity in zip(axes, ("amplitude", "quality"), strict=True):
        for colour, marker, (kind, rows) in zip(
            (style.UNDOPED, style.THIRD), "os", table.groupby("data", sort=False), strict=True
        ):
            ax.plot(
                1 - rows["r_squared"],
                rows[f"{quantity}_bias_percent"],
                marker,
                ms=3.2,
                mfc="white",
                mec=colour,
                mew=0.9,
                label=kind,
            )
        ax.set_xscale("log")
        style.decades(ax.xaxis)
        ax.axhline(0, color=style.INK, lw=0.6)
        ax.set_xlabel("1 − R² (median of the map)")
        ax.set_ylabel(f"bias of {'A' if quantity == 'amplitude' else 'Q'} (%)")
    axes[1].legend(loc="lower left")
    style.badge(figure, "simulated", "noise 0.25 to 5 pm, background 0 to 8 pm at four phases")
    return figure


def hypotheses(table: pd.DataFrame, printed_ratio: Mapping[str, float]) -> Figure:
    """What pairs of maps would show as printed and under three rivals."""
    figure, axes = style.subplots(1, 4, height=2.75, sharey=True)
    names = list(HYPOTHESIS_LABELS)
    columns = (
        ("amplitude_ratio", "ratio of fitted A", "amplitude"),
        ("fixed_frequency_ratio", "ratio of |H| at 307 kHz", "amplitude"),
        ("quality_ratio", "ratio of Q", "quality"),
        (None, "share with p < 0.05 for A", None),
    )
    for ax, (column, label, kind) in zip(axes, columns, strict=True):
        for i, name in enumerate(names):
            rows = table[table["hypothesis"] == name]
            colour = style.CYCLE[i]
            if column is None:
                for how, marker, text in (
                    ("amplitude_p_all_pixels", "s", "all pixels"),
                    ("amplitude_p", "o", "effective pixels"),
                ):
                    ax.plot(
                        (rows[how] < 0.05).mean(),
                        i,
                        marker,
                        ms=5,
                        mec=colour,
                        mew=1.0,
                        mfc="white" if marker == "s" else colour,
                        label=text if i == 0 else None,
                    )
            else:
                low, middle, high = rows[column].quantile([0.025, 0.5, 0.975])
                ax.plot([low, high], [i, i], color=colour, lw=2.5, solid_capstyle="butt")
                ax.plot(middle, i, "|", ms=9, color=style.INK)
        ax.set_xlabel(label)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        if column is None:
            ax.axvline(0.05, color=style.INK, lw=0.6, ls=":")
            ax.set_xlim(-0.06, 1.06)
            ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1, handlelength=1.0)
        else:
            ax.axvline(1, color=style.INK, lw=0.6, ls=":")
            ax.axvline(printed_ratio[kind], color=style.PRINTED, lw=1.0, ls="--")
    axes[0].set_yticks(range(len(names)), [HYPOTHESIS_LABELS[n] for n in names])
    axes[0].set_ylim(len(names) - 0.5, -1.25)
    style.badge(figure, "simulated", "bars: 95 % of simulated pairs; dashed: printed ratio")
    return figure


def _values(fit: xr.Dataset, layer: str) -> np.ndarray:
    values = fit[layer].where(usable(fit)).to_numpy()
    return values / 1e3 if layer.endswith("_hz") else values
