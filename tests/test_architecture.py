"""Who may import whom, and what only the simulation may know."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compendium.paths import repository_root
from tools.architecture import FLOORS, PARTS, ROOMS, asked, imports, part_of
from tools.dependencies import files_of, imported_names, notebook_source

ROOT = repository_root()
LIBRARY = ROOT / "lib"
MODULES = sorted(LIBRARY.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# A file of known answers; a recovery table, which a stage wrote, may be read.
TRUTH = re.compile(r"truth[\w*.-]*\.(csv|json|ya?ml|txt|npz)|[/\\]truth\b|\btruth[/\\]", re.I)


def floor(module: str) -> str:
    return module.split("_")[0]


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


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_imports_follow_the_plan(path):
    package, part = part_of(path, ROOT)
    others = asked(path, ROOT) - {(package, part)}
    wheres = {name.split(".")[0] for name in imports(path, ROOT)}
    assert "tools" not in wheres, "nothing imports tools"
    if package == "nasicon":
        assert {where for where, _ in others} <= {"nasicon"}, "the library knows no paper"
        if part == "core":
            assert others == set(), "core stands on nothing of ours"
        elif part in ROOMS:
            assert {room for _, room in others} <= {"core"} | ROOMS[part]
        return
    assert {name for where, name in others if where == "compendium"} <= PARTS.get(part, set())


@pytest.mark.parametrize("room", ROOMS)
def test_data_flow_downstairs_in_a_room(room):
    for path in sorted((LIBRARY / "nasicon" / room).glob("*.py")):
        if path.name == "__init__.py":
            continue
        own = floor(path.stem)
        assert own in FLOORS, f"{path.name}: a module's name begins with {', '.join(FLOORS)}"
        names = [name.split(".") for name in imports(path, ROOT)]
        inside = {floor(n[2]) for n in names if n[:2] == ["nasicon", room] and len(n) > 2}
        assert inside & FLOORS.keys() <= FLOORS[own] | {own}, path.name


def test_every_room_and_part_has_its_rule():
    found = {part_of(path, ROOT) for path in MODULES}
    assert {part for package, part in found if package == "nasicon"} == {*ROOMS, "core", "__init__"}
    assert {part for package, part in found if package == "compendium"} == {*PARTS, "__init__"}


def test_no_circles():
    """No module imports itself through others."""
    names = {
        ".".join(p.relative_to(LIBRARY).with_suffix("").parts).removesuffix(".__init__"): p
        for p in MODULES
    }
    graph = {name: imports(path, ROOT) & names.keys() - {name} for name, path in names.items()}
    graph = {k: {v for v in vs if not k.startswith(f"{v}.")} for k, vs in graph.items()}
    done: set[str] = set()
    while leaves := {name for name, needs in graph.items() if name not in done and needs <= done}:
        done |= leaves
    assert graph.keys() - done == set()


@pytest.mark.parametrize("room", ROOMS)
def test_the_verbs_of_a_room_are_there(room):
    module = importlib.import_module(f"nasicon.{room}")
    files = {p.stem for p in (LIBRARY / "nasicon" / room).glob("*.py")}
    assert not files & module.VERBS.keys(), "a module would hide the verb"
    for verb in module.VERBS:
        assert getattr(module, verb).__module__.startswith(f"nasicon.{room}."), verb
    with pytest.raises(AttributeError, match="there are"):
        _ = module.nothing_of_that_name
    first = min(files - {"__init__"})
    assert module.__getattr__(first).__name__ == f"nasicon.{room}.{first}"


def test_no_notebook_imports_the_simulation():
    wrong = [path.name for path in NOTEBOOKS if ("compendium", "simulate") in asked(path, ROOT)]
    assert wrong == []


def test_no_notebook_and_no_analysis_reads_the_truth():
    analysis = [path for path in MODULES if part_of(path, ROOT)[0] == "nasicon"]
    wrong = [
        f"{path.name}: {text!r}"
        for path in [*NOTEBOOKS, *analysis]
        for text in texts(read(path))
        if TRUTH.search(text)
    ]
    assert wrong == []


def test_no_figure_notebook_imports_the_ledger():
    wrong = [
        path.name
        for path in NOTEBOOKS
        if path.stem != "audit" and ("compendium", "ledger") in asked(path, ROOT)
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
    relative = imported_names("from ..simulate import eis", "compendium.recover")
    assert "compendium.simulate.eis" in set(relative)
    used = imported_names("from nasicon import eis\neis.fit(1)")
    assert "nasicon.eis.fit" in set(used)
    for name, part in (("compendium.published.facts", "facts"), ("nasicon.eis.fit", "eis")):
        files = set(files_of(name, LIBRARY))
        assert {part_of(f, ROOT)[1] for f in files} == {"__init__", part}
    assert prints("def f():\n    print(1)\ndef main():\n    print(2)\n") == [2]
    for text in ("truth.csv", "data/simulated/eis/truth_GC.json", "eis/truth/a.csv"):
        assert any(TRUTH.search(found) for found in texts(f"x = {text!r}"))
    for text in ("truth", "truth / ohm", "eis_recovery/resistance.csv"):
        assert not TRUTH.search(text)
    assert texts("'truth.csv'\ndef f():\n    'reads truth.csv'\n") == []


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_the_example_of_a_room_runs(room, monkeypatch):
    monkeypatch.chdir(ROOT)
    module = importlib.import_module(f"nasicon.{room}".rstrip("."))
    done = doctest.testmod(module)
    assert done.attempted >= 2
    assert done.failed == 0


@pytest.mark.parametrize(
    ("room", "file"),
    [("eis", "eis/spectra/gc-latp_025c.txt"), ("raman", "raman/spectra/g-latp.txt")],
)
def test_reading_loads_neither_fit_nor_figure(room, file):
    code = (
        f"import sys; from nasicon import {room}; {room}.read('data/simulated/{file}'); "
        "print(sorted({'matplotlib', 'lmfit', 'seaborn', 'IPython'} & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
