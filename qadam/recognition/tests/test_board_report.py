"""The report on a board's control group, beside a count in plain Python."""

from random import Random

import pytest

from qadam.events import operations as events
from qadam.experiments.models import Assignment
from qadam.experiments.operations import assign_arms
from qadam.experiments.rules import CONTROL, TREATED, Arm
from qadam.lib.intervals import newcombe_interval
from qadam.people.models import Member
from qadam.people.operations import NewMember, add_members
from qadam.recognition.board_report import people_in_arms, report_of
from qadam.recognition.errors import UnknownDefinition
from qadam.recognition.tests.social import a_board
from tests.cast import NOW, a_company, days

ARMS = (Arm(CONTROL, 4_000), Arm(TREATED, 6_000))


@pytest.fixture
def company(db):
    return a_company()


def people_with_acts(number, random):
    """Add members of different ages with a few acts each; return {member: (day 0, instants of acts)}."""
    begun = [NOW - days(random.choice((20, 40, 60, 120))) for _each in range(number)]
    members = add_members([NewMember(kind="distributor", registered_at=at) for at in begun], now=NOW)
    pairs = list(zip(members, begun, strict=True))
    acts = {each.id: [at + days(random.uniform(0, 100)) for _n in range(3)] for each, at in pairs}
    events.record_many(
        [
            events.NewEvent("task.done", member, at, f"{member}:{n}", {"plan": "p", "task": "t"})
            for member, instants in acts.items()
            for n, at in enumerate(instants)
            if at <= NOW
        ],
        now=NOW,
    )
    return {each.id: (at, acts[each.id]) for each, at in pairs}


@pytest.mark.django_db
def test_retention_of_both_arms_is_that_of_plain_python(company):
    a_board(holdout=40)
    people = people_with_acts(240, Random(5))
    gone = sorted(people)[:20]
    Member.objects.filter(id__in=gone).update(left_at=NOW - days(30))
    arms = assign_arms(layer="board:team-week", arms=ARMS, member_ids=sorted(people), now=NOW - days(120))
    late = sorted(people)[20:30]
    Assignment.objects.filter(member_id__in=late).update(at=NOW)
    report = report_of("team-week", now=NOW)
    for found, day in zip(report.retention, (30, 90), strict=True):
        counts = {CONTROL: [0, 0], TREATED: [0, 0]}
        for member, (zero, acts) in people.items():
            end = zero + days(day)
            if end > NOW or member in late:
                continue
            counts[arms[member]][1] += 1
            is_here = member not in gone or NOW - days(30) > end
            counts[arms[member]][0] += is_here and any(end - days(14) < at <= end and at <= NOW for at in acts)
        assert [found.treated.kept, found.treated.people] == counts[TREATED]
        assert [found.control.kept, found.control.people] == counts[CONTROL]
        assert found.is_enough == (min(counts[CONTROL][1], counts[TREATED][1]) >= 30)
        if found.is_enough:
            assert found.interval == newcombe_interval(tuple(counts[TREATED]), tuple(counts[CONTROL]))
    assert [each.is_enough for each in report.retention] == [True, False], "day 90 has too few, and says so"
    assert report.retention[1].difference is None
    assert sum(people_in_arms("team-week").values()) == 240


@pytest.mark.django_db
def test_a_board_that_is_not_there_has_no_report(company):
    with pytest.raises(UnknownDefinition):
        report_of("nothing", now=NOW)
