"""The audit log: who did what to which object, and why, newest first."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

import msgspec
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape as escape
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qadam.lib import clock
from qadam.lib.text import words_of
from qadam.maps.models import MapVersion
from qadam.office import names
from qadam.office.audit_words import (
    CODES,
    DETAILS,
    GROUPS,
    ICONS,
    REASON_CODES,
    REASONS,
    ROLES,
    actions_of,
    sentence_of,
)
from qadam.office.door import SEES_AUDIT, StaffRequest, staff_page
from qadam.people.models import AuditEntry, Member, User
from qadam.recognition import catalogue
from qadam.recognition.definitions import Kind
from qadam.segments.definitions import current_definitions
from qadam.surveys.queries import survey_names
from qadam.tasks import plans
from qadam.ui.formats import current_zone, moment_words

ON_PAGE = 50
MOST_FOUND = 200
"""Members of a name whose entries are looked for."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str | Promise
    is_current: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the log is narrowed to; "" and None ask for everything. Days are the company's, both included."""

    group: str
    actor: str
    target: str
    first: date | None
    last: date | None

    @property
    def is_narrow(self) -> bool:
        return any((self.group, self.actor, self.target, self.first, self.last))


@dataclass(frozen=True, slots=True)
class Detail:
    label: str | Promise
    text: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in words. `target` is the object as the log names it; `member_id` where it is a member."""

    at: datetime
    icon: str
    sentence: SafeString
    reason: str
    details: tuple[Detail, ...]
    target: str
    member_id: int | None


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    now: datetime
    days: tuple[Day, ...]
    total: int
    number: int
    page_count: int
    link: str
    asked: Asked
    groups: tuple[Choice, ...]
    actors: tuple[Choice, ...]


@require_safe
@staff_page(*SEES_AUDIT)
def list_audit(request: StaffRequest) -> HttpResponse:
    return render(request, "office/audit.html", {"page": _page(request)})


def _page(request: StaffRequest) -> AuditPage:
    asked = _read(request.GET)
    chunk = Paginator(_find(asked), ON_PAGE).get_page(request.GET.get("page"))
    rows = list(chunk.object_list)
    kept = {key: request.GET[key] for key in ("group", "actor", "target", "first", "last") if request.GET.get(key)}
    return AuditPage(
        now=clock.utc_now(),
        days=_days(_entries(rows)),
        total=chunk.paginator.count,
        number=chunk.number,
        page_count=chunk.paginator.num_pages,
        link="?" + urlencode(kept) + ("&" if kept else ""),
        asked=asked,
        groups=tuple(Choice(key, label, key == asked.group) for key, label in GROUPS.items()),
        actors=_actors(asked.actor),
    )


def _read(given: Mapping[str, str]) -> Asked:
    group, actor = given.get("group", ""), given.get("actor", "")
    return Asked(
        group=group if group in GROUPS else "",
        actor=actor if actor == "none" or (actor.isdecimal() and len(actor) < 19) else "",
        target=given.get("target", "").strip()[:200].replace("\x00", ""),
        first=_day(given.get("first", "")),
        last=_day(given.get("last", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= date(9000, 1, 1) else None


def _find(asked: Asked) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.select_related("actor").order_by("-at", "-id")
    if asked.group:
        rows = rows.filter(action__in=actions_of(asked.group))
    if asked.actor:
        rows = rows.filter(actor=None) if asked.actor == "none" else rows.filter(actor_id=int(asked.actor))
    if asked.target:
        rows = rows.filter(_is_about(asked.target))
    if asked.first:
        rows = rows.filter(at__gte=clock.instant_of(asked.first, time.min, current_zone()))
    if asked.last:
        rows = rows.filter(at__lt=clock.instant_of(asked.last + timedelta(days=1), time.min, current_zone()))
    return rows


def _is_about(text: str) -> Q:
    """Match an object as the log names it (member:12), a part of that, or the name of a member."""
    if ":" in text:
        return Q(target=text)
    found = Member.objects.filter(name__icontains=text).order_by("id").values_list("id", flat=True)[:MOST_FOUND]
    return Q(target__icontains=text) | Q(target__in=[f"member:{member_id}" for member_id in found])


def _actors(current: str) -> tuple[Choice, ...]:
    """Return those who stand in the log, by name; without a person last."""
    ids = AuditEntry.objects.exclude(actor=None).order_by().values_list("actor_id", flat=True).distinct()
    people = sorted((_name_of(user), str(user.id)) for user in User.objects.filter(id__in=list(ids)))
    return tuple(Choice(value, label, value == current) for label, value in [*people, (_nobody(), "none")])


def _name_of(user: User) -> str:
    return user.name or user.email


def _nobody() -> str:
    """Name what no person did in the office: the command line, the engine."""
    return _("The system")


def _days(entries: Iterable[Entry]) -> tuple[Day, ...]:
    days = groupby(entries, key=lambda entry: timezone.localtime(entry.at, current_zone()).date())
    return tuple(Day(on, tuple(of_day)) for on, of_day in days)


def _entries(rows: Collection[AuditEntry]) -> list[Entry]:
    named = {_object_of(row.action, key, value) for row in rows for key, value in row.detail.items()}
    known = _read_names({row.target for row in rows} | named)
    return [_entry(row, known) for row in rows]


def _object_of(action: str, key: str, value: object) -> str:
    """Return the object that a detail names, as a target does; "" for a detail that names none."""
    if key in ("journey", "case", "badge"):
        return f"{key}:{value}"
    return f"member:{value}" if action == "member.moved" and key in ("from", "to") and value else ""


def _entry(row: AuditEntry, known: Mapping[str, str]) -> Entry:
    sentence = sentence_of(row.action)
    detail: Mapping[str, object] = row.detail
    reason = next((str(detail[key]) for key in REASONS if detail.get(key)), "")
    return Entry(
        at=row.at,
        icon=ICONS.get(sentence.group, "dot"),
        sentence=_say(str(sentence.text), row, known),
        reason=str(REASON_CODES.get(reason, reason)),
        details=tuple(
            _detail(key, value, known.get(_object_of(row.action, key, value)))
            for key, value in detail.items()
            if key not in REASONS
        ),
        target=row.target,
        member_id=_member_of(row.target, known),
    )


def _say(text: str, row: AuditEntry, known: Mapping[str, str]) -> SafeString:
    """Fill the sentence; what the details lack is a dash."""
    parts: dict[str, object] = {"action": row.action, "what": known.get(row.target) or row.target.partition(":")[2]}
    for key, value in row.detail.items():
        if value is not None:
            parts[key] = known.get(_object_of(row.action, key, value), value)
    parts["who"] = format_html('<span class="strong">{}</span>', _name_of(row.actor) if row.actor else _nobody())
    escaped = defaultdict(lambda: "—", {key: str(escape(str(part))) for key, part in parts.items()})
    return mark_safe(escape(text) % escaped)


def _member_of(target: str, known: Mapping[str, str]) -> int | None:
    kind, _colon, key = target.partition(":")
    return int(key) if kind == "member" and target in known else None


def _detail(key: str, value: object, name: str | None) -> Detail:
    label = DETAILS.get(key, key)
    if name is not None:
        return Detail(label, name, False)
    if key in CODES:
        codes = value if isinstance(value, list) else [value]
        return Detail(label, ", ".join(str(CODES[key].get(str(code), code)) for code in codes), False)
    if key == "roles" and isinstance(value, list):
        return Detail(label, ", ".join(str(ROLES.get(role, role)) for role in value), False)
    if key == "starts_at" and isinstance(value, str):
        at = datetime.fromisoformat(value)
        return Detail(label, moment_words(at, get_language() or "en", current_zone()), False)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return Detail(label, ", ".join(value), True)
    if isinstance(value, Mapping | list):
        return Detail(label, msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), True)
    return Detail(label, "—" if value is None else str(value), not isinstance(value, int))


def _read_names(objects: Collection[str]) -> dict[str, str]:
    """Return {object: name} of what has a name, one query for each kind that is there."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for each in objects:
        kind, _colon, key = each.partition(":")
        wanted[kind].append(key)
    language = get_language() or "en"
    found = {kind: read(keys, language) for kind, keys in wanted.items() if (read := READERS.get(kind))}
    return {f"{kind}:{key}": name for kind, of_kind in found.items() for key, name in of_kind.items() if name}


