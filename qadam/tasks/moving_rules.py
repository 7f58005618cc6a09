"""On which day a late task lands, and what a restart plan is made of. Plain Python; all dates are the member's local.

A task that moved opens on its new day and is planned for it. Its day in the calendar stays what it was: required tasks
keep counting from there.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qadam.tasks.rules import RESTART_DAYS, RESTART_MINUTES, MovedBy

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """An open task in the layout of days. `opens_on` and `due_on` as moved so far; `opened_on`: the calendar's day.

    `is_waiting`: it lies with the mentor, so nothing is asked of the member.
    """

    key: str
    opens_on: date
    due_on: date
    opened_on: date
    is_required: bool
    minutes: int
    position: int
    is_locked: bool = False
    is_waiting: bool = False
    moved_by: str = ""
    is_first_goal: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    to: date
    by: MovedBy


@dataclass(frozen=True, slots=True)
class Room:
    """How much fits into a day: `per_day` planned tasks, none on `paused` days, and what is done already `today`."""

    today: date
    per_day: int
    done_today: int = 0
    paused: Collection[date] = ()

    def load(self, slots: Sequence[Slot]) -> Counter[date]:
        load = Counter(slot.due_on for slot in slots if slot.due_on >= self.today)
        load[self.today] += self.done_today
        load.update(dict.fromkeys(self.paused, self.per_day))
        return load

    def free_day(self, load: Counter[date], day: date) -> date:
        while load[day] >= self.per_day:
            day += ONE_DAY
        return day


def skip_paused(day: date, paused: Collection[date]) -> date:
    """Return the day of the calendar after a pause: every paused day up to it moves it on by one."""
    for each in sorted(paused):
        if each <= day:
            day += ONE_DAY
    return day


def moved_dates(opens_on: date, due_on: date, moved_to: date | None) -> tuple[date, date]:
    """Return when a task opens and is due after its move; a move never makes it open or due earlier."""
    return (opens_on, due_on) if moved_to is None else (max(opens_on, moved_to), max(due_on, moved_to))


def lay_out(slots: Sequence[Slot], room: Room, *, first_on: date) -> dict[int, Move]:
    """Give every late task a near day that has room, from `first_on` on. Return {place: move}.

    Required ones come first, the first goal before all, then the oldest. What is done today takes room, so that a
    finished day doesn't fill up.
    """
    late = [place for place, slot in enumerate(slots) if slot.due_on < room.today and not slot.is_waiting]
    load, moves, day = room.load(slots), {}, max(first_on, room.today)
    for place in sorted(late, key=lambda place: _urgency(slots[place])):
        day = room.free_day(load, day)
        load[day] += 1
        moves[place] = Move(day, MovedBy.PLAN)
    return moves


def _urgency(slot: Slot) -> tuple[bool, bool, date, int]:
    return (not slot.is_required, not slot.is_first_goal, slot.due_on, slot.position)


def day_for_not_today(slots: Sequence[Slot], room: Room) -> date:
    """Return the next day after today that has room: where a task goes that isn't wanted today."""
    return room.free_day(room.load(slots), room.today + ONE_DAY)


def choose_restart(slots: Sequence[Slot], preferred: Sequence[str], today: date) -> dict[int, Move]:
    """Return {place: move} of at most three short acts, one a day from today on, for whoever comes back.

    First what the plan prefers, then required and short ones; only what has opened and waits for nothing.
    """
    able = [
        place
        for place, slot in enumerate(slots)
        if slot.opened_on <= today and not slot.is_locked and not slot.is_waiting
    ]
    ranks = {key: rank for rank, key in enumerate(preferred)}

    def weight(place: int) -> tuple[int, bool, bool, int, int]:
        slot = slots[place]
        rank = ranks.get(slot.key, len(ranks))
        return (rank, slot.minutes > RESTART_MINUTES, not slot.is_required, slot.minutes, slot.position)

    chosen = sorted(able, key=weight)[:RESTART_DAYS]
    return {place: Move(today + ONE_DAY * number, MovedBy.RESTART) for number, place in enumerate(chosen)}


def is_restarting(restart_on: date | None, today: date) -> bool:
    """Tell whether today is one of the three days of a restart plan."""
    return restart_on is not None and restart_on <= today < restart_on + ONE_DAY * RESTART_DAYS
