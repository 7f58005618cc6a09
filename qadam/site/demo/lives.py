"""The invented people of the demo company: when each comes, through whom, and how long each stays.

Plain Python: seeded, no clock, no I/O. What they do is in `deeds`.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from math import log
from random import Random
from zoneinfo import ZoneInfo

from qadam.lib import clock
from qadam.site.demo import names, rates
from qadam.site.demo.rates import Temper

MONTHS = 18
ZONE = "Asia/Almaty"
OTHER_ZONES = ("Europe/Moscow",)
DAY = timedelta(days=1)
FOUNDER = "founder"
"""As a sponsor's role: the first of those who began the company."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of the history: `midnights` are the UTC instants at which the company's local days begin."""

    start: datetime
    anchor: datetime
    midnights: tuple[datetime, ...]

    def at(self, day: int, hours: float) -> datetime:
        """Return the instant `hours` after the midnight of a day, to the second; days may lie outside the span."""
        known = min(max(day, 0), len(self.midnights) - 1)
        return self.midnights[known] + (day - known) * DAY + timedelta(seconds=int(hours * 3600))

    def day_of(self, instant: datetime) -> int:
        """Return the number of the local day; what lies after the anchor counts on in days of 24 hours."""
        known = bisect(self.midnights, instant) - 1
        return known + max(0, (instant - self.midnights[known]) // DAY) if known == len(self.midnights) - 1 else known

    def weekday_of(self, day: int) -> int:
        """Return the weekday of a day: Monday is 0."""
        return ((self.start + DAY / 2).astimezone(ZoneInfo(ZONE)).weekday() + day) % 7


def span_until(anchor: datetime, days: int | None = None) -> Span:
    """Return the span of `days` days (default: 18 months) that ends at the anchor, an aware instant."""
    zone = ZoneInfo(ZONE)
    length = days or round(MONTHS * rates.MONTH / DAY)
    last = clock.local_date(anchor, zone)
    first = last - timedelta(days=length - 1)
    midnights = tuple(clock.instant_of(first + timedelta(days=n), time.min, zone) for n in range(length))
    return Span(midnights[0], anchor, midnights)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. `role` names somebody of the cast; `leaves_at` may lie after the anchor."""

    number: int
    name: str
    language: str
    zone: str
    email: str
    kind: str
    """What the person becomes, or stays: prospect, customer, distributor."""
    sponsor: int | None
    seen_at: datetime | None
    """The recorded first contact; None for who came by a sponsor's link."""
    registered_at: datetime | None
    leaves_at: datetime | None
    says_goodbye: bool
    temper: Temper
    seed: str
    role: str = ""

    @property
    def appears_at(self) -> datetime:
        first = self.seen_at or self.registered_at
        assert first is not None
        return first

    @property
    def habits(self) -> rates.Habits:
        return rates.CUSTOMER_HABITS if self.kind == "customer" else rates.HABITS[self.temper]

    def has_left(self, at: datetime) -> bool:
        return self.leaves_at is not None and self.leaves_at <= at


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who comes, before it is known through whom. The cast's arrivals name sponsor and temper themselves."""

    seen_at: datetime | None
    registered_at: datetime | None
    role: str = ""
    name: str = ""
    language: str = ""
    temper: Temper | None = None
    sponsor_role: str = ""
    tickets: int = 0
    is_founder: bool = False

    @property
    def appears_at(self) -> datetime:
        first = self.seen_at or self.registered_at
        assert first is not None
        return first


def draw_lifetime(rng: Random) -> float:
    """Return after how many months somebody leaves, by the sourced hazards, each constant within its month."""
    month = 0
    while True:
        month += 1
        hazard = next((share for last, share in rates.LEAVING if month <= last), rates.LEAVING_LATER)
        if rng.random() < hazard:
            # Given that the month is the one, the moment within it follows the same constant hazard.
            return month - 1 + log(1 - rng.random() * hazard) / log(1 - hazard)


def draw_temper(rng: Random, lifetime: float) -> Temper:
    shares = next(shares for last, shares in rates.TEMPERS_BY_LIFETIME if last is None or lifetime <= last)
    return rng.choices(list(Temper), shares)[0]


class Urn:
    """Who brings the next one: as many tickets as somebody's temper gives, and more for each person brought."""

    TICKETS_PER_RECRUIT = 2

    def __init__(self) -> None:
        self._tickets: list[int] = []

    def put(self, number: int, tickets: int) -> None:
        self._tickets.extend([number] * tickets)

    def draw(self, rng: Random, people: Sequence[Person], at: datetime) -> int | None:
        while self._tickets:
            place = rng.randrange(len(self._tickets))
            number = self._tickets[place]
            if not people[number - 1].has_left(at):
                return number
            self._tickets[place] = self._tickets[-1]
            self._tickets.pop()
        return None


def imagine_people(span: Span, *, members: int, seed: int, cast: Iterable[Arrival] = ()) -> list[Person]:
    """Return everybody in the order of appearance, numbered from 1: `members` registered ones, and lost prospects.

    The same span, number, seed and cast give the same people.
    """
    given = list(cast)
    rng = Random(f"{seed}:people")
    founders = _founders(span, members)
    others = members - len(given) - len(founders)
    arrivals = [*founders, *given, *_joiners(rng, span, others), *_lost_prospects(rng, span, members)]
    arrivals.sort(key=lambda arrival: arrival.appears_at)
    crowd = _Crowd(rng, seed)
    for arrival in arrivals:
        crowd.welcome(arrival)
    return crowd.people


