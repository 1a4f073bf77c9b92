"""pyproject.toml against what is imported, both ways, and against GPL in what is required."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from compendium.paths import repository_root
from tools.dependencies import notebook_source
from tools.environment import needed, read_lock

ROOT = repository_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Needed though nothing imports them.
REASONS = {
    "ipykernel": "runs the notebooks",
    "jupyterlab": "shows the notebooks",
    "jinja2": "pandas draws tables with a style through it",
    "jsonschema": "a pin that keeps nbformat fast",
    "dvc": "the program of the chain",
    "astropy": "csdmpy needs it and does not say so",
    "accessible-pygments": "styles of pygments, by their names in tools/report_pages.py",
    "pytest-xdist": "two workers for `make test`",
    **dict.fromkeys(("jupyter-repo2docker", "pre-commit", "ruff", "uv"), "programs"),
    **dict.fromkeys(("hatchling", "editables"), "the build backend, which the lock must hold"),
}
#: Modules that are imported only where their extra is installed.
KERNELS = ("lib/nasicon/diffraction/model_kernel.py", "lib/nasicon/esm/fit_kernel.py")
GPL = re.compile(r"(?<!L)A?GPL|(?<!Lesser )General Public|Affero")


def names(dependencies: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in dependencies}


REQUIRED = names(PROJECT["dependencies"])
EXTRAS = set().union(*map(names, PROJECT["optional-dependencies"].values()))


def imports(node: ast.AST, top: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield what is imported, and whether it is as soon as the module is."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Import(names=aliases):
            yield from ((alias.name.split(".")[0], top) for alias in aliases)
        case ast.ImportFrom(module=str(module), level=0):
            yield module.split(".")[0], top
        case ast.Call(func=ast.Attribute(attr="importorskip"), args=[ast.Constant(value=name)]):
            yield name.split(".")[0], False
    top = top and not isinstance(node, ast.FunctionDef)
    for child in ast.iter_child_nodes(node):
        yield from imports(child, top)


@cache
def imported(folder: str) -> dict[str, bool]:
    """Third-party distributions that a folder imports, and whether at once somewhere."""
    own = {"nasicon", "compendium", "tools", "benchmarks"}
    own |= {path.stem for path in (ROOT / "tests").rglob("*.py")}
    where = importlib.metadata.packages_distributions()
    found: dict[str, bool] = {}
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix not in (".py", ".ipynb") or ".ipynb_checkpoints" in path.parts:
            continue
        source = notebook_source(path) if path.suffix == ".ipynb" else path.read_text("utf-8")
        for name, top in imports(ast.parse(source)):
            if name in own or name in sys.stdlib_module_names:
                continue
            assert name in where, f"{path}: {name} is not installed (make setup)"
            top = top and path.relative_to(ROOT).as_posix() not in KERNELS
            offered = set(map(canonicalize_name, where[name]))
            for distribution in offered & (REQUIRED | EXTRAS) or offered:
                found[distribution] = found.get(distribution, False) or top
    return found


def test_imports_are_seen_wherever_they_stand():
    source = """
import a.b
if TYPE_CHECKING:
    import c
try:
    from d import e
except ImportError:
    pass
def late():
    import f
    g = pytest.importorskip("g.h")
from . import i
"""
    found = {("a", True), ("d", True), ("f", False), ("g", False)}
    assert set(imports(ast.parse(source))) == found


@pytest.mark.parametrize("folder", ["lib/nasicon", "lib/compendium", "notebooks"])
def test_what_the_library_and_the_notebooks_import_is_required(folder):
    at_once = {name for name, top in imported(folder).items() if top}
    assert at_once <= REQUIRED
    assert imported(folder).keys() <= REQUIRED | EXTRAS


@pytest.mark.parametrize("folder", ["tools", "benchmarks", "tests"])
def test_what_maintainers_import_is_declared(folder):
    assert imported(folder).keys() <= REQUIRED | EXTRAS


def test_what_is_declared_is_imported_or_has_a_reason():
    library = imported("lib") | imported("notebooks")
    everything = library | imported("tools") | imported("benchmarks") | imported("tests")
    assert REQUIRED - library.keys() <= REASONS.keys()
    assert EXTRAS - everything.keys() <= REASONS.keys()
    assert REASONS.keys() <= REQUIRED | EXTRAS, "a reason for what is not declared"
    seen = library.keys() | (everything.keys() - REQUIRED)
    assert not REASONS.keys() & seen, "a reason for what is imported"


def is_gpl(licence: str) -> bool:
    """Whether nothing but GPL or AGPL is offered, and no exception for linking."""
    offers = re.split(r" OR | \| ", licence)
    return "exception" not in licence and all(GPL.search(offer) for offer in offers)


@pytest.mark.parametrize(
    ("licence", "refused"),
    [
        ("GPL-3.0-or-later", True),
        ("GPLv3+; GNU General Public License v3 or later (GPLv3+)", True),
        ("GNU Affero General Public License v3", True),
        ("AGPL-3.0-only", True),
        ("MIT", False),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", False),
        ("GPLv2 with linking exception", False),
        ("Apache-2.0 OR GPL-2.0-or-later", False),
    ],
)
def test_which_licences_are_refused(licence, refused):
    assert is_gpl(licence) is refused


def licence(name: str) -> str:
    """What a distribution's metadata state; of a whole licence text the first line."""
    metadata = importlib.metadata.metadata(name)
    if expression := metadata.get("License-Expression"):
        return expression
    stated = (metadata.get("License") or "").strip().split("\n")[0]
    classified = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License")]
    return "; ".join(filter(None, [stated, *(c.split(" :: ")[-1] for c in classified)]))


def test_nothing_required_is_gpl():
    pins = needed(read_lock((ROOT / "requirements.lock").read_text("utf-8")), REQUIRED)
    installed = {canonicalize_name(d.name) for d in importlib.metadata.distributions()}
    licences = {pin.name: licence(pin.name) for pin in pins if pin.name in installed}
    assert len(licences) > 100
    assert [name for name, text in licences.items() if not text or is_gpl(text)] == []
    assert is_gpl(licence("rosettasciio")), "the check sees what it is for"
