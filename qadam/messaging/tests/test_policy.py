from datetime import time, timedelta

import pytest

from qadam.lib.documents import FaultyDocument
from qadam.messaging import operations, queries
from qadam.messaging.documents import PolicyDocument, parse_policy
from qadam.messaging.rules import Cap, Window
from qadam.people.models import AuditEntry
from tests.cast import NOW, a_company, a_user

DOCUMENT = {
    "quiet": {"email": {"from": "22:00", "to": "08:00"}},
    "caps": [
        {"limit": 3, "within": "P7D", "category": "advertising"},
        {"limit": 5, "within": "P1D", "channel": "email"},
    ],
}


def test_a_good_document():
    policy = parse_policy(DOCUMENT)
    assert policy.quiet == {"email": Window(time(22), time(8))}
    assert policy.caps == (
        Cap(3, timedelta(days=7), category="advertising"),
        Cap(5, timedelta(days=1), channel="email"),
    )
    assert parse_policy({}) == PolicyDocument()


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"quiet": {"pigeon": {"from": "22:00", "to": "08:00"}}}, {"quiet.pigeon"}),
        ({"quiet": {"email": {"from": "22:00"}}}, {"quiet.email.to"}),
        ({"quiet": {"email": {"from": "08:00", "to": "08:00"}}}, {"quiet.email.to"}),
        ({"quiet": {"email": {"from": "8", "to": "09:00", "on": "mon"}}}, {"quiet.email.to", "quiet.email.on"}),
        ({"caps": {"limit": 1}}, {"caps"}),
        ({"caps": [{"limit": 0, "within": "P1D"}]}, {"caps[0].limit"}),
        ({"caps": [{"limit": 1, "within": "P0D"}]}, {"caps[0].within"}),
        ({"caps": [{"limit": 1, "within": "day"}]}, {"caps[0].within"}),
        ({"caps": [{"limit": 1, "within": "P1D", "category": "spam"}]}, {"caps[0].category"}),
        ({"cap": []}, {"cap"}),
        ([], {""}),
    ],
)
def test_faults_have_places(document, places):
    with pytest.raises(FaultyDocument) as refusal:
        parse_policy(document)
    assert {fault.place for fault in refusal.value.faults} == places


@pytest.mark.django_db
def test_setting_it_is_audited_and_the_same_again_changes_nothing():
    a_company()
    oleg = a_user(roles=("retention",))
    assert queries.read_policy() == PolicyDocument()
    for _ in range(2):
        operations.set_policy(document=DOCUMENT, actor=oleg, now=NOW)
    assert queries.read_policy() == parse_policy(DOCUMENT)
    entry = AuditEntry.objects.get(action="messaging.policy_set")
    assert (entry.actor, entry.detail) == (oleg, {"before": {}, "after": DOCUMENT})
    with pytest.raises(FaultyDocument):
        operations.set_policy(document={"caps": 1}, actor=oleg, now=NOW)
    assert queries.read_policy() == parse_policy(DOCUMENT)
