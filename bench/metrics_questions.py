"""The five questions: as the product asks them (from the events, or from its rollups) and as ClickHouse is asked.

Ours are the product's kernels over the product's store. Each answer is a dictionary of plain numbers, the same from
everybody; where an answer has a number for every leader, it carries checksums of all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from metrics_data import START, STEPS, ZONE, Plan, instant

Answer = dict[str, Any]
Rows = Sequence[Sequence[Any]]

WINDOW_DAYS, GAP, QUARTER, TRAILING, LEAST, LOOK = 30, 60, 90, 30, 2, 90
EVENTS_AT_A_TIME = 13_000_000
LOCAL = f"'{ZONE.key}'"


@dataclass(frozen=True)
class Log:
    """An open log with what a question needs to know of it. `is_rolled`: stage visits may stand for events."""

    db: Any
    plan: Plan
    is_rolled: bool

    @property
    def today(self) -> int:
        """The local day of looking, as a day number; nothing has happened on it yet."""
        from qadam.lib.clock import local_date
        from qadam.metrics.kernels import day_number

        return day_number(local_date(self.plan.now, ZONE))

    def people(self) -> tuple[Any, Any, Any]:
        """Return ids, days of registration and days of leaving (far ahead: still here)."""
        from qadam.metrics import primitives

        found = primitives.registrations(self.db)
        days = self.days_of(found.times)
        is_here = np.isnat(found.left_at)
        left = self.days_of(np.where(is_here, found.times, found.left_at))
        return found.members, days, np.where(is_here, 2**30, left)

    def days_of(self, moments: Any) -> Any:
        from qadam.metrics.kernels import day_number
        from qadam.metrics.periods import LocalDays

        days = LocalDays.covering(self.plan.midnight(0), self.plan.now, ZONE)
        return days.places(moments) + day_number(days.first)

    def member_days(self, members: Any) -> Any:
        from qadam.metrics import rollup

        return rollup.read_days(self.db, members, rollup.Question([], ZONE, START))


def stage_keys() -> list[str]:
    return [f"bench/s{number}" for number in range(1, len(STEPS) + 1)]


def ask_funnel(log: Log) -> Answer:
    """M1 step by step: of those registered in each local week, how many came how far within 30 days."""
    from qadam.metrics import kernels, primitives

    if log.is_rolled:
        columns, table, keys = "member_id, entered_at, list_position($keys, key)", "membership", stage_keys()
    else:
        columns, table, keys = "member_id, occurred_at, list_position($keys, type)", "events", list(STEPS)
    # Millions of events at a time: members are cut into ranges, which sorted files answer without reading all.
    parts = 1 if log.is_rolled else 1 + log.plan.events // EVENTS_AT_A_TIME
    edges = np.linspace(1, log.plan.members + 1, parts + 1).astype(int).tolist()
    entered, levels = [], []
    for low, high in pairwise(edges):
        name = "key" if log.is_rolled else "type"
        among = f"list_contains($keys, {name}) AND member_id >= {low} AND member_id < {high}"
        rows = primitives.columns_of(log.db, f"SELECT {columns} FROM {table} WHERE {among}", keys=keys)
        found = kernels.funnel_levels(*rows, np.timedelta64(WINDOW_DAYS, "D"))
        entered.append(found.entered_at)
        levels.append(found.levels)
    weeks = (log.days_of(np.concatenate(entered)) + 3) // 7
    cells, counts = np.unique(weeks * 10 + np.concatenate(levels), return_counts=True)
    return {"cells": [[int(c // 10), int(c % 10), int(n)] for c, n in zip(cells, counts, strict=True)]}


FUNNEL = f"""
SELECT intDiv(toInt32(toDate(entered, {LOCAL})) + 3, 7) AS week, level, count() FROM (
    SELECT member_id, minIf(ts, type = '{STEPS[0]}') AS entered,
        windowFunnel({WINDOW_DAYS} * 86400)(ts, {", ".join(f"type = '{step}'" for step in STEPS)}) AS level
    FROM events WHERE type IN ({", ".join(f"'{step}'" for step in STEPS)}) GROUP BY member_id
) WHERE level > 0 GROUP BY week, level ORDER BY week, level
"""


def read_funnel(rows: Rows) -> Answer:
    return {"cells": [[int(cell) for cell in row] for row in rows]}


def ask_retention(log: Log) -> Answer:
    """Of those registered in each local month, how many did anything in each later month."""
    from qadam.metrics import kernels

    members, registered, _left = log.people()
    days = log.member_days(members)
    table = kernels.retention_matrix(days, kernels.months_of_days(registered))
    rows, columns = np.nonzero(table)
    first = days.first_month
    return {
        "cells": [
            [int(r) + first, int(c) + first, int(table[r, c])] for r, c in zip(rows, columns, strict=True)
        ]
    }  # fmt: skip


MONTH = "toYear({0}) * 12 + toMonth({0}) - 1"
RETENTION = f"""
SELECT {MONTH.format(f"toDate(m.registered_at, {LOCAL})")} AS cohort, active.month AS month, count() FROM (
    SELECT DISTINCT member_id, {MONTH.format(f"toDate(ts, {LOCAL})")} AS month FROM events
) AS active JOIN members AS m ON m.id = active.member_id
GROUP BY cohort, month ORDER BY cohort, month
"""


def ask_active_share(log: Log) -> Answer:
    """M4 at each of the last 90 midnights: settled members, and those active on two days of the thirty before."""
    from qadam.metrics import kernels

    members, registered, left = log.people()
    midnights = (log.today - LOOK + 1, log.today + 1)
    found = kernels.active_shares(
        log.member_days(members), (registered, left), midnights, trailing=TRAILING, least=LEAST
    )  # fmt: skip
    return {"active": found.numerators.tolist(), "settled": found.denominators.tolist()}


def active_share_sql(plan: Plan) -> str:
    today = f"toInt32(toDate(toDateTime('{instant(plan.now)}', 'UTC'), {LOCAL}))"
    # A member with active days a1 < a2 < … counts at the midnights of (a[i], min(a[i+1], a[i−1] + 30)].
    return f"""
