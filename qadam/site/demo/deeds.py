"""What the invented people do: each life as facts, drawn from the person's own seed. Plain Python: no clock, no I/O."""

from datetime import datetime, timedelta
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.diary import (
    LEAVES,
    OBJECTIONS,
    REGISTERS,
    TICKS,
    Diary,
    Fact,
    draw_count,
    note_attendance,
    note_consents,
    note_question,
)
from qadam.site.demo.lives import DAY, Person, Span, daytime
from qadam.site.demo.prospects import tell_way_in

LESSONS = (
    ("start-basics", 0.3),
    ("product-basics", 2.5),
    ("claims", 5),
    ("objections", 9),
    ("customer-care", 15),
    ("plan-terms", 23),
    ("conversation", 36),
    ("repeat-orders", 43),
    ("mentoring-basics", 67),
)
"""The lessons of the start pack's action plan, and the day of the path on which somebody steady takes each."""

TICKABLE = (
    ("profile", 0.1),
    ("reason", 0.2),
    ("rights", 0.8),
    ("mentor-call", 1.2),
    ("expectations", 6.5),
    ("month-review", 29),
    ("rhythm", 32),
    ("two-months", 58),
    ("last-month-aim", 64),
    ("ninety-review", 85),
    ("choose-path", 87),
)
"""Tasks of the action plan that a member ticks off, and the day of the path on which that happens."""

PRICES = (690_000, 890_000, 1_150_000, 1_490_000, 1_990_000, 2_790_000)
"""In tiyn."""
PASSIVE = ("order.delivered", "order.refunded", LEAVES)
"""What happens to somebody who does nothing."""
CALL_WEEKDAY, CALL_HOUR = 3, 20.0
"""The weekly call: Thursdays at eight."""


def tell_life(person: Person, span: Span) -> list[Fact]:
    """Return everything a person does of own accord, in no order. The same person and span give the same facts."""
    rng = Random(person.seed)
    end = min(span.anchor, person.leaves_at or span.anchor)
    diary = Diary(person, span, end, rng)
    if person.seen_at is not None:
        tell_way_in(diary, person.seen_at)
    if person.registered_at is not None:
        _tell_membership(diary, person.registered_at)
    return diary.facts


def _tell_membership(diary: Diary, registered_at: datetime) -> None:
    person = diary.person
    diary.note(REGISTERS, registered_at)
    note_consents(diary, registered_at + timedelta(minutes=1), rates.ADVERTISING_CONSENT)
    hush_at = _tell_orders(diary, registered_at)
    _tell_learning(diary, registered_at)
    _tell_sales(diary, registered_at)
    _tell_weeks(diary, registered_at)
    if hush_at is not None:
        _fall_silent(diary, hush_at)
    if person.leaves_at is not None and person.leaves_at < diary.span.anchor and person.says_goodbye:
        diary.facts.append(Fact(person.leaves_at, person.number, LEAVES, f"leaves:{person.number}", {}))


def _tell_orders(diary: Diary, registered_at: datetime) -> datetime | None:
    """Note own orders. Return the moment from which the person is silent, if the first order is followed by silence."""
    rng, habits = diary.rng, diary.person.habits
    if rng.random() < habits.first_order:
        first_at = diary.after(registered_at, rng.expovariate(1 / rates.FIRST_ORDER_DAYS))
    elif rng.random() < rates.LATE_FIRST_ORDER:
        first_at = diary.after(registered_at, rng.uniform(25, 90))
    else:
        return None
    delivered_at = note_order(diary, first_at, buyer="own", refund=rates.REFUND_FIRST)
    at = first_at
    while at < diary.end:
        at = diary.after(at, max(14, rng.gauss(30, 5)))
        if rng.random() < habits.reorder:
            note_order(diary, at, buyer="own", refund=rates.REFUND_LATER)
    if diary.person.temper in ("idle", "user") and not diary.person.role and rng.random() < rates.HUSH:
        return (delivered_at or first_at) + timedelta(days=rng.uniform(0.2, 2))
    return None


def note_order(diary: Diary, at: datetime, *, buyer: str, refund: float) -> datetime | None:
    """Note a paid order with what follows. Return when it was delivered, if somebody reported that."""
    rng = diary.rng
    order = f"D-{diary.person.number}-{diary.mark}{len(diary.facts)}"
    amount = rng.choice(PRICES) * rng.choice((1, 1, 1, 2))
    points = amount // 50
    paid = diary.note("order.paid", at, order=order, amount=amount, currency="KZT", points=points, buyer=buyer)
    if paid is None or (buyer != "own" and rng.random() < 0.6):
        return None
    delivered_at = diary.after(at, rng.uniform(1.6, 6))
    if rng.random() < rates.UNDELIVERED:
        return None
    diary.note("order.delivered", delivered_at, order=order)
    if rng.random() < refund:
        diary.note("order.refunded", diary.after(delivered_at, rng.uniform(2, 12)), order=order, amount=amount)
    return delivered_at


def _tell_learning(diary: Diary, registered_at: datetime) -> None:
    rng, habits = diary.rng, diary.person.habits
    keenness = habits.lesson * rng.uniform(0.8, 1.2)
    for lesson, day in LESSONS:
        if rng.random() > keenness:
            keenness *= 0.55
            continue
        at = diary.after(registered_at, day + rng.expovariate(1 / 2.5))
        diary.note("lesson.completed", at, lesson=lesson, path="start")
    for task, day in TICKABLE:
        if rng.random() < habits.tick:
            diary.note(TICKS, diary.after(registered_at, day + rng.expovariate(1 / 1.5)), task=task)


