"""Scenario 3: the engine is killed (SIGKILL) again and again in the middle of its work; in the end nothing shows it."""

import multiprocessing
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from qadam.events.tests.databases import database_file
from qadam.journeys.models import Enrollment, Trouble
from qadam.journeys.tests.soundness import assert_sound
from qadam.messaging.dispatch import HANDFUL
from qadam.messaging.models import Outbox
from tests.crash import engine, world

pytestmark = [pytest.mark.two_databases, pytest.mark.django_db(transaction=True)]

KILLS = 10
STATEMENTS = 200
"""An engine that is to die begins so many at most; all of them together are far from the end then."""
ROUNDS = 20 if os.environ.get("QADAM_LONG") else 1
"""`./dev check --long` kills 200 times per database."""

server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["tests.crash.engine"])


@dataclass(frozen=True)
class Place:
    """A database of its own, and the file to which its letters go. Not every channel can tell a double."""

    database: str
    sink: Path
    is_idempotent: bool = True

    @contextmanager
    def opened(self) -> Iterator[None]:
        with database_file(self.database):  # type: ignore[arg-type]
            yield
            connection.close()

    def arrived(self) -> Counter[str]:
        return Counter(self.sink.read_text().split())


@pytest.fixture(scope="module")
def copies(tmp_path_factory, django_db_setup, django_db_blocker):
    """Give a function that makes a database out of another one, or out of the empty one of the tests."""
    folder = tmp_path_factory.mktemp("crash")
    with django_db_blocker.unblock(), ExitStack() as stack:
        yield lambda name, template=None: Place(_copy(template, folder / name, stack), folder / f"{name}.letters")


@pytest.fixture(scope="module")
def places(copies):
    """Give a function that copies the world, as it is before its first moment, into a new place."""
    prepared = copies("prepared")
    with prepared.opened():
        world.build()
    return lambda name: copies(name, prepared.database)


def _copy(template: str | None, path: Path, stack: ExitStack) -> str:
    """Copy a database, or the empty one of the tests. Return the copy's name."""
    if connection.vendor == "sqlite":
        if template is None:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(path)])
        else:
            shutil.copy(template, path)
        return str(path)
    template = template or str(connection.settings_dict["NAME"])
    name = f"crash_{os.getpid()}_{path.name}"
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    stack.callback(_drop, name)
    return name


def _drop(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def begin(place: Place) -> tuple[Any, Any]:
    """Start an engine. Return its process and the pipe in which its pulse is heard."""
    listening, pulse = server.Pipe(duplex=False)
    process = server.Process(target=engine.run, args=(place.database, str(place.sink), place.is_idempotent, pulse))
    process.start()
    pulse.close()
    return process, listening


def run_and_kill(place: Place, statements: int) -> None:
    """Let an engine work until it has begun so many statements, and kill it in the middle of whatever it does then."""
    process, listening = begin(place)
    beats = 0
    while beats < statements and (heard := os.read(listening.fileno(), 4_096)):
        beats += len(heard)
    process.kill()
    process.join()
    listening.close()
    assert process.exitcode == -signal.SIGKILL


def run_to_the_end(place: Place) -> None:
    process, listening = begin(place)
    _await_end(process, listening)


def _await_end(process: Any, listening: Any) -> None:
    while os.read(listening.fileno(), 4_096):
        pass
    process.join()
    listening.close()
    assert process.exitcode == 0


@pytest.fixture(scope="module")
def calm(places):
    """An undisturbed run beside the others. Give a function that returns what became of everybody in it."""
    place = places("calm")
    process, listening = begin(place)

    @cache
    def outcome() -> dict[str, list[tuple[Any, ...]]]:
        _await_end(process, listening)
        with place.opened():
            assert_sound(world.MOMENTS[-1])
            assert Enrollment.objects.count() == world.MEMBERS
            assert not Trouble.objects.exists()
            assert set(place.arrived().values()) == {1}
            return world.outcome()

    return outcome


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_3_killed_again_and_again_it_ends_as_if_nothing_had_been(places, calm, seed):
    place = places(f"killed-{seed}")
    dice = random.Random(seed)
    for _ in range(KILLS):
        run_and_kill(place, dice.randint(1, STATEMENTS))
        with place.opened():
            assert_sound(world.MOMENTS[-1], is_ticked=False)
    run_to_the_end(place)
    expected = calm()
    with place.opened():
        assert_sound(world.MOMENTS[-1])
        for name, rows in world.outcome().items():
            assert rows == expected[name], name
        _assert_letters_arrived(place)


def _assert_letters_arrived(place: Place) -> None:
    """Each message was decided once. What a dying engine had in its hands may arrive again, under the same key."""
    arrived = place.arrived()
    assert len(arrived) == Outbox.objects.filter(status="sent").count() == Outbox.objects.count()
    again = Outbox.objects.filter(attempts__gt=1).count()
    assert sum(arrived.values()) - len(arrived) <= again <= KILLS * engine.Sink.batch_size


FEW, FEW_KILLS = 400, 6


def test_3_a_channel_that_can_t_tell_a_double_gets_nothing_twice(copies):
    """What was in the hands of a dying engine ends as unknown, a handful per death, and the path goes on."""
    place = replace(copies("doubtful"), is_idempotent=False)
    with place.opened():
        world.build(FEW)
    dice = random.Random(1)
    for _ in range(FEW_KILLS):
        run_and_kill(place, dice.randint(1, STATEMENTS))
    run_to_the_end(place)
    with place.opened():
        assert_sound(world.MOMENTS[-1])
        assert set(place.arrived().values()) == {1}
        ends = Counter(Outbox.objects.values_list("status", flat=True))
        assert set(ends) <= {"sent", "unknown"}
        assert ends["unknown"] <= FEW_KILLS * HANDFUL
        assert ends["sent"] <= len(place.arrived()) <= ends["sent"] + ends["unknown"]
        assert Enrollment.objects.exclude(left_at=None).count() == FEW
