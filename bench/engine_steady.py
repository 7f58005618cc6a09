"""The steady load of bench/engine.py: a writer process and the product's own engine process under the real clock.

The writer records 200 orders a second, each at its planned moment; what came while a commit waited goes into the next.
Each begins a journey: a message at once, and by a timer another one five seconds later. The engine process is
`qadam engine`; only its null channel notes when a message was handed to it, since `sent_at` in the table is the
moment at which the round began.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine_workload as workload

if TYPE_CHECKING:
    from qadam.events.operations import NewEvent

RATE = 200
WARM_UP = 5
"""Seconds at the beginning that count for nothing."""
PAUSE = timedelta(seconds=5)
PATIENCE = 120
"""Seconds after the last event for the engine to finish."""


def run(members: int, seconds: int) -> dict[str, Any]:
    """Keep both processes going for some seconds; return how long messages waited."""
    workload.set_up(members, [workload.ANSWER], datetime.now(UTC) - timedelta(hours=1))
    folder = Path(os.environ["QADAM_DATA"])
    engine = start("engine", str(folder / "handed.json"))
    try:
        wait_for(folder / "handed.json.ready", engine)
        cpu = cpu_of(engine.pid)
        writer = start("writer", str(members), str(seconds + WARM_UP))
        print(f"steady load for {seconds + WARM_UP} s", file=sys.stderr)
        while writer.poll() is None:
            time.sleep(0.2)
        busy = (cpu_of(engine.pid) - cpu) / (seconds + WARM_UP)
        backlog = (RATE * (seconds + WARM_UP) - done("thanks"), behind())
        drained = drain(engine)
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.wait(PATIENCE)
    handed = {int(key): at for key, at in json.loads((folder / "handed.json").read_text()).items()}
    return {
        "seconds": seconds,
        "events_per_second": RATE,
        "members": members,
        "engine_cpu_share": round(busy, 2),
        "events_without_a_message_at_the_end": backlog[0],
        "log_behind_at_the_end": backlog[1],
        "seconds_to_drain": round(drained, 1),
        **waits(handed),
    }


def start(role: str, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, __file__, role, *words], stdout=sys.stderr)


def wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while not path.exists():
        if process.poll() is not None or time.monotonic() > until:
            sys.exit("the engine process didn't start")
        time.sleep(0.1)


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def query(statement: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def done(step: str) -> int:
    statement = f"SELECT COUNT(*) FROM journeys_transition WHERE from_step = '{step}' AND edge = 'sent'"
    return int(query(statement)[0][0])


def behind() -> int:
    statement = "SELECT (SELECT MAX(id) FROM events_event) - (SELECT MIN(position) FROM events_cursor)"
    return int(query(statement)[0][0] or 0)


def drain(engine: "subprocess.Popen[bytes]") -> float:
    """Wait until everybody has left; return the seconds that took after the last timer fell due."""
    begin = time.monotonic()
    while time.monotonic() - begin < PATIENCE and engine.poll() is None:
        if query("SELECT COUNT(*) FROM journeys_enrollment WHERE left_at IS NULL")[0][0] == 0 and behind() == 0:
            break
        time.sleep(0.25)
    return max(0.0, time.monotonic() - begin - PAUSE.total_seconds())


# How long messages waited


def waits(handed: dict[int, float]) -> dict[str, Any]:
    """Return the percentiles of the seconds from due to dispatched, without the warm-up."""
    from qadam.events.models import Event
    from qadam.journeys.models import Enrollment, Transition
    from qadam.messaging.models import Outbox

    events = dict(Event.objects.filter(source="bench").values_list("id", "occurred_at"))
    written = dict(Event.objects.filter(source="bench").values_list("id", "recorded_at"))
    entered = dict(Enrollment.objects.values_list("id", "entry_seq"))
    armed = dict(Transition.objects.filter(to_step="pause").values_list("enrollment_id", "at"))
    first = min(events.values()) + timedelta(seconds=WARM_UP)
    found: dict[str, list[float]] = {"event": [], "written": [], "timer": [], "table": []}
    rows = Outbox.objects.values_list("id", "enrollment_id", "visit", "created_at", "sent_at")
    first_visit = min(row[2] for row in rows)
    for key, enrollment, visit, created_at, sent_at in rows:
        seq = entered[enrollment]
        if events[seq] < first or key not in handed:
            continue
        if visit == first_visit:
            found["event"].append(handed[key] - events[seq].timestamp())
            found["written"].append(handed[key] - written[seq].timestamp())
        else:
            found["timer"].append(handed[key] - (armed[enrollment] + PAUSE).timestamp())
        found["table"].append((sent_at - created_at).total_seconds())
    return {name: percentiles(values) for name, values in found.items()}


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    figures = {"p50": cuts[49], "p99": cuts[98], "most": max(values)}
    return {"messages": len(values), **{name: round(value, 3) for name, value in figures.items()}}


WORDS = {
    "event": "an event's planned moment → message handed over",
    "written": "an event was written → message handed over",
    "timer": "a timer fell due → message handed over",
    "table": "by the table alone: outbox.created_at → sent_at",
}


def show(steady: dict[str, Any]) -> None:
    print(
        f"\nsteady {steady['events_per_second']} events/s for {steady['seconds']} s, {steady['members']:,} members;"
        f" the engine process used {steady['engine_cpu_share']:.0%} of a core"
    )
    print(f"{'seconds from due to dispatched':52}{'messages':>10}{'p50':>9}{'p99':>9}{'most':>9}")
    for name, words in WORDS.items():
        each = steady[name]
        print(f"{words:52}{each['messages']:>10,}{each['p50']:>9.3f}{each['p99']:>9.3f}{each['most']:>9.3f}")
    print(
        f"when the writer stopped {steady['events_without_a_message_at_the_end']:,} events had no message yet;"
        f" all was done {steady['seconds_to_drain']} s after the last timer was due"
    )


# The two processes


def engine(path: str) -> None:
    """Run `qadam engine` until SIGTERM, then write down when each message was handed over."""
    workload.open_django()
    from django.core.management import call_command

    from qadam.messaging.channels.null.channel import NullChannel
    from qadam.messaging.channels.protocol import Letter, Outcome

    handed: dict[int, float] = {}
    send = NullChannel.send

    def noting(self: NullChannel, letter: Letter) -> Outcome:
        handed[letter.outbox_id] = time.time()
        return send(self, letter)

    NullChannel.send = noting  # type: ignore[method-assign]
    Path(f"{path}.ready").touch()
    call_command("engine")
    Path(path).write_text(json.dumps(handed))


def writer(members: int, seconds: int) -> None:
    """Record RATE orders a second, each at its moment; what came while a commit waited goes into the next one."""
    workload.open_django()
    from qadam.events.operations import record_many

    total = RATE * seconds
    begin = time.time() + 0.5
    number = commits = 0
    while number < total:
        time.sleep(max(0.0, begin + number / RATE - time.time()))
        due = min(total, int((time.time() - begin) * RATE) + 1)
        record_many([order(each, members, begin) for each in range(number, due)], now=datetime.now(UTC))
        number, commits = due, commits + 1
    late = time.time() - begin - seconds
    print(f"the writer: {total:,} events in {commits:,} commits, done {late:.2f} s after its plan", file=sys.stderr)


def order(number: int, members: int, begin: float) -> "NewEvent":
    from qadam.events.operations import NewEvent

    planned = datetime.fromtimestamp(begin + number / RATE, UTC)
    props = {"order": f"o{number}", "amount": 100}
    return NewEvent("order.paid", number % members + 1, planned, f"s{number}", props, "bench")


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    engine(words[0]) if role == "engine" else writer(*map(int, words))
