"""The home: where on the path, the one next act and why, then what is around it, in one column for a thumb."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.cabinet import celebrations, pressing, rhythm
from qadam.cabinet.celebrations import Celebration
from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.pressing import Pressing
from qadam.cabinet.questions import Question, first_question
from qadam.cabinet.rhythm import Strip
from qadam.community.queries import NextGathering, next_gathering_of
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people import operations as people
from qadam.people.models import Member
from qadam.recognition import operations as recognition
from qadam.recognition import wall_queries
from qadam.recognition.social_shapes import WallPost
from qadam.tasks import moving, queries
from qadam.tasks.rules import FIRST_GOAL_LAST_DAY, GoalState, ReasonCode
from qadam.tasks.shapes import FirstGoal, ReasonWords, RestartAct, TaskCard, TodayView

AWAY_DAYS = 7
"""Whoever comes back after so many days is met with one small step and no reproach."""


@dataclass(frozen=True, slots=True)
class Way:
    """One tap to a person. `is_outside`: it leads to another programme's page."""

    href: str
    icon: str
    words: str | Promise
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """The person who helps, with the ways that the record knows. `helped`: "ask" whether they helped, or "noted"."""

    name: str
    role: str | Promise
    ways: tuple[Way, ...]
    helped: str


@dataclass(frozen=True, slots=True)
class TodayPage:
    """Everything on the home page. `away_days` is 0 for whoever was here in the last week.

    `pressing` stands in the place of the plan's next act; `then` are today's other tasks. `has_act_link`: the next act
    leads somewhere, `has_act_button`: there or to its tick. `goal_days` has a state (past, today, ahead) for each day
    of the first goal, day 0 first.
    """

    now: datetime
    first_name: str
    today: TodayView
    pressing: Pressing | None
    act_reasons: tuple[ReasonWords, ...]
    act_closes_itself: bool
    has_act_link: bool
    has_act_button: bool
    then: tuple[TaskCard, ...]
    contact: Contact | None
    away_days: int
    restart: tuple[RestartAct, ...]
    goal_days: tuple[str, ...]
    goal_last_day: date | None
    question: Question | None
    gathering: NextGathering | None
    strip: Strip | None
    newest: WallPost | None
    celebration: Celebration | None = None


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@member_page
def show_today(request: MemberRequest) -> HttpResponse:
    now, member = clock.utc_now(), request.member
    today = queries.today_of(member, request.company, now, get_language() or "en")
    visits = _visit_days(member)
    away_days = _count_away_days(visits, today.today)
    celebration = None
    if request.method == "GET":
        if today.today not in visits:
            people.note_cabinet_opened(member=member, on=today.today, now=now)
        if today.is_unsettled or away_days:
            moving.settle_plan(member=member, away_days=away_days, now=now)
            today = queries.today_of(member, request.company, now, get_language() or "en")
        celebration = celebrations.take_one(request, today, now)
    return render_today(request, _page(request, now, today, away_days, celebration))


def render_today(request: MemberRequest, page: TodayPage) -> HttpResponse:
    name = "cabinet/_today.html" if request.htmx.target == "today" else "cabinet/today.html"
    return render(request, name, {"page": page})


def read_page(request: MemberRequest, now: datetime) -> TodayPage:
    """Read the page without writing anything: what a tick gets back."""
    today = queries.today_of(request.member, request.company, now, get_language() or "en")
    return _page(request, now, today, _count_away_days(_visit_days(request.member), today.today), None)


