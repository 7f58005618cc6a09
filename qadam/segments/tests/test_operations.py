from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qadam import conditions
from qadam.events import operations as events
from qadam.events.consumers import EventRow, advance_to_end
from qadam.events.models import Cursor, Event
from qadam.people import operations as people
from qadam.people.models import Member, Membership
from qadam.segments import consumer, jobs, operations
from qadam.segments.errors import RuleUsesEntry
from qadam.segments.models import Rule, Watch
from tests.cast import NOW, a_company, a_member, an_event, days

pytestmark = pytest.mark.django_db

QUIET = {
    "all": [{"elapsed": "P14D", "since": {"last": "order.delivered"}}, {"did_not": "cabinet.opened", "within": "P14D"}]
}
BOUGHT = {"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}}


@pytest.fixture(autouse=True)
def company(db):
    return a_company()


def define(kind: str, key: str, document: object, mode: str, now: datetime = NOW) -> list[tuple[str, str]]:
    return operations.define_rules(kind, {key: (conditions.parse(document, where=key), mode)}, now=now)


def tick(now: datetime) -> None:
    advance_to_end(consumer.NAME, consumer.handle, now=now)
    jobs.run_watches(now)


def stays(kind: str = "segment") -> list[tuple[int, datetime, datetime | None]]:
    rows = Membership.objects.filter(kind=kind).order_by("entered_at", "member_id")
    return list(rows.values_list("member_id", "entered_at", "left_at"))


def recorded(name: str) -> list[tuple[int | None, datetime]]:
    return list(Event.objects.filter(type=name).order_by("id").values_list("member_id", "occurred_at"))


def test_stage_is_entered_when_the_event_happened_and_never_left():
    member, other = a_member(), a_member()
    define("stage", "s4", BOUGHT, "latch")
    an_event("order.paid", member, NOW + days(1), order="a")
    an_event("cabinet.opened", other, NOW + days(1))
    tick(NOW + days(2))
    assert stays("stage") == [(member.id, NOW + days(1), None)]
    an_event("order.refunded", member, NOW + days(3), order="a")
    tick(NOW + days(3))
    assert stays("stage") == [(member.id, NOW + days(1), None)]
    assert recorded("stage.entered") == [(member.id, NOW + days(1))]
    assert not Watch.objects.exists()


def test_time_alone_lets_in_at_its_exact_moment():
    member = a_member()
    define("case", "quiet", QUIET, "live")
    an_event("order.delivered", member, NOW, order="a")
    an_event("cabinet.opened", member, NOW + days(1))
    tick(NOW + days(2))
    assert jobs.next_due() == NOW + days(14)
    tick(NOW + days(14))
    assert jobs.next_due() == NOW + days(15)
    tick(
        NOW
        + days(
            15,
        )
        - timedelta(microseconds=1)
    )
    assert stays("case") == []
    tick(NOW + days(15) + timedelta(hours=5))
    assert stays("case") == [(member.id, NOW + days(15), None)]
    assert recorded("case.entered") == [(member.id, NOW + days(15))]
    assert jobs.next_due() is None


def test_live_rule_lets_out_by_event_and_by_time_and_in_again():
    member = a_member()
    define("segment", "active", {"did": "cabinet.opened", "within": "P30D"}, "live")
    an_event("cabinet.opened", member, NOW)
    tick(NOW + days(1))
    tick(NOW + days(40))
    an_event("cabinet.opened", member, NOW + days(50))
    tick(NOW + days(51))
    assert stays() == [(member.id, NOW, NOW + days(30)), (member.id, NOW + days(50), None)]
    assert recorded("segment.left") == [(member.id, NOW + days(30))]


def test_leaving_and_coming_back_within_one_refresh_changes_nothing():
    member = a_member()
    define("segment", "active", {"did": "cabinet.opened", "within": "P3D"}, "live")
    an_event("cabinet.opened", member, NOW)
    tick(NOW)
    an_event("cabinet.opened", member, NOW + days(4))
    tick(NOW + days(5))
    assert stays() == [(member.id, NOW, None)]
    assert jobs.next_due() == NOW + days(7)


def test_replay_of_a_batch_is_harmless():
    members = [a_member() for _number in range(3)]
    define("stage", "s4", BOUGHT, "latch")
    define("segment", "active", {"did": "order.paid", "within": "P3D"}, "live")
    for member in members:
        an_event("order.paid", member, NOW, order="a")
    tick(NOW)
    before = stays("stage"), stays(), list(Watch.objects.order_by("id").values_list("id", "flips_at"))
    Cursor.objects.filter(name=consumer.NAME).update(position=0)
    tick(NOW)
    assert (stays("stage"), stays(), list(Watch.objects.order_by("id").values_list("id", "flips_at"))) == before
    assert len(recorded("segment.entered")) == 3


def test_new_rule_is_filled_from_history():
    early, late, timed = a_member(), a_member(), a_member()
    an_event("order.paid", early, NOW - days(9), order="a")
    an_event("order.paid", late, NOW - days(2), order="b")
    an_event("order.delivered", timed, NOW - days(20), order="c")
    tick(NOW)
    changed = define("stage", "s4", BOUGHT, "latch") + define("case", "quiet", QUIET, "live")
    assert changed == [("stage", "s4"), ("case", "quiet")]
    operations.evaluate_everybody(changed, now=NOW)
    assert stays("stage") == [(early.id, NOW - days(9), None), (late.id, NOW - days(2), None)]
    assert stays("case") == [(timed.id, NOW, None)]
    operations.evaluate_everybody(changed, now=NOW + days(1))
    assert len(stays("stage")) == 2


def test_same_rule_again_is_no_change_and_another_is():
    assert define("stage", "s4", BOUGHT, "latch") == [("stage", "s4")]
    assert define("stage", "s4", BOUGHT, "latch") == []
    assert define("stage", "s4", {"did": "order.paid"}, "latch") == [("stage", "s4")]
    assert Rule.objects.count() == 1


def test_changed_live_rule_lets_out_who_no_longer_fits():
    member = a_member()
    an_event("order.paid", member, NOW - days(1), order="a")
    operations.evaluate_everybody(define("segment", "buyers", {"did": "order.paid"}, "live"), now=NOW)
    changed = define("segment", "buyers", {"did": "order.paid", "count": {"at_least": 2}}, "live")
    operations.evaluate_everybody(changed, now=NOW)
    assert stays() == [(member.id, NOW - days(1), NOW)]


def test_rules_that_are_not_given_again_are_retired():
    member = a_member()
    an_event("order.paid", member, NOW, order="a")
    bought = conditions.parse({"did": "order.paid", "within": "P9D"}, where="x")
    rules = {"start/a": (bought, "live"), "start/b": (bought, "latch"), "other/a": (bought, "live")}
    operations.evaluate_everybody(operations.define_rules("segment", rules, now=NOW), now=NOW)
    operations.define_rules("segment", {"start/c": (bought, "live")}, prefix="start/", now=NOW + days(1))
    active = set(Rule.objects.filter(is_active=True).values_list("key", flat=True))
    assert active == {"start/c", "other/a"}
    open_keys = set(Membership.objects.filter(left_at__isnull=True).values_list("key", flat=True))
    assert open_keys == {"start/b", "other/a"}
    assert set(Watch.objects.values_list("rule__key", flat=True)) == {"other/a"}


def test_rule_of_an_entry_may_not_count_from_it():
    with pytest.raises(RuleUsesEntry):
        define("case", "quiet", {"did": "order.paid", "since": "entry"}, "live")


def test_rule_of_an_entry_has_no_key_either():
    with pytest.raises(RuleUsesEntry):
        define("case", "ticket", {"did": "question.opened", "same": {"property": "ticket", "as": "entry"}}, "live")


def test_event_that_no_rule_mentions_costs_two_reads(django_assert_num_queries):
    """The rules, the watches due, and nothing more."""
    member = a_member()
    define("stage", "s4", BOUGHT, "latch")
    define("segment", "active", {"did": "cabinet.opened", "within": "P30D"}, "live")
    batch = [EventRow(1, "content.opened", member.id, NOW, {"content": "a"})]
    with django_assert_num_queries(2 + 2):  # and the transaction's two
        operations.refresh(batch, now=NOW)


def test_watch_is_written_only_where_it_changed():
    member = a_member()
    define("segment", "active", {"did": "cabinet.opened", "within": "P30D", "count": {"at_least": 2}}, "live")
    for ago in (3, 2):
        an_event("cabinet.opened", member, NOW - days(ago), now=NOW)
    tick(NOW)
    (before,) = Watch.objects.all()
    an_event("cabinet.opened", member, NOW - days(9), now=NOW)
    with CaptureQueriesContext(connection) as captured:
        tick(NOW)
    (after,) = Watch.objects.all()
    assert (after.id, after.flips_at) == (before.id, NOW + days(27))
    assert not [query for query in captured if "INSERT INTO segments_watch" in query["sql"]]


def test_event_dated_ahead_counts_when_its_instant_comes():
    member = a_member()
    define("stage", "s1", {"did": "cabinet.opened"}, "latch")
    an_event("cabinet.opened", member, NOW + timedelta(minutes=3), now=NOW)
    tick(NOW)
    assert stays("stage") == []
    assert jobs.next_due() == NOW + timedelta(minutes=3)
    tick(NOW + timedelta(hours=1))
    assert stays("stage") == [(member.id, NOW + timedelta(minutes=3), None)]


def test_late_event_never_makes_a_stay_end_before_it_began():
    member = a_member(now=NOW - days(9))
    define("segment", "unspoilt", {"all": [{"did": "order.paid"}, {"did_not": "order.refunded"}]}, "live")
    an_event("order.paid", member, NOW, order="a")
    tick(NOW)
    an_event("order.refunded", member, NOW - days(1), order="b", now=NOW)
    tick(NOW + days(1))
    assert stays() == [(member.id, NOW, NOW)]


def test_leader_is_asked_when_the_team_acts():
    leader = a_member(now=NOW - days(60))
    partner = a_member(sponsor_id=leader.id, now=NOW - days(30))
    team = {"team": {"of": "frontline", "where": {"did": "order.paid", "within": "P7D"}}}
    define("segment", "leads", team, "live")
    an_event("order.paid", partner, NOW, order="a")
    tick(NOW + days(1))
    tick(NOW + days(9))
    assert stays() == [(leader.id, NOW, NOW + days(7))]


def test_day_of_the_path_is_entered_at_local_midnight():
    member = a_member(zone="America/New_York")
    define("case", "c7", {"all": [{"day": {"at_least": 6}}, {"did_not": "lesson.completed", "days": [0, 5]}]}, "live")
    tick(NOW)
    due = jobs.next_due()
    assert due == datetime.fromisoformat("2026-03-08T00:00:00-05:00")
    tick(due + days(1))
    assert stays("case") == [(member.id, due, None)]


def test_a_batch_takes_the_same_number_of_statements_for_many_members(django_assert_max_num_queries):
    define("stage", "s4", BOUGHT, "latch")
    define("segment", "active", {"did": "order.paid", "within": "P30D"}, "live")
    members = people.add_members([people.NewMember(registered_at=NOW) for _number in range(300)], now=NOW)
    orders = [events.NewEvent("order.paid", each.id, NOW, f"o{each.id}", {"order": str(each.id)}) for each in members]
    events.record_many(orders, now=NOW)
    with django_assert_max_num_queries(40):
        tick(NOW)
    assert Member.objects.filter(memberships__kind="stage").count() == 300
