"""Thanks for what stands on the wall: who says them, and the tap itself."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random

from qadam.lib.errors import DomainError
from qadam.people.models import Member
from qadam.recognition import wall
from qadam.recognition.social import Achievement
from qadam.site.demo.diary import THANKS, Fact
from qadam.site.demo.lives import Person, Span

THANKS_FROM = timedelta(days=16)
"""Only what is newest on the wall is thanked for: older pages nobody opens."""
HOW_MANY = (0, 0, 1, 1, 2, 3)


def thank(giver: Member, fact: Fact) -> None:
    post = fact.props["post"]
    assert isinstance(post, int)
    try:
        wall.thank(giver=giver, post=post, now=fact.at)
    except DomainError:
        # Taken from the wall meanwhile, or not for their eyes.
        return


class WallReader:
    """Reads what is new on the wall on behalf of everybody."""

    def __init__(self, people: Mapping[int, Person], span: Span) -> None:
        self._people, self._span = people, span
        self._position = 0
        self._fellows: dict[int, list[int]] = {}
        for person in people.values():
            if person.sponsor is not None and person.registered_at is not None:
                self._fellows.setdefault(person.sponsor, []).append(person.number)

    def read(self, number_of: Mapping[int, int], now: datetime) -> Iterator[Fact]:
        """Yield the thanks for what came since the last time; `number_of` tells a person's number by member id."""
        begin = self._span.anchor - THANKS_FROM
        if now < begin:
            return
        news = Achievement.objects.filter(id__gt=self._position, at__gt=begin).order_by("id")
        shown = news.filter(member__visibility__on_wall_since__isnull=False)
        for post, member_id, at in shown.values_list("id", "member_id", "at"):
            self._position = post
            yield from self._thanks(post, self._people[number_of[member_id]], at)

    def _thanks(self, post: int, person: Person, at: datetime) -> Iterator[Fact]:
        rng = Random(f"{person.seed}:thanks:{post}")
        around = [
            person.sponsor or 0,
            *self._fellows.get(person.sponsor or 0, ()),
            *self._fellows.get(person.number, ()),
        ]
        here = [number for number in around if self._is_here(number, at) and number != person.number]
        for number in rng.sample(here, k=min(len(here), rng.choice(HOW_MANY))):
            later = at + timedelta(hours=rng.expovariate(1 / 5) + 0.1)
            if later < self._span.anchor:
                yield Fact(later, number, THANKS, "", {"post": post})

    def _is_here(self, number: int, at: datetime) -> bool:
        person = self._people.get(number)
        is_member = person is not None and person.registered_at is not None and person.registered_at < at
        return person is not None and is_member and not person.has_left(at)
