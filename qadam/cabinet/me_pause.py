"""A pause: days on which the plan, its letters and the streaks stand still."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.mentor_letters import tell_mentor
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.messaging import operations as messaging
from qadam.people import pausing
from qadam.people.models import Pause
from qadam.people.pause_rules import DAY, FARTHEST_DAYS, MOST_DAYS, MOST_IN_QUARTER, quarter_of
from qadam.ui.formats import day_words

OFFERED_DAYS = 7


@dataclass(frozen=True, slots=True)
class PausePage:
    """`pause`: under way or planned. `first_on`, `last_on`: what the form holds (ISO), with its bounds."""

    pause: Pause | None
    is_under_way: bool
    days_left: int
    first_on: str
    last_on: str
    earliest: str
    latest: str
    left_in_quarter: int
    most_days: int
    error: str
    earlier: tuple[Pause, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_pause(request: MemberRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            return _take(request)
        except DomainError as refusal:
            error = _tell(refusal)
    return render(request, "cabinet/me_pause.html", {"page": _read_page(request, error)}, status=422 if error else 200)


@require_POST
@member_page
def end_pause(request: MemberRequest) -> HttpResponse:
    """Come back before the pause is over, or call a planned one off."""
    now = clock.utc_now()
    with write():
        pausing.resume_path(member=request.member, now=now)
        messaging.release_paused(member=request.member, now=now)
    messages.success(request, _("Good to have you back. Your plan goes on from today."))
    return redirect("cabinet:today")


def _take(request: MemberRequest) -> HttpResponse:
    now = clock.utc_now()
    first_on, last_on = (_read_day(request.POST.get(name, "")) for name in ("first_on", "last_on"))
    if first_on is None or last_on is None:
        raise FaultyDates
    with write():
        pause = pausing.pause_path(member=request.member, first_on=first_on, last_on=last_on, now=now)
        tell_mentor(
            member=request.member,
            key=f"pause:{pause.id}",
            subject=gettext_lazy("One of your people takes a pause"),
            body=gettext_lazy(
                "Their plan and its letters stand still for these days, and nothing is lost. There is nothing you "
                "have to do: a short kind word is enough.\n\nYou see who and until when on the page of your people."
            ),
            label=gettext_lazy("My people"),
            now=now,
        )
    messages.success(request, _("Your pause is set. Rest well."))
    return redirect("cabinet:pause")


class FaultyDates(DomainError):
    message = gettext_lazy("Give the first and the last day of the pause.")


def _read_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _tell(refusal: DomainError) -> str:
    language = get_language() or "en"
    details = {
        name: day_words(value, language) if isinstance(value, date) else value
        for name, value in refusal.details.items()
    }
    return str(refusal.message) % details


def _read_page(request: MemberRequest, error: str) -> PausePage:
    today = timezone.localdate(clock.utc_now())
    pauses = tuple(pausing.pauses_of(request.member))
    pause = next((each for each in pauses if each.resumed_at is None), None)
    begun = sum(quarter_of(each.first_on) == quarter_of(today) for each in pauses)
    return PausePage(
        pause=pause,
        is_under_way=pause is not None and pause.started_at is not None,
        days_left=(pause.last_on - max(today, pause.first_on)).days + 1 if pause else 0,
        first_on=request.POST.get("first_on", today.isoformat()),
        last_on=request.POST.get("last_on", (today + DAY * (OFFERED_DAYS - 1)).isoformat()),
        earliest=today.isoformat(),
        latest=(today + DAY * (FARTHEST_DAYS + MOST_DAYS - 1)).isoformat(),
        left_in_quarter=max(0, MOST_IN_QUARTER - begun),
        most_days=MOST_DAYS,
        error=error,
        earlier=tuple(each for each in pauses if each.resumed_at is not None),
    )
