"""How soon, and how cheaply, time alone makes a rule true: no order for 14 days, at a million members.

    python bench/conditions.py [--members 1000000] [--due 1 50 1000 5000]

Members and their events (five each, the same at every run) are written straight into the tables of a fresh SQLite
file; with QADAM_DATABASE set, into a database of its own beside the one named there. Everybody ordered last at some
instant of the last 28 days, and came to the cabinet at another one. Three rules are kept: “no order for 14 days”
(live), “has an order” (a latch that everybody is in), “was here this week” (live). Printed, all of one run:

- a tick with k watches due: `now` is set to the instant of the k-th next watch, and what is timed goes from the look
  for due watches to the commit of memberships, events and new watches; 50 is a usual minute of a million members;
- beside it the limit: the same conditions asked of every member, as a system without watches does each minute;
- a tick with nothing due; a refresh by a batch of 1, 100 and 5,000 events.

After each tick the memberships are compared with the condition itself. The figures are written to
bench/results/conditions-<database>.json.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from ingest import own_postgresql

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
HERE = {"did": "cabinet.opened", "within": "P7D"}
QUIET = {
    "all": [
        {"elapsed": "P14D", "since": {"last": "order.paid"}},
        {"did_not": "order.paid", "within": "P14D"},
    ]
}
RULES = {
    ("segment", "quiet"): (QUIET, "live"),
    ("stage", "bought"): ({"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}}, "latch"),
    ("segment", "here"): (HERE, "live"),
}
EVENTS = {
    "order.paid": ('{"order": "o-', 28),
    "lesson.completed": ('{"lesson": "l-', 200),
    "content.opened": ('{"content": "c-', 200),
    "invitation.sent": ('{"channel": "c-', 200),
    "cabinet.opened": ("", 28),
}
"""{type: (how its properties begin, over how many days it is spread)}, one of each for every member."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, nargs="+", default=[1, 50, 1_000, 5_000])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="qadam-bench-"))
    os.environ["QADAM_DATA"] = str(folder)
    try:
        with own_postgresql():
            set_up()
            figures = measure(options.members, options.due)
        write_down(figures, options.members)
    finally:
        shutil.rmtree(folder)


def set_up() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from qadam.people import operations as people

    call_command("migrate", verbosity=0)
    people.set_company(name="Bench", zone="Asia/Almaty", language="en", currency="KZT")


def measure(members: int, due: Sequence[int]) -> dict[str, float]:
    figures: dict[str, float] = {}

    def note(name: str, value: float, unit: str = "s") -> None:
        figures[name] = round(value, 4)
        print(f"{name:52}{value:>12.4f} {unit}", flush=True)

    note(f"writing {members:,} members and their events", timed(lambda: fill(members)))
    note("limit: asking every member", timed(lambda: [ask_everybody(each, NOW) for each in (QUIET, HERE)]))
    for count in [due[0], *due]:  # the first one compiles the conditions
        now = instant_of_watch(count)
        seconds = timed(partial(tick, now))
        note(f"tick with {count:,} watches due", seconds)
    check(now)
    note("tick with nothing due", timed(lambda: tick(now)))
    random = Random(1)
    for size in (1, 1, 100, 5_000):
        batch = some_events(size, members, now, random)
        note(f"refresh by {size:,} events", timed(partial(refresh, batch, now)))
    check(now)
    note("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, "GB")
    return figures


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fill(members: int) -> None:
    """Write everything in a few statements: numbers from a series, scattered by multiplication."""
    from django.db import connection

    from qadam import conditions
    from qadam.segments import operations

    for (kind, key), (document, mode) in RULES.items():
        operations.define_rules(kind, {key: (conditions.parse(document), mode)}, now=NOW)
    is_sqlite = connection.vendor == "sqlite"
    series = (
        f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {members}) SELECT i FROM n) AS n"
        if is_sqlite
        else f"generate_series(1, {members}) AS n(i)"
    )
    statements = [members_from(series)]
    statements += [events_from(series, number, is_sqlite) for number in range(len(EVENTS))]
    statements += states(is_sqlite)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def members_from(series: str) -> str:
    at = "'2025-01-01 00:00:00'"
    return f"""
INSERT INTO people_member (id, kind, name, email, phone, language, zone, created_at, registered_at, day_zero_at,
                           is_test, tin, size, depth)
SELECT i, 'distributor', '', '', '', 'kk', '', {at}, {at}, {at}, false, i, 1, 0 FROM {series}
"""


