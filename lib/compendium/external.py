"""External files: measured by others, fetched once, checked by their SHA-256.

``python -m compendium.external fetch [PREFIX]``

They are listed in ``data/external/registry.csv`` and never committed. They are
kept in pooch's cache, or in the folder that the environment variable
``NASICON_DATA_DIR`` names. A file that is there is never replaced.
"""

import argparse
import difflib
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from compendium.paths import repository_root, sha256
from nasicon.core.atomic import is_writable

VARIABLE = "NASICON_DATA_DIR"
TIMEOUT_S = 30


class DataError(RuntimeError):
    """An external file is not what the registry says, or not in the registry."""


class MissingDataError(DataError):
    """An external file is neither in the folder nor to be had."""


@cache
def registry() -> dict[str, NamedTuple]:
    """The external files by name.

    Each has ``name`` (its path below the data folder), ``sha256``, ``size`` in bytes, ``url``,
    ``licence``, ``repository``, ``what`` and ``ground_truth``.
    """
    path = repository_root() / "data" / "external" / "registry.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table = table.rename(columns={"file": "name", "bytes": "size"}).astype({"size": int})
    return {row.name: row for row in table.itertuples(index=False, name="External")}


def owners(prefix: str) -> str:
    """Name the repositories, and their licences, of all files whose name starts so."""
    files = (entry for name, entry in registry().items() if name.startswith(prefix))
    return ", ".join(
        sorted({f"{entry.repository} ({entry.licence.split(' (')[0]})" for entry in files})
    )


def data_dir() -> Path:
    """Return the folder of the external files; it need not exist yet."""
    if given := os.environ.get(VARIABLE):
        return Path(given).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("nasicon"))


def fetch(name: str) -> Path:
    """Return the path of an external file, downloaded where it is missing.

    Parameters
    ----------
    name : str
        As in the registry, for example ``eis/s04147/s04147-140deg.txt``.

    Raises
    ------
    DataError
        If the name is not in the registry, or the file that is there has
        another SHA-256. It is left alone: it may be somebody's own.
    MissingDataError
        If it is not there and cannot be downloaded.
    """
    entry = _entry(name)
    path = data_dir() / entry.name
    if path.is_file():
        _check(path, entry)
    else:
        _download(entry, path)
    return path


def fetch_all(prefix: str = "", *, progress: bool = False) -> list[Path]:
    """Fetch every file whose name starts with `prefix`.

    Raises
    ------
    DataError
        As `fetch`, or if nothing in the registry starts so.
    """
    names = [name for name in registry() if name.startswith(prefix)]
    if not names:
        folders = ", ".join(sorted({name.split("/")[0] for name in registry()}))
        raise DataError(f"no external file starts with {prefix!r}; there are {folders}")
    from tqdm import tqdm

    return [fetch(name) for name in tqdm(names, unit="file", disable=not progress)]


def _entry(name: str) -> NamedTuple:
    if name in registry():
        return registry()[name]
    close = difflib.get_close_matches(name, registry(), n=3)
    meant = f"did you mean {' or '.join(close)}?" if close else "see data/external/registry.csv"
    raise DataError(f"no external file {name!r}; {meant}")


def _check(path: Path, entry: NamedTuple) -> None:
    found = sha256(path)
    if found != entry.sha256:
        raise DataError(
            f"{path} is not the registered file: {path.stat().st_size} bytes with sha256 {found}, "
            f"expected {entry.size} bytes with {entry.sha256}. It was left as it is; "
            f"delete it to have it downloaded again from {entry.url}"
        )


def _download(entry: NamedTuple, path: Path) -> None:
    folder = data_dir()
    missing = f"{entry.name} is not in {folder}"
    remedy = f"Download it by hand from {entry.url} to {path}, or name its folder in {VARIABLE}"
    existing = next(place for place in path.parents if place.exists())
    if not is_writable(existing):
        raise MissingDataError(f"{missing}, and {existing} is read-only. {remedy}")
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    fetcher = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    try:
        pooch.retrieve(entry.url, f"sha256:{entry.sha256}", path.name, path.parent, None, fetcher)
    except requests.RequestException as error:
        raise MissingDataError(
            f"{missing} and could not be downloaded ({error}). {remedy}"
        ) from error
    except ValueError as error:  # pooch's word for a wrong hash
        raise DataError(f"{entry.url} is no longer the registered file: {error}") from error


def main(arguments: Iterable[str] | None = None) -> int:
    """Fetch the external files."""
    parser = argparse.ArgumentParser(prog="compendium.external", description=__doc__)
    parser.add_argument("action", choices=("fetch",))
    parser.add_argument("prefix", nargs="?", default="", help="for example eis/")
    options = parser.parse_args(arguments)
    try:
        paths = fetch_all(options.prefix, progress=sys.stderr.isatty())
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{len(paths)} files are right in {data_dir()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
