"""Drafts, the gate inside publishing, and what publishing sets going."""

import pytest

from qadam.cases.models import CaseVersion
from qadam.cases.operations import save_case
from qadam.cases.tests.engine import catch_up
from qadam.events.models import Event
from qadam.journeys.models import Journey
from qadam.lib.documents import FaultyDocument
from qadam.maps import consumer, operations, queries
from qadam.maps.errors import AlreadyPublished, GateRefused, SecondPairOfEyes
from qadam.maps.gate_rules import Fault
from qadam.maps.models import JourneyMap, MapVersion, Review
from qadam.maps.tests.content import a_case, a_map, a_stage, other_cases, save_cases, say
from qadam.metrics.models import MetricBinding
from qadam.people import operations as people
from qadam.people.models import AuditEntry, Membership, User
from qadam.segments.models import Rule
from tests.cast import NOW, a_company, a_prospect, a_user, an_event, days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    a_company()
    a_user(roles=("retention",), email="retention@example.com")


def publish(document=None, *, case=None, now=NOW, actor=None):
    save_cases(case, actor=actor, now=now)
    return operations.publish_map_document(document or a_map(), actor=actor, now=now)


def run_once(now):
    catch_up(now, consumer)


def stands_in(member):
    return list(Membership.objects.filter(member=member, kind="stage", left_at=None).values_list("key", flat=True))


def test_a_draft_is_saved_over_and_keeps_its_number():
    first = operations.save_draft(a_map(), actor=None, now=NOW)
    second = operations.save_draft(a_map(name=say("Renamed")), actor=None, now=NOW + days(1))
    assert (first.id, second.number) == (second.id, 1)
    assert second.name["en"] == "Renamed"
    assert second.stages.count() == 3


def test_a_faulty_document_leaves_no_trace():
    with pytest.raises(FaultyDocument):
        operations.save_draft(a_map(languages=["xx"]), actor=None, now=NOW)
    assert not JourneyMap.objects.exists()


def test_an_owner_must_be_a_user():
    stages = [a_stage("s1", "contact.recorded", owner="oleg@example.com"), *a_map()["stages"][1:]]
    with pytest.raises(FaultyDocument, match="oleg@example"):
        operations.save_draft(a_map(stages=stages), actor=None, now=NOW)
    oleg = a_user(email="oleg@example.com")
    draft = operations.save_draft(a_map(stages=stages), actor=None, now=NOW)
    assert draft.stages.get(key="s1").owner == oleg


def test_publishing_sets_everything_going():
    oleg = a_user(roles=("retention",))
    version = publish(actor=oleg)
    assert (version.number, version.published_at, version.valid_from, version.valid_to) == (1, NOW, NOW, None)
    assert version.published_by == oleg
    stage_rules = Rule.objects.filter(kind="stage", is_active=True)
    assert dict(stage_rules.values_list("key", "mode")) == {f"small/s{n}": "latch" for n in (1, 2, 3)}
    names = {"declined", "unheard", "returned", "learns"}
    assert set(Rule.objects.filter(kind="case").values_list("key", flat=True)) == names
    assert set(Journey.objects.values_list("slug", flat=True)) == {f"case:{name}" for name in names}
    first = MetricBinding.objects.get(target_key="small/s1", code="M1")
    assert first.params["stages_after"] == ["small/s2", "small/s3"]
    assert first.params["horizon_days"] == 30
    assert first.owner == oleg
    assert MetricBinding.objects.get(target_key="declined").params["horizon_days"] == 30
    assert MetricBinding.objects.get(target_key="declined").owner == oleg
    assert [pin.case_version.case.key for pin in version.pins.all()] == ["declined", "unheard", "returned", "learns"]
    assert Review.objects.get(map=version.map).due_on == NOW.date() + days(90)
    assert AuditEntry.objects.filter(action="map.published", actor=oleg).exists()


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_a_stage_without_its_metric_is_refused_by_name(stage):
    document = a_map()
    document["stages"][stage]["metrics"] = [{"code": "M2", "role": "extra"}] if stage < 2 else []
    with pytest.raises(GateRefused, match=f"Stage s{stage + 1}") as caught:
        publish(document)
    assert [failure.anchor for failure in caught.value.failures] == [f"stage-s{stage + 1}"]


