"""What pages and letters ask about a member's plan. A few queries each, whatever the number of tasks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import translation

from qadam.lib.clock import local_date
from qadam.people import queries as people
from qadam.people.models import Company, Member
from qadam.tasks import moving_rules, rules, settling
from qadam.tasks.assigned import NOBODYS, Assigned, Path, read_path, read_paths
from qadam.tasks.goals import first_goal_of
from qadam.tasks.plans import Version
from qadam.tasks.reading import Reader, read_for
from qadam.tasks.rules import PATH_DAYS, TODAY_AT_MOST
from qadam.tasks.settling import Settled
from qadam.tasks.shapes import (
    NextAct,
    PlanName,
    PlanView,
    PlanWeek,
    Progress,
    ReasonWords,
    RestartAct,
    RestartPlan,
    TaskCard,
    TodayView,
)
from qadam.tasks.words import reason_words


def today_of(member: Member, company: Company, now: datetime, language: str) -> TodayView:
    """Return the member's home page: over all plans that the member has."""
    path = read_path(member.id)
    today = local_date(now, member.zone_in(company))
    reader = read_for(member, company, path, today, language)
    counted = _counted(path)
    open_tasks = path.open_tasks()
    restarting = _restarting(path, reader)
    acts = [] if reader.stands_still else _acts(restarting or open_tasks, reader.settled, today)
    return TodayView(
        has_plan=bool(path.tasks),
        day=member.day_of_path(company, now),
        path_days=PATH_DAYS,
        today=today,
        due_so_far=_progress(task for task in counted if task.due_on <= today),
        whole_plan=_progress(counted),
        next_act=_next_act(acts[0], reader) if acts else None,
        tasks=tuple(reader.card(task) for task in _todays(path, acts, reader)),
        first_goal=first_goal_of(member, company, path.tasks, reader, now),
        opens_next_on=_opens_next_on(restarting or open_tasks, open_tasks, reader),
        is_all_done=bool(counted) and not open_tasks and not reader.stands_still,
        direction=path.direction,
        is_paused=reader.stands_still,
        paused_until=_paused_until(path, today),
        restart=_restart_plan(path, reader) if restarting else None,
        moved=tuple(reader.card(task) for task in open_tasks if _has_moved_on(task, reader)),
        waiting=tuple(reader.card(task) for task in path.tasks if task.is_waiting),
        returned=tuple(reader.card(task) for task in open_tasks if task.is_returned),
        is_unsettled=bool(reader.settled.moves),
    )


def plan_of(member: Member, company: Company, now: datetime, language: str, plan: str | None = None) -> PlanView | None:
    """Return one plan of the member by weeks (without `plan`, the first that was given); None where there is none."""
    path = read_path(member.id)
    reader = read_for(member, company, path, local_date(now, member.zone_in(company)), language)
    versions = {task.version.plan.slug: task.version for task in path.tasks}
    version = versions.get(plan) if plan else next(iter(versions.values()), None)
    if version is None:
        return None
    own = [task for task in path.tasks if task.version.plan.slug == version.plan.slug]
    counted = [task for task in own if task.is_done or not task.is_aside]
    choice = path.choice
    return PlanView(
        slug=version.plan.slug,
        name=version.plan.name.in_language(language),
        day=member.day_of_path(company, now),
        path_days=PATH_DAYS,
        today=reader.today,
        progress=_progress(counted),
        due_so_far=_progress(task for task in counted if task.due_on <= reader.today),
        weeks=_weeks(version, own, path, reader),
        others=[
            PlanName(slug, each.plan.name.in_language(language)) for slug, each in versions.items() if each != version
        ],
        direction=path.direction,
        hours=choice.hours if choice else None,
        reason=choice.reason if choice else "",
        is_paused=reader.stands_still,
        first_goal=first_goal_of(member, company, own, reader, now),
        is_unsettled=bool(reader.settled.moves),
    )


def card_of(member: Member, company: Company, task_id: int, now: datetime, language: str) -> TaskCard | None:
    """Return one task of a member; None where they have no such task."""
    path = read_path(member.id)
    reader = read_for(member, company, path, local_date(now, member.zone_in(company)), language)
    return next((reader.card(task) for task in path.tasks if task.row.id == task_id), None)


def next_task_variables(member_ids: Sequence[int], now: datetime, language: str) -> Mapping[int, object]:
    """Return {member id: {title, why, minutes}} of the next acts: the variable `next_task` of letters, for many."""
    company = people.get_company()
    paths = read_paths(member_ids)
    found: dict[int, object] = {}
    for member in Member.objects.filter(id__in=list(paths)).only("id", "zone"):
        zone = member.zone_in(company)
        path, today = paths[member.id], local_date(now, zone)
        settled = settling.settle(path, today, zone)
        acts = [] if path.stands_still(today) else _acts(path.open_tasks(), settled, today)
        if acts:
            planned = acts[0].planned
            found[member.id] = {
                "title": planned.title.in_language(language),
                "why": planned.why.in_language(language),
                "minutes": planned.minutes,
            }
    return found


NEXT_TASK_FIELDS = ("title", "why", "minutes")


def count_open_tasks(members: Sequence[Member], company: Company, now: datetime) -> dict[int, int]:
    """Return {member: how many tasks are open today}, for a list of people; who has no plan is left out."""
    paths = read_paths([member.id for member in members])
    counts = {}
    for member in members:
        path, today = paths.get(member.id, NOBODYS), local_date(now, member.zone_in(company))
        if path.tasks:
            still = path.stands_still(today)
            counts[member.id] = 0 if still else sum(task.opens_on <= today for task in path.open_tasks())
    return counts