def events_from(series: str, number: int, is_sqlite: bool) -> str:
    name, (props, days) = list(EVENTS.items())[number]
    seconds = f"((CAST(i AS bigint) * 7919 + {number} * 104729) * 31 % {days * 86_400})"
    at = ago(seconds, is_sqlite)
    document = f"'{props}' || i || '\"}}'" if props else "'{}'"
    return f"""
INSERT INTO events_event (type, member_id, occurred_at, recorded_at, source, external_id, props)
SELECT '{name}', i, {at}, {at}, 'bench', '{number}-' || i, {document if is_sqlite else f"({document})::jsonb"}
FROM {series}
"""


def ago(seconds: str, is_sqlite: bool) -> str:
    """Return the SQL of an instant so many seconds before `NOW`."""
    if is_sqlite:
        return f"STRFTIME('%Y-%m-%d %H:%M:%S', {int(NOW.timestamp())} - {seconds}, 'unixepoch')"
    return f"TIMESTAMPTZ '{NOW.isoformat()}' - {seconds} * INTERVAL '1 second'"


def states(is_sqlite: bool) -> list[str]:
    """Write the memberships and watches that the rules would have come to by `NOW`."""
    stays = "INSERT INTO people_membership (member_id, kind, key, entered_at) SELECT member_id"
    statements = [f"{stays}, 'stage', 'bought', occurred_at FROM events_event WHERE type = 'order.paid'"]
    for key, name, days in (("quiet", "order.paid", 14), ("here", "cabinet.opened", 7)):
        later = (
            f"STRFTIME('%Y-%m-%d %H:%M:%S', occurred_at, '+{days} days')"
            if is_sqlite
            else f"occurred_at + INTERVAL '{days} days'"
        )
        limit = ago(str(days * 86_400), is_sqlite)
        entered, inside = (later, "<=") if key == "quiet" else ("occurred_at", ">")
        found = f"FROM events_event WHERE type = '{name}' AND occurred_at"
        statements += [
            f"{stays}, 'segment', '{key}', {entered} {found} {inside} {limit}",
            f"INSERT INTO segments_watch (rule_id, member_id, flips_at)"
            f" SELECT (SELECT id FROM segments_rule WHERE key = '{key}'), member_id, {later} {found} > {limit}",
        ]
    return statements


def ask_everybody(document: dict[str, object], now: datetime) -> int:
    from qadam import conditions

    return conditions.matching_members(conditions.parse(document), now=now).count()


def instant_of_watch(number: int) -> datetime:
    from qadam.segments.models import Watch

    return Watch.objects.order_by("flips_at").values_list("flips_at", flat=True)[number - 1]


def tick(now: datetime) -> int:
    from qadam.segments import jobs

    return jobs.run_watches(now)


def some_events(size: int, members: int, now: datetime, random: Random) -> list[object]:
    """Record events of random members; return them as a consumer sees them."""
    from qadam.events import operations as events
    from qadam.events.consumers import EventRow

    rows = []
    for _ in range(size):
        name = random.choice(("order.paid", "cabinet.opened"))
        key = f"{random.getrandbits(60):x}"
        document = {"order": key} if name == "order.paid" else {}
        at = now - timedelta(seconds=random.randrange(60))
        rows.append(events.NewEvent(name, random.randrange(1, members + 1), at, key, document, "bench"))
    events.record_many(rows, now=now)
    return [EventRow(number, row.type, row.member_id, row.occurred_at, row.props) for number, row in enumerate(rows)]


def refresh(batch: Sequence[object], now: datetime) -> None:
    from qadam.segments import operations

    operations.refresh(batch, now=now)


def check(now: datetime) -> None:
    """Stop where the memberships aren't what the condition says of everybody at `now`."""
    from qadam.people.models import Membership

    for key, document in (("quiet", QUIET), ("here", HERE)):
        kept = Membership.objects.filter(kind="segment", key=key, left_at__isnull=True).count()
        true = ask_everybody(document, now)
        if kept != true:
            sys.exit(f"{kept} members are kept as {key}, {true} are")


def write_down(figures: dict[str, float], members: int) -> None:
    vendor = "postgresql" if os.environ.get("QADAM_DATABASE") else "sqlite"
    scan = figures["limit: asking every member"]
    usual = figures.get("tick with 50 watches due")
    if usual:
        print(
            f"\nA usual minute takes {usual:.3f} s of its 60; asking everybody takes {scan / usual:,.0f} times as long."
        )
    document = {
        "database": vendor,
        "members": members,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "figures": figures,
    }
    path = ROOT / "bench" / "results" / f"conditions-{vendor}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
