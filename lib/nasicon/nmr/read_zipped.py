"""A zipped experiment, unpacked to read it: only the files that a reader opens, nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from nasicon.core.archive import ZIP_MAGIC, Archive
from nasicon.core.text import ReaderError, check_file

PARAMETERS = ("acqus", "procpar")  # an experiment is the folder that holds one of them
_READ = (*PARAMETERS, "fid", "procs", "1r", "1i")


def unpacked(path: Path, folder: Path) -> Path:
    """The experiment of a zip archive, written below ``folder``; any other path as it is.

    Raises
    ------
    ReaderError
        The archive holds no experiment or several, or would unpack beyond reason.
    """
    if path.is_dir():
        return path
    with check_file(path).open("rb") as stream:
        if stream.read(4) != ZIP_MAGIC:
            return path
    archive = Archive(path.read_bytes(), path.name)
    names = [PurePosixPath(name.replace("\\", "/")) for name in archive.names]
    if any(".." in name.parts for name in names):
        raise ReaderError.at(path.name, "has members that leave its folder ('..'); refused")
    homes = sorted({str(name.parent) for name in names if name.name in PARAMETERS})
    if len(homes) != 1:
        found = f"{len(homes)} experiments ({', '.join(homes[:5])})" if homes else "no experiment"
        raise ReaderError.at(
            path.name, f"is a zip archive of {found}; unpack it and give one with acqus or procpar"
        )
    home, folder = PurePosixPath(homes[0]), folder / path.stem
    for stored, name in zip(archive.names, names, strict=True):
        if name.name in _READ and name.is_relative_to(home):
            target = folder.joinpath(*name.relative_to(home).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(stored))
    return folder
