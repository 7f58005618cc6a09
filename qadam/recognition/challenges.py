"""Write challenges: who takes part, what each has brought, and the close, after which nothing changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from qadam import conditions
from qadam.events import operations as events
from qadam.events.consumers import EventRow
from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.people.models import Member
from qadam.people.queries import get_company
from qadam.recognition import attempts
from qadam.recognition.attempts import GroupKey, attempts_of, groups_of, new_attempt, places_of
from qadam.recognition.challenge_definitions import (
    ChallengeVersion,
    can_go_back,
    challenges_in_force,
    find_challenge,
    read_versions,
)
from qadam.recognition.challenge_documents import Bearer, PathDays
from qadam.recognition.challenge_rules import total_of
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.errors import ChallengeIsOver, ChallengeNotOpen
from qadam.recognition.measuring import amounts_of
from qadam.recognition.social import Attempt, Contribution

CLOSED_AT_ONCE = 500
"""Attempts to a transaction of the closing job."""


@write()
def note_facts(batch: Sequence[EventRow], *, now: datetime) -> None:
    """Count a batch of the log for every open attempt of its people; begin those that begin by themselves."""
    in_force = challenges_in_force()
    heard = _people_by_type(batch)
    touched = {member for version in in_force for member in _named(version, heard)}
    touched |= _in_older_versions(heard, in_force)
    if not touched:
        return
    people = {each.id: each for each in Member.objects.filter(id__in=conditions.ids_in(sorted(touched)))}
    for version in in_force:
        begun = {member for name in version.document.measure.events if name in heard for member in heard[name]}
        _begin(version, [people[each] for each in sorted(begun & people.keys())], now)
    count(people.values(), heard, now)


def _people_by_type(batch: Iterable[EventRow]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for event in batch:
        if event.member_id is not None:
            found[event.type].add(event.member_id)
    return found


def _in_older_versions(heard: Mapping[str, set[int]], in_force: Sequence[ChallengeVersion]) -> set[int]:
    """Return who may be touched in attempts under terms that no longer hold for new ones."""
    older = Definition.objects.filter(kind=Kind.CHALLENGE).exclude(id__in=[version.id for version in in_force])
    running = Attempt.objects.filter(version_id=OuterRef("id"), closed_at__isnull=True)
    versions = read_versions(older.filter(Exists(running)).values_list("id", flat=True))
    return {member for version in versions.values() for member in _named(version, heard)}


def _begin(version: ChallengeVersion, members: Sequence[Member], now: datetime) -> None:
    """Open the attempts of those who take part without being asked, where they aren't open yet."""
    if version.document.is_opt_in or not members:
        return
    places = {
        member: place
        for member, place in places_of(version, members, get_company()).items()
        if place.window[0] <= now < place.window[1] + version.document.grace
    }
    allowed = attempts.in_audience(version, [each for each in members if each.id in places], now)
    wanted = {(place.group, place.window[0]): place for member, place in places.items() if member in allowed}
    # One of an earlier version stands at the same place, and keeps its terms.
    known = Attempt.objects.filter(attempts_of(group for group, _at in wanted), challenge=version.key)
    for kind, key, starts_at in known.values_list("group_kind", "group_key", "starts_at"):
        wanted.pop(((kind, key), starts_at), None)
    Attempt.objects.bulk_create([new_attempt(version, place) for place in wanted.values()], ignore_conflicts=True)


@write()
def count(members: Iterable[Member], heard: Mapping[str, set[int]] | None, now: datetime) -> None:
    """Count anew what these people have brought into open attempts whose facts were heard (None: into all)."""
    by_group: dict[GroupKey, list[Member]] = defaultdict(list)
    company = get_company()
    for each in members:
        for group in groups_of(each, company):
            by_group[group].append(each)
    rows = Attempt.objects.select_for_update().filter(attempts_of(by_group), closed_at__isnull=True, closes_at__gt=now)
    by_version: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in rows.order_by("id"):
        by_version[attempt.version_id].append(attempt)
    for version in read_versions(by_version).values():
        named = _named(version, heard) if heard is not None else None
        pairs = [
            (attempt, member)
            for attempt in by_version[version.id]
            for member in by_group[attempt.group_kind, attempt.group_key]
            if named is None or member.id in named
        ]
        bring(version, pairs, now)


