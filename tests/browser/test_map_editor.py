"""The editor of the map's draft in a real browser: by keyboard alone, with the mouse, and without script."""

import pytest
from playwright.sync_api import Page, expect

from qadam.cases.operations import save_case
from qadam.maps import editing, operations, queries_work
from qadam.maps.models import MapVersion
from qadam.maps.tests.content import a_case, a_map
from qadam.people.models import User
from tests.browser.conftest import LAPTOP, PHONE, Desk
from tests.browser.test_pages import faults_of
from tests.cast import NOW, a_company, a_user

EDITOR = "/office/map/edit/?map=small"
GOAL = "#at-stages-s1-client_goal"


@pytest.fixture
def oleg(live_server: object) -> User:
    """The retention manager, with a draft beside a version that was declared valid without asking the gate."""
    a_company(language="en")
    save_case(a_case(), actor=None, now=NOW)
    version = operations.save_draft(a_map(cases=["declined"]), actor=None, now=NOW)
    MapVersion.objects.update(published_at=NOW, valid_from=NOW)
    editing.begin_draft(version.map, actor=None, now=NOW)
    return a_user(roles=("retention",), email="oleg@example.com")


def stages() -> list[str]:
    draft = queries_work.find_draft("small")
    return [stage["key"] for stage in draft.document["stages"]] if draft else []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_map_is_edited_by_keyboard_alone(desk: Desk, oleg: User) -> None:
    with desk.window(oleg, size=LAPTOP) as page:
        page.goto(EDITOR)
        page.locator("#at-stages-s1-name").focus()
        press(page, "End", "ArrowDown", "Home", "ArrowDown", "ArrowDown", "ArrowDown")
        expect(page.locator(GOAL)).to_be_focused()
        press(page, "F2")
        expect(page.get_by_label("Қазақша")).to_be_focused()
        press(page, "Control+a")
        page.keyboard.type("Ұмытылған")
        press(page, "Escape")
        expect(page.locator(GOAL)).to_be_focused()
        press(page, "Enter")
        expect(page.get_by_label("Қазақша")).to_be_focused()
        press(page, "Tab", "Tab")
        expect(page.get_by_label("English")).to_be_focused()
        press(page, "Control+a")
        page.keyboard.type("Decide calmly")
        press(page, "Tab")
        expect(page.locator("#at-stages-s2-client_goal")).to_be_focused()
        expect(page.locator(GOAL)).to_contain_text("Decide calmly")
        expect(page.locator("#announcements")).to_have_text("Saved: Client’s goal")
        press(page, "Control+Home", "Alt+ArrowRight")
        expect(page.locator(".edit-stage").nth(1)).to_contain_text("Stage s1")
        expect(page.locator("#at-stages-s1-name")).to_be_focused()
        press(page, "Control+z")
        expect(page.locator(".edit-stage").nth(0)).to_contain_text("Stage s1")
        expect(page.locator("#at-stages-s1-name")).to_be_focused()
        press(page, "Control+z")
        expect(page.locator(GOAL)).to_contain_text("Find out")
        expect(page.locator(GOAL)).to_be_focused()
        page.locator("#at-stages-s3-name").focus()
        press(page, "Delete")
        expect(page.get_by_role("button", name="Remove the stage")).to_be_focused()
        press(page, "Enter")
        expect(page.locator(".edit-stage")).to_have_count(2)
    assert stages() == ["s1", "s2"]
    assert not desk.complaints


def test_a_stage_is_dragged_and_a_card_moved_with_one_pointer(desk: Desk, oleg: User) -> None:
    with desk.window(oleg, size=LAPTOP) as page:
        page.goto(EDITOR)
        grip, goal = page.locator(".edit-stage [data-handle]").nth(0), page.locator(".edit-stage").nth(2).bounding_box()
        assert goal is not None
        grip.hover()
        page.mouse.down()
        page.mouse.move(goal["x"] + goal["width"] - 20, goal["y"] + 20, steps=4)
        page.mouse.up()
        expect(page.locator(".edit-stage").nth(2)).to_contain_text("Stage s1")
        page.get_by_label("Move or remove: Declined after the presentation").click()
        page.get_by_label("Move to").select_option("stages/s3/cases|")
        page.get_by_role("button", name="Move", exact=True).click()
        expect(page.locator("#cell-at-s3-problems")).to_contain_text("Declined after the presentation")
    assert stages() == ["s2", "s3", "s1"]
    assert not desk.complaints


def test_the_map_is_edited_without_script(desk: Desk, oleg: User) -> None:
    with desk.window(oleg, java_script_enabled=False) as page:
        page.goto(EDITOR)
        page.locator(GOAL).click()
        page.get_by_label("English").fill("Decide calmly")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(GOAL)).to_contain_text("Decide calmly")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(GOAL)).to_contain_text("Find out")


def test_its_pages_are_open_to_everybody(desk: Desk, oleg: User) -> None:
    cell, menu = "/office/map/edit/cell/?map=small&at=", "/office/map/edit/menu/?map=small&at="
    paths = (
        EDITOR, "/office/map/edit/case/declined/?map=small", f"{cell}stages/s1/entry", f"{menu}stages/s2",
        "/office/map/talk/?map=small&anchor=stage:s2",
    )  # fmt: skip
    faults = []
    with desk.window(oleg, size=PHONE, language="kk") as page:
        faults += [fault for path in paths for fault in faults_of(page, path)]
    with desk.window(oleg, size=LAPTOP, language="ru", color_scheme="dark") as page:
        faults += [fault for path in paths[:1] for fault in faults_of(page, path)]
    assert not faults, "\n".join(faults)
