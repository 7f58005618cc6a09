from collections.abc import Iterator

import pytest
from django.test import RequestFactory

from qadam.ui import navigation
from qadam.ui.navigation import Page, add_page, entries_for

SHELL = "shell of a test"


@pytest.fixture(autouse=True)
def pages() -> Iterator[None]:
    add_page(SHELL, Page(2, "/desk/approvals/", "Approvals", "check"))
    add_page(SHELL, Page(1, "/desk/", "Desk", "bell", others=("/team/",)))
    add_page(SHELL, Page(3, "/secret/", "Secret", "lock", lambda request: False))
    yield
    del navigation._pages[SHELL]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/desk/", ["Desk"]),
        ("/desk/7/done/", ["Desk"]),
        ("/desk/approvals/", ["Approvals"]),
        ("/team/feed/", ["Desk"]),
        ("/secret/", []),
        ("/elsewhere/", []),
    ],
)
def test_the_entry_that_fits_closest_is_current(path: str, current: list[str]) -> None:
    entries = entries_for(SHELL, RequestFactory().get(path))
    assert [entry.label for entry in entries] == ["Desk", "Approvals"]
    assert [entry.label for entry in entries if entry.is_current] == current
