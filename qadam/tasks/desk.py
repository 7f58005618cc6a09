"""What waits for a mentor: practical tasks to look at, and talks that either side may note."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from qadam.lib.clock import local_date
from qadam.people.models import Company, Member, User
from qadam.tasks.models import Proof, Task
from qadam.tasks.planned import PlannedTask, TaskKind
from qadam.tasks.plans import Version, read_versions
from qadam.tasks.proofs import waiting_for
from qadam.tasks.rules import is_set_aside
from qadam.tasks.talks import is_with, talks_theirs

MOST = 50


@dataclass(frozen=True, slots=True)
class ProofCard:
    """A practical task that waits for an answer. `as_leader`: the mentor's time is over, so the leader is asked too.

    `tries`: how often something was shown for it, this time included.
    """

    id: int
    name: str
    phone: str
    title: str
    how: str
    text: str
    link: str
    photo: str
    sent_at: datetime
    due_at: datetime
    as_leader: bool
    tries: int


@dataclass(frozen=True, slots=True)
class TalkCard:
    """A call or a meeting with one of one's people that isn't noted yet."""

    task_id: int
    member_id: int
    name: str
    phone: str
    title: str
    is_call: bool


def proofs_for(user: User, language: str) -> list[ProofCard]:
    """Return what this mentor or leader is asked to look at, the most urgent first."""
    rows = waiting_for(user).select_related("member", "task", "photo").order_by("due_at", "id")[:MOST]
    found = list(rows)
    versions = _versions_of(each.task for each in found)
    shown: dict[int, int] = {}
    for task_id in Proof.objects.filter(task_id__in=[each.task_id for each in found]).values_list("task_id", flat=True):
        shown[task_id] = shown.get(task_id, 0) + 1
    return [_proof_card(each, versions, user, shown[each.task_id], language) for each in found]


def _proof_card(proof: Proof, versions: dict[int, Version], user: User, tries: int, language: str) -> ProofCard:
    planned = versions[proof.task.plan_version_id].by_key[proof.task.key]
    member = proof.member
    return ProofCard(
        id=proof.id,
        name=member.name,
        phone=member.phone,
        title=planned.title.in_language(language),
        how=planned.how.in_language(language) if planned.how else "",
        text=proof.text,
        link=proof.link,
        photo=proof.photo.name if proof.photo else "",
        sent_at=proof.sent_at,
        due_at=proof.due_at,
        as_leader=(member.mentor_id or member.sponsor_id) != user.member_id,
        tries=tries,
    )


def talks_for(me: Member, company: Company, now: datetime, language: str) -> list[TalkCard]:
    """Return the calls and meetings with one's people whose day has come, by name."""
    latest = local_date(now, me.zone_in(company))
    keys = _talk_keys()
    if not keys:
        return []
    rows = talks_theirs(me).filter(key__in=keys, opens_on__lte=latest).select_related("member__personal_plan")
    found = list(rows.order_by("member__name", "position")[: MOST * 4])
    versions = _versions_of(found)
    cards = []
    for row in found:
        planned = versions[row.plan_version_id].by_key[row.key]
        if planned.kind.is_talk and is_with(me, row.member, planned.with_whom) and not _is_aside(row, planned):
            title, is_call = planned.title.in_language(language), planned.kind is TaskKind.CALL
            cards.append(TalkCard(row.id, row.member_id, row.member.name, row.member.phone, title, is_call))
    return cards[:MOST]


def _talk_keys() -> set[str]:
    """Return the keys of all talks of all plans: so that only they are read of everybody's tasks."""
    return {task.key for version in read_versions().values() for task in version.plan.tasks if task.kind.is_talk}


def _is_aside(row: Task, planned: PlannedTask) -> bool:
    choice = getattr(row.member, "personal_plan", None)
    direction, hours = (choice.direction, choice.hours) if choice else ("", None)
    return is_set_aside(planned.directions, planned.hours_from, direction, hours)


def _versions_of(tasks: Iterable[Task]) -> dict[int, Version]:
    ids = {task.plan_version_id for task in tasks}
    return dict(read_versions(ids)) if ids else {}
