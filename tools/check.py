"""A check for a reviewer in a hurry: three notebooks and the ledger, against what is committed.

``python -m tools.check`` runs one notebook for each kind of evidence that needs no network,
and the ledger, into a folder of their own, two at a time, and compares every number.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from compendium.compare import compare
from compendium.paths import repository_root

#: Evidence: the notebook that shows it.
NOTEBOOKS = {
    "derived": "lagp_fig1_synthesis",
    "simulated": "latp_fig2_nyquist",
    "literature": "literature",
}


def commands(folder: Path) -> dict[str, list[str]]:
    """What is run, by the path that it makes again, below the folder given."""
    run = [sys.executable, "-m", "compendium.run"]
    paths = {f"results/{name}": [*run, name, "--out-dir"] for name in NOTEBOOKS.values()}
    paths["results/ledger.csv"] = [sys.executable, "-m", "compendium.ledger", "build", "--out"]
    return {path: [*command, str(folder / path)] for path, command in paths.items()}


def main() -> int:
    """Run, compare, say what was checked; 1 where a number moved or a run failed."""
    root, begun, worst = repository_root(), time.monotonic(), 0
    with TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        folder = Path(temporary)
        jobs = {
            path: pool.submit(subprocess.run, command, cwd=root, capture_output=True, text=True)
            for path, command in commands(folder).items()
        }
        for path, job in jobs.items():
            done = job.result()
            if done.returncode:
                sys.stdout.write(f"{path}: failed\n{done.stderr[-2000:]}\n")
                worst = 1
                continue
            report = compare(root, folder, (path,))
            sys.stdout.write(f"{path}: {report.summary}\n")
            if not report.same:
                sys.stdout.write("".join(f"  {line}\n" for line in report.lines(path)))
                worst = 1
    kinds = ", ".join(f"{kind} ({name})" for kind, name in NOTEBOOKS.items())
    sys.stdout.write(
        f"checked in {time.monotonic() - begun:.0f} s: a notebook each of what is {kinds}, and "
        "every row of the ledger, made again from the committed data.\n`make reproduce` also "
        "makes the simulated data, their analysis and the other notebooks again; `make validate` "
        "runs the code on measurements by others.\n"
    )
    return worst


if __name__ == "__main__":
    sys.exit(main())
