"""What pages and letters ask about a member's plan. Two or three queries each, whatever the number of tasks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from qadam.lib.clock import local_date
from qadam.people import queries as people
from qadam.people.models import Company, Member
from qadam.tasks import rules
from qadam.tasks.assigned import Assigned, tasks_of
from qadam.tasks.documents import TaskKind
from qadam.tasks.plans import Version
from qadam.tasks.rules import PATH_DAYS, TODAY_AT_MOST, State
from qadam.tasks.shapes import (
    FirstGoal,
    NextAct,
    PlanName,
    PlanView,
    PlanWeek,
    Progress,
    ReasonWords,
    TaskCard,
    TodayView,
)
from qadam.tasks.words import reason_words


@dataclass(frozen=True, slots=True)
class _Reader:
    """For whom a page is made: the member's zone, local day and language."""

    zone: ZoneInfo
    today: date
    language: str

    def card(self, task: Assigned) -> TaskCard:
        row, planned = task.row, task.planned
        done_on = local_date(row.done_at, self.zone) if row.done_at else None
        is_self_check = planned.kind is TaskKind.SELF_CHECK
        link = planned.link
        return TaskCard(
            id=row.id,
            plan=task.version.plan.slug,
            key=row.key,
            title=planned.title.in_language(self.language),
            why=planned.why.in_language(self.language),
            how=planned.how.in_language(self.language) if planned.how else "",
            minutes=planned.minutes,
            state=self.state(task),
            day=row.day,
            opens_on=row.opens_on,
            due_on=row.due_on,
            done_on=done_on,
            is_required=row.is_required,
            is_first_goal=row.is_first_goal,
            closes_itself=not is_self_check,
            can_tick=is_self_check and not task.is_done,
            can_untick=is_self_check and done_on == self.today,
            link_label=link.label.in_language(self.language) if link else "",
            link_path=link.path if link else "",
            waits_for=tuple(each.title.in_language(self.language) for each in task.waits_for),
        )

    def state(self, task: Assigned) -> State:
        return rules.state_of(task.row.opens_on, task.row.due_on, task.is_done, self.today)


def today_of(member: Member, company: Company, now: datetime, language: str) -> TodayView:
    """Return the member's home page: over all plans that the member has."""
    reader = _read_for(member, company, now, language)
    tasks = tasks_of([member.id]).get(member.id, [])
    open_tasks = [task for task in tasks if not task.is_done]
    acts = _acts(open_tasks, reader.today)
    ahead = [task.row.opens_on for task in open_tasks if task.row.opens_on > reader.today]
    return TodayView(
        has_plan=bool(tasks),
        day=member.day_of_path(company, now),
        path_days=PATH_DAYS,
        today=reader.today,
        due_so_far=_progress(task for task in tasks if task.row.due_on <= reader.today),
        whole_plan=_progress(tasks),
        next_act=_next_act(acts[0], reader) if acts else None,
        tasks=tuple(reader.card(task) for task in _todays(tasks, acts, reader)),
        first_goal=_first_goal(member, company, tasks, reader, now),
        opens_next_on=min(ahead, default=None),
        is_all_done=bool(tasks) and not open_tasks,
    )


def plan_of(member: Member, company: Company, now: datetime, language: str, plan: str | None = None) -> PlanView | None:
    """Return one plan of the member by weeks (without `plan`, the first that was given); None where there is none."""
    reader = _read_for(member, company, now, language)
    tasks = tasks_of([member.id]).get(member.id, [])
    versions = {task.version.plan.slug: task.version for task in tasks}
    version = versions.get(plan) if plan else next(iter(versions.values()), None)
    if version is None:
        return None
    own = [task for task in tasks if task.version.id == version.id]
    return PlanView(
        slug=version.plan.slug,
        name=version.plan.name.in_language(language),
        day=member.day_of_path(company, now),
        path_days=PATH_DAYS,
        today=reader.today,
        progress=_progress(own),
        due_so_far=_progress(task for task in own if task.row.due_on <= reader.today),
        weeks=_weeks(version, own, reader),
        others=[
            PlanName(slug, each.plan.name.in_language(language)) for slug, each in versions.items() if each != version
        ],
    )