class _Crowd:
    """The people so far, and who of them may bring others."""

    def __init__(self, rng: Random, seed: int) -> None:
        self.people: list[Person] = []
        self._rng, self._seed = rng, seed
        self._urn = Urn()
        self._soon: list[tuple[datetime, int, int]] = []
        self._by_role: dict[str, int] = {}

    def welcome(self, arrival: Arrival) -> None:
        number = len(self.people) + 1
        self._open_urn(arrival.appears_at)
        sponsor = self._sponsor_of(arrival)
        person = _make_person(arrival, number, sponsor, self._seed)
        self.people.append(person)
        if person.role:
            self._by_role[person.role] = number
        if person.registered_at is not None:
            if sponsor is not None:
                heappush(self._soon, (person.registered_at, sponsor, Urn.TICKETS_PER_RECRUIT))
            if person.kind == "distributor":
                heappush(self._soon, (person.registered_at, number, arrival.tickets or person.habits.tickets))

    def _open_urn(self, until: datetime) -> None:
        while self._soon and self._soon[0][0] <= until:
            _, number, tickets = heappop(self._soon)
            self._urn.put(number, tickets)

    def _sponsor_of(self, arrival: Arrival) -> int | None:
        if arrival.is_founder:
            self._by_role.setdefault(FOUNDER, len(self.people) + 1)
            return None
        if arrival.sponsor_role:
            return self._by_role[arrival.sponsor_role]
        return self._urn.draw(self._rng, self.people, arrival.appears_at)


def _make_person(arrival: Arrival, number: int, sponsor: int | None, seed: int) -> Person:
    rng = Random(f"{seed}:{number}")
    face = names.invent_face(rng)
    lifetime = draw_lifetime(rng)
    temper = arrival.temper or draw_temper(rng, lifetime)
    kind, leaves_at = "prospect", None
    if arrival.registered_at is not None:
        kind = "customer" if arrival.temper is None and rng.random() < rates.CUSTOMERS else "distributor"
        stays = arrival.is_founder or bool(arrival.role)
        leaves_at = None if stays else (arrival.registered_at + lifetime * rates.MONTH).replace(microsecond=0)
    name = arrival.name or face.name
    return Person(
        number=number,
        name=name,
        language=arrival.language or face.language,
        zone=rng.choice(OTHER_ZONES) if not arrival.role and rng.random() < 0.05 else ZONE,
        email=f"{arrival.role}@demo.qadam.example" if arrival.role else names.address_of(name, number),
        kind=kind,
        sponsor=sponsor,
        seen_at=arrival.seen_at,
        registered_at=arrival.registered_at,
        leaves_at=leaves_at,
        says_goodbye=rng.random() >= rates.SILENT_LEAVING,
        temper=temper,
        seed=f"{seed}:{number}:deeds",
        role=arrival.role,
    )


# When they come


def daytime(rng: Random) -> float:
    """Return an hour of the day at which people do such things: mostly in the evening."""
    return rng.triangular(8.0, 22.5, 19.0)


def _weight(span: Span, day: int) -> float:
    """How many come on a day, relatively: the company grows; Sundays, July and New Year are quiet."""
    month = (span.midnights[day] + DAY / 2).month
    growth = 0.45 + 1.55 * day / len(span.midnights)
    week = (1.1, 1.1, 1.05, 1.1, 1.0, 0.8, 0.45)[span.weekday_of(day)]
    season = {1: 0.85, 7: 0.75, 8: 0.85, 9: 1.15, 10: 1.15, 12: 0.85}.get(month, 1.0)
    return growth * week * season


def _moment(rng: Random, span: Span, day: int) -> datetime:
    """Return a moment of a day at which people do things; on the last day only what has come to pass by the anchor."""
    at = span.at(day, daytime(rng))
    return at if at < span.anchor else at - DAY


def _days_of(rng: Random, span: Span, count: int, first: int) -> list[int]:
    days = range(first, len(span.midnights))
    totals = list(accumulate(_weight(span, day) for day in days))
    return rng.choices(days, cum_weights=totals, k=count)


def _founders(span: Span, members: int) -> list[Arrival]:
    count = max(4, members // 250)
    return [
        Arrival(None, span.at(n // 3, 9 + n % 3), temper=Temper.BUILDER, tickets=6, is_founder=True)
        for n in range(count)
    ]


def _joiners(rng: Random, span: Span, count: int) -> list[Arrival]:
    return [_joiner(rng, span, day) for day in _days_of(rng, span, count, 5)]


def _joiner(rng: Random, span: Span, day: int) -> Arrival:
    registered_at = _moment(rng, span, day)
    if rng.random() >= rates.RECORDED_CONTACT:
        return Arrival(None, registered_at)
    seen_at = span.at(max(4, day - round(rng.triangular(0, 26, 4))), daytime(rng))
    return Arrival(min(seen_at, registered_at - timedelta(minutes=rng.randint(20, 90))), registered_at)


def _lost_prospects(rng: Random, span: Span, members: int) -> list[Arrival]:
    days = _days_of(rng, span, round(members * rates.LOST_PROSPECTS), 4)
    return [Arrival(_moment(rng, span, day), None) for day in days]
