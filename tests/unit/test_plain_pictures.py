"""A picture keeps what is seen of it, to the octet, and loses what tells of the one who took it."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.demo.pictures import portrait
from bridge.pictures import NotAPicture
from bridge.plain_pictures import without_metadata

PLACE = b"52.5163N 13.3777E"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(turned: int, order: str = ">", more: bytes = PLACE) -> bytes:
    """Make a directory of a maker's name and the orientation, with a place behind it."""
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IH", 8, 2)
    maker = struct.pack(f"{order}HHII", 0x010F, 2, len(more), 38)
    return head + maker + struct.pack(f"{order}HHIHHI", 0x0112, 3, 1, turned, 0, 0) + more


def in_jpeg(tiff: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + tiff)


JFIF = segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")
ICC = segment(0xE2, b"ICC_PROFILE\0\x01\x01 colours")
ADOBE = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")
TABLES = segment(0xDB, bytes(65)) + segment(0xC4, bytes(20))
FRAME = segment(0xC2, b"\x08\x00\x60\x00\x60\x01\x01\x11\x00")
SCANS = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"ab\xff\x00\xff\xd0cd\xff\xff\x00" + segment(0xC4, bytes(9))
SCANS += segment(0xDA, b"\x01\x01\x00\x00\x3f\x10") + b"\xff\x00e"
PICTURE = TABLES + FRAME + SCANS + b"\xff\xd9"

TELLING = {
    "exif": in_jpeg(exif(1)),
    "xmp": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
    "iptc": segment(0xED, b"Photoshop 3.0\0" + PLACE),
    "comment": segment(0xFE, PLACE),
    "thumbnail": segment(0xE0, b"JFXX\0" + PLACE),
    "other pictures": segment(0xE2, b"MPF\0" + PLACE),
    "unknown": segment(0xEB, PLACE),
}


@pytest.mark.parametrize("telling", TELLING.values(), ids=TELLING)
def test_a_jpeg_tells_nothing_but_the_picture(telling: bytes):
    assert PLACE in telling
    told = b"\xff\xd8" + JFIF + telling + ICC + telling + ADOBE + b"\xff\xff" + PICTURE + PLACE
    assert without_metadata(told) == b"\xff\xd8" + JFIF + ICC + ADOBE + PICTURE


@pytest.mark.parametrize("turned", range(2, 9))
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("head", [b"", JFIF])
def test_how_a_jpeg_is_to_be_turned_stays(turned: int, order: str, head: bytes):
    plain = without_metadata(b"\xff\xd8" + head + in_jpeg(exif(turned, order)) + PICTURE)
    assert plain == without_metadata(plain)
    before, rest = plain[: 2 + len(head)], plain[2 + len(head) :]
    assert before == b"\xff\xd8" + head and rest.endswith(PICTURE)
    only = rest.removesuffix(PICTURE)
    assert only == in_jpeg(b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([turned]) + bytes(6))


@pytest.mark.parametrize("tiff", [b"", b"II*\0", exif(9), exif(0), exif(6)[:20], b"XX" + exif(6)[2:]])
def test_how_it_is_turned_is_upright_where_that_cannot_be_read(tiff: bytes):
    assert without_metadata(b"\xff\xd8" + in_jpeg(tiff) + PICTURE) == b"\xff\xd8" + PICTURE


def test_a_jpeg_that_is_cut_off_in_what_it_codes_stays_so():
    cut = b"\xff\xd8" + TABLES + FRAME + SCANS[:20]
    assert without_metadata(cut) == cut


@pytest.mark.parametrize("wrong", [b"\xff\xd8" + b"GPS", b"\xff\xd8\xff\xe1\x00\x00" + PLACE, b"\xff\xd8\xff"])
def test_a_jpeg_that_cannot_be_read_is_no_picture(wrong: bytes):
    with pytest.raises(NotAPicture):
        without_metadata(wrong)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes) -> bytes:
    """Put chunks behind the header of a portrait."""
    whole = portrait(3)
    return whole[:33] + b"".join(chunks) + whole[33:]


def test_a_png_tells_nothing_but_the_picture():
    telling = [chunk(kind, b"GPS\0" + PLACE) for kind in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"prVt")]
    seen = chunk(b"gAMA", struct.pack(">I", 45455))
    assert without_metadata(png(*telling, seen, chunk(b"eXIf", exif(1))) + PLACE) == png(seen)


def test_how_a_png_is_to_be_turned_stays():
    plain = without_metadata(png(chunk(b"eXIf", exif(6))))
    assert plain == png(chunk(b"eXIf", exif(6, more=b"")[:8] + b"\0\x01" + exif(6)[22:34] + bytes(4)))
    assert without_metadata(plain) == plain


def test_what_is_neither_comes_back():
    assert without_metadata(b"GIF89a") == b"GIF89a"


@given(st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"\xff\xd8" + JFIF + FRAME]), st.binary(max_size=300))
def test_any_octets_end_in_a_picture_or_a_sentence(head: bytes, rest: bytes):
    try:
        plain = without_metadata(head + rest)
    except NotAPicture:
        return
    assert without_metadata(plain) == plain and len(plain) <= len(head + rest) + 40
