"""Eighteen months of a real shop, through our own import, engine and metrics.

    python bench/cdnow.py [--sample] [--data FOLDER]

CDNOW sold CDs. Its purchase history (23,570 customers who first bought in January to March 1997, 69,659 rows until
June 1998) lies inside the PyPI package `lifetimes`, from which it is read, never copied into this repository. It is
imported as customers and orders into a company with the retail pack, day by day, and after each day the engine runs
under the set clock, so that nothing knows what the morrow brings. Printed: stage conversions, the share of each
starting month that buys again in each later month, and the members found in the case, each beside the same figure
counted straight from the file; and the seconds it took.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress

ROOT = Path(__file__).resolve().parents[1]
ZONE = ZoneInfo("America/New_York")
START, END = date(1997, 1, 1), date(1998, 7, 1)
STAGES = ("first", "active", "loyal")
CASE = "silent-after-first-order"
MAPPINGS = {
    "CDNOW_master.txt": {
        "customer_id": "member",
        "date": "paid_at",
        "number_of_cds": "quantity",
        "dollar_value": "amount",
    },
    "CDNOW_sample.txt": {"customer": "member", "date": "paid_at", "cds": "quantity", "dollars": "amount"},
}
COLUMNS = {"CDNOW_master.txt": [], "CDNOW_sample.txt": ["customer", "number", "date", "cds", "dollars"]}

Purchases = dict[str, list[date]]
"""The days on which each customer bought, in order, each once."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", action="store_true", help="the 1-in-10 sample instead of everybody")
    parser.add_argument("--data", type=Path, help="keep the company in this new folder, to look at it with qadam serve")
    options = parser.parse_args()
    file = find_file("CDNOW_sample.txt" if options.sample else "CDNOW_master.txt")
    folder = options.data or Path(tempfile.mkdtemp(prefix="qadam-cdnow-"))
    if folder.is_dir() and any(folder.iterdir()):
        sys.exit(f"{folder} isn't empty.")
    os.environ["QADAM_DATA"] = str(folder)
    os.environ.pop("QADAM_SMTP", None)
    try:
        figures = run(file)
    finally:
        if options.data is None:
            shutil.rmtree(folder, ignore_errors=True)
    show(figures)
    path = ROOT / "bench" / "results" / f"{file.stem.lower()}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")


def find_file(name: str) -> Path:
    """Return the data file of the installed package, without importing it (its own dependencies aren't installed)."""
    try:
        files = metadata.files("lifetimes") or []
    except metadata.PackageNotFoundError:
        files = []
    for each in files:
        if each.name == name:
            return Path(str(each.locate()))
    sys.exit(
        "The package lifetimes isn't installed. It brings the data; its dependencies aren't needed:\n"
        "    .venv/bin/python -m pip install --no-deps --require-hashes -r requirements/cdnow.txt"
    )


def run(file: Path) -> dict[str, Any]:
    """Import the file, play it, and return all figures."""
    seconds: dict[str, float] = {}
    with timed("set up", seconds):
        set_up()
    from qadam.lib.clock import utc_now
    from qadam.people.import_files import open_table
    from qadam.people.imports import Plan, import_orders

    table = open_table(file, columns=COLUMNS[file.name])
    plan = Plan(table, MAPPINGS[file.name], source="cdnow")
    with Progress(console=Console(stderr=True)) as bar:
        life = Life(bar)
        with timed("import", seconds):
            report = import_orders(plan, create_members="customer", on_day=life.live_through, now=utc_now())
        seconds["import"] -= life.seconds
        life.live_through(END - timedelta(days=1))
    assert not report.errors, report.errors[:5]
    seconds["engine"] = life.seconds
    with timed("metrics", seconds):
        compute_metrics()
    purchases = read_purchases(file)
    return {
        "customers": report.members_created,
        "orders": report.created,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "stages": stage_figures(purchases),
        "buys_again": cohort_figures(purchases),
        "case": case_figures(purchases),
        "metrics": metric_figures(),
    }


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - start


def midnight(day: date) -> datetime:
    from qadam.lib.clock import start_of_day

    return start_of_day(day, ZONE)


