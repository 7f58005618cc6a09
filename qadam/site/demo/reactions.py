"""What people do because somebody took care: how they react to the measures of cases. Plain Python: no clock, no I/O.

Whether somebody reacts is drawn once for each person, case and way (a letter, or a person who calls); most do not.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.deeds import LESSONS, PATH, note_cabinet, note_call, note_order, tell_membership, tell_weeks
from qadam.site.demo.diary import Diary, Fact
from qadam.site.demo.lives import DAY, Person, Span
from qadam.site.demo.prospects import note_visit, tell_after_presentation

LETTERS = {
    "missed-presentation": "no-show",
    "refused-stories": "refused-after-presentation",
    "order-help": "registered-no-order",
    "first-goal-open": "first-goal-missed",
    "first-order-check": "silent-after-first-purchase",
    "fast-start-next": "fast-start",
    "short-lesson": "learning-stopped",
    "conversation-lesson": "cannot-invite",
    "own-numbers": "expectation-gap",
    "how-are-you": "at-risk-60-90",
    "mentor-invitation": "growing-leader",
}
"""The letters that the measures of cases send, and the case of each."""
BRINGS_PARTNER, BECOMES_MENTOR, GETS_ANSWER = "cannot-invite", "growing-leader", "unanswered-objection"
"""Cases whose reactions are more than facts of one's own."""


class Way(StrEnum):
    LETTER = "letter"
    PERSON = "person"


def heeds(person: Person, case: str, way: Way) -> bool:
    """Tell whether the measure of a case would move this person."""
    by_letter, by_person = rates.HEEDS.get(case, (0.0, 0.0))
    chance = by_letter if way is Way.LETTER else by_person
    return Random(f"{person.seed}:{case}:{way}").random() < chance


def react(case: str, way: Way, person: Person, span: Span, at: datetime) -> list[Fact]:
    """Return what a person does because of a measure that reached them at `at`; nothing from most people."""
    tell = REACTIONS.get(case)
    if tell is None or not heeds(person, case, way) or person.has_left(at):
        return []
    rng = Random(f"{person.seed}:{case}:{way}:{at.date()}")
    end = min(span.anchor, person.leaves_at or span.anchor)
    diary = Diary(person, span, end, rng, mark=f"{case}-{way}-{at:%y%m%d}-")
    tell(diary, at)
    return diary.facts


def join_after_all(prospect: Person, span: Span, at: datetime) -> tuple[Person, list[Fact]]:
    """Return a lost prospect as a partner who registers some days after `at`, with everything that follows."""
    rng = Random(f"{prospect.seed}:joins")
    registered_at = at + timedelta(days=rng.uniform(2, 18))
    partner = replace(prospect, kind="distributor", registered_at=registered_at.replace(microsecond=0))
    diary = Diary(partner, span, span.anchor, rng, mark="joins-")
    assert partner.registered_at is not None
    tell_membership(diary, partner.registered_at)
    return partner, diary.facts


def answer_ticket(person: Person, ticket: str, span: Span, at: datetime) -> list[Fact]:
    """Return the mentor's answer to a question, some minutes after the reminder."""
    rng = Random(f"{person.seed}:{ticket}:reminded")
    diary = Diary(person, span, span.anchor, rng, mark=f"reminded-{ticket}-")
    diary.note("question.answered", at + timedelta(minutes=rng.uniform(3, 50)), ticket=ticket)
    return diary.facts


def _come_to_another(diary: Diary, at: datetime) -> None:
    """Book another presentation and come, within the week that the case gives."""
    held_at = note_visit(diary, at + timedelta(hours=diary.rng.uniform(1, 30)))
    tell_after_presentation(diary, held_at)


def _order_for_oneself(diary: Diary, at: datetime) -> None:
    note_cabinet(diary, diary.after(at, diary.rng.uniform(0.05, 2)))
    note_order(diary, diary.after(at, diary.rng.uniform(0.2, 7)), buyer="own", refund=rates.REFUND_FIRST)


def _reach_first_goal(diary: Diary, at: datetime) -> None:
    note_cabinet(diary, at + timedelta(hours=diary.rng.uniform(0.5, 20)))
    note_order(diary, diary.after(at, diary.rng.uniform(0.7, 5)), buyer="retail", refund=0.02)


def _come_back(diary: Diary, at: datetime) -> None:
    """Look in, learn, join the weekly call, and go on as one did before the silence."""
    rng = diary.rng
    back_at = diary.after(at, rng.uniform(0.15, 4))
    note_cabinet(diary, back_at)
    _take_lessons(diary, back_at, rng.choice((1, 2)))
    note_call(diary, back_at + rng.uniform(0, 6) * DAY)
    if rng.random() < 0.5:
        note_order(diary, diary.after(back_at, rng.uniform(1, 12)), buyer="own", refund=0.01)
    tell_weeks(diary, back_at + 7 * DAY)


def _keep_going(diary: Diary, at: datetime) -> None:
    _take_lessons(diary, at, 1)
    note_call(diary, at + diary.rng.uniform(1, 7) * DAY)
    note_call(diary, at + diary.rng.uniform(8, 14) * DAY)


def _learn_again(diary: Diary, at: datetime) -> None:
    note_cabinet(diary, at + timedelta(hours=diary.rng.uniform(0.5, 30)))
    _take_lessons(diary, at, diary.rng.choice((2, 2, 3)))


def _take_lessons(diary: Diary, at: datetime, count: int) -> None:
    for lesson, *_ in diary.rng.sample(LESSONS[1:7], k=count):
        diary.note("lesson.completed", diary.after(at, diary.rng.uniform(0.1, 7)), lesson=lesson, path=PATH)


def _sell_to_first_bonus(diary: Diary, at: datetime) -> None:
    """Sell what was missing; the bonus comes on the fifth of the next month."""
    order_at = diary.after(at, diary.rng.uniform(0.5, 4))
    note_order(diary, order_at, buyer="retail", refund=0.0)
    sold = next((fact.props["amount"] for fact in diary.facts if fact.type == "order.paid"), None)
    if isinstance(sold, int):
        next_month = (order_at.replace(day=1) + timedelta(days=32)).replace(day=5, hour=7, minute=0, second=0)
        diary.note("bonus.credited", next_month, amount=sold * 12 // 100)


def _be_there_by_day_120(diary: Diary, at: datetime) -> None:
    """Look in soon, and be active in the fourth month."""
    assert diary.person.registered_at is not None
    note_cabinet(diary, diary.after(at, diary.rng.uniform(0.1, 3)))
    begin = max(at, diary.person.registered_at + 91 * DAY)
    note_call(diary, begin + diary.rng.uniform(0, 5) * DAY)
    note_order(diary, begin + diary.rng.uniform(2, 14) * DAY, buyer="own", refund=0.01)
    _take_lessons(diary, begin, 1)


def _learn_to_mentor(diary: Diary, at: datetime) -> None:
    diary.note("lesson.completed", diary.after(at, diary.rng.uniform(0.5, 5)), lesson="mentoring-basics", path=PATH)


REACTIONS: Mapping[str, Callable[[Diary, datetime], None]] = {
    "no-show": _come_to_another,
    "refused-after-presentation": _come_to_another,
    "registered-no-order": _order_for_oneself,
    "first-goal-missed": _reach_first_goal,
    "silent-after-first-purchase": _come_back,
    "fast-start": _keep_going,
    "learning-stopped": _learn_again,
    "expectation-gap": _sell_to_first_bonus,
    "at-risk-60-90": _be_there_by_day_120,
    "growing-leader": _learn_to_mentor,
}
