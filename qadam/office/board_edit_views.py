"""Editing the draft of a map in place: the grid, the page of a case, the form of a field, undoing, who is typing."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.cases.models import Case
from qadam.lib import clock
from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.errors import DomainError
from qadam.maps import editing, edits, queries, queries_work
from qadam.maps.editing_errors import Conflict, NoDraft, NoSuchPlace
from qadam.maps.models import MapVersion
from qadam.office.board_edit import Cell, Grid, Notes, Teller, build_grid
from qadam.office.board_edit_case import CaseSection, build_case
from qadam.office.board_edit_changes import add_change, new_case, set_change
from qadam.office.board_edit_draft import Draft, Problem, draft_of, href_of, open_draft, report_on
from qadam.office.board_edit_fields import Spot, anchor_of, find_spot, id_of, say
from qadam.office.board_edit_forms import parts_of, read_value
from qadam.office.board_edit_parts import Part
from qadam.office.board_edit_words import Pairs, tell_pairs
from qadam.office.board_views import PUBLISHES, chosen_slug, language, may_publish
from qadam.office.door import SEES_MAP, StaffRequest, staff_page
from qadam.office.journey_editor import focus_after

EDITS = PUBLISHES


@dataclass(frozen=True, slots=True)
class EditPage:
    """The draft on screen, as the grid or as one case. `announce` is told to those who can't see what changed."""

    slug: str
    slugs: tuple[str, ...]
    version: MapVersion | None
    has_valid: bool
    may_edit: bool
    grid: Grid | None = None
    case_key: str = ""
    case_name: str = ""
    sections: tuple[CaseSection, ...] = ()
    problems: tuple[Problem, ...] = ()
    can_undo: bool = False
    can_redo: bool = False
    others: tuple[tuple[str, str, str], ...] = ()
    """[(who, what they have open, its address)]."""
    announce: str = ""
    focus: str = ""

    @property
    def query(self) -> str:
        return f"?map={self.slug}&case={self.case_key}" if self.case_key else f"?map={self.slug}"


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form of one field. `theirs`: what somebody else has saved meanwhile; `typist`: who has it open, too."""

    slug: str
    spot: Spot
    title: str
    object_name: str
    parts: tuple[Part, ...]
    seen: str
    action: str
    back: str
    anchor: str
    focus: str
    can_delete: bool
    is_page: bool
    faults: tuple[Fault, ...] = ()
    theirs: Pairs = ()
    typist: str = ""
    refused: str = ""


# ── Pages ─────────────────────────────────────────────────


@require_safe
@staff_page(*SEES_MAP)
def show_editor(request: StaffRequest) -> HttpResponse:
    """Show the draft's grid; without a draft offer to begin one."""
    slug = chosen_slug(request, queries.find_slugs_with_drafts())
    page = page_of(request, slug)
    return render(request, "office/board_edit.html", {"page": page})


@require_safe
@staff_page(*SEES_MAP)
def show_case(request: StaffRequest, key: str) -> HttpResponse:
    """Show every field of one case of the draft."""
    slug = chosen_slug(request, queries.find_slugs_with_drafts())
    draft = open_draft(slug, language())
    if key not in draft.cases:
        raise NoSuchPlace(place=f"cases/{key}")
    return render(request, "office/board_edit.html", {"page": page_of(request, slug, case=key)})


def page_of(request: StaffRequest, slug: str, *, case: str = "", announce: str = "", place: str = "") -> EditPage:
    """Return the draft as the grid, or as one case; `place` is where the keyboard goes on."""
    versions = queries.list_versions(slug) if slug else []
    has_valid = any(each.published_at and each.valid_to is None for each in versions)
    version = queries_work.find_draft(slug) if slug else None
    slugs = tuple(queries.find_slugs_with_drafts())
    page = EditPage(slug, slugs, version, has_valid, may_publish(request), announce=announce)
    page = replace(page, focus=id_of(place) if place else "")
    if version is None:
        return page
    draft, now = draft_of(version, language()), clock.utc_now()
    problems = report_on(draft, request.user, now)
    notes = Notes(problems, queries_work.comment_counts(slug))
    undo, redo = queries_work.last_edits(version, request.user)
    page = replace(
        page, problems=problems, can_undo=undo is not None, can_redo=redo is not None, others=others_in(request, draft)
    )
    if case and case in draft.cases:
        name = say(draft.cases[case].get("name"), language())
        return replace(page, case_key=case, case_name=name, sections=build_case(draft, notes, case))
    steps = place.split("/")
    shown = steps[1] if steps[0] == "stages" and len(steps) > 1 else request.GET.get("stage", "")
    return replace(page, grid=build_grid(draft, notes, shown))


def others_in(request: StaffRequest, draft: Draft) -> tuple[tuple[str, str, str], ...]:
    """Return [(who, what they have open, its address)] of everybody else in a draft."""
    typing = queries_work.who_types(draft.version, clock.utc_now(), but=request.user)
    return tuple((who, title_of(draft, place), href_of(draft.slug, place)) for place, who in typing.items())


