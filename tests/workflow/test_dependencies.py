from nasicon.workflow import dependencies


def test_imported_names():
    source = """
import a.b, c
from d import e as f
from . import g
from .h import i
from ..k import l
def late():
    from m import n
"""
    assert set(dependencies.imported_names(source, "top.sub")) == {
        *("a.b", "c", "d", "d.e", "m", "m.n"),
        *("top.sub", "top.sub.g", "top.sub.h", "top.sub.h.i", "top.k", "top.k.l"),
    }


def library(toy):
    files = {
        "__init__.py": "",
        "models/__init__.py": "",
        "models/eis.py": "",
        "analysis/__init__.py": "from .deep import x",
        "analysis/deep.py": "import numpy",
        "analysis/eis.py": "from nasicon.models import eis",
        "unused.py": "",
        "run.py": "",
    }
    for name, text in files.items():
        path = toy / "lib" / "nasicon" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return toy / "lib" / "nasicon"


def test_files_of_a_notebook_and_of_what_it_imports(toy, toy_notebook):
    top = library(toy)
    notebook = toy_notebook("%matplotlib inline\nfrom nasicon.analysis.eis import fit")
    names = {path.relative_to(top).as_posix() for path in dependencies.library_files(notebook)}
    assert names == {
        "__init__.py",
        "analysis/__init__.py",
        "analysis/deep.py",
        "analysis/eis.py",
        "models/__init__.py",
        "models/eis.py",
    }


def test_forgotten_file_is_named(toy, toy_notebook):
    library(toy)
    (toy / "lib/nasicon/models/eis.py").write_text("x = 1")
    toy_notebook("from nasicon.analysis import eis")
    stage = {
        "cmd": "python -m nasicon.run toy",
        "deps": ["notebooks/toy.ipynb", "lib/nasicon/models"],
    }
    assert dependencies.forgotten(stage) == [
        "lib/nasicon/analysis/__init__.py",
        "lib/nasicon/analysis/deep.py",
        "lib/nasicon/analysis/eis.py",
    ]
    stage["deps"].append("lib/nasicon/analysis")
    assert dependencies.forgotten(stage) == []


def test_foreach_is_written_out(toy):
    (toy / "dvc.yaml").write_text(
        "stages:\n  n:\n    foreach: {a: {data: x}, b: {data: y}}\n"
        "    do: {cmd: 'run ${key}', deps: ['${item.data}']}\n"
    )
    assert dependencies.stages() == {
        "n@a": {"cmd": "run a", "deps": ["x"]},
        "n@b": {"cmd": "run b", "deps": ["y"]},
    }


def test_no_stage_forgets_what_it_imports():
    missing = {name: dependencies.forgotten(stage) for name, stage in dependencies.stages().items()}
    assert {name: files for name, files in missing.items() if files} == {}


def test_every_out_is_committed_and_kept_while_its_stage_runs():
    for name, stage in dependencies.stages().items():
        for out in stage["outs"]:
            (options,) = out.values()
            assert options == {"cache": False, "persist": True}, name
        assert "requirements.lock" in stage["deps"], name