def _tell_sales(diary: Diary, registered_at: datetime) -> None:
    rng, habits = diary.rng, diary.person.habits
    if rng.random() < habits.first_goal:
        at = diary.after(registered_at, min(rng.uniform(1.5, 5.4), rng.uniform(1.5, 9)))
        if rng.random() < 0.35:
            diary.note("customer.registered", at, customer=f"C-{diary.person.number}-{len(diary.facts)}")
        note_order(diary, at + timedelta(minutes=20), buyer=_buyer(rng), refund=0.02)
    if habits.retail:
        at = registered_at + 8 * DAY
        while True:
            at = diary.after(at, 0.7 + rng.expovariate(habits.retail / 30.4))
            if at >= diary.end - timedelta(minutes=5):
                break
            if rng.random() < 0.25:
                diary.note("customer.registered", at, customer=f"C-{diary.person.number}-{len(diary.facts)}")
            note_order(diary, at + timedelta(minutes=5), buyer=_buyer(rng), refund=0.01)


def _buyer(rng: Random) -> str:
    return "preferred" if rng.random() < 0.3 else "retail"


def _tell_weeks(diary: Diary, registered_at: datetime) -> None:
    """Note what comes again and again: looking in, weekly calls, invitations, questions, presentations with guests."""
    rng, weekly = diary.rng, diary.person.habits.weekly
    begin, week = registered_at, 0
    while begin < diary.end:
        zest = (1.8, 1.3, 1.1)[week] if week < 3 else max(0.6, 1.05 - week * 0.012)
        first_day = diary.span.day_of(begin)
        for type, rate in weekly.items():
            for _ in range(draw_count(rng, rate * zest)) if rate else ():
                _note_habit(diary, type, max(begin, diary.span.at(first_day + rng.randint(0, 6), daytime(rng))))
        begin, week = begin + 7 * DAY, week + 1
    if rng.random() < min(0.97, 0.35 + weekly.get("cabinet.opened", 0)):
        note_cabinet(diary, registered_at + timedelta(minutes=rng.randint(4, 90)))


def _note_habit(diary: Diary, type: str, at: datetime) -> None:
    match type:
        case "cabinet.opened":
            note_cabinet(diary, at)
        case "live.attended":
            note_call(diary, at)
        case "invitation.sent":
            diary.note(type, at, channel=diary.rng.choice(("telegram", "whatsapp", "meeting")))
        case "question.opened":
            note_question(diary, at, diary.rng.choice((None, *OBJECTIONS)))
        case "presentation.attended":
            note_attendance(diary, at, None)


def note_cabinet(diary: Diary, at: datetime) -> None:
    """Note a look into the cabinet. The key is the product's own: once for each local day."""
    if at < diary.end:
        diary.facts.append(Fact(at, diary.person.number, "cabinet.opened", "", {}))


def note_call(diary: Diary, at: datetime) -> None:
    """Note the weekly call of that week, if it isn't over for this person."""
    day = diary.span.day_of(at)
    day += (CALL_WEEKDAY - diary.span.weekday_of(day)) % 7
    call_at = diary.span.at(day, CALL_HOUR) + timedelta(minutes=diary.rng.randint(0, 12))
    diary.note("live.attended", call_at, event=f"weekly-{call_at.date()}")


# Silence, and what the letter does


def _fall_silent(diary: Diary, hush_at: datetime) -> None:
    """Take out what the person would have done in the silence; parcels and refunds still arrive."""
    until = diary.span.anchor
    rng = Random(f"{diary.person.seed}:silence")
    if not hears_letter(diary.person) and rng.random() < rates.RESUMES:
        until = hush_at + timedelta(days=rng.uniform(30, 95))
    silent = {id(fact) for fact in diary.facts if hush_at < fact.at < until and fact.type not in PASSIVE}
    unplaced = {fact.props["order"] for fact in diary.facts if id(fact) in silent and fact.type == "order.paid"}
    diary.facts = [fact for fact in diary.facts if id(fact) not in silent and fact.props.get("order") not in unplaced]


def hears_letter(person: Person) -> bool:
    """Tell whether the letter of the case would bring this person back."""
    return Random(f"{person.seed}:letter").random() < rates.HEARS_LETTER


def answer_letter(person: Person, span: Span, letter_at: datetime) -> list[Fact]:
    """Return what a person does because of the letter “how was your first order”; nothing from most people."""
    if not hears_letter(person) or person.has_left(letter_at):
        return []
    rng = Random(f"{person.seed}:answer")
    end = min(span.anchor, person.leaves_at or span.anchor)
    diary = Diary(person, span, end, rng, mark="back")
    back_at = diary.after(letter_at, rng.uniform(0.15, 4))
    note_cabinet(diary, back_at)
    if rng.random() < rates.LEARNS_AGAIN:
        for lesson, _ in rng.sample(LESSONS[1:4], k=rng.choice((1, 2))):
            diary.note("lesson.completed", diary.after(back_at, rng.uniform(0.1, 5)), lesson=lesson, path="start")
        note_call(diary, back_at + rng.uniform(0, 6) * DAY)
        if rng.random() < 0.5:
            note_order(diary, diary.after(back_at, rng.uniform(1, 12)), buyer="own", refund=0.01)
        _tell_weeks(diary, back_at + 7 * DAY)
    return diary.facts
