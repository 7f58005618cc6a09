"""The few questions that metrics put to the log, each one statement by hand, answered in column arrays.

Only counted people appear. Every statement stays clear of what engines disagree about (analytics.md): no date
arithmetic, no filtered minimum, no lead, no `->>` (its precedence changed in DuckDB 2); buckets and order are made
in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qadam.metrics.rules import Ids, Instants

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST_ENTRIES = """
SELECT s.member_id, min(s.entered_at)
FROM membership s JOIN members m ON m.id = s.member_id
WHERE s.kind = 'stage' AND s.key = $stage
GROUP BY s.member_id ORDER BY s.member_id
"""
ENTRIES = """
SELECT s.member_id, s.entered_at
FROM membership s JOIN members m ON m.id = s.member_id
WHERE s.kind = 'stage' AND list_contains($stages, s.key)
"""
REGISTRATIONS = "SELECT id, registered_at, left_at FROM members WHERE registered_at IS NOT NULL ORDER BY id"
ACTIONS = """
WITH refund AS (
    SELECT member_id, json_extract_string(props, '$.order') AS order_key,
        CAST(json_extract_string(props, '$.amount') AS BIGINT) AS amount
    FROM events WHERE type = 'order.refunded'
), paid_back AS (
    SELECT member_id, order_key, CASE WHEN count(*) = count(amount) THEN sum(amount) END AS amount
    FROM refund GROUP BY member_id, order_key
)
SELECT e.member_id, e.occurred_at
FROM events e
JOIN members m ON m.id = e.member_id
LEFT JOIN paid_back r ON e.type = 'order.paid' AND r.member_id = e.member_id
    AND r.order_key = json_extract_string(e.props, '$.order')
WHERE list_contains($types, e.type) AND e.occurred_at >= CAST($since AS TIMESTAMP)
    AND (r.member_id IS NULL OR r.amount < CAST(json_extract_string(e.props, '$.amount') AS BIGINT))
"""
INSTANCES = """
WITH step AS (
    SELECT e.member_id, e.type, e.occurred_at AS moment,
        coalesce(json_extract_string(e.props, '$.reason'), '') AS reason,
        CAST(json_extract_string(e.props, '$.enrollment') AS BIGINT) AS enrollment
    FROM events e JOIN members m ON m.id = e.member_id
    WHERE e.type IN ('journey.entered', 'journey.goal_reached', 'journey.left')
        AND json_extract_string(e.props, '$.journey') = $journey
), entered AS (
    SELECT enrollment, min(member_id) AS member_id, min(moment) AS moment
    FROM step WHERE type = 'journey.entered' GROUP BY enrollment
), goal AS (
    SELECT enrollment, min(moment) AS moment FROM step WHERE type = 'journey.goal_reached' GROUP BY enrollment
), gone AS (
    SELECT enrollment, min(moment) AS moment, min(reason) AS reason
    FROM step WHERE type = 'journey.left' GROUP BY enrollment
)
SELECT entered.member_id, entered.moment, goal.moment, gone.moment, coalesce(gone.reason, '')
FROM entered LEFT JOIN goal USING (enrollment) LEFT JOIN gone USING (enrollment)
ORDER BY entered.enrollment
"""


@dataclass(frozen=True, slots=True)
class Moments:
    """Rows (member, instant)."""

    members: Ids
    times: Instants


@dataclass(frozen=True, slots=True)
class Registrations:
    """Registered people by ascending id; `left_at` is NaT for those who are still here."""

    members: Ids
    times: Instants
    left_at: Instants


@dataclass(frozen=True, slots=True)
class Instances:
    """A case's instances; `goal_at` and `left_at` are NaT where it has not come to that, `reasons` "" likewise."""

    members: Ids
    times: Instants
    goal_at: Instants
    left_at: Instants
    reasons: NDArray[Any]


def first_entries(db: DuckDBPyConnection, stage: str) -> Moments:
    """Return each person's first entry to a stage."""
    return Moments(*_columns(db, FIRST_ENTRIES, stage=stage))


def entries(db: DuckDBPyConnection, stages: Sequence[str]) -> Moments:
    """Return every entry of counted people to any of the stages."""
    return Moments(*_columns(db, ENTRIES, stages=list(stages)))


def registrations(db: DuckDBPyConnection) -> Registrations:
    """Return everybody who has registered."""
    return Registrations(*_columns(db, REGISTRATIONS))


def actions(db: DuckDBPyConnection, event_types: Sequence[str], since: np.datetime64) -> Moments:
    """Return the occurrences of the event types from `since` on, without purchases that were paid back.

    A purchase is paid back when the refunds of its order reach its amount; a refund or an order of unknown
    amount counts as paid back in full.
    """
    return Moments(*_columns(db, ACTIONS, types=list(event_types), since=str(since)))


def instances(db: DuckDBPyConnection, journey: str) -> Instances:
    """Return a case's instances with the end that each has come to, from the events of its journey."""
    return Instances(*_columns(db, INSTANCES, journey=journey))


def watermark(db: DuckDBPyConnection) -> int:
    """Return the newest `seq` that this connection sees."""
    return int(db.execute("SELECT watermark FROM log").fetchall()[0][0])


def _columns(db: DuckDBPyConnection, statement: str, **params: object) -> list[NDArray[Any]]:
    found: dict[str, Any] = dict(db.execute(statement, params or None).fetchnumpy())
    return [_plain(column) for column in found.values()]


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """Give nulls of instants as NaT; other columns have none."""
    if column.dtype.kind == "M":
        filled: NDArray[Any] = np.ma.filled(column, np.datetime64("NaT")).astype("datetime64[us]")
        return filled
    return np.asarray(np.ma.getdata(column))
