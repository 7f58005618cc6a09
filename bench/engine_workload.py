"""Workload W for bench/engine.py: the company, its journeys, and five facts a member, made slice by slice.

Three bytes a fact are kept (the tick of which it tells, the tick at which it arrives, the tick of its double); the
events themselves are made when their tick comes, so that a million members need no list of five million.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from qadam.events.operations import NewEvent

ROOT = Path(__file__).resolve().parents[1]
CHUNK = 5_000
BEGIN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday, 11:00 in Almaty."""
HOUR = timedelta(hours=1)
COHORTS = 10
"""Members register within the first hour, a tenth of them every six minutes."""
TICKS = [BEGIN + HOUR / COHORTS * n for n in range(COHORTS)] + [BEGIN + HOUR * n for n in range(1, 74)]
SEED = 20_260_302
LATE, TWICE, NEVER = 0.05, 0.01, 255
ZONES = ("", "Asia/Tashkent", "Europe/Moscow")
WORDS = {"kk": "Сәлем", "ru": "Привет", "en": "Hello"}
SEND = {"channel": "email", "template": "hello"}
W = {
    "journey": "w",
    "name": WORDS,
    "entry": {"event": "member.registered"},
    "horizon": "P30D",
    "steps": [
        {"id": "hello", "send": SEND},
        {"id": "day", "wait": {"for": "P1D"}},
        {
            "id": "which",
            "branch": [{"when": {"did": "lesson.completed", "since": "entry"}, "goto": "well"}],
            "else": "nudge",
        },
        {"id": "well", "send": SEND, "next": "morning"},
        {"id": "nudge", "send": SEND},
        {"id": "morning", "wait": {"until": {"at": "09:00"}, "event": "order.paid", "since": "arm"}},
        {"id": "parts", "split": [{"share": 90, "goto": "last"}, {"share": 10, "goto": "end"}]},
        {"id": "last", "send": SEND},
        {"id": "end", "exit": "done"},
    ],
}
UNIT = {
    "journey": "unit",
    "name": WORDS,
    "entry": {"event": "lesson.completed", "where": {"lesson": "unit"}},
    "steps": [
        {"id": "pause", "wait": {"for": "PT1H"}},
        {"id": "letter", "send": SEND},
        {"id": "again", "goto": "pause"},
    ],
}
"""The least unit of work: a timer fires, a message step, the next wait."""
ANSWER = {
    "journey": "answer",
    "name": WORDS,
    "entry": {"event": "order.paid"},
    "reentry": {"per_key": "order"},
    "steps": [
        {"id": "thanks", "send": SEND},
        {"id": "pause", "wait": {"for": "PT5S"}},
        {"id": "more", "send": SEND},
        {"id": "end", "exit": "done"},
    ],
}
"""For the steady load: every order gets a message at once and, by a timer, another one five seconds later."""


def open_django() -> None:
    """Load the product with the null channel: everything but the mail server's own time."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    import django

    django.setup()
    from django.conf import settings

    settings.MESSAGING_CHANNEL = "null"


def set_up(members: int, journeys: list[dict[str, Any]], at: datetime) -> None:
    """Migrate; add a company and its members (straight into the table), the template and the journeys."""
    open_django()
    from django.core.management import call_command

    from qadam.journeys import operations
    from qadam.messaging import operations as messaging
    from qadam.people import operations as people

    call_command("migrate", verbosity=0)
    people.set_company(name="Bench", zone="Asia/Almaty", language="en", currency="KZT")
    add_members(members, at)
    template = {"channel": "email", "category": "service", "variables": [], "subject": WORDS, "body": WORDS}
    messaging.publish_template(document={"template": "hello", **template}, actor=None, now=at)
    for journey in journeys:
        operations.publish_journey(journey, actor=None, now=at)


def add_members(members: int, at: datetime) -> None:
    from qadam.jobs.sql import insert_many
    from qadam.jobs.transactions import write

    columns = {
        "id": "bigint", "kind": "text", "name": "text", "email": "text", "phone": "text", "language": "text",
        "zone": "text", "created_at": "timestamptz", "registered_at": "timestamptz", "day_zero_at": "timestamptz",
        "is_test": "boolean", "tin": "bigint", "size": "bigint", "depth": "integer",
    }  # fmt: skip
    for start in range(1, members + 1, CHUNK):
        rows = [
            (n, "distributor", f"M {n}", f"m{n}@example.com", "", "en", ZONES[n % 3], at, at, at, False, n, 1, 0)
            for n in range(start, min(start + CHUNK, members + 1))
        ]
        with write():
            insert_many("people_member", columns, rows)


class Facts:
    """Five facts a member: 5 % arrive an hour or two late, 1 % come twice, half of these an hour apart."""

    PLACES = 5

    def __init__(self, members: int) -> None:
        self.members = members
        chance = np.random.default_rng(SEED)
        hours = [(2, 20), (2, 30), (25, 40), (24, 70)]
        self.told = np.empty((members, self.PLACES), np.uint8)
        self.told[:, 0] = np.arange(members) % COHORTS
        for place, (first, last) in enumerate(hours, 1):
            self.told[:, place] = chance.integers(first, last, members, np.uint8) + COHORTS - 1
        self.told = self.told.reshape(-1)
        number = members * self.PLACES
        late = chance.random(number, np.float32) < LATE
        delay = chance.integers(1, 3, number, np.uint8)
        self.arrives = np.where(late, np.maximum(self.told, COHORTS - 1) + delay, self.told).astype(np.uint8)
        twice = chance.random(number, np.float32) < TWICE
        self.again = np.where(twice, self.arrives + (delay - 1), NEVER).astype(np.uint8)

    def slices(self, tick: int) -> Iterator[list["NewEvent"]]:
        """Yield the events that arrive at a tick, in lists of at most CHUNK, in no order of the members."""
        places = np.concatenate([np.flatnonzero(self.arrives == tick), np.flatnonzero(self.again == tick)])
        np.random.default_rng(SEED + tick).shuffle(places)
        for start in range(0, len(places), CHUNK):
            yield [self._event(int(place)) for place in places[start : start + CHUNK]]

    def _event(self, number: int) -> "NewEvent":
        from qadam.events.operations import NewEvent

        member, place = number // self.PLACES + 1, number % self.PLACES
        kind, props = KINDS[place]
        if kind == "order.paid":
            props = {"order": f"o{member}", "amount": 100}
        return NewEvent(kind, member, TICKS[self.told[number]], f"e{number}", props, "bench")


KINDS: list[tuple[str, dict[str, Any]]] = [
    ("member.registered", {"kind": "distributor"}),
    ("cabinet.opened", {}),
    ("lesson.completed", {"lesson": "l1"}),
    ("cabinet.opened", {}),
    ("order.paid", {}),
]
