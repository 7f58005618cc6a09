"""The wall of achievements with thanks, and the mentor's feed of what the own people achieved."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.recognition import visibility, wall, wall_queries
from qadam.recognition.social_shapes import Feed, VisibilityView, Wall


@dataclass(frozen=True, slots=True)
class WallPage:
    now: datetime
    wall: Wall
    seen: VisibilityView


@dataclass(frozen=True, slots=True)
class FeedPage:
    now: datetime
    feed: Feed


@require_safe
@member_page
def show_wall(request: MemberRequest) -> HttpResponse:
    now, before = clock.utc_now(), request.GET.get("before", "")
    found = wall_queries.wall_of(
        request.member, now=now, language=get_language() or "en", before=int(before) if before.isdecimal() else None
    )
    page = WallPage(now, found, visibility.visibility_of(request.member))
    return render(request, "cabinet/wall.html", {"page": page})


@require_safe
@member_page
def show_feed(request: MemberRequest) -> HttpResponse:
    now = clock.utc_now()
    feed = wall_queries.feed_for(request.member, now=now, language=get_language() or "en")
    return render(request, "cabinet/feed.html", {"page": FeedPage(now, feed)})


@require_POST
@member_page
def thank(request: MemberRequest, post_id: int) -> HttpResponse:
    """Thank somebody, or take it back; the same tap twice changes nothing."""
    now = clock.utc_now()
    if request.POST.get("thanks") == "0":
        wall.take_back_thanks(giver=request.member, post=post_id, now=now)
    else:
        wall.thank(giver=request.member, post=post_id, now=now)
    if request.POST.get("back") == "feed":
        return redirect("cabinet:feed")
    return redirect("cabinet:wall")