WITH {today} AS today, today - {LOOK - 1} AS first,
people AS (
    SELECT id, toInt32(toDate(registered_at, {LOCAL})) AS reg,
        if(isNull(left_at), 1000000, toInt32(toDate(left_at, {LOCAL}))) AS gone FROM members
),
spans AS (
    SELECT member_id, arrayCompact(arraySort(groupArray(toInt32(toDate(ts, {LOCAL}))))) AS a FROM events
    WHERE ts >= toDateTime('{instant(plan.now - timedelta(days=LOOK + TRAILING + 1))}', 'UTC') GROUP BY member_id
),
edges AS (
    SELECT reg, gone, arrayJoin(arrayMap(i ->
        (greatest(a[i] + 1, first, reg + {TRAILING + 1}),
         least(if(i = length(a), 1000000, a[i + 1]), a[i - 1] + {TRAILING}, today, gone + {TRAILING})),
        range(2, length(a) + 1))) AS span
    FROM spans JOIN people ON people.id = spans.member_id WHERE length(a) >= 2
),
moves AS (
    SELECT span.1 AS day, 1 AS active, 0 AS settled FROM edges WHERE span.1 <= span.2
    UNION ALL SELECT span.2 + 1, -1, 0 FROM edges WHERE span.1 <= span.2
    UNION ALL SELECT greatest(first, reg + {TRAILING + 1}), 0, 1 FROM people
        WHERE greatest(first, reg + {TRAILING + 1}) <= least(today, gone + {TRAILING})
    UNION ALL SELECT least(today, gone + {TRAILING}) + 1, 0, -1 FROM people
        WHERE greatest(first, reg + {TRAILING + 1}) <= least(today, gone + {TRAILING})
)
SELECT d.day, sumIf(m.active, m.day <= d.day), sumIf(m.settled, m.day <= d.day)
FROM (SELECT day, sum(active) AS active, sum(settled) AS settled FROM moves GROUP BY day) AS m
CROSS JOIN (SELECT today - number AS day FROM numbers({LOOK})) AS d
GROUP BY d.day ORDER BY d.day
"""


def read_active_share(rows: Rows) -> Answer:
    return {"active": [int(row[1]) for row in rows], "settled": [int(row[2]) for row in rows]}


def ask_churn_time(log: Log) -> Answer:
    """Days from registration to the last action before 60 silent days: Kaplan–Meier, with its inputs."""
    from qadam.metrics import kernels, rules

    members, registered, _left = log.people()
    silent = kernels.first_silences(log.member_days(members), registered, log.today - 1, GAP)
    has_churned = silent >= 0
    durations = np.where(has_churned, silent, log.today - 1) - registered
    return _curve(rules.product_limit(durations, has_churned), durations, has_churned)


def _curve(curve: Any, durations: Any, has_churned: Any) -> Answer:
    weights = durations % 1009
    return {
        "churned": int(has_churned.sum()),
        "people": len(durations),
        "days": int(durations.sum()),
        "checksum": int((weights * weights * (1 + has_churned)).sum()),
        "survival": {str(day): round(curve.at(day), 12) for day in (30, 90, 180, 365)},
        "median": curve.median(),
    }


SILENCES = f"""
SELECT member_id AS id, arraySort(groupArray(toInt32(toDate(ts, {LOCAL})))) AS days, days[1] AS reg, today - 1 AS seen,
    arrayFirstIndex(gap -> gap > {GAP}, arrayDifference(arrayPushBack(days, seen))) AS place,
    if(place > 0, days[place - 1], -1) AS silent
