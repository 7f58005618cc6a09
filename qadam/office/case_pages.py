"""The cases: all of them with what they bring, one with its story and its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam import conditions
from qadam.cases import queries, reading_files, rules
from qadam.cases.measures import Measure, measures_of
from qadam.cases.models import CaseFile, CaseVersion, MeasureRun, Polarity
from qadam.cases.obstacle_words import tell_obstacle
from qadam.cases.outcomes import outcome_of
from qadam.cases.reading_files import CaseNumbers, Fact
from qadam.experiments.rules import CONTROL
from qadam.journeys import phrases
from qadam.lib import clock
from qadam.lib.text import words_of
from qadam.office.case_words import CHANNEL_ICONS, CHANNELS, OUTCOME_CHIPS, OUTCOMES, PURPOSES, TRIGGERS
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import may_edit
from qadam.office.journey_pages import language
from qadam.office.names import stage_names
from qadam.people import access
from qadam.people.access import SEES_PEOPLE
from qadam.people.models import Member, User

PAGE_SIZE = 25
STATES: Mapping[str, str | Promise] = {
    "open": _("Open now"),
    "late": _("Promise passed"),
    "closed": _("Closed"),
    "all": _("All"),
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of the list."""

    key: str
    name: str
    is_problem: bool
    is_retired: bool
    stage: str
    numbers: CaseNumbers


