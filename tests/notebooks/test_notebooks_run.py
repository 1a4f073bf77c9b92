"""The notebooks on a reader's own files, called as the README says."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import papermill

from nasicon.eis.model_circuits import Circuit

ROOT = Path(__file__).resolve().parents[2]
TWO_ARCS = "(R1||CPE1)-(R2||CPE2)-CPE3"


def findings(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "findings.csv", keep_default_na=False)
    return table.set_index(["sample", "quantity"])


def spectrum_file(path: Path, circuit: str, values: list[float], drift: float = 0.0) -> Path:
    """Write a noisy spectrum as csv; with ``drift`` its size falls during the sweep."""
    f = np.geomspace(1e6, 1.0, 61)
    rng = np.random.default_rng(5)
    z = Circuit.parse(circuit).impedance(values, 2 * np.pi * f)
    z = z * (1 - drift * np.linspace(0, 1, f.size) ** 2)
    z = z + 2e-3 * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    table.to_csv(path, index=False)
    return path


def test_nyquist_on_a_real_spectrum(external, tmp_path):
    file = external("eis/s04147/s04147-160deg.txt")
    done = papermill(
        "measure_eis",
        tmp_path / "out.ipynb",
        data_file=file,
        thickness_mm=2.1,
        diameter_mm=8,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = findings(tmp_path / "mine").loc["s04147-160deg"]
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["claim_id"]) == {""}
    # the authors' R1 and R2, 7.949e4 and 6.673e5 ohm, in a disc of 2.1 mm by 8 mm
    factor = 0.21 / (np.pi * 0.4**2)
    assert float(rows.loc["bulk conductivity", "value"]) == pytest.approx(
        factor / 7.949e4, rel=0.02
    )
    boundary = float(rows.loc["grain boundary conductivity", "value"])
    assert boundary == pytest.approx(factor / 6.673e5, rel=0.02)
    assert (tmp_path / "mine" / "nyquist.svg").is_file()


def test_arrhenius_on_a_real_series(external, tmp_path):
    first = external("eis/s04147/s04147-140deg.txt")
    for t in range(150, 210, 10):
        external(f"eis/s04147/s04147-{t}deg.txt")
    done = papermill(
        "measure_transport",
        tmp_path / "out.ipynb",
        data_file=first.parent / "s04147-*deg.txt",
        thickness_mm=2.1,
        diameter_mm=8,
        sample="s04147",
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = findings(tmp_path / "mine").loc["s04147"].reset_index()
    rows = rows.set_index(["quantity", "method"])["value"]
    published = {
        "bulk": (0.5869, 0.549),
        "grain boundary": (0.8919, 0.854),
        "total": (0.8555, 0.817),
    }
    for label, (product, plain) in published.items():
        energy = rows[f"{label} activation energy"]
        assert float(energy["ln(sigma T) against 1/T"]) == pytest.approx(product, abs=0.01)
        assert float(energy["ln sigma against 1/T"]) == pytest.approx(plain, abs=0.01)


def test_a_missing_thickness_is_named(tmp_path):
    file = spectrum_file(tmp_path / "mine.csv", "R1-CPE3", [100.0, 5e-6, 0.85])
    done = papermill("measure_eis", tmp_path / "out.ipynb", data_file=file, diameter_mm=8)
    assert done.returncode != 0
    assert "thickness_mm must be > 0" in done.stdout + done.stderr


def test_drifting_data_and_a_needless_arc_are_flagged(tmp_path):
    arc = "(R1||CPE1)-CPE3"
    values = [2e5, 2e-11, 0.95, 5e-6, 0.85]
    spectrum_file(tmp_path / "drift.csv", arc, values, drift=0.5)
    spectrum_file(tmp_path / "clean.csv", arc, values)
    done = papermill(
        "measure_eis",
        tmp_path / "out.ipynb",
        data_file=f"{tmp_path}/drift.csv;{tmp_path}/clean.csv",
        circuit=TWO_ARCS,
        thickness_mm=1,
        diameter_mm=10,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = findings(tmp_path / "mine")
    assert rows.loc["drift"]["flag"].str.contains("kk_fail").all()
    clean = rows.loc["clean"]
    assert not clean["flag"].str.contains("kk_fail").any()
    parts = clean.drop(index="total conductivity")
    assert parts["flag"].str.contains("not_identifiable|at_bound|correlated|not_converged").any()


def test_executed_results_hold_no_errors():
    for path in sorted((ROOT / "results").glob("*/notebook.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        kinds = [o["output_type"] for c in cells for o in c.get("outputs", [])]
        assert kinds, path
        assert "error" not in kinds, path
