"""Where the repository is, and what a path is called in it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

PROJECT_LINE = 'name = "nasicon"'
# What the wheel carries of the repository: measure notebooks, reference tables, examples.
SHARE = Path(__file__).resolve().parent / "share"


def repository_root() -> Path:
    """Return the folder that holds this compendium's ``pyproject.toml`` and ``dvc.yaml``.

    Looked for upwards from the current directory (the root under papermill,
    ``notebooks/`` in JupyterLab), then upwards from the installed library, so
    that a notebook may also be run from anywhere else; outside a repository it is the
    folder that the installed package carries.

    Raises
    ------
    FileNotFoundError
        If neither place lies inside a copy of the repository.
    """
    starts = (Path.cwd(), Path(__file__).resolve().parent)
    for start in starts:
        for folder in (start, *start.parents):
            if _is_root(folder):
                return folder
    if SHARE.is_dir():
        return SHARE
    raise FileNotFoundError(
        "no folder with this compendium's pyproject.toml and dvc.yaml above "
        f"{' or '.join(map(str, starts))}: run from inside the repository"
    )


def _is_root(folder: Path) -> bool:
    project = folder / "pyproject.toml"
    if not (project.is_file() and (folder / "dvc.yaml").is_file()):
        return False
    return PROJECT_LINE in project.read_text(encoding="utf-8").splitlines()


def portable_name(path: Path, root: Path) -> str:
    """Return the path relative to the root; outside it only the file's name.

    Written into results, which must not depend on the machine they come from.
    """
    resolved = path.resolve()
    if resolved.is_relative_to(root.resolve()):
        return resolved.relative_to(root.resolve()).as_posix()
    return path.name


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the visible files below a folder, sorted by their path; of a file itself."""
    for path in [folder, *sorted(folder.rglob("*"))]:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path
