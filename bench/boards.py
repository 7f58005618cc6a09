"""Boards of a million members: own place, a team's board, the weekly close, an award — beside a plain window query.

    python bench/boards.py [--members 1000000] [--questions 500]

Members, their scores of this week, the ledger behind them and its totals are written straight into the tables of a
fresh SQLite file; with QADAM_DATABASE set, into a database of its own beside the one named there. 40 % are active, in
teams of 50 and leagues of 30; scores have about 2,250 different values, so ties are everywhere. Two boards are in force
(the team's and the league's week). All of one run, in milliseconds, each for random members:

- own place in the whole company: a sum over the histogram; beside it the plain way, rank() over everybody's scores,
  asked for the same members, which also has to give the same answer;
- a team's board as the page has it: top 10, three around, no bottom, names; and the whole page of both boards;
- an award: a fact is scored by a rule, entry, totals, level, scores, histogram, commit. Six in ten are the member's
  first act of the week, so that they take a seat in a league too; and what one costs in a batch of a hundred;
- the weekly close: all places of all teams, and of all leagues, into the snapshot. In seconds.

The figures are written to bench/results/boards-<database>.json.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from ingest import own_postgresql

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
"""A Wednesday."""
MONDAY, MONTH = date(2026, 3, 30), date(2026, 4, 1)
DIFFERENT = 2_255
TEAM, LEAGUE = 50, 30
BATCH = 100
ACTIVE = 5
"""Two of so many are active."""
AIMS = {
    "own place, histogram": 5.0,
    "team board with names": 5.0,
    "weekly close of teams": 5_000.0,
    "weekly close of leagues": 5_000.0,
    "award": 10.0,
}
WINDOW = """
SELECT place FROM (
    SELECT member_id, rank() OVER (ORDER BY points DESC) AS place FROM recognition_score
    WHERE board_id = %s AND starts_on = %s AND is_shown AND points > 0
) AS ranked WHERE member_id = %s
"""
Figures = dict[str, dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=500)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="qadam-bench-"))
    os.environ["QADAM_DATA"] = str(folder)
    try:
        with own_postgresql():
            set_up()
            seconds = timed(lambda: fill(options.members))
            print(f"{options.members:,} members written in {seconds:.1f} s", file=sys.stderr, flush=True)
            figures = measure(options.members, options.questions)
        report(figures, options)
    finally:
        shutil.rmtree(folder)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# What there is


def set_up() -> None:
    """Migrate, add the company, a rule, a scale of levels, and two boards."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from qadam.people import operations as people
    from qadam.recognition.publishing import publish_levels, publish_point_rule
    from qadam.recognition.social_publishing import publish_board

    call_command("migrate", verbosity=0)
    people.set_company(name="Bench", zone="Asia/Almaty", language="kk", currency="KZT")
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    publish_point_rule(document=RULE, actor=None, now=begin)
    publish_levels(document=LEVELS, actor=None, now=begin)
    publish_board(document=a_board("team-week", group="team"), actor=None, now=begin)
    publish_board(document=a_board("league-week", group="league", league_size=LEAGUE), actor=None, now=begin)


def words(text: str) -> dict[str, str]:
    return {"kk": text, "ru": text, "en": text}


RULE = {
    "rule": "lesson-passed",
    "name": words("A lesson"),
    "event": "lesson.completed",
    "which": "first",
    "per": ["lesson"],
    "to": "self",
    "points": 10,
    "caps": {"day": 5},
}
LEVELS = {
    "levels": "effort",
    "name": words("Effort"),
    "steps": [{"key": f"step-{n}", "name": words(f"Step {n}"), "from": 100 * n} for n in range(5)],
}


def a_board(key: str, **changes: Any) -> dict[str, Any]:
    return {"board": key, "name": words(key), "score": {"rules": []}, "period": "week", **changes}


def fill(members: int) -> None:
    """Write everybody in a few statements: numbers from a series, scattered by multiplication."""
    from django.db import connection

    from qadam.recognition.social import Board

    is_sqlite = connection.vendor == "sqlite"
    boards = dict(Board.objects.values_list("key", "id"))
    with connection.cursor() as cursor:
        for statement in statements(members, boards, is_sqlite):
            cursor.execute(statement)
        if not is_sqlite:
            for table in ("people_member", "recognition_pointentry", "recognition_league"):
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("ANALYZE")


