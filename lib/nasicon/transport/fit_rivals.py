"""Rival models of one series, told apart by likelihood ratios with a reference of their own.

A lead resistance that cannot be negative, or an arc that is there or not, makes the ratio no
chi-squared (Self and Liang, J. Am. Stat. Assoc. 82 (1987) 605): series drawn from the null
and fitted with both models say how large it grows by chance (McLachlan, Appl. Stat. 36
(1987) 318).
"""

import contextlib
import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.result import LN10
from nasicon.transport.fit_mixed import State, Task, minimise
from nasicon.transport.fit_series import SeriesFit, assemble, begin, find_starts, search
from nasicon.transport.model_series import SeriesModel

FEW = 30  # steps: what the null does not contain leaves the alternative flat, and no better


@dataclass(frozen=True)
class Comparison:
    """A null model against one that contains it.

    Attributes
    ----------
    statistic : float
        Fall of -2 ln(marginal likelihood).
    p : float
        Share of series drawn from the null that fall as far, (1 + count)/(1 + replicates).
    reference : ndarray, shape (replicates,)
    null, alternative : SeriesFit
        Both by restricted likelihood, on the same weights.
    """

    statistic: float
    p: float
    reference: NDArray
    null: SeriesFit
    alternative: SeriesFit


def redraw(found: State, rng: np.random.Generator) -> Task:
    """A task with data drawn from a fit: scatter, noise and what the priors' sources would say."""
    task, told = found.task, found.task.precision > 0
    u, drawn = found.u.copy(), copy.copy(task)
    spread = np.sqrt(found.variance)[:, None]
    u[task.random] = task.centre[task.random] + spread * rng.normal(size=task.random.shape)
    z, weight = task.impedance(u), task.series.weight
    sd = np.sqrt(found.noise2) / np.where(weight > 0, weight, np.inf)
    z = z + sd * (rng.normal(size=z.shape) + 1j * rng.normal(size=z.shape))
    drawn.series, drawn.centre = replace(task.series, z=z), task.centre.copy()
    drawn.centre[told] = u[told] + task.precision[told] ** -0.5 * rng.normal(size=told.sum())
    return drawn


