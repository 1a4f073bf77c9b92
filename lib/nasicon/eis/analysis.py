"""Impedance spectra of pellets, and temperature series of them, as a report."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core import report
from nasicon.core.constants import VACUUM_PERMITTIVITY_F_PER_CM
from nasicon.core.files import parts
from nasicon.core.report import Report, Row
from nasicon.core.result import FitResult
from nasicon.core.vocabulary import as_flags, implausible
from nasicon.eis import draw_spectra as draw
from nasicon.eis import fit_pellets
from nasicon.eis.fit_circuits import predict
from nasicon.eis.fit_pellets import PelletAnalysis
from nasicon.transport import analysis as transport
from nasicon.transport.fit_temperature import SAME_K, falls
from nasicon.transport.model_conduction import Pellet, geometric_factor_per_cm
from nasicon.transport.read_geometry import compared

LEAST_LAG, FEWEST_LAGGING = 0.02, 3  # of |Z|, of so many points, that is more than an error
LEAST_ELECTRODE = 1e-8  # F cm-2 at the lowest frequency: a double layer has some 1e-6
NEAR = 3.0  # times the highest frequency: an arc's capacitance shows up to there
PANELS = 6  # more spectra than this share one overlay
ASSUMED = (
    "The pellet is a disc whose faces are the electrodes; its thickness and diameter scale "
    "every conductivity, and the diameter's error is not in the intervals.",
    "Arcs are named by their capacitance: pF bulk, nF grain boundary, above 0.1 µF electrode.",
    "A bulk that relaxes above the window is an intercept (outside_window): leads, and a skewed "
    "boundary arc, are in it and not in its interval.",
)


def analyse(
    spectra: pd.DataFrame | Mapping[str, pd.DataFrame],
    pellet: Pellet,
    *,
    circuit: str = "",
    weighting: str = "modulus",
    fmin_hz: float = 0.0,
    fmax_hz: float = 0.0,
    evidence: str = "measured",
) -> Report:
    """Test, fit and label one spectrum or several, each on its own.

    Parameters
    ----------
    spectra : DataFrame or mapping of str to DataFrame
        Of `nasicon.eis.read`, every sweep of it; several by their labels.
    pellet : Pellet
    circuit : str
        Empty: the best of the candidates by the Bayesian information criterion.
    weighting : {"modulus", "unit", "kk"}
    fmin_hz, fmax_hz : float
        Part of the spectrum that is analysed; 0: all of it.

    Examples
    --------
    >>> from nasicon import eis, transport
    >>> spectrum = eis.read("data/simulated/eis/spectra/gc-latp_025c.txt")
    >>> found = eis.analyse(spectrum, transport.Pellet(thickness_mm=1.0, diameter_mm=10.0))
    >>> bool((found.table()["unit"] == "S cm-1").all())
    True
    """
    tables = in_window(by_sweep(spectra), fmin_hz, fmax_hz)
    found = {
        label: fit_pellets.analyse(table, circuit, weighting=weighting)
        for label, table in tables.items()
    }
    many = len(found) > PANELS
    draw_all = draw.overlay if many else draw.nyquist
    return report.assemble(
        report.titled("Impedance", "Impedance spectra", found),
        "measure_eis",
        {n: conductivities(workup, pellet).to_dict("records") for n, workup in found.items()},
        {label: _curve(workup) for label, workup in found.items()},
        evidence=evidence,
        doubt=doubtful(pellet),
        parameters=_parameters(found, pellet),
        read=report.what_was_read(tables),
        figures={"spectra" if many else "nyquist": partial(draw_all, found, evidence=evidence)},
        checks={"spectra": report.checked(found, CHECKS)},
        assumed=(*ASSUMED, _settings(pellet, weighting, fmin_hz, fmax_hz)),
        details=found,
    )


def analyse_series(
    spectra: Mapping[str, pd.DataFrame],
    temperature_c: Sequence[float],
    pellet: Pellet,
    *,
    sample: str = "sample",
    circuit: str = "",
    weighting: str = "modulus",
    fmin_hz: float = 0.0,
    fmax_hz: float = 0.0,
    temperature_error_k: float = 0.0,
    evidence: str = "measured",
) -> Report:
    """One pellet at several temperatures: one circuit for all, conductivities, activation energies.

    Parameters
    ----------
    spectra : mapping of str to DataFrame
        In the order in which they were measured: where the temperature turns round, heating
        ends and cooling begins. The same temperature twice is two points.
    temperature_c : sequence of float
        One for each spectrum.
    """
    tables = in_window(by_sweep(spectra), fmin_hz, fmax_hz)
    celsius = np.asarray(list(temperature_c), dtype=float)
    if celsius.size != len(tables):
        raise ValueError(
            f"{celsius.size} temperatures for {len(tables)} spectra ({', '.join(tables)}): "
            "give one each"
        )
    _refuse_copies(tables, celsius)
    keys = {label: (float(t), i) for i, (label, t) in enumerate(zip(tables, celsius, strict=True))}
    workups = fit_pellets.analyse_series(
        {keys[label]: table for label, table in tables.items()}, circuit, weighting=weighting
    )
    found = {label: workups[key] for label, key in keys.items()}
    named = {f"{label}, {keys[label][0]:g} °C": workup for label, workup in found.items()}
    sides = branches(list(tables), celsius)
    sigma = pd.concat(
        conductivities(w, pellet).assign(temperature_c=keys[label][0], branch=side, label=label)
        for (label, w), side in zip(found.items(), sides, strict=True)
    ).reset_index(drop=True)
    sigma = _falling(sigma)
    doubt = doubtful(pellet)
    lines = transport.analyse(
        sigma,
        sample=sample,
        doubt=doubt,
        temperature_error_k=temperature_error_k,
        evidence=evidence,
    )
    rows = sigma.drop(columns=["temperature_c", "branch"]).to_dict("records")
    for row, t in zip(rows, sigma["temperature_c"], strict=True):
        row["quantity"] += f" at {t:g} °C"
        row["sample"] = f"{sample}, {row.pop('label')}"
    report.add_rows(lines.findings, rows, evidence=evidence, doubt=doubt)
    by_temperature = dict(zip(found, celsius, strict=True))
    overlay = partial(draw.overlay, found, by_temperature, evidence=evidence)
    curves = report.below({label: _curve(workup) for label, workup in found.items()})
    return replace(
        lines,
        read=report.what_was_read(tables).assign(**{"temperature / °C": celsius, "branch": sides}),
        parameters=report.joined(
            [lines.parameters, report.parameter_table(_parameters(found, pellet))]
        ),
        curves=report.joined([lines.curves, curves]),
        figures={"spectra": overlay, **lines.figures},
        checks={**lines.checks, "spectra": report.checked(named, CHECKS)},
        assumed=(*ASSUMED, *lines.assumed, _settings(pellet, weighting, fmin_hz, fmax_hz)),
        details={**lines.details, **found},
    )


def _refuse_copies(tables: Mapping[str, pd.DataFrame], celsius: NDArray) -> None:
    """Two temperatures cannot give the same numbers: one file is a copy of the other."""
    seen: dict[bytes, tuple[str, float]] = {}
    for (label, table), t in zip(tables.items(), celsius, strict=True):
        numbers = table[["z_real_ohm", "z_imag_ohm"]].to_numpy(dtype=float).tobytes()
        other, before = seen.setdefault(numbers, (label, t))
        if before != t:
            raise ValueError(
                f"{other} ({before:g} °C) and {label} ({t:g} °C) hold the same numbers: "
                "one is a copy; leave it out"
            )


def _falling(sigma: pd.DataFrame) -> pd.DataFrame:
    """The table with both spectra flagged between which the total conductivity falls on heating."""
    sigma, total = sigma.copy(), sigma[sigma["quantity"] == "total conductivity"]
    for _, rows in total.groupby("branch"):
        rows = rows.dropna(subset="value")
        for *pair, why in falls(rows["temperature_c"], rows["value"]):
            _flag(sigma, "implausible", why, sigma["label"].isin(rows["label"].iloc[pair]))
    return sigma


def doubtful(pellet: Pellet) -> str:
    """What of a pellet's geometry cannot be; empty where all can."""
    return report.doubts(thickness=(pellet.thickness_mm, "mm"), diameter=(pellet.diameter_mm, "mm"))


