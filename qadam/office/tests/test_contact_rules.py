"""The page of the rules of contact."""

import pytest
from django.test import Client

from qadam.messaging.queries import read_policy_document
from qadam.people.models import AuditEntry, User
from tests.cast import a_company, a_user

pytestmark = pytest.mark.django_db
URL = "/office/rules/"
FORM = {
    "from.email": "22:00",
    "to.email": "08:00",
    "cap": ["0", "1"],
    "limit.0": "3",
    "days.0": "7",
    "category.0": "advertising",
    "channel.0": "",
    "limit.1": "",
    "days.1": "",
    "holdout": "2,5",
}
POLICY = {
    "quiet": {"email": {"from": "22:00", "to": "08:00"}},
    "caps": [{"limit": 3, "within": "P7D", "category": "advertising"}],
    "opens": False,
    "holdout": 2.5,
}


@pytest.fixture(autouse=True)
def company():
    a_company()


def enter(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("retention", 200), ("compliance", 200), ("analyst", 403)]
)
def test_who_may_come_in(role, status):
    assert enter(a_user(roles=(role,))).get(URL).status_code == status


def test_the_rules_are_kept_shown_again_and_audited():
    client = enter(a_user(roles=("owner",)))
    assert client.post(URL, FORM).status_code == 302
    assert read_policy_document() == POLICY
    assert AuditEntry.objects.get().action == "messaging.policy_set"
    page = client.get(URL).content.decode()
    assert 'value="22:00"' in page
    assert 'value="2.5"' in page
    assert client.post(URL, FORM).status_code == 302
    assert AuditEntry.objects.count() == 1


def test_an_empty_form_asks_for_nothing():
    client = enter(a_user(roles=("owner",)))
    client.post(URL, FORM)
    client.post(URL, {"opens": "on"})
    assert read_policy_document() == {"opens": True}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"to.email": ""}, "fault-email"),
        ({"limit.0": "many"}, "fault-cap-0"),
        ({"days.0": "a week"}, "fault-cap-0"),
        ({"limit.0": "0"}, "fault-cap-0"),
        ({"holdout": "101"}, "fault-holdout"),
    ],
)
def test_a_fault_stands_beside_what_was_typed_and_nothing_is_kept(wrong, place):
    response = enter(a_user(roles=("owner",))).post(URL, FORM | wrong)
    assert response.status_code == 422
    page = response.content.decode()
    assert f'id="{place}"' in page
    assert all(value in page for value in wrong.values())
    assert read_policy_document() == {}
