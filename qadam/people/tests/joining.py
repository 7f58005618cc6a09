"""Texts to agree to, and a filled form, for tests of joining."""

from datetime import datetime
from typing import Any

from qadam.people import consent_texts, terms
from qadam.people.joining import JoinForm
from tests.cast import NOW

VERSION = "2026-01"


def words(text: str) -> dict[str, str]:
    return {"kk": f"{text} kk", "ru": f"{text} ru", "en": text}


def a_text(kind: str = "data", **changes: Any) -> dict[str, Any]:
    return {
        "consent": kind,
        "version": VERSION,
        "purpose": "registration",
        "title": words(f"About {kind}"),
        "label": words(f"I agree to {kind} of {{company}}"),
        "text": words("The operator is {company}.\n\nUntil you\nwithdraw it."),
        **changes,
    }


TERMS = {
    "terms": "joining",
    "refund_days": 14,
    "buyback_days": 365,
    "buyback_percent": 90,
    "text": words("{company} pays back in {refund_days} days."),
}


def publish_texts(now: datetime = NOW) -> None:
    for kind in ("data", "advertising"):
        consent_texts.publish_consent(document=a_text(kind), actor=None, now=now)
    terms.publish_terms(document=TERMS, actor=None, now=now)


def a_form(**changes: Any) -> JoinForm:
    values = {
        "key": "form-key-0123456789",
        "name": "Aigul Nurlanova",
        "email": "aigul@example.com",
        "phone": "",
        "language": "kk",
        "zone": "",
        "code": "",
        "told": "",
        "says_nobody": False,
        "data_version": VERSION,
        "advertising_version": "",
        "channel": "web",
        **changes,
    }
    return JoinForm(**values)
