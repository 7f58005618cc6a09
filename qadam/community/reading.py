"""A gathering as a form holds it: read it, say what is wrong, and show it again as it was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qadam.community.models import Gathering
from qadam.community.queries import KIND_WORDS
from qadam.community.rules import Plan, find_faults
from qadam.lib import clock
from qadam.lib.text import LANGUAGES

FAULT_WORDS: dict[str, str | Promise] = {
    "title.missing": _("Give it a title, in one language at least."),
    "title.long": _("This title is too long. 120 letters fit."),
    "kind.kind": _("Choose what it is."),
    "host.long": _("This is too long. 120 letters fit."),
    "place.long": _("This is too long. 200 letters fit."),
    "url.link": _("A link begins with https:// and has no spaces."),
    "minutes.minutes": _("Between 5 minutes and 10 hours."),
    "starts.missing": _("Give a day and a time."),
    "starts.past": _("It can't begin in the past."),
    "starts.far": _("It begins within a year from now."),
}
FIELDS = ("kind", "host", "on", "at", "minutes", "url", "place")
DEFAULT_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Form:
    """What the fields hold, as typed; `errors` is {field: words}."""

    titles: tuple[tuple[str, str], ...]
    """(language, what is typed), in the order of the languages."""
    kind: str
    host: str
    on: str
    at: str
    minutes: str
    url: str
    place: str
    kinds: tuple[tuple[str, str | Promise], ...]
    errors: dict[str, str | Promise]


def empty_form(host: str) -> Form:
    """Return the form of a new gathering."""
    return _form({"host": host, "kind": "call", "minutes": str(DEFAULT_MINUTES)}, {})


def form_of(gathering: Gathering, zone: ZoneInfo) -> Form:
    """Return the form of a gathering that stands, its time in a zone."""
    local = gathering.starts_at.astimezone(zone)
    titles = {f"title_{code}": getattr(gathering, f"title_{code}") for code in LANGUAGES}
    plain = {name: getattr(gathering, name) for name in ("kind", "host", "url", "place")}
    at = {"on": local.date().isoformat(), "at": f"{local:%H:%M}", "minutes": str(gathering.minutes)}
    return _form(titles | plain | at, {})


def read_form(
    posted: Mapping[str, str], zone: ZoneInfo, now: datetime, *, current: Gathering | None = None
) -> tuple[Plan | None, Form]:
    """Return the plan, None where something is wrong, and the form with what is wrong in words.

    Day and time are in `zone`. A gathering that stands (`current`) may keep a beginning that has passed.
    """
    typed = {name: posted.get(name, "").replace("\x00", "").strip() for name in FIELDS}
    typed |= {
        f"title_{code}": " ".join(posted.get(f"title_{code}", "").replace("\x00", "").split()) for code in LANGUAGES
    }
    starts_at = _read_start(typed["on"], typed["at"], zone)
    number = typed["minutes"]
    plan = Plan(
        kind=typed["kind"],
        title={code: typed[f"title_{code}"] for code in LANGUAGES},
        host=typed["host"],
        starts_at=starts_at or now,
        minutes=int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else 0,
        url=typed["url"],
        place=typed["place"],
    )
    is_new = current is None or plan.starts_at != current.starts_at
    faults = find_faults(plan, now=now, is_new=is_new)
    if starts_at is None:
        faults["starts"] = "missing"
    return (None if faults else plan), _form(typed, faults)


def _read_start(on: str, at: str, zone: ZoneInfo) -> datetime | None:
    try:
        return clock.instant_of(date.fromisoformat(on), time.fromisoformat(at).replace(tzinfo=None), zone)
    except (ValueError, OverflowError):
        return None


def _form(typed: Mapping[str, str], faults: Mapping[str, str]) -> Form:
    return Form(
        titles=tuple((code, typed.get(f"title_{code}", "")) for code in LANGUAGES),
        **{name: typed.get(name, "") for name in FIELDS},
        kinds=tuple(KIND_WORDS.items()),
        errors={field: FAULT_WORDS[f"{field}.{code}"] for field, code in faults.items()},
    )
