"""Django's SQLite backend with one queue for all writers of all processes.

SQLite's busy handler is unfair: a writer that comes back at once starves every other connection. Here each
writer takes a `flock` on a file beside the database before its BEGIN IMMEDIATE, so writers take turns.
"""

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base, operations

READS = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "VALUES")


class Turn:
    """This connection's place in the queue of writers. Holding it twice counts once."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: int | None = None
        self.is_held = False

    def take(self) -> None:
        if self._path is None or self.is_held:
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.is_held = True

    def give_back(self) -> None:
        if self._file is not None and self.is_held:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self.is_held = False

    def close(self) -> None:
        self.give_back()
        if self._file is not None:
            os.close(self._file)
            self._file = None


class QueueingCursor(base.SQLiteCursorWrapper):
    """A cursor whose writes outside a transaction wait for their turn."""

    def __init__(self, connection: Any, turn: Turn) -> None:
        super().__init__(connection)
        self.turn = turn

    def execute(self, query: str, params: Any = None) -> Any:
        return self._in_turn(super().execute, query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        return self._in_turn(super().executemany, query, param_list)

    def _in_turn(self, run: Any, query: str, params: Any) -> Any:
        if self.turn.is_held or query.lstrip().upper().startswith((*READS, "BEGIN")):
            return run(query, params)
        self.turn.take()
        try:
            return run(query, params)
        finally:
            if not self.connection.in_transaction:
                self.turn.give_back()


class DatabaseOperations(operations.DatabaseOperations):
    """Lets triggers that guard rows stand aside while the whole database is emptied, as tests do."""

    def sql_flush(self, *args: Any, **kwargs: Any) -> list[str]:
        statements: list[str] = super().sql_flush(*args, **kwargs)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall() if statements else []
        dropped = [f"DROP TRIGGER {name}" for name, _sql in triggers]
        return [*dropped, *statements, *(sql for _name, sql in triggers)]


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite with a fair queue of writers (see the module's docstring)."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: Turn | None = None

    @property
    def turn(self) -> Turn:
        if self._turn is None:
            name = str(self.settings_dict["NAME"])
            in_memory = ":memory:" in name or "mode=memory" in name
            self._turn = Turn(None if in_memory else f"{name}.turn")
        return self._turn

    def create_cursor(self, name: str | None = None) -> Any:
        turn = self.turn
        return self.connection.cursor(factory=lambda connection: QueueingCursor(connection, turn))

    def _start_transaction_under_autocommit(self) -> None:
        self.turn.take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.turn.give_back()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self.turn.give_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.turn.give_back()

    def _close(self) -> None:
        super()._close()  # type: ignore[misc]
        self.turn.close()
        self._turn = None
