"""A real shop's history, imported and lived through: our figures are those that the file itself gives.

Every eighth customer of CDNOW's sample; `python bench/cdnow.py` does it with all of them, day by day.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from bench import cdnow
from qadam.lib.clock import utc_now
from qadam.packs.documents import find_folder, read_pack
from qadam.packs.operations import apply_pack
from qadam.people import operations as people
from qadam.people.import_files import open_table
from qadam.people.imports import Plan, import_orders
from tests.cast import a_user

STRIDE = 7
pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    try:
        sample = cdnow.find_file("CDNOW_sample.txt")
    except SystemExit as missing:
        pytest.skip(str(missing))
    lines = [line for line in sample.read_text().splitlines() if line.split() and int(line.split()[1]) % 16 == 0]
    path = tmp_path / "CDNOW_sample.txt"
    path.write_text("\n".join(lines))
    return path


def test_a_shop_is_lived_through(file: Path, settings) -> None:
    settings.MESSAGING_CHANNEL = "null"
    a_user(roles=("retention",))
    people.set_company(name="CDNOW", zone=cdnow.ZONE.key, language="en", currency="USD")
    apply_pack(read_pack(find_folder("retail")), actor=None, now=cdnow.midnight(cdnow.START))
    with Progress(console=Console(quiet=True)) as bar:
        life = cdnow.Life(bar, stride=STRIDE)
        plan = Plan(open_table(file, columns=cdnow.COLUMNS[file.name]), cdnow.MAPPINGS[file.name], source="cdnow")
        report = import_orders(plan, create_members="customer", on_day=life.live_through, now=utc_now())
        life.live_through(cdnow.END - timedelta(days=1))
    cdnow.compute_metrics()

    purchases = cdnow.read_purchases(file)
    assert not report.errors
    assert report.members_created == len(purchases)
    for row in cdnow.stage_figures(purchases):
        assert row["entered"] == row["from_file"]
    for row in cdnow.cohort_figures(purchases):
        assert row["customers"] > row["buying"][0] > row["buying"][-1]
    _look_at_case(purchases)
    _look_at_metrics(purchases)
    again = import_orders(plan, create_members="customer", now=utc_now())
    assert (again.created, again.present) == (0, report.created)


def _look_at_case(purchases: cdnow.Purchases) -> None:
    """The engine looked once a week: who came back within the week after day 60 may have been missed."""
    case = cdnow.case_figures(purchases)
    gaps = [(days[1] - days[0]).days if len(days) > 1 else 999 for days in purchases.values()]
    assert sum(gap > 60 + STRIDE for gap in gaps) <= case["members_found"] <= sum(gap >= 60 for gap in gaps)
    assert set(case["endings"]) == {"goal", "horizon"}


def _look_at_metrics(purchases: cdnow.Purchases) -> None:
    """M1 of the first stage: who bought again within 90 days. Two orders within a week were seen as one moment."""
    rows = [row for row in cdnow.metric_figures() if (row["metric"], row["target"]) == ("M1", "retail/first")]
    again = sum(len(days) > 1 and (days[1] - days[0]).days <= 90 for days in purchases.values())
    assert sum(row["denominator"] for row in rows) == pytest.approx(len(purchases), rel=0.02)
    assert sum(row["numerator"] for row in rows) == pytest.approx(again, rel=0.05)
