"""Challenges as members and the office see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.lib import clock
from qadam.people.models import Company, Member
from qadam.people.queries import get_company
from qadam.recognition import attempts
from qadam.recognition.attempts import attempts_of, groups_of, new_attempt, places_of, zone_of
from qadam.recognition.challenge_definitions import ChallengeVersion, read_versions
from qadam.recognition.challenge_definitions import challenges_in_force as versions_in_force
from qadam.recognition.challenge_documents import Bearer, ChallengeDocument, PathDays, parse_challenge
from qadam.recognition.challenge_rules import days_left, percent_of
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.social import Attempt, Contribution
from qadam.recognition.social_shapes import ChallengeState, ChallengesView, ChallengeView

PAST_SHOWN = 10
MOMENT = timedelta(microseconds=1)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """An attempt (stored, or one that will begin with the first fact) with what belongs to it for one member."""

    attempt: Attempt
    version: ChallengeVersion
    own: int
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, when, and in which language."""

    member: Member
    company: Company
    now: datetime
    language: str


def challenges_in_force() -> dict[str, ChallengeDocument]:
    """Return {key: document} of every challenge that can be begun now."""
    return {version.key: version.document for version in versions_in_force()}


def challenges_of(member: Member, *, now: datetime, language: str) -> ChallengesView:
    """Return the challenges of a member: on the way, to join, and the last ones that are over."""
    reader = Reader(member, get_company(), now, language)
    with translation.override(language):
        stored = _stored(reader)
        to_begin = _to_begin(reader, stored)
        rewards = _rewards([*stored, *to_begin], language)
        views = [(each, _view_of(each, reader, rewards)) for each in [*stored, *to_begin]]
    active = [(each, view) for each, view in views if each.attempt.closed_at is None]
    past = [(each, view) for each, view in views if each.attempt.closed_at is not None]
    past.sort(key=lambda pair: pair[0].attempt.ends_at, reverse=True)
    active.sort(key=lambda pair: (pair[0].attempt.ends_at, pair[1].key))
    return ChallengesView(
        active=tuple(view for _each, view in active if not view.can_join),
        to_join=tuple(view for _each, view in active if view.can_join),
        past=tuple(view for _each, view in past[:PAST_SHOWN]),
    )


def _stored(reader: Reader) -> list[Seen]:
    """Return open attempts of the member's groups, and closed ones to which the member brought something."""
    own = Contribution.objects.filter(member=reader.member).order_by("-id")
    amounts = dict(own.values_list("attempt_id", "amount")[: 4 * PAST_SHOWN])
    open_ones = attempts_of(groups_of(reader.member, reader.company)) & Q(closed_at__isnull=True)
    found = list(Attempt.objects.filter(open_ones | Q(id__in=amounts)).order_by("-ends_at"))
    versions = read_versions([attempt.version_id for attempt in found])
    return [
        Seen(each, versions[each.version_id], amounts.get(each.id, 0), each.id in amounts)
        for each in found
        if each.id in amounts or attempts.in_audience(versions[each.version_id], [reader.member], reader.now)
    ]


def _to_begin(reader: Reader, stored: Sequence[Seen]) -> list[Seen]:
    """Return what is on for the member and has no row yet: nothing was done for it, or nobody joined."""
    found = []
    known = {(each.attempt.challenge, each.attempt.group_kind, each.attempt.starts_at) for each in stored}
    for version in versions_in_force():
        place = places_of(version, [reader.member], reader.company).get(reader.member.id)
        if place is None or not place.window[0] <= reader.now < place.window[1]:
            continue
        is_known = (version.key, place.group[0], place.window[0]) in known
        if not is_known and attempts.in_audience(version, [reader.member], reader.now):
            found.append(Seen(new_attempt(version, place), version, 0, is_joined=False))
    return found


def _rewards(seen: Collection[Seen], language: str) -> Mapping[str, str]:
    keys = {each.version.document.reward for each in seen} - {""}
    rows = Definition.objects.filter(kind=Kind.BADGE, key__in=keys).order_by("number")
    return {row.key: row.document["name"][language] for row in rows} if keys else {}


