"""What is left of orders after refunds, seen by the person whose orders they are. Plain Python.

An order counts in the period in which it was paid; what comes back later is taken off there, so that a figure of
the past may fall and says so. An order told twice counts once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Buyer(StrEnum):
    CUSTOMER = "customer"
    OWN = "own"
    UNTOLD = "untold"


BUYERS = {"retail": Buyer.CUSTOMER, "preferred": Buyer.CUSTOMER, "own": Buyer.OWN}


@dataclass(frozen=True, slots=True)
class Paid:
    """One paid order. `amount` in minor units, None where the shop didn't say it; `customer` "" likewise."""

    order: str
    at: datetime
    buyer: Buyer
    amount: int | None
    currency: str
    customer: str


@dataclass(frozen=True, slots=True)
class Refund:
    """What was paid back of an order; `amount` None: all of it."""

    order: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class Money:
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of one kind of buyer. `kept`: not paid back in full; `returned`: paid back in full; `unpriced`: kept ones
    whose amount nobody told. `sums` holds what stays after refunds, one for each currency, the largest first.
    """

    kept: int = 0
    returned: int = 0
    unpriced: int = 0
    sums: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class Customers:
    """How many customers with a name in the orders bought, and how many of them more than once."""

    bought: int = 0
    came_again: int = 0


def read_paid(props: Mapping[str, Any], at: datetime, *, currency: str, customer: str = "") -> Paid:
    """Read a fact `order.paid`; `currency` and `customer` stand in where the fact names none."""
    return Paid(
        order=str(props["order"]),
        at=at,
        buyer=BUYERS.get(props.get("buyer", ""), Buyer.CUSTOMER if customer else Buyer.UNTOLD),
        amount=props.get("amount"),
        currency=props.get("currency") or currency,
        customer=props.get("customer") or customer,
    )


def settle(paid: Iterable[Paid], refunds: Iterable[Refund]) -> dict[Buyer, Orders]:
    """Return {buyer: what is left}. An order that was told twice counts as it was told last.

    Paid back in full: the refunds reach the amount, or one of the amounts is unknown (as in every metric).
    """
    back = _sum_refunds(refunds)
    found: dict[Buyer, Orders] = {}
    sums: dict[Buyer, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for order in _newest(paid):
        before, rest = found.get(order.buyer, Orders()), left_of(order, back)
        found[order.buyer] = Orders(
            before.kept + (rest is not None),
            before.returned + (rest is None),
            before.unpriced + (rest is not None and order.amount is None),
        )
        if rest and order.amount is not None:
            sums[order.buyer][order.currency] += rest
    return {
        buyer: Orders(each.kept, each.returned, each.unpriced, _money(sums[buyer])) for buyer, each in found.items()
    }


def left_of(order: Paid, back: Mapping[str, int | None]) -> int | None:
    """Return what is left of an order in minor units (0 where its amount is unknown); None: nothing of it."""
    if order.order not in back:
        return order.amount or 0
    paid_back = back[order.order]
    if paid_back is None or order.amount is None or paid_back >= order.amount:
        return None
    return order.amount - paid_back


def count_customers(paid: Iterable[Paid], refunds: Iterable[Refund]) -> Customers:
    """Count the customers behind the orders that were kept; orders for own use are nobody's."""
    back = _sum_refunds(refunds)
    orders: dict[str, int] = defaultdict(int)
    for order in _newest(paid):
        if order.customer and order.buyer is not Buyer.OWN and left_of(order, back) is not None:
            orders[order.customer] += 1
    return Customers(len(orders), sum(count > 1 for count in orders.values()))


def _newest(paid: Iterable[Paid]) -> list[Paid]:
    return list({order.order: order for order in sorted(paid, key=lambda each: each.at)}.values())


def _sum_refunds(refunds: Iterable[Refund]) -> dict[str, int | None]:
    """Return {order: paid back in minor units}; None: an amount is unknown, so all of it."""
    back: dict[str, int | None] = {}
    for refund in refunds:
        before = back.get(refund.order, 0)
        back[refund.order] = None if before is None or refund.amount is None else before + refund.amount
    return back


def _money(sums: Mapping[str, int]) -> tuple[Money, ...]:
    return tuple(Money(currency, minor) for currency, minor in sorted(sums.items(), key=lambda each: -each[1]))
