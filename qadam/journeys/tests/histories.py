"""Histories by lot: a journey over all kinds of steps, a few people, what they do, and when the engine looks.

Drawn with a `random.Random`: Hypothesis gives one that it can shrink, and a number as seed gives the same history in
any process, on any database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from django.db import transaction

from qadam.events import operations as events
from qadam.events.operations import NewEvent
from qadam.journeys import engine
from qadam.journeys.documents import parse_journey
from qadam.journeys.models import Enrollment, Transition
from qadam.journeys.tests.stage import SEND, WORDS, a_journey, a_letter, publish, run_once
from qadam.lib.documents import FaultyDocument
from qadam.messaging import jobs as messaging_jobs
from qadam.messaging.models import Outbox
from qadam.people.models import Company, Member
from qadam.segments import jobs as segments_jobs
from qadam.tasks.tests.factories import a_plan

BEGIN = datetime(2026, 3, 26, 6, tzinfo=UTC)
"""Three days before the clocks of Berlin change."""
LENGTH = timedelta(days=7)
GRID = timedelta(hours=6)
"""What people do falls on a coarse grid, so that much happens at the same instant and just when timers end."""
MOST_MOMENTS = 40
"""A journey that goes round and round is left there."""

ZONES = ("", "Asia/Almaty", "Europe/Berlin", "America/New_York", "GMT+3")
BOUGHT = {"did": "order.paid", "since": "entry"}
CONDITIONS: tuple[dict[str, Any], ...] = (
    BOUGHT,
    {"did": "order.paid", "count": {"at_least": 2}},
    {"did_not": "order.paid", "within": "P1D"},
    {"did": "lesson.completed", "within": "PT12H"},
    {"is": {"language": "ru"}},
    {"day": {"at_least": 3}},
    {"in": {"segment": "vip"}},
    {"team": {"of": "frontline", "where": {"did": "order.paid"}, "count": {"at_least": 1}}},
    {"all": [{"not": {"did": "lesson.completed"}}, {"elapsed": "P2D", "since": "entry"}]},
)
TIMELESS = tuple(each for each in CONDITIONS if "entry" not in str(each))
"""Those that can be asked of who hasn't entered."""


@dataclass(frozen=True)
class Person:
    id: int
    registers_at: datetime
    zone: str
    language: str
    sponsor_id: int | None


@dataclass(frozen=True)
class History:
    """`other` is a second journey, which steps of the first one start and stop."""

    journey: dict[str, Any]
    other: dict[str, Any]
    people: tuple[Person, ...]
    facts: tuple[NewEvent, ...]
    looks: tuple[datetime, ...]
    """Moments at which the engine looks though it has no reason to."""

    def __repr__(self) -> str:
        facts = [(fact.member_id, fact.type, str(fact.occurred_at), dict(fact.props)) for fact in self.facts]
        return f"journey {self.journey}\npeople {self.people}\nfacts {facts}\nlooks {[str(at) for at in self.looks]}"


# Drawing


def draw_history(dice: Random) -> History:
    people = tuple(_person(dice, number) for number in range(1, dice.randint(1, 4) + 1))
    facts = [_registration(person) for person in people] + [
        _fact(dice, place, dice.choice(people)) for place in range(dice.randint(3, 14))
    ]
    looks = sorted(BEGIN + timedelta(minutes=dice.randint(0, 7 * 24 * 60)) for _ in range(dice.randint(0, 6)))
    other = a_journey(SEND, {"id": "rest", "wait": {"for": "P5D"}}, {"id": "end", "exit": "end"}, journey="other")
    other |= {"entry": {"event": "content.opened"}, "reentry": {"after_exit": "PT1H"}}
    facts.sort(key=lambda fact: fact.occurred_at)
    return History(draw_journey(dice), other, people, tuple(facts), tuple(looks))