def set_up() -> None:
    """A fresh company with the retail pack, whose letters go nowhere."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from qadam.packs.documents import find_folder, read_pack
    from qadam.packs.operations import apply_pack
    from qadam.people import operations as people

    call_command("migrate", verbosity=0)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # As for the demo company: should this process die, the folder is thrown away anyway.
            cursor.execute("PRAGMA synchronous=OFF")
    settings.MESSAGING_CHANNEL = "null"
    people.set_company(name="CDNOW", zone=ZONE.key, language="en", currency="USD")
    people.add_staff(
        email="analyst@example.com", name="Analyst", roles=("retention",), password=None, language="en",
        now=midnight(START),
    )  # fmt: skip
    apply_pack(read_pack(find_folder("retail")), actor=None, now=midnight(START))


class Life:
    """The engine under the set clock: it looks at the end of every day (or of every `stride` days)."""

    def __init__(self, bar: Progress, stride: int = 1) -> None:
        self.seconds = 0.0
        self._stride = stride
        self._next = START
        self._bar = bar
        self._task = bar.add_task("days", total=(END - START).days)

    def live_through(self, day: date) -> None:
        """Run the engine for every day up to `day`, those without an order too."""
        from qadam.site.engine import run_once

        start = time.perf_counter()
        while self._next <= day:
            self._next += timedelta(days=1)
            if (END - self._next).days % self._stride == 0:
                run_once(midnight(self._next))
            self._bar.advance(self._task)
        self.seconds += time.perf_counter() - start


def compute_metrics() -> None:
    from qadam.metrics import jobs

    jobs.seal(midnight(END))
    jobs.compute(midnight(END), only_touched=False)


def read_purchases(file: Path) -> Purchases:
    """Read the file once more, by the plainest means, to have something to compare with."""
    days: defaultdict[str, set[date]] = defaultdict(set)
    place = 2 if file.name == "CDNOW_sample.txt" else 1
    for line in file.read_text().splitlines():
        cells = line.split()
        if cells and cells[place].isdecimal():
            days[cells[0]].add(date.fromisoformat(cells[place]))
    return {customer: sorted(found) for customer, found in days.items()}


def stage_figures(purchases: Purchases) -> list[dict[str, Any]]:
    """For each stage: who entered it, how many of them went on (ever, and within 90 days), and after how long."""
    from qadam.people.models import Membership

    entered: dict[str, dict[int, datetime]] = {}
    for stage in STAGES:
        stays = Membership.objects.filter(kind="stage", key=f"retail/{stage}").order_by("-entered_at")
        entered[stage] = dict(stays.values_list("member_id", "entered_at"))
    figures = []
    for number, stage in enumerate(STAGES, start=1):
        following = entered[STAGES[number]] if number < len(STAGES) else {}
        waits = [
            (following[each].astimezone(ZONE).date() - at.astimezone(ZONE).date()).days
            for each, at in entered[stage].items()
            if each in following
        ]
        figures.append(
            {
                "stage": stage,
                "entered": len(entered[stage]),
                "from_file": sum(len(days) >= number for days in purchases.values()),
                "went_on": len(waits),
                "within_90_days": sum(wait <= 90 for wait in waits),
                "median_days": median(waits) if waits else None,
            }
        )
    return figures


def cohort_figures(purchases: Purchases) -> list[dict[str, Any]]:
    """For each starting month: how many of its customers bought in each later month; from the log, by DuckDB."""
    from qadam.metrics import store

    query = f"""
        WITH paid AS (
            SELECT member_id, date_trunc('month', occurred_at AT TIME ZONE '{ZONE.key}') AS month
            FROM events WHERE type = 'order.paid'
        ), started AS (SELECT member_id, min(month) AS start FROM paid GROUP BY member_id)
        SELECT strftime(start, '%Y-%m'), date_diff('month', start, month) AS later, count(DISTINCT member_id)
        FROM paid JOIN started USING (member_id) GROUP BY ALL ORDER BY ALL
    """
    with store.open_log(midnight(END)) as db:
        rows = db.execute(query).fetchall()
    expected: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for customer, days in purchases.items():
        for day in days:
            later = (day.year - days[0].year) * 12 + day.month - days[0].month
            expected[f"{days[0]:%Y-%m}", later].add(customer)
    assert {(start, later): count for start, later, count in rows} == {key: len(who) for key, who in expected.items()}
    sizes = {start: count for start, later, count in rows if later == 0}
    return [
        {
            "start": start,
            "customers": size,
            "buying": [count for month, later, count in rows if month == start and later],
        }
        for start, size in sizes.items()
    ]


def case_figures(purchases: Purchases) -> dict[str, Any]:
    """Who was found silent 60 days after the first order, who came back, and how many the file says there are."""
    from qadam.journeys.models import Enrollment
    from qadam.people.models import Membership

    pause = timedelta(days=60)
    silent = [days for days in purchases.values() if len(days) == 1 or midnight(days[1]) >= midnight(days[0]) + pause]
    files = Enrollment.objects.filter(journey__slug=f"case:{CASE}")
    endings: defaultdict[str, int] = defaultdict(int)
    for reason in files.values_list("exit_reason", flat=True):
        endings[reason or "open"] += 1
    return {
        "members_found": Membership.objects.filter(kind="case", key=CASE).values("member_id").distinct().count(),
        "from_file": len(silent),
        "came_back_within_90_days_from_file": sum(
            len(days) > 1 and days[1] - days[0] <= timedelta(days=150) for days in silent
        ),
        "endings": dict(endings),
    }


def metric_figures() -> list[dict[str, Any]]:
    """The map's own monthly values of its mandatory metrics."""
    from qadam.metrics.models import MetricValue

    values = (
        MetricValue.objects.standing()
        .filter(grain="month", binding__role="mandatory", denominator__gt=0)
        .select_related("binding")
        .order_by("binding__target_key", "period_start")
    )
    return [
        {
            "target": value.binding.target_key,
            "metric": value.binding.code,
            "month": f"{value.period_start.astimezone(ZONE):%Y-%m}",
            "numerator": value.numerator,
            "denominator": value.denominator,
            "maturity": value.maturity,
        }
        for value in values
    ]


