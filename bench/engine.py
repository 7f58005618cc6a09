"""How fast the engine moves members, how soon it answers, and what rivals do with the same unit of work.

    python bench/engine.py [--members 10000] [--steady 30] [--rivals]

Workload W, one journey: send, wait a day, branch on an event, send, wait until 09:00 local or an event, split 90/10,
send, exit; five events per member, 1 % of them twice, 5 % out of order. A set clock plays three days in 83 ticks; the
log, the conditions, the outbox and the dispatcher are the product's own, only the mail server is left out (the null
channel). Then the least unit alone (timer, message step, next wait), a steady load under the real clock (--steady 0:
without), and with --rivals Procrastinate and DBOS, installed into a venv that is thrown away.

A fresh SQLite file; with QADAM_DATABASE set, databases of its own beside the one named there. Every part runs in a
process of its own. The figures are printed and written to bench/results/engine-<database>.json.
"""

import argparse
import gc
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import engine_report
import engine_steady
import engine_workload as workload
from engine_workload import BEGIN, CHUNK, COHORTS, HOUR, ROOT, TICKS
from ingest import own_postgresql
from rivals import compare

Report = dict[str, Any]
MINUTE = timedelta(minutes=1)
STEPS = (10, 100, 1_000, CHUNK, 10 * CHUNK)
"""Bounds of the classes of ticks, in member-steps."""
ALL_WAIT = COHORTS + 2
"""The tick (03:00 after the beginning) by which all have come, the late ones too, and everybody waits for a day."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--steady", type=int, default=30, metavar="SECONDS")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--profile", action="store_true", help="profile workload W with cProfile, and stop")
    parser.add_argument("--part", choices=("walk", "steady"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part or options.profile:
        run_part(options)
        return
    report = run_apart("walk", options)
    if options.steady:
        try:
            report["steady"] = run_apart("steady", options)
        except subprocess.CalledProcessError:
            print("the steady load failed; its figures are missing", file=sys.stderr)
    if options.rivals:
        report["rivals"] = compare.run_all()
        engine_report.weigh_rivals(report)
    report["rates"] = engine_report.rates(report)
    engine_report.show(report)
    path = ROOT / "bench" / "results" / f"engine-{report['database']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")


def run_apart(part: str, options: argparse.Namespace) -> Report:
    """Run one part in a fresh process with a fresh database, so that no part inherits another's memory."""
    command = [sys.executable, __file__, "--part", part, "--members", str(options.members)]
    done = subprocess.run([*command, "--steady", str(options.steady)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def run_part(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="qadam-bench-"))
    os.environ["QADAM_DATA"] = str(folder)
    try:
        with own_postgresql():
            if options.profile:
                profiled(lambda: walk(options.members))
            elif options.part == "walk":
                print(json.dumps({**about(options.members), **walk(options.members)}))
            else:
                print(json.dumps(engine_steady.run(min(options.members, 100_000), options.steady)))
    finally:
        shutil.rmtree(folder)


def profiled(work: Callable[[], object]) -> None:
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(work)
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def about(members: int) -> Report:
    database = "postgresql" if os.environ.get("QADAM_DATABASE") else "sqlite"
    return {"database": database, "cores": os.cpu_count(), "python": platform.python_version(), "members": members}


# Workload W


def walk(members: int) -> Report:
    """Play three days of workload W tick by tick, then the least unit over and over with everybody."""
    workload.set_up(members, [workload.W, workload.UNIT], BEGIN)
    facts = workload.Facts(members)
    meter = Meter()
    memory: list[Report] = []
    before, waiting = room(), {}
    for place, now in enumerate(TICKS):
        for arriving in facts.slices(place):
            with meter.timing("record the events"):
                record(arriving, now)
        play(now, meter)
        if place in (0, COHORTS // 2 - 1, ALL_WAIT):
            memory.append(memory_now())
        if place == ALL_WAIT:
            waiting = room_of_waiting(before)
        if place % 12 == 0:
            print(f"{now:%d %H:%M}  {meter.steps_so_far:>10,} member-steps", file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "durability": durability(),
        "phases": meter.phases(),
        "member_steps": meter.steps_so_far,
        "messages": count("messaging_outbox"),
        "left": left_by_reason(),
        "ticks": meter.ticks(),
        "room": waiting,
        "memory": memory,
        "peak_mb": round(peak),
        "unit": least_unit(members),
    }


def play(now: datetime, meter: "Meter") -> None:
    """Do one tick as the product's loop does: the log, the timers, the dispatcher, until nothing is left at `now`."""
    from qadam.events.consumers import advance_to_end
    from qadam.journeys import engine
    from qadam.messaging.dispatch import dispatch_due
    from qadam.people import consumer as people

    handled = 1
    while handled:
        with meter.timing("activity"):
            handled = advance_to_end(people.NAME, people.handle, now=now)
        with meter.timing("journeys: the log", is_engine=True):
            handled += advance_to_end(engine.NAME, engine.handle, now=now)
        with meter.timing("journeys: the timers", is_engine=True):
            handled += engine.fire_due(now)
        with meter.timing("dispatch"):
            handled += dispatch_due(now=now)


def record(arriving: list[Any], now: datetime) -> None:
    from qadam.events import operations as events

    events.record_many(arriving, now=now)


class Meter:
    """Adds up wall and CPU seconds by phase, and sorts the engine's calls by how many member-steps each took."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}
        self.classes: dict[int, list[float]] = {}
        self.server = Server()
        self.steps_so_far = 0

    @contextmanager
    def timing(self, name: str, *, is_engine: bool = False) -> Iterator[None]:
        marks = (time.perf_counter(), time.process_time(), self.server.cpu_seconds())
        yield
        ends = (time.perf_counter(), time.process_time(), self.server.cpu_seconds())
        spent = [end - mark for end, mark in zip(ends, marks, strict=True)]
        _add(self.spent.setdefault(name, [0.0] * 3), spent)
        if is_engine:
            self._note_tick(spent[0])

    def _note_tick(self, seconds: float) -> None:
        steps = newest_transition() - self.steps_so_far
        self.steps_so_far += steps
        if steps:
            bound = next((bound for bound in STEPS if steps < bound), 0)
            _add(self.classes.setdefault(bound, [0.0] * 3), [1, steps, seconds])

    def phases(self) -> Report:
        return {
            name: {"seconds": round(wall, 2), "cpu": round(cpu, 2), "database_cpu": round(server, 2)}
            for name, (wall, cpu, server) in self.spent.items()
        }

    def ticks(self) -> list[Report]:
        return [
            {
                "steps": f"below {bound:,}" if bound else f"{STEPS[-1]:,} and more",
                "calls": int(calls),
                "member_steps": int(steps),
                "ms_per_call": round(seconds / calls * 1000, 1),
                "steps_per_second": round(steps / seconds),
            }
            for bound, (calls, steps, seconds) in sorted(self.classes.items(), key=lambda pair: pair[0] or 10**9)
        ]


def _add(totals: list[float], more: list[float]) -> None:
    for place, value in enumerate(more):
        totals[place] += value


class Server:
    """The CPU time of the PostgreSQL process that serves our connection, where it runs on this machine."""

    def __init__(self) -> None:
        from django.db import connection

        self.path: Path | None = None
        if connection.vendor == "postgresql":
            path = Path(f"/proc/{one_value('SELECT pg_backend_pid()')}/stat")
            self.path = path if path.exists() and "postgres" in path.read_text() else None

    def cpu_seconds(self) -> float:
        if self.path is None:
            return 0.0
        fields = self.path.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# What it takes


def one_value(query: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row[0] if row else None


def newest_transition() -> int:
    return one_value("SELECT MAX(id) FROM journeys_transition") or 0


def count(table: str) -> int:
    return int(one_value(f"SELECT COUNT(*) FROM {table}"))


def left_by_reason() -> dict[str, int]:
    from django.db.models import Count

    from qadam.journeys.models import Enrollment

    found = Enrollment.objects.values_list("exit_reason").annotate(Count("id")).order_by("exit_reason")
    return {reason or "still in": number for reason, number in found}


def durability() -> str:
    """How a commit is kept: without this a figure of writes says little."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"synchronous={('OFF', 'NORMAL', 'FULL')[one_value('PRAGMA synchronous')]}, WAL"
    return f"fsync={one_value('SHOW fsync')}, synchronous_commit={one_value('SHOW synchronous_commit')}"


def memory_now() -> Report:
    """The process's memory with so many waiting: all, and without the mapped pages of the database's file."""
    gc.collect()
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    held, own = (round(int(lines[name].split()[0]) / 1024) for name in ("VmRSS", "RssAnon"))
    waiting = one_value("SELECT COUNT(*) FROM journeys_enrollment WHERE phase = 'waiting'")
    return {"waiting": waiting, "mb": held, "own_mb": own}


def room() -> dict[str, int]:
    """How many bytes the database takes: all of it, and the enrollments with their indexes."""
    from django.db import connection

    if connection.vendor == "postgresql":
        return {
            "all": one_value("SELECT pg_database_size(current_database())"),
            "enrollments": one_value("SELECT pg_total_relation_size('journeys_enrollment')"),
        }
    one_value("PRAGMA wal_checkpoint(TRUNCATE)")
    own = "SELECT name FROM sqlite_master WHERE tbl_name = 'journeys_enrollment'"
    return {
        "all": Path(connection.settings_dict["NAME"]).stat().st_size,
        "enrollments": one_value(f"SELECT SUM(pgsize) FROM dbstat WHERE name IN ({own})"),
    }


def room_of_waiting(before: dict[str, int]) -> dict[str, int]:
    waiting = one_value("SELECT COUNT(*) FROM journeys_enrollment WHERE phase = 'waiting'")
    grown = {name: (size - before[name]) // waiting for name, size in room().items()}
    return {"waiting": waiting, "bytes_of_enrollment": grown["enrollments"], "bytes_of_all": grown["all"]}


# The least unit: a timer fires, a message step, one outbox row, the next wait


def least_unit(members: int, rounds: int = 3) -> Report:
    """Let everybody wait, in groups of several sizes; time a group's timers alone, and all to the next wait."""
    now = TICKS[-1] + HOUR
    groups = group_sizes(members)
    first = 1
    for place, size in enumerate(groups):
        enter_unit(range(first, first + size), now + MINUTE * place)
        first += size
    fired: dict[int, list[list[float]]] = {}
    whole: list[float] = []
    for number in range(1, rounds + 1):
        for place, size in enumerate(groups):
            timers, turn = one_turn(size, now + HOUR * number + MINUTE * place)
            fired.setdefault(size, []).append(timers)
            if size == groups[-1]:
                whole.append(turn)
    all_at_once = of_rounds(groups[-1], fired[groups[-1]])
    return {
        "sizes": [{"due": size, **of_rounds(size, spent)} for size, spent in fired.items()],
        **{name: all_at_once[name] for name in ("members_per_second", "members_per_cpu_second")},
        "to_the_next_wait_per_second": round(groups[-1] / statistics.median(whole)),
    }


def group_sizes(members: int) -> list[int]:
    sizes = [size for size in (1, 10, 100, 1_000, CHUNK, 10 * CHUNK) if size * 4 <= members]
    return [*sizes, members - sum(sizes)]


def of_rounds(size: int, spent: list[list[float]]) -> Report:
    seconds, cpu, server = (statistics.median(values) for values in zip(*spent, strict=True))
    return {
        "ms": round(seconds * 1000, 1),
        "cpu_ms": round(cpu * 1000, 1),
        "database_cpu_ms": round(server * 1000, 1),
        "members_per_second": round(size / seconds),
        "members_per_cpu_second": round(size / max(cpu + server, 0.001)),
    }


def enter_unit(members: range, now: datetime) -> None:
    from qadam.events.consumers import advance_to_end
    from qadam.events.operations import NewEvent
    from qadam.journeys import engine

    for start in range(0, len(members), CHUNK):
        some = members[start : start + CHUNK]
        record([NewEvent("lesson.completed", n, now, f"u{n}", {"lesson": "unit"}, "bench") for n in some], now)
    advance_to_end(engine.NAME, engine.handle, now=now)


def one_turn(size: int, now: datetime) -> tuple[list[float], float]:
    """Fire the timers of one group; return (wall, CPU, database's CPU) of that, and wall seconds to the next wait."""
    from qadam.events.consumers import advance_to_end
    from qadam.journeys import engine
    from qadam.messaging.dispatch import dispatch_due

    meter = Meter()
    with meter.timing("timers"):
        fired = engine.fire_due(now)
    assert fired == size, f"{fired} timers fired instead of {size}"
    with meter.timing("outcomes"):
        while dispatch_due(now=now) + advance_to_end(engine.NAME, engine.handle, now=now):
            pass
    return meter.spent["timers"], meter.spent["timers"][0] + meter.spent["outcomes"][0]


if __name__ == "__main__":
    main()
