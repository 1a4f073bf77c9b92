"""A notebook called on a reader's own file, as the README says."""

import os
import subprocess
import sys
from pathlib import Path

from compendium.paths import repository_root


def papermill(notebook: str, out: Path, **parameters: object) -> subprocess.CompletedProcess:
    """Run papermill from the repository's root; the outcome, whatever it is."""
    command = [sys.executable, "-m", "papermill", f"notebooks/{notebook}.ipynb", str(out)]
    for name, value in parameters.items():
        command += ["-p", name, str(value)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        command, cwd=repository_root(), env=environment, capture_output=True, text=True, timeout=300
    )
