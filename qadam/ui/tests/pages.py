"""Fixtures for tests that open pages; the doors' conftest files import them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from qadam.lib import clock
from tests.cast import NOW


@pytest.fixture(autouse=True)
def plain_static(settings: Any) -> None:
    """Pages name static files without the manifest of collectstatic, which tests don't run."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT = None


@pytest.fixture(autouse=True)
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stand at NOW; call it to stand elsewhere."""

    def stand_at(now: datetime) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: now)

    stand_at(NOW)
    return stand_at


@pytest.fixture
def enter() -> Callable[[Any], Client]:
    """Return a browser signed in as somebody, in English."""

    def sign_in(user: Any) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    return sign_in
