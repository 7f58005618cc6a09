"""Read a request of Segment's client libraries: who sends it, and the JSON inside, whatever its content type says.

`request.POST` is never touched: RudderStack sends gzipped JSON as application/x-www-form-urlencoded.
"""

import base64
import binascii
import zlib
from typing import Protocol

from django.http import HttpRequest

from qadam.api import errors
from qadam.events import queries
from qadam.events.decoding import NotJson, decode

GZIP = 31
"""zlib's window size that makes it read gzip."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_source(request: HttpRequest) -> str:
    """Return the sender, by the write key that stands as user name of basic authentication.

    Raises:
        Refusal: 401.
    """
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, _ = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise errors.wrong_key() from None
    source = queries.find_source(user) if scheme.lower() == "basic" and user else None
    if source is None:
        raise errors.wrong_key()
    return source


def read_object(request: HttpRequest, *, limit: int) -> dict[str, object]:
    """Return the JSON object of a request, at most `limit` bytes unpacked.

    Raises:
        Refusal: 400 or 413.
    """
    try:
        document = decode(_unpacked(request, limit))
    except NotJson as error:
        raise errors.not_json(str(error)) from None
    if not isinstance(document, dict):
        raise errors.not_an_object()
    return document


def _unpacked(request: HttpRequest, limit: int) -> bytes:
    body = _stream(request).read(limit + 1)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise errors.unknown_encoding(encoding)
    if "gzip" in encoding and len(body) <= limit:
        body = _gunzip(body, limit)
    if len(body) > limit:
        raise errors.too_large(limit)
    return body


def _stream(request: HttpRequest) -> Readable:
    """Return where the body comes from. Django reads nothing without a Content-Length; gunicorn can."""
    if request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH"):
        stream: Readable = request.META["wsgi.input"]
        return stream
    return request


def _gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack at most one byte more than `limit`: a small bomb must not fill the memory."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        unpacked = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        raise errors.not_gzip() from None
    if len(unpacked) <= limit and (not unpacker.eof or unpacker.unused_data):
        raise errors.not_gzip()
    return unpacked
