"""The map's pages before a map is published: who is let in, and what an empty one says."""

import pytest
from django.urls import reverse

from qadam.maps import operations
from qadam.maps.tests.content import a_map, save_cases
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    a_company(language="en")


@pytest.fixture
def oleg(client):
    client.force_login(a_user(roles=("retention",)))
    client.cookies["language"] = "en"


def page(client, name):
    answer = client.get(reverse(f"office:{name}"))
    return answer, answer.content.decode()


@pytest.mark.parametrize(
    ("roles", "status", "publishes"),
    [
        (("owner",), 200, 302),
        (("retention",), 200, 302),
        (("analyst",), 200, 403),
        (("editor",), 403, 403),
        (("integrator",), 403, 403),
        ((), 403, 403),
    ],
)
def test_who_may_see_and_who_may_publish(client, roles, status, publishes):
    save_cases(now=NOW)
    operations.save_draft(a_map(), actor=None, now=NOW)
    client.force_login(a_user(roles=roles, member=None if roles else a_member()))
    for name in ("board", "board_versions"):
        assert page(client, name)[0].status_code == status
    assert client.post(reverse("office:board_publish", args=["small", 1])).status_code == publishes


def test_without_signing_in(client):
    assert page(client, "board")[0].status_code == 302


def test_before_anything_is_published(client, oleg):
    answer, text = page(client, "board")
    assert answer.status_code == 200
    assert "No map is published yet" in text
