"""One case file: why it was opened, what was done when, what comes next; and what staff do in it by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.cases import by_hand, reading_files
from qadam.cases.by_hand import BY_HAND
from qadam.cases.errors import UnknownCaseFile
from qadam.cases.guards import find_obstacle
from qadam.cases.measures import Trigger, measures_of
from qadam.cases.models import CaseFile, MeasureRun
from qadam.cases.obstacle_words import tell_obstacle
from qadam.cases.outcomes import outcome_of
from qadam.cases.reading_guards import read_facts
from qadam.events.models import Event
from qadam.experiments.rules import CONTROL
from qadam.lib import clock
from qadam.lib.errors import DomainError, Kind
from qadam.office import timeline
from qadam.office.case_pages import (
    FileRow,
    MeasureLine,
    Story,
    read_file_rows,
    say,
    tell_measure,
    tell_story,
    visible_files,
)
from qadam.office.case_words import OUTCOMES
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import EDITS, may_edit
from qadam.office.journey_pages import language
from qadam.office.member_journeys import Course, read_journeys
from qadam.office.names import case_names, journey_names, stage_names, task_names
from qadam.people import access
from qadam.people.access import SEES_PEOPLE
from qadam.people.models import Member, User


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done in the file, by whom and why."""

    at: datetime
    icon: str
    text: str
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A measure that can still be begun by hand; `obstacle` says why not."""

    line: MeasureLine
    obstacle: str


@dataclass(frozen=True, slots=True)
class FilePage:
    """One file. `course` is its way through the case's journey."""

    row: FileRow
    case: str
    story: Story
    outcome: str
    evidence: tuple[timeline.Line, ...]
    deeds: tuple[Deed, ...]
    next_note: str | Promise
    automatic_at: datetime | None
    horizon_at: datetime | None
    response_due_at: datetime | None
    first_response_at: datetime | None
    course: Course | None
    choices: tuple[Choice, ...]
    may_act: bool
    now: datetime


@require_safe
@staff_page(*SEES_PEOPLE)
def show_file(request: StaffRequest, file_id: int) -> HttpResponse:
    file = find_file(request.user, file_id)
    return render(request, "office/case_file.html", {"page": _file_page(request, file, clock.utc_now())})


def find_file(user: User, file_id: int) -> CaseFile:
    """Return a file of somebody whom this user may see.

    Raises:
        UnknownCaseFile: there is none.
    """
    file = visible_files(user).filter(id=file_id).first()
    if file is None:
        raise UnknownCaseFile
    return file


def _file_page(request: StaffRequest, file: CaseFile, now: datetime) -> FilePage:
    member = file.enrollment.member
    voice = _voice(member, request.company.currency)
    events = Event.objects.in_bulk(file.evidence)
    journeys = read_journeys(member, request.user, voice, now)
    (row,) = read_file_rows([file], now)
    return FilePage(
        row=row,
        case=file.case.key,
        story=tell_story(file.version),
        outcome=outcome_of(file),
        evidence=tuple(timeline.tell_event(events[each], voice) for each in file.evidence if each in events),
        deeds=tuple(sorted(_deeds(file), key=lambda deed: deed.at)),
        next_note=row.note,
        automatic_at=file.automatic_due_at if file.automatic_due_at and file.automatic_due_at > now else None,
        horizon_at=file.enrollment.horizon_at,
        response_due_at=file.response_due_at,
        first_response_at=file.first_response_at,
        course=next((each for each in journeys.courses if each.id == file.enrollment_id), None),
        choices=_choices(file, now),
        may_act=may_edit(request.user) and file.enrollment.left_at is None,
        now=now,
    )


def _voice(member: Member, currency: str) -> timeline.Voice:
    code = language()
    stages = {key: stage.name for key, stage in stage_names(code).items()}
    labels = stages | case_names(code) | journey_names(code) | task_names(member, code)
    return timeline.Voice(labels, code, currency)


def _deeds(file: CaseFile) -> Iterator[Deed]:
    if file.opened_by is not None:
        yield Deed(file.opened_at, "folder-open", _("Opened by hand"), _name(file.opened_by))
    else:
        yield Deed(file.opened_at, "folder-open", _("Noticed"))
    if file.suggested_at:
        yield Deed(file.suggested_at, "lightbulb", _("Suggested to the mentor"))
    names = {each.key: each.name.in_language(language()) for each in measures_of(file.version)}
    for run in file.runs.select_related("started_by"):
        yield _run_deed(run, names.get(run.measure, run.measure))
    if file.dismissed_at:
        yield Deed(file.dismissed_at, "x", _("The mentor said no"), _name(file.dismissed_by), file.dismissed_reason)
    if file.enrollment.left_at:
        told = _("Closed: %(outcome)s") % {"outcome": OUTCOMES[outcome_of(file)]}
        yield Deed(file.enrollment.left_at, "flag", told, _name(file.closed_by), file.closed_reason)


