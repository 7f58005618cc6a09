"""PDF and PNG of a map: a headless Chromium of the server draws a page that is handed to it as a file.

The browser is a process of its own, so nothing of it stays in the web process. It gets one file with its styles and
its script inside and asks the network for nothing. One drawing at a time; none takes longer than 20 seconds.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 20
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=3000",
)  # fmt: skip
SHEET = (1588, 1122)
"""An A3 sheet across, in CSS pixels (420 × 297 mm)."""


class NoBrowser(DomainError):
    kind = Kind.REFUSED
    message = _("There is no Chromium on this server. Open the print page and print it from your own browser.")


class DrawingBusy(DomainError):
    kind = Kind.CONFLICT
    message = _("Another sheet is being drawn at this moment. Try again in a few seconds.")


class DrawingFailed(DomainError):
    kind = Kind.REFUSED
    message = _("The sheet could not be drawn. Open the print page and print it from your own browser.")


@lru_cache(maxsize=1)
def find_browser() -> str | None:
    """Return the path of the server's Chromium; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def read_static(name: str) -> str:
    """Return the text of one of our static files."""
    path = finders.find(name)
    return Path(path).read_text(encoding="utf-8") if isinstance(path, str) else ""


def draw_pdf(page: str) -> bytes:
    """Return a page as PDF; its paper is that of its own @page rule.

    Raises:
        NoBrowser, DrawingBusy, DrawingFailed: in words for the reader.
    """
    return _draw(page, "map.pdf", ["--no-pdf-header-footer", "--print-to-pdf={target}"])


def draw_png(page: str) -> bytes:
    """Return the first sheet of a page as PNG, twice as fine as the screen.

    Raises:
        NoBrowser, DrawingBusy, DrawingFailed: in words for the reader.
    """
    width, height = SHEET
    size = [f"--window-size={width},{height}", "--force-device-scale-factor=2"]
    return _draw(page, "map.png", [*size, "--screenshot={target}"])


def _draw(page: str, name: str, options: Sequence[str]) -> bytes:
    browser = find_browser()
    if browser is None:
        raise NoBrowser
    with _alone(), TemporaryDirectory(prefix="qadam-drawing-") as folder:
        source, target = Path(folder) / "map.html", Path(folder) / name
        source.write_text(page, encoding="utf-8")
        own = [option.format(target=target) for option in options]
        # Its sandbox needs another user than root; as root it wouldn't start at all.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [browser, *FLAGS, *sandbox, f"--user-data-dir={folder}/profile", *own, source.as_uri()]
        _run(command, folder)
        if not target.is_file() or not target.stat().st_size:
            raise DrawingFailed
        return target.read_bytes()


def _run(command: Sequence[str], folder: str) -> None:
    """Run the browser in a group of its own and end the whole group when its time is over."""
    home = {**os.environ, "HOME": folder}
    none = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=folder, env=home, start_new_session=True, stdin=none, stdout=none, stderr=none
    ) as process:
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, 9)
            raise DrawingFailed from error


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the one place at the drawing board, across all processes of the server.

    Raises:
        DrawingBusy: somebody else has it.
    """
    with (settings.DATA / "drawing.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DrawingBusy from error
        yield
