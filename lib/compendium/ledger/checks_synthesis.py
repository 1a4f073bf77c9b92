"""Paper B, synthesis: the composition that the weighed masses give."""

from __future__ import annotations

from compendium.ledger.registry import Case, check, claim_value
from compendium.ledger.verdict import Outcome
from nasicon.composition import model_formulas
from nasicon.core.interval import Quantity, corners, quantity, sig, span

FORMULAS = {
    "lino3": "LiNO3",
    "al": "Al(NO3)3(H2O)9",
    "ge": "Ge(OC2H5)4",
    "p": "NH4H2PO4",
}
CITRIC_ACID = "C6H8O7"
MONOHYDRATE = "C6H8O7(H2O)"
PHOSPHORUS = 3.0  # per formula unit
GLYCOL = ("C2H6O2", 1.11)  # formula; g/ml near room temperature, from memory
X_INFERRED = 0.4


def _moles(case: Case, key: str) -> Quantity:
    """Amount of substance in mol, from the mass as printed."""
    mass = model_formulas.molar_mass(FORMULAS[key])
    return corners(lambda grams: grams / mass, case(f"B-m-{key}"))


def _impure(case: Case, key: str) -> Quantity:
    """As `_moles`, with a purity between the printed minimum and 100 %."""
    amount = _moles(case, key)
    purity = case(f"B-p-{key}").number / 100
    return Quantity(amount.value, amount.lo * purity, amount.hi)


@check("B-stoich", also=("B-p-lino3", "B-p-ge", "B-p-al", "B-p-p"))
def stoichiometry(case: Case) -> Outcome:
    """n_i = m_i/M_i, normalised to three phosphorus."""

    def per_formula(element: float, phosphorus: float) -> float:
        return PHOSPHORUS * element / phosphorus

    keys = {"Li": "lino3", "Al": "al", "Ge": "ge"}
    weighed = {e: corners(per_formula, _moles(case, k), _moles(case, "p")) for e, k in keys.items()}
    impure = {
        e: corners(per_formula, _impure(case, k), _impure(case, "p")) for e, k in keys.items()
    }
    formula = model_formulas.formula_text({e: q.value for e, q in weighed.items()} | {"P": 3.0})
    sites = weighed["Al"].value + weighed["Ge"].value
    return Outcome(
        "agrees",
        f"The masses give {formula}: x = {sig(weighed['Al'].value)} ({span(weighed['Al'], 4)} by "
        f"rounding, {span(impure['Al'], 4)} with the stated purities), which the paper does not "
        f"print, Al + Ge = {sites:.3f} of 2 per formula, and more lithium than 1 + x.",
        weighed["Al"],
        impure["Al"],
        unit="x in Li1+xAlxGe2-x(PO4)3",
    )


@check("B-li-excess")
def lithium_excess(case: Case) -> Outcome:
    """n_Li/(n_P/3 + n_Al) - 1: the lithium over that of charge balance."""

    def excess(lithium: float, aluminium: float, phosphorus: float) -> float:
        return 100 * (lithium / (phosphorus / PHOSPHORUS + aluminium) - 1)

    keys = "lino3", "al", "p"
    computed = corners(excess, *(_moles(case, k) for k in keys))
    wide = corners(excess, *(_impure(case, k) for k in keys))
    return Outcome(
        "agrees",
        f"{sig(computed.value, 4)} % more lithium than the formula holds ({span(computed)} by "
        f"rounding, {span(wide)} with purities): a deliberate round excess that is not "
        "mentioned. How much of it evaporates is not known; what stays would make lithium "
        "phosphates. ICP-OES of the sintered pellet would tell.",
        computed,
        wide,
    )