def _run_deed(run: MeasureRun, name: str) -> Deed:
    if run.is_withheld:
        return Deed(run.started_at, "flask-conical", _("“%(measure)s” would begin now: withheld") % {"measure": name})
    text = _("“%(measure)s” began by itself") if run.trigger == Trigger.AUTOMATIC else _("“%(measure)s” was done")
    return Deed(run.started_at, "play", text % {"measure": name}, _name(run.started_by))


def _name(user: User | None) -> str:
    return (user.name or user.email) if user else ""


def _choices(file: CaseFile, now: datetime) -> tuple[Choice, ...]:
    if file.enrollment.arm == CONTROL or file.enrollment.left_at is not None:
        return ()
    begun = {run.measure for run in file.runs.all()}
    facts = read_facts([file.enrollment.member_id], now)[file.enrollment.member_id]
    return tuple(
        Choice(tell_measure(each), tell_obstacle(find_obstacle(each, facts)))
        for each in measures_of(file.version)
        if each.key not in begun
    )


# ── By hand ───────────────────────────────────────────────


class NoCaseChosen(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("Choose one.")


@dataclass(frozen=True, slots=True)
class ActPage:
    """A form that asks for a choice and a reason."""

    title: str
    name: str
    label: str
    back: str
    options: tuple[tuple[str, str], ...]
    nothing: str = ""
    chosen: str = ""
    reason: str = ""
    fault: str = ""


@require_POST
@staff_page(*EDITS)
def start_measure(request: StaffRequest, file_id: int) -> HttpResponse:
    file = find_file(request.user, file_id)
    measure = request.POST.get("measure", "")
    try:
        by_hand.start_measure(file_id=file.id, measure=measure, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Noted. Its messages go out by the rules of contact."))
    return redirect("office:case_file", file.id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def close_file(request: StaffRequest, file_id: int) -> HttpResponse:
    file = find_file(request.user, file_id)
    page = ActPage(
        title=_("Close the case"),
        name=f"{file.enrollment.member.name} · {say(file.version.name)}",
        label=_("How did it end?"),
        back=f"/office/cases/files/{file.id}/",
        options=tuple((str(each), str(OUTCOMES[each])) for each in BY_HAND),
    )

    def act(outcome: str, reason: str) -> HttpResponse:
        by_hand.close_file(file_id=file.id, outcome=outcome, reason=reason, actor=request.user, now=clock.utc_now())
        messages.success(request, _("The case is closed."))
        return redirect("office:case_file", file.id)

    return _act(request, page, act)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def open_file(request: StaffRequest, member_id: int) -> HttpResponse:
    member = access.get_visible_member(request.user, member_id)
    names = case_names(language())
    open_ones = reading_files.open_cases_for(member.id)
    page = ActPage(
        title=_("Open a case"),
        name=member.name,
        label=_("Case"),
        back=f"/office/people/{member.id}/",
        options=tuple((case.key, names.get(case.key, case.key)) for case in open_ones),
        nothing=_("This person is in every case, or no map has one."),
    )

    def act(case: str, reason: str) -> HttpResponse:
        if case not in dict(page.options):
            raise NoCaseChosen
        file = by_hand.open_file(case=case, member=member, actor=request.user, reason=reason, now=clock.utc_now())
        messages.success(request, _("The case is open."))
        return redirect("office:case_file", file.id)

    return _act(request, page, act)


def _act(request: StaffRequest, page: ActPage, act: Callable[[str, str], HttpResponse]) -> HttpResponse:
    """Show the form, or do what it says; a refusal is told on it, and what was typed is kept."""
    if request.method != "POST":
        return render(request, "office/case_act.html", {"page": page})
    chosen, reason = request.POST.get("chosen", ""), request.POST.get("reason", "").strip()
    try:
        return act(chosen, reason)
    except DomainError as error:
        refused = ActPage(
            page.title, page.name, page.label, page.back, page.options, page.nothing, chosen, reason, str(error)
        )
        status = 409 if error.kind is Kind.CONFLICT else 422
        return render(request, "office/case_act.html", {"page": refused}, status=status)
