"""Moving and removing what stands on a draft: the ⋯ page of a card, and the requests of keyboard, mouse and finger."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.lib import clock
from qadam.lib.documents import FaultyDocument
from qadam.lib.errors import DomainError
from qadam.maps import editing, queries_work
from qadam.maps.editing_errors import NoSuchPlace
from qadam.office.board_edit_changes import move_change, remove_change
from qadam.office.board_edit_draft import Draft, href_of, open_draft
from qadam.office.board_edit_fields import find_spot, say
from qadam.office.board_edit_views import EDITS, answer, refuse, title_of
from qadam.office.board_views import language
from qadam.office.door import StaffRequest, staff_page


@dataclass(frozen=True, slots=True)
class Target:
    """One place to move to: `value` is "list|before"."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class TargetGroup:
    label: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing does. `people`: [(how many, the stage they go to; "" none)] of a stage in which people stand."""

    is_stage: bool
    is_field: bool
    people: tuple[tuple[int, str], ...] = ()
    cases: tuple[str, ...] = ()
    stages: tuple[tuple[str, str], ...] = ()

    @property
    def number(self) -> int:
        return sum(count for count, _stage in self.people)


@dataclass(frozen=True, slots=True)
class MenuPage:
    """What can be done with one thing on the draft."""

    slug: str
    at: str
    name: str
    groups: tuple[TargetGroup, ...]
    removal: Removal
    is_removing: bool
    back: str
    query: str
    edit_href: str
    is_page: bool


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def show_menu(request: StaffRequest) -> HttpResponse:
    """Show where a thing may be moved, and ask before it is removed (`do=remove`)."""
    slug, at = request.GET.get("map", ""), _object_of(request.GET.get("at", ""))
    draft = open_draft(slug, language())
    is_page = not request.htmx or bool(request.htmx.history_restore_request)
    case = request.GET.get("case", "")
    page = MenuPage(
        slug=slug,
        at=at,
        name=_name_of(draft, at),
        groups=tuple(_groups(draft, at)),
        removal=_removal(draft, at),
        is_removing=request.GET.get("do") == "remove",
        back=href_of(slug, _shown_at(at)),
        query=f"?map={slug}&case={case}" if case else f"?map={slug}",
        edit_href=_edit_href(slug, at),
        is_page=is_page,
    )
    return render(request, f"office/{'board_edit_menu' if is_page else '_board_edit_menu'}.html", {"page": page})


def _object_of(at: str) -> str:
    """Return the thing that a place of the page stands for: a stage's name stands for the stage."""
    steps = at.split("/")
    return "/".join(steps[:2]) if len(steps) == 3 and steps[0] == "stages" and steps[2] == "name" else at


def _shown_at(at: str) -> str:
    steps = at.split("/")
    return f"{at}/name" if len(steps) == 2 and steps[0] == "stages" else at


def _name_of(draft: Draft, at: str) -> str:
    match at.split("/"):
        case ["stages", key]:
            return say(draft.stage(key)["name"], language())
        case ["cases", key]:
            return say(draft.cases.get(key, {}).get("name"), language()) or key
        case [*_way, "touchpoints", code]:
            return dict(draft.choices.touchpoints).get(code, code)
    return title_of(draft, at)


def _edit_href(slug: str, at: str) -> str:
    if at.startswith("cases/") and at.count("/") == 1:
        return f"{reverse('office:board_edit_case', args=[at.split('/')[1]])}?map={slug}"
    return f"{reverse('office:board_edit_cell')}?map={slug}&at={_shown_at(at)}"


# ── Where to ──────────────────────────────────────────────


def _groups(draft: Draft, at: str) -> Iterable[TargetGroup]:
    stages = draft.choices.stages
    match at.split("/"):
        case ["stages", key]:
            others = [(each, name) for each, name in stages if each != key]
            yield TargetGroup("", tuple(_targets("", others, _("to the end"))))
        case ["stages", own, "touchpoints", code]:
            names = dict(draft.choices.touchpoints)
            for number, (key, name) in enumerate(stages, start=1):
                codes = [use["code"] for use in draft.stage(key).get("touchpoints") or ()]
                if key == own or code not in codes:
                    others = [(each, names.get(each, each)) for each in codes if each != code]
                    targets = tuple(_targets(f"stages/{key}/touchpoints", others, _("to the end")))
                    yield TargetGroup(f"{number}. {name}", targets)
        case ["cases", key]:
            yield from _case_groups(draft, key)


