"""One joint fit of a temperature series of impedance spectra.

The equation is that of :mod:`nasicon.transport.model_series`, the engine that of
:mod:`nasicon.transport.fit_arrow`; rivals stand in :mod:`nasicon.transport.fit_rivals`, and
the derivation in ``docs/methods/transport.md``.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from nasicon.core.constants import kelvin
from nasicon.core.quality import SHARED
from nasicon.core.result import LN10, FitResult, Problem, fit_result
from nasicon.transport.fit_arrow import (
    FLOOR,
    Minimum,
    Profiles,
    Task,
    dense_covariance,
    dense_problem,
    intervals,
    minimise,
)
from nasicon.transport.model_series import (
    Grid,
    Series,
    SeriesModel,
    evaluate,
    log_resistance,
    series_model,
    temperature_terms,
)

FEWEST = 4  # temperatures: two for a line, one for leads, one for the scatter
STRANGER = np.log(4.0)  # off the line of the others by more than this factor: another sample
POOL_DECADES = 0.4  # residuals closer than this share a noise level
SAME_LEADS = 0.05  # of the largest allowed: two searches on their way to one minimum
ALIEN = 8.0  # residuals above those of the other spectra by more: not of this sample
TIED = 0.3  # correlation with a lead resistance near 0 that makes an interval a profile


def stack(spectra: pd.DataFrame | Mapping[float, pd.DataFrame]) -> Series:
    """Check and stack spectra; see :func:`fit_spectra`."""
    tables = _tables(spectra)
    size = max(len(t) for _, t in tables)
    f = np.ones((len(tables), size))
    z = np.ones((len(tables), size), dtype=complex)
    weight = np.zeros((len(tables), size))
    labels: list[str] = []
    for i, (celsius, table) in enumerate(tables):
        name = f"{celsius:g}C"
        labels.append(name if name not in labels else f"{name}#{i + 1}")
        n = len(table)
        f[i, :n] = table["frequency_hz"]
        z[i, :n] = table["z_real_ohm"].to_numpy() + 1j * table["z_imag_ohm"].to_numpy()
        f[i, n:], z[i, n:] = f[i, n - 1], z[i, n - 1]
        given = table.get("relative_stderr", 1.0)
        weight[i, :n] = 1 / (given * np.abs(z[i, :n]))
    return Series(tuple(labels), np.array([t for t, _ in tables]), f, z, weight)


def _tables(spectra: pd.DataFrame | Mapping[float, pd.DataFrame]) -> list[tuple[float, object]]:
    need = ["frequency_hz", "z_real_ohm", "z_imag_ohm"]
    if isinstance(spectra, pd.DataFrame):
        if missing := [c for c in ("temperature_c", *need) if c not in spectra]:
            raise ValueError(f"the series lacks {', '.join(missing)}; it has {list(spectra)}")
        key = ["temperature_c", *(["spectrum"] if "spectrum" in spectra else [])]
        tables = [(float(k[0]), t) for k, t in spectra.groupby(key, sort=True)]
    else:
        tables = sorted(((float(t), s) for t, s in spectra.items()), key=lambda item: item[0])
    distinct = sorted({t for t, _ in tables})
    if len(distinct) < FEWEST:
        raise ValueError(
            f"spectra at {len(distinct)} temperature(s) ({', '.join(f'{t:g}' for t in distinct)} "
            f"degC): bulk_ea_ev, lead_ohm and the scatter need {FEWEST} or more; "
            "fit single spectra instead"
        )
    for celsius, table in tables:
        if missing := [c for c in need if c not in table]:
            raise ValueError(f"the spectrum at {celsius:g} degC lacks {', '.join(missing)}")
        columns = need + (["relative_stderr"] if "relative_stderr" in table else [])
        numbers = table[columns].to_numpy(dtype=float)
        if not np.isfinite(celsius) or celsius <= -273.15:
            raise ValueError(f"temperature_c must be above -273.15 and finite, got {celsius}")
        if len(table) < 8:
            raise ValueError(f"the spectrum at {celsius:g} degC has {len(table)} points, 8 needed")
        if not np.isfinite(numbers).all():
            raise ValueError(f"the spectrum at {celsius:g} degC has empty or non-finite cells")
        if not (numbers[:, 0] > 0).all() or not np.hypot(numbers[:, 1], numbers[:, 2]).min() > 0:
            raise ValueError(
                f"the spectrum at {celsius:g} degC has a frequency or |Z| of 0 or less"
            )
        if numbers.shape[1] > 3 and not (numbers[:, 3] > 0).all():
            raise ValueError(f"the spectrum at {celsius:g} degC has a relative_stderr of 0 or less")
    return tables


def find_starts(task: Task, given: Mapping[str, float]) -> NDArray:
    """Start values from the data: internal coordinates (K, active).

    With exponents and time constants on a grid a spectrum is linear in all that remains
    (:func:`scipy.optimize.nnls`); what is found goes to the arc with the nearest
    capacitance, which is what stays the same along the series. An arc above the window is
    what the intercepts are. ``given`` overrules.
    """
    if unknown := sorted(set(given) - set(task.shared)):
        raise ValueError(f"starts for {unknown}: not among the shared {', '.join(task.shared)}")
    model, k = task.model, task.spectra
    found = [_decompose(model, task.series, i) for i in range(k)]
    held = {name: np.full((k, 1), term.value) for name, term in model.terms.items()}
    x = temperature_terms(model, held, task.grid.plate_k)[1][:, 0]
    guess: dict[str, NDArray] = {
        "electrode_q": np.log10([row["electrode"][0] for row in found]),
        "electrode_n": np.array([row["electrode"][1] for row in found]),
    }
    intercept = np.array([row["intercept"] for row in found])
    for arc in model.arcs:
        r, c = np.array([row[arc] for row in found]).T
        if np.isfinite(c).any():
            guess[f"{arc}_f"] = np.log10(np.nanmedian(c))
        if arc == model.arcs[0]:  # seen, leads are what is left
            guess["lead_ohm"] = np.median(np.where(np.isfinite(r), intercept, 0.0))
            r = np.where(np.isfinite(r), r, intercept)
        seen = np.isfinite(r) & (r > 0)
        if seen.sum() < 2:
            raise ValueError(
                f"{arc}_ohm: an arc near {model.terms[f'{arc}_f'].value:.1g} F shows in "
                f"{seen.sum()} of {k} spectra: leave {arc} out of the model, state its "
                "capacitance, or give starts"
            )
        line = stats.theilslopes(np.log(r[seen]), x[seen])
        guess[f"{arc}_ohm"], guess[f"{arc}_ea_ev"] = line.intercept / LN10, line.slope
    for name, value in given.items():
        guess[name] = np.log10(value) if model.terms[name].positive else value
    u = np.tile(task.start, (k, 1))
    for column, name in enumerate((*task.shared, *task.local)):
        if name in given or (name in guess and model.terms[name].prior is None):
            u[:, column] = guess[name] if column >= task.split else np.mean(guess[name])
    return np.clip(u, task.lower, task.upper)


def search(
    task: Task, starts: Iterable[NDArray], *, reml: bool = True, most: int = 200
) -> tuple[Minimum, NDArray]:
    """The lowest minimum from several starts, and the start that led there.

    A sum of leads and first arc can be split in more than one way: from the best minimum the
    search goes on with other shares of leads.
    """
    ended = [(minimise(task, u, reml=reml, most=most), u) for u in starts]
    best = min(ended, key=lambda pair: pair[0].deviance)
    if "lead_ohm" in task.shared:
        column = task.shared.index("lead_ohm")
        for share in (0.4, 0.8):
            u = _other_leads(task, best[0], share)
            rough = minimise(task, u, reml=reml, most=6)
            apart = abs(rough.u[0, column] - best[0].u[0, column])
            if apart < SAME_LEADS * task.upper[column] and rough.deviance > best[0].deviance - 1:
                continue  # on its way to the same minimum
            system = rough.system
            last = minimise(
                task, rough.u, variance=system.variance, noise2=system.noise2, reml=reml, most=most
            )
            best = min(best, (last, u), key=lambda pair: pair[0].deviance)
    return best


def _other_leads(task: Task, found: Minimum, share: float) -> NDArray:
    """A minimum with leads of a share of the smallest intercept, the first arc the rest."""
    names, first = [*task.shared, *task.local], task.model.arcs[0]
    values = task.values(found.u)
    v = {name: values[:, i, None] for i, name in enumerate(task.model.terms)}
    warm, x = temperature_terms(task.model, v, task.grid.plate_k)
    total = np.exp(log_resistance(task.model, v, first, warm, x)) + v["lead_ohm"]
    lead = share * max(float(total.min()), 0.0)
    slope, ln_r = np.polyfit(x[:, 0], np.log(np.maximum(total - lead, 1e-3 * total.max()))[:, 0], 1)
    u = found.u.copy()
    u[:, task.random] = task.centre[task.random]
    new = {"lead_ohm": lead, f"{first}_ohm": ln_r / LN10, f"{first}_ea_ev": slope}
    for name, value in (new | {f"{first}_bend_ev2": 0.0}).items():
        if name in names:
            u[:, names.index(name)] = value
    return np.clip(u, task.lower, task.upper)


def _decompose(model: SeriesModel, series: Series, i: int) -> dict[str, object]:
    """Arcs (resistance, capacitance), intercept, inductance and electrode of one spectrum."""
    on = series.weight[i] > 0
    omega, weight = 2 * np.pi * series.frequency_hz[i, on], series.weight[i, on]
    tau = np.logspace(
        -np.log10(omega.max()) - 0.5,
        -np.log10(omega.min()),
        int(5 * np.log10(omega.max() / omega.min())) + 4,
    )
    powers = np.array([0.95, 0.85, 0.75, 0.6, 0.45])
    s = 1j * omega[:, None]
    middle = np.sqrt(omega.max() * omega.min())
    arcs = 1 / (1 + (s * tau) ** 0.9)
    columns = np.hstack([np.ones_like(s), s / omega.max(), (s / middle) ** -powers, arcs])
    columns = columns * weight[:, None]
    size = np.linalg.norm(columns, axis=0)
    data = series.z[i, on] * weight
    x, _ = optimize.nnls(
        np.vstack([columns.real, columns.imag]) / size, np.concatenate([data.real, data.imag])
    )
    x = x / size
    rest = x[2 : 2 + powers.size]
    best = int(np.argmax(rest))
    electrode = (middle ** -powers[best] / rest[best], powers[best]) if rest[best] > 0 else None
    if electrode is None:  # none to be seen: what the lowest frequency leaves room for
        last = int(np.argmin(omega))
        electrode = (omega[last] ** -0.85 / max(0.1 * abs(series.z[i, on][last]), 1e-9), 0.85)
    edge = float(np.abs(series.z[i, on].real).min())  # where an arc at the edge took it all
    row: dict[str, object] = {
        "intercept": x[0] or edge,
        "electrode": electrode,
    }
    sums = {arc: [0.0, 0.0, 0.0] for arc in model.arcs}
    strength = x[2 + powers.size :]
    groups = np.split(np.arange(tau.size), np.flatnonzero(np.diff(strength > 0)) + 1)
    for group in groups:
        r = strength[group].sum()
        if r <= 0:
            continue
        log_c = (strength[group] * np.log10(tau[group])).sum() / r - np.log10(r)
        away = {arc: abs(log_c - np.log10(model.terms[f"{arc}_f"].value)) for arc in model.arcs}
        arc = min(away, key=away.get)
        if away[arc] < 2.5:
            total = sums[arc]
            if r > total[2]:
                total[1], total[2] = 10**log_c, r
            total[0] += r
    for arc, (r, c, _) in sums.items():
        row[arc] = (r, c) if r > 0 else (np.nan, np.nan)
    return row


@dataclass(frozen=True)
class SeriesFit:
    """One model of a whole series.

    Attributes
    ----------
    result : FitResult
        Every parameter: the shared ones, then each spectrum's own as ``name[25C]``. The
        residuals end with the pulls of the priors and of the scatter.
    scatter : mapping of name to float
        Standard deviation of each random effect.
    noise : float
        Standard deviation of a datum in units of its weight.
    structure : float
        Correlation of neighbouring residuals: the share that is no noise.
    notes : tuple of str
        What a reader must know, naming spectrum and parameter.
    task, minimum : Task, Minimum
        The problem (``task.model``, ``task.series``) and where its search ended.
    """

    result: FitResult
    scatter: Mapping[str, float]
    noise: float
    structure: float
    notes: tuple[str, ...]
    task: Task
    minimum: Minimum

    @property
    def model(self) -> SeriesModel:
        """The model as it was fitted."""
        return self.task.model

    @property
    def series(self) -> Series:
        """The spectra with the weights used."""
        return self.task.series

    def table(self) -> pd.DataFrame:
        """The shared parameters with their flags, then the widths of the random effects."""
        table = self.result.table().iloc[: self.task.split].copy()
        seen = self.resistances().groupby("arc")["in_window"].any()
        for i, name in enumerate(table["parameter"]):
            flags = [flag for flag in table.loc[i, "flag"].split(";") if flag]
            if not seen.get(name.rpartition("_")[0].split("_")[0], True):
                flags.append("outside_window")
            if self.structure > SHARED:
                flags.append("misfit")
            table.loc[i, "flag"] = ";".join(flags)
        widths = {f"{name} (deviation)": value for name, value in self.scatter.items()}
        more = pd.DataFrame({"parameter": widths.keys(), "value": widths.values()})
        return pd.concat([table, more], ignore_index=True)

    def resistances(self) -> pd.DataFrame:
        """Each arc at each temperature: with its scatter and on its line, in the window or not."""
        values = self.task.values(self.minimum.u)
        v = {name: values[:, i, None] for i, name in enumerate(self.model.terms)}
        warm, x = temperature_terms(self.model, v, self.task.grid.plate_k)
        on = np.where(self.series.weight > 0, self.series.frequency_hz, np.nan)
        low, high = np.nanmin(on, axis=1), np.nanmax(on, axis=1)
        rows = []
        for arc in self.model.arcs:
            ohm = np.exp(log_resistance(self.model, v, arc, warm, x))[:, 0]
            apex = 1 / (2 * np.pi * ohm * v[f"{arc}_f"][:, 0])
            rows.append(
                pd.DataFrame(
                    {
                        "spectrum": self.series.label,
                        "temperature_c": self.series.temperature_c,
                        "arc": arc,
                        "resistance_ohm": ohm,
                        "line_ohm": ohm / np.exp(v[f"{arc}_scatter"][:, 0]),
                        "apex_hz": apex,
                        "in_window": (apex >= low) & (apex <= high),
                    }
                )
            )
        return pd.concat(rows, ignore_index=True)

    def fitted(self) -> NDArray:
        """Complex impedance (K, n) of the fit, each spectrum's scatter in it."""
        return evaluate(self.model, self.task.values(self.minimum.u), self.task.grid)[0]

    def impedance(self, temperature_c: ArrayLike, frequency_hz: ArrayLike) -> NDArray:
        """Complex impedance (K, n) foretold for any temperatures, without scatter.

        What each spectrum has of its own is interpolated between the temperatures measured.
        """
        t = np.atleast_1d(np.asarray(temperature_c, dtype=float))
        order = np.argsort(self.series.temperature_c, kind="stable")
        u = np.tile(self.minimum.u[0], (t.size, 1))
        for column in range(self.task.split, u.shape[1]):
            own = self.minimum.u[order, column]
            u[:, column] = np.interp(t, self.series.temperature_c[order], own)
        u[:, self.task.random] = self.task.centre[self.task.random]
        f = np.broadcast_to(frequency_hz, (t.size, np.shape(frequency_hz)[-1]))
        return evaluate(self.model, self.task.values(u), Grid.of(f, t))[0]


