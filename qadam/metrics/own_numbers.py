"""A member's own numbers, for the member: orders, customers, team, activity, as the log tells them now.

Nothing is stored and nothing is estimated: each number is counted from facts when the page is opened, by an index of
the person's own events, over at most two periods. Ranks and bonuses are the company's plan engine's; of bonuses this
shows what was credited, where the company reports it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from qadam.events.models import Event
from qadam.lib.clock import local_date, start_of_day
from qadam.metrics.settling import Buyer, Customers, Orders, Refund, count_customers, read_paid, settle
from qadam.people.models import Company, Kind, Member

QUARTER_DAYS = 90
BONUSES_SHOWN = 6
ORDER_TYPES = ("order.paid", "order.refunded")
REGISTERED = "customer.registered"
ACTS = {
    "lesson.completed": "lesson",
    "quiz.passed": "quiz",
    "task.done": "task",
    "live.attended": "event",
    "customer.checked_in": "",
    "content.shared": "",
    "cabinet.opened": "",
}
"""What counts as activity: {event type: the property by which a repetition counts once; "" = each fact counts}."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the member, or an order of one of their customers (`customer`: the company's own id of that one)."""

    type: str
    at: datetime
    props: Mapping[str, Any]
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who has a record of their own below the member. `name` is the company's own id, never a person's."""

    id: int
    name: str
    registered_at: datetime | None


class Span(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Window:
    """The period that is shown, from `since` to now, and the one before it, [earlier, since). Days are the member's."""

    span: Span
    earlier: datetime
    since: datetime
    first_day: date
    earlier_first_day: date


@dataclass(frozen=True, slots=True)
class Team:
    """People below: the own frontline, those of it in their first 90 days, everybody, and who joined in the window."""

    frontline: int
    newcomers: int
    everybody: int
    joined: int


@dataclass(frozen=True, slots=True)
class Bonus:
    credited_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one period holds."""

    from_customers: Orders
    own_use: Orders
    untold: Orders
    customers: Customers
    registered_customers: int
    acts: dict[str, int]


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """Everything on the page of own numbers. `told_at`: when an order of anybody last reached us; None: never."""

    window: Window
    now: Figures
    earlier: Figures
    team: Team
    bonuses: tuple[Bonus, ...]
    currency: str
    told_at: datetime | None


def window_of(span: Span, today: date, zone: ZoneInfo) -> Window:
    """Return the month so far and the whole month before it, or the last 90 days and the 90 before them."""
    if span is Span.MONTH:
        first = today.replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)
    else:
        first = today - timedelta(days=QUARTER_DAYS - 1)
        before = first - timedelta(days=QUARTER_DAYS)
    return Window(span, start_of_day(before, zone), start_of_day(first, zone), first, before)


def own_numbers(member: Member, company: Company, now: datetime, span: Span) -> OwnNumbers:
    """Return what the log tells of one member in a window; six queries, whatever the member has done."""
    zone = member.zone_in(company)
    window = window_of(span, local_date(now, zone), zone)
    customers = _customers_of(member)
    facts = _facts_of(member, customers, window.earlier, now)
    return OwnNumbers(
        window=window,
        now=_count(facts, customers, company.currency, (window.since, now + timedelta(microseconds=1))),
        earlier=_count(facts, customers, company.currency, (window.earlier, window.since)),
        team=_team_of(member, window, now),
        bonuses=_bonuses_of(member, zone, now),
        currency=company.currency,
        told_at=_told_at(now),
    )


def _customers_of(member: Member) -> list[Customer]:
    rows = Member.objects.filter(sponsor_id=member.id, kind=Kind.CUSTOMER)
    return [
        Customer(number, external_id or f"record {number}", at)
        for number, external_id, at in rows.values_list("id", "external_id", "registered_at")
    ]


def _facts_of(member: Member, customers: Sequence[Customer], since: datetime, now: datetime) -> list[Fact]:
    """Return the member's facts and the orders of the customers, from `since` to now."""
    names = {customer.id: customer.name for customer in customers}
    wanted = Q(member_id=member.id, type__in=[*ORDER_TYPES, REGISTERED, *ACTS])
    if names:
        wanted |= Q(member_id__in=list(names), type__in=ORDER_TYPES)
    rows = Event.objects.filter(wanted, occurred_at__gte=since, occurred_at__lte=now)
    columns = rows.order_by("occurred_at", "id").values_list("type", "occurred_at", "props", "member_id")
    return [Fact(kind, at, props, names.get(whose or 0, "")) for kind, at, props, whose in columns]


