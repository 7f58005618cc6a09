"""Alerts: two consecutive final breaches, never provisional rows, once until one is back within."""

from datetime import timedelta

import pytest

from qadam.metrics import operations, queries
from qadam.metrics.models import Alert, MetricBinding, MetricValue
from qadam.metrics.operations import NewBinding
from tests.cast import NOW, a_company, a_user

MONTH = timedelta(days=30)
PARAMS = {"stages_after": ["start/s2"], "horizon_days": 7}


@pytest.fixture
def binding(db):
    a_company()
    aims = {"target": 0.4, "watch": 0.3, "critical": 0.2, "owner_id": a_user(email="owner@example.com").id}
    operations.set_bindings("stage", "start/s1", [NewBinding("M1", params=PARAMS, **aims)], now=NOW)
    return MetricBinding.objects.get()


def note(binding, months, numerator, denominator=100, maturity="final", unit="share"):
    end = NOW + months * MONTH
    MetricValue.objects.create(
        binding=binding, grain="month", period_start=end - MONTH, period_end=end, numerator=numerator,
        denominator=denominator, value=numerator / denominator if denominator else None, maturity=maturity, as_of=NOW,
        watermark=1, computed_at=NOW, formula_version=1, unit=unit,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "is_raised"),
    [
        ([19, 19], True),
        ([19], False),
        ([20, 19], False),
        ([19, 20], False),
        ([19, 25, 19], False),
        ([25, 19, 19], True),
        ([(3, 19), 19], False),
        ([19, (0, 0)], False),
        ([19, (19, 100, "provisional")], False),
        ([19, 19, (30, 100, "provisional")], True),
    ],
)
def test_two_consecutive_final_breaches_raise_it(binding, rows, is_raised):
    for months, row in enumerate(rows):
        note(binding, months, *(row if isinstance(row, tuple) else (row,)))
    operations.update_alerts(NOW)
    assert bool(queries.open_alerts()) == is_raised


def test_it_is_told_once_and_closed_by_a_final_period_back_within(binding):
    note(binding, 0, 10)
    note(binding, 1, 12)
    assert operations.update_alerts(NOW) == 1
    assert operations.update_alerts(NOW) == 0
    (alert,) = queries.unmailed_alerts()
    assert (alert.line, alert.limit, alert.value, alert.n, alert.owner_id) == ("critical", 0.2, 0.12, 100,
                                                                              binding.owner_id)  # fmt: skip
    assert (alert.name("en"), alert.value_text("ru").number, alert.limit_text("kk").unit) == (
        "Stage conversion",
        "12",
        "%",
    )
    operations.note_alert_mailed(alert_id=alert.id, now=NOW)
    operations.note_alerts_seen(alert_ids=[alert.id], now=NOW)
    note(binding, 2, 5)
    assert operations.update_alerts(NOW) == 1  # a newer breach: the same alert
    (alert,) = queries.open_alerts()
    assert (alert.value, queries.unmailed_alerts()) == (0.05, [])
    note(binding, 3, 30)
    operations.update_alerts(NOW + MONTH)
    assert queries.open_alerts() == []
    assert Alert.objects.get().closed_at == NOW + MONTH
    note(binding, 4, 5)
    note(binding, 5, 5)
    operations.update_alerts(NOW + MONTH)
    assert Alert.objects.count() == 2


def test_too_few_people_leave_it_as_it_is(binding):
    for months, row in enumerate([(10,), (10,), (9, 10)]):
        note(binding, months, *row)
        operations.update_alerts(NOW)
    assert len(queries.open_alerts()) == 1


def test_the_watch_line_stands_in_for_a_missing_critical_one_and_dropping_both_closes(binding):
    MetricBinding.objects.update(critical=None)
    note(binding, 0, 29)
    note(binding, 1, 29)
    operations.update_alerts(NOW)
    assert queries.open_alerts()[0].line == "watch"
    MetricBinding.objects.update(watch=None)
    operations.update_alerts(NOW)
    assert queries.open_alerts() == []


def test_a_time_is_worse_above_its_line(binding):
    operations.set_bindings("stage", "start/s1", [NewBinding("M2", params=PARAMS, critical=0.5)], now=NOW)
    timed = MetricBinding.objects.active().get()
    note(timed, 0, 60, unit="days")
    note(timed, 1, 60, unit="days")
    operations.update_alerts(NOW)
    assert [alert.code for alert in queries.open_alerts()] == ["M2"]
