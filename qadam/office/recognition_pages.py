"""The pages of Recognition: the documents of one kind, and the form of one document with its versions.

The form is the draft: every button but Publish gives it back as typed. It can be kept for later in one's own session.
What is published is a new version; somebody else's version in between is never overwritten unseen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from qadam.lib import clock
from qadam.lib.documents import SLUG, Fault, FaultyDocument
from qadam.lib.errors import DomainError
from qadam.office import recognition_drafts as drafts
from qadam.office.board_edit_parts import Part
from qadam.office.door import StaffRequest, has_role, staff_page
from qadam.office.journey_editor import focus_after
from qadam.office.journey_fields import Words
from qadam.office.journey_pages import language
from qadam.office.recognition_fields import Document, Faults, Section, first_fault, note_part, sent
from qadam.office.recognition_kinds import BY_SLUG, KINDS, DocumentKind
from qadam.office.recognition_panels import PANELS
from qadam.office.recognition_reading import Line, Version, newest_of, read_known, read_lines, read_versions
from qadam.office.recognition_warnings import Warned, read_warned
from qadam.people.models import RoleName

SEES = (RoleName.OWNER, RoleName.RETENTION, RoleName.EDITOR, RoleName.ANALYST, RoleName.COMPLIANCE)
EDITS = (RoleName.OWNER, RoleName.RETENTION, RoleName.EDITOR)
CHECKED = ("check", "publish", "count")
"""Buttons after which the faults are shown, and stay in sight while the form changes."""


@dataclass(frozen=True, slots=True)
class Tab:
    address: str
    label: Words
    is_current: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    kind: DocumentKind
    tabs: tuple[Tab, ...]
    lines: tuple[Line, ...]
    retired: tuple[Line, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class FormPage:
    """One document. `number` is the version that it began with, 0 for a new one. `focus`: the id to go on at."""

    kind: DocumentKind
    document: Document
    number: int
    sections: tuple[Section, ...]
    action: str
    name: str = ""
    left: tuple[Fault, ...] = ()
    is_checked: bool = False
    faults: int = 0
    is_kept: bool = False
    warned: Warned = field(default_factory=Warned)
    reason: Part | None = None
    versions: tuple[Version, ...] = ()
    is_retired: bool = False
    refused: str = ""
    focus: str = ""
    preview: Any = None
    """What the button Count found."""
    panel: Any = None
    """What stands above the form of this kind: how a challenge goes, whether a board helps."""
    key: str = ""
    may_edit: bool = True

    @property
    def first_fault(self) -> str:
        """The id to go to from the note that something is missing."""
        return first_fault(self.sections) or ("law" if self.reason and self.reason.faults else "recognition-form")

    @property
    def is_earned(self) -> bool:
        """Whether the published badge is given by its conditions."""
        return bool(self.versions) and bool(self.versions[0].document.get("tiers"))


def may_see(request: HttpRequest) -> bool:
    """Tell whether the navigation should offer these pages."""
    return has_role(request, SEES)


def tabs_for(current: str) -> tuple[Tab, ...]:
    own = [(kind.slug, kind.name, reverse("office:recognition_list", args=[kind.slug])) for kind in KINDS]
    others = [("nominations", _("Nominations"), reverse("office:nominations"))]
    return tuple(Tab(address, label, slug == current) for slug, label, address in (*own, *others))


def find_kind(slug: str) -> DocumentKind:
    if slug not in BY_SLUG:
        raise Http404
    return BY_SLUG[slug]


# ── The list ──────────────────────────────────────────────


@require_safe
@staff_page(*SEES)
def list_first(request: StaffRequest) -> HttpResponse:
    return redirect("office:recognition_list", KINDS[0].slug)


@require_safe
@staff_page(*SEES)
def list_documents(request: StaffRequest, slug: str) -> HttpResponse:
    kind = find_kind(slug)
    lines = read_lines(kind, drafts.keys_of(request, kind.slug), clock.utc_now(), language())
    page = ListPage(
        kind=kind,
        tabs=tabs_for(slug),
        lines=tuple(line for line in lines if not line.is_retired),
        retired=tuple(line for line in lines if line.is_retired),
        may_edit=has_role(request, EDITS),
    )
    return render(request, "office/recognition_list.html", {"page": page})


# ── One document ──────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def begin_document(request: StaffRequest, slug: str) -> HttpResponse:
    """Show the form of a new document, and take it."""
    kind = find_kind(slug)
    if request.method == "POST":
        return _take(request, kind, "", 0, kind.blank(""))
    document = drafts.read(request, kind.slug, "") or kind.blank("")
    return _show(request, _page(kind, "", document, 0, is_kept=drafts.has(request, kind.slug, "")))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*SEES)
def edit_document(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    """Show the form of a document as it holds now, and take it from those who may edit."""
    kind = find_kind(slug)
    versions = read_versions(kind, key, language(), clock.utc_now())
    if not versions:
        raise Http404
    newest, may_edit = versions[0], has_role(request, EDITS)
    if request.method == "POST":
        if not may_edit:
            return HttpResponse(status=403)
        return _take(request, kind, key, newest.number, newest.document)
    kept = drafts.read(request, kind.slug, key)
    page = _page(kind, key, kept or newest.document, newest.number, is_kept=kept is not None, may_edit=may_edit)
    return _show(request, page)


def _page(kind: DocumentKind, key: str, document: Document, number: int, **more: Any) -> FormPage:
    faults: Sequence[Fault] = more.pop("faults", ())
    told = Faults(faults)
    warned = read_warned(kind, document)
    reason = _reason_part(document, warned, told)
    versions = tuple(read_versions(kind, key, language(), clock.utc_now())) if key else ()
    known = read_known(language())
    address = ("office:recognition_edit", [kind.slug, key]) if key else ("office:recognition_new", [kind.slug])
    return FormPage(
        kind=kind,
        document=document,
        number=number,
        sections=tuple(kind.sections(document, told, known, is_new=not key)),
        action=reverse(address[0], args=address[1]),
        name=versions[0].name if versions else "",
        key=key,
        left=told.left(),
        faults=len(faults),
        warned=warned,
        reason=reason,
        versions=versions,
        is_retired=bool(versions) and versions[0].retired_at is not None,
        **more,
    )


def _reason_part(document: Document, warned: Warned, faults: Faults) -> Part | None:
    """Return the field for the reason, where what is rewarded asks for one; its fault is said in the field's words."""
    asked = faults.take(warned.faults) or faults.at("reason")
    if not warned.messages and not document.get("reason"):
        return None
    missing = (Fault("", _("Write down the reason: it is kept in the audit log.")),) if asked else ()
    help = _("Who decided it, and what for. It stands in the audit log with your name.")
    return note_part("reason", _("Reason"), document.get("reason"), missing, help=help)


