"""A newcomer's first days through the real start pack: events → journey → tasks and letters → stage and metric."""

from datetime import timedelta
from pathlib import Path

import pytest

import qadam.packs
from qadam.cases.models import CaseFile
from qadam.events.models import Event
from qadam.messaging.models import LocalMail
from qadam.metrics import jobs as metrics
from qadam.metrics.models import MetricValue
from qadam.packs.documents import read_pack
from qadam.packs.operations import apply_pack
from qadam.people import operations as people
from qadam.people.models import Member, Membership
from qadam.site.engine import run_once
from qadam.tasks import choosing
from qadam.tasks.models import Task
from tests.cast import NOW, a_member, a_prospect, a_user, an_event, days

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]

START_PACK = Path(qadam.packs.__file__).parent / "start"


@pytest.fixture(scope="module")
def company(module_world):
    a_user(roles=("retention",))
    apply_pack(read_pack(START_PACK), actor=None, now=NOW - days(1))


@pytest.fixture
def aigul(company):
    mentor = a_member(name="Marat Ospanov", now=NOW - days(1))
    prospect = a_prospect(name="Aigul Serik", sponsor_id=mentor.id, mentor_id=mentor.id, language="kk")
    people.register_member(member=prospect, kind="distributor", sponsor=mentor, at=NOW, now=NOW)
    run_once(NOW)
    return Member.objects.get(id=prospect.id)


def stages_of(member):
    return set(Membership.objects.filter(member=member, kind="stage").values_list("key", flat=True))


def open_stages_of(member):
    rows = Membership.objects.filter(member=member, kind="stage", left_at=None)
    return set(rows.values_list("key", flat=True))


def test_day_0_brings_the_whole_plan_and_a_letter_in_her_language(aigul):
    assert Task.objects.filter(member=aigul).count() >= 25
    letter = LocalMail.objects.get(member=aigul)
    assert "Aigul" in letter.text
    assert "Marat" in letter.text
    assert "Қош келдіңіз" in letter.subject
    assert open_stages_of(aigul) == {"start/s3"}


def test_the_first_customer_order_closes_the_first_goal_once(aigul):
    at = NOW + days(1)
    an_event("order.paid", aigul, at, key="o-1", order="o-1", buyer="retail")
    run_once(at)
    an_event("order.paid", aigul, at, key="o-1", order="o-1", buyer="retail")
    run_once(at)
    goal = Task.objects.get(member=aigul, is_first_goal=True)
    assert goal.done_at is not None
    assert Event.objects.filter(type="goal.reached", member_id=aigul.id).count() == 1


def test_nobody_is_told_to_hurry_who_has_reached_the_goal(aigul):
    an_event("customer.registered", aigul, NOW + timedelta(hours=3))
    run_once(NOW + timedelta(hours=3))
    for hours in range(12, 24 * 7, 6):
        run_once(NOW + timedelta(hours=hours))
    sent = Event.objects.filter(type="message.sent", member_id=aigul.id)
    templates = [event.props["template"] for event in sent.order_by("id")]
    assert templates[:3] == ["welcome", "survey:expectation-start", "first-goal-reached"]
    assert set(templates[3:]) <= {"fast-start-next"}


def test_five_days_without_the_chosen_goal_open_its_case(aigul):
    missed = Membership.objects.filter(member=aigul, kind="case", key="first-goal-missed")
    choosing.choose_goal(member=aigul, goal="customer-order", now=NOW)
    # Another goal than the chosen one, and an order that comes back, are no win.
    an_event("customer.registered", aigul, NOW + days(1))
    an_event("order.paid", aigul, NOW + days(2), order="o-1", buyer="retail", now=NOW + days(2))
    an_event("order.refunded", aigul, NOW + days(2), order="o-1")
    for day in (2, 5):
        run_once(NOW + days(day))
    assert not missed.exists()
    run_once(NOW + days(6))
    assert missed.exists()
    assert not Event.objects.filter(type="goal.reached", member_id=aigul.id).exists()


def test_activity_moves_her_to_the_fourth_stage_and_the_metric_follows(aigul):
    an_event("order.paid", aigul, NOW + days(2), order="o-1", buyer="own")
    run_once(NOW + days(2))
    assert open_stages_of(aigul) == {"start/s3"}
    an_event("lesson.completed", aigul, NOW + days(3), lesson="start-basics")
    run_once(NOW + days(3))
    assert open_stages_of(aigul) == {"start/s4"}
    metrics.compute(NOW + days(3), only_touched=False)
    values = MetricValue.objects.filter(binding__target_key="start/s3", binding__code="M1")
    assert values.filter(denominator__gte=1, numerator__gte=1).exists()


def test_a_buyer_who_falls_silent_is_found_by_the_case_at_its_moment(aigul):
    ordered, delivered = NOW + days(3), NOW + days(6)
    an_event("order.paid", aigul, ordered, order="o-1", buyer="own")
    an_event("order.delivered", aigul, delivered, order="o-1")
    run_once(delivered)
    run_once(delivered + days(14) - timedelta(seconds=1))
    silence = Membership.objects.filter(member=aigul, kind="case", key="silent-after-first-purchase")
    assert not silence.exists()
    run_once(delivered + days(14) + timedelta(hours=5))
    assert silence.get().entered_at == delivered + days(14)
    file = CaseFile.objects.get(enrollment__journey__slug="case:silent-after-first-purchase")
    assert file.enrollment.member_id == aigul.id
    seen = Event.objects.filter(id__in=file.evidence).values_list("type", flat=True)
    assert {"order.paid", "order.delivered"} <= set(seen)


def test_history_that_is_brought_in_later_finds_its_place_but_writes_to_nobody(company):
    long_ago = NOW - days(300)
    old = a_member(now=NOW, registered_at=long_ago)
    an_event("order.paid", old, long_ago + days(2), now=NOW, order="o-1", buyer="own")
    an_event("order.delivered", old, long_ago + days(5), now=NOW, order="o-1")
    for hours in range(0, 49, 12):
        run_once(NOW + timedelta(hours=hours))
    assert open_stages_of(old) == {"start/s3"}
    assert Membership.objects.filter(member=old, kind="case", left_at=None).exists()
    assert not Event.objects.filter(member_id=old.id, type__startswith="journey.").exists()
    assert not LocalMail.objects.exists()
