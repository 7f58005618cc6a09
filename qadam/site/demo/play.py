"""Play a history through the real operations and the real engine, moment by moment under a set clock."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from django.conf import settings

from qadam.events import operations as events
from qadam.events.models import Event
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import operations as people
from qadam.people.models import ConsentKind, Member
from qadam.site.demo.deeds import answer_letter
from qadam.site.demo.diary import CONSENTS, LEAVES, REGISTERS, TICKS, Fact
from qadam.site.demo.history import History
from qadam.site.demo.lives import DAY, ZONE, Person, Span
from qadam.site.engine import MAX_ROUNDS, run_once
from qadam.tasks import operations as tasks
from qadam.tasks.models import Task

HOURS = ((timedelta(days=45), (21,)), (timedelta(), (10, 14, 21)))
"""(this long before the anchor and earlier, the hours at which the engine looks), in the company's local time.

Old history is looked at once a day, the last months in the morning, at noon and in the evening.
"""
FRESH = timedelta(days=3)
"""So long before the anchor letters land in the local mailbox, and the engine looks every `OFTEN`."""
OFTEN = timedelta(hours=3)
IMPORT_DAYS = 7
LETTER = "first-order-check"
SOURCE = "demo"
REASONS = ("no_time", "no_result", "other")


def moments_of(span: Span) -> Iterator[datetime]:
    """Return the instants at which the engine runs: one to three a day, in the last days more, the anchor last."""
    fresh_from = span.anchor - FRESH
    for day, midnight in enumerate(span.midnights):
        hours = next(hours for age, hours in HOURS if span.anchor - midnight >= age)
        instants = (span.at(day, hour) for hour in hours)
        yield from (instant for instant in instants if instant < fresh_from)
    yield from (fresh_from + n * OFTEN for n in range(FRESH // OFTEN + 1))


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
    for now in moments_of(history.span):
        with letters_to("null" if now < history.span.anchor - FRESH else "mailbox"):
            stage.advance(now)
        on_moment(now)


class _Stage:
    """The history as far as it has been played."""

    def __init__(self, history: History) -> None:
        self._span = history.span
        self._people = {person.number: person for person in history.people}
        self._members: dict[int, Member] = {}
        self._numbers: dict[int, int] = {}
        self._newcomers = list(reversed(history.people))
        self._facts = list(reversed(history.facts))
        self._later: list[tuple[datetime, int, Fact]] = []
        self._numbering = count()
        self._consents: set[tuple[int, str]] = set()
        self._since = history.span.start
        self._imported_until = history.span.start

    def advance(self, now: datetime) -> None:
        with write():
            if now >= self._imported_until:
                self._imported_until = now + IMPORT_DAYS * DAY
                self._bring_people(now)
            due = defaultdict(list)
            for fact in self._due(now):
                due[fact.type if fact.type in self._acts else ""].append(fact)
            for type, act in self._acts.items():
                if due[type]:
                    act(self, due[type], now)
        # One round a moment is a tick; what follows from its own facts waits for the next, as on a busy day.
        run_once(now, rounds=1 if now < self._span.anchor - FRESH else MAX_ROUNDS)
        self._hear_letters(now)
        self._since = now

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
            for person, member in zip(
                wave, people.add_members([self._row(each) for each in wave], now=now), strict=True
            ):
                self._members[person.number] = member
                self._numbers[member.id] = person.number
            waiting = [person for person in waiting if person.number not in self._members]

    def _row(self, person: Person) -> people.NewMember:
        sponsor_id = self._members[person.sponsor].id if person.sponsor is not None else None
        return people.NewMember(
            name=person.name,
            external_id=f"D-{person.number:05}",
            email=person.email,
            language=person.language,
            zone=person.zone,
            sponsor_id=sponsor_id,
            mentor_id=sponsor_id,
        )

    def _record(self, facts: list[Fact], now: datetime) -> None:
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

    def _hear_letters(self, now: datetime) -> None:
        """Let those who got the case's letter react as such people do."""
        letters = Event.objects.filter(type="message.sent", occurred_at__gt=self._since, props__template=LETTER)
        for member_id, at in letters.values_list("member_id", "occurred_at"):
            assert member_id is not None
            for fact in answer_letter(self._people[self._numbers[member_id]], self._span, at):
                self._put_off(fact, fact.at)

    _acts = {REGISTERS: _register, CONSENTS: _consent, "": _record, TICKS: _tick, LEAVES: _leave}
    """What is done with each type of fact, in this order; "" is what goes into the log as it is."""
