"""Maps of every format come back as (y, x, frequency), and bad files say why they do not."""

import zipfile

import h5py
import numpy as np
import pytest
from igor_wave import write_wave

from nasicon.core.text import ReaderError
from nasicon.esm.read_files import read_esm
from nasicon.esm.read_igor import read_dart
from nasicon.esm.read_text import read_relaxation

F = np.linspace(270e3, 340e3, 7)
RNG = np.random.default_rng(0)
CUBE = RNG.normal(size=(3, 4, 7)) + 1j * RNG.normal(size=(3, 4, 7))


def check(found, expected, rtol=1e-6):
    assert found.dims == ("y", "x", "frequency")
    np.testing.assert_allclose(found["frequency"], F)
    np.testing.assert_allclose(found.to_numpy(), expected, rtol=rtol, atol=1e-9)
    assert found.attrs["data"] == ("complex" if np.iscomplexobj(expected) else "amplitude only")


def test_npy_needs_a_stated_axis(tmp_path):
    path = tmp_path / "map.npy"
    np.save(path, CUBE)
    check(read_esm(path, frequency_hz=F), CUBE)
    check(read_esm(path, centre_hz=305e3, band_hz=70e3), CUBE)
    with pytest.raises(ReaderError, match="no frequency axis"):
        read_esm(path)
    with pytest.raises(ReaderError, match="must both be given"):
        read_esm(path, centre_hz=305e3)
    with pytest.raises(ReaderError, match="6 frequencies for 7 points"):
        read_esm(path, frequency_hz=F[1:])


def test_npz_by_name(tmp_path):
    path = tmp_path / "map.npz"
    np.savez(path, real=CUBE.real, imag=CUBE.imag, frequency_hz=F, units=np.array("pm"))
    found = read_esm(path)
    check(found, CUBE)
    assert found.attrs["units"] == "pm"
    np.savez(path, amplitude=np.abs(CUBE), phase=np.degrees(np.angle(CUBE)), freq=F)
    found = read_esm(path)
    check(found, CUBE)
    assert any("degrees" in note for note in found.attrs["notes"])
    np.savez(path, amplitude=np.abs(CUBE), frequency_hz=F)
    check(read_esm(path), np.abs(CUBE))
    np.savez(path, anything=CUBE, frequency_hz=F)
    check(read_esm(path), CUBE)


def test_integers_are_scaled(tmp_path):
    path = tmp_path / "map.npz"
    counts = np.rint(100 * CUBE.real).astype(np.int16), np.rint(100 * CUBE.imag).astype(np.int16)
    np.savez(path, real=counts[0], imag=counts[1], scale=0.01, frequency_hz=F)
    np.testing.assert_allclose(read_esm(path).to_numpy(), CUBE, atol=0.008)


def test_phase_that_wraps_does_not_matter(tmp_path):
    path = tmp_path / "map.npz"
    phase = np.angle(CUBE) + 2 * np.pi * RNG.integers(-3, 3, CUBE.shape)
    np.savez(path, amplitude=np.abs(CUBE), phase_rad=phase, frequency_hz=F)
    check(read_esm(path), CUBE)


@pytest.mark.parametrize("order", [slice(None, None, -1), [3, 0, 6, 1, 5, 2, 4]])
def test_a_disordered_axis_is_sorted_and_said(tmp_path, order):
    path = tmp_path / "map.npz"
    np.savez(path, response=CUBE[..., order], frequency_hz=F[order])
    found = read_esm(path)
    check(found, CUBE)
    assert any("sorted" in note for note in found.attrs["notes"])


def test_a_stated_axis_must_not_contradict_the_file(tmp_path):
    path = tmp_path / "map.npz"
    np.savez(path, response=CUBE, frequency_hz=F)
    check(read_esm(path, frequency_hz=F), CUBE)
    with pytest.raises(ReaderError, match="other than the ones given"):
        read_esm(path, frequency_hz=F + 1e3)


def write_usid(path, *, drop=False):
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000/Channel_000")
        y, x = np.indices(CUBE.shape[:2])
        positions = np.column_stack([x.ravel(), y.ravel()])
        shuffle = RNG.permutation(len(positions))
        rows = CUBE.reshape(-1, F.size)[shuffle]
        compound = np.zeros(rows.shape, dtype=[("r", "f4"), ("i", "f4")])
        compound["r"], compound["i"] = rows.real, rows.imag
        main = group.create_dataset("Raw_Data", data=compound[: -1 if drop else None])
        index = group.create_dataset(
            "Position_Indices", data=positions[shuffle][: -1 if drop else None].astype("u4")
        )
        values = group.create_dataset("Spectroscopic_Values", data=F[None])
        values.attrs["labels"] = np.array([b"Frequency"])
        main.attrs["Position_Indices"] = index.ref
        main.attrs["Spectroscopic_Values"] = values.ref
        main.attrs["units"] = "V"


