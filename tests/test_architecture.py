"""Who may import whom, and what only the simulation may know."""

import ast
import re
from pathlib import Path

import pytest

from nasicon.workflow.dependencies import imported_names, notebook_source
from nasicon.workflow.paths import repository_root

ROOT = repository_root()
LIBRARY = ROOT / "lib" / "nasicon"
MODULES = sorted(LIBRARY.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALLOWED = {  # part of the library: the other parts it may import
    "atomic": set(),  # how results are written; what only computes has no use for it
    "models": set(),
    "published": set(),
    "reference": {"models", "published"},
    "readers": set(),
    "analysis": {"models"},
    "figures": {"models", "analysis"},
    "simulate": {"models", "published", "reference", "atomic"},
    "ledger": {"published", "models", "reference", "atomic"},
    "workflow": {
        *("models", "published", "reference", "readers", "analysis", "figures"),
        *("simulate", "ledger", "atomic"),
    },
}
# A file of known answers; a recovery table, which a stage wrote, may be read.
TRUTH = re.compile(r"truth[\w*.-]*\.(csv|json|ya?ml|txt|npz)|[/\\]truth\b|\btruth[/\\]", re.I)


def part_of(path: Path) -> str:
    first = path.relative_to(LIBRARY).parts[0]
    return first.removesuffix(".py")


def parts_imported(source: str, package: str = "") -> set[str]:
    names = [name.split(".") for name in imported_names(source, package)]
    return {name[1] for name in names if name[0] == "nasicon" and len(name) > 1}


def read(path: Path) -> str:
    return notebook_source(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


def texts(source: str) -> list[str]:
    """Return the string constants that are not documentation."""
    tree = ast.parse(source)
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    ]


def prints(source: str) -> list[int]:
    """Return the lines of ``print`` calls outside functions called main."""
    tree = ast.parse(source)
    excused = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "main"
        for inner in ast.walk(node)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and id(node) not in excused
    ]


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if p.parent != LIBRARY or p.stem in ("atomic", "published", "reference")],
    ids=str,
)
def test_imports_follow_the_layers(path):
    part = part_of(path)
    package = ".".join(path.parent.relative_to(LIBRARY.parent).parts)
    imported = parts_imported(path.read_text(encoding="utf-8"), package)
    known = {name for name in imported if (LIBRARY / name).is_dir() or name in ALLOWED}
    assert known - {part} <= ALLOWED[part], f"{part} may import only {ALLOWED[part] or 'itself'}"


def test_every_part_has_its_rule():
    parts = {part_of(path) for path in MODULES} - {"__init__"}
    assert parts <= ALLOWED.keys()


def test_no_notebook_imports_the_simulation():
    wrong = [path.name for path in NOTEBOOKS if "simulate" in parts_imported(read(path))]
    assert wrong == []


def test_no_notebook_and_no_analysis_reads_the_truth():
    analysis = [path for path in MODULES if part_of(path) in ("analysis", "readers", "figures")]
    wrong = [
        f"{path.name}: {text!r}"
        for path in [*NOTEBOOKS, *analysis]
        for text in texts(read(path))
        if TRUTH.search(text)
    ]
    assert wrong == []


def test_no_library_code_prints():
    wrong = [
        f"{path.relative_to(LIBRARY)}:{line}"
        for path in MODULES
        if path.name != "__main__.py"
        for line in prints(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_the_rules_themselves_can_fail():
    assert parts_imported("from nasicon import simulate") == {"simulate"}
    assert parts_imported("from ..simulate import eis", "nasicon.analysis") == {"simulate"}
    assert parts_imported("import nasicon.published as p") == {"published"}
    assert prints("def f():\n    print(1)\ndef main():\n    print(2)\n") == [2]
    for text in ("truth.csv", "data/simulated/eis/truth_GC.json", "eis/truth/a.csv"):
        assert any(TRUTH.search(found) for found in texts(f"x = {text!r}"))
    for text in ("truth", "truth / ohm", "eis_recovery/resistance.csv"):
        assert not TRUTH.search(text)
    assert texts("'truth.csv'\ndef f():\n    'reads truth.csv'\n") == []
