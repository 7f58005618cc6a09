"""Write the wall: achievements out of facts, and thanks. Nobody posts here; who is shown has agreed to it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from qadam import conditions
from qadam.events import operations as events
from qadam.events.consumers import EventRow
from qadam.jobs.transactions import write
from qadam.people.models import Activity, Member
from qadam.people.queries import get_company
from qadam.recognition.challenge_definitions import challenges_in_force
from qadam.recognition.errors import OwnAchievement, UnknownAchievement
from qadam.recognition.social import Achievement, AchievementKind, Thanks
from qadam.recognition.wall_queries import may_see

MARKS = (30, 60, 90)
"""Days of the path that are worth a line."""
MARK_DAYS = 3
"""A mark is set on its day, or on one of the two after it if the engine rested."""
ACTS = ("cabinet.opened", "task.done", "lesson.completed", "order.paid", "live.attended")
STILL_HERE = timedelta(days=14)
DAY_BADGES = frozenset(f"day-{number}" for number in MARKS)
"""Badges for the same days: one line is enough."""
A_DAY = timedelta(days=1)

Made = tuple[str, str, str]
"""(kind, key, detail) of an achievement."""


def _of_goal(event: EventRow) -> Made | None:
    return AchievementKind.GOAL, event.props["goal"], event.props.get("option", "")


def _of_badge(event: EventRow) -> Made | None:
    badge = event.props["badge"]
    if badge in DAY_BADGES:
        return None
    return AchievementKind.BADGE, badge, f"{event.props.get('tier', '')}@{event.occurred_at.date()}"


def _of_level(event: EventRow) -> Made | None:
    return AchievementKind.LEVEL, event.props["level"], ""


def _of_challenge(event: EventRow) -> Made | None:
    return AchievementKind.CHALLENGE, event.props["challenge"], str(event.occurred_at.date())


MAKERS: Mapping[str, Callable[[EventRow], Made | None]] = {
    "goal.reached": _of_goal,
    "badge.awarded": _of_badge,
    "level.reached": _of_level,
    "challenge.won": _of_challenge,
}
UNDONE = frozenset({"badge.revoked", "badge.restored"})
HEARD = MAKERS.keys() | UNDONE


@write()
def note_achievements(batch: Sequence[EventRow], *, now: datetime) -> None:
    """Make achievements of a batch of the log; the same fact again adds nothing.

    A badge that was taken back goes from the wall, and comes again when it is given back.
    """
    told = [(event, event.member_id) for event in batch if event.member_id is not None and event.type in HEARD]
    made = []
    for event, member_id in told:
        found = MAKERS[event.type](event) if event.type in MAKERS else None
        if found is not None:
            kind, key, detail = found
            made.append(Achievement(member_id=member_id, kind=kind, key=key, detail=detail, at=event.occurred_at))
    _add(_without_rewards(made))
    for event, member_id in told:
        if event.type in UNDONE:
            _mark_badge(event, member_id)


def _without_rewards(made: Sequence[Achievement]) -> list[Achievement]:
    """Leave out badges that are the reward of a challenge: the challenge's own line says it."""
    if all(each.kind != AchievementKind.BADGE for each in made):
        return list(made)
    rewards = {version.document.reward for version in challenges_in_force()}
    return [each for each in made if each.kind != AchievementKind.BADGE or each.key not in rewards]


def _add(made: Sequence[Achievement]) -> None:
    """Store what is new, of people who are known by name: facts of the erased are nobody's."""
    rows = Member.objects.filter(id__in=conditions.ids_in([each.member_id for each in made]), erased_at__isnull=True)
    here = set(rows.values_list("id", flat=True)) if made else set()
    Achievement.objects.bulk_create([each for each in made if each.member_id in here], ignore_conflicts=True)


def _mark_badge(event: EventRow, member_id: int) -> None:
    rows = Achievement.objects.filter(
        member_id=member_id,
        kind=AchievementKind.BADGE,
        key=event.props["badge"],
        detail__startswith=f"{event.props.get('tier', '')}@",
    )
    is_revoked = event.type == "badge.revoked"
    newest = rows.filter(revoked_at__isnull=is_revoked).order_by("-at").first()
    if newest is not None:
        Achievement.objects.filter(id=newest.id).update(revoked_at=event.occurred_at if is_revoked else None)


@write()
def mark_days(*, now: datetime) -> int:
    """Note who has come to day 30, 60 or 90 and is still active. Return how many; again changes nothing."""
    company = get_company()
    found = []
    for mark in MARKS:
        latest = now - A_DAY * (mark - 1)
        rows = Member.objects.filter(day_zero_at__gt=latest - A_DAY * (MARK_DAYS + 2), day_zero_at__lte=latest)
        for each in rows.filter(left_at__isnull=True, is_test=False).only("id", "zone", "day_zero_at"):
            day = each.day_of_path(company, now)
            if day is not None and 0 <= day - mark < MARK_DAYS:
                found.append((each.id, mark))
    known = set(
        Achievement.objects.filter(
            kind=AchievementKind.DAY, member_id__in=conditions.ids_in([member for member, _mark in found])
        ).values_list("member_id", "key")
    )
    fresh = [(member, mark) for member, mark in found if (member, str(mark)) not in known]
    active = _active([member for member, _mark in fresh], now)
    made = [
        Achievement(member_id=member, kind=AchievementKind.DAY, key=str(mark), at=now)
        for member, mark in fresh
        if member in active
    ]
    return len(Achievement.objects.bulk_create(made, ignore_conflicts=True))


def _active(member_ids: Sequence[int], now: datetime) -> set[int]:
    rows = Activity.objects.filter(member_id__in=conditions.ids_in(list(member_ids)), event_type__in=ACTS)
    return set(rows.filter(last_at__gt=now - STILL_HERE).values_list("member_id", flat=True))


@write()
def thank(*, giver: Member, post: int, now: datetime) -> None:
    """Say thanks for an achievement, or congratulate on it: one tap, once. Records `thanks.given` the first time.

    Raises:
        UnknownAchievement: it isn't there, or not for this member to see.
        OwnAchievement: it is their own.
    """
    achievement = Achievement.objects.filter(id=post, revoked_at__isnull=True).select_related("member").first()
    if achievement is None:
        raise UnknownAchievement
    if achievement.member_id == giver.id:
        raise OwnAchievement
    if not may_see(giver, achievement):
        raise UnknownAchievement
    Thanks.objects.get_or_create(achievement=achievement, giver=giver, defaults={"at": now})
    key = f"thanks:{achievement.id}:{giver.id}"
    events.record(type="thanks.given", member_id=giver.id, occurred_at=now, key=key, now=now, kind=achievement.kind)


@write()
def take_back_thanks(*, giver: Member, post: int, now: datetime) -> None:
    """Take back one's thanks; without any nothing changes."""
    Thanks.objects.filter(achievement_id=post, giver=giver).delete()
