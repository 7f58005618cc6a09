"""Who needs me now: what is suggested for the people I answer for, why, until when, and what to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.cases import by_hand, reading_files
from qadam.cases.errors import UnknownCaseFile
from qadam.cases.measures import Channel, Measure
from qadam.cases.models import CaseFile
from qadam.cases.reading_files import Fact, Suggestion
from qadam.desk.door import MentorRequest, mentor_page, people_of
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.lib.text import words_of
from qadam.people.models import Member

MOST = 50
NO_CONTACT = "no_contact"
OTHER = "other"
REASONS: Mapping[str, str | Promise] = {
    "talked": gettext_lazy("We have talked about it already"),
    "later": gettext_lazy("Not the right moment"),
    "unfit": gettext_lazy("It doesn't concern them"),
    NO_CONTACT: gettext_lazy("They asked not to be contacted"),
    OTHER: gettext_lazy("Another reason"),
}
"""Why a mentor doesn't do it now. The words are kept with the case."""
ICONS: Mapping[str, str] = {
    Channel.CALL: "phone",
    Channel.CHAT: "message-circle",
    Channel.MEETING: "users",
    Channel.EMAIL: "mail",
    Channel.TELEGRAM: "send",
}


@dataclass(frozen=True, slots=True)
class MeasureCard:
    """What the mentor may do, and what to say."""

    key: str
    name: str
    icon: str
    script: str


@dataclass(frozen=True, slots=True)
class Card:
    """One person who needs the mentor. `is_late`: the company's promise has passed."""

    file_id: int
    name: str
    phone: str
    email: str
    case: str
    context: str
    since: datetime
    due_at: datetime | None
    is_late: bool
    evidence: tuple[Fact, ...]
    measures: tuple[MeasureCard, ...]


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The cards, the most urgent first; `total` counts all of them."""

    now: datetime
    cards: tuple[Card, ...]
    total: int
    reasons: tuple[tuple[str, str | Promise], ...]


@require_safe
@mentor_page
def list_suggestions(request: MentorRequest) -> HttpResponse:
    now = clock.utc_now()
    found = reading_files.read_suggestions(people_of(request.user), now)
    cards = tuple(_card(each, now) for each in found[:MOST])
    return render(request, "desk/suggestions.html", {"page": DeskPage(now, cards, len(found), tuple(REASONS.items()))})


def _card(each: Suggestion, now: datetime) -> Card:
    language, file = get_language() or "en", each.file
    member: Member = file.enrollment.member
    return Card(
        file_id=file.id,
        name=member.name or _("No name"),
        phone=member.phone,
        email=member.email,
        case=each.name.in_language(language),
        context=words_of(file.version.context).in_language(language),
        since=file.opened_at,
        due_at=each.due_at,
        is_late=each.due_at is not None and each.due_at < now,
        evidence=tuple(each.evidence[:3]),
        measures=tuple(_measure_card(measure, language) for measure in each.measures),
    )


def _measure_card(measure: Measure, language: str) -> MeasureCard:
    return MeasureCard(
        key=measure.key,
        name=measure.name.in_language(language),
        icon=ICONS.get(measure.channel, "hand-helping"),
        script=measure.script.in_language(language),
    )


@require_POST
@mentor_page
def note_done(request: MentorRequest, file_id: int) -> HttpResponse:
    """Note that the mentor did it: the response of the company."""
    file = _find(request, file_id)
    measure = request.POST.get("measure", "")
    try:
        by_hand.start_measure(file_id=file.id, measure=measure, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Thank you. It is noted for %(name)s.") % {"name": file.enrollment.member.name})
    return redirect("desk:suggestions")


@require_POST
@mentor_page
def say_not_now(request: MentorRequest, file_id: int) -> HttpResponse:
    """Note why the mentor doesn't do it; who asked for peace gets it."""
    file = _find(request, file_id)
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "").strip()
    words = "" if reason not in REASONS else str(REASONS[reason])
    told = note if reason == OTHER else f"{words}. {note}".strip(" .")
    try:
        by_hand.dismiss_suggestion(
            file_id=file.id,
            reason=told,
            actor=request.user,
            now=clock.utc_now(),
            wants_no_contact=reason == NO_CONTACT,
        )
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("It is off your list."))
    return redirect("desk:suggestions")


def _find(request: MentorRequest, file_id: int) -> CaseFile:
    """Return a file of somebody whom the mentor answers for.

    Raises:
        UnknownCaseFile: it isn't theirs to see; said also where there is none.
    """
    files = CaseFile.objects.filter(enrollment__member__in=people_of(request.user)).select_related("enrollment__member")
    file = files.filter(id=file_id).first()
    if file is None:
        raise UnknownCaseFile
    return file
