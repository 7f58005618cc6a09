"""Points: what is scored, once, under caps; what is taken back; and that totals are the ledger's sum at every moment.

`hear` compares every total with the ledger after each batch.
"""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qadam.events.consumers import read_events
from qadam.events.models import Event
from qadam.people import operations as people
from qadam.people.models import AuditEntry
from qadam.recognition import posting, publishing, queries, releasing
from qadam.recognition.models import Award, Definition, MemberLevel, Period, PointEntry, PointTotal, Score
from qadam.recognition.tests.packs import publish_start_pack
from qadam.recognition.tests.world import DAY, HOUR, START, WORDS, a_badge, a_rule, an_order_rule, hear, life
from tests.cast import NOW, a_company, a_member, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(request):
    return a_company() if "transactional_db" not in request.fixturenames else None


def an_order(member, at=NOW, *, order="o1", **props):
    an_event("order.paid", member, at, order=order, **{"buyer": "retail", **props})


def a_refund(member, at=NOW, *, order="o1"):
    an_event("order.refunded", member, at, order=order)


def points(member):
    return list(PointEntry.objects.filter(member=member).order_by("id").values_list("points", flat=True))


def test_a_hundred_toggles_earn_once():
    a_rule(rule="task", event="task.done", which="first", per=["task"], points=20)
    an_order_rule()
    me = a_member(now=START)
    for turn in range(100):
        an_event("task.done", me, NOW + turn * timedelta(minutes=1), plan="start", task="profile")
        an_order(me, NOW + turn * timedelta(minutes=1))
        a_refund(me, NOW + turn * timedelta(minutes=1, seconds=1))
    hear(NOW + DAY)
    assert life(me) == 20
    assert points(me).count(50) == points(me).count(-50) == 1


def test_first_and_later_are_told_by_their_values():
    a_rule(rule="again", event="order.paid", where={"buyer": "retail"}, which="later", per=["customer"])
    me, other = a_member(now=START), a_member(now=START)
    an_order(me, order="o1", customer="c1")
    an_order(me, order="o2", customer="c2")
    an_order(me, order="o3")
    an_order(me, order="o4")
    an_order(other, order="o5", customer="c1")
    an_order(me, order="o6", customer="c1")
    hear()
    scored = PointEntry.objects.get()
    assert (scored.member_id, Event.objects.get(id=scored.fact).props["order"]) == (me.id, "o6")


@pytest.mark.parametrize("story", ["PR", "RP", "PRP", "RPR", "PRR", "PPR"])
def test_an_order_that_was_refunded_brings_nothing_in_any_order(story):
    an_order_rule()
    me = a_member(now=START)
    for number, act in enumerate(story):
        (an_order if act == "P" else a_refund)(me, NOW - number * HOUR)
    hear()
    assert life(me) == 0
    assert sum(points(me)) == 0


def test_a_reversal_takes_from_the_week_that_had_the_points():
    an_order_rule()
    me = a_member(now=START)
    an_order(me, NOW - 8 * DAY)
    hear()
    a_refund(me, NOW)
    hear()
    entry, reversal = PointEntry.objects.order_by("id")
    assert (reversal.points, reversal.reverses, reversal.local_day) == (-50, entry, entry.local_day)
    assert set(PointTotal.objects.values_list("points", flat=True)) == {0}


def test_caps_count_by_the_earners_day_which_begins_at_three():
    a_rule(caps={"day": 2, "week": 3}, points=1)
    me = a_member(now=START, zone="Asia/Almaty")
    monday_night = NOW - 11 * HOUR + DAY + 2 * HOUR  # Tuesday 02:00 in Almaty is still Monday.
    times = [NOW, NOW + HOUR, monday_night, monday_night + HOUR, monday_night + 2 * HOUR, NOW + 7 * DAY]
    for number, at in enumerate(times):
        an_event("lesson.completed", me, at, lesson=f"l{number}")
    hear(NOW + 8 * DAY)
    scored = PointEntry.objects.order_by("occurred_at").values_list("occurred_at", flat=True)
    assert list(scored) == [times[0], times[1], times[3], times[5]]


def test_a_cap_for_ever_and_a_cool_down_hold_across_batches():
    a_rule(caps={"total": 2}, points=1)
    a_rule(rule="calm", event="customer.checked_in", cooldown="PT1H", points=1)
    me = a_member(now=START)
    for number in range(4):
        an_event("lesson.completed", me, NOW + number * 20 * DAY, lesson=f"l{number}")
        an_event("customer.checked_in", me, NOW + number * timedelta(minutes=40))
        hear(NOW + 90 * DAY)
    assert PointEntry.objects.filter(rule="lesson").count() == 2
    at = PointEntry.objects.filter(rule="calm").values_list("occurred_at", flat=True).order_by("id")
    assert list(at) == [NOW, NOW + timedelta(minutes=80)]