def _case_groups(draft: Draft, key: str) -> Iterable[TargetGroup]:
    stages = [(each, f"{number}. {name}") for number, (each, name) in enumerate(draft.choices.stages, start=1)]
    for stage, label in [*stages, ("", _("every stage"))]:
        others = [
            (each, say(draft.cases[each].get("name"), language()) or each)
            for each in draft.cases_of(stage)
            if each != key
        ]
        to = f"stages/{stage}/cases" if stage else "everywhere"
        yield TargetGroup(label, tuple(_targets(to, others, _("to the end"))))


def _targets(to: str, others: Iterable[tuple[str, str]], end: str) -> Iterable[Target]:
    for key, name in others:
        yield Target(f"{to}|{key}", pgettext("where to move", "before “%(name)s”") % {"name": name})
    yield Target(f"{to}|", end)


@require_POST
@staff_page(*EDITS)
def move(request: StaffRequest) -> HttpResponse:
    """Move a stage, a touchpoint or a case. `where` is "list|before", or `to` and `before` apart."""
    slug, at = request.GET.get("map", ""), _object_of(request.POST.get("at", ""))
    to, _bar, before = request.POST.get("where", "").partition("|")
    to, before = request.POST.get("to", to), request.POST.get("before", before)
    draft = open_draft(slug, language())
    name = _name_of(draft, at)
    try:
        change = move_change(draft, at, to, before)
        editing.apply_edit(draft.version, change, expected={}, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        return refuse(request, slug, error)
    steps = at.split("/")
    place = f"{to}/{steps[-1]}" if to and steps[0] == "stages" else _shown_at(at)
    return answer(request, slug, place, announce=_("Moved: %(what)s") % {"what": name})


# ── Away with it ──────────────────────────────────────────


def _removal(draft: Draft, at: str) -> Removal:
    steps = at.split("/")
    if len(steps) != 2 or steps[0] != "stages":
        return Removal(is_stage=False, is_field=_is_field(at))
    key, kept = steps[1], [each for each in draft.stage_keys if each != steps[1]]
    names = dict(draft.choices.stages)
    people = queries_work.people_after_removal(draft.slug, key, kept)
    return Removal(
        is_stage=True,
        is_field=False,
        people=tuple((count, names.get(stage, "")) for stage, count in people.items()),
        cases=tuple(say(draft.cases[each].get("name"), language()) or each for each in draft.cases_of(key)),
        stages=tuple((each, names[each]) for each in kept),
    )


def _is_field(at: str) -> bool:
    """Tell whether a place is a field that is emptied, not a thing that goes."""
    try:
        spot = find_spot(at)
    except NoSuchPlace:
        return False
    if spot.field.is_needed:
        raise Needed
    return spot.field.kind not in ("metric", "measure", "use", "touchpoint")


@require_POST
@staff_page(*EDITS)
def remove(request: StaffRequest) -> HttpResponse:
    """Remove a thing, or empty a field. `cases` says what becomes of a stage's cases: off, or the stage they go to."""
    slug, at = request.GET.get("map", ""), _object_of(request.POST.get("at", ""))
    draft = open_draft(slug, language())
    name, chosen = _name_of(draft, at), request.POST.get("cases", "off")
    try:
        change = remove_change(draft, at, None if chosen == "off" else chosen)
        editing.apply_edit(draft.version, change, expected={}, actor=request.user, now=clock.utc_now())
    except FaultyDocument as error:
        return refuse(request, slug, Refused(list="; ".join(fault.message for fault in error.faults)))
    except DomainError as error:
        return refuse(request, slug, error)
    return answer(request, slug, _place_after(draft, at), announce=_("Removed: %(what)s") % {"what": name})


class Needed(DomainError):
    """A field without which its stage, case or map says nothing."""

    message = gettext_lazy("This can't be left empty.")


class Refused(DomainError):
    """Without what is to go the document would have faults."""

    message = gettext_lazy("This can't be removed: %(list)s")


def _place_after(draft: Draft, at: str) -> str:
    """Return where the keyboard goes on once a thing is gone: where the next one is added, or the field itself."""
    match at.split("/"):
        case ["stages", key]:
            return f"stages/{next(each for each in draft.stage_keys if each != key)}/name"
        case ["cases", key] if draft.cases.get(key, {}).get("stage"):
            lane = "successes" if draft.cases[key].get("polarity") == "positive" else "problems"
            return f"stages/{draft.cases[key]['stage']}/{lane}/+"
        case [*way, "touchpoints" | "metrics" | "measures" as name, _item]:
            return "/".join([*way, name, "+"])
    return at
