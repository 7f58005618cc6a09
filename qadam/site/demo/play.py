"""Play a history through the real operations and the real engine, moment by moment under a set clock."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from django.conf import settings

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import operations as people
from qadam.people.models import ConsentKind, Member
from qadam.site.demo.beginnings import WHOLE_FROM
from qadam.site.demo.diary import ANSWERS, CONSENTS, LEAVES, REGISTERS, TAKES_UP, TICKS, TURNS_DOWN, Fact
from qadam.site.demo.hearing import Ears, answer
from qadam.site.demo.history import History
from qadam.site.demo.lives import DAY, ZONE, Person, Span
from qadam.site.engine import MAX_ROUNDS, run_once
from qadam.tasks import operations as tasks
from qadam.tasks.models import Task


@dataclass(frozen=True, slots=True)
class Looks:
    """How the engine looks at history that is at least `age` old at the anchor: on every n-th day, at these hours."""

    age: timedelta
    every: int
    hours: tuple[int, ...]
    rounds: int


LOOKS = (
    Looks(WHOLE_FROM, 5, (21,), 1),
    Looks(timedelta(days=45), 2, (21,), 2),
    Looks(timedelta(days=25), 1, (21,), 2),
    Looks(timedelta(), 1, (10, 21), 3),
)
"""Old history is looked at every fifth evening, the last months more often, the last days in the morning, too.

With few rounds at a moment, what follows from its own facts waits for the next one, as on a busy day.
"""
FRESH = timedelta(days=3)
"""So long before the anchor letters land in the local mailbox, and the engine looks every `OFTEN`."""
OFTEN = timedelta(hours=6)
IMPORT_DAYS = 7
SOURCE = "demo"
REASONS = ("no_time", "no_result", "other")


@dataclass(frozen=True, slots=True)
class Moment:
    now: datetime
    rounds: int


def moments_of(span: Span) -> Iterator[Moment]:
    """Return the instants at which the engine runs: fewer in old history, more in the last days, the anchor last."""
    fresh_from = span.anchor - FRESH
    for day, midnight in enumerate(span.midnights):
        looks = next(each for each in LOOKS if span.anchor - midnight >= each.age)
        instants = (span.at(day, hour) for hour in looks.hours) if day % looks.every == 0 else ()
        yield from (Moment(instant, looks.rounds) for instant in instants if instant < fresh_from)
    yield from (Moment(fresh_from + n * OFTEN, MAX_ROUNDS) for n in range(FRESH // OFTEN + 1))


@contextmanager
def letters_to(channel: str) -> Iterator[None]:
    """Let messages go to a channel by name, whatever the installation's settings say."""
    before = getattr(settings, "MESSAGING_CHANNEL", "")
    settings.MESSAGING_CHANNEL = channel
    try:
        yield
    finally:
        settings.MESSAGING_CHANNEL = before


def play(history: History, *, on_moment: Callable[[datetime], None] = lambda now: None) -> None:
    """Bring a history into the database, up to its anchor. The pack is applied before."""
    stage = _Stage(history)
    for moment in moments_of(history.span):
        with letters_to("null" if moment.now < history.span.anchor - FRESH else "mailbox"):
            stage.advance(moment)
        on_moment(moment.now)


