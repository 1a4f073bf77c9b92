"""Compositions from masses against arithmetic by hand, densities against known mixtures."""

import numpy as np
import pandas as pd
import pytest

from nasicon import composition
from nasicon.composition import fit_batches as analysis
from nasicon.composition import model_formulas
from nasicon.core.interval import Quantity


def table(*rows, purity=100.0, error=0.0):
    columns = ["name", "formula", "mass_g", "mass_error_g", "purity_percent"]
    return pd.DataFrame([(f, f, m, error, purity) for f, m in rows], columns=columns)


def weighed(formula_counts, scale=0.01):
    """Masses of simple precursors that make a composition exactly."""
    sources = {"Li": "LiNO3", "Al": "Al(NO3)3", "Ge": "GeO2", "P": "NH4H2PO4"}
    return table(
        *(
            (sources[e], scale * n * model_formulas.molar_mass(sources[e]))
            for e, n in formula_counts.items()
        )
    )


def test_recovers_what_was_weighed():
    counts = {"Li": 1.4 * 1.1, "Al": 0.4, "Ge": 1.6, "P": 3.0}
    found = analysis.from_masses(weighed(counts))
    assert found.elements["value"].to_dict() == pytest.approx(counts)
    assert found.lithium_excess["value"] == pytest.approx(10.0)
    assert found.formula == "Li1.540Al0.400Ge1.600P3"
    # nothing is uncertain: no width
    assert (found.elements["high"] - found.elements["low"]).max() < 1e-12
    assert np.ptp(found.excess_draws) < 1e-10


def test_scale_and_order_do_not_matter():
    counts = {"Li": 1.4, "Al": 0.4, "Ge": 1.6, "P": 3.0}
    one = analysis.from_masses(weighed(counts, 0.01))
    other = analysis.from_masses(weighed(dict(reversed(counts.items())), 3.0))
    for element in counts:
        assert one.elements.loc[element, "value"] == pytest.approx(
            other.elements.loc[element, "value"]
        )


