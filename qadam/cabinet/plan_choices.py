"""What members choose themselves: the direction and the hours, the first goal, and the words only they read."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.plan import safe_next
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.surveys import expectations
from qadam.surveys.expectations import Expectation
from qadam.tasks import choosing, queries
from qadam.tasks.errors import HoursOutOfReach
from qadam.tasks.rules import Direction
from qadam.tasks.shapes import FirstGoal

DIRECTIONS: tuple[tuple[Direction, str, str | Promise, str | Promise], ...] = (
    (
        Direction.CUSTOMER,
        "shopping-basket",
        gettext_lazy("Customer"),
        gettext_lazy("You use the product yourself. No selling, no team."),
    ),
    (
        Direction.SELLER,
        "handshake",
        gettext_lazy("Seller"),
        gettext_lazy("You find customers and look after them."),
    ),
    (
        Direction.BUILDER,
        "users",
        gettext_lazy("Team builder"),
        gettext_lazy("You have customers, and help newcomers to begin."),
    ),
    (
        Direction.PAUSE,
        "coffee",
        gettext_lazy("A break"),
        gettext_lazy("The plan waits until you choose again."),
    ),
)


@dataclass(frozen=True, slots=True)
class DirectionCard:
    """One direction to choose. `tasks`: how many are left in it."""

    key: str
    icon: str
    name: str | Promise
    words: str | Promise
    tasks: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class DirectionPage:
    """Where to go. `hours` is what was typed, `error` what is wrong with it."""

    cards: tuple[DirectionCard, ...]
    hours: str
    error: str


@dataclass(frozen=True, slots=True)
class ReasonPage:
    """The own words. `option`: what the form holds of the expectation; `error` belongs to the reason."""

    now: datetime
    reason: str
    most: int
    expectation: Expectation | None
    option: str
    error: str


@dataclass(frozen=True, slots=True)
class GoalPage:
    now: datetime
    goal: FirstGoal | None


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_direction(request: MemberRequest) -> HttpResponse:
    plan = getattr(request.member, "personal_plan", None)
    chosen, hours = (plan.direction, str(plan.hours or "")) if plan else ("", "")
    error = ""
    if request.method == "POST":
        chosen, hours = request.POST.get("direction", ""), request.POST.get("hours", "").strip()
        try:
            _choose_direction(request, chosen, hours)
        except DomainError as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Your plan follows your choice. What you have done stays done."))
            return redirect("cabinet:plan")
    counts = queries.count_for_directions(request.member)
    cards = tuple(DirectionCard(*each, counts[each[0]], each[0] == chosen) for each in DIRECTIONS)
    page = DirectionPage(cards, hours, error)
    return render(request, "cabinet/direction.html", {"page": page}, status=422 if error else 200)


def _choose_direction(request: MemberRequest, direction: str, hours: str) -> None:
    if hours and not (hours.isascii() and hours.isdecimal() and len(hours) < 4):
        raise HoursOutOfReach
    number = int(hours) if hours else None
    choosing.choose_direction(member=request.member, direction=direction, hours=number, now=clock.utc_now())


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_reason(request: MemberRequest) -> HttpResponse:
    """One calm page of day 0: why I am here, and what I expect. Later it shows how that looked on days 7, 45, 90."""
    now = clock.utc_now()
    plan = getattr(request.member, "personal_plan", None)
    reason, option, error = plan.reason if plan else "", "", ""
    if request.method == "POST":
        reason, option = request.POST.get("reason", ""), request.POST.get("option", "")
        try:
            choosing.write_reason(member=request.member, reason=reason, now=now)
            if option:
                expectations.say_expectation(member=request.member, option=option, now=now)
        except DomainError as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Kept. Only you can read your reason."))
            return redirect(f"{safe_next(request)}")
    expectation = expectations.expectation_of(request.member, now, get_language() or "en")
    page = ReasonPage(now, reason, choosing.REASON_LETTERS, expectation, option, error)
    return render(request, "cabinet/reason.html", {"page": page}, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def choose_goal(request: MemberRequest) -> HttpResponse:
    """Choose the first goal, or another one while it isn't reached."""
    now = clock.utc_now()
    if request.method == "POST":
        choosing.choose_goal(member=request.member, goal=request.POST.get("goal", ""), now=now)
        messages.success(request, _("This is your first goal. It closes by itself when it has happened."))
        return redirect(safe_next(request))
    view = queries.today_of(request.member, request.company, now, get_language() or "en")
    return render(request, "cabinet/goal.html", {"page": GoalPage(now, view.first_goal)})
