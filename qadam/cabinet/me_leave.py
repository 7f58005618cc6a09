"""Going without guilt: a reason in one tap, what can still be given back, what happens next; and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.mentor_letters import tell_mentor
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import leaving
from qadam.people.leaving import Reason, ReturnableOrder
from qadam.people.terms import terms_dates, terms_in_force

REASONS: Mapping[Reason, str | Promise] = {
    Reason.NO_TIME: gettext_lazy("I have no time for it"),
    Reason.NOT_FOR_ME: gettext_lazy("Selling isn't for me"),
    Reason.NO_INCOME: gettext_lazy("It brings me too little"),
    Reason.COSTS: gettext_lazy("It costs me too much"),
    Reason.PRODUCT: gettext_lazy("The products don't suit me"),
    Reason.PEOPLE: gettext_lazy("I didn't get on with the people"),
    Reason.LIFE: gettext_lazy("My life has changed"),
    Reason.UNTOLD: gettext_lazy("I'd rather not say"),
}


@dataclass(frozen=True, slots=True)
class LeavePage:
    """Before and after. `refund_until`: the last day to take the joining itself back, None when it is over."""

    left_on: date | None
    reasons: tuple[tuple[str, str | Promise], ...]
    orders: tuple[ReturnableOrder, ...]
    refund_until: date | None
    buyback_percent: int
    terms: tuple[str, ...]
    has_downline: bool
    may_come_back: bool
    error: str


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_leave(request: MemberRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        chosen = request.POST.get("reason", "")
        if chosen in Reason.__members__.values():
            return _leave(request, Reason(chosen))
        error = _("Tap one of the answers. “I'd rather not say” is one too.")
    return render(request, "cabinet/me_leave.html", {"page": _read_page(request, error)}, status=422 if error else 200)


def _leave(request: MemberRequest, reason: Reason) -> HttpResponse:
    now = clock.utc_now()
    with write():
        leaving.leave(member=request.member, reason=reason, now=now)
        tell_mentor(
            member=request.member,
            key=f"left:{request.member.id}:{now.isoformat()}",
            subject=gettext_lazy("One of your people has left"),
            body=gettext_lazy(
                "They decided so themselves, and that is all right. It says nothing about you: most people who try "
                "something new go on to something else.\n\nPlease don't ask them to change their mind. The door stays "
                "open, and they know it."
            ),
            label=gettext_lazy("My people"),
            now=now,
        )
    return redirect("cabinet:leave")


@require_POST
@member_page
def come_back(request: MemberRequest) -> HttpResponse:
    """Take a member who left in again."""
    leaving.come_back(member=request.member, now=clock.utc_now())
    messages.success(request, _("Welcome back. Everything is where you left it."))
    return redirect("cabinet:today")


def _read_page(request: MemberRequest, error: str) -> LeavePage:
    member, now = request.member, clock.utc_now()
    terms, dates = terms_in_force(), terms_dates(member, request.company)
    today = timezone.localdate(now)
    return LeavePage(
        left_on=timezone.localdate(member.left_at) if member.left_at else None,
        reasons=tuple((reason.value, words) for reason, words in REASONS.items()),
        orders=leaving.returnable_orders(member, request.company, now),
        refund_until=dates.refund_until if dates and not dates.is_from_order and dates.refund_until >= today else None,
        buyback_percent=terms.buyback_percent if terms else 0,
        terms=terms.paragraphs(get_language() or "en", request.company) if terms else (),
        has_downline=member.size > 1,
        may_come_back=member.left_at is not None and leaving.may_come_back(member),
        error=error,
    )