def test_purity_range_by_hand():
    rows = weighed({"Al": 0.4, "P": 3.0}).assign(purity_percent=[98.0, 100.0])
    found = analysis.from_masses(rows).elements.loc["Al"]
    # uniform between 0.98 and 1: 95 % of it lies between 0.9805 and 0.9995
    assert found["low"] == pytest.approx(0.4 * 0.9805, rel=2e-4)
    assert found["high"] == pytest.approx(0.4 * 0.9995, rel=2e-4)
    assert found["median"] == pytest.approx(0.4 * 0.99, rel=3e-4)
    assert found["value"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("stated", "taken", "low", "high"),
    [
        (99.0, None, 0.99025, 0.99975),  # a label: at least
        (99.0, 99.0, 0.99025, 0.99975),
        (75.0, None, 0.74525, 0.75475),  # a solution
        (75.0, 75.0, 0.74525, 0.75475),
        (75.0, 100.0, 0.75625, 0.99375),  # said to be a minimum
    ],
)
def test_an_assay_is_the_value_itself(stated, taken, low, high):
    rows = weighed({"Al": 0.4, "P": 3.0}).assign(purity_percent=[stated, 100.0])
    if taken:
        rows["taken_percent"] = [taken, 100.0]
    found = analysis.from_masses(rows)
    al = found.elements.loc["Al"]
    assert al[["low", "high"]].tolist() == pytest.approx([0.4 * low, 0.4 * high], rel=1e-3)
    expected = 100 if taken is None and stated > 98 else taken or stated
    assert al["value"] == pytest.approx(0.4 * expected / 100)
    assert found.assays == ("Al(NO3)3 75 %" if expected == 75 else "")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("LiOH·H2O,41.96,12.98,0.5447,0.3212,0.8659", ""),
        ("LiOH,41.96,12.98,0.5447,0.3212,0.8659", "LiOH has 23.95 g/mol where .*: 1 H2O lacking"),
        ("LiOH·H2O,41.96,12.98,0.8659,0.3212,0.8659", "'Boat' in 3 rows|that of LiOH.H2O"),
        ("LiOH·H2O,41.96,15.98,0.5447,0.3212,0.8659", "that of LiOH.H2O it is"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_told(line, told, tmp_path):
    text = (
        "salt,M (g/mol),n (mmol),mass (g),Boat (g),gross (g)\n"
        "Al2O3,101.96,1.501,0.1530,0.3198,0.4728\n"
        f"TiO2,79.87,17.00,1.3577,0.3301,1.6878\n{line}\n"
        "NH4H2PO4,115.03,30.00,3.4508,0.3144,3.7652\n"
    )
    (tmp_path / "sheet.csv").write_text(text)
    rows = composition.analyse(composition.read(tmp_path / "sheet.csv")).findings.table()
    assert (rows["flag"] == "implausible").all() == bool(told)
    assert rows["note"].str.contains(told).all()


def test_rounding_range_holds_the_truth():
    """Masses rounded to 10 mg: the range holds the true composition, the guess it is not."""
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(100):
        x = rng.uniform(0.2, 0.6)
        true = weighed({"Li": 1 + x, "Al": x, "Ge": 2 - x, "P": 3.0}, scale=rng.uniform(0.01, 0.02))
        rounded = true.assign(mass_g=true["mass_g"].round(2), mass_error_g=0.005)
        row = analysis.from_masses(rounded, draws=2000).elements.loc["Al"]
        inside += row["rounding_low"] <= x <= row["rounding_high"]
    assert inside >= 90


def test_chelate_ratio_does_not_count_phosphorus():
    rows = weighed({"Li": 1.0, "Al": 1.0, "P": 3.0}, scale=0.01)
    assert analysis.ratio_to_metals(rows, "C6H8O7", 0.04 * model_formulas.molar_mass("C6H8O7")) == (
        pytest.approx(2.0)
    )
    with pytest.raises(ValueError, match="no precursor holds a metal"):
        analysis.ratio_to_metals(weighed({"P": 3.0}), "C6H8O7", 1.0)


def test_batches_that_cannot_be_normalised():
    with pytest.raises(ValueError, match="no precursor holds P"):
        analysis.from_masses(table(("LiNO3", 1.0)))
    with pytest.raises(model_formulas.FormulaError, match="no element"):
        analysis.from_masses(table(("LiNoo3", 1.0), ("NH4H2PO4", 1.0)))
    assert analysis.from_masses(table(("LiNO3", 1.0)), element="Li", atoms=1).lithium_excess is None


def test_relative_density_of_a_known_mixture():
    exact = Quantity(2.5, 2.5, 2.5)
    phases = {
        "crystal": (Quantity(100, 0, 100), Quantity(3.0, 3.0, 3.0)),
        "light": (Quantity(20, 20, 20), Quantity(2.0, 2.0, 2.0)),
    }
    drawn = analysis.relative_density_draws(exact, phases, draws=10)
    np.testing.assert_allclose(drawn, 100 * 2.5 * (0.8 / 3 + 0.2 / 2))
    with pytest.raises(ValueError, match="can add up to 120"):
        analysis.relative_density_draws(
            exact, {**phases, "light": (Quantity(120, 120, 120), Quantity(2, 2, 2))}
        )


def test_lithium_by_difference_by_hand():
    found = analysis.lithium_by_difference("Li1.3Al0.3Ti1.7(PO4)3", 0.01, draws=200_000)
    # oxide shares in per cent: Li2O 5.07, Al2O3 3.99, TiO2 35.41, P2O5 55.53
    expected = np.hypot(np.hypot(0.0399, 0.3541), 0.5553) / 5.0656
    assert found["relative_stderr"] == pytest.approx(expected, rel=0.01)
    assert found["low"] < 1.3 < found["high"]
    with pytest.raises(ValueError, match="holds no lithium"):
        analysis.lithium_by_difference("TiO2", 0.01)
    with pytest.raises(ValueError, match="between 0 and 1"):
        analysis.lithium_by_difference("LiTi2(PO4)3", 1.0)


def test_a_pellet_weighed_in_water():
    """Worked out by hand: 2.000 g dry, 1.300 g in water, 2.100 g soaked, crystal 3.2 g/cm3.

    Outer volume 0.800 cm3: density 2.5, relative 78.125 %, porosity 21.875 %; pores that
    water enters 0.100 cm3, 12.5 %; solid with closed pores 0.700 cm3: 2.857142857.
    """
    found = analysis.pellet_densities(["2.000", "1.300", "2.100"], 1.0, 3.2).set_index("quantity")
    expected = {
        "density": 2.5,
        "relative density": 78.125,
        "porosity": 21.875,
        "open porosity": 12.5,
        "apparent density": 2.857142857,
    }
    for quantity, value in expected.items():
        assert found.loc[quantity, "value"] == pytest.approx(value, rel=1e-9), quantity
    # half a milligram each: 1.9995/(0.801) to 2.0005/(0.799)
    assert found.loc["density", "ci_low"] == pytest.approx(1.9995 / 0.801, rel=1e-9)
    assert found.loc["density", "ci_high"] == pytest.approx(2.0005 / 0.799, rel=1e-9)
    with pytest.raises(ValueError, match="suspended < dry <= soaked"):
        analysis.pellet_densities(["2.0", "2.1", "1.3"], 1.0, 3.2)
    with pytest.raises(ValueError, match="dry;suspended;soaked, got 2"):
        analysis.pellet_densities(["2.0", "2.1"], 1.0, 3.2)
    with pytest.raises(ValueError, match="crystal_g_cm3 must be > 0"):
        analysis.pellet_densities(["2.0", "1.3", "2.1"], 1.0, 0.0)


def test_a_mass_in_mg_among_grams_is_told():
    given = table(("Li2CO3", 480.3), ("TiO2", 1.3576), ("NH4H2PO4", 3.4508), error=5e-5)
    rows = composition.analyse(given).findings.table().set_index("quantity")
    assert (rows.loc["Li per formula unit", "flag"] == "implausible").all()
    assert rows.loc["Li per formula unit", "note"].str.contains("a mass in mg").all()
    assert (rows.loc["Ti per formula unit", "flag"] == "").all()


def test_a_batch_short_of_phosphate_is_told():
    full = (("Li2CO3", 0.4803), ("Al2O3", 0.1530), ("TiO2", 1.3577), ("NH4H2PO4", 3.4508))
    short = (*full[:3], ("NH4H2PO4", 0.87 * 3.4508))
    for masses, wrong in ((full, False), (short, True)):
        rows = composition.analyse(table(*masses, error=5e-5)).findings.table()
        assert (rows["flag"] == "implausible").all() == wrong
        assert rows["note"].str.contains("a precursor short").all() == wrong
    meant = composition.analyse(table(*short, error=5e-5), target="Li1.3Al0.3Ti1.7(PO4)3")
    assert (meant.findings.table()["flag"] == "implausible").all()


LITHIUM, PHOSPHATE = ("Li2CO3", 0.4803), ("NH4H2PO4", 3.4508)
WEIGHED = (LITHIUM, ("Al2O3", 0.1530), ("TiO2", 1.3577), PHOSPHATE)  # Li1.3Al0.3Ti1.7(PO4)3


@pytest.mark.parametrize(
    ("masses", "target", "words"),
    [
        (WEIGHED, "", ""),
        (WEIGHED, "Li1.3Al0.3Ti1.7(PO4)3", ""),
        ((("Li2CO3", 0.55), *WEIGHED[1:]), "Li1.3Al0.3Ti1.7(PO4)3", ""),  # 15 % in excess
        ((*WEIGHED, ("Bi2O3", 0.4)), "Li1.3Al0.3Ti1.7(PO4)3", ""),  # an additive
        (WEIGHED, "Li1.4Al0.4Ti1.6(PO4)3", " Al where 0.4 is meant"),
        (WEIGHED, "Li1.3Al0.3Ti1.7(PO4)2", "0.2001 Al where 0.3 is meant"),
        ((*WEIGHED[:2], ("TiO2", 1.45), PHOSPHATE), "", "fill the sites"),
    ],
)
def test_a_batch_beside_what_was_meant(masses, target, words):
    rows = composition.analyse(table(*masses, error=5e-5), target=target).findings.table()
    assert (rows["flag"] == ("systematic" if words else "")).all()
    assert rows["note"].str.contains(words).all()


def test_the_formula_unit_is_that_of_the_target():
    masses = (("Na2CO3", 1.59), ("ZrO2", 2.464), ("SiO2", 1.202), ("NH4H2PO4", 1.150))
    rows = composition.analyse(table(*masses, error=5e-4), target="Na3Zr2Si2PO12").findings.table()
    assert rows.set_index("quantity").loc["Zr per formula unit", "value"].iloc[0] == pytest.approx(
        2.0, abs=0.01
    )
    assert (rows["flag"] == "").all()


def test_a_letter_in_the_wrong_case_makes_no_salt():
    with pytest.raises(ValueError, match="Li2Co3 holds no anion"):
        composition.analyse(table(("Li2Co3", 0.48), *WEIGHED[1:]))


@pytest.mark.parametrize(("soaked", "told"), [("2.100", False), ("2.250", False), ("1.990", True)])
def test_solid_and_closed_pores_are_no_denser_than_the_crystal(soaked, told):
    suspended = "1.300" if not told else "1.380"
    dry = "2.000" if not told else "1.980"
    report = composition.analyse(
        {}, weighings_g=(dry, suspended, soaked), liquid_g_cm3=1.0, crystal_g_cm3=3.0
    )
    rows = report.findings.table()
    assert (rows["flag"] == "implausible").all() == told
    assert rows["note"].str.contains("a wet surface").all() == told
