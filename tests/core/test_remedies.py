"""What a refusal tells a reader to do is done here, and the file then reads.

Inputs are the kinds of fault that strangers' files showed; each case is a file that is refused,
words of its message, and the file or the option that the message asks for.
"""

import io
import zipfile

import numpy as np
import pytest

from nasicon import cycling, diffraction, eels, eis, esm, grains, nmr, raman, xps
from nasicon.core.text import ReaderError

X = np.round(np.arange(20, 32, 0.05), 2)
Y = np.round(200 + 9000 * np.exp(-(((X - 24.5) / 0.06) ** 2)))
PATTERN = "".join(f"{x:.2f} {y:.0f}\n" for x, y in zip(X, Y, strict=True))
F = np.logspace(6, 1, 40)
Z = 300 + 1 / (1e-4 + 2j * np.pi * F * 1e-10)
BE = np.arange(185, 200, 0.1)
COUNTS = "".join(f"{e:.1f} {500 + i}\n" for i, e in enumerate(BE))
BINDING = "".join(f"{1486.6 - e:.1f} {500 + i}\n" for i, e in enumerate(BE))
SHIFTS = "".join(f"{900 - 5 * i} {100 + i}\n" for i in range(60))
CELL = "".join(f"{60 * i},{3 + i / 100:.2f},0.001\n" for i in range(20))
DOWN = "".join(f"{60 * i},{3.4 - i / 100:.2f},0.001\n" for i in range(20, 40))
IMPEDANCE = "".join(f"{f:.6g},{z.real:.6g},{z.imag:.6g}\n" for f, z in zip(F, Z, strict=True))
POLAR = "".join(f"{f:.6g},{abs(z):.6g},{np.angle(z):.6g}\n" for f, z in zip(F, Z, strict=True))


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


