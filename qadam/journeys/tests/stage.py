"""The stage on which journeys are played in tests: a published document, people, a clock that is set by hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from qadam.events.consumers import advance_to_end, find_behind
from qadam.journeys import engine, operations
from qadam.journeys.models import Enrollment, JourneyVersion, Transition
from qadam.journeys.tests.soundness import assert_sound
from qadam.messaging.channels.mailbox.channel import MailboxChannel
from qadam.messaging.channels.protocol import Fate, Outcome
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Outbox
from qadam.messaging.operations import publish_template
from qadam.people import consumer as people
from qadam.people.models import Member
from qadam.segments import consumer as segments
from qadam.segments import jobs as segments_jobs
from qadam.tasks import consumer as tasks
from tests.cast import NOW, days

WORDS = {"kk": "Сәлем", "ru": "Привет", "en": "Hello"}
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)

CONSUMERS = {each.NAME: each.handle for each in (people, segments, tasks, engine)}
"""Who listens to the log of those that journeys need, in the order in which they hear it."""

SEND = {"id": "send", "send": {"channel": "email", "template": "hello"}}
DAY = {"id": "day", "wait": {"for": "P1D"}}
ORDER: dict[str, Any] = {"id": "order", "wait": {"event": "order.paid", "timeout": "P3D", "on_timeout": "late"}}
GLAD = {"id": "glad", "exit": "glad"}
LATE = {"id": "late", "exit": "late"}
BOUGHT = {"did": "order.paid", "since": "entry"}


def a_letter(template: str = "hello", *, category: str = "service", **changes: Any) -> None:
    """Publish a template that says hello."""
    document = {
        "template": template,
        "channel": "email",
        "category": category,
        "variables": [],
        "subject": WORDS,
        "body": WORDS,
        **changes,
    }
    publish_template(document=document, actor=None, now=NOW)


def a_journey(*steps: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    """Return a journey document; it begins with a registration, unless told otherwise."""
    return {"journey": "test", "name": WORDS, "entry": {"event": "member.registered"}, "steps": list(steps), **rest}


def publish(*steps: Mapping[str, Any], now: datetime = NOW, **rest: Any) -> JourneyVersion:
    """Publish a journey. `migration` and `backlog` go to the operation, all else into the document."""
    options = {name: rest.pop(name) for name in ("migration", "backlog") if name in rest}
    return operations.publish_journey(a_journey(*steps, **rest), actor=None, now=now, **options)


def run_once(now: datetime) -> None:
    """The engine's round as far as journeys need it, until nothing is left to do."""
    while _round(now):
        pass


def _round(now: datetime) -> int:
    handled = decide(now)
    return handled + dispatch_due(now=now)


def decide(now: datetime) -> int:
    """One round without the dispatcher: messages stay in the outbox."""
    behind, _end = find_behind(list(CONSUMERS))
    handled = sum(advance_to_end(name, CONSUMERS[name], now=now) for name in behind)
    return handled + segments_jobs.run_watches(now) + engine.fire_due(now)


def the_one() -> Enrollment:
    return Enrollment.objects.get()


def of(member: Member) -> Enrollment:
    return Enrollment.objects.get(member=member)


def edges(member: Member | None = None) -> list[str]:
    """Return the edges taken, in the order of visits."""
    taken = Transition.objects.filter(enrollment__member=member) if member else Transition.objects
    return list(taken.order_by("enrollment_id", "visit").values_list("edge", flat=True))


def reasons() -> dict[int, str]:
    return dict(Enrollment.objects.values_list("member_id", "exit_reason"))


def statuses() -> dict[int, str]:
    """Return {member: status of their message}."""
    return dict(Outbox.objects.values_list("member_id", "status"))


def rename(*steps: Mapping[str, Any], **ids: str) -> list[dict[str, Any]]:
    return [{**step, "id": ids.get(step["id"], step["id"])} for step in steps]


class Scripted(MailboxChannel):
    """A channel that answers as told, letter by letter, then says “sent”; it can't tell a double."""

    is_idempotent = False

    def __init__(self, *script: Outcome) -> None:
        self.script = list(script)
        self.seen: list[str] = []

    def send(self, letter: Any) -> Outcome:
        self.seen.append(letter.message_id)
        return self.script.pop(0) if self.script else Outcome(Fate.SENT)


__all__ = [
    "BOUGHT",
    "DAY",
    "GLAD",
    "HOUR",
    "LATE",
    "MINUTE",
    "NOW",
    "ORDER",
    "SECOND",
    "SEND",
    "Scripted",
    "a_journey",
    "a_letter",
    "assert_sound",
    "days",
    "decide",
    "edges",
    "of",
    "publish",
    "reasons",
    "rename",
    "run_once",
    "statuses",
    "the_one",
]
