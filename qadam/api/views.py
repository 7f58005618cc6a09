"""The ingest door: /v1/track, /v1/identify, /v1/batch, /v1/import, as Segment's client libraries speak."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from qadam.api import errors, reading, writer
from qadam.api.errors import Refusal
from qadam.events.rules import Rejected
from qadam.lib import clock
from qadam.people import intake

LARGEST_MESSAGE = 500_000
LARGEST_BATCH = 5_000_000
MOST_MESSAGES = 10_000
NAMED = 20
"""So many bad messages, and ignored traits, are named in the answer; all bad ones are in the quarantine."""

View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request: its messages, and where in the body the message `n` stands."""

    source: str
    messages: Sequence[object]
    sent_at: object
    is_import: bool = False
    is_batch: bool = False

    def place(self, position: int, path: str) -> str:
        inside = [f"batch[{position}]"] if self.is_batch else []
        return ".".join([*inside, *([path] if path else [])])


def door(read_call: Callable[[HttpRequest], Call]) -> View:
    """Make a view of a function that reads a request into a call."""

    @csrf_exempt
    @wraps(read_call)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            if request.method != "POST":
                raise errors.only_post()
            return _take(read_call(request))
        except Refusal as refusal:
            any_language = request.headers.get("Accept-Language", "*") == "*"
            with translation.override("en" if any_language else translation.get_language()):
                return refusal.as_response()

    return view


@door
def track(request: HttpRequest) -> Call:
    """One event."""
    return _read_single(request, "track")


@door
def identify(request: HttpRequest) -> Call:
    """One person's traits."""
    return _read_single(request, "identify")


@door
def batch(request: HttpRequest) -> Call:
    """Many messages as they happen; a sender's wrong clock is put right."""
    return _read_batch(request, is_import=False)


@door
def import_history(request: HttpRequest) -> Call:
    """Many messages of the past, whose times are taken as they are."""
    return _read_batch(request, is_import=True)


def _read_single(request: HttpRequest, kind: str) -> Call:
    source = reading.read_source(request)
    message = reading.read_object(request, limit=LARGEST_MESSAGE)
    return Call(source, [{**message, "type": kind}], message.get("sentAt"))


def _read_batch(request: HttpRequest, *, is_import: bool) -> Call:
    source = reading.read_source(request)
    document = reading.read_object(request, limit=LARGEST_BATCH)
    messages = document.get("batch")
    if not isinstance(messages, list):
        raise errors.not_a_batch()
    if len(messages) > MOST_MESSAGES:
        raise errors.too_many(MOST_MESSAGES)
    return Call(source, messages, document.get("sentAt"), is_import=is_import, is_batch=True)


def _take(call: Call) -> HttpResponse:
    now = clock.utc_now()
    decided = intake.sort(
        call.messages, source=call.source, received_at=now, sent_at=call.sent_at, is_import=call.is_import
    )
    receipt = writer.commit(lambda: intake.take_in(decided, source=call.source, received_at=now, now=now))
    answer: dict[str, object] = {"success": True, "accepted": receipt.accepted, "quarantined": len(receipt.rejected)}
    if receipt.rejected:
        answer["faults"] = [_fault(call, each) for each in receipt.rejected[:NAMED]]
    if receipt.ignored:
        answer["ignored"] = [call.place(position, f"traits.{name}") for position, name in receipt.ignored[:NAMED]]
    return JsonResponse(answer)


def _fault(call: Call, rejected: Rejected) -> dict[str, str]:
    fault = rejected.fault
    where = call.place(rejected.position, fault.place)
    return {"messageId": rejected.key, "code": fault.code, "where": where, "detail": fault.detail}