def test_a_case_without_its_metric_is_refused_by_name():
    with pytest.raises(GateRefused, match="Declined after the presentation"):
        publish(case=a_case(metrics=[{"code": "M9", "role": "extra"}]))


def test_the_refusal_names_every_object_and_writes_nothing():
    document = a_map(name={"en": "Small map"})
    for stage in document["stages"]:
        stage["metrics"] = []
    with pytest.raises(GateRefused) as caught:
        publish(document, case=a_case(metrics=[]))
    assert [failure.anchor for failure in caught.value.failures] == [
        "stage-s1", "stage-s2", "stage-s3", "case-declined", "map-small",
    ]  # fmt: skip
    assert not MapVersion.objects.exists()
    assert not Rule.objects.exists()


def test_a_case_that_nobody_wrote_is_refused():
    with pytest.raises(GateRefused, match="nowhere"):
        publish(a_map(cases=["nowhere"]))


@pytest.mark.parametrize(
    ("changes", "fault", "anchor"),
    [
        ({"metrics": a_map()["metrics"][1:]}, Fault.NO_RESPONSE, "map-small"),
        ({"cases": ["declined", "unheard", "returned"]}, Fault.NO_POSITIVE_CASE, "map-small"),
        ({"cases": ["declined", "learns", "returned"]}, Fault.NO_PROBLEM_CASE, "stage-s1"),
        ({"next_review_on": "2026-03-01"}, Fault.REVIEW_PAST, "map-small"),
        ({"segmentation": "role"}, Fault.UNKNOWN_SEGMENT, "map-small"),
    ],
)
def test_each_rule_of_the_gate_bites_when_publishing(changes, fault, anchor):
    with pytest.raises(GateRefused) as caught:
        publish(a_map(**changes))
    assert [(each.fault, each.anchor) for each in caught.value.failures] == [(fault, anchor)]


def test_a_case_whose_example_comes_out_differently_is_refused():
    wrong = a_case()["examples"][0] | {"events": []}
    with pytest.raises(GateRefused) as caught:
        publish(case=a_case(examples=[wrong, a_case()["examples"][1]]))
    assert [(each.fault, each.key) for each in caught.value.failures] == [(Fault.EXAMPLE_FAILS, "declined")]


def test_without_anybody_to_answer_nothing_is_published():
    User.objects.all().delete()
    with pytest.raises(GateRefused) as caught:
        publish()
    assert {each.fault for each in caught.value.failures} == {Fault.NO_OWNER}


def test_a_second_person_publishes_where_the_map_asks_for_it():
    oleg, asel = a_user(email="oleg@example.com"), a_user(email="asel@example.com")
    publish()
    JourneyMap.objects.update(needs_four_eyes=True)
    draft = operations.save_draft(a_map(name=say("Renamed")), actor=oleg, now=NOW + days(1))
    with pytest.raises(SecondPairOfEyes):
        operations.publish_map(draft, actor=oleg, now=NOW + days(1))
    assert operations.publish_map(draft, actor=asel, now=NOW + days(1)).number == 2


def test_the_same_content_again_changes_nothing():
    first = publish()
    assert publish(now=NOW + days(1)) == first
    assert MapVersion.objects.count() == 1


def test_publishing_closes_the_interval_before_it():
    publish()
    publish(a_map(name=say("Renamed")), now=NOW + days(10))
    first, second = MapVersion.objects.order_by("number")
    assert (first.valid_from, first.valid_to) == (NOW, NOW + days(10))
    assert (second.valid_from, second.valid_to) == (NOW + days(10), None)


