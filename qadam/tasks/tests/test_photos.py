import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from qadam.tasks import photos
from qadam.tasks.errors import NotAPhoto, PhotoTooDetailed, PhotoTooLarge

SECRET = b"51.1694,71.4491 Astana"


def sent(raw: bytes) -> tuple[BytesIO, int]:
    return BytesIO(raw), len(raw)


def a_picture(format: str, size: tuple[int, int] = (200, 100), mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "orange").save(out, format, **options)
    return out.getvalue()


def a_header(width: int, height: int) -> bytes:
    """A PNG that names a size and holds a few bytes: what a bomb looks like before it is decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def open_clean(raw: bytes) -> Image.Image:
    content = photos.clean_photo(photos.read_photo(*sent(raw)))
    return Image.open(BytesIO(content))


@pytest.mark.parametrize(("format", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("PNG", "P")])
def test_pictures_become_small_jpegs(format: str, mode: str) -> None:
    image = open_clean(a_picture(format, (3200, 1000), mode))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1600, 500))


def test_what_the_camera_wrote_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = SECRET.decode()
    raw = a_picture("JPEG", (200, 100), exif=exif, comment=SECRET)
    assert SECRET in raw
    sent_photo = photos.read_photo(*sent(raw))
    content, digest = photos.clean_photo(sent_photo), sent_photo.digest
    image = Image.open(BytesIO(content))
    assert SECRET not in content
    assert (dict(image.getexif()), image.info.get("comment"), image.size) == ({}, None, (100, 200))
    assert len(digest) == 64


def test_transparency_becomes_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert open_clean(out.getvalue()).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello, I am a photo",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0" + b"\x00" * 500,
        a_picture("PNG")[:60],
        a_picture("JPEG")[:-400],
        a_picture("GIF", mode="P"),
        a_picture("BMP"),
        a_header(100, 100)[:80],
    ],
    ids=["empty", "text", "svg", "pdf", "forged jpeg", "cut png", "cut jpeg", "gif", "bmp", "cut header"],
)
def test_what_is_no_photo(raw: bytes) -> None:
    with pytest.raises(NotAPhoto):
        photos.clean_photo(photos.read_photo(*sent(raw)))


@pytest.mark.parametrize("size", [(5_000, 5_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoTooDetailed):
        photos.clean_photo(photos.read_photo(*sent(a_header(*size))))


class Unreadable(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("it was read")


def test_forty_megabytes_are_not_read() -> None:
    with pytest.raises(PhotoTooLarge, match="8 MB"):
        photos.read_photo(Unreadable(), 40 * 1024 * 1024)


def test_a_size_that_lies_is_found_out() -> None:
    with pytest.raises(PhotoTooLarge):
        photos.read_photo(BytesIO(bytes(photos.MOST_BYTES + 1)), 10)
