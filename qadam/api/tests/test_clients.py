"""The official Segment client for Python sends unchanged; the bytes of RudderStack's client for Node are replayed."""

import base64
from datetime import UTC, datetime

import pytest
from segment.analytics import request as segment_request
from segment.analytics.client import Client as SegmentClient

from qadam.api.tests.conftest import basic
from qadam.events.models import Event, Quarantined
from qadam.lib.clock import utc_now
from qadam.people.models import Member

RUDDER_HEADERS = {
    "Accept": "application/json, text/plain, */*",
    "User-Agent": "analytics-node/3.0.13",
    "Content-Encoding": "gzip",
    "Accept-Encoding": "gzip, compress, deflate, br",
}
RUDDER_BODIES = [
    # @rudderstack/rudder-sdk-node 3.0.13: an identify call alone, then two track calls, the first with own timestamp
    "H4sIAAAAAAAAA62RwUrDQBCG32XO2TDZxDTdkx69SvFQEZkk03RpdlN2t6Wh9B18Ew+exJcIPpFsD6Ko4EGY0zB8/z//f4SaQrMGdXeEnWd33"
    "YKCG5FBAsGRDh7UESwZBgXT4/QyPb89Ta+QQE+221EX95sNJMCGdA8KSHe7/pIPZLY9p81g4JRA0IZ9ILMFBRJlITAXKBdYKkSFmCLiEhJoBh"
    "v4EKLkP4r3unbkxk8sstSPQTde2KFlSGDPzuvBgoI8xTTL4RRNj9t4rFu2Qa/G6G9N1nIU8uz27CCBB8OBWgp0xg8t336gJKZxooXB6U5b6hd"
    "fcyhFlgkpF1mlMFcyT2fynINh76njcxereT2rMolifoEkCqRCVLOmEnXJmFdFVear+IFnG67Cr9hsCaf7bz38fPgn2Dt2QyQHOAIAAA==",
    "H4sIAAAAAAAAA9VSTYvbMBT8K2XOkpElr2PrVnpaeiiU0ENKWZ6ll12zthQkbdoQ8t+LUij0I7DXBR0eaGbeMPPOmKi4J9ivZ7xkTvceFp9lC"
    "wE+ciiw+JQ8p3cf4npYuLCHwCHFA6cyc4Y9I9b/h7kSk2yVqtwSCy2w7diMAu4lJQ7uBIuPuy0uAmVeORdaD7DQSndSGan0VvVWKatUo5TaVZ"
    "XTgWFRErlnCLgYCv8odecyT4nSqY6B1gqiQMupzC7LED1D4MgpzzHAwjSqaQ0uFwH3RCHwAovM6cgJAg8rF/JU6CoWPX/5TdSqqa86jml+nAM"
    "t2z+d97JtpdbbdrDKWG2ajR6r85Vzpke+pkmbzt3tHcvhzm9kRyPLaehZEo9T781+72mCQOZQ3pcbsoPudriImx0tnHMMjbtZ0i8ALL7z4uLK"
    "1xbeYLxG/R2vG4zrxlFL3vhOdhP1ctDGyJFG1XnX6d6/Mt5v/xzm/4GvEvsJLH1VOlkDAAA=",
]

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")  # static files, before they are collected


@pytest.fixture
def segment(request, transactional_db):
    """A maker of official clients; what they can't send fails the test."""
    clients, errors = [], []

    def connect(key, host, **options):
        client = SegmentClient(
            key,
            host=host,
            on_error=lambda error, batch: errors.append(error),
            max_retries=1,
            upload_interval=0.05,
            **options,
        )
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.shutdown()
    segment_request._session.close()
    assert errors == []


@pytest.mark.parametrize("is_packed", [False, True])
def test_the_official_python_client(segment, live_server, key, aigul, is_packed):
    client = segment(key, live_server.url, gzip=is_packed)
    at = datetime(2024, 3, 2, 6, tzinfo=UTC)
    client.identify("B-1", {"name": "Марат", "timezone": "Asia/Almaty", "sponsor": "A-1"})
    client.track("A-1", "Order Completed", {"order_id": "1", "total": 19.9, "currency": "KZT"}, timestamp=at)
    client.track("B-1", "lesson.completed", {"lesson": "welcome"})
    client.track("A-1", "Cart Viewed", {"cart": 1})
    client.page("A-1", "Prices")
    client.flush()
    assert Member.objects.get(external_id="B-1").sponsor_id == aigul.id
    order = Event.objects.get(type="order.paid")
    assert (order.occurred_at, order.props) == (at, {"order": "1", "amount": 1990, "currency": "KZT"})
    assert Event.objects.filter(type="lesson.completed").count() == 1
    assert set(Quarantined.objects.values_list("code", flat=True)) == {"unknown_type", "unsupported_call"}


def test_many_events_of_the_official_python_client(segment, live_server, key, aigul):
    client = segment(key, live_server.url, gzip=True, thread=2)
    for number in range(250):
        client.track("A-1", "order.paid", {"order": str(number)})
    client.flush()
    assert Event.objects.filter(type="order.paid").count() == 250


@pytest.mark.django_db
def test_rudderstacks_node_client(client, key, aigul):
    for _ in range(2):
        for body in RUDDER_BODIES:
            headers = {**RUDDER_HEADERS, "Authorization": basic(key)}
            packed = base64.b64decode(body)
            answer = client.post("/v1/batch", packed, content_type="application/x-www-form-urlencoded", headers=headers)
            assert answer.status_code == 200
            assert answer.json()["quarantined"] == 0
    person = Member.objects.get(external_id="R-1")
    assert (person.name, person.language, person.email) == ("Айгүл", "kk", "aigul@example.com")
    order = Event.objects.get(type="order.paid")
    assert (order.occurred_at, order.props["amount"]) == (datetime(2024, 3, 2, 6, tzinfo=UTC), 1990)
    lesson = Event.objects.get(type="lesson.completed")
    assert abs((utc_now() - lesson.occurred_at).total_seconds()) < 10
