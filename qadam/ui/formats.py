"""Dates and numbers by the rules of Kazakh, Russian and English (CLDR through Babel)."""

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates, numbers
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

LOCALES = {"kk": "kk", "ru": "ru", "en": "en_GB"}
"""English is written the British way: day before month, 24 hours, as people in our countries read it."""

HOUR = timedelta(hours=1)


def current_zone() -> ZoneInfo:
    """The zone that the door has activated for this answer."""
    return ZoneInfo(timezone.get_current_timezone_name())


def locale_of(language: str) -> str:
    return LOCALES.get(language.split("-")[0], "en_GB")


def day_words(day: date, language: str, *, today: date | None = None) -> str:
    """Return “22 November”, with the year where it isn't the year of `today` (or no `today` is given)."""
    locale = locale_of(language)
    if today is not None and day.year == today.year:
        return _keep_together(dates.format_skeleton("MMMMd", day, locale=locale))
    return dates.format_date(day, "long", locale=locale)


def days_words(first: date, last: date, language: str) -> str:
    """Return a span of days, both included: “16–22 November”."""
    return dates.format_interval(first, last, "MMMMd", locale=locale_of(language))


def month_words(day: date, language: str) -> str:
    """Return “November 2026”."""
    return _keep_together(dates.format_skeleton("yMMMM", day, locale=locale_of(language)))


def month_name(day: date, language: str) -> str:
    """Return “November”, as it stands alone."""
    return dates.format_date(day, "LLLL", locale=locale_of(language))


def weekday_words(day: date, language: str) -> str:
    """Return “Sunday, 22 November”."""
    return f"{dates.format_date(day, 'EEEE', locale=locale_of(language))}, {day_words(day, language, today=day)}"


def short_weekday_words(day: date, language: str) -> str:
    """Return “Sun”."""
    return dates.format_date(day, "EEE", locale=locale_of(language))


def clock_words(instant: datetime, zone: ZoneInfo) -> str:
    """Return the wall time in a zone, 24 hours: “14:05”."""
    return instant.astimezone(zone).strftime("%H:%M")


def moment_words(instant: datetime, language: str, zone: ZoneInfo, *, today: date | None = None) -> str:
    """Return day and wall time in a zone: “22 November, 14:05”."""
    return f"{day_words(instant.astimezone(zone).date(), language, today=today)}, {clock_words(instant, zone)}"


def relative_words(instant: datetime, now: datetime, language: str, zone: ZoneInfo) -> str:
    """Return how far `instant` is from `now`, as a person would say it.

    Under an hour “5 minutes ago”; the neighbouring local days “yesterday, 14:05”; within a week “in 3 days”
    (local midnights, not 24 hours); farther away the date.
    """
    distance = instant - now
    if abs(distance) < HOUR:
        return _span(distance, language) if abs(distance) >= timedelta(minutes=1) else pgettext("time", "just now")
    local, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    midnights = (local - today).days
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get(midnights)
    if near is not None:
        return f"{near}, {clock_words(instant, zone)}"
    if abs(midnights) <= 7:
        return _span(timedelta(days=midnights), language)
    return day_words(local, language, today=today)


def _span(distance: timedelta, language: str) -> str:
    """Keep the unit that was chosen: 120 seconds are 2 minutes, 7 days aren't a week."""
    unit: Literal["minute", "day"] = "minute" if abs(distance) < HOUR else "day"
    seconds = 60 if unit == "minute" else 86_400
    whole = timedelta(seconds=round(distance.total_seconds() / seconds) * seconds)
    return dates.format_timedelta(whole, unit, threshold=1000, add_direction=True, locale=locale_of(language))


def number_words(value: float, language: str) -> str:
    """Return a number with the language's grouping: “1 234,5”."""
    return numbers.format_decimal(value, locale=locale_of(language))


def percent_words(share: float, language: str, *, places: int = 0) -> str:
    """Return a share (0.384) as a percentage, rounded half to even to `places`: “38 %”."""
    form = "0." + "0" * places if places else "0"
    digits = numbers.format_decimal(share * 100, form, locale=locale_of(language))
    return f"{digits}\N{NARROW NO-BREAK SPACE}%"


def points_words(difference: float, language: str) -> str:
    """Return a difference of two shares (0.142) in percentage points, with its sign: “+14.2 pp”, “±0 pp”."""
    points = round(difference * 100, 1)
    sign = "+" if points > 0 else "−" if points < 0 else "±"
    unit = pgettext("percentage points, short", "pp")
    return f"{sign}{number_words(abs(points), language)}\N{NARROW NO-BREAK SPACE}{unit}"


def amount_words(minor: int, currency: str, language: str) -> str:
    """Return money given in minor units (tiyn, kopek, cent); whole amounts without decimals, ₸ in every language."""
    places = numbers.get_currency_precision(currency)
    value = minor / 10**places
    is_whole = minor % 10**places == 0
    text = numbers.format_currency(
        value,
        currency,
        locale=locale_of(language),
        format="#,##0 ¤" if is_whole else "#,##0.00 ¤",
        currency_digits=False,
    )
    return text.replace("KZT", "₸").replace(" ", "\N{NO-BREAK SPACE}")


def duration_words(minutes: int, language: str) -> str:
    """Return “10 minutes” or “1 hour”."""
    unit: Literal["minute", "hour"] = "hour" if minutes >= 60 and minutes % 60 == 0 else "minute"
    length, locale = timedelta(minutes=minutes), locale_of(language)
    return _keep_together(dates.format_timedelta(length, unit, threshold=1000, locale=locale))


def _keep_together(text: str) -> str:
    """A number doesn't leave its unit at the end of a line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
