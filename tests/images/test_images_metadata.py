"""What a file says beside its pixels is kept where the format can, named where not, and can be stripped.

EXIF (O12 of the acceptance list), XMP, IPTC, resolution, text, comments; and the note on how a result was made (P4).
"""

import json
from io import BytesIO

import numpy as np
import pytest
from image_makers import FORMATS, loaded, random_image, saved
from PIL import ExifTags, Image, IptcImagePlugin, PngImagePlugin

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


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description tiff:Orientation="6" exif:PixelXDimension="36" dc:title="a quail"/></rdf:RDF></x:xmpmeta>'
)
IPTC = b"\x1c\x02\x78\x00\x07a quail"  # record 2, data set 120: the caption


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(**options: object) -> bytes:
    resource = b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC + bytes(len(IPTC) % 2)
    extra = segment(0xED, b"Photoshop 3.0\0" + resource)
    everything = {"xmp": XMP, "dpi": (300, 300), "comment": "by hand", "extra": extra} | options
    return saved(random_image(), "JPEG", **everything)


def png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a bird, steps: 20")
    info.add_itxt("Title", "Wachtel \u00e4")
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return saved(random_image(), pnginfo=info, dpi=(300, 150))


def rewritten(data: bytes, file_format: str, **options: object) -> tuple[Image.Image, tuple[str, ...]]:
    out = BytesIO()
    notes = write_image(out, read_image(data), format=file_format, **options)
    image = Image.open(out)  # noqa: TID251
    image.load()
    return image, notes


def xmp_of(image: Image.Image) -> bytes:
    return bytes(image.info.get("xmp") or b"")


@pytest.mark.parametrize("file_format", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("make", [jpeg, png])
def test_xmp_and_resolution_are_kept_and_the_xmp_does_not_lie(make, file_format):
    image, _ = rewritten(make(), file_format)
    assert b"a quail" in xmp_of(image)
    assert b'tiff:Orientation="1"' in xmp_of(image), "the pixels are upright"
    assert b'PixelXDimension="%d"' % image.width in xmp_of(image)
    if file_format != "webp":
        assert image.info["dpi"] == pytest.approx((300, 300 if make is jpeg else 150), abs=0.5)


@pytest.mark.parametrize(("file_format", "is_kept"), [("jpg", True), ("tif", True), ("png", False), ("webp", False)])
def test_iptc_is_kept_or_named(file_format, is_kept):
    image, notes = rewritten(jpeg(), file_format)
    found = IptcImagePlugin.getiptcinfo(image) or {}
    assert (found.get((2, 120)) == b"a quail") == is_kept
    assert any("IPTC" in note for note in notes) != is_kept


def test_png_text_is_kept_in_png_and_named_elsewhere():
    image, notes = rewritten(png(), "png", provenance={"version": "1", "prompt": "warmer"})
    assert image.text["parameters"] == "a bird, steps: 20"
    assert image.text["Title"] == "Wachtel \u00e4"
    assert notes == ()
    assert any("text left out" in note for note in rewritten(png(), "jpg")[1])


def test_a_comment_is_kept_in_jpeg_and_png_and_named_elsewhere():
    assert rewritten(jpeg(), "jpg")[0].info["comment"] == b"by hand"
    assert rewritten(jpeg(), "png")[0].text["Comment"] == "by hand"
    assert any("comment left out" in note for note in rewritten(jpeg(), "webp")[1])


def test_our_own_note_is_replaced_not_doubled():
    first, second = BytesIO(), BytesIO()
    write_image(first, read_image(png()), format="png", provenance={"version": "1", "prompt": "warmer"})
    write_image(second, read_image(first.getvalue()), format="png", provenance={"version": "2", "prompt": "darker"})
    assert second.getvalue().count(b"srgan_prompt\0") == 1
    assert b"warmer" not in second.getvalue()


@pytest.mark.parametrize("file_format", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("make", [jpeg, png])
def test_strip_drops_it_all(make, file_format):
    out = BytesIO()
    write_image(out, read_image(make()), format=file_format, strip_metadata=True)
    for word in (b"quail", b"by hand", b"parameters", b"Wachtel", b"pHYs"):
        assert word not in out.getvalue()


def test_a_gain_map_is_left_out_with_the_xmp_that_describes_it():
    lying = XMP.replace(b"dc:title", b'hdrgm:Version="1.0" dc:title')
    loaded = read_image(jpeg(xmp=lying))
    assert any("gain map" in note for note in loaded.meta.notes)
    assert loaded.meta.side_data.xmp is None


def test_what_is_too_long_for_a_jpeg_segment_is_named():
    long = XMP.replace(b"a quail", b"q" * 70_000)
    data = saved(random_image(), "TIFF", tiffinfo={700: long})
    _, notes = rewritten(data, "jpg")
    assert any("XMP left out" in note for note in notes)
    assert b"q" * 70_000 in xmp_of(rewritten(data, "png")[0])


def test_an_interoperability_block_stays_readable():
    exif = Image.Exif()
    exif[0x8769] = {0xA005: {1: "R03", 2: b"0100"}, 0x9003: "2020:01:01 00:00:00"}
    for file_format in ("jpg", "png", "webp", "tif"):
        image, _ = rewritten(saved(random_image(), "JPEG", exif=exif), file_format, provenance={"version": "1"})
        assert image.getexif().get_ifd(0xA005)[1] == "R03"
