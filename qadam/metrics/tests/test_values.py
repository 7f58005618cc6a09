"""Bindings, stored values, restatement, the consumer's touches and what pages get."""

from datetime import timedelta

import pytest

from qadam.events import consumers
from qadam.events.models import Event
from qadam.metrics import consumer, jobs, operations, queries, registry
from qadam.metrics.errors import FaultyParameter, UnknownBinding, UnknownMetric, UnknownPart
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.metrics.operations import NewBinding
from qadam.people import operations as people
from tests.cast import NOW, a_company, a_member, a_prospect, an_event

S1, S2 = "start/s1", "start/s2"
STAGE, CASE, MAP = ("stage", S1), ("case", "silent"), ("map", "start")
PARAMS = {"stages_after": [S2], "horizon_days": 7}


@pytest.fixture
def company(db):
    return a_company()


def ago(days):
    return NOW - timedelta(days=days)


def bind(target=STAGE, *new, now=NOW):
    operations.set_bindings(*target, new or [NewBinding("M1", params=PARAMS, target=0.4, watch=0.3)], now=now)
    return list(MetricBinding.objects.active().filter(target_kind=target[0], target_key=target[1]))


def enter(member, key, at, now=NOW):
    people.enter_memberships([people.Stay(member.id, "stage", key, at)], now=now)


def some_pass(passing, staying, entered=20, now=NOW):
    members = [a_prospect(now=ago(100)) for _ in range(passing + staying)]
    people.enter_memberships([people.Stay(m.id, "stage", S1, ago(entered)) for m in members], now=now)
    people.enter_memberships([people.Stay(m.id, "stage", S2, ago(entered - 2)) for m in members[:passing]], now=now)
    return members


def standing(grain="window"):
    return MetricValue.objects.standing().filter(grain=grain).order_by("period_end").last()


def chip(target=STAGE, language="en", now=NOW):
    return queries.chips([target], language, now)[target][0]


class TestBindings:
    def test_keep_their_values_when_only_the_aim_changes(self, company):
        (first,) = bind()
        jobs.compute(NOW)
        (again,) = bind(STAGE, NewBinding("M1", params=PARAMS, target=0.5))
        assert (again.id, again.target, again.watch) == (first.id, 0.5, None)
        assert MetricValue.objects.filter(binding=again).exists()

    def test_other_parameters_are_another_binding_and_the_old_one_is_retired(self, company):
        (first,) = bind()
        (second,) = bind(STAGE, NewBinding("M1", params=PARAMS | {"horizon_days": 14}))
        assert second.id != first.id
        assert MetricBinding.objects.get(id=first.id).retired_at == NOW

    def test_come_back_and_are_computed_again(self, company):
        (first,) = bind()
        jobs.compute(NOW)
        operations.set_bindings(*STAGE, [], now=NOW)
        (again,) = bind()
        assert (again.id, again.computed_at) == (first.id, None)

    def test_stand_in_the_order_of_their_target(self, company):
        found = bind(STAGE, NewBinding("M2", params=PARAMS), NewBinding("M1", params=PARAMS), NewBinding("M5"))
        assert [each.code for each in found] == ["M2", "M1", "M5"]
        assert [each.kind for each in queries.bindings_of([STAGE])] == ["time", "conversion", "retention"]

    def test_refuse_unknown_metrics_and_name_faulty_parameters(self, company):
        with pytest.raises(UnknownMetric, match="M77"):
            bind(STAGE, NewBinding("M77"))
        with pytest.raises(FaultyParameter) as refusal:
            bind(STAGE, NewBinding("M1", params={"stages_after": [S2]}))
        assert refusal.value.details == {"code": "M1", "target": "stage:start/s1", "parameter": "horizon_days"}
        assert not MetricBinding.objects.exists()

    def test_store_every_parameter_with_its_default(self, company):
        (binding,) = bind(MAP, NewBinding("M4"))
        assert binding.params["days"] == 2
        assert binding.params["event_types"] == list(registry.QUALIFYING)


