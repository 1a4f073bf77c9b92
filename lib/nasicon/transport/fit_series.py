"""One joint fit of a temperature series of impedance spectra.

The equation is that of :mod:`nasicon.transport.model_series`, the engine that of
:mod:`nasicon.transport.fit_mixed`; rivals stand in :mod:`nasicon.transport.fit_rivals`, and
the derivation in ``docs/methods/transport.md``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from nasicon.core.constants import kelvin
from nasicon.core.quality import SHARED, Misfit, lag_one
from nasicon.core.result import LN10, FitResult, fit_result
from nasicon.transport.fit_mixed import FLOOR, State, Task, intervals, minimise, profile_end
from nasicon.transport.model_series import (
    Series,
    SeriesModel,
    columns,
    evaluate,
    log_resistance,
    series_model,
    warmth,
)

FEWEST = 4  # temperatures: two for a line, one for leads, one for the scatter
FEWEST_POINTS = 8
STRANGER = np.log(4.0)  # off the line of the others by more than this factor: another sample
NOISE_STEPS = 40  # of the regression of the noise; ten would do from most starts
SAME_LEADS = 0.05  # of the largest allowed: two searches on their way to one minimum
FAR_DECADES = 2.5  # capacitance further from an arc's is another's
ALIEN = 8.0  # residuals above those of the other spectra by more: not of this sample
BENT = 0.2  # departure of a rise from the parabola's that asks for a profile
TIED = 0.3  # correlation with a lead resistance near 0 that makes an interval a profile


def stack(spectra: pd.DataFrame | Mapping[float, pd.DataFrame]) -> Series:
    """Check spectra and put them side by side; see :func:`fit_spectra`."""
    if isinstance(spectra, pd.DataFrame):
        if "temperature_c" not in spectra:
            raise ValueError(f"the series lacks temperature_c; it has {list(spectra)}")
        key = ["temperature_c", *(["spectrum"] if "spectrum" in spectra else [])]
        tables = [(float(group[0]), table) for group, table in spectra.groupby(key)]
    else:
        tables = sorted(((float(t), table) for t, table in spectra.items()), key=lambda row: row[0])
    distinct = sorted({t for t, _ in tables})
    if len(distinct) < FEWEST:
        raise ValueError(
            f"spectra at {len(distinct)} temperature(s) ({', '.join(f'{t:g}' for t in distinct)} "
            f"degC): bulk_ea_ev, lead_ohm and the scatter need {FEWEST} or more; "
            "fit single spectra instead"
        )
    shape = len(tables), max(len(table) for _, table in tables)
    f, z, weight, labels = np.ones(shape), np.ones(shape, dtype=complex), np.zeros(shape), []
    for i, (celsius, table) in enumerate(tables):
        known = _checked(celsius, table)
        n = len(known)
        f[i], z[i] = known[-1, 0], known[-1, 1] + 1j * known[-1, 2]  # padding weighs nothing
        f[i, :n], z[i, :n] = known[:, 0], known[:, 1] + 1j * known[:, 2]
        weight[i, :n] = 1 / (known[:, 3] * np.abs(z[i, :n]))
        name = f"{celsius:g}C"
        labels.append(name if name not in labels else f"{name}#{i + 1}")
    return Series(tuple(labels), np.array([t for t, _ in tables]), f, z, weight)


def _checked(celsius: float, table: pd.DataFrame) -> NDArray:
    """Frequency, Re, Im and relative error (1 where none is stated), shape (n, 4)."""
    need = ["frequency_hz", "z_real_ohm", "z_imag_ohm"]
    where = f"the spectrum at {celsius:g} degC"
    if not np.isfinite(celsius) or celsius <= -273.15:
        raise ValueError(f"temperature_c must be above -273.15 and finite, got {celsius}")
    if missing := [name for name in need if name not in table]:
        raise ValueError(f"{where} lacks {', '.join(missing)}; it has {list(table)}")
    if len(table) < FEWEST_POINTS:
        raise ValueError(f"{where} has {len(table)} points, {FEWEST_POINTS} needed")
    known = table[need].assign(error=table.get("relative_stderr", 1.0)).to_numpy(dtype=float)
    if not np.isfinite(known).all():
        raise ValueError(f"{where} has empty or non-finite cells: leave those points out")
    if min(known[:, 0].min(), np.hypot(known[:, 1], known[:, 2]).min(), known[:, 3].min()) <= 0:
        raise ValueError(f"{where} has a frequency, |Z| or relative_stderr of 0 or less")
    return known


def find_starts(task: Task, given: Mapping[str, float]) -> NDArray:
    """Start values from the data: internal coordinates (P,).

    With exponents and time constants on a grid a spectrum is linear in all that remains
    (:func:`scipy.optimize.nnls`); what is found goes to the arc with the nearest
    capacitance, which is what stays the same along the series. An arc above the window is
    what the intercepts are. ``given`` overrules.
    """
    if unknown := sorted(set(given) - set(task.shared)):
        raise ValueError(f"starts for {unknown}: not among the shared {', '.join(task.shared)}")
    model, k = task.model, len(task.index)
    found = pd.DataFrame([_decompose(model, task.series, i) for i in range(k)])
    x = warmth(model, columns(model, task.values(task.start)), task.series.temperature_c)[1][:, 0]
    guess: dict[str, NDArray | float] = {
        "electrode_q": np.log10(found["electrode_q"].to_numpy()),
        "electrode_n": found["electrode_n"].to_numpy(),
    }
    for arc in model.arcs:
        r, c = found[f"{arc}_ohm"].to_numpy(), found[f"{arc}_f"].to_numpy()
        if np.isfinite(c).any():
            guess[f"{arc}_f"] = np.log10(np.nanmedian(c))
        if arc == model.arcs[0]:  # seen, leads are what is left
            intercept = found["intercept"].to_numpy()
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
    u = task.start.copy()
    for column, name in enumerate((*task.shared, *task.local)):
        if name in given or (name in guess and model.terms[name].prior is None):
            shared = column < task.split
            u[task.index[:, column]] = np.mean(guess[name]) if shared else guess[name]
    return np.clip(u, task.lower, task.upper)


def _decompose(model: SeriesModel, series: Series, i: int) -> dict[str, float]:
    """Arcs (resistance, capacitance), intercept and electrode of one spectrum."""
    on = series.weight[i] > 0
    omega, weight, z = 2 * np.pi * series.frequency_hz[i, on], series.weight[i, on], series.z[i, on]
    low, high = np.log10(omega.min()), np.log10(omega.max())
    tau = np.logspace(-high - 0.5, -low, int(5 * (high - low)) + 4)
    powers = np.array([0.95, 0.85, 0.75, 0.6, 0.45])
    s, middle = 1j * omega[:, None], 10 ** ((low + high) / 2)
    unit = [np.ones_like(s), s / omega.max(), (s / middle) ** -powers, 1 / (1 + (s * tau) ** 0.9)]
    design, data = np.hstack(unit) * weight[:, None], z * weight
    design, data = (np.concatenate([part.real, part.imag]) for part in (design, data))
    size = np.linalg.norm(design, axis=0)
    x = optimize.nnls(design / size, data)[0] / size
    rest, strength = x[2 : 2 + powers.size], x[2 + powers.size :]
    best, last = int(np.argmax(rest)), int(np.argmin(omega))
    q, n = middle ** -powers[best] / max(rest[best], 1e-300), powers[best]
    if rest[best] == 0:  # none to be seen: what the lowest frequency leaves room for
        q, n = omega[last] ** -0.85 / max(0.1 * abs(z[last]), 1e-9), 0.85
    row = {"intercept": x[0] or np.abs(z.real).min(), "electrode_q": q, "electrode_n": n}
    largest = dict.fromkeys(model.arcs, 0.0)
    row |= {f"{arc}_{what}": np.nan for arc in model.arcs for what in ("ohm", "f")}
    for group in np.split(np.arange(tau.size), np.flatnonzero(np.diff(strength > 0)) + 1):
        if (r := strength[group].sum()) <= 0:
            continue
        log_c = (strength[group] * np.log10(tau[group])).sum() / r - np.log10(r)
        away = {arc: abs(log_c - np.log10(model.terms[f"{arc}_f"].value)) for arc in model.arcs}
        if away[arc := min(away, key=away.get)] < FAR_DECADES:
            row[f"{arc}_ohm"] = np.nansum([row[f"{arc}_ohm"], r])
            if r > largest[arc]:
                largest[arc], row[f"{arc}_f"] = r, 10**log_c
    return row


def search(
    task: Task, starts: Iterable[NDArray], *, reml: bool = True, most: int = 200
) -> tuple[State, NDArray]:
    """The lowest minimum from several starts, and the start that led there.

    A sum of leads and first arc can be split in more than one way: from the best minimum the
    search goes on with other shares of leads.
    """

    def lower(pair: tuple[State, NDArray]) -> float:
        return pair[0].deviance()

    best = min(((minimise(task, u, reml=reml, most=most), u) for u in starts), key=lower)
    if "lead_ohm" in task.shared:
        column = task.shared.index("lead_ohm")
        for share in (0.4, 0.8):
            u = _other_leads(task, best[0], share)
            rough = minimise(task, u, reml=reml, most=6)
            apart = abs(rough.u[column] - best[0].u[column])
            if apart < SAME_LEADS * task.upper[column] and lower((rough, u)) > lower(best) - 1:
                continue  # on its way to the same minimum
            best = min(
                best, (minimise(task, rough.u, like=rough, reml=reml, most=most), u), key=lower
            )
    return best


def _other_leads(task: Task, found: State, share: float) -> NDArray:
    """A minimum with leads of a share of the smallest intercept, the first arc the rest."""
    model, first = task.model, task.model.arcs[0]
    v = columns(model, task.values(found.u))
    warm, x = warmth(model, v, task.series.temperature_c)
    total = np.exp(log_resistance(model, v, first, warm, x)) + v["lead_ohm"]
    lead = share * max(float(total.min()), 0.0)
    slope, ln_r = np.polyfit(x[:, 0], np.log(np.maximum(total - lead, 1e-3 * total.max()))[:, 0], 1)
    u = found.u.copy()
    u[task.random] = task.centre[task.random]
    new = {"lead_ohm": lead, f"{first}_ohm": ln_r / LN10, f"{first}_ea_ev": slope}
    for name, value in (new | {f"{first}_bend_ev2": 0.0}).items():
        if name in task.names:
            u[task.names.index(name)] = value
    return np.clip(u, task.lower, task.upper)


@dataclass(frozen=True)
class SeriesFit:
    """One model of a whole series.

    Attributes
    ----------
    result : FitResult
        Every parameter: the shared ones, then each spectrum's own as ``name[25C]``. The
        residuals end with the pulls of the priors and of the scatter; ``misfit`` where those
        of neighbours in frequency go together.
    minimum : State
        Where the search ended, with its ``task`` (model, series).
    notes : tuple of str
        What a reader must know, naming spectrum and parameter.
    """

    result: FitResult
    minimum: State
    notes: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """The problem."""
        return self.minimum.task

    @property
    def model(self) -> SeriesModel:
        """The model as it was fitted."""
        return self.task.model

    @property
    def series(self) -> Series:
        """The spectra with the weights used."""
        return self.task.series

    @property
    def scatter(self) -> dict[str, float]:
        """Standard deviation of each random effect."""
        variance = self.minimum.variance
        widths = np.sqrt(variance) * (variance > FLOOR)
        return dict(zip(self.model.names("random"), map(float, widths), strict=True))

    def table(self) -> pd.DataFrame:
        """The shared parameters with their flags, then the widths of the random effects."""
        table = self.result.table().iloc[: self.task.split]
        seen = self.resistances().groupby("arc")["in_window"].any()
        out = [not seen.get(name.split("_")[0], True) for name in table["parameter"]]
        flags = zip(table["flag"], out, strict=True)
        table = table.assign(flag=[f"{f};outside_window".strip(";") if o else f for f, o in flags])
        rows = [{"parameter": f"{n} (deviation)", "value": v} for n, v in self.scatter.items()]
        return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)

    def resistances(self) -> pd.DataFrame:
        """Each arc at each temperature: with its scatter and on its line, in the window or not."""
        series, v = self.series, columns(self.model, self.task.values(self.minimum.u))
        warm, x = warmth(self.model, v, series.temperature_c)
        on = np.where(series.weight > 0, series.frequency_hz, np.nan)
        low, high = np.nanmin(on, axis=1), np.nanmax(on, axis=1)
        tables = []
        for arc in self.model.arcs:
            ohm = np.exp(log_resistance(self.model, v, arc, warm, x))[:, 0]
            apex = 1 / (2 * np.pi * ohm * v[f"{arc}_f"][:, 0])
            table = {
                "spectrum": series.label,
                "temperature_c": series.temperature_c,
                "arc": arc,
                "resistance_ohm": ohm,
                "line_ohm": ohm / np.exp(v[f"{arc}_scatter"][:, 0]),
                "apex_hz": apex,
                "in_window": (apex >= low) & (apex <= high),
            }
            tables.append(pd.DataFrame(table))
        return pd.concat(tables, ignore_index=True)

    def fitted(self) -> NDArray:
        """Complex impedance (K, n) of the fit, each spectrum's scatter in it."""
        return self.task.impedance(self.minimum.u)

    def impedance(self, temperature_c: ArrayLike, frequency_hz: ArrayLike) -> NDArray:
        """Complex impedance (K, n) foretold for any temperatures, without scatter.

        What each spectrum has of its own is interpolated between the temperatures measured.
        """
        t = np.atleast_1d(np.asarray(temperature_c, dtype=float))
        order = np.argsort(self.series.temperature_c, kind="stable")
        u = self.minimum.u.copy()
        u[self.task.random] = self.task.centre[self.task.random]
        known = self.task.values(u)
        positive = [term.positive for term in self.model.terms.values()]
        known[:, positive] = np.log(known[:, positive])
        own = [np.interp(t, self.series.temperature_c[order], one) for one in known[order].T]
        values = np.transpose(own)
        values[:, positive] = np.exp(values[:, positive])
        f = np.broadcast_to(frequency_hz, (t.size, np.shape(frequency_hz)[-1]))
        return evaluate(self.model, values, f, t)[0]


