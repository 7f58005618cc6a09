"""Nominations for badges: what colleagues wrote, and what the leaders said to it. They decide at their own desk."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from qadam.lib import clock
from qadam.office.door import StaffRequest, has_role, staff_page
from qadam.office.journey_pages import language
from qadam.office.recognition_pages import SEES, Tab, tabs_for
from qadam.office.recognition_reading import newest_of
from qadam.office.recognition_told import name_of
from qadam.people.access import SEES_PEOPLE
from qadam.recognition.definitions import Kind
from qadam.recognition.models import Nomination, NominationState

ON_PAGE = 100
STATES: dict[str, str | Promise] = {
    NominationState.WAITING: gettext_lazy("waits for the leader"),
    NominationState.APPROVED: pgettext_lazy("nomination", "agreed"),
    NominationState.DECLINED: pgettext_lazy("nomination", "declined"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One nomination. The words are people's own: "" for who may not open their records."""

    badge: str
    nominee_id: int
    nominee: str
    nominated_by: str
    words: str
    at: datetime
    state: str | Promise
    is_waiting: bool
    decided_by: str


@dataclass(frozen=True, slots=True)
class NominationsPage:
    now: datetime
    tabs: tuple[Tab, ...]
    rows: tuple[Row, ...]
    is_open: bool
    """Whether this visitor may see whom and why, not only how many."""
    waiting: int


@require_safe
@staff_page(*SEES)
def list_nominations(request: StaffRequest) -> HttpResponse:
    is_open = has_role(request, SEES_PEOPLE)
    waiting = Nomination.objects.filter(state=NominationState.WAITING).count()
    rows = _read_rows(language()) if is_open else ()
    page = NominationsPage(clock.utc_now(), tabs_for("nominations"), rows, is_open, waiting)
    return render(request, "office/nominations.html", {"page": page})


def _read_rows(code: str) -> tuple[Row, ...]:
    """Return the newest nominations, those that wait first."""
    badges = {row.key: name_of(row.document, row.key, code) for row in newest_of(Kind.BADGE)}
    found = Nomination.objects.select_related("nominee", "nominated_by", "decided_by").order_by("-id")[:ON_PAGE]
    rows = [
        Row(
            badge=badges.get(each.badge, each.badge),
            nominee_id=each.nominee.id,
            nominee=each.nominee.name,
            nominated_by=each.nominated_by.name,
            words=each.words,
            at=each.created_at,
            state=STATES[each.state],
            is_waiting=each.state == NominationState.WAITING,
            decided_by=(each.decided_by.name or each.decided_by.email) if each.decided_by else "",
        )
        for each in found
    ]
    return tuple(sorted(rows, key=lambda row: not row.is_waiting))
