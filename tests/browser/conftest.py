"""A real browser (the system's Chromium) on a live server. Playwright's own browser is never downloaded."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from qadam.people.models import User
from qadam.ui.tests.pages import plain_static
from tests.browser.company import Cast, build_company

__all__ = ["plain_static"]

# Playwright's synchronous interface keeps a loop running, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PHONE, LAPTOP = (360, 740), (1280, 800)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser(live_server: Any) -> Iterator[Browser]:
    """Close the browser before the server: what it keeps open would end while the database isn't shared any more."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        reason = "NO BROWSER TESTS: no Chromium on this machine (apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=5)


@pytest.fixture(scope="session")
def session_static() -> Iterator[None]:
    """The live server begins before the settings of a test are in force: name plain static files for it too."""
    patch = pytest.MonkeyPatch()
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    patch.setattr(settings, "STORAGES", {**settings.STORAGES, "staticfiles": plain})
    patch.setattr(settings, "STATIC_ROOT", None)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def live_server(session_static: None, live_server: Any) -> Any:
    return live_server


@pytest.fixture
def cast(live_server: Any) -> Cast:
    return build_company()


@dataclass
class Desk:
    """Opens windows on the live server, signed in as somebody, and keeps what the console complained about."""

    browser: Browser
    address: str
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def window(
        self, user: User | None, *, size: tuple[int, int] = PHONE, language: str = "en", **options: Any
    ) -> Iterator[Page]:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=self.address, reduced_motion="reduce", **options
        )
        context.set_default_timeout(10_000)
        self._carry_cookies(context, user, language)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        yield page
        context.close()

    def _carry_cookies(self, context: BrowserContext, user: User | None, language: str) -> None:
        cookies = [{"name": "language", "value": language, "url": self.address}]
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies.append({"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.address})
        context.add_cookies(cookies)  # type: ignore[arg-type]


@pytest.fixture
def desk(browser: Browser, live_server: Any) -> Desk:
    return Desk(browser, live_server.url)