def test_a_reversed_fact_keeps_its_place_under_the_cap():
    an_order_rule(caps={"day": 1})
    me = a_member(now=START)
    an_order(me, NOW, order="o1")
    a_refund(me, NOW + HOUR, order="o1")
    an_order(me, NOW + 2 * HOUR, order="o2")
    hear(NOW + DAY)
    assert points(me) == [50, -50]


def test_old_facts_keep_the_version_of_their_time():
    a_rule(points=10, now=START)
    me = a_member(now=START)
    an_event("lesson.completed", me, START - DAY, now=START, lesson="before")
    an_event("lesson.completed", me, NOW - 2 * DAY, lesson="a")
    a_rule(points=99, now=NOW - DAY, until="2026-03-04")
    an_event("lesson.completed", me, NOW - 2 * DAY, lesson="late")
    an_event("lesson.completed", me, NOW, lesson="b")
    an_event("lesson.completed", me, NOW + 3 * DAY, lesson="after the last day")
    hear(NOW + 4 * DAY)
    rows = PointEntry.objects.order_by("id").values_list("points", "version__number")
    assert list(rows) == [(10, 1), (10, 1), (99, 2)]
    publishing.retire_point_rule(key="lesson", reason="no more", actor=None, now=NOW)
    assert queries.rules_in_force() == []
    assert AuditEntry.objects.filter(action="points.retired", detail__reason="no more").exists()


def test_the_same_content_is_the_same_version():
    assert a_rule() == a_rule(now=NOW)
    assert Definition.objects.count() == 1


@pytest.mark.parametrize(
    ("mentor", "expected"),
    [
        ({}, 1),
        ({"email": "Me@Example.com"}, 0),
        ({"phone": "+7 701 000-00-01"}, 0),
        ({"phone": "8 701 000 00 01"}, 0),
    ],
)
def test_points_for_a_mentor_never_go_to_the_doers_other_record(mentor, expected):
    a_rule(rule="help", event="help.confirmed", to="mentor", points=15, caps={"week": 5})
    above = a_member(now=START, **mentor)
    me = a_member(now=START, mentor_id=above.id, email="me@example.com", phone="87010000001")
    an_event("help.confirmed", me)
    hear()
    assert PointEntry.objects.filter(member=above).count() == expected
    assert not PointEntry.objects.filter(member=me).exists()


def test_without_a_mentor_the_sponsor_earns_and_who_has_left_doesnt():
    a_rule(rule="help", event="help.confirmed", to="mentor", points=15)
    sponsor, gone = a_member(now=START), a_member(now=START)
    type(gone).objects.filter(id=gone.id).update(left_at=START)
    me = a_member(now=START, sponsor_id=sponsor.id, mentor_id=gone.id)
    an_event("help.confirmed", me)
    an_event("help.confirmed", gone)
    hear()
    assert [row.member_id for row in PointEntry.objects.all()] == [sponsor.id]


def test_held_points_wait_and_count_once_they_are_released():
    an_order_rule(hold_days=14)
    me = a_member(now=START)
    an_order(me, order="o1")
    an_order(me, order="o2")
    hear()
    assert (queries.standing_of(me, NOW, "en").waiting, life(me)) == (100, 0)
    a_refund(me, NOW + DAY, order="o1")
    hear(NOW + DAY)
    assert (queries.standing_of(me, NOW, "en").waiting, life(me)) == (50, 0)
    assert releasing.release_due(now=NOW + 13 * DAY) == 0
    assert [releasing.release_due(now=NOW + 14 * DAY) for _ in range(2)] == [1, 0]
    assert (queries.standing_of(me, NOW, "en").waiting, life(me)) == (0, 50)
    a_refund(me, NOW + 20 * DAY, order="o2")
    hear(NOW + 20 * DAY)
    assert life(me) == 0
    states = [(line.state, line.points) for line in queries.ledger_of(me, "en")]
    assert states == [("released", -50), ("held", -50), ("released", 50), ("held", 50)]


