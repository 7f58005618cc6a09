"""People who joined without a good code: who told them, and below whom the company puts them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.office.door import StaffRequest, staff_page
from qadam.people import access, joining
from qadam.people.invitations import find_invitation, may_invite
from qadam.people.joining_models import Joining
from qadam.people.models import Kind, Member, MemberQuerySet, RoleName

PLACES = (RoleName.OWNER, RoleName.RETENTION)
SHOWN = 25
OFFERED = 5
SHORTEST_WORD = 3
WORD = re.compile(r"[\w@+][\w@.+'-]*")
"""A word of what somebody said, without the commas around it; addresses and numbers stay whole."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person who waits. `told` is what they said; `code` one that names nobody; `now_below` is where they stand."""

    id: int
    member_id: int
    name: str
    told: str
    code: str
    says_nobody: bool
    at: datetime
    now_below: str
    offered: tuple[Member, ...]
    is_searched: bool


@dataclass(frozen=True, slots=True)
class JoiningPage:
    now: datetime
    rows: tuple[Waiting, ...]
    total: int
    query: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*PLACES)
def settle_places(request: StaffRequest) -> HttpResponse:
    """Show who waits for a sponsor, and settle one."""
    if request.method == "POST":
        return _settle(request)
    query, wanted = request.GET.get("q", "").strip()[:100], request.GET.get("for", "")
    waiting = joining.waiting_for_place()
    rows = tuple(_row(request, each, query if str(each.id) == wanted else "") for each in waiting[:SHOWN])
    page = JoiningPage(clock.utc_now(), rows, waiting.count(), query)
    return render(request, "office/joining.html", {"page": page})


def _settle(request: StaffRequest) -> HttpResponse:
    row = get_object_or_404(Joining, id=_number(request.POST.get("joining")), confirmed_at__isnull=False)
    sponsor = None
    if "stay" not in request.POST:
        sponsor = get_object_or_404(_sponsors(request), id=_number(request.POST.get("sponsor")))
    try:
        joining.settle_place(joining=row, sponsor=sponsor, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        messages.warning(request, str(error))
        return redirect("office:joining")
    name = row.name
    if sponsor is not None:
        messages.success(request, _("%(name)s stands below %(sponsor)s now.") % {"name": name, "sponsor": sponsor.name})
    else:
        messages.success(request, _("%(name)s stays where they are.") % {"name": name})
    return redirect("office:joining")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def _sponsors(request: StaffRequest) -> MemberQuerySet:
    return access.visible_members(request.user).filter(
        kind=Kind.DISTRIBUTOR, registered_at__isnull=False, left_at=None, erased_at=None
    )


def _row(request: StaffRequest, each: Joining, query: str) -> Waiting:
    member = each.member
    assert member is not None, "only confirmed forms wait"
    return Waiting(
        id=each.id,
        member_id=member.id,
        name=member.name,
        told=each.told,
        code=each.code,
        says_nobody=each.says_nobody,
        at=each.confirmed_at or each.asked_at,
        now_below=member.sponsor.name if member.sponsor else "",
        offered=_offer(request, query or each.told, member),
        is_searched=bool(query),
    )


def _offer(request: StaffRequest, words: str, member: Member) -> tuple[Member, ...]:
    """Return sponsors whom these words may mean, the best first: each word that fits a name or address counts."""
    invitation = find_invitation(words)
    if invitation is not None:
        return (invitation.sponsor,)
    asked = [word for word in WORD.findall(words) if len(word) >= SHORTEST_WORD][:6]
    if not asked:
        return ()
    found = _sponsors(request).exclude(id=member.id).filter(_any_of(asked))[:200]
    best = sorted(found, key=lambda one: (-_fit(one, asked), one.id))
    return tuple(one for one in best[:OFFERED] if may_invite(one))


def _any_of(words: Iterable[str]) -> Q:
    """Match names in any case. SQLite folds the case of Latin letters only, so Cyrillic forms are given by hand."""
    condition = Q()
    for word in words:
        condition |= Q(email__iexact=word) | Q(external_id=word) | Q(phone=word) | Q(name__icontains=word)
        for form in (word.lower(), word.capitalize(), word.upper()):
            condition |= Q(name__contains=form)
    return condition


def _fit(member: Member, words: Iterable[str]) -> int:
    known = f"{member.name} {member.email} {member.external_id} {member.phone}".casefold()
    return sum(word.casefold() in known for word in words)
