"""``provenance.json``: what a folder of results was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import nasicon
from nasicon.workflow.paths import portable_name, repository_root, sha256, write_atomically

FILE_NAME = "provenance.json"

_inputs: dict[Path, None] = {}  # of this kernel, in the order they were read


def note_inputs(files: Iterable[Path]) -> None:
    """Remember files that this kernel analyses."""
    _inputs.update(dict.fromkeys(files))


def write_inputs(out_dir: Path) -> None:
    """Write the inputs noted so far, by name and SHA-256, and the library's version.

    Names are relative to the repository root; a file outside it keeps only its
    own name, because nothing in the results may depend on a machine's folders.
    """
    root = repository_root()
    inputs = [{"file": portable_name(path, root), "sha256": sha256(path)} for path in _inputs]
    _write(out_dir, {"library": f"nasicon {nasicon.__version__}", "inputs": inputs})


def add_run(out_dir: Path, notebook: str, parameters: Mapping[str, object]) -> None:
    """Add the notebook and the values of its parameters to the file."""
    path = out_dir / FILE_NAME
    if not path.is_file():  # a notebook that writes no findings
        write_inputs(out_dir)
    record = json.loads(path.read_text(encoding="utf-8"))
    _write(out_dir, {"notebook": notebook, "parameters": dict(parameters), **record})


def _write(out_dir: Path, record: Mapping[str, object]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False, sort_keys=False)
    write_atomically(out_dir / FILE_NAME, text + "\n")
