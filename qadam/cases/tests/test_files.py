"""Case files: opened with evidence, one measure by itself in 48 hours, every outcome, both arms, by hand."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qadam.cases import by_hand, jobs
from qadam.cases.errors import (
    CaseRetired,
    FileClosed,
    InControlGroup,
    MeasureForbidden,
    MeasureStarted,
    NothingSuggested,
    OutcomeNotPossible,
    ReasonNeeded,
    UnknownCaseFile,
    UnknownMeasure,
)
from qadam.cases.models import CaseFile, MeasureRun
from qadam.cases.operations import publish_case, retire_cases, save_case
from qadam.cases.outcomes import outcome_of
from qadam.cases.queries import open_counts
from qadam.cases.tests.content import a_case, a_measure, a_suggestion
from qadam.cases.tests.engine import catch_up
from qadam.events.models import Event
from qadam.journeys import operations as journeys
from qadam.journeys.errors import AlreadyUnderWay
from qadam.journeys.models import Enrollment
from qadam.people import identity
from qadam.people import operations as people
from qadam.people.models import AuditEntry, ConsentKind, Membership
from qadam.segments.models import Rule
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, an_event, days

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _company():
    a_company()


def publish(**changes):
    version = save_case(a_case(**changes), actor=None, now=NOW)
    publish_case(version, actor=None, now=NOW)
    return version


TOMORROW = NOW + days(1)


def declined(member=None, at=TOMORROW, **props):
    """Let somebody decline, and the machine notice."""
    member = member or a_prospect()
    an_event("presentation.declined", member, at, **props)
    catch_up(at)
    return member


def the_file(member=None, case="declined"):
    files = CaseFile.objects.filter(case__key=case).select_related("enrollment")
    return files.get(enrollment__member=member) if member else files.get()


def started(case="declined"):
    return [row.props["measure"] for row in Event.objects.filter(type="case.measure_started", props__case=case)]


def the_outcome(file):
    file.refresh_from_db()
    file.enrollment.refresh_from_db()
    return outcome_of(file)


def test_a_file_has_its_evidence_and_its_measure_begins():
    publish(sla="PT24H")
    member = a_prospect()
    an_event("contact.recorded", member, NOW)
    declined(member)
    file = the_file()
    told = [Event.objects.get(id=each).type for each in file.evidence]
    assert told == ["presentation.declined"]
    assert (file.opened_at, file.response_due_at) == (NOW + days(1), NOW + days(2))
    assert [(run.measure, run.trigger, run.is_withheld) for run in file.runs.all()] == [("letter", "automatic", False)]
    assert file.enrollment.step == "letter:rest"
    assert open_counts() == {"declined": 1}


@pytest.mark.parametrize(
    ("what", "props", "on_day", "expected"),
    [
        ("presentation.attended", {"presentation": "p2"}, 3, "success"),
        ("member.left", {}, 3, "failure"),
        ("order.refunded", {"order": "o1"}, 3, "excluded"),
        ("", {}, 32, "expired"),
    ],
)
def test_every_outcome(what, props, on_day, expected):
    publish(exclude={"did": "order.refunded"})
    member = declined()
    if what:
        an_event(what, member, NOW + days(on_day), **props)
    catch_up(NOW + days(on_day))
    assert the_outcome(the_file()) == expected
    assert the_file().automatic_due_at is None
    assert open_counts() == {}


def test_success_wins_over_failure_and_exclusion_at_one_instant():
    publish(exclude={"did": "order.refunded"})
    member = declined()
    at = NOW + days(3)
    an_event("order.refunded", member, at, order="o1")
    an_event("member.left", member, at)
    an_event("presentation.attended", member, at, presentation="p2")
    catch_up(at)
    assert the_outcome(the_file()) == "success"


def test_the_control_group_waits_on_the_same_clock():
    publish(holdout=100, measures=[a_measure(), a_suggestion()])
    member = declined()
    file = the_file()
    assert (file.enrollment.arm, file.suggested_at) == ("control", None)
    assert [(run.measure, run.is_withheld) for run in file.runs.all()] == [("letter", True)]
    assert started() == []
    assert file.enrollment.step == "open"
    with pytest.raises(InControlGroup):
        by_hand.start_measure(file_id=file.id, measure="call", actor=None, now=NOW + days(2))
    an_event("presentation.attended", member, NOW + days(3), presentation="p2")
    catch_up(NOW + days(3))
    assert the_outcome(file) == "success"
    left = Event.objects.get(type="journey.left")
    assert (left.props["arm"], left.props["reason"]) == ("control", "goal")


def test_who_needs_an_answer_is_in_no_control_group():
    publish(holdout=None, never_withheld=True)
    declined()
    assert the_file().enrollment.arm == ""
    assert started() == ["letter"]


@pytest.mark.parametrize("holdout", [0, 100])
def test_the_urgent_case_comes_first_and_the_other_48_hours_later(holdout):
    publish(case="urgent", priority=90, holdout=holdout)
    publish(case="calm", priority=10, holdout=0)
    member = declined()
    assert [run.file.case.key for run in MeasureRun.objects.all()] == ["urgent"]
    assert jobs.next_due() == NOW + days(3)
    catch_up(NOW + days(3) - HOUR)
    assert MeasureRun.objects.count() == 1
    catch_up(NOW + days(3))
    assert started("calm") == ["letter"]
    assert the_file(member, "calm").runs.get().started_at == NOW + days(3)


def test_a_measure_that_waits_never_begins_once_its_file_is_closed():
    publish(case="urgent", priority=90)
    publish(case="calm", priority=10)
    member = declined()
    an_event("presentation.attended", member, NOW + days(2), presentation="p2")
    catch_up(NOW + days(2))
    catch_up(NOW + days(4))
    assert started("calm") == []


def test_a_paused_case_begins_nothing():
    publish()
    an_event("presentation.declined", a_prospect(), NOW + days(1))
    journeys.pause_journey(slug="case:declined", actor=None, now=NOW + HOUR)
    catch_up(NOW + days(1))
    assert CaseFile.objects.count() == 0


@pytest.mark.parametrize(
    ("measure", "prepare", "expected"),
    [
        (a_measure(purpose="product"), "nothing", "consent"),
        (a_measure(purpose="product"), "consent", ""),
        (a_measure(purpose="recruiting", consent=False), "second refusal", "refused"),
        (a_measure(purpose="care"), "second refusal", ""),
        (a_measure(), "no contact", "contact"),
        (a_measure(purpose="recruiting", consent=False), "customer", "buyer"),
        (a_measure(purpose="recruiting", consent=False), "segment", "buyer"),
    ],
)
def test_guards_hold_a_measure_back(measure, prepare, expected):
    publish(measures=[measure])
    member = a_prospect(kind="customer" if prepare == "customer" else "prospect")
    if prepare == "consent":
        people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="form", now=NOW)
    if prepare == "second refusal":
        an_event("presentation.declined", member, NOW - days(9))
    if prepare == "no contact":
        an_event("contact.refused", member, NOW)
    if prepare == "segment":
        a_segment_of_buyers(member)
    declined(member)
    file = the_file()
    assert file.held_back == expected
    assert file.automatic_due_at is None
    assert started() == ([] if expected else ["letter"])


def a_segment_of_buyers(member):
    Rule.objects.create(kind="segment", key="role/buyer", condition={"did": "order.paid"}, mode="live", is_active=True)
    Membership.objects.create(member=member, kind="segment", key="role/buyer", entered_at=NOW)


def test_what_is_held_back_takes_no_turn():
    publish(case="urgent", priority=90, measures=[a_measure(purpose="product")])
    publish(case="calm", priority=10)
    declined()
    assert started("calm") == ["letter"]


def test_a_case_comes_back_after_its_cooldown():
    publish(cooldown="P30D", detect={"did": "presentation.declined", "within": "P5D"})
    member = declined()
    catch_up(NOW + days(32))
    declined(member, NOW + days(40))
    assert CaseFile.objects.count() == 1
    catch_up(NOW + days(50))
    declined(member, NOW + days(62))
    assert [outcome_of(each) for each in CaseFile.objects.order_by("id")] == ["expired", ""]


def test_a_suggestion_is_done():
    publish(holdout=0, measures=[a_suggestion(steps=[{"id": "note", "wait": {"for": "P2D"}}])])
    declined()
    file, mentor = the_file(), a_user()
    assert file.suggested_at == NOW + days(1)
    assert Event.objects.get(type="case.suggested").props == {"case": "declined", "measure": "call"}
    by_hand.start_measure(file_id=file.id, measure="call", actor=mentor, now=NOW + days(2))
    catch_up(NOW + days(2))
    file.refresh_from_db()
    assert file.first_response_at == NOW + days(2)
    assert (file.runs.get().trigger, file.runs.get().started_by) == ("suggested", mentor)
    assert the_file().enrollment.step == "call:note"
    with pytest.raises(MeasureStarted):
        by_hand.start_measure(file_id=file.id, measure="call", actor=mentor, now=NOW + days(2))
    assert AuditEntry.objects.filter(action="case.measure_started", actor=mentor).count() == 1
    assert Event.objects.filter(type="case.responded").count() == 1


def test_steps_begun_by_hand_take_the_place_of_those_under_way():
    publish(measures=[a_measure(), a_suggestion(steps=[{"id": "note", "wait": {"for": "P2D"}}]), a_suggestion("chat")])
    declined()
    file = the_file()
    assert file.enrollment.step == "letter:rest"
    by_hand.start_measure(file_id=file.id, measure="chat", actor=None, now=NOW + days(2))
    catch_up(NOW + days(2))
    assert the_file().enrollment.step == "letter:rest"
    by_hand.start_measure(file_id=file.id, measure="call", actor=None, now=NOW + days(2))
    catch_up(NOW + days(2))
    assert the_file().enrollment.step == "call:note"
    catch_up(NOW + days(5))
    assert the_file().enrollment.step == "rest"


def test_a_suggestion_is_declined_and_the_person_left_in_peace():
    publish(measures=[a_suggestion()])
    member = declined()
    file = the_file()
    with pytest.raises(ReasonNeeded):
        by_hand.dismiss_suggestion(file_id=file.id, reason=" ", actor=None, now=NOW + days(2))
    by_hand.dismiss_suggestion(
        file_id=file.id, reason="Asked for peace", actor=None, now=NOW + days(2), wants_no_contact=True
    )
    with pytest.raises(NothingSuggested):
        by_hand.dismiss_suggestion(file_id=file.id, reason="Again", actor=None, now=NOW + days(2))
    catch_up(NOW + days(2))
    with pytest.raises(MeasureForbidden, match="asked not to be contacted"):
        by_hand.start_measure(file_id=file.id, measure="call", actor=None, now=NOW + days(3))
    publish(case="other", measures=[a_suggestion()])
    assert Event.objects.filter(type="contact.refused", member_id=member.id).count() == 1


def test_nothing_is_suggested_against_a_guard():
    publish(measures=[a_suggestion(purpose="recruiting")])
    declined(a_prospect(kind="customer"))
    assert the_file().suggested_at is None


def test_closing_by_hand_needs_a_reason_and_stops_the_journey():
    publish()
    declined()
    file, user = the_file(), a_user()
    for outcome, reason, refusal in (("success", "", ReasonNeeded), ("expired", "Why", OutcomeNotPossible)):
        with pytest.raises(refusal):
            by_hand.close_file(file_id=file.id, outcome=outcome, reason=reason, actor=user, now=NOW + days(2))
    by_hand.close_file(file_id=file.id, outcome="success", reason="Came to the office", actor=user, now=NOW + days(2))
    assert the_outcome(file) == "success"
    assert (file.closed_by, file.closed_reason) == (user, "Came to the office")
    assert Enrollment.objects.get().exit_reason == "stopped"
    with pytest.raises(FileClosed):
        by_hand.close_file(file_id=file.id, outcome="failure", reason="Again", actor=user, now=NOW + days(2))
    assert AuditEntry.objects.filter(action="case.closed", actor=user).count() == 1


def test_stopping_the_journey_cancels_the_file():
    publish()
    declined()
    enrollment = Enrollment.objects.get()
    journeys.stop_enrollment(enrollment_id=enrollment.id, actor=None, reason="By mistake", now=NOW + days(2))
    assert the_outcome(the_file()) == "cancelled"


def test_opening_by_hand():
    publish(measures=[a_suggestion()])
    member, user = a_prospect(), a_user()
    file = by_hand.open_file(case="declined", member=member, actor=user, reason="Told me so", now=NOW + days(1))
    catch_up(NOW + days(1))
    assert CaseFile.objects.count() == 1
    assert (file.opened_by, file.evidence, file.suggested_at) == (user, [], NOW + days(1))
    with pytest.raises(AlreadyUnderWay):
        by_hand.open_file(case="declined", member=member, actor=user, reason="Again", now=NOW + days(1))
    with pytest.raises(UnknownMeasure):
        by_hand.start_measure(file_id=file.id, measure="dance", actor=user, now=NOW + days(1))
    with pytest.raises(UnknownCaseFile):
        by_hand.start_measure(file_id=0, measure="call", actor=user, now=NOW + days(1))


def test_a_retired_case_ends_what_is_open_and_begins_nothing():
    version = publish(case="urgent", priority=90)
    publish(case="calm", priority=10)
    member = declined()
    retire_cases(["calm", "urgent"], actor=None, now=NOW + days(2))
    catch_up(NOW + days(4))
    assert started("calm") == []
    assert open_counts() == {"urgent": 1, "calm": 1}
    with pytest.raises(CaseRetired):
        by_hand.open_file(case="urgent", member=a_member(), actor=None, reason="Why", now=NOW + days(2))
    an_event("presentation.attended", member, NOW + days(5), presentation="p2")
    catch_up(NOW + days(5))
    assert open_counts() == {}
    publish_case(version, actor=None, now=NOW + days(6))
    declined(at=NOW + days(7))
    assert open_counts() == {"urgent": 1}


def test_a_file_goes_with_its_member():
    publish()
    member = declined()
    declined(at=NOW + days(1))
    member.delete()
    assert CaseFile.objects.count() == 1
    assert open_counts() == {"declined": 1}


def test_two_records_of_one_person_have_one_open_file():
    publish()
    kept, other = declined(), declined()
    alone = declined()
    identity.merge_members(kept=kept, other=other, actor=None, now=NOW + days(2))
    identity.merge_members(kept=a_prospect(), other=alone, actor=None, now=NOW + days(2))
    catch_up(NOW + days(2))
    assert CaseFile.objects.filter(enrollment__member=kept).count() == 1
    assert open_counts() == {"declined": 2}
    assert {Event.objects.get(id=file.evidence[0]).member_id for file in CaseFile.objects.all()} == {
        file.enrollment.member_id for file in CaseFile.objects.all()
    }


def test_what_was_written_about_a_person_is_erased_with_them():
    publish(measures=[a_suggestion()])
    member = declined()
    file = the_file()
    by_hand.dismiss_suggestion(file_id=file.id, reason="Lives at 5 Abai street", actor=None, now=NOW + days(2))
    by_hand.close_file(file_id=file.id, outcome="failure", reason="His wife said no", actor=None, now=NOW + days(2))
    identity.erase_member(member=member, actor=None, now=NOW + days(3))
    catch_up(NOW + days(3))
    file.refresh_from_db()
    assert (file.dismissed_reason, file.closed_reason) == ("", "—")
    assert the_outcome(file) == "failure"


def test_many_files_cost_as_many_statements_as_few():
    publish(measures=[a_measure(), a_suggestion()], sla="PT24H")
    counts = []
    for number in (2, 8):
        for _each in range(number):
            an_event("presentation.declined", a_prospect(), NOW + days(1))
        with CaptureQueriesContext(connection) as captured:
            catch_up(NOW + days(1))
        counts.append(len(captured))
    assert MeasureRun.objects.count() == 10
    assert counts[1] <= counts[0]