def fit_spectra(
    spectra: pd.DataFrame | Mapping[float, pd.DataFrame],
    model: SeriesModel | None = None,
    *,
    starts: Mapping[str, float] | None = None,
    profiles: Container[str] | None = None,
) -> SeriesFit:
    """Fit all spectra of a temperature series with one model.

    Parameters
    ----------
    spectra : DataFrame, or mapping of plate temperature in degC to DataFrame
        ``temperature_c`` (one table), ``frequency_hz, z_real_ohm, z_imag_ohm``, and where
        known ``relative_stderr`` (of Re and Im, relative to abs(Z)). Without it the noise is
        found from the residuals: one level for each frequency, shared by all spectra. A
        column ``spectrum`` tells apart spectra at one temperature.
    model : SeriesModel, optional
        By default :func:`nasicon.transport.model_series.series_model`.
    starts : mapping of name to float, optional
        Shared parameters to begin with, for example from fits of single spectra; what is
        not named is found from the data.
    profiles : container of str, optional
        Parameters whose interval is a likelihood profile where it needs one; by default all.

    Raises
    ------
    ValueError
        Fewer than four temperatures, tables that are no spectra, an arc that the spectra do
        not show, or a spectrum whose resistance is another sample's.
    """
    series = stack(spectra)
    task = Task.of(model or series_model(), series)
    found, u = search(task, [find_starts(task, starts or {})])
    given = isinstance(spectra, pd.DataFrame) and "relative_stderr" in spectra
    if not given and not isinstance(spectra, pd.DataFrame):
        given = all("relative_stderr" in table for table in spectra.values())
    if not given:
        task = Task.of(task.model, pooled(task, found))
        found = minimise(task, found.u, variance=found.system.variance)
    return assemble(task, found, u, profiles)


