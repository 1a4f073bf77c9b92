"""Run one notebook and put its results in place as a whole.

``python -m compendium.run ID [-p NAME VALUE ...] [--out-dir FOLDER]``

Parameters come from the notebook's section of ``params.yaml``, then from ``-p``.
Everything is made in a hidden folder beside the results; only when the notebook
has run to its end does that folder take the place of the earlier results. What an
earlier run of the same notebook did not write is kept.
"""

import argparse
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from compendium import normalize, provenance
from compendium.parameters import ParameterError, declared, typed_values
from compendium.paths import portable_name, repository_root
from nasicon.core.atomic import WriteError, replaced_folder

ENVIRONMENT = {
    "SOURCE_DATE_EPOCH": "1577836800",  # 2020-01-01: no file says when it was made
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",  # the order of a sum depends on the number of threads
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TZ": "UTC",
    "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one in the home folder
    "DVC_NO_ANALYTICS": "1",
}
if platform.machine() in ("x86_64", "AMD64"):  # newer vector units add in another order
    ENVIRONMENT |= {
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2",
    }
# Without bytecode every kernel compiles every import; the others are a user's own taste.
UNSET = ("PYTHONDONTWRITEBYTECODE", "PYTHONSTARTUP", "MPLBACKEND", "MATPLOTLIBRC")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CACHES = {"IPYTHONDIR": "ipython", "MPLCONFIGDIR": "matplotlib", "JUPYTER_RUNTIME_DIR": "jupyter"}


class RunError(RuntimeError):
    """The notebook could not be run to its end."""


def run(notebook_id: str, given: Mapping[str, object], out_dir: Path | None = None) -> Path:
    """Run ``notebooks/<notebook_id>.ipynb`` and swap its results folder.

    Parameters
    ----------
    notebook_id : str
        The notebook's file name without its suffix.
    given : mapping
        Values that replace those of ``params.yaml``.
    out_dir : Path, optional
        Results folder, by default ``results/<notebook_id>``.

    Returns
    -------
    Path
        The results folder.

    Raises
    ------
    ParameterError
        If a parameter is unknown or of the wrong type.
    RunError
        If there is no such notebook or one of its cells fails. Earlier results
        are then as they were.
    WriteError
        If the disk is full or the results folder is read-only; the same holds.
    """
    root = repository_root()
    source = root / "notebooks" / f"{notebook_id}.ipynb"
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in source.parent.glob("*.ipynb")))
        raise RunError(f"no notebook {notebook_id!r} in notebooks/; there are: {known or 'none'}")
    if given and out_dir is None:
        raise ParameterError(
            f"-p would replace the committed results of {notebook_id}: "
            "say with --out-dir where these go"
        )
    target = (out_dir or root / "results" / notebook_id).absolute()
    kept = _not_ours(target, source, root)
    values = _values(root, source, given)
    try:
        with replaced_folder(target) as work:
            _prepare(source, values, root)
            final = portable_name(target, root)
            folders = {str(work): final, f"{root}{os.sep}": "", str(root): "."}
            execute(source, work / "notebook.ipynb", {**values, "out_dir": str(work)}, folders)
            provenance.list_files(work)
            _carry_over(kept, target, work)
    finally:
        os.environ.pop(provenance.RUN, None)  # it opens results/, to this run alone
    return target


def _not_ours(target: Path, source: Path, root: Path) -> list[Path]:
    """Files of the folder that no earlier run of this notebook wrote, relative to it.

    Raises
    ------
    RunError
        If the folder is that of another notebook or of no notebook.
    """
    if target.is_relative_to(root / "results") and target != root / "results" / source.stem:
        raise RunError(
            f"{target} lies in results/, which holds the compendium's own: "
            "give a folder elsewhere with --out-dir"
        )
    files = [p.relative_to(target) for p in sorted(target.rglob("*")) if p.is_file()]
    record, name = provenance.read(target), portable_name(source, root)
    own_place = (
        target == root / "results" / source.stem and (target / provenance.FILE_NAME).exists()
    )
    whose = record.get("notebook") or (name if own_place else "no notebook")
    if (files or target.is_file()) and whose != name:
        raise RunError(
            f"{target} holds no results of {source.stem}, but of {whose}: "
            "give a new folder with --out-dir"
        )
    written = {*record.get("files", map(str, files)), provenance.FILE_NAME}
    return [file for file in files if file.as_posix() not in written]


