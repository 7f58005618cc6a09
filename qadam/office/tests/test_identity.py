"""Merging and erasing on the page: looked at first, confirmed, refused with the typed kept, by the right role only."""

import pytest
from django.urls import reverse

from qadam.people.models import Member, RoleName
from tests.cast import a_company, a_member, a_prospect, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return a_company()


def test_merging_shows_the_other_record_first(company, client):
    kept, other = a_member(), a_prospect(external_id="P-7", name="Aigul S.")
    client.force_login(a_user(roles=(RoleName.RETENTION,)))
    address = reverse("office:member_merge", args=[kept.id])
    assert client.post(address, {"other": "P-8"}).status_code == 422
    shown = client.post(address, {"other": "P-7"})
    assert "Aigul S." in shown.content.decode()
    assert Member.objects.filter(id=other.id).exists()
    done = client.post(address, {"other": "P-7", "confirmed": "yes"})
    assert done.status_code == 302
    assert not Member.objects.filter(id=other.id).exists()


def test_erasing_wants_the_word_and_the_role(company, client):
    member = a_member(name="Aigul")
    address = reverse("office:member_erase", args=[member.id])
    client.force_login(a_user(roles=(RoleName.RETENTION,)))
    assert client.get(address).status_code == 403
    client.force_login(a_user(roles=(RoleName.COMPLIANCE,)))
    assert client.post(address, {"word": "yes"}).status_code == 422
    done = client.post(address, {"word": "erase"}, headers={"accept-language": "en"}, follow=True)
    assert done.status_code == 200
    assert not Member.objects.filter(name="Aigul").exists()
