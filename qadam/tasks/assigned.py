"""A member's tasks together with the words of their plans, what waits for what, and what the member chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qadam.people import pausing
from qadam.tasks import moving_rules
from qadam.tasks.documents import PlannedTask
from qadam.tasks.models import PersonalPlan, Proof, ProofState, Task
from qadam.tasks.moving_rules import Move, Slot
from qadam.tasks.plans import Version, read_versions
from qadam.tasks.rules import PER_DAY, Direction, Open, is_set_aside

LATE = timedelta(days=365)
"""How long after the calendar's last day pauses still matter."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A task with the words of its plan. `waits_for` are the unfinished tasks before it.

    `opens_on`, `due_on`: the member's calendar, pauses included, before any move. `is_aside`: it isn't for the
    direction or the hours that the member chose. `proof`: what was shown last.
    """

    row: Task
    version: Version
    planned: PlannedTask
    opens_on: date
    due_on: date
    waits_for: tuple[PlannedTask, ...]
    unlocks: int
    is_aside: bool
    proof: Proof | None

    @property
    def is_done(self) -> bool:
        return self.row.done_at is not None

    @property
    def is_open(self) -> bool:
        """Whether it is still asked of the member."""
        return not self.is_done and not self.is_aside

    @property
    def is_waiting(self) -> bool:
        """Whether it lies with the mentor."""
        return not self.is_done and self.proof is not None and self.proof.state == ProofState.WAITING

    @property
    def is_returned(self) -> bool:
        """Whether the mentor asked for one more try."""
        return not self.is_done and self.proof is not None and self.proof.state == ProofState.AGAIN

    def dates(self, move: Move | None = None) -> tuple[date, date]:
        """Return when it opens and is due, after the move that is stored or, if one is given, after that one."""
        return moving_rules.moved_dates(self.opens_on, self.due_on, move.to if move else self.row.moved_to)

    def as_open(self, move: Move | None = None) -> Open:
        opens_on, due_on = self.dates(move)
        return Open(
            key=self.planned.key,
            opens_on=opens_on,
            due_on=due_on,
            is_required=self.row.is_required,
            is_first_goal=self.row.is_first_goal,
            minutes=self.planned.minutes,
            position=self.row.position,
            unlocks=self.unlocks,
            is_locked=bool(self.waits_for),
            was_due_on=self.due_on,
        )

    def as_slot(self) -> Slot:
        opens_on, due_on = self.dates()
        return Slot(
            key=self.planned.key,
            opens_on=opens_on,
            due_on=due_on,
            opened_on=self.opens_on,
            is_required=self.row.is_required,
            minutes=self.planned.minutes,
            position=self.row.position,
            is_locked=bool(self.waits_for),
            is_waiting=self.is_waiting,
            moved_by=self.row.moved_by,
            is_first_goal=self.row.is_first_goal,
        )


@dataclass(frozen=True, slots=True)
class Path:
    """What one member has to do and has chosen. `choice` is None for whoever has said nothing yet.

    `paused`: the local dates on which the path stands still, past and planned.
    """

    tasks: Sequence[Assigned]
    choice: PersonalPlan | None
    paused: frozenset[date]

    @property
    def restart_on(self) -> date | None:
        return self.choice.restart_on if self.choice else None

    @property
    def direction(self) -> str:
        return self.choice.direction if self.choice else ""

    @property
    def per_day(self) -> int:
        return self.tasks[0].version.plan.per_day if self.tasks else PER_DAY

    def open_tasks(self) -> list[Assigned]:
        return [task for task in self.tasks if task.is_open]

    def stands_still(self, today: date) -> bool:
        """Tell whether nothing is asked today: a pause of some days, or the direction that is one."""
        return today in self.paused or self.direction == Direction.PAUSE


NOBODYS = Path((), None, frozenset())


def read_path(member_id: int) -> Path:
    return read_paths([member_id]).get(member_id, NOBODYS)


def read_paths(member_ids: Sequence[int]) -> dict[int, Path]:
    """Return the paths of members: plans in the order in which they were given, tasks in the plan's order.

    Whoever has no task is left out. Five queries at most, whatever the number of members and tasks.
    """
    rows = list(Task.objects.filter(member_id__in=member_ids))
    if not rows:
        return _without_tasks(member_ids)
    versions = read_versions({row.plan_version_id for row in rows})
    choices = {each.member_id: each for each in PersonalPlan.objects.filter(member_id__in=member_ids)}
    first_on, last_on = min(row.opens_on for row in rows), max(row.due_on for row in rows)
    paused = pausing.paused_days_of(member_ids, first_on, last_on + LATE)
    proofs = _newest_proofs(rows, versions)
    return {
        member_id: _make_path(own, versions, choices.get(member_id), paused.get(member_id, frozenset()), proofs)
        for member_id, own in _in_order(rows).items()
    }


def _without_tasks(member_ids: Sequence[int]) -> dict[int, Path]:
    choices = PersonalPlan.objects.filter(member_id__in=member_ids)
    return {choice.member_id: Path((), choice, frozenset()) for choice in choices}


def _in_order(rows: Sequence[Task]) -> dict[int, list[Task]]:
    first_ids: dict[tuple[int, int], int] = {}
    for row in rows:
        place = (row.member_id, row.plan_version_id)
        first_ids[place] = min(row.id, first_ids.get(place, row.id))
    by_member: dict[int, list[Task]] = {}
    for row in sorted(rows, key=lambda row: (first_ids[row.member_id, row.plan_version_id], row.position)):
        by_member.setdefault(row.member_id, []).append(row)
    return by_member


def _newest_proofs(rows: Sequence[Task], versions: Mapping[int, Version]) -> dict[int, Proof]:
    """Return {task: what was shown for it last}. Plans without practical tasks ask nothing."""
    ids = [row.id for row in rows if row.key in versions[row.plan_version_id].shown_keys]
    if not ids:
        return {}
    found = Proof.objects.filter(task_id__in=ids).select_related("photo").order_by("id")
    return {proof.task_id: proof for proof in found}


def _make_path(
    rows: Sequence[Task],
    versions: Mapping[int, Version],
    choice: PersonalPlan | None,
    paused: frozenset[date],
    proofs: Mapping[int, Proof],
) -> Path:
    """Join one member's tasks with the texts of their plans and with what waits for what.

    A task that is set aside keeps nobody waiting.
    """
    asides = {row.id: _is_aside(versions[row.plan_version_id].by_key[row.key], choice) for row in rows}
    unfinished = {(row.plan_version_id, row.key) for row in rows if row.done_at is None and not asides[row.id]}
    waiting: dict[tuple[int, str], int] = {}
    for version_id, key in unfinished:
        for before in versions[version_id].by_key[key].after:
            waiting[version_id, before] = waiting.get((version_id, before), 0) + 1

    def join(row: Task) -> Assigned:
        version = versions[row.plan_version_id]
        planned = version.by_key[row.key]
        before = tuple(version.by_key[key] for key in planned.after if (version.id, key) in unfinished)
        opens_on = moving_rules.skip_paused(row.opens_on, paused)
        due_on = moving_rules.skip_paused(row.due_on, paused)
        unlocks = waiting.get((version.id, row.key), 0)
        return Assigned(row, version, planned, opens_on, due_on, before, unlocks, asides[row.id], proofs.get(row.id))

    return Path([join(row) for row in rows], choice, paused)


def _is_aside(planned: PlannedTask, choice: PersonalPlan | None) -> bool:
    direction, hours = (choice.direction, choice.hours) if choice else ("", None)
    return is_set_aside(planned.directions, planned.hours_from, direction, hours)
