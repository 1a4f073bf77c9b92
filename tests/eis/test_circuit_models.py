"""Circuit grammar, impedance and Jacobian; oracles: hand values and impedance.py's elements."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from impedance.models.circuits.elements import circuit_elements

from nasicon.eis.model_circuits import Circuit, CircuitSyntaxError, Parallel, Series, arc_of
from nasicon.eis.model_elements import ELEMENTS

FREQUENCY = np.geomspace(1e7, 1, 15)
OMEGA = 2 * np.pi * FREQUENCY

EXPECTED_GROUP = "expected an element or '('"
ERRORS = [
    ("", 0, f"{EXPECTED_GROUP}, found the end"),
    ("   ", 3, f"{EXPECTED_GROUP}, found the end"),
    ("R1-X2", 3, "unknown element 'X2'; the known ones are R, C, L, CPE"),
    ("r1", 0, "unknown element 'r1'"),
    ("p", 0, "unknown element 'p'"),
    ("R1-(R2||CPE2-C3)", 12, "'-' and '||' are mixed"),
    ("R1||C1-R2", 6, "'-' and '||' are mixed"),
    ("R1-R2|C2", 5, "'-' and '||' are mixed"),
    ("R1-(R2||C2", 10, "expected '-', '||' or ')', found the end"),
    ("R1)", 2, "expected '-', '||' or the end, found ')'"),
    ("R1-R1", 3, "the label 'R1' is used twice"),
    ("(R1||C1)-(R2||C1)", 14, "the label 'C1' is used twice"),
    ("R1-", 3, f"{EXPECTED_GROUP}, found the end"),
    ("-R1", 0, f"{EXPECTED_GROUP}, found '-'"),
    ("R1--R2", 3, f"{EXPECTED_GROUP}, found '-'"),
    ("R1 R2", 3, "expected '-', '||' or the end, found 'R2'"),
    ("R1-(", 4, f"{EXPECTED_GROUP}, found the end"),
    ("()", 1, f"{EXPECTED_GROUP}, found ')'"),
    ("R0-pRC(R1)", 3, "unknown element 'pRC'"),
    ("R0-p(R1-C1)", 3, "R1||C1 is the two in parallel"),
    ("R1,C1", 2, "unexpected character ','"),
    ("R1*C1", 2, "unexpected character '*'"),
    ("R1- [R2]", 4, "unexpected character '['"),
    ("2R", 0, "unexpected character '2'"),
    ("R_1", 1, "unexpected character '_'"),
]


@pytest.mark.parametrize(("text", "position", "problem"), ERRORS)
def test_a_bad_circuit_string_is_refused_at_its_place(text, position, problem):
    with pytest.raises(CircuitSyntaxError) as caught:
        Circuit.parse(text)
    headline, shown, caret = str(caught.value).split("\n")
    assert problem in headline
    assert headline.endswith(f"at position {position + 1}:")
    assert caught.value.position == position
    assert shown == f"  {text}"
    assert caret == " " * (position + 2) + "^"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("L0-R1-(R2||CPE2)-CPE3", "L0-R1-(R2||CPE2)-CPE3"),
        ("R1+(R2||CPE2)+CPE3", "R1-(R2||CPE2)-CPE3"),
        ("(R1|Q1)+(R2|Q2)+Q3", "(R1||Q1)-(R2||Q2)-Q3"),
        ("R1 ‖ C1", "R1||C1"),
        ("(R1-(C1))-R2", "R1-C1-R2"),
        ("((R1||C1)||L1)", "R1||C1||L1"),
        ("((R1-W1)||C1)", "(R1-W1)||C1"),
        ("(R1||(C1||L1))", "R1||C1||L1"),
        ("(R1)", "R1"),
        ("R", "R"),
    ],
)
def test_spellings_of_one_circuit(text, canonical):
    assert str(Circuit.parse(text)) == canonical
    assert Circuit.parse(canonical).tree == Circuit.parse(text).tree


def test_names_units_blocks_and_arcs():
    circuit = Circuit.parse("L0-(R1||Q1)-(C2||R2)-(R3||C3||L3)-HN4")
    assert circuit.names == (
        "L0",
        "R1",
        "Q1_Q",
        "Q1_n",
        "C2",
        "R2",
        "R3",
        "C3",
        "L3",
        "HN4_R",
        "HN4_tau",
        "HN4_alpha",
        "HN4_gamma",
    )
    assert circuit.units[:5] == ("H", "ohm", "S s^n", "", "F")
    assert [(r.label, c.label) for r, c in circuit.arcs] == [("R1", "Q1"), ("R2", "C2")]
    assert len(circuit.blocks) == 5
    assert arc_of(circuit.blocks[3]) is None  # three branches are no arc
    assert Circuit.parse("R1||C1").blocks == (Circuit.parse("R1||C1").tree,)


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 3.0, 4.0], 1.0, np.ones((3, 2))])
def test_a_wrong_number_of_values_is_refused(values):
    with pytest.raises(ValueError, match=r"R1-CPE2 needs 3 values \(R1, CPE2_Q, CPE2_n\)"):
        Circuit.parse("R1-CPE2").impedance(values, OMEGA)


@pytest.mark.parametrize(
    ("text", "values", "omega", "expected"),
    [
        ("R1", [7.0], 3.0, 7.0),
        ("L1", [1e-6], 1e7, 10j),
        ("C1", [1e-6], 1e4, -100j),
        ("R1||C1", [100.0, 1e-6], 1e4, 50 - 50j),
        ("CPE1", [1e-3, 0.5], 100.0, 100 * (1 - 1j) / 2**0.5),
        ("W1", [10.0], 4.0, 5 - 5j),
        ("Ws1", [3.0, 1.0], 1e-9, 3.0),  # a slow wave sees the transmissive end
        ("Wo1", [3.0, 1.0], 1e-3, 1.0 - 3000j),  # R/3 - jR/(omega tau)
        ("Ws1", [3.0, 1.0], 1e6, 3e-3 * (1 - 1j) / 2**0.5),  # semi-infinite
        ("HN1", [1.0, 1e-3, 1.0, 1.0], 1e3, 0.5 - 0.5j),
        ("HN1", [1.0, 1e-3, 1.0, 0.5], 1e3, 0.776887 - 0.321797j),  # (1 + j)^-1/2
        ("R1-(R2||R3)", [1.0, 2.0, 6.0], 1.0, 2.5),
    ],
)
def test_impedance_against_values_worked_out_by_hand(text, values, omega, expected):
    assert Circuit.parse(text).impedance(values, [omega])[0] == pytest.approx(expected, rel=1e-6)


# --- random circuits ---------------------------------------------------------------------

RANGES = {  # decades, or the range of an exponent
    "R": [(0, 6)],
    "C": [(-12, -5)],
    "L": [(-8, -5)],
    "CPE": [(-11, -4), "n"],
    "W": [(0, 4)],
    "Ws": [(0, 5), (-5, 1)],
    "Wo": [(0, 5), (-5, 1)],
    "HN": [(0, 5), (-7, 0), "n", "n"],
}


@st.composite
def leaves(draw):
    kind = draw(st.sampled_from(sorted(RANGES)))
    values = [
        draw(st.floats(0.3, 0.99)) if limits == "n" else 10 ** draw(st.floats(*limits))
        for limits in RANGES[kind]
    ]
    return kind, values


def nodes(children):
    branches = st.lists(children, min_size=2, max_size=3)
    return st.tuples(st.sampled_from(["series", "parallel"]), branches)


RANDOM = st.recursive(leaves(), nodes, max_leaves=7)
STYLES = st.sampled_from(["plain", "plus", "bar"])


def written(node, style, counter):
    """The circuit string of a random tree, every label numbered, all brackets written."""
    kind, content = node
    if kind in RANGES:
        counter.append(kind)
        return f"{'Q' if kind == 'CPE' and style == 'bar' else kind}{len(counter)}"
    parts = [written(child, style, counter) for child in content]
    if kind == "series":
        return "(" + {"plus": " + "}.get(style, "-").join(parts) + ")"
    return "(" + {"bar": "|"}.get(style, "||").join(parts) + ")"


def values_of(node):
    kind, content = node
    return list(content) if kind in RANGES else [v for child in content for v in values_of(child)]


def by_impedance_py(node):
    """The same tree evaluated with the element functions of impedance.py."""
    kind, content = node
    if kind == "HN":
        r, tau, alpha, gamma = content
        return r / (1 + (1j * OMEGA * tau) ** alpha) ** gamma  # impedance.py has none
    if kind in RANGES:
        return circuit_elements[kind](content, FREQUENCY)
    parts = [by_impedance_py(child) for child in content]
    return sum(parts) if kind == "series" else 1 / sum(1 / part for part in parts)


def sharpness(z, slopes):
    """How much a relative change is magnified at each frequency: 1, and more at a resonance."""
    return np.maximum(1, np.abs(slopes / z[:, None]).max(axis=1, keepdims=True))


def test_every_element_is_in_the_random_circuits():
    assert set(RANGES) == set(ELEMENTS)
    assert {k: len(v) for k, v in RANGES.items()} == {
        k: len(v.parameters) for k, v in ELEMENTS.items()
    }


@settings(max_examples=100, deadline=None, derandomize=True)
@given(RANDOM, STYLES)
def test_random_circuits_read_back_and_agree_with_impedance_py(tree, style):
    circuit = Circuit.parse(written(tree, style, []))
    again = Circuit.parse(str(circuit))
    assert again.tree == circuit.tree
    assert str(again) == str(circuit)
    values = np.array(values_of(tree))
    z, jacobian = circuit.evaluate(values, OMEGA)
    error = np.abs(z / by_impedance_py(tree) - 1)
    assert (error <= 1e-12 * sharpness(z, jacobian * values)[:, 0]).all()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(RANDOM)
def test_jacobian_of_random_circuits_is_the_central_difference(tree):
    circuit = Circuit.parse(written(tree, "plain", []))
    values = np.array(values_of(tree))
    z, jacobian = circuit.evaluate(values, OMEGA)
    step = 1e-6
    shifted = values * (1 + step * np.eye(values.size))  # one parameter moved in each row
    back = values * (1 - step * np.eye(values.size))
    numeric = (circuit.impedance(shifted, OMEGA) - circuit.impedance(back, OMEGA)) / (2 * step)
    error = np.abs(numeric.T - jacobian * values)  # per relative change of a parameter
    assert (error <= 1e-6 * np.abs(z)[:, None] * sharpness(z, jacobian * values) ** 3).all()


def test_batch_axes_are_the_same_as_one_set_at_a_time():
    circuit = Circuit.parse("L0-R1-(R2||CPE2)-HN3-((C4-R4)||Wo4)")
    rng = np.random.default_rng(0)
    base = np.array([1e-7, 50, 1e3, 1e-8, 0.9, 300, 1e-4, 0.9, 0.8, 1e-6, 20, 100, 0.1])
    values = base * rng.uniform(0.8, 1.0, (2, 3, base.size))
    z, jacobian = circuit.evaluate(values, OMEGA)
    assert z.shape == (2, 3, OMEGA.size)
    assert jacobian.shape == (2, 3, OMEGA.size, base.size)
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(z[i], circuit.impedance(values[i], OMEGA), rtol=1e-13)
        np.testing.assert_allclose(jacobian[i], circuit.evaluate(values[i], OMEGA)[1], rtol=1e-12)


def test_series_and_parallel_are_kept_apart():
    tree = Circuit.parse("R1-(R2||(C2-W2))").tree
    assert isinstance(tree, Series)
    assert isinstance(tree.children[1], Parallel)
    assert isinstance(tree.children[1].children[1], Series)
