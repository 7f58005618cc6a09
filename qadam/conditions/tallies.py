"""The SQL of `rate` and `ratio`: two quantities, each added up by a subquery, and their quotient."""

from datetime import timedelta
from fractions import Fraction
from functools import reduce
from operator import and_

from django.db.models import BigIntegerField, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, IsNull, LessThanOrEqual

from qadam.conditions import tree
from qadam.conditions.expressions import (
    Microseconds,
    PropertyInstant,
    PropertyNumber,
    PropertyValue,
    QuotientCompared,
    Total,
)
from qadam.conditions.frames import Column, Frame
from qadam.conditions.occurrences import events_of, filter_events, occurrences, voiding
from qadam.conditions.tree import Circle, Rate, Ratio, Tally
from qadam.events.models import Event
from qadam.people.models import Member

ABOVE = {Circle.FRONTLINE: "sponsor_id", Circle.MENTEES: "mentor_id"}
"""The column by which the members of a circle of one level know whose circle it is."""
SECOND = timedelta(seconds=1)
ENDLESS = 2**62
"""The end of a goal that has none, in microseconds: later than any moment."""


def rate_holds(rate: Rate, frame: Frame) -> Q:
    inner = frame.in_member()
    recent = occurrences(rate.of.within(rate.within), inner)
    earlier = occurrences(rate.of.within(rate.against, rate.before), inner)
    one, other = total_of(recent, rate.of), total_of(earlier, rate.of)
    lengths = Fraction(rate.within // SECOND, rate.against // SECOND)
    truth = Q(GreaterThan(other, Value(0)))
    for comparison, share in rate.limits:
        truth &= Q(QuotientCompared(one, other, comparison, share * lengths))
    return Q(Exists(Member.objects.filter(truth, id=frame.member.at(1))))


def ratio_holds(ratio: Ratio, frame: Frame) -> Q:
    inner = frame.in_member()
    goals = newest_goal(ratio.to, inner)
    reached = total_of(_in_period(ratio, inner), ratio.of)
    target = PropertyNumber(ratio.to.property, (ratio.to.event,))
    truth = reduce(and_, (Q(QuotientCompared(reached, target, *limit)) for limit in ratio.limits))
    if ratio.at is not None:
        gone = Microseconds(Value(frame.now, DateTimeField())) - Microseconds("occurred_at")
        whole = F("ends") - Microseconds("occurred_at")
        truth &= Q(QuotientCompared(gone, whole, tree.Comparison.AT_LEAST, ratio.at))
    goals = goals.filter(GreaterThan(target, Value(0)), truth)
    return Q(Exists(Member.objects.filter(Exists(goals), id=frame.member.at(1))))


def newest_goal(goal: tree.Goal, frame: Frame) -> QuerySet[Event]:
    """Return the event that set the goal, as a subquery of the frame's; `ends` is the end of its period."""
    carrying = events_of((goal.event,), goal.where, frame, level=2)
    carrying = carrying.filter(IsNull(PropertyValue(goal.property), False))
    found = Event.objects.filter(id=Subquery(carrying.order_by("-occurred_at", "-id").values("id")[:1]))
    endless = Value(ENDLESS, BigIntegerField())
    if not goal.until:
        return found.annotate(ends=endless)
    return found.annotate(ends=Coalesce(Microseconds(PropertyInstant(goal.until, (goal.event,))), endless))


def _in_period(ratio: Ratio, frame: Frame) -> QuerySet[Event]:
    """Return the occurrences in the goal's period, as a subquery of the goal's; the frame is in the member's row."""
    if ratio.of.by is None:
        found = occurrences(ratio.of.within(None), frame.deeper())
    else:
        found = _by_others(ratio.of, ratio.of.by, frame)
    found = found.filter(occurred_at__gt=OuterRef("occurred_at"))
    return found.filter(LessThanOrEqual(Microseconds("occurred_at"), OuterRef("ends"))) if ratio.to.until else found


def _by_others(tally: Tally, circle: Circle, frame: Frame) -> QuerySet[Event]:
    """Return the occurrences of a circle of people, two levels in from the member's row."""
    if circle is Circle.DOWNLINE:
        tin, size = Column("tin").at(3), Column("size").at(3)
        others = Member.objects.filter(tin__gt=tin, tin__lt=tin + size)
    else:
        others = Member.objects.filter(**{ABOVE[circle]: frame.member.at(3)})
    found = Event.objects.filter(member_id__in=others.values("id"), occurred_at__lte=frame.now)
    found = filter_events(found, tally.events, tally.where)
    if tally.unless is not None:
        found = found.filter(~Exists(voiding(tally.unless, OuterRef("member_id"), frame)))
    if tally.distinct:
        value = PropertyValue(tally.distinct)
        found = found.annotate(counted=value).filter(IsNull(value, False))
    return found


def total_of(found: QuerySet[Event], tally: Tally) -> Subquery:
    """Return what occurrences add up to, as an expression of the query outside."""
    if tally.sum:
        total = Total("COALESCE(SUM(x), 0)", PropertyNumber(tally.sum))
    elif tally.distinct:
        total = Total("COUNT(DISTINCT x)", "counted")
    else:
        total = Total("COUNT(*)")
    return Subquery(found.order_by().annotate(total=total).values("total"))
