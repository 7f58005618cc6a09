"""The one way to write: an outermost transaction whose last act, just before COMMIT, is to flush what was buffered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import transaction


@dataclass
class Unit:
    """One open unit of work: the lists that operations filled, each with the function that stores it."""

    buffers: dict[str, list[object]] = field(default_factory=dict)
    flushes: dict[str, Callable[[list[object]], None]] = field(default_factory=dict)

    def buffer(self, name: str, flush: Callable[[list[object]], None]) -> list[object]:
        """Return the list `name` of this unit; `flush(list)` runs once, last before COMMIT."""
        self.flushes[name] = flush
        return self.buffers.setdefault(name, [])

    def flush(self) -> None:
        for name, rows in self.buffers.items():
            if rows:
                self.flushes[name](rows)

    def marks(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.buffers.items()}

    def cut_back(self, marks: dict[str, int]) -> None:
        for name, rows in self.buffers.items():
            del rows[marks.get(name, 0) :]


_open_unit: ContextVar[Unit | None] = ContextVar("open_unit", default=None)


@contextmanager
def write() -> Iterator[Unit]:
    """Open the outermost transaction, or join the one that is open. Usable as a decorator: `@write()`."""
    joined = _open_unit.get()
    if joined is not None:
        yield joined
        return
    unit = Unit()
    token = _open_unit.set(unit)
    try:
        with transaction.atomic():
            yield unit
            unit.flush()
    finally:
        _open_unit.reset(token)


@contextmanager
def attempt() -> Iterator[None]:
    """Run a part of a unit that may fail alone: on an error its rows and its buffered events are undone."""
    with write() as unit:
        marks = unit.marks()
        try:
            with transaction.atomic():
                yield
        except BaseException:
            unit.cut_back(marks)
            raise
