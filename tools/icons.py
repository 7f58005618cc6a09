"""Draw the icons of the installed app from ui/icon.svg: `python tools/icons.py`. The PNG files stand in git.

Chromium draws (no other renderer of SVG is at hand); Pillow brings them down to few colours.
"""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "qadam" / "ui" / "static" / "ui"
GROUND = "#0F5C6E"
SIZES = {"192": 192, "512": 512, "maskable-512": 512, "180": 180}
SAFE = 0.8
"""A launcher may cut a maskable icon to the circle of this share; iOS rounds the corners itself."""
COLOURS = 64


def main() -> None:
    """Write icon-192, icon-512, icon-maskable-512 and icon-180 (for iOS)."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    drawing = (FOLDER / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        for name, size in SIZES.items():
            page.set_viewport_size({"width": size, "height": size})
            is_full = name in ("maskable-512", "180")
            share = SAFE if is_full else 1
            ground = GROUND if is_full else "transparent"
            page.set_content(
                f"<style>*{{margin:0}}body{{background:{ground};display:grid;place-items:center;height:100vh}}"
                f"svg{{width:{share * 100}vw;height:{share * 100}vw}}</style>{drawing}"
            )
            shot = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
            small = shot.quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
            small.save(FOLDER / f"icon-{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
