"""The diffraction notebooks on a reader's own pattern, called as the README says."""

import numpy as np
import pandas as pd
import pytest
from own_files import papermill


def test_sizes_and_phases_of_a_real_pattern(external, tmp_path):
    file = external("xrd/instrument-formats/TiO2.raw")
    done = papermill(
        "measure_diffraction",
        tmp_path / "out.ipynb",
        data_file=file,
        out_dir=tmp_path / "mine",
        phases="TiO2 rutile",
        low_deg=20,
        high_deg=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv", keep_default_na=False)
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["claim_id"]) == {""}
    # the reference cell, from which the refinement starts
    values = rows.set_index("quantity")["value"].astype(float)
    assert values["a of TiO2 rutile"] == pytest.approx(4.5937, rel=1e-3)
    assert values["c of TiO2 rutile"] == pytest.approx(2.9587, rel=1e-3)
    left = pd.read_csv(tmp_path / "mine" / "peaks_not_explained.csv")
    # K-beta, 1.3922 angstrom, of (110), whose spacing is a/sqrt(2)
    k_beta = 2 * np.degrees(np.arcsin(1.3922 / (np.sqrt(2) * 4.5937)))
    assert abs(left["two_theta_deg"] - k_beta).min() < 0.05
    assert list((tmp_path / "mine").glob("*.svg"))


def test_a_missing_wavelength_is_named(external, tmp_path):
    file = external("xrd/pure-phases/MnO.xy")
    done = papermill("measure_diffraction", tmp_path / "out.ipynb", data_file=file)
    assert done.returncode != 0
    assert "give wavelength_angstrom" in done.stdout + done.stderr