def pooled(task: Task, found: Minimum) -> Series:
    """The series with weights from its residuals: neighbours in frequency share a noise level.

    What the fit follows of the noise itself (the leverage, large at 10 MHz where few points
    carry many parameters) is given back.
    """
    series, on = task.series, task.series.weight > 0
    z, _ = evaluate(task.model, task.values(found.u), task.grid)
    squared = (np.abs((z - series.z) / series.z) ** 2)[on]
    followed = np.nan_to_num(task.leverage(found), nan=1.0).clip(0.0, 0.9)
    left = (2 - followed.reshape(*z.shape, 2).sum(axis=2))[on]
    logs = np.log10(series.frequency_hz[on])
    order = np.argsort(logs, kind="stable")
    first = np.searchsorted(logs[order], logs - POOL_DECADES / 2, "left")
    last = np.searchsorted(logs[order], logs + POOL_DECADES / 2, "right")
    sums, count = (np.append(0.0, np.cumsum(part[order])) for part in (squared, left))
    level = np.sqrt((sums[last] - sums[first]) / (count[last] - count[first]))
    weight = np.zeros_like(series.weight)
    weight[on] = 1 / (np.maximum(level, 1e-3 * level.max() + 1e-12) * np.abs(series.z[on]))
    return replace(series, weight=weight)