def count_for_directions(member: Member) -> dict[str, int]:
    """Return {direction: how many tasks are left in it} with the hours that the member gives; 0 for a pause."""
    path = read_path(member.id)
    hours = path.choice.hours if path.choice else None
    return {
        direction: sum(
            not task.is_done
            and not rules.is_set_aside(task.planned.directions, task.planned.hours_from, direction, hours)
            for task in path.tasks
        )
        for direction in rules.Direction
    }


def _counted(path: Path) -> list[Assigned]:
    """What the ring counts: what is done, and what is asked."""
    return [task for task in path.tasks if task.is_done or not task.is_aside]


def _acts(tasks: Sequence[Assigned], settled: Settled, today: date) -> list[Assigned]:
    able = [task for task in tasks if not task.is_waiting and not task.is_done]
    order = rules.order_of_acts([task.as_open(settled.move_of(task)) for task in able], today)
    return [able[place] for place in order]


def _next_act(task: Assigned, reader: Reader) -> NextAct:
    with translation.override(reader.language):
        reasons = rules.reasons_for(task.as_open(reader.settled.move_of(task)), reader.today)
        return NextAct(reader.card(task), tuple(ReasonWords(each.code, reason_words(each)) for each in reasons))


def _todays(path: Path, acts: Sequence[Assigned], reader: Reader) -> list[Assigned]:
    """What was done today, then the next acts: three in all, so that a finished day doesn't fill up again.

    The next act itself is always among them.
    """
    done = [
        task for task in path.tasks if task.row.done_at and local_date(task.row.done_at, reader.zone) == reader.today
    ]
    room = max(TODAY_AT_MOST - len(done), 1)
    open_now = list(acts[:room])
    return done[: TODAY_AT_MOST - len(open_now)] + open_now


def _opens_next_on(tasks: Sequence[Assigned], open_tasks: Sequence[Assigned], reader: Reader) -> date | None:
    """Return the next day on which something opens: of the restart plan while there is one, else of all."""

    def days(some: Sequence[Assigned]) -> list[date]:
        opening = [task.dates(reader.settled.move_of(task))[0] for task in some if not task.is_done]
        return [day for day in opening if day > reader.today]

    return min(days(tasks) or days(open_tasks), default=None)


def _has_moved_on(task: Assigned, reader: Reader) -> bool:
    moved_to = reader.settled.moved_to(task)
    return moved_to is not None and moved_to > reader.today and not reader.settled.is_restart(task)


def _paused_until(path: Path, today: date) -> date | None:
    """Return the last day of the pause that is under way."""
    last = today
    while last in path.paused:
        last += timedelta(days=1)
    return last - timedelta(days=1) if last > today else None


def _restarting(path: Path, reader: Reader) -> list[Assigned]:
    """Return the acts of the restart plan that is under way; [] when there is none, or all of them are done."""
    if not moving_rules.is_restarting(reader.settled.restart_on, reader.today):
        return []
    acts = _restart_acts(path, reader)
    return acts if any(task.is_open for task in acts) else []


def _restart_acts(path: Path, reader: Reader) -> list[Assigned]:
    started_on = reader.settled.restart_on or reader.today
    return [
        task
        for task in path.tasks
        if reader.settled.is_restart(task) and (reader.settled.moved_to(task) or started_on) >= started_on
    ]


def _restart_plan(path: Path, reader: Reader) -> RestartPlan:
    started_on = reader.settled.restart_on
    assert started_on is not None
    acts = [(reader.settled.moved_to(task) or started_on, task) for task in _restart_acts(path, reader)]
    acts.sort(key=lambda act: act[0])
    return RestartPlan(started_on, tuple(RestartAct(reader.card(task), on, on == reader.today) for on, task in acts))


def _progress(tasks: Iterable[Assigned]) -> Progress:
    counted = list(tasks)
    return Progress(sum(task.is_done for task in counted), len(counted))


def _weeks(version: Version, tasks: Sequence[Assigned], path: Path, reader: Reader) -> tuple[PlanWeek, ...]:
    """Lay the tasks into the weeks of the calendar; week 1 begins on the day 0 that the tasks were given."""
    day_zero_on = tasks[0].row.opens_on - timedelta(days=tasks[0].row.day)
    weeks = []
    for week in version.plan.weeks:
        first = day_zero_on + timedelta(days=7 * (week.number - 1))
        starts_on = moving_rules.skip_paused(first, path.paused)
        ends_on = moving_rules.skip_paused(first + timedelta(days=6), path.paused)
        own = [task for task in tasks if task.row.day // 7 + 1 == week.number]
        asked = [task for task in own if task.is_done or not task.is_aside]
        weeks.append(
            PlanWeek(
                number=week.number,
                title=week.title.in_language(reader.language),
                aim=week.aim.in_language(reader.language),
                starts_on=starts_on,
                ends_on=ends_on,
                is_current=starts_on <= reader.today <= ends_on,
                progress=_progress(asked),
                tasks=tuple(reader.card(task) for task in asked),
                aside=tuple(reader.card(task) for task in own if task.is_aside and not task.is_done),
            )
        )
    return tuple(weeks)
