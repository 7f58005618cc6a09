"""Take screenshots of the pages of a running demo, on a phone and a laptop, in three languages, light and dark.

    python tools/shots.py --address http://127.0.0.1:8000 --only today,plan --languages kk --out shots

The server must offer one-click demo sign-ins. Look at the pictures as a reader would: that is what they are for.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SIZES = {"phone": (360, 740), "laptop": (1280, 800)}
LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True)
class Shot:
    """One page: who looks (a name of the demo cast, "" for nobody), its address, and a link to follow first."""

    name: str
    who: str
    path: str
    follow: str = ""


SHOTS = (
    Shot("sign-in", "", "/sign-in/"),
    Shot("today", "Айгүл", "/today/"),
    Shot("plan", "Айгүл", "/plan/"),
    Shot("me", "Айгүл", "/me/"),
    Shot("progress", "Айгүл", "/progress/"),
    Shot("challenges", "Айгүл", "/progress/challenges/"),
    Shot("boards", "Айгүл", "/progress/boards/"),
    Shot("wall", "Айгүл", "/progress/wall/"),
    Shot("numbers", "Айгүл", "/numbers/"),
    Shot("team", "Марат", "/team/"),
    Shot("feed", "Марат", "/team/feed/"),
    Shot("map", "Олег", "/office/map/"),
    Shot("map-present", "Олег", "/office/map/present/"),
    Shot("map-print", "Олег", "/office/map/print/"),
    Shot("map-share", "Олег", "/office/map/share/"),
    Shot("people", "Олег", "/office/people/"),
    Shot("member", "Олег", "/office/people/?q=Айгүл", "a.row-link"),
    Shot("journeys", "Олег", "/office/journeys/"),
    Shot("journey", "Олег", "/office/journeys/start-90/"),
    Shot("journey-edit", "Олег", "/office/journeys/start-90/edit"),
    Shot("journey-publish", "Олег", "/office/journeys/start-90/publish"),
    Shot("journey-versions", "Олег", "/office/journeys/start-90/versions"),
    Shot("journey-simulate", "Олег", "/office/journeys/start-90/simulate"),
    Shot("journey-people", "Олег", "/office/journeys/start-90/people"),
    Shot("rules", "Олег", "/office/rules/"),
    Shot("mailbox", "Олег", "/office/mailbox/"),
    Shot("letter", "Олег", "/office/mailbox/", "a.letter-row"),
    Shot("incoming", "Олег", "/office/incoming/"),
    Shot("audit", "Олег", "/office/audit/"),
    Shot("not-found", "Айгүл", "/no-such-page/"),
)


def find_chromium() -> str:
    """Return the path of the system's Chromium; playwright's own is never downloaded."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("No Chromium found: apt-get install chromium")


def sign_in(context: BrowserContext, address: str, who: str) -> None:
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    page.locator("button.demo-card", has_text=who).first.click()
    page.wait_for_load_state()
    page.close()


def _open_contexts(
    browser: Browser, address: str, arguments: argparse.Namespace
) -> Iterator[tuple[str, str, BrowserContext]]:
    for size, (width, height) in SIZES.items():
        for language in arguments.languages:
            for scheme in arguments.schemes:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
                )
                context.add_cookies([{"name": "language", "value": language, "url": address}])
                yield size, f"{language}{'-dark' if scheme == 'dark' else ''}", context
                context.close()


def _take(context: BrowserContext, address: str, shot: Shot, target: Path, *, is_whole: bool) -> None:
    page: Page = context.new_page()
    page.goto(address + shot.path)
    if shot.follow and page.locator(shot.follow).count():
        href = page.locator(shot.follow).first.get_attribute("href") or ""
        page.goto(address + href)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(target), full_page=is_whole)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Screenshots of a running demo.")
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path("shots"))
    parser.add_argument("--only", default="", help="names of pages, comma-separated")
    parser.add_argument("--languages", default="kk,ru,en", type=lambda text: text.split(","))
    parser.add_argument("--schemes", default="light", type=lambda text: text.split(","), help="light,dark")
    parser.add_argument("--screen", action="store_true", help="the first screen only, not the whole page")
    arguments = parser.parse_args()
    wanted = [shot for shot in SHOTS if not arguments.only or shot.name in arguments.only.split(",")]
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for size, language, context in _open_contexts(browser, arguments.address, arguments):
            signed_in = ""
            for shot in sorted(wanted, key=lambda each: each.who):
                if shot.who and shot.who != signed_in:
                    context.clear_cookies(name="sessionid")
                    sign_in(context, arguments.address, shot.who)
                    signed_in = shot.who
                target = arguments.out / f"{shot.name}-{size}-{language}.png"
                _take(context, arguments.address, shot, target, is_whole=not arguments.screen)
        browser.close()
    print(f"{len(list(arguments.out.glob('*.png')))} pictures in {arguments.out}/")


if __name__ == "__main__":
    main()
