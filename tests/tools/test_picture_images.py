"""Which bytes become a picture."""

import io
import struct
import zlib

import pytest
from PIL import Image

from sync_operators.tools.picture_images import MAX_FRAMES, MAX_PIXELS, MAX_SIDE, image_fault, kind_of
from tests.end_to_end.pictures import image


def png_head(width, height):
    """A PNG that says to have so many pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\r" + head + struct.pack(">I", zlib.crc32(head)) + image()[33:]


def reason(content):
    fault = image_fault(content)
    return fault.args["reason"] if fault else ""


@pytest.mark.parametrize(("kind", "name"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("MPO", "jpg")])
def test_what_moodle_takes_is_well(kind, name):
    content = image("red", kind, (300, 200))
    assert (reason(content), kind_of(content)) == ("", name)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no byte at all"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is no PNG, JPEG or GIF"),
        (b"hello", "it is no PNG, JPEG or GIF"),
        (image(kind="BMP"), "it is no PNG, JPEG or GIF"),
        (image(kind="TIFF"), "it is no PNG, JPEG or GIF"),
        (b"\xff\xd8\xff", "it is broken"),
        (b"\x89PNG\r\n\x1a\n", "it is broken"),
        (b"GIF89a", "it is broken"),
        (image()[:-9], "it is broken"),
        (image().replace(b"IDAT", b"IDAX"), "it is broken"),
        (image(kind="JPEG", size=(300, 300))[:700], "it is broken"),
        (image(kind="GIF", size=(90, 90))[:-60], "it is broken"),
    ],
)
def test_what_it_would_take_for_a_removal_is_found_before(content, why):
    assert reason(content) == why


@pytest.mark.parametrize(
    ("width", "height", "why"),
    [
        (40_000, 40_000, "it has too many pixels"),
        (40_000, 1, "it has too many pixels"),
        (20_000, 20_000, "it has too many pixels"),
        (MAX_SIDE + 1, 1, "it has too many pixels"),
        (MAX_SIDE, MAX_PIXELS // MAX_SIDE + 1, "it has too many pixels"),
    ],
)
def test_too_many_pixels_are_told_without_decoding_any(width, height, why):
    assert reason(png_head(width, height)) == why


@pytest.mark.parametrize(("frames", "why"), [(500, "it has too many frames"), (MAX_FRAMES, "")])
def test_an_animation_has_only_so_many_frames(frames, why):
    assert reason(image(kind="GIF", size=(4, 4), frames=frames)) == why


def test_a_photograph_as_large_as_is_allowed_is_well():
    out = io.BytesIO()
    Image.new("L", (8000, 5000)).save(out, "JPEG")
    assert reason(out.getvalue()) == ""
