"""Two records of one human have become one: in a challenge they are one person too."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from qadam import conditions
from qadam.jobs.transactions import write
from qadam.people.models import Member
from qadam.recognition import challenges
from qadam.recognition.challenge_definitions import ChallengeVersion, read_versions
from qadam.recognition.challenge_rules import total_of
from qadam.recognition.social import Attempt, Contribution, GroupKind


@write()
def follow_merges(merged: Collection[int], *, now: datetime) -> None:
    """Count anew the open attempts in which the kept records are, their own and their teams'. Again changes nothing."""
    among = conditions.ids_in(sorted(merged))
    _drop_doubles(merged)
    contributed = Contribution.objects.filter(member_id__in=among).values("attempt_id")
    rows = Attempt.objects.select_for_update().filter(id__in=contributed, closed_at__isnull=True)
    found = list(rows.order_by("id"))
    versions = read_versions([attempt.version_id for attempt in found])
    for attempt in found:
        _add_up(attempt, versions[attempt.version_id], now)
    people = Member.objects.filter(Q(id__in=among) | Q(mentor_id__in=among) | Q(sponsor_id__in=among))
    challenges.count(people, None, now)


def _drop_doubles(merged: Collection[int]) -> None:
    """Leave of two attempts at one challenge whose days overlap the one that began first, for a person and a team."""
    kinds = (GroupKind.PERSON, GroupKind.TEAM)
    rows = Attempt.objects.filter(group_kind__in=kinds, group_key__in=conditions.ids_in(sorted(merged)))
    ends: dict[tuple[str, str, int], datetime] = {}
    for attempt in rows.order_by("starts_at", "id"):
        group = (attempt.challenge, attempt.group_kind, attempt.group_key)
        if group in ends and attempt.starts_at < ends[group] and attempt.closed_at is None:
            attempt.delete()
        else:
            ends[group] = attempt.ends_at


def _add_up(attempt: Attempt, version: ChallengeVersion, now: datetime) -> None:
    """Bring the sums of an attempt in line with what its people have brought: one of two rows may be gone."""
    amounts = list(attempt.contributions.values_list("amount", flat=True))
    growth = challenges.Growth(
        done=total_of(amounts, version.document.most_of_one) - attempt.done,
        people=sum(amount > 0 for amount in amounts) - attempt.people,
    )
    challenges.add(version, {attempt.id: attempt}, {attempt.id: growth}, now)
