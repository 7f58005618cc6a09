"""The page of messages that couldn't be taken in, up to the button that tries them again."""

from collections.abc import Callable

import pytest
from django.test import Client

from qadam.events import ingest
from qadam.events.models import Event, Quarantined
from qadam.people import intake
from qadam.people.models import User
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
PAGE = "/office/incoming/"


@pytest.fixture
def office(enter: Enter) -> Client:
    """Pavel's browser: he connects the shop, three of whose messages wait."""
    a_company()
    a_member(external_id="A-1")
    ingest.ensure_default_mappings(now=NOW)
    messages = [
        a_message("1", event="Deal Won", properties={"deal": {"id": "d-1"}, "total": 5.10}),
        a_message("2", userId="B-1"),
        a_message("3", properties={"order_id": "3", "total": "a lot"}),
    ]
    batch = intake.sort(messages, source="shop", received_at=NOW)
    intake.take_in(batch, source="shop", received_at=NOW, now=NOW)
    return enter(a_user(roles=("integrator",)))


def a_message(key: str, **changes: object) -> dict[str, object]:
    message = {"type": "track", "event": "Order Completed", "userId": "A-1", "messageId": key}
    return message | {"properties": {"order_id": key}} | changes


def test_each_message_is_shown_with_its_reason_and_place(office: Client) -> None:
    page = office.get(PAGE).content.decode()
    assert "Neither the catalogue nor a mapping knows the event “Deal Won”" in page
    assert "Nobody has the id B-1" in page
    assert "properties.total|revenue|value" in page
    assert "&quot;total&quot;: 5.1" in page


def test_a_reason_can_be_chosen(office: Client) -> None:
    page = office.get(PAGE, {"reason": "unknown_member"}).context["page"]
    assert [row.person for row in page.rows] == ["B-1"]
    assert page.total == 3


def test_the_number_of_queries_doesnt_grow(office: Client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(8):
        office.get(PAGE)


def test_many_are_shown_page_by_page(office: Client) -> None:
    messages = [a_message(f"m-{number}", userId=f"N-{number}") for number in range(60)]
    batch = intake.sort(messages, source="shop", received_at=NOW)
    intake.take_in(batch, source="shop", received_at=NOW, now=NOW)
    first = office.get(PAGE).context["page"]
    second = office.get(PAGE, {"after": first.next_after}).context["page"]
    assert (len(first.rows), len(second.rows), second.next_after) == (50, 13, None)


def test_one_message_is_tried_again_after_its_name_was_mapped(office: Client) -> None:
    row = Quarantined.objects.get(code="unknown_type")
    office.post(f"{PAGE}{row.id}/try-again/")
    assert Quarantined.objects.get(id=row.id).resolved_at is None
    ingest.define_mapping(ingest.NewMapping("Deal Won", "order.paid", {"order": "deal.id", "amount": "total"}))
    office.post(f"{PAGE}{row.id}/try-again/")
    assert Quarantined.objects.get(id=row.id).resolved_at is not None
    assert Event.objects.get(source="shop").props == {"order": "d-1", "amount": 510}


def test_all_are_tried_again(office: Client) -> None:
    a_member(external_id="B-1")
    ingest.define_mapping(ingest.NewMapping("Deal Won", "order.paid", {"order": "deal.id"}))
    answer = office.post(f"{PAGE}try-again/", follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "2 taken in.",
        "1 still can't be taken in.",
    ]
    assert Quarantined.objects.filter(resolved_at=None).get().code == "wrong_kind"


def test_an_empty_page_says_what_will_appear(enter: Enter) -> None:
    a_company()
    assert "Everything was taken in" in enter(a_user(roles=("integrator",))).get(PAGE).content.decode()


@pytest.mark.parametrize("roles", [(), ("editor",), ("analyst",)])
def test_others_are_refused(enter: Enter, roles: tuple[str, ...]) -> None:
    a_company()
    client = enter(a_user(roles=roles))
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}try-again/").status_code == 403
