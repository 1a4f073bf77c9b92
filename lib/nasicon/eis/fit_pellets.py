"""The standard work-up of one impedance spectrum: test, circuit, fit, arcs, conductivities."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasicon.core.result import IDENTIFIABLE_DECADES, FitResult
from nasicon.eis import fit_arcs, fit_circuits, fit_consistency
from nasicon.transport import fit_temperature
from nasicon.transport.model_conduction import specific_boundary_conductivity

FAR = 100.0  # times the highest frequency: an arc beyond shows no more than a resistance


@dataclass(frozen=True)
class PelletAnalysis:
    """One spectrum and all that was concluded from it.

    Attributes
    ----------
    data : DataFrame
        The spectrum.
    kk : KramersKronig
    ranking : DataFrame
        The circuits compared (one row if the circuit was given).
    circuit : str
    result : FitResult
    arcs : DataFrame
        :func:`nasicon.eis.fit_arcs.arc_table`.
    """

    data: pd.DataFrame
    kk: fit_consistency.KramersKronig
    ranking: pd.DataFrame
    circuit: str
    result: FitResult
    arcs: pd.DataFrame

    @property
    def sample_arcs(self) -> pd.DataFrame:
        """Arcs of the sample itself, electrode processes left out.

        All arcs where each has the capacitance of an electrode: which of them is the sample's
        cannot be told, and their sum is flagged ``implausible`` (:attr:`electrode_only`).
        """
        return self.arcs[self.electrode_only | (self.arcs["label"] != "electrode")]

    @property
    def electrode_only(self) -> bool:
        """Whether every arc has a capacitance that no pellet has (above 0.1 uF)."""
        return bool((self.arcs["label"] == "electrode").all())

    @property
    def total_ohm(self) -> tuple[float, float]:
        """Sum of the sample's resistances and its standard error, correlations included."""
        names = self.sample_arcs["resistance"]
        pick = [self.result.index(name) for name in names]
        values = self.result.values[pick]
        slopes = values * np.log(10)
        covariance = self.result.covariance[np.ix_(pick, pick)]
        variance = float(slopes @ covariance @ slopes)  # below zero: rounding of a singular one
        return float(values.sum()), math.sqrt(variance) if variance >= 0 else math.nan

    def elements(self) -> pd.DataFrame:
        """R, Q, n and effective capacitance of each arc, as papers tabulate them."""
        rows = []
        for arc in self.arcs.itertuples():
            names = [f"CPE{arc.resistance[1:]}_{part}" for part in "Qn"]
            has = set(names) <= set(self.result.names)
            q, n = (float(self.result[name]) for name in names) if has else (None, None)
            rows.append((arc.label, arc.value_ohm, arc.stderr_ohm, q, n, arc.c_eff_f, arc.flag))
        columns = ["arc", "R (Ω)", "s.e. of R (Ω)", "Q (S sⁿ)", "n", "C_eff (F)", "flag"]
        return pd.DataFrame(rows, columns=columns)

    def flags(self, row_flags: str = "") -> tuple[str, ...]:
        """Flags of a row together with those of the whole spectrum."""
        states = {
            "kk_fail": not self.kk.passed,
            "not_converged": not self.result.converged,
            "misfit": self.result.misfit,
            "implausible": self.electrode_only,
        }
        whole = [flag for flag, on in states.items() if on]
        return tuple(dict.fromkeys([*filter(None, row_flags.split(";")), *whole]))

    def conductivities(self, **geometry: float) -> pd.DataFrame:
        """Conductivity of each arc and of the whole sample, with intervals and flags.

        Parameters
        ----------
        **geometry
            ``thickness_mm``, ``diameter_mm`` and, where known, ``thickness_error_mm``, as of
            :func:`nasicon.transport.fit_temperature.conductivity`.

        Returns
        -------
        DataFrame
            ``quantity, value, stderr, ci_low, ci_high, unit, method, flag``; an
            intercept's interval is statistical only (see :mod:`nasicon.eis.fit_identifiability`
            for what a skewed boundary arc does to it).
        """
        total, error = self.total_ohm
        lost = ""
        if not np.isfinite(error):  # one of the parts has none
            held = self.sample_arcs["flag"].str.contains("at_bound").any()
            lost = "at_bound" if held else "not_identifiable"
        elif error / total > np.log(10) * IDENTIFIABLE_DECADES:  # the limit of a single part
            lost = "not_identifiable"
        parts = self.sample_arcs[["label", "value_ohm", "stderr_ohm", "flag"]].to_numpy()
        table = []
        for label, ohm, stderr, own in [*parts, ("total", total, error, lost)]:
            flags = self.flags(own)
            known = np.isfinite(stderr) and "not_identifiable" not in flags
            sigma = fit_temperature.conductivity(ohm, stderr if known else 0.0, **geometry)
            low, high = sigma.interval if known else (None, None)
            table.append(
                {
                    "quantity": f"{label} conductivity",
                    "value": sigma.value,
                    "stderr": sigma.stderr if known else None,
                    "ci_low": low,
                    "ci_high": high,
                    "unit": "S cm-1",
                    "method": self.circuit,
                    "flag": ";".join(flags),
                }
            )
        table += self._specific_boundary({row["quantity"]: row["value"] for row in table})
        return pd.DataFrame(table).astype(object).where(lambda t: t.notna(), None)

    def _specific_boundary(self, sigma: dict[str, float]) -> list[dict]:
        """Boundary conductivity free of grain size, where both arcs have a capacitance."""
        arcs = self.sample_arcs.set_index("label")
        both = ["bulk", "grain boundary"]
        if not set(both) <= set(arcs.index) or not np.isfinite(arcs.loc["bulk", "c_eff_f"]):
            return []
        flags = ";".join(arcs.loc[both, "flag"])
        if "outside_window" in flags:  # a capacitance shows at its arc's apex
            flags += ";not_identifiable"
        value = specific_boundary_conductivity(
            sigma["grain boundary conductivity"], *arcs.loc[both, "c_eff_f"]
        )
        return [
            {
                "quantity": "specific grain boundary conductivity",
                "value": float(value),
                "unit": "S cm-1",
                "method": f"{self.circuit}, C_bulk/C_gb",
                "flag": ";".join(self.flags(flags)),
            }
        ]


