"""The occurrences that a leaf counts, as a subquery of the log, and the instants that anchors stand for."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.lookups import Exact, IsNull, LessThanOrEqual

from qadam.conditions import tree
from qadam.conditions.expressions import (
    InstantCompared,
    LocalDay,
    Microseconds,
    PropertyInstant,
    PropertyPasses,
    PropertyText,
    PropertyValue,
)
from qadam.conditions.frames import Frame
from qadam.conditions.tree import Did
from qadam.conditions.zones import EARLIEST
from qadam.events.models import Event
from qadam.people.models import Member

A_DAY = timedelta(days=1)
MARGIN = timedelta(days=32)
"""SQL compiled on the last day of a month is asked about its first day as well."""
"""Prepared SQL is kept while the local day lasts, so it has to know the offsets of a whole day more, at both ends."""


def occurrences(did: Did, frame: Frame) -> QuerySet[Event]:
    """Return the occurrences that count, as a subquery of the frame's.

    `counted` is annotated where it is distinct, `key` where it is counted per key. Days of the path need a frame in
    the member's row.
    """
    found = events_of(did.events, did.where, frame)
    if did.within is not None:
        found = found.filter(occurred_at__gt=frame.now - did.before - did.within)
    if did.before:
        found = found.filter(occurred_at__lte=frame.now - did.before)
    if did.since is not None:
        found = found.filter(occurred_at__gt=anchor_instant(did.since, frame, level=1))
    if did.past is not None:
        found = _filter_past(found, did, frame)
    if did.unless is not None:
        found = found.filter(~Exists(voiding(did.unless, frame.member.at(2), frame)))
    if did.not_followed_by is not None:
        found = _filter_followed(found, did.not_followed_by, frame)
    if did.same:
        assert frame.key is not None
        found = found.filter(Exact(PropertyText(did.same), frame.key.at(1)))
    return _number(found, did, frame)


def _number(found: QuerySet[Event], did: Did, frame: Frame) -> QuerySet[Event]:
    """Keep the days of the path, and annotate what is counted and per which key."""
    if did.days is not None or did.distinct == tree.DAY:
        found = _filter_days(found, did, frame)
    if did.distinct and did.distinct != tree.DAY:
        found = found.annotate(counted=PropertyValue(did.distinct)).filter(IsNull(PropertyValue(did.distinct), False))
    return found.annotate(key=PropertyText(did.per)).filter(IsNull(PropertyText(did.per), False)) if did.per else found


def events_of(names: tuple[str, ...], where: tree.Where, frame: Frame, level: int = 1) -> QuerySet[Event]:
    """Return the member's events of these types up to now, `level` subqueries in."""
    found = Event.objects.filter(member_id=frame.member.at(level), occurred_at__lte=frame.now)
    return filter_events(found, names, where)


def filter_events(found: QuerySet[Event], names: tuple[str, ...], where: tree.Where) -> QuerySet[Event]:
    found = found.filter(type=names[0]) if len(names) == 1 else found.filter(type__in=names)
    return found.filter(*(PropertyPasses(name, test) for name, test in where))


def _filter_past(found: QuerySet[Event], did: Did, frame: Frame) -> QuerySet[Event]:
    assert did.past is not None
    limit = frame.now - did.past.by
    if not did.past.of:
        return found.filter(occurred_at__lte=limit)
    return found.filter(InstantCompared(PropertyInstant(did.past.of, did.events), "<=", limit))


def voiding(unless: tree.Unless, member: Any, frame: Frame) -> QuerySet[Event]:
    """Return the member's events that void an occurrence; a subquery of the one of occurrences."""
    found = Event.objects.filter(member_id=member, occurred_at__lte=frame.moment.voids_until, type=unless.event)
    return found.filter(Exact(PropertyValue(unless.same), PropertyValue(unless.same, OuterRef("props"))))


def _filter_followed(found: QuerySet[Event], followed: tree.Followed, frame: Frame) -> QuerySet[Event]:
    """Keep the occurrences of which it is known that nothing followed."""
    after = events_of((followed.event,), (), frame, level=2).filter(occurred_at__gt=OuterRef("occurred_at"))
    if followed.same:
        after = after.filter(Exact(PropertyValue(followed.same), PropertyValue(followed.same, OuterRef("props"))))
    if followed.within is not None:
        found = found.filter(occurred_at__lte=frame.now - followed.within)
        last = Microseconds(OuterRef("occurred_at")) + Value(
            followed.within // timedelta(microseconds=1), BigIntegerField()
        )
        after = after.filter(LessThanOrEqual(Microseconds("occurred_at"), last))
    return found.filter(~Exists(after))


def _filter_days(found: QuerySet[Event], did: Did, frame: Frame) -> QuerySet[Event]:
    """Keep the occurrences on days of the path, and number their days. The frame is in the member's row."""
    start = EARLIEST if did.within is None else frame.now - did.before - did.within - A_DAY
    day = local_day(F("occurred_at"), frame, start)
    if did.days is not None:
        zero = local_day(OuterRef("day_zero_at"), frame, EARLIEST)
        found = found.alias(day_of_path=day - zero).filter(day_of_path__range=did.days)
    return found.annotate(counted=day) if did.distinct == tree.DAY else found


def local_day(at: Any, frame: Frame, start: datetime) -> LocalDay:
    """Number the local day of an instant after `start`, seen from a subquery of the frame's."""
    assert frame.zone is not None
    # What is compiled serves every moment of its month, earlier ones too.
    since = max(start - MARGIN, EARLIEST)
    return LocalDay(at, frame.zone.at(1), zones=frame.moment.zones, start=since, end=frame.now + A_DAY)


def anchor_instant(anchor: tree.Anchor, frame: Frame, level: int = 0) -> Any:
    """Return the anchor's instant, seen from `level` subqueries in; null where it doesn't exist."""
    if anchor is tree.Fixed.ENTRY:
        assert frame.entry is not None
        return frame.entry.at(level)
    if isinstance(anchor, tree.EventAnchor):
        found = events_of(anchor.events, anchor.where, frame, level + 1)
        return Subquery(found.order_by("-occurred_at" if anchor.is_last else "occurred_at").values("occurred_at")[:1])
    return Subquery(Member.objects.filter(id=frame.member.at(level + 1)).values("day_zero_at")[:1])
