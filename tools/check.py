"""A check for a reviewer in a hurry: three notebooks and the ledger, against what is committed.

``python -m tools.check`` runs one notebook for each kind of evidence that needs no network,
and the ledger, into a folder of their own, two at a time, and compares every number.
"""

from __future__ import annotations

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
    """What is run, by the path below ``results`` that it makes again."""
    run = [sys.executable, "-m", "compendium.run"]
    made = {name: [*run, name, "--out-dir", str(folder / name)] for name in NOTEBOOKS.values()}
    ledger = [sys.executable, "-m", "compendium.ledger", "build", "--out"]
    return {**made, "ledger": [*ledger, str(folder / "ledger" / "ledger.csv")]}


def main() -> int:
    """Run, compare, say what was checked; 1 where a number moved or a run failed."""
    root, begun, worst = repository_root(), time.monotonic(), 0
    with TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        folder = Path(temporary)
        (folder / "ledger").mkdir()
        jobs = {
            name: pool.submit(subprocess.run, command, cwd=root, capture_output=True, text=True)
            for name, command in commands(folder).items()
        }
        for name, job in jobs.items():
            done = job.result()
            if done.returncode:
                sys.stdout.write(f"{name}: failed\n{done.stderr[-2000:]}\n")
                worst = 1
                continue
            before = root / "results" / name
            if name == "ledger":
                before = folder / "committed"
                before.mkdir()
                (before / "ledger.csv").write_bytes((root / "results/ledger.csv").read_bytes())
            report = compare(before, folder / name)
            sys.stdout.write(f"{name}: {report.summary}\n")
            if not report.same:
                sys.stdout.write("".join(f"  {line}\n" for line in report.lines(f"results/{name}")))
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
