"""What goes into a fit and what comes out, the same for every technique."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nasicon.core.quality import Misfit, judge_residuals, lag_one

if TYPE_CHECKING:
    import lmfit

Evaluate = Callable[[NDArray], tuple[NDArray, NDArray]]

LN10 = np.log(10.0)
AT_BOUND = 1e-4  # distance to a bound, in decades or in units of an exponent
MOVED = 1e-4  # the same scale: less than this is "did not move"
IDENTIFIABLE_DECADES = 0.25  # a standard error above this (x1.8) leaves no digits
IDENTIFIABLE_LINEAR = 0.2  # the same for exponents
CORRELATED = 0.98
_PER_PARAMETER = (
    "values",
    "stderr",
    "ci_low",
    "ci_high",
    "lower",
    "upper",
    "guess",
    "at_bound",
    "identifiable",
    "correlated",
)


@dataclass(frozen=True)
class Problem:
    """What is to be fitted.

    Attributes
    ----------
    names, units : tuple of str
        One per parameter.
    lower, upper : ndarray, shape (p,) or (k, p)
        Bounds in the parameters' units; equal bounds hold a parameter fixed.
    positive : ndarray of bool, shape (p,)
        Fitted as log10.
    evaluate : callable
        ``values (k, p) -> residuals (k, m), Jacobian (k, m, p)``, both already
        divided by the standard deviation of each datum.
    resolution : ndarray, shape (p,), optional
        Standard error (decades, or the parameter's unit) above which a parameter
        counts as not identifiable; by default 0.25 decades or 0.2.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    lower: NDArray
    upper: NDArray
    positive: NDArray
    evaluate: Evaluate
    resolution: NDArray | None = None

    def to_internal(self, values: ArrayLike) -> NDArray:
        """log10 of the positive parameters, the others unchanged."""
        values = np.asarray(values, dtype=float)
        with np.errstate(divide="ignore"):
            return np.where(self.positive, np.log10(np.where(self.positive, values, 1.0)), values)

    def to_values(self, internal: ArrayLike) -> NDArray:
        """Inverse of :meth:`to_internal`."""
        internal = np.asarray(internal, dtype=float)
        return np.where(self.positive, 10.0 ** np.where(self.positive, internal, 0.0), internal)

    def internal(self, u: NDArray) -> tuple[NDArray, NDArray]:
        """Residuals and Jacobian with respect to the internal coordinates."""
        values = self.to_values(u)
        residuals, jacobian = self.evaluate(values)
        return residuals, jacobian * np.where(self.positive, values * LN10, 1.0)[..., None, :]

    def fixed_at(self, name: str, values: NDArray) -> Problem:
        """The same problem, k times, with one parameter held at each of ``values`` (k,)."""
        index = self.names.index(name)
        lower = np.tile(self.lower, (len(values), 1))
        upper = np.tile(self.upper, (len(values), 1))
        lower[:, index] = upper[:, index] = values
        return replace(self, lower=lower, upper=upper)


@dataclass(frozen=True)
class FitResult:
    """A least-squares fit, the same for every technique.

    Attributes
    ----------
    names, units : tuple of str
    values, stderr, ci_low, ci_high : ndarray, shape (p,)
        In the parameters' units; the 95 % interval is symmetric in log10 for
        positive parameters. Where a bound holds the parameter there is no standard
        error (``nan``), and the interval reaches from the bound to a one-sided 95 % limit.
    lower, upper, guess : ndarray, shape (p,)
        Bounds and the start that led here.
    covariance : ndarray, shape (p, p)
        In internal coordinates (log10 of positive parameters).
    residuals : ndarray, shape (m,)
        Weighted residuals; ``weights`` are the standard deviations used.
    chi2, reduced_chi2, bic : float
    converged : bool
    at_bound, identifiable : ndarray of bool, shape (p,)
    correlated : ndarray of bool, shape (p,)
        A partner with |correlation| above 0.98.
    starts_agreeing : float
        Share of the starts carried to the end that reached this minimum.
    starts_tried : int
        How many starts there were.
    scaled : bool
        The covariance was multiplied by the reduced chi-squared.
    noise : float or None
        Standard deviation that the residuals should have, where it is known.
    quality : Misfit or None
        What :meth:`judged` found.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    values: NDArray
    stderr: NDArray
    ci_low: NDArray
    ci_high: NDArray
    lower: NDArray
    upper: NDArray
    guess: NDArray
    covariance: NDArray
    residuals: NDArray
    chi2: float
    reduced_chi2: float
    bic: float
    converged: bool
    at_bound: NDArray
    identifiable: NDArray
    correlated: NDArray
    starts_agreeing: float
    problem: Problem = field(repr=False)
    scaled: bool = True
    noise: float | None = None
    quality: Misfit | None = None
    starts_tried: int = 1

    @property
    def moved_from_guess(self) -> bool:
        """Whether the fit left its start (a fitter that returns its guess did not fit)."""
        move = self.problem.to_internal(self.values) - self.problem.to_internal(self.guess)
        return bool(np.max(np.abs(move)) > MOVED)

    @property
    def degrees_of_freedom(self) -> int:
        """Data minus parameters."""
        return self.residuals.size - len(self.names)

    def __getitem__(self, name: str) -> float:
        """Fitted value of a parameter."""
        return float(self.values[self.index(name)])

    def index(self, name: str) -> int:
        """Position of a parameter; an unknown name lists the known ones."""
        if name not in self.names:
            raise KeyError(f"no parameter {name!r}; the fit has {', '.join(self.names)}")
        return self.names.index(name)

    def permuted(self, order: NDArray) -> FitResult:
        """The same minimum with like parameters exchanged (two arcs of one kind)."""
        if np.array_equal(order, np.arange(order.size)):
            return self
        moved = {key: getattr(self, key)[order] for key in _PER_PARAMETER}
        problem = replace(self.problem, lower=moved["lower"], upper=moved["upper"])
        covariance = self.covariance[np.ix_(order, order)]
        return replace(self, **moved, covariance=covariance, problem=problem)

    def judged(
        self, noise: float | None = None, *, order: NDArray | None = None, **known: object
    ) -> FitResult:
        """The same fit, its residuals judged (:func:`nasicon.core.quality.judge_residuals`).

        ``order`` sorts residuals (and picks some) where the data do not come in order; what
        else is known of the noise goes to the judge.
        """
        residuals = self.residuals if order is None else self.residuals[order]
        free = int(np.count_nonzero(~self.at_bound))
        quality = judge_residuals(residuals, free, noise=noise, **known)
        return replace(self, noise=noise, quality=quality)

    def doubted(self, reason: str) -> FitResult:
        """The same fit as a misfit for what its residuals do not say; empty: as it is."""
        if not reason:
            return self
        correlation = self.quality.correlation if self.quality else lag_one(self.residuals)
        return replace(self, quality=Misfit(True, self.misfit_ratio, correlation, reason))

    @property
    def misfit(self) -> bool:
        """Whether the residuals are above the noise or structured."""
        return self.quality is not None and self.quality.found

    @property
    def misfit_ratio(self) -> float:
        """Residual over noise; nan where no noise is known."""
        return self.quality.ratio if self.quality is not None else np.nan

    @property
    def misfit_reason(self) -> str:
        """One clause with both sizes; empty where the model fits."""
        return self.quality.reason if self.quality is not None else ""

    @cached_property
    def lmfit(self) -> lmfit.minimizer.MinimizerResult:
        """The minimum as lmfit has it, for its own tools.

        ``lmfit.fit_report(fit.lmfit)``; ``lmfit.conf_interval(fit.lmfit.minimizer, fit.lmfit)``.
        Positive parameters are their log10 there; one that sits on a bound is held.
        """
        minimizer = minimizer_of(
            self.problem, self.problem.to_internal(self.values), self.at_bound, self.scaled
        )
        result = minimizer.leastsq()
        result.minimizer = minimizer
        return result

    def flags(self, name: str) -> tuple[str, ...]:
        """What a reader must know before using the number."""
        i = self.index(name)
        states = {
            "at_bound": self.at_bound[i],
            "not_identifiable": not self.identifiable[i],
            "not_converged": not self.converged,
            "misfit": self.misfit,
            "correlated": self.correlated[i],
        }
        return tuple(flag for flag, on in states.items() if on)

    def table(self) -> pd.DataFrame:
        """One row per parameter."""
        return pd.DataFrame(
            {
                "parameter": self.names,
                "value": self.values,
                "stderr": self.stderr,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
                "unit": self.units,
                "flag": [";".join(self.flags(name)) for name in self.names],
            }
        )


def minimizer_of(problem: Problem, u: NDArray, held: NDArray, scaled: bool) -> lmfit.Minimizer:
    """Return lmfit's minimizer of a problem at the point ``u`` (internal coordinates).

    Parameters
    ----------
    problem : Problem
    u : ndarray, shape (p,)
    held : ndarray of bool, shape (p,)
        Parameters that do not vary.
    scaled : bool
        Scale the covariance by the reduced chi-squared.
    """
    import lmfit

    lower, upper = problem.to_internal(problem.lower), problem.to_internal(problem.upper)
    parameters = lmfit.Parameters()
    # lmfit wants identifiers; what a user names a band is none of its business
    names = [n if n.isidentifier() else f"p{i}" for i, n in enumerate(problem.names)]
    for i, name in enumerate(names):
        parameters.add(name, value=u[i], vary=not held[i])

    def vector(pars: lmfit.Parameters) -> NDArray:  # MINPACK knows no box; far outside, 10**u ends
        return np.clip([[pars[name].value for name in names]], lower, upper)

    @lru_cache(maxsize=1)  # MINPACK asks for the residual and its Jacobian at the same point
    def internal(point: bytes) -> tuple[NDArray, NDArray]:
        return problem.internal(np.frombuffer(point).reshape(1, -1))

    def jacobian(pars: lmfit.Parameters) -> NDArray:
        varied = [pars[name].vary for name in names]
        return internal(vector(pars).tobytes())[1][0][:, varied]

    return lmfit.Minimizer(
        lambda pars: internal(vector(pars).tobytes())[0][0],
        parameters,
        scale_covar=scaled,
        Dfun=jacobian,
    )


def fit_result(
    problem: Problem,
    guess: NDArray,
    u: NDArray,
    covariance: NDArray,
    residuals: NDArray,
    at_bound: NDArray,
    converged: bool,
    agreeing: float,
    scaled: bool = True,
) -> FitResult:
    """Assemble a result from the minimum ``u`` and its covariance (internal coordinates)."""
    p, m = len(problem.names), residuals.size
    values, chi2 = problem.to_values(u), float(residuals @ residuals)
    spread = np.sqrt(np.diag(covariance))  # internal coordinates
    # with known errors the scatter of the data tells nothing more about them
    half = (stats.t.ppf(0.975, max(m - p, 1)) if scaled else stats.norm.ppf(0.975)) * spread
    limit = problem.resolution
    if limit is None:
        limit = np.where(problem.positive, IDENTIFIABLE_DECADES, IDENTIFIABLE_LINEAR)
    with np.errstate(divide="ignore", invalid="ignore"):  # no scatter, no error
        correlation = covariance / np.outer(spread, spread)
    np.fill_diagonal(correlation, 0.0)
    with np.errstate(over="ignore"):  # without digits: an interval may end at infinity
        ci_low, ci_high = problem.to_values(u - half), problem.to_values(u + half)
    inside = ~problem.positive  # those know no values beyond their bounds
    ci_low = np.where(inside, np.maximum(ci_low, problem.lower), ci_low)
    ci_high = np.where(inside, np.minimum(ci_high, problem.upper), ci_high)
    return FitResult(
        names=problem.names,
        units=problem.units,
        values=values,
        stderr=spread * np.where(problem.positive, values * LN10, 1.0),
        ci_low=ci_low,
        ci_high=ci_high,
        lower=problem.lower,
        upper=problem.upper,
        guess=guess,
        covariance=covariance,
        residuals=residuals,
        chi2=chi2,
        reduced_chi2=chi2 / max(m - p, 1),
        bic=m * np.log(chi2 / m) + p * np.log(m) if chi2 > 0 else -np.inf,
        converged=converged,
        at_bound=at_bound,
        identifiable=(spread < limit),
        correlated=np.nan_to_num(np.abs(correlation)).max(axis=1) > CORRELATED,
        starts_agreeing=agreeing,
        problem=problem,
        scaled=scaled,
    )
