import pytest
import yaml

from compendium.parameters import ParameterError, checked, declared, typed, typed_values


def cell(source: str, tags=("parameters",)) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (float, "1e-5", 1e-5),  # YAML 1.1: a text
        (float, "1.0e-5", 1e-5),
        (float, "3", 3.0),
        (float, "'-2.5'", -2.5),
        (int, "3", 3),
        (int, "'3'", 3),
        (int, "3.0", 3),
        (bool, "false", False),
        (bool, "'false'", False),  # a truthy text otherwise
        (bool, "off", False),  # YAML 1.1: a truth value
        (bool, "'True'", True),
        (str, "1;2", "1;2"),
        (str, "25", "25"),
        (str, "0.5", "0.5"),
        (str, "[25, 40.5]", "25;40.5"),
        (str, "''", ""),
    ],
)
def test_yaml_values_get_the_declared_type(kind, written, meant):
    value = typed("p", kind, yaml.safe_load(written))
    assert value == meant
    assert type(value) is kind


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (float, True),
        (float, "1,500"),  # or fifteen hundred?
        (float, "nan"),
        (float, None),
        (int, 2.5),
        (int, "2.5"),
        (int, True),
        (int, [1]),
        (bool, 1),
        (bool, "maybe"),
        (str, True),  # `on` in YAML
        (str, None),
        (str, [True]),
        (str, {"a": 1}),
    ],
)
def test_values_of_another_type_are_errors_that_name_them(kind, value):
    with pytest.raises(ParameterError, match=rf"thickness must be {kind.__name__}, got "):
        typed("thickness", kind, value)


def test_declared_parameters():
    found = declared({"cells": [cell("# mm\na: float = -1\nb: str = ''  # c\nc: bool = False")]})
    assert found == {"a": float, "b": str, "c": bool}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a = 1", "line 1: 'a = 1' must be"),
        ("a: int = 1\nb: list = []", "line 2"),
        ("a: int", "line 1"),
        ("a: int = 1.5", "a must be int, got 1.5"),
        ("a: float = 2 * pi", "line 1"),
        ("import os", "line 1"),
    ],
)
def test_other_lines_in_the_cell_are_errors(source, message):
    with pytest.raises(ParameterError, match=message.replace("*", r"\*")):
        declared({"cells": [cell(source)]})


@pytest.mark.parametrize("number", [0, 2])
def test_exactly_one_cell_is_tagged(number):
    cells = [cell("a: int = 1")] * number + [cell("a: int = 1", ("other",))]
    with pytest.raises(ParameterError, match=f"found {number}"):
        declared({"cells": cells})


def test_unknown_name_lists_the_known():
    known = declared({"cells": [cell("thickness_mm: float = 0.0\nseed: int = 1")]})
    with pytest.raises(ParameterError, match=r"'q' in -p; known: thickness_mm, seed"):
        typed_values(known, {"q": 1}, "-p")
    with pytest.raises(ParameterError, match=r"did you mean thickness_mm"):
        typed_values(known, {"thicknes_mm": 1}, "-p")


NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": 'thickness_mm: float = 0.0\ncircuit: str = ""\nhump: bool = False\n',
        }
    ]
}


def running(*cells: str) -> dict:
    """Globals of a notebook that ran these cells."""
    names: dict = {}
    for cell in cells:
        exec(cell, names)
    return {**names, "In": ["", *cells]}


def test_parameters_are_typed_however_they_came_in():
    cell = NOTEBOOK["cells"][0]["source"]
    injected = '# Parameters\nthickness_mm = "1,02"\nhump = "false"\n'
    found = checked("measure_eis", running(cell, injected), NOTEBOOK)
    assert vars(found) == {"thickness_mm": 1.02, "circuit": "", "hump": False}


@pytest.mark.parametrize(
    "cells",
    [
        ('thickness_mm: float = 1.0\ncircuit: str = ""\nhump: bool = False\nthicknes_mm = 1.02\n',),
        (NOTEBOOK["cells"][0]["source"], "# Parameters\nthicknes_mm = 1.02\n"),
    ],
    ids=["typed into the cell", "injected"],
)
def test_an_unknown_parameter_names_the_nearest_known_one(cells):
    with pytest.raises(ParameterError, match=r"'thicknes_mm'.*did you mean thickness_mm"):
        checked("measure_eis", running(*cells), NOTEBOOK)


def test_what_later_cells_set_is_no_parameter():
    later = "evidence = 'measured'"
    assert checked("x", running(NOTEBOOK["cells"][0]["source"], later), NOTEBOOK).circuit == ""
