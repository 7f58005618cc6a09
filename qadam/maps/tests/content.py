"""A small map and a small case, whole and publishable; tests change what they are about."""

from typing import Any


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
        "touchpoints": [
            {"code": "talk", "name": say("Talk"), "channel": "mentor", "event_types": ["question.opened"]},
            {"code": "board", "name": say("Board"), "channel": "cabinet", "event_types": []},
        ],
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
        "stages": [
            a_stage("s1", "contact.recorded"),
            a_stage("s2", "presentation.attended", emotion={"expected": -1}),
            a_stage(
                "s3",
                "order.paid",
                metrics=[{"code": "M5", "role": "mandatory", "target": 0.45, "params": {"months": 3}}],
            ),
        ],
        "cases": ["declined"],
        **changes,
    }


def a_case(**changes: Any) -> dict[str, Any]:
    return {
        "case": "declined",
        "stage": "s2",
        "polarity": "negative",
        "name": say("Declined after the presentation"),
        "context": say("Came, and said no."),
        "causes": [say("Little trust")],
        "client_reaction": say("Silence"),
        "company_reaction": say("Writes down why"),
        "measures": [say("One repeated contact")],
        "result": say("Came again"),
        "detect": {"did": "presentation.declined"},
        "exclude": {"is": {"registered": True}},
        "success": {"did": "presentation.attended", "since": "entry"},
        "failure": {"did": "member.left", "since": "entry"},
        "horizon": "P30D",
        "cooldown": "P30D",
        "measure": [{"id": "rest", "wait": {"for": "P30D"}}, {"id": "end", "exit": "horizon"}],
        "metrics": [{"code": "M9", "role": "mandatory", "target": 0.25}],
        **changes,
    }
