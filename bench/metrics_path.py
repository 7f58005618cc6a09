"""The way through the log: record a generated company's events in an operational log, seal, compact and roll it up.

python bench/metrics_path.py GENERATED RECORDED       (the folders of the two companies)
"""

import json
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metrics_data import ZONE, read_plan, set_up

CHUNK = 50_000
INSERT = (
    "INSERT INTO events_event (id, type, member_id, occurred_at, recorded_at, source, external_id, props)"
    " VALUES (%s, %s, %s, %s, %s, 'bench', %s, %s)"
)


def main() -> None:
    generated, recorded = Path(sys.argv[1]), Path(sys.argv[2])
    recorded.mkdir(parents=True)
    set_up(recorded)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    plan = read_plan(generated)
    took = {"record": timed(lambda: record(generated))}
    took["seal"] = timed(lambda: seal(plan.now))
    took["compact and roll up"] = timed(lambda: build(plan.now))
    for name in ("people.npz", "stays.npz", "plan.json"):
        shutil.copy(generated / name, recorded / name)
    print(json.dumps({"events": plan.events, "seconds": took, **counts()}))


def timed(do: Any) -> float:
    begin = time.perf_counter()
    do()
    return round(time.perf_counter() - begin, 1)


def record(generated: Path) -> None:
    """Insert the events of the segments as rows of the log, in their order."""
    import sqlite3

    from django.db import connection

    from qadam.jobs.transactions import write
    from qadam.metrics import files

    with sqlite3.connect(generated / "qadam.sqlite3") as manifest:
        names = [name for (name,) in manifest.execute("SELECT file_name FROM metrics_segment ORDER BY first_seq")]
    paths = [str(generated / "segments" / name) for name in names]
    with files.new_duckdb() as db:
        found = db.execute(
            "SELECT seq, type, member_id, strftime(occurred_at, '%Y-%m-%d %H:%M:%S') AS at, CAST(props AS VARCHAR)"
            f" FROM read_parquet([{files.quoted(paths)}]) ORDER BY seq"
        )
        while rows := found.fetchmany(CHUNK):
            with write(), connection.cursor() as cursor:
                cursor.executemany(
                    INSERT, [(seq, kind, who, at, at, str(seq), props) for seq, kind, who, at, props in rows]
                )


def seal(now: datetime) -> None:
    """Seal the log as the engine does, with the instant of its newest event as the clock; what is left is the tail."""
    from qadam.events.models import Event
    from qadam.metrics import segment_operations
    from qadam.metrics.models import Segment

    while segment_operations.seal_log(now=now):
        newest = Segment.objects.latest("first_seq")
        happened = Event.objects.get(id=newest.last_seq).occurred_at.astimezone(UTC)
        Segment.objects.filter(id=newest.id).update(sealed_at=happened)


def build(now: datetime) -> None:
    from qadam.metrics import segment_operations

    segment_operations.compact(now=now)
    segment_operations.roll_up(zone=ZONE)


def counts() -> dict[str, int]:
    from qadam.metrics import store

    snapshot = store.read_snapshot()
    return {"segments": len(snapshot.files), "tail": len(snapshot.tail["seq"])}


if __name__ == "__main__":
    main()