def title_of(draft: Draft, place: str) -> str:
    """Say which field of what a place is: “Contact · Client’s goal”."""
    try:
        spot = find_spot(place)
        name = _object_name(draft, spot)
    except NoSuchPlace:
        return place
    return f"{name} · {spot.field.label}" if name else str(spot.field.label)


def _object_name(draft: Draft, spot: Spot) -> str:
    match spot.owner:
        case ("stages", key):
            return say(draft.stage(key)["name"], draft.choices.language)
        case ("cases", key) if key in draft.cases:
            return say(draft.cases[key].get("name"), draft.choices.language)
    return ""


def answer(request: StaffRequest, slug: str, place: str, *, announce: str) -> HttpResponse:
    """Answer a change: the whole body for htmx, the way back to the place for a plain form."""
    case = request.GET.get("case", "")
    if not request.htmx:
        messages.success(request, announce)
        is_here = case and not place.startswith(f"cases/{case}/")
        return redirect(
            f"{reverse('office:board_edit_case', args=[case])}?map={slug}" if is_here else href_of(slug, place)
        )
    page = page_of(request, slug, case=case, announce=announce, place=place)
    response = render(request, "office/_board_edit_body.html", {"page": page})
    response["HX-Retarget"], response["HX-Reswap"] = "#map-edit", "outerHTML show:none"
    return response


def refuse(request: StaffRequest, slug: str, error: DomainError) -> HttpResponse:
    """Say in words why nothing was changed, on the draft as it is now."""
    if request.htmx:
        response = answer(request, slug, request.POST.get("at", ""), announce=str(error))
        response["HX-Trigger"] = "map-refused"
        return response
    messages.warning(request, str(error))
    case = request.GET.get("case", "")
    return redirect(
        f"{reverse('office:board_edit_case', args=[case])}?map={slug}"
        if case
        else f"{reverse('office:board_edit')}?map={slug}"
    )


@require_POST
@staff_page(*EDITS)
def begin(request: StaffRequest) -> HttpResponse:
    """Begin a draft as a copy of the valid version; where there is one, go to it."""
    slug = chosen_slug(request, queries.find_slugs_with_drafts())
    editing.begin_draft(queries_work.get_map(slug), actor=request.user, now=clock.utc_now())
    return redirect(f"{reverse('office:board_edit')}?map={slug}")


# ── One field ─────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def edit_cell(request: StaffRequest) -> HttpResponse:
    """Show the form of a field; take it; or only change what the form asks (`do`)."""
    slug, place = request.GET.get("map", ""), request.GET.get("at", "")
    draft, spot = open_draft(slug, language()), find_spot(place)
    draft = replace(draft, choices=replace(draft.choices, horizon_days=_horizon_of(draft, spot)))
    old = draft.value_at(spot)
    if request.method != "POST":
        return _show_form(request, draft, spot, _begun(request, spot, old))
    do = request.POST.get("do", "")
    value = read_value(spot.field, request.POST, _old_of(request, draft, spot, old), do, draft.choices)
    if do:
        focus = f"f-line.{len(value) - 1}.kk" if do == "line" else focus_after(do)
        return _show_form(request, draft, spot, value, focus=focus)
    return _save(request, draft, spot, value)


def _horizon_of(draft: Draft, spot: Spot) -> int:
    if spot.owner[:1] != ("stages",):
        return 30
    days = draft.stage(spot.owner[1]).get("horizon_days")
    return days if isinstance(days, int) else 30


def _begun(request: StaffRequest, spot: Spot, old: Any) -> Any:
    if spot.field.kind == "new_case":
        return {"stage": request.GET.get("stage", ""), "polarity": request.GET.get("polarity", "negative")}
    return old


def _old_of(request: StaffRequest, draft: Draft, spot: Spot, old: Any) -> Any:
    """Return what unknown keys of a form are kept from: a metric that was just chosen anew has none."""
    return {"code": request.POST.get("code", "")} if spot.field.kind == "metric" and old is None else old


def _show_form(request: StaffRequest, draft: Draft, spot: Spot, value: Any, **more: Any) -> HttpResponse:
    form = form_of(request, draft, spot, value, **more)
    status = 409 if form.theirs else 422 if form.faults or form.refused else 200
    name = "board_edit_form" if form.is_page else "_board_edit_form"
    return render(request, f"office/{name}.html", {"page": form}, status=status if form.is_page else 200)


