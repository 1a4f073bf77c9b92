"""The wheel, installed away from the repository, measures a file by itself."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pandas as pd
import pytest

from compendium.paths import repository_root

ROOT = repository_root()


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """An environment with the wheel in it, beside the libraries it needs; its ``nasicon``."""
    folder = tmp_path_factory.mktemp("installed")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    build = [uv, "build", "--no-cache", "--wheel", "--no-build-isolation"]
    build += ["--python", sys.executable]
    done = subprocess.run(
        [*build, "-o", folder / "dist", ROOT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    (wheel,) = (folder / "dist").glob("*.whl")
    install = [uv, "pip", "install", "--no-cache", "--quiet", "--no-deps"]
    install += ["--python", python, wheel]
    subprocess.run(install, check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    # a path of a .pth file is no site folder: the editable copy of this repository stays out
    libraries = sysconfig.get_path("purelib")
    Path(site.stdout.strip(), "libraries.pth").write_text(f"{libraries}\n")
    return folder / "env" / "bin" / "nasicon"


def call(program: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [program, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_an_installed_program_measures_a_file(installed, tmp_path):
    spectrum = ROOT / "data/simulated/eis/spectra/gc-latp_025c.txt"
    shutil.copy(spectrum, tmp_path / "mine.txt")
    geometry = ("--thickness-mm", "1", "--diameter-mm", "10")
    done = call(installed, tmp_path, "measure", "eis", "mine.txt", *geometry, "--out", "out")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "out" / "findings.csv", keep_default_na=False)
    assert set(table["sample"]) == {"mine"}
    assert set(table["evidence"]) == {"measured"}
    assert str(ROOT) not in (tmp_path / "out" / "notebook.ipynb").read_text()


def test_it_carries_reference_phases_and_an_example(installed, tmp_path):
    done = call(installed, tmp_path, "measure", "diffraction", "--out", "out")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "out" / "findings.csv", keep_default_na=False)
    assert set(table["evidence"]) == {"simulated"}
    assert "weight fraction of LATP x0.3" in set(table["quantity"])