def assemble(
    task: Task, found: Minimum, start: NDArray, only: Container[str] | None = None
) -> SeriesFit:
    """Covariance, intervals and notes of a minimum.

    Intervals are profiles where a bound is near or the model bends, and where a lead
    resistance that may be zero, and not less, is tied to a parameter.
    """
    system, split, k = found.system, task.split, task.spectra
    covariance = dense_covariance(system)
    low, high = intervals(system)
    sd = np.sqrt(np.diag(covariance)[:split])
    with np.errstate(invalid="ignore"):
        quantile = np.nan_to_num((high - low) / 2 / sd, nan=stats.norm.ppf(0.975))
    near = (low < task.lower[:split]) | (high > task.upper[:split]) | system.blocked[0, :split]
    profiles = Profiles(task, found, quantile, covariance)
    wanted = np.array([only is None or name in only for name in task.shared], dtype=bool)
    near |= [want and profiles.bent(i) for i, want in enumerate(wanted)]
    if "lead_ohm" in task.shared and low[lead := task.shared.index("lead_ohm")] < 0:
        task = task.bounded(lead, 0.0, np.inf)
        near |= np.abs(covariance[:split, lead]) > TIED * sd * sd[lead]
        found = minimise(task, found.u, variance=system.variance, noise2=system.noise2, held=True)
        profiles = Profiles(task, found, quantile, covariance)
    unknown = ~(sd > 0)  # held by a bound: look outwards from where the bound holds it
    step = quantile * np.sqrt(system.noise2 / system.scale[0, :split])
    low = np.where(unknown, found.u[0, :split] - step, low)
    high = np.where(unknown, found.u[0, :split] + step, high)
    for i in np.flatnonzero(near & wanted):
        low[i], high[i] = profiles.end(i, low[i]), profiles.end(i, high[i])
    held = found.system.blocked
    blocked = np.concatenate([held[0, :split], held[:, split:].ravel()])
    covariance[blocked] = covariance[:, blocked] = np.nan
    flat = np.concatenate([found.u[0, :split], found.u[:, split:].ravel()])
    names = [*task.shared, *(f"{n}[{label}]" for label in task.series.label for n in task.local)]
    terms = [task.model.terms[n] for n in (*task.shared, *(task.local * k))]
    problem = Problem(
        tuple(names),
        tuple(t.unit for t in terms),
        np.array([t.lower for t in terms]),
        np.array([t.upper for t in terms]),
        np.array([t.positive for t in terms]),
        dense_problem(task, system.variance, system.noise2),
        np.array([t.resolution for t in terms]),
    )
    residuals = problem.evaluate(problem.to_values(flat)[None])[0][0]
    guess = problem.to_values(np.concatenate([start[0, :split], start[:, split:].ravel()]))
    base = fit_result(problem, guess, flat, covariance, residuals, blocked, found.converged, 1.0)
    low = np.append(low, problem.to_internal(base.ci_low)[split:])
    high = np.append(high, problem.to_internal(base.ci_high)[split:])
    scatter = {
        name: float(np.sqrt(variance) * (variance > FLOOR))
        for name, variance, random in zip(
            (*task.shared, *task.local), system.variance, task.random, strict=True
        )
        if random
    }
    fit = SeriesFit(
        result=replace(base, ci_low=problem.to_values(low), ci_high=problem.to_values(high)),
        scatter=scatter,
        noise=float(np.sqrt(system.noise2)),
        structure=_structure(task, found),
        notes=(),
        task=task,
        minimum=found,
    )
    _refuse_strangers(fit)
    return replace(fit, notes=_notes(fit))


