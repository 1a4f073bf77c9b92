"""Powder patterns to phases, weights, cells and sizes, as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from nasicon.composition.model_density import cell_volume, theoretical_density
from nasicon.core import report
from nasicon.core.report import Report, Row
from nasicon.diffraction import draw_patterns as draw
from nasicon.diffraction import fit_patterns, fit_phases, fit_rivals, model_structure
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_patterns import BROADEST_NM, PatternFit
from nasicon.diffraction.fit_widths import find_peaks
from nasicon.diffraction.model_pattern import Options, key
from nasicon.diffraction.model_powder import Phase
from nasicon.diffraction.read_cif import read_cif
from nasicon.diffraction.read_files import wavelength_of

TOLERANCE_DEG = 0.2  # of a position, before the displacement is known
HARDLY_PERCENT = 5.0  # below this upper end of its interval a phase may be absent
ENOUGH_PERCENT = 60.0  # of a phase's calculated intensity must be at peaks seen
STRETCHED = 0.008  # relative: what composition at room temperature hardly does to a cell
OTHER_CELL = "other composition, temperature, wavelength or step of the axis?"
METHOD = "whole pattern, crystalline candidates"
ASSUMED = (
    "Weight fractions are those of the crystalline candidates and sum to 100 %: glass and phases "
    "that are not among them are not in the sum.",
    "A candidate that looks like another one (LATP of another composition) fits as well: the cell "
    "tells them apart, the name does not.",
    "Intensities are calculated without microabsorption unless a particle size is given, and for "
    "random orientation and a flat surface unless these are refined; where a pattern asks for "
    "them, the weight says how far it would move.",
)
CHECKS = {
    "phases": lambda fit: ", ".join(phase.name for phase in fit.pattern.phases),
    "R_wp / %": lambda fit: fit.r_weighted_percent,
    "reduced χ²": lambda fit: fit.result.reduced_chi2,
    "displacement / °": lambda fit: fit.displacement_deg,
}


def phase_from_cif(path: str | Path, elements: pd.DataFrame, corundum: float = np.nan) -> Phase:
    """Phase of a CIF; `elements` as in `nasicon.diffraction.model_structure.phase_of`."""
    return model_structure.phase_of(read_cif(path), elements, corundum=corundum)


def analyse(
    patterns: pd.DataFrame | Mapping[str, pd.DataFrame],
    phases: Sequence[Phase] = (),
    *,
    candidates: Sequence[Phase] = (),
    low_deg: float = 0.0,
    high_deg: float = 0.0,
    wavelength_2_angstrom: float = 0.0,
    background: int = 6,
    hump: bool = False,
    instrument_deg: float = 0.0,
    refine_strain: bool = False,
    surface: bool = False,
    textured: Mapping[str, tuple[int, int, int]] | None = None,
    particle_um: float = 0.0,
    alignment_deg: float = 0.02,
    evidence: str = "measured",
) -> Report:
    """Fit phases to one pattern or several.

    Parameters
    ----------
    patterns : DataFrame or mapping of str to DataFrame
        Of `nasicon.diffraction.read`.
    phases : sequence of Phase
        What is refined; empty: of the candidates those that the peaks show.
    candidates : sequence of Phase
        What the peaks are compared with.
    low_deg, high_deg : float
        Part of the pattern; 0: all of it.
    wavelength_2_angstrom : float
        K-alpha2; 0 takes the file's, and none where it has none.
    instrument_deg : float
        Gaussian width of the instrument from a standard; 0 refines it.
    surface : bool
        Refine what a rough or overfilled surface loses at low angles.
    textured : mapping of str to (h, k, l)
        Phases with preferred orientation, refined, about the normal of these planes.
    particle_um : float
        Diameter of the particles (not of the crystallites), to correct weights for
        microabsorption; 0 does not, and flags what that could cost.
    alignment_deg : float
        2theta error of the instrument, in all errors; 0 with an internal standard.

    Raises
    ------
    ValueError
        No candidate explains the peaks, or a pattern cannot be fitted.
    """
    if not phases and not candidates:
        raise ValueError("phases and candidates are both empty: give at least one phase")
    tables = {
        label: _calculable(fit_patterns.select(table, low_deg, high_deg or 180.0))
        for label, table in report.mapping_of(patterns).items()
    }
    fits, rankings, left = {}, {}, {}
    for label, table in tables.items():
        peaks = find_peaks(table)
        everything = [*phases, *(c for c in candidates if c.name not in {p.name for p in phases})]
        rankings[label] = identified(peaks, everything, wavelength_of(table))
        chosen = list(phases) or _shown(rankings[label], everything, label)
        options = Options(
            wavelength_of(table),
            *_second_line(table, wavelength_2_angstrom),
            background,
            hump,
            gauss_deg=instrument_deg or None,
            refine_strain=refine_strain,
            refine_roughness=surface,
            textured=dict(textured or {}),
            automatic_slit=table.attrs.get("automatic_slit", False),
            alignment_deg=alignment_deg,
        )
        fits[label] = fit_patterns.fit_pattern(table, chosen, options)
        left[label] = fit_phases.unexplained_peaks(fits[label], peaks)
        fits[label] = fit_phases.with_peaks_left(fits[label], left[label])
        fits[label] = fit_rivals.with_other_lines(fits[label])
    not_explained = {"peaks not explained": {n: len(table) for n, table in left.items()}}
    return report.assemble(
        report.titled("Diffraction", "Powder patterns", fits),
        "measure_diffraction",
        {
            label: [
                {"doubt": _doubt(tables[label], wavelength_2_angstrom, particle_um, row), **row}
                for row in _rows(fitted, particle_um)
            ]
            for label, fitted in fits.items()
        },
        {label: _curve(fitted) for label, fitted in fits.items()},
        evidence=evidence,
        parameters=(
            pair
            for label, fitted in fits.items()
            for pair in ((label, fitted.result), (label, _derived(fitted)))
        ),
        read=report.what_was_read(tables),
        figures={"patterns": partial(draw.patterns, fits, evidence=evidence)},
        checks={"fits": report.checked(fits, CHECKS).assign(**not_explained)},
        tables={
            "peaks_not_explained": _below(left),
            "candidates": _below(rankings).drop(columns=["missing"]),
        },
        assumed=(*ASSUMED, _width(instrument_deg), _alignment(alignment_deg)),
        details=fits,
    )


def identified(peaks: pd.DataFrame, phases: Sequence[Phase], wavelength: float) -> pd.DataFrame:
    """Candidates ranked by the peaks that they explain; empty where there are no peaks."""
    if not len(peaks):
        columns = ["phase", "matched", "missing", "share_explained_percent", "excluded"]
        return pd.DataFrame(columns=columns)
    at = peaks["two_theta_deg"]
    found = fit_phases.identify(
        at,
        phases,
        wavelength=wavelength,
        tolerance_deg=TOLERANCE_DEG,
        low=float(at.min()) - TOLERANCE_DEG,
        high=float(at.max()) + TOLERANCE_DEG,
    )
    heights = peaks.set_index("two_theta_deg")["height"]
    best = found.matches.assign(height=found.matches["position_deg"].map(heights))
    seen = best.drop_duplicates(["phase", "position_deg"]).groupby("phase")["height"].sum()
    table = found.ranking.assign(
        height_explained_percent=100
        * found.ranking["phase"].map(seen).fillna(0)
        / peaks["height"].sum()
    )
    return table.sort_values(
        ["excluded", "height_explained_percent"], ascending=[True, False], ignore_index=True
    )


def _shown(ranking: pd.DataFrame, phases: Sequence[Phase], label: str) -> list[Phase]:
    """Phases that the peaks show: each must explain peaks that the stronger ones leave."""
    by_name = {phase.name: phase for phase in phases}
    good = ranking[~ranking["excluded"].astype(bool)]
    good = good[good["share_explained_percent"] >= ENOUGH_PERCENT]
    chosen: list[str] = []
    explained = 0.0
    for row in good.itertuples():
        alike = any(_alike(by_name[row.phase], by_name[name]) for name in chosen)
        if not alike and row.height_explained_percent + explained < 160:
            chosen.append(row.phase)
            explained += row.height_explained_percent
    if not chosen:
        raise ValueError(
            f"{label}: none of {len(phases)} candidate phases explains its {len(ranking)} peaks; "
            "name the phases, give a CIF of your own, or check the wavelength"
        )
    return [by_name[name] for name in chosen]


def _alike(one: Phase, other: Phase) -> bool:
    """Whether two phases have their strong lines within the tolerance: one stands for both."""
    lines = [
        fit_phases.lines_of(p, model.CU_KALPHA1, low=10, high=60, weakest_percent=20)
        for p in (one, other)
    ]
    if any(table.empty for table in lines):
        return False
    a, b = (table["two_theta_deg"].to_numpy() for table in lines)
    return bool((np.abs(a[:, None] - b[None, :]).min(axis=1) < 2 * TOLERANCE_DEG).mean() > 0.8)


def _second_line(table: pd.DataFrame, given: float) -> tuple[float, float]:
    """Wavelength of K-alpha2 and its intensity over that of K-alpha1."""
    second = given or table.attrs["wavelength_2_angstrom"]
    return second, table.attrs["ratio_2_to_1"] or (model.CU_RATIO if second > 0 else 0.0)


def _doubt(table: pd.DataFrame, second: float, particle_um: float, row: Row) -> str:
    """Say what was given against the header: a K-alpha2 no longer there, another particle size."""
    if second and table.attrs.get("stripped"):
        return "its header says that K-alpha2 was stripped: leave out wavelength_2_angstrom"
    sizes = table.attrs.get("grains_um") or (particle_um,)
    known = not particle_um or min(sizes) / 2 <= particle_um <= 2 * max(sizes)
    if known or "weight" not in row["quantity"]:
        return ""
    return f"its header says particles of {sizes} um, particle_um = {particle_um:g} was given"


def _calculable(table: pd.DataFrame) -> pd.DataFrame:
    """The pattern up to where reflections are calculated, with a note."""
    sine = wavelength_of(table) / 2 / (model_structure.D_MIN * (1 + STRETCHED))
    end = 2 * np.degrees(np.arcsin(min(sine, 1.0)))
    if table["two_theta_deg"].max() <= end:
        return table
    note = f"left out above {end:.1f} deg: reflections end at {model_structure.D_MIN:g} angstrom"
    table = fit_patterns.select(table, high=end)
    table.attrs = table.attrs | {"notes": [*table.attrs.get("notes", ()), note]}
    return table


def _rows(fitted: PatternFit, particle_um: float = 0.0) -> list[Row]:
    weights = fit_rivals.judged_weights(fitted, fit_rivals.rival(fitted), particle_um or None)
    weights = weights.rename(columns={"weight_percent": "value", "stderr_percent": "stderr"})
    sizes = fit_patterns.sizes(fitted)
    # what is hardly there fits itself to the noise, and no other phase to it
    there = weights.loc[~(weights["ci_high"] < HARDLY_PERCENT), "phase"]
    narrow = sizes[(sizes["parameter"] == "size") & (sizes["value"] < BROADEST_NM)]
    narrow = narrow[narrow["phase"].isin(there)]
    rows, tabulated = [], {phase.name: phase.free_cell() for phase in fitted.pattern.phases}
    for table, words in (
        (weights.assign(parameter="weight"), "weight fraction of {phase}"),
        (fit_patterns.cells(fitted), "{parameter} of {phase}"),
        (sizes, "apparent crystallite {parameter} of {phase}"),
    ):
        for row in table.to_dict("records"):
            name = words.format(**row).replace("apparent crystallite strain", "apparent strain")
            found = {"unit": "wt%", **row, "quantity": name}
            away = row["value"] / tabulated[row["phase"]].get(row["parameter"], np.inf) - 1
            if abs(away) > STRETCHED and found["unit"] == "angstrom":
                found["flag"] = ";".join(filter(None, (row["flag"], "systematic")))
                found["note"] = f"{100 * away:+.2f} % off its table: {OTHER_CELL}"
            if len(narrow) and (words.startswith("weight") or row["phase"] in set(narrow["phase"])):
                note = (
                    f"{', '.join(narrow['phase'])} as broad as below {BROADEST_NM:g} nm: its cell?"
                )
                found["flag"] = ";".join(filter(None, (row["flag"], "implausible")))
                found["note"] = "; ".join(filter(None, (row.get("note", ""), note)))
            rows.append({k: v for k, v in found.items() if k not in ("phase", "parameter")})
    if fitted.pattern.options.hump:
        share, error, flag = fit_patterns.hump_share_percent(fitted)
        told = {"stderr": error, "flag": flag}
        rows.append(report.number("hump share of the scattered area", share, "%", METHOD, **told))
    slit = ", automatic divergence slit" if fitted.pattern.options.automatic_slit else ""
    return [{"method": METHOD + slit, **row} for row in rows]


def _derived(fitted: PatternFit) -> list[Row]:
    """Parameters that are no unknowns of the fit."""
    numbers = [
        ("R_wp", fitted.r_weighted_percent, "%"),
        ("chi2_reduced", fitted.result.reduced_chi2, "1"),
    ]
    for phase in fitted.pattern.phases:
        volume = cell_volume(*fitted.pattern.cell(phase, fitted.result.values))
        density = theoretical_density(phase.cell_mass, 1, volume)
        name = key(phase.name)
        numbers += [
            (f"volume_{name}", volume, "angstrom3"),
            (f"density_{name}", density, "g cm-3"),
        ]
    return [{"name": name, "value": value, "unit": unit} for name, value, unit in numbers]


def _curve(fitted: PatternFit) -> pd.DataFrame:
    names = ("observed", "sigma", "calculated")
    curve = {name: getattr(fitted, name) for name in names}
    return pd.DataFrame({"two_theta_deg": fitted.two_theta, **curve, **fitted.parts})


def _below(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    if any(map(len, tables.values())):
        return report.below(tables)
    return next(iter(tables.values())).assign(file="")


def _width(instrument_deg: float) -> str:
    if instrument_deg:
        return f"The instrument has a Gaussian width of {instrument_deg:g}°, taken from the widths."
    return (
        "The instrument's width was refined with the sizes: a size is what width is left, "
        "and no corrected size; give instrument_deg from a standard."
    )


def _alignment(alignment_deg: float) -> str:
    return (
        f"Zero, axial divergence and transparency may each be off by {alignment_deg:g}° of 2θ "
        "beside the displacement: that is in the errors."
    )