@dataclass(frozen=True, slots=True)
class CasesPage:
    problems: tuple[CaseRow, ...]
    positives: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure of the case as the page tells it."""

    key: str
    name: str
    trigger: str | Promise
    channel: str | Promise
    icon: str
    purpose: str | Promise
    needs_consent: bool
    script: str


@dataclass(frozen=True, slots=True)
class Story:
    """A case in words."""

    context: str
    causes: tuple[str, ...]
    client_reaction: str
    company_reaction: str
    result: str
    rules: tuple[tuple[str | Promise, str], ...]
    measures: tuple[MeasureLine, ...]
    horizon_days: int
    cooldown_days: int | None
    sla: str
    """The promise to answer in words; "" without one."""
    holdout: float
    never_withheld: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of the list. `chip` is (class, icon)."""

    id: int
    member_id: int
    name: str
    case: str
    opened_at: datetime
    evidence: tuple[Fact, ...]
    measure: str
    note: str | Promise
    outcome: str | Promise
    chip: tuple[str, str]
    is_control: bool
    late_since: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case with its files."""

    row: CaseRow
    story: Story
    journey: str
    number: int
    published_at: datetime | None
    states: tuple[tuple[str, str | Promise], ...]
    state: str
    files: tuple[FileRow, ...]
    total: int
    number_of_page: int
    page_count: int
    link: str
    now: datetime


@require_safe
@staff_page(*SEES_PEOPLE)
def list_cases(request: StaffRequest) -> HttpResponse:
    rows = read_rows(reading_files.read_library(), clock.utc_now())
    page = CasesPage(
        problems=tuple(row for row in rows if row.is_problem),
        positives=tuple(row for row in rows if not row.is_problem),
    )
    return render(request, "office/cases.html", {"page": page})


def read_rows(versions: Sequence[CaseVersion], now: datetime) -> list[CaseRow]:
    """Return a row for each of these cases, with its numbers."""
    numbers = reading_files.read_numbers(now, [version.case.key for version in versions])
    stages = {name.key.partition("/")[2]: f"{name.number} · {name.name}" for name in stage_names(language()).values()}
    return [
        CaseRow(
            key=version.case.key,
            name=say(version.name),
            is_problem=version.polarity == Polarity.NEGATIVE,
            is_retired=version.case.retired_at is not None,
            stage=stages.get(version.stage_key, version.stage_key),
            numbers=numbers.get(version.case.key, CaseNumbers()),
        )
        for version in versions
    ]


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@staff_page(*SEES_PEOPLE)
def show_case(request: StaffRequest, key: str) -> HttpResponse:
    page = _case_page(request, queries.get_published(key), clock.utc_now())
    name = "_case_files" if request.htmx.target == "files" else "case"
    return render(request, f"office/{name}.html", {"page": page, "may_edit": may_edit(request.user)})


def _case_page(request: StaffRequest, version: CaseVersion, now: datetime) -> CasePage:
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    chosen = _narrow(visible_files(request.user).filter(case=version.case), state, now)
    chunk = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    (row,) = read_rows([version], now)
    return CasePage(
        row=row,
        story=tell_story(version),
        journey=rules.journey_slug(version.case.key),
        number=version.number,
        published_at=version.published_at,
        states=tuple(STATES.items()),
        state=state,
        files=read_file_rows(list(chunk), now),
        total=chunk.paginator.count,
        number_of_page=chunk.number,
        page_count=chunk.paginator.num_pages,
        link="?" + urlencode({"state": state}) + "&",
        now=now,
    )


def visible_files(user: User) -> QuerySet[CaseFile]:
    """Return the files of the people whom this user may see."""
    seen = CaseFile.objects.filter(enrollment__member__in=access.visible_members(user))
    return _with_everything(seen)


def _with_everything(files: QuerySet[CaseFile]) -> QuerySet[CaseFile]:
    """Read along what a row needs; a version with its long document once, however many files have it."""
    return files.select_related("enrollment__member", "enrollment__journey", "case").prefetch_related("runs", "version")


def _narrow(files: QuerySet[CaseFile], state: str, now: datetime) -> QuerySet[CaseFile]:
    if state == "late":
        return files.filter(id__in=reading_files.late_files(now).values("id")).order_by("response_due_at", "id")
    if state != "all":
        files = files.filter(enrollment__left_at__isnull=state == "open")
    return files.order_by("-opened_at", "-id")


def read_file_rows(files: Sequence[CaseFile], now: datetime) -> tuple[FileRow, ...]:
    """Return the rows of these files, evidence in words."""
    facts = reading_files.read_facts_of(files)
    return tuple(_file_row(file, facts[file.id], now) for file in files)


def _file_row(file: CaseFile, facts: tuple[Fact, ...], now: datetime) -> FileRow:
    outcome, runs = outcome_of(file), sorted(file.runs.all(), key=lambda run: run.id)
    shown = [run for run in runs if not run.is_withheld]
    names = {measure.key: measure.name.in_language(language()) for measure in measures_of(file.version)}
    is_late = not outcome and file.first_response_at is None and file.enrollment.arm != CONTROL
    due_at = file.response_due_at
    return FileRow(
        id=file.id,
        member_id=file.enrollment.member_id,
        name=file.enrollment.member.name or str(_("No name")),
        case=say(file.version.name),
        opened_at=file.opened_at,
        evidence=facts,
        measure=names.get(shown[-1].measure, shown[-1].measure) if shown else "",
        note=_tell_note(file, runs, outcome),
        outcome=OUTCOMES[outcome],
        chip=OUTCOME_CHIPS[outcome],
        is_control=file.enrollment.arm == CONTROL,
        late_since=due_at if is_late and due_at is not None and due_at < now else None,
        ended_at=file.enrollment.left_at,
    )


def _tell_note(file: CaseFile, runs: Sequence[MeasureRun], outcome: str) -> str | Promise:
    if not outcome:
        return tell_waiting(file, runs)
    return tell_obstacle(file.held_back) if file.held_back and not runs else ""


def tell_waiting(file: CaseFile, runs: Sequence[MeasureRun]) -> str | Promise:
    """Return what an open file waits for, in a few words."""
    if file.enrollment.journey.paused_at is not None:
        return _("the case is paused")
    if file.enrollment.arm == CONTROL:
        return _("control group: nothing is done")
    if file.suggested_at and not file.dismissed_at and not any(run.trigger == "suggested" for run in runs):
        return _("the mentor is asked")
    if file.automatic_due_at is not None:
        return _("waits for its turn: one measure in 48 hours")
    if file.held_back:
        return tell_obstacle(file.held_back)
    return "" if runs else _("nothing is done yet")


def tell_story(version: CaseVersion) -> Story:
    """Return a case in the visitor's language, its rules in words."""
    told = (
        (_("In the case when"), version.detect),
        (_("But not when"), version.exclude),
        (_("Solved when"), version.success),
        (_("Lost when"), version.failure),
    )
    return Story(
        context=say(version.context),
        causes=tuple(map(say, version.causes)),
        client_reaction=say(version.client_reaction),
        company_reaction=say(version.company_reaction),
        result=say(version.result),
        rules=tuple((label, conditions.explain(conditions.parse(rule), language())) for label, rule in told if rule),
        measures=tuple(tell_measure(each) for each in measures_of(version)),
        horizon_days=max(version.horizon.days, 1),
        cooldown_days=version.cooldown.days if version.cooldown else None,
        sla=phrases.tell_length(version.sla) if version.sla else "",
        holdout=version.holdout / 10_000,
        never_withheld=version.never_withheld,
    )


def tell_measure(measure: Measure) -> MeasureLine:
    return MeasureLine(
        key=measure.key,
        name=measure.name.in_language(language()),
        trigger=TRIGGERS[measure.trigger],
        channel=CHANNELS[measure.channel],
        icon=CHANNEL_ICONS[measure.channel],
        purpose=PURPOSES[measure.purpose],
        needs_consent=measure.needs_consent,
        script=measure.script.in_language(language()),
    )


def say(document: Mapping[str, str]) -> str:
    return words_of(document).in_language(language())


def member_files(member: Member, now: datetime) -> tuple[FileRow, ...]:
    """Return the case files of one member, open ones first, then the newest; for the member's page."""
    files = _with_everything(CaseFile.objects.filter(enrollment__member=member)).order_by("-id")
    return read_file_rows(sorted(files, key=lambda each: each.enrollment.left_at is not None), now)