class TestValues:
    def test_are_stored_with_counts_interval_maturity_and_watermark(self, company):
        some_pass(10, 15)
        bind()
        assert jobs.compute(NOW) == 1
        value = standing()
        assert (value.numerator, value.denominator, value.value) == (10, 25, 0.4)
        assert (value.low, value.high) == (pytest.approx(0.2340, abs=1e-4), pytest.approx(0.5926, abs=1e-4))
        assert (value.maturity, value.as_of, value.formula_version) == ("final", NOW, 1)
        assert value.watermark == Event.objects.order_by("id").last().id

    def test_unchanged_ones_are_not_written_again(self, company):
        some_pass(1, 1)
        bind()
        jobs.compute(NOW)
        before = set(MetricValue.objects.values_list("id", flat=True))
        jobs.compute(NOW + timedelta(minutes=1), only_touched=False)
        assert set(MetricValue.objects.values_list("id", flat=True)) == before
        assert standing().as_of == NOW + timedelta(minutes=1)

    def test_a_closed_period_is_restated_in_a_new_row(self, company):
        members = some_pass(1, 1)
        bind()
        jobs.compute(NOW)
        old = standing()
        enter(members[1], S2, ago(15))
        jobs.compute(NOW + timedelta(minutes=1), only_touched=False)
        new = standing()
        old.refresh_from_db()
        assert (old.numerator, old.superseded_at) == (1, NOW + timedelta(minutes=1))
        assert (new.numerator, new.restatement) == (2, "1/2 → 2/2")
        assert queries.series(new.binding_id)[-2].numerator == 2

    def test_a_provisional_period_is_corrected_in_place(self, company):
        members = some_pass(0, 2, entered=3)
        bind()
        jobs.compute(NOW)
        before = standing("open")
        enter(members[0], S2, NOW)
        jobs.compute(NOW + timedelta(minutes=1), only_touched=False)
        after = standing("open")
        assert (before.id, before.numerator) == (after.id, 0)
        assert (after.numerator, after.denominator, after.n_censored) == (1, 2, 1)
        assert MetricValue.objects.filter(grain="open").count() == 1

    def test_nobody_gives_null_and_a_dash(self, company):
        bind()
        jobs.compute(NOW)
        assert (standing().denominator, standing().value) == (0, None)
        assert (chip().text.number, chip().state) == ("—", "waiting")

    def test_a_failing_metric_says_so_and_stops_no_other(self, company, monkeypatch):
        bind(STAGE, NewBinding("M2", params=PARAMS))
        bind(MAP, NewBinding("M4"))

        def fail(db, stage):
            raise RuntimeError("no stage")

        with monkeypatch.context() as patch:
            patch.setattr("qadam.metrics.primitives.first_entries", fail)
            assert jobs.compute(NOW) == 2
        assert "no stage" in chip().error
        assert chip(MAP).error == ""
        assert jobs.compute(NOW + timedelta(minutes=1)) == 0
        assert jobs.compute(NOW + timedelta(minutes=5)) == 1
        assert chip().error == ""


class TestTouches:
    def advance(self, now):
        consumers.advance_to_end(consumer.NAME, consumer.handle, now=now)

    def test_an_event_moves_the_touched_metric_and_no_other(self, company):
        some_pass(1, 1)
        bind()
        bind(CASE, NewBinding("M9", params={"horizon_days": 21}))
        self.advance(NOW)
        jobs.compute(NOW)
        assert jobs.compute(NOW + timedelta(seconds=20)) == 0
        member = a_prospect(now=NOW)
        enter(member, S1, NOW, now=NOW + timedelta(seconds=21))
        self.advance(NOW + timedelta(seconds=22))
        assert jobs.compute(NOW + timedelta(seconds=23)) == 1
        assert chip().open_denominator == 1

    def test_a_touched_metric_rests_fifteen_seconds(self, company):
        bind()
        jobs.compute(NOW)
        enter(a_prospect(), S1, NOW)
        self.advance(NOW)
        assert jobs.compute(NOW + timedelta(seconds=14)) == 0
        assert jobs.next_due(NOW + timedelta(seconds=14)) == NOW + timedelta(seconds=15)
        assert jobs.compute(NOW + timedelta(seconds=15)) == 1
        assert jobs.compute(NOW + timedelta(seconds=40)) == 0

    def test_events_about_other_stages_and_cases_touch_nothing(self, company):
        bind()
        bind(CASE, NewBinding("M9", params={"horizon_days": 21}))
        jobs.compute(NOW)
        enter(a_prospect(), "start/s4", NOW)
        an_event("journey.entered", 1, NOW, journey="case:other", enrollment=1)
        self.advance(NOW)
        assert jobs.compute(NOW + timedelta(minutes=1)) == 0

    def test_a_touch_during_a_computation_is_not_lost(self, company):
        (read_before,) = bind()
        enter(a_prospect(), S1, NOW)
        self.advance(NOW)
        operations.store_values(binding=read_before, readings=[], formula_version=1, watermark=0, now=NOW)
        assert jobs.compute(NOW + timedelta(seconds=15)) == 1

    def test_everything_is_computed_anew_when_a_local_day_begins(self, company):
        bind()
        jobs.compute(NOW)
        midnight = NOW.replace(hour=19)
        assert jobs.next_due(NOW) == midnight
        assert jobs.compute(midnight - timedelta(seconds=1)) == 0
        assert jobs.compute(midnight) == 1

    def test_without_a_company_there_is_nothing_to_do(self, db):
        assert (jobs.compute(NOW), jobs.next_due(NOW)) == (0, None)

    def test_seal_does_nothing_below_fifty_thousand_rows(self, company):
        an_event("lesson.completed", 1, lesson="a")
        assert jobs.seal(NOW) == 0