CUBE = np.ones((3, 4, 12)) / (1 + 1j * np.linspace(-3, 3, 12))
AXIS = np.linspace(300e3, 350e3, 12)
BAND = {"centre_hz": 325e3, "band_hz": 50e3}
#: reader, refused content, words of the message, content that reads, options of either
CASES = {
    "phase without a unit": (
        eis.read,
        "f/Hz,|Z|/Ohm,phase\n" + POLAR,
        "name it phase/deg or phase/rad",
        "f/Hz,|Z|/Ohm,phase/rad\n" + POLAR,
    ),
    "milli or mega": (
        eis.read,
        "f/Hz,Re(Z)/MOHM,Im(Z)/MOHM\n" + IMPEDANCE,
        "milli or mega? Write it in right case",
        "f/Hz,Re(Z)/MOhm,Im(Z)/MOhm\n" + IMPEDANCE,
    ),
    "no frequency": (
        eis.read,
        "x,Re(Z)/Ohm,Im(Z)/Ohm\n" + IMPEDANCE,
        "no frequency column",
        "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n" + IMPEDANCE.replace(",-", ","),
    ),
    "a word among numbers": (
        eis.read,
        "f/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n" + IMPEDANCE + "1,nan,-3\n",
        "correct or remove the row",
        "f/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n" + IMPEDANCE,
    ),
    "frequency twice": (
        eis.read,
        "f/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n" + IMPEDANCE + "1000,5,-3\n1000,6,-3\n",
        "remove one of the rows or split the file",
        "f/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n" + IMPEDANCE,
    ),
    "thousands": (
        diffraction.read,
        "2theta/deg;counts\n" + PATTERN.replace(" ", ";").replace(";9", ";9,"),
        "export without thousands separators",
        "2theta/deg;counts\n" + PATTERN.replace(" ", ";"),
    ),
    "an axis without a unit": (
        diffraction.read,
        "".join(f"{np.radians(x):.6f} {y:.0f}\n" for x, y in zip(X, Y, strict=True)),
        "Name the column two_theta_rad",
        "two_theta_rad counts\n"
        + "".join(f"{np.radians(x):.6f} {y:.0f}\n" for x, y in zip(X, Y, strict=True)),
    ),
    "an axis called theta": (
        diffraction.read,
        "theta counts\n" + PATTERN,
        "name it two_theta_deg where it is 2theta",
        "two_theta_deg counts\n" + PATTERN,
    ),
    "an axis that is no angle": (
        diffraction.read,
        "energy_kev counts\n" + PATTERN,
        "name it two_theta_deg if it is that",
        "two_theta_deg counts\n" + PATTERN,
    ),
    "degrees called radians": (
        eis.read,
        "f/Hz,|Z|/Ohm,phase/deg\n" + POLAR,
        "name it phase/rad",
        "f/Hz,|Z|/Ohm,phase/rad\n" + POLAR,
    ),
    "a current without its sign": (
        cycling.read,
        "time_s,voltage_v,current_a\n" + CELL + DOWN,
        "export a signed current",
        "time_s,voltage_v,current_a\n" + CELL + DOWN.replace("0.001", "-0.001"),
    ),
    "an axis that needs a wavelength": (
        diffraction.read,
        "q_per_angstrom counts\n" + "".join(f"{1 + i / 50:.3f} {i}\n" for i in range(60)),
        "give wavelength_angstrom",
        "q_per_angstrom counts\n" + "".join(f"{1 + i / 50:.3f} {i}\n" for i in range(60)),
        {"wavelength_angstrom": 1.5406},
    ),
    "text among rows": (
        diffraction.read,
        PATTERN + "range 2\n" + PATTERN.replace("2", "3"),
        "is no data row; remove it",
        PATTERN,
    ),
    "counts without their grid": (
        diffraction.read,
        "_FILEVERSION=2\n_COUNTS\n" + "1 2 3 4 5 6 7 8\n" * 10,
        "export it as 2theta, counts",
        "_FILEVERSION=2\n_2THETACOUNTS\n" + PATTERN,
    ),
    "hertz without a frequency": (
        nmr.read,
        "shift_hz intensity\n" + SHIFTS,
        "'# spectrometer frequency: 192.39 MHz'",
        "# spectrometer frequency: 192.39 MHz\nshift_hz intensity\n" + SHIFTS,
    ),
    "shifts beyond reason": (
        nmr.read,
        SHIFTS.replace("900 ", "9000 "),
        "add a header 'shift_ppm intensity'",
        "shift_ppm intensity\n" + SHIFTS.replace("900 ", "9000 "),
    ),
    "energies that say nothing": (
        xps.read,
        COUNTS,
        'give energy="binding"',
        COUNTS,
        {"energy": "binding"},
    ),
    "kinetic energies alone": (
        xps.read,
        "kinetic energy,counts\n" + BINDING.replace(" ", ","),
        "give photon_energy_ev",
        "kinetic energy,counts\n" + BINDING.replace(" ", ","),
        {"photon_energy_ev": 1486.6},
    ),
    "a wavelength for a shift": (
        raman.read,
        "wavelength nm\n" + SHIFTS,
        "export in cm-1",
        "Raman shift cm-1\n" + SHIFTS,
    ),
    "an energy loss without a name": (
        eels.read,
        "x y\n" + COUNTS,
        "name it, for example energy_loss_ev",
        "energy_loss_ev counts\n" + COUNTS,
    ),
    "a time, a voltage and no current": (
        cycling.read,
        "time_s,voltage_v,x\n" + CELL,
        "no current column",
        "time_s,voltage_v,current_a\n" + CELL,
    ),
    "an archive in an archive": (
        cycling.read,
        zipped(cell__csv=zipped(cell__csv="time_s,voltage_v,current_a\n" + CELL)),
        "unpack it, give the file",
        zipped(cell__csv="time_s,voltage_v,current_a\n" + CELL),
    ),
    "a map without its axis": (
        esm.read,
        npy(CUBE),
        "state it with frequency_hz, or with centre_hz and band_hz",
        npy(CUBE),
        BAND,
    ),
    "a map with another axis": (
        esm.read,
        npz(response=CUBE, frequency_hz=AXIS),
        "leave them out to use the file's",
        npz(response=CUBE, frequency_hz=AXIS),
        {},
        {"centre_hz": 100e3, "band_hz": 50e3},
    ),
    "two maps": (
        esm.read,
        npz(a=CUBE, b=CUBE, frequency_hz=AXIS),
        "name the cube's with dataset=",
        npz(a=CUBE, b=CUBE, frequency_hz=AXIS),
        {"dataset": "b"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_remedy_helps(case, tmp_path):
    read, refused, words, good, *options = CASES[case]
    right, wrong = [*options, {}, {}][:2]
    path = tmp_path / "a.txt"
    path.write_bytes(refused if isinstance(refused, bytes) else refused.encode())
    with pytest.raises(ReaderError) as said:
        read(path, **wrong)
    assert str(said.value).startswith("a.txt")
    assert words in str(said.value)
    path.write_bytes(good if isinstance(good, bytes) else good.encode())
    assert len(read(path, **right)) > 0


def test_a_micrograph_of_a_mode_that_is_not_read(tmp_path):
    from PIL import Image

    picture = Image.fromarray(np.arange(4800, dtype=np.uint8).reshape(60, 80))
    pages = [picture, picture]
    picture.save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(ReaderError, match=r"a.tif: holds 2 pages; save the one to be analysed"):
        grains.read(tmp_path / "a.tif", 10.0)
    picture.save(tmp_path / "a.tif")
    assert grains.read(tmp_path / "a.tif", 10.0).image.shape == (60, 80)