def by_sweep(spectra: pd.DataFrame | Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every sweep of every table under a label of its own."""
    tables = {}
    for label, table in report.mapping_of(spectra).items():
        if "sweep" not in table:
            tables[label] = table
            continue
        numbers = list(dict.fromkeys(table["sweep"]))
        for name, number in zip(parts(label, numbers, "sweep"), numbers, strict=True):
            one = table[table["sweep"] == number].drop(columns="sweep").reset_index(drop=True)
            tables[name] = one
    return tables


def in_window(
    tables: Mapping[str, pd.DataFrame], fmin_hz: float = 0.0, fmax_hz: float = 0.0
) -> dict[str, pd.DataFrame]:
    """The part of each spectrum between two frequencies; 0 sets no limit."""
    if min(fmin_hz, fmax_hz) < 0 or 0 < fmax_hz <= fmin_hz:
        raise ValueError(
            f"fmin_hz and fmax_hz must be 0 or 0 < fmin_hz < fmax_hz, got {fmin_hz:g}, {fmax_hz:g}"
        )
    chosen = {}
    for label, table in tables.items():
        inside = table["frequency_hz"].between(fmin_hz, fmax_hz or np.inf)
        if not inside.any():
            raise ValueError(f"{label}: no point lies between {fmin_hz:g} and {fmax_hz:g} Hz")
        chosen[label] = table[inside].reset_index(drop=True)
    return chosen


def branches(names: Sequence[str], temperature_c: Sequence[float]) -> list[str]:
    """Heating or cooling of each point: by its name, else by where the temperature turns round."""
    words = {"heating": r"heat|heiz|(?<![a-z])up(?![a-z])", "cooling": r"cool|abk|(?<![a-z])down"}
    said = [
        next((side for side, word in words.items() if re.search(word, name, re.I)), "")
        for name in names
    ]
    if all(said):
        return said
    top = int(np.argmax(temperature_c))
    rise, fall = np.split(np.diff(temperature_c), [top])
    turned = rise.any() and fall.any() and (rise >= 0).all() and (fall <= 0).all()
    # a name that sorts last is no way back: that comes by a temperature once more
    if not turned or np.min(temperature_c[top + 1 :]) < np.min(temperature_c[: top + 1]) - SAME_K:
        return [""] * len(names)
    return ["heating" if i <= top else "cooling" for i in range(len(names))]


def conductivities(workup: PelletAnalysis, pellet: Pellet) -> pd.DataFrame:
    """Conductivities of one spectrum in the pellet's geometry, with why a fit is flagged."""
    left = workup.result.misfit_reason
    stated = compared(workup.data.attrs.get("header", {}), pellet)
    table = workup.conductivities(**vars(pellet)).assign(note=left if workup.result.misfit else "")
    _flag(table, "systematic", "" if workup.result.misfit else left)
    _flag(table, "implausible", _one_element(workup.data) or _no_sample(workup, pellet))
    _flag(table, "systematic", stated if ", but" in stated else "")
    lost, why = _cut(workup, pellet)
    _flag(table, "not_identifiable", why, table["quantity"].isin(lost))
    again = table.groupby("quantity").cumcount() + 1  # of two arcs of one kind the second
    names = [q if n == 1 else f"{q} ({n})" for q, n in zip(table["quantity"], again, strict=True)]
    return table.assign(quantity=names)


def _flag(table: pd.DataFrame, flag: str, why: str, rows: object = slice(None)) -> None:
    """Flag rows of a table and say why, in place; none without a reason."""
    for i in table.index[rows] if why else ():
        table.loc[i, "flag"] = ";".join(as_flags(f"{table.loc[i, 'flag']};{flag}"))
        table.loc[i, "note"] = "; ".join(filter(None, (table.loc[i, "note"], why)))


def _one_element(data: pd.DataFrame) -> str:
    """Say that a spectrum shows neither an arc nor an electrode; empty where it does.

    Ions are blocked or cross an interface: somewhere a pellet is a capacitor, not everywhere.
    """
    size = np.hypot(data["z_real_ohm"], data["z_imag_ohm"])
    loss, lag = data["z_real_ohm"] / size, -data["z_imag_ohm"] / size
    if loss.median() < -LEAST_LAG:
        return "the real part is negative at most frequencies: its sign, or a phase off by 180 deg?"
    if loss.nlargest(FEWEST_LAGGING).min() < LEAST_LAG:
        return "a capacitance at all frequencies and no conduction: no contact, an open cable?"
    if lag.nlargest(FEWEST_LAGGING).min() > LEAST_LAG:
        return ""
    ohm = f"{data['z_real_ohm'].median():.3g} ohm, and no arc and no electrode"
    return f"{ohm}: a short or a dummy? Or a wrong sign, frequencies in reverse, an admittance?"


def _no_sample(workup: PelletAnalysis, pellet: Pellet) -> str:
    """Why the arcs of a spectrum cannot be a sample's: its permittivity in this geometry."""
    arcs = workup.arcs
    bulk = arcs["label"] == "bulk"
    if len(arcs) > 1 and arcs["c_eff_f"].notna().all():
        bulk.iloc[0] = True  # with nothing in series the fastest is all between the faces
    for arc, is_bulk in zip(arcs.itertuples(), bulk, strict=True):
        kinds = ["", *([" of the bulk"] if is_bulk else [])]
        value = permittivity(arc.c_eff_f, pellet)
        found = (implausible(f"relative permittivity{kind}", value, "1") for kind in kinds)
        why = next(filter(None, found), "")
        seen = not arc.apex_hz > NEAR * workup.data["frequency_hz"].max()
        if why and seen and "not_identifiable" not in arc.flag:
            return f"{arc.label}: {why}; a stray capacitance, or another geometry?"
    return ""


def _cut(workup: PelletAnalysis, pellet: Pellet) -> tuple[list[str], str]:
    """What is lost where an arc (an electrode too small for one) is not closed; in words."""
    lowest, arcs = workup.data["frequency_hz"].min(), workup.sample_arcs
    cut, tail = arcs["label"][arcs["apex_hz"] < lowest], np.inf
    if (last := workup.circuit.rpartition("-")[2]).startswith("CPE"):
        q, n = (workup.result[f"{last}_{part}"] for part in "Qn")
        tail = q * (2 * np.pi * lowest) ** (n - 1) / (np.pi * pellet.diameter_mm**2 / 400)
    why = f"an arc is not closed at the lowest frequency, {lowest:.3g} Hz: measure lower"
    lost = [f"{label} conductivity" for label in (*cut, "total")]
    return lost, why if len(cut) or tail < LEAST_ELECTRODE else ""


def permittivity(capacitance_f: float, pellet: Pellet) -> float:
    """Relative permittivity of a capacitance between the faces: eps_r = C d/(eps_0 S)."""
    factor = geometric_factor_per_cm(pellet.thickness_mm, pellet.diameter_mm)
    return capacitance_f * factor / VACUUM_PERMITTIVITY_F_PER_CM


def _settings(pellet: Pellet, weighting: str, fmin_hz: float, fmax_hz: float) -> str:
    window = f"{fmin_hz:g} Hz to {fmax_hz:g} Hz" if fmax_hz else f"from {fmin_hz:g} Hz"
    return (
        f"Thickness {pellet.thickness_mm:g} ± {pellet.thickness_error_mm:g} mm, diameter "
        f"{pellet.diameter_mm:g} mm; {weighting} weights; "
        + (window if fmin_hz or fmax_hz else "the whole spectrum")
        + "."
    )


def _parameters(
    found: Mapping[str, PelletAnalysis], pellet: Pellet
) -> Iterator[tuple[str, FitResult | list[Row]]]:
    for label, workup in found.items():
        yield label, workup.result
        arcs = [
            {"name": f"{name} of {arc.resistance}", "value": value, "unit": unit, "flag": arc.flag}
            for arc in workup.arcs.itertuples()
            for name, value, unit in (
                ("C_eff", arc.c_eff_f, "F"),
                ("relative permittivity", permittivity(arc.c_eff_f, pellet), "1"),
                ("apex", arc.apex_hz, "Hz"),
            )
            if np.isfinite(value)
        ]
        yield label, arcs


def _curve(workup: PelletAnalysis) -> pd.DataFrame:
    z = predict(workup.result, workup.circuit, workup.data["frequency_hz"])
    return workup.data.assign(fit_real_ohm=z.real, fit_imag_ohm=z.imag)


def _rms_percent(workup: PelletAnalysis) -> float:
    return 100 * float(np.sqrt(workup.result.chi2 / workup.result.residuals.size))


CHECKS = {
    "circuit": lambda workup: workup.circuit,
    "arcs": lambda workup: ", ".join(workup.arcs["label"]),
    "rms residual / %": _rms_percent,
    "KK noise / %": lambda workup: 100 * float(np.median(workup.kk.noise)),
    "KK systematic / %": lambda workup: 100 * workup.kk.systematic,
    "Kramers-Kronig": lambda workup: "passes" if workup.kk.passed else "fails",
}
