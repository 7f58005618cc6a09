"""Play a history through the real operations and the real engine, moment by moment under a set clock."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from zoneinfo import ZoneInfo

from django.conf import settings

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import operations as people
from qadam.people.models import ConsentKind, Member
from qadam.recognition import jobs as recognition
from qadam.recognition import together
from qadam.site.demo import cabinet_acts, fellows
from qadam.site.demo.beginnings import PROMPT_FROM, RECOGNITION_FROM, WHOLE_FROM
from qadam.site.demo.cast import MENTOR, NEWCOMER
from qadam.site.demo.diary import (
    AIMS,
    ANSWERS,
    APPEARS,
    APPROVES,
    AWARDS,
    CHOOSES,
    CONFIRMS,
    CONSENTS,
    JOINS,
    LEAVES,
    NAMES,
    REGISTERS,
    SHOWS,
    TAKES_UP,
    THANKS,
    TICKS,
    TURNS_DOWN,
    Fact,
)
from qadam.site.demo.gatherings import Calls
from qadam.site.demo.hearing import Ears, answer
from qadam.site.demo.history import History
from qadam.site.demo.lives import DAY, ZONE, Person, Span
from qadam.site.demo.practices import practice_words
from qadam.site.demo.thanking import WallReader, thank
from qadam.site.engine import MAX_ROUNDS, run_once
from qadam.tasks import operations as tasks
from qadam.tasks.errors import NotOpenYet
from qadam.tasks.models import Proof, ProofState, Task


@dataclass(frozen=True, slots=True)
class Looks:
    """How the engine looks at history that is at least `age` old at the anchor: on every n-th day, at these hours."""

    age: timedelta
    every: int
    hours: tuple[int, ...]
    rounds: int


LOOKS = (
    Looks(WHOLE_FROM, 5, (21,), 1),
    Looks(timedelta(days=45), 3, (21,), 2),
    Looks(timedelta(days=25), 2, (21,), 2),
    Looks(PROMPT_FROM, 1, (21,), 2),
    Looks(timedelta(), 1, (10, 21), 3),
)
"""Old history is looked at every fifth evening, the last months more often, the last weeks in the morning, too.

