"""Binder emulated: its pins in a fresh environment, its postBuild, and notebooks without a network.

Takes minutes and the package index: ``pytest -m binder -s tests/tools/test_binder_image.py``.
"""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest
import yaml

from compendium.paths import repository_root

pytestmark = pytest.mark.binder
ROOT = repository_root()
NOTEBOOKS = ("latp_fig2_nyquist", "lagp_fig2_xrd", "audit")
#: Runs in the environment, cut off from every network but its own loopback.
INSIDE = """
import json, subprocess, sys, time, urllib.request
import nbformat, psutil
from nbclient import NotebookClient

for name in sys.argv[1:]:
    book = nbformat.read(f"notebooks/{name}.ipynb", 4)
    client = NotebookClient(book, kernel_name="python3", timeout=900)
    client.resources = {"metadata": {"path": "notebooks"}}
    first = None
    with client.setup_kernel():
        kernel = psutil.Process(client.km.provisioner.pid)
        start, used = time.perf_counter(), kernel.cpu_times()[0]
        for number, cell in enumerate(book.cells):
            if cell.cell_type == "code":
                client.execute_cell(cell, number)
            if any("image/png" in o.get("data", {}) for o in cell.get("outputs", [])):
                first = first or (time.perf_counter() - start, kernel.cpu_times()[0] - used)
        told = {"notebook": name, "first_figure_s": first[0], "first_figure_cpu_s": first[1]}
        print(json.dumps(told | {"whole_s": time.perf_counter() - start}), flush=True)
command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
command += ["--port=18888", "--IdentityProvider.token=door"]
with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
    try:
        for path in ("lab/tree/notebooks/index.ipynb", "api/contents/notebooks/index.ipynb"):
            for attempt in range(240):
                try:
                    url = f"http://127.0.0.1:18888/{path}?token=door"
                    answer = urllib.request.urlopen(url, timeout=30)
                    break
                except OSError:
                    time.sleep(0.5)
            print(json.dumps({"page": path, "status": answer.status}), flush=True)
    finally:
        server.terminate()
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A clone and an environment as repo2docker would make them."""
    folder = tmp_path_factory.mktemp("binder")
    clone, env = folder / "clone", folder / "env"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    wanted = yaml.safe_load((clone / "environment.yml").read_text())["dependencies"]
    (pins,) = (item["pip"] for item in wanted if isinstance(item, dict))
    (folder / "pins.txt").write_text("\n".join(pins))
    python = env / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(env)], check=True)
    install = [*uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python)]
    subprocess.run([*install, "-r", str(folder / "pins.txt")], check=True)
    files = [f for f in env.rglob("*") if f.is_file() and not f.is_symlink()]
    size = sum(file.stat().st_size for file in files if file.suffix != ".pyc")
    subprocess.run([*install, "pip", "hatchling", "editables"], check=True)  # conda brings pip
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON", "MPL"))}
    clean |= {"PATH": f"{env / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    subprocess.run(["bash", "./postBuild"], cwd=clone, env=clean, check=True, capture_output=True)
    return clone, python, clean, size


def test_three_notebooks_and_the_landing_page_without_a_network(image):
    clone, python, environment, size = image
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: the network cannot be taken away")
    alone = ["unshare", "-rn", "bash", "-c", 'ip link set lo up && exec "$@"', "bash"]
    command = [*alone, str(python), "-c", INSIDE, *NOTEBOOKS]
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    told = [f"environment {size / 1e6:.0f} MB, all {time.perf_counter() - start:.0f} s", *found]
    sys.stdout.write("\n" + "\n".join(map(str, told)) + "\n")
    # processor time: the clock also counts what else runs on this machine
    figures = [row["first_figure_cpu_s"] for row in found if "notebook" in row]
    assert len(figures) == len(NOTEBOOKS)
    assert all(0 < seconds <= 20 for seconds in figures)
    assert [row["status"] for row in found if "page" in row] == [200, 200]
    assert size <= 600e6
    changed = subprocess.run(["git", "-C", clone, "status", "--porcelain"], capture_output=True)
    assert changed.stdout == b"", "running must change nothing in the clone"