def _show(request: StaffRequest, page: FormPage, status: int = 200) -> HttpResponse:
    is_part = request.htmx and not request.htmx.history_restore_request
    name = "office/_recognition_form.html" if is_part else "office/recognition_form.html"
    read_panel = PANELS.get(page.kind.slug)
    if page.versions and read_panel and not is_part:
        newest = page.versions[0].document
        page = replace(page, panel=read_panel(page.key, newest, clock.utc_now(), language()))
    return render(request, name, {"page": page, "tabs": tabs_for(page.kind.slug)}, status=200 if is_part else status)


# ── Taking a form ─────────────────────────────────────────


def _take(request: StaffRequest, kind: DocumentKind, key: str, newest: int, old: Document) -> HttpResponse:
    do = request.POST.get("do", "")
    document = kind.read(sent(request.POST), old, "" if do in CHECKED else do)
    if key:
        document[kind.key] = key
    if do == "keep":
        drafts.keep(request, kind.slug, key, document)
        messages.success(request, _("Kept as your draft. Nobody else sees it until you publish."))
        return go_to(request, "office:recognition_list", kind.slug)
    seen = request.POST.get("number", "")
    number = int(seen) if seen.isdecimal() and len(seen) < 9 else newest
    is_checked = do in CHECKED or request.POST.get("checked") == "1"
    faults = _faults_of(kind, key, document) if is_checked else ()
    make = _Make(kind, key, document, number, is_checked, tuple(faults))
    if do == "publish" and not faults:
        return _publish(request, make, newest)
    if do == "count" and kind.slug in PREVIEWS:
        return _show(request, make(preview=PREVIEWS[kind.slug](document), focus="b-count"))
    return _show(request, make(focus=focus_after(do) if do else ""), 422 if do == "publish" else 200)


