"""The newcomer's home: where on the path, the one next act, today's tasks, the first goal, the mentor."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.questions import Question, first_question
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people import operations as people
from qadam.people.models import Member
from qadam.tasks import queries
from qadam.tasks.rules import FIRST_GOAL_LAST_DAY, GoalState
from qadam.tasks.shapes import FirstGoal, TodayView

AWAY_DAYS = 7
"""Whoever comes back after so many days is met with one small step and no reproach."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The person who helps; phone and e-mail may be empty."""

    name: str
    role: str | Promise
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class TodayPage:
    """Everything on the home page. `away_days` is 0 for whoever was here in the last week.

    `goal_days` has a state (past, today, ahead) for each day of the first goal, day 0 first.
    """

    now: datetime
    first_name: str
    today: TodayView
    contact: Contact | None
    away_days: int
    goal_days: tuple[str, ...]
    goal_last_day: date | None
    question: Question | None


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@member_page
def show_today(request: MemberRequest) -> HttpResponse:
    now = clock.utc_now()
    page = read_page(request, now)
    if request.method == "GET":
        people.note_cabinet_opened(member=request.member, on=page.today.today, now=now)
    return render_today(request, page)


def render_today(request: MemberRequest, page: TodayPage) -> HttpResponse:
    name = "cabinet/_today.html" if request.htmx.target == "today" else "cabinet/today.html"
    return render(request, name, {"page": page})


def read_page(request: MemberRequest, now: datetime) -> TodayPage:
    member = request.member
    today = queries.today_of(member, request.company, now, get_language() or "en")
    goal = today.first_goal
    return TodayPage(
        now=now,
        first_name=member.name.split(" ")[0],
        today=today,
        contact=_contact_of(member),
        away_days=_count_away_days(member, today.today),
        goal_days=_goal_days(today) if goal and goal.state is GoalState.OPEN else (),
        goal_last_day=_last_day(goal) if goal else None,
        question=first_question(member, now, get_language() or "en"),
    )


def _contact_of(member: Member) -> Contact | None:
    helper, role = (member.mentor, _("Your mentor")) if member.mentor else (member.sponsor, _("Your sponsor"))
    return Contact(helper.name, role, helper.phone, helper.email) if helper else None


def _count_away_days(member: Member, today: date) -> int:
    """Count the local days since the last visit before today; 0 for a first visit or one in the last week."""
    visits = Event.objects.filter(member_id=member.id, type="cabinet.opened").order_by("-occurred_at")
    days = [timezone.localdate(at) for at in visits.values_list("occurred_at", flat=True)[:2]]
    earlier = next((day for day in days if day < today), today)
    away = (today - earlier).days
    return away if away >= AWAY_DAYS else 0


def _goal_days(today: TodayView) -> tuple[str, ...]:
    here = today.day or 0
    return tuple(
        "past" if day < here else "today" if day == here else "ahead" for day in range(FIRST_GOAL_LAST_DAY + 1)
    )


def _last_day(goal: FirstGoal) -> date:
    """The deadline is the midnight that ends the last day; people read the day itself."""
    return timezone.localdate(goal.deadline) - timedelta(days=1)
