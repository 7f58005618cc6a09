"""Photos that people show: decoded to check them, made small, rid of what the camera wrote, stored by chance names.

A photo's row is written before its file, and linked after it: whatever goes wrong in between leaves a photo that no
proof holds, and those are deleted with their files.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from threading import Lock
from typing import IO, TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from qadam.jobs.transactions import write
from qadam.tasks.errors import NotAPhoto, PhotoTooDetailed, PhotoTooLarge
from qadam.tasks.models import Photo

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MOST_BYTES = 8 * 1024 * 1024
LONGEST_SIDE = 1_600
QUALITY = 82
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
"""A JPEG is decoded at a fraction of its size; the others need four bytes for each pixel."""
FOLDER = "proofs"
ORPHAN_AFTER = timedelta(hours=1)
"""How long a photo may wait for its proof: far longer than any request."""

_decoding = Lock()
"""One photo at a time in a process: decoding is what takes memory."""


@dataclass(frozen=True, slots=True)
class RawPhoto:
    """A photo as it was sent, not decoded. `digest`: its SHA-256."""

    content: bytes
    digest: str


def read_photo(file: IO[bytes], size: int) -> RawPhoto:
    """Read what was sent, without decoding it.

    Raises:
        PhotoTooLarge: more than 8 MB; nothing of it is read.
    """
    if size > MOST_BYTES:
        raise PhotoTooLarge(most=MOST_BYTES // 1024 // 1024)
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise PhotoTooLarge(most=MOST_BYTES // 1024 // 1024)
    return RawPhoto(raw, hashlib.sha256(raw).hexdigest())


def clean_photo(raw: RawPhoto) -> bytes:
    """Return a photo as a small JPEG without anything the camera wrote.

    Raises:
        NotAPhoto: it can't be decoded as a JPEG, PNG or WebP picture.
        PhotoTooDetailed: its header names more pixels than we decode; nothing is decoded.
    """
    with _decoding:
        return _encode_anew(raw.content)


def _encode_anew(raw: bytes) -> bytes:
    # At first use only: a web process that is shown no photo never loads the library.
    from PIL import Image

    try:
        with Image.open(BytesIO(raw), formats=tuple(MOST_PIXELS)) as image:
            _refuse_bomb(image)
            return _as_small_jpeg(image)
    except (PhotoTooDetailed, Image.DecompressionBombError) as error:
        raise PhotoTooDetailed from error
    # Decoders answer forged files with whatever they stumble over, from SyntaxError to struct.error.
    except Exception as error:
        raise NotAPhoto from error


def _refuse_bomb(image: "ImageFile") -> None:
    """Look at the size that the header names, before a single pixel is decoded."""
    if image.width * image.height > MOST_PIXELS[image.format or ""]:
        raise PhotoTooDetailed


def _as_small_jpeg(image: "ImageFile") -> bytes:
    from PIL import Image, ImageOps

    # A JPEG can be decoded small at once; made small first, whatever else happens to it costs little memory.
    share = min(LONGEST_SIDE / max(image.size), 1)
    image.draft("RGB", (round(image.width * share), round(image.height * share)))
    small: Image.Image = image if image.mode in ("RGB", "L") else image.convert(_whole_mode(image))
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(small)
    if upright.mode == "RGBA":
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    upright = upright.convert("RGB")
    # Nothing of the old file is passed on: no EXIF, no place, no profile, and no comment, which Pillow would keep.
    upright.info.clear()
    out = BytesIO()
    upright.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _whole_mode(image: "ImageFile") -> str:
    is_transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return "RGBA" if is_transparent else "RGB"


@write()
def reserve_photo(*, digest: str, now: datetime) -> Photo:
    """Write the row of a photo, by a name that nobody can guess."""
    return Photo.objects.create(name=f"{secrets.token_urlsafe(24)}.jpg", digest=digest, stored_at=now)


def store_photo(*, raw: RawPhoto, now: datetime) -> Photo:
    """Check a photo and store it. It has to be linked to a proof within the hour.

    Raises: as `clean_photo`.
    """
    content = clean_photo(raw)
    photo = reserve_photo(digest=raw.digest, now=now)
    default_storage.save(path_of(photo), ContentFile(content))
    return photo


def path_of(photo: Photo) -> str:
    return f"{FOLDER}/{photo.name[:2]}/{photo.name}"


def open_photo(photo: Photo) -> IO[bytes]:
    """Open a stored photo.

    Raises:
        FileNotFoundError: its file is gone.
    """
    return default_storage.open(path_of(photo))


def drop_orphan_photos(*, now: datetime, limit: int = 500) -> int:
    """Delete the photos that no proof holds (any more), with their files. Return how many."""
    orphans = Photo.objects.filter(proof__isnull=True)
    due = list(orphans.filter(stored_at__lte=now - ORPHAN_AFTER).order_by("id")[:limit])
    for photo in due:
        default_storage.delete(path_of(photo))
    if due:
        _forget(due)
    return len(due)


@write()
def _forget(photos: list[Photo]) -> None:
    Photo.objects.filter(id__in=[photo.id for photo in photos], proof__isnull=True).delete()
