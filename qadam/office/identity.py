"""One person with two records, and a person who wants to be erased: forms on a member's page."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qadam.lib import clock
from qadam.lib.errors import DomainError, Kind
from qadam.office.door import StaffRequest, staff_page
from qadam.people import access, identity
from qadam.people.models import Member, RoleName

MERGES = (RoleName.OWNER, RoleName.RETENTION)
ERASES = (RoleName.OWNER, RoleName.COMPLIANCE)
STATUS = {Kind.CONFLICT: 409}


class NotFound(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("Nobody has this number or address.")


class NotConfirmed(DomainError):
    kind = Kind.REFUSED
    message = gettext_lazy("Type the word as it stands here.")


@dataclass(frozen=True, slots=True)
class IdentityPage:
    """`other` is the second record once it is found: it is looked at before it is merged."""

    member: Member
    typed: str = ""
    other: Member | None = None
    fault: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*MERGES)
def merge(request: StaffRequest, member_id: int) -> HttpResponse:
    """Ask for the other record, show it, and merge on the second press."""
    member = access.get_visible_member(request.user, member_id)
    page = IdentityPage(member, request.POST.get("other", "").strip()[:200])
    if request.method != "POST":
        return render(request, "office/identity_merge.html", {"page": page})
    try:
        page = replace(page, other=_find_other(request, page.typed))
        if request.POST.get("confirmed") != "yes" or page.other is None:
            return render(request, "office/identity_merge.html", {"page": page})
        identity.merge_members(kept=member, other=page.other, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        return _refuse(request, "merge", replace(page, fault=str(error)), error)
    messages.success(request, _("The two records are one now. Everything is counted anew within a minute."))
    return redirect("office:member", member.id)


def _find_other(request: StaffRequest, typed: str) -> Member:
    fits = Q(external_id=typed) | Q(email__iexact=typed)
    found = access.visible_members(request.user).filter(fits).first() if typed else None
    if found is None:
        raise NotFound
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*ERASES)
def erase(request: StaffRequest, member_id: int) -> HttpResponse:
    """Ask once more, and erase. The word to type is in the reader's language."""
    member = access.get_visible_member(request.user, member_id)
    page = IdentityPage(member, request.POST.get("word", "").strip())
    if request.method != "POST":
        return render(request, "office/identity_erase.html", {"page": page})
    try:
        if page.typed.casefold() != _("erase").casefold():
            raise NotConfirmed
        nameless = identity.erase_member(member=member, actor=request.user, now=clock.utc_now())
    except DomainError as error:
        return _refuse(request, "erase", replace(page, fault=str(error)), error)
    messages.success(request, _("The person is erased. The facts stay, without a name."))
    return redirect("office:member", nameless.id)


def _refuse(request: StaffRequest, name: str, page: IdentityPage, error: DomainError) -> HttpResponse:
    status = STATUS.get(error.kind, 422)
    return render(request, f"office/identity_{name}.html", {"page": page}, status=status)


urlpatterns = [
    path("people/<int:member_id>/merge/", merge, name="member_merge"),
    path("people/<int:member_id>/erase/", erase, name="member_erase"),
]
