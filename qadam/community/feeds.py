"""Gatherings as a calendar file (ICS): one to download, and the feed that a person's calendar follows.

The address in it is our page's, never that of the call. What was cancelled stays, and says so. The library is
imported when a calendar is asked for: pages of the cabinet do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from qadam.community.models import Gathering
from qadam.community.queries import KIND_WORDS, path_of, title_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from icalendar import Calendar, Event

ASKED_EVERY = timedelta(hours=6)
REMINDED_BEFORE = timedelta(minutes=30)


def write_calendar(
    gatherings: Sequence[Gathering], *, zone: ZoneInfo, language: str, base_url: str, name: str = ""
) -> bytes:
    """Return gatherings as one calendar, times in `zone`, texts in `language`; with a `name` it is a feed."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Qadam//gatherings//EN")
    calendar.add("version", "2.0")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", ASKED_EVERY, parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", ASKED_EVERY)
    for gathering in gatherings:
        calendar.add_component(_event(gathering, zone, language, base_url))
    _add_zones(calendar, gatherings)
    return bytes(calendar.to_ical())


def _add_zones(calendar: Calendar, gatherings: Sequence[Gathering]) -> None:
    """Say how the zone goes in the years that matter: its whole history since 1970 is of no use to a calendar."""
    if gatherings:
        years = [gathering.starts_at.date() for gathering in gatherings]
        calendar.add_missing_timezones(min(years) - timedelta(days=366), max(years) + timedelta(days=366))


def _event(gathering: Gathering, zone: ZoneInfo, language: str, base_url: str) -> Event:
    from icalendar import Alarm, Event

    page = f"{base_url.rstrip('/')}{path_of(gathering)}"
    start = gathering.starts_at.astimezone(zone)
    event = Event()
    event.add("uid", f"{gathering.uid}@qadam")
    event.add("sequence", gathering.sequence)
    event.add("dtstamp", gathering.changed_at)
    event.add("last-modified", gathering.changed_at)
    event.add("dtstart", start)
    event.add("dtend", (gathering.starts_at + timedelta(minutes=gathering.minutes)).astimezone(zone))
    event.add("summary", title_of(gathering, language))
    event.add("description", _describe(gathering, page))
    event.add("url", page)
    event.add("location", gathering.place or page)
    event.add("status", "CANCELLED" if gathering.cancelled_at else "CONFIRMED")
    if gathering.cancelled_at is None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title_of(gathering, language))
        alarm.add("trigger", -REMINDED_BEFORE)
        event.add_component(alarm)
    return event


def _describe(gathering: Gathering, page: str) -> str:
    lines = [str(KIND_WORDS[gathering.kind])]
    if gathering.host:
        lines.append(_("With %(host)s") % {"host": gathering.host})
    lines.append(_("Join and check in: %(page)s") % {"page": page})
    return "\n".join(lines)
