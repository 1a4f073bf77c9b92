"""Strain microscopy to maps of amplitude, resonance and quality factor, and to relaxation times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from nasicon.core import report
from nasicon.core.findings import Findings
from nasicon.core.report import Report
from nasicon.core.text import ReaderError
from nasicon.esm import draw_decays, draw_maps, fit_dart, fit_decays, fit_maps
from nasicon.esm import fit_statistics as statistics
from nasicon.esm.read_files import read_esm
from nasicon.esm.read_igor import read_dart
from nasicon.esm.read_text import read_relaxation

LAYERS = {"amplitude": "ESM amplitude", "quality": "quality factor", "resonance_hz": "resonance"}
KINDS = ("map", "dart", "relaxation")
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
    if kind not in ("auto", *KINDS):
        raise ValueError(f"kind must be auto, {', '.join(KINDS)}; got {kind!r}")
    if kind != "auto":
        return kind, readers[kind](path)
    reasons = []
    for name, read in readers.items():
        try:
            return name, read(path)
        except ReaderError as error:
            reasons.append(error)
    raise reasons[0]


def analyse(
    maps: object,
    *,
    quality_max: float = 1e4,
    evidence: str = "measured",
    notebook: str = "measure_esm",
) -> Report:
    """Fit every pixel of one map or several, and describe each layer.

    Parameters
    ----------
    maps : DataArray, Dataset or mapping of str to one
        Of `nasicon.esm.read` (cubes), or of `read_dart` (two amplitudes and phases).
    """
    cubes = report.mapping_of(maps)
    dart = {n for n, c in cubes.items() if isinstance(c, xr.Dataset)}
    fits = {
        n: fit_dart.invert_dart(c)
        if n in dart
        else fit_maps.fit_map(c, quality_bounds=(0.5, quality_max), rectified=True)
        for n, c in cubes.items()
    }
    for n in dart:  # drawn like a fitted map: only what is valid
        found = xr.where(fits[n]["valid"], fit_maps.STATUS.index("converged"), -1)
        fits[n] = fits[n].assign(status=found)
    good = {n: f["valid"] if n in dart else fit_maps.usable(f) for n, f in fits.items()}
    findings = Findings(notebook)
    for name, fit in fits.items():
        rows = _layers(fit, good[name], "DART inversion" if name in dart else "SHO map fit")
        if name not in dart:
            flags, note = fit_maps.map_flags(fit)
            told = {"note": note} if note else {}
            rows = [{**r, **told, "flag": ";".join([r.get("flag", ""), *flags])} for r in rows]
        report.add_rows(findings, rows, sample=name, evidence=evidence)
    swept = {n: f for n, f in fits.items() if n not in dart}
    figures = {}
    for layer in ("amplitude", "quality") if swept else ():
        figures[layer] = _map_figure(swept, layer, evidence)
    if swept:
        figures["resonance"] = lambda: draw_maps.single_maps(
            swept, ("r_squared", "resonance_hz"), evidence=evidence
        )
        figures["pixel"] = lambda: _pixel(cubes, swept, evidence)
    else:
        figures["layers"] = lambda: draw_maps.single_maps(
            fits,
            ("amplitude", "quality", "resonance_hz"),
            evidence=evidence,
        )
    return Report(
        title="Strain microscopy of " + ", ".join(fits) if len(fits) < 4 else "Strain microscopy",
        findings=findings,
        read=report.what_was_read(cubes),
        parameters=report.joined(_summary(n, f, good[n]) for n, f in fits.items()),
        curves={
            f"{report.file_stem(n)}_{layer}": f[layer].to_numpy()
            for n, f in fits.items()
            for layer in f
        },
        figures=figures,
        checks={"pixels": _pixels(fits, good, dart)},
        assumed=ASSUMED + (DART_ASSUMED if dart else ()),
        details=fits,
    )


def _map_figure(fits: Mapping[str, xr.Dataset], layer: str, evidence: str) -> object:
    return lambda: draw_maps.maps(fits, layer, evidence=evidence)


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


def _layers(fit: xr.Dataset, good: xr.DataArray, method: str) -> list[dict[str, object]]:
    rows = []
    for layer, words in LAYERS.items():
        if layer not in fit:
            continue
        unit = fit[layer].attrs.get("units") or ("Hz" if layer == "resonance_hz" else "a.u.")
        if layer == "quality":
            unit = "1"
        mask = good.to_numpy()
        if int(mask.sum()) < 2:
            rows.append(
                {"quantity": f"{words}, mean", "value": None, "unit": unit, "method": method}
            )
            continue
        stderr = fit.get(f"{layer}_stderr")
        s = statistics.describe(fit[layer], mask, stderr)
        half = 1.96 * s.stderr
        flag = "" if mask.mean() > 0.5 else "not_identifiable"  # most pixels hold nothing
        mean = {
            "value": s.mean,
            "stderr": s.stderr,
            "ci_low": s.mean - half,
            "ci_high": s.mean + half,
        }
        words_of = {
            "unit": unit,
            "method": f"{method}, {s.pixels} of {mask.size} pixels",
            "flag": flag,
        }
        rows.append({"quantity": f"{words}, mean", **mean, **words_of})
        rows.append({"quantity": f"{words}, spread", "value": s.sd, **words_of})
    return rows


def _summary(name: str, fit: xr.Dataset, good: xr.DataArray) -> pd.DataFrame:
    rows = []
    for layer in LAYERS:
        if layer in fit and int(good.sum()) > 1:
            values = fit[layer].to_numpy()[good.to_numpy()]
            unit = fit[layer].attrs.get("units") or "1"
            for q in (5, 25, 50, 75, 95):
                rows.append(
                    {"name": f"{layer}, {q} %", "value": np.percentile(values, q), "unit": unit}
                )
    return report.rows_of(name, rows)


def _pixels(
    fits: Mapping[str, xr.Dataset], good: Mapping[str, xr.DataArray], dart: set[str]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pixels": {n: int(g.size) for n, g in good.items()},
            "used": {n: int(g.sum()) for n, g in good.items()},
            "how they ended": {n: "" if n in dart else fit_maps.report(f) for n, f in fits.items()},
        }
    )


def analyse_relaxation(
    curves: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    model: str = "exponential",
    pulse_end_s: float = 0.0,
    unit: str = "pm",
    evidence: str = "measured",
    notebook: str = "measure_esm",
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
    tables, rankings, results, points = {}, {}, {}, []
    for label, table in report.mapping_of(curves).items():
        later = table[table.index > pulse_end_s]
        later.index = (later.index - pulse_end_s).rename("time_s")
        later.attrs = {"notes": [], "format": "text", **table.attrs}
        tables[label] = later
        rankings[label], found = fit_decays.compare_models(
            later.index, later.mean(axis=1), unit=unit
        )
        if model not in found:
            raise ValueError(f"model must be one of {', '.join(found)}, got {model!r}")
        results[label] = found[model]
        points.append(_points(label, later, model, unit))
    findings = Findings(notebook)
    for label, result in results.items():
        row = {**_tau(result), "flag": fit_decays.flags(result, tables[label].index)}
        row |= {"quantity": "relaxation time constant", "method": f"mean of points, {model}"}
        report.add_rows(findings, [row], sample=label, evidence=evidence)
    drawn = pd.concat(points, ignore_index=True)
    fitted = [
        pd.DataFrame(
            {
                "file": label,
                "time_s": table.index,
                "mean": table.mean(axis=1),
                "fit": fit_decays.predict(results[label], table.index, model),
                **{str(name): table[name] for name in table},
            }
        )
        for label, table in tables.items()
    ]
    return Report(
        title="Relaxation of " + ", ".join(tables) if len(tables) < 4 else "Relaxation",
        findings=findings,
        read=report.what_was_read(tables),
        parameters=report.joined(report.parameter_rows(n, r) for n, r in results.items()),
        curves=report.joined(fitted),
        figures={
            "curves": lambda: draw_decays.curves(tables, results, evidence=evidence, model=model)
        },
        checks={"models": pd.concat(rankings, names=["file", "model"])},
        tables={"points": drawn},
        assumed=DECAY_ASSUMED,
        details=results,
    )


def _tau(result: object) -> dict[str, object]:
    i = result.index("tau")
    ends = {"ci_low": result.ci_low[i], "ci_high": result.ci_high[i]}
    return {"value": result.values[i], "stderr": result.stderr[i], **ends, "unit": "s"}


def _points(label: str, table: pd.DataFrame, model: str, unit: str) -> pd.DataFrame:
    rows = []
    for name in table:
        result = fit_decays.fit_relaxation(table.index, table[name], model, unit=unit)
        row = _tau(result)
        flag = fit_decays.flags(result, table.index)
        rows.append({"file": label, "point": name, **row, "flag": flag})
    return pd.DataFrame(rows)
