"""One technique's notebook run on files, and what it needs to know: behind ``nasicon measure``."""

import json
import logging
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from compendium import normalize, parameters, run
from compendium.paths import repository_root
from compendium.provenance import refuse_committed
from compendium.routing import TECHNIQUES, Routed
from nasicon.core.report import deliver

NOT_ASKED = ("data_file", "out_dir")  # the program's own


class CommandError(ValueError):
    """What was asked for cannot be done; the message says what to do instead."""


def notebook_of(technique: str) -> Path:
    """Path of a technique's measure notebook."""
    return repository_root() / "notebooks" / f"measure_{technique}.ipynb"


def described(technique: str) -> dict[str, tuple[type, str]]:
    """Parameters of a technique's notebook, each with the comment that explains it."""
    notebook = normalize.read(notebook_of(technique))
    known = parameters.declared(notebook)
    comments = dict(re.findall(r"(?m)^(\w+):.*?#\s*(.+)$", parameters.source(notebook)))
    return {n: (p, comments.get(n, "")) for n, p in known.items() if n not in NOT_ASKED}


def measure(technique: str, files: Sequence[Path], values: Mapping[str, object], out: Path) -> Path:
    """Run a technique's notebook on files and put its report into a folder.

    Parameters
    ----------
    technique : str
        One of `compendium.routing.TECHNIQUES`.
    files : sequence of Path
        Empty: the compendium's own small example.
    values : mapping
        Parameters of the notebook, as text or typed.
    out : Path
        Made where it is missing; only what an earlier report wrote there is replaced.

    Returns
    -------
    Path
        Of ``report.html``.
    """
    refuse_committed(out)
    given = parameters.typed_values(
        parameters.declared(normalize.read(notebook_of(technique))), values, "the command"
    )
    for file in files:
        if ";" in str(file):
            raise CommandError(f"{file}: a ; separates files, rename this one or its folder")
    with tempfile.TemporaryDirectory(prefix="nasicon-") as name:
        stage = Path(name) / "report"
        given |= {"data_file": ";".join(map(str, files)), "out_dir": str(stage)}
        ran = Path(name) / "notebook.ipynb"
        _execute(notebook_of(technique), ran, given, {str(stage): str(out)})
        made = {
            p.relative_to(stage).as_posix(): p.read_bytes() for p in stage.rglob("*") if p.is_file()
        }
        record = json.loads(made.pop("provenance.json"))
        record.pop("files", None)
        made[ran.name] = ran.read_bytes()
        return deliver(made, out, record)


def _execute(source: Path, ran: Path, values: Mapping[str, object], folders: dict) -> None:
    """Run a notebook where the command was given; an error is what its cell said."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    os.environ["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")
    for name in ("PYTHONDONTWRITEBYTECODE", "MPLBACKEND", "JPY_SESSION_NAME"):
        os.environ.pop(name, None)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        run.execute(source, ran, values, folders, cwd=str(Path.cwd()))
    except run.RunError as error:
        cell = error.__cause__
        said = str(cell.evalue)
        if cell.ename == "KeyError":  # whose text is quoted once more
            said = said.strip("'\"")
        raise CommandError(said) from cell


def needs(found: Routed) -> list[str]:
    """Parameters without which a file cannot be measured and which it does not state itself."""
    missing = list(TECHNIQUES[found.technique].needs)
    if found.listed:
        return []
    if found.technique == "eels":
        energy = found.table["energy_loss_ev"]
        if energy.min() > 184 or energy.max() < 186:  # no boron in it: refused, or another edge
            return []
        return [name for name in missing if not found.states(name)]
    stated = {"diffraction": "wavelength_angstrom", "nmr": "larmor_mhz"}.get(found.technique)
    if stated and not found.states(stated):
        missing.append(stated)
    return missing
