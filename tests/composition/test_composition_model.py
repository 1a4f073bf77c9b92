"""Formulas and molar masses against sums by hand, and what must not be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasicon.composition import model_formulas as model

# IUPAC conventional or abridged atomic masses, typed by hand
LI, AL, TI, GE, P, OX, N, H = 6.94, 26.9815, 47.867, 72.63, 30.97376, 15.999, 14.007, 1.008


@pytest.mark.parametrize(
    ("formula", "mass"),
    [
        ("LiNO3", LI + N + 3 * OX),
        ("NH4H2PO4", N + 6 * H + P + 4 * OX),
        ("Al(NO3)3.9H2O", AL + 3 * (N + 3 * OX) + 9 * (2 * H + OX)),
        ("Al(NO3)3·9H2O", AL + 3 * (N + 3 * OX) + 9 * (2 * H + OX)),
        ("Li1.3Al0.3Ti1.7(PO4)3", 1.3 * LI + 0.3 * AL + 1.7 * TI + 3 * (P + 4 * OX)),
        ("Li₁.₅Al₀.₅Ge₁.₅[PO₄]₃", 1.5 * LI + 0.5 * AL + 1.5 * GE + 3 * (P + 4 * OX)),
    ],
)
def test_molar_mass_by_hand(formula, mass):
    assert model.molar_mass(formula) == pytest.approx(mass, rel=2e-5)


def test_order_and_repeated_elements():
    assert model.parse("NH4H2PO4") == {"N": 1, "H": 6, "P": 1, "O": 4}
    assert list(model.parse("Li1.3Al0.3Ti1.7(PO4)3")) == ["Li", "Al", "Ti", "P", "O"]
    assert model.parse("Ge(OC2H5)4") == {"Ge": 1, "O": 4, "C": 8, "H": 20}
    assert model.parse("Al2(SO4)3(H2O)18")["O"] == 30
    assert model.parse("Li1.5")["Li"] == 1.5  # a decimal, not a hydrate


@given(
    st.dictionaries(
        st.sampled_from(["Li", "Al", "Ti", "Ge", "P", "O", "B", "Bi"]),
        st.integers(1, 9999).map(lambda n: n / 1000),
        min_size=1,
    )
)
def test_round_trip(counts):
    text = model.formula_text(counts, digits=3)
    assert model.parse(text) == pytest.approx(counts, abs=6e-4)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("Lii2O", "no element 'Lii'; did you mean Li"),
        ("Tii2", "did you mean Ti"),
        ("LiGr2(PO4)3", "no element 'Gr'"),
        ("li2O", "capital"),
        ("Li1+xAlxTi2-x(PO4)3", "number for the variable"),
        ("LixTi2", "number for the variable in 'Lix'"),
        ("Li(PO4", "not closed"),
        ("LiPO4)3", "not opened"),
        ("2LiO", "follows no element"),
        ("Li0", "no atoms"),
        ("  ", "empty"),
        ("Li#2", "no part of a formula"),
        ("n3", "capital"),
        ("Na2C03", "'03' holds a zero for the letter O"),
        ("Mg(NO3)2.6H20", "'H20' holds a zero"),
        ("Ga203", "'203' holds a zero"),
    ],
)
def test_bad_formulas_say_why(formula, message):
    with pytest.raises(model.FormulaError, match=message.replace("(", r"\(")):
        model.parse(formula)


def test_charge():
    assert model.charge("Li1.3Al0.2B0.1Ti1.7(PO4)3") == pytest.approx(0, abs=1e-9)
    assert model.charge("Li1.2Ge0.2Ti1.8(PO4)3") == pytest.approx(0.2)
    assert model.charge("FePO4", {"Fe": 3}) == 0
    with pytest.raises(model.FormulaError, match="valence for Fe"):
        model.charge("FePO4")
    for x in (0.0, 0.3, 1.7):
        assert model.charge(model.nasicon(x, "Al", "Ge")) == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="x must lie"):
        model.nasicon(2.1)


def test_oxides_by_hand():
    assert [model.oxide(e) for e in ("Li", "Al", "Ti", "P", "Mg")] == [
        "Li2O",
        "Al2O3",
        "TiO2",
        "P2O5",
        "MgO",
    ]
    shares = model.oxide_mass_fractions("LiTi2(PO4)3")
    parts = {"Li2O": LI + OX / 2, "TiO2": 2 * (TI + 2 * OX), "P2O5": 1.5 * (2 * P + 5 * OX)}
    for name, mass in parts.items():
        assert shares[name] == pytest.approx(mass / sum(parts.values()), rel=1e-4)
    with pytest.raises(model.FormulaError):
        model.oxide("O")
    with pytest.raises(model.FormulaError):
        model.oxide("Xe")


def test_additive_per_formula_by_hand():
    host = 1.4 * LI + 0.4 * AL + 1.6 * GE + 3 * (P + 4 * OX)
    boron_oxide = 2 * 10.81 + 3 * OX
    lagp = model.nasicon(0.4, "Al", "Ge")
    value = model.additive_per_formula(5.0, "B2O3", "B", lagp)
    assert value == pytest.approx(2 * 5 / boron_oxide / (100 / host), rel=1e-4)
    of_total = model.additive_per_formula(5.0, "B2O3", "B", lagp, of_total=True)
    assert of_total == pytest.approx(value / 0.95)
    with pytest.raises(model.FormulaError, match="holds no Bi"):
        model.additive_per_formula(5.0, "B2O3", "Bi", lagp)
    with pytest.raises(ValueError, match="weight_percent"):
        model.additive_per_formula(-1, "B2O3", "B", lagp)