def bootstrap(fit: SeriesFit, *, replicates: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Shared parameters and widths of series drawn from the fit, one row a replicate."""
    rng, rows = np.random.default_rng(seed), []
    task, found = fit.task, fit.minimum
    start = found.u.copy()
    start[task.random] = task.centre[task.random]
    for _ in range(replicates):
        again = minimise(redraw(found, rng), start, like=found)
        rows.append([*task.outer(again.u)[: task.split], *np.sqrt(again.variance), again.converged])
    names = [*task.shared, *(f"{n} (deviation)" for n in fit.scatter), "converged"]
    return pd.DataFrame(rows, columns=names)


def compare(
    spectra: pd.DataFrame | Mapping[float, pd.DataFrame],
    null: SeriesModel,
    alternative: SeriesModel,
    *,
    replicates: int = 199,
    seed: int = 0,
) -> Comparison:
    """Test a model against one that contains it, by parametric bootstrap under the null.

    Examples: ``lead_ohm`` held at 0 against shared (never below 0 here), ``lag`` held against
    shared, a boundary and leads against those and a bulk.

    Parameters
    ----------
    spectra
        As for :func:`nasicon.transport.fit_series.fit_spectra`.
    null, alternative : SeriesModel
    replicates : int
        Series drawn from the null.

    Raises
    ------
    ValueError
        The alternative has no more parameters than the null.
    """
    more = set(alternative.names("shared", "free", "random"))
    less = set(null.names("shared", "free", "random"))
    if not less < more:
        raise ValueError(
            f"the alternative must add to the null: {', '.join(sorted(less - more)) or 'nothing'} "
            f"is fitted in the null alone, {', '.join(sorted(more - less)) or 'nothing'} is added"
        )
    lead = replace(alternative.terms["lead_ohm"], lower=0.0)
    bounded = replace(alternative, terms={**alternative.terms, "lead_ohm": lead})
    wide = begin(spectra, bounded, {})[0].task
    narrow = Task(null, wide.series)
    statistic, one, two = likelihood_ratio(narrow, wide)
    rng, drawn_from = np.random.default_rng(seed), minimise(narrow, one.u)  # unbiased widths
    reference = np.array(
        [likelihood_ratio(*redraw_pair(drawn_from, wide, rng))[0] for _ in range(replicates)]
    )
    p = (1 + np.count_nonzero(reference >= statistic)) / (1 + replicates)
    second = minimise(Task(alternative, wide.series), two.u)
    return Comparison(statistic, p, reference, assemble(drawn_from, one.u), assemble(second, two.u))


def redraw_pair(null: State, wide: Task, rng: np.random.Generator) -> tuple[Task, Task]:
    """Both tasks on one series drawn from the null."""
    drawn, other = redraw(null, rng), copy.copy(wide)
    other.series, other.centre = drawn.series, wide.centre.copy()
    other.centre[_places(drawn, wide)] = drawn.centre
    return drawn, other


def _places(narrow: Task, wide: Task) -> list[int]:
    """Where the parameters of the smaller model stand in the larger one."""
    place = {name: i for i, name in enumerate(wide.names)}
    return [place[name] for name in narrow.names]


def likelihood_ratio(narrow: Task, wide: Task) -> tuple[float, State, State]:
    """Fall of the deviance from the null to the alternative, and both minima."""
    one, _ = search(narrow, [find_starts(narrow, {})], reml=False, most=FEW)
    inside = wide.start.copy()
    inside[_places(narrow, wide)] = one.u
    for arc in set(wide.model.arcs) - set(narrow.model.arcs):  # as small as the leads at most
        least = 0.3 * np.abs(wide.series.z).min()
        if "lead_ohm" in narrow.shared and one.u[narrow.shared.index("lead_ohm")] > 0:
            inside[wide.shared.index("lead_ohm")] *= 0.5
            least = inside[wide.shared.index("lead_ohm")]
        inside[wide.shared.index(f"{arc}_ohm")] = np.log10(least)
    starts = [inside]
    with contextlib.suppress(ValueError):  # the data do not show what the alternative adds
        starts.append(find_starts(wide, {}))
    two, _ = search(wide, starts, reml=False, most=FEW)
    return max(one.deviance() - two.deviance(), 0.0), one, two


def compare_boundaries(first: SeriesFit, second: SeriesFit) -> pd.DataFrame:
    """Whether one sample's boundary is thinner, or better conducting, than another's.

    Returns ``quantity, ratio, ci_low, ci_high, assumes``, first over second, at the reference
    temperature. The specific boundary conductivity is eps/(R C), free of geometry and
    grain size; film over grain goes as 1/C and needs both pellets' shape. Both take
    the permittivity of film and bulk as the same in the two samples: a measured C_bulk of
    each would test that, and a bulk arc above the window gives none.
    """
    logs, variances, widest = [], [], 0.0
    for fit in (first, second):
        pick = [fit.result.index(name) for name in ("boundary_ohm", "boundary_f")]
        logs.append(np.log(fit.result.values[pick]))
        variances.append(fit.result.covariance[np.ix_(pick, pick)] * LN10**2)
        half = np.log(fit.result.ci_high[pick] / fit.result.ci_low[pick]) / 2
        widest = np.maximum(widest, half / np.sqrt(np.diag(variances[-1])))
    total = sum(variances)
    same, rows = "same permittivity of film (and bulk) in both", []
    for quantity, weights, assumes in (
        ("apparent boundary conductance", (-1.0, 0.0), "nothing; same pellet shape to compare"),
        ("specific boundary conductivity", (-1.0, -1.0), same),
        ("film over grain size", (0.0, -1.0), f"{same}; same pellet shape"),
    ):
        w = np.array(weights)
        half = widest[w != 0].max() * np.sqrt(w @ total @ w)
        centre = w @ (logs[0] - logs[1])
        rows.append((quantity, *np.exp([centre, centre - half, centre + half]), assumes))
    return pd.DataFrame(rows, columns=["quantity", "ratio", "ci_low", "ci_high", "assumes"])