def _named(version: ChallengeVersion, heard: Mapping[str, set[int]]) -> set[int]:
    return {member for name in version.hears & heard.keys() for member in heard[name]}


def bring(version: ChallengeVersion, pairs: Sequence[tuple[Attempt, Member]], now: datetime) -> None:
    """Store what members have brought into their attempts at one version, and bring the sums along.

    Who isn't in an attempt yet comes in by the first thing they bring, unless it has to be joined.
    """
    amounts = _amounts(version, pairs, now)
    known = _known(pairs)
    fresh = {member.id: member for attempt, member in pairs if (attempt.id, member.id) not in known}
    allowed = set() if version.document.is_opt_in else attempts.in_audience(version, list(fresh.values()), now)
    created, changed = [], []
    more = {attempt.id: Growth() for attempt, _member in pairs}
    for attempt, member in pairs:
        key = (attempt.id, member.id)
        row, amount = known.get(key), amounts.get(key, 0)
        if row is None and (amount <= 0 or member.id not in allowed):
            continue
        if row is None:
            created.append(Contribution(attempt=attempt, member=member, joined_at=now, amount=amount))
        elif row.amount != amount:
            changed.append((amount, row.id))
        more[attempt.id].note(row.amount if row is not None else 0, amount, version.document.most_of_one)
    Contribution.objects.bulk_create(created)
    sql.update_many("recognition_contribution", ("amount",), changed)
    add(version, {attempt.id: attempt for attempt, _member in pairs}, more, now)


@dataclass(slots=True)
class Growth:
    """What an attempt's sums win or lose."""

    done: int = 0
    people: int = 0

    def note(self, before: int, after: int, most: int) -> None:
        """Replace what one member has brought."""
        self.done += total_of([after], most) - total_of([before], most)
        self.people += (after > 0) - (before > 0)


def _amounts(
    version: ChallengeVersion, pairs: Sequence[tuple[Attempt, Member]], now: datetime
) -> dict[tuple[int, int], int]:
    """Return {(attempt, member): amount}: one question to the log for each window."""
    windows: dict[tuple[datetime, datetime], list[tuple[Attempt, Member]]] = defaultdict(list)
    for attempt, member in pairs:
        windows[attempt.starts_at, attempt.ends_at].append((attempt, member))
    found: dict[tuple[int, int], int] = {}
    for (since, until), inside in windows.items():
        ids = [member.id for _attempt, member in inside]
        amounts = amounts_of(version.document.measure, among=ids, since=since, until=until, now=now)
        found |= {(attempt.id, member.id): amounts.get(member.id, 0) for attempt, member in inside}
    return found


def _known(pairs: Sequence[tuple[Attempt, Member]]) -> dict[tuple[int, int], Contribution]:
    rows = Contribution.objects.filter(
        attempt_id__in=conditions.ids_in(sorted({attempt.id for attempt, _member in pairs})),
        member_id__in=conditions.ids_in(sorted({member.id for _attempt, member in pairs})),
    )
    return {(row.attempt_id, row.member_id): row for row in rows}


@write()
def add(version: ChallengeVersion, found: Mapping[int, Attempt], more: Mapping[int, Growth], now: datetime) -> None:
    """Add to the sums of attempts; one that is met is final at once where nothing can be taken away again."""
    rows = []
    for attempt_id, growth in more.items():
        attempt = found[attempt_id]
        attempt.done += growth.done
        attempt.people += growth.people
        is_reached = attempt.done >= version.document.goal
        attempt.reached_at = (attempt.reached_at or now) if is_reached else None
        reached_at = sql.instant_param(attempt.reached_at) if attempt.reached_at else None
        rows.append((attempt.done, attempt.people, reached_at, attempt_id))
    sql.update_many("recognition_attempt", ("done", "people", "reached_at"), rows)
    if not can_go_back(version.document.measure):
        for attempt_id in more:
            if found[attempt_id].reached_at is not None:
                _close(found[attempt_id], version, now)