class _Stage:
    """The history as far as it has been played."""

    def __init__(self, history: History) -> None:
        self._span = history.span
        self._people = {person.number: person for person in history.people}
        self._members: dict[int, Member] = {}
        self._ears = Ears(self._people, self._members, history.span)
        self._newcomers = list(reversed(history.people))
        self._facts = list(reversed(history.facts))
        self._later: list[tuple[datetime, int, Fact]] = []
        self._numbering = count()
        self._consents: set[tuple[int, str]] = set()
        self._since = history.span.start
        self._imported_until = history.span.start

    def advance(self, moment: Moment) -> None:
        now = moment.now
        with write():
            if now >= self._imported_until:
                self._imported_until = now + IMPORT_DAYS * DAY
                self._bring_people(now)
            due = self._due(now)
            # What mentors do comes first: people react to it within the same day.
            self._look_after([fact for fact in due if fact.type in (TAKES_UP, TURNS_DOWN)])
            self._act([fact for fact in due if fact.type not in (TAKES_UP, TURNS_DOWN)] + self._due(now), now)
        run_once(now, rounds=moment.rounds)
        for fact in self._ears.hear():
            self._put_off(fact, fact.at)
        self._since = now

    def _act(self, facts: Iterable[Fact], now: datetime) -> None:
        due = defaultdict(list)
        for fact in sorted(facts, key=lambda fact: fact.at):
            due[fact.type if fact.type in self._acts else ""].append(fact)
        for type, act in self._acts.items():
            if due[type]:
                act(self, due[type], now)

    def _due(self, now: datetime) -> list[Fact]:
        due = []
        while self._facts and self._facts[-1].at <= now:
            due.append(self._facts.pop())
        while self._later and self._later[0][0] <= now:
            due.append(heappop(self._later)[2])
        return sorted(due, key=lambda fact: fact.at)

    def _put_off(self, fact: Fact, until: datetime) -> None:
        heappush(self._later, (until, next(self._numbering), fact))

    def _bring_people(self, now: datetime) -> None:
        """Add those who appear before the next time: placing them in the tree is cheap for many at once.

        A prospect is a row without a single fact until the first contact.
        """
        waiting = []
        while self._newcomers and self._newcomers[-1].appears_at <= self._imported_until:
            waiting.append(self._newcomers.pop())
        while waiting:
            wave = [person for person in waiting if person.sponsor is None or person.sponsor in self._members]
            rows = [self._row(each) for each in wave]
            for person, member in zip(wave, people.add_members(rows, now=now), strict=True):
                self._members[person.number] = member
                self._ears.meet(person, member)
            waiting = [person for person in waiting if person.number not in self._members]

    def _row(self, person: Person) -> people.NewMember:
        sponsor_id = self._members[person.sponsor].id if person.sponsor is not None else None
        mentor = self._ears.mentor_of(person, person.appears_at)
        return people.NewMember(
            name=person.name,
            external_id=f"D-{person.number:05}",
            email=person.email,
            language=person.language,
            zone=person.zone,
            sponsor_id=sponsor_id,
            mentor_id=self._members[mentor.number].id if mentor is not None else None,
        )

    def _record(self, facts: list[Fact], now: datetime) -> None:
        for fact in facts:
            if fact.type.startswith("question."):
                self._ears.note_ticket(fact)
        events.record_many([self._event_of(fact) for fact in facts], now=now)

    def _event_of(self, fact: Fact) -> events.NewEvent:
        member_id = self._members[fact.person].id
        if fact.type != "cabinet.opened":
            return events.NewEvent(fact.type, member_id, fact.at, fact.key, fact.props, source=SOURCE)
        zone = clock.zone_of(self._people[fact.person].zone, ZONE)
        key = f"cabinet:{member_id}:{clock.local_date(fact.at, zone)}"
        return events.NewEvent(fact.type, member_id, fact.at, key, {})

    def _register(self, facts: list[Fact], now: datetime) -> None:
        for fact in facts:
            kind = self._people[fact.person].kind
            people.register_member(member=self._members[fact.person], kind=kind, sponsor=None, at=fact.at, now=now)

    def _leave(self, facts: list[Fact], now: datetime) -> None:
        for fact in facts:
            reason = REASONS[fact.person % len(REASONS)]
            people.leave_company(member=self._members[fact.person], reason=reason, at=fact.at, now=now)

    def _consent(self, facts: list[Fact], now: datetime) -> None:
        giving: dict[str, list[Member]] = {}
        for fact in facts:
            kinds = fact.props["kinds"]
            assert isinstance(kinds, tuple)
            for kind in kinds:
                if (fact.person, kind) not in self._consents:
                    self._consents.add((fact.person, kind))
                    giving.setdefault(kind, []).append(self._members[fact.person])
        for kind, members in giving.items():
            people.give_consents(members, kind=ConsentKind(kind), text_version="1", channel="web", at=now)

    def _tick(self, facts: list[Fact], now: datetime) -> None:
        """Tick tasks off. Who registered just now gets the plan in the engine's round: those ticks wait for it."""
        members = [self._members[fact.person].id for fact in facts]
        rows = Task.objects.filter(member_id__in=members, key__in={str(fact.props["task"]) for fact in facts})
        task_ids = {(member_id, key): task_id for task_id, member_id, key in rows.values_list("id", "member_id", "key")}
        for fact in facts:
            member = self._members[fact.person]
            task_id = task_ids.get((member.id, str(fact.props["task"])))
            if task_id is not None:
                tasks.tick_task(member=member, task_id=task_id, is_done=True, now=now)
            elif member.registered_at is not None and member.registered_at > self._since:
                self._put_off(fact, now + timedelta(seconds=1))

    def _answer(self, facts: list[Fact], now: datetime) -> None:
        for fact in facts:
            answer(fact)

    def _look_after(self, facts: list[Fact]) -> None:
        for fact in facts:
            for following in self._ears.look_after(fact):
                self._put_off(following, following.at)

    _acts = {
        REGISTERS: _register,
        CONSENTS: _consent,
        "": _record,
        TICKS: _tick,
        ANSWERS: _answer,
        LEAVES: _leave,
    }
    """What is done with each type of fact, in this order; "" is what goes into the log as it is."""
