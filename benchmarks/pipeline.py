"""The pipeline: ``dvc repro`` with nothing to do, and one notebook through the runner.

``python -m benchmarks.pipeline`` changes nothing: ``dvc repro`` is timed only where
``dvc status`` says that all is up to date, and the notebook's results go to a
temporary folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks import Row
from compendium.paths import repository_root

NOTEBOOK = "latp_fig2_nyquist"
IMPORTS = "import compendium.notebook; from nasicon import eis; eis.read"
FIRST_FIGURE = """
from nasicon import eis, transport
spectrum = eis.read("data/simulated/eis/spectra/gc-latp_025c.txt")
found = eis.analyse(spectrum, transport.Pellet(thickness_mm=1.0, diameter_mm=10.0))
found.plot().savefig("/dev/null", format="svg")
"""
REPEATS = 5


def run(command: Sequence[str]) -> float:
    """Seconds that a command of this environment takes at the repository's root."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, *command],
        cwd=repository_root(),
        env={**environment, "DVC_NO_ANALYTICS": "1"},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begun


def up_to_date() -> bool:
    """Whether ``dvc repro`` would have nothing to do."""
    command = [sys.executable, "-m", "dvc", "status", "--quiet"]
    return subprocess.run(command, cwd=repository_root(), capture_output=True).returncode == 0


def repro() -> str:
    """Median time of ``dvc repro`` with nothing to do."""
    if not up_to_date():
        return "skipped: not up to date, say `make update` first"
    times = [
        run(["-m", "dvc", "repro"]) for _ in tqdm(range(REPEATS), desc="dvc repro", unit="run")
    ]
    return f"{np.median(times):.2g} s"


def notebook(repeats: int = 3) -> str:
    """Median time of one notebook through the runner, after one that is not counted."""
    if not (repository_root() / "notebooks" / f"{NOTEBOOK}.ipynb").exists():
        return f"skipped: there is no notebook {NOTEBOOK}"
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "-m",
            "compendium.run",
            NOTEBOOK,
            "--out-dir",
            str(Path(folder) / NOTEBOOK),
        ]
        times = [run(command) for _ in tqdm(range(repeats + 1), desc="notebook", unit="run")]
    return f"{np.median(times[1:]):.2g} s"


def script(code: str) -> str:
    """Median time of a fresh interpreter with this code, after one that is not counted."""
    times = [run(["-c", code]) for _ in tqdm(range(REPEATS + 1), desc="script", unit="run")]
    return f"{np.median(times[1:]):.2g} s"


def measure() -> list[Row]:
    """Return the rows of the table."""
    return [
        Row("fresh interpreter: spectrum read, six circuits fitted, drawn", script(FIRST_FIGURE)),
        Row("fresh interpreter: import of the readers", script(IMPORTS)),
        Row("`dvc repro` with nothing to do", repro(), "< 3 s"),
        Row(f"notebook `{NOTEBOOK}`", notebook(), "< 6 s"),
    ]


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