def test_a_published_version_never_changes():
    version = publish()
    before = MapVersion.objects.filter(id=version.id).values().get()
    stages = list(version.stages.values())
    draft = operations.save_draft(a_map(name=say("Renamed")), actor=None, now=NOW + days(1))
    assert draft.id != version.id
    assert MapVersion.objects.filter(id=version.id).values().get() == before
    assert list(version.stages.values()) == stages
    with pytest.raises(AlreadyPublished):
        operations.publish_map(version, actor=None, now=NOW + days(1))


def test_a_changed_case_makes_a_new_version_of_the_map():
    publish()
    publish(case=a_case(priority=70), now=NOW + days(1))
    assert [version.number for version in queries.list_versions("small")] == [2, 1]
    assert CaseVersion.objects.published().filter(case__key="declined").count() == 2


def test_a_case_that_leaves_the_map_is_noticed_no_more():
    member = a_prospect()
    an_event("presentation.declined", member)
    publish()
    assert Membership.objects.filter(kind="case", left_at=None).count() == 1
    others = [*other_cases(), a_case() | {"case": "refused", "name": say("Refused")}]
    for case in others:
        save_case(case, actor=None, now=NOW)
    publish(a_map(cases=["refused", "unheard", "returned", "learns"]), now=NOW + days(1))
    assert not Rule.objects.get(kind="case", key="declined").is_active
    assert not Membership.objects.filter(kind="case", key="declined", left_at=None).exists()


def test_everybody_is_placed_when_a_map_is_published():
    member = a_prospect()
    an_event("contact.recorded", member, NOW - days(9))
    an_event("presentation.attended", member, NOW - days(2), presentation="p1")
    publish()
    run_once(NOW)
    assert stands_in(member) == ["small/s2"]
    first = Membership.objects.get(member=member, key="small/s1")
    assert (first.entered_at, first.left_at) == (NOW - days(9), NOW - days(2))


def test_the_way_through_the_stages():
    publish()
    member = a_prospect()
    for day, event, props in ((1, "contact.recorded", {}), (3, "order.paid", {"order": "o1"})):
        an_event(event, member, NOW + days(day), **props)
        run_once(NOW + days(day))
    assert stands_in(member) == ["small/s3"]
    an_event("presentation.attended", member, NOW + days(5), presentation="p1")
    run_once(NOW + days(5))
    assert stands_in(member) == ["small/s3"]
    assert queries.stage_counts("small") == {"s3": 1}
    left = Event.objects.filter(type="stage.left", member_id=member.id).values_list("props", flat=True)
    assert {props["key"] for props in left} == {"small/s1", "small/s2"}


def test_who_leaves_the_company_stands_nowhere():
    publish()
    member = a_prospect()
    an_event("contact.recorded", member)
    run_once(NOW)
    people.leave_company(member=member, reason="own wish", at=NOW + days(1), now=NOW + days(1))
    run_once(NOW + days(1))
    assert stands_in(member) == []
    an_event("presentation.attended", member, NOW, presentation="p1", now=NOW + days(2))
    run_once(NOW + days(2))
    assert stands_in(member) == []


def test_reading_the_same_batch_twice_is_harmless():
    publish()
    member = a_prospect()
    an_event("contact.recorded", member)
    run_once(NOW)
    stays = list(Membership.objects.values())
    rows = [consumer.EventRow(1, "stage.entered", member.id, NOW, {"key": "small/s1"})]
    consumer.handle(rows, NOW)
    consumer.handle(rows, NOW)
    assert list(Membership.objects.values()) == stays


def test_who_stood_in_a_dropped_stage_goes_back_to_the_farthest_one_left():
    publish()
    member = a_prospect()
    an_event("contact.recorded", member, NOW)
    an_event("presentation.attended", member, NOW + days(1), presentation="p1")
    run_once(NOW + days(1))
    shorter = a_map(stages=[a_map()["stages"][0], a_map()["stages"][2]], cases=["unheard", "returned", "learns"])
    publish(shorter, now=NOW + days(2))
    run_once(NOW + days(2))
    assert stands_in(member) == ["small/s1"]
    assert not Rule.objects.get(key="small/s2").is_active
