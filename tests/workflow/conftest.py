"""A toy repository: one notebook, its parameters, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

PARAMETERS = """\
data_file: str = ""  # the reader's own file
out_dir: str = ""
seed: int = 0
tolerance: float = 0.1
temperatures_c: str = "25"
plain: bool = True
"""
HEAD = "from nasicon.workflow.notebook import Findings, input_files, save_figure"


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
