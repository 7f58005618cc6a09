"""What is celebrated, rarely: a goal, the first customer's order, days 7, 30, 60 and 90, a level.

At most one in a session and each once in a life; what is older than a week is no news and is let go. Nothing moves for
longer than two seconds, nothing covers the page, and the picture to share holds no money.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.events.models import Event
from qadam.people import operations as people
from qadam.people.models import Member
from qadam.recognition.queries import level_number_of, levels_in
from qadam.tasks.shapes import TodayView

FRESH = timedelta(days=7)
SESSION_KEY = "celebrated"
CUSTOMERS = ("retail", "preferred")
MILESTONES = {"day-7": 7, "day-30": 30, "day-60": 60, "day-90": 90}
LATE_FOR_A_DAY = 3
"""A milestone is celebrated on its day, or up to so many days later for who wasn't here on it."""

TEXTS: dict[str, tuple[str | Promise, str | Promise]] = {
    "first-goal": (_("Your first goal is reached"), _("You have begun. The next step is easier.")),
    "first-order": (_("Your first customer's order"), _("Somebody trusted you. Ask in a week how it went.")),
    "day-7": (_("Seven days behind you"), _("The first week is the longest one.")),
    "day-30": (_("Thirty days behind you"), _("The first month is the hardest, and you have walked it.")),
    "day-60": (_("Sixty days behind you"), _("You have found your own pace.")),
    "day-90": (_("Ninety days behind you"), _("You have walked the whole path.")),
    "level": (_("A new level"), _("It stands for what you have done. Well walked.")),
}


@dataclass(frozen=True, slots=True)
class Celebration:
    """One occasion. `picture` is the address of the picture to share."""

    what: str
    title: str | Promise
    words: str | Promise
    picture: str


def take_one(request: MemberRequest, today: TodayView, now: datetime) -> Celebration | None:
    """Return what to celebrate now and note that it was; None most of the time."""
    if request.session.get(SESSION_KEY):
        return None
    what = _find_news(request.member, today, now)
    if what is None:
        return None
    request.session[SESSION_KEY] = True
    people.note_celebration(member=request.member, what=what, now=now)
    kind, _sep, key = what.partition(":")
    title, words = TEXTS[kind]
    names = {level.key: level.name for level in levels_in(get_language() or "en")} if key else {}
    full_title = f"{title}: {names[key]}" if key in names else title
    return Celebration(what, full_title, words, reverse("cabinet:picture", args=[kind]))


def _find_news(member: Member, today: TodayView, now: datetime) -> str | None:
    """Return the weightiest occasion of the last days that hasn't been celebrated; two to five queries."""
    candidates = [*_facts(member, now), *_days(today)]
    if not candidates:
        return None
    seen = Event.objects.filter(member_id=member.id, type="celebration.shown", props__what__in=candidates)
    known = set(seen.values_list("props__what", flat=True))
    return next((what for what in candidates if what not in known), None)


def _facts(member: Member, now: datetime) -> Iterator[str]:
    """Yield the occasions among the facts of the last week that still stand, the weightiest first."""
    types = ("goal.reached", "level.reached", "order.paid")
    facts = Event.objects.filter(member_id=member.id, type__in=types, occurred_at__lte=now, occurred_at__gt=now - FRESH)
    rows = list(facts.order_by("-occurred_at").values_list("type", "props"))
    if any(kind == "goal.reached" and props.get("goal") == "first" for kind, props in rows):
        yield "first-goal"
    sold = [props for kind, props in rows if kind == "order.paid" and props.get("buyer") in CUSTOMERS]
    if sold and _is_first_sale(member, now) and _has_unreturned(member, sold, now):
        yield "first-order"
    risen = [props for kind, props in rows if kind == "level.reached" and props.get("number", 0) > 1]
    current = level_number_of(member) if risen else 0
    yield from [f"level:{props['level']}" for props in risen if props["number"] <= current][:1]


def _has_unreturned(member: Member, sold: Sequence[Mapping[str, Any]], now: datetime) -> bool:
    orders = {props.get("order") for props in sold}
    returns = Event.objects.filter(member_id=member.id, type="order.refunded", occurred_at__lte=now)
    return bool(orders - set(returns.filter(props__order__in=orders).values_list("props__order", flat=True)))


def _is_first_sale(member: Member, now: datetime) -> bool:
    before = Event.objects.filter(member_id=member.id, type="order.paid", occurred_at__lte=now - FRESH)
    return not before.filter(props__buyer__in=CUSTOMERS).exists()


def _days(today: TodayView) -> Iterator[str]:
    if today.day is None:
        return
    for what, day in reversed(MILESTONES.items()):
        if day <= today.day <= day + LATE_FOR_A_DAY:
            yield what


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on the picture; `y` is its foot, in units of the viewBox (360 × 360)."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands on the picture to share: the path, the occasion, the company. No person's name, no money."""

    day: int | None
    title: tuple[Line, ...]
    words: tuple[Line, ...]
    company: str


@require_safe
@member_page
def draw_picture(request: MemberRequest, kind: str) -> HttpResponse:
    if kind not in TEXTS:
        raise Http404
    title, words = TEXTS[kind]
    picture = Picture(
        MILESTONES.get(kind), _lines(title, 24, 246, 30), _lines(words, 44, 304, 19), request.company.name
    )
    response = render(request, "cabinet/picture.svg", {"picture": picture}, content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _lines(text: str | Promise, letters: int, top: int, step: int) -> tuple[Line, ...]:
    """Break a text into lines: a picture wraps nothing by itself."""
    return tuple(Line(top + step * index, line) for index, line in enumerate(wrap(str(text), letters)))
