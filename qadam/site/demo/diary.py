"""How a life is told: facts, and the diary that takes them. Plain Python: no clock, no I/O."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.lives import Person, Span, daytime

OBJECTIONS = ("pyramid", "no_time", "price", "cannot_sell", "will_think", "friends")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a person (by number). `key` names it for ever; `props` as the catalogue wants them.

    A type that begins with "+" is no event of the log but an act that has an operation of its own.
    """

    at: datetime
    person: int
    type: str
    key: str
    props: dict[str, object]


REGISTERS, LEAVES, CONSENTS, TICKS = "+registers", "+leaves", "+consents", "+ticks"
ANSWERS, TAKES_UP, TURNS_DOWN = "+answers", "+takes up", "+turns down"
"""Answers a survey; a mentor does what a case suggests about this person, or won't."""


CHOOSES, AIMS, SHOWS, JOINS, APPEARS = "+chooses", "+aims", "+shows", "+joins", "+appears"
"""Chooses a direction; a first goal; shows a practical task; joins a challenge; says whether they may be seen."""
APPROVES, CONFIRMS, THANKS = "+approves", "+confirms", "+thanks"
"""A mentor answers a practical task of this person; says that they were helped; thanks for what is on the wall."""
NAMES, AWARDS = "+is named", "+is awarded"
"""Is named for an award by a colleague; the leader confirms it."""


@dataclass
class Diary:
    """The facts of one life so far. What would lie outside the life or after the anchor isn't noted."""

    person: Person
    span: Span
    end: datetime
    rng: Random
    mark: str = ""
    """Part of the keys, so that a life told in two parts has no key twice."""
    facts: list[Fact] = field(default_factory=list)

    def note(self, type: str, at: datetime, **props: object) -> Fact | None:
        if at >= self.end or at < self.span.start:
            return None
        key = f"{type}:{self.person.number}:{self.mark}{len(self.facts)}"
        fact = Fact(at, self.person.number, type, key, props)
        self.facts.append(fact)
        return fact

    def after(self, begin: datetime, days: float) -> datetime:
        """Return an instant about `days` after `begin`, at an hour at which people do things."""
        if days < 0.6:
            return begin + timedelta(seconds=int(days * 86_400))
        return max(
            self.span.at(self.span.day_of(begin) + round(days), daytime(self.rng)),
            begin + timedelta(minutes=2),
        )


def draw_count(rng: Random, mean: float) -> int:
    """Draw from the Poisson distribution (Knuth's way; means here are small)."""
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def note_attendance(diary: Diary, at: datetime, booking: str | None) -> None:
    props: dict[str, object] = {"presentation": f"P-{at.date()}", "minutes": diary.rng.randint(18, 55), "form": "live"}
    diary.note("presentation.attended", at, **props, **({"booking": booking} if booking else {}))


def note_question(diary: Diary, at: datetime, objection: str | None = None) -> None:
    """Note a question and, where somebody answers unasked, its answer; now and then it comes back once."""
    rng = diary.rng
    if rng.random() < rates.ASKS_LATE:
        at = max(at, diary.span.at(diary.span.day_of(at), rng.uniform(21.3, 23.7)))
    ticket = f"Q-{diary.person.number}-{diary.mark}{len(diary.facts)}"
    props: dict[str, object] = {"ticket": ticket, "channel": rng.choice(("telegram", "telegram", "cabinet", "email"))}
    asked = diary.note("question.opened", at, **props, **({"objection": objection} if objection else {}))
    if asked is None or rng.random() >= rates.ANSWERED:
        return
    answered_at = at + timedelta(hours=rng.expovariate(1 / rates.ANSWER_HOURS) + 0.2)
    diary.note("question.answered", answered_at, ticket=ticket)
    if rng.random() < rates.ASKED_AGAIN:
        again_at = answered_at + timedelta(hours=rng.uniform(4, 60))
        diary.note("question.opened", again_at, **props)
        diary.note("question.answered", again_at + timedelta(hours=rng.uniform(0.5, 14)), ticket=ticket)


def note_consents(diary: Diary, at: datetime, advertising: float) -> None:
    kinds = ["data"] + (["advertising"] if diary.rng.random() < advertising else [])
    diary.note(CONSENTS, at, kinds=tuple(kinds))
