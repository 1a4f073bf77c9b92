"""Micrographs of every kind, and files that must not be unpacked or believed."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from nasicon.core.text import ReaderError
from nasicon.grains.read_micrographs import read_micrograph

RNG = np.random.default_rng(3)
GREY = (RNG.uniform(size=(64, 80)) * 255).astype(np.uint8)


def save(path, array, mode=None, **options):
    Image.fromarray(array, mode).save(path, **options)
    return path


def png_header(columns, rows):
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "wrong_suffix.dat"])
def test_every_format_and_wrong_suffix(tmp_path, name):
    kind = {"png": "PNG", "tif": "TIFF", "jpg": "JPEG", "dat": "PNG"}[name[-3:]]
    path = save(tmp_path / name, GREY, format=kind)
    picture = read_micrograph(path, 12.5)
    assert picture.image.shape == (64, 80)
    assert (picture.format, picture.nm_per_pixel) == (kind, 12.5)
    assert (picture.image.min(), picture.image.max()) == (0.0, 1.0)
    if kind != "JPEG":  # exact where the format keeps every pixel
        scaled = (GREY.astype(float) - GREY.min()) / np.ptp(GREY)
        np.testing.assert_allclose(picture.image, scaled)


@pytest.mark.parametrize(
    ("tag", "text", "stated"),
    [
        (34682, "[EScan]\r\nPixelWidth=4.1e-008\r\nPixelHeight=4.1e-008\r\n", 41.0),
        (34682, "[Scan]\r\nPixelWidth=1.25e-09\r\n", 1.25),
        (50431, "[MAIN]\r\nMagnification=9e3\r\nPixelSizeX=3.3e-8\r\n", 33.0),
        (34118, "AP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 558.3 pm\r\nAP_WD\r\n", 0.5583),
        (34118, "AP_PIXEL_SIZE\r\nPixel Size = 1.12 µm\r\n", 1120.0),
        (270, "by hand, Pixel Size = 8", None),
    ],
)
def test_a_scale_of_the_microscope_s_own_is_compared(tag, text, stated, tmp_path):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[tag], tags[tag] = 7 if "µ" in text else 2, text.encode("latin-1")
    path = tmp_path / "sem.tif"
    Image.fromarray(GREY).save(path, tiffinfo=tags)
    assert read_micrograph(path, 1.01 * (stated or 8.0)).doubt == ""
    doubt = read_micrograph(path, 3.0).doubt
    assert doubt.startswith(f"the microscope wrote {stated:.4g} nm") if stated else doubt == ""


def test_sixteen_bits_keep_their_depth(tmp_path):
    deep = (RNG.uniform(size=(40, 40)) * 60000).astype(np.uint16)
    picture = read_micrograph(save(tmp_path / "deep.tif", deep), 1.0)
    assert np.unique(picture.image).size > 1000


def test_colours_become_grey_with_a_note(tmp_path):
    colour = np.stack([GREY] * 3, axis=-1)
    picture = read_micrograph(save(tmp_path / "c.png", colour), 1.0)
    assert picture.image.shape == GREY.shape
    assert "grey" in picture.notes[0]


def test_crop_of_the_data_bar(tmp_path):
    path = save(tmp_path / "a.png", GREY)
    assert read_micrograph(path, 1.0, crop_bottom_pixels=20).image.shape == (44, 80)
    with pytest.raises(ReaderError, match="leaves none"):
        read_micrograph(path, 1.0, crop_bottom_pixels=64)
    with pytest.raises(ReaderError, match="at least 32"):
        read_micrograph(path, 1.0, crop_bottom_pixels=40)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_no_default_scale(tmp_path, scale):
    path = save(tmp_path / "a.png", GREY)
    with pytest.raises(ValueError, match="nm_per_pixel must be > 0"):
        read_micrograph(path, scale)
    with pytest.raises(TypeError):
        read_micrograph(path)


def test_resolution_tags_are_not_a_scale(tmp_path):
    tagged = save(tmp_path / "t.tif", GREY, dpi=(25400, 25400))  # "1 um per pixel"
    assert read_micrograph(tagged, 7.0).nm_per_pixel == 7.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"frequency,z\n1,2\n", "no PNG, TIFF or JPEG"),
        (b"GIF89a" + bytes(50), "no PNG, TIFF or JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "damaged PNG"),
        (png_header(64, 64)[:-30], "damaged PNG"),
        (png_header(60_000, 60_000), "too large|would unpack"),
        (png_header(11_000, 11_000), "would unpack to 11000 x 11000"),
    ],
)
def test_hostile_files(tmp_path, content, message):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(ReaderError, match=message):
        read_micrograph(path, 1.0)


def test_flat_and_paged_images(tmp_path):
    with pytest.raises(ReaderError, match="no contrast"):
        read_micrograph(save(tmp_path / "flat.png", np.full((50, 50), 9, np.uint8)), 1.0)
    first = Image.fromarray(GREY)
    first.save(tmp_path / "two.tif", save_all=True, append_images=[first])
    with pytest.raises(ReaderError, match="2 pages"):
        read_micrograph(tmp_path / "two.tif", 1.0)
    with pytest.raises(ReaderError, match="no such file"):
        read_micrograph(tmp_path / "none.png", 1.0)
