"""Energy-loss files: formats, axes, what is refused."""

import numpy as np
import pytest
import xarray as xr

from compendium.simulate.eels import write_msa
from nasicon.core.text import ReaderError
from nasicon.eels.read_files import read_eels, same_grid, tidy

ENERGY = np.arange(100.0, 150.0, 0.5)
COUNTS = np.round(1e4 * (ENERGY / 100) ** -3)


def test_msa_gives_back_what_was_written(tmp_path):
    write_msa(tmp_path / "a.msa", "SIMULATED test", ENERGY, COUNTS)
    array = read_eels(tmp_path / "a.msa")
    np.testing.assert_allclose(array["energy_loss_ev"], ENERGY)
    np.testing.assert_array_equal(array, COUNTS)
    assert array.attrs["title"] == "SIMULATED test"


def test_the_format_comes_from_the_content(tmp_path):
    write_msa(tmp_path / "a.txt", "t", ENERGY, COUNTS)
    assert read_eels(tmp_path / "a.txt").attrs["format"] == "EMSA/MAS"


def test_text_needs_a_named_energy(tmp_path):
    rows = "\n".join(f"{e},{c}" for e, c in zip(ENERGY[::-1], COUNTS[::-1], strict=True))
    (tmp_path / "a.csv").write_text("energy_loss_ev,counts\n" + rows)
    array = read_eels(tmp_path / "a.csv")
    assert array["energy_loss_ev"].to_numpy()[0] == 100.0
    np.testing.assert_array_equal(array, COUNTS)
    (tmp_path / "b.csv").write_text("channel,counts\n" + rows)
    with pytest.raises(ReaderError, match="not calibrated"):
        read_eels(tmp_path / "b.csv")


def test_an_msa_in_other_units_is_not_calibrated(tmp_path):
    write_msa(tmp_path / "a.msa", "t", ENERGY, COUNTS)
    content = (tmp_path / "a.msa").read_text()
    (tmp_path / "a.msa").write_text(content.replace(": eV", ": channel"))
    with pytest.raises(ReaderError, match="not calibrated"):
        read_eels(tmp_path / "a.msa")


def archive(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def test_spectrum_images(tmp_path):
    counts = np.arange(2 * 3 * ENERGY.size).reshape(2, 3, -1)
    path = archive(
        tmp_path / "map.npz",
        counts=counts,
        energy_loss_ev=ENERGY,
        y_nm=np.arange(2.0),
        x_nm=np.arange(3.0),
    )
    array = read_eels(path)
    assert array.dims == ("y_nm", "x_nm", "energy_loss_ev")
    np.testing.assert_array_equal(array, counts)
    np.testing.assert_array_equal(tidy(array)["intensity_counts"], counts.sum((0, 1)))


def test_pickles_are_never_loaded(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    path = archive(
        tmp_path / "bad.npz", counts=np.array([Bomb()], dtype=object), energy_loss_ev=ENERGY
    )
    with pytest.raises(ReaderError, match="plain arrays"):
        read_eels(path)


@pytest.mark.parametrize(
    ("arrays", "found"),
    [
        ({"counts": COUNTS}, "expected counts, energy_loss_ev"),
        ({"counts": COUNTS[:-1], "energy_loss_ev": ENERGY}, "do not go with"),
        ({"counts": np.ones((3, 4)), "energy_loss_ev": np.ones(4)}, "do not go with"),
        ({"counts": COUNTS * np.nan, "energy_loss_ev": ENERGY}, "not finite"),
        ({"counts": COUNTS[:3], "energy_loss_ev": ENERGY[:3]}, "at least 5"),
        ({"counts": COUNTS, "energy_loss_ev": ENERGY // 2}, "occurs twice"),
    ],
)
def test_hostile_archives(tmp_path, arrays, found):
    with pytest.raises(ReaderError, match=found):
        read_eels(archive(tmp_path / "bad.npz", **arrays))


def test_a_damaged_binary_is_an_error(tmp_path, external):
    raw = external("eels/EELS_STO.dm3").read_bytes()
    (tmp_path / "cut.dm3").write_bytes(raw[: len(raw) // 3])
    with pytest.raises(ReaderError, match=r"cut\.dm3: is damaged"):
        read_eels(tmp_path / "cut.dm3")


def test_saturation_and_negative_counts_are_named(tmp_path):
    flat = archive(tmp_path / "flat.npz", counts=np.minimum(COUNTS, 5000), energy_loss_ev=ENERGY)
    assert "saturated" in read_eels(flat).attrs["notes"][0]
    low = archive(tmp_path / "low.npz", counts=COUNTS - 5000, energy_loss_ev=ENERGY)
    assert "negative" in read_eels(low).attrs["notes"][0]


def test_different_grids_are_named():
    a = xr.DataArray(COUNTS, coords={"energy_loss_ev": ENERGY}, attrs={"source": "a"})
    b = xr.DataArray(COUNTS, coords={"energy_loss_ev": ENERGY + 0.1}, attrs={"source": "b"})
    same_grid(a, a)
    with pytest.raises(ReaderError, match=r"b: 100 channels .* a has 100 .* resample"):
        same_grid(a, b)


def test_real_files(external):
    yag = read_eels(external("eels/YAG_O_K.msa"))
    assert yag.sizes == {"energy_loss_ev": 1340}
    assert yag["energy_loss_ev"].to_numpy()[[0, -1]] == pytest.approx([510.0, 643.9])
    assert yag.to_numpy()[[0, -1]].tolist() == [2425.0, 1530.0]
    titanate = read_eels(external("eels/EELS_STO.dm3"))
    assert titanate["energy_loss_ev"].to_numpy()[[0, -1]] == pytest.approx([350.0, 861.75])
    assert titanate.to_numpy()[0] == 185028
