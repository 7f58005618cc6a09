"""Each page on a phone and a laptop in three languages: accessible, no sideways scrolling, a silent console."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from qadam.messaging.models import LocalMail
from qadam.people.models import User
from tests.browser.company import Cast
from tests.browser.conftest import LAPTOP, PHONE, Desk

AXE = Axe()
CABINET = ("/today/", "/plan/", "/progress/", "/numbers/", "/me/")
BELOW_ME = ("/me/letters/", "/me/pause/", "/me/leave/", "/gatherings/")
OFFICE = (
    "/office/map/",
    "/office/map/?view=outline&segment=buyer",
    "/office/map/present/",
    "/office/map/print/",
    "/office/map/share/",
    "/office/map/versions/",
    "/office/people/",
    "/office/people/?q=nobody-is-called-so",
    "/office/journeys/",
    "/office/plan/",
    "/office/recognition/",
    "/office/recognition/badges/customer-care/",
    "/office/mailbox/",
    "/office/incoming/",
    "/office/audit/",
    "/office/audit/?target=nothing-is-called-so",
)


DARK = ("/sign-in/", *CABINET, "/team/", "/office/map/", "/office/map/share/", "/office/journeys/", "/office/audit/")
"""A page of each make: in the dark only the colours differ, and those belong to the parts."""


def addresses(cast: Cast) -> Iterator[tuple[User | None, tuple[str, ...]]]:
    assert cast.aigul.member is not None
    letter = LocalMail.objects.first()
    assert letter is not None
    yield None, ("/sign-in/", "/join/who/", "/no-such-page/")
    yield cast.aigul, (*CABINET, *BELOW_ME, "/office/people/")
    yield (
        cast.marat,
        (
            "/team/",
            "/team/feed/",
            "/today/",
            "/desk/approvals/",
            "/progress/boards/",
            "/progress/wall/",
            "/progress/nominate/",
        ),
    )
    yield cast.oleg, (*OFFICE, f"/office/people/{cast.aigul.member.id}/", f"/office/mailbox/{letter.id}/")


def faults_of(page: Page, address: str) -> list[str]:
    page.goto(address)
    results = AXE.run(page)
    faults = [
        f"{address}: {each['id']}: {'; '.join(node['html'][:160] for node in each['nodes'][:3])}"
        for each in results.response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        faults.append(f"{address}: scrolls sideways")
    return faults


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    # The longest words where room is scarcest; the dark colours where there is most on a page.
    [("kk", PHONE, "light"), ("ru", LAPTOP, "dark")],
    ids=["kk-phone", "ru-laptop-dark"],
)
def test_pages_are_open_to_everybody(desk: Desk, cast: Cast, language: str, size: tuple[int, int], scheme: str) -> None:
    faults = []
    for user, paths in addresses(cast):
        with desk.window(user, size=size, language=language, color_scheme=scheme) as page:
            for path in paths if scheme == "light" else [path for path in paths if path in DARK]:
                faults += faults_of(page, path)
    assert not faults, "\n".join(faults)
    assert not [text for text in desk.complaints if "404" not in text and "403" not in text]


def test_at_400_percent_the_cabinet_still_fits(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.aigul, size=(320, 256), language="kk") as page:
        for path in CABINET:
            page.goto(path)
            assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path


def test_what_is_pressed_on_a_phone_is_big_enough(desk: Desk, cast: Cast) -> None:
    small = """() => [...document.querySelectorAll(
        'button, a.button, summary, .nav-link, input:not([type=hidden]), select')]
        .filter(e => e.checkVisibility() && !e.closest('.choice'))
        .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])
        .filter(([_, height]) => height < 44)"""
    with desk.window(cast.marat) as page:
        for path in (*CABINET, "/team/"):
            page.goto(path)
            assert page.evaluate(small) == [], path
