"""What results were made from: ``provenance.json`` in their folder, and inside every figure."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import nasicon
from compendium.paths import portable_name, repository_root, sha256
from nasicon.core.atomic import WriteError, write_atomically

FILE_NAME = "provenance.json"
RUN = "NASICON_RUN"  # set by the runner for its kernel

_inputs: dict[Path, None] = {}  # of this kernel, in the order they were read


def note_inputs(files: Iterable[Path]) -> None:
    """Remember files that this kernel analyses."""
    _inputs.update(dict.fromkeys(files))


def current() -> dict[str, object]:
    """What this kernel's results are made from.

    Returns
    -------
    dict
        ``notebook`` and ``parameters`` (where the runner started it), ``library``, and
        ``inputs`` as names with SHA-256. Names are relative to the repository root; a
        file outside it keeps only its own name, because nothing in the results may
        depend on a machine's folders.
    """
    root = repository_root()
    inputs = [{"file": portable_name(path, root), "sha256": sha256(path)} for path in _inputs]
    run = json.loads(os.environ.get(RUN, "{}"))
    return {**run, "library": f"nasicon {nasicon.__version__}", "inputs": inputs}


def svg_metadata() -> dict[str, str | None]:
    """Metadata of a figure: what it was made from, and nothing that differs from run to run."""
    record = current()
    return {
        "Date": None,
        "Creator": None,
        "Source": record.get("notebook", ""),
        "Description": json.dumps(record, ensure_ascii=False),
    }


def as_environment(notebook: str, parameters: Mapping[str, object]) -> dict[str, str]:
    """Tell the kernel of a run which notebook it runs, with which parameters."""
    return {RUN: json.dumps({"notebook": notebook, "parameters": dict(parameters)})}


def write(out_dir: Path) -> None:
    """Write the record of this kernel beside its results."""
    _write(out_dir, current())


def read(out_dir: Path) -> dict[str, object]:
    """The record beside results; empty where there is none that can be read."""
    try:
        record = json.loads((out_dir / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def list_files(out_dir: Path) -> None:
    """Note in the record which files are there, so that the next run replaces no others."""
    record = read(out_dir) or current()  # a notebook that writes no findings has none yet
    files = (path.relative_to(out_dir).as_posix() for path in out_dir.rglob("*") if path.is_file())
    _write(out_dir, {**record, "files": sorted({*files} - {FILE_NAME})})


def refuse_committed(out_dir: str | Path) -> None:
    """Keep everybody but the runner out of ``results/``.

    Raises
    ------
    WriteError
        If the folder lies there and this kernel was not started by ``compendium.run``.
    """
    committed = repository_root() / "results"
    if str(out_dir) and RUN not in os.environ and Path(out_dir).resolve().is_relative_to(committed):
        raise WriteError(
            f"out_dir {out_dir} lies in results/, which `python -m compendium.run` alone writes: "
            "give a folder elsewhere, for example 'mine'"
        )


def _write(out_dir: Path, record: Mapping[str, object]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False, sort_keys=False)
    write_atomically(out_dir / FILE_NAME, text + "\n")
