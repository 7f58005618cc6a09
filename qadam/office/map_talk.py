"""What people say to parts of a map, what supports them, and the review of the whole: pages, and parts for panels."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.lib import clock
from qadam.lib.errors import DomainError, Kind
from qadam.maps import queries_work, talking
from qadam.maps.models import JourneyMap, MapVersion, Review, SourceKind
from qadam.maps.queries_work import ReviewState, Talk
from qadam.office.board_edit_draft import Draft, draft_of
from qadam.office.board_edit_fields import CASE_FIELDS, STAGE_FIELDS, say
from qadam.office.board_views import PUBLISHES, language, may_publish
from qadam.office.door import SEES_MAP, StaffRequest, staff_page
from qadam.ui.formats import current_zone

SOURCE_WORDS = {
    SourceKind.INTERVIEW: gettext_lazy("interview"),
    SourceKind.SURVEY: gettext_lazy("survey"),
    SourceKind.OBSERVATION: gettext_lazy("observation"),
    SourceKind.DATA: gettext_lazy("data"),
}


class NotADay(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("A day is needed: when it was gathered.")


@dataclass(frozen=True, slots=True)
class TalkPage:
    """Comments and evidence of one part of a map. `sources`: [(the note, its kind in words)]."""

    talk: Talk
    name: str
    sources: tuple[tuple[Any, str], ...]
    kinds: tuple[tuple[str, Any], ...]
    may_edit: bool
    today: date
    now: datetime
    refused: str = ""
    announce: str = ""

    @property
    def query(self) -> str:
        return f"?map={self.talk.slug}&anchor={self.talk.anchor}"


@dataclass(frozen=True, slots=True)
class ReviewPage:
    slug: str
    state: ReviewState
    done: tuple[Review, ...]
    every_days: int
    may_edit: bool
    now: datetime


def read_talk(request: StaffRequest, slug: str, anchor: str, *, refused: str = "", announce: str = "") -> TalkPage:
    """Return what was said to a part of a map; pages that show it beside other things include `_map_talk.html`."""
    talk = queries_work.talk_about(slug, anchor)
    now = clock.utc_now()
    return TalkPage(
        talk=talk,
        name=name_of(slug, anchor),
        sources=tuple((each, str(SOURCE_WORDS.get(SourceKind(each.kind), each.kind))) for each in talk.sources),
        kinds=tuple((kind.value, words) for kind, words in SOURCE_WORDS.items()),
        may_edit=may_publish(request),
        today=clock.local_date(now, current_zone()),
        now=now,
        refused=refused,
        announce=announce,
    )


def name_of(slug: str, anchor: str) -> str:
    """Say what an anchor is: “Contact · The client feels”."""
    version = queries_work.find_draft(slug) or _newest(slug)
    if version is None:
        return anchor
    draft = draft_of(version, language())
    match anchor.split(":"):
        case ["stage", key, *field]:
            name = dict(draft.choices.stages).get(key, key)
            more = str(STAGE_FIELDS[field[0]].label) if field and field[0] in STAGE_FIELDS else "".join(field)
            return f"{name} · {more}" if more else name
        case ["case", key, *field]:
            more = f" · {CASE_FIELDS[field[0]].label}" if field and field[0] in CASE_FIELDS else ""
            return _case_name(draft, key) + more
        case ["touchpoint", *rest]:
            code = ":".join(rest)
            return dict(draft.choices.touchpoints).get(code, code)
    return say(version.name, language())


def _newest(slug: str) -> MapVersion | None:
    return MapVersion.objects.filter(map__slug=slug).select_related("map").order_by("-number").first()


def _case_name(draft: Draft, key: str) -> str:
    return say(draft.cases[key].get("name"), language()) if key in draft.cases else key


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_talk(request: StaffRequest) -> HttpResponse:
    the_map = queries_work.get_map(request.GET.get("map", ""))
    return _answer(request, the_map, request.GET.get("anchor", "map"))


def _answer(request: StaffRequest, the_map: JourneyMap, anchor: str, **more: str) -> HttpResponse:
    is_part = request.htmx and not request.htmx.history_restore_request
    if request.method == "POST" and not is_part and "refused" not in more:
        return redirect(f"{reverse('office:map_talk')}?map={the_map.slug}&anchor={anchor}")
    page = read_talk(request, the_map.slug, anchor, **more)
    name = "_map_talk" if is_part else "map_talk"
    return render(request, f"office/{name}.html", {"page": page}, status=422 if page.refused and not is_part else 200)


def _asked(request: StaffRequest) -> tuple[JourneyMap, str]:
    return queries_work.get_map(request.GET.get("map", "")), request.GET.get("anchor", "map")


@require_POST
@staff_page(*SEES_MAP)
def add_comment(request: StaffRequest) -> HttpResponse:
    the_map, anchor = _asked(request)
    try:
        talking.add_comment(the_map, anchor, request.POST.get("text", ""), author=request.user, now=clock.utc_now())
    except DomainError as error:
        return _answer(request, the_map, anchor, refused=str(error))
    return _answer(request, the_map, anchor, announce=_("The comment is saved."))


@require_POST
@staff_page(*SEES_MAP)
def resolve_comment(request: StaffRequest, comment_id: int) -> HttpResponse:
    the_map, anchor = _asked(request)
    talking.resolve_comment(the_map, comment_id, actor=request.user, now=clock.utc_now())
    return _answer(request, the_map, anchor, announce=_("The comment is dealt with."))


@require_POST
@staff_page(*SEES_MAP)
def reopen_comment(request: StaffRequest, comment_id: int) -> HttpResponse:
    the_map, anchor = _asked(request)
    talking.reopen_comment(the_map, comment_id)
    return _answer(request, the_map, anchor, announce=_("The comment is open again."))


@require_POST
@staff_page(*PUBLISHES)
def add_source(request: StaffRequest) -> HttpResponse:
    the_map, anchor = _asked(request)
    try:
        note = _read_source(request)
        talking.add_source(the_map, anchor, note, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        return _answer(request, the_map, anchor, refused=str(error))
    return _answer(request, the_map, anchor, announce=_("The note is attached."))


def _read_source(request: StaffRequest) -> talking.NewSource:
    kind = request.POST.get("kind", "")
    try:
        gathered_on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise NotADay from error
    known = SourceKind(kind) if kind in SourceKind.values else SourceKind.OBSERVATION
    return talking.NewSource(known, request.POST.get("title", ""), request.POST.get("text", ""), gathered_on)


@require_POST
@staff_page(*PUBLISHES)
def withdraw_source(request: StaffRequest, source_id: int) -> HttpResponse:
    the_map, anchor = _asked(request)
    talking.withdraw_source(the_map, source_id, now=clock.utc_now())
    return _answer(request, the_map, anchor, announce=_("The note is taken off."))


# ── Reviews ───────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*SEES_MAP)
def review(request: StaffRequest) -> HttpResponse:
    """Show when the map is to be looked at again; note that it was."""
    the_map = queries_work.get_map(request.GET.get("map", ""))
    now = clock.utc_now()
    today = clock.local_date(now, current_zone())
    if request.method == "POST":
        if not may_publish(request):
            raise NotYours
        due = talking.finish_review(the_map, request.POST.get("note", ""), today=today, actor=request.user, now=now)
        messages.success(request, _("The review is noted. The next one is due on %(day)s.") % {"day": due.isoformat()})
        return redirect(f"{reverse('office:map_review')}?map={the_map.slug}")
    page = ReviewPage(
        slug=the_map.slug,
        state=queries_work.review_of(the_map.slug, today),
        done=tuple(queries_work.list_reviews(the_map.slug)),
        every_days=the_map.review_every_days,
        may_edit=may_publish(request),
        now=now,
    )
    return render(request, "office/map_review.html", {"page": page})


class NotYours(DomainError):
    kind = Kind.FORBIDDEN
    message = gettext_lazy("Only the owner and retention managers note a review.")


urlpatterns = [
    path("map/talk/", show_talk, name="map_talk"),
    path("map/talk/comment/", add_comment, name="map_comment"),
    path("map/talk/resolve/<int:comment_id>/", resolve_comment, name="map_comment_resolve"),
    path("map/talk/reopen/<int:comment_id>/", reopen_comment, name="map_comment_reopen"),
    path("map/talk/source/", add_source, name="map_source"),
    path("map/talk/withdraw/<int:source_id>/", withdraw_source, name="map_source_withdraw"),
    path("map/review/", review, name="map_review"),
]