def _close(attempt: Attempt, version: ChallengeVersion, now: datetime) -> None:
    """Make a result final. Records `challenge.won` for everybody who has brought something."""
    is_won = attempt.done >= version.document.goal
    changed = Attempt.objects.filter(id=attempt.id, closed_at__isnull=True).update(closed_at=now, is_won=is_won)
    if not changed or not is_won:
        return
    winners = attempt.contributions.filter(amount__gt=0).order_by("member_id").values_list("member_id", flat=True)
    events.record_many(
        [
            events.NewEvent(
                "challenge.won", member, now, f"challenge.won:{attempt.id}:{member}", {"challenge": attempt.challenge}
            )
            for member in winners
        ],
        now=now,
    )


def close_due(*, now: datetime) -> int:
    """Close the attempts whose grace is over. Return how many; again changes nothing."""
    closed = 0
    while count := _close_some(now):
        closed += count
    return closed


@write()
def _close_some(now: datetime) -> int:
    rows = Attempt.objects.select_for_update().filter(closed_at__isnull=True, closes_at__lte=now)
    due = list(rows.order_by("closes_at", "id")[:CLOSED_AT_ONCE])
    versions = read_versions([attempt.version_id for attempt in due])
    for attempt in due:
        _close(attempt, versions[attempt.version_id], now)
    return len(due)


@write()
def open_teams(*, now: datetime) -> int:
    """Open the challenges that teams begin when their first member comes to a day of the path. Return how many."""
    opened = 0
    for version in challenges_in_force():
        when = version.document.when
        if version.document.bearer is not Bearer.TEAM or not isinstance(when, PathDays):
            continue
        places = attempts.teams_to_open(version, when, now)
        if not places:
            continue
        running = Attempt.objects.filter(attempts_of(each.group for each in places), challenge=version.key)
        busy = set(running.filter(ends_at__gt=now).values_list("group_kind", "group_key"))
        fresh = [new_attempt(version, each) for each in places if each.group not in busy]
        opened += len(Attempt.objects.bulk_create(fresh, ignore_conflicts=True))
    return opened


@write()
def join_challenge(*, member: Member, key: str, now: datetime) -> None:
    """Let a member take part in a challenge that one joins; what they did in its days before counts. Once.

    Records `challenge.joined`.

    Raises:
        ChallengeNotOpen: there is none, it isn't for this member, or its days haven't come or are over.
    """
    version = find_challenge(key)
    place = places_of(version, [member], get_company()).get(member.id) if version is not None else None
    if version is None or place is None or not version.document.is_opt_in:
        raise ChallengeNotOpen
    if not place.window[0] <= now < place.window[1] or not attempts.in_audience(version, [member], now):
        raise ChallengeNotOpen
    Attempt.objects.bulk_create([new_attempt(version, place)], ignore_conflicts=True)
    attempt = Attempt.objects.select_for_update().get(
        Q(group_kind=place.group[0], group_key=place.group[1]), challenge=key, starts_at=place.window[0]
    )
    if attempt.closed_at is not None:
        raise ChallengeIsOver
    _row, is_new = Contribution.objects.get_or_create(attempt=attempt, member=member, defaults={"joined_at": now})
    if is_new:
        event_key = f"challenge.joined:{attempt.id}:{member.id}:{now.isoformat()}"
        events.record(
            type="challenge.joined", member_id=member.id, occurred_at=now, key=event_key, now=now, challenge=key
        )
        bring(read_versions([attempt.version_id])[attempt.version_id], [(attempt, member)], now)


@write()
def leave_challenge(*, member: Member, key: str, now: datetime) -> None:
    """Let a member out of a challenge that they joined; it leaves no trace. Without having joined nothing changes.

    Raises:
        ChallengeIsOver: its result is final.
    """
    rows = Contribution.objects.filter(member=member, attempt__challenge=key, attempt__group_kind="person")
    open_ones: Collection[int] = list(rows.filter(attempt__closed_at__isnull=True).values_list("attempt_id", flat=True))
    if rows.exists() and not open_ones:
        raise ChallengeIsOver
    Attempt.objects.filter(id__in=open_ones).delete()