def show(figures: dict[str, Any]) -> None:
    took = figures["seconds"]
    print(f"\n{figures['customers']:,} customers, {figures['orders']:,} orders; seconds: ", end="")
    print(", ".join(f"{name} {value}" for name, value in took.items()), f"(together {sum(took.values()):.1f})\n")
    print(
        f"{'stage':10}{'entered':>9}{'from file':>11}{'went on':>9}{'':>7}{'in 90 days':>12}{'':>7}{'median days':>13}"
    )
    for row in figures["stages"]:
        ever, soon = (f"{row[name] / row['entered']:.1%}" for name in ("went_on", "within_90_days"))
        print(f"{row['stage']:10}{row['entered']:>9,}{row['from_file']:>11,}", end="")
        if row["median_days"] is not None:
            print(
                f"{row['went_on']:>9,}{ever:>7}{row['within_90_days']:>12,}{soon:>7}{row['median_days']:>13g}", end=""
            )
        print()
    print("\nShare of each starting month that buys again, by months since (the last month is whole: June 1998)")
    for row in figures["buys_again"]:
        shares = " ".join(f"{count / row['customers']:6.1%}" for count in row["buying"])
        print(f"{row['start']}  n={row['customers']:<6,}{shares}")
    case = figures["case"]
    print(f"\nCase “silent after the first order” (60 days): {case['members_found']:,} members", end="")
    print(f" (from the file: {case['from_file']:,}); endings: {case['endings']}")
    print("\nThe map's own values by month")
    for row in figures["metrics"]:
        number, among = row["numerator"], row["denominator"]
        where = f"{row['metric']:4}{row['target']:28}{row['month']}"
        note = "" if row["maturity"] == "final" else "  (provisional)"
        print(f"{where}  {number:>6,} of {among:>6,}  {number / among:.1%}{note}")


if __name__ == "__main__":
    main()
