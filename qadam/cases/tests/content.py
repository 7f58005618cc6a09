"""A small case, whole and publishable; tests change what they are about."""

from typing import Any


def say(text: str) -> dict[str, str]:
    return {"kk": text, "ru": text, "en": text}


def a_measure(key: str = "letter", **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": say("One repeated contact"),
        "trigger": "automatic",
        "channel": "email",
        "purpose": "care",
        "steps": [{"id": "rest", "wait": {"for": "P3D"}}],
        **changes,
    }


def a_suggestion(key: str = "call", **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": say("A call"),
        "trigger": "suggested",
        "channel": "call",
        "purpose": "care",
        "script": say("Ask how it is going."),
        **changes,
    }


def a_case(**changes: Any) -> dict[str, Any]:
    return {
        "case": "declined",
        "stage": "s2",
        "polarity": "negative",
        **{name: say(name) for name in ("name", "context", "client_reaction", "company_reaction", "result")},
        "causes": [say("Little trust")],
        "detect": {"did": "presentation.declined"},
        "exclude": {"is": {"registered": True}},
        "success": {"did": "presentation.attended", "since": "entry"},
        "failure": {"did": "member.left", "since": "entry"},
        "horizon": "P30D",
        "holdout": 0,
        "measures": [a_measure()],
        "metrics": [{"code": "M9", "role": "mandatory", "target": 0.25}],
        "examples": [
            {"matches": True, "kind": "prospect", "events": [{"day": 1, "type": "presentation.declined"}], "on_day": 2},
            {"matches": False, "kind": "prospect", "on_day": 2},
        ],
        **changes,
    }
