"""What people come together for: the list, one gathering with its link and check-in, the calendar, a leader's own."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.community import operations, queries
from qadam.community.errors import CodeNotTaken, TooManyTries, WrongCode
from qadam.community.feeds import write_calendar
from qadam.community.queries import GatheringView
from qadam.community.reading import Form, empty_form, form_of, read_form
from qadam.lib import clock
from qadam.people.queries import get_company

CALENDAR = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class GatheringsPage:
    """`feed`: the address of the own calendar, "" before it was asked for; `webcal`: the same for calendar apps."""

    now: datetime
    gatherings: tuple[GatheringView, ...]
    feed: str
    webcal: str
    can_add: bool


@dataclass(frozen=True, slots=True)
class GatheringPage:
    """`names`: who has checked in, for whoever leads it."""

    now: datetime
    gathering: GatheringView
    names: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True)
class FormPage:
    form: Form
    zone: str
    number: int | None


@require_safe
@member_page
def list_gatherings(request: MemberRequest) -> HttpResponse:
    now, member = clock.utc_now(), request.member
    token = queries.token_of(member)
    feed = f"{settings.BASE_URL}/calendar/{token}.ics" if token else ""
    page = GatheringsPage(
        now=now,
        gatherings=queries.upcoming_of(member, now, get_language() or "en"),
        feed=feed,
        webcal=feed.replace("https://", "webcal://").replace("http://", "webcal://"),
        can_add=member.size > 1 and member.left_at is None,
    )
    return render(request, "cabinet/gatherings.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_gathering(request: MemberRequest, gathering_id: int) -> HttpResponse:
    """Show a gathering to who is invited; on POST take the code that the call shows."""
    now, error = clock.utc_now(), ""
    if request.method == "POST":
        try:
            code = request.POST.get("code", "")
            operations.check_in(member=request.member, gathering_id=gathering_id, code=code, now=now)
        except (WrongCode, TooManyTries, CodeNotTaken) as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Noted: you were there."))
            return redirect("cabinet:gathering", gathering_id)
    view = queries.view_of(request.member, gathering_id, now, get_language() or "en")
    names = queries.attended_names(gathering_id) if view.is_own else ()
    page = GatheringPage(now, view, names, error)
    return render(request, "cabinet/gathering.html", {"page": page}, status=422 if error else 200)


@require_safe
@member_page
def download_gathering(request: MemberRequest, gathering_id: int) -> HttpResponse:
    """Send one gathering as a calendar file."""
    row = queries.get_invited(request.member, gathering_id)
    zone = request.member.zone_in(request.company)
    body = write_calendar([row], zone=zone, language=get_language() or "en", base_url=settings.BASE_URL)
    response = HttpResponse(body, content_type=CALENDAR)
    response.headers["Content-Disposition"] = f'attachment; filename="gathering-{row.id}.ics"'
    return response


@require_POST
@member_page
def set_feed(request: MemberRequest) -> HttpResponse:
    """Make the address of the own calendar, make another one, or close it."""
    wish = request.POST.get("feed", "")
    if wish == "close":
        operations.close_feed(member=request.member)
        messages.success(request, _("The address is closed."))
    else:
        operations.give_feed(member=request.member, is_anew=wish == "anew", now=clock.utc_now())
        messages.success(request, _("Here is the address of your calendar."))
    return redirect("cabinet:gatherings")


@never_cache
@require_safe
def show_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Send a member's calendar to whoever has its secret address: calendars sign in nowhere."""
    member = queries.member_of_feed(token)
    if member is None:
        raise Http404
    company = get_company()
    with translation.override(member.language):
        body = write_calendar(
            queries.fed_to(member, clock.utc_now()),
            zone=member.zone_in(company),
            language=member.language,
            base_url=settings.BASE_URL,
            name=company.name,
        )
    return HttpResponse(body, content_type=CALENDAR)


# A leader's own branch


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def add_gathering(request: MemberRequest) -> HttpResponse:
    """Let a leader invite the own branch."""
    form = empty_form(request.member.name)
    if request.method == "POST":
        now = clock.utc_now()
        plan, form = read_form(request.POST.dict(), request.member.zone_in(request.company), now)
        if plan is not None:
            row = operations.add_gathering(plan=plan, leader=request.member, actor=request.user, now=now)
            messages.success(request, _("Your branch is invited. The code to show in the call is on this page."))
            return redirect("cabinet:gathering", row.id)
    return _show_form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def edit_gathering(request: MemberRequest, gathering_id: int) -> HttpResponse:
    row = queries.get_own(request.member, gathering_id)
    zone = request.member.zone_in(request.company)
    form = form_of(row, zone)
    if request.method == "POST":
        now = clock.utc_now()
        plan, form = read_form(request.POST.dict(), zone, now, current=row)
        if plan is not None:
            operations.change_gathering(gathering=row, plan=plan, actor=request.user, now=now)
            messages.success(request, _("Saved. Calendars that follow it will show the change."))
            return redirect("cabinet:gathering", row.id)
    return _show_form(request, form, row.id)


@require_POST
@member_page
def cancel_gathering(request: MemberRequest, gathering_id: int) -> HttpResponse:
    row = queries.get_own(request.member, gathering_id)
    operations.cancel_gathering(gathering=row, actor=request.user, now=clock.utc_now())
    messages.success(request, _("Cancelled. Calendars that follow it will show that."))
    return redirect("cabinet:gathering", row.id)


def _show_form(request: MemberRequest, form: Form, number: int | None) -> HttpResponse:
    page = FormPage(form, timezone.get_current_timezone_name(), number)
    return render(request, "cabinet/gathering_form.html", {"page": page}, status=422 if form.errors else 200)
