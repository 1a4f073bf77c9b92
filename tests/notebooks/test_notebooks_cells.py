"""The notebooks of cells and sweeps on a reader's own files, called as the README says."""

import numpy as np
import pandas as pd
import pytest
from own_files import papermill


def test_cells_on_a_real_rate_test(external, tmp_path):
    pytest.importorskip("fastparquet")
    done = papermill(
        "measure_cycling",
        tmp_path / "out.ipynb",
        data_file=external("cycling/rate_test_halfcell.cellpy"),
        active_mass_mg=15.4071,
        electrode_area_cm2=1.767,
        cell_kind="half-negative",
        one_c_ma_per_g=350,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv", keep_default_na=False)
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["claim_id"]) == {""}
    values = rows.set_index("quantity")["value"].astype(float)
    # the file's own summary: 4.650 mAh at 2 C in cycle 17, 15.4071 mg
    assert values["discharge capacity at 2 C"] == pytest.approx(4.650 / 15.4071e-3, rel=5e-3)
    assert values["coulombic efficiency at 1 C"] == pytest.approx(100 * 5.289 / 5.299, abs=0.02)
    assert values["area-specific resistance"] > 0
    assert {f.name for f in (tmp_path / "mine").glob("*.svg")} == {
        *("profiles.svg", "rates.svg", "cycles.svg", "dqdv.svg"),
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"electrode_area_cm2": 1, "cell_kind": "full"}, "active_mass_mg must be > 0"),
        ({"active_mass_mg": 1, "electrode_area_cm2": 1}, "cell_kind must be one of"),
    ],
)
def test_a_missing_quantity_is_named(given, message, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("time_s,voltage_v,current_a\n0,3,1\n10,4,1\n20,4,-1\n30,3,-1\n")
    done = papermill("measure_cycling", tmp_path / "out.ipynb", data_file=file, **given)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr


def test_sweep_of_a_reader(tmp_path):
    v = np.arange(2.5, 6.0, 0.01)
    i = 2e-7 + 1e-6 * 10 ** ((v - 4.6) / 0.12)
    i = i + np.random.default_rng(1).normal(0, 2e-8, v.size)
    table = pd.DataFrame({"time_s": 100 * (v - 2.5), "voltage_v": v, "current_a": 0.5 * i})
    table.to_csv(tmp_path / "mine.csv", index=False)
    done = papermill(
        "measure_cycling",
        tmp_path / "out.ipynb",
        data_file=tmp_path / "mine.csv",
        electrode_area_cm2=0.5,
        mode="sweep",
        baseline_v="2.6;3.5",
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv", keep_default_na=False)
    values = rows.set_index(["quantity", "method"])["value"]
    assert float(values["onset of a reaction", "1 uA cm-2"]) == pytest.approx(4.6, abs=0.03)
    assert float(values["scan rate", "straight baseline"]) == pytest.approx(10, rel=1e-6)
    assert float(values["capacitance of the baseline", "straight baseline"]) == pytest.approx(
        20, rel=0.05
    )
