"""Open case files for members who entered the journeys of cases, with the evidence and the first suggestion."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from qadam import conditions
from qadam.cases import queries, rules
from qadam.cases.evidence import collect
from qadam.cases.guards import Facts, possible
from qadam.cases.measures import Measure, Trigger, measures_of
from qadam.cases.models import CaseFile, CaseVersion
from qadam.cases.reading_guards import read_facts
from qadam.conditions import ids_in, tree
from qadam.events import operations as events
from qadam.events.consumers import EventRow, read_events
from qadam.experiments.rules import CONTROL
from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.journeys.models import Enrollment
from qadam.people.models import User

CHUNK = 500
FORGOTTEN = "—"


@write()
def open_files(enrollment_ids: Collection[int], *, now: datetime, opened_by: User | None = None) -> list[CaseFile]:
    """Open a file for each of these enrollments that acts for a case and has none yet."""
    wanted = Enrollment.objects.filter(id__in=ids_in(sorted(enrollment_ids)), case_file__isnull=True)
    found = wanted.filter(journey__slug__startswith="case:").select_related("journey", "member").order_by("id")
    by_case: dict[str, list[Enrollment]] = defaultdict(list)
    for enrollment in found:
        by_case[rules.case_of(enrollment.journey.slug)].append(enrollment)
    versions = queries.published_versions(by_case)
    files: list[CaseFile] = []
    for key, rows in by_case.items():
        if key in versions:
            for part in sql.chunks(rows, CHUNK):
                files += _open_part(versions[key], part, now, opened_by)
    return files


def _open_part(
    version: CaseVersion, rows: Sequence[Enrollment], now: datetime, opened_by: User | None
) -> list[CaseFile]:
    measures = measures_of(version)
    evidence = read_evidence(version, rows)
    facts = read_facts([each.member_id for each in rows], now)
    suggestions = {row.id: first_suggestion(measures, row, facts[row.member_id]) for row in rows}
    begins = any(each.trigger is Trigger.AUTOMATIC for each in measures)
    files = [
        CaseFile(
            enrollment=row,
            case_id=version.case_id,
            version=version,
            opened_at=min(row.entered_at, now),
            opened_by=opened_by,
            evidence=evidence.get(row.id, []),
            automatic_due_at=now if begins and row.left_at is None else None,
            suggested_at=now if suggestions[row.id] else None,
            response_due_at=now + version.sla if version.sla else None,
        )
        for row in rows
    ]
    CaseFile.objects.bulk_create(files)
    suggested = [(row, measure) for row in rows if (measure := suggestions[row.id])]
    events.record_many(_suggested(version.case.key, suggested, now), now=now)
    return files


def first_suggestion(measures: Sequence[Measure], row: Enrollment, facts: Facts) -> Measure | None:
    """Return what is suggested to the mentor; nothing in the control group, and nothing that a guard forbids."""
    if row.arm == CONTROL or row.left_at is not None:
        return None
    suggested = [each for each in measures if each.trigger is Trigger.SUGGESTED]
    return next(iter(possible(suggested, facts)), None)


def _suggested(case: str, suggested: Sequence[tuple[Enrollment, Measure]], now: datetime) -> Iterator[events.NewEvent]:
    for row, measure in suggested:
        props = {"case": case, "measure": measure.key}
        yield events.NewEvent("case.suggested", row.member_id, now, f"case.suggested:{row.id}", props)


# Evidence


def read_evidence(version: CaseVersion, rows: Sequence[Enrollment]) -> dict[int, list[int]]:
    """Return {enrollment: the events that the detection looked at}, newest first."""
    condition = conditions.parse(version.detect)
    happened = _read_happened(condition, rows)
    return {
        row.id: collect(condition, happened.get(row.member_id, ()), at=row.entered_at, day_zero=row.member.day_zero_at)
        for row in rows
    }


def _read_happened(condition: conditions.Condition, rows: Sequence[Enrollment]) -> Mapping[int, Sequence[EventRow]]:
    types = sorted(tree.own_event_types(condition))
    happened: dict[int, list[EventRow]] = defaultdict(list)
    if types and rows:
        members, params = sql.ids_in(sorted({each.member_id for each in rows}))
        where = f"member_id IN {members} AND type IN ({', '.join(['%s'] * len(types))}) AND occurred_at <= %s"
        latest = sql.instant_param(max(each.entered_at for each in rows))
        for event in read_events(where, [*params, *types, latest]):
            assert event.member_id is not None
            happened[event.member_id].append(event)
    return happened


# Closing


@write()
def stop_waiting(enrollment_ids: Collection[int]) -> None:
    """Let the files of enrollments that have left wait for no measure any more."""
    files = CaseFile.objects.filter(enrollment_id__in=ids_in(sorted(enrollment_ids)))
    files.filter(automatic_due_at__isnull=False).update(automatic_due_at=None)


@write()
def forget_words(member_ids: Collection[int]) -> None:
    """Empty what somebody wrote about people who were erased; that it was closed or dismissed by hand stays known."""
    files = CaseFile.objects.filter(enrollment__member_id__in=ids_in(sorted(member_ids)))
    files.exclude(dismissed_reason="").update(dismissed_reason="")
    files.exclude(closed_reason="").update(closed_reason=FORGOTTEN)
