"""A member's events as sentences, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from qadam.events import catalogue
from qadam.events.catalogue import EventType, Property, PropertyKind
from qadam.events.models import Event
from qadam.events.operations import OWN_SOURCE
from qadam.office.value_words import VALUES, value_words
from qadam.people.models import Member
from qadam.ui import formats
from qadam.ui.formats import current_zone

LIMIT = 200
HIDDEN = {"enrollment", "visit", "currency", "sponsor", "plan", "category", "request"}
"""Ids that say nothing to a person, and the currency, which stands with its amount."""
NAMED = {"key", "journey", "task", "survey"}
"""Properties whose value is the key of something that has a name."""
ICONS = {
    "order": "package",
    "lesson": "book-open",
    "presentation": "presentation",
    "message": "mail",
    "stage": "milestone",
    "case": "circle-alert",
    "segment": "tag",
    "task": "list-checks",
    "goal": "flag",
    "journey": "route",
    "cabinet": "smartphone",
    "member": "user-plus",
    "question": "message-circle-question-mark",
    "survey": "message-circle-question-mark",
    "contact": "contact",
    "invitation": "send",
    "customer": "user-plus",
    "bonus": "coins",
    "content": "file-text",
    "live": "video",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event: what happened, the details in words, when."""

    icon: str
    text: str
    details: tuple[str, ...]
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """What turns an event into words. `labels` names stages, cases, journeys and tasks by key."""

    labels: Mapping[str, str]
    language: str
    currency: str


def read_days(member: Member, voice: Voice) -> tuple[tuple[Day, ...], bool]:
    """Return the newest events grouped by local day (current zone), and whether there are older ones."""
    events = list(Event.objects.filter(member_id=member.id).order_by("-occurred_at", "-id")[: LIMIT + 1])
    lines = [tell_event(event, voice) for event in events[:LIMIT]]
    days = groupby(lines, key=lambda line: timezone.localdate(line.at))
    return tuple(Day(on, tuple(group)) for on, group in days), len(events) > LIMIT


def tell_event(event: Event, voice: Voice) -> Line:
    """Put one event into words."""
    known = catalogue.find_event_type(event.type)
    text = known.words.in_language(voice.language) if known else event.type
    return Line(
        icon=ICONS.get(event.type.split(".")[0], "dot"),
        text=text[:1].upper() + text[1:],
        details=_details(event, known, voice) if known else (),
        at=event.occurred_at,
        source="" if event.source == OWN_SOURCE else event.source,
    )


def _details(event: Event, known: EventType, voice: Voice) -> tuple[str, ...]:
    currency = str(event.props.get("currency") or voice.currency)
    shown = [
        (each, event.props[each.name])
        for each in known.properties
        if each.name not in HIDDEN and event.props.get(each.name) not in (None, "")
    ]
    return tuple(_detail(each, value, currency, voice) for each, value in shown)


def _detail(each: Property, value: object, currency: str, voice: Voice) -> str:
    if each.name in NAMED:
        return voice.labels.get(str(value), str(value))
    if (each.name, str(value)) in VALUES:
        return value_words(each.name, str(value))
    if each.kind is PropertyKind.AMOUNT and isinstance(value, int) and each.name != "points":
        return formats.amount_words(value, currency, voice.language)
    return f"{each.words.in_language(voice.language)}: {_value_words(each, value, voice.language)}"


def _value_words(each: Property, value: object, language: str) -> str:
    if each.kind is PropertyKind.INSTANT:
        return formats.moment_words(datetime.fromisoformat(str(value)), language, current_zone())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return formats.number_words(value / 1000 if each.kind is PropertyKind.AMOUNT else value, language)
    return str(value)
