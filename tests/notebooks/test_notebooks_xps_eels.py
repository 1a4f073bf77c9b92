"""The notebooks of photoemission and energy loss on a reader's own files."""

import numpy as np
import pandas as pd
import pytest
from own_files import papermill

from compendium.simulate import assumptions, eels, xps


def test_chemistry_on_a_file_of_one_s_own(tmp_path):
    rng = np.random.default_rng(1)
    assumed = assumptions.nominal(xps.ASSUMPTIONS)
    regions = {name: xps.record(name, assumed, 0.0, rng) for name in ("P 2p", "B 1s", "Bi 4f")}
    xps.write_vamas(tmp_path / "mine.vms", "mine", regions)
    done = papermill(
        "measure_xps",
        tmp_path / "out.ipynb",
        data_file=tmp_path / "mine.vms",
        c1s_shift_ev=0.2,
        reference_error_ev=0.1,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv", keep_default_na=False)
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["claim_id"]) == {""}
    spacing = rows.set_index("quantity").loc["line in the B 1s window - P 2p", "value"]
    assert float(spacing) == pytest.approx(57.37, abs=0.05)
    oxidised = rows.set_index("quantity").loc["binding energy of Bi oxidised"]
    assert float(oxidised["value"]) == pytest.approx(160.0, abs=0.05)  # 159.8 + 0.2
    assert float(oxidised["stderr"]) == pytest.approx(0.1, abs=0.02)
    assert list((tmp_path / "mine").glob("*.svg"))


def test_losses_on_a_map_of_one_s_own(tmp_path):
    assumed = assumptions.nominal(eels.ASSUMPTIONS)
    counts, boron_per_nm3 = eels.spectrum_image("boron", assumed, np.random.default_rng(2))
    positions = np.arange(32) * 0.5
    np.savez_compressed(
        tmp_path / "map.npz",
        counts=counts,
        y_nm=positions,
        x_nm=positions,
        energy_loss_ev=eels.axis(eels.MAP_EV),
    )
    file = tmp_path / "map.npz"
    silent = papermill("measure_eels", tmp_path / "out.ipynb", data_file=file)
    assert silent.returncode != 0
    assert "electrons must be > 0" in silent.stdout + silent.stderr
    done = papermill(
        "measure_eels",
        tmp_path / "out.ipynb",
        data_file=file,
        electrons=2e7,
        beam_kv=60,
        collection_mrad=24.9,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv", keep_default_na=False)
    assert set(rows["evidence"]) == {"measured"}
    # plural scattering and near-edge peaks are not in the model: what misses the truth says so
    thickness_nm = assumed["thickness_ratio"] * assumed["mean_free_path_nm"]
    true = {"B K": boron_per_nm3.mean(), "P L1": eels.PHOSPHORUS_PER_NM3}
    for edge, per_nm3 in true.items():
        row = rows.set_index("quantity").loc[f"{edge} atoms per area"]
        covered = float(row["ci_low"]) < per_nm3 * thickness_nm < float(row["ci_high"])
        assert covered or "misfit" in row["flag"], edge
        assert float(row["value"]) >= 0 or "implausible" in row["flag"], edge
        assert "times counting statistics" in row["note"], edge
    assert list((tmp_path / "mine").glob("*.svg"))
