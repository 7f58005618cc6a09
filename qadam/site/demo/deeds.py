"""What the invented people do: each life as facts, drawn from the person's own seed. Plain Python: no clock, no I/O."""

from datetime import datetime, timedelta
from random import Random

from qadam.site.demo import rates
from qadam.site.demo.caring import customer_of, tell_care
from qadam.site.demo.choices import tell_choices
from qadam.site.demo.diary import (
    CONSENTS,
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
    ("start-basics", 0.3, 0, 2),
    ("product-basics", 2.5, 2, 4),
    ("claims", 5, 4, 7),
    ("objections", 9, 8, 11),
    ("customer-care", 15, 14, 18),
    ("plan-terms", 23, 22, 27),
    ("conversation", 36, 35, 40),
    ("repeat-orders", 43, 42, 48),
    ("mentoring-basics", 67, 66, 72),
)
"""The lessons of the start pack's action plan, the day of the path on which somebody steady takes each, and those on
which it is assigned and due."""
PATH = "start"

TICKABLE = (
    ("profile", 0.1),
    ("reason", 0.2),
    ("rights", 0.8),
    ("sponsor-call", 1.2),
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
PASSIVE = (
    *("order.delivered", "order.refunded", LEAVES, REGISTERS, CONSENTS),
    *("path.assigned", "lesson.assigned", "question.answered"),
)
"""What happens to somebody who does nothing, and what fading leaves alone."""
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
        tell_membership(diary, person.registered_at)
    return diary.facts


def tell_membership(diary: Diary, registered_at: datetime) -> None:
    """Note everything from the registration on."""
    person = diary.person
    diary.note(REGISTERS, registered_at)
    note_consents(diary, registered_at + timedelta(minutes=1), rates.ADVERTISING_CONSENT)
    hush_at = _tell_orders(diary, registered_at)
    _tell_learning(diary, registered_at)
    _tell_sales(diary, registered_at)
    _tell_goals(diary, registered_at)
    tell_weeks(diary, registered_at)
    if diary.rng.random() < rates.ASKS_ABOUT_PAYMENT:
        note_question(diary, diary.after(registered_at, diary.rng.uniform(0.5, 7)), "payment")
    if hush_at is not None:
        _fall_silent(diary, hush_at)
    if person.leaves_at is not None and person.leaves_at - registered_at > timedelta(days=rates.FADES_DAYS):
        _fade(diary, person.leaves_at)
    # Facts were taken out: what comes now has keys of its own.
    diary.mark += "later-"
    tell_care(diary)
    tell_choices(diary, registered_at)
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
    whose = {} if buyer == "own" else {"customer": customer_of(diary.person, order)}
    props: dict[str, object] = {"amount": amount, "currency": "KZT", "points": points, "buyer": buyer, **whose}
    paid = diary.note("order.paid", at, order=order, **props)
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
    if diary.person.kind == "distributor":
        diary.note("path.assigned", registered_at + timedelta(minutes=2), path=PATH)
    done: list[datetime] = []
    for place, (lesson, day, assigned_day, due_day) in enumerate(LESSONS):
        # Whoever does not follow is not given more: the first three come to everybody.
        if place < 3 or len(done) * 2 >= place:
            _note_assignment(diary, lesson, registered_at, assigned_day, due_day)
        if rng.random() > keenness:
            keenness *= 0.55
            continue
        at = diary.after(registered_at, day + rng.expovariate(1 / 1.6))
        if diary.note("lesson.completed", at, lesson=lesson, path=PATH):
            done.append(at)
    if len(done) == len(LESSONS):
        diary.note("path.completed", max(done) + timedelta(minutes=1), path=PATH)
    for task, day in TICKABLE:
        if rng.random() < habits.tick:
            diary.note(TICKS, diary.after(registered_at, day + rng.expovariate(1 / 1.5)), task=task)


def _note_assignment(diary: Diary, lesson: str, registered_at: datetime, assigned_day: int, due_day: int) -> None:
    """Note that a lesson is assigned with its date, as the learning system tells of it. Customers have no plan."""
    if diary.person.kind == "distributor":
        first_day = diary.span.day_of(registered_at)
        at = max(registered_at + timedelta(minutes=3), diary.span.at(first_day + assigned_day, 7.0))
        due_at = diary.span.at(first_day + due_day, 23.9)
        diary.note("lesson.assigned", at, lesson=lesson, path=PATH, due_at=due_at.isoformat())


def _tell_goals(diary: Diary, registered_at: datetime) -> None:
    """Note the goals for partners that somebody sets, and the weeks of many invitations after some of them."""
    rng = diary.rng
    if diary.person.kind != "distributor" or rng.random() >= rates.SETS_GOAL[diary.person.temper]:
        return
    at = diary.after(registered_at, rng.uniform(18, 55))
    while at < diary.end:
        ends_at = diary.span.at(diary.span.day_of(at) + 90, 12.0)
        diary.note("goal.set", at, goal="partners", partners=rng.choice((1, 1, 2, 2, 3)), ends_at=ends_at.isoformat())
        if rng.random() < rates.PUSHES:
            for _ in range(rng.randint(9, 16)):
                sent_at = diary.after(at, rng.uniform(0.7, 26))
                diary.note("invitation.sent", sent_at, channel=rng.choice(("telegram", "whatsapp", "meeting")))
        at = diary.after(at, rng.uniform(95, 150))


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


def tell_weeks(diary: Diary, registered_at: datetime) -> None:
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


# Silence, and what goes before leaving


def _fall_silent(diary: Diary, hush_at: datetime) -> None:
    """Take out what the person would have done in the silence; parcels and refunds still arrive."""
    until = diary.span.anchor
    rng = Random(f"{diary.person.seed}:silence")
    if rng.random() < rates.RESUMES:
        until = hush_at + timedelta(days=rng.uniform(*rates.RESUMES_AFTER))
    _take_out(diary, {id(fact) for fact in diary.facts if hush_at < fact.at < until and fact.type not in PASSIVE})


def _fade(diary: Diary, leaves_at: datetime) -> None:
    """Take out most of what somebody who is about to leave would have done in the weeks before."""
    rng = Random(f"{diary.person.seed}:fading")
    begin = leaves_at - timedelta(days=rates.FADES_DAYS)
    _take_out(
        diary,
        {
            id(fact)
            for fact in diary.facts
            if fact.at > begin and fact.type not in PASSIVE and rng.random() < rates.FADES
        },
    )


def _take_out(diary: Diary, undone: set[int]) -> None:
    unplaced = {fact.props["order"] for fact in diary.facts if id(fact) in undone and fact.type == "order.paid"}
    unasked = {fact.props["ticket"] for fact in diary.facts if id(fact) in undone and fact.type == "question.opened"}
    diary.facts = [
        fact
        for fact in diary.facts
        if id(fact) not in undone
        and fact.props.get("order") not in unplaced
        and fact.props.get("ticket") not in unasked
    ]