def _members(keys: Collection[str], language: str) -> dict[str, str]:
    ids = [int(key) for key in keys if key.isdecimal()]
    return {str(row.id): row.name or f"№ {row.id}" for row in Member.objects.filter(id__in=ids).only("id", "name")}


def _users(keys: Collection[str], language: str) -> dict[str, str]:
    ids = [int(key) for key in keys if key.isdecimal()]
    return {str(user.id): _name_of(user) for user in User.objects.filter(id__in=ids)}


def _maps(keys: Collection[str], language: str) -> dict[str, str]:
    rows = MapVersion.objects.published().filter(map__slug__in=keys).order_by("number")
    return {slug: words_of(name).in_language(language) for slug, name in rows.values_list("map__slug", "name")}


def _segments(keys: Collection[str], language: str) -> dict[str, str]:
    return {
        key: words_of(row.document["name"]).in_language(language)
        for key, row in current_definitions().items()
        if key in keys
    }


def _plans(keys: Collection[str], language: str) -> dict[str, str]:
    found = {key: plans.newest_version(key) for key in keys}
    return {key: version.plan.name.in_language(language) for key, version in found.items() if version}


def _surveys(keys: Collection[str], language: str) -> dict[str, str]:
    return {key: name for key, name in survey_names(language).items() if key in keys}


def _definitions(kind: Kind) -> Callable[[Collection[str], str], dict[str, str]]:
    """Return the reader of the names of one kind of documents of recognition."""

    def read(keys: Collection[str], language: str) -> dict[str, str]:
        rows = [row for row in catalogue.current(kind) if row.key in keys]
        return {row.key: words_of(row.document.get("name") or {}).in_language(language) for row in rows}

    return read


READERS: Mapping[str, Callable[[Collection[str], str], dict[str, str]]] = {
    "member": _members,
    "user": _users,
    "map": _maps,
    "segment": _segments,
    "action_plan": _plans,
    "survey": _surveys,
    "case": lambda _keys, language: names.case_names(language),
    "journey": lambda _keys, language: names.journey_names(language),
    **{kind.value: _definitions(kind) for kind in Kind},
}


urlpatterns = [path("audit/", list_audit, name="audit")]
"""Addresses of this page, for office/urls.py."""