def statements(members: int, boards: dict[str, int], is_sqlite: bool) -> Iterator[str]:
    """Yield the statements that write members, scores, counts, the ledger and its totals.

    The members 1 … n/50 lead teams of 50; points are skewed, as people's are.
    """
    series = (
        f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {members}) SELECT i FROM n) AS n"
        if is_sqlite
        else f"generate_series(1, {members}) AS n(i)"
    )
    number = "CAST(i AS bigint)"
    points = f"1 + ({number} * 7919 % {DIFFERENT}) * ({number} * 104729 % {DIFFERENT}) / {DIFFERENT}"
    at = _instant(f"{number} * 48271 % 172800", is_sqlite)
    leader = f"1 + i % {max(1, members // TEAM)}"
    active = f"FROM {series} WHERE i % {ACTIVE} < 2"
    begun = _instant("90 * 86400", is_sqlite)
    yield (
        "INSERT INTO people_member (id, kind, name, email, phone, language, zone, sponsor_id, created_at,"
        " registered_at, day_zero_at, is_test, tin, size, depth)"
        f" SELECT i, 'distributor', 'Айгүл ' || i, '', '', 'kk', '', CASE WHEN i > {max(1, members // TEAM)}"
        f" THEN {leader} END, {begun}, {begun}, {begun}, false, i, 1, 0 FROM {series}"
    )
    for key, group in (("team-week", leader), ("league-week", f"1 + i / {ACTIVE} * 2 / {LEAGUE}")):
        yield (
            "INSERT INTO recognition_score (board_id, starts_on, member_id, group_key, points, reached_at, is_shown,"
            f" can_be_shown) SELECT {boards[key]}, '{MONDAY}', i, {group}, {points}, {at}, true, true {active}"
        )
    yield (
        "INSERT INTO recognition_scorecount (board_id, starts_on, points, people) SELECT board_id, starts_on, points,"
        " count(*) FROM recognition_score GROUP BY board_id, starts_on, points"
    )
    yield (
        "INSERT INTO recognition_league (id, board_id, starts_on, zone, band, people)"
        f" SELECT group_key, board_id, starts_on, 99, 0, {LEAGUE} FROM recognition_score"
        f" WHERE board_id = {boards['league-week']} GROUP BY group_key, board_id, starts_on"
    )
    yield (
        "INSERT INTO recognition_pace (board_id, starts_on, zone, people, median, quarter)"
        f" VALUES ({boards['league-week']}, '{MONDAY}', 99, 0, 0, 0)"
    )
    yield (
        "INSERT INTO recognition_pointentry (id, member_id, rule, version_id, fact, occurred_at, local_day, points,"
        f" posted_at) SELECT i, i, 'lesson-passed', 1, 1000000000 + i, {at}, '{MONDAY}', {points}, {at} {active}"
    )
    for period, starts_on in (("week", MONDAY), ("month", MONTH), ("life", date(1970, 1, 1))):
        yield (
            "INSERT INTO recognition_pointtotal (member_id, period, starts_on, points)"
            f" SELECT i, '{period}', '{starts_on}', {points} {active}"
        )


def _instant(seconds: str, is_sqlite: bool) -> str:
    """Return the SQL of an instant so many seconds before NOW."""
    if is_sqlite:
        return f"STRFTIME('%Y-%m-%d %H:%M:%S', {int(NOW.timestamp())} - ({seconds}), 'unixepoch')"
    return f"TIMESTAMPTZ '{NOW.isoformat()}' - ({seconds}) * INTERVAL '1 second'"


# What is measured


