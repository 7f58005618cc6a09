"""The engine as a process of its own that may die at any moment: it knows only what is in its database.

Imported by the fork server of the test, so that each new process needs no time to begin.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qadam.site.settings")
django.setup()

from django.db import connection, connections  # noqa: E402

from qadam.events.models import Cursor  # noqa: E402
from qadam.messaging import channels  # noqa: E402
from qadam.messaging.channels.protocol import Fate, Letter, Outcome  # noqa: E402
from qadam.messaging.operations import recover_lost_claims  # noqa: E402
from qadam.messaging.rules import LEASE  # noqa: E402
from qadam.site.engine import run_once  # noqa: E402
from tests.crash import world  # noqa: E402

CLOCK = "crash-clock"
"""The cursor that keeps how many moments are done."""


class Sink:
    """The world outside: a file with a line for each letter that arrives, twice if it comes twice."""

    is_idempotent = True
    reads_letter: ClassVar[bool] = False
    batch_size: ClassVar[int] = 500

    def __init__(self, path: Path, is_idempotent: bool) -> None:
        self.is_idempotent = is_idempotent
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def send(self, letter: Letter) -> Outcome:
        os.write(self.file, f"{letter.message_id}\n".encode())
        return Outcome(Fate.SENT)

    def close(self) -> None:
        os.close(self.file)


def run(database: str, sink: str, is_idempotent: bool, pulse: Any) -> None:
    """Play all moments that aren't done yet. A byte goes to `pulse` before each statement of SQL."""
    connections.databases["default"]["NAME"] = database
    channels.open_channel = lambda kind: Sink(Path(sink), is_idempotent)  # type: ignore[assignment]
    with connection.execute_wrapper(_beat(pulse.fileno())):
        clock, _ = Cursor.objects.get_or_create(name=CLOCK)
        for step in range(clock.position, len(world.MOMENTS)):
            _play(step, is_idempotent)
            Cursor.objects.filter(name=CLOCK).update(position=step + 1)
    connections.close_all()


def _play(step: int, is_idempotent: bool) -> None:
    now = world.MOMENTS[step]
    # The clock stands, so the dead process's claims would never run out: look at them as if their lease were over.
    recover_lost_claims(channel="email", is_idempotent=is_idempotent, now=now + LEASE * 2)
    world.feed(step)
    run_once(now)


def _beat(pulse: int) -> Callable[..., Any]:
    def execute(run: Callable[..., Any], *args: Any) -> Any:
        os.write(pulse, b".")
        return run(*args)

    return execute
