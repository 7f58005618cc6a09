"""A database that threads share: PostgreSQL where the tests run on it, else an SQLite file (not the usual memory)."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections


@contextmanager
def database_file(path: Path) -> Iterator[None]:
    """Make the file the default database of this thread and of those that are started inside."""
    settings, before = connections.databases["default"], connections["default"]
    name = settings["NAME"]
    settings["NAME"] = str(path)
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        settings["NAME"] = name
        connections["default"] = before


@pytest.fixture(scope="session")
def _empty_file(tmp_path_factory, django_db_setup, django_db_blocker):
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    with django_db_blocker.unblock():
        if connection.vendor != "sqlite":
            return path
        with database_file(path):
            for app in ("events", "people", "sessions"):
                call_command("migrate", app, verbosity=0)
            connection.close()
    return path


@pytest.fixture
def shared_database(transactional_db, tmp_path, _empty_file):
    """An empty database which each thread opens for itself. Gives the SQLite file, None on PostgreSQL."""
    if connection.vendor != "sqlite":
        yield None
        return
    path = tmp_path / "qadam.sqlite3"
    shutil.copy(_empty_file, path)
    with database_file(path):
        yield path


class Threads:
    """Functions that run at the same time, each with its own connection."""

    def __init__(self, functions: Sequence[Callable[[], object]]) -> None:
        self.errors: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(each,), daemon=True) for each in functions]
        for thread in self._threads:
            thread.start()

    def _run(self, function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:
            self.errors.append(error)
        finally:
            connections.close_all()

    def alive(self) -> int:
        return sum(thread.is_alive() for thread in self._threads)

    def wait_a_moment(self, seconds: float = 0.3) -> None:
        """Give those that aren't held up the time to end."""
        for thread in self._threads:
            thread.join(seconds / len(self._threads))

    def join(self) -> None:
        """Wait for all and raise the first error."""
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        for error in self.errors:
            raise error