def _page(
    request: MemberRequest, now: datetime, today: TodayView, away_days: int, celebration: Celebration | None
) -> TodayPage:
    member, language = request.member, get_language() or "en"
    goal, urgent = today.first_goal, pressing.pressing_of(member, today, now)
    act = today.next_act.task if today.next_act else None
    has_link = bool(act and (act.link_path or act.can_show or act.phone or act.url))
    return TodayPage(
        now=now,
        first_name=member.name.split(" ")[0],
        today=today,
        pressing=urgent,
        act_reasons=() if away_days else _reasons(today),
        act_closes_itself=bool(act and act.closes_itself and not act.can_show and not act.is_waiting),
        has_act_link=has_link,
        has_act_button=has_link or bool(act and act.can_tick),
        then=_then(today, urgent),
        contact=contact_of(member, today),
        away_days=away_days,
        restart=_restart(today, urgent),
        goal_days=_goal_days(today) if goal and goal.state is GoalState.OPEN else (),
        goal_last_day=_last_day(goal) if goal else None,
        question=first_question(member, now, language),
        gathering=next_gathering_of(member, now, language),
        strip=rhythm.strip_of(member, today.day, now, language),
        newest=wall_queries.newest_recognition_of(member, now=now, language=language),
        celebration=celebration,
    )


def _reasons(today: TodayView) -> tuple[ReasonWords, ...]:
    """Why this act, without what the page says anyway: the minutes stand beside its title."""
    reasons = today.next_act.reasons if today.next_act else ()
    return tuple(reason for reason in reasons if reason.code is not ReasonCode.SHORT)


def _then(today: TodayView, urgent: Pressing | None) -> tuple[TaskCard, ...]:
    """Return today's tasks beside the one that is the next step, what is open first."""
    first = today.next_act.task.id if today.next_act and not urgent else None
    others: Sequence[TaskCard] = [task for task in today.tasks if task.id != first]
    return tuple(sorted(others, key=lambda task: task.done_on is not None))


def _restart(today: TodayView, urgent: Pressing | None) -> tuple[RestartAct, ...]:
    """Return the small plan of who came back, beside the step that stands above it."""
    first = today.next_act.task.id if today.next_act and not urgent else None
    acts = today.restart.acts if today.restart else ()
    return tuple(act for act in acts if act.task.id != first)


def contact_of(member: Member, today: TodayView) -> Contact | None:
    """Return the mentor, or the sponsor where there is none, with one tap for each way to reach them."""
    helper, role = (member.mentor, _("Your mentor")) if member.mentor else (member.sponsor, _("Your sponsor"))
    return Contact(helper.name, role, ways_to(helper), _helped(member, today)) if helper else None


def _helped(member: Member, today: TodayView) -> str:
    """Newcomers are asked, once a day, whether they were helped; afterwards nobody is."""
    if today.day is None or today.day > today.path_days:
        return ""
    told = Event.objects.filter(member_id=member.id, type="help.confirmed").order_by("-occurred_at")
    last = told.values_list("occurred_at", flat=True).first()
    return "noted" if last and timezone.localdate(last) == today.today else "ask"


@require_POST
@member_page
def confirm_help(request: MemberRequest) -> HttpResponse:
    """Note that the member was helped: a fact about the mentor's work that only the newcomer can tell."""
    member = request.member
    if member.mentor_id is None and member.sponsor_id is None:
        raise Http404
    recognition.confirm_help(member=member, now=clock.utc_now())
    return redirect("/today/#mentor")


def ways_to(helper: Member) -> tuple[Way, ...]:
    """A phone number is a call and a chat in the member's own programme: nothing is sent by us."""
    digits = "".join(letter for letter in helper.phone if letter.isdigit())
    ways = []
    if digits:
        ways.append(Way(f"tel:{helper.phone}", "phone", pgettext_lazy("way to reach", "Call")))
        ways.append(Way(f"https://wa.me/{digits}", "message-circle", "WhatsApp", is_outside=True))
        ways.append(Way(f"https://t.me/+{digits}", "send", "Telegram", is_outside=True))
    if helper.email:
        ways.append(Way(f"mailto:{helper.email}", "mail", pgettext_lazy("way to reach", "Letter")))
    return tuple(ways)


def _visit_days(member: Member) -> list[date]:
    """Return the local days of the last two visits, the newest first."""
    visits = Event.objects.filter(member_id=member.id, type="cabinet.opened").order_by("-occurred_at")
    return [timezone.localdate(at) for at in visits.values_list("occurred_at", flat=True)[:2]]


def _count_away_days(visits: Sequence[date], today: date) -> int:
    """Count the local days since the last visit before today; 0 for a first visit or one in the last week."""
    earlier = next((day for day in visits if day < today), today)
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