def _view_of(seen: Seen, reader: Reader, rewards: Mapping[str, str]) -> ChallengeView:
    attempt, document, language = seen.attempt, seen.version.document, reader.language
    zone = _zone_of(document, reader)
    last = clock.local_date(attempt.ends_at - MOMENT, zone)
    state = _state_of(attempt, document, reader.now)
    return ChallengeView(
        key=document.key,
        name=document.name.in_language(language),
        why=document.why.in_language(language),
        how=document.how.in_language(language),
        kind=document.bearer,
        goal=document.goal,
        done=attempt.done,
        left=max(0, document.goal - attempt.done),
        percent=percent_of(attempt.done, document.goal),
        own=seen.own,
        own_most=None if document.bearer is Bearer.PERSON else document.most_of_one,
        people=attempt.people,
        starts_on=clock.local_date(attempt.starts_at, zone),
        ends_on=last,
        days_left=days_left(clock.local_date(reader.now, zone), last),
        final_on=clock.local_date(attempt.closes_at, zone),
        state=state,
        next_act=_next_act(seen, state, language),
        reward=rewards.get(document.reward, ""),
        can_join=document.is_opt_in and not seen.is_joined and state is ChallengeState.OPEN,
        can_leave=document.is_opt_in and seen.is_joined and state is ChallengeState.OPEN,
        is_joined=seen.is_joined,
        group_name=_group_name(attempt.group_kind),
    )


def _zone_of(document: ChallengeDocument, reader: Reader) -> ZoneInfo:
    is_own_path = document.bearer is Bearer.PERSON and isinstance(document.when, PathDays)
    return reader.member.zone_in(reader.company) if is_own_path else zone_of(reader.company)


def _state_of(attempt: Attempt, document: ChallengeDocument, now: datetime) -> ChallengeState:
    if attempt.closed_at is not None:
        return ChallengeState.WON if attempt.is_won else ChallengeState.ENDED
    if attempt.done >= document.goal:
        return ChallengeState.REACHED
    return ChallengeState.OPEN if now < attempt.ends_at else ChallengeState.LATE


def _next_act(seen: Seen, state: ChallengeState, language: str) -> str:
    """Return the member's own next act; nothing is left to do where the goal is met or the days are over."""
    document = seen.version.document
    if state is not ChallengeState.OPEN:
        return ""
    if document.bearer is not Bearer.PERSON and seen.own >= document.most_of_one:
        return _("You have done your whole share. Help somebody with theirs.")
    return (document.next_act or document.how).in_language(language)


def _group_name(kind: str) -> str:
    match kind:
        case "team":
            return _("Your team")
        case "cohort":
            return _("Who began in the same week as you")
        case "company":
            return _("The whole company")
    return ""


def preview_audience(document: object, *, now: datetime) -> int:
    """Return how many members a challenge would be for today: in its audience, and on its days of the path.

    Raises:
        FaultyDocument: as `parse_challenge`.
    """
    challenge = parse_challenge(document)
    rows = Member.objects.filter(registered_at__isnull=False, left_at__isnull=True, is_test=False)
    if isinstance(challenge.when, PathDays):
        first, last = now - A_DAY * (challenge.when.last + 1), now - A_DAY * challenge.when.first
        rows = rows.filter(day_zero_at__gt=first, day_zero_at__lte=last)
    if challenge.audience is not None:
        rows = rows.filter(id__in=conditions.matching_members(challenge.audience, now=now).values("id"))
    return rows.count()


@dataclass(frozen=True, slots=True)
class ChallengeNumbers:
    """How a challenge goes, through all its versions. `people`: who has brought something or joined."""

    attempts: int
    people: int
    running: int
    reached: int
    won: int
    ended: int
    done: int
    next_close_on: date | None


def numbers_of(key: str, *, now: datetime) -> ChallengeNumbers:
    """Return the numbers of a challenge; zeros where nobody has begun it."""
    rows = Attempt.objects.filter(challenge=key)
    running = rows.filter(closed_at__isnull=True)
    found = rows.aggregate(
        attempts=Count("id"),
        running=Count("id", filter=Q(closed_at__isnull=True)),
        reached=Count("id", filter=Q(closed_at__isnull=True, reached_at__isnull=False)),
        won=Count("id", filter=Q(is_won=True)),
        ended=Count("id", filter=Q(is_won=False)),
        done=Sum("done", default=0),
    )
    people = Contribution.objects.filter(attempt__challenge=key).values("member").distinct().count()
    next_close = running.filter(closes_at__gt=now).order_by("closes_at").values_list("closes_at", flat=True).first()
    next_on = clock.local_date(next_close, zone_of(get_company())) if next_close else None
    return ChallengeNumbers(**found, people=people, next_close_on=next_on)
