import shutil
from contextlib import ExitStack

import pytest
from django.db import connection

from qadam.events.tests.databases import database_file
from qadam.journeys.tests.stage import Scripted, a_letter
from tests.cast import a_company


@pytest.fixture
def played(db, settings):
    """A company with one letter, “hello”, whose channel takes everything."""
    settings.MESSAGING_CHANNEL = "null"
    a_letter()
    return a_company()


@pytest.fixture
def scripted(monkeypatch):
    """Give e-mail a channel that answers as told, letter by letter."""

    def use(*script):
        channel = Scripted(*script)
        monkeypatch.setattr("qadam.messaging.channels.open_channel", lambda kind: channel)
        return channel

    return use


@pytest.fixture(scope="session")
def _whole_file(tmp_path_factory, django_db_setup, django_db_blocker):
    """An empty SQLite file with every table, made only where a test asks for it."""
    path = tmp_path_factory.mktemp("journeys") / "empty.sqlite3"
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(path)])
    return path


@pytest.fixture
def shared(transactional_db, tmp_path, settings, _whole_file):
    """A database of which each thread opens its own connection, with the company and its letter."""
    settings.MESSAGING_CHANNEL = "null"
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            shutil.copy(_whole_file, tmp_path / "qadam.sqlite3")
            stack.enter_context(database_file(tmp_path / "qadam.sqlite3"))
        a_letter()
        yield a_company()
