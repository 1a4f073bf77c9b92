"""Results appear as a whole or not at all: files and folders that are swapped when complete."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SWAPS = 1000  # attempts before two processes that replace the same folder are told so
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_PERMISSION = (errno.EROFS, errno.EACCES, errno.EPERM)


class WriteError(RuntimeError):
    """A result could not be written; the earlier one is as it was."""


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write a file (text as UTF-8) so that it is either the old one or the whole new one.

    Raises
    ------
    WriteError
        If the disk is full or the folder is read-only.
    """
    part = path.with_name(f".{path.name}.part")
    with writing(path):
        try:
            part.write_bytes(text.encode() if isinstance(text, str) else text)
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Make a folder anew: what is written to the folder given takes the target's place at the end.

    The new folder is hidden beside the target and this process' own, so that a stage left over
    from a killed run does no harm. Where the block raises, or the process is killed, the target
    stays as it was, and the next run cleans up.

    Raises
    ------
    WriteError
        If the disk is full or the place is read-only.

    Examples
    --------
    >>> with replaced_folder(Path("results/toy")) as work:  # doctest: +SKIP
    ...     (work / "findings.csv").write_text("sample,value")
    """
    target = target.absolute()
    work = target.with_name(f".{target.name}.{os.getpid()}.new")
    with writing(target):
        place = next(parent for parent in target.parents if parent.exists())
        if not is_writable(place):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        try:
            _mend(target)
            work.mkdir(parents=True)
            yield work
            _swap(work, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _swap(work: Path, target: Path) -> None:
    """Put a finished folder in place, also while another process does the same."""
    backup = work.with_suffix(".old")
    for _ in range(SWAPS):
        with suppress(FileNotFoundError):
            target.rename(backup)
        try:
            work.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                if backup.exists() and not target.exists():
                    backup.rename(target)
                raise
        else:
            shutil.rmtree(backup, ignore_errors=True)
            return
        # another process put its own folder there between the two
        shutil.rmtree(backup, ignore_errors=True)
    raise WriteError(f"{target} is being replaced by other processes again and again; end them")


def _mend(target: Path) -> None:
    """Clean up after runs that were killed, wherever they were."""
    for left in sorted(target.parent.glob(f".{target.name}.*.*")):
        name = re.fullmatch(re.escape(f".{target.name}.") + r"(\d+)\.(new|old)", left.name)
        if not name or (int(name[1]) != os.getpid() and is_running(int(name[1]))):
            continue
        if name[2] == "old" and not target.exists():  # killed between the two renames
            left.rename(target)
        shutil.rmtree(left, ignore_errors=True)


def is_running(pid: int) -> bool:
    """Whether a process is at work; one that was killed and never asked about (a zombie) is not."""
    import psutil

    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def is_writable(folder: Path) -> bool:
    """Whether files may be made in a folder; what is marked read-only stays so for root too."""
    return bool(folder.stat().st_mode & 0o222) and os.access(folder, os.W_OK)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Say what a full disk or a read-only folder means for the result being written."""
    try:
        yield
    except OSError as error:
        target, where = target.absolute(), Path(error.filename or target).absolute()
        kept = f"{target.name} was not replaced, what was there before is untouched"
        if error.errno in _NO_ROOM:
            raise WriteError(
                f"no space left on the disk that holds {where}: {kept}. "
                "Free some space and run the same command again"
            ) from error
        # its own place only: an input that may not be read is another matter
        below = where.is_relative_to(target.parent) or target.is_relative_to(where)
        if error.errno in _NO_PERMISSION and below:
            raise WriteError(
                f"{where} is read-only: {kept}. Make it writable (chmod u+w) and run the same "
                "command again, or have the results written elsewhere (--out-dir)"
            ) from error
        raise
