"""How many members would have a badge today, before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from qadam import conditions
from qadam.recognition.badge_documents import parse_badge
from qadam.recognition.badges import asked_for_all


def preview_badge(document: Mapping[str, object], now: datetime) -> dict[str, int]:
    """Return {tier: how many members it is true for at `now`}; one by nomination has no tiers, so nothing.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    people = asked_for_all()
    return {
        tier.key: people.filter(conditions.matching(tier.when, now=now)).count() for tier in parse_badge(document).tiers
    }