def form_of(
    request: StaffRequest,
    draft: Draft,
    spot: Spot,
    value: Any,
    *,
    faults: tuple[Fault, ...] = (),
    focus: str = "",
    **more: Any,
) -> FormPage:
    is_page = not request.htmx or request.htmx.history_restore_request
    parts = tuple(parts_of(spot.field, value, draft.choices, faults))
    seen = request.POST.get("seen") or ""
    fresh = "" if spot.is_new else editing.fingerprint(draft.document_of(spot), spot.path)
    typing = queries_work.who_types(draft.version, clock.utc_now(), but=request.user)
    return FormPage(
        slug=draft.slug,
        spot=spot,
        title=str(spot.field.label),
        object_name=_object_name(draft, spot),
        parts=parts,
        seen=seen if "seen" in request.POST and "theirs" not in more else fresh,
        action=_action(request, draft.slug, spot.place),
        back=_back(draft, spot.place, is_fresh="theirs" in more),
        anchor=anchor_of(spot.place),
        focus=focus or _first_field(parts),
        can_delete=not spot.is_new and not spot.field.is_needed,
        is_page=bool(is_page),
        faults=faults,
        typist=typing.get(spot.place, ""),
        **more,
    )


def _back(draft: Draft, place: str, *, is_fresh: bool) -> str:
    """Return the way back to a place; `is_fresh`: by an address that the browser has to load again."""
    address = href_of(draft.slug, place)
    return address.replace("#", f"&revision={draft.version.revision}#", 1) if is_fresh else address


def _action(request: StaffRequest, slug: str, place: str) -> str:
    more = {name: request.GET[name] for name in ("case", "stage", "polarity") if request.GET.get(name)}
    asked = urlencode({"map": slug, "at": place, **more}, safe="/")
    return f"{reverse('office:board_edit_cell')}?{asked}"


def _first_field(parts: tuple[Part, ...]) -> str:
    for part in parts:
        if part.builder is not None:
            return f"f-{part.builder.path}.0.is" if part.builder.root else f"b-begin:{part.builder.path}"
        ids = [*(text.id for text in part.texts), *(widget.id for widget in part.widgets)]
        ids += [f"b-{button.do}" for button in part.buttons]
        if ids:
            return ids[0]
    return ""


def _save(request: StaffRequest, draft: Draft, spot: Spot, value: Any) -> HttpResponse:
    try:
        _store(request, draft, spot, value)
    except Conflict as error:
        newer = open_draft(draft.slug, language())
        theirs = tell_pairs(Teller(newer, Notes()), spot.field, error.theirs)
        return _show_form(request, newer, spot, value, theirs=theirs, refused=str(error))
    except FaultyDocument as error:
        return _show_form(request, draft, spot, value, faults=_relative(draft, spot, error.faults))
    except NoDraft:
        raise
    except DomainError as error:
        return _show_form(request, draft, spot, value, refused=str(error))
    editing.stop_typing(draft.version, user=request.user)
    return _answer_saved(request, draft.slug, spot)


def _store(request: StaffRequest, draft: Draft, spot: Spot, value: Any) -> None:
    now, actor = clock.utc_now(), request.user
    if spot.field.kind == "new_case":
        taken = Case.objects.values_list("key", flat=True)
        editing.add_case(draft.version, new_case(draft, value, taken), actor=actor, now=now)
        return
    if spot.is_new:
        change, expected = add_change(draft, spot, value), {}
    else:
        change, expected = set_change(spot, value), {spot.place: request.POST.get("seen", "")}
    editing.apply_edit(draft.version, change, expected=expected, actor=actor, now=now)


def _relative(draft: Draft, spot: Spot, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Return faults with places as the form knows them; those of other places keep their whole path."""
    if spot.field.kind == "new_case":
        return faults
    document = draft.document_of(spot)
    prefix = edits.numbered(document, spot.path[:-1] if spot.is_new else spot.path)
    if spot.is_new:
        found = edits.read(document, spot.path[:-1])
        prefix = f"{prefix}[{len(found) if isinstance(found, list) else 0}]"
    return tuple(
        Fault(fault.place[len(prefix) :].removeprefix("."), fault.message)
        if fault.place == prefix or fault.place.startswith((f"{prefix}.", f"{prefix}["))
        else fault
        for fault in faults
    )


def _answer_saved(request: StaffRequest, slug: str, spot: Spot) -> HttpResponse:
    """Answer with the cell that was saved and the gate's count; with the whole body where more has changed."""
    announce = _("Saved: %(what)s") % {"what": spot.field.label}
    is_alone = not spot.is_new and spot.owner and spot.field.kind not in ("use", "stage", "polarity")
    if not request.htmx or not is_alone:
        return answer(request, slug, spot.place, announce=announce)
    page = page_of(request, slug, case=request.GET.get("case", ""), announce=announce, place=spot.place)
    cell = _cell_with(page, spot.id)
    if cell is None:
        return answer(request, slug, spot.place, announce=announce)
    return render(request, "office/_board_edit_saved.html", {"page": page, "cell": cell})


def _cell_with(page: EditPage, stop_id: str) -> Cell | None:
    grid = page.grid
    cells = [*(c for section in page.sections for c in section.cells)]
    if grid is not None:
        cells += [*(c for lane in grid.lanes for c in lane.cells), grid.facts]
    return next((cell for cell in cells if any(stop.id == stop_id for stop in cell.stops)), None)