def fit_spectra(
    spectra: pd.DataFrame | Mapping[float, pd.DataFrame],
    model: SeriesModel | None = None,
    *,
    starts: Mapping[str, float] | None = None,
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

    Raises
    ------
    ValueError
        Fewer than four temperatures, tables that are no spectra, an arc that the spectra do
        not show, or a spectrum whose resistance is another sample's.
    """
    return assemble(*begin(spectra, model or series_model(), starts or {}))


def begin(
    spectra: pd.DataFrame | Mapping[float, pd.DataFrame],
    model: SeriesModel,
    starts: Mapping[str, float],
) -> tuple[State, NDArray]:
    """The minimum, weighted by the stated errors or by the residuals, and the start to it."""
    task = Task(model, stack(spectra))
    found, start = search(task, [find_starts(task, starts)])
    tables = [spectra] if isinstance(spectra, pd.DataFrame) else spectra.values()
    if not all("relative_stderr" in table for table in tables):
        found = minimise(Task(model, reweighted(found)), found.u)
    return found, start


def reweighted(found: State) -> Series:
    """The series with one noise level for each frequency, from the residuals of all spectra.

    The logarithm of the variance is straight from decade to decade (a regression of squared
    residuals with a gamma distribution: McCullagh and Nelder, Generalized Linear Models, 2nd
    ed., 1989, chapter 8). What the fit follows of the noise itself (the leverage, large at
    10 MHz where few points carry many parameters) is given back.
    """
    task, series = found.task, found.task.series
    on = series.weight > 0
    squared = (np.abs(task.impedance(found.u) / series.z - 1) ** 2)[on]
    slopes, spread = task.linearise(found.u)[1], np.nan_to_num(found.covariance())
    whole = spread[task.index[:, :, None], task.index[:, None, :]]
    followed = (slopes * (whole @ slopes)).sum(axis=1).clip(0.0, 0.9 * found.noise2)
    left = (2 - followed.reshape(*series.z.shape, 2).sum(axis=2) / found.noise2)[on]
    logs = np.log10(series.frequency_hz[on])
    knots = np.arange(np.floor(logs.min()), np.ceil(logs.max()) + 1)
    hats = np.maximum(1 - np.abs(logs[:, None] - knots), 0.0)
    inverse = np.linalg.pinv(hats * np.sqrt(left)[:, None]) * np.sqrt(left)
    log_variance = np.full(knots.size, np.log(squared.sum() / left.sum() + 1e-24))
    for _ in range(NOISE_STEPS):
        excess = squared / left / np.exp(hats @ log_variance) - 1
        log_variance += np.clip(inverse @ excess, -1.0, 1.0)
    weight = np.zeros_like(series.weight)
    weight[on] = np.exp(-hats @ log_variance / 2) / np.abs(series.z[on])
    return replace(series, weight=weight)


def assemble(found: State, start: NDArray, only: Sequence[str] = ()) -> SeriesFit:
    """Covariance, intervals and notes of a minimum.

    Intervals are profiles where a bound is near or the model bends, and where a lead
    resistance that may be zero, and not less, is tied to a parameter (of those in ``only``
    where any are named).
    """
    task, s = found.task, found.task.split
    covariance = found.covariance()
    low, high = intervals(found)
    sd = np.sqrt(np.diag(covariance)[:s])
    reach = np.nan_to_num((high - low) / 2 / sd, nan=stats.norm.ppf(0.975))
    near = (low < task.lower[:s]) | (high > task.upper[:s]) | found.blocked[:s]
    curved = ~near & [bent(found, covariance, i, reach[i]) for i in range(s)]
    if "lead_ohm" in task.shared and low[lead := task.shared.index("lead_ohm")] < 0:
        near |= np.abs(covariance[:s, lead]) > TIED * sd * sd[lead]
        task = task.bounded(lead, 0.0, np.inf)
        found = minimise(task, found.u, like=found, held=True)
        covariance[found.blocked] = covariance[:, found.blocked] = np.nan
        curved &= ~near
    unknown = ~(sd > 0)  # held by a bound: look outwards from where the bound holds it
    step = reach / np.sqrt(found.scale[:s])
    low = np.where(unknown, found.u[:s] - step, low)
    high = np.where(unknown, found.u[:s] + step, high)
    for i in np.flatnonzero(near | curved):
        if not only or task.shared[i] in only:
            ends = np.array([profile_end(found, i, end[i], reach[i]) for end in (low, high)])
            if curved[i]:  # what the bend moves; the widths integrated out move the middle
                ends += (low[i] + high[i]) / 2 - found.u[i]
            low[i], high[i] = np.clip(ends, task.lower[i], task.upper[i])
    problem = task.problem(found.strength, found.noise2)
    base = fit_result(
        problem,
        problem.to_values(start),
        found.u,
        covariance,
        problem.evaluate(problem.to_values(found.u)[None])[0][0],
        found.blocked,
        found.converged,
        1.0,
    )
    low, high = (
        np.append(task.outer(np.append(end, found.u[s:]))[:s], rest[s:])
        for end, rest in ((low, base.ci_low), (high, base.ci_high))
    )
    structure = _structure(found)
    reason = (
        f"neighbouring residuals are correlated by {structure:.2f}: the model misses something, "
        "and its intervals are too narrow"
    )
    quality = Misfit(structure > SHARED, np.nan, structure, reason if structure > SHARED else "")
    fit = SeriesFit(replace(base, ci_low=low, ci_high=high, quality=quality), found)
    _refuse_strangers(fit)
    fit = _without_digits(fit)
    return replace(fit, notes=_notes(fit))


def bent(found: State, covariance: NDArray, column: int, reach: float) -> bool:
    """Whether the objective is no parabola at the ends of a parameter's interval."""
    line = np.nan_to_num(covariance[column]) / np.sqrt(covariance[column, column])
    task, rises = found.task, []
    for side in (-reach, reach) if line[column] > 0 else ():
        u = np.clip(found.u + side * line, task.lower, task.upper)
        rss = float((np.abs((task.impedance(u) - task.series.z) * task.series.weight) ** 2).sum())
        rise = rss / found.noise2 + (found.strength * (u - task.centre) ** 2).sum() - found.total
        rises.append(np.sqrt(max(rise, 0.0)) / reach)
    return any(abs(rise - 1) > BENT for rise in rises)


def _without_digits(fit: SeriesFit) -> SeriesFit:
    """Leads and a bend of the first arc beside each other: no digits unless a bend is seen.

    Above the window both bend the line of the intercepts, and intervals of the two hold the
    truth far too seldom; three spectra that show the arc's apex tell a bend.
    """
    first, known = fit.model.arcs[0], fit.result.identifiable.copy()
    arc = fit.resistances().query("arc == @first")
    if {"lead_ohm", f"{first}_bend_ev2"} <= set(fit.task.shared) and arc["in_window"].sum() < 3:
        for name in ("lead_ohm", *(f"{first}_{part}" for part in ("ohm", "ea_ev", "bend_ev2"))):
            if name in fit.task.shared:
                known[fit.result.index(name)] = False
    return replace(fit, result=replace(fit.result, identifiable=known))


def _structure(found: State) -> float:
    """Correlation of residuals that are neighbours in frequency."""
    series = found.task.series
    residual = (found.task.impedance(found.u) - series.z) * series.weight
    order = np.argsort(series.frequency_hz, axis=1, kind="stable")
    rows = np.take_along_axis(residual, order, axis=1)
    return lag_one(np.concatenate([rows.real, rows.imag]), 2 * len(rows))


def _refuse_strangers(fit: SeriesFit) -> None:
    """A spectrum far off the line of the others, or from any fit, is not of this sample."""
    inverse, series = 1 / kelvin(fit.series.temperature_c), fit.series
    ohms = fit.resistances()["resistance_ohm"].to_numpy()
    logs = np.log(ohms.reshape(len(fit.model.arcs), -1).sum(axis=0))
    line = stats.theilslopes(logs, inverse)
    off = np.abs(logs - line.intercept - line.slope * inverse)
    error = np.abs(fit.fitted() / series.z - 1) * (series.weight > 0)
    error = np.sqrt((error**2).mean(axis=1))
    if off.max() > max(STRANGER, 4 * np.median(off)):
        worst, times = np.argmax(off), np.exp(off.max())
        said = f"{times:.2g} times off the Arrhenius line of the others"
    elif error.max() > max(ALIEN * np.median(error), 0.05):
        worst, usual = np.argmax(error), 100 * np.median(error)
        said = f"{100 * error.max():.2g} % off any fit (median of the others {usual:.2g} %)"
    else:
        return
    names = " + ".join(f"{arc}_ohm" for arc in fit.model.arcs)
    raise ValueError(
        f"{names} of the spectrum {series.label[worst]}: {said}: another sample, geometry or "
        "unit? Leave it out or correct it"
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
            f"Arrhenius line, taken as straight; with {first}_bend_ev2 shared nothing tells the "
            "two apart unless three spectra show the arc"
        )
    outside = fit.resistances().query("not in_window")
    for arc, rows in outside.groupby("arc", sort=False):
        every = len(rows) == len(fit.series.label)
        where = "every spectrum" if every else ", ".join(rows["spectrum"])
        notes.append(f"{arc}_ohm: the apex lies outside the window in {where}")
    lost = np.array(result.names)[~result.identifiable & ~result.at_bound]
    if lost.size:
        notes.append(f"not determined by these spectra: {', '.join(lost)}; fix or state a prior")
    if result.misfit:
        parts = sorted(released(fit).items(), key=lambda item: -item[1])
        told = ", ".join(f"{name} {100 * part:.0f} %" for name, part in parts)
        notes.append(f"{result.misfit_reason}; freed for each spectrum would take away: {told}")
    return tuple(notes)


def released(fit: SeriesFit) -> dict[str, float]:
    """What sharing costs: the part of the residual sum that each shared shape, freed, takes away.

    Capacitance and exponents of each arc in turn are given a value for each spectrum, and all
    others refitted: a model of shared physics that misfits misfits where that is large.
    """
    found, shares = fit.minimum, {}
    known = dict(zip(found.task.names, found.u, strict=True))
    for name in fit.task.shared:
        if name.endswith(("_f", "_alpha", "_gamma")):
            task = Task(fit.model.free(name), fit.series)
            u = [known[n] if n in known else known[n.split("[")[0]] for n in task.names]
            again = minimise(task, np.array(u), like=found, held=True)
            shares[name] = 1 - again.point.rss / found.point.rss
    return shares


def disagreements(fit: SeriesFit, chained: pd.DataFrame) -> list[str]:
    """Where a joint fit and lines through fits of single spectra do not meet: a sentence each.

    ``chained``: ``quantity, method, value, ci_low, ci_high`` with rows like
    ``grain boundary activation energy``; only those of the joint fit's form are compared.
    """
    method = "ln(sigma T)" if fit.model.form == "sigma_T" else "ln sigma"
    rows = chained[chained["method"].str.startswith(method + " ")].set_index("quantity")
    sentences, joint = [], fit.table().set_index("parameter")
    for arc in fit.model.arcs:
        quantity = f"{arc.replace('boundary', 'grain boundary')} activation energy"
        if quantity in rows.index:
            one, all_ = rows.loc[quantity], joint.loc[f"{arc}_ea_ev"]
            meet = all_["ci_low"] <= one["ci_high"] and one["ci_low"] <= all_["ci_high"]
            sentences.append(
                f"{quantity}, {method}: {one['value']:.3f} eV spectrum by spectrum, "
                f"{all_['value']:.3f} eV ({all_['ci_low']:.3f} to {all_['ci_high']:.3f}) jointly: "
                + (
                    "they agree"
                    if meet
                    else "they disagree: leads, shapes or scatter, see the notes"
                )
            )
    return sentences
