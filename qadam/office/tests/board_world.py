"""A published map with people in it, made once for all tests of a module: they look at it and undo what they change."""

import pytest

from qadam.cases.tests.engine import catch_up
from qadam.maps import consumer, operations
from qadam.maps.tests.content import a_map, save_cases
from qadam.people.models import User
from tests.cast import NOW, a_company, a_prospect, a_user, an_event, days

OLEG = "oleg@example.com"


@pytest.fixture(scope="module")
def published_board(module_world):
    """25 people: everybody in the first stage, ten of them on to the second."""
    a_company(language="en")
    oleg = a_user(roles=("retention",), email=OLEG)
    save_cases(actor=oleg, now=NOW - days(200))
    version = operations.publish_map_document(a_map(), actor=oleg, now=NOW - days(200))
    for number in range(25):
        member = a_prospect(now=NOW - days(100))
        an_event("contact.recorded", member, NOW - days(100))
        if number < 10:
            an_event("presentation.attended", member, NOW - days(95), presentation=f"p{number}")
        if number == 0:
            an_event("presentation.declined", member, NOW - days(94))
    catch_up(NOW, consumer)
    return version


@pytest.fixture
def oleg(client, published_board, db):
    user = User.objects.get(email=OLEG)
    client.force_login(user)
    client.cookies["language"] = "en"
    return user


@pytest.fixture
def board(oleg, published_board):
    return published_board
