"""Numbers of the past: by an older version's rules and aims, and of one chosen month or quarter."""

from datetime import timedelta

import pytest

from qadam.metrics import history
from qadam.metrics.bindings import NewBinding
from qadam.metrics.history import Span
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.metrics.operations import set_bindings
from tests.cast import NOW, a_company, days

pytestmark = pytest.mark.django_db
TARGET = ("stage", "small/s1")
PARAMS = {"horizon_days": 30, "stages_after": ["small/s2"]}


@pytest.fixture
def binding():
    a_company()
    set_bindings(*TARGET, [NewBinding("M1", params=PARAMS, target=0.4, watch=0.3)], now=NOW - days(300))
    return MetricBinding.objects.get()


def a_value(binding, start, end, k, n, grain="window", **changes):
    return MetricValue.objects.create(
        binding=binding, grain=grain, period_start=NOW - days(start), period_end=NOW - days(end), numerator=k,
        denominator=n, value=k / n if n else None, maturity="final", as_of=NOW, watermark=1,
        computed_at=NOW - days(end), formula_version=1, unit="share", formula_id="stage-conversion", **changes,
    )  # fmt: skip


def shown(binding, since, until, target=0.4):
    plan = {TARGET: [NewBinding("M1", params=PARAMS, target=target, watch=target / 2)]}
    return history.chips_by_rules(plan, NOW - days(since), NOW - days(until), "en")[TARGET][0]


def test_a_version_shows_its_own_numbers_by_its_own_aims(binding):
    a_value(binding, 290, 200, 30, 100)
    a_value(binding, 190, 100, 50, 100)
    a_value(binding, 90, 1, 90, 100)
    MetricBinding.objects.update(retired_at=NOW - days(90), target=0.9)
    chip = shown(binding, 210, 95, target=0.6)
    assert (chip.numerator, chip.target, chip.state) == (50, 0.6, "watch")
    assert chip.as_of == NOW - days(95)
    assert not chip.is_stale
    assert shown(binding, 99, 95).denominator == 0


def test_a_later_restatement_is_not_known_then(binding):
    a_value(binding, 190, 100, 50, 100, superseded_at=NOW - days(50))
    a_value(binding, 190, 100, 55, 100, restatement="50 of 100")
    assert shown(binding, 210, 80).numerator == 50
    assert shown(binding, 210, 40).numerator == 55


def test_a_quarter_is_the_sum_of_its_months_and_lacks_what_it_lacks(binding):
    for back, k in ((90, 10), (60, 20), (30, 30)):
        a_value(binding, back, back - 30, k, 50, grain="month")
    month = Span("2026-09", NOW - days(60), NOW - days(30))
    quarter = Span("2026-q3", NOW - days(90), NOW)
    assert history.chips_in([TARGET], month, "en")[TARGET][0].numerator == 20
    chip = history.chips_in([TARGET], quarter, "en")[TARGET][0]
    assert (chip.numerator, chip.denominator, chip.value) == (60, 150, 0.4)
    assert chip.low < 0.4 < chip.high
    later = Span("2026-q4", NOW - days(60), NOW + timedelta(days=30))
    assert history.chips_in([TARGET], later, "en")[TARGET][0].text.number == "—"
