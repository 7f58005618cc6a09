"""What people answer when they are asked a survey, if they do. Plain Python: no clock, no I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.lives import DAY, Person
from qadam.site.demo.rates import Temper

MOODS = {Temper.IDLE: -0.30, Temper.USER: 0.10, Temper.SELLER: 0.35, Temper.BUILDER: 0.50}
LEAVING_SOON, GLOOM = 45 * DAY, 0.6
"""Who leaves within so long thinks that much less of it all."""
SCALES = {"csat": (3.7, 1.5, 1, 5), "nps": (7.0, 3.4, 0, 10), "ces": (5.0, 2.0, 1, 7), "expectation": (3.3, 1.5, 1, 5)}
"""By kind: the score of a mood of 0, how much a mood of 1 adds, the lowest and the highest."""
HOPES = {
    Temper.IDLE: ("extra", "product", "business"),
    Temper.USER: ("product", "product", "extra"),
    Temper.SELLER: ("extra", "skills", "business"),
    Temper.BUILDER: ("business", "people", "extra"),
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """An answer: when, and the score or the key of an option."""

    at: datetime
    answer: int | str


def opinion_of(person: Person, survey: str, kind: str, *, is_choice: bool, asked_at: datetime) -> Opinion | None:
    """Return what somebody answers, and when; None from most people."""
    rng = Random(f"{person.seed}:{survey}:{asked_at.date()}")
    if rng.random() >= rates.ANSWERS_SURVEY[person.temper]:
        return None
    at = asked_at + timedelta(hours=rng.expovariate(1 / 14) + 0.1)
    if is_choice:
        return Opinion(at, rng.choice(HOPES[person.temper]))
    middle, stretch, lowest, highest = SCALES[kind]
    score = round(middle + stretch * (_mood_of(person, asked_at) + rng.gauss(0, 0.45)))
    return Opinion(at, max(lowest, min(highest, score)))


def _mood_of(person: Person, at: datetime) -> float:
    if person.registered_at is None:
        return 0.0
    gloom = GLOOM if person.leaves_at is not None and person.leaves_at - at < LEAVING_SOON else 0.0
    return MOODS[person.temper] - gloom