def test_band_excitation_hdf5(tmp_path):
    write_usid(tmp_path / "be.h5")
    found = read_esm(tmp_path / "be.h5")
    check(found, CUBE, rtol=1e-5)
    assert found.attrs["format"] == "HDF5 USID"
    assert found.attrs["units"] == "V"
    write_usid(tmp_path / "cut.h5", drop=True)
    with pytest.raises(ReaderError, match="do not fill a grid"):
        read_esm(tmp_path / "cut.h5")


def test_plain_hdf5(tmp_path):
    path = tmp_path / "plain.h5"
    with h5py.File(path, "w") as file:
        file["scan/response"] = CUBE
        file["scan/frequency_hz"] = F
    check(read_esm(path), CUBE)
    with h5py.File(path, "a") as file:
        file["scan/other"] = CUBE
    with pytest.raises(ReaderError, match="several cubes"):
        read_esm(path)
    check(read_esm(path, dataset="scan/other"), CUBE)


def test_links_to_other_files_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["response"] = CUBE
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["response"] = h5py.ExternalLink("secret.h5", "/response")
    with pytest.raises(ReaderError, match="no cube"):
        read_esm(tmp_path / "link.h5", frequency_hz=F)


def test_igor_cube(tmp_path):
    path = write_wave(
        tmp_path / "cube.ibw",
        CUBE.transpose(1, 0, 2).astype(np.complex64),
        scale=[(1e-8, 0.0), (1e-8, 0.0), (F[1] - F[0], F[0])],
        units=("m", "m", "Hz"),
    )
    found = read_esm(path)
    check(found, CUBE, rtol=1e-5)
    np.testing.assert_allclose(found["x"], 1e-8 * np.arange(4))


def test_igor_images_of_a_sequence(tmp_path):
    paths = [
        write_wave(
            tmp_path / f"{i}.ibw",
            np.stack([np.abs(CUBE[..., i]).T, np.degrees(np.angle(CUBE[..., i])).T], axis=-1),
            labels=("AmplitudeRetrace", "PhaseRetrace"),
            note=f"ScanSize: 1e-06\rDriveFrequency: {F[i]:.1f}\r",
        )
        for i in (4, 1, 0, 3, 2, 6, 5)
    ]
    found = read_esm(paths)
    np.testing.assert_allclose(found["frequency"], F, rtol=1e-6)
    np.testing.assert_allclose(found.to_numpy(), CUBE, rtol=1e-6)
    assert found.attrs["units"] == "m"
    with pytest.raises(ReaderError, match="name all files of the sequence"):
        read_esm(paths[0])
    write_wave(paths[0], np.ones((4, 3, 1)), labels=("Amplitude",), note="no frequency\r")
    with pytest.raises(ReaderError, match="no drive frequency"):
        read_esm(paths)


def test_igor_dart(tmp_path):
    names = ("Amplitude1", "Amplitude2", "Phase1", "Phase2", "Frequency")
    layers = np.stack([np.full((4, 3), v) for v in (1.0, 2.0, 90.0, -90.0, 307e3)], axis=-1)
    path = write_wave(
        tmp_path / "dart.ibw", layers, labels=names, note="DFRTFrequencyWidth: 10000\r"
    )
    found = read_dart(path)
    assert float(found["phase1_rad"][0, 0]) == pytest.approx(np.pi / 2)
    assert float(found["frequency2_hz"][0, 0]) == 312e3
    write_wave(path, layers, labels=names, note="\r")
    with pytest.raises(ReaderError, match="DFRTFrequencyWidth"):
        read_dart(path)
    write_wave(path, layers[..., :3], labels=names[:3])
    with pytest.raises(ReaderError, match="Phase2"):
        read_dart(path)


@pytest.mark.parametrize(("delimiter", "mark"), [("\t", "."), (";", ","), (",", ".")])
def test_text_in_any_order(tmp_path, delimiter, mark):
    rows = [
        (x, y, F[k] / 1e3, CUBE[y, x, k].real, CUBE[y, x, k].imag)
        for y in range(3)
        for x in range(4)
        for k in range(7)
    ]
    RNG.shuffle(rows)
    lines = ["# a title", delimiter.join(["x", "y", "frequency_khz", "real_pm", "imag_pm"])]
    for x, y, *rest in rows:
        cells = [str(int(x)), str(int(y)), *(f"{v:.9g}".replace(".", mark) for v in rest)]
        lines.append(delimiter.join(cells))
    path = tmp_path / "map.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    check(read_esm(path), CUBE)
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(ReaderError, match="do not fill a grid"):
        read_esm(path)


