"""What every test shares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let messages speak English, whatever the installation's language, so that tests can read them."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _own_segments(settings: Any, tmp_path: Path) -> None:
    """Give each test a segments folder of its own: two databases must never share one."""
    settings.SEGMENTS_FOLDER = tmp_path / "segments"
