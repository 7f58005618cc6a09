"""What only a browser shows: swaps, the side panel, the keyboard, and life without script."""

import re

from playwright.sync_api import expect

from qadam.messaging.models import LocalMail
from qadam.tasks.models import Task
from tests.browser.company import Cast
from tests.browser.conftest import LAPTOP, Desk

TICK = re.compile("^Mark as done: ")


def test_a_tick_moves_the_ring_without_a_new_page(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.aigul) as page:
        page.goto("/today/")
        page.evaluate("window.isTheSamePage = true")
        expect(page.locator("#today .ring-text").first).to_contain_text("1/")
        page.get_by_role("button", name=TICK).first.click()
        expect(page.locator("#today .ring-text").first).to_contain_text("2/")
        assert page.evaluate("window.isTheSamePage")
        expect(page.locator("#announcements")).to_contain_text("Your next step")
    assert Task.objects.filter(member=cast.aigul.member, done_at__isnull=False).exists()
    assert not desk.complaints


def test_a_tick_in_the_plan_swaps_its_week_and_the_ring(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.aigul) as page:
        page.goto("/plan/")
        page.locator("#week-1 .tick").first.click()
        expect(page.locator("#week-1 .tick .dot.is-done")).to_have_count(1)
        expect(page.locator("#plan-head .ring-text")).to_contain_text("2/")
        assert page.locator("#week-1").get_attribute("open") is not None


def test_everything_works_without_script(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.aigul, java_script_enabled=False) as page:
        page.goto("/today/")
        page.get_by_role("button", name=TICK).first.click()
        expect(page.locator("#today .ring-text").first).to_contain_text("2/")
        page.locator(".topbar").get_by_role("button", name="Рус").click()
        expect(page.locator("html")).to_have_attribute("lang", "ru")
    with desk.window(cast.oleg, size=LAPTOP, java_script_enabled=False) as page:
        page.goto("/office/people/")
        page.get_by_label("Name, e-mail or number").fill("айгүл")
        page.get_by_role("button", name="Find").click()
        expect(page.locator("tbody tr")).to_have_count(1)


def test_a_row_opens_beside_the_list_and_escape_brings_back(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.oleg, size=LAPTOP) as page:
        page.goto("/office/people/")
        page.get_by_label("Name, e-mail or number").fill("айгүл")
        expect(page.locator("tbody tr")).to_have_count(1)
        row = page.locator("a.row-link")
        row.click()
        expect(page.locator("#panel")).to_be_visible()
        expect(page.locator("#panel h1")).to_have_text("Айгүл Нұрланова")
        page.keyboard.press("Escape")
        expect(page.locator("#panel")).not_to_be_visible()
        expect(row).to_be_focused()
        assert "/office/people/?q=" in page.url
    assert not desk.complaints


def test_the_first_tab_offers_the_way_past_the_navigation(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.aigul) as page:
        page.goto("/today/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()


def test_a_letter_is_shown_in_a_frame_that_can_do_nothing(desk: Desk, cast: Cast) -> None:
    LocalMail.objects.update(html="<p>Shown</p><script>document.body.textContent = 'ran'</script>")
    letter = LocalMail.objects.first()
    assert letter is not None
    with desk.window(cast.oleg, size=LAPTOP) as page:
        page.goto(f"/office/mailbox/{letter.id}/")
        expect(page.frame_locator(".letter-frame").locator("body")).to_contain_text("Shown")


def test_the_map_is_walked_by_columns_widened_and_presented_by_keys(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.oleg, size=LAPTOP) as page:
        page.goto("/office/map/")
        page.locator("#stage-s1 .chevron").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('td').cellIndex") == 1
        page.get_by_role("button", name="Wider columns").click()
        width = page.locator("#stage-s1").bounding_box()
        assert width is not None
        page.reload()
        assert page.locator("#stage-s1").bounding_box()["width"] == width["width"]  # type: ignore[index]
        page.goto("/office/map/present/")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("End")
        expect(page.locator("#slide-5")).to_be_focused()
        expect(page.locator("#slide-5")).to_be_in_viewport()
        answer = page.request.get("/office/map/download/pdf/")
        assert answer.body().startswith(b"%PDF")
    assert not desk.complaints