With few rounds at a moment, what follows from its own facts waits for the next one, as on a busy day.
"""
FRESH = timedelta(days=5)
"""So long before the anchor letters land in the local mailbox, and the engine looks every `OFTEN`."""
OFTEN = timedelta(hours=10)
QUEUE_BEFORE = timedelta(hours=16)
"""So long before the anchor the mentor's queue is looked over."""
IMPORT_DAYS = 7
SWEEPS_EVERY = timedelta(days=3)
"""Badges that time makes true are looked for so often."""
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
        self._swept_at = history.span.start
        self._wall = WallReader(self._people, history.span)
        self._calls = Calls(history.span)
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
            self._calls.plan(now)
            due = self._due(now)
            # What mentors do comes first: people react to it within the same day.
            self._look_after([fact for fact in due if fact.type in (TAKES_UP, TURNS_DOWN)])
            self._act([fact for fact in due if fact.type not in (TAKES_UP, TURNS_DOWN)] + self._due(now), now)
        run_once(now, rounds=moment.rounds)
        self._keep_time(now)
        if now >= self._span.anchor - QUEUE_BEFORE:
            self._fill_queue()
        for fact in (*self._ears.hear(), *self._wall.read(self._ears.number_of, now)):
            self._put_off(fact, fact.at)
        self._since = now

    def _fill_queue(self) -> None:
        """Let a second practical task wait for the mentor of the cast, beside the newcomer's."""
        by_role = {person.role: self._members[person.number] for person in self._people.values() if person.role}
        mentor, newcomer = by_role[MENTOR], by_role[NEWCOMER]
        if Proof.objects.filter(member__mentor=mentor, state=ProofState.WAITING).count() >= 2:
            return
        task = cabinet_acts.find_one_more(mentor, newcomer, self._today)
        if task is not None:
            words = practice_words(task.key, task.member.language)
            last_evening = self._span.at(self._span.day_of(self._span.anchor) - 1, 20.7)
            fact = Fact(last_evening, 0, SHOWS, "", {"task": task.key, "words": words})
            cabinet_acts.show(task.member, fact, has_photo=False)

    @property
    def _today(self) -> date:
        return clock.local_date(self._span.anchor, ZoneInfo(ZONE))

    def _keep_time(self, now: datetime) -> None:
        """Do what recognition's jobs do by the clock, as far back as there is recognition."""
        if now < self._span.anchor - RECOGNITION_FROM:
            return
        recognition.close_days(now)
        together.hourly(now)
        together.run(now)
        if now >= self._swept_at + SWEEPS_EVERY:
            self._swept_at = now
            recognition.nightly(now)

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
        untold = [fact for fact in facts if not self._calls.take(self._members[fact.person], fact)]
        events.record_many([self._event_of(fact) for fact in untold], now=now)

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
                with suppress(NotOpenYet):
                    tasks.tick_task(member=member, task_id=task_id, is_done=True, now=now)
            elif self._has_no_plan_yet(member):
                self._put_off(fact, now + timedelta(seconds=1))

    def _has_no_plan_yet(self, member: Member) -> bool:
        """Tell whether somebody registered just now: the plan comes in the engine's round."""
        return member.registered_at is not None and member.registered_at > self._since

    def _aim(self, facts: list[Fact], now: datetime) -> None:
        for fact in facts:
            if self._has_no_plan_yet(self._members[fact.person]):
                self._put_off(fact, now + timedelta(seconds=1))
            else:
                cabinet_acts.aim(self._members[fact.person], fact)

    def _show(self, facts: list[Fact], now: datetime) -> None:
        pictured_from = self._span.anchor - cabinet_acts.PHOTOS_FROM
        for fact in facts:
            cabinet_acts.show(self._members[fact.person], fact, has_photo=fact.at >= pictured_from)
            # The mentor may have read it before the engine looks: it would pass it on to the leader.
            for answered in self._ears.read_practice(self._people[fact.person], str(fact.props["task"]), fact.at):
                if answered.type == APPROVES and answered.at <= now:
                    self._with_other(cabinet_acts.approve, [answered])

    def _alone(self, act: Callable[[Member, Fact], None], facts: list[Fact]) -> None:
        for fact in facts:
            act(self._members[fact.person], fact)

    def _with_other(self, act: Callable[[Member, Fact, Member], None], facts: list[Fact]) -> None:
        """Do what takes two: the fact names the reader of a task, the giver or the leader of an award as `by`."""
        for fact in facts:
            number = fact.props["by"]
            assert isinstance(number, int)
            act(self._members[fact.person], fact, self._members[number])

    def _answer(self, facts: list[Fact], now: datetime) -> None:
        for fact in facts:
            answer(fact)

    def _look_after(self, facts: list[Fact]) -> None:
        for fact in facts:
            for following in self._ears.look_after(fact):
                self._put_off(following, following.at)

    _acts: Mapping[str, Callable[["_Stage", list[Fact], datetime], None]] = {
        REGISTERS: _register,
        CONSENTS: _consent,
        CHOOSES: lambda self, facts, now: self._alone(cabinet_acts.choose, facts),
        APPEARS: lambda self, facts, now: self._alone(cabinet_acts.appear, facts),
        "": _record,
        TICKS: _tick,
        AIMS: _aim,
        SHOWS: _show,
        APPROVES: lambda self, facts, now: self._with_other(cabinet_acts.approve, facts),
        CONFIRMS: lambda self, facts, now: self._alone(fellows.confirm_help, facts),
        JOINS: lambda self, facts, now: self._alone(fellows.join, facts),
        NAMES: lambda self, facts, now: self._with_other(fellows.name, facts),
        AWARDS: lambda self, facts, now: self._with_other(fellows.award, facts),
        THANKS: lambda self, facts, now: self._alone(thank, facts),
        ANSWERS: _answer,
        LEAVES: _leave,
    }
    """What is done with each type of fact, in this order; "" is what goes into the log as it is."""
