from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from qadam.metrics.own_numbers import OwnNumbers, Span, own_numbers
from qadam.metrics.settling import Customers, Money, Orders
from qadam.people.models import Company, Member
from tests.cast import a_company, a_member, an_event, days

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 6, 0, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return a_company()


@pytest.fixture
def member(company: Company) -> Member:
    return a_member(now=NOW - days(80))


def read(member: Member, company: Company, span: Span = Span.MONTH) -> OwnNumbers:
    member.refresh_from_db()
    return own_numbers(member, company, NOW, span)


def test_the_month_so_far_stands_beside_the_whole_month_before(company: Company, member: Member) -> None:
    an_event("order.paid", member, NOW - days(1), order="a", amount=900, buyer="retail", customer="x")
    an_event("order.paid", member, NOW - days(2), order="b", amount=500, buyer="own")
    an_event("order.paid", member, NOW - days(30), order="c", amount=700, buyer="retail")
    an_event("order.refunded", member, NOW - days(3), order="c", amount=700)
    an_event("order.paid", member, NOW - days(70), order="d", amount=700, buyer="retail")
    numbers = read(member, company)
    assert numbers.window.first_day == date(2026, 3, 1)
    assert numbers.now.from_customers == Orders(1, 0, 0, (Money("KZT", 900),))
    assert numbers.now.own_use == Orders(1, 0, 0, (Money("KZT", 500),))
    assert numbers.now.customers == Customers(1, 0)
    assert numbers.earlier.from_customers == Orders(0, 1)
    assert read(member, company, Span.QUARTER).now.from_customers.kept == 2


def test_a_month_begins_at_the_members_midnight(company: Company, member: Member) -> None:
    an_event("order.paid", member, datetime(2026, 2, 28, 19, 30, tzinfo=UTC), order="a", amount=1, buyer="retail")
    an_event("order.paid", member, datetime(2026, 2, 28, 18, 30, tzinfo=UTC), order="b", amount=1, buyer="retail")
    numbers = read(member, company)
    assert (numbers.now.from_customers.kept, numbers.earlier.from_customers.kept) == (1, 1)


def test_orders_of_ones_customers_are_ones_own_and_nobody_elses(company: Company, member: Member) -> None:
    customer = a_member(kind="customer", sponsor_id=member.id, external_id="c-1", now=NOW - days(5))
    partner = a_member(sponsor_id=member.id, now=NOW - days(5))
    an_event("customer.registered", member, NOW - days(5), customer="c-1")
    an_event("customer.registered", member, NOW - days(4))
    an_event("order.paid", customer, NOW - days(1), order="a", amount=900)
    an_event("order.paid", partner, NOW - days(1), order="b", amount=900, buyer="retail")
    numbers = read(member, company)
    assert numbers.now.from_customers.kept == 1
    assert numbers.now.registered_customers == 2
    assert (numbers.team.frontline, numbers.team.newcomers, numbers.team.joined) == (1, 1, 1)


def test_repetitions_count_once_and_bonuses_are_the_companys(company: Company, member: Member) -> None:
    for hours in (1, 2):
        an_event("lesson.completed", member, NOW - days(hours), lesson="claims")
        an_event("cabinet.opened", member, NOW - days(hours))
    assert read(member, company).bonuses == ()
    an_event("bonus.credited", member, NOW - days(2), amount=12_345)
    numbers = read(member, company)
    assert (numbers.now.acts["lesson.completed"], numbers.now.acts["cabinet.opened"]) == (1, 2)
    assert [bonus.minor for bonus in numbers.bonuses] == [12_345]


def test_the_numbers_take_few_queries_however_much_was_done(
    company: Company, member: Member, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(40):
        an_event("order.paid", member, NOW - days(number / 2), order=f"o{number}", amount=1, buyer="retail")
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        assert read(member, company, Span.QUARTER).now.from_customers.kept == 40