def _count(
    facts: Sequence[Fact], customers: Iterable[Customer], currency: str, bounds: tuple[datetime, datetime]
) -> Figures:
    """Count one period, [since, until). Refunds are taken from everything: they may come after their order's period."""
    since, until = bounds
    inside = [fact for fact in facts if since <= fact.at < until]
    paid = [
        read_paid(fact.props, fact.at, currency=currency, customer=fact.customer)
        for fact in inside
        if fact.type == "order.paid"
    ]
    refunds = [
        Refund(str(fact.props["order"]), fact.props.get("amount")) for fact in facts if fact.type == "order.refunded"
    ]
    orders = settle(paid, refunds)
    joined = {each.name for each in customers if each.registered_at and since <= each.registered_at < until}
    return Figures(
        from_customers=orders.get(Buyer.CUSTOMER, Orders()),
        own_use=orders.get(Buyer.OWN, Orders()),
        untold=orders.get(Buyer.UNTOLD, Orders()),
        customers=count_customers(paid, refunds),
        registered_customers=len(joined | _names_in(inside)),
        acts=_count_acts(inside),
    )


def _names_in(facts: Sequence[Fact]) -> set[str]:
    """Return the customers that were told as registered; one without a name is somebody of their own."""
    told = [fact for fact in facts if fact.type == REGISTERED]
    return {fact.props.get("customer") or f"fact {index}" for index, fact in enumerate(told)}


def _count_acts(facts: Iterable[Fact]) -> dict[str, int]:
    """Return {event type: how many}, each repetition of one lesson, task or event once."""
    found: dict[str, set[str]] = {kind: set() for kind in ACTS}
    for index, fact in enumerate(facts):
        if fact.type in ACTS:
            name = fact.props.get(ACTS[fact.type]) if ACTS[fact.type] else None
            found[fact.type].add(str(name) if name else f"fact {index}")
    return {kind: len(names) for kind, names in found.items()}


def _team_of(member: Member, window: Window, now: datetime) -> Team:
    people = Member.objects.downline_of(member).filter(kind=Kind.DISTRIBUTOR, left_at__isnull=True)
    first = Q(sponsor_id=member.id)
    return Team(
        **people.aggregate(
            frontline=Count("id", filter=first),
            newcomers=Count("id", filter=first & Q(day_zero_at__gt=now - timedelta(days=QUARTER_DAYS + 1))),
            everybody=Count("id"),
            joined=Count("id", filter=Q(registered_at__gte=window.since, registered_at__lte=now)),
        )
    )


def _bonuses_of(member: Member, zone: ZoneInfo, now: datetime) -> tuple[Bonus, ...]:
    """Return the newest bonuses that the company reported as credited; the amounts are its own."""
    facts = Event.objects.filter(member_id=member.id, type="bonus.credited", occurred_at__lte=now)
    rows = facts.order_by("-occurred_at").values_list("occurred_at", "props")[:BONUSES_SHOWN]
    return tuple(Bonus(local_date(at, zone), props["amount"]) for at, props in rows)


def _told_at(now: datetime) -> datetime | None:
    """Return when the newest paid order of anybody reached us: how fresh the figures about orders can be."""
    newest = Event.objects.filter(type="order.paid", occurred_at__lte=now).order_by("-occurred_at")
    return newest.values_list("recorded_at", flat=True).first()