def _structure(task: Task, found: Minimum) -> float:
    """Correlation of residuals that are neighbours in frequency."""
    residual = task.linearise(found.u)[0].view(complex)
    shared = total = 0.0
    for row, f, weight in zip(residual, task.series.frequency_hz, task.series.weight, strict=True):
        r = row[weight > 0][np.argsort(f[weight > 0], kind="stable")]
        shared += float((r[1:] * r[:-1].conj()).real.sum())
        total += float((np.abs(r) ** 2).sum())
    return shared / total if total > 0 else 0.0


def _refuse_strangers(fit: SeriesFit) -> None:
    """A spectrum whose resistance is far off the line of the others is not of this sample."""
    inverse = 1 / kelvin(fit.series.temperature_c)
    ohms = fit.resistances()["resistance_ohm"].to_numpy()
    logs = np.log(ohms.reshape(len(fit.model.arcs), -1).sum(axis=0))
    line = stats.theilslopes(logs, inverse)
    off = np.abs(logs - line.intercept - line.slope * inverse)
    worst = int(np.argmax(off))
    names = " + ".join(f"{arc}_ohm" for arc in fit.model.arcs)
    if off[worst] > max(STRANGER, 4 * np.median(off)):
        raise ValueError(
            f"{names} of the spectrum {fit.series.label[worst]} is {np.exp(off[worst]):.2g} times "
            "off the Arrhenius line of the others: another sample, geometry or unit? Leave it "
            "out or correct it"
        )
    error = np.abs(fit.fitted() - fit.series.z) / np.abs(fit.series.z) * (fit.series.weight > 0)
    error = np.sqrt((error**2).mean(axis=1))
    worst = int(np.argmax(error))
    if error[worst] > max(ALIEN * np.median(error), 0.05):
        raise ValueError(
            f"no {names} on the line of the others fits the spectrum {fit.series.label[worst]}: "
            f"it is off by {100 * error[worst]:.2g} % (median of the others "
            f"{100 * np.median(error):.2g} %): another sample, geometry or unit? Leave it out or "
            "correct it"
        )


