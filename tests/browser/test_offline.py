"""The phone without a connection: the saved plan is read, a tick is kept, and counts once when it arrives."""

from playwright.sync_api import expect

from qadam.events.models import Event
from qadam.people.models import SeenKey
from tests.browser.company import Cast
from tests.browser.conftest import Desk

IS_SAVED = """async () => {
  await navigator.serviceWorker.ready;
  for (const name of await caches.keys()) {
    if (name.startsWith("qadam-mine-") && await (await caches.open(name)).match("/plan/saved/")) return true;
  }
  return false;
}"""
KEPT = "caches.keys().then((names) => names.filter((name) => name.startsWith('qadam-mine-')).length)"


def test_a_tick_without_a_connection_counts_once_when_it_arrives(desk: Desk, cast: Cast) -> None:
    done = Event.objects.filter(type="task.done", member_id=cast.aigul.member_id)
    before = done.count()
    with desk.window(cast.aigul) as page:
        page.goto("/plan/")
        page.wait_for_function(IS_SAVED)
        tick = page.locator("#week-1 .tick").first
        name = tick.get_attribute("aria-label") or ""
        page.context.set_offline(True)
        tick.click()
        expect(page.locator("#messages")).to_contain_text("kept on this phone")
        assert done.count() == before
        page.goto("/plan/")
        expect(page.get_by_role("heading", name="Saved plan")).to_be_visible()
        expect(page.locator("main")).to_contain_text(name.removeprefix("Mark as done: "))
        page.goto("/me/")
        expect(page.get_by_role("heading", name="No connection")).to_be_visible()
        page.context.set_offline(False)
        page.goto("/plan/")
        expect(page.get_by_role("button", name=name.replace("Mark as done", "Take the tick back"))).to_have_count(1)
        assert done.count() == before + 1
        assert SeenKey.objects.filter(member=cast.aigul.member_id).count() == 1
        # At sign-out nothing of the person stays on the phone.
        assert page.evaluate(KEPT) == 1
        page.goto("/me/")
        page.locator("main").get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in/**")
        page.wait_for_function(f"() => {KEPT}.then((count) => count === 0)")
