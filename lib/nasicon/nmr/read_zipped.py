"""A zipped experiment, unpacked to read it: only the files that a reader opens, nowhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nasicon.core.archive import ZIP_MAGIC, Archive
from nasicon.core.text import ReaderError, check_file

PARAMETERS = ("acqus", "procpar")  # an experiment is the folder that holds one of them
_READ = (*PARAMETERS, "fid", "procs", "1r", "1i")


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The experiment of a zip archive, in a folder while it is read; any other path as it is.

    Raises
    ------
    ReaderError
        The archive holds no experiment or several, or would unpack beyond reason.
    """
    if path.is_dir() or not _is_zip(path):
        yield path
        return
    archive = Archive(path.read_bytes())
    names = [PurePosixPath(name.replace("\\", "/")) for name in archive.names]
    if any(".." in name.parts for name in names):
        raise ReaderError("has members that leave its folder ('..'); refused")
    homes = sorted({str(name.parent) for name in names if name.name in PARAMETERS})
    if len(homes) != 1:
        found = f"{len(homes)} experiments ({', '.join(homes[:5])})" if homes else "no experiment"
        raise ReaderError(
            f"is a zip archive of {found}; unpack it and give one with acqus or procpar"
        )
    home = PurePosixPath(homes[0])
    with tempfile.TemporaryDirectory() as folder:
        for stored, name in zip(archive.names, names, strict=True):
            if name.name in _READ and name.is_relative_to(home):
                target = Path(folder, path.stem, *name.relative_to(home).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(stored))
        yield Path(folder, path.stem)


def _is_zip(path: Path) -> bool:
    with check_file(path).open("rb") as stream:
        return stream.read(4) == ZIP_MAGIC
