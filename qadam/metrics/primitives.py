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
    AND ($min_order = 0 OR e.type <> 'order.paid'
        OR CAST(json_extract_string(e.props, '$.amount') AS BIGINT) >= $min_order)
"""
FIRST_OCCURRENCES = """
SELECT e.member_id, min(e.occurred_at)
FROM events e JOIN members m ON m.id = e.member_id
WHERE list_contains($types, e.type)
GROUP BY e.member_id ORDER BY e.member_id
"""
DEPARTED = """
SELECT DISTINCT e.member_id
FROM events e JOIN members m ON m.id = e.member_id
WHERE e.type = 'member.left' AND list_contains($reasons, json_extract_string(e.props, '$.reason'))
"""
SPONSORSHIPS = """
WITH registered AS (
    SELECT member_id, occurred_at, CAST(json_extract_string(props, '$.sponsor') AS BIGINT) AS sponsor
    FROM events WHERE type = 'member.registered'
)
SELECT r.member_id, r.sponsor, r.occurred_at, p.left_at
FROM registered r JOIN everybody p ON p.id = r.member_id JOIN members m ON m.id = r.sponsor
ORDER BY r.member_id, r.occurred_at
"""
CLOSED_WELL = """
SELECT e.member_id, e.occurred_at
FROM events e JOIN members m ON m.id = e.member_id
WHERE e.type = 'case.closed' AND json_extract_string(e.props, '$.case') = $case
    AND json_extract_string(e.props, '$.outcome') = 'success'
"""
STAYS = """
SELECT s.member_id, s.entered_at, s.left_at
FROM membership s JOIN members m ON m.id = s.member_id
WHERE s.kind = 'stage' AND s.key = $stage
"""
INSTANCES = """
WITH step AS (
    SELECT e.member_id, e.type, e.occurred_at AS moment,
        coalesce(json_extract_string(e.props, '$.reason'), '') AS reason,
        coalesce(json_extract_string(e.props, '$.arm'), '') AS arm,
        json_extract_string(e.props, '$.journey') AS journey,
        CAST(json_extract_string(e.props, '$.enrollment') AS BIGINT) AS enrollment
    FROM events e JOIN members m ON m.id = e.member_id
    WHERE e.type IN ('journey.entered', 'journey.goal_reached', 'journey.left')
        AND WHICH
), entered AS (
    SELECT enrollment, min(member_id) AS member_id, min(moment) AS moment, min(arm) AS arm
    FROM step WHERE type = 'journey.entered' GROUP BY enrollment
), goal AS (
    SELECT enrollment, min(moment) AS moment FROM step WHERE type = 'journey.goal_reached' GROUP BY enrollment
), gone AS (
    SELECT enrollment, min(moment) AS moment, min(reason) AS reason
    FROM step WHERE type = 'journey.left' GROUP BY enrollment
)
SELECT entered.member_id, entered.moment, goal.moment, gone.moment, coalesce(gone.reason, ''), entered.arm
FROM entered LEFT JOIN goal USING (enrollment) LEFT JOIN gone USING (enrollment)
ORDER BY entered.enrollment
"""
OWN = "json_extract_string(e.props, '$.journey') = $journey"
OTHERS = "starts_with(json_extract_string(e.props, '$.journey'), 'case:') AND NOT " + OWN


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
    arms: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Sponsorships:
    """Registrations under a sponsor: the one at registration. `left_at` is NaT for who is still here."""

    members: Ids
    sponsors: Ids
    times: Instants
    left_at: Instants


def first_entries(db: DuckDBPyConnection, stage: str) -> Moments:
    """Return each person's first entry to a stage."""
    return Moments(*columns_of(db, FIRST_ENTRIES, stage=stage))


def entries(db: DuckDBPyConnection, stages: Sequence[str]) -> Moments:
    """Return every entry of counted people to any of the stages."""
    return Moments(*columns_of(db, ENTRIES, stages=list(stages)))


def registrations(db: DuckDBPyConnection) -> Registrations:
    """Return everybody who has registered."""
    return Registrations(*columns_of(db, REGISTRATIONS))


def actions(db: DuckDBPyConnection, event_types: Sequence[str], since: np.datetime64, min_order: int = 0) -> Moments:
    """Return the occurrences of the event types from `since` on, without purchases that were paid back.

    A purchase is paid back when the refunds of its order reach its amount; a refund or an order of unknown
    amount counts as paid back in full. With `min_order` (minor units) a smaller purchase, or one of unknown amount,
    is none.
    """
    return Moments(*columns_of(db, ACTIONS, types=list(event_types), since=str(since), min_order=min_order))


def first_occurrences(db: DuckDBPyConnection, event_types: Sequence[str]) -> Moments:
    """Return each person's first occurrence of any of the event types, by ascending id."""
    return Moments(*columns_of(db, FIRST_OCCURRENCES, types=list(event_types)))


def departed(db: DuckDBPyConnection, reasons: Sequence[str]) -> Ids:
    """Return who has left for one of these reasons."""
    members: Ids = columns_of(db, DEPARTED, reasons=list(reasons))[0]
    return members


def sponsorships(db: DuckDBPyConnection) -> Sponsorships:
    """Return the registrations under `members`; the registered person may be anybody who is counted."""
    return Sponsorships(*columns_of(db, SPONSORSHIPS))


def stays(db: DuckDBPyConnection, stage: str) -> tuple[Ids, Instants, Instants]:
    """Return every stay in a stage: member, entered, left (NaT: still there)."""
    members, entered, left = columns_of(db, STAYS, stage=stage)
    return members, entered, left


def instances(db: DuckDBPyConnection, journey: str) -> Instances:
    """Return a case's instances with the end that each has come to, from the events of its journey."""
    return Instances(*columns_of(db, INSTANCES.replace("WHICH", OWN), journey=journey))


def other_instances(db: DuckDBPyConnection, journey: str) -> Instances:
    """Return the instances of all other cases."""
    return Instances(*columns_of(db, INSTANCES.replace("WHICH", OTHERS), journey=journey))


def closed_well(db: DuckDBPyConnection, case: str) -> Moments:
    """Return when somebody closed a person's case by hand and called it a success."""
    return Moments(*columns_of(db, CLOSED_WELL, case=case))


def watermark(db: DuckDBPyConnection) -> int:
    """Return the newest `seq` that this connection sees."""
    return int(db.execute("SELECT watermark FROM log").fetchall()[0][0])


def columns_of(db: DuckDBPyConnection, statement: str, **params: object) -> list[NDArray[Any]]:
    """Run one statement and return its columns; instants as datetime64[us] with NaT for null."""
    found: dict[str, Any] = dict(db.execute(statement, params or None).fetchnumpy())
    return [_plain(column) for column in found.values()]


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """Give nulls of instants as NaT; other columns have none."""
    if column.dtype.kind == "M":
        filled: NDArray[Any] = np.ma.filled(column, np.datetime64("NaT")).astype("datetime64[us]")
        return filled
    return np.asarray(np.ma.getdata(column))
