"""Challenges: the goal, what is left, until when, and the own next act; joining and leaving."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.recognition import challenge_queries, challenges
from qadam.recognition.social_shapes import ChallengesView


@dataclass(frozen=True, slots=True)
class ChallengesPage:
    now: datetime
    view: ChallengesView


@require_safe
@member_page
def show_challenges(request: MemberRequest) -> HttpResponse:
    now = clock.utc_now()
    view = challenge_queries.challenges_of(request.member, now=now, language=get_language() or "en")
    return render(request, "cabinet/challenges.html", {"page": ChallengesPage(now, view)})


@require_POST
@member_page
def join(request: MemberRequest, key: str) -> HttpResponse:
    challenges.join_challenge(member=request.member, key=key, now=clock.utc_now())
    return redirect("cabinet:challenges")


@require_POST
@member_page
def leave(request: MemberRequest, key: str) -> HttpResponse:
    challenges.leave_challenge(member=request.member, key=key, now=clock.utc_now())
    return redirect("cabinet:challenges")