def _notes(fit: SeriesFit) -> tuple[str, ...]:
    notes, terms, result = [], fit.model.terms, fit.result
    lag = terms["lag"]
    if lag.role == "fixed":
        notes.append(
            f"lag is held at {lag.value:g}: to first order a lag only rescales the activation "
            "energies, true = apparent/(1 - lag), and no fit can tell the two apart"
        )
    elif lag.prior and result.stderr[result.index("lag")] < 0.5 * lag.prior[1]:
        notes.append(
            "lag is known better than its prior says: that comes from the curvature of Arrhenius "
            "lines that the model takes as straight and free of scatter"
        )
    first = fit.model.arcs[0]
    if terms["lead_ohm"].role != "fixed" and terms[f"{first}_bend_ev2"].role == "fixed":
        notes.append(
            f"lead_ohm: where the {first} arc lies above the window, leads are what bends its "
            f"Arrhenius line; share {first}_bend_ev2 to allow it a bend of its own"
        )
    table = fit.resistances()
    for arc, rows in table[~table["in_window"]].groupby("arc", sort=False):
        where = "every spectrum" if len(rows) == fit.task.spectra else ", ".join(rows["spectrum"])
        notes.append(f"{arc}_ohm: the apex lies outside the window in {where}")
    lost = [n for n, known in zip(result.names, result.identifiable, strict=True) if not known]
    lost = [n for n in lost if not result.at_bound[result.index(n)]]
    if lost:
        notes.append(f"not determined by these spectra: {', '.join(lost)}; fix or state a prior")
    if fit.structure > SHARED:
        notes.append(
            f"neighbouring residuals are correlated by {fit.structure:.2f}: the model misses "
            "something, and its intervals are too narrow"
        )
    return tuple(notes)


def disagreements(fit: SeriesFit, chained: pd.DataFrame) -> list[str]:
    """Where a joint fit and lines through fits of single spectra do not meet: a sentence each.

    ``chained``: ``quantity, method, value, ci_low, ci_high`` with rows like
    ``grain boundary activation energy``; only those of the joint fit's form are compared.
    """
    method = "ln(sigma T)" if fit.model.form == "sigma_T" else "ln sigma"
    rows = chained[chained["method"].str.startswith(method + " ")].set_index("quantity")
    sentences = []
    for arc in fit.model.arcs:
        quantity = f"{arc.replace('boundary', 'grain boundary')} activation energy"
        if quantity not in rows.index:
            continue
        i, other = fit.result.index(f"{arc}_ea_ev"), rows.loc[quantity]
        low, high = fit.result.ci_low[i], fit.result.ci_high[i]
        meet = low <= other["ci_high"] and other["ci_low"] <= high
        sentences.append(
            f"{quantity}, {method}: {other['value']:.3f} eV spectrum by spectrum, "
            f"{fit.result.values[i]:.3f} eV ({low:.3f} to {high:.3f}) jointly: "
            + ("they agree" if meet else "they disagree: leads, shapes or scatter, see the notes")
        )
    return sentences
