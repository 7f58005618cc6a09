from typing import Any

import pytest

from qadam.ui.tests.pages import enter, plain_static, set_clock

__all__ = ["enter", "plain_static", "quick_passwords", "set_clock"]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hash passwords quickly: the real way takes a third of a second each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
