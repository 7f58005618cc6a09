"""The journeys of one member: where they stand and why, and what staff can do about it, each with a written reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qadam.journeys import graphs, operations, phrases
from qadam.journeys.errors import NotUnderWay
from qadam.journeys.models import Enrollment, Phase, Trouble
from qadam.journeys.paths import Move, Path, read_paths, unread_events
from qadam.journeys.phrases import Names
from qadam.lib import clock
from qadam.lib.errors import DomainError, Kind
from qadam.lib.text import words_of
from qadam.office import timeline
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_course import Sentence, is_shown, tell_end, tell_move
from qadam.office.journey_draft import EDITS, Choices, is_case, may_edit, read_choices
from qadam.office.journey_pages import language
from qadam.people import access
from qadam.people.models import Member, User

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Stop:
    """One line of the way. `opened_at`: the message was seen to be opened; `by` and `reason`: done by hand."""

    at: datetime
    sentence: Sentence
    opened_at: datetime | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One enrollment as the page shows it. `why` says how they came in; `stands` where they are, `waits` for what."""

    id: int
    slug: str
    name: str
    version: int
    is_live: bool
    is_paused: bool
    is_case: bool
    entered_at: datetime
    left_at: datetime | None
    end: str
    why: str
    why_details: tuple[str, ...]
    stands: str
    details: tuple[str, ...]
    since: datetime
    next_at: datetime | None
    next_words: str
    arm: str
    stops: tuple[Stop, ...]
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class MemberJourneys:
    member: Member
    courses: tuple[Course, ...]
    unread: tuple[Trouble, ...]
    may_act: bool
    now: datetime

    @property
    def live(self) -> list[Course]:
        return [course for course in self.courses if course.is_live]

    @property
    def past(self) -> list[Course]:
        return [course for course in self.courses if not course.is_live]


def read_journeys(member: Member, user: User, voice: timeline.Voice, now: datetime) -> MemberJourneys:
    """Return the journeys of a member whose record this user may open."""
    paths, choices = read_paths(member), None
    if paths:
        choices = read_choices(voice.language)
    courses = tuple(_course(path, choices, voice) for path in paths if choices)
    return MemberJourneys(member, courses, tuple(unread_events(member)), may_edit(user), now)


def _course(path: Path, choices: Choices, voice: timeline.Voice) -> Course:
    each, names = path.enrollment, names_of(path, choices, voice.language)
    why, why_details = _tell_why(path, voice)
    step = path.graph.steps.get(each.step)
    phrase = phrases.tell_step(step, names) if step else phrases.Phrase(each.step)
    return Course(
        id=each.id,
        slug=each.journey.slug,
        name=words_of(path.graph.name).in_language(voice.language),
        version=each.version.number,
        is_live=path.is_live,
        is_paused=each.journey.paused_at is not None,
        is_case=is_case(each.journey.slug),
        entered_at=each.entered_at,
        left_at=each.left_at,
        end=tell_end(each.exit_reason) if each.left_at else "",
        why=why,
        why_details=why_details,
        stands=phrase.title,
        details=phrase.details,
        since=each.armed_at,
        next_at=path.next_at,
        next_words=_tell_next(path, names),
        arm=each.arm,
        stops=tuple(_stops(path, names)),
        trouble=path.trouble,
    )


def names_of(path: Path, choices: Choices, code: str) -> Names:
    """Return what the steps of a way are called: by their names, or else by their sentences."""
    bare = choices.as_names()
    labels = {
        step.id: words_of(step.name).in_language(code) or phrases.tell_step(step, bare).title
        for step in path.graph.steps.values()
    }
    return replace(bare, steps=labels)


def _tell_why(path: Path, voice: timeline.Voice) -> tuple[str, tuple[str, ...]]:
    if path.entered_by is not None:
        by = path.entered_by
        words = _("Put in by %(who)s: %(reason)s") if by.by else _("Put in by hand: %(reason)s")
        return words % {"who": by.by, "reason": by.reason}, ()
    if path.entry is None:
        return _("By another journey, or let in at its launch"), ()
    if path.graph.entry.when is not None:
        return phrases.tell_entry(path.graph.entry), ()
    line = timeline.tell_event(path.entry, voice)
    return line.text, line.details


def _tell_next(path: Path, names: Names) -> str:
    """Return where the way goes on when the time is over; "" where that isn't known."""
    each = path.enrollment
    step = path.graph.steps.get(each.step)
    if step is None or each.phase != Phase.WAITING or each.ends_at is None:
        return ""
    goto = getattr(step.act, "on_timeout", None) if each.ends_by == "timeout" else step.next
    target = goto or step.next
    return names.steps.get(target, target) if target else _("the journey ends")


def _stops(path: Path, names: Names) -> list[Stop]:
    shown = [move for move in path.moves if is_shown(move, path.graph)]
    return [_stop(move, path, names) for move in shown]


