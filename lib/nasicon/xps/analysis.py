"""Photoemission regions to binding energies and shares, as a report."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nasicon.core import report
from nasicon.core.files import parts
from nasicon.core.findings import Findings
from nasicon.core.report import Report
from nasicon.xps import draw_regions as draw
from nasicon.xps import fit_boron
from nasicon.xps.fit_regions import Peak, XpsFit, fit_region, parameter
from nasicon.xps.read_files import one_region

WIDEST_EV = 60.0  # a region that is wider is a survey: shown, not fitted
WIDTH_EV = (0.8, 2.5)
# Splitting (eV) and area ratio of the doublets; one peak where nothing is said of a region.
DOUBLETS = {"Bi 4f": (5.3, 0.75), "Ge 3d": (0.58, 2 / 3), "P 2p": (0.84, 0.5), "Ti 2p": (5.7, 0.5)}
KNOWN = {
    "Bi 4f": (("Bi oxidised", 158.0, 161.0), ("Bi metal", 155.5, 158.0)),
    "Ge 3d": (("Ge 3d", 30.0, 34.5),),
}
ASSUMED = (
    "Background and peaks are fitted together: the Shirley background is the running integral of "
    "the fitted peaks. Lines are symmetric pseudo-Voigts; a metal's are not.",
    "Splitting and area ratio of a doublet are held.",
    "A binding energy carries the error of the charge reference; a difference within one "
    "measurement does not.",
)


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
            peak = Peak(cells[1], (low, high), WIDTH_EV, splitting_ev=doublet[0], ratio=doublet[1])
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
    spacing_error_ev: float = 0.3,
    evidence: str = "measured",
    notebook: str = "measure_xps",
) -> Report:
    """Fit every region of one file or several.

    Parameters
    ----------
    files : DataFrame or mapping of str to DataFrame
        Of `nasicon.xps.read`.
    peaks : mapping of region to sequence of Peak, optional
        Bi 4f and Ge 3d are known; another region gets one line at its maximum.
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
    parted, fits, left, windows = {}, {}, {}, {}
    for file, table in tables.items():
        names = list(dict.fromkeys(table["region"]))
        if missing := [r for r in (*regions, *(peaks or {})) if r not in names]:
            raise ValueError(f"{file}: no region {missing[0]!r}; it has {', '.join(names)}")
        labels = parts(file, names, "") if len(names) == 1 else [f"{file}, {n}" for n in names]
        for label, name in zip(labels, names, strict=True):
            region = one_region(table, name)
            parted[label] = region
            span = float(np.ptp(region["binding_energy_ev"]))
            if regions and name not in regions:
                left[label] = "not asked for"
            elif span > WIDEST_EV and not (peaks or {}).get(name):
                left[label] = f"a survey ({span:.0f} eV wide): name its peaks to fit one"
            else:
                fits[label] = fit_region(
                    region, (peaks or {}).get(name) or usual(name, region), background=background
                )
        if {"P 2p", "B 1s"} <= set(names):
            windows[file] = fit_boron.boron_window(
                one_region(table, "P 2p"),
                one_region(table, "B 1s"),
                spacing_error_ev=spacing_error_ev,
            )
    if not fits:
        raise ValueError("no region to fit: " + "; ".join(f"{n} is {w}" for n, w in left.items()))
    findings = Findings(notebook)
    for label, fit in fits.items():
        rows = _rows(fit, c1s_shift_ev, reference_error_ev)
        note = fit.result.misfit_reason if fit.result.misfit else ""
        report.add_rows(findings, rows, sample=label, evidence=evidence, note=note)
    for file, window in windows.items():
        report.add_rows(findings, _boron(window), sample=file, evidence=evidence)
    return Report(
        title="Photoemission of " + ", ".join(tables) if len(tables) < 4 else "Photoemission",
        findings=findings,
        read=report.what_was_read(parted),
        parameters=report.joined(report.parameter_rows(n, f.result) for n, f in fits.items()),
        curves=report.joined(_curve(n, f) for n, f in fits.items()),
        figures={"regions": lambda: draw.regions(fits, evidence=evidence)},
        checks={"fits": _checks(fits, left)},
        assumed=(
            *ASSUMED,
            f"Charge reference: {c1s_shift_ev:g} eV added, known to ± {reference_error_ev:g} eV.",
        ),
        details={**fits, **{f"{n}, boron window": w for n, w in windows.items()}},
    )


