"""What people said they feel, stage by stage, from the surveys. Kept apart from what a map expects."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from qadam.surveys import queries as surveys

WINDOW = timedelta(days=90)
"""How far back answers count when no period was chosen."""


@dataclass(frozen=True, slots=True)
class Felt:
    """A measured feeling, −2 to +2, with its 95 % interval (None below two answers) and how many answered."""

    mean: float
    low: float | None
    high: float | None
    n: int


def measured(
    stage_keys: Collection[str],
    *,
    since: datetime,
    until: datetime,
    member_ids: Iterable[int] | None = None,
    touchpoints: Collection[str] | None = None,
) -> Mapping[str, Felt]:
    """Return {stage key: what was measured there} of answers in [since, until); a stage without answers is absent.

    `member_ids`: only what these people said; `touchpoints`: only what was asked there.
    """
    found = surveys.measured_emotions(
        stage_keys, since=since, until=until, member_ids=member_ids, touchpoints=touchpoints
    )
    return {key: Felt(each.mean, each.low, each.high, each.n) for key, each in found.items() if each.n > 0}
