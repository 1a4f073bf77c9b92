"""A notebook's parameters: declared in its own cell, given as text or YAML, passed typed."""

import ast
import builtins
import difflib
import math
from collections.abc import Mapping
from types import SimpleNamespace

from compendium.inputs import as_number

TAG = "parameters"
TRUTH = {"true": True, "false": False}


class ParameterError(ValueError):
    """A parameter is unknown, or its value is not of the declared type."""


def typed(name: str, kind: type, value: object) -> bool | int | float | str:
    """Return a value as the type that its parameter declares.

    What is meant is never guessed from the value alone: YAML reads ``1e-5`` as a text and
    ``on`` as true, and a command line knows texts only, so the declared type decides.

    Raises
    ------
    ParameterError
        If the value is not of that type.
    """
    match kind.__name__:
        case "bool":
            result = value if isinstance(value, bool) else TRUTH.get(str(value).lower())
        case "int":
            number = as_number(value)
            result = int(number) if number.is_integer() else None
        case "float":
            number = as_number(value)
            result = number if math.isfinite(number) else None
        case _:
            result = _text(value)
    if result is None:
        hint = "; quote it in params.yaml" if kind is str else ""
        if kind is float and "," in str(value):
            hint = "; write decimals with a point"
        raise ParameterError(
            f"{name} must be {kind.__name__}, got {value!r} ({type(value).__name__}){hint}"
        )
    return result


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list) and value:
        items = [_text(item) for item in value]
        return None if None in items else ";".join(items)
    return None


def source(notebook: Mapping) -> str:
    """Text of the one code cell of a notebook that is tagged ``parameters``.

    Raises
    ------
    ParameterError
        There is not exactly one.
    """
    cells = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and TAG in cell.get("metadata", {}).get("tags", [])
    ]
    if len(cells) != 1:
        raise ParameterError(f"exactly one cell must be tagged {TAG!r}, found {len(cells)}")
    return "".join(cells[0]["source"])


def declared(notebook: Mapping) -> dict[str, type]:
    """Names and types of the parameters that a notebook's ``parameters`` cell declares.

    Raises
    ------
    ParameterError
        If there is no such cell, or a line of it is not ``name: type = constant`` with type
        str, int, float or bool.
    """
    return dict(map(_parameter, ast.parse(source(notebook)).body))


def _parameter(node: ast.stmt) -> tuple[str, type]:
    match node:
        case ast.AnnAssign(
            target=ast.Name(id=name),
            annotation=ast.Name(id="str" | "int" | "float" | "bool" as kind),
            value=ast.expr() as value,
        ):
            try:
                typed(name, getattr(builtins, kind), ast.literal_eval(value))
            except ValueError as error:
                raise ParameterError(f"parameters cell, line {node.lineno}: {error}") from error
            return name, getattr(builtins, kind)
    raise ParameterError(
        f"parameters cell, line {node.lineno}: {ast.unparse(node)!r} must be "
        "'name: str|int|float|bool = constant'"
    )


def checked(name: str, cell: Mapping[str, object], notebook: Mapping) -> SimpleNamespace:
    """Parameters of a running notebook, typed, however they were set.

    Parameters
    ----------
    name : str
        The notebook's id, for messages.
    cell : mapping
        ``globals()`` of the notebook, called right after its parameters cell.
    notebook : mapping
        The notebook as shipped: what its ``parameters`` cell declares is known.

    Raises
    ------
    ParameterError
        A value is of the wrong type, or a cell sets a name that is not declared: the
        nearest known one is named.
    """
    known = declared(notebook)
    given = {n: cell[n] for n in known if n in cell}
    set_there = {}
    for source in cell.get("In", ()):
        names = _assigned(source)
        if source.startswith("# Parameters") or set(names) & set(known):
            set_there |= {n: cell[n] for n in names if n in cell}
    return SimpleNamespace(**typed_values(known, {**given, **set_there}, name))


def _assigned(source: str) -> list[str]:
    """Names that a parameters cell sets: one of nothing but assignments of constants."""
    try:
        nodes = ast.parse(source).body
    except SyntaxError:
        return []
    names = []
    for node in nodes:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                names.append(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.append(name)
            case _:
                return []
    return names


def typed_values(
    parameters: Mapping[str, type], given: Mapping[str, object], source: str
) -> dict[str, bool | int | float | str]:
    """Check names and types of the values given for a notebook.

    Raises
    ------
    ParameterError
        If a name is unknown (the known ones are listed) or a value of the
        wrong type; `source` says where it was given.
    """
    for name in given:
        if name not in parameters:
            close = difflib.get_close_matches(name, parameters, n=1)
            meant = f", did you mean {close[0]}?" if close else ";"
            raise ParameterError(
                f"unknown parameter {name!r} in {source}{meant} known: {', '.join(parameters)}"
            )
    try:
        return {name: typed(name, parameters[name], value) for name, value in given.items()}
    except ParameterError as error:
        raise ParameterError(f"{source}: {error}") from error
