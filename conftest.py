"""What every test shares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

TWO_DATABASES = (
    *("events", "people", "conditions", "segments", "experiments"),
    *("metrics", "messaging", "tasks", "surveys", "journeys", "cases"),
)
"""Apps that own SQL: their tests run on SQLite with all others, and once more on PostgreSQL (see ./dev test)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders = {Path(__file__).parent / "qadam" / app for app in TWO_DATABASES}
    for item in items:
        if not folders.isdisjoint(item.path.parents):
            item.add_marker(pytest.mark.two_databases)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let messages speak English, whatever the installation's language, so that tests can read them."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _own_segments(settings: Any, tmp_path: Path) -> None:
    """Give each test a segments folder of its own: two databases must never share one."""
    settings.SEGMENTS_FOLDER = tmp_path / "segments"
