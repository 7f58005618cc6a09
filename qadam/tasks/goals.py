"""The first goal as pages show it: what can be chosen, how long it is open, what was reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qadam.lib.clock import local_date
from qadam.people.models import Company, Member
from qadam.tasks import rules
from qadam.tasks.assigned import Assigned
from qadam.tasks.planned import PlannedGoal
from qadam.tasks.reading import Reader
from qadam.tasks.rules import GoalState
from qadam.tasks.shapes import FirstGoal, GoalOption


def first_goal_of(
    member: Member, company: Company, tasks: Sequence[Assigned], reader: Reader, now: datetime
) -> FirstGoal | None:
    """Return the first goal of a member; None before day 0, and where no plan of theirs has one."""
    goals = [task for task in tasks if task.row.is_first_goal and (task.is_done or not task.is_aside)]
    day_zero_on = member.day_zero_on(company)
    if not goals or day_zero_on is None:
        return None
    done = [task.row.done_at for task in goals if task.row.done_at]
    deadline = rules.first_goal_deadline(day_zero_on, reader.zone)
    state = rules.goal_state(bool(done), deadline, now)
    options = _options(goals, reader.language)
    chosen = next((option for option in options if option.is_chosen), None)
    is_reached = state is GoalState.REACHED
    return FirstGoal(
        state=state,
        deadline=deadline,
        days_left=max((day_zero_on + timedelta(days=rules.FIRST_GOAL_LAST_DAY) - reader.today).days, 0),
        reached_on=local_date(min(done), reader.zone) if done else None,
        tasks=tuple(reader.card(task) for task in goals),
        options=options,
        chosen=None if is_reached else chosen,
        reached=chosen if is_reached else None,
        can_choose=len(options) > 1 and not is_reached and not reader.stands_still,
    )


def _options(goals: Sequence[Assigned], language: str) -> tuple[GoalOption, ...]:
    taking = next((task for task in goals if task.planned.takes_goal), None)
    if taking is None:
        return ()
    plan, chosen = taking.version.plan, taking.row.goal
    # What was chosen or reached stays to be read, also when it isn't offered any more.
    shown = [goal for goal in plan.goals if goal.is_offered or goal.key == chosen]
    return tuple(_option(goal, chosen, language) for goal in shown)


def _option(goal: PlannedGoal, chosen: str, language: str) -> GoalOption:
    return GoalOption(
        key=goal.key,
        name=goal.name.in_language(language),
        why=goal.why.in_language(language),
        how=goal.how.in_language(language) if goal.how else "",
        minutes=goal.minutes,
        link_label=goal.link.label.in_language(language) if goal.link else "",
        link_path=goal.link.path if goal.link else "",
        is_chosen=goal.key == chosen,
    )
