"""Photoemission regions to binding energies and shares, as a report."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from nasicon.core import report
from nasicon.core.files import parts
from nasicon.core.report import Report, Row
from nasicon.xps import draw_regions as draw
from nasicon.xps import fit_boron
from nasicon.xps.fit_regions import Peak, XpsFit, fit_region, parameter
from nasicon.xps.read_files import one_region

WIDEST_EV = 60.0  # a region that is wider is a survey: shown, not fitted
WIDTH_EV = (0.8, 2.5)
# 284.6 to 285.2 eV are in use (IUPAC, Pure Appl. Chem. 92 (2020) 1781); further off is charging
ADVENTITIOUS_EV, CHARGED_EV = 284.8, 1.0
# Name, where its maximum can be (eV) from metal or carbide to the highest oxide or fluoride, and
# splitting; 0 of Ti 2p, whose upper line a Coster-Kronig decay broadens (NIST SRD 20, Thermo
# Fisher learning center; O 1s: harwellxps.guru, xpssimplified.com).
LEVELS = """
Li 1s 52 59 0; B 1s 185 196 0; C 1s 283 287 0; N 1s 394 408 0; O 1s 528 536 0; F 1s 681 692 0
Na 1s 1068 1075 0; Al 2p 71 78 .41; Si 2p 97 107 .61; P 2p 126 138 .87; S 2p 159 172 1.18
Cl 2p 196 211 1.6; K 2p 290 297 2.77; Ti 2p 452 461 0; Ge 3d 28 36 .58; Sr 3d 130 137 1.76
Y 3d 154 161 2.05; Zr 3d 177 186 2.43; Nb 3d 200 211 2.72; Mo 3d 226 238 3.13; Ag 3d 365 371 6
Sn 3d 483 490 8.41; Hf 4f 13 21 1.71; Ta 4f 20 31 1.91; W 4f 30 39 2.18; Pt 4f 69 79 3.33
Au 4f 82 89 3.67; Pb 4f 135 142 4.86; Bi 4f 155 162 5.3
"""
RATIOS = {"s": 0.0, "p": 1 / 2, "d": 2 / 3, "f": 3 / 4}  # of the areas of a doublet
_LEVEL = re.compile(r"(?<![^\W_])([A-Z][a-z]?)[ _-]?([1-4][spdf])(?![a-z])", re.IGNORECASE)
DRIFT_EV, PLAIN = 0.3, 10.0  # of one level within a file; times the noise that a line stands out
COPY_EV, COPY_SHARE = 0.1, 0.05  # within which two copies are alike, and per copy more
KNOWN = {
    "Bi 4f": (("Bi oxidised", 158.0, 161.0), ("Bi metal", 155.5, 158.0)),
    "Ge 3d": (("Ge 3d", 30.0, 34.5),),
    "Ti 2p": (("Ti 2p3/2", 455.0, 461.0), ("Ti 2p1/2", 461.5, 466.5)),
}
ASSUMED = (
    "Background and peaks are fitted together: the Shirley background is the running integral of "
    "the fitted peaks. Lines are Voigt profiles with one fitted share of Lorentzian width; a "
    "metal's are not symmetric.",
    "Splitting and area ratio of a doublet are held.",
    "A binding energy carries the error of the charge reference; a difference within one "
    "measurement does not.",
)
CHECKS = {
    "peaks": lambda fit: ", ".join(peak.name for peak in fit.region.peaks),
    "reduced χ²": lambda fit: fit.result.reduced_chi2,
    "converged": report.converged,
}


def peaks_from_text(items: Sequence[str]) -> dict[str, list[Peak]]:
    """Peaks by region from ``"region | name | low high | splitting ratio"``, the last optional.

    Raises
    ------
    ValueError
        An item is something else.
    """
    found: dict[str, list[Peak]] = {}
    for item in items:
        cells = [cell.strip() for cell in item.split("|")]
        try:
            low, high = sorted(map(float, cells[2].split()))
            doublet = [float(v) for v in cells[3].split()] if len(cells) > 3 else [0.0, 0.0]
            partner = {"splitting_ev": doublet[0], "ratio": doublet[1]}
            peak = Peak(cells[1], (low, high), WIDTH_EV, None, **partner)
        except (IndexError, ValueError) as error:
            raise ValueError(
                f"peak {item!r} must be 'region | name | low high' in eV, of a doublet with "
                "'| splitting ratio', for example 'Bi 4f | oxide | 158 161 | 5.3 0.75' "
                f"({error})"
            ) from None
        found.setdefault(cells[0], []).append(peak)
    return found


def analyse(
    files: pd.DataFrame | Mapping[str, pd.DataFrame],
    peaks: Mapping[str, Sequence[Peak]] | None = None,
    *,
    regions: Sequence[str] = (),
    background: str = "shirley",
    c1s_shift_ev: float = 0.0,
    reference_error_ev: float = 0.3,
    spacing_error_ev: float = fit_boron.SPACING_ERROR_EV,
    evidence: str = "measured",
) -> Report:
    """Fit every region of one file or several.

    Parameters
    ----------
    files : DataFrame or mapping of str to DataFrame
        Of `nasicon.xps.read`.
    peaks : mapping of region to sequence of Peak, optional
        Ranges in corrected energies. Bi 4f, Ge 3d and Ti 2p are known; another region gets one
        line (or doublet) at its maximum.
    regions : sequence of str
        Which regions; empty: all but surveys.
    c1s_shift_ev, reference_error_ev : float
        Added to every binding energy, and the standard error of that.

    Raises
    ------
    ValueError
        A region that is asked for is not there, or none can be fitted.
    """
    tables = report.mapping_of(files)
    there = list(dict.fromkeys(name for table in tables.values() for name in table["region"]))
    if missing := [r for r in (*regions, *(peaks or {})) if r not in there]:
        raise ValueError(
            f"{', '.join(tables)}: no region {missing[0]!r}; there is {', '.join(there)}"
        )
    parted, charged, fits, left, windows, copied = {}, {}, {}, {}, {}, {}
    for file, table in tables.items():
        table = table.assign(binding_energy_ev=table["binding_energy_ev"] + c1s_shift_ev)
        away, drift = _charged(table, c1s_shift_ev), _drift(table)
        names = list(dict.fromkeys(table["region"]))
        labels = parts(file, names, "") if len(names) == 1 else [f"{file}, {n}" for n in names]
        for label, name in zip(labels, names, strict=True):
            region = one_region(table, name)
            parted[label], told = region, [one for one in (away[name], drift) if one]
            charged[label] = {k: ";".join(one[k] for one in told) for k in ("flag", "note")}
            span = float(np.ptp(region["binding_energy_ev"]))
            if regions and name not in regions:
                left[label] = "not asked for"
            elif span > WIDEST_EV and not (peaks or {}).get(name):
                left[label] = f"a survey ({span:.0f} eV wide): name its peaks to fit one"
            else:
                chosen = (peaks or {}).get(name) or usual(name, region)
                fits[label] = fit_region(region, chosen, background=background)
        own = {label: fits[label] for label in labels if label in fits}
        copied |= dict.fromkeys(own, _copies(own))
        if {"P 2p", "B 1s"} <= set(names):
            windows[file] = fit_boron.boron_window(
                one_region(table, "P 2p"),
                one_region(table, "B 1s"),
                spacing_error_ev=spacing_error_ev,
            )
    if not fits:
        raise ValueError("no region to fit: " + "; ".join(f"{n} is {w}" for n, w in left.items()))
    rows = {
        label: _rows(fit, reference_error_ev, charged[label], copied[label])
        for label, fit in fits.items()
    }
    rows |= {file: _boron(window) for file, window in windows.items()}
    checks = report.checked(fits, CHECKS).reindex([*fits, *left])
    return report.assemble(
        report.titled("Photoemission", "Photoemission", tables),
        "measure_xps",
        rows,
        {label: fit.curves() for label, fit in fits.items()},
        evidence=evidence,
        parameters=((label, fit.result) for label, fit in fits.items()),
        read=report.what_was_read(parted),
        figures={"regions": partial(draw.regions, fits, evidence=evidence)},
        checks={"fits": checks.assign(**{"not fitted": [left.get(n, "") for n in checks.index]})},
        assumed=(
            *ASSUMED,
            f"Charge reference: {c1s_shift_ev:g} eV added, known to ± {reference_error_ev:g} eV.",
        ),
        details={**fits, **{f"{n}, boron window": w for n, w in windows.items()}},
    )


def level_of(region: str) -> tuple[str, float, float, float]:
    """Name, lowest and highest place, splitting of the level that a region's name means.

    An empty name where it means none, or several.
    """
    names = {f"{m[1].capitalize()} {m[2].lower()}" for m in _LEVEL.finditer(region)}
    found = re.findall(rf"\b({'|'.join(names)}) (\S+) (\S+) ([\d.]+)", LEVELS)
    if len(names) != 1 or not found:
        return "", -np.inf, np.inf, 0.0
    return found[0][0], *map(float, found[0][1:])


def usual(region: str, table: pd.DataFrame) -> list[Peak]:
    """Peaks of a region that is known, else one line at its maximum."""
    level, _, _, splitting = level_of(region)
    doublet = {"splitting_ev": splitting, "ratio": RATIOS[level[-1]]} if splitting else {}
    energy = table["binding_energy_ev"].to_numpy(float)
    known = [
        Peak(name, (low, high), WIDTH_EV, None, **doublet)
        for name, low, high in KNOWN.get(level, ())
        if energy.min() <= low and high <= energy.max()
    ]
    if known:
        return known
    top = _highest(table)
    inside = (max(top - 1.5, energy.min()), min(top + 1.5, energy.max()))
    return [Peak(region or "line", inside, (0.5, 4.0), None, **doublet)]


def _highest(table: pd.DataFrame) -> float:
    """Binding energy of a region's highest point."""
    column = next(c for c in table.columns if c.startswith("intensity"))
    return float(table["binding_energy_ev"].iloc[int(np.argmax(table[column]))])


