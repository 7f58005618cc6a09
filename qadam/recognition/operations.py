"""What people do in recognition: nominate and decide, confirm help; and what the office does to badges at once."""

from __future__ import annotations

from datetime import datetime

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.people import operations as people
from qadam.people.models import Member, User
from qadam.recognition import badges
from qadam.recognition.awards import Award
from qadam.recognition.errors import UnknownDefinition
from qadam.recognition.facts import read_people, read_zones
from qadam.recognition.nominating import decide_nomination, nominate_badge
from qadam.recognition.periods import local_day

__all__ = ["award_in_hindsight", "confirm_help", "decide_nomination", "nominate_badge"]


@write()
def confirm_help(*, member: Member, now: datetime) -> None:
    """Let a newcomer confirm that they were helped, once a day at most. Records `help.confirmed`."""
    day = local_day(now, read_zones(read_people([member.id]).values())[member.id])
    key = f"help:{member.id}:{day}"
    events.record(type="help.confirmed", member_id=member.id, occurred_at=now, key=key, now=now)


@write()
def award_in_hindsight(*, badge: str, actor: User | None, now: datetime) -> int:
    """Give a badge to everybody who has earned it by what they did before. Return how many tiers were given. Audited.

    Raises:
        UnknownDefinition: there is no such badge that is earned.
    """
    goals = [goal for goal in badges.goals_in_force() if goal.badge.key == badge]
    if not goals:
        raise UnknownDefinition(key=badge)
    rows = Award.objects.filter(badge=badge)
    before = rows.count()
    for goal in goals:
        badges.award_everybody(goal, now=now)
    given = rows.count() - before
    people.write_audit(
        actor=actor, action="badge.awarded_in_hindsight", target=f"badge:{badge}", detail={"given": given}, now=now
    )
    return given
