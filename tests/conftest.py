"""Fixtures for every test: external files, a toy repository, no windows."""

import json
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
    from compendium.external import MissingDataError, fetch

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


PARAMETERS = """\
data_file: str = ""  # the reader's own file
out_dir: str = ""
seed: int = 0
tolerance: float = 0.1
temperatures_c: str = "25"
plain: bool = True
"""
HEAD = "from compendium.notebook import Findings, input_files, save_figure"


def write_notebook(path: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    sources = [("", HEAD), ("parameters", parameters), *(("", cell) for cell in cells)]
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": [tag]} if tag else {},
                "source": source.splitlines(keepends=True),
                "execution_count": None,
                "outputs": [],
            }
            for number, (tag, source) in enumerate(sources)
        ],
        "metadata": {"kernelspec": {"display_name": "x", "language": "python", "name": "x"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a toy repository, which is also the current directory."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "nasicon"\n')
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def toy_notebook(toy: Path) -> Callable[..., Path]:
    def write(*cells: str, **options: str) -> Path:
        return write_notebook(toy / "notebooks" / "toy.ipynb", *cells, **options)

    return write
