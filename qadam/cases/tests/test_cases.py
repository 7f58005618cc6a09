"""Cases: their documents, their one journey, their versions."""

import pytest

from qadam.cases import queries
from qadam.cases.documents import parse
from qadam.cases.errors import CaseWithoutResult, UnknownCase
from qadam.cases.models import CaseVersion
from qadam.cases.operations import publish_case, save_case
from qadam.cases.rules import compile_journey, detection_rule
from qadam.cases.tests.engine import catch_up
from qadam.journeys.models import Enrollment, JourneyVersion
from qadam.lib.documents import FaultyDocument
from tests.cast import NOW, a_company, a_prospect, an_event, days


def say(text):
    return {"kk": text, "ru": text, "en": text}


def a_case(**changes):
    return {
        "case": "declined",
        "stage": "s2",
        "polarity": "negative",
        **{name: say(name) for name in ("name", "context", "client_reaction", "company_reaction", "result")},
        "causes": [say("Little trust")],
        "measures": [say("One repeated contact")],
        "detect": {"did": "presentation.declined"},
        "exclude": {"is": {"registered": True}},
        "success": {"did": "presentation.attended", "since": "entry"},
        "failure": {"did": "member.left", "since": "entry"},
        "horizon": "P30D",
        "measure": [{"id": "rest", "wait": {"for": "P40D"}}],
        "metrics": [{"code": "M9", "role": "mandatory", "target": 0.25}],
        **changes,
    }


def test_a_case_is_one_journey():
    journey = compile_journey(a_case())
    assert journey["journey"] == "case:declined"
    assert journey["entry"] == {"event": "case.entered", "where": {"key": "declined"}}
    assert journey["goal"] == a_case()["success"]
    assert journey["exit"] == a_case()["failure"]
    assert journey["horizon"] == "P30D"


def test_a_case_that_only_watches_waits_for_its_horizon():
    watching = {**a_case(), "measure": [], "failure": None}
    assert compile_journey(watching)["steps"] == [{"id": "watch", "wait": {"for": "P30D"}}]
    assert "exit" not in compile_journey(watching)


def test_who_is_excluded_is_not_detected():
    assert detection_rule(a_case()) == {"all": [a_case()["detect"], {"not": a_case()["exclude"]}]}
    assert detection_rule({"detect": {"did": "order.paid"}}) == {"did": "order.paid"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"case": "Отказ"}, "case"),
        ({"case": "a" * 60}, "case"),
        ({"polarity": "bad"}, "polarity"),
        ({"name": "Declined"}, "name"),
        ({"causes": "trust"}, "causes"),
        ({"detect": {"did": "presentation.lost"}}, "detect.did"),
        ({"detect": {"did": "order.paid", "since": "entry"}}, "detect"),
        ({"success": None}, "success"),
        ({"horizon": "21 days"}, "horizon"),
        ({"measure": {"id": "rest"}}, "measure"),
        ({"metrics": [{"code": "M9", "targt": 1}]}, "metrics[0].targt"),
        ({"holdout": 10}, "holdout"),
    ],
)
def test_faults_are_named_with_their_place(changes, place):
    with pytest.raises(FaultyDocument) as caught:
        parse(a_case(**changes))
    assert place in [fault.place for fault in caught.value.faults]


@pytest.mark.django_db
def test_a_draft_is_saved_over_until_it_is_published():
    a_company()
    draft = save_case(a_case(), actor=None, now=NOW)
    assert save_case(a_case(priority=60), actor=None, now=NOW).id == draft.id
    draft.refresh_from_db()
    publish_case(draft, actor=None, now=NOW)
    second = save_case(a_case(priority=70), actor=None, now=NOW + days(1))
    assert (second.number, second.published_at) == (2, None)
    assert CaseVersion.objects.get(number=1).priority == 60
    assert queries.get_published("declined").number == 1
    assert queries.newest_versions(["declined"])["declined"].number == 2


@pytest.mark.django_db
def test_saving_and_publishing_again_changes_nothing():
    a_company()
    first = save_case(a_case(), actor=None, now=NOW)
    publish_case(first, actor=None, now=NOW)
    assert save_case(a_case(), actor=None, now=NOW + days(1)).id == first.id
    publish_case(first, actor=None, now=NOW + days(1))
    assert CaseVersion.objects.get().published_at == NOW
    assert JourneyVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_case_without_a_metric_of_its_result_is_refused():
    version = save_case(a_case(metrics=[]), actor=None, now=NOW)
    with pytest.raises(CaseWithoutResult, match="declined"):
        publish_case(version, actor=None, now=NOW)
    assert CaseVersion.objects.get().published_at is None


@pytest.mark.django_db
def test_a_published_case_finds_its_members_and_acts():
    a_company()
    publish_case(save_case(a_case(), actor=None, now=NOW), actor=None, now=NOW)
    member = a_prospect()
    an_event("presentation.declined", member, NOW + days(1))
    catch_up(NOW + days(1))
    assert queries.open_counts() == {"declined": 1}
    assert Enrollment.objects.get().member == member
    an_event("presentation.attended", member, NOW + days(3), presentation="p2")
    catch_up(NOW + days(3))
    assert Enrollment.objects.get().exit_reason == "goal"


@pytest.mark.django_db
def test_an_unknown_case():
    with pytest.raises(UnknownCase):
        queries.get_published("nowhere")
