"""Short surveys: the question in Today, answered with one tap, and the page behind a letter's links.

Looking never answers: mail filters open every link of a letter. The page holds the tapped answer ready, and sends it by
itself where a person's browser runs scripts; else one press does.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from qadam.cabinet import offline
from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.messaging import signed_links
from qadam.messaging.queries import key_of_message
from qadam.people.models import Member
from qadam.surveys import operations, queries
from qadam.surveys.models import Via
from qadam.surveys.shapes import Card


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the address that takes its answer. `tapped`: the answer that a letter's link holds ready.

    `swaps`: the answer is sent in place, in the cabinet.
    """

    card: Card
    action: str
    tapped: str = ""
    tapped_words: str = ""
    swaps: bool = False


def first_question(member: Member, now: datetime, language: str) -> Question | None:
    """Return the one question that Today shows: the one just answered, else the one that closes first."""
    card = next(iter(queries.open_requests_of(member, now, language)), None)
    return _in_cabinet(card) if card else None


def _in_cabinet(card: Card) -> Question:
    return Question(card, reverse("cabinet:question", args=[card.request_id]), swaps=True)


@require_POST
@member_page
def answer_question(request: MemberRequest, request_id: int) -> HttpResponse:
    """Take an answer, or the words beside it, from the cabinet."""
    now, language = clock.utc_now(), get_language() or "en"
    card = queries.get_card(request_id, now, language)
    if card is None or card.member_id != request.member.id:
        raise Http404
    with offline.once(request, now) as is_new:
        if is_new:
            _take(request, card, Via.CABINET)
    if request.htmx.target != "question":
        return redirect("cabinet:today")
    answered = queries.get_card(request_id, now, language)
    return render(request, "cabinet/_question.html", {"question": _in_cabinet(answered or card)})


# The address itself is the proof, and a browser inside a mail programme may keep no cookie.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_letter(request: HttpRequest, token: str, answer: str = "") -> HttpResponse:
    """Show the question of a letter with the tapped answer held ready; on POST take it."""
    card = _card_of(token)
    member = Member.objects.filter(id=card.member_id).only("language").get()
    has_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    with translation.override(translation.get_language() if has_chosen else member.language):
        if request.method == "POST":
            _take(request, card, Via.LETTER)
            return redirect("cabinet:letter_question", token=token)
        card = _card_of(token)
        words = {choice.value: choice.words for choice in card.choices}
        action = reverse("cabinet:letter_question", args=[token])
        tapped = answer if answer in words and card.is_open and not card.is_answered else ""
        question = Question(card, action, tapped, words.get(tapped, ""))
        return render(request, "cabinet/question.html", {"question": question})


def _card_of(token: str) -> Card:
    """Return the question of a letter, in the active language."""
    outbox_id = signed_links.number_of(signed_links.ANSWER, token)
    request_id = queries.request_of_key(key_of_message(outbox_id)) if outbox_id is not None else None
    card = queries.get_card(request_id, clock.utc_now(), get_language() or "en") if request_id else None
    if card is None:
        raise Http404
    return card


def _take(request: HttpRequest, card: Card, via: Via) -> None:
    """Record what was sent: an answer, words, or both."""
    now, answer, words = clock.utc_now(), request.POST.get("answer"), request.POST.get("comment")
    place = {"request_id": card.request_id, "member_id": card.member_id}
    if answer is not None:
        is_score = card.is_scale and answer.isascii() and answer.isdecimal() and len(answer) < 4
        operations.record_answer(**place, answer=int(answer) if is_score else answer, via=via, now=now)
    if words is not None:
        operations.add_comment(**place, comment=words, now=now)
