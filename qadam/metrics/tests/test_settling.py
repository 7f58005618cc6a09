from datetime import UTC, datetime, timedelta

import pytest

from qadam.metrics.settling import Buyer, Customers, Money, Orders, Paid, Refund, count_customers, read_paid, settle

AT = datetime(2026, 3, 2, tzinfo=UTC)


def paid(order: str, amount: int | None = 1000, *, hours: int = 0, buyer: str = "retail", customer: str = "") -> Paid:
    props = {"order": order, "amount": amount, "buyer": buyer, "customer": customer}
    return read_paid(props, AT + timedelta(hours=hours), currency="KZT")


@pytest.mark.parametrize(
    ("refunds", "left"),
    [
        ([], Orders(1, 0, 0, (Money("KZT", 1000),))),
        ([Refund("a", 400)], Orders(1, 0, 0, (Money("KZT", 600),))),
        ([Refund("a", 400), Refund("a", 600)], Orders(0, 1)),
        ([Refund("a", 2000)], Orders(0, 1)),
        ([Refund("a", None)], Orders(0, 1)),
        ([Refund("other", 1000)], Orders(1, 0, 0, (Money("KZT", 1000),))),
    ],
)
def test_what_is_left_of_an_order(refunds: list[Refund], left: Orders) -> None:
    assert settle([paid("a")], refunds) == {Buyer.CUSTOMER: left}


def test_an_order_told_twice_counts_once_and_as_it_was_told_last() -> None:
    twice = [paid("a", 900, hours=1, buyer="own"), paid("a", 1000)]
    assert settle(twice, []) == {Buyer.OWN: Orders(1, 0, 0, (Money("KZT", 900),))}


def test_own_use_customers_and_untold_orders_stand_apart() -> None:
    found = settle([paid("a"), paid("b", buyer="own"), paid("c", None, buyer=""), paid("d", buyer="preferred")], [])
    assert found[Buyer.CUSTOMER] == Orders(2, 0, 0, (Money("KZT", 2000),))
    assert found[Buyer.OWN].kept == 1
    assert found[Buyer.UNTOLD] == Orders(1, 0, 1, ())


def test_an_order_of_a_customers_own_record_is_a_customers() -> None:
    order = read_paid({"order": "a"}, AT, currency="KZT", customer="c-1")
    assert (order.buyer, order.customer) == (Buyer.CUSTOMER, "c-1")


def test_customers_are_counted_behind_the_orders_that_were_kept() -> None:
    orders = [paid("a", customer="x"), paid("b", customer="x"), paid("c", customer="y"), paid("d", customer="z")]
    orders.append(paid("e", buyer="own", customer="me"))
    assert count_customers(orders, [Refund("d", None)]) == Customers(bought=2, came_again=1)
