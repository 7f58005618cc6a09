"""Who looks after whom, and what mentors make of what the cases suggest to them. Plain Python: no clock, no I/O."""

from datetime import datetime, timedelta
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.lives import DAY, Person
from qadam.site.demo.rates import Temper

READY_AFTER = 100 * DAY
BECOMES_MENTOR = 0.5
"""Builders who look after newcomers of their own accord, after so long; the others wait to be asked."""
HOURS = {"unanswered-objection": 0.6}
URGENT = 0.85
"""What is urgent is taken up more often."""
USUAL_HOURS = 22
"""Mean hours until a mentor does what is suggested."""


def is_mentor(person: Person, at: datetime) -> bool:
    """Tell whether somebody looks after newcomers unasked: the first ones, the cast, half of the steady builders."""
    if person.registered_at is None or person.has_left(at):
        return False
    if person.role or person.sponsor is None:
        return True
    is_steady = person.temper is Temper.BUILDER and at - person.registered_at >= READY_AFTER
    return is_steady and Random(f"{person.seed}:mentor").random() < BECOMES_MENTOR


def takes_up(mentor: Person, member: Person, case: str) -> timedelta | None:
    """Return after how long a mentor does what a case suggests about a member; None: never."""
    least, most = rates.TAKES_UP
    diligence = least + (most - least) * Random(f"{mentor.seed}:diligence").random()
    rng = Random(f"{mentor.seed}:{member.number}:{case}")
    if rng.random() >= (max(diligence, URGENT) if case in HOURS else diligence):
        return None
    return timedelta(hours=0.3 + rng.expovariate(1 / HOURS.get(case, USUAL_HOURS)))


def turns_down(mentor: Person, member: Person, case: str) -> bool:
    """Tell whether a mentor who looks at a suggestion says that it won't be done."""
    return Random(f"{mentor.seed}:{member.number}:{case}:no").random() < rates.DECLINES_SUGGESTION