def _charged(table: pd.DataFrame, shift_ev: float) -> dict[str, Row]:
    """Flag and note of each region where it, or the file's C 1s or O 1s, is not where it can be."""
    found, first = {}, {}
    for name in dict.fromkeys(table["region"]):
        level, low, high, _ = level_of(name)
        top = _highest(one_region(table, name))
        note = (
            f"{level} has its maximum at {top:.2f} eV, and no compound has it outside {low:g} to "
            f"{high:g} eV: charging, a wrong charge reference (c1s_shift_ev) or photon energy, or "
            "another line?"
        )
        found[name] = {} if low <= top <= high else {"flag": "implausible", "note": note}
        first.setdefault(level, (top, found[name]))
    off = first.get("C 1s", (ADVENTITIOUS_EV, {}))[0] - ADVENTITIOUS_EV
    if abs(off) >= CHARGED_EV:
        note = (
            f"C 1s has its maximum at {off + ADVENTITIOUS_EV:.2f} eV, {off:+.2f} eV from "
            f"adventitious carbon ({ADVENTITIOUS_EV} eV): charging? c1s_shift_ev = "
            f"{shift_ev - off:.2f} would take it off"
        )
        flag = first["C 1s"][1].get("flag", "systematic")
        return {name: {"flag": flag, "note": note} for name in found}
    if "C 1s" not in first and (every := first.get("O 1s", (0, {}))[1]):
        return dict.fromkeys(found, every)
    return found