def test_text_without_frequency_or_header(tmp_path):
    path = tmp_path / "map.txt"
    path.write_text("x,y,amplitude\n0,0,1\n1,0,2\n", encoding="utf-8")
    with pytest.raises(ReaderError, match="frequency missing"):
        read_esm(path)
    path.write_text("0,0,1\n1,0,2\n", encoding="utf-8")
    with pytest.raises(ReaderError, match="no header"):
        read_esm(path)


@pytest.mark.parametrize("axis", [np.r_[F[:-1], F[0]], np.r_[-1.0, F[1:]], np.r_[np.nan, F[1:]]])
def test_an_impossible_axis_is_named(tmp_path, axis):
    path = tmp_path / "map.npz"
    np.savez(path, response=CUBE, frequency_hz=axis)
    with pytest.raises(ReaderError, match=r"more than once|> 0 Hz"):
        read_esm(path)


def test_missing_pixels_are_noted(tmp_path):
    cube = CUBE.copy()
    cube[1, 2, 3] = np.nan
    np.save(tmp_path / "map.npy", cube)
    found = read_esm(tmp_path / "map.npy", frequency_hz=F)
    assert any("1 of 12 spectra" in note for note in found.attrs["notes"])


def test_nothing_is_unpickled(tmp_path):
    path = tmp_path / "evil.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ReaderError, match="cannot be read as a numpy array"):
        read_esm(path, frequency_hz=F)
    np.savez(tmp_path / "evil.npz", response=np.array([[[None]]], dtype=object), frequency_hz=F)
    with pytest.raises(ReaderError, match="cannot be read as numpy arrays"):
        read_esm(tmp_path / "evil.npz")


