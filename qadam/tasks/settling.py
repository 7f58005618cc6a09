"""Which tasks of a member move today, and where to. Pages show it at once; `moving.settle_plan` keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from qadam.lib.clock import local_date
from qadam.tasks import moving_rules
from qadam.tasks.assigned import Assigned, Path
from qadam.tasks.moving_rules import Move, Room, Slot
from qadam.tasks.rules import AWAY_DAYS, RESTART_DAYS, MovedBy


@dataclass(frozen=True, slots=True)
class Settled:
    """The moves of a day, {task: move}, not stored yet; `restart_on`: when the restart plan began, if there is one."""

    moves: Mapping[int, Move]
    restart_on: date | None

    def move_of(self, task: Assigned) -> Move | None:
        return self.moves.get(task.row.id)

    def moved_to(self, task: Assigned) -> date | None:
        move = self.move_of(task)
        return move.to if move else task.row.moved_to

    def is_restart(self, task: Assigned) -> bool:
        move = self.move_of(task)
        return (move.by if move else task.row.moved_by) == MovedBy.RESTART


def room_of(path: Path, today: date, zone: ZoneInfo) -> Room:
    done = sum(task.row.done_at is not None and local_date(task.row.done_at, zone) == today for task in path.tasks)
    return Room(today, path.per_day, done, path.paused)


def settle(path: Path, today: date, zone: ZoneInfo, away_days: int = 0) -> Settled:
    """Find a day for whatever is late; whoever was away for a week gets a restart plan first, and the rest after it.

    On a day on which the path stands still nothing moves.
    """
    if path.stands_still(today):
        return Settled({}, path.restart_on)
    tasks = path.open_tasks()
    slots = [task.as_slot() for task in tasks]
    restart_on = path.restart_on
    moves: dict[int, Move] = {}
    if away_days >= AWAY_DAYS and not moving_rules.is_restarting(restart_on, today):
        preferred = path.tasks[0].version.plan.restart if path.tasks else ()
        moves = moving_rules.choose_restart(slots, preferred, today)
        restart_on = today if moves else restart_on
    is_restarting = moving_rules.is_restarting(restart_on, today)
    if is_restarting and not moves:
        moves = _keep_restarting(slots, today)
    first_on = restart_on + timedelta(days=RESTART_DAYS) if restart_on and is_restarting else today
    others = [place for place in range(len(slots)) if place not in moves]
    laid = moving_rules.lay_out([slots[place] for place in others], room_of(path, today, zone), first_on=first_on)
    moves |= {others[place]: move for place, move in laid.items()}
    return Settled({tasks[place].row.id: move for place, move in moves.items()}, restart_on)


def _keep_restarting(slots: list[Slot], today: date) -> dict[int, Move]:
    """An act of the restart plan that wasn't done on its day stays in it: it is today's."""
    return {
        place: Move(today, MovedBy.RESTART)
        for place, slot in enumerate(slots)
        if slot.moved_by == MovedBy.RESTART and slot.due_on < today and not slot.is_waiting
    }
