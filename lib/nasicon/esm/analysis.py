"""Strain microscopy to maps of amplitude, resonance and quality factor, and to relaxation times."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from nasicon.core import report
from nasicon.core.report import Report, Row
from nasicon.core.result import FitResult
from nasicon.core.text import ReaderError
from nasicon.esm import draw_decays, draw_maps, fit_dart, fit_decays, fit_maps
from nasicon.esm import fit_statistics as statistics
from nasicon.esm.read_files import read_esm
from nasicon.esm.read_igor import read_dart
from nasicon.esm.read_text import read_relaxation

LAYERS = {"amplitude": "ESM amplitude", "quality": "quality factor", "resonance_hz": "resonance"}
CHECKS = {"pixels": lambda good: int(good.size), "used": lambda good: int(good.sum())}
TURNED = (
    "the phase runs the other way round: a convention of the instrument, or a frequency axis "
    "that is reversed, and then every resonance is mirrored in the band"
)
ASSUMED = (
    "One damped oscillator a pixel: a background that does not resonate, or a second resonance, "
    "bends amplitude and quality while R² stays high.",
    "The error of a mean counts independent pixels, from the map's own correlation.",
    "An amplitude is what the tip moves; that it is ionic activity is an interpretation.",
)
DART_ASSUMED = (
    "Two readings determine four unknowns exactly: nothing is left to notice a wrong model.",
)
DECAY_ASSUMED = (
    "Time is counted from the end of the pulse as stated.",
    "A stretched or diffusive decay fitted by an exponential gives a time constant of its own.",
)


def read_any(path: str | Path, kind: str = "auto", **axis: float) -> tuple[str, object]:
    """Read a map, a dual-frequency map or relaxation curves, whichever the file holds.

    Parameters
    ----------
    kind : {"auto", "map", "dart", "relaxation"}
    **axis
        ``centre_hz``, ``band_hz`` of a map without a frequency axis.

    Raises
    ------
    ReaderError
        It holds none of them: what the reader of maps says.
    """
    readers = {
        "map": lambda p: read_esm(p, **axis),
        "dart": read_dart,
        "relaxation": read_relaxation,
    }
    if kind not in ("auto", *readers):
        raise ValueError(f"kind must be auto, {', '.join(readers)}; got {kind!r}")
    if kind != "auto":
        return kind, readers[kind](path)
    reasons = []
    for name, read in readers.items():
        try:
            return name, read(path)
        except ReaderError as error:
            reasons.append(error)
    raise reasons[0]


def analyse(maps: object, *, quality_max: float = 1e4, evidence: str = "measured") -> Report:
    """Fit every pixel of one map or several, and describe each layer.

    Parameters
    ----------
    maps : DataArray, Dataset or mapping of str to one
        Of `nasicon.esm.read` (cubes), or of `read_dart` (two amplitudes and phases).

    Raises
    ------
    ValueError
        Hardly a pixel of a map has its resonance in the band.
    """
    cubes = report.mapping_of(maps)
    dart = {n for n, c in cubes.items() if isinstance(c, xr.Dataset)}
    bounds, fits, turned = (0.5, quality_max), {}, {}
    for n, c in cubes.items():
        if n in dart:
            fits[n] = fit_dart.invert_dart(c)
            continue
        fits[n] = fit_maps.fit_map(c, quality_bounds=bounds, rectified=True)
        if np.iscomplexobj(c) and fit_maps.usable(fits[n]).mean() < fit_maps.USABLE:
            other = c.copy(data=np.conj(c.data))
            fit = fit_maps.fit_map(other, quality_bounds=bounds)
            if fit_maps.usable(fit).mean() > fit_maps.USABLE:
                cubes[n], fits[n], turned[n] = other, fit, TURNED
    for n in dart:  # drawn like a fitted map: only what is valid
        found = xr.where(fits[n]["valid"], fit_maps.STATUS.index("converged"), -1)
        fits[n] = fits[n].assign(status=found)
    good = {n: f["valid"] if n in dart else fit_maps.usable(f) for n, f in fits.items()}
    rows = {}
    for name, fit in fits.items():
        low, *_, high = (0, np.inf) if name in dart else cubes[name]["frequency"].to_numpy()
        outside = (fit["resonance_hz"] < low) | (fit["resonance_hz"] > high)
        if outside.mean() > 1 - fit_maps.USABLE:
            raise ValueError(
                f"{name}: no resonance between {low / 1e3:g} and {high / 1e3:g} kHz "
                f"({fit_maps.report(fit)}): check the band, or measure where the resonance is"
            )
        rows[name] = _layers(fit, good[name], "DART inversion" if name in dart else "SHO map fit")
        flags, note = (fit_dart.dart_flags if name in dart else fit_maps.map_flags)(fit)
        cut = "" if name in dart else fit_maps.clipped(cubes[name])
        many = int(good[name].sum()) > 1
        changed = statistics.stepped(fit["amplitude"], good[name]) if many else ""
        changed = "; ".join(filter(None, (turned.get(name), changed)))
        flags = (*flags, *["misfit"] * bool(cut), *["systematic"] * bool(changed))
        told = {"note": words} if (words := "; ".join(filter(None, (note, cut, changed)))) else {}
        for row in rows[name]:
            row |= {**told, "flag": ";".join([row.get("flag", ""), *flags])}
            row |= {"doubt": fit_dart.taken_off(cubes[name])} if name in dart else {}
    ended = {n: "" if n in dart else fit_maps.report(f) for n, f in fits.items()}
    seen = {name: fit for name, fit in fits.items() if good[name].any()}
    swept = {name: fit for name, fit in seen.items() if name not in dart}
    single = partial(draw_maps.single_maps, evidence=evidence)
    if swept:
        figures = {
            layer: partial(draw_maps.maps, swept, layer, evidence=evidence)
            for layer in ("amplitude", "quality")
        }
        figures["resonance"] = partial(single, swept, ("r_squared", "resonance_hz"))
        figures["pixel"] = partial(_pixel, cubes, swept, evidence)
    else:
        layers = partial(single, seen, ("amplitude", "quality", "resonance_hz"))
        figures = {"layers": layers} if seen else {}
    return report.assemble(
        report.titled("Strain microscopy", "Strain microscopy", fits),
        "measure_esm",
        rows,
        {
            f"{report.file_stem(name)}_{layer}": fit[layer].to_numpy()
            for name, fit in fits.items()
            for layer in fit
        },
        evidence=evidence,
        parameters=((name, _summary(fit, good[name])) for name, fit in fits.items()),
        read=report.what_was_read(cubes),
        figures=figures,
        checks={"pixels": report.checked(good, CHECKS).assign(**{"how they ended": ended})},
        assumed=ASSUMED + (DART_ASSUMED if dart else ()),
        details=fits,
    )


def _pixel(
    cubes: Mapping[str, xr.DataArray], fits: Mapping[str, xr.Dataset], evidence: str
) -> object:
    name = next(iter(fits))
    error = (fits[name]["amplitude_stderr"] / fits[name]["amplitude"]).where(
        fit_maps.usable(fits[name])
    )
    middle = np.abs(error - error.median()).fillna(np.inf).to_numpy()
    y, x = np.unravel_index(int(np.argmin(middle)), middle.shape)
    return draw_maps.pixel(cubes[name], fits[name], int(y), int(x), evidence=evidence, name=name)


def _layers(fit: xr.Dataset, good: xr.DataArray, method: str) -> list[Row]:
    rows, mask = [], good.to_numpy()
    flag = "" if mask.mean() > 0.5 else "not_identifiable"  # most pixels hold nothing
    for layer, words in LAYERS.items():
        if layer not in fit:
            continue
        unit = fit[layer].attrs.get("units") or ("Hz" if layer == "resonance_hz" else "a.u.")
        unit = "1" if layer == "quality" else unit
        if int(mask.sum()) < 2:
            rows.append(report.number(f"{words}, mean", None, unit, method))
            continue
        s = statistics.describe(fit[layer], mask)
        told = {"unit": unit, "method": f"{method}, {s.pixels} of {mask.size} pixels", "flag": flag}
        error = report.normal(s.mean, s.stderr)
        rows.append(report.number(f"{words}, mean", s.mean, **error, **told))
        rows.append(report.number(f"{words}, spread", s.sd, **told))
    return rows


def _summary(fit: xr.Dataset, good: xr.DataArray) -> list[Row]:
    rows = []
    for layer in LAYERS:
        if layer in fit and int(good.sum()) > 1:
            values = fit[layer].to_numpy()[good.to_numpy()]
            unit = fit[layer].attrs.get("units") or "1"
            rows += [
                {"name": f"{layer}, {q} %", "value": np.percentile(values, q), "unit": unit}
                for q in (5, 25, 50, 75, 95)
            ]
    return rows


def analyse_relaxation(
    curves: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    model: str = "exponential",
    pulse_end_s: float = 0.0,
    unit: str = "pm",
    evidence: str = "measured",
) -> Report:
    """Time constants of relaxation curves: of each file's mean, and point by point.

    Parameters
    ----------
    curves : DataFrame or mapping of str to DataFrame
        Of `nasicon.esm.read_relaxation`.
    model : {"exponential", "stretched", "diffusion"}
    pulse_end_s : float
        When the bias went off, on the file's clock.
    """
    tables, rankings, results, points, drawn, rows = {}, {}, {}, [], {}, {}
    for label, table in report.mapping_of(curves).items():
        later = table[table.index > pulse_end_s]
        later.index = (later.index - pulse_end_s).rename("time_s")
        later.attrs = {"notes": [], "format": "text", **table.attrs}
        tables[label], mean = later, later.mean(axis=1)
        rankings[label], found = fit_decays.compare_models(later.index, mean, unit=unit)
        if model not in found:
            raise ValueError(f"model must be one of {', '.join(found)}, got {model!r}")
        results[label] = result = found[model]
        points.append(_points(label, later, model, unit))
        words = {"quantity": "relaxation time constant", "method": f"mean of points, {model}"}
        rows[label] = [{**words, **_tau(result, later)}]
        fit = fit_decays.predict(result, later.index, model)
        curve = {"time_s": later.index, "mean": mean, "fit": fit}
        drawn[label] = pd.DataFrame({**curve, **{str(name): later[name] for name in later}})
    return report.assemble(
        report.titled("Relaxation", "Relaxation", tables),
        "measure_esm",
        rows,
        drawn,
        evidence=evidence,
        parameters=results.items(),
        read=report.what_was_read(tables),
        figures={
            "curves": partial(draw_decays.curves, tables, results, evidence=evidence, model=model)
        },
        checks={"models": pd.concat(rankings, names=["file", "model"])},
        tables={"points": pd.concat(points, ignore_index=True)},
        assumed=DECAY_ASSUMED,
        details=results,
    )


def _tau(result: FitResult, table: pd.DataFrame) -> Row:
    row = result.table().set_index("parameter").loc["tau"]
    numbers = row[["value", "stderr", "ci_low", "ci_high"]].to_dict()
    why = (result.misfit_reason, fit_decays.jump(result, table.index))
    told = {"flag": fit_decays.flags(result, table.index), "note": "; ".join(filter(None, why))}
    return {**numbers, "unit": "s", **told}


def _points(label: str, table: pd.DataFrame, model: str, unit: str) -> pd.DataFrame:
    fits = {
        name: fit_decays.fit_relaxation(table.index, table[name], model, unit=unit)
        for name in table
    }
    return pd.DataFrame(
        {"file": label, "point": name, **_tau(fit, table)} for name, fit in fits.items()
    )
