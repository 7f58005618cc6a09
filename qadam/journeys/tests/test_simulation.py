"""A simulation says what the live engine does, and leaves nothing behind."""

from dataclasses import replace

import pytest
from hypothesis import given, note

from qadam.events.models import Event
from qadam.journeys import operations
from qadam.journeys.models import Enrollment, Journey, Transition
from qadam.journeys.simulation import Happening, Invented, simulate_entrants, simulate_member
from qadam.journeys.tests.histories import BEGIN, LENGTH, Player, draw_history, fresh_world
from qadam.journeys.tests.stage import DAY, GLAD, LATE, ORDER, SEND, WORDS, publish, run_once
from qadam.journeys.tests.test_laws import by_lot, few
from qadam.lib.documents import FaultyDocument
from qadam.messaging.models import Outbox
from qadam.people.models import Member
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases, pytest.mark.usefixtures("played")]


def a_document(*steps, **rest):
    return {"journey": "test", "name": WORDS, "entry": {"event": "member.registered"}, "steps": list(steps), **rest}


def way_of(course):
    return [(line.step, line.edge, line.to_step, line.at) for line in course.lines if line.kind == "step"]


@few
@given(by_lot)
def test_a_simulation_walks_as_the_live_engine_does(dice):
    """Whoever a condition lets in apart: that is watched for everybody, and a simulation watches nobody."""
    history = draw_history(dice)
    one = replace(history.people[0], registers_at=BEGIN, sponsor_id=None)
    facts = tuple(fact for fact in history.facts if fact.member_id == one.id and fact.type != "member.registered")
    alone = replace(history, people=(one,), facts=facts, looks=())
    if "when" in alone.journey["entry"]:
        return
    note(repr(alone))
    happenings = [Happening(fact.occurred_at - BEGIN, fact.type, fact.props) for fact in facts]
    with fresh_world(alone):
        member = Member.objects.get(id=one.id)
        result = simulate_member(alone.journey, member=member, happenings=happenings, begin=BEGIN, until=BEGIN + LENGTH)
        operations.enroll_member(slug="test", member=member, actor=None, reason="", now=BEGIN)
        for _ in Player(alone).play():
            pass
        assert sorted(map(way_of, result.courses)) == sorted(
            map(live_way, Enrollment.objects.filter(journey__slug="test"))
        )


def live_way(enrollment):
    rows = Transition.objects.filter(enrollment=enrollment, at__lte=BEGIN + LENGTH).order_by("visit")
    return list(rows.values_list("from_step", "edge", "to_step", "at"))


def test_nothing_is_sent_and_nothing_stays():
    member = a_member()
    run_once(NOW)
    before = [model.objects.count() for model in (Event, Journey, Enrollment, Outbox, Member)]
    document = a_document(SEND, DAY, GLAD)
    for who in (member, Invented()):
        result = simulate_member(document, member=who, happenings=(), begin=NOW, until=NOW + days(3))
        assert [edge for _step, edge, _to, _at in way_of(result.courses[0])] == ["sent", "due", "glad"]
        assert result.courses[0].lines[0].letter.subject
    assert before == [model.objects.count() for model in (Event, Journey, Enrollment, Outbox, Member)]


def test_other_journeys_and_their_people_stand_still():
    publish(DAY, GLAD)
    a_member()
    run_once(NOW)
    simulate_member(a_document(SEND, GLAD), member=Invented(), happenings=(), begin=NOW, until=NOW + days(9))
    enrollment = Enrollment.objects.get()
    assert (enrollment.step, enrollment.due_at) == ("day", NOW + days(1))
    run_once(NOW + days(1))
    assert Enrollment.objects.get().exit_reason == "glad"


def test_what_the_member_would_do_counts():
    document = a_document(ORDER, GLAD, LATE)
    buys = [Happening(days(2), "order.paid", {"order": "1"})]
    for happenings, reason in ((buys, "glad"), ((), "late")):
        result = simulate_member(document, member=Invented(), happenings=happenings, begin=NOW, until=NOW + days(9))
        assert result.courses[0].exit_reason == reason
        assert result.exits == {reason: 1}


def test_the_end_of_the_period_shows_where_the_member_waits():
    result = simulate_member(a_document(DAY, GLAD), member=Invented(), happenings=(), begin=NOW, until=NOW)
    assert (result.courses[0].step, result.courses[0].next_at) == ("day", NOW + days(1))


def test_a_document_with_faults_is_refused():
    with pytest.raises(FaultyDocument):
        simulate_member(a_document(), member=Invented(), happenings=(), begin=NOW, until=NOW)


def test_last_month_s_entrants_walk_by_what_they_did():
    buyers = [a_member(now=NOW + days(place)) for place in range(3)]
    for place, member in enumerate(buyers):
        an_event("order.paid", member, NOW + days(place + 1), order=str(place))
    idle = [a_member(now=NOW + days(1)) for _ in range(2)]
    a_member(now=NOW - days(9), registered_at=NOW - days(9))
    run_once(NOW + days(9))
    result = simulate_entrants(a_document(ORDER, GLAD, LATE), since=NOW - days(1), until=NOW + days(20))
    assert {course.member_id for course in result.courses} == {member.id for member in [*buyers, *idle]}
    assert result.exits == {"glad": 3, "late": 2}
    assert result.passed["order", "event"] == 3
    assert not Enrollment.objects.exists()
