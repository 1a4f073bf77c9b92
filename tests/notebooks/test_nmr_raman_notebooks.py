"""The NMR and Raman notebooks on a reader's own files, called as the README says."""

import numpy as np
import pandas as pd
from own_files import papermill


def test_raman_on_a_file_of_two_bands(tmp_path):
    x = np.arange(300.0, 1300.0)
    y = 900 * np.exp(-(((x - 600) / 42) ** 2)) + 450 * np.exp(-(((x - 750) / 42) ** 2)) + 200
    y += np.random.default_rng(3).normal(0, 3, x.size)
    table = pd.DataFrame({"Raman shift (cm-1)": x, "counts": y})
    table.to_csv(tmp_path / "mine.txt", sep="\t", index=False)
    done = papermill(
        "measure_raman",
        tmp_path / "out.ipynb",
        data_file=tmp_path / "mine.txt",
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pd.read_csv(tmp_path / "mine" / "findings.csv").set_index("quantity")
    row = rows.loc["area ratio TiO4/TiO6"]
    assert row["evidence"] == "measured"
    assert row["ci_low"] < 0.5 < row["ci_high"]
    assert list((tmp_path / "mine").glob("*.svg"))


def test_nmr_asks_for_the_sites_of_another_nucleus(external, tmp_path):
    for name in ("acqus", "pdata/1/procs", "pdata/1/1r"):
        file = external(f"nmr/ba2p2o7_zg/{name}")
    done = papermill("measure_nmr", tmp_path / "out.ipynb", data_file=file)
    assert done.returncode != 0
    assert "the file states 31P; name the sites" in done.stdout + done.stderr
