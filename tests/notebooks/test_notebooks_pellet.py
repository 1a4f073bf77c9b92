"""The notebooks of composition, density, grains and literature on a reader's own input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import papermill
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree


def findings(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "findings.csv", keep_default_na=False)


def test_own_masses(tmp_path):
    masses = tmp_path / "batch.csv"
    masses.write_text("formula,mass_g\nLi2CO3,0.4803\nAl2O3,0.1530\nTiO2,1.3576\nNH4H2PO4,3.4508\n")
    done = papermill(
        "measure_composition", tmp_path / "o.ipynb", data_file=masses, out_dir=tmp_path / "mine"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = findings(tmp_path / "mine")
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["claim_id"]) == {""}
    by_rounding = rows[rows["method"] == "masses, rounding"].set_index("quantity")["value"]
    # 13 mmol Li, 3 mmol Al, 17 mmol Ti, 30 mmol P: Li1.3Al0.3Ti1.7(PO4)3
    for element, atoms in {"Li": 1.3, "Al": 0.3, "Ti": 1.7, "P": 3.0}.items():
        assert float(by_rounding[f"{element} per formula unit"]) == pytest.approx(atoms, rel=2e-3)
    assert list((tmp_path / "mine").glob("*.svg"))


def test_own_pellet_by_archimedes(tmp_path):
    done = papermill(
        "measure_composition",
        tmp_path / "o.ipynb",
        weighings_g="1.8000;1.2000;1.9500",
        liquid_g_cm3=0.8,
        crystal_g_cm3=2.4,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = findings(tmp_path / "mine")
    assert set(rows["evidence"]) == {"measured"}
    assert set(rows["method"]) == {"Archimedes"}
    # by hand: 0.75 g of ethanol displaced, 0.9375 cm3; 0.15 g of it in the pores, 0.1875 cm3
    value = rows.set_index("quantity")["value"].astype(float)
    assert value["density"] == pytest.approx(1.92, rel=1e-6)
    assert value["relative density"] == pytest.approx(80.0, rel=1e-6)
    assert value["open porosity"] == pytest.approx(20.0, rel=1e-6)
    assert value["apparent density"] == pytest.approx(2.4, rel=1e-6)
    slip = papermill(
        "measure_composition",
        tmp_path / "p.ipynb",
        weighings_g="1.8000;1.2000;1.9500",
        liquid_g_cm3=0.8,
        crystal_g_cm3=1.5,
        out_dir=tmp_path / "denser",
    )
    assert slip.returncode == 0, slip.stderr[-2000:]
    rows = findings(tmp_path / "denser").set_index("quantity")
    assert "implausible" in rows.loc["relative density", "flag"]
    refused = papermill(
        "measure_composition", tmp_path / "q.ipynb", weighings_g="1.8000;1.2000;1.9500"
    )
    assert "liquid_g_cm3 must be > 0" in refused.stdout + refused.stderr


def test_own_micrograph(tmp_path):
    rng = np.random.default_rng(6)
    size, border, grains = 400, 80, 200
    seeds = rng.uniform(-border, size + border, (grains * (size + 2 * border) ** 2 // size**2, 2))
    rows, columns = np.mgrid[:size, :size]
    labels = cKDTree(seeds).query(np.c_[rows.ravel(), columns.ravel()])[1].reshape(size, size)
    edge = np.zeros(labels.shape)
    edge[1:, 1:] = (labels[1:, 1:] != labels[:-1, 1:]) | (labels[1:, 1:] != labels[1:, :-1])
    image = 1 - ndimage.gaussian_filter(edge, 1) + 0.03 * rng.normal(size=edge.shape)
    Image.fromarray((255 * np.clip(image / 1.2, 0, 1)).astype(np.uint8)).save(tmp_path / "sem.png")
    done = papermill(
        "measure_grains",
        tmp_path / "o.ipynb",
        data_file=tmp_path / "sem.png",
        nm_per_pixel=25,
        out_dir=tmp_path / "mine",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = findings(tmp_path / "mine")
    assert set(found["evidence"]) == {"measured"}
    intercept = found.set_index("quantity").loc["mean linear intercept"]
    theory = 25 * np.pi / 4 * size / np.sqrt(grains)
    assert float(intercept["value"]) == pytest.approx(theory, rel=0.08)
    assert list((tmp_path / "mine").glob("*.svg"))
    refused = papermill("measure_grains", tmp_path / "p.ipynb", data_file=tmp_path / "sem.png")
    assert refused.returncode != 0
    assert "nm_per_pixel must be > 0" in refused.stdout + refused.stderr


def test_literature_with_the_whole_table(external, tmp_path):
    external("conductivity/obelix_all.csv")
    done = papermill(
        "literature", tmp_path / "o.ipynb", full_table="true", out_dir=tmp_path / "mine"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(findings(tmp_path / "mine")["evidence"]) == {"literature"}