def test_points_by_a_formula_are_whole_and_capped():
    a_rule(rule="sales", event="order.paid", where={"buyer": "retail"}, points={"of": "amount", "per": 1000, "most": 5})
    me = a_member(now=START)
    for number, amount in enumerate([999, 1000, 4999, 100_000, -5000]):
        an_order(me, order=f"o{number}", amount=amount)
    an_order(me, order="none")
    hear()
    assert sorted(points(me)) == [1, 4, 5]


def test_levels_rise_and_sink_as_facts_of_the_log():
    steps = [{"key": "start", "name": WORDS, "from": 0}, {"key": "up", "name": WORDS, "from": 50}]
    publishing.publish_levels(document={"levels": "effort", "name": WORDS, "steps": steps}, actor=None, now=START)
    an_order_rule()
    me = a_member(now=START)
    an_order(me)
    hear()
    assert queries.standing_of(me, NOW, "en").level.key == "up"
    a_refund(me, NOW + HOUR)
    hear(NOW + HOUR)
    told = Event.objects.filter(type__startswith="level.").order_by("id").values_list("type", "props")
    assert list(told) == [
        ("level.reached", {"level": "up", "number": 2}),
        ("level.lowered", {"level": "start", "number": 1}),
    ]
    row = MemberLevel.objects.get()
    assert (row.number, row.best) == (0, 1)


acts = st.sampled_from(["lesson a", "lesson b", "paid 1", "paid 2", "refunded 1", "refunded 2", "help"])
histories = st.lists(st.tuples(acts, st.integers(0, 10 * 24)), max_size=14)


@settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(histories, st.integers(1, 6))
def test_any_history_adds_up_and_a_replay_from_zero_gives_the_same(db, history, limit):
    a_rule(which="first", per=["lesson"])
    an_order_rule(caps={"day": 1})
    a_rule(rule="help", event="help.confirmed", to="mentor", points=15, caps={"week": 1}, hold_days=1)
    a_badge({"did": "order.paid", "where": {"buyer": "retail"}, "unless": {"did": "order.refunded", "same": "order"}})
    with transaction.atomic():
        mentor = a_member(now=START)
        me = a_member(now=START, mentor_id=mentor.id)
        for act, hours in history:
            kind, _, what = act.partition(" ")
            at = NOW - hours * HOUR
            if kind == "lesson":
                an_event("lesson.completed", me, at, lesson=what)
            elif kind == "help":
                an_event("help.confirmed", me, at)
            else:
                an_event(f"order.{kind}", me, at, order=what, **({"buyer": "retail"} if kind == "paid" else {}))
        found = []
        for size in (limit, 5_000):
            with transaction.atomic():
                hear(limit=size)
                entries = PointEntry.objects.order_by("fact", "rule", "id")
                awards = Award.objects.held().values_list("member_id", "badge", "tier")
                totals = PointTotal.objects.exclude(points=0).values_list("member_id", "period", "starts_on", "points")
                found.append((sum(entries.values_list("points", flat=True)), set(awards), set(totals)))
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert found[0] == found[1]


def test_with_the_defaults_a_thousand_registrations_bring_nothing():
    """The start pack's own rules: only zero for bringing people in, and nothing for one's own purchases."""
    publish_start_pack(now=START)
    leader = a_member(now=START)
    place = {"sponsor_id": leader.id, "mentor_id": leader.id, "registered_at": NOW - DAY}
    people.add_members([people.NewMember(kind="distributor", **place) for _ in range(1000)], now=NOW)
    an_order(leader, buyer="own")
    an_event("invitation.sent", leader)
    hear()
    assert not PointEntry.objects.exists()
    assert not Award.objects.exists()
    assert not Score.objects.exclude(points=0).exists()


def test_a_weight_for_recruiting_leaves_its_warning_and_reason_in_the_audit():
    a_rule(rule="recruit", event="member.registered", to="sponsor", points=5, reason="the board has decided")
    detail = AuditEntry.objects.get(action="points.published").detail
    assert (detail["warnings"], detail["reason"]) == (["recruiting"], "the board has decided")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_pass_a_cap_together(transactional_db):
    a_company()
    a_rule(caps={"day": 3}, points=1)
    me = a_member(now=START)
    for number in range(40):
        an_event("lesson.completed", me, NOW, lesson=f"l{number}")
    facts = read_events("type = 'lesson.completed'", [])

    def post(half):
        for fact in half:
            posting.post_points([fact], now=NOW)
        connections.close_all()

    threads = [Thread(target=post, args=(facts[start::2],)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PointEntry.objects.count() == 3
    assert PointTotal.objects.get(period=Period.LIFE).points == 3
