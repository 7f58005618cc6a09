"""Undoing and doing again in a map's draft, and who else is in it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.maps import editing
from qadam.office.board_edit_draft import open_draft
from qadam.office.board_edit_fields import find_spot
from qadam.office.board_edit_views import EDITS, EditPage, answer, others_in, refuse, title_of
from qadam.office.board_views import language
from qadam.office.door import SEES_MAP, StaffRequest, staff_page


@require_POST
@staff_page(*EDITS)
def undo(request: StaffRequest) -> HttpResponse:
    return _turn(request, is_redo=False)


@require_POST
@staff_page(*EDITS)
def redo(request: StaffRequest) -> HttpResponse:
    return _turn(request, is_redo=True)


def _turn(request: StaffRequest, *, is_redo: bool) -> HttpResponse:
    slug = request.GET.get("map", "")
    draft = open_draft(slug, language())
    turn = editing.redo_last if is_redo else editing.undo_last
    try:
        edit = turn(draft.version, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        return refuse(request, slug, error)
    place = place_of_change(edit.change)
    done = _("Done again: %(what)s") if is_redo else _("Undone: %(what)s")
    return answer(request, slug, place, announce=done % {"what": title_of(open_draft(slug, language()), place)})


def place_of_change(change: Any) -> str:
    """Return the place of a change on the page: of the last of several."""
    if change["do"] == "all":
        return place_of_change(change["changes"][-1]) if change["changes"] else ""
    path = [*change["at"]]
    if change["do"] == "add":
        item = change["item"]
        path.append(item if isinstance(item, str) else item.get("key") or item.get("code") or "")
    if change.get("case"):
        path = ["cases", change["case"], *path]
    elif change["do"] == "move" and change.get("to"):
        path = [*change["to"], change["at"][-1]]
    if len(path) == 2 and path[0] == "stages":
        path.append("name")
    return "/".join(path)


@require_safe
@staff_page(*SEES_MAP)
def watch(request: StaffRequest) -> HttpResponse:
    """Say who has something open, and whether the draft has been changed since the page was made."""
    slug = request.GET.get("map", "")
    draft = open_draft(slug, language())
    others = others_in(request, draft)
    asked = request.GET.get("revision", "")
    page = EditPage(slug, (), draft.version, True, True, case_key=request.GET.get("case", ""), others=others)
    is_newer = asked.isdecimal() and int(asked) < draft.version.revision
    context = {"page": page, "is_newer": is_newer, "revision": asked if is_newer else draft.version.revision}
    return render(request, "office/_board_edit_watch.html", context)


@require_POST
@staff_page(*EDITS)
def note_typing(request: StaffRequest) -> HttpResponse:
    """Remember for a minute that the visitor has a field open."""
    draft = open_draft(request.GET.get("map", ""), language())
    spot = find_spot(request.GET.get("at", ""))
    editing.note_typing(draft.version, spot.place, user=request.user, now=clock.utc_now())
    return HttpResponse(status=204)