def _drift(table: pd.DataFrame) -> Row:
    """Flag and note where a file has one level at two places, of lines that stand out of noise."""
    found: dict[str, list[float]] = {}
    for name in dict.fromkeys(table["region"]):
        y = (region := one_region(table, name)).filter(like="intensity").to_numpy(float)[:, 0]
        if y.max() - np.median(y) > PLAIN * np.median(np.abs(np.diff(y))):
            found.setdefault(level_of(name)[0], []).append(_highest(region))
    for level, at in found.items():
        if level and (apart := np.ptp(at)) > DRIFT_EV:
            note = (
                f"{level} stands at {min(at):.2f} and {max(at):.2f} eV in one file: drifting charge"
            )
            note += f" (or several samples), up to {apart:.2f} eV in every binding energy"
            return {"flag": "systematic", "note": note}
    return {}


def _copies(fits: Mapping[str, XpsFit]) -> str:
    """Say where all regions of a file have every line twice, equally far apart and alike in share.

    Two patches of the surface at two potentials do that, and no chemistry. A region with one
    line that fits tells against it; one that is a misfit is asked for its second copy.
    """
    if len(fits) < 2 or not any(len(fit.region.peaks) == 2 for fit in fits.values()):
        return ""
    found = []
    for fit in fits.values():
        if len(fit.region.peaks) == 1 and fit.result.misfit:
            fit = _twice(fit)
        if len(fit.region.peaks) != 2 or fit.weak:
            return ""
        low, high = sorted((peak.name for peak in fit.region.peaks), key=fit.position_ev)
        found.append((fit.position_ev(high) - fit.position_ev(low), fit.share(high)[0]))
    apart, share = np.ptp(found, axis=0)
    if apart > COPY_EV or share > COPY_SHARE * (len(found) - 1):
        return ""
    apart, share = np.mean(found, axis=0)
    return (
        f"each region of the file has a second line {apart:.2f} eV higher with {share:.0%} of the "
        "area: differential charging (no second species)? Measure with a better charge compensation"
    )


