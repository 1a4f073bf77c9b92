"""RO-Crate of the compendium: what is in it, and which notebook made which figure from what.

``python -m tools.crate [--out FILE]`` writes ``ro-crate-metadata.json``
(RO-Crate 1.1, https://w3id.org/ro/crate/1.1, with one ``CreateAction`` per notebook as in
the Process Run Crate profile). It needs the library ``rocrate`` (extra ``dev``).
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from compendium import external, provenance
from compendium.paths import files_below, repository_root, sha256
from nasicon.core.atomic import write_atomically

FORMATS = {
    ".csv": "text/csv",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    **dict.fromkeys((".cff", ".yaml", ".yml"), "text/yaml"),
}
CONTENT = str.split(
    "README.md LICENSE CITATION.cff codemeta.json environment.yml requirements.lock dvc.yaml "
    "params.yaml notebooks data/assumptions data/published data/reference data/simulated results"
)
VERSION = "1.1"
PUBLISHED = "2026-11-25"  # of this state; a release sets its own


def crate(root: Path) -> ROCrate:
    """Describe the files of a checkout.

    Parameters
    ----------
    root : Path
        The repository's root.

    Returns
    -------
    rocrate.rocrate.ROCrate
        Files with SHA-256 and size, external files by their address, one action per
        notebook with its parameters, inputs and results.
    """
    box = ROCrate(gen_preview=False, version=VERSION)
    meta = json.loads((root / "codemeta.json").read_text(encoding="utf-8"))
    box.name, box.description, box.datePublished = meta["name"], meta["description"], PUBLISHED
    licence = {"@id": meta["license"], "@type": "CreativeWork", "name": "MIT License"}
    box.license = box.add_jsonld(licence)
    people = box.add_jsonld({"@id": "#contributors", **meta["author"][0]})
    for role in ("author", "creator", "publisher"):
        box.root_dataset[role] = people
    files = {}
    for path in (path for name in CONTENT for path in files_below(root / name)):
        name = path.relative_to(root).as_posix()
        files[name] = _add(box, None, name, sha256(path), path.stat().st_size)
    for entry in external.registry().values():
        fixed = entry.url, entry.name, entry.sha256, entry.size
        files[f"external/{entry.name}"] = _add(box, *fixed, license=entry.licence)
    for path in sorted((root / "results").glob(f"*/{provenance.FILE_NAME}")):
        _add_action(box, path, files)
    return box


def _add(box: ROCrate, url: str | None, name: str, digest: str, size: int, **more: str) -> File:
    """A file of the repository, or one by its address."""
    kind = FORMATS.get(Path(name).suffix, "application/octet-stream")
    more |= {"name": name, "sha256": digest, "contentSize": str(size), "encodingFormat": kind}
    if name.endswith(".ipynb"):
        more["@type"] = ["File", "SoftwareSourceCode"]
    return box.add_file(url, None if url else name, properties=more)


def _add_action(box: ROCrate, record: Path, files: dict[str, File]) -> None:
    """One execution of a notebook: what ran, with which parameters, on what, making what."""
    run, own = json.loads(record.read_text(encoding="utf-8")), record.parent.name
    objects = [files[item["file"]] for item in run["inputs"] if item["file"] in files]
    for name, value in sorted(run["parameters"].items()):
        identifier = {"@id": f"#{own}-{name}", "@type": "PropertyValue"}
        objects.append(box.add_jsonld(identifier | {"name": name, "value": str(value)}))
    action = box.add_action(
        files[run["notebook"]],
        f"#run-{own}",
        object=objects,
        result=[file for name, file in files.items() if name.startswith(f"results/{own}/")],
        properties={"name": f"Execution of {run['notebook']} with {run['library']}"},
    )
    box.root_dataset.append_to("mentions", action)


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the metadata file."""
    parser = argparse.ArgumentParser(prog="tools.crate", description=__doc__)
    root = repository_root()
    parser.add_argument("--out", type=Path, default=root / "ro-crate-metadata.json")
    out = parser.parse_args(arguments).out
    graph = crate(root).metadata.generate()
    graph["@graph"].sort(key=lambda entity: entity["@id"])
    write_atomically(out, json.dumps(graph, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{len(graph['@graph'])} entities in {out.name}\n")


if __name__ == "__main__":
    main()