def _person(dice: Random, number: int) -> Person:
    sponsor = dice.randint(1, number - 1) if number > 1 and dice.random() < 0.6 else None
    at = BEGIN + GRID * dice.choice([0, 0, 1, 2, 5])
    return Person(number, at, dice.choice(ZONES), dice.choice(["kk", "ru"]), sponsor)


def _registration(person: Person) -> NewEvent:
    key = f"registered:{person.id}"
    return NewEvent("member.registered", person.id, person.registers_at, key, {"kind": "distributor"}, source="world")


def _fact(dice: Random, place: int, person: Person) -> NewEvent:
    steps = dice.randint(0, 22)
    type = dice.choice(["order.paid", "order.paid", "lesson.completed", "content.opened"])
    props: dict[str, Any] = {
        # The same at the same instant, so that of two equal ones it makes no difference which comes first.
        "order.paid": {"order": dice.choice("abc"), "amount": steps % 3},
        "lesson.completed": {"lesson": "one"},
        "content.opened": {"content": "film"},
    }[type]
    return NewEvent(type, person.id, BEGIN + GRID * steps, f"fact:{place}", props, source="world")


def draw_journey(dice: Random) -> dict[str, Any]:
    """Draw a document that can be published; what the rules of publishing refuse is drawn again."""
    for _ in range(30):
        document = _journey(dice)
        try:
            parse_journey(document)
        except FaultyDocument:
            continue
        return document
    return a_journey(SEND, {"id": "rest", "wait": {"for": "P1D"}})


def _journey(dice: Random) -> dict[str, Any]:
    number = dice.randint(2, 8)
    ids = [f"s{place}" for place in range(number)]
    steps = [_step(dice, place, ids) for place in range(number)]
    entry, reentry = _entry(dice)
    document = a_journey(*_reachable(steps), entry=entry, reentry=reentry)
    options: dict[str, Any] = {
        "goal": dice.choice(CONDITIONS),
        "exit": {"did": "lesson.completed", "since": "entry"},
        "horizon": dice.choice(["P2D", "P4D"]),
        "holdout": 50,
        "conversion": {"event": "order.paid", "from": dice.choice(["entry", "exposure", "last_send"]), "within": "P2D"},
    }
    return document | {name: value for name, value in options.items() if dice.random() < 0.3}


def _entry(dice: Random) -> tuple[dict[str, Any], Any]:
    registration: dict[str, Any] = {"event": "member.registered"}
    order: dict[str, Any] = {"event": "order.paid", "where": {"amount": {"at_least": 1}}}
    turns: dict[str, Any] = {"when": dice.choice(TIMELESS)}
    return dice.choice(
        [
            (registration, "once"),
            (registration, "once"),
            (registration | {"if": dice.choice(TIMELESS)}, "once"),
            (order, {"per_key": "order"}),
            (order, {"after_exit": "PT12H"}),
            (turns, {"after_exit": "PT12H"}),
        ]
    )


def _step(dice: Random, place: int, ids: list[str]) -> dict[str, Any]:
    later = ids[place + 1 : place + 4] or [ids[-1]]
    kinds = (*_KINDS, _exit) if place > 2 else _KINDS
    return {"id": ids[place], **dice.choice(kinds)(dice, later, ids)}


