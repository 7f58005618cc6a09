"""What people say: M10 CSAT, M11 NPS, M12 CES. Always with the response rate of the same window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from qadam.metrics import contacts, rules, sequences
from qadam.metrics.contacts import Answers, Asked, Requests
from qadam.metrics.counting import Count, Counter, Study, count_share, in_period
from qadam.metrics.periods import Grain, Period, as_instant
from qadam.metrics.rules import Flags, Ids

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CSAT, NPS, CES = "csat", "nps", "ces"
SCALES = {CSAT: (1, 5), NPS: (0, 10), CES: (1, 7)}
SATISFIED, EASY = 4, 5
PROMOTER, DETRACTOR = 9, 6


def open_satisfaction(db: DuckDBPyConnection, study: Study) -> Counter:
    """M10: of the valid answers 1–5 of the window, those of 4 and 5 (or their mean)."""
    return _open_marks(db, study, CSAT, SATISFIED)


def open_ease(db: DuckDBPyConnection, study: Study) -> Counter:
    """M12: of the valid answers 1–7 of the window, those of 5–7 (or their mean)."""
    return _open_marks(db, study, CES, EASY)


def _open_marks(db: DuckDBPyConnection, study: Study, kind: str, good: int) -> Counter:
    scale = SCALES[kind]

    def count_marks(found: Answers, chosen: Ids, detail: dict[str, object]) -> Count:
        members, scores = found.members[chosen], found.scores[chosen]
        mean = float(scores.mean()) if len(scores) else None
        if study.params["value"] == "share":
            return count_share(members, scores >= good, 0, mean=mean, **detail)
        interval = rules.mean_interval(scores.astype(float), *scale)
        return Count(
            members, scores >= good, mean, detail=detail, total=int(scores.sum()), interval=interval
        )  # fmt: skip

    return _open_answers(db, study, kind, count_marks)


def open_recommendation(db: DuckDBPyConnection, study: Study) -> Counter:
    """M11: promoters (9–10) minus detractors (0–6) over the valid answers of the window, in points.

    Of each person the latest answer of the window counts.
    """

    def count_points(found: Answers, chosen: Ids, detail: dict[str, object]) -> Count:
        chosen = chosen[sequences.last_places(found.members[chosen])]
        scores = found.scores[chosen]
        is_promoter, is_detractor = scores >= PROMOTER, scores <= DETRACTOR
        promoters, detractors = int(is_promoter.sum()), int(is_detractor.sum())
        value = 100 * (promoters - detractors) / len(scores) if len(scores) else None
        detail |= {"promoters": promoters, "passives": len(scores) - promoters - detractors, "detractors": detractors}
        return Count(
            found.members[chosen],
            is_promoter,
            value,
            detail=detail,
            total=promoters - detractors,
            interval=rules.points_interval(promoters, detractors, len(scores)),
        )

    return _open_answers(db, study, NPS, count_points)


def _open_answers(
    db: DuckDBPyConnection, study: Study, kind: str, count_answers: Callable[[Answers, Ids, dict[str, object]], Count]
) -> Counter:
    asked = Asked(kind, *(study.params[name] for name in ("survey", "stage", "touchpoint")))
    answers, requests = contacts.answers(db, asked), contacts.requests(db, asked)
    low, high = SCALES[kind]
    is_valid = (answers.scores >= low) & (answers.scores <= high)

    def count(period: Period) -> Count:
        in_window = in_period(answers.times, period)
        detail = _response(requests, period) | {"invalid": int((in_window & ~is_valid).sum())}
        return count_answers(answers, np.flatnonzero(in_window & is_valid), detail)

    return count


def _response(requests: Requests, period: Period) -> dict[str, object]:
    """Count who was asked in the window and who of them had answered by its end."""
    asked: Flags = in_period(requests.times, period)
    answered = asked & ~np.isnat(requests.answered_at)
    if period.grain is not Grain.OPEN:
        answered &= requests.answered_at < as_instant(period.end)
    return {"asked": int(asked.sum()), "answered": int(answered.sum())}
