"""Fixtures for every test: external files, no windows."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib

REQUIRE_DATA = os.environ.get("NASICON_REQUIRE_DATA", "") not in ("", "0")


@cache  # a file that could not be had is not asked for again
def _external(name: str) -> tuple[Path | None, str]:
    from nasicon.workflow.data import MissingDataError, fetch

    try:
        return fetch(name), ""
    except MissingDataError as error:
        return None, str(error)


@pytest.fixture(scope="session")
def external() -> Callable[[str], Path]:
    """``external(name)``: an external file; the test skips, or fails, where it is not to be had.

    It fails where ``NASICON_REQUIRE_DATA=1`` is set, and always where the file
    is there but is not the registered one.
    """

    def get(name: str) -> Path:
        path, reason = _external(name)
        if path is not None:
            return path
        if REQUIRE_DATA:
            pytest.fail(f"NASICON_REQUIRE_DATA is set, but {reason}", pytrace=False)
        pytest.skip(reason)

    return get


@pytest.fixture
def on_small_disk():
    """Function that runs a command with a disk of 64 kB mounted at a folder, for it alone."""

    def run(folder: Path, command: list[str]) -> subprocess.CompletedProcess:
        if shutil.which("unshare") is None:
            pytest.skip("needs unshare (Linux) to mount a small disk")
        mount = 'mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"'
        inside = ["unshare", "-Urm", "sh", "-c", mount, "sh", str(folder)]
        if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
            pytest.skip("this machine does not let a test mount a small disk")
        return subprocess.run([*inside, *command], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(autouse=True)
def _no_figure_left_open():
    yield
    if plt := sys.modules.get("matplotlib.pyplot"):
        plt.close("all")