@check("B-ca", also=("B-p-ca",))
def chelation(case: Case) -> Outcome:
    """n(citric acid)/n(Li + Al + Ge)."""
    acid = model_formulas.molar_mass(CITRIC_ACID)

    def ratio(grams: float, *metals: float) -> float:
        return grams / acid / sum(metals)

    metals = [_moles(case, k) for k in ("lino3", "al", "ge")]
    computed = corners(ratio, case("B-m-ca"), *metals)
    hydrated = computed.value * acid / model_formulas.molar_mass(MONOHYDRATE)
    formula, grams_per_ml = GLYCOL
    glycol = case("B-v-eg").number * grams_per_ml / model_formulas.molar_mass(formula)
    per_acid = glycol * acid / case("B-m-ca").number
    return Outcome(
        "agrees",
        f"{sig(computed.value)} citric acid per metal ion ({span(computed)}; {sig(hydrated)} if "
        f"the monohydrate was weighed) and {per_acid:.0f} ethylene glycol per citric acid: a large "
        "excess of both, so all metal ions can be chelated.",
        computed,
        computed,
    )


@check("B-neutral")
def neutral(case: Case) -> Outcome:
    """Sum of n_i z_i of Li1+xAlxGe2-x(PO4)3 at x = 0.4."""
    _ = case("B-comp")
    total = model_formulas.charge(model_formulas.nasicon(X_INFERRED, "Al", "Ge"))
    computed = Quantity(round(total, 9) + 0.0, round(total, 9) + 0.0, round(total, 9) + 0.0)
    return Outcome(
        case.judge(computed, computed, 0.0, may_contradict=True),
        "Neutral for every x, because each aluminium in place of germanium brings one lithium; "
        "checked at x = 0.4, which the masses give.",
        computed,
        computed,
        0.0,
    )


def _per_formula(case: Case, claim_id: str, oxide: str, element: str) -> Quantity:
    host = model_formulas.nasicon(X_INFERRED, "Al", "Ge")
    return corners(
        lambda w: model_formulas.additive_per_formula(w, oxide, element, host), case(claim_id)
    )


@check("B-bfu")
def additives_per_formula(case: Case) -> Outcome:
    """2 w/M(oxide) over 100/M(LAGP)."""
    boron = _per_formula(case, "B-c-b2o3", "B2O3", "B")
    bismuth = _per_formula(case, "B-c-bi2o3", "Bi2O3", "Bi")
    host = model_formulas.nasicon(X_INFERRED, "Al", "Ge")
    of_total = model_formulas.additive_per_formula(
        case("B-c-b2o3").number, "B2O3", "B", host, of_total=True
    )
    return Outcome(
        "hypothesis",
        f"{sig(boron.value)} boron ({span(boron)}; {sig(of_total)} if the percentage is of the "
        f"sum) and {sig(bismuth.value)} bismuth per formula unit: more boron than aluminium "
        f"({X_INFERRED:g}), too much to pass for a dopant on that site, so that it would have to "
        "evaporate, to form a glass, or to change the phases. 11B NMR and ICP-OES of the pellet "
        "would decide.",
        boron,
        boron,
        assumptions="x = 0.4 from the masses; wt% per 100 g of LAGP",
    )


@claim_value("B-c-b2o3", uses=("B-c-b2o3",))
def boron_optimum(case: Case) -> Outcome:
    """Why the printed optimum alone cannot be tested."""
    return _optimum(case, "B-c-b2o3", "B2O3", "B")


@claim_value("B-c-bi2o3", uses=("B-c-bi2o3",))
def bismuth_optimum(case: Case) -> Outcome:
    """Why the printed optimum alone cannot be tested."""
    return _optimum(case, "B-c-bi2o3", "Bi2O3", "Bi")


def _optimum(case: Case, claim_id: str, oxide: str, element: str) -> Outcome:
    amount = _per_formula(case, claim_id, oxide, element)
    scatter = quantity(1.0)
    factor = case.widen(scatter, "pellet to pellet").hi
    return Outcome(
        "not testable",
        f"Not tested here: only the optimum is printed ({case(claim_id).printed} wt% {oxide}, "
        f"{sig(amount.value, 2)} {element} per formula), not the conductivities beside it. Where "
        f"neighbouring levels differ by less than the scatter of single pellets (a factor of "
        f"{factor:g} in either direction), an optimum is a matter of chance; the screening series "
        "with three pellets a level would test it.",
        stated=case(claim_id).number,
        evidence="printed",
    )