def analyse(
    data: pd.DataFrame, circuit: str = "", *, weighting: fit_circuits.Weighting = "modulus"
) -> PelletAnalysis:
    """Test a spectrum, fit it and label its arcs.

    Parameters
    ----------
    data : DataFrame
        ``frequency_hz, z_real_ohm, z_imag_ohm``.
    circuit : str
        Empty: the best of :data:`nasicon.eis.fit_circuits.CANDIDATES` (and ``RICHER``) by the
        Bayesian information criterion; the ranking is kept so that a near tie is seen.
    weighting : {"modulus", "unit", "kk"}
    """
    ranking = _rankings([data], circuit, weighting)[0]
    if ranking.empty:
        raise ValueError(
            f"{len(data)} points are too few for {circuit or 'any of the candidate circuits'}"
        )
    return _assemble(data, ranking)


def analyse_series(
    spectra: dict[float, pd.DataFrame],
    circuit: str = "",
    *,
    weighting: fit_circuits.Weighting = "modulus",
) -> dict[float, PelletAnalysis]:
    """Work up a temperature series with one circuit for all.

    The circuit, where none is given, is the one with the lowest summed criterion.
    """
    if not circuit:
        rankings = _rankings(list(spectra.values()), circuit, weighting)
        summed = pd.concat(rankings).groupby("circuit", sort=True)["bic"].agg(["sum", "size"])
        circuit = summed[summed["size"] == len(rankings)]["sum"].idxmin()
    results = fit_circuits.fit_series(spectra, circuit, weighting=weighting)
    return {
        t: _assemble(spectra[t], pd.DataFrame({"circuit": [circuit], "result": [result]}))
        for t, result in results.items()
    }


def _rankings(
    spectra: list[pd.DataFrame], circuit: str, weighting: fit_circuits.Weighting
) -> list[pd.DataFrame]:
    """A ranking for each spectrum; of richer circuits too where a best one is not enough."""
    first = (circuit,) if circuit else fit_circuits.CANDIDATES
    tables = [fit_circuits.choose_circuit(data, first, weighting=weighting) for data in spectra]
    best = [result for table in tables for result in table["result"][:1]]
    if circuit or not any(r.misfit or r.at_bound[r.names.index("R1")] for r in best):
        return tables
    for i, data in enumerate(spectra):
        more = fit_circuits.choose_circuit(data, fit_circuits.RICHER, weighting=weighting)
        arcs = [fit_arcs.arc_table(row.result, row.circuit, data) for row in more.itertuples()]
        highest = FAR * data["frequency_hz"].max()  # no arc far outside, none cut in two
        whole = [not ((a["label"] == "arc 3") | (a["apex_hz"] > highest)).any() for a in arcs]
        joined = pd.concat([tables[i], more[whole]]).sort_values("bic", ignore_index=True)
        tables[i] = joined.assign(delta_bic=joined["bic"] - joined["bic"].min())
    return tables


def _assemble(data: pd.DataFrame, ranking: pd.DataFrame) -> PelletAnalysis:
    circuit, result = ranking["circuit"].iloc[0], ranking["result"].iloc[0]
    kk, arcs = fit_consistency.kramers_kronig(data), fit_arcs.arc_table(result, circuit, data)
    return PelletAnalysis(data, kk, ranking, circuit, result, arcs)
