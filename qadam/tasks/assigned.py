"""A member's tasks together with the words of their plans and with what waits for what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qadam.tasks.documents import PlannedTask
from qadam.tasks.models import Task
from qadam.tasks.plans import Version, read_versions
from qadam.tasks.rules import Open


@dataclass(frozen=True, slots=True)
class Assigned:
    """A task with the words of its plan. `waits_for` are the unfinished tasks before it."""

    row: Task
    version: Version
    planned: PlannedTask
    waits_for: tuple[PlannedTask, ...]
    unlocks: int

    @property
    def is_done(self) -> bool:
        return self.row.done_at is not None

    def as_open(self) -> Open:
        return Open(
            key=self.planned.key,
            opens_on=self.row.opens_on,
            due_on=self.row.due_on,
            is_required=self.row.is_required,
            is_first_goal=self.row.is_first_goal,
            minutes=self.planned.minutes,
            position=self.row.position,
            unlocks=self.unlocks,
            is_locked=bool(self.waits_for),
        )


def tasks_of(member_ids: Sequence[int]) -> dict[int, list[Assigned]]:
    """Return the tasks of members: plans in the order in which they were given, tasks in the plan's order."""
    by_member: dict[int, list[Task]] = {}
    rows = list(Task.objects.filter(member_id__in=member_ids))
    first_ids: dict[tuple[int, int], int] = {}
    for row in rows:
        place = (row.member_id, row.plan_version_id)
        first_ids[place] = min(row.id, first_ids.get(place, row.id))
    for row in sorted(rows, key=lambda row: (first_ids[row.member_id, row.plan_version_id], row.position)):
        by_member.setdefault(row.member_id, []).append(row)
    versions = read_versions({row.plan_version_id for row in rows}) if rows else {}
    return {member_id: _with_words(own, versions) for member_id, own in by_member.items()}


def _with_words(rows: Sequence[Task], versions: Mapping[int, Version]) -> list[Assigned]:
    """Join one member's tasks with the texts of their plans and with what waits for what."""
    words = {version_id: version.plan.by_key() for version_id, version in versions.items()}
    unfinished = {(row.plan_version_id, row.key) for row in rows if row.done_at is None}
    waiting: dict[tuple[int, str], int] = {}
    for version_id, key in unfinished:
        for before in words[version_id][key].after:
            waiting[version_id, before] = waiting.get((version_id, before), 0) + 1
    return [_join(row, versions[row.plan_version_id], words[row.plan_version_id], unfinished, waiting) for row in rows]


def _join(
    row: Task,
    version: Version,
    words: Mapping[str, PlannedTask],
    unfinished: set[tuple[int, str]],
    waiting: Mapping[tuple[int, str], int],
) -> Assigned:
    planned = words[row.key]
    before = tuple(words[key] for key in planned.after if (version.id, key) in unfinished)
    return Assigned(row, version, planned, before, waiting.get((version.id, row.key), 0))
