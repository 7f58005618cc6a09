"""Care and learning beside the plan: tests, check-ins, sharing, reading. Plain Python: no clock, no I/O.

Derived from what a life tells already, with chances of its own, so that orders, lessons and cases stay as they are.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.diary import Diary, Fact
from qadam.site.demo.lives import DAY, Person, daytime
from qadam.site.demo.rates import Temper

QUIZZES = {"claims": ("claims", 0.85), "product-basics": ("product", 0.55)}
"""By lesson: the test behind it, and how many pass it."""
CHECKS_IN = {Temper.IDLE: 0.05, Temper.USER: 0.15, Temper.SELLER: 0.6, Temper.BUILDER: 0.75}
"""After a customer's order."""
CHECKS_IN_AGAIN = 0.35
SHARES = {Temper.SELLER: 0.5, Temper.BUILDER: 0.6}
"""A look into the cabinet that ends with something shared, by those who passed the test of claims."""
READS = {Temper.USER: 0.1, Temper.SELLER: 0.4, Temper.BUILDER: 0.45}
"""A look into the cabinet that ends with something read."""
EFFORTS = {"sharing": ("content.shared", 4), "learning-week": ("content.opened", 4)}
"""By challenge: what counts for it, and on how many days at the most somebody does it for its sake."""
KEEN, KEEN_DAYS = 0.14, (5, 12)
"""Of those who sell: read something every day for a while after registering."""
READING = ("product-line", "storage", "first-talk", "returns", "care-cycle")
CIRCLE = 12
"""Customers that somebody may have; the first ones order most often."""


def customer_of(person: Person, order: str) -> str:
    """Return whose order it is: the shop's number of a customer, who comes again and again."""
    place = int(CIRCLE * Random(f"{person.seed}:{order}:customer").random() ** 1.7)
    return f"C-{person.number}-{place + 1}"


def tell_care(diary: Diary) -> None:
    """Note what goes with the facts that stand in the diary, from the time on at which anybody counts it."""
    rng = Random(f"{diary.person.seed}:{diary.mark}:care")
    begin = diary.span.anchor - rates.CARE_FROM
    told = [fact for fact in diary.facts if fact.at >= begin]
    for fact in told:
        match fact.type:
            case "lesson.completed":
                _note_quiz(diary, rng, fact)
            case "order.paid" if fact.props["buyer"] != "own":
                _note_check_ins(diary, rng, fact)
            case "cabinet.opened":
                _note_reading(diary, rng, fact)
    _note_sharing(diary, rng, told)
    _note_keen_days(diary, rng, begin)


def _note_quiz(diary: Diary, rng: Random, lesson: Fact) -> None:
    quiz, share = QUIZZES.get(str(lesson.props["lesson"]), ("", 0.0))
    if rng.random() < share:
        at = lesson.at + timedelta(minutes=rng.randint(6, 25))
        diary.note("quiz.passed", at, quiz=quiz, score=rng.choice((80, 80, 90, 100)))


def _note_check_ins(diary: Diary, rng: Random, order: Fact) -> None:
    """Ask how the customer is a week after the order, and sometimes once more."""
    if rng.random() >= CHECKS_IN[diary.person.temper]:
        return
    days = [rng.uniform(5, 10)] + ([rng.uniform(17, 24)] if rng.random() < CHECKS_IN_AGAIN else [])
    for wait in days:
        at = diary.span.at(diary.span.day_of(order.at) + round(wait), daytime(rng))
        diary.note("customer.checked_in", at, customer=order.props["customer"])


def _note_reading(diary: Diary, rng: Random, visit: Fact) -> None:
    if diary.person.kind == "distributor" and rng.random() < READS.get(diary.person.temper, 0.0):
        diary.note("content.opened", visit.at + timedelta(minutes=rng.randint(2, 9)), content=rng.choice(READING))


def _note_sharing(diary: Diary, rng: Random, told: Iterable[Fact]) -> None:
    """Share approved material now and then, in weeks in which one looks in at all."""
    passed_at = _passed_at(diary)
    share = SHARES.get(diary.person.temper, 0.0)
    if passed_at is None or not share:
        return
    for visit in told:
        if visit.type == "cabinet.opened" and visit.at > passed_at and rng.random() < share:
            at = visit.at + timedelta(minutes=rng.randint(3, 40))
            diary.note("content.shared", at, content=rng.choice(READING), channel=rng.choice(("telegram", "whatsapp")))


def _note_keen_days(diary: Diary, rng: Random, begin: datetime) -> None:
    registered_at = diary.person.registered_at
    is_keen = diary.person.temper in SHARES and diary.person.kind == "distributor" and rng.random() < KEEN
    if not is_keen or registered_at is None or registered_at < begin or diary.person.role:
        return
    first = diary.span.day_of(registered_at) + rng.randint(1, 20)
    for day in range(first, first + rng.randint(*KEEN_DAYS)):
        diary.note("content.opened", diary.span.at(day, daytime(rng)), content=rng.choice(READING))


def note_efforts(diary: Diary, rng: Random, challenge: str, at: datetime) -> None:
    """Note what somebody does because of a challenge that they joined: about as many get there as do not."""
    type, most = EFFORTS.get(challenge, ("", 0))
    passed_at = _passed_at(diary)
    if type == "content.shared" and (passed_at is None or passed_at > at):
        return
    for day in sorted(rng.sample(range(1, most + 3), k=rng.randint(1, most))) if most else ():
        done_at = diary.span.at(diary.span.day_of(at) + day, daytime(rng))
        diary.note(type, done_at, content=rng.choice(READING))


def _passed_at(diary: Diary) -> datetime | None:
    passed = [fact.at for fact in diary.facts if fact.type == "quiz.passed" and fact.props["quiz"] == "claims"]
    lessons = [fact.at for fact in diary.facts if fact.type == "lesson.completed" and fact.props["lesson"] == "claims"]
    old = [at + DAY for at in lessons if at < diary.span.anchor - rates.CARE_FROM]
    return min(passed + old, default=None)
