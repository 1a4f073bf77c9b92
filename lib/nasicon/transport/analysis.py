"""Conductivities of one sample at several temperatures: activation energies as a report."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import report
from nasicon.core.report import Report, Row
from nasicon.core.result import FitResult
from nasicon.core.vocabulary import implausible_temperatures
from nasicon.transport import draw_arrhenius as draw
from nasicon.transport import fit_temperature
from nasicon.transport.read_geometry import DIFFERS, SAYS

Lines = dict[str, tuple[pd.DataFrame, FitResult]]  # by quantity, ln sigma
FORMS = {"sigma": "ln sigma", "sigma_T": "ln(sigma T)"}
FEWEST = 3
ASSUMED = (
    "Activation energies by ln σ and by ln(σT) differ by about 0.03 eV: compare like with like.",
    "A straight line is fitted; where it bends by more than the interval the slopes of both ends "
    "are told. The slopes between neighbours show where.",
    "The sample is taken to have the temperature stated; a lag that grows with temperature "
    "lowers Ea, and the residuals hardly show it.",
)


def analyse(
    sigma: pd.DataFrame,
    *,
    sample: str = "sample",
    temperature_error_k: float = 0.0,
    doubt: str = "",
    evidence: str = "measured",
) -> Report:
    """Arrhenius lines of each quantity, in both conventions, branches apart and together.

    Parameters
    ----------
    sigma : DataFrame
        One row a number: ``quantity`` ("total conductivity"), ``temperature_c``, ``value``
        (S cm-1) and, where known, ``stderr``, ``flag``, ``branch`` ("heating", "cooling"); of
        `nasicon.transport.read`, or the conductivities of spectra.
    temperature_error_k : float
        Standard error of each temperature; 0: the scatter alone sets the intervals.
    doubt : str
        What else that was given cannot be: every number is flagged for it.

    Raises
    ------
    ValueError
        No quantity is known at three temperatures or more.
    """
    unsaid = {"branch": "", "flag": "", "note": "", "stderr": np.nan}
    table = sigma.assign(**{name: v for name, v in unsaid.items() if name not in sigma})
    table["flag"] = table["flag"].fillna("")
    lost = table["flag"].str.contains("not_identifiable") | table["value"].isna()
    used = table[~lost].astype({"value": float, "stderr": float})
    lines, rows, parameters = {}, [], []
    hot = implausible_temperatures(table["temperature_c"]) or _better_than_its_parts(used)
    uneven = not doubt and sigma.attrs.get("uneven", False)  # a factor leaves slopes alone
    doubt = doubt or sigma.attrs.get("doubt", "")
    for (quantity, branch), group in _groups(used):
        name = quantity.removesuffix(" conductivity") + (f", {branch}" if branch else "")
        flags = ";".join(group["flag"]).split(";")
        points = group["temperature_c"], group["value"]
        half, bent = fit_temperature.bend(*points, temperature_error_k)
        inside = group[~group["flag"].str.contains("outside_window")]  # an arc, not an intercept
        fallen = fit_temperature.falls(inside["temperature_c"], inside["value"])
        stepped = fit_temperature.step(*points) or "; ".join(why for *_, why in fallen)
        sizes = group.loc[group["flag"].str.contains("systematic"), "note"]
        for form, words in FORMS.items():
            fit = fit_temperature.fit_arrhenius(
                *points, convention=form, temperature_error_k=temperature_error_k
            )
            lines.setdefault(name, (group, fit))
            parameters.append((f"{name}, {words}", fit))
            found = fit.table()
            energy = found.set_index("parameter").loc["activation_energy_ev"]
            more = ["systematic"] if half > (energy["ci_high"] - energy["ci_low"]) / 2 else []
            more += ["misfit"] if stepped else []
            for row in found.to_dict("records"):
                what = row.pop("parameter").removesuffix("_ev").replace("_", " ")
                slope = row["unit"] == "eV"  # a geometry moves prefactors only
                said = [note for note in sizes if not (slope and note.startswith(SAYS))]
                passed = {*flags} if said else {*flags} - {"systematic"}
                own = ({*row["flag"].split(";")} | passed | {*more}) - {"", "correlated"}
                note = stepped or (bent if more else next(iter(said), ""))
                row |= {"flag": ";".join(sorted(own)), "note": note}
                row["doubt"] = "; ".join(filter(None, (hot, doubt * (uneven or not slope))))
                row |= {"quantity": f"{name} {what}", "method": f"{words} against 1/T"}
                rows.append(row)
    if not lines:
        count = used["temperature_c"].nunique()
        raise ValueError(
            f"{count} different temperatures with a usable conductivity; an activation energy "
            f"needs at least {FEWEST}"
        )
    return report.assemble(
        f"{sample}: conductivity against temperature",
        "measure_transport",
        {sample: rows + _branches(used)},
        {name: _curve(*line) for name, line in lines.items()},
        evidence=evidence,
        parameters=parameters,
        read=report.what_was_read({sample: sigma}) if "source" in sigma.attrs else pd.DataFrame(),
        figures={"arrhenius": partial(_figure, lines, evidence)},
        checks={"series": _checks(table, lost)},
        assumed=(*ASSUMED, f"Each temperature has a standard error of {temperature_error_k:g} K."),
        details=lines,
    )


def _better_than_its_parts(used: pd.DataFrame) -> str:
    """Say that a total conductivity exceeds that of a part; empty where none does."""
    wide = used.pivot_table(index="temperature_c", columns="quantity", values="value")
    parts = wide.filter(regex="^(bulk|grain boundary) ").min(axis=1)
    more = (wide.get("total conductivity", np.nan) > (1 + DIFFERS) * parts).any()
    return "the total exceeds a part of it, and resistances add: columns exchanged?" if more else ""


def _groups(used: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """All points of a quantity, and each branch that has temperatures enough."""
    groups = []
    for quantity, rows in used.groupby("quantity", sort=False):
        branches = [(b, part) for b, part in rows.groupby("branch", sort=False) if b]
        for branch, part in [("", rows), *(branches if len(branches) > 1 else [])]:
            if part["temperature_c"].nunique() >= FEWEST:
                groups.append(((quantity, branch), part))
    return groups


def _branches(used: pd.DataFrame) -> list[Row]:
    """Cooling over heating at the temperatures that both have: their mean ratio and its spread."""
    rows = []
    for quantity, part in used[used["branch"].isin(["heating", "cooling"])].groupby("quantity"):
        wide = part.pivot_table(index="temperature_c", columns="branch", values="value")
        if not {"heating", "cooling"} <= set(wide):
            continue
        ratio = np.log(wide["cooling"] / wide["heating"]).dropna()
        if len(ratio):
            words = f"{quantity}, cooling over heating"
            method = f"geometric mean of {len(ratio)} temperatures, range"
            low, high = np.exp([ratio.min(), ratio.max()])
            ends = {"ci_low": low, "ci_high": high, "interval": "range"}
            rows.append(report.number(words, float(np.exp(ratio.mean())), "1", method, **ends))
    return rows


def _checks(table: pd.DataFrame, lost: pd.Series) -> pd.DataFrame:
    groups = dict(list(table.groupby("quantity", sort=False)))
    told = {
        "points": len,
        "used": lambda part: int((~lost[part.index]).sum()),
        "from / °C": lambda part: part["temperature_c"].min(),
        "to / °C": lambda part: part["temperature_c"].max(),
        "left out, not identifiable": lambda part: ", ".join(
            f"{c:g} °C" for c in part["temperature_c"][lost[part.index]]
        ),
    }
    return report.checked(groups, told).rename_axis("quantity")


def _curve(group: pd.DataFrame, fit: FitResult) -> pd.DataFrame:
    curve = group[["temperature_c", "value", "stderr"]].astype({"temperature_c": float})
    curve.columns = ["temperature_c", "sigma_s_per_cm", "stderr_s_per_cm"]
    return curve.assign(fit=fit_temperature.predict(fit, curve["temperature_c"].to_numpy()))


def _figure(lines: Lines, evidence: str) -> Figure:
    series = {name: group for name, (group, _) in lines.items()}
    fits = {name: fit for name, (_, fit) in lines.items()}
    return draw.arrhenius_plot(series, fits, evidence=evidence, title="ln σ against 1/T")
