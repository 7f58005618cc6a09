"""One process, one way, one question, some runs: prints the seconds, the peak memory and the answer as JSON.

python bench/metrics_run.py FOLDER WAY QUESTION RUNS        WAY: events | rollups | rival
"""

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

from metrics_data import Plan, read_plan, set_up, snapshot_of
from metrics_questions import QUESTIONS, Answer, Log, Question

MEMBERS = """
CREATE TABLE members (
    id UInt32, registered_at DateTime('UTC'), left_at Nullable(DateTime('UTC')), tin UInt32, size UInt32
) ENGINE = MergeTree ORDER BY id"""
EVENTS = """
CREATE TABLE events (seq UInt64, member_id UInt32, type LowCardinality(String), ts DateTime('UTC'), props String)
ENGINE = MergeTree ORDER BY (member_id, ts)"""


def main() -> None:
    folder, way, name, runs = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    set_up(folder)
    plan = read_plan(folder)
    if way == "rival":
        report = load_rival(folder) if name == "load" else ask_rival(folder, plan, QUESTIONS[name], runs)
    else:
        report = ask_ours(folder, plan, QUESTIONS[name], (way == "rollups", runs))
    print(json.dumps({**report, "peak_mb": peak_mb()}))


def peak_mb() -> int:
    """The process's peak of resident memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def ask_ours(folder: Path, plan: Plan, question: Question, how: tuple[bool, int]) -> dict[str, Any]:
    from qadam.metrics import store

    is_rolled, runs = how
    snapshot = snapshot_of(folder, is_rolled=is_rolled)
    begin = time.perf_counter()
    with store.connect(snapshot, plan.now) as db:
        opening = time.perf_counter() - begin
        del snapshot
        gc.collect()
        seconds, answer = repeat(lambda: question.ask(Log(db, plan, is_rolled)), runs)
    return {"seconds": seconds, "answer": answer, "opening": round(opening, 3)}


def repeat(ask: Any, runs: int) -> tuple[list[float], Answer]:
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        answer = ask()
        seconds.append(round(time.perf_counter() - begin, 4))
    return seconds, answer


def open_rival(folder: Path) -> Any:
    """Open ClickHouse's own tables, on as many threads as ours has."""
    from chdb import session

    from qadam.metrics import files

    rival = session.Session(str(folder / "clickhouse"))
    rival.query(f"SET max_threads = {files.THREADS}, max_insert_threads = {files.THREADS}")
    rival.query("SET optimize_aggregation_in_order = 1")
    return rival


def load_rival(folder: Path) -> dict[str, Any]:
    """Load the very files and people that ours reads into sorted, merged tables."""
    from qadam.metrics import files, store

    paths = [files.folder() / segment.file_name for segment in store.standing_segments()]
    with files.new_duckdb() as db:
        people = snapshot_of(folder, is_rolled=False).members
        db.register("people", {name: people[name] for name in ("id", "registered_at", "left_at", "tin", "size")})
        db.execute(f"COPY (SELECT * FROM people) TO '{folder / 'people.parquet'}' (FORMAT parquet)")
    rival = open_rival(folder)
    begin = time.perf_counter()
    for statement in (MEMBERS, EVENTS):
        rival.query(statement)
    rival.query(f"INSERT INTO members SELECT * FROM file('{folder / 'people.parquet'}', Parquet)")
    names = ",".join(path.name for path in paths)
    rival.query(
        "INSERT INTO events SELECT seq, member_id, type, occurred_at, props"
        f" FROM file('{files.folder()}/{{{names}}}', Parquet)"
    )
    loaded = time.perf_counter() - begin
    for table in ("members", "events"):
        rival.query(f"OPTIMIZE TABLE {table} FINAL")
    sizes = "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'events'"
    rows, size = json.loads(str(rival.query(sizes, "JSONCompact")))["data"][0]
    version = str(rival.query("SELECT version()", "TSV")).strip()
    return {
        "load": round(loaded, 1), "merge": round(time.perf_counter() - begin - loaded, 1),
        "rows": int(rows), "bytes": int(size), "version": version,
    }  # fmt: skip


def ask_rival(folder: Path, plan: Plan, question: Question, runs: int) -> dict[str, Any]:
    rival = open_rival(folder)
    statement = question.sql(plan)

    def ask() -> Any:
        return question.read(json.loads(str(rival.query(statement, "JSONCompact")))["data"])

    seconds, answer = repeat(ask, runs)
    return {"seconds": seconds, "answer": answer}


if __name__ == "__main__":
    main()