def next_task_variables(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    """Return {member id: {title, why, minutes}} of the next acts: the variable `next_task` of letters, for many."""
    company = people.get_company()
    tasks = tasks_of(member_ids)
    found: dict[int, object] = {}
    for member in Member.objects.filter(id__in=list(tasks)).only("id", "zone"):
        today = local_date(now, member.zone_in(company))
        acts = _acts([task for task in tasks[member.id] if not task.is_done], today)
        if acts:
            planned = acts[0].planned
            found[member.id] = {
                "title": planned.title.in_language(language),
                "why": planned.why.in_language(language),
                "minutes": planned.minutes,
            }
    return found


NEXT_TASK_FIELDS = ("title", "why", "minutes")


def _read_for(member: Member, company: Company, now: datetime, language: str) -> _Reader:
    zone = member.zone_in(company)
    return _Reader(zone, local_date(now, zone), language)


def _acts(open_tasks: Sequence[Assigned], today: date) -> list[Assigned]:
    order = rules.order_of_acts([task.as_open() for task in open_tasks], today)
    return [open_tasks[place] for place in order]


def _next_act(task: Assigned, reader: _Reader) -> NextAct:
    with translation.override(reader.language):
        reasons = rules.reasons_for(task.as_open(), reader.today)
        return NextAct(reader.card(task), tuple(ReasonWords(each.code, reason_words(each)) for each in reasons))


def _todays(tasks: Sequence[Assigned], acts: Sequence[Assigned], reader: _Reader) -> list[Assigned]:
    """What was done today, then the next acts: three in all, so that a finished day doesn't fill up again.

    The next act itself is always among them.
    """
    done = [task for task in tasks if task.row.done_at and local_date(task.row.done_at, reader.zone) == reader.today]
    room = max(TODAY_AT_MOST - len(done), 1)
    open_now = list(acts[:room])
    return done[: TODAY_AT_MOST - len(open_now)] + open_now


def _progress(tasks: Iterable[Assigned]) -> Progress:
    counted = list(tasks)
    return Progress(sum(task.is_done for task in counted), len(counted))


def _first_goal(
    member: Member, company: Company, tasks: Sequence[Assigned], reader: _Reader, now: datetime
) -> FirstGoal | None:
    goals = [task for task in tasks if task.row.is_first_goal]
    day_zero_on = member.day_zero_on(company)
    if not goals or day_zero_on is None:
        return None
    reached = [task.row.done_at for task in goals if task.row.done_at]
    deadline = rules.first_goal_deadline(day_zero_on, reader.zone)
    last_day = day_zero_on + timedelta(days=rules.FIRST_GOAL_LAST_DAY)
    return FirstGoal(
        state=rules.goal_state(bool(reached), deadline, now),
        deadline=deadline,
        days_left=max((last_day - reader.today).days, 0),
        reached_on=local_date(min(reached), reader.zone) if reached else None,
        tasks=tuple(reader.card(task) for task in goals),
    )


def _weeks(version: Version, tasks: Sequence[Assigned], reader: _Reader) -> tuple[PlanWeek, ...]:
    """Lay the tasks into the weeks in which they open; week 1 begins on the day 0 that the tasks were given."""
    day_zero_on = tasks[0].row.opens_on - timedelta(days=tasks[0].row.day)
    weeks = []
    for week in version.plan.weeks:
        starts_on = day_zero_on + timedelta(days=7 * (week.number - 1))
        ends_on = starts_on + timedelta(days=6)
        own = [task for task in tasks if starts_on <= task.row.opens_on <= ends_on]
        weeks.append(
            PlanWeek(
                number=week.number,
                title=week.title.in_language(reader.language),
                aim=week.aim.in_language(reader.language),
                starts_on=starts_on,
                ends_on=ends_on,
                is_current=starts_on <= reader.today <= ends_on,
                progress=_progress(own),
                tasks=tuple(reader.card(task) for task in own),
            )
        )
    return tuple(weeks)
