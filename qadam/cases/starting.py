"""Begin measures by themselves: one for a person in 48 hours, by priority, for both arms alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from qadam.cases.guards import Claim, arbitrate, find_obstacle
from qadam.cases.measures import Measure, Trigger, measures_of
from qadam.cases.models import CaseFile, MeasureRun
from qadam.cases.reading_guards import read_facts, read_last_starts
from qadam.conditions import ids_in
from qadam.events import operations as events
from qadam.events.consumers import hold_cursor
from qadam.experiments.rules import CONTROL
from qadam.jobs.transactions import write
from qadam.people.models import User

NAME = "cases"
"""The cursor of this consumer; holding it makes sure that one process decides at a time."""
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Start:
    """A measure that begins in a file. `is_withheld`: in the control group it is only noted."""

    file: CaseFile
    measure: str
    trigger: Trigger
    is_withheld: bool = False
    by: User | None = None


def due_files(now: datetime) -> "QuerySet[CaseFile]":
    """Return the open files whose automatic measure is due; those of paused journeys wait."""
    waiting = CaseFile.objects.filter(automatic_due_at__lte=now, enrollment__left_at__isnull=True)
    return waiting.filter(enrollment__journey__paused_at__isnull=True)


@write()
def start_due(now: datetime) -> int:
    """Decide on the automatic measures that are due, at most `BATCH` at once. Return how many files were decided on.

    The most urgent come first in a batch, and a person's files are decided on together.
    """
    hold_cursor(NAME)
    first = due_files(now).order_by("enrollment__member_id").values_list("enrollment__member_id", flat=True)
    members = sorted(set(first[:BATCH]))
    if not members:
        return 0
    rows = due_files(now).filter(enrollment__member_id__in=ids_in(members))
    files = list(rows.select_related("enrollment").prefetch_related("version__case").order_by("id"))
    allowed = _hold_back(files, members, now)
    claims = [
        Claim(each.id, each.enrollment.member_id, each.version.priority, each.opened_at) for each, _measure in allowed
    ]
    verdict = arbitrate(claims, read_last_starts(members, now), now)
    begin_measures(_starts(allowed, verdict.starts), now)
    by_id = {each.id: each for each, _measure in allowed}
    for file_id, due_at in verdict.waits.items():
        by_id[file_id].automatic_due_at = due_at
    CaseFile.objects.bulk_update([by_id[file_id] for file_id in verdict.waits], ["automatic_due_at"], batch_size=500)
    return len(files)


def _hold_back(files: Sequence[CaseFile], members: Sequence[int], now: datetime) -> list[tuple[CaseFile, Measure]]:
    """Return the files whose automatic measure may begin; note at the others what stands against it."""
    facts = read_facts(members, now)
    allowed, held = [], []
    for file in files:
        measure = automatic_measure(file)
        obstacle = find_obstacle(measure, facts[file.enrollment.member_id]) if measure else "left"
        if measure is not None and not obstacle:
            allowed.append((file, measure))
            continue
        file.automatic_due_at, file.held_back = None, obstacle
        held.append(file)
    CaseFile.objects.bulk_update(held, ["automatic_due_at", "held_back"], batch_size=500)
    return allowed


def automatic_measure(file: CaseFile) -> Measure | None:
    measures = measures_of(file.version)
    return next((each for each in measures if each.trigger is Trigger.AUTOMATIC), None)


def _starts(allowed: Iterable[tuple[CaseFile, Measure]], chosen: Sequence[int]) -> list[Start]:
    wanted = set(chosen)
    return [
        Start(file, measure.key, Trigger.AUTOMATIC, is_withheld=file.enrollment.arm == CONTROL)
        for file, measure in allowed
        if file.id in wanted
    ]


def begin_measures(starts: Sequence[Start], now: datetime) -> None:
    """Note that measures begin, and tell the log of those that really do: their steps wait for that."""
    if not starts:
        return
    MeasureRun.objects.bulk_create(
        [
            MeasureRun(
                file=each.file,
                measure=each.measure,
                trigger=each.trigger.value,
                started_at=now,
                started_by=each.by,
                is_withheld=each.is_withheld,
            )
            for each in starts
        ]
    )
    ended = [each.file.id for each in starts if each.measure == _automatic_key(each.file)]
    CaseFile.objects.filter(id__in=ids_in(ended)).update(automatic_due_at=None)
    events.record_many([_started(each, now) for each in starts if not each.is_withheld], now=now)


def _automatic_key(file: CaseFile) -> str:
    measure = automatic_measure(file)
    return measure.key if measure else ""


def _started(start: Start, now: datetime) -> events.NewEvent:
    props = {"case": start.file.version.case.key, "measure": start.measure, "trigger": start.trigger.value}
    key = f"case.measure_started:{start.file.id}:{start.measure}"
    return events.NewEvent("case.measure_started", start.file.enrollment.member_id, now, key, props)