def _twice(fit: XpsFit) -> XpsFit:
    """The line of a region and its copy, of one width."""
    (line,), energy = fit.region.peaks, fit.region.energy_ev
    inside = (max(line.position_ev[0] - 3, energy[0]), min(line.position_ev[1] + 3, energy[-1]))
    first = replace(line, position_ev=inside)
    second = replace(first, name=f"{line.name} copy", width_of=line.name)
    table = pd.DataFrame({"binding_energy_ev": energy, "intensity_": fit.region.intensity})
    return fit_region(table, [first, second], background=fit.region.background)


def _rows(fit: XpsFit, error: float, charged: Row, copied: str) -> list[Row]:
    def flags(*names: str) -> str:
        known = [name for name in names if name in fit.result.names]
        return ";".join(flag for name in known for flag in fit.result.flags(name))

    rows, names = [], [peak.name for peak in fit.region.peaks]
    method = "active background, reference error included"
    for row in fit.referenced(0.0, error).to_dict("records"):
        words, flag = f"binding energy of {row['peak']}", flags(parameter(row["peak"], "position"))
        ends = {name: row[f"{name}_ev"] for name in ("stderr", "ci_low", "ci_high")}
        if fit.slight:
            flag = ";".join(f for f in flag.split(";") if f != "misfit")
        flag = ";".join(filter(None, (flag, charged.get("flag"))))
        told = {"flag": flag, "note": charged.get("note"), **ends}
        rows.append(report.number(words, row["position_ev"], "eV", method, **told))
    for pair in itertools.pairwise(names):
        keys = [parameter(name, "position") for name in pair]
        if set(keys) <= set(fit.result.names):
            value, stderr = fit.difference(*pair)
            told = {"flag": flags(*keys), **report.normal(value, stderr)}
            rows.append(report.number(" - ".join(pair), value, "eV", "lines of one region", **told))
    method = "areas, both lines of a doublet"
    for name in names if len(names) > 1 else ():
        value, stderr = fit.share(name)
        low, high = fit.share_interval(name)
        told = {"stderr": stderr, "ci_low": low, "ci_high": high}
        told["flag"] = flags(parameter(name, "area"))
        rows.append(report.number(f"share of {name} in the region", value, "1", method, **told))
    why = fit.result.misfit_reason
    notes = ("; ".join(filter(None, (why, row.get("note")))) for row in rows)
    return [{**row, "note": note, "doubt": copied} for row, note in zip(rows, notes, strict=True)]


def _boron(window: fit_boron.BoronWindow) -> list[Row]:
    error = float(np.hypot(window.stderr, window.systematic))
    spacing = report.normal(window.spacing_ev, window.spacing_stderr_ev)
    share = report.normal(window.boron_share, error)
    return [
        report.number(
            "line in the B 1s window - P 2p",
            window.spacing_ev,
            "eV",
            "one line, P 2p centroid",
            **spacing,
            **_told(window.phosphorus, window.one_line),
        ),
        report.number(
            "boron share of the B 1s window",
            window.boron_share,
            "1",
            "two lines, P 2s held",
            **share,
            **_told(window.phosphorus, window.two_lines),
        ),
    ]


def _told(*fits: XpsFit) -> Row:
    """Flag and note of a number that rests on several fits."""
    states = {
        "misfit": any(fit.result.misfit for fit in fits),
        "not_converged": not all(fit.result.converged for fit in fits),
    }
    reasons = dict.fromkeys(fit.result.misfit_reason for fit in fits)
    flag = ";".join(name for name, on in states.items() if on)
    return {"flag": flag, "note": "; ".join(filter(None, reasons))}
