"""Publishing a draft from the editor: what changes in words, what the gate says, a note about why; or dropping it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qadam.lib import clock
from qadam.lib.documents import FaultyDocument
from qadam.lib.errors import DomainError
from qadam.maps import editing, queries, queries_work
from qadam.maps.errors import GateRefused
from qadam.maps.models import MapVersion
from qadam.office.board_edit import Notes, Teller
from qadam.office.board_edit_draft import Draft, Problem, draft_of, open_draft, report_on
from qadam.office.board_edit_fields import (
    CASE_FIELDS,
    ITEM_FIELDS,
    MAP_FIELDS,
    STAGE_FIELDS,
    TOUCHPOINT,
    USE,
    Field,
    say,
)
from qadam.office.board_edit_views import EDITS
from qadam.office.board_edit_words import Pairs, tell_pairs
from qadam.office.board_views import language
from qadam.office.door import StaffRequest, staff_page

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One field that differs. `old` None: it is new; `new` None: it is gone; both None: only its place differs."""

    label: str
    old: Pairs | None
    new: Pairs | None


@dataclass(frozen=True, slots=True)
class Changed:
    """One stage, case, touchpoint or the map itself. `state`: new, gone, moved or changed."""

    kind: str
    name: str
    state: str
    lines: tuple[Line, ...] = ()
    people: int = 0
    """Who stands in a stage that goes."""


@dataclass(frozen=True, slots=True)
class PublishPage:
    slug: str
    version: MapVersion
    changes: tuple[Changed, ...]
    problems: tuple[Problem, ...]
    note: str
    is_first: bool
    edits: int
    refused: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def publish(request: StaffRequest) -> HttpResponse:
    """Show what publishing would change; publish with a note about why."""
    slug = request.GET.get("map", "")
    draft = open_draft(slug, language())
    if request.method != "POST":
        return render(request, "office/board_edit_publish.html", {"page": _page(request, draft)})
    note = request.POST.get("note", "")
    try:
        if request.POST.get("revision") != str(draft.version.revision):
            raise Moved
        version = editing.publish_draft(draft.version, note=note, actor=request.user, now=clock.utc_now())
    except GateRefused:
        return _refuse(request, slug, _("Not published: the publish gate has found something."))
    except FaultyDocument as error:
        return _refuse(request, slug, "; ".join(map(str, error.faults)))
    except DomainError as error:
        return _refuse(request, slug, str(error))
    messages.success(request, _("Version %(number)s is published.") % {"number": version.number})
    return redirect(f"{reverse('office:board')}?map={slug}")


class Moved(DomainError):
    """The draft was changed since the page of publishing was made."""

    message = gettext_lazy("The draft has been changed meanwhile. Look again.")


def _refuse(request: StaffRequest, slug: str, refused: str) -> HttpResponse:
    page = _page(request, open_draft(slug, language()), refused)
    return render(request, "office/board_edit_publish.html", {"page": page}, status=422)


def _page(request: StaffRequest, draft: Draft, refused: str = "") -> PublishPage:
    valid = MapVersion.objects.current().filter(map__slug=draft.slug).select_related("map").first()
    return PublishPage(
        slug=draft.slug,
        version=draft.version,
        changes=tuple(find_changes(draft_of(valid, language()), draft, _published_cases(valid))) if valid else (),
        problems=report_on(draft, request.user, clock.utc_now()),
        note=request.POST.get("note", draft.version.change_note),
        is_first=valid is None,
        edits=draft.version.edits.filter(undone_at__isnull=True).count(),
        refused=refused,
    )


def _published_cases(valid: MapVersion | None) -> dict[str, Document]:
    """Return the documents of the cases as the valid version pins them."""
    pins = valid.pins.select_related("case_version__case") if valid else ()
    return {pin.case_version.case.key: pin.case_version.document for pin in pins}


@require_POST
@staff_page(*EDITS)
def set_four_eyes(request: StaffRequest) -> HttpResponse:
    """Keep whether somebody else than the last editor has to publish this map."""
    slug = request.GET.get("map", "")
    the_map, needed = queries_work.get_map(slug), bool(request.POST.get("needed"))
    editing.set_four_eyes(the_map, needed, actor=request.user, now=clock.utc_now())
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('office:board_edit_publish')}?map={slug}")


@require_POST
@staff_page(*EDITS)
def discard(request: StaffRequest) -> HttpResponse:
    """Drop the draft: the valid version goes on as it is."""
    slug = request.GET.get("map", "")
    draft = open_draft(slug, language())
    editing.discard_draft(draft.version, actor=request.user, now=clock.utc_now())
    messages.success(request, _("The draft is dropped."))
    return redirect(f"{reverse('office:board_versions')}?map={slug}")


# ── What changes ──────────────────────────────────────────


