"""What a reader of a map chose to see: a segment, a team, a period, and what there is to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qadam.lib.clock import local_date, start_of_day
from qadam.metrics.history import Span
from qadam.metrics.queries import Scope
from qadam.people.models import Kind, Member, MemberQuerySet, Membership, MembershipKind
from qadam.segments.definitions import names_of_segments
from qadam.ui.formats import current_zone, month_words

MONTHS, QUARTERS, LEADERS = 12, 4, 12


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen; empty: everybody, now. `segment` is a key of the map's segmentation, `team` a leader's id."""

    segment: str = ""
    team: int | None = None
    period: str = ""

    @property
    def is_scoped(self) -> bool:
        """Whether only some of the people are counted."""
        return bool(self.segment) or self.team is not None

    @property
    def is_anything(self) -> bool:
        return self.is_scoped or bool(self.period)

    def as_query(self) -> dict[str, str]:
        """The parts of an address that say the same."""
        parts = {"segment": self.segment, "team": str(self.team or ""), "period": self.period}
        return {key: value for key, value in parts.items() if value}


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: its value in the address, its words, and whether it is chosen."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """The choice and everything that could be chosen. `found` are leaders that a search by name gave."""

    choice: Choice
    segments: tuple[Option, ...]
    leaders: tuple[Option, ...]
    periods: tuple[Option, ...]
    found: tuple[Option, ...]
    search: str
    segment_name: str
    team_name: str
    period_name: str

    @property
    def query(self) -> str:
        return urlencode(self.choice.as_query())


def scope_of(choice: Choice, segmentation: str) -> Scope | None:
    """Return the choice as metrics know it; None for everybody."""
    if not choice.is_scoped:
        return None
    return Scope(segment=f"{segmentation}/{choice.segment}" if choice.segment else "", team=choice.team)


def members_of(choice: Choice, segmentation: str) -> MemberQuerySet | None:
    """Return the members of the chosen segment and team as they are today; None for everybody.

    A team is everybody below its leader, as the metrics count it.
    """
    if not choice.is_scoped:
        return None
    people = Member.objects.counted()
    if choice.segment:
        inside = Membership.objects.filter(
            kind=MembershipKind.SEGMENT, key=f"{segmentation}/{choice.segment}", left_at__isnull=True
        )
        people = people.filter(id__in=inside.values("member_id"))
    leader = Member.objects.filter(id=choice.team).first() if choice.team else None
    if leader is not None:
        people = people.downline_of(leader)
    return people


def span_of(period: str, zone: ZoneInfo) -> Span | None:
    """Return the span that a period's key names, 2026-10 or 2026-q3; None for anything else."""
    year, _dash, part = period.partition("-")
    if not (year.isdecimal() and len(year) == 4 and int(year) > 1970):
        return None
    if part.isdecimal() and len(part) == 2 and 1 <= int(part) <= 12:
        return _span(period, date(int(year), int(part), 1), 1, zone)
    if len(part) == 2 and part[0] == "q" and part[1] in "1234":
        return _span(period, date(int(year), int(part[1]) * 3 - 2, 1), 3, zone)
    return None


def _span(key: str, first: date, months: int, zone: ZoneInfo) -> Span:
    return Span(key, start_of_day(first, zone), start_of_day(_months_on(first, months), zone))


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Search:
    """A search for a leader by name, and the members whom it found."""

    text: str = ""
    people: MemberQuerySet | None = None


def read_filters(choice: Choice, search: Search, *, segmentation: str, language: str, now: datetime) -> Filters:
    """Return what can be chosen, and what of it is. Months are those of the current zone."""
    today = local_date(now, current_zone())
    names = names_of_segments(segmentation) if segmentation else {}
    segments = tuple(Option(key, name.in_language(language), key == choice.segment) for key, name in names.items())
    periods = tuple(_periods(today, choice.period, language))
    leaders = _largest_teams(choice.team)
    return Filters(
        choice=choice,
        segments=segments,
        leaders=leaders,
        periods=periods,
        found=_teams_among(search.people, choice.team),
        search=search.text,
        segment_name=_chosen(segments),
        team_name=_chosen(leaders).rpartition(" · ")[0],
        period_name=_chosen(periods),
    )


def _chosen(options: Sequence[Option]) -> str:
    return next((each.name for each in options if each.is_chosen), "")


def _periods(today: date, chosen: str, language: str) -> Iterator[Option]:
    """The quarters and months that have ended, newest first."""
    quarter = _months_on(today, -((today.month - 1) % 3))
    for back in range(1, QUARTERS + 1):
        first = _months_on(quarter, -3 * back)
        number = (first.month + 2) // 3
        key = f"{first.year}-q{number}"
        name = _("quarter %(number)s of %(year)s") % {"number": number, "year": first.year}
        yield Option(key, name, key == chosen)
    for back in range(1, MONTHS + 1):
        first = _months_on(today, -back)
        key = f"{first.year}-{first.month:02}"
        yield Option(key, month_words(first, language), key == chosen)


def _largest_teams(chosen: int | None) -> tuple[Option, ...]:
    """The leaders with the most people below them; the chosen one stands among them, however small its team."""
    people = Member.objects.filter(kind=Kind.DISTRIBUTOR, left_at__isnull=True, is_test=False, size__gt=1)
    leaders = list(people.order_by("-size", "id")[:LEADERS])
    if chosen is not None and chosen not in [each.id for each in leaders]:
        leaders += Member.objects.filter(id=chosen)
    return tuple(_leader(each, chosen) for each in leaders)


def _leader(member: Member, chosen: int | None) -> Option:
    return Option(str(member.id), f"{member.name or member.id} · {member.size}", member.id == chosen)


def _teams_among(people: MemberQuerySet | None, chosen: int | None) -> tuple[Option, ...]:
    if people is None:
        return ()
    leaders = people.filter(is_test=False, erased_at__isnull=True, size__gt=1).order_by("-size", "id")
    return tuple(_leader(each, chosen) for each in leaders[:LEADERS])
