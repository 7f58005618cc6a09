"""Whose attempt at a challenge a member takes part in, and in which window."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from qadam import conditions
from qadam.lib import clock
from qadam.people.models import Company, Member
from qadam.people.queries import get_company
from qadam.recognition.board_rules import SMALLEST_GROUP
from qadam.recognition.challenge_definitions import ChallengeVersion
from qadam.recognition.challenge_documents import Bearer, Dates, PathDays
from qadam.recognition.challenge_rules import OPENING_DAYS, Window, window_of_days, window_of_path
from qadam.recognition.seats import cohort_of, leader_of
from qadam.recognition.social import Attempt, GroupKind

GroupKey = tuple[str, int]
"""(kind of group, its key), as an attempt has them."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member would take part: whose attempt, from when to when."""

    group: GroupKey
    window: Window


def zone_of(company: Company) -> ZoneInfo:
    return clock.zone_of(company.zone, "UTC")


def groups_of(member: Member, company: Company) -> list[GroupKey]:
    """Return every group whose attempts are this member's too."""
    found: list[GroupKey] = [(GroupKind.PERSON, member.id), (GroupKind.COMPANY, 0)]
    if (leader := leader_of(member)) is not None:
        found.append((GroupKind.TEAM, leader))
    if (cohort := cohort_of(member, company)) is not None:
        found.append((GroupKind.COHORT, cohort))
    return found


def attempts_of(groups: Iterable[GroupKey]) -> Q:
    """Return the filter for attempts of these groups; matches nothing where there are none."""
    found = Q(pk__in=[])
    listed = list(groups)
    for kind in GroupKind.values:
        if keys := {key for each, key in listed if each == kind}:
            found |= Q(group_kind=kind, group_key__in=keys)
    return found


def places_of(version: ChallengeVersion, members: Collection[Member], company: Company) -> dict[int, Place]:
    """Return {member: where they take part without anybody opening it}; who has no such place is absent.

    A team's challenge of the path gives nobody one: `teams_to_open` says when it begins.
    """
    when, bearer = version.document.when, version.document.bearer
    if isinstance(when, Dates):
        window = window_of_days(when.first, when.last, zone_of(company))
        return {member: Place(group, window) for member, group in _groups_for(bearer, members, company).items()}
    if bearer is not Bearer.PERSON:
        return {}
    found = {}
    for each in members:
        if (day_zero := each.day_zero_on(company)) is not None:
            window = window_of_path(day_zero, when.first, when.last, each.zone_in(company))
            found[each.id] = Place((GroupKind.PERSON, each.id), window)
    return found


def _groups_for(bearer: Bearer, members: Collection[Member], company: Company) -> dict[int, GroupKey]:
    if bearer is Bearer.PERSON:
        return {each.id: (GroupKind.PERSON, each.id) for each in members}
    if bearer is Bearer.COMPANY:
        return {each.id: (GroupKind.COMPANY, 0) for each in members}
    return team_groups(members, company)


def team_groups(members: Collection[Member], company: Company) -> dict[int, GroupKey]:
    """Return {member: the team they share a goal with}: the direct team where it has five people, else their cohort.

    With at most 40 % from one person a goal needs several; who has neither shares none and is absent.
    """
    leaders = {each.id: leader for each in members if (leader := leader_of(each)) is not None}
    sizes = _sizes_of_teams(set(leaders.values()))
    found: dict[int, GroupKey] = {
        member: (GroupKind.TEAM, leader) for member, leader in leaders.items() if sizes[leader] >= SMALLEST_GROUP
    }
    rest = [each for each in members if each.id not in found]
    cohorts = {each.id: cohort for each in rest if (cohort := cohort_of(each, company)) is not None}
    sizes = _sizes_of_cohorts(set(cohorts.values()), zone_of(company))
    found |= {
        member: (GroupKind.COHORT, cohort) for member, cohort in cohorts.items() if sizes[cohort] >= SMALLEST_GROUP
    }
    return found


def in_audience(version: ChallengeVersion, members: Collection[Member], now: datetime) -> set[int]:
    """Return who of these may take part: here, no test account, in the audience."""
    found = {each.id for each in members if each.left_at is None and each.erased_at is None and not each.is_test}
    if version.document.audience is None or not found:
        return found
    rows = conditions.matching_members(version.document.audience, now=now, among=sorted(found))
    return set(rows.values_list("id", flat=True))


def new_attempt(version: ChallengeVersion, place: Place) -> Attempt:
    """Return an attempt that isn't stored yet."""
    starts_at, ends_at = place.window
    return Attempt(
        challenge=version.key,
        version_id=version.id,
        group_kind=place.group[0],
        group_key=place.group[1],
        starts_at=starts_at,
        ends_at=ends_at,
        closes_at=ends_at + version.document.grace,
    )


def teams_to_open(version: ChallengeVersion, when: PathDays, now: datetime) -> list[Place]:
    """Return the teams in which somebody has just come to the first day of a team's challenge, with its window."""
    company = get_company()
    today = clock.local_date(now, zone_of(company))
    comers = [
        each
        for each in _near(when.first, now)
        if (day := each.day_of_path(company, now)) is not None and 0 <= day - when.first < OPENING_DAYS
    ]
    allowed = in_audience(version, comers, now)
    window = window_of_days(today, today + A_DAY * (when.last - when.first), zone_of(company))
    groups = set(team_groups([each for each in comers if each.id in allowed], company).values())
    return [Place(group, window) for group in sorted(groups)]


def _near(day: int, now: datetime) -> Iterable[Member]:
    """Return members whose day of the path is about `day`: a day more at both ends, for their zones."""
    latest = now - A_DAY * (day - 1)
    rows = Member.objects.filter(day_zero_at__gt=latest - A_DAY * (OPENING_DAYS + 2), day_zero_at__lte=latest)
    return rows.filter(left_at__isnull=True, is_test=False)


def _sizes_of_teams(leaders: Collection[int]) -> Counter[int]:
    """Return {leader: people of the direct team who are here}."""
    rows = Member.objects.filter(
        Q(mentor_id__in=leaders) | Q(mentor_id__isnull=True, sponsor_id__in=leaders),
        left_at__isnull=True,
        is_test=False,
        registered_at__isnull=False,
    )
    return Counter(mentor or sponsor for mentor, sponsor in rows.values_list("mentor_id", "sponsor_id"))


def _sizes_of_cohorts(cohorts: Collection[int], zone: ZoneInfo) -> Counter[int]:
    """Return {Monday's ordinal: people who began in that week of the company and are here}, at most five."""
    sizes: Counter[int] = Counter()
    for monday in cohorts:
        since, until = window_of_days(date.fromordinal(monday), date.fromordinal(monday + 6), zone)
        rows = Member.objects.filter(day_zero_at__gte=since, day_zero_at__lt=until)
        sizes[monday] = rows.filter(left_at__isnull=True, is_test=False)[:SMALLEST_GROUP].count()
    return sizes
