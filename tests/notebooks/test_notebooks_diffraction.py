"""The diffraction notebooks on a reader's own pattern, called as the README says."""

import pandas as pd
from own_files import papermill


def test_sizes_and_phases_of_a_real_pattern(external, tmp_path):
    file = external("xrd/instrument-formats/TiO2.raw")
    done = papermill(
        "lagp_fig2_xrd",
        tmp_path / "out.ipynb",
        data_file=file,
        out_dir=tmp_path / "mine",
        phases="TiO2 rutile",
        peaks_deg="27.4;36.1;41.2",
        low_deg=20,
        high_deg=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv", keep_default_na=False)
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["claim_id"]) == {""}
    sizes = rows[rows["quantity"].str.startswith("crystallite size")].set_index("method")["value"]
    assert float(sizes["Scherrer, uncorrected"]) < float(sizes["Scherrer, voigt"])
    assert (tmp_path / "mine" / "fig2a_measured.svg").is_file()


def test_a_missing_wavelength_is_named(external, tmp_path):
    file = external("xrd/pure-phases/MnO.xy")
    done = papermill("latp_fig1_xrd", tmp_path / "out.ipynb", data_file=file)
    assert done.returncode != 0
    assert "give wavelength_angstrom" in done.stdout + done.stderr
