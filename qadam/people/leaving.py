"""Going, coming back, and being forgotten, by the member's own will."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from qadam.events import operations as events
from qadam.events.models import Event
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import identity, pausing
from qadam.people.errors import HasLeft, HasNotLeft, LeftByCompany, StaffNotErased
from qadam.people.models import Company, Member, Role
from qadam.people.operations import leave_company, write_audit
from qadam.people.terms import TermsDocument, terms_in_force

OWN_WILL = "left-by-own-will"
"""How the key of `member.left` begins where the member decided it; the company's word has another."""
ORDERS_READ = 500
"""Among so many of the newest orders those are looked for that can still be given back."""


class Reason(StrEnum):
    """Why somebody goes, in one tap. The codes are the property `reason` of `member.left`."""

    NO_TIME = "no_time"
    NOT_FOR_ME = "not_for_me"
    NO_INCOME = "no_income"
    COSTS = "costs"
    PRODUCT = "product"
    PEOPLE = "people"
    LIFE = "life"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class ReturnableOrder:
    """An own order of which something can still be given back. `amount` in minor units; None where it isn't known.

    `refund_until`: the last local day of a full refund, None when it is over; `buyback_until`: likewise for goods that
    the company buys back.
    """

    order: str
    paid_on: date
    amount: int | None
    currency: str
    refund_until: date | None
    buyback_until: date | None


@write()
def leave(*, member: Member, reason: Reason, now: datetime) -> None:
    """Let a member go, at once and without asking twice. A pause ends with it. Records `member.left`.

    Raises:
        HasLeft: the member left before.
    """
    if Member.objects.filter(id=member.id, left_at__isnull=False).exists():
        raise HasLeft
    pausing.close_pause(member=member, now=now)
    key = f"{OWN_WILL}:{member.id}:{now.isoformat()}"
    leave_company(member=member, reason=reason.value, at=now, now=now, key=key)


@write()
def come_back(*, member: Member, now: datetime) -> None:
    """Take a member who left in again: the place in the network is where it was. Records `member.returned`.

    Raises:
        HasNotLeft: the member never left, or is back.
        LeftByCompany: it was the company that ended it.
    """
    if Member.objects.filter(id=member.id, left_at__isnull=False).exists() and not may_come_back(member):
        raise LeftByCompany
    if not Member.objects.filter(id=member.id, left_at__isnull=False, erased_at__isnull=True).update(left_at=None):
        raise HasNotLeft
    key = f"returned:{member.id}:{now.isoformat()}"
    events.record(type="member.returned", member_id=member.id, occurred_at=now, key=key, now=now)


def may_come_back(member: Member) -> bool:
    """Tell whether the last leaving was the member's own: what the company ended, the company begins again."""
    left = Event.objects.filter(member_id=member.id, type="member.left").order_by("-id")
    key = left.values_list("external_id", flat=True).first()
    return key is not None and key.startswith(f"{OWN_WILL}:")


@write()
def erase_self(*, member: Member, now: datetime) -> None:
    """Erase a person at their own wish: `identity.erase_member`, and the audit log says whose wish it was.

    Raises:
        StaffNotErased: the sign-in has roles of the staff.
        AlreadyErased: nothing is left to erase.
    """
    if Role.objects.filter(user__member=member).exists():
        raise StaffNotErased
    member = identity.hold_unerased(member)
    pausing.close_pause(member=member, now=now)
    nameless = identity.erase_member(member=member, actor=None, now=now)
    target = f"member:{nameless.id}"
    write_audit(actor=None, action="member.erased_at_own_wish", target=target, detail={}, now=now)


def returnable_orders(member: Member, company: Company, now: datetime) -> tuple[ReturnableOrder, ...]:
    """Return the own orders of which something can still be given back, newest first; empty without terms."""
    terms = terms_in_force()
    if terms is None:
        return ()
    zone = member.zone_in(company)
    since = now - timedelta(days=max(terms.refund_days, terms.buyback_days) + 1)
    own = Event.objects.filter(member_id=member.id)
    refunded = set(
        own.filter(type="order.refunded", occurred_at__gte=since).values_list("props__order", flat=True)[:ORDERS_READ]
    )
    paid = own.filter(type="order.paid", occurred_at__gte=since).order_by("-occurred_at", "-id")
    orders = (
        (clock.local_date(at, zone), props)
        for at, props in paid.values_list("occurred_at", "props")[:ORDERS_READ]
        if props.get("buyer", "own") == "own" and props.get("order") not in refunded
    )
    return choose_returnable(orders, terms, company.currency, clock.local_date(now, zone))


def choose_returnable(
    orders: Iterable[tuple[date, Mapping[str, object]]], terms: TermsDocument, currency: str, today: date
) -> tuple[ReturnableOrder, ...]:
    """Return those of `orders` (the local day of payment, properties) that a window still covers today."""
    chosen = []
    for paid_on, props in orders:
        refund_until = paid_on + timedelta(days=terms.refund_days)
        buyback_until = paid_on + timedelta(days=terms.buyback_days)
        if max(refund_until, buyback_until) >= today:
            amount = props.get("amount")
            chosen.append(
                ReturnableOrder(
                    order=str(props.get("order") or ""),
                    paid_on=paid_on,
                    amount=amount if isinstance(amount, int) else None,
                    currency=str(props.get("currency") or currency),
                    refund_until=refund_until if refund_until >= today else None,
                    buyback_until=buyback_until if buyback_until >= today else None,
                )
            )
    return tuple(chosen)