def _send(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    step: dict[str, Any] = {"send": {"channel": "email", "template": "hello"}}
    if dice.random() < 0.2:
        step = {"send": {"channel": "plan", "plan": "start"}}
    elif dice.random() < 0.3:
        step["send"]["deadline"] = "PT6H"
    if dice.random() < 0.3:
        step["on"] = {dice.choice(["sent", "suppressed", "withheld"]): dice.choice(later)}
    if dice.random() < 0.2:
        step["holdout"] = 50
    return step


def _wait(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    lengths = ["PT18H", "P1D", "PT24H", "P2D"]
    parts: dict[str, Any] = {
        "for": dice.choice(lengths),
        "until": dice.choice(
            [{"at": "09:00"}, {"at": "02:30"}, {"at": "08:00", "weekday": ["mon", "sun"]}, {"at": "09:00", "day": 3}]
        ),
        "event": dice.choice(["order.paid", ["order.paid", "lesson.completed"], "content.opened"]),
        "when": dice.choice(CONDITIONS),
    }
    chosen = dice.choice(
        [["event"], ["event"], ["when"], ["for"], ["until"], ["event", "for"], ["event", "when"], ["until", "when"]]
    )
    wait = {name: parts[name] for name in chosen}
    if "event" in wait:
        wait["since"] = dice.choice(["entry", "arm", "arm", "P1D"])
        if wait["event"] == "order.paid" and dice.random() < 0.4:
            wait["where"] = {"amount": {"at_least": 1}}
    if not {"for", "until"} & set(chosen) or dice.random() < 0.2:
        wait["timeout"] = dice.choice(lengths)
        if dice.random() < 0.5:
            wait["on_timeout"] = dice.choice(later)
    return {"wait": wait}


def _branch(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    ways = [{"when": dice.choice(CONDITIONS), "goto": dice.choice(later)} for _ in range(dice.randint(1, 2))]
    return {"branch": ways, "else": dice.choice(later)}


def _split(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"share": share, "goto": dice.choice(later)} for share in (40, 60)]
    if dice.random() < 0.5:
        parts[0]["control"] = True
    return {"split": parts}


def _set(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    tag = {"tag": "vip", "to": dice.random() < 0.7}
    return {"set": dice.choice([tag, {"attribute": "interest", "to": "retail"}, {"score": "calm", "by": 2}])}


def _enroll(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    return {"enroll": {"journey": "other", **({"stop": True} if dice.random() < 0.4 else {})}}


def _goto(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    return {"goto": dice.choice(ids if dice.random() < 0.6 else later)}


def _exit(dice: Random, later: list[str], ids: list[str]) -> dict[str, Any]:
    return {"exit": dice.choice(["done", "enough"])}


_KINDS = (_send, _send, _wait, _wait, _wait, _wait, _branch, _branch, _split, _set, _enroll, _goto)


def _reachable(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what nothing leads to."""
    by_id = {step["id"]: step for step in steps}
    following = {step["id"]: after["id"] for step, after in pairwise(steps)}
    seen: set[str] = set()
    ahead = [steps[0]["id"]]
    while ahead:
        step_id = ahead.pop()
        if step_id not in seen:
            seen.add(step_id)
            ahead += _targets(by_id[step_id], following.get(step_id))
    kept = [step for step in steps if step["id"] in seen]
    for step, after in zip(kept, [*kept[1:], None], strict=True):
        falls_to = following.get(step["id"])
        if step.keys() & {"send", "wait", "set", "enroll"} and falls_to and (after is None or after["id"] != falls_to):
            step["next"] = falls_to
    return kept


def _targets(step: dict[str, Any], following: str | None) -> list[str]:
    found = [*step.get("on", {}).values(), step.get("goto"), step.get("else"), step.get("wait", {}).get("on_timeout")]
    found += [way["goto"] for way in (*step.get("branch", ()), *step.get("split", ()))]
    if not step.keys() & {"goto", "branch", "split", "exit"}:
        found.append(following)
    return [target for target in found if target]


# Playing


@contextmanager
def fresh_world(history: History) -> Iterator[None]:
    """Put the people and the journeys of a history into the database; afterwards nothing was."""
    with transaction.atomic():
        Company.objects.update_or_create(
            id=1, defaults={"name": "Dala", "zone": "Asia/Almaty", "currency": "KZT", "salt": "by lot"}
        )
        _add_people(history.people)
        a_letter()
        a_plan()
        for document in (history.other, history.journey):
            rest = {name: value for name, value in document.items() if name not in ("steps", "name")}
            publish(*document["steps"], now=BEGIN, **rest)
        yield
        transaction.set_rollback(True)


def _add_people(people: tuple[Person, ...]) -> None:
    tin, places = 0, {}

    def place(person: Person) -> int:
        nonlocal tin
        tin += 1
        mine, size = tin, 1
        for other in people:
            if other.sponsor_id == person.id:
                size += place(other)
        places[person.id] = (mine, size)
        return size

    for root in people:
        if root.sponsor_id is None:
            place(root)
    Member.objects.bulk_create(
        Member(
            id=person.id,
            name=f"Member {person.id}",
            email=f"m{person.id}@example.com" if person.id != 3 else "",
            kind="distributor",
            zone=person.zone,
            language=person.language,
            sponsor_id=person.sponsor_id,
            created_at=BEGIN,
            registered_at=person.registers_at,
            day_zero_at=person.registers_at,
            tin=places[person.id][0],
            size=places[person.id][1],
        )
        for person in people
    )


@dataclass
class Player:
    """Plays a history: at each moment at which something happens or is due, and at those of `looks`."""

    history: History
    looks: tuple[datetime, ...] = ()
    is_punctual: bool = True
    """False: the engine only looks at `looks`; what happened or fell due meanwhile it finds then."""
    until: datetime = BEGIN + LENGTH
    moments: list[datetime] = field(default_factory=list)

    def play(self) -> Iterator[datetime]:
        """Yield each moment after the engine has looked; the last is the end of the history."""
        facts = list(self.history.facts)
        ahead = sorted({*self.looks, self.until})
        now = BEGIN
        # Who looks more often may do so: they are to come as far.
        while now <= self.until and len(self.moments) < MOST_MOMENTS + len(self.looks):
            due = [fact for fact in facts if fact.occurred_at <= now]
            facts = facts[len(due) :]
            events.record_many(due, now=now)
            run_once(now)
            self.moments.append(now)
            yield now
            ahead = [at for at in ahead if at > now]
            following = self._next(facts, ahead, now)
            if following is None:
                return
            now = following

    def _next(self, facts: list[NewEvent], ahead: list[datetime], now: datetime) -> datetime | None:
        candidates = ahead[:1]
        if self.is_punctual:
            candidates += [fact.occurred_at for fact in facts[:1]]
            dues = (engine.next_due(), segments_jobs.next_due(), messaging_jobs.next_due())
            candidates += [max(due, now + timedelta(microseconds=1)) for due in dues if due is not None]
        return min(candidates, default=None)


def play_to_the_end(history: History, **how: Any) -> tuple[dict[str, Any], datetime]:
    """Play a history in a world of its own. Return its outcome, and how far it came."""
    with fresh_world(history):
        *_, last = Player(history, **how).play()
        return outcome(), last


def outcome() -> dict[str, Any]:
    """Return what became of everybody, without ids that depend on the database or the order of equal instants."""
    names = {
        row_id: (slug, member_id, key, str(entered_at))
        for row_id, slug, member_id, key, entered_at in Enrollment.objects.values_list(
            "id", "journey__slug", "member_id", "entry_key", "entered_at"
        )
    }
    columns = ("enrollment_id", "visit", "from_step", "to_step", "edge", "at")
    moved = [(names[row[0]], *row[1:5], str(row[5])) for row in Transition.objects.values_list(*columns)]
    ends = ("id", "step", "phase", "exit_reason", "arm", "converted_at", "exposed_at", "sent_at", "left_at", "due_at")
    stands = [(names[row[0]], *map(str, row[1:])) for row in Enrollment.objects.values_list(*ends)]
    sent = Outbox.objects.values_list("enrollment_id", "visit", "template", "status", "reason", "due_at", "sent_at")
    letters = [(names[row[0]], *map(str, row[1:])) for row in sent]
    return {"transitions": sorted(moved), "enrollments": sorted(stands), "messages": sorted(letters)}


__all__ = ["BEGIN", "LENGTH", "WORDS", "History", "Player", "draw_history", "fresh_world", "outcome", "play_to_the_end"]
