"""What people do before they register, and what those do who never will. Plain Python: no clock, no I/O."""

from datetime import datetime, timedelta

from qadam.site.demo import rates
from qadam.site.demo.diary import OBJECTIONS, Diary, note_attendance, note_consents, note_question

CONTACT_CHANNELS = ("social", "meeting", "telegram", "referral")
CONTENTS = ("product-line", "how-it-works", "terms", "stories")
REASONS = ("no_time", "not_interested", "trust", "price")


def tell_way_in(diary: Diary, seen_at: datetime) -> None:
    rng = diary.rng
    diary.note("contact.recorded", seen_at, channel=rng.choice(CONTACT_CHANNELS))
    if diary.person.registered_at is None:
        _tell_lost_interest(diary, seen_at)
        return
    registered_at = diary.person.registered_at
    way = rng.random()
    gap = registered_at - seen_at
    if way < rates.WAY_IN_PRESENTATION:
        attended_at = diary.span.at(diary.span.day_of(seen_at + gap * rng.uniform(0.25, 0.85)), 19.0)
        if not seen_at < attended_at < registered_at:
            attended_at = seen_at + gap / 2
        if rng.random() < 0.7:
            _note_booking(diary, seen_at + gap * 0.1, attended_at)
        else:
            note_attendance(diary, attended_at, None)
        note_consents(diary, attended_at, rates.PROSPECT_CONSENT)
    elif way < rates.WAY_IN_PRESENTATION + rates.WAY_IN_CONTENT:
        for share in (0.2, 0.7):
            diary.note("content.opened", seen_at + gap * share, content=rng.choice(CONTENTS))


def _tell_lost_interest(diary: Diary, seen_at: datetime) -> None:
    rng = diary.rng
    if rng.random() < rates.OPENS_CONTENT:
        for _ in range(rng.choice((1, 1, 2, 3))):
            diary.note("content.opened", diary.after(seen_at, rng.uniform(0.2, 6)), content=rng.choice(CONTENTS))
    if rng.random() < rates.BOOKS:
        booked_at = diary.after(seen_at, rng.expovariate(1 / 1.2))
        note_consents(diary, booked_at, rates.PROSPECT_CONSENT)
        comes = rng.random() < rates.SHOWS_UP
        held_at = note_visit(diary, booked_at, comes=comes)
        if not comes and rng.random() < rates.BOOKS_AGAIN:
            comes = rng.random() < rates.SHOWS_UP
            held_at = note_visit(diary, diary.after(held_at, rng.uniform(0.7, 3)), comes=comes)
    elif rng.random() < rates.COMES_UNBOOKED:
        held_at, comes = diary.after(seen_at, rng.uniform(1, 6)), True
        note_attendance(diary, held_at, None)
    else:
        return
    if comes:
        tell_after_presentation(diary, held_at)


def tell_after_presentation(diary: Diary, held_at: datetime) -> None:
    """Note what comes of a presentation: a question, a refusal, and a few who think again or say no for good."""
    rng = diary.rng
    if rng.random() < rates.ASKS:
        note_question(diary, diary.after(held_at, rng.expovariate(0.8)), rng.choice(OBJECTIONS))
    if rng.random() >= rates.DECLINES:
        return
    declined_at = diary.after(held_at, rng.expovariate(0.6))
    diary.note("presentation.declined", declined_at, reason=rng.choice(REASONS))
    if rng.random() < rates.COMES_AGAIN:
        note_visit(diary, diary.after(declined_at, rng.uniform(4, 22)))
    elif rng.random() < rates.DECLINES_AGAIN:
        diary.note("presentation.declined", diary.after(declined_at, rng.uniform(6, 24)), reason=rng.choice(REASONS))


def note_visit(diary: Diary, booked_at: datetime, *, comes: bool = True) -> datetime:
    """Note a booking, and the attendance of those who come. Return when that presentation is held."""
    held_at = diary.span.at(diary.span.day_of(booked_at) + diary.rng.randint(1, 4), 19.0)
    _note_booking(diary, booked_at, held_at, comes=comes)
    return held_at


def _note_booking(diary: Diary, booked_at: datetime, held_at: datetime, *, comes: bool = True) -> None:
    presentation = f"P-{held_at.date()}"
    booking = f"B-{diary.person.number}-{diary.mark}{len(diary.facts)}"
    ends_at = (held_at + timedelta(minutes=45)).isoformat()
    diary.note("presentation.booked", booked_at, presentation=presentation, booking=booking, ends_at=ends_at)
    if comes:
        note_attendance(diary, held_at, booking)
