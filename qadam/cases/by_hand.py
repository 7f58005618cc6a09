"""What people do in a case file: open and close it, begin a measure, say no to a suggestion. Every one is audited."""

from collections.abc import Mapping
from datetime import datetime

from qadam.cases import queries, rules
from qadam.cases.errors import (
    CaseRetired,
    FileClosed,
    InControlGroup,
    MeasureForbidden,
    MeasureStarted,
    NothingSuggested,
    OutcomeNotPossible,
    ReasonNeeded,
    UnknownCaseFile,
    UnknownMeasure,
)
from qadam.cases.filing import open_files
from qadam.cases.guards import find_obstacle
from qadam.cases.measures import Measure, Trigger, measures_of
from qadam.cases.models import CaseFile, MeasureRun, Outcome
from qadam.cases.obstacle_words import tell_obstacle
from qadam.cases.reading_guards import read_facts
from qadam.cases.starting import Start, begin_measures
from qadam.events import operations as events
from qadam.experiments.rules import CONTROL
from qadam.jobs.transactions import write
from qadam.journeys import operations as journeys
from qadam.journeys.models import Enrollment
from qadam.people import operations as people
from qadam.people.models import Member, User

BY_HAND = (Outcome.SUCCESS, Outcome.FAILURE, Outcome.CANCELLED)
MAX_REASON = 400


@write()
def open_file(*, case: str, member: Member, actor: User | None, reason: str, now: datetime) -> CaseFile:
    """Open a case for a member by hand, whether or not the detection would.

    Raises:
        ReasonNeeded, UnknownCase, CaseRetired: it can't be.
        AlreadyUnderWay: the member is in it.
    """
    why = _reason(reason)
    version = queries.get_published(case)
    if version.case.retired_at is not None:
        raise CaseRetired(case=case)
    slug = rules.journey_slug(case)
    journeys.enroll_member(slug=slug, member=member, actor=actor, reason=why, now=now)
    enrollment = Enrollment.objects.filter(journey__slug=slug, member=member).order_by("-id")[0]
    (file,) = open_files([enrollment.id], now=now, opened_by=actor)
    _audit("case.opened", file, {"reason": why}, actor, now)
    return file


@write()
def close_file(*, file_id: int, outcome: str, reason: str, actor: User | None, now: datetime) -> None:
    """Close a file by hand: the member leaves the case's journey, and what it hasn't sent stays unsent.

    Raises:
        ReasonNeeded, OutcomeNotPossible: what was given isn't enough.
        UnknownCaseFile, FileClosed: there is nothing to close.
    """
    why = _reason(reason)
    if outcome not in BY_HAND:
        raise OutcomeNotPossible
    file = _open_file(file_id)
    journeys.stop_enrollment(enrollment_id=file.enrollment_id, actor=actor, reason=why, now=now)
    CaseFile.objects.filter(id=file.id).update(
        closed_by=actor, closed_outcome=outcome, closed_reason=why, automatic_due_at=None
    )
    props = {"case": file.case.key, "outcome": outcome}
    member_id = file.enrollment.member_id
    events.record_many([events.NewEvent("case.closed", member_id, now, f"case.closed:{file.id}", props)], now=now)
    _audit("case.closed", file, {"outcome": outcome, "reason": why}, actor, now)


@write()
def start_measure(*, file_id: int, measure: str, actor: User | None, now: datetime) -> MeasureRun:
    """Begin a measure of a file by hand; the first one is the company's response. Its steps take the place of others'.

    Raises:
        UnknownCaseFile, FileClosed, UnknownMeasure, MeasureStarted: there is nothing to begin.
        InControlGroup, MeasureForbidden: a guard stands against it.
    """
    file = _open_file(file_id)
    wanted = _measure_of(file, measure)
    _refuse_forbidden(file, wanted, now)
    runs = list(file.runs.all())
    if any(run.measure == measure for run in runs):
        raise MeasureStarted
    trigger = Trigger.SUGGESTED if wanted.trigger is Trigger.SUGGESTED else Trigger.MANUAL
    begin_measures([Start(file, measure, trigger, by=actor)], now)
    _walk_instead(file, wanted, runs, actor, now)
    _note_response(file, now)
    detail = {"measure": wanted.key, "trigger": trigger.value}
    _audit("case.measure_started", file, detail, actor, now)
    return file.runs.get(measure=measure)


def _refuse_forbidden(file: CaseFile, measure: Measure, now: datetime) -> None:
    if file.enrollment.arm == CONTROL:
        raise InControlGroup
    member_id = file.enrollment.member_id
    if obstacle := find_obstacle(measure, read_facts([member_id], now)[member_id]):
        raise MeasureForbidden(why=tell_obstacle(obstacle))


def _walk_instead(file: CaseFile, measure: Measure, runs: list[MeasureRun], actor: User | None, now: datetime) -> None:
    """Put the enrollment before the steps of a measure where those of another one were begun before.

    The first measure with steps is awaited by the journey itself.
    """
    stepped = {each.key for each in measures_of(file.version) if each.steps}
    if measure.key not in stepped or not any(run.measure in stepped for run in runs):
        return
    step = rules.block_step(measure.key, str(measure.steps[0]["id"]))
    reason = "case.measure_started"
    journeys.move_enrollment(enrollment_id=file.enrollment_id, step=step, actor=actor, reason=reason, now=now)


def _note_response(file: CaseFile, now: datetime) -> None:
    if CaseFile.objects.filter(id=file.id, first_response_at__isnull=True).update(first_response_at=now):
        member_id = file.enrollment.member_id
        key = f"case.responded:{file.id}"
        events.record_many([events.NewEvent("case.responded", member_id, now, key, {"case": file.case.key})], now=now)


@write()
def dismiss_suggestion(
    *, file_id: int, reason: str, actor: User | None, now: datetime, wants_no_contact: bool = False
) -> None:
    """Say that what is suggested won't be done, and why. `wants_no_contact`: the person asked to be left in peace.

    Raises:
        ReasonNeeded, UnknownCaseFile, FileClosed, NothingSuggested: there is nothing to say no to.
    """
    why = _reason(reason)
    file = _open_file(file_id)
    open_ones = CaseFile.objects.filter(id=file.id, suggested_at__isnull=False, dismissed_at__isnull=True)
    if not open_ones.update(dismissed_at=now, dismissed_by=actor, dismissed_reason=why):
        raise NothingSuggested
    if wants_no_contact:
        key = f"contact.refused:{file.id}"
        member_id = file.enrollment.member_id
        events.record_many([events.NewEvent("contact.refused", member_id, now, key, {})], now=now)
    _audit("case.suggestion_dismissed", file, {"reason": why}, actor, now)


def _open_file(file_id: int) -> CaseFile:
    files = CaseFile.objects.select_related("enrollment", "version", "case", "version__case")
    file = files.filter(id=file_id).select_for_update(of=("self",)).first()
    if file is None:
        raise UnknownCaseFile
    if file.enrollment.left_at is not None:
        raise FileClosed
    return file


def _measure_of(file: CaseFile, key: str) -> Measure:
    for measure in measures_of(file.version):
        if measure.key == key:
            return measure
    raise UnknownMeasure(measure=key)


def _reason(text: str) -> str:
    reason = text.strip()[:MAX_REASON]
    if not reason:
        raise ReasonNeeded
    return reason


def _audit(action: str, file: CaseFile, detail: Mapping[str, object], actor: User | None, now: datetime) -> None:
    target = f"member:{file.enrollment.member_id}"
    told = {"case": file.case.key, "file": file.id, **detail}
    people.write_audit(actor=actor, action=action, target=target, detail=told, now=now)
