"""The RO-Crate: every file it names is there, every figure has the run that made it."""

import json

import pytest
from rocrate.rocrate import ROCrate

from compendium.paths import repository_root, sha256
from tools import crate


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    out = tmp_path_factory.mktemp("crate") / "ro-crate-metadata.json"
    crate.main(["--out", str(out)])
    first = out.read_bytes()
    crate.main(["--out", str(out)])
    assert out.read_bytes() == first, "two runs must give the same bytes"
    read = ROCrate(out.parent)  # another reader than the writer's graph
    assert read.name.startswith("NASICON compendium")
    entities = json.loads(first)["@graph"]
    return {entity["@id"]: entity for entity in entities}


def types(entity):
    return {entity["@type"]} if isinstance(entity["@type"], str) else set(entity["@type"])


def test_local_files_exist_with_their_hash(graph):
    local = {i: e for i, e in graph.items() if "File" in types(e) and not i.startswith("http")}
    assert len(local) > 50
    for name, entity in local.items():
        assert sha256(repository_root() / name) == entity["sha256"], name


def test_every_figure_was_made_by_a_run_of_its_notebook(graph):
    actions = [e for e in graph.values() if "CreateAction" in types(e)]
    made = {r["@id"]: a for a in actions for r in a["result"]}
    figures = sorted((repository_root() / "results").glob("*/*.svg"))
    assert figures
    for figure in figures:
        action = made[figure.relative_to(repository_root()).as_posix()]
        assert action["instrument"]["@id"] == f"notebooks/{figure.parent.name}.ipynb"
        assert action["instrument"]["@id"] in graph


def test_every_reference_leads_somewhere(graph):
    def references(value):
        if isinstance(value, dict) and set(value) == {"@id"}:
            yield value["@id"]
        elif isinstance(value, dict):
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    outside = {
        target
        for entity in graph.values()
        for target in references(list(entity.values()))
        if target not in graph and not target.startswith("https://w3id.org/")
    }
    assert outside == set()


def test_root_says_what_a_reader_needs(graph):
    root = graph["./"]
    for name in ("name", "description", "datePublished", "license", "author", "hasPart"):
        assert root[name], name
    external = [e for i, e in graph.items() if i.startswith("https://raw.")]
    assert external
    assert all(e["license"] and len(e["sha256"]) == 64 for e in external)
