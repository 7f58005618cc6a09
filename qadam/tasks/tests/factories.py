"""A small action plan for the tests of this folder."""

from typing import Any

from qadam.people.models import Member
from qadam.tasks import operations
from qadam.tasks.models import PlanVersion, Task
from tests.cast import NOW


def in_three(text: str) -> dict[str, str]:
    return {"kk": f"{text} kk", "ru": f"{text} ru", "en": f"{text} en"}


def a_planned_task(key: str, day: int = 0, due_day: int | None = None, **changes: Any) -> dict[str, Any]:
    task = {
        "key": key,
        "day": day,
        "due_day": day if due_day is None else due_day,
        "title": in_three(key),
        "why": in_three(f"why {key}"),
        "minutes": 15,
        "kind": "self_check",
        "required": True,
    }
    return {**task, **changes}


def an_event_task(key: str, day: int, due_day: int, event: str, **changes: Any) -> dict[str, Any]:
    rule = {"did": event, "since": "entry"}
    return a_planned_task(key, day, due_day, **{"kind": "event", "done_when": rule, **changes})


def a_plan_document(**changes: Any) -> dict[str, Any]:
    document = {
        "plan": "start",
        "name": in_three("First 90 days"),
        "weeks": [
            {"week": 1, "title": in_three("Begin"), "aim": in_three("Find your feet")},
            {"week": 2, "title": in_three("Together"), "aim": in_three("Talk to people")},
        ],
        "tasks": [
            a_planned_task("profile", 0, 1, minutes=5, link={"label": in_three("Open"), "path": "/me/"}),
            an_event_task("registered", 0, 0, "", done_when={"is": {"registered": True}}),
            a_planned_task("list", 1, 3, minutes=20),
            an_event_task("first-order", 2, 5, "order.paid", goal="first", minutes=30),
            a_planned_task("call", 3, 4, minutes=10, after=["list"]),
            an_event_task("lesson", 3, 7, "lesson.completed", minutes=8, required=False),
            a_planned_task("share", 8, 10, minutes=10),
        ],
    }
    return {**document, **changes}


def a_plan(**changes: Any) -> PlanVersion:
    return operations.publish_plan(document=a_plan_document(**changes), actor=None, now=NOW)


def task_of(member: Member, key: str) -> Task:
    return Task.objects.get(member=member, key=key)


def a_goal(key: str = "customer-order", event: str = "order.paid", **changes: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"did": event, "since": "entry"}
    if event == "order.paid":
        rule |= {"where": {"buyer": ["retail", "preferred"]}, "unless": {"did": "order.refunded", "same": "order"}}
    goal = {"key": key, "name": in_three(key), "why": in_three(f"why {key}"), "minutes": 30, "done_when": rule}
    return {**goal, **changes}


INVITE = a_goal("invite-partner", done_when={"team": {"of": "frontline", "where": {"did": "member.registered"}}})


def a_rich_plan_document(**changes: Any) -> dict[str, Any]:
    """A plan with every kind of task, three goals, and directions."""
    rich = a_plan_document(
        tasks=[
            a_planned_task("profile", 0, 1, minutes=3),
            a_planned_task("lesson", 0, 2, kind="lesson", lesson="basics", url="https://learn.example/basics"),
            a_planned_task("practice", 0, 3, kind="practical", proof=["text", "photo", "link"]),
            a_planned_task("call", 1, 2, kind="call"),
            a_planned_task("meeting", 1, 3, kind="meeting", **{"with": "customer"}),
            a_planned_task("goal", 2, 5, kind="event", goal="first"),
            a_planned_task("sell", 3, 5, directions=["seller", "builder"]),
            a_planned_task("build", 3, 6, directions=["builder"]),
            a_planned_task("deep", 4, 6, hours_from=5),
        ],
        goals=[a_goal(), a_goal("customer-registration", "customer.registered"), INVITE],
    )
    return {**rich, **changes}


def a_rich_plan(**changes: Any) -> PlanVersion:
    return operations.publish_plan(document=a_rich_plan_document(**changes), actor=None, now=NOW)
