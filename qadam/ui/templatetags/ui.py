"""`{% load ui %}`: icons, words in the visitor's language, dates and numbers, and the drawings of the path.

Dates are shown in Django's current time zone, which a door sets to the member's (or the company's) zone.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from lucide.templatetags.lucide import lucide

from qadam.lib.text import Words, words_of
from qadam.ui import drawings, formats, navigation

register = template.Library()


def _language() -> str:
    return get_language() or "en"


def _local_day(value: date | datetime) -> date:
    return value.astimezone(formats.current_zone()).date() if isinstance(value, datetime) else value


@register.simple_tag
def icon(name: str, size: int = 20, label: str = "") -> SafeString:
    """Draw a Lucide icon. Without a label it is decoration, silent for screen readers."""
    voice = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true", "focusable": "false"}
    return mark_safe(lucide(name, size=size, **{"class": "icon", "stroke_width": "1.75", **voice}))


@register.filter
def words(value: Words | Mapping[str, str] | str | None) -> str:
    """Pick the visitor's language out of a text that carries all three."""
    if value is None or isinstance(value, str):
        return value or ""
    return (value if isinstance(value, Words) else words_of(value)).in_language(_language())


@register.filter
def day(value: date | datetime | None) -> str:
    """“22 November 2026”, “2026 ж. 22 қараша”."""
    return formats.day_words(_local_day(value), _language()) if value else ""


@register.filter
def short_day(value: date | datetime | None, now: datetime | None = None) -> str:
    """“22 November”; with the year where it differs from that of `now`."""
    if value is None:
        return ""
    local = _local_day(value)
    return formats.day_words(local, _language(), today=_local_day(now) if now else local)


@register.simple_tag
def days(first: date, last: date) -> str:
    """“16–22 November”, both included."""
    return formats.days_words(first, last, _language())


@register.filter
def weekday(value: date | datetime | None) -> str:
    """“Sunday, 22 November”."""
    return formats.weekday_words(_local_day(value), _language()) if value else ""


@register.filter
def moment(value: datetime | None, now: datetime | None = None) -> str:
    """“22 November, 14:05”."""
    if value is None:
        return ""
    return formats.moment_words(value, _language(), formats.current_zone(), today=_local_day(now) if now else None)


@register.filter
def wall_time(value: datetime | None) -> str:
    """“14:05”."""
    return formats.clock_words(value, formats.current_zone()) if value else ""


@register.simple_tag
def when(value: datetime | None, now: datetime) -> SafeString | str:
    """A relative time with the full moment in its title: “yesterday, 14:05”."""
    if value is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        formats.moment_words(value, _language(), formats.current_zone()),
        formats.relative_words(value, now, _language(), formats.current_zone()),
    )


@register.filter
def number(value: float | None) -> str:
    """“1 234,5”; nothing known is “—”, never 0."""
    return "—" if value is None else formats.number_words(value, _language())


@register.filter
def percent(share: float | None, places: int = 0) -> str:
    """A share as “38 %”; nothing known is “—”."""
    return "—" if share is None else formats.percent_words(share, _language(), places=places)


@register.filter
def points(difference: float) -> str:
    """A difference of two shares as “+14.2 pp”."""
    return formats.points_words(difference, _language())


@register.simple_tag
def amount(minor: int | None, currency: str) -> str:
    """Money in minor units as “1 990 ₸”."""
    return "—" if minor is None else formats.amount_words(minor, currency, _language())


@register.filter
def minutes(value: int) -> str:
    """“10 minutes”, “1 hour”."""
    return formats.duration_words(value, _language())


@register.filter
def day_number(value: datetime | date) -> int:
    """The day of the month, local."""
    return _local_day(value).day


@register.filter
def short_weekday(value: datetime | date) -> str:
    """“Mon”, “дс”."""
    return formats.short_weekday_words(_local_day(value), _language())


@register.simple_tag(takes_context=True)
def owner_tag(context: template.Context) -> str:
    """Who is signed in, as a sign that tells nobody who: what a phone keeps for one person is no other's. "" nobody."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return salted_hmac("qadam.offline", str(user.pk)).hexdigest()[:20] if user and user.is_authenticated else ""


@register.filter
def initials(name: str) -> str:
    """The first letters of the first two words of a name."""
    return "".join(part[0] for part in name.split()[:2]).upper() or "·"


@register.simple_tag(takes_context=True)
def navigation_of(context: template.Context, shell: str) -> list[navigation.Entry]:
    """The entries of a shell for this visitor."""
    return navigation.entries_for(shell, context["request"])


@register.simple_tag
def path_of_days(day: int, label: str = "") -> SafeString:
    """The 90 days with their milestones, walked up to `day`. `label` is the text equivalent."""
    return _draw("ui/_path.html", {"drawing": drawings.draw_path(day, height=72), "label": label})


@register.simple_tag
def path_to(done: float, goal: int, label: str = "") -> SafeString:
    """The way to a goal: each step of a small one, the quarters of a large one. `label` is the text equivalent."""
    drawing = drawings.draw_path(done, milestones=drawings.steps_to(goal), height=64)
    return _draw("ui/_path.html", {"drawing": drawing, "label": label})


@register.simple_tag
def path_over(
    value: float, milestones: Sequence[int], label: str = "", labels: Sequence[str] | None = None
) -> SafeString:
    """A path over given milestones: points over levels, a score over benchmarks. Nothing where there are none."""
    if not milestones:
        return SafeString("")
    drawing = drawings.draw_path(value, milestones=milestones, labels=labels, height=76)
    return _draw("ui/_path.html", {"drawing": drawing, "label": label})


@register.simple_tag
def medal(icon_name: str, have: float, need: float, size: int = 56) -> SafeString:
    """A milestone's stone: the icon inside a ring that is filled by `have` of `need`; decoration beside its words."""
    drawing = drawings.draw_ring(int(have * 100), int(need * 100), size=size)
    return _draw("ui/_medal.html", {"drawing": drawing, "icon_name": icon_name, "is_own": need > 0 and have >= need})


@register.simple_tag
def ring(done: int, total: int, label: str, size: int = 72) -> SafeString:
    """A ring of `done` of `total`. `label` is the text equivalent."""
    drawing = drawings.draw_ring(done, total, size=size)
    return _draw("ui/_ring.html", {"drawing": drawing, "done": done, "total": total, "label": label})


@register.simple_tag
def sparkline(values: Sequence[float | None], label: str = "", width: int = 64, height: int = 20) -> SafeString:
    """A small line of values, gaps left open. `label` is the text equivalent; without one it is decoration."""
    runs = drawings.draw_sparkline(values, width=width, height=height)
    points = [run for run in runs if " " in run]
    end = runs[-1].split(" ")[-1].split(",") if runs else None
    context = {"runs": points, "end": end, "label": label, "width": width, "height": height}
    return _draw("ui/_sparkline.html", context)


def _draw(name: str, context: Mapping[str, Any]) -> SafeString:
    return mark_safe(render_to_string(name, dict(context)).strip())
