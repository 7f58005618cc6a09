"""Procrastinate: one job per member-step. Run by the rivals' venv; see compare.py.

Each job updates the member's row, inserts one outbox row and defers the member's next job. One worker process; its
concurrency and sync or async tasks are tried on a tenth of the members, the best way does all of them. Jobs are kept
(`delete_jobs="never"`, its default), so no clean-up is in the figure; LISTEN/NOTIFY is on, as by default.
"""

import asyncio
import json
import logging
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import common
import procrastinate
from psycopg_pool import AsyncConnectionPool, ConnectionPool

TOMORROW = datetime.now(UTC) + timedelta(days=1)
WAYS = [("async", 1), ("async", 10), ("async", 20), ("async", 40), ("sync", 10), ("sync", 20)]


async def measure(url: str, members: int) -> dict[str, Any]:
    tried = {}
    for kind, concurrency in WAYS:
        tried[kind, concurrency] = await jobs_per_second(url, members // 10, kind, concurrency)
        print(f"procrastinate {kind} {concurrency}: {tried[kind, concurrency][0]:,.0f}", file=sys.stderr)
    kind, concurrency = max(tried, key=lambda way: tried[way][0])
    rate, cpu = await jobs_per_second(url, members, kind, concurrency)
    others = ", ".join(f"{each} {number}: {found[0]:,.0f}" for (each, number), found in tried.items())
    return {
        "name": f"Procrastinate {version('procrastinate')}, PostgreSQL",
        "scale": members,
        "what": "jobs",
        "per_second": round(rate),
        "per_cpu_second": round(members / cpu),
        "chosen": f"{kind} tasks, concurrency {concurrency} (tried on a tenth: {others}); warm worker, jobs kept,"
        f" {common.durability(url)}",
    }


async def jobs_per_second(url: str, members: int, kind: str, concurrency: int) -> tuple[float, float]:
    """Return (jobs a second, CPU seconds of worker and server) of a worker that was warmed up with a few jobs."""
    common.make_tables(url, members)
    pools = {"conninfo": url, "min_size": min(4, concurrency), "max_size": concurrency}
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=min(4, concurrency), max_size=concurrency + 2)
    app = procrastinate.App(connector=connector)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        if kind == "async":
            async with AsyncConnectionPool(**pools, open=False, kwargs={"autocommit": True}) as pool:
                found = await timed(app, async_task(app, pool), url, members, concurrency)
        else:
            with ConnectionPool(**pools, open=True, kwargs={"autocommit": True}) as sync_pool:
                found = await timed(app, sync_task(app, sync_pool), url, members, concurrency)
        drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        await connector.execute_query_async(drop)
    return found


def async_task(app: Any, pool: AsyncConnectionPool) -> Any:
    @app.task(name="step")
    async def step(member: int) -> None:
        async with pool.connection() as connection:
            await connection.execute(common.STEP, [member])
        await step.configure(schedule_at=TOMORROW).defer_async(member=member)

    return step


def sync_task(app: Any, pool: ConnectionPool) -> Any:
    @app.task(name="step")
    def step(member: int) -> None:
        with pool.connection() as connection:
            connection.execute(common.STEP, [member])
        step.configure(schedule_at=TOMORROW).defer(member=member)

    return step


async def timed(app: Any, step: Any, url: str, members: int, concurrency: int) -> tuple[float, float]:
    options = {"concurrency": concurrency, "wait": False, "delete_jobs": "never", "install_signal_handlers": False}
    warm = min(100, members // 10)
    await step.batch_defer_async(*({"member": member} for member in range(1, warm + 1)))
    await app.run_worker_async(**options)
    await step.batch_defer_async(*({"member": member} for member in range(warm + 1, members + 1)))
    common.analyze(url)
    processor = common.Processor(url)
    begin, cpu = time.perf_counter(), processor.seconds()
    await app.run_worker_async(**options)
    seconds, cpu = time.perf_counter() - begin, processor.seconds() - cpu
    done = common.count_outbox(url)
    assert done == members, f"{done} outbox rows instead of {members}"
    return (members - warm) / seconds, cpu


if __name__ == "__main__":
    if not os.environ.get("QADAM_DATABASE"):
        sys.exit("Procrastinate needs PostgreSQL, and there is none here")
    logging.disable(logging.CRITICAL)
    with common.own_database() as own:
        print(json.dumps([asyncio.run(measure(own, int(sys.argv[1])))]))
