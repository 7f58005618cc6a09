"""DBOS: one workflow per member. Run by the rivals' venv; see compare.py.

A step updates the member's row and inserts one outbox row in one statement. Three shapes are tried: a workflow of one
step, of five steps (its best case: the workflow's own rows are shared), and a durable sleep before the step, which is
what a timer is. Workflows are called by threads and as coroutines, several numbers of them at a time; the best way of
each shape is printed, per member-step. On PostgreSQL its system tables and ours are in one database; tracing and its
admin services are off, nothing is cleaned up.
"""

import asyncio
import itertools
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import common
from dbos import DBOS
from psycopg_pool import ConnectionPool

WARM = 50
SHAPES = {"one step": (1, False), "five steps": (5, False), "sleep and step": (1, True)}
NUMBERS = (4, 20, 50)

Step = Callable[[int], None]
Way = Callable[[range, int, int, bool], tuple[float, float]]
"""Takes members, how many at a time, steps and whether to sleep; returns member-steps a second and a CPU second."""
Figures = list[dict[str, Any]]


def main(members: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    figures: Figures = []
    if os.environ.get("QADAM_DATABASE"):
        with common.own_database() as url:
            figures += postgresql(url, members)
    figures += sqlite(folder / "rival.sqlite3", members)
    print(json.dumps(figures))


def postgresql(url: str, members: int) -> Figures:
    common.make_tables(url, members)
    with ConnectionPool(conninfo=url, min_size=4, max_size=20, kwargs={"autocommit": True}) as pool:

        def step(member: int) -> None:
            with pool.connection() as connection:
                connection.execute(common.STEP, [member])

        with launched(url.replace("postgresql://", "postgresql+psycopg://")):
            return all_shapes("PostgreSQL", members, step, url)


def sqlite(path: Path, members: int) -> Figures:
    """Both files in WAL mode, which DBOS doesn't set by itself; the members and the outbox in a file of their own."""
    own = threading.local()
    file = f"{path}.members"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE member (id integer PRIMARY KEY, visit integer NOT NULL DEFAULT 0)")
        connection.execute("CREATE TABLE outbox (id integer PRIMARY KEY, key text NOT NULL UNIQUE, member_id integer)")
        connection.executemany("INSERT INTO member (id) VALUES (?)", [(n,) for n in range(1, members + 1)])

    def step(member: int) -> None:
        if not hasattr(own, "link"):
            own.link = sqlite3.connect(file, timeout=60, isolation_level=None)
        own.link.execute("BEGIN IMMEDIATE")
        own.link.execute("UPDATE member SET visit = visit + 1 WHERE id = ?", [member])
        own.link.execute(
            "INSERT INTO outbox (key, member_id) SELECT id || ':' || visit, id FROM member WHERE id = ?", [member]
        )
        own.link.execute("COMMIT")

    with launched(f"sqlite:///{path}"):
        return all_shapes("SQLite", members, step, None)


@contextmanager
def launched(url: str) -> Iterator[None]:
    DBOS(config={"name": "rival", "system_database_url": url, "run_admin_server": False, "log_level": "CRITICAL"})
    DBOS.launch()
    try:
        yield
    finally:
        DBOS.destroy(destroy_registry=True)


def all_shapes(database: str, members: int, work: Step, url: str | None) -> Figures:
    durability = common.durability(url) if url else "synchronous=FULL, WAL"
    threads, coroutines = as_threads(work, url), as_coroutines(work, url)
    figures = []
    for shape, (steps, sleeps) in SHAPES.items():
        tried: dict[str, tuple[float, float]] = {}
        for name, way in (("threads", threads), ("coroutines", coroutines)):
            for number in NUMBERS:
                tried[f"{number} {name}"] = way(range(1, members // 5 + 1), number, steps, sleeps)
        best = max(tried, key=lambda name: tried[name][0])
        way = threads if "threads" in best else coroutines
        rate, per_cpu = way(range(1, members + 1), int(best.split()[0]), steps, sleeps)
        others = ", ".join(f"{name}: {found[0]:,.0f}" for name, found in tried.items())
        figures.append(
            {
                "name": f"DBOS {version('dbos')}, {database}, {shape}",
                "scale": members,
                "what": "workflows",
                "per_second": round(rate),
                "per_cpu_second": round(per_cpu),
                "chosen": f"{best} at a time (tried on a fifth: {others}); warm, no tracing, nothing cleaned up,"
                f" {durability}",
            }
        )
        print(f"{figures[-1]['name']}: {rate:,.0f}", file=sys.stderr)
    return figures


def as_threads(work: Step, url: str | None) -> Way:
    @DBOS.step(name="send")
    def send(member: int) -> None:
        work(member)

    @DBOS.workflow(name="journey")
    def journey(member: int, steps: int, sleeps: bool) -> None:
        for _ in range(steps):
            if sleeps:
                DBOS.sleep(0.001)
            send(member)

    def run(members: range, number: int, steps: int, sleeps: bool) -> tuple[float, float]:
        with ThreadPoolExecutor(number) as pool:

            def all_of(some: range) -> None:
                list(pool.map(journey, some, itertools.repeat(steps), itertools.repeat(sleeps)))

            return timed(all_of, members, steps, url)

    return run


def as_coroutines(work: Step, url: str | None) -> Way:
    @DBOS.step(name="send_async")
    async def send(member: int) -> None:
        await asyncio.to_thread(work, member)

    @DBOS.workflow(name="journey_async")
    async def journey(member: int, steps: int, sleeps: bool) -> None:
        for _ in range(steps):
            if sleeps:
                await DBOS.sleep_async(0.001)
            await send(member)

    async def all_at(some: range, number: int, steps: int, sleeps: bool) -> None:
        gate = asyncio.Semaphore(number)

        async def one(member: int) -> None:
            async with gate:
                await journey(member, steps, sleeps)

        await asyncio.gather(*(one(member) for member in some))

    def run(members: range, number: int, steps: int, sleeps: bool) -> tuple[float, float]:
        return timed(lambda some: asyncio.run(all_at(some, number, steps, sleeps)), members, steps, url)

    return run


def timed(all_of: Callable[[range], None], members: range, steps: int, url: str | None) -> tuple[float, float]:
    warm = min(WARM, len(members) // 4)
    all_of(members[:warm])
    if url is not None:
        common.analyze(url)
    processor = common.Processor(url)
    begin, cpu = time.perf_counter(), processor.seconds()
    all_of(members[warm:])
    seconds, spent = time.perf_counter() - begin, processor.seconds() - cpu
    done = (len(members) - warm) * steps
    return done / seconds, done / spent


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
