"""Notebook files: the committed ones, and what the canonical form keeps."""

import ast
import json
import types

import nbformat
import pytest

from compendium import normalize
from compendium.parameters import declared
from compendium.paths import repository_root

NOTEBOOKS = sorted((repository_root() / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 15


def run_notebook() -> dict:
    uuid = "0b9f3c1e-1111-4222-8333-123456789abc"
    return {
        "cells": [
            {"cell_type": "markdown", "id": "m", "metadata": {"x": 1}, "source": "# T\ntext"},
            {
                "cell_type": "code",
                "id": "random",
                "metadata": {"tags": ["injected-parameters"], "papermill": {"duration": 1.2}},
                "source": 'out_dir = "/home/me/results/.toy.new"',
                "execution_count": 1,
                "outputs": [],
            },
            {
                "cell_type": "code",
                "metadata": {"execution": {"iopub.status.busy": "2020"}, "collapsed": True},
                "source": ["a\n", "b"],
                "execution_count": 2,
                "outputs": [
                    {"output_type": "stream", "name": "stdout", "text": "a"},
                    {"output_type": "stream", "name": "stdout", "text": ["b\n", "c"]},
                    {"output_type": "stream", "name": "stderr", "text": "d"},
                    {
                        "output_type": "execute_result",
                        "execution_count": 2,
                        "metadata": {"execution": {"t": 1}, "image/png": {"width": 3}},
                        "data": {
                            "text/plain": ["<A at 0x7f00aabbccdd>"],
                            "text/html": [f'<p id="{uuid}">', f"{uuid.replace('-', '_')}{uuid}"],
                            "image/png": "0x7f00aabbccdd",
                        },
                    },
                ],
            },
        ],
        "metadata": {"papermill": {}, "language_info": {"version": "3.11.7"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


@pytest.mark.parametrize(
    "folder", ["/home/me/nasicon test ä", '/home/me/a "b" ö', "/home/me/it's", r"C:\Users\Zoë"]
)
def test_a_folder_of_this_machine_goes_however_it_is_escaped(folder):
    """As papermill writes it into the parameters cell, as Python and JSON print it, and plain."""
    from papermill.translators import PythonTranslator

    source = run_notebook()
    source["cells"][1]["source"] = [f"out_dir = {PythonTranslator.translate(folder)}"]
    printed = [folder, ascii(folder), repr(folder), json.dumps(folder)]
    source["cells"][2]["outputs"][-1]["data"]["text/plain"] = printed
    _, injected, code = normalize.executed(source, {folder: "results/toy"})["cells"]
    assert injected["source"] == ['out_dir = "results/toy"']
    source["cells"][1]["source"] = [f"out_dir = (\n    {PythonTranslator.translate(folder)}\n)"]
    wrapped = normalize.executed(source, {folder: "results/toy"})["cells"][1]
    assert wrapped["source"] == injected["source"]
    assert {text.strip("'\"") for text in code["outputs"][-1]["data"]["text/plain"]} == {
        "results/toy"
    }


def test_executed_keeps_the_outputs_and_drops_the_run():
    source = run_notebook()
    before = json.dumps(source)
    result = normalize.executed(source, {"/home/me/results/.toy.new": "results/toy"})
    assert json.dumps(source) == before, "the input must not change"
    markdown, injected, code = result["cells"]
    assert injected["id"] == "injected-parameters"
    assert injected["source"] == ['out_dir = "results/toy"']
    assert [o.get("text") for o in code["outputs"]] == [["ab\n", "c"], "d", None]
    data = code["outputs"][2]["data"]
    assert data["text/plain"] == ["<A at 0x0>"]
    assert data["text/html"] == ['<p id="id-0001">', "id-0002id-0001"]
    assert data["image/png"] == "0x7f00aabbccdd"
    assert code["outputs"][2]["metadata"] == {"image/png": {"width": 3}}
    assert (code["metadata"], code["execution_count"]) == ({}, 2)
    assert markdown["metadata"] == {}
    nbformat.validate(nbformat.from_dict(result))


def test_stripped_is_valid_stable_and_laid_out_as_jupyter_does():
    result = normalize.stripped(run_notebook())
    assert [c["outputs"] for c in result["cells"][1:]] == [[], []]
    assert normalize.stripped(result) == result
    node = nbformat.reads(normalize.as_text(result), as_version=4)
    nbformat.validate(node)
    assert nbformat.writes(node) + "\n" == normalize.as_text(result)


def test_saving_in_jupyter_strips_only_this_repositorys_notebooks(toy):
    manager = types.SimpleNamespace(root_dir=str(toy))
    for path, strip in [("notebooks/a.ipynb", True), ("mine/a.ipynb", False), ("out.ipynb", False)]:
        model = {"type": "notebook", "content": run_notebook()}
        normalize.strip_on_save(model=model, path=path, contents_manager=manager)
        assert (model["content"]["cells"][2]["outputs"] == []) is strip
    model = {"type": "file", "content": "text"}
    normalize.strip_on_save(model=model, path="notebooks/a.txt", contents_manager=manager)
    assert model["content"] == "text"


def test_command_line(toy, toy_notebook, capsys):
    path = toy_notebook("1 + 1")
    assert normalize.main(["--check"]) == 1
    assert normalize.main([]) == 0
    assert normalize.main(["--check"]) == 0
    path.write_text("no notebook")
    with pytest.raises(ValueError, match="is no notebook"):
        normalize.main([])


def test_all_committed_notebooks_are_canonical():
    texts = {path.name: path.read_text(encoding="utf-8") for path in NOTEBOOKS}
    wrong = [
        path.name
        for path in NOTEBOOKS
        if normalize.as_text(normalize.stripped(normalize.read(path))) != texts[path.name]
    ]
    assert wrong == [], "run python -m compendium.normalize"


def test_all_committed_notebooks_declare_the_common_parameters():
    for path in NOTEBOOKS:
        if path.stem == "index":
            continue
        notebook = normalize.read(path)
        names = declared(notebook)
        assert "out_dir" in names, path.name
        code = "\n".join(
            "".join(cell["source"])
            for cell in notebook["cells"]
            if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", [])
        )
        used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
        # a seed where something is drawn; a room's analysis takes all parameters together
        assert "seed" in names or "seed" not in used, path.name
        assert "seed" not in names or used & {"seed", "globals"}, path.name
        if path.stem.startswith(("latp_", "lagp_")):  # they analyse the compendium's data only
            assert "data_file" not in names, path.name
        if path.stem.startswith("measure_"):
            assert "data_file" in names, path.name


def test_all_committed_notebooks_have_short_cells_that_parse():
    for path in NOTEBOOKS:
        for number, cell in enumerate(normalize.read(path)["cells"], start=1):
            if cell["cell_type"] != "code":
                continue
            source = "".join(cell["source"])
            lines = [line for line in source.splitlines() if not line.startswith(("%", "!"))]
            ast.parse("\n".join(lines))
            if "parameters" in cell["metadata"].get("tags", []):
                continue  # one line a parameter, each with its comment
            length = len(source.splitlines())
            assert length <= LONGEST_CELL, f"{path.name}, cell {number} has {length} lines"


def test_random_ids_of_pandas_tables_are_numbered():
    def once(table_id: str) -> str:
        html = f'<style>#T_{table_id}_row0_col0 {{}}</style><table id="T_{table_id}">'
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": {"text/html": [html]}},
        ]
        cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "", "outputs": outputs}
        notebook = {"cells": [{**cell, "execution_count": 1}], "metadata": {}, "nbformat": 4}
        notebook["nbformat_minor"] = 5
        return json.dumps(normalize.executed(notebook, {}))

    assert once("f3c72") == once("2dfc7")
    assert "f3c72" not in once("f3c72")
