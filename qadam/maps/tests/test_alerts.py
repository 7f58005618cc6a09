"""Alerts: in words for the page, in one letter for each owner, once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from qadam.maps import alerts
from qadam.maps.operations import publish_map_document
from qadam.maps.tests.content import a_map, save_cases
from qadam.messaging.models import StaffLetter
from qadam.metrics.models import Alert, MetricBinding
from tests.cast import NOW, a_company, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def oleg():
    a_company()
    user = a_user(roles=("retention",), email="oleg@example.com")
    save_cases(actor=user, now=NOW)
    publish_map_document(a_map(), actor=user, now=NOW)
    return user


def raise_alert(binding):
    return Alert.objects.create(
        binding=binding, line="critical", limit=0.2, value=0.125, n=64, opened_at=NOW,
        period_start=NOW - timedelta(days=30), period_end=NOW,
    )  # fmt: skip


def test_each_owner_gets_one_letter_and_only_once(oleg):
    for key in ("small/s1", "small/s2"):
        raise_alert(MetricBinding.objects.get(target_key=key, code="M1"))
    assert alerts.tell_owners(NOW) == 1
    assert alerts.tell_owners(NOW + timedelta(minutes=1)) == 0
    letter = StaffLetter.objects.get(user=oleg)
    assert letter.path == alerts.PATH
    assert letter.body.count("n = 64") == 2


def test_an_alert_without_an_owner_waits_on_the_page(oleg, client):
    binding = MetricBinding.objects.get(target_key="small/s1", code="M1")
    MetricBinding.objects.filter(id=binding.id).update(owner=None)
    alert = raise_alert(binding)
    assert alerts.tell_owners(NOW) == 0
    client.force_login(oleg)
    page = client.get(reverse("office:alerts"), headers={"accept-language": "en"}).content.decode()
    assert "1 · " in page
    client.post(reverse("office:alerts_seen"), {"alert": [alert.id, "x"]})
    alert.refresh_from_db()
    assert alert.seen_at is not None