def test_a_bomb_is_refused_before_it_unpacks(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("response.npy", b"\0" * (130 * 2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(ReaderError, match="refused"):
        read_esm(path)


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("a.npy", b"", "is empty"),
        ("a.npy", b"\x93NUMPY\x01\x00", "cannot be read"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 50, "cannot be read as HDF5"),
        ("a.npz", b"PK\x03\x04" + b"\0" * 50, "damaged zip"),
        ("a.ibw", b"\x05\x00" + b"\0" * 30, "Igor binary wave"),
        ("a.txt", b"words only\n", "no table"),
        ("a.bin", bytes(range(256)) * 4, "binary"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, raw, words):
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(ReaderError, match=words) as caught:
        read_esm(path, frequency_hz=F)
    assert name in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(ReaderError, match="no such file"):
        read_esm(tmp_path / "none.npy")
    with pytest.raises(ReaderError, match="directory"):
        read_esm(tmp_path)


def test_relaxation_curves(tmp_path):
    path = tmp_path / "curves.txt"
    path.write_text(
        "# title\ntime_ms\tp1\tp2\n10\t1.5\t2\n20\t1.25\tnan\n30\t1\t1\n", encoding="utf-8"
    )
    table = read_relaxation(path)
    assert table.index.tolist() == pytest.approx([0.01, 0.02, 0.03])
    assert table["p1"].tolist() == [1.5, 1.25, 1.0]
    assert np.isnan(table["p2"].iloc[1])
    assert table.attrs["title"] == "title"


@pytest.mark.parametrize(
    ("header", "curves"),
    [
        ("Deflection/nm,Time/ms,Tip bias [mV]", ["Deflection/nm"]),
        ("V_dc (V),time_s,lock-in X (mV)", ["lock-in X (mV)"]),
        ("p1,time_s,v1", ["p1", "v1"]),  # points of a series
        ("voltage,time_s,U", ["voltage", "U"]),  # there is nothing else
    ],
)
def test_the_bias_is_no_relaxation_curve(tmp_path, header, curves):
    path = tmp_path / "decay.csv"
    path.write_text(f"{header}\n3,1,5\n2,2,5\n1,3,0\n", encoding="utf-8")
    table = read_relaxation(path)
    assert list(table) == curves
    assert len(table.attrs["notes"]) == 3 - 1 - len(curves)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\tb\n1\t2\n2\t3\n", "one time column"),
        ("time_s\tp\n1\t2\n1\t3\n", "do not rise"),
        ("time_s\tp\n1\t2\n", "needs a time"),
        ("time_s\tp\n1\tx\n2\t3\n", "line 2"),
        ("time_s\tp\n1\t2\n2\n", "1 cells where the table has 2"),
    ],
)
def test_bad_relaxation_files_are_named(tmp_path, text, words):
    path = tmp_path / "curves.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReaderError, match=words):
        read_relaxation(path)


@pytest.mark.parametrize("band", [{}, {"centre_hz": 325e3, "band_hz": 50e3}])
@pytest.mark.parametrize("said_by", ["scale", "label", "Spectroscopic_Values", "ibw"])
def test_a_bias_is_no_frequency(tmp_path, said_by, band):
    path = tmp_path / ("a.ibw" if said_by == "ibw" else "a.h5")
    if said_by == "ibw":
        write_wave(path, np.abs(CUBE).astype("f4"), units=("m", "m", "V"))
    else:
        with h5py.File(path, "w") as file:
            data = file.create_dataset("generic", data=np.abs(CUBE))
            if said_by == "scale":
                volts = file.create_dataset("Voltage", data=np.linspace(-5, 5, F.size))
                volts.make_scale("Voltage")
                volts.attrs["quantity"], volts.attrs["units"] = "Bias", "V"
                data.dims[2].attach_scale(volts)
            elif said_by == "label":
                data.dims[2].label = "Bias"
    if said_by == "Spectroscopic_Values":
        write_usid(path)
        with h5py.File(path, "a") as file:
            labels = file["Measurement_000/Channel_000/Spectroscopic_Values"].attrs
            labels["labels"], labels["units"] = np.array([b"DC_Offset"]), np.array([b"V"])
    with pytest.raises(ReaderError, match=r"not over a frequency in Hz"):
        read_esm(path, **band)


def test_a_scale_gives_the_frequency_and_its_unit(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("generic", data=CUBE)
        scale = file.create_dataset("axis", data=F / 1e3)
        scale.make_scale("axis")
        scale.attrs["quantity"], scale.attrs["units"] = "Frequency", "kHz"
        data.dims[2].attach_scale(scale)
    np.testing.assert_allclose(read_esm(path)["frequency"], F)


@pytest.mark.parametrize("which", ["Position_Indices", "Spectroscopic_Values", "scale"])
def test_numbers_in_another_file_are_not_followed(tmp_path, which):
    """External storage and virtual datasets, wherever the file refers to them."""
    path = tmp_path / "a.h5"
    write_usid(path)
    (tmp_path / "secret.bin").write_bytes(bytes(8 * 4096))
    with h5py.File(path, "a") as file:
        group = file["Measurement_000/Channel_000"]
        if which == "scale":
            cube = file.create_dataset("cube", data=np.abs(CUBE))
            storage = [(str(tmp_path / "secret.bin"), 0, 8 * F.size)]
            scale = file.create_dataset("f", F.shape, "f8", external=storage)
            scale.attrs["quantity"] = "Frequency"
            scale.make_scale("frequency")
            cube.dims[2].attach_scale(scale)
        else:
            old = group[which]
            layout = h5py.VirtualLayout(old.shape, old.dtype)
            layout[...] = h5py.VirtualSource("other.h5", "x", shape=old.shape, dtype=old.dtype)
            new = group.create_virtual_dataset(f"{which}_2", layout)
            new.attrs.update(old.attrs)
            group["Raw_Data"].attrs[which] = new.ref
    with pytest.raises(ReaderError, match="in another file, which is not followed"):
        read_esm(path, dataset="cube" if which == "scale" else None)


def test_position_counts_are_bounded(tmp_path):
    path = tmp_path / "a.h5"
    write_usid(path)
    with h5py.File(path, "a") as file:
        group = file["Measurement_000/Channel_000"]
        huge = group.create_dataset("huge", (10**8, 8), "u8", chunks=(10**4, 8), compression=9)
        group["Raw_Data"].attrs["Position_Indices"] = huge.ref
    with pytest.raises(ReaderError, match="does not go with"):
        read_esm(path)


def test_igor_labels_end_at_their_first_nul(tmp_path):
    from nasicon.esm.read_igor import read_images

    names = ("HeightRetrace", "Amplitude1Retrace", "Phase1Retrace\0ce", "FrequencyRetrace\0\0\0x")
    path = write_wave(tmp_path / "a.ibw", np.zeros((4, 5, 4), "f4"), labels=names)
    assert list(read_images(path)) == ["Height", "Amplitude1", "Phase1", "Frequency"]


@pytest.mark.parametrize("kind", ["reference", "number", "short"])
def test_dimensions_that_are_named_otherwise(tmp_path, kind):
    """HDF5's own calls for dimension scales end the process on such a file."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("cube", data=CUBE)
        scale = file.create_dataset("frequency", data=F[:-1] if kind == "short" else F)
        scale.make_scale("frequency")
        data.dims[2].attach_scale(scale)
        if kind != "short":
            del data.attrs["DIMENSION_LIST"]
            data.attrs["DIMENSION_LIST"] = data.ref if kind == "reference" else 3
    with pytest.raises(ReaderError, match="damaged"):
        read_esm(path)
