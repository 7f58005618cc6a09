"""What members choose and show in the cabinet: direction, first goal, practical tasks, whether they may be seen.

Plain Python: no clock, no I/O. All of it has operations of its own, so the facts are acts ("+…").
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.caring import note_efforts
from qadam.site.demo.diary import AIMS, APPEARS, CHOOSES, JOINS, TICKS, Diary
from qadam.site.demo.lives import DAY, Person
from qadam.site.demo.practices import PRACTICES, show_practice
from qadam.site.demo.rates import Temper


@dataclass(frozen=True, slots=True)
class Leaning:
    """How one temper chooses: how many choose at all; weights of the directions; hours a week, least and most."""

    chooses: float
    customer: float
    seller: float
    builder: float
    hours: tuple[int, int]
    joins: float
    """Chance to join an open challenge."""
    shows: float
    """Chance to show a practical task."""
    talks: float
    """Chance that a call or meeting of the plan is held."""


LEANINGS = {
    Temper.IDLE: Leaning(0.35, 0.5, 0.4, 0.1, (1, 2), 0.03, 0.04, 0.45),
    Temper.USER: Leaning(0.60, 0.5, 0.4, 0.1, (1, 3), 0.10, 0.15, 0.60),
    Temper.SELLER: Leaning(0.85, 0.0, 0.9, 0.1, (3, 6), 0.45, 0.55, 0.80),
    Temper.BUILDER: Leaning(0.95, 0.0, 0.25, 0.75, (5, 10), 0.65, 0.70, 0.90),
}
TALKS = (("sponsor-call", 1.3), ("expectations", 6.6), ("month-review", 29), ("two-months", 58), ("ninety-review", 85))
"""Calls and meetings of the plan, and the day of the path on which they are held."""
CHALLENGES = (("sharing", 7.3), ("learning-week", 49.3), ("customer-month", 56.3))
"""Challenges that one joins oneself, and the day of the path on which people do."""
GOAL_DAYS = 6 * DAY
ON_BOARDS, ON_WALL, BY_NICKNAME = 0.87, 0.83, 0.10
NICKNAMES = (
    "Көктем",
    "Дала желі",
    "Ромашка",
    "Арай",
    "Тюльпан",
    "Жусан",
    "Ақтамақ",
    "Подснежник",
    "Шұғыла",
    "Бәйтерек",
)


def tell_choices(diary: Diary, registered_at: datetime) -> None:
    """Note what somebody chooses in the cabinet, where that happens after there was something to choose."""
    if diary.person.kind != "distributor":
        return
    rng = Random(f"{diary.person.seed}:choices")
    leaning = LEANINGS[diary.person.temper]
    begin = diary.span.anchor - rates.CARE_FROM + DAY
    _appear(diary, rng, max(registered_at + timedelta(hours=rng.uniform(1, 30)), begin))
    if registered_at < begin - 60 * DAY:
        return
    _talk(diary, rng, leaning, registered_at, begin)
    direction = _choose(diary, rng, leaning, registered_at, begin)
    if direction == "customer":
        return
    for task, day in PRACTICES:
        at = diary.after(registered_at, day + rng.expovariate(1 / 2))
        if at > begin and rng.random() < leaning.shows:
            show_practice(diary, at, task)
    for challenge, day in CHALLENGES:
        at = registered_at + timedelta(days=day + rng.uniform(0, 1.5))
        if at > begin and rng.random() < leaning.joins:
            diary.note(JOINS, at, challenge=challenge)
            note_efforts(diary, rng, challenge, at)


def _appear(diary: Diary, rng: Random, at: datetime) -> None:
    """Most agree to be seen; some under another name, some not at all."""
    nickname = f"{rng.choice(NICKNAMES)} {diary.person.number}" if rng.random() < BY_NICKNAME else ""
    on_boards, on_wall = rng.random() < ON_BOARDS, rng.random() < ON_WALL
    diary.note(APPEARS, at, nickname=nickname, on_boards=on_boards, on_wall=on_wall)


def _talk(diary: Diary, rng: Random, leaning: Leaning, registered_at: datetime, begin: datetime) -> None:
    """Note the calls and meetings of the plan: two people keep such a date better than one alone."""
    for task, day in TALKS:
        at = diary.after(registered_at, day + rng.expovariate(1 / 1.5))
        if at > begin and rng.random() < leaning.talks:
            diary.note(TICKS, at, task=task)


def _choose(diary: Diary, rng: Random, leaning: Leaning, registered_at: datetime, begin: datetime) -> str:
    """Return the chosen direction; "" for who chose none."""
    weights = (leaning.customer, leaning.seller, leaning.builder)
    direction = rng.choices(("customer", "seller", "builder"), weights)[0]
    hours = rng.randint(*leaning.hours)
    at = registered_at + timedelta(minutes=rng.randint(4, 50))
    if at < begin or rng.random() >= leaning.chooses:
        return ""
    diary.note(CHOOSES, at, direction=direction, hours=hours)
    if direction != "customer":
        goal = _likely_goal(diary, registered_at) or rng.choice(("customer-order", "customer-registration"))
        diary.note(AIMS, at + timedelta(minutes=2), goal=goal)
    return direction


def _likely_goal(diary: Diary, registered_at: datetime) -> str:
    """Return the goal that comes true first in these days: people choose what they have in sight."""
    for fact in sorted(diary.facts, key=lambda fact: fact.at):
        if registered_at < fact.at < registered_at + GOAL_DAYS:
            if fact.type == "customer.registered":
                return "customer-registration"
            if fact.type == "order.paid" and fact.props["buyer"] != "own":
                return "customer-order"
    return ""


def reads_after(mentor: Person, member: Person, task: str) -> timedelta | None:
    """Return after how long a mentor answers a practical task; None: never, and the leader is asked."""
    rng = Random(f"{mentor.seed}:{member.number}:{task}:reads")
    return timedelta(hours=0.5 + rng.expovariate(1 / 14)) if rng.random() < 0.88 else None


def confirms_help(member: Person, occasion: str) -> bool:
    """Tell whether a newcomer takes the moment to say that somebody helped."""
    return Random(f"{member.seed}:{occasion}:thanks").random() < 0.25
