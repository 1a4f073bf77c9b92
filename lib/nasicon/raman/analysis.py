"""Raman spectra to lines, broad bands and their ratio, as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy import signal
from scipy.ndimage import median_filter, uniform_filter1d

from nasicon.core import report
from nasicon.core.quality import MAD_TO_SIGMA, saturation, smoothed_over
from nasicon.core.report import Report, Row
from nasicon.raman import draw_bands as draw
from nasicon.raman import fit_bands
from nasicon.raman.fit_bands import Band, BandFit
from nasicon.raman.read_files import SETTINGS

STRONGEST = 30  # lines that are listed
NOISE_TIMES = 8.0  # a line must stand this far out of the noise
LINE = ("position_cm1", "stderr_cm1", "ci_low", "ci_high", "fwhm_cm1", "height", "cut_off")
WEAK_TIMES, WIDER = 15.0, 1.5  # below so many times it, errors grow by what simulations show
STRAIGHT, ENOUGH = 0.02, 0.4  # relative bend, and share of points, that noise does not leave
NARROWEST_CM1 = 1.0  # a line of a solid is wider, whatever the spectrometer
DETAIL_CM1 = 60.0  # over which a spectrum is smooth but for its lines
DOWNWARDS = 3.0  # times the height of the highest line that points downwards
LASER_CM1, SILICON_CM1, REACH_CM1 = 40.0, 520.5, 20.0  # where their lines are looked for
OFF_CM1, FAR_CM1 = 1.0, 3.0  # of a line of known place: a calibration; a wrong laser wavelength
NARROW = 1.2  # of the median width: no laser's line, as a filter leaves it, is wider
QUIET, QUIET_POINTS = 0.25, 33  # share of a spectrum with the least of lines around a point
SAME = 0.01  # relative: what headers round
USUAL = (fit_bands.TIO6, fit_bands.TIO4)
FEWEST_SHARP = 2  # lines that make a crystal: one may be the holder's or a lamp's
ASSUMED = (
    "The axis is as the instrument has it: a line of a standard says how far off it is.",
    "Bands are Gaussians over a polynomial, fitted together; sharp lines inside the window are "
    "not in the model.",
    "An area ratio of bands is no ratio of species: scattering cross-sections differ.",
)


def bands_from_text(items: Sequence[str]) -> tuple[Band, ...]:
    """Bands from ``"name centre"``, centre in cm-1.

    Raises
    ------
    ValueError
        An item is something else.
    """
    found = []
    for item in items:
        name, _, centre = item.strip().rpartition(" ")
        try:
            found.append(Band(name.replace(" ", "_"), float(centre)))
        except ValueError:
            raise ValueError(
                f"band {item!r} must be 'name centre', for example 'TiO4 750'"
            ) from None
        if not name:
            raise ValueError(f"band {item!r} has no name; write for example 'TiO4 750'")
    return tuple(found)


def lines(table: pd.DataFrame) -> pd.DataFrame:
    """Sharp lines above the baseline: ``position_cm1, stderr_cm1, fwhm_cm1, height, cut_off``.

    ``ci_low``, ``ci_high`` of the position by Student's t: a narrow line has few points.

    Of one that is cut off several neighbouring points share the highest value.
    ``attrs["smoothed_cm1"]``: over how much the noise was smoothed, 0 where it was not.
    """
    ordered = table.sort_values("raman_shift_cm1", kind="stable")
    if "cosmic_ray" in ordered:
        ordered = ordered[~ordered["cosmic_ray"]]
    x = ordered["raman_shift_cm1"].to_numpy(float)
    net = ordered["intensity"].to_numpy(float) - fit_bands.baseline(ordered)
    level = ordered.assign(intensity=net)  # on a slope a top stands uphill
    noise = _noise(net)
    step = float(np.median(np.diff(x)))
    index, found = signal.find_peaks(
        net, height=NOISE_TIMES * noise, prominence=NOISE_TIMES * noise, width=1.5
    )
    rows = []
    for k in np.sort(np.argsort(-found["prominences"])[:STRONGEST]):
        i, width = index[k], step * float(found["widths"][k])
        try:
            line = fit_bands.line_position(level, float(x[i]), reach=max(4 * step, 0.8 * width))
        except ValueError:
            continue  # too few points over its half height: no position with an error
        at = line.index("line_centre")
        wider = WIDER if net[i] < WEAK_TIMES * noise else 1.0  # which points are its, noise chose
        half = wider * float(line.ci_high[at] - line.ci_low[at]) / 2
        near = ordered["intensity"][np.abs(x - x[i]) <= 2 * width]
        centre, error = line["line_centre"], wider * float(line.stderr[at])
        ends = (centre - half, centre + half)
        rows.append((centre, error, *ends, width, float(net[i]), bool(saturation(near))))
    found = pd.DataFrame(rows, columns=LINE, dtype=float).astype({"cut_off": bool})
    found = found[~found["position_cm1"].round(1).duplicated()]  # two tops of one broad band
    around = uniform_filter1d(net, QUIET_POINTS)
    over = smoothed_over(net, around <= np.quantile(around, QUIET))
    found.attrs["smoothed_cm1"] = step * over
    return found


def _noise(y: np.ndarray) -> float:
    """Standard deviation of white noise from differences of neighbours, robust against lines."""
    return MAD_TO_SIGMA * float(np.median(np.abs(np.diff(y)))) / np.sqrt(2)


def analyse(
    spectra: pd.DataFrame | Mapping[str, pd.DataFrame],
    bands: Sequence[Band] = USUAL,
    *,
    window: tuple[float, float] = fit_bands.BAND_WINDOW_CM1,
    degree: int = 1,
    glass: pd.DataFrame | None = None,
    evidence: str = "measured",
) -> Report:
    """List the lines of each spectrum, and fit broad bands where the spectrum covers them.

    Parameters
    ----------
    spectra : DataFrame or mapping of str to DataFrame
        Of `nasicon.raman.read`.
    bands : sequence of Band
        Empty: lines only. Of two or more the area ratio to the first is given.
    window : (float, float)
        cm-1, free of sharp lines.
    glass : DataFrame, optional
        Spectrum of the pure glass at equal settings, to find its share by.
    """
    tables = report.mapping_of(spectra)
    found = {label: lines(table) for label, table in tables.items()}
    told = {label: _positions(table, found[label]) for label, table in tables.items()}
    found = {n: t[t["position_cm1"] != told[n].pop("laser", None)] for n, t in found.items()}
    fits, skipped = {}, {}
    for label, table in tables.items():
        x = table["raman_shift_cm1"]
        if bands and not (x.min() <= window[0] and window[1] <= x.max()):
            skipped[label] = f"no bands: {window[0]:g} to {window[1]:g} cm-1 is not all measured"
        elif bands:
            fits[label] = fit_bands.fit_bands(table, bands, window=window, degree=degree)
    pure = None
    if glass is not None:
        pure = fit_bands.fit_bands(glass, bands or USUAL, window=window, degree=degree)
    rows = {
        label: [
            {"doubt": _doubt(table, found[label]), **row}
            for row in (
                *(_ratios(fits[label], degree, found[label]) if label in fits else ()),
                *(_shares(table, pure, glass, degree) if pure else ()),
                *_lines(found[label], told[label]),
            )
        ]
        for label, table in tables.items()
    }
    figures = {"lines": partial(draw.lines, tables, found, evidence=evidence)}
    if fits:
        shown = {label: tables[label] for label in fits}
        figures["bands"] = partial(draw.bands, shown, fits, evidence=evidence)
    return report.assemble(
        report.titled("Raman spectra", "Raman spectra", tables),
        "measure_raman",
        rows,
        {label: _curve(table, fits.get(label)) for label, table in tables.items()},
        evidence=evidence,
        parameters=((label, fit.result) for label, fit in fits.items()),
        read=report.what_was_read(tables),
        figures=figures,
        checks={"spectra": _checks(tables, fits, found, skipped)},
        tables={"lines": report.joined((t.assign(file=n) for n, t in found.items()), ["file"])},
        assumed=ASSUMED,
        details=fits,
    )


def _ratios(fit: BandFit, degree: int, sharp: pd.DataFrame) -> list[Row]:
    inside = _sharp(sharp, fit).between(fit.x[0], fit.x[-1])
    below, *others = (band.name for band in fit.bands)
    flags, note = [f for f in fit.flags() if f != "correlated"], [fit.result.misfit_reason]
    if "at_bound" in flags:
        flags.append("not_identifiable")  # a ratio to nothing
    if inside.any():
        flags.append("misfit")
        note.append("a line sharper than any band stands in the window")
    told = {"flag": ";".join(flags), "note": "; ".join(filter(None, note))}
    method = f"Gaussians, polynomial of degree {degree}"
    rows = []
    for above in others:
        value, low, high = fit.ratio(above, below)
        words = f"area ratio {above}/{below}"
        rows.append(report.number(words, value, "1", method, ci_low=low, ci_high=high, **told))
    return rows


def _sharp(found: pd.DataFrame, fit: BandFit) -> pd.Series:
    """Places of lines that are narrower than any band."""
    return found.loc[found["fwhm_cm1"] < min(b.fwhm[0] for b in fit.bands), "position_cm1"]


def _doubt(table: pd.DataFrame, found: pd.DataFrame) -> str:
    """Say what of a whole spectrum is none of a Raman spectrum."""
    ordered = table.sort_values("raman_shift_cm1", kind="stable")
    y, step = ordered["intensity"].to_numpy(float), np.diff(ordered["raman_shift_cm1"])
    detail = y - median_filter(y, size=max(int(DETAIL_CM1 / np.median(step)) | 1, 5))
    if -detail.min() > DOWNWARDS * max(detail.max(), NOISE_TIMES * _noise(y)):
        return "its lines point downwards: transmittance, a sign, or dead pixels?"
    slope, bend = np.diff(y)[1:], np.diff(y, 2)
    if np.mean(np.abs(bend) < STRAIGHT * np.abs(slope)) > ENOUGH:
        return "most points lie on straight lines between others: interpolated or calculated?"
    if len(found) > 2 and (width := found["fwhm_cm1"].median()) < NARROWEST_CM1:
        return f"lines {width:.2g} cm-1 wide, none of a solid's: an axis in nm or eV?"
    return ""


def _unequal(sample: pd.DataFrame, glass: pd.DataFrame) -> Row:
    """Doubt of a share, or flag and note, where spectra were or may be measured unlike."""
    stated = {n: (sample.attrs.get(n), glass.attrs.get(n)) for n in ("laser_nm", *SETTINGS)}
    told = [
        f"{n} {a:g} of the sample, {b:g} of the glass"
        for n, (a, b) in stated.items()
        if a and b and abs(a / b - 1) > SAME
    ]
    if told:
        return {"doubt": f"unequal settings ({', '.join(told)}): measure both alike"}
    single = ", ".join(n for n, pair in stated.items() if any(pair) and not all(pair))
    note = f"only one file states {single}: a share needs equal settings"
    return {"flag": "systematic", "note": note} if single else {}


def _shares(table: pd.DataFrame, pure: BandFit, glass: pd.DataFrame, degree: int) -> list[Row]:
    share, told = fit_bands.glass_share(table, pure), _unequal(table, glass)
    at = ", ".join(f"{v:.0f}" for v in _sharp(lines(glass), pure))
    if at.count(",") >= FEWEST_SHARP - 1:
        told["doubt"] = f"the pure glass has sharp lines (at {at} cm-1): exchanged with the sample?"
    low, high = (100 * end for end in share.interval)
    other = 100 * fit_bands.glass_share(table, pure, (pure.x[0], pure.x[-1]), degree).share
    if not low <= other <= high:  # wings of lines that the polynomial does not follow
        told["flag"] = f"{told.get('flag', '')};systematic"
        apart = f"{other:.1f} % in the window and with the baseline of the bands"
        told["note"] = "; ".join(filter(None, (told.get("note"), apart)))
    error = {"stderr": 100 * share.stderr, "ci_low": low, "ci_high": high}
    told["flag"] = ";".join([*pure.flags(), told.get("flag", "")])
    told["note"] = "; ".join(filter(None, (pure.result.misfit_reason, told.get("note"))))
    method = "bands of the glass, linear"
    return [
        report.number("glass share", 100 * share.share, "%", method, **error, **told),
        report.number("detection limit of glass", 100 * share.limit, "%", method, **told),
    ]


def _positions(table: pd.DataFrame, found: pd.DataFrame) -> Row:
    """Flag and note of all positions, and the laser's own line, which is no Raman line."""
    at, told, known, flags, notes = found["position_cm1"], {}, [], [], []
    narrow = at[found["fwhm_cm1"] <= NARROW * found["fwhm_cm1"].median()]
    low = narrow[narrow.abs() <= min(LASER_CM1, -table["raman_shift_cm1"].min())]
    if len(low):  # a Stokes line has its like on the other side, the laser's has none
        nearest = low[low.abs().idxmin()]
        like = low[(low + nearest).abs().idxmin()]
        known.append(("laser's", (nearest + like) / 2, 0.0))
        if like == nearest:
            told["laser"] = nearest
    off = (at - SILICON_CM1).abs()
    near = found.loc[off <= REACH_CM1, "height"]
    if table.attrs.get("silicon") and len(near) and off.min() > OFF_CM1:
        known.append(("silicon's", at[near.idxmax()], SILICON_CM1))
    for name, place, true in known:
        if (off := abs(place - true)) > OFF_CM1:
            flags.append("implausible" if off > FAR_CM1 else "systematic")
            notes.append(
                f"{name} line at {place:.1f} instead of {true:g} cm-1: all positions are off by "
                f"{place - true:+.1f} cm-1 (the laser's wavelength?)"
            )
    over = found.attrs["smoothed_cm1"]
    if over > found["fwhm_cm1"].median() / 2:
        flags.append("systematic")
        notes.append(
            f"smoothed over {over:.0f} cm-1: lines are as wide, and those closer together merge, "
            f"by up to {over / 2:.0f} cm-1 off; export without smoothing"
        )
    return told | {"flag": ";".join(flags), "note": "; ".join(notes)}