@dataclass(frozen=True, slots=True)
class _Make:
    """Makes the page of what was sent."""

    kind: DocumentKind
    key: str
    document: Document
    number: int
    is_checked: bool
    faults: tuple[Fault, ...]

    def __call__(self, **more: Any) -> FormPage:
        given = {"is_checked": self.is_checked, "faults": self.faults, **more}
        return _page(self.kind, self.key, self.document, self.number, **given)


def _faults_of(kind: DocumentKind, key: str, document: Document) -> list[Fault]:
    faults = list(kind.faults_of(document))
    own = str(document.get(kind.key) or "")
    if not key and SLUG.fullmatch(own) and own in {row.key for row in newest_of(kind.kind)}:
        faults.append(Fault(kind.key, _("there is one of this key already")))
    return faults


def _publish(request: StaffRequest, make: _Make, newest: int) -> HttpResponse:
    kind, document = make.kind, make.document
    if make.number != newest:
        refused = _(
            "Somebody else has published version %(number)s meanwhile. Look at it below; publishing again replaces it."
        )
        return _show(
            request, _page(kind, make.key, document, newest, is_checked=True, refused=refused % {"number": newest}), 409
        )
    try:
        version = kind.publish(document=document, actor=request.user, now=clock.utc_now())
    except FaultyDocument as error:
        return _show(request, _page(kind, make.key, document, newest, is_checked=True, faults=error.faults), 422)
    except DomainError as error:
        return _show(request, make(refused=str(error)), 422)
    drafts.drop(request, kind.slug, make.key)
    if version.number == newest:
        messages.info(request, _("Nothing has changed: version %(number)s holds.") % {"number": newest})
    else:
        messages.success(
            request, _("Version %(number)s is published. It holds from now on.") % {"number": version.number}
        )
    return go_to(request, "office:recognition_edit", kind.slug, version.key)


def go_to(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    """Go to another page; a browser that swaps parts loads it as a whole."""
    address = reverse(name, args=args)
    is_part = getattr(request, "htmx", False)
    return HttpResponseClientRedirect(address) if is_part else redirect(address)


@require_POST
@staff_page(*EDITS)
def drop_draft(request: StaffRequest, slug: str, key: str = "") -> HttpResponse:
    drafts.drop(request, find_kind(slug).slug, key)
    messages.success(request, _("The draft is dropped."))
    return redirect("office:recognition_edit", slug, key) if key else redirect("office:recognition_list", slug)


@require_POST
@staff_page(*EDITS)
def retire_document(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    """Take a document out of force, with a reason that the audit keeps."""
    kind = find_kind(slug)
    reason = request.POST.get("reason", "").strip()[:500]
    if kind.retire is None:
        raise Http404
    if not reason:
        messages.warning(request, _("Say why: the reason stands in the audit log."))
        return redirect("office:recognition_edit", slug, key)
    kind.retire(key=key, reason=reason, actor=request.user, now=clock.utc_now())
    messages.success(request, _("It is out of force from now on. What was given stays."))
    return redirect("office:recognition_list", slug)


PREVIEWS: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
"""{slug: what the button Count shows of a document}."""
