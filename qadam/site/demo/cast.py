"""The named ones of the demo: where each stands at the anchor. Plain Python: no clock, no I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from qadam.site.demo.deeds import note_cabinet, note_call, note_order, tell_life
from qadam.site.demo.diary import AIMS, APPEARS, CHOOSES, CONSENTS, REGISTERS, TICKS, Diary, Fact
from qadam.site.demo.lives import DAY, FOUNDER, Arrival, Person, Span
from qadam.site.demo.practices import show_practice
from qadam.site.demo.rates import MONTH, Temper

DOMAIN = "demo.qadam.example"
NEWCOMER, MENTOR, LEADER, OUTSIDER = "aigul", "marat", "dina", "ruslan"
AIGUL_DAY, AIGUL_HOUR = 4, 19.3
"""At the anchor it is day 4 of her path; she registered in the evening."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works for the company, not in its network."""

    account: str
    name: str
    language: str
    roles: tuple[str, ...]

    @property
    def email(self) -> str:
        return f"{self.account}@{DOMAIN}"


STAFF = (
    Staff("oleg", "Олег Савельев", "ru", ("owner", "retention")),
    Staff("asel", "Әсел Жұмабаева", "kk", ("editor",)),
    Staff("nurlan", "Нұрлан Бекенов", "kk", ("analyst",)),
    Staff("elena", "Елена Морозова", "ru", ("compliance",)),
    Staff("pavel", "Pavel Gromov", "en", ("integrator",)),
)


def arrivals_of(span: Span) -> list[Arrival]:
    """Return when the members of the cast come and through whom; a short history brings each later than usual."""
    length = span.anchor - span.start
    dina_at = _evening(span, max(span.start + 3 * DAY, span.anchor - 17 * MONTH))
    marat_at = _evening(span, max(span.start + length / 4, span.anchor - 8 * MONTH))
    outsider_at = _evening(span, max(span.start + length / 3, span.anchor - 5 * MONTH))
    aigul_at = span.at(span.day_of(span.anchor) - AIGUL_DAY, AIGUL_HOUR)
    return [
        Arrival(None, dina_at, LEADER, "Дина Әлімжанова", "ru", Temper.BUILDER, tickets=45, is_founder=True),
        Arrival(None, marat_at, MENTOR, "Марат Оспанов", "kk", Temper.BUILDER, LEADER, tickets=45),
        Arrival(None, outsider_at, OUTSIDER, "Руслан Ким", "ru", Temper.SELLER, FOUNDER, tickets=2),
        Arrival(aigul_at - 8 * DAY, aigul_at, NEWCOMER, "Айгүл Серікова", "kk", Temper.SELLER, MENTOR, tickets=1),
    ]


def _evening(span: Span, instant: datetime) -> datetime:
    return span.at(span.day_of(instant), 18.5)


def tell_cast_life(person: Person, span: Span) -> list[Fact]:
    """Return the facts of one of the cast: Aigul's word for word, the others' with a steady rhythm beside chance."""
    if person.role == NEWCOMER:
        return _tell_newcomer(person, span)
    return tell_life(person, span) + _tell_rhythm(person, span)


def _tell_newcomer(person: Person, span: Span) -> list[Fact]:
    """Evening of registration to day 4: half of the first week is done, a practical task waits, the goal is open."""
    assert person.registered_at is not None
    assert person.seen_at is not None
    diary = Diary(person, span, span.anchor, Random(person.seed))
    day = span.day_of(person.registered_at)
    held_at = span.at(day - 4, 19.0)
    visit: dict[str, object] = {"presentation": f"P-{held_at.date()}", "booking": f"B-{person.number}"}
    diary.note("contact.recorded", person.seen_at, channel="telegram")
    diary.note(CONSENTS, span.at(day - 6, 18.1), kinds=("data", "advertising"))
    diary.note(
        "presentation.booked",
        span.at(day - 6, 18.2),
        **visit,
        ends_at=(held_at + timedelta(minutes=45)).isoformat(),
    )
    diary.note("presentation.attended", held_at, **visit, minutes=44, form="live")
    diary.note("content.opened", span.at(day - 3, 21.1), content="terms")
    diary.note(REGISTERS, person.registered_at)
    diary.note(CONSENTS, person.registered_at + timedelta(minutes=1), kinds=("data", "advertising"))
    note_cabinet(diary, span.at(day, 19.5))
    diary.note(APPEARS, span.at(day, 19.5), nickname="", on_boards=True, on_wall=True)
    diary.note(CHOOSES, span.at(day, 19.6), direction="seller", hours=4)
    diary.note(AIMS, span.at(day, 19.7), goal="customer-order")
    for task, passed, hour in (
        ("profile", 0, 19.8),
        ("reason", 0, 19.9),
        ("rights", 1, 20.3),
        ("sponsor-call", 2, 18.6),
    ):
        diary.note(TICKS, span.at(day + passed, hour), task=task)
    diary.note("lesson.completed", span.at(day + 1, 20.2), lesson="start-basics", path="start")
    diary.note("lesson.completed", span.at(day + 2, 20.4), lesson="product-basics", path="start")
    diary.note("content.opened", span.at(day + 3, 20.9), content="first-talk")
    show_practice(diary, span.at(day + 3, 21.2), "try-product")
    for passed, hour in ((1, 20.1), (2, 20.3), (3, 20.8), (4, 7.7)):
        note_cabinet(diary, span.at(day + passed, hour))
    return diary.facts


def _tell_rhythm(person: Person, span: Span) -> list[Fact]:
    """A customer's order and a weekly call every fortnight, so that whatever the seed they stand where they should."""
    assert person.registered_at is not None
    diary = Diary(person, span, span.anchor, Random(f"{person.seed}:rhythm"), mark="rhythm")
    at = person.registered_at + 2 * DAY
    while at < span.anchor:
        note_cabinet(diary, at)
        note_order(diary, at + timedelta(hours=1), buyer="retail", refund=0.0)
        note_call(diary, at + 5 * DAY)
        at += 14 * DAY
    return diary.facts
