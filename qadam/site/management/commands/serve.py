"""`qadam serve`: one supervisor over the web process and the engine process."""

import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

GRACE_SECONDS = 15
"""How long a process may take to stop before it is killed."""


class Command(BaseCommand):
    help = "Serve the pages and run the engine, in two processes, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1:8000", help="where the web process listens")
        parser.add_argument("--threads", type=int, default=4)

    def handle(self, *args: Any, **options: Any) -> None:
        web = [sys.executable, "-m", "gunicorn", "qadam.site.wsgi", "--bind", options["address"]]
        web += ["--worker-class", "gthread", "--threads", str(options["threads"]), "--log-level", "warning"]
        engine = [sys.executable, "-m", "qadam", "engine"]
        stopping = _Stop()
        # Each child leads its own session, so that Ctrl-C reaches only this supervisor, which stops both in order.
        children = [subprocess.Popen(command, start_new_session=True) for command in (web, engine)]
        if _answers(options["address"], children):
            self._greet(options["address"])
        while not stopping.asked and all(child.poll() is None for child in children):
            time.sleep(0.2)
        failed = not stopping.asked
        _stop(children)
        if failed:
            sys.exit("a process ended by itself; see its last lines above")

    def _greet(self, address: str) -> None:
        self.stdout.write(self.style.SUCCESS(f"Qadam is at http://{address}/  (Ctrl-C stops it)"))
        if settings.IS_DEMO:
            self.stdout.write(f"Sign in with one click: http://{address}/sign-in/")
            self.stdout.write("  newcomer Aigul · mentor Marat · leader Dina · retention manager Oleg")


def _answers(address: str, children: list["subprocess.Popen[bytes]"]) -> bool:
    """Wait until the web process listens; give up when a child ends or after 30 s."""
    host, _, port = address.rpartition(":")
    until = time.monotonic() + 30
    while time.monotonic() < until and all(child.poll() is None for child in children):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


class _Stop:
    """Remembers that somebody asked us to stop."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked = True


def _stop(children: list["subprocess.Popen[bytes]"]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
