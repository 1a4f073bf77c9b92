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
    # the tabulated cell, from which the refinement starts: moved from, and in the interval
    ends = rows.set_index("quantity")[["value", "ci_low", "ci_high"]].astype(float)
    for name, tabulated in (("a", 4.5937), ("c", 2.9587)):
        row = ends.loc[f"{name} of TiO2 rutile"]
        assert row["ci_low"] < tabulated < row["ci_high"]
        assert 1e-4 < row["ci_high"] / row["value"] - 1 < 2e-3
        assert abs(row["value"] / tabulated - 1) > 1e-5
    left = pd.read_csv(tmp_path / "mine" / "peaks_not_explained.csv")
    # K-beta, 1.3922 angstrom, of (110), whose spacing is a/sqrt(2)
    k_beta = 2 * np.degrees(np.arcsin(1.3922 / (np.sqrt(2) * 4.5937)))
    assert abs(left["two_theta_deg"] - k_beta).min() < 0.05
    assert list((tmp_path / "mine").glob("*.svg"))


def test_a_weighed_mixture_with_the_notebook_s_options(external, tmp_path):
    """NiO, V2O5 and TiO2 weighed 40.0, 29.9 and 30.1 %, as the file's name says."""
    done = papermill(
        "measure_diffraction",
        tmp_path / "out.ipynb",
        data_file=external("xrd/dara-mixtures/V2O5_0p3005-NiO_0p4020-TiO2_0p3020--8min.xrdml"),
        out_dir=tmp_path / "mine",
        phases="V2O5;NiO;TiO2 anatase;TiO2 rutile",
        surface="true",
        textured="V2O5 0 0 1",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv").set_index("quantity")["value"]
    assert rows["weight fraction of V2O5"] == pytest.approx(29.9, abs=3)
    assert rows["weight fraction of NiO"] == pytest.approx(40.0, abs=3)


def test_a_missing_wavelength_is_named(external, tmp_path):
    file = external("xrd/pure-phases/MnO.xy")
    done = papermill("measure_diffraction", tmp_path / "out.ipynb", data_file=file)
    assert done.returncode != 0
    assert "give wavelength_angstrom" in done.stdout + done.stderr
