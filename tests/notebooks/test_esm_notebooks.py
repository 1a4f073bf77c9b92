"""The strain-microscopy notebooks on a reader's own files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import papermill

from nasicon.esm.model_oscillator import exponential


def findings(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "findings.csv", keep_default_na=False)


def test_a_measured_map_of_others(external, tmp_path):
    file = external("spm/bepfm_32x32x102.npy")
    done = papermill(
        "measure_esm",
        tmp_path / "out.ipynb",
        data_file=file,
        frequency_centre_khz=323,
        frequency_band_khz=50,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    table = findings(tmp_path / "mine")
    assert set(table["evidence"]) == {"measured"}
    assert set(table["claim_id"]) == {""}
    resonance = table.set_index("quantity")["value"]["resonance, mean"]
    assert float(resonance) == pytest.approx(326e3, abs=3e3)
    assert (tmp_path / "mine" / "amplitude.svg").is_file()
    assert not list((tmp_path / "mine").glob("*simulated*"))


def test_a_map_without_axis_is_refused_with_the_remedy(external, tmp_path):
    file = external("spm/bepfm_32x32x102.npy")
    done = papermill("measure_esm", tmp_path / "out.ipynb", data_file=file)
    assert done.returncode != 0
    assert "no frequency axis" in done.stdout + done.stderr


def test_own_relaxation_curves(tmp_path):
    t, rng = np.arange(0, 600) * 0.01, np.random.default_rng(0)
    curves = {
        f"p{i}": exponential(np.maximum(t - 1, 0), 4, 0.4, 2) + 0.1 * rng.normal(size=t.size)
        for i in range(5)
    }
    table = pd.DataFrame({"time_s": t, **curves})
    table.to_csv(tmp_path / "mine.txt", sep="\t", index=False)
    done = papermill(
        "measure_esm",
        tmp_path / "out.ipynb",
        data_file=tmp_path / "mine.txt",
        pulse_end_s=1,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = findings(tmp_path / "mine").set_index("quantity").loc["relaxation time constant"]
    assert found["evidence"] == "measured"
    assert float(found["value"]) == pytest.approx(0.4, rel=0.05)
    assert found["flag"] == ""
