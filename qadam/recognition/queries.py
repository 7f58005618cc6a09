"""What pages ask about points, levels and badges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from qadam.events.catalogue import PropertyKind, find_event_type
from qadam.events.consumers import EventRow, read_events
from qadam.jobs import sql
from qadam.people.models import Member
from qadam.recognition import streak_queries
from qadam.recognition.awards import Nomination, NominationState
from qadam.recognition.badge_documents import Way
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.facts import read_people, read_zones
from qadam.recognition.ledger import MemberLevel, Period, PointEntry, PointTotal
from qadam.recognition.leveling import number_of
from qadam.recognition.periods import LIFE_STARTS_ON, local_day, monday_of, month_of
from qadam.recognition.reading import read_book
from qadam.recognition.shapes import LedgerLine, LevelView, NominationView, RuleNumbers, Standing

NAMELESS: Mapping[str, str] = {}


def standing_of(member: Member, now: datetime, language: str) -> Standing:
    """Return a member's points, level and streaks at `now`; week and month are those of the member's own day."""
    zones = read_zones(read_people([member.id]).values())
    today = local_day(now, zones[member.id])
    wanted = {Period.WEEK: monday_of(today), Period.MONTH: month_of(today), Period.LIFE: LIFE_STARTS_ON}
    one_of = Q()
    for period, starts_on in wanted.items():
        one_of |= Q(period=period, starts_on=starts_on)
    points = dict(PointTotal.objects.filter(one_of, member=member).values_list("period", "points"))
    waiting = PointEntry.objects.waiting().filter(member=member).aggregate(sum=Sum("points"))["sum"] or 0
    life = points.get(Period.LIFE, 0)
    levels = levels_in(language)
    scale = read_book().scale
    return Standing(
        week=points.get(Period.WEEK, 0),
        month=points.get(Period.MONTH, 0),
        life=life,
        waiting=waiting,
        level=levels[number_of(scale, life)] if scale else None,
        levels=levels,
        streaks=streak_queries.streaks_of(member.id, today, language),
    )


def levels_in(language: str) -> tuple[LevelView, ...]:
    """Return the steps of the scale in force, rising; none where there is no scale."""
    scale = read_book().scale
    steps = scale.steps if scale else ()
    return tuple(
        LevelView(step.key, step.name.in_language(language), number, step.from_points)
        for number, step in enumerate(steps, 1)
    )


def level_number_of(member: Member) -> int:
    """Return the number of the level on which a member stands now; people count from one."""
    return 1 + (MemberLevel.objects.filter(member=member).values_list("number", flat=True).first() or 0)


def ledger_of(
    member: Member, language: str, limit: int = 50, names: Mapping[str, str] = NAMELESS
) -> tuple[LedgerLine, ...]:
    """Return the newest lines of a member's ledger. `names`: words for what stands in facts as a key."""
    rows = list(PointEntry.objects.filter(member=member).order_by("-id")[:limit])
    undone = set(PointEntry.objects.filter(reverses__in=[row.id for row in rows]).values_list("reverses_id", flat=True))
    facts = read_facts({row.fact for row in rows})
    return tuple(_line(row, _told(facts.get(row.fact), language, names), row.id in undone, language) for row in rows)


def _told(fact: EventRow | None, language: str, names: Mapping[str, str]) -> str:
    return tell_fact(fact, language, names) if fact else ""


def _line(row: PointEntry, fact: str, is_undone: bool, language: str) -> LedgerLine:
    is_reversal = row.reverses_id is not None
    return LedgerLine(
        id=row.id,
        words=name_of_rule(row.rule, language),
        fact=fact,
        points=row.points,
        at=row.occurred_at,
        why=_("Taken back: what they were for was undone.") if is_reversal else "",
        state="posted" if row.held_until is None else "released" if row.released_at else "held",
        held_until=row.held_until,
        is_reversal=is_reversal,
        reversed=is_undone,
    )


