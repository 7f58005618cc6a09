"""The journey editor in a real browser: by keyboard only, without script, and open to everybody."""

import pytest
from playwright.sync_api import Page, expect

from qadam.journeys.models import Journey
from tests.browser.company import Cast
from tests.browser.conftest import LAPTOP, PHONE, Desk
from tests.browser.test_pages import faults_of

EDITOR = "/office/journeys/before-registration/edit/"
PAGES = (
    "/office/journeys/before-registration/",
    "/office/journeys/new/",
    "/office/journeys/templates/welcome/",
    EDITOR,
    f"{EDITOR}settings/",
    f"{EDITOR}steps/until-registered/",
    f"{EDITOR}?delete=morning",
    "/office/journeys/start-90/edit/steps/goal-by-day-3/",
    "/office/journeys/start-90/edit/steps/welcome/",
)


def steps(slug: str = "before-registration") -> list[str]:
    draft = Journey.objects.get(slug=slug).draft
    return [step["id"] for step in draft["steps"]] if draft else []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_branch_is_added_by_keyboard_alone(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.oleg, size=LAPTOP) as page:
        page.goto(EDITOR)
        page.locator("#open-morning").focus()
        press(page, "ArrowDown")
        expect(page.locator("#open-follow-up")).to_be_focused()
        press(page, "Shift+Tab")
        expect(page.locator(".flow-menu summary:focus")).to_have_count(1)
        press(page, "Enter", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
        expect(page.locator(".flow-kind:focus")).to_have_text("Branch")
        press(page, "Enter")
        kind = page.get_by_label("Kind of condition")
        expect(kind).to_be_focused()
        page.keyboard.type("Day")
        expect(page.get_by_label("from day", exact=True)).to_be_visible()
        expect(kind).to_be_focused()
        press(page, "Tab")
        expect(page.get_by_label("from day", exact=True)).to_be_focused()
        press(page, "Control+a")
        page.keyboard.type("3")
        press(page, "Tab")
        expect(page.locator(".flow-form .builder-sentence")).to_contain_text("day 3 of the path or later")
        press(page, "Enter")
        expect(page.locator("#open-branch")).to_be_focused()
        expect(page.locator("#step-branch .flow-edge").first).to_have_text("If: it is day 3 of the path or later")
        press(page, "Alt+ArrowUp")
        expect(page.locator("#open-branch")).to_be_focused()
        expect(page.locator("#flow .flow-title").nth(2)).to_contain_text("Choose the way")
    assert steps().index("branch") == 2
    assert not desk.complaints


def test_the_editor_works_without_script(desk: Desk, cast: Cast) -> None:
    with desk.window(cast.oleg, size=LAPTOP, java_script_enabled=False) as page:
        page.goto(EDITOR)
        page.get_by_label("Add a step here").first.click()
        page.locator("details[open]").get_by_role("button", name="Wait").click()
        page.locator("#f-for\\.n").fill("5")
        page.locator(".flow-save").get_by_role("button", name="Save").click()
        expect(page.locator("#open-wait")).to_contain_text("5")
        page.get_by_role("button", name="Undo").click()
    assert "wait" in steps()


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [("kk", PHONE, "light"), ("ru", LAPTOP, "dark")],
    ids=["kk-phone", "ru-laptop-dark"],
)
def test_its_pages_are_open_to_everybody(
    desk: Desk, cast: Cast, language: str, size: tuple[int, int], scheme: str
) -> None:
    with desk.window(cast.oleg, size=size, language=language, color_scheme=scheme) as page:
        faults = [fault for path in PAGES for fault in faults_of(page, path)]
    assert not faults, "\n".join(faults)
