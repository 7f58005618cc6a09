"""What every test shares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

TWO_DATABASES = (
    *("events", "conditions", "segments", "experiments"),
    *("metrics", "messaging", "tasks", "recognition", "journeys"),
)
"""Apps that own SQL: what asks a database runs on SQLite with all others, and once more on PostgreSQL (./dev test).

Elsewhere a test says so itself: where rows are locked, where keys of JSON have an order.
"""
DATABASE_FIXTURES = {"db", "transactional_db"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders = {Path(__file__).parent / "qadam" / app for app in TWO_DATABASES}
    for item in items:
        if not folders.isdisjoint(item.path.parents) and _asks_database(item):
            item.add_marker(pytest.mark.two_databases)


def _asks_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or not DATABASE_FIXTURES.isdisjoint(
        getattr(item, "fixturenames", ())
    )


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let messages speak English, whatever the installation's language, so that tests can read them."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def module_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep what other fixtures of a module build for all its tests, each of which undoes only its own changes."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    """Give each test folders of its own: two databases must never share their segments."""
    settings.SEGMENTS_FOLDER = tmp_path / "segments"
    settings.MEDIA_ROOT = tmp_path / "files"
    # Passwords of tests are no secrets: the real hasher takes 0.4 s each time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