def _stop(move: Move, path: Path, names: Names) -> Stop:
    opened = move.message.opened_at if move.message else None
    by, reason = (move.decision.by, move.decision.reason) if move.decision else ("", "")
    return Stop(move.at, tell_move(move, path.graph, names), opened, by, reason)


# ── What staff can do ─────────────────────────────────────


class NoReason(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("Write down why. It is kept in the audit log.")


class NothingChosen(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("Choose one.")


@dataclass(frozen=True, slots=True)
class ActionPage:
    """A form that asks for a reason, and for one of `options` where there are any."""

    member: Member
    action: str
    name: str
    stands: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    reason: str
    fault: str
    fault_field: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def move(request: StaffRequest, member_id: int, enrollment_id: int) -> HttpResponse:
    member, path = _find(request.user, member_id, enrollment_id)
    names = names_of(path, read_choices(language()), language())
    options = tuple((step, label) for step, label in names.steps.items() if step != path.enrollment.step)

    def act(step: str, reason: str) -> str:
        if step not in dict(options):
            raise NothingChosen
        operations.move_enrollment(
            enrollment_id=enrollment_id, step=step, actor=request.user, reason=reason, now=clock.utc_now()
        )
        return _("%(name)s goes on at “%(step)s”.") % {"name": member.name, "step": names.steps[step]}

    name = words_of(path.graph.name).in_language(language())
    stands = names.steps.get(path.enrollment.step, "")
    return _act(request, ActionPage(member, "move", name, stands, options, "", "", "", ""), act)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def stop(request: StaffRequest, member_id: int, enrollment_id: int) -> HttpResponse:
    member, path = _find(request.user, member_id, enrollment_id)
    names = names_of(path, read_choices(language()), language())
    name = words_of(path.graph.name).in_language(language())

    def act(_chosen: str, reason: str) -> str:
        now = clock.utc_now()
        operations.stop_enrollment(enrollment_id=enrollment_id, actor=request.user, reason=reason, now=now)
        return _("%(name)s has left “%(journey)s”.") % {"name": member.name, "journey": name}

    stands = names.steps.get(path.enrollment.step, "")
    return _act(request, ActionPage(member, "stop", name, stands, (), "", "", "", ""), act)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def enroll(request: StaffRequest, member_id: int) -> HttpResponse:
    member = access.get_visible_member(request.user, member_id)
    options = tuple(_open_journeys(member).items())

    def act(slug: str, reason: str) -> str:
        if slug not in dict(options):
            raise NothingChosen
        operations.enroll_member(slug=slug, member=member, actor=request.user, reason=reason, now=clock.utc_now())
        return _("%(name)s has begun “%(journey)s”.") % {"name": member.name, "journey": dict(options)[slug]}

    return _act(request, ActionPage(member, "enroll", "", "", options, "", "", "", ""), act)


def _open_journeys(member: Member) -> dict[str, str]:
    """Return the running journeys that a member isn't in now; cases are opened elsewhere."""
    live = set(Enrollment.objects.filter(member=member, left_at__isnull=True).values_list("journey_id", flat=True))
    found = {
        journey.slug: words_of(graph.name).in_language(language()) or journey.slug
        for journey, graph in graphs.current_graphs()
        if journey.id not in live and not is_case(journey.slug)
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1].casefold()))


def _find(user: User, member_id: int, enrollment_id: int) -> tuple[Member, Path]:
    """Return a member's live enrollment.

    Raises:
        NotUnderWay: the member has left it, or never was in it.
    """
    member = access.get_visible_member(user, member_id)
    for path in read_paths(member):
        if path.enrollment.id == enrollment_id and path.is_live:
            return member, path
    raise NotUnderWay


class Act(Protocol):
    def __call__(self, chosen: str, reason: str, /) -> str: ...


def _act(request: StaffRequest, page: ActionPage, act: Act) -> HttpResponse:
    """Show the form, or do what it says; a refusal is told on it and what was typed is kept."""
    if request.method != "POST":
        return render(request, "office/journey_people_action.html", {"page": page})
    chosen, reason = request.POST.get("chosen", ""), request.POST.get("reason", "").strip()[:LONGEST_REASON]
    try:
        if not reason:
            raise NoReason
        told = act(chosen, reason)
    except DomainError as error:
        return _refuse(request, page, {"chosen": chosen, "reason": reason}, error)
    messages.success(request, told)
    return redirect(reverse("office:member", args=[page.member.id]) + "#journeys")


def _refuse(request: StaffRequest, page: ActionPage, typed: Mapping[str, str], error: DomainError) -> HttpResponse:
    fields = {NoReason: "reason", NothingChosen: "chosen"}
    refused = ActionPage(
        page.member, page.action, page.name, page.stands, page.options,
        typed["chosen"], typed["reason"], str(error), fields.get(type(error), ""),
    )  # fmt: skip
    status = 409 if error.kind is Kind.CONFLICT else 422
    return render(request, "office/journey_people_action.html", {"page": refused}, status=status)
