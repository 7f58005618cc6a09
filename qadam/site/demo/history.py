"""The whole history of the demo company, as plain Python: who there is, and every fact up to the anchor."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from qadam.site.demo.awards import name_colleagues
from qadam.site.demo.bonuses import credit_bonuses
from qadam.site.demo.cast import arrivals_of, tell_cast_life
from qadam.site.demo.deeds import tell_life
from qadam.site.demo.diary import Fact
from qadam.site.demo.lives import Person, Span, imagine_people, span_until


@dataclass(frozen=True, slots=True)
class History:
    """`facts` are in the order of time; the same anchor, length, size and seed give the same history."""

    span: Span
    people: tuple[Person, ...]
    facts: tuple[Fact, ...]


def imagine_history(*, anchor: datetime, members: int, seed: int, days: int | None = None) -> History:
    """Return a history of `days` days (default: 18 months) that ends at the anchor, with `members` registered."""
    span = span_until(anchor, days)
    people = imagine_people(span, members=members, seed=seed, cast=arrivals_of(span))
    return History(span, tuple(people), tuple(tell_facts(people, span)))


def tell_facts(people: Iterable[Person], span: Span) -> list[Fact]:
    """Return every fact of every life up to the anchor, in the order of time."""
    everybody = list(people)
    facts = [fact for person in everybody for fact in (tell_cast_life if person.role else tell_life)(person, span)]
    facts += credit_bonuses(everybody, facts, span)
    facts += name_colleagues(everybody, span)
    facts.sort(key=lambda fact: (fact.at, fact.person, fact.type, fact.key))
    return facts
