"""What waits for my word: practical tasks of my people, nominations for badges, and talks that I may note."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.desk.door import MentorRequest, mentor_page
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.people import queries as people
from qadam.recognition import operations as recognition
from qadam.recognition import queries as recognition_queries
from qadam.recognition.awards import Nomination
from qadam.recognition.shapes import NominationView
from qadam.tasks import desk, proofs, talks
from qadam.tasks.desk import ProofCard, TalkCard
from qadam.tasks.errors import UnknownProof


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """Everything that waits. `error` belongs to the proof `error_at`, of which `typed` is what was written."""

    now: datetime
    proofs: tuple[ProofCard, ...]
    nominations: tuple[NominationView, ...]
    talks: tuple[TalkCard, ...]
    error: str = ""
    error_at: int = 0
    typed: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.proofs or self.nominations or self.talks)


@require_safe
@mentor_page
def list_approvals(request: MentorRequest) -> HttpResponse:
    return _show(request, "", 0)


@require_POST
@mentor_page
def answer_proof(request: MentorRequest, proof_id: int) -> HttpResponse:
    """Approve what was shown, with a kind word; or ask for one more try, and say what to try differently."""
    now, words = clock.utc_now(), request.POST.get("words", "")
    asks_again = request.POST.get("answer") == "again"
    try:
        if asks_again:
            proof = proofs.ask_again(reviewer=request.user, proof_id=proof_id, reason=words, now=now)
        else:
            proof = proofs.approve_proof(reviewer=request.user, proof_id=proof_id, words=words, now=now)
    except UnknownProof:
        raise
    except DomainError as refusal:
        return _show(request, str(refusal), proof_id)
    name = proof.member.name
    told = _("%(name)s sees your reason and tries once more.") if asks_again else _("Thank you. %(name)s knows now.")
    messages.success(request, told % {"name": name})
    return redirect("desk:approvals")


@require_POST
@mentor_page
def note_talk(request: MentorRequest, task_id: int) -> HttpResponse:
    try:
        task = talks.note_talk(helper=request.user, task_id=task_id, now=clock.utc_now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Thank you. It is noted for %(name)s.") % {"name": task.member.name})
    return redirect("desk:approvals")


@require_POST
@mentor_page
def decide_nomination(request: MentorRequest, nomination_id: int) -> HttpResponse:
    nomination = Nomination.objects.filter(id=nomination_id).first()
    if nomination is None:
        raise UnknownProof
    is_approved = request.POST.get("answer") == "approve"
    try:
        recognition.decide_nomination(
            nomination=nomination, decider=request.user, is_approved=is_approved, now=clock.utc_now()
        )
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The badge is theirs now.") if is_approved else _("Noted. Nobody is told of it."))
    return redirect("desk:approvals")


def _show(request: MentorRequest, error: str, error_at: int) -> HttpResponse:
    now, language = clock.utc_now(), get_language() or "en"
    page = ApprovalsPage(
        now=now,
        proofs=tuple(desk.proofs_for(request.user, language)),
        nominations=tuple(recognition_queries.nominations_for(request.member, language)),
        talks=tuple(desk.talks_for(request.member, people.get_company(), now, language)),
        error=error,
        error_at=error_at,
        typed=request.POST.get("words", "") if error else "",
    )
    return render(request, "desk/approvals.html", {"page": page}, status=422 if error else 200)
