"""A small plan in one language three times, and a newcomer who has it."""

from datetime import datetime
from typing import Any

from qadam.people.models import Member, User
from qadam.tasks import operations as tasks
from qadam.tasks.models import Task
from tests.cast import NOW, a_company, a_member, a_user


def words(text: str) -> dict[str, str]:
    return {"kk": f"{text} kk", "ru": f"{text} ru", "en": text}


def a_task(key: str, day: int, due_day: int, **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "day": day,
        "due_day": due_day,
        "title": words(f"Do {key}"),
        "why": words(f"Because of {key}"),
        "minutes": 10,
        "kind": "self_check",
        "required": True,
        **changes,
    }


PLAN = {
    "plan": "start",
    "name": words("Ninety days"),
    "weeks": [
        {"week": 1, "title": words("The beginning"), "aim": words("To begin")},
        {"week": 2, "title": words("The second"), "aim": words("To go on")},
    ],
    "tasks": [
        a_task("profile", 0, 1, minutes=3, link={"label": words("Open it"), "path": "/me/"}),
        a_task("reason", 0, 1, how=words("Write two sentences")),
        a_task(
            "order",
            1,
            5,
            goal="first",
            minutes=30,
            kind="event",
            done_when={"did": "customer.registered", "since": "entry"},
        ),
        a_task("rest", 9, 10),
    ],
}


def a_newcomer(*, now: datetime = NOW, **changes: Any) -> tuple[Member, User]:
    """Aigul on day 0 with her plan, and her sign-in."""
    a_company()
    mentor = a_member(name="Marat Ospanov", phone="+77010000001", now=now)
    row = {"name": "Aigul Nurlanova", "sponsor_id": mentor.id, "mentor_id": mentor.id, **changes}
    member = a_member(now=now, **row)
    tasks.publish_plan(document=PLAN, actor=None, now=now)
    tasks.assign_plan(plan="start", member_ids=[member.id], now=now)
    return member, a_user(member=member)


def task_id(member: Member, key: str) -> int:
    return Task.objects.get(member=member, key=key).id
