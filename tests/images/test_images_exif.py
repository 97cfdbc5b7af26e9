"""EXIF kept or stripped (O12 of the acceptance list) and the note on how a result was made (P4)."""

import json
from io import BytesIO

import numpy as np
import pytest
from image_makers import FORMATS, loaded, random_image, saved
from PIL import ExifTags, Image

from srgan_prompt.images.metadata import exif_for_result
from srgan_prompt.images.provenance import MAX_PROVENANCE_BYTES, provenance_json
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

PROVENANCE = {"version": "0.1.0", "weights": "sha256:abc", "prompt": 'sharpen "it" <b>& \0 \u00e9 \U0001f600 \udc80'}
LATITUDE = (52.0, 31.0, 12.0)


def camera_exif():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "a camera"
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.ExifImageWidth: 36, ExifTags.Base.ExifImageHeight: 24, 0x9286: b"old"}
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: LATITUDE}
    return exif.tobytes()


def written(image, **options):
    """``image`` after writing, as Pillow sees it."""
    buffer = BytesIO()
    write_image(buffer, image, **options)
    result = Image.open(buffer)  # noqa: TID251  (the oracle)
    result.load()
    return result


@pytest.mark.parametrize("file_format", FORMATS)
def test_o12_camera_and_place_are_kept_upright_and_resized(file_format):
    exif = written(read_image(saved(random_image(), "JPEG", exif=camera_exif())), format=file_format).getexif()
    assert exif[ExifTags.Base.Make] == "a camera"
    assert exif.get(ExifTags.Base.Orientation, 1) == 1
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == LATITUDE
    details = exif.get_ifd(ExifTags.IFD.Exif)
    assert (details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight]) == (24, 36)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("file_format", FORMATS)
def test_o12_strip_leaves_nothing_of_the_source(source, file_format):
    image = read_image(saved(random_image(), source, exif=camera_exif()))
    assert image.meta.exif is not None
    result = written(image, format=file_format, strip_metadata=True)
    assert not result.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert ExifTags.Base.Make not in result.getexif()
    assert b"a camera" not in b"".join(str(value).encode() for value in result.info.values())


def test_o12_tiff_layout_tags_do_not_leak_into_other_formats():
    image = read_image(saved(random_image(), "TIFF", exif=camera_exif()))
    exif = Image.Exif()
    exif.load(image.meta.exif)
    assert ExifTags.Base.StripOffsets not in exif
    assert ExifTags.Base.ImageWidth not in exif
    assert exif[ExifTags.Base.Make] == "a camera"


def test_exif_that_cannot_be_parsed_is_dropped():
    assert read_image(saved(random_image(), exif=b"Exif\0\0not a directory")).meta.exif is None


def test_exif_too_long_for_jpeg_is_left_out_with_a_note(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 70_000
    image = loaded(random_image(), exif=exif.tobytes())
    assert write_image(tmp_path / "a.jpg", image) == ("EXIF left out: it is longer than JPEG allows",)
    assert write_image(tmp_path / "a.png", image) == ()
    assert len(read_image(tmp_path / "a.png").meta.exif) > 70_000


def test_exif_that_cannot_be_written_is_left_out_with_a_note(tmp_path):
    notes = write_image(tmp_path / "a.jpg", loaded(random_image(), exif=b"Exif\0\0broken"), provenance=PROVENANCE)
    assert notes == ("EXIF left out: it cannot be written again",)
    assert ExifTags.Base.Software in read_exif_of(tmp_path / "a.jpg")


def read_exif_of(path):
    exif = Image.Exif()
    exif.load(read_image(path).meta.exif)
    return exif


def test_p04_provenance_in_png_is_international_text():
    text = written(loaded(random_image()), format="png", provenance=PROVENANCE).text
    assert text["Software"] == "srgan-prompt 0.1.0"
    assert json.loads(text["srgan_prompt"]) == PROVENANCE
    assert text["srgan_prompt"].isascii()
    assert not set("<>&\0") & set(text["srgan_prompt"])


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "TIFF"])
def test_p04_provenance_in_exif(file_format):
    image = read_image(saved(random_image(), "JPEG", exif=camera_exif()))
    exif = written(image, format=file_format, provenance=PROVENANCE).getexif()
    assert exif[ExifTags.Base.Software] == "srgan-prompt 0.1.0"
    comment = exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment]
    assert comment.startswith(b"ASCII\0\0\0")
    assert json.loads(comment[8:]) == PROVENANCE
    assert exif[ExifTags.Base.Make] == "a camera"


@pytest.mark.parametrize("file_format", FORMATS)
def test_p04_provenance_can_be_off(file_format):
    result = written(loaded(random_image()), format=file_format)
    assert ExifTags.Base.Software not in result.getexif()
    assert not {"Software", "srgan_prompt", "exif"} & set(result.info)


@pytest.mark.parametrize("character", ["a", "\0", "\U0001f600", "<"])
def test_p04_a_long_prompt_is_cut(character, tmp_path):
    long = {"version": "1", "prompt": character * 2_000_000}
    text = provenance_json(long)
    assert len(text.encode()) <= MAX_PROVENANCE_BYTES
    assert json.loads(text)["prompt"].endswith(character + "...")
    assert write_image(tmp_path / "a.jpg", loaded(random_image()), provenance=long) == ()
    assert ExifTags.Base.Software in read_exif_of(tmp_path / "a.jpg")
    write_image(tmp_path / "a.png", loaded(random_image()), provenance=long)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").rgb, random_image())


def test_no_exif_and_no_provenance_make_no_block():
    assert exif_for_result(None, (1, 1), None) is None
