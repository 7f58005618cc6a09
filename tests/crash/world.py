"""The world of the crash test: ten thousand members, one journey, and what happens to them at each set moment."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from qadam.events import operations as events
from qadam.events.models import Event
from qadam.events.operations import NewEvent
from qadam.jobs.transactions import write
from qadam.journeys import operations as journeys
from qadam.journeys.models import Enrollment, Transition
from qadam.messaging import operations as messaging
from qadam.messaging.models import Outbox
from qadam.people.models import Activity, Company, Member

MEMBERS = 10_000
BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
MOMENTS = [BEGIN + timedelta(hours=6) * number for number in range(1, 10)]
"""Where the clock is set, one after the other: it never runs, so that an undisturbed run has the same instants."""
WAVES = 3
"""Members register in so many waves, at the first moments."""

WORDS = {"kk": "Сәлем", "ru": "Привет", "en": "Hello"}
LESSON = {"event": "lesson.completed", "timeout": "PT12H", "on_timeout": "nudge"}
JOURNEY: dict[str, Any] = {
    "journey": "crash",
    "name": WORDS,
    "entry": {"event": "member.registered"},
    "goal": {"did": "order.paid", "since": "entry"},
    "steps": [
        {"id": "who", "branch": [{"when": {"is": {"language": "ru"}}, "goto": "hello"}], "else": "lesson"},
        {"id": "hello", "send": {"channel": "email", "template": "hello"}},
        {
            "id": "lesson",
            "wait": {"event": "lesson.completed", "timeout": "PT12H", "on_timeout": "nudge"},
            "next": "fork",
        },
        {"id": "nudge", "send": {"channel": "email", "template": "hello"}},
        {"id": "fork", "branch": [{"when": {"is": {"language": "kk"}}, "goto": "parts"}], "else": "nine"},
        {"id": "parts", "split": [{"share": 50, "goto": "score"}, {"share": 50, "goto": "nine"}]},
        {"id": "score", "set": {"score": "luck", "by": 1}},
        {"id": "nine", "wait": {"until": {"at": "09:00"}}},
        {"id": "done", "exit": "done"},
    ],
}


@write()
def build(members: int = MEMBERS) -> None:
    """Fill an empty database. Bucket salts are fixed, so that every run draws the same arms."""
    Company.objects.create(id=1, name="Dala", zone="Asia/Almaty", salt="crash", language="kk", currency="KZT")
    letter = {
        "template": "hello",
        "channel": "email",
        "category": "service",
        "variables": [],
        "subject": WORDS,
        "body": WORDS,
    }
    messaging.publish_template(document=letter, actor=None, now=BEGIN)
    journeys.publish_journey(JOURNEY, actor=None, now=BEGIN)
    Member.objects.bulk_create(_member(number) for number in range(1, members + 1))


def _member(number: int) -> Member:
    at = _registers_at(number)
    return Member(
        id=number,
        tin=number,
        name=f"Member {number}",
        email=f"m{number}@example.com",
        language="kk" if number % 3 else "ru",
        kind="distributor",
        created_at=BEGIN,
        registered_at=at,
        day_zero_at=at,
    )


def _registers_at(number: int) -> datetime:
    return MOMENTS[number % WAVES] - timedelta(seconds=number % 600)


def feed(step: int) -> None:
    """Record what happens until the moment `step`. The keys are fixed: a second time adds nothing."""
    events.record_many(sorted(_facts(step), key=lambda fact: (fact.occurred_at, fact.key)), now=MOMENTS[step])


def _facts(step: int) -> Iterator[NewEvent]:
    for number in range(1, Member.objects.count() + 1):
        wave = number % WAVES
        if step == wave:
            yield _fact("member.registered", number, _registers_at(number), kind="distributor")
        if step == wave + 1 and number % 4:
            yield _fact("lesson.completed", number, MOMENTS[step] - timedelta(minutes=number % 60), lesson="1")
        if step == wave + 2 and number % 10 == 0:
            yield _fact("order.paid", number, MOMENTS[step] - timedelta(minutes=number % 60), order=str(number))


def _fact(type: str, number: int, at: datetime, **props: Any) -> NewEvent:
    return NewEvent(type, number, at, f"{type}:{number}", props, source="world")


def outcome() -> dict[str, list[tuple[Any, ...]]]:
    """Return what became of everybody, without the ids that a second attempt may draw anew."""
    path = ("enrollment__member_id", "visit", "from_step", "to_step", "edge", "at")
    ends = ("member_id", "entered_at", "step", "phase", "exit_reason", "exposed_at", "sent_at", "left_at", "arm")
    sent = ("member_id", "visit", "template", "status", "reason", "due_at", "sent_at")
    facts = ("type", "member_id", "occurred_at")
    counted = ("member_id", "event_type", "count", "first_at", "last_at")
    return {
        "transitions": sorted(Transition.objects.values_list(*path)),
        "enrollments": sorted(Enrollment.objects.values_list(*ends), key=repr),
        "messages": sorted(Outbox.objects.values_list(*sent), key=repr),
        "activity": sorted(Activity.objects.values_list(*counted)),
        "events": sorted(Event.objects.values_list(*facts), key=repr),
    }
