"""Who is paid, when and how much: the demo's compensation plan, as plain Python."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from qadam.site.demo import rates
from qadam.site.demo.diary import Fact
from qadam.site.demo.lives import Person, Span


def credit_bonuses(people: Iterable[Person], facts: Iterable[Fact], span: Span) -> list[Fact]:
    """Return the monthly bonuses: the best-selling 21 % of the registered are ever paid, as the source has it.

    What counts is customers' orders and the orders of the people one brought; bonuses come on the 5th of the next
    month.
    """
    registered = {person.number: person for person in people if person.registered_at is not None}
    sales = _monthly_sales(registered, facts)
    paydays = {number: list(_paydays(registered[number], months, span)) for number, months in sales.items()}
    ranking = sorted((number for number in paydays if paydays[number]), key=lambda n: (-sum(sales[n].values()), n))
    paid = ranking[: round(len(registered) * rates.EVER_PAID)]
    return [
        Fact(at, number, "bonus.credited", f"bonus:{number}:{month}", {"amount": sales[number][month] * 12 // 100})
        for number in paid
        for month, at in paydays[number]
    ]


def _monthly_sales(registered: dict[int, Person], facts: Iterable[Fact]) -> dict[int, dict[str, int]]:
    sales: dict[int, dict[str, int]] = {}
    for fact in facts:
        if fact.type != "order.paid":
            continue
        amount = fact.props["amount"]
        assert isinstance(amount, int)
        seller = fact.person if fact.props["buyer"] != "own" else registered[fact.person].sponsor
        if seller in registered and registered[seller].kind == "distributor":
            months = sales.setdefault(seller, {})
            # A sponsor's share of a newcomer's own purchases is a third of that of a sale to a customer.
            gain = amount if seller == fact.person else amount // 3
            months[f"{fact.at:%Y-%m}"] = months.get(f"{fact.at:%Y-%m}", 0) + gain
    return sales


def _paydays(person: Person, months: Iterable[str], span: Span) -> Iterator[tuple[str, datetime]]:
    for month in months:
        year, number = int(month[:4]), int(month[5:])
        following = span.start.replace(year=year + number // 12, month=number % 12 + 1, day=5, hour=7, minute=0)
        if following < span.anchor and not person.has_left(following):
            yield month, following
