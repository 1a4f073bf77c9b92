"""RO-Crate of the compendium: what is in it, and which notebook made which figure from what.

``python -m tools.crate [--out FILE]`` writes ``ro-crate-metadata.json``
(RO-Crate 1.1, https://w3id.org/ro/crate/1.1, with one ``CreateAction`` per notebook as in
the Process Run Crate profile). It needs the library ``rocrate`` (extra ``dev``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import external, provenance
from compendium.paths import files_below, repository_root, sha256
from nasicon.core.atomic import write_atomically

if TYPE_CHECKING:
    from rocrate.model.dataentity import DataEntity
    from rocrate.rocrate import ROCrate

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
TOP = str.split(
    "README.md LICENSE CITATION.cff environment.yml requirements.lock dvc.yaml params.yaml"
)
FOLDERS = str.split(
    "notebooks data/assumptions data/published data/reference data/simulated results"
)
VERSION = "1.1"
PUBLISHED = "2026-11-25"  # of this state; a release sets its own
SPDX = "https://spdx.org/licenses/{}"


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
    from rocrate.rocrate import ROCrate

    box = ROCrate(gen_preview=False, version=VERSION)
    box.name = "NASICON compendium"
    box.description = (
        "Reproducible re-analysis of two papers on NASICON-type lithium electrolytes: "
        "notebooks, library, published facts, simulated measurements, results and a ledger "
        "of verdicts."
    )
    box.datePublished = PUBLISHED
    box.license = box.add_jsonld(
        {"@id": SPDX.format("MIT"), "@type": "CreativeWork", "name": "MIT License"}
    )
    people = box.add_jsonld(
        {"@id": "#contributors", "@type": "Organization", "name": "NASICON compendium contributors"}
    )
    for role in ("author", "creator", "publisher"):
        box.root_dataset[role] = people
    paths = [root / name for name in TOP]
    paths += [path for folder in FOLDERS for path in files_below(root / folder)]
    files = {path.relative_to(root).as_posix(): _add(box, path, root) for path in paths}
    for entry in external.registry().values():
        properties = _described(entry.name, entry.sha256, entry.size) | {"license": entry.licence}
        files[f"external/{entry.name}"] = box.add_file(
            entry.url, fetch_remote=False, properties=properties
        )
    for path in sorted((root / "results").glob(f"*/{provenance.FILE_NAME}")):
        _add_action(box, path, files, root)
    return box


def _described(name: str, digest: str, size: int) -> dict[str, object]:
    kind = FORMATS.get(Path(name).suffix, "application/octet-stream")
    return {"name": name, "sha256": digest, "contentSize": str(size), "encodingFormat": kind}


def _add(box: ROCrate, path: Path, root: Path) -> DataEntity:
    properties = _described(path.name, sha256(path), path.stat().st_size)
    if path.suffix == ".ipynb":
        properties["@type"] = ["File", "SoftwareSourceCode"]
    name = path.relative_to(root).as_posix()
    return box.add_file(path, dest_path=name, properties=properties)


def _add_action(box: ROCrate, record: Path, files: dict[str, DataEntity], root: Path) -> None:
    """One execution of a notebook: what ran, with which parameters, on what, making what."""
    run = json.loads(record.read_text(encoding="utf-8"))
    folder = record.parent.relative_to(root).as_posix()
    used = [item["file"] for item in run["inputs"]]
    objects = [files[name].id for name in used if name in files]
    for name, value in sorted(run["parameters"].items()):
        identifier = {"@id": f"#{record.parent.name}-{name}", "@type": "PropertyValue"}
        objects.append(box.add_jsonld(identifier | {"name": name, "value": str(value)}).id)
    action = box.add_jsonld(
        {
            "@id": f"#run-{record.parent.name}",
            "@type": "CreateAction",
            "name": f"Execution of {run['notebook']} with {run['library']}",
            "instrument": {"@id": run["notebook"]},
            "object": [{"@id": name} for name in objects],
            "result": [{"@id": name} for name in files if name.startswith(f"{folder}/")],
        }
    )
    box.root_dataset.append_to("mentions", action)


def main(arguments: Iterable[str] | None = None) -> int:
    """Write the metadata file."""
    parser = argparse.ArgumentParser(prog="tools.crate", description=__doc__)
    root = repository_root()
    parser.add_argument("--out", type=Path, default=root / "ro-crate-metadata.json")
    out = parser.parse_args(arguments).out
    graph = crate(root).metadata.generate()
    graph["@graph"].sort(key=lambda entity: entity["@id"])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, json.dumps(graph, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{len(graph['@graph'])} entities in {out.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
