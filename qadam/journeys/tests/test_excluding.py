"""Who turns out not to be concerned is taken out; the log says in which arm somebody was."""

import pytest

from qadam.events.models import Event
from qadam.journeys.models import Enrollment
from qadam.journeys.operations import publish_journey
from qadam.journeys.tests.stage import run_once
from tests.cast import NOW, a_company, a_prospect, an_event, days

pytestmark = pytest.mark.django_db
PROPS = {"order.refunded": {"order": "o1"}, "lesson.completed": {"lesson": "start"}}


def publish(**changes):
    a_company()
    document = {
        "journey": "back",
        "name": {"kk": "k", "ru": "r", "en": "e"},
        "entry": {"event": "order.paid"},
        "goal": {"did": "lesson.completed", "since": "entry"},
        "exit": {"did": "member.left", "since": "entry"},
        "exclude": {"did": "order.refunded"},
        "steps": [{"id": "wait", "wait": {"for": "P30D"}}],
        **changes,
    }
    publish_journey(document, actor=None, now=NOW)
    member = a_prospect()
    an_event("order.paid", member, NOW + days(1), order="o1")
    run_once(NOW + days(1))
    return member


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (["order.refunded"], "excluded"),
        (["order.refunded", "member.left"], "exit"),
        (["order.refunded", "member.left", "lesson.completed"], "goal"),
        ([], ""),
    ],
)
def test_goal_and_exit_come_before_the_exclusion(events, reason):
    member = publish()
    for name in events:
        an_event(name, member, NOW + days(2), **PROPS.get(name, {}))
    run_once(NOW + days(2))
    assert Enrollment.objects.get().exit_reason == reason


@pytest.mark.parametrize(("holdout", "arm"), [(100, "control"), (0, None)])
def test_the_log_knows_the_arm(holdout, arm):
    member = publish(**({"holdout": holdout} if holdout else {}))
    an_event("order.refunded", member, NOW + days(2), order="o1")
    run_once(NOW + days(2))
    told = Event.objects.filter(type__startswith="journey.").order_by("id")
    assert [row.props.get("arm") for row in told] == [arm, arm]
