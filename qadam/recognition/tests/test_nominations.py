"""Badges that colleagues give: who may nominate whom, and who decides."""

import pytest

from qadam.events.models import Event
from qadam.people.models import AuditEntry
from qadam.recognition import errors, operations, queries
from qadam.recognition.models import Award, NominationState
from qadam.recognition.tests.world import DAY, START, a_badge, held
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    a_company()
    a_badge(badge="values", kind="nominated", repeat="quarter")
    a_badge({"did": "lesson.completed"}, badge="earned")


@pytest.fixture
def cast():
    leader = a_member(now=START)
    nominee = a_member(now=START, sponsor_id=leader.id, email="nominee@example.com")
    leader.refresh_from_db()
    return leader, nominee, a_member(now=START, sponsor_id=leader.id)


def nominate(nominee, by, badge="values", now=NOW):
    return operations.nominate_badge(badge=badge, nominee=nominee, nominated_by=by, words="She helps.", now=now)


def test_the_leader_approves_and_the_badge_is_given_once(cast):
    leader, nominee, colleague = cast
    another = a_member(now=START)
    one, two = nominate(nominee, colleague), nominate(nominee, another)
    assert [each.nominee_id for each in queries.nominations_for(leader, "en")] == [nominee.id] * 2
    for nomination, decider in ((one, a_user(member=leader)), (two, a_user(roles=("retention",)))):
        operations.decide_nomination(nomination=nomination, decider=decider, is_approved=True, now=NOW)
    assert held(nominee) == {("values", "one")}
    assert Award.objects.get().period == "2026-Q1"
    assert Event.objects.filter(type="badge.awarded").count() == 1
    assert AuditEntry.objects.filter(action="nomination.decided").count() == 2
    with pytest.raises(errors.HasItAlready):
        nominate(nominee, colleague, now=NOW + 29 * DAY)
    nominate(nominee, colleague, now=NOW + 60 * DAY)


def test_a_declined_nomination_gives_nothing_and_is_decided(cast):
    leader, nominee, colleague = cast
    nomination = nominate(nominee, colleague)
    decider = a_user(member=leader)
    operations.decide_nomination(nomination=nomination, decider=decider, is_approved=False, now=NOW)
    assert held(nominee) == set()
    nomination.refresh_from_db()
    assert nomination.state == NominationState.DECLINED
    with pytest.raises(errors.DecidedAlready):
        operations.decide_nomination(nomination=nomination, decider=decider, is_approved=True, now=NOW)


def test_who_may_not_nominate(cast):
    _leader, nominee, colleague = cast
    with pytest.raises(errors.NominatedOneself):
        nominate(nominee, nominee)
    with pytest.raises(errors.NominatedOneself):
        nominate(nominee, a_member(now=START, email="Nominee@example.com"))
    with pytest.raises(errors.NotByNomination):
        nominate(nominee, colleague, badge="earned")
    nominate(nominee, colleague)
    with pytest.raises(errors.NominatedAlready):
        nominate(nominee, colleague)


def test_who_may_not_decide(cast):
    leader, nominee, colleague = cast
    own = nominate(nominee, leader)
    with pytest.raises(errors.OwnNomination):
        operations.decide_nomination(nomination=own, decider=a_user(member=leader), is_approved=True, now=NOW)
    nomination = nominate(nominee, colleague)
    for decider in (a_user(member=nominee), a_user(member=a_member(now=START)), a_user(roles=("editor",))):
        with pytest.raises(errors.NotTheirLeader):
            operations.decide_nomination(nomination=nomination, decider=decider, is_approved=True, now=NOW)
    with pytest.raises(errors.OwnNomination):
        operations.decide_nomination(nomination=nomination, decider=a_user(member=colleague), is_approved=True, now=NOW)
    assert held(nominee) == set()


def test_help_is_confirmed_once_a_day(cast):
    for _ in range(3):
        operations.confirm_help(member=cast[1], now=NOW)
    assert Event.objects.filter(type="help.confirmed").count() == 1