FROM events GROUP BY member_id
"""
"""The registration is everybody's first event. The fastest of the forms tried (join, distinct days, windows)."""


def churn_time_sql(plan: Plan) -> str:
    today = f"toInt32(toDate(toDateTime('{instant(plan.now)}', 'UTC'), {LOCAL}))"
    return f"""
WITH {today} AS today
SELECT if(silent >= 0, silent, seen) - reg AS duration, countIf(silent >= 0), countIf(silent < 0)
FROM ({SILENCES}) GROUP BY duration ORDER BY duration
"""


def read_churn_time(rows: Rows) -> Answer:
    from qadam.metrics import rules

    table = np.array(rows, np.int64)
    durations = np.concatenate([np.repeat(table[:, 0], table[:, 1]), np.repeat(table[:, 0], table[:, 2])])
    has_churned = np.arange(len(durations)) < table[:, 1].sum()
    return _curve(rules.product_limit(durations, has_churned), durations, has_churned)


def ask_downline(log: Log) -> Answer:
    """M8 of every leader's whole downline: alive a quarter ago, and silent or gone since."""
    from qadam.metrics import kernels, primitives

    members, registered, left = log.people()
    columns = "SELECT tin, size FROM members WHERE registered_at IS NOT NULL ORDER BY id"
    tin, size = primitives.columns_of(log.db, columns)
    silent = kernels.first_silences(log.member_days(members), registered, log.today - 1, GAP)
    churned_on = np.minimum(np.where(silent >= 0, silent + GAP, 2**30), left)
    begin = log.today - QUARTER
    is_alive = (registered < begin) & (churned_on >= begin)
    has_churned = is_alive & (churned_on < log.today)
    alive, churned = (kernels.downline_sums(tin, size, each.astype(np.int64)) for each in (is_alive, has_churned))
    weight = members % 1009
    return {
        "leaders": len(members),
        "alive": [int(alive.sum()), int((alive * weight).sum()), int((alive % 997 * weight).sum())],
        "churned": [int(churned.sum()), int((churned * weight).sum()), int((churned % 997 * weight).sum())],
        "company": [int(alive.max()), int(churned.max())],
    }


def downline_sql(plan: Plan) -> str:
    today = f"toInt32(toDate(toDateTime('{instant(plan.now)}', 'UTC'), {LOCAL}))"
    return f"""
WITH {today} AS today, today - {QUARTER} AS begin,
flags AS (
    SELECT m.id AS id, m.tin AS tin, m.size AS size,
        least(if(s.silent >= 0, s.silent + {GAP}, 1000000),
              if(isNull(m.left_at), 1000000, toInt32(toDate(m.left_at, {LOCAL})))) AS churned_on,
        toInt64(s.reg < begin AND churned_on >= begin) AS alive, toInt64(alive AND churned_on < today) AS churned
    FROM members AS m JOIN ({SILENCES}) AS s ON s.id = m.id
),
sums AS (
    SELECT id, tin, size, sum(alive) OVER w AS upto_alive, sum(churned) OVER w AS upto_churned,
        upto_alive - alive AS before_alive, upto_churned - churned AS before_churned
    FROM flags WINDOW w AS (ORDER BY tin ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
leaders AS (
    SELECT a.id AS id, b.upto_alive - a.before_alive AS alive, b.upto_churned - a.before_churned AS churned
    FROM sums AS a JOIN (SELECT tin, upto_alive, upto_churned FROM sums) AS b ON b.tin = a.tin + a.size - 1
)
SELECT count(), sum(alive), sum(alive * (id % 1009)), sum(alive % 997 * (id % 1009)),
    sum(churned), sum(churned * (id % 1009)), sum(churned % 997 * (id % 1009)), max(alive), max(churned)
FROM leaders
"""


def read_downline(rows: Rows) -> Answer:
    numbers = [int(each) for each in rows[0]]
    return {"leaders": numbers[0], "alive": numbers[1:4], "churned": numbers[4:7], "company": numbers[7:9]}


@dataclass(frozen=True)
class Question:
    title: str
    ask: Callable[[Log], Answer]
    sql: Callable[[Plan], str]
    read: Callable[[Rows], Answer]


QUESTIONS = {
    "funnel": Question("M1 funnel, 5 steps, 30 days, by week", ask_funnel, lambda plan: FUNNEL, read_funnel),
    "retention": Question("retention matrix by month", ask_retention, lambda plan: RETENTION, read_funnel),
    "active": Question("M4 active share, 90 midnights", ask_active_share, active_share_sql, read_active_share),
    "churn": Question("time to churn, Kaplan–Meier", ask_churn_time, churn_time_sql, read_churn_time),
    "downline": Question("M8 churn of every downline", ask_downline, downline_sql, read_downline),
}
