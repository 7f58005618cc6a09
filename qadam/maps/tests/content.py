"""A small map and a small case, whole and publishable; tests change what they are about."""

from datetime import datetime
from typing import Any

from qadam.cases.operations import save_case
from qadam.cases.tests import content as cases
from qadam.people.models import User


def say(text: str) -> dict[str, str]:
    return {"kk": f"{text} (kk)", "ru": f"{text} (ru)", "en": text}


def a_stage(key: str, event: str, **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": say(f"Stage {key}"),
        "client_goal": say("Find out"),
        "company_goal": say("Answer"),
        "entry": {"did": event},
        "horizon_days": 30,
        "touchpoints": [{"code": "talk"}, {"code": "board"}],
        "client_actions": [say("Asks")],
        "company_actions": [say("Answers")],
        "emotion": {"expected": 1, "quote": say("Curious")},
        "metrics": [
            {"code": "M1", "role": "mandatory", "target": 0.4, "watch": 0.3},
            {"code": "M2", "role": "extra", "target": 5},
        ],
        **changes,
    }


def a_map(**changes: Any) -> dict[str, Any]:
    return {
        "map": "small",
        "name": say("Small map"),
        "languages": ["kk", "ru", "en"],
        "next_review_days": 90,
        "touchpoints": [
            {"code": "talk", "name": say("Talk"), "channel": "mentor", "event_types": ["question.opened"]},
            {"code": "board", "name": say("Board"), "channel": "cabinet", "event_types": []},
        ],
        "stages": [
            a_stage("s1", "contact.recorded"),
            a_stage("s2", "presentation.attended", emotion={"expected": -1}),
            a_stage(
                "s3",
                "order.paid",
                metrics=[{"code": "M5", "role": "mandatory", "target": 0.45, "params": {"months": 3}}],
            ),
        ],
        "cases": ["declined", "unheard", "returned", "learns"],
        "metrics": [
            {"code": "M7", "role": "extra", "target": 0.8},
            {"code": "M8", "role": "extra", "target": 0.1},
            {"code": "M10", "role": "extra", "target": 0.8},
        ],
        **changes,
    }


def a_case(**changes: Any) -> dict[str, Any]:
    return cases.a_case(name=say("Declined after the presentation"), cooldown="P30D", **changes)


def other_cases() -> list[dict[str, Any]]:
    """The cases that the gate wants beside `a_case`: a problem in each other stage, and a positive one."""
    return [
        _quiet_case("unheard", "s1", "contact.recorded"),
        _quiet_case("returned", "s3", "order.refunded", order="o1"),
        _quiet_case("learns", "s3", "lesson.completed", polarity="positive", lesson="a"),
    ]


def _quiet_case(key: str, stage: str, event: str, polarity: str = "negative", **props: str) -> dict[str, Any]:
    happened = {"day": 1, "type": event, "props": props}
    return cases.a_case(
        case=key,
        stage=stage,
        polarity=polarity,
        name=say(f"Case {key}"),
        detect={"did": event},
        exclude=None,
        examples=[{"matches": True, "events": [happened], "on_day": 2}, {"matches": False, "on_day": 2}],
    )


def save_cases(case: dict[str, Any] | None = None, *, actor: User | None = None, now: datetime) -> None:
    """Save what the map names; `case` instead of `a_case()`."""
    for document in [case or a_case(), *other_cases()]:
        save_case(document, actor=actor, now=now)
