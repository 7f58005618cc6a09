"""How a case does, and what mentors are asked to do. The story: noticed, filed, acted on, solved, counted."""

import pytest

from qadam.cases import by_hand, reading_files
from qadam.cases.operations import publish_case, save_case
from qadam.cases.reading_files import CaseNumbers, Share
from qadam.cases.tests.content import a_case, a_measure, a_suggestion
from qadam.cases.tests.engine import catch_up
from qadam.people.models import Member
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, an_event, days


@pytest.mark.parametrize(
    ("treated", "control", "expected"),
    [((20, 40), (6, 30), 0.3), ((20, 29), (6, 30), None), ((20, 40), (6, 29), None), ((0, 0), (0, 0), None)],
)
def test_the_effect_is_told_where_each_arm_has_thirty(treated, control, expected):
    lift = CaseNumbers(treated=Share(*treated), control=Share(*control)).lift
    assert (lift and round(lift.value, 3)) == expected


def test_nobody_is_no_share():
    assert (Share().value, Share().interval) == (None, None)


def publish(**changes):
    publish_case(save_case(a_case(**changes), actor=None, now=NOW), actor=None, now=NOW)


@pytest.mark.django_db
def test_the_story_of_a_case():
    a_company()
    publish(sla="PT24H", measures=[a_measure(), a_suggestion()])
    mentor = a_member()
    solved, lost, quiet, gone = (a_prospect(mentor_id=mentor.id) for _ in range(4))
    for each in (solved, lost, quiet, gone):
        an_event("presentation.declined", each, NOW + days(1))
    catch_up(NOW + days(1))

    asked = reading_files.read_suggestions(Member.objects.filter(mentor=mentor), NOW + days(1))
    assert [each.file.enrollment.member for each in asked] == [solved, lost, quiet, gone]
    assert [each.key for each in asked[0].measures] == ["call"]
    assert [(each.words.en, each.at) for each in asked[0].evidence] == [
        ("declined after a presentation", NOW + days(1))
    ]
    user = a_user(member=mentor)
    by_hand.start_measure(file_id=asked[0].file.id, measure="call", actor=user, now=NOW + days(1.5))
    by_hand.dismiss_suggestion(file_id=asked[1].file.id, reason="Later", actor=user, now=NOW + days(1.5))
    left = reading_files.read_suggestions(Member.objects.filter(mentor=mentor), NOW + days(3))
    assert [each.file.enrollment.member for each in left] == [quiet, gone]
    assert reading_files.read_numbers(NOW + days(3))["declined"].late == 3

    an_event("presentation.attended", solved, NOW + days(4), presentation="p2")
    an_event("member.left", lost, NOW + days(4))
    catch_up(NOW + days(4))
    by_hand.close_file(file_id=asked[3].file.id, outcome="cancelled", reason="A mistake", actor=user, now=NOW + days(5))
    numbers = reading_files.read_numbers(NOW + days(5))["declined"]
    assert (numbers.open, numbers.treated, numbers.control) == (1, Share(1, 2), Share(0, 0))
    catch_up(NOW + days(32))
    assert reading_files.read_numbers(NOW + days(32))["declined"].treated == Share(1, 3)


@pytest.mark.django_db
def test_the_control_group_is_counted_apart_and_nobody_is_asked():
    a_company()
    publish(holdout=100, measures=[a_suggestion()])
    member = a_prospect()
    an_event("presentation.declined", member, NOW + days(1))
    catch_up(NOW + days(1))
    assert reading_files.read_suggestions(Member.objects.all(), NOW + days(1)) == []
    numbers = reading_files.read_numbers(NOW + days(1))["declined"]
    assert (numbers.open, numbers.withheld) == (1, 1)
    catch_up(NOW + days(40))
    numbers = reading_files.read_numbers(NOW + days(40))["declined"]
    assert (numbers.treated, numbers.control) == (Share(0, 0), Share(0, 1))


@pytest.mark.django_db
def test_test_accounts_don_t_count():
    a_company()
    publish()
    an_event("presentation.declined", a_prospect(is_test=True), NOW + days(1))
    catch_up(NOW + days(1))
    assert reading_files.read_numbers(NOW + days(1)) == {}
