"""A webhook: an HTTP POST with a signed JSON to an address of the company's own.

Idempotency-Key: <the message's key, the same at every attempt>
Qadam-Timestamp: <Unix seconds>
Qadam-Signature: v1=<hex of HMAC-SHA256(secret, "timestamp.body")>
"""

import hashlib
import hmac
import http.client
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from qadam.messaging import queries
from qadam.messaging.channels.protocol import Fate, Letter, Outcome
from qadam.messaging.channels.webhook.connections import Connection, PrivateAddress, connect
from qadam.messaging.rules import key_of

TIMEOUT = 10
"""Seconds for the connection and for the answer; what a receiver does with a message it should do afterwards."""

SOME_OTHER_TIME = {408, 425, 429}
LONGEST_ANSWER = 4_000

Place = tuple[str, str, int]


class WebhookChannel:
    is_idempotent: ClassVar[bool] = True
    reads_letter: ClassVar[bool] = True
    batch_size: ClassVar[int] = 20

    def __init__(self) -> None:
        self._secret = queries.webhook_secret().encode()
        self._connections: dict[Place, Connection] = {}
        self._down: dict[Place, Outcome] = {}

    def send(self, letter: Letter) -> Outcome:
        parts = urlsplit(letter.url)
        place = _place_of(parts)
        if place in self._down:
            # One timeout is enough: the messages to other addresses must not wait for this one again and again.
            return self._down[place]
        try:
            return self._post(place, parts, letter)
        except PrivateAddress:
            return Outcome(Fate.PERMANENT, "private_address", place[1])
        except (OSError, http.client.HTTPException) as error:
            self._drop(place)
            outcome = Outcome(Fate.TEMPORARY, _reason_of(error), f"{type(error).__name__}: {error}")
            self._down[place] = outcome
            return outcome

    def close(self) -> None:
        for place in list(self._connections):
            self._drop(place)

    def _post(self, place: Place, parts: SplitResult, letter: Letter) -> Outcome:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body, headers = self._signed(letter)
        was_open = place in self._connections
        try:
            return self._request(place, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            if not was_open:
                raise
            # An idle connection that the other side closed; the key tells a double if it wasn't idle after all.
            self._drop(place)
            return self._request(place, path, body, headers)

    def _request(self, place: Place, path: str, body: bytes, headers: dict[str, str]) -> Outcome:
        if place not in self._connections:
            allows_private = bool(getattr(settings, "PRIVATE_WEBHOOKS", False))
            self._connections[place] = connect(*place, timeout=TIMEOUT, allows_private=allows_private)
        connection = self._connections[place]
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read(LONGEST_ANSWER)
        if answer.will_close or not answer.isclosed():
            self._drop(place)
        return outcome_of(answer.status, said)

    def _signed(self, letter: Letter) -> tuple[bytes, dict[str, str]]:
        body = letter.text.encode()
        timestamp = str(int(letter.at.timestamp()))
        signature = hmac.new(self._secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Qadam",
            "Idempotency-Key": key_of(letter.message_id),
            "Qadam-Timestamp": timestamp,
            "Qadam-Signature": f"v1={signature}",
        }

    def _drop(self, place: Place) -> None:
        if connection := self._connections.pop(place, None):
            connection.close()


def _place_of(parts: SplitResult) -> Place:
    return (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def _reason_of(error: Exception) -> str:
    return "timeout" if isinstance(error, TimeoutError) else "unreachable"


def outcome_of(status: int, said: bytes) -> Outcome:
    """Turn an answer into an outcome: 2xx sent; 5xx, 408, 425 and 429 try later; all else, redirects too, never."""
    if 200 <= status < 300:
        return Outcome(Fate.SENT)
    detail = said.decode(errors="replace")[:400]
    is_temporary = status >= 500 or status in SOME_OTHER_TIME
    return Outcome(Fate.TEMPORARY if is_temporary else Fate.PERMANENT, f"http_{status}", detail)


def open_channel() -> WebhookChannel:
    return WebhookChannel()
