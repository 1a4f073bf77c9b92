"""Quoted literature against tables of published values and the cited works."""

from __future__ import annotations

from functools import cache

import pandas as pd

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from compendium.published import data_folder
from nasicon.composition.model_formulas import VALENCES
from nasicon.core.interval import Quantity, sig

HARTMANN = "Reference 11 of the LATP paper (Hartmann and co-workers, 2013)"


@cache
def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(data_folder().parent / "reference" / f"{name}.csv", comment="#")


@check("A-aliovalent")
def substitution(case: Case) -> Outcome:
    """Valence of Ti minus valence of Ge, the substitution that the title names."""
    difference = float(VALENCES["Ti"] - VALENCES["Ge"])
    computed = Quantity(difference, difference, difference)
    return Outcome(
        case.judge(
            computed,
            Quantity(difference, difference, difference),
            Quantity(1.0, 1.0, 4.0),
            may_contradict=False,
        ),
        "Reference 12 replaces germanium by titanium, both tetravalent: isovalent. The compound "
        "as a whole is aliovalently doped, but by aluminium and as before; a slip of words that "
        "nothing rests on.",
        computed,
        computed,
        str(case("A-int-aliovalent").value),
    )


@check("B-ge")
def germanium_and_lithium(case: Case) -> Outcome:
    """The cited literature says otherwise; no number is computed."""
    return Outcome(
        "differs",
        f"{HARTMANN} has in its title the degradation of NASICON-type materials in contact with "
        "lithium metal. Only the title was at hand, so this questions the word and no more; no "
        "result of the paper rests on the word, and photoelectron spectra of lithium deposited on "
        "LAGP would show whether Ge4+ is reduced.",
        stated=str(case("B-int-ge").value),
        evidence="literature",
    )


def _quartiles(values: pd.Series) -> tuple[float, float, float]:
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)


@claim_value("B-int-lagp", uses=("B-int-lagp",), basis="T")
def lagp(case: Case) -> Outcome:
    """Quartiles of LAGP in OBELiX."""
    rows = _table("obelix_nasicon").query("family == 'LAGP'")
    low, middle, high = _quartiles(rows["sigma_s_per_cm"])
    return _against(
        case,
        Quantity(middle, low, high),
        f"LAGP in OBELiX: median {sig(middle, 2)}, middle half {sig(low, 2)} to {sig(high, 2)} "
        f"S/cm ({len(rows)} entries, {rows['doi'].nunique()} papers)",
    )


@claim_value("A-int-latpgc", uses=("A-int-latpgc",), basis="T")
def latp_glass_ceramic(case: Case) -> Outcome:
    """Quartiles of LATP in OBELiX; glass-ceramics are not marked there."""
    rows = _table("obelix_nasicon").query("family == 'LATP'")
    low, middle, high = _quartiles(rows["sigma_s_per_cm"])
    return _against(
        case,
        Quantity(middle, low, high),
        f"LATP in OBELiX: median {sig(middle, 2)}, middle half {sig(low, 2)} to {sig(high, 2)} "
        f"S/cm ({len(rows)} entries, {rows['doi'].nunique()} papers; glass-ceramics are not "
        "marked, and some values are of the bulk)",
    )


@claim_value("B-int-oxide", uses=("B-int-oxide",), basis="T")
def oxides(case: Case) -> Outcome:
    """Upper quartile to highest value of NASICON, garnet and perovskite oxides in OBELiX."""
    rows = _table("obelix_families").query("family in ('NASICON', 'garnet', 'perovskites')")
    best = Quantity(rows["highest"].median(), rows["upper_quartile"].min(), rows["highest"].max())
    return _against(
        case,
        best,
        f"The better oxides in OBELiX (NASICON, garnet, perovskite: upper quartiles to highest) "
        f"have {sig(best.lo, 2)} to {sig(best.hi, 2)} S/cm",
    )


@claim_value("B-int-sulfide", uses=("B-int-sulfide",), basis="T")
def sulfides(case: Case) -> Outcome:
    """Middle half to highest of the LGPS family in OBELiX."""
    row = _table("obelix_families").query("family == 'LGPS'").iloc[0]
    best = Quantity(row["upper_quartile"], row["median"], row["highest"])
    return _against(
        case,
        best,
        f"The better half of the LGPS family in OBELiX has {sig(best.lo, 2)} to {sig(best.hi, 2)} "
        "S/cm (Li2S-based glass-ceramics are not marked there)",
    )


def _against(case: Case, literature: Quantity, text: str) -> Outcome:
    stated = case(case.id)
    status = case.judge(literature, literature, stated, may_contradict=False)
    fits = "the quoted order of magnitude fits" if status == "agrees" else "the quote lies outside"
    return Outcome(
        status,
        f"{text}: {fits}.",
        literature,
        literature,
        stated.number,
        evidence="literature",
        assumptions="OBELiX, CC BY 4.0: data/reference/obelix_nasicon.csv and obelix_families.csv",
    )
