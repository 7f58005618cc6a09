"""Cases: their documents, their one journey, their versions."""

import pytest

from qadam.cases import queries
from qadam.cases.errors import CaseWithoutResult, UnknownCase
from qadam.cases.models import CaseVersion
from qadam.cases.operations import publish_case, save_case
from qadam.cases.tests.content import a_case
from qadam.cases.tests.engine import catch_up
from qadam.journeys.models import Enrollment, JourneyVersion
from tests.cast import NOW, a_company, a_prospect, an_event, days


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