def measure(members: int, questions: int) -> Figures:
    from qadam.recognition.board_definitions import find_board

    random = Random(1)
    board, leagues = find_board("team-week"), find_board("league-week")
    assert board is not None
    assert leagues is not None
    asked = [each for each in (random.randrange(1, members + 1) for _ in range(questions * 3)) if each % ACTIVE < 2]
    figures: Figures = {}
    figures["own place, histogram"] = spread(own_place(board.id, each) for each in asked[:questions])
    figures["own place, plain window"] = spread(window_place(board.id, each) for each in asked[:5])
    for each in asked[:5]:
        assert PLACES["histogram", each] == PLACES["window", each], "the two ways disagree"
    figures["team board with names"] = spread(team_board(board.id, each) for each in asked[:questions])
    figures["page of both boards"] = spread(page(each) for each in asked[: questions // 5])
    figures["award"] = spread(awards([random.randrange(1, members + 1) for _ in range(questions)]))
    more = [random.randrange(1, members + 1) for _ in range(5 * BATCH)]
    figures["award, in batches of 100"] = spread(batches(more))
    figures["weekly close of teams"] = spread([close(board)])
    figures["weekly close of leagues"] = spread([close(leagues)])
    return figures


PLACES: dict[tuple[str, int], int] = {}


def own_place(board_id: int, member_id: int) -> float:
    from qadam.recognition import standings

    def ask() -> None:
        own = standings.read_own(board_id, MONDAY, member_id)
        assert own is not None
        PLACES["histogram", member_id] = 1 + standings.count_above(board_id, MONDAY, own.standing.points)

    return timed(ask)


def window_place(board_id: int, member_id: int) -> float:
    from django.db import connection

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(WINDOW, [board_id, MONDAY.isoformat(), member_id])
            PLACES["window", member_id] = cursor.fetchone()[0]

    return timed(ask)


def team_board(board_id: int, member_id: int) -> float:
    from qadam.recognition import board_queries, standings

    def ask() -> None:
        own = standings.read_own(board_id, MONDAY, member_id)
        assert own is not None
        rows = standings.GroupRows(board_id, MONDAY, own.group_key)
        placed = standings.read_board(rows, own.standing)
        assert placed is not None
        assert any(line.is_me for line in board_queries.tell_rows(placed, member_id))

    return timed(ask)


def page(member_id: int) -> float:
    from qadam.people.models import Member
    from qadam.recognition import board_queries

    member = Member.objects.get(id=member_id)
    return timed(lambda: board_queries.boards_of(member, now=NOW, language="kk"))


def awards(member_ids: Sequence[int]) -> Iterator[float]:
    """Record a fact for each and time the posting alone, from the batch to the commit."""
    from qadam.events import operations as events
    from qadam.events.consumers import read_events
    from qadam.recognition import posting

    for number, member_id in enumerate(member_ids):
        fact = events.NewEvent("lesson.completed", member_id, NOW, f"award-{number}", {"lesson": f"l-{number}"})
        events.record_many([fact], now=NOW)
        batch = read_events("external_id = %s", [f"award-{number}"])
        start = time.perf_counter()
        posted = posting.post_points(batch, now=NOW)
        yield time.perf_counter() - start
        assert len(posted) == 1


def batches(member_ids: Sequence[int], size: int = BATCH) -> Iterator[float]:
    """The same for batches, as the engine hands them over; what one award of a batch costs."""
    from qadam.events import operations as events
    from qadam.events.consumers import read_events
    from qadam.recognition import posting

    for start in range(0, len(member_ids), size):
        some = member_ids[start : start + size]
        facts = [
            events.NewEvent("lesson.completed", member_id, NOW, f"batch-{start + at}", {"lesson": f"b-{start + at}"})
            for at, member_id in enumerate(some)
        ]
        events.record_many(facts, now=NOW)
        batch = read_events("external_id LIKE %s", ["batch-%"])[-len(some) :]
        begin = time.perf_counter()
        posted = posting.post_points(batch, now=NOW)
        yield (time.perf_counter() - begin) / len(some)
        assert len(posted) == len(some)


def close(board: Any) -> float:
    from qadam.recognition import board_closing

    return timed(lambda: board_closing.close_period(board=board, starts_on=MONDAY, now=NOW))


def spread(seconds: Any) -> dict[str, float]:
    """Return the median and the 95th percentile in milliseconds."""
    values = sorted(1_000 * each for each in seconds)
    last = values[min(len(values) - 1, round(0.95 * len(values)))]
    found = {"p50": round(statistics.median(values), 2), "p95": round(last, 2), "n": len(values)}
    print(found, file=sys.stderr, flush=True)
    return found


def report(figures: Figures, options: argparse.Namespace) -> None:
    vendor = "postgresql" if os.environ.get("QADAM_DATABASE") else "sqlite"
    print(f"{vendor}, {options.members:,} members, milliseconds\n")
    print(f"{'':28}{'p50':>10}{'p95':>10}{'aim':>10}")
    for name, found in figures.items():
        aim = f"{AIMS[name]:>10,.0f}" if name in AIMS else ""
        print(f"{name:28}{found['p50']:>10,.2f}{found['p95']:>10,.2f}{aim}")
    times = figures["own place, plain window"]["p50"] / figures["own place, histogram"]["p50"]
    print(f"\nThe plain window query takes {times:,.0f} times as long for the same place.")
    document = {
        "database": vendor,
        "members": options.members,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "aims_ms": AIMS,
        "milliseconds": figures,
    }
    path = ROOT / "bench" / "results" / f"boards-{vendor}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