class TestChips:
    def test_show_value_aim_state_change_and_trend(self, company):
        some_pass(5, 15, entered=120)
        some_pass(12, 8)
        bind()
        jobs.compute(NOW)
        shown = chip()
        assert (shown.text.number, shown.text.unit, shown.state) == ("60", "%", "on_target")
        assert shown.delta_points == pytest.approx(35)
        assert [point.value for point in shown.series if point.n] == [0.25, 0.6]
        assert (shown.name, shown.target_text.number) == ("Stage conversion", "40")
        assert "within 7 days" in shown.formula

    def test_say_k_of_n_without_a_verdict_or_trend_below_twenty(self, company):
        some_pass(12, 7)
        bind()
        jobs.compute(NOW)
        assert chip().text.number == "12 of 19"
        assert (chip().state, chip().delta_points, chip().is_small) == ("waiting", None, True)

    def test_write_numbers_as_the_language_does(self, company):
        some_pass(3, 37)
        bind(STAGE, NewBinding("M1", params=PARAMS), NewBinding("M2", params=PARAMS, target=4))
        jobs.compute(NOW)
        assert chip(language="ru").text.number == "7,5"
        assert chip(language="kk").name == "Келесі кезеңге өту"

    def test_grow_stale_after_a_day(self, company):
        bind()
        jobs.compute(NOW)
        assert not chip(now=NOW + timedelta(hours=24)).is_stale
        assert chip(now=NOW + timedelta(hours=24, seconds=1)).is_stale
        assert not queries.chips([STAGE], "en")[STAGE][0].is_stale

    def test_stand_for_metrics_never_computed_and_targets_without_any(self, company):
        bind()
        found = queries.chips([STAGE, MAP], "en", NOW)
        assert (found[STAGE][0].as_of, found[STAGE][0].state, found[MAP]) == (None, "waiting", [])

    def test_take_two_queries_however_many(self, company, django_assert_num_queries):
        bind(STAGE, NewBinding("M1", params=PARAMS), NewBinding("M2", params=PARAMS), NewBinding("M5"))
        bind(MAP, NewBinding("M4"))
        jobs.compute(NOW)
        with django_assert_num_queries(2):
            queries.chips([STAGE, MAP], "en", NOW)


class TestPeopleBehind:
    def test_are_as_many_as_the_number_says(self, company):
        members = some_pass(3, 4)
        (binding,) = bind()
        jobs.compute(NOW)
        enter(members[5], S2, NOW + timedelta(hours=1), now=NOW + timedelta(hours=1))
        for part in ("numerator", "denominator"):
            assert len(queries.people_behind(binding.id, part)) == getattr(chip(), part)
        assert set(queries.people_behind(binding.id, "rest")) == {member.id for member in members[3:]}

    def test_of_every_metric_are_as_many_as_its_number(self, company):
        members = [a_member(now=ago(130)) for _ in range(3)]
        for number, member in enumerate(members):
            for day in (45, 44, 5, 3, 2)[: 2 * number + 1]:
                an_event("lesson.completed", member, ago(day), lesson="a", now=NOW)
            an_event("journey.entered", member, ago(40), journey="case:silent", enrollment=number, now=NOW)
        an_event("journey.goal_reached", members[0], ago(30), journey="case:silent", enrollment=0, now=NOW)
        bind(CASE, NewBinding("M9", params={"horizon_days": 21}))
        bind(MAP, NewBinding("M4"), NewBinding("M5"), NewBinding("M5", params={"months": 6}))
        jobs.compute(NOW)
        for shown in (each for found in queries.chips([CASE, MAP], "en").values() for each in found):
            for part in ("numerator", "denominator"):
                assert len(queries.people_behind(shown.binding_id, part)) == getattr(shown, part)
                assert len(queries.people_behind(shown.binding_id, part, "open")) == getattr(shown, f"open_{part}")
        assert (chip(CASE).numerator, chip(CASE).denominator) == (1, 3)

    def test_test_accounts_are_nowhere(self, company):
        member = a_prospect(now=ago(100), is_test=True)
        enter(member, S1, ago(20))
        (binding,) = bind()
        jobs.compute(NOW)
        assert queries.people_behind(binding.id, "denominator") == []

    def test_refuse_what_there_is_not(self, company):
        (binding,) = bind()
        with pytest.raises(UnknownBinding):
            queries.people_behind(binding.id, "numerator")
        with pytest.raises(UnknownPart):
            queries.people_behind(binding.id, "everybody")