def usual(region: str, table: pd.DataFrame) -> list[Peak]:
    """Peaks of a region that is known, else one line at its maximum."""
    splitting, ratio = DOUBLETS.get(region, (0.0, 0.0))
    energy = table["binding_energy_ev"].to_numpy(float)
    known = [
        Peak(name, (low, high), WIDTH_EV, splitting_ev=splitting, ratio=ratio)
        for name, low, high in KNOWN.get(region, ())
        if energy.min() <= low and high <= energy.max()
    ]
    if known:
        return known
    column = next(c for c in table.columns if c.startswith("intensity"))
    top = float(energy[np.argmax(table[column].to_numpy(float))])
    inside = (max(top - 1.5, energy.min()), min(top + 1.5, energy.max()))
    name = region or "line"
    return [Peak(name, inside, (0.5, 4.0), splitting_ev=splitting, ratio=ratio)]


def _rows(fit: XpsFit, shift: float, error: float) -> list[dict[str, object]]:
    rows = []
    method = "active background, reference error included"
    for row in fit.referenced(shift, error).to_dict("records"):
        name = row["peak"]
        key = parameter(name, "position")
        flags = list(fit.result.flags(key)) if key in fit.result.names else []
        rows.append(
            {
                "quantity": f"binding energy of {name}",
                "value": row["position_ev"],
                "stderr": row["stderr_ev"],
                "ci_low": row["ci_low_ev"],
                "ci_high": row["ci_high_ev"],
                "unit": "eV",
                "flag": ";".join(flags),
                "method": method,
            }
        )
    names = [peak.name for peak in fit.region.peaks]
    for upper, lower in itertools.pairwise(names):
        keys = [parameter(n, "position") for n in (upper, lower)]
        if not set(keys) <= set(fit.result.names):
            continue
        shift_ev, stderr = fit.difference(upper, lower)
        flags = dict.fromkeys(f for k in keys for f in fit.result.flags(k))
        rows.append(
            {
                "quantity": f"{upper} - {lower}",
                "value": shift_ev,
                "stderr": stderr,
                "ci_low": shift_ev - 1.96 * stderr,
                "ci_high": shift_ev + 1.96 * stderr,
                "unit": "eV",
                "flag": ";".join(flags),
                "method": "lines of one region",
            }
        )
    for name in names if len(names) > 1 else ():
        share, stderr = fit.share(name)
        low, high = fit.share_interval(name)
        rows.append(
            {
                "quantity": f"share of {name} in the region",
                "value": share,
                "stderr": stderr,
                "ci_low": low,
                "ci_high": high,
                "unit": "1",
                "flag": ";".join(fit.result.flags(parameter(name, "area"))),
                "method": "areas, both lines of a doublet",
            }
        )
    return rows


def _boron(window: fit_boron.BoronWindow) -> list[dict[str, object]]:
    both, e = float(np.hypot(window.stderr, window.systematic)), window.spacing_stderr_ev
    numbers = (
        ("line in the B 1s window - P 2p", window.spacing_ev, e, "eV", "one line, P 2p centroid"),
        ("boron share of the B 1s window", window.boron_share, both, "1", "two lines, P 2s held"),
    )
    return [
        {
            "quantity": quantity,
            "value": value,
            "stderr": error,
            "ci_low": value - 1.96 * error,
            "ci_high": value + 1.96 * error,
            "unit": unit,
            "method": method,
        }
        for quantity, value, error, unit, method in numbers
    ]


def _curve(label: str, fit: XpsFit) -> pd.DataFrame:
    curve = fit.curves()
    curve.insert(0, "file", label)
    return curve


def _checks(fits: Mapping[str, XpsFit], left: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "peaks": {n: ", ".join(p.name for p in f.region.peaks) for n, f in fits.items()},
            "reduced χ²": {n: f.result.reduced_chi2 for n, f in fits.items()},
            "converged": {n: "yes" if f.result.converged else "no" for n, f in fits.items()},
            "not fitted": {**dict.fromkeys(fits, ""), **left},
        }
    )