def _lines(table: pd.DataFrame, told: Row) -> list[Row]:
    cut = "its top is cut off: the detector was saturated"
    return [
        report.number(
            f"line near {row.position_cm1:.1f} cm-1",
            row.position_cm1,
            "cm-1",
            "upper half of the line, Gaussian",
            stderr=row.stderr_cm1,
            ci_low=row.ci_low,
            ci_high=row.ci_high,
            flag=";".join(["misfit"] * row.cut_off + [told["flag"]]),
            note="; ".join(filter(None, (cut * row.cut_off, told["note"]))),
        )
        for row in table.itertuples()
    ]


def _curve(table: pd.DataFrame, fit: BandFit | None) -> pd.DataFrame:
    ordered = table.sort_values("raman_shift_cm1", kind="stable").reset_index(drop=True)
    curve = ordered.assign(baseline=fit_bands.baseline(ordered))
    if fit is not None:
        inside = ordered["raman_shift_cm1"].between(fit.x[0], fit.x[-1])
        x = ordered.loc[inside, "raman_shift_cm1"].to_numpy()
        line = np.interp(x, fit.x, fit.baseline)
        parts = {band.name: fit.component(band.name, x) for band in fit.bands}
        for name, part in {
            "fit_baseline": line,
            **parts,
            "fit": line + sum(parts.values()),
        }.items():
            curve.loc[inside, name] = part
    return curve


def _checks(
    tables: Mapping[str, pd.DataFrame],
    fits: Mapping[str, BandFit],
    found: Mapping[str, pd.DataFrame],
    skipped: Mapping[str, str],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lines": {n: len(t) for n, t in found.items()},
            "cosmic rays left out": {
                n: int(t["cosmic_ray"].sum()) if "cosmic_ray" in t else 0 for n, t in tables.items()
            },
            "converged": {n: report.converged(f) for n, f in fits.items()},
            "remark": {n: skipped.get(n, "") for n in tables},
        }
    )
