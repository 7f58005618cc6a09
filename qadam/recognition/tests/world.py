"""What tests of recognition share: a rule to publish, the log to be heard, totals to be looked at."""

from datetime import datetime, timedelta
from typing import Any

from qadam.events.consumers import advance_to_end
from qadam.people.models import Member
from qadam.recognition import consumer, publishing, totals
from qadam.recognition.models import Award, Definition, Period, PointTotal
from tests.cast import NOW

WORDS = {"kk": "к", "ru": "р", "en": "e"}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
START = NOW - 60 * DAY
"""When definitions are published, unless told otherwise."""


def a_rule(*, now: datetime = START, **changes: Any) -> Definition:
    """Ten points for each lesson, unless told otherwise."""
    document = {"rule": "lesson", "name": WORDS, "event": "lesson.completed", "points": 10, **changes}
    return publishing.publish_point_rule(document=document, actor=None, now=now)


def an_order_rule(**changes: Any) -> Definition:
    """Fifty points for each order of a customer, taken back by its refund."""
    order = {
        "rule": "order",
        "event": "order.paid",
        "where": {"buyer": "retail"},
        "points": 50,
        "reversed_by": {"event": "order.refunded", "same": "order"},
    }
    return a_rule(**{**order, **changes})


def a_badge(*tiers: Any, now: datetime = START, **changes: Any) -> Definition:
    """A badge with one tier for each condition: one, two, three."""
    keys = ("one", "two", "three")
    document = {
        "badge": "badge",
        "name": WORDS,
        "why": WORDS,
        "how": WORDS,
        "icon": "star",
        "tiers": [{"key": key, "when": when} for key, when in zip(keys, tiers, strict=False)],
        **changes,
    }
    if document.get("kind") == "nominated":
        del document["tiers"]
    return publishing.publish_badge(document=document, actor=None, now=now)


def a_streak(**changes: Any) -> Definition:
    document = {"streak": "learning", "name": WORDS, "period": "day", "acts": [{"did": "lesson.completed"}], **changes}
    return publishing.publish_streak(document=document, actor=None, now=START)


def hear(now: datetime = NOW, *, limit: int = 5_000) -> None:
    """Let recognition read the log to its end; afterwards the totals are the ledger's sums, always."""
    while advance_to_end(consumer.NAME, consumer.handle, now=now, limit=limit):
        assert totals.find_differences() == []


def life(member: Member) -> int:
    return PointTotal.objects.filter(member=member, period=Period.LIFE).values_list("points", flat=True).first() or 0


def held(member: Member) -> set[tuple[str, str]]:
    """Return (badge, tier) of what a member has."""
    return set(Award.objects.held().filter(member=member).values_list("badge", "tier"))
