"""Messages of senders that couldn't be taken in: why, what they hold, and one button to try them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qadam.events import queries
from qadam.events.fault_words import reason_words
from qadam.events.queries import PutAside
from qadam.lib import clock
from qadam.office.door import StaffRequest, staff_page
from qadam.people import access, intake
from qadam.people.models import RoleName, User

MAY_SEE = (RoleName.INTEGRATOR, RoleName.RETENTION)
AT_ONCE = 2_000
"""So many are tried with one press; the rest with the next."""
ON_PAGE = 50

_pretty = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for which messages wait, as a filter of the list."""

    code: str
    words: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits. `what` is its event's name or its call, `payload` the message as it came."""

    id: int
    what: str
    person: str
    source: str
    place: str
    reason: str
    received_at: datetime
    payload: str


@dataclass(frozen=True, slots=True)
class IncomingPage:
    """The messages that wait, oldest first, of one reason (`code`) or of all."""

    now: datetime
    total: int
    code: str
    reasons: list[Reason]
    rows: list[Waiting]
    next_after: int | None


def may_see(request: HttpRequest) -> bool:
    """Tell whether the navigation should offer this page."""
    return isinstance(request.user, User) and not access.roles_of(request.user).isdisjoint({RoleName.OWNER, *MAY_SEE})


@require_safe
@staff_page(*MAY_SEE)
def list_incoming(request: StaffRequest) -> HttpResponse:
    code, after = request.GET.get("reason", ""), request.GET.get("after", "")
    page = _page(code, int(after) if after.isdecimal() and len(after) < 19 else 0)
    return render(request, "office/incoming.html", {"page": page})


@require_POST
@staff_page(*MAY_SEE)
def try_again(request: StaffRequest, row_id: int) -> HttpResponse:
    """Try one message again."""
    if intake.retry_quarantined(ids=[row_id], now=clock.utc_now()):
        messages.success(request, _("Taken in."))
    else:
        rows = queries.get_put_aside([row_id])
        messages.warning(request, _waiting(rows[0]).reason if rows else _("It has been taken in already."))
    return _back(request)


@require_POST
@staff_page(*MAY_SEE)
def try_all_again(request: StaffRequest) -> HttpResponse:
    """Try the messages of the chosen reason again, the oldest first."""
    rows = queries.list_put_aside(code=request.POST.get("reason", ""), limit=AT_ONCE)
    taken = intake.retry_quarantined(ids=[row.id for row in rows], now=clock.utc_now())
    left = len(rows) - taken
    if taken:
        messages.success(request, ngettext("%(count)d taken in.", "%(count)d taken in.", taken) % {"count": taken})
    if left:
        still = ngettext("%(count)d still can't be taken in.", "%(count)d still can't be taken in.", left)
        messages.warning(request, still % {"count": left})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    reason = request.POST.get("reason", "")
    left = reason if any(each.code == reason for each in queries.count_by_reason()) else ""
    return redirect(f"{reverse('office:incoming')}{f'?reason={left}' if left else ''}")


def _page(code: str, after: int) -> IncomingPage:
    counts = queries.count_by_reason()
    rows = queries.list_put_aside(code=code, after=after, limit=ON_PAGE + 1)
    return IncomingPage(
        now=clock.utc_now(),
        total=sum(each.count for each in counts),
        code=code,
        reasons=[Reason(each.code, _title(each.code), each.count, each.code == code) for each in counts],
        rows=[_waiting(row) for row in rows[:ON_PAGE]],
        next_after=rows[ON_PAGE - 1].id if len(rows) > ON_PAGE else None,
    )


def _title(code: str) -> str:
    """Return a reason's words without the detail of a single message."""
    return reason_words(code, "…").rstrip(": …").replace("“…”", "…")


def _waiting(row: PutAside) -> Waiting:
    message = row.payload if isinstance(row.payload, Mapping) else {}
    return Waiting(
        id=row.id,
        what=str(message.get("event") or message.get("type") or "—")[:100],
        person=str(message.get("userId") or "")[:100],
        source=row.source,
        place=row.place,
        reason=reason_words(row.code, row.detail),
        received_at=row.received_at,
        payload=msgspec.json.format(_pretty.encode(row.payload), indent=2).decode(),
    )


urlpatterns = [
    path("incoming/", list_incoming, name="incoming"),
    path("incoming/try-again/", try_all_again, name="try_all_again"),
    path("incoming/<int:row_id>/try-again/", try_again, name="try_again"),
]
"""Addresses of this page, for office/urls.py."""
