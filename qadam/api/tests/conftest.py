"""A sender with its key, and a company with one member."""

import base64
import gzip
import json

import pytest

from qadam.events import ingest
from qadam.events.tests.databases import _empty_file, shared_database  # noqa: F401
from tests.cast import NOW, a_company, a_member


@pytest.fixture(autouse=True)
def _addresses(settings):
    settings.ROOT_URLCONF = "qadam.api.tests.urls"
    settings.STATIC_ROOT = None


@pytest.fixture
def key(db):
    ingest.ensure_default_mappings(now=NOW)
    return ingest.create_write_key(source="shop", now=NOW)


@pytest.fixture
def aigul(db):
    a_company()
    return a_member(name="Aigul", external_id="A-1", now=NOW)


def basic(key):
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


@pytest.fixture
def send(client, key):
    """Post a document (or bytes as they are) to /v1/<call> and return the answer."""

    def post(call, document, *, packed=False, content_type="application/json", user=None, **headers):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        if packed:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        given = {"Authorization": basic(key if user is None else user), **headers}
        return client.post(f"/v1/{call}", body, content_type=content_type, headers=given)

    return post


def an_order(order="1001", **changes):
    message = {
        "type": "track",
        "event": "Order Completed",
        "userId": "A-1",
        "messageId": f"m-{order}",
        "timestamp": "2024-03-02T06:00:00Z",
        "properties": {"order_id": order, "total": 19.90, "currency": "KZT", "products": []},
        "context": {"library": {"name": "any"}},
        "integrations": {},
    }
    return message | changes