def find_changes(valid: Draft, draft: Draft, pinned: Mapping[str, Document]) -> Iterable[Changed]:
    """Say what a draft changes against the valid version: the map, its stages, its touchpoints, its cases."""
    before, now = Teller(valid, Notes()), Teller(draft, Notes())
    own = [*_fields(before, now, MAP_FIELDS, valid.document, draft.document)]
    own += _items(before, now, ITEM_FIELDS["metrics"], valid.document.get("metrics"), draft.document.get("metrics"))
    if own:
        yield Changed("map", say(draft.document["name"], language()), "changed", tuple(own))
    yield from _compare(
        "stage", _by(valid.document["stages"], "key"), _by(draft.document["stages"], "key"),
        lambda old, new: _stage_lines(before, now, old, new), queries.stage_counts(draft.slug),
    )  # fmt: skip
    had, has = (_by(each.document.get("touchpoints") or (), "code") for each in (valid, draft))
    yield from _compare("touchpoint", had, has, lambda old, new: _whole(before, now, TOUCHPOINT, old, new))
    ordered = {key: draft.cases[key] for key in draft.document.get("cases") or () if key in draft.cases}
    yield from _compare("case", pinned, ordered, lambda old, new: _case_lines(before, now, old, new))


def _by(items: Iterable[Document], key: str) -> dict[str, Document]:
    return {each[key]: each for each in items}


def _compare(
    kind: str,
    old: Mapping[str, Document],
    new: Mapping[str, Document],
    lines: Any,
    people: Mapping[str, int] | None = None,
) -> Iterable[Changed]:
    kept = [key for key in old if key in new]
    for key, document in new.items():
        name = say(document.get("name"), language()) or key
        if key not in old:
            yield Changed(kind, name, "new")
            continue
        found = tuple(lines(old[key], document))
        is_moved = kept.index(key) != [each for each in new if each in old].index(key)
        if found or is_moved:
            yield Changed(kind, name, "changed" if found else "moved", found)
    for key, document in old.items():
        if key not in new:
            yield Changed(kind, say(document.get("name"), language()) or key, "gone", people=(people or {}).get(key, 0))


def _fields(
    before: Teller, now: Teller, fields: Mapping[str, Field], old: Document, new: Document
) -> Iterable[Line]:  # fmt: skip
    for name, field in fields.items():
        if old.get(name) != new.get(name):
            yield _line(
                str(field.label), tell_pairs(before, field, old.get(name)), tell_pairs(now, field, new.get(name))
            )


def _line(label: str, old: Pairs, new: Pairs) -> Line:
    """Return a field that differs; of a text in several languages only those that do."""
    labels = [name for name, _text in old]
    if not all(labels) or labels != [name for name, _text in new]:
        return Line(label, old, new)
    return Line(label, tuple(p for p in old if p not in new), tuple(p for p in new if p not in old))


def _stage_lines(before: Teller, now: Teller, old: Document, new: Document) -> list[Line]:
    lines = [*_fields(before, now, STAGE_FIELDS, old, new)]
    uses = [_by(each.get("touchpoints") or (), "code") for each in (old, new)]
    for code in dict.fromkeys([*uses[1], *uses[0]]):
        label = dict([*before.draft.choices.touchpoints, *now.draft.choices.touchpoints]).get(code, code)
        first, then = uses[0].get(code), uses[1].get(code)
        if first != then:
            told = [
                tell_pairs(teller, USE, use) if use is not None else None
                for teller, use in ((before, first), (now, then))
            ]
            lines.append(Line(f"{USE.label}: {label}", *told))
    if [*uses[0]] != [*uses[1]] and {*uses[0]} == {*uses[1]}:
        lines.append(Line(_("Order of the touchpoints"), None, None))
    return [*lines, *_items(before, now, ITEM_FIELDS["metrics"], old.get("metrics"), new.get("metrics"))]


def _case_lines(before: Teller, now: Teller, old: Document, new: Document) -> list[Line]:
    return [
        *_fields(before, now, CASE_FIELDS, old, new),
        *_items(before, now, ITEM_FIELDS["measures"], old.get("measures"), new.get("measures")),
        *_items(before, now, ITEM_FIELDS["metrics"], old.get("metrics"), new.get("metrics")),
        *([Line(_("Examples"), None, None)] if old.get("examples") != new.get("examples") else []),
    ]


def _items(
    before: Teller, now: Teller, field: Field, old: Sequence[Document] | None, new: Sequence[Document] | None
) -> list[Line]:
    """Compare lists of metrics or measures item by item: those that stand in both unchanged are left out."""
    gone = [each for each in old or () if each not in (new or ())]
    come = [each for each in new or () if each not in (old or ())]
    lines = []
    for each in come:
        same = next((other for other in gone if _key(other) == _key(each)), None)
        if same is not None:
            gone.remove(same)
        was = tell_pairs(before, field, same) if same is not None else None
        lines.append(Line(str(field.label), was, tell_pairs(now, field, each)))
    return [*lines, *(Line(str(field.label), tell_pairs(before, field, each), None) for each in gone)]


def _key(item: Document) -> tuple[Any, Any]:
    return item.get("key"), item.get("code")


def _whole(before: Teller, now: Teller, field: Field, old: Document, new: Document) -> list[Line]:
    if old == new:
        return []
    return [Line(str(field.label), tell_pairs(before, field, old), tell_pairs(now, field, new))]