def name_of_rule(key: str, language: str) -> str:
    """Return the rule's name as it reads now, for lines of any of its versions."""
    versions = read_book().rules.get(key)
    return versions[0].rule.name.in_language(language) if versions else key


def read_facts(places: Collection[int]) -> dict[int, EventRow]:
    """Return {place in the log: the event}."""
    if not places:
        return {}
    about, params = sql.ids_in(sorted(places))
    return {event.seq: event for event in read_events(f"id IN {about}", params)}


def tell_fact(fact: EventRow, language: str, names: Mapping[str, str] = NAMELESS) -> str:
    """Tell an event shortly: what has a name, else its first text property (“Order: A-17”), else its own words."""
    event_type = find_event_type(fact.type)
    if event_type is None:
        return fact.type
    named = next((names[str(value)] for value in fact.props.values() if str(value) in names), "")
    if named:
        return named
    for prop in event_type.properties:
        if prop.kind is PropertyKind.TEXT and not prop.choices and fact.props.get(prop.name):
            return f"{_capital(prop.words.in_language(language))}: {fact.props[prop.name]}"
    return _capital(event_type.words.in_language(language))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def nominable(language: str) -> tuple[tuple[str, str, str], ...]:
    """Return (key, name, how) of the badges for which people nominate each other."""
    badges = (version.badge for version in read_book().badges if version.badge.way is Way.NOMINATED)
    return tuple((each.key, each.name.in_language(language), each.how.in_language(language)) for each in badges)


def nominations(language: str, *, state: str = NominationState.WAITING, limit: int = 200) -> list[NominationView]:
    """Return nominations in one state, oldest first: the office's list."""
    rows = Nomination.objects.filter(state=state).select_related("nominee", "nominated_by").order_by("created_at")
    return [_nomination(row, language) for row in rows[:limit]]


def nominations_for(leader: Member, language: str) -> list[NominationView]:
    """Return the nominations that wait for this leader: of mentees and of the own branch, never the leader's own."""
    rows = Nomination.objects.filter(state=NominationState.WAITING).exclude(nominated_by=leader)
    if leader.left_at is not None:
        return []
    mine = Q(nominee__mentor=leader) | Q(nominee__tin__gt=leader.tin, nominee__tin__lt=leader.tin + leader.size)
    found = rows.filter(mine).select_related("nominee", "nominated_by").order_by("created_at")
    return [_nomination(row, language) for row in found]


def _nomination(row: Nomination, language: str) -> NominationView:
    names = {version.badge.key: version.badge.name.in_language(language) for version in read_book().badges}
    return NominationView(
        row.id, row.badge, names.get(row.badge, row.badge), row.nominee_id, row.nominee.name, row.nominated_by_id,
        row.nominated_by.name, row.words, row.created_at, row.state,
    )  # fmt: skip


def rule_numbers(since: datetime, until: datetime) -> dict[int, RuleNumbers]:
    """Return {version of a point rule: what it did} for facts scored in [since, until)."""
    rows = PointEntry.objects.filter(posted_at__gte=since, posted_at__lt=until).values("version_id")
    is_waiting = Q(held_until__isnull=False, released_at__isnull=True)
    numbers: Mapping[str, Any] = {
        "entries": Count("id", filter=Q(reverses__isnull=True)),
        "points": Sum("points", filter=~is_waiting, default=0),
        "members": Count("member_id", distinct=True),
        "held": Count("id", filter=is_waiting & Q(reverses__isnull=True, reversal__isnull=True)),
        "reversed": Count("id", filter=Q(reverses__isnull=False)),
    }
    found: Any = rows.annotate(**numbers)
    return {row["version_id"]: RuleNumbers(**{name: row[name] for name in numbers}) for row in found}


def rules_in_force() -> list[Definition]:
    """Return the newest version of every point rule that isn't retired, in the order of keys."""
    rows = Definition.objects.filter(kind=Kind.POINT_RULE).order_by("key", "number")
    newest = {row.key: row for row in rows}
    return [row for row in newest.values() if row.retired_at is None]
