"""XMP, IPTC, resolution, text and comments are kept where the format can, named where not, and can be stripped."""

from io import BytesIO

import pytest
from image_makers import random_image, saved
from PIL import Image, IptcImagePlugin, PngImagePlugin

from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

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


def written(data: bytes, file_format: str, **options: object) -> tuple[Image.Image, tuple[str, ...]]:
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
    image, _ = written(make(), file_format)
    assert b"a quail" in xmp_of(image)
    assert b'tiff:Orientation="1"' in xmp_of(image), "the pixels are upright"
    assert b'PixelXDimension="%d"' % image.width in xmp_of(image)
    if file_format != "webp":
        assert image.info["dpi"] == pytest.approx((300, 300 if make is jpeg else 150), abs=0.5)


@pytest.mark.parametrize(("file_format", "is_kept"), [("jpg", True), ("tif", True), ("png", False), ("webp", False)])
def test_iptc_is_kept_or_named(file_format, is_kept):
    image, notes = written(jpeg(), file_format)
    found = IptcImagePlugin.getiptcinfo(image) or {}
    assert (found.get((2, 120)) == b"a quail") == is_kept
    assert any("IPTC" in note for note in notes) != is_kept


def test_png_text_is_kept_in_png_and_named_elsewhere():
    image, notes = written(png(), "png", provenance={"version": "1", "prompt": "warmer"})
    assert image.text["parameters"] == "a bird, steps: 20"
    assert image.text["Title"] == "Wachtel \u00e4"
    assert notes == ()
    assert any("text left out" in note for note in written(png(), "jpg")[1])


def test_a_comment_is_kept_in_jpeg_and_png_and_named_elsewhere():
    assert written(jpeg(), "jpg")[0].info["comment"] == b"by hand"
    assert written(jpeg(), "png")[0].text["Comment"] == "by hand"
    assert any("comment left out" in note for note in written(jpeg(), "webp")[1])


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
    _, notes = written(data, "jpg")
    assert any("XMP left out" in note for note in notes)
    assert b"q" * 70_000 in xmp_of(written(data, "png")[0])


def test_an_interoperability_block_stays_readable():
    exif = Image.Exif()
    exif[0x8769] = {0xA005: {1: "R03", 2: b"0100"}, 0x9003: "2020:01:01 00:00:00"}
    for file_format in ("jpg", "png", "webp", "tif"):
        image, _ = written(saved(random_image(), "JPEG", exif=exif), file_format, provenance={"version": "1"})
        assert image.getexif().get_ifd(0xA005)[1] == "R03"
