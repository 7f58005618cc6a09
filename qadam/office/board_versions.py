"""The versions of a map: what is valid, what the draft still lacks, publishing, and a new draft as a document."""

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.lib import clock
from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.text import words_of
from qadam.maps import documents, drafts, operations, queries, queries_work
from qadam.maps.errors import GateRefused, NotYaml, reason_of
from qadam.maps.models import MapVersion
from qadam.office.board import Draft, DraftObject, Refusal, VersionRow, VersionsPage
from qadam.office.board_views import PUBLISHES, chosen_slug, language, may_publish
from qadam.office.door import SEES_MAP, StaffRequest, staff_page
from qadam.ui.formats import current_zone

MAX_BYTES = 1_000_000


@require_safe
@staff_page(*SEES_MAP)
def list_versions(request: StaffRequest) -> HttpResponse:
    return _render(request, chosen_slug(request, queries.find_slugs_with_drafts()))


def _render(
    request: StaffRequest, slug: str, text: str = "", faults: tuple[Fault, ...] = (), refused: str = ""
) -> HttpResponse:
    versions = queries.list_versions(slug)
    valid = next((each for each in versions if each.published_at and each.valid_to is None), None)
    draft = next((each for each in versions if each.published_at is None), None)
    page = VersionsPage(
        slug=slug,
        slugs=tuple(queries.find_slugs_with_drafts()),
        rows=tuple(_row(each, valid) for each in versions),
        draft=_draft(draft, request) if draft else None,
        may_publish=may_publish(request),
        text=text or _as_yaml(draft or valid),
        faults=faults,
        refused=refused,
        now=clock.utc_now(),
        review=queries_work.review_of(slug, clock.local_date(clock.utc_now(), current_zone())) if versions else None,
    )
    status = 422 if faults or refused else 200
    return render(request, "office/board_versions.html", {"page": page}, status=status)


def _row(version: MapVersion, valid: MapVersion | None) -> VersionRow:
    person = version.published_by or version.created_by
    return VersionRow(
        number=version.number,
        name=words_of(version.name).in_language(language()),
        state="draft" if version.published_at is None else "valid" if version.valid_to is None else "past",
        change_note=version.change_note,
        at=version.published_at or version.created_at,
        by=(person.name or person.email) if person else "",
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        is_same_as_valid=valid is not None and valid is not version and valid.content_hash == version.content_hash,
    )


def _draft(version: MapVersion, request: StaffRequest) -> Draft:
    report = drafts.report_on(version, language(), actor=request.user, now=clock.utc_now())
    reasons = {failure: reason_of(failure) for failure in report.failures}

    def objects(found: tuple[drafts.Checked, ...]) -> tuple[DraftObject, ...]:
        return tuple(
            DraftObject(
                each.anchor, each.name, each.rule, each.metrics,
                tuple(reason for failure, reason in reasons.items() if failure.anchor == each.anchor),
            )
            for each in found
        )  # fmt: skip

    return Draft(
        number=version.number,
        name=words_of(version.name).in_language(language()),
        saved_at=version.created_at,
        saved_by=(version.created_by.name or version.created_by.email) if version.created_by else "",
        stages=objects(report.stages),
        cases=objects(report.cases),
        refusals=tuple(Refusal(reason, failure.anchor) for failure, reason in reasons.items()),
    )


def _as_yaml(version: MapVersion | None) -> str:
    return yaml.safe_dump(version.document, allow_unicode=True, sort_keys=False, width=120) if version else ""


@require_safe
@staff_page(*SEES_MAP)
def download(request: StaffRequest, map_slug: str, number: int) -> HttpResponse:
    """Give the document of one version, as a pack holds it."""
    version = queries.get_version(map_slug, number)
    disposition = {"Content-Disposition": f'attachment; filename="{map_slug}-{number}.yaml"'}
    return HttpResponse(_as_yaml(version), content_type="application/yaml; charset=utf-8", headers=disposition)


@require_POST
@staff_page(*PUBLISHES)
def save_draft(request: StaffRequest) -> HttpResponse:
    """Take a document from the file or the text field; on faults show them with the text as it was."""
    text = _read_upload(request) or request.POST.get("document", "")
    try:
        draft = operations.save_draft(documents.read_yaml(text), actor=request.user, now=clock.utc_now())
    except FaultyDocument as error:
        return _render(request, _slug_of(request), text, error.faults)
    except NotYaml as error:
        return _render(request, _slug_of(request), text, refused=str(error))
    messages.success(request, _("The draft of version %(number)s is saved.") % {"number": draft.number})
    return redirect(f"{reverse('office:board_versions')}?map={draft.map.slug}")


def _read_upload(request: StaffRequest) -> str:
    """Read an uploaded file as UTF-8; what isn't UTF-8 becomes a sign that the YAML reader refuses with its place."""
    uploaded = request.FILES.get("file")
    return uploaded.read(MAX_BYTES).decode("utf-8-sig", errors="replace") if uploaded else ""


def _slug_of(request: StaffRequest) -> str:
    return chosen_slug(request, queries.find_slugs_with_drafts())


@require_POST
@staff_page(*PUBLISHES)
def publish(request: StaffRequest, map_slug: str, number: int) -> HttpResponse:
    """Publish a draft. The gate's refusal is shown on the page, each failing object with a link to it."""
    version = queries.get_version(map_slug, number)
    try:
        operations.publish_map(version, actor=request.user, now=clock.utc_now())
    except GateRefused as error:
        return _render(request, map_slug, refused=str(error))
    messages.success(request, _("Version %(number)s is published.") % {"number": number})
    return redirect(f"{reverse('office:board')}?map={map_slug}")