def _carry_over(kept: Iterable[Path], target: Path, work: Path) -> None:
    """Copy what is not ours into the new folder, as it is."""
    for file in kept:
        if (work / file).exists():
            raise RunError(
                f"{target / file} was not written by an earlier run and would be overwritten: "
                "move it away, or give another folder with --out-dir"
            )
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(target / file, work / file)


def _values(root: Path, source: Path, given: Mapping[str, object]) -> dict[str, object]:
    """Merge params.yaml and the command line, both typed as the notebook declares."""
    import yaml

    parameters = declared(normalize.read(source))
    if "out_dir" not in parameters:
        raise ParameterError(f"{source.name} must declare 'out_dir: str = \"\"'")
    del parameters["out_dir"]  # the runner's own
    file = root / "params.yaml"
    sections = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    section = (sections or {}).get(source.stem) or {}
    where = f"params.yaml, section {source.stem}"
    if not isinstance(section, dict):
        raise ParameterError(f"{where} must hold 'name: value' lines, got {section!r}")
    return {**typed_values(parameters, section, where), **typed_values(parameters, given, "-p")}


def _prepare(source: Path, values: Mapping[str, object], root: Path) -> None:
    """Set the environment of the kernel."""
    for name, folder in CACHES.items():
        (root / ".cache" / folder).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(root / ".cache" / folder)
    os.environ.update(ENVIRONMENT)
    os.environ.update(provenance.as_environment(portable_name(source, root), values))
    for name in UNSET:
        os.environ.pop(name, None)


def execute(
    source: Path,
    ran: Path,
    values: Mapping[str, object],
    folders: Mapping[str, str],
    **options: object,
) -> None:
    """Run a notebook in this environment's kernel and leave it, normalised, as another file.

    Parameters
    ----------
    source, ran : Path
    values : mapping
        Typed values of its parameters.
    folders : mapping
        Names of this machine, and what stands for them in the file.
    **options
        Of `papermill.execute_notebook`.

    Raises
    ------
    RunError
        A cell failed; its cause is papermill's error.
    """
    import papermill  # after the environment is set: it reads some of it when imported

    try:
        papermill.execute_notebook(
            source,
            ran,
            parameters=dict(values),
            kernel_name="python3",
            progress_bar={"desc": source.stem} if sys.stderr.isatty() else False,
            request_save_on_cell_execute=False,
            start_timeout=300,
            shutdown_kernel="immediate",  # its work is done; a graceful end takes most of a second
            extra_arguments=["--log-level=CRITICAL"],  # of the kernel: its warnings
            **options,
        )
    except papermill.PapermillExecutionError as error:
        trace = COLOURS.sub("", "\n".join(error.traceback))
        raise RunError(
            f"{trace}\n{source.name}, In [{error.exec_count}]: {error.ename}: {error.evalue}. "
            "The earlier results are as they were."
        ) from error
    notebook = normalize.executed(normalize.read(ran), folders)
    ran.write_text(normalize.as_text(notebook), encoding="utf-8", newline="\n")


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the notebook named on the command line."""
    parser = argparse.ArgumentParser(prog="compendium.run", description=__doc__)
    parser.add_argument("id", help="the notebook's file name without .ipynb")
    parser.add_argument(
        "-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given"
    )
    parser.add_argument("--out-dir", type=Path, help="default: results/<id>")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        target = run(options.id, dict(options.given), options.out_dir)
    except (ParameterError, RunError, WriteError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    seconds = time.monotonic() - started
    sys.stdout.write(f"{options.id}: {seconds:.1f} s -> {os.path.relpath(target)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
